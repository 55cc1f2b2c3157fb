"""How completely people answered, told beside what is printed; and doubts about what staff wrote down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.figures import Audience, Figure, FigureState
from me_platform.disclosure.protect import publish
from me_platform.disclosure.quality import publish_quality
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.indicators.definition import PlanPartner
from me_platform.indicators.frames import AnswerRow, ConsentRow, Frames, PersonRow, ResponseRow, ServiceRow, make_frames
from me_platform.indicators.periods import read_period
from me_platform.indicators.quality import (
    QUALITY,
    STAGES,
    Enrolled,
    Entered,
    compute_quality,
    compute_timeliness,
    count_late,
    find_before_entry,
    find_repeated,
    find_twins,
)
from me_platform.indicators.records import STATES
from me_platform.indicators.results import RawFigure, Role
from tests.freeze_samples import CATALOGUE, PLAN, SURVEY

YEAR = read_period("2026")
ENTRY = date(2026, 1, 5)
BARE = replace(PLAN, indicators=())
"""A plan whose indicators count nothing, so that every question's table is a matter of quality."""


def make_people(states: Sequence[str], *, waves: Sequence[tuple[str, date]] = (("baseline", ENTRY),)) -> Frames:
    """One person for each state, who deals so with every question in each of the waves."""
    people = [f"p{number}" for number in range(len(states))]
    responses = [
        ResponseRow(f"{person}-{place}", person, "ALFA", SURVEY.id, SURVEY.version, wave, day, "self", "lv")
        for person in people
        for place, (wave, day) in enumerate(waves)
    ]
    dealt = dict(zip(people, states, strict=True))
    return make_frames(
        [PersonRow(person, "ALFA", ENTRY, "25-34", "lv", objected=False) for person in people],
        [ConsentRow(person, "ALFA", "statistics", "given", ENTRY) for person in people],
        [],
        responses,
        [
            AnswerRow(
                each.response, question.name, dealt[each.person], "yes" if dealt[each.person] == "answered" else None
            )
            for each in responses
            for question in SURVEY.questions
        ],
        [ServiceRow(person, "ALFA", "LEG5", ENTRY, 1.0, "in_person") for person in people],
        [],
        [],
    )


def count(frames: Frames, part: str, mark: str = "") -> int | None:
    """The true number of a stage, or of a question's state, at ALFA."""
    raws = compute_quality(BARE, {}, CATALOGUE.surveys, frames, YEAR, date(2026, 12, 31))
    found = [
        raw.numerator
        for raw in raws
        if raw.partner == "ALFA" and raw.part == part and (mark or SURVEY.id) in raw.disaggregation.values()
    ]
    return found[0] if found else None


def test_each_answer_state_is_counted_for_itself() -> None:
    """R3: answered, declined, does not know, does not apply, skipped and not asked are six numbers."""
    told = [state for number, state in enumerate(STATES, 1) for _ in range(number)]
    frames = make_people(told)
    mark = f"{SURVEY.id}.useful"
    assert [count(frames, f"state:{state}", mark) for state in STATES] == [1, 2, 3, 4, 5, 6]
    assert count(frames, "answered", mark) == 1
    assert count(frames, "responded") == 21


@pytest.mark.parametrize(
    ("waves", "counts"),
    [
        ([("baseline", ENTRY)], [1, 1, 1, 1]),
        ([("baseline", ENTRY), ("outside", ENTRY + timedelta(50))], [1, 0, 0, 0]),
        ([("baseline", ENTRY), ("baseline", ENTRY)], [1, 1, 0, 0]),
        ([("baseline", ENTRY), ("baseline", ENTRY + timedelta(1))], [1, 1, 1, 1]),
        ([("exit", ENTRY + timedelta(90))], [1, 1, 1, 0]),
        ([("baseline", ENTRY), ("exit", ENTRY + timedelta(90))], [1, 1, 1, 1]),
        ([("exit", ENTRY), ("baseline", ENTRY + timedelta(90))], [1, 1, 1, 0]),
        ([("outside", date(2025, 12, 1)), ("baseline", ENTRY)], [1, 1, 1, 1]),
    ],
)
def test_answers_out_of_their_window_twice_or_without_a_beginning(
    waves: list[tuple[str, date]], counts: list[int]
) -> None:
    """R6: the first valid of the first window is the beginning; what lies outside the period is of another one."""
    frames = make_people(["answered"], waves=waves)
    assert [count(frames, stage) for stage in STAGES] == counts


