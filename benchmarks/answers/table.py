"""All engines on the same questions in one run, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answers.engines import ENGINES, Contender
from benchmarks.answers.environment import ROOT, PeersMissing, environment, peers_python
from benchmarks.answers.page import tables, write
from benchmarks.answers.questions import SEEN_TOO, DataMissing, TestSet, load_sets

Row = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What to measure, and what to do with it."""

    data: Path | None
    """Folder of the public sets; ``ANSWERS_DATA`` where it is None."""
    as_json: bool = False
    quick: bool = False
    """Every twentieth question of the small public sets, no typos, and no engine that must be installed."""
    write: bool = False
    """Put the tables into docs/answers.md."""


def report(wish: Wish) -> None:
    """Measure every engine and print the tables. Exits when there is no data."""
    folder = wish.data or (Path(os.environ["ANSWERS_DATA"]) if os.environ.get("ANSWERS_DATA") else None)
    try:
        sets = load_sets(folder, quick=wish.quick)
    except DataMissing as error:
        raise SystemExit(str(error) or error.__doc__) from None
    rows: list[Row] = []
    for row in _all_rows(sets, str(folder), quick=wish.quick):
        rows.append(row)
        print(_progress(row), file=sys.stderr, flush=True)
    print(json.dumps(rows, indent=1) if wish.as_json else tables(rows))
    if wish.write:
        write(rows)


def _all_rows(sets: list[TestSet], folder: str, *, quick: bool) -> Iterator[Row]:
    missing, peers = "", Path(sys.executable)
    try:
        peers = peers if quick else peers_python()
    except PeersMissing:
        missing = "could not be installed"
    for data in sets:
        for name, contender in ENGINES.items():
            if not _takes_part(name, contender, data) or (contender.peer and quick):
                continue
            if contender.peer and missing:
                yield {"questions": data.name, "engine": name, "error": missing}
                continue
            python = peers if contender.peer else Path(sys.executable)
            yield from _measured(
                [str(python), "-m", "benchmarks.answers.measure", name, data.name, folder], quick=quick
            )


def _takes_part(name: str, contender: Contender, data: TestSet) -> bool:
    if data.base.language not in contender.languages:
        return False
    return name.startswith("ours") if data.name.endswith(SEEN_TOO) else data.is_small or contender.big


def _measured(command: list[str], *, quick: bool) -> list[Row]:
    engine, questions = command[3:5]
    options = ["--quick"] if quick else []
    done = subprocess.run([*command, *options], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return [{"questions": questions, "engine": engine, "error": f"stopped with code {done.returncode}"}]
    told = json.loads(done.stdout)
    return told.get("rows") or [{"questions": questions, "engine": engine, "error": told["error"]}]


def _progress(row: Row) -> str:
    return f"{row['questions']}: {row['engine']}: {row.get('error') or format(row['right'], '.1f')}"
