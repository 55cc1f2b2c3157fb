"""Bridges between versions of a survey: which earlier answers are read as answers of today (R6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from me_platform.content import Problems
from me_platform.surveys.answers import Response
from me_platform.surveys.bridges import cross_bridge
from me_platform.surveys.definition import (
    Answer,
    AnswerState,
    Bridge,
    Carried,
    Choice,
    Mode,
    Question,
    Survey,
)
from me_platform.surveys.loading import check_surveys, load_surveys
from me_platform.surveys.question_types import NOT_ASKED, SKIPPED

CHOICES = (Choice("no", {}), Choice("yes", {}), Choice("declined", {}, AnswerState.DECLINED))
QUESTIONS = (
    Question("well", "single_choice", {}, choices=CHOICES),
    Question("help", "multiple_choice", {}, choices=(*CHOICES[:2], Choice("other", {}))),
    Question("near", "scale", {}),
    Question("read", "note", {}),
    Question("words", "text", {}, max_length=10),
)
SURVEY = Survey(
    id="s",
    version="2",
    title={},
    languages=("en",),
    respondent="survivor",
    note={},
    questions=QUESTIONS,
    waves=(),
    repeat_every=0,
    purposes=(),
    consent=(),
    fingerprint="new",
    bridges=(
        Bridge(
            "1",
            {
                "well": Carried("sleep", {"mostly": "yes"}),
                "help": Carried("help", {"rest": "yes", "sleep": "yes"}),
                "near": Carried("near"),
            },
        ),
    ),
)


def answered(value: str | int | tuple[str, ...]) -> Answer:
    return Answer(AnswerState.ANSWERED, value)


def make_response(version: str, answers: Mapping[str, Answer]) -> Response:
    return Response("s", version, "old", "baseline", "en", Mode.SELF, answers)


@pytest.mark.parametrize(
    ("earlier", "today"),
    [
        ({"sleep": answered("no")}, {"well": answered("no")}),
        ({"sleep": answered("mostly")}, {"well": answered("yes")}),
        ({"sleep": answered("never")}, {}),
        ({"sleep": answered(3)}, {}),
        ({"sleep": Answer(AnswerState.DECLINED)}, {"well": Answer(AnswerState.DECLINED)}),
        ({"sleep": SKIPPED}, {"well": SKIPPED}),
        ({"well": answered("yes")}, {}),
        ({"help": answered(("rest", "other"))}, {"help": answered(("yes", "other"))}),
        ({"help": answered(("rest", "sleep"))}, {"help": answered(("yes",))}),
        ({"help": answered(("rest", "gone"))}, {}),
        ({"near": answered(10)}, {"near": answered(10)}),
        ({"near": answered(11)}, {}),
        ({"near": answered("10")}, {}),
        ({"words": answered("Not bridged.")}, {}),
        ({}, {}),
    ],
)
def test_what_is_declared_is_taken_over_and_nothing_else(earlier: dict[str, Answer], today: dict[str, Answer]) -> None:
    """R6: the same question by declaration; what does not fit was never asked."""
    crossed = cross_bridge(make_response("1", earlier), SURVEY)
    assert (crossed.version, crossed.fingerprint) == ("2", "new")
    assert crossed.answers == {**dict.fromkeys(("well", "help", "near", "words"), NOT_ASKED), **today}


@pytest.mark.parametrize("version", ["2", "0"])
def test_without_a_bridge_a_response_stays_as_it_is(version: str) -> None:
    response = make_response(version, {"sleep": answered("no")})
    assert cross_bridge(response, SURVEY) is response
    assert cross_bridge(response, replace(SURVEY, bridges=())) is response


FILES = {
    "lists.yaml": "agreement:\n  choices:\n"
    + "".join(
        f"    - {{value: {value}, {more}label: {{en: {value}, lv: {value}}}}}\n"
        for value, more in (
            ("well", ""),
            ("ill", ""),
            *((state, f"state: {state}, ") for state in ("dont_know", "declined", "not_applicable")),
        )
    ),
    "consent/1.yaml": (
        'version: "1"\npurposes:\n  answer:\n    title: {en: "May we ask?", lv: "Vai drīkstam?"}\n'
        '    body: {en: "You choose.", lv: "Jūs izlemjat."}\n'
    ),
    "s/survey.yaml": (
        'id: s\nversion: "2"\ntitle: {en: S, lv: S}\nnote: {en: Own, lv: Savi}\nlanguages: [en, lv]\n'
        'respondent: survivor\nconsent: "1"\npurposes: [answer]\nbridges:\n  - version: "1"\n    questions:\n'
        "      well: {question: sleep, values: {mostly: well}}\nquestions:\n  - name: well\n    kind: single_choice\n"
        '    prompt: {en: "How is it?", lv: "Kā klājas?"}\n    choices: agreement\n'
    ),
}


def write(folder: Path, change: tuple[str, str] = ("", "")) -> Path:
    for name, words in FILES.items():
        path = folder / "surveys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words.replace(*change) if change[0] else words, encoding="utf-8")
    return folder


def test_a_bridge_is_declared_in_the_survey_and_changes_no_fingerprint(tmp_path: Path) -> None:
    survey = load_surveys(write(tmp_path))["s"]
    assert survey.bridges == (Bridge("1", {"well": Carried("sleep", {"mostly": "well"})}),)
    text = FILES["s/survey.yaml"]
    bridge = text[text.index("bridges:") : text.index("questions:\n  - name")]
    assert load_surveys(write(tmp_path, (bridge, "")))["s"].fingerprint == survey.fingerprint


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (('  - version: "1"', '  - version: "2"'), 10, "`2` is this version, or is bridged twice."),
        (
            ("{mostly: well}", "{mostly: wel1}"),
            12,
            "`bridges` turns an answer to `well` into `wel1`, which is no choice of it.",
        ),
        (("      well:", "      sick:"), 11, "`bridges` refers to `sick`, which is no question here."),
    ],
)
def test_a_bridge_to_nowhere_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, message: str
) -> None:
    problems = Problems()
    check_surveys(write(tmp_path, change), problems)
    assert [(each.line, each.message) for each in problems.faults] == [(line, message)]
