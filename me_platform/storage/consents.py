"""Consent events: one decision of a person about one purpose, in the order they were made. Only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import ConsentEvent


@dataclass(frozen=True)
class ConsentEventRow:
    """One decision of ``speaker``. ``decision`` is given, refused, withdrawn or not_needed.

    ``position`` orders the events of the person; ``text_version`` and ``text_fingerprint`` name the words that were
    explained. Speakers and decisions are those of ``surveys.consenting``.
    """

    id: UUID
    partner: UUID
    person: UUID
    position: int
    purpose: str
    decision: str
    text_version: str
    text_fingerprint: str
    day: date
    speaker: str = "self"


_COLUMNS = (
    ConsentEvent.id,
    ConsentEvent.partner_id,
    ConsentEvent.person_id,
    ConsentEvent.position,
    ConsentEvent.purpose,
    ConsentEvent.decision,
    ConsentEvent.text_version,
    ConsentEvent.text_fingerprint,
    ConsentEvent.day,
    ConsentEvent.speaker,
)


def count_consent_events(session: Session, person: UUID) -> int:
    """How many events a person has: the position of the next one."""
    counted = session.execute(
        select(func.count()).select_from(ConsentEvent).where(ConsentEvent.person_id == person)
    ).scalar_one()
    return int(counted)


def add_consent_events(session: Session, events: Sequence[ConsentEventRow]) -> None:
    """Add events in their order. Where another transaction took a position meanwhile, an event takes the next free."""
    shift = 0
    for event in events:
        while not _add_at(session, event, event.position + shift):
            shift = count_consent_events(session, event.person) - event.position


def list_consent_events(session: Session, person: UUID) -> tuple[ConsentEventRow, ...]:
    """All events of a person, oldest first."""
    rows = session.execute(_select_events().where(ConsentEvent.person_id == person).order_by(ConsentEvent.position))
    return tuple(ConsentEventRow(*row) for row in rows)


def list_partner_events(session: Session, *, until: date) -> tuple[ConsentEventRow, ...]:
    """All events of the entered partner up to a day, person by person, oldest first (worker)."""
    query = _select_events().where(ConsentEvent.day <= until)
    rows = session.execute(query.order_by(ConsentEvent.person_id, ConsentEvent.position))
    return tuple(ConsentEventRow(*row) for row in rows)


def _select_events() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS)


def _add_at(session: Session, event: ConsentEventRow, position: int) -> bool:
    statement = (
        insert(ConsentEvent)
        .values(
            id=event.id,
            partner_id=event.partner,
            person_id=event.person,
            position=position,
            purpose=event.purpose,
            decision=event.decision,
            text_version=event.text_version,
            text_fingerprint=event.text_fingerprint,
            day=event.day,
            speaker=event.speaker,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1
