"""Lists of activities (trainings, campaigns, meetings, grants ...): rows of a CSV in, checked records out.

The list says what took place, what was only planned, how many people came where somebody counted them, and who paid
where somebody wrote it down. Nothing is filled in: an empty cell stays "not stated", a range of days, a single day
and a bare year stay what they are, a number from Latvia never becomes the total, and a hope ("may reach") never
becomes a count. What the reader decided for a row stands in the receipt, in plain words. A file with a bad row is
refused whole. Sources: rules-of-numbers part 2 (planned, delivered and potential reach are three figures), the
domain's reading of the register of 2003-2019 (outputs, reach and results are not the same; one grant named twice).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from me_platform.errors import ImportRefused
from me_platform.exchange.activity_receipts import ActivityReceipt, make_receipt
from me_platform.exchange.activity_records import (
    ActivityRecord,
    CountsAs,
    FunderState,
    Precision,
    Qualifier,
    find_status,
)
from me_platform.exchange.spreadsheets import (
    CellWrong,
    Row,
    Table,
    TableProblem,
    check_amount,
    check_date,
    check_whole_number,
    check_year,
    make_cell_problem,
    read_table,
)
from me_platform.indicators.definition import Text
from me_platform.wording import Sentence, mark

Value = TypeVar("Value")

COLUMNS: tuple[str, ...] = (
    "id",
    "year",
    "date_start",
    "date_end",
    "date_precision",
    "duration",
    "activity",
    "activity_type",
    "title_original_lv",
    "organiser",
    "funder",
    "funder_basis",
    "amount",
    "currency",
    "participants",
    "participants_qualifier",
    "participants_latvia",
    "participants_unit",
    "reach_potential",
    "countries_n",
    "audience",
    "result",
    "location",
    "related_id",
    "source_file",
    "source_line_start",
    "source_line_end",
    "data_quality_note",
)
"""The columns of a list; every one has to be there, cells may be empty."""

TRANSLATED: Mapping[str, str] = {
    "activity_lv": "activity",
    "organiser_lv": "organiser",
    "funder_lv": "funder",
    "participants_unit_lv": "participants_unit",
    "audience_lv": "audience",
    "result_lv": "result",
    "location_lv": "location",
    "data_quality_note_lv": "data_quality_note",
}
"""Columns a list may have besides: the same words in Latvian, for reports in Latvian."""


PRECISIONS: Mapping[str, Precision] = {
    "day": Precision.DAY,
    "range": Precision.RANGE,
    "year": Precision.YEAR,
    "start day only": Precision.START_ONLY,
    "launch day only": Precision.START_ONLY,
    "end day only": Precision.END_ONLY,
}

# Which of the two days a precision has: True means it must be there, False that it must not, None that it may.
_DAYS_OF: Mapping[Precision, tuple[bool | None, bool | None]] = {
    Precision.DAY: (True, None),
    Precision.RANGE: (True, True),
    Precision.YEAR: (False, False),
    Precision.START_ONLY: (True, False),
    Precision.END_ONLY: (False, True),
}


@dataclass(frozen=True)
class ActivityKind:
    """One kind of activity: its code in the taxonomy and what its number of people counts."""

    code: str
    counts_as: CountsAs = CountsAs.LISTED


KINDS: Mapping[str, ActivityKind] = {
    "training": ActivityKind("training", CountsAs.ATTENDANCE),
    "seminar": ActivityKind("seminar", CountsAs.ATTENDANCE),
    "conference": ActivityKind("conference", CountsAs.ATTENDANCE),
    "meeting": ActivityKind("meeting", CountsAs.ATTENDANCE),
    "campaign": ActivityKind("campaign", CountsAs.REACHED),
    "materials": ActivityKind("materials", CountsAs.REACHED),
    "study visit": ActivityKind("study_visit"),
    "tech camp": ActivityKind("tech_camp"),
    "fellowship": ActivityKind("fellowship"),
    "visit": ActivityKind("visit"),
    "recognition": ActivityKind("recognition"),
    "project launch": ActivityKind("project_launch"),
    "project": ActivityKind("project"),
    "grant": ActivityKind("grant"),
    "curriculum": ActivityKind("curriculum"),
    "research/film": ActivityKind("research_film"),
}
"""The word in the column ``activity_type`` -> the kind."""


QUALIFIERS: Mapping[str, Qualifier] = {
    "exact": Qualifier.EXACT,
    "approx": Qualifier.APPROX,
    "more than": Qualifier.MORE_THAN,
}
"""First words of ``participants_qualifier``; what follows in brackets are the list's own words."""


