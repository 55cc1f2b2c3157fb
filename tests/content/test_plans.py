"""The plans that ship with the program, as an officer reads them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from me_platform.catalogue import check_catalogue, load_catalogue
from me_platform.content import Problems
from me_platform.errors import ContentInvalid
from me_platform.indicators.defaults import KIND_DEFAULTS
from me_platform.indicators.definition import Kind
from me_platform.services.content_texts import make_indicator_text, make_plan_text

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = load_catalogue(ROOT)
FORBIDDEN = re.compile(r"convict|police report|savings amount|gratitude|returns", re.IGNORECASE)


def test_coalesce_is_the_real_project_without_results() -> None:
    """Handbook 1.1-1.3: nine organisations in seven countries, four of which implement and evaluate."""
    plan = CATALOGUE.get_plan("coalesce")
    members = [partner for partner in plan.partners if not partner.consortium]
    assert not plan.sample
    assert "958133" in plan.grant_number
    assert len(members) == 9
    assert len({partner.country["en"] for partner in members}) == 7
    assert {partner.code for partner in members if partner.role == "implements"} == {"ICI", "CYRC", "SOLWODI", "IROKO"}
    assert all(chosen.target is None and chosen.baseline is None for chosen in plan.indicators)
    assert set(plan.sources) == {
        f"{who}_{what}" for who in ("recipients", "providers") for what in ("quantitative", "qualitative")
    }


@pytest.mark.parametrize("language", ["en", "lv"])
def test_a_plan_is_printed_whole(language: str) -> None:
    plan = CATALOGUE.get_plan("coalesce")
    text = " ".join(make_plan_text(plan, CATALOGUE, language).split())
    for partner in plan.partners:
        assert partner.name[language] in text
    for chosen in plan.indicators:
        assert f"[{chosen.indicator}]" in text
    for words in (plan.objective, plan.measurement, plan.ground, plan.gender_statement, *plan.sources.values()):
        assert " ".join(words[language].split()) in text
    assert text.count({"en": "no target set", "lv": "mērķvērtība nav noteikta"}[language]) == len(plan.indicators)


def test_the_sample_has_nine_organisations_of_the_real_shape() -> None:
    """Issue: 0 to 85 people, shelters of 3 and 6, contributors without services."""
    plan = CATALOGUE.get_plan("sample")
    members = [partner for partner in plan.partners if not partner.consortium]
    assert plan.sample
    assert len(members) == 9
    assert sum(not partner.scope for partner in members) == 1
    assert all("(sample)" in partner.name["en"] and "(paraugs)" in partner.name["lv"] for partner in plan.partners)
    assert len(plan.indicators) >= 60
    assert any(chosen.partners for chosen in plan.indicators)


def test_at_least_thirty_definitions_and_none_of_the_forbidden() -> None:
    """rules-of-numbers part 2: never returns, convictions, police reports, savings amounts, gratitude."""
    assert len(CATALOGUE.indicators) >= 30
    for indicator in CATALOGUE.indicators.values():
        assert not FORBIDDEN.search(indicator.title["en"])
        if indicator.source.kind in {"flow", "consents"}:
            for plan in CATALOGUE.plans.values():
                assert all(c.target is None for c in plan.indicators if c.indicator == indicator.code)


def test_every_outcome_in_a_person_s_life_is_mapped_to_the_core_outcome_set() -> None:
    for indicator in CATALOGUE.indicators.values():
        about_training = indicator.source.survey == "training-feedback"
        if indicator.level in {"outcome", "impact"} and not about_training and indicator.code != "unmet-needs":
            assert indicator.mscos, indicator.code


def test_a_plan_that_does_not_ask_the_survey_of_its_indicator_is_worth_a_look(tmp_path: Path) -> None:
    for name in ("surveys", "indicators", "report_templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "indicators" / "plans" / "sample.yaml"
    path.write_text(path.read_text("utf-8").replace("  - group-card\n", "", 1).replace("group-card, ", ""), "utf-8")
    problems = Problems()
    check_catalogue(tmp_path, problems)
    assert not problems.faults
    [warning] = problems.warnings
    assert warning.message == "`group-safe` counts answers to `group-card`, which this plan does not ask."


def test_a_target_for_consent_is_refused(tmp_path: Path) -> None:
    """rules-of-numbers part 2: low consent is information, not failure."""
    for name in ("surveys", "indicators", "report_templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "indicators" / "plans" / "sample.yaml"
    target = """
    baseline: 50
    baseline_date: 2025-09-30
    target: 90
    target_date: 2027-09-30
    rationale: {en: "Why", lv: "Kāpēc"}
"""
    old = "  - indicator: consent-given\n    result: OP3\n"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, old.rstrip() + target), "utf-8")
    with pytest.raises(ContentInvalid, match="`consent-given`: consent and response have no target"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("kind", "source"), [(kind, source) for kind in Kind for source in KIND_DEFAULTS[kind].sources]
)
def test_a_new_indicator_loads_once_it_is_filled_in(kind: Kind, source: str, tmp_path: Path) -> None:
    """`me indicator new` writes what a kind needs and nothing it cannot have."""
    text = make_indicator_text(kind, source)
    for name in ("surveys", "indicators", "report_templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    filled = text.replace('"..."', '"Words"')
    (tmp_path / "indicators" / "brand-new.yaml").write_text(_fill_in(filled, source), encoding="utf-8")
    assert load_catalogue(tmp_path).indicators["brand-new"].kind is kind


def _fill_in(text: str, source: str) -> str:
    """What the officer writes where the skeleton has dots."""
    fields = {
        "services": ("woman", "[honoured]", "[honoured, not_honoured]"),
        "needs": ("status", "[met]", "[open, met, unmet]"),
        "barriers": ("status", "[resolved]", "[open, resolved]"),
        "referrals": ("outcome", "[received]", "[received, pending]"),
        "checklists": ("answer", "[done]", "[done, not_done]"),
        "progress": ("direction", "[forward]", "[forward, same]"),
        "people": ("narrative", "[yes]", "[yes, no]"),
        "consents": ("decision", "[withdrawn]", "[given, withdrawn]"),
        "attendances": ("first", "[yes]", "[yes, no]"),
        "feedback": ("replied", "[yes]", "[yes, no]"),
        "standards": ("rating", "[met]", "[met, not_met]"),
        "involvement": ("survivors", "[yes]", "[yes, no]"),
        "practices": ("tense", "[ongoing]", "[ongoing, past]"),
    }
    if source in fields:
        name, hit, base = fields[source]
        text = text.replace("numerator: {field: ..., in: [...]}", f"numerator: {{field: {name}, in: {hit}}}")
        text = text.replace("denominator: {field: ..., in: [...]}", f"denominator: {{field: {name}, in: {base}}}")
    return text.replace("measure: hours", "measure: participants") if source == "activities" else text
