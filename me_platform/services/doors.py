"""Use cases around door codes: issue codes for a survey, to a person, as cards of an activity, or one for a room.

A code is shown once and stored nowhere. What is issued together is a batch; within one transaction all of it is issued
or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid, NotFound
from me_platform.sealing.envelope import Place, compute_code_mac, open_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.codes import CodePurpose, format_code, make_door_code, make_link_token
from me_platform.services.guardians import check_guardian
from me_platform.services.instance import Office
from me_platform.services.people import Profile, add_participants, find_last_end
from me_platform.storage.activities import list_activities
from me_platform.storage.doors import IssuedDoorRow, add_doors, find_first_issue
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.people import PersonRow, get_person
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Survey
from me_platform.surveys.waves import SESSION, find_wave

LIFETIME = timedelta(days=7)
"""How long an unused code lives (privacy-and-safety 1.1)."""

LARGEST_BATCH = 500
LARGEST_ROOM = 200

BOTH = "both"
"""Instead of one wave of a session: one code that opens before once, and after once within a day of it."""

PERSONAL, CARD, ROOM = "personal", "card", "room"


@dataclass(frozen=True)
class IssuedDoor:
    """A code to hand over: typed form, link token (the site's address goes before it), last day, and for whom.

    ``batch`` and ``number`` name it without the code; ``id`` is its (first) door. The two doors of a session's card
    share all of it but ``wave`` and ``id``. ``places`` is how many people may use the code: of a room many, else one.
    """

    code: str
    token: str
    expires: date
    person: str
    wave: str
    id: UUID
    batch: UUID
    number: int = 1
    kind: str = PERSONAL
    places: int = 1


@dataclass(frozen=True)
class Order:
    """What to issue: a survey's codes of a kind, for an activity (its row) or none; ``wave`` as of ``issue_doors``.

    ``batch`` is the id of what is issued together, from which those of the doors follow.
    """

    survey: Survey
    kind: str
    batch: UUID
    wave: str = ""
    activity: UUID | None = None


def issue_doors(
    office: Office,
    survey: Survey,
    partner_code: str,
    *,
    person_code: str = "",
    activity: str = "",
    number: int = 1,
    wave: str = "",
    room: bool = False,
) -> tuple[IssuedDoor, ...]:
    """Issue codes for a survey.

    With ``person_code`` they are that person's; without, each code makes a new pseudonymous participant with keys
    of its own. With ``activity`` (its id in the partner's list) they are cards of that activity. ``wave`` says which
    of the two a code is for where a survey is answered before and after a session, or ``both`` for a card that opens
    both, one after the other; all other waves follow from the day. With ``room`` it is one code, which ``number``
    people may use, each of them a new participant. The codes themselves are returned once and stored nowhere. Raises
    NotFound, InputInvalid.
    """
    kind = ROOM if room else CARD if activity or not person_code else PERSONAL
    check_order(survey, kind, number, wave, known=bool(person_code))
    if person_code and number != 1:
        raise InputInvalid("A person gets one code at a time: leave --n at 1 when --person is given.")
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        activity_id = get_activity(office, session, partner, activity) if activity else None
        order = Order(survey, kind, office.sources.new_id(), wave, activity_id)
        if person_code:
            issued = issue(office, session, order, [get_person(session, person_code)])
        else:
            issued = issue_batch(office, session, partner, order, number)
        note_deed(office, session, partner, None, Deed.HANDED_OVER, "door", order.batch)
        session.commit()
        return issued


def issue_batch(
    office: Office, session: Session, partner: PartnerRow, order: Order, number: int
) -> tuple[IssuedDoor, ...]:
    """Issue cards, or a room's code, to new participants within the caller's transaction; as ``issue``.

    Raises InputInvalid as ``check_order``.
    """
    check_order(order.survey, order.kind, number, order.wave, known=False)
    # The ids follow from the batch's: a form that is sent twice leaves no keys of nobody in the vault.
    ids = [uuid5(order.batch, f"participant {each}") for each in range(1, number + 1)]
    people = add_participants(office, session, partner, Profile(card=True), ids)
    return issue(office, session, order, people) if people else ()


def check_order(survey: Survey, kind: str, number: int, wave: str, *, known: bool) -> None:
    """Raise InputInvalid for what cannot be issued. ``known``: to a person, for whom the day may decide the wave."""
    if survey.respondent in FILLED_IN_BY_STAFF:
        raise InputInvalid(f"Staff fill in the survey '{survey.id}'; no code is issued for it. Add a record instead.")
    if kind == ROOM and (known or not survey.room):
        raise InputInvalid(
            "The code of a room is nobody's: leave --person out."
            if known
            else f"The survey '{survey.id}' has no code for a room: its survey.yaml does not say `room: true`."
        )
    if wave and wave not in {*SESSION, BOTH}:
        raise InputInvalid(f"A code can be for {' or '.join(SESSION)} a session, or for both; not for '{wave}'.")
    if wave and not survey.session:
        raise InputInvalid(f"The survey '{survey.id}' has no sessions: the day decides its wave. Leave --wave out.")
    if survey.session and not wave and not known:
        raise _make_wave_missing(survey)
    most = LARGEST_ROOM if kind == ROOM else LARGEST_BATCH
    if not 1 <= number <= most:
        what = "people can use one code" if kind == ROOM else "codes can be issued at once"
        raise InputInvalid(f"Between 1 and {most} {what}.")


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
    check_order(survey, PERSONAL, 1, wave, known=True)
    return next(iter(issue(office, session, Order(survey, PERSONAL, door, wave), [person])), None)


def issue(office: Office, session: Session, order: Order, people: Sequence[PersonRow]) -> tuple[IssuedDoor, ...]:
    """Issue what an order says within the caller's transaction: a code for each person, or one for all of a room.

    Nothing where the batch was issued before: its codes were shown then. Raises InputInvalid where a wave has to be
    named, GuardianMissing for a child whose guardian did not say yes.
    """
    for person in people:
        check_guardian(office, session, order.survey, person)
    groups = [people] if order.kind == ROOM else [[person] for person in people]
    made = [
        _make_code(office, session, order, group, number, single=len(groups) == 1)
        for number, group in enumerate(groups, 1)
    ]
    if not add_doors(session, [row for _, rows in made for row in rows]):
        return ()
    codes = {person.id: person.code for person in people}
    issued = tuple(
        replace(code, id=row.id, wave=row.wave, person=codes[row.person])
        for code, rows in made
        for row in rows
        if row.person is not None
    )
    return tuple(replace(each, person="") for each in issued[:1]) if order.kind == ROOM else issued


def _make_code(
    office: Office, session: Session, order: Order, people: Sequence[PersonRow], number: int, *, single: bool
) -> tuple[IssuedDoor, list[IssuedDoorRow]]:
    """A new code, and the doors it opens. Of a ``single`` one the first has the batch's own id: it is the batch."""
    today = office.sources.today()
    code, token = make_door_code(office.sources.random), make_link_token(office.sources.random)
    rows = [
        IssuedDoorRow(
            id=order.batch if single and not index else uuid5(order.batch, f"{number} {index}"),
            partner=person.partner,
            person=person.id,
            code_mac=compute_code_mac(office.pepper, CodePurpose.DOOR, code),
            link_mac=compute_code_mac(office.pepper, CodePurpose.LINK, token),
            kind=order.kind,
            survey=order.survey.id,
            survey_version=order.survey.version,
            wave=wave,
            issued=today,
            expires=today + LIFETIME,
            activity=order.activity,
            batch=order.batch,
            number=number,
        )
        for index, (person, wave) in enumerate(_list_places(office, session, order, people))
    ]
    places = len(people) if order.kind == ROOM else 1
    issued = IssuedDoor(
        format_code(code), token, today + LIFETIME, "", "", order.batch, order.batch, number, order.kind, places
    )
    return issued, rows


def _list_places(
    office: Office, session: Session, order: Order, people: Sequence[PersonRow]
) -> Iterator[tuple[PersonRow, str]]:
    """Who may use a code, and for which wave; both waves of a session are two doors of one card."""
    new = find_wave(order.survey, office.sources.today(), None, None, office.sources.today()) or ""
    for person in people:
        if order.wave == BOTH:
            yield from ((person, wave) for wave in SESSION)
        elif order.wave:
            yield person, order.wave
        else:
            yield person, new if order.kind == ROOM else _find_wave(office, session, order.survey, person)


def _find_wave(office: Office, session: Session, survey: Survey, person: PersonRow) -> str:
    today = office.sources.today()
    # Staff never learn whether a baseline was answered (1.10): the day its code was handed over stands for it here.
    first = find_first_issue(session, person.id, survey.id, SESSION[0] if survey.session else "baseline")
    wave = find_wave(survey, person.enrolled, first, find_last_end(office, session, person), today) or ""
    if survey.session and not wave:
        raise _make_wave_missing(survey)
    return wave
