"""When people are reminded before a batch's cut-off: by day, in the week before it, a while after they left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from program.windows import is_reminder_time, reminder_at
from tests.cases.samples import CALENDAR


@pytest.mark.parametrize(
    ("left", "at"),
    [
        ("2026-03-01T12:00", "2026-03-08T16:00"),  # summer time begins that very night: 9 o'clock is 16:00 UTC
        ("2026-03-07T22:00", "2026-03-08T16:00"),
        ("2026-03-07T22:01", "2026-03-09T16:00"),
        ("2026-03-10T09:00", "2026-03-11T16:00"),
        ("2026-03-13T22:00", "2026-03-14T16:00"),
        ("2026-03-13T22:01", "2026-04-08T16:00"),
        ("2026-03-20T00:00", "2026-04-08T16:00"),
        ("2026-12-16T00:00", "2027-01-08T17:00"),
        ("2026-12-31T23:00", "2027-01-08T17:00"),
    ],
)
def test_when_somebody_is_reminded(left: str, at: str) -> None:
    found = reminder_at(datetime.fromisoformat(left).replace(tzinfo=UTC), CALENDAR)
    assert found == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert is_reminder_time(found, CALENDAR)


@pytest.mark.parametrize(
    ("at", "is_time"),
    [
        ("2026-03-07T20:00", False),
        ("2026-03-08T15:59", False),
        ("2026-03-08T16:00", True),
        ("2026-03-14T23:59", True),
        ("2026-03-15T00:00", False),
        ("2026-03-15T16:00", False),
        ("2026-03-20T16:00", False),
    ],
)
def test_the_hours_of_reminders(at: str, is_time: bool) -> None:
    assert is_reminder_time(datetime.fromisoformat(at).replace(tzinfo=UTC), CALENDAR) is is_time


def test_it_is_the_programs_morning() -> None:
    shanghai = replace(CALENDAR, zone=ZoneInfo("Asia/Shanghai"), zone_name="Asia/Shanghai")
    assert reminder_at(datetime(2026, 3, 1, tzinfo=UTC), shanghai) == datetime(2026, 3, 8, 1, tzinfo=UTC)
