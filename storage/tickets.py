"""Which tickets were used: each opens one socket, whichever process it comes to."""

from __future__ import annotations

from datetime import datetime

from storage.engine import Database, insert_new
from storage.tables import tickets


class SqlTickets:
    """Tickets in a database; `storage.retention` forgets them when they have expired."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, ticket_id: str, expires_at: datetime) -> bool:
        """Whether this is the first use of the ticket, by anyone."""
        row = {"id": ticket_id, "expires_at": expires_at}
        return await self._database.write(lambda connection: insert_new(connection, tickets, row) > 0)


class MemoryTickets:
    """Tickets of a single process, which forgets them with the rest of its memory."""

    def __init__(self) -> None:
        self._spent: set[str] = set()

    async def spend(self, ticket_id: str, expires_at: datetime) -> bool:  # noqa: ARG002 - kept until the process ends
        """See `SqlTickets.spend`."""
        first = ticket_id not in self._spent
        self._spent.add(ticket_id)
        return first
