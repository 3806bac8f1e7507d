"""Words for a person: kept as they are written."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.fields.base import Found, Reader, Reading, Refused, Understood
from dialogs.reply import JsonValue, Plain, Text, Words


@dataclass(frozen=True, slots=True)
class Prose:
    """Anything that is said, of ``least`` to ``most`` characters, lines and all."""

    least: int = 2
    most: int = 3000

    def read(self, text: str, reader: Reader) -> Reading:  # noqa: ARG002 - words for a person are read by a person
        """The words. What holds no letter or digit says nothing."""
        said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
        if not any(map(str.isalnum, said)):
            return Refused(Text("field.text.no-letters"))
        if len(said) < self.least:
            return Refused(Text("field.text.too-short", {"least": self.least}))
        if len(said) > self.most:
            return Refused(Text("field.text.too-long", {"most": self.most}))
        return Understood(said, whole=True)

    def find(self, text: str, reader: Reader) -> Found | None:  # noqa: ARG002 - any words may be meant
        """Never."""
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - in the language that it was written in
        """The words."""
        return Plain(str(value))


PROSE = Prose()
