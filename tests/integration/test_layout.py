"""Reports at their extremes: everything that is said stays on its page, whole, and over nothing else.

What a reader sees is asked of the PDF itself (poppler's word boxes), not of the program.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import page
import pytest
from lxml import etree, html

from me_platform.charts.draw import CHARTS, Bar
from me_platform.charts.kinds import ChartKind
from me_platform.reports.context import CELL, HALF, WIDE
from me_platform.reports.pdf import render_pdf
from tests.integration.test_reports import build as build_report_of
from tests.report_samples import Sample, load_templates
from tests.unit.test_charts import SAMPLES
from tests.world_samples import make_world, refuse

MARGIN = 25.0
"""Points of paper that stay free on every side of a page but a cover."""
LONGEST_WORD = "Nepieciešamajiempretcilvēktirdzniecībaskoordinatoriem"
LARGEST = 987_654_321_098


@dataclass(frozen=True)
class Word:
    """A word of a page with its box in points."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Paper:
    """A page with its size and its words."""

    width: float
    height: float
    words: tuple[Word, ...]


def stretch(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any content
    """The same content with every text for people changed; codes, days and keys stay."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: stretch(getattr(value, each.name), change) for each in fields(value)})
    if isinstance(value, Mapping):
        if (
            value
            and set(value) <= {"en", "lv", "ru", "uk", "ar"}
            and all(isinstance(each, str) for each in value.values())
        ):
            return {language: change(text) if text else text for language, text in value.items()}
        return {key: stretch(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(stretch(each, change) for each in value)
    return value


def stretch_sample(sample: Sample, change: Callable[[str], str]) -> Sample:
    """Every text of a report's content changed; a title keeps within what officers may write (rules-of-numbers 1.1)."""
    indicators = {
        code: replace(
            stretch(each, change), short_title={key: change(text)[:50] for key, text in each.short_title.items()}
        )
        for code, each in sample.indicators.items()
    }
    quotes = tuple({**each, "text": change(each["text"])} if each.get("text") else each for each in sample.quotes)
    snapshot = {
        **sample.snapshot,
        **{key: stretch(sample.snapshot[key], change) for key in ("practices", "feedback", "standards", "surveys")},
    }
    return Sample(
        stretch(sample.plan, change),
        indicators,
        stretch(sample.taxonomy, change),
        snapshot,
        stretch(sample.findings, change),
        quotes,
    )


def say_three_times(text: str) -> str:
    return " ".join([text] * 3)


def add_longest_word(text: str) -> str:
    return f"{text} {LONGEST_WORD}"


def make_numbers_large(sample: Sample) -> Sample:
    """The same report in which every printed count has twelve digits."""
    figures = [
        {
            **each,
            "value": LARGEST,
            "numerator": LARGEST if each["numerator"] is not None else None,
            "denominator": LARGEST if each["denominator"] is not None else None,
            "low": None,
            "high": None,
        }
        if each["state"] == "value"
        and each["unit"] in {"persons", "records", "events", "attendances", "hours", "people"}
        else each
        for each in sample.snapshot["figures"]
    ]
    return replace(sample, snapshot={**sample.snapshot, "figures": figures})


WORLDS: Mapping[str, Callable[[], Sample]] = {
    "nobody": lambda: make_world("UPE", 0),
    "one person": lambda: make_world("BERZ", 1),
    "all refused": lambda: make_world("BERZ", 40, change=refuse),
    "400 people": lambda: make_world("KALNS", 400, young=60),
    "three times longer": lambda: stretch_sample(make_world("KALNS", 85, young=14), say_three_times),
    "longest words": lambda: stretch_sample(make_world("KALNS", 85, young=14), add_longest_word),
    "largest numbers": lambda: make_numbers_large(make_world("KALNS", 85, young=14)),
}
_LONG = {
    *(("three times longer", template) for template in ("partner-impact", "plain-summary")),
    *((name, "partner-impact") for name in ("400 people", "largest numbers")),
}
"""Rendered by script/drill journeys; every run has the longest words in their place."""
REPORTS = [
    pytest.param(name, template, "lv", marks=pytest.mark.full if (name, template) in _LONG else [])
    for name in WORLDS
    for template in ("partner-impact", "plain-summary")
] + [("400 people", "plain-summary", "ar"), ("three times longer", "plain-summary", "ar")]


@pytest.fixture(scope="module")
def build() -> Callable[[str, str, str], bytes]:
    made: dict[tuple[str, str, str], bytes] = {}

    def build(name: str, template: str, language: str) -> bytes:
        key = (name, template, language)
        if key not in made:
            chosen = load_templates()[template]
            made[key] = build_report_of("60", language, WORLDS[name](), template=chosen, annex=False).pdf
        return made[key]

    return build


@pytest.mark.parametrize(("name", "template", "language"), REPORTS)
def test_every_word_lies_on_its_page_and_over_no_other(
    build: Callable[[str, str, str], bytes], tmp_path: Path, name: str, template: str, language: str
) -> None:
    """Issue, done when 5."""
    papers = read_papers(build(name, template, language), tmp_path)
    assert papers
    outside = [
        (number, word.text)
        for number, paper in enumerate(papers, 1)
        for word in paper.words
        if not (
            MARGIN <= word.left <= word.right <= paper.width - MARGIN and 0 <= word.top <= word.bottom <= paper.height
        )
    ]
    assert outside == []
    over = [(number, *pair) for number, paper in enumerate(papers, 1) for pair in find_overlaps(paper.words)]
    assert over == []


@pytest.mark.parametrize(("name", "template", "language"), REPORTS)
def test_a_report_at_its_extremes_is_pdf_ua(
    build: Callable[[str, str, str], bytes], name: str, template: str, language: str
) -> None:
    report = page.validate_pdf_bytes(build(name, template, language), profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [f"{each.rule_id}: {each.message}" for each in report.failures]


@pytest.mark.parametrize("name", ["nobody", "one person", "all refused", "400 people"])
def test_the_page_for_those_who_answered_is_one_page(
    build: Callable[[str, str, str], bytes], tmp_path: Path, name: str
) -> None:
    assert len(read_papers(build(name, "plain-summary", "lv"), tmp_path)) == 1


@pytest.mark.parametrize("change", [say_three_times, add_longest_word])
@pytest.mark.parametrize(
    ("kind", "width"),
    [
        *((kind, width) for kind in ChartKind if kind is not ChartKind.SHARE for width in (HALF, WIDE)),
        (ChartKind.SHARE, CELL),
    ],
)
def test_nothing_of_a_chart_is_cut_at_its_edge(
    kind: ChartKind, width: float, change: Callable[[str], str], tmp_path: Path
) -> None:
    """Three times longer labels and numbers of twelve digits, in the widths reports use."""
    bars = [
        replace(
            bar,
            label=bar.label if kind is ChartKind.YEARS else change(bar.label).strip(),
            figure=bar.figure if bar.figure.unit in {"percent", "points"} else replace(bar.figure, value=_enlarge(bar)),
        )
        for bar in SAMPLES[kind]
    ]
    assert find_ink_outside(CHARTS[kind](bars, "lv", width), tmp_path) == 0


def _enlarge(bar: Bar) -> Decimal | None:
    return None if bar.figure.value is None else Decimal(LARGEST)


def read_papers(pdf: bytes, folder: Path) -> list[Paper]:
    (folder / "report.pdf").write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", folder / "report.pdf", "-"], capture_output=True, check=True).stdout
    tree = html.document_fromstring(told.decode("utf-8"))
    return [
        Paper(
            float(paper.get("width", 0)),
            float(paper.get("height", 0)),
            tuple(
                Word(word.text or "", *(float(word.get(name, 0)) for name in ("xmin", "ymin", "xmax", "ymax")))
                for word in paper.iter("word")
            ),
        )
        for paper in tree.iter("page")
    ]


def find_overlaps(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """Pairs of words whose boxes share more than a rim: two points sideways and a third of the lower line's height."""
    ordered = sorted(words, key=lambda word: word.top)
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.top >= one.bottom:
                break
            sideways = min(one.right, other.right) - max(one.left, other.left)
            height = min(one.bottom, other.bottom) - other.top
            if sideways > 2 and height > 0.45 * min(one.bottom - one.top, other.bottom - other.top):
                yield one.text, other.text


def find_ink_outside(svg: bytes, folder: Path) -> int:
    """How many dark pixels lie outside the drawing's own frame when there is paper around it."""
    root = etree.fromstring(svg, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    _, _, wide, tall = (float(each) for each in root.get("viewBox", "").split())
    rim = 60.0
    root.set("viewBox", f"{-rim} {-rim} {wide + 2 * rim} {tall + 2 * rim}")
    root.set("width", f"{wide + 2 * rim}pt")
    root.set("height", f"{tall + 2 * rim}pt")
    paper = f"@page {{ size: {wide + 2 * rim}pt {tall + 2 * rim}pt; margin: 0 }}"
    style = f"<style>{paper} body {{ margin: 0; font-family: 'Noto Sans' }} img {{ display: block }}</style>"
    text = f'<html lang="en"><head><title>x</title>{style}</head><body><img src="chart.svg" alt="chart"></body></html>'
    (folder / "chart.pdf").write_bytes(render_pdf("chart", text, {"chart.svg": etree.tostring(root)}, b"0" * 16))
    pixels = subprocess.run(
        ["pdftoppm", "-r", "72", "-gray", "-singlefile", folder / "chart.pdf"], capture_output=True, check=True
    ).stdout
    head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", pixels)
    assert head is not None
    across, down = int(head[1]), int(head[2])
    rows = [pixels[head.end() + line * across : head.end() + (line + 1) * across] for line in range(down)]
    inner = range(int(rim) - 2, int(rim + wide) + 2)
    return sum(
        value < 200
        for line, row in enumerate(rows)
        for column, value in enumerate(row)
        if not (int(rim) - 2 <= line <= rim + tall + 2 and column in inner)
    )
