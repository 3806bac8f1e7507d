"""Answers, offers and honest "I don't know"s for questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dialogs.decision import Decision, Knowledge, MissedQuestion
from dialogs.fields.phrases import fold
from dialogs.recognizing import NO_CONTEXT
from dialogs.reply import (
    Ask,
    Button,
    EntryAnswer,
    EntryTitle,
    JsonObject,
    Open,
    Paragraph,
    Press,
    Reply,
    Text,
)
from dialogs.state import ConversationState
from faq.model import Answers, Candidate, Kind, KnowledgeBase, MatchContext, NoMatch, Suggestions

STARTERS = ("lap-requirements", "directory-how-to-get-listed", "kpi-report-schedule", "start-eligibility")
"""Entries offered to someone who has not asked yet."""
NONE_OF_THESE: JsonObject = {"do": "none-of-these"}
"""The button under an offer that turns all of it down."""
HUMAN = "human"
"""The entry about people to talk to."""
LEAVE_MESSAGE = Button(Text("message.start"), Press({"do": "start", "form": "message"}), "positive")
"""What a bot can offer instead of a person at once."""
MISSES_BEFORE_A_PERSON = 2
"""After this many questions in a row without an answer, the reply leads with a person."""


Start = Callable[[str], Decision]
"""Opens the dialog of this name."""


def answer_question(text: str, state: ConversationState, knowledge: Knowledge, start: Start | None = None) -> Decision:
    """Look the question up and say what was found; a command opens its dialog when ``start`` can."""
    base, form = _base(state, knowledge), context_of(state, knowledge)
    refused = tuple([entry for entry in state.refused if not _is_named(entry, text, base)])
    context = MatchContext(state.topic(), state.turn - state.last_entry_turn, refused, form.about, form.near)
    match knowledge.matcher.match(text, state.language or "", context):
        case Answers(parts, candidates):
            entries = [part.candidate.entry for part in parts]
            dialog = _commanded(entries, base)
            if dialog and start:
                return start(dialog)
            for entry in entries:
                state = state.answered(entry)
            replies = tuple([_entry_reply(entry, base, knowledge) for entry in entries])
            return Decision(replies, state, trace=_trace("answer", entries[0], candidates))
        case Suggestions(candidates):
            return _offer(text, candidates, state, knowledge)
        case NoMatch(candidates, topic):
            if topic is not None:
                reply = _entry_reply(topic, base, knowledge)
                return Decision((reply,), replace(state, offer=(), asked=""), trace=_trace("topic", topic, candidates))
            missed = MissedQuestion(text, "no-match", tuple(c.entry for c in candidates[:3]))
            return _dont_know(state, missed, knowledge, candidates)


def context_of(state: ConversationState, knowledge: Knowledge) -> MatchContext:
    """What an open form makes probable: the entries that offer it, and those of the same part of the page."""
    form = state.dialog.get("form") if isinstance(state.dialog, dict) else None
    if not form:
        return NO_CONTEXT
    entries = _base(state, knowledge).entries.values()
    starting = [entry for entry in entries if entry.starts == form]
    sources = {entry.source for entry in starting if entry.kind is Kind.ANSWER and entry.source}
    near = frozenset(entry.id for entry in entries if entry.kind is Kind.ANSWER and entry.source in sources)
    about = next((entry.id for entry in starting if entry.kind is Kind.COMMAND), None)
    return MatchContext(about=about, near=near)


def answer_entry(entry: str, state: ConversationState, knowledge: Knowledge) -> Decision:
    """Say the answer of an entry that was chosen."""
    notes = (MissedQuestion(state.asked, "suggestions", (entry,)),) if state.asked else ()
    reply = _entry_reply(entry, _base(state, knowledge), knowledge)
    return Decision((reply,), state.answered(entry), notes, trace={"kind": "chosen", "entry": entry})


def none_of_these(state: ConversationState, knowledge: Knowledge) -> Decision:
    """None of the offered entries fits: ask to rephrase once, then offer a person."""
    offered = tuple(str(press["entry"]) for press in state.offer if press.get("entry"))
    missed = MissedQuestion(state.asked, "none-of-these", offered)
    state = replace(state, refused=(*state.refused, *offered)[-9:])
    return _dont_know(state, missed, knowledge, ())


def help_reply(key: str, knowledge: Knowledge) -> Reply:
    """What the bot can do, with starter questions."""
    known = knowledge.library.languages[knowledge.library.default_language].knowledge.entries
    buttons = tuple(Button(EntryTitle(entry), Ask()) for entry in STARTERS if entry in known)
    return Reply((Paragraph(Text(key)),), buttons)


def _offer(text: str, candidates: tuple[Candidate, ...], state: ConversationState, knowledge: Knowledge) -> Decision:
    base = _base(state, knowledge)
    presses: list[JsonObject] = [{"do": "entry", "entry": c.entry} for c in candidates if c.entry in base.entries]
    buttons = [Button(EntryTitle(str(press["entry"])), Press(press)) for press in presses]
    none = Button(Text("suggestions.none"), Press(NONE_OF_THESE))
    reply = Reply((Paragraph(Text("suggestions")),), (*buttons, none))
    state = replace(state, offer=(*presses, NONE_OF_THESE), asked=text)
    return Decision((reply,), state, trace=_trace("suggestions", candidates[0].entry, candidates))


def _dont_know(
    state: ConversationState, missed: MissedQuestion, knowledge: Knowledge, candidates: tuple[Candidate, ...]
) -> Decision:
    misses = state.misses + 1
    state = replace(state, misses=misses, offer=(), asked="")
    person = Button(Text("button.support"), Open("support"))
    if misses >= MISSES_BEFORE_A_PERSON:
        reply = Reply((Paragraph(Text("no-match.again")),), (person, LEAVE_MESSAGE))
    else:
        key = "no-match.rephrase" if missed.reason == "none-of-these" else "no-match"
        starters = help_reply(key, knowledge)
        reply = replace(starters, buttons=(*starters.buttons[:3], person))
    notes = (missed,) if missed.text else ()
    return Decision((reply,), state, notes, trace=_trace("no-match", "", candidates))


def _entry_reply(entry: str, base: KnowledgeBase, knowledge: Knowledge) -> Reply:
    """The answer of an entry with what it leads to: the same until the content changes."""
    reply = knowledge.replies.get((base.language, entry))
    if reply is None:
        reply = knowledge.replies[base.language, entry] = _made_reply(entry, base)
    return reply


def _made_reply(entry: str, base: KnowledgeBase) -> Reply:
    found = base.entries[entry]
    related = [Button(EntryTitle(other), Ask()) for other in found.related if other in base.entries]
    if found.kind is Kind.ANSWER and found.starts:
        related.insert(
            0, Button(Text(f"{found.starts}.start"), Press({"do": "start", "form": found.starts}), "positive")
        )
    helpful = entry if found.kind is Kind.ANSWER else None
    if entry == HUMAN:
        return Reply((EntryAnswer(entry), Paragraph(Text("human.hours"))), (LEAVE_MESSAGE, *related))
    return Reply((EntryAnswer(entry),), tuple(related), helpful)


def _commanded(entries: list[str], base: KnowledgeBase) -> str | None:
    """The dialog that a message asks for with nothing else in it."""
    only = base.entries[entries[0]] if len(entries) == 1 else None
    return only.starts if only is not None and only.kind is Kind.COMMAND else None


def _is_named(entry: str, text: str, base: KnowledgeBase) -> bool:
    """Whether the text is a title or phrasing of the entry: who asks for it by name takes the refusal back."""
    found = base.entries.get(entry)
    said = _plain(text)
    return found is not None and any(_plain(line) == said for line in (found.title, *found.phrasings))


def _plain(text: str) -> str:
    return fold(text[:200]).text.strip(" .!?。！？")


def _base(state: ConversationState, knowledge: Knowledge) -> KnowledgeBase:
    return knowledge.library.languages[state.language or knowledge.library.default_language].knowledge


def _trace(kind: str, entry: str, candidates: tuple[Candidate, ...]) -> dict[str, str | float]:
    best = candidates[0].score if candidates else 0.0
    second = candidates[1].score if len(candidates) > 1 else 0.0
    return {"kind": kind, "entry": entry, "score": round(best, 4), "margin": round(best - second, 4)}
