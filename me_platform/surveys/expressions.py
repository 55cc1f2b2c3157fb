"""Survey logic in XLSForm's expression language, evaluated by lxml's XPath engine.

The language is a small part of XPath 1.0: ``${name}`` for the answer to an earlier question, numbers, quoted text,
``= != < <= > >= + - * div mod and or``, brackets, and the functions of ``FUNCTIONS``. Everything else (paths,
variables, other functions) is refused when a survey is loaded, with its place. Without paths there is no loop and
no recursion, so the time an expression takes is bounded by its length; patterns have a bound of their own
(``surveys.patterns``).

A day is a number here, the days since 1 January 1970, so that days can be compared and counted: XPath knows no
dates, and would find every comparison of two texts false.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache

from lxml import etree

from me_platform.errors import ProgramError
from me_platform.surveys.patterns import PatternRefused, check_pattern, matches

MAX_LENGTH = 500
"""Longest expression, in characters."""
MAX_NESTING = 20
"""Most brackets open at once."""

Operand = str | float | bool
"""A value inside an expression: what XPath calls string, number and boolean."""

_NAMESPACE = "urn:me-platform:expressions"


class ExpressionInvalid(ProgramError):
    """An expression outside the language; ``position`` counts characters from 1."""

    def __init__(self, position: int, why: str) -> None:
        self.position, self.why = position, why
        super().__init__(f"At character {position}: {why}")


@dataclass(frozen=True)
class Expression:
    """A checked expression, the names it refers to, and whether it asks what day it is."""

    text: str
    names: frozenset[str]
    dated: bool
    evaluator: etree.XPath


@dataclass(frozen=True)
class Function:
    """A function of the language with the number of arguments it takes.

    ``check`` looks at a last argument that has to be quoted text, and says what is wrong with it, or nothing.
    """

    call: Callable[..., Operand]
    fewest: int
    most: int
    check: Callable[[str], str] | None = None


def is_true(value: Operand) -> bool:
    """XPath's rule: a text is true unless empty, a number unless 0 or not a number."""
    return bool(value) and value == value  # noqa: PLR0124 - only "not a number" differs from itself


def _make_number(value: Operand) -> float:
    """XPath's rule: a text that is no plain number is "not a number"."""
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"\s*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*", value) else math.nan
    return float(value)


