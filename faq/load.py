"""Makes the `Library` of what is written under ``content/``: facts filled in, links resolved.

Content that was read before need not be read again; so what reads YAML is imported by those who do, it is slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from faq.library import DEFAULT_LANGUAGE, LanguagePack, Library
from faq.model import Entry, KnowledgeBase
from program.cache import NOTHING_KEPT, KeptContent
from program.document import ContentErrors
from program.facts import Program
from wording.catalog import Catalog
from wording.dates import FORMS, fact_texts
from wording.fill import fill, fill_known, resolve_links

if TYPE_CHECKING:
    from faq.curate.languages import Progress
    from faq.draft import Draft
    from faq.reading import Content


def load_library(folder: Path, kept: KeptContent = NOTHING_KEPT) -> Library:
    """The checked content of ``folder`` (``content/``). Raises `ContentErrors` with everything to correct.

    An entry that is past its validity is loaded like any other. ``kept`` saves reading what was read before.
    """
    return kept.get_or_make(folder, Library, "", lambda: _read(folder))


def _read(folder: Path) -> Library:
    from faq.reading import read_content  # noqa: PLC0415 - see the module

    content = read_content(folder)
    if content.errors or content.program is None:
        raise ContentErrors(content.errors)
    return make_library(content, content.program)


def load_unserved(folder: Path, language: str) -> Progress:
    """The entries of a language that is being written, as far as they are, to be tried. Raises `ContentErrors`.

    Dates are written as in the default language while the language has no form for them.
    """
    from faq.curate.languages import Progress, translated  # noqa: PLC0415 - see the module
    from faq.reading import read_content, read_unserved  # noqa: PLC0415
    from faq.references import broken_references  # noqa: PLC0415

    content = read_content(folder)
    draft, errors = read_unserved(folder, language)
    if content.errors or content.program is None or draft is None:
        raise ContentErrors([*content.errors, *errors])
    program, model = content.program, content.drafts[DEFAULT_LANGUAGE]
    broken = list(broken_references(draft, program))
    if broken:
        raise ContentErrors(broken)
    facts = fact_texts(program.facts, language if language in FORMS else DEFAULT_LANGUAGE)
    entries = {entry.id: _filled(entry, facts, program.links) for entry in translated(draft, model)}
    return Progress(KnowledgeBase(language, entries, content.version, draft.synonyms), len(model.by_id()))


def make_library(content: Content, program: Program) -> Library:
    """The library of content without errors."""
    packs = {language: _pack(draft, program, content.version) for language, draft in content.drafts.items()}
    return Library(program, packs, content.version, DEFAULT_LANGUAGE)


def _pack(draft: Draft, program: Program, version: str) -> LanguagePack:
    facts = fact_texts(program.facts, draft.language)
    entries = {written.entry.id: _filled(written.entry, facts, program.links) for written in draft.entries}
    bot, console = (
        {key: resolve_links(fill_known(text, facts), program.links) for key, text in draft.sentences[file].items()}
        for file in ("messages.yaml", "console.yaml")
    )
    return LanguagePack(
        KnowledgeBase(draft.language, entries, version, draft.synonyms),
        Catalog(draft.language, bot),
        Catalog(draft.language, console),
    )


def _filled(entry: Entry, facts: Mapping[str, str], links: Mapping[str, str]) -> Entry:
    def text(written: str) -> str:
        return resolve_links(fill(written, facts), links)

    return replace(
        entry,
        title=text(entry.title),
        answer=text(entry.answer),
        steps=tuple(text(step) for step in entry.steps),
        erratum=None if entry.erratum is None else text(entry.erratum),
    )
