"""Linear and integer programmes for HiGHS (through scipy), many small ones in one call.

Programmes that have no column in common are one large programme of blocks along the diagonal, and a best answer to it
is a best answer to each. A call costs about a millisecond before any work is done, which is more than a small programme
takes: hundreds of questions about one table are asked together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

Vector: TypeAlias = npt.NDArray[np.float64]

Places: TypeAlias = npt.NDArray[np.int64]
Priced: TypeAlias = tuple[Vector, Vector]
"""An answer and the price of each row."""

STEP_SECONDS = 2.0
"""The longest one call may take; without an answer the question counts as not settled."""


@dataclass(frozen=True)
class Rows:
    """Sparse rows as plain arrays (those of compressed rows), for they are put together often.

    ``starts`` says where each row begins in ``columns`` and ``factors``, and where the last one ends.
    """

    factors: Vector
    columns: Places
    starts: Places

    def add(self, factors: Vector, columns: Places, lengths: Places) -> Rows:
        """These rows with more below them."""
        return Rows(
            np.concatenate([self.factors, factors]),
            np.concatenate([self.columns, columns]),
            np.concatenate([self.starts, self.starts[-1] + np.cumsum(lengths)]),
        )


@dataclass(frozen=True)
class Programme:
    """Make ``objective`` small; rows lie between ``low`` and ``high``, columns between ``lower`` and ``upper``."""

    objective: Vector
    rows: Rows
    low: Vector
    high: Vector
    lower: Vector
    upper: Vector

    def ask_for(self, low: float, high: float) -> Programme:
        """Any answer whose objective lies between two ends."""
        (columns,) = self.objective.nonzero()
        return Programme(
            np.zeros(len(self.objective)),
            self.rows.add(self.objective[columns], columns, np.array([len(columns)])),
            np.append(self.low, low),
            np.append(self.high, high),
            self.lower,
            self.upper,
        )

    def compute_floor(self, prices: Vector) -> float:
        """What the objective cannot fall below, as prices of the rows prove it (weak duality); no solver is asked."""
        ends = np.where(prices > 0, self.low, self.high)
        told = self.rows.factors * np.repeat(prices, np.diff(self.rows.starts))
        rest = self.objective - np.bincount(self.rows.columns, told, minlength=len(self.objective))
        priced = prices != 0
        return float(prices[priced] @ ends[priced] + np.minimum(rest * self.lower, rest * self.upper).sum())


@dataclass
class Solver:
    """Asks HiGHS and keeps count: calls, seconds in it, and how often an integer programme ran out of time."""

    calls: int = 0
    seconds: float = 0.0
    unsure: int = 0

    def relax(self, programmes: Sequence[Programme], seconds: float) -> Sequence[Vector | None]:
        """A best corner of each linear programme; None for each where time ran out."""
        found = self._solve(_join(programmes), seconds, whole=False)
        return (
            [None] * len(programmes) if found is None else _split(found, [len(each.objective) for each in programmes])
        )

    def solve(self, programme: Programme, seconds: float, gap: float = 0.0) -> Vector | None:
        """A best answer in whole numbers, as far as time allowed; None where none was found."""
        return self._solve(programme, seconds, whole=True, gap=gap)

    def price(self, programmes: Sequence[Programme], seconds: float) -> Sequence[Priced | None]:
        """A best corner of each linear programme with the prices of its rows; None for each where time ran out.

        A price is what the objective gains for each person more at the end of a row that holds it up: above 0 at
        the low end, below 0 at the high one.
        """
        if seconds <= 0:
            return [None] * len(programmes)
        joined = _join(programmes)
        same = joined.low == joined.high
        over = np.flatnonzero(~same & np.isfinite(joined.high))
        under = np.flatnonzero(~same & np.isfinite(joined.low))
        equal = np.flatnonzero(same)
        begun = time.perf_counter()
        # scipy takes sparse rows, its stubs know dense ones only.
        rows = _make_matrix(joined)
        at_most: Any = vstack([rows[over], -rows[under]], format="csr")
        exact: Any = rows[equal]
        ends: Any = np.column_stack([joined.lower, joined.upper])
        answer = linprog(
            joined.objective,
            A_ub=at_most,
            b_ub=np.concatenate([joined.high[over], -joined.low[under]]),
            A_eq=exact,
            b_eq=joined.high[equal],
            bounds=ends,
            method="highs",
            options={"time_limit": min(seconds, STEP_SECONDS)},
        )
        self._count(begun)
        if answer.status != 0 or answer.x is None:
            return [None] * len(programmes)
        prices = np.zeros(len(joined.low))
        prices[over] = answer.ineqlin.marginals[: len(over)]
        prices[under] -= answer.ineqlin.marginals[len(over) :]
        prices[equal] = answer.eqlin.marginals
        return list(
            zip(
                _split(answer.x, [len(each.objective) for each in programmes]),
                _split(prices, [len(each.low) for each in programmes]),
                strict=True,
            )
        )

    def _solve(self, programme: Programme, seconds: float, *, whole: bool, gap: float = 0.0) -> Vector | None:
        if seconds <= 0:
            return None
        begun = time.perf_counter()
        answer = milp(
            programme.objective,
            integrality=np.full(len(programme.objective), int(whole), dtype=np.int64),
            bounds=Bounds(programme.lower, programme.upper),
            constraints=[LinearConstraint(_make_matrix(programme), programme.low, programme.high)]
            if len(programme.low)
            else [],
            options={"time_limit": min(seconds, STEP_SECONDS), "mip_rel_gap": gap},
        )
        self._count(begun)
        if answer.status == 1:
            self.unsure += 1
        return None if answer.x is None else np.asarray(answer.x, dtype=np.float64)

    def _count(self, begun: float) -> None:
        self.calls += 1
        self.seconds += time.perf_counter() - begun


def _join(programmes: Sequence[Programme]) -> Programme:
    """One programme of all, block by block along the diagonal."""
    if len(programmes) == 1:
        return programmes[0]
    rows = [each.rows for each in programmes]
    wide = np.cumsum([0, *(len(each.objective) for each in programmes)])
    full = np.cumsum([0, *(len(each.columns) for each in rows)])
    return Programme(
        objective=np.concatenate([each.objective for each in programmes]),
        rows=Rows(
            np.concatenate([each.factors for each in rows]),
            np.concatenate([each.columns + start for each, start in zip(rows, wide[:-1], strict=True)]),
            np.concatenate([[0], *(each.starts[1:] + start for each, start in zip(rows, full[:-1], strict=True))]),
        ),
        low=np.concatenate([each.low for each in programmes]),
        high=np.concatenate([each.high for each in programmes]),
        lower=np.concatenate([each.lower for each in programmes]),
        upper=np.concatenate([each.upper for each in programmes]),
    )


def _make_matrix(programme: Programme) -> csr_array:
    rows = programme.rows
    return csr_array((rows.factors, rows.columns, rows.starts), shape=(len(programme.low), len(programme.objective)))


def _split(joined: Vector, lengths: Sequence[int]) -> list[Vector]:
    return np.split(np.asarray(joined, dtype=np.float64), np.cumsum(lengths)[:-1])
