"""The ledger: one sealed chapter for everything that is published together (privacy-and-safety part 3).

Only ever added. It holds the true numbers of all partners and so belongs to none of them: it is sealed under a key of
its own. In clear lie the place of a chapter in the ledger, the freeze it is of, and the day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the rights: the worker adds, staff's program reads to verify, nobody changes."""
    op.create_table(
        "ledger_chapter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("freeze_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_chapter")),
        sa.UniqueConstraint("number", name=op.f("uq_ledger_chapter_number")),
    )
    op.execute("GRANT SELECT ON ledger_chapter TO me_staff")
    op.execute("GRANT SELECT, INSERT ON ledger_chapter TO me_worker")


def downgrade() -> None:
    """Drop the table; the rights go with it. Snapshots stay; later ones are protected without knowing of them."""
    op.drop_table("ledger_chapter")
