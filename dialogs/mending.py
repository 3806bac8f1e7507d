"""When a stored form cannot be gone on with: another version of the bot left it behind, or it is damaged."""

from __future__ import annotations

from dataclasses import replace

from dialogs import asking
from dialogs.decision import Decision, Knowledge, Said
from dialogs.forms import FORMS
from dialogs.guided import Guide
from dialogs.reply import Reply
from dialogs.router import decide
from dialogs.state import ConversationState


def standing(said: Said, state: ConversationState, knowledge: Knowledge) -> tuple[Reply, ...]:
    """What the open form asks and knows, whatever was said; nothing when none is open.

    Raises anything, or gives replies that cannot be rendered, when the stored form fits the rules no more.
    """
    guide = Guide(said, state, knowledge)
    running = guide.open
    if running is None or not guide.guides:
        return ()
    form, setting = FORMS[running.form], guide.setting()
    replies = [asking.current(form, running, setting)]
    if running.values:
        replies.append(asking.noted(form, running.values, setting))
    if form.missing(running.values, running.skipped, setting) is None:
        replies.append(form.summary(running.values, setting))
    return tuple(replies)


def start_over(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    """The message without the form, which is said to be closed and can be started anew."""
    running = Guide(said, state, knowledge).open
    decision = decide(said, replace(state, dialog=None, offer=(), asked=""), knowledge)
    if running is None:
        return decision
    return replace(decision, replies=(asking.ended(FORMS[running.form]), *decision.replies))
