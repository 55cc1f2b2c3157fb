"""A person's file: open it, enrol a person, correct the profile, add services and records.

Everything asks the rule book with her caseworkers at hand before anything is opened, and each opening and each record
has its line in the audit log. Records are only ever added; a later one takes the place of an earlier one. A form that
is sent twice is written once: its key makes the ids of what it writes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound, RecordReplaced, VersionStale
from me_platform.exchange.records import (
    CASE_BYTES,
    Record,
    check_record,
    choose_standing,
    decode_record,
    encode_record,
)
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.due import Due, Facts, Issue, NarrativeState, list_due, list_surveys
from me_platform.services.instance import Office
from me_platform.services.people import (
    CORRECTED,
    PROFILE_SIZE,
    SERVICE_SIZE,
    Correction,
    Profile,
    Service,
    add_participant,
    choose_services,
    decode_profile,
    encode_profile,
    encode_service,
    list_service_problems,
    make_service,
)
from me_platform.services.records import check_replaced, get_record_kind, make_setting
from me_platform.services.seats import Seat
from me_platform.storage import records
from me_platform.storage.caseloads import CaseloadRow, add_caseload
from me_platform.storage.people import CaseRow, find_case, set_profile
from me_platform.storage.records import FileRow, RecordRow, list_file
from me_platform.storage.tenancy import enter_partner

MOST_CORRECTIONS = 6
"""So many fit into a profile without its length telling that there are any."""


@dataclass(frozen=True)
class ServiceEntry:
    """A service that stands, and the day it was written down."""

    id: UUID
    recorded: date
    service: Service


@dataclass(frozen=True)
class Note:
    """A record that stands; ``earlier`` are those it took the place of, oldest first."""

    id: UUID
    record: Record
    earlier: tuple[Record, ...] = ()


@dataclass(frozen=True)
class PersonHead:
    """Who a form is about."""

    id: UUID
    code: str
    enrolled: date


@dataclass(frozen=True)
class OpenedProfile:
    """A profile as it was ``noted`` at enrolment and with what was corrected since; ``version`` names its state."""

    head: PersonHead
    noted: Profile
    profile: Profile
    version: int


@dataclass(frozen=True)
class PersonFile:
    """Everything the caseworker's page shows of a person.

    ``caseworkers`` are e-mail addresses by account, ``notes`` the records that stand, by kind, latest first.
    """

    head: PersonHead
    profile: Profile
    caseworkers: Mapping[UUID, str]
    due: tuple[Due, ...]
    ended: date | None
    services: tuple[ServiceEntry, ...]
    notes: Mapping[str, tuple[Note, ...]]
    narratives: tuple[NarrativeState, ...]
    issues: tuple[Issue, ...]

    voided: tuple[ServiceEntry, ...] = ()
    """Services that were taken out as written down by mistake."""
    replaced: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    """The ids that each record or service took the place of."""

    def get_note(self, kind: str, record: UUID) -> Note:
        """The record that stands of the one with this id, or took its place. Raises NotFound."""
        for note in self.notes.get(kind, ()):
            if record == note.id or record in self.replaced.get(note.id, ()):
                return note
        raise NotFound("record", str(record))

    def get_service(self, record: UUID) -> ServiceEntry:
        """The service that stands of the one with this id, or took its place. Raises NotFound."""
        for entry in (*self.services, *self.voided):
            if record == entry.id or record in self.replaced.get(entry.id, ()):
                return entry
        raise NotFound("record", str(record))


@dataclass
class Folder:
    """What lies in one person's file, opened."""

    services: dict[UUID, Service] = field(default_factory=dict)
    recorded: dict[UUID, date] = field(default_factory=dict)
    records: dict[UUID, Record] = field(default_factory=dict)
    narratives: list[NarrativeState] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def make_facts(self, case: CaseRow, profile: Profile) -> Facts:
        """What decides what is due."""
        return Facts(
            enrolled=case.person.enrolled,
            age_band=profile.age_band,
            services=tuple(choose_services(self.services).values()),
            records=choose_standing(self.records),
            narratives=tuple(self.narratives),
            issues=tuple(self.issues),
        )


