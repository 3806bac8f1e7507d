"""What the calendar demands of the facts: complaints with their place, made when content is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from program.document import ContentError, Document
from program.facts import Fact
from program.spelling import did_you_mean

TIME_ZONE = "time_zone"
NUMBERS: Mapping[str, tuple[int, int]] = {
    "kpi_report_day": (1, 28),
    "kpi_window_months": (1, 60),
    "directory_batch_first_day": (1, 28),
    "directory_batch_last_day": (1, 28),
    "directory_visible_by_day": (1, 28),
}
"""Least and greatest value. Days end at 28: later ones do not exist in every month."""


def calendar_faults(document: Document, facts: Mapping[str, Fact]) -> Iterator[ContentError]:
    """Facts that the calendar needs and cannot use."""
    for name in (TIME_ZONE, *NUMBERS):
        if name not in facts:
            yield ContentError.at(document.key_place(("facts",)), f"the calendar needs the fact `{name}`: add it")
        elif message := _zone_fault(facts[name]) if name == TIME_ZONE else _number_fault(facts[name], *NUMBERS[name]):
            yield ContentError.at(document.place(("facts", name)), f"`{name}`: {message}")
    first, last = facts.get("directory_batch_first_day"), facts.get("directory_batch_last_day")
    if isinstance(first, int) and isinstance(last, int) and first > last:
        place = document.place(("facts", "directory_batch_last_day"))
        yield ContentError.at(place, f"the batch ends before it begins (day {first}): correct one of the days")


def _number_fault(value: Fact, least: int, greatest: int) -> str:
    if isinstance(value, int) and least <= value <= greatest:
        return ""
    return f"write a whole number from {least} to {greatest}"


def _zone_fault(value: Fact) -> str:
    if not isinstance(value, str):
        return "write the name of a time zone, as in America/Los_Angeles"
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zones = available_timezones()
        if not zones:
            return "this machine knows no time zones: install the system's tzdata, or the Python package of that name"
        return f"there is no time zone of this name: correct it, as in America/Los_Angeles{did_you_mean(value, zones)}"
    return ""
