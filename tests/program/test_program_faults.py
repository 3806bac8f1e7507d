"""Program files with one fault each: the complaint names the place and what to do. ``‸`` marks the place."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from program import calendar_facts
from program.document import ContentErrors
from program.load import load_program
from program.yaml_source import parse_yaml

TEXT = (Path(__file__).parents[2] / "content" / "program.yaml").read_text("utf-8")
LAST_STEP = "        - {id: recheck}\n"
VERSION = TEXT[TEXT.index("  - effective_from: 2021-02-05") : TEXT.index(LAST_STEP) + len(LAST_STEP)]
ZONE, REPORT = "time_zone: America/Los_Angeles", "kpi_report_day: 15"
FIRST, LAST = "directory_batch_first_day: 15", "directory_batch_last_day: 21"
EXAMS, MCT = "{answer: exams, link: competencies}", "at_least: lap_min_mct"
HELD, PROFILE = "held_by: holds_silver", "id: lap-profile, link: support"

FAULTS = [
    # The calendar
    (ZONE, "time_zone: ‸America/Los_Angles", "did you mean `America/Los_Angeles`?"),
    (ZONE, "time_zone: ‸America", "no time zone"),
    (ZONE, "time_zone: ‸../../etc/passwd", "no time zone"),
    (ZONE, "time_zone: ‸/etc/localtime", "no time zone"),
    (ZONE, "time_zone: ‸-8", "name of a time zone"),
    (f"  {ZONE}\n", "", "the calendar needs the fact `time_zone`: add it"),
    (f"  {REPORT}\n", "", "the calendar needs the fact `kpi_report_day`: add it"),
    (REPORT, "kpi_report_day: ‸0", "from 1 to 28"),
    (REPORT, "kpi_report_day: ‸29", "from 1 to 28"),
    (REPORT, "kpi_report_day: ‸mid-month", "from 1 to 28"),
    (REPORT, "kpi_report_day: ‸{month: 2020-01}", "from 1 to 28"),
    ("kpi_window_months: 12", "kpi_window_months: ‸0", "from 1 to 60"),
    ("directory_visible_by_day: 7", "directory_visible_by_day: ‸31", "from 1 to 28"),
    (FIRST, "directory_batch_first_day: ‸31", "from 1 to 28"),
    (LAST, "directory_batch_last_day: ‸14", "ends before it begins (day 15)"),
    # Where the page is read
    ("    en: https://learn.microsoft.com/partner", "    en: ‸http://learn.microsoft.com/partner", "whole https://"),
    ("option-enroll\n    zh-CN", "option-enroll#gold\n    zh-CN", "what follows a # stands in `anchors`"),
    ("gold: enroll-with", "gold: ‸'#enroll-with a'  # ", "without the # itself"),
    ("  next-steps: next-steps", "  ‸next-step: next-steps", "did you mean `next-steps`?"),
    # The rules of eligibility
    (VERSION, VERSION + VERSION.replace("effective_from: 2021", "effective_from: ‸2021"), "oldest to the newest"),
    (VERSION, VERSION + VERSION.replace("effective_from: 2021", "effective_from: ‸2020"), "oldest to the newest"),
    ("eligibility:\n" + VERSION, "eligibility: ‸[]\n", "at least 1"),
    (EXAMS, "{answer: ‸exam, link: competencies}", "did you mean `exams`?"),
    (EXAMS, "{answer: ‸purpose, link: competencies}", "no answer that a requirement can rest on `purpose`"),
    (EXAMS, "{answer: exams, link: ‸competences}", "did you mean `competencies`?"),
    (EXAMS, "{answer: exams, at_least: ‸2, link: competencies}", "belongs to a count (mct)"),
    (EXAMS, "{answer: exams, links: competencies}", "did you mean `link`?"),
    (f", {MCT}", "", "belongs to a count (mct)"),
    (MCT, "at_least: ‸lap_mct", "no fact `lap_mct`"),
    (MCT, "at_least: ‸time_zone", "no whole number from 1"),
    (MCT, "at_least: ‸0", "a whole number from 1"),
    (MCT, "at_least: ‸1.5", "a whole number from 1"),
    ("needs: [mct]", "needs: [‸mcts]", "did you mean `mct`?"),
    ("needs: [mct]", "needs: [mct, ‸mct]", "twice"),
    ("needs: [mct]", "needs: ‸[]", "at least 1"),
    (", silver-exams]", "]", "no level needs `silver-exams`"),
    (HELD, "held_by: ‸hold_silver", "did you mean `holds_silver`?"),
    (HELD, "held_by: ‸mct", "no yes/no answer `mct`"),
    ("when: holds_silver", "when: ‸level", "no yes/no answer `level`"),
    (PROFILE, "id: lap-profile, link: ‸suport", "did you mean `support`?"),
    ("id: then-lap, link: action-pack", "id: then-lap, link: ‸action", "no link `action`"),
    ("      gold:\n        needs", "      ‸platinum:\n        needs", "known here: lap, silver, gold"),
    ("      not_yet:", "      ‸notyet:", "did you mean `not_yet`?"),
]


def complaints(text: str) -> list[tuple[int, int, str]]:
    """Line, column and message of everything that loading complains about."""
    try:
        load_program(parse_yaml(text.encode(), "content/program.yaml"))
    except ContentErrors as error:
        return [(fault.line, fault.column, fault.message) for fault in error.errors]
    return []


@pytest.mark.parametrize(("old", "new", "words"), FAULTS, ids=[new.strip()[:40] or old[:40] for old, new, _ in FAULTS])
def test_a_fault_is_named_with_its_place(old: str, new: str, words: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    at = text.find("‸")
    found = complaints(text.replace("‸", ""))
    assert [message for *_, message in found if words in message], found
    if at >= 0:
        place = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        assert place in [(line, column) for line, column, message in found if words in message]


def test_the_file_as_it_is_has_no_fault() -> None:
    assert complaints(TEXT) == []


@pytest.mark.parametrize("text", [TEXT.replace(REPORT, "kpi_report_day: 28"), TEXT.replace(MCT, "at_least: 3")])
def test_other_numbers_are_fine(text: str) -> None:
    assert complaints(text) == []


def test_a_machine_without_time_zones_is_told_apart_from_a_wrong_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_facts, "available_timezones", set)
    assert "install" in complaints(TEXT.replace(ZONE, "time_zone: Nowhere/Land"))[0][2]
    assert ZoneInfo("America/Los_Angeles")


def test_a_number_in_place_of_a_fact_counts() -> None:
    document = parse_yaml(TEXT.replace(MCT, "at_least: 3").encode(), "content/program.yaml")
    assert load_program(document).eligibility[0].levels[0].needs[0].at_least == 3
