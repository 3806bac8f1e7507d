"""Pages and the actions that they need. A handler without an action is not registered: it is an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from aiohttp import hdrs, web

from console.errors import NoAction
from desk.access import Action

if TYPE_CHECKING:
    from console.visit import Visit

Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]
_H = TypeVar("_H", bound=Callable[..., Awaitable[web.StreamResponse]])
_MARK = "needed_action"


def needs(action: Action) -> Callable[[_H], _H]:
    """Declares what a handler does; only accounts that may do it get in."""

    def mark(handler: _H) -> _H:
        setattr(handler, _MARK, action)
        return handler

    return mark


def action_of(handler: Handler) -> Action:
    """What the handler does. Raises `NoAction`."""
    action = getattr(handler, _MARK, None)
    if not isinstance(action, Action):
        raise NoAction(handler)
    return action


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and where it is."""

    method: str
    path: str
    """Below ``/console``, as in ``/requests/{reference}``."""
    handler: Handler


def get(path: str, handler: Handler) -> Route:
    """A page that is looked at."""
    return Route(hdrs.METH_GET, path, handler)


def post(path: str, handler: Handler) -> Route:
    """What a form's button does."""
    return Route(hdrs.METH_POST, path, handler)


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A line of the navigation, shown to those who may do ``action``. Its words are ``nav.<name>``."""

    name: str
    path: str
    action: Action


class Section(Protocol):
    """Pages that belong together."""

    def routes(self) -> Sequence[Route]:
        """Its handlers, each with `needs`."""
        ...

    def navigation(self) -> Sequence[NavEntry]:
        """Its lines of the navigation, in order."""
        ...
