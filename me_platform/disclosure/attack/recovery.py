"""The attack: every question asked of everything known, in public and as each partner's own staff.

A world is one set of numbers that agrees with everything known. Two worlds that differ on a number show that it is
not given away, so worlds are collected first and solvers are asked only about what no world has cleared: first
linear programmes, then integer programmes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from me_platform.disclosure.attack.knowledge import (
    Aim,
    Knowledge,
    Question,
    Relation,
    Terms,
    add_known,
    is_recovered,
    join_knowledge,
    list_sources,
)
from me_platform.disclosure.attack.ranges import HAIR, Contradiction, Method, Part, Range, System, Vector

PUBLIC = "public"
SECONDS = 10.0
"""Longest one programme may run."""
_TRIES = 5
"""Worlds looked for in each part before any question is asked of a solver."""
_GLANCE = 1.0
"""Seconds to look for one of these worlds; any world will do, near to the farthest one or not."""
_OWN_WORLDS = 2
"""Sets of own numbers tried for a partner whose own numbers are not given."""


@dataclass(frozen=True)
class Finding:
    """A number that was recovered: who can do it, what it is, and what it is proved to lie in.

    ``low`` and ``high`` are None where a partner's staff can work the number out from their own numbers, which this
    program was not given. ``because`` are the relations that prove it, ``sources`` the lines they stand in.
    """

    scenario: str
    question: Question
    low: float | None
    high: float | None
    method: Method
    because: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an attack came to.

    ``asked`` is the number of questions of each scenario; ``given_up`` are assumptions the printed numbers
    contradict, ``contradicted`` printed lines that contradict each other, ``unanswered`` questions whose time ran
    out.
    """

    findings: tuple[Finding, ...]
    asked: Mapping[str, int]
    given_up: tuple[Relation, ...] = ()
    contradicted: tuple[Relation, ...] = ()
    unanswered: tuple[tuple[str, Question], ...] = ()


def attack(
    knowledge: Knowledge,
    partners: Sequence[str] = (),
    own: Mapping[str, Knowledge] | None = None,
    seconds: float = SECONDS,
    *,
    proved: bool = True,
) -> Outcome:
    """Ask every question in the public scenario and in that of each partner.

    ``own`` is by partner what its staff know besides. Of a partner that is not in it, only that staff know their own
    numbers is used: a number that these fix, whatever they are, is recovered. Of a number over several partners staff
    ask about the people who are not theirs (P2); where everybody knows how many these are, they learn nothing.
    ``seconds`` limits every single programme; without ``proved`` no finding says by what it is proved.
    """
    knowledge, given_up, contradicted = find_consistent(knowledge)
    system = System(knowledge)
    public = _Scenario(PUBLIC, system, seconds)
    findings = list(public.list_findings(knowledge.questions))
    known = {_get_key(finding.question) for finding in findings}
    asked = {PUBLIC: len(knowledge.questions)}
    for partner in partners:
        questions = [each for each in knowledge.questions if each.owner != partner and _get_key(each) not in known]
        asked[partner] = len(questions)
        if own and partner in own:
            inside, given_up_inside, contradicted_inside = find_consistent(join_knowledge(knowledge, own[partner]))
            given_up += given_up_inside
            contradicted += contradicted_inside
            scenario = _Scenario(partner, System(inside), seconds)
            recovered = list(scenario.list_findings([each.leave_out(partner) for each in questions]))
            public.unanswered += scenario.unanswered
        else:
            recovered = list(_list_fixed_by_own(public, knowledge, partner, questions))
        findings += [each for each in recovered if not public.is_fixed(each.question.leave_out(partner))]
    explained = tuple(_explain(knowledge, finding) if proved else finding for finding in findings)
    return Outcome(explained, asked, given_up, contradicted, tuple(public.unanswered))


def _get_key(question: Question) -> tuple[Terms, Aim]:
    return question.terms, question.aim


