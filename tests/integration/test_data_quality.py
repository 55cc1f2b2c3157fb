"""The quality of data of real records: frozen for its own organisation, and own records in doubt as they are today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from me_platform.access import Membership, Role, User
from me_platform.errors import NotFound, NotPermitted
from me_platform.indicators.periods import read_period
from me_platform.services.data_quality import check_records, make_quality, open_quality, read_quality
from me_platform.services.freezing import read_part
from me_platform.services.jobs import run_next_job
from me_platform.services.people import Profile, Service, enrol_person, record_service
from me_platform.services.restating import freeze_and_restate
from me_platform.services.seats import Organisation, Seat
from me_platform.services.staff_figures import open_figures, open_verification, order_verification, verify_snapshot
from tests.conftest import Engines
from tests.freeze_samples import CATALOGUE, PLAN, SURVEY, Records
from tests.integration.conftest import Offices

CUTOFF, LATER = date(2026, 4, 1), date(2026, 5, 1)
QUARTER = read_period("2026-Q1")
CONTENT = replace(CATALOGUE, plans={PLAN.id: PLAN})


@pytest.fixture
def records(offices: Offices, engines: Engines) -> Records:
    return Records(offices, engines)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def sit(offices: Offices, role: Role, code: str = "ALFA", at: str = "ALFA") -> Seat:
    """Somebody with a role in the organisation ``code``, at the organisation ``at``, which KOPA leads."""
    rows = {"ALFA": offices.alfa, "BETA": offices.beta}
    account = UUID(int=9)
    home = rows.get(code, offices.beta)
    return Seat(User(account, (Membership(home.id, code, role),)), Organisation(rows[at], frozenset({"BETA"})))


def test_answers_are_told_to_the_organisations_own_and_a_caseworker_gets_nothing(records: Records) -> None:
    """Privacy-and-safety 1.10, R3: by the funder rule inside the partner too, and no answer of a named person."""
    for number in range(13):
        records.enrol(date(2026, 1, 10) + timedelta(number))
    freeze = records.freeze(CUTOFF)
    offices = records.offices.on(CUTOFF)
    own = open_quality(offices.staff, CONTENT, sit(offices, Role.OFFICER), freeze=freeze.id)
    [survey] = own.surveys
    assert [each.part for each in survey.stages] == ["responded", "in_window", "once", "begun"]
    assert {each.state.value for each in survey.stages} == {"banded"}
    assert all(int(each.low or 0) % 5 == 0 and int(each.high or 0) % 5 == 0 for each in survey.stages)
    names = {each.name for each in survey.questions}
    about_us = {each.name for each in SURVEY.questions if each.about == "organisation"}
    assert names == {each.name for each in SURVEY.questions}
    manager = open_quality(offices.staff, CONTENT, sit(offices, Role.MANAGER), freeze=freeze.id)
    assert {each.name for each in manager.surveys[0].questions} == names - about_us
    assert about_us
    with pytest.raises(NotPermitted):
        open_quality(offices.staff, CONTENT, sit(offices, Role.CASEWORKER), freeze=freeze.id)
    part = open_figures(offices.staff, CONTENT, sit(offices, Role.MANAGER), freeze=freeze.id).part
    assert part is not None
    assert "organisation" not in json.dumps([each["disaggregation"] for each in part.content["quality"]])


def test_the_quality_of_answers_is_computed_again_and_stays_as_it_was_frozen(records: Records) -> None:
    """R22, R23, R27: what comes later changes no frozen quality; the same records give the same snapshot again."""
    for _ in range(7):
        records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    before = read_part(records.offices.worker, freeze.id, "ALFA")["quality"]
    assert before
    records.enrol(date(2026, 2, 1))
    assert records.freeze(CUTOFF).id != ""
    assert read_part(records.offices.worker, freeze.id, "ALFA")["quality"] == before


def test_a_part_of_before_tells_only_what_its_figures_do(records: Records) -> None:
    for _ in range(7):
        records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    part = {**read_part(records.offices.worker, freeze.id, "ALFA")}
    del part["quality"]
    assert make_quality(CONTENT, part) == ()


def test_own_records_in_doubt_are_found_and_told_to_nobody_else(records: Records) -> None:
    """R22: late data; records said twice; a service before enrolment; two people noted alike."""
    offices = records.offices.on(date(2026, 3, 2))
    staff = offices.staff
    one, other = (enrol_person(staff, "ALFA", Profile("25-34", "lv", entry="police")) for _ in range(2))
    for person, day in (
        (one, date(2026, 3, 1)),
        (one, date(2026, 3, 2)),
        (one, date(2026, 3, 2)),
        (other, date(2026, 2, 1)),
    ):
        record_service(staff, "ALFA", person, Service("LEG5", day))
    freeze = records.freeze(CUTOFF)
    record_service(records.offices.on(LATER).staff, "ALFA", other, Service("PSY4", date(2026, 3, 20)))
    found = check_records(records.offices.on(LATER).staff, CONTENT, sit(offices, Role.MANAGER), freeze.id).quality
    [timeliness] = found.timeliness
    assert (timeliness.records, timeliness.timely) == (5, 3)
    assert found.late is not None
    assert found.late.records == 1
    assert [(each.code, each.kind, each.day) for each in found.repeated] == [(one, "service", date(2026, 3, 2))]
    assert {each.code for each in found.before_entry} == {one, other}
    assert [{each.code for each in pair} for pair in found.twins] == [{one, other}]
    for role, code in ((Role.CASEWORKER, "ALFA"), (Role.OFFICER, "BETA"), (Role.AUDITOR, "ALFA")):
        with pytest.raises(NotPermitted):
            check_records(offices.staff, CONTENT, sit(offices, role, code), freeze.id)
    told = read_quality(records.offices.on(LATER).worker, CONTENT, "ALFA", QUARTER)
    content = json.dumps(told.make_content(), default=str)
    assert one not in content
    assert other not in content
    assert told.make_content()["records"]["enrolled_twice"] == 1
    assert any(line.startswith("Perhaps written down twice: 1") for line in told.list_lines())


def test_without_a_snapshot_of_the_period_records_are_looked_at_and_a_plan_without_one_is_named(
    records: Records,
) -> None:
    told = read_quality(records.offices.on(CUTOFF).worker, CONTENT, "ALFA", QUARTER)
    assert (told.freeze, told.surveys, told.records.timeliness) == ("", (), ())
    with pytest.raises(NotFound):
        read_quality(records.offices.on(CUTOFF).worker, CONTENT, "ALFA", QUARTER, "sample")


def test_a_snapshot_is_verified_whole_by_the_worker(records: Records, executor: ThreadPoolExecutor) -> None:
    """R27, issue E: the staff site verifies against the living records, and says so where one byte was changed."""
    for _ in range(6):
        records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    offices = records.offices.on(LATER)
    seat = sit(offices, Role.AUDITOR)

    def verify() -> tuple[int, int, tuple[str, ...]]:
        job = order_verification(offices.staff, CONTENT, seat, freeze.id)
        with pytest.raises(NotFound):
            open_verification(offices.staff, CONTENT, seat, freeze.id, job)
        assert run_next_job(offices.worker, CONTENT, executor)
        check = open_verification(offices.staff, CONTENT, seat, freeze.id, job).check
        return check.figures, check.equal, check.faults

    figures, equal, faults = verify()
    assert figures == equal > 0
    assert faults == ()
    with records.engines.owner.begin() as connection:
        query = (
            "update snapshot set sealed = overlay(sealed placing '\\x00'::bytea from 99) where partner_id = :partner"
        )
        connection.execute(text(query), {"partner": records.offices.alfa.id})
    _, _, faults = verify()
    assert "does not open" in faults[0]


def test_a_restatement_is_shown_with_both_snapshots_and_without_a_name(records: Records) -> None:
    """R24: which snapshot takes which one's place, and its causes; who approved it is a role."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(8)]
    worker = records.offices.on(CUTOFF).worker
    old = freeze_and_restate(worker, CONTENT, PLAN, QUARTER, CUTOFF)
    for person in people:
        record_service(records.offices.on(LATER).staff, "ALFA", person, Service("PSY4", date(2026, 3, 20), 2.0))
    new = freeze_and_restate(records.offices.on(LATER).worker, CONTENT, PLAN, QUARTER, LATER)
    offices = records.offices.on(LATER)
    seat = sit(offices, Role.MANAGER)
    for freeze in (old, new):
        [shown] = verify_snapshot(offices.staff, CONTENT, seat, freeze.id).restatements
        assert (shown.replaces, shown.freeze, shown.account) == (old.id, new.id, None)
        assert "support-useful" not in {(each["new"] or each["old"])["indicator"] for each in shown.figures}
    assert verify_snapshot(offices.staff, CONTENT, sit(offices, Role.OFFICER), new.id).restatements[0].figures
    assert read_quality(offices.worker, CONTENT, "ALFA", QUARTER).restated.keys() == {old.id}
