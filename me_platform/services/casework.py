"""The caseworker's people: the list, who works with whom, handing over a code, a decision told aloud."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action, Role
from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound
from me_platform.exchange.records import check_record
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.audit import Deed, note_deed
from me_platform.services.doors import BOTH, IssuedDoor, issue_once
from me_platform.services.due import Due, DueKind, find_window, list_due, list_surveys
from me_platform.services.guardians import find_standing, may_be_asked
from me_platform.services.instance import Office
from me_platform.services.jobs import order_work
from me_platform.services.people import Profile, decode_profile
from me_platform.services.person_file import (
    Folder,
    PersonHead,
    add_record,
    make_once_id,
    open_folder,
    open_profile,
    take_case,
)
from me_platform.services.records import get_record_kind, make_setting
from me_platform.services.seats import Seat
from me_platform.storage.accounts import list_members
from me_platform.storage.caseloads import CaseloadRow, add_caseload, delete_caseload
from me_platform.storage.people import CaseRow, list_cases
from me_platform.storage.records import FileRow, list_file
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.consenting import Speaker
from me_platform.surveys.definition import ConsentText, Survey
from me_platform.surveys.waves import SESSION

PAGE = 60
"""People a page of the list shows."""

NOBODY = "nobody"
"""Instead of an account: people who are in nobody's caseload."""

DECISION = "decision"
"""The kind of job that carries out a decision told aloud."""

TOLD: Mapping[str, tuple[str, ...]] = {
    "statistics": ("refused", "withdrawn"),
    "quote": ("given", "refused", "withdrawn"),
    "recontact": ("given", "refused", "withdrawn"),
    "link": ("refused", "withdrawn"),
    "object": ("given", "withdrawn"),
}
"""What may be told aloud of each purpose.

A no always counts. A yes to being counted or linked is given on her own device or paper only: who holds power over the
support must not be able to give it for her, over a no that staff cannot see.
"""


@dataclass(frozen=True)
class Wish:
    """What of the list somebody wants to see; empty is everything. ``caseworker`` is an account's id or NOBODY."""

    code: str = ""
    caseworker: str = ""
    due: str = ""
    language: str = ""
    state: str = "active"
    page: int = 1


@dataclass(frozen=True)
class PersonCard:
    """A person in the list."""

    head: PersonHead
    term: str
    language: str
    caseworkers: Mapping[UUID, str]
    due: tuple[Due, ...] = ()
    ended: date | None = None


@dataclass(frozen=True)
class PeopleList:
    """One page of the people somebody wants to see; ``found`` of ``total`` fit the wish, ``pages`` show them.

    ``languages`` and ``caseworkers`` are those that occur, to choose from.
    """

    cards: tuple[PersonCard, ...]
    found: int
    total: int
    page: int
    pages: int
    languages: tuple[str, ...]
    caseworkers: Mapping[UUID, str]
    whole: bool


@dataclass(frozen=True)
class Caseloads:
    """The people of an organisation and the accounts that may have them in their caseload, by e-mail address."""

    people: tuple[PersonCard, ...]
    staff: Mapping[UUID, str]


@dataclass(frozen=True)
class Offer:
    """A survey a code can be handed over for, with its wave (``""``: outside every window) and its last day.

    ``handed`` is the day a code for this wave was handed over before. ``permitted``: a guardian said yes, or none is
    needed.
    """

    survey: Survey
    wave: str
    until: date | None
    handed: date | None
    permitted: bool = True


@dataclass(frozen=True)
class Handover:
    """What a code can be handed over for; ``language`` is the one to speak with her."""

    head: PersonHead
    language: str
    offers: tuple[Offer, ...]


def list_people(office: Office, catalogue: Catalogue, seat: Seat, wish: Wish, *, narrative_days: int) -> PeopleList:
    """The people the user works with; of a manager, everybody of the organisation. Raises NotPermitted."""
    seat.permit(Action.LIST_PEOPLE)
    whole = seat.may(Action.OPEN_PERSON)
    account = None if whole else seat.user.id
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        cases = list_cases(session, account=account)
        rows = list_file(session, account=account)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "people")
        session.commit()
    cards = _open_cards(office, catalogue, seat, cases, rows, narrative_days)
    chosen = sorted((card for card in cards if _fits(card, wish)), key=_rank)
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(wish.page, 1), pages)
    return PeopleList(
        cards=tuple(chosen[(page - 1) * PAGE : page * PAGE]),
        found=len(chosen),
        total=len(cards),
        page=page,
        pages=pages,
        languages=tuple(sorted({card.language for card in cards if card.language})),
        caseworkers=dict(
            sorted({key: each for card in cards for key, each in card.caseworkers.items()}.items(), key=lambda e: e[1])
        ),
        whole=whole,
    )


