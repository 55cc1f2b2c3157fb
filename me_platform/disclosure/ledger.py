"""The ledger: every figure ever sealed, with its atoms and whether it was shown, banded or hidden.

A ledger is only ever added to. It also keeps what its atoms counted when they were sealed: a closed period does not
change, and whoever reported it remembers its numbers even after a person has been erased (R25). It holds true numbers
and belongs under seal. Source: privacy-and-safety part 3, "Ledger".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from me_platform.disclosure.atoms import Atom, Issue, Sensitive
from me_platform.disclosure.bands import Band, Shown
from me_platform.errors import ProgramError


class LedgerContradicted(ProgramError):
    """A closed period counts other people than when it was sealed."""

    def __init__(self, atoms: Iterable[Atom]) -> None:
        self.atoms = tuple(sorted(atoms))
        places = ", ".join(f"{atom.partner} {atom.period}" for atom in self.atoms[:3])
        super().__init__(
            f"{len(self.atoms)} numbers of closed periods are not those that were published ({places}). "
            "Count people who were reported late in the period of the report that names them first."
        )


@dataclass(frozen=True)
class Entry:
    """One figure of one issue: an int or a band that was printed, or None where it was hidden.

    A small difference between two figures (P5) is an entry too (``difference``), which was never asked for.
    ``sensitive`` figures are guarded in every later issue, against the readers ``scenarios`` names or against all;
    ``threshold`` is the T they are guarded by.
    """

    issue: str
    name: str
    atoms: frozenset[Atom]
    threshold: int
    sensitive: bool
    shown: Shown
    scenarios: frozenset[str] | None = None
    difference: bool = False


@dataclass(frozen=True)
class Ledger:
    """All entries, oldest first, and the people each atom counted."""

    entries: tuple[Entry, ...] = ()
    counts: Mapping[Atom, int] = field(default_factory=dict)


def list_entries(
    ledger: Ledger, name: str, issue: Issue, shown: Mapping[str, Shown], sensitive: Iterable[Sensitive]
) -> tuple[Entry, ...]:
    """What a ledger gets of one issue more: what was printed of its cells, and its small numbers, which were not.

    Cells nobody asks for are left out where they are neither small nor printed as hidden. Raises KeyError for a cell
    nothing is said of.
    """
    sensitive = tuple(sensitive)
    few = {each.name for each in sensitive if each.scenarios is None}
    known = {(entry.atoms, entry.scenarios) for entry in ledger.entries if entry.sensitive}
    cells = {cell.name for cell in issue.cells}
    asked = [
        Entry(name, cell.name, cell.atoms, cell.threshold, cell.name in few, shown[cell.name])
        for cell in issue.cells
        if not cell.watched or cell.kept or cell.name in few
    ]
    others = [
        Entry(name, each.name, each.atoms, each.threshold, True, None, each.scenarios, difference=True)
        for each in sensitive
        if each.name not in cells and (each.atoms, each.scenarios) not in known
    ]
    return (*asked, *others)


def check_counts(ledger: Ledger, issue: Issue) -> None:
    """Raises LedgerContradicted where an atom counts other people than it did when it was sealed."""
    changed = [atom for atom, count in issue.counts.items() if ledger.counts.get(atom, count) != count]
    if changed:
        raise LedgerContradicted(changed)


def make_entry_content(entry: Entry, places: Mapping[Atom, int]) -> dict[str, Any]:
    """The entry as JSON can hold it; ``make_entry`` reads it back. Atoms are named by their ``places`` in a list."""
    return {
        "issue": entry.issue,
        "name": entry.name,
        "atoms": sorted(places[atom] for atom in entry.atoms),
        "threshold": entry.threshold,
        "sensitive": entry.sensitive,
        "shown": make_shown_content(entry.shown),
        "scenarios": None if entry.scenarios is None else sorted(entry.scenarios),
        "difference": entry.difference,
    }


def make_entry(content: Mapping[str, Any], atoms: Sequence[Atom]) -> Entry:
    """The entry of a content. Raises KeyError or IndexError where it is not whole."""
    return Entry(
        issue=content["issue"],
        name=content["name"],
        atoms=frozenset(atoms[place] for place in content["atoms"]),
        threshold=content["threshold"],
        sensitive=content["sensitive"],
        shown=make_shown(content["shown"]),
        scenarios=None if content["scenarios"] is None else frozenset(content["scenarios"]),
        difference=content["difference"],
    )


def make_shown_content(shown: Shown) -> int | list[int | None] | None:
    """What is shown of a figure as JSON can hold it."""
    return [shown.low, shown.high, shown.base] if isinstance(shown, Band) else shown


def make_shown(content: int | list[int] | None) -> Shown:
    """What ``make_shown_content`` wrote."""
    return Band(*content) if isinstance(content, list) else content
