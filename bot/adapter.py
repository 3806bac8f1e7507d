"""``POST /api/messages``: the Bot Framework's door to the turn engine.

The SDK's own request path answers bad tokens and bodies with 500, parses strangers' bodies, serializes answers twice
and builds two HTTP clients for each turn. This adapter uses its pipeline only: ``process_activity`` gets an activity
that is checked already, together with our connector.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import secrets
import traceback
from collections.abc import Coroutine, Mapping
from contextlib import nullcontext
from functools import lru_cache, partial
from pathlib import PurePath
from typing import Any, Final

from aiohttp import web
from botbuilder.core import Bot, CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount
from botframework.connector.auth import AuthenticateRequestResult, BotFrameworkAuthentication, ClaimsIdentity

from bot.connector import Connector
from bot.courier import addressed, replies_in_response
from bot.errors import BadActivity, BotError, UnsupportedBody
from bot.handler import Delivery
from bot.http import read_capped
from bot.incoming import expects_replies
from bot.intake import AccountDTO, ActivityDTO, parse_activity
from bot.sdk_seam import ConnectorFactory, to_json
from bot.service_urls import LOOPBACK_HOSTS
from bot.tokens import ISSUER, Claims, Gate
from turn.errors import ReusedActivityId, TooManyMessages, TurnError, TurnTooSlow

log = logging.getLogger(__name__)

LARGEST_BODY: Final = 64 * 1024
ANSWER_WITHIN: Final = 4.8
"""Seconds in which whatever was asked is answered; a turn's own answer comes a little before."""
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
_NO_SIGN_IN: Final = object()
"""Stands for the user-token client that the SDK wants for every turn; nobody signs in here."""


class LearningPartnerAdapter(CloudAdapterBase):  # type: ignore[misc] # the SDK has no types
    """Checks requests, runs the bot on them and answers."""

    def __init__(self, gate: Gate, connector: Connector, bot: Bot) -> None:
        self._factory = ConnectorFactory(connector)
        super().__init__(_Seam(self._factory))
        self._gate = gate
        self._bot = bot
        self._at_work: set[asyncio.Task[web.Response]] = set()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 200, an invoke's own answer, 4xx for what is not acceptable, 500 for our own faults."""
        try:
            return await self._answer(request)
        except BotError as refused:
            log.info("activity refused", extra={"error": type(refused).__name__, "reason": refused.reason})
            return _problem(refused.status, type(refused).__name__, refused.message())
        except ReusedActivityId as reused:
            return _problem(409, type(reused).__name__, str(reused))
        except TooManyMessages as refused:
            wait = {"Retry-After": str(math.ceil(refused.retry_after))}
            return _problem(429, type(refused).__name__, str(refused), wait)
        except TurnTooSlow as slow:
            log.warning("turn too slow", extra={"error": type(slow).__name__})
            return _problem(503, type(slow).__name__, str(slow), {"Retry-After": "1"})
        except Exception as error:  # noqa: BLE001 -- the edge: whatever it is, the caller gets an answer
            return _fault(error)

    async def _answer(self, request: web.Request) -> web.Response:
        authorization = ", ".join(request.headers.getall("Authorization", [])) or None
        claims = await self._gate.authenticate(authorization, local=partial(_is_local, request))
        encoding = request.headers.get("Content-Encoding", "identity")
        if request.content_type != "application/json" or encoding != "identity":
            raise UnsupportedBody
        activity = parse_activity(await _body(request))
        self._gate.bind(claims, activity)
        return await self._in_time(self._process(claims, activity))

    async def _in_time(self, processing: Coroutine[Any, Any, web.Response]) -> web.Response:
        """What is not done in time goes on by itself; sent again, it is found done."""
        work = asyncio.create_task(processing)
        self._at_work.add(work)
        work.add_done_callback(self._at_work.discard)
        work.add_done_callback(_looked_at)
        await asyncio.wait((work,), timeout=ANSWER_WITHIN)
        if not work.done():
            work.add_done_callback(_ended_late)
            raise TurnTooSlow
        return work.result()

    async def _process(self, claims: Claims, activity: ActivityDTO) -> web.Response:
        delivery = Delivery(activity)

        async def logic(context: TurnContext) -> None:
            context.turn_state[Delivery.KEY] = delivery
            delivery.buffered = context.buffered_reply_activities
            await self._bot.on_turn(context)

        in_response = expects_replies(activity)
        with replies_in_response() if in_response else nullcontext():
            invoked = await self.process_activity(self._authenticated(claims), _sdk_activity(activity), logic)
        if in_response:
            return web.json_response({"activities": _replies(delivery)})
        if invoked is not None:
            return web.json_response(to_json(invoked.body or {}), status=invoked.status)
        return web.Response(status=200)

    def _authenticated(self, claims: Claims) -> AuthenticateRequestResult:
        result = AuthenticateRequestResult()
        result.audience = ISSUER
        result.claims_identity = ClaimsIdentity(dict(claims.values), is_authenticated=bool(claims.values))
        result.connector_factory = self._factory
        return result

    def _process_turn_results(self, context: TurnContext) -> InvokeResponse | None:
        """The answer of an invoke as it is. The SDK's version makes JSON of a body that is made JSON again later."""
        sent = context.turn_state.get(self._INVOKE_RESPONSE_KEY)
        return sent.value if sent else None


