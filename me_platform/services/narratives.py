"""Use cases of progress narratives: write and save, submit, return, approve, correct.

draft -> submitted -> approved, or returned and submitted again. Only its author changes a draft or what was returned;
a manager who did not write it returns or approves. An approved narrative never changes: a correction is a narrative
of its own that takes its place once it is approved as well (docs/decisions/0019).

Each use case enters the partner, asks the rule book with those who work with the person, and notes its deed in one
transaction. What is said to be saved has been committed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action, Role
from me_platform.errors import InputInvalid, NotFound, NotPermitted, VersionStale
from me_platform.exchange.records import Record, choose_standing, decode_record
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import (
    NARRATIVE_SIZE,
    VERSION_SIZE,
    HistoryStep,
    NarrativeText,
    Origin,
    decode_narrative,
    decode_step,
    encode_narrative,
    encode_step,
)
from me_platform.services.people import Profile, Service, make_service
from me_platform.services.seats import Seat
from me_platform.storage.narratives import (
    ListedNarrative,
    NarrativeFile,
    NarrativeRow,
    PersonFile,
    SealedRow,
    VersionRow,
    add_narrative,
    add_version,
    delete_narrative,
    get_narrative_file,
    get_person_file,
    list_emails,
    list_of_person,
    list_submitted,
    list_surroundings,
    set_narrative,
)
from me_platform.storage.partners import get_partner
from me_platform.storage.people import PersonRow, get_person
from me_platform.storage.tenancy import enter_partner

DRAFT, SUBMITTED, RETURNED, APPROVED = "draft", "submitted", "returned", "approved"
OPEN = frozenset({DRAFT, RETURNED})
"""States in which the author may write."""

PAGE = 50
"""Narratives a page of a list shows."""

LONGEST_COMMENT = 2000
"""Characters of a reviewer's comment."""


@dataclass(frozen=True)
class Stamp:
    """Which state of a narrative a form shows: the version it was loaded with, and the page it is on.

    ``sitting`` is a random word of that page and ``turn`` counts its saves, so that a page whose answer got lost on
    the way is not taken for another one.
    """

    version: int
    sitting: str = ""
    turn: int = 0


@dataclass(frozen=True)
class Coding:
    """The themes a reader found in a narrative, and the version of the code book they are from (R30)."""

    themes: tuple[str, ...]
    code_book: str


@dataclass(frozen=True)
class Saved:
    """What stands after a save."""

    version: int
    at: datetime | None


@dataclass(frozen=True)
class PersonCard:
    """How a person is called in a narrative (N1, N3)."""

    id: UUID
    code: str
    term: str
    language: str
    enrolled: date


@dataclass(frozen=True)
class Recorded:
    """What is on record and not written again: services (N8), referrals (N17), the legal checklist (N18).

    ``decisions`` are those told to staff, in the order of their days (N4); others staff do not see (1.10).
    """

    services: tuple[Service, ...] = ()
    referrals: tuple[Mapping[str, Any], ...] = ()
    checklist: Mapping[str, Any] | None = None
    decisions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A narrative as its reader may see it.

    ``restricted`` says whether the restricted parts (N22, N26) are in it; ``own`` whether the reader wrote it.
    ``emails`` names accounts; ``history`` is oldest first.
    """

    id: UUID
    person: PersonCard
    status: str
    version: int
    day: date
    text: NarrativeText
    origin: Origin
    own: bool
    restricted: bool
    replaces: UUID | None
    replaced_by: UUID | None
    recorded: Recorded
    history: tuple[HistoryStep, ...]
    emails: Mapping[UUID, str]

    @property
    def writable(self) -> bool:
        """Whether the reader may go on writing."""
        return self.own and self.status in OPEN


@dataclass(frozen=True)
class Entry:
    """A line of a list of narratives; ``told`` is the last day the narrative tells of."""

    id: UUID
    person: UUID
    code: str
    status: str
    version: int
    day: date
    told: date
    stage: str
    author: str
    own: bool
    replaced: bool


@dataclass(frozen=True)
class Shelf:
    """A page of a list; ``person`` is whose narratives they are, where they are one person's."""

    entries: tuple[Entry, ...]
    more: bool
    person: PersonCard | None = None


