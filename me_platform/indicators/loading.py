"""Loading indicators, plans and code lists: the officers' files in ``indicators/``, checked whole before use.

    indicators/<code>.yaml         an indicator
    indicators/taxonomy.yaml       the code lists
    indicators/code-book.yaml      the themes of narratives (``code_books``)
    indicators/plans/<id>.yaml     an M&E plan, with the emblems it names in indicators/plans/<id>/

Every fault of every file is reported at once, with its line. What an indicator leaves out is filled from
``indicators.defaults`` and remembered, so that its sheet can say "default".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from me_platform.content import Node, Problems, check_model, read_asset, read_yaml, suggest
from me_platform.indicators.code_books import CODE_BOOK, THEMES, check_code_book, place_book
from me_platform.indicators.conditions import Vocabulary, check_condition, names_field
from me_platform.indicators.defaults import KIND_DEFAULTS, SOURCE_DEFAULTS, VALID_FROM, find_per
from me_platform.indicators.definition import (
    LEGAL_AGGREGATIONS,
    Emblem,
    Improvement,
    Indicator,
    Kind,
    LadderStep,
    Milestone,
    Plan,
    PlanIndicator,
    PlanPartner,
    Result,
    RubricLevel,
    Scale,
    Source,
    Target,
    Taxonomy,
    Term,
    Text,
)
from me_platform.indicators.files import (
    LONGEST_SHORT_TITLE,
    IndicatorFile,
    PlanFile,
    PlanIndicatorFile,
    ResultFile,
    TargetFile,
    TaxonomyFile,
)
from me_platform.indicators.flow import STAGES
from me_platform.indicators.kind_checks import (
    SCALES,
    check_ladder,
    check_ratio,
    check_rubric,
    list_answers,
    list_known,
)
from me_platform.indicators.records import find_bounds
from me_platform.indicators.scales import check_scales, find_range, list_misfits, list_scales
from me_platform.indicators.sources import CODE_LISTS, SOURCES, THEME, About
from me_platform.surveys.definition import Purpose, Question, Survey

FOLDER = "indicators"
PLANS = "plans"
TAXONOMY = "taxonomy.yaml"

_NO_INDICATORS = frozenset({TAXONOMY, CODE_BOOK})
"""Files beside those of indicators."""

LEVELS = ("impact", "outcome", "output", "activity")
"""Levels of a results framework in EU order, the highest first."""

NEEDED_LISTS = (
    *(name for name in CODE_LISTS if name != THEMES),
    "activity_groups",
    "amif",
    "levels",
    "mscos",
)
"""The code lists that records, conditions and reports take their words from."""

_LATER = frozenset(
    {
        "scored",
        "analysed",
        "pairing",
        "late",
        "rounding",
        "sensitivity",
        "sdg",
        "use",
        "assessments",
        "valid_to",
        "baseline_n",
        "milestones",
        "rubric",
        "threshold",
        "ladder",
        "sensitive",
        "reached",
    }
)
"""Fields definitions did not have from the start: what a file leaves out leaves its fingerprint as it always was."""
_LISTED = frozenset({"categories"})
"""What a definition takes from the code lists, which were never part of its fingerprint."""
_TWO_THINGS = re.compile(r"\b(number and (percent|share)|skaits un (procent|īpatsvar))", re.IGNORECASE)
AMOUNT = "amount"
_NOTHING: tuple[object, ...] = (None, "", {})
_EMPTY: tuple[object, ...] = (*_NOTHING, ())
_TABLED = frozenset({Kind.UNIQUE_PERSONS, Kind.COUNT})
"""Kinds that can be shown by categories; a share by categories would be a crossed table."""
_WHOLE = frozenset({Kind.RATIO, Kind.SCORED_QUALITATIVE, Kind.MILESTONE})
"""Kinds that are told of everybody together only."""
_UNCONDITIONED = frozenset({Kind.SCORED_QUALITATIVE, Kind.MILESTONE})
"""Kinds without numerator and denominator."""


def load_indicators(root: Path, surveys: Mapping[str, Survey]) -> dict[str, Indicator]:
    """All indicators below the content root, by code. Raises ContentInvalid with every fault of every file."""
    problems = Problems()
    # Faults of the code lists are told by load_taxonomy.
    taxonomy = check_taxonomy(root, Problems())
    indicators = check_indicators(root, surveys, taxonomy, problems)
    problems.raise_faults()
    return indicators


def load_plans(root: Path) -> dict[str, Plan]:
    """All plans below the content root, by id. Raises ContentInvalid with every fault of every file."""
    problems = Problems()
    plans = check_plans(root, check_taxonomy(root, Problems()), problems)
    problems.raise_faults()
    return plans


def load_taxonomy(root: Path) -> Taxonomy:
    """The code lists. Raises ContentInvalid with every fault of the file."""
    problems = Problems()
    taxonomy = check_taxonomy(root, problems)
    problems.raise_faults()
    return taxonomy


def check_indicators(
    root: Path, surveys: Mapping[str, Survey], taxonomy: Taxonomy, problems: Problems
) -> dict[str, Indicator]:
    """The indicators without faults, by code; faults go into ``problems``."""
    found = {}
    scales = check_scales(root, FOLDER, problems)
    faulty = {path.parent.name for path in (root / "surveys").glob("*/survey.yaml")} - set(surveys)
    for path in sorted((root / FOLDER).glob("*.yaml")):
        if path.name in _NO_INDICATORS:
            continue
        own = Problems()
        node = read_yaml(path, root, own)
        model = check_model(node, IndicatorFile, own) if node else None
        if node and model and model.source.survey not in faulty:
            # What hangs on a survey with faults of its own is looked at once those are mended.
            _check_indicator(node, path.stem, model, surveys, scales, taxonomy, own)
        problems.extend(own)
        if model and not own.faults:
            made = _make_indicator(path.stem, model, surveys, _find_scored(model, surveys, scales))
            found[path.stem] = replace(made, categories=_list_categories(made, taxonomy))
    return found


def find_codes(root: Path) -> frozenset[str]:
    """The codes of the indicators there are, faults in their files or not."""
    return frozenset(path.stem for path in (root / FOLDER).glob("*.yaml") if path.name not in _NO_INDICATORS)


def check_plans(root: Path, taxonomy: Taxonomy, problems: Problems) -> dict[str, Plan]:
    """The plans without faults, by id; faults go into ``problems``."""
    folder, known = root / FOLDER, find_codes(root)
    surveys = {path.parent.name for path in (root / "surveys").glob("*/survey.yaml")}
    found = {}
    for path in sorted((folder / PLANS).glob("*.yaml")):
        own = Problems()
        node = read_yaml(path, root, own)
        model = check_model(node, PlanFile, own) if node else None
        emblems: tuple[Emblem, ...] = ()
        if node and model:
            _check_names(node, "surveys", model.surveys, surveys, own)
            _check_partners(node, model, taxonomy, own)
            _check_results(node, model.results, own)
            _check_choices(node, model, known, own)
            emblems = _read_emblems(node, model, path.with_suffix(""), root, own)
        problems.extend(own)
        if model and not own.faults:
            found[path.stem] = _make_plan(path.stem, model, emblems)
    return found


def check_taxonomy(root: Path, problems: Problems) -> Taxonomy:
    """The code lists, with the themes of the code book, as far as they can be read; faults go into ``problems``."""
    return place_book(_check_terms(root, problems), check_code_book(root, FOLDER, problems))


def _check_terms(root: Path, problems: Problems) -> Taxonomy:
    node = read_yaml(root / FOLDER / TAXONOMY, root, problems)
    model = check_model(node, TaxonomyFile, problems) if node else None
    if node is None or model is None:
        return Taxonomy({})
    if THEMES in model.root:
        message = f"Themes stand in {CODE_BOOK}, with their definitions."
        problems.add(node.at(THEMES).make_problem(message, "Take the list out."))
    for name in sorted(set(NEEDED_LISTS) - set(model.root)):
        problems.add(node.make_problem(f"The list `{name}` is missing.", f"Add `{name}: ...` with its codes."))
    codes = {code for terms in model.root.values() for code in terms}
    for list_name, terms in model.root.items():
        for code, term in terms.items():
            if term.parent and (term.parent not in codes or term.parent == code):
                place = node.at(list_name, code, "parent")
                problems.add(place.make_problem(f"There is no `{term.parent}` that `{code}` could belong to."))
            others = codes - {code, term.parent}
            _check_names(node.at(list_name, code), "also", term.also, others, problems)
    return Taxonomy(
        {
            list_name: {
                code: Term(code, term.title, term.parent, term.also, term.note or {}) for code, term in terms.items()
            }
            for list_name, terms in model.root.items()
        }
    )


def compute_fingerprint(definition: Indicator | Plan) -> str:
    """SHA-256 over the canonical JSON of a definition, all defaults included, without its own fingerprint (R23)."""
    plain = make_plain(_leave_out_later(replace(definition, fingerprint="")))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _leave_out_later(value: object) -> object:
    """A definition as it was before the fields of ``_LATER`` came, where they are empty or left to the default."""
    if isinstance(value, tuple):
        return tuple(_leave_out_later(one) for one in value)
    if not is_dataclass(value):
        return value
    told = {one.name: getattr(value, one.name) for one in fields(value)}
    left_out = told.get("defaults", frozenset())
    if "defaults" in told:
        told["defaults"] = left_out - _LATER
    return {
        name: _leave_out_later(one)
        for name, one in told.items()
        if name not in _LISTED and not (name in _LATER and (one in _EMPTY or name in left_out))
    }


def make_plain(value: object) -> object:
    """The value in what JSON knows: equal definitions give equal text."""
    if is_dataclass(value):
        return {one.name: make_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): make_plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        value = tuple(sorted(str(one) for one in value))
    if isinstance(value, tuple | list):
        return [make_plain(one) for one in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value


# -- indicators --------------------------------------------------------------------------------------------------------


def _check_indicator(
    node: Node,
    code: str,
    model: IndicatorFile,
    surveys: Mapping[str, Survey],
    scales: Mapping[str, Scale],
    taxonomy: Taxonomy,
    problems: Problems,
) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,59}", code):
        way_out = "Name it in small letters, digits and hyphens."
        problems.add(node.make_problem(f"The name of the file, `{code}`, is no code of an indicator.", way_out))
    _check_titles(node, model, problems)
    _check_kind(node, model, problems)
    question = _check_source(node, model, surveys, scales, problems)
    _check_measure(node, model, question, problems)
    check_rubric(node, model, question, taxonomy, problems)
    check_ladder(node, model, taxonomy, problems)
    _check_improvement(node, model, _find_scored(model, surveys, scales), problems)
    if model.valid_to is not None and model.valid_to < (model.valid_from or VALID_FROM):
        problems.add(node.at("valid_to").make_problem("`valid_to` lies before `valid_from`.", "Correct one of them."))
    if model.pairing is not None and model.kind is not Kind.PAIRED_CHANGE:
        problems.add(node.at("pairing").make_problem(f"A {model.kind} has no `pairing`.", "Take it out."))
    _check_lists(node, model, taxonomy, problems)
    vocabulary = _make_vocabulary(model, surveys, scales, taxonomy)
    for key in ("numerator", "denominator", "population"):
        tree = node.find(key)
        if tree is not None and getattr(model, key):
            _check_tree(tree, vocabulary, problems)


def _check_titles(node: Node, model: IndicatorFile, problems: Problems) -> None:
    """One thing only, and short enough for a chart [1]."""
    for language, words in model.title.items():
        if _TWO_THINGS.search(words):
            place = node.at("title", language)
            problems.add(place.make_problem("The title names two things.", "Make two indicators."))
    key = "short_title" if model.short_title else "title"
    for language, words in (model.short_title or model.title).items():
        if len(words) > LONGEST_SHORT_TITLE:
            message = f"`{key}` has {len(words)} characters in `{language}`; a short title has {LONGEST_SHORT_TITLE}."
            way_out = "Shorten it." if model.short_title else "Add a `short_title`."
            problems.add(node.at(key, language).make_problem(message, way_out))


def _check_kind(node: Node, model: IndicatorFile, problems: Problems) -> None:
    """What a kind needs is there, and pairs that make no sense are refused (R1, R9)."""
    kind, defaults = model.kind, KIND_DEFAULTS[model.kind]
    for key in ("numerator", "denominator"):
        written = getattr(model, key)
        if kind is Kind.PROPORTION and SOURCES[model.source.kind].fields and not written:
            problems.add(node.at(key).make_problem(f"A proportion needs a `{key}`.", f"Add `{key}: ...`."))
        if kind in _UNCONDITIONED and written is not None:
            problems.add(node.at(key).make_problem(f"A {kind} has no `{key}`.", "Take it out."))
    if kind is Kind.PAIRED_CHANGE and model.improvement is None:
        way_out = "Say when a change is an improvement: add `improvement: ...`."
        problems.add(node.make_problem("A paired change needs an `improvement`.", way_out))
    if kind is not Kind.PAIRED_CHANGE and model.improvement is not None:
        way_out = "Take it out, or make the kind paired_change."
        problems.add(node.at("improvement").make_problem(f"A {kind} has no `improvement`.", way_out))
    check_ratio(node, model, problems)
    if model.source.kind not in defaults.sources:
        message = f"A {kind} cannot come from {model.source.kind}."
        way_out = f"It can come from: {', '.join(defaults.sources)}."
        problems.add(node.at("source", "kind").make_problem(message, way_out))
    if model.unit is not None and model.unit not in defaults.units:
        message = f"A {kind} has no unit `{model.unit}`."
        problems.add(node.at("unit").make_problem(message, f"It can have: {', '.join(defaults.units)}."))
    for key in ("over_periods", "over_partners"):
        chosen, legal = getattr(model, key), LEGAL_AGGREGATIONS[kind]
        if chosen is not None and chosen not in legal:
            message = f"`{key}` of a {kind} cannot be `{chosen}`."
            problems.add(node.at(key).make_problem(message, f"It can be: {', '.join(sorted(legal))}."))


def _check_source(
    node: Node,
    model: IndicatorFile,
    surveys: Mapping[str, Survey],
    scales: Mapping[str, Scale],
    problems: Problems,
) -> Question | None:
    """The survey and question exist where the source is a survey; the question the indicator is about, if any."""
    source = model.source
    for key, kinds in _SOURCE_KEYS.items():
        if getattr(source, key) and source.kind not in kinds:
            message = f"A source of the kind {source.kind} has no `{key}`."
            problems.add(node.at("source", key).make_problem(message, "Take it out."))
    if source.kind == "flow":
        _check_stages(node, model, surveys, problems)
    if source.kind != "survey":
        return None
    if model.consent not in {None, Purpose.STATISTICS.value}:
        message = "A figure from survey answers needs the consent `statistics`."
        problems.add(node.at("consent").make_problem(message, "Write `statistics`, or leave it out."))
    survey = _find_survey(node, model, surveys, problems)
    if survey is None:
        return None
    if not source.question:
        if model.kind in {Kind.MEAN, Kind.PAIRED_CHANGE, Kind.SCORED_QUALITATIVE}:
            problems.add(node.at("source").make_problem(f"A {model.kind} needs a `question`.", "Name one."))
        return None
    return _find_question(node.at("source", "question"), source.question, survey, scales, problems)


def _find_question(
    place: Node, name: str, survey: Survey, scales: Mapping[str, Scale], problems: Problems
) -> Question | None:
    """The question of that name; None for a scale's, and with a fault told where there is neither."""
    if name in scales:
        _check_scored(place, scales[name], survey, problems)
        return None
    names = [*(question.name for question in survey.questions), *list_scales(survey, scales)]
    if name not in names:
        problems.add(place.make_problem(f"The survey `{survey.id}` has no question `{name}`.", suggest(name, names)))
        return None
    return survey.get_question(name)


