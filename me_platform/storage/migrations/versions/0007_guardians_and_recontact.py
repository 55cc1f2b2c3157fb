"""A guardian's decisions beside a child's, and how somebody may be contacted again.

An event says whose decision it is. What was told in the words for children is the child's own, and stands from here on
only beside the guardian's. The note on how to reach somebody is gone in the very transaction in which she, or her
guardian, says that she does not want to be contacted: the database sees to it, whoever adds the event.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"

DECISIONS = "decision in ('given', 'refused', 'withdrawn')"

# Runs as its owner: the survey site, which adds most of these events, neither sees nor deletes a note by itself.
FORGET = """
CREATE FUNCTION forget_channel() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    DELETE FROM channel_note WHERE partner_id = NEW.partner_id AND person_id = NEW.person_id;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER forget_channel AFTER INSERT ON consent_event FOR EACH ROW
WHEN (NEW.purpose = 'recontact' AND NEW.decision IN ('refused', 'withdrawn')) EXECUTE FUNCTION forget_channel()
"""

GRANTS = (
    "SELECT, INSERT, UPDATE, DELETE ON channel_note TO me_staff",
    "SELECT (id, partner_id, person_id), DELETE ON channel_note TO me_worker",
    # A guardian's withdrawal takes the child's answers back as the child's own receipt code does.
    "INSERT ON request TO me_worker",
)


def upgrade() -> None:
    """Say of every event whose it is; make the table with its wall, its rights and what empties it."""
    op.add_column("consent_event", sa.Column("speaker", sa.String(length=10), server_default="self", nullable=False))
    op.execute("UPDATE consent_event SET speaker = 'child' WHERE text_version LIKE '%-child' AND purpose <> 'object'")
    op.alter_column("consent_event", "speaker", server_default=None)
    op.create_check_constraint(
        op.f("ck_consent_event_speaker"), "consent_event", "speaker in ('self', 'child', 'guardian')"
    )
    op.drop_constraint(op.f("ck_consent_event_decision"), "consent_event", type_="check")
    op.create_check_constraint(
        op.f("ck_consent_event_decision"),
        "consent_event",
        f"{DECISIONS} or (decision = 'not_needed' and speaker = 'guardian')",
    )
    op.create_table(
        "channel_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_channel_note_partner_id")),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_channel_note_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_note")),
        sa.UniqueConstraint("person_id", name=op.f("uq_channel_note_person_id")),
    )
    op.execute("ALTER TABLE channel_note ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE channel_note FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON channel_note TO me_staff, me_worker"
        f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
    )
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION forget_channel() FROM PUBLIC")
    op.execute(TRIGGER)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop table and column. An earlier release knows no guardian: her words must not be taken for the child's own.

    Neither may the child's yes then stand without them: it is taken back where it did not.
    """
    op.execute("REVOKE INSERT ON request FROM me_worker")
    op.execute("DROP TRIGGER forget_channel ON consent_event")
    op.execute("DROP FUNCTION forget_channel()")
    op.drop_table("channel_note")
    op.execute(
        "UPDATE consent_event e SET decision = 'withdrawn' WHERE e.speaker = 'child' AND e.decision = 'given'"
        " AND coalesce((SELECT g.decision FROM consent_event g WHERE g.person_id = e.person_id"
        " AND g.purpose = e.purpose AND g.speaker = 'guardian' ORDER BY g.position DESC LIMIT 1), '')"
        " NOT IN ('given', 'not_needed')"
    )
    op.execute("DELETE FROM consent_event WHERE speaker = 'guardian'")
    op.drop_constraint(op.f("ck_consent_event_decision"), "consent_event", type_="check")
    op.create_check_constraint(op.f("ck_consent_event_decision"), "consent_event", DECISIONS)
    op.drop_column("consent_event", "speaker")
