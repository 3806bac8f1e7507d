"""Forms within a conversation: opening one, hearing messages and presses for it, and what its end does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from cases.errors import NotEditable
from cases.model import PARTNER, Case, CaseChange, CaseType, Draft, State
from cases.reference import parse
from cases.transitions import EDITABLE
from cases.usecases import edit_fields, open_case
from dialogs import asking, privacy, status, unfinished
from dialogs.advancing import Step
from dialogs.answering import context_of
from dialogs.choices import chosen
from dialogs.dating import ruled, with_dates
from dialogs.decision import Decision, Guiding, Knowledge, Said
from dialogs.fields.base import Reader, reader_of
from dialogs.fields.phrases import fold
from dialogs.filling import Digression, Listener
from dialogs.form import Cells, Completion, Form, Setting, no_rows, sentence
from dialogs.form_state import FormState, Phase, is_outdated, read_form
from dialogs.forms import FORMS, starts
from dialogs.recognizing import Recognizer
from dialogs.reply import JsonObject, Paragraph, Press, Reply, Text, Words
from dialogs.state import ConversationState, read_kept
from dialogs.status import list_requests
from dialogs.utterance import Utterance, utterance
from dialogs.vocabulary import Command, Vocabulary


class NotGuiding(Exception):
    """This bot was made without guided dialogs; ask `Guide.guides` first."""


@dataclass(frozen=True)  # without slots: what is asked for a dozen times a turn is kept
class Guide:
    """Everything that forms need to know about one turn."""

    said: Said
    state: ConversationState
    knowledge: Knowledge

    @cached_property
    def open(self) -> FormState | None:
        """The form that is open, if any and if this version knows it."""
        found = read_form(self.state.dialog)
        return found if found is not None and found.form in FORMS else None

    @property
    def guides(self) -> bool:
        """Whether this bot has guided dialogs at all."""
        return self.knowledge.guiding is not None

    def opener(self, text: str) -> Callable[[str], Decision]:
        """Opens the dialog that ``text`` asks for by name."""
        return lambda name: self._open_named(name, text)

    def _open_named(self, name: str, text: str) -> Decision:
        if name == "status":
            return list_requests(self.said, self.state, self.knowledge)
        return self.start(name, text)

    def dated(self, decision: Decision, text: str) -> Decision:
        """The answers to a calendar question with what the rules give for its day or month."""
        if not self.guides or not any(map(ruled, decision.replies)):
            return decision
        entries = self.knowledge.library.languages[self.state.language or "en"].knowledge.entries
        moment = self.said.at, self.knowledge.calendar
        replies = with_dates(decision.replies, text, moment, self.reader, lambda name: entries[name].source)
        return replace(decision, replies=tuple(replies))

    def utterance(self, text: str) -> Utterance:
        """What ``text`` says by itself."""
        return utterance(text, self.reader, self._vocabulary)

    def facts_told(self, text: str) -> str | None:
        """The form that a statement of facts belongs to, though the knowledge base may know words of it."""
        return None if not self.guides or self.utterance(text).asks else self.form_of(text)

    def form_of(self, text: str) -> str | None:
        """The form that the facts in ``text`` belong to, when nobody asked for it."""
        return self.utterance(text).form if self.open is None else None

    def command_behind(self, text: str) -> str | None:
        """The form that ``text`` asks for once names and addresses are taken out of it."""
        for form in FORMS.values():
            bare = self._vocabulary.without_opening(form.name, text)
            for found in self._listener(form).finder.spans(bare):
                bare = bare[: found.start] + bare[found.end :]
            named = self._recognizer.dialog_of(bare) if bare != text else None
            if named in FORMS:
                return named
        return None

    def data_asked(self, command: Command | None) -> Decision | None:
        """What is kept about the user, asked for or to be deleted."""
        return privacy.asked(command, self.said, self.state, self.setting()) if command else None

    def command(self, text: str) -> Command | None:
        """The steering word that the message is."""
        return self.utterance(text).command

    @cached_property
    def reader(self) -> Reader:
        """What reads values, in the language of the conversation."""
        today = self.knowledge.calendar.day_of(self.said.at)
        return reader_of(self.state.language or "en", today, self._guiding.fields)

    def start_pressed(self, data: JsonObject) -> Decision:
        """The button that starts a dialog."""
        name = str(data.get("form"))
        if name == "status":
            return list_requests(self.said, self.state, self.knowledge)
        return self.start(name, "") if name in FORMS else self._over(self.open)

    def status_pressed(self, data: JsonObject) -> Decision:
        """A button under a request."""
        case = next((one for one in self.said.own if one.reference == data.get("reference")), None)
        if data.get("what") == "edit" and case is not None and case.type.value in FORMS and self.guides:
            return self.revise(case)
        return status.press(data, self.said, self.state, self.knowledge)

    def revise(self, case: Case) -> Decision:
        """The form of a request once more, filled in; it asks only for the field that the request waits for."""
        form, running = FORMS[case.type.value], self.open
        if case.state not in EDITABLE[case.type]:
            return status.too_late(case.reference, self.state)
        if form.private and self.said.shared:
            return self._say(None, Reply((Paragraph(Text("form.in-private")),)))
        if running is not None and running.about.get("reference") != case.reference:
            return self._busy(running, form.name)
        values = form.reopened(case)
        order = tuple(name for name in values if form.field(name))
        fresh = FormState(form.name, form.version, self.said.fresh, self.said.at, values, order=order)
        state = replace(fresh, about={"reference": case.reference})
        listener, wanted = self._listener(form, case), case.waiting_field or ""
        if form.field(wanted) is None:
            return self._after(form, listener.go_on(state))
        needed = Text("status.next.waiting", {"field": Text(sentence(form.name, wanted, "label"))})
        return self._after(form, listener.ask(state.without(wanted), wanted, asking.because(needed)))

    def after_naming(self, named: Decision) -> Decision:
        """After a request was shown: the question that it waits for; else what the open form waits for."""
        reference = str(parse(self.said.text))
        case = next((one for one in self.said.own if one.reference == reference), None)
        if case is None or case.state is not State.WAITING or self.open is not None or case.type.value not in FORMS:
            return self.resume(named)
        asked = self.revise(case)
        return replace(asked, replies=(*named.replies, *asked.replies))

    def start(self, name: str, text: str) -> Decision:
        """Open a form with what ``text`` already says, or go on in the one that is open."""
        form = FORMS[name]
        if form.private and self.said.shared:
            return self._say(None, Reply((Paragraph(Text("form.in-private")),)))
        running = self.open
        if running is not None and running.form != name:
            return self._busy(running, name)
        if running is not None:
            return self._say(running, self._current(running))
        fresh = FormState(form.name, form.version, self.said.fresh, self.said.at)
        return self._after(form, self._listener(form).begin(fresh, text))

    def told_again(self, text: str) -> Decision | None:
        """A correction of what a finished form was told and keeps: its answer once more, with what has changed."""
        if not self.state.kept:
            return None
        for form in (form for form in FORMS.values() if form.keeps):
            kept, listener = read_kept(self.state.kept.get(form.name)), self._listener(form)
            if kept is None or self.utterance(text).asks or not listener.vocabulary.correction(form.name, text):
                continue
            found = listener.finder.find(text)
            if found:
                values = {name: value for name, value in kept.values.items() if form.field(name)}
                state = FormState(form.name, form.version, self.said.fresh, self.said.at, values, order=tuple(values))
                return self._after(form, listener.give(state, found))
        return None

    def take(self, cells: Cells) -> Decision:
        """The rows of a file, for the form that takes some."""
        form = next(one for one in FORMS.values() if one.rows is not no_rows)
        running = self.open
        if (form.private and self.said.shared) or (running is not None and running.form != form.name):
            return self.start(form.name, "")
        if running is not None and is_outdated(form, running):
            return self._renewed(form, running)
        state = running or FormState(form.name, form.version, self.said.fresh, self.said.at)
        return self._after(form, self._listener(form).take(state, cells))

    def _busy(self, running: FormState, name: str) -> Decision:
        title = Text(f"{running.form}.title")
        reply = asking.together(asking.because(Text("form.switch", {"title": title})), self._current(running))
        return Decision((reply,), self.state, trace={"kind": "form", "entry": name})

    def hear(self, running: FormState, text: str) -> Decision | Digression:
        """A message while a form is open."""
        form = FORMS[running.form]
        if is_outdated(form, running):
            return self._renewed(form, running)
        if self._is_idle(running):
            return self._after_silence(form, running, text)
        typed = self._typed_button(running, text)
        if typed is not None:
            return self.press(typed)
        step = self._listener(form).hear(running, text)
        return step if isinstance(step, Digression) else self._after(form, step)

    def _is_idle(self, running: FormState) -> bool:
        return running.phase is not Phase.IDLE and self.said.at - running.at > self._guiding.idle_after

    def _after_silence(self, form: Form, running: FormState, text: str) -> Decision | Digression:
        """Whether to go on; an answer that came with the message waits for that, a question does not."""
        listener = self._listener(form)
        if listener.is_question(text):
            return Digression(text)
        idle = replace(running, phase=Phase.IDLE, raw=text[:500] if listener.is_value(text) else "")
        return self._say(idle, asking.idle(form, running, self.setting()))

    def _typed_button(self, running: FormState, text: str) -> JsonObject | None:
        """What the button does whose number, or whose title word for word, was typed."""
        shown = self._current(running).buttons
        presses = [
            (one.label, one.action.data) for one in shown if isinstance(one.action, Press) and not one.needs_card
        ]
        place = chosen(text, len(presses))
        if place is not None:
            return presses[place][1]
        typed = fold(text[:200]).text.strip()
        presses += asking.card_presses(FORMS[running.form], running)
        return next((data for label, data in presses if self._title(label) == typed), None)

    def _title(self, label: Words) -> str:
        """The folded title of a button that is one of our sentences; of any other, nothing."""
        if not isinstance(label, Text) or label.params:
            return ""
        catalog = self.knowledge.library.languages[self.state.language or "en"].catalog
        return fold(catalog.text(label.key)).text.strip()

    def resume(self, decision: Decision) -> Decision:
        """After a digression was answered: the form's question once more."""
        running = self.open
        if running is None:
            return decision
        if self._is_idle(running):
            running = replace(running, phase=Phase.IDLE, raw="")
        state = replace(decision.state, dialog=replace(running, at=self.said.at).to_json(), offer=(), asked="")
        return replace(decision, replies=(*decision.replies, self._current(running)), state=state)

    def press(self, data: JsonObject) -> Decision:
        """A button of a form; one that is not the current form's gets the state of things."""
        running = self.open
        sent = next((case for case in self.said.own if case.instance == data.get("instance")), None)
        if sent is not None:
            return self._already(sent)
        if running is None or running.instance != data.get("instance"):
            return self._over(running)
        form, listener = FORMS[running.form], self._listener(FORMS[running.form])
        if data.get("do") == "field":
            field = form.field(str(data.get("field")))
            value = data.get("value")
            if field is None or not listener.accepts(running, field.name, value):
                return self._say(running, self._current(running))
            return self._after(form, listener.give(running, {field.name: value}))
        return self._form_press(form, listener, running, data)

    def _form_press(self, form: Form, listener: Listener, running: FormState, data: JsonObject) -> Decision:
        """A steering button. What depends on the values does nothing once they have changed."""
        current = data.get("revision") == running.revision and not self._is_idle(running)
        place, name = data.get("place"), str(data.get("field", ""))
        match data.get("what"):
            case "confirm" | "pick" if not current:
                late = Reply((Paragraph(Text("form.outdated")),))
                return self._say(running, asking.together(late, self._current(running)))
            case "confirm" if running.phase in (Phase.SUMMARY, Phase.CHANGING) and not running.asking:
                step = listener.finish(running)
            case "pick" if isinstance(place, int):
                step = listener.pick(running, place)
            case "part" if current:
                step = listener.lay_open(running, name)
            case "ask" if form.field(name) is not None:
                step = listener.ask(running, name)
            case "skip" if running.asking:
                step = listener.skip(running)
            case "filled":
                step = listener.filled(running, data)
            case unfinished.RESUME | unfinished.QUIET as what:
                step = unfinished.pressed(what, running, listener)
            case what:
                step = listener.steered(running, str(what))
        return self._after(form, step)

    # What a step does to the conversation

    def _after(self, form: Form, step: Step) -> Decision:
        dialog = step.state.to_json() if step.state else None
        state = replace(self.state, dialog=dialog, offer=(), asked="", misses=0)
        trace: dict[str, str | float] = {"kind": "form", "entry": form.name}
        opened = None if self.open or self.said.shared else step.state
        planned = unfinished.planned(form, opened, self.knowledge.calendar)
        decision = Decision(step.replies, state, trace=trace, effects=(*step.effects, *planned))
        if step.completion is None or step.finished is None:
            return decision
        decision = replace(decision, effects=(*decision.effects, *step.completion.effects))
        if form.keeps:
            kept: JsonObject = {"values": dict(step.finished.values), "day": self.reader.today.isoformat()}
            decision = replace(decision, state=replace(state, kept={**state.kept, form.name: kept}))
        if step.completion.case is None:
            return decision
        try:
            change = self._recorded(form, step.finished, step.completion)
        except NotEditable:
            return status.too_late(_target(step.finished, step.completion), state)
        replies = (*step.replies, *form.recorded(change.case, self.setting()))
        return replace(decision, replies=replies, cases=(change,))

    def _recorded(self, form: Form, finished: FormState, completion: Completion) -> CaseChange:
        fields = completion.case or {}
        about = _target(finished, completion)
        calendar = self.knowledge.calendar
        edited = next((case for case in self.said.own if case.reference == about), None)
        if edited is not None:
            return edit_fields(edited, fields, PARTNER, self.said.at, calendar)
        language = self.state.language or "en"
        draft = Draft(CaseType(form.name), finished.instance, fields, self.said.owner, self.said.contact, language)
        return open_case(draft, self.said.at, calendar, tuple(case.reference for case in self.said.named))

    def _renewed(self, form: Form, running: FormState) -> Decision:
        """The form was changed while the conversation was open: keep what still fits."""
        kept = {name: value for name, value in running.values.items() if form.field(name)}
        state = replace(running, version=form.version, values=kept, order=tuple(kept), phase=Phase.ASKING)
        return self._after(form, self._listener(form).go_on(state, Reply((Paragraph(Text("form.renewed")),))))

    def _already(self, case: Case) -> Decision:
        words = Text(
            "form.already", {"reference": case.reference, "state": Text(f"case.{case.type}.{case.state}.partner")}
        )
        return self._say(self.open, Reply((Paragraph(words),), private=True))

    def _over(self, running: FormState | None) -> Decision:
        if running is not None:
            late = Reply((Paragraph(Text("form.outdated")),))
            return self._say(running, asking.together(late, self._current(running)))
        return self._say(None, Reply((Paragraph(Text("form.gone")),), starts()))

    @property
    def _guiding(self) -> Guiding:
        if self.knowledge.guiding is None:
            raise NotGuiding
        return self.knowledge.guiding

    def _current(self, running: FormState) -> Reply:
        return asking.current(FORMS[running.form], running, self.setting())

    def _say(self, running: FormState | None, reply: Reply) -> Decision:
        dialog = replace(running, at=self.said.at).to_json() if running else self.state.dialog
        name = running.form if running else ""
        return Decision((reply,), replace(self.state, dialog=dialog), trace={"kind": "form", "entry": name})

    def setting(self, about: Case | None = None) -> Setting:
        """What forms may look at besides their values."""
        return self._setting if about is None else replace(self._setting, about=about)

    @cached_property
    def _setting(self) -> Setting:
        about = None if self.open is None else self._about(self.open)
        program, checks = self.knowledge.library.program, self._guiding.checks_pages
        return Setting(self.said.at, self.reader, program, self.said.own, about, checks_pages=checks)

    def _about(self, running: FormState) -> Case | None:
        """The request that the form changes."""
        return next((case for case in self.said.own if case.reference == running.about.get("reference")), None)

    def _listener(self, form: Form, about: Case | None = None) -> Listener:
        setting = replace(self.setting(about), kept=read_kept(self.state.kept.get(form.name)))
        known = self._recognizer
        return Listener(form, setting, self._vocabulary, known.is_known, known.is_phrase, known.is_order)

    @property
    def _vocabulary(self) -> Vocabulary:
        return self._guiding.vocabularies[self.state.language or "en"]

    @property
    def _recognizer(self) -> Recognizer:
        return Recognizer(self.knowledge, self.state.language or "en", context_of(self.state, self.knowledge))


def _target(finished: FormState, completion: Completion) -> str:
    """Reference of the request that the form changes or adds to; empty when it makes a new one."""
    return completion.into or str(finished.about.get("reference", ""))
