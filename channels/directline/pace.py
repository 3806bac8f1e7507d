"""A token bucket."""

from __future__ import annotations


class Pace:
    """Allows ``per_second`` events on average and twice as many at once."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._left = self._most = 2 * per_second
        self._at = now

    def allows(self, now: float) -> bool:
        """Whether one more event at ``now`` (seconds of a monotonic clock) keeps the pace."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
