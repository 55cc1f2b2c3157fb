"""Doors: a code handed out to answer one survey once. Codes and links are known here by their HMAC only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Door


@dataclass(frozen=True)
class DoorRow:
    """A door as the survey site sees it. ``person`` is None for a room's code; ``status``: open, spent, revoked."""

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


@dataclass(frozen=True)
class IssuedDoorRow:
    """A new door as staff write it; ``kind`` is personal, card or room. It may be used up to and on ``expires``."""

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


@dataclass(frozen=True)
class IssueRow:
    """That a person was handed a code: what R4 counts as invited. Nothing about whether it was used."""

    person: UUID
    survey: str
    wave: str
    issued: date


_COLUMNS = (
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
)


def add_door(session: Session, door: IssuedDoorRow) -> bool:
    """Store a new, open door of the entered partner (staff). False where there is one of that id already."""
    statement = (
        insert(Door)
        .values(
            id=door.id,
            partner_id=door.partner,
            person_id=door.person,
            activity_id=door.activity,
            code_mac=door.code_mac,
            link_mac=door.link_mac,
            kind=door.kind,
            survey_id=door.survey,
            survey_version=door.survey_version,
            wave=door.wave,
            issued_day=door.issued,
            expires_day=door.expires,
            status="open",
        )
        .on_conflict_do_nothing(index_elements=[Door.id])
    )
    return session.connection().execute(statement).rowcount == 1


def find_first_issue(session: Session, person: UUID, survey: str, wave: str) -> date | None:
    """The day a person was first given a door to a survey's wave (staff)."""
    return session.execute(
        select(func.min(Door.issued_day)).where(Door.person_id == person, Door.survey_id == survey, Door.wave == wave)
    ).scalar_one()


def list_issues(session: Session, *, issued_until: date) -> tuple[IssueRow, ...]:
    """Codes handed to people of the entered partner up to a day (worker)."""
    rows = session.execute(
        select(Door.person_id, Door.survey_id, Door.wave, Door.issued_day)
        .where(Door.person_id.is_not(None), Door.issued_day <= issued_until)
        .order_by(Door.id)
    )
    return tuple(IssueRow(person, survey, wave, day) for person, survey, wave, day in rows if person is not None)


def find_door(session: Session, mac: bytes) -> DoorRow | None:
    """The door whose code or link this is, whatever its status, if the transaction presented it."""
    row = session.execute(select(*_COLUMNS).where(or_(Door.code_mac == mac, Door.link_mac == mac))).one_or_none()
    return None if row is None else DoorRow(*row)


def spend_door(session: Session, mac: bytes) -> bool:
    """Close an open door for good. False where it is not open (any more)."""
    statement = update(Door).where(Door.code_mac == mac, Door.status == "open").values(status="spent")
    return session.connection().execute(statement).rowcount == 1
