"""What requests are about, in the operator's words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from cases.model import Case
from cases.sheet import shown
from dialogs.decision import Guiding
from faq.library import Library
from program.windows import Calendar, calendar_of

_ABOUT = ("display-name", "name", "text", "subject")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Naming:
    """Names of fields and countries, and the program's calendar, as they are this moment."""

    library: Callable[[], Library]
    guiding: Callable[[], Guiding | None]

    @property
    def calendar(self) -> Calendar:
        """The program's."""
        return calendar_of(self.library().program)

    def today(self, now: datetime) -> date:
        """The program's day."""
        return self.calendar.day_of(now)

    def languages(self) -> Collection[str]:
        """Those that requests can be made in."""
        return self.library().languages.keys()

    def country(self, code: str, language: str) -> str:
        """A country's name; its code when nobody has named it."""
        guiding = self.guiding()
        names = guiding.fields.countries.names.get(code, {}) if guiding else {}
        return names.get(language, code)

    def field(self, case: Case, name: str, language: str) -> str:
        """What a field is called; its own name when nobody has named it."""
        key, catalog = f"{case.type}.{name}.label", self.library().languages[language].catalog
        return catalog.text(key, {}) if key in catalog.messages else name

    def about(self, case: Case) -> str:
        """The words by which one recognizes it: a partner's name, the beginning of a question."""
        named = next((case.fields[name] for name in _ABOUT if case.fields.get(name)), None)
        text = " ".join((shown(named) or _invoices(case)).split())
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _invoices(case: Case) -> str:
    items = case.fields.get("invoices")
    each = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return ", ".join(shown(item.get("invoice-number")) for item in each if item.get("invoice-number"))
