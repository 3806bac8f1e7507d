"""Carries replies to other people's channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Final

from bot.connector import Connector, activities_path
from bot.intake import LONGEST_ID
from dialogs.reply import JsonObject
from turn.errors import DeliveryFailed
from turn.model import Address

TYPING_SECONDS: Final = 3.0

_in_response: ContextVar[bool] = ContextVar("replies_travel_in_the_response", default=False)


@contextmanager
def replies_in_response() -> Iterator[None]:
    """For a turn whose replies travel in the HTTP response (``expectReplies``): inside, nothing is posted.

    Holds for the turn's task and the tasks it starts, so that a later message to the same address is still posted.
    """
    mark = _in_response.set(True)
    try:
        yield
    finally:
        _in_response.reset(mark)


class ConnectorCourier:
    """`turn.ports.Courier` over the Bot Connector."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> str | None:
        """Post in order; the first refusal ends it. The caller sets the time limit. Raises `DeliveryFailed`."""
        sent_as = None
        if _in_response.get() and "personal" not in address.reference:  # the response goes to another conversation
            return sent_as
        for activity in activities:
            sent_as = await self._post(address, activity, None)  # a second timer would cost, and never ring
        return sent_as

    async def change(self, address: Address, sent_as: str, activity: JsonObject) -> None:
        """See `turn.ports.Changer`. Raises `DeliveryFailed`."""
        if "personal" in address.reference:
            address = await self._personal(address)
        body = {**addressed(address, activity), "id": sent_as}
        await self._connector.call("PUT", _service_url(address), activities_path(address.conversation, sent_as), body)

    async def typing(self, address: Address) -> None:
        """Post a typing activity. A channel that does not take it is left alone."""
        if _in_response.get():
            return
        try:
            await self._post(address, {"type": "typing"}, TYPING_SECONDS)
        except DeliveryFailed:
            return

    async def _post(self, address: Address, activity: JsonObject, within: float | None) -> str | None:
        """Returns the id that the channel gave to the activity, if it says one."""
        if "personal" in address.reference:
            address = await self._personal(address)
        body = addressed(address, activity)
        reply_to = address.reference.get("activityId")
        path = activities_path(address.conversation, reply_to if isinstance(reply_to, str) else None)
        return _id_in(await self._connector.call("POST", _service_url(address), path, body, within))

    async def _personal(self, address: Address) -> Address:
        """The user's own conversation with the bot. Channels give the one that exists, or make it."""
        reference = address.reference
        service_url, tenant = _service_url(address), reference.get("tenant")
        body: dict[str, object] = {"bot": reference.get("bot"), "members": [reference.get("user")], "isGroup": False}
        if tenant is not None:
            body |= {"tenantId": tenant, "channelData": {"tenant": {"id": tenant}}}
        made = _id_in(await self._connector.call("POST", service_url, "/v3/conversations", body))
        if made is None:
            raise DeliveryFailed(None)
        return replace(address, conversation=made, reference={k: v for k, v in reference.items() if k != "personal"})


def _service_url(address: Address) -> str:
    """Where the channel is. Raises `DeliveryFailed` for an address that says it nowhere."""
    service_url = address.reference.get("serviceUrl")
    if not isinstance(service_url, str):
        raise DeliveryFailed(None, final=True)
    return service_url


def _id_in(answer: object) -> str | None:
    made = answer.get("id") if isinstance(answer, dict) else None
    return made[:LONGEST_ID] if isinstance(made, str) and made else None


def addressed(address: Address, activity: JsonObject) -> dict[str, object]:
    """The activity as it goes to the channel: from the bot, to the user, without our id; the channel gives its own."""
    reference: Mapping[str, object] = address.reference
    envelope = {
        "type": activity.get("type", "message"),
        "channelId": address.channel,
        "serviceUrl": reference.get("serviceUrl"),
        "conversation": reference.get("conversation") or {"id": address.conversation},
        "from": reference.get("bot"),
        "recipient": reference.get("user"),
        "replyToId": reference.get("activityId"),
    }
    content = {key: value for key, value in activity.items() if key != "id"}
    return {**content, **{key: value for key, value in envelope.items() if value is not None}}
