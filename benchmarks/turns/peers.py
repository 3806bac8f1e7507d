"""The environment of the bots that are compared with, made from a lock file of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from benchmarks.turns.processes import ROOT

LOCK: Final = ROOT / "benchmarks" / "requirements-peers.txt"
FOLDER: Final = ROOT / "var" / "benchmarks"


class PeersMissing(Exception):
    """The other SDKs could not be installed; see what pip said above, and whether a package index is reachable."""


def peers_python() -> Path:
    """The interpreter with the other SDKs; installs them at the first call. Raises `PeersMissing`."""
    folder = FOLDER / f"peers-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    python, done = folder / "bin" / "python", folder / "complete"
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
        installed = subprocess.run([*command, "-r", str(LOCK)], check=False, stdout=sys.stderr, env=_environment())
        if installed.returncode:
            raise PeersMissing
        done.touch()
    return python


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
