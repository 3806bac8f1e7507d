"""The router on a knowledge of three entries and a matcher that answers as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from dialogs.choices import chosen, none_fits
from dialogs.decision import Decision, Knowledge, MissedQuestion, Said, Verdict
from dialogs.happening import Happening
from dialogs.reply import JsonObject, Press
from dialogs.router import decide
from dialogs.state import ConversationState
from faq.library import LanguagePack, Library
from faq.model import (
    Answer,
    Answers,
    Candidate,
    Entry,
    Kind,
    KnowledgeBase,
    MatchContext,
    MatchResult,
    NoMatch,
    Suggestions,
)
from program.facts import Program
from wording.catalog import Catalog

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
GOLD, SILVER, LAP = (Candidate(name, score) for name, score in (("gold", 0.5), ("silver", 0.45), ("lap", 0.4)))


@dataclass
class Told:
    """A matcher that answers as told and remembers what it was asked."""

    result: MatchResult
    asked: list[tuple[str, str, MatchContext | None]] = field(default_factory=list)

    def match(self, utterance: str, language: str, context: MatchContext | None = None) -> MatchResult:
        self.asked.append((utterance, language, context))
        return self.result


def library() -> Library:
    packs = {}
    for language in ("en", "zh-CN"):
        entries = {
            name: Entry(name, Kind.ANSWER, language, f"{name}?", f"{name}.", (name,), related=("lap",))
            for name in ("gold", "silver", "lap")
        }
        packs[language] = LanguagePack(KnowledgeBase(language, entries, "1"), Catalog(language, {}))
    return Library(Program({}, date(2021, 2, 5), {}, {}, {}), packs, "v1", "en")


def run(*events: Said, result: MatchResult, state: ConversationState | None = None) -> tuple[Decision, Told]:
    """The last decision after all events."""
    told = Told(result)
    knowledge = Knowledge(library(), told)
    state = state or ConversationState()
    decision = Decision((), state)
    for event in events:
        decision = decide(event, decision.state, knowledge)
    return decision, told


def message(text: str) -> Said:
    return Said(Happening.MESSAGE, NOW, text)


def press(**data: object) -> Said:
    value: JsonObject = dict(data)  # type: ignore[arg-type]
    return Said(Happening.PRESS, NOW, value=value)


OFFER = Suggestions((GOLD, SILVER, LAP))


def test_two_questions_get_two_replies() -> None:
    both = Answers((Answer(GOLD, "a"), Answer(SILVER, "b")), (GOLD, SILVER))
    decision, _ = run(message("gold and silver?"), result=both)
    assert [reply.helpful for reply in decision.replies] == ["gold", "silver"]
    assert decision.state.last_entry == "silver"


def test_an_answer_is_put_together_once_for_a_language_and_content() -> None:
    told = Told(Answers((Answer(LAP, "lap"),), (LAP,)))
    knowledge, changed = Knowledge(library(), told), Knowledge(library(), told)
    english, again, other = (
        decide(message("lap?"), ConversationState(language="en"), one) for one in (knowledge, knowledge, changed)
    )
    chinese = decide(message("认证"), ConversationState(), knowledge)
    assert again.replies[0] is english.replies[0]
    assert other.replies[0] == english.replies[0] is not other.replies[0]
    assert chinese.replies[0] is not english.replies[0]


def test_a_decision_tells_by_which_content_it_was_made() -> None:
    for said in (message("medal?"), press(do="entry", entry="gold"), Said(Happening.JOINED, NOW)):
        decision, _ = run(said, result=OFFER)
        assert decision.trace["knowledge_version"] == "v1"


@pytest.mark.parametrize(
    ("typed", "entry"), [("2", "silver"), ("the first one", "gold"), ("第三个", "lap"), ("３", "lap")]
)
def test_an_offer_is_picked_by_typing(typed: str, entry: str) -> None:
    decision, _ = run(message("medal?"), message(typed), result=OFFER)
    assert decision.state.last_entry == entry
    assert decision.notes == (MissedQuestion("medal?", "suggestions", (entry,)),)


@pytest.mark.parametrize("no", [message("none of these"), message("都不是"), message("4"), press(do="none-of-these")])
def test_turning_all_down_is_noted_and_not_offered_again(no: Said) -> None:
    decision, told = run(message("medal?"), no, message("another medal?"), result=OFFER)
    assert told.asked[-1][2] is not None
    assert set(told.asked[-1][2].refused) == {"gold", "silver", "lap"}
    decision, _ = run(message("medal?"), no, result=OFFER)
    assert decision.notes == (MissedQuestion("medal?", "none-of-these", ("gold", "silver", "lap")),)


def test_a_number_is_a_question_when_nothing_was_offered() -> None:
    _, told = run(message("2"), result=NoMatch(()))
    assert told.asked[-1][0] == "2"


def test_an_answer_ends_the_offer() -> None:
    told = Told(OFFER)
    knowledge = Knowledge(library(), told)
    offered = decide(message("medal?"), ConversationState(), knowledge).state
    told.result = Answers((Answer(LAP, "lap"),), (LAP,))
    answered = decide(message("lap"), offered, knowledge).state
    decide(message("1"), answered, knowledge)
    assert told.asked[-1][0] == "1"


def test_the_topic_fades() -> None:
    answer = Answers((Answer(LAP, "lap"),), (LAP,))
    _, told = run(message("lap"), message("and gold?"), result=answer)
    assert told.asked[-1][2] == MatchContext("lap", 1, ())
    far = ConversationState(turn=9, last_entry="lap", last_entry_turn=2)
    _, told = run(message("and gold?"), result=answer, state=far)
    assert told.asked[-1][2] is not None
    assert told.asked[-1][2].last_entry is None


def test_feedback_is_a_note_with_the_version_that_was_shown() -> None:
    decision, _ = run(press(do="feedback", entry="gold", version="v0", helpful=False), result=OFFER)
    assert decision.notes == (Verdict("gold", "v0", False),)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"do": "nothing"},
        {"do": "entry"},
        {"do": "entry", "entry": "gone"},
        {"do": ["entry"]},
        {"do": "entry", "entry": {}},
    ],
)
def test_a_press_of_no_meaning_gets_help(data: JsonObject) -> None:
    decision, _ = run(Said(Happening.PRESS, NOW, value=data), result=OFFER)
    assert decision.trace["kind"] == "unknown-press"
    assert len(decision.replies) == 1


def test_feedback_on_an_entry_that_is_gone_is_dropped() -> None:
    decision, _ = run(press(do="feedback", entry="gone", helpful=True), result=OFFER)
    assert decision.notes == ()


@pytest.mark.parametrize(("name", "helpful"), [("like", True), ("heart", True), ("sad", False)])
def test_a_reaction_is_a_word_on_the_last_answer(name: str, helpful: bool) -> None:
    state = ConversationState(turn=2, last_entry="gold", last_entry_turn=2)
    decision, _ = run(Said(Happening.REACTED, NOW, name), result=OFFER, state=state)
    assert decision.notes == (Verdict("gold", "v1", helpful),)
    decision, _ = run(Said(Happening.REACTED, NOW, name), result=OFFER)
    assert decision.notes == ()


def test_every_offer_has_a_way_out() -> None:
    decision, _ = run(message("medal?"), result=OFFER)
    actions = [button.action for button in decision.replies[0].buttons]
    assert [action.data.get("do") for action in actions if isinstance(action, Press)] == [
        *["entry"] * 3,
        "none-of-these",
    ]


@pytest.mark.parametrize(
    ("text", "count", "place"),
    [
        ("1", 3, 0), ("3.", 3, 2), ("4", 3, None), ("0", 3, None), ("two", 3, 1), ("option 2", 3, 1), ("#2", 3, 1),
        ("第二个", 3, 1), ("选2", 3, 1), ("二", 3, 1), ("2 MCTs", 3, None), ("gold", 3, None), ("", 3, None),
        ("one two", 3, None), ("99999999999", 3, None), ("²", 3, 1), ("٣", 3, None),
    ],
)  # fmt: skip
def test_chosen(text: str, count: int, place: int | None) -> None:
    assert chosen(text, count) == place


@pytest.mark.parametrize(
    ("text", "none"), [("None of these.", True), ("都不是！", True), ("none", True), ("no", False)]
)
def test_none_fits(text: str, none: bool) -> None:
    assert none_fits(text) is none


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        {"v": 99, "language": 7, "offer": "x", "turn": -1, "refused": [1], "misses": True},
        {"offer": [1, "a", None]},
    ],
)
def test_no_stored_state_stops_a_conversation(stored: JsonObject | None) -> None:
    state = ConversationState.from_json(stored)
    assert state.turn == 0
    assert state.offer == ()


def test_state_round_trip_keeps_what_a_newer_version_stored() -> None:
    stored: JsonObject = {**ConversationState(language="en", turn=3).to_json(), "future": {"a": 1}}
    assert ConversationState.from_json(stored).to_json() == stored
