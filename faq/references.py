"""Rules of one language: everything that a text or an entry names exists. Content that breaks one is not loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from faq.draft import Draft, Written
from faq.model import Kind
from program.document import ContentError, Document, KeyPath, Place
from program.facts import Program
from program.spelling import did_you_mean
from wording.errors import BadPlaceholder
from wording.fill import link_names, placeholders

_ADDRESS = re.compile(r"(?:https?|mailto|javascript|data):|\bwww\.|\]\((?!link:)", re.IGNORECASE)
_LOOSE_LINK = re.compile(r"(?<!\]\()\blink:")

PlaceOf = Callable[[int], Place]
"""The place of a character of a text."""


def broken_references(draft: Draft, program: Program) -> Iterator[ContentError]:
    """Whatever is named in the draft and does not exist."""
    yield from _repeated_ids(draft)
    ids = draft.by_id()
    for written in draft.entries:
        for path, text in written.texts():
            yield from _text(text, _in_entry(written, path), program, program.facts)
        yield from _title(written)
        yield from _related(written, ids)
        yield from _origin(written, program)
    for file, sentences in draft.sentences.items():
        for key, text in sentences.items():
            yield from _text(text, _in_sentence(draft, file, key), program, None)


def untranslated_titles(
    document: Document, program: Program, languages: Collection[str], unserved: Collection[str] = ()
) -> Iterator[ContentError]:
    """Titles of ``program.yaml`` that lack a language, or have one too many; ``unserved`` ones may be there.

    So with the page's address, if it has any.
    """
    titles: Mapping[tuple[str, str], Mapping[str, str]] = {
        ("page", "title"): program.page_title,
        **({("page", "address"): program.page_address} if program.page_address else {}),
        **{("sources", name): by_language for name, by_language in program.sources.items()},
    }
    for path, by_language in titles.items():
        kind = "address" if path[1] == "address" else "title"
        for language in languages:
            if language not in by_language:
                yield ContentError.at(document.key_place(path), f"`{path[1]}` has no {kind} in {language}: add it")
        for language in by_language:
            if language not in (*languages, *unserved):
                message = f"there is no content in `{language}`: remove this {kind}{did_you_mean(language, languages)}"
                yield ContentError.at(document.key_place((*path, language)), message)


def _in_entry(written: Written, path: KeyPath) -> PlaceOf:
    return lambda offset: written.place(*path, offset=offset)


def _in_sentence(draft: Draft, file: str, key: str) -> PlaceOf:
    return lambda offset: draft.sentence_place(file, key, offset)


def _text(text: str, place: PlaceOf, program: Program, facts: Collection[str] | None) -> Iterator[ContentError]:
    """``facts`` is None where the bot gives values of its own."""
    try:
        for reference in placeholders(text):
            if facts is not None and reference.name not in facts:
                message = f"there is no fact `{reference.name}` in program.yaml: add it or correct the name"
                yield ContentError.at(place(reference.offset), message + did_you_mean(reference.name, facts))
    except BadPlaceholder as error:
        message = "a brace stands alone: write {name} with a fact's name (a-z, 0-9, _), or remove the brace"
        yield ContentError.at(place(error.offset), message)
    for reference in link_names(text):
        if reference.name not in program.links:
            message = f"there is no link `{reference.name}` in program.yaml: add it or correct the name"
            yield ContentError.at(place(reference.offset), message + did_you_mean(reference.name, program.links))
    for found in _LOOSE_LINK.finditer(text):
        yield ContentError.at(place(found.start()), "a link is written [words](link:name): complete it")
    for found in _ADDRESS.finditer(text):
        message = "an address stands in the text: give it a name in `links` of program.yaml, write [words](link:name)"
        yield ContentError.at(place(found.start()), message)


def _repeated_ids(draft: Draft) -> Iterator[ContentError]:
    first = draft.by_id()
    for written in draft.entries:
        other = first[written.entry.id]
        if other is not written:
            message = f"the id `{written.entry.id}` is taken by {other.place('id')}: choose another or merge the two"
            yield ContentError.at(written.place("id"), message)


def _title(written: Written) -> Iterator[ContentError]:
    for reference in link_names(written.entry.title):
        place = written.place("title", offset=reference.offset)
        yield ContentError.at(place, "a title is also a button, which has no links: write words only")


def _related(written: Written, ids: Collection[str]) -> Iterator[ContentError]:
    related = written.entry.related
    for index, other in enumerate(related):
        place = written.place("related", index)
        if other == written.entry.id:
            yield ContentError.at(place, "an entry is not related to itself: remove it")
        elif other in related[:index]:
            yield ContentError.at(place, f"`{other}` is here twice: remove one")
        elif other not in ids:
            yield ContentError.at(place, f"there is no entry `{other}`: correct or remove it{did_you_mean(other, ids)}")


def _origin(written: Written, program: Program) -> Iterator[ContentError]:
    entry = written.entry
    if entry.source is not None and entry.source not in program.sources:
        hint = did_you_mean(entry.source, program.sources)
        message = f"there is no section `{entry.source}` in `sources` of program.yaml: add it or correct the name{hint}"
        yield ContentError.at(written.place("source"), message)
    if entry.kind is Kind.ANSWER:
        for key, value in (("source", entry.source), ("as_of", entry.as_of)):
            if value is None:
                yield ContentError.at(written.place("id"), f"an answer says where it is from: add `{key}`")
    if entry.valid_from and entry.valid_until and entry.valid_from > entry.valid_until:
        yield ContentError.at(
            written.place("valid_until"), "the validity ends before it begins: correct one of the days"
        )
