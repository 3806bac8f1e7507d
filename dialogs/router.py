"""One message in, one decision out. Pure: the same message, state and knowledge give the same decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cases.reference import references_in
from dialogs import following, privacy, unfinished
from dialogs.answering import NONE_OF_THESE, answer_entry, answer_question, help_reply, none_of_these
from dialogs.choices import chosen, none_fits
from dialogs.decision import EDITED, QUESTION, Decision, Knowledge, Said, Verdict
from dialogs.form import Effect
from dialogs.form_state import FormState, Phase
from dialogs.forms import FORMS
from dialogs.forms.message import MESSAGE
from dialogs.fragments import bare_yes_or_no, fragment, language_switched, nothing_open
from dialogs.guided import Guide
from dialogs.happening import Happening
from dialogs.language import language_of, language_wished
from dialogs.reply import JsonObject, Press, say
from dialogs.state import ConversationState
from dialogs.status import named_reference
from faq.model import Kind

TELL_NEWS = "tell-news"
"""Kind of the effect that tells somebody who begins a new conversation what became of their requests meanwhile."""
LIKES = {"like": True, "heart": True, "plusone": True, "dislike": False, "sad": False, "angry": False}
"""Teams' reactions that are a word on the answer."""


ANSWERING = frozenset({"answer", "topic", "suggestions", "no-match", "help"})
"""Kinds of decisions that only tell something."""


