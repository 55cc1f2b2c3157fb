"""Doors: a code handed out to answer one survey once. Codes and links are known here by their HMAC only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, or_, select, update
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


def add_door(session: Session, door: DoorRow, *, issued: date) -> None:
    """Store a door of the entered partner."""
    session.execute(
        insert(Door).values(
            id=door.id,
            partner_id=door.partner,
            person_id=door.person,
            code_mac=door.code_mac,
            link_mac=door.link_mac,
            kind=door.kind,
            survey_id=door.survey,
            survey_version=door.survey_version,
            wave=door.wave,
            issued_day=issued,
            expires_day=door.expires,
            status=door.status,
        )
    )


def find_door(session: Session, mac: bytes) -> DoorRow | None:
    """The door whose code or link this is, whatever its status, if the transaction presented it."""
    row = session.execute(select(*_COLUMNS).where(or_(Door.code_mac == mac, Door.link_mac == mac))).one_or_none()
    return None if row is None else DoorRow(*row)


def spend_door(session: Session, mac: bytes) -> bool:
    """Close an open door for good. False where it is not open (any more)."""
    statement = update(Door).where(Door.code_mac == mac, Door.status == "open").values(status="spent")
    return session.connection().execute(statement).rowcount == 1
