"""Scales: data files that say how the answers to several questions become one score (rules-of-numbers part 4).

A scale belongs to every survey that asks all its items. Its score then stands beside the survey's questions under the
scale's own name: an indicator names it where it would name a question, a condition where it would name a choice (the
scale's bands are its choices). A scale's name has a hyphen in it, a question's never has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.content import Node, Problems, check_model, read_yaml
from me_platform.indicators.conditions import CHOICE, STATE
from me_platform.indicators.definition import Scale, ScaleBand, ScaleItem
from me_platform.indicators.files import ScaleFile
from me_platform.indicators.records import NUMBER, STATES, Known, find_bounds, get_codes
from me_platform.surveys.definition import AnswerState, Survey

FOLDER = "scales"
"""Folder of the scales, below that of the indicators."""

_SCORED = frozenset({"scale", "number", "single_choice"})
_ANSWERED = STATES.index(AnswerState.ANSWERED.value)

Scores = npt.NDArray[np.float64]


def check_scales(root: Path, folder: str, problems: Problems) -> dict[str, Scale]:
    """The scales without faults below ``folder`` of the content root, by name; faults go into ``problems``."""
    found = {}
    for path in sorted((root / folder / FOLDER).glob("*.yaml")):
        own = Problems()
        node = read_yaml(path, root, own)
        model = check_model(node, ScaleFile, own) if node else None
        if node and model:
            _check_scale(node, path.stem, model, own)
        problems.extend(own)
        if model and not own.faults:
            found[path.stem] = _make_scale(path.stem, model)
    return found


def list_scales(survey: Survey, scales: Mapping[str, Scale]) -> dict[str, Scale]:
    """The scales whose items a survey all asks, by name."""
    names = {question.name for question in survey.questions if question.kind in _SCORED}
    return {name: scale for name, scale in scales.items() if names.issuperset(scale.list_questions())}


def list_misfits(scale: Scale, survey: Survey) -> tuple[str, ...]:
    """One sentence for each item of a scale that the survey asks with more or fewer steps than the scale has."""
    return tuple(
        f"`{question.name}` is answered in {1 + high - low} steps; `{scale.name}` needs {1 + item.high - item.low}."
        for item in scale.items
        for question in (survey.get_question(item.question),)
        for low, high in (find_bounds(question),)
        if high - low != item.high - item.low
    )


def add_scores(known: Known, surveys: Mapping[str, Survey], scales: Mapping[str, Collection[Scale]]) -> Known:
    """The records with the score of each scale beside the questions of its survey.

    ``scales`` are those to be counted, by survey. A response has a score where enough items were answered; else its
    state is that of the first item that was not.
    """
    responses, bounds = dict(known.responses), dict(known.bounds)
    for survey, wanted in scales.items():
        frame = responses[survey]
        columns: dict[str, object] = {}
        for scale in wanted:
            score, state = _score(scale, frame, surveys[survey])
            columns[STATE + scale.name] = pd.Categorical.from_codes(state, categories=pd.Index(STATES))
            columns[CHOICE + scale.name] = _make_bands(scale, score)
            columns[NUMBER + scale.name] = score
        responses[survey] = pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis="columns")
        bounds[survey] = {**bounds[survey], **{scale.name: find_range(scale) for scale in wanted}}
    return replace(known, responses=responses, bounds=bounds)


def compute_score(scale: Scale, answers: Mapping[str, float]) -> float | None:
    """The raw score of one person's answers, by question as the scale counts them; None where too many are missing.

    The raw score is what is multiplied by the scale's points in everything that is printed.
    """
    numbers = np.array([[answers.get(item.question, np.nan)] for item in scale.items], dtype=np.float64)
    raw = float(_compute_raw(scale, numbers)[0])
    return None if np.isnan(raw) else raw


def find_range(scale: Scale) -> tuple[int, int]:
    """The least and the most a raw score can be, as whole numbers around them."""
    ends = np.array([[item.low, item.high] for item in scale.items], dtype=np.float64)
    reversed_items = np.array([item.reversed for item in scale.items])
    ends[reversed_items] = ends[reversed_items][:, ::-1]
    # A reversed item is turned round again by the scoring, so that both ends come out in order.
    low, high = _compute_raw(scale, ends).tolist()
    return int(np.floor(low)), int(np.ceil(high))


def _score(scale: Scale, frame: pd.DataFrame, survey: Survey) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Raw score and state of every response."""
    states = np.stack([get_codes(frame[STATE + item.question]) for item in scale.items])
    numbers = np.stack([frame[NUMBER + item.question].to_numpy(dtype=np.float64) for item in scale.items])
    shift = [item.low - find_bounds(survey.get_question(item.question))[0] for item in scale.items]
    raw = _compute_raw(scale, numbers + np.array(shift, dtype=np.float64)[:, None])
    missing = np.argmax(states != _ANSWERED, axis=0)
    first = np.take_along_axis(states, missing[None, :], axis=0)[0] if states.shape[1] else states[0]
    return raw, np.where(np.isnan(raw), first, _ANSWERED)


