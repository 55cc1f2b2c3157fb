"""From a snapshot to what a report template is given (``views``), with the figures and charts it refers to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from me_platform.charts.kinds import ChartKind
from me_platform.disclosure.figures import Figure, FigureState, make_figure
from me_platform.disclosure.wording import (
    CURRENCIES,
    STATE_WORDS,
    SYMBOLS,
    Facet,
    make_figure_text,
    make_number_text,
)
from me_platform.errors import ReportUnfit
from me_platform.exchange.activity_records import make_record
from me_platform.indicators.definition import Direction, Indicator, Kind, Plan, PlanIndicator, Result, Taxonomy
from me_platform.indicators.ladders import list_finest
from me_platform.indicators.measures import LEVEL
from me_platform.indicators.milestones import MILESTONE, STATES
from me_platform.indicators.sources import SEVERAL, SOURCES, About, list_code_lists
from me_platform.reports.cards import CardsContext
from me_platform.reports.definition import ReportTemplate, Section, SectionKind, TableKind
from me_platform.reports.form import FormContext
from me_platform.reports.plain import PlainContext, make_plain_context
from me_platform.reports.register import make_activity, make_grants, say
from me_platform.reports.restated import list_figures, make_restated
from me_platform.reports.sheets import make_sheet
from me_platform.reports.texts import join_partners, make_feedback, make_glossary, make_practice, make_standard
from me_platform.reports.views import (
    BarView,
    CellView,
    ChartView,
    ColumnView,
    EmblemView,
    GroupView,
    IndicatorView,
    LegendRow,
    QuoteView,
    ReportContext,
    ResultView,
    RowView,
    SectionView,
    TableView,
    TrendView,
)
from me_platform.reports.words import Words, find_merged_words, make_day, make_period, make_short_day

FLOW = "flow"
"""Code of the figures that lead from those eligible to those paired (R4); it belongs to no single indicator."""
FLOW_STAGES = ("eligible", "invited", "consented", "responded", "valid", "paired")
CHANGE_PARTS = ("improved", "same", "worse", "not_improved", "not_measurable")
MEAN_PARTS = ("baseline_paired", "followup_paired", "baseline_lost")
ASSISTED = "assisted"
"""Code of the figures of how many answered a survey with somebody's help (privacy-and-safety 1.12)."""
MSCOS = "mscos"
STATE_PREFIX = "state:"
YEAR = "year"
SURVEY = "survey"
STACKED = ("records", "events")
"""Units that columns by year may count, first choice first: activities, never people reached or hoped for."""
RANGED = frozenset({"percent", "points"})
"""Units whose range is told on the summary: who was supported was counted, not estimated."""
MOST_WITH_OVERVIEW = 6
"""Headline figures a summary can hold besides a chart of them."""

EMBLEMS = "emblems"
"""Folder a cover finds its emblems in."""

WIDE, HALF, CELL = 170.0, 102.0, 42.0
"""Widths of charts in millimetres: over the whole text, beside a table, and in a table's row."""


@dataclass(frozen=True)
class ChartOrder:
    """A chart to be drawn: (label, figure id, series) for each bar, width in millimetres, scales by series."""

    kind: ChartKind
    bars: tuple[tuple[str, str, str], ...]
    width: float
    scales: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """A context with what it refers to: the figures by id, the charts and the bytes of further files by source."""

    context: ReportContext | PlainContext | FormContext | CardsContext
    figures: Mapping[str, Figure]
    charts: Mapping[str, ChartOrder]
    files: Mapping[str, bytes] = field(default_factory=dict)


def make_material(  # noqa: PLR0913, PLR0917 - what a report is made of
    template: ReportTemplate,
    language: str,
    plan: Plan,
    indicators: Mapping[str, Indicator],
    taxonomy: Taxonomy,
    snapshot: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]],
    quotes: Sequence[Mapping[str, Any]],
    texts: Mapping[str, str] | None = None,
) -> Material:
    """The context of one report with its figures and charts.

    ``snapshot`` is a snapshot's content; ``findings`` are ``{"id", "text": {language: words}}``, ``quotes`` are
    ``{"id", "text"}`` with an optional ``language``; a text of None is a quote withdrawn. ``texts`` are an officer's
    own words for this report, by the names of their places. Raises ReportUnfit for a language the template does not
    have, and for a definition that changed after the freeze.
    """
    if language not in template.languages:
        raise ReportUnfit(template.id, f"it has no words in '{language}', only in {', '.join(template.languages)}.")
    for code, fingerprint in snapshot["definitions"].items():
        if code in indicators and indicators[code].fingerprint != fingerprint:
            raise ReportUnfit(template.id, f"the definition of '{code}' changed after the freeze. Freeze again.")
    if template.plain:
        figures = {each["id"]: make_figure(each) for each in snapshot["figures"]}
        return Material(make_plain_context(template, language, plan, snapshot, figures), figures, {})
    maker = _Maker(template, language, plan, indicators, taxonomy, snapshot, texts or {})
    context = maker.make_context(findings, quotes)
    emblems = {f"{EMBLEMS}/{each.file}": each.content for each in plan.emblems}
    restated = dict(list_figures(snapshot.get("restatements", ())))
    return Material(context, {**maker.figures, **restated}, maker.charts, emblems)


