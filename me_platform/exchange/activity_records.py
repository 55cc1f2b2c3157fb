"""What an activity of a list is: frozen records, and the JSON form in which they are sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import cast

from pydantic import TypeAdapter

from me_platform.indicators.definition import Text


class Precision(StrEnum):
    """What is known of an activity's days."""

    DAY = "day"
    RANGE = "range"
    YEAR = "year"
    START_ONLY = "start_only"
    END_ONLY = "end_only"


class CountsAs(StrEnum):
    """What a stated number of people is a number of.

    Attendances are people in a room at an event of the programme (one person at two trainings is two). People
    reached are those who were given information, counted by somebody. Everything else is listed, never summed with
    either: delegates abroad, participants from many countries, honourees.
    """

    ATTENDANCE = "attendance"
    REACHED = "reached"
    LISTED = ""


class Status(StrEnum):
    """Whether an activity took place or was only intended when the list was written."""

    DELIVERED = "delivered"
    PLANNED = "planned"


PLANNED_RESULT = re.compile(r"planned\b", re.IGNORECASE)
PLANNED_NOTE = re.compile(r"\bfuture tense\b", re.IGNORECASE)
"""An activity is planned when its result begins with "Planned" or its note says it is told in the future tense."""


class Qualifier(StrEnum):
    """How sure a stated number is; empty when the list gives a number and does not say."""

    EXACT = "exact"
    APPROX = "approx"
    MORE_THAN = "more_than"
    UNSAID = ""


class FunderState(StrEnum):
    """What the list says about who paid. "Not stated" is a state and never filled in."""

    STATED = "stated"
    PARTIAL = "partial"
    NOT_STATED = "not_stated"


@dataclass(frozen=True)
class ActivityRecord:
    """One activity of a list, with what is stated and nothing else.

    A text is a language map: the list's own words under ``en``, the Latvian ones under ``lv`` where the list has
    them; empty where not stated. ``start`` and ``end`` are the days the list gives, by ``precision``. A number that
    is None is not stated; 0 is a number. ``organiser_remark`` is what the list adds to an organiser that is not
    stated. ``related`` are ids of the same list. ``grant`` names the grant an amount belongs to: entries with the
    same ``grant`` tell of the same money. ``row`` is the spreadsheet's row number.
    """

    id: str
    row: int
    year: int
    start: date | None
    end: date | None
    precision: Precision
    duration: str
    kind: str
    status: Status
    activity: Text
    title_original: str
    organiser: Text
    organiser_remark: str
    funder: Text
    funder_state: FunderState
    funder_basis: str
    amount: Decimal | None
    currency: str
    grant: str
    participants: int | None
    participants_latvia: int | None
    qualifier: Qualifier
    unit: Text
    counts_as: CountsAs
    potential: int | None
    countries: int | None
    audience: Text
    result: Text
    location: Text
    related: tuple[str, ...]
    source: str
    source_lines: tuple[int, int] | None
    note: Text

    @property
    def first_day(self) -> date:
        """The earliest day the activity can have taken place: its only stated day, or the first of its year."""
        return self.start or self.end or date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        """The latest day by which the list places it: its only stated day, or the last of its year."""
        return self.end or self.start or date(self.year, 12, 31)


def find_status(result: str, note: str) -> tuple[Status, str]:
    """Whether an activity is planned, and the words that say so (empty when it counts as delivered).

    The list tells delivered activities in the past tense; the tense of the original sentence survives only in the
    result ("Planned: ...") and in the note ("Future tense ..."). Nothing else, such as the word "plan" elsewhere,
    makes an activity planned.
    """
    found = PLANNED_RESULT.match(result) or PLANNED_NOTE.search(note)
    return (Status.PLANNED, found.group()) if found else (Status.DELIVERED, "")


def make_content(record: ActivityRecord) -> dict[str, object]:
    """The record as JSON can hold it, every field: days and amounts as text."""
    return cast("dict[str, object]", _FORM.dump_python(record, mode="json"))


def make_record(content: Mapping[str, object]) -> ActivityRecord:
    """The record from what ``make_content`` made. Raises ValueError (pydantic's) where a field is missing or wrong."""
    return _FORM.validate_python(content)


_FORM = TypeAdapter(ActivityRecord)
