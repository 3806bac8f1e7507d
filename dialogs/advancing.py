"""Going on with a form: values taken, the next question, the summary, the end. The same for every form."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialogs import asking
from dialogs.form import Completion, Effect, Field, Form, Question, Setting, Values
from dialogs.form_state import FormState, Phase
from dialogs.reply import Reply


@dataclass(frozen=True, slots=True)
class Step:
    """What became of the form: still open with a reply, or ended."""

    state: FormState | None
    replies: tuple[Reply, ...] = ()
    completion: Completion | None = None
    finished: FormState | None = None
    """The form as it was when it was completed."""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """A form on its way, whoever or whatever moves it."""

    form: Form
    setting: Setting

    def give(self, state: FormState, values: Values) -> Step:
        """Take values, say them back, and go on."""
        return self.go_on(*self._given(state, values))

    def _given(self, state: FormState, values: Values) -> tuple[FormState, Reply]:
        """With the values, and without the answers that were about an older one."""
        said = asking.noted(self.form, values, self.setting)
        outdated = [field.name for field in self.form.fields if self._is_outdated(state, field, values)]
        for name in outdated:
            state = state.without(name)
        for name, value in values.items():
            state = state.with_value(name, value)
        return replace(state, fails=0), asking.together(said, asking.asked_anew()) if outdated else said

    def _is_outdated(self, state: FormState, field: Field, values: Values) -> bool:
        """Whether the field was answered about a value that is another one now."""
        if field.about not in values or field.name in values or field.name not in state.values:
            return False
        before = state.values.get(field.about)
        known = before is not None and not asking.stands_for_unknown(self.form.field(field.about), before)
        return known and before != values[field.about]

    def pick(self, state: FormState, place: int) -> Step:
        """Choose one of the options of a doubt."""
        options = asking.options(self.form, state, self.setting)
        if not 0 <= place < len(options):
            return Step(state, (asking.current(self.form, state, self.setting),))
        if not state.question:
            return self.give(state, {state.asking: options[place].value})
        choice = self.form.chosen(state.question, str(options[place].value), state.values, self.setting)
        if choice.ending is not None:
            return Step(None, choice.ending.replies, choice.ending, state)
        step = self.go_on(self._with(state, choice.values), choice.said)
        return replace(step, effects=choice.effects)

    def go_on(self, state: FormState, before: Reply | None = None) -> Step:
        """The next question, the summary, or the end."""
        state = self._settled(state)
        question = self.form.question(state.values, self.setting)
        if question is not None:
            return self._raise(state, question, before)
        if not self.form.enough(state.values, self.setting):
            missing = self._missing(state)
            if missing is not None and missing.name in state.skipped:
                needed = asking.together(before, asking.still_needed())
                return self.ask(replace(state, skipped=()), missing.name, needed)
            if missing is not None:
                return self.ask(state, missing.name, before)
        if not self.form.confirms:
            return self.finish(state, before)
        state = replace(state, phase=Phase.SUMMARY, asking="", raw="", question="")
        return Step(state, (asking.current(self.form, state, self.setting),))

    def _missing(self, state: FormState) -> Field | None:
        """The next field to ask; those left for later come last."""
        return self.form.missing(state.values, state.skipped, self.setting) or self.form.missing(
            state.values, tuple(name for name in state.skipped if asking.is_optional(self.form, name)), self.setting
        )

    def ask(self, state: FormState, name: str, before: Reply | None = None) -> Step:
        """Ask for a field."""
        state = state.ask(name)
        return Step(state, (asking.together(before, asking.current(self.form, state, self.setting)),))

    def finish(self, state: FormState, before: Reply | None = None) -> Step:
        """Confirmed, or nothing to confirm."""
        completion = self.form.complete(state.values, self.setting)
        replies = completion.replies
        if before is not None and replies:
            replies = (asking.together(before, replies[0]), *replies[1:])
        return Step(None, replies, completion, state)

    def _raise(self, state: FormState, question: Question, before: Reply | None) -> Step:
        state = replace(state, phase=Phase.DOUBT, question=question.name, raw="", asking="")
        return Step(state, (asking.together(before, asking.current(self.form, state, self.setting)),))

    def _settled(self, state: FormState) -> FormState:
        values = self.form.settle(state.values, self.setting)
        known = (*state.order, *(name for name in values if name not in state.order))
        order = tuple(name for name in known if name in values and self.form.field(name))
        return replace(state, values=values, order=order, at=self.setting.now)

    def _with(self, state: FormState, values: Values) -> FormState:
        new = tuple(name for name in values if name not in state.order)
        return replace(state, values=values, order=(*state.order, *new), revision=state.revision + 1, fails=0)

    def lay_open(self, state: FormState, name: str) -> Step:
        """A part of the values for changes."""
        if name not in [part.name for part in self.form.parts(state.values, self.setting)]:
            return Step(state, (asking.current(self.form, state, self.setting),))
        return self._change(self._with(state, self.form.part(state.values, name)))

    def _change(self, state: FormState) -> Step:
        """Ask what to change."""
        state = replace(state, phase=Phase.CHANGING, raw="", question="")
        return Step(state, (asking.current(self.form, state, self.setting),))

    def skip(self, state: FormState) -> Step:
        """Leave the current field for later, or answer that it is not known, where that is an answer."""
        field = self.form.field(state.asking)
        if field is not None and field.left_open is not None:
            return self.give(state, {field.name: field.left_open})
        skipped = (*(name for name in state.skipped if name != state.asking), state.asking)
        return self.go_on(replace(state, skipped=skipped, fails=0))
