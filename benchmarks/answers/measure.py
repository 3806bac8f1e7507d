"""One engine on one test set, in a process of its own:
``python -m benchmarks.answers.measure ENGINE SET DATA [--quick]``."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.answers.engines import ENGINES, Scorer, Scores
from benchmarks.answers.peers import PeerUnusable
from benchmarks.answers.questions import FULL, TestSet, load_sets
from benchmarks.answers.threshold import found_threshold
from faq.curate.trial import Summary, Verdict, ask_all
from faq.embedders.load import load_wordllama
from faq.matcher import Matcher
from faq.model import Kind

_COVERAGE = 0.95
_TYPOS = (1, 2)


@dataclass(frozen=True)
class Figures:
    """Shares in percent, except the area under the curve (0 to 1)."""

    questions: str
    engine: str
    asked: int
    right: float
    in_three: float
    area: float | None
    refused: float | None
    """Out of scope refused where 95 % of the other questions are answered."""
    median_ms: float
    """Processor time of a question, as are the next two: what a quiet core would take."""
    p99_ms: float
    fit_s: float
    memory_mb: float
    """What fitting and asking added to the process, at most."""
    threshold: dict[str, float] | None = None
    """For the full set: a score to ask for, what is right in scope at it, and what is refused out of scope."""
    policy: dict[str, float] | None = None
    """For our knowledge: what the matcher made of it: answered right, offered, wrong; of out of scope answered."""


def main() -> None:
    """Print the figures as JSON, or why there are none."""
    engine, name, data, *quick = sys.argv[1:]
    (test_set,) = load_sets(Path(data), quick=bool(quick), only=name)
    try:
        rows = [asdict(figures) for figures in measure(engine, test_set, typos=() if quick else _TYPOS)]
    except PeerUnusable as error:
        json.dump({"error": f"{error}"}, sys.stdout)
        return
    json.dump({"rows": rows}, sys.stdout)


def measure(engine: str, clean: TestSet, typos: Sequence[int] = _TYPOS) -> list[Figures]:
    """The figures for the questions as they are and, on small sets, with ``typos``."""
    before = _megabytes()
    started = time.process_time()
    scorer = ENGINES[engine].build(clean.base)
    fit = time.process_time() - started
    variants = [clean, *(clean.with_typos(count) for count in typos if clean.is_small and ENGINES[engine].typos)]
    rows = [_figures(engine, variant, scorer, fit) for variant in variants]
    rows = [replace(row, memory_mb=_megabytes() - before) for row in rows]
    rows[0] = replace(rows[0], threshold=_at_threshold(engine, clean, scorer), policy=_policy(engine, clean))
    return rows


def _figures(engine: str, data: TestSet, scorer: Scorer, fit: float) -> Figures:
    step = ENGINES[engine].sample if len(data.questions) > 1000 else 1
    questions, times = data.questions[::step], []

    def timed(text: str) -> Scores:
        started = time.process_time()
        scores = scorer(text)
        times.append(1000 * (time.process_time() - started))
        return scores

    scores = np.stack([timed(text) for text, _ in questions])
    number = {entry: n for n, entry in enumerate(data.base.entries)}
    right = np.zeros(scores.shape, dtype=bool)
    for row, (_, expected) in enumerate(questions):
        right[row, [number[entry] for entry in expected if entry in number]] = True
    best = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    hit = np.take_along_axis(right, best, axis=1) & (np.take_along_axis(scores, best, axis=1) != 0)
    area = refused = None
    if data.out_of_scope:
        known = [entry.kind is not Kind.OUT_OF_SCOPE for entry in data.base.entries.values()]
        inside = scores[:, known].max(axis=1)
        outside = np.array([scorer(text)[known].max() for text in data.out_of_scope[::step]])
        area = float((inside[:, None] > outside).mean() + (inside[:, None] == outside).mean() / 2)
        refused = 100 * float((outside < np.quantile(inside, 1 - _COVERAGE)).mean())
    first, three = 100 * float(hit[:, 0].mean()), 100 * float(hit.any(axis=1).mean())
    median, slow = np.quantile(times, (0.5, 0.99)).tolist()
    return Figures(data.name, engine, len(questions), first, three, area, refused, median, slow, fit, 0)


def _at_threshold(engine: str, data: TestSet, scorer: Scorer) -> dict[str, float] | None:
    """With the threshold that training questions alone give."""
    if not data.name.endswith(FULL):
        return None
    least = found_threshold(ENGINES[engine], data.base)
    inside = [(scorer(text), right) for text, right in data.questions]
    names = list(data.base.entries)
    right = [names[int(s.argmax())] in expected and s.max() >= least for s, expected in inside]
    refused = [scorer(text).max() < least for text in data.out_of_scope]
    return {"score": least, "right": 100 * float(np.mean(right)), "refused": 100 * float(np.mean(refused))}


def _policy(engine: str, data: TestSet) -> dict[str, float] | None:
    if not data.regression or not engine.startswith("ours"):
        return None
    embedders = {"en": load_wordllama()} if engine != "ours" else {}
    matcher = Matcher({data.base.language: data.base}, embedders=embedders)
    said = Summary.of(ask_all(data.regression, matcher))
    share = {str(verdict): 100 * count / said.questions for verdict, count in said.verdicts.items()}
    strangers = 100 * said.strangers_answered / max(said.strangers, 1)
    return {"right first": 100 * said.ranked_right / said.questions, **share, "strangers answered": strangers} | {
        "answered or offered": share[str(Verdict.RIGHT)] + share[str(Verdict.OFFERED)]
    }


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
