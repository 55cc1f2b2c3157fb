"""The audit log's lines: sealed, numbered within their partner, chained. Only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import AuditEvent


@dataclass(frozen=True)
class AuditRow:
    """One line. ``position`` counts from 0 within the partner; ``chain_mac`` has 32 bytes."""

    id: UUID
    partner: UUID
    position: int
    chain_mac: bytes
    sealed: bytes


_COLUMNS = (AuditEvent.id, AuditEvent.partner_id, AuditEvent.position, AuditEvent.chain_mac, AuditEvent.sealed)


def add_audit_event(session: Session, row: AuditRow) -> bool:
    """Add a line at its position. False where another transaction took the position meanwhile."""
    statement = (
        insert(AuditEvent)
        .values(id=row.id, partner_id=row.partner, position=row.position, chain_mac=row.chain_mac, sealed=row.sealed)
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def find_last_audit_event(session: Session) -> AuditRow | None:
    """The last line of the entered partner's log."""
    row = session.execute(select(*_COLUMNS).order_by(AuditEvent.position.desc()).limit(1)).one_or_none()
    return None if row is None else AuditRow(*row)


def list_audit_events(session: Session, *, before: int | None = None, limit: int | None = None) -> tuple[AuditRow, ...]:
    """Lines of the entered partner's log, newest first: those below a position, at most so many."""
    query = select(*_COLUMNS).order_by(AuditEvent.position.desc())
    if before is not None:
        query = query.where(AuditEvent.position < before)
    return tuple(AuditRow(*row) for row in session.execute(query.limit(limit)))
