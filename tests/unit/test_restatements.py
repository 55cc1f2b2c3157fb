"""Differences between two snapshots taken apart by cause, and what of it may be told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.disclosure.figures import Figure, FigureState
from me_platform.disclosure.restatements import (
    Cause,
    Count,
    Restated,
    Step,
    agrees,
    is_explained,
    protect_steps,
    restate,
    take_apart,
    tell_people,
)
from me_platform.indicators.results import Availability, RawFigure, Role

TITLE = {"en": "Invented", "lv": "Izdomāts"}
W, D, C, L, DEF = Cause.WITHDRAWN, Cause.DUPLICATE, Cause.CORRECTION, Cause.LATE, Cause.DEFINITION


def count(value: int | str) -> Count:
    return Count(Decimal(value), int(Decimal(value)))


def make_figure(value: int | None, partner: str = "ALFA", *, unit: str = "persons") -> Figure:
    state = FigureState.SUPPRESSED if value is None else FigureState.VALUE
    number = None if value is None else Decimal(value)
    return Figure(
        f"people@{partner}@2026", "people", {}, partner, "2026", state, unit, value=number, numerator=value, n=value
    )


COUNTS = st.integers(0, 10**6).map(lambda number: Count(Decimal(number) / 10, number))


@given(COUNTS, st.lists(st.tuples(st.sampled_from(Cause), COUNTS | st.none())), st.sampled_from(Cause), COUNTS)
def test_the_steps_are_the_whole_difference_whatever_lies_between(
    old: Count, states: list[tuple[Cause, Count | None]], last: Cause, new: Count
) -> None:
    """R24: the causes explain the whole difference, always."""
    steps = take_apart(old, [*states, (last, new)])
    assert sum((step.amount for step in steps), Decimal(0)) == new.value - old.value
    assert len({step.causes for step in steps}) == len(steps)


@pytest.mark.parametrize(
    ("old", "states", "steps"),
    [
        pytest.param(20, [(W, 19), (D, 19), (C, 21), (L, 30)], {(W,): -1, (C,): 2, (L,): 9}, id="one after the other"),
        pytest.param(20, [(W, 15), (L, 25), (W, 30)], {(W,): 0, (L,): 10}, id="a cause that comes twice"),
        pytest.param(20, [(W, None), (C, 25), (L, 25)], {(W, C): 5}, id="no value in between"),
        pytest.param(20, [(W, 20), (L, 20)], {}, id="nothing moved"),
    ],
)
def test_each_cause_has_its_step(
    old: int, states: list[tuple[Cause, int | None]], steps: dict[tuple[Cause, ...], int]
) -> None:
    found = take_apart(count(old), [(cause, None if number is None else count(number)) for cause, number in states])
    assert {step.causes: int(step.amount) for step in found} == steps


def test_a_difference_ends_at_a_value() -> None:
    with pytest.raises(ValueError, match="ends at a value"):
        take_apart(count(1), [(L, None)])


def test_a_range_or_a_missing_figure_has_no_difference() -> None:
    """R3: nothing tells by a difference what a range hides."""
    for old, new in ((make_figure(None), make_figure(9)), (make_figure(9), make_figure(None)), (None, make_figure(9))):
        assert restate(old, new, [(L, count(9))]) == Restated("people@ALFA@2026", old, new)


def test_without_what_lies_between_no_cause_is_named() -> None:
    found = restate(make_figure(9), make_figure(19), [])
    assert (found.difference, found.steps) == (Decimal(10), None)


TELLING = {
    "many people, many counted": ({L: 10}, [(L, 19)], 19, {(L,): 10}),
    "one person withdrew": ({W: 1, L: 10}, [(W, 8), (L, 18)], 18, None),
    "many people, but a small step": ({L: 10}, [(L, 11)], 11, None),
    "a large step by few people": ({L: 2}, [(L, 19)], 19, None),
    "two small steps that cancel each other": ({W: 9, L: 9}, [(W, 7), (L, 19)], 19, None),
    "a definition that leaves few out": ({}, [(DEF, 7)], 7, None),
    "a definition that leaves many out": ({}, [(DEF, 3)], 3, {(DEF,): -6}),
    "the same people in and out": ({W: 9}, [(W, 7), (W, 9)], 9, None),
}


@pytest.mark.parametrize("case", TELLING)
def test_steps_are_told_all_or_none(case: str) -> None:
    """privacy-and-safety part 3, P1 and P5."""
    people, states, new, told = TELLING[case]
    figure = restate(make_figure(9), make_figure(new), [(cause, count(number)) for cause, number in states])
    [shown] = protect_steps([figure], {"ALFA": people}, 5)
    assert (shown.old, shown.new, shown.difference) == (figure.old, figure.new, figure.difference)
    steps = None if shown.steps is None else {step.causes: int(step.amount) for step in shown.steps}
    assert steps == told


def test_the_consortiums_steps_are_told_only_where_every_partners_are() -> None:
    """privacy-and-safety part 3, P2: what one partner hides cannot be worked out from the sum."""
    step = (Step((L,), Decimal(9), (9,)),)
    one, two, all_ = (
        Restated(f"people@{name}@2026", make_figure(9, name), make_figure(18, name), Decimal(9), step)
        for name in ("ALFA", "BETA", "KOPA")
    )
    many, few = {L: 9}, {L: 3}
    told = protect_steps([one, two, all_], {"ALFA": many, "BETA": many, "KOPA": many}, 5, "KOPA")
    assert all(each.steps for each in told)
    told = protect_steps([one, two, all_], {"ALFA": many, "BETA": few, "KOPA": many}, 5, "KOPA")
    assert [each.steps is None for each in told] == [False, True, True]


@given(st.integers(0, 100), st.integers(1, 10))
def test_people_are_told_as_a_range_that_proves_no_small_number(people: int, threshold: int) -> None:
    """privacy-and-safety part 3, P1; R27: "k erased since"."""
    low, high = tell_people(people, threshold)
    assert low <= people
    assert high is None or people <= high
    assert low == 0 or low > threshold


@pytest.mark.parametrize(
    ("stored", "again", "gone", "explained"),
    [
        (20, 19, 1, True),
        (20, 18, 1, False),
        (20, 19, 0, False),
        (20, None, 1, True),
        (None, 20, 1, True),
        (19, 20, 1, True),
    ],
)
def test_so_many_people_explain_so_much(stored: int | None, again: int | None, gone: int, *, explained: bool) -> None:
    """R27: a number of people differs by those who are gone at most; with nobody gone nothing may differ."""
    assert is_explained(make_figure(stored), make_figure(again), gone) is explained


def test_hours_and_records_may_differ_by_any_amount_where_somebody_is_gone() -> None:
    assert is_explained(make_figure(90, unit="hours"), make_figure(20, unit="hours"), 1)
    assert is_explained(make_figure(90), None, 1)


# -- what was delivered is true ---------------------------------------------------------------------------------------


def make_number(value: int | None, role: Role = Role.COUNT) -> RawFigure:
    number = None if value is None else Decimal(value)
    availability = Availability.NO_VALUE if value is None else Availability.VALUE
    return RawFigure(
        "people", TITLE, "ALFA", "2026", role, "persons", availability, value=number, numerator=value, n=value
    )


def make_band(low: int, high: int | None) -> Figure:
    return replace(
        make_figure(None),
        state=FigureState.BANDED,
        low=Decimal(low),
        high=None if high is None else Decimal(high),
    )


@pytest.mark.parametrize(
    ("stored", "raw", "true"),
    [
        (make_figure(7), make_number(7), True),
        (make_figure(7), make_number(8), False),
        (replace(make_figure(7), n=None), make_number(7), True),
        (make_figure(7), make_number(None), False),
        (make_figure(None), make_number(7), True),
        (make_figure(None), make_number(None), False),
        (make_band(5, 10), make_number(7), True),
        (make_band(5, 10), make_number(11), False),
        (make_band(5, None), make_number(11), True),
        (make_band(5, 10), make_number(4), False),
        (make_band(5, 10), replace(make_number(8, Role.UNION), low=Decimal(6), high=Decimal(9)), True),
        (make_band(5, 10), replace(make_number(8, Role.UNION), low=Decimal(6), high=Decimal(12)), False),
    ],
)
def test_a_figure_is_true_of_its_number_however_it_is_protected(stored: Figure, raw: RawFigure, true: bool) -> None:  # noqa: FBT001
    """R27: a later release protects in another way; what was delivered is compared with the number itself."""
    assert agrees(stored, raw, []) is true


def test_a_share_of_hidden_figures_is_that_of_the_figures_as_they_were_told() -> None:
    raw = replace(make_number(0, Role.HIDDEN), unit="percent")
    figures = [make_figure(7), make_figure(None), make_figure(9), make_band(0, 5)]
    share = replace(make_figure(None, unit="percent"), state=FigureState.VALUE, title=TITLE)
    share = replace(share, value=Decimal(25), numerator=1, denominator=4)
    assert agrees(share, raw, figures)
    assert not agrees(replace(share, numerator=2), raw, figures)