@dataclass(frozen=True)
class Started:
    """A new draft, or the reader's own ones that are open already (``open``, newest first)."""

    new: UUID | None
    open: tuple[Entry, ...] = ()


def write_narrative(office: Office, partner_code: str, person_code: str, narrative: NarrativeText) -> UUID:
    """Store an approved progress narrative of a person (command line). Raises NotFound, InputInvalid."""
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        person = get_person(session, person_code)
        key = office.vault.get_person(partner.id, person.id).data_key
        row = _make_row(office, person, key, narrative, Origin(), APPROVED)
        add_narrative(session, row)
        session.commit()
        return row.id


def list_narratives(office: Office, seat: Seat, person: UUID, page: int = 0) -> Shelf:
    """A person's narratives, newest first; pages count from 0. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        file = _enter_person(session, seat, person)
        found = list_of_person(session, person, limit=PAGE + 1, offset=page * PAGE)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "narratives", person)
        session.commit()
    entries = _list_entries(office, seat, found[:PAGE], file.emails)
    return Shelf(entries, len(found) > PAGE, _make_card(_find_key(office, file.person), file.person))


def start_narrative(office: Office, seat: Seat, person: UUID, *, another: bool = False) -> Started:
    """Begin a draft about the days since the last narrative, unless the reader has an open one already.

    ``another`` begins one nevertheless. Raises NotFound, NotPermitted.
    """
    with Session(office.engine) as session:
        file = _enter_person(session, seat, person)
        found = list_of_person(session, person, limit=PAGE)
        entries = _list_entries(office, seat, found, file.emails)
        mine = tuple(each for each in entries if each.own and each.status in OPEN)
        if mine and not another:
            return Started(None, mine)
        today = office.sources.today()
        last = max((each.told for each in entries), default=file.person.enrolled)
        row = _make_row(
            office,
            file.person,
            _find_key(office, file.person),
            NarrativeText(today, since=min(last, today)),
            Origin(seat.user.id, _find_role(seat), saved=office.sources.now()),
            DRAFT,
        )
        add_narrative(session, row)
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "narrative", row.id)
        session.commit()
        return Started(row.id)


def correct_narrative(office: Office, seat: Seat, person: UUID, narrative: UUID) -> UUID:
    """Begin a correction of an approved narrative, or find the reader's own that is under way.

    Raises NotFound, NotPermitted, also where it is not approved or somebody else is correcting it.
    """
    with Session(office.engine) as session:
        file = _enter_narrative(session, seat, narrative, person, lock=True)
        if file.row.status != APPROVED:
            raise NotPermitted(Action.WRITE_NARRATIVE.value)
        if file.replaced_by:
            return file.replaced_by
        key = _find_key(office, file.person)
        text, origin = _open(file.row, key)
        if not _reads_restricted(seat, origin):
            text = text.hide_restricted()
        row = _make_row(
            office,
            file.person,
            key,
            text.set_checked(finding=False, quote=False),
            Origin(seat.user.id, _find_role(seat), saved=office.sources.now()),
            DRAFT,
            replaces=narrative,
        )
        add_narrative(session, row)
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "narrative", row.id)
        session.commit()
        return row.id


def open_narrative(office: Office, seat: Seat, person: UUID, narrative: UUID) -> Sheet:
    """A narrative of a person, to read or to go on writing. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        file = _enter_narrative(session, seat, narrative, person)
        return _open_sheet(office, session, seat, file)


