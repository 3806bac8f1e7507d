"""What is the status of my request: the user's own, or one by reference and access code; change, withdraw, mute."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from cases.errors import CaseError
from cases.inquiring import is_overdue_to_see
from cases.model import CLOSED, PARTNER, Case, CaseChange, CaseType, State
from cases.reference import Mistyped, parse
from cases.transitions import EDITABLE, targets
from cases.usecases import Proof, prove, withdraw
from dialogs import following
from dialogs.decision import Decision, Knowledge, Said
from dialogs.forms import FORMS
from dialogs.happening import Happening
from dialogs.reply import Block, Button, JsonObject, Paragraph, Plain, Press, Reply, Row, Table, Text, Words
from dialogs.state import ConversationState
from faq.han import is_han
from program.windows import Calendar, next_report_day, visible_by

SHOWN = 5
"""Requests that are listed at once."""
_CODE = re.compile(r"(?<![A-Za-z0-9-])([A-Za-z0-9]{4}[- ]?[A-Za-z0-9]{4})(?![A-Za-z0-9-])")


def named_reference(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision | None:
    """The answer to a message that names a reference; None when it names none."""
    named = parse(said.text)
    if named is None:
        return None
    if isinstance(named, Mistyped):
        return _decision((_words("status.mistyped", reference=Plain(named.text)),), state)
    reference = str(named)
    own = next((case for case in said.own if case.reference == reference), None)
    if own is not None:
        return _decision((_one(own, knowledge, said),), state)
    return _by_code(reference, said, state, knowledge)


def _by_code(reference: str, said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    """Somebody else's reference and an unknown one look the same."""
    codes = _CODE.findall(said.text.upper().replace(reference, " "))
    if not codes:
        return _decision((_words("status.code.ask", reference=Plain(reference)),), state)
    case = next((one for one in said.named if one.reference == reference), None)
    if case is None:
        return _decision((_words("status.unknown"),), state)
    proof, change = prove(case, codes[-1], said.at)
    if proof is not Proof.RIGHT:
        return replace(_decision((_words("status.unknown"),), state), cases=(change,) if change else ())
    if state.turn <= 1 and said.locale is None and case.language in knowledge.library.languages and _is_bare(said.text):
        state = replace(state, language=case.language)
    reply = _one(case, knowledge, said)
    return replace(_decision((reply,), state), cases=(change,) if change else ())


def _is_bare(text: str) -> bool:
    """Whether a message is nothing but codes, which are of no language."""
    return not any(any(map(str.islower, word)) or any(map(is_han, word)) for word in text.split())


