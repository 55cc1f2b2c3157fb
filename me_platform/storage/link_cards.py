"""Link cards that people made or showed; only ever added. The database itself deletes those of whoever says no.

The survey site adds them and cannot read them, the worker reads them for a freeze, the staff site sees none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import LinkCard


@dataclass(frozen=True)
class LinkCardRow:
    """A card of a person, made or shown on ``day``; ``sealed`` is the MAC of its code, sealed to her."""

    id: UUID
    partner: UUID
    person: UUID
    day: date
    sealed: bytes = field(repr=False)


_COLUMNS = (LinkCard.id, LinkCard.partner_id, LinkCard.person_id, LinkCard.day, LinkCard.sealed)


def add_link_card(session: Session, card: LinkCardRow) -> bool:
    """Store a card of the entered person; False where this very card of hers is there already."""
    statement = (
        insert(LinkCard)
        .values(id=card.id, partner_id=card.partner, person_id=card.person, day=card.day, sealed=card.sealed)
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def count_link_cards(session: Session, person: UUID) -> int:
    """How many cards the entered person has."""
    query = select(func.count(LinkCard.id)).where(LinkCard.person_id == person)
    return int(session.execute(query).scalar_one())


def list_link_cards(session: Session, *, until: date) -> tuple[LinkCardRow, ...]:
    """All cards of the entered partner up to a day, in no telling order (worker)."""
    rows = session.execute(select(*_COLUMNS).where(LinkCard.day <= until).order_by(LinkCard.id))
    return tuple(LinkCardRow(*row) for row in rows)
