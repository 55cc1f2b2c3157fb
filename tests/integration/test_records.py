"""Staff's other records over the real database: written, replaced, published, frozen, and gone with the person."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue, check_catalogue
from me_platform.content import Problems
from me_platform.errors import ContentInvalid, InputInvalid, NotFound
from me_platform.exchange.activities import COLUMNS
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.indicators.periods import read_period
from me_platform.sealing.envelope import Place, derive_notice_key, open_with_key, seal_with_key
from me_platform.services.answering import submit_directly
from me_platform.services.doors import issue_doors
from me_platform.services.freezing import Freeze, freeze_plan, read_part
from me_platform.services.importing import import_activities
from me_platform.services.narrative_texts import Finding, NarrativeText, Quote
from me_platform.services.narratives import write_narrative
from me_platform.services.opening import Opened, make_frames, open_partner
from me_platform.services.people import Profile, Service, enrol_person, find_last_end, record_decision, record_service
from me_platform.services.records import add_case_record, add_partner_record
from me_platform.services.reporting import read_texts
from me_platform.services.sittings import Doorstep
from me_platform.storage.erasure import has_records
from me_platform.storage.models import Person, ServiceRecord
from me_platform.storage.notices import SHOWN, find_notices
from me_platform.storage.people import get_person, mark_erased
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Purpose
from tests.conftest import Engines
from tests.integration.conftest import TODAY, Offices

CATALOGUE: Catalogue = check_catalogue(Path(__file__).parents[2], Problems())
WORDS = {"en": "Words.", "lv": "Vārdi."}
PLAN: Plan = replace(
    CATALOGUE.plans["sample"],
    surveys=("outcome-checkin", "caseworker-mirror", "session-pulse"),
    indicators=(),
    partners=(
        PlanPartner("ALFA", WORDS, WORDS),
        PlanPartner("BETA", WORDS, WORDS, consortium=True),
    ),
)
QUARTER = read_period("2026-Q1")
DAY = date(2026, 1, 12)
BARRIER = {"barrier": "B5", "date": DAY, "status": "open", "done": "Asked the municipality."}
PRACTICE = {
    "date": DAY,
    "contact": "Somebody whose name stays here",
    "category": "PLM",
    "types": ["PSY4"],
    "title": WORDS,
    "description": WORDS,
    "gender_specificity": WORDS,
    "evaluation": WORDS,
    "tense": "ongoing",
    "approved": True,
}
FEEDBACK = {
    "survey": "outcome-checkin",
    "date": DAY,
    "said": {"en": "Evenings, please.", "lv": "Lūdzu, vakaros."},
    "decision": "done",
    "changed": {"en": "Two evenings.", "lv": "Divi vakari.", "uk": "Два вечори."},
    "replied": True,
    "published": True,
}
STANDARD = {
    "standard": "safe_residence",
    "date": DAY,
    "rating": "met",
    "evidence": WORDS,
    "reviewer_role": "manager",
}
ATTENDANCE = {
    "activity": "T1",
    "date": DAY,
    "participant": "T1-01",
    "profession": "police",
    "institution": "state",
    "first": True,
}


@dataclass
class Desk:
    """A member of staff of ALFA at work, and the freezes made of it."""

    offices: Offices
    engines: Engines

    def enrol(self, day: date = DAY, entry: str = "") -> str:
        return enrol_person(self.offices.on(day).staff, "ALFA", Profile(entry=entry))

    def note(self, person: str, kind: str, content: Mapping[str, Any], day: date = TODAY) -> UUID:
        return add_case_record(self.offices.on(day).staff, CATALOGUE, "ALFA", person, kind, content)

    def tell(self, kind: str, content: Mapping[str, Any], day: date = TODAY, partner: str = "ALFA") -> UUID:
        return add_partner_record(self.offices.on(day).staff, CATALOGUE, partner, kind, content)

    def decide(self, person: str, purpose: str, decision: str = "given") -> None:
        record_decision(self.offices.worker, "ALFA", person, purpose=purpose, decision=decision, text=("", ""))

    def open(self, cutoff: date = TODAY) -> Opened:
        return open_partner(self.offices.worker, CATALOGUE, PLAN, self.offices.alfa, QUARTER, cutoff)

    def list_rows(self, source: str, cutoff: date = TODAY) -> list[dict[str, str]]:
        return [dict(row.fields) for row in self.open(cutoff).sources if row.source == source]

    def freeze(self) -> Freeze:
        return freeze_plan(self.offices.worker, CATALOGUE, PLAN, QUARTER, TODAY)

    def read(self, partner: str = "ALFA") -> Mapping[str, Any]:
        return read_part(self.offices.worker, self.freeze().id, partner)

    def list_notices(self, survey: str = "outcome-checkin", partner: UUID | None = None) -> list[dict[str, Any]]:
        """What the survey site tells, opened as it does: with its role and the pepper, without the vault."""
        partner = partner or self.offices.alfa.id
        key = derive_notice_key(self.offices.staff.pepper, partner)
        with Session(self.engines.survey) as session:
            enter_partner(session, partner)
            rows = find_notices(session, survey)
        return [json.loads(open_with_key(key, row.sealed, Place("notice", row.id, row.partner))) for row in rows]


@pytest.fixture
def desk(offices: Offices, engines: Engines) -> Desk:
    return Desk(offices, engines)


# -- about a person ----------------------------------------------------------------------------------------------------


def test_a_record_about_a_person_is_counted_as_of_the_period(desk: Desk) -> None:
    person = desk.enrol(entry="police")
    desk.note(person, "barrier", BARRIER)
    desk.note(person, "referral", {"service_type": "LEG3", "date": DAY, "consent": True, "outcome": "received"})
    opened = desk.open()
    assert {(row.source, row.person, row.partner, row.day) for row in opened.sources} == {
        (source, opened.people[0].person, "ALFA", DAY) for source in ("barriers", "referrals")
    }
    frames = make_frames([opened])
    assert frames.sources["barriers"]["barrier"].tolist() == ["B5"]
    assert frames.people["entry"].tolist() == ["police"]


def test_nothing_of_it_lies_in_clear(desk: Desk) -> None:
    """privacy-and-safety part 2: neither the words nor what kind of record it is."""
    person = desk.enrol()
    desk.note(person, "barrier", BARRIER)
    items = {f"L{number}": "done" for number in range(1, 10)}
    desk.note(person, "checklist", {"list": "legal_support", "date": DAY, "items": items})
    with Session(desk.engines.owner) as session:
        rows = session.execute(text("select sealed from case_record")).scalars().all()
    assert len({len(row) for row in rows}) == 1
    assert not any(word in row for row in rows for word in (b"barrier", b"B5", b"checklist", b"municipality"))


def test_a_later_record_takes_the_place_of_an_earlier_one(desk: Desk) -> None:
    """R22: once it is known, and not before."""
    person = desk.enrol()
    first = desk.note(person, "barrier", BARRIER, date(2026, 1, 20))
    resolved = {**BARRIER, "status": "resolved", "resolved": date(2026, 2, 10), "replaces": first}
    desk.note(person, "barrier", resolved, date(2026, 2, 20))
    assert desk.list_rows("barriers") == [{"barrier": "B5", "status": "resolved"}]
    assert desk.list_rows("barriers", date(2026, 2, 19)) == [{"barrier": "B5", "status": "open"}]
    assert desk.list_rows("barriers", date(2026, 1, 19)) == []


def test_what_is_replaced_is_there_of_that_kind_and_replaced_once(desk: Desk) -> None:
    person, other = desk.enrol(), desk.enrol()
    first = desk.note(person, "barrier", BARRIER)
    need = {"category": "N1", "identified": DAY, "status": "open"}
    with pytest.raises(NotFound, match="no record"):
        desk.note(person, "barrier", {**BARRIER, "replaces": UUID(int=1)})
    with pytest.raises(NotFound, match="no record"):
        desk.note(other, "barrier", {**BARRIER, "replaces": first})
    with pytest.raises(InputInvalid, match="of the kind 'barrier', not 'need'"):
        desk.note(person, "need", {**need, "replaces": first})
    second = desk.note(person, "barrier", {**BARRIER, "replaces": str(first)})
    with pytest.raises(InputInvalid, match=f"replaced already, by {second}"):
        desk.note(person, "barrier", {**BARRIER, "replaces": first})
    assert len(desk.list_rows("barriers")) == 1


def test_a_kind_that_is_not_known_or_about_something_else_is_refused(desk: Desk) -> None:
    person = desk.enrol()
    with pytest.raises(NotFound, match="no kind of record 'wish'"):
        desk.note(person, "wish", {})
    with pytest.raises(InputInvalid, match="is about a partner"):
        desk.note(person, "standard", STANDARD)
    with pytest.raises(InputInvalid, match="is about a person"):
        desk.tell("barrier", BARRIER)
    with pytest.raises(NotFound, match="no person 'NOBODY'"):
        desk.note("NOBODY", "barrier", BARRIER)
    with pytest.raises(ContentInvalid, match="`B99` is not known"):
        desk.note(person, "barrier", {**BARRIER, "barrier": "B99"})
    assert desk.open().sources == []


def test_records_of_people_who_objected_are_left_out_and_counted_as_left_out(desk: Desk) -> None:
    """R0: they rest on the plan's ground, unless she objected."""
    for objects in (True, False):
        person = desk.enrol()
        desk.note(person, "barrier", BARRIER)
        if objects:
            desk.decide(person, "object")
    frames = make_frames([desk.open()])
    assert len(frames.sources["barriers"]) == 1
    assert frames.excluded_by_partner["ALFA"]["objected"] == 1
    assert desk.read()["excluded"]["objected"] == 1


