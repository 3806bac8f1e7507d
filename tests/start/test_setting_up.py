"""Set-up: nothing is done twice, nothing is left half done, and every failure is one line that says what to do."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CANARY = "canary-pw"


def test_what_is_set_up_is_left_alone(
    start: ModuleType, installed: Callable[[Path], None], webchat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(start.RUNTIME)
    monkeypatch.setattr(start, "run", lambda *_: pytest.fail("nothing needs to be run"))
    assert start.main(["setup"]) == 0
    assert not (start.ROOT / "var").exists()


def test_the_tools_include_the_runtime(start: ModuleType, installed: Callable[[Path], None]) -> None:
    installed(start.TOOLS)
    assert start.environment_is_ready(tools=False)
    assert start.environment_is_ready(tools=True)
    installed(start.RUNTIME)
    assert not start.environment_is_ready(tools=True)


def _changed_lock(start: ModuleType) -> None:
    start.RUNTIME.write_text("another", encoding="utf-8")


def _lost_python(start: ModuleType) -> None:
    start.PYTHON.unlink()


def _interrupted(start: ModuleType) -> None:
    start.STAMP.write_text(start.UNFINISHED, encoding="utf-8")


def _other_python(start: ModuleType) -> None:
    start.STAMP.write_text(start.fingerprint(start.RUNTIME).replace(" ", " 0"), encoding="utf-8")


@pytest.mark.parametrize("change", [_changed_lock, _lost_python, _interrupted, _other_python])
def test_what_has_changed_is_set_up_again(
    start: ModuleType, installed: Callable[[Path], None], change: Callable[[ModuleType], None]
) -> None:
    installed(start.RUNTIME)
    change(start)
    assert not start.environment_is_ready(tools=False)


@pytest.mark.parametrize(
    ("stamp", "works", "fresh"),
    [("", True, False), ("", False, True), ("unfinished", True, True), ("requirements.txt old", True, False)],
)
def test_an_environment_is_made_afresh_only_when_it_may_be_broken(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, stamp: str, works: bool, fresh: bool
) -> None:
    made = []
    start.VENV.mkdir()
    start.STAMP.write_text(stamp, encoding="utf-8")
    monkeypatch.setattr(start, "make_environment", lambda: made.append(True))
    monkeypatch.setattr(start, "environment_works", lambda: works)
    monkeypatch.setattr(start, "run", lambda *_: subprocess.CompletedProcess([], 0, "", ""))
    start.install_packages(tools=False)
    assert bool(made) is fresh
    assert start.read_stamp() == start.fingerprint(start.RUNTIME)


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [Errno 13] Permission denied: '/x'", "cannot be written"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that was locked"),
        ("NewConnectionError: Temporary failure in name resolution", "index cannot be reached"),
        ("ERROR: No matching distribution found for uv==0", "index cannot be reached"),
        ("something new", "to see why, run: .venv"),
    ],
)
def test_a_failed_installation_is_one_line(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, one_line: Callable[[], str], stderr: str, said: str
) -> None:
    start.VENV.mkdir()
    monkeypatch.setattr(start, "environment_works", lambda: True)
    monkeypatch.setattr(start, "run", lambda *_: subprocess.CompletedProcess([], 1, "", f"{stderr} {CANARY}"))
    assert start.main(["setup"]) == 1
    line = one_line()
    assert said in line
    assert CANARY not in line
    assert start.read_stamp() == start.UNFINISHED


def test_pip_does_it_when_uv_cannot(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def run(command: list[str], *_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command[2])
        return subprocess.CompletedProcess(command, int(command[2] == "uv"), "", "no wheel for this platform")

    start.VENV.mkdir()
    monkeypatch.setattr(start, "environment_works", lambda: True)
    monkeypatch.setattr(start, "run", run)
    start.install_packages(tools=True)
    assert [name for name in ran if name == "uv"] == ["uv"]
    assert ran[-1] == "pip"
    assert start.read_stamp() == start.fingerprint(start.TOOLS)


def test_a_missing_venv_module_is_said(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, one_line: Callable[[], str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert start.main(["setup"]) == 1
    assert "apt install python3-venv" in one_line()


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ((OSError(errno.ENOSPC, "No space left"), 1), "disk is full"),
        ((PermissionError(errno.EACCES, "Permission denied"), 1), "cannot be written"),
        ((OSError(errno.EROFS, "Read-only"), 1), "cannot be written"),
        ((OSError(errno.EIO, "Input/output error", "x"), 1), "Input/output error (x)"),
        ((KeyboardInterrupt(), 130), "run this again to go on"),
    ],
)
def test_what_the_system_refuses_is_one_line(
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    one_line: Callable[[], str],
    failure: tuple[BaseException, int],
    said: str,
) -> None:
    error, code = failure

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(start, "prepare", fail)
    assert start.main(["setup"]) == code
    assert said in one_line()


def test_one_set_up_runs_at_a_time(start: ModuleType) -> None:
    with start.only_one(), (start.ROOT / "var" / "start.lock").open("a") as second:
        assert not start.locked(second.fileno())
    with start.only_one():
        pass
