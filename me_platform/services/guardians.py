"""What a child's guardian decided, noted by staff; or the ground why no guardian is needed.

The staff site keeps it as a record in the child's file, each taking the place of the one before, for it may not see
the events of decisions (privacy-and-safety 1.10); the worker adds the events, which decide what counts. No name of a
guardian is asked for or kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.errors import GuardianMissing, InputInvalid, NotFound
from me_platform.exchange.records import (
    CASE_BYTES,
    RECORD_KINDS,
    Record,
    Setting,
    check_record,
    choose_standing,
    decode_record,
    encode_record,
)
from me_platform.sealing.envelope import Place, open_with_key, seal_to_person, seal_with_key
from me_platform.services.due import CHILD_AGES
from me_platform.services.instance import Office
from me_platform.services.people import Profile, decode_profile
from me_platform.storage.consents import ConsentEventRow, add_consent_events, list_consent_events
from me_platform.storage.partners import get_partner
from me_platform.storage.people import PersonRow, get_person
from me_platform.storage.receipts import REQUEST_SIZE, ReceiptRow, add_request
from me_platform.storage.records import RecordRow, add_case_record, list_case_records
from me_platform.storage.responses import hold_response, list_own_responses
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.consenting import GIVEN, NOT_NEEDED, REFUSED, WITHDRAWN, Decision, Speaker, is_permitted
from me_platform.surveys.definition import ConsentText, Purpose, Survey

GUARDIAN = "guardian"
"""The kind of the record, of the job, and the ground where a guardian decides."""
LEGAL_REPRESENTATIVE, OLD_ENOUGH = "legal_representative", "old_enough"
GROUNDS = (GUARDIAN, LEGAL_REPRESENTATIVE, OLD_ENOUGH)
"""Who decides beside the child: a guardian; the organisation, as her legal representative; nobody, by law."""
WAYS = ("in_person", "phone", "interpreter", "cultural_mediator", "writing")
"""How a guardian's word was given."""


@dataclass(frozen=True)
class Said:
    """What staff were told: the ground and, where a guardian decides, how, and yes or no by purpose."""

    ground: str
    how: str = ""
    decisions: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """What stands of a child's guardian: ``decisions`` by purpose, empty where none is needed."""

    id: UUID
    day: date
    ground: str
    how: str
    decisions: Mapping[str, str]


def find_standing(records: Mapping[UUID, Record]) -> Standing | None:
    """The record that stands among those of one person."""
    found = {place: record for place, record in records.items() if record.kind == GUARDIAN}
    for place, record in choose_standing(found).items():
        content = record.content
        return Standing(place, record.day, content["ground"], content.get("how") or "", dict(content["decisions"]))
    return None


def list_decisions(standing: Standing | None) -> tuple[Decision, ...]:
    """What stands, as the pure function of consent reads it."""
    if standing is None:
        return ()
    if standing.ground != GUARDIAN:
        return tuple(Decision(purpose.value, NOT_NEEDED, Speaker.GUARDIAN) for purpose in Purpose)
    return tuple(Decision(name, decision, Speaker.GUARDIAN) for name, decision in standing.decisions.items())


def may_be_asked(standing: Standing | None, survey: Survey) -> bool:
    """Whether somebody may be asked a survey as far as a guardian has to say yes to it."""
    return survey.audience != "child" or is_permitted(list_decisions(standing), Purpose.ANSWER)


def check_guardian(office: Office, session: Session, survey: Survey, person: PersonRow) -> None:
    """Let no code for a survey of children be issued without the guardian's yes, or a ground why none is needed.

    Raises GuardianMissing.
    """
    if survey.audience != "child":
        return
    if not may_be_asked(find_standing(open_records(office, session, person)), survey):
        raise GuardianMissing(survey.id, person.code)


def list_guardian_texts(surveys: Iterable[Survey]) -> tuple[ConsentText, ...]:
    """The words a guardian is asked with, one for each purpose; of several surveys those of the first."""
    texts: dict[Purpose, ConsentText] = {}
    for survey in surveys:
        for text in survey.guardian:
            texts.setdefault(text.purpose, text)
    return tuple(texts.values())


def list_grounds(catalogue: Catalogue, partner: str, age_band: str) -> tuple[str, ...]:
    """The grounds there may be; that a child is old enough is one only where a plan says so of organisation and age."""
    old_enough = any(
        each.code == partner and age_band in each.alone for plan in catalogue.plans.values() for each in plan.partners
    )
    return GROUNDS if old_enough else GROUNDS[:-1]


