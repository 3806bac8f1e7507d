"""Holding the conversation of a form: what was said becomes values, and the next question.

The same for every form. Reading order while a form is open: steering words, corrections, an answer that is nothing but
a value, a pasted table, a known question (answered by the router, after which the form goes on), values inside a
longer message, an answer with more around it; then "not understood".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dialogs import asking, carding
from dialogs.advancing import Course, Step
from dialogs.choices import chosen
from dialogs.fields.base import Doubtful, Reading, Refused, Understood
from dialogs.finding import Finder
from dialogs.form import Cells, Field, Values
from dialogs.form_state import FormState, Phase
from dialogs.reply import JsonObject, JsonValue, Reply
from dialogs.vocabulary import Command, Vocabulary

FAILS_BEFORE_A_WAY_OUT = 3
HUMAN = "human"
"""The entry about people to talk to."""
ANSWERING = frozenset({Command.SKIP, Command.CANCEL, Command.CONFIRM, Command.NOTED})
"""Steering words that may be the answer instead: "not sure", 不要了, "ok"."""


@dataclass(frozen=True, slots=True)
class Digression:
    """The message was a question; answer it, then say `asking.current`."""

    text: str
    entry: str = ""
    """The entry that answers it, where that is known already."""


@dataclass(frozen=True, slots=True)
class Listener(Course):
    """A form and all it needs to hear."""

    vocabulary: Vocabulary
    is_known: Callable[[str], bool]
    """Whether the knowledge base surely answers this text."""
    is_phrase: Callable[[str], bool]
    """Whether the text is, word for word, a question or small talk of the knowledge base."""
    is_order: Callable[[str], bool]
    """Whether the text asks, word for word, for something that the bot does: "status" is no country."""

    @property
    def finder(self) -> Finder:
        """What finds values in longer messages."""
        return Finder(self.form, self.setting.reader, self.vocabulary)

    def hear(self, state: FormState, text: str) -> Step | Digression:
        """One message while the form is open."""
        state = replace(state, at=self.setting.now)
        command = self.vocabulary.command(text)
        waiting = self._waiting(state, text, command)
        if waiting is not None:
            return waiting
        if command is not None and not (command in ANSWERING and self._is_answer(state, text)):
            return self._steer(state, command)
        if command is None and (field := self.verbatim(state)):
            return self._read(state, field, field.type.read(text, self.setting.reader), text)
        corrected = self._correct(state, text)
        if corrected is not None:
            return corrected
        return self._answer(state, text)

    def verbatim(self, state: FormState) -> Field | None:
        """The field that takes whatever is said now."""
        field = self.form.field(state.asking) if state.phase is Phase.ASKING else None
        return field if field is not None and field.verbatim else None

    # What the form waits for besides a value

    def _waiting(self, state: FormState, text: str, command: Command | None) -> Step | Digression | None:
        match state.phase:
            case Phase.LEAVING:
                if command is Command.CANCEL or self._yes(text):
                    return Step(None, (asking.left(self.form),))
                return self.go_on(state) if self._no(text) or command is Command.GO_ON else None
            case Phase.IDLE:
                return self._after_silence(state, text, command)
            case Phase.DOUBT:
                options = asking.options(self.form, state, self.setting)
                place = 0 if len(options) == 1 and self._yes(text) else chosen(text, len(options))
                if place is None and state.question:
                    place = self._option(options, text)
                    mended = self._mended(state, text) if place is None else None
                    if mended is not None:
                        return mended
                if place is None and len(options) == 1 and not state.question and self._no(text):
                    return self.ask(state, state.asking)
                return self.pick(state, place) if place is not None else None
            case Phase.SUMMARY | Phase.CHANGING:
                return self._before_confirming(state, text, command)
            case _:
                return None

    def _mended(self, state: FormState, text: str) -> Step | None:
        """The answer that raised the question, given otherwise: "there are none" after all."""
        field = self.form.field(state.question)
        reading = field.type.read(text, self.setting.reader) if field and not self._yes(text) else None
        if field is None or not isinstance(reading, Understood) or reading.value == state.values.get(field.name):
            return None
        return self.give(state, {field.name: reading.value})

    def _option(self, options: Sequence[asking.Shown], text: str) -> int | None:
        """The place of the option that is asked for in other words than its button's."""
        named = self.vocabulary.option(self.form.name, text)
        names = [str(one.value).partition(":")[0] for one in options]
        return names.index(named) if named in names else None

    def _before_confirming(self, state: FormState, text: str, command: Command | None) -> Step | None:
        shown = state.phase is Phase.SUMMARY
        if (command is Command.CONFIRM and not state.asking) or (shown and self._yes(text)):
            return self.finish(state)
        if self._no(text):
            return self._change(state) if shown else self.go_on(state)
        name = self.vocabulary.field(self.form.name, text)
        return self.ask(state, name) if name else None

    def _after_silence(self, state: FormState, text: str, command: Command | None) -> Step | Digression:
        if command is Command.GO_ON or self._yes(text):
            return self.taken_up(state)
        if command is Command.CANCEL or self._no(text):
            return Step(None, (asking.left(self.form),))
        return self.hear(replace(state, phase=Phase.ASKING), text)

    def taken_up(self, state: FormState) -> Step:
        """Go on after a silence, with the answer that broke it."""
        told = self.hear(replace(state, phase=Phase.ASKING, raw=""), state.raw) if state.raw else None
        return told if isinstance(told, Step) else self.go_on(state)

    def is_question(self, text: str) -> bool:
        """Whether the text asks something that is known, or is small talk."""
        return self.is_phrase(text) or (self.setting.reader.is_question(text) and self.is_known(text))

    def is_value(self, text: str) -> bool:
        """Whether the text says more than yes, no or a steering word."""
        return not (self._yes(text) or self._no(text) or self.vocabulary.command(text))

    def _yes(self, text: str) -> bool:
        return self.setting.reader.yes_or_no(text) == "yes"

    def _no(self, text: str) -> bool:
        return self.setting.reader.yes_or_no(text) == "no"

    # Steering

    def _steer(self, state: FormState, command: Command) -> Step | Digression:
        match command:
            case Command.HUMAN:
                return Digression("", HUMAN)
            case Command.BACK:
                return self._back(state)
            case Command.SKIP:
                return self.skip(state)
            case Command.HELP:
                return Step(state, (asking.help_in_form(self.form, state, self.setting),))
            case Command.WHY:
                return Step(state, (asking.why(self.form, state, self.setting),))
            case _:
                return self.steered(state, command.value)

    def steered(self, state: FormState, what: str) -> Step:
        """Steering that a button can do as well as a word; anything else says the question again."""
        match what:
            case "cancel":
                return Step(replace(state, phase=Phase.LEAVING), (asking.leave(self.form, state),))
            case "leave":
                return Step(None, (asking.left(self.form),))
            case "restart":
                return self.go_on(replace(state, values={}, order=(), skipped=(), revision=state.revision + 1))
            case "change":
                return self._change(state)
            case "card" if self.form.card:
                return Step(state, (carding.shown(self.form, state, self.setting),))
            case "go-on" if state.phase is Phase.IDLE:
                return self.taken_up(state)
            case "go-on" | "confirm":
                return self.go_on(state)
            case _:
                return Step(state, (asking.current(self.form, state, self.setting),))

    def _back(self, state: FormState) -> Step:
        if not state.order:
            return self.go_on(state, asking.first_question())
        return self.ask(state.without(state.order[-1]), state.order[-1])

    def _correct(self, state: FormState, text: str) -> Step | None:
        correction = self.vocabulary.correction(self.form.name, text)
        if correction is None:
            return None
        named = self.form.field(correction.field) if correction.field else None
        if named is not None and not correction.words:
            return self.ask(state, named.name)
        words, others = self.finder.parted(correction.words)
        for field in [named] if named else self._correctable(state):
            reading = field.type.read(words, self.setting.reader) if words else None
            if isinstance(reading, Understood) and (named or reading.whole):
                return self.give(state, {field.name: reading.value, **others})
            if reading is not None and named:
                return self._read_beside(state, others, field, reading, words)
        found = self.finder.find(text)
        if found:
            return self.give(state, found)
        if named is None or self.setting.reader.is_question(text) or self.is_known(text):
            return None
        return self._not_understood(state.ask(named.name))

    def _read_beside(self, state: FormState, others: Values, field: Field, reading: Reading, words: str) -> Step:
        """Take the other values of the message, and ask back about this one."""
        if not others:
            return self._read(replace(state, asking=field.name), field, reading, words)
        told, before = self._given(state, others)
        return _after(before, self._read(replace(told, asking=field.name), field, reading, words))

    def _correctable(self, state: FormState) -> list[Field]:
        """Fields that words without a name may correct: the newest first, those that take any words last."""
        names = [*reversed(state.order), state.asking]
        given = [field for name in dict.fromkeys(names) if (field := self.form.field(name))]
        fit = (field for field in given if field.name in state.values or not asking.takes_any_text(field))
        return sorted(fit, key=asking.takes_any_text)

    # Answers

    def _is_answer(self, state: FormState, text: str) -> bool:
        """Whether "not sure" is one of the answers to the question."""
        field = self.form.field(state.asking)
        reading = field.type.read(text, self.setting.reader) if field else None
        if not isinstance(reading, Understood) or not reading.whole or (field and field.verbatim):
            return False
        return not asking.takes_any_text(field) or asking.stands_for_unknown(field, reading.value)

    def _answer(self, state: FormState, text: str) -> Step | Digression:
        field = self.form.field(state.asking)
        reading = field.type.read(text, self.setting.reader) if field else None
        question = self.setting.reader.is_question(text)
        answer = isinstance(reading, Understood) and reading.whole and not asking.takes_any_text(field)
        if self.is_order(text) or (self.is_phrase(text) and not answer):
            return Digression(text)
        if asking.takes_any_text(field) and not question and len(told := self.finder.told(text, field)) > 1:
            return self.give(state, told)
        if field and isinstance(reading, Understood) and reading.whole and not (question and self.is_known(text)):
            return self._read(state, field, reading, text)
        table = self._table(state, text)
        if table is not None:
            return table
        if reading is None and not question and self.finder.is_all(text):
            return self.give(state, self.finder.find(text))
        if (question or reading is None) and self.is_known(text):
            return Digression(text)
        found = {} if question else self.finder.told(text, field)
        other = reading is None or (isinstance(reading, Doubtful) and self.finder.is_all(text))
        if len(found) > 1 or (found and (other or state.asking in found)):
            return self.give(state, found)
        if field and reading is not None:
            return self._read(state, field, reading, text)
        return Digression(text) if question else self._not_understood(state)

    def take(self, state: FormState, cells: Cells) -> Step:
        """The rows of a file."""
        if not state.asking:
            state = self.go_on(state).state or state
        return self._table(state, cells) or self._not_understood(state)

    def _table(self, state: FormState, table: str | Cells) -> Step | None:
        taken = self.form.rows(table, state.values, self.setting)
        if isinstance(table, str) and taken is not None and self.finder.names_each_once(table):
            return None
        if isinstance(taken, Refused):
            return self._not_understood(state, asking.because(taken.reason))
        return None if taken is None else self.go_on(self._with(state, taken.values), taken.said)

    def _read(self, state: FormState, field: Field, reading: Reading, text: str) -> Step:
        match reading:
            case Understood(value):
                return self.give(state, {field.name: value})
            case Doubtful(question, options):
                if not options:
                    return self._not_understood(state, asking.because(question))
                doubt = replace(state, phase=Phase.DOUBT, asking=field.name, raw=text[:500], question="")
                return Step(doubt, (asking.current(self.form, doubt, self.setting),))
            case Refused(reason):
                return self._not_understood(state, asking.because(reason))
            case None:
                return self._not_understood(state)

    def _not_understood(self, state: FormState, reason: Reply | None = None) -> Step:
        state = replace(state, fails=state.fails + 1)
        out = state.fails >= FAILS_BEFORE_A_WAY_OUT
        return Step(state, (asking.not_understood(self.form, state, self.setting, reason, way_out=out),))

    def accepts(self, state: FormState, name: str, value: JsonValue) -> bool:
        """Whether a button of ours could have sent this value."""
        field = self.form.field(name)
        offered = [given for _, given in field.buttons] if field else []
        if state.phase is Phase.DOUBT and state.asking == name:
            offered += [shown.value for shown in asking.options(self.form, state, self.setting)]
        return value in offered

    def begin(self, state: FormState, text: str) -> Step:
        """The first step, with what the first message already says."""
        found = self.finder.opened(text)
        table = self._table(state, text)
        if table is not None:
            return table
        step = self.give(state, found) if found else self.go_on(state, asking.opening(self.form))
        return carding.offered(self.form, step, self.setting)

    def filled(self, state: FormState, data: JsonObject) -> Step:
        """A card that was filled in. What cannot be taken comes back on a card, all else is kept."""
        values, drafts = carding.read(self.form, state, self.setting, data)
        step = self.give(replace(state, drafts={}), values)
        if step.state is None or not drafts:
            return step
        left = replace(step.state.ask(next(iter(drafts))), drafts=drafts, revision=step.state.revision + 1)
        return Step(left, (carding.shown(self.form, left, self.setting),))


def _after(before: Reply, step: Step) -> Step:
    """The step with something said first."""
    return replace(step, replies=(asking.together(before, step.replies[0]), *step.replies[1:]))