def _check_scored(place: Node, scale: Scale, survey: Survey, problems: Problems) -> None:
    """The survey asks all items of the scale, each with as many steps as the scale counts."""
    if not list_scales(survey, {scale.name: scale}):
        lacking = sorted(set(scale.list_questions()) - {question.name for question in survey.questions})
        message = f"The survey `{survey.id}` does not ask all items of `{scale.name}` with answers in steps."
        problems.add(
            place.make_problem(message, f"Missing: {', '.join(lacking)}." if lacking else "Look at its kinds.")
        )
        return
    for message in list_misfits(scale, survey):
        problems.add(place.make_problem(message, "Correct the survey, or the scale."))


def _find_survey(node: Node, model: IndicatorFile, surveys: Mapping[str, Survey], problems: Problems) -> Survey | None:
    """The survey a source names, answered by whom the source says."""
    source = model.source
    survey = surveys.get(source.survey)
    if survey is None:
        message = f"There is no survey `{source.survey}`." if source.survey else "The source names no survey."
        problems.add(node.at("source", "survey").make_problem(message, suggest(source.survey, list(surveys))))
    elif source.respondent not in {"", survey.respondent}:
        message = f"The survey `{survey.id}` is answered by another `respondent`: `{survey.respondent}`."
        problems.add(node.at("source", "respondent").make_problem(message, "Write that, or leave it out."))
    return survey


