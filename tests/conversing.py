"""Holds a conversation table: does what each turn says and compares what is heard and stored.

The format is described in ``tests/conversations/test_conversations.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.render import ActivityRenderer
from cases.inquiring import inquire
from cases.model import Case, operator
from cases.notify import NOTIFY
from cases.ports import CaseFilter
from cases.reference import access_code
from cases.usecases import ask_partner, change_state
from dialogs.decision import Knowledge
from dialogs.privacy import DISCLOSE, ERASE
from dialogs.reply import JsonObject
from dialogs.router import TELL_NEWS
from dialogs.unfinished import REMIND_FORM
from program.windows import calendar_of
from storage.memory import MemoryCaseStore
from storage.memory_erasing import MemoryArchive, MemoryEraser
from storage.memory_following import MemoryNews, MemoryUnfinished
from tests.talk import START, Talk, buttons, shown
from turn.disclosing import DiscloseHandler
from turn.dispatcher import Dispatcher, Handler
from turn.erasing import ERASE_LATE, EraseHandler, EraseLateHandler
from turn.messenger import Messenger
from turn.model import UPDATE, Incoming, Scope
from turn.notices import NoticeHandler, notice_posts
from turn.returning import NewsHandler
from turn.unfinished import REMIND_CASE, CaseReminder, FormReminder, WaitingReminder

DOES = (
    *("say", "fill", "press", "press-again", "press-first", "redeliver", "send", "join"),
    *("wait", "operator", "stored", "carry-out"),
)
WHO = ("user", "conversation", "scope", "locale")
CHECKS = (
    "kind",
    "entry",
    "hear",
    "not",
    "once",
    "buttons",
    "silent",
    "replies",
    "aside",
    "case",
    "cases",
    "posts",
    "planned",
    "form",
    "remembered",
)
KNOWN = {*DOES, *WHO, *CHECKS}
OPERATOR = operator("olga")


@dataclass
class Held:
    """A conversation as it goes on."""

    talk: Talk
    scope: str = "personal"
    heard: dict[str, list[JsonObject]] = field(default_factory=dict)
    """The last replies, by user."""
    seen: dict[str, list[JsonObject]] = field(default_factory=dict)
    """Every button there was, by title, oldest first."""
    last: Incoming | None = None
    posted: int = 0
    """How many activities had been delivered before this turn."""

    def newest(self) -> Case:
        """The newest request of anybody."""
        return self.talk.memory.cases.page(CaseFilter(), 1, None).cases[0]

    def filled(self, text: str) -> str:
        """``{reference}`` and ``{code}`` are those of the newest request, ``{wrong}`` is its reference with a slip."""
        if "{" not in text:
            return text
        case = self.newest()
        reference = case.reference
        wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
        for name, value in (("reference", reference), ("code", access_code(case.instance)), ("wrong", wrong)):
            text = text.replace("{" + name + "}", value)
        return text


async def hold(conversation: dict[str, Any], knowledge: Knowledge) -> None:
    """The whole table. Raises `AssertionError` where it goes otherwise."""
    scope = conversation.get("scope", "personal")
    talk = Talk(knowledge, channel=conversation.get("channel", "msteams"), scope=Scope(scope))
    talk.clock.at = conversation.get("at", START)
    held = Held(talk, scope)
    for number, turn in enumerate(conversation["turns"], start=1):
        assert set(turn) <= KNOWN, f"turn {number} has unknown keys: {set(turn) - KNOWN}"
        held.posted = len(talk.courier.sent)
        user = turn.get("user", "ann")
        heard = await act(held, turn, held.heard.get(user, []))
        if not {"wait", "operator", "stored"} & turn.keys():
            held.heard[user] = heard
        for activity in [*heard, *_aside(held)]:
            for title, button in buttons(activity).items():
                held.seen.setdefault(title, []).append(button)
        check(turn, heard, held, f"turn {number}, {turn}")


async def act(held: Held, turn: dict[str, Any], heard: list[JsonObject]) -> list[JsonObject]:
    """Do what the turn says; returns the replies."""
    talk = held.talk
    more = {key: turn[key] for key in WHO if key in turn}
    if "scope" in more:
        more["scope"] = Scope(more["scope"])
    if "wait" in turn:
        talk.clock.advance(timedelta(minutes=turn["wait"]))
        return heard
    if "operator" in turn:
        await _operate(held, turn["operator"])
        return heard
    if "stored" in turn:
        _edit_stored_form(talk, turn["stored"])
        return heard
    if "carry-out" in turn or "redeliver" in turn:
        return await (_carry_out(held) if "carry-out" in turn else _redeliver(held))
    for does, place in (("press", -1), ("press-again", -1), ("press-first", 0)):
        if does in turn:
            there = {
                name: [button]
                for activity in [*heard, *_aside_before(held)]
                for name, button in buttons(activity).items()
            }
            known = there if does == "press" else held.seen
            title = held.filled(str(turn[does]))
            assert title in known, f"no button {title!r} among {list(known)}"
            return await _click(held, known[title][place], more)
    if "fill" in turn:
        return await _fill_in(held, turn["fill"], heard, more)
    if "send" in turn or "join" in turn:
        return await (talk.send_file(turn["send"], **more) if "send" in turn else talk.join(**more))
    return await _say(held, held.filled(str(turn["say"])), more)


async def _redeliver(held: Held) -> list[JsonObject]:
    """The last message or press once more."""
    assert held.last is not None
    return list((await held.talk.engine.run(held.last)).activities)


async def _say(held: Held, text: str, more: dict[str, Any]) -> list[JsonObject]:
    heard = await held.talk.say(text, **more)
    held.last = held.talk.last
    return heard


async def _click(held: Held, button: JsonObject, more: dict[str, Any]) -> list[JsonObject]:
    """What a client would send for the button."""
    data = button.get("data", button.get("value"))
    if isinstance(data, str):
        return await _say(held, data, more)
    assert isinstance(data, dict)
    if data.get("do") == "say":
        return await _say(held, str(data["text"]), more)
    heard = await held.talk.press({key: value for key, value in data.items() if key != "msteams"}, **more)
    held.last = held.talk.last
    return heard


async def _fill_in(
    held: Held, typed: dict[str, str], heard: list[JsonObject], more: dict[str, Any]
) -> list[JsonObject]:
    """Change fields of the last card, and press the button that sends them all."""
    (send,) = [
        one
        for activity in heard
        for one in buttons(activity).values()
        if "shown" in one.get("data", {})  # type: ignore[operator]
    ]
    data: Any = send["data"]
    names = {name: name if "_" in name else f"field_{name}" for name in typed}
    fields = {f"{names[name]}_{data['revision']}": value for name, value in typed.items()}
    return await _click(held, {"data": {**data, **data["shown"], **fields}}, more)


async def _operate(held: Held, what: dict[str, str] | str) -> None:
    """Move the newest request, as an operator would."""
    case, talk = held.newest(), held.talk
    calendar = calendar_of(talk.knowledge.library.program)
    order = {"to": what} if isinstance(what, str) else what
    words = order.get("words", "")
    if "remind" in order:
        await WaitingReminder(
            unfinished=MemoryUnfinished(talk.memory),
            cases=MemoryCaseStore(talk.memory),
            library=lambda: talk.knowledge.library,
            clock=talk.clock,
        ).run()
        return
    if "inquire" in order:
        change = inquire(case, talk.clock.now())
    elif "ask" in order:
        change = ask_partner(case, order["ask"], OPERATOR, talk.clock.now(), calendar, words=words)
    else:
        change = change_state(case, type(case.state)(order["to"]), OPERATOR, talk.clock.now(), calendar, words=words)
    await MemoryCaseStore(talk.memory).apply(change, notice_posts(change, talk.clock.now()))


async def _carry_out(held: Held) -> list[JsonObject]:
    """Work off what waits in the outbox and is due; returns what is said in the conversations by that."""
    talk = held.talk
    messenger = Messenger(ActivityRenderer(lambda: talk.knowledge.library), lambda: talk.knowledge.library, talk.clock)
    eraser, archive = MemoryEraser(talk.memory, talk.clock), MemoryArchive(talk.memory)
    handlers: dict[str, Handler] = {
        NOTIFY: NoticeHandler(delivery=talk.delivery, messenger=messenger),
        DISCLOSE: DiscloseHandler(archive=archive, delivery=talk.delivery, messenger=messenger),
        ERASE: EraseHandler(eraser=eraser, outbox=talk.outbox, messenger=messenger, observer=talk.observer),
        ERASE_LATE: EraseLateHandler(eraser=eraser, outbox=talk.outbox, clock=talk.clock, observer=talk.observer),
        TELL_NEWS: NewsHandler(
            news=MemoryNews(talk.memory), delivery=talk.delivery, outbox=talk.outbox, messenger=messenger
        ),
        REMIND_FORM: FormReminder(
            unfinished=MemoryUnfinished(talk.memory),
            delivery=talk.delivery,
            outbox=talk.outbox,
            messenger=messenger,
        ),
        REMIND_CASE: CaseReminder(
            cases=MemoryCaseStore(talk.memory), delivery=talk.delivery, outbox=talk.outbox, messenger=messenger
        ),
    }
    dispatcher = Dispatcher(
        outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer, handlers=handlers
    )
    while await dispatcher.round():
        pass
    assert talk.observer.failures == []
    return [activity for place, activity in talk.courier.sent[held.posted :] if not place.startswith("personal:")]


def _edit_stored_form(talk: Talk, changes: JsonObject) -> None:
    """As if an older version of the bot had stored the form."""
    ((key, (version, text)),) = talk.memory.state.items()
    state = json.loads(text)
    state["dialog"].update(changes)
    talk.memory.state[key] = (version, json.dumps(state))


def _aside(held: Held) -> list[JsonObject]:
    """What was sent to personal chats in this turn."""
    return [activity for place, activity in held.talk.courier.sent[held.posted :] if place.startswith("personal:")]


def _aside_before(held: Held) -> list[JsonObject]:
    """What was last sent to personal chats."""
    return [activity for place, activity in held.talk.courier.sent if place.startswith("personal:")][-2:]


def check(turn: dict[str, Any], heard: list[JsonObject], held: Held, where: str) -> None:
    """Compare what was heard with what the table says."""
    text = "\n".join(shown(activity) for activity in heard)
    traces = held.talk.observer.traces
    trace = traces[-1] if traces else {}
    for key in ("kind", "entry"):
        if key in turn:
            assert trace.get(key) == turn[key], f"{where}: {key} is {trace.get(key)!r}; heard:\n{text}"
    _pieces(turn.get("hear", []), text, held, where)
    for piece in turn.get("not", []):
        assert held.filled(piece) not in text, f"{where}: {piece!r} is in:\n{text}"
    for piece in turn.get("once", []):
        assert text.count(piece) == 1, f"{where}: {piece!r} is there {text.count(piece)} times:\n{text}"
    titles = [name for activity in heard for name in buttons(activity)]
    for title in turn.get("buttons", []):
        assert held.filled(title) in titles, f"{where}: no button {title!r} among {titles}"
    if "replies" in turn:
        assert len(heard) == turn["replies"], f"{where}: heard {len(heard)} replies:\n{text}"
    if turn.get("silent"):
        assert heard == [], f"{where}: heard\n{text}"
    if "aside" in turn:
        _pieces(turn["aside"], "\n".join(shown(activity) for activity in _aside(held)), held, where)
    _check_stored(turn, held, where)


def _pieces(pieces: list[str], text: str, held: Held, where: str) -> None:
    for piece in pieces:
        assert held.filled(piece) in text, f"{where}: {piece!r} is not in:\n{text}"


def _check_stored(turn: dict[str, Any], held: Held, where: str) -> None:
    memory = held.talk.memory
    if "cases" in turn:
        cases = memory.cases.page(CaseFilter(), 50, None).cases
        assert len(cases) == turn["cases"], f"{where}: {len(cases)} requests"
    if "case" in turn:
        found = _plain(held.newest())
        for name, value in turn["case"].items():
            assert found[name] == value, f"{where}: {name} of the request is {found[name]!r}"
    if "posts" in turn:
        kinds = [stored.post.kind for stored in memory.posts.values()]
        kinds = [kind for kind in kinds if kind not in ("reply", REMIND_FORM, UPDATE)]  # the last: turn/test_cards.py
        assert kinds == turn["posts"], f"{where}: {kinds} wait"
    if "planned" in turn:
        planned = [stored.post.due_at for stored in memory.posts.values() if stored.post.kind == REMIND_FORM]
        due = [at.strftime("%Y-%m-%d %H:%M") for at in planned]
        assert due == turn["planned"], f"{where}: reminders are planned for {due}"
    if "remembered" in turn:
        assert len(memory.state) == turn["remembered"], f"{where}: {list(memory.state)} are remembered"
    if "form" in turn:
        stored = [json.loads(text)["dialog"] for _, text in memory.state.values()]
        names = [dialog["form"] for dialog in stored if dialog]
        assert names == turn["form"], f"{where}: open forms are {names}"


def _plain(case: Case) -> dict[str, Any]:
    return {
        "type": case.type.value,
        "state": case.state.value,
        "fields": case.fields,
        "batch": None if case.batch is None else str(case.batch),
        "due": None if case.due is None else case.due.isoformat(),
        "version": case.version,
        "owner": case.owner.user,
        "conversation": case.contact.conversation,
        "language": case.language,
        "waiting": case.waiting_field,
        "muted": case.muted,
        "seen": case.inquiry.answer.value if case.inquiry and case.inquiry.answer else None,
    }
