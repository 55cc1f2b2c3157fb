"""What staff write down: one sealed blob per record, under the person's data key or the partner's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from me_platform.storage.models import CaseRecord, PartnerRecord, ServiceRecord


@dataclass(frozen=True)
class RecordRow:
    """A sealed record of a person. ``recorded`` is the day it was written down."""

    id: UUID
    partner: UUID
    person: UUID
    recorded: date
    sealed: bytes


@dataclass(frozen=True)
class PartnerRecordRow:
    """A sealed record about a partner's work. ``recorded`` is the day it was written down."""

    id: UUID
    partner: UUID
    recorded: date
    sealed: bytes


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


def add_case_record(session: Session, record: RecordRow) -> None:
    """Store another record of a person."""
    session.execute(
        insert(CaseRecord).values(
            id=record.id,
            partner_id=record.partner,
            person_id=record.person,
            day=record.recorded,
            sealed=record.sealed,
        )
    )


def list_case_records(session: Session, *, recorded_until: date, person: UUID | None = None) -> tuple[RecordRow, ...]:
    """Those records of the entered partner known on a day, of one person or of all."""
    query = select(CaseRecord.id, CaseRecord.partner_id, CaseRecord.person_id, CaseRecord.day, CaseRecord.sealed).where(
        CaseRecord.day <= recorded_until
    )
    if person is not None:
        query = query.where(CaseRecord.person_id == person)
    return tuple(RecordRow(*row) for row in session.execute(query.order_by(CaseRecord.id)))


def add_partner_record(session: Session, record: PartnerRecordRow) -> None:
    """Store a record about a partner's work."""
    session.execute(
        insert(PartnerRecord).values(id=record.id, partner_id=record.partner, day=record.recorded, sealed=record.sealed)
    )


def list_partner_records(session: Session, *, recorded_until: date) -> tuple[PartnerRecordRow, ...]:
    """Those records of the entered partner known on a day."""
    rows = session.execute(
        select(PartnerRecord.id, PartnerRecord.partner_id, PartnerRecord.day, PartnerRecord.sealed)
        .where(PartnerRecord.day <= recorded_until)
        .order_by(PartnerRecord.id)
    )
    return tuple(PartnerRecordRow(*row) for row in rows)
