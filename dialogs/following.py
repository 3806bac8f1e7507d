"""What owners say about a request that goes its way: the listing is there or not, no more news, it is not settled."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from cases.errors import CaseError
from cases.inquiring import answer, is_inquired
from cases.model import CLOSED, PARTNER, Case, CaseChange, CaseType, Seen
from cases.reference import references_in, without_references
from cases.transitions import REOPENED
from cases.usecases import mute, reopen
from dialogs.decision import Decision, Knowledge, Said
from dialogs.fields.phrases import fold
from dialogs.reply import Button, Paragraph, Plain, Press, Reply, Text
from dialogs.state import ConversationState
from dialogs.vocabulary import Vocabulary

MESSAGE = "message"
"""Meaning of words by which somebody leaves a message for a person."""
SHOWN = 5
"""Requests among which one can choose."""
_YES_NO = {"yes": Seen.THERE, "no": Seen.MISSING}
_MUTING = {"mute": True, "unmute": False}
_PARTS = re.compile(r"[,，。.;；:：!！\n]+")
_AROUND = " .!?。！？,，;；:：~～…"


def button(what: str, reference: str, key: str, style: str = "default") -> Button:
    """A button about a request; ``what`` is what `dialogs.status.press` is told."""
    return Button(Text(key), Press({"do": "status", "what": what, "reference": reference}), style)


def inquiry_buttons(reference: str) -> tuple[Button, ...]:
    """The answers to "is your listing there?"."""
    return (
        button("there", reference, "inquiry.yes", "positive"),
        button("missing", reference, "inquiry.no"),
    )


def mute_button(reference: str) -> Button:
    """No more news about it."""
    return button("mute", reference, "status.mute")


def unmute_button(reference: str) -> Button:
    """News again."""
    return button("unmute", reference, "status.unmute")


def is_reopenable(case: Case) -> bool:
    """Whether its owner may say that it is not settled; a listing has a question of its own."""
    return case.type is not CaseType.LISTING and case.state in REOPENED and not case.empty


def act(what: str, case: Case, said: Said, state: ConversationState, knowledge: Knowledge) -> Decision | None:
    """What the owner of ``case`` wants; None when that cannot be done, or is nothing of this module."""
    calendar = knowledge.calendar
    try:
        match what:
            case Seen.THERE | Seen.MISSING:
                change = answer(case, Seen(what), said.at, calendar)
                return _done(f"inquiry.{what}", case, state, change)
            case "mute" | "unmute":
                muted = _MUTING[what]
                change = mute(case, muted, PARTNER, said.at) if case.muted is not muted else None
                back = (unmute_button(case.reference),) if muted else ()
                return _done("status.muted" if muted else "status.unmuted", case, state, change, back)
            case "reopen" if is_reopenable(case):
                return _done("status.reopened", case, state, reopen(case, PARTNER, said.at, calendar))
    except CaseError:
        return None
    return None


def heard(
    said: Said, state: ConversationState, knowledge: Knowledge, vocabulary: Vocabulary, plain: Callable[[str], str]
) -> Decision | None:
    """The answer to a message about a request of one's own; None for any other.

    ``plain`` tells ``yes`` and ``no``. They count right after the question, sentences ("it's not there yet") as long as
    it is open.
    """
    if not said.own:
        return None
    what, yes_no = _wish(said.text, vocabulary, plain), plain(said.text)
    if what == MESSAGE or (not what and yes_no not in _YES_NO):
        return None
    named = references_in(said.text)
    found = [case for case in said.own if case.reference in named] if named else _meant(what, said, state)
    if not found or (not what and named):
        return None
    what = what or _YES_NO[yes_no]
    if len(found) == 1:
        return act(what, found[0], said, state, knowledge)
    choices = tuple(
        Button(Plain(case.reference), Press({"do": "status", "what": what, "reference": case.reference}))
        for case in found[:SHOWN]
    )
    which = Reply((Paragraph(Text("status.which")),), choices, private=True)
    return Decision((which,), replace(state, misses=0, asked=""), trace={"kind": "status"})


def leaves_message(text: str, vocabulary: Vocabulary) -> bool:
    """Whether somebody wants to leave a message."""
    return vocabulary.about_request(fold(text[:60]).text.strip(_AROUND)) == MESSAGE


def is_muting(text: str, vocabulary: Vocabulary) -> bool:
    """Whether somebody wants to hear no more, of whatever it is."""
    return vocabulary.about_request(fold(text[:60]).text.strip(_AROUND)) == "mute"


def _meant(what: str, said: Said, state: ConversationState) -> Sequence[Case]:
    """The requests that a message without a reference can be about."""
    if what in _MUTING:
        going = [case for case in said.own if case.muted is not _MUTING[what] and not case.empty]
        return [case for case in going if case.state not in CLOSED] or (going if what == "unmute" else [])
    asked = [case for case in said.own if is_inquired(case) and case.inquiry and case.inquiry.answer is None]
    if what:
        return asked
    before = state.heard_at
    return [case for case in asked if case.inquiry and (before is None or case.inquiry.at > before)]


def _wish(text: str, vocabulary: Vocabulary, plain: Callable[[str], str]) -> str:
    """What the whole message wants, references and commas aside; empty when it is something else."""
    bare = without_references(text[:200])
    whole = vocabulary.about_request(fold(bare).text.strip(_AROUND))
    if whole:
        return whole if whole != "around" else ""
    parts = [part for piece in _PARTS.split(bare) if (part := fold(piece).text.strip(_AROUND))]
    meanings = {vocabulary.about_request(part) or _YES_NO.get(plain(part), "") for part in parts}
    meanings -= {"around"}
    return meanings.pop() if len(meanings) == 1 and any(map(vocabulary.about_request, parts)) else ""


def _done(
    key: str, case: Case, state: ConversationState, change: CaseChange | None, buttons: tuple[Button, ...] = ()
) -> Decision:
    reply = Reply((Paragraph(Text(key, {"reference": Plain(case.reference)})),), buttons, private=True)
    after = replace(state, misses=0, offer=(), asked="")
    return Decision((reply,), after, cases=(change,) if change else (), trace={"kind": "status"})
