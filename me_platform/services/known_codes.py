"""Codes that were issued, as staff may know them: listed, revoked, issued again, ended; and issued to all who are due.

Nobody here can tell a code's letters or whether it was used: what is offered and done is the same for a used one
(privacy-and-safety 1.10). A code is named by its id, what was issued together by the batch's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound
from me_platform.exchange.activity_records import ActivityRecord, make_record
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.codes import READ_ALOUD
from me_platform.services.doors import BOTH, PERSONAL, ROOM, IssuedDoor, Order, issue, issue_batch
from me_platform.services.due import DueKind, list_due, list_surveys
from me_platform.services.guardians import find_standing, may_be_asked
from me_platform.services.importing import open_activity
from me_platform.services.instance import Office
from me_platform.services.people import decode_profile
from me_platform.services.person_file import make_once_id, open_folder, open_profile, take_case
from me_platform.services.seats import Seat
from me_platform.storage.activities import list_activities
from me_platform.storage.doors import KnownDoorRow, expire_doors, list_doors, revoke_doors
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.people import PersonRow, list_cases, list_people
from me_platform.storage.records import list_file
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Survey
from me_platform.surveys.waves import SESSION

SHOWN = timedelta(days=60)
"""How far back the staff site lists cards and room codes."""

ASKED_BY_CARD = frozenset({"survivor", "participant"})
"""Who answers the surveys that cards may open: not staff."""

_LETTERS = READ_ALOUD[:22]


class CodeState(StrEnum):
    """What staff may know of a code; whether it was used they may not (privacy-and-safety 1.10)."""

    ISSUED = "issued"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class KnownCode:
    """A code without its letters. ``id`` names it, ``mark`` stands on its card: a letter for the batch, a number.

    ``waves`` are those it opens one after the other, ``places`` how many people may use it; ``person`` is the code of
    the person it was handed to, empty for cards and rooms. It may be used up to and on ``until``.
    """

    id: UUID
    batch: UUID
    number: int
    kind: str
    survey: str
    waves: tuple[str, ...]
    issued: date
    until: date
    state: CodeState
    person: str
    places: int
    activity: UUID | None

    @property
    def mark(self) -> str:
        """What names the card beside its batch: nothing that tells anything."""
        return make_mark(self.batch, self.number)

    @property
    def wave(self) -> str:
        """The wave as it is ordered: ``both`` where the code opens two."""
        return BOTH if len(self.waves) > 1 else self.waves[0]


@dataclass(frozen=True)
class CardChoices:
    """What cards can be issued for: surveys the plans let the organisation ask, its activities, latest first."""

    surveys: tuple[Survey, ...]
    activities: dict[UUID, ActivityRecord]


@dataclass(frozen=True)
class CardsOrder:
    """What somebody wants issued on the staff site; ``wave`` as of ``issue_doors``, ``number`` of cards or places."""

    survey: str
    kind: str
    number: int
    wave: str = ""
    activity: UUID | None = None


def make_mark(batch: UUID, number: int) -> str:
    """A letter by the batch and the card's number in it, as ``K7``."""
    return f"{_LETTERS[batch.int % len(_LETTERS)]}{number}"


def make_codes(doors: Iterable[KnownDoorRow], today: date) -> tuple[KnownCode, ...]:
    """The codes that doors belong to, in their order; doors of one code stand together."""
    return tuple(
        _make_code(list(rows), today) for _, rows in groupby(doors, key=lambda door: (door.batch, door.number))
    )


def _make_code(rows: list[KnownDoorRow], today: date) -> KnownCode:
    first = rows[0]
    room = first.kind == ROOM
    waves = {row.wave for row in rows}
    state = CodeState.EXPIRED if first.expires < today else CodeState.ISSUED
    return KnownCode(
        # Whatever the order of its doors, the code's name stays.
        id=min((row.id for row in rows if row.id == first.batch), default=min(row.id for row in rows)),
        batch=first.batch,
        number=first.number,
        kind=first.kind,
        survey=first.survey,
        waves=tuple(sorted(waves, key=lambda wave: (wave != SESSION[0], wave))),
        issued=first.issued,
        until=first.expires,
        state=CodeState.REVOKED if first.revoked else state,
        person=first.code if first.kind == PERSONAL else "",
        places=len(rows) if room else 1,
        activity=first.activity,
    )


# -- on the command line -----------------------------------------------------------------------------------------------


