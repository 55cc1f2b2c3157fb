"""Restatements: which snapshot takes the place of which. Written once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Restatement


@dataclass(frozen=True)
class RestatementRow:
    """That ``freeze`` takes the place of ``replaces`` at a partner, by order of ``account`` (None: the command line).

    ``sealed`` holds which figures moved and why, under the partner's key.
    """

    id: UUID
    partner: UUID
    freeze: str
    replaces: str
    account: UUID | None
    day: date
    sealed: bytes = field(repr=False)


_COLUMNS = (
    Restatement.id,
    Restatement.partner_id,
    Restatement.freeze_id,
    Restatement.replaces_freeze_id,
    Restatement.account_id,
    Restatement.day,
    Restatement.sealed,
)


def add_restatement(session: Session, row: RestatementRow) -> bool:
    """Store a restatement unless one of that snapshot is there. Returns whether it was added."""
    statement = (
        insert(Restatement)
        .values(
            id=row.id,
            partner_id=row.partner,
            freeze_id=row.freeze,
            replaces_freeze_id=row.replaces,
            account_id=row.account,
            day=row.day,
            sealed=row.sealed,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def list_restatements(session: Session) -> tuple[RestatementRow, ...]:
    """The entered partner's restatements, oldest first."""
    rows = session.execute(select(*_COLUMNS).order_by(Restatement.day, Restatement.freeze_id))
    return tuple(RestatementRow(*row) for row in rows)
