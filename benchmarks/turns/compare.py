"""The sides in turn, round after round, so that whatever else the machine does meets all of them."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.turns.directline import WebSocketLoad
from benchmarks.turns.load import Load, Sample
from benchmarks.turns.sides import FAQ, FLOOR, FORM, STOCK, SUCCESSOR, Setting, load_on, our_bot, peer

DIRECT_LINE: Final = "direct line"
COMPARED: Final = ("turns_per_second", "cpu_ms_per_turn")
"""Figures that are compared round by round."""
PACED: Final = (FLOOR, FAQ)
"""Sides that are also measured at their own pace."""
PAUSE: Final = 1.0
"""Seconds between a reply and the next message of a conversation at its own pace, on average."""
CHANNEL_SECONDS: Final = 0.05
"""What the channel takes for a reply while conversations go at their own pace."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure."""

    rounds: int = 11
    seconds: float = 1.5
    paced_seconds: float = 30.0
    peers: bool = True
    """Whether to compare with other SDKs."""


async def compare(setting: Setting, plan: Plan) -> dict[str, Any]:
    """Figures of every side: medians of the rounds, with the lowest and the highest, and those of each round."""
    database = setting.folder / "bot.db"
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(peer(name, setting)) for name in _peers(plan)}
        bot = stack.enter_context(our_bot(setting, f"sqlite:///{database}"))
        loads = {name: load_on(name, server, setting, None) for name, server in servers.items()}
        loads |= {name: load_on(name, bot, setting, database) for name in (FAQ, FORM)}
        socket = WebSocketLoad(bot, setting.cores, setting.questions)
        samples = await _rounds(loads, socket, plan)
        paced = {name: await _at_its_pace(loads[name], setting, plan) for name in PACED}
        memory = {name: server.memory for name, server in {**servers, FAQ: bot}.items()}
    sides = {name: _figures(found, memory.get(name)) for name, found in samples.items()}
    return {"sides": sides, "pace": paced}


def _peers(plan: Plan) -> tuple[str, ...]:
    return (STOCK, SUCCESSOR, FLOOR) if plan.peers else (FLOOR,)


async def _rounds(loads: Mapping[str, Load], socket: WebSocketLoad, plan: Plan) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {name: [] for name in (*loads, DIRECT_LINE)}
    for load in loads.values():
        await load.flood(min(1.0, plan.seconds))
    for _ in range(plan.rounds):
        for name, load in loads.items():
            samples[name].append(await load.flood(plan.seconds))
        samples[DIRECT_LINE].append(await socket.flood(plan.seconds))
    return samples


async def _at_its_pace(load: Load, setting: Setting, plan: Plan) -> dict[str, float]:
    setting.services.delay = CHANNEL_SECONDS
    try:
        sample = await load.paced(plan.paced_seconds, PAUSE)
    finally:
        setting.services.delay = 0.0
    return sample.figures()


def _figures(samples: list[Sample], memory: float | None) -> dict[str, Any]:
    rounds = [sample.figures() for sample in samples]
    spread: dict[str, Any] = {
        name: {
            "median": statistics.median(one[name] for one in rounds),
            "low": min(one[name] for one in rounds),
            "high": max(one[name] for one in rounds),
        }
        for name in rounds[0]
    }
    spread["rounds"] = [{name: one[name] for name in COMPARED} for one in rounds]
    return spread if memory is None else {**spread, "memory_mb": memory}