_SOURCE_KEYS: Mapping[str, tuple[str, ...]] = {
    "survey": ("survey", "flow"),
    "question": ("survey",),
    "stage": ("flow",),
    "of": ("flow",),
}
"""Keys of a source -> the kinds that have them."""


def _check_stages(node: Node, model: IndicatorFile, surveys: Mapping[str, Survey], problems: Problems) -> None:
    """A share of the response flow counts a stage out of an earlier one, of a survey there is."""
    source, order = model.source, list(STAGES)
    _find_survey(node, model, surveys, problems)
    if not source.stage or not source.of:
        way_out = f"Add both; the stages are: {', '.join(order)}."
        problems.add(node.at("source").make_problem("A flow needs a `stage` and what it is counted out `of`.", way_out))
    elif order.index(source.of) >= order.index(source.stage):
        message = f"`{source.stage}` does not come after `{source.of}`."
        problems.add(node.at("source", "of").make_problem(message, f"The order is: {', '.join(order)}."))


def _check_measure(node: Node, model: IndicatorFile, question: Question | None, problems: Problems) -> None:
    """A sum adds up a field, a mean a number somebody gave, a change steps between answers that have an order."""
    if model.kind in {Kind.SUM, Kind.RATIO}:
        # Money for each event would be of one currency, and a ratio has no place to say which.
        known = [name for name in SOURCES[model.source.kind].numbers if (model.kind, name) != (Kind.RATIO, AMOUNT)]
        if model.measure not in known and (model.kind is Kind.SUM or model.measure is not None):
            message = (
                f"A {model.kind} cannot add up `{model.measure}`." if model.measure else "A sum needs a `measure`."
            )
            problems.add(node.at("measure").make_problem(message, suggest(model.measure or "", known)))
        return
    if model.kind is Kind.SCORED_QUALITATIVE and model.source.kind != "survey":
        # What a record is rated in is looked at with the rubric.
        return
    if model.measure is not None and (model.kind is not Kind.MEAN or model.measure != model.source.question):
        way_out = "Take it out." if model.kind is not Kind.MEAN else "Name the same question as under `source`."
        problems.add(node.at("measure").make_problem(f"A {model.kind} cannot measure `{model.measure}`.", way_out))
    if question is None:
        return
    place = node.at("source", "question")
    if model.kind is Kind.MEAN and question.kind not in SCALES:
        message = f"A mean needs a question that is answered with a number; `{question.name}` is a {question.kind}."
        problems.add(place.make_problem(message, "Make it a proportion, or name another question."))
    if model.kind is Kind.PAIRED_CHANGE and question.kind not in SCALES | {"single_choice"}:
        message = f"A paired change needs answers with an order; `{question.name}` is a {question.kind}."
        problems.add(place.make_problem(message, "Name another question."))


