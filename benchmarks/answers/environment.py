"""The environment of the engines that are compared with, made from a lock file of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = Path(__file__).with_name("requirements-peers.txt")
FOLDER = ROOT / "var" / "benchmarks"


class PeersMissing(Exception):
    """The other engines could not be installed; see what pip said above, and whether a package index is reachable."""


def peers_python() -> Path:
    """The interpreter with the other engines; installs them at the first call. Raises `PeersMissing`."""
    folder = FOLDER / f"answers-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    python, done = folder / "bin" / "python", folder / "complete"
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        if subprocess.run([*command, "-r", str(LOCK)], check=False, stdout=sys.stderr, env=environment()).returncode:
            raise PeersMissing
        done.touch()
    return python


def environment() -> dict[str, str]:
    """This process's, with one BLAS thread and our packages to import."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return kept | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
