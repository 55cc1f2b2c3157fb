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
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import PurePath

from me_platform.errors import ImportRefused, Problem
from me_platform.wording import Sentence, mark

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000
MAX_COLUMNS = 100
MAX_CELL = 5_000
"""Characters of one cell; a longer one is a document, not a cell."""

DELIMITERS = (",", ";", "\t")
SAVE_AS = mark("Save it as 'CSV UTF-8' and import it again.")

# First bytes of files that are often offered in place of a CSV, with what is said of them.
OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", mark("this is an Excel or OpenDocument workbook, not a CSV file.")),
    (b"\xd0\xcf\x11\xe0", mark("this is an old Excel workbook, not a CSV file.")),
    (b"%PDF", mark("this is a PDF document, not a CSV file.")),
    (b"\xff\xfe", mark("this is a text file saved as UTF-16 ('Unicode text'), not a CSV file.")),
    (b"\xfe\xff", mark("this is a text file saved as UTF-16 ('Unicode text'), not a CSV file.")),
)

CHOOSE = mark("Choose the file that holds the list.")


class CellWrong(ValueError):
    """A cell that is not what its column asks for; the message ends a sentence that began with the cell's place."""

    def __init__(self, text: str, **values: object) -> None:
        self.why = Sentence(text, values)
        super().__init__(str(self.why))


@dataclass(frozen=True, order=True)
class TableProblem(Problem):
    """A fault of a table: beside the words, its row and column, and what can be said in another language.

    ``row`` is what a spreadsheet program shows and 0 where the fault is about the whole file.
    """

    row: int = 0
    column: str = ""
    why: Sentence = field(default=Sentence(""), compare=False)
    out: Sentence = field(default=Sentence(""), compare=False)


def make_cell_problem(file: str, line: int, row: int, column: str, why: Sentence) -> TableProblem:
    """A fault of one cell."""
    return TableProblem(file, line, f"row {row}, column {column}: {why}.", row=row, column=column, why=why)


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
        raise _refusal(file, 0, Sentence(mark("the file holds no names of columns.")), CHOOSE)
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
            why = Sentence(mark("the file has more than %(limit)s rows."), {"limit": MAX_ROWS})
            raise _refusal(file, 0, why, mark("Split it into smaller files."))
        faults = tuple(_check_row(cleaned, columns))
        if faults:
            problems.extend(make_cell_problem(file, line, number, column, why) for column, why in faults)
        else:
            rows.append(Row(number, line, dict(zip(columns, cleaned, strict=True))))
    if not rows and not problems:
        why = Sentence(mark("the file has a header and no rows."))
        raise _refusal(file, 0, why, mark("Nothing could be imported from it."))
    return Table(file, columns, tuple(rows), tuple(empty), tuple(problems))


def check_whole_number(raw: str) -> int:
    """A count of 0 or more, written in digits; thousands may be parted by a space. Raises CellWrong."""
    digits = _join_thousands(raw)
    if re.fullmatch(r"[0-9]{1,9}", digits):
        return int(digits)
    raise _explain_number(
        raw,
        mark("'%(raw)s' is not a whole number"),
        mark("'%(raw)s' is not a whole number; is a letter written in place of a digit?"),
    )


def check_amount(raw: str) -> Decimal:
    """An amount of money of 0 or more with up to two decimals after a point or a comma. Raises CellWrong."""
    digits = _join_thousands(raw)
    if re.fullmatch(r"[0-9]{1,12}([.,][0-9]{1,2})?", digits):
        return Decimal(digits.replace(",", "."))
    if re.fullmatch(r"[0-9]+[.,][0-9]{3,}", digits):
        raise CellWrong(mark("'%(raw)s' can be read in two ways; write 25000 or 25000.50"), raw=raw)
    raise _explain_number(
        raw,
        mark("'%(raw)s' is not an amount"),
        mark("'%(raw)s' is not an amount; is a letter written in place of a digit?"),
    )


def check_date(raw: str) -> date:
    """A calendar day between 1900 and 2100, written 2015-09-21 or 21.09.2015. Raises CellWrong."""
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", raw)
    dotted = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})\.?", raw)
    if iso:
        year, month, day = iso.groups()
    elif dotted:
        day, month, year = dotted.groups()
    else:
        raise CellWrong(mark("'%(raw)s' is not a date; write it as 2015-09-21"), raw=raw)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise CellWrong(mark("'%(raw)s' is not a day of the calendar"), raw=raw) from None
    check_year(found.year)
    return found


def check_year(year: int) -> int:
    """A year between 1900 and 2100. Raises CellWrong."""
    if not 1900 <= year <= 2100:  # noqa: PLR2004 - the bounds are the rule
        raise CellWrong(mark("the year %(year)s is outside 1900-2100"), year=year)
    return year


