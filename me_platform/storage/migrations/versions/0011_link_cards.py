"""Link cards: by which the records of one person at several organisations are counted once, where she wants that (R13).

What lies here is a MAC of a card's code, sealed to the person: equal cards of two organisations are no equal bytes. The
staff site has no right on the table, for a card tells that she answered and agreed. The cards are gone in the very
transaction in which she says that she does not want to be linked: the database sees to it, whoever adds the event.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('app.partner', true), '')::uuid"
OWN = f"partner_id = {PARTNER} AND person_id = NULLIF(current_setting('app.person', true), '')::uuid"

# Runs as its owner: the survey site, which adds most of these events, neither reads nor deletes a card by itself.
FORGET = """
CREATE FUNCTION forget_link_cards() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    DELETE FROM link_card WHERE partner_id = NEW.partner_id AND person_id = NEW.person_id;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER forget_link_cards AFTER INSERT ON consent_event FOR EACH ROW
WHEN (NEW.purpose = 'link' AND NEW.decision IN ('refused', 'withdrawn')) EXECUTE FUNCTION forget_link_cards()
"""

GRANTS = (
    # To know how many there are already; what they are stays unread.
    "INSERT, SELECT (id, partner_id, person_id) ON link_card TO me_survey",
    "SELECT, DELETE ON link_card TO me_worker",
)


def upgrade() -> None:
    """Make the table with its wall, its rights and what empties it."""
    op.create_table(
        "link_card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_link_card_partner_id")),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_link_card_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_card")),
    )
    op.execute("ALTER TABLE link_card ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE link_card FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON link_card TO me_staff, me_worker"
        f" USING (partner_id = {PARTNER}) WITH CHECK (partner_id = {PARTNER})"
    )
    op.execute(f"CREATE POLICY survey_select ON link_card FOR SELECT TO me_survey USING ({OWN})")
    op.execute(f"CREATE POLICY survey_insert ON link_card FOR INSERT TO me_survey WITH CHECK ({OWN})")
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION forget_link_cards() FROM PUBLIC")
    op.execute(TRIGGER)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    """Drop the table: an earlier release counts no union by cards. The consents stay."""
    op.execute("DROP TRIGGER forget_link_cards ON consent_event")
    op.execute("DROP FUNCTION forget_link_cards()")
    op.drop_table("link_card")
