"""The turn: one message from *open* to *reply*, exactly once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import replace

from cases.model import Contact, Owner
from cases.reference import references_in
from dialogs.decision import Decision, Knowledge, Said
from dialogs.form import Cells
from dialogs.mending import standing, start_over
from dialogs.router import decide
from dialogs.state import ConversationState
from turn.answer import ANSWER_WITHIN, Answer
from turn.commit import to_commit
from turn.delivery import Delivered, Delivery
from turn.editing import NOTHING, Before, answered_before
from turn.errors import DuplicateActivity, ReferenceTaken, StateConflict, TurnTooSlow
from turn.fresh import FreshNames
from turn.locks import ConversationLocks, Hold
from turn.model import Commit, Deleted, Incoming, Opened, Outcome, Scope
from turn.ports import Deletions, Observer, Renderer, SentPosts, TurnStore
from turn.probe import Probe, unobserved
from turn.sheets import read_files

Files = tuple[tuple[Cells, ...], tuple[str, ...]]
"""The tables among the files of a message, and the names of the others."""
NO_FILES: Files = ((), ())
Committed = tuple[Outcome, Commit | None, frozenset[str], Decision | None]
"""The outcome; and, unless it is an earlier delivery's, what was stored, which replies wait, and why."""
ATTEMPTS = 8
"""How often a turn is decided anew when another process was faster."""
LETS_GO_AFTER = 1.0
"""Seconds of delivering after which the conversation's next turn is let in; its replies wait in the outbox."""
SETTLED_WITHIN = 10.0
"""Seconds that an ending process waits for its turns. What they leave is taken up by whoever comes next."""


