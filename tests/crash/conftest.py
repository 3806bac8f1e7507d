"""One server of bots for all tests, and the databases that they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.cluster import Cluster, own_cluster
from tests.crash.databases import new_postgres
from tests.crash.fleet import ForkServer, fork_server


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    with fork_server() as running:
        yield running


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bot.db"


@pytest.fixture
def postgres() -> Iterator[str]:
    """An empty database on the server of ``TEST_DATABASE_URL``."""
    with new_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with own_cluster() as running:
        yield running
