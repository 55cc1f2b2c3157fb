"""Reports as PDF: PDF/UA-1, the same bytes twice, and exactly the snapshot's figures in exactly their words."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import page
import pypdf
import pytest

from me_platform.disclosure.figures import make_figure
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.errors import ReportUnfit
from me_platform.indicators.definition import Emblem
from me_platform.reports.build import Limits, ReportResult, build_report
from tests.report_samples import PEOPLE, ROOT, Sample, load_templates, make_register

LANGUAGES = ("en", "lv")
NAMES = (*sorted(PEOPLE), "register")
EVERY = [
    pytest.param(
        name,
        language,
        marks=pytest.mark.full if name == "all" or (language == "en" and name in {"60", "register"}) else [],
    )
    for name in NAMES
    for language in LANGUAGES
]
"""Every run takes them in Latvian, the small ones in English too; the consortium's, which the sample's test renders,
and the long ones in English are left to script/drill reports."""


def get_sample(name: str) -> tuple[str, Sample]:
    return ("activity-register", make_register()) if name == "register" else ("partner-impact", PEOPLE[name])


def build(name: str, language: str, sample: Sample | None = None, **given: Any) -> ReportResult:  # noqa: ANN401
    template, usual = get_sample(name)
    chosen = sample or usual
    return build_report(
        given.pop("template", load_templates()[template]),
        language,
        chosen.plan,
        chosen.indicators,
        chosen.taxonomy,
        chosen.snapshot,
        chosen.findings,
        chosen.quotes,
        **given,
    )


@cache
def build_once(name: str, language: str, *, blank: bool = False) -> ReportResult:
    return build(name, language, blank=blank)


@cache
def read_pages(pdf: bytes) -> tuple[str, ...]:
    return tuple(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def count_tokens(texts: Iterable[str]) -> Counter[str]:
    """Words, numbers and marks of a text, however its lines were broken."""
    return Counter(token for text in texts for token in re.findall(r"\w+|[^\w\s]", text))


def change_html(name: str, old: str, new: str) -> Any:  # noqa: ANN401 - a template
    template = load_templates()[get_sample(name)[0]]
    assert old in template.html
    return replace(template, html=template.html.replace(old, new, 1))


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_report_is_pdf_ua(name: str, language: str) -> None:
    """privacy-and-safety part 4: PDF/UA-1, tagged."""
    report = page.validate_pdf_bytes(build_once(name, language).pdf, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [f"{each.rule_id}: {each.message}" for each in report.failures]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_metadata_is_the_allow_list(name: str, language: str) -> None:
    """privacy-and-safety part 4: metadata from an allow-list, language set, title shown, no dates."""
    reader = pypdf.PdfReader(io.BytesIO(build_once(name, language).pdf))
    assert reader.metadata is not None
    assert set(reader.metadata) == {"/Title", "/Producer"}
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/Names" not in root or "/EmbeddedFiles" not in root["/Names"]
    xmp = root["/Metadata"].get_data().decode()
    assert set(re.findall(r"<(?:dc|xmp|pdf|xmpMM):(\w+)| (?:pdf|pdfuaid):(\w+)=", xmp)) == {
        ("title", ""),
        ("", "part"),
        ("", "Producer"),
    }
    assert not re.search(rb"20\d\d-\d\d-\d\dT|D:20\d\d", xmp.encode())


@pytest.mark.parametrize(("name", "language"), [("60", "lv"), ("register", "lv")])
def test_the_same_snapshot_gives_the_same_bytes_twice(name: str, language: str) -> None:
    """R23: equal bytes of a PDF are promised for equal consent."""
    assert build(name, language).pdf == build_once(name, language).pdf


def test_the_same_bytes_come_out_of_another_process_with_another_hash_seed() -> None:
    code = (
        "import sys; from tests.integration.test_reports import build\n"
        "if __name__ == '__main__': sys.stdout.buffer.write(build('19', 'lv').pdf)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == build_once("19", "lv").pdf


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_what_a_blanked_report_lacks_is_exactly_the_printed_figures(name: str, language: str) -> None:
    """The report with all figures blanked, subtracted from the report, leaves exactly the figures."""
    full, blank = build_once(name, language), build_once(name, language, blank=True)
    pages, empty = read_pages(full.pdf), read_pages(blank.pdf)
    assert len(pages) == len(empty)
    lacking = count_tokens(pages) - count_tokens(empty)
    assert lacking == count_tokens([each.text for each in full.printed])
    assert not count_tokens(empty) - count_tokens(pages)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_printed_figures_and_the_snapshots_figures_are_the_same_both_ways(name: str, language: str) -> None:
    """figures.json: every printed number, and no number that is not printed."""
    result = build_once(name, language)
    figures = {each["id"]: make_figure(each) for each in get_sample(name)[1].snapshot["figures"]}
    assert {each.figure for each in result.printed} == set(figures)
    assert not result.unprinted
    for each in result.printed:
        assert each.text == make_figure_text(figures[each.figure], language, Facet(each.facet))


def test_what_an_officer_wrote_is_hers_and_no_figure() -> None:
    """Issue C, reports: her words and numbers stand in the report and in its blanked twin; markup is no markup."""
    texts = {"our_words": "In 2026 we helped 1234 people.\n\n<b>5 %</b> more & more.", "must_change": "Two things."}
    full, blank = (build("0", "en", texts=texts, blank=blank) for blank in (False, True))
    pages, empty = read_pages(full.pdf), read_pages(blank.pdf)
    assert count_tokens(pages) - count_tokens(empty) == count_tokens([each.text for each in full.printed])
    for words in ("In 2026 we helped 1234 people.", "<b>5 %</b> more & more.", "What must change", "Two things."):
        assert any(words in each for each in pages)
        assert any(words in each for each in empty)
    report = page.validate_pdf_bytes(full.pdf, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant
    assert build("0", "en", texts=texts).pdf == full.pdf
    assert build("0", "en", texts={}).pdf == build_once("0", "en").pdf


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_page_says_something_and_where_it_stands(name: str, language: str) -> None:
    pages = read_pages(build_once(name, language).pdf)
    for number, text in enumerate(pages[1:], 2):
        foot = f"{number} of {len(pages)}" if language == "en" else f"{number}. lapa no {len(pages)}"
        assert foot in text
        assert len(text) > 250, f"page {number} is almost empty"


@pytest.mark.parametrize(("name", "language"), [each for each in EVERY if each.values[0] != "register"])
def test_sample_data_says_so_on_every_page(name: str, language: str) -> None:
    word = {"en": "Sample", "lv": "Paraugs"}[language]
    assert all(word.lower() in text.lower() for text in read_pages(build_once(name, language).pdf))


def test_a_register_of_real_activities_is_not_called_a_sample() -> None:
    assert not any("Sample:" in text for text in read_pages(build_once("register", "en").pdf))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_has_an_alternative_text_with_its_figures_and_a_table(language: str) -> None:
    """privacy-and-safety part 4: alt text on every figure with its data table beside it."""
    alts = [alt for alt in find_alternatives(build_once("60", language).pdf) if alt]
    assert len(alts) > 6
    shown = {"en": "39 or more of 44", "lv": "39 vai vairāk no 44"}[language]
    assert any(shown in alt.replace("\xa0", " ") for alt in alts)
    hidden = {"en": "hidden to protect people", "lv": "slēpts, lai aizsargātu cilvēkus"}[language]
    assert any(hidden in alt for alt in alts)


def test_alternative_texts_of_a_blanked_report_hold_no_figure() -> None:
    alts = find_alternatives(build_once("60", "en", blank=True).pdf)
    assert alts
    assert not [alt for alt in alts if re.search(r"\d", alt)]


def test_only_noto_sans_is_embedded_and_every_font_is() -> None:
    reader = pypdf.PdfReader(io.BytesIO(build_once("60", "lv").pdf))
    resources: Any = reader.pages[1]["/Resources"]
    names = [font["/BaseFont"] for font in resources["/Font"].get_object().values()]
    assert names
    assert all("Noto-Sans" in name for name in names)
    for font in resources["/Font"].get_object().values():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withdrawn_quote_is_the_word_and_nothing_else(language: str) -> None:
    """privacy-and-safety part 2: quotes render "withdrawn" where consent is gone."""
    text = " ".join(read_pages(build_once("60", language).pdf))
    assert {"en": "Withdrawn:", "lv": "Atsaukts:"}[language] in text
    assert "Tagad es pati izlemju" in text


def test_markup_in_a_narrative_is_printed_as_text() -> None:
    """privacy-and-safety part 4: narratives reach a template as escaped text."""
    attack = "<script>alert(1)</script><img src='https://evil.invalid/x.png'>{{ 7 * 7 }}"
    sample = replace(PEOPLE["19"], quotes=({"id": "q", "text": attack, "language": "en"},))
    text = re.sub(r"\s+", "", " ".join(read_pages(build("19", "en", sample).pdf)))
    assert re.sub(r"\s+", "", attack) in text


@pytest.mark.parametrize(
    "element",
    [
        '<img src="https://example.org/pixel.png" alt="x">',
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="images/missing.svg" alt="x">',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<div style="background: url(../../secrets/root.key)">x</div>',
        '<img src="data:image/png;base64,AAAA" alt="x">',
    ],
)
def test_whatever_is_not_the_templates_own_file_stops_the_report(element: str) -> None:
    """privacy-and-safety part 4: the fetcher knows only the template's own files and stops on anything else."""
    with pytest.raises(ReportUnfit, match="not one of its own files"):
        build("19", "en", template=change_html("19", "<body", f"{element}<body"))


