"""Use cases of the caseworker: enrol a person, record a service, record a decision told aloud.

Keys are durable in the vault before the row that needs them is written. Nothing said about a person leaves these
functions unsealed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.codes import make_person_code
from me_platform.services.instance import Office
from me_platform.storage.consents import ConsentEventRow, add_consent_events, list_consent_events
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.people import PersonRow, add_people, add_person, get_person
from me_platform.storage.records import RecordRow, add_service, list_services
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.consenting import OBJECT, Speaker

PROFILE_SIZE, SERVICE_SIZE = 1024, 1024
"""Bytes a record is padded to at least, so that lengths tell nothing about what was written."""


_PROVIDED = ("not_needed", "provided", "not_provided")
NOTED: Mapping[str, tuple[str, ...]] = {
    "interpreter": _PROVIDED,
    "mediator": _PROVIDED,
    "comfortable": ("yes", "no"),
    "woman": ("not_asked", "honoured", "not_honoured"),
}
"""What can be noted of a service: language and mediation, the choice of a woman (handbook digest 7.3, N13, N14)."""


@dataclass(frozen=True)
class Correction:
    """That something noted at enrolment was wrong: the field, what is right, and the day it was found."""

    day: date
    name: str
    value: str


@dataclass(frozen=True)
class Profile:
    """What staff note about a person at enrolment; all of it optional and sealed. ``entry`` is who referred her.

    Age band, language and entry are what figures are grouped by: they stay as they were noted (R11), and what was
    noted wrongly is corrected beside them. ``term`` is the word she prefers, ``speaks`` the language to speak with her
    now; both may change and are not counted. ``card`` marks a participant made with a door code, whom nobody enrolled.
    """

    age_band: str = "unknown"
    language: str = ""
    term: str = ""
    entry: str = ""
    speaks: str = ""
    corrections: tuple[Correction, ...] = ()
    card: bool = False

    def correct(self, day: date) -> Profile:
        """The profile with what had been corrected by a day."""
        right = {each.name: each.value for each in self.corrections if each.day <= day}
        return replace(
            self,
            age_band=right.get("age_band", self.age_band),
            language=right.get("language", self.language),
            entry=right.get("entry", self.entry),
        )

    @property
    def talks(self) -> str:
        """The language to speak with her: the one that was noted last."""
        return self.speaks or self.language


CORRECTED = ("age_band", "language", "entry")
"""What of a profile is noted at enrolment and corrected afterwards."""


@dataclass(frozen=True)
class Service:
    """One service given: taxonomy code, day, hours (0 when not noted) and delivery mode.

    ``ended`` is the reason with which support ended with this service, empty while it goes on; ``started`` marks the
    first of its kind. The other texts are words of ``NOTED``, or empty where nothing was noted: interpreter, mediator,
    whether the person was comfortable with them, whether the choice of a woman professional was honoured.

    A record is never changed: a later one names in ``replaces`` the id of the one it takes the place of, and is
    ``void`` where that one was written down by mistake.
    """

    type: str
    date: date
    hours: float = 0.0
    mode: str = "in_person"
    ended: str = ""
    interpreter: str = ""
    mediator: str = ""
    comfortable: str = ""
    woman: str = ""
    started: bool = False
    replaces: str = ""
    void: bool = False


def make_service(content: Mapping[str, Any]) -> Service:
    """The service of an opened record; what an older record does not hold was not noted."""
    return Service(**{**content, "date": date.fromisoformat(content["date"])})


def choose_services(services: Mapping[UUID, Service]) -> dict[UUID, Service]:
    """The services that stand: no other record takes their place, and none was written down by mistake."""
    replaced = {service.replaces for service in services.values()}
    return {place: each for place, each in services.items() if str(place) not in replaced and not each.void}


def encode_profile(profile: Profile) -> bytes:
    """The profile as JSON, for its seal."""
    return _encode(asdict(profile))


def decode_profile(data: bytes) -> Profile:
    """What ``encode_profile`` made, also of an earlier release."""
    content = json.loads(data)
    corrections = tuple(
        Correction(**{**each, "day": date.fromisoformat(each["day"])}) for each in content.pop("corrections", ())
    )
    return Profile(**content, corrections=corrections)


def encode_service(service: Service) -> bytes:
    """The service as JSON, for its seal."""
    return _encode(asdict(service))


def enrol_person(office: Office, partner_code: str, profile: Profile) -> str:
    """Enrol a person at a partner and return the new random code. Raises NotFound for an unknown partner."""
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        code = add_participant(office, session, partner, profile).code
        session.commit()
        return code


def add_participant(
    office: Office, session: Session, partner: PartnerRow, profile: Profile, person: UUID | None = None
) -> PersonRow:
    """Make keys and row of a new person within the caller's transaction. ``person`` is the id, drawn where left out."""
    enter_partner(session, partner.id)
    person = person or office.sources.new_id()
    row = _make_person(office, partner, profile, person, office.vault.add_person(partner.id, person))
    add_person(session, row)
    return row


