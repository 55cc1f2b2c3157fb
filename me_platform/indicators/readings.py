"""Readings: exact numbers counted for the lines of a report, and how rows are counted per line and person.

A line is an organisation, or the whole consortium. The consortium is always counted afresh over all its people (R1),
never from the organisations' figures. Readings are fractions; rounding happens once, where a figure is made of
them (R29). A key is a person on a line, as one number, so that counting people is counting distinct keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pandas as pd

from me_platform.indicators.conditions import Mask, compile_condition
from me_platform.indicators.definition import Indicator, Kind, Milestone, Text
from me_platform.indicators.frames import UNKNOWN
from me_platform.indicators.intervals import Interval, compute_wilson
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


def make_keys(cut: Cut, known: Known, frame: pd.DataFrame) -> Codes:
    """The key of each row: its person on its line. Rows of no line get a key, and are left out by their line."""
    return np.maximum(cut.get_lines(frame), 0) * known.persons + get_codes(frame["person"])


def count_keys(cut: Cut, known: Known) -> int:
    """How many keys there can be."""
    return len(cut.names) * known.persons


def count_lines(lines: Codes, cut: Cut) -> Codes:
    """How many of the given lines are which."""
    return np.bincount(lines, minlength=len(cut.names)).astype(np.int64)


def count_people(keys: Codes, chosen: Mask, cut: Cut, known: Known) -> Codes:
    """How many different people the chosen rows are about, per line."""
    return count_lines(np.unique(keys[chosen]) // max(known.persons, 1), cut)


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


def choose_records(request: Request) -> tuple[pd.DataFrame, Codes, Codes, Mask]:
    """The records with line and key, and those of them that count for the period.

    With the basis "new in period" only records of people whose first counted record lies in the period are chosen:
    later ones never move a person out of the period that counted her (R10, defect m).
    """
    indicator, known, cut = request.indicator, request.known, request.cut
    rows = get_rows(request)
    lines, keys = cut.get_lines(rows), make_keys(cut, known, rows)
    meeting = (lines >= 0) & meets_conditions(indicator, rows)
    chosen = meeting & is_placed(rows["day"], request.period, indicator.period_basis)
    if indicator.period_basis == FIRST_TIME and indicator.kind is Kind.UNIQUE_PERSONS:
        first = find_first(keys, meeting, count_keys(cut, known))[keys]
        # A row that is not chosen may have no first; it stays out whatever its place says.
        chosen &= rows["day"].to_numpy()[first] >= np.datetime64(request.period.start)
    return rows, lines, keys, chosen


def list_categories(column: pd.Series, chosen: Mask) -> list[str]:
    """The categories of a table: those of the chosen rows and "unknown" where the dimension knows it, it last (R18)."""
    names = [str(one) for one in column.cat.categories]
    codes = get_codes(column)
    found = {names[code] for code in np.unique(codes[chosen & (codes >= 0)]).tolist()}
    return [*sorted(found - {UNKNOWN}), *([UNKNOWN] if UNKNOWN in names else [])]


def make_cell(
    line: int,
    count: int,
    base: int,
    *,
    part: str = "",
    disaggregation: Mapping[str, str] | None = None,
    group: str,
    order: int,
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
