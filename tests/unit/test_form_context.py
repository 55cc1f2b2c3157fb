"""What a paper form says of a survey: its questions in order, conditions in plain words, no name and no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import pytest

from me_platform.errors import ReportUnfit
from me_platform.reports.form import FEWEST_LINES, MOST_LINES, FormContext, make_form_context
from me_platform.surveys.definition import Question, Survey
from tests.report_samples import load_templates
from tests.survey_samples import load_every_survey, load_survey

TEMPLATE = load_templates()["paper-form"]
NOTE = Question("read", "note", {"en": "Read this."})


def make(survey: Survey, wave: str = "baseline", language: str = "en") -> FormContext:
    return make_form_context(TEMPLATE, survey, language, wave, (5, 5))


def change(**changes: object) -> Survey:
    """The check-in with a changed last question."""
    survey = load_survey()
    last = replace(survey.questions[-1], **{"waves": (), **changes})  # type: ignore[arg-type] # fields of a question
    return replace(survey, questions=(*survey.questions[:-1], last))


def find_condition(when: str, language: str = "en") -> str:
    return make(change(when=when), language=language).questions[-1].condition


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("", ""),
        ("${useful} = 'no'", "Only if the answer to question 1 is “No”."),
        ("${useful}=\"no\" or  ${useful} = 'rather_no'", "Only if the answer to question 1 is “No” or “Rather no”."),
        ("${goal_near} = 'declined'", "Only if the answer to question 12 is “I do not want to say”."),
    ],
)
def test_a_condition_on_ticked_answers_is_told_in_their_words(when: str, said: str) -> None:
    assert find_condition(when) == said


@pytest.mark.parametrize(
    "when",
    [
        "${useful} != 'no'",
        "${useful} = 'no' and ${rights} = 'no'",
        "${useful} = 'no' or ${rights} = 'no'",
        "${goal_near} < 5",
        "not(${useful} = 'no')",
        "${useful} = 'never'",
        "${knows_next} = 'no'",  # asked in another wave
    ],
)
def test_a_condition_without_simple_words_is_left_to_the_person(when: str) -> None:
    assert find_condition(when) == "Leave this out if it does not apply."


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("lv", "Tikai tad, ja 1. jautājuma atbilde ir „Nē” vai „Drīzāk nē”."),
        ("ar", "فقط إذا كانت الإجابة عن السؤال 1: «لا» أو «أقرب إلى لا»."),
    ],
)
def test_a_condition_is_told_in_the_language_of_the_form(language: str, said: str) -> None:
    assert find_condition("${useful} = 'no' or ${useful} = 'rather_no'", language) == said


def test_a_form_holds_the_questions_of_its_wave_in_their_order() -> None:
    survey = load_survey()
    first, last = make(survey), make(survey, "exit")
    assert [question.number for question in first.questions] == list(range(1, 14))
    assert [question.number for question in last.questions] == list(range(1, 16))
    assert [question.prompt for question in last.questions] == [question.prompt["en"] for question in survey.questions]


def test_a_note_takes_no_number() -> None:
    survey = load_survey()
    form = make(replace(survey, questions=(survey.questions[0], NOTE, survey.questions[1])))
    assert [(question.number, question.kind) for question in form.questions] == [
        (1, "single_choice"),
        (0, "note"),
        (2, "single_choice"),
    ]


def test_consents_come_in_the_order_of_the_site_and_staff_are_asked_for_none() -> None:
    survey = load_survey()
    purposes = [consent.purpose for consent in make(replace(survey, purposes=survey.purposes[::-1])).consents]
    assert purposes == ["answer", "link", "recontact", "quote", "statistics"]
    seen = make(load_every_survey()["caseworker-mirror"])
    assert (seen.by_staff, seen.consents) == (True, ())


def test_answers_and_answers_that_are_states_stand_apart() -> None:
    (question,) = make(load_every_survey()["session-pulse"], "before").questions
    assert [(choice.label, choice.face) for choice in question.answers] == [
        ("Very bad", 1),
        ("Bad", 2),
        ("So-so", 3),
        ("Good", 4),
        ("Very good", 5),
    ]
    assert [choice.label for choice in question.states] == [
        "I do not know",
        "I do not want to say",
        "Does not apply to me",
    ]


def test_there_is_room_for_own_words_and_never_a_whole_page_of_it() -> None:
    rooms = {length: make(change(kind="text", max_length=length)).questions[-1].lines for length in (1, 300, 500, 4000)}
    assert rooms == {1: FEWEST_LINES, 300: 4, 500: 6, 4000: MOST_LINES}


@pytest.mark.parametrize("survey", load_every_survey().values(), ids=lambda survey: survey.id)
def test_no_name_of_a_question_and_no_value_of_a_choice_reaches_the_template(survey: Survey) -> None:
    """What the context does not hold, no template can print on the page the person sees."""
    context = make(survey, survey.waves[-1].name if survey.waves else "")
    said = _walk(asdict(context))
    inner = {question.name for question in survey.questions} | {survey.id}
    inner |= {choice.value for question in survey.questions for choice in question.choices}
    assert not said & inner


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(ReportUnfit, match="has no words in 'de'"):
        make(load_survey(), language="de")


def test_words_an_officer_took_out_are_named() -> None:
    with pytest.raises(ReportUnfit, match="no words for `fitting` under terms, condition"):
        make_form_context(replace(TEMPLATE, terms={}), change(when="${goal_near} < 5"), "en", "baseline", (5, 5))


def _walk(value: object) -> set[str]:
    if isinstance(value, Mapping):
        return {leaf for each in value.values() for leaf in _walk(each)}
    if isinstance(value, tuple | list):
        return {leaf for each in value for leaf in _walk(each)}
    return {str(value)}
