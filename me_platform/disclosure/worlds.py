"""What a reader can work out: all tables of non-negative whole numbers that agree with what is shown.

``compute_bounds`` gives the least and the largest value of a sum of atoms over all these tables. ``Search`` looks for
the tables (worlds) that leave sensitive numbers open, and says which shown figures are to blame where there are none.
Each step first solves the linear relaxation, which is quick and usually has whole numbers for an answer, and an
integer programme only where that leaves a doubt (HiGHS through scipy). A world counts only after it has been checked
in whole numbers, so that no proof rests on the solver's rounding.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from me_platform.disclosure.atoms import PUBLIC, Atom, Issue, Sensitive, list_readers, sum_atoms
from me_platform.disclosure.bands import Band, Shown
from me_platform.disclosure.ledger import Ledger

Vector: TypeAlias = npt.NDArray[np.float64]
World: TypeAlias = npt.NDArray[np.int64]

HAIR = 1e-6
"""What the solver may be wrong by before a whole number is doubted."""
WHOLE = 1e-5
"""What a number may be off a whole one and still be taken for it."""
STEP_SECONDS = 2.0
"""The longest one integer programme may take; without an answer the goal counts as not proved."""


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

    def is_met(self, sums: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether sums over the columns reach the bound."""
        return sums <= self.bound if self.side is Side.LOW else sums >= self.bound


@dataclass(frozen=True)
class Target:
    """What is to be left open for one reader.

    Of a sensitive number both worlds are needed: one with 0 people besides the reader's own, one with T or more. Of a
    number that was hidden only to protect another (``kept``) either a smaller or a larger world will do.
    """

    name: str
    scenario: str
    atoms: frozenset[Atom]
    value: int
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

    ``groups`` are the cells that sum the same columns: one row of ``rows`` each, printed or hidden together. ``fixed``
    are the rows of the ledger and of facts, which nobody can take back.
    """

    atoms: tuple[tuple[Atom, ...], ...]
    truth: World
    groups: tuple[tuple[str, ...], ...]
    rows: csr_array
    fixed: csr_array
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
    width = len(merged)
    fixed = [_make_row(atoms, columns, width) for atoms in limits]
    fixed += [_make_row(fact.atoms, columns, width) - _make_row(fact.less, columns, width) for fact in issue.facts]
    ends = [*limits.values(), *((fact.low, fact.high) for fact in issue.facts)]
    return Model(
        atoms=tuple(tuple(atoms) for atoms in merged.values()),
        truth=np.array([sum(counts[atom] for atom in atoms) for atoms in merged.values()], dtype=np.int64),
        groups=tuple(tuple(names) for names in groups.values()),
        rows=_stack([_make_row(atoms, columns, width) for atoms in groups], width),
        fixed=_stack(fixed, width),
        fixed_low=np.array([low for low, _ in ends], dtype=np.float64),
        fixed_high=np.array([high for _, high in ends], dtype=np.float64),
        columns=columns,
    )


def _make_row(atoms: Iterable[Atom], columns: Mapping[Atom, int], width: int) -> Vector:
    row = np.zeros(width)
    row[list({columns[atom] for atom in atoms})] = 1
    return row


def _stack(rows: Sequence[Vector], width: int) -> csr_array:
    return csr_array(np.array(rows).reshape(len(rows), width))


def get_limits(shown: Shown) -> tuple[float, float]:
    """The least and the most people that agree with what is shown."""
    if shown is None:
        return -math.inf, math.inf
    return (shown.low, shown.high) if isinstance(shown, Band) else (shown, shown)


@dataclass(frozen=True)
class Knowledge:
    """What one pattern of shown figures tells: rows with their ends; ``blame`` names the group of a row, -1 for none.

    ``blame`` is what could be hidden to know less.
    """

    rows: csr_array
    low: Vector
    high: Vector
    blame: npt.NDArray[np.int64]

    def agrees(self, worlds: World) -> npt.NDArray[np.bool_]:
        """Whether each of the worlds (one a row) agrees with all that is known, in whole numbers."""
        sums = (self.rows @ worlds.T).T
        return np.asarray(((sums >= self.low) & (sums <= self.high)).all(axis=1))


Pattern: TypeAlias = Mapping[int, Shown]
"""What is shown of each group of cells; one that is missing is hidden."""


def make_knowledge(model: Model, pattern: Pattern, fixed: Collection[int] = ()) -> Knowledge:
    """What is known once a pattern is printed; rows of groups in ``fixed`` are nobody's fault."""
    shown = sorted(group for group, each in pattern.items() if each is not None)
    ends = np.array([get_limits(pattern[group]) for group in shown], dtype=np.float64).reshape(len(shown), 2)
    unmoved = np.full(model.fixed.shape[0], -1, dtype=np.int64)
    blame = np.array([-1 if group in fixed else group for group in shown], dtype=np.int64)
    return Knowledge(
        rows=csr_array(vstack([model.rows[shown], model.fixed], format="csr")),
        low=np.concatenate([ends[:, 0], model.fixed_low]),
        high=np.concatenate([ends[:, 1], model.fixed_high]),
        blame=np.concatenate([blame, unmoved]),
    )


