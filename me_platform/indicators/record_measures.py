"""How records are counted: services, narratives and whatever else staff write down, one by one or by person.

What is about people carries the number of people it rests on, by which it is protected; what is about participants
of a training or about nobody is plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd

from me_platform.indicators.activity_measures import count_activities, sum_activities
from me_platform.indicators.conditions import Mask, compile_condition
from me_platform.indicators.definition import Indicator
from me_platform.indicators.intervals import compute_byar
from me_platform.indicators.readings import (
    Reading,
    Request,
    choose_records,
    count_lines,
    count_people,
    get_rows,
    list_categories,
    list_limits,
    make_cell,
    make_keys,
    make_share,
)
from me_platform.indicators.records import Codes, get_codes, is_placed
from me_platform.indicators.results import Availability, Role
from me_platform.indicators.sources import SOURCES, About
from me_platform.indicators.unions import Union, compute_union

PARTNER = "partner"


def compute_count(request: Request) -> Iterator[Reading]:
    """Records that meet the conditions, with the people behind them, whole and by category; or activities."""
    if request.indicator.source.kind == "activities":
        yield from count_activities(request)
        return
    rows, lines, keys, chosen = choose_records(request)
    events = count_lines(lines[chosen], request.cut)
    if is_plain(request):
        yield from _count_plainly(request, rows, lines, chosen)
        return
    people = count_people(keys, chosen, request.cut, request.known)
    for line, count in enumerate(events.tolist()):
        yield Reading(line, Role.EVENTS, value=Fraction(count), numerator=count, n=int(people[line]))
    for dimension in request.indicator.disaggregations:
        yield from _tabulate_records(request, rows[dimension], (lines, keys, chosen), dimension, (events, people))


def compute_sum(request: Request) -> Iterator[Reading]:
    """The numbers of services, such as hours, added up; or of activities.

    What was not noted is in no sum and makes it an "at least" (defect j). No service at all is a true 0.
    """
    if request.indicator.source.kind == "activities":
        yield from sum_activities(request)
        return
    rows, lines, keys, chosen = choose_records(request)
    number = rows[request.indicator.measure].to_numpy(dtype=np.float64)
    noted = chosen & (number > 0)
    people = count_people(keys, noted, request.cut, request.known)
    for line in range(len(request.cut.names)):
        mine, told = chosen & (lines == line), noted & (lines == line)
        if mine.any() and not told.any():
            yield Reading(line, Role.EVENTS, availability=Availability.NOT_COLLECTED)
            continue
        total = sum(map(Fraction, number[told].tolist()), Fraction())
        yield Reading(line, Role.EVENTS, value=total, n=int(people[line]), at_least=bool((mine & ~told).any()))


def compute_unique_persons(request: Request) -> Iterator[Reading]:
    """Different people with a record that meets the conditions (R9, R10), and tables of who they are (R18).

    Over several organisations people are known by bounds unless they agree (``compute_union``, R12): who is new in the
    period, or served in it, is who is so at one organisation or more.
    """
    rows, lines, keys, chosen = choose_records(request)
    counts = count_people(keys, chosen & (get_codes(rows["person"]) >= 0), request.cut, request.known)
    if is_plain(request):
        nameless = count_lines(lines[chosen & (get_codes(rows["person"]) < 0)], request.cut)
        for line, count in enumerate(counts.tolist()):
            yield Reading(line, Role.ACTIVITY, value=Fraction(count), at_least=bool(nameless[line]))
        return
    if request.cut.across:
        named = rows[chosen & (get_codes(rows["person"]) >= 0)]
        union = compute_union(get_codes(named["person"]), get_codes(named[PARTNER]), request.known.groups)
        yield _make_union(union)
    else:
        yield from (_make_people(line, request.indicator, count) for line, count in enumerate(counts.tolist()))
    for dimension in request.indicator.disaggregations:
        if dimension != PARTNER or request.cut.across:
            yield from _tabulate(request, rows[dimension], keys, chosen, dimension, counts)


def compute_record_share(request: Request) -> Iterator[Reading]:
    """Share of records that meet the condition, with the people behind those that do and those that do not."""
    indicator, rows, known = request.indicator, get_rows(request), request.known
    lines, keys = request.cut.get_lines(rows), make_keys(request.cut, known, rows)
    asked = (
        (lines >= 0) & compile_condition(indicator.population, rows) & compile_condition(indicator.denominator, rows)
    )
    asked &= is_placed(rows["day"], request.period, indicator.period_basis)
    met = asked & compile_condition(indicator.numerator, rows)
    bases, hits = count_lines(lines[asked], request.cut), count_lines(lines[met], request.cut)
    if is_plain(request):
        for line, (hit, base) in enumerate(zip(hits.tolist(), bases.tolist(), strict=True)):
            share = make_share(line, indicator, hit, base)
            yield replace(share, role=Role.ACTIVITY, n=None, low=None, high=None)
        return
    behind, inside, outside = (count_people(keys, each, request.cut, known) for each in (asked, met, asked & ~met))
    for line, (hit, base) in enumerate(zip(hits.tolist(), bases.tolist(), strict=True)):
        share = make_share(line, indicator, hit, base)
        # Records of one person are not independent of each other: an interval over them would promise too much.
        yield replace(
            share,
            role=Role.RECORD_SHARE,
            n=int(behind[line]),
            inside=int(inside[line]),
            outside=int(outside[line]),
            low=None,
            high=None,
        )


def is_plain(request: Request) -> bool:
    """Whether the records are about nobody who receives support."""
    return SOURCES[request.indicator.source.kind].about is not About.PEOPLE


def _count_plainly(request: Request, rows: pd.DataFrame, lines: Codes, chosen: Mask) -> Iterator[Reading]:
    """Records about nobody, whole and by category."""
    for line in range(len(request.cut.names)):
        mine = chosen & (lines == line)
        yield Reading(line, Role.ACTIVITY, value=Fraction(int(mine.sum())))
        for dimension in request.indicator.disaggregations:
            column = rows[dimension].astype("str").to_numpy()
            for order, category in enumerate(list_categories(rows[dimension], mine)):
                yield Reading(
                    line,
                    Role.ACTIVITY,
                    value=Fraction(int((mine & (column == category)).sum())),
                    disaggregation={dimension: category},
                    group=dimension,
                    order=order,
                )


def _tabulate_records(
    request: Request,
    column: pd.Series,
    placed: tuple[Codes, Codes, Mask],
    dimension: str,
    totals: tuple[Codes, Codes],
) -> Iterator[Reading]:
    """Records by category, each with the people behind it.

    ``placed`` are line, key and choice of the rows, ``totals`` all records and all people of each line.
    """
    lines, keys, chosen = placed
    names = column.astype("str").to_numpy()
    categories = list_categories(column, chosen)
    for order, category in enumerate(categories):
        mine = chosen & (names == category)
        counts = count_lines(lines[mine], request.cut)
        people = count_people(keys, mine, request.cut, request.known)
        for line, count in enumerate(counts.tolist()):
            if totals[0][line]:
                yield Reading(
                    line,
                    Role.EVENT_CELL,
                    disaggregation={dimension: category},
                    value=Fraction(count),
                    numerator=count,
                    n=int(people[line]),
                    base=int(totals[0][line]),
                    denominator=int(totals[1][line]),
                    group=dimension,
                    order=order,
                )


def _tabulate(
    request: Request, column: pd.Series, keys: Codes, chosen: Mask, dimension: str, totals: Codes
) -> Iterator[Reading]:
    """People by category: every category that occurs, "unknown" where the dimension knows it (R18).

    A person with records in two categories is counted in both, so that the parts of a service table may exceed N.
    """
    names, categories = column.astype("str").to_numpy(), list_categories(column, chosen)
    for order, category in enumerate(categories):
        people = count_people(keys, chosen & (names == category), request.cut, request.known)
        for line, base in enumerate(totals.tolist()):
            if base:
                yield make_cell(
                    line, int(people[line]), base, disaggregation={dimension: category}, group=dimension, order=order
                )


def _make_people(line: int, indicator: Indicator, count: int) -> Reading:
    """A number of people, with Byar's interval where the definition asks for one."""
    low, high = list_limits(compute_byar(count), Fraction(1)) if indicator.interval == "byar" else (None, None)
    return Reading(line, Role.COUNT, value=Fraction(count), numerator=count, n=count, low=low, high=high)


def _make_union(union: Union) -> Reading:
    """People over several organisations by their bounds; a value only where both agree (R12)."""
    known = union.most if union.least == union.most else None
    return Reading(
        0,
        Role.UNION,
        value=None if known is None else Fraction(known),
        numerator=known,
        n=known,
        low=Fraction(union.least),
        high=Fraction(union.most),
        base=union.total,
    )
