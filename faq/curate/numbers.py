"""Figures that an answer says in one language and not in the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from faq.draft import Draft, Written
from program.document import Place

_NAMES = re.compile(r"\{[^{}]*\}|\]\(link:[^)]*\)")
_FIGURE = re.compile(r"(?<![A-Za-z0-9-])\d+(?:[.,]\d+)*(?![A-Za-z0-9-])")
"""Not those of names such as COVID-19 and AZ-900."""
_STEP = re.compile(r"^\s*\d+\. ", re.MULTILINE)


def other_numbers(draft: Draft, model: Draft) -> Iterator[tuple[Place, str]]:
    """Entries of ``draft`` whose figures are not those of ``model``: the place, and what to do.

    Only digits are compared: facts have names, and a word such as "both" has no figure in another language. Sentences
    of ``messages.yaml`` are left out: their figures are examples of what to type, and those differ.
    """
    theirs = model.by_id()
    for name, written in draft.by_id().items():
        if name not in theirs:
            continue
        here, there = _figures(written), _figures(theirs[name])
        told = [f"{figure} is only here" for figure in sorted(here - there)]
        told += [f"{figure} is missing here" for figure in sorted(there - here)]
        if told:
            where = theirs[name].key_place("answer")
            advice = "write the same figures, in digits, or name a fact"
            yield written.key_place("answer"), f"other figures than in {where} ({', '.join(told)}): {advice}"


def _figures(written: Written) -> set[str]:
    return {figure for _, text in written.texts() for figure in _FIGURE.findall(_STEP.sub("", _NAMES.sub(" ", text)))}