def _compute_raw(scale: Scale, numbers: Scores) -> Scores:
    """Raw scores of responses (across) from the numbers of the items (down), NaN where one is missing.

    The items of each dimension are averaged by their weights, the dimensions by theirs; the raw score is that average
    times the number of items: without weights and gaps the sum. What is missing within the rule is thereby taken to be
    like the rest (prorated).
    """
    turned = np.stack(
        [item.low + item.high - row if item.reversed else row for item, row in zip(scale.items, numbers, strict=True)]
    )
    there = ~np.isnan(turned)
    total, weights = np.zeros(turned.shape[1]), 0.0
    enough = (~there).sum(axis=0) <= scale.most_missing
    for dimension, weight in scale.weights.items():
        mine = np.array([item.dimension == dimension for item in scale.items])
        shares = np.array([float(item.weight) for item in scale.items])[:, None] * (there & mine[:, None])
        given = shares.sum(axis=0)
        enough &= given > 0
        mean = np.divide((np.nan_to_num(turned) * shares).sum(axis=0), given, out=np.zeros_like(given), where=given > 0)
        total, weights = total + float(weight) * mean, weights + float(weight)
    scored = total / weights * len(scale.items)
    # Means of whole numbers add up to whole sums again; what the division left behind the comma is not the score.
    return np.where(enough, np.round(scored, 9), np.nan)


def _make_bands(scale: Scale, raw: Scores) -> pd.Categorical[str]:
    """The band each score lies in: the last one that begins at the score or below it."""
    starts = np.array([float(Fraction(band.start) / scale.points) for band in scale.bands])
    names = sorted(band.code for band in scale.bands)
    place = np.array([*(names.index(band.code) for band in scale.bands), -1], dtype=np.int64)
    at = np.where(np.isnan(raw), len(starts), np.searchsorted(starts, raw + 1e-9, side="right") - 1)
    return pd.Categorical.from_codes(place[at], categories=pd.Index(names, dtype="str"))


def _check_scale(node: Node, name: str, model: ScaleFile, problems: Problems) -> None:
    if "-" not in name:
        message = f"The name of the file, `{name}`, could be that of a question."
        problems.add(node.make_problem(message, "Give it a name with a hyphen, such as `who-5`."))
    questions = [item.question for item in model.items]
    for position, item in enumerate(model.items):
        place = node.at("items", position)
        if item.question in questions[:position]:
            problems.add(place.at("question").make_problem(f"`{item.question}` is an item twice.", "Keep one."))
        if item.high <= item.low:
            problems.add(place.at("high").make_problem("`high` does not lie above `low`.", "Correct one of them."))
    _check_weights(node, model, problems)
    _check_bands(node, model, problems)
    if model.most_missing >= len(model.items):
        message = "A score needs at least one answer."
        problems.add(node.at("most_missing").make_problem(message, "Write a smaller number."))


def _check_weights(node: Node, model: ScaleFile, problems: Problems) -> None:
    """Each item belongs to a dimension that has a weight, each dimension has an item, and a sum has neither."""
    for position, item in enumerate(model.items):
        if item.dimension not in model.weights and (item.dimension or model.weights):
            message = f"`{item.question}` belongs to `{item.dimension}`, which has no weight."
            problems.add(node.at("items", position, "dimension").make_problem(message, "Add it under `weights`."))
    for dimension in model.weights.keys() - {item.dimension for item in model.items}:
        message = f"No item belongs to `{dimension}`."
        problems.add(node.at("weights", dimension).make_problem(message, "Take it out, or give it an item."))
    if model.method == "sum" and (model.weights or any(item.weight != 1 for item in model.items)):
        problems.add(node.at("method").make_problem("A sum has no weights.", "Write `mean`, or take the weights out."))


def _check_bands(node: Node, model: ScaleFile, problems: Problems) -> None:
    """Bands are named once and stand in order."""
    starts = [band.start for band in model.bands]
    codes = [band.code for band in model.bands]
    for position, band in enumerate(model.bands):
        place = node.at("bands", position)
        if band.code in codes[:position]:
            problems.add(place.at("code").make_problem(f"Two bands have the code `{band.code}`."))
        if position and band.start <= starts[position - 1]:
            problems.add(place.at("start").make_problem("The bands are not in order.", "Begin with the lowest."))


def _make_scale(name: str, model: ScaleFile) -> Scale:
    return Scale(
        name=name,
        title=model.title,
        items=tuple(ScaleItem(**dict(item)) for item in model.items),
        method=model.method,
        factor=model.factor,
        most_missing=model.most_missing,
        weights=dict(model.weights) or {"": Decimal(1)},
        bands=tuple(ScaleBand(**dict(band)) for band in model.bands),
        minimal_change=model.minimal_change,
        reliable_change=model.reliable_change,
        cutoff=model.cutoff,
        source=model.source,
        licence=model.licence,
    )
