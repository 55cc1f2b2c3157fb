"""Figures in the words of their reader: from an opened snapshot to the lines of a page or a file.

The words, symbols and states are those of the impact report (``reports.context``), so that the site and the PDF never
say the same number in two ways. A definition that changed after the freeze is not read into its old figures: they are
then named by the title they were frozen with (rules-of-numbers R28).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from me_platform.catalogue import Catalogue
from me_platform.charts.kinds import ChartKind
from me_platform.disclosure.figures import Figure, FigureState, make_figure
from me_platform.disclosure.wording import STATE_WORDS, SYMBOLS, Facet, has_percentage, make_figure_text
from me_platform.errors import NotFound
from me_platform.indicators.definition import Direction, Indicator, Plan
from me_platform.indicators.frozen import Definitions
from me_platform.reports.context import FLOW_STAGES, STATE_PREFIX, SURVEY, Material, find_status, make_material
from me_platform.reports.explanation import Paragraph, make_explanation, say
from me_platform.reports.views import IndicatorView, LegendRow, ReportContext, SheetView, TableView
from me_platform.reports.words import make_period, make_short_day
from me_platform.services.explaining import find_template, make_words
from me_platform.services.lineage import read_definitions
from me_platform.services.staff_figures import Part, is_alike
from me_platform.staff_site.frame import mark
from me_platform.storage.snapshots import SnapshotHead

STATUS_LOOKS: Mapping[str, tuple[str, str]] = {
    "reached": ("✓", "text-bg-success"),
    "under_way": ("→", "text-bg-primary"),
    "unknown": ("?", "text-bg-secondary"),
    "none": ("–", "text-bg-light"),
}
"""Status -> icon and colour class; the word stands beside them."""

TREND_LOOKS: Mapping[str, tuple[str, str]] = {
    "higher": ("▲", mark("higher than before")),
    "lower": ("▼", mark("lower than before")),
    "same": ("=", mark("about as before")),
}
"""Trend -> icon and words. No colour: a dip is part of many recoveries and never called a failure (R8)."""


@dataclass(frozen=True)
class FigureText:
    """A figure as it is printed; ``words`` say what a symbol stands for, ``shown`` that there is a number or range."""

    text: str
    words: str = ""
    shown: bool = True


@dataclass(frozen=True)
class Trend:
    """How a value stands to the one before: a key of TREND_LOOKS, and the earlier value as it was printed."""

    kind: str
    before: str

    @property
    def icon(self) -> str:
        """The sign beside the words."""
        return TREND_LOOKS[self.kind][0]

    @property
    def words(self) -> str:
        """The words, to be translated."""
        return TREND_LOOKS[self.kind][1]


@dataclass(frozen=True)
class FigureLine:
    """One indicator's headline figure as a row of the table. ``changed`` says its definition is no longer that."""

    code: str
    title: str
    figure: Figure
    level: str
    level_words: str
    result: str
    actual: FigureText
    counts: str
    interval: str
    unit: str
    baseline: str
    baseline_date: str
    target: str
    target_date: str
    progress: str
    status: str
    status_words: str
    trend: Trend | None
    changed: bool

    @property
    def look(self) -> tuple[str, str]:
        """Icon and colour class of the status."""
        return STATUS_LOOKS[self.status]

    @property
    def level_pair(self) -> tuple[str, str]:
        """The level as a choice: code and words."""
        return self.level, self.level_words


@dataclass(frozen=True)
class ResultLines:
    """A result of the plan with the lines that serve it; ``code`` is empty for figures that belong to none."""

    code: str
    level: str
    title: str
    lines: tuple[FigureLine, ...]


@dataclass(frozen=True)
class FlowLine:
    """One survey's way from those eligible to those measured twice, a figure for each stage there is one for."""

    survey: str
    stages: tuple[FigureText | None, ...]


@dataclass(frozen=True)
class Choice:
    """What the reader asked for; empty leaves out nothing."""

    result: str = ""
    level: str = ""
    status: str = ""
    text: str = ""

    def fits(self, line: FigureLine) -> bool:
        """Whether a line is asked for."""
        said = f"{line.code} {line.title}".casefold()
        return (
            self.result in {"", line.result}
            and self.level in {"", line.level}
            and self.status in {"", line.status, line.figure.state.value}
            and all(word in said for word in self.text.casefold().split())
        )


