"""The caseworker's page about a child's guardian: what stands, and noting what the guardian decided."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.services.audit import Deed, note_deed
from me_platform.services.guardians import (
    GUARDIAN,
    Said,
    Standing,
    find_standing,
    list_child_surveys,
    list_grounds,
    list_guardian_texts,
    open_records,
    write_guardian,
)
from me_platform.services.instance import Office
from me_platform.services.jobs import order_work
from me_platform.services.people import Profile
from me_platform.services.person_file import PersonHead, make_once_id, open_profile, take_case
from me_platform.services.seats import Seat
from me_platform.surveys.definition import ConsentText


@dataclass(frozen=True)
class Guardianship:
    """What the page shows: the child, the words a guardian is asked with, the grounds there may be, what stands."""

    head: PersonHead
    profile: Profile
    texts: tuple[ConsentText, ...]
    grounds: tuple[str, ...]
    standing: Standing | None


def open_guardianship(office: Office, catalogue: Catalogue, seat: Seat, person: UUID) -> Guardianship:
    """What is known of a child's guardian. Raises NotFound, also for somebody who is no child, and NotPermitted."""
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.RECORD_DECISION, person)
        profile = open_profile(office, case).correct(office.sources.today())
        records = open_records(office, session, case.person)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, GUARDIAN, person)
        session.commit()
    surveys = list_child_surveys(catalogue, seat.partner.code, profile.age_band)
    return Guardianship(
        PersonHead(person, case.person.code, case.person.enrolled),
        profile,
        list_guardian_texts(surveys),
        list_grounds(catalogue, seat.partner.code, profile.age_band),
        find_standing(records),
    )


def note_guardian(office: Office, catalogue: Catalogue, seat: Seat, person: UUID, said: Said, key: str) -> None:
    """Note what a guardian decided, and order the worker to let it take effect.

    Raises InputInvalid for what cannot be said, NotFound, NotPermitted.
    """
    own = make_once_id(office, seat, key, GUARDIAN, person)
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.RECORD_DECISION, person, lock=True)
        profile = open_profile(office, case).correct(office.sources.today())
        order = write_guardian(office, session, catalogue, seat.partner.code, case.person, profile, said, own)
        if order is None:
            return
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, GUARDIAN, own)
        order_work(office, session, seat, GUARDIAN, order, caseworkers=frozenset(case.caseworkers))
        session.commit()
