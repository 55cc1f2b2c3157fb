"""What became of a printed figure in a later snapshot, and why: differences taken apart by their causes (R24, R27).

A difference is taken apart by moving one cause after the other, from what the older snapshot knew to what the newer one
knows; each step is the difference between two counts of the same figure, so that the steps add up exactly. What of it
may be told is decided here as well: people behind a cause are told as a range, and a step is told only where neither it
nor the people behind it are few (privacy-and-safety part 3, P1 and P5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from me_platform.disclosure.bands import is_small
from me_platform.disclosure.figures import Figure, FigureState
from me_platform.disclosure.protect import make_hidden_share
from me_platform.disclosure.scene import find_state, get_bounds
from me_platform.indicators.results import RawFigure, Role


class Cause(StrEnum):
    """Why a figure is another one than before (R24).

    ``WITHDRAWN`` what people took out themselves: consent withdrawn, an objection, answers taken back, erasure.
    ``DUPLICATE`` records that were written down twice or by mistake. ``CORRECTION`` records and attributes that were
    replaced. ``LATE`` what was not known before. ``DEFINITION`` the same records, counted by another definition.
    """

    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    CORRECTION = "correction"
    LATE = "late"
    DEFINITION = "definition"


@dataclass(frozen=True)
class Count:
    """A figure at one point between two snapshots: its value, rounded as printed, and the people or records in it."""

    value: Decimal
    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True)
class Step:
    """A part of a difference; more causes than one where the figure had no value in between."""

    causes: tuple[Cause, ...]
    amount: Decimal
    moved: tuple[int, ...] = ()
    """By how much value, numerator and denominator moved, where they count; what must not be small."""


@dataclass(frozen=True)
class Restated:
    """A figure in two snapshots. ``old`` or ``new`` is None where that one does not have it.

    ``difference`` is there where both are values. ``steps`` add up to it; None where they may not be told or are not
    known.
    """

    id: str
    old: Figure | None
    new: Figure | None
    difference: Decimal | None = None
    steps: tuple[Step, ...] | None = None

    @property
    def any(self) -> Figure:
        """The newer of the two figures there are."""
        found = self.new or self.old
        assert found is not None  # noqa: S101 - a restated figure is in one of the snapshots
        return found


def take_apart(old: Count, states: Sequence[tuple[Cause, Count | None]]) -> tuple[Step, ...]:
    """The difference between ``old`` and the last of the states in steps, one for each cause that moved it.

    ``states`` are what the figure was after each cause, None where it had no value there: that cause is then told
    together with the next one. Steps of a cause that comes twice are added up. The sum of all steps is the last state
    less ``old``, whatever lies between. Raises ValueError where the last state has no value.
    """
    if not states or states[-1][1] is None:
        raise ValueError("a difference ends at a value")
    found: dict[tuple[Cause, ...], list[tuple[int, ...]]] = {}
    amounts: dict[tuple[Cause, ...], Decimal] = {}
    last, waiting = old, list[Cause]()
    for cause, count in states:
        waiting.append(cause)
        if count is None:
            continue
        causes = tuple(each for each in Cause if each in waiting)
        amounts[causes] = amounts.get(causes, Decimal(0)) + count.value - last.value
        found.setdefault(causes, []).append(_move(last, count))
        last, waiting = count, []
    # Several moves of a cause keep apart: two that cancel each other out are no zero.
    steps = (
        Step(causes, amounts[causes], tuple(number for move in moves for number in move))
        for causes, moves in found.items()
    )
    return tuple(step for step in steps if step.amount or any(step.moved))


def restate(old: Figure | None, new: Figure | None, states: Sequence[tuple[Cause, Count | None]]) -> Restated:
    """A figure in two snapshots; ``states`` lie between them, the newer snapshot's own value comes last.

    Without any state nothing is known of the causes.
    """
    figure = Restated((new or old or _NO_FIGURE).id, old, new)
    before, after = make_count(old), make_count(new)
    if before is None or after is None or old is None or new is None or old.unit != new.unit:
        return figure
    # What is not there any more and was in the newer snapshot left it since: people can take out, nobody else.
    steps = take_apart(before, [*states, (Cause.WITHDRAWN, after)]) if states else None
    return replace(figure, difference=after.value - before.value, steps=steps)


def protect_steps(
    figures: Sequence[Restated], people: Mapping[str, Mapping[Cause, int]], threshold: int, across: str = ""
) -> tuple[Restated, ...]:
    """The figures with only those steps that may be told; all steps of a figure or none, so that none can be inferred.

    ``people`` are those behind each cause, by partner. ``across`` is the partner that stands for all others: its steps
    are told only where those of every other partner are, or else theirs could be worked out from it.
    """
    shown = [
        each
        if each.steps is None or _may_tell(each.steps, people.get(each.any.partner, {}), threshold)
        else replace(each, steps=None)
        for each in figures
    ]
    hidden = {_get_cell(each.any) for each in shown if each.steps is None and each.any.partner != across}
    return tuple(
        replace(each, steps=None) if each.any.partner == across and _get_cell(each.any) in hidden else each
        for each in shown
    )


def tell_people(count: int, threshold: int) -> tuple[int, int | None]:
    """A number of people that is only told as a range: from 0 to T, or more than T.

    A range that begins at 0, or is open at its end, proves no small number.

    >>> tell_people(1, 5), tell_people(6, 5)
    ((0, 5), (6, None))
    """
    return (0, threshold) if count <= threshold else (threshold + 1, None)


def is_explained(stored: Figure, again: Figure | None, gone: int) -> bool:
    """Whether people who took something out since can be why a figure is counted differently now (R25, R27).

    Of a number of people, and of a share of people, each of them moves one at most. Other figures can move by any
    amount, so that of these only their being gone is asked for.
    """
    if not gone:
        return False
    if again is None or FigureState.VALUE not in {stored.state, again.state} or stored.state is not again.state:
        return True
    counted = [(stored.numerator, again.numerator), (stored.denominator, again.denominator)]
    of_people = stored.unit == "persons" or (stored.n is not None and stored.n == stored.denominator)
    return not of_people or all(
        abs(before - after) <= gone for before, after in counted if before is not None and after is not None
    )


def agrees(stored: Figure, raw: RawFigure, others: Iterable[Figure]) -> bool:
    """Whether what a figure tells is true of the number it is about, however another release would protect it.

    A hidden figure tells nothing of its number. ``others`` are the figures the share of hidden ones is about.
    """
    if raw.role is Role.HIDDEN:
        return make_hidden_share(raw, others) == stored
    state = find_state(raw)
    if stored.state is FigureState.SUPPRESSED:
        return state is FigureState.VALUE
    if stored.state is FigureState.BANDED:
        low, high = (raw.value or 0, raw.value or 0) if raw.role is Role.EVENTS else get_bounds(raw)
        return (stored.low or 0) <= low and (stored.high is None or high <= stored.high)
    told = (
        (stored.value, raw.value),
        (stored.numerator, raw.numerator),
        (stored.denominator, raw.denominator),
        (stored.n, raw.n),
    )
    return stored.state is state and all(before is None or before == now for before, now in told)


def make_count(figure: Figure | None) -> Count | None:
    """The numbers of a figure that is a value; None for any other."""
    if figure is None or figure.state is not FigureState.VALUE or figure.value is None:
        return None
    return Count(figure.value, figure.numerator, figure.denominator)


_NO_FIGURE = Figure("", "", {}, "", "", FigureState.NO_VALUE, "")


def _move(before: Count, after: Count) -> tuple[int, ...]:
    pairs = ((before.numerator, after.numerator), (before.denominator, after.denominator))
    return tuple(two - one for one, two in pairs if one is not None and two is not None)


def _may_tell(steps: Sequence[Step], people: Mapping[Cause, int], threshold: int) -> bool:
    """Whether no step rests on few people, and none is itself a small number of people or records."""
    return not any(
        is_small(abs(number), threshold) for step in steps for number in (*step.moved, *_get_amount(step))
    ) and all(
        people.get(cause, 0) >= threshold for step in steps for cause in step.causes if cause is not Cause.DEFINITION
    )


def _get_amount(step: Step) -> tuple[int, ...]:
    """The amount of a step where nothing else says how much it moved; a share of an hour counts as a whole one."""
    return () if step.moved else (int(abs(step.amount).to_integral_value(rounding="ROUND_CEILING")),)


def _get_cell(figure: Figure) -> tuple[str, ...]:
    """What figures of several partners that belong together have in common."""
    cells = (f"{name}={value}" for name, value in figure.disaggregation.items())
    return (figure.indicator, figure.part, *cells)
