"""Periods of a report: read from an officer's words, both days included (R32)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from me_platform.errors import InputInvalid

_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])")
_HALF = re.compile(r"(\d{4})-[Hh]([12])")
_YEARS = re.compile(r"(\d{4})\.\.(\d{4})")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")

EARLIEST = 1900
_FORMS = "Write a period as 2026, 2026-Q3, 2026-H1, 2003..2019 or 2025-10-01..2026-09-30."


@dataclass(frozen=True)
class Period:
    """The days from ``start`` to ``end``, both included. ``label`` is how the period is named everywhere."""

    start: date
    end: date
    label: str

    def covers(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.start <= day <= self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two periods share a day."""
        return self.start <= other.end and other.start <= self.end


def read_period(text: str) -> Period:
    """The period an officer names: a year, a quarter, a half year, whole years, or two days.

    Raises InputInvalid, in plain words, for anything else, for a day the calendar does not have and for a period that
    ends before it starts.
    """
    name = text.strip()
    if found := _YEAR.fullmatch(name):
        return _make_months(int(found[1]), 1, 12, name)
    if found := _QUARTER.fullmatch(name):
        return _make_months(int(found[1]), 3 * int(found[2]) - 2, 3, name.upper())
    if found := _HALF.fullmatch(name):
        return _make_months(int(found[1]), 6 * int(found[2]) - 5, 6, name.upper())
    if found := _YEARS.fullmatch(name):
        first, last = _make_months(int(found[1]), 1, 12, name), _make_months(int(found[2]), 1, 12, name)
        return _make_span(first.start, last.end, name)
    if found := _DAYS.fullmatch(name):
        return _make_span(_read_day(found[1]), _read_day(found[2]), name)
    raise InputInvalid(f"'{text}' is not a period. {_FORMS}")


def check_periods(periods: Sequence[Period]) -> tuple[str, ...]:
    """One sentence for each pair of periods that overlap: what they would count twice (R32)."""
    ordered = sorted(periods, key=lambda period: (period.start, period.end))
    return tuple(
        f"The periods {earlier.label} and {later.label} overlap: what happened between {later.start} and "
        f"{min(earlier.end, later.end)} would be counted in both."
        for index, earlier in enumerate(ordered)
        for later in ordered[index + 1 :]
        if earlier.overlaps(later)
    )


def _make_months(year: int, first: int, months: int, label: str) -> Period:
    """Whole months from the first of a month; the last day is the one before the next month begins (leap days)."""
    if not EARLIEST <= year < date.max.year:
        raise InputInvalid(f"'{label}' is not a period: years from {EARLIEST} on are known. {_FORMS}")
    after = first + months
    following = date(year + (after > 12), (after - 1) % 12 + 1, 1)  # noqa: PLR2004 - months of a year
    return Period(date(year, first, 1), following - timedelta(days=1), label)


def _make_span(start: date, end: date, label: str) -> Period:
    if start.year < EARLIEST:
        raise InputInvalid(f"'{label}' is not a period: years from {EARLIEST} on are known. {_FORMS}")
    if end < start:
        raise InputInvalid(f"The period '{label}' ends before it starts. Write the earlier day first.")
    return Period(start, end, label)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputInvalid(f"'{text}' is not a day of the calendar. {_FORMS}") from None
