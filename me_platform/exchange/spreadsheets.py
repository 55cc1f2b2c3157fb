"""Tables an officer saved as CSV: bytes in, checked text cells out. Nothing here knows what the columns mean.

A file is data of a stranger: size, rows, columns and cell length are limited before anything is interpreted, a cell
is text and nothing else (a formula stays the characters it is made of), and what cannot be read without guessing is
refused with a sentence that says how to save the file instead. Source: privacy-and-safety part 4 (imports).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath

from me_platform.errors import ImportRefused, Problem

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000
MAX_COLUMNS = 100
MAX_CELL = 5_000
"""Characters of one cell; a longer one is a document, not a cell."""

DELIMITERS = (",", ";", "\t")
SAVE_AS = "Save it as 'CSV UTF-8' and import it again."

# First bytes of files that are often offered in place of a CSV, with the words an officer knows them by.
OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel or OpenDocument workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\xff\xfe", "a text file saved as UTF-16 ('Unicode text')"),
    (b"\xfe\xff", "a text file saved as UTF-16 ('Unicode text')"),
)


class CellWrong(ValueError):
    """A cell that is not what its column asks for; the message ends a sentence that began with the cell's place."""


@dataclass(frozen=True)
class Row:
    """One row. ``number`` is what a spreadsheet program shows (the header is 1), ``line`` the line of the text file."""

    number: int
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table read from a file.

    ``rows`` are the sound rows in the file's order; every cell is trimmed, NFC-normalised text, ``""`` when empty.
    ``empty_rows`` are the numbers of rows without any text, which were passed over. ``problems`` name the rows that
    are damaged as rows (they are not in ``rows``), so that the reader of the meaning can report everything at once.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty_rows: tuple[int, ...]
    problems: tuple[Problem, ...]


def read_table(data: bytes, file_name: str, required: Sequence[str], optional: Collection[str] = ()) -> Table:
    """Read a CSV file with a header row.

    ``required`` columns must be there, ``optional`` ones may, others may not; their order is free. The text is UTF-8
    with or without a byte order mark; cells are separated by commas, semicolons or tabs, whichever parts the header
    most. Raises ImportRefused when the file as a whole or its header cannot be used.
    """
    file = PurePath(file_name).name or "file"
    text = _read_text(data, file)
    delimiter = _find_delimiter(text)
    records = _read_records(text, delimiter, file)
    _, header_line, header = next(records, (0, 0, []))
    if not header:
        raise _refusal(file, 0, "the file holds no names of columns.", "Choose the file that holds the list.")
    columns = tuple(_clean(cell).lower() for cell in header)
    _check_header(columns, file, header_line, required, optional)
    rows: list[Row] = []
    empty: list[int] = []
    problems: list[Problem] = []
    for number, line, cells in records:
        cleaned = [_clean(cell) for cell in cells]
        if not any(cleaned):
            empty.append(number)
            continue
        if len(rows) + len(problems) >= MAX_ROWS:
            raise _refusal(file, 0, f"the file has more than {MAX_ROWS} rows.", "Split it into smaller files.")
        faults = tuple(_check_row(cleaned, columns))
        if faults:
            problems.extend(Problem(file, line, f"row {number}, {fault}") for fault in faults)
        else:
            rows.append(Row(number, line, dict(zip(columns, cleaned, strict=True))))
    if not rows and not problems:
        raise _refusal(file, 0, "the file has a header and no rows.", "Nothing could be imported from it.")
    return Table(file, columns, tuple(rows), tuple(empty), tuple(problems))


def check_whole_number(raw: str) -> int:
    """A count of 0 or more, written in digits; thousands may be parted by a space. Raises CellWrong."""
    digits = _join_thousands(raw)
    if re.fullmatch(r"[0-9]{1,9}", digits):
        return int(digits)
    raise CellWrong(_explain_number(raw))


def check_amount(raw: str) -> Decimal:
    """An amount of money of 0 or more with up to two decimals after a point or a comma. Raises CellWrong."""
    digits = _join_thousands(raw)
    if re.fullmatch(r"[0-9]{1,12}([.,][0-9]{1,2})?", digits):
        return Decimal(digits.replace(",", "."))
    if re.fullmatch(r"[0-9]+[.,][0-9]{3,}", digits):
        raise CellWrong(f"'{raw}' can be read in two ways; write 25000 or 25000.50")
    raise CellWrong(_explain_number(raw, "an amount"))


def check_date(raw: str) -> date:
    """A calendar day between 1900 and 2100, written 2015-09-21 or 21.09.2015. Raises CellWrong."""
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", raw)
    dotted = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})\.?", raw)
    if iso:
        year, month, day = iso.groups()
    elif dotted:
        day, month, year = dotted.groups()
    else:
        raise CellWrong(f"'{raw}' is not a date; write it as 2015-09-21")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise CellWrong(f"'{raw}' is not a day of the calendar") from None
    check_year(found.year)
    return found


