"""Whose posts and missed questions are, so that they can be erased with their user."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; posts get their user as far as it can be told. Missed questions were kept without one."""
    for name in ("outbox", "missed"):
        with op.batch_alter_table(name, naming_convention={"pk": "pk_%(table_name)s"}) as table:
            table.add_column(sa.Column("user_id", sa.Text()))
    _name_users_of_posts()


def _name_users_of_posts() -> None:
    connection = op.get_bind()
    posts = connection.execute(sa.text("SELECT sequence, conversation, address, payload FROM outbox")).all()
    rows = connection.execute(sa.text("SELECT id, user_id FROM conversations"))
    owners = {row.id: row.user_id for row in rows}
    name = sa.text("UPDATE outbox SET user_id = :user WHERE sequence = :sequence")
    for sequence, conversation, address, payload in posts:
        sender = json.loads(address).get("reference", {}).get("user") or {}
        user = json.loads(payload).get("user") or sender.get("id") or owners.get(conversation)
        connection.execute(name, {"user": user, "sequence": sequence})
