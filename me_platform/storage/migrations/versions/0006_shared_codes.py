"""Codes that several doors share, doors that were issued together, and the day a code was revoked.

A room is one code and one door for each person who may answer there; a card of a session is one code and two doors,
before and after. So a code's HMAC is no longer unique by itself. ``batch_id`` and ``number`` let staff name a card
without its code. Staff may not read a door's status, which tells whether it was used (privacy-and-safety 1.10): that
they revoked it themselves has a column of its own. ``use_sealed``, by when the second door of a card closes, is read
and written by the survey site alone, under a key the database does not hold.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT (use_sealed), UPDATE (use_sealed) ON door TO me_survey",
    "SELECT (batch_id, number, revoked_day), UPDATE (revoked_day, expires_day) ON door TO me_staff",
)


def upgrade() -> None:
    """Add the columns, then loosen what was unique, then the rights."""
    for column in (
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("revoked_day", sa.Date(), nullable=True),
        sa.Column("use_sealed", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("door", column)
    # What was issued before stands by itself; the day it was revoked, if it was, is not known.
    op.execute("UPDATE door SET batch_id = id, number = 1")
    op.alter_column("door", "batch_id", nullable=False)
    op.alter_column("door", "number", nullable=False)
    op.drop_constraint(op.f("uq_door_code_mac"), "door", type_="unique")
    op.drop_constraint(op.f("uq_door_link_mac"), "door", type_="unique")
    op.create_index("ix_door_code_mac", "door", ["code_mac"])
    op.create_index("ix_door_link_mac", "door", ["link_mac"])
    op.create_index(
        "ix_door_code_once", "door", ["code_mac", "wave"], unique=True, postgresql_where=sa.text("kind <> 'room'")
    )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop the columns with their rights. An earlier release knows one door a code: of those that share one, one stays.

    It is the one before a session, and of a room one nobody used, where there is one.
    """
    op.execute(
        "DELETE FROM door WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
        " (PARTITION BY code_mac ORDER BY wave = 'before' DESC, status = 'open' DESC, id) AS place FROM door) AS each"
        " WHERE place > 1)"
    )
    op.execute("REVOKE UPDATE (expires_day) ON door FROM me_staff")
    for index in ("ix_door_code_once", "ix_door_link_mac", "ix_door_code_mac"):
        op.drop_index(index, "door")
    op.create_unique_constraint(op.f("uq_door_code_mac"), "door", ["code_mac"])
    op.create_unique_constraint(op.f("uq_door_link_mac"), "door", ["link_mac"])
    for column in ("use_sealed", "revoked_day", "number", "batch_id"):
        op.drop_column("door", column)
