"""The people a figure does not count: how many there are, and how many there may be, by the numbers that are printed.

Everybody who answers or is counted is among the people served. Where their number is printed, of one partner or over
all, those without an answer are what is left; where it is not, others tell how many there are at least.
Source: privacy-and-safety part 3, P2 and P5; decisions 0010 and 0037.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from me_platform.disclosure.atoms import Atom, Fact
from me_platform.disclosure.bands import Shown
from me_platform.disclosure.breakdown import PEOPLE, Block, Number, Sum, What
from me_platform.disclosure.chapters import Sequel
from me_platform.disclosure.protect import Page, get_page
from me_platform.disclosure.worlds import get_limits

NO_END = 10**9
"""An open end of a range, for the arithmetic of whole numbers."""
Rest = tuple[str, frozenset[Atom], Fact]
"""A name, the people who are left, and what everybody knows of them."""


@dataclass(frozen=True)
class Crowds:
    """What the printed numbers of people tell.

    ``pages`` are those that hold all others of a page; ``served`` says, of children and of all others, how many each
    partner has, where their sum over partners is told. ``offer`` says what is printed.
    """

    consortium: str
    blocks: Sequence[Block]
    pages: Mapping[Page, int]
    served: Mapping[bool, Mapping[str, int]]
    offer: Callable[[Number], Shown]

    @classmethod
    def make(
        cls, consortium: str, blocks: Sequence[Block], pages: Mapping[Page, int], offer: Callable[[Number], Shown]
    ) -> Crowds:
        """The crowds of what is printed now; what is printed later is another's."""
        served: dict[bool, Mapping[str, int]] = {}
        for people in (block for block in blocks if block.name.startswith(PEOPLE)):
            counted = (each for each in people.numbers if each.raw.partner == consortium and each.what is What.COUNT)
            widest = max(counted, key=lambda number: number.value, default=None)
            if widest is not None and offer(widest) == widest.value:
                served[people.children] = people.count_by_partner(widest.places)
        return cls(consortium, blocks, pages, served, offer)

    def list_open(self, block: Block) -> list[Number]:
        """The numbers that are not 0 because nobody was served: what everybody knows, no figure has to hide."""
        if block.name.startswith(PEOPLE) or not block.counts_people:
            return list(block.numbers)
        nobody = {code for (code, _, children), crowd in self.pages.items() if not crowd and children == block.children}
        return [number for number in block.numbers if number.raw.partner not in nobody or number.value]

    def list_rests(self, block: Block, sequel: Sequel) -> Iterable[Rest]:
        """Those of the crowd of a page who are not in one of its totals: without an answer, or not new."""
        if not block.counts_people:
            return
        for (code, _, children), crowd in self.pages.items():
            if children != block.children or code == self.consortium:
                continue
            totals = block.totals.get(code, ())
            widest = next((total for total in totals if block.count(total) == crowd), None)
            for place, total in enumerate(totals):
                rest = crowd - block.count(total)
                if rest < 0 or (total == widest and block.name == PEOPLE):
                    continue
                atoms = sequel.join(total)
                without = frozenset({_add_without(total, code, rest, sequel)})
                if block.name == PEOPLE and widest is not None:
                    yield f"without:{code}:{place}", without, Fact(atoms | without, sequel.join(widest))
                elif block.name != PEOPLE:
                    yield f"without:{code}:{place}", without, Fact(atoms | without, low=crowd, high=crowd)
        yield from self._list_rests_of_all(block, sequel)

    def _list_rests_of_all(self, block: Block, sequel: Sequel) -> Iterable[Rest]:
        """The people over all partners who are not in one of the totals: staff know their own among them (P2)."""
        served = self._find_served(block)
        if not served:
            return
        people = sum(served.values())
        for place, total in enumerate(block.totals.get(self.consortium, ())):
            counted = block.count_by_partner(total)
            if counted.keys() <= served.keys() and all(counted[code] <= crowd for code, crowd in served.items()):
                rests = (_add_without(total, code, crowd - counted[code], sequel) for code, crowd in served.items())
                without = frozenset(rests)
                fact = Fact(sequel.join(total) | without, low=people, high=people)
                yield f"without:{self.consortium}:{place}", without, fact

    def list_least(self, block: Block, sequel: Sequel) -> Iterable[Fact]:
        """That a partner whose number of people is not printed has as many as any other figure of it tells."""
        if not block.name.startswith(PEOPLE):
            return
        told = {number.places for number in block.numbers if isinstance(self.offer(number), int)}
        for code, totals in block.totals.items():
            widest = max(totals, key=block.count, default=Sum())
            least = max(
                (
                    get_limits(self.offer(number))[0]
                    for other in self.blocks
                    if other.children == block.children and other.name != block.name and other.counts_people
                    for number in other.numbers
                    if number.raw.partner == code
                ),
                default=0,
            )
            if code != self.consortium and widest not in told and 0 < least <= block.count(widest):
                yield Fact(sequel.join(widest), low=int(least), high=NO_END)

    def find_room(self, block: Block, number: Number) -> Mapping[str, int] | None:
        """How many people each partner has besides those who answered, as far as they might be without an answer here.

        Where the number of people is printed these are the partner's own; where it is not, all those who are left when
        the printed ones are taken from the sum over partners. None where no such sum is told.
        """
        served = self._find_served(block)
        code, period, children = get_page(number.raw)
        if code == self.consortium:
            pool = set(served)
        elif (code, period, children) in self.pages:
            pool = {code} & served.keys()
        else:
            pool = {partner for partner in served if (partner, period, children) not in self.pages}
        whole = next((each for each in block.numbers if _is_same(each, number, self.consortium)), number)
        answered = block.count_by_partner(find_answered(block, whole))
        room = {partner: served[partner] - answered[partner] for partner in sorted(pool)}
        return room if min(room.values(), default=-1) >= 0 else None

    def _find_served(self, block: Block) -> Mapping[str, int]:
        """How many people each partner has, where that is another block's to tell."""
        return {} if block.name.startswith(PEOPLE) else self.served.get(block.children, {})


def find_answered(block: Block, number: Number) -> Sum:
    """Of the people that a figure is out of those it counts."""
    return next(each.places for each in block.numbers if each.raw is number.raw and each.what is What.COUNT)


def _is_same(one: Number, other: Number, consortium: str) -> bool:
    """Whether a number is the same as another one, told of all partners."""
    return one.what is other.what and one.raw.partner == consortium and one.raw.part == other.raw.part


def _add_without(total: Sum, partner: str, rest: int, sequel: Sequel) -> Atom:
    """The people of a partner who are in none of its leaves of a total; the same leaves leave out the same people.

    Out of another crowd they are others, and as many others.
    """
    mine = sorted("/".join(leaf) for code, leaf in total if code == partner)
    return sequel.add((partner, ()), rest, "without", str(rest), *mine)
