"""The part of a client's activity that we read. Its id, time and sender are always ours, whatever it says."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from channels.directline.errors import BadArgument
from dialogs.reply import JsonObject

_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

Name = Annotated[str, StringConstraints(max_length=200)]


class _Checked(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class PostedAttachment(_Checked):
    """A file that is only named; its bytes come by upload."""

    name: Name | None = None
    content_type: Annotated[Name, Field(alias="contentType")] = "application/octet-stream"


class PostedChannelData(_Checked):
    """What the client needs to see again in the echo."""

    client_activity_id: Annotated[Name | None, Field(alias="clientActivityID")] = None


class PostedActivity(_Checked):
    """A message of the user, an event of the page, or a sign of typing."""

    type: Literal["message", "event", "typing"]
    name: Name = ""
    text: str = ""
    value: dict[str, JsonValue] = {}
    attachments: Annotated[list[PostedAttachment], Field(max_length=10)] = []
    locale: str = ""
    channel_data: Annotated[PostedChannelData, Field(alias="channelData")] = PostedChannelData()


def read_activity(posted: JsonObject) -> PostedActivity:
    """Raises `BadArgument`."""
    given = {key: value for key, value in posted.items() if value is not None}
    try:
        return PostedActivity.model_validate(given)
    except ValidationError as wrong:
        field = wrong.errors()[0]["loc"][0]  # one of ours: unknown ones are not looked at
        raise BadArgument(f"'{field}' of the activity is not as Direct Line 3.0 describes it.") from None


def known_locale(*candidates: JsonValue) -> str | None:
    """The first candidate that is a language tag; of a header such as ``de-DE,de;q=0.9`` the first tag counts."""
    for candidate in candidates:
        tag = re.split(r"[,;]", candidate)[0].strip() if isinstance(candidate, str) else ""
        if _LOCALE.fullmatch(tag):
            return tag
    return None
