"""Who works with whom: the accounts that have a person in their caseload."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Caseload


@dataclass(frozen=True)
class CaseloadRow:
    """That an account works with a person."""

    id: UUID
    partner: UUID
    person: UUID
    account: UUID


def add_caseload(session: Session, row: CaseloadRow) -> bool:
    """Put a person into an account's caseload. Returns whether it is new there."""
    statement = (
        insert(Caseload)
        .values(id=row.id, partner_id=row.partner, person_id=row.person, account_id=row.account)
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def list_caseload(session: Session) -> tuple[CaseloadRow, ...]:
    """Every caseload of the entered partner, by person."""
    rows = session.execute(
        select(Caseload.id, Caseload.partner_id, Caseload.person_id, Caseload.account_id).order_by(
            Caseload.person_id, Caseload.account_id
        )
    )
    return tuple(CaseloadRow(*row) for row in rows)


def delete_caseload(session: Session, person: UUID, account: UUID) -> None:
    """Take a person out of an account's caseload."""
    session.execute(delete(Caseload).where(Caseload.person_id == person, Caseload.account_id == account))
