"""Kinds of questions: one entry each in ``QUESTION_TYPES``.

An entry checks what a form sent, writes an answer's value as JSON and reads it back, and says how many bytes an
answer may need. An answer that is a state (do not know, do not want to say, does not apply) is of equal weight in
every kind (privacy-and-safety 1.8) and needs nothing from the entry.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from me_platform.surveys.definition import Answer, AnswerState, Question
from me_platform.surveys.expressions import make_day_number
from me_platform.surveys.text import make_text

Value = str | int | tuple[str, ...] | None
Json = str | int | list[str] | None

MAX_RAW = 20_000
"""Longest form field looked at, in characters; a longer one is too long for every question."""
_MAX_DIGITS = 18

SKIPPED = Answer(AnswerState.SKIPPED)
NOT_ASKED = Answer(AnswerState.NOT_ASKED)


class AnswerProblem(StrEnum):
    """Why a form's value is no answer; the site has a sentence for each, in every language."""

    NOT_A_CHOICE = "not_a_choice"
    SEVERAL = "several"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    NOT_A_DATE = "not_a_date"
    OUT_OF_TIME = "out_of_time"
    NOT_TOGETHER = "not_together"


class ChoiceRule(StrEnum):
    """Which choices a kind has: answers and states, states only, or none."""

    ANSWERS = "answers"
    STATES = "states"
    NONE = "none"


QuestionCheck = Callable[[Sequence[str], Question], Answer | AnswerProblem]


@dataclass(frozen=True)
class QuestionType:
    """One kind of question.

    ``check`` takes the form values that are not blank, at least one; ``encode`` and ``decode`` translate the value of
    an answered question (``decode`` raises ValueError for JSON that is no such value); ``compute_capacity`` is the
    number of UTF-8 bytes of the longest encoded value.
    """

    choices: ChoiceRule
    check: QuestionCheck
    encode: Callable[[Value], Json]
    decode: Callable[[object, Question], Value]
    compute_capacity: Callable[[Question], int]


def check_answer(question: Question, values: Sequence[str], state: str = "") -> Answer | AnswerProblem:
    """What a form sent for a question, as an answer or as the reason why it is none.

    ``values`` are all values of the question's field, ``state`` the value of the field in which a number or text
    question offers its states; a state named there counts, whatever else was sent: who ends with "I do not want
    to say" has not said it. Nothing at all, or blanks, is a skipped question. Never raises.
    """
    kind = QUESTION_TYPES[question.kind]
    if kind.choices is ChoiceRule.NONE:
        return NOT_ASKED
    states = {choice.value: choice.state for choice in question.choices if choice.state is not AnswerState.ANSWERED}
    if state.strip():
        return Answer(states[state.strip()]) if state.strip() in states else AnswerProblem.NOT_A_CHOICE
    given = [value for value in values if value and not value.isspace()]
    if not given:
        return SKIPPED
    return AnswerProblem.TOO_LONG if max(map(len, given)) > MAX_RAW else kind.check(given, question)


def goes_together(question: Question, answer: Answer) -> bool:
    """Whether the choices of an answer can be true at once: "none of these" and the states go with no other.

    Who ticked both is asked again. Neither is dropped: nobody but the person knows which of them was meant.
    """
    if not isinstance(answer.value, tuple) or len(answer.value) == 1:
        return True
    alone = {c.value for c in question.choices if c.exclusive or c.state is not AnswerState.ANSWERED}
    return alone.isdisjoint(answer.value)


def encode_answer(answer: Answer, question: Question) -> list[Json]:
    """The pair [state, value] for the sealed record. Raises ValueError for an answer the question cannot have."""
    value = QUESTION_TYPES[question.kind].encode(answer.value)
    pair: list[Json] = [answer.state.value, value]
    decode_answer(pair, question)
    return pair