def _make_string(value: Operand) -> str:
    """XPath's rule, with whole numbers written without a point; "not a number" is blank."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(value)
    return value


def is_blank(value: Operand) -> bool:
    """Whether there is no value: the empty text, or "not a number"."""
    return value == "" or value != value  # noqa: PLR0124 - only "not a number" differs from itself


def _truncate(value: Operand) -> float:
    number = _make_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else number


def _round(value: Operand, places: Operand = 0.0) -> float:
    """Half up as XPath rounds, on the decimal a person sees; ``places`` is limited to 0-6."""
    number, wanted = _make_number(value), _truncate(places)
    if not math.isfinite(number) or math.isnan(wanted):
        return number
    shift = int(min(max(wanted, 0.0), 6.0))
    # XPath reads 2.345 as a binary fraction a hair below it; 15 digits give back what was written.
    half_up = Decimal(f"{number:.15g}").scaleb(shift) + Decimal("0.5")
    return float(half_up.to_integral_value(ROUND_FLOOR).scaleb(-shift))


def _find_extreme(choose: Callable[[list[float]], float]) -> Callable[..., float]:
    """The smallest or largest argument; not a number as soon as one of them is none (nothing is imputed)."""

    def call(*values: Operand) -> float:
        numbers = [_make_number(value) for value in values]
        return math.nan if any(math.isnan(number) for number in numbers) else choose(numbers)

    return call


_EPOCH = date(1970, 1, 1)
_ISO_DAY = re.compile(r"\s*([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?\s*")
_DAYS_KNOWN = ((date.min - _EPOCH).days, (date.max - _EPOCH).days)


def make_day_number(value: Operand) -> float:
    """The days from 1 January 1970 to a day written YYYY-MM-DD, or to the first day of a month written YYYY-MM.

    A number stays the day it is, without its fraction. "Not a number" for everything else.
    """
    if not isinstance(value, str):
        number = float(value)
        known = math.isfinite(number) and _DAYS_KNOWN[0] <= number <= _DAYS_KNOWN[1]
        return float(math.floor(number)) if known else math.nan
    match = _ISO_DAY.fullmatch(value)
    try:
        return float((date(*(int(part or 1) for part in match.groups())) - _EPOCH).days) if match else math.nan
    except ValueError:
        return math.nan


_DAY_PARTS: Mapping[str, Callable[[date], str]] = {
    "Y": lambda day: f"{day.year:04}",
    "y": lambda day: f"{day.year % 100:02}",
    "m": lambda day: f"{day.month:02}",
    "n": lambda day: str(day.month),
    "d": lambda day: f"{day.day:02}",
    "e": lambda day: str(day.day),
    "%": lambda _day: "%",
}
"""What may stand behind a ``%`` in ``format-date``: numbers only, the names of months depend on the language."""


def _format_day(value: Operand, written: Operand) -> str:
    number = make_day_number(value)
    if math.isnan(number):
        return ""
    day = _EPOCH + timedelta(days=number)
    return re.sub(r"%(.)", lambda match: _DAY_PARTS[match[1]](day), _make_string(written))


def _check_day_format(written: str) -> str:
    wrong = next((code for code in re.findall(r"%(.?)", written) if code not in _DAY_PARTS), None)
    known = ", ".join(f"%{code}" for code in _DAY_PARTS)
    return "" if wrong is None else f"`%{wrong}` is no part of a day; there are {known}."


def _sum(*values: Operand) -> float:
    """Not a number as soon as one of them is none (nothing is imputed)."""
    return sum(_make_number(value) for value in values)


def _get_choice(value: Operand, position: Operand) -> str:
    """The choice at a place counted from 0, as XLSForm does; empty where there is none."""
    chosen, number = _make_string(value).split(), _truncate(position)
    return chosen[int(number)] if math.isfinite(number) and 0 <= number < len(chosen) else ""


def _check_pattern(pattern: str) -> str:
    try:
        check_pattern(pattern)
    except PatternRefused as error:
        return str(error)
    return ""


_TODAY = "today"
_ONCE = "once"
_NEVER: Mapping[str, str] = {
    "position": "it counts the rounds of a repeat, and a survey here has none.",
}
"""Functions of XLSForm that can mean nothing here, and why."""

FUNCTIONS: Mapping[str, Function] = {
    "selected": Function(lambda value, choice: _make_string(choice) in _make_string(value).split(), 2, 2),
    "count-selected": Function(lambda value: float(len(_make_string(value).split())), 1, 1),
    "selected-at": Function(_get_choice, 2, 2),
    "not": Function(lambda value: not is_true(value), 1, 1),
    "true": Function(lambda: True, 0, 0),
    "false": Function(lambda: False, 0, 0),
    "if": Function(lambda test, then, otherwise: then if is_true(test) else otherwise, 3, 3),
    "coalesce": Function(lambda *values: next((v for v in values if not is_blank(v)), ""), 2, 10),
    "string-length": Function(lambda value: float(len(_make_string(value))), 1, 1),
    "int": Function(_truncate, 1, 1),
    "number": Function(_make_number, 1, 1),
    "round": Function(_round, 1, 2),
    "min": Function(_find_extreme(min), 1, 10),
    "max": Function(_find_extreme(max), 1, 10),
    "sum": Function(_sum, 1, 10),
    "count": Function(lambda *values: float(sum(not is_blank(value) for value in values)), 1, 10),
    "concat": Function(lambda *values: "".join(map(_make_string, values)), 1, 10),
    "join": Function(lambda between, *values: _make_string(between).join(map(_make_string, values)), 2, 10),
    "regex": Function(lambda value, pattern: matches(pattern, _make_string(value)), 2, 2, _check_pattern),
    _TODAY: Function(make_day_number, 0, 0),
    "date": Function(make_day_number, 1, 1),
    "format-date": Function(_format_day, 2, 2, _check_day_format),
    _ONCE: Function(lambda value: value, 1, 1),
}
"""The functions of the language. A blank (unanswered) question is the empty text, and not a number."""


def _make_extension(function: Function) -> Callable[..., Operand]:
    """The function as lxml calls it, with the XPath context first."""
    return lambda _context, *arguments: function.call(*arguments)


_EXTENSIONS = {(_NAMESPACE, name): _make_extension(function) for name, function in FUNCTIONS.items()}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<reference>\$\{\s*(?P<question>[a-z][a-z0-9_]*)\s*\})
    | (?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?)
    | (?P<text>'[^'\x00-\x1f]*'|"[^"\x00-\x1f]*")
    | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<operator><=|>=|!=|[=<>+*-])
    | (?P<open>\() | (?P<close>\)) | (?P<comma>,)
    )""",
    re.VERBOSE,
)
_WORD_OPERATORS = frozenset({"and", "or", "div", "mod"})
_TODAY_VARIABLE = "_today"
"""The day as XPath sees it; no question can have a name that begins so."""


