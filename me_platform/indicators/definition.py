"""What an indicator, a plan and the taxonomy are: frozen dataclasses made by ``indicators.loading`` from YAML.

Field numbers in brackets are those of the indicator sheet (rules-of-numbers part 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

Text = Mapping[str, str]


class Kind(StrEnum):
    """How a value is computed [5]; each is one entry of ``measures.MEASURES``."""

    COUNT = "count"
    UNIQUE_PERSONS = "unique_persons"
    SUM = "sum"
    PROPORTION = "proportion"
    MEAN = "mean"
    PAIRED_CHANGE = "paired_change"
    RATIO = "ratio"
    SCORED_QUALITATIVE = "scored_qualitative"
    MILESTONE = "milestone"


class Direction(StrEnum):
    """Which way is better [14]."""

    HIGHER = "higher"
    LOWER = "lower"
    MAINTAIN = "maintain"
    NEUTRAL = "neutral"


class Aggregation(StrEnum):
    """How values join over periods or over partners [8]."""

    SUM = "sum"
    DISTINCT = "distinct"
    LAST = "last"
    MIN = "min"
    MAX = "max"
    RECOMPUTE = "recompute"
    NONE = "none"


LEGAL_AGGREGATIONS: Mapping[Kind, frozenset[Aggregation]] = {
    Kind.COUNT: frozenset({Aggregation.SUM, Aggregation.LAST, Aggregation.NONE}),
    Kind.UNIQUE_PERSONS: frozenset({Aggregation.DISTINCT, Aggregation.NONE}),
    Kind.SUM: frozenset({Aggregation.SUM, Aggregation.LAST, Aggregation.NONE}),
    Kind.PROPORTION: frozenset({Aggregation.RECOMPUTE}),
    Kind.MEAN: frozenset({Aggregation.RECOMPUTE}),
    Kind.PAIRED_CHANGE: frozenset({Aggregation.RECOMPUTE}),
    Kind.RATIO: frozenset({Aggregation.RECOMPUTE}),
    Kind.SCORED_QUALITATIVE: frozenset({Aggregation.LAST, Aggregation.RECOMPUTE, Aggregation.NONE}),
    Kind.MILESTONE: frozenset({Aggregation.LAST, Aggregation.NONE}),
}
"""Pairs of kind and aggregation that make sense; every other is refused when the file is loaded (R1, R9, R14)."""


@dataclass(frozen=True)
class Source:
    """Where the data come from [18]: ``kind`` is one of ``sources.SOURCES``.

    ``stage`` and ``of`` are two stages of a survey's response flow, for the kind flow.
    """

    kind: str
    survey: str = ""
    question: str = ""
    respondent: str = ""
    stage: str = ""
    of: str = ""


@dataclass(frozen=True)
class ScaleItem:
    """One item of a scale: its question, the numbers it is scored with, and whether it is scored the other way round.

    ``weight`` is its share within its ``dimension``, which is empty where the scale has none. ``wording`` is the
    official text where the licence allows to ship it.
    """

    question: str
    low: int
    high: int
    reversed: bool = False
    weight: Decimal = Decimal(1)
    dimension: str = ""
    wording: Text = field(default_factory=dict)


@dataclass(frozen=True)
class ScaleBand:
    """Scores from ``start``, in printed points, up to the next band."""

    code: str
    title: Text
    start: Decimal


@dataclass(frozen=True)
class Scale:
    """How the answers to several questions become one score (rules-of-numbers part 4).

    ``method`` is ``sum`` or ``mean``, times ``factor``. Counted is the raw score, always the sum, so that scores are
    whole numbers for disclosure control; times ``points`` it is what is printed. ``most_missing`` items may
    be missing, and are taken to be like the mean of the others. ``weights`` are those of the dimensions.
    ``minimal_change`` and ``reliable_change`` are in printed points; ``cutoff`` is the first printed score on its
    higher side. None where the source gives none.
    """

    name: str
    title: Text
    items: tuple[ScaleItem, ...]
    method: str
    factor: Decimal
    most_missing: int
    weights: Mapping[str, Decimal]
    bands: tuple[ScaleBand, ...]
    minimal_change: Decimal | None
    reliable_change: Decimal | None
    cutoff: Decimal | None
    source: Text
    licence: Text

    @property
    def points(self) -> Fraction:
        """What a raw score is multiplied by to be in printed points."""
        return Fraction(self.factor) / (len(self.items) if self.method == "mean" else 1)

    def list_questions(self) -> tuple[str, ...]:
        """The questions of its items, in their order."""
        return tuple(item.question for item in self.items)


@dataclass(frozen=True)
class Improvement:
    """When a paired change counts as better [13].

    ``rule`` is ``steps`` (at least so many ``points``), ``any`` (any change), ``minimal_important`` or ``reliable``
    (at least what the scale declares as such), or ``crossed`` (from one side of the scale's cut-off to the
    other). ``points`` is in printed points; for the last one it is the cut-off.
    """

    rule: str
    points: Decimal
    source: Text


@dataclass(frozen=True)
class RubricLevel:
    """One level of a rubric: the answer or rating that stands for it, and its words."""

    code: str
    title: Text


@dataclass(frozen=True)
class LadderStep:
    """One step of a collapsing ladder [16]: which categories of a dimension become which coarser one.

    ``titles`` are the words of those coarser categories that are in no code list.
    """

    dimension: str
    merge: Mapping[str, str]
    titles: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Indicator:
    """One indicator in one version.

    ``numerator``, ``denominator`` and ``population`` are conditions (trees of ``all``, ``any``, ``not`` and leaves
    such as ``{question: useful, in: [rather_yes, yes]}``), checked by ``conditions`` at load time and compiled to
    masks there; an empty mapping means "everyone in the frame". ``measure`` names what a sum or mean adds up (a
    question or a field). ``per`` says whether a share is one of people, each with the last record, or of records; and
    whether a ratio is divided by people or by records. ``rubric`` are the levels of a scored qualitative indicator, the
    lowest first. ``threshold`` raises T for its figures, ``ladder`` are the steps its tables are made coarser by [16],
    ``sensitive`` those of its ``disaggregations`` of which nobody may learn where all people of a line stand (P3),
    ``categories`` by dimension what its code list holds: every table has all of it, so that a row tells of nobody.
    ``scale`` are the lowest and the highest answer of its question, for a mean or a change; ``scored`` is the scale
    whose score it counts. ``analysed`` is the unit of analysis [4], ``pairing`` the rule for baseline and follow-up
    [12], ``late`` which date counts and what becomes of what comes late [10], ``use`` what the number is for [24],
    ``assessments`` the dated data-quality assessments [26], ``sensitivity`` what lies behind it [29]. From the day
    after ``valid_to`` on it is not collected [30]. ``defaults`` lists the fields the file left out, printed on the
    sheet as "default".
    """

    code: str
    version: str
    title: Text
    short_title: Text
    level: str
    definition: Text
    inclusions: Text
    exclusions: Text
    unit: str
    kind: Kind
    source: Source
    direction: Direction
    numerator: Mapping[str, object] = field(default_factory=dict)
    denominator: Mapping[str, object] = field(default_factory=dict)
    population: Mapping[str, object] = field(default_factory=dict)
    measure: str = ""
    factor: Decimal = Decimal(1)
    decimals: int = 0
    over_periods: Aggregation = Aggregation.RECOMPUTE
    over_partners: Aggregation = Aggregation.RECOMPUTE
    period_basis: str = "served_in_period"
    per: str = "person"
    improvement: Improvement | None = None
    scale: tuple[int, int] | None = None
    scored: Scale | None = None
    rubric: tuple[RubricLevel, ...] = ()
    threshold: int | None = None
    ladder: tuple[LadderStep, ...] = ()
    missing: Text = field(default_factory=dict)
    interval: str = ""
    consent: str = ""
    analysed: str = ""
    pairing: Text = field(default_factory=dict)
    late: Text = field(default_factory=dict)
    rounding: str = ""
    sensitivity: str = ""
    mscos: tuple[str, ...] = ()
    amif: tuple[str, ...] = ()
    sdg: tuple[str, ...] = ()
    disaggregations: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frequency: Text = field(default_factory=dict)
    responsible: Text = field(default_factory=dict)
    limitations: Text = field(default_factory=dict)
    verification: Text = field(default_factory=dict)
    assumptions: Text = field(default_factory=dict)
    contribution: Text = field(default_factory=dict)
    licence: Text = field(default_factory=dict)
    use: Text = field(default_factory=dict)
    assessments: tuple[tuple[date, Text], ...] = ()
    valid_from: date = date(2020, 1, 1)
    valid_to: date | None = None
    changes: tuple[tuple[date, Text], ...] = ()
    defaults: frozenset[str] = frozenset()
    fingerprint: str = ""


@dataclass(frozen=True)
class Milestone:
    """What is to be reached by a day on the way to the target [22, 23]: a value, or something in words.

    ``reached`` is the day on which it was, for one in words.
    """

    day: date
    value: Decimal | None = None
    text: Text = field(default_factory=dict)
    reached: date | None = None


@dataclass(frozen=True)
class Target:
    """A baseline and a target of one organisation."""

    partner: str
    baseline: Decimal | None = None
    baseline_date: date | None = None
    target: Decimal | None = None
    target_date: date | None = None
    rationale: Text = field(default_factory=dict)


@dataclass(frozen=True)
class PlanIndicator:
    """An indicator chosen by a plan, with its place in the results framework, baseline and target [21, 22].

    A target or baseline of None means "none set"; ``baseline_n`` is how many the baseline rests on. The end target is
    not made of ``milestones`` (R17). ``headline`` figures open the summary page; ``trend`` is the
    indicator that says how the same people changed and stands on this one's card. ``partners`` are the targets
    organisations have of their own.
    """

    indicator: str
    result: str
    headline: bool = False
    trend: str = ""
    baseline: Decimal | None = None
    baseline_date: date | None = None
    target: Decimal | None = None
    target_date: date | None = None
    rationale: Text = field(default_factory=dict)
    assumptions: Text = field(default_factory=dict)
    baseline_n: int | None = None
    milestones: tuple[Milestone, ...] = ()
    partners: tuple[Target, ...] = ()

    def get_target(self, partner: str) -> Target:
        """The baseline and target that hold for an organisation: its own, else those of the whole plan."""
        common = Target(partner, self.baseline, self.baseline_date, self.target, self.target_date, self.rationale)
        return next((target for target in self.partners if target.partner == partner), common)

    def choose_for(self, partner: str) -> PlanIndicator:
        """The same choice with the baseline and target that hold for an organisation, its own or the plan's."""
        own = self.get_target(partner)
        return replace(
            self,
            baseline=own.baseline,
            baseline_date=own.baseline_date,
            target=own.target,
            target_date=own.target_date,
            rationale=own.rationale,
        )


