"""Small issues for disclosure control: tables of partners and categories, and brute force over all their worlds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from me_platform.disclosure.atoms import PUBLIC, Atom, Cell, Issue, Sensitive
from me_platform.disclosure.bands import Band, Shown
from me_platform.disclosure.ledger import Ledger

T = 5


def make_table(
    numbers: Sequence[Sequence[int]],
    rows: Sequence[str],
    columns: Sequence[str],
    threshold: int = T,
    *,
    hidden: Mapping[str, int] | None = None,
    partners: Sequence[str] | None = None,
    **given: Any,  # noqa: ANN401 - fields of a cell
) -> Issue:
    """A two-way table with its totals: cells ``row:column``, totals ``row:``, ``:column`` and ``:``.

    Each cell is one atom, of one partner for all or, with ``partners``, of the partner its row is named after.
    ``hidden`` raises the threshold of single cells so that they are sensitive.
    """
    atoms = {
        (row, column): Atom(row if partners else "all", "2026", (row, column)) for row in rows for column in columns
    }
    counts = {atoms[row, column]: numbers[i][j] for i, row in enumerate(rows) for j, column in enumerate(columns)}
    cells = []
    for row, column in product((*rows, ""), (*columns, "")):
        summed = frozenset(
            atom for (r, c), atom in atoms.items() if (not row or r == row) and (not column or c == column)
        )
        place = tuple(pair for pair in (("row", row), ("column", column)) if pair[1])
        name = f"{row}:{column}"
        cells.append(
            Cell(
                name,
                summed,
                sum(counts[atom] for atom in summed),
                (hidden or {}).get(name, threshold),
                table="table",
                place=place,
                **given,
            )
        )
    return Issue(tuple(cells), counts)


def make_consortium(
    numbers: Mapping[str, Sequence[int]],
    period: str = "1",
    threshold: int = T,
    before: Issue | None = None,
    **given: Any,  # noqa: ANN401
) -> Issue:
    """Partners by category with all totals; with ``before`` a cumulative issue that adds to an earlier one."""
    width = len(next(iter(numbers.values())))
    counts = dict(before.counts) if before else {}
    counts |= {Atom(partner, period, (str(c),)): row[c] for partner, row in numbers.items() for c in range(width)}
    cells = []
    for partner, category in product((*numbers, ""), (*map(str, range(width)), "")):
        summed = frozenset(
            atom for atom in counts if partner in {"", atom.partner} and category in {"", atom.category[0]}
        )
        place = tuple(pair for pair in (("partner", partner), ("category", category)) if pair[1])
        value = sum(counts[atom] for atom in summed)
        cells.append(Cell(f"{partner}:{category}", summed, value, threshold, table="table", place=place, **given))
    return Issue(tuple(cells), counts)


def find_limits(shown: Shown) -> tuple[int, int] | None:
    """The ends of what is shown; None where nothing is."""
    if shown is None:
        return None
    return (shown.low, shown.high) if isinstance(shown, Band) else (shown, shown)


def list_worlds(
    issue: Issue, ledger: Ledger, shown: Mapping[str, Shown], scenario: str = PUBLIC, most: int = 12
) -> Iterator[Mapping[Atom, int]]:
    """All tables with 0 to ``most`` people in each atom that agree with what is printed, found one atom at a time."""
    counts = {**ledger.counts, **issue.counts}
    sums = [(cell.atoms, find_limits(shown[cell.name])) for cell in issue.cells]
    sums += [(entry.atoms, find_limits(entry.shown)) for entry in ledger.entries]
    sums += [(frozenset({atom}), (count, count)) for atom, count in counts.items() if atom.partner == scenario]
    rows = [(atoms, *limits) for atoms, limits in sums if limits is not None]
    order = sorted(counts)
    world: dict[Atom, int] = {}

    def fill(place: int) -> Iterator[Mapping[Atom, int]]:
        if place == len(order):
            yield dict(world)
            return
        atom = order[place]
        later = frozenset(order[place + 1 :])
        touched = [
            (sum(world[each] for each in atoms - later if each != atom), bool(atoms & later), low, high)
            for atoms, low, high in rows
            if atom in atoms
        ]
        for count in range(most + 1):
            if any(before + count > high for before, _, _, high in touched):
                break
            if all(more or before + count >= low for before, more, low, _ in touched):
                world[atom] = count
                yield from fill(place + 1)
        world.pop(atom, None)

    yield from fill(0)


def is_proved_small(
    issue: Issue, ledger: Ledger, shown: Mapping[str, Shown], target: Sensitive, scenario: str, most: int
) -> bool:
    """Whether in every table a reader can think of the others' people are 1..T-1: brute force, no solver."""
    rest = [atom for atom in target.atoms if atom.partner != scenario]
    if not rest:
        return False
    worlds = list_worlds(issue, ledger, shown, scenario, most)
    return all(0 < sum(world[atom] for atom in rest) < target.threshold for world in worlds)
