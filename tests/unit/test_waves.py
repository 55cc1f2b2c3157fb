"""Waves: the windows of a person follow from three days of hers, never overlap, and stand leap days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.surveys.definition import Survey, Wave
from me_platform.surveys.waves import Window, find_stem, find_wave, make_windows

BASELINE = Wave("baseline", "enrolment", 0, 0, 30)
FOLLOWUP = Wave("followup", "baseline", 90, 14, 30)
EXIT = Wave("exit", "exit", 0, 0, 30)


def make_survey(*waves: Wave, repeat_every: int = 90) -> Survey:
    return Survey("check", "1", {}, ("en",), "survivor", {}, (), waves, repeat_every, (), (), "")


SURVEY = make_survey(BASELINE, FOLLOWUP, EXIT)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("enrolled", "baseline", "end", "today", "wave"),
    [
        ("2025-10-01", None, None, "2025-09-30", None),
        ("2025-10-01", None, None, "2025-10-01", "baseline"),
        ("2025-10-01", None, None, "2025-10-31", "baseline"),
        ("2025-10-01", None, None, "2025-11-01", None),
        ("2025-10-01", None, None, "2026-01-15", None),
        ("2025-10-01", "2025-10-11", None, "2025-10-31", "baseline"),
        ("2025-10-01", "2025-10-11", None, "2025-12-25", None),
        ("2025-10-01", "2025-10-11", None, "2025-12-26", "followup-1"),
        ("2025-10-01", "2025-10-11", None, "2026-01-09", "followup-1"),
        ("2025-10-01", "2025-10-11", None, "2026-02-08", "followup-1"),
        ("2025-10-01", "2025-10-11", None, "2026-02-09", None),
        ("2025-10-01", "2025-10-11", None, "2026-03-26", "followup-2"),
        ("2025-10-01", "2025-10-11", None, "2035-08-21", "followup-40"),
        ("2025-10-01", "2025-10-11", "2026-01-05", "2026-01-04", "followup-1"),
        ("2025-10-01", "2025-10-11", "2026-01-05", "2026-01-05", "exit"),
        ("2025-10-01", "2025-10-11", "2026-01-05", "2026-02-04", "exit"),
        ("2025-10-01", "2025-10-11", "2026-01-05", "2026-02-05", None),
        ("2025-10-01", "2025-10-11", "2026-01-05", "2026-04-09", None),
        ("2025-10-01", None, "2025-10-10", "2025-10-09", "baseline"),
        ("2025-10-01", None, "2025-10-10", "2025-10-10", "exit"),
        ("2025-10-01", None, "2025-10-01", "2025-10-01", "exit"),
        # Leap day: day 30 after 30 January is 29 February in 2024 and 1 March in 2025.
        ("2024-01-30", None, None, "2024-02-29", "baseline"),
        ("2024-01-30", None, None, "2024-03-01", None),
        ("2025-01-30", None, None, "2025-03-01", "baseline"),
        ("2024-02-29", "2024-02-29", None, "2024-02-29", "baseline"),
        ("2024-02-29", "2024-02-29", None, "2024-05-14", None),
        ("2024-02-29", "2024-02-29", None, "2024-05-15", "followup-1"),
        ("2023-11-20", "2023-12-01", None, "2024-02-14", None),
        ("2023-11-20", "2023-12-01", None, "2024-02-29", "followup-1"),
        ("2023-11-20", "2023-12-01", "2024-02-29", "2024-02-29", "exit"),
        ("2023-11-20", "2023-12-01", "2024-02-29", "2024-03-30", "exit"),
        ("2023-11-20", "2023-12-01", "2024-02-29", "2024-03-31", None),
    ],
)
def test_a_day_belongs_to_the_wave_whose_window_holds_it(
    enrolled: str, baseline: str | None, end: str | None, today: str, wave: str | None
) -> None:
    found = find_wave(SURVEY, day(enrolled), day(baseline) if baseline else None, day(end) if end else None, day(today))
    assert found == wave


def test_the_windows_of_a_person_are_listed_in_order_up_to_a_day() -> None:
    windows = make_windows(SURVEY, day("2025-10-01"), day("2025-10-11"), day("2026-04-01"), day("2026-12-31"))
    assert windows == (
        Window("baseline", day("2025-10-01"), day("2025-10-31")),
        Window("followup-1", day("2025-12-26"), day("2026-02-08")),
        Window("followup-2", day("2026-03-26"), day("2026-03-31")),
        Window("exit", day("2026-04-01"), day("2026-05-01")),
    )
    assert make_windows(SURVEY, day("2025-10-01"), None, None, day("2025-09-30")) == ()


def test_a_survey_of_a_single_time_has_no_waves() -> None:
    assert find_wave(make_survey(), day("2025-10-01"), None, None, day("2025-10-01")) is None


def test_without_an_exit_wave_follow_ups_still_stop_with_the_last_service() -> None:
    survey = make_survey(BASELINE, FOLLOWUP)
    assert find_wave(survey, day("2025-10-01"), day("2025-10-01"), day("2026-01-01"), day("2026-01-01")) == "followup-1"
    assert find_wave(survey, day("2025-10-01"), day("2025-10-01"), day("2026-01-01"), day("2026-01-02")) is None


def test_a_follow_up_that_does_not_repeat_comes_once() -> None:
    survey = make_survey(BASELINE, FOLLOWUP, repeat_every=0)
    assert find_wave(survey, day("2025-10-01"), day("2025-10-01"), None, day("2025-12-30")) == "followup-1"
    assert find_wave(survey, day("2025-10-01"), day("2025-10-01"), None, day("2026-03-30")) is None


PULSE = make_survey(Wave("before", "session", 0, 0, 0), Wave("after", "session", 0, 0, 0), repeat_every=0)
TRAINING = make_survey(*PULSE.waves, Wave("followup", "baseline", 120, 30, 60), repeat_every=0)
COURSE = make_survey(BASELINE, Wave("exit", "baseline", 70, 14, 30), repeat_every=0)


def test_the_two_waves_of_a_session_follow_from_no_day() -> None:
    for today in ("2025-10-01", "2025-10-02"):
        assert find_wave(PULSE, day("2025-10-01"), day("2025-10-01"), None, day(today)) is None


@pytest.mark.parametrize(
    ("survey", "first", "today", "wave"),
    [
        (TRAINING, None, "2026-01-29", None),
        (TRAINING, "2025-10-01", "2025-10-01", None),
        (TRAINING, "2025-10-01", "2025-12-29", None),
        (TRAINING, "2025-10-01", "2025-12-30", "followup-1"),
        (TRAINING, "2025-10-01", "2026-03-30", "followup-1"),
        (TRAINING, "2025-10-01", "2026-03-31", None),
        (COURSE, None, "2025-12-10", None),
        (COURSE, "2025-10-01", "2025-10-01", "baseline"),
        (COURSE, "2025-10-01", "2025-11-25", None),
        (COURSE, "2025-10-01", "2025-11-26", "exit"),
        (COURSE, "2025-10-01", "2026-01-09", "exit"),
        (COURSE, "2025-10-01", "2026-01-10", None),
    ],
)
def test_a_single_follow_up_and_an_exit_on_a_day_are_counted_from_the_first_answers(
    survey: Survey, first: str | None, today: str, wave: str | None
) -> None:
    assert find_wave(survey, day("2025-10-01"), day(first) if first else None, None, day(today)) == wave


@pytest.mark.parametrize(("wave", "stem"), [("followup-12", "followup"), ("exit", "exit"), ("", "")])
def test_the_file_knows_a_wave_by_its_stem(wave: str, stem: str) -> None:
    assert find_stem(wave) == stem


@given(
    enrolled=st.dates(day("2003-01-01"), day("2030-01-01")),
    baseline=st.none() | st.integers(0, 30),
    end=st.none() | st.integers(0, 1500),
    length=st.integers(0, 2000),
)
def test_windows_never_overlap_and_finding_agrees_with_listing(
    enrolled: date, baseline: int | None, end: int | None, length: int
) -> None:
    baseline_day = None if baseline is None else enrolled + timedelta(days=baseline)
    last_end = None if end is None else enrolled + timedelta(days=end)
    until = enrolled + timedelta(days=length)
    windows = make_windows(SURVEY, enrolled, baseline_day, last_end, until)
    for window, following in pairwise(windows):
        assert window.first <= window.last < following.first
    assert len({window.wave for window in windows}) == len(windows)
    holding = [window.wave for window in windows if window.first <= until <= window.last]
    assert holding == [wave for wave in [find_wave(SURVEY, enrolled, baseline_day, last_end, until)] if wave]
