"""What the bot remembers of one user in one conversation: plain JSON with a version.

Names are persisted, never positions, so that questions may be added while conversations are open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dialogs.form import Kept
from dialogs.reply import JsonObject, JsonValue

STATE_VERSION = 1
"""Raised when the meaning of a stored field changes; `ConversationState.from_json` then knows both."""

FOLLOW_UP_TURNS = 3
"""For how many turns an answer stays the topic of follow-up questions."""


@dataclass(frozen=True)  # without slots: `but` copies the dictionary
class ConversationState:
    """The memory of a conversation. Unknown or unreadable stored values fall back to these defaults."""

    language: str | None = None
    locale: str | None = None
    """The client's locale with the last message: when it changes, it says more than the language so far."""
    welcomed: bool = False
    turn: int = 0
    """Messages and presses so far."""
    last_entry: str | None = None
    last_entry_turn: int = 0
    offer: tuple[JsonObject, ...] = ()
    """The choices under the last reply, as the presses that they stand for: "2" picks the second."""
    asked: str = ""
    """The question that the offer belongs to, for curators when none fits."""
    refused: tuple[str, ...] = ()
    """Entries turned down since the last answer."""
    misses: int = 0
    """Questions in a row without an answer."""
    dialog: JsonValue = None
    """The open form (`dialogs.form_state`), if any."""
    kept: JsonObject = field(default_factory=dict)
    """By form that only answers: what it was told the last time (``values``), and on which ``day``."""
    heard_at: datetime | None = None
    """When the message or press before this one came."""
    cards: tuple[JsonObject, ...] = ()
    """Cards that were sent and whose buttons still do something (`turn.cards`)."""
    extra: JsonObject = field(default_factory=dict)
    """Fields of a newer version, kept as they are."""

    def but(self, **changes: Any) -> ConversationState:
        """This state with other values of these fields: `dataclasses.replace`, in a fifth of its time.

        Raises `TypeError` for a name that is no field's.
        """
        if not changes.keys() <= vars(self).keys():
            raise TypeError(f"no fields: {sorted(changes.keys() - vars(self).keys())}")
        state = object.__new__(ConversationState)
        vars(state).update(vars(self), **changes)
        return state

    def next_turn(self) -> ConversationState:
        """This state, one turn later: whoever says something needs no welcome any more."""
        return self.but(turn=self.turn + 1, welcomed=True)

    def answered(self, entry: str) -> ConversationState:
        """After an answer: it is the topic now, and what was offered or refused before is over."""
        return self.but(last_entry=entry, last_entry_turn=self.turn, offer=(), asked="", refused=(), misses=0)

    def topic(self) -> str | None:
        """The entry that follow-up questions are about, if it is recent enough."""
        recent = self.turn - self.last_entry_turn <= FOLLOW_UP_TURNS
        return self.last_entry if self.last_entry and recent else None

    def to_json(self) -> JsonObject:
        """As stored."""
        return {
            **self.extra,
            "v": STATE_VERSION,
            "language": self.language,
            "locale": self.locale,
            "welcomed": self.welcomed,
            "turn": self.turn,
            "last_entry": self.last_entry,
            "last_entry_turn": self.last_entry_turn,
            "offer": list(self.offer),
            "asked": self.asked,
            "refused": list(self.refused),
            "misses": self.misses,
            "dialog": self.dialog,
            "kept": self.kept,
            "heard_at": self.heard_at.isoformat() if self.heard_at else None,
            **({"cards": list(self.cards)} if self.cards else {}),
        }

    @classmethod
    def from_json(cls, stored: JsonObject | None) -> ConversationState:
        """From storage; what cannot be used is left at its default, so that no stored row stops a conversation."""
        data = stored or {}
        return cls(
            language=_text(data.get("language")) or None,
            locale=_text(data.get("locale")) or None,
            welcomed=data.get("welcomed") is True,
            turn=_count(data.get("turn")),
            last_entry=_text(data.get("last_entry")) or None,
            last_entry_turn=_count(data.get("last_entry_turn")),
            offer=_objects(data.get("offer")),
            asked=_text(data.get("asked")),
            refused=tuple([item for item in _list(data.get("refused")) if isinstance(item, str)]),
            misses=_count(data.get("misses")),
            dialog=data.get("dialog"),
            kept=_object(data.get("kept")),
            heard_at=_moment(data.get("heard_at")),
            cards=_objects(data.get("cards")),
            extra={key: value for key, value in data.items() if key not in _STORED},
        )


_STORED = frozenset(ConversationState().to_json()) | {"cards"}
"""The names under which this version stores its fields."""


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def read_kept(stored: JsonValue) -> Kept | None:
    """What a form was told the last time; None for what cannot be read."""
    if not isinstance(stored, dict):
        return None
    try:
        return Kept(_object(stored.get("values")), date.fromisoformat(_text(stored.get("day"))))
    except ValueError:
        return None


def _moment(value: JsonValue) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _objects(value: JsonValue) -> tuple[JsonObject, ...]:
    return tuple([item for item in _list(value) if isinstance(item, dict)])


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
