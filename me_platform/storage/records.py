"""Service records and narratives: one sealed blob per record, under the person's data key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from me_platform.storage.models import Narrative, ServiceRecord


@dataclass(frozen=True)
class RecordRow:
    """A sealed record of a person. ``recorded`` is the day it was written down; ``status`` is empty for services."""

    id: UUID
    partner: UUID
    person: UUID
    recorded: date
    sealed: bytes
    status: str = ""


def add_service(session: Session, record: RecordRow) -> None:
    """Store a service given to a person."""
    session.execute(
        insert(ServiceRecord).values(
            id=record.id,
            partner_id=record.partner,
            person_id=record.person,
            day=record.recorded,
            sealed=record.sealed,
        )
    )


def list_services(session: Session, *, recorded_until: date, person: UUID | None = None) -> tuple[RecordRow, ...]:
    """Service records of the entered partner known on a day, of one person or of all."""
    query = select(
        ServiceRecord.id, ServiceRecord.partner_id, ServiceRecord.person_id, ServiceRecord.day, ServiceRecord.sealed
    ).where(ServiceRecord.day <= recorded_until)
    if person is not None:
        query = query.where(ServiceRecord.person_id == person)
    return tuple(RecordRow(*row) for row in session.execute(query.order_by(ServiceRecord.id)))


def add_narrative(session: Session, record: RecordRow) -> None:
    """Store a progress narrative."""
    session.execute(
        insert(Narrative).values(
            id=record.id,
            partner_id=record.partner,
            person_id=record.person,
            day=record.recorded,
            status=record.status,
            sealed=record.sealed,
        )
    )


def list_narratives(session: Session, *, recorded_until: date) -> tuple[RecordRow, ...]:
    """Approved narratives of the entered partner known on a day."""
    rows = session.execute(
        select(
            Narrative.id, Narrative.partner_id, Narrative.person_id, Narrative.day, Narrative.sealed, Narrative.status
        )
        .where(Narrative.day <= recorded_until, Narrative.status == "approved")
        .order_by(Narrative.id)
    )
    return tuple(RecordRow(*row) for row in rows)
