"""What every route needs: who asks, for which conversation, and what they get for it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from channels.directline.errors import (
    BadArgument,
    Forbidden,
    OriginRefused,
    ReusedClientActivity,
    TooFast,
    TooManyRequests,
    TooSlow,
    Unauthorized,
)
from channels.directline.hub import StreamHub
from channels.directline.intake import Intake
from channels.directline.limits import Limits
from channels.directline.origins import Origins
from channels.directline.settings import PREFIX, DirectLineSettings
from channels.directline.tokens import Claims, Kind, Tokens
from dialogs.reply import JsonObject
from turn.errors import ReusedActivityId, TooManyMessages, TurnTooSlow, UnknownConversation
from turn.model import Incoming, Outcome
from turn.ports import Clock, Conversation, ConversationLog

Run = Callable[[Incoming], Awaitable[Outcome]]
"""The turn: commits the echo and the replies to the log before it returns."""


class Tickets(Protocol):
    """Remembers used tickets, for all processes that serve the same conversations."""

    async def spend(self, ticket_id: str, expires_at: datetime) -> bool:
        """Whether this is the ticket's first use."""
        ...


_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of Direct Line that its routes share."""

    run: Run
    log: ConversationLog
    hub: StreamHub
    clock: Clock
    settings: DirectLineSettings
    tokens: Tokens
    tickets: Tickets
    intake: Intake
    origins: Origins
    limits: Limits

    def visit(self, request: web.Request) -> None:
        """Count a request. Raises `TooManyRequests`."""
        if not self.has_secret(request):
            self._wait(self.limits.visits(request))

    def new_session(self, request: web.Request) -> None:
        """Count a session. Raises `TooManyRequests`."""
        self._wait(self.limits.sessions(request))

    @staticmethod
    def _wait(seconds: float) -> None:
        if seconds:
            raise TooManyRequests(seconds)

    def claims(self, request: web.Request) -> Claims:
        """Who asks. Raises `Unauthorized`, `TokenExpired`, or `Forbidden` for a conversation in the path that is not
        the token's."""
        claims = self.tokens.check(_bearer(request), Kind.CONVERSATION)
        self.check_page(claims, request)
        if request.match_info.get("conversation", claims.conversation) != claims.conversation:
            raise Forbidden
        return claims

    def check_page(self, claims: Claims, request: web.Request) -> None:
        """Raises `OriginRefused` when a page of another origin uses the token than the one that it was made for."""
        if claims.origin and self.origins.check(request) not in {"", claims.origin}:
            raise OriginRefused

    def has_secret(self, request: web.Request) -> bool:
        """Whether the site's own server asks. Without a configured secret nobody does."""
        given = _sent(request).encode("utf-8", "surrogateescape")
        return bool(self.settings.secret) and hmac.compare_digest(given, self.settings.secret.encode())

    async def spend(self, ticket: Claims) -> None:
        """Use a ticket up. Raises `Unauthorized` when it was used before, here or in another process."""
        if not await self.tickets.spend(ticket.id, datetime.fromtimestamp(ticket.expires_at, UTC)):
            raise Unauthorized

    async def conversation(self, claims: Claims) -> Conversation:
        """The token's conversation. Raises `Forbidden` alike when it is absent and when it is somebody else's."""
        found = await self.log.find(claims.conversation)
        if found is None or found.user != claims.user:
            raise Forbidden
        return found

    async def turn(self, incoming: Incoming) -> Outcome:
        """Run a turn.

        Raises `ReusedClientActivity`, `TooFast`, `TooSlow`, or `Forbidden` when the conversation was erased.
        """
        try:
            return await self.run(incoming)
        except ReusedActivityId:
            raise ReusedClientActivity from None
        except TooManyMessages as refused:
            raise TooFast(refused.retry_after) from None
        except TurnTooSlow:
            raise TooSlow from None
        except UnknownConversation:
            raise Forbidden from None

    async def welcome(self, conversation: Conversation, locale: str | None) -> None:
        """Tell the bot that the user is there, unless the conversation has begun."""
        begun = await self.log.since(conversation.id, 0, limit=1)
        if not begun.activities:
            await self.turn(self.intake.joined(conversation, self.clock.now(), locale))

    def token(self, conversation_id: str, user: str, origin: str) -> JsonObject:
        """A token for a conversation, as every route that gives one puts it."""
        return {
            "conversationId": conversation_id,
            "token": self.tokens.issue(Kind.CONVERSATION, conversation_id, user, origin),
            "expires_in": self.settings.token_life,
        }

    def connection(self, request: web.Request, claims: Claims, watermark: int) -> JsonObject:
        """A token and the address of the stream, good for one socket."""
        ticket = self.tokens.issue(Kind.STREAM, claims.conversation, claims.user, claims.origin)
        path = f"{PREFIX}/conversations/{claims.conversation}/stream?watermark={watermark}&t={ticket}"
        given = self.token(claims.conversation, claims.user, claims.origin)
        return {**given, "streamUrl": _socket_root(request, self.settings) + path}


SERVICE = web.AppKey("directline_service", Service)


def _sent(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _bearer(request: web.Request) -> str:
    token = _sent(request)
    if not token:
        raise Unauthorized
    return token


def _socket_root(request: web.Request, settings: DirectLineSettings) -> str:
    if settings.public_url:
        return "ws" + settings.public_url.rstrip("/").removeprefix("http")
    host = request.headers.get("Host", "")
    if not _HOST.fullmatch(host):
        raise BadArgument
    return f"{'wss' if request.secure else 'ws'}://{host}"
