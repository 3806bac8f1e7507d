"""Everything that is kept about a user, as a message: the newest of each kind, and how many more there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

from dialogs.reply import EntryTitle, JsonObject, JsonValue, Paragraph, Plain, Reply, Row, Table, Text, Words

SHOWN = 8
"""Rows of a kind: cards that are much larger are refused by channels."""
LONGEST = 160
"""Characters of a value."""
_EVENTS = frozenset(
    {"opened", "edited", "inquired", "confirmed", "slipped", "reminded", "muted", "wrong-code", "right-code"}
)
"""Kinds of events in a history that lead to no new state, and have words of their own."""

_SAID = {
    "reply": "privacy.message",
    "notify": "privacy.message",
    "tell-news": "privacy.message",
    "remind": "privacy.reminder",
    "remind-form": "privacy.reminder",
    "remind-case": "privacy.reminder",
}
"""Kinds of posts that end in a message; of others the user hears nothing, or what comes of them."""


def disclosed(kept: JsonObject, entries: Collection[str], *, as_file: bool) -> Reply:
    """The message. ``kept`` is what `turn.ports.Archive` reads; ``entries`` are the ones that have a title.

    ``as_file``: whether all of it comes along as a file.
    """
    rows = [
        *_section(_items(kept, "conversations"), "privacy.conversations", _conversation),
        *_section(_items(kept, "messages") or _items(kept, "answers"), "privacy.messages", _message),
        *_section([item for item in _items(kept, "waiting") if item["kind"] in _SAID], "privacy.waiting", _waiting),
        *_section(_items(kept, "feedback"), "privacy.feedback", lambda item: _feedback(item, entries)),
        *_section(_items(kept, "unanswered"), "privacy.unanswered", _unanswered),
        *(row for item in _items(kept, "requests") for row in _history(item)),
    ]
    head = Paragraph(Text("privacy.everything" if rows else "privacy.nothing-else"), "heading")
    end = (Paragraph(Text("privacy.file"), "subtle"),) if as_file else ()
    return Reply((head, Table(tuple(rows)), *end) if rows else (head, *end), private=True)


def _section(items: Sequence[JsonObject], key: str, row: Callable[[JsonObject], Row]) -> Iterator[Row]:
    """How many there are, then the newest."""
    if items:
        yield Row(Text(key), Text("privacy.count", {"count": len(items)}))
        yield from map(row, items[-SHOWN:])


def _conversation(item: JsonObject) -> Row:
    return Row(_day(item["at"]), _short(item["id"]))


def _message(item: JsonObject) -> Row:
    return Row(Text("privacy.you" if item["from"] == "user" else "privacy.me"), _short(item["text"]))


def _waiting(item: JsonObject) -> Row:
    return Row(_day(item["due"]), Text(_SAID[str(item["kind"])]))


def _feedback(item: JsonObject, entries: Collection[str]) -> Row:
    entry = str(item["entry"])
    title = EntryTitle(entry) if entry in entries else Plain(entry)
    return Row(title, Text("privacy.helpful" if item["helpful"] else "privacy.not-helpful"))


def _unanswered(item: JsonObject) -> Row:
    return Row(_day(item["at"]), _short(item["text"]))


def _history(item: JsonObject) -> Iterator[Row]:
    """A request: its reference, then what happened when."""
    yield Row(Text("status.one", {"reference": Plain(str(item["reference"]))}), Text(f"{item['type']}.title"))
    for event in _items(item, "history")[-SHOWN:]:
        if event.get("to"):
            yield Row(_day(event["at"]), Text(f"case.{item['type']}.{event['to']}.partner"))
        elif event["what"] in _EVENTS:
            yield Row(_day(event["at"]), Text(f"privacy.event.{event['what']}"))


def _items(kept: JsonObject, name: str) -> list[JsonObject]:
    found = kept.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _day(moment: JsonValue) -> Words:
    return Text("form.day", {"date": date.fromisoformat(str(moment)[:10])})


def _short(value: JsonValue) -> Plain:
    text = " ".join(str(value).split())
    return Plain(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
