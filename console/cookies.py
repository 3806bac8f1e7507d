"""The console's cookies, and what is derived from a session's id.

By TLS their names begin with ``__Host-``: no other host and no other path can set them. Over plain HTTP, which is for
this machine only, browsers would refuse that prefix, so the names have none.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from aiohttp import web

SESSION, LANGUAGE, SIGNING_IN = "console", "console-language", "console-signing-in"
YEAR = 365 * 24 * 3600
_ID_BYTES = 32


def new_session_id() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_ID_BYTES)


def hash_of(session_id: str) -> str:
    """What is stored of an id: who reads the database cannot use it."""
    return hashlib.sha256(b"session|" + session_id.encode()).hexdigest()


def csrf_token(session_id: str) -> str:
    """The token of a session's forms: whoever does not have the cookie cannot know it."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"form|" + session_id.encode()).digest()).decode().rstrip("=")


class Cookies:
    """Reads, sets and deletes them."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._prefix = "__Host-" if secure else ""

    def read(self, request: web.Request, name: str) -> str:
        """The value, or nothing."""
        return request.cookies.get(self._prefix + name, "")[:4000]

    def set(self, response: web.StreamResponse, name: str, value: str, max_age: int | None = None) -> None:
        """``max_age`` in seconds; without one the cookie goes when the browser is closed."""
        response.set_cookie(
            self._prefix + name,
            value,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def delete(self, response: web.StreamResponse, name: str) -> None:
        """Forget it."""
        response.del_cookie(self._prefix + name, path="/", secure=self._secure, httponly=True, samesite="Lax")
