"""A survey on paper: the numbers its questions have there, and a form typed in by staff, checked whole."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from me_platform.content import ContentModel, Node, Problems, check_model, suggest
from me_platform.surveys.answers import list_in_wave
from me_platform.surveys.definition import Answer, AnswerState, Purpose, Question, Survey
from me_platform.surveys.question_types import (
    QUESTION_TYPES,
    AnswerProblem,
    ChoiceRule,
    check_answer,
    goes_together,
)

Typed = str | int | tuple[str, ...] | None
"""An answer as staff type it in: a value, several, or nothing."""


class PaperFile(ContentModel):
    """A paper form as typed in."""

    language: str = Field(description="language of the form")
    consents: dict[Purpose, bool] = Field(description="what was ticked, per purpose; a purpose left out is refused")
    answers: dict[str, Typed] = Field(
        default_factory=dict,
        description="value or words per question, a list where several were crossed; what is left out was skipped",
    )


@dataclass(frozen=True)
class PaperForm:
    """A checked paper form."""

    language: str
    consents: Mapping[Purpose, bool]
    answers: Mapping[str, Answer] = field(repr=False)


def number_questions(survey: Survey, wave: str) -> tuple[tuple[int, Question], ...]:
    """The questions of a wave with the number each has on paper, from 1; a note, which asks nothing, has 0."""
    numbers = itertools.count(1)
    return tuple(
        (0 if QUESTION_TYPES[question.kind].choices is ChoiceRule.NONE else next(numbers), question)
        for question in list_in_wave(survey, wave)
    )


def check_paper(node: Node, survey: Survey, problems: Problems) -> PaperForm | None:
    """The form, or None with every fault in ``problems``; no fault repeats what a person wrote."""
    model = check_model(node, PaperFile, problems)
    if model is None:
        return None
    if model.language not in survey.languages:
        message = f"The survey `{survey.id}` has no language `{model.language}`."
        problems.add(node.at("language").make_problem(message, suggest(model.language, survey.languages)))
    for purpose in model.consents:
        if purpose not in survey.purposes:
            message = f"The survey `{survey.id}` does not ask for `{purpose}`."
            problems.add(node.at("consents", purpose).make_problem(message, "Take it out."))
    given = any(value is not None for value in model.answers.values())
    if given and not model.consents.get(Purpose.ANSWER, False):
        message = "There are answers, and the consent `answer` is not given."
        problems.add(node.at("answers").make_problem(message, "Without it nothing may be kept: take the answers out."))
    answers = check_answers(node.at("answers"), model.answers, survey, problems)
    return None if problems.faults else PaperForm(model.language, model.consents, answers)


def check_answers(place: Node, values: Mapping[str, Typed], survey: Survey, problems: Problems) -> dict[str, Answer]:
    """Answers typed in by staff, by question; what is none is told in ``problems`` and left out.

    A question without a value was left empty on the form.
    """
    questions = {question.name: question for question in survey.questions}
    answers = {}
    for name, value in values.items():
        spot = place.at(name)
        if name not in questions:
            message = f"The survey `{survey.id}` has no question `{name}`."
            problems.add(spot.make_problem(message, suggest(name, list(questions))))
            continue
        if value is None:
            continue
        answer = _check_value(questions[name], value if isinstance(value, tuple) else (str(value),))
        if isinstance(answer, AnswerProblem):
            problems.add(spot.make_problem(f"`{name}`: {_WORDS[answer]}", _list_choices(questions[name])))
        else:
            answers[name] = answer
    return answers


def _check_value(question: Question, values: tuple[str, ...]) -> Answer | AnswerProblem:
    states = {choice.value for choice in question.choices if choice.state is not AnswerState.ANSWERED}
    answer = check_answer(question, values, values[0] if len(values) == 1 and values[0] in states else "")
    if isinstance(answer, AnswerProblem) or goes_together(question, answer):
        return answer
    return AnswerProblem.NOT_TOGETHER


def _list_choices(question: Question) -> str:
    known = ", ".join(choice.value for choice in question.choices)
    return f"Known: {known}." if known else ""


_WORDS: Mapping[AnswerProblem, str] = {
    AnswerProblem.NOT_A_CHOICE: "this is none of the choices.",
    AnswerProblem.SEVERAL: "only one answer can be given.",
    AnswerProblem.NOT_A_NUMBER: "this is not a whole number.",
    AnswerProblem.OUT_OF_RANGE: "the number is too small or too large.",
    AnswerProblem.TOO_LONG: "the text is too long.",
    AnswerProblem.NOT_A_DATE: "this is no date of the form asked for.",
    AnswerProblem.OUT_OF_TIME: "the date is too early or too late.",
    AnswerProblem.NOT_TOGETHER: "one of these goes with no other.",
}
