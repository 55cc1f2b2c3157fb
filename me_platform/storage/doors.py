"""Doors: a code handed out to answer one survey once. Codes and links are known here by their HMAC only.

Several doors may share a code: the two of a session's card, and the places of a room, one for each person who may
answer there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Door, Person


@dataclass(frozen=True)
class DoorRow:
    """A door as the survey site sees it; ``status``: open, spent, revoked.

    ``use`` is the sealed time of use of a session's first door, None where it has none.
    """

    id: UUID
    partner: UUID
    person: UUID | None
    code_mac: bytes
    link_mac: bytes
    kind: str
    survey: str
    survey_version: str
    wave: str
    expires: date
    status: str
    use: bytes | None = None


@dataclass(frozen=True)
class IssuedDoorRow:
    """A new door as staff write it; ``kind`` is personal, card or room. It may be used up to and on ``expires``.

    What was issued together has one ``batch``, its cards a ``number`` each, from 1; left out, it stands by itself.
    """

    id: UUID
    partner: UUID
    person: UUID | None
    code_mac: bytes
    link_mac: bytes
    kind: str
    survey: str
    survey_version: str
    wave: str
    issued: date
    expires: date
    activity: UUID | None = None
    batch: UUID | None = None
    number: int = 1


@dataclass(frozen=True)
class KnownDoorRow:
    """A door as staff may see it: never its code and never whether it was used. ``code`` is the person's."""

    id: UUID
    person: UUID
    code: str
    activity: UUID | None
    batch: UUID
    number: int
    kind: str
    survey: str
    wave: str
    issued: date
    expires: date
    revoked: date | None


@dataclass(frozen=True)
class IssueRow:
    """That a person was handed a code: what R4 counts as invited. Nothing about whether it was used."""

    person: UUID
    survey: str
    wave: str
    issued: date


_COLUMNS: tuple[Any, ...] = (
    Door.id,
    Door.partner_id,
    Door.person_id,
    Door.code_mac,
    Door.link_mac,
    Door.kind,
    Door.survey_id,
    Door.survey_version,
    Door.wave,
    Door.expires_day,
    Door.status,
    Door.use_sealed,
)

_KNOWN: tuple[Any, ...] = (
    Door.id,
    Door.person_id,
    Person.code,
    Door.activity_id,
    Door.batch_id,
    Door.number,
    Door.kind,
    Door.survey_id,
    Door.wave,
    Door.issued_day,
    Door.expires_day,
    Door.revoked_day,
)


def add_door(session: Session, door: IssuedDoorRow) -> bool:
    """Store a new, open door of the entered partner (staff). False where there is one of that id already."""
    return add_doors(session, (door,))


def add_doors(session: Session, doors: Sequence[IssuedDoorRow]) -> bool:
    """As ``add_door`` for many in one statement. False where any is there already: the caller then keeps nothing."""
    rows = [
        {
            "id": door.id,
            "partner_id": door.partner,
            "person_id": door.person,
            "activity_id": door.activity,
            "batch_id": door.batch or door.id,
            "number": door.number,
            "code_mac": door.code_mac,
            "link_mac": door.link_mac,
            "kind": door.kind,
            "survey_id": door.survey,
            "survey_version": door.survey_version,
            "wave": door.wave,
            "issued_day": door.issued,
            "expires_day": door.expires,
            "status": "open",
        }
        for door in doors
    ]
    statement = insert(Door).on_conflict_do_nothing(index_elements=[Door.id])
    return session.connection().execute(statement, rows).rowcount == len(rows)


def list_doors(
    session: Session,
    *,
    person: UUID | None = None,
    named: Collection[UUID] | None = None,
    since: date | None = None,
) -> tuple[KnownDoorRow, ...]:
    """Doors of the entered partner as staff may see them, newest first: of a person, issued since a day, or named.

    Doors are named by their own id or their batch's; what was issued with one that is named comes with it.
    """
    query = select(*_KNOWN).join(Person, Person.id == Door.person_id)
    if person is not None:
        query = query.where(Door.person_id == person)
    if named is not None:
        batches = select(Door.batch_id).where(or_(Door.id.in_(named), Door.batch_id.in_(named)))
        query = query.where(Door.batch_id.in_(batches))
    if since is not None:
        query = query.where(Door.issued_day >= since)
    order = (Door.issued_day.desc(), Door.batch_id, Door.number, Door.wave.desc(), Door.id)
    return tuple(KnownDoorRow(*row) for row in session.execute(query.order_by(*order)))


def revoke_doors(session: Session, doors: Collection[UUID], day: date) -> None:
    """Close doors for good, used or not: staff cannot tell (privacy-and-safety 1.10). The day of a first time stays."""
    statement = update(Door).where(Door.id.in_(doors), Door.revoked_day.is_(None))
    session.execute(
        statement.values(status="revoked", revoked_day=day), execution_options={"synchronize_session": False}
    )


def expire_doors(session: Session, doors: Collection[UUID], last: date) -> None:
    """Let doors open up to and on a day at the most; who has opened one may still send."""
    statement = update(Door).where(Door.id.in_(doors), Door.expires_day > last)
    session.execute(statement.values(expires_day=last), execution_options={"synchronize_session": False})


def find_first_issue(session: Session, person: UUID, survey: str, wave: str) -> date | None:
    """The day a person was first given a door to a survey's wave (staff)."""
    return session.execute(
        select(func.min(Door.issued_day)).where(Door.person_id == person, Door.survey_id == survey, Door.wave == wave)
    ).scalar_one()


def list_issues(session: Session, *, issued_until: date) -> tuple[IssueRow, ...]:
    """Codes handed to people of the entered partner up to a day (worker). A room's code is handed to nobody."""
    rows = session.execute(
        select(Door.person_id, Door.survey_id, Door.wave, Door.issued_day)
        .where(Door.person_id.is_not(None), Door.kind != "room", Door.issued_day <= issued_until)
        .order_by(Door.id)
    )
    return tuple(IssueRow(person, survey, wave, day) for person, survey, wave, day in rows if person is not None)


def find_doors(session: Session, mac: bytes) -> tuple[DoorRow, ...]:
    """The doors whose code or link this is, whatever their status, if the transaction presented it."""
    query = select(*_COLUMNS).where(or_(Door.code_mac == mac, Door.link_mac == mac)).order_by(Door.id)
    return tuple(DoorRow(*row) for row in session.execute(query))


def spend_door(session: Session, mac: bytes, wave: str, person: UUID) -> DoorRow | None:
    """Close one open door of a presented code and wave for good, the person's own before any other of the room.

    None where none is open, or where somebody else took the last one this very moment.
    """
    chosen = (
        select(Door.id)
        .where(Door.code_mac == mac, Door.wave == wave, Door.status == "open")
        .order_by((Door.person_id == person).desc(), func.random())
        .limit(1)
        .with_for_update()
        .scalar_subquery()
    )
    statement = update(Door).where(Door.id == chosen).values(status="spent").returning(*_COLUMNS)
    row = session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
    return None if row is None else DoorRow(*row)


def set_use(session: Session, door: UUID, sealed: bytes) -> None:
    """Keep with a door that was just spent when that was, sealed."""
    statement = update(Door).where(Door.id == door).values(use_sealed=sealed, status="spent")
    session.execute(statement, execution_options={"synchronize_session": False})