def test_who_did_not_agree_to_statistics_is_no_part_of_it() -> None:
    """R0, R5: answers enter with consent to statistics only, and nothing is imputed."""
    frames = make_people(["answered"] * 3)
    silent = replace(frames, responses=frames.responses[:0], answers=frames.answers[:0])
    assert count(silent, "responded") == 0
    assert count(silent, "state:answered", f"{SURVEY.id}.useful") is None


def test_the_table_of_a_question_that_an_indicator_counts_is_not_told_twice() -> None:
    """Part 3: two tables of the same numbers, hidden in two ways, open each other."""
    raws = compute_quality(
        PLAN, CATALOGUE.indicators, CATALOGUE.surveys, make_people(["answered"] * 40), YEAR, YEAR.end
    )
    tabled = {raw.disaggregation["question"] for raw in raws if raw.role is Role.CELL}
    assert f"{SURVEY.id}.useful" not in tabled
    assert f"{SURVEY.id}.goal" in tabled


def test_nothing_is_told_of_the_consortium() -> None:
    """P2: less all partners but one, its number would be that one's."""
    led = replace(BARE, partners=(*BARE.partners, PlanPartner("KOPA", {}, {}, consortium=True)))
    raws = compute_quality(led, {}, CATALOGUE.surveys, make_people(["answered"] * 40), YEAR, YEAR.end)
    assert {raw.partner for raw in raws} == {"ALFA", "BETA"}


# -- protected ---------------------------------------------------------------------------------------------------------


def tell(states: Sequence[str]) -> dict[str, Figure]:
    """The figures of ALFA by what stands before the first @."""
    raws = compute_quality(BARE, {}, CATALOGUE.surveys, make_people(states), YEAR, YEAR.end)
    served = make_raw(len(states))
    figures = publish_quality([served], raws, Audience.FUNDER)
    return {each.id.partition("@")[0]: each for each in figures if each.partner == "ALFA"}


def make_raw(people: int) -> RawFigure:
    """The printed number of people served."""
    return RawFigure(
        "people-supported",
        {},
        "ALFA",
        YEAR.label,
        Role.COUNT,
        "persons",
        value=Decimal(people),
        numerator=people,
        n=people,
    )


def test_of_few_people_only_how_many_answered_is_told_and_never_a_small_number() -> None:
    """R3, privacy-and-safety 1.10: the funder rule holds for everybody inside the partner."""
    figures = tell(["answered"] * 12 + ["declined"] * 3)
    mark = f"question={SURVEY.id}.useful"
    assert f"quality:state:declined/{mark}" not in figures
    assert say(figures[f"quality:answered/{mark}"]) == "between 10 and 15"
    assert say(figures[f"quality:responded/{mark}"]) == "between 15 and 20"
    assert say(tell(["declined"] * 15)[f"quality:answered/{mark}"]) == "5 or fewer"


def test_of_many_people_the_table_of_states_is_told_with_its_small_cells_hidden() -> None:
    figures = tell(["answered"] * 30 + ["declined"] * 7 + ["skipped"] * 2)
    mark = f"question={SURVEY.id}.useful"
    assert f"quality:answered/{mark}" not in figures
    shown = {state: say(figures[f"quality:state:{state}/{mark}"]) for state in STATES}
    assert shown == {
        "answered": "between 30 and 35",
        "declined": "×",
        "dont_know": "5 or fewer",
        "not_applicable": "5 or fewer",
        "skipped": "×",
        "not_asked": "5 or fewer",
    }


def test_a_number_that_the_ledger_took_from_the_page_is_not_told_here_either() -> None:
    """P2, P5: what may not be named beside other reports is barred from the whole page."""
    raws = compute_quality(BARE, {}, CATALOGUE.surveys, make_people(["answered"] * 12), YEAR, YEAR.end)
    barred = {("ALFA", YEAR.label, False): frozenset({12})}
    told = publish_quality([make_raw(20)], raws, Audience.FUNDER, barred=barred)
    mine = [each for each in told if each.partner == "ALFA" and each.part in {"responded", "answered"}]
    assert mine
    assert all((each.low or 0) <= 5 and (each.high or 99) >= 20 for each in mine if each.state is FigureState.BANDED)


def say(figure: Figure) -> str:
    return make_figure_text(figure, "en", Facet.SHORT).replace("\N{NO-BREAK SPACE}", " ")


@st.composite
def draw_people(draw: st.DrawFn) -> list[str]:
    counted = Counter({state: draw(st.integers(0, 24)) for state in STATES[:3]})
    return sorted(counted.elements())


