"""Questions to owners, natural keys of requests, and until when a returning visitor was told."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from cases.likeness import keys_of
from cases.model import CaseType

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add them; the requests that are there get their keys."""
    with op.batch_alter_table("cases", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("inquired_at", sa.BigInteger()))
        table.add_column(sa.Column("seen", sa.Text()))
        table.add_column(sa.Column("told_until", sa.BigInteger()))
    op.create_table(
        "case_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "reference", name="pk_case_keys"),
    )
    op.create_index("ix_case_keys_reference", "case_keys", ["reference"])
    _name_keys()


def _name_keys() -> None:
    connection = op.get_bind()
    name = sa.text("INSERT INTO case_keys (key, reference) VALUES (:key, :reference)")
    for reference, kind, fields in connection.execute(sa.text("SELECT reference, type, fields FROM cases")).all():
        for key in sorted(keys_of(CaseType(kind), json.loads(fields))):
            connection.execute(name, {"key": key, "reference": reference})