def test_progress_is_told_by_narratives_and_rests_on_statistics(desk: Desk) -> None:
    told, silent = desk.enrol(), desk.enrol()
    desk.decide(told, "statistics")
    for person in (told, silent):
        narrative = NarrativeText(DAY, ("LEG", "PSY"), "integration", direction={"LEG": "forward"})
        write_narrative(desk.offices.staff, "ALFA", person, narrative)
    frame = make_frames([desk.open()]).sources["progress"]
    assert frame["area"].tolist() == ["LEG", "PSY"]
    assert frame["stage"].tolist() == ["integration"] * 2
    assert [each if isinstance(each, str) else None for each in frame["direction"]] == ["forward", None]


def test_a_rating_is_a_response_to_its_survey_in_the_wave_of_its_day(desk: Desk) -> None:
    """R6; R0: it needs the statistics consent as answers do."""
    agreed, silent = desk.enrol(), desk.enrol()
    desk.decide(agreed, "statistics")
    for person in (agreed, silent):
        desk.note(person, "rating", {"survey": "caseworker-mirror", "date": DAY, "answers": {"safe_home": "yes"}})
    frames = make_frames([desk.open()])
    assert len(frames.submissions) == 2
    [response] = frames.responses.to_dict("records")
    assert (response["survey"], response["wave"], response["mode"]) == ("caseworker-mirror", "baseline", "self")
    answers = frames.answers.set_index("question")
    assert answers.loc["safe_home", "choice"] == "yes"
    assert frames.excluded_by_partner["ALFA"]["no_statistics_consent"] == 1


