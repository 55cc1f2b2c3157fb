"""Reading CSV files of strangers (privacy-and-safety part 4: imports are checked before they are opened)."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.errors import ImportRefused
from me_platform.exchange.spreadsheets import (
    MAX_BYTES,
    MAX_CELL,
    MAX_ROWS,
    CellWrong,
    check_amount,
    check_date,
    check_whole_number,
    read_table,
)

COLUMNS = ("id", "name")


def read(data: bytes | str, name: str = "list.csv") -> list[dict[str, str]]:
    raw = data.encode() if isinstance(data, str) else data
    table = read_table(raw, name, COLUMNS, ("note",))
    assert not table.problems
    return [dict(row.cells) for row in table.rows]


def refuse(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(ImportRefused) as caught:
        read_table(raw, "folder/list.csv", COLUMNS, ("note",))
    return str(caught.value)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with byte order mark"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_utf_8_is_read_with_any_usual_sign_between_cells(mark: bytes, sign: str, line_end: str) -> None:
    text = line_end.join((f"id{sign}name", f"1{sign}Bērzu krasts", f'2{sign}"a{sign}b"', ""))
    assert read(mark + text.encode()) == [{"id": "1", "name": "Bērzu krasts"}, {"id": "2", "name": f"a{sign}b"}]


def test_a_row_knows_its_number_in_the_spreadsheet_and_its_line_in_the_file() -> None:
    table = read_table(b'id,name\n1,"two\nlines"\n\n2,b\n', "list.csv", COLUMNS)
    assert [(row.number, row.line) for row in table.rows] == [(2, 2), (4, 5)]
    assert table.empty_rows == (3,)


def test_cells_are_trimmed_and_letters_are_put_together() -> None:
    assert read("ID , Name\n 1 , Be\u0304rzs \n") == [{"id": "1", "name": "Bērzs"}]


def test_columns_may_stand_in_another_order_and_optional_ones_may_be_missing() -> None:
    assert read("name,note,id\na,b,1\n") == [{"name": "a", "note": "b", "id": "1"}]


def test_a_formula_is_the_text_it_is_made_of() -> None:
    assert read('id,name\n1,=1+1\n2,"@SUM(A1:A2)"\n')[0]["name"] == "=1+1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n  \n", "the file is empty"),
        (b",,\n,,\n", "no names of columns"),
        (b"id,name\n", "a header and no rows"),
        (b"PK\x03\x04rest", "an Excel or OpenDocument workbook"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel workbook"),
        (b"%PDF-1.7", "a PDF document"),
        ("id,name\n1,a\n".encode("utf-16"), "UTF-16"),
        (b"id,name\n1,a\x00b\n", "list.csv:2: the file holds zero bytes"),
        (b"id,name\n1,a\n2,B\xe2rzs\n", "list.csv:3: a letter here is not written in UTF-8"),
        ("id,name\n1,B\ufffdrzs\n", "letters were lost here"),
        (b'id,name\n1,"never closed\n2,b\n', "cannot be read"),
        (b"id,name,name\n1,a,b\n", "the column 'name' is there more than once"),
        (b"id,,name\n1,a,b\n", "column 2 has no name"),
        (b"id,title\n1,a\n", "these columns are missing: name"),
        (b"id,title\n1,a\n", "these columns are not known: title"),
        (b"id,name\n" + b"1,a\n" * (MAX_ROWS + 1), f"more than {MAX_ROWS} rows"),
        (b"x" * (MAX_BYTES + 1), "larger than 5 MB"),
        (",".join(f"c{number}" for number in range(101)) + "\n", "101 columns"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(data: bytes | str, words: str) -> None:
    message = refuse(data)
    assert words in message
    assert "folder" not in message
    assert message.endswith("import the file again.")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,a,b", "list.csv:3: row 3, column 3: too many cells"),
        ("1", "row 3, column 2: too few cells"),
        ("1," + "x" * (MAX_CELL + 1), f"row 3, column name: the cell has {MAX_CELL + 1} characters"),
        ("1,a\x07b", "row 3, column name: the cell holds control characters"),
    ],
)
def test_a_damaged_row_is_named_and_left_out(row: str, words: str) -> None:
    table = read_table(f"id,name\n0,fine\n{row}\n".encode(), "list.csv", COLUMNS)
    assert len(table.rows) == 1
    assert [words in str(problem) for problem in table.problems] == [True]


@pytest.mark.parametrize(
    ("raw", "number"), [("0", 0), ("115", 115), ("10 000", 10_000), ("1\u00a0234\u00a0567", 1_234_567)]
)
def test_whole_numbers(raw: str, number: int) -> None:
    assert check_whole_number(raw) == number


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("6o", "letter written in place of a digit"),
        ("-3", "negative"),
        ("\u22123", "negative"),
        ("=A1+1", "formula"),
        ("+SUM(A1)", "formula"),
        ("12.5", "not a whole number"),
        ("12,000", "not a whole number"),
        ("1 00", "not a whole number"),
        ("about 60", "not a whole number"),
        ("\u0661\u0662", "not a whole number"),
        ("9" * 10, "not a whole number"),
    ],
)
def test_what_is_no_whole_number_says_why(raw: str, why: str) -> None:
    with pytest.raises(CellWrong, match=why):
        check_whole_number(raw)


@pytest.mark.parametrize(
    ("raw", "amount"),
    [("25000", "25000"), ("25 000", "25000"), ("25000.5", "25000.5"), ("1 250,75", "1250.75"), ("0", "0")],
)
def test_amounts(raw: str, amount: str) -> None:
    assert check_amount(raw) == Decimal(amount)


@pytest.mark.parametrize(("raw", "why"), [("25,000", "two ways"), ("-1", "negative"), ("USD 5", "not an amount")])
def test_what_is_no_amount_says_why(raw: str, why: str) -> None:
    with pytest.raises(CellWrong, match=why):
        check_amount(raw)


@pytest.mark.parametrize("raw", ["2015-09-21", "21.09.2015", "21.9.2015."])
def test_days_may_be_written_in_the_iso_or_in_the_latvian_way(raw: str) -> None:
    assert check_date(raw) == date(2015, 9, 21)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("2015-02-29", "not a day of the calendar"),
        ("2015-9-1", "not a date"),
        ("09/21/2015", "not a date"),
        ("1815-09-21", "outside 1900-2100"),
        ("0000-01-01", "not a day of the calendar"),
    ],
)
def test_what_is_no_day_says_why(raw: str, why: str) -> None:
    with pytest.raises(CellWrong, match=why):
        check_date(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else_happens(data: bytes) -> None:
    with contextlib.suppress(ImportRefused):
        read_table(data, "list.csv", COLUMNS)


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffd\ufeff"), max_size=20
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_what_a_spreadsheet_program_writes_comes_back(rows: Sequence[tuple[str, str]]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerows([COLUMNS, ("first", "row"), *rows])
    table = read_table(buffer.getvalue().encode(), "list.csv", COLUMNS)
    assert len(table.rows) + len(table.empty_rows) == len(rows) + 1
    assert not table.problems
