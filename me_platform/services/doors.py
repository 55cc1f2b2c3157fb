"""Use cases around door codes: issue codes for a survey, to a person or to new pseudonymous participants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid
from me_platform.sealing.envelope import compute_code_mac
from me_platform.services.codes import CodePurpose, format_code, make_door_code, make_link_token
from me_platform.services.instance import Office
from me_platform.services.people import Profile, add_participant
from me_platform.storage.doors import IssuedDoorRow, add_door, find_first_issue
from me_platform.storage.partners import get_partner
from me_platform.storage.people import PersonRow, get_person
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Survey
from me_platform.surveys.waves import find_wave

LIFETIME = timedelta(days=7)
"""How long an unused code lives (privacy-and-safety 1.1)."""


@dataclass(frozen=True)
class IssuedDoor:
    """A code to hand over: typed form, link token (the site's address goes before it), last day, and for whom."""

    code: str
    token: str
    expires: date
    person: str
    wave: str


def issue_doors(
    office: Office, survey: Survey, partner_code: str, *, person_code: str = "", number: int = 1
) -> tuple[IssuedDoor, ...]:
    """Issue codes for a survey.

    With ``person_code`` they are that person's; without, each code makes a new pseudonymous participant with keys
    of its own. The codes themselves are returned once and stored nowhere. Raises NotFound, InputInvalid.
    """
    if not 1 <= number <= 500:
        raise InputInvalid("Between 1 and 500 codes can be issued at once.")
    if person_code and number != 1:
        raise InputInvalid("A person gets one code at a time: leave --n at 1 when --person is given.")
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        issued = []
        for _ in range(number):
            if person_code:
                person = get_person(session, person_code)
            else:
                person = add_participant(office, session, partner, Profile())
            issued.append(_issue(office, session, survey, person))
        session.commit()
        return tuple(issued)


def _issue(office: Office, session: Session, survey: Survey, person: PersonRow) -> IssuedDoor:
    today = office.sources.today()
    code, token = make_door_code(office.sources.random), make_link_token(office.sources.random)
    # Staff never learn whether a baseline was answered (1.10): the day its code was handed over stands for it here.
    baseline = find_first_issue(session, person.id, survey.id, "baseline")
    wave = find_wave(survey, person.enrolled, baseline, None, today) or ""
    add_door(
        session,
        IssuedDoorRow(
            id=office.sources.new_id(),
            partner=person.partner,
            person=person.id,
            code_mac=compute_code_mac(office.pepper, CodePurpose.DOOR, code),
            link_mac=compute_code_mac(office.pepper, CodePurpose.LINK, token),
            kind="personal",
            survey=survey.id,
            survey_version=survey.version,
            wave=wave,
            issued=today,
            expires=today + LIFETIME,
        ),
    )
    return IssuedDoor(format_code(code), token, today + LIFETIME, person.code, wave)
