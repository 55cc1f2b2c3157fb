"""People enrolled at a partner: random id and code, public key, sealed profile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from me_platform.errors import NotFound
from me_platform.storage.models import Caseload, Person


@dataclass(frozen=True)
class PersonRow:
    """One person; ``sealed`` is the profile under the person's data key."""

    id: UUID
    partner: UUID
    code: str
    public_key: bytes
    enrolled: date
    sealed: bytes


_COLUMNS = (Person.id, Person.partner_id, Person.code, Person.public_key, Person.enrolled_day, Person.sealed)


def add_person(session: Session, person: PersonRow) -> None:
    """Store a person whose keys are already durable in the vault."""
    session.execute(
        insert(Person).values(
            id=person.id,
            partner_id=person.partner,
            code=person.code,
            public_key=person.public_key,
            enrolled_day=person.enrolled,
            status="active",
            sealed=person.sealed,
        )
    )


def get_person(session: Session, code: str) -> PersonRow:
    """The living person of that code within the entered partner. Raises NotFound."""
    row = session.execute(select(*_COLUMNS).where(Person.code == code, Person.status == "active")).one_or_none()
    if row is None:
        raise NotFound("person", code)
    return PersonRow(*row)


def list_people(session: Session) -> tuple[PersonRow, ...]:
    """All living people of the entered partner, by id."""
    rows = session.execute(select(*_COLUMNS).where(Person.status == "active").order_by(Person.id))
    return tuple(PersonRow(*row) for row in rows)


def mark_erased(session: Session, person: UUID) -> None:
    """Keep the bare id of an erased person, without code, key or profile, and in nobody's caseload."""
    session.execute(delete(Caseload).where(Caseload.person_id == person))
    session.execute(
        update(Person)
        .where(Person.id == person)
        .values(status="erased", code=person.hex[:12], public_key=b"", sealed=b"")
    )
