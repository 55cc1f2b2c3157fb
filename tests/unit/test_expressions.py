"""Survey logic is XLSForm's expression language, bounded, and refused with its place where it is anything else."""

from __future__ import annotations

import math
import random
import time
from datetime import date

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
    make_day_number,
    read_expression,
)
from me_platform.surveys.patterns import MAX_TEXT, PatternRefused, check_pattern, matches
from me_platform.surveys.text import make_text

VALUES: dict[str, Operand] = {"useful": "no", "near": 7.0, "many": "a b c", "text": "it's fine", "empty": ""}
TODAY = date(2026, 3, 2)
VALUES |= {"since": make_day_number("2025-12"), "code": "AB-12"}


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
        ("selected-at(${many}, 0)", "a"),
        ("selected-at(${many}, 2)", "c"),
        ("selected-at(${many}, 3)", ""),
        ("selected-at(${many}, -1)", ""),
        ("selected-at(${empty}, 0)", ""),
        ("selected-at(${many}, 'x')", ""),
        ("selected-at(${many}, 1 div 0)", ""),
        ("selected-at(${useful}, 0) = ${useful}", True),
        ("sum(1, 2, 3.5)", 6.5),
        ("sum(${near})", 7.0),
        ("sum(-1, ${near})", 6.0),
        ("count(${near}, ${useful}, ${empty})", 2.0),
        ("count(${empty})", 0.0),
        ("count(0, false(), 'x')", 3.0),
        ("count(number('x'), 1)", 1.0),
        ("concat('a', 'b', 'c')", "abc"),
        ("concat(${near}, ' of 10')", "7 of 10"),
        ("concat(${empty})", ""),
        ("concat(true(), 1.5)", "true1.5"),
        ("concat(number('x'), 'y')", "y"),
        ("concat('2026-01-01', '')", "2026-01-01"),
        ("join(', ', 'a', 'b')", "a, b"),
        ("join('-', ${near})", "7"),
        ("join('', ${useful}, 1)", "no1"),
        ("today()", 20514.0),
        ("today() + 30 - today()", 30.0),
        ("today() >= date('2026-03-02')", True),
        ("date('2026-03-03') > today()", True),
        ("date('1970-01-01')", 0.0),
        ("date('1969-12-31')", -1.0),
        ("date('2024-02-29') - date('2024-02-28')", 1.0),
        ("date('2026-03') = date('2026-03-01')", True),
        ("date(today() + 0.5) = today()", True),
        ("${since} < today()", True),
        ("${since} = date('2025-12-01')", True),
        ("int((today() - ${since}) div 30)", 3.0),
        ("format-date(today(), '%Y-%m-%d')", "2026-03-02"),
        ("format-date(today(), '%e.%n.%y')", "2.3.26"),
        ("format-date('2026-11-09', '%d/%m/%Y')", "09/11/2026"),
        ("format-date(${since}, '%m %Y')", "12 2025"),
        ("format-date(${empty}, '%Y')", ""),
        ("format-date('soon', '%Y')", ""),
        ("format-date(today(), '100 %%')", "100 %"),
        ("format-date(1 div 0, '%Y')", ""),
        ("concat(format-date(today(), '%Y') - 1, '')", "2025"),
        ("once(${useful})", "no"),
        ("once(1 + 1)", 2.0),
        ("once(${empty})", ""),
        ("regex(${code}, '[A-Z]{2}-[0-9]+')", True),
        ("regex(${code}, '[A-Z]{2}')", False),
        ("regex(${code}, '^[A-Z]+-12$')", True),
        ("regex(${empty}, '.+')", False),
        ("regex(${empty}, '')", True),
        ("regex(${near}, '[0-9]')", True),
        ("regex('12.5', '[0-9]+\\.[0-9]')", True),
        ("regex('1205', '[0-9]+\\.[0-9]')", False),
        ("regex('Rīga', '\\w+')", True),
        ("regex('cat', '(cat|dog)s?')", True),
        ("regex('dogs', '(cat|dog)s?')", True),
        ('regex("it\'s", "it\'s")', True),
        ("regex('2026', '(19|20)[0-9]{2}') and not(regex('1826', '(19|20)[0-9]{2}'))", True),
    ],
)
def test_the_language_means_what_xlsform_says(text: str, value: Operand) -> None:
    result = evaluate(text, VALUES, TODAY)
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
        "sum(1, ${empty})",
        "sum('five')",
        "sum(1 div 0, -1 div 0)",
        "date(${empty})",
        "date('soon')",
        "date('2026-02-30')",
        "date('2026-13')",
        "date('26-1-1')",
        "date(1 div 0)",
        "date(99999999999)",
        "date(${empty}) + 1",
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
        ("random()", 1, "there is no function `random`"),
        ("position(..)", 1, "`position` cannot be used: it counts the rounds of a repeat"),
        ("1 + position(1)", 5, "`position` cannot be used"),
        ("once(today())", 6, "`once` cannot keep the day"),
        ("once(1 + date(today()))", 15, "`once` cannot keep the day"),
        ("today(1)", 1, "`today` takes 0 values, not 1"),
        ("today() > '2026-01-01'", 11, "write date('2026-01-01')"),
        ("'2026-01' <= ${since}", 11, "write date('2026-01')"),
        ("${since} = '2026-01-01'", 12, "a day is compared as a day"),
        ("${since} + '2026-01-01'", 12, "a day is compared as a day"),
        ("format-date(today(), ${text})", 1, "the last value of `format-date` is written here, in quotes"),
        ("format-date(today(), '%A')", 1, "`%A` is no part of a day; there are %Y,"),
        ("format-date(today(), '%')", 1, "`%` is no part of a day"),
        ("format-date(today())", 1, "`format-date` takes 2 values, not 1"),
        ("regex(${a}, ${b})", 1, "the last value of `regex` is written here, in quotes"),
        ("regex(${a}, concat('a'))", 1, "in quotes"),
        ("regex(${a}, -'a')", 1, "in quotes"),
        ("regex('a')", 1, "`regex` takes 2 values, not 1"),
        ("true() and regex(${a}, '(a+)+')", 12, "`regex`: `+` stands behind one character only"),
        ("selected-at(${a})", 1, "`selected-at` takes 2 values, not 1"),
        ("sum()", 1, "`sum` takes 1 to 10 values, not 0"),
        ("join(',')", 1, "`join` takes 2 to 10 values, not 1"),
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
    assert isinstance(evaluate(expression.text, {"a": a, "b": b}, TODAY), str | float | bool)


