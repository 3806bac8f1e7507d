"""What runs beside what, and that nothing which workers measured is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest
from tests.machine import place_for_a_test
from tests.trust import figures


class Worker(threading.Thread):
    """Runs one test, as another process would: every place opens the files for itself."""

    def __init__(self, folder: Path, *, alone: bool) -> None:
        super().__init__(daemon=True)
        self.folder, self.alone = folder, alone
        self.runs, self.may_end = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with place_for_a_test(self.folder, alone=self.alone):
            self.runs.set()
            self.may_end.wait()

    def begins(self, within: float = 60) -> bool:
        return self.runs.wait(within)

    def end(self) -> None:
        self.may_end.set()
        self.join()


Making = Callable[..., Worker]


@pytest.fixture
def worker(tmp_path: Path) -> Making:
    def make(*, alone: bool = False) -> Worker:
        return Worker(tmp_path, alone=alone)

    return make


def test_tests_run_side_by_side(worker: Making) -> None:
    one, two = worker(), worker()
    assert one.begins()
    assert two.begins()
    one.end()
    two.end()


@pytest.mark.parametrize("second", [True, False], ids=["another of its kind", "an ordinary test"])
def test_beside_one_that_is_alone_nothing_begins(worker: Making, second: bool) -> None:
    one = worker(alone=True)
    assert one.begins()
    two = worker(alone=second)
    assert not two.begins(within=0.1)
    one.end()
    assert two.begins()
    two.end()


def test_whoever_wants_to_be_alone_is_not_passed_by(worker: Making) -> None:
    running, waiting = worker(), None
    assert running.begins()
    waiting = worker(alone=True)
    assert not waiting.begins(within=0.1)
    late = worker()
    assert not late.begins(within=0.1)
    running.end()
    assert waiting.begins()
    assert not late.begins(within=0.1)
    waiting.end()
    assert late.begins()
    late.end()


def test_a_test_that_fails_leaves_its_place(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), place_for_a_test(tmp_path, alone=True):
        _ = 1 / 0
    with place_for_a_test(tmp_path, alone=True):
        pass


def test_what_workers_measured_is_told_by_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "measured", [("T2", "by this process")])
    monkeypatch.setattr(conftest, "measured", figures.measured)
    conftest.pytest_testnodedown(SimpleNamespace(workeroutput={"measured": [["T1", "by a worker"]]}))
    conftest.pytest_testnodedown(SimpleNamespace())  # one that crashed
    assert figures.in_order() == ["T1    by a worker", "T2    by this process"]
