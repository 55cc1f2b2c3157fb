"""What a partner changed after hearing the people who answered a survey, for the first page of the next time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from me_platform.storage.models import Notice

SHOWN = 3
"""How many notices of a survey are shown at most, the latest ones."""


@dataclass(frozen=True)
class NoticeRow:
    """A sealed notice; it opens under ``derive_notice_key`` of its partner, at ``Place("notice", id, partner)``.

    Inside is JSON: ``{"asked": {language: text}, "changed": {language: text}}``.
    """

    id: UUID
    partner: UUID
    survey: str
    day: date
    sealed: bytes


def find_notices(session: Session, survey_id: str) -> tuple[NoticeRow, ...]:
    """The latest notices of a survey at the entered partner, the newest first; at most ``SHOWN``."""
    rows = session.execute(
        select(Notice.id, Notice.partner_id, Notice.survey_id, Notice.day, Notice.sealed)
        .where(Notice.survey_id == survey_id)
        .order_by(Notice.day.desc(), Notice.id)
        .limit(SHOWN)
    )
    return tuple(NoticeRow(*row) for row in rows)


def add_notice(session: Session, notice: NoticeRow) -> None:
    """Store a notice (staff)."""
    session.execute(
        insert(Notice).values(
            id=notice.id,
            partner_id=notice.partner,
            survey_id=notice.survey,
            day=notice.day,
            sealed=notice.sealed,
        )
    )


def delete_notice(session: Session, notice: UUID) -> None:
    """Take a notice away where there is one: what it told has been replaced (staff)."""
    session.execute(delete(Notice).where(Notice.id == notice))
