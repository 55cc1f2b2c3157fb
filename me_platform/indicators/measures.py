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

from me_platform.indicators.conditions import CHOICE, STATE, Mask, Tree, compile_condition
from me_platform.indicators.definition import Direction, Indicator, Kind
from me_platform.indicators.intervals import compute_mean_interval
from me_platform.indicators.milestones import compute_milestones
from me_platform.indicators.pairing import find_last, make_pairs, make_session_pairs
from me_platform.indicators.ratios import compute_ratio
from me_platform.indicators.readings import (
    Reading,
    Request,
    count_keys,
    count_lines,
    get_rows,
    list_limits,
    make_cell,
    make_keys,
    make_share,
)
from me_platform.indicators.record_measures import (
    compute_count,
    compute_record_share,
    compute_sum,
    compute_unique_persons,
    is_plain,
)
from me_platform.indicators.records import NUMBER, STATES, Codes, get_codes, is_placed
from me_platform.indicators.results import Availability, Role, Scale
from me_platform.surveys.definition import AnswerState

Measure = Callable[[Request], Iterator[Reading]]

POINTS = "points"
_HAIR = 1e-9
CHANGE = "change"
CHANGES = ("improved", "same", "worse", "not_measurable")
"""Parts of a paired change, in their order (R8)."""
LEVEL = "level:"
"""Part of a rubric's table: this and the code of a level, or this and ``STATE`` and the state of those not rated."""

HEADLINE_ROLES: Mapping[Kind, Role] = {
    Kind.COUNT: Role.EVENTS,
    Kind.UNIQUE_PERSONS: Role.COUNT,
    Kind.SUM: Role.EVENTS,
    Kind.PROPORTION: Role.PROPORTION,
    Kind.MEAN: Role.MEAN,
    Kind.PAIRED_CHANGE: Role.PROPORTION,
    Kind.RATIO: Role.RATIO,
    Kind.SCORED_QUALITATIVE: Role.MEDIAN,
    Kind.MILESTONE: Role.ACTIVITY,
}
"""The role of the headline where there is no number."""


def compute_proportion(request: Request) -> Iterator[Reading]:
    """Share of people whose last valid answer or record in the period meets the condition, and the states (R1-R3)."""
    if request.indicator.per == "record":
        yield from compute_record_share(request)
        return
    indicator, rows = request.indicator, get_rows(request)
    lines, keys, asked = _choose_responses(request, rows)
    valid = asked & compile_condition(get_denominator(indicator), rows)
    last = _list_found(find_last(keys, valid, count_keys(request.cut, request.known)))
    met = compile_condition(indicator.numerator, rows)[last]
    bases, hits = count_lines(lines[last], request.cut), count_lines(lines[last[met]], request.cut)
    for line, (hit, base) in enumerate(zip(hits.tolist(), bases.tolist(), strict=True)):
        yield make_share(line, indicator, hit, base)
    yield from _count_states(request, rows, lines, keys, asked)


def compute_mean(request: Request) -> Iterator[Reading]:
    """Mean of people's last valid answers in the period with its t interval, and the states of all (R3, R20)."""
    indicator, rows = request.indicator, get_rows(request)
    lines, keys, asked = _choose_responses(request, rows)
    number, scale = _get_number(indicator, rows), _get_scale(request)
    valid = asked & compile_condition(get_denominator(indicator), rows) & ~np.isnan(number)
    last = _list_found(find_last(keys, valid, count_keys(request.cut, request.known)))
    for line in range(len(request.cut.names)):
        yield _make_mean(line, number[last[lines[last] == line]].tolist(), scale)
    yield from _count_states(request, rows, lines, keys, asked)


def compute_paired_change(request: Request) -> Iterator[Reading]:
    """Change between baseline and follow-up of the same people (R6-R8).

    N is everyone with a valid baseline who was due a later wave in the period, or answered one; of a survey around a
    session everyone who answered before one. Improved, same, worse and not measurable make up N; the baseline of those
    measured stands beside that of those lost.
    """
    indicator, rows, known = request.indicator, get_rows(request), request.known
    lines, keys = request.cut.get_lines(rows), make_keys(request.cut, known, rows)
    number = _get_number(indicator, rows)
    valid = (lines >= 0) & compile_condition(indicator.population, rows) & ~np.isnan(number)
    due = request.due[indicator.source.survey]
    pair = make_session_pairs if due.session else make_pairs
    pairs = pair(rows, keys, valid, request.period, count_keys(request.cut, known))
    begun = np.flatnonzero(pairs.baseline >= 0)
    asked = due.session | due.later_wave[begun % max(known.persons, 1)]
    begun = begun[asked | (pairs.followup[begun] >= 0)]
    first, last = pairs.baseline[begun], pairs.followup[begun]
    points = float(get_factor(indicator))
    told = np.stack([number[first], np.where(last >= 0, number[last], np.nan)])
    change = _judge(indicator, told * points)
    scale = replace(_get_scale(request), factor=get_factor(indicator))
    for line in range(len(request.cut.names)):
        mine = lines[first] == line
        yield from _make_change(line, indicator, change[mine], told[:, mine], scale)


