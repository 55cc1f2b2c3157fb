"""The notebook in which a reader writes down what lines and definitions say, one relation after the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from me_platform.disclosure.attack.knowledge import Aim, Knowledge, Quantity, Question, Relation, Terms
from me_platform.disclosure.attack.lines import Issue

_STRENGTH = (Aim.HIDDEN, Aim.BANDED, Aim.AMOUNT, Aim.PRINTED, Aim.DIFFERENCE, Aim.UNPRINTED)
"""Aims, those by which more is a gain first."""


@dataclass(frozen=True)
class Place:
    """Whose numbers: a partner's (or the consortium's) in one issue, with T there."""

    partner: str
    issue: Issue

    def name(self, cell: str, what: str = "n") -> str:
        """The name of a quantity: ``what`` is n (those counted), N (all of them), or more."""
        return f"{cell}|{what}@{self.partner}@{self.issue}"


@dataclass
class Notebook:
    """Quantities by name, relations and questions; the same relation from two files is noted once with both places."""

    quantities: dict[str, Quantity] = field(default_factory=dict)
    relations: dict[tuple[Terms, float, float, str], Relation] = field(default_factory=dict)
    questions: dict[Terms, Question] = field(default_factory=dict)

    def add_quantity(self, place: Place, cell: str, what: str = "n", *, whole: bool = True) -> str:
        """The name of a quantity that is in the notebook from now on."""
        name = place.name(cell, what)
        self.quantities.setdefault(name, Quantity(name, place.partner, whole))
        return name

    def has(self, name: str) -> bool:
        """Whether the quantity was noted."""
        return name in self.quantities

    def note(
        self,
        terms: Mapping[str, float] | Iterable[tuple[str, float]],
        low: float,
        high: float,
        why: str,
        source: str = "",
        *,
        assumed: bool = False,
    ) -> None:
        """Note that a weighted sum lies from ``low`` to ``high``; a quantity named twice is taken once."""
        weights: dict[str, float] = {}
        for name, weight in terms.items() if isinstance(terms, Mapping) else terms:
            weights[name] = weights.get(name, 0) + weight
        told = tuple((name, weight) for name, weight in weights.items() if weight)
        if not told:
            return
        key = (told, low, high, why)
        sources = (source,) if source else ()
        if key in self.relations:
            sources = tuple(dict.fromkeys((*self.relations[key].sources, *sources)))
        self.relations[key] = Relation(told, low, high, why, sources, assumed)

    def note_value(self, name: str, value: float, why: str, source: str = "", *, assumed: bool = False) -> None:
        """Note what a quantity is."""
        self.note({name: 1}, value, value, why, source, assumed=assumed)

    def note_among(self, part: str, whole: str, why: str, source: str = "", *, assumed: bool = False) -> None:
        """Note that one number of people is among another."""
        self.note({whole: 1, part: -1}, 0, math.inf, why, source, assumed=assumed)

    def note_sum(self, whole: str, parts: Iterable[str], why: str, source: str = "", *, assumed: bool = False) -> None:
        """Note that parts make up a whole."""
        self.note([(whole, 1.0), *((part, -1.0) for part in parts)], 0, 0, why, source, assumed=assumed)

    def ask(self, what: str, terms: Mapping[str, float], aim: Aim, threshold: int, owner: str = "") -> None:
        """Note a question; of two about the same sum the one with the stronger aim stays."""
        told = tuple(sorted(terms.items()))
        known = self.questions.get(told)
        if known is None or _STRENGTH.index(aim) < _STRENGTH.index(known.aim):
            self.questions[told] = Question(what, told, aim, threshold, owner)

    def make_knowledge(self) -> Knowledge:
        """Everything noted."""
        return Knowledge(
            tuple(self.quantities.values()), tuple(self.relations.values()), tuple(self.questions.values())
        )
