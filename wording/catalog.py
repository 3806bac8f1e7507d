"""The sentences of one language, by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wording.errors import UnknownMessage
from wording.fill import fill


@dataclass(frozen=True, slots=True)
class Catalog:
    """The content of ``messages.yaml``: Markdown; facts and links are filled in, ``{name}`` waits for its value."""

    language: str
    messages: Mapping[str, str]

    def text(self, key: str, params: Mapping[str, str] | None = None) -> str:
        """The sentence with its values, which are inserted as they are: escape them first.

        Raises `UnknownMessage` or `MissingValue`. Values that the sentence does not name are ignored.
        """
        if key not in self.messages:
            raise UnknownMessage(f"{key}, {self.language}")
        return fill(self.messages[key], params or {})
