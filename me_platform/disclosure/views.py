"""What one reader knows, cut into parts that have nothing to do with each other: small models for small questions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from me_platform.disclosure.elimination import Equations, eliminate
from me_platform.disclosure.programmes import Rows
from me_platform.disclosure.worlds import Knowledge, Places, Vector, World

HAIR = 1e-6
"""What the solver may be wrong by before a whole number is doubted."""


@dataclass(frozen=True)
class Known:
    """All that is known in few words: equations solved for single columns, and ranges as they are.

    ``origin`` says of which rows of the knowledge each row is the sum.
    """

    knowledge: Knowledge
    equal: Places
    equations: Equations
    rows: csr_array
    low: Vector
    high: Vector
    origin: csr_array

    def find_rows(self, lines: Places, prices: Vector) -> Places:
        """The rows of the knowledge that have a price, given those of some of the rows here."""
        priced = np.zeros(len(self.low))
        priced[lines] = prices
        return np.flatnonzero(np.abs(self.origin.T @ priced) > HAIR)


def make_known(knowledge: Knowledge, before: Known | None = None) -> Known:
    """Knowledge in few words; ``before`` is what was known a moment ago, of which the equations may still be right."""
    same = knowledge.low == knowledge.high
    equal, ranges = np.flatnonzero(same), np.flatnonzero(~same)
    values = knowledge.low[equal].astype(np.int64)
    if before is not None and _has_equations(before, knowledge.places[equal], values):
        equations = before.equations
    else:
        equations = eliminate(csr_array(knowledge.rows[equal]), values)
    count = len(knowledge.low)
    ones = (np.ones(len(ranges), dtype=np.int64), ranges, np.arange(len(ranges) + 1))
    added = equations.origin
    return Known(
        knowledge,
        equal,
        equations,
        rows=csr_array(vstack([equations.rows, knowledge.rows[ranges]], format="csr")),
        low=np.concatenate([equations.values, knowledge.low[ranges]]),
        high=np.concatenate([equations.values, knowledge.high[ranges]]),
        origin=csr_array(
            vstack(
                [
                    csr_array((added.data, equal[added.indices], added.indptr), shape=(added.shape[0], count)),
                    csr_array(ones, shape=(len(ranges), count)),
                ],
                format="csr",
            )
        ),
    )


def _has_equations(before: Known, places: Places, values: npt.NDArray[np.int64]) -> bool:
    old = before.knowledge
    return np.array_equal(old.places[before.equal], places) and np.array_equal(old.low[before.equal], values)


@dataclass(frozen=True)
class Part:
    """Columns of the model that hang together, the rows over them, and which rows of ``Known`` these are.

    ``places`` says for every column of the model where it is here, -1 for nowhere.
    """

    columns: Places
    places: Places
    rows: Rows
    low: Vector
    high: Vector
    lines: Places


@dataclass
class View:
    """What one reader knows of the columns that are not the reader's own."""

    lines: Places
    columns: Places
    factors: Vector
    low: Vector
    high: Vector
    labels: Places
    parts: dict[tuple[int, ...], Part] = field(default_factory=dict)

    @classmethod
    def make(cls, rows: csr_array, low: Vector, high: Vector, own: npt.NDArray[np.bool_], truth: World) -> View:
        """Of rows with their ends a reader takes away what is his own: where nothing is left they tell him nothing."""
        count = rows.shape[0]
        lines = np.repeat(np.arange(count), np.diff(rows.indptr))
        mine = own[rows.indices]
        told = np.bincount(lines[mine], rows.data[mine] * truth[rows.indices[mine]], minlength=count)
        left = ~mine
        joined = csr_array(
            (np.ones(int(left.sum())), (lines[left], count + rows.indices[left])),
            shape=(count + len(own), count + len(own)),
        )
        _, labels = connected_components(joined, directed=False)
        return cls(
            lines=lines[left],
            columns=rows.indices[left].astype(np.int64),
            factors=rows.data[left].astype(np.float64),
            low=low - told,
            high=high - told,
            labels=labels[count:].astype(np.int64),
        )

    def get_part(self, columns: Places) -> Part:
        """Everything that hangs together with some columns."""
        labels = np.unique(self.labels[columns])
        key = tuple(labels.tolist())
        if key not in self.parts:
            self.parts[key] = self._make_part(labels)
        return self.parts[key]

    def _make_part(self, labels: Places) -> Part:
        chosen = np.zeros(int(self.labels.max()) + 1, dtype=np.bool_)
        chosen[labels] = True
        columns = np.flatnonzero(chosen[self.labels])
        places = np.full(len(self.labels), -1, dtype=np.int64)
        places[columns] = np.arange(len(columns))
        inside = places[self.columns] >= 0
        lengths = np.bincount(self.lines[inside], minlength=len(self.low))
        lines = np.flatnonzero(lengths)
        return Part(
            columns=columns,
            places=places,
            rows=Rows(self.factors[inside], places[self.columns[inside]], np.cumsum([0, *lengths[lines]])),
            low=self.low[lines],
            high=self.high[lines],
            lines=lines,
        )
