"""The overview: how questions and requests go, as charts with tables beside them, and each table as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from console import charts
from console.errors import NotFound
from console.export import Row, csv_response
from console.naming import Naming
from console.routing import NavEntry, Route, get, needs
from console.visit import Visit
from console.words import Words
from desk.access import Action
from desk.audit import Deed
from desk.overview import (
    AGES,
    PERIODS,
    USUAL,
    WEEK,
    EntryRow,
    Outcome,
    Overview,
    OverviewSource,
    PlaceRow,
    Point,
    Which,
    overview_of,
)
from wording.dates import day_text

PATH = "/overview"
MARKS = 5
"""Days that are written under the chart."""
OUTCOMES = tuple(Outcome)
TABLES = ("days", "top", "worst", "states", "listed", "dialogs", "places")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page, as it is downloaded."""

    head: Sequence[str]
    rows: Sequence[Row]


class OverviewPage:
    """The section of the overview."""

    def __init__(self, source: OverviewSource, naming: Naming) -> None:
        self._source, self._naming = source, naming

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (get(PATH, self.show), get(f"{PATH}/export", self.export))

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("overview", PATH, Action.SEE_OVERVIEW),)

    @needs(Action.SEE_OVERVIEW)
    async def show(self, visit: Visit) -> web.Response:
        """Charts and tables of a period."""
        which, days = self._which(visit)
        figures = await self._source.figures(which, which.last)
        shown, said = overview_of(figures, which), Said(visit.words, self._naming)
        channels = sorted({channel for channel, _ in figures.places} | {which.channel} - {""})
        return await visit.render(
            "overview.html",
            which=which,
            days=days,
            kept={"days": days, "channel": which.channel, "language": which.language},
            shown=shown,
            said=said,
            chart=said.days_chart(shown.points),
            listed=said.listed_chart(shown),
            bar=charts.bar,
            periods=PERIODS,
            channels=channels,
            request_languages=list(self._naming.languages()),
            outcome_names=said.outcome_names,
            ages=range(len(AGES) + 1),
            age_names=[said.age(place) for place in range(len(AGES) + 1)],
        )

    @needs(Action.EXPORT_OVERVIEW)
    async def export(self, visit: Visit) -> web.Response:
        """One of the tables as CSV."""
        name = visit.query("table")
        if name not in TABLES:
            raise NotFound(back=PATH)
        which, _ = self._which(visit)
        shown = overview_of(await self._source.figures(which, which.last), which)
        table = _TABLES[name](shown, Said(visit.words, self._naming))
        await visit.record(Deed.EXPORTED, f"overview-{name}", what="overview", format="csv", rows=len(table.rows))
        return csv_response(f"overview-{name}-{which.first}-{which.last}", [table.head, *table.rows])

    def _which(self, visit: Visit) -> tuple[Which, int]:
        asked = visit.query("days")
        days = next((period for period in PERIODS if str(period) == asked), USUAL)
        today = self._naming.today(visit.around.clock.now())
        language = visit.query("language")
        chosen = language if language in self._naming.languages() else ""
        return Which(today - timedelta(days=days - 1), today, visit.query("channel")[:40], chosen), days


