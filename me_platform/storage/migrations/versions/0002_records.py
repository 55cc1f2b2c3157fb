"""Staff's other records, and what the survey site tells of them: three tables behind the wall.

What kind of record a row is lies inside the seal: the database alone must not tell that somebody has a legal checklist.
The survey site reads the notices of the partner it is in and nothing else of these.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"

WALLED = ("case_record", "partner_record", "notice")

GRANTS = (
    "SELECT (id, partner_id, survey_id, day, sealed) ON notice TO me_survey",
    # Records are only ever added: a later one names the one it replaces. A notice goes with what it told of.
    "SELECT, INSERT ON case_record, partner_record TO me_staff",
    "SELECT, INSERT, DELETE ON notice TO me_staff",
    "SELECT, DELETE ON case_record TO me_worker",
    "SELECT ON partner_record TO me_worker",
)


def upgrade() -> None:
    """Make the tables, then the wall, then the rights."""
    op.create_table(
        "case_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_case_record_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_case_record_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
    )
    op.create_table(
        "partner_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_partner_record_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_record")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_notice_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO me_staff, me_worker"
            f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
        )
    op.execute(f"CREATE POLICY survey_select ON notice FOR SELECT TO me_survey USING (partner_id = {PARTNER})")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop the tables; policies and grants go with them."""
    op.drop_table("notice")
    op.drop_table("partner_record")
    op.drop_table("case_record")