class _Scenario:
    """What one reader knows, and the questions as they are asked of it."""

    def __init__(self, name: str, system: System, seconds: float) -> None:
        self.name, self.system, self.seconds = name, system, seconds
        self.unanswered: list[tuple[str, Question]] = []
        self.chance = np.random.default_rng(len(system.relations))
        self.looked_at: set[int] = set()

    def list_findings(self, questions: Iterable[Question]) -> Iterator[Finding]:
        """What is recovered, each with the method that was enough."""
        for question in questions:
            found = self.find_range(question)
            if found is not None and is_recovered(found.low, found.high, question):
                yield Finding(self.name, question, found.low, found.high, found.method)

    def find_range(self, question: Question) -> Range | None:
        """The range of a question; None where worlds show that it is not recovered."""
        _, rest = self.system.split(question.terms)
        if question.aim is Aim.DIFFERENCE and any(self.system.is_nothing(name) for name, _ in question.terms):
            return None  # Nothing taken away: the number itself is asked about elsewhere.
        if not rest:
            return self.system.find_range(question.terms)
        if self.is_cleared(question):
            return None
        found = self.system.find_range(question.terms, whole=False, seconds=self.seconds)
        if is_recovered(found.low, found.high, question) or question.aim is Aim.AMOUNT:
            return found
        found = self.system.find_range(question.terms, whole=True, seconds=self.seconds)
        if not found.complete and not is_recovered(found.low, found.high, question):
            self.unanswered.append((self.name, question))
        return found

    def is_cleared(self, question: Question) -> bool:
        """Whether the worlds found so far leave the number open."""
        constant, rest = self.system.split(question.terms)
        low = high = constant
        for number, mine in rest.items():
            part = self.system.parts[number]
            self.look_for_worlds(part)
            values = [float(part.weigh(mine) @ world) for world in part.worlds]
            if not values:
                return False
            low, high = low + min(values), high + max(values)
        return not is_recovered(low, high, question) and not (
            question.aim is Aim.AMOUNT or is_recovered(round(low), round(high), question)
        )

    def list_parts(self, question: Question) -> list[Part]:
        """The parts a question is about."""
        return [self.system.parts[number] for number in self.system.split(question.terms)[1]]

    def choose_own(self, own: frozenset[str], turn: int) -> dict[str, float]:
        """Own numbers of a partner as they are in one of the worlds of each part."""
        chosen: dict[str, float] = {}
        for part in self.system.parts:
            names = [name for name in part.names if name in own]
            if names:
                self.look_for_worlds(part)
            if names and part.worlds:
                world = part.worlds[turn % len(part.worlds)]
                chosen |= {name: float(world[part.place[name]]) for name in names}
        return chosen

    def is_fixed(self, question: Question) -> bool:
        """Whether everything known leaves a number one value; False where time runs out before that is known."""
        constant, rest = self.system.split(question.terms)
        low = high = constant
        for number, mine in rest.items():
            part = self.system.parts[number]
            self.look_for_worlds(part)
            values = [float(part.weigh(mine) @ world) for world in part.worlds] or [0.0]
            low, high = low + min(values), high + max(values)
        if high - low > 1 - HAIR:
            return False
        found = self.system.find_range(question.terms, whole=False, seconds=self.seconds)
        if found.high - found.low < 1 - HAIR:
            return True
        found = self.system.find_range(question.terms, whole=True, seconds=self.seconds)
        return found.high - found.low < 1 - HAIR

    def look_for_worlds(self, part: Part) -> None:
        """A few worlds of a part, as far from each other as chance will have it."""
        if id(part) in self.looked_at:
            return
        self.looked_at.add(id(part))
        for _ in range(_TRIES):
            weights = self.chance.choice([-1.0, 0.0, 1.0], len(part.names))
            # Numbers without an upper bound are pulled down: upwards there is no world farthest away.
            weights = np.where(np.isfinite(part.high), weights, 1.0)
            part.find_world(weights, min(self.seconds, _GLANCE))


