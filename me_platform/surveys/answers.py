"""A person's answers to one survey: completed by the survey's logic, written as the sealed record's JSON, read back.

All records of one survey version are padded to the same size, ``compute_capacity``, so that a length tells nothing
about what was answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from me_platform.errors import ProgramError
from me_platform.surveys.definition import Answer, AnswerState, Mode, Question, Survey
from me_platform.surveys.expressions import Operand, evaluate, is_blank, is_true, make_day_number, read_expression
from me_platform.surveys.question_types import (
    NOT_ASKED,
    QUESTION_TYPES,
    SKIPPED,
    ChoiceRule,
    compute_answer_capacity,
    decode_answer,
    encode_answer,
    goes_together,
)
from me_platform.surveys.waves import find_stem

LONGEST_WAVE = "followup-9999"
"""Wave names up to this length fit every record."""


class ResponseUnreadable(ProgramError):
    """An opened record that is no response to this survey; nothing of its content is told."""

    def __init__(self, survey: str) -> None:
        self.survey = survey
        super().__init__(f"An opened record does not have the form of a response to the survey '{survey}'.")


@dataclass(frozen=True)
class Response:
    """The answers of one person to one survey in one wave.

    ``fingerprint`` is that of the survey as it was asked. ``answers`` holds every question but notes, in order.
    """

    survey: str
    version: str
    fingerprint: str
    wave: str
    locale: str
    mode: Mode
    answers: Mapping[str, Answer] = field(repr=False)


def list_in_wave(survey: Survey, wave: str) -> tuple[Question, ...]:
    """The questions and notes of a wave, in order, whatever ``when`` decides."""
    return tuple(each for each in survey.questions if not each.waves or find_stem(wave) in each.waves)


class Doubt(StrEnum):
    """Why an answer has to be looked at once more before it counts."""

    NOT_TOGETHER = "not_together"
    CHECK = "check"


def list_asked(
    survey: Survey, answers: Mapping[str, Answer], wave: str = "", day: date | None = None
) -> tuple[Question, ...]:
    """The questions and notes to show in a wave, in order; ``when`` decides from earlier answers.

    An answer to a question that is not asked (any more) counts as none. ``day`` is that of the answers; it may be left
    out where no expression of the survey asks for today, else ValueError is raised.
    """
    return _ask(survey, answers, wave, day)[0]


def _ask(
    survey: Survey, answers: Mapping[str, Answer], wave: str, day: date | None
) -> tuple[tuple[Question, ...], dict[str, Operand]]:
    """The questions to show, and the answers to them as expressions see them."""
    values: dict[str, Operand] = {}
    asked = []
    for question in list_in_wave(survey, wave):
        if question.when and not is_true(_evaluate(survey, question.when, values, day)):
            continue
        asked.append(question)
        values[question.name] = _make_operand(question, answers.get(question.name, SKIPPED))
    return tuple(asked), values


def _evaluate(survey: Survey, text: str, values: Mapping[str, Operand], day: date | None) -> Operand:
    """The value of an expression, with those of the survey's calculations it speaks of."""
    if not survey.calculations:
        return evaluate(text, values, day)
    known = dict(values)

    def calculate(expression: str) -> Operand:
        for name in read_expression(expression).names:
            if name in survey.calculations and name not in known:
                known[name] = calculate(survey.calculations[name])
        return evaluate(expression, known, day)

    return calculate(text)


def compute_value(
    survey: Survey, name: str, answers: Mapping[str, Answer], wave: str = "", day: date | None = None
) -> Operand:
    """The value of a calculation of the survey; ``day`` is as in ``list_asked``. Raises KeyError."""
    return _evaluate(survey, survey.calculations[name], _ask(survey, answers, wave, day)[1], day)


def find_doubt(
    survey: Survey, question: Question, answers: Mapping[str, Answer], wave: str = "", day: date | None = None
) -> Doubt | None:
    """What speaks against the answer to a question that is asked, or None; ``day`` is as in ``list_asked``.

    A state is never in doubt. A check that speaks of something nobody answered is left out: a question that was
    skipped earlier must not stand in the way of this one.
    """
    answer = answers.get(question.name, SKIPPED)
    if answer.state is not AnswerState.ANSWERED:
        return None
    if not goes_together(question, answer):
        return Doubt.NOT_TOGETHER
    if not question.check:
        return None
    values = _ask(survey, answers, wave, day)[1]
    spoken_of = read_expression(question.check).names
    given = {name: _evaluate(survey, f"${{{name}}}", values, day) for name in spoken_of}
    if any(is_blank(value) or _is_state(name, answers) for name, value in given.items()):
        return None
    return None if is_true(_evaluate(survey, question.check, values, day)) else Doubt.CHECK


def _is_state(name: str, answers: Mapping[str, Answer]) -> bool:
    """Whether a question was answered with a state; a calculation never is."""
    return name in answers and answers[name].state is not AnswerState.ANSWERED


def list_names(survey: Survey, text: str) -> frozenset[str]:
    """The questions an expression depends on, itself or through calculations; none for the empty one."""
    found: set[str] = set()
    waiting = [text] if text else []
    while waiting:
        new = read_expression(waiting.pop()).names - found
        found |= new
        waiting += [survey.calculations[name] for name in new if name in survey.calculations]
    return frozenset(found.difference(survey.calculations))


