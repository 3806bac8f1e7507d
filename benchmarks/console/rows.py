"""Rows as the tables hold them: many, made up, the same for the same size."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.model import CLOSED, CaseType, State
from cases.reference import reference_for
from cases.transitions import TRANSITIONS
from storage.cases import folded
from storage.codec import to_micros

Row = tuple[object, ...]
CHANNELS, LANGUAGES = ("directline", "msteams"), ("en", "zh-CN")
COUNTRIES = ("BR", "CN", "DE", "FR", "IN", "JP", "MX", "PT", "US", "ZA")
NAMES = ("Contoso", "Fabrikam", "Northwind", "Tailspin", "Litware", "Woodgrove", "北京帮助", "上海学习")
KINDS = ("answer",) * 11 + ("suggestions",) * 3 + ("no-match",) * 2 + ("topic", "chosen") + ("form",) * 6
FORM, STEPS = "directory-listing", ("display-name", "country", "landing-page", "about-only", "summary", "done")
CLERKS = ("ann", "bea", "cem")
ENTRIES, PEOPLE = 60, 20_000
DAYS_OF_REQUESTS, DAYS_OF_TALK = 700, 90
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    requests: int = 100_000
    events: int = 1_000_000
    exchanges: int = 1_000_000
    missed: int = 100_000
    audit: int = 100_000


QUICK = Size(200, 2_000, 2_000, 200, 200)


@dataclass(frozen=True, slots=True)
class Table:
    """What goes into a table."""

    name: str
    columns: Sequence[str]
    rows: Iterator[Row]


def tables(size: Size, now: datetime) -> list[Table]:
    """All of them."""
    return [
        Table("cases", _CASE, _cases(size, now)),
        Table("case_events", ("reference", "number", "at", "actor", "kind", "data"), _events(size, now)),
        Table("exchanges", _EXCHANGE, _exchanges(size, now)),
        Table("feedback", _FEEDBACK, _feedback(size, now)),
        Table("missed", _MISSED, _missed(size, now)),
        Table("audit", ("at", "actor", "deed", "subject", "data", "address"), _audit(size, now)),
    ]


_CASE = (
    *("reference", "instance", "type", "state", "channel", "user_id", "contact", "language", "fields", "version"),
    *("created_at", "updated_at", "batch", "due", "assignee", "waiting_field", "returns_to", "muted"),
    *("access_code_hash", "wrong_codes", "search", "country"),
)
_EXCHANGE = (
    *("channel", "user_id", "conversation", "language", "text", "kind", "entry", "score", "knowledge_version"),
    *("form", "step", "reference", "at"),
)
_FEEDBACK = ("user_id", "channel", "language", "entry", "knowledge_version", "helpful", "at")
_MISSED = ("text", "language", "channel", "reason", "candidates", "knowledge_version", "at", "user_id")


def reference(number: int) -> str:
    """Of the request of this number."""
    return reference_for(f"{number:032x}")


def _made(draw: random.Random, now: datetime, days: int) -> datetime:
    return now - timedelta(seconds=draw.random() * days * _DAY)


def _cases(size: Size, now: datetime) -> Iterator[Row]:
    """Nine of ten are closed, but of the newest, which are worked on."""
    draw, taken = random.Random(1), set[str]()
    contact = json.dumps({"channel": "directline", "conversation": "c", "local": True, "reference": {}})
    for number in range(size.requests):
        made = now - timedelta(seconds=(size.requests - number) * DAYS_OF_REQUESTS * _DAY / size.requests)
        type_ = draw.choice((CaseType.LISTING, CaseType.LISTING, CaseType.KPI, CaseType.MESSAGE))
        states = list(TRANSITIONS[type_])
        closed = [state for state in states if state in CLOSED]
        state = draw.choice(closed if number < 0.9 * size.requests else states)
        name, country = f"{draw.choice(NAMES)} {number}", draw.choice(COUNTRIES)
        page = f"https://partner{number}.example.com/microsoft"
        fields = {"display-name": name, "country": country, "landing-page": page}
        if type_ is not CaseType.LISTING:
            fields = {"text": f"{name}: our report of invoice {number} shows something else than we expected"}
        own = reference(number)
        if own in taken:
            continue
        taken.add(own)
        open_ = state not in CLOSED
        batch = f"{made:%Y-%m}" if type_ is CaseType.LISTING else None
        due = (made + timedelta(days=20)).date().isoformat() if open_ and state is not State.WAITING else None
        waits = state is State.WAITING
        yield (
            *(own, f"{number:032x}", str(type_), str(state), draw.choice(CHANNELS), f"user-{number % PEOPLE}", contact),
            *(draw.choice(LANGUAGES), json.dumps(fields, ensure_ascii=False), 9, to_micros(made)),
            *(to_micros(min(now, made + timedelta(days=9))), batch, due, draw.choice((None, *CLERKS))),
            *("landing-page" if waits else None, "in-review" if waits else None, False, "", 0),
            *(folded("\n".join([own, *fields.values()])), country if type_ is CaseType.LISTING else None),
        )


def _events(size: Size, now: datetime) -> Iterator[Row]:
    each = max(1, size.events // size.requests)
    taken = set[str]()
    for number in range(size.requests):
        own, made = reference(number), now - timedelta(days=DAYS_OF_REQUESTS * (1 - number / size.requests))
        if own in taken:
            continue
        taken.add(own)
        for place in range(each):
            at = to_micros(made + min(timedelta(days=3), (now - made) / each) * place)
            kind = "opened" if place == 0 else "noted" if place % 2 else "moved"
            data = {"noted": {"text": f"looked at it {place}"}, "moved": {"from": "submitted", "to": "listed"}}
            yield own, place + 1, at, f"operator:{CLERKS[place % 3]}", kind, json.dumps(data.get(kind, {}))


def _exchanges(size: Size, now: datetime) -> Iterator[Row]:
    draw, start = random.Random(2), now - timedelta(days=DAYS_OF_TALK)
    for number in range(size.exchanges):
        at = to_micros(start + timedelta(seconds=number * DAYS_OF_TALK * _DAY / size.exchanges))
        kind, person = KINDS[int(draw.random() * len(KINDS))], f"user-{int(draw.random() * PEOPLE)}"
        guided = kind == "form"
        entry = FORM if guided else "" if kind == "no-match" else f"entry-{int(draw.random() ** 2 * ENTRIES)}"
        step = STEPS[int(draw.random() * len(STEPS))] if guided else ""
        channel, language = CHANNELS[number % 2], LANGUAGES[number // 2 % 2]
        yield (
            *(channel, person, person, language, "when do directory updates go out", kind, entry, 0.9, "v"),
            *(FORM if guided else "", step, "", at),
        )


def _feedback(size: Size, now: datetime) -> Iterator[Row]:
    draw = random.Random(3)
    for number in range(size.exchanges // 20):
        entry, at = f"entry-{int(draw.random() ** 2 * ENTRIES)}", to_micros(_made(draw, now, DAYS_OF_TALK))
        yield (
            f"user-{number % PEOPLE}",
            CHANNELS[number % 2],
            LANGUAGES[number // 2 % 2],
            entry,
            "v",
            number % 4 > 0,
            at,
        )


def _missed(size: Size, now: datetime) -> Iterator[Row]:
    draw = random.Random(4)
    for number in range(size.missed):
        text = f"how does {draw.choice(NAMES)} get thing {int(draw.random() ** 3 * 5_000)} done"
        reason = draw.choice(("no-match", "suggestions", "none-of-these"))
        found = json.dumps({"entries": [f"entry-{number % ENTRIES}"]})
        at = to_micros(_made(draw, now, DAYS_OF_TALK))
        yield text, LANGUAGES[number % 2], CHANNELS[number % 2], reason, found, "v", at, f"user-{number % PEOPLE}"


def _audit(size: Size, now: datetime) -> Iterator[Row]:
    draw, deeds = random.Random(5), ("signed-in", "request-changed", "request-changed", "exported", "forbidden")
    for number in range(size.audit):
        at = to_micros(now - timedelta(seconds=(size.audit - number) * 60))
        yield at, draw.choice(CLERKS), draw.choice(deeds), reference(number % size.requests), "{}", "127.0.0.1"
