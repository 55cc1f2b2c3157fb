"""What officers write in ``indicators/``: the keys of each file, with their help."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, RootModel

from me_platform.content import ContentModel
from me_platform.indicators.definition import Aggregation, Direction, Kind

LANGUAGES = ("en", "lv")
"""Languages in which every text of an indicator, a plan and a code list is written: those of the reports."""

LONGEST_SHORT_TITLE = 50
"""Characters of a short title; a longer one does not fit a chart [1]."""


def _check_words(words: Mapping[str, str]) -> Mapping[str, str]:
    # Dots alone are what `me indicator new` leaves to be filled in.
    empty = [language for language in LANGUAGES if not words.get(language, "").strip(" .…")]
    other = [language for language in words if language not in LANGUAGES]
    if empty:
        raise ValueError(f"the words in `{'`, `'.join(empty)}` are missing. Write them under this key.")
    if other:
        raise ValueError(f"`{other[0]}` is no language of the reports. They are written in {', '.join(LANGUAGES)}.")
    return {language: " ".join(words[language].split()) for language in LANGUAGES}


Words = Annotated[dict[str, str], AfterValidator(_check_words)]
"""A text in every language of the reports."""

Condition = dict[str, Any]
"""A condition tree; checked by ``indicators.conditions`` with the survey or the fields it speaks of."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,39}$")]
Day = date
"""A day under a key that is itself called ``date``."""
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")]


SourceName = Literal[
    "survey",
    "services",
    "narratives",
    "progress",
    "people",
    "consents",
    "needs",
    "barriers",
    "referrals",
    "checklists",
    "activities",
    "attendances",
    "feedback",
    "standards",
    "involvement",
    "practices",
    "flow",
    "figures",
    "plan",
]
"""The names of ``sources.SOURCES``."""
Stage = Literal["", "eligible", "invited", "consented", "responded", "valid", "paired"]


class SourceFile(ContentModel):
    """Where the data come from."""

    kind: SourceName = Field(description="what is counted from")
    survey: str = Field(default="", description="id of the survey, for the kinds survey and flow")
    question: str = Field(default="", description="name of the question or of the scale, for the kind survey")
    respondent: Literal["", "survivor", "participant", "caseworker", "joint", "organisation"] = Field(
        default="", description="who says it; never mixed in one figure"
    )
    stage: Stage = Field(default="", description="stage of the response flow that is counted, for the kind flow")
    of: Stage = Field(default="", description="earlier stage it is counted out of, for the kind flow")


class ScaleItemFile(ContentModel):
    """One item of a scale."""

    question: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(description="name of the question")
    low: int = Field(description="number of the lowest answer")
    high: int = Field(description="number of the highest answer")
    reversed: bool = Field(default=False, description="true where a high answer lowers the score")
    weight: Decimal = Field(default=Decimal(1), gt=0, description="its weight within its dimension, for a mean")
    dimension: str = Field(default="", description="the part of the scale it belongs to, if there are several")
    wording: dict[str, str] = Field(default={}, description="the official text by language, where it may be shipped")


class ScaleBandFile(ContentModel):
    """A range of scores that has a name."""

    code: Slug = Field(description="code of the band, named in conditions")
    title: Words = Field(description="the words for it")
    start: Decimal = Field(description="lowest score of the band, in printed points")


class ScaleFile(ContentModel):
    """How the answers to several questions become one score; the scale's name is the file's, with a hyphen in it."""

    title: Words = Field(description="name of the scale")
    items: tuple[ScaleItemFile, ...] = Field(min_length=1, description="its items, in the order of the instrument")
    method: Literal["sum", "mean"] = Field(description="whether items are added up or averaged")
    factor: Decimal = Field(default=Decimal(1), gt=0, description="what the sum or mean is multiplied by")
    most_missing: int = Field(default=0, ge=0, description="how many items may be missing; more: no score")
    weights: dict[str, Decimal] = Field(default={}, description="weights of the dimensions, for a weighted composite")
    bands: tuple[ScaleBandFile, ...] = Field(min_length=1, description="named ranges of scores, the lowest first")
    minimal_change: Decimal | None = Field(default=None, gt=0, description="smallest change that matters, in points")
    reliable_change: Decimal | None = Field(default=None, gt=0, description="change beyond measuring error, in points")
    cutoff: Decimal | None = Field(default=None, description="first score on the higher side of the cut-off")
    source: Words = Field(description="who developed it and where the scoring is published")
    licence: Words = Field(description="licence, attribution, and what may be shipped")


