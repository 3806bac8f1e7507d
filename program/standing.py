"""How a partner stands towards one level of the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from program.rules import NAMES, UNKNOWN_NAME, LevelRule, RequirementRule, Usable
from program.sentence import Sentence

State = Literal["met", "not-met", "unknown"]
Reach = Literal["open", "check", "asking", "unsure", "closed"]
"""``check``: open if what the page does not tell is found to be so; ``asking``: an answer is missing; ``unsure``: the
partner could not tell. A requirement that is not met closes the level, whatever the others are."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement, its state and why."""

    id: str
    answer: str
    """Name of the answer that it rests on."""
    state: State
    reason: Sentence
    link: str
    """Name of the link where the program's own rule is."""
    answered: bool = True
    to_check: bool = False
    """Unknown only because the page does not tell: to be looked up, and no obstacle."""

    @property
    def label(self) -> Sentence:
        """The requirement in a few words."""
        return Sentence(f"eligibility.requirement.{self.id}")


@dataclass(frozen=True, slots=True)
class Standing:
    """A level with its requirements judged."""

    level: LevelRule
    requirements: tuple[Requirement, ...]
    held: bool
    """Whether the partner holds the level already."""

    @property
    def reach(self) -> Reach:
        """How far the level is from being open."""
        if any(requirement.state == "not-met" for requirement in self.requirements):
            return "closed"
        unknown = [requirement for requirement in self.requirements if requirement.state == "unknown"]
        if any(requirement.answered and not requirement.to_check for requirement in unknown):
            return "unsure"
        if any(not requirement.answered for requirement in unknown):
            return "asking"
        return "check" if unknown else "open"

    @property
    def reached(self) -> bool:
        """Whether the level is open, perhaps after a check."""
        return self.reach in {"open", "check"}

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Names of the answers that could still change it; none when it is closed.

        Where the partner was not sure, only an answer that closes the level makes a difference: a name never does.
        """
        if self.reach == "closed":
            return ()
        missing = [requirement.answer for requirement in self.requirements if not requirement.answered]
        return tuple(name for name in missing if self.reach != "unsure" or name not in NAMES)


def standings_of(levels: tuple[LevelRule, ...], given: Usable) -> tuple[Standing, ...]:
    """How the partner stands towards each level, lowest first."""
    found = []
    basic: set[str] = set()
    for level in levels:
        held = level.held_by is not None and given.get(level.held_by) == "yes"
        judged = (judge(need, given, held=held and need.id not in basic) for need in level.needs)
        found.append(Standing(level, tuple(judged), held))
        basic |= {need.id for need in level.needs}
    return tuple(found)


def judge(need: RequirementRule, given: Usable, *, held: bool = False) -> Requirement:
    """The requirement's state. Holding the level settles what is unknown; an answer that says no stands."""
    found = _by_answer(need, given.get(need.answer))
    if held and found.state == "unknown":
        return Requirement(need.id, need.answer, "met", Sentence("eligibility.reason.held"), need.link)
    return found


def _by_answer(need: RequirementRule, value: int | str | None) -> Requirement:
    about = f"eligibility.reason.{need.id}"
    if value is None:
        reason = Sentence("eligibility.reason.not-asked")
        return Requirement(need.id, need.answer, "unknown", reason, need.link, answered=False)
    if value in {"unsure", UNKNOWN_NAME}:
        return Requirement(need.id, need.answer, "unknown", Sentence(f"{about}.unsure"), need.link)
    if need.answer in NAMES:
        reason = Sentence(f"{about}.check", {"competency": value})
        return Requirement(need.id, need.answer, "unknown", reason, need.link, to_check=True)
    met = value >= need.at_least if isinstance(value, int) else value == "yes"
    state: State = "met" if met else "not-met"
    params = {"count": value, "needed": need.at_least} if isinstance(value, int) else {}
    return Requirement(need.id, need.answer, state, Sentence(f"{about}.{state}", params), need.link)