@dataclass(frozen=True)
class Result:
    """One result of the framework: impact, outcome, output or activity."""

    code: str
    level: str
    title: Text
    parent: str = ""
    assumptions: Text = field(default_factory=dict)


@dataclass(frozen=True)
class PlanPartner:
    """An organisation of the plan.

    ``scope`` lists the service types it offers, ``asks`` the surveys it asks (empty: all, where ``surveys``),
    ``alone`` the age bands of children who may decide without a guardian.
    ``role`` is ``implements``,
    ``contributes``, ``leads`` or ``network``; ``task`` says it in words.
    """

    code: str
    name: Text
    country: Text
    scope: tuple[str, ...] = ()
    consortium: bool = False
    surveys: bool = True
    asks: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    role: str = "implements"
    task: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Emblem:
    """An emblem for the cover, supplied by who uses the program: file name, what it shows in words, its bytes.

    It stands on every cover of the plan, or on that of one ``partner``.
    """

    file: str
    alt: Text
    partner: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Plan:
    """An M&E plan: objective and how impact is measured (handbook 2.4.2), partners, indicators, targets.

    ``ground`` is the recorded legal ground on which service records are kept (privacy-and-safety part 2).
    ``sources`` are the four cells of the handbook's 2 x 2 (quantitative and qualitative, from recipients and from
    providers): key -> what is collected.
    """

    id: str
    sample: bool
    title: Text
    project: Text
    grant_number: str
    funder: Text
    programme: Text
    disclaimer: Text
    objective: Text
    measurement: Text
    ground: Text
    sources: Mapping[str, Text]
    surveys: tuple[str, ...]
    partners: tuple[PlanPartner, ...]
    results: tuple[Result, ...]
    indicators: tuple[PlanIndicator, ...]
    gender_statement: Text = field(default_factory=dict)
    emblems: tuple[Emblem, ...] = ()
    fingerprint: str = ""

    def get_partner(self, code: str) -> PlanPartner:
        """The partner of that code. Raises KeyError."""
        for partner in self.partners:
            if partner.code == code:
                return partner
        raise KeyError(code)

    def list_asked(self, partner: PlanPartner) -> tuple[str, ...]:
        """The surveys an organisation asks: those it names, else all of the plan's."""
        return (partner.asks or self.surveys) if partner.surveys else ()

    @property
    def consortium(self) -> PlanPartner:
        """The partner row that stands for the whole consortium. Raises KeyError when the plan has none."""
        for partner in self.partners:
            if partner.consortium:
                return partner
        raise KeyError("consortium")