def list_codes(office: Office, partner_code: str, survey: str = "", person: str = "") -> tuple[KnownCode, ...]:
    """Every code a partner issued, newest first; of one survey or person where named. Raises NotFound."""
    with Session(office.engine) as session:
        partner = _enter(session, partner_code)
        found = make_codes(list_doors(session), office.sources.today())
        note_deed(office, session, partner, None, Deed.OPENED, "doors")
        session.commit()
    return tuple(each for each in found if survey in {"", each.survey} and person.upper() in {"", each.person})


def revoke_codes(office: Office, partner_code: str, named: Collection[UUID]) -> tuple[KnownCode, ...]:
    """Revoke codes, each by its id or all of a batch by the batch's; returns those that are revoked now.

    Whoever is answering with one cannot send. Raises NotFound.
    """
    with Session(office.engine) as session:
        partner = _enter(session, partner_code)
        rows, codes = _choose(session, office, named)
        _revoke(office, session, partner, None, rows, named)
        session.commit()
    return codes


def expire_codes(
    office: Office, partner_code: str, named: Collection[UUID] = (), survey: str = ""
) -> tuple[KnownCode, ...]:
    """End codes that nobody has opened: those named, else all of a survey, else all. Returns those that ended now.

    Who has opened one may still send. Raises NotFound.
    """
    today = office.sources.today()
    with Session(office.engine) as session:
        partner = _enter(session, partner_code)
        if named:
            rows, codes = _choose(session, office, named)
        else:
            rows = list_doors(session, since=today - SHOWN)
            codes = make_codes(rows, today)
        ended = tuple(each for each in codes if each.state is CodeState.ISSUED and survey in {"", each.survey})
        keys = {(each.batch, each.number) for each in ended}
        doors = [row.id for row in rows if (row.batch, row.number) in keys]
        expire_doors(session, doors, today - timedelta(days=1))
        for batch in dict.fromkeys(each.batch for each in ended):
            note_deed(office, session, partner, None, Deed.ENDED_CODES, "door", batch)
        session.commit()
    return ended


def reissue_codes(
    office: Office, catalogue: Catalogue, partner_code: str, named: Collection[UUID]
) -> tuple[IssuedDoor, ...]:
    """Revoke codes and issue new ones in their place, for lost cards: same person, survey, wave and activity.

    A room's new code is for as many new people. Raises NotFound, InputInvalid for codes that were revoked before.
    """
    with Session(office.engine) as session:
        partner = _enter(session, partner_code)
        rows, codes = _choose(session, office, named)
        issued = _reissue(office, session, catalogue, partner, None, rows, codes, named, office.sources.new_id)
        session.commit()
    return issued


def issue_due(office: Office, catalogue: Catalogue, partner_code: str, survey: Survey) -> tuple[IssuedDoor, ...]:
    """Issue a code to everybody of a partner who is due for a survey today; an empty tuple where nobody is.

    Raises NotFound, InputInvalid for a survey without windows, SealBroken.
    """
    if not survey.waves or survey.session:
        raise InputInvalid(f"--due: the survey '{survey.id}' has no waves with windows, so that nobody is due for it.")
    today = office.sources.today()
    with Session(office.engine) as session:
        partner = _enter(session, partner_code)
        due = _list_due_people(office, session, catalogue, partner, survey, today)
        if not due:
            return ()
        order = Order(survey, PERSONAL, office.sources.new_id())
        issued = issue(office, session, order, due)
        note_deed(office, session, partner, None, Deed.HANDED_OVER, "door", order.batch)
        session.commit()
    return issued


def _list_due_people(
    office: Office, session: Session, catalogue: Catalogue, partner: PartnerRow, survey: Survey, today: date
) -> list[PersonRow]:
    keys, files = office.vault.list_people(partner.id), list_file(session)
    due = []
    for case in list_cases(session):
        person = case.person
        if person.id not in keys:
            continue
        data_key = keys[person.id].data_key
        profile = decode_profile(open_with_key(data_key, person.sealed, Place("person", person.id, partner.id)))
        if profile.card:
            continue
        profile = profile.correct(today)
        asked = list_surveys(catalogue.plans.values(), catalogue.surveys, partner.code, profile.age_band)
        folder = open_folder([row for row in files if row.person == person.id], data_key)
        if not may_be_asked(find_standing(folder.records), survey):
            continue
        facts = folder.make_facts(case, profile)
        found = list_due([each for each in asked if each.id == survey.id], facts, today, narrative_days=365)
        if any(each.kind is DueKind.SURVEY for each in found):
            due.append(person)
    return due


