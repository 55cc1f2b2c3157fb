"""Frames: typed however few rows there are, and R0 applied in one place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations

import pandas as pd
import pytest

from me_platform.indicators.frames import (
    SOURCE_FIELDS,
    ActivityRow,
    AnswerRow,
    ConsentRow,
    Frames,
    InvitationRow,
    NarrativeRow,
    PersonRow,
    ResponseRow,
    ServiceRow,
    SourceRow,
    make_frames,
)

DAY = date(2026, 1, 1)
LATER = date(2026, 2, 1)
TABLES = (
    "people",
    "consents",
    "invitations",
    "submissions",
    "responses",
    "answers",
    "services",
    "narratives",
    "activities",
)
PEOPLE = tuple(
    PersonRow(name, "A" if name < "p3" else "B", DAY, "25-34", "lv", objected=False) for name in ("p1", "p2", "p3")
)
RESPONSES = tuple(
    ResponseRow(f"r-{person.person}", person.person, person.partner, "s", "1", "baseline", DAY, "self", "lv")
    for person in PEOPLE
)
ANSWERS = tuple(AnswerRow(response.response, "useful", "answered", "yes") for response in RESPONSES)
SERVICES = tuple(ServiceRow(person.person, person.partner, "LEG5", DAY, 1.5, "in_person") for person in PEOPLE)
NARRATIVES = tuple(NarrativeRow(person.person, person.partner, DAY, ("LEG", "PSY"), "integration") for person in PEOPLE)
ACTIVITY = ActivityRow(
    partner="A",
    activity_id="A1",
    kind="training",
    status="delivered",
    start=DAY,
    end=DAY,
    precision="day",
    participants=None,
    participants_latvia=3,
    qualifier="",
    unit="",
    counts_as="",
    potential=None,
    countries=None,
    grant_key="",
    amount=Decimal("25000.50"),
    currency="USD",
    funder="",
    funder_state="not_stated",
    organiser="",
)


def consent(person: str, decision: str, day: date = DAY, purpose: str = "statistics") -> ConsentRow:
    return ConsentRow(person, "A", purpose, decision, day)


def gather(*consents: ConsentRow, people: tuple[PersonRow, ...] = PEOPLE) -> Frames:
    return make_frames(people, consents, (), RESPONSES, ANSWERS, SERVICES, NARRATIVES, ())


def test_empty_input_gives_the_same_columns_and_types_as_rows_do() -> None:
    invitation = InvitationRow("p1", "A", "s", "baseline", DAY)
    empty = make_frames((), (), (), (), (), (), (), ())
    full = make_frames(
        PEOPLE, (consent("p1", "given"),), (invitation,), RESPONSES, ANSWERS, SERVICES, NARRATIVES, (ACTIVITY,)
    )
    for name in TABLES:
        without, with_rows = getattr(empty, name), getattr(full, name)
        assert len(without) == 0
        assert len(with_rows) > 0
        assert without.dtypes.astype("str").to_dict() == with_rows.dtypes.astype("str").to_dict(), name
    assert set(empty.excluded.values()) == {0}


def test_answers_and_narratives_enter_only_with_the_statistics_consent() -> None:
    """R0: given enters; refused, withdrawn and never asked do not."""
    frames = gather(consent("p1", "given"), consent("p2", "refused"))
    for table in (frames.responses, frames.answers, frames.narratives):
        assert table["person"].tolist() == ["p1"]
    assert frames.people["statistics"].tolist() == [True, False, False]
    assert frames.excluded == {"objected": 0, "no_statistics_consent": 2, "narratives_no_statistics_consent": 2}
    assert frames.excluded_by_partner["B"]["no_statistics_consent"] == 1


def test_without_statistics_the_fact_of_a_submission_stays_known_for_the_flow() -> None:
    frames = gather()
    assert len(frames.submissions) == 3
    assert len(frames.answers) == 0


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ((("given", DAY), ("withdrawn", LATER)), False),
        ((("withdrawn", LATER), ("given", DAY)), False),
        ((("given", DAY), ("withdrawn", DAY)), False),
        ((("withdrawn", DAY), ("given", DAY)), True),
        ((("refused", DAY), ("given", LATER)), True),
    ],
)
def test_the_last_event_decides_and_events_of_one_day_stand_in_their_order(
    events: tuple[tuple[str, date], ...], *, counts: bool
) -> None:
    """R0, R25: who has withdrawn is left out."""
    frames = gather(*(consent("p1", decision, day) for decision, day in events))
    assert (len(frames.responses) == 1) is counts


@pytest.mark.parametrize("how", ["event", "record"])
def test_services_of_people_who_objected_do_not_count_and_are_counted_as_left_out(how: str) -> None:
    """R0: services count on the plan's ground unless she objected."""
    events = (consent("p1", "given", purpose="object"),) if how == "event" else ()
    people = tuple(
        PersonRow(
            p.person, p.partner, p.enrolled, p.age_band, p.language, objected=how == "record" and p.person == "p1"
        )
        for p in PEOPLE
    )
    frames = gather(*events, people=people)
    assert frames.services["person"].tolist() == ["p2", "p3"]
    assert frames.people["objected"].tolist() == [True, False, False]
    assert frames.excluded["objected"] == 1
    assert frames.excluded_by_partner["A"]["objected"] == 1
    assert frames.excluded_by_partner["B"]["objected"] == 0


