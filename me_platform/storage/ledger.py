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


def list_chapters(session: Session) -> tuple[ChapterRow, ...]:
    """All chapters in their order."""
    chapter = LedgerChapter
    columns = (chapter.id, chapter.number, chapter.freeze_id, chapter.day, chapter.sealed)
    return tuple(ChapterRow(*row) for row in session.execute(select(*columns).order_by(chapter.number)))
