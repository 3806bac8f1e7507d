"""Commands of ``python -m storage``: backups, moving to another database, and messages that were given up."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy import Connection

from storage.backup import back_up, move, opened, restore
from storage.dump import Sums
from storage.errors import FileUnusable
from storage.parked import SHOWN, close, parked, send_again
from storage.survey import Survey, survey

T = TypeVar("T")

DEFAULT = "sqlite:///var/bot.db"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it would show values
    help="Back up, restore, move and check the bot's database, that of DATABASE_URL; see what could not be sent.",
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


Posts = Annotated[list[str] | None, typer.Argument(metavar="[POST]...", help="Their ids.")]
All = Annotated[bool, typer.Option("--all", help="All that are parked.")]


@app.command("parked")
def parked_command() -> None:
    """List the messages that were given up, the oldest first; `again` sends some once more, `close` puts them away."""
    found = asyncio.run(_written(parked))
    for post in found:
        print(f"{post.at:%Y-%m-%d %H:%M}  {post.kind}  {post.channel}  {post.attempts} tries  {post.id}  {post.reason}")
    print(f"{len(found)} shown of those parked" if len(found) == SHOWN else f"{len(found)} parked")


@app.command("again")
def again_command(posts: Posts = None, every: All = False) -> None:
    """Send parked messages again, however old they are; the bot may run, and sends them within seconds."""
    now, chosen = datetime.now(UTC), _chosen(posts, every)
    _tell_changed(chosen, asyncio.run(_written(lambda connection: send_again(connection, chosen, now))))


@app.command("close")
def close_command(posts: Posts = None, every: All = False) -> None:
    """Put parked messages away: they are not sent, and `/readyz` speaks of them no more."""
    chosen = _chosen(posts, every)
    _tell_changed(chosen, asyncio.run(_written(lambda connection: close(connection, chosen))))


def _chosen(posts: list[str] | None, every: bool) -> list[str]:
    """The ids; none for all of them."""
    if bool(posts) == every:
        raise typer.BadParameter("name some of those that `python -m storage parked` lists, or give --all")
    return posts or []


async def _written(work: Callable[[Connection], T]) -> T:
    async with opened(database_url()) as database:
        return await database.write(work)


def _tell_changed(named: list[str], changed: list[str]) -> None:
    for post in changed:
        print(post)
    print(f"{len(changed)} changed")
    unknown = sorted({*named} - {*changed})
    for post in unknown:
        typer.echo(f"{post}: not parked; `python -m storage parked` lists those that are", err=True)
    raise typer.Exit(1 if unknown else 0)


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
