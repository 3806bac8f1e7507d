"""T13: states of older, newer and broken versions. The conversation goes on, politely, whatever is stored."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dialogs.decision import Knowledge
from dialogs.form_state import Phase
from dialogs.forms import FORMS
from storage.codec import to_json
from tests.talk import Talk, buttons, shown
from tests.trust.figures import figure

QUESTION = "What do we need for the Learning Action Pack?"
SAYS = (QUESTION, "yes", "no", "Contoso Ltd", "5", "cancel", "back", "skip", "2", "你好", "delete my data")
"""Whatever is open, each of these is answered."""
ODD: tuple[Any, ...] = (None, True, -1, 0, 10**30, 1.5, "", "x", [], {}, [None], {"a": [1]}, "2020-13-45", ["x"] * 50)
State = dict[str, Any]


async def _opened(knowledge: Knowledge, form: str) -> State:
    """The state of a conversation in the middle of a form."""
    talk = Talk(knowledge)
    await talk.press({"do": "start", "form": form})
    opened = await talk.store.open(talk.incoming(talk.last.happening))  # type: ignore[union-attr]
    state: Any = opened.state
    assert state["dialog"]["form"] == form
    return dict(copy.deepcopy(state))


def _set(*path: str) -> Callable[[State, Any], State]:
    def changed(state: State, value: Any) -> State:
        place: Any = state
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        return state

    return changed


def _variants(state: State) -> Iterator[tuple[str, State]]:
    """One thing is different in each."""
    for key in state:
        yield f"{key} left out", {name: value for name, value in state.items() if name != key}
        for odd in ODD:
            yield f"{key} = {odd!r}", _set(key)(copy.deepcopy(state), odd)
    for key in state["dialog"]:
        gone = copy.deepcopy(state)
        del gone["dialog"][key]
        yield f"dialog.{key} left out", gone
        for odd in ODD:
            yield f"dialog.{key} = {odd!r}", _set("dialog", key)(copy.deepcopy(state), odd)
    for odd in ODD:
        form = FORMS[state["dialog"]["form"]]
        full = {field.name: odd for field in form.fields}
        for phase in Phase:
            broken = copy.deepcopy(state)
            broken["dialog"] |= {
                "values": full,
                "order": list(full),
                "phase": phase.value,
                "raw": "x",
                "question": "gone",
            }
            yield f"every value {odd!r} in {phase}", broken


OLDER: dict[str, Callable[[State], State]] = {
    "a form of an older version": lambda state: _set("dialog", "v")(state, 0),
    "a form of a newer version": lambda state: _set("dialog", "v")(state, 999),
    "a form that is gone": lambda state: _set("dialog", "form")(state, "renewal"),
    "a question that is gone": lambda state: _set("dialog", "asking")(state, "fax-number"),
    "a phase that is gone": lambda state: _set("dialog", "phase")(state, "signing"),
    "answers to questions that are gone": lambda state: _set("dialog", "values")(
        state, {"fax-number": "1", "mood": []}
    ),
    "a state of the first version": lambda _: {"v": 0, "lang": "en", "step": 3, "answers": ["Contoso"]},
    "a state of a newer version": lambda state: {**state, "v": 99, "mood": "good", "dialogs": [state["dialog"]]},
    "a state without a version": lambda state: {key: value for key, value in state.items() if key != "v"},
    "a dialog that is a list": lambda state: {**state, "dialog": [state["dialog"]]},
    "a dialog of the SDK": lambda state: {**state, "dialog": {"py/object": "x", "_dialog_stack": [{"id": "root"}]}},
    "a language that is gone": lambda state: {**state, "language": "tlh"},
    "a topic that is gone": lambda state: {**state, "last_entry": "gone", "last_entry_turn": state["turn"]},
    "an offer of what is gone": lambda state: {**state, "dialog": None, "offer": [{"do": "entry", "entry": "gone"}]},
    "an offer to do what nobody can": lambda state: {**state, "dialog": None, "offer": [{"do": "fly"}, {"x": 1}, {}]},
    "kept answers that are odd": lambda state: {
        **state,
        "kept": {"eligibility": {"values": [], "day": "never"}, "x": 1},
    },
    "nothing": lambda _: {},
}


async def _answers(knowledge: Knowledge, state: State, says: str) -> list[str]:
    """What is heard, and what is wrong with what is stored."""
    talk = Talk(knowledge)
    await talk.say("hello")
    ((key, (version, _)),) = talk.memory.state.items()
    talk.memory.state[key] = (version, to_json(state))
    heard = [shown(activity) for activity in await talk.say(says)]
    again = await talk.say(QUESTION)
    assert again, "and the next one is answered"
    return heard


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("older", OLDER)
async def test_older_states_go_on_politely(knowledge: Knowledge, form: str, older: str) -> None:
    state = await _opened(knowledge, form)
    for says in SAYS:
        heard = await _answers(knowledge, OLDER[older](copy.deepcopy(state)), says)
        assert heard, says
        assert all(text.strip() for text in heard)


@pytest.mark.parametrize("form", FORMS)
async def test_no_broken_state_ends_a_conversation(knowledge: Knowledge, form: str) -> None:
    state = await _opened(knowledge, form)
    faults, count = [], 0
    for place, (name, broken) in enumerate(_variants(state)):
        count += 1
        try:
            if not await _answers(knowledge, broken, SAYS[place % len(SAYS)]):
                faults.append(f"{name}: silence")
        except Exception as error:  # noqa: BLE001 - each is a finding; all are wanted
            faults.append(f"{name}: {type(error).__name__}: {error}"[:200])
    assert faults == []
    figure("T13", f"{form}: {count + len(OLDER) * len(SAYS)} old and broken states, all answered")


async def test_a_form_of_another_version_says_so_and_asks_on(knowledge: Knowledge) -> None:
    for older in ("a form of an older version", "a form of a newer version", "a question that is gone"):
        talk = Talk(knowledge)
        state = OLDER[older](await _opened(knowledge, "directory-listing"))
        await talk.say("hello")
        ((key, (version, _)),) = talk.memory.state.items()
        talk.memory.state[key] = (version, to_json(state))
        heard = [shown(activity) for activity in await talk.say("Contoso Ltd")]
        assert "This form has changed since we last spoke." in heard[0]
        assert "?" in heard[0], "and the next question"


async def test_a_form_that_cannot_be_read_is_put_aside_and_the_message_answered(knowledge: Knowledge) -> None:
    state = await _opened(knowledge, "kpi-discrepancy")
    values = dict.fromkeys((field.name for field in FORMS["kpi-discrepancy"].fields), "never")
    state["dialog"] |= {"values": values, "order": list(values), "phase": "summary"}
    talk = Talk(knowledge)
    await talk.say("hello")
    ((key, (version, _)),) = talk.memory.state.items()
    talk.memory.state[key] = (version, to_json(state))
    heard = await talk.say(QUESTION)
    assert "is no longer open" in shown(heard[0])
    assert "Start again" in buttons(heard[0])
    assert talk.observer.traces[-1]["kind"] == "answer"
    assert [where for where, _ in talk.observer.failures] == ["stored form"], "and operators are told"


async def test_a_fault_of_ours_costs_nobody_a_form(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that has nothing to do with what is stored is an error: the channel tries again, the form stays."""

    def fail(*_: object) -> None:
        raise KeyError("bug")

    talk = Talk(knowledge)
    await talk.press({"do": "start", "form": "directory-listing"})
    stored = dict(talk.memory.state)
    monkeypatch.setattr("dialogs.filling.Listener.hear", fail)
    with pytest.raises(KeyError):
        await talk.say("Contoso Ltd")
    assert talk.memory.state == stored


async def test_teeth(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that trusts what it reads would end conversations."""
    monkeypatch.setattr("turn.engine.standing", lambda *_: ())
    with pytest.raises(AssertionError):
        await test_no_broken_state_ends_a_conversation(knowledge, "directory-listing")
