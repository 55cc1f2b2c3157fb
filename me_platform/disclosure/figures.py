"""Figures: the numbers a page may print, with the state that says what kind of number each is.

A figure is made by ``indicators.calculation`` (raw), passes ``disclosure.protect`` (protected) and only then goes
into a snapshot, a chart, a table or a file. Source: rules-of-numbers R3, privacy-and-safety part 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


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
    (in numerator people for a proportion). All are null unless the state is ``value``; a banded figure carries
    ``low``, ``high`` and its public ``denominator`` only. ``unit`` is one of ``percent``, ``persons``, ``events``,
    ``attendances``, ``people``, ``points``, ``hours``, ``USD``, ``EUR``, ``records``.
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
