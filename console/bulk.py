"""The same done to several requests, each as the page showed it; what cannot be done is told request by request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cases.errors import CaseChanged, CaseError
from cases.model import Case, CaseChange
from cases.reference import Reference, parse
from console.errors import BadForm
from console.words import Words
from desk.audit import Record
from desk.ports import Workbench

AT_MOST = 500
"""Requests of one form."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A request as a page showed it."""

    reference: str
    version: int


@dataclass(slots=True)
class Outcome:
    """References, by what became of them."""

    done: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Somebody else was faster."""
    refused: list[str] = field(default_factory=list)
    """It is not possible from where they stand."""

    def told(self, words: Words) -> str:
        """``11 done. 1 changed meanwhile: LP-…``"""
        parts = [words.text("bulk.done", number=len(self.done))]
        for name, references in (("changed", self.changed), ("refused", self.refused)):
            if references:
                parts.append(words.text(f"bulk.{name}", number=len(references), references=", ".join(references)))
        return " ".join(parts)


def chosen_in(values: Iterable[str]) -> list[Chosen]:
    """What was ticked, each written ``LP-7K3QM-9:4``, once. Raises `BadForm`."""
    found: dict[str, Chosen] = {}
    for value in values:
        written, _, version = value.partition(":")
        named = parse(written)
        if not isinstance(named, Reference) or not (version.isascii() and version.isdigit()) or len(version) > 9:
            raise BadForm
        found[named.text] = Chosen(named.text, int(version))
    if len(found) > AT_MOST:
        raise BadForm
    return list(found.values())


async def do_each(
    bench: Workbench,
    chosen: Sequence[Chosen],
    work: Callable[[Case], CaseChange],
    line: Callable[[CaseChange], Record],
) -> Outcome:
    """Do it to one after the other, each with its line of the audit log. What was done stays done."""
    outcome = Outcome()
    for each in chosen:
        case = await bench.find(each.reference)
        if case is None or case.version != each.version:
            outcome.changed.append(each.reference)
            continue
        try:
            change = work(case)
            await bench.apply(change, line(change))
        except CaseChanged:
            outcome.changed.append(each.reference)
        except CaseError:
            outcome.refused.append(each.reference)
        else:
            outcome.done.append(each.reference)
    return outcome
