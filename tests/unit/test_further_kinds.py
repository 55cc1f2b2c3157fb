"""Ratios, rubrics and milestones, counted by hand; what is printed of them, and what an auditor finds again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.figures import Audience, FigureState, make_figure_content
from me_platform.disclosure.protect import protect
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.exchange.recompute import recompute
from me_platform.indicators.calculation import compute_figures, round_half_up
from me_platform.indicators.definition import (
    Indicator,
    Kind,
    LadderStep,
    Milestone,
    PlanIndicator,
    PlanPartner,
    RubricLevel,
    Source,
)
from me_platform.indicators.frames import SourceRow, make_frames
from me_platform.indicators.frozen import Definitions
from me_platform.indicators.lineage import COLUMNS, list_lines
from me_platform.indicators.loading import make_plain
from me_platform.indicators.measures import find_median
from me_platform.indicators.milestones import STATES, find_state
from me_platform.indicators.results import Availability, RawFigure, Role
from me_platform.reports.explanation import make_explanation, say
from me_platform.reports.sheets import make_sheet
from me_platform.reports.words import make_day
from me_platform.services.explaining import make_words
from tests.disclosure_samples import SERVED, make_count, make_raw
from tests.unit.test_calculation import (
    SILENT,
    START,
    STEPS,
    SURVEY,
    WORDS,
    Inputs,
    World,
    activity,
    answering,
    ask,
    listing,
    make_indicator,
)
from tests.world_samples import load_content

PER_PERSON = make_indicator("per-person", Kind.RATIO, Source("services"), unit="per_person", decimals=1)
HOURS = replace(PER_PERSON, code="hours", measure="hours")
LEGAL = replace(PER_PERSON, code="legal", numerator={"field": "service_area", "in": ["LEG"]})
HOURS_EACH = replace(HOURS, code="hours-each", unit="per_record", per="record")
PER_EVENT = make_indicator(
    "per-event",
    Kind.RATIO,
    Source("activities"),
    unit="per_event",
    per="record",
    measure="participants",
    decimals=1,
    numerator={"status": "delivered"},
    denominator={"status": "delivered"},
)
LEVELS = make_indicator(
    "levels", Kind.SCORED_QUALITATIVE, ask("useful"), unit="level", rubric=tuple(RubricLevel(s, WORDS) for s in STEPS)
)
STANDARDS = make_indicator(
    "standards",
    Kind.SCORED_QUALITATIVE,
    Source("standards", respondent="organisation"),
    unit="level",
    per="record",
    measure="rating",
    rubric=tuple(RubricLevel(code, WORDS) for code in ("not_met", "partly", "met")),
)
MILESTONES = make_indicator("milestones", Kind.MILESTONE, Source("plan"), unit="milestones")


def recount(made: Inputs, indicator: Indicator, partner: str) -> tuple[Any, ...]:
    """What the auditor's script makes of the records behind a figure."""
    definitions = Definitions(made.plan, made.indicators, {"check-in": SURVEY})
    lines = [
        line.make_row()
        for line in list_lines(definitions, made.frames, made.period, made.cutoff, partner)
        if line.indicator == indicator.code
    ]
    rows = pd.DataFrame(lines, columns=list(COLUMNS), dtype="str")
    rows[["moment", "number"]] = rows[["moment", "number"]].apply(pd.to_numeric)
    return recompute(rows, json.loads(json.dumps(make_plain(indicator))))  # type: ignore[no-any-return, no-untyped-call]


def tell(figure: RawFigure, *names: str) -> tuple[Any, ...]:
    """Some fields of a figure."""
    return tuple(getattr(figure, name) for name in names)


def serving(hours: Mapping[str, Sequence[float]], partner: str = "ALFA", world: World | None = None) -> World:
    """Services of people of one partner, each of so many hours."""
    world = world or World()
    for person, mine in hours.items():
        world.enrol(person, partner)
        for place, each in enumerate(mine):
            world.serve(person, START + timedelta(days=place), hours=each)
    return world


# -- ratios --------------------------------------------------------------------------------------------------------


