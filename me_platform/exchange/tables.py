"""Tables out: rows as a CSV file that a spreadsheet program opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | int | Decimal | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs at the start of a cell that a spreadsheet program takes for a formula (privacy-and-safety part 4)."""


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    r"""A table as CSV, UTF-8 with a byte order mark.

    A text that begins like a formula gets an apostrophe before it; numbers stay numbers, None is an empty cell.

    >>> write_csv(("a", "b"), [("=1+1", -2)]).decode("utf-8-sig")
    "a,b\r\n'=1+1,-2\r\n"
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(map(_make_cell, header))
    writer.writerows([_make_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _make_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else str(cell)
