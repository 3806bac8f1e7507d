"""Adaptive Cards 1.5 as plain dicts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from bot.executing import executable
from bot.inputs import filled_in, input_elements
from dialogs.reply import (
    Ask,
    Block,
    Button,
    EntryAnswer,
    Inputs,
    JsonObject,
    JsonValue,
    Open,
    Paragraph,
    Press,
    Reply,
    Row,
    SourceLine,
    Steps,
    Table,
    Text,
)
from dialogs.speaking import Speaker, escaped
from faq.model import Entry

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"
WEB_CHAT = frozenset({"webchat", "directline"})
"""Channels whose client is Microsoft's Web Chat, whose buttons wrap."""
WIDEST_BUTTON = 28
"""Columns that a button shows in full on a phone."""
ROW = 36
"""Columns that a row of buttons shows in full on a phone."""
AROUND_BUTTON = 4
"""Columns that a button takes besides its title."""
WIDEST_WORD = 16
"""Columns without a blank that a table of facts shows on a phone; addresses of pages are longer."""
MARKS = {"met": "✔", "not-met": "✘", "unknown": "?"}
_LOOKS: dict[str, JsonObject] = {
    "heading": {"size": "Medium", "weight": "Bolder", "style": "heading"},
    "strong": {"weight": "Bolder"},
    "subtle": {"size": "Small", "isSubtle": True},
    "good": {"color": "Good"},
    "warning": {"color": "Warning"},
    "attention": {"color": "Attention"},
}


def card(reply: Reply, speaker: Speaker, channel: str, name: str = "") -> JsonObject:
    """The reply as a card for ``channel``.

    ``name`` is that of a card which can be replaced (`bot.executing`), on a channel with feedback buttons of its own.
    """
    body = [
        element for block, source in sourced(reply.blocks, speaker) for element in _elements(block, source, speaker)
    ]
    if reply.buttons:
        choices = _choices(reply, speaker, channel)
        body.extend([executable(one, name) for one in choices] if name else choices)
    if reply.helpful and not name:
        body.append(_helpful(reply.helpful, speaker))
    return {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}


def button(shown: Button, speaker: Speaker, channel: str) -> JsonObject:
    """A button as a card action. Only Submit and OpenUrl: Web Chat knows no others (see `bot.executing`)."""
    title = speaker.label(shown.label)
    action: JsonObject = {"title": title}
    if shown.style != "default":
        action["style"] = shown.style
    match shown.action:
        case Open(link):
            return {**action, "type": "Action.OpenUrl", "url": speaker.library.program.link(link)}
        case Press(data):
            return {**action, "type": "Action.Submit", "data": data}
        case Ask():
            return {**action, "type": "Action.Submit", "data": asked(title, channel)}


def asked(title: str, channel: str) -> JsonValue:
    """What makes a client ask the question on the button.

    Web Chat says a bare string as if typed. Agents Playground drops it, and sends nothing at all for data with Teams'
    ``imBack`` or ``messageBack``: there the button carries data like any press.
    """
    return title if channel in WEB_CHAT else {"do": "say", "text": title}


def text_block(text: str, look: str = "normal") -> JsonObject:
    """A paragraph."""
    return {"type": "TextBlock", "text": text, "wrap": True, **_LOOKS.get(look, {})}


def sourced(blocks: tuple[Block, ...], speaker: Speaker) -> Iterator[tuple[Block, str]]:
    """Each block with the source that it is to name: one that several have is named by the last of them only."""
    sources = [_source(block, speaker) for block in blocks]
    for place, (block, source) in enumerate(zip(blocks, sources, strict=True)):
        yield block, "" if source in sources[place + 1 :] else source


def _source(block: Block, speaker: Speaker) -> str:
    match block:
        case EntryAnswer(entry):
            return speaker.pack.knowledge.entries[entry].source or ""
        case SourceLine(source):
            return source
        case _:
            return ""


def _elements(block: Block, source: str, speaker: Speaker) -> list[JsonValue]:
    match block:
        case Paragraph(words, emphasis):
            return [text_block(part, emphasis) for part in paragraphs(speaker.markdown(words))]
        case EntryAnswer(entry):
            return [*_answer(entry, speaker), *_source_line(source, speaker)]
        case Table(rows):
            return _table(rows, speaker)
        case Steps(items):
            return [text_block(numbered([speaker.markdown(item) for item in items]))]
        case SourceLine():
            return _source_line(source, speaker)
        case Inputs(inputs):
            return [element for one in inputs for element in input_elements(one, speaker)]


def _answer(entry_id: str, speaker: Speaker) -> list[JsonValue]:
    entry = speaker.pack.knowledge.entries[entry_id]
    body: list[JsonValue] = []
    if entry.source:  # small talk needs no heading
        body.append(text_block(entry.title, "heading"))
    body.extend(text_block(part) for part in paragraphs(entry.answer))
    if entry.steps:
        body.append(text_block(numbered(list(entry.steps))))
    past = past_line(entry, speaker)
    if past:
        body.append(text_block(past, "warning"))
    if entry.erratum:
        note = f"**{speaker.sentence('answer.erratum')}** {entry.erratum}"
        body.append({"type": "Container", "style": "warning", "items": [text_block(note)]})
    return body


def _source_line(source: str, speaker: Speaker) -> list[JsonValue]:
    return [text_block(source_line(source, speaker), "subtle")] if source else []


def _table(rows: tuple[Row, ...], speaker: Speaker) -> list[JsonValue]:
    """Facts; as columns where a value is long: facts would squeeze their titles, or stick out of the card."""
    if any(_is_long(speaker.label(row.value)) for row in rows):
        return [_fact_in_columns(speaker.markdown(row.label), _value(row, speaker)) for row in rows]
    return [{"type": "FactSet", "facts": [_fact(row, speaker) for row in rows]}]


