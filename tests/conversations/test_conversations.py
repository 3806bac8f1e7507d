"""Every conversation of ``tests/conversations/*.yaml``, held with the real content and the whole engine.

A table is a list of conversations: ``name``, ``turns``, and perhaps ``channel``, ``scope``, ``at`` (when it begins).
``waits`` says why one cannot pass yet: it is skipped for that reason.

A turn does one thing:

``say``          a message; ``{reference}``, ``{code}``, ``{wrong}``: of the newest request (its reference with a slip)
``press``        a button of the last replies by its title; ``press-again``: one that was seen at any time, the newest
                 of this title; ``press-first``: the oldest
``fill``         fields of the last card by name (``option_…`` as it is), and the button that sends them
``redeliver``    the last message or press comes once more, with the same activity id
``send``, ``join``, ``wait`` (minutes)
``operator``     moves the newest request to a state, or ``{ask: field, words: …}``, ``{to: state, words: …}``;
                 ``{inquire: "yes"}`` asks whether the listing is there, ``{remind: "yes"}`` looks whom to remind
``carry-out``    what waits in the outbox and is due is carried out; ``hear``, ``not``: what is said by that
``stored``       overwrites keys of the stored form, as if an older version had written it

It may say who does it (``user``, ``conversation``, ``scope``, ``locale``), and says what is heard and stored:

``kind``, ``entry``   how it was decided (`dialogs.decision.Decision.trace`), and the entry that answered
``hear``, ``not``     pieces of text that are there, that are not
``once``              pieces of text that are there one single time
``buttons``           titles of buttons that are there
``replies``, ``silent``   how many messages there are; true when nothing is said
``aside``             pieces of text that went to the personal chat instead
``case``              of the newest request: ``type``, ``state``, ``fields``, ``batch``, ``due``, ``version`` …
``cases``             how many requests there are
``posts``             kinds of what waits in the outbox besides replies and planned reminders, in order
``planned``           when reminders of forms are planned (UTC)
``form``              names of the forms that are open, over all users
``remembered``        of how many users something is remembered, each counted in each conversation
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dialogs.decision import Knowledge
from tests.conversing import hold

HERE = Path(__file__).parent


def conversations() -> Iterator[Any]:
    """Each conversation of each table, named after both."""
    for table in sorted(HERE.glob("*.yaml")):
        for conversation in YAML(typ="safe").load(table.read_text(encoding="utf-8")):
            waits = conversation.get("waits")
            marks = [pytest.mark.skip(reason=waits)] if waits else []
            yield pytest.param(conversation, id=f"{table.stem}: {conversation['name']}", marks=marks)


@pytest.mark.parametrize("conversation", list(conversations()))
async def test_conversation(conversation: dict[str, Any], knowledge: Knowledge) -> None:
    await hold(conversation, knowledge)
