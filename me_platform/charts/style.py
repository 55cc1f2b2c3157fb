"""How every chart looks, and the canvas they are drawn on.

Colours differ in lightness first, so that a chart printed in grey, or seen by a person who does not tell red from
green, reads the same; hue comes second. Lengths are millimetres on the page, text sizes are points. The same
drawing gives the same bytes: ids come from a fixed salt, and nothing tells when or by what it was made.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Transform

from me_platform.errors import ReportUnfit

INK = "#14282f"
MUTED = "#51666d"
RULE = "#b9c6c9"
TRACK = "#eef2f2"
PETROL = "#0b4a5b"
TEAL = "#5fa3a9"
MIST = "#b7d2d3"
AMBER = "#c27316"
PAPER = "#ffffff"

Point = tuple[float, float]

BODY = 8.0
SMALL = 7.0
FONT = "Noto Sans"

MM_PER_INCH = 25.4
_MM_PER_POINT = MM_PER_INCH / 72
_HATCH_GAP = 1.5


@functools.cache
def get_font(*, bold: bool = False) -> FontProperties:
    """Noto Sans as installed on the system. Raises ReportUnfit when it is missing."""
    font = FontProperties(family=FONT, weight="bold" if bold else "normal")
    try:
        findfont(font, fallback_to_default=False)
    except ValueError as error:
        raise ReportUnfit("charts", f"the font {FONT} is not installed (package fonts-noto-core).") from error
    return font


@functools.cache
def compute_text_width(text: str, size: float = BODY, *, bold: bool = False) -> float:
    """Width of a line of text in millimetres."""
    font = get_font(bold=bold).copy()
    font.set_size(size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * _MM_PER_POINT


def wrap_text(text: str, width: float, size: float = BODY, *, bold: bool = False) -> tuple[str, ...]:
    """The text in lines no wider than ``width`` millimetres, broken between words; a longer word is hyphenated."""
    lines: list[str] = []
    for word in (part for each in text.split(" ") for part in _break_word(each, width, size, bold=bold)):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and compute_text_width(joined, size, bold=bold) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return tuple(lines)


def _break_word(word: str, width: float, size: float, *, bold: bool) -> Iterator[str]:
    """The word in parts that fit a line, each but the last with a hyphen."""
    while len(word) > 1 and compute_text_width(word, size, bold=bold) > width:
        fitting = (
            end for end in range(len(word) - 1, 1, -1) if compute_text_width(f"{word[:end]}-", size, bold=bold) <= width
        )
        end = next(fitting, 1)
        yield f"{word[:end]}-"
        word = word[end:]
    yield word


@dataclass(frozen=True)
class Ink:
    """How a shape is filled and outlined."""

    fill: str = "none"
    line: str = "none"
    width: float = 0.6
    dashed: bool = False


SEQUENCE = (
    Ink(PETROL, INK, 0.4),
    Ink("#3d7f8b", INK, 0.4),
    Ink("#8fbcbf", INK, 0.4),
    Ink("#cfe2e1", INK, 0.4),
    Ink(PAPER, INK, 0.4),
    Ink(PAPER, INK, 0.6, dashed=True),
)
"""Parts of a stacked bar from the first to the last, dark to light."""

CHANGE = (Ink(PETROL, INK, 0.4), Ink(MIST, INK, 0.4), Ink(AMBER, INK, 0.4), Ink(PAPER, INK, 0.4))
"""Improved, same, went down, not measurable."""


@dataclass
class Canvas:
    """A drawing area measured in millimetres from its upper left corner."""

    width: float
    height: float
    drawing: Drawing = field(init=False)
    place: Transform = field(init=False)

    def __post_init__(self) -> None:
        self.drawing = Drawing(figsize=(self.width / MM_PER_INCH, self.height / MM_PER_INCH))
        self.drawing.patch.set_visible(False)
        # Straight onto the drawing: axes would cost as much as all that is drawn, for ticks and labels nobody sees.
        millimetres = Affine2D().scale(1 / MM_PER_INCH, -1 / MM_PER_INCH).translate(0, self.height / MM_PER_INCH)
        self.place = millimetres + self.drawing.dpi_scale_trans

    def add_text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = BODY,
        bold: bool = False,
        color: str = INK,
        align: str = "left",
    ) -> None:
        """One line of text, vertically centred on ``y``."""
        self.drawing.text(
            x,
            y,
            text,
            fontproperties=get_font(bold=bold),
            fontsize=size,
            color=color,
            ha=align,
            va="center_baseline",
            transform=self.place,
        )

    def add_bar(self, start: float, end: float, top: float, height: float, ink: Ink, name: str = "") -> None:
        """A rectangle from ``start`` to ``end``; ``name`` becomes its id in the SVG."""
        self._add(
            Rectangle(
                (start, top),
                end - start,
                height,
                facecolor=ink.fill,
                edgecolor=ink.line,
                linewidth=ink.width if ink.line != "none" else 0,
                linestyle=(0, (2.5, 1.6)) if ink.dashed else "solid",
                gid=name or None,
            )
        )

    def add_hatched_bar(self, start: float, end: float, top: float, height: float, name: str = "") -> None:
        """A range: hatched, with a dashed outline, so that it can never be taken for a bar that ends at a point."""
        self.add_bar(start, end, top, height, Ink(fill=PAPER, line=PETROL, dashed=True), name)
        # Own strokes, cut to the rectangle: pattern fills are drawn differently by every reader of SVG.
        offset = start - height + _HATCH_GAP
        while offset < end:
            left, right = max(offset, start), min(offset + height, end)
            self.add_line((left, top + height - (left - offset)), (right, top + height - (right - offset)), PETROL, 0.7)
            offset += _HATCH_GAP

    def add_line(self, start: Point, end: Point, color: str = RULE, width: float = 0.5, name: str = "") -> None:
        """A straight line between two points."""
        xs, ys = zip(start, end, strict=True)
        self._add(Line2D(xs, ys, color=color, linewidth=width, solid_capstyle="butt", gid=name or None))

    def add_dot(
        self, x: float, y: float, color: str = PETROL, size: float = 5.5, name: str = "", *, hollow: bool = False
    ) -> None:
        """A filled circle, or one that is only drawn around."""
        fill, edge = (PAPER, 1.4) if hollow else (color, 0)
        self._add(
            Line2D(
                [x],
                [y],
                linestyle="none",
                marker="o",
                markersize=size,
                color=fill,
                markeredgecolor=color,
                markeredgewidth=edge,
                gid=name or None,
            )
        )

    def add_shape(self, corners: list[Point], fill: str) -> None:
        """A filled polygon."""
        self._add(Polygon(corners, closed=True, facecolor=fill, edgecolor="none", linewidth=0))

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self.place)
        self.drawing.add_artist(artist)

    def make_svg(self) -> bytes:
        """The drawing as SVG with text as paths and nothing that changes from run to run."""
        target = io.BytesIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "me-platform"}):
            self.drawing.savefig(target, format="svg", transparent=True, metadata=nothing)
        return _shorten(target.getvalue().decode("utf-8")).encode("utf-8")


def _shorten(svg: str) -> str:
    """The same picture in half the bytes, for it is read glyph by glyph when it is printed.

    Leaves out what no reader needs (declaration, comments, numbered ids, line ends) and finer places than hundredths
    of a point; the ids of glyphs become short.
    """
    text = svg[svg.index("<svg") :].replace("xlink:href", "href")
    for found, instead in _SHORTER:
        text = found.sub(instead, text)
    text = _PLACES.sub(lambda place: _DECIMALS.sub(_round, place[0]), text)
    return _GLYPHS.sub(_coarsen, text)


def _coarsen(glyph: re.Match[str]) -> str:
    """A glyph on a grid of a 360th of its size instead of a 3,600th: a hundredth of a millimetre in a caption."""
    outline = _WHOLE.sub(lambda number: str(round(int(number[0]) / 10)), glyph[1])
    return f'd="{outline}" transform="scale(0.15625)"'


def _round(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


_SHORTER = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"\s*\n\s*"), ""),
    (re.compile(r' xmlns:xlink="[^"]*"'), ""),
    (re.compile(r' style="fill: (#\w+)"'), r' fill="\1"'),
    (re.compile(r' id="(?:figure|patch|line2d|text)_\d+"'), ""),
    (re.compile(r'(id="|href="#)NotoSans-(R|B)[a-z]+-'), r"\1\2"),
    (re.compile(r"(?<=[MLQC]) (?=[-\d][^\"<]*\")"), ""),
    (re.compile(r'(<use href="#[RB]\w+" )transform="translate\((-?[\d.]+) 0\)"'), r'\1x="\2"'),
    (re.compile(r"<g>(<path[^<>]*/>)</g>"), r"\1"),
)
"""What is found in the SVG that matplotlib writes, and what stands there instead."""

_PLACES = re.compile(r' (?:d|x|y)="[^"]*"|translate\([^)]*\)')
"""Attributes that hold places; factors of a scale stay as exact as they are."""

_DECIMALS = re.compile(r"-?\d+\.\d{3,}")
_GLYPHS = re.compile(r'd="([^"]*)" transform="scale\(0\.015625\)"')
_WHOLE = re.compile(r"-?\d+")
