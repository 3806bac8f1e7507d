"""What curators decide about answers that did not help."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
_OPEN = sa.text("NOT helpful AND decision IS NULL")


def upgrade() -> None:
    """Add it; whatever was said before is open."""
    with op.batch_alter_table("feedback", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("decision", sa.BigInteger()))
    op.create_index("ix_feedback_decision", "feedback", ["decision"])
    op.create_index("ix_feedback_unhelpful", "feedback", ["id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
