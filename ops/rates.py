"""How often users and network addresses may come, and what who comes more often is told: 429 and ``Retry-After``.

Token buckets in memory. A process counts by itself: behind a balancer, several processes let that many times as much
through.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from ops.guard import problem
from ops.visitors import read_address, site_of
from turn.errors import TooManyMessages
from turn.model import Happening, Incoming, Outcome

MOST_KEYS = 50_000
"""Keys that are remembered, in about 10 MB; the one that was quiet for longest is forgotten first."""

Run = Callable[[Incoming], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_minute`` on average, ``burst`` at once. 0 per minute is no limit."""

    per_minute: float
    burst: int


class Buckets:
    """A token bucket for each key.

    Kept is the moment at which a key's bucket is full again; a full one need not be kept.
    """

    def __init__(self, rate: Rate, now: Callable[[], float] = time.monotonic, most: int = MOST_KEYS) -> None:
        """``now`` gives seconds that never run backwards."""
        self._interval = 60 / rate.per_minute if rate.per_minute else 0.0
        self._reserve = (rate.burst - 1) * self._interval
        self._now, self._most = now, most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str) -> float:
        """Take a token of ``key``: 0 when there was one, else the seconds until there is one."""
        now = self._now()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at - now - self._reserve
        if wait > 0:
            return wait
        if self._interval:
            self._full_at[key] = full_at + self._interval
            self._full_at.move_to_end(key)
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        oldest = next(iter(self._full_at))
        if len(self._full_at) > self._most or self._full_at[oldest] <= now:
            del self._full_at[oldest]


def limited_turns(run: Run, users: Buckets) -> Run:
    """``run`` for users who keep their pace; raises `TooManyMessages` for the others. Arrivals are not counted."""

    async def limited(incoming: Incoming) -> Outcome:
        if incoming.happening is not Happening.JOINED:
            wait = users.take(f"{incoming.address.channel}|{incoming.user}")
            if wait:
                raise TooManyMessages(wait)
        return await run(incoming)

    return limited


class AddressLimit:
    """Seconds that the address a request comes from has to wait, 0 when it may go on.

    This machine is not limited: it is you, or a proxy through which everybody comes.
    """

    def __init__(self, buckets: Buckets, proxies: int = 0) -> None:
        """``proxies`` of ours stand in front, each of which appends to ``X-Forwarded-For`` whom it heard."""
        self._buckets = buckets
        self._proxies = proxies

    def __call__(self, request: web.Request) -> float:
        """Count a request."""
        visitor = visitor_of(request, self._proxies)
        return self._buckets.take(visitor) if visitor else 0.0


def visitor_of(request: web.Request, proxies: int) -> str:
    """The address that a request comes from, of IPv6 the site; empty for this machine."""
    heard = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, [])).split(",") if proxies else []
    # Our own proxies' entries are the last ones; whatever stands before them is the client's word.
    text = heard[-proxies].strip() if len(heard) >= proxies > 0 else request.remote or ""
    address = read_address(text)
    return "" if address is None or address.is_loopback else site_of(text)


def limited_strangers(path: str, limit: AddressLimit) -> Middleware:
    """Who is refused at ``path`` again and again for lack of a good token is told to wait instead.

    Others are never limited there: the channels' traffic comes from few addresses.
    """

    @web.middleware
    async def limited(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == path and response.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            wait = limit(request)
            if wait:
                return too_many(wait)
        return response

    return limited


def too_many(wait: float) -> web.Response:
    """429, with ``Retry-After`` in whole seconds."""
    response = problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests; wait, then go on more slowly.")
    response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
    return response
