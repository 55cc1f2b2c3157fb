"""What a person wrote, made safe to keep and to print."""

from __future__ import annotations

import unicodedata

_DIRECTION_OVERRIDES = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Embeddings, overrides and isolates: they can make a text read differently from what is stored. The plain marks
of right-to-left writing (U+200E, U+200F, U+061C) stay."""

_NO_CHARACTERS = (
    0xFEFF,
    *range(0xFDD0, 0xFDF0),
    *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
)

_LEFT_OUT = frozenset(map(chr, (*_DIRECTION_OVERRIDES, *_NO_CHARACTERS)))
_LINE_ENDS = ("\r\n", "\r", "\u0085", "\u2028", "\u2029")


def make_text(raw: str) -> str:
    """The text in NFC, with the line feed as the only line end and control character, and no blanks around it.

    Control characters, direction overrides, lone surrogates, byte order marks and code points that are no
    characters are left out; a tab becomes a blank. Applying it twice changes nothing.
    """
    for line_end in _LINE_ENDS:
        raw = raw.replace(line_end, "\n")
    kept = "".join(c for c in raw.replace("\t", " ") if c == "\n" or _may_stay(c))
    return unicodedata.normalize("NFC", kept).strip()


def _may_stay(character: str) -> bool:
    return character not in _LEFT_OUT and unicodedata.category(character) not in {"Cc", "Cs"}
