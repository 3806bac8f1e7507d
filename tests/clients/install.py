"""Fetches the real clients that tests drive into ``tests/clients/.tools``: ``python tests/clients/install.py``.

Does nothing when they are there already. Their install scripts are not run, and nothing of them is shipped.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).parent / ".tools"
PACKAGES = {
    "@microsoft/app-manifest": "1.1.2",
    "@microsoft/m365agentsplayground": "0.2.28",
    "adaptivecards": "3.0.6",
    "botframework-directlinejs": "0.15.8",
    "fs-extra": "11.3.2",  # app-manifest uses it without naming it
    "markdown-it": "14.1.0",  # what draws the texts of cards
    "ws": "8.23.0",  # browsers' WebSocket for Node
    "xhr2": "0.2.1",  # browsers' XMLHttpRequest for Node
}


class ClientsMissing(Exception):
    """The clients could not be installed."""


def install() -> Path:
    """The folder with ``node_modules``. Raises `ClientsMissing`, saying what is missing."""
    if shutil.which("node") is None:
        raise ClientsMissing("Node.js is not installed")
    if _installed() == PACKAGES:
        return TOOLS
    npm = shutil.which("npm")
    if npm is None:
        raise ClientsMissing("npm is not installed")
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("a") as lock:  # several workers of pytest want them at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _installed() != PACKAGES:
            _fetch(npm)
    return TOOLS


def _fetch(npm: str) -> None:
    (TOOLS / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}), encoding="utf-8")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
    try:
        subprocess.run(command, cwd=TOOLS, check=True, capture_output=True, timeout=300)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        raise ClientsMissing("npm could not install them; is the package registry reachable?") from failed


def _installed() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        description = TOOLS / "node_modules" / name / "package.json"
        if description.exists():
            found[name] = str(json.loads(description.read_text(encoding="utf-8"))["version"])
    return found


if __name__ == "__main__":
    try:
        install()
    except ClientsMissing as missing:
        sys.exit(f"The clients for tests were not installed: {missing}.")
