"""Counts and sums over lists of public activities, which are about no survivor.

Planned, delivered and potential are told apart by the definitions' conditions and measures and never meet in one sum
(rules-of-numbers part 2). A number nobody stated is in no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd

from me_platform.indicators.conditions import Mask
from me_platform.indicators.readings import Reading, Request, meets_conditions
from me_platform.indicators.records import UP_TO_END, Codes, get_codes, is_placed
from me_platform.indicators.results import Availability, Role

YEAR = "year"
AMOUNT = "amount"
ROUGH = ("approx", "more_than")
"""Qualifiers that make a sum "at least": a number told as about so many, or as more than so many."""


def count_activities(request: Request) -> Iterator[Reading]:
    """Entries that meet the conditions. An organisation without any list has none collected."""
    rows, chosen = choose_activities(request)

    def count(line: int, mine: Mask) -> Reading:
        return Reading(line, Role.ACTIVITY, value=Fraction(int(mine.sum())))

    yield from _read(request, rows, chosen, count)


def sum_activities(request: Request) -> Iterator[Reading]:
    """The stated numbers of the entries that meet the conditions, added up.

    Amounts of money are those in the indicator's unit, and entries that name the same grant count once, where it
    was first told (R10). Where entries meet the conditions and none states a number, there is none collected; where
    no entry does, there is nothing to add up.
    """
    rows, chosen = choose_activities(request)
    indicator = request.indicator
    numbers = rows[indicator.measure]
    stated = numbers.notna().to_numpy()
    rough = rows["qualifier"].isin(ROUGH).to_numpy() & (indicator.measure == "participants")

    def add_up(line: int, mine: Mask) -> Reading:
        told = mine & stated
        if not told.any():
            missing = Availability.NOT_COLLECTED if mine.any() else Availability.NO_VALUE
            return Reading(line, Role.ACTIVITY, availability=missing)
        total = sum(map(Fraction, numbers[told].tolist()), Fraction())
        return Reading(line, Role.ACTIVITY, value=total, at_least=bool((told & rough).any()))

    yield from _read(request, rows, chosen, add_up)


def choose_activities(request: Request) -> tuple[pd.DataFrame, Mask]:
    """The entries of the lists, and those of them that are counted or added up."""
    rows, indicator = request.known.activities, request.indicator
    meeting = meets_conditions(indicator, rows)
    if indicator.measure == AMOUNT:
        meeting &= (rows["currency"] == indicator.unit).to_numpy()
        meeting &= _is_first_of_grant(request, rows, meeting & rows[AMOUNT].notna().to_numpy())
    return rows, meeting & find_placed(request, rows)


def _read(
    request: Request, rows: pd.DataFrame, chosen: Mask, make: Callable[[int, Mask], Reading]
) -> Iterator[Reading]:
    """The reading of each line, whole and by every dimension of the definition."""
    lines = request.cut.get_lines(rows)
    for line in range(len(request.cut.names)):
        mine = chosen & (lines == line)
        if not (lines == line).any():
            yield Reading(line, Role.ACTIVITY, availability=Availability.NOT_COLLECTED)
            continue
        yield make(line, mine)
        for dimension in request.indicator.disaggregations:
            for order, (category, rows_of_it) in enumerate(_list_categories(request, rows, chosen, dimension)):
                yield replace(
                    make(line, mine & rows_of_it),
                    disaggregation={dimension: category},
                    group=dimension,
                    order=order,
                )


def _list_categories(request: Request, rows: pd.DataFrame, chosen: Mask, dimension: str) -> Iterator[tuple[str, Mask]]:
    """The categories of a dimension with their rows: all years of the period, or every category that occurs."""
    if dimension == YEAR:
        year = rows["end"].dt.year.to_numpy()
        for one in range(request.period.start.year, request.period.end.year + 1):
            yield str(one), year == one
        return
    codes = get_codes(rows[dimension])
    for code in np.unique(codes[chosen]).tolist():
        yield str(rows[dimension].cat.categories[code]), codes == code


def find_placed(request: Request, rows: pd.DataFrame) -> Mask:
    """Entries that belong to the period by their last day; one known by its year alone only to whole years."""
    placed = is_placed(rows["end"], request.period, request.indicator.period_basis)
    if request.indicator.period_basis in UP_TO_END:
        return placed
    by_year = (rows["precision"] == "year").to_numpy()
    inside = (rows["start"] >= np.datetime64(request.period.start)).to_numpy()
    return placed & (inside | ~by_year)


def _is_first_of_grant(request: Request, rows: pd.DataFrame, stated: Mask) -> Mask:
    """Entries that state an amount for the first time on their line; entries of no named grant stand alone."""
    grants: Codes = get_codes(rows["grant_key"])
    named = np.array([bool(str(key)) for key in rows["grant_key"].cat.categories] + [False], dtype=np.bool_)[grants]
    pair = request.cut.get_lines(rows) * (len(rows["grant_key"].cat.categories) + 1) + grants
    first = np.zeros(len(rows), dtype=np.bool_)
    told = np.flatnonzero(stated & named)
    first[told[np.unique(pair[told], return_index=True)[1]]] = True
    return first | (stated & ~named)
