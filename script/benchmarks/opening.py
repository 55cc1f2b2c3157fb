"""Opening sealed responses for a freeze, beside nothing but HPKE's own opening of the same records.

The program's way holds everything: keys out of the vault, rows out of the database, opening, checking each answer
against the survey, and the rows the figures are counted from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.demo.build import PLAN
from me_platform.indicators.periods import read_period
from me_platform.sealing.envelope import Place, make_public_key, open_as_person, seal_to_person
from me_platform.services.instance import Office, open_office
from me_platform.services.opening import open_partner
from me_platform.services.people import Profile, add_participant
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.responses import ResponseRow, add_response
from me_platform.storage.tenancy import enter_person
from me_platform.surveys.answers import compute_capacity, encode_response, make_response
from me_platform.surveys.definition import Answer, AnswerState, Mode, Survey
from script.benchmarks.instance import PARTNER, lend_instance
from script.benchmarks.rounds import Line, Size, compare

SURVEY = "outcome-checkin"
_EACH = 20
"""Responses of one person."""


@dataclass(frozen=True)
class Record:
    """What lies in the database of one response, with the key that opens it and the words that bind it."""

    private: bytes
    sealed: bytes
    place: Place


def list_lines(root: Path, size: Size) -> Iterator[Line]:
    """Seconds of the program's way, and of its envelope alone, over those of bare HPKE."""
    with (
        lend_instance(root) as (settings, catalogue),
        open_office(settings, "me_staff") as staff,
        open_office(settings, "me_survey") as survey,
        open_office(settings, "me_worker") as worker,
    ):
        partner, records = _seal(staff, survey, catalogue, size.responses)
        suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        bare = [(record.sealed[1:], record.private, _bind(record.place)) for record in records]
        plan, today = catalogue.get_plan(PLAN), worker.sources.today()
        period = read_period(f"{today.year - 1}-01-01..{today.isoformat()}")

        def open_bare() -> None:
            for sealed, private, info in bare:
                suite.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info=info)

        def open_envelopes() -> None:
            for record in records:
                open_as_person(record.private, record.sealed, record.place)

        def open_ours() -> None:
            opened = open_partner(worker, catalogue, plan, partner, period, today)
            assert len(opened.responses) == len(records)  # noqa: S101

        seconds = compare({"ours": open_ours, "envelope": open_envelopes, "bare": open_bare}, min(size.rounds, 5))
        number = f"{len(records):,}".replace(",", " ")
        for name, words in (("ours", "for a freeze, all of it"), ("envelope", "our envelope alone")):
            yield Line(
                "opening",
                f"opening {number} responses, {words} : bare HPKE",
                seconds[name] / seconds["bare"],
                None,
                f"{seconds[name]:.2f} s : {seconds['bare']:.2f} s",
            )


def _bind(place: Place) -> bytes:
    """What the envelope binds a format 1 record to (``sealing.envelope``)."""
    return b"me_platform sealed \x01" + place.partner.bytes + place.row.bytes + place.table.encode()


def _seal(staff: Office, door: Office, catalogue: Catalogue, number: int) -> tuple[PartnerRow, list[Record]]:
    """People with answers, stored as the survey site stores them."""
    survey = catalogue.get_survey(SURVEY)
    records = []
    with Session(staff.engine) as session:
        partner = get_partner(session, PARTNER)
        people = [add_participant(staff, session, partner, Profile()).id for _ in range(-(-number // _EACH))]
        session.commit()
    keys = staff.vault.list_people(partner.id)
    day = staff.sources.today()
    with Session(door.engine) as session:
        for at in range(number):
            person = people[at // _EACH]
            if at % _EACH == 0:
                enter_person(session, partner.id, person)
            private = keys[person].private_key
            row = _make_row(door, survey, partner.id, person, private, day - timedelta(days=at % 90))
            add_response(session, row)
            records.append(Record(private, row.sealed, Place("response", row.id, partner.id)))
        session.commit()
    return partner, records


def _make_row(door: Office, survey: Survey, partner: UUID, person: UUID, private: bytes, day: date) -> ResponseRow:
    row = door.sources.new_id()
    answers = {
        question.name: Answer(AnswerState.ANSWERED, question.choices[0].value)
        for question in survey.questions
        if question.kind == "single_choice"
    }
    response = make_response(survey, "baseline", survey.languages[0], Mode.SELF, answers)
    return ResponseRow(
        id=row,
        partner=partner,
        person=person,
        survey=survey.id,
        survey_version=survey.version,
        survey_fingerprint=survey.fingerprint,
        wave=response.wave,
        day=day,
        submission_key=door.sources.random(16),
        sealed=seal_to_person(
            make_public_key(private),
            encode_response(response, survey),
            Place("response", row, partner),
            compute_capacity(survey),
        ),
    )