def test_a_ratio_is_what_is_above_by_what_is_below() -> None:
    """R1, field 5: 6 services of 2 people are 3 for each; both parts are told, and no interval."""
    figure = serving({"a": [1, 1, 1, 1], "b": [2, 0.5]}).figures(PER_PERSON, HOURS)
    each = figure["per-person"]
    assert tell(each, "role", "value", "numerator", "denominator") == (Role.RATIO, Decimal("3.0"), 6, 2)
    assert tell(each, "n", "inside", "low", "high") == (2, 2, None, None)
    assert tell(each, "shares") == ((4, 2, 0),)
    assert tell(figure["hours"], "value", "numerator") == (Decimal("3.3"), None)


def test_a_ratio_of_nobody_has_no_value_and_one_of_nothing_is_0() -> None:
    """R2, defect h: denominator 0 is no value; a numerator of 0 is 0."""
    assert World().figures(PER_PERSON)["per-person"].availability is Availability.NO_VALUE
    world = World()
    world.enrol("a")
    world.serve("a", service="PSY1")
    figure = world.figures(LEGAL)["legal"]
    assert tell(figure, "value", "numerator", "denominator", "inside") == (0, 0, 1, 0)


def test_hours_nobody_noted_are_in_neither_part() -> None:
    """Defect j: whose hours were never noted is not somebody without hours; whose were in part makes it "or more"."""
    figures = serving({"a": [2, 0], "b": [4], "c": [0]}).figures(HOURS, HOURS_EACH)
    assert tell(figures["hours"], "value", "denominator", "at_least") == (3, 2, True)
    each = figures["hours-each"]
    assert tell(each, "value", "numerator", "denominator", "at_least") == (3, 6, 2, False)
    nothing = serving({"a": [0], "b": [0]}).figures(HOURS)["hours"]
    assert nothing.availability is Availability.NOT_COLLECTED


def test_people_for_each_event_leave_out_events_nobody_counted_and_are_about_nobody() -> None:
    """Field 5: participants for each event; defect j; planned events are no part of it."""
    world = listing(
        activity("A1", date(2018, 5, 1), participants=30),
        activity("A2", date(2018, 6, 1), participants=0),
        activity("A3", date(2018, 7, 1)),
        activity("A4", date(2018, 8, 1), status="planned", participants=500),
    )
    figures = world.figures(PER_EVENT, period="2018")
    figure = figures["per-event"]
    assert tell(figure, "role", "value", "numerator", "denominator") == (Role.ACTIVITY, 15, 30, 2)
    rough = listing(activity("A1", date(2018, 5, 1), participants=30, qualifier="more_than"))
    assert rough.figures(PER_EVENT, period="2018")["per-event"].at_least
    assert World().figures(PER_EVENT)["per-event"].availability is Availability.NOT_COLLECTED


@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=1, max_size=4)),
    st.dictionaries(st.sampled_from("uvwxyz"), st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=1, max_size=4)),
)
def test_a_ratio_over_organisations_is_made_of_their_sums_and_an_auditor_finds_it(
    alfa: dict[str, list[float]], beta: dict[str, list[float]]
) -> None:
    """R1, R14, defect k: never a mean of ratios; recomputed from the records (R26)."""
    world = serving(beta, "BETA", serving(alfa))
    made = world.make_inputs(PER_PERSON, HOURS, HOURS_EACH)
    figures = compute_figures(made.plan, made.indicators, {"check-in": SURVEY}, made.frames, made.period, made.cutoff)
    for indicator in (PER_PERSON, HOURS, HOURS_EACH):
        mine = {each.partner: each for each in figures if each.indicator == indicator.code}
        parts = [recount(made, indicator, partner) for partner in ("ALFA", "BETA")]
        above, below = (sum(Fraction(part[at] or 0) for part in parts) for at in (0, 1))
        whole = mine["ALL"]
        assert whole.denominator == (below or None)
        assert whole.value == (round_half_up(above / below, 1) if below else None)
        assert recount(made, indicator, "ALL")[1:] == (below, above / below if below else None)


