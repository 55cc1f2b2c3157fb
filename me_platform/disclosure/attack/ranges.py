"""The range a number must lie in by all that is known: bounds passed on, linear programmes, integer programmes.

Bounds are passed from relation to relation first, which fixes most numbers; what is left falls apart into small
systems that share no unknown number, and each is solved on its own (SciPy's HiGHS).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from me_platform.disclosure.attack.knowledge import Knowledge, Relation, Terms

Vector = npt.NDArray[np.float64]

HAIR = 1e-6
"""Numbers nearer to each other than this are equal: a solver's rounding."""
_PATIENCE = 60
"""How often the bounds of one number may be tightened: without an end they may creep for ever."""
_OUT_OF_TIME, _INFEASIBLE = 1, 2
_ROUGH = 0.25
"""How far a world may be from the farthest one: it only has to be another one."""


class Method(StrEnum):
    """By what a range was found."""

    SUMS = "sums"
    LINEAR = "linear"
    WHOLE = "whole numbers"


class Contradiction(Exception):
    """No world agrees with everything known; the relation is one that could not be kept."""

    def __init__(self, relation: Relation | None) -> None:
        self.relation = relation
        super().__init__(relation.why if relation else "")


@dataclass(frozen=True)
class Range:
    """All worlds agree that the number lies from ``low`` to ``high``. ``complete`` is false where time ran out."""

    low: float
    high: float
    method: Method
    complete: bool = True


@dataclass
class Part:
    """A system of its own: names, bounds, rows over them, and the worlds found so far (one number for each name)."""

    names: tuple[str, ...]
    low: Vector
    high: Vector
    whole: npt.NDArray[np.int64]
    relations: tuple[Relation, ...]
    rows: csr_array | None
    row_low: Vector
    row_high: Vector
    worlds: list[Vector] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = {name: number for number, name in enumerate(self.names)}

    def weigh(self, terms: Mapping[str, float]) -> Vector:
        """The weights as a vector over the names."""
        weights = np.zeros(len(self.names))
        for name, weight in terms.items():
            weights[self.place[name]] = weight
        return weights

    def find_least(self, weights: Vector, *, whole: bool, seconds: float) -> tuple[float, bool]:
        """The least value of a weighted sum, and whether it is the true one and not only a bound below it.

        Minus infinity where there is no least. Raises Contradiction.
        """
        found = self._solve(weights, whole=whole, seconds=seconds, gap=0.0)
        if found.status == 0 and found.fun is not None:
            return float(found.fun), True
        bound = getattr(found, "mip_dual_bound", None)
        return (-math.inf if bound is None else float(bound)), found.status != _OUT_OF_TIME

    def find_world(self, weights: Vector, seconds: float) -> None:
        """Look for a world in which a weighted sum is about as small as can be. Raises Contradiction."""
        self._solve(weights, whole=True, seconds=seconds, gap=_ROUGH)

    def _solve(self, weights: Vector, *, whole: bool, seconds: float, gap: float) -> OptimizeResult:
        found = self._run(weights, whole=whole, seconds=seconds, gap=gap, presolve=True)
        if found.status == _INFEASIBLE:
            # HiGHS' presolve has called systems infeasible for which it had found worlds before.
            found = self._run(weights, whole=whole, seconds=seconds, gap=gap, presolve=False)
        if found.status == _INFEASIBLE:
            raise Contradiction(None)
        if found.x is not None and whole:
            self.worlds.append(np.where(self.whole > 0, np.round(found.x), found.x))
        return found

    def _run(self, weights: Vector, *, whole: bool, seconds: float, gap: float, presolve: bool) -> OptimizeResult:
        return milp(
            weights,
            integrality=self.whole if whole else np.zeros(len(self.names), dtype=np.int64),
            bounds=Bounds(self.low, self.high),
            constraints=() if self.rows is None else LinearConstraint(self.rows, self.row_low, self.row_high),
            options={"time_limit": seconds, "mip_rel_gap": gap, "presolve": presolve},
        )


