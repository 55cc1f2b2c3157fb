"""How each kind of indicator is counted: one function per kind, in ``MEASURES``.

A measure counts category codes for all lines of a cut at once and yields for every line its headline (part "")
followed by its parts and tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.indicators.activity_measures import count_activities, sum_activities
from me_platform.indicators.conditions import STATE, Mask, Tree, compile_condition
from me_platform.indicators.definition import Direction, Indicator, Kind
from me_platform.indicators.frames import UNKNOWN
from me_platform.indicators.intervals import Interval, compute_byar, compute_mean_interval, compute_wilson
from me_platform.indicators.pairing import find_first, find_last, make_pairs
from me_platform.indicators.readings import (
    Reading,
    Request,
    count_keys,
    count_lines,
    count_people,
    make_keys,
    meets_conditions,
)
from me_platform.indicators.records import FIRST_TIME, NUMBER, STATES, Codes, get_codes, is_placed
from me_platform.indicators.results import Availability, Role, Scale
from me_platform.surveys.definition import AnswerState

Measure = Callable[[Request], Iterator[Reading]]

PERSONS = "persons"
POINTS = "points"
PARTNER = "partner"
CHANGE = "change"
CHANGES = ("improved", "same", "worse", "not_measurable")
"""Parts of a paired change, in their order (R8)."""

HEADLINE_ROLES: Mapping[Kind, Role] = {
    Kind.COUNT: Role.EVENTS,
    Kind.UNIQUE_PERSONS: Role.COUNT,
    Kind.SUM: Role.EVENTS,
    Kind.PROPORTION: Role.PROPORTION,
    Kind.MEAN: Role.MEAN,
    Kind.PAIRED_CHANGE: Role.PROPORTION,
}
"""The role of the headline where there is no number."""


def compute_count(request: Request) -> Iterator[Reading]:
    """Services or narratives that meet the conditions, with the people behind them; or activities."""
    if request.indicator.source.kind == "activities":
        yield from count_activities(request)
        return
    _, lines, keys, chosen = _choose_records(request)
    events, people = count_lines(lines[chosen], request.cut), count_people(keys, chosen, request.cut, request.known)
    for line, count in enumerate(events.tolist()):
        yield Reading(line, Role.EVENTS, value=Fraction(count), numerator=count, n=int(people[line]))


def compute_sum(request: Request) -> Iterator[Reading]:
    """The numbers of services, such as hours, added up; or of activities.

    What was not noted is in no sum and makes it an "at least" (defect j). No service at all is a true 0.
    """
    if request.indicator.source.kind == "activities":
        yield from sum_activities(request)
        return
    rows, lines, keys, chosen = _choose_records(request)
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

    Over several organisations people are known by bounds unless they agree (R12): at least as many as the largest
    organisation counts, at most as many as there are different records of people; people linked by their consent
    carry one id, which lowers the upper bound.
    """
    rows, _, keys, chosen = _choose_records(request)
    counts = count_people(keys, chosen, request.cut, request.known)
    least = counts
    if request.cut.across:
        per_partner = get_codes(rows[PARTNER])[chosen] * request.known.persons + get_codes(rows["person"])[chosen]
        own = np.bincount(np.unique(per_partner) // max(request.known.persons, 1), minlength=1)
        least = np.array([own.max()])
    for line, count in enumerate(counts.tolist()):
        if request.cut.across:
            yield _make_union(line, int(least[line]), count)
        else:
            yield _make_people(line, request.indicator, count)
    for dimension in request.indicator.disaggregations:
        if dimension != PARTNER or request.cut.across:
            yield from _tabulate(request, rows[dimension], keys, chosen, dimension, counts)


def compute_proportion(request: Request) -> Iterator[Reading]:
    """Share of people whose last valid answer in the period meets the condition, and the states of all (R1-R3)."""
    indicator, rows = request.indicator, _get_responses(request)
    lines, keys, asked = _choose_responses(request, rows)
    valid = asked & compile_condition(_get_denominator(indicator), rows)
    last = _list_found(find_last(keys, valid, count_keys(request.cut, request.known)))
    met = compile_condition(indicator.numerator, rows)[last]
    bases, hits = count_lines(lines[last], request.cut), count_lines(lines[last[met]], request.cut)
    for line, (hit, base) in enumerate(zip(hits.tolist(), bases.tolist(), strict=True)):
        yield _make_share(line, indicator, hit, base)
    yield from _count_states(request, rows, lines, keys, asked)


def compute_mean(request: Request) -> Iterator[Reading]:
    """Mean of people's last valid answers in the period with its t interval, and the states of all (R3, R20)."""
    indicator, rows = request.indicator, _get_responses(request)
    lines, keys, asked = _choose_responses(request, rows)
    number, scale = _get_number(indicator, rows), _get_scale(request)
    valid = asked & compile_condition(_get_denominator(indicator), rows) & ~np.isnan(number)
    last = _list_found(find_last(keys, valid, count_keys(request.cut, request.known)))
    for line in range(len(request.cut.names)):
        yield _make_mean(line, number[last[lines[last] == line]].tolist(), scale)
    yield from _count_states(request, rows, lines, keys, asked)


def compute_paired_change(request: Request) -> Iterator[Reading]:
    """Change between baseline and follow-up of the same people (R6-R8).

    N is everyone with a valid baseline who was due a later wave in the period, or answered one. Improved, same,
    worse and not measurable make up N; the baseline of those measured stands beside that of those lost.
    """
    indicator, rows, known = request.indicator, _get_responses(request), request.known
    lines, keys = request.cut.get_lines(rows), make_keys(request.cut, known, rows)
    number = _get_number(indicator, rows)
    valid = (lines >= 0) & compile_condition(indicator.population, rows) & ~np.isnan(number)
    pairs = make_pairs(rows, keys, valid, request.period, count_keys(request.cut, known))
    begun = np.flatnonzero(pairs.baseline >= 0)
    due = request.due[indicator.source.survey].later_wave[begun % max(known.persons, 1)]
    begun = begun[due | (pairs.followup[begun] >= 0)]
    first, last = pairs.baseline[begun], pairs.followup[begun]
    step = np.where(last >= 0, number[last] - number[first], np.nan)
    sign = -1 if indicator.direction is Direction.LOWER else 1
    change = _judge(indicator, sign * step)
    scale = replace(_get_scale(request), factor=Fraction(1))
    for line in range(len(request.cut.names)):
        mine = lines[first] == line
        yield from _make_change(line, indicator, change[mine], number[first[mine]], scale)


MEASURES: Mapping[Kind, Measure] = {
    Kind.COUNT: compute_count,
    Kind.UNIQUE_PERSONS: compute_unique_persons,
    Kind.SUM: compute_sum,
    Kind.PROPORTION: compute_proportion,
    Kind.MEAN: compute_mean,
    Kind.PAIRED_CHANGE: compute_paired_change,
}
"""One function for each kind of indicator."""


def _choose_records(request: Request) -> tuple[pd.DataFrame, Codes, Codes, Mask]:
    """Services, narratives or responses with line and key, and those of them that count for the period.

    With the basis "new in period" only records of people whose first counted record lies in the period are chosen:
    later ones never move a person out of the period that counted her (R10, defect m).
    """
    indicator, known, cut = request.indicator, request.known, request.cut
    tables = {"services": known.services, "narratives": known.narratives}
    kind = indicator.source.kind
    rows = tables[kind] if kind in tables else _get_responses(request)
    lines, keys = cut.get_lines(rows), make_keys(cut, known, rows)
    meeting = (lines >= 0) & meets_conditions(indicator, rows)
    chosen = meeting & is_placed(rows["day"], request.period, indicator.period_basis)
    if indicator.period_basis == FIRST_TIME and indicator.kind is Kind.UNIQUE_PERSONS:
        first = find_first(keys, meeting, count_keys(cut, known))[keys]
        # A row that is not chosen may have no first; it stays out whatever its place says.
        chosen &= rows["day"].to_numpy()[first] >= np.datetime64(request.period.start)
    return rows, lines, keys, chosen


def _get_responses(request: Request) -> pd.DataFrame:
    return request.known.responses[request.indicator.source.survey]


def _choose_responses(request: Request, rows: pd.DataFrame) -> tuple[Codes, Codes, Mask]:
    """Line and key of responses, and those of the population that count for the period."""
    lines, keys = request.cut.get_lines(rows), make_keys(request.cut, request.known, rows)
    placed = is_placed(rows["day"], request.period, request.indicator.period_basis)
    return lines, keys, (lines >= 0) & placed & compile_condition(request.indicator.population, rows)


def _get_denominator(indicator: Indicator) -> Tree:
    """The definition's denominator; where it names none, everybody with a valid answer to its question."""
    if indicator.denominator or not indicator.source.question:
        return indicator.denominator
    return {"question": indicator.source.question, "state": [AnswerState.ANSWERED.value]}


def _get_number(indicator: Indicator, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    return rows[NUMBER + (indicator.measure or indicator.source.question)].to_numpy(dtype=np.float64)


def _get_scale(request: Request) -> Scale:
    """The numbers a mean is made of, and the factor of the definition."""
    indicator = request.indicator
    bounds = request.known.bounds[indicator.source.survey]
    lowest, highest = bounds[indicator.measure or indicator.source.question]
    return Scale(lowest, highest, Fraction(indicator.factor))


def _list_found(rows: Codes) -> Codes:
    return rows[rows >= 0]


def _count_states(request: Request, rows: pd.DataFrame, lines: Codes, keys: Codes, asked: Mask) -> Iterator[Reading]:
    """How many of those who responded gave a valid answer to the question, and what the others did (R3).

    Who answered it validly at any time of the period counts as answered; all others by their last response.
    """
    question = request.indicator.source.question
    if not question:
        return
    state, size = get_codes(rows[STATE + question]), count_keys(request.cut, request.known)
    answered = find_last(keys, asked & (state == STATES.index(AnswerState.ANSWERED)), size)
    told = _list_found(np.where(answered >= 0, answered, find_last(keys, asked, size)))
    combined = np.bincount(lines[told] * len(STATES) + state[told], minlength=len(request.cut.names) * len(STATES))
    for line, counts in enumerate(combined.reshape(-1, len(STATES)).tolist()):
        base = sum(counts)
        if base:
            for order, (name, count) in enumerate(zip(STATES, counts, strict=True)):
                yield _make_cell(line, count, base, part=f"state:{name}", group="states", order=order)


def _tabulate(
    request: Request, column: pd.Series, keys: Codes, chosen: Mask, dimension: str, totals: Codes
) -> Iterator[Reading]:
    """People by category: every category that occurs, "unknown" where the dimension knows it (R18).

    A person with records in two categories is counted in both, so that the parts of a service table may exceed N.
    """
    categories, codes = [str(one) for one in column.cat.categories], get_codes(column)
    size = len(categories)
    people = np.unique(keys[chosen] * size + codes[chosen])
    line, code = people // max(size * request.known.persons, 1), people % max(size, 1)
    table = np.bincount(line * size + code, minlength=len(totals) * size).reshape(len(totals), size)
    shown = [place for place, name in enumerate(categories) if name == UNKNOWN or table[:, place].any()]
    shown.sort(key=lambda place: categories[place] == UNKNOWN)
    for place, base in enumerate(totals.tolist()):
        if base:
            for order, category in enumerate(shown):
                yield _make_cell(
                    place,
                    int(table[place, category]),
                    base,
                    disaggregation={dimension: categories[category]},
                    group=dimension,
                    order=order,
                )


def _make_cell(
    line: int,
    count: int,
    base: int,
    *,
    part: str = "",
    disaggregation: Mapping[str, str] | None = None,
    group: str,
    order: int,
) -> Reading:
    return Reading(
        line,
        Role.CELL,
        part=part,
        unit=PERSONS,
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


def _make_people(line: int, indicator: Indicator, count: int) -> Reading:
    """A number of people, with Byar's interval where the definition asks for one."""
    low, high = _list_limits(compute_byar(count), Fraction(1)) if indicator.interval == "byar" else (None, None)
    return Reading(line, Role.COUNT, value=Fraction(count), numerator=count, n=count, low=low, high=high)


def _make_union(line: int, least: int, most: int) -> Reading:
    """People over several organisations by their bounds; a value only where both agree (R12)."""
    known = most if least == most else None
    value = None if known is None else Fraction(known)
    low, high = Fraction(least), Fraction(most)
    return Reading(line, Role.UNION, value=value, numerator=known, n=known, low=low, high=high)


def _make_share(
    line: int, indicator: Indicator, hit: int, base: int, group: str = "", whole: int | None = None
) -> Reading:
    """A share with Wilson's interval; out of nobody there is none (R2, defects a, h)."""
    total = base if whole is None else whole
    if not base:
        return Reading(line, Role.PROPORTION, availability=Availability.NO_VALUE, group=group)
    factor = Fraction(indicator.factor)
    low, high = _list_limits(compute_wilson(hit, base), factor)
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


def _make_mean(line: int, numbers: Sequence[float], scale: Scale) -> Reading:
    """A mean with its t interval; of nothing there is none (defect l)."""
    if not numbers:
        return Reading(line, Role.MEAN, availability=Availability.NO_VALUE)
    found = compute_mean_interval(numbers)
    low, high = _list_limits(found, scale.factor) if found else (None, None)
    value = sum(map(Fraction, numbers), Fraction()) / len(numbers) * scale.factor
    return Reading(line, Role.MEAN, value=value, n=len(numbers), low=low, high=high, scale=scale)


def _list_limits(interval: Interval, factor: Fraction) -> tuple[Fraction, Fraction]:
    return Fraction(interval.low) * factor, Fraction(interval.high) * factor


def _judge(indicator: Indicator, step: npt.NDArray[np.float64]) -> Codes:
    """The place in ``CHANGES`` of each change towards the better, by the declared number of steps (R8)."""
    points = float(indicator.improvement.points) if indicator.improvement else 0.0
    better, worse = (step > 0) & (step >= points), (step < 0) & (-step >= points)
    verdicts = [np.isnan(step), better, worse]
    places = [CHANGES.index("not_measurable"), CHANGES.index("improved"), CHANGES.index("worse")]
    return np.select(verdicts, places, default=CHANGES.index("same")).astype(np.int64)


def _make_change(
    line: int, indicator: Indicator, change: Codes, baseline: npt.NDArray[np.float64], scale: Scale
) -> Iterator[Reading]:
    """Share improved of those measured, the four parts of N, and both baselines (R7, R8)."""
    counts = np.bincount(change, minlength=len(CHANGES)).tolist()
    total, lost = len(change), CHANGES.index("not_measurable")
    yield _make_share(line, indicator, counts[0], total - counts[lost], CHANGE, total)
    if not total:
        return
    for order, (name, count) in enumerate(zip(CHANGES, counts, strict=True), 1):
        cell = _make_cell(line, count, total, part=name, group=CHANGE, order=order)
        yield replace(cell, role=Role.CHANGE)
    for order, (name, mine) in enumerate((("paired", change != lost), ("lost", change == lost)), len(CHANGES) + 1):
        mean = _make_mean(line, baseline[mine].tolist(), scale)
        yield replace(
            mean,
            part=f"baseline_{name}",
            unit=POINTS,
            decimals=max(indicator.decimals, 1),
            base=total,
            group=CHANGE,
            order=order,
        )
