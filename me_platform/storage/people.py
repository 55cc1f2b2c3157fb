"""People enrolled at a partner: random id and code, public key, sealed profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Select, String, Uuid, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.errors import NotFound
from me_platform.storage.models import Account, Caseload, ChannelNote, LinkCard, Person


@dataclass(frozen=True)
class PersonRow:
    """One person; ``sealed`` is the profile under the person's data key."""

    id: UUID
    partner: UUID
    code: str
    public_key: bytes
    enrolled: date
    sealed: bytes


@dataclass(frozen=True)
class CaseRow:
    """A person and who works with her: e-mail address by account."""

    person: PersonRow
    caseworkers: Mapping[UUID, str]


_COLUMNS = (Person.id, Person.partner_id, Person.code, Person.public_key, Person.enrolled_day, Person.sealed)


def add_person(session: Session, person: PersonRow) -> bool:
    """Store a person whose keys are already durable in the vault. False where there is one of that id already."""
    statement = (
        insert(Person)
        .values(
            id=person.id,
            partner_id=person.partner,
            code=person.code,
            public_key=person.public_key,
            enrolled_day=person.enrolled,
            status="active",
            sealed=person.sealed,
        )
        .on_conflict_do_nothing(index_elements=[Person.id])
    )
    return session.connection().execute(statement).rowcount == 1


def add_people(session: Session, people: Sequence[PersonRow]) -> bool:
    """As ``add_person`` for many in one statement. False where any is there already: the caller then keeps nothing."""
    rows = [
        {
            "id": person.id,
            "partner_id": person.partner,
            "code": person.code,
            "public_key": person.public_key,
            "enrolled_day": person.enrolled,
            "status": "active",
            "sealed": person.sealed,
        }
        for person in people
    ]
    statement = insert(Person).on_conflict_do_nothing(index_elements=[Person.id])
    return session.connection().execute(statement, rows).rowcount == len(rows)


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


def find_case(session: Session, person: UUID, *, lock: bool = False) -> CaseRow | None:
    """A living person of the entered partner and who works with her.

    ``lock`` keeps others from writing about her until the end of the transaction.
    """
    query = _select_cases().where(Person.id == person)
    row = session.execute(query.with_for_update(of=Person) if lock else query).one_or_none()
    return None if row is None else _read_case(row)


def list_cases(session: Session, *, account: UUID | None = None) -> tuple[CaseRow, ...]:
    """The living people of the entered partner, of one account's caseload or all, and who works with them."""
    query = _select_cases().order_by(Person.id)
    if account is not None:
        query = query.where(Person.id.in_(select(Caseload.person_id).where(Caseload.account_id == account)))
    return tuple(map(_read_case, session.execute(query)))


def set_profile(session: Session, person: UUID, sealed: bytes, *, before: bytes) -> bool:
    """Replace a person's profile, unless it is no longer the one that was read before."""
    statement = update(Person).where(Person.id == person, Person.sealed == before).values(sealed=sealed)
    return session.connection().execute(statement).rowcount == 1


def _select_cases() -> Select[*tuple[Any, ...]]:
    working = (
        select(Caseload.account_id)
        .join(Account, Account.id == Caseload.account_id)
        .where(Caseload.person_id == Person.id)
        .order_by(Account.email)
        .correlate(Person)
    )
    accounts = func.array(working.scalar_subquery(), type_=ARRAY(Uuid))
    emails = func.array(working.with_only_columns(Account.email).scalar_subquery(), type_=ARRAY(String))
    return select(*_COLUMNS, accounts.label("accounts"), emails.label("emails")).where(Person.status == "active")


def _read_case(row: Row[*tuple[Any, ...]]) -> CaseRow:
    *person, accounts, emails = row
    return CaseRow(PersonRow(*person), dict(zip(accounts, emails, strict=True)))


def mark_erased(session: Session, person: UUID) -> None:
    """Keep the bare id of an erased person, without code, key or profile, and in nobody's caseload."""
    session.execute(delete(Caseload).where(Caseload.person_id == person))
    for table in (ChannelNote, LinkCard):
        session.execute(delete(table).where(table.person_id == person))
    session.execute(
        update(Person)
        .where(Person.id == person)
        .values(status="erased", code=person.hex[:12], public_key=b"", sealed=b"")
    )
