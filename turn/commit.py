"""From a decision to what is stored: activities, log rows, outbox rows, records. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from dialogs.decision import EDITED, Decision, MissedQuestion, Note
from dialogs.form import Effect
from dialogs.form_state import Phase
from dialogs.happening import Happening
from dialogs.reply import JsonObject, JsonValue, Reply, say
from turn import cards
from turn.model import (
    REPLACING,
    REPLY,
    UPDATE,
    Commit,
    Exchange,
    Feedback,
    Incoming,
    Missed,
    Opened,
    Outcome,
    Post,
    Record,
    Scope,
)
from turn.ports import Renderer

_PRIVATE_KINDS = frozenset({"status", "privacy"})
"""Decisions about messages in which access codes stand, or wishes about one's own data."""
REPLY_LEASE = timedelta(seconds=30)
"""How long a turn may take to deliver its own reply before the dispatcher does it."""


def to_commit(
    incoming: Incoming,
    opened: Opened,
    decision: Decision,
    renderer: Renderer,
    knowledge_version: str = "",
    *,
    earlier: tuple[str, ...] = (),
) -> Commit:
    """Everything that the turn stores. ``knowledge_version`` is that of the content it was decided with.

    ``earlier`` names the posts in whose place the replies are shown: the answers to what was said before an edit.
    """
    public, personal = _divided(decision.replies, incoming)
    activities = _activities(public, incoming, decision.language, renderer, 0)
    posts: tuple[Post, ...] = ()
    if not incoming.address.local:
        posts = _posts(incoming, activities, public, decision, knowledge_version)
    told = _told_alone(personal, incoming, decision, renderer, knowledge_version, first=len(activities))
    sent = [*zip(posts, public, strict=False), *zip(told, personal, strict=True)]
    after = cards.after(incoming, decision, sent)
    posts = (*_in_place(posts, incoming, decision, earlier), *after.updates, *told)
    effects = [_effect(effect, place, incoming, decision) for place, effect in enumerate(decision.effects)]
    state = decision.state if after.live == decision.state.cards else decision.state.but(cards=after.live)
    return Commit(
        incoming=incoming,
        outcome=Outcome(activities, tuple([post.id for post in posts])),
        state=state.to_json(),
        expected_version=opened.state_version,
        log=_log(incoming, activities) if incoming.address.local else (),
        posts=(*posts, *effects),
        lease_until=incoming.received_at + REPLY_LEASE,
        records=(
            *[_record(note, incoming, decision, knowledge_version) for note in decision.notes],
            *_exchange(incoming, decision, knowledge_version),
        ),
        cases=decision.cases,
    )


def reply_id(incoming: Incoming, place: int) -> str:
    """The id of a turn's reply: the same for every delivery of the same activity."""
    return _id(incoming, str(place))


def _divided(replies: tuple[Reply, ...], incoming: Incoming) -> tuple[tuple[Reply, ...], tuple[Reply, ...]]:
    """What everybody may read, and what goes to the user alone; the others see only that it did."""
    if incoming.scope is Scope.PERSONAL:
        return replies, ()
    personal = tuple(reply for reply in replies if reply.private)
    public = tuple(reply for reply in replies if not reply.private)
    return (*public, say("form.private")) if personal else public, personal


def _told_alone(
    replies: tuple[Reply, ...], incoming: Incoming, decision: Decision, renderer: Renderer, version: str, *, first: int
) -> tuple[Post, ...]:
    """The posts to the user's own chat."""
    if not replies:
        return ()
    alone = replace(incoming, address=incoming.own_address, scope=Scope.PERSONAL)
    activities = _activities(replies, alone, decision.language, renderer, first)
    return _posts(alone, tuple(map(_unasked, activities)), replies, decision, version)


def _activities(
    replies: tuple[Reply, ...], incoming: Incoming, language: str, renderer: Renderer, first: int
) -> tuple[JsonObject, ...]:
    return tuple(
        [_identified(reply, incoming, language, renderer, place) for place, reply in enumerate(replies, first)]
    )


def _identified(reply: Reply, incoming: Incoming, language: str, renderer: Renderer, place: int) -> JsonObject:
    name = reply_id(incoming, place)
    activity = renderer.render(reply, language, incoming, name)
    at = (incoming.received_at + timedelta(milliseconds=place + 1)).isoformat(timespec="milliseconds")
    return {**activity, "id": name, "timestamp": at, "replyToId": incoming.edits or incoming.activity_id}


