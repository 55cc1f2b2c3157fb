"""Progress narratives, sealed under the person's data key, and their versions, which are only ever added.

A page about one narrative reads what it needs in one statement (``NarrativeFile``): the row, the person, who works
with the person, and the e-mail addresses by which staff are named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, exists, func, insert, literal, select, union_all, update
from sqlalchemy.orm import Session, aliased

from me_platform.errors import NotFound
from me_platform.storage.models import (
    Account,
    Caseload,
    CaseRecord,
    Narrative,
    NarrativeVersion,
    Person,
    ServiceRecord,
)
from me_platform.storage.people import PersonRow
from me_platform.storage.records import RecordRow


@dataclass(frozen=True)
class NarrativeRow:
    """A sealed narrative. ``day`` is that of its last step; ``replaces`` is the approved one it corrects."""

    id: UUID
    partner: UUID
    person: UUID
    day: date
    status: str
    version: int
    sealed: bytes = field(repr=False)
    replaces: UUID | None = None


@dataclass(frozen=True)
class PersonFile:
    """A living person, the accounts that work with her, and the e-mail address of every account."""

    person: PersonRow
    caseworkers: frozenset[UUID]
    emails: Mapping[UUID, str]


@dataclass(frozen=True)
class NarrativeFile(PersonFile):
    """A narrative of the person; ``replaced_by`` is the one that corrects it."""

    row: NarrativeRow
    replaced_by: UUID | None


@dataclass(frozen=True)
class ListedNarrative:
    """A narrative in a list, with the person's code and whether an approved one has taken its place."""

    row: NarrativeRow
    code: str
    replaced: bool


@dataclass(frozen=True)
class VersionRow:
    """A sealed version of a narrative."""

    id: UUID
    partner: UUID
    person: UUID
    narrative: UUID
    version: int
    day: date
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class SealedRow:
    """A sealed row of the table named."""

    table: str
    id: UUID
    partner: UUID
    sealed: bytes = field(repr=False)


_NARRATIVE = (
    Narrative.id,
    Narrative.partner_id,
    Narrative.person_id,
    Narrative.day,
    Narrative.status,
    Narrative.version,
    Narrative.sealed,
    Narrative.replaces_id,
)
_PERSON = (
    Person.id.label("p_id"),
    Person.partner_id.label("p_partner"),
    Person.code.label("p_code"),
    Person.public_key.label("p_key"),
    Person.enrolled_day.label("p_enrolled"),
    Person.sealed.label("p_sealed"),
)
_LATER = aliased(Narrative)
_CASEWORKERS = (
    select(func.array_agg(Caseload.account_id)).where(Caseload.person_id == Person.id).scalar_subquery()
).label("caseworkers")
_EMAILS = select(func.json_object_agg(Account.id, Account.email)).scalar_subquery().label("emails")
_REPLACED_BY = select(_LATER.id).where(_LATER.replaces_id == Narrative.id).scalar_subquery().label("replaced_by")


def add_narrative(session: Session, row: NarrativeRow) -> None:
    """Store a narrative."""
    session.execute(
        insert(Narrative).values(
            id=row.id,
            partner_id=row.partner,
            person_id=row.person,
            day=row.day,
            status=row.status,
            version=row.version,
            replaces_id=row.replaces,
            sealed=row.sealed,
        )
    )


def set_narrative(session: Session, row: NarrativeRow) -> None:
    """Replace day, status, version and text of a narrative that was locked."""
    session.execute(
        update(Narrative)
        .where(Narrative.id == row.id)
        .values(day=row.day, status=row.status, version=row.version, sealed=row.sealed)
    )


def delete_narrative(session: Session, narrative: UUID) -> None:
    """Delete a draft."""
    session.execute(delete(Narrative).where(Narrative.id == narrative))


def add_version(session: Session, row: VersionRow) -> None:
    """Add a version."""
    session.execute(
        insert(NarrativeVersion).values(
            id=row.id,
            partner_id=row.partner,
            person_id=row.person,
            narrative_id=row.narrative,
            version=row.version,
            day=row.day,
            sealed=row.sealed,
        )
    )


def list_approved(session: Session, *, recorded_until: date) -> tuple[RecordRow, ...]:
    """Approved narratives of the entered partner known on a day, also those that were corrected later."""
    return _list_approved(session, _select_approved(recorded_until))


def list_standing(session: Session, *, recorded_until: date) -> tuple[RecordRow, ...]:
    """Those of ``list_approved`` that no other one had taken the place of by that day."""
    later = exists().where(
        _LATER.replaces_id == Narrative.id, _LATER.status == "approved", _LATER.day <= recorded_until
    )
    return _list_approved(session, _select_approved(recorded_until).where(~later))


def list_corrections(session: Session) -> dict[UUID, UUID]:
    """For each approved narrative of the entered partner that corrects another one: that one."""
    query = select(Narrative.id, Narrative.replaces_id)
    rows = session.execute(query.where(Narrative.status == "approved", Narrative.replaces_id.is_not(None)))
    return {row.id: row.replaces_id for row in rows}