def decode_answer(pair: object, question: Question) -> Answer:
    """The answer of a pair [state, value]. Raises ValueError for anything that is no answer to the question."""
    if not isinstance(pair, list) or len(pair) != len(("state", "value")):
        raise ValueError(f"{question.name}: an answer is a pair of state and value")
    state, value = pair
    if state == AnswerState.ANSWERED.value:
        return Answer(AnswerState.ANSWERED, QUESTION_TYPES[question.kind].decode(value, question))
    if value is not None:
        raise ValueError(f"{question.name}: a state has no value")
    return Answer(AnswerState(state))


def compute_answer_capacity(question: Question) -> int:
    """UTF-8 bytes of the longest pair [state, value] a question can give."""
    longest_state = max(len(json.dumps([state.value, None], separators=(",", ":"))) for state in AnswerState)
    answered = len('["answered",]') + QUESTION_TYPES[question.kind].compute_capacity(question)
    return max(longest_state, answered)


def _encode_as_it_is(value: Value) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _check_one(check: Callable[[str, Question], Answer | AnswerProblem]) -> QuestionCheck:
    """The check of a kind that is answered with one value."""

    def check_given(given: Sequence[str], question: Question) -> Answer | AnswerProblem:
        return AnswerProblem.SEVERAL if len(given) > 1 else check(given[0], question)

    return check_given


def _check_choice(raw: str, question: Question) -> Answer | AnswerProblem:
    for choice in question.choices:
        if choice.value == raw.strip():
            return Answer(choice.state, choice.value if choice.state is AnswerState.ANSWERED else None)
    return AnswerProblem.NOT_A_CHOICE


def _decode_choice(value: object, question: Question) -> Value:
    for choice in question.choices:
        if choice.value == value and choice.state is AnswerState.ANSWERED:
            return choice.value
    raise ValueError(f"{question.name}: the value is none of the choices")


def _compute_choice_capacity(question: Question) -> int:
    return max(len(json.dumps(choice.value)) for choice in question.choices)


def _check_choices(given: Sequence[str], question: Question) -> Answer | AnswerProblem:
    picked = {raw.strip() for raw in given}
    chosen = [choice for choice in question.choices if choice.value in picked]
    if len(chosen) < len(picked):
        return AnswerProblem.NOT_A_CHOICE
    if len(chosen) == 1 and chosen[0].state is not AnswerState.ANSWERED:
        return Answer(chosen[0].state)
    return Answer(AnswerState.ANSWERED, tuple(choice.value for choice in chosen))


def _decode_choices(value: object, question: Question) -> Value:
    if isinstance(value, list | tuple) and value:
        chosen = tuple(choice.value for choice in question.choices if choice.value in value)
        states = [choice.value for choice in question.choices if choice.state is not AnswerState.ANSWERED]
        if list(value) == list(chosen) and not (len(chosen) == 1 and chosen[0] in states):
            return chosen
    raise ValueError(f"{question.name}: the value is no list of choices, each once and in their order")


def _compute_choices_capacity(question: Question) -> int:
    return len(json.dumps([choice.value for choice in question.choices], separators=(",", ":")))


def _check_number(raw: str, question: Question) -> Answer | AnswerProblem:
    text = raw.strip()
    # The states of a number question may stand in the same group of buttons as its numbers.
    if any(choice.value == text for choice in question.choices):
        return _check_choice(text, question)
    sign, digits = (-1, text[1:]) if text.startswith(("-", "\u2212")) else (1, text)
    # Digits of every script count: a phone set to Arabic or Bengali types its own.
    if not digits.isdecimal():
        return AnswerProblem.NOT_A_NUMBER
    if len(digits) > _MAX_DIGITS or not question.low <= sign * int(digits) <= question.high:
        return AnswerProblem.OUT_OF_RANGE
    return Answer(AnswerState.ANSWERED, sign * int(digits))


def _decode_number(value: object, question: Question) -> Value:
    if isinstance(value, int) and not isinstance(value, bool) and question.low <= value <= question.high:
        return value
    raise ValueError(f"{question.name}: the value is no number in range")


