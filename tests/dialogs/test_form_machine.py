"""The listing form under any order of answers, corrections, backs, digressions, restarts and stale buttons.

It ends in the summary of the plain path, or is cancelled; nothing is ever created without a confirmation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Phases
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from cases.model import Case, Owner
from dialogs import filling
from dialogs.decision import Decision, Knowledge, Said
from dialogs.form_state import FormState, Phase, read_form
from dialogs.forms.directory_listing import DIRECTORY_LISTING, RULES
from dialogs.happening import Happening
from dialogs.reply import JsonObject, JsonValue, Press, Reply
from dialogs.router import decide
from dialogs.state import ConversationState

START = datetime(2026, 3, 10, 9, tzinfo=UTC)
ANSWERS = {
    "display-name": ("Contoso Learning", "Contoso Learning"),
    "country": ("Brazil", "BR"),
    "landing-page": ("contoso.com/ms", "https://contoso.com/ms"),
    **dict.fromkeys(RULES, ("yes", "yes")),
}
"""By field: what the user says in the end, and the value that it is."""
OTHER = {"display-name": "Fabrikam Academy", "country": "Chile", "landing-page": "fabrikam.cl/training"}
CORRECTIONS = {
    "display-name": "actually the name is {}",
    "country": "change the country to {}",
    "landing-page": "change the url to {}",
}
DIGRESSIONS = ("What is the Learning Action Pack?", "status", "help", "why?", "repeat", "thanks", "What is a KPI?")


def value_of(field: str, words: str) -> JsonValue:
    """The value of ``words``, which are one of the above."""
    others = {
        "Fabrikam Academy": "Fabrikam Academy",
        "Chile": "CL",
        "fabrikam.cl/training": "https://fabrikam.cl/training",
    }
    return ANSWERS[field][1] if words == ANSWERS[field][0] else others[words]


class ListingMachine(RuleBasedStateMachine):
    """One user and the pure router; ``known`` is what a patient listener would have noted."""

    knowledge: Knowledge

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now, self.turns = ConversationState(), START, 0
        self.known: dict[str, JsonValue] = {}
        self.cases: list[Case] = []
        self.buttons: list[JsonObject] = []
        self.confirmed = False

    # The conversation

    def tell(self, happening: Happening, text: str = "", value: JsonObject | None = None) -> Decision:
        """One turn; what it creates is kept."""
        self.turns += 1
        self.now += timedelta(minutes=1)
        said = Said(happening, self.now, text=text, value=value or {}, fresh=f"{self.turns:032x}")
        said = replace(said, owner=Owner("msteams", "ann"), own=tuple(self.cases))
        decision = decide(said, self.state, self.knowledge)
        self.state = ConversationState.from_json(decision.state.to_json())
        assert not decision.cases or self.confirmed, "a request without a confirmation"
        self.cases += [change.case for change in decision.cases]
        self.buttons += pressed(decision.replies)
        return decision

    def say(self, text: str) -> Decision:
        return self.tell(Happening.MESSAGE, text)

    def press(self, data: JsonObject) -> Decision:
        return self.tell(Happening.PRESS, value=data)

    @property
    def form(self) -> FormState | None:
        return read_form(self.state.dialog)

    @property
    def asked(self) -> str:
        form = self.form
        return form.asking if form is not None and form.phase is Phase.ASKING else ""

    # What may happen

    @initialize(facts=st.booleans())
    def begin(self, facts: bool) -> None:
        self.say("list Contoso Learning in Brazil" if facts else "please list us")
        self.known = {name: ANSWERS[name][1] for name in ("display-name", "country")} if facts else {}

    @precondition(lambda self: self.asked)
    @rule()
    def answer(self) -> None:
        name = self.asked
        self.say(ANSWERS[name][0])
        self.known[name] = ANSWERS[name][1]

    @precondition(lambda self: self.asked in OTHER)
    @rule()
    def answer_otherwise(self) -> None:
        name = self.asked
        self.say(OTHER[name])
        self.known[name] = value_of(name, OTHER[name])

    @precondition(lambda self: self.form is not None and self.form.phase in (Phase.ASKING, Phase.SUMMARY))
    @rule(field=st.sampled_from(sorted(CORRECTIONS)), other=st.booleans())
    def correct(self, field: str, other: bool) -> None:
        words = OTHER[field] if other else ANSWERS[field][0]
        self.say(CORRECTIONS[field].format(words))
        self.known[field] = value_of(field, words)

    @precondition(lambda self: self.form is not None and self.form.phase is Phase.ASKING)
    @rule()
    def back(self) -> None:
        form = self.form
        assert form is not None
        self.say("back")
        if form.order:
            self.known.pop(form.order[-1], None)

    @precondition(lambda self: self.asked)
    @rule()
    def skip(self) -> None:
        self.say("later")

    @precondition(lambda self: self.form is not None)
    @rule(text=st.sampled_from(DIGRESSIONS))
    def digress(self, text: str) -> None:
        self.say(text)

    @precondition(lambda self: self.form is not None)
    @rule()
    def restart(self) -> None:
        self.say("start over")
        self.known = {}

    @precondition(lambda self: self.form is not None)
    @rule()
    def nearly_cancel(self) -> None:
        self.say("cancel")
        self.say("no, go on")

    @precondition(lambda self: self.buttons)
    @rule(data=st.data())
    def press_a_stale_button(self, data: st.DataObject) -> None:
        """Any button of before, except one that confirms, takes leave or sets a value."""
        harmless = [one for one in self.buttons if one.get("do") == "form" and one.get("what") in ("pick", "go-on")]
        if harmless:
            self.press(data.draw(st.sampled_from(harmless)))

    @precondition(lambda self: self.form is not None)
    @rule()
    def press_an_outdated_confirmation(self) -> None:
        form = self.form
        assert form is not None
        stale: JsonObject = {"do": "form", "what": "confirm", "instance": form.instance, "revision": form.revision - 1}
        self.press(stale)

    def teardown(self) -> None:
        """Answer whatever is left, and compare with what was noted."""
        if self.turns == 0:
            return
        for _ in range(3 * len(ANSWERS)):
            if not self.asked:
                break
            self.answer()
        form = self.form
        assert form is not None
        assert form.phase is Phase.SUMMARY, form
        assert form.values == self.known
        assert not self.cases
        self.confirmed = True
        self.say("send")
        assert [case.fields for case in self.cases] == [self.known]
        assert self.form is None
        self.press({"do": "form", "what": "confirm", "instance": form.instance, "revision": form.revision})
        assert len(self.cases) == 1


def pressed(replies: Sequence[Reply]) -> list[JsonObject]:
    """What the buttons send."""
    return [button.action.data for reply in replies for button in reply.buttons if isinstance(button.action, Press)]


FAST = settings(
    max_examples=60, stateful_step_count=14, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
BITING = settings(FAST, max_examples=300, derandomize=True, phases=(Phases.generate,))
"""Finds the planted error, and does not look for its shortest form."""


@pytest.fixture
def machine(knowledge: Knowledge) -> type[ListingMachine]:
    class Machine(ListingMachine):
        pass

    Machine.knowledge = knowledge
    return Machine


def test_any_way_ends_in_the_same_summary(machine: type[ListingMachine]) -> None:
    run_state_machine_as_test(machine, settings=FAST)  # type: ignore[no-untyped-call]


def test_the_fields_are_those_of_the_form() -> None:
    assert set(ANSWERS) == {field.name for field in DIRECTORY_LISTING.fields}


def test_a_form_that_sends_at_once_is_noticed(machine: type[ListingMachine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling.Listener, "steered", lambda listener, state, _: listener.finish(state))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=BITING)  # type: ignore[no-untyped-call]


def test_a_back_that_forgets_nothing_is_noticed(machine: type[ListingMachine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FormState, "without", lambda state, _: state)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=BITING)  # type: ignore[no-untyped-call]
