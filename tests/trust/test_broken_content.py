"""T20: every broken file of the corpus is put into the folder of a bot that serves. It is refused with its place."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faq.reload import LibraryWatcher
from program.document import ContentErrors
from tests.content.broken.test_broken_content import GOOD, LOAD, broken
from tests.teeth import FOUND_OUT
from tests.trust.figures import figure

HELLO = "hello"
PLACE = re.compile(r"\.yaml:\d+")


def _answer(watcher: LibraryWatcher) -> str:
    return watcher.library.languages["en"].knowledge.entries[HELLO].answer


async def test_a_broken_file_never_takes_an_answer_away(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "good"))
    watcher = LibraryWatcher(folder, lambda: datetime(2025, 1, 1, tzinfo=UTC))
    version, answer = watcher.library.version, _answer(watcher)
    for number, case in enumerate(LOAD):
        spoiled = tmp_path / str(number) / "good"
        broken(spoiled, case)
        _replace(folder, spoiled)
        await watcher.look()
        assert PLACE.search(watcher.status().error or ""), case.name
        assert (watcher.library.version, _answer(watcher)) == (version, answer), case.name
        _replace(folder, GOOD)
        await watcher.look()
        assert watcher.status().error is None, "and the repaired one is taken up"
    assert len(LOAD) >= 40
    figure("T20", f"{len(LOAD)} broken files while serving: all refused with their line, the old answers stayed")


async def takes_what_there_is(watcher: LibraryWatcher) -> None:
    await LOOK(watcher)
    if watcher.status().error:
        watcher._library = replace(watcher.library, version="with an error in it")


def finds_it_good(_watcher: LibraryWatcher, _error: ContentErrors) -> None:
    return


LOOK = LibraryWatcher.look


@pytest.mark.parametrize(("place", "careless"), [("look", takes_what_there_is), ("_refuse", finds_it_good)])
async def test_teeth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, careless: object) -> None:
    """A bot that goes live with an error is found out, and so is one that says nothing of it."""
    monkeypatch.setattr(LibraryWatcher, place, careless)
    with pytest.raises(FOUND_OUT):
        await test_a_broken_file_never_takes_an_answer_away(tmp_path)


def _replace(folder: Path, source: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(source, folder)
