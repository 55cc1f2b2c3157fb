"""The journal of erasures as a file: whom and which answers a restored backup must not bring back.

It holds random ids and nothing else, ends with a checksum, and is read whole or not at all: one that is cut off would
bring people back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from me_platform.errors import ErasuresUnfit

_FIRST = "me-platform erasures 1\n"
_LINE = re.compile(r"(person|answer|part)((?: [0-9a-f]{32}){2,3})")
_IDS = {"person": 2, "answer": 2, "part": 3}


@dataclass(frozen=True)
class Erasures:
    """``people``: partner and person of everybody whose keys were destroyed. ``answers``: partner and response of
    what people took back without being erased as a whole; ``parts``: partner, response and request where it was one
    answer of the response.
    """

    people: frozenset[tuple[UUID, UUID]] = frozenset()
    answers: frozenset[tuple[UUID, UUID]] = frozenset()
    parts: frozenset[tuple[UUID, UUID, UUID]] = frozenset()

    def __or__(self, other: Erasures) -> Erasures:
        return Erasures(self.people | other.people, self.answers | other.answers, self.parts | other.parts)


def make_erasures_text(erasures: Erasures) -> str:
    """The file of a journal: a first line, one line each in no telling order, and the SHA-256 of these lines."""
    kinds = {"person": erasures.people, "answer": erasures.answers, "part": erasures.parts}
    lines = (line for kind, found in kinds.items() for line in sorted(_make_line(kind, ids) for ids in found))
    text = _FIRST + "".join(f"{line}\n" for line in lines)
    return text + _make_last(text)


def read_erasures(content: bytes, name: str) -> Erasures:
    """The journal in a file called ``name``. Raises ErasuresUnfit where it is none, cut off or changed."""
    text = content.decode("ascii", errors="replace")
    if not text.startswith(_FIRST):
        raise ErasuresUnfit(name, "is no journal of erasures of this program's version")
    *lines, last = text.splitlines(keepends=True)
    if last != _make_last("".join(lines)):
        raise ErasuresUnfit(name, "was cut off or changed")
    found: dict[str, set[tuple[UUID, ...]]] = {kind: set() for kind in _IDS}
    for line in lines[1:]:
        match = _LINE.fullmatch(line.removesuffix("\n"))
        ids = tuple(map(UUID, match[2].split())) if match else ()
        if match is None or len(ids) != _IDS[match[1]]:
            raise ErasuresUnfit(name, "holds a line that is none of a journal")
        found[match[1]].add(ids)
    return Erasures(
        people=frozenset((each[0], each[1]) for each in found["person"]),
        answers=frozenset((each[0], each[1]) for each in found["answer"]),
        parts=frozenset((each[0], each[1], each[2]) for each in found["part"]),
    )


def _make_line(kind: str, ids: Iterable[UUID]) -> str:
    return " ".join((kind, *(each.hex for each in ids)))


def _make_last(text: str) -> str:
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}\n"