def test_an_objection_taken_back_lets_services_count_again() -> None:
    frames = gather(consent("p1", "given", purpose="object"), consent("p1", "withdrawn", LATER, "object"))
    assert len(frames.services) == 3


def test_an_objection_says_nothing_about_answers() -> None:
    frames = gather(consent("p1", "given", purpose="object"), consent("p1", "given"))
    assert frames.responses["person"].tolist() == ["p1"]


def test_a_person_has_one_code_in_every_frame() -> None:
    frames = gather(*(consent(person, "given") for person in ("p1", "p2", "p3")))
    codes = {tuple(getattr(frames, name)["person"].cat.categories) for name in TABLES if name != "activities"}
    assert codes == {("p1", "p2", "p3")}


def test_what_was_not_recorded_of_a_person_is_unknown() -> None:
    """R18."""
    frames = gather(people=(PersonRow("p1", "A", DAY, "", "lv", objected=False), *PEOPLE[1:]))
    assert frames.people["age_band"].tolist() == ["unknown", "25-34", "25-34"]
    assert "unknown" in frames.people["language"].cat.categories
    assert frames.people["entry"].tolist() == ["unknown"] * 3


def test_an_answer_carries_the_facts_of_its_response() -> None:
    frames = gather(consent("p3", "given"))
    row = frames.answers.iloc[0]
    assert (row["response"], row["person"], row["partner"], row["wave"], row["choice"]) == (
        "r-p3",
        "p3",
        "B",
        "baseline",
        "yes",
    )
    assert row["day"] == pd.Timestamp(DAY)


def make_row(source: str, person: str, **fields: str) -> SourceRow:
    return SourceRow(source, "A", person, DAY, fields)


RECORDS = tuple(
    make_row(source, person, **dict.fromkeys(columns, "x"))
    for source, columns in SOURCE_FIELDS.items()
    for person in ("p1", "p2", "")
)


def gather_records(*consents: ConsentRow) -> Frames:
    return make_frames(PEOPLE, consents, (), RESPONSES, ANSWERS, SERVICES, NARRATIVES, (), sources=RECORDS)


def test_every_source_has_a_frame_with_its_columns_whether_or_not_there_are_rows() -> None:
    empty, full = gather().sources, gather_records().sources
    assert set(empty) == set(full) == set(SOURCE_FIELDS)
    for name, columns in SOURCE_FIELDS.items():
        assert list(empty[name].columns) == ["person", "partner", "day", *columns]
        assert len(empty[name]) == 0
        assert empty[name].dtypes.astype("str").to_dict() == full[name].dtypes.astype("str").to_dict(), name


