"""T6: texts that are made to be expensive, at every prompt and at the search. A turn costs little, the loop goes on."""

from __future__ import annotations

import asyncio
import copy
import gc
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import doors
import wiring
from channels.directline.wire import parse_object
from dialogs.decision import Knowledge
from dialogs.fields import phrases, yes_no
from dialogs.fields.around import asking_spans
from dialogs.fields.dates import dates_in
from dialogs.form_state import Phase
from dialogs.forms import FORMS
from dialogs.utterance import _utterance
from settings import Settings
from storage.codec import to_json
from storage.memory_cases import MemoryCases
from tests.bot.fakes import emulator_message
from tests.talk import Talk
from tests.trust.bombs import BOMBS, LENGTH, UPLOADS
from tests.trust.conftest import UNLIMITED
from tests.trust.figures import figure
from tests.trust.looping import watched_loop
from tests.trust.process import taking_channel
from tests.trust.uploads import SAID, Upload, described

MOST_SECONDS = 0.1
"""Of the processor, for one turn."""
LONGEST_GAP = 0.15
"""Seconds that a callback may keep the loop, on the processor and asleep; waits for the interpreter's lock, which other
threads hold, count too."""
PROMPTS = [f"{form.name} {field.name}" for form in FORMS.values() for field in form.fields]
PHASES = [phase for phase in Phase if phase is not Phase.ASKING]


@pytest.fixture(autouse=True)
def own_garbage() -> Iterator[None]:
    """Collections look at what this test makes, not at what thousands of tests before it left in the process."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


async def _prompt(talk: Talk, form: str, asking: str = "", phase: Phase = Phase.ASKING) -> None:
    """The form is open and asks for this field, or waits for something else."""
    await talk.press({"do": "start", "form": form})
    ((key, (version, _)),) = talk.memory.state.items()
    opened = await talk.store.open(talk.incoming(happening=talk.last.happening))  # type: ignore[union-attr]
    state: Any = copy.deepcopy(opened.state)
    assert state["dialog"]["form"] == form
    state["dialog"] |= {"phase": phase.value} | ({"asking": asking} if asking else {})
    talk.memory.state[key] = (version, to_json(state))


async def _dearest(talk: Talk) -> tuple[float, str]:
    """Seconds of the processor for the most expensive bomb, each thrown at the conversation as it stands."""
    stood = dict(talk.memory.state)
    worst = (0.0, "")
    for bomb in BOMBS:
        worst = max(worst, (await _cost(talk, bomb, stood), f"{bomb[:20]!r}…"))
    return worst


async def _cost(talk: Talk, bomb: str, stood: dict[Any, Any]) -> float:
    talk.memory.state.clear()
    talk.memory.cases = MemoryCases()
    talk.memory.state.update(stood)
    talk.memory.posts.clear()  # of the same state come the same posts
    _forget_texts(talk.knowledge)
    started = time.thread_time()
    await talk.say(bomb)
    return time.thread_time() - started


def _forget_texts(knowledge: Knowledge) -> None:
    """A bomb is a new text every time: what is remembered of texts would hide what it costs."""
    knowledge.matcher._matched.cache_clear()
    for engine in knowledge.matcher._engines.values():
        engine._ranked.cache_clear()
        if engine._evidence is not None:
            engine._evidence._features._kept.cache_clear()
            engine._evidence.words.bridge.cache_clear()
    for cache in (asking_spans, dates_in, phrases.fold, phrases._places, phrases.words_of, yes_no._clauses, _utterance):
        cache.cache_clear()


def test_the_bombs_are_two_hundred() -> None:
    assert len(BOMBS) == len(set(BOMBS)) == 200
    assert {len(bomb) for bomb in BOMBS} == {LENGTH}


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_the_search_is_cheap(knowledge: Knowledge, locale: str) -> None:
    talk = Talk(knowledge)
    await talk.say("hello", locale=locale)
    cost, bomb = await _dearest(talk)
    assert cost <= MOST_SECONDS, bomb
    figure("T6", f"search {locale}: dearest of {len(BOMBS)} bombs {1e3 * cost:.0f} ms")


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_every_prompt_is_cheap(knowledge: Knowledge, prompt: str) -> None:
    talk, (form, field) = Talk(knowledge), prompt.split(" ")
    await _prompt(talk, form, field)
    cost, bomb = await _dearest(talk)
    assert cost <= MOST_SECONDS, bomb
    figure("T6", f"prompt {prompt}: dearest of {len(BOMBS)} bombs {1e3 * cost:.0f} ms")


@pytest.mark.parametrize("phase", PHASES)
async def test_every_pause_of_a_form_is_cheap(knowledge: Knowledge, phase: Phase) -> None:
    talk = Talk(knowledge)
    await _prompt(talk, "directory-listing", phase=phase)
    cost, bomb = await _dearest(talk)
    assert cost <= MOST_SECONDS, bomb


async def test_no_callback_of_a_turn_holds_the_loop(tmp_path: Path) -> None:
    """The whole bot, all bombs, through both doors: no callback is long, none opens a file or asks a name server."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/bot.db", page_check=False, **UNLIMITED)
    async with taking_channel(keeps=False) as channel, wiring.running(settings) as parts:
        server = TestServer(await doors.web_application(parts), host="127.0.0.1")
        async with TestClient(server) as client:
            await _throw(client, channel.url, BOMBS[:5], "first")  # what is made at its first use
            with watched_loop() as watch:
                await _throw(client, channel.url, BOMBS, "all")
    assert watch.busy + watch.asleep <= LONGEST_GAP, watch.worst
    assert watch.touched == []
    figure("T6", f"{watch.callbacks} callbacks: longest {1e3 * watch.busy:.0f} ms, asleep {1e3 * watch.asleep:.0f} ms")