class TurnEngine:
    """Runs turns. The same for every channel."""

    def __init__(
        self,
        *,
        store: TurnStore,
        delivery: Delivery,
        renderer: Renderer,
        knowledge: Callable[[], Knowledge],
        observer: Observer,
        probe: Probe = unobserved,
        sent: SentPosts | None = None,
    ) -> None:
        """``knowledge`` gives what the bot knows right now; ``probe`` sees its points.

        ``sent`` finds the answers to messages that are edited; without it they are answered once more.
        """
        self._store = store
        self._sent = sent
        self._delivery = delivery
        self._renderer = renderer
        self._knowledge = knowledge
        self._observer = observer
        self._probe = probe
        self._locks = ConversationLocks()
        self._at_work: set[asyncio.Task[None]] = set()
        self._fresh = FreshNames()

    async def run(self, incoming: Incoming) -> Outcome:
        """Handle one activity to the end: decided, committed, delivered or in the outbox.

        That the reply is delivered is written down afterwards: neither the channel nor the user waits for that, only
        the next turn of the conversation does.

        Raises `turn.errors.ReusedActivityId`, `turn.errors.StateConflict` when other processes won every time, or
        `turn.errors.TurnTooSlow` when it is not stored in time. It goes on then, as it does when the caller leaves:
        sent again, it is found done.
        """
        answer = Answer()
        task = asyncio.create_task(self._turn(incoming, answer))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        answer.come_from(task)
        return await answer.told()

    async def settled(self, within: float = SETTLED_WITHIN) -> None:
        """Return when no turn is at work; after so many seconds in any case, for a database may be at a standstill."""
        end = time.monotonic() + within
        while self._at_work and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._at_work, timeout=left)

    async def _turn(self, incoming: Incoming, answer: Answer) -> None:
        hold, started = None, time.perf_counter()
        try:
            hold = await self._begun(incoming)
            answer.begin()
            await self._held(incoming, answer, hold, started)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            if not answer.fail(error):
                self._observer.failure("turn", error)
        finally:
            if hold is not None:
                hold.end()

    async def _begun(self, incoming: Incoming) -> Hold:
        """Wait for the turns of the conversation that came before."""
        self._probe("received")
        lock = self._locks.of(f"{incoming.address.channel}|{incoming.address.conversation}")
        if lock.locked():
            self._delivery.hurry()
        await lock.acquire()
        return Hold(lock)

    async def _held(self, incoming: Incoming, answer: Answer, hold: Hold, started: float) -> None:
        with self._delivery.typing_while_slow(incoming.address):
            outcome, commit, held, decision = await self._committed(incoming)
        self._probe("committed")
        answer.stored(outcome)
        delivered = None if commit is None else await self._delivered(commit, held, hold)
        answer.tell(outcome)
        try:
            self._observer.turn(incoming, outcome, decision, time.perf_counter() - started)
        finally:
            if delivered is not None:
                await self._book(delivered, hold)

    async def _delivered(self, commit: Commit, held: frozenset[str], hold: Hold) -> Delivered | None:
        """A channel may take seconds for a message: the next turn is let in, and its replies wait in the outbox."""
        letting_go = asyncio.get_running_loop().call_later(LETS_GO_AFTER, hold.end)
        try:
            delivered = await self._delivery.deliver(commit, held)
        finally:
            letting_go.cancel()
        self._probe("delivered")
        return delivered

    async def _book(self, delivered: Delivered, hold: Hold) -> None:
        """Write down what was delivered; then the next turn of the conversation may begin."""
        if hold.awaited:  # who came before this is handed in could not hurry it
            asyncio.get_running_loop().call_soon(self._delivery.hurry)
        try:
            await self._delivery.book(delivered)
        except Exception as error:  # noqa: BLE001 - the turn is over; the dispatcher sends the reply once more
            self._observer.failure("books", error)

    async def forget(self, deletions: Deletions, deleted: Deleted) -> None:
        """Forget a message that its sender deleted: after the turns of its conversation that are decided here.

        Raises `turn.errors.TurnTooSlow` when these take too long; nothing was begun then.
        """
        lock = self._locks.of(f"{deleted.channel}|{deleted.conversation}")
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await lock.acquire()
        except TimeoutError:
            raise TurnTooSlow from None
        try:
            await deletions.forget(deleted)
        finally:
            lock.release()

    async def _committed(self, incoming: Incoming) -> Committed:
        """Opened, decided and stored, by whichever attempt succeeds."""
        references = references_in(f"{incoming.text} {(incoming.value or {}).get('reference', '')}")
        files = await asyncio.to_thread(read_files, incoming.attachments) if incoming.attachments else NO_FILES
        before = await answered_before(self._sent, incoming) if incoming.edits else NOTHING
        for attempt in range(ATTEMPTS):
            opened = await self._store.open(incoming, references)
            self._probe("opened")
            if opened.outcome is not None:
                return opened.outcome, None, frozenset(), None
            decision, commit = self._decide(incoming, opened, files, before)
            self._probe("decided")
            try:
                held = await self._store.commit(commit)
            except (StateConflict, DuplicateActivity) as conflict:
                if isinstance(conflict, ReferenceTaken):  # the next decision sees whose it is, and chooses another
                    references = (*references, conflict.reference)
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - jitter, not a secret
                continue
            return commit.outcome, commit, held, decision
        raise StateConflict

    def _decide(self, incoming: Incoming, opened: Opened, files: Files, before: Before) -> tuple[Decision, Commit]:
        """What to say and to store. A stored form that nothing can be made of is put aside; the message is answered."""
        said, knowledge = _said(incoming, opened, files, self._fresh()), self._knowledge()
        if incoming.edits:
            said = replace(said, edited=before.kind)
        state = ConversationState.from_json(opened.state)
        version = knowledge.library.version
        try:
            decision = decide(said, state, knowledge)
            return decision, to_commit(incoming, opened, decision, self._renderer, version, earlier=before.posts)
        except Exception as error:
            if self._stands(said, state, knowledge, incoming):
                raise  # the message is at fault, or we are: the form must not be lost for that
            self._observer.failure("stored form", error)
        decision = start_over(said, state, knowledge)
        return decision, to_commit(incoming, opened, decision, self._renderer, version)

    def _stands(self, said: Said, state: ConversationState, knowledge: Knowledge, incoming: Incoming) -> bool:
        """Whether what is stored can be gone on with: the open form can at least say where it is."""
        try:
            for reply in standing(said, state, knowledge):
                self._renderer.render(reply, state.language or knowledge.library.default_language, incoming)
        except Exception:  # noqa: BLE001 - whatever comes of data that no rule foresees
            return False
        return True


def _said(incoming: Incoming, opened: Opened, files: Files, fresh: str) -> Said:
    sheets, unread = files
    owner, address = Owner(incoming.address.channel, incoming.user), incoming.own_address
    return Said(
        happening=incoming.happening,
        at=incoming.received_at,
        text=incoming.text,
        value=incoming.value or {},
        locale=incoming.locale,
        files=unread,
        sheets=sheets,
        fresh=fresh,
        owner=owner,
        contact=Contact(address.channel, address.conversation, address.local, address.reference),
        own=tuple([case for case in opened.cases if case.owner == owner]),
        named=tuple([case for case in opened.cases if case.owner != owner]),
        shared=incoming.scope is not Scope.PERSONAL,
    )
