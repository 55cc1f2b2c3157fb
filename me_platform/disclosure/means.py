"""Whether a printed mean gives away what few people answered (privacy-and-safety part 3, P6).

A mean to one decimal over few people fixes the sum of their answers, and its interval the sum of their squares. With
four possible answers little is then left to choose: 3.1 (2.6 to 3.7) of 8 people is one "Rather no", five
"Rather yes" and two "Yes". So a reader is imagined who looks for all answers that agree with what is printed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy.optimize import Bounds, LinearConstraint, milp

from me_platform.indicators.intervals import LEVEL
from me_platform.indicators.results import Scale

REACH = 50
"""Answers are looked for so many steps to both sides of the mean; to look at fewer only makes a mean look worse."""
STEPS = (1, 2, 4, 8)
"""How many people are moved at once to come from one set of answers to another."""
LONG = 12
"""A scale of more answers is long."""
WALK = 6
"""So often people are moved before a programme is asked."""
_HAIR = 1e-9
"""Kept from the ends of what rounds to the printed interval, so that no world stands on a rounding error."""


@dataclass(frozen=True)
class PrintedMean:
    """What a reader knows of a mean: how many people, the number as printed and, where it is printed, its interval."""

    people: int
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


World = Sequence[int]
"""How many people gave each answer, from the lowest on."""


@dataclass(frozen=True)
class _Sums:
    """One sum of all answers that rounds to the printed mean, and the sums of squares that fit the interval."""

    total: int
    least: float
    most: float


@lru_cache(maxsize=4096)
def tells_few(printed: PrintedMean, scale: Scale, threshold: int) -> bool:
    """Whether a mean proves of an answer, of all up to it or of all from it on, that 1..T-1 people gave it.

    A world that agrees with what is printed and in which nobody did, or T people or more, leaves it open. True as well
    where no answers agree with what is printed. Answers are counted from the lowest one looked at as 0.
    """
    middle = math.floor(Fraction(printed.value) / scale.factor)
    lowest, highest = max(scale.lowest, middle - REACH), min(scale.highest, middle + REACH)
    size = highest - lowest + 1
    sums = list(_list_sums(printed, lowest, size, scale.factor))
    by_total = {each.total: each for each in sums}
    narrow = [_make_narrow(printed.people, each.total, size) for each in sums[len(sums) // 2 :][:1]]
    worlds: list[World] = []
    for statement in _list_statements(size):
        if any(_leaves_open(world[statement], threshold) for world in worlds):
            continue
        found = _find_near(statement, (*worlds, *narrow), by_total, threshold)
        if found is None:
            found = next(_find_worlds(statement, printed.people, sums, size, threshold), None)
        if found is None:
            return True
        worlds.append(found)
    return False


def _list_statements(size: int) -> list[slice]:
    """Every answer up to one, every answer from one on, and each answer alone."""
    cuts = [cut for place in range(1, size) for cut in (slice(0, place), slice(place, size))]
    return cuts + [slice(place, place + 1) for place in range(size)]


def _leaves_open(people: World, threshold: int) -> bool:
    return not 0 < sum(people) < threshold


def _list_sums(printed: PrintedMean, lowest: int, size: int, factor: Fraction) -> Iterator[_Sums]:
    """The sums of answers, counted from ``lowest``, that agree with what is printed."""
    people, half = printed.people, _find_half(printed.value)
    floor, ceiling = ((Fraction(printed.value) + side * half) / factor for side in (-1, 1))
    for total in range(math.ceil((floor - lowest) * people), math.ceil((ceiling - lowest) * people)):
        mean = Fraction(total, people)
        if not 0 <= mean <= size - 1:
            continue
        if printed.low is None or printed.high is None:
            yield _Sums(total, 0, math.inf)
            continue
        middle = float((mean + lowest) * factor)
        low, high, width = float(printed.low), float(printed.high), float(half)
        reaches = max(middle - low, high - middle) - width + _HAIR, min(middle - low, high - middle) + width - _HAIR
        if reaches[1] >= max(reaches[0], 0):
            reach_of_one = float(special.stdtrit(people - 1, (1 + LEVEL) / 2)) * float(factor)
            least, most = (
                float(mean * total) + (people - 1) * people * (max(reach, 0) / reach_of_one) ** 2 for reach in reaches
            )
            yield _Sums(total, least, most)


def _find_half(value: Decimal) -> Fraction:
    """Half a unit of the last printed digit."""
    exponent = value.as_tuple().exponent
    return Fraction(10) ** (exponent if isinstance(exponent, int) else 0) / 2


def _find_near(statement: slice, worlds: Iterable[World], sums: Mapping[int, _Sums], threshold: int) -> World | None:
    """A world that leaves a statement open, a few steps from others; None says nothing of whether there is one."""
    for world in worlds:
        places = np.arange(len(world))
        near = np.array([world])
        each, miss = sums[int(near[0] @ places)], math.inf
        for _ in range(WALK):
            squares, told = near @ places**2, near[:, statement].sum(axis=1)
            misses = np.maximum(np.maximum(each.least - squares, squares - each.most), 0)
            misses += np.minimum(told, np.maximum(threshold - told, 0))
            best = int(misses.argmin())
            if misses[best] == 0:
                return [int(people) for people in near[best]]
            if misses[best] >= miss:
                break
            miss, near = misses[best], near[best] + _list_steps(len(world))
            near = near[(near >= 0).all(axis=1)]
            if not len(near):
                break
    return None


def _make_narrow(people: int, total: int, size: int) -> World:
    """The world in which all answers lie next to their mean."""
    low, more = divmod(total, people)
    return [people - more if answer == low else more if answer == low + 1 else 0 for answer in range(size)]


@lru_cache
def _list_steps(size: int) -> npt.NDArray[np.int64]:
    """Ways to change a world that leave the number of people and their sum: from one answer to both sides, or back.

    Two such changes, each as often as ``STEPS`` says; of a long scale one.
    """
    bends = [np.eye(size, dtype=np.int64)[place : place + 3].T @ np.array([1, -2, 1]) for place in range(size - 2)]
    pairs = combinations(bends, 2) if size <= LONG else ()
    times = (0, *STEPS, *(-each for each in STEPS))
    steps = [one * a + other * b for one, other in pairs for a in times for b in times]
    return np.array([*steps, *(one * a for one in bends for a in times)], dtype=np.int64).reshape(-1, size)


def _find_worlds(statement: slice, people: int, sums: Sequence[_Sums], size: int, threshold: int) -> Iterator[World]:
    """Worlds in which nobody, or T people or more, gave one of the answers, each by a small integer programme."""
    places = np.arange(size, dtype=np.float64)
    told = np.zeros(size)
    told[statement] = 1
    rows = np.stack([np.ones(size), places, places**2, told])
    for each in sums:
        for least, most in ((threshold, people), (0, 0)):
            limits = LinearConstraint(
                rows, [people, each.total, each.least, least], [people, each.total, each.most, most]
            )
            found = milp(
                np.zeros(size), constraints=limits, integrality=np.ones(size, dtype=np.int64), bounds=Bounds(0, people)
            )
            if found.x is not None:
                yield [round(one) for one in found.x]