def _open_cards(
    office: Office,
    catalogue: Catalogue,
    seat: Seat,
    cases: Collection[CaseRow],
    rows: Collection[FileRow],
    narrative_days: int,
) -> list[PersonCard]:
    today, keys = office.sources.today(), office.vault.list_people(seat.partner.id)
    files: dict[UUID, list[FileRow]] = defaultdict(list)
    for row in rows:
        files[row.person].append(row)
    cards = []
    for case, profile in _open_profiles(cases, keys, today):
        folder: Folder = open_folder(files[case.person.id], keys[case.person.id].data_key)
        facts = folder.make_facts(case, profile)
        surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, seat.partner.code, profile.age_band)
        due = list_due(surveys, facts, today, narrative_days)
        cards.append(_make_card(case, profile, due, facts.ended))
    return cards


def _open_profiles(
    cases: Collection[CaseRow], keys: Mapping[UUID, PersonKeys], today: date
) -> Iterator[tuple[CaseRow, Profile]]:
    """People with their profiles; without participants whom nobody enrolled, and people whose keys are gone."""
    for case in cases:
        if case.person.id in keys:
            place = Place("person", case.person.id, case.person.partner)
            profile = decode_profile(open_with_key(keys[case.person.id].data_key, case.person.sealed, place))
            if not profile.card:
                yield case, profile.correct(today)


def _make_card(case: CaseRow, profile: Profile, due: tuple[Due, ...], ended: date | None) -> PersonCard:
    head = PersonHead(case.person.id, case.person.code, case.person.enrolled)
    return PersonCard(head, profile.term, profile.talks, case.caseworkers, due, ended)


def _fits(card: PersonCard, wish: Wish) -> bool:
    states = {"active": card.ended is None, "ended": card.ended is not None}
    kinds = {due.kind for due in card.due}
    dues = {
        "any": bool(kinds),
        "survey": DueKind.SURVEY in kinds,
        "review": DueKind.REVIEW in kinds,
        "narrative": bool(kinds & {DueKind.NARRATIVE, DueKind.RETURNED}),
    }
    working = {str(account) for account in card.caseworkers} or {NOBODY}
    return (
        card.head.code.startswith(wish.code.strip().upper())
        and (not wish.caseworker or wish.caseworker in working)
        and dues.get(wish.due, True)
        and (not wish.language or wish.language == card.language)
        and states.get(wish.state, True)
    )


def _rank(card: PersonCard) -> tuple[bool, date, str]:
    """Whoever waits longest comes first."""
    return not card.due, card.due[0].day if card.due else card.head.enrolled, card.head.code


# -- who works with whom -----------------------------------------------------------------------------------------------


def list_caseloads(office: Office, seat: Seat) -> Caseloads:
    """Who works with whom. Raises NotPermitted."""
    seat.permit(Action.ASSIGN_CASELOAD)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        cases = list_cases(session)
        staff = list_members(session, seat.partner.id, (Role.CASEWORKER, Role.MANAGER))
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "caseloads")
        session.commit()
    keys, today = office.vault.list_people(seat.partner.id), office.sources.today()
    cards = [_make_card(case, profile, (), None) for case, profile in _open_profiles(cases, keys, today)]
    return Caseloads(tuple(sorted(cards, key=lambda card: (bool(card.caseworkers), card.head.code))), staff)


def assign_caseload(office: Office, seat: Seat, people: Collection[UUID], account: UUID, *, add: bool) -> int:
    """Put people into an account's caseload, or take them out. Returns for how many that changed something.

    Raises NotFound for people and accounts the organisation does not have, NotPermitted.
    """
    seat.permit(Action.ASSIGN_CASELOAD)
    changed = 0
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        cases = {case.person.id: case for case in list_cases(session)}
        staff = list_members(session, seat.partner.id, (Role.CASEWORKER, Role.MANAGER))
        # Whoever left is in no list any more, but may still be in a caseload, to be taken out.
        known = set(staff) | (set() if add else {each for case in cases.values() for each in case.caseworkers})
        if account not in known:
            raise NotFound("account", str(account))
        for person in sorted(set(people)):
            if person not in cases:
                raise NotFound("person", str(person))
            if (account in cases[person].caseworkers) == add:
                continue
            if add:
                add_caseload(session, CaseloadRow(office.sources.new_id(), seat.partner.id, person, account))
            else:
                delete_caseload(session, person, account)
            note_deed(office, session, seat.partner, seat.user.id, Deed.ASSIGNED, "caseload", person)
            changed += 1
        session.commit()
    return changed


# -- handing over a code -----------------------------------------------------------------------------------------------


