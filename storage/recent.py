"""What turns have just written, kept in memory: whoever goes on talking is not looked up again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.codec import from_json, to_json
from turn.errors import DuplicateActivity, StateConflict
from turn.model import Commit, Incoming, Opened
from turn.ports import TurnStore

MOST: Final = 4096
"""States that are kept: of those who spoke last. One takes about 1 kB."""
LONGEST: Final = 8192
"""Characters of a state that is kept."""
_HANDLED: Final = 8
"""Activities that are known to be handled, of each user in a conversation."""

_Key = tuple[str, str, str]
"""Channel, conversation, user."""


@dataclass(frozen=True, slots=True)
class _State:
    version: int
    text: str
    """As JSON; empty when there is none yet."""
    handled: tuple[str, ...] = ()


class RecentStates:
    """A `turn.ports.TurnStore` over one that serves this process alone.

    A turn of a user who has no requests opens with the state that the turn before has left. Whether that is still true
    is found out by the commit, which compares versions and refuses an activity that was handled before: then the turn
    is opened anew, from the database. Users with requests are always looked up, because operators change these.
    """

    def __init__(self, store: TurnStore, most: int = MOST) -> None:
        """Nobody but turns through this object may make requests in ``store``."""
        self._store, self._most = store, most
        self._states: OrderedDict[_Key, _State] = OrderedDict()
        self._keys: dict[tuple[str, str], set[_Key]] = {}
        """By channel and user."""
        self._forgotten = 0
        """How often something was."""

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        """See the port. An activity that was handled long ago may look new: `commit` knows better."""
        key = _key(incoming)
        kept = self._states.get(key)
        if kept is not None and not references and incoming.activity_id not in kept.handled:
            self._states.move_to_end(key)
            return Opened(None, from_json(kept.text) if kept.text else None, kept.version)
        before = self._forgotten
        opened = await self._store.open(incoming, references)
        if before != self._forgotten:  # perhaps this user, for a request that was made while this was read
            return opened
        if opened.outcome is None and not opened.cases and key not in self._states:
            text = to_json(opened.state) if opened.state is not None else ""
            self._keep(key, _State(opened.state_version, text))
        return opened

    async def commit(self, commit: Commit) -> frozenset[str]:
        """See the port."""
        if commit.cases:  # to give up waiting does not stop it, and when it is done the user's other states must go
            return await asyncio.shield(self._commit(commit))
        return await self._commit(commit)

    async def _commit(self, commit: Commit) -> frozenset[str]:
        incoming, key = commit.incoming, _key(commit.incoming)
        try:
            held = await self._store.commit(commit)
        except (StateConflict, DuplicateActivity):
            self._drop(key)
            raise
        kept = self._states.get(key)
        if commit.cases:
            self.forget(incoming.address.channel, incoming.user)
        elif kept is not None:
            handled = (*kept.handled, incoming.activity_id)[-_HANDLED:]
            self._keep(key, _State(commit.expected_version + 1, to_json(commit.state), handled))
        return held

    def forget(self, channel: str, user: str) -> None:
        """Keep nothing of this user."""
        self._forgotten += 1
        for key in tuple(self._keys.get((channel, user), ())):
            self._drop(key)

    def _keep(self, key: _Key, state: _State) -> None:
        self._drop(key)
        if len(state.text) > LONGEST:
            return
        self._states[key] = state
        self._keys.setdefault((key[0], key[2]), set()).add(key)
        if len(self._states) > self._most:
            self._drop(next(iter(self._states)))

    def _drop(self, key: _Key) -> None:
        if self._states.pop(key, None) is None:
            return
        keys = self._keys[key[0], key[2]]
        keys.discard(key)
        if not keys:
            del self._keys[key[0], key[2]]


def _key(incoming: Incoming) -> _Key:
    return incoming.address.channel, incoming.address.conversation, incoming.user