# -- staff of a partner whose own numbers are not given ---------------------------------------------------------------


def _list_fixed_by_own(
    public: _Scenario, knowledge: Knowledge, partner: str, questions: Sequence[Question]
) -> Iterator[Finding]:
    """Numbers that a partner's own numbers fix, whatever they are.

    Some own numbers are tried out first: where they leave a number open, it is not fixed. Whether what is left is
    fixed by all own numbers is asked of an integer programme about pairs of worlds with the same own numbers.
    """
    own = frozenset(each.name for each in knowledge.quantities if each.owner == partner)
    asked = [each for each in questions if each.aim in {Aim.HIDDEN, Aim.BANDED}]
    left = [each for each in asked if any(own & set(part.names) for part in public.list_parts(each))]
    for turn in range(_OWN_WORLDS):
        tried = public.choose_own(own, turn)
        scenario = _Scenario(partner, System(add_known(knowledge, tried)), public.seconds)
        left = [question for question in left if scenario.is_fixed(question)]
    for question in left:
        _, rest = public.system.split(question.terms)
        if len(rest) != 1:
            continue
        [(number, mine)] = rest.items()
        part = public.system.parts[number]
        places = [part.place[name] for name in part.names if name in own]
        widest, complete = _find_widest(part, places, part.weigh(mine), public.seconds)
        if widest < 1 - HAIR:
            because = (f"whatever the own numbers of {partner} are, they leave it one value",)
            yield Finding(partner, question, None, None, Method.WHOLE, because)
        elif not complete:
            public.unanswered.append((partner, question))


def _find_widest(part: Part, places: Sequence[int], weights: Vector, seconds: float) -> tuple[float, bool]:
    """The largest difference of a weighted sum between two worlds with the same own numbers, and whether it is sure."""
    size = len(part.names)
    tie = eye_array(size, format="csr")[places, :]
    blocks = [hstack([tie, -tie])]
    lows, highs = [np.zeros(len(places))], [np.zeros(len(places))]
    if part.rows is not None:
        nothing = csr_array(part.rows.shape)
        blocks += [hstack([part.rows, nothing]), hstack([nothing, part.rows])]
        lows += [part.row_low] * 2
        highs += [part.row_high] * 2
    twice = Part(
        tuple(f"{name}'{copy}" for copy in range(2) for name in part.names),
        np.tile(part.low, 2),
        np.tile(part.high, 2),
        np.tile(part.whole, 2),
        (),
        csr_array(vstack(blocks)),
        np.concatenate(lows),
        np.concatenate(highs),
    )
    least, complete = twice.find_least(np.concatenate([weights, -weights]), whole=True, seconds=seconds)
    return -least, complete


# -- what does not fit together ---------------------------------------------------------------------------------------


def find_consistent(knowledge: Knowledge) -> tuple[Knowledge, tuple[Relation, ...], tuple[Relation, ...]]:
    """Knowledge that one world at least agrees with, the assumptions given up for it, and the printed lines.

    A linear programme bends as few relations as it can, printed ones only where no assumption is left to bend.
    """
    given_up: list[Relation] = []
    contradicted: list[Relation] = []
    while True:
        try:
            system = System(knowledge)
            for part in system.parts:
                part.find_least(np.zeros(len(part.names)), whole=False, seconds=SECONDS)
        except Contradiction:
            bent = _find_bent(knowledge)
            if not bent:
                return knowledge, tuple(given_up), tuple(contradicted)
            given_up += [relation for relation in bent if relation.assumed]
            contradicted += [relation for relation in bent if not relation.assumed]
            kept = tuple(relation for relation in knowledge.relations if relation not in bent)
            knowledge = Knowledge(knowledge.quantities, kept, knowledge.questions)
        else:
            return knowledge, tuple(given_up), tuple(contradicted)


_DEAR = 1000.0
"""How much dearer it is to bend what is printed than what is assumed."""


