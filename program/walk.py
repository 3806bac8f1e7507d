"""Which levels are looked at, and what is still to be asked on the way.

Who aims at a level is judged from there downwards, to the first level that is open. Who does not know climbs, one level
at a time, as long as each is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from program.rules import LEVELS
from program.standing import Standing


def looked_at(aim: int | str, standings: Sequence[Standing]) -> tuple[int, ...]:
    """Places of the levels that the verdict looks at, lowest first. ``aim`` is a level or ``unsure``."""
    way = _way(aim, standings)
    goes_on = (lambda standing: not standing.reached) if aim in LEVELS else (lambda standing: standing.reached)
    seen = []
    for place in way:
        seen.append(place)
        if not goes_on(standings[place]):
            break
    return tuple(sorted(seen))


def open_questions(aim: int | str, standings: Sequence[Standing]) -> Iterator[str]:
    """Names of the answers that can still change the verdict; some may be given already."""
    return _downwards(aim, standings) if aim in LEVELS else _upwards(standings)


def _way(aim: int | str, standings: Sequence[Standing]) -> range:
    return range(LEVELS.index(str(aim)), -1, -1) if aim in LEVELS else range(len(standings))


def _downwards(aim: int | str, standings: Sequence[Standing]) -> Iterator[str]:
    for place in _way(aim, standings):
        standing = standings[place]
        held_by = standing.level.held_by
        if held_by and standing.level.name != aim and standing.reach not in {"open", "closed"}:
            yield held_by  # the one question that settles the level comes first; nobody aims at what they hold
        yield from standing.unanswered
        yield from _for_steps(standing)
        if standing.reached:
            return


def _upwards(standings: Sequence[Standing]) -> Iterator[str]:
    for standing in standings:
        yield from standing.unanswered
        yield from _for_steps(standing)
        if standing.reach in {"unsure", "closed"}:
            return


def _for_steps(standing: Standing) -> Iterator[str]:
    """Answers on which the level's steps depend, as long as it may be open."""
    if standing.reach not in {"unsure", "closed"}:
        yield from (step.when for step in standing.level.steps if step.when)
