"""T22: what is installed is pinned with hashes, and not older than known advisories allow."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest
from packaging.version import Version

from tests.trust.figures import figure

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", "requirements-setup.txt")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
FLOORS = {
    "aiohttp": "3.14.3",  # CVE-2026-69243, -69244, -59881
    "pyjwt": "2.15.0",  # CVE-2026-101918, -102268
    "requests": "2.33",  # CVE-2026-25645
    "urllib3": "2.8.0",  # CVE-2026-97687, -97689, -44431, -44432
    "cryptography": "50.0.0",  # CVE-2026-69247
    "botframework-connector": "4.17.1",  # CVE-2021-1725 in older ones
}
"""The research of section 4: the least version without a known advisory that concerns us."""
BANNED = ("botbuilder-azure", "azure-storage-blob", "azure-storage-queue", "pyyaml")
"""Old by pin with advisories, or not needed: our YAML is read by ruamel.yaml."""


def _pins(text: str) -> dict[str, tuple[Version, int]]:
    """Version and number of hashes by name."""
    found: dict[str, tuple[Version, int]] = {}
    for block in re.split(r"\n(?=\S)", text):
        if match := PIN.match(block):
            found[match["name"].lower().replace("_", "-")] = (Version(match["version"]), block.count("--hash=sha256:"))
    return found


def _faults(text: str) -> list[str]:
    pins = _pins(text)
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    faults = [f"{line[:60]} is no pin" for line in lines if not PIN.match(line)]
    faults += [f"{name} has no hash" for name, (_, hashes) in pins.items() if not hashes]
    faults += [
        f"{name} {pins[name][0]} < {floor}"
        for name, floor in FLOORS.items()
        if name in pins and pins[name][0] < Version(floor)
    ]
    faults += [f"{name} must not be installed" for name in BANNED if name in pins]
    return faults + [f"an address in {line[:60]}" for line in text.splitlines() if "://" in line and "#" not in line]


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_pinned_hashed_and_recent(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert _faults(text) == []
    if lock == "requirements.txt":
        pins = _pins(text)
        assert FLOORS.keys() <= pins.keys(), "the floors concern what is there"
        figure("T22", f"{len(pins)} packages pinned with hashes; {len(FLOORS)} floors kept")


def test_what_is_installed_is_what_is_locked() -> None:
    pins = _pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    installed = {
        one.metadata["Name"].lower().replace("_", "-"): Version(one.version)
        for one in importlib.metadata.distributions()
    }
    assert {name: installed[name] for name in FLOORS} == {name: pins[name][0] for name in FLOORS}


@pytest.mark.parametrize(
    "spoiled",
    [
        "aiohttp==3.10.0 \\\n    --hash=sha256:0",
        "aiohttp==3.14.5",
        "aiohttp>=3",
        "git+https://x.example/y",
        "pyyaml==6.0.3 \\\n    --hash=sha256:0",
    ],
)
def test_teeth(spoiled: str) -> None:
    assert _faults(spoiled)
