"""The sheet of cards: accessible, neutral inside the cut marks, told apart outside of them."""

from __future__ import annotations

import io
import re
from datetime import date
from functools import cache
from uuid import UUID

import page
import pypdf
import pytest

from me_platform.catalogue import load_catalogue
from me_platform.reports.cards import Card, make_cards_context
from me_platform.services.door_sheets import build_sheet, count_pages
from me_platform.services.doors import IssuedDoor
from me_platform.services.known_codes import make_mark
from tests.report_samples import ROOT, load_templates

BATCH = UUID(int=7)
URL = "https://quiet.example"
NOTE = "Outcome check-in · SOS group · until 9 March"


def make_doors(kind: str, number: int) -> tuple[IssuedDoor, ...]:
    """Codes as they are issued: a room is one of them, a card of a session two with one code."""
    waves = ("before", "after") if kind == "card" else ("baseline",)
    cards = 1 if kind == "room" else number
    return tuple(
        IssuedDoor(
            code=f"ABC{each // 10 + 2}{each % 8 + 2}-FGHJK",
            token=f"{'abcdefghij'[each % 10] * 26}",
            expires=date(2026, 3, 9),
            person="PERSON22",
            wave=wave,
            id=BATCH,
            batch=BATCH,
            number=each + 1,
            kind=kind,
            places=number if kind == "room" else 1,
        )
        for each in range(cards)
        for wave in waves
    )


@cache
def build(kind: str, number: int, language: str, *, sample: bool) -> bytes:
    catalogue = load_catalogue(ROOT)
    doors = make_doors(kind, number)
    return build_sheet(catalogue, doors, survey_url=URL, language=language, note=NOTE, sample=sample)


@pytest.mark.parametrize(
    ("kind", "number", "language", "sample"),
    [("card", 11, "lv", True), ("room", 12, "en", False), ("personal", 2, "en", False)],
)
def test_a_sheet_is_pdf_ua_and_says_nothing_inside_the_marks(
    kind: str, number: int, language: str, *, sample: bool
) -> None:
    """privacy-and-safety 1.1 and part 4: neutral cards, metadata from an allow-list, tagged, language set."""
    pdf = build(kind, number, language, sample=sample)
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [f"{each.rule_id}: {each.message}" for each in report.failures]
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert set(reader.metadata) == {"/Title", "/Producer"}
    assert reader.metadata.title == {"en": "Cards", "lv": "Kartītes"}[language]
    assert len(reader.pages) == count_pages(make_doors(kind, number)) == {"card": 2, "room": 3, "personal": 1}[kind]
    for each in reader.pages:
        assert (round(float(each.mediabox.width)), round(float(each.mediabox.height))) == (595, 842)
        inside, outside = split_by_marks(each)
        assert "Outcome" in outside
        words = set(re.findall(r"[^\W\d_]{3,}", re.sub(r"ABC\d+|FGHJK", "", inside)))
        assert words == {"quiet", "example"} | ({"PARAUGS"} if sample else set())
        assert ("PARAUGS" in outside) is sample
        assert ("PERSON22" in outside) is (kind == "personal")
    codes = re.findall(r"ABC\d\d", "".join(each.extract_text() for each in reader.pages))
    assert len(codes) == number + (kind == "room")


def split_by_marks(sheet: pypdf.PageObject) -> tuple[str, str]:
    """The text inside the outer cut marks and outside of them: 20 mm from the sides, 13.5 mm from top and foot."""
    parts: dict[bool, list[str]] = {True: [], False: []}
    across, down = 20 * 72 / 25.4, 13.5 * 72 / 25.4

    def visit(text: str, matrix: list[float], place: list[float], _font: object, _size: float) -> None:
        x, y = place[4] * matrix[0] + matrix[4], place[5] * matrix[3] + matrix[5]
        parts[across <= x <= 595.3 - across and down <= y <= 841.9 - down].append(text)

    sheet.extract_text(visitor_text=visit)
    return " ".join(parts[True]), " ".join(parts[False])


def test_cards_fill_their_sheets_row_by_row() -> None:
    cards = [Card(("ABCDE", "FGHJK"), "qr-1.svg", "09.03.2026", f"K{number}", "") for number in range(23)]
    made = make_cards_context(
        load_templates()["door-cards"], "lv", cards, address="quiet.example", note="", poster=False, sample=False
    )
    assert [len(sheet) for sheet in made.sheets] == [10, 10, 3]
    assert made.sheets[1][0] == cards[10]
    assert made.poster is None


def test_a_mark_is_a_letter_for_the_batch_and_a_number() -> None:
    marks = {make_mark(UUID(int=each), 12) for each in range(1000)}
    assert all(re.fullmatch("[A-HJKMNP-TV-Z]12", mark) for mark in marks)
    assert len(marks) == 22