class _Seam(BotFrameworkAuthentication):  # type: ignore[misc] # the SDK has no types
    """What `CloudAdapterBase` asks for besides an authenticated request."""

    def __init__(self, factory: ConnectorFactory) -> None:
        self._factory = factory

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        raise NotImplementedError("requests are authenticated before they reach the SDK")

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> AuthenticateRequestResult:
        raise NotImplementedError("streaming is not served")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:  # noqa: ARG002 -- one for all
        return self._factory

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> object:  # noqa: ARG002 -- one for all
        return _NO_SIGN_IN


def _is_local(request: web.Request) -> bool:
    """The request was made on this machine, for this machine.

    A loopback peer alone does not say so: a tunnel or reverse proxy is one as well (it forwards), and so is a browser
    that a foreign page led here by a name of its own.
    """
    host = request.host if request.host.endswith("]") else request.host.rpartition(":")[0] or request.host
    forwarded = any(name in request.headers for name in _FORWARDED)
    return _is_loopback(request.remote or "") and host.lower() in LOOPBACK_HOSTS and not forwarded


@lru_cache(256)
def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


async def _body(request: web.Request) -> bytes:
    try:
        return await read_capped(request.content, LARGEST_BODY)
    except (web.RequestPayloadError, ConnectionError) as error:
        raise BadActivity("body broke off") from error


def _replies(delivery: Delivery) -> list[object]:
    stored = [
        addressed(incoming.address, activity)
        for incoming, outcome in delivery.outcomes
        for activity in outcome.activities
    ]
    return [*stored, *(to_json(activity) for activity in delivery.buffered)]


def _sdk_activity(activity: ActivityDTO) -> Activity:
    """The SDK's form, with what its pipeline and `TurnContext` read."""
    place = activity.conversation
    return Activity(
        type=activity.type,
        id=activity.id,
        name=activity.name,
        text=activity.text,
        value=activity.value,
        locale=activity.locale,
        channel_id=activity.channel_id,
        service_url=activity.service_url,
        reply_to_id=activity.reply_to_id,
        delivery_mode=activity.delivery_mode if expects_replies(activity) else None,
        from_property=_account(activity.sender),
        recipient=_account(activity.recipient),
        conversation=ConversationAccount(
            id=place.id,
            name=place.name,
            is_group=place.is_group,
            conversation_type=place.conversation_type,
            tenant_id=place.tenant_id,
        ),
    )


def _account(account: AccountDTO | None) -> ChannelAccount | None:
    if account is None:
        return None
    return ChannelAccount(id=account.id, name=account.name, aad_object_id=account.aad_object_id)


def _problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    if status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return web.json_response({"error": {"code": code, "message": message}}, status=status, headers=headers)


def _looked_at(work: asyncio.Task[web.Response]) -> BaseException | None:
    """Its error, which asyncio complains about otherwise when nobody waits any more."""
    return None if work.cancelled() else work.exception()


def _ended_late(work: asyncio.Task[web.Response]) -> None:
    error = _looked_at(work)
    if error is not None and not isinstance(error, BotError | TurnError):
        log.error("turn failed", extra={"error": type(error).__name__, "where": "after its answer"})


def _fault(error: Exception) -> web.Response:
    """500 with an id to find it by. What was said and the error's own words stay out of log and answer."""
    error_id = secrets.token_hex(6)
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{PurePath(last.filename).name}:{last.lineno}"
    log.error("turn failed", extra={"error_id": error_id, "error": type(error).__name__, "where": where})
    body = {"error": {"code": "InternalError", "message": "The bot could not process this.", "id": error_id}}
    return web.json_response(body, status=500)