async def _throw(client: TestClient[Any, Any], channel: str, bombs: tuple[str, ...], look: str) -> None:
    async with client.post("/v3/directline/session", json={}) as answer:
        session = await answer.json()
    path = f"/v3/directline/conversations/{session['conversationId']}/activities"
    headers = {"Authorization": f"Bearer {session['token']}"}
    for place, bomb in enumerate(bombs):
        body = emulator_message(channel, bomb, id=f"{look}-{place}")
        async with client.post("/api/messages", json=body) as answer:
            assert answer.status == 200
        async with client.post(path, json={"type": "message", "text": bomb}, headers=headers) as answer:
            assert answer.status == 200


async def _dearest_upload(tmp_path: Path, uploads: dict[str, Upload]) -> tuple[float, str, set[int]]:
    """Longest callback of the whole bot, in seconds of the processor, over each of them; and all statuses."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/bot.db", page_check=False, **UNLIMITED)
    worst, statuses = (0.0, ""), set[int]()
    async with wiring.running(settings) as parts:
        server = TestServer(await doors.web_application(parts), host="127.0.0.1")
        async with TestClient(server) as client:
            await _upload(client, described(SAID))  # what is made at its first use
            for name, bomb in uploads.items():
                with watched_loop() as watch:
                    statuses.add(await _upload(client, bomb))
                worst = max(worst, (watch.busy, f"{name}: {watch.worst}"))
    return *worst, statuses


async def _upload(client: TestClient[Any, Any], bomb: Upload) -> int:
    """The client has its body ready: sending it is no callback of the bot's."""
    async with client.post("/v3/directline/session", json={}) as answer:
        session = await answer.json()
    path = f"/v3/directline/conversations/{session['conversationId']}/upload"
    headers = {"Authorization": f"Bearer {session['token']}", "Content-Type": bomb.content_type}
    async with client.post(path, data=BytesIO(bomb.body), headers=headers) as answer:
        return answer.status


async def test_no_upload_holds_the_loop(tmp_path: Path) -> None:
    busy, worst, statuses = await _dearest_upload(tmp_path, UPLOADS)
    assert busy <= LONGEST_GAP, worst
    assert statuses == {200, 400, 413}
    figure("T6", f"{len(UPLOADS)} uploads: longest callback {1e3 * busy:.0f} ms")


@pytest.mark.parametrize("bomb", ["5 MB of numbers", "5 MB of objects"])
async def test_teeth_of_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: str) -> None:
    """An activity is taken whatever its length, if it comes with a file."""
    monkeypatch.setattr("channels.directline.upload._described", lambda part, _: parse_object(part.content))
    busy, _, _ = await _dearest_upload(tmp_path, {bomb: UPLOADS[bomb]})
    assert busy > LONGEST_GAP


class Teeth:
    """What a careless turn would do on the loop."""

    @staticmethod
    def busy() -> None:
        until = time.thread_time() + 2 * LONGEST_GAP
        while time.thread_time() < until:
            pass

    @staticmethod
    def asleep() -> None:
        time.sleep(2 * LONGEST_GAP)

    @staticmethod
    def touched() -> None:
        Path("/proc/version").read_text()


@pytest.mark.parametrize("careless", ["busy", "asleep", "touched"])
async def test_teeth_of_the_watch(careless: str) -> None:
    with watched_loop() as watch:
        asyncio.get_running_loop().call_soon(getattr(Teeth, careless))
        await asyncio.sleep(0.01)
    seen = {
        "busy": watch.busy > LONGEST_GAP,
        "asleep": watch.asleep > LONGEST_GAP,
        "touched": watch.touched != [],
    }
    assert [name for name, was in seen.items() if was] == [careless]


async def test_one_watch_may_follow_another() -> None:
    for _ in range(2):
        with watched_loop() as watch:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert watch.callbacks > 0


async def test_teeth_of_the_clock(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values looked for in all 4,000 characters, and a bomb is one."""
    monkeypatch.setattr("dialogs.finding.SEARCHED_CHARACTERS", LENGTH)
    talk = Talk(knowledge)
    await talk.say("hello")
    assert max([await _cost(talk, bomb, dict(talk.memory.state)) for bomb in BOMBS[::4]]) > MOST_SECONDS
