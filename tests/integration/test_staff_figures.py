"""A freeze that is ordered on the staff site and made by the worker, and which figures ask about the organisation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from me_platform.access import Membership, Role, User
from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.errors import InputInvalid, NotFound, NotPermitted
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.services.audit import Deed, list_log
from me_platform.services.freezing import freeze_plan
from me_platform.services.jobs import find_progress, run_next_job
from me_platform.services.people import Profile, Service, enrol_person, record_service
from me_platform.services.seats import Organisation, Seat, find_consortia
from me_platform.services.staff_figures import (
    find_before,
    is_about_us,
    list_led_plans,
    list_snapshots,
    make_left_out,
    open_figures,
    order_freeze,
    verify_snapshot,
)
from me_platform.storage.snapshots import SnapshotHead
from tests.conftest import Engines
from tests.integration.conftest import Offices
from tests.report_samples import ROOT

SHIPPED: Catalogue = load_catalogue(ROOT)
WORDS = {"en": "words", "lv": "vārdi"}
PLAN: Plan = replace(
    SHIPPED.plans["sample"],
    id="small",
    surveys=(),
    partners=(PlanPartner("ALFA", WORDS, WORDS, consortium=True), PlanPartner("BETA", WORDS, WORDS)),
    indicators=tuple(
        each for each in SHIPPED.plans["sample"].indicators if each.indicator in {"people-supported", "services-given"}
    ),
)
ALONE: Plan = replace(PLAN, id="alone", partners=(PlanPartner("BETA", WORDS, WORDS),))
CATALOGUE = replace(SHIPPED, plans={"small": PLAN, "alone": ALONE})
TODAY = date(2026, 3, 2)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def take_seat(offices: Offices, role: Role, code: str = "ALFA") -> Seat:
    """Somebody with a role at an organisation."""
    row = {"ALFA": offices.alfa, "BETA": offices.beta}[code]
    consortia = frozenset(each for plan in CATALOGUE.plans.values() for each in find_consortia(plan, code))
    user = User(UUID(int=7), (Membership(row.id, code, role),))
    return Seat(user, Organisation(row, consortia))


def test_a_freeze_is_made_by_the_worker_and_again_says_that_nothing_changed(
    offices: Offices, executor: ThreadPoolExecutor
) -> None:
    person = enrol_person(offices.staff, "BETA", Profile(age_band="25-34", language="lv"))
    record_service(offices.staff, "BETA", person, Service("LEG5", TODAY))
    seat = take_seat(offices, Role.OFFICER)
    outcomes = []
    for _ in range(2):
        job = order_freeze(offices.staff, CATALOGUE, seat, "small", "2026-Q1", TODAY)
        assert list_snapshots(offices.staff, CATALOGUE, seat).waiting == (job,)
        assert run_next_job(offices.worker, CATALOGUE, executor)
        progress = find_progress(offices.staff, seat, job)
        assert (progress.status, progress.done, progress.total) == ("done", 3, 3)
        assert list_snapshots(offices.staff, CATALOGUE, seat).waiting == ()
        outcomes.append(progress.outcome)
    first, second = outcomes
    assert (first["new"], second["new"]) == (True, False)
    assert (first["freeze"], first["partners"]) == (second["freeze"], 2)
    lines = [(line.deed, line.thing, line.account) for line in list_log(offices.staff, offices.alfa)]
    assert lines.count((Deed.FROZE, "snapshot", seat.user.id)) == 2
    assert lines.count((Deed.WROTE, "job", seat.user.id)) == 2
    assert verify_snapshot(offices.staff, CATALOGUE, seat, first["freeze"]).unchanged
    opened = open_figures(offices.staff, CATALOGUE, take_seat(offices, Role.MANAGER, "BETA"))
    assert opened.part is not None
    assert {each["partner"] for each in opened.part.content["figures"]} == {"BETA"}
    assert opened.part.content["members"] == ()


def test_only_the_officer_of_who_leads_the_plan_may_order(offices: Offices) -> None:
    assert [plan.id for plan in list_led_plans(CATALOGUE, "ALFA")] == ["small"]
    assert [plan.id for plan in list_led_plans(CATALOGUE, "BETA")] == ["alone"]
    refused: list[tuple[Role, str, str, type[Exception]]] = [
        (role, "ALFA", "small", NotPermitted) for role in Role if role is not Role.OFFICER
    ]
    refused += [(Role.OFFICER, "BETA", "small", NotFound), (Role.OFFICER, "ALFA", "alone", NotFound)]
    for role, code, plan, error in refused:
        with pytest.raises(error):
            order_freeze(offices.staff, CATALOGUE, take_seat(offices, role, code), plan, "2026-Q1", TODAY)


@pytest.mark.parametrize(
    ("period", "cutoff"), [("2026-13", TODAY), ("2026-Q1", date(2027, 1, 1)), ("2026-Q1", date(2025, 12, 31))]
)
def test_a_period_or_cut_off_that_cannot_be_is_not_ordered(offices: Offices, period: str, cutoff: date) -> None:
    seat = take_seat(offices, Role.OFFICER)
    with pytest.raises(InputInvalid):
        order_freeze(offices.staff, CATALOGUE, seat, "small", period, cutoff)
    assert list_snapshots(offices.staff, CATALOGUE, seat).waiting == ()


def test_a_freeze_says_how_far_it_is(offices: Offices, engines: Engines) -> None:
    from me_platform.indicators.periods import read_period  # noqa: PLC0415

    steps: list[tuple[int, int]] = []
    freeze_plan(offices.worker, CATALOGUE, PLAN, read_period("2026-Q1"), TODAY, lambda *step: steps.append(step))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]


# -- what is about the organisation, and what was left out -----------------------------------------------------------


ABOUT_US = {
    "can-return",
    "can-say-no",
    "child-understands",
    "group-safe",
    "private",
    "respect",
    "rights-explained",
    "support-useful",
}
"""Shipped indicators whose question asks about the organisation, found by reading the surveys."""


def test_the_shipped_indicators_that_ask_about_the_organisation() -> None:
    """privacy-and-safety 1.10."""
    found = {code for code, indicator in SHIPPED.indicators.items() if is_about_us(indicator, SHIPPED.surveys)}
    assert found == ABOUT_US


def test_of_an_indicator_nobody_knows_any_more_nobody_can_tell() -> None:
    assert is_about_us(None, SHIPPED.surveys)


@pytest.mark.parametrize(("count", "bounds"), [(0, (0, 5)), (1, (0, 5)), (5, (0, 5)), (6, (6, None)), (60, (6, None))])
def test_what_was_left_out_is_never_told_exactly(count: int, bounds: tuple[int, int | None]) -> None:
    content = {"audience": "funder", "partner": "ALFA", "period": {"label": "2026"}, "excluded": {"objected": count}}
    [figure] = make_left_out(content)
    low, high = bounds
    assert figure.low == low
    assert figure.high == high
    assert figure.value is None


def make_head(name: str, start: date, end: date, cutoff: date, plan: str = "small") -> SnapshotHead:
    return SnapshotHead(UUID(int=len(name)), name, plan, start, end, cutoff, cutoff, "0" * 64)


def test_a_snapshot_is_compared_with_one_of_a_like_period_before_its_cut_off() -> None:
    first = make_head("first quarter", date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 10))
    half = make_head("half", date(2025, 7, 1), date(2025, 12, 31), date(2026, 5, 1))
    again = make_head("second, early", date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 10))
    second = make_head("second", date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 10))
    other = make_head("other plan", date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 1), "alone")
    heads = (second, again, other, half, first)
    assert find_before(heads, second) == first
    assert find_before((second, again, other, half), second) == half
    assert find_before((second, again, other), second) is None
