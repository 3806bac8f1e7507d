"""What somebody who comes back is told: each request as its notice would, at most five."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cases.model import Case, CaseType, Event, EventKind, State, operator
from dialogs.decision import Knowledge
from dialogs.reply import Paragraph, Press, SourceLine, Text
from program.months import Month
from tests.cases.samples import NOW, opened
from turn.returning import SHOWN, news_reply

OLGA = operator("olga")


def _changed(state: State, type_: CaseType = CaseType.LISTING) -> tuple[Case, Event]:
    case = opened(type_).case
    case = replace(case, state=state, batch=Month(2026, 3) if type_ is CaseType.LISTING else None)
    return case, Event(case.reference, 2, NOW, OLGA, EventKind.MOVED)


@pytest.mark.parametrize("number", [1, 2, SHOWN, SHOWN + 1])
def test_every_request_is_told(number: int, knowledge: Knowledge) -> None:
    found = [_changed(State.SUBMITTED) for _ in range(number)]
    reply = news_reply(found, NOW, knowledge.library)
    said = [block.words for block in reply.blocks if isinstance(block, Paragraph) and isinstance(block.words, Text)]
    keys = [words.key for words in said]
    assert keys[0] == ("news.one" if number == 1 else "news.several")
    assert keys.count("case.directory-listing.submitted.told") == min(number, SHOWN)
    assert ("news.more" in keys) is (number > SHOWN)
    assert len([block for block in reply.blocks if isinstance(block, SourceLine)]) == 1
    assert reply.private
    if number > 1:
        shown = [button.action.data["reference"] for button in reply.buttons if isinstance(button.action, Press)]
        assert shown == [case.reference for case, _ in found[:SHOWN]]
