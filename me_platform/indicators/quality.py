"""How good the data are: how completely people answered, and what staff wrote down late, twice or against itself.

What concerns answers becomes raw figures, which pass disclosure control as any other (R3, privacy-and-safety 1.10).
They are of one organisation each and never of the consortium: from its numbers and those of all but one of its
partners the last one's could be worked out (P2). What staff wrote down themselves is counted here as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations, groupby
from statistics import median

import numpy as np
import pandas as pd

from me_platform.indicators.calculation import CHILD, make_cuts
from me_platform.indicators.conditions import STATE, Mask
from me_platform.indicators.definition import Aggregation, Indicator, Plan, Text
from me_platform.indicators.frames import UNKNOWN, Frames
from me_platform.indicators.measures import count_states
from me_platform.indicators.pairing import BASELINE, find_first, is_wave
from me_platform.indicators.periods import Period
from me_platform.indicators.readings import Cut, count_keys, count_lines, make_keys
from me_platform.indicators.records import STATES, Codes, Known, get_codes, is_placed, make_known
from me_platform.indicators.results import RawFigure, Role
from me_platform.surveys.definition import Survey

QUALITY = "quality"
"""What stands in the place of an indicator's code."""

OUTSIDE = "outside"
"""The wave of an answer that lies in no window."""

RESPONDED, ANSWERED = "responded", "answered"
TITLES: Mapping[str, Text] = {
    RESPONDED: {"en": "Sent answers that count", "lv": "Iesniedza atbildes, kas tiek ieskaitītas"},
    "in_window": {
        "en": "of them all within the windows",
        "lv": "no tiem visas savos laika logos",
    },
    "once": {"en": "and none twice on one day", "lv": "un nevienu divreiz vienā dienā"},
    "begun": {"en": "and a first answer before every later one", "lv": "un pirms katras vēlākās bija pirmā atbilde"},
    ANSWERED: {"en": "Answered the question", "lv": "Atbildēja uz jautājumu"},
}
"""What is counted of a survey and of each of its questions. Each stage of a survey is among those before."""

STAGES = (RESPONDED, "in_window", "once", "begun")


def compute_quality(
    plan: Plan,
    indicators: Mapping[str, Indicator],
    surveys: Mapping[str, Survey],
    frames: Frames,
    period: Period,
    cutoff: date,
) -> tuple[RawFigure, ...]:
    """How people answered in the period, for every organisation of the plan and survey it asks.

    Of a survey: how many people sent answers, and of these whose answers all lie in a window, were not sent twice, and
    began with a first one. Of a question: how many of them answered it, and, where no indicator counts its answer
    states, the table of them: one table is never told in two ways. Raises KeyError for a survey that is not given.
    """
    known = make_known(frames, plan, surveys, cutoff)
    # An item of a score is counted by the score: whoever gave it answered the item too.
    counted = {
        (indicator.source.survey, question)
        for indicator in (indicators[each.indicator] for each in plan.indicators)
        for question in (indicator.source.question, *(indicator.scored.list_questions() if indicator.scored else ()))
    }
    own = [cut for cut in make_cuts(plan, known, Aggregation.RECOMPUTE) if not cut.across]
    return tuple(
        replace(raw, children=survey.audience == CHILD)
        for cut in own
        for survey in (surveys[name] for name in plan.surveys)
        for raw in _list_survey(plan, survey, known, period, cut, counted)
    )


def make_question_mark(survey: str, question: str) -> str:
    """How a question of a survey is named beside a figure."""
    return f"{survey}.{question}"


