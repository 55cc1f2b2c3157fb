"""How people who agreed to be contacted again may be reached; one sealed note for each. The database itself deletes it
where somebody no longer agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import ChannelNote


@dataclass(frozen=True)
class ChannelRow:
    """A note; ``sealed`` lies under the person's data key."""

    id: UUID
    partner: UUID
    person: UUID
    sealed: bytes


def set_channel(session: Session, note: ChannelRow) -> None:
    """Store the note of a person, in the place of the one there may be."""
    session.execute(delete(ChannelNote).where(ChannelNote.person_id == note.person))
    session.execute(
        insert(ChannelNote).values(id=note.id, partner_id=note.partner, person_id=note.person, sealed=note.sealed)
    )


def find_channel(session: Session, person: UUID) -> ChannelRow | None:
    """The note of a person of the entered partner."""
    columns = (ChannelNote.id, ChannelNote.partner_id, ChannelNote.person_id, ChannelNote.sealed)
    row = session.execute(select(*columns).where(ChannelNote.person_id == person)).one_or_none()
    return None if row is None else ChannelRow(*row)


def delete_channel(session: Session, person: UUID) -> None:
    """Delete the note of a person."""
    session.execute(delete(ChannelNote).where(ChannelNote.person_id == person))