def check_year(year: int) -> int:
    """A year between 1900 and 2100. Raises CellWrong."""
    if not 1900 <= year <= 2100:  # noqa: PLR2004 - the bounds are the rule
        raise CellWrong(f"the year {year} is outside 1900-2100")
    return year


def _read_text(data: bytes, file: str) -> str:
    """The file's text, or a refusal that says how to save it."""
    if len(data) > MAX_BYTES:
        raise _refusal(file, 0, f"the file is larger than {MAX_BYTES // 1024 // 1024} MB.", "Split it into parts.")
    for start, name in OTHER_FORMATS:
        if data.startswith(start):
            raise _refusal(file, 0, f"this is {name}, not a CSV file.", SAVE_AS)
    if b"\x00" in data:
        line = _line_at(data, data.index(b"\x00"))
        raise _refusal(file, line, "the file holds zero bytes, so it is not a text file.", SAVE_AS)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = "a letter here is not written in UTF-8 (the file was probably saved as Windows-1257 or Latin-1)."
        raise _refusal(file, _line_at(data, error.start), why, SAVE_AS) from None
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        why = "letters were lost here before the file was saved (the sign \ufffd stands in their place)."
        raise _refusal(file, line, why, "Save it again from the original list as 'CSV UTF-8'.")
    if not text.strip():
        raise _refusal(file, 0, "the file is empty.", "Choose the file that holds the list.")
    return unicodedata.normalize("NFC", text)


def _line_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _find_delimiter(text: str) -> str:
    """The sign that parts the first row into most cells; a comma when none does."""
    first = text.lstrip().splitlines()[0]
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign))))


def _read_records(text: str, delimiter: str, file: str) -> Iterator[tuple[int, int, list[str]]]:
    """Row number, first line and raw cells of every record, the header first."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, line = 0, 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            why = f"the quotation marks or cells of this row cannot be read ({error})."
            raise _refusal(file, line, why, SAVE_AS) from None
        number += 1
        if number > 1 or any(cell.strip() for cell in cells):
            yield number, line, cells
        else:
            number = 0  # empty lines before the header
        line = reader.line_num + 1


def _check_header(
    columns: Sequence[str], file: str, line: int, required: Sequence[str], optional: Collection[str]
) -> None:
    """Refuse a header with missing, unknown, repeated or nameless columns, all faults at once."""
    if len(columns) > MAX_COLUMNS:
        raise _refusal(file, line, f"the header has {len(columns)} columns; at most {MAX_COLUMNS} are read.", SAVE_AS)
    faults: list[str] = []
    if "" in columns:
        faults.append(f"column {columns.index('') + 1} has no name.")
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    faults.extend(f"the column '{name}' is there more than once." for name in repeated)
    missing = [name for name in required if name not in columns]
    if missing:
        faults.append(f"these columns are missing: {', '.join(missing)}.")
    known = {*required, *optional, ""}
    unknown = [name for name in columns if name not in known]
    if unknown:
        faults.append(f"these columns are not known: {', '.join(unknown)}.")
    if faults:
        way_out = f"The columns are: {', '.join(required)}."
        raise ImportRefused([Problem(file, line, f"row 1: {fault}", way_out) for fault in faults])


def _check_row(cells: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    """What is wrong with a row as a row."""
    if len(cells) != len(columns):
        word = "too many" if len(cells) > len(columns) else "too few"
        yield (
            f"column {min(len(cells), len(columns)) + 1}: {word} cells ({len(cells)} where the header has "
            f"{len(columns)}); is a text with the separating sign not in quotation marks?"
        )
    for column, cell in zip(columns, cells, strict=False):
        if len(cell) > MAX_CELL:
            yield f"column {column}: the cell has {len(cell)} characters; at most {MAX_CELL} are read"
        if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in cell):
            yield f"column {column}: the cell holds control characters"


def _clean(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _join_thousands(raw: str) -> str:
    """Digits with the spaces between thousands taken out: ``10 000`` (plain, no-break or thin space) is 10000."""
    return re.sub(r"(?<=[0-9])[ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))", "", raw)


def _explain_number(raw: str, what: str = "a whole number") -> str:
    """Why a text is not a number, in the words that help most."""
    if raw.startswith(("=", "@")) or re.match(r"[+-][^0-9]", raw):
        return f"'{raw}' is a formula; write the number itself"
    if raw.startswith(("-", "\u2212")):
        return f"'{raw}' is negative; it has to be 0 or more"
    if re.fullmatch(r"[0-9OoIl ]+", raw):
        return f"'{raw}' is not {what}; is a letter written in place of a digit?"
    return f"'{raw}' is not {what}"


def _refusal(file: str, line: int, message: str, way_out: str) -> ImportRefused:
    return ImportRefused([Problem(file, line, message, way_out)])
