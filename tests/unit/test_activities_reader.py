"""Lists of activities: what is taken, what stays empty, what is decided, and what refuses the whole file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.errors import ImportRefused
from me_platform.exchange.activities import COLUMNS, KINDS, TRANSLATED, ActivityList, read_activities
from me_platform.exchange.activity_receipts import compute_totals, make_receipt_content, make_receipt_lines
from me_platform.exchange.activity_records import (
    ActivityRecord,
    CountsAs,
    FunderState,
    Precision,
    Qualifier,
    Status,
    find_status,
    make_content,
    make_record,
)

Cells = Mapping[str, str]

TRAINING: Cells = {
    "id": "T1",
    "year": "2024",
    "date_start": "2024-03-05",
    "date_end": "2024-03-06",
    "date_precision": "range",
    "activity": "Training of border guards",
    "activity_type": "training",
    "funder_basis": "not stated",
}


def write(*rows: Cells, columns: tuple[str, ...] = COLUMNS) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def read(*rows: Cells) -> ActivityList:
    return read_activities(write(*rows), "list.csv")


def read_one(**cells: str) -> ActivityRecord:
    return read({**TRAINING, **cells}).records[0]


def refuse(*rows: Cells) -> list[str]:
    with pytest.raises(ImportRefused) as caught:
        read(*rows)
    return [str(problem) for problem in caught.value.problems]


def test_a_list_has_28_columns() -> None:
    assert len(COLUMNS) == 28
    assert set(TRANSLATED.values()) < set(COLUMNS)


def test_an_empty_cell_stays_not_stated() -> None:
    record = read_one()
    assert record.participants is None
    assert record.potential is None
    assert record.amount is None
    assert record.countries is None
    assert record.organiser == {}
    assert record.funder_state is FunderState.NOT_STATED


def test_zero_is_a_number() -> None:
    """R3: 0 is a value; defect b."""
    record = read_one(participants="0", participants_unit="people")
    assert record.participants == 0
    assert compute_totals([record]).attendances_stated == 1


def test_the_words_not_stated_are_an_empty_cell_and_their_remark_is_kept() -> None:
    listed = read({**TRAINING, "organiser": "not stated (US programme)", "audience": "Not stated"})
    record = listed.records[0]
    assert (record.organiser, record.organiser_remark, record.audience) == ({}, "US programme", {})
    assert ("organiser", "not stated; the list adds 'US programme'") in {
        (empty.column, empty.reason) for empty in listed.receipt.left_empty
    }


def test_a_list_may_bring_its_words_in_latvian() -> None:
    row = {**TRAINING, "activity_lv": "Robežsargu apmācības"}
    record = read_activities(write(row, columns=(*COLUMNS, *TRANSLATED)), "list.csv").records[0]
    assert record.activity == {"en": "Training of border guards", "lv": "Robežsargu apmācības"}


@pytest.mark.parametrize(
    ("cells", "precision", "start", "end", "first_day", "last_day"),
    [
        (
            {"date_precision": "day", "date_end": ""},
            Precision.DAY,
            date(2024, 3, 5),
            None,
            date(2024, 3, 5),
            date(2024, 3, 5),
        ),
        (
            {"date_precision": "range"},
            Precision.RANGE,
            date(2024, 3, 5),
            date(2024, 3, 6),
            date(2024, 3, 5),
            date(2024, 3, 6),
        ),
        (
            {"date_precision": "year", "date_start": "", "date_end": ""},
            Precision.YEAR,
            None,
            None,
            date(2024, 1, 1),
            date(2024, 12, 31),
        ),
        (
            {"date_precision": "launch day only", "date_end": ""},
            Precision.START_ONLY,
            date(2024, 3, 5),
            None,
            date(2024, 3, 5),
            date(2024, 3, 5),
        ),
        (
            {"date_precision": "end day only", "date_start": ""},
            Precision.END_ONLY,
            None,
            date(2024, 3, 6),
            date(2024, 3, 6),
            date(2024, 3, 6),
        ),
    ],
    ids=["day", "range", "year", "start", "end"],
)
def test_days_keep_their_precision(
    cells: Cells, precision: Precision, start: date | None, end: date | None, first_day: date, last_day: date
) -> None:
    record = read_one(**cells)
    assert (record.precision, record.start, record.end) == (precision, start, end)
    assert (record.first_day, record.last_day) == (first_day, last_day)


@pytest.mark.parametrize(
    ("raw", "qualifier"),
    [
        ("exact (kopumā)", Qualifier.EXACT),
        ("exact", Qualifier.EXACT),
        ("approx (apmēram)", Qualifier.APPROX),
        ("more than (vairāk nekā)", Qualifier.MORE_THAN),
        ("", Qualifier.UNSAID),
    ],
)
def test_a_number_keeps_how_sure_it_is(raw: str, qualifier: Qualifier) -> None:
    assert read_one(participants="40", participants_unit="people", participants_qualifier=raw).qualifier is qualifier


def test_a_number_from_latvia_never_becomes_the_total() -> None:
    listed = read({**TRAINING, "participants_latvia": "4", "participants_unit": "prosecutors"})
    assert listed.records[0].participants is None
    assert listed.receipt.totals.attendances == 0
    assert "4 from Latvia: listed; the total is not stated." in [one.words for one in listed.receipt.decisions]


@pytest.mark.parametrize(
    ("basis", "funder", "state"),
    [
        ("stated", "A fund", FunderState.STATED),
        ("stated (training costs)", "A fund", FunderState.STATED),
        ("stated, partial funding", "A fund", FunderState.PARTIAL),
        ("not stated (a film was paid by somebody)", "", FunderState.NOT_STATED),
    ],
)
def test_who_paid_is_a_state(basis: str, funder: str, state: FunderState) -> None:
    assert read_one(funder_basis=basis, funder=funder).funder_state is state


@pytest.mark.parametrize(
    ("result", "note", "status"),
    [
        ("Planned: young people informed", "", Status.PLANNED),
        ("planned training", "", Status.PLANNED),
        ("", "Future tense: intended result only", Status.PLANNED),
        ("", "Written in future tense", Status.PLANNED),
        ("Participants planned a campaign", "", Status.DELIVERED),
        ("Plannedness", "", Status.DELIVERED),
        ("Training given", "planned differently at first", Status.DELIVERED),
        ("", "", Status.DELIVERED),
    ],
)
def test_an_activity_is_planned_only_when_the_list_says_so(result: str, note: str, status: Status) -> None:
    """rules-of-numbers part 2: planned, delivered and potential reach are three figures."""
    assert find_status(result, note)[0] is status
    assert read_one(result=result, data_quality_note=note).status is status


def test_planned_delivered_and_potential_are_never_one_sum() -> None:
    people = {"participants": "30", "participants_unit": "people"}
    totals = read(
        {**TRAINING, **people},
        {**TRAINING, **people, "id": "T2", "result": "Planned training"},
        {**TRAINING, **people, "id": "C1", "activity_type": "campaign", "reach_potential": "10000"},
        {**TRAINING, **people, "id": "V1", "activity_type": "study visit"},
    ).receipt.totals
    assert (totals.delivered, totals.planned) == (3, 1)
    assert (totals.attendances, totals.reached, totals.listed, totals.potential) == (30, 30, 30, 10_000)


def grant_row(name: str, **cells: str) -> Cells:
    money = {"amount": "25000", "currency": "USD", "funder": "A fund", "funder_basis": "stated"}
    return {**TRAINING, "id": name, **money, **cells}


@pytest.mark.parametrize(
    ("other", "grants", "money"),
    [
        ({"related_id": "G1"}, 1, "25000"),
        ({"related_id": "G1", "amount": "25000.00"}, 1, "25000"),
        ({}, 2, "50000"),
        ({"related_id": "G1", "amount": "5000"}, 2, "30000"),
        ({"related_id": "G1", "funder": "Another fund"}, 2, "50000"),
    ],
    ids=["related", "written otherwise", "not related", "another amount", "another funder"],
)
def test_one_grant_is_counted_once(other: dict[str, str], grants: int, money: str) -> None:
    totals = read(grant_row("G1", activity_type="grant"), grant_row("G2", **other)).receipt.totals
    assert totals.grants_stated == grants
    assert totals.grants == {"USD": Decimal(money)}


def test_a_grant_bears_the_id_of_the_entry_of_kind_grant_over_any_number_of_steps() -> None:
    records = read(
        grant_row("A", related_id="B"), grant_row("B", related_id="G"), grant_row("G", activity_type="grant")
    ).records
    assert {record.grant for record in records} == {"G"}


def test_amounts_in_two_currencies_are_not_added() -> None:
    totals = read(grant_row("G1"), grant_row("G2", related_id="G1", currency="EUR")).receipt.totals
    assert totals.grants == {"EUR": Decimal(25000), "USD": Decimal(25000)}


def test_equal_amounts_without_a_relation_are_pointed_out() -> None:
    decisions = read(grant_row("G1"), grant_row("G2")).receipt.decisions
    assert [one.activity for one in decisions if one.rule == "look_alike"] == ["G2"]


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        ({"id": ""}, "id", "write an id"),
        ({"id": "a b"}, "id", "write an id"),
        ({"year": ""}, "year", "the year is missing"),
        ({"year": "2023"}, "year", "does not agree"),
        ({"year": "24"}, "year", "outside 1900-2100"),
        ({"date_start": "05/03/2024"}, "date_start", "is not a date"),
        ({"date_end": "2024-02-30"}, "date_end", "is not a day of the calendar"),
        ({"date_end": "2024-03-04"}, "date_end", "lies before the start"),
        ({"date_end": ""}, "date_end", "a day is missing; the precision says 'range'"),
        ({"date_precision": "day"}, "date_end", "is not the day"),
        ({"date_precision": "year", "date_end": ""}, "date_start", "a day is given; the precision says 'year'"),
        ({"date_precision": "month"}, "date_precision", "'month' is not known; write one of: day, range"),
        ({"activity": ""}, "activity", "the cell is empty"),
        ({"activity_type": "party"}, "activity_type", "'party' is not known; write one of: training, seminar"),
        ({"participants": "6o", "participants_unit": "people"}, "participants", "letter written in place of a digit"),
        ({"participants": "-5", "participants_unit": "people"}, "participants", "is negative"),
        ({"participants": "5"}, "participants_unit", "a number of people needs the word"),
        ({"participants_qualifier": "exact"}, "participants_qualifier", "has no number of people"),
        (
            {"participants": "5", "participants_unit": "people", "participants_qualifier": "perhaps"},
            "participants_qualifier",
            "'perhaps' is not known",
        ),
        (
            {"participants": "5", "participants_latvia": "6", "participants_unit": "people"},
            "participants_latvia",
            "6 is more than the total of 5",
        ),
        ({"reach_potential": "many"}, "reach_potential", "is not a whole number"),
        ({"countries_n": "0"}, "countries_n", "0 is too small"),
        ({"amount": "25000"}, "currency", "an amount needs its currency"),
        ({"amount": "25,000", "currency": "USD"}, "amount", "can be read in two ways"),
        ({"currency": "USD"}, "amount", "the amount is missing"),
        ({"amount": "25000", "currency": "dollars"}, "currency", "three capital letters"),
        ({"funder_basis": "stated"}, "funder", "the funder is missing"),
        ({"funder_basis": ""}, "funder_basis", "write 'stated'"),
        ({"funder": "A fund"}, "funder_basis", "it says 'not stated' and a funder is named"),
        ({"related_id": "X9"}, "related_id", "'X9' is not in this list"),
        ({"related_id": "T1"}, "related_id", "'T1' names the activity itself"),
        ({"source_line_start": "9", "source_line_end": "8"}, "source_line_end", "lies before the first line"),
    ],
)
def test_a_bad_row_is_named_with_row_column_and_reason(cells: Cells, column: str, why: str) -> None:
    (problem,) = refuse({**TRAINING, **cells})
    assert problem.startswith(f"list.csv:2: row 2, column {column}: ")
    assert why in problem


def test_every_bad_row_is_named_at_once() -> None:
    problems = refuse(
        {**TRAINING, "date_end": "2024-03-01", "participants": "-1", "participants_unit": "people"},
        {**TRAINING, "id": "T2"},
        {**TRAINING, "id": "T2", "activity_type": "party"},
    )
    assert [problem.split(":")[2] for problem in problems] == [
        " row 2, column date_end",
        " row 2, column participants",
        " row 4, column activity_type",
        " row 4, column id",
    ]


def test_a_damaged_row_refuses_the_file_with_the_others() -> None:
    data = write({**TRAINING, "related_id": "T9"}, {**TRAINING, "id": "T2", "year": "x"}) + b"T9,too,short\n"
    with pytest.raises(ImportRefused) as caught:
        read_activities(data, "list.csv")
    assert [problem.line for problem in caught.value.problems] == [3, 4]


def test_the_receipt_names_every_row_and_tells_sums_apart_in_plain_words() -> None:
    listed = read(grant_row("G1", participants="1200", participants_unit="people"), {**TRAINING, "id": "T2"}, {})
    lines = make_receipt_lines(listed.receipt)
    assert listed.receipt.taken == ("G1", "T2")
    assert listed.receipt.empty_rows == (4,)
    assert lines[0] == "list.csv: 2 rows taken, 2 delivered and 0 planned."
    assert "Rows without any text, passed over: 4." in lines
    assert "  participants: not stated (1: T2)" in lines
    assert json.loads(json.dumps(make_receipt_content(listed.receipt)))["totals"]["grants"] == {"USD": "25000"}


words = st.dictionaries(st.sampled_from(["en", "lv"]), st.text(max_size=8))
counts = st.none() | st.integers(0, 10**6)
records = st.builds(
    ActivityRecord,
    activity=words,
    organiser=words,
    funder=words,
    unit=words,
    audience=words,
    result=words,
    location=words,
    note=words,
    year=st.integers(1900, 2100),
    kind=st.sampled_from([kind.code for kind in KINDS.values()]),
    amount=st.none() | st.decimals(0, 10**9, places=2),
    participants=counts,
    participants_latvia=counts,
    potential=counts,
    countries=counts,
    related=st.tuples() | st.tuples(st.text(max_size=5)),
    source_lines=st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)),
)


@given(records)
def test_a_record_comes_back_from_its_json_unchanged(record: ActivityRecord) -> None:
    assert make_record(json.loads(json.dumps(make_content(record)))) == record


@given(st.lists(records, max_size=6))
def test_every_stated_number_of_a_delivered_activity_is_in_exactly_one_sum(listed: list[ActivityRecord]) -> None:
    totals = compute_totals(listed)
    stated = sum(record.participants or 0 for record in listed if record.status is Status.DELIVERED)
    assert totals.attendances + totals.reached + totals.listed == stated
    assert totals.delivered + totals.planned == totals.entries


def test_only_events_of_the_programme_count_attendances() -> None:
    uses = {use: {kind.code for kind in KINDS.values() if kind.counts_as is use} for use in CountsAs}
    assert uses[CountsAs.ATTENDANCE] == {"training", "seminar", "conference", "meeting"}
    assert uses[CountsAs.REACHED] == {"campaign", "materials"}
