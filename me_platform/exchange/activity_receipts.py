"""What reading a list of activities took, left empty and decided: told in full, so that nothing goes silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from pydantic import TypeAdapter

from me_platform.exchange.activity_records import (
    ActivityRecord,
    CountsAs,
    FunderState,
    Precision,
    Qualifier,
    Status,
    find_status,
)


@dataclass(frozen=True)
class LeftEmpty:
    """A value that stayed empty, why, and in which activities."""

    column: str
    reason: str
    activities: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """What the reader decided for one row, by which rule, in plain words."""

    row: int
    activity: str
    rule: str
    words: str


@dataclass(frozen=True)
class Totals:
    """Sums of a list, each kind of number on its own; they are never added to each other.

    ``attendances`` sums the stated totals of delivered activities whose kind counts attendances, over
    ``attendances_stated`` of ``attendances_possible`` such activities; ``reached`` likewise. ``listed`` sums stated
    totals of delivered activities that count as neither. ``potential`` is the stated potential reach. ``grants``
    sums each grant once, by currency.
    """

    entries: int
    delivered: int
    planned: int
    attendances: int
    attendances_stated: int
    attendances_possible: int
    reached: int
    reached_stated: int
    listed: int
    potential: int
    potential_stated: int
    grants: Mapping[str, Decimal]
    grants_stated: int


@dataclass(frozen=True)
class ActivityReceipt:
    """What an import took: ids in the list's order, rows without any text, values left empty, decisions, totals."""

    file: str
    taken: tuple[str, ...]
    empty_rows: tuple[int, ...]
    left_empty: tuple[LeftEmpty, ...]
    decisions: tuple[Decision, ...]
    totals: Totals


def make_receipt(file: str, empty_rows: tuple[int, ...], records: Sequence[ActivityRecord]) -> ActivityReceipt:
    """The receipt of the records read from a file, in which these rows held no text."""
    return ActivityReceipt(
        file=file,
        taken=tuple(record.id for record in records),
        empty_rows=empty_rows,
        left_empty=_list_left_empty(records),
        decisions=tuple(_list_decisions(records)),
        totals=compute_totals(records),
    )


def make_receipt_content(receipt: ActivityReceipt) -> dict[str, object]:
    """The receipt as JSON can hold it."""
    return cast("dict[str, object]", TypeAdapter(ActivityReceipt).dump_python(receipt, mode="json"))


def make_receipt_lines(receipt: ActivityReceipt) -> tuple[str, ...]:
    """The receipt in plain sentences, one a line, for the person who imported the file."""
    totals = receipt.totals
    money = ", ".join(f"{currency} {amount:,}" for currency, amount in totals.grants.items()) or "no amount"
    lines = [
        f"{receipt.file}: {totals.entries} rows taken, {totals.delivered} delivered and {totals.planned} planned.",
        (
            f"Attendances: {totals.attendances}, stated for {totals.attendances_stated} of "
            f"{totals.attendances_possible} delivered activities that people attend."
        ),
        f"People reached (counted): {totals.reached}, stated for {totals.reached_stated} activities.",
        f"Other stated numbers of people, listed and not summed with these: {totals.listed}.",
        f"Potential reach, kept apart: {totals.potential}, stated for {totals.potential_stated} activities.",
        f"Grants, each counted once: {totals.grants_stated} ({money}).",
    ]
    if receipt.empty_rows:
        lines.append(f"Rows without any text, passed over: {', '.join(map(str, receipt.empty_rows))}.")
    lines.append("Values left empty:")
    lines.extend(
        f"  {empty.column}: {empty.reason} ({len(empty.activities)}: {', '.join(empty.activities)})"
        for empty in receipt.left_empty
    )
    lines.append("Decisions:")
    lines.extend(f"  row {one.row}, {one.activity}: {one.words}" for one in receipt.decisions)
    return tuple(lines)


def compute_totals(records: Sequence[ActivityRecord]) -> Totals:
    """The sums of a list, by the rules told in ``Totals``."""
    delivered = [record for record in records if record.status is Status.DELIVERED]
    stated = [record for record in delivered if record.participants is not None]
    attended = [record for record in delivered if record.counts_as is CountsAs.ATTENDANCE]
    potential = [record.potential for record in delivered if record.potential is not None]
    by_use = {use: [record.participants or 0 for record in stated if record.counts_as is use] for use in CountsAs}
    grants = {record.grant: record for record in delivered if record.grant}
    currencies = sorted({record.currency for record in grants.values()})
    return Totals(
        entries=len(records),
        delivered=len(delivered),
        planned=len(records) - len(delivered),
        attendances=sum(by_use[CountsAs.ATTENDANCE]),
        attendances_stated=len(by_use[CountsAs.ATTENDANCE]),
        attendances_possible=len(attended),
        reached=sum(by_use[CountsAs.REACHED]),
        reached_stated=len(by_use[CountsAs.REACHED]),
        listed=sum(by_use[CountsAs.LISTED]),
        potential=sum(potential),
        potential_stated=len(potential),
        grants={
            currency: sum((one.amount or Decimal(0) for one in grants.values() if one.currency == currency), Decimal(0))
            for currency in currencies
        },
        grants_stated=len(grants),
    )