def _list_survey(
    plan: Plan, survey: Survey, known: Known, period: Period, cut: Cut, counted: set[tuple[str, str]]
) -> Iterator[RawFigure]:
    rows = known.responses[survey.id]
    lines, keys, size = cut.get_lines(rows), make_keys(cut, known, rows), count_keys(cut, known)
    asked = (lines >= 0) & is_placed(rows["day"], period)
    stages = [
        count_lines(np.flatnonzero(reached) // max(known.persons, 1), cut)
        for reached in _find_stages(survey, rows, keys, asked, size)
    ]
    offered = [survey.id in plan.list_asked(plan.get_partner(name)) for name in cut.names]
    states = {
        question.name: count_states(rows, question.name, lines, keys, asked, size, len(cut.names))
        for question in survey.questions
        if STATE + question.name in rows
    }
    for line, name in enumerate(cut.names):
        if not offered[line]:
            continue
        base = int(stages[0][line])
        mark = {"survey": survey.id}
        for order, (part, counts) in enumerate(zip(STAGES, stages, strict=True)):
            yield _make_stage(name, period, part, mark, int(counts[line]), base, order)
        for question, table in states.items():
            mark = {"question": make_question_mark(survey.id, question)}
            told = table[line].tolist()
            yield _make_stage(name, period, RESPONDED, mark, base, base, 0)
            yield _make_stage(name, period, ANSWERED, mark, told[STATES.index(ANSWERED)], base, 1)
            if base and (survey.id, question) not in counted:
                yield from _list_states(name, period, mark, told, base)


def _find_stages(survey: Survey, rows: pd.DataFrame, keys: Codes, asked: Mask, size: int) -> Iterator[Mask]:
    """The keys that reach each of STAGES, each among those of the one before.

    A survey without windows, such as one around sessions, has nothing outside of them and needs no beginning.
    """
    begins = not survey.session and any(wave.name == BASELINE for wave in survey.waves)
    outside = asked & is_wave(rows, OUTSIDE) & begins
    at = np.flatnonzero(asked)
    sent = np.stack([keys, rows["day"].to_numpy().astype(np.int64), get_codes(rows["wave"])])[:, at]
    _, place, times = np.unique(sent, axis=1, return_inverse=True, return_counts=True)
    twice = np.zeros(len(rows), dtype=np.bool_)
    twice[at] = times[place.ravel()] > 1
    # Rows lie in order of time: the first baseline comes before whatever it is the beginning of.
    first = find_first(keys, is_wave(rows, BASELINE), size)[keys]
    begun = (first >= 0) & (first <= np.arange(len(rows)))
    unbegun = asked & ~begun & ~outside & begins
    reached = _mark(keys, asked, size)
    yield reached
    for fault in (outside, twice, unbegun):
        reached = reached & ~_mark(keys, fault, size)
        yield reached


def _mark(keys: Codes, rows: Mask, size: int) -> Mask:
    marked = np.zeros(size, dtype=np.bool_)
    marked[keys[rows]] = True
    return marked


def _make_stage(
    partner: str, period: Period, part: str, mark: Mapping[str, str], count: int, base: int, order: int
) -> RawFigure:
    return RawFigure(
        indicator=QUALITY,
        title=TITLES[part],
        partner=partner,
        period=period.label,
        role=Role.CHAIN,
        unit="persons",
        part=part,
        disaggregation=mark,
        value=Decimal(count),
        numerator=count,
        n=count,
        base=base,
        group=":".join([QUALITY, *mark.values()]),
        order=order,
    )


def _list_states(
    partner: str, period: Period, mark: Mapping[str, str], told: Sequence[int], base: int
) -> Iterator[RawFigure]:
    for order, (state, count) in enumerate(zip(STATES, told, strict=True)):
        yield RawFigure(
            indicator=QUALITY,
            title=TITLES[ANSWERED],
            partner=partner,
            period=period.label,
            role=Role.CELL,
            unit="persons",
            part=f"state:{state}",
            disaggregation=mark,
            value=Decimal(count),
            numerator=count,
            denominator=base,
            n=base,
            base=base,
            group=":".join([QUALITY, *mark.values()]),
            order=order,
        )


# -- what staff wrote down ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entered:
    """Something staff wrote down about a person: what it is, the day it is about, and the day it was written down.

    ``same`` is what another record of the person on that day has in common with it where it says the same again.
    """

    kind: str
    person: str
    day: date
    recorded: date
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enrolled:
    """A person as noted at enrolment, corrected; what was not noted is ``unknown`` or empty. ``code`` is hers."""

    code: str
    enrolled: date
    age_band: str
    language: str
    entry: str


@dataclass(frozen=True)
class Timeliness:
    """How soon records of one kind were written down: how many there are, in time, and days that half of them took."""

    kind: str
    records: int
    timely: int
    median_days: float

    @property
    def late(self) -> int:
        """Records that took longer."""
        return self.records - self.timely


@dataclass(frozen=True)
class Late:
    """Records of days up to a cut-off that were written down after it: the next snapshot restates for them (R22)."""

    cutoff: date
    records: int


def compute_timeliness(entered: Iterable[Entered], period: Period, within: int) -> tuple[Timeliness, ...]:
    """For each kind of record of the period how many were written down within so many days of the day they are about.

    >>> day = date(2026, 3, 1)
    >>> found = compute_timeliness([Entered("service", "p", day, date(2026, 3, 9))], Period(day, day, "1"), 7)
    >>> (found[0].records, found[0].timely, found[0].median_days)
    (1, 0, 8.0)
    """
    placed = sorted((each for each in entered if period.start <= each.day <= period.end), key=lambda each: each.kind)
    found = []
    for kind, records in groupby(placed, key=lambda each: each.kind):
        waits = [(each.recorded - each.day).days for each in records]
        found.append(Timeliness(kind, len(waits), sum(wait <= within for wait in waits), float(median(waits))))
    return tuple(found)


def count_late(entered: Iterable[Entered], period: Period, cutoff: date) -> Late:
    """How many records of the period, of days up to the cut-off, were written down after it (R22)."""
    late = (each for each in entered if period.start <= each.day <= period.end and each.day <= cutoff < each.recorded)
    return Late(cutoff, sum(1 for _ in late))


def find_repeated(entered: Iterable[Entered], period: Period) -> tuple[tuple[Entered, ...], ...]:
    """Records of the period that say the same of one person and day: probably written down twice."""
    found: dict[tuple[object, ...], list[Entered]] = {}
    for each in entered:
        if each.same and period.start <= each.day <= period.end:
            found.setdefault((each.kind, each.person, each.day, each.same), []).append(each)
    return tuple(tuple(alike) for alike in found.values() if len(alike) > 1)


def find_before_entry(entered: Iterable[Entered], enrolled: Mapping[str, date], period: Period) -> tuple[Entered, ...]:
    """Records of the period about a day before the person was enrolled: one of the two days is wrong."""
    return tuple(
        each
        for each in entered
        if period.start <= each.day <= period.end and each.day < enrolled.get(each.person, each.day)
    )


def find_twins(people: Iterable[Enrolled], within: int) -> tuple[tuple[str, str], ...]:
    """Pairs of people who may be one, enrolled twice: all that is noted of both is the same, and soon after each other.

    Somebody of whom something is not known is like nobody: nothing would tell her from others. Names and birth dates,
    which would tell more, are not kept. Each pair is ordered by code, the pairs by the first code.
    """
    found = []
    noted = [each for each in people if each.age_band not in {"", UNKNOWN} and each.language and each.entry]
    alike = sorted(noted, key=_get_traits)
    for _, group in groupby(alike, key=_get_traits):
        for one, other in combinations(group, 2):
            if abs((one.enrolled - other.enrolled).days) <= within:
                found.append((min(one.code, other.code), max(one.code, other.code)))
    return tuple(sorted(found))


def _get_traits(person: Enrolled) -> tuple[str, str, str]:
    return person.age_band, person.language, person.entry