def compute_scored(request: Request) -> Iterator[Reading]:
    """The middle level of a rubric and how many stand at each; of words no mean is made.

    Of an even number the lower of the two in the middle counts, so that it is a level somebody gave. Ratings of people
    are each person's last one in the period; in one table with them stand those who were not rated, by the state of
    their answer (R3, R18). Of an organisation's ratings of itself each counts.
    """
    indicator, rows = request.indicator, get_rows(request)
    lines, keys, asked = _choose_responses(request, rows)
    level = find_levels(indicator, rows)
    chosen = np.flatnonzero(asked & (level >= 0))
    if not is_plain(request):
        chosen = _list_found(find_last(keys, asked & (level >= 0), count_keys(request.cut, request.known)))
    size = len(indicator.rubric)
    counts = np.bincount(lines[chosen] * size + level[chosen], minlength=len(request.cut.names) * size)
    silent = _count_unrated(request, rows, lines, keys, asked, chosen)
    for line, found in enumerate(counts.reshape(-1, size).tolist()):
        yield from _make_levels(line, request, found, silent[line])


def find_levels(indicator: Indicator, rows: pd.DataFrame) -> Codes:
    """The level of each record by its place in the rubric, -1 where its answer or rating is none of them."""
    question = indicator.source.question
    column = rows[CHOICE + question if question else indicator.measure]
    places = {level.code: place for place, level in enumerate(indicator.rubric)}
    known = np.array([*(places.get(str(each), -1) for each in column.cat.categories), -1], dtype=np.int64)
    return known[get_codes(column)]


