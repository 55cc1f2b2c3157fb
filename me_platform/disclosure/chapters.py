"""The ledger as it is kept: a chapter for each issue, block by block, and how a block goes on from chapter to chapter.

Where people or records only grow in number with the period, a leaf is the earlier leaf and those who joined it since;
where it shrank, the earlier leaf without those who left. Answers change with each period: their numbers are compared as
a whole, and so are the stages of a flow, which only grow. Who joined or left is a small number that nobody may find out
(privacy-and-safety part 3, "Ledger" and P5: successive issues). Source: decision 0037.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from me_platform.disclosure.atoms import NOBODY, PUBLIC, Atom, Fact, sum_atoms
from me_platform.disclosure.bands import Shown
from me_platform.disclosure.breakdown import Leaf, Place, Sum
from me_platform.disclosure.figures import Audience
from me_platform.disclosure.ledger import (
    Entry,
    Ledger,
    make_entry,
    make_entry_content,
    make_shown,
    make_shown_content,
)
from me_platform.disclosure.protect import Page
from me_platform.disclosure.worlds import get_limits

FORMAT = 1
LEFT, MORE, BESIDE = "left", "more", "beside"
"""Who left a leaf since it was published, who came to it all the same, and who is in the longer of two periods only."""


@dataclass(frozen=True)
class Edition:
    """What is published together: its name in the ledger, its period, and how the consortium counts.

    ``consortium`` is the code whose figures are sums over the other partners, ``apart`` the indicators of which it
    counts its own only.
    """

    name: str
    start: date
    end: date
    audience: Audience = Audience.FUNDER
    threshold: int = 0
    consortium: str = ""
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Section:
    """One block in one chapter: the atoms of its leaves, what they count, what is known of them, what was shown."""

    leaves: Mapping[Place, frozenset[Atom]]
    counts: Mapping[Atom, int]
    facts: tuple[Fact, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Decisions:
    """What had to go besides what each page hides by itself, so that the same numbers come out the same again.

    ``barred`` are the numbers of people that a page may not name, ``limits`` what is left of single figures,
    ``merged`` how many steps tables were made coarser.
    """

    barred: Mapping[Page, frozenset[int]] = field(default_factory=dict)
    limits: Mapping[str, Shown] = field(default_factory=dict)
    merged: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ToldMean:
    """A mean or median that a reader of an issue knows, printed or worked out from others, with its interval."""

    people: int
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Chapter:
    """One issue: everything that was published together of a period.

    ``digest`` is that of the true figures and of the edition they were published in, ``means`` what was told of means,
    by the names of their figures without the period.
    """

    name: str
    start: date
    end: date
    sections: Mapping[str, Section]
    decisions: Decisions = field(default_factory=Decisions)
    digest: str = ""
    means: Mapping[str, ToldMean] = field(default_factory=dict)

    def holds(self, start: date, end: date) -> bool:
        """Whether its period holds another one, or is the same."""
        return self.start <= start and end <= self.end

    def overlaps(self, other: Chapter) -> bool:
        """Whether the two periods have a day in common."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True)
