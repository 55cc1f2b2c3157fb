"""What the worker reads and deletes: requests made with a receipt code, what has expired, what is to be erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from me_platform.storage.models import CaseRecord, Narrative, Person, Request, Response, ServiceRecord, Sitting


@dataclass(frozen=True)
class RequestRow:
    """A request to carry out; ``sealed`` is its detail, sealed to the person."""

    id: UUID
    partner: UUID
    person: UUID
    response: UUID | None
    sealed: bytes


def list_open_requests(session: Session) -> tuple[RequestRow, ...]:
    """Requests of the entered partner not carried out yet, in no telling order."""
    rows = session.execute(
        select(Request.id, Request.partner_id, Request.person_id, Request.response_id, Request.sealed)
        .where(Request.status == "open")
        .order_by(Request.id)
    )
    return tuple(RequestRow(*row) for row in rows)


def finish_request(session: Session, request: UUID, day: date) -> None:
    """Note the day a request was carried out: the proof the person is shown."""
    session.execute(update(Request).where(Request.id == request).values(status="done", done_day=day))


def lock_person(session: Session, person: UUID) -> None:
    """Let no new row refer to the person until this transaction ends; a submission waits and sees what became of it."""
    session.execute(select(Person.id).where(Person.id == person).with_for_update())


def delete_held_responses(session: Session, person: UUID) -> int:
    """Delete the answers a person took back. Returns how many responses there were."""
    gone = session.execute(
        delete(Response).where(Response.person_id == person, Response.status == "held").returning(Response.id)
    )
    return len(gone.all())


def has_records(session: Session, person: UUID) -> bool:
    """Whether anything else is kept under the person's keys: answers, services, narratives or other records."""
    return any(
        session.scalar(select(func.count()).select_from(table).where(table.person_id == person))
        for table in (Response, ServiceRecord, Narrative, CaseRecord)
    )


def delete_expired(session: Session, now: datetime) -> int:
    """Delete sittings nobody can come back to. Returns how many rows went.

    Doors stay, used or not: they count who was invited (R4), and were the unused ones gone, those that are left would
    tell staff who answered (privacy-and-safety 1.10).
    """
    return len(session.execute(delete(Sitting).where(Sitting.expires_at <= now).returning(Sitting.id)).all())
