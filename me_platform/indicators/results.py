"""What the engine hands to disclosure control: true numbers that are never printed as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from me_platform.indicators.definition import Text


class Availability(StrEnum):
    """Whether there is a number at all (R2, R3)."""

    VALUE = "value"
    NO_VALUE = "no_value"
    NOT_COLLECTED = "not_collected"
    NOT_OFFERED = "not_offered"


class Role(StrEnum):
    """What kind of number it is, which decides how it is protected.

    ``PROPORTION`` n of N people. ``CHAIN`` one stage of nested counts (response flow), ``order`` from the widest.
    ``CELL`` one cell of a one-way table over ``base`` people; ``order`` is its place in the line. ``COUNT`` a number
    of people. ``EVENTS`` a number of services or records resting on ``n`` people. ``MEAN`` a mean over ``n`` people.
    ``CHANGE`` one of improved, same, worse, not measurable over ``base`` people. ``UNION`` unique people over
    several partners, known by bounds only unless they agree (R12). ``RECORD_SHARE`` n of N records, resting on people.
    ``EVENT_CELL`` one cell of a table of records, resting on ``n`` people
    out of the ``denominator`` behind the whole table; where a record may stand in several cells (R18), with those
    behind all other records as ``outside``. ``FLOW_SHARE`` one stage of the response
    flow out of an earlier one. ``RATIO`` records or what they add up to, for each person or record, resting on people.
    ``MEDIAN`` the middle level of a rubric over ``n`` people, beside its table of levels. ``ACTIVITY`` a number from
    public activities, from an organisation's records about itself or from the plan, which is about no survivor.
    ``ASSISTED`` those of N people who answered with somebody's help or on
    paper. ``HIDDEN`` the share of hidden figures, known once all others are protected.
    """

    PROPORTION = "proportion"
    CHAIN = "chain"
    CELL = "cell"
    COUNT = "count"
    EVENTS = "events"
    MEAN = "mean"
    CHANGE = "change"
    UNION = "union"
    RECORD_SHARE = "record_share"
    EVENT_CELL = "event_cell"
    FLOW_SHARE = "flow_share"
    RATIO = "ratio"
    MEDIAN = "median"
    ACTIVITY = "activity"
    ASSISTED = "assisted"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Scale:
    """The answers a mean is made of: whole numbers from ``lowest`` to ``highest``, times ``factor`` in the mean."""

    lowest: int
    highest: int
    factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class RawFigure:
    """One true number.

    ``value`` is in ``unit`` (percent for shares), rounded once by the definition's decimals (R29); ``numerator`` and
    ``denominator`` are people or events; ``n`` the people it rests on; ``low`` and ``high`` its interval (for a
    UNION its bounds). ``base`` is N of the table, chain or change it belongs to (of a UNION the sum over the partners,
    from which ``high`` differs by the known matches) and ``group`` names it: figures of
    one partner, period and group are protected together, in ``order``. ``at_least`` marks a sum over numbers some of
    which are stated as "more than" or "about". ``scale`` is that of a mean. ``inside`` and ``outside`` are the people
    behind the records counted in a share and behind the others; ``stages`` are the survey and the two stages of its
    flow that a share is made of. ``shares`` are what the two people with the most add to a sum or a ratio, and what
    all others do. ``children`` marks what children said, for whom the threshold is higher, ``threshold`` is what the
    definition raises it to. ``sensitive`` are the dimensions of its category that the
    definition marks so (P3). A category stands from step ``since`` of its table's ladder, 0 for the table as it is
    declared, to step ``until`` (None: to the last); ``members`` are the finest categories of one that was merged.
    All numbers are None unless ``availability`` is ``value``.
    """

    indicator: str
    title: Text
    partner: str
    period: str
    role: Role
    unit: str
    availability: Availability = Availability.VALUE
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
    base: int | None = None
    group: str = ""
    order: int = 0
    at_least: bool = False
    scale: Scale | None = None
    inside: int | None = None
    outside: int | None = None
    stages: tuple[str, str, str] | None = None
    shares: tuple[Fraction, Fraction, Fraction] | None = None
    children: bool = False
    threshold: int = 0
    sensitive: tuple[str, ...] = ()
    since: int = 0
    until: int | None = None
    members: tuple[str, ...] = ()
