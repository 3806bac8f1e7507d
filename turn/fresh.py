"""Random names for what a turn may begin."""

from __future__ import annotations

import secrets

LENGTH = 32
"""Characters of a name: 128 bits as hexadecimal digits."""
_AT_ONCE = 64
"""Names that are asked of the system together: each time costs it as much as a thirtieth of a turn."""


class FreshNames:
    """Names that nobody can guess, each given once."""

    def __init__(self) -> None:
        self._store = ""

    def __call__(self) -> str:
        """The next one."""
        if not self._store:
            self._store = secrets.token_hex(LENGTH // 2 * _AT_ONCE)
        name, self._store = self._store[:LENGTH], self._store[LENGTH:]
        return name
