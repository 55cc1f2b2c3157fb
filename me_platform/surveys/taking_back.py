"""Taking one answer out of a response. Pure; source: privacy-and-safety 1.7.

What was asked only because of an answer would tell that answer: it goes with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from me_platform.surveys.answers import list_in_wave, list_names
from me_platform.surveys.definition import Question, Survey
from me_platform.surveys.question_types import NOT_ASKED, SKIPPED


def list_takeable(survey: Survey, wave: str) -> tuple[Question, ...]:
    """The questions of a wave, in order: what an answer can be taken back of. A note has none."""
    return tuple(question for question in list_in_wave(survey, wave) if question.kind != "note")


def list_following(survey: Survey, name: str) -> tuple[str, ...]:
    """Names of the questions whose being asked depends on a question, directly or through another one."""
    known, following = {name}, []
    for question in survey.questions:
        if question.when and not known.isdisjoint(list_names(survey, question.when)):
            known.add(question.name)
            following.append(question.name)
    return tuple(following)


def may_have_alerted(survey: Survey, names: Collection[str]) -> bool:
    """Whether answers to any of these questions decide whether the survey alerts whoever is on duty."""
    return not list_names(survey, survey.alert).isdisjoint(names)


def take_out_answer(data: bytes, name: str, following: Sequence[str]) -> bytes:
    """An opened response without an answer: it counts as skipped, and what followed from it as not asked.

    The survey need not be at hand, for officers may have taken it away: what the response does not hold is left alone.
    """
    content = json.loads(data)
    answers = content["answers"]
    for each, answer in ((name, SKIPPED), *((one, NOT_ASKED) for one in following)):
        if each in answers:
            answers[each] = [answer.state.value, None]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