class ImprovementFile(ContentModel):
    """When a person's change counts as better."""

    rule: Literal["steps", "any", "minimal_important", "reliable", "crossed"] = Field(
        description="steps: a change by at least so many points; any: any change; minimal_important, reliable: by "
        "what the scale declares as such; crossed: from one side of the scale's cut-off to the other"
    )
    points: Decimal | None = Field(default=None, gt=0, description="how many points, for the rule steps")
    source: Words = Field(description="why so many, in words")


class RubricLevelFile(ContentModel):
    """One level of a rubric."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")] = Field(
        description="the answer or rating that stands for it"
    )
    title: Words = Field(description="the words for it")


class LadderStepFile(ContentModel):
    """One step of a collapsing ladder."""

    dimension: str = Field(description="the dimension whose categories are merged; one of `disaggregations`")
    merge: dict[str, Code] = Field(min_length=1, description="category -> the coarser one it becomes")
    titles: dict[str, Words] = Field(default={}, description="words of coarser categories that are in no code list")


class ChangeFile(ContentModel):
    """One entry of the change log."""

    date: Day = Field(description="day of the change")
    text: Words = Field(description="what changed and why")


class AssessmentFile(ContentModel):
    """One assessment of the quality of the data."""

    date: Day = Field(description="day of the assessment")
    text: Words = Field(description="what was looked at, and what was found")


class IndicatorFile(ContentModel):
    """An indicator; its code is the file's name. What is left out takes a default, printed as such on its sheet."""

    title: Words = Field(description="what the number says, one thing only")
    kind: Kind = Field(description="how the value is computed")
    source: SourceFile = Field(description="where the data come from")
    direction: Direction = Field(description="which way is better")
    numerator: Condition | None = Field(default=None, description="condition: who or what is counted")
    denominator: Condition | None = Field(default=None, description="condition: out of whom, for a proportion")
    population: Condition | None = Field(default=None, description="condition: who could be counted at all")
    improvement: ImprovementFile | None = Field(default=None, description="when better, for a paired change")
    measure: str | None = Field(
        default=None, description="question or field that a sum, mean or ratio adds up; the field a rubric rates"
    )
    rubric: tuple[RubricLevelFile, ...] = Field(
        default=(), description="levels of a scored qualitative indicator, the lowest first"
    )
    short_title: Words | None = Field(default=None, description="title for charts, at most 50 characters")
    level: Literal["impact", "outcome", "output", "activity"] | None = Field(default=None, description="level")
    definition: Words | None = Field(default=None, description="the precise definition")
    inclusions: Words | None = Field(default=None, description="who or what is counted")
    exclusions: Words | None = Field(default=None, description="who or what is not")
    unit: str | None = Field(default=None, description="unit of the value")
    factor: Decimal | None = Field(default=None, gt=0, description="what the ratio is multiplied by")
    decimals: int | None = Field(default=None, ge=0, le=3, description="decimals of the printed value")
    over_periods: Aggregation | None = Field(default=None, description="how values join over periods")
    over_partners: Aggregation | None = Field(default=None, description="how values join over partners")
    period_basis: Literal["in_period", "new_in_period", "served_in_period", "status_at_end", "cumulative"] | None = (
        Field(default=None, description="what places a record in a period")
    )
    per: Literal["person", "record"] | None = Field(
        default=None,
        description="for a share: of people, each with the last record, or of records; for a ratio: for each of which",
    )
    missing: Words | None = Field(default=None, description="what happens to missing values")
    interval: str | None = Field(default=None, description="method of the interval")
    consent: Literal["answer", "statistics", "quote", "recontact", "link"] | None = Field(
        default=None, description="consent purpose the figure needs"
    )
    analysed: Literal["person", "case", "event", "organisation"] | None = Field(
        default=None, description="unit of analysis: what is looked at one by one"
    )
    pairing: Words | None = Field(default=None, description="rule for baseline and follow-up, for a paired change")
    late: Words | None = Field(default=None, description="which date counts, and what becomes of what comes late")
    rounding: Literal["half_up"] | None = Field(default=None, description="how the printed value is rounded, once")
    sensitivity: Literal["public", "records", "answers"] | None = Field(
        default=None, description="what lies behind the figure: nobody's data, records about people, their answers"
    )
    mscos: tuple[str, ...] = Field(default=(), description="outcomes of the core outcome set, codes of the taxonomy")
    amif: tuple[str, ...] = Field(default=(), description="indicators of the fund, codes of the taxonomy")
    sdg: tuple[Annotated[str, Field(pattern=r"^(1[0-7]|[1-9])\.([1-9][0-9]?|[a-d])(\.[1-9])?$")], ...] = Field(
        default=(), description="targets or indicators of the Sustainable Development Goals, such as 5.2 or 16.2.2"
    )
    disaggregations: tuple[str, ...] = Field(default=(), description="dimensions shown one by one")
    sensitive: tuple[str, ...] = Field(
        default=(),
        description="those of them that tell of exploitation, origin or form of stay: a group that holds everybody, or "
        "all but one, is never shown",
    )
    threshold: int | None = Field(
        default=None, description="smallest number of people its figures may stand for, where that is to be more"
    )
    ladder: tuple[LadderStepFile, ...] = Field(
        default=(), description="steps by which its tables may be made coarser where too much would be hidden"
    )
    frequency: Words | None = Field(default=None, description="how often it is collected and reported")
    responsible: Words | None = Field(default=None, description="who answers for it")
    limitations: Words | None = Field(default=None, description="what it cannot tell; printed in the report")
    verification: Words | None = Field(default=None, description="means of verification")
    assumptions: Words | None = Field(default=None, description="what has to hold for it to mean what it says")
    contribution: Words | None = Field(default=None, description="why the project may claim a part in it")
    licence: Words | None = Field(default=None, description="licence and attribution")
    use: Words | None = Field(default=None, description="what the number is used for, and by whom")
    assessments: tuple[AssessmentFile, ...] = Field(default=(), description="dated assessments of the data's quality")
    version: str = Field(default="1", min_length=1, max_length=20, description="version of the definition")
    valid_from: date | None = Field(default=None, description="day from which this version holds")
    valid_to: date | None = Field(default=None, description="last day on which it holds; later it is not collected")
    changes: tuple[ChangeFile, ...] = Field(default=(), description="dated change log")


