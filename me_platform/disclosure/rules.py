"""P1 to P6: which numbers of people are sensitive (privacy-and-safety part 3, "Counts and tables").

Each rule is a predicate on plain numbers; ``list_sensitive`` applies them to an issue and its ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

import numpy as np

from me_platform.disclosure.atoms import Atom, Cell, Issue, Sensitive, list_readers, sum_atoms
from me_platform.disclosure.bands import is_small
from me_platform.disclosure.ledger import Entry, Ledger

DOMINANCE = 10
"""p of the p % rule."""


class Summary(StrEnum):
    """One number that stands for what many people said or got."""

    MEAN = "mean"
    MEDIAN = "median"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


def find_exposed(value: int, own: Mapping[str, int], threshold: int) -> tuple[str, ...]:
    """P2: the contributing partners who would see, behind their own people, 1..T-1 people of others.

    >>> find_exposed(30, {"A": 28, "B": 2}, 5)
    ('A',)
    """
    return tuple(
        sorted(partner for partner, people in own.items() if people > 0 and is_small(value - people, threshold))
    )


def holds_nearly_all(value: int, size: int) -> bool:
    """P3: whether a category holds everyone or all but one of a line of ``size`` people.

    >>> [holds_nearly_all(*pair) for pair in ((6, 6), (5, 6), (2, 4), (0, 6))]
    [True, True, False, False]
    """
    return 0 < value >= size - 1


def is_dominated(shares: Sequence[int | Fraction], threshold: int, percent: int = DOMINANCE) -> bool:
    """P4: whether a sum of hours or money rests on fewer than T people or tells one of them another's share too well.

    ``shares`` are the contributions of single people. The p % rule: what is left without the two largest is less than
    p percent of the largest, so that the second can work out the first to within p percent (ESSnet handbook, 4.2).
    """
    counted = sorted((share for share in shares if share), reverse=True)
    if not counted:
        return False
    return len(counted) < threshold or tells_largest(counted[0], sum(counted[2:]), percent)


def tells_largest(first: int | Fraction, rest: int | Fraction, percent: int = DOMINANCE) -> bool:
    """The p % rule: whether the second largest of a sum can work out the ``first`` to within p percent.

    ``rest`` is what all but these two add to it.

    >>> tells_largest(50_000, 1_000), tells_largest(52_000, 8_000)
    (True, False)
    """
    return 100 * rest < percent * first


def is_close(wider: int, narrower: int, threshold: int) -> bool:
    """P5: whether two nested figures differ by 1..T-1 people.

    >>> [is_close(22, 21, 5), is_close(22, 22, 5), is_close(22, 17, 5)]
    [True, False, False]
    """
    return is_small(wider - narrower, threshold)


def may_summarise(kind: Summary, people: int, threshold: int) -> bool:
    """P6: a mean or a median stands for T people or more; a minimum or a maximum is somebody's own number."""
    return kind in {Summary.MEAN, Summary.MEDIAN} and people >= threshold


def list_sensitive(issue: Issue, ledger: Ledger | None = None) -> tuple[Sensitive, ...]:
    """Everything that may not be proved small once the issue lies beside the ledger, ordered by name.

    These are the sensitive cells of the issue (P1 to P4), differences of two of its nested figures or of one of them
    and one of the ledger (P5), and what the ledger guards already. A difference that only one partner could see to be
    small (P2 on what P5 lets everybody work out) is guarded against that partner.
    """
    ledger = ledger or Ledger()
    counts = {**ledger.counts, **issue.counts}
    found = [
        Sensitive(cell.name, cell.atoms, cell.threshold, rules)
        for cell in issue.cells
        if (rules := find_rules(cell, issue.counts))
    ]
    found += issue.guarded
    taken = {each.atoms for each in found if each.scenarios is None}
    found += [
        Sensitive(f"{entry.issue}: {entry.name}", entry.atoms, entry.threshold, ("ledger",), entry.scenarios)
        for entry in _unite(entry for entry in ledger.entries if entry.sensitive)
        if entry.atoms not in taken
    ]
    taken |= {each.atoms for each in found if each.scenarios is None}
    found += [each for each in _list_differences(issue.cells, ledger.entries, counts) if each.atoms not in taken]
    return tuple(sorted(found, key=lambda each: (each.name, sorted(each.scenarios or ()))))