def record_guardian(
    staff: Office, worker: Office, catalogue: Catalogue, partner_code: str, person_code: str, said: Said
) -> None:
    """The same from the command line, with effect at once. Raises InputInvalid, NotFound."""
    with Session(staff.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        person = get_person(session, person_code)
        key = staff.vault.get_person(partner.id, person.id).data_key
        place = Place("person", person.id, partner.id)
        profile = decode_profile(open_with_key(key, person.sealed, place)).correct(staff.sources.today())
        order = write_guardian(staff, session, catalogue, partner_code, person, profile, said, staff.sources.new_id())
        session.commit()
    if order is not None:
        take_effect(worker, catalogue, {**order, "partner": partner_code})


def list_child_surveys(catalogue: Catalogue, partner: str, age_band: str) -> list[Survey]:
    """The surveys of children the plans let a partner ask somebody of this age. Raises NotFound for an adult."""
    if age_band not in CHILD_AGES and age_band != "unknown":
        raise NotFound("guardian", age_band)
    asked = dict.fromkeys(
        name
        for plan in catalogue.plans.values()
        for each in plan.partners
        if each.code == partner
        for name in plan.list_asked(each)
    )
    return [survey for name in asked if (survey := catalogue.surveys.get(name)) and survey.guardian]


def write_guardian(
    office: Office,
    session: Session,
    catalogue: Catalogue,
    partner_code: str,
    person: PersonRow,
    profile: Profile,
    said: Said,
    place_id: UUID,
) -> Mapping[str, Any] | None:
    """Add the record within the caller's transaction; returns what the worker is to do, or None where it is there."""
    today = office.sources.today()
    texts = {text.purpose.value: text for text in _list_texts(catalogue, partner_code, profile.age_band)}
    if said.ground not in list_grounds(catalogue, partner_code, profile.age_band):
        raise InputInvalid("This ground is not one of those the plan knows for this child.")
    if not set(said.decisions) <= set(texts):
        raise InputInvalid("A guardian is asked for the purposes there are words for, and for no others.")
    standing = find_standing(open_records(office, session, person))
    before = dict(standing.decisions) if standing else {}
    decided = _decide(said, before)
    known = said.ground == GUARDIAN
    content = {
        "date": today,
        "ground": said.ground,
        "how": said.how or None if known else None,
        "decisions": {**before, **decided} if known else {},
        "texts": {name: f"{text.version} {text.fingerprint}" for name, text in texts.items()} if known else {},
        "replaces": standing.id if standing else None,
    }
    setting = Setting(catalogue.taxonomy, catalogue.surveys, today)
    record = check_record(content, RECORD_KINDS[GUARDIAN], setting)
    key = office.vault.get_person(person.partner, person.id).data_key
    sealed = seal_with_key(
        key, encode_record(record), Place("case_record", place_id, person.partner), office.sources.random, CASE_BYTES
    )
    if not add_case_record(session, RecordRow(place_id, person.partner, person.id, today, sealed)):
        return None
    return {
        "person": person.code,
        "day": today.isoformat(),
        "events": [
            {
                "id": str(office.sources.new_id()),
                "purpose": name,
                "decision": decision,
                "text": [texts[name].version, texts[name].fingerprint] if name in texts else ["", ""],
            }
            for name, decision in decided.items()
        ],
    }


def _decide(said: Said, before: Mapping[str, str]) -> dict[str, str]:
    """What is decided anew, by purpose: a no after a yes takes it back."""
    if said.ground != GUARDIAN:
        return {purpose.value: NOT_NEEDED for purpose in Purpose}
    no = {name: WITHDRAWN if before.get(name) in {GIVEN, WITHDRAWN} else REFUSED for name in said.decisions}
    return {name: GIVEN if yes else no[name] for name, yes in said.decisions.items()}


def take_effect(office: Office, catalogue: Catalogue, order: Mapping[str, Any]) -> None:
    """Add the events and, where the guardian does not agree to answering, take back what the child answered."""
    day = date.fromisoformat(order["day"])
    with Session(office.engine) as session:
        partner = get_partner(session, order["partner"])
        enter_partner(session, partner.id)
        person = get_person(session, order["person"])
        known = {event.id for event in list_consent_events(session, person.id)}
        new = [each for each in order["events"] if UUID(each["id"]) not in known]
        events = [
            ConsentEventRow(
                id=UUID(each["id"]),
                partner=partner.id,
                person=person.id,
                position=len(known) + number,
                purpose=each["purpose"],
                decision=each["decision"],
                text_version=each["text"][0],
                text_fingerprint=each["text"][1],
                day=day,
                speaker=Speaker.GUARDIAN,
            )
            for number, each in enumerate(new)
        ]
        add_consent_events(session, events)
        if any(each.purpose == Purpose.ANSWER and each.decision in {REFUSED, WITHDRAWN} for each in events):
            _take_back(office, session, catalogue, person)
        session.commit()


def _take_back(office: Office, session: Session, catalogue: Catalogue, person: PersonRow) -> None:
    """Hold the child's answers and ask for their deletion, as her own receipt code does (privacy-and-safety 1.7)."""
    children = {survey.id for survey in catalogue.surveys.values() if survey.audience == "child"}
    today = office.sources.today()
    for response, survey in list_own_responses(session, person.id):
        if survey not in children:
            continue
        request = office.sources.new_id()
        receipt = ReceiptRow(request, person.partner, person.id, response, survey, b"", today)
        place = Place("request", request, person.partner)
        sealed = seal_to_person(person.public_key, json.dumps({"what": "all"}).encode(), place, REQUEST_SIZE)
        add_request(session, receipt, request=request, day=today, whole=True, sealed=sealed)
        hold_response(session, response)


def _list_texts(catalogue: Catalogue, partner: str, age_band: str) -> Sequence[ConsentText]:
    return list_guardian_texts(list_child_surveys(catalogue, partner, age_band))


def open_records(office: Office, session: Session, person: PersonRow) -> dict[UUID, Record]:
    """The records about a person that are known today, opened. Raises SealBroken."""
    key = office.vault.get_person(person.partner, person.id).data_key
    rows = list_case_records(session, recorded_until=office.sources.today(), person=person.id)
    return {
        row.id: decode_record(open_with_key(key, row.sealed, Place("case_record", row.id, row.partner))) for row in rows
    }
