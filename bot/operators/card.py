"""The card of a request, as operators see it in their channel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bot.cards import card
from bot.render import CARD, speaker_text, summary
from cases.model import CLOSED, Case, Role, State
from cases.transitions import SPOKEN, targets
from desk.pressing import DO, Verb
from dialogs.decision import Guiding, Knowledge
from dialogs.fields.base import Reader
from dialogs.reply import Block, JsonObject, JsonValue, Paragraph, Plain, Reply, Row, Table
from dialogs.showing import label_of, tables_of
from dialogs.speaking import Speaker
from program.windows import calendar_of
from turn.model import Exchange
from turn.talk import talk_of
from wording.catalog import Catalog
from wording.dates import day_text, month_text

TEAMS: Final = "msteams"
LARGEST: Final = 24_000
"""Bytes of a card; Teams takes messages of 28 kB, and something is added on the way."""
LONGEST_WORDS: Final = 2_000
"""Characters for the partner that can be typed into a card."""
LONGEST_SAID: Final = 160
"""Characters of what was said before a message."""
CHAT: Final = "https://teams.microsoft.com/l/chat/0/0?users="
"""Opens a chat with whoever has this user principal name (Microsoft Teams, "Deep link to Teams chat")."""
_LIMITS: Final = ((400, 3, 6), (160, 3, 4), (60, 2, 3))
"""Characters of a value, tables and turns of the talk: the first with which the message is small enough."""
_BACK: Final = frozenset({State.WITHDRAWN}) | SPOKEN
"""Where a request does not go by one press on the card: words, or at least a second thought, come first."""


@dataclass(frozen=True, slots=True)
class View:
    """What a card is made from besides the request."""

    knowledge: Knowledge
    speaker: Speaker
    """Of the channel's language."""
    console: str = ""
    """Address of the console; empty when it has none that others reach."""
    chat: str = ""
    """The requester's user principal name, if they came through Teams and it is known."""
    talk: Sequence[Exchange] = ()
    """What was said before a message was left."""
    note: str = ""
    """What became of a press, above everything else."""
    words: str = ""
    """What was typed for the partner and not taken."""


