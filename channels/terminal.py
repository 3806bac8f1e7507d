"""The bot in a terminal: what is typed is a message, what is answered is printed."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.markdown import Markdown

from dialogs.happening import Happening
from dialogs.reply import JsonObject
from turn.errors import TurnTooSlow
from turn.model import Address, Incoming, Outcome
from turn.ports import Clock, Conversation, ConversationLog

USER = "you"
LEAVING = frozenset({"exit", "quit", "bye", "/q", "再见", "退出"})


class TerminalChat:
    """One conversation, from the welcome to the last word."""

    def __init__(
        self,
        run: Callable[[Incoming], Awaitable[Outcome]],
        log: ConversationLog,
        clock: Clock,
        console: Console | None = None,
    ) -> None:
        """``run`` is the turn engine's."""
        self._run = run
        self._log = log
        self._clock = clock
        self._console = console or Console()
        self._conversation = f"terminal-{secrets.token_hex(16)}"

    async def talk(self, read: Callable[[], str] | None = None) -> None:
        """Talk until the input ends or the user leaves; ``read`` gives one line and raises `EOFError` at the end."""
        read = read or self._read
        await self._log.create(Conversation(self._conversation, USER, "terminal", self._clock.now()))
        await self._turn(Happening.JOINED, "")
        while True:
            try:
                text = (await asyncio.to_thread(read)).strip()
            except EOFError:
                return
            if text.lower() in LEAVING:
                return
            if text:
                await self._turn(Happening.MESSAGE, text)

    def _read(self) -> str:
        return self._console.input("[bold cyan]>[/] " if sys.stdin.isatty() else "")

    async def _turn(self, happening: Happening, text: str) -> None:
        try:
            outcome = await self._run(self._incoming(happening, text))
        except TurnTooSlow as slow:
            self._console.print(str(slow))
            return
        for activity in outcome.activities:
            self._console.print(Markdown(str(activity.get("text", ""))))
            self._console.print()

    def _incoming(self, happening: Happening, text: str) -> Incoming:
        activity_id, now = secrets.token_hex(16), self._clock.now()
        echo: JsonObject = {
            "type": "message",
            "id": activity_id,
            "timestamp": now.isoformat(),
            "from": {"id": USER, "role": "user"},
            "text": text,
        }
        return Incoming(
            address=Address("terminal", self._conversation, local=True),
            activity_id=activity_id,
            user=USER,
            happening=happening,
            received_at=now,
            text=text[:4000],
            locale=_locale(),
            echo=echo if text else None,
        )


def _locale() -> str | None:
    """The terminal's language, as in ``zh-CN``."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((name for name in names if name), "").partition(".")[0]
    return name.replace("_", "-") if name not in ("", "C", "POSIX") else None
