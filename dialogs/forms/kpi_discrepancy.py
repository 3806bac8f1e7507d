"""Our KPI report is wrong: the details of one or several invoices, typed one by one or pasted as a table."""

from __future__ import annotations

from datetime import datetime, time
from typing import cast

from cases.model import CLOSED, Case, CaseType
from cases.reference import access_code
from dialogs.fields.base import Refused, Understood
from dialogs.fields.invoices import INVOICES, cell_question
from dialogs.fields.money import MONEY
from dialogs.fields.month import INVOICE_MONTH
from dialogs.fields.number import KPI_VALUE
from dialogs.fields.text import DETAIL, INVOICE_NUMBER
from dialogs.fields.yes_no import YesNo
from dialogs.form import Cells, Choice, Completion, Effect, Field, Form, Option, Question, Setting, Taken, Values
from dialogs.reply import Block, JsonObject, JsonValue, Paragraph, Plain, Reply, Row, SourceLine, Table, Text, say
from program.months import Month
from program.windows import calendar_of, invoice_is_due, invoice_visible_from

DETAILS = ("month", "omlp-type", "purchase-unit", "invoice-number", "kpi-value", "revenue-value")
_YES_NO = (("form.yes", "yes"), ("form.no", "no"))


def invoices_of(values: Values) -> list[JsonObject]:
    """All complete invoices: those settled and the one at hand."""
    return [*_settled(values), *([_at_hand(values)] if _is_complete(values) else [])]


def _settled(values: Values) -> list[JsonObject]:
    return cast("list[JsonObject]", values.get("invoices") or [])


def _pending(values: Values) -> list[JsonObject]:
    return cast("list[JsonObject]", values.get("pending") or [])


def _at_hand(values: Values) -> JsonObject:
    return {name: values[name] for name in DETAILS if name in values}


def _is_complete(values: Values) -> bool:
    return all(name in values for name in DETAILS)


def _without_details(values: Values) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if name not in (*DETAILS, "more")}


def _settle(values: Values, _: Setting) -> Values:
    """A complete invoice makes room for the next one, pasted or still to be told; the last one stays at hand."""
    if not _is_complete(values) and _at_hand(values):
        return values
    waiting = _pending(values)
    if not waiting and values.get("more") != "yes":
        last = str(len(_settled(values)) - 1)
        return values if _at_hand(values) or values.get("adding") or last == "-1" else _laid_open(values, last)
    rest = _without_details(values) | {"invoices": cast("JsonValue", invoices_of(values))}
    if waiting:
        return {**rest, "pending": cast("JsonValue", waiting[1:]), **waiting[0]}
    return {**rest, "adding": True}


def _laid_open(values: Values, place: str) -> Values:
    """The settled invoice at this place at hand, in exchange for the one that is."""
    row = _settled(values)[int(place)]
    others = [one for one in invoices_of(values) if one is not row]
    rest = {name: value for name, value in values.items() if name not in DETAILS}
    return {**rest, "invoices": cast("JsonValue", others), **row}


def _parts(values: Values, _: Setting) -> tuple[Option, ...]:
    """The invoices that are not at hand."""
    if _at_hand(values) and not _is_complete(values):
        return ()
    labels = [Text("kpi-discrepancy.invoice", {"number": Plain(str(r["invoice-number"]))}) for r in _settled(values)]
    return tuple(Option(label, str(place)) for place, label in enumerate(labels))


def _reopened(case: Case) -> Values:
    """A request's invoices; those that were not due when they were reported need no second question."""
    rows = _settled(case.fields)
    return {"invoices": cast("JsonValue", rows), "early": [row["month"] for row in rows], "into": "", "more": "no"}


def _detail_needed(values: Values, _: Setting) -> bool:
    return bool(_at_hand(values)) or not _settled(values) or values.get("adding") is True


def _more_needed(values: Values, _: Setting) -> bool:
    return bool(invoices_of(values)) and (_is_complete(values) or not _at_hand(values))


def _rows(table: str | Cells, values: Values, setting: Setting) -> Taken | Refused | None:
    """A table: complete rows are taken, incomplete ones are asked about one after the other."""
    reader = setting.reader
    reading = INVOICES.read(table, reader) if isinstance(table, str) else INVOICES.read_cells(table, reader)
    if not isinstance(reading, Understood):
        return reading if isinstance(reading, Refused) else None
    told = cast("dict[str, list[JsonObject]]", reading.value)
    rows = told["rows"]
    complete = [row for row in rows if all(name in row for name in DETAILS)]
    partial = [row for row in rows if row not in complete]
    kept: dict[str, JsonValue] = {name: value for name, value in values.items() if name not in ("more", "adding")}
    kept["invoices"] = cast("JsonValue", [*_settled(values), *complete])
    kept["pending"] = cast("JsonValue", [*_pending(values), *partial])
    faults = tuple(Paragraph(cell_question(cell)) for cell in told["open"])
    return Taken(kept, Reply((Paragraph(Text("kpi-discrepancy.rows.taken", {"count": len(rows)})), *faults)))


def _question(values: Values, setting: Setting) -> Question | None:
    month = _undue(values, setting)
    if month is not None:
        visible = invoice_visible_from(month, calendar_of(setting.program))
        text = Text("kpi-discrepancy.not-due", {"month": month, "date": visible})
        remind = Option(Text("kpi-discrepancy.not-due.remind"), f"remind:{month}")
        return Question("not-due", text, (remind, Option(Text("kpi-discrepancy.not-due.go-on"), f"go-on:{month}")))
    twin = _twin(values, setting)
    if twin is None:
        return None
    case, number = twin
    text = Text("kpi-discrepancy.duplicate", {"number": Plain(number), "reference": Plain(case.reference)})
    add = Option(Text("kpi-discrepancy.duplicate.add"), f"add:{case.reference}")
    return Question("duplicate", text, (add, Option(Text("kpi-discrepancy.duplicate.new"), "new:")))


