"""From values and the words around them to a reading: an answer, a doubt, or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.fields.around import Rest
from dialogs.fields.base import Doubtful, FieldType, Reader, Reading, Understood
from dialogs.reply import JsonValue, Text


def settle(values: Sequence[JsonValue], rest: Rest, field_type: FieldType, reader: Reader) -> Reading:
    """The reading of a text that names ``values`` among other words."""
    distinct = [value for index, value in enumerate(values) if value not in values[:index]]
    if not distinct or rest.question or (rest.asked and rest.unknown):
        return None
    if len(distinct) > 1 or rest.hedged or rest.asked or rest.unknown:
        return ask_back(distinct, field_type, reader)  # "Republic of China" is not China, nor 白金 金
    return Understood(distinct[0])


def ask_back(values: Sequence[JsonValue], field_type: FieldType, reader: Reader) -> Doubtful:
    """Ask which of ``values`` is meant; with one, whether it is."""
    options = tuple((field_type.show(value, reader), value) for value in values)
    if len(options) == 1:
        return Doubtful(Text("field.confirm", {"value": options[0][0]}), options)
    return Doubtful(Text("field.which"), options)
