"""Which level of the program is open to a partner, and what the next one still takes.

Every requirement is met, not met, or unknown: nobody has said, the partner is not sure, or the page does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from program.rules import LEVELS, Answers, Rules, StepRule, Usable, rules_on, usable
from program.sentence import Sentence
from program.standing import Reach, Requirement, Standing, State, standings_of
from program.walk import looked_at, open_questions

__all__ = ["Assessment", "Change", "Changes", "Requirement", "Step", "assess", "changes", "questions_needed"]

Verdict = Literal["internal", "not-yet", "open", "check", "undecided"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next; ``link`` is the name of a link."""

    id: str
    link: str | None

    @property
    def sentence(self) -> Sentence:
        """What to do."""
        return Sentence(f"eligibility.step.{self.id}")


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on a partner's answers."""

    verdict: Verdict
    """``internal``: no enrolment needed; ``not-yet``: no level is open; ``open``; ``check``: open if what the page does
    not tell is found to be so; ``undecided``: a question is still to be answered."""
    level_open: str | None
    """The highest level that is open today, as far as was looked."""
    requirements: tuple[Requirement, ...]
    """Of all levels that were looked at, lowest level first."""
    reach: Mapping[str, Reach]
    """How far each level is from being open, for the levels that were looked at."""
    next_level: str | None
    """The level above the open one."""
    missing_for_next: tuple[Requirement, ...]
    """Its requirements that are not met or not known to be."""
    next_steps: tuple[Step, ...]
    rules_from: date
    """Since when the rules used here hold."""
    held: bool = False
    """Whether the open level is one that the partner holds already."""

    @property
    def headline(self) -> Sentence:
        """The verdict in one sentence."""
        if self.verdict not in ("open", "check"):
            return Sentence(f"eligibility.verdict.{self.verdict}")
        return Sentence(f"eligibility.verdict.{'held' if self.held else self.verdict}-{self.level_open}")


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement whose state is another than before; ``before`` is None when it was not looked at."""

    requirement: Requirement
    before: State | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different in a later assessment."""

    verdict: bool
    """Whether the verdict or the open level is another one."""
    rules: bool
    """Whether other rules hold now."""
    requirements: tuple[Change, ...]

    def __bool__(self) -> bool:
        return self.verdict or self.rules or bool(self.requirements)


def assess(answers: Answers, rules: Sequence[Rules], today: date) -> Assessment:
    """Judge the answers by the rules that hold today. Raises `NoRules`.

    To show what changed since an earlier day, keep the answers and that day: judging them again gives that verdict.
    """
    given, current = usable(answers), rules_on(today, rules)
    if given.get("purpose") == "internal":
        return Assessment("internal", None, (), {}, None, (), _steps(current.internal, given), current.effective_from)
    standings = standings_of(current.levels, given)
    seen = looked_at(given.get("level", "unsure"), standings)
    highest = max((place for place in seen if standings[place].reached), default=-1)
    reached = standings[highest] if highest >= 0 else None
    following = standings[highest + 1] if highest + 1 < len(standings) else None
    verdict = _verdict(reached)
    steps = _next_steps(reached, given, current)
    if questions_needed(answers, rules, today):
        verdict, steps = "undecided", ()
    return Assessment(
        verdict=verdict,
        level_open=reached.level.name if reached else None,
        requirements=_each_once([standings[place] for place in seen]),
        reach={standings[place].level.name: standings[place].reach for place in seen},
        next_level=following.level.name if following else None,
        missing_for_next=tuple(need for need in following.requirements if need.state != "met") if following else (),
        next_steps=steps,
        rules_from=current.effective_from,
        held=reached is not None and reached.held,
    )


def questions_needed(answers: Answers, rules: Sequence[Rules], today: date) -> tuple[str, ...]:
    """Names of the answers that can still change the verdict, in the order in which to ask. Raises `NoRules`.

    Empty as soon as the verdict is known. The earlier answers decide which of the later ones are needed.
    """
    given, current = usable(answers), rules_on(today, rules)
    if given.get("purpose") == "internal":
        return ()
    standings = standings_of(current.levels, given)
    asked = ["purpose", *standings[0].unanswered]
    if any(standing.reach != "closed" for standing in standings):
        asked.append("level")
        for aim in [given["level"]] if "level" in given else ["unsure", *LEVELS]:
            asked += open_questions(aim, standings)
    return tuple(name for name in dict.fromkeys(asked) if name not in given)


def changes(before: Assessment, after: Assessment) -> Changes:
    """What a later assessment says differently."""
    states = {requirement.id: requirement.state for requirement in before.requirements}
    return Changes(
        verdict=(before.verdict, before.level_open) != (after.verdict, after.level_open),
        rules=before.rules_from != after.rules_from,
        requirements=tuple(
            Change(requirement, states.get(requirement.id))
            for requirement in after.requirements
            if states.get(requirement.id) != requirement.state
        ),
    )


def _verdict(reached: Standing | None) -> Verdict:
    if reached is None:
        return "not-yet"
    return "check" if reached.reach == "check" else "open"


def _next_steps(reached: Standing | None, given: Usable, rules: Rules) -> tuple[Step, ...]:
    if reached is None:
        return _steps(rules.not_yet, given)
    own = () if reached.held else _steps(reached.level.steps, given)
    aim = given.get("level")
    aims_higher = aim in LEVELS and LEVELS.index(str(aim)) > LEVELS.index(reached.level.name)
    return own + (_steps(rules.later, given) if aims_higher else ())


def _steps(steps: Sequence[StepRule], given: Usable) -> tuple[Step, ...]:
    return tuple(Step(step.id, step.link) for step in steps if step.when is None or given.get(step.when) == "yes")


def _each_once(standings: Sequence[Standing]) -> tuple[Requirement, ...]:
    """A requirement of several levels is one; what holding one level settled says so for that level alone."""
    return tuple({need.id: need for standing in standings for need in standing.requirements}.values())
