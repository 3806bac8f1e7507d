"""Eligibility: tables of verdicts and of questions, and planted errors that the tables must notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from program import eligibility, standing, walk
from program.eligibility import Assessment, assess, changes, questions_needed
from program.facts import Program
from program.rules import LEVELS, LevelRule, NoRules, RequirementRule, Rules, StepRule, rules_on
from program.standing import Requirement, judge

TODAY = date(2026, 3, 10)
OUT: dict[str, object] = {"purpose": "outside", "mct": 3}
SILVER: dict[str, object] = {"competency": "Data and AI", "commitment": "yes", "mct_requirement": "yes", "exams": "yes"}
GOLD: dict[str, object] = {"competency": "Data and AI", "gold_kpis": "yes", "gold_other": "yes"}

USUAL_STEPS = {
    "LAP": "lap-subscribe lap-profile",
    "SILVER": "silver-review silver-subscribe silver-fee",
    "GOLD": "gold-review gold-subscribe gold-fee",
}
VERDICTS: list[dict[str, str]] = YAML(typ="safe").load(Path(__file__).with_name("verdicts.yaml"))
WORDS: dict[str, dict[str, object]] = {
    "outside": {"purpose": "outside"},
    "inside": {"purpose": "internal"},
    "all silver": SILVER,
    "all gold": GOLD,
}

REST_OF_GOLD = "holds_silver commitment mct_requirement exams"
QUESTIONS: list[tuple[dict[str, object], str]] = [
    ({}, "purpose mct level competency commitment mct_requirement exams gold_kpis gold_other holds_silver"),
    ({"purpose": "internal"}, ""),
    ({"mct": 0}, "purpose"),
    ({"purpose": "outside", "mct": 0}, ""),
    ({**OUT, "level": "lap"}, ""),
    ({"mct": 3, "level": "lap"}, "purpose"),
    ({**OUT, "level": "silver"}, "competency commitment mct_requirement exams"),
    ({**OUT, "level": "silver", "commitment": "no"}, ""),
    ({**OUT, "level": "silver", "commitment": "unsure"}, "mct_requirement exams"),
    ({**OUT, **SILVER, "level": "silver"}, ""),
    ({**OUT, "level": "silver", "holds_silver": "yes"}, ""),
    ({**OUT, "level": "gold"}, f"competency gold_kpis gold_other {REST_OF_GOLD}"),
    ({**OUT, **GOLD, "level": "gold"}, "holds_silver"),
    ({**OUT, "level": "gold", "gold_kpis": "no"}, "holds_silver competency commitment mct_requirement exams"),
    ({**OUT, "level": "gold", "gold_kpis": "no", "holds_silver": "yes"}, ""),
    ({"purpose": "outside", "level": "gold", "gold_kpis": "no", "holds_silver": "yes"}, "mct"),
    ({**OUT, "level": "gold", "gold_kpis": "no", "holds_silver": "no", "exams": "no"}, ""),
    ({**OUT, **GOLD, "level": "gold", "gold_kpis": "unsure"}, REST_OF_GOLD),
    ({**OUT, "level": "unsure", "commitment": "no"}, ""),
    ({**OUT, **SILVER, "level": "unsure", "exams": "unsure"}, ""),
    ({**OUT, **SILVER, "level": "unsure"}, "gold_kpis gold_other holds_silver"),
    ({**OUT, **SILVER, "level": "unsure", "gold_other": "no"}, ""),
]


@pytest.fixture(scope="session")
def rules(program: Program) -> tuple[Rules, ...]:
    return program.eligibility


def answers_of(said: str) -> dict[str, object]:
    """The answers that a row of verdicts.yaml gives."""
    answers: dict[str, object] = {}
    for words in filter(None, said.split(", ")):
        name, _, value = words.partition(" ")
        answers |= WORDS.get(words) or {name: int(value) if name == "mct" else value}
    return answers


def told(assessment: Assessment) -> tuple[str, str, str]:
    """Headline, what is missing, next steps, as in verdicts.yaml."""
    marks = {"not-met": "-", "unknown": "?"}
    return (
        assessment.headline.key.removeprefix("eligibility.verdict."),
        " ".join(f"{need.id}{marks[need.state]}" for need in assessment.missing_for_next),
        " ".join(step.id for step in assessment.next_steps),
    )


def tables(rules: tuple[Rules, ...]) -> list[str]:
    """What the tables find wrong."""
    wrong = []
    for row in VERDICTS:
        steps = " ".join(USUAL_STEPS.get(word, word) for word in row["steps"].split())
        found = told(assess(answers_of(row["said"]), rules, TODAY))
        wrong += [] if found == (row["verdict"], row["missing"], steps) else [f"{row['case']}: {found}"]
    for answers, names in QUESTIONS:
        asked = " ".join(questions_needed(answers, rules, TODAY))
        wrong += [] if asked == names else [f"{answers}: {asked}"]
    return wrong


def test_the_tables_hold(rules: tuple[Rules, ...]) -> None:
    assert tables(rules) == []


def with_level(rules: Rules, name: str, change: Callable[[LevelRule], LevelRule]) -> Rules:
    return replace(rules, levels=tuple(change(level) if level.name == name else level for level in rules.levels))


def without(need: str) -> Callable[[LevelRule], LevelRule]:
    return lambda level: replace(level, needs=tuple(rule for rule in level.needs if rule.id != need))


def at_least(count: int) -> Callable[[LevelRule], LevelRule]:
    return lambda level: replace(level, needs=tuple(replace(need, at_least=count) for need in level.needs))


def lacking(level: str, need: str) -> Callable[[Rules], Rules]:
    return lambda rules: with_level(rules, level, without(need))


ALWAYS_DISCOUNT = StepRule("gold-discount", "upgrade-discount")
MUTANTS: dict[str, Callable[[Rules], Rules]] = {
    **{
        f"{level} without {need}": lacking(level, need)
        for level, needs in {
            "lap": ["mct"],
            "silver": ["mct", "silver-option", "silver-commitment", "silver-mct", "silver-exams"],
            "gold": ["mct", "gold-option", "gold-kpis", "gold-other"],
        }.items()
        for need in needs
    },
    "LAP with two trainers": lambda rules: with_level(rules, "lap", at_least(2)),
    "LAP without trainers": lambda rules: with_level(rules, "lap", at_least(0)),
    "silver with four trainers": lambda rules: with_level(rules, "silver", at_least(4)),
    "gold with four trainers": lambda rules: with_level(rules, "gold", at_least(4)),
    "silver is never held": lambda rules: with_level(rules, "silver", lambda level: replace(level, held_by=None)),
    "silver carries over to gold": lambda rules: with_level(
        rules, "gold", lambda level: replace(level, held_by="holds_silver")
    ),
    "gold needs all of silver": lambda rules: with_level(
        rules, "gold", lambda level: replace(level, needs=rules.levels[1].needs + level.needs[1:])
    ),
    "discount for everybody": lambda rules: with_level(
        rules, "gold", lambda level: replace(level, steps=(*level.steps[:2], ALWAYS_DISCOUNT, *level.steps[3:]))
    ),
    "no steps for those inside": lambda rules: replace(rules, internal=()),
    "no steps without a trainer": lambda rules: replace(rules, not_yet=()),
    "no second look": lambda rules: replace(rules, later=()),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_rule_is_caught(name: str, rules: tuple[Rules, ...]) -> None:
    assert tables(tuple(MUTANTS[name](version) for version in rules)) != []


def _holding_excuses_all(need: RequirementRule, given: dict[str, int | str], *, held: bool = False) -> Requirement:
    return replace(judge(need, given), state="met") if held else judge(need, given)


def _unsure_is_yes(need: RequirementRule, given: dict[str, int | str], *, held: bool = False) -> Requirement:
    return judge(need, {name: "yes" if value == "unsure" else value for name, value in given.items()}, held=held)


def _unsure_is_no(need: RequirementRule, given: dict[str, int | str], *, held: bool = False) -> Requirement:
    return judge(need, {name: "no" if value == "unsure" else value for name, value in given.items()}, held=held)


def _any_competency_will_do(need: RequirementRule, given: dict[str, int | str], *, held: bool = False) -> Requirement:
    found = judge(need, given, held=held)
    return replace(found, state="met") if found.to_check else found


def _unknown_competency_is_checked(
    need: RequirementRule, given: dict[str, int | str], *, held: bool = False
) -> Requirement:
    found = judge(need, given, held=held)
    return replace(found, to_check=True) if given.get(need.answer) == "unknown" else found


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (standing, "judge", _holding_excuses_all),
        (standing, "judge", _unsure_is_yes),
        (standing, "judge", _unsure_is_no),
        (standing, "judge", _any_competency_will_do),
        (standing, "judge", _unknown_competency_is_checked),
        (eligibility, "looked_at", lambda _, standings: walk.looked_at("unsure", standings)),
        (eligibility, "looked_at", lambda _, standings: walk.looked_at("gold", standings)),
        (eligibility, "looked_at", lambda _, standings: tuple(range(len(standings)))),
        (eligibility, "open_questions", lambda _, standings: walk.open_questions("unsure", standings)),
        (eligibility, "open_questions", lambda _, standings: walk.open_questions("gold", standings)),
        (eligibility, "open_questions", lambda *_: iter(())),
        (walk, "_for_steps", lambda _: iter(())),
    ],
)
def test_a_planted_error_is_caught(
    module: object, name: str, broken: object, monkeypatch: pytest.MonkeyPatch, rules: tuple[Rules, ...]
) -> None:
    monkeypatch.setattr(module, name, broken)
    assert tables(rules) != []


def test_every_requirement_that_was_looked_at_is_shown_once(rules: tuple[Rules, ...]) -> None:
    answers = {**OUT, **SILVER, "level": "gold", "gold_kpis": "no", "holds_silver": "no", "exams": "no"}
    shown = [(need.id, need.state) for need in assess(answers, rules, TODAY).requirements]
    assert shown == [
        ("mct", "met"),
        ("silver-option", "unknown"),
        ("silver-commitment", "met"),
        ("silver-mct", "met"),
        ("silver-exams", "not-met"),
        ("gold-option", "unknown"),
        ("gold-kpis", "not-met"),
        ("gold-other", "unknown"),
    ]


@pytest.mark.parametrize(
    "answers",
    [
        {"mct": True},
        {"mct": -1},
        {"mct": "3"},
        {"mct": None},
        {"purpose": "maybe"},
        {"level": "platinum"},
        {"competency": "  "},
        {"exams": True},
        {"holds_silver": "unsure"},
        {"shoe_size": 42},
    ],
)
def test_an_answer_that_cannot_be_judged_counts_as_not_given(
    answers: dict[str, object], rules: tuple[Rules, ...]
) -> None:
    assert questions_needed(answers, rules, TODAY) == questions_needed({}, rules, TODAY)
    assert assess(answers, rules, TODAY) == assess({}, rules, TODAY)


def test_a_competency_named_like_an_answer_stays_a_name(rules: tuple[Rules, ...]) -> None:
    found = assess({**OUT, **SILVER, "level": "silver", "competency": "no"}, rules, TODAY)
    assert found.level_open == "silver"
    assert found.requirements[1].reason.params == {"competency": "no"}


def test_the_version_that_has_begun_is_used(rules: tuple[Rules, ...]) -> None:
    stricter = replace(rules[0], effective_from=date(2027, 1, 1))
    for level in LEVELS:
        stricter = with_level(stricter, level, at_least(5))
    versions = (*rules, stricter)
    answers = {**OUT, "level": "lap"}
    before, after = (assess(answers, versions, day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (before.level_open, after.level_open) == ("lap", None)
    assert (before.rules_from, after.rules_from) == (date(2021, 2, 5), date(2027, 1, 1))
    assert questions_needed({"purpose": "outside", "mct": 3}, versions, date(2027, 1, 1)) == ()
    assert rules_on(date(1999, 1, 1), versions) is versions[0]
    with pytest.raises(NoRules, match="add a version"):
        assess({}, (), TODAY)


def test_a_second_look_shows_what_changed(rules: tuple[Rules, ...]) -> None:
    before = assess({**OUT, **SILVER, "level": "silver", "exams": "no", "commitment": "unsure"}, rules, TODAY)
    after = assess({**OUT, **SILVER, "level": "silver"}, rules, TODAY)
    found = changes(before, after)
    assert found
    assert (found.verdict, found.rules) == (True, False)
    assert [(change.requirement.id, change.before, change.requirement.state) for change in found.requirements] == [
        ("silver-commitment", "unknown", "met"),
        ("silver-exams", "not-met", "met"),
    ]
    assert not changes(after, after)


def test_a_second_look_names_new_rules_and_new_requirements(rules: tuple[Rules, ...]) -> None:
    before = assess({"purpose": "outside", "mct": 0}, rules, TODAY)
    after = assess({**OUT, "level": "lap"}, (*rules, replace(rules[0], effective_from=TODAY)), TODAY)
    found = changes(before, after)
    assert (found.verdict, found.rules) == (True, True)
    inside = assess({"purpose": "internal"}, rules, TODAY)
    assert [(change.requirement.id, change.before) for change in changes(inside, after).requirements] == [("mct", None)]