def test_an_image_that_cannot_be_read_stops_the_report() -> None:
    """WeasyPrint only logs it."""
    template = load_templates()["partner-impact"]
    with pytest.raises(ReportUnfit, match="Failed to load image"):
        build("19", "en", template=replace(template, files={**template.files, "images/reached.svg": b"no svg"},
              html=template.html.replace("<body", '<img src="images/reached.svg" alt="x"><body', 1)))  # fmt: skip


def test_an_image_without_alternative_text_stops_the_report() -> None:
    with pytest.raises(ReportUnfit, match="alt"):
        build("19", "en", template=change_html("19", "<h1>", '<img src="images/cover.svg"><h1>'))


def test_a_style_the_printer_would_ignore_stops_the_report() -> None:
    template = load_templates()["partner-impact"]
    files = {**template.files, "theme.css": template.files["theme.css"] + b"\np { colour: red }"}
    with pytest.raises(ReportUnfit, match="colour"):
        build("19", "en", template=replace(template, files=files))


def test_a_character_no_font_has_stops_the_report() -> None:
    sample = replace(PEOPLE["19"], quotes=({"id": "q", "text": "\U0001fae8 \ue000", "language": "en"},))
    with pytest.raises(ReportUnfit, match=r"no installed font has the characters|stand in for Noto Sans"):
        build("19", "en", sample)


