"""A PostgreSQL server of the test's own, that may be restarted as if it had crashed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import own_port

OWNER = "postgres"
"""PostgreSQL refuses to be started by root."""
OPTIONS = "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c max_connections=60"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{self.port}/postgres"

    def restart_at_once(self) -> None:
        """Stop without finishing anything, as in a crash, and start again. Returns when it serves."""
        self.order("-m", "immediate", "restart")

    def order(self, *words: str) -> None:
        options = OPTIONS.format(port=self.port, folder=self.folder)
        command = (self.programs / "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-o", options, "-w")
        _as_owner([*map(str, command), *words], self.folder)


def _as_owner(command: Sequence[str], folder: Path) -> None:
    own = os.geteuid() != 0
    subprocess.run(
        command,
        user=None if own else OWNER,
        group=None if own else pwd.getpwnam(OWNER).pw_gid,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )


def _programs() -> Path | None:
    """The newest that is installed."""
    places = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found := shutil.which("initdb"):
        places.append(Path(found).resolve().parent)
    return max(places, key=lambda place: (len(place.parent.name), place.parent.name), default=None)


@contextlib.contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A new server on a free port; skips the test where PostgreSQL's programs or its user are missing."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's initdb is not installed: no server was restarted")
    if os.geteuid() == 0 and OWNER not in (one.pw_name for one in pwd.getpwall()):
        pytest.skip(f"there is no user {OWNER}: no server was restarted")
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        initdb = (programs / "initdb", "-D", folder / "data", "-U", OWNER, "--auth=trust", "--encoding=UTF8")
        _as_owner([*map(str, initdb), "--locale=C"], folder)
        cluster = Cluster(programs, folder, own_port())
        cluster.order("start")
        try:
            yield cluster
        finally:
            cluster.order("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
