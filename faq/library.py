"""All content of the bot, immutable: what a running bot swaps as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from faq.model import KnowledgeBase
from program.facts import Program
from wording.catalog import Catalog

DEFAULT_LANGUAGE = "en"
"""The language that the others are compared with, and the one for readers whose language there is not."""


@dataclass(frozen=True, slots=True)
class LanguagePack:
    """Answers and sentences of one language."""

    knowledge: KnowledgeBase
    catalog: Catalog
    console: Catalog = field(default_factory=lambda: Catalog("", {}))
    """The words of the operators' console; empty when there is no ``console.yaml``."""


@dataclass(frozen=True, slots=True)
class Library:
    """Everything under ``content/``, checked, with facts filled in and links resolved."""

    program: Program
    languages: Mapping[str, LanguagePack]
    """By language tag, the default language first; every language has the same entries and sentences."""
    version: str
    """First 12 hexadecimal digits of the SHA-256 of the content files: same version, same answers."""
    default_language: str

    @property
    def knowledge_bases(self) -> dict[str, KnowledgeBase]:
        """By language tag: what a matcher is made from."""
        return {language: pack.knowledge for language, pack in self.languages.items()}
