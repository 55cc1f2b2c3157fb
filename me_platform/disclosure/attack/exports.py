"""Reading exports: the JSON of `me figures` and `me demo`, the CSV of the staff site's page of figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from me_platform.disclosure.attack.lines import STATES, Issue, PublishedLine, Reading, Unread, read_days
from me_platform.errors import PublicationUnreadable

_COLUMNS = 22
"""Columns of the staff site's file; their order is the same in every language."""
_CODE, _STATE, _VALUE, _NUMERATOR, _DENOMINATOR, _PEOPLE, _LOW, _HIGH, _UNIT = 0, 4, 6, 7, 8, 9, 10, 11, 12
_PARTNER, _START, _END, _SNAPSHOT = 17, 18, 19, 21


def read_json(name: str, content: bytes) -> Reading:
    """The lines of a JSON export. Raises PublicationUnreadable."""
    try:
        text = content.decode("utf-8")
        figures = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PublicationUnreadable(name, "it is no JSON in UTF-8") from error
    if not isinstance(figures, list) or not all(isinstance(each, dict) for each in figures):
        raise PublicationUnreadable(name, "it holds no list of figures as `me figures --json` writes it")
    lines, unread = [], []
    for figure, place in zip(figures, _find_places(text, figures), strict=True):
        try:
            lines.append(_make_line(figure, name, place))
        except (KeyError, ValueError, TypeError, InvalidOperation) as error:
            unread.append(Unread(name, place, str(figure.get("id", "")), f"not a figure: {error}"))
    return Reading(name, "figures.json", tuple(lines), tuple(unread))


def _find_places(text: str, figures: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The line of the file each figure begins on, by where its id stands."""
    offset = line = 0
    for figure in figures:
        found = text.find(json.dumps(figure.get("id", ""), ensure_ascii=False), offset)
        if found >= 0:
            line += text.count("\n", offset, found)
            offset = found
        yield f"line {line + 1}"


def _make_line(figure: Mapping[str, Any], file: str, place: str) -> PublishedLine:
    days = read_days(figure["period"])
    if days is None:
        raise ValueError(f"'{figure['period']}' is no period")
    if figure["state"] not in STATES:
        raise ValueError(f"'{figure['state']}' is no state")
    return PublishedLine(
        indicator=figure["indicator"],
        partner=figure["partner"],
        issue=Issue(*days, figure.get("snapshot") or ""),
        state=figure["state"],
        unit=figure["unit"],
        file=file,
        place=place,
        part=figure["part"],
        categories=tuple(figure["disaggregation"].items()),
        value=_read_decimal(figure["value"]),
        numerator=figure["numerator"],
        denominator=figure["denominator"],
        people=figure["n"],
        low=_read_decimal(figure["low"]),
        high=_read_decimal(figure["high"]),
        joined=figure.get("joined") or 0,
    )


def read_csv(name: str, content: bytes) -> Reading:
    """The lines of a CSV export. Raises PublicationUnreadable."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PublicationUnreadable(name, "it is no CSV in UTF-8") from error
    if not rows or len(rows[0]) != _COLUMNS:
        raise PublicationUnreadable(name, "it is not the file the staff site's page of figures gives")
    lines, unread = [], []
    for number, row in enumerate(rows[1:], 2):
        try:
            lines.append(_make_csv_line(row, name, f"line {number}"))
        except (IndexError, ValueError, InvalidOperation) as error:
            unread.append(Unread(name, f"line {number}", row[0] if row else "", f"not a figure: {error}"))
    return Reading(name, "figures.csv", tuple(lines), tuple(unread))


def _make_csv_line(row: Sequence[str], file: str, place: str) -> PublishedLine:
    if row[_STATE] not in STATES:
        raise ValueError(f"'{row[_STATE]}' is no state")
    return PublishedLine(
        indicator=row[_CODE],
        partner=row[_PARTNER],
        issue=Issue(date.fromisoformat(row[_START]), date.fromisoformat(row[_END]), row[_SNAPSHOT]),
        state=row[_STATE],
        unit=row[_UNIT],
        file=file,
        place=place,
        value=_read_decimal(row[_VALUE]),
        numerator=_read_int(row[_NUMERATOR]),
        denominator=_read_int(row[_DENOMINATOR]),
        people=_read_int(row[_PEOPLE]),
        low=_read_decimal(row[_LOW]),
        high=_read_decimal(row[_HIGH]),
    )


def _read_int(text: str) -> int | None:
    return int(text) if text else None


def _read_decimal(value: object) -> Decimal | None:
    return None if value in {None, ""} else Decimal(str(value))