def add_participants(
    office: Office, session: Session, partner: PartnerRow, profile: Profile, people: Sequence[UUID]
) -> list[PersonRow]:
    """As ``add_participant`` for many; none of them, and an empty list, where any is there already."""
    enter_partner(session, partner.id)
    keys = office.vault.add_people(partner.id, people)
    rows = [_make_person(office, partner, profile, person, keys[person]) for person in people]
    return rows if add_people(session, rows) else []


def _make_person(office: Office, partner: PartnerRow, profile: Profile, person: UUID, keys: PersonKeys) -> PersonRow:
    sealed = seal_with_key(
        keys.data_key,
        encode_profile(profile),
        Place("person", person, partner.id),
        office.sources.random,
        PROFILE_SIZE,
    )
    return PersonRow(
        id=person,
        partner=partner.id,
        code=make_person_code(office.sources.random),
        public_key=keys.public_key,
        enrolled=office.sources.today(),
        sealed=sealed,
    )


def record_service(office: Office, partner_code: str, person_code: str, service: Service) -> UUID:
    """Store a service given to a person. Raises NotFound, InputInvalid for a day that lies ahead and unknown words."""
    problems = tuple(list_service_problems(service, office.sources.today()))
    if problems:
        raise InputInvalid(*problems)
    with Session(office.engine) as session:
        record = _seal_record(office, session, partner_code, person_code, "service_record", asdict(service))
        add_service(session, record)
        session.commit()
        return record.id


def list_service_problems(service: Service, today: date) -> Iterator[str]:
    """What of a service cannot be: a day that lies ahead, words that are not known."""
    if service.date > today:
        yield f"The service is dated {service.date}, which lies ahead."
    for name, known in NOTED.items():
        if getattr(service, name) not in {"", *known}:
            yield f"{name} cannot be '{getattr(service, name)}'. Known: {', '.join(known)}."


def find_last_end(office: Office, session: Session, person: PersonRow) -> date | None:
    """The day the person's last service ended, as recorded; None while no end is recorded."""
    key = office.vault.get_person(person.partner, person.id).data_key
    services = {
        record.id: make_service(
            json.loads(open_with_key(key, record.sealed, Place("service_record", record.id, record.partner)))
        )
        for record in list_services(session, recorded_until=office.sources.today(), person=person.id)
    }
    return find_end(choose_services(services).values())


def find_end(services: Iterable[Service]) -> date | None:
    """The day the last of these services ended; None while no end is recorded."""
    return max((service.date for service in services if service.ended), default=None)


def record_decision(  # noqa: PLR0913 - what an event holds
    office: Office,
    partner_code: str,
    person_code: str,
    *,
    purpose: str,
    decision: str,
    text: tuple[str, str],
    event_id: UUID | None = None,
    day: date | None = None,
    speaker: Speaker = Speaker.SELF,
) -> None:
    """Note a decision a person told a caseworker, e.g. the withdrawal of a consent or an objection.

    What somebody says who has answered as a child is a child's word, also where ``speaker`` does not say so.
    ``text`` is version and fingerprint of the words that were explained. Events are only ever added; one whose
    ``event_id`` is there already is not added again. ``day`` is today where left out. The office is the worker's: the
    place of an event among the others is not for staff to see (privacy-and-safety 1.10).
    """
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        person = get_person(session, person_code)
        known = list_consent_events(session, person.id)
        if event_id in {event.id for event in known}:
            return
        if speaker is Speaker.SELF and purpose != OBJECT and _last_spoke_as_child(known):
            speaker = Speaker.CHILD
        event = ConsentEventRow(
            id=event_id or office.sources.new_id(),
            partner=partner.id,
            person=person.id,
            position=len(known),
            purpose=purpose,
            decision=decision,
            text_version=text[0],
            text_fingerprint=text[1],
            day=day or office.sources.today(),
            speaker=speaker,
        )
        add_consent_events(session, (event,))
        session.commit()


def _last_spoke_as_child(events: Sequence[ConsentEventRow]) -> bool:
    own = [event.speaker for event in events if event.speaker != Speaker.GUARDIAN and event.purpose != OBJECT]
    return bool(own) and own[-1] == Speaker.CHILD


def _seal_record(
    office: Office,
    session: Session,
    partner_code: str,
    person_code: str,
    table: str,
    content: Mapping[str, object],
) -> RecordRow:
    partner = get_partner(session, partner_code)
    enter_partner(session, partner.id)
    person = get_person(session, person_code)
    keys = office.vault.get_person(partner.id, person.id)
    record = office.sources.new_id()
    sealed = seal_with_key(
        keys.data_key, _encode(content), Place(table, record, partner.id), office.sources.random, SERVICE_SIZE
    )
    return RecordRow(record, partner.id, person.id, office.sources.today(), sealed)


def _encode(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=_plain, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
