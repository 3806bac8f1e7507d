"""T19: of a message that its sender deleted no table and no file shows the words; what others said stays."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import storage.deleting
from tests.bot.fakes import emulator_message
from tests.trust.people import Office, an_office
from tests.trust.test_erasure import postgres, url  # noqa: F401 - fixtures

TEAMS = {"channelId": "msteams"}
DELETED = {"type": "messageDelete", "text": None, "channelData": {"eventType": "softDeleteMessage"}}
EDITED = {"type": "messageUpdate", "channelData": {"eventType": "editMessage"}}
RESTORED = {"type": "messageUpdate", "channelData": {"eventType": "undeleteMessage"}}


@pytest.fixture
async def office(url: str, tmp_path: Path) -> AsyncIterator[Office]:  # noqa: F811
    async with an_office(url, tmp_path) as running:
        yield running


async def _say(office: Office, words: str | None, name: str, user: str = "ann", **more: Any) -> None:
    body = emulator_message(office.channel, words, id=name, **TEAMS, **more)
    body |= {"from": {"id": user, "name": user}, "conversation": {"id": f"chat of {user}".replace(" ", "-")}}
    async with office.client.post("/api/messages", json=body) as answer:
        assert answer.status == 200, await answer.text()


async def _delete(office: Office, name: str, user: str = "ann") -> None:
    await _say(office, None, name, user, **{key: value for key, value in DELETED.items() if key != "text"})


async def _tables(office: Office, mark: str) -> set[str]:
    return {name for name, lines in (await office.rows()).items() if any(mark in line for line in lines)}


def _files(office: Office, mark: str) -> bool:
    return any(mark.encode() in file.read_bytes() for file in office.folder.rglob("*") if file.is_file())


ASKED = [
    ("{} xyzzy plugh?", {"exchanges", "missed"}),
    ("What do we need for the Learning Action Pack, {}?", {"exchanges"}),
    ("https://{}.com/ms", {"exchanges", "outbox"}),
    ("is gold or silver better for KPIs {}", {"exchanges", "state"}),
]
"""What is typed, and where it is found then."""


@pytest.mark.parametrize(("words", "kept"), ASKED)
async def test_no_table_and_no_file_shows_the_words(office: Office, words: str, kept: set[str]) -> None:
    mark = f"zq{secrets.token_hex(5)}"
    await _say(office, words.format(mark), "q1")
    await _say(office, words.format(mark), "q2", "bob")
    await office.until(lambda: office.still("reply"))
    assert await _tables(office, mark) == kept
    answered = len(office.arrived)
    await _delete(office, "q2", "ann")
    assert await _tables(office, mark) == kept, "somebody else's"
    await _delete(office, "q1")
    rows = await office.rows()
    left = [line for lines in rows.values() for line in lines if mark in line]
    assert [line for line in left if "bob" not in line] == []
    assert left, "bob's are as they were"
    await _delete(office, "q2", "bob")
    assert await _tables(office, mark) == set()
    await office.database.scrub()
    assert not _files(office, mark)
    assert len(office.arrived) == answered, "nothing is said about it"


async def test_edits_go_too_and_taking_it_back_brings_nothing_back(office: Office) -> None:
    mark = f"zq{secrets.token_hex(5)}"
    await _say(office, f"{mark} xyzzy?", "q1")
    await _say(office, f"{mark} plugh?", "q1", **EDITED)
    await _delete(office, "q1")
    await _say(office, f"{mark} plugh?", "q1", **RESTORED)
    assert await _tables(office, mark) == set()


async def test_a_request_keeps_what_it_was_told(office: Office) -> None:
    mark = f"zq{secrets.token_hex(5)}"
    await _say(office, f"list {mark} in Brazil", "q1")
    await _delete(office, "q1")
    rows = await office.rows()
    assert any(mark in line for line in rows["state"])
    assert not any(mark in line for line in rows["exchanges"])


@pytest.mark.parametrize("step", ["_forget_asked", "_empty_replies", "_delete_missed"])
async def test_a_step_that_is_left_out_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(storage.deleting, step, lambda *_, **__: None)
    async with an_office(f"sqlite:///{tmp_path}/bot.db", tmp_path) as office:
        found = set()
        for number, (words, _) in enumerate(ASKED):
            mark = f"zq{secrets.token_hex(5)}"
            await _say(office, words.format(mark), f"q{number}")
            await _delete(office, f"q{number}")
            found |= await _tables(office, mark)
        assert (
            found
            == {
                "_forget_asked": {"state"},
                "_empty_replies": {"outbox"},
                "_delete_missed": {"missed"},
            }[step]
        )
