"""The console's words in the operator's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, tzinfo

from markupsafe import Markup, escape

from program.months import Month
from wording.catalog import Catalog
from wording.dates import day_text, month_text, number_text


class Words:
    """What templates say. All of it is text: it is escaped where it is put into a page."""

    def __init__(self, catalog: Catalog, zone: tzinfo, zone_name: str) -> None:
        """``zone`` is the one in which times are told."""
        self._catalog, self._zone = catalog, zone
        self.language, self.zone_name = catalog.language, zone_name
        self._badges: dict[tuple[str, object], Markup] = {}

    def text(self, key: str, **values: object) -> str:
        """A sentence of ``console.yaml``. Raises `UnknownMessage` or `MissingValue`."""
        return self._catalog.text(key, {name: self._shown(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._catalog.messages

    def name(self, group: str, value: object) -> str:
        """The words for a value of ours (``state.received``), or the value itself when nobody has named it."""
        key = f"{group}.{value}"
        return self.text(key) if self.has(key) else str(value)

    def labels(self, keys: Sequence[str]) -> Mapping[str, Markup]:
        """What the cells of a table are called on a phone, by the end of the key: made once for all rows."""
        return {key.rpartition(".")[2]: Markup(' data-label="{}"').format(self.text(key)) for key in keys}

    def badge(self, value: object, group: str = "state") -> Markup:
        """A value of ours as a coloured word; its tone is chosen in console.css by the class."""
        if (badge := self._badges.get((group, value))) is None:
            badge = Markup('<span class="badge {}-{}">{}</span>').format(group, value, self.name(group, value))
            self._badges[group, value] = badge
        return badge

    def day(self, value: date) -> Markup:
        """A day as ``<time>``."""
        return _time(value.isoformat(), day_text(value, self.language))

    def month(self, value: Month) -> Markup:
        """A month as ``<time>``."""
        return _time(str(value), month_text(value, self.language))

    def moment(self, value: datetime) -> Markup:
        """A time as ``<time>``, in the program's zone."""
        local = value.astimezone(self._zone)
        words = f"{day_text(local.date(), self.language)} {local:%H:%M}"
        return _time(local.isoformat(timespec="seconds"), words)

    def number(self, value: int) -> str:
        """A number, grouped by thousands."""
        return number_text(value, self.language)

    def _shown(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return str(value)
        return self.number(value)


def _time(machine: str, words: str) -> Markup:
    """A list has hundreds: put together at a third of what `Markup.format` costs."""
    return Markup(f'<time datetime="{machine}">{escape(words)}</time>')  # noqa: S704 - digits of ours, and escaped words


def choose_language(cookie: str, accepted: str, known: Collection[str], default: str) -> str:
    """The operator's choice, else the first of ``Accept-Language`` that there is, else ``default``."""
    if cookie in known:
        return cookie
    for wish in _by_weight(accepted):
        for language in known:
            if wish == language.casefold() or wish.partition("-")[0] == language.casefold().partition("-")[0]:
                return language
    return default


def _by_weight(accepted: str) -> list[str]:
    wishes: list[tuple[float, str]] = []
    for part in accepted[:200].split(","):
        name, _, weight = part.partition(";")
        try:
            value = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if value > 0:
            wishes.append((-value, name.strip().casefold()))
    return [name for _, name in sorted(wishes, key=lambda wish: wish[0])]
