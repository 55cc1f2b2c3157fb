"""A form's values become an answer, a state, a skip, or the reason why they are none; nothing a form sends raises."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.surveys.definition import Answer, AnswerState, Choice, Question
from me_platform.surveys.question_types import (
    MAX_RAW,
    NOT_ASKED,
    QUESTION_TYPES,
    SKIPPED,
    AnswerProblem,
    check_answer,
    compute_answer_capacity,
    decode_answer,
    encode_answer,
    goes_together,
)

STATES = (
    Choice("dont_know", {}, AnswerState.DONT_KNOW),
    Choice("declined", {}, AnswerState.DECLINED),
    Choice("not_applicable", {}, AnswerState.NOT_APPLICABLE),
)
QUESTIONS = {
    "single_choice": Question("useful", "single_choice", {}, choices=(Choice("no", {}), Choice("yes", {}), *STATES)),
    "multiple_choice": Question(
        "needs",
        "multiple_choice",
        {},
        choices=(Choice("food", {}), Choice("rest", {}), Choice("none", {}, exclusive=True), *STATES),
    ),
    "date": Question("since", "date", {}, choices=STATES, precision="month", first="2020-03", last="2026-12"),
    "scale": Question("goal_near", "scale", {}, choices=STATES),
    "number": Question("months", "number", {}, choices=STATES, low=-5, high=120),
    "text": Question("goal", "text", {}, choices=STATES, max_length=12),
    "note": Question("hello", "note", {}),
}
BY_DAY = replace(QUESTIONS["date"], precision="day", first="2024-01-31", last="2024-12-31")
every_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
every_asked = pytest.mark.parametrize(
    "question", [q for q in QUESTIONS.values() if q.kind != "note"], ids=lambda q: q.kind
)


def answered(value: str | int | tuple[str, ...]) -> Answer:
    return Answer(AnswerState.ANSWERED, value)


def test_every_kind_of_question_is_tried_here() -> None:
    assert set(QUESTIONS) == set(QUESTION_TYPES)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("single_choice", "yes", answered("yes")),
        ("single_choice", " yes\r\n", answered("yes")),
        ("single_choice", "declined", Answer(AnswerState.DECLINED)),
        ("single_choice", "YES", AnswerProblem.NOT_A_CHOICE),
        ("single_choice", "maybe", AnswerProblem.NOT_A_CHOICE),
        ("single_choice", "\x00", AnswerProblem.NOT_A_CHOICE),
        ("scale", "0", answered(0)),
        ("scale", "10", answered(10)),
        ("scale", "007", answered(7)),
        ("scale", "٧", answered(7)),
        ("scale", "dont_know", Answer(AnswerState.DONT_KNOW)),
        ("scale", "11", AnswerProblem.OUT_OF_RANGE),
        ("scale", "-1", AnswerProblem.OUT_OF_RANGE),
        ("scale", "9" * 5000, AnswerProblem.OUT_OF_RANGE),
        ("scale", "5.5", AnswerProblem.NOT_A_NUMBER),
        ("scale", "1e1", AnswerProblem.NOT_A_NUMBER),
        ("scale", "½", AnswerProblem.NOT_A_NUMBER),
        ("scale", "²", AnswerProblem.NOT_A_NUMBER),
        ("scale", "-", AnswerProblem.NOT_A_NUMBER),
        ("scale", "five", AnswerProblem.NOT_A_NUMBER),
        ("number", "-5", answered(-5)),
        ("number", "\u22123", answered(-3)),
        ("number", "120", answered(120)),
        ("number", "121", AnswerProblem.OUT_OF_RANGE),
        ("multiple_choice", "rest", answered(("rest",))),
        ("multiple_choice", " none ", answered(("none",))),
        ("multiple_choice", "declined", Answer(AnswerState.DECLINED)),
        ("multiple_choice", "food rest", AnswerProblem.NOT_A_CHOICE),
        ("date", "2020-03", answered("2020-03")),
        ("date", " 2026-12 ", answered("2026-12")),
        ("date", "2020-02", AnswerProblem.OUT_OF_TIME),
        ("date", "2027-01", AnswerProblem.OUT_OF_TIME),
        ("date", "2024-13", AnswerProblem.NOT_A_DATE),
        ("date", "2024-03-01", AnswerProblem.NOT_A_DATE),
        ("date", "y2024", AnswerProblem.NOT_A_DATE),
        ("date", "٢٠٢٤-٠٣", AnswerProblem.NOT_A_DATE),
        ("text", "  mans dēls \r\n", answered("mans dēls")),
        ("text", "a\u0304" * 12, answered("ā" * 12)),
        ("text", "declined", answered("declined")),
        ("text", "x" * 13, AnswerProblem.TOO_LONG),
        ("text", "\u202e\x00", SKIPPED),
        ("text", "x" * (MAX_RAW + 1), AnswerProblem.TOO_LONG),
    ],
)
def test_a_value_is_read_as_its_kind_says(kind: str, raw: str, expected: Answer | AnswerProblem) -> None:
    assert check_answer(QUESTIONS[kind], [raw]) == expected


@every_asked
@pytest.mark.parametrize("values", [[], [""], ["  "], ["", "\n"]])
def test_nothing_sent_is_a_skipped_question(question: Question, values: list[str]) -> None:
    """privacy-and-safety 1.8: every question can be skipped."""
    assert check_answer(question, values) == SKIPPED


@every_asked
@pytest.mark.parametrize("state", [AnswerState.DONT_KNOW, AnswerState.DECLINED, AnswerState.NOT_APPLICABLE])
def test_a_state_is_an_answer_of_equal_weight_and_wins_over_what_was_typed(
    question: Question, state: AnswerState
) -> None:
    """privacy-and-safety 1.8: not knowing, not saying and not being concerned are answers."""
    assert check_answer(question, [], state.value) == Answer(state)
    assert check_answer(question, ["5"], state.value) == Answer(state)


@every_asked
def test_an_unknown_state_is_refused(question: Question) -> None:
    assert check_answer(question, [], "skipped") is AnswerProblem.NOT_A_CHOICE
    assert check_answer(question, [], "answered") is AnswerProblem.NOT_A_CHOICE


@every_asked
def test_two_values_for_one_question_are_refused(question: Question) -> None:
    refused = {"multiple_choice": AnswerProblem.NOT_A_CHOICE, "date": AnswerProblem.NOT_A_DATE}
    assert check_answer(question, ["1", "2"]) is refused.get(question.kind, AnswerProblem.SEVERAL)
    assert check_answer(question, ["", "1", ""]) == check_answer(question, ["1"])


@pytest.mark.parametrize(
    ("given", "value", "together"),
    [
        (["rest", "food"], ("food", "rest"), True),
        (["food", "food", ""], ("food",), True),
        (["none"], ("none",), True),
        (["none", "food"], ("food", "none"), False),
        (["declined", "food"], ("food", "declined"), False),
        (["dont_know", "declined"], ("dont_know", "declined"), False),
    ],
)
def test_several_choices_are_kept_in_their_order_and_none_goes_with_no_other(
    given: list[str], value: tuple[str, ...], *, together: bool
) -> None:
    """Issue: several choices with an exclusive "none"; the states are exclusive as well. Nothing is dropped."""
    question = QUESTIONS["multiple_choice"]
    answer = check_answer(question, given)
    assert answer == answered(value)
    assert goes_together(question, answer) is together
    assert decode_answer(json.loads(json.dumps(encode_answer(answer, question))), question) == answer


@pytest.mark.parametrize(
    ("question", "given", "expected"),
    [
        (QUESTIONS["date"], ["y2024", "m02"], answered("2024-02")),
        (QUESTIONS["date"], ["m02", "", "y2024"], answered("2024-02")),
        (QUESTIONS["date"], ["y2024", "y2025"], AnswerProblem.NOT_A_DATE),
        (QUESTIONS["date"], ["y2024", "m02", "m03"], AnswerProblem.NOT_A_DATE),
        (QUESTIONS["date"], ["y2024", "m02", "d01"], AnswerProblem.NOT_A_DATE),
        (QUESTIONS["date"], ["y2020", "m01"], AnswerProblem.OUT_OF_TIME),
        (BY_DAY, ["d29", "m02", "y2024"], answered("2024-02-29")),
        (BY_DAY, ["d30", "m02", "y2024"], AnswerProblem.NOT_A_DATE),
        (BY_DAY, ["m02", "y2024"], AnswerProblem.NOT_A_DATE),
        (BY_DAY, ["d30", "m01", "y2024"], AnswerProblem.OUT_OF_TIME),
    ],
)
def test_a_date_is_put_together_from_its_parts(
    question: Question, given: list[str], expected: Answer | AnswerProblem
) -> None:
    assert check_answer(question, given) == expected


def test_the_capacity_of_several_choices_and_of_a_date_is_exact() -> None:
    """privacy-and-safety 1.2, part 2: a record's length tells nothing."""
    every = check_answer(
        QUESTIONS["multiple_choice"], [choice.value for choice in QUESTIONS["multiple_choice"].choices]
    )
    for question, answer in ((QUESTIONS["multiple_choice"], every), (BY_DAY, answered("2024-02-29"))):
        assert isinstance(answer, Answer)
        written = json.dumps(encode_answer(answer, question), separators=(",", ":"))
        assert len(written) == compute_answer_capacity(question)