class Said:
    """What is counted, in the operator's words."""

    def __init__(self, words: Words, naming: Naming) -> None:
        self.words, self.naming = words, naming
        self.outcome_names = [words.name("overview.outcome", outcome) for outcome in OUTCOMES]

    def entry(self, name: str) -> str:
        """The question that an entry answers; its own name when it is no longer there."""
        found = self.naming.library().languages[self.words.language].knowledge.entries.get(name)
        return found.title if found else name

    def form(self, name: str) -> str:
        """What a dialog is called."""
        return self._sentence(f"{name}.title", name)

    def step(self, form: str, name: str) -> str:
        """What a step of a dialog is called."""
        return self._sentence(f"{form}.{name}.label", self.words.name("overview.step", name))

    def channel(self, name: str) -> str:
        """What a channel is called."""
        return self.words.name("overview.channel", name) if name else self.words.text("overview.nobody")

    def language(self, name: str) -> str:
        """What a language is called."""
        return self.words.name("language", name.lower())

    def age(self, place: int) -> str:
        """An age of requests."""
        if place == len(AGES):
            return self.words.text("overview.age.older", days=AGES[-1])
        return self.words.text("overview.age", first=AGES[place - 1] + 1 if place else 0, last=AGES[place])

    def weeks(self, number: int) -> str:
        """Full weeks, as the days that they are."""
        return self.words.text("overview.age", first=number * WEEK, last=number * WEEK + WEEK - 1)

    def span(self, point: Point) -> str:
        """A day, or the first and last of a week."""
        first = day_text(point.first, self.words.language)
        return first if point.first == point.last else f"{first} – {day_text(point.last, self.words.language)}"

    def share(self, part: int, whole: int) -> str:
        """Per cent; a dash of nothing."""
        return f"{100 * part / whole:.0f} %" if whole else "–"

    def outcome_share(self, row: PlaceRow, place: int) -> str:
        """How much of a channel's questions came to the outcome at this place."""
        return self.share(row.counts.get(OUTCOMES[place], 0), row.total)

    def outcomes(self, counts: Mapping[str, int]) -> str:
        """All outcomes with their numbers."""
        return ", ".join(
            f"{name} {number}" for name, number in zip(self.outcome_names, self.numbers(counts), strict=True)
        )

    def numbers(self, counts: Mapping[str, int]) -> list[str]:
        """How often each outcome was."""
        return [self.words.number(counts.get(outcome, 0)) for outcome in OUTCOMES]

    def parts(self, counts: Mapping[str, int]) -> charts.Parts:
        """For a bar."""
        return [(f"part-{place}", counts.get(outcome, 0)) for place, outcome in enumerate(OUTCOMES, start=1)]

    def ages(self, numbers: Sequence[int]) -> charts.Parts:
        """For a bar."""
        return [(f"age-{place}", number) for place, number in enumerate(numbers, start=1)]

    def days_chart(self, points: Sequence[Point]) -> object:
        """Questions by day or week."""
        every = max(1, -(-len(points) // MARKS))
        drawn = [
            charts.Column(
                f"{self.span(point)}: {self.outcomes(point.counts)}",
                self.parts(point.counts),
                f"{point.first.month}/{point.first.day}" if place % every == every // 2 else "",
            )
            for place, point in enumerate(points)
        ]
        total = sum(point.total for point in points)
        described = self.words.text("overview.days.desc", number=total, most=max(point.total for point in points))
        return charts.columns("days", self.words.text("overview.days"), described, drawn)

    def listed_chart(self, shown: Overview) -> object:
        """How long listings took."""
        waits = shown.waits
        every = max(1, -(-len(waits.weeks) // MARKS))
        drawn = [
            charts.Column(
                f"{self.weeks(week)}: {self.words.number(number)}",
                [("part-1", number)],
                self.weeks(week) if place % every == every // 2 else "",
            )
            for place, (week, number) in enumerate(waits.weeks)
        ]
        described = self.words.text("overview.listed.desc", number=waits.number, median=waits.median)
        return charts.columns("listed", self.words.text("overview.listed"), described, drawn)

    def _sentence(self, key: str, name: str) -> str:
        catalog = self.naming.library().languages[self.words.language].catalog
        return catalog.text(key, {}) if key in catalog.messages else name


def _days(shown: Overview, said: Said) -> Table:
    text = said.words.text
    head = [text("overview.first-day"), text("overview.last-day"), *said.outcome_names, text("overview.questions")]
    rows: list[Row] = [
        [point.first, point.last, *(point.counts.get(outcome, 0) for outcome in OUTCOMES), point.total]
        for point in shown.points
    ]
    return Table(head, rows)


def _entries(rows: Sequence[EntryRow], said: Said) -> Table:
    text = said.words.text
    columns = ("asked", "answered", "offered", "chosen", "helpful", "unhelpful")
    head = [text("overview.entry"), text("overview.entry-id"), *(text(f"overview.{column}") for column in columns)]
    return Table(head, [[said.entry(row.entry), row.entry, *(getattr(row, each) for each in columns)] for row in rows])


def _states(shown: Overview, said: Said) -> Table:
    text, places = said.words.text, range(len(AGES) + 1)
    head = [text("requests.state"), *(said.age(place) for place in places), text("overview.total")]
    return Table(
        head,
        [
            [
                said.words.name("state", row.state),
                *(row.ages[place] if row.ages else None for place in places),
                row.total,
            ]
            for row in shown.states
        ],
    )


def _listed(shown: Overview, said: Said) -> Table:
    text = said.words.text
    return Table(
        [text("overview.took"), text("overview.listings")],
        [[said.weeks(week), number] for week, number in shown.waits.weeks],
    )


def _dialogs(shown: Overview, said: Said) -> Table:
    text = said.words.text
    head = [text("overview.dialog"), text("overview.step"), text("overview.reached"), text("overview.stopped")]
    rows: list[Row] = []
    for dialog in shown.dialogs:
        name = said.form(dialog.form)
        rows.append([name, text("overview.begun"), dialog.begun, None])
        rows += [[name, said.step(dialog.form, step.step), step.reached, step.stopped] for step in dialog.steps]
        rows.append([name, text("overview.done"), dialog.done, None])
        rows.append([name, text("overview.left"), dialog.left, None])
    return Table(head, rows)


def _places(shown: Overview, said: Said) -> Table:
    text = said.words.text
    head = [text("overview.channel"), text("overview.language"), *said.outcome_names, text("overview.questions")]
    rows: list[Row] = [
        [
            said.channel(row.channel),
            said.language(row.language),
            *(row.counts.get(outcome, 0) for outcome in OUTCOMES),
            row.total,
        ]
        for row in shown.places
    ]
    return Table(head, rows)


_TABLES: Mapping[str, Callable[[Overview, Said], Table]] = {
    "days": _days,
    "top": lambda shown, said: _entries(shown.top, said),
    "worst": lambda shown, said: _entries(shown.worst, said),
    "states": _states,
    "listed": _listed,
    "dialogs": _dialogs,
    "places": _places,
}
