"""The forms of the words that are understood: ``fields.yaml``, ``commands.yaml`` of a language, ``countries.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from program.shape import FactName, Language, Line, Name, Strict

Lists = list[list[Line]]
"""Words on as many lines as are easy to read; the lines mean nothing."""
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Piece = Annotated[str, Field(min_length=1, max_length=40)]
FieldName = Name | FactName


class QuestionBlock(Strict):
    """Words that ask."""

    first: list[Line]
    anywhere: list[Line]


class DateBlock(Strict):
    """How days, months and years are named."""

    months: Lists = Field(max_length=12)
    ordinals: Lists
    weekdays: list[Line]
    relative_months: dict[Line, int]
    relative_years: dict[Line, int]
    relative_days: dict[Line, int]
    which: dict[Line, int]
    months_away: dict[Line, int]
    years_away: dict[Line, int]
    durations: list[Line]
    year_marks: list[Line]
    month_marks: list[Line]
    day_marks: list[Line]
    ordinal_marks: list[Line]
    quarters: Lists = Field(min_length=4, max_length=4)
    fiscal: list[Line]
    ends: list[Line]
    links: list[Line]


class YesNoBlock(Strict):
    """Ways to agree, to disagree, to do neither, and not to know."""

    yes: Lists
    no: Lists
    unsure: Lists
    unknown: Lists


class AnswersBlock(Strict):
    """What people say to a yes/no question without saying yes or no; ``ask`` may mean both."""

    yes: list[Line] = Field(default_factory=list)
    no: list[Line] = Field(default_factory=list)
    ask: list[Line] = Field(default_factory=list)


class NamesBlock(Strict):
    """What surrounds and what marks a company's name."""

    leads: list[Line]
    tails: list[Line]
    marks: list[Line]


class InvoicesBlock(Strict):
    """Headings of an invoice table, and documents that are no invoices."""

    columns: dict[Name, list[Line]]
    not_invoices: list[Line]


class FieldsFile(Strict):
    """``content/<language>/fields.yaml``."""

    fillers: Lists
    hedges: Lists
    questions: QuestionBlock
    negations: list[Line]
    numbers: dict[Line, int]
    scales: dict[Line, int]
    vague: dict[Line, list[int]]
    fractions: list[Line]
    percent: list[Line]
    nothing: list[Line]
    negative: list[Line]
    units: dict[Name, list[Line]]
    currencies: dict[str, list[Line]]
    ambiguous_currencies: dict[Line, list[str]]
    dates: DateBlock
    yes_no: YesNoBlock
    only_alone: list[Line]
    answers: dict[Name, AnswersBlock]
    choices: dict[FactName, dict[Name, list[Line]]]
    choice_answers: dict[FactName, dict[Name, list[Line]]] = Field(default_factory=dict)
    names: NamesBlock
    invoices: InvoicesBlock


class CountryBlock(Strict):
    """One country or region; the first name of a language is the one to show."""

    iso3: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    names: dict[Language, Annotated[list[Line], Field(min_length=1)]] = Field(min_length=1)


class CountriesFile(Strict):
    """``content/countries.yaml``."""

    countries: dict[Code, CountryBlock]
    unsure: dict[Line, list[Code]]
    groups: Lists
    careful: list[Line]


class OpeningBlock(Strict):
    """What stands around a value in a first message; ``after`` keeps its blanks."""

    before: list[Line]
    after: list[Piece]
    never: list[Line] = Field(min_length=1)


class CommandsFile(Strict):
    """``commands.yaml`` of one language."""

    commands: dict[Name, list[Line]]
    corrections: list[Line]
    joints: list[Line]
    equals: list[Line]
    also: list[Line]
    wishes: list[Line]
    requests: dict[Name, list[Line]] = Field(default_factory=dict)
    fields: dict[Name, dict[FieldName, list[Line]]]
    options: dict[Name, dict[Name, list[Line]]] = Field(default_factory=dict)
    openings: dict[Name, dict[FieldName, OpeningBlock]] = Field(default_factory=dict)
