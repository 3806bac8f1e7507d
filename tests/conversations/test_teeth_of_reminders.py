"""A reminder that comes at the wrong time, twice, or to the wrong people makes a conversation go otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cases import reminding
from dialogs import following, unfinished
from dialogs.decision import Knowledge
from dialogs.unfinished import Look
from program import windows
from tests.conversations.test_teeth import fails, replace_everywhere

_RIGHT = unfinished.looked


def _whatever_became_of_it(payload: Any, form: Any, now: Any, calendar: Any) -> Look:
    return _RIGHT({**payload, "instance": form.instance} if form else payload, form, now, calendar)


def _though_quiet(payload: Any, form: Any, now: Any, calendar: Any) -> Look:
    return _RIGHT(payload, form and replace(form, quiet=False), now, calendar)


def _though_left_alone(payload: Any, form: Any, now: Any, calendar: Any) -> Look:
    return _RIGHT({**payload, "left": None}, form, now, calendar)


def _every_morning(payload: Any, form: Any, now: Any, calendar: Any) -> Look:
    look = _RIGHT(payload, form, now, calendar)
    return replace(look, again_at=now + timedelta(days=1)) if look.again_at else look


def _not_written_down(case: Any, now: Any) -> Any:
    right = reminding.remind(case, now)
    return replace(right, events=())


def _always(*_: Any) -> bool:
    return True


def _never(*_: Any) -> bool:
    return False


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (unfinished, "looked", _whatever_became_of_it),
        (unfinished, "looked", _though_quiet),
        (unfinished, "looked", _though_left_alone),
        (unfinished, "looked", _every_morning),
        (unfinished, "is_waiting", _always),
        (windows, "is_reminder_time", _always),
        (windows, "REMINDER_QUIET", timedelta(minutes=1)),
        (following, "is_muting", _never),
        (reminding, "remind", _not_written_down),
    ],
)
async def test_a_planted_error_is_found(
    module: object, name: str, broken: Callable[..., Any], knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_everywhere(monkeypatch, module, name, broken)
    assert await fails(knowledge, "reminders")
