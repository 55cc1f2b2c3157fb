"""Days and moments as the pages write them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

NBSP = "\N{NO-BREAK SPACE}"
_DAYS = {"en": "d MMM yyyy", "lv": "dd.MM.yyyy."}
"""How a table writes a day in each language (CLDR pattern); other languages as CLDR has it."""


def say_day(day: date, language: str) -> str:
    """A day that is not broken at the end of a line."""
    return format_date(day, _DAYS.get(language, "medium"), locale=language).replace(" ", NBSP)


def say_moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A day and a time to the minute, in the instance's zone."""
    here = at.astimezone(zone)
    return f"{say_day(here.date(), language)}{NBSP}{format_time(here, 'HH:mm', locale=language)}"


def say_period(start: date, end: date, language: str) -> str:
    """From a day to a day."""
    return f"{say_day(start, language)} – {say_day(end, language)}"
