"""What waits for its owner: requests with a question, and what conversations remember of open forms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, exists, select

from cases.model import NOBODY, Case, CaseType, EventKind, State
from dialogs.reply import JsonObject
from storage.cases import to_case
from storage.engine import Database
from storage.tables import case_events, cases, state
from turn.model import Address

_REMINDED = exists().where(
    case_events.c.reference == cases.c.reference,
    case_events.c.kind == str(EventKind.REMINDED),
    case_events.c.at >= bindparam("p_since"),
)
_WAITING = (
    select(cases)
    .where(cases.c.state == str(State.WAITING), cases.c.type == str(CaseType.LISTING))
    .where(cases.c.user_id != NOBODY.user, cases.c.muted.is_(False), cases.c.updated_at <= bindparam("p_rested"))
    .where(~_REMINDED)
    .order_by(cases.c.created_at, cases.c.reference)
    .limit(bindparam("p_limit"))
)
_REMEMBERED = select(state.c.value).where(
    state.c.channel == bindparam("p_channel"),
    state.c.conversation == bindparam("p_conversation"),
    state.c.user_id == bindparam("p_user"),
)


class SqlUnfinished:
    """`turn.ports.Unfinished` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, rested: datetime, since: datetime, limit: int) -> tuple[Case, ...]:
        """See the port."""
        values = {"p_rested": rested, "p_since": since, "p_limit": limit}
        rows = await self._database.read(lambda connection: connection.execute(_WAITING, values).all())
        return tuple(to_case(row) for row in rows)

    async def remembered(self, address: Address, user: str) -> JsonObject | None:
        """See the port."""
        key = {"p_channel": address.channel, "p_conversation": address.conversation, "p_user": user}
        return await self._database.read(lambda connection: connection.execute(_REMEMBERED, key).scalar_one_or_none())
