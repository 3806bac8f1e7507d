"""``python -m console password``: the way back in."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from desk.access import Role
from desk.accounts import switched
from tests.console.place import Place

ROOT = Path(__file__).parents[2]


async def command(folder: Path, *words: str, name: str = "desk.db") -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "console", *words),
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{folder}/{name}"},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, errors = await process.communicate()
    return process.returncode, out.decode().strip(), errors.decode().strip()


async def test_a_lost_password_is_replaced_beside_a_running_bot(place: Place, tmp_path: Path) -> None:
    browser = await place.signed_in(Role.VIEWER, name="ann")
    account = await place.stores.accounts.find("ann")
    assert account
    await place.stores.accounts.apply(switched(account, True, "admin", place.clock.now()))
    for _ in range(5):
        await place.browser().sign_in("ann", "wrong")
    code, password, errors = await command(tmp_path, "password", "Ann")
    assert (code, errors) == (0, "")
    assert (await browser.get("/requests")).status == 303
    fresh = place.browser()
    assert (await fresh.sign_in("ann", password)).status == 303
    assert (await fresh.get("/requests")).goal == "/console/password"
    assert "password-issued" in await place.deeds("command-line")


async def test_a_new_name_becomes_an_admin(place: Place, tmp_path: Path) -> None:
    code, password, _ = await command(tmp_path, "password", "rescue")
    assert code == 0
    assert (await place.browser().sign_in("rescue", password)).status == 303
    account = await place.stores.accounts.find("rescue")
    assert account
    assert account.roles == {Role.ADMIN}


async def test_what_cannot_work_is_one_line(tmp_path: Path) -> None:
    code, out, errors = await command(tmp_path, "password", "ann", name="nowhere.db")
    assert (code, out, len(errors.splitlines())) == (1, "", 1)
    assert "start the bot once" in errors
    assert (await command(tmp_path, "nonsense"))[0] == 2