NOT_STATED = re.compile(r"not stated\b[\s(]*(?P<remark>.*?)\)?", re.IGNORECASE | re.DOTALL)
"""A cell that begins with these words says the same as an empty one; a remark may follow in brackets."""


@dataclass(frozen=True)
class ActivityList:
    """The records of a file and the receipt of reading it."""

    records: tuple[ActivityRecord, ...]
    receipt: ActivityReceipt


def read_activities(data: bytes, file_name: str) -> ActivityList:
    """Read a list of activities from a CSV file.

    Raises ImportRefused, which names every bad row with its row number, column and reason; nothing of such a file
    may be stored.
    """
    table = read_table(data, file_name, COLUMNS, tuple(TRANSLATED))
    problems = list(table.problems)
    drafts: list[ActivityRecord] = []
    for row in table.rows:
        checker = _RowChecker(table.file, row)
        drafts.append(checker.make_record())
        problems.extend(checker.problems)
    problems.extend(_check_ids(table, drafts))
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.line))
    records = _join_grants(drafts)
    return ActivityList(records, make_receipt(table.file, table.empty_rows, records))


class _RowChecker:
    """Checks the cells of one row; ``problems`` collects every fault, ``make_record`` gives what could be read."""

    def __init__(self, file: str, row: Row) -> None:
        self.file, self.row = file, row
        self.problems: list[TableProblem] = []

    def make_record(self) -> ActivityRecord:
        """The record, complete only when ``problems`` stayed empty."""
        cells = self.row.cells
        precision = self.check_word("date_precision", PRECISIONS)
        start, end = self.check_days(precision)
        kind = self.check_word("activity_type", KINDS) or ActivityKind("")
        participants, latvia, qualifier = self.check_people()
        amount = self.check_money()
        status, _ = find_status(cells["result"], cells["data_quality_note"])
        return ActivityRecord(
            id=self.check_id(),
            row=self.row.number,
            year=self.check_year(start, end),
            start=start,
            end=end,
            precision=precision or Precision.YEAR,
            duration=cells["duration"],
            kind=kind.code,
            status=status,
            activity=self.check_words("activity"),
            title_original=cells["title_original_lv"],
            organiser=self.make_words("organiser"),
            organiser_remark=self.make_remark("organiser"),
            funder=self.make_words("funder"),
            funder_state=self.check_funder(),
            funder_basis=cells["funder_basis"],
            amount=amount,
            currency=cells["currency"] if amount is not None else "",
            grant="",
            participants=participants,
            participants_latvia=latvia,
            qualifier=qualifier,
            unit=self.make_words("participants_unit"),
            counts_as=kind.counts_as,
            potential=self.check_number("reach_potential"),
            countries=self.check_number("countries_n", least=1),
            audience=self.make_words("audience"),
            result=self.make_words("result"),
            location=self.make_words("location"),
            related=tuple(re.split(r"[\s;,]+", cells["related_id"])) if cells["related_id"] else (),
            source=cells["source_file"],
            source_lines=self.check_lines(),
            note=self.make_words("data_quality_note"),
        )

    def add(self, column: str, why: str | Sentence, **values: object) -> None:
        """Note a fault of a cell."""
        said = Sentence(why, values) if isinstance(why, str) else why
        self.problems.append(make_cell_problem(self.file, self.row.line, self.row.number, column, said))

    def check_cell(self, column: str, check: Callable[[str], Value]) -> Value | None:
        """The checked value of a cell; None where it is empty or, with a fault noted, wrong."""
        raw = self.row.cells[column]
        if not raw or NOT_STATED.fullmatch(raw):
            return None
        try:
            return check(raw)
        except CellWrong as wrong:
            self.add(column, wrong.why)
            return None

    def check_number(self, column: str, least: int = 0) -> int | None:
        """A count of at least that many, or None where none is stated."""
        found = self.check_cell(column, check_whole_number)
        if found is not None and found < least:
            why = mark("%(number)s is too small; leave the cell empty where the number is not stated")
            self.add(column, why, number=found)
        return found

    def check_word(self, column: str, known: Mapping[str, Value]) -> Value | None:
        """The meaning of a word from a closed list; None, with a fault noted, for any other."""
        raw = self.row.cells[column].lower()
        if raw not in known:
            unknown = mark("'%(raw)s' is not known; write one of: %(known)s")
            empty = mark("the cell is empty; write one of: %(known)s")
            self.add(column, unknown if raw else empty, raw=raw, known=", ".join(known))
        return known.get(raw)

    def check_id(self) -> str:
        """The activity's id within the list."""
        found = self.row.cells["id"]
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", found):
            self.add("id", mark("write an id of 1 to 40 letters, digits, dots, slashes or hyphens"))
        return found

    def check_days(self, precision: Precision | None) -> tuple[date | None, date | None]:
        """The two days, present as the precision says and in order."""
        before = len(self.problems)
        days = (self.check_cell("date_start", check_date), self.check_cell("date_end", check_date))
        if precision is None or len(self.problems) > before:
            return days
        word = self.row.cells["date_precision"]
        for column, day, wanted in zip(("date_start", "date_end"), days, _DAYS_OF[precision], strict=True):
            if wanted is True and day is None:
                self.add(column, mark("a day is missing; the precision says '%(word)s'"), word=word)
            if wanted is False and day is not None:
                self.add(column, mark("a day is given; the precision says '%(word)s'"), word=word)
        start, end = days
        if start and end and end < start:
            self.add("date_end", mark("%(end)s lies before the start %(start)s"), end=end, start=start)
        elif precision is Precision.DAY and start and end and end != start:
            why = mark("%(end)s is not the day %(start)s; the precision says '%(word)s'")
            self.add("date_end", why, end=end, start=start, word=word)
        return days

    def check_year(self, start: date | None, end: date | None) -> int:
        """The year, which agrees with the days that are given."""
        found = self.check_cell("year", lambda raw: check_year(check_whole_number(raw)))
        if found is None:
            if not self.row.cells["year"]:
                self.add("year", mark("the year is missing"))
            return 1900
        first, last = start or end, end or start
        if first and last and first <= last and not first.year <= found <= last.year:
            self.add("year", mark("%(year)s does not agree with the days given"), year=found)
        return found

    def check_words(self, column: str) -> Text:
        """Words that have to be there."""
        if not self.row.cells[column]:
            self.add(column, mark("the cell is empty"))
        return self.make_words(column)

    def make_words(self, column: str) -> Text:
        """The words of a column and of its Latvian companion; empty where they say "not stated"."""
        own = self.row.cells[column]
        if not own or NOT_STATED.fullmatch(own):
            return {}
        latvian = next((self.row.cells.get(name, "") for name, of in TRANSLATED.items() if of == column), "")
        return {"en": own, "lv": latvian} if latvian else {"en": own}

    def make_remark(self, column: str) -> str:
        """What a cell adds to "not stated"."""
        found = NOT_STATED.fullmatch(self.row.cells[column])
        return found.group("remark") if found else ""

    def check_funder(self) -> FunderState:
        """Who paid, as a state that agrees with the name of the funder."""
        basis, funder = self.row.cells["funder_basis"].lower(), self.row.cells["funder"]
        named = bool(funder) and not NOT_STATED.fullmatch(funder)
        if NOT_STATED.fullmatch(basis):
            if named:
                self.add("funder_basis", mark("it says 'not stated' and a funder is named"))
            return FunderState.NOT_STATED
        if not re.match(r"stated\b", basis):
            self.add("funder_basis", mark("write 'stated', 'stated, partial ...' or 'not stated'"))
        elif not named:
            self.add("funder", mark("the funder is missing; the basis says 'stated'"))
        return FunderState.PARTIAL if re.match(r"stated, partial\b", basis) else FunderState.STATED

    def check_money(self) -> Decimal | None:
        """An amount, which needs its currency; a currency needs its amount."""
        before = len(self.problems)
        amount, currency = self.check_cell("amount", check_amount), self.row.cells["currency"]
        if len(self.problems) > before:
            return amount
        if amount is None and currency:
            self.add("amount", mark("the amount is missing; the currency is %(currency)s"), currency=currency)
        if amount is not None and not re.fullmatch(r"[A-Z]{3}", currency):
            self.add("currency", mark("an amount needs its currency in three capital letters, such as EUR"))
        return amount

    def check_people(self) -> tuple[int | None, int | None, Qualifier]:
        """The stated total, the stated number from Latvia, and how sure the number is."""
        total, latvia = self.check_number("participants"), self.check_number("participants_latvia")
        counted = any(self.row.cells[name] for name in ("participants", "participants_latvia"))
        if total is not None and latvia is not None and latvia > total:
            why = mark("%(number)s is more than the total of %(total)s")
            self.add("participants_latvia", why, number=latvia, total=total)
        if counted and not self.row.cells["participants_unit"]:
            self.add("participants_unit", mark("a number of people needs the word for who they are"))
        raw = self.row.cells["participants_qualifier"]
        words = raw.lower().partition("(")[0].strip()
        if words and words not in QUALIFIERS:
            why = mark("'%(raw)s' is not known; write one of: %(known)s")
            self.add("participants_qualifier", why, raw=raw, known=", ".join(QUALIFIERS))
        elif words and not counted:
            self.add("participants_qualifier", mark("'%(raw)s' has no number of people to speak of"), raw=raw)
        return total, latvia, QUALIFIERS.get(words, Qualifier.UNSAID)

    def check_lines(self) -> tuple[int, int] | None:
        """First and last line of the source, when they are given."""
        first, last = self.check_number("source_line_start", 1), self.check_number("source_line_end", 1)
        if first is None or last is None:
            return None
        if last < first:
            self.add("source_line_end", mark("%(last)s lies before the first line %(first)s"), last=last, first=first)
        return first, last


