"""Readings: exact numbers counted for the lines of a report, and how rows are counted per line and person.

A line is an organisation, or the whole consortium. The consortium is always counted afresh over all its people (R1),
never from the organisations' figures. Readings are fractions; rounding happens once, where a figure is made of
them (R29). A key is a person on a line, as one number, so that counting people is counting distinct keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.indicators.conditions import Mask, compile_condition
from me_platform.indicators.definition import Indicator, Kind, Milestone, Text
from me_platform.indicators.frames import UNKNOWN
from me_platform.indicators.intervals import Interval, compute_wilson
from me_platform.indicators.ladders import Category
from me_platform.indicators.pairing import Due, find_first
from me_platform.indicators.periods import Period
from me_platform.indicators.records import FIRST_TIME, Codes, Known, get_codes, is_placed
from me_platform.indicators.results import Availability, Role, Scale


@dataclass(frozen=True)
class Cut:
    """The lines figures are made for. ``line_of`` gives the line of each partner code, -1 for none.

    ``across`` marks the one line of the consortium, in which people of several organisations meet.
    """

    names: tuple[str, ...]
    line_of: Codes
    across: bool = False

    def get_lines(self, frame: pd.DataFrame) -> Codes:
        """The line of each row, -1 for rows of no line."""
        return self.line_of[get_codes(frame["partner"])]


@dataclass(frozen=True)
class Request:
    """What is to be counted: an indicator over known records, for the lines of a cut.

    ``due`` tells who was to be asked, by survey id; ``milestones`` are those the plan has for the indicator.
    """

    indicator: Indicator
    known: Known
    period: Period
    cut: Cut
    due: Mapping[str, Due]
    milestones: tuple[Milestone, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One exact number for one line; the fields are those of ``results.RawFigure``.

    ``inside`` and ``outside`` are the people behind the records that are counted and behind the others; ``stages`` are
    the survey and the two stages of its response flow that a share is made of. ``unit`` and ``decimals`` are None where
    they are the indicator's, ``title`` is empty where it is. ``group`` is appended to the indicator's code.
    ``category`` says where the cell of a table by categories stands on the table's ladder.
    """

    line: int
    role: Role
    part: str = ""
    unit: str | None = None
    decimals: int | None = None
    availability: Availability = Availability.VALUE
    disaggregation: Mapping[str, str] = field(default_factory=dict)
    value: Fraction | None = None
    numerator: int | None = None
    denominator: int | None = None
    n: int | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    base: int | None = None
    group: str = ""
    order: int = 0
    at_least: bool = False
    scale: Scale | None = None
    inside: int | None = None
    outside: int | None = None
    stages: tuple[str, str, str] | None = None
    shares: tuple[Fraction, Fraction, Fraction] | None = None
    title: Text = field(default_factory=dict)
    category: Category | None = None


def make_keys(cut: Cut, known: Known, frame: pd.DataFrame) -> Codes:
    """The key of each row: its person on its line. Rows of no line get a key, and are left out by their line."""
    return np.maximum(cut.get_lines(frame), 0) * known.persons + get_codes(frame["person"])


def count_keys(cut: Cut, known: Known) -> int:
    """How many keys there can be."""
    return len(cut.names) * known.persons


def count_lines(lines: Codes, cut: Cut) -> Codes:
    """How many of the given lines are which."""
    return np.bincount(lines, minlength=len(cut.names)).astype(np.int64)


