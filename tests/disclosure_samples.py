"""Invented true numbers of one partner, the raw figures made of them, and a reader who tries to undo protection.

The reader knows how all numbers hang together (who is among whom, what adds up to what), everything that is printed,
and the true kind of each band. ``Reader`` asks an integer programme whether a number can be proved to be small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise, permutations
from random import Random
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from me_platform.disclosure.figures import Figure, FigureState, make_figure_id
from me_platform.indicators.results import RawFigure, Role, Scale

PARTNER = "BERZ"
PERIOD = "2026"
TITLE = {"en": "Invented", "lv": "Izdomāts"}
STAGES = ("eligible", "invited", "consented", "responded", "valid", "paired")
STATES = ("answered", "declined", "dont_know", "not_applicable", "skipped", "not_asked")
AGES = ("18-24", "25-34", "35-49", "50+", "unknown")
MEAN = "goal-nearness"
CHANGE = "safe-change"
SERVED = "people-supported"


@dataclass(frozen=True)
class Question:
    """How everyone who sent answers dealt with one question, and how many of the answers were positive."""

    states: tuple[int, ...]
    positive: int

    @property
    def answered(self) -> int:
        return self.states[0]


@dataclass(frozen=True)
class Truth:
    """True numbers of one partner: served, stages of the flow, questions (the last one is a scale), change, ages.

    ``change`` is improved, same, worse and lost; it is about the first question.
    """

    served: int
    stages: tuple[int, ...]
    questions: tuple[Question, ...]
    change: tuple[int, int, int, int]
    ages: tuple[int, ...]


def make_raw(role: Role, indicator: str = "useful", **given: Any) -> RawFigure:  # noqa: ANN401 - fields of a dataclass
    """A raw figure of that role; whatever is not given is None."""
    plain: dict[str, Any] = {
        "title": TITLE,
        "partner": PARTNER,
        "period": PERIOD,
        "unit": "percent" if role is Role.PROPORTION else "persons",
        "group": indicator,
    }
    return RawFigure(indicator=indicator, role=role, **{**plain, **given})


def make_share(positive: int, whole: int, indicator: str = "useful", **given: Any) -> RawFigure:  # noqa: ANN401
    """``positive`` of ``whole``, with an interval, a target and progress to lose."""
    plain: dict[str, Any] = {
        "value": Decimal(round(100 * positive / whole)) if whole else None,
        "numerator": positive,
        "denominator": whole,
        "n": whole,
        "low": Decimal(10),
        "high": Decimal(90),
        "target": Decimal(80),
        "progress": Decimal(50),
    }
    return make_raw(Role.PROPORTION, indicator, **{**plain, **given})


def make_count(people: int, indicator: str = SERVED, **given: Any) -> RawFigure:  # noqa: ANN401
    """So many people."""
    numbers: dict[str, Any] = {"value": Decimal(people), "numerator": people, "n": people}
    return make_raw(Role.COUNT, indicator, **{**numbers, **given})


def make_mean(people: int, indicator: str = MEAN, **given: Any) -> RawFigure:  # noqa: ANN401
    """A mean of 6.4 over so many people, of answers from 0 to 10."""
    numbers: dict[str, Any] = {"value": Decimal("6.4"), "n": people, "low": Decimal("5.1"), "high": Decimal("7.7")}
    numbers["scale"] = Scale(0, 10)
    return make_raw(Role.MEAN, indicator, **{"unit": "points", **numbers, **given})


def make_flow(counts: Sequence[int], **given: Any) -> list[RawFigure]:  # noqa: ANN401
    """Nested stages, widest first."""
    return [
        make_raw(
            Role.CHAIN,
            "flow",
            part=part,
            value=Decimal(count),
            numerator=count,
            n=count,
            base=counts[0],
            order=order,
            **given,
        )
        for order, (part, count) in enumerate(zip(STAGES, counts, strict=False))
    ]


def make_states(counts: Sequence[int], indicator: str = "useful") -> list[RawFigure]:
    """The table of how people dealt with a question."""
    parts = [f"state:{state}" for state in STATES[: len(counts)]]
    return [
        _make_cell(indicator, count, sum(counts), order, part=part, group=f"{indicator}:states")
        for order, (part, count) in enumerate(zip(parts, counts, strict=True))
    ]


def make_table(
    cells: Mapping[str, int], base: int, dimension: str = "age_band", indicator: str = SERVED
) -> list[RawFigure]:
    """People by category."""
    return [
        _make_cell(indicator, count, base, order, disaggregation={dimension: name}, group=f"{indicator}:{dimension}")
        for order, (name, count) in enumerate(cells.items())
    ]


def make_change(improved: int, same: int, worse: int, lost: int, indicator: str = CHANGE) -> list[RawFigure]:
    """The headline share improved, the four parts of everyone, and the mean before of those measured and lost."""
    measured, group = improved + same + worse, f"{indicator}:change"
    parts = {"improved": improved, "same": same, "worse": worse, "not_measurable": lost}
    total = measured + lost
    headline = [make_share(improved, measured, indicator, group=group, base=total)] if measured else []
    cells = [
        _make_cell(indicator, count, total, order, part=part, group=group, role=Role.CHANGE)
        for order, (part, count) in enumerate(parts.items(), 1)
    ]
    means = [
        make_mean(people, indicator, part=f"baseline_{name}", group=group, base=total)
        for name, people in (("paired", measured), ("lost", lost))
        if people
    ]
    return [*headline, *cells, *means]


def make_raws(truth: Truth) -> list[RawFigure]:
    """All raw figures of one partner, as the engine makes them."""
    *shares, scale = truth.questions
    raws = [*make_flow(truth.stages), make_count(truth.served)]
    if truth.served:
        raws += make_table(dict(zip(AGES, truth.ages, strict=True)), truth.served)
    for number, question in enumerate(shares):
        raws.append(make_share(question.positive, question.answered, f"share-{number}"))
        raws += make_states(question.states, f"share-{number}") if sum(question.states) else []
    raws.append(make_mean(scale.answered))
    raws += make_states(scale.states, MEAN) if sum(scale.states) else []
    return raws + (make_change(*truth.change) if sum(truth.change) else [])


def make_life_like(seed: int, people: int, questions: int = 11) -> Truth:
    """A partner as it may well be: nearly all are invited, few refuse, some drop out from wave to wave."""
    random = Random(seed)  # noqa: S311 - invented numbers, not secrets
    eligible = sum(random.random() < 0.97 for _ in range(people))
    invited = sum(random.random() < 0.96 for _ in range(eligible))
    consented = sum(random.random() < 0.95 for _ in range(invited))
    responded = sum(random.random() < 0.98 for _ in range(consented))
    asked = sum(random.random() < 0.95 for _ in range(responded))
    waves = [random.choices((1, 2, 3), (16, 14, 70))[0] for _ in range(asked)]
    missing = [[all(random.random() < 0.1 for _ in range(times)) for times in waves] for _ in range(questions)]
    change = [0, 0, 0, 0]
    for times, gone in zip(waves, missing[0], strict=True):
        if not gone:
            change[3 if times == 1 else random.choices(range(3), (55, 30, 15))[0]] += 1
    ages = [0] * len(AGES)
    for _ in range(people):
        ages[random.choices(range(len(AGES)), (22, 40, 26, 6, 6))[0]] += 1
    valid = sum(not all(row[person] for row in missing) for person in range(asked))
    return Truth(
        served=people,
        stages=(eligible, invited, consented, responded, valid, sum(times > 1 for times in waves)),
        questions=tuple(_make_question(random, row) for row in missing),
        change=(change[0], change[1], change[2], change[3]),
        ages=tuple(ages),
    )


def _make_question(random: Random, missing: Sequence[bool]) -> Question:
    states = [0] * len(STATES)
    states[0] = missing.count(False)
    for _ in range(missing.count(True)):
        states[random.choices(range(1, len(STATES)), (3, 3, 1, 3, 0))[0]] += 1
    return Question(tuple(states), sum(random.random() < 0.7 for _ in range(states[0])))


def _make_cell(indicator: str, count: int, base: int, order: int, *, role: Role = Role.CELL, **given: Any) -> RawFigure:  # noqa: ANN401
    numbers: dict[str, Any] = {"value": Decimal(count), "numerator": count, "denominator": base, "n": base}
    return make_raw(role, indicator, **{**numbers, "base": base, "order": order, **given})


# -- the reader ---------------------------------------------------------------------------------------------------

Terms = Mapping[str, int]
"""A sum of unknown numbers: name -> factor."""


@dataclass
class Reader:
    """Linear facts about unknown whole numbers, and what can be proved from them."""

    facts: list[tuple[Terms, float, float]] = field(default_factory=list)
    unknowns: dict[str, int] = field(default_factory=dict)
    worlds: list[Mapping[str, int]] = field(default_factory=list)

    def learn(self, terms: Terms, low: float = -np.inf, high: float = np.inf) -> None:
        """The sum lies from ``low`` to ``high``."""
        for name in terms:
            self.unknowns.setdefault(name, len(self.unknowns))
        self.facts.append((terms, low, high))

    def proves_small(self, terms: Terms, threshold: int) -> bool:
        """Whether the sum lies in 1..T-1 in every world that agrees with the facts."""
        if any(not 0 < compute_sum(terms, world) < threshold for world in self.worlds):
            return False
        return not (self._find_world(terms, -np.inf, 0) or self._find_world(terms, threshold, np.inf))

    def _find_world(self, terms: Terms, low: float, high: float) -> bool:
        rows = [*self.facts, (terms, low, high)]
        matrix = np.zeros((len(rows), len(self.unknowns)))
        for row, (sums, _, _) in enumerate(rows):
            for name, factor in sums.items():
                matrix[row, self.unknowns[name]] = factor
        limits = LinearConstraint(matrix, [row[1] for row in rows], [row[2] for row in rows])
        size = len(self.unknowns)
        found = milp(
            np.zeros(size), constraints=limits, integrality=np.ones(size, dtype=np.int64), bounds=Bounds(0, 1000)
        )
        if found.x is None:
            return False
        self.worlds.append({name: round(found.x[place]) for name, place in self.unknowns.items()})
        return True


def compute_sum(terms: Terms, world: Mapping[str, int]) -> int:
    """The sum in one world."""
    return sum(factor * world[name] for name, factor in terms.items())


def make_reader(truth: Truth, figures: Iterable[Figure], based: Collection[str]) -> tuple[Reader, Mapping[str, Terms]]:
    """A reader of the printed figures, and every number that must not be proved small.

    ``based`` names the shares that are told out of their own people; the reader is told which ones they are.
    """
    reader = Reader()
    targets = _learn_structure(reader, len(truth.questions) - 1)
    for figure in figures:
        _read(reader, figure, based)
    return reader, targets


def _learn_structure(reader: Reader, shares: int) -> Mapping[str, Terms]:
    """What hangs together how, whatever the numbers are; returns the numbers of people that may not be proved small."""
    codes = [f"share-{number}" for number in range(shares)]
    answered = [f"{code}:answered" for code in (*codes, MEAN)]
    chain = ("served", *STAGES[:4], "asked", "valid")
    nested = [*pairwise(chain), *(("valid", one) for one in answered)]
    nested += [(f"{code}:answered", f"{code}:positive") for code in codes]
    nested += [("valid", "paired"), ("paired", "measured"), ("share-0:answered", "measured"), ("served", "total")]
    for wide, narrow in nested:
        reader.learn({wide: 1, narrow: -1}, 0)
    for code in (*codes, MEAN):
        _learn_sum(reader, "asked", [f"{code}:{state}" for state in STATES])
    _learn_sum(reader, "served", [f"age:{age}" for age in AGES])
    _learn_sum(reader, "measured", ["improved", "same", "worse"])
    _learn_sum(reader, "total", ["measured", "lost"])
    targets: dict[str, Terms] = {name: {name: 1} for name in reader.unknowns}
    nested += [(wide, narrow) for place, wide in enumerate(chain) for narrow in (*chain[place + 1 :], *answered)]
    nested += [(wide, narrow) for wide in chain for narrow in ("paired", "measured")]
    targets |= {f"{wide} less {narrow}": {wide: 1, narrow: -1} for wide, narrow in nested}
    targets["not improved"] = {"same": 1, "worse": 1}
    for one, other in permutations(answered, 2):
        # People who gave a valid answer to one question and not to the other.
        apart = f"{one} not {other}"
        reader.learn({apart: 1, one: -1, other: 1}, 0)
        reader.learn({apart: 1, one: -1}, high=0)
        reader.learn({apart: 1, "valid": -1, other: 1}, high=0)
        targets[apart] = {apart: 1}
    return targets


def _learn_sum(reader: Reader, whole: str, parts: Iterable[str]) -> None:
    reader.learn({**dict.fromkeys(parts, 1), whole: -1}, 0, 0)


def _read(reader: Reader, figure: Figure, based: Collection[str]) -> None:
    """Learn what a printed figure tells."""
    if figure.state not in {FigureState.VALUE, FigureState.BANDED}:
        return
    name, whole = _name_unknowns(figure)
    low = figure.numerator if figure.state is FigureState.VALUE else figure.low
    high = figure.numerator if figure.state is FigureState.VALUE else figure.high
    if figure.unit == "points":
        if figure.n is not None:
            reader.learn({whole: 1}, figure.n, figure.n)
        return
    assert low is not None
    assert high is not None
    headline = make_figure_id(figure.indicator, figure.partner, figure.period)
    if whole and figure.denominator is not None:
        if figure.state is FigureState.VALUE or headline in based:
            reader.learn({whole: 1}, figure.denominator, figure.denominator)
        else:
            # A range over more people: those without a valid answer are in it as well.
            reader.learn({name: 1, whole: -1}, high=float(high) - figure.denominator)
            reader.learn({whole: 1}, high=figure.denominator)
    reader.learn({name: 1}, float(low), float(high))


def _name_unknowns(figure: Figure) -> tuple[str, str]:
    """The unknown a figure counts, and the one its number of people is, where it has one."""
    code, part, banded = figure.indicator, figure.part, figure.state is FigureState.BANDED
    if figure.unit == "points":
        return "", {"": f"{code}:answered", "baseline_paired": "measured", "baseline_lost": "lost"}[part]
    if figure.disaggregation:
        return f"age:{figure.disaggregation['age_band']}", "served"
    if part.startswith("state:"):
        return f"{code}:{part.removeprefix('state:')}", "asked"
    if code == CHANGE:
        return {"": "improved", "not_measurable": "lost"}.get(part, part), "measured" if banded or not part else "total"
    return (f"{code}:positive", f"{code}:answered") if figure.unit == "percent" else (part or "served", "")
