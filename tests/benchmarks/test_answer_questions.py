"""What the benchmark of answers asks: the same in every run, and a plain word where there is no data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.answers.questions import DataMissing, load_sets
from benchmarks.answers.table import report


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
    assert [one.name for one in load_sets(data)] == ["small x10", "own, en", "own, zh-CN"]


def test_missing_data_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANSWERS_DATA", raising=False)
    with pytest.raises(DataMissing):
        load_sets(tmp_path)
    with pytest.raises(SystemExit, match="--data FOLDER"):
        report(None, as_json=False)