def make_ratio(people: int, inside: int, **more: object) -> RawFigure:
    plain = {
        "unit": "per_person",
        "value": Decimal("4.8"),
        "numerator": 412,
        "denominator": people,
        "n": people,
        "inside": inside,
        "shares": (Fraction(20), Fraction(18), Fraction(374)),
    }
    return make_raw(Role.RATIO, "per-person", **{**plain, **more})


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        pytest.param(make_ratio(86, 40), FigureState.VALUE, id="of those served"),
        pytest.param(make_ratio(86, 0, value=Decimal("0.0"), numerator=0, shares=None), FigureState.VALUE, id="none"),
        pytest.param(make_ratio(86, 4), FigureState.SUPPRESSED, id="services of four"),
        pytest.param(make_ratio(84, 40), FigureState.SUPPRESSED, id="two people fewer than those served"),
        pytest.param(make_ratio(4, 4), FigureState.SUPPRESSED, id="of four people"),
        pytest.param(
            make_ratio(86, 9, shares=(Fraction(400), Fraction(9), Fraction(3))), FigureState.SUPPRESSED, id="p % rule"
        ),
    ],
)
def test_a_ratio_about_people_is_protected_as_a_magnitude(raw: RawFigure, state: FigureState) -> None:
    """privacy-and-safety part 3, P4 and P5: T people, none whom another works out, and no new number of people."""
    served = make_count(86, SERVED)
    figure = next(each for each in protect([served, raw], Audience.FUNDER) if each.indicator == "per-person")
    assert figure.state is state
    assert (figure.n, figure.value is None) == (None, state is FigureState.SUPPRESSED)
    own = next(each for each in protect([served, raw], Audience.PARTNER) if each.indicator == "per-person")
    assert own.state is FigureState.VALUE


def test_a_ratio_prints_both_its_numbers_and_never_as_a_part_of_a_whole() -> None:
    [figure] = protect([make_ratio(86, 40)], Audience.PARTNER)
    assert make_figure_text(figure, "en") == "4.8 (412 : 86)".replace(" : ", "\N{NO-BREAK SPACE}:\N{NO-BREAK SPACE}")
    assert make_figure_text(figure, "lv", Facet.SHORT) == "4,8"
    [hours] = protect([make_ratio(86, 40, numerator=None, at_least=True)], Audience.PARTNER)
    assert make_figure_text(hours, "en").replace("\N{NO-BREAK SPACE}", " ") == "4.8 or more, n = 86"


# -- rubrics -------------------------------------------------------------------------------------------------------


def test_the_middle_level_stands_beside_the_table_of_all() -> None:
    """Field 5, R3, R18: levels and those not rated make up everybody who answered; no mean is made of words."""
    figures = answering("no", "yes", "rather_yes", "rather_yes", None, "declined").figures(LEVELS)
    main = figures["levels"]
    assert tell(main, "role", "value", "denominator", "n") == (Role.MEDIAN, 2, 4, 4)
    table = {key.removeprefix("levels:level:"): each for key, each in figures.items() if ":level:" in key}
    assert {part: each.numerator for part, each in table.items()} == {
        **dict.fromkeys(STEPS, 0),
        "no": 1,
        "rather_yes": 2,
        "yes": 1,
        **{f"state:{state}": 0 for state in (*SILENT, "not_asked")},
        "state:skipped": 1,
        "state:declined": 1,
    }
    assert {each.denominator for each in table.values()} == {6}
    assert table["rather_yes"].title == {"en": "2 – words", "lv": "2 – vārdi"}


def test_of_an_even_number_the_lower_level_counts_and_of_nobody_there_is_none() -> None:
    """R2, defect l: the middle of nothing is no level, and it is always one that somebody gave."""
    assert answering("no", "yes").figures(LEVELS)["levels"].value == 0
    assert answering(None, "declined").figures(LEVELS)["levels"].availability is Availability.NO_VALUE


def test_who_was_rated_twice_stands_at_her_last_level() -> None:
    world = answering("no")
    world.respond("ALFA000", date(2026, 5, 1), "followup", useful="yes")
    world.respond("ALFA000", date(2026, 9, 1), "followup", useful="declined")
    figures = world.figures(LEVELS)
    assert (tell(figures["levels"], "value"), tell(figures["levels:level:yes"], "numerator")) == ((3,), (1,))


