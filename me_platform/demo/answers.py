"""How an invented person answers any survey: by mood, with the gaps real people leave. Pure and seeded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from me_platform.demo.words import OWN_WORDS
from me_platform.surveys.definition import Answer, AnswerState, Question, Survey

MIDDLE = 1.6
"""A mood of about the middle of a ladder of four; a step of mood is a step of the ladder."""

_SKIPPED, _DECLINED, _DONT_KNOW, _NOT_APPLICABLE = 0.03, 0.06, 0.09, 0.10
"""Chances, added up, of the answers that are none."""

_WARM = frozenset({"useful", "respect", "private", "rights", "say_no", "learned", "heard"})
"""Items about the organisation, which are answered more warmly than those about one's own life."""

_STEADY = frozenset({"age"})
"""Questions about a fact: the same answer whenever they are asked."""


def make_answers(
    random: Random, survey: Survey, mood: float, language: str, facts: Mapping[str, str] | None = None
) -> dict[str, Answer]:
    """Answers of one person in that mood; what is not named is skipped. ``facts`` are steady answers by question."""
    found: dict[str, Answer] = {}
    for question in survey.questions:
        answer = _answer(random, question, mood + (0.6 if question.name in _WARM else 0.0), language)
        if question.name in (facts or {}):
            answer = Answer(AnswerState.ANSWERED, (facts or {})[question.name])
        if answer is not None:
            found[question.name] = answer
    return found


def _answer(random: Random, question: Question, mood: float, language: str) -> Answer | None:
    if question.kind == "note":
        return None
    chance = random.random()
    states = {choice.state for choice in question.choices}
    for limit, state in (
        (_SKIPPED, None),
        (_DECLINED, AnswerState.DECLINED),
        (_DONT_KNOW, AnswerState.DONT_KNOW),
        (_NOT_APPLICABLE, AnswerState.NOT_APPLICABLE),
    ):
        if chance < limit and question.name not in _STEADY:
            return Answer(state) if state in states and state is not None else None
    return _MAKERS[question.kind](random, question, mood, language)


def _choose(random: Random, question: Question, mood: float, _language: str) -> Answer:
    ladder = [choice.value for choice in question.choices if choice.state is AnswerState.ANSWERED]
    step = random.gauss(mood, 0.8) * (len(ladder) - 1) / 3
    return Answer(AnswerState.ANSWERED, ladder[min(max(round(step), 0), len(ladder) - 1)])


def _count(random: Random, question: Question, mood: float, _language: str) -> Answer:
    width = question.high - question.low
    number = question.low + round(random.gauss(0.2 + 0.16 * mood, 0.2) * width)
    return Answer(AnswerState.ANSWERED, min(max(number, question.low), question.high))


def _write(random: Random, question: Question, _mood: float, language: str) -> Answer | None:
    known = OWN_WORDS.get(question.name, {}).get(language)
    if known is None or random.random() < (0.65 if question.name == "change" else 0.3):
        return None
    return Answer(AnswerState.ANSWERED, random.choice(known))


def _choose_several(random: Random, question: Question, _mood: float, _language: str) -> Answer:
    offered = [choice for choice in question.choices if choice.state is AnswerState.ANSWERED]
    taken = tuple(choice.value for choice in offered if not choice.exclusive and random.random() < 0.4)
    alone = [choice.value for choice in offered if choice.exclusive] or [random.choice(offered).value]
    return Answer(AnswerState.ANSWERED, taken or (alone[0],))


def _date(random: Random, question: Question, _mood: float, _language: str) -> Answer:
    first, last = (date.fromisoformat(f"{bound}-01"[:10]) for bound in (question.first, question.last))
    day = (first + timedelta(days=random.randint(0, (last - first).days))).isoformat()
    return Answer(AnswerState.ANSWERED, day[: len(question.last)])


_MAKERS = {
    "multiple_choice": _choose_several,
    "date": _date,
    "single_choice": _choose,
    "scale": _count,
    "number": _count,
    "text": _write,
}
