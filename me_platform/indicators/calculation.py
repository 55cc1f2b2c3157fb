"""From frames to raw figures: every figure of a plan for a period, for each organisation and for the consortium.

Pure: same frames, same figures, in whatever order the rows come. True numbers are computed here even for very few
people; what may be printed is decided above (privacy-and-safety part 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from me_platform.indicators.definition import (
    Aggregation,
    Direction,
    Indicator,
    Kind,
    Plan,
    PlanIndicator,
    PlanPartner,
    Scale,
    Text,
)
from me_platform.indicators.flow import (
    ASSISTED,
    ASSISTED_TITLE,
    FLOW,
    STAGES,
    compute_assisted,
    compute_flow,
    list_not_offered,
)
from me_platform.indicators.frames import Frames
from me_platform.indicators.ladders import Category
from me_platform.indicators.measures import HEADLINE_ROLES, MEASURES
from me_platform.indicators.pairing import Due, compute_due
from me_platform.indicators.periods import Period
from me_platform.indicators.readings import Cut, Reading, Request
from me_platform.indicators.records import Codes, Known, make_known, make_served
from me_platform.indicators.results import Availability, RawFigure, Role
from me_platform.indicators.scales import add_scores
from me_platform.surveys.definition import Survey

SURVIVOR, CHILD = "survivor", "child"
_ANSWERING = frozenset({SURVIVOR, "participant"})
"""Respondents who answer themselves, alone or with help; staff fill in the other surveys."""
PERSONS, FIGURES = "persons", "figures"

_SHARED_TARGETS = frozenset({Kind.PROPORTION, Kind.MEAN, Kind.PAIRED_CHANGE, Kind.RATIO, Kind.SCORED_QUALITATIVE})
"""Kinds whose target holds for every organisation; a target of a count or sum is the whole plan's."""


@dataclass(frozen=True)
class _Heading:
    """What a figure carries besides its numbers."""

    code: str
    title: Text
    unit: str
    decimals: int
    partner: str
    period: str
    children: bool = False
    threshold: int = 0
    sensitive: tuple[str, ...] = ()


def compute_figures(
    plan: Plan,
    indicators: Mapping[str, Indicator],
    surveys: Mapping[str, Survey],
    frames: Frames,
    period: Period,
    cutoff: date,
) -> tuple[RawFigure, ...]:
    """Every figure of the plan, organisation by organisation in the plan's order, flows first.

    The row of the plan that stands for the consortium is counted afresh over all people of the plan (R1). Raises
    KeyError when the plan names a survey or indicator that is not given.
    """
    known = lay_out(plan, indicators, surveys, frames, period, cutoff)
    asked = [surveys[name] for name in plan.surveys if has_flow(surveys[name])]
    due = {name: compute_due(surveys[name], known, period) for name in plan.surveys}
    found: dict[str, list[RawFigure]] = {partner.code: [] for partner in plan.partners}
    for survey in asked:
        mark = {} if len(asked) == 1 else {"survey": survey.id}
        for cut in make_cuts(plan, known, Aggregation.RECOMPUTE):
            for reading in _read_flow(plan, survey, known, due[survey.id], period, cut):
                figure = _make_stage(reading, cut, period, survey, mark)
                found[figure.partner].append(figure)
    for figure in _list_assisted(plan, surveys, known, period):
        found[figure.partner].append(figure)
    for chosen in plan.indicators:
        indicator = indicators[chosen.indicator]
        for cut in make_cuts(plan, known, indicator.over_partners):
            request = Request(indicator, known, period, cut, due, chosen.milestones)
            for reading in _read_indicator(plan, request, surveys):
                figure = _make_figure(reading, request, plan, chosen, surveys.get(indicator.source.survey))
                found[figure.partner].append(figure)
    return tuple(figure for figures in found.values() for figure in figures)


def lay_out(
    plan: Plan,
    indicators: Mapping[str, Indicator],
    surveys: Mapping[str, Survey],
    frames: Frames,
    period: Period,
    cutoff: date,
) -> Known:
    """What is known on the cut-off day, with the people served in the period as a source of their own, and scores."""
    known = make_known(frames, plan, surveys, cutoff)
    known = replace(known, sources={**known.sources, "people": make_served(known, period)})
    return add_scores(known, surveys, _list_scored(plan, indicators))


def _list_scored(plan: Plan, indicators: Mapping[str, Indicator]) -> Mapping[str, tuple[Scale, ...]]:
    """The scales the plan's indicators count, by survey, each once."""
    found: dict[str, dict[str, Scale]] = {}
    for indicator in (indicators[chosen.indicator] for chosen in plan.indicators):
        if indicator.scored is not None and indicator.source.survey in plan.surveys:
            found.setdefault(indicator.source.survey, {})[indicator.scored.name] = indicator.scored
    return {survey: tuple(scales.values()) for survey, scales in found.items()}


