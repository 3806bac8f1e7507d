"""``python -m teams``: makes the app package that is uploaded to Teams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer

from faq.library import Library
from teams.check import problems
from teams.manifest import TeamsApp
from teams.package import package as package_of

app = typer.Typer(help="The app package for Teams.", no_args_is_help=True, add_completion=False)
Version = Annotated[str, typer.Option(help="As in 1.0.0; raise it with each upload.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with."""

    app: TeamsApp
    library: Callable[[], Library]


@app.callback()
def _begin() -> None:
    """The app package for Teams."""


@app.command()
def check(context: typer.Context, version: Version = "1.0.0") -> None:
    """Say what the settings still lack."""
    _checked(context, version)
    typer.echo("Nothing to fix.")


@app.command()
def package(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("var/learning-partner-teams.zip"),
    version: Version = "1.0.0",
) -> None:
    """Make the zip that is uploaded to Teams."""
    described, desk = _checked(context, version)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(package_of(described, desk.library()))
    typer.echo(f"{out} is ready: upload it in Teams under Apps, Manage your apps.")


def _checked(context: typer.Context, version: str) -> tuple[TeamsApp, Desk]:
    make = cast("Callable[[str], Desk]", context.obj)
    desk = make(version)
    found = problems(desk.app)
    if found:
        typer.echo("Not ready for Teams:", err=True)
        for line in found:
            typer.echo(f"  {line}", err=True)
        raise typer.Exit(1)
    return desk.app, desk