class PartnerFile(ContentModel):
    """An organisation of a plan."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,19}$")] = Field(description="short code in capitals")
    name: Words = Field(description="name")
    country: Words = Field(description="country")
    scope: tuple[str, ...] = Field(default=(), description="service types it offers")
    consortium: bool = Field(default=False, description="true for the row that stands for all partners together")
    surveys: bool = Field(default=True, description="whether it asks the plan's surveys")
    asks: tuple[str, ...] = Field(default=(), description="which of the plan's surveys it asks; left out: all of them")
    alone: tuple[Literal["0-11", "12-15", "16-17"], ...] = Field(
        default=(), description="age bands of children who may decide without a guardian there, by its law and rules"
    )
    role: Literal["implements", "contributes", "leads", "network"] = Field(
        default="implements", description="its part in the plan"
    )
    task: Words | None = Field(default=None, description="its part in the plan, in words")


class ResultFile(ContentModel):
    """A result of the framework."""

    code: Code = Field(description="code within the plan")
    level: Literal["impact", "outcome", "output", "activity"] = Field(description="level, in EU order")
    title: Words = Field(description="the result as a sentence")
    parent: str = Field(default="", description="code of the result it serves, of a higher level")
    assumptions: Words | None = Field(default=None, description="what has to hold for it to serve its parent")


class MilestoneFile(ContentModel):
    """What is to be reached on the way to the target."""

    date: Day = Field(description="day by which it is to be reached")
    value: Decimal | None = Field(default=None, description="value to be reached, cumulative like the target")
    text: Words | None = Field(default=None, description="what is to be reached, where it is no number")
    reached: Day | None = Field(default=None, description="day on which it was reached; left out while it is not")


class TargetFile(ContentModel):
    """A target of one organisation."""

    partner: str = Field(description="code of the partner")
    baseline: Decimal | None = Field(default=None, description="value at the start")
    baseline_date: date | None = Field(default=None, description="day of the baseline")
    target: Decimal | None = Field(default=None, description="value to be reached")
    target_date: date | None = Field(default=None, description="day by which it is to be reached")
    rationale: Words | None = Field(default=None, description="why this target, and whose it is")


class PlanIndicatorFile(ContentModel):
    """An indicator chosen by a plan."""

    indicator: Slug = Field(description="code of the indicator")
    result: str = Field(description="code of the result it measures")
    headline: bool = Field(default=False, description="whether it opens the summary page")
    trend: Slug | Literal[""] = Field(
        default="", description="indicator of the plan that says how the same people changed; shown on its card"
    )
    baseline: Decimal | None = Field(default=None, description="value at the start, or left out for none")
    baseline_date: date | None = Field(default=None, description="day of the baseline")
    target: Decimal | None = Field(default=None, description="end target, or left out for none")
    target_date: date | None = Field(default=None, description="day of the target")
    rationale: Words | None = Field(default=None, description="why this target; whose it is")
    assumptions: Words | None = Field(default=None, description="what has to hold")
    baseline_n: int | None = Field(default=None, ge=1, description="how many people or records the baseline rests on")
    milestones: tuple[MilestoneFile, ...] = Field(default=(), description="targets on the way, by their days")
    partners: tuple[TargetFile, ...] = Field(default=(), description="targets that organisations have of their own")


class GrantFile(ContentModel):
    """The grant a plan belongs to."""

    number: str = Field(default="", description="grant number; left out where there is no single grant")
    funder: Words = Field(description="who pays")
    programme: Words = Field(description="programme of the funder")


class EmblemFile(ContentModel):
    """An emblem for the covers of a plan's reports; its file lies in a folder beside the plan, named like it."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.(svg|png)$")] = Field(
        description="name of the SVG or PNG file"
    )
    alt: Words = Field(description="what the emblem shows, for those who do not see it")
    partner: str = Field(default="", description="code of the partner on whose cover it stands; left out: on all")


