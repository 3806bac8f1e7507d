"""Leave a message for a person: one field, taken word for word."""

from __future__ import annotations

from cases.model import Case
from cases.reference import access_code
from dialogs.fields.words import PROSE
from dialogs.form import Completion, Field, Form, Setting, Values
from dialogs.reply import Paragraph, Plain, Reply, Row, Table, Text

TEXT = "text"


def _summary(values: Values, setting: Setting) -> Reply:
    rows = (Row(Text("message.text.label"), PROSE.show(values[TEXT], setting.reader)),) if TEXT in values else ()
    return Reply((Paragraph(Text("message.summary"), "heading"), Table(rows)), private=True)


def _complete(values: Values, _: Setting) -> Completion:
    return Completion(case={TEXT: values.get(TEXT)})


def _recorded(case: Case, setting: Setting) -> tuple[Reply, ...]:
    reference = {"reference": Plain(case.reference)}
    if setting.about is not None:
        return (Reply((Paragraph(Text("status.edited", reference)),), private=True),)
    code = Paragraph(Text("directory-listing.code", {"code": Plain(access_code(case.instance))}), "subtle")
    return (Reply((Paragraph(Text("message.sent", reference)), code), private=True),)


MESSAGE = Form(
    name="message",
    version=1,
    fields=(Field(TEXT, PROSE, verbatim=True),),
    complete=_complete,
    summary=_summary,
    recorded=_recorded,
    private=True,
)
