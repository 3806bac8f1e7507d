"""Pairs of other tools as entries for a person to review: text of YAML files, and notes about what is left to do."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from faq.curate.exchange.pairs import Pair, Pairs
from faq.model import Kind

_KINDS = {kind.value for kind in Kind}
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WORD = re.compile(r"[a-z0-9]+")
_STEPS = re.compile(r"\n\n(?P<steps>1\. .+(?:\n\d+\. .+)*)\s*$")
_STEP = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
_ERRATUM = re.compile(r"\n\n> (?P<erratum>[^\n]+)\s*$")
_LINK = re.compile(r"\]\((?P<address>https?://[^)\s]+)\)")
_ADDRESS = re.compile(r"(?:https?://|mailto:|\bwww\.)[^\s)\]]+")
_PLAIN = re.compile(r"[^\W\d_][^\x00-\x1f:#{}\[\]&*!|>'\"%@`\\]*[^\s\x00-\x1f:#{}\[\]&*!|>'\"%@`\\]")
_NO_TEXT = {"true", "false", "null", "yes", "no"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHARE = re.compile(r"0?\.\d{1,6}|1\.0", re.ASCII)
_MOST_RELATED = 6
_ID_LENGTH = 50
_NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Known:
    """What the content has already."""

    ids: Collection[str]
    links: Mapping[str, str]
    """Addresses by name."""
    sources: Collection[str]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Text of the draft files (empty when there is nothing for one), and what a person has to look at."""

    entries: str
    topics: str
    notes: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class _Named:
    """A pair, the id of its entry, its metadata."""

    pair: Pair
    id: str
    metadata: Mapping[str, str]

    @property
    def kind(self) -> str:
        kind = self.metadata.get("kind", "")
        return kind if kind in _KINDS else Kind.ANSWER.value


def to_drafts(pairs: Pairs, language: str, known: Known) -> Drafts:
    """The pairs as draft entries of ``language``. Known addresses become links by name."""
    named = _named(pairs.pairs)
    ids = {item.pair.id: item.id for item in named}
    told = [*pairs.lost, *(note for item in named for note in _notes(item, ids, known))]
    notes = [" ".join(note.split())[:_NOTE_LENGTH] for note in told]  # a note is one line: it is a comment of the draft
    blocks: dict[bool, list[str]] = {False: [], True: []}
    for item in named:
        topic = item.kind == Kind.OUT_OF_SCOPE.value
        blocks[topic].append("\n".join(_block(item, ids, known, topic=topic)))
    files = {topic: _file(language, lines, notes) if lines else "" for topic, lines in blocks.items()}
    return Drafts(files[False], files[True], tuple(notes), len(named))


def _file(language: str, blocks: Sequence[str], notes: Sequence[str]) -> str:
    head = [f"# Draft entries in {language}: review, then move blocks into content/{language}/. Not read by the bot."]
    head += [f"# - {note}" for note in notes]
    return "\n".join([*head, "entries:", *blocks]) + "\n"


def _named(pairs: Sequence[Pair]) -> list[_Named]:
    taken: set[str] = set()
    named = []
    for number, pair in enumerate(pairs, start=1):
        metadata = dict(pair.metadata)
        own = metadata.get("id", "")
        wish = own if _NAME.fullmatch(own) else _slug(pair.questions[0]) or f"imported-{number}"
        name = next(n for n in (wish, *(f"{wish}-{k}" for k in range(2, len(pairs) + 2))) if n not in taken)
        taken.add(name)
        named.append(_Named(pair, name, metadata))
    return named


def _slug(question: str) -> str:
    words = _WORD.findall(question.casefold()) if question.isascii() else []
    return "-".join(words)[:_ID_LENGTH].strip("-")


