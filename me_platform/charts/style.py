"""How every chart looks, and the canvas they are drawn on.

Colours differ in lightness first, so that a chart printed in grey, or seen by a person who does not tell red from
green, reads the same; hue comes second. Lengths are millimetres on the page, text sizes are points. The same
drawing gives the same bytes: ids come from a fixed salt, and nothing tells when or by what it was made.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import text_to_path

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
    axes: Axes = field(init=False)

    def __post_init__(self) -> None:
        self.drawing = Drawing(figsize=(self.width / MM_PER_INCH, self.height / MM_PER_INCH))
        self.axes = self.drawing.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(0, self.width)
        self.axes.set_ylim(self.height, 0)
        self.axes.axis("off")

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
        self.axes.text(
            x, y, text, fontproperties=get_font(bold=bold), fontsize=size, color=color, ha=align, va="center_baseline"
        )

    def add_bar(self, start: float, end: float, top: float, height: float, ink: Ink, name: str = "") -> None:
        """A rectangle from ``start`` to ``end``; ``name`` becomes its id in the SVG."""
        self.axes.add_artist(
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
        self.axes.plot(xs, ys, color=color, linewidth=width, solid_capstyle="butt", gid=name or None)

    def add_dot(
        self, x: float, y: float, color: str = PETROL, size: float = 5.5, name: str = "", *, hollow: bool = False
    ) -> None:
        """A filled circle, or one that is only drawn around."""
        fill, edge = (PAPER, 1.4) if hollow else (color, 0)
        self.axes.plot(
            [x],
            [y],
            marker="o",
            markersize=size,
            color=fill,
            markeredgecolor=color,
            markeredgewidth=edge,
            gid=name or None,
        )

    def add_shape(self, corners: list[Point], fill: str) -> None:
        """A filled polygon."""
        self.axes.add_artist(Polygon(corners, closed=True, facecolor=fill, edgecolor="none", linewidth=0))

    def make_svg(self) -> bytes:
        """The drawing as SVG with text as paths and nothing that changes from run to run."""
        target = io.BytesIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "me-platform"}):
            self.drawing.savefig(target, format="svg", transparent=True, metadata=nothing)
        return target.getvalue()
