"""Casework against the real database: what the worker does of it, what is counted of corrections, what is due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.demo.caseloads import assign_sample_caseloads
from me_platform.errors import InputInvalid, NotPermitted, RecordReplaced
from me_platform.exchange.records import Record
from me_platform.indicators.periods import read_period
from me_platform.services.casework import Wish, hand_over, list_people, note_decision
from me_platform.services.doors import issue_doors
from me_platform.services.due import DueKind, Facts, Issue, NarrativeState, list_due, list_surveys
from me_platform.services.instance import Office
from me_platform.services.jobs import run_next_job
from me_platform.services.opening import open_partner
from me_platform.services.people import Service
from me_platform.services.person_file import change_profile, get_profile, open_person, write_record, write_service
from me_platform.services.records import add_case_record
from me_platform.services.work import take_decision
from me_platform.storage.records import list_narrative_heads
from me_platform.storage.tenancy import enter_partner
from tests.casework_samples import CLARA, CORA, MONA, CaseworkWorld, make_casework
from tests.conftest import Engines

DAYS = 90


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> CaseworkWorld:
    return make_casework(engines, tmp_path)


def make_worker(office: Office, engines: Engines) -> Office:
    return replace(office, engine=engines.worker)


def list_events(engines: Engines) -> list[tuple[str, str]]:
    with engines.owner.connect() as connection:
        rows = connection.execute(text("select purpose, decision from consent_event order by position"))
        return [(row.purpose, row.decision) for row in rows]


def no_step(_done: int, _total: int) -> None:
    """A step nobody looks at."""


def test_the_worker_lets_a_decision_take_effect_once(world: CaseworkWorld, engines: Engines) -> None:
    catalogue = world.staff.desk.catalogue
    with world.open_office() as office, ThreadPoolExecutor(1) as executor:
        seat = world.take_seat(CORA)
        note_decision(office, catalogue, seat, world.people["ada"], "quote", "withdrawn", "k1")
        note_decision(office, catalogue, seat, world.people["ada"], "quote", "withdrawn", "k1")
        worker = make_worker(office, engines)
        assert run_next_job(worker, catalogue, executor)
        assert not run_next_job(worker, catalogue, executor)
        assert list_events(engines) == [("quote", "withdrawn")]
        with engines.owner.connect() as connection:
            assert connection.execute(text("select status from job")).scalar_one() == "done"
        order = {
            "partner": "ALFA",
            "person": world.codes["ada"],
            "purpose": "object",
            "decision": "given",
            "text": ["", ""],
            "day": "2026-10-15",
            "event": str(UUID(int=5, version=4)),
        }
        step: Any = no_step
        assert [take_decision(worker, catalogue, order, step) for _ in range(2)] == [{"done": True}] * 2
        assert list_events(engines) == [("quote", "withdrawn"), ("object", "given")]
        assert take_decision(worker, catalogue, {**order, "person": "NOBODY22"}, step) == {"done": False}


def test_nobody_says_yes_to_being_counted_for_somebody_else(world: CaseworkWorld, engines: Engines) -> None:
    with world.open_office() as office:
        catalogue, seat, ada = world.staff.desk.catalogue, world.take_seat(CORA), world.people["ada"]
        for purpose, decision in (("statistics", "given"), ("answer", "given"), ("link", "given"), ("x", "y")):
            with pytest.raises(InputInvalid):
                note_decision(office, catalogue, seat, ada, purpose, decision, "k")
        content = {"date": date(2026, 10, 1), "purpose": "quote", "decision": "withdrawn"}
        with pytest.raises(InputInvalid, match="me consent record"):
            add_case_record(office, catalogue, "ALFA", world.codes["ada"], "decision", content)
    assert list_events(engines) == []


def test_what_is_counted_follows_corrections_and_leaves_out_what_they_replaced(
    world: CaseworkWorld, engines: Engines
) -> None:
    """R11 and R22: before the correction the first state, after it the corrected one."""
    catalogue, seat, ada = world.staff.desk.catalogue, world.take_seat(CORA), world.people["ada"]
    enrolled = world.staff.clock().date()
    period = read_period("2026-01-01..2026-12-31")
    plan = catalogue.get_plan("sample")
    world.staff.clock.time += timedelta(days=10)
    with world.open_office() as office:
        opened = get_profile(office, seat, ada)
        change_profile(office, seat, ada, replace(opened.profile, age_band="35-49", term="x"), opened.version)
        file = open_person(office, catalogue, seat, ada, narrative_days=DAYS, action=Action.OPEN_PERSON)
        [entry] = file.services
        corrected = replace(entry.service, hours=2.0, replaces=str(entry.id))
        write_service(office, seat, ada, corrected, "c1")
        write_service(office, seat, ada, corrected, "c1")
        with pytest.raises(RecordReplaced):
            write_service(office, seat, ada, corrected, "c2")
        write_record(office, catalogue, seat, ada, "goal", {"words": "Mine", "date": enrolled, "rating": 9}, "g9")
        worker = make_worker(office, engines)
        seen = {
            days: open_partner(worker, catalogue, plan, seat.partner, period, enrolled + timedelta(days=days))
            for days in (5, 10)
        }
    bands = {days: {row.person: row.age_band for row in each.people}[str(ada)] for days, each in seen.items()}
    hours = {days: [row.hours for row in each.services if row.person == str(ada)] for days, each in seen.items()}
    assert bands == {5: "25-34", 10: "35-49"}
    assert hours == {5: [1.5], 10: [2.0]}
    assert {row.source for each in seen.values() for row in each.sources} == {"needs"}


def test_participants_whom_nobody_enrolled_are_nobodys_people(world: CaseworkWorld) -> None:
    catalogue = world.staff.desk.catalogue
    with world.open_office() as office:
        issue_doors(office, catalogue.get_survey("outcome-checkin"), "ALFA", number=3)
        found = list_people(office, catalogue, world.take_seat(MONA), Wish(), narrative_days=DAYS)
    assert {card.head.code for card in found.cards} == {world.codes[name] for name in ("ada", "bea", "dora", "eve")}


def test_a_code_counts_as_handed_over_whatever_became_of_it(world: CaseworkWorld, engines: Engines) -> None:
    """privacy-and-safety 1.10: the list is the same whether the code was used, refused or let lie."""
    catalogue, seat = world.staff.desk.catalogue, world.take_seat(CLARA)
    with world.open_office() as office:
        person = world.people["dora"]
        assert hand_over(office, catalogue, seat, person, "outcome-checkin", "", "k")
        seen = []
        for status in ("open", "spent", "revoked"):
            with engines.owner.begin() as connection:
                connection.execute(text("update door set status = :status"), {"status": status})
            found = list_people(office, catalogue, seat, Wish(), narrative_days=DAYS)
            file = open_person(office, catalogue, seat, person, narrative_days=DAYS, action=Action.OPEN_PERSON)
            seen.append((found, file))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1].due == ()


def test_the_service_asks_again_for_the_caseload(world: CaseworkWorld) -> None:
    with world.open_office() as office, pytest.raises(NotPermitted):
        write_service(office, world.take_seat(CLARA), world.people["ada"], Service("LEG1", date(2026, 10, 1)), "k")


def test_sample_caseloads_are_filled_by_the_manager(world: CaseworkWorld) -> None:
    catalogue, seat = world.staff.desk.catalogue, world.take_seat(MONA)
    with world.open_office() as office:
        assert assign_sample_caseloads(office, every=1) > 0
        assert assign_sample_caseloads(office, every=1) == 0
        found = list_people(office, catalogue, seat, Wish(), narrative_days=DAYS)
    cards = sorted(found.cards, key=lambda card: card.head.code)
    for number, card in enumerate(cards):
        assert (CLARA, CORA)[number % 2] in card.caseworkers.values()


def test_heads_of_narratives_are_listed_without_their_content(world: CaseworkWorld, engines: Engines) -> None:
    with Session(engines.staff) as session:
        enter_partner(session, world.take_seat(CORA).partner.id)
        assert list_narrative_heads(session) == ()


# -- what is due, decided purely ---------------------------------------------------------------------------------------


def test_what_is_due_follows_windows_reviews_and_narratives(world: CaseworkWorld) -> None:
    catalogue, today = world.staff.desk.catalogue, date(2026, 10, 15)
    surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, "ALFA", "25-34")
    assert [survey.id for survey in surveys] == ["outcome-checkin", "session-pulse"]

    def see(**facts: Any) -> list[tuple[DueKind, str]]:  # noqa: ANN401 - fields of Facts
        return [(due.kind, due.wave or due.about) for due in list_due(surveys, Facts(**facts), today, DAYS)]

    new = today - timedelta(days=3)
    assert see(enrolled=new, age_band="25-34") == [(DueKind.SURVEY, "baseline")]
    handed = (Issue("outcome-checkin", "baseline", today),)
    assert see(enrolled=new, age_band="25-34", issues=handed) == []
    old = today - timedelta(days=95)
    first = (Issue("outcome-checkin", "baseline", old),)
    told = (NarrativeState(UUID(int=1), "approved", today),)
    assert see(enrolled=old, age_band="25-34", issues=first, narratives=told) == [(DueKind.SURVEY, "followup-1")]
    assert (DueKind.NARRATIVE, "") in see(enrolled=old, age_band="25-34", issues=first)
    ended = (Service("PSY4", today - timedelta(days=2), ended="moved"),)
    assert see(enrolled=old, age_band="25-34", issues=first, services=ended) == [(DueKind.SURVEY, "exit")]
    returned = (NarrativeState(UUID(int=1), "returned", today),)
    assert see(enrolled=new, age_band="25-34", issues=handed, narratives=returned) == [(DueKind.RETURNED, "")]
    need = {"category": "N1", "identified": "2026-09-01", "review_due": "2026-10-15", "status": "open"}
    for changed, due in (({}, True), ({"reviewed": "2026-10-15"}, False), ({"review_due": "2026-10-16"}, False)):
        records = {UUID(int=2): Record("need", new, None, {**need, **changed})}
        assert ((DueKind.REVIEW, "N1") in see(enrolled=new, age_band="25-34", issues=handed, records=records)) is due
