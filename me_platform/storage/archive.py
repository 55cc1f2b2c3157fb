"""The file of a backup: a head of fixed length, then its parts one after the other, and nothing else.

======================= =============================================================================================
bytes                   what
======================= =============================================================================================
first line              ``me-platform backup 1``, the number being the format
second line             the head as JSON, filled up with spaces: id, day, schema, each part's length and SHA-256
last line of the head   HMAC-SHA-256 under the day key of the two lines above, and SHA-256 of all above it
the rest                the parts in the order of the head
======================= =============================================================================================

Every byte is covered by one of the checksums or compared as it is, so a file that was cut off or changed anywhere is
refused before any of it is used. ``head -n 3`` shows what an archive says of itself.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from me_platform.errors import ArchiveUnfit, DiskFull, FileTaken, FileUnwritable
from me_platform.sealing.files import NO_SPACE, sync_folder

FORMAT = 1
"""Number of the layout above."""

HEAD_BYTES = 4096
"""Length of the head; its lines are filled up to it, for it is written last and read first."""

_NAME = b"me-platform backup "
_FIRST = _NAME + b"%d\n" % FORMAT
_MAC_BYTES = 64
_SUM_BYTES = 64
_SIGNED = HEAD_BYTES - _MAC_BYTES - _SUM_BYTES - 2
_CHUNK = 2**20
# Some file systems (of network shares above all) have no hard links.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@dataclass(frozen=True)
class Head:
    """What a backup says of itself.

    ``schema`` is the revision of its tables, ``dumped_by`` the major version of the pg_dump that wrote the database,
    ``sample`` whether the instance holds invented people only.
    """

    id: UUID
    day: date
    schema: str
    dumped_by: int
    sample: bool


@dataclass(frozen=True)
class Part:
    """One part of an archive: where it begins, how long it is, the SHA-256 of it (hexadecimal)."""

    start: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Archive:
    """An opened archive whose every byte was checked. ``signed`` is what ``mac`` (hexadecimal) stands for."""

    path: Path
    head: Head
    signed: bytes
    mac: str
    parts: Mapping[str, Part]
    _file: IO[bytes]

    def stream_part(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, piece by piece. Raises ArchiveUnfit where they have changed since it was opened."""
        part = self.parts[name]
        self._file.seek(part.start)
        digest, left = hashlib.sha256(), part.size
        while left:
            piece = self._file.read(min(_CHUNK, left))
            if not piece:
                break
            digest.update(piece)
            left -= len(piece)
            yield piece
        if left or digest.hexdigest() != part.sha256:
            raise ArchiveUnfit(str(self.path), f"was changed in its part '{name}'")

    def read_part(self, name: str) -> bytes:
        """The bytes of a part at once."""
        return b"".join(self.stream_part(name))


def write_archive(
    path: Path, head: Head, parts: Iterable[tuple[str, Iterable[bytes]]], sign: Callable[[bytes], bytes]
) -> None:
    """Write a new archive (0600): whole, on the disk and under its name, or not at all.

    ``parts`` (name, pieces) are asked for one after the other, each when the one before is written. ``sign`` makes the
    MAC (32 bytes) of the head. Raises FileTaken where the file exists, DiskFull, FileUnwritable, and what the parts
    raise.
    """
    if path.exists():
        raise FileTaken(str(path))
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)  # of a run that was cut off
        number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(number, "wb") as file:
                _write_parts(file, head, parts, sign)
                file.flush()
                os.fsync(number)
            _name_finished(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise DiskFull(str(path)) from error
        raise FileUnwritable(str(path), error.strerror or "no reason given") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive after reading all of it once. Raises ArchiveUnfit where it is cut off, changed or no archive."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveUnfit(str(path), f"cannot be read ({error.strerror})") from error
    with file:
        archive = _read_head(path, file)
        for name in archive.parts:
            for _ in archive.stream_part(name):
                pass
        yield archive


def _write_parts(
    file: IO[bytes], head: Head, parts: Iterable[tuple[str, Iterable[bytes]]], sign: Callable[[bytes], bytes]
) -> None:
    file.seek(HEAD_BYTES)
    told: list[dict[str, object]] = []
    for name, pieces in parts:
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += file.write(piece)
        told.append({"name": name, "size": size, "sha256": digest.hexdigest()})
    described = {**asdict(head), "id": head.id.hex, "day": head.day.isoformat(), "parts": told}
    signed = _FIRST + json.dumps(described).encode().ljust(_SIGNED - len(_FIRST) - 1) + b"\n"
    if len(signed) != _SIGNED:
        message = "the head of an archive has no room for so many parts"
        raise ValueError(message)
    above = signed + sign(signed).hex().encode() + b" "
    file.seek(0)
    file.write(above + hashlib.sha256(above).hexdigest().encode() + b"\n")


def _name_finished(unfinished: Path, path: Path) -> None:
    """Give a finished file its name, never over another file."""
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise FileTaken(str(path)) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileTaken(str(path)) from error
        unfinished.rename(path)


def _read_head(path: Path, file: IO[bytes]) -> Archive:
    """The head, and that the file is as long as it says."""
    block = file.read(HEAD_BYTES)
    if not block.startswith(_FIRST):
        later = block.startswith(_NAME)
        raise ArchiveUnfit(
            str(path), "has a format this release does not know" if later else "is no backup, or changed"
        )
    if len(block) < HEAD_BYTES:
        raise ArchiveUnfit(str(path), "was cut off")
    above, last = block[: -_SUM_BYTES - 1], block[-_SUM_BYTES - 1 :]
    if last != hashlib.sha256(above).hexdigest().encode() + b"\n":
        raise ArchiveUnfit(str(path), "was changed in its head")
    signed, mac = above[:_SIGNED], above[_SIGNED:-1].decode("ascii", errors="replace")
    try:
        head, parts = _read_description(json.loads(signed[len(_FIRST) :]))
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveUnfit(str(path), "has a head this release does not understand") from error
    end = max((part.start + part.size for part in parts.values()), default=HEAD_BYTES)
    size = os.fstat(file.fileno()).st_size
    if size != end:
        raise ArchiveUnfit(str(path), "was cut off" if size < end else "is longer than it says")
    return Archive(path, head, signed, mac, parts, file)


def _read_description(told: dict[str, Any]) -> tuple[Head, dict[str, Part]]:
    known = {field.name: told[field.name] for field in fields(Head)}
    head = Head(**{**known, "id": UUID(told["id"]), "day": date.fromisoformat(told["day"])})
    parts, start = {}, HEAD_BYTES
    for each in told["parts"]:
        parts[str(each["name"])] = Part(start, int(each["size"]), str(each["sha256"]))
        start += int(each["size"])
    return head, parts