_DAY_REASONS: Mapping[Precision, str] = {
    Precision.YEAR: "only the year is stated",
    Precision.START_ONLY: "only the first day is stated",
    Precision.END_ONLY: "only the last day is stated",
}


def _list_left_empty(records: Sequence[ActivityRecord]) -> tuple[LeftEmpty, ...]:
    """Values that stayed empty, grouped by column and reason, in the order of the columns."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for column, value, reason in _list_values(record):
            if value in (None, "", {}):
                found.setdefault((column, reason), []).append(record.id)
    columns = list(dict.fromkeys(column for record in records for column, _, _ in _list_values(record)))
    return tuple(
        LeftEmpty(column, reason, tuple(ids))
        for (column, reason), ids in sorted(found.items(), key=lambda item: columns.index(item[0][0]))
    )


def _list_values(record: ActivityRecord) -> Iterator[tuple[str, object, str]]:
    """Column, value and the reason that holds if the value is empty."""
    yield "date_start", record.start, _DAY_REASONS.get(record.precision, "not stated")
    if record.precision is not Precision.DAY:
        yield "date_end", record.end, _DAY_REASONS.get(record.precision, "not stated")
    remark = f"; the list adds '{record.organiser_remark}'" if record.organiser_remark else ""
    yield "organiser", record.organiser, f"not stated{remark}"
    yield "funder", record.funder, "not stated; no funder was filled in"
    if record.funder_state is FunderState.NOT_STATED:
        yield "amount", record.amount, "not stated"
    else:
        yield "amount", record.amount, "a funder is stated, an amount is not"
    if record.participants_latvia is None:
        yield "participants", record.participants, "not stated"
    else:
        yield "participants", record.participants, "only the number from Latvia is stated; it is not the total"
    yield "participants_latvia", record.participants_latvia, "not stated"
    yield "reach_potential", record.potential, "not stated"
    yield "countries_n", record.countries, "not stated"
    yield "audience", record.audience, "not stated"
    yield "result", record.result, "not stated"
    yield "location", record.location, "not stated"


def _list_decisions(records: Sequence[ActivityRecord]) -> Iterator[Decision]:
    """What was decided for each row that needed a decision, in the list's order."""
    first_of_grant: dict[str, str] = {}
    unlinked: dict[tuple[Decimal, str, str], str] = {}
    for record in records:
        for rule, words in (
            *_decide_status(record),
            *_decide_people(record),
            *_decide_grant(record, first_of_grant, unlinked),
        ):
            yield Decision(record.row, record.id, rule, words)


def _decide_status(record: ActivityRecord) -> Iterator[tuple[str, str]]:
    status, why = find_status(record.result.get("en", ""), record.note.get("en", ""))
    if status is Status.PLANNED:
        yield "planned", f"counted as planned, not as delivered, because the list says '{why}'."
    if record.precision is Precision.YEAR:
        yield "year", f"belongs to the year {record.year} as a whole; no day was filled in."


_QUALIFIER_WORDS: Mapping[Qualifier, str] = {
    Qualifier.EXACT: "exactly",
    Qualifier.APPROX: "about",
    Qualifier.MORE_THAN: "more than",
    Qualifier.UNSAID: "(exact or not is not said)",
}


def _decide_people(record: ActivityRecord) -> Iterator[tuple[str, str]]:
    if record.participants is not None:
        number = f"{_QUALIFIER_WORDS[record.qualifier]} {record.participants} {record.unit.get('en', '')}"
        if record.status is Status.PLANNED:
            yield "listed", f"{number}: listed as planned, in no sum."
        elif record.counts_as is CountsAs.ATTENDANCE:
            yield "attendance", f"{number}: counted as attendances (one person at two events is two)."
        elif record.counts_as is CountsAs.REACHED:
            yield "reached", f"{number}: counted as people reached."
        else:
            kind = record.kind.replace("_", " ")
            yield (
                "listed",
                f"{number}: listed, in no sum; of the kind {kind} neither attendances nor reach are counted.",
            )
    elif record.participants_latvia is not None:
        yield "latvia_only", f"{record.participants_latvia} from Latvia: listed; the total is not stated."
    if record.potential is not None:
        yield "potential", f"{record.potential} as potential reach: a hope, kept apart from every count."


def _decide_grant(
    record: ActivityRecord, first_of_grant: dict[str, str], unlinked: dict[tuple[Decimal, str, str], str]
) -> Iterator[tuple[str, str]]:
    """Decisions about an amount; the two dictionaries remember what was met in earlier rows."""
    if record.amount is None:
        return
    money = f"{record.currency} {record.amount:,}"
    first = first_of_grant.setdefault(record.grant, record.id)
    if first == record.id:
        yield "grant", f"{money}: counted as the grant {record.grant}."
    else:
        yield "same_grant", f"{money}: the same grant as in {first} (related, equal amount and funder); counted once."
    twin = unlinked.setdefault((record.amount, record.currency, record.funder.get("en", "").casefold()), record.grant)
    if twin != record.grant:
        yield (
            "look_alike",
            f"{money}: equal to the grant {twin}, but not related to it in related_id; counted as another.",
        )
