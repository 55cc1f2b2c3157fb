"""Cards with a code to hand out: what is printed on them, and beside them for whoever cuts them apart.

A card says nothing but its code, the address it is typed at and its last day: no organisation, no survey, no word in
any language. What the person who prints them has to know stands outside the cut marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from me_platform.errors import ReportUnfit
from me_platform.reports.definition import ReportTemplate

COLUMNS, ROWS = 2, 5
"""Cards of a sheet: 85 x 54 mm each on A4."""


@dataclass(frozen=True)
class Card:
    """One card: the groups of its code, its address as a QR code (the name of a file), its last day and its mark.

    ``beside`` is what stands at its side, to be cut off: whose or which card it is.
    """

    groups: tuple[str, ...]
    qr: str
    until: str
    mark: str
    beside: str


@dataclass(frozen=True)
class CardsContext:
    """Everything the template of cards may print.

    ``sheets`` are the cards of a page each, row by row. ``poster`` is the one code of a room, large on the first page.
    ``address`` is that of the survey site, bare. ``note`` stands at the head of every page, outside the cut marks.
    """

    language: str
    title: str
    words: dict[str, str]
    address: str
    note: str
    sample: bool
    poster: Card | None
    sheets: tuple[tuple[Card, ...], ...]


def make_cards_context(
    template: ReportTemplate,
    language: str,
    cards: Sequence[Card],
    *,
    address: str,
    note: str,
    poster: bool,
    sample: bool,
) -> CardsContext:
    """The context of the cards; ``language`` is that of who prints them.

    Raises ReportUnfit for a language the template does not have.
    """
    if language not in template.languages:
        raise ReportUnfit(template.id, f"it has no words in '{language}', only in {', '.join(template.languages)}.")
    return CardsContext(
        language=language,
        title=template.title[language],
        words={name: text[language] for name, text in template.words.items()},
        address=address,
        note=note,
        sample=sample,
        poster=cards[0] if poster else None,
        sheets=tuple(tuple(cards[start : start + COLUMNS * ROWS]) for start in range(0, len(cards), COLUMNS * ROWS)),
    )