def find_rules(cell: Cell, counts: Mapping[Atom, int]) -> tuple[str, ...]:
    """The rules by which a cell is sensitive by itself (P1, P2, P3, P4)."""
    own = _add_up(cell.atoms, counts)
    holds = {
        "P1": is_small(cell.value, cell.threshold),
        "P2": bool(find_exposed(cell.value, own, cell.threshold)),
        "P3": cell.delicate and cell.size is not None and holds_nearly_all(cell.value, cell.size),
        "P4": cell.flagged,
    }
    return tuple(rule for rule, broken in holds.items() if broken)


def _unite(entries: Iterable[Entry]) -> Iterable[Entry]:
    """One entry for each set of atoms and readers, with the largest threshold it was ever guarded by."""
    united: dict[tuple[frozenset[Atom], frozenset[str] | None], Entry] = {}
    for entry in entries:
        key = entry.atoms, entry.scenarios
        if key not in united or entry.threshold > united[key].threshold:
            united[key] = entry
    return united.values()


def _list_differences(
    cells: Sequence[Cell], entries: Sequence[Entry], counts: Mapping[Atom, int]
) -> Iterable[Sensitive]:
    """P5: nested pairs of which one at least is new; each difference once, by the largest T of its pairs."""
    printed = [cell for cell in cells if not cell.watched]
    figures: list[Cell | Entry] = [*printed, *(entry for entry in entries if not entry.difference)]
    atoms = sorted({atom for each in figures for atom in each.atoms})
    if not printed:
        return ()
    columns = {atom: place for place, atom in enumerate(atoms)}
    members = np.zeros((len(figures), len(atoms)), dtype=np.float32)
    for row, each in enumerate(figures):
        members[row, [columns[atom] for atom in each.atoms]] = 1
    sizes = members.sum(axis=1)
    shared = members[: len(printed)] @ members.T
    inside = (shared == sizes) & (sizes < sizes[: len(printed), None])
    around = (shared == sizes[: len(printed), None]) & (sizes > sizes[: len(printed), None])
    pairs = [(new, other) for new, other in np.argwhere(inside)]
    pairs += [(other, new) for new, other in np.argwhere(around) if other >= len(printed)]
    pairs = [(wide, narrow) for wide, narrow in pairs if _are_alike(figures[wide].atoms, figures[narrow].atoms)]
    found: dict[tuple[frozenset[Atom], str], Sensitive] = {}
    for wide, narrow in pairs:
        for one in _make_difference(figures[wide], figures[narrow], counts):
            key = one.atoms, min(one.scenarios or {""})
            if key not in found or found[key].threshold < one.threshold:
                found[key] = one
    return [one for (atoms_of_one, who), one in found.items() if not who or (atoms_of_one, "") not in found]


def _are_alike(wide: frozenset[Atom], narrow: frozenset[Atom]) -> bool:
    """Whether two nested figures are of the same partners, or one is the other without some of its partners.

    Nobody asks how many of all are counted elsewhere or do not belong to a part of one partner's.
    """
    partners = {atom.partner for atom in narrow}
    return {atom.partner for atom in wide} == partners or narrow == {atom for atom in wide if atom.partner in partners}


def _make_difference(wide: Cell | Entry, narrow: Cell | Entry, counts: Mapping[Atom, int]) -> Iterable[Sensitive]:
    atoms = wide.atoms - narrow.atoms
    value, threshold = sum_atoms(atoms, counts), max(wide.threshold, narrow.threshold)
    name = f"{_get_name(wide)} less {_get_name(narrow)}"
    if is_small(value, threshold):
        return (Sensitive(name, atoms, threshold, ("P5",)),)
    own = _add_up(atoms, counts)
    return tuple(
        Sensitive(name, atoms, threshold, ("P2", "P5"), frozenset({partner}))
        for partner in find_exposed(value, own, threshold)
    )


def _add_up(atoms: Iterable[Atom], counts: Mapping[Atom, int]) -> dict[str, int]:
    """What each reader knows of a sum of atoms."""
    own = dict.fromkeys(list_readers(atoms), 0)
    for atom in atoms:
        if atom.partner in own:
            own[atom.partner] += counts[atom]
    return own


def _get_name(figure: Cell | Entry) -> str:
    return f"{figure.issue}: {figure.name}" if isinstance(figure, Entry) else figure.name
