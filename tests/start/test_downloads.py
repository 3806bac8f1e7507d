"""Where packages and Web Chat come from, and what is done with something else than expected."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CANARY = "canary-pw"


def test_uv_looks_where_pip_looks(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "\n".join(
        [
            ":env:.cert='/ca.pem'",
            "freeze.index-url='https://wrong.example'",
            "global.extra-index-url='\\nhttps://a.example\\nhttps://b.example'",
            "global.index-url='https://first.example'",
            f"install.index-url='https://me:{CANARY}@second.example'",
        ]
    )
    monkeypatch.setattr(start, "run", lambda *_: subprocess.CompletedProcess([], 0, listed, ""))
    environment = start.uv_environment()
    assert environment["UV_DEFAULT_INDEX"] == f"https://me:{CANARY}@second.example"
    assert environment["UV_INDEX"] == "https://a.example https://b.example"
    assert environment["SSL_CERT_FILE"] == "/ca.pem"
    assert "UV_FIND_LINKS" not in environment


def test_what_uv_was_told_itself_stays(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example")
    listed = "global.index-url='https://pip.example'"
    monkeypatch.setattr(start, "run", lambda *_: subprocess.CompletedProcess([], 0, listed, ""))
    assert start.uv_environment()["UV_DEFAULT_INDEX"] == "https://mine.example"


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_locks_name_a_hash_for_everything_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.findall(r"^[\w.\[\]-]+==.*(?:\n {4}.*)*", text, re.MULTILINE)
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def _npm(folder: Path, script: bytes | None) -> list[str]:
    """A command that leaves a package in the folder it is run in."""
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as tar:
        if script is not None:
            member = tarfile.TarInfo("package/dist/webchat.js")
            member.size = len(script)
            tar.addfile(member, io.BytesIO(script))
    program = folder / "npm.py"
    program.write_text(f"open('w.tgz', 'wb').write({package.getvalue()!r})", encoding="utf-8")
    return [sys.executable, str(program)]


@pytest.fixture
def fetching(
    start: ModuleType, installed: Callable[[Path], None], webchat: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """Everything is there but Web Chat."""
    installed(start.RUNTIME)
    webchat.unlink()
    monkeypatch.setattr(start, "pip_settings", dict)
    return start


def test_web_chat_is_kept_when_its_hash_is_the_published_one(
    fetching: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [sys.executable, "-c", "raise SystemExit(1)"]
    monkeypatch.setattr(fetching, "npms", lambda _: iter([broken, _npm(tmp_path, b"script")]))
    (fetching.VENV / "webchat").mkdir()
    assert fetching.main(["setup"]) == 0
    assert fetching.WEBCHAT.read_bytes() == b"script"
    assert not (fetching.VENV / "webchat").exists()


@pytest.mark.parametrize("script", [b"script!", b"", None])
def test_another_script_is_refused(
    fetching: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_line: Callable[[], str],
    script: bytes | None,
) -> None:
    monkeypatch.setattr(fetching, "npms", lambda _: iter([_npm(tmp_path, script)]))
    assert fetching.main(["setup"]) == 1
    assert "not the one that was locked" in one_line()
    assert not fetching.WEBCHAT.exists()
    assert not (fetching.VENV / "webchat").exists()


def test_no_npm_registry_is_said(
    fetching: ModuleType, monkeypatch: pytest.MonkeyPatch, one_line: Callable[[], str]
) -> None:
    monkeypatch.setattr(fetching, "npms", lambda _: iter([[sys.executable, "-c", "raise SystemExit(1)"]]))
    assert fetching.main(["setup"]) == 1
    assert "npm cannot fetch" in one_line()


def test_a_damaged_script_is_fetched_again(fetching: ModuleType) -> None:
    fetching.WEBCHAT.write_bytes(b"scrip")
    assert not fetching.is_webchat(fetching.WEBCHAT)
