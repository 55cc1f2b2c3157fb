"""Survey logic is XLSForm's expression language, bounded, and refused with its place where it is anything else."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.surveys.expressions import (
    FUNCTIONS,
    MAX_LENGTH,
    ExpressionInvalid,
    Operand,
    evaluate,
    evaluate_condition,
    read_expression,
)
from me_platform.surveys.text import make_text

VALUES: dict[str, Operand] = {"useful": "no", "near": 7.0, "many": "a b c", "text": "it's fine", "empty": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${useful} = 'no'", True),
        ('${useful}="no"', True),
        ("${ useful } != 'no'", False),
        ("${near} > 5 and ${near} <= 7", True),
        ("${near} < 5 or ${useful} = 'no'", True),
        ('${text} = "it\'s fine"', True),
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("7 div 2", 3.5),
        ("7 mod 2", 1.0),
        ("-${near} + 8", 1.0),
        ("${near}-1", 6.0),
        ("selected(${many}, 'b')", True),
        ("selected(${many}, 'd')", False),
        ("selected(${useful}, 'no')", True),
        ("selected(${empty}, '')", False),
        ("count-selected(${many})", 3.0),
        ("count-selected(${empty})", 0.0),
        ("not(${useful} = 'yes')", True),
        ("not(${empty})", True),
        ("true()", True),
        ("false()", False),
        ("if(${near} > 5, 'high', 'low')", "high"),
        ("if(${empty}, 'some', 'none')", "none"),
        ("coalesce(${empty}, ${useful})", "no"),
        ("coalesce(${empty}, ${unknown})", ""),
        ("string-length(${text})", 9.0),
        ("string-length(12)", 2.0),
        ("string-length(true())", 4.0),
        ("string-length(1.5)", 3.0),
        ("int(2.9)", 2.0),
        ("int(-2.9)", -2.0),
        ("number('3.5')", 3.5),
        ("number(true())", 1.0),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("round(2.345, 2)", 2.35),
        ("round(-2.345, 2)", -2.34),
        ("round(2.345, 99)", 2.345),
        ("round(1 div 0)", math.inf),
        ("int(-1 div 0)", -math.inf),
        ("min(3, ${near}, 5)", 3.0),
        ("max(3, ${near})", 7.0),
        ("if(not(selected(${many}, 'x') or ${near} < 3), max(1, min(2, 3)), 0)", 2.0),
    ],
)
def test_the_language_means_what_xlsform_says(text: str, value: Operand) -> None:
    result = evaluate(text, VALUES)
    assert result == value
    assert type(result) is type(value)


def test_every_function_is_tried_here() -> None:
    tried = {mark for mark in FUNCTIONS if any(mark + "(" in case[0] for case in _cases())}
    assert tried == set(FUNCTIONS)


def _cases() -> list[tuple[str, Operand]]:
    marks = test_the_language_means_what_xlsform_says.pytestmark  # type: ignore[attr-defined]
    return list(marks[0].args[1])


@pytest.mark.parametrize(
    "text",
    [
        "number('')",
        "number('five')",
        "number('1e5')",
        "int(${empty})",
        "round(${empty})",
        "min(1, ${empty})",
        "max(1, 'x')",
    ],
)
def test_what_is_no_number_stays_none(text: str) -> None:
    """Nothing is imputed: a missing answer never counts as 0 (defect j)."""
    result = evaluate(text, VALUES)
    assert isinstance(result, float)
    assert math.isnan(result)


@pytest.mark.parametrize(
    "text", ["${empty} > 0", "${empty} < 1", "${empty} = 0", "${empty} + 1", "number('')", "''", "0"]
)
def test_an_unanswered_question_makes_no_condition_true(text: str) -> None:
    assert not evaluate_condition(text, VALUES)


def test_an_expression_knows_the_questions_it_refers_to() -> None:
    assert read_expression("${a} = 'x' or selected(${b_2}, '${c}')").names == {"a", "b_2"}


@pytest.mark.parametrize(
    ("text", "position", "why"),
    [
        ("", 1, "a value is missing at the end"),
        ("   ", 1, "a value is missing at the end"),
        ("${a} =", 7, "a value is missing at the end"),
        ("= 1", 1, "a value is missing before `=`"),
        ("1 + * 2", 5, "a value is missing before `*`"),
        ("${a} ${b}", 6, "an operator is missing"),
        ("1 (2)", 3, "an operator is missing before this bracket"),
        ("(1", 1, "this bracket is not closed"),
        ("1)", 2, "this bracket was never opened"),
        ("()", 2, "a value is missing before this bracket"),
        ("1, 2", 2, "a comma stands between"),
        ("(1, 2)", 3, "a comma stands between"),
        ("min(1,)", 7, "a value is missing before this bracket"),
        ("useful = 'no'", 1, "write ${useful} or 'useful'"),
        ("and", 1, "a value is missing before `and`"),
        ("1 and", 6, "a value is missing at the end"),
        ("*", 1, "a value is missing before `*`"),
        ("concat('a', 'b')", 1, "there is no function `concat`"),
        ("1 + document('x')", 5, "there is no function `document`"),
        ("not()", 1, "`not` takes 1 values, not 0"),
        ("true(1)", 1, "`true` takes 0 values, not 1"),
        ("1 + if(1, 2)", 5, "`if` takes 3 values, not 2"),
        ("round(1, 2, 3)", 1, "`round` takes 1 to 2 values, not 3"),
        ("//answers", 1, "`/` has no meaning"),
        (". > 3", 1, "`.` has no meaning"),
        ("1 + @id", 5, "`@` has no meaning"),
        ("$useful", 1, "`$` has no meaning"),
        ("${Useful}", 1, "`$` has no meaning"),
        ("${a}[1]", 5, "`[` has no meaning"),
        ("${a} | ${b}", 6, "`|` has no meaning"),
        ("'open", 1, "`'` has no meaning"),
        ("'a\x00b'", 1, "`'` has no meaning"),
        ("f:min(1)", 1, "`f` has no meaning"),
        ("self::node()", 1, "`self` has no meaning"),
        ("__import__('os')", 1, "there is no function `__import__`"),
        ("(" * 21 + "1" + ")" * 21, 21, "more than 20 brackets"),
        ("1" + " + 1" * 200, MAX_LENGTH, "longer than 500 characters"),
    ],
)
def test_anything_else_is_refused_with_its_place(text: str, position: int, why: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        read_expression(text)
    assert caught.value.position == position
    assert why in caught.value.why


PIECES = st.sampled_from(
    [
        "${a}",
        "${b}",
        "1",
        "2.5",
        "'x'",
        '"y z"',
        "=",
        "!=",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "div",
        "mod",
        "and",
        "or",
        "(",
        ")",
        ",",
    ]
    + [name + "(" for name in FUNCTIONS]
    + ["foo", ".", "/", "$"]
)
OPERANDS = st.one_of(st.text(max_size=10).map(make_text), st.floats(), st.booleans())


@given(pieces=st.lists(PIECES, max_size=14), a=OPERANDS, b=OPERANDS)
def test_any_sequence_is_refused_or_has_a_value(pieces: list[str], a: Operand, b: Operand) -> None:
    try:
        expression = read_expression(" ".join(pieces))
    except ExpressionInvalid:
        return
    assert isinstance(evaluate(expression.text, {"a": a, "b": b}), str | float | bool)


CALLS = st.recursive(
    st.sampled_from(["${a}", "${b}", "0", "1.5", "'x'", "'7'", "''"]),
    lambda inner: st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.lists(inner, min_size=FUNCTIONS[name].fewest, max_size=min(FUNCTIONS[name].most, 3)).map(
            lambda arguments: f"{name}({', '.join(arguments)})"
        )
    ),
    max_leaves=8,
)


@given(text=CALLS.filter(lambda text: len(text) <= MAX_LENGTH), a=OPERANDS, b=OPERANDS)
def test_every_well_formed_call_has_a_value(text: str, a: Operand, b: Operand) -> None:
    assert isinstance(evaluate(text, {"a": a, "b": b}), str | float | bool)


@given(st.text(max_size=80))
def test_any_text_is_refused_or_compiles(text: str) -> None:
    try:
        expression = read_expression(text)
    except ExpressionInvalid:
        return
    assert expression.text == text


def test_the_longest_expression_over_the_longest_text_is_quick() -> None:
    text = "selected(${a}, 'x')" + " or selected(${a}, 'x')" * 20
    started = time.perf_counter()
    assert not evaluate_condition(text, {"a": "y " * 2000})
    assert time.perf_counter() - started < 1
