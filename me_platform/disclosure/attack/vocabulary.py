"""What is published about what figures mean: definitions, plans and the words reports are written in.

Plain values only, filled by whoever holds the published content files (``services.attacking``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

Words = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True)
class Meaning:
    """One indicator as its sheet prints it.

    ``about`` is ``people``, ``participants`` or ``nobody``; ``asked_of`` tells which people a survey indicator asks
    (equal texts ask the same people). ``scale`` are the lowest and highest answer, ``factor`` what a mean is
    multiplied by, ``points`` the steps of an improvement. ``stage`` and ``of`` are the stages of a share of the flow.
    ``everyone`` marks the count of all people served, among whom all others are. ``respondent`` is who answers or
    records. ``once`` are the dimensions in whose tables nobody stands twice, ``several`` those in which a record may.
    ``merged`` says of categories that a table may be made coarser by, by dimension and code, what they are made of.
    """

    code: str
    kind: str
    titles: tuple[Words, ...] = ()
    about: str = "people"
    children: bool = False
    source: str = "survey"
    survey: str = ""
    question: str = ""
    asked_of: str = ""
    stage: str = ""
    of: str = ""
    scale: tuple[int, int] | None = None
    factor: Decimal = Decimal(1)
    points: int = 1
    falling: bool = False
    per_record: bool = False
    over_partners: str = "recompute"
    everyone: bool = False
    respondent: str = "survivor"
    once: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    unit: str = ""
    dimensions: tuple[str, ...] = ()
    merged: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """A partner of a plan; ``asks`` are the surveys it asks."""

    code: str
    names: Words = field(default_factory=dict)
    consortium: bool = False
    asks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Vocabulary:
    """Everything published that gives figures their meaning.

    ``plans`` are by id the members of each plan; ``categories`` the words of categories by dimension and code;
    ``words`` the words of report templates by name ("part.eligible", "column.improved", "word.indicator");
    ``child_surveys`` are surveys of children, ``child_bands`` the age bands of children.
    """

    indicators: Mapping[str, Meaning] = field(default_factory=dict)
    plans: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    surveys: Mapping[str, Words] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=dict)
    child_surveys: frozenset[str] = frozenset()
    child_bands: frozenset[str] = frozenset()
