"""start.py is read by every Python 3, and says what is wrong with a port before it does anything."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "start.py").read_text(encoding="utf-8")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_old_python_can_read_it_and_is_told_which_to_use() -> None:
    tree = ast.parse(SOURCE, feature_version=(3, 7))
    pretend = f"import sys; sys.version_info = (3, 9, 0); exec(compile({SOURCE!r}, 'start.py', 'exec'))"
    ran = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert re.fullmatch(r"start\.py: this is Python .*; run it with 3\.11 or newer, .*\n", ran.stderr)
    kinds = [type(node) for node in tree.body]
    assert kinds[:3] == [ast.Expr, ast.Import, ast.If], "nothing but sys may be imported before the version is known"


@pytest.mark.parametrize("newer", ["if (n := 1): pass", "match 1:\n    case _: pass", "def f(a, /): pass"])
def test_the_check_for_old_syntax_has_teeth(newer: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(newer, feature_version=(3, 7))


def test_it_needs_the_standard_library_only() -> None:
    names = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names


def test_a_taken_port_is_said_before_anything_is_set_up(
    start: ModuleType, taken: int, monkeypatch: pytest.MonkeyPatch, one_line: Callable[[], str]
) -> None:
    monkeypatch.setenv("PORT", str(taken))
    assert start.main([]) == 1
    assert f"port {taken} is taken" in one_line()
    assert not start.VENV.exists()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PORT": "http"}, "PORT is not a port"),
        ({"PORT": "70000"}, "PORT is not a port"),
        ({"PORT": "٣٩٧٨"}, "PORT is not a port"),
        ({"PORT": "0", "HOST": "203.0.113.1"}, "HOST is not an address"),
    ],
)
def test_a_wrong_port_or_host_is_said(
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    one_line: Callable[[], str],
    variables: dict[str, str],
    said: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert start.main([]) == 1
    assert said in one_line()


def test_every_check_runs_and_a_failed_one_is_the_exit_code(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        ran.append(command[2:])
        return int(command[2] == "mypy")

    monkeypatch.setattr(start, "prepare", lambda **_: None)
    monkeypatch.setattr(subprocess, "call", call)
    assert start.main(["test", "-k", "port"]) == 1
    assert [command[0] for command in ran] == ["ruff", "ruff", "mypy", "pytest"]
    assert ran[-1] == ["pytest", "-n", "logical", "--dist", "worksteal", "-k", "port"]
    assert capsys.readouterr().out.endswith("Failed: types.\n")


@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), (["nonsense"], 2), (["setup", "now"], 2)])
def test_unknown_words_show_the_commands(
    start: ModuleType, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    assert start.main(words) == code
    assert "python3 start.py test" in capsys.readouterr().out
