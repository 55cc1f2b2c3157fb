"""What the staff site works with: caseloads, versions of narratives, drafts and histories of reports, orders, the log.

The audit log, the history of reports and the versions of narratives are only ever added to: nobody who serves may
change or delete a line of them. A person's records go with the person (the worker erases).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"

WALLED = (
    "caseload",
    "narrative_version",
    "report_draft",
    "report_event",
    "work_order",
    "audit_event",
)

GRANTS = (
    "SELECT, INSERT, DELETE ON caseload TO me_staff",
    "SELECT, INSERT ON narrative_version, report_event, audit_event TO me_staff",
    "SELECT, INSERT, UPDATE, DELETE ON report_draft TO me_staff",
    # A file that was uploaded lies in an order until it is imported, then it goes.
    "SELECT, INSERT, DELETE ON work_order TO me_staff",
    "SELECT, DELETE ON caseload, narrative_version TO me_worker",
    "SELECT ON report_draft TO me_worker",
    "SELECT, UPDATE, DELETE ON work_order TO me_worker",
    "SELECT, INSERT ON report_event, audit_event TO me_worker",
)


def upgrade() -> None:
    """Make columns and tables, then the wall, then the rights."""
    # Of before the jobs were taken by the worker there are none.
    op.execute("DELETE FROM job")
    op.add_column("job", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False))
    op.add_column("job", sa.Column("done", sa.SmallInteger(), nullable=False))
    op.add_column("job", sa.Column("total", sa.SmallInteger(), nullable=False))
    op.create_index("ix_job_status", "job", ["status", "queued_at"], unique=False)
    op.add_column("narrative", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("narrative", "version", server_default=None)
    for table in ("narrative", "report"):
        # What refers to a row names its partner too, so that nothing points across the wall.
        op.create_unique_constraint(op.f(f"uq_{table}_partner_id_id"), table, ["partner_id", "id"])
    op.add_column("narrative", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_narrative_replaces_id"), "narrative", ["replaces_id"])
    op.create_foreign_key(
        op.f("fk_narrative_partner_id_replaces_id"),
        "narrative",
        "narrative",
        ["partner_id", "replaces_id"],
        ["partner_id", "id"],
        ondelete="CASCADE",
    )
    op.create_table(
        "caseload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_caseload_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_caseload_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_caseload_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload")),
        sa.UniqueConstraint("person_id", "account_id", name=op.f("uq_caseload_person_id_account_id")),
    )
    op.create_table(
        "narrative_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("narrative_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_narrative_version_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "narrative_id"],
            ["narrative.partner_id", "narrative.id"],
            name=op.f("fk_narrative_version_partner_id_narrative_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_narrative_version_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_narrative_version")),
        sa.UniqueConstraint("narrative_id", "version", name=op.f("uq_narrative_version_narrative_id_version")),
    )
    op.create_table(
        "report_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_report_draft_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_draft")),
    )
    op.create_table(
        "report_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "action in ('built', 'accepted', 'rejected', 'downloaded')", name=op.f("ck_report_event_action")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_report_event_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_report_event_partner_id")),
        sa.ForeignKeyConstraint(
            ["partner_id", "report_id"],
            ["report.partner_id", "report.id"],
            name=op.f("fk_report_event_partner_id_report_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_event")),
    )
    op.create_index("ix_report_event_report", "report_event", ["report_id"], unique=False)
    op.create_table(
        "work_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_work_order_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chain_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_audit_event_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("partner_id", "position", name=op.f("uq_audit_event_partner_id_position")),
    )
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO me_staff, me_worker"
            f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
        )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop tables and columns; policies and grants go with them."""
    for table in reversed(WALLED):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_narrative_partner_id_replaces_id"), "narrative", type_="foreignkey")
    op.drop_column("narrative", "replaces_id")
    for table in ("narrative", "report"):
        op.drop_constraint(op.f(f"uq_{table}_partner_id_id"), table, type_="unique")
    op.drop_column("narrative", "version")
    op.drop_index("ix_job_status", table_name="job")
    for column in ("total", "done", "queued_at"):
        op.drop_column("job", column)
