"""How many different people several organisations count together, where only some of them can be recognised (R12).

People are recognised by link cards and by nothing else (R13). Each organisation's own number stands as it is: a card
joins people of different organisations only, never two of one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Union:
    """The least and the most different people there can be, out of ``total`` counted by all organisations together.

    ``total - most`` is the number of known matches.
    """

    least: int
    most: int
    total: int


def group_people(people: _Codes, cards: _Codes, persons: int) -> _Codes:
    """Who is known to be one and the same: for each of ``persons`` person codes a group, the same for all of them.

    ``people`` and ``cards`` are the codes of who showed which card. Whoever shares a card with somebody is in one group
    with everybody that one shares a card with. People without a card are a group of their own each.
    """
    shape = persons + int(cards.max(initial=-1)) + 1
    edges = coo_array((np.ones(len(people), dtype=np.int8), (people, persons + cards)), shape=(shape, shape))
    _, groups = connected_components(edges, directed=False)
    found: _Codes = groups[:persons].astype(np.int64)
    return found


def compute_union(people: _Codes, partners: _Codes, groups: _Codes) -> Union:
    """The bounds of the union of what several organisations count: max(a_i) <= union <= sum(a_i) - m (R12).

    ``people`` and ``partners`` are the codes of each record's person and organisation, ``groups`` those of
    ``group_people`` by person code. A group is one person, but for as many as one organisation counts in it: k
    organisations that share a card are k - 1 matches.

    The lower bound stays max(a_i) whatever is known to match: that two are the same rules out no other two. (Of three
    organisations and more the least possible number can lie above it, where matches rule each other out; the bound
    still holds.)
    """
    if not len(people):
        return Union(0, 0, 0)
    # Who is counted where, each once: marking them is faster than sorting.
    counted = np.zeros((int(partners.max()) + 1, len(groups)), dtype=np.bool_)
    counted[partners, people] = True
    partner, person = np.divmod(np.flatnonzero(counted), len(groups))
    own, group = np.bincount(partner), groups[person]
    joined = np.bincount(group)[group] > 1
    if not joined.any():
        return Union(int(own.max()), len(person), len(person))
    shared, counts = np.unique(np.stack([group[joined], partner[joined]]), axis=1, return_counts=True)
    largest = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    np.maximum.at(largest, shared[0], counts)
    return Union(int(own.max()), int((~joined).sum() + largest.sum()), len(person))
