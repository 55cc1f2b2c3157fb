"""Bridges: what of the answers to an earlier version of a survey counts as answers to the version of today.

Change is measured within one version (R6). Where an officer declares that a question asks the same as one of an
earlier version did, its answers are taken over, renamed where needed; all others count as never asked. Nothing stored
is changed: a bridge is a way to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from me_platform.surveys.answers import Response
from me_platform.surveys.definition import Answer, AnswerState, Question, Survey
from me_platform.surveys.question_types import NOT_ASKED, decode_answer


def cross_bridge(response: Response, survey: Survey) -> Response:
    """The response as one of today's version where a bridge leads there, else as it is.

    An answer that does not fit today's question counts as never asked: nobody knows what would have been said.
    """
    bridge = next((each for each in survey.bridges if each.version == response.version), None)
    if bridge is None:
        return response
    answers = dict.fromkeys((each.name for each in survey.questions if each.kind != "note"), NOT_ASKED)
    for name, carried in bridge.questions.items():
        earlier = response.answers.get(carried.name, NOT_ASKED)
        answers[name] = _fit(earlier, survey.get_question(name), carried.values)
    return replace(response, version=survey.version, fingerprint=survey.fingerprint, answers=answers)


def _fit(answer: Answer, question: Question, renamed: Mapping[str, str]) -> Answer:
    if answer.state is not AnswerState.ANSWERED:
        return answer
    value: object = renamed.get(answer.value, answer.value) if isinstance(answer.value, str) else answer.value
    if isinstance(answer.value, tuple):
        taken = {renamed.get(each, each) for each in answer.value}
        known = [choice.value for choice in question.choices if choice.value in taken]
        value = known if len(known) == len(taken) else None
    try:
        return decode_answer([answer.state.value, value], question)
    except ValueError:
        return NOT_ASKED