@dataclass(frozen=True)
class Term:
    """One entry of a code list.

    ``also`` are further entries it is listed under, in which a total counts it once all the same; ``note`` explains it,
    such as the sense of a word that has two.
    """

    code: str
    title: Text
    parent: str = ""
    also: tuple[str, ...] = ()
    note: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Theme:
    """A theme of the code book: what a report may be about.

    ``include`` and ``exclude`` say what is marked with it and what is not; ``since`` and ``retired`` are the versions
    of the book with which it came and went, ``retired`` empty while it is in use.
    """

    code: str
    title: Text
    definition: Text
    include: Text
    exclude: Text
    since: str
    retired: str = ""


@dataclass(frozen=True)
class BookChange:
    """One version of a code book: its day, and what is different in it."""

    version: str
    date: date
    text: Text


@dataclass(frozen=True)
class CodeBook:
    """The themes that narratives are marked with, in one version (R30); ``changes`` tell of all of them in order."""

    id: str
    version: str
    title: Text
    themes: tuple[Theme, ...]
    changes: tuple[BookChange, ...]
    fingerprint: str = ""

    @property
    def offered(self) -> tuple[Theme, ...]:
        """The themes in use: those that went are still known, and mark nothing new."""
        return tuple(theme for theme in self.themes if not theme.retired)


@dataclass(frozen=True)
class Taxonomy:
    """The code lists of ``indicators/taxonomy.yaml``: list name -> code -> term.

    The themes of the ``book`` are a list like the others; a book without themes stands for none.
    """

    lists: Mapping[str, Mapping[str, Term]]
    book: CodeBook = field(default_factory=lambda: CodeBook("", "", {}, (), ()))

    def get_title(self, list_name: str, code: str, language: str) -> str:
        """The words for a code. Raises KeyError for an unknown list, code or language."""
        return self.lists[list_name][code].title[language]