def _notes(item: _Named, ids: Mapping[str, str], known: Known) -> Iterator[str]:
    pair, at = item.pair, f"line {item.pair.line}: `{item.id}`"
    if item.id in known.ids:
        yield f"{at} is the id of an entry that exists: merge the two, or rename this one"
    if pair.context_only:
        yield f"{at} was an answer only after another one; here it would always be: reword it to stand alone"
    for name, value in item.metadata.items():
        if not _fits(name, value, known):
            yield f"{at} has the metadata {name}:{value}, which has no place"
    prompts = [prompt for prompt in pair.prompts if prompt.to not in ids]
    for prompt in (*prompts, *pair.prompts[_MOST_RELATED:]):
        yield f"{at} offers {prompt.text!r}, which has no place"
    for prompt in pair.prompts:
        if prompt.context_only:
            yield f"{at} offers {prompt.text!r} in context only; here it is a question like any other"
    text = _linked(pair.answer, known)
    for address in sorted(set(_ADDRESS.findall(text))):
        yield f"{at} has the address {address}: give it a name in `links` of program.yaml"
    if set(text) & set("{}"):
        yield f"{at} has braces, which write facts here: reword it"


def _fits(name: str, value: str, known: Known) -> bool:
    """Whether the metadata ``name`` has a place, and ``value`` fits in."""
    match name:
        case "id" | "starts":
            return _NAME.fullmatch(value) is not None
        case "kind":
            return value in _KINDS
        case "source":
            return value in known.sources
        case "as_of" | "valid_from" | "valid_until":
            return _DAY.fullmatch(value) is not None
        case "threshold":
            return _SHARE.fullmatch(value) is not None
    return False


def _block(item: _Named, ids: Mapping[str, str], known: Known, *, topic: bool) -> Iterator[str]:
    answer, steps, erratum = _split(_linked(item.pair.answer, known))
    yield f"  - id: {item.id}"
    if not topic:
        yield f"    kind: {item.kind}"
    yield f"    title: {_scalar(item.pair.questions[0])}"
    yield from _prose("    answer", answer)
    if topic:
        yield from _list("phrasings", item.pair.questions[1:])
        return
    yield from _list("steps", steps)
    for name in ("source", "as_of", "valid_from", "valid_until"):
        if _fits(name, item.metadata.get(name, ""), known):
            yield f"    {name}: {item.metadata[name]}"
    if erratum:
        yield f"    erratum: {_scalar(erratum)}"
    related = [ids[prompt.to] for prompt in item.pair.prompts if prompt.to in ids][:_MOST_RELATED]
    if related:
        yield f"    related: [{', '.join(dict.fromkeys(related))}]"
    for name in ("starts", "threshold"):
        if _fits(name, item.metadata.get(name, ""), known):
            yield f"    {name}: {item.metadata[name]}"
    yield from _list("phrasings", item.pair.questions[1:], always=True)


def _split(answer: str) -> tuple[str, tuple[str, ...], str]:
    """Answer, steps, erratum."""
    erratum = _ERRATUM.search(answer)
    rest = answer[: erratum.start()] if erratum else answer
    steps = _STEPS.search(rest)
    rest = rest[: steps.start()] if steps else rest
    return rest, tuple(_STEP.findall(steps["steps"])) if steps else (), erratum["erratum"] if erratum else ""


def _linked(text: str, known: Known) -> str:
    names: dict[str, str] = {}
    for name, address in known.links.items():
        names.setdefault(address, name)

    def by_name(match: re.Match[str]) -> str:
        known_as = names.get(match["address"])
        return f"](link:{known_as})" if known_as else match[0]

    return _LINK.sub(by_name, text)


def _prose(key: str, text: str) -> Iterator[str]:
    lines = text.split("\n")
    if lines[0][:1].isspace() or "\r" in text:
        yield f"{key}: {_scalar(text)}"
        return
    yield f"{key}: |"
    yield from (f"      {line.rstrip()}".rstrip() for line in lines)


def _list(key: str, items: Sequence[str], *, always: bool = False) -> Iterator[str]:
    if items:
        yield f"    {key}:"
        yield from (f"      - {_scalar(item)}" for item in items)
    elif always:
        yield f"    {key}: []"


def _scalar(text: str) -> str:
    """The text as YAML: plain where that is safe, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT
    return text if plain else json.dumps(text, ensure_ascii=False)
