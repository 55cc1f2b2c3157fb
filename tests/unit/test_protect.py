"""Protection of small numbers (privacy-and-safety part 3), rule by rule, and against readers who try to undo it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from me_platform.disclosure.bands import (
    Band,
    Change,
    Shown,
    compute_change,
    compute_share,
    compute_stages,
    compute_wide_share,
    find_hidden,
    find_hidden_apart,
    find_hidden_beside,
)
from me_platform.disclosure.figures import (
    THRESHOLDS,
    Audience,
    Figure,
    FigureState,
    make_figure,
    make_figure_content,
    make_figure_id,
)
from me_platform.disclosure.means import PrintedMean, tells_few
from me_platform.disclosure.protect import RULES, choose_carried, compute_usefulness, protect
from me_platform.disclosure.scene import make_scene
from me_platform.disclosure.wording import make_figure_text
from me_platform.indicators.calculation import round_half_up
from me_platform.indicators.intervals import compute_mean_interval
from me_platform.indicators.results import Availability, RawFigure, Role, Scale
from tests.disclosure_samples import (
    CHANGE,
    MEAN,
    SERVED,
    Question,
    Truth,
    make_change,
    make_count,
    make_flow,
    make_life_like,
    make_mean,
    make_raw,
    make_raws,
    make_reader,
    make_share,
    make_states,
    make_table,
)

T = 5
V, B, S = FigureState.VALUE, FigureState.BANDED, FigureState.SUPPRESSED
NUMBERS = ("value", "numerator", "denominator", "n", "low", "high", "progress")


def protect_all(*raws: RawFigure, audience: Audience = Audience.FUNDER, threshold: int = 0) -> dict[str, Figure]:
    """Protected figures by what tells them apart within one partner and period."""
    figures = protect(raws, audience, threshold)
    return {figure.id.partition("@")[0]: figure for figure in figures}


def get_numbers(figure: Figure) -> dict[str, Any]:
    """The numbers a figure carries."""
    return {name: getattr(figure, name) for name in NUMBERS if getattr(figure, name) is not None}


# -- shares -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positive", "whole", "shown"),
    [
        (0, 9, None),
        (9, 9, None),
        (0, 10, Band(0, 5, 10)),
        (4, 10, Band(0, 5, 10)),
        (5, 10, 5),
        (6, 10, Band(5, 10, 10)),
        (10, 10, Band(5, 10, 10)),
        (4, 19, Band(0, 5, 19)),
        (5, 19, 5),
        (12, 19, 12),
        (14, 19, 14),
        (15, 19, Band(14, 19, 19)),
        (19, 19, Band(14, 19, 19)),
    ],
)
def test_a_share_is_exact_in_the_middle_banded_at_both_ends_and_hidden_under_2t(
    positive: int, whole: int, shown: Shown
) -> None:
    """privacy-and-safety part 3, proportions: true 0 and true N are banded too."""
    assert compute_share(positive, whole, T) == shown
    figure = protect_all(make_share(positive, whole))["useful"]
    if isinstance(shown, int):
        assert figure.state is V
        assert (figure.numerator, figure.denominator, figure.n) == (positive, whole, whole)
        assert figure.progress == 50
    elif isinstance(shown, Band):
        assert figure.state is B
        assert get_numbers(figure) == {"low": shown.low, "high": shown.high, "denominator": whole}
    else:
        assert figure.state is S
        assert not get_numbers(figure)
    assert figure.target == 80


def test_the_words_say_what_the_band_means() -> None:
    words = {
        (12, 19): "12 of 19 (63 %, 10–90 %)",
        (16, 19): "14 or more of 19",
        (0, 19): "5 or fewer of 19",
        (4, 8): "×",
    }
    for (positive, whole), text in words.items():
        figure = protect_all(make_share(positive, whole))["useful"]
        assert make_figure_text(figure, "en").replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_public_sees_no_number_of_fewer_than_ten() -> None:
    """privacy-and-safety part 3: T is 5 for partner and funder, 10 for the public."""
    assert THRESHOLDS == {Audience.PARTNER: 5, Audience.FUNDER: 5, Audience.PUBLIC: 10}
    raws = [make_share(8, 30)]
    assert protect_all(*raws)["useful"].state is V
    assert protect_all(*raws, audience=Audience.PARTNER)["useful"].state is V
    assert get_numbers(protect_all(*raws, audience=Audience.PUBLIC)["useful"]) == {
        "low": 0,
        "high": 10,
        "denominator": 30,
    }


@pytest.mark.parametrize(("given", "state"), [(0, V), (1, V), (5, V), (8, V), (9, B)])
def test_a_setting_raises_the_threshold_and_never_lowers_it(given: int, state: FigureState) -> None:
    """privacy-and-safety part 3."""
    assert protect_all(make_share(8, 30), threshold=given)["useful"].state is state
    assert protect_all(make_share(4, 30), threshold=given)["useful"].state is B


def test_a_share_by_categories_is_a_crossed_table_and_hidden() -> None:
    """privacy-and-safety part 3: partner reports carry no crossed tables."""
    figure = protect_all(make_share(30, 60, disaggregation={"age_band": "25-34"}))["useful/age_band=25-34"]
    assert figure.state is S


@given(st.integers(10, 40), st.data())
def test_a_wide_share_tells_neither_who_is_missing_nor_how_many_said_yes(base: int, data: st.DataObject) -> None:
    """Brute force: all pairs (positive, whole) that agree with the band."""
    whole = data.draw(st.integers(max(10, base - T + 1), base))
    positive = data.draw(st.integers(0, whole))
    band = compute_wide_share(positive, whole, base, T)
    assert band is not None
    assert 0 <= band.low <= positive <= positive + base - whole <= band.high <= base == band.base
    assert band.low * whole <= positive * base <= band.high * whole
    worlds = [
        (yes, answered)
        for answered in range(base + 1)
        for yes in range(answered + 1)
        if band.low <= yes and yes + base - answered <= band.high
    ]
    assert (positive, whole) in worlds
    for seen in (
        {base - answered for _, answered in worlds},
        {yes for yes, _ in worlds},
        {answered - yes for yes, answered in worlds},
    ):
        assert not seen <= set(range(1, T))
        assert len(seen) > 1


# -- the flow -----------------------------------------------------------------------------------------------------


def find_pairs(shown: Sequence[int | Band]) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """By places: every two numbers that a falling line can have there at once, found by walking all lines."""
    options = [{one} if isinstance(one, int) else set(range(one.low, one.high + 1)) for one in shown]
    for place in reversed(range(len(options) - 1)):
        options[place] = {one for one in options[place] if one >= min(options[place + 1])}
    for place in range(1, len(options)):
        options[place] = {one for one in options[place] if one <= max(options[place - 1])}
    pairs: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for first in range(len(options)):
        reach = {one: {one} for one in options[first]}
        for place in range(first, len(options)):
            reach = {one: {low for low in options[place] if low <= max(seen)} for one, seen in reach.items()}
            if place == first:
                reach = {one: {one} for one in options[first]}
            pairs[first, place] = {(one, low) for one, seen in reach.items() for low in seen}
    return pairs


def check_stages(counts: Sequence[int], printed: Sequence[int], crowd: int | None) -> None:
    """No stage, no difference of two stages, and none to a printed number is proved small."""
    small = set(range(1, T))
    shown = list(compute_stages(counts, T, printed, crowd))
    for count, one in zip(counts, shown, strict=True):
        assert agrees(one, count)
    known, line = ([], counts) if crowd is None else ([crowd], [crowd, *counts])
    pairs = find_pairs([*known, *shown])
    for place, true in enumerate(line):
        seen = {one for one, _ in pairs[place, place]}
        assert not seen <= small
        for narrower in range(place + 1, len(line)):
            assert not {one - other for one, other in pairs[place, narrower]} <= small
        for number in printed:
            # Those who answered are among the stage, or the stage is among them.
            inside = {one - number for one in seen} if true >= number else {number - one for one in seen}
            assert not {one for one in inside if one >= 0} <= small


counts_down = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 25)), min_size=1, max_size=6)


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[int], list[int], int | None]:
    """Stages that fall by a little more often than by a lot, numbers of answers among them, and those served."""
    drops = draw(counts_down)
    counts = [sum(drops[place:]) for place in range(len(drops))]
    crowd = draw(st.one_of(st.none(), st.integers(0, 7).map(lambda more: counts[0] + more)))
    if crowd is not None and 0 < crowd < T:
        crowd = None
    answers = draw(st.lists(st.integers(0, 8).map(lambda less: counts[min(3, len(counts) - 1)] - less), max_size=3))
    apart = [each for each in answers if each >= T and (crowd is None or crowd - each not in range(1, T))]
    return counts, apart, crowd


@given(flows())
@example(([19, 18, 17, 17, 17, 12], [], 19))
@example(([60, 58, 54, 52, 51, 40], [51, 47, 45], 60))
@example(([7, 6, 3, 0, 0, 0], [], None))
@example(([3, 2, 1, 1, 0, 0], [], None))
def test_the_flow_proves_no_small_stage_and_no_small_difference(
    flow: tuple[list[int], list[int], int | None],
) -> None:
    """privacy-and-safety part 3, P5: brute force over all falling lines that agree with what is shown."""
    check_stages(*flow)


@pytest.mark.parametrize(
    ("counts", "printed", "crowd", "shown"),
    [
        # Differences of 0 and of T or more leave every stage exact.
        ([19, 19, 14, 14, 9, 0], (), 19, [19, 19, 14, 14, 9, 0]),
        # One person less: a band that ends at the nearest wider number shown.
        (
            [19, 18, 17, 17, 14, 12],
            (),
            19,
            [19, Band(14, 19, 19), Band(14, 19, 19), Band(14, 19, 19), 14, Band(9, 14, 14)],
        ),
        # Few are "T or fewer", and what comes after none of them is 0.
        ([12, 4, 2, 0], (), 12, [12, Band(0, 5, 12), Band(0, 5, 12), 0]),
        ([4, 1, 0], (), None, [Band(0, 5, None), Band(0, 5, None), 0]),
        # 16 answers are printed elsewhere: the stages around them give way.
        ([25, 18, 17], (16,), None, [25, Band(15, 25, 25), Band(15, 25, 25)]),
        ([18, 17], (16,), None, [Band(16, 21, None), Band(16, 21, None)]),
        # Nobody was served.
        ([0, 0, 0], (), 0, [0, 0, 0]),
    ],
)
def test_stages_are_exact_where_they_are_apart_and_banded_elsewhere(
    counts: list[int], printed: tuple[int, ...], crowd: int | None, shown: list[Shown]
) -> None:
    assert list(compute_stages(counts, T, printed, crowd)) == shown


def test_a_stage_prints_its_number_or_its_band_and_no_base_of_its_own() -> None:
    figures = protect_all(*make_flow([19, 18, 12]), make_count(19))
    assert get_numbers(figures["flow:eligible"]) == {"value": 19, "numerator": 19, "n": 19}
    assert get_numbers(figures["flow:invited"]) == {"low": 14, "high": 19, "denominator": 19}
    assert get_numbers(figures["flow:consented"]) == {"value": 12, "numerator": 12, "n": 12}


# -- change -------------------------------------------------------------------------------------------------------


def find_changes(
    parts: Mapping[str, Shown], headline: Shown, whole: int, *, over_measured: bool, total: int | None
) -> set[tuple[int, int, int, int]]:
    """Brute force: every improved, same, worse, lost that agrees with what is shown."""
    whole_known = isinstance(headline, int) or (headline is not None and headline.base == whole)
    found = set()
    for each in product(range(10), repeat=3):
        for lost in range(10):
            measured = sum(each)
            if whole_known and (measured if over_measured else measured + lost) != whole:
                continue
            if total is not None and measured + lost != total:
                continue
            values = dict(zip(("improved", "same", "worse", "not_measurable"), (*each, lost), strict=True))
            values["not_improved"] = values["same"] + values["worse"]
            if all(agrees(shown, values[part]) for part, shown in parts.items()) and agrees(headline, each[0]):
                found.add((each[0], each[1], each[2], lost))
    return found


def agrees(shown: Shown, count: int) -> bool:
    """Whether a number can be what is shown as that."""
    if shown is None:
        return True
    return count == shown if isinstance(shown, int) else shown.low <= count <= shown.high


@given(
    st.tuples(*[st.one_of(st.integers(0, 3), st.integers(0, 6))] * 4),
    st.tuples(st.booleans(), st.booleans()),
)
@settings(max_examples=40, deadline=None)
def test_headline_and_parts_of_a_change_together_prove_nothing_small(
    numbers: tuple[int, int, int, int], named: tuple[bool, bool]
) -> None:
    """privacy-and-safety part 3: improved/same/worse falls back to improved/not improved, banded, then to N alone.

    With T = 3, so that all worlds can be walked.
    """
    threshold, change = 3, Change(*numbers)
    total_named, over_measured = named
    total = change.measured + change.lost
    whole = change.measured if over_measured else total
    # A total is named beside the number of people measured only if they are apart (see scene).
    total_named = total_named and (total == whole or total - whole >= threshold)
    headline = compute_share(change.improved, whole, threshold)
    parts = compute_change(change, headline, whole, threshold, total_named=total_named)
    shown_total = total if total_named and headline is not None else None
    worlds = find_changes(parts, headline, whole, over_measured=over_measured, total=shown_total)
    assert numbers in worlds
    for seen in (
        *({world[place] for world in worlds} for place in range(4)),
        {world[1] + world[2] for world in worlds},
        {sum(world[:3]) for world in worlds},
    ):
        assert not seen <= set(range(1, threshold)), (numbers, parts)


@pytest.mark.parametrize(
    ("numbers", "states"),
    [
        # All parts of T or more; those lost are 0 or many.
        ((12, 6, 5, 0), {"": V, "improved": V, "same": V, "worse": V, "not_measurable": V}),
        ((12, 6, 5, 7), {"": V, "improved": V, "same": V, "worse": V, "not_measurable": V}),
        # Few were lost: their number and that of everyone are hidden.
        ((12, 6, 5, 2), {"": V, "improved": V, "same": V, "worse": V, "not_measurable": S}),
        # Few got worse: improved and not improved only.
        ((12, 8, 3, 0), {"": V, "improved": V, "same": S, "worse": S, "not_measurable": V}),
        ((12, 8, 0, 0), {"": V, "improved": V, "same": S, "worse": S, "not_measurable": V}),
        # Nearly all improved: banded.
        ((18, 1, 0, 0), {"": B, "improved": B, "same": S, "worse": S, "not_measurable": V}),
        # Fewer than 2T measured: N alone, which the flow tells.
        ((5, 2, 2, 0), {"": S, "improved": S, "same": S, "worse": S, "not_measurable": S}),
    ],
)
def test_a_change_falls_back_step_by_step(
    numbers: tuple[int, int, int, int], states: Mapping[str, FigureState]
) -> None:
    """R8, privacy-and-safety part 3."""
    figures = protect_all(*make_change(*numbers))
    assert {part: figures[f"{CHANGE}:{part}" if part else CHANGE].state for part in states} == states


def test_without_its_headline_a_change_is_judged_as_if_it_were_there() -> None:
    whole = make_change(12, 8, 3, 2)
    with_headline = protect_all(*whole)
    without = protect_all(*(raw for raw in whole if raw.role is Role.CHANGE))
    assert without
    assert all(without[name] == with_headline[name] for name in without)


def test_the_number_of_those_lost_is_told_by_no_mean_either() -> None:
    """R7 beside privacy-and-safety P5: baseline of those measured and of those lost."""
    few, many = protect_all(*make_change(12, 6, 5, 2)), protect_all(*make_change(12, 6, 5, 7))
    assert few[f"{CHANGE}:baseline_lost"].state is S
    assert few[f"{CHANGE}:baseline_paired"].n == 23
    assert many[f"{CHANGE}:baseline_lost"].n == 7
    # 2 got worse: the parts fall back, but how many were lost may stand; with 2 measured less it may not.
    beside = protect_all(*make_change(12, 6, 5, 7), make_share(15, 32))
    assert beside[f"{CHANGE}:not_measurable"].state is S
    assert beside[f"{CHANGE}:baseline_lost"].state is V
    assert beside[f"{CHANGE}:baseline_lost"].n is None


# -- tables -------------------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.integers(0, 6), st.integers(0, 15)), min_size=1, max_size=5))
@settings(deadline=None)
def test_no_hidden_cell_of_a_line_is_proved_small(counts: list[int]) -> None:
    """privacy-and-safety part 3: brute force over all lines with the known total and the shown cells."""
    hidden = sorted(find_hidden(counts, [T] * len(counts)))
    assert {place for place, count in enumerate(counts) if 0 < count < T} <= set(hidden)
    if not hidden or len(hidden) == len(counts):
        return
    total = sum(counts) - sum(count for place, count in enumerate(counts) if place not in hidden)
    cuts = combinations(range(total + len(hidden) - 1), len(hidden) - 1)
    worlds = [
        [right - left - 1 for left, right in zip((-1, *cut), (*cut, total + len(hidden) - 1), strict=True)]
        for cut in cuts
    ]
    for place in range(len(hidden)):
        seen = {world[place] for world in worlds}
        assert min(seen) == 0
        assert max(seen) >= T


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ((10, 10, 10), set()),
        ((20, 0, 10), set()),
        ((1, 9, 20), {0, 1}),
        ((1, 4, 25), {0, 1}),
        ((1, 2, 0, 27), {0, 1, 3}),
        ((2, 28, 0), {0, 1}),
    ],
)
def test_a_line_hides_its_small_cells_and_the_smallest_others_that_cover_them(
    counts: tuple[int, ...], hidden: set[int]
) -> None:
    assert find_hidden(counts, [T] * len(counts)) == hidden


@pytest.mark.parametrize(
    ("counts", "known", "hidden"),
    [
        ((50, 0, 1, 0), [0], {2}),
        ((50, 9, 1, 0), [0], {1, 2}),
        ((50, 0, 1, 0), [], {0, 2}),
        # All others are 0: shown, they would tell that 50 is the total.
        ((50, 0, 0, 0), [0], {1}),
    ],
)
def test_a_line_whose_total_may_not_be_named_does_not_add_up_to_it(
    counts: tuple[int, ...], known: list[int], hidden: set[int]
) -> None:
    assert find_hidden_beside(counts, known) == hidden


def test_where_parts_may_exceed_the_total_each_cell_is_a_part_of_everyone() -> None:
    """R18: a person with services of two areas is in both."""
    assert find_hidden_apart((30, 26, 25, 5, 4, 0), 30, [T] * 6) == {1, 4}


@pytest.mark.parametrize(("base", "state", "carried"), [(29, S, 1), (30, V, 4)])
def test_a_table_is_carried_only_over_six_times_the_threshold(base: int, state: FigureState, carried: int) -> None:
    """privacy-and-safety part 3: one-way tables only where N >= 6T."""
    raws = [make_count(base), *make_table({"18-24": 10, "25-34": base - 10, "unknown": 0}, base)]
    figures = protect_all(*raws)
    assert {figures[f"{SERVED}/age_band=18-24"].state, figures[f"{SERVED}/age_band=unknown"].state} == {state}
    assert len(choose_carried(raws, Audience.FUNDER)) == carried
    assert len(choose_carried(raws, Audience.PUBLIC)) == 1
    assert len(choose_carried(raws, Audience.PARTNER)) == 4


def test_a_crossed_table_is_hidden() -> None:
    cell = make_table({"18-24": 60}, 60)[0]
    crossed = replace(cell, disaggregation={"age_band": "18-24", "language": "lv"})
    assert protect([crossed], Audience.FUNDER)[0].state is S


def test_children_are_counted_only_by_tens() -> None:
    """privacy-and-safety part 3: T is 10 for children."""
    figures = protect_all(make_count(60), *make_table({"12-15": 8, "18-24": 8, "25-34": 44}, 60))
    assert figures[f"{SERVED}/age_band=12-15"].state is S
    assert figures[f"{SERVED}/age_band=25-34"].state is V


def test_answers_printed_as_a_base_stay_consistent_with_the_table_of_states() -> None:
    """Counts per AnswerState are figures (R3) and agree with the share beside them."""
    few = protect_all(make_share(30, 57), *make_states([57, 2, 0, 0, 1, 0]))
    assert few["useful"].denominator == 57
    assert [few[f"useful:state:{state}"].state for state in ("answered", "declined", "dont_know")] == [V, S, V]
    # Everyone who was asked differs by 3 from those who answered: their number is not printed.
    assert few["useful:state:answered"].denominator is None
    many = protect_all(make_share(30, 50), *make_states([50, 7, 0, 3, 0, 0]))
    assert [many[f"useful:state:{state}"].state for state in ("answered", "declined", "not_applicable")] == [V, S, S]
    assert many["useful:state:answered"].denominator == 60


# -- counts, events, means, bounds, activities --------------------------------------------------------------------


@pytest.mark.parametrize(("people", "state"), [(0, V), (1, S), (4, S), (5, V), (60, V)])
def test_few_people_are_not_counted_and_none_is_a_number(people: int, state: FigureState) -> None:
    """P1, and defect b: a true 0 is 0."""
    events = make_raw(Role.EVENTS, "services", unit="events", value=Decimal(3 * people), numerator=3 * people, n=people)
    figures = protect_all(make_count(people), events)
    assert {figures[SERVED].state, figures["services"].state} == {state}
    assert figures["services"].n is None
    if state is V:
        assert figures[SERVED].value == people
        assert figures["services"].value == 3 * people
    own = protect_all(make_count(people), events, audience=Audience.PARTNER)
    assert {own[SERVED].state, own["services"].state} == {V}


def test_own_staff_see_tables_of_their_own_records_and_no_more_of_the_answers() -> None:
    """privacy-and-safety part 3, audience partner; 1.10: answers follow the funder rule for everybody inside."""
    raws = [make_count(19), *make_table({"18-24": 1, "25-34": 18}, 19), *make_flow([19, 18, 4]), make_share(16, 18)]
    own, funder = protect_all(*raws, audience=Audience.PARTNER), protect_all(*raws)
    assert get_numbers(own[f"{SERVED}/age_band=18-24"])["value"] == 1
    assert funder[f"{SERVED}/age_band=18-24"].state is S
    for name in ("flow:invited", "flow:consented", "useful"):
        assert own[name] == funder[name]
    states = protect_all(*make_states([50, 2, 3, 0, 5, 0]), audience=Audience.PARTNER)
    assert states["useful:state:declined"].state is S


def test_numbers_by_category_outside_a_table_are_hidden() -> None:
    raws = [make_count(60), make_count(20, disaggregation={"language": "lv"})]
    assert protect_all(*raws)[f"{SERVED}/language=lv"].state is S
    assert protect_all(*raws, audience=Audience.PARTNER)[f"{SERVED}/language=lv"].state is V


@pytest.mark.parametrize(("people", "state"), [(1, S), (4, S), (5, V), (30, V)])
def test_a_mean_needs_t_people(people: int, state: FigureState) -> None:
    """P6."""
    figure = protect_all(make_mean(people, value=Decimal("6.0")))[MEAN]
    assert figure.state is state
    assert figure.n == (people if state is V else None)


@pytest.mark.parametrize(
    ("people", "value", "low", "high", "printed"),
    [
        pytest.param(8, "3.1", "2.6", "3.7", {"value", "n"}, id="with its interval: one said no, two said yes"),
        pytest.param(9, "3.0", "2.3", "3.7", {"value", "n"}, id="with its interval: two or three said yes"),
        pytest.param(32, "2.8", "2.4", "3.1", {"value", "n", "low", "high"}, id="many, and many ways to answer"),
        pytest.param(9, "3.9", "3.6", "4.1", set(), id="one of nine did not say yes"),
        pytest.param(5, "2.4", "1.7", "3.1", set(), id="of five, few are above a mean that is no answer"),
        pytest.param(60, "3.9", "3.9", "4.0", {"value", "n"}, id="few of many did not say yes: how few is not told"),
    ],
)
def test_a_mean_on_four_steps_does_not_tell_what_few_people_said(
    people: int, value: str, low: str, high: str, printed: set[str]
) -> None:
    """P6 and P1: sum and squares of few answers give the answers away; the interval goes first, then the mean."""
    mean = make_mean(people, value=Decimal(value), low=Decimal(low), high=Decimal(high), scale=Scale(1, 4))
    figure = protect_all(mean)[MEAN]
    assert get_numbers(figure).keys() == printed
    assert figure.state is (V if printed else S)


@given(
    counts=st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(lambda counts: 5 <= sum(counts) <= 14),
    interval=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_mean_tells_few_exactly_where_every_possible_group_says_so(counts: list[int], *, interval: bool) -> None:
    """P6: the integer programme against all ways in which so many people can answer on four steps."""
    shown = print_mean(counts)
    shown = shown if interval else replace(shown, low=None, high=None)
    groups = [
        other
        for other in product(range(sum(counts) + 1), repeat=4)
        if sum(other) == sum(counts) and print_mean(other, interval=interval) == shown
    ]
    statements = [range(cut) for cut in (1, 2, 3)] + [range(cut, 4) for cut in (1, 2, 3)] + [[1], [2]]
    proved = any(all(0 < sum(group[place] for place in one) < T for group in groups) for one in statements)
    assert tells_few(shown, Scale(1, 4), T) is proved


def test_every_sum_that_rounds_to_a_mean_is_thought_of() -> None:
    """1.2 of 24 people on four steps is a sum of 28, which 4 people exceed 1 for, or of 29, for which 5 may."""
    assert not tells_few(PrintedMean(24, Decimal("1.2")), Scale(1, 4), T)
    assert tells_few(PrintedMean(19, Decimal("1.2")), Scale(1, 4), T)


def print_mean(counts: Sequence[int], *, interval: bool = True) -> PrintedMean:
    """The mean of so many answers of 1, 2, 3 ... as the engine prints it to one decimal."""
    answers = [float(step) for step, count in enumerate(counts, 1) for _ in range(count)]
    value = round_half_up(Fraction(sum(map(int, answers)), len(answers)), 1)
    found = compute_mean_interval(answers)
    if not interval or found is None:
        return PrintedMean(len(answers), value)
    return PrintedMean(len(answers), value, *(round_half_up(Fraction(limit), 1) for limit in (found.low, found.high)))


def test_a_mean_without_its_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="no scale"):
        protect_all(make_mean(9, scale=None))


def test_a_wide_scale_and_a_factor_are_judged_as_well() -> None:
    mean = make_mean(
        12, value=Decimal(5000), low=Decimal(3100), high=Decimal(6900), scale=Scale(0, 10**6, Fraction(10))
    )
    assert protect_all(mean)[MEAN].state is V
    assert protect_all(replace(mean, value=Decimal(1), low=None, high=None))[MEAN].state is S


def test_a_mean_whose_interval_has_no_width_is_hidden() -> None:
    """P6: everyone gave the same answer, which would tell it of each of them."""
    flat = make_mean(12, value=Decimal("7.0"), low=Decimal("7.0"), high=Decimal("7.0"))
    assert protect_all(flat)[MEAN].state is S


@pytest.mark.parametrize(
    ("low", "high", "state", "numbers"),
    [
        (60, 79, B, {"low": 60, "high": 79}),
        (3, 12, B, {"low": 0, "high": 12}),
        (2, 4, S, {}),
        (0, 0, V, {"value": 0}),
        (79, 79, V, {"value": 79}),
        (3, 3, S, {}),
    ],
)
def test_people_over_partners_are_printed_by_their_bounds(
    low: int, high: int, state: FigureState, numbers: Mapping[str, int]
) -> None:
    """R12."""
    value = Decimal(high) if low == high else None
    union = make_raw(Role.UNION, SERVED, value=value, low=Decimal(low), high=Decimal(high))
    figure = protect_all(union)[SERVED]
    assert figure.state is state
    assert get_numbers(figure) == numbers
    own = protect_all(union, audience=Audience.PARTNER)[SERVED]
    assert own.state is (V if low == high else B)


def test_public_activities_are_printed_as_they_are() -> None:
    activity = make_raw(Role.ACTIVITY, "events-held", unit="events", value=Decimal(1), progress=Decimal(3))
    assert get_numbers(protect_all(activity, audience=Audience.PUBLIC)["events-held"]) == {"value": 1, "progress": 3}


@pytest.mark.parametrize("role", [Role.ACTIVITY, Role.EVENTS])
def test_a_sum_of_rough_numbers_is_printed_as_so_many_or_more(role: Role) -> None:
    """R3: a number that is known to be the least there can be is not printed as if it were the whole."""
    sums = [make_raw(role, code, unit="hours", value=Decimal(328), n=40) for code in ("rough", "exact")]
    figures = protect_all(replace(sums[0], at_least=True), sums[1])
    assert get_numbers(figures["rough"]) == {**get_numbers(figures["exact"]), "low": 328}
    assert make_figure_text(figures["rough"], "en").replace("\N{NO-BREAK SPACE}", " ").startswith("328 or more")
    few = make_raw(Role.EVENTS, "few", unit="hours", value=Decimal(3), n=2, at_least=True)
    assert not get_numbers(protect_all(few)["few"])


# -- states -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("availability", [each for each in Availability if each is not Availability.VALUE])
def test_without_a_number_a_figure_has_the_state_of_that_name_and_only_nulls(
    role: Role, availability: Availability
) -> None:
    """R3."""
    figure = protect([make_raw(role, availability=availability, target=Decimal(5))], Audience.FUNDER)[0]
    assert figure.state == availability.value
    assert not get_numbers(figure)
    assert figure.target == 5


def test_out_of_nobody_there_is_no_value() -> None:
    """R2, defects a, j and l: 0 of 0 is not 0, and the mean of nothing is not 0."""
    figures = protect_all(make_share(0, 0, value=Decimal(0)), make_mean(0, value=Decimal(0)))
    assert {figure.state for figure in figures.values()} == {FigureState.NO_VALUE}
    assert not any(get_numbers(figure) for figure in figures.values())


def test_every_role_has_its_rule() -> None:
    assert set(RULES) == set(Role)


@pytest.mark.parametrize(
    "raw",
    [
        make_raw(Role.PROPORTION, value=Decimal(5), numerator=5),
        make_raw(Role.PROPORTION, value=Decimal(5), denominator=50),
        make_raw(Role.MEAN, value=Decimal(5)),
        make_raw(Role.COUNT),
        make_raw(Role.EVENTS, value=Decimal(5)),
        make_raw(Role.CELL, numerator=5, value=Decimal(5)),
        make_raw(Role.COUNT, numerator=8),
    ],
)
def test_a_raw_figure_without_the_numbers_of_its_role_is_refused(raw: RawFigure) -> None:
    with pytest.raises(ValueError, match="has role"):
        protect([raw], Audience.FUNDER)


def test_two_figures_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="useful@BERZ@2026"):
        protect([make_share(5, 20), make_share(6, 20)], Audience.FUNDER)


def test_order_is_kept_and_partners_do_not_touch_each_other() -> None:
    one = make_raws(make_life_like(1, 19))
    other = [replace(raw, partner="UPE") for raw in make_raws(make_life_like(2, 60))]
    mixed = [raw for both in zip(one, other, strict=False) for raw in both]
    figures = protect(mixed, Audience.FUNDER)
    assert [figure.partner for figure in figures] == [raw.partner for raw in mixed]
    assert [each for each in figures if each.partner == "UPE"] == list(
        protect([raw for raw in mixed if raw.partner == "UPE"], Audience.FUNDER)
    )


# -- all figures of a partner together ----------------------------------------------------------------------------


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """A partner whose numbers differ by little more often than by a lot."""
    gap = st.one_of(st.integers(0, 3), st.integers(0, 12))
    paired = draw(st.one_of(st.integers(0, 12), st.integers(0, 40)))
    lefts = [draw(gap) for _ in range(7)]
    valid, asked = paired + lefts[0], paired + lefts[0] + lefts[1]
    stages = [paired, valid, asked + lefts[2]]
    for left in lefts[3:6]:
        stages.append(stages[-1] + left)
    stages.reverse()
    served = stages[0] + lefts[6]
    questions = []
    for number in range(4):
        answered = max(valid - draw(gap), 0)
        rest = asked - answered
        declined = draw(st.integers(0, rest))
        unknown = draw(st.integers(0, rest - declined))
        states = (answered, declined, unknown, 0, rest - declined - unknown, 0)
        positive = draw(st.one_of(st.integers(0, answered), st.sampled_from([0, answered])))
        questions.append(Question(states, positive if number < 3 else 0))
    measured = max(min(paired, questions[0].answered) - draw(gap), 0)
    improved = draw(st.integers(0, measured))
    worse = draw(st.integers(0, measured - improved))
    lost = min(draw(gap), served - measured)
    ages = [0] * 5
    for place in range(4):
        ages[place] = draw(st.integers(0, served - sum(ages)))
    ages[4] = served - sum(ages)
    return Truth(
        served,
        tuple(stages),
        tuple(questions),
        (improved, measured - improved - worse, worse, lost),
        tuple(draw(st.permutations(ages))),
    )


def check_reader(truth: Truth, audience: Audience, left_out: Collection[str] = ()) -> None:
    """Nothing printed for the audience proves that a number of people is small."""
    raws = [raw for raw in make_raws(truth) if raw.indicator not in left_out]
    least = THRESHOLDS[audience]
    reader, targets = make_reader(truth, protect(raws, audience), make_scene(raws, audience, least).based)
    own = {name for name in targets if name == "served" or name.startswith("age:")}
    told = [name for name in targets if audience is not Audience.PARTNER or name not in own]
    assert not [name for name in told if reader.proves_small(targets[name], least)], truth


MEASURED_AS_MANY_AS_A_MEAN = Truth(
    served=18,
    stages=(15, 13, 13, 13, 13, 13),
    questions=(
        *(Question(states=(13, 0, 0, 0, 0, 0), positive=0),) * 3,
        Question(states=(10, 0, 0, 0, 3, 0), positive=0),
    ),
    change=(0, 10, 0, 8),
    ages=(0, 0, 0, 0, 18),
)
"""The change is told out of the ten people of a mean, and ten were measured: once "not measured: 8" stood beside it,
beside 18 in all, and gave away the three who answered only once."""


@given(truths(), st.sampled_from(list(Audience)), st.sets(st.sampled_from([SERVED, "flow", CHANGE]), max_size=2))
@example(MEASURED_AS_MANY_AS_A_MEAN, Audience.PARTNER, set())
@settings(max_examples=60, deadline=None)
def test_all_figures_of_a_partner_together_prove_no_small_number(
    truth: Truth, audience: Audience, left_out: set[str]
) -> None:
    """R19; privacy-and-safety part 3: an integer programme over all printed finds no number of 1..T-1 people."""
    check_reader(truth, audience, left_out)


@pytest.mark.parametrize("people", [12, 19, 34, 60])
@pytest.mark.parametrize("seed", range(3))
def test_a_partner_as_it_may_well_be_proves_no_small_number(people: int, seed: int) -> None:
    """privacy-and-safety part 3."""
    check_reader(make_life_like(seed, people, questions=5), Audience.FUNDER)


def test_the_reader_finds_what_is_not_protected() -> None:
    """The attack itself: printing the base of a share beside those served gives away the two who did not answer."""
    truth = make_life_like(4, 19, questions=3)
    raws = make_raws(truth)
    naked = [figure for raw in raws for figure in protect([raw], Audience.FUNDER) if raw.role is not Role.CHANGE]
    reader, targets = make_reader(truth, naked, {figure.id for figure in naked})
    assert [name for name, terms in targets.items() if reader.proves_small(terms, T)]


@given(truths(), st.sampled_from(list(Audience)))
@settings(max_examples=50, deadline=None)
def test_every_state_carries_its_own_numbers_only_and_survives_json(truth: Truth, audience: Audience) -> None:
    """R3; a snapshot gives back exactly the figure that went in."""
    for figure in protect(make_raws(truth), audience):
        allowed = {V: set(NUMBERS), B: {"low", "high", "denominator"}}.get(figure.state, set())
        assert get_numbers(figure).keys() <= allowed
        assert make_figure(json.loads(json.dumps(make_figure_content(figure)))) == figure
        assert all(make_figure_text(figure, language) for language in ("en", "lv"))


# -- usefulness ---------------------------------------------------------------------------------------------------

HEADLINES = (SERVED, *(f"share-{number}" for number in range(5)), MEAN, CHANGE)


@pytest.mark.parametrize("people", [15, 19, 30, 60, 100])
def test_a_partner_with_15_answers_prints_6_of_8_headlines_and_60_percent_of_its_cells(people: int) -> None:
    """privacy-and-safety part 3, usefulness floor."""
    shares = []
    for seed in range(40):
        truth = make_life_like(seed, people)
        raws = choose_carried(make_raws(truth), Audience.FUNDER)
        figures = protect(raws, Audience.FUNDER)
        heads = [each for each in figures if each.indicator in HEADLINES and not (each.part or each.disaggregation)]
        assert len(heads) == 8
        if truth.questions[0].answered >= 15 or people >= 30:
            assert sum(head.state in {V, B} for head in heads) >= 6
            assert compute_usefulness(figures) >= 0.6
        shares.append(compute_usefulness(figures))
    assert sum(shares) / len(shares) >= 0.75


def test_usefulness_counts_what_has_a_number_behind_it() -> None:
    raws = [make_share(8, 30), make_share(1, 30, "b"), make_share(1, 3, "c"), make_share(0, 0, "d")]
    figures = protect(raws, Audience.FUNDER)
    assert compute_usefulness(figures) == pytest.approx(2 / 3)
    assert compute_usefulness([]) == 1


# -- names and contents -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "useful@BERZ@2026"),
        ({"part": "improved"}, "useful:improved@BERZ@2026"),
        ({"part": "state:declined"}, "useful:state:declined@BERZ@2026"),
        ({"disaggregation": {"age_band": "25-34"}}, "useful/age_band=25-34@BERZ@2026"),
        ({"part": "x", "disaggregation": {"a": "b", "c": "d"}}, "useful:x/a=b/c=d@BERZ@2026"),
    ],
)
def test_a_figure_is_named_by_indicator_part_cell_partner_and_period(given: Mapping[str, Any], name: str) -> None:
    assert make_figure_id("useful", "BERZ", "2026", **given) == name


def test_a_content_keeps_every_digit() -> None:
    figure = protect_all(make_share(12, 19, value=Decimal("63.10"), low=Decimal("41.00"), progress=Decimal("1E+2")))[
        "useful"
    ]
    content = make_figure_content(figure)
    assert (content["value"], content["low"], content["progress"]) == ("63.10", "41.00", "1E+2")
    back = make_figure(content)
    assert back == figure
    assert str(back.value) == "63.10"


def test_a_content_that_is_not_whole_is_refused() -> None:
    content = make_figure_content(protect_all(make_share(12, 19))["useful"])
    with pytest.raises(KeyError):
        make_figure({name: value for name, value in content.items() if name != "unit"})
    with pytest.raises(ValueError, match="hidden"):
        make_figure({**content, "state": "hidden"})
