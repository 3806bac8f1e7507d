"""The activity with which something was typed, so that a message that is deleted can be forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add it; what was typed before goes in its time."""
    with op.batch_alter_table("exchanges", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("activity", sa.Text()))
