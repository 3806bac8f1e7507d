"""Sample requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from cases.model import Case, CaseChange, CaseType, Contact, Draft, JsonObject, Owner, State
from cases.usecases import open_case
from program.load import load_program
from program.windows import Calendar, calendar_of
from program.yaml_source import parse_yaml

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
CONTENT = Path(__file__).parents[2] / "content"
CALENDAR: Calendar = calendar_of(load_program(parse_yaml((CONTENT / "program.yaml").read_bytes(), "program.yaml")))
FIELDS: dict[CaseType, JsonObject] = {
    CaseType.LISTING: {"name": "Contoso 学习", "country": "BR", "url": "https://contoso.com/microsoft"},
    CaseType.KPI: {"invoices": [{"month": "2020-01", "number": "INV-7"}]},
    CaseType.MESSAGE: {"text": "Does one MCT count twice?"},
}
_numbers = count(1)


def draft(type_: CaseType = CaseType.LISTING, **changes: Any) -> Draft:
    instance = f"{next(_numbers):032x}"
    contact = Contact("webchat", "conv-1", local=True)
    return replace(Draft(type_, instance, FIELDS[type_], Owner("webchat", "ann"), contact, "en"), **changes)


def opened(type_: CaseType = CaseType.LISTING, at: datetime = NOW, **changes: Any) -> CaseChange:
    return open_case(draft(type_, **changes), at, CALENDAR)


def case(type_: CaseType = CaseType.LISTING, state: State = State.RECEIVED, **changes: Any) -> Case:
    return replace(opened(type_).case, **{"state": state, **changes})
