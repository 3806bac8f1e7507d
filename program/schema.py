"""The form of ``content/program.yaml``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from program.facts import Fact
from program.months import Month
from program.shape import (
    FACT_NAME,
    Address,
    Anchor,
    Day,
    FactName,
    Language,
    Line,
    Name,
    PageAddress,
    Strict,
    iso_day,
)

_DAY_LIKE = re.compile(r"\d{1,4}-\d{1,2}-\d{1,2}")
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def _fact(value: object) -> Fact:
    if isinstance(value, str) and value.strip() and not set(value) & set("{}\n"):
        return iso_day(value) if _DAY_LIKE.fullmatch(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, dict) and list(value) == ["month"]:
        return _month(value["month"])
    raise PydanticCustomError(
        "fact",
        "write a whole number, a day (2021-02-05), a month ({{month: 2020-01}}) or a line of text without braces",
    )


def _month(value: object) -> Month:
    found = _MONTH.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            return Month(int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise PydanticCustomError("fact", "write a month that exists as year-month, as in 2020-01")


FactValue = Annotated[
    Fact,
    PlainValidator(_fact),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {"type": "string", "pattern": r"^[^{}\n]+$"},
                {
                    "type": "object",
                    "properties": {"month": {"type": "string", "pattern": r"^\d{4}-\d{2}$"}},
                    "required": ["month"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class Page(Strict):
    """The public page that everything comes from."""

    title: dict[Language, Line] = Field(min_length=1, description="Title of the page, by language.")
    as_of: Day = Field(description="Date of the page.")
    address: dict[Language, PageAddress] = Field(
        default={}, description="Where it is read, by language; without it an answer names its section as plain text."
    )


def _at_least(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, str) and re.fullmatch(FACT_NAME, value):
        return value
    raise PydanticCustomError("at_least", "write a whole number from 1, or the name of a fact that is one")


AtLeast = Annotated[
    int | str,
    PlainValidator(_at_least),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": FACT_NAME}]}),
]


class RequirementBlock(Strict):
    """One requirement of a level."""

    answer: FactName = Field(description="Name of the answer that decides it: a count, a name, or yes/no.")
    at_least: AtLeast | None = Field(default=None, description="For a count: a number, or a fact that is one.")
    link: Name = Field(description="Link to the program's own rule.")


class StepBlock(Strict):
    """Something to do next; its words are the sentence eligibility.step.<id>."""

    id: Name
    link: Name | None = Field(default=None, description="Link where it is done.")
    when: FactName | None = Field(default=None, description="A yes/no answer; the step is shown if it is yes.")


class LevelBlock(Strict):
    """What a level requires, and how to get there."""

    needs: list[Name] = Field(min_length=1, description="Ids of requirements, in the order in which to ask.")
    steps: list[StepBlock] = Field(min_length=1)
    held_by: FactName | None = Field(default=None, description="A yes/no answer: the level is held already.")


class LevelsBlock(Strict):
    """The levels, lowest first."""

    lap: LevelBlock
    silver: LevelBlock
    gold: LevelBlock

    def by_name(self) -> list[tuple[str, LevelBlock]]:
        """The levels in the order of `program.rules.LEVELS`."""
        return [("lap", self.lap), ("silver", self.silver), ("gold", self.gold)]


class OtherStepsBlock(Strict):
    """Steps that belong to no level."""

    internal: list[StepBlock] = Field(min_length=1, description="For those who train their own people only.")
    not_yet: list[StepBlock] = Field(min_length=1, description="When no level is open.")
    later: list[StepBlock] = Field(min_length=1, description="Last, while the level aimed at is not open.")


class EligibilityBlock(Strict):
    """The rules of eligibility from a day on."""

    effective_from: Day = Field(description="First day on which these rules hold; the newest that has come applies.")
    requirements: dict[Name, RequirementBlock] = Field(
        min_length=1, description="By id; the words are eligibility.requirement.<id> and eligibility.reason.<id>.*"
    )
    levels: LevelsBlock
    steps: OtherStepsBlock


HostName = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", max_length=100)]
"""A domain name in lower case; it stands for everything under it as well."""


class LandingPageBlock(Strict):
    """Which addresses can be a partner's own landing page, as far as the address tells."""

    social_networks: list[HostName] = Field(default=[], description="Refused: the page has to be the partner's own.")
    marketplaces: list[HostName] = Field(default=[], description="Refused, too.")
    link_shorteners: list[HostName] = Field(default=[], description="Refused: the directory shows the address itself.")
    microsoft: list[HostName] = Field(default=[], description="Refused: Microsoft's own sites.")
    shared_hosting: list[HostName] = Field(default=[], description="Asked back: hosts where many have pages.")
    not_addresses: list[HostName] = Field(default=[], description="Products that look like addresses in a sentence.")
    endings: list[HostName] = Field(
        default=[], description="Endings of addresses that are recognized in a sentence; those of countries always are."
    )
    competitors: list[Line] = Field(default=[], description="Names of other providers, looked for on the page.")
    legal_forms: list[Line] = Field(default=[], description="Parts of a company's name that a page may leave out.")


class ProgramFile(Strict):
    """Facts, links and sources shared by texts, rules and validation."""

    page: Page
    facts: dict[FactName, FactValue] = Field(
        description="Facts by name; a text writes {name}. A number, a day, a month ({month: 2020-01}) or a line."
    )
    links: dict[Name, Address] = Field(description="Addresses by name; a text writes [words](link:name).")
    sources: dict[Name, dict[Language, Line]] = Field(description="Sections of the page: titles by name and language.")
    anchors: dict[Name, Anchor] = Field(
        default={}, description="Where a section of `sources` begins: what follows the # in its address, if anything."
    )
    eligibility: list[EligibilityBlock] = Field(min_length=1, description="Versions of the rules, oldest first.")
    landing_page: LandingPageBlock = Field(default=LandingPageBlock(), description="Rules for the partner's page.")
