"""Officers' content as plain text: a plan to read, an indicator to fill in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from me_platform.catalogue import Catalogue
from me_platform.disclosure.wording import make_number_text
from me_platform.indicators.defaults import KIND_DEFAULTS, find_per
from me_platform.indicators.definition import Kind, Plan, PlanIndicator, PlanPartner
from me_platform.indicators.sources import SOURCES

WIDTH = 100

_WORDS: Mapping[str, Mapping[str, str]] = {
    "sample": {"en": "SAMPLE: invented organisations and data", "lv": "PARAUGS: izdomātas organizācijas un dati"},
    "project": {"en": "Project", "lv": "Projekts"},
    "funder": {"en": "Funder", "lv": "Finansētājs"},
    "grant": {"en": "Grant", "lv": "Grants"},
    "objective": {"en": "Objective", "lv": "Mērķis"},
    "measurement": {"en": "How impact is measured", "lv": "Kā tiek mērīta ietekme"},
    "gender_statement": {"en": "Gender perspective", "lv": "Dzimumu līdztiesības perspektīva"},
    "ground": {"en": "Legal ground", "lv": "Tiesiskais pamats"},
    "sources": {"en": "Where the data come from", "lv": "Datu avoti"},
    "recipients_quantitative": {"en": "recipients, numbers", "lv": "saņēmēji, skaitļi"},
    "recipients_qualitative": {"en": "recipients, words", "lv": "saņēmēji, vārdi"},
    "providers_quantitative": {"en": "providers, numbers", "lv": "sniedzēji, skaitļi"},
    "providers_qualitative": {"en": "providers, words", "lv": "sniedzēji, vārdi"},
    "surveys": {"en": "Surveys", "lv": "Aptaujas"},
    "partners": {"en": "Partners", "lv": "Partneri"},
    "implements": {"en": "implements and evaluates", "lv": "ievieš un izvērtē"},
    "contributes": {"en": "contributes", "lv": "dod ieguldījumu"},
    "leads": {"en": "leads", "lv": "vada"},
    "network": {"en": "network", "lv": "tīkls"},
    "consortium": {"en": "the consortium", "lv": "konsorcijs"},
    "scope": {"en": "Services", "lv": "Pakalpojumi"},
    "no_scope": {"en": "no services of its own", "lv": "savu pakalpojumu nav"},
    "results": {"en": "Results and indicators", "lv": "Rezultāti un indikatori"},
    "no_target": {"en": "no target set", "lv": "mērķvērtība nav noteikta"},
    "target": {
        "en": "{baseline} ({baseline_date}) -> {target} ({target_date})",
        "lv": "{baseline} ({baseline_date}) -> {target} ({target_date})",
    },
}


_RATED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "survey": ("", ("no", "rather_no", "rather_yes", "yes")),
    "standards": ("rating", ("not_met", "partly", "met")),
    "progress": ("direction", ("backward", "same", "forward", "reached")),
}
"""For a rubric to be filled in: the field that is rated, and its levels."""


def make_plan_words(language: str) -> dict[str, str]:
    """The words around a plan, by name. Raises KeyError for a language other than the reports'."""
    return {name: text[language] for name, text in _WORDS.items()}


def make_plan_text(plan: Plan, catalogue: Catalogue, language: str) -> str:
    """A plan as plain text: project, grant, objective, partners, results with indicators and targets.

    ``language`` is one of the reports'. Raises KeyError for another one.
    """
    return "\n".join(_write_plan(plan, catalogue, language)) + "\n"


