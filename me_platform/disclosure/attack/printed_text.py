"""Reading one printed figure, in English and Latvian: "12 of 19 (63 %, 41–81 %)", "14 or more of 19", "×".

The phrases are those of a report's legend and method page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

SYMBOLS: Mapping[str, str] = {
    "×": "suppressed",
    "÷": "no_value",
    "…": "not_collected",
    "–": "not_offered",
}
"""The signs of the legend and the states they stand for."""

LANGUAGES = ("en", "lv")


@dataclass(frozen=True)
class Printed:
    """A figure as it is printed; None for what is not there. ``least`` is "so many or more" without a base."""

    state: str
    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    people: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    least: bool = False


_NUMBER = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_PERCENT = rf"(?: \((?P<value>{_NUMBER}) %(?:, (?P<low>{_NUMBER})–(?P<high>{_NUMBER}) %)?\))?"
_MEAN = (
    rf"(?:(?:USD|EUR) )?(?P<value>{_NUMBER})(?: (?:USD|EUR))?"
    rf"(?: \((?P<low>{_NUMBER})–(?P<high>{_NUMBER})\))?(?:, n = (?P<people>\d+))?"
)

_PATTERNS: Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "en": (
        (
            "banded",
            re.compile(rf"between (?P<low>{_NUMBER}) and (?P<high>{_NUMBER})(?: of (?P<denominator>{_NUMBER}))?"),
        ),
        ("least", re.compile(rf"(?:USD |EUR )?(?P<low>{_NUMBER}) or more(?: of (?P<denominator>{_NUMBER}))?")),
        ("banded", re.compile(rf"(?P<high>{_NUMBER}) or fewer(?: answered| of (?P<denominator>{_NUMBER}))?")),
        ("value", re.compile(rf"(?P<numerator>{_NUMBER}) of (?P<denominator>{_NUMBER}){_PERCENT}")),
        ("value", re.compile(_MEAN)),
    ),
    "lv": (
        ("banded", re.compile(rf"no (?P<low>{_NUMBER}) līdz (?P<high>{_NUMBER})(?: no (?P<denominator>{_NUMBER}))?")),
        ("banded", re.compile(rf"(?P<low>{_NUMBER})–(?P<high>{_NUMBER}) no (?P<denominator>{_NUMBER})")),
        ("least", re.compile(rf"(?P<low>{_NUMBER})(?: USD| EUR)? vai vairāk(?: no (?P<denominator>{_NUMBER}))?")),
        ("banded", re.compile(rf"(?P<high>{_NUMBER}) vai mazāk(?: atbilžu| no (?P<denominator>{_NUMBER}))?")),
        ("value", re.compile(rf"(?P<numerator>{_NUMBER}) no (?P<denominator>{_NUMBER}){_PERCENT}")),
        ("value", re.compile(_MEAN)),
    ),
}


def read_printed(text: str, language: str, *, whole: bool = False) -> Printed | None:
    """The figure a text begins with, or is when ``whole``; None where it begins with none.

    >>> read_printed("14 or more of 19", "en").low
    Decimal('14')
    """
    text = text.strip()
    for sign, state in SYMBOLS.items():
        if text == sign or (not whole and text.startswith(f"{sign} ")):
            return Printed(state)
    for state, pattern in _PATTERNS.get(language, ()):
        found = pattern.fullmatch(text) if whole else pattern.match(text)
        if found:
            return _make(state, found.groupdict())
    return None


def _make(state: str, groups: Mapping[str, str | None]) -> Printed:
    numbers = {name: _read(text) for name, text in groups.items() if text is not None}
    whole = {name: int(numbers[name]) for name in ("numerator", "denominator", "people") if name in numbers}
    rest = {name: numbers[name] for name in ("value", "low", "high") if name in numbers}
    least = state == "least" and "denominator" not in whole
    return Printed("banded" if state == "least" else state, **whole, **rest, least=least)  # type: ignore[arg-type]


def _read(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").replace(",", "."))