def save_narrative(
    office: Office,
    seat: Seat,
    person: UUID,
    narrative: UUID,
    text: NarrativeText,
    stamp: Stamp,
    *,
    pause: bool = False,
    submit: bool = False,
) -> Saved:
    """Keep what the author wrote, and hand it in with ``submit``; returns after the commit.

    A save in a pause of writing is noted in the log once a sitting. Raises VersionStale where another page saved
    meanwhile or the narrative is no longer open, InputInvalid where it is too long, NotFound, NotPermitted.
    """
    with Session(office.engine) as session:
        file = _enter_narrative(session, seat, narrative, person, lock=True)
        key = _find_key(office, file.person)
        standing, origin = _open(file.row, key)
        if origin.author != seat.user.id:
            raise NotPermitted(Action.WRITE_NARRATIVE.value)
        text = text.set_checked(finding=False, quote=False)
        same = text == standing
        if file.row.status not in OPEN:
            raise VersionStale(file.row.version)
        if not _is_fresh(stamp, file.row.version, origin):
            if same and not submit:
                return Saved(file.row.version, origin.saved)
            raise VersionStale(file.row.version)
        if same and not submit and pause:
            return Saved(file.row.version, origin.saved)
        saved = office.sources.now()
        new_sitting = not pause or stamp.sitting != origin.sitting
        changed = replace(
            origin, role=_find_role(seat) or origin.role, sitting=stamp.sitting, turn=stamp.turn, saved=saved
        )
        row = _reseal(office, file.row, key, text, changed, SUBMITTED if submit else file.row.status)
        set_narrative(session, row)
        if submit:
            _keep_step(office, session, row, key, HistoryStep(row.version, SUBMITTED, seat.user.id, saved, "", text))
        if submit or new_sitting:
            deed = Deed.SUBMITTED if submit else Deed.WROTE
            note_deed(office, session, seat.partner, seat.user.id, deed, "narrative", narrative)
        session.commit()
        return Saved(row.version, saved)


