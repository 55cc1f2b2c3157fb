"""What the files of ratios, rubrics, raised thresholds and collapsing ladders must hold, besides what all files must.

Faults are told at their own lines; what can be answered and what a field can hold is looked up here for all kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from fractions import Fraction

from me_platform.content import Node, Problems, suggest
from me_platform.indicators.defaults import SOURCE_DEFAULTS, find_per
from me_platform.indicators.definition import Indicator, Kind, Taxonomy
from me_platform.indicators.files import IndicatorFile, LadderStepFile
from me_platform.indicators.ratios import PER_PERSON, PERSON
from me_platform.indicators.sources import SEVERAL, SOURCES, Values
from me_platform.surveys.definition import Question

SCALES = frozenset({"scale", "number"})
"""Kinds of questions that are answered with a number."""
SMALLEST_THRESHOLD = 5
"""T of a funder's report (privacy-and-safety part 3): a definition may raise it and never lower it."""
UNKNOWN = "unknown"
_PERSONAL = frozenset({"age_band", "language"})
"""Fields of a person that nobody is rated in."""


def check_ratio(node: Node, model: IndicatorFile, problems: Problems) -> None:
    """A ratio counts two different things, and has no interval (decision 0035)."""
    if model.kind is not Kind.RATIO:
        return
    per = model.per or find_per(model.kind, model.source.kind)
    if model.unit is not None and (model.unit == PER_PERSON) is not (per == PERSON):
        problems.add(
            node.at("unit").make_problem(f"A ratio for each {per} has no unit `{model.unit}`.", "Correct one.")
        )
    if per == "record" and model.measure is None and (model.numerator or {}) == (model.denominator or {}):
        message = "The ratio counts the same records above and below: it is always 1."
        way_out = "Add a `measure`, write `per: person`, or give it a `numerator` of its own."
        problems.add(node.make_problem(message, way_out))
    if model.interval is not None:
        message = "A ratio has no `interval`: records of one person are not independent of each other."
        problems.add(node.at("interval").make_problem(message, "Take it out."))


def check_rubric(
    node: Node, model: IndicatorFile, question: Question | None, taxonomy: Taxonomy, problems: Problems
) -> None:
    """A rubric has levels that can be given, each once; a question's answers all have theirs.

    Who rates is who says it: a rating by the organisation is never called another's (rules-of-numbers part 2).
    """
    if model.kind is not Kind.SCORED_QUALITATIVE:
        if model.rubric:
            problems.add(node.at("rubric").make_problem(f"A {model.kind} has no `rubric`.", "Take it out."))
        return
    codes = [level.code for level in model.rubric]
    if len(codes) < 2:  # noqa: PLR2004 - one level would be no order
        message = "A scored qualitative indicator needs a `rubric` with two levels or more."
        problems.add(node.at("rubric").make_problem(message, "Add its levels, the lowest first."))
    known = _list_ratings(node, model, question, taxonomy, problems)
    if known is None:
        return
    for position, code in enumerate(codes):
        place = node.at("rubric", position, "code")
        if code in codes[:position]:
            problems.add(place.make_problem(f"Two levels have the code `{code}`.", "Keep one."))
        elif code not in known:
            problems.add(place.make_problem(f"Nobody can be rated `{code}`.", suggest(code, sorted(known))))
    lacking = [each for each in known if each not in codes] if question is not None and codes else []
    if lacking:
        message = f"`{question.name if question else ''}` can be answered with `{lacking[0]}`, which is no level."
        problems.add(node.at("rubric").make_problem(message, "Add it at its place."))


def _list_ratings(
    node: Node, model: IndicatorFile, question: Question | None, taxonomy: Taxonomy, problems: Problems
) -> Collection[str] | None:
    """What can be given by a rubric; None where that cannot be told, with the fault told here or elsewhere."""
    source = SOURCES[model.source.kind]
    if model.source.kind == "survey":
        if question is None:
            return None
        if question.kind in {*SCALES, "single_choice"}:
            return list_answers(question)
        message = f"A rubric needs a question with levels to choose from; `{question.name}` is a {question.kind}."
        problems.add(node.at("source", "question").make_problem(message, "Name another question."))
        return None
    role = SOURCE_DEFAULTS[model.source.kind].respondent
    if model.source.respondent not in {"", role}:
        message = f"Records of {model.source.kind} are rated by another `respondent`: `{role}`."
        problems.add(node.at("source", "respondent").make_problem(message, "Write that, or leave it out."))
    rated = [name for name, values in source.fields.items() if values is not None and name not in _PERSONAL]
    if model.measure not in rated:
        message = (
            "A rubric needs the field that is rated." if model.measure is None else f"`{model.measure}` is no field."
        )
        problems.add(node.at("measure").make_problem(message, suggest(model.measure or "", rated)))
        return None
    return list_known(source.fields[model.measure], taxonomy)


