"""Equations between numbers of people, solved for one number each: what is known, in as few words as possible.

Totals of totals fall out, a number that follows from others stands alone in its equation, and what has nothing to do
with each other shares no equation. Equations are only ever added to each other, so that everything stays in whole
numbers, and ``origin`` says of which ones each is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Line: TypeAlias = dict[int, int]


@dataclass(frozen=True)
class Equations:
    """Rows that are each worth one number (``values``); row by row the sum of the rows of ``origin`` that went in.

    ``pivots`` are the columns that rows are solved for, which no other row holds; -1 for a row that is not.
    """

    rows: csr_array
    values: npt.NDArray[np.int64]
    origin: csr_array
    pivots: npt.NDArray[np.int64]

    def reduce(self, rows: csr_array) -> list[tuple[tuple[int, int], ...]]:
        """Other rows as they are told without the columns that these are solved for: columns with their factors.

        Two rows that come out the same differ by a number that everybody knows.
        """
        solved = np.flatnonzero(self.pivots >= 0)
        left = csr_array(rows - csr_array(rows[:, self.pivots[solved]]) @ self.rows[solved])
        left.eliminate_zeros()
        left.sort_indices()
        return [
            tuple(zip(left.indices[start:end].tolist(), left.data[start:end].tolist(), strict=True))
            for start, end in pairwise(left.indptr.tolist())
        ]


def eliminate(rows: csr_array, values: npt.NDArray[np.int64]) -> Equations:
    """The same equations, each solved for a column that no other holds any more, as far as a factor of 1 or -1 goes.

    The shortest equations come first, each with the column that fewest others hold.
    """
    count, width = rows.shape
    starts, columns, factors = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    # Behind its columns a line holds its value, then itself: whatever is added to it is written down there.
    lines = [
        {
            **dict(zip(columns[starts[row] : starts[row + 1]], factors[starts[row] : starts[row + 1]], strict=True)),
            width: value,
            width + 1 + row: 1,
        }
        for row, value in enumerate(values.tolist())
    ]
    holders: list[set[int]] = [set() for _ in range(width)]
    for row, line in enumerate(lines):
        for column in line:
            if column < width:
                holders[column].add(row)
    pivots = [-1] * count
    for row in sorted(range(count), key=lambda each: (len(lines[each]), each)):
        line = lines[row]
        ones = [
            (len(holders[column]), column) for column, factor in line.items() if column < width and abs(factor) == 1
        ]
        if ones:
            pivots[row] = pivot = min(ones)[1]
            if line[pivot] < 0:
                line = lines[row] = {each: -factor for each, factor in line.items()}
            for other in sorted(holders[pivot] - {row}):
                _add(lines[other], line, -lines[other][pivot], other, holders)
    kept = [row for row, line in enumerate(lines) if any(column < width for column in line)]
    left = [lines[row] for row in kept]
    return Equations(
        rows=_make_rows(({each: line[each] for each in line if each < width} for line in left), len(left), width),
        values=np.array([line.get(width, 0) for line in left], dtype=np.int64),
        origin=_make_rows(
            ({each - width - 1: line[each] for each in line if each > width} for line in left), len(left), count
        ),
        pivots=np.array([pivots[row] for row in kept], dtype=np.int64),
    )


def _add(line: Line, other: Line, times: int, row: int, holders: list[set[int]]) -> None:
    """Add another line so many times."""
    width = len(holders)
    for column, factor in other.items():
        total = line.get(column, 0) + times * factor
        if total:
            line[column] = total
            if column < width:
                holders[column].add(row)
        else:
            line.pop(column, None)
            if column < width:
                holders[column].discard(row)


def _make_rows(lines: Iterable[Mapping[int, int]], count: int, width: int) -> csr_array:
    listed = [sorted(line.items()) for line in lines]
    return csr_array(
        (
            np.array([factor for line in listed for _, factor in line], dtype=np.int64),
            np.array([column for line in listed for column, _ in line], dtype=np.int64),
            np.cumsum([0, *map(len, listed)]),
        ),
        shape=(count, width),
    )
