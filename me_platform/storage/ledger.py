"""The chapters of the ledger: sealed, in their order, written once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import LedgerChapter


@dataclass(frozen=True)
class ChapterRow:
    """One chapter: what was published with a freeze; ``sealed`` opens with the ledger's own key.

    ``number`` counts from 1 without a gap.
    """

    id: UUID
    number: int
    freeze: str
    day: date
    sealed: bytes = field(repr=False)


def add_chapter(session: Session, row: ChapterRow) -> bool:
    """Store a chapter unless another one has its number. Returns whether it was added."""
    statement = (
        insert(LedgerChapter)
        .values(id=row.id, number=row.number, freeze_id=row.freeze, day=row.day, sealed=row.sealed)
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


_COLUMNS = (
    LedgerChapter.id,
    LedgerChapter.number,
    LedgerChapter.freeze_id,
    LedgerChapter.day,
    LedgerChapter.sealed,
)


def list_chapters(session: Session) -> tuple[ChapterRow, ...]:
    """All chapters in their order."""
    return tuple(ChapterRow(*row) for row in session.execute(select(*_COLUMNS).order_by(LedgerChapter.number)))


def find_chapter(session: Session, freeze: str) -> ChapterRow | None:
    """The last chapter of a freeze, None for one of before there was a ledger."""
    query = select(*_COLUMNS).where(LedgerChapter.freeze_id == freeze).order_by(LedgerChapter.number.desc()).limit(1)
    row = session.execute(query).one_or_none()
    return None if row is None else ChapterRow(*row)