def test_a_note_asks_nothing_whatever_a_form_sends() -> None:
    assert check_answer(QUESTIONS["note"], ["yes"], "declined") == NOT_ASKED


@every_question
@given(values=st.lists(st.text(max_size=40), max_size=3), state=st.text(max_size=20))
def test_random_form_input_never_raises(question: Question, values: list[str], state: str) -> None:
    assert isinstance(check_answer(question, values, state), Answer | AnswerProblem)


FORM_VALUES = st.one_of(
    st.text(max_size=14),
    st.integers(-200, 200).map(str),
    st.sampled_from(
        [
            "no",
            "yes",
            "food",
            "none",
            "2024-02",
            "dont_know",
            "declined",
            "not_applicable",
            "",
            "\U0001f642" * 12,
            '"' * 12,
            "\\" * 12,
        ]
    ),
)


@every_question
@given(raw=FORM_VALUES)
def test_an_answer_survives_encoding_and_stays_within_the_capacity(question: Question, raw: str) -> None:
    answer = check_answer(question, [raw])
    if isinstance(answer, Answer):
        written = json.dumps(encode_answer(answer, question), ensure_ascii=False, separators=(",", ":"))
        assert decode_answer(json.loads(written), question) == answer
        assert len(written.encode()) <= compute_answer_capacity(question)


