"""Signed tokens: who may do what in which conversation. Nothing is stored for them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

import jwt

from channels.directline.errors import TokenExpired, Unauthorized
from channels.directline.settings import DirectLineSettings
from turn.ports import Clock

_LONGEST = 2_000  # ours have about 330 characters
_REQUIRED = ["conv", "user", "origin", "kind", "exp", "jti"]


class Kind(StrEnum):
    """What a token is good for; none is good for anything else."""

    CONVERSATION = "conversation"
    STREAM = "stream"
    """The ticket in a ``streamUrl``: opens one socket, once."""
    RESUME = "resume"
    """Brings a returning visitor back into the conversation, at the session endpoint."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The content of a token whose signature and expiry were checked."""

    conversation: str
    user: str
    origin: str
    """The page's origin; empty: any allowed one."""
    kind: Kind
    expires_at: int
    """Seconds since 1970."""
    id: str


class Tokens:
    """Issues and checks tokens; also derives the ids that must not be guessed or chosen by clients."""

    def __init__(self, secret: bytes, clock: Clock, settings: DirectLineSettings) -> None:
        """Raises ValueError when ``secret`` has less than 32 bytes."""
        if len(secret) < 32:
            raise ValueError("the signing secret needs 32 bytes or more")
        self._key = hmac.digest(secret, b"directline tokens", hashlib.sha256)
        self._id_key = hmac.digest(secret, b"directline ids", hashlib.sha256)
        self._clock = clock
        self._life = {
            Kind.CONVERSATION: settings.token_life,
            Kind.STREAM: settings.ticket_life,
            Kind.RESUME: settings.resume_life,
        }

    def issue(self, kind: Kind, conversation: str, user: str, origin: str) -> str:
        """A new token of ``kind``, living as long as its kind does."""
        claims = {
            "conv": conversation,
            "user": user,
            "origin": origin,
            "kind": kind.value,
            "exp": self._now() + self._life[kind],
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, self._key, algorithm="HS256")

    def check(self, token: str, kind: Kind) -> Claims:
        """The claims of ``token``. Raises `Unauthorized` or `TokenExpired`."""
        if len(token) > _LONGEST or not token.isascii():
            raise Unauthorized
        options: jwt.types.Options = {"require": _REQUIRED, "verify_exp": False}  # exp by our own clock, below
        try:
            payload = jwt.decode(token, self._key, algorithms=["HS256"], options=options)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unauthorized from None
        if payload["kind"] != kind:
            raise Unauthorized
        if self._now() >= payload["exp"]:
            raise TokenExpired
        return Claims(payload["conv"], payload["user"], payload["origin"], kind, payload["exp"], payload["jti"])

    def derived_id(self, purpose: str, conversation: str, name: str = "") -> str:
        """The same 128-bit id, in hexadecimal, for the same arguments; not to be foreseen without the secret."""
        message = "\0".join((purpose, conversation, name)).encode()
        return hmac.digest(self._id_key, message, hashlib.sha256)[:16].hex()

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def new_conversation_id() -> str:
    """128 random bits."""
    return secrets.token_hex(16)


def new_user_id() -> str:
    """128 random bits behind ``dl_``, the prefix of user ids that only servers make."""
    return f"dl_{secrets.token_hex(16)}"
