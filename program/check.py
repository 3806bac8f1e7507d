"""What ``program.yaml`` must keep beyond its form: the calendar can be computed, the rules name what exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from program.calendar_facts import calendar_faults
from program.document import ContentError, Document, KeyPath
from program.rules import COUNTS, REQUIRABLE, YES_NO
from program.schema import EligibilityBlock, LevelBlock, ProgramFile, RequirementBlock, StepBlock
from program.spelling import did_you_mean


def program_faults(document: Document, checked: ProgramFile) -> Iterator[ContentError]:
    """Everything to correct: facts that the calendar cannot use, names that do not exist, versions out of order."""
    yield from calendar_faults(document, checked.facts)
    for name in checked.anchors.keys() - checked.sources.keys():
        message = f"there is no section `{name}` in `sources`: correct it{did_you_mean(name, checked.sources)}"
        yield ContentError.at(document.key_place(("anchors", name)), message)
    versions = checked.eligibility
    for index, block in enumerate(versions):
        path: KeyPath = ("eligibility", index)
        if index and block.effective_from <= versions[index - 1].effective_from:
            message = "versions are listed from the oldest to the newest: sort them, or correct the day"
            yield ContentError.at(document.place((*path, "effective_from")), message)
        for where, message in _version_faults(block, checked):
            yield ContentError.at(document.place((*path, *where)), message)


Fault = tuple[KeyPath, str]
"""Where in its version, and what to do."""


def _version_faults(block: EligibilityBlock, checked: ProgramFile) -> Iterator[Fault]:
    for name, requirement in block.requirements.items():
        for where, message in _requirement_faults(requirement, checked):
            yield ("requirements", name, *where), message
    used = set()
    for name, level in block.levels.by_name():
        used |= set(level.needs)
        for where, message in _level_faults(level, block.requirements, checked.links):
            yield ("levels", name, *where), message
    for name in block.requirements.keys() - used:
        yield ("requirements", name), f"no level needs `{name}`: name it under `needs`, or remove it"
    for kind, steps in (
        ("internal", block.steps.internal),
        ("not_yet", block.steps.not_yet),
        ("later", block.steps.later),
    ):
        for where, message in _step_faults(steps, checked.links):
            yield ("steps", kind, *where), message


def _requirement_faults(block: RequirementBlock, checked: ProgramFile) -> Iterator[Fault]:
    yield from _unknown(("answer",), "answer that a requirement can rest on", block.answer, REQUIRABLE)
    yield from _unknown(("link",), "link", block.link, checked.links)
    if (block.answer in COUNTS) != (block.at_least is not None):
        message = f"`at_least` belongs to a count ({', '.join(sorted(COUNTS))}): add it there, remove it elsewhere"
        yield ("at_least",), message
    if isinstance(block.at_least, str):
        yield from _unknown(("at_least",), "fact", block.at_least, checked.facts)
        value = checked.facts.get(block.at_least, 1)
        if not isinstance(value, int) or value < 1:
            message = f"the fact `{block.at_least}` is no whole number from 1: name another, or correct it"
            yield ("at_least",), message


def _level_faults(level: LevelBlock, requirements: Collection[str], links: Collection[str]) -> Iterator[Fault]:
    for index, name in enumerate(level.needs):
        yield from _unknown(("needs", index), "requirement", name, requirements)
        if name in level.needs[:index]:
            yield ("needs", index), f"`{name}` is here twice: remove one"
    for where, message in _step_faults(level.steps, links):
        yield ("steps", *where), message
    if level.held_by is not None:
        yield from _unknown(("held_by",), "yes/no answer", level.held_by, YES_NO)


def _step_faults(steps: Sequence[StepBlock], links: Collection[str]) -> Iterator[Fault]:
    for index, step in enumerate(steps):
        if step.link is not None:
            yield from _unknown((index, "link"), "link", step.link, links)
        if step.when is not None:
            yield from _unknown((index, "when"), "yes/no answer", step.when, YES_NO)


def _unknown(where: KeyPath, kind: str, name: str, known: Collection[str]) -> Iterator[Fault]:
    if name not in known:
        yield where, f"there is no {kind} `{name}`: correct it{did_you_mean(name, known)}"
