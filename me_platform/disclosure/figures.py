"""Figures: the numbers a page may print, with the state that says what kind of number each is.

A figure is made by ``indicators.calculation`` (raw), passes ``disclosure.protect`` (protected) and only then goes
into a snapshot, a chart, a table or a file. Source: rules-of-numbers R3, privacy-and-safety part 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class FigureState(StrEnum):
    """Closed list of what a printed figure can be (R3)."""

    VALUE = "value"
    BANDED = "banded"
    SUPPRESSED = "suppressed"
    NO_VALUE = "no_value"
    NOT_COLLECTED = "not_collected"
    NOT_OFFERED = "not_offered"


class Audience(StrEnum):
    """Who a figure is published to; decides the threshold T."""

    PARTNER = "partner"
    FUNDER = "funder"
    PUBLIC = "public"


THRESHOLDS: Mapping[Audience, int] = {Audience.PARTNER: 5, Audience.FUNDER: 5, Audience.PUBLIC: 10}
"""Smallest number of people a printed figure may stand for, by audience (privacy-and-safety part 3)."""


@dataclass(frozen=True)
class Figure:
    """One printed number.

    ``id`` is stable within a snapshot and names indicator, partner, period and cell. ``indicator`` is the code of
    the definition; ``part`` tells apart several figures of one indicator (``""`` for the headline, else e.g.
    ``improved``, ``baseline``, ``state:declined``, ``flow:eligible``). ``value`` is what is printed: a share in
    percent, a mean, a count. ``numerator`` and ``denominator`` are people (or events) and ``n`` the number of
    people the figure rests on. ``low`` and ``high`` are the interval of a value, or the bounds of a band
    (in numerator people for a proportion); a value that is its own ``low`` and has no ``high`` is "so many or more".
    ``joined`` belongs to people over several organisations (R12): by how much the sum over them is lowered because
    people were recognised by link card, in whole steps of the threshold; null where it is not.
    All are null unless the state is ``value``; a banded figure carries ``low``, ``high`` and its public
    ``denominator`` only. ``unit`` is one of ``percent``, ``persons``, ``events``,
    ``attendances``, ``people``, ``points``, ``hours``, ``USD``, ``EUR``, ``records``, ``per_person``, ``per_record``,
    ``per_event``, ``level`` (its place in the rubric, from 0), ``milestones``.
    """

    id: str
    indicator: str
    title: Mapping[str, str]
    partner: str
    period: str
    state: FigureState
    unit: str
    part: str = ""
    disaggregation: Mapping[str, str] = field(default_factory=dict)
    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    n: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    target: Decimal | None = None
    progress: Decimal | None = None
    joined: int | None = None


_DECIMALS = ("value", "low", "high", "target", "progress")
_INTEGERS = ("numerator", "denominator", "n")


def make_figure_id(
    indicator: str, partner: str, period: str, part: str = "", disaggregation: Mapping[str, str] | None = None
) -> str:
    """The stable name of a figure: ``indicator[:part][/dimension=category]@partner@period``.

    >>> make_figure_id("people", "ALFA", "2026", disaggregation={"age_band": "25-34"})
    'people/age_band=25-34@ALFA@2026'
    """
    cells = "".join(f"/{dimension}={category}" for dimension, category in (disaggregation or {}).items())
    return f"{indicator}{':' * bool(part)}{part}{cells}@{partner}@{period}"


def make_figure_content(figure: Figure) -> dict[str, Any]:
    """The figure as JSON can hold it, decimals as text so that no digit is lost; ``make_figure`` reads it back."""
    decimals = {name: getattr(figure, name) for name in _DECIMALS}
    return {
        "id": figure.id,
        "indicator": figure.indicator,
        "part": figure.part,
        "title": dict(figure.title),
        "partner": figure.partner,
        "period": figure.period,
        "disaggregation": dict(figure.disaggregation),
        "state": figure.state.value,
        "unit": figure.unit,
        **{name: getattr(figure, name) for name in _INTEGERS},
        **{name: None if number is None else str(number) for name, number in decimals.items()},
        # Where nobody is told to be recognised a figure is written as it was before there were cards (R23, R27).
        **({} if figure.joined is None else {"joined": figure.joined}),
    }


def make_figure(content: Mapping[str, Any]) -> Figure:
    """The figure of a content made by ``make_figure_content``. Raises KeyError or ValueError where it is not whole."""
    numbers: dict[str, Any] = {name: content[name] for name in _INTEGERS}
    numbers |= {name: None if content[name] is None else Decimal(content[name]) for name in _DECIMALS}
    return Figure(
        id=content["id"],
        indicator=content["indicator"],
        title=dict(content["title"]),
        partner=content["partner"],
        period=content["period"],
        state=FigureState(content["state"]),
        unit=content["unit"],
        part=content["part"],
        disaggregation=dict(content["disaggregation"]),
        joined=content.get("joined"),
        **numbers,
    )