def test_records_of_who_objected_are_left_out_and_progress_needs_the_statistics_consent() -> None:
    """R0; what is about nobody stays."""
    frames = gather_records(consent("p1", "given", purpose="object"), consent("p2", "given"))
    for name, frame in frames.sources.items():
        people = [each if isinstance(each, str) else "" for each in frame["person"]]
        assert people == (["p2", ""]), name
    assert frames.excluded["objected"] == 1
    assert frames.excluded_by_partner["A"]["objected"] == 1
    agreed = gather_records(consent("p1", "given", purpose="object"), consent("p1", "given"))
    assert agreed.sources["progress"]["person"].tolist()[0] == "p1"


def test_somebody_who_objected_is_counted_once_whatever_was_left_out() -> None:
    rows = [make_row("needs", "p4"), make_row("barriers", "p4"), make_row("needs", "p1")]
    events = (consent("p1", "given", purpose="object"), consent("p4", "given", purpose="object"))
    frames = make_frames(PEOPLE, events, (), (), (), SERVICES, (), (), sources=rows)
    assert frames.excluded["objected"] == 2


def test_a_field_that_was_not_noted_is_missing_and_numbers_are_numbers() -> None:
    """Defect j."""
    rows = [
        SourceRow("needs", "A", "p1", DAY, {"category": "N1", "reason": ""}, {"weeks": 2}),
        SourceRow("needs", "A", "p2", DAY, {"category": "N2"}),
    ]
    frame = make_frames(PEOPLE, (), (), (), (), (), (), (), sources=rows).sources["needs"]
    assert frame["reason"].isna().all()
    assert frame["weeks"].tolist()[0] == 2
    assert frame["weeks"].isna().tolist() == [False, True]


def test_a_source_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError):
        make_frames((), (), (), (), (), (), (), (), sources=[make_row("wishes", "p1")])


def test_what_was_not_noted_of_a_service_is_missing() -> None:
    services = [
        ServiceRow("p1", "A", "LEG5", DAY, 1, "phone", ended="moved", interpreter="provided", started=True),
        ServiceRow("p2", "A", "LEG5", DAY, 1, "phone"),
    ]
    frame = make_frames(PEOPLE, (), (), (), (), services, (), ()).services
    for name in ("ended", "interpreter"):
        assert frame[name].isna().tolist() == [False, True]
    for name in ("mediator", "comfortable", "woman"):
        assert frame[name].isna().all()
    assert frame["started"].tolist() == [True, False]


def test_an_area_is_read_from_the_code_of_the_service() -> None:
    rows = [ServiceRow("p1", "A", code, DAY, 0, "") for code in ("LEG5", "PSY1", "77")]
    frames = make_frames(PEOPLE, (), (), (), (), rows, (), ())
    assert frames.services["service_area"].tolist() == ["LEG", "PSY", "unknown"]


def test_a_number_nobody_stated_stays_missing_and_money_stays_exact() -> None:
    """Defect j: missing becomes 0."""
    row = make_frames((), (), (), (), (), (), (), (ACTIVITY,)).activities.iloc[0]
    assert row["participants"] is pd.NA
    assert row["participants_latvia"] == 3
    assert row["amount"] == Decimal("25000.50")


def test_the_order_of_people_and_answers_changes_nothing_but_the_order_of_rows() -> None:
    events = (consent("p1", "given"), consent("p3", "given"))
    first = gather(*events)
    for people in permutations(PEOPLE):
        frames = gather(*reversed(events), people=people)
        assert frames.excluded_by_partner == first.excluded_by_partner
        pd.testing.assert_frame_equal(frames.answers, first.answers)
