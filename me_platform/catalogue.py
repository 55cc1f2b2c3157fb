"""The officers' content: surveys, indicators, plans, code lists and report templates, checked against each other.

Commands and the staff site load it whole; the survey site loads surveys only (``surveys.loading``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from me_platform.content import Problems, read_yaml
from me_platform.errors import ContentInvalid, InputInvalid, NotFound, Problem
from me_platform.indicators.definition import Indicator, Kind, Plan, Taxonomy
from me_platform.indicators.kind_checks import find_misfit
from me_platform.indicators.loading import FOLDER, PLANS, check_indicators, check_plans, check_taxonomy
from me_platform.reports.definition import ReportTemplate, load_report_templates
from me_platform.surveys.definition import Survey
from me_platform.surveys.loading import check_surveys

T = TypeVar("T")


@dataclass(frozen=True)
class Catalogue:
    """Everything officers wrote, by id or code."""

    root: Path
    surveys: Mapping[str, Survey]
    taxonomy: Taxonomy
    indicators: Mapping[str, Indicator]
    plans: Mapping[str, Plan]
    templates: Mapping[str, ReportTemplate]

    def get_plan(self, plan: str) -> Plan:
        """The plan of that id. Raises NotFound, naming the plans there are."""
        return _get(self.plans, "plan", plan)

    def get_survey(self, survey: str) -> Survey:
        """The survey of that id. Raises NotFound, naming the surveys there are."""
        return _get(self.surveys, "survey", survey)

    def get_template(self, template: str) -> ReportTemplate:
        """The report template of that id. Raises NotFound, naming the templates there are."""
        return _get(self.templates, "report template", template)

    @property
    def partner_codes(self) -> tuple[str, ...]:
        """The partners of all plans, each once, in the plans' order."""
        return tuple(dict.fromkeys(partner.code for plan in self.plans.values() for partner in plan.partners))

    def check_asks(self, partner: str, survey: str) -> None:
        """Raise InputInvalid where no plan has this partner ask the survey: its answers would be in no figure."""
        asking = [
            survey in plan.list_asked(each)
            for plan in self.plans.values()
            for each in plan.partners
            if each.code == partner
        ]
        if asking and not any(asking):
            raise InputInvalid(
                f"{partner} does not ask the survey '{survey}', so that no figure would count the answers. Name the"
                " survey under `surveys` of the plan, and under `asks` of the partner where it has such a list."
            )

    def find_first_partner(self, survey: str, *, sample: bool = False) -> str:
        """Code of the first partner that asks this survey, in a sample instance of a sample plan. Raises NotFound."""
        for plan in self.plans.values():
            for partner in plan.partners:
                if plan.sample == sample and not partner.consortium and survey in plan.list_asked(partner):
                    return partner.code
        raise NotFound("partner that uses the survey", survey)

    def find_consent_text(self, purpose: str) -> tuple[str, str]:
        """Version and fingerprint of the words in force for a purpose; both empty for an objection, which has none."""
        for survey in self.surveys.values():
            for text in survey.consent:
                if text.purpose == purpose:
                    return text.version, text.fingerprint
        return "", ""


def load_catalogue(root: Path) -> Catalogue:
    """Load all content below ``root``. Raises ContentInvalid with every fault of every file."""
    problems = Problems()
    catalogue = check_catalogue(root, problems)
    problems.raise_faults()
    return catalogue


def check_catalogue(root: Path, problems: Problems) -> Catalogue:
    """The content as far as it has no faults; faults and warnings go into ``problems``."""
    surveys = check_surveys(root, problems)
    taxonomy = check_taxonomy(root, problems)
    indicators = check_indicators(root, surveys, taxonomy, problems)
    plans = check_plans(root, taxonomy, problems)
    _check_choices(plans, indicators, problems)
    for plan in plans.values():
        _check_fits(root, plan, indicators, problems)
    templates: Mapping[str, ReportTemplate] = {}
    try:
        templates = load_report_templates(root)
    except ContentInvalid as invalid:
        for problem in invalid.problems:
            problems.add(problem)
    return Catalogue(root, surveys, taxonomy, indicators, plans, templates)


_INFORMING = frozenset({"flow", "consents"})
"""Sources about who agreed and who answered: information, never failure, so that they have no targets."""


def _check_choices(plans: Mapping[str, Plan], indicators: Mapping[str, Indicator], problems: Problems) -> None:
    """What a plan wants of its indicators fits what they are; a survey it does not ask is printed as not collected."""
    for plan in plans.values():
        file = f"{FOLDER}/{PLANS}/{plan.id}.yaml"
        for chosen in plan.indicators:
            indicator = indicators.get(chosen.indicator)
            if indicator is None:
                continue
            survey = indicator.source.survey
            if survey and survey not in plan.surveys:
                message = f"`{indicator.code}` counts answers to `{survey}`, which this plan does not ask."
                problems.warn(Problem(file, 0, message, "Add it to `surveys`."))
            targets = (chosen.target, *(each.target for each in chosen.partners))
            if indicator.source.kind in _INFORMING and any(each is not None for each in targets):
                message = f"`{indicator.code}`: consent and response have no target."
                problems.add(Problem(file, 0, message, "Take it out: a small number is information, not failure."))


def _check_fits(root: Path, plan: Plan, indicators: Mapping[str, Indicator], problems: Problems) -> None:
    """Every baseline, target and milestone of a plan is one its indicator can reach, told at its own line."""
    node = read_yaml(root / FOLDER / PLANS / f"{plan.id}.yaml", root, Problems())
    for position, chosen in enumerate(plan.indicators):
        indicator = indicators.get(chosen.indicator)
        if node is None or indicator is None:
            continue
        place = node.at("indicators", position)
        values: list[tuple[Decimal | None, tuple[str | int, ...]]] = [
            (chosen.baseline, ("baseline",)),
            (chosen.target, ("target",)),
            *((each.baseline, ("partners", at, "baseline")) for at, each in enumerate(chosen.partners)),
            *((each.target, ("partners", at, "target")) for at, each in enumerate(chosen.partners)),
            *((each.value, ("milestones", at, "value")) for at, each in enumerate(chosen.milestones)),
        ]
        for value, path in values:
            misfit = "" if value is None else find_misfit(indicator, value)
            if misfit:
                problems.add(place.at(*path).make_problem(f"`{indicator.code}`: {misfit}", "Correct it."))
        if indicator.kind is Kind.MILESTONE and not chosen.milestones:
            message = f"`{indicator.code}` counts milestones, and the plan sets none."
            problems.add(place.at("indicator").make_problem(message, "Add `milestones` under it, each with a `text`."))
        for at, milestone in enumerate(chosen.milestones):
            if milestone.reached is not None and indicator.kind is not Kind.MILESTONE:
                message = (
                    f"`{indicator.code}` is a {indicator.kind}; `reached` is for an indicator that counts milestones."
                )
                problems.add(place.at("milestones", at, "reached").make_problem(message, "Take it out."))


def _get(things: Mapping[str, T], kind: str, name: str) -> T:
    if name not in things:
        raise NotFound(kind, name, sorted(things))
    return things[name]