def count_people(keys: Codes, cut: Cut, known: Known) -> Codes:
    """How many different people the rows with these keys are about, per line."""
    return count_lines(find_keys(keys, count_keys(cut, known)) // max(known.persons, 1), cut)


def find_keys(keys: Codes, size: int) -> Codes:
    """The different ones of keys below ``size``, in order: without sorting them."""
    marked = np.zeros(size, dtype=np.bool_)
    marked[keys] = True
    return np.flatnonzero(marked)


def find_shares(keys: Codes, added: npt.NDArray[np.float64]) -> tuple[Fraction, Fraction, Fraction]:
    """What the two people with the most add to a sum, and what all others do (P4).

    ``keys`` are the people of the rows, ``added`` what each row adds.
    """
    people, place = np.unique(keys, return_inverse=True)
    sums = np.sort(np.bincount(place, weights=added, minlength=len(people)))[::-1]
    first, second, *_ = (*map(Fraction, sums[:2].tolist()), Fraction(), Fraction())
    return first, second, Fraction(float(sums[2:].sum()))


@dataclass(frozen=True)
class Crowd:
    """The different people of some rows, in order of their lines: where each line ends, and each row's person."""

    ends: tuple[int, ...]
    place: Codes

    def count(self) -> Codes:
        """How many there are, per line."""
        return np.diff(self.ends, prepend=0)

    def count_by(self, categories: Codes, size: int) -> Codes:
        """How many there are, per category (down) and line (across).

        ``categories`` are the rows' codes below ``size``, -1 for none. Who has rows of two counts in both.
        """
        everybody = self.ends[-1]
        # Code -1 marks the last row, which is left out.
        seen = np.zeros((size + 1) * everybody, dtype=np.bool_)
        seen[categories * everybody + self.place] = True
        rows = seen.reshape(size + 1, everybody)[:-1]
        lines = list(pairwise((0, *self.ends)))
        return np.array([[np.count_nonzero(row[start:end]) for start, end in lines] for row in rows], dtype=np.int64)


def make_crowd(keys: Codes, cut: Cut, known: Known) -> Crowd:
    """The different people of rows with these keys."""
    people = find_keys(keys, count_keys(cut, known))
    place = np.empty(count_keys(cut, known), dtype=np.int64)
    place[people] = np.arange(len(people))
    ends = np.searchsorted(people, np.arange(1, len(cut.names) + 1) * known.persons)
    return Crowd(tuple(ends.tolist()), place[keys])


def meets_conditions(indicator: Indicator, frame: pd.DataFrame) -> Mask:
    """Rows that meet everything the definition says of a record."""
    return (
        compile_condition(indicator.population, frame)
        & compile_condition(indicator.denominator, frame)
        & compile_condition(indicator.numerator, frame)
    )


def get_rows(request: Request) -> pd.DataFrame:
    """The records the indicator is counted from, one row each, in order of time."""
    source, known = request.indicator.source, request.known
    if source.kind == "survey":
        return known.responses[source.survey]
    own = {"services": known.services, "narratives": known.narratives}
    return own[source.kind] if source.kind in own else known.sources[source.kind]


@dataclass(frozen=True)
class Chosen:
    """The records an indicator counts: their places in the frame, and the line and key of each."""

    rows: pd.DataFrame
    at: Codes
    lines: Codes
    keys: Codes

    def get_codes(self, name: str) -> Codes:
        """The category codes of the records in a column."""
        return get_codes(self.rows[name], self.at)


def choose_records(request: Request) -> Chosen:
    """The records that count for the period.

    With the basis "new in period" only records of people whose first counted record lies in the period are chosen:
    later ones never move a person out of the period that counted her (R10, defect m).
    """
    indicator, known, cut = request.indicator, request.known, request.cut
    rows = get_rows(request)
    meeting = meets_conditions(indicator, rows)
    placed = is_placed(rows["day"], request.period, indicator.period_basis)
    first_time = indicator.period_basis == FIRST_TIME and indicator.kind is Kind.UNIQUE_PERSONS
    at = np.flatnonzero(meeting if first_time else meeting & placed)
    lines = cut.line_of[get_codes(rows["partner"], at)]
    at, lines = at[lines >= 0], lines[lines >= 0]
    keys = lines * known.persons + get_codes(rows["person"], at)
    if first_time:
        # Rows lie in order of time: the first of each key tells when its person was first counted.
        first = find_first(keys, np.ones(len(keys), dtype=np.bool_), count_keys(cut, known))[keys]
        new = placed[at] & (rows["day"].to_numpy()[at[first]] >= np.datetime64(request.period.start))
        at, lines, keys = at[new], lines[new], keys[new]
    return Chosen(rows, at, lines, keys)


def list_names(column: pd.Series) -> list[str]:
    """All categories of a column, in the order of their codes."""
    return [str(each) for each in column.cat.categories]


def list_categories(names: Sequence[str], codes: Codes, listed: Sequence[str] = ()) -> list[str]:
    """The categories of a table: those of the rows with these codes and "unknown" where the dimension knows it (R18).

    ``names`` are all there are; "unknown" stands last. ``listed`` are those of a code list, which are there whether or
    not anybody is: a row that is there for somebody of another organisation would tell of that one.
    """
    # Code -1, "no value", is counted first and left out.
    counts = np.bincount(codes + 1, minlength=len(names) + 1)[1:]
    found = {name for name, count in zip(names, counts.tolist(), strict=True) if count}
    return [*sorted({*found, *listed} - {UNKNOWN}), *([UNKNOWN] if UNKNOWN in {*names, *listed} else [])]


def list_values(names: Sequence[str], codes: Codes) -> list[tuple[str, Mask]]:
    """The categories of a table in which a record may stand several times (R18), with which rows stand in each.

    ``names`` are all there are, several with blanks between them; "unknown" stands last.
    """
    split = [name.split() for name in names]
    found = [split[code] for code in np.flatnonzero(np.bincount(codes, minlength=len(names))).tolist()]
    values = {value for each in found for value in each}
    return [
        (value, np.array([value in each for each in split], dtype=np.bool_)[codes])
        for value in (*sorted(values - {UNKNOWN}), UNKNOWN)
    ]


def make_cell(
    line: int,
    count: int,
    base: int,
    *,
    part: str = "",
    disaggregation: Mapping[str, str] | None = None,
    group: str,
    order: int,
    category: Category | None = None,
) -> Reading:
    """One cell of a table over ``base`` people."""
    return Reading(
        line,
        Role.CELL,
        part=part,
        unit="persons",
        decimals=0,
        disaggregation=disaggregation or {},
        value=Fraction(count),
        numerator=count,
        denominator=base,
        n=base,
        base=base,
        group=group,
        order=order,
        category=category,
    )


def make_share(
    line: int, indicator: Indicator, hit: int, base: int, group: str = "", whole: int | None = None
) -> Reading:
    """A share with Wilson's interval; out of nobody there is none (R2, defects a, h)."""
    total = base if whole is None else whole
    if not base:
        return Reading(line, Role.PROPORTION, availability=Availability.NO_VALUE, group=group)
    factor = Fraction(indicator.factor)
    low, high = list_limits(compute_wilson(hit, base), factor)
    return Reading(
        line,
        Role.PROPORTION,
        value=Fraction(hit, base) * factor,
        numerator=hit,
        denominator=base,
        n=base,
        low=low,
        high=high,
        base=total,
        group=group,
    )


def list_limits(interval: Interval, factor: Fraction) -> tuple[Fraction, Fraction]:
    """Both limits of an interval, times the factor."""
    return Fraction(interval.low) * factor, Fraction(interval.high) * factor
