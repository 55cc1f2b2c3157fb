"""Rendering reports, beside WeasyPrint and matplotlib as they come.

A report of ours is everything from a snapshot's content to the PDF's bytes, in a process of its own with limits: the
template, the charts, PDF/UA. Stock WeasyPrint gets the finished HTML and the finished charts.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from unittest.mock import patch

from matplotlib.artist import Artist
from matplotlib.figure import Figure as Drawing
from weasyprint import HTML

from me_platform.charts import draw, style
from me_platform.disclosure.figures import Figure
from me_platform.reports.build import build_report
from me_platform.reports.context import ChartOrder, Material, make_material
from me_platform.reports.definition import SectionKind
from me_platform.reports.html import render_html
from script.benchmarks.rounds import Line, Size, at_most, compare
from tests.report_samples import Sample, load_templates
from tests.world_samples import make_world

PARTNER = "KALNS"
CHARTED = "partner-impact"
"""The template whose charts are measured, whichever report is."""
LANGUAGES = ("lv", "en")


@dataclass(frozen=True)
class Laid:
    """A report before it is rendered: HTML, files by path, and the charts ordered by the path they are asked for."""

    html: str
    files: Mapping[str, bytes]
    orders: Mapping[str, ChartOrder]
    figures: Mapping[str, Figure]


def list_lines(root: Path, size: Size) -> Iterator[Line]:
    """Seconds of a report cold and warm over stock's, and its charts' over matplotlib's own."""
    sample = make_world(PARTNER, size.people)
    laid, charted = lay_out(sample, size.template), lay_out(sample, CHARTED)
    charts = draw_ours(charted)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in {**laid.files, **charts, **draw_ours(laid)}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        base = f"{folder.as_uri()}/"

        def render(html: str) -> None:
            HTML(string=html, base_url=base).write_pdf()

        build(sample, size.template)
        render(laid.html)
        report = {"warm": lambda: build(sample, size.template), "stock": lambda: render(laid.html)}
        seconds = compare(report, size.rounds)
        cold = median(_build_cold(root, size) for _ in range(min(size.rounds, 3)))
        drawing = {"ours": lambda: draw_ours(charted), "default": lambda: draw_default(charted)}
        drawn = compare(drawing, size.rounds)
        pages = {
            "ours": lambda: render("".join(f'<img src="{path}">' for path in draw_ours(charted))),
            "default": lambda: render("".join(_cut_head(svg) for svg in draw_default(charted).values())),
        }
        printed = compare(pages, size.rounds)
    stock, default = seconds["stock"], draw_default(charted)
    ours, theirs = (sum(map(len, found.values())) for found in (charts, default))
    each = f"{len(charts)} charts"
    for what, (this, that), goal in (
        ("a report, warm : stock WeasyPrint", (seconds["warm"], stock), at_most(1.1)),
        ("a report, first in its process : stock WeasyPrint", (cold, stock), None),
        (f"{each}, drawn : matplotlib's default", (drawn["ours"], drawn["default"]), None),
        (f"{each}, drawn and printed : default, inlined", (printed["ours"], printed["default"]), at_most(0.5)),
    ):
        yield Line("report", what, this / that, goal, _say(this, that))
    note = f"{ours // 1024} kB : {theirs // 1024} kB"
    yield Line("report", f"{each}, bytes of SVG : matplotlib's default", ours / theirs, at_most(0.5), note)


def list_pool_lines(root: Path, size: Size) -> Iterator[Line]:
    """Seconds of many reports two at a time over one after the other."""
    del root
    sample = make_world(PARTNER, size.people)
    build(sample, size.template)
    jobs = [LANGUAGES[number % len(LANGUAGES)] for number in range(size.reports)]

    def run(workers: int) -> Callable[[], None]:
        def build_all() -> None:
            with ThreadPoolExecutor(workers) as pool:
                for job in [pool.submit(build, sample, size.template, language) for language in jobs]:
                    job.result()

        return build_all

    seconds = compare({"one": run(1), "two": run(2)}, min(size.rounds, 2))
    yield Line(
        "pool",
        f"{size.reports} reports, two processes : one",
        seconds["two"] / seconds["one"],
        at_most(0.6),
        _say(seconds["two"], seconds["one"]),
    )


def build(sample: Sample, template: str, language: str = LANGUAGES[0]) -> bytes:
    """The PDF of a sample's report, through the program's own way."""
    return build_report(
        load_templates()[template],
        language,
        sample.plan,
        sample.indicators,
        sample.taxonomy,
        sample.snapshot,
        sample.findings,
        sample.quotes,
        # As for every partner: the sheets stand in the consortium's edition.
        annex=False,
    ).pdf


def lay_out(sample: Sample, name: str) -> Laid:
    """What goes into WeasyPrint."""
    whole, language = load_templates()[name], LANGUAGES[0]
    template = replace(whole, sections=tuple(each for each in whole.sections if each.kind is not SectionKind.ANNEX))
    material: Material = make_material(
        template,
        language,
        sample.plan,
        sample.indicators,
        sample.taxonomy,
        sample.snapshot,
        sample.findings,
        sample.quotes,
    )
    page = render_html(
        template.id, template.html, asdict(material.context), material.figures, language, shared=template.files
    )
    orders = {path: order for path, order in material.charts.items() if f'src="{path}"' in page.html}
    return Laid(page.html, {**template.files, **material.files}, orders, material.figures)


def draw_ours(laid: Laid) -> dict[str, bytes]:
    """The report's charts as the program draws them."""
    return {path: _draw(order, laid.figures) for path, order in laid.orders.items()}


def draw_default(laid: Laid) -> dict[str, bytes]:
    """The same pictures as matplotlib is ordinarily used: on axes, saved as SVG with nothing said."""
    with patch.object(draw, "Canvas", _AxesCanvas):
        return draw_ours(laid)


class _AxesCanvas(style.Canvas):
    """A canvas whose shapes lie on axes in millimetres."""

    def __post_init__(self) -> None:
        self.drawing = Drawing(figsize=(self.width / style.MM_PER_INCH, self.height / style.MM_PER_INCH))
        axes = self.drawing.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        axes.axis("off")
        self.axes, self.place = axes, axes.transData

    def _add(self, artist: Artist) -> None:
        self.axes.add_artist(artist)

    def make_svg(self) -> bytes:
        target = io.BytesIO()
        self.drawing.savefig(target, format="svg")
        return target.getvalue()


def _draw(order: ChartOrder, figures: Mapping[str, Figure]) -> bytes:
    bars = [draw.Bar(label, figures[figure], series, order.scales.get(series)) for label, figure, series in order.bars]
    return draw.CHARTS[order.kind](bars, LANGUAGES[0], order.width)


def _cut_head(svg: bytes) -> str:
    """An SVG file as it stands inside an HTML text."""
    text = svg.decode()
    return text[text.index("<svg") :]


def _build_cold(root: Path, size: Size) -> float:
    """Seconds of the first report of a process: libraries imported, fonts found, the process forked."""
    program = (
        "import time\n"
        "from script.benchmarks.reports import PARTNER, build, make_world\n"
        f"sample = make_world(PARTNER, {size.people})\n"
        "start = time.perf_counter()\n"
        f"build(sample, {size.template!r})\n"
        "print(time.perf_counter() - start)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _say(ours: float, theirs: float) -> str:
    return f"{ours:.2f} s : {theirs:.2f} s"
