"""Addresses of landing pages, as people type them: without scheme, with a sentence around, with Chinese marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialogs.fields.around import rest_of
from dialogs.fields.base import MAX_CHARACTERS, Doubtful, Found, Reader, Reading, Refused, Understood
from dialogs.fields.hosts import Page, host_fault, is_under, page_at, readable
from dialogs.fields.links import BARE, host_of, is_known, links_in, narrow
from dialogs.fields.phrases import fold
from dialogs.fields.settling import ask_back
from dialogs.reply import JsonValue, Plain, Text, Words

_OTHER_SCHEME = re.compile(r"(?:javascript|data|file|ftp|vbscript|blob|about):", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![/\w])(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}\.")
_TYPO = re.compile(r"(?!https?://)h{1,2}t{1,3}p{1,2}s?\s*(?:[:;]\s*[/\\]{0,3}|[/\\]{1,3})(?=\w)", re.IGNORECASE)
_SPELLED_DOT = re.compile(r"\s+dot\s+|点|[,，]", re.IGNORECASE)
_ONE_WORD = re.compile(r"[A-Za-z0-9-]{4,63}")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\S*)?")


@dataclass(frozen=True, slots=True)
class Url:
    """The address of a page that may be the partner's own. Values: with scheme, host in lower case and punycode."""

    def read(self, text: str, reader: Reader) -> Reading:
        """An address; ``https://`` is added when it has no scheme."""
        typed = narrow(text[:MAX_CHARACTERS]).strip()
        links = [] if _TYPO.match(typed) else list(links_in(typed, reader))
        if not links:
            return self._half_said(typed, reader)
        if _EMAIL.search(typed) and "://" not in typed:
            return Refused(Text("field.url.email"))
        rest = rest_of(fold(typed).text, _folded_spans(typed, links), reader.words)
        if rest.question and rest.asked:
            return None
        fit = dict.fromkeys(page.url for _, _, page in links if not _fault(page, reader))
        if len({page for _, _, page in links}) > 1 and fit:
            return ask_back(list(fit), self, reader)
        return self._judge(typed, links[0], reader)

    def find(self, text: str, reader: Reader) -> Found | None:
        """The one address of a message, when nothing speaks against it."""
        links = list(links_in(narrow(text[:MAX_CHARACTERS]), reader))
        if len({page.url for _, _, page in links}) != 1:
            return None
        start, end, page = links[0]
        if _fault(page, reader) or is_under(page.host, reader.data.landing_page.shared_hosting):
            return None
        return Found(page.url, start, end)

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - an address is the same everywhere
        """The address as people write it."""
        return Plain(readable(str(value)))

    def _judge(self, typed: str, link: tuple[int, int, Page], reader: Reader) -> Reading:
        start, end, page = link
        if fault := _fault(page, reader):
            return Refused(Text(f"field.url.{fault}"))
        if is_under(page.host, reader.data.landing_page.shared_hosting):
            return Doubtful(
                Text("field.url.shared-hosting", {"host": Plain(page.host)}), ((self.show(page.url, reader), page.url),)
            )
        rest = rest_of(fold(typed).text, _folded_spans(typed, [link]), reader.words)
        around = typed[:start] + typed[end:]
        bare = "://" not in typed[start:end] and not is_known(page.host, reader)
        if bare or rest.question or (rest.asked and not rest.unknown) or re.search(r"[/\\<]\w", around):
            return ask_back([page.url], self, reader)
        return Understood(page.url, whole=not rest.unknown)

    def _half_said(self, typed: str, reader: Reader) -> Reading:
        """No address as it stands: one with a slip of the pen, or something that is like one."""
        if _EMAIL.search(typed):
            return Refused(Text("field.url.email"))
        if _IP.fullmatch(typed):
            return Refused(Text("field.url.ip-address"))
        if _OTHER_SCHEME.match(typed):
            return Refused(Text("field.url.scheme"))
        dotted = typed.replace("。", ".")
        for repaired, sure in (
            (dotted, True),
            (_TYPO.sub("", typed, count=1), False),
            (_SPELLED_DOT.sub(".", typed), False),
        ):
            if repaired != typed and BARE.fullmatch(repaired) and is_known(host_of(repaired), reader):
                page = page_at(f"https://{repaired}")
                if sure or _fault(page, reader):
                    return self._judge(repaired, (0, len(repaired), page), reader)
                return ask_back([page.url], self, reader)
        word = typed.lower()
        known = reader.words.around.get(word) or reader.words.yes_no.get(word) or reader.words.numbers.get(word)
        return Refused(Text("field.url.incomplete")) if _ONE_WORD.fullmatch(typed) and not known else None


def _fault(page: Page, reader: Reader) -> str:
    """Why the page cannot be the partner's own; empty when nothing speaks against it."""
    return page.fault or host_fault(page.host, reader.data.landing_page)


def _folded_spans(typed: str, links: list[tuple[int, int, Page]]) -> list[tuple[int, int]]:
    """The places of links in the folded text."""
    origin = fold(typed).origin
    places = {place: index for index, place in reversed(list(enumerate(origin)))}
    return [(places.get(start, 0), places.get(end, len(origin) - 1)) for start, end, _ in links]


LANDING_PAGE = Url()
