"""Ratios: records, or what they add up to, for each person or for each record (services a person, people an event).

The value is the sum of what is above over the number of what is below, counted afresh for every line and period (R1);
out of nothing there is none (R2, defect h). It carries no interval: what is counted is everybody, records of one person
are not independent of each other, and Byar's interval would take them to be (decision 0035).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.indicators.activity_measures import ROUGH, find_placed
from me_platform.indicators.conditions import Mask, compile_condition
from me_platform.indicators.readings import (
    Reading,
    Request,
    count_keys,
    find_shares,
    get_rows,
    make_keys,
)
from me_platform.indicators.records import Codes, get_codes, is_placed
from me_platform.indicators.results import Availability, Role
from me_platform.indicators.sources import SOURCES, About

PERSON = "person"
PER_PERSON = "per_person"
"""Unit of a ratio that is divided by people."""


@dataclass(frozen=True)
class Ratio:
    """The records of a ratio, row by row: which add to what is above (``met``) and what each adds, and which to what
    is below (``counted``).

    What a record should add and nobody noted is in neither part (defect j): a record, or a person of whose records
    none has a number. ``rough`` marks records of people who have further records without one, or with a number told as
    "about" or "more than". ``asked`` are all records of the period and population, noted or not.
    """

    rows: pd.DataFrame
    lines: Codes
    keys: Codes
    asked: Mask
    met: Mask
    counted: Mask
    added: npt.NDArray[np.float64]
    rough: Mask


def choose_ratio(request: Request) -> Ratio:
    """Sort the records of a ratio into what is above and what is below."""
    indicator, known, cut = request.indicator, request.known, request.cut
    activities = indicator.source.kind == "activities"
    rows = known.activities if activities else get_rows(request)
    lines = cut.get_lines(rows)
    asked = (lines >= 0) & compile_condition(indicator.population, rows)
    if activities:
        asked &= find_placed(request, rows)
    else:
        asked &= is_placed(rows["day"], request.period, indicator.period_basis)
    by_person = indicator.per == PERSON
    if by_person:
        # A record that names nobody is no person's.
        asked &= get_codes(rows["person"]) >= 0
    keys = make_keys(cut, known, rows) if "person" in rows else np.arange(len(rows), dtype=np.int64)
    met = asked & compile_condition(indicator.numerator, rows)
    counted = asked & compile_condition(indicator.denominator, rows)
    added, noted = _get_added(request, rows)
    lacking, told = met & ~noted, met & noted
    if by_person:
        size = count_keys(cut, known)
        silent = _mark(keys, lacking, size) & ~_mark(keys, told, size)
        unknown, rough = silent[keys], (_mark(keys, lacking, size) & ~silent)[keys]
    else:
        unknown, rough = lacking, np.zeros(len(rows), dtype=np.bool_)
    if activities and indicator.measure:
        rough |= rows["qualifier"].isin(ROUGH).to_numpy()
    return Ratio(rows, lines, keys, met | counted, told & ~unknown, counted & ~unknown, added, rough)


def compute_ratio(request: Request) -> Iterator[Reading]:
    """The ratio of every line; with the people it rests on where it is about people who receive support."""
    ratio, indicator = choose_ratio(request), request.indicator
    by_person, about = indicator.per == PERSON, SOURCES[indicator.source.kind].about
    below = ratio.keys if by_person else np.arange(len(ratio.rows), dtype=np.int64)
    for line in range(len(request.cut.names)):
        mine = ratio.lines == line
        role = Role.RATIO if about is About.PEOPLE else Role.ACTIVITY
        base = len(np.unique(below[mine & ratio.counted]))
        if not base:
            missing = (mine & ratio.asked).any() or (indicator.source.kind == "activities" and not mine.any())
            state = Availability.NOT_COLLECTED if missing else Availability.NO_VALUE
            yield Reading(line, role, availability=state)
            continue
        met = mine & ratio.met
        # Without a measure each record adds 1.
        added = ratio.added[met].tolist() if indicator.measure else [int(met.sum())]
        top = sum(map(Fraction, added), Fraction())
        reading = Reading(
            line,
            role,
            value=top / base * Fraction(indicator.factor),
            numerator=int(top) if top.denominator == 1 else None,
            denominator=base,
            base=base,
            at_least=bool((met & ratio.rough).any()),
        )
        yield _add_people(reading, ratio, mine) if role is Role.RATIO else reading


def _get_added(request: Request, rows: pd.DataFrame) -> tuple[npt.NDArray[np.float64], Mask]:
    """What each record adds to what is above, and whether that is known: 1 for each, or the number noted in it."""
    indicator = request.indicator
    if not indicator.measure:
        return np.ones(len(rows)), np.ones(len(rows), dtype=np.bool_)
    number = rows[indicator.measure].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    # Of an activity a stated 0 is a number; of a service it says that nobody noted how long it took.
    noted = ~np.isnan(number) if indicator.source.kind == "activities" else number > 0
    return np.where(noted, number, 0.0), noted


def _mark(keys: Codes, chosen: Mask, size: int) -> Mask:
    """The keys that have one of the chosen rows."""
    marked = np.zeros(size, dtype=np.bool_)
    marked[keys[chosen]] = True
    return marked


def _add_people(reading: Reading, ratio: Ratio, mine: Mask) -> Reading:
    """How many people a ratio rests on, how many add to what is above, and how much the two with the most do (P4)."""
    met = mine & ratio.met
    people, inside = (np.unique(ratio.keys[each]) for each in (mine & (ratio.met | ratio.counted), met))
    return replace(reading, n=len(people), inside=len(inside), shares=find_shares(ratio.keys[met], ratio.added[met]))
