"""The benchmark of turns runs to its end, counts what it says it counts, and writes its page. No figure is judged."""

from __future__ import annotations

import asyncio
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks.turns.load import Load, RowCheck, TurnLost
from benchmarks.turns.page import BEGIN, END, write
from benchmarks.turns.processes import ROOT, Cores, NotStarted, serving
from benchmarks.turns.services import Services
from benchmarks.turns.sides import SERVERS, Setting, load_on, our_bot, peer
from benchmarks.turns.talk import Talk
from benchmarks.turns.targets import judge

QUESTIONS = ("where do we enroll", "what is the action pack")
NUMBERS = {"turns", "turns_per_second", "p50_ms", "p99_ms", "cpu_ms_per_turn", "busy", "others", "cards"}


def spread(low: float, median: float, high: float) -> dict[str, float]:
    return {"low": low, "median": median, "high": high}


def rounds(*figures: tuple[float, float]) -> dict[str, Any]:
    """A side's turns per second and CPU per turn."""
    return {"rounds": [{"turns_per_second": fast, "cpu_ms_per_turn": cpu} for fast, cpu in figures]}


@pytest.mark.timeout(900)  # it starts the bot five times; on a busy machine that alone takes minutes
async def test_a_quick_run_has_all_figures() -> None:
    command = ["-m", "benchmarks", "turns", "--quick", "--json"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=pipe, stderr=pipe)
    told, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    figures: dict[str, Any] = json.loads(told)
    assert {"sides", "pace", "phrasings", "rows", "memory", "dependencies", "starts", "imports"} <= figures.keys()
    assert figures["sides"].keys() == {"floor", "faq", "form", "direct line"}
    for side in figures["sides"].values():
        assert side.keys() >= NUMBERS
        assert side["turns"]["low"] > 0
        assert side["turns_per_second"].keys() == {"low", "median", "high"}
    assert figures["sides"]["faq"]["cards"]["low"] > 0.9
    assert figures["sides"]["floor"]["cards"]["high"] == 0
    assert {one["database"] for one in figures["rows"]} >= {"SQLite"}
    assert figures["memory"]["course"][-1]["turns"] >= 200
    assert {one["target"] for one in figures["targets"]} >= {"start to serving, warm, s"}


@pytest.mark.parametrize("broken", ["no reply", "no row"])
async def test_a_turn_that_is_not_there_ends_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr("benchmarks.turns.load.LOST_AFTER", 1.0)
    monkeypatch.setattr(RowCheck, "__call__", lambda *_: broken != "no row")
    services = Services()
    await services.start()
    try:
        setting = Setting(Cores.of_this_machine(), services, tmp_path, QUESTIONS)
        with peer("floor", setting) as server:
            load: Load = load_on("faq", server, setting, None)
            if broken == "no reply":
                monkeypatch.setattr(services, "expect", lambda _: asyncio.get_running_loop().create_future())
            with pytest.raises(TurnLost):
                await load.flood(0.5, 2)
    finally:
        services.stop()


async def test_a_server_without_a_good_token_is_no_side(tmp_path: Path) -> None:
    """Our side of the comparison does check the tokens."""
    services = Services()
    await services.start()
    try:
        setting = Setting(Cores.of_this_machine(), services, tmp_path, QUESTIONS)
        with our_bot(setting, f"sqlite:///{tmp_path}/bot.db") as server:
            forged = Services(port=services.port).token()
            headers = f"Authorization: Bearer {forged}\r\n".encode()
            talk = Talk(services.url, "forged", QUESTIONS)
            with pytest.raises(TurnLost):
                await Load(server, setting.cores, services, headers, None, talk.questions_asked()).flood(0.5, 1)
    finally:
        services.stop()


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(NotStarted),
        serving([sys.executable, str(SERVERS / "nowhere.py")], Cores.of_this_machine(), tmp_path / "log"),
    ):
        pass


def test_the_page_keeps_what_is_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{BEGIN}old{END}\nafter\n")
    side = {key: spread(1, 2, 3) for key in NUMBERS}
    figures = {
        "machine": {"cores": 2, "python": "3.11", "date": "2026-11-22"},
        "sides": {"floor": side, "faq": {**side, "memory_mb": 100.0}},
        "targets": [{"target": "t", "wanted": "≥ 8", "measured": 9.0, "met": True}],
    }
    write(figures, tmp_path)
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| t | ≥ 8 | 9.00 | yes |" in text
    drawn = ET.fromstring((tmp_path / "speed.svg").read_text())
    assert len(drawn.findall("{http://www.w3.org/2000/svg}rect")) == 3


@pytest.mark.parametrize(("others", "by_the_clock"), [(0.02, True), (0.6, None)])
def test_a_busy_machine_gives_no_verdict_by_the_clock(others: float, by_the_clock: bool | None) -> None:
    """Whoever hogs the core looks fast when it is fought for; CPU per turn says who is."""
    ours, successor = rounds((160, 5.8), (160, 5.8)), rounds((120, 2.4), (120, 2.4))
    verdicts = judge({"sides": {"faq": ours, "successor": successor}, "others": others})
    assert [verdict["met"] for verdict in verdicts] == [by_the_clock, False]


def test_sides_are_compared_round_by_round() -> None:
    """Not by their medians: the machine was slow in the second round, and by its end slower still."""
    ours, successor = rounds((300, 3.0), (150, 6.0), (120, 7.0)), rounds((200, 4.5), (100, 9.0), (110, 7.7))
    verdicts = judge({"sides": {"faq": ours, "successor": successor}, "others": 0.0})
    assert [verdict["measured"] for verdict in verdicts] == [1.5, 1.5]
