"""Servers as processes on a core of their own, and what they take: CPU time and memory, read from ``/proc``."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 120
_TICKS: Final = os.sysconf("SC_CLK_TCK")
READY: Final = ("ready ", "The bot is at ")


class NotStarted(Exception):
    """A server ended before it served; its log, named here, says why."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core the servers have, and which the load generator with its services. The same one if there is one."""

    servers: frozenset[int]
    load: frozenset[int]

    @classmethod
    def of_this_machine(cls) -> Cores:
        """The last core for servers, the first for the load; both as the process was given them."""
        given = sorted(os.sched_getaffinity(0))
        return cls(frozenset(given[-1:]), frozenset(given[:1]))


@dataclass
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[str]
    started_in: float
    """Seconds from the start of the process until it served."""

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, of all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        return resident(self.process.pid)


def resident(pid: int | str = "self") -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


class Others:
    """What other processes take from our cores, while a server and this process are at work on them."""

    def __init__(self, server: Server, cores: Cores) -> None:
        self._server, self._names = server, {f"cpu{core}" for core in cores.servers | cores.load}
        self._started, self._before = time.perf_counter(), self._cpu()

    def share(self) -> float:
        """Of the cores' time since this was made; 0 when we had them to ourselves."""
        spent = (time.perf_counter() - self._started) * len(self._names)
        return max(0.0, (self._cpu() - self._before) / spent)

    def _cpu(self) -> float:
        """Seconds that the cores were busy, less ours."""
        lines = (line.split() for line in Path("/proc/stat").read_text().splitlines() if line.startswith("cpu"))
        ticks = sum(sum(map(int, line[1:4] + line[6:9])) for line in lines if line[0] in self._names)
        return ticks / _TICKS - self._server.cpu - time.process_time()


def _mine() -> dict[str, str]:
    """This environment, without what would have every start compile all Python anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextlib.contextmanager
def serving(
    command: Sequence[str], cores: Cores, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server started with ``command``, on its core from the first instruction. Raises `NotStarted`."""
    started = time.perf_counter()
    with log.open("a") as errors, on(cores.servers):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**_mine(), "PYTHONPATH": str(ROOT), **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        port = _port(process, log)
        yield Server(port, process, time.perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """This process, and what it starts, on these cores for as long as the block takes."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _port(process: subprocess.Popen[str], log: Path) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY):
            return int(line.strip().rstrip("/").replace(":", " ").split()[-1])
    raise NotStarted(str(log))
