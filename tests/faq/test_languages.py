"""A further language from its first file to the day it is served, and texts that differ between languages."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import faq.curate.check as languages_check
from faq import language as recognizing
from faq.check import Finding, Severity, check
from faq.cli import app
from faq.files import content_files
from faq.load import load_library, load_unserved
from wording import dates

GOOD = Path(__file__).parents[1] / "content" / "good"
ROOT = Path(__file__).parents[2]
TODAY = date(2025, 1, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "content"))


def run(*words: str, content: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--content", str(content)])
    return result.exit_code, result.output


def add_french(folder: Path) -> None:
    assert run("add-language", "fr", "Français", content=folder)[0] == 0


def todo(folder: Path) -> list[str]:
    findings = check(folder, TODAY)
    assert {finding.severity for finding in findings} <= {Severity.TODO}
    return [f"{finding.file.partition('/')[2]} {finding.text}" for finding in findings]


def replaced(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def test_a_new_language_has_every_file_and_is_not_served(folder: Path) -> None:
    version = load_library(folder).version
    add_french(folder)
    assert {path.name for path in (folder / "fr").iterdir()} == {
        "language.yaml",
        *(path.name for path in (folder / "en").iterdir()),
    }
    library = load_library(folder)
    assert (list(library.languages), library.version) == (["en", "zh-CN"], version)
    assert folder / "fr" / "language.yaml" in content_files(folder)
    assert list(folder.glob(".*")) == []


def test_everything_that_is_not_written_is_listed_with_its_place(folder: Path) -> None:
    add_french(folder)
    told = todo(folder)
    for words in (
        "fr/faq.yaml `title`, `answer`, `steps`, `erratum`, `phrasings`, `expect` are as in",
        "fr/out_of_scope.yaml",
        "fr/messages.yaml `support` is as in",
        "fr/synonyms.yaml `groups` is as in",
        "fr/faq.yaml dates and numbers have no form in `fr`",
        "fr/language.yaml no message is recognized as this language",
        "program.yaml no title in fr: add it to page, intro, fees",
    ):
        assert any(line.startswith(words) for line in told), words
    _, printed = run("check", "--quick", content=folder)
    assert printed.splitlines()[-1].endswith(f", {len(told)} to do")


def test_a_country_without_a_name_is_work_too(folder: Path) -> None:
    (folder / "countries.yaml").write_text(
        "countries:\n  AD: {names: {en: [Andorra], zh-CN: [安道尔], fr: [Andorre]}}\n"
        "  AE: {names: {en: [Emirates], zh-CN: [阿联酋]}}\n  AF: {names: {en: [Afghanistan], zh-CN: [阿富汗]}}\n"
    )
    assert check(folder, TODAY) == []
    add_french(folder)
    assert "countries.yaml no name in fr: add it here and to 1 more countries" in todo(folder)


def test_what_is_written_is_off_the_list_and_can_be_tried(folder: Path) -> None:
    add_french(folder)
    before = len(todo(folder))
    replaced(
        folder / "fr" / "faq.yaml",
        ("title: What does it cost?", "title: Combien cela coûte-t-il ?"),
        ("answer: It is free.", "answer: C'est gratuit depuis {opens}."),
        ("[how much, what is the price, cost of it,", "[c'est combien, quel prix, le tarif,"),
        ("is it free, any fee, fees, do i pay, price list]", "est-ce gratuit, faut-il payer, tarifs]"),
        ("[how expensive is it]", "[est-ce cher]"),
    )
    left = todo(folder)
    assert len(left) == before  # one is done, one is told: a fact that English does not have
    assert any("remove {opens}" in line for line in left)
    assert [*load_unserved(folder, "fr").knowledge.entries] == ["fee"]
    code, told = run("ask", "quel prix", "--lang", "fr", content=folder)
    assert code == 0
    assert "fr is not served yet: 1 of 4 entries are written" in told
    assert "C'est gratuit depuis 15 February 2020." in told


def finish(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the whole language (another translation serves as well), its titles and its code."""
    for path in (folder / "zh-CN").iterdir():
        shutil.copy(path, folder / "fr" / path.name)
    (folder / "fr" / "synonyms.yaml").unlink()
    replaced(
        folder / "program.yaml", ("zh-CN:", "fr: Titre, zh-CN:"), ("    fr: Titre, zh-CN: 页面", "    zh-CN: 页面")
    )
    replaced(folder / "program.yaml", ("    zh-CN: 页面", "    fr: La page\n    zh-CN: 页面"))
    monkeypatch.setattr(dates, "FORMS", {**dates.FORMS, "fr": dates.FORMS["en"]})
    monkeypatch.setattr("faq.reading.FORMS", dates.FORMS)
    monkeypatch.setattr(languages_check, "RECOGNIZED", (*recognizing.RECOGNIZED, "fr"))


