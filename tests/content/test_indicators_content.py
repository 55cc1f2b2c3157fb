"""The indicators, plans and code lists that ship with the project."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from me_platform.exchange.activities import KINDS
from me_platform.exchange.activity_records import FunderState, Precision, Qualifier, Status
from me_platform.indicators.definition import Indicator, Kind, Plan
from me_platform.indicators.files import LONGEST_SHORT_TITLE
from me_platform.indicators.loading import LEVELS, load_indicators, load_plans, load_taxonomy
from me_platform.surveys.loading import load_surveys

ROOT = Path(__file__).parents[2]
SURVEYS = load_surveys(ROOT)
INDICATORS = load_indicators(ROOT, SURVEYS)
PLANS = load_plans(ROOT)
TAXONOMY = load_taxonomy(ROOT)
SAMPLE, REGISTER = PLANS["sample"], PLANS["latvia-activities"]

each_indicator = pytest.mark.parametrize("indicator", INDICATORS.values(), ids=INDICATORS)
each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)

TEXTS = (
    "title",
    "short_title",
    "definition",
    "inclusions",
    "exclusions",
    "missing",
    "frequency",
    "responsible",
    "limitations",
    "verification",
    "assumptions",
    "contribution",
    "licence",
)

NEVER = (
    r"\breturn(s|ed|ing)?\b|atgriež|atgriešan",
    r"convict|notiesā",
    r"police report|reported to the police|policij",
    r"cooperat\w+ with (the )?(authorities|police)|sadarb\w+ ar (iestād|policij)",
    r"\bsavings?\b|uzkrājum|ietaupījum",
    r"gratitude|grateful|thankful|pateicīg",
    r"victims? identified|identificēt\w* cietuš",
)
"""What is never an indicator (rules-of-numbers part 2)."""


def words_of(indicator: Indicator) -> str:
    return " ".join(
        text for name in ("title", "short_title", "definition") for text in getattr(indicator, name).values()
    )


def test_the_indicators_asked_for_are_there() -> None:
    kinds = {code: indicator.kind for code, indicator in INDICATORS.items()}
    assert kinds["people-supported"] is Kind.UNIQUE_PERSONS
    assert kinds["support-useful"] is Kind.PROPORTION
    assert kinds["goal-nearness"] is Kind.MEAN
    assert kinds["feels-safe-change"] is Kind.PAIRED_CHANGE
    assert {"events-held", "attendances", "people-reached", "potential-reach"} <= set(kinds)


@each_indicator
def test_every_text_of_an_indicator_is_there_in_both_languages(indicator: Indicator) -> None:
    for name in TEXTS:
        text = getattr(indicator, name)
        assert set(text) == {"en", "lv"}, name
        assert all(
            words.strip() and words != text["en" if language == "lv" else "lv"] for language, words in text.items()
        )


@each_indicator
def test_a_short_title_fits_a_chart(indicator: Indicator) -> None:
    assert all(len(words) <= LONGEST_SHORT_TITLE for words in indicator.short_title.values())


@each_indicator
def test_a_definition_its_limits_and_its_claim_are_its_own(indicator: Indicator) -> None:
    """The handbook asks for a justified claim for each measured change; what a number cannot tell is printed."""
    assert not {"definition", "limitations", "version", "changes"} & indicator.defaults
    assert indicator.changes
    assert indicator.fingerprint


@each_indicator
def test_a_figure_from_survivors_answers_needs_the_statistics_consent(indicator: Indicator) -> None:
    """R0."""
    if indicator.source.kind == "survey":
        assert indicator.consent == "statistics"
        assert indicator.source.respondent == SURVEYS[indicator.source.survey].respondent


@each_indicator
def test_an_indicator_that_is_about_support_says_which_core_outcome_it_serves(indicator: Indicator) -> None:
    """rules-of-numbers part 4: the backbone. What measures consent, the figures or a register itself serves none."""
    of_itself = {"activities", "attendances", "consents", "figures", "flow"}
    assert bool(indicator.mscos) is (
        indicator.source.kind not in of_itself or indicator.code == "professionals-trained"
    )


@each_indicator
def test_what_must_never_be_an_indicator_is_none(indicator: Indicator) -> None:
    """rules-of-numbers part 2."""
    for pattern in NEVER:
        assert not re.search(pattern, words_of(indicator), re.IGNORECASE), pattern


@each_indicator
def test_nobody_is_called_a_victim(indicator: Indicator) -> None:
    texts = [words for name in TEXTS for words in getattr(indicator, name).values()]
    assert not any(re.search(r"\bvictims?\b|\bupur", text, re.IGNORECASE) for text in texts)


def test_every_statement_of_the_check_in_has_its_proportion() -> None:
    """What is asked is used: no question is put to a survivor for nothing."""
    asked = {question.name for question in SURVEYS["outcome-checkin"].questions if question.kind != "text"}
    used = {one.source.question for one in INDICATORS.values() if one.source.survey == "outcome-checkin"}
    assert used - {""} == asked


def test_the_words_of_a_definition_are_those_of_the_survey() -> None:
    survey = SURVEYS["outcome-checkin"]
    for indicator in INDICATORS.values():
        if indicator.source.survey == "outcome-checkin" and indicator.source.question:
            prompt = survey.get_question(indicator.source.question).prompt
            assert all(prompt[language] in words for language, words in indicator.definition.items()), indicator.code


def test_positive_answers_are_those_of_the_survey() -> None:
    survey = SURVEYS["outcome-checkin"]
    for indicator in INDICATORS.values():
        if indicator.kind is Kind.PROPORTION and indicator.source.survey == "outcome-checkin" and indicator.numerator:
            question = indicator.source.question
            assert indicator.numerator == {"question": question, "in": ["rather_yes", "yes"]}
            assert indicator.denominator == {"question": question, "state": ["answered"]}
            assert survey.get_question(question).positive == {"rather_yes", "yes"}


def test_planned_delivered_and_potential_are_three_figures() -> None:
    """rules-of-numbers part 2: never one sum."""
    numerators = {code: str(one.numerator) for code, one in INDICATORS.items() if one.source.kind == "activities"}
    assert [code for code, numerator in numerators.items() if "planned" in numerator] == ["activities-planned"]
    assert all("delivered" in numerator for code, numerator in numerators.items() if code != "activities-planned")
    assert [code for code, one in INDICATORS.items() if one.measure == "potential"] == ["potential-reach"]


def test_money_and_potential_reach_are_never_added_over_periods() -> None:
    assert INDICATORS["grants"].over_periods == "none"
    assert INDICATORS["potential-reach"].over_periods == "none"


def test_the_sample_plan_fills_the_four_cells_of_data() -> None:
    """GeSIM handbook 2.4.2: numbers and words, from those who receive support and from those who give it."""
    assert len(SAMPLE.sources) == 4


def test_the_sample_plan_opens_with_eight_headlines() -> None:
    assert sum(choice.headline for choice in SAMPLE.indicators) == 8


def test_the_sample_plan_sets_no_target_where_a_target_would_press_people() -> None:
    """The survivor defines success; a dip is no failure."""
    free = {choice.indicator for choice in SAMPLE.indicators if choice.target is None}
    assert {"goal-nearness", "feels-safe-change"} <= free


def test_a_sample_target_says_whose_it_is() -> None:
    for choice in SAMPLE.indicators:
        if choice.target is not None:
            assert "ample" in choice.rationale["en"]
            assert "arauga" in choice.rationale["lv"] or "araugs" in choice.rationale["lv"]


def test_the_register_is_honest_about_funders_and_has_no_survey() -> None:
    assert not REGISTER.sample
    assert REGISTER.surveys == ()
    assert REGISTER.grant_number == ""
    assert "not stated" in REGISTER.funder["en"]
    assert all(choice.target is None for choice in REGISTER.indicators)
    assert {INDICATORS[choice.indicator].source.kind for choice in REGISTER.indicators} == {"activities"}


@each_plan
def test_a_framework_stands_in_eu_order(plan: Plan) -> None:
    levels = [LEVELS.index(result.level) for result in plan.results]
    assert levels == sorted(levels)


@each_plan
def test_every_text_of_a_plan_is_there_in_both_languages(plan: Plan) -> None:
    texts = [getattr(plan, one.name) for one in fields(Plan) if one.type == "Text"]
    texts += [result.title for result in plan.results] + [partner.name for partner in plan.partners]
    assert all(set(text) == {"en", "lv"} for text in texts)


def test_service_types_are_those_of_the_handbook() -> None:
    areas = Counter(term.parent for term in TAXONOMY.lists["service_types"].values())
    assert areas == {"LEG": 7, "PSY": 5, "EEM": 9}
    assert set(TAXONOMY.lists["areas"]) == {"LEG", "PSY", "EEM"}
    assert list(TAXONOMY.lists["barriers"]) == [f"B{number}" for number in range(1, 9)]
    assert len(TAXONOMY.lists["stages"]) == 7
    assert len(TAXONOMY.lists["mscos"]) == 7
    assert "unknown" in TAXONOMY.lists["age_bands"]


@pytest.mark.parametrize(
    ("list_name", "codes"),
    [
        ("activity_kinds", {kind.code for kind in KINDS.values()}),
        ("activity_statuses", {status.value for status in Status}),
        ("date_precisions", {precision.value for precision in Precision}),
        ("qualifiers", {qualifier.value for qualifier in Qualifier} - {""}),
        ("funder_states", {state.value for state in FunderState}),
        ("levels", set(LEVELS)),
    ],
)
def test_code_lists_have_words_for_every_code_of_the_program(list_name: str, codes: set[str]) -> None:
    assert set(TAXONOMY.lists[list_name]) == codes


def test_events_held_names_every_kind_of_event() -> None:
    events = {code for code, term in TAXONOMY.lists["activity_kinds"].items() if term.parent == "event"}
    assert INDICATORS["events-held"].numerator == {
        "all": [{"status": "delivered"}, {"field": "kind", "in": sorted(events)}]
    }


@each_indicator
def test_latvian_is_set_with_its_own_quotation_marks(indicator: Indicator) -> None:
    for name in TEXTS:
        assert not set(getattr(indicator, name)["lv"]) & set("\"“'"), name
        assert not set(getattr(indicator, name)["en"]) & set('"„'), name
