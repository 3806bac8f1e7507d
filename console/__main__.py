"""``python -m console password NAME``: a one-time password for somebody who cannot get in."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from console.passwords import Passwords, one_time_password
from desk.access import Role
from desk.accounts import account_name, new_local, switched, try_key, with_one_time_password
from desk.errors import DeskError
from ops.clock import SystemClock
from settings import SettingsError, load_settings
from storage.console import SqlAccounts, SqlTries
from storage.engine import open_database
from storage.errors import DatabaseUnreachable, StorageError
from storage.migrate import migrate

USAGE = """python -m console password NAME

Gives the account a new one-time password and prints it. The account is signed out everywhere and, if it was disabled,
can be used again. When there is no account of this name, an admin is made. Works beside a running bot."""
BY = "command-line"


async def issue(url: str, name: str) -> str:
    """Give ``name`` a one-time password in the database at ``url``. Raises `DeskError`, `StorageError`."""
    _refuse_missing_file(url)
    database = await open_database(url)
    try:
        await migrate(database)
        accounts, password, now = SqlAccounts(database), one_time_password(), SystemClock().now()
        hashed = await Passwords().hash(password)
        known = await accounts.find(account_name(name))
        if known is None:
            await accounts.apply(new_local(name, frozenset({Role.ADMIN}), hashed, BY, now))
        else:
            changed = with_one_time_password(known, hashed, BY, now)
            await accounts.apply(changed)
            if known.disabled:
                await accounts.apply(switched(changed.account, False, BY, now))
        await SqlTries(database).forget([try_key("name", name)])
    finally:
        await database.close()
    return password


def _refuse_missing_file(url: str) -> None:
    """A mistyped path would otherwise become an empty database."""
    file = url.partition(":///")[2]
    if url.startswith("sqlite") and not Path(file).exists():
        raise DatabaseUnreachable(f"there is no {file}; start the bot once, or set DATABASE_URL")


def main(words: list[str]) -> int:
    """Run the command; returns the exit code. What cannot work is one line that says what to do."""
    match words:
        case ["password", name]:
            try:
                print(asyncio.run(issue(load_settings().database_url, name)))
            except (SettingsError, StorageError, DeskError) as error:
                print(error, file=sys.stderr)
                return 1
            return 0
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
