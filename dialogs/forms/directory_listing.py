"""List us in the directory: name, country, landing page, and the page's three rules affirmed."""

from __future__ import annotations

from cases.model import Case
from cases.reference import access_code
from dialogs.fields.country import COUNTRY
from dialogs.fields.text import NAME
from dialogs.fields.url import LANDING_PAGE
from dialogs.fields.yes_no import YesNo
from dialogs.form import Choice, Completion, Effect, Field, Form, Option, Question, Setting, Values
from dialogs.reply import JsonObject, Paragraph, Plain, Reply, Row, SourceLine, Table, Text
from program.windows import Batch, batch_for, batch_of, calendar_of

NAME_OF_FORM = "directory-listing"
RULES = ("about-only", "no-competitors", "owned")
"""The page's rules, each a question."""
_YES_NO = (("form.yes", "yes"), ("form.no", "no"))


def _summary(values: Values, setting: Setting) -> Reply:
    reader = setting.reader
    rows = [
        Row(Text(f"{NAME_OF_FORM}.{field.name}.label"), field.type.show(values[field.name], reader))
        for field in _FIELDS
        if field.name in values
    ]
    batch = _batch(setting)
    rows += [
        Row(Text("directory-listing.batch"), Text("form.month", {"month": batch.month})),
        Row(Text("directory-listing.visible"), Text("form.day", {"date": batch.visible_by})),
    ]
    return Reply(
        (
            Paragraph(Text("directory-listing.summary"), "heading"),
            Table(tuple(rows)),
            Paragraph(_promise(batch)),
            Paragraph(Text("directory-listing.batch.rule"), "subtle"),
            SourceLine("faq-directory"),
        )
    )


def _batch(setting: Setting) -> Batch:
    """The batch that is promised; a request that has one keeps it as long as that can be kept."""
    calendar = calendar_of(setting.program)
    reachable = batch_for(setting.now, calendar)
    promised = setting.about.batch if setting.about else None
    earliest = (reachable.earliest or reachable).month
    return reachable if promised is None or promised < earliest else batch_of(promised, calendar)


def _promise(batch: Batch) -> Text:
    if batch.earliest is not None:
        return Text("directory-listing.batch.uncertain", {"earliest": batch.earliest.month, "month": batch.month})
    days = {"first": batch.first_day, "last": batch.last_day}
    return Text("directory-listing.batch.certain", {"month": batch.month, **days})


def _broken_rule(values: Values, _: Setting) -> Question | None:
    """A rule that the partner says the page does not keep."""
    for rule in RULES:
        if values.get(rule) == "no":
            options = (
                Option(Text("directory-listing.rule.other-page"), "other-page"),
                Option(Text("directory-listing.rule.changed"), "changed"),
                Option(Text("directory-listing.rule.leave"), "leave"),
            )
            return Question(rule, Text(f"directory-listing.rule.{rule}"), options)
    return None


def _mended(rule: str, option: str, values: Values, _: Setting) -> Choice:
    match option:
        case "changed":
            return Choice({**values, rule: "yes"})
        case "other-page":
            return Choice({name: value for name, value in values.items() if name not in (*RULES, "landing-page")})
        case _:
            left = Reply((Paragraph(Text("form.left", {"title": Text("directory-listing.title")})),))
            return Choice(values, Completion((left,)))


def _complete(values: Values, setting: Setting) -> Completion:
    fields: JsonObject = {field.name: values.get(field.name) for field in _FIELDS}
    check: JsonObject = {"url": values.get("landing-page"), "name": values.get("display-name")}
    return Completion(case=fields, effects=(Effect("check-page", check),) if _is_looked_at(fields, setting) else ())


def _is_looked_at(fields: Values, setting: Setting) -> bool:
    """Whether the landing page is looked at now: not if that is switched off, nor when it is the page of before."""
    before = setting.about.fields.get("landing-page") if setting.about else None
    return setting.checks_pages and fields.get("landing-page") != before


def _recorded(case: Case, setting: Setting) -> tuple[Reply, ...]:
    reference = Plain(case.reference)
    look = (Paragraph(Text("directory-listing.page-check")),) if _is_looked_at(case.fields, setting) else ()
    if setting.about is not None:
        return (Reply((Paragraph(Text("status.edited", {"reference": reference})), *look), private=True),)
    batch = _batch(setting)
    sent = Text("directory-listing.sent", {"reference": reference, "month": batch.month, "visible": batch.visible_by})
    code = Text("directory-listing.code", {"code": Plain(access_code(case.instance))})
    return (Reply((Paragraph(sent), *look, Paragraph(code, "subtle")), private=True),)


_FIELDS = (
    Field("display-name", NAME),
    Field("country", COUNTRY),
    Field("landing-page", LANDING_PAGE),
    *(Field(rule, YesNo(about=rule), buttons=_YES_NO, about="landing-page") for rule in RULES),
)

DIRECTORY_LISTING = Form(
    name=NAME_OF_FORM,
    version=1,
    fields=_FIELDS,
    complete=_complete,
    summary=_summary,
    recorded=_recorded,
    question=_broken_rule,
    chosen=_mended,
    reminds=True,
    opened_by=frozenset({"landing-page", "country"}),
    card=frozenset(field.name for field in _FIELDS),
)