@given(draw_people())
@settings(max_examples=25, deadline=None)
def test_no_number_of_people_and_no_difference_in_a_chain_is_small(states: list[str]) -> None:
    """P1, P5: no number is exact, and no two ranges prove that those between them are few."""
    for mark, figures in group_by_mark(tell(states)).items():
        assert {each.state for each in figures} <= {FigureState.BANDED, FigureState.SUPPRESSED}, mark
        ranges = [(int(each.low or 0), int(each.high or 0)) for each in figures if each.state is FigureState.BANDED]
        assert all(low % 5 == high % 5 == 0 and low < high for low, high in ranges), mark
        for one, other in combinations(ranges, 2):
            smallest, largest = one[0] - other[1], one[1] - other[0]
            assert smallest <= 0 or smallest >= 5, mark
            assert largest >= 5 or largest <= 0, mark


def group_by_mark(figures: dict[str, Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures.values():
        found.setdefault(next(iter(figure.disaggregation.values())), []).append(figure)
    return found


@given(draw_people())
@settings(max_examples=10, deadline=None)
def test_nothing_that_is_printed_is_another_for_it(states: list[str]) -> None:
    """Part 3: what is told of quality takes nothing from the report, and those who responded are told in one way."""
    raws = [make_raw(len(states))]
    before = publish(raws, Audience.FUNDER)
    added = compute_quality(BARE, {}, CATALOGUE.surveys, make_people(states), YEAR, YEAR.end)
    figures = publish_quality(raws, added, Audience.FUNDER)
    assert publish(raws, Audience.FUNDER) == before
    assert {each.indicator for each in figures} == {QUALITY}
    responded = {
        (each.state, each.value, each.low, each.high)
        for each in figures
        if each.part == "responded"
        and each.partner == "ALFA"
        and each.state is not FigureState.SUPPRESSED
        and next(iter(each.disaggregation.values())).startswith(SURVEY.id)
    }
    assert len(responded) == 1


# -- what staff wrote down ---------------------------------------------------------------------------------------------

DAY = date(2026, 3, 2)


def enter(kind: str = "service", person: str = "p", day: date = DAY, after: int = 0, *same: str) -> Entered:
    return Entered(kind, person, day, day + timedelta(after), same)


def test_records_are_timely_up_to_the_last_day_of_the_time_they_have() -> None:
    found = compute_timeliness(
        [enter(after=14), enter(after=15), enter("need", after=0), enter(day=date(2025, 3, 2))], YEAR, 14
    )
    assert [(each.kind, each.records, each.timely, each.late) for each in found] == [
        ("need", 1, 1, 0),
        ("service", 2, 1, 1),
    ]
    assert compute_timeliness([], YEAR, 14) == ()


@pytest.mark.parametrize(
    ("day", "after", "late"),
    [(DAY, 28, 0), (DAY, 29, 1), (DAY, 30, 1), (DAY + timedelta(60), 0, 0), (date(2025, 1, 1), 900, 0)],
)
def test_what_is_written_down_after_the_cut_off_about_days_before_it_is_late(day: date, after: int, late: int) -> None:
    """R22: the event date places late data; after the freeze it waits for the next snapshot."""
    assert count_late([enter(day=day, after=after)], YEAR, DAY + timedelta(28)).records == late


def test_the_same_said_twice_of_a_person_and_day_is_suspected() -> None:
    entered = [
        enter("service", "p", DAY, 0, "LEG5", "1"),
        enter("service", "p", DAY, 3, "LEG5", "1"),
        enter("service", "q", DAY, 0, "LEG5", "1"),
        enter("service", "p", DAY, 0, "LEG5", "2"),
        enter("service", "p", DAY + timedelta(1), 0, "LEG5", "1"),
    ]
    [alike] = find_repeated(entered, YEAR)
    assert alike == tuple(entered[:2])


def test_a_record_from_before_the_enrolment_is_suspected() -> None:
    early = enter(day=DAY - timedelta(1))
    assert find_before_entry([early, enter()], {"p": DAY}, YEAR) == (early,)


@pytest.mark.parametrize(
    ("other", "twins"),
    [
        ({}, 1),
        ({"enrolled": DAY + timedelta(14)}, 1),
        ({"enrolled": DAY + timedelta(15)}, 0),
        ({"language": "ru"}, 0),
        ({"entry": ""}, 0),
        ({"age_band": "unknown"}, 0),
    ],
)
def test_people_noted_alike_soon_after_each_other_may_be_one(other: dict[str, object], twins: int) -> None:
    one = Enrolled("B2", DAY, "25-34", "lv", "police")
    found = find_twins([one, replace(one, code="A1", **other)], 14)  # type: ignore[arg-type]
    assert found == (("A1", "B2"),) * twins
