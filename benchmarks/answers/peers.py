"""Other bots' engines, to be run in their own environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


class PeerUnusable(Exception):
    """The package is installed and does not run here as its documentation says; the table says so."""


def chatterbot(texts: Sequence[str], owner: Sequence[int]) -> Callable[[str], tuple[int | None, float]]:
    """ChatterBot's ``BestMatch`` on the phrasings, each answered by the number of its entry. Raises `PeerUnusable`."""
    try:
        bot: Any = import_module("chatterbot").ChatBot(
            "peer",
            database_uri="sqlite://",
            logic_adapters=["chatterbot.logic.BestMatch"],
            tagger=import_module("chatterbot.tagging").LowercaseTagger,
            read_only=True,
        )
        statement: Any = import_module("chatterbot.conversation").Statement
        tag = bot.tagger.get_text_index_string
        pairs = [
            statement(text=str(entry), in_response_to=text, search_text=str(entry), search_in_response_to=tag(text))
            for text, entry in zip(texts, owner, strict=True)
        ]
        questions = [statement(text=text, search_text=tag(text)) for text in texts]
        bot.storage.create_many([*pairs, *questions])
    except (ImportError, OSError, AttributeError, TypeError) as error:
        raise PeerUnusable(f"ChatterBot: {type(error).__name__}: {str(error).splitlines()[0][:80]}") from error

    def nearest(question: str) -> tuple[int | None, float]:
        reply = bot.get_response(question)
        return (int(reply.text) if reply.text.isdecimal() else None), float(reply.confidence)

    return nearest
