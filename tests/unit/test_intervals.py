"""Intervals and exact tests against values printed in the literature (R20)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from me_platform.indicators.intervals import (
    compute_byar,
    compute_mcnemar,
    compute_mean_interval,
    compute_newcombe,
    compute_sign_test,
    compute_wilson,
)

SLEEP = (1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4)
"""Differences of hours of sleep of ten patients, Student 1908."""


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombes_table(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe 1998, Stat Med 17:857-872, table I, method 3."""
    found = compute_wilson(successes, trials)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_is_that_of_scipy(successes: int, failures: int, level: float) -> None:
    trials = max(successes + failures, 1)
    found = compute_wilson(successes, trials, level)
    there = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    assert found.low == pytest.approx(there.low, abs=1e-12)
    assert found.high == pytest.approx(there.high, abs=1e-12)


def test_twelve_of_nineteen_runs_from_41_to_81_percent() -> None:
    """The example of rules-of-numbers: a partner's 19 women."""
    found = compute_wilson(12, 19)
    assert (round(100 * found.low), round(100 * found.high)) == (41, 81)


def test_a_true_zero_and_everyone_have_an_interval() -> None:
    """R2: numerator 0 with a denominator is 0 %, with its interval."""
    assert compute_wilson(0, 10).low == 0
    assert 0 < compute_wilson(0, 10).high < 1
    assert compute_wilson(10, 10).high == pytest.approx(1)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(5, 1.623, 11.668), (10, 4.795, 18.390), (20, 12.217, 30.888), (50, 37.111, 65.918)]
)
def test_byar_lies_close_to_the_exact_poisson_limits(count: int, low: float, high: float) -> None:
    """Exact limits: Garwood 1936, Biometrika 28:437-442."""
    found = compute_byar(count)
    assert found.low == pytest.approx(low, rel=0.02)
    assert found.high == pytest.approx(high, rel=0.002)


def test_byar_of_nothing_starts_at_nothing() -> None:
    found = compute_byar(0)
    assert found.low == 0
    assert found.high == pytest.approx(3.689, rel=0.02)


def test_the_t_interval_agrees_with_students_data() -> None:
    """The 95 % interval printed for these data in textbooks and in R's ``t.test``: 0.700 to 2.460."""
    found = compute_mean_interval(SLEEP)
    assert found is not None
    assert found.low == pytest.approx(0.7001142)
    assert found.high == pytest.approx(2.4598858)


def test_one_value_has_no_interval_and_equal_values_have_no_spread() -> None:
    assert compute_mean_interval([]) is None
    assert compute_mean_interval([4.0]) is None
    equal = compute_mean_interval([4.0, 4.0, 4.0])
    assert equal is not None
    assert (equal.low, equal.high) == (4.0, 4.0)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_newcombe_agrees_with_his_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe 1998, Stat Med 17:873-890, table II, method 10."""
    found = compute_newcombe(first, second)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("up", "down", "p"), [(0, 0, 1.0), (1, 1, 1.0), (5, 0, 0.0625), (8, 2, 0.109375), (9, 1, 0.021484375)]
)
def test_the_sign_test_is_the_tail_of_tossed_coins(up: int, down: int, p: float) -> None:
    """Exact: twice the smaller tail of the binomial with one half."""
    assert compute_sign_test(up, down) == pytest.approx(p)
    assert compute_mcnemar(down, up) == pytest.approx(p)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_share_has_no_interval(successes: int, trials: int) -> None:
    """R2: denominator 0 has no value."""
    with pytest.raises(ValueError, match="is no share"):
        compute_wilson(successes, trials)


@pytest.mark.parametrize("compute", [lambda: compute_byar(-1), lambda: compute_sign_test(-1, 2)])
def test_a_negative_count_is_refused(compute: object) -> None:
    assert callable(compute)
    with pytest.raises(ValueError, match="not negative"):
        compute()


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(pair: tuple[int, int]) -> None:
    successes, trials = pair
    found = compute_wilson(successes, trials)
    assert -1e-12 <= found.low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= found.high <= 1 + 1e-12


@given(st.integers(0, 2000))
def test_an_interval_holds_its_count(count: int) -> None:
    found = compute_byar(count)
    assert 0 <= found.low <= count <= found.high