def _read_text(data: bytes, file: str) -> str:
    """The file's text, or a refusal that says how to save it."""
    if len(data) > MAX_BYTES:
        why = Sentence(mark("the file is larger than %(limit)s MB."), {"limit": MAX_BYTES // 1024 // 1024})
        raise _refusal(file, 0, why, mark("Split it into parts."))
    for start, what in OTHER_FORMATS:
        if data.startswith(start):
            raise _refusal(file, 0, Sentence(what), SAVE_AS)
    if b"\x00" in data:
        line = _line_at(data, data.index(b"\x00"))
        raise _refusal(file, line, Sentence(mark("the file holds zero bytes, so it is not a text file.")), SAVE_AS)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = Sentence(
            mark("a letter here is not written in UTF-8 (the file was probably saved as Windows-1257 or Latin-1).")
        )
        raise _refusal(file, _line_at(data, error.start), why, SAVE_AS) from None
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        why = Sentence(
            mark("letters were lost here before the file was saved (the sign %(sign)s stands in their place)."),
            {"sign": "\ufffd"},
        )
        raise _refusal(file, line, why, mark("Save it again from the original list as 'CSV UTF-8'."))
    if not text.strip():
        raise _refusal(file, 0, Sentence(mark("the file is empty.")), CHOOSE)
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
            why = Sentence(
                mark("the quotation marks or cells of this row cannot be read (%(error)s)."), {"error": error}
            )
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
        why = Sentence(
            mark("the header has %(count)s columns; at most %(limit)s are read."),
            {"count": len(columns), "limit": MAX_COLUMNS},
        )
        raise _refusal(file, line, why, SAVE_AS)
    faults: list[Sentence] = []
    if "" in columns:
        faults.append(Sentence(mark("column %(place)s has no name."), {"place": columns.index("") + 1}))
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    faults.extend(Sentence(mark("the column '%(name)s' is there more than once."), {"name": name}) for name in repeated)
    missing = [name for name in required if name not in columns]
    if missing:
        faults.append(Sentence(mark("these columns are missing: %(names)s."), {"names": ", ".join(missing)}))
    known = {*required, *optional, ""}
    unknown = [name for name in columns if name not in known]
    if unknown:
        faults.append(Sentence(mark("these columns are not known: %(names)s."), {"names": ", ".join(unknown)}))
    if faults:
        out = Sentence(mark("The columns are: %(names)s."), {"names": ", ".join(required)})
        raise ImportRefused(
            [TableProblem(file, line, f"row 1: {why}", str(out), row=1, why=why, out=out) for why in faults]
        )


def _check_row(cells: Sequence[str], columns: Sequence[str]) -> Iterator[tuple[str, Sentence]]:
    """What is wrong with a row as a row, by column; one without a name is called by its place."""
    if len(cells) != len(columns):
        many = mark(
            "too many cells (%(count)s where the header has %(wanted)s); is a text with the separating sign not in "
            "quotation marks?"
        )
        few = mark(
            "too few cells (%(count)s where the header has %(wanted)s); is a text with the separating sign not in "
            "quotation marks?"
        )
        values = {"count": len(cells), "wanted": len(columns)}
        yield str(min(len(cells), len(columns)) + 1), Sentence(many if len(cells) > len(columns) else few, values)
    for column, cell in zip(columns, cells, strict=False):
        if len(cell) > MAX_CELL:
            values = {"count": len(cell), "limit": MAX_CELL}
            yield column, Sentence(mark("the cell has %(count)s characters; at most %(limit)s are read"), values)
        if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in cell):
            yield column, Sentence(mark("the cell holds control characters"))


def _clean(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _join_thousands(raw: str) -> str:
    """Digits with the spaces between thousands taken out: ``10 000`` (plain, no-break or thin space) is 10000."""
    return re.sub(r"(?<=[0-9])[ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))", "", raw)


def _explain_number(raw: str, plain: str, letter: str) -> CellWrong:
    """Why a text is not a number, in the words that help most."""
    if raw.startswith(("=", "@")) or re.match(r"[+-][^0-9]", raw):
        return CellWrong(mark("'%(raw)s' is a formula; write the number itself"), raw=raw)
    if raw.startswith(("-", "\u2212")):
        return CellWrong(mark("'%(raw)s' is negative; it has to be 0 or more"), raw=raw)
    return CellWrong(letter if re.fullmatch(r"[0-9OoIl ]+", raw) else plain, raw=raw)


def _refusal(file: str, line: int, why: Sentence, way_out: str) -> ImportRefused:
    return ImportRefused([TableProblem(file, line, str(why), way_out, row=line, why=why, out=Sentence(way_out))])
