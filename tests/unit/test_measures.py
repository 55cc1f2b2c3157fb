"""What measures are made of: first and last answers, pairs, who was due, rounding, progress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.indicators.calculation import compute_progress, round_half_up
from me_platform.indicators.definition import LEGAL_AGGREGATIONS, Aggregation, Direction, Kind
from me_platform.indicators.measures import HEADLINE_ROLES, MEASURES
from me_platform.indicators.pairing import find_first, find_last, is_wave, make_pairs
from me_platform.indicators.periods import read_period

PERIOD = read_period("2026")


def test_every_kind_has_a_measure_and_a_headline() -> None:
    assert set(MEASURES) == set(Kind) == set(HEADLINE_ROLES)


def test_no_kind_of_share_or_mean_may_be_joined_but_by_counting_afresh() -> None:
    """R1, defect k: percentages averaged."""
    for kind in (Kind.PROPORTION, Kind.MEAN, Kind.PAIRED_CHANGE, Kind.RATIO):
        assert LEGAL_AGGREGATIONS[kind] == {Aggregation.RECOMPUTE}


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Fraction(125, 2), 0, "63"),
        (Fraction(-125, 2), 0, "-63"),
        (Fraction(5, 1000), 2, "0.01"),
        (Fraction(2675, 1000), 2, "2.68"),
        (Fraction(0), 1, "0.0"),
        (Fraction(1, 3), 3, "0.333"),
        (Fraction(10**20), 0, "100000000000000000000"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, decimals: int, text: str) -> None:
    """R29: one declared rounding, in decimal arithmetic."""
    assert str(round_half_up(value, decimals)) == text


@pytest.mark.parametrize(
    ("actual", "baseline", "target", "direction", "progress"),
    [
        pytest.param(60, "50", "70", Direction.HIGHER, 50, id="halfway up"),
        pytest.param(60, "70", "50", Direction.LOWER, 50, id="halfway down"),
        pytest.param(90, "50", "70", Direction.HIGHER, 200, id="beyond the target: defect c"),
        pytest.param(40, "50", "70", Direction.HIGHER, -50, id="below the baseline: defect h"),
        pytest.param(50, "50", "70", Direction.HIGHER, 0, id="a true 0: defect b"),
        pytest.param(60, "60", "60", Direction.HIGHER, None, id="target is baseline: defect g"),
        pytest.param(60, None, "70", Direction.HIGHER, None, id="no baseline: defect e"),
        pytest.param(60, "50", None, Direction.HIGHER, None, id="no target"),
        pytest.param(None, "50", "70", Direction.HIGHER, None, id="no value: defect a"),
        pytest.param(20, "40", "10", Direction.LOWER, Fraction(200, 3), id="not target less a share: defect f"),
        pytest.param(19, "0", "116", Direction.NEUTRAL, Fraction(1900, 116), id="a count towards its target"),
        pytest.param(95, "100", "100", Direction.MAINTAIN, 95, id="maintained: how much of the level is held"),
        pytest.param(5, "0", "0", Direction.MAINTAIN, None, id="nothing to maintain"),
    ],
)
def test_progress_knows_baseline_and_direction_and_is_never_capped(
    actual: int | None, baseline: str | None, target: str | None, direction: Direction, progress: Fraction | None
) -> None:
    """R16; defects c, e, f, g, h."""
    found = compute_progress(
        None if actual is None else Fraction(actual),
        None if baseline is None else Decimal(baseline),
        None if target is None else Decimal(target),
        direction,
    )
    assert found == progress


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans())))
def test_first_and_last_are_those_a_person_would_point_to(rows: list[tuple[int, bool]]) -> None:
    keys = np.array([key for key, _ in rows], dtype=np.int64)
    chosen = np.array([pick for _, pick in rows], dtype=np.bool_)
    mine = [[place for place, (key, pick) in enumerate(rows) if key == one and pick] for one in range(5)]
    assert find_first(keys, chosen, 5).tolist() == [min(places, default=-1) for places in mine]
    assert find_last(keys, chosen, 5).tolist() == [max(places, default=-1) for places in mine]


def responses(*rows: tuple[int, str, date, str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of person, wave, day and version, already in order of time."""
    frame = pd.DataFrame(
        {
            "wave": pd.Categorical([wave for _, wave, _, _ in rows]),
            "day": np.array([day for _, _, day, _ in rows], dtype="datetime64[D]").astype("datetime64[s]"),
            "version": pd.Categorical([version for _, _, _, version in rows]),
        }
    )
    return frame, np.array([person for person, _, _, _ in rows], dtype=np.int64)


def test_a_pair_is_the_first_baseline_and_the_last_later_answer_of_the_period() -> None:
    """R6: one row per person, same instrument version."""
    frame, keys = responses(
        (0, "baseline", date(2025, 12, 1), "1"),
        (1, "baseline", date(2025, 12, 1), "1"),
        (2, "followup-1", date(2025, 12, 2), "1"),
        (0, "baseline", date(2025, 12, 5), "1"),
        (1, "followup-1", date(2025, 12, 20), "1"),
        (0, "followup-1", date(2026, 3, 1), "1"),
        (1, "followup-2", date(2026, 3, 2), "2"),
        (0, "exit", date(2026, 6, 1), "1"),
        (0, "outside", date(2026, 7, 1), "1"),
        (0, "followup-9", date(2027, 1, 1), "1"),
        (3, "baseline", date(2027, 1, 2), "1"),
    )
    valid = np.ones(len(frame), dtype=np.bool_)
    pairs = make_pairs(frame, keys, valid, PERIOD, 4)
    assert pairs.baseline.tolist() == [0, 1, -1, -1]
    assert pairs.followup.tolist() == [7, -1, -1, -1]


def test_an_answer_that_is_not_valid_is_neither_baseline_nor_follow_up() -> None:
    """R6: first valid, last valid."""
    frame, keys = responses(
        (0, "baseline", date(2026, 1, 1), "1"),
        (0, "baseline", date(2026, 1, 9), "1"),
        (0, "followup-1", date(2026, 4, 1), "1"),
        (0, "followup-2", date(2026, 7, 1), "1"),
    )
    pairs = make_pairs(frame, keys, np.array([False, True, True, False]), PERIOD, 1)
    assert (pairs.baseline.tolist(), pairs.followup.tolist()) == ([1], [2])


def test_followup_stands_for_all_that_are_numbered() -> None:
    frame, _ = responses(*((0, wave, date(2026, 1, 1), "1") for wave in ("baseline", "followup-1", "followup-12")))
    assert is_wave(frame, "followup").tolist() == [False, True, True]
    assert is_wave(frame, "baseline").tolist() == [True, False, False]
