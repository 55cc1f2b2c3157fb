"""The rows of an activity register as a report prints them: what its list states, as surely as it states it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from me_platform.disclosure.wording import LANGUAGES, make_number_text
from me_platform.exchange.activity_records import ActivityRecord, FunderState, Precision, Qualifier, Status
from me_platform.indicators.definition import Text
from me_platform.reports.views import ActivityView, GrantView, Said
from me_platform.reports.words import Words, make_short_day, make_short_span


def make_activity(record: ActivityRecord, words: Words) -> ActivityView:
    """One activity. What is not stated says so."""
    not_stated = Said(words.title("funder_states", FunderState.NOT_STATED), words.language)
    funder = not_stated if record.funder_state is FunderState.NOT_STATED else say(record.funder, words.language)
    if record.funder_state is FunderState.PARTIAL:
        funder = Said(f"{funder.text} ({words.term('activity', 'in_part')})", funder.language)
    organiser = say(record.organiser, words.language)
    return ActivityView(
        id=record.id,
        year=str(record.year),
        days=make_days(record, words),
        kind=words.title("activity_kinds", record.kind),
        planned=record.status is Status.PLANNED,
        status=words.title("activity_statuses", record.status),
        title=say(record.activity, words.language),
        original=record.title_original,
        organiser=organiser if organiser.text else not_stated,
        funder=funder if funder.text else not_stated,
        people=make_people(record, words),
        people_unit=say(record.unit, words.language),
        potential="" if record.potential is None else _say_number(record.potential, words),
        location=say(record.location, words.language),
        note=say(record.note, words.language),
    )


def make_grants(records: Sequence[ActivityRecord], words: Words) -> tuple[GrantView, ...]:
    """The money a list names: entries that tell of the same grant are one."""
    groups: dict[str, list[ActivityRecord]] = {}
    for record in records:
        if record.amount is not None:
            groups.setdefault(record.grant or record.id, []).append(record)
    return tuple(
        GrantView(
            amount=make_number_text(group[0].amount or Decimal(0), group[0].currency, words.language),
            funder=say(group[0].funder, words.language),
            entries=tuple(record.id for record in group),
        )
        for group in groups.values()
    )


def make_days(record: ActivityRecord, words: Words) -> str:
    """The days as precisely as the list knows them."""
    start, end, language = record.start, record.end, words.language
    if record.precision is Precision.START_ONLY and start:
        return f"{words.term('activity', 'from')} {make_short_day(start, language)}"
    if record.precision is Precision.END_ONLY and end:
        return f"{words.term('activity', 'until')} {make_short_day(end, language)}"
    if record.precision is Precision.YEAR or start is None:
        return str(record.year) if language == "en" else f"{record.year}. gads"
    return make_short_span(start, end or start, language)


def make_people(record: ActivityRecord, words: Words) -> str:
    """The people a list states; those from Latvia where it says no total; empty where it says nothing."""
    if record.participants is not None:
        number = _say_number(record.participants, words)
        sure = record.qualifier in {Qualifier.EXACT, Qualifier.UNSAID}
        return number if sure else f"{words.title('qualifiers', record.qualifier)} {number}"
    if record.participants_latvia is not None:
        return f"{_say_number(record.participants_latvia, words)} {words.term('activity', 'from_latvia')}"
    return ""


def say(text: Text, language: str) -> Said:
    """The text in the wanted language, else in the one it has; empty where it has none."""
    found = next((each for each in (language, *LANGUAGES) if text.get(each)), language)
    return Said(text.get(found, ""), found)


def _say_number(number: int, words: Words) -> str:
    return make_number_text(Decimal(number), "people", words.language)
