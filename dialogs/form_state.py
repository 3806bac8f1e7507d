"""An open form as stored with the conversation: plain JSON, names only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from dialogs.form import Form, Values
from dialogs.reply import JsonObject, JsonValue


class Phase(StrEnum):
    """What the form waits for."""

    ASKING = "asking"
    """A value for `FormState.asking`."""
    DOUBT = "doubt"
    """A choice between readings of `FormState.raw`, or of the form's own question `FormState.question`."""
    SUMMARY = "summary"
    """The one confirmation."""
    CHANGING = "changing"
    """Which of the given values to change."""
    LEAVING = "leaving"
    """Yes or no to giving the form up."""
    IDLE = "idle"
    """Whether to go on after a long silence."""


@dataclass(frozen=True, slots=True)
class FormState:
    """Where a form stands."""

    form: str
    version: int
    instance: str
    """Made when the form starts, unguessable; a request created from it has this as its unique key."""
    at: datetime
    """When something was last said in it."""
    values: Values = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    """Fields to be said later."""
    order: tuple[str, ...] = ()
    """Fields in the order they were given, for *back*."""
    asking: str = ""
    phase: Phase = Phase.ASKING
    raw: str = ""
    """What was said for `asking` that can be read in several ways."""
    question: str = ""
    fails: int = 0
    """How often in a row the answer to `asking` was not understood."""
    revision: int = 0
    """Counts changes of values: a summary with an older one is out of date."""
    drafts: Values = field(default_factory=dict)
    """What was typed into a card and could not be taken, by field."""
    about: JsonObject = field(default_factory=dict)
    """Set when the form changes an existing request: ``reference`` and, for one field only, ``field``."""
    quiet: bool = False
    """Whether its owner does not want to be reminded of it."""

    def with_value(self, name: str, value: JsonValue) -> FormState:
        """With a field's value given or corrected."""
        return replace(
            self,
            values={**self.values, name: value},
            order=(*(one for one in self.order if one != name), name),
            skipped=tuple(one for one in self.skipped if one != name),
            drafts={key: text for key, text in self.drafts.items() if key != name},
            revision=self.revision + 1,
        )

    def without(self, name: str) -> FormState:
        """With a field taken back."""
        values = {key: value for key, value in self.values.items() if key != name}
        order = tuple(one for one in self.order if one != name)
        return replace(self, values=values, order=order, revision=self.revision + 1)

    def ask(self, name: str) -> FormState:
        """Waiting for a field's value."""
        fails = self.fails if name == self.asking and self.phase is Phase.ASKING else 0
        return replace(self, phase=Phase.ASKING, asking=name, raw="", question="", fails=fails)

    def to_json(self) -> JsonObject:
        """As stored."""
        return {
            "form": self.form,
            "v": self.version,
            "instance": self.instance,
            "at": self.at.isoformat(),
            "values": dict(self.values),
            "skipped": list(self.skipped),
            "order": list(self.order),
            "asking": self.asking,
            "phase": self.phase.value,
            "raw": self.raw,
            "question": self.question,
            "fails": self.fails,
            "revision": self.revision,
            "drafts": dict(self.drafts),
            "about": self.about,
            "quiet": self.quiet,
        }


def is_outdated(form: Form, running: FormState) -> bool:
    """Whether it was stored by a version of the bot that had another form."""
    return running.version != form.version or (running.asking != "" and form.field(running.asking) is None)


def read_form(stored: JsonValue) -> FormState | None:
    """From storage; None for what is no form or cannot be read."""
    if not isinstance(stored, Mapping):
        return None
    try:
        return FormState(
            form=_text(stored["form"]),
            version=_count(stored["v"]),
            instance=_text(stored["instance"]),
            at=datetime.fromisoformat(_text(stored["at"])).astimezone(UTC),
            values=_object(stored["values"]),
            skipped=_names(stored["skipped"]),
            order=_names(stored["order"]),
            asking=_text(stored["asking"]),
            phase=Phase(_text(stored["phase"])),
            raw=_text(stored["raw"]),
            question=_text(stored["question"]),
            fails=_count(stored["fails"]),
            revision=_count(stored["revision"]),
            drafts=_object(stored.get("drafts", {})),
            about=_object(stored["about"]),
            quiet=stored.get("quiet") is True,
        )
    except (KeyError, ValueError, TypeError):
        return None


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _names(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(one) for one in value)