class SourcesFile(ContentModel):
    """The four cells of data that a plan names; a cell left out is printed as a gap."""

    recipients_quantitative: Words | None = Field(default=None, description="numbers from those who receive support")
    recipients_qualitative: Words | None = Field(default=None, description="words from those who receive support")
    providers_quantitative: Words | None = Field(default=None, description="numbers from those who give support")
    providers_qualitative: Words | None = Field(default=None, description="words from those who give support")


class PlanFile(ContentModel):
    """An M&E plan; its id is the file's name."""

    sample: bool = Field(default=False, description="true where organisations, grant and data are invented")
    title: Words = Field(description="title of the plan")
    project: Words = Field(description="title of the project")
    grant: GrantFile = Field(description="the grant")
    disclaimer: Words = Field(description="sentence that stands under every report")
    objective: Words = Field(description="what the strategy wants to reach")
    measurement: Words = Field(description="how impact is measured")
    ground: Words = Field(description="legal ground on which service records are kept")
    sources: SourcesFile = Field(description="the four cells of data")
    gender_statement: Words = Field(
        description="how the gender perspective is kept in measuring and in reading the figures"
    )
    emblems: tuple[EmblemFile, ...] = Field(default=(), description="emblems for the covers of its reports")
    surveys: tuple[str, ...] = Field(default=(), description="ids of the surveys the plan asks")
    partners: tuple[PartnerFile, ...] = Field(min_length=1, description="the organisations, in the order of reports")
    results: tuple[ResultFile, ...] = Field(min_length=1, description="the results framework, in EU order")
    indicators: tuple[PlanIndicatorFile, ...] = Field(min_length=1, description="the indicators chosen")


class TermFile(ContentModel):
    """One entry of a code list."""

    title: Words = Field(description="the words for it")
    parent: str = Field(default="", description="code of the entry it belongs to")
    also: tuple[str, ...] = Field(default=(), description="codes of further entries it is listed under")
    note: Words | None = Field(default=None, description="what it means, where the word alone does not say it")


class TaxonomyFile(RootModel[dict[str, dict[Code, TermFile]]]):
    """``taxonomy.yaml``: name of a list -> code -> entry."""


class ThemeFile(ContentModel):
    """A theme of the code book."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="code, which never changes its meaning"
    )
    title: Words = Field(description="the words for it")
    definition: Words = Field(description="what it means, in a sentence")
    include: Words = Field(description="what is marked with it")
    exclude: Words = Field(description="what is not, and what that is marked with")
    since: str = Field(description="version of the book with which it came")
    retired: str = Field(default="", description="version with which it went; it stays here, as old reports carry it")


class BookChangeFile(ContentModel):
    """A version of the code book."""

    version: str = Field(min_length=1, max_length=20, description="the version")
    date: Day = Field(description="day from which it holds")
    text: Words = Field(description="what is different in it, and why")


class CodeBookFile(ContentModel):
    """``code-book.yaml``: the themes that narratives are marked with."""

    id: Slug = Field(description="name of the book, which never changes")
    version: str = Field(min_length=1, max_length=20, description="version in force: the last of `changes`")
    title: Words = Field(description="title")
    themes: tuple[ThemeFile, ...] = Field(min_length=1, description="the themes, in the order they are offered in")
    changes: tuple[BookChangeFile, ...] = Field(min_length=1, description="dated change log, the oldest version first")
