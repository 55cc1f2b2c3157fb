"""The ledger: every figure ever sealed, with its atoms and whether it was shown, banded or hidden.

A ledger is only ever added to. It also keeps what its atoms counted when they were sealed: a closed period does not
change, and whoever reported it remembers its numbers even after a person has been erased (R25). It holds true numbers
and belongs under seal. Source: privacy-and-safety part 3, "Ledger".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from me_platform.disclosure.atoms import Atom, Issue, Sensitive
from me_platform.disclosure.bands import Band, Shown
from me_platform.errors import ProgramError

FORMAT = 1


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


def add_issue(
    ledger: Ledger, name: str, issue: Issue, shown: Mapping[str, Shown], sensitive: Iterable[Sensitive]
) -> Ledger:
    """The ledger with one issue more: its cells as they were shown, and its small differences, which were not.

    Raises LedgerContradicted where an atom counts other people than before, KeyError for a cell nothing is said of.
    """
    check_counts(ledger, issue)
    sensitive = tuple(sensitive)
    cells = {cell.name for cell in issue.cells}
    few = {each.name for each in sensitive} & cells
    known = {(entry.atoms, entry.scenarios) for entry in ledger.entries if entry.sensitive}
    entries = [
        Entry(name, cell.name, cell.atoms, cell.threshold, cell.name in few, shown[cell.name]) for cell in issue.cells
    ]
    entries += [
        Entry(name, each.name, each.atoms, each.threshold, True, None, each.scenarios, difference=True)
        for each in sensitive
        if each.name not in cells and (each.atoms, each.scenarios) not in known
    ]
    return Ledger((*ledger.entries, *entries), {**ledger.counts, **issue.counts})


def check_counts(ledger: Ledger, issue: Issue) -> None:
    """Raises LedgerContradicted where an atom counts other people than it did when it was sealed."""
    changed = [atom for atom, count in issue.counts.items() if ledger.counts.get(atom, count) != count]
    if changed:
        raise LedgerContradicted(changed)


def make_ledger_content(ledger: Ledger) -> dict[str, Any]:
    """The ledger as JSON can hold it; ``make_ledger`` reads it back. Entries name atoms by their place in a list."""
    atoms = sorted(ledger.counts)
    places = {atom: place for place, atom in enumerate(atoms)}
    return {
        "format": FORMAT,
        "atoms": [[atom.partner, atom.period, list(atom.category), ledger.counts[atom]] for atom in atoms],
        "entries": [
            {
                "issue": entry.issue,
                "name": entry.name,
                "atoms": sorted(places[atom] for atom in entry.atoms),
                "threshold": entry.threshold,
                "sensitive": entry.sensitive,
                "shown": make_shown_content(entry.shown),
                "scenarios": None if entry.scenarios is None else sorted(entry.scenarios),
                "difference": entry.difference,
            }
            for entry in ledger.entries
        ],
    }


def make_ledger(content: Mapping[str, Any]) -> Ledger:
    """The ledger of a content made by ``make_ledger_content``. Raises KeyError or ValueError where it is not whole."""
    if content["format"] != FORMAT:
        raise ValueError(f"a ledger of format {content['format']} cannot be read")
    atoms = [Atom(partner, period, tuple(category)) for partner, period, category, _ in content["atoms"]]
    entries = tuple(
        Entry(
            issue=entry["issue"],
            name=entry["name"],
            atoms=frozenset(atoms[place] for place in entry["atoms"]),
            threshold=entry["threshold"],
            sensitive=entry["sensitive"],
            shown=make_shown(entry["shown"]),
            scenarios=None if entry["scenarios"] is None else frozenset(entry["scenarios"]),
            difference=entry["difference"],
        )
        for entry in content["entries"]
    )
    return Ledger(entries, dict(zip(atoms, (count for *_, count in content["atoms"]), strict=True)))


def make_shown_content(shown: Shown) -> int | list[int | None] | None:
    """What is shown of a figure as JSON can hold it."""
    return [shown.low, shown.high, shown.base] if isinstance(shown, Band) else shown


def make_shown(content: int | list[int] | None) -> Shown:
    """What ``make_shown_content`` wrote."""
    return Band(*content) if isinstance(content, list) else content
