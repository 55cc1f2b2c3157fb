"""What a tap at the survivor's door asks of the database, in one round trip each.

Both functions run with the rights of whoever calls them: they tell the wall which code is presented, and the wall
decides what is found or written. Nobody but the survey site calls them.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FIND = """
CREATE FUNCTION find_sitting(code bytea) RETURNS SETOF sitting LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.code', encode(code, 'hex'), true);
    RETURN QUERY SELECT * FROM sitting WHERE code_mac = code;
END $$
"""

# A sealed draft starts with its format and a nonce that no other draft has: 13 bytes say which draft it is.
SWAP = """
CREATE FUNCTION swap_draft(code bytea, partner uuid, person uuid, mark bytea, draft bytea, until timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.code', encode(code, 'hex'), true), set_config('app.partner', partner::text, true),
        set_config('app.person', person::text, true);
    UPDATE sitting SET sealed = draft, expires_at = until
    WHERE code_mac = code AND substring(sealed FOR 13) = mark;
    RETURN FOUND;
END $$
"""

SIGNATURES = ("find_sitting(bytea)", "swap_draft(bytea, uuid, uuid, bytea, bytea, timestamptz)")


def upgrade() -> None:
    """Make the functions and give the survey site the right to call them."""
    # What is sealed does not get smaller: the server need not try.
    op.execute("ALTER TABLE sitting ALTER COLUMN sealed SET STORAGE EXTERNAL")
    op.execute(FIND)
    op.execute(SWAP)
    for signature in SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO me_survey")


def downgrade() -> None:
    """Take the functions away."""
    for signature in SIGNATURES:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("ALTER TABLE sitting ALTER COLUMN sealed SET STORAGE EXTENDED")
