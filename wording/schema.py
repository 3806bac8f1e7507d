"""The form of ``content/<language>/messages.yaml``."""

from __future__ import annotations

from pydantic import Field

from program.shape import MessageKey, Prose, Strict


class MessagesFile(Strict):
    """Every sentence that is not an answer, by key."""

    messages: dict[MessageKey, Prose] = Field(
        description="Sentences by key, in Markdown. {name} is a fact, or a value that the bot fills in."
    )