def get_person_file(session: Session, person: UUID) -> PersonFile:
    """A living person of the entered partner. Raises NotFound."""
    row = session.execute(
        select(*_PERSON, _CASEWORKERS, _EMAILS).where(Person.id == person, Person.status == "active")
    ).one_or_none()
    if row is None:
        raise NotFound("person", str(person))
    return PersonFile(**_read_person(row))


def get_narrative_file(session: Session, narrative: UUID, *, lock: bool = False) -> NarrativeFile:
    """A narrative of a living person of the entered partner. Raises NotFound.

    ``lock`` lets nobody else change the narrative until the transaction ends.
    """
    query = (
        select(*_NARRATIVE, *_PERSON, _CASEWORKERS, _EMAILS, _REPLACED_BY)
        .join(Person, Person.id == Narrative.person_id)
        .where(Narrative.id == narrative, Person.status == "active")
    )
    row = session.execute(query.with_for_update(of=Narrative) if lock else query).one_or_none()
    if row is None:
        raise NotFound("narrative", str(narrative))
    return NarrativeFile(**_read_person(row), row=_read_narrative(row), replaced_by=row.replaced_by)


def list_of_person(session: Session, person: UUID, *, limit: int, offset: int = 0) -> tuple[ListedNarrative, ...]:
    """Narratives of a person, newest first."""
    query = _select_listed().where(Narrative.person_id == person).order_by(Narrative.day.desc(), Narrative.id)
    return _list_listed(session, query.limit(limit).offset(offset))


def list_submitted(session: Session, *, limit: int, offset: int = 0) -> tuple[ListedNarrative, ...]:
    """Narratives of the entered partner that wait for a second person, those that wait longest first."""
    query = _select_listed().where(Narrative.status == "submitted").order_by(Narrative.day, Narrative.id)
    return _list_listed(session, query.limit(limit).offset(offset))


def list_told(session: Session, start: date, end: date) -> tuple[ListedNarrative, ...]:
    """Narratives of the entered partner that were handed in, whose last step lies in these days, newest first."""
    handed_in = Narrative.status != "draft"
    query = _select_listed().where(handed_in, Narrative.day.between(start, end))
    return _list_listed(session, query.order_by(Narrative.day.desc(), Narrative.id))


def list_versions(session: Session, narratives: Collection[UUID]) -> tuple[VersionRow, ...]:
    """The versions of these narratives, in their order."""
    columns = (
        NarrativeVersion.id,
        NarrativeVersion.partner_id,
        NarrativeVersion.person_id,
        NarrativeVersion.narrative_id,
        NarrativeVersion.version,
        NarrativeVersion.day,
        NarrativeVersion.sealed,
    )
    query = select(*columns).where(NarrativeVersion.narrative_id.in_(narratives)).order_by(NarrativeVersion.version)
    return tuple(VersionRow(*row) for row in session.execute(query))


def list_emails(session: Session) -> dict[UUID, str]:
    """The e-mail address of every account."""
    return _read_emails(session.scalar(select(_EMAILS)))


def list_surroundings(session: Session, person: UUID, narrative: UUID) -> tuple[SealedRow, ...]:
    """A person's services and case records, and the versions of a narrative, in one statement."""
    query = union_all(
        *(
            select(literal(table.__tablename__), table.id, table.partner_id, table.sealed).where(condition)
            for table, condition in (
                (ServiceRecord, ServiceRecord.person_id == person),
                (CaseRecord, CaseRecord.person_id == person),
                (NarrativeVersion, NarrativeVersion.narrative_id == narrative),
            )
        )
    )
    return tuple(SealedRow(*row) for row in session.execute(query.order_by("id")))


def _select_approved(recorded_until: date) -> Select[*tuple[Any, ...]]:
    return (
        select(Narrative.id, Narrative.partner_id, Narrative.person_id, Narrative.day, Narrative.sealed)
        .where(Narrative.day <= recorded_until, Narrative.status == "approved")
        .order_by(Narrative.id)
    )


def _list_approved(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[RecordRow, ...]:
    return tuple(RecordRow(*row) for row in session.execute(query))


def _select_listed() -> Select[*tuple[Any, ...]]:
    replaced = exists().where(_LATER.replaces_id == Narrative.id, _LATER.status == "approved").label("replaced")
    return (
        select(*_NARRATIVE, Person.code, replaced)
        .join(Person, Person.id == Narrative.person_id)
        .where(Person.status == "active")
    )


def _list_listed(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[ListedNarrative, ...]:
    rows = session.execute(query)
    return tuple(ListedNarrative(_read_narrative(row), row.code, row.replaced) for row in rows)


def _read_narrative(row: Row[*tuple[Any, ...]]) -> NarrativeRow:
    values: tuple[Any, ...] = row[: len(_NARRATIVE)]
    return NarrativeRow(*values)


def _read_person(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "person": PersonRow(row.p_id, row.p_partner, row.p_code, row.p_key, row.p_enrolled, row.p_sealed),
        "caseworkers": frozenset(row.caseworkers or ()),
        "emails": _read_emails(row.emails),
    }


def _read_emails(found: Mapping[str, str] | None) -> dict[UUID, str]:
    return {UUID(account): email for account, email in (found or {}).items()}
