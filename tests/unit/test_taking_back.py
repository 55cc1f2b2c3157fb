"""Taking one answer out of a response (privacy-and-safety 1.7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from me_platform.surveys.answers import decode_response, encode_response, make_response
from me_platform.surveys.definition import Answer, AnswerState, Mode, Question, Survey
from me_platform.surveys.taking_back import list_following, list_takeable, take_out_answer
from tests.survey_samples import load_survey

NO, YES = Answer(AnswerState.ANSWERED, "no"), Answer(AnswerState.ANSWERED, "yes")
GIVEN = {"sleep": NO, "help": YES, "who": YES, "walks": YES}


def make_survey() -> Survey:
    """Four questions: the second is asked because of the first, the third because of the second."""
    [first, *_] = load_survey().questions
    whens = {"sleep": "", "help": "${sleep} = 'no'", "who": "${help} = 'yes' and true()", "walks": ""}
    questions = [replace(first, name=name, when=when) for name, when in whens.items()]
    note = Question("read_this", "note", first.prompt, when="${sleep} = 'no'")
    return replace(load_survey(), questions=(*questions, note))


@pytest.mark.parametrize(
    ("name", "following"),
    [("sleep", ("help", "who", "read_this")), ("help", ("who",)), ("who", ()), ("walks", ()), ("nobody", ())],
)
def test_what_was_asked_because_of_an_answer_goes_with_it(name: str, following: tuple[str, ...]) -> None:
    assert list_following(make_survey(), name) == following


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("sleep", {"walks": YES}),
        ("help", {"sleep": NO, "walks": YES}),
        ("walks", {"sleep": NO, "help": YES, "who": YES}),
    ],
)
def test_a_response_without_an_answer_is_one_in_which_it_was_never_given(name: str, left: dict[str, Answer]) -> None:
    """privacy-and-safety 1.7: nothing that is left tells what was taken back."""
    survey = make_survey()
    data = encode_response(make_response(survey, "baseline", "lv", Mode.SELF, GIVEN), survey)
    without = take_out_answer(data, name, list_following(survey, name))
    assert decode_response(without, survey) == make_response(survey, "baseline", "lv", Mode.SELF, left)
    assert take_out_answer(without, name, ()) == without


def test_a_question_the_response_does_not_hold_changes_nothing() -> None:
    survey = make_survey()
    data = encode_response(make_response(survey, "baseline", "lv", Mode.SELF, GIVEN), survey)
    assert take_out_answer(data, "nobody", ("nothing",)) == data


def test_only_questions_of_the_wave_that_are_answered_can_be_chosen() -> None:
    survey = load_survey()
    chosen = {wave: {each.name for each in list_takeable(survey, wave)} for wave in ("baseline", "exit")}
    last = {each.name for each in survey.questions if each.waves}
    assert last
    assert chosen["exit"] - chosen["baseline"] <= last
    assert not any(each.kind == "note" for each in list_takeable(survey, "exit"))
