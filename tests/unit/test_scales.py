"""Scales: published scorings come out exactly, composites by hand, and files with faults are named with their line."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.content import Problems
from me_platform.errors import ContentInvalid
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import Direction, Improvement, Indicator, Kind, Scale, ScaleBand, ScaleItem
from me_platform.indicators.frames import AnswerRow, ResponseRow
from me_platform.indicators.loading import FOLDER, load_indicators
from me_platform.indicators.results import RawFigure
from me_platform.indicators.results import Scale as Answers
from me_platform.indicators.scales import check_scales, compute_score, find_range
from me_platform.surveys.definition import Question, Survey
from tests.unit.test_calculation import START, SURVEY, WORDS, World, ask, make_indicator, name
from tests.unit.test_indicator_loading import SURVEYS, TAXONOMY

ROOT = Path(__file__).parents[2]


def load_shipped() -> Mapping[str, Scale]:
    problems = Problems()
    found = check_scales(ROOT, FOLDER, problems)
    assert not problems.faults
    return found


SHIPPED = load_shipped()


def answer(scale: Scale, *numbers: float | None) -> dict[str, float]:
    pairs = zip(scale.list_questions(), numbers, strict=True)
    return {question: number for question, number in pairs if number is not None}


# Published scorings


@pytest.mark.parametrize(
    ("scale", "answers", "raw", "printed"),
    [
        # Defect o: WHO-5 is the raw sum times 4, never (raw - 5) times 4.
        ("who-5", (0, 0, 0, 0, 0), 0, 0),
        ("who-5", (5, 5, 5, 5, 5), 25, 100),
        ("who-5", (3, 2, 3, 2, 3), 13, 52),
        ("who-5", (1, 1, 1, 1, 1), 5, 20),
        # Items 2 and 3 are turned round: nothing wrong is 0 throughout and 4 on those two.
        ("core-10", (0, 4, 4, 0, 0, 0, 0, 0, 0, 0), 0, 0),
        ("core-10", (4, 0, 0, 4, 4, 4, 4, 4, 4, 4), 40, 40),
        ("core-10", (2, 2, 2, 2, 2, 2, 2, 2, 2, 2), 20, 20),
        ("core-10", (1, 4, 4, 0, 0, 0, 0, 0, 0, 0), 1, 1),
        ("phq-2", (3, 3), 6, 6),
        ("phq-2", (1, 2), 3, 3),
        ("gad-2", (0, 2), 2, 2),
    ],
)
def test_published_scorings_come_out(scale: str, answers: tuple[int, ...], raw: float, printed: float) -> None:
    """rules-of-numbers part 4."""
    score = compute_score(SHIPPED[scale], answer(SHIPPED[scale], *answers))
    assert score == raw
    assert Fraction(score) * SHIPPED[scale].points == printed


def test_one_missing_item_of_core_10_is_prorated_and_two_leave_no_score() -> None:
    """Nine items that add up to 18 are a mean of 2, which times 10 is 20."""
    core = SHIPPED["core-10"]
    assert compute_score(core, answer(core, 2, 2, 2, 2, 2, 2, 2, 2, 2, None)) == 20
    assert compute_score(core, answer(core, 2, 2, 2, 2, 2, 2, 2, 2, None, None)) is None


@pytest.mark.parametrize("scale", ["who-5", "phq-2", "gad-2"])
def test_where_every_item_is_needed_a_missing_one_leaves_no_score(scale: str) -> None:
    """Not 0 for what is missing (defect j)."""
    items = SHIPPED[scale].items
    assert compute_score(SHIPPED[scale], answer(SHIPPED[scale], *[1] * (len(items) - 1), None)) is None


@pytest.mark.parametrize(
    ("scale", "expected"), [("who-5", (0, 25)), ("core-10", (0, 40)), ("phq-2", (0, 6)), ("gad-2", (0, 6))]
)
def test_the_range_of_a_score_is_that_of_its_items(scale: str, expected: tuple[int, int]) -> None:
    assert find_range(SHIPPED[scale]) == expected


def test_a_weighted_composite_is_the_mean_of_its_dimensions() -> None:
    """Dimension weights 2 and 1, items of the first 3 and 1: (2 x (3 x 4 + 1 x 0) / 4 + 1 x 3) / 3 = 3, by hand."""
    scale = make_scale(
        ScaleItem("a", 0, 4, weight=Decimal(3), dimension="safe"),
        ScaleItem("b", 0, 4, dimension="safe"),
        ScaleItem("c", 0, 4, dimension="work"),
        method="mean",
        weights={"safe": Decimal(2), "work": Decimal(1)},
    )
    score = compute_score(scale, {"a": 4, "b": 0, "c": 3})
    assert score is not None
    assert Fraction(score) * scale.points == 3
    # What is missing within the rule is like the rest of its dimension; a dimension without an answer has no score.
    assert compute_score(replace(scale, most_missing=1), {"a": 4, "c": 4}) == 12
    assert compute_score(replace(scale, most_missing=2), {"a": 4, "b": 4}) is None


@given(st.data())
def test_a_score_lies_in_its_range_and_a_better_answer_never_lowers_it(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from(list(SHIPPED.values())))
    answers = {item.question: data.draw(st.integers(item.low, item.high)) for item in scale.items}
    score = compute_score(scale, answers)
    low, high = find_range(scale)
    assert score is not None
    assert low <= score <= high
    item = data.draw(st.sampled_from(scale.items))
    raised = compute_score(scale, {**answers, item.question: item.low if item.reversed else item.high})
    assert raised is not None
    assert raised >= score


def make_scale(*items: ScaleItem, **more: object) -> Scale:
    plain = Scale(
        name="well-being",
        title=WORDS,
        items=items,
        method="sum",
        factor=Decimal(1),
        most_missing=0,
        weights={"": Decimal(1)},
        bands=(ScaleBand("low", WORDS, Decimal(0)), ScaleBand("high", WORDS, Decimal(12))),
        minimal_change=Decimal(4),
        reliable_change=Decimal(6),
        cutoff=Decimal(12),
        source=WORDS,
        licence=WORDS,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


# Figures of scores


TWO = make_scale(ScaleItem("near", 0, 10), ScaleItem("far", 0, 10), factor=Decimal(2))
"""Two items of 0 to 10, printed as 0 to 40."""
BOTH = replace(SURVEY, questions=(*SURVEY.questions, Question("far", "scale", WORDS)))
MEAN = make_indicator("mean", Kind.MEAN, ask("well-being"), unit="points", decimals=1, scored=TWO)
HIGH = make_indicator(
    "high",
    Kind.PROPORTION,
    ask("well-being"),
    numerator={"question": "well-being", "in": ["high"]},
    denominator={"question": "well-being", "state": ["answered"]},
    scored=TWO,
)


class Scored(World):
    """A world whose survey asks both items."""

    def say(self, person: str, near: float | None, far: float | None, day: date, wave: str = "baseline") -> None:
        response = f"{person}-{wave}"
        self.responses.append(ResponseRow(response, person, "ALFA", "check-in", "1", wave, day, "self", "lv"))
        for question, number in (("near", near), ("far", far)):
            state = "declined" if number is None else "answered"
            self.answers.append(AnswerRow(response, question, state, None, number))

    def count(self, *indicators: Indicator) -> dict[str, RawFigure]:
        """The figures of ALFA; the survey is the one with both items."""
        made = self.make_inputs(*indicators)
        figures = compute_figures(made.plan, made.indicators, {"check-in": BOTH}, made.frames, made.period, made.cutoff)
        return {name(figure): figure for figure in figures if figure.partner == "ALFA"}


def make_world(*before: tuple[float | None, float | None], after: tuple[tuple[float, float], ...] = ()) -> Scored:
    world = Scored()
    for place, (near, far) in enumerate(before):
        world.enrol(f"P{place}")
        world.serve(f"P{place}", START + timedelta(days=100))
        world.say(f"P{place}", near, far, START + timedelta(days=5))
    for place, (near, far) in enumerate(after):
        world.say(f"P{place}", near, far, START + timedelta(days=100), "followup-1")
    return world


def test_a_mean_of_scores_is_printed_in_points_and_counts_whole_scores_only() -> None:
    """Raw 6, 10 and 20, times 2; who declined an item has no score and is told as one who declined."""
    figures = make_world((1, 5), (5, 5), (10, 10), (10, None)).count(MEAN)
    assert (figures["mean"].value, figures["mean"].n) == (Decimal("24.0"), 3)
    assert figures["mean"].scale is not None
    assert figures["mean"].scale == Answers(0, 20, Fraction(2))
    states = {part: figures[f"mean:state:{part}"].numerator for part in ("answered", "declined")}
    assert states == {"answered": 3, "declined": 1}


def test_a_band_is_a_choice_of_conditions() -> None:
    """The band `high` begins at 12 printed points: raw 6 is in it, raw 5 is not."""
    figure = make_world((1, 5), (0, 5), (5, 5), (None, 5)).count(HIGH)["high"]
    assert (figure.numerator, figure.denominator) == (2, 3)


@pytest.mark.parametrize(
    ("rule", "points", "direction", "expected"),
    [
        # Printed before and after: 8 to 12, 20 to 20, 12 to 10, 4 to 10, 16 to 15 (raw 8 to 7.5).
        ("any", 0, Direction.HIGHER, (2, 1, 2)),
        ("minimal_important", 4, Direction.HIGHER, (2, 3, 0)),
        ("reliable", 6, Direction.HIGHER, (1, 4, 0)),
        ("crossed", 12, Direction.HIGHER, (1, 3, 1)),
        ("crossed", 12, Direction.LOWER, (1, 3, 1)),
        ("any", 0, Direction.LOWER, (2, 1, 2)),
    ],
)
def test_the_rules_of_improvement(rule: str, points: int, direction: Direction, expected: tuple[int, int, int]) -> None:
    """R8, field 13: any change, minimal important change, reliable change, crossed cut-off; both directions."""
    change = make_indicator(
        "change",
        Kind.PAIRED_CHANGE,
        ask("well-being"),
        improvement=Improvement(rule, Decimal(points), WORDS),
        direction=direction,
        scored=TWO,
    )
    world = make_world((2, 2), (5, 5), (3, 3), (1, 1), (4, 4), after=((3, 3), (5, 5), (2, 3), (2, 3), (4, 3.5)))
    figures = world.count(change)
    assert tuple(figures[f"change:{part}"].numerator or 0 for part in ("improved", "same", "worse")) == expected
    assert figures["change:baseline_paired"].value == Decimal("12.0")


# Files


SCALE = """
    title: {en: Score, lv: Rādītājs}
    items:
      - {question: near, low: 0, high: 10}
      - {question: far, low: 0, high: 10}
    method: sum
    bands:
      - {code: low, title: {en: Low, lv: Zems}, start: 0}
      - {code: high, title: {en: High, lv: Augsts}, start: 10}
    source: {en: Own, lv: Savs}
    licence: {en: Own, lv: Sava}