def _undue(values: Values, setting: Setting) -> Month | None:
    """The first month whose invoices the report cannot show yet, unless the partner wants to go on anyway."""
    accepted = cast("list[str]", values.get("early") or [])
    told = [row["month"] for row in (*_settled(values), *_pending(values), _at_hand(values)) if "month" in row]
    calendar = calendar_of(setting.program)
    for text in told:
        month = Month.of_text(str(text))
        if str(text) not in accepted and not invoice_is_due(month, setting.reader.today, calendar):
            return month
    return None


def _twin(values: Values, setting: Setting) -> tuple[Case, str] | None:
    """An open request that has one of the invoices already."""
    if "into" in values or not invoices_of(values):
        return None
    for case in setting.own:
        if case.type is CaseType.KPI and case.state not in CLOSED:
            known = {_natural_key(row) for row in _settled(case.fields)}
            for row in invoices_of(values):
                if _natural_key(row) in known:
                    return case, str(row["invoice-number"])
    return None


def _natural_key(row: JsonObject) -> tuple[str, str, str]:
    return str(row["invoice-number"]).casefold(), str(row["month"]), str(row["omlp-type"]).casefold()


def _chosen(_: str, option: str, values: Values, setting: Setting) -> Choice:
    what, _, rest = option.partition(":")
    match what:
        case "remind":
            return _remind(Month.of_text(rest), values, setting)
        case "go-on":
            return Choice({**values, "early": [*cast("list[JsonValue]", values.get("early") or []), rest]})
        case "add":
            return Choice({**values, "into": rest})
        case _:
            return Choice({**values, "into": ""})


def _remind(month: Month, values: Values, setting: Setting) -> Choice:
    """The invoices of this month leave the form; the partner hears of them when they are due."""
    calendar = calendar_of(setting.program)
    day = invoice_visible_from(month, calendar)
    at = datetime.combine(day, time(9), calendar.zone)
    effect = Effect("remind", {"key": "kpi-discrepancy.reminder", "month": str(month)}, at)
    kept: dict[str, JsonValue] = dict(values)
    if values.get("month") == str(month):
        kept = _without_details(values)
    for name in ("invoices", "pending"):
        rows = cast("list[JsonObject]", kept.get(name) or [])
        kept[name] = [row for row in rows if row.get("month") != str(month)]
    said = say("kpi-discrepancy.reminder-set", date=day)
    if not kept["invoices"] and not kept["pending"] and not _at_hand(kept):
        return Choice(kept, Completion((said,), effects=(effect,)))
    return Choice(kept, effects=(effect,), said=said)


def _summary(values: Values, setting: Setting) -> Reply:
    rows = tuple(_line(row, setting) for row in invoices_of(values))
    blocks: tuple[Block, ...] = (Paragraph(Text("kpi-discrepancy.summary"), "heading"), Table(rows))
    return Reply((*blocks, SourceLine("faq-kpi-discrepancy")), private=True)


def _line(row: JsonObject, setting: Setting) -> Row:
    shown = {name: field.type.show(row[name], setting.reader) for name in DETAILS if (field := _BY_NAME[name])}
    line = Text(
        "kpi-discrepancy.invoice.line",
        {
            "month": shown["month"],
            "type": shown["omlp-type"],
            "unit": shown["purchase-unit"],
            "kpi": shown["kpi-value"],
            "revenue": shown["revenue-value"],
        },
    )
    return Row(Text("kpi-discrepancy.invoice", {"number": shown["invoice-number"]}), line)


def _complete(values: Values, setting: Setting) -> Completion:
    into = str(values.get("into") or "")
    rows = invoices_of(values)
    existing = next((case for case in setting.own if case.reference == into), None)
    if existing is not None:
        known = {_natural_key(row) for row in _settled(existing.fields)}
        rows = [*_settled(existing.fields), *(row for row in rows if _natural_key(row) not in known)]
    return Completion(case={"invoices": cast("JsonValue", rows)}, into=into if existing else "")


def _recorded(case: Case, setting: Setting) -> tuple[Reply, ...]:
    reference = Plain(case.reference)
    if setting.about is not None:
        return (Reply((Paragraph(Text("status.edited", {"reference": reference})),), private=True),)
    if case.version > 1:
        return (Reply((Paragraph(Text("kpi-discrepancy.added", {"reference": reference})),), private=True),)
    code = Text("directory-listing.code", {"code": Plain(access_code(case.instance))})
    sent = Text("kpi-discrepancy.sent", {"reference": reference})
    return (Reply((Paragraph(sent), Paragraph(code, "subtle")), private=True),)


_FIELDS = (
    Field("month", INVOICE_MONTH, _detail_needed),
    Field("omlp-type", DETAIL, _detail_needed),
    Field("purchase-unit", DETAIL, _detail_needed),
    Field("invoice-number", INVOICE_NUMBER, _detail_needed),
    Field("kpi-value", KPI_VALUE, _detail_needed),
    Field("revenue-value", MONEY, _detail_needed),
    Field("more", YesNo(about="more"), _more_needed, _YES_NO),
)
_BY_NAME = {field.name: field for field in _FIELDS}

KPI_DISCREPANCY = Form(
    name="kpi-discrepancy",
    version=1,
    fields=_FIELDS,
    complete=_complete,
    summary=_summary,
    recorded=_recorded,
    question=_question,
    chosen=_chosen,
    settle=_settle,
    reopened=_reopened,
    parts=_parts,
    part=_laid_open,
    rows=_rows,
    card=frozenset(DETAILS),
    private=True,
)