def _check_lists(node: Node, model: IndicatorFile, taxonomy: Taxonomy, problems: Problems) -> None:
    """Codes of frameworks are in the taxonomy, dimensions are recorded for such a source."""
    for key in ("mscos", "amif"):
        if key in taxonomy.lists:
            _check_names(node, key, getattr(model, key), taxonomy.lists[key], problems)
    source = SOURCES[model.source.kind]
    _check_names(node, "disaggregations", model.disaggregations, source.dimensions, problems)
    if THEME in model.disaggregations and taxonomy.lists.get(THEMES) == {}:
        place = node.at("disaggregations")
        problems.add(place.make_problem(f"There are no themes: {CODE_BOOK} is missing.", "Write the code book."))
    asked = (model.disaggregations, model.numerator, model.denominator, model.population)
    if model.kind is Kind.UNIQUE_PERSONS and any(THEME in (each or ()) or names_field(each, THEME) for each in asked):
        message = "Themes count reports, not people (R30)."
        problems.add(node.at("kind").make_problem(message, "Write `count`, or leave the themes out."))
    _check_names(node, "sensitive", model.sensitive, model.disaggregations, problems)
    if model.disaggregations and model.kind not in _TABLED and source.about is About.PEOPLE:
        message = f"A {model.kind} cannot be shown by categories: it would be a crossed table."
        problems.add(node.at("disaggregations").make_problem(message, "Make an indicator of its own, or take it out."))
    if model.disaggregations and model.kind in _WHOLE and source.about is not About.PEOPLE:
        message = f"A {model.kind} is not shown by categories."
        problems.add(node.at("disaggregations").make_problem(message, "Make an indicator of its own, or take it out."))
    if model.kind is Kind.SCORED_QUALITATIVE and model.per not in {None, find_per(model.kind, model.source.kind)}:
        message = f"Ratings of {model.source.kind} are not counted by {model.per}."
        problems.add(node.at("per").make_problem(message, "Leave it out."))
    if model.per == "person" and find_per(model.kind, model.source.kind) != "person":
        message = f"Records of {model.source.kind} are counted one by one, not by person."
        problems.add(node.at("per").make_problem(message, "Write `record`, or leave it out."))