def find_median(counts: Sequence[int]) -> int:
    """The level of the one in the middle, of an even number the lower of the two; ``counts`` holds one or more."""
    return int(np.searchsorted(np.cumsum(counts), (sum(counts) - 1) // 2, side="right"))


MEASURES: Mapping[Kind, Measure] = {
    Kind.COUNT: compute_count,
    Kind.UNIQUE_PERSONS: compute_unique_persons,
    Kind.SUM: compute_sum,
    Kind.PROPORTION: compute_proportion,
    Kind.MEAN: compute_mean,
    Kind.PAIRED_CHANGE: compute_paired_change,
    Kind.RATIO: compute_ratio,
    Kind.SCORED_QUALITATIVE: compute_scored,
    Kind.MILESTONE: compute_milestones,
}
"""One function for each kind of indicator."""


def _choose_responses(request: Request, rows: pd.DataFrame) -> tuple[Codes, Codes, Mask]:
    """Line and key of responses, and those of the population that count for the period."""
    lines, keys = request.cut.get_lines(rows), make_keys(request.cut, request.known, rows)
    placed = is_placed(rows["day"], request.period, request.indicator.period_basis)
    return lines, keys, (lines >= 0) & placed & compile_condition(request.indicator.population, rows)


def get_denominator(indicator: Indicator) -> Tree:
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
    return Scale(lowest, highest, Fraction(indicator.factor) * get_factor(indicator))


def get_factor(indicator: Indicator) -> Fraction:
    """What a number counted from is multiplied by to be in printed points: that of the scale, if it is a score."""
    return indicator.scored.points if indicator.scored else Fraction(1)


def _list_found(rows: Codes) -> Codes:
    return rows[rows >= 0]


def _count_states(request: Request, rows: pd.DataFrame, lines: Codes, keys: Codes, asked: Mask) -> Iterator[Reading]:
    """The table of how those who responded dealt with the question, for every line that has any (R3)."""
    question = request.indicator.source.question
    if not question:
        return
    size = count_keys(request.cut, request.known)
    table = count_states(rows, question, lines, keys, asked, size, len(request.cut.names))
    for line, counts in enumerate(table.tolist()):
        base = sum(counts)
        if base:
            for order, (name, count) in enumerate(zip(STATES, counts, strict=True)):
                yield make_cell(line, count, base, part=f"state:{name}", group="states", order=order)


def count_states(
    rows: pd.DataFrame, question: str, lines: Codes, keys: Codes, asked: Mask, size: int, width: int
) -> Codes:
    """How many of those who responded gave a valid answer to a question, and what the others did (R3).

    One row for each of ``width`` lines, one column for each of STATES; ``size`` is the number of keys. Who answered it
    validly at any time counts as answered; all others by their last response.
    """
    state = get_codes(rows[STATE + question])
    answered = find_last(keys, asked & (state == STATES.index(AnswerState.ANSWERED)), size)
    told = _list_found(np.where(answered >= 0, answered, find_last(keys, asked, size)))
    combined = np.bincount(lines[told] * len(STATES) + state[told], minlength=width * len(STATES))
    return combined.astype(np.int64).reshape(-1, len(STATES))


def _make_mean(line: int, numbers: Sequence[float], scale: Scale) -> Reading:
    """A mean with its t interval; of nothing there is none (defect l)."""
    if not numbers:
        return Reading(line, Role.MEAN, availability=Availability.NO_VALUE)
    found = compute_mean_interval(numbers)
    low, high = list_limits(found, scale.factor) if found else (None, None)
    value = sum(map(Fraction, numbers), Fraction()) / len(numbers) * scale.factor
    return Reading(line, Role.MEAN, value=value, n=len(numbers), low=low, high=high, scale=scale)


def _judge(indicator: Indicator, told: npt.NDArray[np.float64]) -> Codes:
    """The place in ``CHANGES`` of each change, by the declared rule (R8).

    ``told`` holds the points before and after; where the latter are missing the change is not measurable.
    """
    sign = -1 if indicator.direction is Direction.LOWER else 1
    points = float(indicator.improvement.points) if indicator.improvement else 0.0
    if indicator.improvement and indicator.improvement.rule == "crossed":
        # A score at the cut-off lies on its higher side; sums of fractions stand a hair beside whole points.
        told, points = np.where(np.isnan(told), np.nan, told >= points - _HAIR), 0.0
    step = sign * (told[1] - told[0])
    better, worse = (step > 0) & (step >= points - _HAIR), (step < 0) & (-step >= points - _HAIR)
    verdicts = [np.isnan(step), better, worse]
    places = [CHANGES.index("not_measurable"), CHANGES.index("improved"), CHANGES.index("worse")]
    return np.select(verdicts, places, default=CHANGES.index("same")).astype(np.int64)


def _make_change(
    line: int, indicator: Indicator, change: Codes, told: npt.NDArray[np.float64], scale: Scale
) -> Iterator[Reading]:
    """Share improved of those measured, the four parts of N, and the means of those measured and of those lost.

    ``told`` holds what they answered first and last (R7, R8).
    """
    counts = np.bincount(change, minlength=len(CHANGES)).tolist()
    total, lost = len(change), CHANGES.index("not_measurable")
    yield make_share(line, indicator, counts[0], total - counts[lost], CHANGE, total)
    if not total:
        return
    for order, (name, count) in enumerate(zip(CHANGES, counts, strict=True), 1):
        cell = make_cell(line, count, total, part=name, group=CHANGE, order=order)
        yield replace(cell, role=Role.CHANGE)
    means = (("baseline_paired", 0, change != lost), ("baseline_lost", 0, change == lost))
    for order, (name, when, mine) in enumerate((*means, ("followup_paired", 1, change != lost)), len(CHANGES) + 1):
        mean = _make_mean(line, told[when][mine].tolist(), scale)
        yield replace(
            mean,
            part=name,
            unit=POINTS,
            decimals=max(indicator.decimals, 1),
            base=total,
            group=CHANGE,
            order=order,
        )


def _count_unrated(
    request: Request, rows: pd.DataFrame, lines: Codes, keys: Codes, asked: Mask, rated: Codes
) -> list[dict[str, int]]:
    """Per line those who answered the survey and gave none of the levels, by the state of their last answer."""
    question, found = request.indicator.source.question, [dict[str, int]() for _ in request.cut.names]
    if not question:
        return found
    others = asked & ~np.isin(keys, keys[rated])
    last = _list_found(find_last(keys, others, count_keys(request.cut, request.known)))
    states = get_codes(rows[STATE + question])[last]
    for line, state in zip(lines[last].tolist(), states.tolist(), strict=True):
        found[line][STATES[state]] = found[line].get(STATES[state], 0) + 1
    return found


def _make_levels(line: int, request: Request, counts: Sequence[int], silent: Mapping[str, int]) -> Iterator[Reading]:
    """The median of a line and its table."""
    indicator, plain = request.indicator, is_plain(request)
    rated, everybody = sum(counts), sum(counts) + sum(silent.values())
    role = Role.ACTIVITY if plain else Role.MEDIAN
    if rated:
        value, people = Fraction(find_median(counts)), None if plain else rated
        yield Reading(line, role, value=value, denominator=rated, n=people, base=everybody, group="levels")
    else:
        yield Reading(line, role, availability=Availability.NO_VALUE, group="levels")
    if not everybody:
        return
    told = [
        (level.code, {language: f"{place} – {words}" for language, words in level.title.items()}, count)
        for place, (level, count) in enumerate(zip(indicator.rubric, counts, strict=True))
    ]
    unrated = [state for state in STATES if state != AnswerState.ANSWERED and indicator.source.question]
    told += [(STATE + state, {}, silent.get(state, 0)) for state in unrated]
    for order, (name, title, count) in enumerate(told, 1):
        cell = make_cell(line, count, everybody, part=LEVEL + name, group="levels", order=order)
        if plain:
            cell = replace(cell, role=role, unit="records", n=None)
        yield replace(cell, title=title)
