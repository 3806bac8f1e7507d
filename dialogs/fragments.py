"""Messages that ask nothing by themselves: steering with nothing to steer, a bare "yes" where no question is open."""

from __future__ import annotations

from dataclasses import replace

from dialogs.answering import help_reply
from dialogs.asking import together
from dialogs.decision import Decision, Knowledge, Verdict
from dialogs.fields.base import FieldType, Reader, Understood
from dialogs.fields.country import COUNTRY
from dialogs.fields.month import INVOICE_MONTH
from dialogs.fields.number import Count
from dialogs.fields.phrases import fold
from dialogs.fields.url import LANDING_PAGE
from dialogs.forms import starts
from dialogs.recognizing import SURE, Recognizer
from dialogs.reply import Paragraph, Plain, Reply, Text, say
from dialogs.state import ConversationState
from dialogs.vocabulary import Command
from faq.model import Kind

_VALUES: tuple[FieldType, ...] = (Count("any"), COUNTRY, INVOICE_MONTH, LANDING_PAGE)
_LONGEST_SHOWN = 60


STEERING = frozenset(
    {Command.CANCEL, Command.BACK, Command.RESTART, Command.SKIP, Command.CONFIRM, Command.CHANGE, Command.GO_ON}
)


def nothing_open(command: Command | None, state: ConversationState) -> Decision | None:
    """A steering word when there is nothing to steer."""
    if command is Command.NOTED:
        return Decision((say("noted"),), state, trace={"kind": "noted"})
    if command not in STEERING:
        return None
    return Decision((Reply((Paragraph(Text("form.none-open")),), starts()),), state, trace={"kind": "form"})


def language_switched(state: ConversationState, knowledge: Knowledge, *, at_work: bool) -> Decision:
    """Another language was asked for: said in it, with what can be asked when no form is at work."""
    said = say("language.switched")
    reply = said if at_work else together(said, help_reply("help", knowledge))
    return Decision((reply,), state, trace={"kind": "language"})


def fragment(text: str, state: ConversationState, knowledge: Knowledge, reader: Reader) -> Decision | None:
    """What to say to an answer without a question; None for anything else.

    Right after an answer, yes and no are the word on it that its last line asks for.
    """
    said = bare_yes_or_no(text, reader)
    if said in {"yes", "no"} and _was_just_answered(state, knowledge, reader.language):
        return _verdict(state, knowledge, helpful=said == "yes")
    kind, score = Recognizer(knowledge, reader.language).best(text)
    if kind is not None and (score >= SURE or not said):
        return None
    if not said and not any(_is_one(value, text, reader) for value in _VALUES):
        return None
    words = Text("fragment", {"text": Plain(" ".join(text.split())[:_LONGEST_SHOWN])})
    return Decision((Reply((Paragraph(words),), starts()),), state, trace={"kind": "fragment"})


def bare_yes_or_no(text: str, reader: Reader) -> str:
    """``yes``, ``no``, ``unsure`` or ``unknown`` when a message is a word for it and nothing else; else empty."""
    return reader.words.yes_no.get(fold(text[:60]).text.strip(" .!?。！？,，~～…")) or ""


def _is_one(kind: FieldType, text: str, reader: Reader) -> bool:
    reading = kind.read(text, reader)
    return isinstance(reading, Understood) and reading.whole


def _was_just_answered(state: ConversationState, knowledge: Knowledge, language: str) -> bool:
    entry = knowledge.library.languages[language].knowledge.entries.get(state.last_entry or "")
    return entry is not None and entry.kind is Kind.ANSWER and state.turn - state.last_entry_turn == 1


def _verdict(state: ConversationState, knowledge: Knowledge, *, helpful: bool) -> Decision:
    entry = str(state.last_entry)
    verdict = Verdict(entry, knowledge.library.version, helpful)
    later = replace(state, last_entry_turn=state.last_entry_turn - 1)
    thanks = say("feedback.thanks" if helpful else "feedback.sorry")
    return Decision((thanks,), later, (verdict,), trace={"kind": "feedback", "entry": entry})
