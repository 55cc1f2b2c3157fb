"""A paper form typed in by staff is checked whole, and no fault repeats what a person wrote."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from me_platform.content import Problems, read_yaml_text
from me_platform.surveys.definition import Answer, AnswerState, Purpose
from me_platform.surveys.paper import PaperForm, check_paper
from tests.survey_samples import load_survey

FORM = """\
language: lv
consents:
  answer: true
  statistics: true
  quote: false
answers:
  useful: rather_yes
  decide: declined
  goal: " Māja   bērniem "
  goal_near: 7
  change: dont_know
"""


def check(text: str) -> tuple[PaperForm | None, list[str]]:
    problems = Problems()
    node = read_yaml_text(text, "form.yaml", problems)
    form = check_paper(node, load_survey(), problems) if node else None
    return form, [str(fault) for fault in problems.faults]


def test_a_form_without_faults_holds_what_was_ticked_and_written() -> None:
    form, faults = check(FORM)
    assert faults == []
    assert form is not None
    assert form.language == "lv"
    assert form.consents == {Purpose.ANSWER: True, Purpose.STATISTICS: True, Purpose.QUOTE: False}
    assert form.answers == {
        "useful": Answer(AnswerState.ANSWERED, "rather_yes"),
        "decide": Answer(AnswerState.DECLINED),
        "goal": Answer(AnswerState.ANSWERED, "Māja   bērniem"),
        "goal_near": Answer(AnswerState.ANSWERED, 7),
        "change": Answer(AnswerState.DONT_KNOW),
    }


def test_a_form_that_says_no_holds_nothing_else() -> None:
    form, faults = check("language: en\nconsents: {answer: false}\n")
    assert (form, faults) == (PaperForm("en", {Purpose.ANSWER: False}, {}), [])


def test_a_question_without_a_value_was_left_empty() -> None:
    form, faults = check(FORM.replace("useful: rather_yes", "useful:").replace("goal_near: 7", "goal_near:"))
    assert faults == []
    assert form is not None
    assert list(form.answers) == ["decide", "goal", "change"]
    refused, faults = check("language: en\nconsents: {answer: false}\nanswers:\n  useful:\n")
    assert (refused, faults) == (PaperForm("en", {Purpose.ANSWER: False}, {}), [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"language: lv": "language: et"}, "form.yaml:1: The survey `outcome-checkin` has no language `et`."),
        ({"quote: false": "qoute: false"}, "form.yaml:5: "),
        ({"answer: true": "answer: false"}, "form.yaml:6: There are answers, and the consent `answer` is not given."),
        ({"  answer: true\n": ""}, "form.yaml:5: There are answers, and the consent `answer` is not given."),
        ({"useful:": "usefull:"}, "form.yaml:7: The survey `outcome-checkin` has no question `usefull`. Did you mean"),
        ({"rather_yes": "perhaps"}, "form.yaml:7: `useful`: this is none of the choices. Known: no, rather_no,"),
        ({"goal_near: 7": "goal_near: 11"}, "form.yaml:10: `goal_near`: the number is too small or too large."),
        ({"goal_near: 7": "goal_near: seven"}, "form.yaml:10: `goal_near`: this is not a whole number."),
        ({'" Māja   bērniem "': "x" * 501}, "form.yaml:9: `goal`: the text is too long."),
        ({"language: lv\n": ""}, "form.yaml:1: `language` is missing."),
        ({"language: lv": "language: lv\nname: Somebody"}, "form.yaml:2: `name` is not known here."),
    ],
)
def test_a_fault_is_told_with_its_line(changes: Mapping[str, str], expected: str) -> None:
    text = FORM
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    form, faults = check(text)
    assert form is None
    assert any(fault.startswith(expected) for fault in faults), faults
    assert "Māja" not in str(faults)
    assert "xxx" not in str(faults)


def test_every_fault_of_a_form_is_told_at_once() -> None:
    text = FORM.replace("rather_yes", "perhaps").replace("lv", "et", 1).replace("goal_near: 7", "goal_near: 99")
    assert len(check(text)[1]) == 3