@lru_cache(maxsize=1024)
def read_expression(text: str) -> Expression:
    """Check and compile an expression. Raises ExpressionInvalid with the place of the first fault."""
    if len(text) > MAX_LENGTH:
        raise ExpressionInvalid(MAX_LENGTH, f"the expression is longer than {MAX_LENGTH} characters.")
    parser = _Parser(text)
    parser.read()
    path = etree.XPath(
        " ".join(parser.output),
        namespaces={"f": _NAMESPACE},
        extensions=_EXTENSIONS,
        regexp=False,
        smart_strings=False,
    )
    return Expression(text, frozenset(parser.names), parser.dated, path)


def evaluate(text: str, values: Mapping[str, Operand], today: date | None = None) -> Operand:
    """The value of an expression; a question without a value counts as unanswered.

    ``today`` may be left out only where the expression does not ask for it. Raises ExpressionInvalid, and ValueError
    for a day that is missing.
    """
    expression = read_expression(text)
    variables: dict[str, Operand] = {name: values.get(name, "") for name in expression.names}
    if expression.dated:
        if today is None:
            raise ValueError("an expression that asks for today needs the day")
        variables[_TODAY_VARIABLE] = today.isoformat()
    result = expression.evaluator(etree.Element("answers"), **variables)
    assert isinstance(result, str | float | bool), "the language has no expression that selects nodes"  # noqa: S101
    return result


def evaluate_condition(text: str, values: Mapping[str, Operand], today: date | None = None) -> bool:
    """Whether an expression holds, by XPath's rule of what is true. Raises as ``evaluate``."""
    return is_true(evaluate(text, values, today))


@dataclass
class _Bracket:
    """An open bracket: of a function, with the arguments begun so far, or of a group."""

    position: int
    name: str = ""
    arguments: int = 1


