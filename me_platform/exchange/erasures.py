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
_LINE = re.compile(r"(person|answer) ([0-9a-f]{32}) ([0-9a-f]{32})")


@dataclass(frozen=True)
class Erasures:
    """``people``: partner and person of everybody whose keys were destroyed. ``answers``: partner and response of
    what people took back without being erased as a whole.
    """

    people: frozenset[tuple[UUID, UUID]] = frozenset()
    answers: frozenset[tuple[UUID, UUID]] = frozenset()

    def __or__(self, other: Erasures) -> Erasures:
        return Erasures(self.people | other.people, self.answers | other.answers)


def make_erasures_text(erasures: Erasures) -> str:
    """The file of a journal: a first line, one line each in no telling order, and the SHA-256 of these lines."""
    lines = (*_make_lines("person", erasures.people), *_make_lines("answer", erasures.answers))
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
    found = [_LINE.fullmatch(line.removesuffix("\n")) for line in lines[1:]]
    kinds: dict[str, set[tuple[UUID, UUID]]] = {"person": set(), "answer": set()}
    for match in found:
        if match is None:
            raise ErasuresUnfit(name, "holds a line that is none of a journal")
        kinds[match[1]].add((UUID(match[2]), UUID(match[3])))
    return Erasures(frozenset(kinds["person"]), frozenset(kinds["answer"]))


def _make_lines(kind: str, pairs: Iterable[tuple[UUID, UUID]]) -> list[str]:
    return sorted(f"{kind} {partner.hex} {row.hex}" for partner, row in pairs)


def _make_last(text: str) -> str:
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}\n"
