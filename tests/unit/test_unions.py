"""How many people several organisations count together (R12, R13): the bounds, and what is told of known matches."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.figures import Audience, FigureState, make_figure, make_figure_content
from me_platform.disclosure.protect import protect, tell_matches
from me_platform.indicators.results import RawFigure, Role
from me_platform.indicators.unions import Union, compute_union, group_people

COUNTED = "people-supported"
T = 5

People = list[tuple[int, int]]
"""Person code and organisation of everybody counted; a person has one organisation only, as in the program."""


def compute(people: People, cards: list[tuple[int, int]]) -> Union:
    """``cards`` are pairs of person and card."""
    persons = 1 + max((person for person, _ in people), default=-1)
    groups = group_people(_take(cards, 0), _take(cards, 1), persons)
    return compute_union(_take(people, 0), _take(people, 1), groups)


def _take(pairs: list[tuple[int, int]], place: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([pair[place] for pair in pairs], dtype=np.int64)


@pytest.mark.parametrize(
    ("organisations", "cards", "bounds"),
    [
        ([], [], (0, 0, 0)),
        ([0], [], (1, 1, 1)),
        ([0, 0, 1], [], (2, 3, 3)),
        # One match; the same card shown twice; a card nobody else has.
        ([0, 0, 1], [(0, 0), (2, 0)], (2, 2, 3)),
        ([0, 0, 1], [(0, 0), (2, 0), (2, 0), (1, 1)], (2, 2, 3)),
        # Three organisations that share one card count her once: k organisations are k - 1 matches.
        ([0, 1, 2], [(0, 0), (1, 0), (2, 0)], (1, 1, 3)),
        # A card of her own at the second, by which the third knows her.
        ([0, 1, 2], [(0, 0), (1, 0), (1, 1), (2, 1)], (1, 1, 3)),
        # Two people of one organisation with one card stay two, whatever the card says: one of them is hers elsewhere.
        ([0, 0, 1], [(0, 0), (1, 0), (2, 0)], (2, 2, 3)),
        ([0, 0], [(0, 0), (1, 0)], (2, 2, 2)),
        # Matches that rule each other out leave three people; the lower bound is the largest organisation's.
        ([0, 0, 1, 1, 2, 2], [(0, 0), (2, 0), (3, 1), (4, 1), (1, 2), (5, 2)], (2, 3, 6)),
    ],
)
def test_known_matches_lower_the_upper_bound_and_nothing_else(
    organisations: list[int], cards: list[tuple[int, int]], bounds: tuple[int, int, int]
) -> None:
    """R12: max(a_i) <= union <= sum(a_i) - m."""
    assert compute(list(enumerate(organisations)), cards) == Union(*bounds)


def test_a_record_more_of_the_same_person_changes_nothing() -> None:
    """R9: a person counts once, however often she came."""
    assert compute([(0, 0), (0, 0), (1, 1), (1, 1)], [(0, 3), (1, 3)]) == Union(1, 1, 2)


def list_unions(organisations: list[int], cards: list[tuple[int, int]]) -> set[int]:
    """Every number of different people there can be, by trying who is who.

    Nobody is two people of one organisation, and whoever shares a card is one; brute force.
    """
    people = range(len(organisations))
    found = set()
    for who in product(people, repeat=len(organisations)):
        apart = all(
            who[one] != who[two] or organisations[one] != organisations[two] for one in people for two in range(one)
        )
        joined = all(who[one] == who[two] for one, card in cards for two, same in cards if card == same)
        if apart and joined:
            found.add(len(set(who)))
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 1)), max_size=5))
def test_the_bounds_are_those_brute_force_finds(lives: list[tuple[int, int]]) -> None:
    """R12: the upper bound is reached, the lower bound holds and of two organisations is reached as well."""
    organisations = [organisation for organisation, _ in lives]
    # A card is one person's: nobody else of her organisation has it.
    held = {(organisation, card): person for person, (organisation, card) in enumerate(lives) if card >= 0}
    cards = [(person, card) for (_, card), person in held.items()]
    union, possible = compute(list(enumerate(organisations)), cards), list_unions(organisations, cards)
    assert union.most == max(possible)
    assert max(map(organisations.count, organisations), default=0) == union.least <= min(possible)
    if len(set(organisations)) <= 2:
        assert union.least == min(possible)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 4)), max_size=8),
    st.randoms(),
)
def test_the_bounds_hold_for_any_cards_and_any_order(
    organisations: list[int], cards: list[tuple[int, int]], chance: object
) -> None:
    """R12; permuting records changes nothing."""
    people = list(enumerate(organisations))
    cards = [(person, card) for person, card in cards if person < len(people)]
    union = compute(people, cards)
    largest = max(map(organisations.count, organisations), default=0)
    assert union.least == largest <= union.most <= union.total == len(people)
    assert compute(people, []).most == len(people)
    chance.shuffle(people)  # type: ignore[attr-defined]
    chance.shuffle(cards)  # type: ignore[attr-defined]
    assert compute(people, cards) == union


# -- what is told of matches -------------------------------------------------------------------------------------------


def make_union(low: int, high: int, total: int) -> RawFigure:
    known = high if low == high else None
    return RawFigure(
        indicator=COUNTED,
        title={"en": "People", "lv": "Cilvēki"},
        partner="ALL",
        period="2026",
        role=Role.UNION,
        unit="persons",
        value=None if known is None else Decimal(known),
        numerator=known,
        n=known,
        low=Decimal(low),
        high=Decimal(high),
        base=total,
        group=COUNTED,
    )


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("matches", range(24))
def test_no_printed_bound_gives_away_a_small_number_of_matches(audience: Audience, matches: int) -> None:
    """R12, privacy-and-safety part 3 (P1, P5): sum(a_i) less the printed bound is m, so it is 0 or a multiple of T.

    For staff too: who is linked is not their record (privacy-and-safety 1.10).
    """
    least = 10 if audience is Audience.PUBLIC else T
    [figure] = protect([make_union(60, 100 - matches, 100)], audience)
    told = 100 - int(figure.high or 0)
    assert told % least == 0
    assert told <= matches < told + least
    assert figure.joined == (told or None)
    assert figure.state is FigureState.BANDED


def test_bounds_that_agree_by_few_matches_only_are_printed_as_if_they_did_not() -> None:
    """R12, privacy-and-safety part 3: a single number would say how many matches there are."""
    [few] = protect([make_union(60, 60, 62)], Audience.FUNDER)
    assert (few.state, few.low, few.high, few.joined) == (FigureState.BANDED, Decimal(60), Decimal(62), None)
    [many] = protect([make_union(60, 60, 65)], Audience.FUNDER)
    assert (many.state, many.value, many.numerator, many.joined) == (FigureState.VALUE, Decimal(60), 60, 5)
    [none] = protect([make_union(60, 60, 60)], Audience.FUNDER)
    assert (none.state, none.value, none.joined) == (FigureState.VALUE, Decimal(60), None)


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([T, 10]))
def test_from_one_issue_to_the_next_matches_come_by_whole_steps(before: int, after: int, threshold: int) -> None:
    """P5: differences of successive issues prove no small number of people newly recognised."""
    told = [int(tell_matches(make_union(100, 500 - each, 500), threshold).high or 0) for each in (before, after)]
    assert (told[0] - told[1]) % threshold == 0


def test_a_figure_says_by_how_much_the_sum_is_lowered_only_where_it_is() -> None:
    """R23: figures of before there were cards are written as they were."""
    [told] = protect([make_union(60, 90, 100)], Audience.FUNDER)
    content = make_figure_content(told)
    assert content["joined"] == 10
    assert make_figure(content) == told
    assert "joined" not in make_figure_content(replace(told, joined=None))