def list_offers(office: Office, catalogue: Catalogue, seat: Seat, person: UUID) -> Handover:
    """What a code can be handed over for: the surveys of the plan, each with the wave it is for today.

    Raises NotFound, NotPermitted.
    """
    today = office.sources.today()
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.HAND_OVER_CODE, person)
        profile = open_profile(office, case).correct(today)
        rows = list_file(session, person=person)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "person", person)
        session.commit()
    folder = open_folder(rows, office.vault.get_person(seat.partner.id, person).data_key)
    facts = folder.make_facts(case, profile)
    surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, seat.partner.code, profile.age_band)
    offers, standing = [], find_standing(folder.records)
    for survey in surveys:
        window = find_window(survey, facts, today)
        # One card for before and after comes first: nobody mixes two cards up.
        for wave, until in ((name, None) for name in (BOTH, *SESSION)) if survey.session else (window,):
            opened = SESSION[1:] if wave == BOTH else (wave,)
            handed = [each.day for each in facts.issues if each.survey == survey.id and each.wave in opened]
            offers.append(Offer(survey, wave, until, max(handed, default=None), may_be_asked(standing, survey)))
    head = PersonHead(person, case.person.code, case.person.enrolled)
    return Handover(head, profile.talks, tuple(offers))


def hand_over(
    office: Office, catalogue: Catalogue, seat: Seat, person: UUID, survey: str, wave: str, key: str
) -> IssuedDoor | None:
    """Issue a person a code for a survey; ``wave`` is named for a survey of a session only.

    None where this very form (``key``) was sent before: its code was shown then and cannot be shown again. Raises
    NotFound, InputInvalid, NotPermitted.
    """
    today = office.sources.today()
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.HAND_OVER_CODE, person, lock=True)
        profile = open_profile(office, case).correct(today)
        surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, seat.partner.code, profile.age_band)
        chosen = next((each for each in surveys if each.id == survey), None)
        if chosen is None:
            raise NotFound("survey", survey)
        place = make_once_id(office, seat, key, "door", person)
        issued = issue_once(office, session, chosen, case.person, wave, place)
        if issued is not None:
            note_deed(office, session, seat.partner, seat.user.id, Deed.HANDED_OVER, "door", place)
            session.commit()
    return issued


# -- decisions ---------------------------------------------------------------------------------------------------------


def list_consent_texts(catalogue: Catalogue, partner: str, age_band: str) -> tuple[ConsentText, ...]:
    """The words in force with which a person of this age band is asked, one for each purpose.

    Where several surveys ask in different words, those of the survey that stands first in the plan.
    """
    texts: dict[str, ConsentText] = {}
    for survey in list_surveys(catalogue.plans.values(), catalogue.surveys, partner, age_band):
        for text in survey.consent:
            texts.setdefault(text.purpose.value, text)
    return tuple(texts.values())


def _find_speaker(catalogue: Catalogue, partner: str, age_band: str, text: ConsentText | None) -> Speaker:
    """Whether somebody speaks as a child: what was explained to her are the words for children."""
    surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, partner, age_band)
    child = text is not None and any(each.audience == "child" and text in each.consent for each in surveys)
    return Speaker.CHILD if child else Speaker.SELF


def note_decision(
    office: Office, catalogue: Catalogue, seat: Seat, person: UUID, purpose: str, decision: str, key: str
) -> None:
    """Note what a person said aloud about a purpose, and order the worker to let it take effect.

    Staff may neither read nor write the events of her decisions (privacy-and-safety 1.10), so the order is a job's.
    Raises InputInvalid for what cannot be told aloud, NotFound, NotPermitted.
    """
    if decision not in TOLD.get(purpose, ()):
        raise InputInvalid("This decision cannot be told aloud.")
    today = office.sources.today()
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.RECORD_DECISION, person, lock=True)
        profile = open_profile(office, case).correct(today)
        texts = {
            each.purpose.value: each for each in list_consent_texts(catalogue, seat.partner.code, profile.age_band)
        }
        text = texts.get(purpose)
        content = {"date": today, "purpose": purpose, "decision": decision}
        record = check_record(content, get_record_kind("decision"), make_setting(office, catalogue))
        own = make_once_id(office, seat, key, "decision", person)
        if not add_record(office, session, seat, person, record, own):
            return
        asked = {
            "person": case.person.code,
            "purpose": purpose,
            "decision": decision,
            "text": [text.version, text.fingerprint] if text else ["", ""],
            "day": today.isoformat(),
            "speaker": _find_speaker(catalogue, seat.partner.code, profile.age_band, text),
            "event": str(make_once_id(office, seat, key, "event", person)),
        }
        order_work(office, session, seat, DECISION, asked, caseworkers=frozenset(case.caseworkers))
        session.commit()
