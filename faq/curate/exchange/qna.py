"""The ``.qna`` file of the Bot Framework tools: a question is a heading with a question mark, its answer is fenced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from textwrap import dedent

from faq.curate.exchange.pairs import MAX_PAIRS, BadFile, Pair, Pairs, Prompt, fitting

_QUESTION = re.compile(r"\s*#+\s*\?\s*(?P<text>.*\S)\s*$")
_SOURCE = re.compile(r"\s*>\s*!#\s*@qna\.pair\.source\s*=\s*(?P<text>.*\S)\s*$")
_SETTING = re.compile(r"\s*>\s*!#\s*@?(?P<text>\S+)")
_ID = re.compile(r"""\s*<a\s+id\s*=\s*["'](?P<text>[^"']+)["']\s*>\s*(?:</a>)?\s*$""")
_PART = re.compile(r"\s*\*{2,3}(?P<text>Filters|Prompts):?\*{2,3}:?\s*$", re.IGNORECASE)
_ITEM = re.compile(r"\s*[-*+]\s*(?P<text>.*\S)\s*$")
_FENCE = re.compile(r"\s*```\s*(?:markdown)?\s*$", re.IGNORECASE)
_PROMPT = re.compile(r"\[(?P<text>[^\]]+)\]\(#(?P<to>[^)]+)\)\s*(?P<only>`context-only`)?\s*$")
_SYNONYMS = re.compile(r"\s*\$(?P<text>[^:]+):\s*qna-alterations?\s*=\s*$")
_REFERENCE = re.compile(r"\s*\[(?P<text>[^\]]*)\]\([^)]*\)\s*$")
_INTENT = re.compile(r"\s*#+\s*(?P<text>[^?\s].*)$")
_WORDS = re.compile(r"[\s-]+")
_HEADING = re.compile(r"^(\s*)#", re.MULTILINE)
_HIDDEN_HEADING = re.compile(r"^(\s*)\\#", re.MULTILINE)
"""A line of an answer that would be a question to the parser is written with a backslash."""


@dataclass(slots=True)
class _Open:
    """A pair while its lines come in."""

    line: int
    id: str
    source: str
    questions: list[str]
    metadata: list[tuple[str, str]] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    answer: str = ""

    def pair(self) -> Pair:
        questions, metadata = tuple(dict.fromkeys(self.questions)), tuple(self.metadata)
        return Pair(self.id, questions, self.answer, self.line, self.source, metadata, tuple(self.prompts))


def parse_qna(text: str) -> Pairs:
    """The pairs of a file. Raises `BadFile`."""
    reading = _Reading(text.split("\n"))
    pairs = reading.all()
    if len(pairs) > MAX_PAIRS:
        raise BadFile(1, f"there are {len(pairs)} answers, and {MAX_PAIRS} is the most")
    return Pairs(_linked(pairs), tuple(reading.lost))


def write_qna(pairs: Iterable[Pair]) -> str:
    """The pairs as a file. Raises `BadFile` for an answer with a fence of its own."""
    return "> # QnA pairs\n\n" + "\n".join(_block(pair) for pair in pairs)


class _Reading:
    """Takes the lines one by one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.lost: list[str] = []
        self._done: list[Pair] = []
        self._open: _Open | None = None
        self._id = self._source = self._part = ""

    def all(self) -> list[Pair]:
        number = 0
        while number < len(self.lines):
            line = self.lines[number]
            if _FENCE.match(line):
                number = self._answer(number)
            elif line.strip():
                self._line(number + 1, line)
            number += 1
        self._close()
        return self._done

    def _close(self) -> None:
        pair = fitting(self._open.pair(), self.lost) if self._open else None
        if pair:
            self._done.append(pair)
        self._open = None

    def _answer(self, start: int) -> int:
        """Take the fenced lines; returns the number of the closing one."""
        end = next((n for n in range(start + 1, len(self.lines)) if self.lines[n].strip() == "```"), None)
        if end is None:
            raise BadFile(start + 1, "the answer that begins here is never closed by ```")
        if self._open is None or self._open.answer:
            raise BadFile(start + 1, "this answer belongs to no question")
        answer = dedent("\n".join(line.rstrip() for line in self.lines[start + 1 : end])).strip()
        self._open.answer, self._part = _HIDDEN_HEADING.sub(r"\1#", answer), "answer"
        return end

    def _line(self, number: int, line: str) -> None:
        if found := _QUESTION.match(line):
            self._close()
            self._open = _Open(number, self._id, self._source, [found["text"]])
            self._id = self._source = ""
            self._part = "questions"
        elif found := _SOURCE.match(line):
            self._source = found["text"]
        elif found := _ID.match(line):
            self._id = found["text"]
        elif found := _PART.match(line):
            self._part = found["text"].lower()
        elif found := _ITEM.match(line):
            self._item(number, found["text"])
        else:
            self._other(number, line)

    def _item(self, number: int, text: str) -> None:
        if self._part == "lost":
            return
        if self._open is None or self._part == "answer":
            raise BadFile(number, "this line belongs to no question")
        if self._part == "questions":
            self._open.questions.append(text)
        elif self._part == "filters":
            name, sign, value = text.partition("=")
            if not sign or not name.strip():
                raise BadFile(number, "a filter is not written as name = value")
            self._open.metadata.append((name.strip(), value.strip()))
        elif found := _PROMPT.match(text):
            self._open.prompts.append(Prompt(found["text"], found["to"], found["only"] is not None))
        else:
            raise BadFile(number, "a prompt is not written as [words](#id)")

    def _other(self, number: int, line: str) -> None:
        kinds = (
            (_SETTING, "a setting"),
            (_SYNONYMS, "synonyms; put them into synonyms.yaml"),
            (_REFERENCE, "a reference to another file; import that by itself"),
            (_INTENT, "an intent"),
        )
        if line.lstrip().startswith(">") and not _SETTING.match(line):
            return
        for pattern, what in kinds:
            if found := pattern.match(line):
                self.lost.append(f"line {number}: {what} ({found['text'].strip()[:60]})")
                if pattern in {_SYNONYMS, _INTENT}:
                    self._close()
                    self._part = "lost"
                return
        raise BadFile(number, "this line is neither question, filter, prompt nor a fenced answer")