def _make_vocabulary(
    model: IndicatorFile, surveys: Mapping[str, Survey], scales: Mapping[str, Scale], taxonomy: Taxonomy
) -> Vocabulary:
    """What the conditions of an indicator may speak of."""
    survey = surveys.get(model.source.survey) if model.source.kind == "survey" else None
    questions = {question.name: list_answers(question) for question in survey.questions} if survey else {}
    # Of scales only the one that is counted has its score beside the answers.
    scored = _find_scored(model, surveys, scales)
    bands = {scored.name: [band.code for band in scored.bands]} if scored else {}
    return Vocabulary(
        questions={**questions, **bands},
        fields={name: list_known(values, taxonomy) for name, values in SOURCES[model.source.kind].fields.items()},
        waves=tuple(wave.name for wave in survey.waves) if survey else (),
    )


def _check_tree(node: Node, vocabulary: Vocabulary, problems: Problems) -> None:
    """Every part of a condition at its own line."""
    branches = {"all", "any"} & set(node.entries)
    if len(node.entries) == 1 and branches:
        parts = node.at(*branches)
        if parts.items:
            for part in parts.items:
                _check_tree(part, vocabulary, problems)
            return
    if set(node.entries) == {"not"}:
        _check_tree(node.at("not"), vocabulary, problems)
        return
    for message in check_condition(node.make_plain(), vocabulary):
        problems.add(node.make_problem(message))


def _find_scored(model: IndicatorFile, surveys: Mapping[str, Survey], scales: Mapping[str, Scale]) -> Scale | None:
    """The scale an indicator counts, if it names one its survey asks."""
    source = model.source
    if source.kind != "survey" or source.survey not in surveys:
        return None
    return list_scales(surveys[source.survey], scales).get(source.question)