def _unasked(activity: JsonObject) -> JsonObject:
    """Without what it replies to, which was said elsewhere. (Agents Playground refuses a ``replyToId`` of null.)"""
    return {name: value for name, value in activity.items() if name != "replyToId"}


def _posts(
    incoming: Incoming, activities: tuple[JsonObject, ...], replies: tuple[Reply, ...], decision: Decision, version: str
) -> tuple[Post, ...]:
    due, user = incoming.received_at, incoming.user
    return tuple(
        [
            Post(
                str(activity["id"]),
                REPLY,
                incoming.address,
                {"activity": activity, **cards.facts(reply, incoming, decision, version)},
                due,
                user=user,
            )
            for activity, reply in zip(activities, replies, strict=True)
        ]
    )


def _in_place(
    posts: tuple[Post, ...], incoming: Incoming, decision: Decision, earlier: tuple[str, ...]
) -> tuple[Post, ...]:
    """The replies to an edited message in the places of the earlier ones; those for which there is no new one go."""
    if not earlier or decision.trace.get("kind") == EDITED:
        return posts
    places = (*earlier, *("" for _ in posts[len(earlier) :]))
    placed = tuple(
        replace(post, kind=UPDATE, payload={**post.payload, "replaces": place}) if place else post
        for post, place in zip(posts, places, strict=False)
    )
    return (*placed, *(cards.gone(card, incoming, decision.language) for card in earlier[len(posts) :]))


def _effect(effect: Effect, place: int, incoming: Incoming, decision: Decision) -> Post:
    payload: JsonObject = {**effect.payload, "language": decision.language, "user": incoming.user}
    due = effect.due_at or incoming.received_at
    return Post(_id(incoming, f"effect {place}"), effect.kind, incoming.own_address, payload, due, user=incoming.user)


def _log(incoming: Incoming, activities: tuple[JsonObject, ...]) -> tuple[JsonObject, ...]:
    return activities if incoming.echo is None else (incoming.echo, *activities)


def _record(note: Note, incoming: Incoming, decision: Decision, version: str) -> Record:
    channel, at, language = incoming.address.channel, incoming.received_at, decision.language
    if isinstance(note, MissedQuestion):
        return Missed(note.text, language, channel, note.reason, note.candidates, at, version, incoming.user)
    return Feedback(incoming.user, channel, language, note.entry, note.knowledge_version, note.helpful, at)


def _exchange(incoming: Incoming, decision: Decision, version: str) -> tuple[Exchange, ...]:
    """What the user did and what came of it; nothing for events that are no part of a talk."""
    words = str((incoming.value or {}).get("words") or "") if incoming.happening is Happening.REACTED else ""
    if incoming.happening not in (Happening.MESSAGE, Happening.PRESS) and not words:
        return ()
    trace, reference = decision.trace, decision.cases[0].case.reference if decision.cases else ""
    kind = str(trace.get("kind", ""))
    form, step = _standing(decision.state.dialog)
    entry = str(trace.get("entry", ""))
    if kind == "form" and not form:  # it is over with this turn
        form, step = entry, "done" if reference else ""
    return (
        Exchange(
            user=incoming.user,
            channel=incoming.address.channel,
            conversation=incoming.address.conversation,
            language=decision.language,
            text="" if kind in _PRIVATE_KINDS else words or incoming.text,
            kind=kind,
            entry=entry,
            score=float(trace.get("score", 0.0)),
            knowledge_version=version,
            at=incoming.received_at,
            form=form,
            step=step,
            reference=reference,
            activity=_said_as(incoming),
        ),
    )


def _said_as(incoming: Incoming) -> str:
    """The message that can be deleted: its first id, however often it was edited."""
    typed = incoming.happening is Happening.MESSAGE and incoming.address.channel in REPLACING
    return (incoming.edits or incoming.activity_id) if typed else ""


def _standing(dialog: JsonValue) -> tuple[str, str]:
    """The open form and what it waits for, as `dialogs.form_state` stores it."""
    if not isinstance(dialog, dict):
        return "", ""
    asking, phase = str(dialog.get("asking") or ""), str(dialog.get("phase") or "")
    return str(dialog.get("form") or ""), asking if asking and phase == Phase.ASKING else phase


def _id(incoming: Incoming, part: str) -> str:
    return hashlib.sha256(f"{incoming.inbox_key}|{part}".encode()).hexdigest()[:32]
