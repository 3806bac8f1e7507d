"""The batch of directory requests that is sent once a month: what goes, when it is fixed, when it is sent. Pure.

A batch is frozen while its month lasts: then it is known what goes, and what comes later waits for the next one. What a
partner changes after that does not go as it was not looked at. Sending is told once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cases.model import Actor, Case, CaseChange, CaseType, State, operator
from cases.usecases import change_state, slip
from desk.audit import Deed, Record
from desk.errors import BatchEmpty, BatchOver, BatchSent
from program.months import Month
from program.windows import Calendar, month_of

GOING = frozenset({State.RECEIVED, State.IN_REVIEW, State.WAITING})
"""Not ready yet."""
SENT = frozenset({State.SUBMITTED, State.LISTED})


class Stage(StrEnum):
    """How far a batch is."""

    OPEN = "open"
    FROZEN = "frozen"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class DirectoryBatch:
    """What was decided about the batch of a month."""

    month: Month
    version: int = 0
    """Counts changes; 0 while nothing was decided."""
    frozen_at: datetime | None = None
    frozen_by: str = ""
    submitted_at: datetime | None = None
    submitted_by: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    """By reference, a digest of the fields that were looked at. Once it is submitted: those that went."""

    @property
    def stage(self) -> Stage:
        """How far it is."""
        if self.submitted_at is not None:
            return Stage.SUBMITTED
        return Stage.OPEN if self.frozen_at is None else Stage.FROZEN


@dataclass(frozen=True, slots=True)
class Part:
    """Requests of a batch that stand alike."""

    cases: tuple[Case, ...] = ()
    total: int = 0
    """How many there are; ``cases`` may be only the first of them."""


@dataclass(frozen=True, slots=True)
class Listings:
    """Directory requests, as a month sees them."""

    ready: Part = Part()
    """Promised for this month or before, and looked at."""
    going: Part = Part()
    """Promised for this month or before, and not ready."""
    late: Part = Part()
    """Promised for a later month."""
    sent: Part = Part()
    """Went out in this month."""
    members: tuple[Case, ...] = ()
    """Of the frozen batch, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What became of the members of a frozen batch."""

    goes: tuple[Case, ...]
    dropped: tuple[Case, ...]
    """Changed, or taken back, since it was frozen."""


@dataclass(frozen=True, slots=True)
class BatchChange:
    """A batch after a change, stored with the changes of its requests and the record, or not at all."""

    batch: DirectoryBatch
    expected_version: int
    record: Record
    cases: tuple[CaseChange, ...] = ()


class BatchStore(Protocol):
    """Keeps batches."""

    async def find(self, month: Month) -> DirectoryBatch:
        """The batch of this month; a fresh one when nothing was decided."""
        ...

    async def listings(self, batch: DirectoryBatch, this: Month) -> Listings:
        """The requests that it is about; of a month before ``this`` only what went."""
        ...

    async def cases(self, references: Collection[str]) -> tuple[Case, ...]:
        """The requests of these references, oldest first."""
        ...

    async def apply(self, change: BatchChange) -> None:
        """Store all of it, and see to it that the owners are told.

        Raises `BatchChanged`, or `cases.errors.CaseChanged` when somebody changed one of the requests; then nothing was
        stored.
        """
        ...


def digest(case: Case) -> str:
    """Of what was asked: another one, when a field became another."""
    fields = json.dumps(case.fields, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(fields.encode()).hexdigest()[:16]


def standing(batch: DirectoryBatch, members: Sequence[Case]) -> Frozen:
    """Which of the members still go."""
    goes: list[Case] = []
    dropped: list[Case] = []
    for case in members:
        as_it_was = case.state is State.READY and batch.members.get(case.reference) == digest(case)
        (goes if as_it_was else dropped).append(case)
    return Frozen(tuple(goes), tuple(dropped))


def freeze(batch: DirectoryBatch, chosen: Sequence[Case], by: str, now: datetime, calendar: Calendar) -> BatchChange:
    """Only these go. Those of them that are not ready are left out. Raises `BatchOver`, `BatchSent`, `BatchEmpty`."""
    _check(batch, now, calendar)
    members = {case.reference: digest(case) for case in chosen if case.state is State.READY and _is_listing(case)}
    if not members:
        raise BatchEmpty
    after = replace(batch, version=batch.version + 1, frozen_at=now, frozen_by=by, members=members)
    return BatchChange(after, batch.version, _record(batch, "frozen", len(members), by, now))


def thaw(batch: DirectoryBatch, by: str, now: datetime) -> BatchChange:
    """It was frozen too early. Raises `BatchSent`."""
    if batch.stage is Stage.SUBMITTED:
        raise BatchSent
    after = replace(batch, version=batch.version + 1, frozen_at=None, frozen_by="", members={})
    return BatchChange(after, batch.version, _record(batch, "thawed", len(batch.members), by, now))


def submit(
    batch: DirectoryBatch,
    members: Sequence[Case],
    by: str,
    now: datetime,
    calendar: Calendar,
    *,
    left: Sequence[Case] = (),
) -> BatchChange:
    """It was sent: every member that still stands as it was frozen is submitted; the others drop out.

    Those that drop out and are still worked on, and those of ``left`` (ready, and frozen out), go with the next batch.

    Raises `BatchOver`, `BatchSent`, `BatchEmpty` when nothing is left to go or it was not frozen.
    """
    _check(batch, now, calendar)
    goes = standing(batch, members).goes
    if batch.stage is not Stage.FROZEN or not goes:
        raise BatchEmpty
    actor: Actor = operator(by)
    changes = tuple(change_state(case, State.SUBMITTED, actor, now, calendar) for case in goes)
    sent = {case.reference: batch.members[case.reference] for case in goes}
    late = {case.reference: case for case in (*members, *left) if _slips(case, batch) and case.reference not in sent}
    changes += tuple(slip(case, batch.month.plus(1), actor, now, calendar) for case in late.values())
    after = replace(batch, version=batch.version + 1, submitted_at=now, submitted_by=by, members=sent)
    return BatchChange(after, batch.version, _record(batch, "submitted", len(sent), by, now), changes)


def _check(batch: DirectoryBatch, now: datetime, calendar: Calendar) -> None:
    if batch.stage is Stage.SUBMITTED:
        raise BatchSent
    if batch.month != month_of(calendar.day_of(now)):
        raise BatchOver


def _slips(case: Case, batch: DirectoryBatch) -> bool:
    """Whether it was promised for this batch, or before, and its owner waits for it without having been asked."""
    waits = case.state in (State.READY, State.RECEIVED, State.IN_REVIEW)
    return waits and _is_listing(case) and case.batch is not None and case.batch <= batch.month


def _is_listing(case: Case) -> bool:
    return case.type is CaseType.LISTING and not case.empty


def _record(batch: DirectoryBatch, what: str, rows: int, by: str, now: datetime) -> Record:
    return Record(now, by, Deed.BATCH_CHANGED, str(batch.month), {"what": what, "rows": rows})
