"""How slow this machine is just now, so that a limit in seconds means the same work everywhere."""

from __future__ import annotations

import time

USUAL = 0.033
"""Seconds of the processor that `_work` takes on the machine for which the limits were written, when it is quiet."""
_TEXT = "二〇二六年 yes, 1.1 and no! " * 60


def pace() -> float:
    """How often longer than usual a fixed piece of work takes; 1 at least. Shared caches and cores count, sleep not."""
    took = []
    for _ in range(3):
        started = time.thread_time()
        _work()
        took.append(time.thread_time() - started)
    return max(1.0, sorted(took)[1] / USUAL)


def _work() -> int:
    """What reading a text is made of: characters, look-ups, small pieces."""
    known: dict[str, int] = {}
    for _ in range(120):
        for index in range(len(_TEXT)):
            piece = _TEXT[index : index + 2]
            if piece.isalpha():
                known[piece] = known.get(piece, 0) + 1
    return len(known)
