"""What is asked: a knowledge file, and questions with the entries that are right."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.answers.environment import ROOT
from faq.curate.reading import read_questions
from faq.language import choose_language
from faq.load import load_library
from faq.model import Entry, Kind, KnowledgeBase

_NAMES = {"clinc150": "CLINC150", "banking77": "BANKING77"}


class DataMissing(Exception):
    """Name the folder of the public test sets (clinc150/, banking77/): --data FOLDER, or ANSWERS_DATA=FOLDER."""


@dataclass(frozen=True)
class TestSet:
    """Questions to one knowledge base; all the numbers that are reported are over one of these."""

    __test__ = False

    name: str
    base: KnowledgeBase
    questions: tuple[tuple[str, frozenset[str]], ...]
    """Text, and the entries that are right."""
    out_of_scope: tuple[str, ...] = ()
    regression: Path | None = None
    """For the bot's own knowledge: the file of the questions."""

    def with_typos(self, count: int) -> TestSet:
        """The same questions with ``count`` random edits each; the same edits in every run."""
        chance = random.Random(count)
        texts = "".join(text for entry in self.base.entries.values() for text in entry.phrasings)
        letters = string.ascii_lowercase if self.base.language == "en" else [c for c in texts if c > "\u3400"]
        questions = tuple((_misspell(text, count, chance, letters), right) for text, right in self.questions)
        return replace(self, name=f"{self.name}, {count} typo{'s' * (count > 1)}", questions=questions, out_of_scope=())


def load_sets(data: Path | None) -> list[TestSet]:
    """The public sets under ``data`` (ten phrasings per entry, and CLINC150 in full), and our measuring half.

    Raises `DataMissing`.
    """
    if data is None or not data.is_dir():
        raise DataMissing
    folders = sorted(file.parent for file in data.glob("*/train_10.jsonl") if (file.parent / "test.jsonl").exists())
    if not folders:
        raise DataMissing
    public = [_public(folder, "train_10", "x10") for folder in sorted(folders, key=lambda f: f.name != "clinc150")]
    full = [_public(folder, "train", "x100") for folder in folders if (folder / "train.jsonl").exists()]
    return [*public, *_measuring(), *full]


def _public(folder: Path, phrasings: str, size: str) -> TestSet:
    train, test = _read(folder / f"{phrasings}.jsonl"), _read(folder / "test.jsonl")
    language = choose_language(" ".join(row["text"] for row in train[:20]))
    told: dict[str, list[str]] = {}
    for row in sorted(train, key=lambda row: row["label"]):
        told.setdefault(row["label"], []).append(row["text"])
    entries = {name: Entry(name, Kind.ANSWER, language, t[0], "", tuple(t[1:])) for name, t in told.items()}
    strangers = folder / "oos_test.jsonl"
    return TestSet(
        f"{_NAMES.get(folder.name, folder.name)} {size}",
        KnowledgeBase(language, entries, folder.name),
        tuple((row["text"], frozenset({row["label"]})) for row in test),
        tuple(row["text"] for row in _read(strangers)) if strangers.exists() else (),
    )


def _measuring() -> Iterator[TestSet]:
    for language, base in load_library(ROOT / "content").knowledge_bases.items():
        file = ROOT / "tests" / "regression" / f"measuring.{language}.jsonl"
        questions = read_questions(file)
        inside = tuple((q.text, frozenset(q.expect)) for q in questions if q.expect)
        outside = tuple(q.text for q in questions if not q.expect)
        yield TestSet(f"own, {language}", base, inside, outside, file)


def _read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _misspell(text: str, count: int, chance: random.Random, letters: str | list[str]) -> str:
    """Leave out, double up, replace or swap letters."""
    for _ in range(count):
        place = chance.randrange(len(text))
        letter = chance.choice(letters)
        before, here, after = text[:place], text[place], text[place + 1 :]
        text = chance.choice(
            (
                before + after,
                before + letter + here + after,
                before + letter + after,
                before + after[:1] + here + after[1:],
            )
        )
    return text
