"""One table: all engines on the same questions in one run, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.answers.engines import ENGINES, Contender
from benchmarks.answers.environment import ROOT, PeersMissing, environment, peers_python
from benchmarks.answers.questions import DataMissing, TestSet, load_sets

Row = dict[str, Any]
_HEAD = "questions | engine | asked | right | in 3 | AUROC | refused @95 | ms | p99 | fit s | MB"


def report(data: Path | None, *, as_json: bool) -> None:
    """Print the figures of every engine as they come, or all of them as JSON. Exits when there is no data."""
    folder = data or (Path(os.environ["ANSWERS_DATA"]) if os.environ.get("ANSWERS_DATA") else None)
    try:
        sets = load_sets(folder)
    except DataMissing as error:
        raise SystemExit(str(error) or error.__doc__) from None
    if not as_json:
        print(f"| {_HEAD} |\n|{'---|' * len(_HEAD.split('|'))}")
    rows: list[Row] = []
    for row in _all_rows(sets, str(folder)):
        rows.append(row)
        if not as_json:
            print(_line(row), flush=True)
    if as_json:
        json.dump(rows, sys.stdout, indent=1)
    else:
        print(*_policies(rows), sep="\n")


def _all_rows(sets: list[TestSet], folder: str) -> Iterator[Row]:
    missing, python = "", Path(sys.executable)
    peers = python
    try:
        peers = peers_python()
    except PeersMissing:
        missing = "could not be installed"
    for data in sets:
        for name, contender in ENGINES.items():
            if not _takes_part(contender, data):
                continue
            if contender.peer and missing:
                yield {"questions": data.name, "engine": name, "error": missing}
                continue
            yield from _measured(peers if contender.peer else python, name, data.name, folder)


def _takes_part(contender: Contender, data: TestSet) -> bool:
    return data.base.language in contender.languages and (contender.big or not data.name.endswith("x100"))


def _measured(python: Path, engine: str, questions: str, folder: str) -> list[Row]:
    command = [str(python), "-m", "benchmarks.answers.measure", engine, questions, folder]
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return [{"questions": questions, "engine": engine, "error": f"stopped with code {done.returncode}"}]
    told = json.loads(done.stdout)
    return told.get("rows") or [{"questions": questions, "engine": engine, "error": told["error"]}]


def _line(row: Row) -> str:
    if "error" in row:
        return f"| {row['questions']} | {row['engine']} | not measured: {row['error']} |"
    area = "" if row["area"] is None else f"{row['area']:.3f}"
    refused = "" if row["refused"] is None else f"{row['refused']:.1f}"
    found = f"{row['asked']} | {row['right']:.1f} | {row['in_three']:.1f} | {area} | {refused}"
    cost = f"{row['median_ms']:.2f} | {row['p99_ms']:.2f} | {row['fit_s']:.1f} | {row['memory_mb']:.0f}"
    return f"| {row['questions']} | {row['engine']} | {found} | {cost} |"


def _policies(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.get("policy"):
            shares = ", ".join(f"{name} {share:.1f}" for name, share in row["policy"].items())
            yield f"{row['questions']}, {row['engine']}: {shares}"
