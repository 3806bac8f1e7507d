"""A planted error in any date rule or eligibility rule makes a conversation go otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dialogs.decision import Knowledge
from program import eligibility, standing, walk, windows
from program.facts import Program
from tests.conversing import hold
from tests.program import test_eligibility, test_windows

HERE = Path(__file__).parent
OURS = ("program.", "cases.", "dialogs.", "turn.")
FACTS = {
    "directory_batch_first_day": (14, 16),
    "directory_batch_last_day": (20, 22),
    "directory_visible_by_day": (6, 8),
    "kpi_report_day": (14, 16),
    "kpi_window_months": (11, 13),
    "time_zone": ("UTC", "Asia/Shanghai"),
}
"""Facts of the calendar, and wrong ones."""


def planted(test: Callable[..., None]) -> Iterator[tuple[Any, ...]]:
    """The errors that another test of ours plants."""
    for mark in test.pytestmark:  # type: ignore[attr-defined]
        if mark.name == "parametrize":
            yield from mark.args[1]


def replace_everywhere(monkeypatch: pytest.MonkeyPatch, module: object, name: str, broken: object) -> None:
    """Also where it was imported by name; not in the tests, whose errors call the right one."""
    right = getattr(module, name)
    for other_name, other in list(sys.modules.items()):
        if other is not None and other_name.startswith(OURS) and getattr(other, name, None) is right:
            monkeypatch.setattr(other, name, broken)


async def fails(knowledge: Knowledge, *tables: str) -> bool:
    """Whether some conversation of these tables goes otherwise; stops at the first."""
    for table in tables:
        for conversation in YAML(typ="safe").load((HERE / f"{table}.yaml").read_text(encoding="utf-8")):
            try:
                await hold(conversation, knowledge)
            except Exception:  # noqa: BLE001 - a broken rule may break anything
                return True
    return False


def with_program(knowledge: Knowledge, change: Callable[[Program], Program]) -> Knowledge:
    """The same knowledge with another program."""
    return replace(knowledge, library=replace(knowledge.library, program=change(knowledge.library.program)))


async def test_the_tables_hold_without_an_error(knowledge: Knowledge) -> None:
    assert not await fails(knowledge, "dates", "eligibility")


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name, both in FACTS.items() for wrong in both])
async def test_a_wrong_fact_of_the_calendar_is_noticed(name: str, wrong: object, knowledge: Knowledge) -> None:
    def change(program: Program) -> Program:
        return replace(program, facts={**program.facts, name: wrong})  # type: ignore[arg-type]

    assert await fails(with_program(knowledge, change), "dates")


DATE_ERRORS = [
    (name, broken)
    for name, broken in planted(test_windows.test_a_planted_error_is_caught)
    if broken is not test_windows._always_certain  # what is said tells it from `earliest` alone
]


@pytest.mark.parametrize(("name", "broken"), DATE_ERRORS)
async def test_a_wrong_date_rule_is_noticed(
    name: str, broken: object, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_everywhere(monkeypatch, windows, name, broken)
    assert await fails(knowledge, "dates", "kpi")


@pytest.mark.parametrize("name", test_eligibility.MUTANTS)
async def test_a_wrong_rule_of_eligibility_is_noticed(name: str, knowledge: Knowledge) -> None:
    def change(program: Program) -> Program:
        return replace(program, eligibility=tuple(map(test_eligibility.MUTANTS[name], program.eligibility)))

    assert await fails(with_program(knowledge, change), "eligibility")


@pytest.mark.parametrize(("module", "name", "broken"), list(planted(test_eligibility.test_a_planted_error_is_caught)))
async def test_a_wrong_judgement_is_noticed(
    module: object, name: str, broken: object, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module in (eligibility, standing, walk)
    monkeypatch.setattr(module, name, broken)
    assert await fails(knowledge, "eligibility")
