"""Commands of ``python -m storage``: backups, and moving to another database."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from storage.backup import back_up, move, opened, restore
from storage.dump import Sums
from storage.errors import FileUnusable
from storage.survey import Survey, survey

DEFAULT = "sqlite:///var/bot.db"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it would show values
    help="Back up, restore, move and check the bot's database: the one of DATABASE_URL.",
)

File = Annotated[Path, typer.Argument(metavar="FILE")]


def database_url() -> str:
    """As the bot finds it (see docs/settings.md); no other setting is needed here. Raises `FileUnusable`."""
    url, file = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_URL_FILE")
    if url or not file:
        return url or DEFAULT
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise FileUnusable("DATABASE_URL_FILE") from None


@app.command("backup")
def backup_command(file: File) -> None:
    """Write a backup to FILE; the bot may run. It holds personal data and signing keys: keep it as safe as these."""
    asyncio.run(back_up(database_url(), file))
    print(f"{file}: {file.stat().st_size:,} bytes")


@app.command("restore")
def restore_command(file: File) -> None:
    """Fill an empty database from the backup in FILE; start the bot afterwards."""
    _tell(asyncio.run(restore(file, database_url())))


@app.command("move")
def move_command(
    from_url: Annotated[str, typer.Argument(metavar="FROM_URL")],
    to_url: Annotated[str, typer.Argument(metavar="TO_URL")],
) -> None:
    """Copy everything to another, empty database; stop the bot first.

    A password may stay out of the addresses, which other users of the machine can see: set PGPASSWORD instead.
    """
    _tell(asyncio.run(move(from_url, to_url)))


@app.command("check")
def check_command() -> None:
    """Say what the database holds, and whether all of it can be read."""
    found = asyncio.run(_survey())
    _tell_rows(found.rows)
    print(f"revision {found.revision}")
    for problem in found.problems:
        typer.echo(problem, err=True)
    raise typer.Exit(1 if found.problems else 0)


async def _survey() -> Survey:
    async with opened(database_url()) as database:
        return await database.snapshot(survey)


def _tell(sums: Sums) -> None:
    _tell_rows({name: found.rows for name, found in sums.items()})
    print("all rows arrived, checksums are equal")


def _tell_rows(rows: dict[str, int]) -> None:
    for name, count in sorted(rows.items()):
        print(f"{count:>12,}  {name}")
    print(f"{sum(rows.values()):>12,}  in all")
