"""Taking back one answer, and asking for somebody to talk to.

A request says whether it is about all answers or about one: a restored backup must not delete what was not taken back.
A partner's duty key lies where the survey site finds it, so that it can seal to whoever is on duty what it cannot read
again. Who asked, when, why and how to be reached lies inside the seal: the database alone does not tell that somebody
asked, let alone who.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"

WALLED = ("duty_key", "duty_task")

# Beside every page of the staff site: one round trip. With the rights of whoever calls it; the wall decides.
COUNT = """
CREATE FUNCTION count_open_tasks(partner uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.partner', partner::text, true);
    RETURN (SELECT count(*) FROM duty_task WHERE status = 'open');
END $$
"""
SIGNATURE = "count_open_tasks(uuid)"

GRANTS = (
    "SELECT (survey_version) ON response TO me_survey",
    "SELECT (whole) ON request TO me_survey",
    "SELECT (id, partner_id, public_key) ON duty_key TO me_survey",
    "SELECT, INSERT ON duty_key TO me_staff, me_worker",
    # The survey site adds tasks and sees none; staff take them on; the worker tells of them and deletes them.
    "INSERT ON duty_task TO me_survey",
    "SELECT, UPDATE (status, account_id, done_day) ON duty_task TO me_staff",
    "SELECT, UPDATE (stage), DELETE ON duty_task TO me_worker",
    # Whom a notice goes to: the worker sees addresses and roles, and nothing that proves an account.
    "SELECT (id, email, active) ON account TO me_worker",
    "SELECT (account_id, organisation_id, role) ON membership TO me_worker",
)


def upgrade() -> None:
    """Make column and tables, then the wall, then the rights."""
    # Until now all answers could be taken back only.
    op.add_column("request", sa.Column("whole", sa.Boolean(), server_default="true", nullable=False))
    op.alter_column("request", "whole", server_default=None)
    op.create_table(
        "duty_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_duty_key_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_key")),
        sa.UniqueConstraint("partner_id", name=op.f("uq_duty_key_partner_id")),
    )
    op.create_table(
        "duty_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("done_day", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("status in ('open', 'taken', 'done')", name=op.f("ck_duty_task_status")),
        sa.CheckConstraint("stage in ('new', 'told', 'escalated')", name=op.f("ck_duty_task_stage")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_duty_task_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_duty_task_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_task")),
    )
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO me_staff, me_worker"
            f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
        )
    op.execute(f"CREATE POLICY survey_select ON duty_key FOR SELECT TO me_survey USING (partner_id = {PARTNER})")
    op.execute(
        "CREATE POLICY survey_insert ON duty_task FOR INSERT TO me_survey WITH CHECK"
        f" (partner_id = {PARTNER} AND status = 'open' AND stage = 'new' AND account_id IS NULL AND done_day IS NULL)"
    )
    op.execute(COUNT)
    op.execute(f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO me_staff")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop tables and column; policies and rights go with them.

    An earlier release takes every request for one about all answers. One that waits is then carried out as such, which
    deletes more than was asked and never less; one that was carried out would tell that all is deleted, and goes.
    """
    op.execute("REVOKE SELECT (account_id, organisation_id, role) ON membership FROM me_worker")
    op.execute("REVOKE SELECT (id, email, active) ON account FROM me_worker")
    op.execute("REVOKE SELECT (survey_version) ON response FROM me_survey")
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.drop_table("duty_task")
    op.drop_table("duty_key")
    op.execute("DELETE FROM request WHERE NOT whole AND status = 'done'")
    op.drop_column("request", "whole")
