"""Looks for worlds that leave sensitive numbers open, and says which shown figures are to blame where there are none.

All goals are looked for at once, for every reader, by the linear relaxation: it usually has whole numbers for an
answer. What is left is asked for goal by goal, with an integer programme where that leaves a doubt. A world counts only
after it has been checked in whole numbers, so that no proof rests on the solver's rounding.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from me_platform.disclosure.atoms import PUBLIC, Atom, Issue
from me_platform.disclosure.bands import Shown
from me_platform.disclosure.ledger import Ledger
from me_platform.disclosure.programmes import Programme, Solver
from me_platform.disclosure.views import HAIR, Known, Part, View, make_known
from me_platform.disclosure.worlds import (
    UNLIMITED,
    Budget,
    Goal,
    Knowledge,
    Model,
    Places,
    Range,
    Side,
    Vector,
    World,
    make_knowledge,
    make_model,
    make_pattern,
)

WHOLE = 1e-5
"""What a number may be off a whole one and still be taken for it."""
TOGETHER = 8
"""So many needs are asked for one by one in one call."""

Need: TypeAlias = tuple[int, ...]
"""One or two goals, by their places, of which one has to be met."""


class _Stack:
    """Rows of one width, to which more are added now and then: room is made for twice as many."""

    def __init__(self, width: int, kind: type) -> None:
        self._rows: npt.NDArray[Any] = np.zeros((64, width), dtype=kind)
        self.count = 0

    def add(self, rows: npt.NDArray[Any]) -> None:
        """Add rows below those there are."""
        end = self.count + len(rows)
        if end > len(self._rows):
            more = np.zeros((2 * end - len(self._rows), self._rows.shape[1]), dtype=self._rows.dtype)
            self._rows = np.vstack([self._rows, more])
        self._rows[self.count : end] = rows
        self.count = end

    @property
    def rows(self) -> npt.NDArray[Any]:
        """All of them."""
        return self._rows[: self.count]


@dataclass
class Search:
    """Looks for worlds that meet goals, and keeps those found.

    Of each world its sums over all rows of the model are kept, and the goals it meets where it agrees with what is
    known. ``hopeless`` counts how often no world was found for a need.
    """

    model: Model
    goals: Sequence[Goal]
    budget: Budget
    solver: Solver = field(default_factory=Solver)
    _worlds: _Stack = field(init=False)
    hopeless: Counter[Need] = field(default_factory=Counter)
    _sums: _Stack = field(init=False)
    _reached: _Stack = field(init=False)
    _knowledge: Knowledge | None = None
    _known: Known | None = None
    _views: dict[int, View] = field(default_factory=dict)
    _proofs: dict[int, Places] = field(default_factory=dict)

    def __post_init__(self) -> None:
        width = len(self.model.truth)
        forms = {columns: place for place, columns in enumerate(dict.fromkeys(goal.columns for goal in self.goals))}
        readers = {who: place for place, who in enumerate(sorted({goal.scenario for goal in self.goals}))}
        self._own = np.array([self.model.find_own(who) for who in readers], dtype=np.bool_).reshape(-1, width)
        self._forms = csr_array(
            (
                np.ones(sum(map(len, forms)), dtype=np.int64),
                np.array([column for columns in forms for column in columns], dtype=np.int64),
                np.cumsum([0, *map(len, forms)]),
            ),
            shape=(len(forms), width),
        )
        self._form = np.array([forms[goal.columns] for goal in self.goals], dtype=np.int64)
        self._reader = np.array([readers[goal.scenario] for goal in self.goals], dtype=np.int64)
        self._high = np.array([goal.side is Side.HIGH for goal in self.goals], dtype=np.bool_)
        self._bound = np.array([goal.bound for goal in self.goals], dtype=np.int64)
        self._worlds = _Stack(width, np.int64)
        self._sums = _Stack(self.model.rows.shape[0], np.int64)
        self._reached = _Stack(len(self.goals), np.bool_)
        self._first = np.full(len(self.goals), -1, dtype=np.int64)
        self.add_worlds(self.model.truth[None, :])

    @property
    def worlds(self) -> World:
        """All that were found so far, the truth first."""
        return self._worlds.rows

    # -- worlds ---------------------------------------------------------------------------------------------------

    def add_worlds(self, worlds: World) -> None:
        """Keep tables for later, whatever they agree with."""
        fits = (worlds != self.model.truth).astype(np.int64) @ self._own.T.astype(np.int64) == 0
        counted = (self._forms @ worlds.T).T[:, self._form]
        reached = np.where(self._high, counted >= self._bound, counted <= self._bound) & fits[:, self._reader]
        sums = (self.model.rows @ worlds.T).T
        start = self._worlds.count
        self._worlds.add(worlds)
        self._sums.add(sums)
        self._reached.add(reached)
        if self._knowledge is not None:
            self._note_met(self._knowledge, sums, reached, start)

    def learn(self, knowledge: Knowledge) -> None:
        """Take this for what is known."""
        if self._knowledge is not knowledge:
            self._knowledge = knowledge
            self._first[:] = -1
            self._note_met(knowledge, self._sums.rows, self._reached.rows, 0)

    def _note_met(self, knowledge: Knowledge, sums: World, reached: npt.NDArray[np.bool_], start: int) -> None:
        """For each goal the first world that meets it as far as is known; these are those from ``start`` on."""
        good = np.flatnonzero(knowledge.agrees(sums))
        news = np.flatnonzero((self._first < 0) & reached[good].any(axis=0))
        if len(news):
            self._first[news] = start + good[reached[np.ix_(good, news)].argmax(axis=0)]

    def find_met(self, knowledge: Knowledge) -> dict[int, int]:
        """Goals that a world found earlier meets, with the place of the first such world."""
        self.learn(knowledge)
        met = np.flatnonzero(self._first >= 0)
        return dict(zip(met.tolist(), self._first[met].tolist(), strict=True))

    # -- looking for worlds ---------------------------------------------------------------------------------------

    def find_open(self, needs: Iterable[Need], knowledge: Knowledge, enough: int = 10**9) -> list[Need]:
        """Needs that no world can meet, or none that was found in time; stops when ``enough`` are known.

        Those that were hopeless before come first.
        """
        self.learn(knowledge)
        left = self._drop_met(needs)
        if left:
            self._guess(left, knowledge)
            left = self._drop_met(left)
        left.sort(key=lambda need: (-self.hopeless[need], self.goals[need[0]].scenario != PUBLIC))
        blocked, _ = self._settle([need for need in left if self.hopeless[need]], knowledge)
        if len(blocked) < enough:
            left = self._drop_met(need for need in left if need not in set(blocked))
            blocked += self._ask(left, knowledge, enough - len(blocked))
        self.hopeless.update(blocked)
        return blocked

    def _ask(self, needs: Sequence[Need], knowledge: Knowledge, enough: int) -> list[Need]:
        """All at once as long as that helps, then one by one, some in each call."""
        left = list(needs)
        while len(left) > TOGETHER:
            self._look_for_many([goal for need in left for goal in need], knowledge)
            fewer = self._drop_met(left)
            if len(fewer) == len(left):
                break
            left = fewer
        blocked: list[Need] = []
        while left and len(blocked) < enough:
            news, left = self._settle(left, knowledge)
            blocked += news
        return blocked

    def _settle(self, needs: Sequence[Need], knowledge: Knowledge) -> tuple[list[Need], list[Need]]:
        """Ask for some of the needs one by one, in one call: those that cannot be met, and those that are left."""
        asked = self._choose_apart(needs)
        doubts = self._price([goal for need in asked for goal in need], knowledge) if asked else set()
        blocked = [
            need
            for need in self._drop_met(asked)
            if not any(goal in doubts and self._find_whole(goal, knowledge) for goal in need)
        ]
        return blocked, self._drop_met(need for need in needs if need not in asked)

    def _choose_apart(self, needs: Sequence[Need]) -> list[Need]:
        """Some of the needs; first those of numbers that are not part of each other, whose proofs often differ."""
        apart: list[Need] = []
        others: list[Need] = []
        taken: list[tuple[Side, set[int]]] = []
        for need in needs:
            goal = self.goals[need[0]]
            columns = set(goal.columns)
            if any(side is goal.side and columns <= whole for side, whole in taken):
                others.append(need)
            else:
                apart.append(need)
                taken.append((goal.side, columns))
            if len(apart) == TOGETHER:
                break
        return [*apart, *others][:TOGETHER]

    def _drop_met(self, needs: Iterable[Need]) -> list[Need]:
        met = (self._first >= 0).tolist()
        return [need for need in needs if not (met[need[0]] or met[need[-1]])]

    def _guess(self, needs: Sequence[Need], knowledge: Knowledge) -> None:
        """Worlds as the truth is, but for columns of which nothing is known: nobody in them, or enough for any goal."""
        loose = np.bincount(knowledge.rows.indices, minlength=len(self.model.truth)) == 0
        goals = np.array([goal for need in needs for goal in need], dtype=np.int64)
        goals = goals[(self._forms @ ~loose == 0)[self._form[goals]]]
        cases = {(int(self._reader[goal]), int(self._bound[goal]) * bool(self._high[goal])) for goal in goals}
        if cases:
            guesses = [
                np.where(loose & ~self._own[reader], people, self.model.truth) for reader, people in sorted(cases)
            ]
            self.add_worlds(np.array(guesses))

    def _look_for_many(self, goals: Sequence[int], knowledge: Knowledge) -> None:
        """For each reader and side one world that meets as many of the goals as it can, each up to its bound.

        Where a corner of the relaxation is not whole, an integer programme looks for that world.
        """
        groups: dict[tuple[int, bool], list[int]] = {}
        for goal in goals:
            groups.setdefault((int(self._reader[goal]), bool(self._high[goal])), []).append(goal)
        questions = [self._make_programme(each, knowledge) for each in groups.values()]
        found = self.solver.relax([programme for _, programme in questions], self.budget.left)
        kept = self._keep([(answer, part) for answer, (part, _) in zip(found, questions, strict=True)], knowledge)
        for (part, programme), is_kept in zip(questions, kept, strict=True):
            if not is_kept:
                answer = self.solver.solve(programme, self.budget.left, gap=0.1)
                self._keep([(answer, part)], knowledge)

    def _price(self, goals: Sequence[int], knowledge: Knowledge) -> set[int]:
        """Ask for each goal by itself; those of which the relaxation has neither a whole world nor a proof of none.

        What proves it is noted: the rows that have a price.
        """
        questions = [self._make_lone(goal, knowledge) for goal in goals]
        answers = self.solver.price([programme for _, programme in questions], self.budget.left)
        found = [(answer[0] if answer else None) for answer in answers]
        self._keep([(answer, part) for answer, (part, _) in zip(found, questions, strict=True)], knowledge)
        doubts = set()
        for goal, (part, programme), answer in zip(goals, questions, answers, strict=True):
            self._proofs.pop(goal, None)
            if answer is None:
                continue
            bound = self._bound[goal] * (-1 if self._high[goal] else 1)
            if programme.objective @ answer[0] <= bound + HAIR:
                doubts.add(goal)
                continue
            prices = _drop_hairs(answer[1])
            if self._is_proof(goal, programme, prices):
                self._proofs[goal] = self._get_known(knowledge).find_rows(part.lines, prices)
        return doubts

    def _find_whole(self, goal: int, knowledge: Knowledge) -> bool:
        """Whether an integer programme finds a world for a goal."""
        part, lone = self._make_lone(goal, knowledge)
        bound = int(self._bound[goal]) * (-1 if self._high[goal] else 1)
        answer = self.solver.solve(lone.ask_for(-math.inf, bound), self.budget.left)
        return self._keep([(answer, part)], knowledge)[0]

    # -- what is to blame -----------------------------------------------------------------------------------------

    def explain(self, needs: Sequence[Need], knowledge: Knowledge) -> list[frozenset[int]]:
        """For each of blocked needs the shown groups that together rule out every world it asks for, each by itself.

        Those of a linear proof where there is one (the rows with a price in its dual); else all, less whatever can be
        left out one half after the other. Empty where what nobody can take back rules them out.
        """
        proved = [goal for need in needs for goal in need if goal in self._proofs]
        blamed = dict(zip(proved, self._find_blamed(proved, knowledge), strict=True))
        return [
            frozenset().union(*(blamed[goal] if goal in blamed else self._filter(goal, knowledge) for goal in need))
            for need in needs
        ]

    def _find_blamed(self, goals: Sequence[int], knowledge: Knowledge) -> Iterable[frozenset[int]]:
        """The groups that have a price when only the rows of the noted proof are known: no more than it needs."""
        questions = []
        for goal in goals:
            proof = self._proofs[goal]
            own = self._own[self._reader[goal]]
            view = View.make(
                csr_array(knowledge.rows[proof]), knowledge.low[proof], knowledge.high[proof], own, self.model.truth
            )
            questions.append(self._make_question(goal, view.get_part(self._get_columns(goal)), knowledge))
        answers = self.solver.price([programme for _, programme in questions], self.budget.left)
        for goal, (part, programme), answer in zip(goals, questions, answers, strict=True):
            rows = self._proofs[goal]
            if answer is not None and self._is_proof(goal, programme, prices := _drop_hairs(answer[1])):
                rows = rows[part.lines[prices != 0]]
            yield frozenset(int(group) for group in knowledge.blame[rows] if group >= 0)

    def _is_proof(self, goal: int, programme: Programme, prices: Vector) -> bool:
        """Whether prices prove that no world meets a goal."""
        bound = int(self._bound[goal]) * (-1 if self._high[goal] else 1)
        return programme.compute_floor(prices) > bound + HAIR

    def _filter(self, goal: int, knowledge: Knowledge) -> frozenset[int]:
        groups = sorted({int(group) for group in knowledge.blame if group >= 0})
        step = max(1, len(groups) // 2)
        while groups and self.budget.left > 0:
            for start in range(0, len(groups), step):
                fewer = groups[:start] + groups[start + step :]
                if self.find_open([(goal,)], knowledge.restrict(fewer)):
                    groups = fewer
                    break
            else:
                if step == 1:
                    break
                step = max(1, step // 2)
        return frozenset(groups)

    # -- ends of a sum --------------------------------------------------------------------------------------------

    def find_end(self, goal: int, knowledge: Knowledge) -> tuple[int, bool]:
        """The end of a sum on the goal's side, and whether a whole table has it; else that of the relaxation."""
        sign = -1 if self._high[goal] else 1
        part, programme = self._make_lone(goal, knowledge)
        (relaxed,) = self.solver.relax([programme], self.budget.left)
        if relaxed is None:
            return (math.ceil(programme.upper.max(initial=0)) if self._high[goal] else 0), False
        found, exact = relaxed, self._keep([(relaxed, part)], knowledge)[0]
        if not exact:
            unsure = self.solver.unsure
            whole = self.solver.solve(programme, self.budget.left)
            exact = self._keep([(whole, part)], knowledge)[0] and self.solver.unsure == unsure
            found = whole if exact and whole is not None else found
        return sign * math.ceil(float(programme.objective @ found) - HAIR), exact

    # -- programmes -----------------------------------------------------------------------------------------------

    def _get_known(self, knowledge: Knowledge) -> Known:
        """What is known in few words."""
        if self._known is None or self._known.knowledge is not knowledge:
            self._known, self._views = make_known(knowledge, self._known), {}
        return self._known

    def _get_part(self, goals: Sequence[int], knowledge: Knowledge) -> Part:
        """Everything that has to do with goals of one reader, as that reader sees it."""
        known, reader = self._get_known(knowledge), int(self._reader[goals[0]])
        if reader not in self._views:
            self._views[reader] = View.make(known.rows, known.low, known.high, self._own[reader], self.model.truth)
        return self._views[reader].get_part(np.concatenate([self._get_columns(goal) for goal in goals]))

    def _get_columns(self, goal: int) -> Places:
        form = self._form[goal]
        return np.asarray(self._forms.indices[self._forms.indptr[form] : self._forms.indptr[form + 1]])

    def _make_lone(self, goal: int, knowledge: Knowledge) -> tuple[Part, Programme]:
        """The sum of one goal, made small or large."""
        return self._make_question(goal, self._get_part([goal], knowledge), knowledge)

    def _make_question(self, goal: int, part: Part, knowledge: Knowledge) -> tuple[Part, Programme]:
        objective = np.zeros(len(part.columns))
        objective[part.places[self._get_columns(goal)]] = -1.0 if self._high[goal] else 1.0
        ceiling = knowledge.compute_ceiling(int(self._bound[goal]))
        ends = np.zeros(len(objective)), np.full(len(objective), ceiling)
        return part, Programme(objective, part.rows, part.low, part.high, *ends)

    def _make_programme(self, goals: Sequence[int], knowledge: Knowledge) -> tuple[Part, Programme]:
        """As many of the goals of one reader and side as can be met together, each counted up to its bound.

        A number counts from its bound on: z >= F x and z >= bound are made small, z <= F x and z <= bound large.
        """
        part, high = self._get_part(goals, knowledge), bool(self._high[goals[0]])
        width, many = len(part.columns), len(goals)
        forms = [part.places[self._get_columns(goal)] for goal in goals]
        lengths = np.array([len(form) + 1 for form in forms])
        columns = np.concatenate([each for row, form in enumerate(forms) for each in (form, [width + row])])
        factors = np.ones(len(columns))
        factors[np.cumsum(lengths) - 1] = -1
        bounds = self._bound[list(goals)].astype(np.float64)
        ceiling = knowledge.compute_ceiling(int(bounds.max()))
        return part, Programme(
            objective=np.concatenate([np.zeros(width), np.full(many, -1.0 if high else 1.0)]),
            rows=part.rows.add(factors, columns, lengths),
            low=np.concatenate([part.low, np.zeros(many) if high else np.full(many, -math.inf)]),
            high=np.concatenate([part.high, np.full(many, math.inf) if high else np.zeros(many)]),
            lower=np.concatenate([np.zeros(width), np.zeros(many) if high else bounds]),
            upper=np.concatenate([np.full(width, ceiling), bounds if high else np.full(many, math.inf)]),
        )

    def _keep(self, answers: Sequence[tuple[Vector | None, Part]], knowledge: Knowledge) -> list[bool]:
        """Keep the worlds of answers; whether each is one: whole, and in agreement with what is known.

        Outside its part a world is as the truth is.
        """
        kept = np.zeros(len(answers), dtype=np.bool_)
        worlds = np.repeat(self.model.truth[None, :], len(answers), axis=0)
        for place, (answer, part) in enumerate(answers):
            if answer is not None:
                found = answer[: len(part.columns)]
                worlds[place, part.columns] = np.rint(found).astype(np.int64)
                kept[place] = np.abs(found - worlds[place, part.columns]).max(initial=0) <= WHOLE
        kept &= (worlds >= 0).all(axis=1) & knowledge.agrees((self.model.rows @ worlds.T).T)
        self.add_worlds(worlds[kept])
        return kept.tolist()


def _drop_hairs(prices: Vector) -> Vector:
    return np.where(np.abs(prices) > HAIR, prices, 0)


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
    own = model.find_own(scenario)
    columns = model.find_columns(atoms)
    others = tuple(column for column in columns if not own[column])
    known = int(sum(model.truth[column] for column in columns if own[column]))
    if not others:
        return Range(known, known)
    search = Search(model, [Goal(0, scenario, others, side, 0) for side in Side], budget)
    (low, sure_low), (high, sure_high) = (search.find_end(goal, knowledge) for goal in range(len(search.goals)))
    limit = knowledge.compute_ceiling(0)
    return Range(known + low, None if high >= limit else known + high, sure_low and sure_high)
