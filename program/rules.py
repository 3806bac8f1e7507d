"""The rules of eligibility as data: what each level requires, from which day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

LEVELS = ("lap", "silver", "gold")
"""Learning Action Pack, Silver and Gold Learning option; lowest first."""
COUNTS = frozenset({"mct"})
"""Answers that are whole numbers from 0."""
NAMES = frozenset({"competency"})
"""Answers that are a name, or ``unknown``."""
UNKNOWN_NAME = "unknown"
_SURE_OR_NOT = ("yes", "no", "unsure")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "purpose": ("internal", "outside"),
    "level": (*LEVELS, "unsure"),
    "commitment": _SURE_OR_NOT,
    "exams": _SURE_OR_NOT,
    "mct_requirement": _SURE_OR_NOT,
    "gold_kpis": _SURE_OR_NOT,
    "gold_other": _SURE_OR_NOT,
    "holds_silver": ("yes", "no"),
}
"""Answers that are one of these words."""
YES_NO = frozenset(name for name, words in CHOICES.items() if "yes" in words)
REQUIRABLE = COUNTS | NAMES | YES_NO
"""Answers that a requirement can ask for."""

Answers = Mapping[str, object]
"""What a partner said, by the names above; as stored, so that any value may be of an older version."""
Usable = Mapping[str, int | str]
"""Answers of which every name is known and every value allowed."""


class NoRules(Exception):
    """There are no rules of eligibility; add a version to ``eligibility`` of content/program.yaml."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class RequirementRule:
    """One requirement, met by an answer: a count that is high enough, or yes.

    A name meets nothing: which competencies have a Learning option is not on the page, so it stays to be checked.
    """

    id: str
    answer: str
    link: str
    """Name of the link where the program's own rule is."""
    at_least: int = 1
    """For counts."""


@dataclass(frozen=True, slots=True)
class StepRule:
    """Something to do next; ``when`` names a yes/no answer that must be yes."""

    id: str
    link: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A level, what it requires and how to get there."""

    name: str
    needs: tuple[RequirementRule, ...]
    steps: tuple[StepRule, ...]
    held_by: str | None = None
    """The yes/no answer that says that the level is held already: what only this level requires was met then."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that hold from a day on, until the next version."""

    effective_from: date
    levels: tuple[LevelRule, ...]
    """In the order of `LEVELS`."""
    internal: tuple[StepRule, ...]
    """Steps of those who train their own people only."""
    not_yet: tuple[StepRule, ...]
    """Steps of those to whom no level is open."""
    later: tuple[StepRule, ...]
    """Steps after the others, while the level aimed at is not open."""


def rules_on(day: date, versions: Sequence[Rules]) -> Rules:
    """The version that holds on ``day``; before the first one, the first. Raises `NoRules`."""
    if not versions:
        raise NoRules
    begun = [rules for rules in versions if rules.effective_from <= day]
    return begun[-1] if begun else versions[0]


def usable(answers: Answers) -> Usable:
    """The answers that can be judged. The others count as not given, so that they are asked for again."""
    return {name: value for name, value in answers.items() if isinstance(value, int | str) and _allowed(name, value)}


def _allowed(name: str, value: int | str) -> bool:
    if name in COUNTS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if name in NAMES:
        return isinstance(value, str) and bool(value.strip())
    return value in CHOICES.get(name, ())
