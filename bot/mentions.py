"""Takes the bot's own name out of *@bot when is the next window?*

In groups and channels Teams writes mentions as ``<at>Name</at>`` and repeats them as entities.
"""

from __future__ import annotations

import re

from bot.intake import ActivityDTO, mappings

_TAG = re.compile(r"<at(?: [^<>]*)?>([^<>]*)</at>", re.IGNORECASE)


def without_mentions(activity: ActivityDTO) -> str:
    """The text without mentions of the bot; other people's mentions become their plain names."""
    text = (activity.text or "").replace("&nbsp;", " ").replace("\u00a0", " ")
    if activity.recipient is None or "<" not in text:
        return text.strip()
    for mention in _of_the_bot(activity):
        text = text.replace(mention, " ")
    name = (activity.recipient.name or "").strip().casefold()

    def plain(tag: re.Match[str]) -> str:
        return " " if tag[1].strip().casefold() == name else tag[1]

    return _TAG.sub(plain, text).strip()


def _of_the_bot(activity: ActivityDTO) -> list[str]:
    """The exact texts by which entities mention the bot; an entity that is not a mention of it is left alone."""
    found = []
    for entity in mappings(activity.entities):
        mentioned, text = entity.get("mentioned"), entity.get("text")
        if (
            entity.get("type") == "mention"
            and isinstance(mentioned, dict)
            and activity.recipient is not None
            and mentioned.get("id") == activity.recipient.id
            and isinstance(text, str)
            and _TAG.fullmatch(text)
        ):
            found.append(text)
    return found
