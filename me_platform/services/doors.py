"""Use cases around door codes: issue codes for a survey, to a person or to new pseudonymous participants."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid, NotFound
from me_platform.sealing.envelope import Place, compute_code_mac, open_with_key
from me_platform.services.codes import CodePurpose, format_code, make_door_code, make_link_token
from me_platform.services.instance import Office
from me_platform.services.people import Profile, add_participant, find_last_end
from me_platform.storage.activities import list_activities
from me_platform.storage.doors import IssuedDoorRow, add_door, find_first_issue
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.people import PersonRow, get_person
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Survey
from me_platform.surveys.waves import SESSION, find_wave

LIFETIME = timedelta(days=7)
"""How long an unused code lives (privacy-and-safety 1.1)."""

LARGEST_BATCH = 500

BOTH = "both"
"""Instead of one wave of a session: a code for before and one for after, for each card or person."""


@dataclass(frozen=True)
class IssuedDoor:
    """A code to hand over: typed form, link token (the site's address goes before it), last day, and for whom."""

    code: str
    token: str
    expires: date
    person: str
    wave: str


def issue_doors(
    office: Office,
    survey: Survey,
    partner_code: str,
    *,
    person_code: str = "",
    activity: str = "",
    number: int = 1,
    wave: str = "",
) -> tuple[IssuedDoor, ...]:
    """Issue codes for a survey.

    With ``person_code`` they are that person's; without, each code makes a new pseudonymous participant with keys
    of its own. With ``activity`` (its id in the partner's list) they are cards of that activity. ``wave`` says which
    of the two a code is for where a survey is answered before and after a session, or ``both`` for a pair of codes;
    all other waves follow from the day. The codes themselves are returned once and stored nowhere. Raises NotFound,
    InputInvalid.
    """
    _check_wave(survey, wave, person_code)
    if not 1 <= number <= LARGEST_BATCH:
        raise InputInvalid(f"Between 1 and {LARGEST_BATCH} codes can be issued at once.")
    if person_code and number != 1:
        raise InputInvalid("A person gets one code at a time: leave --n at 1 when --person is given.")
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        activity_id = get_activity(office, session, partner, activity) if activity else None
        issued = []
        for _ in range(number):
            if person_code:
                person = get_person(session, person_code)
            else:
                person = add_participant(office, session, partner, Profile(card=True))
            waves = SESSION if wave == BOTH else (wave,)
            issued += [
                _issue(office, session, survey, person, activity_id, each, office.sources.new_id()) for each in waves
            ]
        session.commit()
        return tuple(filter(None, issued))


def _check_wave(survey: Survey, wave: str, person_code: str) -> None:
    if survey.respondent in FILLED_IN_BY_STAFF:
        raise InputInvalid(f"Staff fill in the survey '{survey.id}'; no code is issued for it. Add a record instead.")
    if wave and wave not in {*SESSION, BOTH}:
        raise InputInvalid(f"A code can be for {' or '.join(SESSION)} a session, or for both; not for '{wave}'.")
    if wave and not survey.session:
        raise InputInvalid(f"The survey '{survey.id}' has no sessions: the day decides its wave. Leave --wave out.")
    if survey.session and not wave and not person_code:
        raise _make_wave_missing(survey)


def _make_wave_missing(survey: Survey) -> InputInvalid:
    return InputInvalid(f"The survey '{survey.id}' is answered before and after a session: say which, with --wave.")


def get_activity(office: Office, session: Session, partner: PartnerRow, activity: str) -> UUID:
    """The row of an activity by its id in the partner's list. Raises NotFound."""
    key = office.vault.get_partner_key(partner.id)
    for row in list_activities(session, "", recorded_until=office.sources.today()):
        content = open_with_key(key, row.sealed, Place("activity", row.id, partner.id))
        if json.loads(content)["id"] == activity:
            return row.id
    raise NotFound("activity", activity)


def issue_once(
    office: Office, session: Session, survey: Survey, person: PersonRow, wave: str, door: UUID
) -> IssuedDoor | None:
    """Issue a person a code within the caller's transaction, unless there is one of that id already.

    Raises InputInvalid as ``issue_doors``.
    """
    _check_wave(survey, wave, person.code)
    return _issue(office, session, survey, person, None, wave, door)


def _issue(
    office: Office,
    session: Session,
    survey: Survey,
    person: PersonRow,
    activity: UUID | None,
    wave: str,
    door: UUID,
) -> IssuedDoor | None:
    today = office.sources.today()
    code, token = make_door_code(office.sources.random), make_link_token(office.sources.random)
    # Staff never learn whether a baseline was answered (1.10): the day its code was handed over stands for it here.
    first = find_first_issue(session, person.id, survey.id, SESSION[0] if survey.session else "baseline")
    wave = wave or find_wave(survey, person.enrolled, first, find_last_end(office, session, person), today) or ""
    if survey.session and not wave:
        raise _make_wave_missing(survey)
    added = add_door(
        session,
        IssuedDoorRow(
            id=door,
            partner=person.partner,
            person=person.id,
            code_mac=compute_code_mac(office.pepper, CodePurpose.DOOR, code),
            link_mac=compute_code_mac(office.pepper, CodePurpose.LINK, token),
            kind="card" if activity else "personal",
            survey=survey.id,
            survey_version=survey.version,
            wave=wave,
            issued=today,
            expires=today + LIFETIME,
            activity=activity,
        ),
    )
    return IssuedDoor(format_code(code), token, today + LIFETIME, person.code, wave) if added else None
