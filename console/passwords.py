"""Passwords: argon2id, in threads, a few at a time."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""Each takes 64 MB and a processor for some 50 ms."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters that nobody mistakes for others."""
ONE_TIME_GROUPS = (5, 5, 5, 5)
"""20 of 31 characters: 99 bits."""


class Passwords:
    """Makes and checks hashes without blocking the loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """``hasher``: argon2id with its library's costs, if not given (RFC 9106, low memory)."""
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """To be stored."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. Takes as long when there is none to compare with."""
        if not self._nobody:
            self._nobody = await self.hash(secrets.token_hex(16))
        async with self._turns:
            right = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def one_time_password() -> str:
    """Random, easy to type."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(length)) for length in ONE_TIME_GROUPS)
