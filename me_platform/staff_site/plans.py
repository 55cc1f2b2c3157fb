"""The pages of plans: what a project is to reach, with whom, and how it is measured. Read only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, render_template

from me_platform.access import Action
from me_platform.disclosure.wording import make_number_text
from me_platform.errors import NotFound
from me_platform.indicators.definition import Indicator, Plan, PlanPartner
from me_platform.reports.words import make_short_day
from me_platform.services.content_texts import make_plan_words
from me_platform.services.seats import Seat, find_consortia
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language

PLANS = Area("plans.show", mark("Plans"), Action.SHOW_PLAN)


@dataclass(frozen=True)
class PartnerLine:
    """An organisation of a plan in the words of its reader."""

    code: str
    name: str
    country: str
    role: str
    task: str
    services: tuple[tuple[str, str], ...]
    consortium: bool


@dataclass(frozen=True)
class AimLine:
    """An indicator of a result, with what is to be reached; empty where nothing is set."""

    code: str
    title: str
    definition: str
    baseline: str
    baseline_date: str
    target: str
    target_date: str
    rationale: str


@dataclass(frozen=True)
class AimLines:
    """A result with its indicators."""

    code: str
    level: str
    title: str
    assumptions: str
    lines: tuple[AimLine, ...]


def make_plans(frame: Frame) -> Blueprint:
    """The pages about plans."""
    blueprint = Blueprint("plans", __name__)
    desk = frame.desk

    @frame.page(blueprint, "/plans", Action.SHOW_PLAN)
    def show(seat: Seat) -> str:
        return render_template("plans.html", plans=list_plans(frame, seat))

    @frame.page(blueprint, "/plans/<name>", Action.SHOW_PLAN)
    def plan(seat: Seat, name: str) -> str:
        found = next((each for each in list_plans(frame, seat) if each.id == name), None)
        if found is None:
            raise NotFound("plan", name)
        surveys = [(each, desk.catalogue.surveys[each].title) for each in found.surveys]
        return render_template(
            "plan.html",
            plan=found,
            words=make_plan_words(find_language(frame.wording)),
            partners=list(list_partners(frame, found)),
            results=list(list_aims(frame, found, seat.partner.code)),
            surveys=[frame.choose(title, each) for each, title in surveys],
        )

    return blueprint


def list_plans(frame: Frame, seat: Seat) -> list[Plan]:
    """The plans the organisation belongs to that the user may read."""
    code = seat.partner.code
    return [
        plan
        for plan in frame.desk.plans.values()
        if code in {each.code for each in plan.partners}
        and seat.may(Action.SHOW_PLAN, consortia=find_consortia(plan, code))
    ]


def list_partners(frame: Frame, plan: Plan) -> Iterator[PartnerLine]:
    """Who takes part, and with what."""
    words = make_plan_words(find_language(frame.wording))
    services = frame.desk.catalogue.taxonomy.lists.get("service_types", {})
    for partner in plan.partners:
        yield PartnerLine(
            code=partner.code,
            name=frame.choose(partner.name, partner.code),
            country=frame.choose(partner.country),
            role=words["consortium"] if partner.consortium else words[partner.role],
            task=frame.choose(partner.task),
            services=tuple((code, frame.choose(services[code].title, code)) for code in _list_scope(partner)),
            consortium=partner.consortium,
        )


def list_aims(frame: Frame, plan: Plan, code: str) -> Iterator[AimLines]:
    """The results with their indicators, and what an organisation of the plan is to reach."""
    levels = frame.desk.catalogue.taxonomy.lists.get("levels", {})
    indicators = frame.desk.catalogue.indicators
    for result in plan.results:
        level = levels.get(result.level)
        yield AimLines(
            code=result.code,
            level=frame.choose(level.title, result.level) if level else result.level,
            title=frame.choose(result.title, result.code),
            assumptions=frame.choose(result.assumptions),
            lines=tuple(
                AimLine(
                    code=chosen.indicator,
                    title=frame.choose(indicator.short_title, chosen.indicator),
                    definition=frame.choose(indicator.definition),
                    baseline=_say_number(frame, chosen.baseline, indicator),
                    baseline_date=_say_day(frame, chosen.baseline_date),
                    target=_say_number(frame, chosen.target, indicator),
                    target_date=_say_day(frame, chosen.target_date),
                    rationale=frame.choose(chosen.rationale),
                )
                for chosen in (each.choose_for(code) for each in plan.indicators if each.result == result.code)
                for indicator in (indicators[chosen.indicator],)
            ),
        )


def _list_scope(partner: PlanPartner) -> tuple[str, ...]:
    return () if partner.consortium else partner.scope


def _say_number(frame: Frame, number: Decimal | None, indicator: Indicator) -> str:
    return "" if number is None else make_number_text(number, indicator.unit, find_language(frame.wording))


def _say_day(frame: Frame, day: date | None) -> str:
    return "" if day is None else make_short_day(day, find_language(frame.wording))
