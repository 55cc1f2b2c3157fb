"""What the worker reads and deletes: requests made with a receipt code, what has expired, what is to be erased."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from me_platform.storage.models import Base, CaseRecord, Narrative, Person, Request, Response, ServiceRecord, Sitting
from me_platform.storage.people import mark_erased


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


def list_taken_back(session: Session) -> frozenset[tuple[UUID, UUID]]:
    """Partner and response of all answers that were ever taken back; for the owner, who sees every partner's rows."""
    rows = session.execute(select(Request.partner_id, Request.response_id).where(Request.response_id.is_not(None)))
    return frozenset((partner, response) for partner, response in rows if response is not None)


def repeat_erasures(
    session: Session, people: Iterable[tuple[UUID, UUID]], answers: Iterable[tuple[UUID, UUID]]
) -> None:
    """Erase again, by the owner, what a restored database still holds of people and answers that were erased since.

    Of a person stay the bare id and what is no record: consent events, doors, requests with their proof. Every other
    row that refers to the person and holds something sealed goes, in whatever table.
    """
    erased = [person for _, person in people]
    connection = session.connection()
    for table in reversed(Base.metadata.sorted_tables):
        if erased and table is not Request.__table__ and {"person_id", "sealed"} <= set(table.columns.keys()):
            statement = delete(table).where(table.c.person_id == bindparam("whose"))
            connection.execute(statement, [{"whose": person} for person in erased])
    for person in erased:
        mark_erased(session, person)
    for _, response in answers:
        session.execute(delete(Response).where(Response.id == response))