class System:
    """Knowledge made ready for questions: bounds of every number, and the parts that hang together."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Raises Contradiction where bounds cross."""
        self.low: dict[str, float] = {each.name: 0.0 for each in knowledge.quantities}
        self.high: dict[str, float] = {each.name: math.inf for each in knowledge.quantities}
        self.whole: dict[str, bool] = {each.name: each.whole for each in knowledge.quantities}
        self.relations = knowledge.relations
        self._pass_bounds_on()
        self.parts = tuple(self._list_parts())
        self.part_of = {name: part for part in self.parts for name in part.names}

    def is_fixed(self, name: str) -> bool:
        """Whether the number is known."""
        return self.high[name] - self.low[name] < HAIR

    def is_nothing(self, name: str) -> bool:
        """Whether the number is known to be 0."""
        return self.high[name] < HAIR

    def split(self, terms: Terms) -> tuple[float, dict[int, dict[str, float]]]:
        """The part of a sum that is known, and the rest by the number of its part."""
        constant = 0.0
        rest: dict[int, dict[str, float]] = {}
        places = {id(part): number for number, part in enumerate(self.parts)}
        for name, weight in terms:
            if self.is_fixed(name):
                constant += weight * self.low[name]
            else:
                mine = rest.setdefault(places[id(self.part_of[name])], {})
                mine[name] = mine.get(name, 0.0) + weight
        return constant, rest

    def find_range(self, terms: Terms, *, whole: bool = True, seconds: float = 10.0) -> Range:
        """The range of a weighted sum, by linear programmes or by integer programmes. Raises Contradiction."""
        constant, rest = self.split(terms)
        low = high = constant
        complete = True
        for number, mine in rest.items():
            part = self.parts[number]
            weights = part.weigh(mine)
            least, sure = part.find_least(weights, whole=whole, seconds=seconds)
            most, surely = part.find_least(-weights, whole=whole, seconds=seconds)
            low, high, complete = low + least, high - most, complete and sure and surely
        method = Method.SUMS if not rest else Method.WHOLE if whole else Method.LINEAR
        if all(self.whole[name] for name, _ in terms):
            low, high = _round_up(low), _round_down(high)
        return Range(low, high, method, complete)

    # -- bounds ------------------------------------------------------------------------------------------------------

    def _pass_bounds_on(self) -> None:
        """Tighten the bounds of every number by every relation until nothing changes any more."""
        holding: dict[str, list[int]] = {name: [] for name in self.low}
        for number, relation in enumerate(self.relations):
            for name, _ in relation.terms:
                holding[name].append(number)
        changes = dict.fromkeys(self.low, 0)
        waiting = deque(range(len(self.relations)))
        queued = set(waiting)
        while waiting:
            number = waiting.popleft()
            queued.discard(number)
            for name in self._tighten(self.relations[number]):
                changes[name] += 1
                if changes[name] <= _PATIENCE:
                    more = [each for each in holding[name] if each not in queued]
                    waiting.extend(more)
                    queued.update(more)

    def _tighten(self, relation: Relation) -> list[str]:
        """Names whose bounds one relation tightens. Raises Contradiction."""
        spans = {name: sorted((weight * self.low[name], weight * self.high[name])) for name, weight in relation.terms}
        changed: list[str] = []
        for name, weight in relation.terms:
            others_low = sum(span[0] for other, span in spans.items() if other != name)
            others_high = sum(span[1] for other, span in spans.items() if other != name)
            ends = sorted(((relation.low - others_high) / weight, (relation.high - others_low) / weight))
            low, high = (_round_up(ends[0]), _round_down(ends[1])) if self.whole[name] else (ends[0], ends[1])
            old_low, old_high = self.low[name], self.high[name]
            if low > old_low + HAIR or high < old_high - HAIR:
                self.low[name], self.high[name] = max(low, old_low), min(high, old_high)
                changed.append(name)
            if self.low[name] > self.high[name] + HAIR:
                raise Contradiction(relation)
        return changed

    # -- parts -------------------------------------------------------------------------------------------------------

    def _list_parts(self) -> Iterable[Part]:
        """Numbers that are not known yet, by what hangs together through relations."""
        open_relations = [
            relation
            for relation in self.relations
            if sum(not self.is_fixed(name) for name, _ in relation.terms) > 1 and not self._is_kept(relation)
        ]
        root = {name: name for name in self.low if not self.is_fixed(name)}

        def find(name: str) -> str:
            while root[name] != name:
                root[name] = root[root[name]]
                name = root[name]
            return name

        for relation in open_relations:
            names = [name for name, _ in relation.terms if name in root]
            for name in names[1:]:
                root[find(name)] = find(names[0])
        members: dict[str, list[str]] = {}
        for name in root:
            members.setdefault(find(name), []).append(name)
        mine: dict[str, list[Relation]] = {}
        for relation in open_relations:
            mine.setdefault(find(next(name for name, _ in relation.terms if name in root)), []).append(relation)
        for head, names in members.items():
            yield self._make_part(names, mine.get(head, []))

    def _is_kept(self, relation: Relation) -> bool:
        """Whether the bounds alone keep a relation, so that it says nothing more."""
        ends = [sorted((weight * self.low[name], weight * self.high[name])) for name, weight in relation.terms]
        return (
            sum(end[0] for end in ends) >= relation.low - HAIR and sum(end[1] for end in ends) <= relation.high + HAIR
        )

    def _make_part(self, names: Sequence[str], relations: Sequence[Relation]) -> Part:
        place = {name: number for number, name in enumerate(names)}
        entries: list[tuple[int, int, float]] = []
        lows, highs = [], []
        for row, relation in enumerate(relations):
            constant = 0.0
            for name, weight in relation.terms:
                if name in place:
                    entries.append((row, place[name], weight))
                else:
                    constant += weight * self.low[name]
            lows.append(relation.low - constant)
            highs.append(relation.high - constant)
        rows = None
        if entries:
            row_places, columns, weights = (np.array(each) for each in zip(*entries, strict=True))
            rows = csr_array((weights.astype(np.float64), (row_places, columns)), shape=(len(lows), len(names)))
        return Part(
            tuple(names),
            np.array([self.low[name] for name in names]),
            np.array([self.high[name] for name in names]),
            np.array([int(self.whole[name]) for name in names], dtype=np.int64),
            tuple(relations),
            rows,
            np.array(lows),
            np.array(highs),
        )


def _round_up(value: float) -> float:
    return math.ceil(value - HAIR) if math.isfinite(value) else value


def _round_down(value: float) -> float:
    return math.floor(value + HAIR) if math.isfinite(value) else value