class Past:
    """All that was published of one block and may have to do with a new chapter."""

    chapters: tuple[Chapter, ...]
    block: str

    @cached_property
    def sections(self) -> list[tuple[Chapter, Section]]:
        """Its sections with their chapters, oldest first."""
        return [(chapter, chapter.sections[self.block]) for chapter in self.chapters if self.block in chapter.sections]

    @cached_property
    def ledger(self) -> Ledger:
        """Everything published of the block."""
        sections = [section for _, section in self.sections]
        counts: dict[Atom, int] = {}
        for section in sections:
            counts |= section.counts
        return Ledger(tuple(entry for section in sections for entry in section.entries), counts)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Everything known of the block anyway."""
        return tuple(dict.fromkeys(fact for _, section in self.sections for fact in section.facts))


def choose_related(chapters: Sequence[Chapter], start: date, end: date) -> tuple[Chapter, ...]:
    """The chapters that share days with a period, and those that share days with these, oldest first."""
    found: set[int] = set()
    spans = [(start, end)]
    while spans:
        low, high = spans.pop()
        for place, chapter in enumerate(chapters):
            if place not in found and chapter.start <= high and low <= chapter.end:
                found.add(place)
                spans.append((chapter.start, chapter.end))
    return tuple(chapters[place] for place in sorted(found))


@dataclass
class Sequel:
    """How the leaves of a block go on in a new chapter named ``name``: their atoms, counts and what is known of them.

    ``watched`` are sums of atoms that were never asked for and may not be found out while they are small; ``guarded``
    are small numbers with the readers they are guarded against. ``loose`` says that no number of it tells of earlier
    ones.
    """

    past: Past
    name: str
    start: date
    end: date
    leaves: dict[Place, frozenset[Atom]] = field(default_factory=dict)
    counts: dict[Atom, int] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    watched: dict[str, frozenset[Atom]] = field(default_factory=dict)
    guarded: list[tuple[str, frozenset[Atom], frozenset[str] | None]] = field(default_factory=list)
    loose: bool = False

    def __post_init__(self) -> None:
        self.counts |= self.past.ledger.counts

    def go_on(self, leaves: Mapping[Place, int], records: bool) -> None:  # noqa: FBT001 - people or records
        """Give every leaf of people or records its atoms, beside those it had in earlier chapters."""
        for place, count in leaves.items():
            earlier = [
                (chapter, section.leaves[place]) for chapter, section in self.past.sections if place in section.leaves
            ]
            inside = [(chapter, atoms) for chapter, atoms in earlier if self._holds(chapter)]
            self.leaves[place] = self._continue(place, count, inside)
            self._note_beside(place, earlier, records=records)

    def begin_anew(self, leaves: Mapping[Place, int]) -> None:
        """Give every leaf of answers new atoms, but where a period is published again and nothing of it has changed."""
        again = [section.leaves for chapter, section in self.past.sections if self._is_same(chapter)]
        before = again[-1] if again else {}
        old = {place: sum_atoms(atoms, self.counts) for place, atoms in before.items()}
        for partner in dict.fromkeys(partner for partner, _ in leaves):
            mine = {place: count for place, count in leaves.items() if place[0] == partner}
            same = mine == {place: count for place, count in old.items() if place[0] == partner}
            for place, count in mine.items():
                self.leaves[place] = before[place] if same else frozenset({self.add(place, count)})

    @property
    def ledger(self) -> Ledger:
        """What was published before and is guarded now: all of it, or what is published again in the same words.

        Of answers that are compared number by number no new number says anything about an earlier one, whose small
        numbers stay as open as they were.
        """
        ledger = self.past.ledger
        if not self.loose:
            return ledger
        own = frozenset[Atom]().union(*self.leaves.values())
        return Ledger(tuple(entry for entry in ledger.entries if entry.atoms <= own), ledger.counts)

    @property
    def known(self) -> tuple[Fact, ...]:
        """What is known of earlier chapters besides what the ledger guards."""
        facts = self.past.facts
        if self.loose:
            # Who joined and who left may be anybody: what is noted of them says nothing about the numbers themselves.
            facts = tuple(fact for fact in facts if not any(map(_is_change, fact.atoms | fact.less)))
            facts += tuple(
                Fact(entry.atoms, low=int(low), high=int(high))
                for entry in self.past.ledger.entries
                if entry.shown is not None
                for low, high in (get_limits(entry.shown),)
            )
        return facts

    def _is_same(self, chapter: Chapter) -> bool:
        return (chapter.start, chapter.end) == (self.start, self.end)

    def compare(self, sums: Mapping[str, tuple[Sum, str | None]], threshold: int, *, nested: bool) -> None:
        """Note what has become of sums of leaves since each earlier chapter, where that is few people.

        Each sum comes with the one reader it is guarded against, None for all. ``nested`` sums only grow with the
        period, which everybody knows. Of all others somebody may have left while somebody joined.
        """
        self.loose = not nested
        seen: set[tuple[frozenset[Atom], str]] = set()
        linked: set[tuple[str, bool]] = set()
        for chapter, section in reversed(self.past.sections):
            longer = nested and chapter.holds(self.start, self.end) and not self._holds(chapter)
            if not longer and not self._holds(chapter):
                continue
            for name, (places, reader) in sums.items():
                known = [section.leaves[place] for place in places if place in section.leaves]
                old, new = frozenset[Atom]().union(*known), self.join(places)
                if not old or old == new or (old, name) in seen:
                    continue
                seen.add((old, name))
                wide, narrow = (old, new) if longer else (new, old)
                # Of sums that only grow the last chapter tells of all before it what is not few people.
                grows = nested and (name, longer) not in linked
                if self._note_change(wide, narrow, (name, chapter.name), places, reader, threshold, grows=grows):
                    linked.add((name, longer))

    def _note_change(
        self,
        wide: frozenset[Atom],
        narrow: frozenset[Atom],
        name: Leaf,
        places: Sum,
        reader: str | None,
        threshold: int,
        *,
        grows: bool,
    ) -> bool:
        """Whether it is noted that a sum has only grown, and by whom; a small change is noted in any case."""
        codes = {code for code, _ in places}
        owner = codes.pop() if len(codes) == 1 else NOBODY
        net = sum_atoms(wide, self.counts) - sum_atoms(narrow, self.counts)
        grown = grows and net >= 0 and owner != NOBODY
        few = 0 < abs(net) < threshold
        if not few and not grown:
            return False
        more = self.add((owner, name), max(net, 0), MORE)
        left = frozenset[Atom]() if grown else frozenset({self.add((owner, name), max(-net, 0), LEFT)})
        self.facts.append(Fact(wide | left, narrow | {more}))
        if few:
            readers = None if owner != NOBODY else frozenset({reader or PUBLIC})
            changed = left if net < 0 else frozenset({more})
            self.guarded.append(("/".join((owner, self.past.block, *name)), changed, readers))
        return grown

    def join(self, places: Iterable[Place]) -> frozenset[Atom]:
        """The atoms of several leaves."""
        return frozenset[Atom]().union(*(self.leaves[place] for place in places))

    def add(self, place: Place, count: int, *marks: str) -> Atom:
        """A new atom of this chapter."""
        partner, leaf = place
        atom = Atom(partner, self.name, (self.past.block, *leaf, *marks))
        self.counts[atom] = count
        return atom

    def _holds(self, chapter: Chapter) -> bool:
        return self.start <= chapter.start and chapter.end <= self.end

    def _continue(self, place: Place, count: int, inside: Sequence[tuple[Chapter, frozenset[Atom]]]) -> frozenset[Atom]:
        if not inside:
            return frozenset({self.add(place, count)})
        # The last word on the longest period; of several equal ones the latest counts.
        _, old = _choose_longest(inside)
        before = sum_atoms(old, self.counts)
        if count == before:
            return old
        fresh = self.add(place, count - before if count > before else count)
        if count > before:
            return old | {fresh}
        left, more = self.add(place, before - count, LEFT), self.add(place, 0, MORE)
        self.facts.append(Fact(old | {more}, frozenset({fresh, left})))
        self._watch(left)
        return frozenset({fresh})

    def _note_beside(self, place: Place, earlier: Sequence[tuple[Chapter, frozenset[Atom]]], *, records: bool) -> None:
        """Periods that lie in each other: who is in the longer one only. Records of several shorter ones add up."""
        own = self.leaves[place]
        inside = [(chapter, atoms) for chapter, atoms in earlier if self._holds(chapter)]
        longer = [
            (chapter, atoms)
            for chapter, atoms in earlier
            if chapter.holds(self.start, self.end) and not self._holds(chapter) and not own <= atoms
        ]
        pairs = [(own, atoms, chapter.name) for chapter, atoms in inside if not atoms <= own]
        pairs += [(atoms, own, chapter.name) for chapter, atoms in longer]
        apart = _choose_apart(inside) if records else []
        if len(apart) > 1:
            together = frozenset().union(*(atoms for _, atoms in apart))
            pairs.append((own, together, "+".join(chapter.name for chapter, _ in apart)))
        for wide, narrow, name in pairs:
            rest = sum_atoms(wide, self.counts) - sum_atoms(narrow, self.counts)
            if rest >= 0:
                beside = self.add(place, rest, BESIDE, name)
                self.facts.append(Fact(wide, narrow | {beside}))
                self._watch(beside)

    def _watch(self, atom: Atom) -> None:
        self.watched["/".join((atom.partner, *atom.category))] = frozenset({atom})


_Kept = TypeVar("_Kept")


def _choose_longest(inside: Sequence[tuple[Chapter, _Kept]]) -> tuple[Chapter, _Kept]:
    """The longest period; of those as long the one published last."""
    place = max(range(len(inside)), key=lambda each: (inside[each][0].end - inside[each][0].start, each))
    return inside[place]


def _is_change(atom: Atom) -> bool:
    return atom.category[-1] in {MORE, LEFT}


def _choose_apart(inside: Sequence[tuple[Chapter, frozenset[Atom]]]) -> list[tuple[Chapter, frozenset[Atom]]]:
    """Periods without a common day, those published last first."""
    chosen: list[tuple[Chapter, frozenset[Atom]]] = []
    for chapter, atoms in reversed(inside):
        if not any(chapter.overlaps(other) for other, _ in chosen):
            chosen.append((chapter, atoms))
    return chosen


def make_section(sequel: Sequel, entries: Sequence[Entry]) -> Section:
    """What a chapter keeps of a block: what it adds to the chapters before, with the counts of all atoms it names."""
    named = frozenset[Atom]().union(
        *sequel.leaves.values(),
        *(fact.atoms | fact.less for fact in sequel.facts),
        *(entry.atoms for entry in entries),
    )
    counts = {atom: sequel.counts[atom] for atom in sorted(named)}
    return Section(dict(sequel.leaves), counts, tuple(dict.fromkeys(sequel.facts)), tuple(entries))


# -- as JSON -----------------------------------------------------------------------------------------------------------


def make_chapter_content(chapter: Chapter) -> dict[str, Any]:
    """The chapter as JSON can hold it; ``make_chapter`` reads it back. Atoms are named by their place in a list."""
    return {
        "format": FORMAT,
        "name": chapter.name,
        "start": chapter.start.isoformat(),
        "end": chapter.end.isoformat(),
        "digest": chapter.digest,
        "barred": [[*page, sorted(numbers)] for page, numbers in sorted(chapter.decisions.barred.items())],
        "limits": {name: make_shown_content(shown) for name, shown in sorted(chapter.decisions.limits.items())},
        "merged": dict(sorted(chapter.decisions.merged.items())),
        "means": {
            name: [told.people, *(None if each is None else str(each) for each in (told.value, told.low, told.high))]
            for name, told in sorted(chapter.means.items())
        },
        "sections": {block: _make_section_content(section) for block, section in sorted(chapter.sections.items())},
    }


def make_chapter(content: Mapping[str, Any]) -> Chapter:
    """The chapter of a content. Raises KeyError or ValueError where it is not whole."""
    if content["format"] != FORMAT:
        raise ValueError(f"a chapter of format {content['format']} cannot be read")
    return Chapter(
        content["name"],
        date.fromisoformat(content["start"]),
        date.fromisoformat(content["end"]),
        {block: _make_section(section) for block, section in content["sections"].items()},
        Decisions(
            {
                (partner, period, children): frozenset(numbers)
                for partner, period, children, numbers in content["barred"]
            },
            {name: make_shown(shown) for name, shown in content["limits"].items()},
            dict(content.get("merged", {})),
        ),
        content["digest"],
        {
            name: ToldMean(people, Decimal(value), *(None if each is None else Decimal(each) for each in limits))
            for name, (people, value, *limits) in content.get("means", {}).items()
        },
    )


def _make_section_content(section: Section) -> dict[str, Any]:
    atoms = sorted(section.counts)
    places = {atom: place for place, atom in enumerate(atoms)}

    def point(those: Iterable[Atom]) -> list[int]:
        return sorted(places[atom] for atom in those)

    return {
        "atoms": [[atom.partner, atom.period, list(atom.category), section.counts[atom]] for atom in atoms],
        "leaves": [[partner, list(leaf), point(those)] for (partner, leaf), those in sorted(section.leaves.items())],
        "facts": [[point(fact.atoms), point(fact.less), fact.low, fact.high] for fact in section.facts],
        "entries": [make_entry_content(entry, places) for entry in section.entries],
    }


def _make_section(content: Mapping[str, Any]) -> Section:
    atoms = [Atom(partner, period, tuple(category)) for partner, period, category, _ in content["atoms"]]

    def find(places: Iterable[int]) -> frozenset[Atom]:
        return frozenset(atoms[place] for place in places)

    return Section(
        leaves={(partner, tuple(leaf)): find(those) for partner, leaf, those in content["leaves"]},
        counts=dict(zip(atoms, (count for *_, count in content["atoms"]), strict=True)),
        facts=tuple(Fact(find(more), find(less), low, high) for more, less, low, high in content["facts"]),
        entries=tuple(make_entry(entry, atoms) for entry in content["entries"]),
    )
