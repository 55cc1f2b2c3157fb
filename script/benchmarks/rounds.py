"""What every bench line is made of: interleaved rounds, medians, a ratio of two of them, and its goal.

Seconds of one machine at one moment mean little; ratios of what ran side by side in one run do.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Goal:
    """What a ratio is to be: ``sign`` is ``>=`` or ``<=``."""

    sign: str
    value: float

    def __str__(self) -> str:
        return f"{self.sign} {self.value:.2f}"

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio is on the right side."""
        return ratio >= self.value if self.sign == ">=" else ratio <= self.value


@dataclass(frozen=True)
class Line:
    """One line of the table: ``compared`` reads "this : that", ``ratio`` is this over that, ``note`` the numbers."""

    bench: str
    compared: str
    ratio: float
    goal: Goal | None = None
    note: str = ""


@dataclass(frozen=True)
class Size:
    """How much is measured. ``rounds`` are those of each contender, ``seconds`` the length of a round under load.

    A ``crowd`` answers at once for ``crowd_seconds`` and until so many ``surveys`` are sent. ``growth`` are the numbers
    of answers over which an exponent is fitted; the ``whole_sample`` is frozen, or two people of each organisation.
    """

    rounds: int
    seconds: float
    answers: int
    responses: int
    reports: int
    people: int
    template: str
    crowd: int
    surveys: int
    crowd_seconds: float
    growth: tuple[int, ...]
    whole_sample: bool


FULL = Size(
    rounds=5,
    seconds=2.0,
    answers=1_000_000,
    responses=10_000,
    reports=20,
    people=85,
    template="partner-impact",
    crowd=500,
    surveys=10_000,
    crowd_seconds=300.0,
    growth=(10_000, 100_000, 1_000_000, 10_000_000),
    whole_sample=True,
)
QUICK = Size(
    rounds=1,
    seconds=0.05,
    answers=3_000,
    responses=20,
    reports=2,
    people=5,
    template="plain-summary",
    crowd=3,
    surveys=3,
    crowd_seconds=0.0,
    growth=(1_000, 3_000),
    whole_sample=False,
)
"""A smoke size: every line runs and has a number, which means nothing."""


def at_least(value: float) -> Goal:
    """The ratio is to reach this."""
    return Goal(">=", value)


def at_most(value: float) -> Goal:
    """The ratio is not to exceed this."""
    return Goal("<=", value)


def compare(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each contender; they take turns, so that what disturbs the machine disturbs all."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.collect()
            start = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - start)
    return {name: median(seconds) for name, seconds in taken.items()}
