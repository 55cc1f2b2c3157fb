"""Use case: read published files and try to break them from outside, with the published definitions at hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from me_platform.catalogue import Catalogue
from me_platform.disclosure.attack.vocabulary import Meaning, Member, Vocabulary
from me_platform.indicators.definition import Direction, Indicator, Kind
from me_platform.indicators.records import CHILD_AGES
from me_platform.indicators.sources import SOURCES, list_code_lists

CHILD = "child"
_SERVED = ("services", "served_in_period")
_ONCE = ("age_band", "language", "entry", "mode")
"""Dimensions that are attributes of a person: nobody stands in two lines of such a table."""


def make_vocabulary(catalogue: Catalogue) -> Vocabulary:
    """What the published content files say of figures."""
    children = frozenset(name for name, survey in catalogue.surveys.items() if survey.audience == CHILD)
    words: dict[str, Mapping[str, str]] = {}
    for template in catalogue.templates.values():
        words |= {f"{template.id}:word.{name}": dict(text) for name, text in template.words.items()}
        words |= {f"{template.id}:{name}": dict(text) for name, text in template.terms.items()}
    dimensions = dict.fromkeys(name for kind in SOURCES.values() for name in kind.dimensions)
    return Vocabulary(
        indicators={code: _make_meaning(each, children) for code, each in catalogue.indicators.items()},
        plans={
            name: tuple(
                Member(each.code, dict(each.name), each.consortium, frozenset(plan.list_asked(each)))
                for each in plan.partners
            )
            for name, plan in catalogue.plans.items()
        },
        surveys={name: dict(survey.title) for name, survey in catalogue.surveys.items()},
        categories={name: _list_categories(catalogue, name, words) for name in dimensions},
        words=words,
        child_surveys=children,
        child_bands=CHILD_AGES,
    )


def _make_meaning(indicator: Indicator, children: Iterable[str]) -> Meaning:
    source = indicator.source
    kind = SOURCES[source.kind]
    conditions = (indicator.numerator, indicator.denominator, indicator.population)
    everyone = indicator.kind is Kind.UNIQUE_PERSONS and not any(conditions)
    return Meaning(
        code=indicator.code,
        kind=indicator.kind.value,
        titles=(dict(indicator.title), dict(indicator.short_title)),
        about=kind.about.value,
        children=source.survey in children,
        source=source.kind,
        survey=source.survey,
        question=source.question,
        asked_of=json.dumps(indicator.population, sort_keys=True, default=str) if indicator.population else "",
        stage=source.stage,
        of=source.of,
        scale=indicator.scale,
        factor=indicator.factor,
        points=int(indicator.improvement.points) if indicator.improvement else 1,
        falling=indicator.direction is Direction.LOWER,
        per_record=indicator.kind is Kind.PROPORTION and (indicator.per == "record"),
        over_partners=indicator.over_partners.value,
        everyone=everyone and (source.kind, indicator.period_basis) == _SERVED,
        respondent=source.respondent,
        once=frozenset(_ONCE),
        unit=indicator.unit,
        dimensions=indicator.disaggregations,
    )


def _list_categories(
    catalogue: Catalogue, dimension: str, words: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    """The words of a dimension's categories by code: those of report templates before those of the code lists."""
    found = {
        code: dict(term.title)
        for name in list_code_lists(dimension)
        for code, term in catalogue.taxonomy.lists.get(name, {}).items()
    }
    for group in (dimension, "category"):
        found |= {
            name.rpartition(".")[2]: text for name, text in words.items() if name.partition(":")[2].startswith(f"{group}.")
        }
    return found
