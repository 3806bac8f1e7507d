"""Numbers in a text: figures with the separators of several habits, words of two languages, and mixtures (1.2万).

Figures: with both marks the last one is the decimal mark; a comma before exactly three digits groups thousands; a full
stop before exactly three digits may do either ("1.234"), so both are offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile

from dialogs.fields.data import FieldWords, NumberWord, Part
from dialogs.fields.phrases import PhraseTable
from faq.han import is_han

_FIGURE = re.compile(r"\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'/]\d+)*")
_GROUPED = re.compile(r"\d{1,3}([.,'])\d{3}(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}")
_LONGEST_FIGURE = 40
_NEARBY = 24
"""Characters before a number in which its sign is looked for."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One number of the text."""

    values: tuple[Decimal, ...]
    """One when it is sure, several when it may be any of them, none when it is only some number."""
    start: int
    end: int
    spelled: bool
    """Said in words."""
    negative: bool
    fraction: bool
    """Said as a part of something: "half", 三分之一."""
    percent: bool
    rough: bool
    """Only about so many: "a couple", 几个."""

    @property
    def exact(self) -> bool:
        """Whether it is one number and nothing else."""
        return len(self.values) == 1 and not (self.negative or self.fraction or self.percent or self.rough)


@dataclass(frozen=True, slots=True)
class _Token:
    part: Part
    values: tuple[Decimal, ...]
    start: int
    end: int
    figure: bool = False
    han: bool = False

    @property
    def digit(self) -> bool:
        """A single Chinese digit."""
        return self.han and self.part is Part.NUMBER and self.values[0] < 10


def amounts(text: str, words: FieldWords) -> list[Amount]:
    """Every number of a folded text, in order."""
    found: list[Amount] = []
    run: list[_Token] = []
    for token in _tokens(text, words):
        if run and not _continues(run[-1], token, text):
            found.append(_amount(run, text, words))
            run = []
        run.append(token)
    return [*found, _amount(run, text, words)] if run else found


def spelled_at(text: str, start: int, words: FieldWords) -> tuple[int, int] | None:
    """End and value of the whole number that is said in words at ``start`` of a folded text."""
    if start not in words.numbers.places(text):
        return None
    first: list[_Token] = []
    for token in _tokens(text, words, start):
        if token.figure or (first and not _continues(first[-1], token, text)) or (not first and token.start > start):
            break
        first.append(token)
    amount = _amount(first, text, words) if first else None
    if amount is None or len(amount.values) != 1 or amount.fraction or amount.percent:
        return None
    return amount.end, int(amount.values[0])


def _tokens(text: str, words: FieldWords, start: int = 0) -> Iterator[_Token]:
    index, numbers, around = start, words.numbers.places(text), words.around.places(text)
    while index < len(text):
        figure = _FIGURE.match(text, index) if text[index].isdigit() else None
        if figure:
            before = text[max(index - 2, 0) : index]
            if not re.search(r"[a-z]-?$", before):  # INV-12 is a name
                part = Part.FRACTION if "/" in figure[0] else Part.NUMBER
                point = before[-1:] == "." and figure[0].isdigit()  # .50
                values = _values(f"0.{figure[0]}") if point else _values(figure[0])
                yield _Token(part, values, index - point, figure.end(), figure=True)
            index = figure.end()
        elif found := numbers.get(index):
            end, word = found
            other = around.get(index)
            if other and other[0] > end:  # 一共 is no number
                index = other[0]
                continue
            if word.part not in {Part.NOTHING, Part.NEGATIVE}:
                values = tuple(Decimal(value) for value in word.values)
                yield _Token(word.part, values, index, end, han=is_han(text[index]))
            index = end
        else:
            index += 1


def _continues(last: _Token, token: _Token, text: str) -> bool:
    """Whether the two belong to one number."""
    gap = text[last.end : token.start]
    if last.han and token.han:
        return not gap
    if Part.PERCENT in {last.part, token.part}:
        return not gap.strip() and last.part is not token.part
    if token.figure:
        return last.han and last.part is Part.SCALE and not gap
    if token.part in {Part.SCALE, Part.FRACTION}:
        return gap in {"", " "} and last.part in {Part.NUMBER, Part.SCALE}
    if last.figure or gap not in {" ", "-", " and "} or token.part is not Part.NUMBER:
        return False
    room = last.values[0] if last.part is Part.SCALE else 10 * (20 <= last.values[0] < 100 and last.values[0] % 10 == 0)
    return 0 < token.values[0] < room


