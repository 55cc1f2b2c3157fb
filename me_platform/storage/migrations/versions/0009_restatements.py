"""Restatements: that a snapshot takes the place of an older one of the same plan and period, and why (R24).

Only ever added. Which figures moved and by what is sealed under the partner's key; in clear lie the ids of the two
snapshots, who had it frozen, and the day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"


def upgrade() -> None:
    """Make the table, its wall, and the rights: the worker adds, nobody changes."""
    op.create_table(
        "restatement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("freeze_id", sa.String(length=40), nullable=False),
        sa.Column("replaces_freeze_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_restatement_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_restatement_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restatement")),
        sa.UniqueConstraint("partner_id", "freeze_id", name=op.f("uq_restatement_partner_id_freeze_id")),
    )
    op.execute("ALTER TABLE restatement ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE restatement FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON restatement TO me_staff, me_worker"
        f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
    )
    op.execute("GRANT SELECT ON restatement TO me_staff")
    op.execute("GRANT SELECT, INSERT ON restatement TO me_worker")


def downgrade() -> None:
    """Drop the table; policy and rights go with it. The snapshots stay, both of them."""
    op.drop_table("restatement")
