"""The first tables, the wall between partners, and what each role may do.

Every table with ``partner_id`` has row-level security enabled and forced. Staff and worker see the rows of the
partner their transaction entered; the survey site sees a door, sitting or receipt only by the code presented, and a
person's key and consent events only for the person that row belongs to. Source: architecture.md, tenancy.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"
PERSON = "NULLIF(current_setting('app.person', true), '')::uuid"
CODE = "decode(NULLIF(current_setting('app.code', true), ''), 'hex')"

WALLED = (
    "person",
    "consent_event",
    "door",
    "sitting",
    "response",
    "receipt",
    "request",
    "service_record",
    "narrative",
    "import_receipt",
    "activity",
    "snapshot",
    "report",
)

OWN = f"partner_id = {PARTNER} AND person_id = {PERSON}"
RECEIPT_HOLDER = (
    f"person_id = {PERSON} AND EXISTS "
    f"(SELECT 1 FROM receipt WHERE receipt.person_id = {{table}}.person_id AND receipt.code_mac = {CODE})"
)

# (table, command, USING, WITH CHECK) for me_survey; None where the command has no such clause.
SURVEY_POLICIES: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("door", "SELECT", f"code_mac = {CODE} OR link_mac = {CODE}", None),
    # What was spent stays spent, and what was taken back stays out: the survey site has no way back.
    ("door", "UPDATE", f"code_mac = {CODE} OR link_mac = {CODE}", "status = 'spent'"),
    ("sitting", "SELECT", f"code_mac = {CODE} OR pause_mac = {CODE}", None),
    ("sitting", "UPDATE", f"code_mac = {CODE} OR pause_mac = {CODE}", OWN),
    ("sitting", "DELETE", f"code_mac = {CODE} OR pause_mac = {CODE}", None),
    ("sitting", "INSERT", None, OWN),
    ("receipt", "SELECT", f"code_mac = {CODE}", None),
    ("receipt", "INSERT", None, OWN),
    ("person", "SELECT", f"partner_id = {PARTNER} AND id = {PERSON}", None),
    ("consent_event", "SELECT", OWN, None),
    ("consent_event", "INSERT", None, OWN),
    ("response", "INSERT", None, OWN),
    ("response", "SELECT", RECEIPT_HOLDER.format(table="response"), None),
    ("response", "UPDATE", RECEIPT_HOLDER.format(table="response"), f"{OWN} AND status = 'held'"),
    ("request", "INSERT", None, OWN),
    ("request", "SELECT", RECEIPT_HOLDER.format(table="request"), None),
)

GRANTS = (
    # The survey site: writes answers it can never read.
    (
        "SELECT (id, partner_id, person_id, code_mac, link_mac, kind, survey_id, survey_version, wave, expires_day)"
        " ON door TO me_survey"
    ),
    "SELECT (status), UPDATE (status) ON door TO me_survey",
    "SELECT, INSERT, UPDATE, DELETE ON sitting TO me_survey",
    "SELECT, INSERT ON receipt TO me_survey",
    "SELECT (id, partner_id, public_key) ON person TO me_survey",
    "SELECT, INSERT ON consent_event TO me_survey",
    "INSERT, SELECT (id, partner_id, person_id, survey_id, wave, day, status) ON response TO me_survey",
    "UPDATE (status) ON response TO me_survey",
    "INSERT, SELECT (id, partner_id, person_id, response_id, day, done_day, status) ON request TO me_survey",
    # The staff site: no sitting, receipt, response or request at all; of a door not whether it was used, and no
    # consent event, for the events of a submission tell that there was one (privacy-and-safety 1.10).
    "SELECT, INSERT ON partner TO me_staff",
    "SELECT, INSERT, UPDATE ON account TO me_staff",
    "SELECT, INSERT, UPDATE, DELETE ON credential, membership, staff_session TO me_staff",
    "SELECT, INSERT ON job TO me_staff",
    "SELECT, INSERT, UPDATE ON person TO me_staff",
    (
        "SELECT (id, partner_id, person_id, activity_id, kind, survey_id, survey_version, wave, issued_day,"
        " expires_day) ON door TO me_staff"
    ),
    "INSERT, UPDATE (status) ON door TO me_staff",
    "SELECT, INSERT ON import_receipt TO me_staff",
    "SELECT, INSERT, UPDATE, DELETE ON service_record, narrative, activity TO me_staff",
    "SELECT ON snapshot, report TO me_staff",
    # The worker: opens records to freeze figures, carries out requests, deletes what has expired.
    "SELECT ON partner TO me_worker",
    "SELECT, INSERT, UPDATE, DELETE ON job TO me_worker",
    "SELECT, UPDATE, DELETE ON person, response, request, service_record, narrative TO me_worker",
    "SELECT, INSERT ON consent_event, snapshot, report TO me_worker",
    "SELECT ON door TO me_worker",
    "SELECT, UPDATE, DELETE ON receipt TO me_worker",
    "SELECT (id, partner_id, person_id, status, expires_at), DELETE ON sitting TO me_worker",
    "SELECT ON activity, import_receipt TO me_worker",
)


def upgrade() -> None:
    """Make the tables, then the wall, then the rights."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("uniquifier", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("uniquifier", name=op.f("uq_account_uniquifier")),
    )
    op.create_table(
        "partner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("code", name=op.f("uq_partner_code")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_activity_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("partner_id", "plan_id", "key_mac", name=op.f("uq_activity_partner_id_plan_id_key_mac")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_credential_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    op.create_table(
        "import_receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("file_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_import_receipt_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_receipt")),
        sa.UniqueConstraint(
            "partner_id", "plan_id", "file_mac", name=op.f("uq_import_receipt_partner_id_plan_id_file_mac")
        ),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("status in ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_status")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["partner.id"], name=op.f("fk_job_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["partner.id"], name=op.f("fk_membership_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id", "organisation_id", "role", name=op.f("uq_membership_account_id_organisation_id_role")
        ),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("enrolled_day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("status in ('active', 'erased')", name=op.f("ck_person_status")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_person_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("partner_id", "code", name=op.f("uq_person_partner_id_code")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_person_partner_id_id")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("freeze_id", sa.String(length=40), nullable=False),
        sa.Column("template_id", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_report_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "partner_id",
            "freeze_id",
            "template_id",
            "language",
            "hash",
            name=op.f("uq_report_partner_id_freeze_id_template_id_language_hash"),
        ),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("freeze_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=60), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("cutoff", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_snapshot_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("partner_id", "freeze_id", name=op.f("uq_snapshot_partner_id_freeze_id")),
    )
    op.create_index("ix_snapshot_plan", "snapshot", ["plan_id", "period_start", "period_end"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_staff_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_staff_session")),
    )
    op.create_table(
        "consent_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("text_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("decision in ('given', 'refused', 'withdrawn')", name=op.f("ck_consent_event_decision")),
        sa.CheckConstraint(
            "purpose in ('answer', 'statistics', 'quote', 'recontact', 'link', 'object')",
            name=op.f("ck_consent_event_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_consent_event_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_consent_event_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
        sa.UniqueConstraint("person_id", "position", name=op.f("uq_consent_event_person_id_position")),
    )
    op.create_table(
        "door",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("code_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("link_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("survey_id", sa.String(length=60), nullable=False),
        sa.Column("survey_version", sa.String(length=20), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("issued_day", sa.Date(), nullable=False),
        sa.Column("expires_day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.CheckConstraint("kind in ('personal', 'card', 'room')", name=op.f("ck_door_kind")),
        sa.CheckConstraint("status in ('open', 'spent', 'revoked')", name=op.f("ck_door_status")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_door_activity_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_door_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_door_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door")),
        sa.UniqueConstraint("code_mac", name=op.f("uq_door_code_mac")),
        sa.UniqueConstraint("link_mac", name=op.f("uq_door_link_mac")),
    )
    op.create_table(
        "narrative",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "status in ('draft', 'submitted', 'returned', 'approved')", name=op.f("ck_narrative_status")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_narrative_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_narrative_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_narrative")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=True),
        sa.Column("survey_id", sa.String(length=60), nullable=False),
        sa.Column("code_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_receipt_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_receipt_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("code_mac", name=op.f("uq_receipt_code_mac")),
    )
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("done_day", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("status in ('open', 'done')", name=op.f("ck_request_status")),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_request_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_request_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_table(
        "response",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.String(length=60), nullable=False),
        sa.Column("survey_version", sa.String(length=20), nullable=False),
        sa.Column("wave", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("submission_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("status in ('live', 'held')", name=op.f("ck_response_status")),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_response_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_response_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_response_submission_key")),
    )
    op.create_table(
        "service_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_service_record_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_service_record_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_record")),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("pause_mac", sa.LargeBinary(length=32), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("pause_wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("status in ('open', 'done')", name=op.f("ck_sitting_status")),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_sitting_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sitting_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
        sa.UniqueConstraint("code_mac", name=op.f("uq_sitting_code_mac")),
        sa.UniqueConstraint("pause_mac", name=op.f("uq_sitting_pause_mac")),
    )

    for table in WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO me_staff, me_worker"
            f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
        )
    for table, command, using, check in SURVEY_POLICIES:
        clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
        op.execute(f"CREATE POLICY survey_{command.lower()} ON {table} FOR {command} TO me_survey{clauses}")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop everything; policies and grants go with their tables."""
    op.drop_table("sitting")
    op.drop_table("service_record")
    op.drop_table("response")
    op.drop_table("request")
    op.drop_table("receipt")
    op.drop_table("narrative")
    op.drop_table("door")
    op.drop_table("consent_event")
    op.drop_table("staff_session")
    op.drop_index("ix_snapshot_plan", table_name="snapshot")
    op.drop_table("snapshot")
    op.drop_table("report")
    op.drop_table("person")
    op.drop_table("membership")
    op.drop_table("job")
    op.drop_table("import_receipt")
    op.drop_table("credential")
    op.drop_table("activity")
    op.drop_table("partner")
    op.drop_table("account")
