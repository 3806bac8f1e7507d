"""Rules across languages: both say the same. Content that breaks one is not loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from faq.draft import Draft, Written
from program.document import ContentError
from wording.errors import BadPlaceholder
from wording.fill import link_names, placeholders

_SAME: Mapping[str, Callable[[Written], object]] = {
    "kind": lambda written: str(written.entry.kind),
    "source": lambda written: written.entry.source,
    "as_of": lambda written: written.entry.as_of,
    "valid_from": lambda written: written.entry.valid_from,
    "valid_until": lambda written: written.entry.valid_until,
    "starts": lambda written: written.entry.starts,
    "related": lambda written: ", ".join(written.entry.related),
    "steps": lambda written: f"{len(written.entry.steps)} steps",
    "erratum": lambda written: None if written.entry.erratum is None else "an erratum",
}
"""What must be equal, by key: as words for the message."""


def differences(draft: Draft, model: Draft) -> Iterator[ContentError]:
    """Where ``draft`` differs from ``model``, the draft of the default language."""
    yield from _entries(draft, model)
    for file in model.sentences:
        yield from _sentences(file, draft, model)


def _entries(draft: Draft, model: Draft) -> Iterator[ContentError]:
    ours, theirs = draft.by_id(), model.by_id()
    for name, other in theirs.items():
        if name not in ours:
            file = other.document.file.rpartition("/")[2]
            yield ContentError.at(
                draft.file_place(file), f"the entry `{name}` of {other.place('id')} is missing: add it"
            )
    for name, written in ours.items():
        if name not in theirs:
            message = f"the entry `{name}` is not in {model.folder}: add it there, or remove it here"
            yield ContentError.at(written.place("id"), message)
        else:
            yield from _entry(written, theirs[name])


def _entry(written: Written, other: Written) -> Iterator[ContentError]:
    for key, words in _SAME.items():
        here, there = words(written), words(other)
        if here != there:
            where = other.key_place(key)
            message = f"`{key}` is {here or 'missing'} here and {there or 'missing'} in {where}: make them equal"
            yield ContentError.at(written.key_place(key), message)
    for what, names in (("facts", _facts), ("links", _links)):
        message = _unequal(what, _names(written, names), _names(other, names))
        if message:
            yield ContentError.at(written.key_place("answer"), f"{message} than in {other.key_place('answer')}")


def _sentences(file: str, draft: Draft, model: Draft) -> Iterator[ContentError]:
    ours, theirs = draft.sentences[file], model.sentences[file]
    for key in theirs:
        if key not in ours:
            message = f"the sentence `{key}` of {model.sentence_place(file, key)} is missing: add it"
            yield ContentError.at(draft.file_place(file), message)
    for key, text in ours.items():
        place = draft.sentence_place(file, key)
        if key not in theirs:
            message = f"the sentence `{key}` is not in {model.folder}: add it there, or remove it here"
            yield ContentError.at(place, message)
            continue
        for what, names in (("values", _facts), ("links", _links)):
            unequal = _unequal(what, names(text), names(theirs[key]))
            if unequal:
                yield ContentError.at(place, f"{unequal} than in {model.sentence_place(file, key)}")


def _unequal(what: str, here: Collection[str], there: Collection[str]) -> str:
    """Beginning of the message, empty when there is nothing to say."""
    parts = [f"add {name}" for name in sorted(set(there) - set(here))]
    parts += [f"remove {name}" for name in sorted(set(here) - set(there))]
    return f"{', '.join(parts)}: the {what} are others" if parts else ""


def _names(written: Written, names: Callable[[str], Collection[str]]) -> set[str]:
    return {name for _, text in written.texts() for name in names(text)}


def _facts(text: str) -> set[str]:
    try:
        return {f"{{{reference.name}}}" for reference in placeholders(text)}
    except BadPlaceholder:
        return set()  # said where it stands


def _links(text: str) -> set[str]:
    return {f"link:{reference.name}" for reference in link_names(text)}
