"""T17: ids that are tried one after the other, half of them others' and half nobody's: all look alike, nothing moves.

Conversations and requests belong to somebody. What the console shows belongs to the program: roles decide there, not
owners, so that accounts must look alike to whoever is no admin.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import turn.engine
from cases.model import Case, Owner
from cases.ports import CaseFilter
from cases.reference import reference_for
from channels.directline.service import Service
from channels.directline.tokens import Claims, Kind
from console.visit import Visit
from desk.access import Role
from dialogs.decision import Knowledge, Said
from faq.library import Library
from tests.cases.samples import opened as opened_case
from tests.channels.door import Door, Line
from tests.channels.door import opened as opened_door
from tests.console.place import Answer, Browser
from tests.console.place import opened as opened_console
from tests.talk import Talk, shown
from tests.teeth import FOUND_OUT
from turn.model import Incoming, Opened

EACH = 50
"""Others' ids, and as many that are nobody's."""
ROUTES = (("GET", ""), ("GET", "/activities"), ("POST", "/activities"), ("POST", "/upload"))
PRESSES = ("", "edit", "withdraw", "withdraw-now", "keep", "reopen", "there", "missing", "mute", "unmute")
WRONG_CODE = "7K3Q-MX9D"
MESSAGES = ("status of {id}", f"{{id}} {WRONG_CODE}")
SECTIONS = ("roles", "disable", "enable", "password", "teams")


async def _all_refused_alike(door: Door, line: Line) -> None:
    others = [await door.visitor() for _ in range(EACH)]
    for other in others:
        await other.say("a private word")
    before = {other.id: await other.texts() for other in others}
    answers = set()
    for conversation in [*before, *(f"{number:032x}" for number in range(EACH))]:
        for method, rest in ROUTES:
            body = {"type": "message", "text": "as somebody else"} if method == "POST" else None
            answer = await door.call(method, f"/conversations/{conversation}{rest}", body, line.token)
            answers.add((answer.status, await answer.text()))
    assert {status for status, _ in answers} == {403}
    assert len(answers) == 1
    assert {other.id: await other.texts() for other in others} == before


async def test_conversations() -> None:
    async with opened_door() as door:
        await _all_refused_alike(door, await door.visitor())


def _bobs(talk: Talk) -> list[Case]:
    requests = [opened_case(owner=Owner(talk.channel, "bob")) for _ in range(EACH)]
    for request in requests:
        talk.memory.cases.store([request.case], request.events)
    return [request.case for request in requests]


def _standing(talk: Talk) -> list[tuple[object, ...]]:
    """What matters of all requests: a wrong code is counted, and that is all that it does."""
    cases = talk.memory.cases.page(CaseFilter(), 2 * EACH, None).cases
    return [(case.reference, case.state, case.fields, case.muted, case.owner, case.contact) for case in cases]


async def test_requests_in_a_conversation(knowledge: Knowledge) -> None:
    """Asked about, with a code that is guessed, and by every button that a request can have."""
    talk = Talk(knowledge)
    await talk.say("hello")
    others = [case.reference for case in _bobs(talk)]
    before = _standing(talk)
    answers: dict[tuple[str, str], set[str]] = {}
    for kind, references in (
        ("theirs", others),
        ("nobody's", [reference_for(f"guess {n}", others) for n in range(EACH)]),
    ):
        for reference in references:
            for text in MESSAGES:
                heard = await talk.say(text.format(id=reference))
                answers.setdefault((text, kind), set()).add(_told(heard, reference))
            for what in PRESSES:
                heard = await talk.press({"do": "status", "what": what, "reference": reference})
                answers.setdefault((what, kind), set()).add(_told(heard, reference))
    for probe in (*MESSAGES, *PRESSES):
        assert answers[probe, "theirs"] == answers[probe, "nobody's"]
        assert len(answers[probe, "theirs"]) == 1
    assert _standing(talk) == before


def _told(heard: list[Any], reference: str) -> str:
    return "|".join(shown(activity) for activity in heard).replace(reference, "…")


async def _tried(browser: Browser, name: str) -> list[Answer]:
    return [await browser.get(f"/accounts/{name}"), *[await browser.post(f"/accounts/{name}/{do}") for do in SECTIONS]]


async def test_accounts_of_the_console(tmp_path: Path, library: Library) -> None:
    async with opened_console(tmp_path, library) as place:
        names = [f"person{number}" for number in range(EACH)]
        for name in names:
            await place.account(name, Role.VIEWER)
        before = [await place.stores.accounts.find(name) for name in names]
        for browser, statuses in (
            (await place.signed_in(Role.CURATOR, name="eve"), {403}),
            (place.browser(), {303, 401}),
        ):
            seen = {}
            for name in (*names, *(f"nobody{number}" for number in range(EACH))):
                answers = await _tried(browser, name)
                seen[name] = [(answer.status, answer.text.replace(name, "…")) for answer in answers]
            assert {status for answers in seen.values() for status, _ in answers} == statuses
            assert {str(answers) for answers in seen.values()} == {str(seen["person0"])}
        assert [await place.stores.accounts.find(name) for name in names] == before


def trusts_the_path(service: Service, request: web.Request) -> Claims:
    return service.tokens.check(request.headers["Authorization"].removeprefix("Bearer "), Kind.CONVERSATION)


async def test_teeth_of_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "claims", trusts_the_path)
    with pytest.raises(FOUND_OUT):
        await test_conversations()


def owns_what_is_named(incoming: Incoming, opened: Opened, *rest: Any) -> Said:
    return replace(SAID(incoming, opened, *rest), own=opened.cases)


SAID = turn.engine._said


async def test_teeth_of_requests(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn.engine, "_said", owns_what_is_named)
    with pytest.raises(FOUND_OUT):
        await test_requests_in_a_conversation(knowledge)


async def test_teeth_of_accounts(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visit, "may", lambda _visit, _action: True)
    with pytest.raises(FOUND_OUT):
        await test_accounts_of_the_console(tmp_path, library)