def open_folder(rows: Iterable[FileRow], data_key: bytes) -> Folder:
    """Open one person's services and records with her data key. Raises SealBroken."""
    folder = Folder()
    for row in rows:
        match row.table:
            case "service_record":
                data = open_with_key(data_key, row.sealed, Place(row.table, row.id, row.partner))
                folder.services[row.id] = make_service(json.loads(data))
                folder.recorded[row.id] = row.day
            case "case_record":
                data = open_with_key(data_key, row.sealed, Place(row.table, row.id, row.partner))
                folder.records[row.id] = decode_record(data)
            case "narrative":
                folder.narratives.append(NarrativeState(row.id, row.status, row.day))
            case _:
                folder.issues.append(Issue(row.survey, row.wave, row.day))
    return folder


def take_case(session: Session, seat: Seat, action: Action, person: UUID, *, lock: bool = False) -> CaseRow:
    """A person of the seat's organisation, with whom the user may do this. Enters the organisation.

    Raises NotFound and NotPermitted, which a site answers alike; both have asked the database the same.
    """
    enter_partner(session, seat.partner.id)
    case = find_case(session, person, lock=lock)
    if case is None:
        raise NotFound("person", str(person))
    seat.permit(action, caseworkers=frozenset(case.caseworkers))
    return case


def open_profile(office: Office, case: CaseRow) -> Profile:
    """What was noted of a person. Raises NotFound for a participant whom nobody enrolled: she has no file."""
    key = office.vault.get_person(case.person.partner, case.person.id).data_key
    place = Place("person", case.person.id, case.person.partner)
    profile = decode_profile(open_with_key(key, case.person.sealed, place))
    if profile.card:
        raise NotFound("person", str(case.person.id))
    return profile


def make_once_id(office: Office, seat: Seat, key: str, what: str, person: UUID | None = None) -> UUID:
    """The id of what a form writes: the same for the same form (its ``key``), account and person, and unguessable."""
    parts = (what, str(seat.partner.id), str(seat.user.id), str(person or ""), key)
    digest = hmac.digest(office.pepper, "|".join(("written once", *parts)).encode(), hashlib.sha256)
    return UUID(bytes=digest[:16], version=4)


# -- reading -----------------------------------------------------------------------------------------------------------


def find_head(office: Office, seat: Seat, action: Action, person: UUID) -> PersonHead:
    """Who a form is about, nothing of her opened. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        return _make_head(take_case(session, seat, action, person))


def open_person(
    office: Office, catalogue: Catalogue, seat: Seat, person: UUID, *, narrative_days: int, action: Action
) -> PersonFile:
    """Open a person's file. Raises NotFound, NotPermitted."""
    today = office.sources.today()
    with Session(office.engine) as session:
        case = take_case(session, seat, action, person)
        profile = open_profile(office, case).correct(today)
        rows = list_file(session, person=person)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "person", person)
        session.commit()
    folder = open_folder(rows, office.vault.get_person(seat.partner.id, person).data_key)
    facts = folder.make_facts(case, profile)
    surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, seat.partner.code, profile.age_band)
    return PersonFile(
        head=_make_head(case),
        profile=profile,
        caseworkers=case.caseworkers,
        due=list_due(surveys, facts, today, narrative_days),
        ended=facts.ended,
        services=_list_services(folder, choose_services(folder.services)),
        notes=_list_notes(folder.records),
        narratives=tuple(sorted(folder.narratives, key=lambda each: (each.day, each.id), reverse=True)),
        issues=tuple(sorted(folder.issues, key=lambda each: each.day, reverse=True)),
        voided=_list_services(folder, _choose_voided(folder.services)),
        replaced=_list_replaced(
            {
                **{place: record.replaces for place, record in folder.records.items()},
                **{
                    place: UUID(service.replaces) if service.replaces else None
                    for place, service in folder.services.items()
                },
            }
        ),
    )


