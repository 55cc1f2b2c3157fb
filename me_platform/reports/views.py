"""What a template may print: the documented contract of ``template.html``.

The dataclasses reach the template as plain mappings, tuples and texts. No number of the snapshot lies in them: a
figure is present as its id, and the template prints it through the ``figure`` filter. Texts are in the report's
language unless they carry their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from me_platform.reports.restated import RestatedView


@dataclass(frozen=True)
class Said:
    """A text and the language it is in, which may be another one than the report's."""

    text: str
    language: str


@dataclass(frozen=True)
class BarView:
    """One figure of a chart: the words that name it and its id."""

    label: str
    figure: str


@dataclass(frozen=True)
class ChartView:
    """A chart on the page: ``source`` for ``<img src>``; the filter ``alt`` makes its alternative text."""

    kind: str
    source: str
    title: str
    bars: tuple[BarView, ...]


@dataclass(frozen=True)
class ColumnView:
    """A column of a table of figures: its heading and the facet of the figures it prints."""

    title: str
    facet: str


@dataclass(frozen=True)
class RowView:
    """A row of a table: its heading and the figure's id for every column, empty where there is none."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TableView:
    """A table of figures, with its chart where it makes one.

    ``quiet`` marks a table in which nothing says more than 0, ``states`` are the words for what it holds instead
    (each state without a number once). ``base`` is the id of a figure whose base (facet ``base``) is the N of the
    whole table, or empty. ``note`` is what to know of its parts: that they may exceed the total (R18), that groups were
    merged.
    """

    kind: str
    title: str
    heading: str
    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    base: str
    quiet: bool
    states: tuple[str, ...]
    note: str = ""
    chart: ChartView | None = None


@dataclass(frozen=True)
class TrendView:
    """How the same people changed: the short title of the indicator that says so, and the id of its figure."""

    title: str
    figure: str


@dataclass(frozen=True)
class EmblemView:
    """An emblem of the cover: ``source`` for ``<img src>`` and what it shows in words."""

    source: str
    alt: str


@dataclass(frozen=True)
class IndicatorView:
    """One indicator in the report's language, or figures that belong to none (then most fields are empty).

    ``figure`` is the id of its headline figure, ``chart`` the chart of it and ``bar`` the one for a row of a table.
    ``shown`` says whether there is a number or a band; ``quiet`` that no figure of the indicator says more than 0.
    ``facet`` is how the headline figure is printed in a table: people who were counted come without an interval, which
    would read as if their number were not known. ``status`` is ``reached``, ``under_way``, ``unknown`` or ``none`` with
    ``status_words`` for it. ``baseline`` and the two dates are texts of the plan, empty where none is set. ``is_share``
    marks a number in percent; ``has_...`` say whether the headline figure has that facet. ``limits`` is what to bear in
    mind of this indicator alone; what is said
    of several stands in ``ReportContext.limits``.
    """

    code: str
    title: str
    short_title: str
    tables: tuple[TableView, ...]
    quiet: bool
    chart: ChartView | None = None
    bar: ChartView | None = None
    figure: str = ""
    unit: str = ""
    facet: str = "full"
    state: str = ""
    state_words: str = ""
    shown: bool = False
    is_share: bool = False
    has_share: bool = False
    has_span: bool = False
    has_target: bool = False
    has_progress: bool = False
    definition: str = ""
    level: str = ""
    kind: str = ""
    respondent: str = ""
    result: str = ""
    headline: bool = False
    trend: TrendView | None = None
    status: str = "none"
    status_words: str = ""
    baseline: str = ""
    baseline_date: str = ""
    target_date: str = ""
    limitations: str = ""
    limits: str = ""
    contribution: str = ""
    source: str = ""
    assumptions: str = ""


@dataclass(frozen=True)
class GroupView:
    """Indicators that are read together and say something.

    ``changes`` is a table of all changes of the same people with its chart, and
    ``means`` a chart of where they began and where they are now.
    """

    code: str
    title: str
    views: tuple[IndicatorView, ...]
    changes: TableView | None = None
    means: ChartView | None = None


@dataclass(frozen=True)
class PracticeView:
    """A good practice in the handbook's form, without who can be asked about it."""

    title: str
    partner: str
    category: str
    types: tuple[str, ...]
    tense: str
    fields: tuple[CellView, ...]
    success: tuple[str, ...]


@dataclass(frozen=True)
class FeedbackView:
    """What people said, what was decided, and what came of it."""

    said: str
    decision: str
    decided: str
    changed: str
    partner: str


