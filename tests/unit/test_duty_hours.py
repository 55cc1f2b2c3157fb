"""Hours of duty: how they are written, and how much of them went by (privacy-and-safety 1.11)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.duty_hours import WORKING_DAYS, DutyHours, read_duty_hours
from me_platform.errors import SettingInvalid
from me_platform.settings import load_settings
from me_platform.wording import format_duty_hours

RIGA = ZoneInfo("Europe/Riga")
FOUR = timedelta(hours=4)


def at(text: str) -> datetime:
    """A moment in Riga; 2 March 2026 is a Monday."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=RIGA).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("02T09:00", "02T13:00"),
        ("02T10:30", "02T14:30"),
        ("02T03:00", "02T13:00"),  # at night nobody is on duty
        ("02T15:00", "03T11:00"),
        ("06T15:00", "09T11:00"),  # over a weekend
        ("07T12:00", "09T13:00"),
        ("02T17:00", "03T13:00"),
        ("27T16:00", "30T12:00"),  # the clock goes forward that Sunday
    ],
)
def test_four_hours_of_duty_have_passed_at_this_moment_and_not_before(since: str, until: str) -> None:
    assert WORKING_DAYS.have_passed(FOUR, at(since), at(until), RIGA)
    assert not WORKING_DAYS.have_passed(FOUR, at(since), at(until) - timedelta(seconds=1), RIGA)


@given(st.integers(0, 60 * 24 * 366), st.integers(0, 200))
def test_once_passed_it_stays_so_and_four_days_are_enough(minutes: int, hours: int) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    now = since + timedelta(hours=hours)
    passed = WORKING_DAYS.have_passed(FOUR, since, now, RIGA)
    assert not passed or WORKING_DAYS.have_passed(FOUR, since, now + timedelta(hours=1), RIGA)
    assert passed or hours < 4 * 24
    assert not passed or hours >= 4


@pytest.mark.parametrize("hours", [WORKING_DAYS, DutyHours(5, 6, time(8, 30), time(9)), DutyHours(2, 2)])
def test_hours_are_read_as_they_are_written(hours: DutyHours) -> None:
    assert read_duty_hours(str(hours)) == hours


@pytest.mark.parametrize(
    "text", ["", "always", "fri-mon 09:00-17:00", "mon-fri 17:00-09:00", "mon-fri 25:00-26:00", "mon-fri 9-17"]
)
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(SettingInvalid, match="ME_DUTY_HOURS"):
        read_duty_hours(text)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Monday–Friday, 09:00–17:00"),
        ("lv", "pirmdiena–piektdiena 09:00–17:00"),
        ("ar", "الاثنين–الجمعة، 09:00–17:00"),
    ],
)
def test_hours_are_said_in_the_persons_language(language: str, said: str) -> None:
    assert format_duty_hours(WORKING_DAYS, language) == said


@pytest.mark.parametrize(
    ("server", "sender", "fault"),
    [
        ("relay", "me@house.example", "host:port"),
        ("relay:x", "me@house.example", "port"),
        ("relay:25", "", "MAIL_FROM"),
    ],
)
def test_a_mail_relay_that_cannot_be_used_is_refused(server: str, sender: str, fault: str) -> None:
    with pytest.raises(SettingInvalid, match=fault):
        load_settings({"ME_MAIL_SERVER": server, "ME_MAIL_FROM": sender}, Path("/"))