@every_question
@pytest.mark.parametrize(
    "pair",
    [
        None,
        "answered",
        [],
        ["answered"],
        ["answered", None],
        ["answered", "maybe"],
        ["answered", ""],
        ["answered", True],
        ["answered", 999],
        ["answered", 1.5],
        ["answered", ["yes"]],
        ["answered", []],
        ["answered", ["rest", "food"]],
        ["answered", ["food", "food"]],
        ["answered", ["declined"]],
        ["answered", "2020-02"],
        ["answered", "2024-3"],
        ["answered", "x" * 13],
        ["answered", " x"],
        ["answered", {"a": 1}],
        ["declined", "yes"],
        ["unheard", None],
        [None, None],
        [["declined"], None],
    ],
)
def test_a_pair_that_is_no_answer_is_refused(question: Question, pair: object) -> None:
    if question.kind == "text" and pair in [["answered", word] for word in ("maybe", "2020-02", "2024-3")]:
        assert encode_answer(decode_answer(pair, question), question) == pair
    else:
        with pytest.raises(ValueError, match=r".+"):
            decode_answer(pair, question)


@every_question
def test_an_answer_the_question_cannot_have_is_never_written(question: Question) -> None:
    with pytest.raises(ValueError, match=question.name):
        encode_answer(answered(1000), question)
    with pytest.raises(ValueError, match=question.name):
        encode_answer(Answer(AnswerState.DECLINED, "yes"), question)
