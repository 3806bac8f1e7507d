"""What is kept about a user: shown, or deleted after one question.

What the turn itself knows is shown at once, the rest by the handler of the effect `DISCLOSE`. Deleting gives the
conversation a fresh state with the turn's commit; all the rest is erased by the handler of `ERASE`, which says when it
is done. See `turn.disclosing` and `turn.erasing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dialogs.decision import Decision, Said
from dialogs.form import Effect, Setting
from dialogs.form_state import read_form
from dialogs.forms import FORMS
from dialogs.reply import Button, JsonObject, Paragraph, Plain, Press, Reply, Row, Table, Text
from dialogs.state import ConversationState
from dialogs.vocabulary import Command

ERASE = "erase"
DISCLOSE = "disclose"
"""Kinds of effects. Payload: ``channel`` and ``user`` of the owner."""
_DELETE: JsonObject = {"do": "privacy", "what": "delete"}
_KEEP: JsonObject = {"do": "privacy", "what": "keep"}


def asked(command: Command | None, said: Said, state: ConversationState, setting: Setting) -> Decision | None:
    """The answer to "show my data" and "delete my data"; None for anything else."""
    match command:
        case Command.SHOW_DATA:
            rows = tuple(_rows(said, state, setting))
            reply = Reply((Paragraph(Text("privacy.show"), "heading"), Table(rows)), private=True)
            return replace(_decision(reply, state), effects=(_effect(DISCLOSE, said),))
        case Command.DELETE_DATA:
            yes = Button(Text("privacy.delete.yes"), Press(_DELETE), "destructive")
            no = Button(Text("privacy.delete.no"), Press(_KEEP))
            return _decision(Reply((Paragraph(Text("privacy.delete.ask")),), (yes, no), private=True), state)
        case _:
            return None


def press(data: JsonObject, said: Said, state: ConversationState) -> Decision:
    """The answer to the one question before everything is deleted."""
    if data.get("what") != _DELETE["what"]:
        return _decision(_words("privacy.kept"), state)
    fresh = ConversationState(language=state.language, locale=state.locale, welcomed=True)
    return replace(_decision(_words("privacy.deleting"), fresh), effects=(_effect(ERASE, said),))


def _rows(said: Said, state: ConversationState, setting: Setting) -> Iterator[Row]:
    yield Row(Text("privacy.language"), Plain(state.language or ""))
    running = read_form(state.dialog)
    if running is not None and running.form in FORMS:
        yield Row(Text("privacy.open"), Text(f"{running.form}.title"))
        yield from _values(running.form, dict(running.values), setting)
    for case in said.own:
        yield Row(Text("status.one", {"reference": Plain(case.reference)}), Text(f"{case.type}.title"))
        yield Row(Text("status.state"), Text(f"case.{case.type}.{case.state}.partner"))
        yield from _values(case.type.value, case.fields, setting)


def _values(name: str, values: JsonObject, setting: Setting) -> Iterator[Row]:
    """The values as the form's own summary shows them."""
    form = FORMS.get(name)
    for block in form.summary(values, setting).blocks if form is not None and form.confirms else ():
        if isinstance(block, Table):
            yield from block.rows


def _effect(kind: str, said: Said) -> Effect:
    return Effect(kind, {"channel": said.owner.channel, "user": said.owner.user})


def _words(key: str) -> Reply:
    return Reply((Paragraph(Text(key)),), private=True)


def _decision(reply: Reply, state: ConversationState) -> Decision:
    return Decision((reply,), state, trace={"kind": "privacy"})
