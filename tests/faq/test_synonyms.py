"""Synonyms are content: evidence beside the words, per language."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from faq.check import check
from faq.everyday import EVERYDAY
from faq.load import load_library
from faq.normalize import normalize
from faq.stems import stem
from faq.synonyms import CONCEPT_MARK, Concepts
from program.document import ContentErrors

GOOD = Path(__file__).parents[1] / "content" / "good"
TODAY = date(2025, 1, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "content"))


def _tokens(text: str, language: str) -> tuple[str, ...]:
    return normalize(text, language).tokens


def write(folder: Path, groups: str) -> None:
    (folder / "en" / "synonyms.yaml").write_text(f"groups:\n{groups}", "utf-8")


def test_groups_reach_the_knowledge_base_of_their_language(folder: Path) -> None:
    bases = load_library(folder).knowledge_bases
    assert bases["en"].synonyms == (("cost", "expensive", "price"), ("open", "opening hours", "OH"))
    assert bases["zh-CN"].synonyms == ()


def test_another_group_is_another_version(folder: Path) -> None:
    before = load_library(folder).version
    write(folder, "  - [cost, dear]\n")
    assert load_library(folder).version != before


@pytest.mark.parametrize(
    ("said", "concepts"),
    [
        ("the price", ["§0"]),
        ("expensive opening hours", ["§0", "§1"]),
        ("price, how much", ["§0"]),
        ("hours", []),
    ],
)
def test_phrases_are_found_in_a_text(said: str, concepts: list[str]) -> None:
    found = Concepts.of([["much", "expensive", "price"], ["open", "opening hours"]], "fr")
    tokens = said.replace(",", "").split()
    assert list(found.add_to(tokens)) == [*tokens, *(concept.replace("§", CONCEPT_MARK) for concept in concepts)]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "cancelled", "aborting"),
        ("en", "bought", "purchases"),
        ("en", "fees", "cost"),
    ],
)
def test_everyday_words_of_one_meaning_share_a_concept(language: str, one: str, other: str) -> None:
    found = Concepts.of([], language)
    named = [set(found.add_to(tokens)) - set(tokens) for tokens in (_tokens(one, language), _tokens(other, language))]
    assert named[0] & named[1]
    assert not Concepts.of([], "fr").add_to(_tokens(one, language))[len(_tokens(one, language)) :]


@pytest.mark.parametrize("language", EVERYDAY)
def test_every_everyday_group_says_something(language: str) -> None:
    groups = [{tuple(map(stem, _tokens(word, language))) for word in group} for group in EVERYDAY[language]]
    assert [group for group in groups if len(group) < 2] == []
    assert len({frozenset(group) for group in groups}) == len(groups)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ("  - [cost, price]\n  - [open, Price]\n", "keep it in one group"),
        ("  - [cost, price, price]\n", "keep it in one group"),
        ("  - [elephant, trunk]\n", "the group serves nobody"),
    ],
)
def test_groups_that_an_editor_would_object_to(groups: str, words: str, folder: Path) -> None:
    write(folder, groups)
    (finding,) = check(folder, TODAY)
    assert words in finding.text
    assert finding.file == "content/en/synonyms.yaml"


@pytest.mark.parametrize("groups", ["  - [alone]\n", "  - much, price\n", "  - []\n", "  - [much, 3]\n"])
def test_a_group_has_two_phrases(groups: str, folder: Path) -> None:
    write(folder, groups)
    with pytest.raises(ContentErrors):
        load_library(folder)
