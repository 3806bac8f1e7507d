"""What of a language is still as in the default language: the work that is left before it can be served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from program.document import Document, KeyPath, Place, Plain

_WRITTEN = ("title", "answer", "steps", "erratum", "phrasings", "expect")
"""Keys of an entry that are words for people."""
_NAMES = re.compile(r"\{[^{}]*\}|\]\(link:[^)]*\)|`[^`]*`")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = 3
"""Words from which a text that is the same in two languages is one that nobody translated."""


def untranslated(document: Document, model: Document) -> Iterator[tuple[Place, str]]:
    """Places of ``document`` that are as in ``model``, the same file of the default language, and what to do there.

    Entries are compared by id, everything else by its path. Names, figures and texts of one or two words may agree.
    """
    for path, theirs in _groups(model.value):
        here = _entry(document.value, theirs) if path[:1] == ("entries",) else _at(document.value, path)
        if here is None:
            continue
        where, ours = here
        keys = _same_keys(ours, theirs)
        if keys:
            place = document.place((*where, "id")) if path[:1] == ("entries",) else document.key_place(where)
            yield place, f"{_names(keys, where)} as in {model.place(path)}: translate"


def is_translated(ours: Mapping[str, object], theirs: Mapping[str, object]) -> bool:
    """Whether title, answer and phrasings of an entry are written."""
    return not {"title", "answer", "phrasings"} & set(_same_keys(_plain(ours), _plain(theirs)))


def _groups(value: Plain) -> Iterator[tuple[KeyPath, Plain]]:
    """What is translated as one: an entry, a sentence, a list of words."""
    for key, section in value.items() if isinstance(value, dict) else ():
        if isinstance(section, dict) and any(isinstance(inner, str | list | dict) for inner in section.values()):
            yield from (((key, name), inner) for name, inner in section.items())
        elif isinstance(section, list) and key == "entries":
            yield from (((key, number), inner) for number, inner in enumerate(section))
        else:
            yield (key,), section


def _entry(value: Plain, like: Plain) -> tuple[KeyPath, Plain] | None:
    entries = value.get("entries") if isinstance(value, dict) else None
    wanted = like.get("id") if isinstance(like, dict) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and entry.get("id") == wanted:
            return ("entries", number), entry
    return None


def _at(value: Plain, path: KeyPath) -> tuple[KeyPath, Plain] | None:
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[str(step)]
    return path, value


def _same_keys(ours: Plain, theirs: Plain) -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict) and "id" in theirs:
        return [key for key in _WRITTEN if key in theirs and _is_same(ours.get(key, ""), theirs[key])]
    return ["this is"] if _is_same(ours, theirs) else []


def _is_same(ours: Plain, theirs: Plain) -> bool:
    """A text that is equal; a list of which half is; a group of words that is equal as a whole."""
    if isinstance(theirs, str):
        return ours == theirs and len(_WORD.findall(_NAMES.sub(" ", theirs))) >= _SENTENCE
    if isinstance(theirs, list) and isinstance(ours, list):
        said = [item for item in theirs if isinstance(item, str)]
        kept = [item for item in said if item in ours]
        return bool(said) and 2 * len(kept) > len(ours) if said else ours == theirs and bool(theirs)
    return isinstance(theirs, dict) and ours == theirs and any(_WORD.search(text) for text in _texts(theirs))


def _texts(value: Plain) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _plain(entry: Mapping[str, object]) -> Plain:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in entry.items()}  # type: ignore[misc]  # texts and lists of them


def _names(keys: list[str], where: KeyPath) -> str:
    if keys == ["this is"]:
        return f"`{where[-1]}` is"
    return f"{', '.join(f'`{key}`' for key in keys)} {'is' if len(keys) == 1 else 'are'}"