def discard_draft(office: Office, seat: Seat, person: UUID, narrative: UUID) -> None:
    """Delete an own draft that was never submitted. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        file = _enter_narrative(session, seat, narrative, person, lock=True)
        _, origin = _open(file.row, _find_key(office, file.person))
        if origin.author != seat.user.id or file.row.status != DRAFT:
            raise NotPermitted(Action.WRITE_NARRATIVE.value)
        delete_narrative(session, narrative)
        note_deed(office, session, seat.partner, seat.user.id, Deed.DISCARDED, "narrative", narrative)
        session.commit()


# -- the second person -------------------------------------------------------------------------------------------------


def list_queue(office: Office, seat: Seat, page: int = 0) -> Shelf:
    """Narratives of the organisation that wait for a second person. Raises NotPermitted."""
    seat.permit(Action.REVIEW_NARRATIVE)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        found = list_submitted(session, limit=PAGE + 1, offset=page * PAGE)
        emails = list_emails(session)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "narratives")
        session.commit()
    return Shelf(_list_entries(office, seat, found[:PAGE], emails), len(found) > PAGE)


def open_for_review(office: Office, seat: Seat, narrative: UUID) -> Sheet:
    """A submitted narrative for its second person. Raises NotFound, NotPermitted, also for the author."""
    seat.permit(Action.REVIEW_NARRATIVE)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        file = get_narrative_file(session, narrative)
        if file.row.status != SUBMITTED or _open(file.row, _find_key(office, file.person))[1].author == seat.user.id:
            raise NotPermitted(Action.REVIEW_NARRATIVE.value)
        return _open_sheet(office, session, seat, file)


def return_narrative(office: Office, seat: Seat, narrative: UUID, version: int, comment: str) -> None:
    """Give a submitted narrative back with a comment. Raises NotFound, NotPermitted, InputInvalid, VersionStale."""
    if not comment.strip():
        raise InputInvalid("A returned narrative needs a comment.")
    _review(office, seat, narrative, version, comment)


def approve_narrative(
    office: Office,
    seat: Seat,
    narrative: UUID,
    version: int,
    comment: str = "",
    *,
    finding: bool = False,
    quote: bool = False,
    coding: Coding | None = None,
) -> None:
    """Approve a submitted narrative: from now on it counts and never changes.

    ``finding`` and ``quote`` are the reviewer's word that nobody can be recognised in them; each text that is there
    needs it. ``coding`` are the themes as the reviewer left them, None where they stay the author's. Raises NotFound,
    NotPermitted, InputInvalid, VersionStale.
    """
    _review(office, seat, narrative, version, comment, _Look(finding, quote, coding))


@dataclass(frozen=True)
class _Look:
    """What the second person found in a narrative that is approved; the fields are those of ``approve_narrative``."""

    finding: bool
    quote: bool
    coding: Coding | None


def _review(office: Office, seat: Seat, narrative: UUID, version: int, comment: str, look: _Look | None = None) -> None:
    """Approve a narrative with what was found in it, or return it without."""
    seat.permit(Action.REVIEW_NARRATIVE)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        file = get_narrative_file(session, narrative, lock=True)
        key = _find_key(office, file.person)
        text, origin = _open(file.row, key)
        if origin.author == seat.user.id:
            raise NotPermitted(Action.REVIEW_NARRATIVE.value)
        if file.row.status != SUBMITTED or file.row.version != version:
            raise VersionStale(file.row.version)
        if look is not None:
            if (text.finding and not look.finding) or (text.quote and not look.quote):
                raise InputInvalid("A finding or quote needs the second person's word that nobody can be recognised.")
            text = text.set_checked(finding=look.finding, quote=look.quote)
            if look.coding is not None and look.coding.themes != text.themes:
                text = text.set_themes(look.coding.themes, look.coding.code_book)
        status = APPROVED if look is not None else RETURNED
        row = _reseal(office, file.row, key, text, replace(origin, comment=comment), status)
        set_narrative(session, row)
        step = HistoryStep(row.version, status, seat.user.id, office.sources.now(), comment, text)
        _keep_step(office, session, row, key, step)
        deed = Deed.APPROVED if look is not None else Deed.RETURNED
        note_deed(office, session, seat.partner, seat.user.id, deed, "narrative", narrative)
        session.commit()


# -- parts -------------------------------------------------------------------------------------------------------------


def _enter_person(session: Session, seat: Seat, person: UUID) -> PersonFile:
    enter_partner(session, seat.partner.id)
    file = get_person_file(session, person)
    seat.permit(Action.WRITE_NARRATIVE, caseworkers=file.caseworkers)
    return file


def _enter_narrative(
    session: Session, seat: Seat, narrative: UUID, person: UUID, *, lock: bool = False
) -> NarrativeFile:
    enter_partner(session, seat.partner.id)
    file = get_narrative_file(session, narrative, lock=lock)
    if file.person.id != person:
        raise NotFound("narrative", str(narrative))
    seat.permit(Action.WRITE_NARRATIVE, caseworkers=file.caseworkers)
    return file


def _is_fresh(stamp: Stamp, version: int, origin: Origin) -> bool:
    """Whether a form shows what stands, or follows a save of its own page whose answer did not arrive."""
    return stamp.version == version or (
        bool(stamp.sitting) and stamp.sitting == origin.sitting and stamp.turn > origin.turn
    )


def _find_role(seat: Seat) -> str:
    """In which role somebody writes here (N2)."""
    held = {membership.role for membership in seat.user.memberships if membership.code == seat.partner.code}
    return next((role.value for role in (Role.CASEWORKER, Role.MANAGER) if role in held), "")


def _reads_restricted(seat: Seat, origin: Origin) -> bool:
    return origin.author == seat.user.id or seat.may(Action.REVIEW_NARRATIVE)


def _find_key(office: Office, person: PersonRow) -> bytes:
    return office.vault.get_person(person.partner, person.id).data_key


def _open(row: NarrativeRow, key: bytes) -> tuple[NarrativeText, Origin]:
    return decode_narrative(open_with_key(key, row.sealed, Place("narrative", row.id, row.partner)))


def _make_row(
    office: Office,
    person: PersonRow,
    key: bytes,
    text: NarrativeText,
    origin: Origin,
    status: str,
    replaces: UUID | None = None,
) -> NarrativeRow:
    narrative = office.sources.new_id()
    row = NarrativeRow(narrative, person.partner, person.id, office.sources.today(), status, 0, b"", replaces)
    return _reseal(office, row, key, text, origin, status)


def _reseal(
    office: Office, row: NarrativeRow, key: bytes, text: NarrativeText, origin: Origin, status: str
) -> NarrativeRow:
    """The next version of a row."""
    sealed = seal_with_key(
        key,
        encode_narrative(text, origin),
        Place("narrative", row.id, row.partner),
        office.sources.random,
        NARRATIVE_SIZE,
    )
    return replace(row, day=office.sources.today(), status=status, version=row.version + 1, sealed=sealed)


def _keep_step(office: Office, session: Session, row: NarrativeRow, key: bytes, step: HistoryStep) -> None:
    place = Place("narrative_version", office.sources.new_id(), row.partner)
    sealed = seal_with_key(key, encode_step(step), place, office.sources.random, VERSION_SIZE)
    add_version(session, VersionRow(place.row, row.partner, row.person, row.id, row.version, row.day, sealed))


def _open_sheet(office: Office, session: Session, seat: Seat, file: NarrativeFile) -> Sheet:
    """Read and open what belongs to a narrative, and note that it was opened; ends the transaction."""
    around = list_surroundings(session, file.person.id, file.row.id)
    note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "narrative", file.row.id)
    session.commit()
    key = _find_key(office, file.person)
    text, origin = _open(file.row, key)
    history = sorted(_list_steps(key, around), key=lambda step: step.version)
    restricted = _reads_restricted(seat, origin)
    if not restricted:
        text = text.hide_restricted()
        history = [replace(step, text=step.text.hide_restricted()) for step in history]
    return Sheet(
        id=file.row.id,
        person=_make_card(key, file.person),
        status=file.row.status,
        version=file.row.version,
        day=file.row.day,
        text=text,
        origin=origin,
        own=origin.author == seat.user.id,
        restricted=restricted,
        replaces=file.row.replaces,
        replaced_by=file.replaced_by,
        recorded=_make_recorded(key, around, text),
        history=tuple(history),
        emails=file.emails,
    )


def _open_around(key: bytes, around: tuple[SealedRow, ...], table: str) -> dict[UUID, bytes]:
    return {
        row.id: open_with_key(key, row.sealed, Place(table, row.id, row.partner))
        for row in around
        if row.table == table
    }


def _list_steps(key: bytes, around: tuple[SealedRow, ...]) -> list[HistoryStep]:
    return [decode_step(data) for data in _open_around(key, around, "narrative_version").values()]


def _make_recorded(key: bytes, around: tuple[SealedRow, ...], text: NarrativeText) -> Recorded:
    """What is on record of the days the narrative tells of, and the checklist as it last stood by then."""

    def is_told(day: date) -> bool:
        return (text.since is None or text.since <= day) and day <= text.date

    services = (make_service(json.loads(data)) for data in _open_around(key, around, "service_record").values())
    records: dict[UUID, Record] = {
        place: decode_record(data) for place, data in _open_around(key, around, "case_record").items()
    }
    standing = sorted(choose_standing(records).values(), key=lambda record: record.day)
    lists = [record.content for record in standing if record.kind == "checklist" and record.day <= text.date]
    return Recorded(
        services=tuple(sorted((each for each in services if is_told(each.date)), key=lambda each: each.date)),
        referrals=tuple(each.content for each in standing if each.kind == "referral" and is_told(each.day)),
        checklist=lists[-1] if lists else None,
        decisions=tuple({**each.content, "day": each.day} for each in standing if each.kind == "decision"),
    )


def _make_card(key: bytes, person: PersonRow) -> PersonCard:
    place = Place("person", person.id, person.partner)
    profile = Profile(**json.loads(open_with_key(key, person.sealed, place)))
    return PersonCard(person.id, person.code, profile.term, profile.language, person.enrolled)


def _list_entries(
    office: Office, seat: Seat, found: tuple[ListedNarrative, ...], emails: Mapping[UUID, str]
) -> tuple[Entry, ...]:
    """The lines of a list. Somebody whose keys were destroyed this minute is in none."""
    keys = office.vault.list_people(seat.partner.id)
    entries = []
    for each in found:
        if each.row.person not in keys:
            continue
        text, origin = _open(each.row, keys[each.row.person].data_key)
        entries.append(
            Entry(
                id=each.row.id,
                person=each.row.person,
                code=each.code,
                status=each.row.status,
                version=each.row.version,
                day=each.row.day,
                told=text.date,
                stage=text.stage,
                author=emails.get(origin.author, "") if origin.author else "",
                own=origin.author == seat.user.id,
                replaced=each.replaced,
            )
        )
    return tuple(entries)