def test_records_go_with_the_persons_keys(desk: Desk) -> None:
    """privacy-and-safety part 2: destroying the keys erases the person everywhere."""
    person = desk.enrol()
    desk.note(person, "barrier", BARRIER)
    office = desk.offices.worker
    with Session(office.engine) as session:
        enter_partner(session, desk.offices.alfa.id)
        row = get_person(session, person)
        # As long as a record is kept, taking answers back does not take the keys.
        assert has_records(session, row.id)
        mark_erased(session, row.id)
        session.commit()
    office.vault.destroy_person(desk.offices.alfa.id, row.id)
    opened = desk.open()
    assert (opened.people, opened.sources, opened.secrets) == ([], [], {})
    with Session(desk.engines.owner) as session:
        session.execute(text("delete from person"))
        assert session.execute(text("select count(*) from case_record")).scalar_one() == 0


def test_a_record_of_an_older_release_still_opens(desk: Desk) -> None:
    """What it does not hold was not noted."""
    person = desk.enrol()
    staff, alfa = desk.offices.staff, desk.offices.alfa
    service = record_service(staff, "ALFA", person, Service("LEG5", DAY, 1.5, ended="moved"))
    old = {"type": "LEG5", "date": DAY.isoformat(), "hours": 1.5, "mode": "in_person", "ended": "moved"}
    with Session(desk.engines.owner) as session:
        row = session.get(Person, session.scalars(text("select id from person")).one())
        assert row is not None
        key = staff.vault.get_person(alfa.id, row.id).data_key
        place = Place("service_record", service, alfa.id)
        sealed = seal_with_key(key, json.dumps(old).encode(), place, staff.sources.random, 1024)
        session.execute(update(ServiceRecord).values(sealed=sealed))
        session.commit()
    [opened] = desk.open().services
    assert (opened.hours, opened.ended, opened.interpreter, opened.woman, opened.started) == (
        1.5,
        "moved",
        "",
        "",
        False,
    )
    with Session(staff.engine) as session:
        enter_partner(session, alfa.id)
        assert find_last_end(staff, session, get_person(session, person)) == DAY