def _find_bent(knowledge: Knowledge) -> tuple[Relation, ...]:
    """The relations that a world which bends as little as possible does not keep."""
    place = {each.name: number for number, each in enumerate(knowledge.quantities)}
    size, relations = len(place), knowledge.relations
    costs = np.array([1.0 if relation.assumed else _DEAR for relation in relations])
    entries = [
        (2 * row + side, place[name], float(weight) * (-1 if side else 1))
        for row, relation in enumerate(relations)
        for name, weight in relation.terms
        for side in range(2)
    ]
    rows, columns, weights = (np.array(each) for each in zip(*entries, strict=True))
    limits = [limit for relation in relations for limit in (relation.high, -relation.low)]
    slack = csr_array(
        (np.full(2 * len(relations), -1.0), (np.arange(2 * len(relations)), np.repeat(np.arange(len(relations)), 2)))
    )
    matrix = hstack([csr_array((weights, (rows, columns)), shape=(2 * len(relations), size)), slack], format="csr")
    told = np.isfinite(limits)
    found = linprog(
        np.concatenate([np.zeros(size), costs]), A_ub=matrix[told], b_ub=np.array(limits)[told], bounds=(0, None)
    )
    if found.x is None:
        return ()
    return tuple(relation for relation, bend in zip(relations, found.x[size:], strict=True) if bend > HAIR)


# -- how it is proved -------------------------------------------------------------------------------------------------


def _explain(knowledge: Knowledge, finding: Finding) -> Finding:
    """The finding with the relations a linear programme proves it by, where one does."""
    if finding.low is None or finding.high is None:
        return finding
    used = _find_used(knowledge, finding.question.terms)
    why = tuple(dict.fromkeys(relation.why for relation in used if relation.why))
    return replace(finding, because=why, sources=list_sources(used))


def _find_used(knowledge: Knowledge, terms: Terms) -> tuple[Relation, ...]:
    """The relations that hold a sum in its range: those with a price in the linear programmes of its two ends."""
    relations = tuple(_list_near(knowledge, terms))
    names = list(dict.fromkeys(name for relation in relations for name, _ in relation.terms))
    place = {name: number for number, name in enumerate(names)}
    weights = np.zeros(len(names))
    for name, weight in terms:
        if name in place:
            weights[place[name]] += weight
    entries = [
        (row, place[name], float(weight)) for row, relation in enumerate(relations) for name, weight in relation.terms
    ]
    if not entries:
        return ()
    rows, columns, values = (np.array(each) for each in zip(*entries, strict=True))
    matrix = csr_array((values, (rows, columns)), shape=(len(relations), len(names)))
    low = np.array([relation.low for relation in relations])
    high = np.array([relation.high for relation in relations])
    above, below = np.flatnonzero(np.isfinite(high)), np.flatnonzero(np.isfinite(low))
    used: set[int] = set()
    for sign in (1, -1):
        found = linprog(
            sign * weights,
            A_ub=vstack([matrix[above], -matrix[below]], format="csr"),
            b_ub=np.concatenate([high[above], -low[below]]),
            bounds=(0, None),
        )
        if found.status == 0:
            prices = np.abs(found.ineqlin.marginals)
            used |= {int(row) for row in np.concatenate([above, below])[prices > HAIR]}
    return tuple(relations[row] for row in sorted(used))


def _list_near(knowledge: Knowledge, terms: Terms) -> Iterator[Relation]:
    """All relations that hang together with the quantities of a sum."""
    holding: dict[str, list[Relation]] = {}
    for relation in knowledge.relations:
        for name, _ in relation.terms:
            holding.setdefault(name, []).append(relation)
    waiting = [name for name, _ in terms]
    seen, told = set(waiting), set[int]()
    while waiting:
        for relation in holding.get(waiting.pop(), ()):
            if id(relation) in told:
                continue
            told.add(id(relation))
            yield relation
            fresh = [name for name, _ in relation.terms if name not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