def is_alert(survey: Survey, answers: Mapping[str, Answer], wave: str = "", day: date | None = None) -> bool:
    """Whether the survey's `alert` holds for these answers; what is not asked in the wave counts as not answered.

    ``day`` is as in ``list_asked``.
    """
    if not survey.alert:
        return False
    return is_true(_evaluate(survey, survey.alert, _ask(survey, answers, wave, day)[1], day))


def make_response(
    survey: Survey,
    wave: str,
    locale: str,
    mode: Mode,
    answers: Mapping[str, Answer],
    day: date | None = None,
) -> Response:
    """A whole response: what was asked and not answered is skipped, what ``when`` left out is not asked.

    An answer in doubt is none. ``day`` is as in ``list_asked``.
    """
    asked = {question.name for question in list_asked(survey, answers, wave, day)}
    settled = {
        question.name: answers.get(question.name, SKIPPED) if question.name in asked else NOT_ASKED
        for question in survey.questions
        if _has_answer(question)
    }
    doubtful = {
        name: SKIPPED
        for name, answer in settled.items()
        if answer.state is AnswerState.ANSWERED
        and find_doubt(survey, survey.get_question(name), answers, wave, day) is not None
    }
    return Response(survey.id, survey.version, survey.fingerprint, wave, locale, mode, settled | doubtful)


def encode_response(response: Response, survey: Survey) -> bytes:
    """The response as compact UTF-8 JSON of at most ``compute_capacity(survey)`` bytes.

    Raises ValueError for a response that does not belong to the survey or holds what the survey cannot ask.
    """
    names = [question.name for question in survey.questions if _has_answer(question)]
    if (response.survey, response.fingerprint, list(response.answers)) != (survey.id, survey.fingerprint, names):
        raise ValueError("the response belongs to another survey or version")
    if response.locale not in survey.languages or len(response.wave.encode()) > len(LONGEST_WAVE):
        raise ValueError("the response has a language or a wave the survey does not have")
    answers = {name: encode_answer(answer, survey.get_question(name)) for name, answer in response.answers.items()}
    return _dump(response.version, response.wave, response.locale, response.mode.value, survey, answers)


def decode_response(data: bytes, survey: Survey) -> Response:
    """The response in an opened record of this survey, of this version or an earlier one.

    Answers of the same version are checked against their questions; of another version only their form is, and
    its questions are kept as they were asked. Raises ResponseUnreadable.
    """
    try:
        return _read_content(json.loads(data), survey)
    except (ValueError, TypeError, KeyError, AttributeError):
        # The cause is left out: its words may hold what the person answered.
        raise ResponseUnreadable(survey.id) from None


def compute_capacity(survey: Survey) -> int:
    """Bytes that hold every possible response to this version of the survey."""
    frame = _dump(
        survey.version,
        LONGEST_WAVE,
        max(survey.languages, key=len),
        max((mode.value for mode in Mode), key=len),
        survey,
        {},
    )
    pairs = (
        len(json.dumps(question.name)) + len(":,") + compute_answer_capacity(question)
        for question in survey.questions
        if _has_answer(question)
    )
    return len(frame) + sum(pairs)


def _read_content(content: Mapping[str, Any], survey: Survey) -> Response:
    """The response in the record's JSON. Raises ValueError, KeyError, TypeError or AttributeError for another form."""
    if content["survey"] != survey.id:
        raise ValueError("it belongs to another survey")
    same = content["fingerprint"] == survey.fingerprint
    return Response(
        survey=survey.id,
        version=str(content["version"]),
        fingerprint=str(content["fingerprint"]),
        wave=str(content["wave"]),
        locale=str(content["locale"]),
        mode=Mode(content["mode"]),
        answers={
            str(name): decode_answer(pair, survey.get_question(name)) if same else _decode_any(pair)
            for name, pair in content["answers"].items()
        },
    )


def _has_answer(question: Question) -> bool:
    return QUESTION_TYPES[question.kind].choices is not ChoiceRule.NONE


def _make_operand(question: Question, answer: Answer) -> Operand:
    """An answer as expressions see it: a state is the value of the choice that stands for it, nothing is empty."""
    if answer.state is not AnswerState.ANSWERED:
        return next((choice.value for choice in question.choices if choice.state is answer.state), "")
    if isinstance(answer.value, tuple):
        return " ".join(answer.value)
    if question.kind == "date":
        return make_day_number(answer.value or "")
    return float(answer.value) if isinstance(answer.value, int) else answer.value or ""


def _decode_any(pair: object) -> Answer:
    """An answer of a version that is not at hand: checked for its form alone."""
    if not isinstance(pair, list) or len(pair) != len(("state", "value")):
        raise ValueError("an answer is a pair of state and value")
    state, value = AnswerState(pair[0]), pair[1]
    if isinstance(value, list):
        value = tuple(map(str, value))
    if isinstance(value, bool | float | dict) or (value is None) == (state is AnswerState.ANSWERED):
        raise ValueError("an answer's value does not go with its state")
    return Answer(state, value)


def _dump(version: str, wave: str, locale: str, mode: str, survey: Survey, answers: Mapping[str, object]) -> bytes:
    content = {
        "survey": survey.id,
        "version": version,
        "fingerprint": survey.fingerprint,
        "wave": wave,
        "locale": locale,
        "mode": mode,
        "answers": answers,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