def test_an_organisations_ratings_of_itself_are_about_nobody_and_pooled_over_partners() -> None:
    """Fields 5 and 8: recomputed over partners from all ratings; what is no level is left out."""
    rows = [("ALFA", "met"), ("ALFA", "partly"), ("ALFA", "not_applicable"), ("BETA", "not_met"), ("BETA", "not_met")]
    made = World().make_inputs(STANDARDS)
    sources = [
        SourceRow("standards", partner, "", date(2026, 3, 1), {"standard": f"S{place}", "rating": rating})
        for place, (partner, rating) in enumerate(rows)
    ]
    made = replace(made, frames=make_frames((), (), (), (), (), (), (), (), sources=sources))
    figures = compute_figures(made.plan, made.indicators, {"check-in": SURVEY}, made.frames, made.period, made.cutoff)
    mains = {each.partner: each for each in figures if each.indicator == "standards" and not each.part}
    assert {partner: tell(each, "value", "denominator") for partner, each in mains.items()} == {
        "ALFA": (1, 2),
        "BETA": (0, 2),
        "ALL": (0, 4),
    }
    assert {each.role for each in figures if each.indicator == "standards"} == {Role.ACTIVITY}
    assert recount(made, STANDARDS, "ALL")[1:] == (4, 0)
    [main] = [each for each in protect(figures, Audience.PUBLIC) if each.id == "standards@ALFA@2026"]
    assert make_figure_text(main, "lv").replace("\N{NO-BREAK SPACE}", " ") == "1. līmenis, n = 2"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from([*STEPS, *SILENT, None]), min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_levels_and_those_not_rated_make_up_everybody_in_whatever_order(
    answers: list[str | None], random: Random
) -> None:
    """R18, R26: parts and unknown are the total, the order of people is none, and an auditor finds the level again."""
    made = answering(*answers).make_inputs(LEVELS)
    shuffled = random.sample(answers, len(answers))
    figures, others = (answering(*each).figures(LEVELS) for each in (answers, shuffled))
    assert [(key, each.value, each.numerator) for key, each in figures.items()] == [
        (key, each.value, each.numerator) for key, each in others.items()
    ]
    table = [each for key, each in figures.items() if ":level:" in key]
    assert sum(each.numerator or 0 for each in table) == len(answers) == table[0].denominator
    rated = sorted(STEPS.index(each) for each in answers if each in STEPS)
    assert figures["levels"].value == (rated[(len(rated) - 1) // 2] if rated else None)
    assert recount(made, LEVELS, "ALFA")[1:] == (len(rated), figures["levels"].value)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6).filter(any))
def test_the_median_is_that_of_the_ordered_list(counts: list[int]) -> None:
    levels = sorted(Counter(dict(enumerate(counts))).elements())
    assert find_median(counts) == levels[(len(levels) - 1) // 2]


def make_levels(*counts: int) -> list[RawFigure]:
    """The raw figures of a rubric over so many people, all of whom were rated, and those served."""
    people = sum(counts)
    median = make_raw(
        Role.MEDIAN, "levels", unit="level", value=Decimal(1), n=people, denominator=people, base=people, group="l"
    )
    cells = [
        make_raw(
            Role.CELL,
            "levels",
            part=f"level:{place}",
            value=Decimal(count),
            numerator=count,
            denominator=people,
            n=people,
            base=people,
            group="l",
            order=place,
        )
        for place, count in enumerate(counts)
    ]
    return [make_count(people, SERVED), median, *cells]


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        pytest.param((12, 20, 14), FigureState.VALUE, id="all cells are shown"),
        pytest.param((2, 30, 14), FigureState.SUPPRESSED, id="some are hidden"),
        pytest.param((2, 6, 4), FigureState.VALUE, id="too few for a table"),
        pytest.param((2, 4, 3), FigureState.SUPPRESSED, id="fewer than 2T"),
    ],
)
def test_a_median_needs_people_and_tells_nothing_of_a_hidden_cell(counts: tuple[int, ...], state: FigureState) -> None:
    """privacy-and-safety part 3, P6."""
    [figure] = [each for each in protect(make_levels(*counts), Audience.FUNDER) if each.id.startswith("levels@")]
    assert figure.state is state


