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
from me_platform.indicators.definition import Indicator
from me_platform.indicators.pairing import Due
from me_platform.indicators.periods import Period
from me_platform.indicators.records import Codes, Known, get_codes
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

    ``due`` tells who was to be asked, by survey id.
    """

    indicator: Indicator
    known: Known
    period: Period
    cut: Cut
    due: Mapping[str, Due]


@dataclass(frozen=True)
class Reading:
    """One exact number for one line; the fields are those of ``results.RawFigure``.

    ``unit`` and ``decimals`` are None where they are the indicator's. ``group`` is appended to the indicator's code.
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
