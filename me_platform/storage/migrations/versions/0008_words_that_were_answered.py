"""Which words a submission answers: the fingerprint of the survey, beside the name of its version.

It tells no more than the version does, and shows when the words of a survey that has answers were changed under the
same version. Submissions from before carry none: nobody knows what they were asked but whoever holds the keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty where it is not known."""
    op.add_column("response", sa.Column("survey_fingerprint", sa.String(64), server_default="", nullable=False))
    op.alter_column("response", "survey_fingerprint", server_default=None)


def downgrade() -> None:
    """Take it out."""
    op.drop_column("response", "survey_fingerprint")
