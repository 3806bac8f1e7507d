"""What the benchmark of answers asks: the same in every run, and a plain word where there is no data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.answers.engines import ENGINES, Contender, Scorer
from benchmarks.answers.page import BEGIN, END, write
from benchmarks.answers.questions import SEEN_TOO, DataMissing, load_sets
from benchmarks.answers.table import Wish, report
from benchmarks.answers.threshold import found_threshold
from faq.model import Entry, Kind, KnowledgeBase


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, size in (("train_10", 3), ("test", 2)):
        lines = [
            json.dumps({"text": f"where is the {t} {n}", "label": t}) for t in ("card", "bill") for n in range(size)
        ]
        (tmp_path / "small").mkdir(exist_ok=True)
        (tmp_path / "small" / f"{name}.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_typos_are_the_same_in_every_run(data: Path) -> None:
    first, again = load_sets(data)[0], load_sets(data)[0]
    assert first.with_typos(2).questions == again.with_typos(2).questions
    assert first.with_typos(2).questions != first.questions
    assert [right for _, right in first.with_typos(2).questions] == [right for _, right in first.questions]


def test_every_set_beside_the_known_ones_takes_part(data: Path) -> None:
    own = [f"own, {language}{seen}" for language in ("en", "zh-CN") for seen in ("", SEEN_TOO)]
    assert [one.name for one in load_sets(data)] == ["small x10", *own]
    assert [one.name for one in load_sets(data, only=own[2])] == [own[2]]
    assert [one.name for one in load_sets(data, quick=True)] == ["small x10"]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_questions_that_were_seen_are_left_out_of_what_is_reported(language: str, data: Path) -> None:
    reported, everything = (
        one for one in load_sets(data) if one.name in (f"own, {language}", f"own, {language}{SEEN_TOO}")
    )
    seen = {question.id for question in everything.regression} - {question.id for question in reported.regression}
    assert len(seen) == 6
    assert len(everything.questions) + len(everything.out_of_scope) == len(everything.regression)
    assert len(reported.questions) + len(reported.out_of_scope) == len(reported.regression)


def test_missing_data_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANSWERS_DATA", raising=False)
    with pytest.raises(DataMissing):
        load_sets(tmp_path)
    with pytest.raises(SystemExit, match="--data FOLDER"):
        report(Wish(None))


def test_a_quick_run_measures_every_engine_that_needs_no_install(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(Wish(data, as_json=True, quick=True))
    rows = json.loads(capsys.readouterr().out)
    assert [row["engine"] for row in rows] == [name for name, contender in ENGINES.items() if not contender.peer]
    assert [row.get("error") for row in rows] == [None] * len(rows)
    assert {row["questions"] for row in rows} == {"small x10"}


ENTRIES = {name: Entry(name, Kind.ANSWER, "en", name, "", tuple(f"{name}{n}" for n in range(1000))) for name in "ab"}


def test_the_threshold_costs_one_right_answer_in_four_hundred_of_those_held_out() -> None:
    known: list[KnowledgeBase] = []

    def build(base: KnowledgeBase) -> Scorer:
        known.append(base)
        return lambda text: np.array([int(text[1:]) / 1000, 0.0] if text[0] == "a" else [0.5, 0.4])

    least = found_threshold(Contender(build), KnowledgeBase("en", ENTRIES, "v"))
    assert least == 0.005, "the second of 200 right ones, since 400 were asked"
    assert "a0" not in known[0].entries["a"].phrasings
    assert "a1" in known[0].entries["a"].phrasings


def _row(questions: str, right: float, **more: object) -> dict[str, object]:
    cost = {"median_ms": 1.0, "p99_ms": 2.0, "fit_s": 0.5, "memory_mb": 7.0}
    return {
        "questions": questions,
        "engine": "ours",
        "right": right,
        "in_three": 90.0,
        "area": None,
        "refused": None,
    } | {
        **cost,
        **more,
    }


def test_typos_stand_beside_the_clean_questions_and_the_page_keeps_the_rest(tmp_path: Path) -> None:
    policy = dict.fromkeys(("right first", "right", "offered", "answered or offered", "missed", "wrong"), 50.0)
    rows = [
        _row("A x10", 80.0),
        _row("A x10, 1 typo", 70.0),
        _row("A x10, 2 typos", 60.0),
        {"questions": "A x10", "engine": "other", "error": "could not be installed"},
        _row("A x100", 90.0, threshold={"score": 0.05, "right": 89.5, "refused": 48.0}),
        _row("own, en", 95.0, policy=policy | {"strangers answered": 2.0}),
    ]
    page = tmp_path / "answers.md"
    page.write_text(f"before\n{BEGIN}outdated\n{END}\nafter\n")
    write(rows, page)
    text = page.read_text()
    assert "| A x10 | **ours** | 80.0 | 90.0 |  |  | 70.0 | 60.0 | 1.00 | 2.00 | 0.5 | 7 |" in text
    assert "| other | not measured: could not be installed |" in text
    assert "| ours | 0.050 | 89.5 | 48.0 |" in text
    assert "| own, en | ours | 50.0 | 50.0 | 50.0 | 50.0 | 50.0 | 50.0 | 2.0 |" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "outdated" not in text