def _linked(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Every pair has an id, and prompts that name a question name its pair."""
    taken = {pair.id for pair in pairs}
    free = (str(n) for n in range(1, 2 * len(pairs) + 2) if str(n) not in taken)
    named = [replace(pair, id=pair.id or next(free)) for pair in pairs]
    by_question: dict[str, str] = {}
    for pair in named:
        for question in pair.questions:
            by_question.setdefault(_folded(question), pair.id)
    return tuple(replace(pair, prompts=tuple(_prompt(p, by_question) for p in pair.prompts)) for pair in named)


def _prompt(prompt: Prompt, by_question: dict[str, str]) -> Prompt:
    if not prompt.to.startswith("?"):
        return prompt
    return Prompt(prompt.text, by_question.get(_folded(prompt.to[1:]), prompt.to), prompt.context_only)


def _folded(question: str) -> str:
    return _WORDS.sub(" ", question).strip().rstrip("?").casefold()


def _block(pair: Pair) -> str:
    if "```" in pair.answer:
        raise BadFile(pair.line, f"the answer to {pair.questions[0]!r} has ``` in it")
    lines = [f"> !# @qna.pair.source = {pair.source}", f'<a id = "{pair.id}"></a>', f"# ? {pair.questions[0]}"]
    lines += [f"- {question}" for question in pair.questions[1:]]
    if pair.metadata:
        lines += ["", "**Filters:**", *(f"- {name} = {value}" for name, value in pair.metadata)]
    lines += ["", "```markdown", *_HEADING.sub(r"\1\\#", pair.answer).split("\n"), "```"]
    if pair.prompts:
        only = " `context-only`"
        lines += ["", "**Prompts:**"]
        lines += [f"- [{p.text}](#{p.to}){only if p.context_only else ''}" for p in pair.prompts]
    return "\n".join(lines) + "\n"
