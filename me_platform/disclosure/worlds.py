"""What a reader knows: all tables of non-negative whole numbers that agree with what is shown.

A table is a world. ``Model`` and ``Knowledge`` say which worlds there are, ``Target`` and ``Goal`` which of them leave
a sensitive number open. ``search`` looks for these.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from me_platform.disclosure.atoms import PUBLIC, Atom, Issue, Sensitive, list_readers
from me_platform.disclosure.bands import Band, Shown
from me_platform.disclosure.ledger import Ledger

Vector: TypeAlias = npt.NDArray[np.float64]
World: TypeAlias = npt.NDArray[np.int64]
Places: TypeAlias = npt.NDArray[np.int64]


class Side(Enum):
    """Which end of a number a world is to show: small enough, or large enough."""

    LOW = auto()
    HIGH = auto()


@dataclass(frozen=True)
class Range:
    """The least and the largest value of a sum over all worlds; ``high`` is None where there is no limit.

    ``exact`` is False where an integer programme ran out of time and the ends are those of the linear relaxation, which
    lie outside the true ones.
    """

    low: int
    high: int | None
    exact: bool = True


@dataclass(frozen=True)
class Goal:
    """One world that is looked for: read by ``scenario``, the sum of ``columns`` is at most or at least ``bound``.

    ``target`` is the place of what the goal is for in the list of targets.
    """

    target: int
    scenario: str
    columns: tuple[int, ...]
    side: Side
    bound: int


@dataclass(frozen=True)
class Target:
    """What is to be left open for one reader.

    Of a sensitive number both worlds are needed: one with 0 people besides the reader's own, one with T or more. Of a
    number that was hidden only to protect another (``kept``) a world with fewer or more than the true number of these
    will do.
    """

    name: str
    scenario: str
    atoms: frozenset[Atom]
    threshold: int
    kept: bool = False


@dataclass(frozen=True)
class Budget:
    """Seconds left until ``end`` by a clock that is given."""

    clock: Callable[[], float]
    end: float

    @property
    def left(self) -> float:
        """Seconds that may still be used; 0 or less when there are none."""
        return self.end - self.clock()


UNLIMITED = Budget(time.monotonic, math.inf)


@dataclass(frozen=True)
class Model:
    """An issue and its ledger as matrices; atoms that occur in the same figures are one column.

    ``groups`` are the cells that sum the same columns: printed or hidden together. The first ``rows`` are theirs, one
    each; those that follow are of the ledger and of facts, which nobody can take back, and lie between ``fixed_low``
    and ``fixed_high``.
    """

    atoms: tuple[tuple[Atom, ...], ...]
    truth: World
    groups: tuple[tuple[str, ...], ...]
    rows: csr_array
    fixed_low: Vector
    fixed_high: Vector
    columns: Mapping[Atom, int] = field(repr=False)

    def find_own(self, scenario: str) -> npt.NDArray[np.bool_]:
        """The columns a reader knows to begin with."""
        return np.array([atoms[0].partner == scenario for atoms in self.atoms], dtype=np.bool_)

    def find_columns(self, atoms: Iterable[Atom]) -> tuple[int, ...]:
        """The columns of a sum of atoms."""
        return tuple(sorted({self.columns[atom] for atom in atoms}))


def make_model(issue: Issue, ledger: Ledger, sums: Iterable[frozenset[Atom]] = ()) -> Model:
    """The matrices of an issue beside its ledger; ``sums`` are further sums of atoms that will be asked about."""
    counts = {**ledger.counts, **issue.counts}
    groups: dict[frozenset[Atom], list[str]] = {}
    for cell in issue.cells:
        groups.setdefault(cell.atoms, []).append(cell.name)
    limits: dict[frozenset[Atom], tuple[float, float]] = {}
    for entry in ledger.entries:
        if entry.shown is not None:
            low, high = get_limits(entry.shown)
            least, most = limits.get(entry.atoms, (-math.inf, math.inf))
            limits[entry.atoms] = max(low, least), min(high, most)
    signs: dict[Atom, list[int]] = {atom: [] for atom in sorted(counts)}
    marks = [*groups, *limits, *sums, *(part for fact in issue.facts for part in (fact.atoms, fact.less))]
    for number, atoms in enumerate(marks):
        for atom in atoms:
            signs[atom].append(number)
    merged: dict[tuple[str, tuple[int, ...]], list[Atom]] = {}
    for atom, numbers in signs.items():
        merged.setdefault((atom.partner, tuple(numbers)), []).append(atom)
    columns = {atom: place for place, atoms in enumerate(merged.values()) for atom in atoms}
    rows: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        (_find_columns(atoms, columns), ()) for atoms in (*groups, *limits)
    ]
    rows += [(_find_columns(fact.atoms, columns), _find_columns(fact.less, columns)) for fact in issue.facts]
    ends = [*limits.values(), *((fact.low, fact.high) for fact in issue.facts)]
    return Model(
        atoms=tuple(tuple(atoms) for atoms in merged.values()),
        truth=np.array([sum(counts[atom] for atom in atoms) for atoms in merged.values()], dtype=np.int64),
        groups=tuple(tuple(names) for names in groups.values()),
        rows=_make_rows(rows, len(merged)),
        fixed_low=np.array([low for low, _ in ends], dtype=np.float64),
        fixed_high=np.array([high for _, high in ends], dtype=np.float64),
        columns=columns,
    )


def _find_columns(atoms: Iterable[Atom], columns: Mapping[Atom, int]) -> tuple[int, ...]:
    return tuple(sorted({columns[atom] for atom in atoms}))


def _make_rows(rows: Sequence[tuple[tuple[int, ...], tuple[int, ...]]], width: int) -> csr_array:
    """One row for each sum of columns less a sum of others; what is in both falls out."""
    made = csr_array(
        (
            np.array([sign for more, less in rows for sign in (1,) * len(more) + (-1,) * len(less)], dtype=np.int64),
            np.array([column for more, less in rows for column in (*more, *less)], dtype=np.int64),
            np.cumsum([0, *(len(more) + len(less) for more, less in rows)]),
        ),
        shape=(len(rows), width),
    )
    made.sum_duplicates()
    made.eliminate_zeros()
    return made


def get_limits(shown: Shown) -> tuple[float, float]:
    """The least and the most people that agree with what is shown."""
    if shown is None:
        return -math.inf, math.inf
    return (shown.low, shown.high) if isinstance(shown, Band) else (shown, shown)


@dataclass(frozen=True)
class Knowledge:
    """What one pattern of shown figures tells: the ``places`` of rows of the model, and the ends of each.

    ``blame`` names the group of a row, which could be hidden to know less; -1 for none.
    """

    model: Model
    places: Places
    low: Vector
    high: Vector
    blame: Places

    @cached_property
    def rows(self) -> csr_array:
        """The rows themselves."""
        return csr_array(self.model.rows[self.places])

    def agrees(self, sums: World) -> npt.NDArray[np.bool_]:
        """Whether worlds, given by their sums over all rows of the model (one world a row), agree with all of it."""
        known = sums[:, self.places]
        return np.asarray(((known >= self.low) & (known <= self.high)).all(axis=1))

    def restrict(self, groups: Collection[int]) -> Knowledge:
        """What is known when of all shown groups only these are shown."""
        kept = np.flatnonzero((self.blame < 0) | np.isin(self.blame, list(groups)))
        return Knowledge(self.model, self.places[kept], self.low[kept], self.high[kept], self.blame[kept])

    def compute_ceiling(self, bound: int) -> float:
        """A number that no limited column reaches, nor any sum of limited columns: who does reach it has no limit."""
        finite = self.high[np.isfinite(self.high)]
        return float(np.abs(finite).sum() + self.model.truth.sum() + bound + 1)


Pattern: TypeAlias = Mapping[int, Shown]
"""What is shown of each group of cells; one that is missing is hidden."""


def make_knowledge(model: Model, pattern: Pattern) -> Knowledge:
    """What is known once a pattern is printed."""
    shown = sorted(group for group, each in pattern.items() if each is not None)
    ends = np.array([get_limits(pattern[group]) for group in shown], dtype=np.float64).reshape(len(shown), 2)
    fixed = np.arange(len(model.groups), model.rows.shape[0])
    return Knowledge(
        model=model,
        places=np.concatenate([np.array(shown, dtype=np.int64), fixed]),
        low=np.concatenate([ends[:, 0], model.fixed_low]),
        high=np.concatenate([ends[:, 1], model.fixed_high]),
        blame=np.concatenate([np.array(shown, dtype=np.int64), np.full(len(fixed), -1, dtype=np.int64)]),
    )


def make_goals(model: Model, targets: Sequence[Target]) -> list[Goal]:
    """The worlds the targets need; none for a reader who has counted everybody of a target himself."""
    own = {scenario: model.find_own(scenario) for scenario in {target.scenario for target in targets}}
    found: dict[frozenset[Atom], tuple[int, ...]] = {}
    goals: list[Goal] = []
    for number, target in enumerate(targets):
        mine = own[target.scenario]
        if target.atoms not in found:
            found[target.atoms] = model.find_columns(target.atoms)
        columns = tuple(column for column in found[target.atoms] if not mine[column])
        if columns:
            others = int(model.truth[list(columns)].sum())
            low, high = (others - 1, others + 1) if target.kept else (0, target.threshold)
            goals += [
                Goal(number, target.scenario, columns, Side.LOW, low),
                Goal(number, target.scenario, columns, Side.HIGH, high),
            ]
    return goals


def make_pattern(model: Model, shown: Mapping[str, Shown]) -> dict[int, Shown]:
    """The pattern of what is shown by name: of cells with the same atoms the finest counts."""
    pattern: dict[int, Shown] = {}
    for group, names in enumerate(model.groups):
        limits = [get_limits(shown.get(name)) for name in names]
        low, high = max(low for low, _ in limits), min(high for _, high in limits)
        if high < math.inf:
            pattern[group] = int(low) if low == high else Band(int(low), int(high))
    return pattern


def list_targets(sensitive: Iterable[Sensitive], issue: Issue, ledger: Ledger) -> list[Target]:
    """One target for each sensitive number and each reader it is guarded against.

    What is or was printed as hidden or as a range, only to protect something else, is not to be found out exactly
    either.
    """
    counts = {**ledger.counts, **issue.counts}
    readers = (PUBLIC, *list_readers(counts))
    guarded = list(sensitive)
    targets = [
        Target(each.name, reader, each.atoms, each.threshold)
        for each in guarded
        for reader in readers
        if each.scenarios is None or reader in each.scenarios
    ]
    known = {each.atoms for each in guarded if each.scenarios is None}
    known |= {entry.atoms for entry in ledger.entries if isinstance(entry.shown, int)}
    kept = {entry.atoms: f"{entry.issue}: {entry.name}" for entry in ledger.entries if entry.atoms not in known}
    kept |= {cell.atoms: cell.name for cell in issue.cells if cell.kept and cell.atoms not in known}
    readers_of = {cell.atoms: sorted(cell.kept_from) for cell in issue.cells if cell.kept}
    return targets + [
        Target(name, reader, atoms, 1, kept=True)
        for atoms, name in kept.items()
        for reader in (PUBLIC, *readers_of.get(atoms, ()))
    ]
