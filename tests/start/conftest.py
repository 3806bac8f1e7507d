"""start.py at home in an empty folder: nothing is installed or fetched."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).parents[2] / "start.py"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """start.py as a module of its own, beside lock files."""
    for name in [
        name for name in os.environ if name.startswith(("PIP_", "UV_")) or name in ("PORT", "HOST", "SSL_CERT_FILE")
    ]:
        monkeypatch.delenv(name)
    for lock in ("requirements", "requirements-dev", "requirements-setup", "requirements-node"):
        (tmp_path / f"{lock}.txt").write_text(lock, encoding="utf-8")
    (tmp_path / "start.py").write_bytes(SOURCE.read_bytes())
    spec = importlib.util.spec_from_file_location("start_under_test", tmp_path / "start.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(start: ModuleType) -> Callable[[Path], None]:
    """Pretend that the packages of a lock file are installed."""

    def pretend(lock: Path) -> None:
        start.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        start.PYTHON.touch()
        start.STAMP.write_text(start.fingerprint(lock), encoding="utf-8")

    return pretend


@pytest.fixture
def webchat(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that ``b"script"`` is Web Chat, and that it is there."""
    monkeypatch.setattr(start, "WEBCHAT_SHA384", b64encode(hashlib.sha384(b"script").digest()))
    script: Path = start.WEBCHAT
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_bytes(b"script")
    return script


@pytest.fixture
def one_line(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was said to the user, which must be one line."""

    def read() -> str:
        err = capsys.readouterr().err
        assert err.startswith("start.py: ")
        assert err.count("\n") == 1
        return err

    return read
