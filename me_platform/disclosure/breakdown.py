"""True numbers taken apart: what every number that a figure prints is the sum of.

The figures of one indicator, at all partners, are one block; all that count people served are one, for they count much
the same people. Each partner's people (or records) fall into leaves: those
who said yes and those who said no, each category of a table, each stage of a flow without the next. A number of people
is a sum of leaves, the consortium's a sum over the partners. Nothing here decides what may be printed.
Source: privacy-and-safety part 3, "Atom", "Figure"; decision 0037.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import combinations

from me_platform.disclosure.figures import FigureState
from me_platform.disclosure.scene import (
    ANSWERED,
    BASELINE_LOST,
    NOT_MEASURABLE,
    collect,
    find_state,
    get_asked,
    get_base,
    get_bounds,
    get_count,
    get_group,
    get_name,
    stands_in_several,
)
from me_platform.indicators.flow import ASSISTED, FLOW
from me_platform.indicators.ratios import PER_PERSON
from me_platform.indicators.results import RawFigure, Role

Leaf = tuple[str, ...]
"""The name of one part of a partner's people or records within a block."""
Place = tuple[str, Leaf]
"""A leaf of a partner, by the partner's code."""
Sum = frozenset[Place]
"""The leaves a number is the sum of."""

UNPROTECTED = frozenset({Role.ACTIVITY, Role.HIDDEN, Role.FLOW_SHARE})
"""Figures about no survivor, and those that say no more than others do."""
PEOPLE = "people"
"""The block of all figures that count people served."""
RECORD_ROLES = frozenset({Role.EVENTS, Role.EVENT_CELL, Role.RECORD_SHARE, Role.RATIO})
"""Roles of figures that count records, not people."""
_HEADCOUNTS = frozenset({Role.COUNT, Role.UNION})
_MEASURED = ("improved", "same", "worse")
_RECORDS = "records"


class What(StrEnum):
    """Which number of a figure: what it counts, out of how many, and how many people it rests on.

    ``REST`` is nowhere printed: the base without what is counted, which a reader works out.
    """

    COUNT = "count"
    BASE = "base"
    PEOPLE = "people"
    REST = "rest"


@dataclass(frozen=True)
class Number:
    """One number of a figure: the sum of ``places``, which is ``value``.

    ``people`` is how many people stand behind it where that is another number: records of few people are few.
    ``figure`` is the name of its figure, ``name`` its own.
    """

    raw: RawFigure
    what: What
    places: Sum
    value: int
    people: int | None
    figure: str
    name: str


@dataclass(frozen=True)
class Block:
    """The figures of one indicator: its leaves with what they count, its numbers, and what is the same people.

    ``equals`` are pairs of sums that are the same people at a partner, ``totals`` by partner the sums that are
    everybody who answered or is counted.
    """

    name: str
    children: bool
    leaves: Mapping[Place, int]
    numbers: tuple[Number, ...]
    equals: tuple[tuple[Sum, Sum], ...]
    totals: Mapping[str, tuple[Sum, ...]]

    @property
    def counts_people(self) -> bool:
        """Whether any of its figures counts people, and not records only."""
        return any(number.raw.role not in RECORD_ROLES for number in self.numbers)

    def count(self, places: Iterable[Place]) -> int:
        """The people or records in some of its leaves."""
        return sum(self.leaves[place] for place in places)

    def count_by_partner(self, places: Iterable[Place]) -> Counter[str]:
        """The people or records in some of its leaves, by the partner whose they are."""
        found = Counter[str]()
        for code, leaf in places:
            found[code] += self.leaves[code, leaf]
        return found


def list_blocks(raws: Iterable[RawFigure], consortium: str = "", apart: frozenset[str] = frozenset()) -> list[Block]:
    """The blocks of everything that is published together, those that count people first.

    ``consortium`` is the code whose figures are sums over the others; ``apart`` are the indicators of which it prints
    its own only. Raises ValueError for a number that is missing where its role needs it.
    """
    live = [raw for raw in raws if raw.role not in UNPROTECTED and find_state(raw) is FigureState.VALUE]
    heads = {raw.indicator for raw in live if raw.role in _HEADCOUNTS} - apart
    blocks = [
        _make_block(name, mine, "" if mine[0].indicator in apart else consortium)
        for name, mine in collect(live, lambda raw: _name_block(raw, heads)).items()
    ]
    return sorted(blocks, key=lambda block: (block.name != PEOPLE, not block.name.startswith(FLOW), block.name))