def has_flow(survey: Survey) -> bool:
    """Whether the way from being due to being measured twice is counted: where survivors are asked again and again."""
    return survey.respondent == SURVIVOR and survey.repeat_every > 0


def compute_progress(
    actual: Fraction | None, baseline: Decimal | None, target: Decimal | None, direction: Direction
) -> Fraction | None:
    """How much of the way from baseline to target has been covered, in percent; never capped (R16).

    The one formula serves both directions. It has no answer where baseline or target is missing or both are equal
    (defects e to h). What is to be maintained has its own rule: how much of the target's level is held.
    """
    if actual is None or target is None:
        return None
    if direction is Direction.MAINTAIN:
        return 100 * actual / Fraction(target) if target else None
    if baseline is None or baseline == target:
        return None
    return 100 * (actual - Fraction(baseline)) / (Fraction(target) - Fraction(baseline))


def round_half_up(value: Fraction, decimals: int) -> Decimal:
    """The one rounding of printed numbers (R29): halves go away from zero."""
    whole = (2 * abs(value.numerator) * 10**decimals + value.denominator) // (2 * value.denominator)
    return Decimal(-whole if value.numerator < 0 else whole).scaleb(-decimals)


def make_cuts(plan: Plan, known: Known, over_partners: Aggregation) -> Iterator[Cut]:
    """One line per organisation, and the consortium's line over all of them.

    Where a definition forbids to join organisations, the consortium's line holds its own records only.
    """
    own = [partner.code for partner in plan.partners if not partner.consortium]
    if own:
        yield Cut(tuple(own), _place(known, {code: line for line, code in enumerate(own)}))
    for partner in plan.partners:
        if partner.consortium:
            joined = [partner.code] if over_partners is Aggregation.NONE else [each.code for each in plan.partners]
            yield Cut((partner.code,), _place(known, dict.fromkeys(joined, 0)), across=True)


def _place(known: Known, lines: Mapping[str, int]) -> Codes:
    return np.array([*(lines.get(partner, -1) for partner in known.partners), -1], dtype=np.int64)


def _read_flow(plan: Plan, survey: Survey, known: Known, due: Due, period: Period, cut: Cut) -> Iterator[Reading]:
    offers = [_asks(plan, plan.get_partner(name), survey.id) for name in cut.names]
    yield from (reading for reading in compute_flow(survey, known, due, period, cut) if offers[reading.line])
    for line, offered in enumerate(offers):
        if not offered:
            yield from list_not_offered(line)


def _read_indicator(plan: Plan, request: Request, surveys: Mapping[str, Survey]) -> Iterator[Reading]:
    """The readings of a measure; without its survey in the plan, or at an organisation that does not ask, none."""
    indicator, names = request.indicator, request.cut.names
    if indicator.valid_to is not None and request.period.start > indicator.valid_to:
        role = HEADLINE_ROLES[indicator.kind]
        yield from (Reading(line, role, availability=Availability.NOT_COLLECTED) for line in range(len(names)))
        return
    if indicator.source.kind == FIGURES:
        yield from (Reading(line, Role.HIDDEN) for line in range(len(names)))
        return
    if not indicator.source.survey:
        yield from MEASURES[indicator.kind](request)
        return
    role = Role.FLOW_SHARE if indicator.source.kind == FLOW else HEADLINE_ROLES[indicator.kind]
    survey = surveys.get(indicator.source.survey)
    if survey is None or survey.id not in plan.surveys or (role is Role.FLOW_SHARE and not has_flow(survey)):
        for line in range(len(names)):
            yield Reading(line, role, availability=Availability.NOT_COLLECTED)
        return
    offers = [_asks(plan, plan.get_partner(name), survey.id) for name in names]
    readings = _read_flow_share(request, survey) if role is Role.FLOW_SHARE else MEASURES[indicator.kind](request)
    yield from (reading for reading in readings if offers[reading.line])
    for line, offered in enumerate(offers):
        if not offered:
            yield Reading(line, role, availability=Availability.NOT_OFFERED)


def _read_flow_share(request: Request, survey: Survey) -> Iterator[Reading]:
    """One stage of a survey's flow out of an earlier one."""
    source = request.indicator.source
    stages: dict[str, dict[int, int]] = {}
    for reading in compute_flow(survey, request.known, request.due[survey.id], request.period, request.cut):
        stages.setdefault(reading.part, {})[reading.line] = reading.numerator or 0
    for line, base in stages[source.of].items():
        hit = stages[source.stage][line]
        value = Fraction(hit, base) * Fraction(request.indicator.factor) if base else None
        yield Reading(
            line,
            Role.FLOW_SHARE,
            availability=Availability.VALUE if base else Availability.NO_VALUE,
            value=value,
            numerator=hit if base else None,
            denominator=base or None,
            n=base or None,
            stages=(survey.id, source.stage, source.of),
        )


