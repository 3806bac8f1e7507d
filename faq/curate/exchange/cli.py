"""The curators' commands ``import`` and ``export`` of ``python -m faq``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from faq.curate.exchange.drafts import Known, to_drafts
from faq.curate.exchange.entries import to_pairs
from faq.curate.exchange.pairs import BadFile
from faq.curate.exchange.qna import write_qna
from faq.curate.exchange.reading import read_pairs
from faq.curate.exchange.tsv import write_tsv

if TYPE_CHECKING:
    from faq.library import Library

WRITERS = {"tsv": write_tsv, "qna": write_qna}


def run_import(file: Path, library: Library, language: str, to: Path | None) -> None:
    """Write drafts of the pairs in ``file`` beside it, or to ``to``; say what a person has to look at."""
    try:
        pairs = read_pairs(file)
    except (BadFile, OSError) as error:
        _fail(f"{file.name}: {error}")
    knowledge = library.languages[language].knowledge
    drafts = to_drafts(pairs, language, Known(knowledge.entries, library.program.links, library.program.sources))
    target = to or file.with_suffix(".draft.yaml")
    files = {target: drafts.entries, target.with_name(f"{target.stem}.out-of-scope{target.suffix}"): drafts.topics}
    texts = {path: text for path, text in files.items() if text}
    for path in texts:
        if path.exists():
            _fail(f"{path} exists, and nothing is overwritten: give another name with --to")
    for path, text in texts.items():
        _write(path, text)
        print(path)
    print(f"{drafts.count} entries, {len(drafts.notes)} notes")
    for note in drafts.notes:
        print(f"  {note}")


def run_export(kind: str, library: Library, language: str, to: Path | None) -> None:
    """Write the entries of ``language`` to ``to``, or print them; say what has no place in the file."""
    if kind not in WRITERS:
        raise typer.BadParameter(f"{kind} is not known here: {' or '.join(WRITERS)}")
    pairs = to_pairs(library.languages[language].knowledge)
    try:
        text = WRITERS[kind](pairs.pairs)
    except BadFile as error:
        _fail(str(error))
    if to is None:
        print(text, end="")
    elif to.exists():
        _fail(f"{to} exists, and nothing is overwritten: give another name with --to")
    else:
        _write(to, text)
    for what in pairs.lost:
        typer.echo(f"left out: {what}", err=True)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        _fail(f"{path} cannot be written ({error.strerror})")


def _fail(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
