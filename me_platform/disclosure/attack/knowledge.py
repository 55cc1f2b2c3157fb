"""What a reader knows of numbers that are not printed: equations, inequalities and intervals over whole numbers.

A quantity is a number the reader does not know, a relation is a sentence about quantities that a printed line or a
published definition says, a question is what the reader would like to work out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

Terms = tuple[tuple[str, float], ...]
"""A weighted sum of quantities: (name, weight)."""


class Aim(StrEnum):
    """What would be a gain for the reader.

    ``HIDDEN`` and ``BANDED`` numbers are recovered when they are fixed, or proved to lie in 1..T-1. What was never
    printed (``UNPRINTED``) and ``DIFFERENCE``s of nested numbers are recovered when proved to lie in 1..T-1.
    A number ``PRINTED`` as it is is a gain where it lies there itself (P1). An ``AMOUNT`` (hours, money) is recovered
    when it is known to within ten per cent (P4).
    """

    HIDDEN = "hidden"
    BANDED = "banded"
    UNPRINTED = "unprinted"
    DIFFERENCE = "difference"
    PRINTED = "printed"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Quantity:
    """A number from 0 on. ``owner`` is the partner whose own number it is; ``whole`` numbers are those of people."""

    name: str
    owner: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Relation:
    """``low`` <= sum of ``terms`` <= ``high``.

    ``why`` says in words what is known, ``sources`` where it stands ("file, place"). What is ``assumed`` holds by
    the definitions and is given up where the printed numbers contradict it.
    """

    terms: Terms
    low: float
    high: float
    why: str = ""
    sources: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True)
class Question:
    """A number to be worked out. ``threshold`` is T; ``owner`` the partner whose own number it is.

    ``others`` are, for a number over several partners, the same number without each one of them: that is what its staff
    would learn of people who are not theirs.
    """

    what: str
    terms: Terms
    aim: Aim
    threshold: int
    owner: str = ""
    others: tuple[tuple[str, Terms], ...] = ()

    def leave_out(self, partner: str) -> Question:
        """The question as the staff of a partner ask it: about the people who are not theirs."""
        terms = dict(self.others).get(partner)
        return self if terms is None else replace(self, terms=terms)


@dataclass(frozen=True)
class Knowledge:
    """All a reader knows, and what there is to work out."""

    quantities: tuple[Quantity, ...]
    relations: tuple[Relation, ...]
    questions: tuple[Question, ...] = ()


def is_recovered(low: float, high: float, question: Question) -> bool:
    """Whether it is a gain to know that the number lies from ``low`` to ``high``.

    >>> hidden = Question("a", (("a", 1),), Aim.HIDDEN, 5)
    >>> [is_recovered(*bounds, hidden) for bounds in ((0, 0), (1, 4), (0, 4), (4, 5), (7, 7))]
    [True, True, False, False, True]
    """
    if question.aim is Aim.AMOUNT:
        return 0 < high < math.inf and high - low <= (high + low) / TEN_PER_CENT
    if low >= 1 and high <= question.threshold - 1:
        return True
    return question.aim in {Aim.HIDDEN, Aim.BANDED} and high - low < 1


TEN_PER_CENT = 10
"""p of the p % rule: half the range is at most a tenth of its middle."""


def make_table_knowledge(
    cells: Sequence[Sequence[int | None]],
    row_totals: Sequence[int],
    column_totals: Sequence[int],
    threshold: int,
) -> Knowledge:
    """A table of counts with its margins; None is a hidden cell, named "row,column" from 1 on."""
    places = {
        (row, column): f"{row},{column}" for row in range(1, len(cells) + 1) for column in range(1, len(cells[0]) + 1)
    }
    relations = [
        Relation(((name, 1),), float(cell), float(cell), "printed")
        for (row, column), name in places.items()
        if (cell := cells[row - 1][column - 1]) is not None
    ]
    for line, totals in enumerate((row_totals, column_totals)):
        for number, total in enumerate(totals, 1):
            terms = tuple((name, 1) for place, name in places.items() if place[line] == number)
            relations.append(Relation(terms, total, total, f"{('row', 'column')[line]} {number} adds up to {total}"))
    hidden = [name for (row, column), name in places.items() if cells[row - 1][column - 1] is None]
    return Knowledge(
        tuple(map(Quantity, places.values())),
        tuple(relations),
        tuple(Question(name, ((name, 1),), Aim.HIDDEN, threshold) for name in hidden),
    )


def add_known(knowledge: Knowledge, known: Mapping[str, float], why: str = "known") -> Knowledge:
    """The same with some quantities known."""
    more = tuple(Relation(((name, 1),), value, value, why) for name, value in known.items())
    return Knowledge(knowledge.quantities, (*knowledge.relations, *more), knowledge.questions)


def join_knowledge(one: Knowledge, other: Knowledge) -> Knowledge:
    """What somebody knows who knows both; the questions are those of the first."""
    quantities = {each.name: each for each in (*other.quantities, *one.quantities)}
    return Knowledge(
        tuple(quantities.values()), tuple(dict.fromkeys((*one.relations, *other.relations))), one.questions
    )


def list_sources(relations: Iterable[Relation]) -> tuple[str, ...]:
    """Where relations stand, each place once."""
    return tuple(dict.fromkeys(source for relation in relations for source in relation.sources))
