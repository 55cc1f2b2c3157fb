"""A published line: one figure as a reader finds it in an export or a report."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

STATES = frozenset({"value", "banded", "suppressed", "no_value", "not_collected", "not_offered"})
"""What a printed figure can be, as every report's legend lists it."""


@dataclass(frozen=True)
class Issue:
    """What a line belongs to: a period of days and the frozen state of the data ("snapshot") it was made from."""

    start: date
    end: date
    snapshot: str = ""

    @property
    def plan(self) -> str:
        """The plan that a snapshot's name begins with."""
        return self.snapshot.rsplit("-", 2)[0]

    def __str__(self) -> str:
        return f"{self.start}..{self.end}" + f" ({self.snapshot})" * bool(self.snapshot)


@dataclass(frozen=True)
class PublishedLine:
    """One figure, with the numbers that are printed and None for those that are not.

    ``low`` and ``high`` are the bounds of a range (``state`` banded) or the interval of a value. ``joined`` is by how
    much the sum over partners is said to be lowered. ``file`` and ``place`` say where it stands.
    """

    indicator: str
    partner: str
    issue: Issue
    state: str
    unit: str
    file: str
    place: str
    part: str = ""
    categories: tuple[tuple[str, str], ...] = ()
    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    people: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    joined: int = 0

    @property
    def cell(self) -> str:
        """Indicator, part and categories as one name."""
        return make_cell_name(self.indicator, self.part, self.categories)

    @property
    def source(self) -> str:
        """Where it stands, for people."""
        return f"{self.file}, {self.place}"


def make_cell_name(indicator: str, part: str = "", categories: tuple[tuple[str, str], ...] = ()) -> str:
    """The name of a figure within a partner and period.

    >>> make_cell_name("people", "", (("age", "25-34"),))
    'people/age=25-34'
    """
    return indicator + f":{part}" * bool(part) + "".join(f"/{name}={category}" for name, category in categories)


@dataclass(frozen=True)
class Unread:
    """Something printed that the reader could not make out."""

    file: str
    place: str
    text: str
    why: str


@dataclass(frozen=True)
class Reading:
    """What a file gave: its lines, and what in it could not be read."""

    file: str
    kind: str
    lines: tuple[PublishedLine, ...]
    unread: tuple[Unread, ...] = field(default=())


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[date, date]]], ...] = (
    (re.compile(r"(\d{4})"), lambda found: (date(int(found[1]), 1, 1), date(int(found[1]), 12, 31))),
    (re.compile(r"(\d{4})\.\.(\d{4})"), lambda found: (date(int(found[1]), 1, 1), date(int(found[2]), 12, 31))),
    (
        re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)"),
        lambda found: (date.fromisoformat(found[1]), date.fromisoformat(found[2])),
    ),
    (re.compile(r"(\d{4})-Q([1-4])"), lambda found: _list_months(int(found[1]), int(found[2]), 3)),
    (re.compile(r"(\d{4})-H([12])"), lambda found: _list_months(int(found[1]), int(found[2]), 6)),
)


def read_days(label: str) -> tuple[date, date] | None:
    """First and last day of a period's label; None where it is none."""
    for pattern, make in _FORMS:
        if found := pattern.fullmatch(label):
            try:
                return make(found)
            except ValueError:
                return None
    return None


def _list_months(year: int, number: int, months: int) -> tuple[date, date]:
    last = number * months
    return date(year, last - months + 1, 1), date(year, last, calendar.monthrange(year, last)[1])