def test_what_is_noted_of_a_service_is_counted_and_checked(desk: Desk) -> None:
    person = desk.enrol()
    noted: dict[str, Any] = {
        "interpreter": "provided",
        "mediator": "not_needed",
        "comfortable": "yes",
        "woman": "honoured",
    }
    service = Service("PSY4", DAY, started=True, **noted)
    record_service(desk.offices.staff, "ALFA", person, service)
    record_service(desk.offices.staff, "ALFA", person, Service("PSY4", DAY))
    frame = make_frames([desk.open()]).services
    for name, value in noted.items():
        assert sorted(map(str, frame[name])) == sorted([value, "nan"])
    assert sorted(frame["started"]) == [False, True]
    with pytest.raises(InputInvalid, match="woman cannot be 'maybe'"):
        record_service(desk.offices.staff, "ALFA", person, replace(service, woman="maybe"))
    assert set(asdict(service)) >= set(noted)


def test_the_two_waves_of_a_session_are_told_by_their_codes(desk: Desk) -> None:
    """They lie on one day; everything else is found from days (R6)."""
    survey = CATALOGUE.surveys["session-pulse"]
    person = desk.enrol()
    staff = desk.offices.on(DAY).staff
    doorstep = Doorstep(desk.engines.survey, CATALOGUE.surveys, staff.pepper, staff.sources)
    consents = dict.fromkeys(Purpose, True)
    for wave in ("after", "before"):
        [door] = issue_doors(staff, survey, "ALFA", person_code=person, wave=wave)
        submit_directly(doorstep, door.code, "en", consents, {})
    assert sorted(row.wave for row in desk.open().responses) == ["after", "before"]


# -- about the organisation --------------------------------------------------------------------------------------------


def test_a_part_holds_what_may_be_printed_and_nothing_else(desk: Desk) -> None:
    desk.tell("practice", PRACTICE)
    desk.tell("practice", {**PRACTICE, "approved": False})
    desk.tell("feedback", FEEDBACK)
    desk.tell("feedback", {**FEEDBACK, "published": False})
    desk.tell("feedback", {**FEEDBACK, "date": date(2025, 12, 31)})
    desk.tell("standard", STANDARD)
    part = desk.read()
    [practice], [feedback], [standard] = part["practices"], part["feedback"], part["standards"]
    assert practice["title"] == WORDS
    assert "Somebody" not in json.dumps(part)
    assert not {"contact", "approved", "published"} & {*practice, *feedback}
    assert feedback["changed"] == FEEDBACK["changed"]
    assert standard["evidence"] == WORDS
    assert {each["partner"] for each in (practice, feedback, standard)} == {"ALFA"}


def test_the_last_review_of_a_standard_stands(desk: Desk) -> None:
    desk.tell("standard", {**STANDARD, "date": date(2026, 2, 1)})
    desk.tell("standard", {**STANDARD, "rating": "not_applicable"})
    desk.tell("standard", {**STANDARD, "standard": "trained_guardian", "date": date(2025, 3, 1)})
    told = [(each["standard"], each["rating"], each["date"]) for each in desk.read()["standards"]]
    assert told == [("safe_residence", "met", "2026-02-01"), ("trained_guardian", "met", "2025-03-01")]


def test_the_consortiums_part_tells_of_all_partners(desk: Desk) -> None:
    person = desk.enrol()
    for purpose in ("statistics", "quote"):
        desk.decide(person, purpose)
    finding, quote = Finding(WORDS, checked=True), Quote("Own words.", "en", checked=True)
    narrative = NarrativeText(DAY, ("LEG",), "integration", finding=finding, quote=quote)
    write_narrative(desk.offices.staff, "ALFA", person, narrative)
    desk.tell("practice", PRACTICE)
    desk.tell("feedback", FEEDBACK)
    desk.tell("practice", PRACTICE, partner="BETA")
    own, joint = desk.read("ALFA"), desk.read("BETA")
    for name, partners in (("findings", ["ALFA"]), ("quotes", ["ALFA"]), ("feedback", ["ALFA"])):
        assert [each["partner"] for each in joint[name]] == partners
        assert joint[name] == own[name]
    assert [each["partner"] for each in joint["practices"]] == ["ALFA", "BETA"]
    assert [each["partner"] for each in own["practices"]] == ["ALFA"]
    findings, quotes = read_texts(desk.offices.worker, "BETA", joint)
    assert [(each["partner"], each["text"]) for each in (*findings, *quotes)] == [
        ("ALFA", WORDS),
        ("ALFA", "Own words."),
    ]
    desk.decide(person, "quote", "withdrawn")
    findings, quotes = read_texts(desk.offices.worker, "BETA", joint)
    assert (len(findings), [each["text"] for each in quotes]) == (1, [None])