# -- milestones ----------------------------------------------------------------------------------------------------

DUE = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("reached", "day", "state"),
    [
        pytest.param(date(2026, 6, 30), date(2026, 6, 30), "in_time", id="on its day"),
        pytest.param(date(2026, 7, 1), date(2026, 7, 1), "late", id="a day late"),
        pytest.param(date(2026, 7, 1), date(2026, 6, 30), "overdue", id="not yet on its day"),
        pytest.param(date(2026, 5, 2), date(2026, 5, 1), "open", id="R22: what came later is not known yet"),
        pytest.param(None, date(2026, 6, 29), "open", id="the day before"),
        pytest.param(None, date(2026, 6, 30), "overdue", id="the evening of its day"),
        pytest.param(date(2026, 2, 28), date(2026, 12, 31), "in_time", id="early"),
    ],
)
def test_a_milestone_is_in_one_of_four_states(reached: date | None, day: date, state: str) -> None:
    """Fields 5 and 23; R22."""
    assert find_state(Milestone(DUE, text=WORDS, reached=reached), day) == state


def setting(*milestones: Milestone) -> dict[str, PlanIndicator]:
    return {"milestones": PlanIndicator("milestones", "R", milestones=milestones)}


def test_milestones_are_counted_out_of_all_and_each_has_its_figure() -> None:
    """R2: without milestones there is no value; a partner's page says they are the plan's."""
    chosen = setting(
        Milestone(date(2026, 3, 31), text=WORDS, reached=date(2026, 3, 1)),
        Milestone(DUE, text=WORDS, reached=date(2026, 8, 1)),
        Milestone(date(2026, 9, 30), text=WORDS),
        Milestone(date(2027, 3, 31), text=WORDS),
    )
    figures = World().figures(MILESTONES, partner="ALL", chosen=chosen)
    assert tell(figures["milestones"], "value", "numerator", "denominator") == (2, 2, 4)
    assert {state: figures[f"milestones:{state}"].value for state in STATES} == dict.fromkeys(STATES, 1)
    late = figures["milestones:milestone:2026-06-30"]
    assert tell(late, "value", "role") == (1, Role.ACTIVITY)
    assert late.title["en"] == "words: reached late"
    assert figures["milestones:milestone:2026-09-30"].value == 0
    assert World().figures(MILESTONES, chosen=chosen)["milestones"].availability is Availability.NOT_COLLECTED
    assert World().figures(MILESTONES, partner="ALL")["milestones"].availability is Availability.NO_VALUE
    [main, *_] = protect([figures["milestones"]], Audience.PUBLIC)
    assert make_figure_text(main, "en").replace("\N{NO-BREAK SPACE}", " ") == "2 of 4"
    made = World().make_inputs(MILESTONES, chosen=chosen)
    assert recount(made, MILESTONES, "ALL") == (2, 4, 2)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.none() | st.integers(0, 500)), min_size=1, max_size=6),
    st.integers(0, 400),
    st.integers(1, 90),
)
def test_the_four_states_make_up_all_milestones_and_a_later_one_changes_no_earlier_period(
    drawn: list[tuple[int, int | None]], end: int, later: int
) -> None:
    """R8, R10, R22, defect m: what is reached after a period is not reached in it, however late it is looked at."""
    last = START + timedelta(days=end)
    milestones = [
        Milestone(START + timedelta(days=due), text=WORDS, reached=None if at is None else START + timedelta(days=at))
        for due, at in drawn
    ]
    states = Counter(find_state(each, last) for each in milestones)
    assert sum(states[state] for state in STATES) == len(milestones)
    after = [
        replace(each, reached=last + timedelta(days=later)) if each.reached is None else each for each in milestones
    ]
    assert states == Counter(find_state(each, last) for each in after)


