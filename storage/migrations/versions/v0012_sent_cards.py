"""The id that a channel gave to a message, by which the message can be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add it; what was sent before cannot be changed."""
    with op.batch_alter_table("outbox", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("sent_as", sa.Text()))