def get_profile(office: Office, seat: Seat, person: UUID) -> OpenedProfile:
    """Open a person's profile, to change it. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.WRITE_RECORD, person)
        noted = open_profile(office, case)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "profile", person)
        session.commit()
    profile = noted.correct(office.sources.today())
    return OpenedProfile(_make_head(case), noted, profile, _compute_version(case.person.sealed))


def _make_head(case: CaseRow) -> PersonHead:
    return PersonHead(case.person.id, case.person.code, case.person.enrolled)


def _list_services(folder: Folder, chosen: Mapping[UUID, Service]) -> tuple[ServiceEntry, ...]:
    entries = (ServiceEntry(place, folder.recorded[place], service) for place, service in chosen.items())
    return tuple(sorted(entries, key=lambda entry: (entry.service.date, entry.id), reverse=True))


def _choose_voided(services: Mapping[UUID, Service]) -> dict[UUID, Service]:
    replaced = {service.replaces for service in services.values()}
    return {place: each for place, each in services.items() if each.void and str(place) not in replaced}


def _list_notes(found: Mapping[UUID, Record]) -> Mapping[str, tuple[Note, ...]]:
    replaced = _list_replaced({place: record.replaces for place, record in found.items()})
    notes: dict[str, list[Note]] = {}
    for place, record in choose_standing(found).items():
        earlier = tuple(found[each] for each in reversed(replaced.get(place, ())))
        notes.setdefault(record.kind, []).append(Note(place, record, earlier))
    return {
        kind: tuple(sorted(each, key=lambda note: (note.record.day, note.id), reverse=True))
        for kind, each in notes.items()
    }


def _list_replaced(replaces: Mapping[UUID, UUID | None]) -> dict[UUID, tuple[UUID, ...]]:
    """The chain of those that each took the place of, the latest first."""
    chains: dict[UUID, tuple[UUID, ...]] = {}
    for place in replaces:
        chain: list[UUID] = []
        before = replaces[place]
        while before is not None and before in replaces and before not in chain:
            chain.append(before)
            before = replaces[before]
        if chain:
            chains[place] = tuple(chain)
    return chains


# -- writing -----------------------------------------------------------------------------------------------------------


def enrol(office: Office, seat: Seat, profile: Profile, key: str) -> PersonHead:
    """Enrol a person, into the caseload of whoever enrols her. Raises NotPermitted."""
    seat.permit(Action.ENROL_PERSON)
    person = make_once_id(office, seat, key, "person")
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        if find_case(session, person) is None:
            add_participant(office, session, seat.partner, profile, person)
            add_caseload(session, CaseloadRow(office.sources.new_id(), seat.partner.id, person, seat.user.id))
            note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "person", person)
        case = find_case(session, person)
        session.commit()
    if case is None:
        raise NotFound("person", str(person))
    return _make_head(case)


def change_profile(office: Office, seat: Seat, person: UUID, wanted: Profile, version: int) -> None:
    """Change what may change of a profile, and note what was wrong at enrolment as corrections of today (R11).

    ``wanted`` is the profile as it should read today; ``version`` names the state it was made from. Raises
    VersionStale, InputInvalid after too many corrections, NotFound, NotPermitted.
    """
    today = office.sources.today()
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.WRITE_RECORD, person, lock=True)
        noted = open_profile(office, case)
        if _compute_version(case.person.sealed) != version:
            raise VersionStale(_compute_version(case.person.sealed))
        stands = noted.correct(today)
        found = tuple(
            Correction(today, name, getattr(wanted, name))
            for name in CORRECTED
            if getattr(wanted, name) != getattr(stands, name)
        )
        kept = tuple(
            each for each in noted.corrections if (each.day, each.name) not in {(c.day, c.name) for c in found}
        )
        if len(kept + found) > MOST_CORRECTIONS:
            raise InputInvalid("What was noted at enrolment was corrected too often.")
        changed = replace(noted, term=wanted.term, speaks=wanted.speaks, corrections=kept + found)
        data_key = office.vault.get_person(seat.partner.id, person).data_key
        place = Place("person", person, seat.partner.id)
        sealed = seal_with_key(data_key, encode_profile(changed), place, office.sources.random, PROFILE_SIZE)
        set_profile(session, person, sealed, before=case.person.sealed)
        note_deed(office, session, seat.partner, seat.user.id, Deed.CHANGED, "profile", person)
        session.commit()


def write_service(
    office: Office, seat: Seat, person: UUID, service: Service, key: str, *, page: UUID | None = None
) -> None:
    """Add a service given to a person, or one that takes the place of another.

    ``page`` is the service whose page was opened to say what takes its place: one of hers, like that one.
    Raises InputInvalid, RecordReplaced, NotFound, NotPermitted.
    """
    problems = tuple(list_service_problems(service, office.sources.today()))
    if problems:
        raise InputInvalid(*problems)
    place = Place("service_record", make_once_id(office, seat, key, "service", person), seat.partner.id)
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.WRITE_RECORD, person, lock=True)
        open_profile(office, case)
        data_key = office.vault.get_person(seat.partner.id, person).data_key
        if service.replaces:
            rows = records.list_services(session, recorded_until=office.sources.today(), person=person)
            known = open_folder(_as_file(rows, "service_record"), data_key).services
            if page is not None and page not in known:
                raise NotFound("record", str(page))
            if not _may_replace_service(known, service, place.row):
                return
        sealed = seal_with_key(data_key, encode_service(service), place, office.sources.random, SERVICE_SIZE)
        row = RecordRow(place.row, seat.partner.id, person, office.sources.today(), sealed)
        if records.add_service(session, row):
            note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "service", place.row)
        session.commit()


def write_record(
    office: Office,
    catalogue: Catalogue,
    seat: Seat,
    person: UUID,
    kind: str,
    content: Mapping[str, object],
    key: str,
    *,
    page: UUID | None = None,
) -> None:
    """Check and add a record about a person; ``replaces`` of its content names the one it takes the place of.

    ``page`` is the record whose page was opened to say what follows on it: one of hers, of the same kind.
    Raises ContentInvalid, InputInvalid, RecordReplaced, NotFound, NotPermitted.
    """
    record = check_record(content, get_record_kind(kind), make_setting(office, catalogue))
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.WRITE_RECORD, person, lock=True)
        open_profile(office, case)
        own = make_once_id(office, seat, key, kind, person)
        if add_record(office, session, seat, person, record, own, page=page):
            session.commit()


def add_record(
    office: Office,
    session: Session,
    seat: Seat,
    person: UUID,
    record: Record,
    place_id: UUID,
    *,
    page: UUID | None = None,
) -> bool:
    """Seal and add a record within the caller's transaction, with its line in the log. False where it is there.

    ``page`` as of ``write_record``.
    """
    data_key = office.vault.get_person(seat.partner.id, person).data_key
    if record.replaces:
        rows = records.list_case_records(session, recorded_until=office.sources.today(), person=person)
        known = open_folder(_as_file(rows), data_key).records
        hers = {place for place, each in known.items() if each.kind == record.kind}
        if page is not None and not {page, record.replaces} <= hers:
            raise NotFound("record", str(page))
        try:
            check_replaced(record, known)
        except RecordReplaced as replaced:
            if UUID(replaced.by) == place_id:
                return False
            raise
    place = Place("case_record", place_id, seat.partner.id)
    sealed = seal_with_key(data_key, encode_record(record), place, office.sources.random, CASE_BYTES)
    row = RecordRow(place.row, seat.partner.id, person, office.sources.today(), sealed)
    if not records.add_case_record(session, row):
        return False
    note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, record.kind, place.row)
    return True


def _may_replace_service(known: Mapping[UUID, Service], service: Service, own: UUID) -> bool:
    """Whether what is replaced stands; False where this very service took its place before."""
    if UUID(service.replaces) not in known:
        raise NotFound("record", service.replaces)
    for place, other in known.items():
        if other.replaces == service.replaces and place != own:
            raise RecordReplaced(service.replaces, str(place))
    return own not in known


def _as_file(rows: Iterable[RecordRow], table: str = "case_record") -> Iterable[FileRow]:
    return (FileRow(table, row.id, row.partner, row.person, row.recorded, row.sealed, "", "", "") for row in rows)


def _compute_version(sealed: bytes) -> int:
    """A number that names this very blob: every sealing makes other bytes."""
    return int.from_bytes(hashlib.sha256(sealed).digest()[:6], "big")
