"""Tables made coarser: which categories stand on which step of a collapsing ladder [16].

Every step is counted from the records, so that a category of several says how many people are in it, once each, and
how many people are behind its records; neither is a sum. Which step is printed is decided above (privacy-and-safety
part 3: over 60 % of a table hidden, merge categories by the declared ladder and start again).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from me_platform.indicators.definition import Indicator, Text


@dataclass(frozen=True)
class Category:
    """One category of a table.

    ``members`` are the finest categories in it. It stands from step ``since`` of the ladder, where 0 is the table as
    it is declared, to step ``until``, None for all further ones. ``order`` is the place of its first member.
    """

    code: str
    members: tuple[str, ...]
    order: int
    since: int = 0
    until: int | None = None


def list_steps(indicator: Indicator, dimension: str) -> tuple[Mapping[str, str], ...]:
    """The steps of the ladder for one dimension, in their order."""
    return tuple(step.merge for step in indicator.ladder if step.dimension == dimension)


def climb(codes: Sequence[str], steps: Sequence[Mapping[str, str]]) -> Iterator[Category]:
    """Every category of every step, each once: the declared ones in the order given, then the merged ones.

    >>> [(each.code, each.since, each.until) for each in climb(["a", "b", "c"], [{"a": "ab", "b": "ab"}])]
    [('a', 0, 0), ('b', 0, 0), ('c', 0, None), ('ab', 1, None)]
    """
    standing = {code: Category(code, (code,), order) for order, code in enumerate(codes)}
    left: list[Category] = []
    for number, merge in enumerate(steps, 1):
        going = [standing.pop(code) for code in list(standing) if code in merge]
        left += (replace(each, until=number - 1) for each in going)
        for new in dict.fromkeys(merge[each.code] for each in going):
            mine = [each for each in going if merge[each.code] == new]
            members = tuple(member for each in mine for member in each.members)
            standing[new] = Category(new, members, min(each.order for each in mine), since=number)
    yield from sorted([*left, *standing.values()], key=lambda each: (each.since, each.order))


def list_merged(indicator: Indicator) -> Iterator[tuple[str, str, Text, tuple[str, ...]]]:
    """Every category that is merged from others: dimension, code, words, and what its step makes it of."""
    for step in indicator.ladder:
        for new in dict.fromkeys(step.merge.values()):
            members = tuple(old for old, coarser in step.merge.items() if coarser == new)
            yield step.dimension, new, step.titles.get(new, {}), members


def list_finest(indicator: Indicator) -> dict[tuple[str, str], tuple[str, ...]]:
    """The finest categories each merged one is made of, by dimension and code."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for dimension, code, _, members in list_merged(indicator):
        parts = (found.get((dimension, member), (member,)) for member in members)
        found[dimension, code] = tuple(one for part in parts for one in part)
    return found
