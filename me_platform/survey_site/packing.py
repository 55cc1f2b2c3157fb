"""Pages packed, so that a slow phone waits for less.

A page that is kept is packed once as gzip, piece by piece; the token of each browser goes between the pieces as it
is. A page made for one person is packed whole, as Brotli where the browser knows it: an eighth less, most of all in
Cyrillic and Arabic. The sizes tell nothing an unpacked page would not: no page repeats what another site could send.
Source: RFC 1951, 3.2.4 (stored blocks), RFC 1952 (gzip), RFC 7932 (Brotli).
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Sequence
from functools import cached_property

import brotli

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST = b"\x03\x00"
"""An empty block that is the last one."""


ENCODINGS = ("br", "gzip")
"""What a browser is asked whether it knows it."""

_EFFORT, _WINDOW = 7, 16
"""Of Brotli: a fifth of a millisecond for a page; the highest effort would take ten for another 300 bytes. The window
is 64 kB, as a page is far smaller."""


class Page:
    """A page in pieces; between every two of them stands what each browser has of its own (``own``)."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = [piece.encode() for piece in pieces]

    def fill(self, own: str) -> bytes:
        """The page with ``own`` between its pieces, as UTF-8."""
        return own.encode().join(self._pieces)

    def send(self, own: str, known: Container[str]) -> tuple[bytes, str]:
        """The page as a browser wants it that knows these content encodings, and which of them it is; or none."""
        if len(self._pieces) == 1 and "br" in known:
            return brotli.compress(self.fill(own), mode=brotli.MODE_TEXT, quality=_EFFORT, lgwin=_WINDOW), "br"
        return (self.pack(own), "gzip") if "gzip" in known else (self.fill(own), "")

    def pack(self, own: str) -> bytes:
        """The page as gzip; ``own`` is at most 65,535 bytes long."""
        page = self.fill(own)
        return b"".join((_HEAD, _store(own.encode()).join(self._packed), _LAST, _make_end(page)))

    @cached_property
    def _packed(self) -> list[bytes]:
        return [_pack_piece(piece) for piece in self._pieces]


def _pack_piece(piece: bytes) -> bytes:
    """Blocks that end on a byte, need nothing before them and have others after them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)


def _store(own: bytes) -> bytes:
    """A block of bytes as they are."""
    length = len(own)
    return b"\x00" + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little") + own


def _make_end(page: bytes) -> bytes:
    return zlib.crc32(page).to_bytes(4, "little") + (len(page) & 0xFFFFFFFF).to_bytes(4, "little")