def _name_block(raw: RawFigure, heads: Container[str]) -> str:
    """Flows and helped answers are told apart by their survey."""
    survey = raw.disaggregation.get("survey", "") if raw.indicator in {FLOW, ASSISTED} else ""
    name = PEOPLE if raw.indicator in heads else ":".join(filter(None, (raw.indicator, survey)))
    return f"{name}:children" if raw.children else name


def _make_block(name: str, raws: Sequence[RawFigure], consortium: str) -> Block:
    by_partner = collect(raws, lambda raw: raw.partner)
    exclusive, valid = _find_exclusive(raws), _answers_are_valid(by_partner)
    splits = {partner: _Split.make(mine, exclusive, valid=valid) for partner, mine in by_partner.items()}
    members = [code for code in splits if code != consortium]
    leaves = {(code, leaf): count for code in members for leaf, count in splits[code].leaves.items()}
    own = _list_own(splits[consortium], leaves) if consortium in splits and members else None
    joined = own is not None
    if consortium in splits:
        mine = splits[consortium].leaves if own is None else own
        leaves |= {(consortium, leaf): count for leaf, count in mine.items()}

    def add_up(code: str, those: Iterable[Leaf]) -> Sum:
        codes = (*members, consortium) if joined and code == consortium else (code,)
        return frozenset((each, leaf) for each in codes for leaf in those if (each, leaf) in leaves)

    numbers = []
    for code, split in splits.items():
        for raw, what, those, people in split.numbers:
            places = add_up(code, those)
            figure, value = get_name(raw), sum(leaves[place] for place in places)
            numbers.append(Number(raw, what, places, value, people, figure, f"{figure} {what.value}"))
    return Block(
        name=name,
        children=raws[0].children,
        leaves=leaves,
        numbers=tuple(numbers),
        equals=(
            *(
                (add_up(code, split.totals[one]), add_up(code, split.totals[other]))
                for one, other in _list_same(splits)
                for code, split in splits.items()
                if code in members and {one, other} <= split.totals.keys()
            ),
            *((add_up(code, one), add_up(code, other)) for code, split in splits.items() for one, other in split.same),
        ),
        totals={
            code: tuple(
                dict.fromkeys(
                    add_up(code, those) for total, those in split.totals.items() if not total.startswith(_RECORDS)
                )
            )
            for code, split in splits.items()
        },
    )


def _list_own(split: _Split, leaves: Mapping[Place, int]) -> dict[Leaf, int] | None:
    """What the consortium counts besides its partners, leaf by leaf; None where its figures are not their sums.

    A consortium that counts nobody of its own has no leaves but those that no partner has: everybody knows that it
    gives no support, and its figures are the partners' sums. Sums of rounded hours may differ from the rounded sum: for
    them the partners' leaves are all there is.
    """
    own: dict[Leaf, int] = {}
    for leaf, count in split.leaves.items():
        others = sum(number for (_, each), number in leaves.items() if each == leaf)
        own[leaf] = count - others
        if leaf in split.rounded and abs(own[leaf]) <= len(leaves):
            own[leaf] = 0
        if own[leaf] < 0:
            return None
    if any(own.values()):
        return own
    held = {leaf for _, leaf in leaves}
    return {leaf: count for leaf, count in own.items() if leaf not in held}


def _find_exclusive(raws: Iterable[RawFigure]) -> frozenset[Leaf]:
    """The tables whose cells make up their base at every partner; in others a person may stand in several (R18)."""
    cells = (raw for raw in raws if raw.role is Role.CELL and not raw.members)
    tables = collect(cells, lambda raw: (raw.partner, _name_table(raw)))
    sums = {key: sum(map(get_count, cells)) == get_base(cells[0]) for key, cells in tables.items()}
    return frozenset(
        table for _, table in sums if all(adds_up for (_, other), adds_up in sums.items() if other == table)
    )


def _answers_are_valid(by_partner: Mapping[str, Sequence[RawFigure]]) -> bool:
    """Whether everywhere those who are told as having answered are those a share is of: yes and no together."""
    for raws in by_partner.values():
        answered = [get_count(raw) for raw in raws if raw.part == ANSWERED]
        shares = [raw.denominator for raw in raws if raw.role is Role.PROPORTION and not raw.part]
        if not answered or shares != answered:
            return False
    return True


def _name_table(raw: RawFigure) -> Leaf:
    return (get_group(raw), raw.part.partition(":")[0], *raw.disaggregation)


