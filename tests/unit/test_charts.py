"""Charts: deterministic small SVGs in which a range is never a point."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from lxml import etree

from me_platform.charts.draw import CHARTS, Bar, Extent, make_extent
from me_platform.charts.kinds import ChartKind
from me_platform.charts.style import SEQUENCE, compute_text_width, wrap_text
from me_platform.disclosure.figures import Figure, FigureState
from tests.report_samples import make_figure

VALUE, BANDED, HIDDEN = FigureState.VALUE, FigureState.BANDED, FigureState.SUPPRESSED
SVG = "{http://www.w3.org/2000/svg}"


def make(state: FigureState = VALUE, unit: str = "percent", **numbers: Any) -> Figure:  # noqa: ANN401 - fields
    return make_figure("x", "ALFA", state, unit, **numbers)


SHARE = make(value=63, numerator=12, denominator=19, n=19, low=41, high=81, target=70)
BAND = make(BANDED, low=14, high=19, denominator=19, target=70)
COUNT = make(unit="persons", value=12, numerator=12, denominator=46, n=46)
MEAN = make(unit="points", value="6.3", n=41, low="5.6", high="7.0")
SAMPLES: dict[ChartKind, list[Bar]] = {
    ChartKind.PROPORTIONS: [Bar("Zina, kam zvanīt, ja draud briesmas", SHARE), Bar("Jūtas droši", BAND)],
    ChartKind.SHARE: [Bar("", SHARE)],
    ChartKind.STATES: [Bar("Atbildēja", COUNT), Bar("Nezina", make(HIDDEN, "persons"))],
    ChartKind.CHANGE: [Bar(label, COUNT) for label in ("Labāk", "Tāpat", "Sliktāk", "Nav izmērāms")],
    ChartKind.FLOW: [Bar("Saņēma kodu", COUNT), Bar("Piekrita", make(BANDED, "persons", low=5, high=12))],
    ChartKind.COUNTS: [Bar("18–24 gadi", COUNT), Bar("Nav zināms", make(HIDDEN, "persons"))],
    ChartKind.MEANS: [Bar("Tuvums savam mērķim", MEAN)],
    ChartKind.CHANGES: [
        Bar(label, COUNT, series)
        for series in ("Jūtas drošāk nekā sākumā", "Lemj vairāk nekā sākumā")
        for label in ("Labāk", "Tāpat", "Sliktāk", "Nav izmērāms")
    ],
    ChartKind.DUMBBELL: [
        Bar(label, make(unit="points", value=value, n=20), "Jūtas drošāk nekā sākumā", (1, 4))
        for label, value in (("sākumā", "2.4"), ("tagad", "3.1"))
    ],
    ChartKind.YEARS: [Bar("2003", make(unit="events", value=2), "Īstenotas"), Bar("2006", COUNT, "Plānotas")],
}


def find_ids(svg: bytes) -> list[str]:
    root = etree.fromstring(svg, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    return [each.get("id", "") for each in root.iter(f"{SVG}g")]


@pytest.mark.parametrize("kind", list(ChartKind))
def test_every_kind_of_chart_has_a_function_and_gives_the_same_bytes_twice(kind: ChartKind) -> None:
    first, second = (CHARTS[kind](SAMPLES[kind], "lv", 102.0) for _ in range(2))
    assert first == second
    assert first.startswith(b"<svg ")


@pytest.mark.parametrize("kind", list(ChartKind))
def test_text_is_drawn_as_paths_and_nothing_tells_when_or_by_what_it_was_drawn(kind: ChartKind) -> None:
    """privacy-and-safety part 4: metadata from an allow-list."""
    svg = CHARTS[kind](SAMPLES[kind], "lv", 102.0)
    assert b"<text" not in svg
    assert b"<metadata" not in svg
    assert b"matplotlib" not in svg.lower()
    assert not re.search(rb"20\d\d-\d\d-\d\d", svg)
    assert b"<image" not in svg
    assert b"file:" not in svg


@pytest.mark.parametrize("kind", list(ChartKind))
def test_a_chart_of_nothing_is_still_a_chart(kind: ChartKind) -> None:
    assert CHARTS[kind]([], "en", 102.0).rstrip().endswith(b"</svg>")


@pytest.mark.parametrize(
    ("figure", "extent"),
    [
        (SHARE, Extent(41.0, 81.0, 63.0)),
        (make(BANDED, low=5, high=10, denominator=20), Extent(25.0, 50.0, None)),
        (make(BANDED, low=15, denominator=20), Extent(75.0, 100.0, None)),
        (make(BANDED, low=0, high=9), Extent(None, None, None)),
        (make(BANDED, "persons", low=60, high=79), Extent(60.0, 79.0, None)),
        (make(HIDDEN, value=63), Extent(None, None, None)),
        (make(FigureState.NO_VALUE), Extent(None, None, None)),
    ],
)
def test_only_a_value_has_a_point_on_its_scale(figure: Figure, extent: Extent) -> None:
    """privacy-and-safety part 3: a band is carried into the chart as an interval, never a point."""
    assert make_extent(figure) == extent


def test_a_band_is_a_hatched_range_and_a_value_a_bar_with_a_whisker() -> None:
    """privacy-and-safety part 3."""
    ids = find_ids(CHARTS[ChartKind.PROPORTIONS](SAMPLES[ChartKind.PROPORTIONS], "en", 102.0))
    assert {"bar-0", "whisker-0", "band-1"} <= set(ids)
    assert {"bar-1", "whisker-1", "band-0"}.isdisjoint(ids)


@pytest.mark.parametrize("figure", [SHARE, BAND])
def test_a_share_in_a_row_is_a_bar_or_a_range_with_the_tick_of_its_target(figure: Figure) -> None:
    ids = set(find_ids(CHARTS[ChartKind.SHARE]([Bar("", figure)], "lv", 42.0)))
    assert "target" in ids
    assert ids & {"bar-0", "whisker-0", "band-0"} == ({"bar-0", "whisker-0"} if figure is SHARE else {"band-0"})


@pytest.mark.parametrize(
    "kind", [ChartKind.PROPORTIONS, ChartKind.SHARE, ChartKind.COUNTS, ChartKind.FLOW, ChartKind.MEANS]
)
def test_what_is_hidden_has_no_shape(kind: ChartKind) -> None:
    ids = find_ids(CHARTS[kind]([Bar("Slēpts", make(HIDDEN))], "lv", 102.0))
    assert not [each for each in ids if each.startswith(("bar-", "band-", "point-", "whisker-"))]


def test_hidden_parts_of_a_whole_share_one_hatched_rest() -> None:
    bars = [Bar("A", COUNT), Bar("B", make(HIDDEN, "persons")), Bar("C", make(HIDDEN, "persons"))]
    assert find_ids(CHARTS[ChartKind.STATES](bars, "en", 102.0)).count("band-rest") == 1


def test_a_hidden_part_tells_nothing_of_its_size() -> None:
    """privacy-and-safety part 3: where the whole may not be named, its hatched part has one fixed length."""

    def draw(secret: int) -> bytes:
        bars = [
            Bar("A", make(unit="persons", value=12, n=12)),
            Bar("B", make(HIDDEN, "persons", value=secret, n=secret)),
        ]
        return CHARTS[ChartKind.STATES](bars, "en", 102.0)

    assert draw(1) == draw(4)


def test_an_open_band_of_people_is_drawn_without_an_end_point() -> None:
    ids = find_ids(CHARTS[ChartKind.COUNTS]([Bar("A", make(BANDED, "attendances", low=328))], "en", 102.0))
    assert not [each for each in ids if each.startswith("bar-")]


def test_the_fills_of_a_stacked_bar_differ_in_grey() -> None:
    """Readable when printed in grey: neighbours differ in lightness, the last by its outline."""

    def compute_lightness(color: str) -> float:
        red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
        return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255

    levels = [compute_lightness(ink.fill) for ink in SEQUENCE[:-1]]
    assert all(lighter - darker > 0.09 for darker, lighter in pairwise(levels))
    assert SEQUENCE[-1].dashed


def test_a_label_is_broken_between_words_within_its_width() -> None:
    label = "Psihosociālais atbalsts un psihosociālā konsultēšana valodā, kuru cilvēks saprot"
    lines = wrap_text(label, 60.0)
    assert " ".join(lines) == label
    assert len(lines) > 1
    assert all(compute_text_width(line) <= 60.0 for line in lines)


def test_a_word_longer_than_its_line_is_hyphenated() -> None:
    lines = wrap_text("pretcilvēktirdzniecības", 15.0)
    assert len(lines) > 1
    assert "".join(line.removesuffix("-") for line in lines) == "pretcilvēktirdzniecības"
    assert all(line.endswith("-") for line in lines[:-1])
    assert all(compute_text_width(line) <= 15.0 for line in lines)


def test_a_dumbbell_tells_the_first_dot_from_the_last_and_leaves_out_what_is_hidden() -> None:
    """R7: the same people before and after; a mean that may not be told has no dot."""
    pair = SAMPLES[ChartKind.DUMBBELL]
    ids = find_ids(CHARTS[ChartKind.DUMBBELL](pair, "lv", 170.0))
    assert {"first-0", "last-0"} <= set(ids)
    hidden = [pair[0], Bar("tagad", make(HIDDEN, "points"), pair[0].series, (1, 4))]
    ids = find_ids(CHARTS[ChartKind.DUMBBELL](hidden, "lv", 170.0))
    assert "first-0" in ids
    assert "last-0" not in ids