"""
CHANGE = """
    title: {en: Better, lv: Labāk}
    kind: paired_change
    source: {kind: survey, survey: check, question: two-items}
    direction: higher
    improvement: {rule: minimal_important, source: {en: By the scale, lv: Pēc skalas}}
"""


def write(root: Path, scale: str = SCALE, indicator: str = CHANGE, scale_name: str = "two-items") -> Path:
    folder = root / "indicators"
    (folder / "scales").mkdir(parents=True)
    files = {"taxonomy.yaml": TAXONOMY, f"scales/{scale_name}.yaml": scale, "better.yaml": indicator}
    for file, text in files.items():
        (folder / file).write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    return root


def make_surveys(*questions: Question) -> Mapping[str, Survey]:
    check = SURVEYS["check"]
    return {"check": replace(check, questions=(*check.questions, *questions))}


def list_faults(root: Path, surveys: Mapping[str, Survey]) -> list[str]:
    with pytest.raises(ContentInvalid) as caught:
        load_indicators(root, surveys)
    return [str(problem) for problem in caught.value.problems]


FAR = Question("far", "scale", WORDS, high=10)


def test_an_indicator_takes_its_points_and_range_from_the_scale(tmp_path: Path) -> None:
    root = write(tmp_path, SCALE + "    minimal_change: 3\n")
    indicator = load_indicators(root, make_surveys(FAR))["better"]
    assert indicator.improvement == Improvement(
        "minimal_important", Decimal(3), {"en": "By the scale", "lv": "Pēc skalas"}
    )
    assert indicator.scale == (0, 20)
    assert indicator.scored is not None
    assert indicator.scored.name == "two-items"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("question: far", "question: near", 4, "`near` is an item twice"),
        ("{question: far, low: 0, high: 10}", "{question: far, low: 3, high: 3}", 4, "`high` does not lie above"),
        ("{question: far, low: 0, high: 10}", "{question: far, low: 0, high: 10, dimension: x}", 4, "has no weight"),
        ("method: sum", "method: sum\n    most_missing: 2", 6, "at least one answer"),
        ("start: 10", "start: 0", 8, "not in order"),
        ("code: high", "code: low", 8, "Two bands have the code"),
        ("method: sum", "method: sum\n    weights: {x: 1}", 6, "No item belongs to `x`"),
        ("method: sum", "method: median", 5, "method"),
    ],
)
def test_a_fault_of_a_scale_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    """Issue, bad input: a scale with an item twice."""
    faults = list_faults(write(tmp_path, SCALE.replace(old, new)), make_surveys(FAR))
    assert any(fault.startswith(f"indicators/scales/two-items.yaml:{line}") and message in fault for fault in faults)


def test_a_scale_has_a_name_that_no_question_can_have(tmp_path: Path) -> None:
    assert any("could be that of a question" in fault for fault in list_faults(write(tmp_path, scale_name="score"), {}))


@pytest.mark.parametrize(
    ("surveys", "message"),
    [
        (make_surveys(), "does not ask all items of `two-items`"),
        (make_surveys(replace(FAR, high=5)), "`far` is answered in 6 steps; `two-items` needs 11."),
        (make_surveys(FAR), "No scale says what the rule `minimal_important` is."),
    ],
)
def test_an_indicator_that_cannot_count_the_scale_says_why(
    tmp_path: Path, surveys: Mapping[str, Survey], message: str
) -> None:
    assert any(message in fault for fault in list_faults(write(tmp_path), surveys))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{rule: steps, source: {en: A, lv: B}}", "needs `points`"),
        ("{rule: any, points: 2, source: {en: A, lv: B}}", "no `points`"),
    ],
)
def test_only_steps_have_points_of_their_own(tmp_path: Path, rule: str, message: str) -> None:
    written = CHANGE.replace("{rule: minimal_important, source: {en: By the scale, lv: Pēc skalas}}", rule)
    assert any(message in fault for fault in list_faults(write(tmp_path, indicator=written), make_surveys(FAR)))
