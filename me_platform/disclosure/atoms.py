"""What is counted and what is to be published of it: atoms, cells that sum atoms, facts everybody knows.

An atom is a number of people of one partner in one closed period and one finest category, each person once; a figure
is a sum of atoms. A cumulative figure is the sum of the atoms of all its periods; who is reported late belongs to the
period of the issue that reports her first. Source: privacy-and-safety part 3, "Atom", "Figure".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from me_platform.disclosure.bands import Band, Shown

PUBLIC = ""
"""The scenario of a reader who knows what is printed; every other scenario is the code of the partner who reads."""
NOBODY = "*"
"""In place of a partner: what several partners come to together, which is no reader's own."""


HIDDEN_COST = 5
"""What hiding a figure of nobody costs; each doubling of its people costs 1 more, so that few cells go first."""


class Atom(NamedTuple):
    """People of one partner, one closed period and the finest category of every published dimension."""

    partner: str
    period: str
    category: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One figure to be published: the sum of ``atoms``, worth ``value`` people.

    ``threshold`` is T. ``table`` and ``place`` (pairs of dimension and category) tell where it stands: cells of one
    table whose places differ in one dimension only form a line; a total lacks the dimension it sums over. ``size`` is
    the number of people in its line, ``total`` marks a cell that is such a number itself. ``delicate`` marks a
    variable that the plan calls sensitive (P3), ``flagged`` a cell that is sensitive for what lies behind it (P4, P6).
    ``bandable`` says that a range may stand for it, ``band`` that nothing finer than this range is asked for;
    ``watched`` cells are never printed and only guarded. ``kept`` cells are printed as hidden or as a range, and may
    not be found out exactly: by the public, and by the partners in ``kept_from``. ``cost`` is what hiding it costs;
    larger figures cost more where none is given.
    """

    name: str
    atoms: frozenset[Atom]
    value: int
    threshold: int
    table: str = ""
    place: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    total: bool = False
    delicate: bool = False
    flagged: bool = False
    bandable: bool = False
    band: Band | None = None
    watched: bool = False
    kept: bool = False
    kept_from: frozenset[str] = frozenset()
    cost: float | None = None

    @property
    def offered(self) -> Shown:
        """The most that may be printed of it."""
        if self.watched:
            return None
        return self.value if self.band is None else self.band

    @property
    def weight(self) -> float:
        """What hiding it costs."""
        return HIDDEN_COST + math.log2(1 + self.value) if self.cost is None else self.cost

    @property
    def lines(self) -> frozenset[tuple[str, str, tuple[tuple[str, str], ...]]]:
        """The lines it stands in: table, the dimension a line runs along, and what its cells have in common."""
        return frozenset(
            (self.table, dimension, tuple(sorted(pair for pair in self.place if pair[0] != dimension)))
            for dimension, _ in self.place
        )


@dataclass(frozen=True)
class Fact:
    """What everybody knows without reading it: the sum of ``atoms`` less the sum of ``less`` lies in low..high.

    Two one-way tables over the same people, whose crossing is published nowhere, are atoms of their own with the fact
    that their totals are equal.
    """

    atoms: frozenset[Atom]
    less: frozenset[Atom] = frozenset()
    low: int = 0
    high: int = 0


@dataclass(frozen=True)
class Sensitive:
    """A number of people that nobody may be able to prove small, and the rules (P1 to P5) that say so.

    ``scenarios`` are the readers it is guarded against, None for all of them.
    """

    name: str
    atoms: frozenset[Atom]
    threshold: int
    rules: tuple[str, ...]
    scenarios: frozenset[str] | None = None


@dataclass(frozen=True)
class Issue:
    """Everything that is published together: ``cells``, the true ``counts`` of all atoms and what is known anyway.

    ``guarded`` are small numbers besides its cells, each with the readers it is guarded against.

    Raises ValueError for cells that share a name, hold an unknown atom or are not worth the sum of their atoms, and for
    facts that are not true.
    """

    cells: tuple[Cell, ...]
    counts: Mapping[Atom, int]
    facts: tuple[Fact, ...] = field(default=())
    guarded: tuple[Sensitive, ...] = field(default=())

    def __post_init__(self) -> None:
        twice = sorted(name for name, times in Counter(cell.name for cell in self.cells).items() if times > 1)
        if twice:
            raise ValueError(f"two cells of one name: {', '.join(twice)}")
        if any(count < 0 for count in self.counts.values()):
            raise ValueError("an atom counts less than nobody")
        for cell in self.cells:
            _check_cell(cell, self.counts)
        for fact in self.facts:
            if not fact.low <= sum_atoms(fact.atoms, self.counts) - sum_atoms(fact.less, self.counts) <= fact.high:
                raise ValueError("a fact is not true of the counts")

    @property
    def partners(self) -> tuple[str, ...]:
        """Everybody who knows atoms of their own."""
        return list_readers(self.counts)


def list_readers(atoms: Iterable[Atom]) -> tuple[str, ...]:
    """The partners who know atoms of their own."""
    return tuple(sorted({atom.partner for atom in atoms} - {NOBODY}))


def sum_atoms(atoms: Iterable[Atom], counts: Mapping[Atom, int]) -> int:
    """The people in all of the atoms. Raises KeyError for an atom without a count."""
    return sum(counts[atom] for atom in atoms)


def _check_cell(cell: Cell, counts: Mapping[Atom, int]) -> None:
    if not cell.atoms or not cell.atoms <= counts.keys():
        raise ValueError(f"cell {cell.name} has no atoms or one without a count")
    if sum_atoms(cell.atoms, counts) != cell.value:
        raise ValueError(f"cell {cell.name} is not the sum of its atoms")
    if cell.threshold < 1 or cell.weight <= 0:
        raise ValueError(f"cell {cell.name} has a threshold or a cost of nothing")
    if cell.band is not None and not cell.band.low <= cell.value <= cell.band.high:
        raise ValueError(f"cell {cell.name} lies outside its range")
