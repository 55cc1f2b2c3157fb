"""The pages of figures: the table of a snapshot, one figure with all that is behind it, the table as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Blueprint, Response, render_template, request

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.charts.kinds import ChartKind
from me_platform.disclosure.figures import FigureState
from me_platform.disclosure.wording import STATE_WORDS
from me_platform.exchange.tables import write_csv
from me_platform.reports.words import make_period, make_short_day
from me_platform.services.audit import Deed
from me_platform.services.seats import Seat
from me_platform.services.staff_figures import Figures, Part, open_figure, open_figures
from me_platform.staff_site.figure_lines import (
    CHART_KINDS,
    Choice,
    Reading,
    ResultLines,
    choose,
    list_past_figures,
    list_rows,
    read_part,
)
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.staff_site.restatements import make_restatement_views
from me_platform.storage.snapshots import SnapshotHead

FIGURES = Area("figures.show", mark("Figures"), Action.LIST_FIGURES)

LEFT_OUT = {
    "objected": mark("people who objected to being counted"),
    "no_statistics_consent": mark("answers without consent to statistics"),
    "narratives_no_statistics_consent": mark("progress narratives without consent to statistics"),
}
"""Why something is not in the figures -> words."""

STATUSES = ("reached", "under_way", "unknown", "none")
STATES = ("banded", "suppressed", "no_value", "not_collected", "not_offered")

COLUMNS = (
    mark("Code"),
    mark("Indicator"),
    mark("Level"),
    mark("Result"),
    mark("Kind of value"),
    mark("As printed"),
    mark("Value"),
    mark("Numerator"),
    mark("Denominator"),
    mark("People"),
    mark("From"),
    mark("To"),
    mark("Unit"),
    mark("Baseline"),
    mark("Target"),
    mark("Share of the way"),
    mark("Status"),
    mark("Organisation"),
    mark("First day"),
    mark("Last day"),
    mark("Cut-off"),
    mark("Snapshot"),
)
"""The columns of the file, in the order of ``list_rows``."""

_CHART_WIDTH = 120.0


def make_figures(frame: Frame) -> Blueprint:
    """The pages about figures."""
    blueprint = Blueprint("figures", __name__)
    desk, wording = frame.desk, frame.wording

    @frame.page(blueprint, "/figures", Action.LIST_FIGURES)
    def show(seat: Seat) -> str:
        found = _open(frame, seat, Deed.OPENED)
        language = find_language(wording)
        reading = read_part(desk.catalogue, found.part, language)
        before = read_part(desk.catalogue, found.before, language)
        results = list(reading.list_results(before)) if reading else []
        choice = _read_choice()
        return render_template(
            "figures.html",
            found=found,
            reading=reading,
            before=_name_before(before),
            results=results,
            chosen=choose(results, choice),
            choice=choice,
            plans=_list_plans(frame, found.heads),
            snapshots=_name_snapshots(found, language),
            statuses=_list_statuses(reading, results),
            period=_name_period(reading),
        )

    @frame.page(blueprint, "/figures.csv", Action.LIST_FIGURES, fresh=True)
    def export(seat: Seat) -> Response:
        found = _open(frame, seat, Deed.EXPORTED)
        reading = read_part(desk.catalogue, found.part, find_language(wording))
        rows = list_rows(reading, choose(reading.list_results(None), _read_choice())) if reading else ()
        name = f"figures-{found.part.head.freeze}.csv" if found.part else "figures.csv"
        disposition = f'attachment; filename="{name}"'
        content = write_csv([frame.translate(each) for each in COLUMNS], rows)
        return Response(content, mimetype="text/csv", headers={"Content-Disposition": disposition})

    @frame.page(blueprint, "/figures/<freeze>/<indicator>", Action.LIST_FIGURES)
    def figure(seat: Seat, freeze: str, indicator: str) -> str:
        with desk.open_office() as office:
            found = open_figure(office, desk.catalogue, seat, freeze, indicator)
        language = find_language(wording)
        reading = _need(read_part(desk.catalogue, found.part, language))
        before = read_part(desk.catalogue, found.before, language)
        view = reading.get_view(indicator)
        line = reading.make_line(view, reading.find_result(indicator), before)
        return render_template(
            "figure.html",
            found=found,
            reading=reading,
            line=line,
            view=view,
            tables=list(reading.list_tables(view)),
            sheet=reading.find_sheet(indicator),
            past=list(reading.list_past(found.history, indicator)),
            before=_name_before(before),
            period=_name_period(reading),
            paragraphs=reading.explain(line.figure, found.left_out),
            restatements=make_restatement_views(desk.catalogue, found.restatements, language, indicator),
        )

    @frame.page(blueprint, "/figures/<freeze>/<indicator>/history.svg", Action.LIST_FIGURES)
    def history(seat: Seat, freeze: str, indicator: str) -> Response:
        with desk.open_office() as office:
            found = open_figure(office, desk.catalogue, seat, freeze, indicator)
        return Response(draw_history(found.history, indicator, find_language(wording)), mimetype="image/svg+xml")

    return blueprint


def draw_history(history: Sequence[Part], code: str, language: str) -> bytes:
    """The headline figure of an indicator in every part, one under the other, as SVG."""
    from me_platform.charts.draw import CHARTS, Bar  # noqa: PLC0415 - heavy, and only some pages draw

    figures = list(list_past_figures(history, code))
    unit = figures[-1][1].unit if figures else ""
    kind = CHART_KINDS.get(unit, ChartKind.COUNTS)
    bars = [Bar(name_span(part.head, language), figure) for part, figure in figures if figure.unit == unit]
    return CHARTS[kind](bars, language, _CHART_WIDTH)


def name_span(head: SnapshotHead, language: str) -> str:
    """A snapshot's period as people say it, and the day up to which it knows."""
    return f"{make_period(head.start, head.end, language)} ({make_short_day(head.cutoff, language)})"