def _amount(run: Sequence[_Token], text: str, words: FieldWords) -> Amount:
    parts = {token.part for token in run}
    sign = _sign(text, run[0].start, words)
    return Amount(
        values=_meanings(run, parts),
        start=run[0].start if sign is None else sign,
        end=run[-1].end,
        spelled=not any(token.figure for token in run),
        negative=sign is not None,
        fraction=Part.FRACTION in parts,
        percent=Part.PERCENT in parts,
        rough=Part.VAGUE in parts,
    )


def _meanings(run: Sequence[_Token], parts: set[Part]) -> tuple[Decimal, ...]:
    if Part.VAGUE in parts or len(run) == 1:
        alone = len(run) == 1 and (run[0].part is not Part.SCALE or run[0].end - run[0].start > 1 or run[0].han)
        return run[0].values if alone else ()
    if parts & {Part.FRACTION, Part.PERCENT}:
        return ()
    if len(run) == 2 and run[0].digit and run[1].digit and all(token.values[0] for token in run):
        one, other = run[0].values[0], run[1].values[0]
        return (one, other) if other == one + 1 else ()  # 两三个: two or three
    return _sum(run)


def _sum(run: Sequence[_Token]) -> tuple[Decimal, ...]:
    """The number that numbers and scales make together; nothing when Chinese digits only estimate (三五百)."""
    sums: list[Decimal] = []
    index = 0
    while index < len(run):
        token = run[index]
        if token.part is Part.SCALE:
            factor = token.values[0]
            below = list(takewhile(lambda value: value < factor, reversed(sums)))  # noqa: B023 - used at once
            del sums[len(sums) - len(below) :]
            sums.append((sum(below, Decimal()) or Decimal(1)) * factor)
            index += 1
            continue
        digits = list(takewhile(lambda other: other.digit, run[index:]))
        if len(digits) == 2 and all(digit.values[0] for digit in digits):
            return ()
        written = "".join(str(digit.values[0]) for digit in digits)
        sums.append(Decimal(written) if written else token.values[-1] if token.values else Decimal())
        index += len(digits) or 1
    tail, before = run[-1], run[-2]
    if before.part is Part.SCALE and before.han and before.values[0] >= 100 and (tail.digit or tail.figure):  # 三千五
        sums[-1] *= before.values[0] / 10
    return (sum(sums, Decimal()),)


def _sign(text: str, start: int, words: FieldWords) -> int | None:
    """Where the sign or word stands that makes the number at ``start`` less than zero."""
    nearby = max(start - _NEARBY, 0)
    before = text[nearby:start]
    said = before.rstrip()
    if said.endswith("-"):
        earlier = said[:-1]
        alone = not earlier.strip()[-1:].isalnum() or (earlier.endswith(" ") and before == said)
        return nearby + len(earlier) if alone else None
    if not said.endswith(_negatives(words.numbers)):
        return None
    for index in range(len(said)):
        found = words.numbers.at(said, index)
        if found and found[0] == len(said) and found[1].part is Part.NEGATIVE:
            return nearby + index
    return None


@lru_cache(maxsize=8)
def _negatives(numbers: PhraseTable[NumberWord]) -> tuple[str, ...]:
    return tuple(phrase for phrase, word in numbers if word.part is Part.NEGATIVE)


def _values(figure: str) -> tuple[Decimal, ...]:
    """What a figure may mean; nothing when its marks make no sense."""
    plain = figure.replace(" ", "")
    marks = re.sub(r"\d", "", plain)
    if len(figure) > _LONGEST_FIGURE or "/" in marks:
        return ()
    if not marks:
        return (Decimal(plain),)
    head, _, tail = plain.rpartition(marks[-1])
    whole, decimal = Decimal(re.sub(r"\D", "", plain)), Decimal(re.sub(r"\D", "", head) + "." + tail)
    if len(marks) > 1:
        if _GROUPED.fullmatch(plain):
            return (whole,)
        return (decimal,) if marks[-1] not in marks[:-1] and _GROUPED.fullmatch(head) else ()
    if len(tail) == 3 and len(head) <= 3 and not head.startswith("0") and " " not in figure:
        return (whole, decimal) if marks == "." else (whole,)
    return (whole, decimal) if marks == "," and len(tail) > 3 else (decimal,)