@dataclass(frozen=True)
class StandardView:
    """One quality standard as it was reviewed; ``action`` is empty where none is needed."""

    title: str
    rating: str
    rated: str
    evidence: str
    action: str
    reviewed: str
    due: str


@dataclass(frozen=True)
class ResultView:
    """One row group of the results framework: a result and its indicators in the plan's order.

    ``aimed`` are those with a baseline or a target, ``others`` the short titles of the rest.
    """

    code: str
    level: str
    title: str
    assumptions: str
    indicators: tuple[IndicatorView, ...]
    aimed: tuple[IndicatorView, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetRow:
    """One field of an indicator sheet; ``default`` marks what the officer's file left to the rule."""

    label: str
    text: str
    default: bool


@dataclass(frozen=True)
class SheetView:
    """The sheet of one printed indicator.

    ``facts`` are a word or two each; ``columns`` hold the sentences, in two halves of about the same length.
    """

    code: str
    title: str
    version: str
    fingerprint: str
    facts: tuple[SheetRow, ...]
    columns: tuple[tuple[SheetRow, ...], tuple[SheetRow, ...]]


@dataclass(frozen=True)
class QuoteView:
    """A quote under consent; ``withdrawn`` where the consent is gone and no text is left."""

    text: str
    language: str
    withdrawn: bool


@dataclass(frozen=True)
class LegendRow:
    """One state of a figure: its symbol (empty for values and ranges) and its meaning."""

    symbol: str
    words: str
    meaning: str


@dataclass(frozen=True)
class CellView:
    """One cell of the handbook's 2 x 2 of data sources."""

    title: str
    text: str


@dataclass(frozen=True)
class ActivityView:
    """One activity of a register, with what its list states and nothing else."""

    id: str
    year: str
    days: str
    kind: str
    planned: bool
    status: str
    title: Said
    original: str
    organiser: Said
    funder: Said
    people: str
    people_unit: Said
    potential: str
    location: Said
    note: Said


@dataclass(frozen=True)
class GrantView:
    """One grant of a register, counted once, and the entries that tell of it."""

    amount: str
    funder: Said
    entries: tuple[str, ...]


@dataclass(frozen=True)
class SectionView:
    """One section of ``report.yaml`` in the report's language."""

    kind: str
    title: str
    lead: str
    notes: tuple[str, ...]
    charts: tuple[str, ...]
    tables: tuple[str, ...]
    groups: tuple[GroupView, ...] = ()
    written_title: str = ""
    """Heading of what an officer wrote, where it is another than the section's."""
    written: tuple[str, ...] = ()
    """Paragraphs an officer wrote for this report."""


@dataclass(frozen=True)
class ReportContext:
    """Everything ``template.html`` may print. Texts are in the report's language unless they carry their own.

    ``assisted`` names each survey with the figure of how many answered with somebody's help or on paper.
    """

    language: str
    title: str
    words: Mapping[str, str]
    sections: tuple[SectionView, ...]
    sample: bool
    project: str
    plan_title: str
    partner: str
    country: str
    consortium: bool
    members: tuple[str, ...]
    funder: str
    programme: str
    grant_number: str
    disclaimer: str
    period: str
    cutoff: str
    program: str
    snapshot: str
    snapshot_hash: str
    objective: str
    measurement: str
    ground: str
    sources: tuple[CellView, ...]
    has_people: bool
    emblems: tuple[EmblemView, ...]
    limits: tuple[str, ...]
    headlines: tuple[IndicatorView, ...]
    overview: ChartView | None
    flow: IndicatorView | None
    assisted: tuple[BarView, ...]
    outputs: tuple[IndicatorView, ...]
    states: TableView | None
    findings: tuple[Said, ...]
    quotes: tuple[QuoteView, ...]
    framework: tuple[ResultView, ...]
    years: IndicatorView | None
    activities: tuple[ActivityView, ...]
    grants: tuple[GrantView, ...]
    role: str
    task: str
    scope: tuple[str, ...]
    gender_statement: str
    practices: tuple[PracticeView, ...]
    feedback: tuple[FeedbackView, ...]
    standards: tuple[StandardView, ...]
    glossary: tuple[CellView, ...]
    quiet: tuple[IndicatorView, ...]
    legend: tuple[LegendRow, ...]
    sheets: tuple[SheetView, ...]
    restated: tuple[RestatedView, ...]
