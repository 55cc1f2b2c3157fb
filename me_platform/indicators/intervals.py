"""Intervals and exact tests for small groups (R20), as plain numbers; none of them decides what is said.

All intervals are two-sided at ``level``, 95 % unless told. They tell how much a small group can swing; no printed
text calls a result significant (R21).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """Lower and upper limit, in the unit of what was given: a share from 0 to 1, a count, a mean."""

    low: float
    high: float


def compute_wilson(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Score interval for a proportion, without continuity correction.

    Wilson 1927 (JASA 22:209-212), recommended for small n by Newcombe 1998 (Stat Med 17:857-872). Raises ValueError
    when there are no trials or not 0 <= successes <= trials.
    """
    _check_share(successes, trials)
    # Written out: scipy gives this interval only beside the p-value of a test, which takes a hundred times as long.
    z = float(special.ndtri((1 + level) / 2))
    share, whole = successes / trials, 2 * (trials + z**2)
    center = (2 * trials * share + z**2) / whole
    reach = z / whole * math.sqrt(4 * trials * share * (1 - share) + z**2)
    return Interval(center - reach if successes else 0.0, center + reach if successes < trials else 1.0)


def compute_byar(count: int, level: float = LEVEL) -> Interval:
    """Byar's approximation to the exact Poisson interval of a count.

    Breslow and Day 1987 (Statistical Methods in Cancer Research II, IARC, p. 69); the upper limit is that of count
    plus one. The lower limit of 0 is 0. Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("a count is not negative")
    z = float(special.ndtri((1 + level) / 2))
    above = count + 1
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    high = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    return Interval(max(low, 0.0), high)


def compute_mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Student's t interval of a mean (Student 1908, Biometrika 6:1-25); None for fewer than two values.

    Equal values have no spread to judge by: the interval is then the value itself.
    """
    count = len(values)
    if count < 2:  # noqa: PLR2004 - a spread needs two
        return None
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    reach = float(special.stdtrit(count - 1, (1 + level) / 2)) * math.sqrt(variance / count)
    return Interval(mean - reach, mean + reach)


def compute_newcombe(first: tuple[int, int], second: tuple[int, int], level: float = LEVEL) -> Interval:
    """Interval of the difference of two independent proportions, first less second, each (successes, trials).

    The hybrid score interval, method 10 of Newcombe 1998 (Stat Med 17:873-890), made of the two Wilson intervals.
    Raises ValueError as ``compute_wilson`` does.
    """
    one, two = compute_wilson(*first, level), compute_wilson(*second, level)
    share_one, share_two = first[0] / first[1], second[0] / second[1]
    difference = share_one - share_two
    return Interval(
        difference - math.hypot(share_one - one.low, two.high - share_two),
        difference + math.hypot(one.high - share_one, share_two - two.low),
    )


def compute_sign_test(up: int, down: int) -> float:
    """Exact two-sided p of the sign test: so many went up and down, those without change left out.

    Conover 1999 (Practical Nonparametric Statistics, 3rd ed., 3.4). 1 when nobody changed.
    """
    if min(up, down) < 0:
        raise ValueError("a count is not negative")
    # Both tails of the binomial with one half are alike; where both sides are equal they would be counted twice.
    return min(1.0, 2 * float(special.bdtr(min(up, down), up + down, 0.5)))


def compute_mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p of McNemar's test for a paired yes/no: from no to yes, and from yes to no.

    McNemar 1947 (Psychometrika 12:153-157) in its exact form, which is the sign test of the pairs that differ.
    """
    return compute_sign_test(gained, lost)


def _check_share(successes: int, trials: int) -> None:
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
