"""What the SDK expects of a connector client, over our own `Connector`.

`TurnContext.send_activity` and its siblings end in ``connector_factory.create(...)`` and ``client.conversations.…``.
Nothing here imports the SDK: its models are turned to JSON by the attribute map that each of them carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from bot.connector import Connector, activities_path, conversation_path


@dataclass(frozen=True, slots=True)
class Resource:
    """The id that a channel gave to an activity; stands for the SDK's ``ResourceResponse``."""

    id: str | None


class Conversations:
    """The ``conversations`` operations of a connector client. Each raises `DeliveryFailed`."""

    def __init__(self, connector: Connector, service_url: str) -> None:
        self._connector = connector
        self._service_url = service_url

    async def send_to_conversation(self, conversation_id: str, activity: object) -> Resource:
        """Post to the end of the conversation."""
        return await self._write("POST", activities_path(conversation_id), activity)

    async def reply_to_activity(self, conversation_id: str, activity_id: str, activity: object) -> Resource:
        """Post as a reply."""
        return await self._write("POST", activities_path(conversation_id, activity_id), activity)

    async def update_activity(self, conversation_id: str, activity_id: str, activity: object) -> Resource:
        """Replace an activity that was sent before."""
        return await self._write("PUT", activities_path(conversation_id, activity_id), activity)

    async def delete_activity(self, conversation_id: str, activity_id: str) -> None:
        """Take an activity back."""
        await self._connector.call("DELETE", self._service_url, activities_path(conversation_id, activity_id))

    async def get_conversation_members(self, conversation_id: str) -> list[object]:
        """The members as plain JSON objects."""
        members = await self._connector.call("GET", self._service_url, conversation_path(conversation_id, "members"))
        return members if isinstance(members, list) else []

    async def _write(self, method: str, path: str, activity: object) -> Resource:
        body = to_json(activity)
        answer = await self._connector.call(method, self._service_url, path, body if isinstance(body, dict) else {})
        given = answer.get("id") if isinstance(answer, dict) else None
        return Resource(given if isinstance(given, str) else None)


@dataclass(frozen=True, slots=True)
class ConnectorClient:
    """A connector client bound to one service URL."""

    conversations: Conversations


class ConnectorFactory:
    """Makes connector clients; all of them share one pool of connections and one token."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def create(self, service_url: str, audience: str) -> ConnectorClient:  # noqa: ARG002 -- one audience: the Connector
        """A client for the channel at ``service_url``."""
        return ConnectorClient(Conversations(self._connector, service_url))


def to_json(value: object) -> object:
    """An SDK model, or a structure with models in it, as plain JSON without its empty fields."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    fields = getattr(value, "_attribute_map", None)
    if not isinstance(fields, Mapping):
        return value
    extra = getattr(value, "additional_properties", None) or {}
    items = {**extra, **{spec["key"]: getattr(value, name, None) for name, spec in fields.items() if spec["key"]}}
    return {key: to_json(item) for key, item in items.items() if item is not None}
