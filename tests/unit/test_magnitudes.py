"""Sums of hours and money over people: privacy-and-safety part 3, P4, on the page and over all partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.chapters import Edition
from me_platform.disclosure.figures import Audience, Figure, FigureState
from me_platform.disclosure.joint import publish_jointly
from me_platform.disclosure.protect import protect
from me_platform.disclosure.rules import is_dominated
from me_platform.indicators.results import RawFigure, Role
from tests.unit.test_calculation import HOURS
from tests.unit.test_further_kinds import serving

WHOLE = "ALL"
EDITION = Edition("2026#1", date(2026, 1, 1), date(2026, 12, 31), consortium=WHOLE)


def make_hours(partner: str, hours: Sequence[int]) -> RawFigure:
    """Hours of support of people who got so many each."""
    ordered = [*map(Fraction, sorted(hours, reverse=True)), Fraction(), Fraction()]
    return RawFigure(
        "hours",
        {"en": "Hours", "lv": "Stundas"},
        partner,
        "2026",
        Role.EVENTS,
        "hours",
        value=Decimal(sum(hours)),
        n=len(hours),
        group="hours",
        shares=(ordered[0], ordered[1], sum(ordered[2:], Fraction())),
    )


def make_all(hours: Mapping[str, Sequence[int]]) -> list[RawFigure]:
    """The hours of every partner, and of all of them."""
    everybody = [one for mine in hours.values() for one in mine]
    return [*(make_hours(code, mine) for code, mine in hours.items()), make_hours(WHOLE, everybody)]


def publish(hours: Mapping[str, Sequence[int]]) -> dict[str, Figure]:
    return {figure.partner: figure for figure in publish_jointly(make_all(hours), EDITION).figures}


def as_fractions(*numbers: float) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, numbers))


EVEN = [10] * 30


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        pytest.param([50_000, 49_000, *[100] * 10], False, id="100,000 with 50,000 and 49,000"),
        pytest.param([52_000, 50_000, *[800] * 10], True, id="110,000 with 52,000 and 50,000"),
        pytest.param([10] * 4, False, id="four people"),
        pytest.param([10] * 5, True, id="five people"),
        pytest.param([], True, id="nobody"),
    ],
)
def test_p4_a_sum_of_hours_is_told_where_nobody_works_out_anothers(hours: Sequence[int], *, told: bool) -> None:
    """P4: fewer than T people, or the p % rule with p = 10; an organisation's own staff see its own records."""
    raw = make_hours("A", hours)
    [figure] = protect([raw], Audience.FUNDER)
    assert (figure.state is FigureState.VALUE) is told
    assert (figure.state is FigureState.VALUE) is not is_dominated(hours, 5)
    assert (figure.value is None) is not told
    [own] = protect([raw], Audience.PARTNER)
    assert own.state is FigureState.VALUE


def test_p4_the_engine_says_what_the_two_people_with_the_most_add() -> None:
    """P4: by person, not by service; services nobody noted hours of add nothing."""
    world = serving({"a": [4, 4], "b": [7], "c": [1, 0], "d": [0.5, 0.5]})
    assert world.figures(HOURS)["hours"].shares == as_fractions(8, 7, 2)
    assert serving({"a": [1.5]}).figures(HOURS)["hours"].shares == as_fractions(1.5, 0, 0)
    assert serving({}).figures(HOURS)["hours"].shares == as_fractions(0, 0, 0)


def test_p4_what_is_safe_on_its_own_page_and_for_everybody_is_printed() -> None:
    shown = publish({"A": EVEN, "B": [12] * 20, "C": [9] * 11})
    assert [figure.state for figure in shown.values()] == [FigureState.VALUE] * 4


def test_p4_one_person_with_most_of_the_hours_is_not_the_consortium_less_the_others() -> None:
    """P4 beside P2: hours of one organisation rest on one person, and no sum over all gives them away."""
    shown = publish({"A": EVEN, "B": [100, *[1] * 8], "C": [9] * 11})
    assert shown["B"].state is FigureState.SUPPRESSED
    exact = {code for code, figure in shown.items() if figure.state is FigureState.VALUE}
    assert not exact >= {"A", "C", WHOLE}
    # Who has its own numbers besides what is printed knows no more.
    assert not (WHOLE in exact and len(exact) == 2)


def test_p4_all_partners_but_one_do_not_come_down_to_one_person() -> None:
    """P2 with the p % rule: A's staff know A's hours; the others together have 111, of which one person has 100.

    B's sum alone is open to A, because C's is hidden too; what both have together would be told all the same.
    """
    shown = publish({"A": EVEN, "B": [100, 2, *[1] * 3], "C": [2, 2, 2]})
    assert [shown[code].state for code in "BC"] == [FigureState.SUPPRESSED] * 2
    assert shown[WHOLE].state is not FigureState.VALUE


hours_of = st.lists(st.integers(1, 60), min_size=0, max_size=9)


@settings(max_examples=25, deadline=None)
@given(hours=st.fixed_dictionaries({"A": hours_of, "B": hours_of, "C": hours_of}))
def test_p4_what_is_printed_exactly_leaves_no_dominated_remainder(hours: Mapping[str, Sequence[int]]) -> None:
    """P4 and P2: sums printed exactly, and differences of them, to the public and to each partner's own staff."""
    exact = {code for code, figure in publish(hours).items() if figure.state is FigureState.VALUE}
    everybody = set(hours)
    for code in exact - {WHOLE}:
        assert not is_dominated(hours[code], 5)
    if WHOLE in exact:
        for reader in ("", *hours):
            rest = everybody - exact - {reader}
            assert not is_dominated([one for code in rest for one in hours[code]], 5)