class Sentences:
    """The operators' words in one language: those of the console."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @property
    def language(self) -> str:
        """Which one."""
        return self._catalog.language

    def text(self, key: str, **values: object) -> str:
        """A sentence of ``console.yaml``."""
        return self._catalog.text(key, {name: str(value) for name, value in values.items()})


def card_of(case: Case, view: View) -> JsonObject:
    """The card; values are cut until it is small enough for Teams."""
    for limits in _LIMITS:
        made = _Making(case, view, *limits).card()
        if len(json.dumps(made, ensure_ascii=False).encode()) <= LARGEST:
            break
    return made


def message_of(shown: JsonObject) -> JsonObject:
    """The message with this card."""
    attachments: list[JsonValue] = [{"contentType": CARD, "content": shown}]
    return {"type": "message", "summary": summary(str(shown["fallbackText"])), "attachments": attachments}


@dataclass(frozen=True, slots=True)
class _Making:
    case: Case
    view: View
    longest: int
    tables: int
    turns: int

    @property
    def say(self) -> Sentences:
        return Sentences(self.view.knowledge.library.languages[self.view.speaker.language].console)

    def card(self) -> JsonObject:
        reply = Reply(tuple(self._blocks()))
        text = "\n\n".join(self._lines(reply))
        shown = card(reply, self.view.speaker, TEAMS)
        facts = shown["body"] if isinstance(shown["body"], list) else []
        shown |= {"body": [*facts, *self._rows()], "fallbackText": text, "speak": speaker_text(text)}
        forms: list[JsonValue] = [*self._forms()]
        return {**shown, "actions": forms} if forms else shown

    def _blocks(self) -> Iterable[Block]:
        case, say = self.case, self.say
        if self.view.note:
            yield Paragraph(Plain(self.view.note), "warning")
        yield Paragraph(Plain(f"{say.text(f'type.{case.type}')} · {case.reference}"), "heading")
        emphasis = "subtle" if case.state in CLOSED else "strong"
        yield Paragraph(Plain(say.text(f"state.{case.state}")), emphasis)
        if case.waiting_field:
            yield Paragraph(Plain(say.text("request.waits", field=self._label(case.waiting_field))))
        if case.empty:
            yield Paragraph(Plain(say.text("card.forgotten")))
        yield from self._fields()
        yield Table(tuple(Row(Plain(label), Plain(self._cut(value))) for label, value in self._facts()))
        yield from self._talk()

    def _fields(self) -> Iterable[Block]:
        guiding = self.view.knowledge.guiding
        tables = [] if guiding is None else self._tables(guiding)
        yield from tables[: self.tables]
        if (more := len(tables) - self.tables) > 0:
            yield Paragraph(Plain(self.say.text("card.more", number=more)), "subtle")

    def _tables(self, guiding: Guiding) -> list[Table]:
        speaker = self.view.speaker
        reader = Reader(self.view.speaker.language, speaker.today, guiding.fields)
        return [
            Table(tuple(Row(row.label, Plain(self._cut(speaker.label(row.value)))) for row in table.rows))
            for table in tables_of(self.case, reader)
        ]

    def _facts(self) -> Iterable[tuple[str, str]]:
        case, say, language = self.case, self.say, self.view.speaker.language
        user = case.contact.reference.get("user")
        name = user.get("name") if isinstance(user, dict) else None
        zone = calendar_of(self.view.knowledge.library.program).zone
        if not case.empty:
            yield say.text("card.from"), f"{name} · {case.owner.channel}" if name else case.owner.channel
        yield say.text("card.received"), day_text(case.created_at.astimezone(zone).date(), language)
        if case.batch:
            yield say.text("requests.batch"), month_text(case.batch, language)
        if case.due:
            yield say.text("requests.due"), day_text(case.due, language)
        yield say.text("requests.assignee"), case.assignee or "–"

    def _talk(self) -> Iterable[Block]:
        turns = talk_of(self.view.talk, self.view.knowledge, self.say).turns[-self.turns :]
        if turns:
            yield Paragraph(Plain(self.say.text("talk.title")), "strong")
        for turn in turns:
            said = f"“{_cut(turn.typed, LONGEST_SAID)}”" if turn.typed else turn.said
            yield Paragraph(Plain(f"{said} → {turn.did}"), "subtle")

    def _lines(self, reply: Reply) -> Iterable[str]:
        """The same where cards are not shown."""
        speaker = self.view.speaker
        for block in reply.blocks:
            if isinstance(block, Paragraph):
                yield speaker.markdown(block.words)
            elif isinstance(block, Table):
                yield from (f"**{speaker.markdown(row.label)}**: {speaker.markdown(row.value)}" for row in block.rows)

    def _rows(self) -> Iterable[JsonObject]:
        """What one press does, and where else to go on. A phone shows no more beside each other."""
        rows = [] if self.case.empty else [self._hands(), *([self._moving(state)] for state in self._plainly())]
        for row in (*rows, *([link] for link in self._links())):
            yield {"type": "ActionSet", "spacing": "Small", "actions": [*row]}

    def _hands(self) -> list[JsonObject]:
        taking = self._button("card.take", Verb.TAKE)
        return [taking, self._button("request.give-back", Verb.GIVE_BACK)] if self.case.assignee else [taking]

    def _plainly(self) -> list[State]:
        return [state for state in self._ahead() if state not in _BACK]

    def _forms(self) -> Iterable[JsonObject]:
        """What takes a few words: forms that open under the card."""
        case, say, ahead = self.case, self.say, self._ahead()
        if case.empty:
            return
        if ahead:
            typed = self._input("words", "request.words", "request.words.optional", self.view.words)
            yield _opening(say.text("card.move"), [typed], [self._moving(state) for state in ahead])
        if State.WAITING in targets(case, Role.OPERATOR):
            fields = list(case.fields)
            choices: list[JsonValue] = [{"title": self._label(name), "value": name} for name in fields]
            picker: JsonObject = {"type": "Input.ChoiceSet", "id": "field", "label": say.text("request.ask.field")}
            picker |= {"choices": choices, "value": fields[0] if fields else ""}
            typed = self._input("ask-words", "request.words", "request.ask.hint", self.view.words)
            yield _opening(say.text("request.ask"), [picker, typed], [self._button("request.ask.button", Verb.ASK)])

    def _links(self) -> Iterable[JsonObject]:
        if self.view.console:
            url = f"{self.view.console}/requests/{self.case.reference}"
            yield {"type": "Action.OpenUrl", "title": self.say.text("card.open"), "url": url}
        if self.view.chat:
            url = CHAT + quote(self.view.chat, safe="@")
            yield {"type": "Action.OpenUrl", "title": self.say.text("card.chat"), "url": url}

    def _ahead(self) -> list[State]:
        return sorted(targets(self.case, Role.OPERATOR) - {State.WAITING}, key=list(State).index)

    def _moving(self, state: State) -> JsonObject:
        title = self.say.text("request.move.to", state=self.say.text(f"state.{state}"))
        return self._execute(title, {"what": Verb.MOVE, "to": state})

    def _button(self, key: str, verb: Verb) -> JsonObject:
        return self._execute(self.say.text(key), {"what": verb})

    def _execute(self, title: str, what: JsonObject) -> JsonObject:
        case = self.case
        data: JsonObject = {"do": DO, "reference": case.reference, "version": case.version, **what}
        fallback: JsonObject = {"type": "Action.Submit", "title": title, "data": data}
        return {"type": "Action.Execute", "title": title, "verb": DO, "data": data, "fallback": fallback}

    def _input(self, name: str, label: str, hint: str, value: str) -> JsonObject:
        typed: JsonObject = {"type": "Input.Text", "id": name, "isMultiline": True, "maxLength": LONGEST_WORDS}
        typed |= {"label": self.say.text(label), "placeholder": self.say.text(hint)}
        return {**typed, "value": value[:LONGEST_WORDS]} if value else typed

    def _label(self, name: str) -> str:
        return self.view.speaker.label(label_of(self.case, name))

    def _cut(self, text: str) -> str:
        return _cut(text, self.longest)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _opening(title: str, inputs: Sequence[JsonObject], buttons: Sequence[JsonObject]) -> JsonObject:
    """A form that opens. A button below the other: a row would cut their words on a phone."""
    rows: list[JsonValue] = [{"type": "ActionSet", "spacing": "Small", "actions": [one]} for one in buttons]
    return {"type": "Action.ShowCard", "title": title, "card": {"type": "AdaptiveCard", "body": [*inputs, *rows]}}
