"""The kinds of charts. Each takes labelled figures and a language and returns the bytes of one SVG image.

A value is drawn as a bar (its interval as a whisker), a band as a hatched range and never as a point, anything else
as its symbol without a shape (rules-of-numbers R3, privacy-and-safety part 3). Labels stand beside what they name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from me_platform.charts.kinds import ChartKind
from me_platform.charts.style import (
    AMBER,
    BODY,
    CHANGE,
    INK,
    MIST,
    MUTED,
    PAPER,
    PETROL,
    RULE,
    SEQUENCE,
    SMALL,
    TEAL,
    TRACK,
    Canvas,
    Ink,
    compute_text_width,
    wrap_text,
)
from me_platform.disclosure.figures import Figure, FigureState
from me_platform.disclosure.wording import STATE_WORDS, SYMBOLS, Facet, make_figure_text

LINE = 4.0
"""Height of a line of text in millimetres."""
BAR = 4.6
GAP = 3.0
_TICKS = (0, 25, 50, 75, 100)
_WIDE_FROM = 140.0
_HAIR = 0.6
STUB = 6.0
"""Length of a hatched part whose size is not told."""
SIGN = 4.0
"""Room for the symbol beside such a part."""

_DARK = frozenset({SEQUENCE[0].fill, SEQUENCE[1].fill})
_TARGET: Mapping[str, str] = {"en": "target", "lv": "mērķvērtība"}


@dataclass(frozen=True)
class Bar:
    """One figure with the words that name it in a chart.

    ``series`` tells apart the parts of a column or the rows of stacked bars; ``scale`` are the lowest and the highest
    answer a mean can be made of.
    """

    label: str
    figure: Figure
    series: str = ""
    scale: tuple[int, int] | None = None


@dataclass(frozen=True)
class Extent:
    """Where a figure lies on a scale: ``low`` to ``high``, and the ``point`` only where the figure is a value."""

    low: float | None
    high: float | None
    point: float | None


Chart = Callable[[Sequence[Bar], str, float], bytes]
"""Labelled figures, language, width in millimetres -> SVG."""


def make_extent(figure: Figure, *, scale: float | None = None) -> Extent:
    """The place of a figure on its own scale; a proportion's band is turned from people into percent.

    ``scale`` closes the open upper end of a band without a base. A state without a number has no place.
    """
    low, high = _as_float(figure.low), _as_float(figure.high)
    if figure.state is FigureState.VALUE:
        return Extent(low, high, _as_float(figure.value))
    if figure.state is not FigureState.BANDED:
        return Extent(None, None, None)
    low = 0.0 if low is None else low
    if figure.unit != "percent":
        top = scale if figure.denominator is None else float(figure.denominator)
        return Extent(low, (high if high is not None else top), None)
    if not figure.denominator:
        # "Fewer than so many answered" says nothing about the share.
        return Extent(None, None, None)
    high = float(figure.denominator) if high is None else min(high, figure.denominator)
    return Extent(100 * low / figure.denominator, 100 * high / figure.denominator, None)


def draw_proportions(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """Shares on a scale of 0 to 100 %: bar with interval, hatched range for a band, a tick for the target.

    In a wide chart the labels stand to the left of the bars, in a narrow one above them.
    """
    side = max((_compute_side(bar.figure, language) for bar in bars), default=0.0) + 4
    column = 0.32 * width if width > _WIDE_FROM else 0.0
    track = width - side - column
    labels = [wrap_text(bar.label, column - 4 if column else width) if bar.label else () for bar in bars]
    tops = [0.0 if column else len(lines) * LINE for lines in labels]
    heights = [
        top + max(BAR + (LINE if bar.figure.target is not None else 0), len(lines) * LINE if column else 0) + GAP
        for bar, top, lines in zip(bars, tops, labels, strict=True)
    ]
    canvas = Canvas(width, sum(heights) + LINE + 1.5)
    for tick in _TICKS:
        align = {0: "left", 100: "right"}.get(tick, "center")
        place = (column + track * tick / 100, sum(heights) + 0.9)
        canvas.add_text(*place, f"{tick}\N{NO-BREAK SPACE}%", size=SMALL, color=MUTED, align=align)
    y = 1.0
    for number, (bar, lines, top, height) in enumerate(zip(bars, labels, tops, heights, strict=True)):
        _add_lines(canvas, lines, y)
        _draw_share(canvas, bar.figure, (column, track, y + top), number)
        _draw_side_text(canvas, bar.figure, language, (column + track + 4, y + top))
        if bar.figure.target is not None:
            _draw_target(canvas, bar.figure, language, (column, track, y + top))
        y += height
    return canvas.make_svg()


def draw_share(bars: Sequence[Bar], _language: str, width: float) -> bytes:
    """One share as a bar on a scale of 0 to 100 %, for a row of a table that has the words and the number beside it."""
    canvas = Canvas(width, BAR + 1.6)
    for number, bar in enumerate(bars[:1]):
        _draw_share(canvas, bar.figure, (_HAIR, width - 2 * _HAIR, 0.8), number)
        if bar.figure.target is not None:
            _draw_tick(canvas, bar.figure, (_HAIR, width - 2 * _HAIR, 0.8))
    return canvas.make_svg()


def draw_states(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """Stacked bars of counts, one for each series, all on one scale of people.

    What is not a value shares one hatched part without a number: up to the whole where that is known, else a stub of
    a fixed length with the symbol of what is hidden beside it. A single bar names its numbers in its key, several
    bars name there what the hatched part is.
    """
    return _draw_stacks(bars, language, width, SEQUENCE)


def _draw_stacks(
    bars: Sequence[Bar], language: str, width: float, sequence: Sequence[Ink], *, named: bool = False
) -> bytes:
    """``named`` says the name of a single series too."""
    series = list(dict.fromkeys(bar.series for bar in bars))
    if len(series) <= (0 if named else 1):
        return _draw_stack(bars, language, width, sequence)
    labels = list(dict.fromkeys(bar.label for bar in bars))
    inks = {label: sequence[min(index, len(sequence) - 1)] for index, label in enumerate(labels)}
    column, height, step = 0.34 * width, 3.8, 5.8
    stacks = {name: [bar for bar in bars if bar.series == name] for name in series}
    unit = _compute_unit(stacks.values(), width - column)
    rest = _name_rest(bars, language)
    key = _place_key([(label, "") for label in (*labels, *rest)], width)
    canvas = Canvas(width, 1 + len(series) * step + len(key) * (LINE + 1.2) + 1)
    for number, (name, stack) in enumerate(stacks.items()):
        top = 1 + number * step
        canvas.add_text(0, top + height / 2, _cut_text(name, column - 3))
        _draw_parts(canvas, stack, language, (column, top, height, unit), inks)
    _draw_key(canvas, key, 1 + len(series) * step + 1, inks, frozenset(rest))
    return canvas.make_svg()


def draw_change(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """One stacked bar of people whose answer improved, stayed, went down or could not be compared."""
    return _draw_stack(bars, language, width, CHANGE)


def draw_changes(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """Several changes under each other: one stacked bar for each indicator (the series), all on one scale of people."""
    return _draw_stacks(bars, language, width, CHANGE, named=True)


def draw_dumbbell(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """First and last mean of the same people: two dots joined by a line, each with its number.

    Each row has its own scale of answers, whose ends are written beside it; the first dot is open, the last one full.
    A row of which one mean may not be told shows the other alone.
    """
    rows: dict[str, list[Bar]] = {}
    for bar in bars:
        rows.setdefault(bar.series, []).append(bar)
    labels = list(dict.fromkeys(bar.label for bar in bars))
    column, side, step = 0.36 * width, 7.0, 8.0
    left, right = column + side, width - side
    key = _place_key([(label, "") for label in labels], width, size=SMALL)
    canvas = Canvas(width, step * len(rows) + len(key) * LINE + 2)
    for number, (name, pair) in enumerate(rows.items()):
        middle = number * step + step / 2 + 1
        for index, line in enumerate(lines := wrap_text(name, column - 3)):
            canvas.add_text(0, middle + (index - (len(lines) - 1) / 2) * LINE, line)
        canvas.add_bar(left, right, middle - 0.5, 1.0, Ink(TRACK))
        low, high = next((bar.scale for bar in pair if bar.scale), (0, 10))
        canvas.add_text(left - 2, middle, str(low), size=SMALL, color=MUTED, align="right")
        canvas.add_text(right + 2, middle, str(high), size=SMALL, color=MUTED)
        places = [
            (bar, left + (right - left) * (point - low) / (high - low))
            for bar in pair
            if (point := make_extent(bar.figure).point) is not None and high > low
        ]
        if len(places) > 1:
            ends = sorted(x for _, x in places)
            canvas.add_bar(ends[0], ends[-1], middle - 0.6, 1.2, Ink(PETROL))
        first = min((x for _, x in places), default=0.0)
        for bar, x in places:
            open_dot = bar.label == labels[0]
            canvas.add_dot(x, middle, name=f"{'first' if open_dot else 'last'}-{number}", hollow=open_dot)
            align = "right" if x == first and len(places) > 1 else "left"
            canvas.add_text(
                x + (-2.2 if align == "right" else 2.2), middle - 2.6, _get_text(bar, language), bold=True, align=align
            )
    for number, entries in enumerate(key):
        y = step * len(rows) + 2.6 + number * LINE
        for x, label, said, _ in entries:
            canvas.add_dot(x + 1.2, y, name=f"key-{label}", hollow=label == labels[0])
            canvas.add_text(x + 4.6, y, said, size=SMALL, color=MUTED)
    return canvas.make_svg()


def draw_flow(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """The way from those eligible to those paired: one bar a stage, joined by what was lost in between."""
    label_width = min(0.42 * width, max((compute_text_width(bar.label) for bar in bars), default=0) + 3)
    track = width - label_width - max((_compute_count_width(bar.figure, language) for bar in bars), default=0) - 3
    largest = max((_find_top(bar.figure) for bar in bars), default=0) or 1
    labels = [wrap_text(bar.label, label_width - 2) for bar in bars]
    step = max(10.2, max((len(lines) for lines in labels), default=1) * LINE + 1.6)
    rim = max(0.0, (step - 10.2) / 2)
    canvas = Canvas(width, max(BAR, step * len(bars) - (step - BAR)) + 2 + 2 * rim)
    before: float | None = None
    for number, (bar, lines) in enumerate(zip(bars, labels, strict=True)):
        top = 1 + rim + number * step
        for index, line in enumerate(lines):
            canvas.add_text(0, top + BAR / 2 + (index - (len(lines) - 1) / 2) * LINE, line)
        end = label_width + track * _find_top(bar.figure) / largest
        shown = bar.figure.state in {FigureState.VALUE, FigureState.BANDED}
        if before is not None and shown:
            bottom = top - (step - BAR)
            corners = [(label_width, bottom), (before, bottom), (end, top), (label_width, top)]
            canvas.add_shape(corners, TRACK)
        before = end if shown else None
        _draw_length(canvas, bar.figure, (label_width, track / largest, top), f"stage-{number}", PETROL)
        canvas.add_text((end if shown else label_width) + 1.6, top + BAR / 2, _get_text(bar, language), bold=True)
    return canvas.make_svg()


def draw_counts(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """Counts by category: one horizontal bar each, label to the left, number at its end."""
    label_width = min(0.5 * width, max((compute_text_width(bar.label) for bar in bars), default=0) + 3)
    track = width - label_width - max((_compute_count_width(bar.figure, language) for bar in bars), default=0) - 3
    largest = max((_find_top(bar.figure) for bar in bars), default=0) or 1
    labels = [wrap_text(bar.label, label_width - 2) for bar in bars]
    heights = [max(BAR, len(lines) * LINE) + 1.8 for lines in labels]
    canvas = Canvas(width, sum(heights) + 1)
    top = 1.0
    for number, (bar, lines, height) in enumerate(zip(bars, labels, heights, strict=True)):
        middle = top + (height - 1.8) / 2
        for index, line in enumerate(lines):
            canvas.add_text(0, middle + (index - (len(lines) - 1) / 2) * LINE, line)
        _draw_length(canvas, bar.figure, (label_width, track / largest, middle - BAR / 2), f"count-{number}", TEAL)
        end = label_width + track * _find_top(bar.figure) / largest
        canvas.add_text(end + 1.6, middle, _get_text(bar, language), bold=True)
        top += height
    canvas.add_line((label_width, 0.4), (label_width, top - 1), INK, 0.6)
    return canvas.make_svg()


def draw_means(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """Means on their scale from 0: a dot with its interval."""
    tops = [number for bar in bars for number in (bar.figure.high, bar.figure.value) if number is not None]
    largest = max(10, math.ceil(max(tops, default=Decimal(0))))
    side = max((_compute_side(bar.figure, language) for bar in bars), default=0.0)
    track = width - side - 5
    labels = [wrap_text(bar.label, width) if bar.label else () for bar in bars]
    heights = [len(lines) * LINE + BAR + GAP for lines in labels]
    canvas = Canvas(width, sum(heights) + LINE + 1.5)
    top = 1.0
    for number, (bar, lines, height) in enumerate(zip(bars, labels, heights, strict=True)):
        y = top
        _add_lines(canvas, lines, y)
        y += len(lines) * LINE
        middle = y + BAR / 2
        canvas.add_bar(1, 1 + track, middle - 0.7, 1.4, Ink(TRACK))
        extent = make_extent(bar.figure)
        if extent.point is not None:
            if extent.low is not None and extent.high is not None:
                reach = (1 + track * extent.low / largest, 1 + track * extent.high / largest)
                _draw_whisker(canvas, reach, middle, f"whisker-{number}")
            canvas.add_dot(1 + track * extent.point / largest, middle, name=f"point-{number}")
        elif extent.low is not None and extent.high is not None:
            ends = (1 + track * extent.low / largest, 1 + track * extent.high / largest)
            canvas.add_hatched_bar(*ends, y, BAR, f"band-{number}")
        _draw_side_text(canvas, bar.figure, language, (track + 5, y))
        top += height
    for tick in (0, largest // 2, largest):
        x = 1 + track * tick / largest
        canvas.add_line((x, top - GAP + 0.4), (x, top - GAP + 1.6), MUTED, 0.5)
        canvas.add_text(x, top - GAP + 3.6, str(tick), size=SMALL, color=MUTED, align="center")
    return canvas.make_svg()


def draw_years(bars: Sequence[Bar], language: str, width: float) -> bytes:
    """Columns by year, from the first year to the last without a gap in time.

    The label is the year; bars of the same year stand on each other in the order given: the first series is
    filled, a second one (what was planned only) is hatched. The number stands on its part.
    """
    years = sorted({int(bar.label) for bar in bars})
    span = range(years[0], years[-1] + 1) if years else range(0)
    series = list(dict.fromkeys(bar.series for bar in bars))
    height, base = 46.0, 38.0
    totals = {year: sum(_find_top(bar.figure) for bar in bars if int(bar.label) == year) for year in span}
    unit = (base - 8) / (max(totals.values(), default=0) or 1)
    slot = width / max(1, len(span))
    key = [name for name in series if name]
    canvas = Canvas(width, height + (LINE + 1.5 if key else 0))
    canvas.add_line((0, base), (width, base), INK, 0.6)
    for place, year in enumerate(span):
        middle = (place + 0.5) * slot
        ends = (middle - slot * 0.32, middle + slot * 0.32)
        color = INK if year in years else MUTED
        canvas.add_text(middle, base + 2.8, str(year), size=SMALL, color=color, align="center")
        top = base
        for bar in bars:
            if int(bar.label) != year:
                continue
            tall = _find_top(bar.figure) * unit
            if tall:
                _draw_column(canvas, ends, (top - tall, tall), first=bar.series == series[0])
            if tall or bar.series == series[0]:
                inside = bar.series == series[0] and totals[year] * unit > tall > 0
                y = top - tall + 2.4 if inside else top - tall - 2.2
                color = PAPER if inside else INK
                canvas.add_text(middle, y, _get_text(bar, language), bold=True, color=color, align="center")
            top -= tall
    x = 0.0
    for name in key:
        _draw_column(canvas, (x, x + 3.2), (height + 0.6, 3.2), first=name == series[0])
        canvas.add_text(x + 4.6, height + 2.2, name)
        x += 4.6 + compute_text_width(name) + 6
    return canvas.make_svg()


CHARTS: Mapping[ChartKind, Chart] = {
    ChartKind.PROPORTIONS: draw_proportions,
    ChartKind.SHARE: draw_share,
    ChartKind.STATES: draw_states,
    ChartKind.CHANGE: draw_change,
    ChartKind.FLOW: draw_flow,
    ChartKind.COUNTS: draw_counts,
    ChartKind.MEANS: draw_means,
    ChartKind.YEARS: draw_years,
    ChartKind.CHANGES: draw_changes,
    ChartKind.DUMBBELL: draw_dumbbell,
}
"""One function for each kind a report template may ask for."""


def _as_float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _get_text(bar: Bar, language: str) -> str:
    return make_figure_text(bar.figure, language, Facet.SHORT)


def _find_top(figure: Figure) -> float:
    """The largest number a shape of this figure reaches; 0 for a state without a number."""
    extent = make_extent(figure, scale=_as_float(figure.low))
    return extent.point if extent.point is not None else extent.high or 0.0


def _compute_count_width(figure: Figure, language: str) -> float:
    return compute_text_width(make_figure_text(figure, language, Facet.SHORT), BODY, bold=True) + 2


def _add_lines(canvas: Canvas, lines: Sequence[str], top: float) -> None:
    """Lines of a label from ``top`` down, clear of the bar below them."""
    for index, line in enumerate(lines):
        canvas.add_text(0, top + (index + 0.5) * LINE - 0.8, line)


def _compute_side(figure: Figure, language: str) -> float:
    """Width of the text to the right of a share or a mean, with a little air."""
    short = compute_text_width(make_figure_text(figure, language, Facet.SHORT), BODY, bold=True)
    return max(short, compute_text_width(_get_second_line(figure, language), SMALL)) + 0.6


def _get_second_line(figure: Figure, language: str) -> str:
    """Under the number: the people it stands for; empty where the number itself says it."""
    if figure.state is not FigureState.VALUE:
        return ""
    counts = make_figure_text(figure, language, Facet.COUNTS)
    if counts != make_figure_text(figure, language, Facet.SHORT):
        return counts
    base = make_figure_text(figure, language, Facet.BASE)
    return f"n = {base}" if base and figure.denominator is None else ""


def _draw_side_text(canvas: Canvas, figure: Figure, language: str, place: tuple[float, float]) -> None:
    x, y = place
    second = _get_second_line(figure, language)
    short = make_figure_text(figure, language, Facet.SHORT)
    canvas.add_text(x, y + (BAR / 2 - 1.6 if second else BAR / 2), short, bold=True)
    if second:
        canvas.add_text(x, y + BAR / 2 + 1.9, second, size=SMALL, color=MUTED)


def _draw_share(canvas: Canvas, figure: Figure, place: tuple[float, float, float], number: int) -> None:
    start, track, y = place
    extent = make_extent(figure)
    if extent.high is None and extent.point is None:
        # An empty track would read as 0 %.
        return
    canvas.add_bar(start, start + track, y, BAR, Ink(TRACK))
    for tick in _TICKS:
        x = start + track * tick / 100
        canvas.add_line((x, y), (x, y + BAR + 0.8), RULE, 0.4)
    scale = track / 100
    if extent.point is not None:
        canvas.add_bar(start, start + extent.point * scale, y, BAR, Ink(TEAL), f"bar-{number}")
        if extent.low is not None and extent.high is not None:
            reach = (start + extent.low * scale, start + extent.high * scale)
            _draw_whisker(canvas, reach, y + BAR / 2, f"whisker-{number}")
    elif extent.low is not None and extent.high is not None:
        canvas.add_bar(start, start + extent.low * scale, y, BAR, Ink(MIST), f"sure-{number}")
        canvas.add_hatched_bar(start + extent.low * scale, start + extent.high * scale, y, BAR, f"band-{number}")


def _draw_whisker(canvas: Canvas, reach: tuple[float, float], y: float, name: str) -> None:
    low, high = reach
    canvas.add_line((low, y), (high, y), INK, 1.0, name)
    for end in reach:
        canvas.add_line((end, y - 1.2), (end, y + 1.2), INK, 1.0)


def _draw_target(canvas: Canvas, figure: Figure, language: str, place: tuple[float, float, float]) -> None:
    start, track, y = place
    x = _draw_tick(canvas, figure, place)
    text = f"{_TARGET[language]} {make_figure_text(figure, language, Facet.TARGET)}"
    half = compute_text_width(text, SMALL) / 2 + 0.6
    middle = min(max(x, start + half), start + track - half)
    canvas.add_text(middle, y + BAR + 2.7, text, size=SMALL, color=INK, align="center")


def _draw_tick(canvas: Canvas, figure: Figure, place: tuple[float, float, float]) -> float:
    """The tick of a target; returns where it stands."""
    start, track, y = place
    x = start + track * min(100.0, max(0.0, float(figure.target or 0))) / 100
    # A white rim keeps the tick visible on the bar in grey, where amber and teal are equally dark.
    canvas.add_line((x, y - 0.8), (x, y + BAR + 0.8), PAPER, 3.4)
    canvas.add_line((x, y - 0.8), (x, y + BAR + 0.8), AMBER, 1.6, "target")
    return x


def _draw_length(canvas: Canvas, figure: Figure, place: tuple[float, float, float], name: str, fill: str) -> None:
    """A count as a bar, a band of counts as the sure part in a light fill and the range hatched."""
    start, unit, top = place
    extent = make_extent(figure, scale=_as_float(figure.low))
    if extent.point is not None:
        canvas.add_bar(start, start + extent.point * unit, top, BAR, Ink(fill), f"bar-{name}")
    elif extent.low is not None and extent.high is not None:
        canvas.add_bar(start, start + extent.low * unit, top, BAR, Ink(MIST), f"sure-{name}")
        canvas.add_hatched_bar(start + extent.low * unit, start + extent.high * unit, top, BAR, f"band-{name}")


def _draw_column(canvas: Canvas, ends: tuple[float, float], place: tuple[float, float], *, first: bool) -> None:
    top, tall = place
    if first:
        canvas.add_bar(*ends, top, tall, Ink(PETROL))
    else:
        canvas.add_hatched_bar(*ends, top, tall)


def _draw_stack(bars: Sequence[Bar], language: str, width: float, sequence: Sequence[Ink]) -> bytes:
    """Parts of one whole side by side, with a key of swatch, label and number below."""
    inks = {bar.label: sequence[min(index, len(sequence) - 1)] for index, bar in enumerate(bars)}
    key = _place_key([(bar.label, _get_count(bar.figure, language)) for bar in bars], width)
    canvas = Canvas(width, 1 + 7 + 2 + len(key) * (LINE + 1.2) + 0.5)
    _draw_parts(canvas, bars, language, (0.2, 1, 7, _compute_unit([bars], width - 0.4)), inks)
    hidden = {bar.label for bar in bars if make_extent(bar.figure).point is None}
    _draw_key(canvas, key, 10, inks, hidden)
    return canvas.make_svg()


def _find_whole(bars: Sequence[Bar]) -> float | None:
    """How many people the parts of a bar are of: told by a base, or by the parts where none is hidden."""
    bases = [float(bar.figure.denominator) for bar in bars if bar.figure.denominator is not None]
    points = [make_extent(bar.figure).point for bar in bars]
    if bases:
        return max(bases)
    return None if None in points else sum(point for point in points if point is not None)


def _compute_unit(stacks: Iterable[Sequence[Bar]], width: float) -> float:
    """Millimetres for one person, so that the longest of the bars fits."""
    lengths = [
        (whole, 0.0)
        if (whole := _find_whole(bars)) is not None
        else (sum(make_extent(bar.figure).point or 0.0 for bar in bars), STUB + SIGN)
        for bars in stacks
    ]
    return min(((width - stub) / people for people, stub in lengths if people), default=0.0)


def _draw_parts(
    canvas: Canvas,
    bars: Sequence[Bar],
    language: str,
    place: tuple[float, float, float, float],
    inks: Mapping[str, Ink],
) -> None:
    """One stacked bar at ``place`` = (left, top, height, millimetres for one person)."""
    left, top, height, unit = place
    start = left
    shown = [(bar, point) for bar in bars if (point := make_extent(bar.figure).point) is not None]
    for bar, point in shown:
        end = start + point * unit
        if point:
            ink = inks[bar.label]
            canvas.add_bar(start, end, top, height, ink, f"part-{bar.series}-{bar.label}")
            text = _get_count(bar.figure, language)
            if end - start > compute_text_width(text, bold=True) + 1.6:
                color = PAPER if ink.fill in _DARK else INK
                canvas.add_text((start + end) / 2, top + height / 2, text, bold=True, color=color, align="center")
        start = end
    if len(shown) < len(bars):
        whole = _find_whole(bars)
        end = start + STUB if whole is None else left + whole * unit
        if end - start > _HAIR:
            canvas.add_hatched_bar(start, end, top, height, "band-rest")
        if whole is None and any(bar.figure.state is FigureState.SUPPRESSED for bar in bars):
            canvas.add_text(end + 1.2, top + height / 2, SYMBOLS[FigureState.SUPPRESSED], bold=True)


def _name_rest(bars: Sequence[Bar], language: str) -> tuple[str, ...]:
    """What the hatched part of stacked bars is, for their key; nothing where no part is hidden or a range."""
    states = {bar.figure.state for bar in bars} & {FigureState.SUPPRESSED, FigureState.BANDED}
    ordered = [state for state in FigureState if state in states]
    return tuple(f"{SYMBOLS.get(state, '')} {STATE_WORDS[state][language]}".strip() for state in ordered)


Key = list[list[tuple[float, str, str, str]]]
"""Lines of a key: place, label, the label as far as it fits, and number of each entry."""


def _place_key(entries: Sequence[tuple[str, str]], width: float, size: float = BODY) -> Key:
    """Entries of a key in lines no wider than ``width``."""
    lines: Key = [[]]
    x = 0.0
    for label, text in entries:
        said = _cut_text(label, width - 6.2 - compute_text_width(text, size, bold=True), size)
        wide = 4.6 + compute_text_width(said, size) + 1.6 + compute_text_width(text, size, bold=True) + 5
        if x and x + wide - 5 > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, label, said, text))
        x += wide
    return lines


def _draw_key(
    canvas: Canvas, lines: Key, top: float, inks: Mapping[str, Ink], hidden: Collection[str] = frozenset()
) -> None:
    for number, line in enumerate(lines):
        y = top + number * (LINE + 1.2)
        for x, label, said, text in line:
            if label in hidden:
                canvas.add_hatched_bar(x, x + 3, y + 0.4, 3)
            else:
                canvas.add_bar(x, x + 3, y + 0.4, 3, inks[label])
            canvas.add_text(x + 4.6, y + LINE / 2, said)
            canvas.add_text(x + 4.6 + compute_text_width(said) + 1.6, y + LINE / 2, text, bold=True)


def _cut_text(text: str, width: float, size: float = BODY) -> str:
    """The text on one line: what does not fit gives way to an ellipsis; the table beside has it all."""
    lines = wrap_text(text, width, size)
    if len(lines) == 1:
        return text
    words = wrap_text(text, width - compute_text_width(" …", size), size)[0]
    return f"{words} …"


def _get_count(figure: Figure, language: str) -> str:
    """The number of a part alone; the whole is named once, beside the chart."""
    return make_figure_text(figure, language, Facet.COUNT)