def _fact(row: Row, speaker: Speaker) -> JsonObject:
    return {"title": speaker.label(row.label), "value": _value(row, speaker)}


def _value(row: Row, speaker: Speaker) -> str:
    mark = f"{MARKS[row.state]} " if row.state else ""
    return f"{mark}{speaker.markdown(row.value)}"


def _is_long(value: str) -> bool:
    return _width(value) > WIDEST_BUTTON or any(_width(word) > WIDEST_WORD for word in _unbroken(value))


def _unbroken(text: str) -> list[str]:
    """Pieces of a text within which no client starts a new line."""
    return re.split(r"[\s\u2e80-\uffef]+", text)


def _fact_in_columns(title: str, value: str) -> JsonObject:
    label: JsonObject = {**text_block(title), "weight": "Bolder"}
    columns: list[JsonValue] = [
        {"type": "Column", "width": 2, "items": [label]},
        {"type": "Column", "width": 3, "items": [text_block(value)]},
    ]
    return {"type": "ColumnSet", "spacing": "Small", "columns": columns}


def _choices(reply: Reply, speaker: Speaker, channel: str) -> list[JsonValue]:
    """The buttons; under an answer, what it leads to comes first and related questions have a heading of their own."""
    known = filled_in(reply, speaker)
    actions = [_with_inputs(button(shown, speaker, channel), shown, known) for shown in reply.buttons]
    if reply.helpful is None:
        return _laid_out(actions, channel)
    related = _laid_out([action for action in actions if _asks(action)], channel)
    heading: JsonObject = {**text_block(speaker.sentence("answer.related"), "subtle"), "separator": True}
    return [
        *_laid_out([action for action in actions if not _asks(action)], channel),
        *([heading] if related else []),
        *related,
    ]


def _with_inputs(action: JsonObject, shown: Button, known: JsonObject | None) -> JsonObject:
    """On a card with fields: the button that sends them knows what stood in them; all others do not ask for them."""
    if known is None or not isinstance(shown.action, Press):
        return action
    if shown.action.with_inputs:
        return {**action, "data": {**shown.action.data, "shown": known}}
    return {**action, "associatedInputs": "none"}


def _laid_out(actions: list[JsonObject], channel: str) -> list[JsonValue]:
    """In a row; questions below each other where a row would cut their words."""
    asking = [action for action in actions if _asks(action)]
    if channel in WEB_CHAT or all(_width(str(action["title"])) <= WIDEST_BUTTON for action in asking):
        asking = []
    rest = [action for action in actions if action not in asking]
    rows = [rest] if channel in WEB_CHAT else _rows(rest)
    return [*(_choice(action) for action in asking), *(_button_row(row) for row in rows if row)]


def _rows(actions: list[JsonObject]) -> list[list[JsonObject]]:
    """As many in a row as a phone shows: clients cut or hide the others, where they do not wrap rows themselves."""
    rows: list[list[JsonObject]] = []
    room = 0
    for action in actions:
        needed = _width(str(action["title"])) + AROUND_BUTTON
        if needed > room:
            rows.append([])
            room = ROW
        rows[-1].append(action)
        room -= needed
    return rows


def _asks(action: JsonObject) -> bool:
    """Whether it is a question or choice among others, not an action that stands out or a link."""
    return action["type"] == "Action.Submit" and "style" not in action


def _button_row(actions: list[JsonObject]) -> JsonObject:
    return {"type": "ActionSet", "spacing": "Small", "actions": [*actions]}


def _choice(action: JsonObject) -> JsonObject:
    """A button whose words wrap: Teams and Agents Playground cut long ones off."""
    words = {**text_block(str(action["title"])), "color": "Accent"}
    return {"type": "Container", "style": "emphasis", "spacing": "Small", "selectAction": action, "items": [words]}


def _width(text: str) -> int:
    """In columns: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _helpful(entry: str, speaker: Speaker) -> JsonObject:
    def choice(key: str, helpful: bool) -> JsonObject:
        data: JsonObject = {"do": "feedback", "entry": entry, "version": speaker.library.version, "helpful": helpful}
        return {"type": "Action.Submit", "title": speaker.label(Text(key)), "data": data}

    question = text_block(speaker.sentence("feedback.ask"), "subtle")
    buttons = _button_row([choice("feedback.yes", True), choice("feedback.no", False)])
    columns: list[JsonValue] = [
        {"type": "Column", "width": "stretch", "verticalContentAlignment": "Center", "items": [question]},
        {"type": "Column", "width": "auto", "items": [buttons]},
    ]
    return {"type": "ColumnSet", "separator": True, "columns": columns}


def source_line(source: str, speaker: Speaker) -> str:
    """Page, section and date that an answer comes from, as Markdown: the section leads to where it is read."""
    program, language = speaker.library.program, speaker.language
    section, address = escaped(program.source(source, language)), program.source_address(source, language)
    told = {"page": escaped(program.title(language)), "section": f"[{section}]({address})" if address else section}
    where = speaker.pack.catalog.text("answer.source", told).strip()
    return f"{where} · {speaker.sentence('answer.as-of', date=program.as_of)}"


def past_line(entry: Entry, speaker: Speaker) -> str:
    """For an answer that has outlived its validity: until when it held. Else empty."""
    if entry.valid_until is None or not entry.is_past(speaker.today):
        return ""
    return speaker.sentence("answer.past", date=entry.valid_until)


def paragraphs(text: str) -> list[str]:
    """Pieces of Markdown between blank lines."""
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part]


def numbered(items: list[str]) -> str:
    """A numbered list in Markdown."""
    return "\n".join(f"{place}. {item}" for place, item in enumerate(items, start=1))
