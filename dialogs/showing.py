"""A request's fields as the bot says them back, for whoever looks at a request."""

from __future__ import annotations

from cases.model import Case, JsonObject, JsonValue
from dialogs.fields.base import Reader
from dialogs.form import Form, sentence
from dialogs.forms import FORMS
from dialogs.reply import Plain, Row, Table, Text, Words


def tables_of(case: Case, reader: Reader) -> tuple[Table, ...]:
    """One table of the fields, then one for each item of fields that hold several (invoices).

    What was skipped is left out; a field that no form knows is shown as it is stored.
    """
    form = FORMS.get(case.type)
    single = {name: value for name, value in case.fields.items() if not _is_several(value)}
    tables = [_table(single, form, reader)]
    for value in case.fields.values():
        if isinstance(value, list) and _is_several(value):
            tables += [_table(item, form, reader) for item in value if isinstance(item, dict)]
    return tuple(table for table in tables if table.rows)


def label_of(case: Case, name: str) -> Words:
    """What the field is called."""
    form = FORMS.get(case.type)
    return _label(form, name)


def _is_several(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _table(fields: JsonObject, form: Form | None, reader: Reader) -> Table:
    return Table(tuple(_row(name, value, form, reader) for name, value in fields.items() if value is not None))


def _row(name: str, value: JsonValue, form: Form | None, reader: Reader) -> Row:
    field = form.field(name) if form else None
    shown = field.type.show(value, reader) if field else Plain(str(value))
    return Row(_label(form, name), shown)


def _label(form: Form | None, name: str) -> Words:
    if form is None or form.field(name) is None:
        return Plain(name)
    return Text(sentence(form.name, name, "label"))