def make_indicator_text(kind: Kind, source: str) -> str:
    """A YAML file of an indicator to fill in: what a kind needs, with what is left out named as a default."""
    lines = [
        "# What the figure says and why it is asked, in one or two lines.",
        "",
        'title: {en: "...", lv: "..."}',
        'short_title: {en: "...", lv: "..."}  # at most 50 characters',
        "level: outcome  # impact, outcome, output or activity",
        f"kind: {kind.value}",
        "direction: higher  # higher, lower, maintain or neutral",
        "source:",
        f"  kind: {source}",
    ]
    if source == "survey":
        question = "goal_near" if kind is Kind.MEAN else "safe_home"
        lines += ["  survey: outcome-checkin", f"  question: {question}", "  respondent: survivor"]
    if source == "flow":
        lines += ["  survey: outcome-checkin", "  stage: responded", "  of: eligible"]
    if kind is Kind.PROPORTION and source == "survey":
        lines += ["numerator: {question: safe_home, in: [rather_yes, yes]}"]
        lines += ["denominator: {question: safe_home, state: [answered]}"]
    elif kind is Kind.PROPORTION and SOURCES[source].fields:
        lines += ["numerator: {field: ..., in: [...]}", "denominator: {field: ..., in: [...]}"]
    if kind is Kind.SUM:
        lines += ["measure: hours"]
    if kind is Kind.RATIO and source == "activities":
        lines += ["measure: participants", "numerator: {status: delivered}", "denominator: {status: delivered}"]
    elif kind is Kind.RATIO and find_per(kind, source) == "record":
        lines += ["numerator: {field: ..., in: [...]}", "denominator: {field: ..., in: [...]}"]
    if kind is Kind.SCORED_QUALITATIVE:
        measure, levels = _RATED[source]
        lines += [f"measure: {measure}"] if measure else []
        lines += [
            "rubric:  # the lowest first",
            *(f'  - {{code: {each}, title: {{en: "...", lv: "..."}}}}' for each in levels),
        ]
    if kind is Kind.PAIRED_CHANGE:
        lines += ["improvement:", "  rule: steps", "  points: 1", '  source: {en: "...", lv: "..."}']
    defaults = KIND_DEFAULTS[kind]
    lines += [
        'definition: {en: "...", lv: "..."}',
        'limitations: {en: "...", lv: "..."}',
        'contribution: {en: "...", lv: "..."}',
        f"# left out, these take the default: unit {defaults.units[0]}, over_periods {defaults.over_periods},",
        f"# over_partners {defaults.over_partners}, interval {defaults.interval or 'none'},",
        f"# decimals {defaults.decimals}",
        'version: "1"',
        "changes:",
        "  - date: 2026-01-01",
        '    text: {en: "First version.", lv: "Pirmā versija."}',
    ]
    return "\n".join(lines) + "\n"


def _write_plan(plan: Plan, catalogue: Catalogue, language: str) -> Iterator[str]:
    words = make_plan_words(language)
    yield plan.title[language]
    yield "=" * len(plan.title[language])
    if plan.sample:
        yield words["sample"]
    yield from ("", f"{words['project']}:", *_wrap(plan.project[language]))
    yield f"{words['funder']}: {plan.funder[language]}, {plan.programme[language]}"
    if plan.grant_number:
        yield f"{words['grant']}: {plan.grant_number}"
    for name in ("objective", "measurement", "gender_statement", "ground"):
        yield from ("", f"{words[name]}:", *_wrap(getattr(plan, name)[language]))
    yield from ("", f"{words['sources']}:")
    for name, text in plan.sources.items():
        yield from _wrap(f"{words[name]}: {text[language]}", bullet=True)
    yield from ("", f"{words['surveys']}: {', '.join(plan.surveys) or '-'}", "", f"{words['partners']}:")
    for partner in plan.partners:
        yield from _write_partner(partner, catalogue, words, language)
    yield from ("", f"{words['results']}:")
    for result in plan.results:
        yield from _wrap(f"{result.code}  {result.title[language]}", bullet=True)
        for chosen in (each for each in plan.indicators if each.result == result.code):
            yield from _wrap(_write_indicator(chosen, catalogue, language), indent=6)


def _write_partner(
    partner: PlanPartner, catalogue: Catalogue, words: Mapping[str, str], language: str
) -> Iterator[str]:
    role = words["consortium"] if partner.consortium else words[partner.role]
    head = f"{partner.code}  {partner.name[language]} ({partner.country[language]}): {role}."
    yield from _wrap(f"{head} {partner.task.get(language, '')}".strip(), bullet=True)
    if not partner.consortium:
        types = catalogue.taxonomy.lists["service_types"]
        offered = "; ".join(f"{code} {types[code].title[language]}" for code in partner.scope)
        yield from _wrap(f"{words['scope']}: {offered or words['no_scope']}", indent=4)


def _write_indicator(chosen: PlanIndicator, catalogue: Catalogue, language: str) -> str:
    indicator = catalogue.indicators[chosen.indicator]
    head = f"{indicator.short_title[language]} [{chosen.indicator}]"
    if chosen.target is None or chosen.baseline is None:
        return f"{head}: {_WORDS['no_target'][language]}"
    aim = _WORDS["target"][language].format(
        baseline=make_number_text(chosen.baseline, indicator.unit, language),
        baseline_date=chosen.baseline_date,
        target=make_number_text(chosen.target, indicator.unit, language),
        target_date=chosen.target_date,
    )
    return f"{head}: {aim}"


def _wrap(text: str, *, bullet: bool = False, indent: int = 2) -> list[str]:
    first, rest = ("  - ", "    ") if bullet else (" " * indent, " " * indent)
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
