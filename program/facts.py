"""The facts of the program, as texts, rules and validation read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from program.months import Month
from program.pages import LandingPageRules
from program.rules import Rules

Fact = int | str | date | Month


class ProgramError(Exception):
    """The program's facts do not hold what was asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{(self.__doc__ or '').strip().rstrip('.')} ({name})")
        self.name = name


class UnknownFact(ProgramError):
    """There is no such fact; add it to ``facts`` of content/program.yaml."""


class UnknownLink(ProgramError):
    """There is no such link; add it to ``links`` of content/program.yaml."""


class UnknownSource(ProgramError):
    """There is no such section; add it to ``sources`` of content/program.yaml."""


class UntranslatedTitle(ProgramError):
    """A title of content/program.yaml is missing in this language; add it there."""


@dataclass(frozen=True, slots=True)
class Program:
    """The content of ``content/program.yaml``: immutable, checked when it was loaded."""

    page_title: Mapping[str, str]
    """Title of the page that everything comes from, by language."""
    as_of: date
    """The page's date."""
    facts: Mapping[str, Fact]
    links: Mapping[str, str]
    """Addresses (https) by name."""
    sources: Mapping[str, Mapping[str, str]]
    """Titles of the page's sections, by name and language."""
    page_address: Mapping[str, str] = field(default_factory=dict)
    """Where the page is read (https), by language; languages may be missing."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """Where the page's sections begin, by name, as the fragment of their address; those at its top have none."""
    eligibility: tuple[Rules, ...] = ()
    """The versions of the eligibility rules, oldest first."""
    landing_page: LandingPageRules = field(default_factory=LandingPageRules)
    """Which addresses can be a partner's own page."""

    def fact(self, name: str) -> Fact:
        """The fact's value. Raises `UnknownFact`."""
        if name not in self.facts:
            raise UnknownFact(name)
        return self.facts[name]

    def link(self, name: str) -> str:
        """The link's address. Raises `UnknownLink`."""
        if name not in self.links:
            raise UnknownLink(name)
        return self.links[name]

    def source(self, name: str, language: str) -> str:
        """The section's title. Raises `UnknownSource` or `UntranslatedTitle`."""
        if name not in self.sources:
            raise UnknownSource(name)
        return _in_language(self.sources[name], language, name)

    def source_address(self, name: str, language: str) -> str:
        """Where the section is read; empty when the page has no address in this language."""
        page, anchor = self.page_address.get(language, ""), self.anchors.get(name, "")
        return f"{page}#{anchor}" if page and anchor else page

    def title(self, language: str) -> str:
        """The page's title. Raises `UntranslatedTitle`."""
        return _in_language(self.page_title, language, "page")


def _in_language(titles: Mapping[str, str], language: str, name: str) -> str:
    if language not in titles:
        raise UntranslatedTitle(f"{name}, {language}")
    return titles[language]