class _Maker:
    """Makes the context of one report; ``charts`` fills up while views are made."""

    def __init__(
        self,
        template: ReportTemplate,
        language: str,
        plan: Plan,
        indicators: Mapping[str, Indicator],
        taxonomy: Taxonomy,
        snapshot: Mapping[str, Any],
        texts: Mapping[str, str],
    ) -> None:
        self.template, self.language, self.plan, self.taxonomy = template, language, plan, taxonomy
        self.indicators, self.snapshot, self.texts = indicators, snapshot, texts
        merged = find_merged_words(indicators.values())
        self.words = Words(template.id, template.words, template.terms, taxonomy, language, merged)
        self.finest = {code: list_finest(each) for code, each in indicators.items()}
        self.figures = {each["id"]: make_figure(each) for each in snapshot["figures"]}
        self.charts: dict[str, ChartOrder] = {}

    def make_context(self, findings: Sequence[Mapping[str, Any]], quotes: Sequence[Mapping[str, Any]]) -> ReportContext:
        plan, words, snapshot = self.plan, self.words, self.snapshot
        partner = plan.get_partner(snapshot["partner"])
        choices = [each.choose_for(partner.code) for each in plan.indicators if each.indicator in self.indicators]
        views = [self.make_indicator(each) for each in choices]
        loose = [self.make_loose(code) for code in self.find_loose()]
        records = sorted(
            (make_record(row) for row in snapshot.get("activities", ())), key=lambda r: (r.first_day, r.id)
        )
        trends = {each.trend for each in plan.indicators}
        headlines = tuple(view for view in views if view.headline and view.code not in trends)
        outputs = (view for view in views if view.level not in {"outcome", "impact"} and view.code not in self.claimed)
        flow = self.make_flow()
        people = [
            figure for figure in self.figures.values() if figure.unit == "persons" and self.is_about_people(figure)
        ]
        return ReportContext(
            language=self.language,
            title=f"{words.pick(self.template.title)}: {words.pick(partner.name)}",
            words=words.all_words,
            sections=tuple(self.make_section(section, views) for section in self.template.sections),
            sample=bool(snapshot["sample"]),
            project=words.pick(plan.project),
            plan_title=words.pick(plan.title),
            partner=words.pick(partner.name),
            country=words.pick(partner.country),
            consortium=partner.consortium,
            members=tuple(words.pick(each.name) for each in plan.partners if not each.consortium),
            funder=words.pick(plan.funder),
            programme=words.pick(plan.programme),
            grant_number=plan.grant_number,
            disclaimer=words.pick(plan.disclaimer),
            period=make_period(*self.period, self.language),
            cutoff=make_day(date.fromisoformat(snapshot["cutoff"]), self.language),
            program=str(snapshot["program"]),
            snapshot=str(snapshot["freeze"]),
            snapshot_hash=str(snapshot["hash"]),
            objective=words.pick(plan.objective),
            measurement=words.pick(plan.measurement),
            ground=words.pick(plan.ground),
            sources=tuple(CellView(words.term("source", key), words.pick(text)) for key, text in plan.sources.items()),
            has_people=any(_says_something(figure) for figure in people),
            emblems=self.list_emblems(),
            limits=self.list_general_limits(),
            headlines=headlines,
            overview=self.order_overview(headlines),
            flow=flow,
            assisted=self.list_assisted(),
            outputs=(*outputs, *loose),
            states=self.make_states(views),
            findings=tuple(dict.fromkeys(say(each["text"], self.language) for each in findings)),
            quotes=tuple(dict.fromkeys(_make_quote(each, self.language) for each in quotes)),
            framework=tuple(self.make_result(result, views) for result in plan.results),
            years=self.make_years(),
            activities=tuple(make_activity(each, words) for each in records),
            grants=make_grants(records, words),
            role=partner.role,
            task=words.pick(partner.task),
            scope=tuple(words.title("service_types", code) for code in partner.scope),
            gender_statement=words.pick(plan.gender_statement),
            practices=join_partners(make_practice(each, plan, words) for each in snapshot.get("practices", ())),
            feedback=join_partners(make_feedback(each, plan, words) for each in snapshot.get("feedback", ())),
            standards=tuple(make_standard(each, words) for each in snapshot.get("standards", ())),
            glossary=make_glossary(words),
            quiet=tuple(view for view in (*views, *loose, *([flow] if flow else [])) if view.quiet),
            legend=tuple(self.make_legend_row(state) for state in FigureState),
            sheets=tuple(make_sheet(self.indicators[each.indicator], each, words) for each in choices),
            restated=tuple(make_restated(each, words) for each in snapshot.get("restatements", ())),
        )

    @property
    def period(self) -> tuple[date, date]:
        period = self.snapshot["period"]
        return date.fromisoformat(period["start"]), date.fromisoformat(period["end"])

    def is_about_people(self, figure: Figure) -> bool:
        """Whether a figure is about people who receive support, and not about those who came to a training."""
        indicator = self.indicators.get(figure.indicator)
        if indicator is None or indicator.source.respondent == "participant":
            return indicator is None
        return SOURCES[indicator.source.kind].about is About.PEOPLE

    @property
    def claimed(self) -> frozenset[str]:
        """Indicators that a section of their own prints."""
        return frozenset(code for section in self.template.sections for code in section.indicators)

    def make_section(self, section: Section, views: Sequence[IndicatorView]) -> SectionView:
        pick = self.words.pick
        groups: tuple[GroupView, ...] = ()
        found: list[IndicatorView] = []
        if section.kind is SectionKind.FIGURES:
            chosen = {view.code: view for view in views}
            found = [chosen[code] for code in section.indicators if code in chosen]
            groups = (self.make_group(section.indicators[0], "", found),) if any(not v.quiet for v in found) else ()
        if section.kind is SectionKind.DOMAINS:
            found = [view for view in views if view.level in {"outcome", "impact"} and view.code not in self.claimed]
            groups = tuple(self.make_domains([view for view in found if not view.quiet]))
            paired = [view for view in found if not view.quiet and view.kind == Kind.PAIRED_CHANGE]
            changes = self.make_group("changes", self.words.term("domain", "changes"), paired)
            groups = (*groups, replace(changes, views=())) if changes.changes or changes.means else groups
        return SectionView(
            kind=section.kind,
            title=pick(section.title),
            lead=pick(section.lead),
            notes=tuple(pick(note) for note in section.notes),
            charts=section.charts,
            tables=section.tables,
            groups=groups,
            written_title=pick(section.written.title) if section.written else "",
            written=split_paragraphs(self.texts.get(section.written.name, "")) if section.written else (),
        )

    # -- groups ----------------------------------------------------------------------------------------------------

    def make_domains(self, views: Sequence[IndicatorView]) -> Iterator[GroupView]:
        """Outcomes by the domains of the core outcome set, each under the first it is mapped to."""
        for code, term in self.taxonomy.lists.get(MSCOS, {}).items():
            mine = [view for view in views if self.indicators[view.code].mscos[:1] == (code,)]
            if mine:
                yield self.make_domain(code.lower(), self.words.pick(term.title), mine)
        others = [view for view in views if not self.indicators[view.code].mscos]
        if others:
            yield self.make_domain("others", self.words.term("domain", "others"), others)

    def make_domain(self, code: str, title: str, views: Sequence[IndicatorView]) -> GroupView:
        """One domain; the parts of all changes are read together after the last one."""
        return replace(self.make_group(code, title, views), changes=None, means=None)

    def make_group(self, code: str, title: str, views: Sequence[IndicatorView]) -> GroupView:
        """Indicators that are read together, with what is told of the changes among them."""
        loud = [view for view in views if not view.quiet]
        return GroupView(
            code=code,
            title=title,
            views=tuple(loud),
            changes=self.make_changes(code, loud),
            means=self.order_means(code, loud),
        )

    def make_changes(self, code: str, views: Sequence[IndicatorView]) -> TableView | None:
        """All changes of a group: one row for each indicator, one column for each part and mean."""
        cells = {
            (view.code, figure.part): figure.id
            for view in views
            if view.kind == Kind.PAIRED_CHANGE
            for figure in self.find_figures(view.code)
            if figure.part
        }
        if not cells:
            return None
        known = {"improved"} | {part for _, part in cells}
        parts = [part for part in (*CHANGE_PARTS, *MEAN_PARTS) if part in known]
        columns = tuple(
            ColumnView(self.words.term("column", part), Facet.SHORT if part in MEAN_PARTS else Facet.COUNT)
            for part in parts
        )
        titles = {view.code: view.short_title for view in views}
        # Where the parts may not be told apart, those who improved are the indicator's own figure.
        improved = {(view.code, "improved"): view.figure for view in views}
        rows = [
            (titles[name], tuple(cells.get((name, part), improved.get((name, part), "")) for part in parts))
            for name in dict.fromkeys(name for name, _ in cells)
        ]
        table = self.make_table(TableKind.CHANGE, columns, rows)
        bars = tuple(
            (self.words.term("part", part), cells[name, part], titles[name])
            for name in dict.fromkeys(name for name, _ in cells)
            for part in ("improved", "same", "worse", "not_measurable")
            if (name, part) in cells
        )
        told = any(self.figures[figure].state is FigureState.VALUE for _, figure, _ in bars)
        chart = self.order_chart(ChartKind.CHANGES, f"changes-{code}", bars, WIDE, table.title) if told else None
        return replace(table, base="", chart=chart)

    def order_means(self, code: str, views: Sequence[IndicatorView]) -> ChartView | None:
        """Where the same people began and where they are now, a row for each change whose two means may be told."""
        bars: list[tuple[str, str, str]] = []
        scales: dict[str, tuple[int, int]] = {}
        for view in views:
            parts = {figure.part: figure for figure in self.find_figures(view.code)}
            pair = [parts.get(part) for part in ("baseline_paired", "followup_paired")]
            scale = self.indicators[view.code].scale
            if scale and all(figure is not None and figure.state is FigureState.VALUE for figure in pair):
                scales[view.short_title] = scale
                bars += [
                    (self.words.term("part", figure.part), figure.id, view.short_title) for figure in pair if figure
                ]
        if not bars:
            return None
        return self.order_chart(ChartKind.DUMBBELL, f"means-{code}", tuple(bars), WIDE, scales=scales)

    # -- limits ----------------------------------------------------------------------------------------------------

    @cached_property
    def said_of(self) -> Mapping[str, int]:
        """How many indicators of the plan say a sentence of their limits."""
        return Counter(
            sentence
            for chosen in self.plan.indicators
            if chosen.indicator in self.indicators
            for sentence in self.split_limits(chosen.indicator)
        )

    def split_limits(self, code: str) -> list[str]:
        """The sentences of an indicator's limits; what follows from its kind stands on its sheet only."""
        indicator = self.indicators[code]
        return [] if "limitations" in indicator.defaults else _split_sentences(self.words.pick(indicator.limitations))

    def find_limits(self, code: str) -> str:
        """What to bear in mind of this indicator alone."""
        return " ".join(each for each in self.split_limits(code) if self.said_of[each] == 1)

    def list_general_limits(self) -> tuple[str, ...]:
        """What is said of several indicators: told once, where the report tells of its limits."""
        return tuple(sentence for sentence, number in self.said_of.items() if number > 1)

    def list_emblems(self) -> tuple[EmblemView, ...]:
        """The emblems of this cover; their files go to the renderer beside the charts."""
        mine = [each for each in self.plan.emblems if each.partner in {"", self.snapshot["partner"]}]
        return tuple(EmblemView(f"{EMBLEMS}/{each.file}", self.words.pick(each.alt)) for each in mine)

    # -- indicators ------------------------------------------------------------------------------------------------

    def make_indicator(self, chosen: PlanIndicator) -> IndicatorView:
        indicator, words = self.indicators[chosen.indicator], self.words
        figures = self.find_figures(indicator.code)
        main = _find_main(figures)
        result = next((each for each in self.plan.results if each.code == chosen.result), None)
        status = find_status(main, indicator.direction)
        quiet = not any(_says_something(figure) for figure in figures)
        tables = self.make_tables(indicator.code, figures, with_states=quiet)
        return IndicatorView(
            code=indicator.code,
            title=words.pick(indicator.title),
            short_title=words.pick(indicator.short_title),
            definition=words.pick(indicator.definition),
            level=indicator.level,
            kind=indicator.kind,
            respondent=indicator.source.respondent,
            unit=self.make_unit(main.unit if main else indicator.unit, indicator.scale),
            facet=_choose_facet(main),
            result=words.pick(result.title) if result else "",
            headline=chosen.headline,
            trend=self.find_trend(chosen),
            figure=main.id if main else "",
            state=main.state if main else "",
            state_words=STATE_WORDS[main.state][self.language] if main else "",
            shown=main is not None and _is_shown(main),
            quiet=quiet,
            is_share=main is not None and main.unit == "percent",
            has_share=self.has_text(main, Facet.SHARE) and main is not None and main.numerator is not None,
            has_span=main is not None and main.unit in RANGED and self.has_text(main, Facet.SPAN),
            has_target=self.has_text(main, Facet.TARGET),
            has_progress=self.has_text(main, Facet.PROGRESS),
            status=status,
            status_words=words.term("status", status),
            baseline=self.make_baseline(chosen, main.unit if main else indicator.unit),
            baseline_date=make_short_day(chosen.baseline_date, self.language) if chosen.baseline_date else "",
            target_date=make_short_day(chosen.target_date, self.language) if chosen.target_date else "",
            limitations=words.pick(indicator.limitations) if "limitations" not in indicator.defaults else "",
            limits=self.find_limits(indicator.code),
            contribution=words.pick(indicator.contribution),
            source=words.term("source_kind", indicator.source.kind),
            assumptions=words.pick(chosen.assumptions),
            chart=self.order_main_chart(indicator.code, main),
            bar=self.order_bar(indicator.code, main),
            tables=tables,
        )

    def find_trend(self, chosen: PlanIndicator) -> TrendView | None:
        """How the same people changed, where the plan names an indicator for it and that has something to show."""
        if chosen.trend not in self.indicators:
            return None
        main = _find_main(self.find_figures(chosen.trend))
        if main is None or not _is_shown(main):
            return None
        return TrendView(self.words.pick(self.indicators[chosen.trend].short_title), main.id)

    def make_loose(self, code: str) -> IndicatorView:
        """Figures that belong to no indicator of the plan, named by their own title."""
        figures = self.find_figures(code)
        main = _find_main(figures)
        title = self.words.find_term("loose", code) or self.words.pick((main or figures[0]).title)
        tables = self.make_tables(code, figures, with_states=True)
        return IndicatorView(
            code=code,
            title=title,
            short_title=title,
            tables=tables,
            chart=self.order_main_chart(code, main),
            quiet=not any(_says_something(figure) for figure in figures),
            figure=main.id if main else "",
            unit=self.make_unit((main or figures[0]).unit),
            facet=_choose_facet(main),
            state=main.state if main else "",
            state_words=STATE_WORDS[main.state][self.language] if main else "",
            shown=main is not None and _is_shown(main),
        )

    def make_unit(self, unit: str, scale: tuple[int, int] | None = None) -> str:
        """The unit in words beside a number, with the top of its scale; empty where the number carries it."""
        words = "" if unit in CURRENCIES else self.words.term("unit", unit)
        return f"{words} ({scale[0]}–{scale[1]})" if unit == "points" and scale else words

    def make_flow(self) -> IndicatorView | None:
        """The stages from those eligible to those paired, in their order; a table for each survey asked."""
        figures = sorted(self.find_figures(FLOW), key=lambda figure: _find_place(FLOW_STAGES, figure.part))
        if not figures:
            return None
        title = self.words.term("table", TableKind.FLOW)
        quiet = not any(_says_something(each) for each in figures)
        columns = (ColumnView(self.words.term("column", "people"), Facet.SHORT),)
        tables = []
        for survey in dict.fromkeys(each.disaggregation.get(SURVEY, "") for each in figures):
            stages = [each for each in figures if each.disaggregation.get(SURVEY, "") == survey]
            rows = [(self.make_label(each), (each.id,)) for each in stages]
            named = ": ".join(filter(None, (title, self.find_survey_title(survey))))
            table = self.make_table(TableKind.FLOW, columns, rows, named)
            name = "-".join(filter(None, (FLOW, survey)))
            chart = None if quiet else self.order_table_chart(ChartKind.FLOW, name, table)
            tables.append(replace(table, chart=chart))
        return IndicatorView(FLOW, title, title, tuple(tables), quiet)

    def list_assisted(self) -> tuple[BarView, ...]:
        """How many answered with help, for every survey somebody answered."""
        told = self.find_figures(ASSISTED)
        return tuple(BarView(self.find_survey_title(each.disaggregation[SURVEY]), each.id) for each in told)

    def find_survey_title(self, survey: str) -> str:
        """The survey's own title as it was frozen; a snapshot of an earlier release knows its id only."""
        title = self.snapshot.get("surveys", {}).get(survey, {}).get("title")
        return self.words.pick(title) if title else survey

    def make_years(self) -> IndicatorView | None:
        """All figures by year: one column for each indicator and part, one row for each year."""
        by_year = [each for each in self.figures.values() if set(each.disaggregation) == {YEAR}]
        if not by_year:
            return None
        order = [each.indicator for each in self.plan.indicators]
        series = sorted(
            {(each.indicator, each.part) for each in by_year}, key=lambda one: (_find_place(order, one[0]), one)
        )
        cell = {(each.disaggregation[YEAR], each.indicator, each.part): each for each in by_year}
        columns = tuple(ColumnView(self.make_series_label(*one), Facet.SHORT) for one in series)
        rows = [
            (year, tuple(cell[year, *one].id if (year, *one) in cell else "" for one in series))
            for year in sorted({each.disaggregation[YEAR] for each in by_year})
        ]
        table = self.make_table(TableKind.YEARS, columns, rows)
        counted = {self.figures[each].unit for _, cells in rows for each in cells if each}
        unit = next((each for each in STACKED if each in counted), "")
        bars = tuple(
            (year, figure, self.make_series_label(*one))
            for year, cells in rows
            for one, figure in zip(series, cells, strict=True)
            if figure and self.figures[figure].unit == unit
        )
        chart = self.order_chart(ChartKind.YEARS, YEAR, bars, WIDE) if bars else None
        return IndicatorView(YEAR, table.title, table.title, (replace(table, chart=chart),), quiet=False)

    def make_series_label(self, code: str, part: str) -> str:
        if part:
            return self.words.term("part", part)
        indicator = self.indicators.get(code)
        return self.words.pick(indicator.short_title) if indicator else code

    def find_figures(self, code: str) -> list[Figure]:
        return [figure for figure in self.figures.values() if figure.indicator == code]

    def find_loose(self) -> list[str]:
        known = {each.indicator for each in self.plan.indicators if each.indicator in self.indicators}
        known |= {FLOW, ASSISTED}
        return list(dict.fromkeys(each.indicator for each in self.figures.values() if each.indicator not in known))

    def has_text(self, figure: Figure | None, facet: Facet) -> bool:
        return figure is not None and bool(make_figure_text(figure, self.language, facet))

    def make_baseline(self, chosen: PlanIndicator, unit: str) -> str:
        return "" if chosen.baseline is None else make_number_text(chosen.baseline, unit, self.language)

    def order_overview(self, headlines: Sequence[IndicatorView]) -> ChartView | None:
        """All headline shares in one chart, where there are several and the summary stays on one page."""
        shares = [view for view in headlines if view.shown and view.is_share]
        if len(shares) <= 1 or len(headlines) > MOST_WITH_OVERVIEW:
            return None
        bars = tuple((view.short_title, view.figure, "") for view in shares)
        return self.order_chart(ChartKind.PROPORTIONS, "overview", bars, WIDE)

    # -- tables and charts -----------------------------------------------------------------------------------------

    def make_tables(self, code: str, figures: Sequence[Figure], *, with_states: bool) -> tuple[TableView, ...]:
        """Every figure of an indicator but its headline, in tables by what they are, each with its chart.

        The states of answers are left out where they have their place in the table over all questions.
        """
        return tuple(
            replace(table, chart=self.order_table_chart(kind, f"{code}-{number}", table) if kind else None)
            for number, table in enumerate(self.sort_figures(figures), 1)
            for kind in [self.find_chart(table)]
            if with_states or table.kind != TableKind.STATES
        )

    def make_states(self, views: Sequence[IndicatorView]) -> TableView | None:
        """How people dealt with each question: one row for each indicator that says something, one column a state."""
        loud = {view.code: view.short_title for view in views if not view.quiet}
        asked = [each for each in self.figures.values() if each.indicator in loud and not each.disaggregation]
        asked = [each for each in asked if each.part.startswith(STATE_PREFIX)]
        if not asked:
            return None
        parts = list(dict.fromkeys(each.part for each in asked))
        cell = {(each.indicator, each.part): each.id for each in asked}
        codes = [code for code in loud if any(each.indicator == code for each in asked)]
        # N is named only where it may be: for every question, or in no column at all.
        based = all(self.has_text(self.figures.get(cell.get((code, parts[0]), "")), Facet.BASE) for code in codes)
        first = [parts[0]] if based else []
        columns = (
            *(ColumnView(self.words.term("column", "base"), Facet.BASE) for _ in first),
            *(ColumnView(self.words.term("part", part), Facet.COUNT) for part in parts),
        )
        rows = [(loud[code], tuple(cell.get((code, part), "") for part in (*first, *parts))) for code in codes]
        table = self.make_table(TableKind.STATES, columns, rows)
        bars = tuple(
            (self.words.term("part", part), cell[code, part], loud[code])
            for code in codes
            for part in parts
            if (code, part) in cell
        )
        chart = None if table.quiet else self.order_chart(ChartKind.STATES, "states", bars, WIDE, table.title)
        return replace(table, base="", chart=chart)

    def sort_figures(self, figures: Sequence[Figure]) -> Iterator[TableView]:
        """The tables of an indicator without their charts."""
        whole = [figure for figure in figures if figure.part and not figure.disaggregation]
        states = [figure for figure in whole if figure.part.startswith(STATE_PREFIX)]
        change = [figure for figure in whole if figure.part in CHANGE_PARTS]
        levels = [figure for figure in whole if figure.part.startswith(LEVEL)]
        milestones = [figure for figure in whole if figure.part in STATES or figure.part.startswith(MILESTONE)]
        told = [*states, *change, *levels, *milestones]
        others = [figure for figure in whole if figure not in told]
        people = ColumnView(self.words.term("column", "people"), Facet.COUNT)
        share = ColumnView(self.words.term("column", "share"), Facet.SHARE)
        result = ColumnView(self.words.term("column", "result"), Facet.FULL)
        if change:
            change.sort(key=lambda figure: _find_place(CHANGE_PARTS, figure.part))
            columns = (people, share) if any(self.has_text(each, Facet.SHARE) for each in change) else (people,)
            yield self.make_table(TableKind.CHANGE, columns, self.make_rows(change, len(columns)))
        if levels:
            title = self.words.term("field", "rubric")
            yield self.make_table(TableKind.CATEGORIES, (result,), self.make_rows(levels, 1), title)
        if milestones:
            title = self.words.term("field", "milestones")
            yield self.make_table(TableKind.CATEGORIES, (result,), self.make_rows(milestones, 1), title)
        if others:
            yield self.make_table(TableKind.PARTS, (result,), self.make_rows(others, 1))
        if states:
            yield self.make_table(TableKind.STATES, (people,), self.make_rows(states, 1))
        cells: dict[tuple[str, tuple[str, ...]], list[Figure]] = {}
        for figure in figures:
            if figure.disaggregation and not (set(figure.disaggregation) == {YEAR} and self.prints_years):
                cells.setdefault((figure.part, tuple(figure.disaggregation)), []).append(figure)
        for (part, dimensions), found in cells.items():
            title = ", ".join(self.words.term("dimension", dimension) for dimension in dimensions)
            title = f"{self.words.term('part', part)}, {title}" if part else title[:1].upper() + title[1:]
            rows = [(self.make_category(each), (each.id,)) for each in sorted(found, key=self.find_places)]
            table = self.make_table(TableKind.CATEGORIES, (result,), rows, title)
            several = self.words.term("table", "several") if not SEVERAL.isdisjoint(dimensions) else ""
            yield replace(table, note=" ".join(filter(None, (table.note, several))))

    @property
    def prints_years(self) -> bool:
        return any(section.kind is SectionKind.YEARS for section in self.template.sections)

    def make_rows(self, figures: Iterable[Figure], columns: int) -> list[tuple[str, tuple[str, ...]]]:
        return [(self.make_label(figure), (figure.id,) * columns) for figure in figures]

    def make_table(
        self,
        kind: TableKind,
        columns: tuple[ColumnView, ...],
        rows: Sequence[tuple[str, tuple[str, ...]]],
        title: str = "",
    ) -> TableView:
        based = [each for _, cells in rows for each in cells if each and self.has_text(self.figures[each], Facet.BASE)]
        figures = [self.figures[each] for _, cells in rows for each in cells if each]
        states = dict.fromkeys(each.state for each in figures if each.state in SYMBOLS)
        bases = {make_figure_text(self.figures[each], self.language, Facet.BASE) for each in based}
        return TableView(
            kind=kind,
            title=title or self.words.term("table", kind),
            heading=self.words.term("heading", kind),
            columns=columns,
            rows=tuple(RowView(label, cells) for label, cells in rows),
            base=based[0] if len(bases) == 1 and kind is not TableKind.PARTS else "",
            quiet=not any(_says_something(each) for each in figures),
            states=tuple(STATE_WORDS[state][self.language] for state in states),
            note=self.words.term("table", "merged") if any(map(self.is_merged, figures)) else "",
        )

    def is_merged(self, figure: Figure) -> bool:
        """Whether a category was merged from others by its ladder."""
        merged = self.finest.get(figure.indicator, {})
        return any(each in merged for each in figure.disaggregation.items())

    def order_main_chart(self, code: str, main: Figure | None) -> ChartView | None:
        """The chart of a headline figure that is a share or a mean."""
        kinds = {"percent": ChartKind.PROPORTIONS, "points": ChartKind.MEANS}
        if main is None or main.unit not in kinds or not _is_shown(main):
            return None
        return self.order_chart(kinds[main.unit], code, (("", main.id, ""),), HALF)

    def order_bar(self, code: str, main: Figure | None) -> ChartView | None:
        """The bar of a share in its row of a table."""
        if main is None or main.unit != "percent" or not _is_shown(main):
            return None
        title = self.words.pick(self.indicators[code].short_title)
        return self.order_chart(ChartKind.SHARE, f"bar-{code}", (("", main.id, ""),), CELL, title)

    def find_chart(self, table: TableView) -> ChartKind | None:
        figures = [self.figures[row.cells[0]] for row in table.rows]
        if not any(_says_something(figure) for figure in figures):
            return None
        if table.kind == TableKind.STATES:
            return ChartKind.STATES
        if table.kind == TableKind.CHANGE:
            return ChartKind.CHANGE
        units = {figure.unit for figure in figures}
        if units == {"percent"}:
            return ChartKind.PROPORTIONS
        if units == {"points"} and table.kind == TableKind.CATEGORIES:
            return ChartKind.MEANS
        return ChartKind.COUNTS if table.kind == TableKind.CATEGORIES else None

    def order_table_chart(self, kind: ChartKind, name: str, table: TableView) -> ChartView:
        return self.order_chart(
            kind, name, tuple((row.label, row.cells[0], "") for row in table.rows), HALF, table.title
        )

    def order_chart(
        self,
        kind: ChartKind,
        name: str,
        bars: tuple[tuple[str, str, str], ...],
        width: float,
        title: str = "",
        scales: Mapping[str, tuple[int, int]] | None = None,
    ) -> ChartView:
        """Note a chart to be drawn."""
        source = f"charts/{name}.svg"
        self.charts[source] = ChartOrder(kind, bars, width, scales or {})
        head = ". ".join(filter(None, (self.words.term("chart", kind), title)))
        named = tuple(BarView(", ".join(filter(None, (series, label))), figure) for label, figure, series in bars)
        return ChartView(kind, source, head, named)

    def make_label(self, figure: Figure) -> str:
        """The words for a figure's part, as the template says them or, failing that, the figure's own title."""
        part = figure.part.removeprefix(LEVEL) if figure.part.startswith(LEVEL + STATE_PREFIX) else figure.part
        return self.words.find_term("part", part) or self.words.pick(figure.title)

    def make_category(self, figure: Figure) -> str:
        return ", ".join(self.make_category_title(*each) for each in figure.disaggregation.items())

    def find_places(self, figure: Figure) -> tuple[int, ...]:
        """Where the categories of a figure stand in their code lists; what stands in none comes last."""
        return tuple(
            min(self.find_place(dimension, each) for each in self.list_finest(figure, dimension, category))
            for dimension, category in figure.disaggregation.items()
        )

    def list_finest(self, figure: Figure, dimension: str, category: str) -> tuple[str, ...]:
        """What a category is made of: itself where it was not merged."""
        return self.finest.get(figure.indicator, {}).get((dimension, category), (category,))

    def find_place(self, dimension: str, category: str) -> int:
        lists = (list(self.taxonomy.lists.get(name, {})) for name in list_code_lists(dimension))
        return next((codes.index(category) for codes in lists if category in codes), len(self.figures))

    def make_category_title(self, dimension: str, category: str) -> str:
        if dimension == "partner" and category in {each.code for each in self.plan.partners}:
            return self.words.pick(self.plan.get_partner(category).name)
        return self.words.find_category(dimension, category) or category

    # -- framework, sheets, legend -----------------------------------------------------------------------------------

    def make_result(self, result: Result, views: Sequence[IndicatorView]) -> ResultView:
        chosen = {each.indicator for each in self.plan.indicators if each.result == result.code}
        return ResultView(
            code=result.code,
            level=self.words.title("levels", result.level),
            title=self.words.pick(result.title),
            assumptions=self.words.pick(result.assumptions),
            indicators=(mine := tuple(view for view in views if view.code in chosen)),
            aimed=(aimed := tuple(view for view in mine if view.has_target or view.baseline)),
            others=tuple(view.short_title for view in mine if view not in aimed),
        )

    def make_legend_row(self, state: FigureState) -> LegendRow:
        words = STATE_WORDS[state][self.language]
        return LegendRow(SYMBOLS.get(state, ""), words, self.words.term("legend", state))


