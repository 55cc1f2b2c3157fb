"""Milestones of a plan: what was to be reached by a day, and whether it was by the end of a period [23].

A milestone is reached in time, reached late, open or overdue; the four make up all of them. They are the plan's, so
that one line tells of them, that of the consortium.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

from me_platform.indicators.definition import Milestone, Text
from me_platform.indicators.readings import Reading, Request
from me_platform.indicators.results import Availability, Role

MILESTONE = "milestone:"
"""Part of the figure of one milestone: this and the day it is due."""
IN_TIME, LATE, OPEN, OVERDUE = "in_time", "late", "open", "overdue"
STATES = (IN_TIME, LATE, OPEN, OVERDUE)

_TITLES: Mapping[str, Text] = {
    IN_TIME: {"en": "Reached in time", "lv": "Sasniegti laikā"},
    LATE: {"en": "Reached late", "lv": "Sasniegti ar nokavēšanos"},
    OPEN: {"en": "Open", "lv": "Vēl priekšā"},
    OVERDUE: {"en": "Overdue", "lv": "Nokavēti"},
}
_WORDS: Mapping[str, Text] = {
    IN_TIME: {"en": "{text}: reached in time", "lv": "{text} – sasniegts laikā"},
    LATE: {"en": "{text}: reached late", "lv": "{text} – sasniegts ar nokavēšanos"},
    OPEN: {"en": "{text}: open", "lv": "{text} – vēl priekšā"},
    OVERDUE: {"en": "{text}: overdue", "lv": "{text} – nokavēts"},
}
"""What is said of several milestones in a state, and of one."""


def find_state(milestone: Milestone, day: date) -> str:
    """What can be said of a milestone at the end of a day; reached later than that is not reached yet (R22).

    On the evening of its own day a milestone that is not reached is overdue.
    """
    if milestone.reached is not None and milestone.reached <= day:
        return IN_TIME if milestone.reached <= milestone.day else LATE
    return OPEN if milestone.day > day else OVERDUE


def find_last_day(request: Request) -> date:
    """The last day that is known of the period: its end, or the cut-off where that is earlier."""
    return min(request.period.end, request.known.cutoff)


def compute_milestones(request: Request) -> Iterator[Reading]:
    """How many of all milestones were reached, how many are in which state, and each of them as 1 or 0."""
    across = request.cut.across
    for line in range(len(request.cut.names)):
        if not across:
            yield Reading(line, Role.ACTIVITY, availability=Availability.NOT_COLLECTED)
        elif not request.milestones:
            yield Reading(line, Role.ACTIVITY, availability=Availability.NO_VALUE)
        else:
            yield from _count(line, request.milestones, find_last_day(request))


def _count(line: int, milestones: tuple[Milestone, ...], day: date) -> Iterator[Reading]:
    states = [find_state(each, day) for each in milestones]
    base = len(states)
    reached = sum(state in {IN_TIME, LATE} for state in states)
    yield Reading(line, Role.ACTIVITY, value=Fraction(reached), numerator=reached, denominator=base, base=base)
    for order, name in enumerate(STATES, 1):
        count = states.count(name)
        yield Reading(
            line,
            Role.ACTIVITY,
            part=name,
            title=_TITLES[name],
            value=Fraction(count),
            numerator=count,
            denominator=base,
            base=base,
            group="states",
            order=order,
        )
    for order, (milestone, state) in enumerate(zip(milestones, states, strict=True), 1):
        yield Reading(
            line,
            Role.ACTIVITY,
            part=f"{MILESTONE}{milestone.day.isoformat()}",
            title={language: words.format(text=milestone.text[language]) for language, words in _WORDS[state].items()},
            value=Fraction(state in {IN_TIME, LATE}),
            group="milestones",
            order=order,
        )
