"""How pytest's workers share the machine: a test marked ``alone`` runs while no other test does.

One process (plain ``pytest``) needs none of this. Workers (``pytest -n 2``) hold locks on two files in a folder that
the first process makes. A test is in the room with others or has it to itself; everybody waits at the door, one after
the other, so that a test that wants the room empty is not passed by for ever.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def place_for_a_test(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait for a place, and keep it while the block runs. ``folder`` is the same for all workers."""
    with _held(folder / "room") as room:
        with _held(folder / "door") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


@contextmanager
def _held(path: Path) -> Iterator[IO[str]]:
    """A file whose lock ends with the block, even where a forked child of the test lives on and has inherited it."""
    with path.open("a") as file:
        try:
            yield file
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
