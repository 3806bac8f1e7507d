"""What a look at a page tells about the directory's rules, with what was seen: advice, never a gate. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dialogs.fields.phrases import Folded, fold, joined
from dialogs.reply import Plain, Text
from faq.han import is_han
from pagecheck.fetch import Obstacle, Page, Unseen
from pagecheck.markup import decoded, words_of
from program.pages import LandingPageRules

ENOUGH = 150
"""Characters of text below which a page says nothing about what it does not say: scripts may write the rest."""
_MICROSOFT = ("Microsoft", "微软")
_DOUBTFUL = frozenset({Obstacle.CERTIFICATE, Obstacle.TOO_SLOW, Obstacle.NO_ANSWER})
"""What may look different from another network or in a browser."""
_TURNED_AWAY = frozenset({401, 403, 406, 429, 503})
"""Answers that automatic visitors get where people get the page."""
_AROUND = 40
"""Characters quoted on each side of what was found."""
_LONGEST_NAME = 200
_WORD = re.compile(r"[^\W_]+")


class State(StrEnum):
    """As `dialogs.reply.Row.state`."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule: its label is the sentence ``page-check.<about>``."""

    about: str
    state: State
    evidence: Text
    """What was seen, with the page's words as `Plain`."""


def findings_of(seen: Page | Unseen, name: str, rules: LandingPageRules) -> tuple[Finding, ...]:
    """What ``seen`` tells about the landing page of the partner ``name``; only the first when there is no page."""
    if isinstance(seen, Unseen):
        state = State.UNKNOWN if seen.obstacle in _DOUBTFUL else State.NOT_MET
        return (Finding("reachable", state, Text(f"page-check.reachable.{seen.obstacle}")),)
    if not 200 <= seen.status < 300:
        turned_away = seen.status in _TURNED_AWAY
        evidence = Text(f"page-check.reachable.{'turned-away' if turned_away else 'status'}", {"status": seen.status})
        return (Finding("reachable", State.UNKNOWN if turned_away else State.NOT_MET, evidence),)
    text = _PageText(seen)
    return (
        Finding("reachable", State.MET, Text("page-check.reachable.met", {"address": Plain(seen.url)})),
        _https(seen.url),
        _microsoft(text),
        _partner(text, name, rules),
        _competitors(text, name, rules),
    )


class _PageText:
    """The words of a page, to look for phrases in."""

    def __init__(self, page: Page) -> None:
        media = page.content_type.partition(";")[0].strip().lower()
        is_page = media in ("", "text/html", "application/xhtml+xml")
        self._shown = words_of(decoded(page.body, page.content_type)) if is_page else ""
        self._folded: Folded = fold(self._shown)
        self.telling = page.whole and len(self._shown) >= ENOUGH
        """Whether a phrase that is not found is not there."""

    def quote(self, phrase: tuple[str, ...]) -> Plain | None:
        """The page's words around the first place where the folded words of ``phrase`` stand; None when nowhere."""
        text = self._folded.text
        for found in re.finditer(r"[\W_]{0,3}".join(map(re.escape, phrase)), text):
            start, end = found.span()
            if (start and joined(text[start - 1], text[start])) or (
                end < len(text) and joined(text[end - 1], text[end])
            ):
                continue
            return Plain(self._around(*self._folded.span(start, end)))
        return None

    def _around(self, start: int, end: int) -> str:
        first, last = max(0, start - _AROUND), end + _AROUND
        before, after = "…" if first else "", "…" if last < len(self._shown) else ""
        return f"{before}{self._shown[first:last].strip()}{after}"

    def absent(self, about: str, evidence: Text) -> Finding:
        """The finding that something is not there, as far as the page tells."""
        return Finding(about, State.NOT_MET, evidence) if self.telling else _unread(about)


def _unread(about: str) -> Finding:
    return Finding(about, State.UNKNOWN, Text("page-check.unread"))


def _https(url: str) -> Finding:
    state = State.MET if url.startswith("https:") else State.NOT_MET
    return Finding("https", state, Text(f"page-check.https.{state}"))


def _microsoft(text: _PageText) -> Finding:
    for word in _MICROSOFT:
        quote = text.quote(_words(word))
        if quote is not None:
            return Finding("microsoft", State.MET, Text("page-check.quote", {"quote": quote}))
    return text.absent("microsoft", Text("page-check.microsoft.not-met"))


def _partner(text: _PageText, name: str, rules: LandingPageRules) -> Finding:
    core = core_name(name, rules)
    quote = text.quote(core) if core else None
    if quote is not None:
        return Finding("partner", State.MET, Text("page-check.quote", {"quote": quote}))
    return text.absent("partner", Text("page-check.partner.not-met", {"name": Plain(name)}))


def _competitors(text: _PageText, name: str, rules: LandingPageRules) -> Finding:
    own = "".join(_words(name))
    for competitor in sorted(rules.competitors):
        words = _words(competitor)
        itself = "".join(words) in own or own in "".join(words)
        quote = None if itself or not words else text.quote(words)
        if quote is not None:
            evidence = Text("page-check.competitors.not-met", {"name": Plain(competitor), "quote": quote})
            return Finding("competitors", State.NOT_MET, evidence)
    return (
        Finding("competitors", State.MET, Text("page-check.competitors.met"))
        if text.telling
        else _unread("competitors")
    )


def core_name(name: str, rules: LandingPageRules) -> tuple[str, ...]:
    """The folded words of a company's name without its legal forms; all of them when nothing else would be left."""
    whole = core = _words(name)
    forms = sorted({form for written in rules.legal_forms if (form := _words(written))}, key=_length, reverse=True)
    while core and (shorter := next(_without_form(core, forms), None)) is not None:
        core = shorter
    return core or whole


def _without_form(words: tuple[str, ...], forms: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Behind the name; before it in scripts where that is usual and can be nothing else."""
    for form in forms:
        if words[-len(form) :] == form:
            yield words[: -len(form)]
        elif not form[0].isascii() and words[: len(form)] == form:
            yield words[len(form) :]
        elif is_han(form[0][0]) and words[-1].endswith(form[0]):  # no space between name and form
            yield (*words[:-1], words[-1].removesuffix(form[0]))


def _length(form: tuple[str, ...]) -> tuple[int, int]:
    return len(form), len(form[-1])


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(name[:_LONGEST_NAME]).text))