def list_requests(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    """The user's own requests, open ones first."""
    if not said.own:
        starts = tuple(Button(Text(f"{name}.start"), _start(name)) for name in FORMS if FORMS[name].confirms)
        return _decision((Reply((Paragraph(Text("status.none")),), starts),), state)
    cases = sorted(said.own, key=lambda case: case.state in CLOSED)[:SHOWN]
    if len(cases) == 1:
        return _decision((_one(cases[0], knowledge, said),), state)
    calendar = knowledge.calendar
    rows = tuple(Row(Plain(case.reference), Text("status.line", _line(case, said, calendar))) for case in cases)
    shows = tuple(Button(Plain(case.reference), Press({"do": "status", "reference": case.reference})) for case in cases)
    blocks: tuple[Block, ...] = (Paragraph(Text("status.list"), "heading"), Table(rows))
    return _decision((Reply(blocks, shows, private=True),), state)


def _line(case: Case, said: Said, calendar: Calendar) -> dict[str, Words]:
    return {"type": Text(f"{case.type}.title"), "state": _state(case), "next": _next(case, said, calendar)}


def reply_about(case: Case, knowledge: Knowledge, said: Said) -> Reply:
    """How the request stands, without buttons: for places where nothing can be done about it."""
    return replace(_one(case, knowledge, said), buttons=(), about="")


def standing_of(case: Case, knowledge: Knowledge, at: datetime) -> Reply:
    """How the owner's request stands at ``at``, with what can be done about it."""
    return _one(case, knowledge, Said(Happening.MESSAGE, at, owner=case.owner, own=(case,)))


def _one(case: Case, knowledge: Knowledge, said: Said) -> Reply:
    mine, calendar = case in said.own, knowledge.calendar
    rows = [
        Row(Text("status.state"), _state(case)),
        Row(Text("status.next"), _next(case, said, calendar)),
        Row(Text("status.since"), Text("form.day", {"date": case.updated_at})),
    ]
    if case.type is CaseType.LISTING and case.batch is not None and case.state not in CLOSED:
        rows += [
            Row(Text("status.batch"), Text("form.month", {"month": case.batch})),
            Row(Text("status.visible"), Text("form.day", {"date": visible_by(case.batch, calendar)})),
        ]
    if case.muted and mine:
        rows.append(Row(Text("status.news"), Text("status.news.off")))
    heading = Paragraph(Text("status.one", {"reference": Plain(case.reference)}), "heading")
    title = Paragraph(Text(f"{case.type}.title"), "subtle")
    blocks = (heading, title, Table(tuple(rows)))
    return Reply(blocks, _buttons(case, said, knowledge), private=True, about=case.reference if mine else "")


def _state(case: Case) -> Text:
    return Text(f"case.{case.type}.{case.state}.partner")


def _next(case: Case, said: Said, calendar: Calendar) -> Text:
    today = calendar.day_of(said.at)
    if case.state is State.WAITING and case.waiting_field:
        return Text("status.next.waiting", {"field": Text(f"{case.type}.{case.waiting_field}.label")})
    if case.type is CaseType.MESSAGE and case.state not in CLOSED:
        return Text("status.next.message")
    if case.type is CaseType.KPI and case.state not in CLOSED:
        return Text("status.next.report", {"date": next_report_day(today, calendar)})
    return Text(f"status.next.{'closed' if case.state in CLOSED else 'listing'}")


def _buttons(case: Case, said: Said, knowledge: Knowledge) -> tuple[Button, ...]:
    mine, calendar = case in said.own, knowledge.calendar
    buttons: list[Button] = []
    if mine and is_overdue_to_see(case, said.at, calendar):
        buttons += following.inquiry_buttons(case.reference)
    if mine and following.is_reopenable(case):
        buttons.append(following.button("reopen", case.reference, "status.reopen"))
    if mine and case.state in EDITABLE[case.type] and case.type.value in FORMS:
        buttons.append(Button(Text("status.edit"), _press("edit", case)))
        buttons.append(Button(Text("status.withdraw"), _press("withdraw", case), "destructive"))
    if mine and case.muted:
        buttons.append(following.unmute_button(case.reference))
    return tuple(buttons)


def press(data: JsonObject, said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    """A button under a request. Only the owner has any; a request that moved on says where it is."""
    case = next((one for one in said.own if one.reference == data.get("reference")), None)
    if case is None:
        return _decision((_words("status.unknown"),), state)
    reference = Plain(case.reference)
    match data.get("what"):
        case "withdraw" if case.state is State.WITHDRAWN:
            return _decision((_words("status.withdrawn", reference=reference),), state)
        case "withdraw" if State.WITHDRAWN not in targets(case, PARTNER.role):
            return too_late(case.reference, state)
        case "withdraw":
            yes = Button(Text("status.withdraw.yes"), _press("withdraw-now", case), "destructive")
            no = Button(Text("status.withdraw.no"), _press("keep", case))
            ask = Paragraph(Text("status.withdraw.ask", {"reference": reference}))
            return _decision((Reply((ask,), (yes, no), private=True),), state)
        case "withdraw-now":
            return _withdrawn(case, said, state, knowledge)
        case str(what) if told := following.act(what, case, said, state, knowledge):
            return told
        case "keep":
            return _decision((_words("status.kept", reference=reference),), state)
        case _:
            return _decision((_one(case, knowledge, said),), state)


def _withdrawn(case: Case, said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    reference = Plain(case.reference)
    if case.state is State.WITHDRAWN:
        return _decision((_words("status.withdrawn", reference=reference),), state)
    try:
        change: CaseChange = withdraw(case, PARTNER, said.at, knowledge.calendar)
    except CaseError:
        return too_late(case.reference, state)
    return replace(_decision((_words("status.withdrawn", reference=reference),), state), cases=(change,))


def too_late(reference: str, state: ConversationState) -> Decision:
    """It cannot be changed any more."""
    return _decision((_words("status.too-late", reference=Plain(reference)),), state)


def _decision(replies: tuple[Reply, ...], state: ConversationState) -> Decision:
    return Decision(replies, replace(state, misses=0, offer=(), asked=""), trace={"kind": "status"})


def _words(key: str, **params: Words) -> Reply:
    return Reply((Paragraph(Text(key, dict(params))),), private=True)


def _start(form: str) -> Press:
    return Press({"do": "start", "form": form})


def _press(what: str, case: Case) -> Press:
    return Press({"do": "status", "what": what, "reference": case.reference})