WRITTEN = {"regex": ["'[a-z]+'", "'(a|b)x?'", "'.*'"], "format-date": ["'%Y-%m'", "'%e.%n.'", "''"]}
LEAVES = ["${a}", "${b}", "0", "1.5", "'x'", "'7'", "''", "'2026-02-28'", "today()"]


def make_call(chance: random.Random, depth: int) -> str:
    """A call that is well formed, of any function, with calls, values and calculations inside."""
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(LEAVES)
    if chance.random() < 0.3:
        operator = chance.choice(["=", "!=", "<", ">=", "+", "-", "*", "div", "mod", "and", "or"])
        return f"({make_call(chance, depth - 1)}) {operator} ({make_call(chance, depth - 1)})"
    name = chance.choice(sorted(FUNCTIONS))
    function = FUNCTIONS[name]
    arguments = [make_call(chance, depth - 1) for _ in range(chance.randint(function.fewest, min(function.most, 3)))]
    if name in WRITTEN:
        arguments[-1] = chance.choice(WRITTEN[name])
    return f"{name}({', '.join(arguments)})"


def make_nonsense(chance: random.Random) -> str:
    """A call with a character or two changed, left out or put in."""
    text = list(make_call(chance, 3))
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(text) + 1)
        text[place : place + chance.randint(0, 2)] = chance.choice("()',+-*$\"{}= aé\x00\\")
    return "".join(text)


OPERANDS_TRIED: list[Operand] = ["", "a b", "x" * 4000, "-3", "٣", 0.0, -1.5, math.inf, math.nan, True, 1e300]


def find_value(text: str, values: dict[str, Operand]) -> Operand | ExpressionInvalid:
    try:
        return evaluate(text, values, TODAY)
    except ExpressionInvalid as error:
        return error