def test_a_cover_has_the_emblems_of_all_and_of_its_own_partner() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    emblems = tuple(
        Emblem(f"{name}.svg", {"en": f"Mark of {name}", "lv": name}, name, svg) for name in ("", "ALFA", "BETA")
    )
    sample = replace(PEOPLE["60"], plan=replace(PEOPLE["60"].plan, emblems=emblems))
    told = find_alternatives(build("60", "en", sample, annex=False).pdf)
    assert [text for text in told if text.startswith("Mark of")] == ["Mark of ", "Mark of ALFA"]


def test_a_report_that_takes_too_long_is_ended() -> None:
    """privacy-and-safety part 4: rendering runs in a child process with a time limit."""
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    started = time.monotonic()
    with pytest.raises(ReportUnfit, match=r"not ready after 0\.5 seconds"):
        build("19", "en", template=change_html("19", "<body", f"{loop}<body"), limits=Limits(seconds=0.5))
    assert time.monotonic() - started < 20


def test_a_report_that_takes_too_much_memory_is_ended() -> None:
    """privacy-and-safety part 4: rendering runs in a child process with a memory limit."""
    greedy = "{% set x = 'x' * 3000000000 %}"
    with pytest.raises(ReportUnfit, match="memory"):
        build("19", "en", template=change_html("19", "<body", f"{greedy}<body"))


def test_a_report_prints_only_what_its_own_partner_has() -> None:
    """R31: no league tables; a partner's report holds that partner's figures and no other's."""
    text = " ".join(read_pages(build_once("60", "en").pdf))
    assert "North Bridge" not in text
    assert "Open Door" not in text


def find_alternatives(pdf: bytes) -> list[str]:
    """The alternative texts of all figures in the structure tree."""
    root: Any = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    return list(_walk(root["/StructTreeRoot"]["/K"]))


def _walk(node: Any) -> Iterator[str]:  # noqa: ANN401 - PDF objects
    content = node.get_object()
    if isinstance(content, list):
        for child in content:
            yield from _walk(child)
    elif isinstance(content, Mapping):
        if content.get("/S") == "/Figure":
            yield str(content.get("/Alt", ""))
        yield from _walk(content["/K"]) if "/K" in content else ()