# -- a threshold of its own ----------------------------------------------------------------------------------------


def test_a_definition_raises_the_threshold_and_never_lowers_it() -> None:
    """Field 16; privacy-and-safety part 3: T may be raised, and holds for all that is decided on together."""
    seven = make_raw(Role.COUNT, "seven", value=Decimal(7), numerator=7, n=7)
    beside = make_raw(Role.COUNT, "beside", value=Decimal(7), numerator=7, n=7)
    for threshold, state in ((0, FigureState.VALUE), (3, FigureState.VALUE), (8, FigureState.SUPPRESSED)):
        found = protect([replace(seven, threshold=threshold), beside], Audience.FUNDER)
        assert {figure.state for figure in found} == {state}
    raised = replace(LEVELS, threshold=12)
    assert {each.threshold for each in answering("no").figures(raised).values() if each.indicator == "levels"} == {12}


def test_a_level_has_no_progress_and_a_ratio_has_and_both_have_targets_of_their_own() -> None:
    """R16: between words there is no distance; a ratio's target holds for every organisation."""
    target = {"baseline": Decimal(0), "baseline_date": START, "target": Decimal(2), "target_date": DUE}
    chosen = {code: PlanIndicator(code, "R", **target) for code in ("levels", "per-person")}  # type: ignore[arg-type]
    world = answering("rather_no", "rather_no")
    world.serve("ALFA000")
    figures = world.figures(LEVELS, PER_PERSON, chosen=chosen)
    assert tell(figures["levels"], "target", "progress") == (2, None)
    assert tell(figures["per-person"], "target", "progress") == (2, 75)


def test_people_known_at_two_organisations_count_once_in_a_ratio() -> None:
    """R12: who is linked is one person below the line."""
    world = World(partners=(PlanPartner("ALFA", WORDS, WORDS), PlanPartner("ALL", WORDS, WORDS, consortium=True)))
    serving({"a": [1, 1]}, world=world)
    assert world.figures(PER_PERSON, partner="ALL")["per-person"].denominator == 1


# -- in words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "lv"])
def test_every_figure_of_these_kinds_is_explained_and_every_definition_has_a_sheet(language: str) -> None:
    """R26; rules-of-numbers part 1: a field the definition has is on its sheet."""
    chosen = setting(Milestone(DUE, text=WORDS, reached=date(2026, 7, 4)))
    ladder = (LadderStep("age_band", {"18-24": "young", "25-34": "young"}, {"young": WORDS}),)
    world = answering("yes", None)
    kinds = (PER_PERSON, HOURS_EACH, PER_EVENT, replace(LEVELS, threshold=12, ladder=ladder), MILESTONES)
    made = world.make_inputs(*kinds, chosen=chosen)
    raws = compute_figures(made.plan, made.indicators, {"check-in": SURVEY}, made.frames, made.period, made.cutoff)
    figures = [make_figure_content(each) for each in protect(raws, Audience.PARTNER)]
    days = {"start": made.period.start.isoformat(), "end": made.period.end.isoformat()}
    part = {"figures": figures, "audience": "partner", "period": days, "cutoff": made.cutoff.isoformat()}
    words = make_words(load_content(), language)
    definitions = Definitions(made.plan, made.indicators, {"check-in": SURVEY})
    for figure in figures:
        explanation = make_explanation(part, definitions, figure["id"])
        assert all(each.sentences for each in say(explanation, words))
        assert explanation.threshold == (12 if figure["indicator"] == "levels" else 5)
    for indicator in kinds:
        sheet = make_sheet(indicator, chosen.get(indicator.code, PlanIndicator(indicator.code, "R")), words)
        rows = {row.label: row.text for row in (*sheet.facts, *(row for column in sheet.columns for row in column))}
        if indicator.code == "levels":
            assert rows[words.term("field", "rubric")].startswith("0 – ")
            assert rows[words.term("field", "threshold")] == "12"
            assert "18-24, 25-34 → " in rows[words.term("field", "ladder")]
        if indicator.code == "milestones":
            assert make_day(date(2026, 7, 4), language) in rows[words.term("field", "milestones")]