def test_references_of_an_older_freeze_are_the_partners_own(desk: Desk) -> None:
    person = desk.enrol()
    desk.decide(person, "statistics")
    narrative = NarrativeText(DAY, ("LEG",), "integration", finding=Finding(WORDS, checked=True))
    write_narrative(desk.offices.staff, "ALFA", person, narrative)
    [reference] = desk.read()["findings"]
    part = {"findings": [{"id": reference["id"], "hash": reference["hash"]}], "quotes": []}
    assert [each["text"] for each in read_texts(desk.offices.worker, "ALFA", part)[0]] == [WORDS]


def test_a_second_freeze_of_the_same_records_is_the_same(desk: Desk) -> None:
    """R23."""
    person = desk.enrol()
    desk.note(person, "barrier", BARRIER)
    desk.tell("practice", PRACTICE)
    desk.tell("standard", STANDARD)
    first, second = desk.freeze(), desk.freeze()
    assert (first.id, first.new, second.new) == (second.id, True, False)
    desk.tell("standard", {**STANDARD, "standard": "child_care"})
    assert desk.freeze().id != first.id


def test_attendances_are_of_activities_in_the_list_and_of_people_by_their_code(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no activity 'T1'"):
        desk.tell("attendance", ATTENDANCE)
    import_activities(desk.offices.staff, PLAN, "ALFA", _write_training(), "list.csv")
    desk.tell("attendance", ATTENDANCE)
    desk.tell("attendance", {**ATTENDANCE, "participant": ""})
    people = sorted(row.person for row in desk.open().sources if row.source == "attendances")
    assert people == ["", "a:ALFA:T1-01"]
    frame = make_frames([desk.open()]).sources["attendances"]
    assert sorted(frame["person"].isna()) == [False, True]


def _write_training() -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow(
        {
            "id": "T1",
            "year": "2026",
            "date_start": "2026-01-12",
            "date_end": "2026-01-12",
            "date_precision": "day",
            "activity": "A training",
            "activity_type": "training",
            "organiser": "ALFA",
            "funder_basis": "not stated",
            "source_file": "test",
        }
    )
    return out.getvalue().encode()


# -- what the survey site tells ----------------------------------------------------------------------------------------


def test_published_feedback_is_told_to_those_who_are_asked_next(desk: Desk) -> None:
    desk.tell("feedback", FEEDBACK)
    desk.tell("feedback", {**FEEDBACK, "published": False})
    assert desk.list_notices() == [{"asked": FEEDBACK["said"], "changed": FEEDBACK["changed"]}]
    assert desk.list_notices("session-pulse") == []
    assert desk.list_notices(partner=desk.offices.beta.id) == []


def test_a_notice_says_what_stands_now(desk: Desk) -> None:
    first = desk.tell("feedback", FEEDBACK)
    later = {"en": "Every evening.", "lv": "Katru vakaru."}
    second = desk.tell("feedback", {**FEEDBACK, "changed": later, "replaces": first})
    assert [each["changed"] for each in desk.list_notices()] == [later]
    desk.tell("feedback", {**FEEDBACK, "published": False, "replaces": second})
    assert desk.list_notices() == []


def test_only_the_last_notices_are_shown(desk: Desk) -> None:
    days = [date(2026, 1, day) for day in range(13, 13 + SHOWN + 2)]
    for day in days:
        desk.tell("feedback", {**FEEDBACK, "said": {"en": day.isoformat(), "lv": "x"}}, day)
    assert [each["asked"]["en"] for each in desk.list_notices()] == [f"{day}" for day in reversed(days[-SHOWN:])]


def test_notices_have_one_length(desk: Desk) -> None:
    desk.tell("feedback", FEEDBACK)
    words = dict.fromkeys(("en", "lv", "ru", "uk", "ar"), "\U0001f54a" * 600)
    desk.tell("feedback", {**FEEDBACK, "said": words, "changed": words})
    with Session(desk.engines.owner) as session:
        assert len({len(row) for row in session.execute(text("select sealed from notice")).scalars()}) == 1