def _name_category(raw: RawFigure) -> Leaf:
    return (raw.part, *raw.disaggregation.values())


def _list_members(cell: RawFigure) -> list[Leaf]:
    """The categories a merged one is made of."""
    [dimension] = cell.disaggregation
    return [_name_category(replace(cell, disaggregation={dimension: member})) for member in cell.members]


def _list_same(splits: Mapping[str, _Split]) -> Iterator[tuple[str, str]]:
    """Pairs of totals that count the same people, as far as their numbers tell: at every partner that has both.

    To take two groups for one though they only happen to be as many adds to what a reader is taken to know.
    """
    names = sorted({name for split in splits.values() for name in split.totals})
    taken: set[str] = set()
    for one, other in combinations(names, 2):
        both = [split for split in splits.values() if {one, other} <= split.totals.keys()]
        if not both or other in taken or (one.startswith(_RECORDS) != other.startswith(_RECORDS)):
            continue
        if all(split.add_up(one) == split.add_up(other) for split in both) and any(split.add_up(one) for split in both):
            taken.add(other)
            yield one, other


@dataclass
class _Split:
    """The leaves of one partner in one block, and which of them each number of a figure sums.

    ``totals`` are groups of leaves by name, of which two that count the same may be the same people; ``same`` are pairs
    of groups that are.
    """

    leaves: dict[Leaf, int] = field(default_factory=dict)
    numbers: list[tuple[RawFigure, What, tuple[Leaf, ...], int | None]] = field(default_factory=list)
    totals: dict[str, tuple[Leaf, ...]] = field(default_factory=dict)
    rounded: set[Leaf] = field(default_factory=set)
    same: list[tuple[tuple[Leaf, ...], tuple[Leaf, ...]]] = field(default_factory=list)

    @classmethod
    def make(cls, raws: Sequence[RawFigure], exclusive: frozenset[Leaf], *, valid: bool) -> _Split:
        """Take the figures of one partner apart; changes first, for shares and means rest on their people.

        ``valid`` says that those who answered are those of the one share.
        """
        split = cls()
        by_role = collect(raws, lambda raw: raw.role)
        for group, parts in collect(by_role.get(Role.CHANGE, ()), get_group).items():
            split.take_change(group, parts)
        takers = {
            Role.PROPORTION: split.take_share,
            Role.ASSISTED: split.take_share,
            Role.MEAN: split.take_mean,
            Role.MEDIAN: split.take_mean,
            Role.COUNT: split.take_count,
            Role.UNION: split.take_count,
            Role.EVENTS: split.take_records,
            Role.RECORD_SHARE: split.take_record_share,
            Role.RATIO: split.take_ratio,
        }
        for role, take in takers.items():
            for raw in by_role.get(role, ()):
                take(raw)
        for table, cells in collect(by_role.get(Role.CELL, ()), _name_table).items():
            finest = [cell for cell in cells if not cell.members]
            split.take_table(finest, exclusive=table in exclusive, valid=valid)
            for cell in cells:
                if cell.members:
                    split.take_merged(cell, exclusive=table in exclusive)
        for cells in collect(by_role.get(Role.EVENT_CELL, ()), _name_table).values():
            split.take_record_table(cells)
        for chain in collect(by_role.get(Role.CHAIN, ()), get_group).values():
            split.take_chain(chain)
        return split

    def add_up(self, total: str) -> int:
        """The people or records in a total."""
        return sum(self.leaves[leaf] for leaf in self.totals[total])

    def note(self, raw: RawFigure, what: What, those: Iterable[Leaf], people: int | None = None) -> None:
        """A number of a figure is the sum of those leaves."""
        self.numbers.append((raw, what, tuple(those), people))

    def take_change(self, group: str, parts: Sequence[RawFigure]) -> None:
        """Improved, same and worse are those measured, with those not measurable they are all (R8)."""
        for raw in parts:
            if raw.part in {*_MEASURED, NOT_MEASURABLE}:
                self.leaves[group, raw.part] = get_count(raw)
        measured = tuple((group, part) for part in _MEASURED if (group, part) in self.leaves)
        everyone = (*measured, *((leaf,) if (leaf := (group, NOT_MEASURABLE)) in self.leaves else ()))
        self.totals |= {f"{group}:all": everyone, f"{group}:measured": measured}
        if (group, NOT_MEASURABLE) in self.leaves:
            self.totals[f"{group}:lost"] = ((group, NOT_MEASURABLE),)
        for raw in parts:
            those = measured[1:] if raw.part == "not_improved" else ((group, raw.part),)
            self.note(raw, What.COUNT, those)
            for name in ("measured", "all"):
                if raw.denominator == self.add_up(f"{group}:{name}"):
                    self.note(raw, What.BASE, self.totals[f"{group}:{name}"])
                    break

    def take_share(self, raw: RawFigure) -> None:
        """Yes and no; where it is the headline of a change, those who improved among those measured, or among all."""
        positive, whole, group = get_count(raw), raw.denominator or 0, get_group(raw)
        improved: tuple[Leaf, ...] = ((group, "improved"),)
        for name in ("measured", "all"):
            total = f"{group}:{name}"
            if raw.part or raw.disaggregation or total not in self.totals:
                continue
            if self.leaves.get(improved[0]) == positive and self.add_up(total) == whole:
                self.note(raw, What.COUNT, improved)
                self.note(raw, What.BASE, self.totals[total])
                return
        kind = ("share", *_name_category(raw))
        yes, no = (*kind, "yes"), (*kind, "no")
        self.leaves |= {yes: positive, no: whole - positive}
        self.totals[":".join(kind)] = (yes, no)
        self.note(raw, What.COUNT, (yes,))
        self.note(raw, What.REST, (no,))
        self.note(raw, What.BASE, (yes, no))

    def take_mean(self, raw: RawFigure) -> None:
        """A mean is over people: those of a change where there is one."""
        people = get_asked(raw)
        total = f"{get_group(raw)}:{'lost' if raw.part == BASELINE_LOST else 'measured'}"
        if total not in self.totals or self.add_up(total) != people:
            leaf = ("mean", *_name_category(raw))
            self.leaves[leaf] = people
            total = ":".join(leaf)
            self.totals[total] = (leaf,)
        self.note(raw, What.PEOPLE, self.totals[total])

    def take_table(self, cells: Sequence[RawFigure], *, exclusive: bool, valid: bool) -> None:
        """The categories of a table; where a person may stand in several, each category has its own rest."""
        table = ("table", *_name_table(cells[0]))
        base = get_base(cells[0])
        leaves = {get_name(cell): (*table, *_name_category(cell)) for cell in cells}
        share = ("share", *_name_category(replace(cells[0], part="")))
        answers = ((*share, "yes"), (*share, "no"))
        given = [name for cell in cells if cell.part == ANSWERED and valid for name in (get_name(cell),)]
        whole = tuple(leaf for name, leaf in leaves.items() if name not in given) + (answers if given else ())
        self.leaves |= {leaves[get_name(cell)]: get_count(cell) for cell in cells if get_name(cell) not in given}
        if exclusive:
            self.totals[":".join(table)] = whole
        for cell in cells:
            leaf = leaves[get_name(cell)]
            others: tuple[Leaf, ...] = whole
            if not exclusive:
                rest = (*leaf, "rest")
                self.leaves[rest] = base - get_count(cell)
                others = (leaf, rest)
                self.totals[":".join(rest)] = others
            self.note(cell, What.COUNT, answers if get_name(cell) in given else (leaf,))
            self.note(cell, What.BASE, others)
            if cell.part == ANSWERED and not given:
                self.totals[":".join(leaf)] = (leaf,)

    def take_merged(self, cell: RawFigure, *, exclusive: bool) -> None:
        """A merged category of a table that is taken apart already: where nobody stands twice, the sum of its members.

        Elsewhere each member is among its people, and all members together hold each of them once or oftener.
        """
        table = ("table", *_name_table(cell))
        leaf, parts = (*table, *_name_category(cell)), [(*table, *each) for each in _list_members(cell)]
        if exclusive:
            self.note(cell, What.COUNT, parts)
            self.note(cell, What.BASE, self.totals[":".join(table)])
            return
        count, base = get_count(cell), get_base(cell)
        again, rest = (*leaf, "again"), (*leaf, "rest")
        self.leaves |= {leaf: count, again: sum(self.leaves[each] for each in parts) - count, rest: base - count}
        self.totals[":".join(rest)] = (leaf, rest)
        self.same.append(((leaf, again), tuple(parts)))
        for each in parts:
            but = (*leaf, "but", *each)
            self.leaves[but] = count - self.leaves[each]
            self.same.append(((leaf,), (each, but)))
        self.note(cell, What.COUNT, (leaf,))
        self.note(cell, What.BASE, (leaf, rest))

    def take_record_table(self, cells: Sequence[RawFigure]) -> None:
        """Records by category, each resting on its own number of people."""
        table = ("records", *_name_table(cells[0]))
        if stands_in_several(cells[0]):
            self.take_several(table, cells, [(*table, *_name_category(cell)) for cell in cells])
            return
        self.leaves |= {(*table, *_name_category(cell)): get_count(cell) for cell in cells if not cell.members}
        self.totals[":".join(table)] = tuple((*table, *_name_category(cell)) for cell in cells if not cell.members)
        for cell in cells:
            parts = _list_members(cell) if cell.members else [_name_category(cell)]
            self.note(cell, What.COUNT, [(*table, *each) for each in parts], cell.n or 0)

    def take_several(self, table: Leaf, cells: Sequence[RawFigure], leaves: Sequence[Leaf]) -> None:
        """Records that may stand in several categories (R18): of each one those that do, and all others.

        Every record stands in one at least, so that all cells together are all records and what is counted again.
        """
        base, again = get_base(cells[0]), (*table, "again")
        for cell, leaf in zip(cells, leaves, strict=True):
            rest = (*leaf, "rest")
            self.leaves |= {leaf: get_count(cell), rest: base - get_count(cell)}
            self.totals[":".join(rest)] = (leaf, rest)
            self.note(cell, What.COUNT, (leaf,), cell.n or 0)
            self.note(cell, What.REST, (rest,), cell.outside or 0)
        self.leaves[again] = sum(map(get_count, cells)) - base
        self.totals[":".join((*table, "cells"))] = tuple(leaves)
        self.totals[":".join(again)] = (leaves[0], (*leaves[0], "rest"), again)

    def take_chain(self, chain: Sequence[RawFigure]) -> None:
        """A flow only narrows (R4): a stage is everybody who stopped there or came further."""
        ordered = sorted(chain, key=lambda raw: raw.order)
        leaves = [("stage", get_group(raw), raw.part) for raw in ordered]
        counts = [*map(get_count, ordered), 0]
        for place, (raw, leaf) in enumerate(zip(ordered, leaves, strict=True)):
            self.leaves[leaf] = counts[place] - counts[place + 1]
            self.note(raw, What.COUNT, leaves[place:])
        self.totals["stage"] = tuple(leaves)

    def take_count(self, raw: RawFigure) -> None:
        """A number of people; over several partners their sum, which link cards lower by known numbers (R12)."""
        leaf = ("people", raw.indicator, *_name_category(raw))
        self.leaves[leaf] = get_bounds(raw)[1] if raw.base is None else raw.base
        self.totals[":".join(leaf)] = (leaf,)
        self.note(raw, What.COUNT, (leaf,))

    def take_records(self, raw: RawFigure) -> None:
        """Records, or whole hours, of some people."""
        leaf = ("records", *_name_category(raw))
        if raw.numerator is None:
            self.rounded.add(leaf)
        self.leaves[leaf] = int(raw.value or 0) if raw.numerator is None else raw.numerator
        self.totals[":".join(leaf)] = (leaf,)
        self.note(raw, What.COUNT, (leaf,), get_asked(raw))

    def take_ratio(self, raw: RawFigure) -> None:
        """Records on one side; people, or records of some people, on the other."""
        kind = ("ratio", *_name_category(raw))
        above, below = (_RECORDS, *kind), (*kind, "below")
        base = raw.denominator or 0
        if raw.numerator is None:
            self.rounded.add(above)
        self.leaves |= {above: round((raw.value or 0) * base) if raw.numerator is None else raw.numerator, below: base}
        self.note(raw, What.COUNT, (above,), raw.inside)
        if raw.unit == PER_PERSON:
            self.totals[":".join(below)] = (below,)
            self.note(raw, What.BASE, (below,))
        else:
            self.note(raw, What.BASE, (below,), get_asked(raw))

    def take_record_share(self, raw: RawFigure) -> None:
        """Records that count and records that do not, each of some people."""
        kind = ("records", "share", *_name_category(raw))
        yes, no = (*kind, "yes"), (*kind, "no")
        self.leaves |= {yes: get_count(raw), no: (raw.denominator or 0) - get_count(raw)}
        self.totals[":".join(kind)] = (yes, no)
        self.note(raw, What.COUNT, (yes,), raw.inside)
        self.note(raw, What.BASE, (yes, no), raw.n)
        self.note(raw, What.REST, (no,), raw.outside)
