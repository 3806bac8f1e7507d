"""What is kept of a talk for the person who takes over: each message, what came of it, and where the form stood."""

from __future__ import annotations

from dialogs.decision import Knowledge
from tests.talk import Talk
from turn.model import Exchange


def _kept(talk: Talk) -> list[Exchange]:
    return [record for record in talk.memory.records if isinstance(record, Exchange)]


async def test_a_question_and_its_entry(knowledge: Knowledge) -> None:
    talk = Talk(knowledge)
    await talk.say("When do directory updates go out?")
    (kept,) = _kept(talk)
    assert (kept.text, kept.kind, kept.form) == ("When do directory updates go out?", "answer", "")
    assert kept.entry in knowledge.library.languages["en"].knowledge.entries
    assert kept.score > 0.5
    assert kept.knowledge_version == knowledge.library.version
    told = talk.observer.traces[-1]
    assert (told["entry"], told["knowledge_version"]) == (kept.entry, kept.knowledge_version)
    assert "directory updates" not in str(told)


async def test_where_a_form_stands(knowledge: Knowledge) -> None:
    talk = Talk(knowledge)
    await talk.press({"do": "start", "form": "directory-listing"})
    await talk.say("Contoso Learning")
    first, second = _kept(talk)
    assert (first.kind, first.text, first.form) == ("form", "", "directory-listing")
    assert second.text == "Contoso Learning"
    assert first.step
    assert second.step not in ("", first.step)


async def test_codes_and_wishes_are_not_kept(knowledge: Knowledge) -> None:
    talk = Talk(knowledge)
    for said in ("what is the status of my request?", "删除我的数据"):
        await talk.say(said)
    assert [(kept.kind, kept.text) for kept in _kept(talk)] == [("status", ""), ("privacy", "")]
