"""Report templates: what an officer's file may say, and what a template may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from me_platform.disclosure.figures import FigureState, make_figure_content
from me_platform.errors import ContentInvalid, ReportUnfit
from me_platform.indicators.definition import Direction, Target
from me_platform.reports import views
from me_platform.reports.context import find_status, make_material
from me_platform.reports.definition import load_report_templates
from me_platform.reports.html import render_html
from me_platform.reports.views import ReportContext
from tests.report_samples import PEOPLE, Sample, load_templates, make_figure, make_register, make_share

FIGURES = {each.id: each for each in (make_share("useful", "ALFA", (12, 19), (41, 81)),)}
NAME = next(iter(FIGURES))
BAND: Mapping[str, Any] = {"state": FigureState.BANDED, "denominator": 19, "target": 80}

GOOD = """
version: "1"
title: {en: Report, lv: Ziņojums}
languages: [en, lv]
sections:
  - kind: cover
    title: {en: Cover, lv: Vāks}
words:
  hello: {en: Hello, lv: Sveiki}
terms:
  unit:
    percent: {en: per cent, lv: procenti}
"""


def write_template(root: Path, report: str = GOOD, html: str = "<p>{{ words.hello }}</p>", css: str = "p {}") -> Path:
    folder = root / "report_templates" / "mine"
    folder.mkdir(parents=True)
    (folder / "report.yaml").write_text(report, encoding="utf-8")
    (folder / "template.html").write_text(html, encoding="utf-8")
    (folder / "theme.css").write_text(css, encoding="utf-8")
    return folder


def fill(source: str, context: Mapping[str, object] | None = None, *, blank: bool = False) -> str:
    return render_html("mine", source, context or {}, FIGURES, "en", blank=blank).html


def make_context(sample: Sample, language: str) -> ReportContext:
    template = load_templates()["partner-impact"]
    context = make_material(
        template,
        language,
        sample.plan,
        sample.indicators,
        sample.taxonomy,
        sample.snapshot,
        sample.findings,
        sample.quotes,
    ).context
    assert isinstance(context, ReportContext)
    return context


def test_a_template_is_read_whole(tmp_path: Path) -> None:
    write_template(tmp_path)
    template = load_report_templates(tmp_path)["mine"]
    assert (template.title["lv"], template.words["hello"]["en"]) == ("Ziņojums", "Hello")
    assert template.terms["unit.percent"]["lv"] == "procenti"
    assert template.files == {"theme.css": b"p {}"}


def test_the_fingerprint_of_a_template_changes_with_every_file(tmp_path: Path) -> None:
    folder = write_template(tmp_path)
    seen = {load_report_templates(tmp_path)["mine"].fingerprint}
    for name in ("report.yaml", "template.html", "theme.css"):
        (folder / name).write_text((folder / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
        seen.add(load_report_templates(tmp_path)["mine"].fingerprint)
    assert len(seen) == 4


def test_every_fault_of_a_template_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    report = GOOD.replace("kind: cover", "kind: covre").replace("lv: Sveiki", "lv: ''").replace("per cent, ", "x, ")
    folder = write_template(tmp_path, report, html="<p>\n{% if %}</p>")
    (folder / "images").mkdir()
    (folder / "images" / "photo.gif").write_bytes(b"GIF89a")
    with pytest.raises(ContentInvalid) as found:
        load_report_templates(tmp_path)
    said = str(found.value)
    assert "report.yaml:6: `kind` cannot be `covre`. Did you mean `cover`?" in said
    assert "template.html:2:" in said
    assert "photo.gif: This kind of image cannot be used." in said


def test_a_text_must_exist_in_every_language_of_the_template(tmp_path: Path) -> None:
    write_template(tmp_path, GOOD.replace(", lv: Sveiki", ""))
    with pytest.raises(ContentInvalid, match=r"report.yaml:9: The text has no words in `lv`."):
        load_report_templates(tmp_path)


def test_a_language_figures_cannot_be_said_in_is_refused(tmp_path: Path) -> None:
    write_template(tmp_path, GOOD.replace("[en, lv]", "[en, lv, et]"))
    with pytest.raises(ContentInvalid, match="Figures cannot be said in `et`"):
        load_report_templates(tmp_path)


@pytest.mark.parametrize(
    ("indicators", "said"),
    [
        ("[usefull]", "report.yaml:8: There is no indicator `usefull`. Did you mean `useful`?"),
        ("[useful, useful]", "report.yaml:8: `useful` is printed twice. Keep it in one section."),
        ("[]", "report.yaml:6: A section of the kind figures prints the `indicators` it names, and names none."),
    ],
)
def test_a_section_names_indicators_there_are_each_once(tmp_path: Path, indicators: str, said: str) -> None:
    section = f"kind: figures\n    title: {{en: Sleep, lv: Miegs}}\n    indicators: {indicators}"
    report = GOOD.replace("kind: cover\n    title: {en: Cover, lv: Vāks}", section)
    write_template(tmp_path, report)
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "useful.yaml").touch()
    with pytest.raises(ContentInvalid) as found:
        load_report_templates(tmp_path)
    assert said in str(found.value)


WRITTEN = "kind: written\n    title: {en: Words, lv: Vārdi}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "report.yaml:6: A section of the kind written is for an officer's words, and has no place for any."),
        ("{name: words, help: {en: Write, lv: Rakstiet}, limit: 99}", "report.yaml:8:"),
        ("{name: Words!, help: {en: Write, lv: Rakstiet}, limit: 500}", "report.yaml:8:"),
        ("{name: words, help: {en: Write}, limit: 500}", "The text has no words in `lv`."),
        ("{name: words, title: {en: T}, help: {en: Write, lv: Rakstiet}, limit: 500}", "has no words in `lv`."),
    ],
)
def test_a_place_to_write_is_whole(tmp_path: Path, written: str, said: str) -> None:
    section = WRITTEN + (f"\n    written: {written}" if written else "")
    write_template(tmp_path, GOOD.replace("kind: cover\n    title: {en: Cover, lv: Vāks}", section))
    with pytest.raises(ContentInvalid) as invalid:
        load_report_templates(tmp_path)
    assert said in str(invalid.value)


def test_two_places_to_write_have_two_names(tmp_path: Path) -> None:
    section = f"{WRITTEN}\n    written: {{name: words, help: {{en: Write, lv: Rakstiet}}, limit: 500}}"
    write_template(tmp_path, GOOD.replace("kind: cover\n    title: {en: Cover, lv: Vāks}", f"{section}\n  - {section}"))
    with pytest.raises(ContentInvalid, match="`words` is the name of two places to write"):
        load_report_templates(tmp_path)


def test_a_figure_is_printed_by_its_id_and_written_down() -> None:
    page = render_html("mine", "{{ name|figure }} {{ name|figure('share') }}", {"name": NAME}, FIGURES, "lv")
    assert page.html.count('class="figure"') == 2
    assert [(each.figure, each.facet) for each in page.printed] == [(NAME, "full"), (NAME, "share")]
    assert page.printed[0].text.replace("\xa0", " ") == "12 no 19 (63 %, 41–81 %)"


def test_a_facet_a_figure_does_not_have_prints_nothing() -> None:
    page = render_html("mine", "[{{ name|figure('target') }}]", {"name": NAME}, FIGURES, "en")
    assert (page.html, page.printed) == ("[]", ())


@pytest.mark.parametrize("source", ["{{ 'useful@BETA'|figure }}", "{{ 12|figure }}", "{{ name|figure('mean') }}"])
def test_a_figure_that_is_not_in_the_snapshot_makes_the_report_unfit(source: str) -> None:
    with pytest.raises(ReportUnfit):
        fill(source, {"name": NAME})


def test_something_unknown_in_a_template_is_an_error_and_never_an_empty_place() -> None:
    with pytest.raises(ReportUnfit, match="'surprise' is undefined"):
        fill("<p>{{ surprise }}</p>")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ words.append.__globals__ }}",
        "{% for i in range(10000000) %}x{% endfor %}",
        "{% include 'other.html' %}",
    ],
)
def test_a_template_reaches_nothing_but_its_context(source: str) -> None:
    with pytest.raises(ReportUnfit):
        fill(source, {"words": []})


def test_script_and_markup_in_a_text_are_escaped() -> None:
    """privacy-and-safety part 4: narratives reach a template as escaped text."""
    html = fill("<p>{{ text }}</p>", {"text": "<script>alert(1)</script> & \"<b>'"})
    assert html == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;&lt;b&gt;&#39;</p>"


def test_a_blank_report_hides_every_figure_and_says_none_in_alternative_texts() -> None:
    chart = {"title": "Bars", "bars": [{"label": "Useful", "figure": NAME}]}
    source = "{{ blank_style }}{{ chart|alt }}"
    assert "Useful: 12" in fill(source, {"chart": chart})
    blank = fill(source, {"chart": chart}, blank=True)
    assert "visibility: hidden" in blank
    assert blank.endswith("Bars.")


def test_an_alternative_text_says_hidden_figures_as_hidden() -> None:
    """privacy-and-safety part 3: the same decision in table, chart and alt text."""
    hidden = make_figure("useful", "ALFA", FigureState.SUPPRESSED, value=12, numerator=12)
    chart = {"title": "Bars", "bars": [{"label": "Useful", "figure": hidden.id}]}
    html = render_html("mine", "{{ chart|alt }}", {"chart": chart}, {hidden.id: hidden}, "en").html
    assert html == "Bars. Useful: × (hidden to protect people)."


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_no_number_of_the_snapshot_lies_in_the_context(name: str) -> None:
    """A figure is present as its id; the template can print it through the filter only."""
    assert not [each for each in _walk(asdict(make_context(PEOPLE[name], "en"))) if isinstance(each, float | Decimal)]
    secret = make_figure("support-useful", "ALFA", unit="percent", value="98.7654", numerator=4321, denominator=4375)
    snapshot = {**PEOPLE["60"].snapshot, "figures": []}
    snapshot["figures"] = [make_figure_content(secret)]
    words = " ".join(str(each) for each in _walk(asdict(make_context(replace(PEOPLE["60"], snapshot=snapshot), "en"))))
    assert not re.search(r"98\.7654|4321|4375", words)


def test_every_view_a_template_may_print_says_what_it_is() -> None:
    """The context is a documented contract: plain values or other views, each with a docstring."""
    kinds = [each for each in vars(views).values() if isinstance(each, type) and is_dataclass(each)]
    assert kinds
    for kind in kinds:
        assert (kind.__doc__ or "").strip().endswith(".")
        for each in fields(kind):
            assert "Any" not in str(get_type_hints(kind)[each.name])


@pytest.mark.parametrize(
    ("given", "direction", "status"),
    [
        ({"value": 80, "target": 75}, Direction.HIGHER, "reached"),
        ({"value": 74, "target": 75}, Direction.HIGHER, "under_way"),
        ({"value": 20, "target": 25}, Direction.LOWER, "reached"),
        ({"value": 30, "target": 25}, Direction.LOWER, "under_way"),
        ({"value": 60}, Direction.HIGHER, "none"),
        ({"value": 90, "target": 90}, Direction.NEUTRAL, "reached"),
        ({**BAND, "low": 16, "high": 19}, Direction.HIGHER, "reached"),
        ({**BAND, "low": 14, "high": 19}, Direction.HIGHER, "unknown"),
        ({**BAND, "low": 0, "high": 5}, Direction.HIGHER, "under_way"),
        ({"state": FigureState.BANDED, "low": 0, "high": 9, "target": 80}, Direction.HIGHER, "unknown"),
        ({"state": FigureState.SUPPRESSED, "target": 80}, Direction.HIGHER, "unknown"),
        ({"state": FigureState.NO_VALUE, "target": 80}, Direction.HIGHER, "unknown"),
    ],
)
def test_the_status_compares_with_the_target_only_where_it_can(
    given: dict[str, Any], direction: Direction, status: str
) -> None:
    """R8: a dip is never called failure; a range that holds the target decides nothing."""
    assert find_status(make_figure("useful", "ALFA", **given), direction) == status


def test_columns_by_year_count_activities_and_never_people() -> None:
    """Planned, delivered and potential are three figures; people reached and hoped for are never stacked."""
    sample = make_register()
    template = load_templates()["activity-register"]
    material = make_material(template, "en", sample.plan, sample.indicators, sample.taxonomy, sample.snapshot, (), ())
    bars = material.charts["charts/year.svg"].bars
    assert {material.figures[figure].unit for _, figure, _ in bars} == {"records"}
    assert [series for _, _, series in bars][:2] == ["Activities delivered", "Activities planned"]


def test_an_organisation_with_a_target_of_its_own_is_told_its_own_baseline_days_and_reason() -> None:
    sample = PEOPLE["60"]
    why = {"en": "Its own reason.", "lv": "Savs iemesls."}
    own = Target("ALFA", Decimal(70), date(2026, 1, 31), Decimal(85), date(2028, 1, 31), why)
    choices = tuple(
        replace(each, partners=(own,)) if each.indicator == "support-useful" else each
        for each in sample.plan.indicators
    )
    context = make_context(replace(sample, plan=replace(sample.plan, indicators=choices)), "en")
    [view] = [each for each in context.headlines if each.code == "support-useful"]
    assert (view.baseline, view.baseline_date, view.target_date) == ("70\xa0%", "31 Jan 2026", "31 Jan 2028")
    [sheet] = [each for each in context.sheets if each.code == "support-useful"]
    assert "Its own reason." in [row.text for column in sheet.columns for row in column]


def test_the_flow_of_one_of_several_surveys_is_named_by_the_title_of_the_survey() -> None:
    sample = PEOPLE["60"]
    stages = [
        make_figure_content(
            make_figure("flow", "ALFA", unit="persons", part="eligible", value=60, cells={"survey": name})
        )
        for name in ("one", "two")
    ]
    frozen = {"one": {"title": {"en": "The first survey", "lv": "Pirmā aptauja"}}}
    context = make_context(replace(sample, snapshot={**sample.snapshot, "figures": stages, "surveys": frozen}), "en")
    assert context.flow is not None
    assert [each.title for each in context.flow.tables] == [
        "People at each stage: The first survey",
        "People at each stage: two",
    ]


def test_a_definition_that_changed_after_the_freeze_is_refused() -> None:
    """R28: past snapshots keep their definitions."""
    sample = PEOPLE["60"]
    snapshot = {**sample.snapshot, "definitions": {"support-useful": "0" * 64}}
    with pytest.raises(ReportUnfit, match="changed after the freeze"):
        make_context(replace(sample, snapshot=snapshot), "en")


def test_a_language_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(ReportUnfit, match="has no words in 'de'"):
        make_context(PEOPLE["60"], "de")


def _walk(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [leaf for each in value.values() for leaf in _walk(each)]
    if isinstance(value, tuple | list):
        return [leaf for each in value for leaf in _walk(each)]
    return [value]


# -- what was printed before -------------------------------------------------------------------------------------------


def make_restatement() -> dict[str, Any]:
    """A share that rose by 8 points of which late data are the cause, and a number that is new."""
    old, new = (
        make_share("support-useful", "ALFA", (12, 20), (39, 78)),
        make_share("support-useful", "ALFA", (35, 44), (65, 89)),
    )
    return {
        "freeze": "impact-new",
        "replaces": "impact-old",
        "day": date(2026, 10, 20),
        "by": "officer",
        "people": {"late": (6, None), "withdrawn": (0, 5)},
        "figures": [
            {
                "id": new.id,
                "old": make_figure_content(old),
                "new": make_figure_content(new),
                "difference": "20",
                "steps": [{"causes": ["late"], "amount": "20"}],
            },
            {
                "id": "x",
                "old": None,
                "new": make_figure_content(replace(new, part="state:skipped")),
                "difference": None,
                "steps": None,
            },
        ],
    }


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "Annex: figures that were printed before",
                "recorded late: +20 percentage points",
                "60 %",
                "80 %",
                "Approved on 20 Oct 2026 by the M&amp;E officer",
                "recorded late: 6 people or more",
            ],
        ),
        (
            "lv",
            [
                "Pielikums: iepriekš publicētie skaitļi",
                "ierakstīts vēlāk: +20 procentpunkti",
                "60 %",
                "80 %",
                "Apstiprināts 20.10.2026. – to darīja",
            ],
        ),
    ],
)
def test_a_report_that_takes_the_place_of_another_says_what_changed_and_why(language: str, said: list[str]) -> None:
    """R24: old, new, difference, cause, approver; a role and no account. Parts are counted, not listed."""
    sample = next(each for each in PEOPLE.values() if each.snapshot["partner"] == "ALFA")
    template = load_templates()["partner-impact"]
    material = make_material(
        template,
        language,
        sample.plan,
        sample.indicators,
        sample.taxonomy,
        {**sample.snapshot, "restatements": [make_restatement()]},
        sample.findings,
        sample.quotes,
    )
    assert isinstance(material.context, ReportContext)
    assert (len(material.context.restated[0].rows), material.context.restated[0].others) == (1, 1)
    page = render_html(
        template.id, template.html, asdict(material.context), material.figures, language, shared=template.files
    ).html
    text = re.sub(r"<[^>]+>", "", page).replace("\N{NO-BREAK SPACE}", " ")
    for words in said:
        assert words in text
    without = make_context(sample, language)
    assert without.restated == ()
