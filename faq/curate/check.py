"""What is to be said across languages: work that is left, texts that nobody translated, figures that differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faq.curate.numbers import other_numbers
from faq.curate.translation import untranslated
from faq.draft import Draft, Finding, Severity
from faq.files import unserved_languages
from faq.language import RECOGNIZED
from faq.library import DEFAULT_LANGUAGE
from faq.parity import differences
from faq.reading import Content, read_unserved
from faq.references import broken_references
from program.document import ContentErrors, Document, Place
from program.yaml_source import parse_yaml, read_bytes


def language_findings(folder: Path, content: Content) -> Iterator[Finding]:
    """Findings about every language but the default one, those that are served and those that are being written."""
    model = content.drafts.get(DEFAULT_LANGUAGE)
    for language, draft in content.drafts.items():
        if model and draft is not model:
            yield from (Finding.error(place, text) for place, text in _left(folder, language))
            yield from (Finding.error(place, text) for place, text in other_numbers(draft, model))
    for language in unserved_languages(folder):
        yield from _work(folder, language, content, model)


def _work(folder: Path, language: str, content: Content, model: Draft | None) -> Iterator[Finding]:
    """What is left to do before a language can be served."""
    root = folder.resolve().name
    draft, errors = read_unserved(folder, language)
    yield from (Finding.of(error, Severity.TODO) for error in errors)
    if language not in RECOGNIZED:
        place = Place(f"{root}/{language}/language.yaml", 1, 1)
        yield Finding.todo(place, "no message is recognized as this language: add its words to faq/language.py")
    if content.program:
        program = Place(f"{root}/program.yaml", 1, 1)
        titles = {"page": content.program.page_title, **content.program.sources}
        lacking = [name for name, by_language in titles.items() if language not in by_language]
        if lacking:
            yield Finding.todo(program, f"no title in {language}: add it to {', '.join(lacking)}")
        if content.program.page_address and language not in content.program.page_address:
            yield Finding.todo(program, f"no address of the page in {language}: add it to page")
    left = list(_left(folder, language))
    yield from (Finding.todo(place, text) for place, text in left)
    if draft and model and content.program:
        rules = (*differences(draft, model), *broken_references(draft, content.program))
        yield from (Finding.of(error, Severity.TODO) for error in rules)
        yield from (Finding.todo(place, text) for place, text in other_numbers(draft, model))


def _left(folder: Path, language: str) -> Iterator[tuple[Place, str]]:
    """Files of the default language that are missing, and what is still as in them."""
    root = folder.resolve().name
    for path in sorted((folder / DEFAULT_LANGUAGE).glob("*.yaml")):
        name = f"{language}/{path.name}"
        if not (folder / name).exists():
            if path.name in _REQUIRED_OF_ALL:
                yield (
                    Place(f"{root}/{name}", 1, 1),
                    f"the file is missing: copy it from {DEFAULT_LANGUAGE} and translate it",
                )
            continue
        ours = _document(folder / name, f"{root}/{name}")
        theirs = _document(path, f"{root}/{DEFAULT_LANGUAGE}/{path.name}")
        if ours and theirs:
            yield from untranslated(ours, theirs)
    yield from _countries(folder, language)


def _countries(folder: Path, language: str) -> Iterator[tuple[Place, str]]:
    """Countries without a name in the language; the file is one for all languages."""
    path = folder / "countries.yaml"
    document = _document(path, f"{folder.resolve().name}/{path.name}") if path.exists() else None
    countries = document.value.get("countries") if document and isinstance(document.value, dict) else None
    lacking = [
        code
        for code, country in (countries.items() if isinstance(countries, dict) else ())
        if isinstance(country, dict) and isinstance(names := country.get("names"), dict) and language not in names
    ]
    if document and lacking:
        place = document.key_place(("countries", lacking[0]))
        yield place, f"no name in {language}: add it here and to {len(lacking) - 1} more countries"


_REQUIRED_OF_ALL = ("commands.yaml", "fields.yaml")
"""Read by guided dialogs; the other files are told missing where they are read."""


def _document(path: Path, file: str) -> Document | None:
    try:
        return parse_yaml(read_bytes(path, file), file)
    except ContentErrors:
        return None  # told where the file is read