def _asks(plan: Plan, partner: PlanPartner, survey: str) -> bool:
    """Whether a survey is asked there; the consortium asks where any of its organisations does."""
    members = [each for each in plan.partners if not each.consortium]
    asking = members if partner.consortium and members else [partner]
    return any(survey in plan.list_asked(each) for each in asking)


def _make_stage(reading: Reading, cut: Cut, period: Period, survey: Survey, mark: Mapping[str, str]) -> RawFigure:
    """A stage of the flow; ``mark`` tells several surveys of a plan apart."""
    partner, young = cut.names[reading.line], survey.audience == CHILD
    heading = _Heading(FLOW, STAGES[reading.part], PERSONS, 0, partner, period.label, young)
    return replace(_make_raw(reading, heading), disaggregation=mark, group=":".join([FLOW, *mark.values()]))


def _list_assisted(plan: Plan, surveys: Mapping[str, Survey], known: Known, period: Period) -> Iterator[RawFigure]:
    """How many answered with help, for every survey people answer themselves and every line that asks it."""
    for survey in (surveys[name] for name in plan.surveys if surveys[name].respondent in _ANSWERING):
        for cut in make_cuts(plan, known, Aggregation.RECOMPUTE):
            for reading in compute_assisted(survey, known, period, cut):
                if _asks(plan, plan.get_partner(cut.names[reading.line]), survey.id):
                    yield _make_assisted(reading, cut, period, survey)


def _make_assisted(reading: Reading, cut: Cut, period: Period, survey: Survey) -> RawFigure:
    partner, young = cut.names[reading.line], survey.audience == CHILD
    heading = _Heading(ASSISTED, ASSISTED_TITLE, "percent", 0, partner, period.label, young)
    return replace(_make_raw(reading, heading), disaggregation={"survey": survey.id})


def _make_figure(
    reading: Reading, request: Request, plan: Plan, chosen: PlanIndicator, survey: Survey | None
) -> RawFigure:
    """A figure of an indicator, with target and progress where it is the headline the target is set for (R16)."""
    indicator, cut = request.indicator, request.cut
    heading = _Heading(
        indicator.code,
        indicator.title,
        indicator.unit,
        indicator.decimals,
        cut.names[reading.line],
        request.period.label,
        survey is not None and survey.audience == CHILD,
        indicator.threshold or 0,
        indicator.sensitive,
    )
    figure = _make_raw(reading, heading)
    if reading.part or reading.disaggregation:
        return figure
    alone = not any(partner.consortium for partner in plan.partners)
    shared = cut.across or alone or indicator.kind in _SHARED_TARGETS
    own = {target.partner: target for target in chosen.partners}
    if not shared and figure.partner not in own:
        return figure
    target = chosen.get_target(figure.partner)
    # Between words there is an order and no distance: a level is never so many per cent of the way.
    actual = None if indicator.kind is Kind.SCORED_QUALITATIVE else reading.value
    progress = compute_progress(actual, target.baseline, target.target, indicator.direction)
    return replace(figure, target=target.target, progress=_round(progress, 0))


def _make_raw(reading: Reading, heading: _Heading) -> RawFigure:
    """The figure of a reading, rounded once (R29)."""
    decimals = heading.decimals if reading.decimals is None else reading.decimals
    return RawFigure(
        indicator=heading.code,
        title=reading.title or heading.title,
        partner=heading.partner,
        period=heading.period,
        role=reading.role,
        unit=reading.unit or heading.unit,
        availability=reading.availability,
        part=reading.part,
        disaggregation=reading.disaggregation,
        value=_round(reading.value, decimals),
        numerator=reading.numerator,
        denominator=reading.denominator,
        n=reading.n,
        low=_round(reading.low, decimals),
        high=_round(reading.high, decimals),
        base=reading.base,
        group=f"{heading.code}:{reading.group}" if reading.group else heading.code,
        order=reading.order,
        at_least=reading.at_least,
        scale=reading.scale,
        inside=reading.inside,
        outside=reading.outside,
        stages=reading.stages,
        shares=reading.shares,
        children=heading.children,
        threshold=heading.threshold,
        sensitive=tuple(each for each in heading.sensitive if each in reading.disaggregation),
        **_tell_category(reading.category),
    )


def _tell_category(category: Category | None) -> dict[str, Any]:
    """Where a category stands on its ladder, as fields of a figure."""
    if category is None:
        return {}
    return {
        "since": category.since,
        "until": category.until,
        "members": category.members if category.since else (),
    }


def _round(value: Fraction | None, decimals: int) -> Decimal | None:
    return None if value is None else round_half_up(value, decimals)