class _Parser:
    """Checks the order of tokens and writes the XPath; what it lets through always compiles."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.output: list[str] = []
        self.names: set[str] = set()
        self.dated = False
        self.brackets: list[_Bracket] = []
        self.wants_operand = True
        self.just_opened = False

    def read(self) -> None:
        position = 0
        end = len(self.text.rstrip())
        while position < end:
            match = _TOKEN.match(self.text, position)
            if match is None:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                raise ExpressionInvalid(start + 1, f"`{self.text[start]}` has no meaning here.")
            position = match.end()
            self.read_token(match)
        if self.wants_operand:
            raise ExpressionInvalid(end + 1, "a value is missing at the end.")
        if self.brackets:
            raise ExpressionInvalid(self.brackets[-1].position, "this bracket is not closed.")

    def read_token(self, match: re.Match[str]) -> None:
        kind = next(
            k for k in ("reference", "number", "text", "word", "operator", "open", "close", "comma") if match[k]
        )
        token, position = match[kind], match.start(kind) + 1
        just_opened, self.just_opened = self.just_opened, False
        match kind:
            case "reference":
                self.names.add(match["question"])
                self.write_operand(position, "$" + match["question"])
            case "number" | "text":
                self.write_operand(position, token)
            case "operator":
                self.write_operator(position, token)
            case "word":
                self.write_word(match, position, token)
            case "open":
                self.write_open(position)
            case "comma":
                self.write_comma(position)
            case _:
                self.write_close(position, just_opened=just_opened)

    def write_operand(self, position: int, written: str) -> None:
        if not self.wants_operand:
            raise ExpressionInvalid(position, "an operator is missing before this.")
        if self.output and _is_calculating(self.output[-1]) and _is_day_text(written):
            raise ExpressionInvalid(position, f"a day is compared as a day: write date({written}).")
        self.output.append(written)
        self.wants_operand = False

    def write_operator(self, position: int, written: str) -> None:
        if self.wants_operand and written != "-":
            raise ExpressionInvalid(position, f"a value is missing before `{written}`.")
        if self.output and _is_calculating(written) and _is_day_text(self.output[-1]):
            raise ExpressionInvalid(position, f"a day is compared as a day: write date({self.output[-1]}).")
        self.output.append(written)
        self.wants_operand = True

    def write_word(self, match: re.Match[str], position: int, word: str) -> None:
        if word in _WORD_OPERATORS:
            self.write_operator(position, word)
        elif not self.text[match.end() :].lstrip().startswith("("):
            raise ExpressionInvalid(position, f"`{word}` has no meaning here: write ${{{word}}} or '{word}'.")
        elif word in _NEVER:
            raise ExpressionInvalid(position, f"`{word}` cannot be used: {_NEVER[word]}")
        elif word not in FUNCTIONS:
            raise ExpressionInvalid(position, f"there is no function `{word}`; there are {', '.join(FUNCTIONS)}.")
        elif word == _TODAY and any(bracket.name == _ONCE for bracket in self.brackets):
            way_out = "an expression is worked out anew with every answer."
            raise ExpressionInvalid(position, f"`{_ONCE}` cannot keep the day: {way_out}")
        else:
            self.write_operand(position, "f:" + word)
            self.brackets.append(_Bracket(position, word))
            self.wants_operand = True

    def write_open(self, position: int) -> None:
        starts_arguments = bool(self.output) and self.output[-1].startswith("f:")
        if not self.wants_operand:
            raise ExpressionInvalid(position, "an operator is missing before this bracket.")
        if not starts_arguments:
            self.brackets.append(_Bracket(position))
        if len(self.brackets) > MAX_NESTING:
            raise ExpressionInvalid(position, f"more than {MAX_NESTING} brackets are open.")
        self.output.append("(")
        self.just_opened = starts_arguments

    def write_comma(self, position: int) -> None:
        if self.wants_operand or not self.brackets or not self.brackets[-1].name:
            raise ExpressionInvalid(position, "a comma stands between two arguments of a function only.")
        self.brackets[-1].arguments += 1
        self.output.append(",")
        self.wants_operand = True

    def write_close(self, position: int, *, just_opened: bool) -> None:
        if not self.brackets:
            raise ExpressionInvalid(position, "this bracket was never opened.")
        if self.wants_operand and not just_opened:
            raise ExpressionInvalid(position, "a value is missing before this bracket.")
        bracket = self.brackets.pop()
        if bracket.name:
            function, count = FUNCTIONS[bracket.name], 0 if just_opened else bracket.arguments
            if not function.fewest <= count <= function.most:
                wanted = str(function.fewest) + (f" to {function.most}" if function.most > function.fewest else "")
                raise ExpressionInvalid(bracket.position, f"`{bracket.name}` takes {wanted} values, not {count}.")
            self.check_text(bracket, function)
            if bracket.name == _TODAY:
                self.dated = True
                self.output.append("$" + _TODAY_VARIABLE)
        self.output.append(")")
        self.wants_operand = False

    def check_text(self, bracket: _Bracket, function: Function) -> None:
        """The last argument of some functions is looked at before it is used: it has to be there, word for word."""
        if function.check is None:
            return
        if self.output[-2] != "," or self.output[-1][0] not in _QUOTES:
            why = f"the last value of `{bracket.name}` is written here, in quotes."
            raise ExpressionInvalid(bracket.position, why)
        if why := function.check(self.output[-1][1:-1]):
            raise ExpressionInvalid(bracket.position, f"`{bracket.name}`: {why}")


_QUOTES = frozenset("'\"")


def _is_calculating(token: str) -> bool:
    """Whether a token is an operator between two values, of which a quoted day could only be the wrong one."""
    return token in {"=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"}


def _is_day_text(token: str) -> bool:
    return token[0] in _QUOTES and _ISO_DAY.fullmatch(token[1:-1]) is not None