def _open(frame: Frame, seat: Seat, deed: Deed) -> Figures:
    """The snapshot the address asks for."""
    asked = request.args
    with frame.desk.open_office() as office:
        return open_figures(
            office,
            frame.desk.catalogue,
            seat,
            plan=asked.get("plan", ""),
            freeze=asked.get("snapshot", ""),
            deed=deed,
        )


def _read_choice() -> Choice:
    asked = request.args
    return Choice(asked.get("result", ""), asked.get("level", ""), asked.get("status", ""), asked.get("q", "").strip())


def _need(reading: Reading | None) -> Reading:
    """A figure's page has a part."""
    assert reading is not None  # noqa: S101 - open_figure raises where there is none
    return reading


def _list_plans(frame: Frame, heads: Iterable[SnapshotHead]) -> list[tuple[str, str]]:
    plans: Catalogue = frame.desk.catalogue
    return [(name, frame.choose(plans.plans[name].title, name)) for name in dict.fromkeys(each.plan for each in heads)]


def _name_snapshots(found: Figures, language: str) -> list[tuple[str, str]]:
    """The snapshots of the chosen plan by id: period, cut-off, id."""
    plan = found.part.head.plan if found.part else ""
    return [(each.freeze, f"{name_span(each, language)}, {each.freeze}") for each in found.heads if each.plan == plan]


def _list_statuses(reading: Reading | None, results: Iterable[ResultLines]) -> list[tuple[str, str]]:
    """The statuses and states that occur, in words."""
    if reading is None:
        return []
    lines = [line for result in results for line in result.lines]
    statuses = [(each, reading.words.term("status", each)) for each in STATUSES]
    states = [(each, STATE_WORDS[FigureState(each)][reading.language]) for each in STATES]
    present = {line.status for line in lines} | {line.figure.state.value for line in lines}
    return [(code, words[:1].upper() + words[1:]) for code, words in (*statuses, *states) if code in present]


def _name_before(before: Reading | None) -> str:
    return "" if before is None else name_span(before.part.head, before.language)


def _name_period(reading: Reading | None) -> tuple[str, str]:
    """Period and cut-off day in words."""
    if reading is None:
        return "", ""
    head = reading.part.head
    return make_period(head.start, head.end, reading.language), make_short_day(head.cutoff, reading.language)