def _check_ids(table: Table, records: Sequence[ActivityRecord]) -> Iterator[TableProblem]:
    """Ids used twice, and relations to ids that are not in the list."""
    seen: dict[str, int] = {}
    lines = {row.number: row.line for row in table.rows}

    def make(record: ActivityRecord, column: str, why: str, **values: object) -> TableProblem:
        return make_cell_problem(table.file, lines[record.row], record.row, column, Sentence(why, values))

    for record in records:
        if record.id in seen:
            yield make(record, "id", mark("'%(id)s' is used by row %(row)s already"), id=record.id, row=seen[record.id])
        seen.setdefault(record.id, record.row)
    if table.problems:
        return  # a damaged row may be the one that is meant
    for record in records:
        for other in record.related:
            if other == record.id:
                yield make(record, "related_id", mark("'%(id)s' names the activity itself"), id=other)
            elif other not in seen:
                yield make(record, "related_id", mark("'%(id)s' is not in this list"), id=other)


def _is_same_grant(one: ActivityRecord, other: ActivityRecord) -> bool:
    """Whether two related entries tell of the same money: equal amount, currency and funder."""
    return (
        one.amount is not None
        and (one.amount, one.currency) == (other.amount, other.currency)
        and one.funder.get("en", "").casefold() == other.funder.get("en", "").casefold()
    )


def _join_grants(records: Sequence[ActivityRecord]) -> tuple[ActivityRecord, ...]:
    """The records with the grant each amount belongs to.

    Entries that name each other (in either direction, over any number of steps) and state the same amount, currency
    and funder share one grant; it bears the id of the entry of kind grant, else the first id in order.
    """
    by_id = {record.id: record for record in records}
    group = {record.id: record.id for record in records if record.amount is not None}
    for record in records:
        for other in record.related:
            if _is_same_grant(record, by_id[other]):
                old, new = sorted((group[record.id], group[other]), reverse=True)
                group = {member: new if name == old else name for member, name in group.items()}
    names: dict[str, str] = {}
    for member, name in sorted(group.items()):
        if by_id[member].kind == "grant" or name not in names:
            current = names.get(name)
            names[name] = current if current and by_id[current].kind == "grant" else member
    return tuple(replace(record, grant=names[group[record.id]]) if record.id in group else record for record in records)
