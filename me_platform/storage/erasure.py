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
    whole: bool
    sealed: bytes


def list_open_requests(session: Session, person: UUID | None = None) -> tuple[RequestRow, ...]:
    """Requests of the entered partner, or of one person there, not carried out yet, in no telling order."""
    query = select(
        Request.id, Request.partner_id, Request.person_id, Request.response_id, Request.whole, Request.sealed
    ).where(Request.status == "open")
    if person is not None:
        query = query.where(Request.person_id == person)
    return tuple(RequestRow(*row) for row in session.execute(query.order_by(Request.id)))


def finish_requests(session: Session, requests: Iterable[UUID], day: date) -> None:
    """Note the day requests were carried out: the proof the person is shown."""
    session.execute(update(Request).where(Request.id.in_(tuple(requests))).values(status="done", done_day=day))


def lock_person(session: Session, person: UUID) -> None:
    """Let no new row refer to the person until this transaction ends; a submission waits and sees what became of it."""
    session.execute(select(Person.id).where(Person.id == person).with_for_update())


def find_held_response(session: Session, response: UUID | None) -> bytes | None:
    """The sealed answers of a response that is out of everything; None where they are gone."""
    return session.scalar(select(Response.sealed).where(Response.id == response, Response.status == "held"))


def put_back_response(session: Session, response: UUID | None, sealed: bytes, *, live: bool) -> None:
    """Put other sealed answers in the place of held ones; ``live`` lets them count again."""
    values = {"sealed": sealed, "status": "live" if live else "held"}
    session.execute(update(Response).where(Response.id == response, Response.status == "held").values(values))


def delete_held_response(session: Session, response: UUID | None) -> None:
    """Delete answers a person took back."""
    session.execute(delete(Response).where(Response.id == response, Response.status == "held"))


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
    """Partner and response of all that was ever taken back as a whole; for the owner, who sees every partner's rows."""
    query = select(Request.partner_id, Request.response_id).where(Request.response_id.is_not(None), Request.whole)
    return frozenset((partner, response) for partner, response in session.execute(query) if response is not None)


def list_taken_out(session: Session) -> frozenset[tuple[UUID, UUID, UUID]]:
    """Partner, response and request wherever one answer was ever taken back; for the owner."""
    query = select(Request.partner_id, Request.response_id, Request.id)
    rows = session.execute(query.where(Request.response_id.is_not(None), ~Request.whole))
    return frozenset((partner, response, request) for partner, response, request in rows if response is not None)


def repeat_erasures(
    session: Session,
    people: Iterable[tuple[UUID, UUID]],
    answers: Iterable[tuple[UUID, UUID]],
    parts: Iterable[tuple[UUID, UUID, UUID]] = (),
) -> None:
    """Erase again, by the owner, what a restored database still holds of people and answers that were erased since.

    ``parts`` are single answers that were taken back: partner, response, request. Where the restored database does not
    know the request, nobody can say any more which answer it was: the whole response goes rather than that one stays.

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
    for _, response, request in parts:
        known = select(Request.id).where(Request.id == request).exists()
        session.execute(delete(Response).where(Response.id == response, ~known))
