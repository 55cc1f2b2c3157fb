"""Patterns of ``regex(...)``: a small part of regular expressions that no text can make slow.

Python's engine tries one way after the other, and a pattern such as ``(a+)+`` has more ways than there is time. It
cannot be stopped from outside: a signal waits until it is done, and a watching process for every answer is too much
for one question. So the ways are counted when a survey is loaded. A quantifier stands behind one character, never
behind a group (nothing nested), there are no references back, and the product of all choices a pattern leaves open
has a limit: one ``*`` or ``+`` and a few optional characters. That is enough for codes, years and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from me_platform.errors import ProgramError

MAX_TEXT = 4000
"""Longest text a pattern is compared with, in characters: the longest answer. A longer one does not match."""
MAX_WAYS = 50_000
"""Most ways in which a pattern may be tried; each costs at most as many steps as the pattern has characters."""

_PART = re.compile(
    r"""(?P<group>\((?!\?)) | (?P<close>\)) | (?P<or>\|)
    | (?P<one> \\[dDwWsS] | \\[^A-Za-z0-9] | \[\^?\]?(?:[^\\\[\]]|\\[dDwWsS]|\\[^A-Za-z0-9])*\] | [^\\\[\](){}*+?|^$] )
      (?P<times>[?*+]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})?""",
    re.VERBOSE,
)
_SETS = re.compile(r"--|&&|\|\||~~")


class PatternRefused(ProgramError):
    """A pattern that is none, or that could take too long."""


def check_pattern(pattern: str) -> None:
    """Raises PatternRefused for anything outside the part of regular expressions used here."""
    body = pattern.removeprefix("^")
    body = body[:-1] if body.endswith("$") and not body.endswith("\\$") else body
    # The alternatives begun so far: those of the whole pattern, then those of each open bracket.
    ways, alternatives = 1, [1]
    for part in _read_parts(body):
        if part["group"]:
            alternatives.append(1)
        elif part["or"]:
            alternatives[-1] += 1
        elif part["close"] and len(alternatives) == 1:
            raise PatternRefused("a bracket of the pattern was never opened.")
        else:
            ways *= alternatives.pop() if part["close"] else _count_ways(part["times"] or "")
    if len(alternatives) > 1:
        raise PatternRefused("a bracket of the pattern is not closed.")
    if ways * alternatives[0] > MAX_WAYS:
        raise PatternRefused("the pattern can be tried in too many ways: use one `*` or `+` at most.")
    try:
        re.compile(pattern)
    except re.error as error:
        raise PatternRefused("the pattern is no regular expression.") from error


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text has the form of a checked pattern, as XLSForm's ``regex`` says."""
    return len(text) <= MAX_TEXT and _compile(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _read_parts(body: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(body):
        part = _PART.match(body, place)
        if part is None:
            raise PatternRefused(_explain(body, place))
        if part["one"] and _SETS.search(part["one"]):
            raise PatternRefused("`--`, `&&`, `||` and `~~` have no meaning between square brackets.")
        yield part
        place = part.end()


def _count_ways(times: str) -> int:
    """How many repetitions a quantifier leaves open. Raises PatternRefused for more than a text can have."""
    if times in {"", "?"}:
        return 1 + len(times)
    if times in {"*", "+"}:
        return MAX_TEXT + 1
    fewest, comma, most = times[1:-1].partition(",")
    low, high = int(fewest), int(most) if most else MAX_TEXT if comma else int(fewest)
    if not low <= high <= MAX_TEXT:
        raise PatternRefused(f"`{times}` is no number of times.")
    return high - low + 1


def _explain(body: str, place: int) -> str:
    if body[place] in "?*+{":
        return f"`{body[place]}` stands behind one character only, not behind a bracket or another sign."
    return f"`{body[place : place + 2]}` cannot be used in a pattern here."
