"""The console's words in the operator's language."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, tzinfo

from markupsafe import Markup

from program.months import Month
from wording.catalog import Catalog
from wording.dates import day_text, month_text, number_text


class Words:
    """What templates say. All of it is text: it is escaped where it is put into a page."""

    def __init__(self, catalog: Catalog, zone: tzinfo, zone_name: str) -> None:
        """``zone`` is the one in which times are told."""
        self._catalog, self._zone = catalog, zone
        self.language, self.zone_name = catalog.language, zone_name

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

    def day(self, value: date) -> Markup:
        """A day as ``<time>``."""
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day_text(value, self.language))

    def month(self, value: Month) -> Markup:
        """A month as ``<time>``."""
        return Markup('<time datetime="{}">{}</time>').format(str(value), month_text(value, self.language))

    def moment(self, value: datetime) -> Markup:
        """A time as ``<time>``, in the program's zone."""
        local = value.astimezone(self._zone)
        words = f"{day_text(local.date(), self.language)} {local:%H:%M}"
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), words)

    def number(self, value: int) -> str:
        """A number, grouped by thousands."""
        return number_text(value, self.language)

    def _shown(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return str(value)
        return self.number(value)


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
