"""The figures as tables, and into ``docs/answers.md``, between its marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.answers.environment import ROOT

Row = dict[str, Any]
BEGIN: Final = "<!-- figures: python -m benchmarks answers --write -->\n"
END: Final = "<!-- end of figures -->"
PAGE: Final = ROOT / "docs" / "answers.md"
_TYPOS = re.compile(r", (\d) typos?$")
_HEAD = (
    "questions",
    "engine",
    "right first",
    "in three",
    "AUROC",
    "refused",
    "1 typo",
    "2 typos",
    "ms",
    "p99",
    "fit s",
    "MB",
)
_THRESHOLD_HEAD = ("engine", "threshold", "right in scope", "out of scope refused")
_POLICY_HEAD = (
    "questions",
    "engine",
    "right first",
    "answered right",
    "offered",
    "answered or offered",
    "nothing",
    "wrong",
    "out of scope answered",
)
_POLICY = ("right first", "right", "offered", "answered or offered", "missed", "wrong", "strangers answered")


def tables(rows: list[Row]) -> str:
    """Every engine on every set; with a threshold; and what the bot would have said."""
    parts = [_table(_HEAD, _engines(rows))]
    if thresholds := list(_thresholds(rows)):
        parts.append("The full set with a threshold:\n")
        parts.append(_table(_THRESHOLD_HEAD, thresholds))
    if policies := list(_policies(rows)):
        parts.append("Our own questions, as the bot decides:\n")
        parts.append(_table(_POLICY_HEAD, policies))
    return "\n".join(parts)


def write(rows: list[Row], page: Path = PAGE) -> None:
    """Replace what stands between the marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{tables(rows)}\n{END}{after}", encoding="utf-8")


def _table(head: tuple[str, ...], lines: Iterator[list[str]] | list[list[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *lines))


def _engines(rows: list[Row]) -> Iterator[list[str]]:
    misspelt = {(_TYPOS.sub("", row["questions"]), row["engine"], _typos(row)): row for row in rows if _typos(row)}
    before = ""
    for row in (row for row in rows if not _typos(row)):
        first = row["questions"] if row["questions"] != before else ""
        before = row["questions"]
        if "error" in row:
            yield [first, row["engine"], f"not measured: {row['error']}", *[""] * (len(_HEAD) - 3)]
            continue
        worse = [misspelt.get((row["questions"], row["engine"], count), {}).get("right") for count in ("1", "2")]
        name = f"**{row['engine']}**" if row["engine"] == "ours" else row["engine"]
        found = [_one(row["right"]), _one(row["in_three"]), _one(row["area"], 3), _one(row["refused"])]
        cost = [_one(row["median_ms"], 2), _one(row["p99_ms"], 2), _one(row["fit_s"]), _one(row["memory_mb"], 0)]
        yield [first, name, *found, *map(_one, worse), *cost]


def _thresholds(rows: list[Row]) -> Iterator[list[str]]:
    for row in rows:
        if at := row.get("threshold"):
            yield [row["engine"], _one(at["score"], 3), _one(at["right"]), _one(at["refused"])]


def _policies(rows: list[Row]) -> Iterator[list[str]]:
    for row in rows:
        if shares := row.get("policy"):
            yield [row["questions"], row["engine"], *(_one(shares[name]) for name in _POLICY)]


def _typos(row: Row) -> str:
    found = _TYPOS.search(row["questions"])
    return found.group(1) if found else ""


def _one(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}"
