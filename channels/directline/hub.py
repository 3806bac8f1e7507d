"""Who listens to which conversation, and how each keeps up with its log."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

from channels.directline.errors import TooManySockets
from channels.directline.wire import activity_set
from dialogs.reply import JsonObject
from turn.ports import Clock, ConversationLog, LogSlice

Send = Callable[[str], Awaitable[None]]
"""Sends one text frame; returns when the reader's side has room again."""

PAGE = 100
"""Activities told at a time, so that a long history never sits in memory as a whole, or holds up others."""


class Ending(Enum):
    """Why a listener was left."""

    GONE = auto()
    TOO_SLOW = auto()
    SHUTDOWN = auto()


@dataclass(eq=False, slots=True)
class _Listener:
    news: asyncio.Event = field(default_factory=asyncio.Event)
    typing: bool = False


class StreamHub:
    """The `Waker` of local conversations.

    Every listener reads the log from its own watermark at its own speed, so that nobody waits for a slow one, nothing
    is queued in memory, and what was missed while a socket was down is read when it is back.
    """

    def __init__(
        self,
        log: ConversationLog,
        clock: Clock,
        *,
        sockets: int = 5,
        send_timeout: float = 5.0,
        reread_every: float = 30.0,
    ) -> None:
        """``sockets`` per conversation; a reader that takes longer than ``send_timeout`` seconds is left.

        Listeners look into the log every ``reread_every`` seconds even if nobody wakes them: a wake from another
        process may get lost.
        """
        self._log = log
        self._clock = clock
        self._sockets = sockets
        self._send_timeout = send_timeout
        self._reread_every = reread_every
        self._listeners: dict[str, set[_Listener]] = {}
        self._closed = False

    def wake(self, conversation_id: str) -> None:
        """There is something new in the log."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.news.set()

    def wake_all(self) -> None:
        """Something may be new in any log: wakes from other processes were missed."""
        for conversation_id in self._listeners:
            self.wake(conversation_id)

    def typing(self, conversation_id: str) -> None:
        """Show that an answer is being prepared."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.typing = True
            listener.news.set()

    def close(self) -> None:
        """End every `follow`, now and from now on: the process stops."""
        self._closed = True
        self.wake_all()

    @property
    def listening(self) -> int:
        """How many sockets are open."""
        return sum(map(len, self._listeners.values()))

    async def follow(self, conversation_id: str, watermark: int, send: Send) -> Ending:
        """Send everything after ``watermark``, in order, for as long as the reader keeps up.

        Raises `TooManySockets`.
        """
        with self._listen(conversation_id) as listener:
            while not self._closed:
                listener.news.clear()
                typing, listener.typing = listener.typing, False
                piece = await self._log.since(conversation_id, watermark, PAGE)
                if piece.activities:
                    watermark = piece.watermark
                elif typing:
                    piece = LogSlice((self._typing(),), watermark)
                else:
                    await self._news(listener)
                    continue
                frame = json.dumps(activity_set(conversation_id, piece), ensure_ascii=False, separators=(",", ":"))
                try:
                    async with asyncio.timeout(self._send_timeout):
                        await send(frame)
                except TimeoutError:
                    return Ending.TOO_SLOW
                except ConnectionError:
                    return Ending.GONE
        return Ending.SHUTDOWN

    async def _news(self, listener: _Listener) -> None:
        try:
            async with asyncio.timeout(self._reread_every):
                await listener.news.wait()
        except TimeoutError:
            return

    @contextmanager
    def _listen(self, conversation_id: str) -> Iterator[_Listener]:
        listeners = self._listeners.setdefault(conversation_id, set())
        if len(listeners) >= self._sockets:
            raise TooManySockets
        listener = _Listener()
        listeners.add(listener)
        try:
            yield listener
        finally:
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(conversation_id, None)

    def _typing(self) -> JsonObject:
        return {
            "type": "typing",
            "id": secrets.token_hex(8),
            "timestamp": self._clock.now().isoformat(timespec="milliseconds"),
        }