@dataclass
class Search:
    """Looks for worlds, keeps those found, and counts what the solver did.

    ``unsure`` counts integer programmes that ran out of time, ``hopeless`` how often no world was found for a goal.
    """

    model: Model
    budget: Budget
    worlds: World = field(init=False)
    calls: int = 0
    seconds: float = 0.0
    unsure: int = 0
    hopeless: Counter[Goal] = field(default_factory=Counter)
    _own: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.worlds = self.model.truth[None, :].copy()

    # -- goals ----------------------------------------------------------------------------------------------------

    def make_goals(self, targets: Sequence[Target]) -> list[Goal]:
        """The worlds the targets need; none for a reader who has counted everybody of a target himself."""
        goals: list[Goal] = []
        for number, target in enumerate(targets):
            own = self.get_own(target.scenario)
            columns = tuple(column for column in self.model.find_columns(target.atoms) if not own[column])
            if columns:
                low, high = (target.value - 1, target.value + 1) if target.kept else (0, target.threshold)
                goals += [
                    Goal(number, target.scenario, columns, Side.LOW, low),
                    Goal(number, target.scenario, columns, Side.HIGH, high),
                ]
        return goals

    def get_own(self, scenario: str) -> npt.NDArray[np.bool_]:
        """The columns a reader knows to begin with."""
        if scenario not in self._own:
            self._own[scenario] = self.model.find_own(scenario)
        return self._own[scenario]

    def find_met(self, goals: Sequence[Goal], knowledge: Knowledge) -> dict[Goal, int]:
        """Goals that a world found earlier meets, with the place of the first such world."""
        met: dict[Goal, int] = {}
        good = knowledge.agrees(self.worlds)
        for scenario, ours in _group(goals).items():
            own = self.get_own(scenario)
            places = np.flatnonzero(good & (self.worlds[:, own] == self.model.truth[own]).all(axis=1))
            sums = self._sum(ours, self.worlds[places])
            for goal, each in zip(ours, sums, strict=True):
                hits = goal.is_met(each)
                if hits.any():
                    met[goal] = int(places[int(hits.argmax())])
        return met

    def find_open(self, goals: Sequence[Goal], knowledge: Knowledge, enough: int = 10**9) -> list[Goal]:
        """Goals that no world can meet, or none that was found in time; stops when ``enough`` are known.

        Goals that were hopeless before come first and alone; of the others many are looked for at once, as long as
        that helps.
        """
        met = self.find_met(goals, knowledge)
        left = sorted((goal for goal in goals if goal not in met), key=lambda goal: -self.hopeless[goal])
        hopeless: list[Goal] = []
        while left and len(hopeless) < enough:
            ours = [goal for goal in left if (goal.scenario, goal.side) == (left[0].scenario, left[0].side)]
            alone = len(ours) == 1 or self.hopeless[ours[0]] > 0
            world = None if alone else self._look_for_many(ours, knowledge)
            fewer = left if world is None else self._drop_met(left, world)
            if len(fewer) == len(left):
                world = self.look_for(ours[0], knowledge)
                fewer = left[1:] if world is None else self._drop_met(left, world)
                hopeless += [ours[0]] if world is None else []
            left = fewer
        self.hopeless.update(hopeless)
        return hopeless

    def _drop_met(self, goals: Sequence[Goal], world: World) -> list[Goal]:
        """The goals a world does not meet."""
        readers = {goal.scenario: self._fits(world, goal.scenario) for goal in goals}
        return [goal for goal in goals if not (readers[goal.scenario] and goal.is_met(world[list(goal.columns)].sum()))]

    def look_for(self, goal: Goal, knowledge: Knowledge) -> World | None:
        """A world that meets a goal; None as well where none was found in time."""
        simple = self._keep(self._make_simple(goal), goal.scenario, knowledge)
        if simple is not None:
            return simple
        sign, objective = self._make_objective(goal)
        ends = self._make_ends(goal, knowledge)
        found = self._solve(objective, knowledge.rows, (knowledge.low, knowledge.high), ends, whole=False)
        if found is None:
            return None
        world = self._keep(found, goal.scenario, knowledge)
        if world is not None and goal.is_met(world[list(goal.columns)].sum()):
            return world
        if float(objective @ found) > sign * goal.bound + HAIR:
            return None
        rows = csr_array(vstack([knowledge.rows, csr_array(np.abs(objective)[None, :])], format="csr"))
        low = np.append(knowledge.low, -math.inf if goal.side is Side.LOW else goal.bound)
        high = np.append(knowledge.high, goal.bound if goal.side is Side.LOW else math.inf)
        found = self._solve(np.zeros(len(objective)), rows, (low, high), ends, whole=True)
        return None if found is None else self._keep(found, goal.scenario, knowledge)

    def _make_simple(self, goal: Goal) -> Vector:
        """The truth, but for the goal's own columns: what a world is where nothing shown speaks of them."""
        guess = self.model.truth.astype(np.float64)
        guess[list(goal.columns)] = 0
        if goal.bound > 0:
            guess[goal.columns[0]] = goal.bound
        return guess

    def find_end(self, goal: Goal, knowledge: Knowledge) -> tuple[int, bool]:
        """The end of a sum on the goal's side, and whether a whole table has it; else that of the relaxation."""
        sign, objective = self._make_objective(goal)
        ends = self._make_ends(goal, knowledge)
        limits = knowledge.low, knowledge.high
        relaxed = self._solve(objective, knowledge.rows, limits, ends, whole=False)
        if relaxed is None:
            return (0 if goal.side is Side.LOW else math.ceil(ends[1].max(initial=0))), False
        world = self._keep(relaxed, goal.scenario, knowledge)
        if world is None:
            unsure = self.unsure
            found = self._solve(objective, knowledge.rows, limits, ends, whole=True)
            world = None if found is None or self.unsure > unsure else self._keep(found, goal.scenario, knowledge)
        if world is not None:
            return int(world[list(goal.columns)].sum()), True
        outer = sign * math.ceil(float(objective @ relaxed) - HAIR)
        return int(outer), False

    def explain(self, goals: Sequence[Goal], knowledge: Knowledge) -> frozenset[int]:
        """Shown groups that together rule out every world the goals ask for, each by itself.

        Those of a linear proof where there is one (the rows with a price in its dual); else all, less whatever can be
        left out one half after the other. Empty where what nobody can take back rules them out.
        """
        blamed: set[int] = set()
        for goal in goals:
            groups = self._find_priced(goal, knowledge)
            if groups is None or self._is_possible(goal, _restrict(knowledge, groups)):
                groups = self._filter(goal, knowledge)
            blamed |= groups
        return frozenset(blamed)

    def _filter(self, goal: Goal, knowledge: Knowledge) -> set[int]:
        groups = sorted({int(group) for group in knowledge.blame if group >= 0})
        step = max(1, len(groups) // 2)
        while groups and self.budget.left > 0:
            for start in range(0, len(groups), step):
                fewer = groups[:start] + groups[start + step :]
                if not self._is_possible(goal, _restrict(knowledge, fewer)):
                    groups = fewer
                    break
            else:
                if step == 1:
                    break
                step = max(1, step // 2)
        return set(groups)

    def _is_possible(self, goal: Goal, knowledge: Knowledge) -> bool:
        return goal in self.find_met([goal], knowledge) or self.look_for(goal, knowledge) is not None

    def _find_priced(self, goal: Goal, knowledge: Knowledge) -> set[int] | None:
        """Groups with a price in the dual of the linear relaxation; None where it has another answer."""
        _, objective = self._make_objective(goal)
        lower, upper = self._make_ends(goal, knowledge)
        same = knowledge.low == knowledge.high
        over = np.flatnonzero(~same & (knowledge.high < math.inf))
        under = np.flatnonzero(~same & (knowledge.low > -math.inf))
        equal = np.flatnonzero(same)
        begun = time.perf_counter()
        sparse: Any = knowledge.rows  # scipy takes sparse rows, its stubs know dense ones only
        answer = linprog(
            objective,
            A_ub=vstack([sparse[over], -sparse[under]], format="csr"),
            b_ub=np.concatenate([knowledge.high[over], -knowledge.low[under]]),
            A_eq=sparse[equal],
            b_eq=knowledge.high[equal],
            bounds=list(zip(lower.tolist(), upper.tolist(), strict=True)),
            method="highs",
        )
        self._count(begun)
        if answer.status != 0:
            return None
        places = np.concatenate([over, under, equal])
        prices = np.concatenate([answer.ineqlin.marginals, answer.eqlin.marginals])
        priced = knowledge.blame[places[np.abs(prices) > HAIR]]
        return {int(group) for group in priced if group >= 0}

    # -- solving --------------------------------------------------------------------------------------------------

    def _make_objective(self, goal: Goal) -> tuple[float, Vector]:
        """What the solver makes small: the sum itself, or its negative."""
        sign = 1.0 if goal.side is Side.LOW else -1.0
        objective = np.zeros(len(self.model.truth))
        objective[list(goal.columns)] = sign
        return sign, objective

    def _look_for_many(self, goals: Sequence[Goal], knowledge: Knowledge) -> World | None:
        """One world that meets as many goals of one reader and side as it can, each counted up to its bound."""
        width, many = len(self.model.truth), len(goals)
        low = goals[0].side is Side.LOW
        forms = np.zeros((many, width))
        for row, goal in enumerate(goals):
            forms[row, list(goal.columns)] = 1
        lower, upper = self._make_ends(goals[0], knowledge)
        bounds = np.array([goal.bound for goal in goals], dtype=np.float64)
        # A number counts from its bound on: z >= F x and z >= bound are made small, z <= F x and z <= bound large.
        ends = (
            np.concatenate([lower, bounds if low else np.zeros(many)]),
            np.concatenate([upper, np.full(many, math.inf) if low else bounds]),
        )
        rows = vstack(
            [
                hstack([knowledge.rows, csr_array((knowledge.rows.shape[0], many))]),
                hstack([csr_array(forms), -eye_array(many)]),
            ],
            format="csr",
        )
        limits = (
            np.concatenate([knowledge.low, np.full(many, -math.inf) if low else np.zeros(many)]),
            np.concatenate([knowledge.high, np.zeros(many) if low else np.full(many, math.inf)]),
        )
        objective = np.concatenate([np.zeros(width), np.full(many, 1.0 if low else -1.0)])
        for whole in (False, True):
            found = self._solve(objective, csr_array(rows), limits, ends, whole=whole, gap=0.1)
            world = None if found is None else self._keep(found[:width], goals[0].scenario, knowledge)
            if world is not None:
                return world
        return None

    def _make_ends(self, goal: Goal, knowledge: Knowledge) -> tuple[Vector, Vector]:
        """What each column can be: own ones are known; no other reaches the largest number there is a reason for."""
        width = len(self.model.truth)
        lower, upper = np.zeros(width), np.full(width, compute_ceiling(knowledge, self.model.truth, goal.bound))
        own = self.get_own(goal.scenario)
        lower[own] = upper[own] = self.model.truth[own]
        return lower, upper

    def _solve(
        self,
        objective: Vector,
        rows: csr_array,
        limits: tuple[Vector, Vector],
        ends: tuple[Vector, Vector],
        *,
        whole: bool,
        gap: float = 0.0,
    ) -> Vector | None:
        seconds = min(self.budget.left, STEP_SECONDS)
        if seconds <= 0:
            return None
        begun = time.perf_counter()
        answer = milp(
            objective,
            integrality=np.full(len(objective), int(whole), dtype=np.int64),
            bounds=Bounds(*ends),
            constraints=[LinearConstraint(rows, *limits)] if rows.shape[0] else [],
            options={"time_limit": seconds, "mip_rel_gap": gap},
        )
        self._count(begun)
        if answer.status == 1:
            self.unsure += 1
        return None if answer.x is None else np.asarray(answer.x, dtype=np.float64)

    def _count(self, begun: float) -> None:
        self.calls += 1
        self.seconds += time.perf_counter() - begun

    def _keep(self, found: Vector, scenario: str, knowledge: Knowledge) -> World | None:
        """The world of a solution, kept for later; None where it is not whole, or not one for this reader."""
        world = np.rint(found).astype(np.int64)
        if (
            np.abs(found - world).max(initial=0) > WHOLE
            or world.min(initial=0) < 0
            or not self._fits(world, scenario)
            or not knowledge.agrees(world[None, :])[0]
        ):
            return None
        self.worlds = np.vstack([self.worlds, world])
        return world

    def _fits(self, world: World, scenario: str) -> bool:
        """Whether a world has the reader's own people as they are."""
        own = self.get_own(scenario)
        return bool((world[own] == self.model.truth[own]).all())

    @staticmethod
    def _sum(goals: Sequence[Goal], worlds: World) -> npt.NDArray[np.int64]:
        """The sum of each goal's columns (rows) in each world (columns)."""
        return np.array([worlds[:, list(goal.columns)].sum(axis=1) for goal in goals], dtype=np.int64)


def compute_ceiling(knowledge: Knowledge, truth: World, bound: int) -> float:
    """A number that no limited column reaches, nor any sum of limited columns: who does reach it has no limit."""
    finite = knowledge.high[np.isfinite(knowledge.high)]
    return float(np.abs(finite).sum() + truth.sum() + bound + 1)


def _group(goals: Iterable[Goal]) -> dict[str, list[Goal]]:
    grouped: dict[str, list[Goal]] = {}
    for goal in goals:
        grouped.setdefault(goal.scenario, []).append(goal)
    return grouped


def _restrict(knowledge: Knowledge, groups: Collection[int]) -> Knowledge:
    """What is known when of all shown groups only these are shown."""
    kept = np.flatnonzero((knowledge.blame < 0) | np.isin(knowledge.blame, list(groups)))
    return Knowledge(knowledge.rows[kept], knowledge.low[kept], knowledge.high[kept], knowledge.blame[kept])


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
        Target(each.name, reader, each.atoms, sum_atoms(each.atoms, counts), each.threshold)
        for each in guarded
        for reader in readers
        if each.scenarios is None or reader in each.scenarios
    ]
    known = {each.atoms for each in guarded if each.scenarios is None}
    known |= {entry.atoms for entry in ledger.entries if isinstance(entry.shown, int)}
    kept = {entry.atoms: f"{entry.issue}: {entry.name}" for entry in ledger.entries if entry.atoms not in known}
    kept |= {cell.atoms: cell.name for cell in issue.cells if cell.kept and cell.atoms not in known}
    return targets + [
        Target(name, PUBLIC, atoms, sum_atoms(atoms, counts), 1, kept=True) for atoms, name in kept.items()
    ]


def compute_bounds(
    issue: Issue,
    shown: Mapping[str, Shown],
    atoms: Collection[Atom],
    scenario: str = PUBLIC,
    ledger: Ledger | None = None,
    budget: Budget = UNLIMITED,
) -> Range:
    """The least and the largest sum of ``atoms`` over all tables that agree with what is shown, as a reader sees it.

    ``shown`` says by cell name what is printed; what it does not name is hidden. A partner knows its own atoms. The
    linear relaxation comes first; where its end is no whole table, an integer programme follows. Raises KeyError for
    an atom without a count.
    """
    model = make_model(issue, ledger or Ledger(), [frozenset(atoms)])
    knowledge = make_knowledge(model, make_pattern(model, shown))
    search = Search(model, budget)
    columns = model.find_columns(atoms)
    ends = []
    for side in Side:
        goal = Goal(0, scenario, columns, side, 0)
        ends.append(search.find_end(goal, knowledge))
    (low, sure_low), (high, sure_high) = ends
    limit = compute_ceiling(knowledge, model.truth, 0)
    return Range(low, None if high >= limit else high, sure_low and sure_high)
