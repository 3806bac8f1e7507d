"""The country of requests as a column, indexes for the console's lists, and directory batches."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add them; the country of the requests that are there is taken from their fields."""
    with op.batch_alter_table("cases", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("country", sa.Text()))
    _name_countries()
    for name, columns, some in (
        ("ix_cases_country", ["country", "created_at", "reference"], "country IS NOT NULL"),
        ("ix_cases_assignee", ["assignee", "created_at", "reference"], "assignee IS NOT NULL"),
        ("ix_cases_due", ["due", "reference"], "due IS NOT NULL"),
    ):
        op.create_index(name, "cases", columns, sqlite_where=sa.text(some), postgresql_where=sa.text(some))
    op.create_table(
        "batches",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.BigInteger()),
        sa.Column("frozen_by", sa.Text()),
        sa.Column("submitted_at", sa.BigInteger()),
        sa.Column("submitted_by", sa.Text()),
        sa.Column("members", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_batches"),
    )


def _name_countries() -> None:
    connection = op.get_bind()
    name = sa.text("UPDATE cases SET country = :country WHERE reference = :reference")
    for reference, fields in connection.execute(sa.text("SELECT reference, fields FROM cases")).all():
        country = json.loads(fields).get("country")
        if isinstance(country, str):
            connection.execute(name, {"country": country, "reference": reference})
