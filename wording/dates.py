"""Days, months and numbers in the reader's language.

Adding a language is one entry of ``FORMS``. No form uses an ordinal
("the 15th"): a text can say "day 15" in any language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from program.facts import Fact
from program.months import Month
from wording.errors import UnknownLanguage


@dataclass(frozen=True, slots=True)
class Forms:
    """How a language writes dates and numbers: templates of ``{year}``, ``{month}``, ``{name}``, ``{day}``."""

    day: str
    month: str
    month_names: tuple[str, ...]
    thousands: str = ","
    decimal: str = "."


_ENGLISH_MONTHS = "January February March April May June July August September October November December"

FORMS: Mapping[str, Forms] = {
    "en": Forms("{day} {name} {year}", "{name} {year}", tuple(_ENGLISH_MONTHS.split())),
    "zh-CN": Forms("{year}年{month}月{day}日", "{year}年{month}月", tuple(str(month) for month in range(1, 13))),
}


def day_text(value: date, language: str) -> str:
    """ "15 February 2020" or 2020年2月15日. Raises `UnknownLanguage`."""
    forms = _forms(language)
    return forms.day.format(year=value.year, month=value.month, name=forms.month_names[value.month - 1], day=value.day)


def month_text(value: Month, language: str) -> str:
    """ "January 2020" or 2020年1月. Raises `UnknownLanguage`."""
    forms = _forms(language)
    return forms.month.format(year=value.year, month=value.month, name=forms.month_names[value.month - 1])


def number_text(value: int | Decimal, language: str) -> str:
    """ "1,234.50": grouped by thousands, with the value's own decimal places. Raises `UnknownLanguage`."""
    forms = _forms(language)
    digits = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"
    return digits.translate({ord(","): forms.thousands, ord("."): forms.decimal})


def fact_text(value: Fact, language: str) -> str:
    """A fact as text. Raises `UnknownLanguage`."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return number_text(value, language)
    return month_text(value, language) if isinstance(value, Month) else day_text(value, language)


def fact_texts(values: Mapping[str, Fact], language: str) -> dict[str, str]:
    """All facts as text, by name. Raises `UnknownLanguage`."""
    return {name: fact_text(value, language) for name, value in values.items()}


def _forms(language: str) -> Forms:
    if language not in FORMS:
        raise UnknownLanguage(language)
    return FORMS[language]
