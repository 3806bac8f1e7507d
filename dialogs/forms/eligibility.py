"""Am I eligible: asks only what can still change the verdict, then shows it requirement by requirement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from dialogs.fields.choice import ChoiceType
from dialogs.fields.number import Count
from dialogs.fields.text import COMPETENCY
from dialogs.fields.yes_no import YesNo
from dialogs.form import Completion, Field, Form, Setting, Values
from dialogs.reply import Block, Button, Paragraph, Press, Reply, Row, SourceLine, Steps, Table, Text
from program.eligibility import Assessment, Change, assess, changes, questions_needed
from program.rules import UNKNOWN_NAME
from program.sentence import Sentence

_DELIVERY = ChoiceType("delivery", covers="outside")
_LEVELS = ("lap", "silver", "gold", "unsure")
_ANSWERS = (("eligibility.yes", "yes"), ("eligibility.no", "no"), ("eligibility.unsure", "unsure"))


def _choices(name: str, *values: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"eligibility.{name}.{value}", value) for value in values)


_NO_COMPETENCY = _choices("competency", UNKNOWN_NAME)


_QUESTIONS = {"mct_requirement": "requirements", "gold_other": "requirements"}
"""Fields whose answers in words are those of another question of fields.yaml than their own name."""


def _unsure(name: str) -> YesNo:
    return YesNo(unsure=True, about=_QUESTIONS.get(name, name.replace("_", "-")))


def _answers(values: Values) -> Mapping[str, int | str]:
    return cast("Mapping[str, int | str]", values)


def _open(values: Values, setting: Setting) -> tuple[str, ...]:
    return questions_needed(_answers(values), setting.program.eligibility, setting.reader.today)


def _known(values: Values, setting: Setting) -> bool:
    return not _open(values, setting)


def _verdict(values: Values, setting: Setting) -> Reply:
    found = assess(_answers(values), setting.program.eligibility, setting.reader.today)
    blocks: list[Block] = [Paragraph(_text(found.headline), "heading"), *_difference(found, setting)]
    if found.requirements:
        blocks.append(Table(_rows(found)))
    if found.missing_for_next:
        blocks.append(Paragraph(Text("eligibility.missing"), "strong"))
        blocks += [Paragraph(_text(need.label)) for need in found.missing_for_next]
    if found.next_steps:
        blocks += [
            Paragraph(Text("eligibility.steps"), "strong"),
            Steps(tuple(_text(step.sentence) for step in found.next_steps)),
        ]
    blocks += [Paragraph(Text("eligibility.as-of", {"date": found.rules_from}), "subtle"), SourceLine("introduction")]
    again = Button(Text("form.start-again"), Press({"do": "start", "form": "eligibility"}))
    return Reply(tuple(blocks), (again,))


def _difference(found: Assessment, setting: Setting) -> list[Block]:
    """What has changed since the last time."""
    if setting.kept is None:
        return []
    before = assess(_answers(setting.kept.values), setting.program.eligibility, setting.kept.day)
    changed = changes(before, found)
    if not changed:
        return [Paragraph(Text("eligibility.unchanged", {"date": setting.kept.day}), "subtle")]
    blocks: list[Block] = [Paragraph(Text("eligibility.changed", {"date": setting.kept.day}), "strong")]
    if changed.verdict:
        blocks.append(Paragraph(Text("eligibility.changed.verdict", {"before": _text(before.headline)})))
    if changed.rules:
        blocks.append(Paragraph(Text("eligibility.changed.rules")))
    blocks += [Paragraph(_change(one)) for one in changed.requirements]
    return blocks


def _change(one: Change) -> Text:
    states = {"before": one.before or "open", "after": one.requirement.state}
    words = {name: Text(f"eligibility.state.{state}") for name, state in states.items()}
    return Text("eligibility.changed.requirement", {"label": _text(one.requirement.label), **words})


def _rows(found: Assessment) -> tuple[Row, ...]:
    return tuple(Row(_text(need.label), _text(need.reason), need.state) for need in found.requirements)


def _text(sentence: Sentence) -> Text:
    return Text(sentence.key, dict(sentence.params))


def _complete(values: Values, setting: Setting) -> Completion:
    return Completion((_verdict(values, setting),))


def _next_only(name: str) -> Callable[[Values, Setting], bool]:
    """Fields are asked in the order and as far as the rules need them."""
    return lambda values, setting: _open(values, setting)[:1] == (name,)


ELIGIBILITY = Form(
    name="eligibility",
    version=1,
    fields=(
        Field(
            "purpose",
            ChoiceType("delivery", covers="outside"),
            _next_only("purpose"),
            _choices("purpose", "outside", "internal"),
        ),
        Field("mct", Count("mct"), _next_only("mct")),
        Field("level", ChoiceType("level"), _next_only("level"), _choices("level", *_LEVELS), left_open="unsure"),
        Field(
            "competency",
            COMPETENCY,
            _next_only("competency"),
            _choices("competency", UNKNOWN_NAME),
            left_open=UNKNOWN_NAME,
        ),
        Field("commitment", _unsure("commitment"), _next_only("commitment"), _ANSWERS, left_open="unsure"),
        *(
            Field(name, _unsure(name), _next_only(name), _ANSWERS, about="competency", left_open="unsure")
            for name in ("mct_requirement", "exams", "gold_kpis", "gold_other")
        ),
        Field("holds_silver", _unsure("holds_silver"), _next_only("holds_silver"), _ANSWERS[:2], about="competency"),
    ),
    complete=_complete,
    summary=_verdict,
    confirms=False,
    enough=_known,
    keeps=True,
    opened_by=frozenset({"mct", "level"}),
)
