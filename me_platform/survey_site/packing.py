"""Pages as gzip, so that a slow phone waits for less.

A page that is kept is packed once, piece by piece; the token of each browser goes between the pieces as it is. The
sizes of both ways tell nothing an unpacked page would not: no page repeats what another site could send.
Source: RFC 1951, 3.2.4 (stored blocks) and RFC 1952 (gzip).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST = b"\x03\x00"
"""An empty block that is the last one."""


class Page:
    """A page in pieces; between every two of them stands what each browser has of its own (``own``)."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = [piece.encode() for piece in pieces]

    def fill(self, own: str) -> bytes:
        """The page with ``own`` between its pieces, as UTF-8."""
        return own.encode().join(self._pieces)

    def pack(self, own: str) -> bytes:
        """The same as gzip; ``own`` is at most 65,535 bytes long."""
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
