"""Periods: what an officer may write, leap days, overlaps."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.errors import InputInvalid
from me_platform.indicators.periods import Period, check_periods, read_period


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (" 2026-q3 ", date(2026, 7, 1), date(2026, 9, 30), "2026-Q3"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q4"),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), "2026-H1"),
        ("2026-h2", date(2026, 7, 1), date(2026, 12, 31), "2026-H2"),
        ("2003..2019", date(2003, 1, 1), date(2019, 12, 31), "2003..2019"),
        ("2025-10-01..2026-09-30", date(2025, 10, 1), date(2026, 9, 30), "2025-10-01..2026-09-30"),
        ("2024-02-29..2024-02-29", date(2024, 2, 29), date(2024, 2, 29), "2024-02-29..2024-02-29"),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, start: date, end: date, label: str) -> None:
    assert read_period(text) == Period(start, end, label)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("last year", "is not a period. Write a period as 2026"),
        ("2026-Q5", "is not a period"),
        ("2026-H3", "is not a period"),
        ("", "is not a period"),
        ("0000", "years from 1900 on are known"),
        ("9999", "years from 1900 on are known"),
        ("0001-01-01..2026-01-01", "years from 1900 on are known"),
        ("2026..2025", "ends before it starts"),
        ("2026-09-30..2025-10-01", "ends before it starts"),
        ("2025-02-29..2025-03-01", "'2025-02-29' is not a day of the calendar"),
    ],
)
def test_anything_else_is_refused_in_plain_words(text: str, words: str) -> None:
    with pytest.raises(InputInvalid, match=re.escape(words)):
        read_period(text)


@given(st.integers(1900, 9998))
def test_quarters_and_halves_make_up_the_year_leap_days_included(year: int) -> None:
    """R32: leap days."""
    whole = read_period(str(year))
    quarters = [read_period(f"{year}-Q{number}") for number in (1, 2, 3, 4)]
    halves = [read_period(f"{year}-H{number}") for number in (1, 2)]
    for parts in (quarters, halves):
        assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
        assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(parts))
        assert check_periods(parts) == ()


def test_overlapping_periods_are_refused() -> None:
    """R32: overlapping periods refused."""
    problems = check_periods([read_period("2026-H1"), read_period("2026-Q3"), read_period("2026-Q2")])
    assert len(problems) == 1
    assert "2026-H1 and 2026-Q2 overlap" in problems[0]
    assert "between 2026-04-01 and 2026-06-30" in problems[0]


def test_both_days_belong_to_a_period() -> None:
    period = read_period("2026-Q1")
    assert period.covers(date(2026, 1, 1))
    assert period.covers(date(2026, 3, 31))
    assert not period.covers(date(2026, 4, 1))