def test_random_expressions_have_a_value_or_are_refused(request: pytest.FixtureRequest) -> None:
    """Issue, done when 7: 20,000 random expressions, no crash (script/drill expressions); a fixed share always."""
    chance = random.Random(7)  # noqa: S311 - the same expressions every time
    counted = {"valued": 0, "refused": 0}
    started, slowest = time.perf_counter(), 0.0
    for number in range(20_000 if request.config.getoption("--full") else 1_500):
        text = make_call(chance, 4) if number % 2 else make_nonsense(chance)
        begun = time.perf_counter()
        result = find_value(text, {name: chance.choice(OPERANDS_TRIED) for name in "ab"})
        counted["refused" if isinstance(result, ExpressionInvalid) else "valued"] += 1
        if isinstance(result, ExpressionInvalid):
            assert 1 <= result.position <= len(text) + 1
            # Well formed, it can only be too long, nested too deep, or ask once() to keep the day.
            assert number % 2 == 0 or any(why in result.why for why in ("longer than", "more than", "`once`")), text
        else:
            assert type(result) in {str, float, bool}, text
        slowest = max(slowest, time.perf_counter() - begun)
    spent = time.perf_counter() - started
    print(f"\ndrill: {counted['valued']} with a value, {counted['refused']} refused")  # noqa: T201
    print(f"drill: slowest {slowest * 1000:.0f} ms, all in {spent:.1f} s")  # noqa: T201
    assert min(counted.values()) > 300
    assert slowest < 1


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


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a+)+", "`+` stands behind one character only"),
        ("(a*)*", "`*` stands behind one character only"),
        ("(a|a)*", "`*` stands behind one character only"),
        ("(a|b){20}", "`{` stands behind one character only"),
        ("a**", "`*` stands behind one character only"),
        ("a*?", "`?` stands behind one character only"),
        ("*", "`*` stands behind one character only"),
        (".*.*", "too many ways"),
        ("a+b*", "too many ways"),
        ("a?" * 30, "too many ways"),
        ("(a|aa)" * 30, "too many ways"),
        ("a{0,300}b{0,300}", "too many ways"),
        ("a{5,2}", "`{5,2}` is no number of times"),
        ("a{9999}", "`{9999}` is no number of times"),
        ("(.)\\1", "`\\1` cannot be used"),
        ("(?=a)b", "`(?` cannot be used"),
        ("(?P<x>a)", "`(?` cannot be used"),
        ("\\bword", "`\\b` cannot be used"),
        ("a^b", "`^b` cannot be used"),
        ("a$b", "`$b` cannot be used"),
        ("(a", "is not closed"),
        ("a)", "was never opened"),
        ("[a", "`[a` cannot be used"),
        ("[z-a]", "no regular expression"),
        ("[a&&b]", "have no meaning between square brackets"),
        ("a\\", "cannot be used"),
    ],
)
def test_a_pattern_that_could_hang_a_worker_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(PatternRefused) as caught:
        check_pattern(pattern)
    assert why in str(caught.value)


SLOWEST = ["[a-z]*b?c?d?", "a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaa", "(a|a)(a|a)a*b?", "(a|a)" * 15 + "b"]


@pytest.mark.parametrize("pattern", SLOWEST)
def test_the_worst_text_for_a_pattern_that_is_let_through_is_quick(pattern: str) -> None:
    """Issue: regex with a time guard. The longest answer that nearly fits, again and again."""
    check_pattern(pattern)
    started = time.perf_counter()
    for text in ("a" * MAX_TEXT, "a" * (MAX_TEXT - 1) + "!", "a" * 15 + "!"):
        matches(pattern, text)
    assert time.perf_counter() - started < 1


def test_a_text_longer_than_any_answer_does_not_match() -> None:
    assert matches("a*", "a" * MAX_TEXT)
    assert not matches("a*", "a" * (MAX_TEXT + 1))


def test_the_day_is_given_and_never_asked_from_a_clock() -> None:
    with pytest.raises(ValueError, match="needs the day"):
        evaluate("today()", {})
    assert evaluate("today()", {}, date(1970, 1, 2)) == 1.0
    assert evaluate("1 + 1", {}) == 2.0
