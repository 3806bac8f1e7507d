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
from faq.curate.trial import Question
from faq.language import choose_language
from faq.load import load_library
from faq.model import Entry, Kind, KnowledgeBase

_NAMES = {"clinc150": "CLINC150", "banking77": "BANKING77"}
_SEEN = {
    "en": frozenset(f"m-en-{number}" for number in ("018", "037", "138", "142", "145", "155")),
    "zh-CN": frozenset(f"m-zh-{number}" for number in ("034", "055", "101", "122", "128", "140")),
}
"""Questions of our measuring half that were seen by who wrote phrasings: left out of what is reported as ours."""
SEEN_TOO = ", with those seen"
FULL = "x100"
_QUICK = 20
_OWN = "own, "


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
    regression: tuple[Question, ...] = ()
    """For the bot's own knowledge: the questions as they stand in the file."""

    @property
    def is_small(self) -> bool:
        """Whether every engine is asked, with typos too: not the full set, and not the same questions twice."""
        return not self.name.endswith((FULL, SEEN_TOO))

    def thinned(self, step: int) -> TestSet:
        """Every ``step``-th question."""
        return replace(self, questions=self.questions[::step], out_of_scope=self.out_of_scope[::step])

    def with_typos(self, count: int) -> TestSet:
        """The same questions with ``count`` random edits each; the same edits in every run."""
        chance = random.Random(count)
        texts = "".join(text for entry in self.base.entries.values() for text in entry.phrasings)
        letters = string.ascii_lowercase if self.base.language == "en" else [c for c in texts if c > "\u3400"]
        questions = tuple((_misspell(text, count, chance, letters), right) for text, right in self.questions)
        return replace(self, name=f"{self.name}, {count} typo{'s' * (count > 1)}", questions=questions, out_of_scope=())


def load_sets(data: Path | None, *, quick: bool = False, only: str = "") -> list[TestSet]:
    """The public sets under ``data`` (ten phrasings per entry, and CLINC150 in full), and our measuring half.

    ``quick``: the public sets with ten phrasings, and every twentieth question. ``only``: the one of that name, and no
    memory for the others. Raises `DataMissing`.
    """
    if data is None or not data.is_dir():
        raise DataMissing
    folders = sorted(file.parent for file in data.glob("*/train_10.jsonl") if (file.parent / "test.jsonl").exists())
    if not folders:
        raise DataMissing
    folders.sort(key=lambda folder: folder.name != "clinc150")
    public = _public_sets(folders, "train_10", "x10", only)
    if quick:
        return [one.thinned(_QUICK) for one in public]
    own = [one for one in _measuring() if only in ("", one.name)] if only.startswith(_OWN) or not only else []
    return [*public, *own, *_public_sets([f for f in folders if (f / "train.jsonl").exists()], "train", FULL, only)]


def _public_sets(folders: list[Path], phrasings: str, size: str, only: str) -> list[TestSet]:
    names = {folder: f"{_NAMES.get(folder.name, folder.name)} {size}" for folder in folders}
    return [_public(folder, phrasings, name) for folder, name in names.items() if only in ("", name)]


def _public(folder: Path, phrasings: str, name: str) -> TestSet:
    train, test = _read(folder / f"{phrasings}.jsonl"), _read(folder / "test.jsonl")
    language = choose_language(" ".join(row["text"] for row in train[:20]))
    told: dict[str, list[str]] = {}
    for row in sorted(train, key=lambda row: row["label"]):
        told.setdefault(row["label"], []).append(row["text"])
    entries = {name: Entry(name, Kind.ANSWER, language, t[0], "", tuple(t[1:])) for name, t in told.items()}
    strangers = folder / "oos_test.jsonl"
    return TestSet(
        name,
        KnowledgeBase(language, entries, folder.name),
        tuple((row["text"], frozenset({row["label"]})) for row in test),
        tuple(row["text"] for row in _read(strangers)) if strangers.exists() else (),
    )


def _measuring() -> Iterator[TestSet]:
    for language, base in load_library(ROOT / "content").knowledge_bases.items():
        questions = read_questions(ROOT / "tests" / "regression" / f"measuring.{language}.jsonl")
        unseen = [question for question in questions if question.id not in _SEEN.get(language, ())]
        for name, asked in ((f"{_OWN}{language}", unseen), (f"{_OWN}{language}{SEEN_TOO}", questions)):
            inside = tuple((q.text, frozenset(q.expect)) for q in asked if q.expect)
            outside = tuple(q.text for q in asked if not q.expect)
            yield TestSet(name, base, inside, outside, tuple(asked))


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
