"""How records are counted: services, narratives and whatever else staff write down, one by one or by person.

What is about people carries the number of people it rests on, by which it is protected; what is about participants
of a training or about nobody is plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from me_platform.indicators.activity_measures import count_activities, sum_activities
from me_platform.indicators.conditions import Mask, compile_condition
from me_platform.indicators.definition import Indicator
from me_platform.indicators.intervals import compute_byar
from me_platform.indicators.ladders import Category, climb, list_steps
from me_platform.indicators.readings import (
    Chosen,
    Crowd,
    Reading,
    Request,
    choose_records,
    count_lines,
    count_people,
    find_shares,
    get_rows,
    list_categories,
    list_limits,
    list_names,
    list_values,
    make_cell,
    make_crowd,
    make_keys,
    make_share,
)
from me_platform.indicators.records import Codes, is_placed
from me_platform.indicators.results import Availability, Role
from me_platform.indicators.sources import SEVERAL, SOURCES, About
from me_platform.indicators.unions import Union, compute_union

PARTNER = "partner"


def compute_count(request: Request) -> Iterator[Reading]:
    """Records that meet the conditions, with the people behind them, whole and by category; or activities."""
    if request.indicator.source.kind == "activities":
        yield from count_activities(request)
        return
    chosen = choose_records(request)
    if is_plain(request):
        yield from _count_plainly(request, chosen)
        return
    events, people = count_lines(chosen.lines, request.cut), count_people(chosen.keys, request.cut, request.known)
    for line, count in enumerate(events.tolist()):
        yield Reading(line, Role.EVENTS, value=Fraction(count), numerator=count, n=int(people[line]))
    for dimension in request.indicator.disaggregations:
        yield from _tabulate_records(request, chosen, dimension, (events, people))


def compute_sum(request: Request) -> Iterator[Reading]:
    """The numbers of services, such as hours, added up; or of activities.

    What was not noted is in no sum and makes it an "at least" (defect j). No service at all is a true 0.
    """
    if request.indicator.source.kind == "activities":
        yield from sum_activities(request)
        return
    chosen = choose_records(request)
    number = chosen.rows[request.indicator.measure].to_numpy(dtype=np.float64)[chosen.at]
    noted = number > 0
    people = count_people(chosen.keys[noted], request.cut, request.known)
    for line in range(len(request.cut.names)):
        mine = chosen.lines == line
        told = mine & noted
        if mine.any() and not told.any():
            yield Reading(line, Role.EVENTS, availability=Availability.NOT_COLLECTED)
            continue
        total = sum(map(Fraction, number[told].tolist()), Fraction())
        yield Reading(
            line,
            Role.EVENTS,
            value=total,
            n=int(people[line]),
            at_least=bool((mine & ~told).any()),
            shares=find_shares(chosen.keys[told], number[told]),
        )


def compute_unique_persons(request: Request) -> Iterator[Reading]:
    """Different people with a record that meets the conditions (R9, R10), and tables of who they are (R18).

    Over several organisations people are known by bounds unless they agree (``compute_union``, R12): who is new in the
    period, or served in it, is who is so at one organisation or more.
    """
    chosen = choose_records(request)
    cut, known, persons = request.cut, request.known, chosen.get_codes("person")
    if is_plain(request):
        counts = count_people(chosen.keys[persons >= 0], cut, known)
        nameless = count_lines(chosen.lines[persons < 0], cut)
        for line, count in enumerate(counts.tolist()):
            yield Reading(line, Role.ACTIVITY, value=Fraction(count), at_least=bool(nameless[line]))
        return
    crowd = make_crowd(chosen.keys, cut, known)
    counts = crowd.count()
    if cut.across:
        named = persons >= 0
        yield _make_union(compute_union(persons[named], chosen.get_codes(PARTNER)[named], known.groups))
    else:
        yield from (_make_people(line, request.indicator, count) for line, count in enumerate(counts.tolist()))
    for dimension in request.indicator.disaggregations:
        if dimension != PARTNER or cut.across:
            yield from _tabulate(request, chosen, crowd, dimension, counts)


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
    behind, inside, outside = (count_people(keys[each], request.cut, known) for each in (asked, met, asked & ~met))
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


def _count_plainly(request: Request, chosen: Chosen) -> Iterator[Reading]:
    """Records about nobody, whole and by category."""
    for line in range(len(request.cut.names)):
        mine = chosen.lines == line
        yield Reading(line, Role.ACTIVITY, value=Fraction(int(mine.sum())))
        for dimension in request.indicator.disaggregations:
            names, codes = list_names(chosen.rows[dimension]), chosen.get_codes(dimension)[mine]
            for order, category in enumerate(list_categories(names, codes)):
                yield Reading(
                    line,
                    Role.ACTIVITY,
                    value=Fraction(int((codes == names.index(category)).sum())),
                    disaggregation={dimension: category},
                    group=dimension,
                    order=order,
                )


def _tabulate_records(
    request: Request, chosen: Chosen, dimension: str, totals: tuple[Codes, Codes]
) -> Iterator[Reading]:
    """Records by category, each with the people behind it; ``totals`` are all records and all people of each line.

    Where a record may stand in several (R18), how many people are behind those that do not stand in one is counted too.
    """
    several = dimension in SEVERAL
    for category, mine in _list_record_rows(request, chosen, dimension):
        counts = count_lines(chosen.lines[mine], request.cut)
        people, others = (count_people(chosen.keys[rows], request.cut, request.known) for rows in (mine, ~mine))
        for line, count in enumerate(counts.tolist()):
            if totals[0][line]:
                yield Reading(
                    line,
                    Role.EVENT_CELL,
                    disaggregation={dimension: category.code},
                    value=Fraction(count),
                    numerator=count,
                    n=int(people[line]),
                    base=int(totals[0][line]),
                    denominator=int(totals[1][line]),
                    group=dimension,
                    order=category.order,
                    category=category,
                    outside=int(others[line]) if several else None,
                )


def _list_record_rows(request: Request, chosen: Chosen, dimension: str) -> Iterator[tuple[Category, Mask]]:
    """The categories of a table of records, with which of the records stand in each."""
    names, codes = list_names(chosen.rows[dimension]), chosen.get_codes(dimension)
    if dimension not in SEVERAL:
        for category in _list_rows(request.indicator, dimension, names, codes):
            yield category, _find_members(category, names, codes)
        return
    found, listed = dict(list_values(names, codes)), request.indicator.categories.get(dimension, ())
    for order, code in enumerate((*listed, *(code for code in found if code not in listed))):
        yield Category(code, (code,), order), found.get(code, np.zeros(len(codes), dtype=np.bool_))


def _tabulate(request: Request, chosen: Chosen, crowd: Crowd, dimension: str, totals: Codes) -> Iterator[Reading]:
    """People by category: all of the code list, else every category that occurs, "unknown" where it is known (R18).

    A person with records in two categories is counted in both, so that the parts of a service table may exceed N.
    ``crowd`` are the people of the chosen records, ``totals`` how many they are in each line.
    """
    names, codes = list_names(chosen.rows[dimension]), chosen.get_codes(dimension)
    people = dict(zip(names, crowd.count_by(codes, len(names)).tolist(), strict=True))
    nobody = [0] * len(totals)
    bases = [(line, base) for line, base in enumerate(totals.tolist()) if base]
    for category in _list_rows(request.indicator, dimension, names, codes):
        cell = {dimension: category.code}
        if category.since:
            mine = _find_members(category, names, codes)
            counts = crowd.count_by(np.where(mine, 0, -1), 1)[0].tolist()
        else:
            counts = people.get(category.code, nobody)
        for line, base in bases:
            yield make_cell(
                line,
                counts[line],
                base,
                disaggregation=cell,
                group=dimension,
                order=category.order,
                category=category,
            )


def _list_rows(indicator: Indicator, dimension: str, names: Sequence[str], codes: Codes) -> Iterator[Category]:
    """The categories of a table on every step of its ladder."""
    listed = indicator.categories.get(dimension, ())
    return climb(list_categories(names, codes, listed), list_steps(indicator, dimension))


def _find_members(category: Category, names: Sequence[str], codes: Codes) -> Mask:
    """The records of a category; ``names`` are those of the codes."""
    return np.isin(codes, [names.index(member) for member in category.members if member in names])


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