def _check_improvement(node: Node, model: IndicatorFile, scored: Scale | None, problems: Problems) -> None:
    """The rule has the number it needs: from the file for steps, from the scale for what the scale says."""
    rule = model.improvement
    if rule is None:
        return
    place = node.at("improvement", "rule")
    if rule.rule == "steps":
        if rule.points is None:
            problems.add(place.make_problem("The rule `steps` needs `points`.", "Say how many."))
    elif rule.points is not None:
        message = f"The rule `{rule.rule}` has no `points` of its own."
        problems.add(node.at("improvement", "points").make_problem(message, "Take them out."))
    elif rule.rule != "any" and _find_points(rule.rule, scored) is None:
        message = f"No scale says what the rule `{rule.rule}` is."
        problems.add(place.make_problem(message, "Name a scale that does, or choose another rule."))


def _find_points(rule: str, scored: Scale | None) -> Decimal | None:
    """The points of a rule that a scale declares."""
    if rule == "any":
        return Decimal(0)
    declared = {"minimal_important": "minimal_change", "reliable": "reliable_change", "crossed": "cutoff"}
    return getattr(scored, declared[rule], None)


def _make_improvement(model: IndicatorFile, scored: Scale | None) -> Improvement | None:
    rule = model.improvement
    if rule is None:
        return None
    points = rule.points if rule.rule == "steps" else _find_points(rule.rule, scored)
    return Improvement(rule.rule, Decimal(0) if points is None else points, rule.source)


def _make_indicator(code: str, model: IndicatorFile, surveys: Mapping[str, Survey], scored: Scale | None) -> Indicator:
    """The indicator of a file without faults, with its defaults."""
    kind, source = KIND_DEFAULTS[model.kind], SOURCE_DEFAULTS[model.source.kind]
    asked = model.source.question if model.kind is Kind.MEAN else ""
    asked_by, per = surveys.get(model.source.survey), model.per or find_per(model.kind, model.source.kind)
    fallbacks: dict[str, Any] = {
        **{one.name: getattr(source, one.name) for one in fields(source)},
        **{one.name: getattr(kind, one.name) for one in fields(kind)},
        "short_title": model.title,
        "unit": "per_record" if model.kind is Kind.RATIO and per == "record" else kind.units[0],
        "measure": asked,
        "per": per,
        "numerator": {},
        "denominator": {},
        "population": {},
        "use": {},
        "valid_from": VALID_FROM,
    }
    written = {name: getattr(model, name) for name in IndicatorFile.model_fields}
    names = [one.name for one in fields(Indicator) if one.name in written]
    values = {name: fallbacks[name] if written[name] is None and name in fallbacks else written[name] for name in names}
    made = Indicator(
        **{
            **values,
            "code": code,
            "source": Source(
                model.source.kind,
                model.source.survey,
                model.source.question,
                model.source.respondent or (asked_by.respondent if asked_by else source.respondent),
                model.source.stage,
                model.source.of,
            ),
            "improvement": _make_improvement(model, scored),
            "scale": _find_scale(model, surveys, scored),
            "scored": scored,
            "rubric": tuple(RubricLevel(level.code, level.title) for level in model.rubric),
            "ladder": tuple(LadderStep(step.dimension, step.merge, step.titles) for step in model.ladder),
            "changes": tuple((change.date, change.text) for change in model.changes),
            "assessments": tuple((each.date, each.text) for each in model.assessments),
            "defaults": frozenset(
                name for name in names if written[name] is None and fallbacks.get(name) not in _NOTHING
            ),
        }
    )
    return replace(made, fingerprint=compute_fingerprint(made))


