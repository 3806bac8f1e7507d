"""What became of a message before its sender changed it."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.decision import ANSWER, QUESTION
from turn.model import REPLY, UPDATE, Incoming
from turn.ports import SentPosts


@dataclass(frozen=True, slots=True)
class Before:
    """How the message was answered."""

    kind: str = QUESTION
    """`dialogs.decision.QUESTION`, or `ANSWER` when a form took it."""
    posts: tuple[str, ...] = ()
    """Ids of what was posted in the same conversation, in order."""


def edits_of(activity: str) -> str:
    """How the ids begin of what is said by editing the message."""
    return f"{activity}:edited:"


NOTHING = Before()
"""A message that was never answered, or of which nothing is kept any more."""


async def answered_before(sent: SentPosts | None, incoming: Incoming) -> Before:
    """How the message was answered that ``incoming`` is the new wording of.

    An answer beside which a form goes on is still an answer to a question.
    """
    if sent is None:
        return NOTHING
    address = incoming.address
    found = await sent.of_turn(address.channel, address.conversation, incoming.edits)
    said = [one.post for one in found if one.post.kind in (REPLY, UPDATE) and "activity" in one.post.payload]
    here = [post for post in said if post.address.conversation == address.conversation]
    answers = [post for post in here if "entry" in post.payload]
    if not answers and any("form" in post.payload for post in said):
        return Before(ANSWER)
    return Before(QUESTION, tuple(post.id for post in answers or here))
