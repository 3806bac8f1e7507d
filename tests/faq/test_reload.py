from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import faq.reload
from faq.library import Library
from faq.reload import LibraryWatcher
from program.document import ContentErrors

GOOD = Path(__file__).parents[1] / "content" / "good"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2025, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "content"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(folder: Path, clock: Clock) -> LibraryWatcher:
    return LibraryWatcher(folder, clock.now, interval=0.01)


@pytest.fixture
def logs() -> Iterator[list[dict[str, object]]]:
    with capture_logs() as captured:
        yield captured  # type: ignore[misc]


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    touched = path.stat().st_mtime_ns + 10**9  # also on a file system with coarse times
    os.utime(path, ns=(touched, touched))


def answer(watcher: LibraryWatcher, entry: str = "hello") -> str:
    return watcher.library.languages["en"].knowledge.entries[entry].answer


async def test_changed_content_becomes_live(folder: Path, watcher: LibraryWatcher, clock: Clock) -> None:
    before, told = watcher.status(), []

    async def tell(library: Library) -> None:
        told.append((library.version, watcher.library is library))

    watcher.on_change(tell)
    await watcher.look()
    assert (told, watcher.status()) == ([], before)
    clock.time = datetime(2025, 1, 2, tzinfo=UTC)
    rewrite(folder / "en" / "faq.yaml", "Good day.", "Good evening.")
    await watcher.look()
    assert answer(watcher) == "Good evening."
    assert told == [(watcher.library.version, True)]
    status = watcher.status()
    assert (status.version, status.loaded_at, status.error) == (watcher.library.version, clock.time, None)
    assert status.version != before.version


async def test_broken_content_is_refused_and_the_last_good_one_answers(
    folder: Path, watcher: LibraryWatcher, logs: list[dict[str, object]]
) -> None:
    good = watcher.status()
    rewrite(folder / "en" / "faq.yaml", "answer: Good day.", "answr: Secret words.")
    await watcher.look()
    await watcher.look()
    assert answer(watcher) == "Good day."
    status = watcher.status()
    assert (status.version, status.loaded_at) == (good.version, good.loaded_at)
    assert status.error is not None
    assert status.error.startswith("content/en/faq.yaml:37:5 (2 in all)")
    assert [line["event"] for line in logs] == ["content.refused"]
    assert logs[0]["place"] == "content/en/faq.yaml:37:5"
    assert "ecret" not in f"{logs}{status}"
    rewrite(folder / "en" / "faq.yaml", "answr: Secret words.", "answer: Good evening.")
    await watcher.look()
    assert (answer(watcher), watcher.status().error) == ("Good evening.", None)
    assert [line["event"] for line in logs] == ["content.refused", "content.loaded"]


async def test_taking_the_change_back_heals_too(
    folder: Path, watcher: LibraryWatcher, logs: list[dict[str, object]]
) -> None:
    good, library = watcher.status(), watcher.library
    rewrite(folder / "program.yaml", "facts:", "fakts:")
    await watcher.look()
    assert watcher.status().error
    rewrite(folder / "program.yaml", "fakts:", "facts:")
    await watcher.look()
    assert (watcher.status(), watcher.library is library) == (good, True)
    assert [line["event"] for line in logs] == ["content.refused", "content.repaired"]


async def test_a_file_that_goes_and_one_that_comes_are_seen(folder: Path, watcher: LibraryWatcher) -> None:
    (folder / "en" / "messages.yaml").rename(folder / "kept")
    await watcher.look()
    assert "content/en/messages.yaml:1:1" in (watcher.status().error or "")
    (folder / "kept").rename(folder / "en" / "messages.yaml")
    for language in ("en", "zh-CN"):
        (folder / language / "out_of_scope.yaml").unlink()
    await watcher.look()
    assert watcher.status().error is None
    assert "weather" not in watcher.library.languages["en"].knowledge.entries


async def test_loading_never_holds_up_the_loop(
    folder: Path, watcher: LibraryWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    library = watcher.library

    def slow(*_: object) -> Library:
        assert free.wait(5)
        return library

    monkeypatch.setattr(faq.reload, "load_library", slow)
    rewrite(folder / "en" / "faq.yaml", "Good day.", "Good evening.")
    looking = asyncio.create_task(watcher.look())
    for _ in range(5):  # the loop turns while the thread is loading
        await asyncio.sleep(0.01)
    assert not looking.done()
    free.set()
    await looking


async def test_the_watcher_runs_by_itself(folder: Path, watcher: LibraryWatcher) -> None:
    changed = asyncio.Event()

    async def tell(_: Library) -> None:
        changed.set()

    watcher.on_change(tell)
    running = asyncio.create_task(watcher.run())
    rewrite(folder / "zh-CN" / "faq.yaml", "您好。", "您好！")
    await asyncio.wait_for(changed.wait(), 5)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert watcher.library.languages["zh-CN"].knowledge.entries["hello"].answer == "您好！"


async def test_past_content_is_a_warning_once(
    watcher: LibraryWatcher, clock: Clock, logs: list[dict[str, object]]
) -> None:
    await watcher.look()
    assert logs == []
    clock.time = datetime(2031, 1, 1, tzinfo=UTC)
    await watcher.look()
    await watcher.look()
    assert [(line["event"], line["entries"]) for line in logs] == [("content.past", ["opening"])]


def test_a_bot_does_not_start_on_broken_content(folder: Path, clock: Clock) -> None:
    rewrite(folder / "en" / "faq.yaml", "kind: small-talk", "kind: talk")
    with pytest.raises(ContentErrors, match=r"content/en/faq\.yaml:38:11"):
        LibraryWatcher(folder, clock.now)