def test_a_complete_language_is_served_when_it_is_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_french(folder)
    finish(folder, monkeypatch)
    assert todo(folder) == []
    assert "fr" not in load_library(folder).languages
    replaced(folder / "fr" / "language.yaml", ("served: false", "served: true"))
    library = load_library(folder)
    assert list(library.languages) == ["en", "fr", "zh-CN"]
    assert check(folder, TODAY) == []


def test_half_a_language_cannot_be_served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_french(folder)
    finish(folder, monkeypatch)
    replaced(folder / "fr" / "language.yaml", ("served: false", "served: true"))
    shutil.copy(folder / "en" / "messages.yaml", folder / "fr" / "messages.yaml")
    first, second = check(folder, TODAY)
    assert {first.severity, second.severity} == {Severity.ERROR}
    assert [first.file, second.file] == ["content/fr/messages.yaml"] * 2
    assert ["`no-match` is as in" in first.text, "`support` is as in" in second.text] == [True, True]


def test_a_broken_file_of_an_unserved_language_stops_nobody(folder: Path) -> None:
    add_french(folder)
    (folder / "fr" / "faq.yaml").write_text("entries: [")
    assert list(load_library(folder).languages) == ["en", "zh-CN"]
    assert any(line.startswith("fr/faq.yaml") for line in todo(folder))
    assert run("ask", "quoi", "--lang", "fr", content=folder)[0] == 1


@pytest.mark.parametrize(
    ("tag", "name", "code"),
    [("FR", "Français", 2), ("../x", "x", 2), ("fr", "", 2), ("fr", 'a"b', 2), ("en", "English", 1), ("fr", "x", 0)],
)
def test_a_language_is_named_by_its_tag_and_never_overwritten(tag: str, name: str, code: int, folder: Path) -> None:
    before = (folder / "en" / "faq.yaml").read_text("utf-8")
    assert run("add-language", tag, name, content=folder)[0] == code
    assert (folder / "en" / "faq.yaml").read_text("utf-8") == before
    assert list(folder.glob(".*")) == []


def of_chinese(folder: Path) -> list[Finding]:
    return [finding for finding in check(folder, TODAY) if "zh-CN" in finding.file]


@pytest.mark.parametrize(
    ("english", "chinese", "words"),
    [
        ("It is free for 3 days.", "免费 4 天。", "(4 is only here, 3 is missing here)"),
        ("It is free for 3 days.", "免费几天。", "(3 is missing here)"),
        ("It is free for 3 days.", "免费 3 天。", ""),
        ("Free since COVID-19.", "疫情之后免费。", ""),
        ("It costs 1,250 or 99.5.", "1,250 或 99.5。", ""),
    ],
)
def test_answers_say_the_same_figures_in_both_languages(english: str, chinese: str, words: str, folder: Path) -> None:
    replaced(folder / "en" / "faq.yaml", ("answer: It is free.", f"answer: {english}"))
    replaced(folder / "zh-CN" / "faq.yaml", ("answer: 免费。", f"answer: {chinese}"))
    found = of_chinese(folder)
    assert [words in finding.text for finding in found] == ([True] if words else [])
    if found:
        assert (found[0].severity, found[0].line) == (Severity.ERROR, 22)


def test_a_served_text_that_nobody_translated_is_an_error(folder: Path) -> None:
    replaced(folder / "zh-CN" / "faq.yaml", ("title: 要多少钱？", "title: What does it cost?"))
    (finding,) = of_chinese(folder)
    assert "`title` is as in content/en/faq.yaml" in finding.text
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("text", "locale", "last", "language"),
    [
        ("où est la page de support", None, None, "fr"),
        ("where is the page", None, "fr", "en"),
        ("MCT?", "fr-CA", None, "fr"),
        ("MCT?", "fr-CA", "en", "en"),
        ("support please est", None, "fr", "fr"),
        ("support please est", None, "zh-CN", "en"),
        ("tarif formation certifiante requise", None, "fr", "fr"),
        ("en 中文 la 页面", None, None, "zh-CN"),
    ],
)
def test_a_language_in_latin_letters_is_known_by_its_words(
    text: str, locale: str | None, last: str | None, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {**recognizing.SENTENCE_WORDS, "fr": frozenset(["est", "la", "le", "les", "de", "où", "en", "un", "une"])}
    monkeypatch.setattr(recognizing, "SENTENCE_WORDS", words)
    monkeypatch.setattr(recognizing, "RECOGNIZED", (*words, "zh-CN"))
    assert recognizing.choose_language(text, locale, last) == language
