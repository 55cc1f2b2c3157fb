"""Use case: codes that were just issued as a printable sheet of neutral cards.

Codes are stored nowhere: the sheet is made from what issuing returned, once, and kept by nobody here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

import segno

from me_platform.catalogue import Catalogue
from me_platform.reports.build import build_cards
from me_platform.reports.cards import COLUMNS, ROWS, Card, make_cards_context
from me_platform.services.doors import ROOM, IssuedDoor
from me_platform.services.known_codes import make_mark

TEMPLATE = "door-cards"

_QUIET = 4
"""Light modules around the code (ISO/IEC 18004)."""


def build_sheet(
    catalogue: Catalogue,
    issued: Sequence[IssuedDoor],
    *,
    survey_url: str,
    language: str,
    note: str,
    sample: bool,
) -> bytes:
    """The PDF of cards for codes that were just issued, 2 x 5 a page; a room's code also large on a page of its own.

    ``note`` says at the edge of the paper, outside the cut marks, what the cards are for; ``language`` is that of
    whoever prints them. Raises ReportUnfit.
    """
    cards: list[Card] = []
    pictures: dict[str, bytes] = {}
    batches: list[UUID] = []
    for (batch, number), doors in groupby(issued, key=lambda each: (each.batch, each.number)):
        door = next(doors)
        picture = f"qr-{len(pictures) + 1}.svg"
        pictures[picture] = _draw_qr(f"{survey_url}/{door.token}")
        mark = make_mark(batch, number)
        card = Card(
            groups=tuple(door.code.split("-")),
            qr=picture,
            until=f"{door.expires:%d.%m.%Y}",
            mark=mark,
            beside=door.person if door.kind == "personal" else mark,
        )
        # A room's one card is printed for everybody in the room.
        cards += [card] * door.places
        batches.append(batch)
    context = make_cards_context(
        catalogue.get_template(TEMPLATE),
        language,
        cards,
        address=survey_url.partition("://")[2],
        note=note,
        poster=any(each.kind == ROOM for each in issued),
        sample=sample,
    )
    return build_cards(catalogue.get_template(TEMPLATE), context, pictures, _name(batches))


def count_pages(issued: Sequence[IssuedDoor]) -> int:
    """The pages of the sheet."""
    cards = sum(each.places for each in {(each.batch, each.number): each for each in issued}.values())
    return -(-cards // (COLUMNS * ROWS)) + any(each.kind == ROOM for each in issued)


def _name(batches: Sequence[UUID]) -> str:
    return " ".join(str(batch) for batch in dict.fromkeys(batches))


def _draw_qr(link: str) -> bytes:
    drawn = io.BytesIO()
    segno.make_qr(link, error="m").save(drawn, kind="svg", border=_QUIET, xmldecl=False, svgclass=None, lineclass=None)
    return drawn.getvalue()