@dataclass(frozen=True)
class PastLine:
    """A figure in one snapshot of its plan."""

    head: SnapshotHead
    period: str
    cutoff: str
    actual: FigureText
    target: str
    status: str
    status_words: str
    here: bool

    @property
    def look(self) -> tuple[str, str]:
        """Icon and colour class of the status."""
        return STATUS_LOOKS[self.status]


@dataclass(frozen=True)
class TextTable:
    """A table of figures as texts: rows of (label, cells)."""

    title: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[FigureText | None, ...]], ...]
    note: str = ""


class Reading:
    """A part of a snapshot, read in one language."""

    def __init__(self, catalogue: Catalogue, part: Part, language: str) -> None:
        self.catalogue, self.part, self.language = catalogue, part, language
        self.plan: Plan = catalogue.plans[part.head.plan]
        self.indicators = _list_unchanged(catalogue, part)
        self.words = make_words(catalogue, language)
        self.material: Material = _make_material(catalogue, part, self.indicators, language)
        assert isinstance(self.material.context, ReportContext)  # noqa: S101 - the template is one of reports
        self.context: ReportContext = self.material.context
        self.figures = self.material.figures

    @property
    def plan_changed(self) -> bool:
        """Whether the plan is no longer the one that was frozen: its baselines may be others."""
        return bool(self.part.content.get("plan_fingerprint") != self.plan.fingerprint)

    @property
    def legend(self) -> tuple[LegendRow, ...]:
        """What every state of a figure means."""
        return self.context.legend

    def list_results(self, before: Reading | None) -> Iterator[ResultLines]:
        """Every headline figure, by the results of the plan; those of changed or unknown indicators come last."""
        told: set[str] = set()
        for result in self.context.framework:
            lines = tuple(
                self.make_line(view, result.code, before) for view in result.indicators if view.figure in self.figures
            )
            told |= {view.code for view in result.indicators}
            if lines:
                yield ResultLines(result.code, result.level, result.title, lines)
        loose = tuple(
            self.make_line(view, "", before)
            for view in self.context.outputs
            if view.code not in told and view.figure in self.figures
        )
        if loose:
            yield ResultLines("", "", "", loose)

    def get_view(self, code: str) -> IndicatorView:
        """What the report says of an indicator. Raises NotFound where it has no headline figure."""
        views = (*(view for result in self.context.framework for view in result.indicators), *self.context.outputs)
        for view in views:
            if view.code == code and view.figure in self.figures:
                return view
        raise NotFound("figure", code)

    def find_result(self, code: str) -> str:
        """The code of the result an indicator serves, or empty."""
        return next((each.result for each in self.plan.indicators if each.indicator == code), "")

    def make_line(self, view: IndicatorView, result: str, before: Reading | None) -> FigureLine:
        """The row of an indicator."""
        figure = self.figures[view.figure]
        texts = {facet: make_figure_text(figure, self.language, facet) for facet in Facet}
        status = view.status if view.code in self.indicators else find_status(figure, self.find_direction(view.code))
        return FigureLine(
            code=view.code,
            title=view.short_title,
            figure=figure,
            level=view.level,
            level_words=self.words.find_title("levels", view.level),
            result=result,
            actual=self.make_text(figure, Facet.SHORT),
            counts=texts[Facet.COUNTS] if texts[Facet.COUNTS] != texts[Facet.SHORT] else "",
            interval="" if view.facet == Facet.SHORT else texts[Facet.INTERVAL],
            unit="" if view.is_share or not view.shown else view.unit,
            baseline=view.baseline,
            baseline_date=view.baseline_date,
            target=texts[Facet.TARGET],
            target_date=view.target_date,
            progress=texts[Facet.PROGRESS],
            status=status,
            status_words=self.words.term("status", status),
            trend=self.find_trend(figure, before),
            changed=view.code not in self.indicators,
        )

    def find_direction(self, code: str) -> Direction:
        """Which way is better, by the definition there is today."""
        indicator = self.catalogue.indicators.get(code)
        return indicator.direction if indicator else Direction.NEUTRAL

    def find_trend(self, figure: Figure, before: Reading | None) -> Trend | None:
        """How a figure stands to the same one of the snapshot before, where both may be compared."""
        if before is None:
            return None
        last = find_main(before.figures.values(), figure.indicator)
        same = self.part.content["definitions"].get(figure.indicator) == before.part.content["definitions"].get(
            figure.indicator
        )
        if last is None or not same or not is_comparable(figure, last, self.part.head, before.part.head):
            return None
        return Trend(compare(figure, last), make_figure_text(last, self.language, Facet.SHORT))

    def make_text(self, figure: Figure, facet: Facet = Facet.FULL) -> FigureText:
        """A figure as it is printed."""
        shown = figure.state not in SYMBOLS
        return FigureText(
            make_figure_text(figure, self.language, facet),
            "" if shown else STATE_WORDS[figure.state][self.language],
            shown,
        )

    # -- flows ----------------------------------------------------------------------------------------------------

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the flow in words, in their order."""
        return tuple(self.words.term("part", stage) for stage in FLOW_STAGES)

    def list_flows(self) -> Iterator[FlowLine]:
        """The flow of every survey that is asked here."""
        if self.context.flow is None:
            return
        for table in self.context.flow.tables:
            figures = {self.figures[row.cells[0]].part: self.figures[row.cells[0]] for row in table.rows}
            if all(figure.state is FigureState.NOT_OFFERED for figure in figures.values()):
                continue
            survey = next(iter(figures.values())).disaggregation.get(SURVEY, "")
            title = self.part.content["surveys"].get(survey, {}).get("title", {}).get(self.language, survey)
            yield FlowLine(
                title,
                tuple(
                    self.make_text(figures[stage], Facet.SHORT) if stage in figures else None for stage in FLOW_STAGES
                ),
            )

    def list_assisted(self) -> Iterator[tuple[str, FigureText]]:
        """For every survey somebody answered its title, and how many did so with help or on paper."""
        for each in self.context.assisted:
            yield each.label, self.make_text(self.figures[each.figure], Facet.COUNTS)

    # -- one figure's page -----------------------------------------------------------------------------------------

    def list_tables(self, view: IndicatorView) -> Iterator[TextTable]:
        """Every table of an indicator: answers by state, parts of a change, means, groups that are shown."""
        for table in view.tables:
            yield self.make_table(table)
        states = [
            figure
            for figure in self.figures.values()
            if figure.indicator == view.code and figure.part.startswith(STATE_PREFIX) and not figure.disaggregation
        ]
        if states and not any(table.kind == "states" for table in view.tables):
            yield TextTable(
                self.words.term("table", "states"),
                self.words.term("heading", "states"),
                (self.words.term("column", "people"),),
                tuple((self.words.term("part", each.part), (self.make_text(each, Facet.COUNT),)) for each in states),
            )

    def make_table(self, table: TableView) -> TextTable:
        """A table of the report as texts."""
        return TextTable(
            table.title,
            table.heading,
            tuple(column.title for column in table.columns),
            tuple(
                (
                    row.label,
                    tuple(
                        self.make_text(self.figures[cell], Facet(column.facet)) if cell else None
                        for cell, column in zip(row.cells, table.columns, strict=True)
                    ),
                )
                for row in table.rows
            ),
            table.note,
        )

    def explain(self, figure: Figure, left_out: Sequence[Figure]) -> tuple[Paragraph, ...]:
        """What is behind a figure, in plain words; ``left_out`` for whoever may see it."""
        content = self.part.content
        definitions = read_definitions(content, self.catalogue)
        if definitions is None:
            # Of some indicators the definitions of today are still those of the snapshot (R28).
            surveys = {name: each for name, each in self.catalogue.surveys.items() if name in self.plan.surveys}
            definitions = Definitions(self.plan, self.indicators, surveys)
        return say(make_explanation(content, definitions, figure.id, left_out), self.words)

    def find_sheet(self, code: str) -> SheetView | None:
        """The sheet of an indicator, where it is still the one the figure was made by."""
        return next((sheet for sheet in self.context.sheets if sheet.code == code), None)

    def list_past(self, history: Sequence[Part], code: str) -> Iterator[PastLine]:
        """The headline figure in every snapshot of the plan."""
        for part, figure in list_past_figures(history, code):
            status = find_status(figure, self.find_direction(code))
            yield PastLine(
                head=part.head,
                period=make_period(part.head.start, part.head.end, self.language),
                cutoff=make_short_day(part.head.cutoff, self.language),
                actual=self.make_text(figure),
                target=make_figure_text(figure, self.language, Facet.TARGET),
                status=status,
                status_words=self.words.term("status", status),
                here=part.head.id == self.part.head.id,
            )


def read_part(catalogue: Catalogue, part: Part | None, language: str) -> Reading | None:
    """A part read in a language, if there is one."""
    return Reading(catalogue, part, language) if part is not None else None


def list_past_figures(history: Sequence[Part], code: str) -> Iterator[tuple[Part, Figure]]:
    """Parts in which an indicator has a headline figure, each with it."""
    for part in history:
        contents = (each for each in part.content["figures"] if each["indicator"] == code)
        figure = find_main(map(make_figure, contents), code)
        if figure is not None:
            yield part, figure


def find_main(figures: Iterable[Figure], code: str) -> Figure | None:
    """The headline figure of an indicator."""
    return next(
        (each for each in figures if each.indicator == code and not each.part and not each.disaggregation), None
    )


def is_comparable(now: Figure, before: Figure, head: SnapshotHead, earlier: SnapshotHead) -> bool:
    """Whether two figures of one indicator may stand against each other.

    Both have to be values: what is shown as a range or hidden is compared with nothing, so that no difference tells
    what the range was to hide. Shares need ten people or more (R20), counts like periods.
    """
    if now.state is not FigureState.VALUE or before.state is not FigureState.VALUE or now.unit != before.unit:
        return False
    if now.unit == "percent":
        return has_percentage(now) and has_percentage(before)
    return now.unit == "points" or is_alike(head, earlier)


def compare(now: Figure, before: Figure) -> str:
    """``higher``, ``lower`` or ``same``: within the interval of a share or mean nothing is called a change (R20)."""
    value, last = now.value or Decimal(0), before.value or Decimal(0)
    ranged = now.unit in {"percent", "points"} and now.low is not None and now.high is not None
    if value == last or (ranged and (now.low or Decimal(0)) <= last <= (now.high or Decimal(0))):
        return "same"
    return "higher" if value > last else "lower"


CHART_KINDS: Mapping[str, ChartKind] = {"percent": ChartKind.PROPORTIONS, "points": ChartKind.MEANS}
"""Unit -> how its history is drawn; everything else as counts."""


def choose(results: Iterable[ResultLines], choice: Choice) -> list[ResultLines]:
    """The lines that are asked for, and the results that have any."""
    chosen = (replace(each, lines=tuple(filter(choice.fits, each.lines))) for each in results)
    return [each for each in chosen if each.lines]


def list_rows(reading: Reading, results: Iterable[ResultLines]) -> Iterator[tuple[str | int | Decimal | None, ...]]:
    """The table as rows of a file: the text as it is printed, and the numbers apart where they may be told (R3)."""
    period = reading.part.content["period"]
    for result in results:
        for line in result.lines:
            figure = line.figure
            yield (
                line.code,
                line.title,
                line.level_words,
                " ".join(filter(None, (result.code, result.title))),
                figure.state.value,
                make_figure_text(figure, reading.language),
                figure.value,
                figure.numerator,
                figure.denominator,
                figure.n,
                figure.low,
                figure.high,
                figure.unit,
                line.baseline,
                figure.target,
                figure.progress,
                line.status_words,
                figure.partner,
                period["start"],
                period["end"],
                reading.part.content["cutoff"],
                reading.part.content["freeze"],
            )


def _list_unchanged(catalogue: Catalogue, part: Part) -> dict[str, Indicator]:
    """The indicators that are still defined as they were when the part was frozen."""
    frozen = part.content["definitions"]
    return {
        code: indicator for code, indicator in catalogue.indicators.items() if frozen.get(code) == indicator.fingerprint
    }


def _make_material(catalogue: Catalogue, part: Part, indicators: Mapping[str, Indicator], language: str) -> Material:
    """What the report would be made of, without the texts that no page of figures has."""
    told = {**part.content, "definitions": {}, "activities": (), "practices": (), "feedback": (), "standards": ()}
    template = catalogue.templates[find_template(catalogue)]
    plan = catalogue.plans[part.head.plan]
    return make_material(template, language, plan, indicators, catalogue.taxonomy, told, (), ())