def split_paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of an officer's text: its lines, empty ones left out."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def find_status(figure: Figure | None, direction: Direction) -> str:
    """Where a figure stands to its target: ``reached``, ``under_way``, ``unknown`` (a range that holds the target,
    or no number) or ``none`` (no target). A dip is never called failure (R8).
    """
    if figure is None or figure.target is None:
        return "none"
    low = high = figure.value
    if figure.state is FigureState.BANDED:
        low, high = _find_percent_bounds(figure) if figure.unit == "percent" else (figure.low, figure.high)
    if low is None or high is None:
        return "unknown"
    if direction is Direction.LOWER:
        low, high = -high, -low
    target = -figure.target if direction is Direction.LOWER else figure.target
    if low >= target:
        return "reached"
    return "under_way" if high < target else "unknown"


def _find_percent_bounds(figure: Figure) -> tuple[Decimal | None, Decimal | None]:
    """A band's bounds in percent of its base."""
    if not figure.denominator:
        return None, None
    low = figure.low if figure.low is not None else Decimal(0)
    high = figure.high if figure.high is not None else Decimal(figure.denominator)
    return 100 * low / figure.denominator, 100 * high / figure.denominator


def _find_main(figures: Iterable[Figure]) -> Figure | None:
    """The headline figure among those of an indicator."""
    return next((figure for figure in figures if not figure.part and not figure.disaggregation), None)


def _is_shown(figure: Figure) -> bool:
    """Whether there is a number or a range to print."""
    return figure.state in {FigureState.VALUE, FigureState.BANDED}


def _choose_facet(main: Figure | None) -> Facet:
    """People who were counted are printed without an interval; see ``IndicatorView.facet``."""
    return Facet.SHORT if main is not None and main.unit == "persons" else Facet.FULL


def _says_something(figure: Figure) -> bool:
    """Whether a figure has a number other than 0, or a range."""
    return figure.state is FigureState.BANDED or (figure.state is FigureState.VALUE and bool(figure.value))


def _split_sentences(text: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.!?])\s+", text.strip()) if each]


def _find_place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _make_quote(quote: Mapping[str, Any], language: str) -> QuoteView:
    text = quote.get("text")
    return QuoteView(text or "", str(quote.get("language") or language), withdrawn=text is None)
