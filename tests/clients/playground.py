"""Microsoft 365 Agents Playground in front of a bot, driven through its page as a person does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

COMMAND = Path("node_modules") / ".bin" / "agentsplayground"
PEOPLE = ("Ana Silva", "Bo 王", "Chris Ito", "Dora Blum", "Emil Roy", "Fay Lund")
"""The first of them sits at the keyboard unless told otherwise. The Playground asks for six."""
BOT = "Learning Partner"


class PlaygroundFailed(Exception):
    """Agents Playground did not start; its log says why."""


@asynccontextmanager
async def playground(
    tools: Path, folder: Path, bot_url: str, *, user: int = 0, channel: str = "msteams"
) -> AsyncIterator[str]:
    """The address of a running Playground that talks to the bot at ``bot_url``; ``folder`` takes its log.

    ``user`` is the place in `PEOPLE` of who sits at the keyboard. Raises `PlaygroundFailed`.
    """
    config = _written(configuration(user), folder)
    environment = {
        **os.environ,
        "TEAMSAPPTESTER_BROWSER": "none",
        "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config),
        "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / "playground.log"),
    }
    process = await asyncio.create_subprocess_exec(
        *(str(tools / COMMAND), "start", "-e", f"{bot_url}/api/messages", "-c", channel, "--disable-telemetry"),
        *("-p", "0"),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # it starts a process of its own
    )
    try:
        yield f"http://127.0.0.1:{await _port(process)}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _written(config: dict[str, object], folder: Path) -> Path:
    """JSON is YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "playground.yml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def configuration(user: int) -> dict[str, object]:
    """Who is there, and where they talk."""
    team = {"id": "team-1", "name": "Partner team", "aadGroupId": _guid(90)}
    return {
        "version": "0.1.0",
        "tenantId": _guid(1),
        "bot": {"id": _guid(2), "name": BOT},
        "currentUser": _person(user),
        "users": [_person(place) for place in range(len(PEOPLE)) if place != user],
        "personalChat": {"id": f"personal-{user}"},
        "groupChat": {"id": "group-1", "name": "Partner group"},
        "team": {**team, "channels": [{"id": "channel-1", "name": "Directory"}]},
    }


def _person(place: int) -> dict[str, str]:
    given, family = PEOPLE[place].split()
    address = f"user{place}@example.com"
    names = {"name": PEOPLE[place], "givenName": given, "surname": family}
    return {
        "id": f"user-{place}",
        "aadObjectId": _guid(10 + place),
        **names,
        "email": address,
        "userPrincipleName": address,
    }


def _guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


async def _port(process: asyncio.subprocess.Process) -> int:
    """Where it listens: it takes another port than asked for when that is taken."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while line := await process.stdout.readline():
                if line.startswith(b"Listening on "):
                    return int(line.split()[-1])
    except TimeoutError:
        pass
    raise PlaygroundFailed
