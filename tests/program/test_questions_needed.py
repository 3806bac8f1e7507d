"""A question is asked if and only if its answer can still change the verdict: tried on every possible partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from program.eligibility import assess, questions_needed
from program.facts import Program
from program.rules import CHOICES, Rules
from program.standing import Standing

TODAY = date(2026, 3, 10)
VALUES: Mapping[str, tuple[int | str, ...]] = {**CHOICES, "mct": (0, 1), "competency": ("Data and AI", "unknown")}
PARTNERS = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
"""Everybody there can be, each with all answers."""
ONLY_SILVER = ("commitment", "mct_requirement", "exams")
KNOWN = st.tuples(st.sampled_from(PARTNERS), st.sets(st.sampled_from(sorted(VALUES)), min_size=3)).map(
    lambda drawn: {name: drawn[0][name] for name in drawn[1]}
)
"""What may be known of a partner. With less, hardly any question is decided, and there are very many partners."""
UNHURRIED = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])

Answers = Mapping[str, int | str]


def outcome(answers: Answers, rules: tuple[Rules, ...]) -> tuple[object, ...]:
    """What counts as the verdict: the level, how those above stand, and what to do; nothing above none counts."""
    found = assess(answers, rules, TODAY)
    reach = () if found.level_open is None else tuple(found.reach.items())
    return found.verdict, found.level_open, reach, found.next_steps


@pytest.fixture(scope="session")
def rules(program: Program) -> tuple[Rules, ...]:
    return program.eligibility


class Everybody:
    """The verdict on each of `PARTNERS`."""

    def __init__(self, rules: tuple[Rules, ...]) -> None:
        self.outcomes = [outcome(partner, rules) for partner in PARTNERS]

    def deciding(self, known: Answers, include: Callable[[Answers], bool] = lambda _: True) -> set[str]:
        """The unanswered questions on which the verdict of somebody like this depends, among those included."""
        groups: dict[tuple[object, ...], set[tuple[object, ...]]] = defaultdict(set)
        free = [name for name in VALUES if name not in known]
        for partner, verdict in zip(PARTNERS, self.outcomes, strict=True):
            if known.items() <= partner.items() and include(partner):
                for name in free:
                    groups[name, *(partner[other] for other in free if other != name)].add(verdict)
        return {str(key[0]) for key, verdicts in groups.items() if len(verdicts) > 1}


@pytest.fixture(scope="session")
def everybody(rules: tuple[Rules, ...]) -> Everybody:
    return Everybody(rules)


@UNHURRIED
@example(known={})
@example(known={"exams": "unsure", "gold_other": "no"})
@given(known=KNOWN)
def test_questions_are_those_that_decide(known: Answers, rules: tuple[Rules, ...], everybody: Everybody) -> None:
    """Who holds silver is taken to meet its requirements, and who aims at it is not asked whether they hold it."""
    needed = set(questions_needed(known, rules, TODAY))
    assert needed <= everybody.deciding(known)

    def plausible(partner: Answers) -> bool:
        if partner["holds_silver"] == "no":
            return True
        asked = "holds_silver" in needed or "holds_silver" in known
        return asked and all(partner[name] == "yes" or name in known for name in ONLY_SILVER)

    assert everybody.deciding(known, plausible) <= needed


@UNHURRIED
@given(partner=st.sampled_from(PARTNERS))
def test_asking_ends_with_the_verdict_on_everything(partner: Answers, rules: tuple[Rules, ...]) -> None:
    known: dict[str, int | str] = {}
    open_before = set(VALUES)
    while needed := questions_needed(known, rules, TODAY):
        assert set(needed) <= open_before
        assert assess(known, rules, TODAY).verdict == "undecided"
        assert assess(known, rules, TODAY).next_steps == ()
        known[needed[0]] = partner[needed[0]]
        open_before = set(needed) - {needed[0]}
    not_asked = {"holds_silver", *(ONLY_SILVER if known.get("holds_silver") == "yes" else ())} - known.keys()
    everything = {name: value for name, value in partner.items() if name not in not_asked}
    assert outcome(known, rules) == outcome(everything, rules)
    assert outcome(known, rules)[0] != "undecided"


@pytest.mark.parametrize(
    ("answers", "broken"),
    [
        ({"purpose": "outside", "mct": 1, "level": "gold"}, lambda _: ()),
        ({"purpose": "outside", "mct": 1, "level": "silver", "exams": "no"}, lambda _: ("commitment",)),
    ],
)
def test_a_question_too_few_or_too_many_is_noticed(
    answers: Answers,
    broken: object,
    rules: tuple[Rules, ...],
    everybody: Everybody,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert everybody.deciding(answers) >= set(questions_needed(answers, rules, TODAY))
    monkeypatch.setattr(Standing, "unanswered", property(broken))  # type: ignore[arg-type]
    assert everybody.deciding(answers, lambda partner: partner["holds_silver"] == "no") != set(
        questions_needed(answers, rules, TODAY)
    ) - {"holds_silver"}