def decide(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    """What to say to ``said``, given what was said before."""
    language, locale = language_of(said, state, knowledge), said.locale or state.locale
    if (language, locale) != (state.language, state.locale):
        state = state.but(language=language, locale=locale)
    decide_it = _edited if said.edited else _HANDLERS[said.happening]
    decision = decide_it(said, state, knowledge)
    state = decision.state
    heard_at = said.at if said.happening in (Happening.MESSAGE, Happening.PRESS) else state.heard_at
    state = state.but(heard_at=heard_at, offer=_offered(decision) or state.offer)
    return replace(decision, state=state, trace={**decision.trace, "knowledge_version": knowledge.library.version})


def _offered(decision: Decision) -> tuple[JsonObject, ...]:
    """The buttons under the last reply can be picked by number, unless an open form listens to numbers."""
    if not decision.replies or decision.state.dialog is not None:
        return ()
    buttons = decision.replies[-1].buttons
    return tuple([button.action.data for button in buttons if isinstance(button.action, Press)])


def _joined(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    if state.welcomed:
        return Decision((), state, trace={"kind": "joined"})
    news = (Effect(TELL_NEWS, {}),) if said.own and not said.shared else ()
    welcome, state = help_reply("welcome", knowledge), replace(state, welcomed=True)
    return Decision((welcome,), state, effects=news, trace={"kind": "welcome"})


def _message(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    state, text = state.next_turn(), said.text.strip()
    guide = Guide(said, state, knowledge)
    if len(said.sheets) == 1 and not said.files and guide.guides:
        return guide.take(said.sheets[0])
    if not (said.sheets or said.files):
        return _words(text, guide)
    unread = Decision((say("files.not-read"),), state, trace={"kind": "file"})
    if not text:
        return guide.resume(unread)
    heard = _words(text, guide)
    return replace(heard, replies=(*unread.replies, *heard.replies))


def _edited(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    """A message with other words than before: a question is answered anew; what a form was told stays as it is."""
    if said.edited == QUESTION:
        decision = _message(said, replace(state, dialog=None), knowledge)
        if state.dialog is None or (decision.state.dialog is None and decision.trace.get("kind") in ANSWERING):
            return replace(decision, state=replace(decision.state, dialog=state.dialog or decision.state.dialog))
    return Decision((say("edit.form"),), state, trace={"kind": EDITED})


def _words(text: str, guide: Guide) -> Decision:
    """A message without its files."""
    if text and guide.guides:
        guided = _guided(text, guide)
        if guided is not None:
            return guided
    if not text:
        return Decision((help_reply("help", guide.knowledge),), guide.state, trace={"kind": "help"})
    state, knowledge = guide.state, guide.knowledge
    if state.offer:
        picked = chosen(text, len(state.offer))
        if picked is not None:
            return _pressed(state.offer[picked], guide)
        said = bare_yes_or_no(text, guide.reader) if guide.guides else ""
        if (none_fits(text) or said == "no") and NONE_OF_THESE in state.offer:
            return none_of_these(state, knowledge)
        if said == "yes" and len(state.offer) == len((state.offer[0], NONE_OF_THESE)):
            return _pressed(state.offer[0], guide)
    told = fragment(text, state, knowledge, guide.reader) if guide.guides else None
    return told or _questioned(text, guide)


def _guided(text: str, guide: Guide) -> Decision | None:
    """What an open form, or a reference in the message, makes of it."""
    if language_wished(text, guide.knowledge) is not None:
        return guide.resume(language_switched(guide.state, guide.knowledge, at_work=guide.open is not None))
    command = guide.command(text)
    private = guide.data_asked(command)
    if private is not None:
        return private
    running = guide.open
    if running is None or not _takes_any_words(running):
        told = _about_request(text, guide)
        if told is not None:
            return told
        named = named_reference(guide.said, guide.state, guide.knowledge)
        if named is not None:
            return guide.after_naming(named)
    if running is None:
        return nothing_open(command, guide.state) or guide.told_again(text)
    heard = guide.hear(running, text)
    if isinstance(heard, Decision):
        return heard
    if heard.entry:
        return guide.resume(answer_entry(heard.entry, guide.state, guide.knowledge))
    answered = _questioned(heard.text, guide)
    return answered if answered.trace.get("kind") == "form" else guide.resume(answered)


def _takes_any_words(running: FormState) -> bool:
    """Whether the form waits for words that are nobody's business but a person's."""
    field = FORMS[running.form].field(running.asking) if running.phase is Phase.ASKING else None
    return field is not None and field.verbatim


def _about_request(text: str, guide: Guide) -> Decision | None:
    """What is said about a request of one's own. While a form is open, only when the request is named."""
    guiding = guide.knowledge.guiding
    if guiding is None:
        return None
    vocabulary = guiding.vocabularies[guide.state.language or "en"]
    if guide.open is not None and not references_in(text):
        quiet = FORMS[guide.open.form].reminds and following.is_muting(text, vocabulary)
        return guide.press(unfinished.press(unfinished.QUIET, guide.open)) if quiet else None
    if guide.open is None and following.leaves_message(text, vocabulary):
        return guide.start(MESSAGE.name, "")
    reader = guide.reader
    told = following.heard(
        guide.said, guide.state, guide.knowledge, vocabulary, lambda words: bare_yes_or_no(words, reader)
    )
    return guide.resume(told) if told is not None else None


def _questioned(text: str, guide: Guide) -> Decision:
    """A question, a command, or the facts that a form starts with."""
    start = guide.opener(text) if guide.guides else None
    told = guide.facts_told(text)
    if start is not None and told is not None:
        return start(told)
    decision = guide.dated(answer_question(text, guide.state, guide.knowledge, start), text)
    if start is None or decision.trace.get("kind") in ("answer", "form", "status"):
        return decision
    asked = guide.utterance(text).asks  # what is no question was looked through for facts above
    named = (guide.form_of(text) if asked else None) or guide.command_behind(text)
    return start(named) if named else decision


def _press(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    return _pressed(said.value, Guide(said, state.next_turn(), knowledge))


def _pressed(press: JsonObject, guide: Guide) -> Decision:
    """A button, clicked or picked by its number."""
    if guide.guides and press.get("do") in ("field", "form"):
        return guide.press(press)
    if guide.guides and press.get("do") == "start":
        return guide.start_pressed(press)
    if press.get("do") == "privacy":
        return privacy.press(press, guide.said, guide.state)
    if press.get("do") == "status":
        return guide.status_pressed(press)
    return _started(press, guide) or _chosen(press, guide)


def _chosen(press: JsonObject, guide: Guide) -> Decision:
    """What a button or a picked offer does; an answer to the question that the offer belongs to has its dates."""
    decision = guide.dated(_perform(press, guide.state, guide.knowledge), guide.state.asked)
    return guide.resume(decision) if decision.trace.get("kind") in ("chosen", "no-match") else decision


def _started(press: JsonObject, guide: Guide) -> Decision | None:
    """The dialog of a command that was picked from an offer, with what the question already said."""
    base = guide.knowledge.library.languages[guide.state.language or ""].knowledge
    entry = base.entries.get(str(press.get("entry")))
    if entry is None or press.get("do") != "entry" or entry.kind is not Kind.COMMAND or not entry.starts:
        return None
    return guide.opener(guide.state.asked)(entry.starts) if guide.guides else None


def _perform(press: JsonObject, state: ConversationState, knowledge: Knowledge) -> Decision:
    action = _ACTIONS.get(str(press.get("do")))
    if action is None:
        return Decision((help_reply("button.unknown", knowledge),), state, trace={"kind": "unknown-press"})
    return action(press, state, knowledge)


def _entry(press: JsonObject, state: ConversationState, knowledge: Knowledge) -> Decision:
    entry = str(press.get("entry"))
    if entry not in knowledge.library.languages[state.language or ""].knowledge.entries:
        return Decision((help_reply("button.unknown", knowledge),), state, trace={"kind": "unknown-press"})
    return answer_entry(entry, state, knowledge)


def _feedback(press: JsonObject, state: ConversationState, knowledge: Knowledge) -> Decision:
    entry, helpful = str(press.get("entry")), press.get("helpful") is True
    if entry not in knowledge.library.languages[state.language or ""].knowledge.entries:
        return Decision((), state, trace={"kind": "unknown-press"})
    verdict = Verdict(entry, str(press.get("version"))[:12], helpful)
    thanks = "feedback.thanks" if helpful else "feedback.sorry"
    return Decision((say(thanks),), state, (verdict,), trace={"kind": "feedback", "entry": entry})


def _none(_: JsonObject, state: ConversationState, knowledge: Knowledge) -> Decision:
    return none_of_these(state, knowledge)


def _reacted(said: Said, state: ConversationState, knowledge: Knowledge) -> Decision:
    helpful, topic = LIKES.get(said.text), str(said.value.get("entry") or state.topic() or "")
    if helpful is None or topic not in knowledge.library.languages[state.language or ""].knowledge.entries:
        return Decision((), state, trace={"kind": "reaction"})
    verdict = Verdict(topic, str(said.value.get("version") or knowledge.library.version), helpful)
    return Decision((), state, (verdict,), trace={"kind": "feedback", "entry": topic})


_HANDLERS: dict[Happening, Callable[[Said, ConversationState, Knowledge], Decision]] = {
    Happening.JOINED: _joined,
    Happening.MESSAGE: _message,
    Happening.PRESS: _press,
    Happening.REACTED: _reacted,
}
_ACTIONS: dict[str, Callable[[JsonObject, ConversationState, Knowledge], Decision]] = {
    "entry": _entry,
    "feedback": _feedback,
    "none-of-these": _none,
}
