"""Shows users what is kept about them: as a message, and as a file where the channel is our own."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from cases.model import Owner
from dialogs.disclosure import disclosed
from dialogs.reply import JsonObject, JsonValue
from turn.delivery import Delivery
from turn.messenger import Messenger
from turn.model import Post
from turn.ports import Archive

FILE = "my-data.json"
LARGEST = 120_000
"""Bytes of the file: in base64, with the message, it has to fit into what is stored of an activity."""
CLIPPED = ("messages", "answers", "unanswered", "feedback", "waiting", "conversations", "requests")
"""What is left out of a file that would be larger, the oldest first; ``left out`` tells how many."""


class DiscloseHandler:
    """The dispatcher's handler of wishes to see everything. Payload: ``channel``, ``user`` and ``language``."""

    def __init__(self, *, archive: Archive, delivery: Delivery, messenger: Messenger) -> None:
        self._archive = archive
        self._delivery = delivery
        self._messenger = messenger

    async def __call__(self, post: Post) -> None:
        """Read, write it down, deliver, and book what became of it. The post's address is never a group's."""
        owner = Owner(str(post.payload["channel"]), str(post.payload["user"]))
        kept = await self._archive.read(owner)
        library, as_file = self._messenger.library(), post.address.local and post.address.channel != "terminal"
        entries = library.languages[library.default_language].knowledge.entries
        written = self._messenger.written(post, disclosed(kept, entries.keys(), as_file=as_file))
        activity = written.payload.get("activity")
        if as_file and isinstance(activity, dict):
            written = replace(written, payload={"activity": _with_file(activity, kept)})
        await self._delivery.attempt(written)


def file_of(kept: JsonObject) -> bytes:
    """The file: JSON in UTF-8, at most `LARGEST` bytes."""
    left_out = 0
    while len(text := _text(kept if not left_out else {**kept, "left out": left_out})) > LARGEST:
        name = next(name for name in CLIPPED if kept.get(name))
        items = kept[name]
        if not isinstance(items, list):
            break
        most = max(len(items) // 4, 1)
        kept, left_out = {**kept, name: items[most:]}, left_out + most
    return text


def _text(kept: JsonObject) -> bytes:
    return json.dumps(kept, ensure_ascii=False, indent=2).encode(errors="replace")


def _with_file(activity: JsonObject, kept: JsonObject) -> JsonObject:
    url = "data:application/json;base64," + base64.b64encode(file_of(kept)).decode()
    file: JsonObject = {"contentType": "application/json", "name": FILE, "contentUrl": url}
    there = activity.get("attachments")
    attachments: list[JsonValue] = [*there, file] if isinstance(there, list) else [file]
    return {**activity, "attachments": attachments}
