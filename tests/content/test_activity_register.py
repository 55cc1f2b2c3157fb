"""The register of 2003-2019 that ships with the project, against a count made by hand.

The hand count, step by step (every id, so that anybody can repeat it with the list in front of them):

1. Entries: 44.
2. Planned, because the result begins with "Planned" or the note says "future tense": A2013-02, A2013-04, A2010-05,
   A2005-03, A2005-05. That is 5 planned and 44 - 5 = 39 delivered.
3. Delivered by kind: recognition 8, training 8 (10 less A2005-03 and A2005-05), meeting 4, study visit 4, project 3,
   campaign 2 (3 less A2013-02), conference 2, seminar 2, and one each of tech camp, visit, project launch, grant,
   curriculum, materials: 8 + 8 + 4 + 4 + 3 + 2 + 2 + 2 + 6 = 39.
   Events (people came together): 39 less project 3, campaign 2, grant 1, curriculum 1, materials 1 = 31.
4. Attendances, at delivered trainings, seminars, conferences and meetings (8 + 2 + 2 + 4 = 16 activities) whose total
   is stated: A2018-02 115, A2015-01 about 60, A2014-02 65, A2010-01 more than 40, A2010-02 about 30, A2008-01 18.
   115 + 60 + 65 + 40 + 30 + 18 = 328, stated for 6 of the 16; at least about 328, attendances and not persons.
   A2012-03 states only the 4 prosecutors from Latvia, so it has no total.
5. People reached and counted by the source: A2012-04 about 500 and A2003-01 more than 10,000: 10,500.
6. Other stated totals, listed and in no sum: A2015-02 60 (tech camp), A2010-06 5 (delegation): 65.
   6 + 2 + 2 = 10 entries with a total of their own.
7. Potential reach, apart: A2012-04 10,000.
8. Money: A2012-04 and A2011-02 name each other, state USD 25,000 and the same funder: one grant, USD 25,000.
9. Funders: 13 stated, 1 partly (A2013-02), 30 not stated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from me_platform.exchange.activities import read_activities
from me_platform.exchange.activity_records import ActivityRecord, CountsAs, FunderState, Precision, Status
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import Text
from me_platform.indicators.frames import ActivityRow, make_frames
from me_platform.indicators.loading import load_indicators, load_plans
from me_platform.indicators.periods import read_period
from me_platform.indicators.results import RawFigure
from me_platform.surveys.loading import load_surveys

ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "indicators" / "plans" / "latvia-activities.csv"
LISTED = read_activities(REGISTER.read_bytes(), REGISTER.name)
RECORDS = {record.id: record for record in LISTED.records}

PLANNED = {"A2013-02", "A2013-04", "A2010-05", "A2005-03", "A2005-05"}
ATTENDANCES = {
    "A2018-02": 115,
    "A2015-01": 60,
    "A2014-02": 65,
    "A2010-01": 40,
    "A2010-02": 30,
    "A2008-01": 18,
}
REACHED = {"A2012-04": 500, "A2003-01": 10_000}
OTHERS = {"A2015-02": 60, "A2010-06": 5}
FROM_LATVIA_ONLY = {"A2018-01": 1, "A2015-03": 1, "A2013-03": 1, "A2012-03": 4, "A2010-05": 1}

EXPECTED_STATUS = {name: Status.PLANNED if name in PLANNED else Status.DELIVERED for name in RECORDS}


def stated(use: CountsAs) -> dict[str, int]:
    return {
        record.id: record.participants
        for record in LISTED.records
        if record.status is Status.DELIVERED and record.counts_as is use and record.participants is not None
    }


def test_all_44_activities_are_taken_and_each_appears_once() -> None:
    """Step 1."""
    assert len(LISTED.records) == len(set(LISTED.receipt.taken)) == 44
    assert LISTED.receipt.empty_rows == ()


@pytest.mark.parametrize(("name", "status"), EXPECTED_STATUS.items(), ids=EXPECTED_STATUS)
def test_each_activity_is_planned_or_delivered_as_the_list_says(name: str, status: Status) -> None:
    """Step 2; rules-of-numbers part 2: planned, delivered and potential reach are three figures."""
    assert RECORDS[name].status is status


def test_delivered_activities_by_kind() -> None:
    """Step 3."""
    delivered = Counter(record.kind for record in LISTED.records if record.status is Status.DELIVERED)
    assert delivered == {
        "recognition": 8,
        "training": 8,
        "meeting": 4,
        "study_visit": 4,
        "project": 3,
        "campaign": 2,
        "conference": 2,
        "seminar": 2,
        "tech_camp": 1,
        "visit": 1,
        "project_launch": 1,
        "grant": 1,
        "curriculum": 1,
        "materials": 1,
    }
    assert delivered.total() == LISTED.receipt.totals.delivered == 39
    assert LISTED.receipt.totals.planned == 5


def test_attendances_are_those_with_a_stated_total() -> None:
    """Step 4: 115 + 60 + 65 + 40 + 30 + 18 = 328, for 6 of 16 activities."""
    totals = LISTED.receipt.totals
    assert stated(CountsAs.ATTENDANCE) == ATTENDANCES
    assert totals.attendances == sum(ATTENDANCES.values()) == 328
    assert (totals.attendances_stated, totals.attendances_possible) == (6, 16)


def test_people_reached_are_those_the_source_counted() -> None:
    """Step 5."""
    assert stated(CountsAs.REACHED) == REACHED
    assert LISTED.receipt.totals.reached == 10_500


def test_other_numbers_of_people_are_listed_and_in_no_sum() -> None:
    """Step 6, and the five entries that state only how many came from Latvia."""
    assert stated(CountsAs.LISTED) == OTHERS
    assert LISTED.receipt.totals.listed == 65
    with_total = {record.id for record in LISTED.records if record.participants is not None}
    assert with_total == {*ATTENDANCES, *REACHED, *OTHERS}
    only = {
        one.id: one.participants_latvia for one in LISTED.records if one.participants_latvia and not one.participants
    }
    assert only == FROM_LATVIA_ONLY


def test_potential_reach_stands_apart() -> None:
    """Step 7."""
    assert {one.id: one.potential for one in LISTED.records if one.potential is not None} == {"A2012-04": 10_000}
    assert LISTED.receipt.totals.potential == 10_000


def test_the_grant_that_is_named_twice_is_counted_once() -> None:
    """Step 8."""
    assert {one.id: one.grant for one in LISTED.records if one.grant} == dict.fromkeys(
        ("A2012-04", "A2011-02"), "A2011-02"
    )
    assert LISTED.receipt.totals.grants == {"USD": Decimal(25_000)}
    assert LISTED.receipt.totals.grants_stated == 1


def test_a_funder_that_is_not_stated_stays_not_stated() -> None:
    """Step 9."""
    states = Counter(record.funder_state for record in LISTED.records)
    assert states == {FunderState.STATED: 13, FunderState.PARTIAL: 1, FunderState.NOT_STATED: 30}
    assert all(bool(one.funder) is (one.funder_state is not FunderState.NOT_STATED) for one in LISTED.records)


def test_days_keep_their_precision() -> None:
    precisions = Counter(record.precision for record in LISTED.records)
    assert precisions == {
        Precision.DAY: 17,
        Precision.YEAR: 12,
        Precision.RANGE: 10,
        Precision.START_ONLY: 3,
        Precision.END_ONLY: 2,
    }


def test_the_receipt_says_of_every_activity_what_stayed_empty_and_what_was_decided() -> None:
    mentioned = {one.activity for one in LISTED.receipt.decisions}
    assert {*PLANNED, *ATTENDANCES, *REACHED, *OTHERS, *FROM_LATVIA_ONLY} <= mentioned
    empty = {(one.column, one.reason): len(one.activities) for one in LISTED.receipt.left_empty}
    assert empty["funder", "not stated; no funder was filled in"] == 30
    assert empty["participants", "not stated"] == 29
    assert empty["participants", "only the number from Latvia is stated; it is not the total"] == 5
    assert empty["date_start", "only the year is stated"] == 12


@pytest.mark.parametrize("record", LISTED.records, ids=RECORDS)
def test_every_word_of_the_register_is_there_in_english_and_latvian(record: ActivityRecord) -> None:
    texts: list[Text] = [
        getattr(record, one.name) for one in fields(ActivityRecord) if isinstance(getattr(record, one.name), dict)
    ]
    assert len(texts) == 8
    assert all(set(text) in (set(), {"en", "lv"}) for text in texts)


def make_row(record: ActivityRecord) -> ActivityRow:
    same = {one.name for one in fields(ActivityRow)} & {one.name for one in fields(ActivityRecord)}
    return ActivityRow(
        **{name: getattr(record, name) for name in same}
        | {
            "partner": "LV-REGISTRS",
            "activity_id": record.id,
            "start": record.first_day,
            "end": record.last_day,
            "unit": record.unit.get("en", ""),
            "grant_key": record.grant,
            "funder": record.funder.get("en", ""),
            "organiser": record.organiser.get("en", ""),
        }
    )


def compute_register(period: str) -> list[RawFigure]:
    surveys = load_surveys(ROOT)
    plan = load_plans(ROOT)["latvia-activities"]
    frames = make_frames([], [], [], [], [], [], [], [make_row(record) for record in LISTED.records])
    indicators = load_indicators(ROOT, surveys)
    return list(compute_figures(plan, indicators, surveys, frames, read_period(period), date(2020, 1, 31)))


def test_the_figures_of_the_register_are_those_counted_by_hand() -> None:
    """Steps 3 to 8, by the indicators' own definitions."""
    figures = compute_register("2003..2019")
    assert {one.indicator: one.value for one in figures if not one.disaggregation and not one.part} == {
        "events-held": 31,
        "attendances": 328,
        "participation-abroad": 65,
        "people-reached": 10_500,
        "potential-reach": 10_000,
        "activities-delivered": 39,
        "activities-planned": 5,
        "grants": 25_000,
    }


def test_the_years_of_the_register_add_up_to_the_whole() -> None:
    """R18: every activity belongs to exactly one year, those known by their year alone as well."""
    figures = compute_register("2003..2019")
    whole = {one.indicator: one.value for one in figures if not one.disaggregation}
    by_year: Counter[str] = Counter()
    for one in figures:
        if "year" in one.disaggregation and one.value is not None:
            by_year[one.indicator] += int(one.value)
    dated = ("events-held", "attendances", "people-reached", "potential-reach")
    assert by_year == {name: whole[name] for name in (*dated, "activities-delivered", "activities-planned")}


def test_the_grant_named_in_two_years_is_counted_in_the_first_alone() -> None:
    """R10: what was counted once is not counted again in a later period."""
    values = {
        year: next(one.value for one in compute_register(year) if one.indicator == "grants")
        for year in ("2011", "2012")
    }
    assert values == {"2011": 25_000, "2012": None}