def _list_categories(indicator: Indicator, taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """What the dimensions of an indicator can be, those that have a list."""
    fields_of = SOURCES[indicator.source.kind].fields
    listed = {each: fields_of[each] for each in indicator.disaggregations if each in fields_of}
    known = {each: list_known(values, taxonomy) for each, values in listed.items()}
    return {each: tuple(codes) for each, codes in known.items() if codes is not None}


def _find_scale(model: IndicatorFile, surveys: Mapping[str, Survey], scored: Scale | None) -> tuple[int, int] | None:
    """The numbers a mean or a change is made of, from its question or its scale."""
    if model.kind not in {Kind.MEAN, Kind.PAIRED_CHANGE} or model.source.survey not in surveys:
        return None
    if scored is not None:
        return find_range(scored)
    return find_bounds(surveys[model.source.survey].get_question(model.source.question))


# -- plans -------------------------------------------------------------------------------------------------------------


def _check_names(node: Node, key: str, names: Sequence[str], known: Collection[str], problems: Problems) -> None:
    """Every name of a list is known and there once."""
    for position, name in enumerate(names):
        place = node.at(key, position)
        if name not in known:
            problems.add(place.make_problem(f"`{key}`: there is no `{name}`.", suggest(name, sorted(known))))
        elif name in names[:position]:
            problems.add(place.make_problem(f"`{key}`: `{name}` is there twice.", "Keep one."))


def _check_partners(node: Node, model: PlanFile, taxonomy: Taxonomy, problems: Problems) -> None:
    """Codes are used once, scopes are known service types, and at most one row is the consortium."""
    codes = [partner.code for partner in model.partners]
    for position, partner in enumerate(model.partners):
        place = node.at("partners", position)
        if partner.code in codes[:position]:
            problems.add(place.at("code").make_problem(f"Two partners have the code `{partner.code}`."))
        if "service_types" in taxonomy.lists:
            _check_names(place, "scope", partner.scope, taxonomy.lists["service_types"], problems)
        _check_names(place, "asks", partner.asks, model.surveys, problems)
        if partner.asks and not partner.surveys:
            message = "It asks surveys, and `surveys` is false."
            problems.add(place.at("asks").make_problem(message, "Take one of them out."))
    if sum(partner.consortium for partner in model.partners) != 1:
        message = "One partner, and only one, stands for the consortium."
        problems.add(node.at("partners").make_problem(message, "Write `consortium: true` under it."))


def _read_emblems(node: Node, model: PlanFile, folder: Path, root: Path, problems: Problems) -> tuple[Emblem, ...]:
    """The emblems with their bytes; faults are told at the line that names them."""
    codes = [partner.code for partner in model.partners]
    found = []
    for position, emblem in enumerate(model.emblems):
        place = node.at("emblems", position)
        if emblem.partner and emblem.partner not in codes:
            message = f"There is no partner `{emblem.partner}` in this plan."
            problems.add(place.at("partner").make_problem(message, suggest(emblem.partner, codes)))
        content = read_asset(folder / emblem.file, root, problems, image=True, asker=place.at("file"))
        found.append(Emblem(emblem.file, emblem.alt, emblem.partner, content))
    return tuple(found)


def _check_results(node: Node, results: Sequence[ResultFile], problems: Problems) -> None:
    """Codes are used once; a parent is there and of a higher level."""
    levels = {result.code: LEVELS.index(result.level) for result in results}
    codes = [result.code for result in results]
    for position, result in enumerate(results):
        place = node.at("results", position)
        if result.code in codes[:position]:
            problems.add(place.at("code").make_problem(f"Two results have the code `{result.code}`."))
        if result.parent and result.parent not in levels:
            message = f"There is no result `{result.parent}` that `{result.code}` could serve."
            problems.add(place.at("parent").make_problem(message, suggest(result.parent, codes)))
        elif result.parent and levels[result.parent] >= LEVELS.index(result.level):
            message = f"`{result.parent}` is not of a higher level than `{result.code}`."
            problems.add(place.at("parent").make_problem(message, f"The order is: {', '.join(LEVELS)}."))


def _check_choices(node: Node, model: PlanFile, known: Collection[str], problems: Problems) -> None:
    """Chosen indicators exist and measure a result of the plan; baselines and targets are whole."""
    results = [result.code for result in model.results]
    chosen = [choice.indicator for choice in model.indicators]
    for position, choice in enumerate(model.indicators):
        place = node.at("indicators", position)
        if choice.indicator not in known:
            message = f"There is no indicator `{choice.indicator}`."
            problems.add(place.at("indicator").make_problem(message, suggest(choice.indicator, sorted(known))))
        if choice.indicator in chosen[:position]:
            problems.add(place.at("indicator").make_problem(f"`{choice.indicator}` is chosen twice.", "Keep one."))
        if choice.result not in results:
            message = f"There is no result `{choice.result}` in this plan."
            problems.add(place.at("result").make_problem(message, suggest(choice.result, results)))
        circle = _find_circle(choice.indicator, model)
        if circle:
            message = f"`{choice.indicator}`: `trend` goes in a circle: {' -> '.join(f'`{each}`' for each in circle)}."
            problems.add(place.at("trend").make_problem(message, "A trend is the change of the same people."))
        if choice.trend and choice.trend not in chosen:
            message = f"`{choice.indicator}`: the trend `{choice.trend}` is no indicator of this plan."
            problems.add(place.at("trend").make_problem(message, suggest(choice.trend, chosen)))
        _check_target(place, choice.indicator, choice, problems)
        _check_milestones(place, choice, problems)
        _check_own_targets(place, choice, [partner.code for partner in model.partners], problems)


def _find_circle(indicator: str, model: PlanFile) -> list[str]:
    """The trends one comes to from an indicator, where they lead back to it; else nothing."""
    trends, way = {choice.indicator: choice.trend for choice in model.indicators}, [indicator]
    while (after := trends.get(way[-1], "")) and after not in way:
        way.append(after)
    return [*way, after] if after == indicator else []


def _check_target(place: Node, code: str, target: PlanIndicatorFile | TargetFile, problems: Problems) -> None:
    """A baseline and a target are whole, with their days and the reason."""
    for key, message, way_out in _list_target_faults(
        target.baseline, target.baseline_date, target.target, target.target_date
    ):
        problems.add(place.at(key).make_problem(f"`{code}`: {message}", way_out))
    if target.target is not None and target.rationale is None:
        message = f"`{code}`: a target needs a `rationale`."
        problems.add(place.at("target").make_problem(message, "Say why this target, and whose it is."))


def _check_milestones(node: Node, choice: PlanIndicatorFile, problems: Problems) -> None:
    """Each milestone says something, they stand in order, and the last lies before the target's day (R32)."""
    days = [milestone.date for milestone in choice.milestones]
    for position, milestone in enumerate(choice.milestones):
        place = node.at("milestones", position)
        if (milestone.value is None) == (milestone.text is None):
            message = f"`{choice.indicator}`: a milestone has either a `value` or a `text`."
            problems.add(place.make_problem(message, "Write one of them."))
        elif milestone.reached is not None and milestone.text is None:
            message = f"`{choice.indicator}`: whether a `value` is reached is told by the figure."
            problems.add(place.at("reached").make_problem(message, "Take `reached` out."))
        if position and milestone.date <= days[position - 1]:
            message = f"`{choice.indicator}`: the milestones are not in order."
            problems.add(place.at("date").make_problem(message, "Begin with the earliest; one for each day."))
        if choice.target_date is not None and milestone.date >= choice.target_date:
            message = f"`{choice.indicator}`: the milestone does not lie before the target's day."
            problems.add(place.at("date").make_problem(message, "Correct one of them."))
    if choice.baseline_n is not None and choice.baseline is None:
        message = f"`{choice.indicator}`: `baseline_n` without a `baseline`."
        problems.add(node.at("baseline_n").make_problem(message, "Give both, or neither."))


def _check_own_targets(node: Node, choice: PlanIndicatorFile, partners: Sequence[str], problems: Problems) -> None:
    """Targets of organisations name partners of the plan, each once."""
    names = [target.partner for target in choice.partners]
    for position, target in enumerate(choice.partners):
        place = node.at("partners", position)
        if target.partner not in partners:
            message = f"`{choice.indicator}`: there is no partner `{target.partner}` in this plan."
            problems.add(place.at("partner").make_problem(message, suggest(target.partner, partners)))
        elif target.partner in names[:position]:
            message = f"`{choice.indicator}`: `{target.partner}` is there twice."
            problems.add(place.at("partner").make_problem(message, "Keep one."))
        _check_target(place, choice.indicator, target, problems)


def _list_target_faults(
    baseline: Decimal | None, baseline_date: date | None, target: Decimal | None, target_date: date | None
) -> Iterator[tuple[str, str, str]]:
    """Key, message and way out of what is missing for progress to be computed (R16)."""
    if (baseline is None) != (baseline_date is None):
        key, missing = ("baseline", "baseline_date") if baseline_date is None else ("baseline_date", "baseline")
        yield key, f"`{missing}` is missing.", "Give both, or neither where there is no baseline."
    if (target is None) != (target_date is None):
        key, missing = ("target", "target_date") if target_date is None else ("target_date", "target")
        yield key, f"`{missing}` is missing.", "Give both, or neither where there is no target."
    if target is not None and baseline is None:
        yield "target", "a target needs a `baseline` to measure progress from.", "Write 0 where a count starts at 0."
    if baseline_date is not None and target_date is not None and target_date <= baseline_date:
        yield "target_date", "it does not lie after the `baseline_date`.", "Correct one of them."


def _make_plan(plan: str, model: PlanFile, emblems: tuple[Emblem, ...]) -> Plan:
    """The plan of a file without faults."""
    made = Plan(
        id=plan,
        sample=model.sample,
        title=model.title,
        project=model.project,
        grant_number=model.grant.number,
        funder=model.grant.funder,
        programme=model.grant.programme,
        disclaimer=model.disclaimer,
        objective=model.objective,
        measurement=model.measurement,
        ground=model.ground,
        sources={name: words for name, words in model.sources if words},
        surveys=model.surveys,
        partners=tuple(PlanPartner(**_fill_texts(partner, "task")) for partner in model.partners),
        results=tuple(Result(**_fill_texts(result, "assumptions")) for result in model.results),
        indicators=tuple(
            PlanIndicator(
                **{
                    **_fill_texts(choice, "rationale", "assumptions"),
                    "milestones": tuple(
                        Milestone(each.date, each.value, each.text or {}, each.reached) for each in choice.milestones
                    ),
                    "partners": tuple(Target(**_fill_texts(target, "rationale")) for target in choice.partners),
                }
            )
            for choice in model.indicators
        ),
        gender_statement=model.gender_statement,
        emblems=emblems,
    )
    return replace(made, fingerprint=compute_fingerprint(made))


def _fill_texts(model: BaseModel, *names: str) -> dict[str, Any]:
    """The fields of a model, texts that were left out as empty ones."""
    empty: Text = {}
    return {name: empty if name in names and value is None else value for name, value in model}
