"""What a page may refuse with. Each is shown as a page in the operator's language that says what to do.

The keys ``error.<name>.title`` and ``error.<name>.text`` of ``console.yaml`` are the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus


class ConsoleError(Exception):
    """A page cannot do what was asked."""

    status = HTTPStatus.BAD_REQUEST
    name = "form"

    def __init__(self, name: str = "", *, back: str = "", facts: Sequence[tuple[str, str]] = ()) -> None:
        """``name`` of the words, if not the usual ones; ``back``: path in the console to go on from (``/requests``);
        ``facts``: label and value of what is so now.
        """
        super().__init__(name or self.name)
        self.name = name or self.name
        self.back, self.facts = back, tuple(facts)


class BadForm(ConsoleError):
    """The form cannot be read, or something is missing in it."""


class NotFound(ConsoleError):
    """There is no such page or thing."""

    status = HTTPStatus.NOT_FOUND
    name = "not-found"


class Forbidden(ConsoleError):
    """The account may not do this, or the form did not come from our page."""

    status = HTTPStatus.FORBIDDEN
    name = "forbidden"


class Conflict(ConsoleError):
    """The page was old: somebody changed the thing meanwhile. Give ``facts`` and ``back``."""

    status = HTTPStatus.CONFLICT
    name = "conflict"


class SignInAgain(ConsoleError):
    """The session ended while a form was filled in."""

    status = HTTPStatus.UNAUTHORIZED
    name = "session-over"


class TooMany(ConsoleError):
    """Too many tries; wait before the next."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    name = "wait"


class NoAction(Exception):
    """This handler does not say what it does; put ``@needs(Action.…)`` on it."""

    def __init__(self, handler: object) -> None:
        super().__init__(f"{(self.__doc__ or '').strip()} ({getattr(handler, '__qualname__', handler)})")
