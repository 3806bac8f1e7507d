"""Builds that lose or double something, to see that the campaign notices."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

import app
import storage.outbox
import storage.turns
import turn.engine
import turn.notices
from cases.model import CaseChange
from cases.reference import reference_for
from parts import Parts
from turn.model import Commit, Happening, Incoming, Opened, Outcome, Post


def inbox_is_not_asked() -> None:
    """A redelivery is a new turn."""
    plain_open, remember = storage.turns.SqlTurnStore.open, storage.turns._remember

    async def open_anew(self: storage.turns.SqlTurnStore, incoming: Incoming, *more: object) -> Opened:
        return replace(await plain_open(self, incoming, *more), outcome=None)

    def remember_or_not(connection: object, commits: Sequence[Commit]) -> None:
        try:
            remember(connection, commits)
        except storage.turns.DuplicateActivity:
            return

    storage.turns.SqlTurnStore.open = open_anew
    storage.turns._remember = remember_or_not
    storage.turns.insert_leased = lambda *_: frozenset()


def replies_are_not_in_the_outbox() -> None:
    """A reply that is not sent before the process dies is never sent."""
    storage.turns.insert_leased = lambda *_: frozenset()


def answers_before_the_commit() -> None:
    """The channel is told "taken" while the turn is still at work."""
    run = turn.engine.TurnEngine.run
    at_work: set[asyncio.Task[Outcome]] = set()

    async def run_later(self: turn.engine.TurnEngine, incoming: Incoming) -> Outcome:
        async def work() -> Outcome:
            await asyncio.sleep(0.02)
            return await run(self, incoming)

        task = asyncio.create_task(work())
        at_work.add(task)
        task.add_done_callback(at_work.discard)
        return Outcome(())

    turn.engine.TurnEngine.run = run_later


def replies_overtake() -> None:
    """A turn sends its reply at once, whatever a dead process left behind."""

    insert = storage.turns.insert_leased

    def insert_and_ignore(connection: object, callers: Sequence[storage.outbox.Leased]) -> frozenset[str]:
        insert(connection, callers)
        return frozenset()

    storage.turns.insert_leased = insert_and_ignore
    leases_outlive_their_process()


def notices_are_not_sent() -> None:
    """What an operator did is booked as told, and told to nobody."""

    async def book(self: turn.notices.NoticeHandler, post: Post) -> None:
        await self._delivery._outbox.done(post.id)

    turn.notices.NoticeHandler.__call__ = book


def requests_have_keys_of_their_own() -> None:
    """Not the dialog's: a confirmation that comes again is another request."""
    plain_open = storage.turns.SqlTurnStore.open
    plain_change = storage.turns.store_change

    async def open_as_before(self: storage.turns.SqlTurnStore, incoming: Incoming, *more: object) -> Opened:
        opened = await plain_open(self, incoming, *more)
        return replace(opened, cases=()) if incoming.happening is Happening.PRESS else opened

    def store_under_another_key(connection: object, change: CaseChange) -> None:
        key = secrets.token_hex(16)
        new = replace(change.case, instance=key, reference=reference_for(key, ()))
        plain_change(connection, replace(change, case=new, events=()))

    storage.turns.SqlTurnStore.open = open_as_before
    storage.turns.store_change = store_under_another_key


def leases_outlive_their_process() -> None:
    """A bot that was killed waits for itself."""

    async def never(self: storage.outbox.SqlOutbox) -> None:
        return

    storage.outbox.SqlOutbox.take_over = never


def falls_with_the_database() -> None:
    """What a bot does when it serves already fails while the database is away, and the bot with it."""

    async def settle_in(parts: Parts, _: object) -> None:
        await parts.database.listen("nothing", lambda _: None, lambda: None)

    app._settle_in = settle_in


FALLS = "falls with the database"
MISTAKES: dict[str, Callable[[], None]] = {
    "inbox is not asked": inbox_is_not_asked,
    "replies are not in the outbox": replies_are_not_in_the_outbox,
    "answers before the commit": answers_before_the_commit,
    "replies overtake": replies_overtake,
    "notices are not sent": notices_are_not_sent,
    "requests have keys of their own": requests_have_keys_of_their_own,
    "leases outlive their process": leases_outlive_their_process,
    FALLS: falls_with_the_database,
}