def check_ladder(node: Node, model: IndicatorFile, taxonomy: Taxonomy, problems: Problems) -> None:
    """A threshold only raises T; each step of a ladder makes the categories there are then fewer [16]."""
    if model.threshold is not None and model.threshold <= SMALLEST_THRESHOLD:
        message = f"`threshold` can only raise the smallest number of people, which is {SMALLEST_THRESHOLD} anyway."
        problems.add(node.at("threshold").make_problem(message, "Write a larger number, or leave it out."))
    known: dict[str, set[str]] = {}
    named: dict[str, set[str]] = {}
    for position, step in enumerate(model.ladder):
        place = node.at("ladder", position)
        if step.dimension not in model.disaggregations:
            message = f"`{step.dimension}` is no dimension this indicator is shown by."
            problems.add(place.at("dimension").make_problem(message, suggest(step.dimension, model.disaggregations)))
            continue
        if step.dimension in SEVERAL:
            message = f"Groups by `{step.dimension}` cannot be merged: a record may stand in several of them."
            problems.add(place.at("dimension").make_problem(message, "Take the step out."))
            continue
        listed = list_known(SOURCES[model.source.kind].fields.get(step.dimension), taxonomy)
        known.setdefault(step.dimension, set(listed or ()))
        named.setdefault(step.dimension, {*(listed or ()), UNKNOWN})
        _check_step(place, step, known[step.dimension], named[step.dimension], problems)


def _check_step(place: Node, step: LadderStepFile, known: set[str], named: set[str], problems: Problems) -> None:
    """One step; ``known`` are the categories before it, and are changed into those after it.

    ``named`` are all codes that already mean something: a figure's name never means two numbers.
    """
    for old, new in step.merge.items():
        at = place.at("merge", old)
        if old not in known or old == UNKNOWN:
            message = f"`{old}` is no category that could be merged here."
            problems.add(at.make_problem(message, suggest(old, sorted(known - {UNKNOWN}))))
        if new in named:
            message = f"`{new}` is a category of its own; merged with others it would be another number of one name."
            problems.add(at.make_problem(message, "Give the merged category a code that is not used yet."))
        elif new not in step.titles:
            problems.add(at.make_problem(f"`{new}` has no words.", f"Add `{new}` under `titles`."))
    coarser = (known - set(step.merge)) | set(step.merge.values())
    if set(step.merge) <= known and len(coarser) >= len(known):
        message = "The step makes the table no coarser."
        problems.add(place.at("merge").make_problem(message, "Let two categories become one."))
    for name in sorted(set(step.titles) - set(step.merge.values())):
        problems.add(place.at("titles", name).make_problem(f"Nothing becomes `{name}`.", "Take it out."))
    known -= set(step.merge)
    known |= set(step.merge.values())
    named |= set(step.merge.values())


def find_misfit(indicator: Indicator, value: Decimal) -> str:
    """Why a value cannot be a baseline, target or milestone of an indicator; empty where it can."""
    kind, whole = indicator.kind, value == value.to_integral_value()
    if kind is Kind.MILESTONE:
        return "milestones have no value of their own: the day each was reached is written beside it."
    if kind in {Kind.COUNT, Kind.UNIQUE_PERSONS} and not whole:
        return f"{value} is no whole number, and a {kind} always is one."
    low, high = _find_ends(indicator)
    if kind is Kind.SCORED_QUALITATIVE and not (whole and 0 <= value <= high):
        return f"{value} is no level of the rubric, which has those from 0 to {high}."
    if value < low or value > high:
        return f"{value} can never be reached; a {kind} like this lies between {low} and {high}."
    return ""


def _find_ends(indicator: Indicator) -> tuple[Decimal, Decimal]:
    """The least and the most the value of an indicator can be."""
    endless = Decimal("Infinity")
    if indicator.kind in {Kind.PROPORTION, Kind.PAIRED_CHANGE}:
        return Decimal(0), indicator.factor
    if indicator.kind is Kind.SCORED_QUALITATIVE:
        return Decimal(0), Decimal(len(indicator.rubric) - 1)
    if indicator.kind is Kind.MEAN and indicator.scale is not None:
        points = indicator.scored.points if indicator.scored else 1
        low, high = (Fraction(end) * points * Fraction(indicator.factor) for end in indicator.scale)
        return Decimal(low.numerator) / low.denominator, Decimal(high.numerator) / high.denominator
    return (-endless if indicator.kind is Kind.MEAN else Decimal(0)), endless


def list_answers(question: Question) -> Sequence[str]:
    """What a question can be validly answered with, from the lowest on, as text."""
    if question.kind in SCALES:
        return [str(number) for number in range(question.low, question.high + 1)]
    return [choice.value for choice in question.choices if choice.state == "answered"]


def list_known(values: Values, taxonomy: Taxonomy) -> Collection[str] | None:
    """The values of a field, None where any is possible or, with a fault told there, the code list is missing."""
    if not isinstance(values, str):
        return values
    terms = taxonomy.lists.get(values)
    return None if terms is None else tuple(terms)