# -- on the staff site -------------------------------------------------------------------------------------------------


def list_choices(office: Office, catalogue: Catalogue, seat: Seat) -> CardChoices:
    """What the user may issue cards and room codes for. Raises NotPermitted, SealBroken."""
    seat.permit(Action.ISSUE_CARDS)
    key = office.vault.get_partner_key(seat.partner.id)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        rows = list_activities(session, "", recorded_until=office.sources.today())
    opened = {row.id: make_record(open_activity(key, row)) for row in rows}
    return CardChoices(
        surveys=_list_card_surveys(catalogue, seat.partner.code),
        activities=dict(sorted(opened.items(), key=lambda each: (each[1].last_day, each[1].id), reverse=True)),
    )


def list_cards(office: Office, seat: Seat) -> tuple[KnownCode, ...]:
    """Cards and room codes of the organisation issued lately, newest first. Raises NotPermitted."""
    seat.permit(Action.ISSUE_CARDS)
    today = office.sources.today()
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        rows = [row for row in list_doors(session, since=today - SHOWN) if row.kind != PERSONAL]
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "doors")
        session.commit()
    return make_codes(rows, today)


def issue_cards(
    office: Office, catalogue: Catalogue, seat: Seat, wanted: CardsOrder, key: str
) -> tuple[IssuedDoor, ...]:
    """Issue cards or a room's code. Nothing where this very form (``key``) was sent before: it was answered then.

    Raises NotFound, InputInvalid, NotPermitted.
    """
    seat.permit(Action.ISSUE_CARDS)
    surveys = {survey.id: survey for survey in _list_card_surveys(catalogue, seat.partner.code)}
    if wanted.survey not in surveys:
        raise NotFound("survey", wanted.survey)
    batch = make_once_id(office, seat, key, "cards")
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        order = Order(surveys[wanted.survey], wanted.kind, batch, wanted.wave, wanted.activity)
        issued = issue_batch(office, session, seat.partner, order, wanted.number)
        if issued:
            note_deed(office, session, seat.partner, seat.user.id, Deed.HANDED_OVER, "door", batch)
            session.commit()
    return issued


def revoke_cards(office: Office, seat: Seat, named: UUID) -> None:
    """Revoke a card or room code, or a whole batch. Raises NotFound, also for a person's code, NotPermitted."""
    seat.permit(Action.ISSUE_CARDS)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        rows, _codes = _choose(session, office, [named], personal=False)
        _revoke(office, session, seat.partner, seat.user.id, rows, [named])
        session.commit()


def reissue_cards(office: Office, catalogue: Catalogue, seat: Seat, named: UUID, key: str) -> tuple[IssuedDoor, ...]:
    """Revoke a card or room code, or a batch, and issue what takes its place; nothing for a form sent before.

    Raises NotFound, InputInvalid, NotPermitted.
    """
    seat.permit(Action.ISSUE_CARDS)
    batch = make_once_id(office, seat, key, "cards")
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        if list_doors(session, named=[batch]):
            return ()
        rows, codes = _choose(session, office, [named], personal=False)
        issued = _reissue(office, session, catalogue, seat.partner, seat.user.id, rows, codes, [named], lambda: batch)
        if issued:
            session.commit()
    return issued


def list_handed(office: Office, seat: Seat, person: UUID) -> tuple[KnownCode, ...]:
    """The codes that were handed to a person, newest first. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        open_profile(office, take_case(session, seat, Action.HAND_OVER_CODE, person))
        rows = list_doors(session, person=person)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "doors", person)
        session.commit()
    return make_codes(rows, office.sources.today())


def revoke_handed(office: Office, seat: Seat, person: UUID, named: UUID) -> None:
    """Revoke a code that was handed to a person. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        open_profile(office, take_case(session, seat, Action.HAND_OVER_CODE, person, lock=True))
        rows, _codes = _choose_handed(session, office, person, named)
        _revoke(office, session, seat.partner, seat.user.id, rows, [named])
        session.commit()