def _compute_number_capacity(question: Question) -> int:
    return max(len(str(question.low)), len(str(question.high)))


def _check_text(raw: str, question: Question) -> Answer | AnswerProblem:
    text = make_text(raw)
    if not text:
        return SKIPPED
    return AnswerProblem.TOO_LONG if len(text) > question.max_length else Answer(AnswerState.ANSWERED, text)


def _decode_text(value: object, question: Question) -> Value:
    if isinstance(value, str) and 0 < len(value) <= question.max_length and make_text(value) == value:
        return value
    raise ValueError(f"{question.name}: the value is no text of the allowed length")


def _compute_text_capacity(question: Question) -> int:
    # A character takes at most 4 bytes of UTF-8; the escaped ones (quote, backslash, line end) take 2.
    return len('""') + 4 * question.max_length


_DATE = {"month": re.compile(r"[0-9]{4}-[0-9]{2}"), "day": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")}
_PARTS = {"month": "ym", "day": "ymd"}
"""What a form sends a date in: `y2026`, `m03`, `d01`, in any order; typed by staff it is one value, `2026-03-01`."""


def _check_date(given: Sequence[str], question: Question) -> Answer | AnswerProblem:
    parts = {raw.strip()[:1]: raw.strip()[1:] for raw in given}
    whole = given[0].strip() if len(given) == 1 else ""
    if set(parts) == set(_PARTS[question.precision]) and len(parts) == len(given):
        whole = "-".join(parts[part] for part in _PARTS[question.precision])
    if not is_date(whole, question.precision):
        return AnswerProblem.NOT_A_DATE
    within = question.first <= whole <= question.last
    return Answer(AnswerState.ANSWERED, whole) if within else AnswerProblem.OUT_OF_TIME


def is_date(written: str, precision: str) -> bool:
    """Whether a text is a date written to the month (2026-03) or to the day (2026-03-01)."""
    return _DATE[precision].fullmatch(written) is not None and not math.isnan(make_day_number(written))


def _decode_date(value: object, question: Question) -> Value:
    if isinstance(value, str) and is_date(value, question.precision) and question.first <= value <= question.last:
        return value
    raise ValueError(f"{question.name}: the value is no date in range")


def _compute_date_capacity(question: Question) -> int:
    return len('""') + len(question.last)


def _check_note(_given: Sequence[str], _question: Question) -> Answer | AnswerProblem:
    return NOT_ASKED


def _decode_note(_value: object, question: Question) -> Value:
    raise ValueError(f"{question.name}: a note has no answer")


QUESTION_TYPES: Mapping[str, QuestionType] = {
    "single_choice": QuestionType(
        ChoiceRule.ANSWERS, _check_one(_check_choice), _encode_as_it_is, _decode_choice, _compute_choice_capacity
    ),
    "multiple_choice": QuestionType(
        ChoiceRule.ANSWERS, _check_choices, _encode_as_it_is, _decode_choices, _compute_choices_capacity
    ),
    "scale": QuestionType(
        ChoiceRule.STATES, _check_one(_check_number), _encode_as_it_is, _decode_number, _compute_number_capacity
    ),
    "number": QuestionType(
        ChoiceRule.STATES, _check_one(_check_number), _encode_as_it_is, _decode_number, _compute_number_capacity
    ),
    "date": QuestionType(ChoiceRule.STATES, _check_date, _encode_as_it_is, _decode_date, _compute_date_capacity),
    "text": QuestionType(
        ChoiceRule.STATES, _check_one(_check_text), _encode_as_it_is, _decode_text, _compute_text_capacity
    ),
    "note": QuestionType(ChoiceRule.NONE, _check_note, _encode_as_it_is, _decode_note, lambda _question: 0),
}
"""The closed table of kinds. A ``scale`` is whole numbers from 0 to 10 with words at both ends, a ``number`` a whole
number between its bounds, a ``date`` a month or a day between its bounds, a ``note`` a page that is read and asks
nothing."""
