"""What staff write down: one sealed blob per record, under the person's data key or the partner's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Caseload, CaseRecord, Door, Narrative, PartnerRecord, ServiceRecord


@dataclass(frozen=True)
class RecordRow:
    """A sealed record of a person. ``recorded`` is the day it was written down."""

    id: UUID
    partner: UUID
    person: UUID
    recorded: date
    sealed: bytes


@dataclass(frozen=True)
class NarrativeHead:
    """A narrative without its content; ``status`` is draft, submitted, returned or approved."""

    id: UUID
    person: UUID
    status: str
    day: date


@dataclass(frozen=True)
class FileRow:
    """Something in a person's file. ``table`` is service_record, case_record, narrative or door.

    Services and case records come ``sealed``; a narrative with its ``status`` only, a door with ``survey`` and
    ``wave`` only: never whether it was used.
    """

    table: str
    id: UUID
    partner: UUID
    person: UUID
    day: date
    sealed: bytes
    status: str
    survey: str
    wave: str


@dataclass(frozen=True)
class PartnerRecordRow:
    """A sealed record about a partner's work. ``recorded`` is the day it was written down."""

    id: UUID
    partner: UUID
    recorded: date
    sealed: bytes


_NOTHING = literal("")
_FILE: tuple[tuple[Any, ...], ...] = (
    (ServiceRecord, ServiceRecord.day, ServiceRecord.sealed, _NOTHING, _NOTHING, _NOTHING),
    (CaseRecord, CaseRecord.day, CaseRecord.sealed, _NOTHING, _NOTHING, _NOTHING),
    (Narrative, Narrative.day, null().cast(LargeBinary), Narrative.status, _NOTHING, _NOTHING),
    (Door, Door.issued_day, null().cast(LargeBinary), _NOTHING, Door.survey_id, Door.wave),
)
"""What lies in a person's file, one line for each table."""


def add_service(session: Session, record: RecordRow) -> bool:
    """Store a service given to a person. False where there is one of that id already."""
    return _add_once(session, ServiceRecord, record)


def list_services(session: Session, *, recorded_until: date, person: UUID | None = None) -> tuple[RecordRow, ...]:
    """Service records of the entered partner known on a day, of one person or of all."""
    query = select(
        ServiceRecord.id, ServiceRecord.partner_id, ServiceRecord.person_id, ServiceRecord.day, ServiceRecord.sealed
    ).where(ServiceRecord.day <= recorded_until)
    if person is not None:
        query = query.where(ServiceRecord.person_id == person)
    return tuple(RecordRow(*row) for row in session.execute(query.order_by(ServiceRecord.id)))


def list_narrative_heads(session: Session) -> tuple[NarrativeHead, ...]:
    """The entered partner's narratives without their content, oldest first."""
    rows = session.execute(
        select(Narrative.id, Narrative.person_id, Narrative.status, Narrative.day).order_by(Narrative.day, Narrative.id)
    )
    return tuple(NarrativeHead(*row) for row in rows)


def list_file(session: Session, *, person: UUID | None = None, account: UUID | None = None) -> tuple[FileRow, ...]:
    """What lies in the files of the entered partner's people, in one statement: of one person, an account's or all."""
    parts = []
    for model, *columns in _FILE:
        query = select(literal(model.__tablename__), model.id, model.partner_id, model.person_id, *columns)
        query = query.where(model.person_id.is_not(None))
        if person is not None:
            query = query.where(model.person_id == person)
        if account is not None:
            query = query.where(model.person_id.in_(select(Caseload.person_id).where(Caseload.account_id == account)))
        parts.append(query)
    return tuple(FileRow(*row) for row in session.execute(union_all(*parts)))


def add_case_record(session: Session, record: RecordRow) -> bool:
    """Store another record of a person. False where there is one of that id already."""
    return _add_once(session, CaseRecord, record)


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


def _add_once(session: Session, model: type[ServiceRecord | CaseRecord], record: RecordRow) -> bool:
    statement = (
        insert(model)
        .values(
            id=record.id,
            partner_id=record.partner,
            person_id=record.person,
            day=record.recorded,
            sealed=record.sealed,
        )
        .on_conflict_do_nothing(index_elements=[model.id])
    )
    return session.connection().execute(statement).rowcount == 1