def reissue_handed(
    office: Office, catalogue: Catalogue, seat: Seat, person: UUID, named: UUID, key: str
) -> IssuedDoor | None:
    """Revoke a person's code and issue what takes its place; None for a form sent before.

    Raises NotFound, InputInvalid, NotPermitted.
    """
    batch = make_once_id(office, seat, key, "door", person)
    with Session(office.engine) as session:
        open_profile(office, take_case(session, seat, Action.HAND_OVER_CODE, person, lock=True))
        if list_doors(session, named=[batch]):
            return None
        rows, codes = _choose_handed(session, office, person, named)
        issued = _reissue(office, session, catalogue, seat.partner, seat.user.id, rows, codes, [named], lambda: batch)
        if issued:
            session.commit()
    return issued[0] if issued else None


# -- what both do ------------------------------------------------------------------------------------------------------


def _enter(session: Session, partner_code: str) -> PartnerRow:
    partner = get_partner(session, partner_code)
    enter_partner(session, partner.id)
    return partner


def _list_card_surveys(catalogue: Catalogue, partner: str) -> tuple[Survey, ...]:
    asked = dict.fromkeys(
        name
        for plan in catalogue.plans.values()
        for each in plan.partners
        if each.code == partner
        for name in plan.list_asked(each)
    )
    found = (catalogue.surveys.get(name) for name in asked)
    return tuple(survey for survey in found if survey is not None and survey.respondent in ASKED_BY_CARD)


def _choose(
    session: Session, office: Office, named: Collection[UUID], *, personal: bool = True
) -> tuple[tuple[KnownDoorRow, ...], tuple[KnownCode, ...]]:
    """The codes that are named, each by its id or a whole batch by the batch's, and their doors."""
    rows = list_doors(session, named=named)
    codes = [each for each in make_codes(rows, office.sources.today()) if personal or each.kind != PERSONAL]
    known = {name for each in codes for name in (each.id, each.batch)}
    for each in named:
        if each not in known:
            raise NotFound("code", str(each))
    chosen = tuple(each for each in codes if each.id in named or each.batch in named)
    return _keep(rows, chosen), chosen


def _choose_handed(
    session: Session, office: Office, person: UUID, named: UUID
) -> tuple[tuple[KnownDoorRow, ...], tuple[KnownCode, ...]]:
    rows = list_doors(session, person=person)
    chosen = tuple(each for each in make_codes(rows, office.sources.today()) if each.id == named)
    if not chosen:
        raise NotFound("code", str(named))
    return _keep(rows, chosen), chosen


def _keep(rows: Iterable[KnownDoorRow], codes: Iterable[KnownCode]) -> tuple[KnownDoorRow, ...]:
    kept = {(each.batch, each.number) for each in codes}
    return tuple(row for row in rows if (row.batch, row.number) in kept)


def _revoke(
    office: Office,
    session: Session,
    partner: PartnerRow,
    account: UUID | None,
    rows: Iterable[KnownDoorRow],
    named: Iterable[UUID],
) -> None:
    revoke_doors(session, [row.id for row in rows], office.sources.today())
    for name in dict.fromkeys(named):
        note_deed(office, session, partner, account, Deed.REVOKED_CODE, "door", name)


def _reissue(  # noqa: PLR0913, PLR0917 - all of it is decided by the caller
    office: Office,
    session: Session,
    catalogue: Catalogue,
    partner: PartnerRow,
    account: UUID | None,
    rows: tuple[KnownDoorRow, ...],
    codes: tuple[KnownCode, ...],
    named: Collection[UUID],
    make_batch: Callable[[], UUID],
) -> tuple[IssuedDoor, ...]:
    """New codes in the place of others, those of one batch under a new one."""
    if any(code.state is CodeState.REVOKED for code in codes):
        raise InputInvalid("A code that was revoked is not issued again. Issue a new one instead.")
    people = {person.id: person for person in list_people(session)}
    issued: list[IssuedDoor] = []
    for _, group in groupby(codes, key=lambda code: (code.batch, code.waves)):
        old = list(group)
        first = old[0]
        order = Order(catalogue.get_survey(first.survey), first.kind, make_batch(), first.wave, first.activity)
        if first.kind == ROOM:
            issued += issue_batch(office, session, partner, order, first.places)
        else:
            holders = dict.fromkeys(row.person for row in _keep(rows, old))
            issued += issue(office, session, order, [people[each] for each in holders if each in people])
        note_deed(office, session, partner, account, Deed.HANDED_OVER, "door", order.batch)
    _revoke(office, session, partner, account, rows, named)
    return tuple(issued)
