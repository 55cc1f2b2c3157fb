"""The hours in which somebody is on duty at the organisations of an instance. Pure: clock and zone are arguments.

Public holidays are not known: a day off counts as a working day, so that a wish is told of sooner rather than later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from me_platform.errors import SettingInvalid

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TEXT = re.compile(rf"({'|'.join(_DAYS)})-({'|'.join(_DAYS)}) (\d\d:\d\d)-(\d\d:\d\d)")


@dataclass(frozen=True)
class DutyHours:
    """The same hours on each day from ``first`` to ``last`` (0 is Monday), from ``start`` up to ``end``."""

    first: int = 0
    last: int = 4
    start: time = time(9)
    end: time = time(17)

    def __str__(self) -> str:
        """As ``read_duty_hours`` reads them."""
        return f"{_DAYS[self.first]}-{_DAYS[self.last]} {self.start:%H:%M}-{self.end:%H:%M}"

    def have_passed(self, wanted: timedelta, since: datetime, now: datetime, zone: ZoneInfo) -> bool:
        """Whether between two moments (both aware) so much time of duty went by, in this zone."""
        day, passed = since.astimezone(zone).date(), timedelta()
        while passed < wanted and day <= now.astimezone(zone).date():
            if self.first <= day.weekday() <= self.last:
                begin, end = (
                    datetime.combine(day, each, tzinfo=zone).astimezone(UTC) for each in (self.start, self.end)
                )
                passed += max(min(end, now) - max(begin, since), timedelta())
            day += timedelta(days=1)
        return passed >= wanted


WORKING_DAYS = DutyHours()
"""Monday to Friday, 9 to 17: where nothing else is set."""


def read_duty_hours(text: str) -> DutyHours:
    """Hours written as ``mon-fri 09:00-17:00``. Raises SettingInvalid."""
    match = _TEXT.fullmatch(text.strip().lower())
    try:
        if match:
            first, last = _DAYS.index(match[1]), _DAYS.index(match[2])
            start, end = time.fromisoformat(match[3]), time.fromisoformat(match[4])
            if first <= last and start < end:
                return DutyHours(first, last, start, end)
    except ValueError:
        pass  # an hour no clock shows
    raise SettingInvalid("ME_DUTY_HOURS", f"'{text}' is not written as in `mon-fri 09:00-17:00`.")
