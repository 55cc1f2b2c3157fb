"""The shipped templates have words for everything the shipped indicators and plans can make them print."""

from __future__ import annotations

import re

import pytest

from me_platform.disclosure.figures import FigureState
from me_platform.indicators.defaults import KIND_DEFAULTS
from me_platform.indicators.definition import Kind
from me_platform.indicators.flow import STAGES
from me_platform.indicators.loading import load_indicators, load_plans, load_taxonomy
from me_platform.indicators.measures import CHANGES
from me_platform.indicators.sources import SOURCES, list_code_lists
from me_platform.reports.definition import ReportTemplate, SectionKind, TableKind
from me_platform.reports.sheets import make_sheet
from me_platform.reports.words import Words
from me_platform.surveys.definition import AnswerState
from me_platform.surveys.loading import load_surveys
from tests.report_samples import ROOT, load_templates

TEMPLATES = sorted(load_templates())
REPORTS = [
    name for name in TEMPLATES if any(each.kind is SectionKind.METHOD for each in load_templates()[name].sections)
]
"""Templates that tell how their numbers are made; the page for those who answered has a few sentences only."""


@pytest.mark.parametrize("language", ["en", "lv"])
@pytest.mark.parametrize("name", REPORTS)
def test_every_shipped_indicator_has_a_sheet_in_every_language(name: str, language: str) -> None:
    template, indicators = load_templates()[name], load_indicators(ROOT, load_surveys(ROOT))
    words = Words(template.id, template.words, template.terms, load_taxonomy(ROOT), language)
    for plan in load_plans(ROOT).values():
        if plan.surveys and not prints_surveys(template):
            continue
        for chosen in plan.indicators:
            sheet = make_sheet(indicators[chosen.indicator], chosen, words)
            assert all(sheet.columns)
            rows = [*sheet.facts, *(row for column in sheet.columns for row in column)]
            assert any(row.default for row in rows) or not indicators[chosen.indicator].defaults


def test_every_part_of_a_figure_has_words() -> None:
    template = load_templates()["partner-impact"]
    states = [f"state:{state.value}" for state in AnswerState]
    parts = (*STAGES, *CHANGES, "not_improved", "baseline_paired", "followup_paired", "baseline_lost", *states)
    assert [part for part in parts if f"part.{part}" not in template.terms] == []


def test_every_group_people_or_records_are_counted_by_has_words() -> None:
    """An officer may ask for any of them without a look at the template."""
    template, taxonomy = load_templates()["partner-impact"], load_taxonomy(ROOT)
    missing = []
    for source in SOURCES.values():
        for dimension in source.dimensions:
            values = source.fields.get(dimension)
            known = taxonomy.lists[values] if isinstance(values, str) else values or ()
            said = {code for name in list_code_lists(dimension) for code in taxonomy.lists[name]}
            words = {f"dimension.{dimension}", *(f"{dimension}.{code}" for code in known if code not in said)}
            missing += sorted(words - set(template.terms))
    assert missing == []


@pytest.mark.parametrize("name", REPORTS)
def test_every_kind_and_every_unit_a_kind_may_have_has_words(name: str) -> None:
    terms = load_templates()[name].terms
    units = {unit for defaults in KIND_DEFAULTS.values() for unit in defaults.units}
    assert {*(f"kind.{kind}" for kind in Kind), *(f"unit.{unit}" for unit in units)} <= set(terms)


@pytest.mark.parametrize("name", REPORTS)
def test_every_state_of_a_figure_has_a_legend(name: str) -> None:
    """R3: one symbol each, legend printed."""
    assert all(f"legend.{state.value}" in load_templates()[name].terms for state in FigureState)


@pytest.mark.parametrize("name", REPORTS)
def test_a_section_prints_every_table_its_indicators_make(name: str) -> None:
    """Officers may leave a table out; the reports that ship leave out no figure."""
    indicators = load_indicators(ROOT, load_surveys(ROOT))
    for section in load_templates()[name].sections:
        chosen = [indicators[code] for code in section.indicators]
        assert TableKind.CHANGE in section.tables or not any(each.kind is Kind.PAIRED_CHANGE for each in chosen)
        tabled = any(each.disaggregations or each.kind in {Kind.SCORED_QUALITATIVE, Kind.MILESTONE} for each in chosen)
        assert TableKind.CATEGORIES in section.tables or not tabled


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_section_of_a_template_has_its_part_in_the_page(name: str) -> None:
    template = load_templates()[name]
    for section in template.sections:
        assert f'"{section.kind.value}":' in template.html


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_uses_every_word_it_carries(name: str) -> None:
    template = load_templates()[name]
    pages = template.html + "".join(
        content.decode() for file, content in template.files.items() if file.endswith(".html")
    )
    used = re.findall(r"words(?:\.(\w+)|\[\"(\w+)\")", pages)
    names = {first or second for first, second in used}
    # `words["voice_" ~ respondent]` stands for every word that begins so.
    assert [word for word in template.words if not (names & {word, word.partition("_")[0] + "_"})] == []


def test_the_page_for_those_who_answered_has_a_sentence_and_a_picture_for_each_of_its_indicators() -> None:
    template = load_templates()["plain-summary"]
    chosen = [code for section in template.sections for code in section.indicators]
    style = template.files["theme.css"].decode()
    assert len(chosen) >= 5
    assert set(chosen) <= set(load_indicators(ROOT, load_surveys(ROOT)))
    for code in chosen:
        assert set(template.terms[f"said.{code}"]) == {"en", "lv", "ru", "uk", "ar"}
        picture = re.search(rf"\.line\.{code} {{ background-image: url\(([^)]+)\)", style)
        assert picture is not None
        assert template.files[picture[1]].startswith(b"<svg")


def prints_surveys(template: ReportTemplate) -> bool:
    return any(section.kind is SectionKind.DOMAINS for section in template.sections)
