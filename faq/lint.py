"""Editorial rules: content that breaks one is loaded, and must not be published (errors) or looked at (warnings)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date

from faq.draft import Draft, Finding, Written
from faq.model import Kind
from program.document import Place

MIN_PHRASINGS = 5
GOOD_PHRASINGS = (8, 40)
MAX_TITLE = 60
"""Columns of a button; a Chinese character takes two."""
LONG_ANSWER = 900
"""Characters that fit a phone's screen."""


def editorial_findings(draft: Draft, today: date) -> Iterator[Finding]:
    """What an editor would object to in one language."""
    for written in draft.entries:
        yield from _lengths(written)
        yield from _phrasing_count(written)
        yield from _validity(written, today)
    yield from _same_questions(draft)
    yield from _synonyms(draft)


def trivially_same(text: str) -> str:
    """What is left of a question without case, width, spaces and punctuation: equal for trivially equal questions."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum()) or folded.strip()


def _lengths(written: Written) -> Iterator[Finding]:
    title = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in written.entry.title)
    if title > MAX_TITLE:
        text = f"the title is {title} columns wide and has to fit a button: shorten it to {MAX_TITLE}"
        yield Finding.error(written.place("title"), text)
    if len(written.entry.answer) > LONG_ANSWER:
        text = f"the answer has {len(written.entry.answer)} characters: people read about {LONG_ANSWER}, shorten it"
        yield Finding.warning(written.place("answer"), text)


def _phrasing_count(written: Written) -> Iterator[Finding]:
    count, (few, many) = len(written.entry.phrasings), GOOD_PHRASINGS
    if written.entry.kind is not Kind.ANSWER:
        return
    if count < MIN_PHRASINGS:
        text = f"there are {count} phrasings: write at least {MIN_PHRASINGS}, better {few}"
        yield Finding.error(written.key_place("phrasings"), text)
    elif not few <= count <= many:
        text = f"there are {count} phrasings: {few} to {many} work best"
        yield Finding.warning(written.key_place("phrasings"), text)


def _validity(written: Written, today: date) -> Iterator[Finding]:
    if written.entry.is_past(today):
        text = f"the answer was valid until {written.entry.valid_until}: bring it up to date"
        yield Finding.error(written.place("valid_until"), text)


def _same_questions(draft: Draft) -> Iterator[Finding]:
    """Indexed questions are there once, and a test question is never indexed."""
    indexed: dict[str, tuple[Written, Place]] = {}
    for written in draft.entries:
        indexed.setdefault(trivially_same(written.entry.title), (written, written.place("title")))
    for written in draft.entries:
        for place, line in written.questions("phrasings"):
            yield from _spelled_out(place, line)
            owner, first = indexed.setdefault(trivially_same(line), (written, place))
            if owner is written and first == written.place("title"):
                yield Finding.warning(place, "the title says the same and is matched too: remove this line")
            elif first != place:
                yield Finding.error(place, f"the same question stands in {first}: remove one of them")
    for written in draft.entries:
        for place, line in written.questions("expect"):
            yield from _spelled_out(place, line)
            if known := indexed.get(trivially_same(line)):
                text = f"a test question must not be indexed, and this one stands in {known[1]}: reword it"
                yield Finding.error(place, text)


def _spelled_out(place: Place, line: str) -> Iterator[Finding]:
    if set(line) & set("{}") or "link:" in line:
        yield Finding.error(place, "a question is written out as people type it: remove the braces or the link")


def _synonyms(draft: Draft) -> Iterator[Finding]:
    """A phrase has one meaning, and a group serves a phrasing that is there."""
    first: dict[str, Place] = {}
    said = "\n".join(trivially_same(line) for w in draft.entries for line in (w.entry.title, *w.entry.phrasings))
    for number, group in enumerate(draft.synonyms):
        for position, phrase in enumerate(group):
            place = draft.synonym_place(number, position)
            # An acronym may be another word than its small letters: AD is the date, an ad is not.
            known = first.setdefault(phrase if phrase.isupper() else " ".join(phrase.casefold().split()), place)
            if known != place:
                yield Finding.error(place, f"this phrase stands in {known} as well: keep it in one group")
        if not any(trivially_same(phrase) in said for phrase in group):
            text = "no phrasing says any of this, so the group serves nobody: remove it, or use it in a phrasing"
            yield Finding.warning(draft.synonym_place(number, 0), text)
