"""What to print of everything that is published together, so that it gives nothing away beside all earlier issues.

Sensitive cells and what the ledger hides are hidden. While a reader can still prove something, the shown cells that
prove it are a condition (at least one of them has to go), and the cheapest set of cells that meets all conditions is
chosen by an integer programme: the answer is the cheapest there is, not only a good one. Then ranges are tried where
they may stand for hidden cells. What is not proved to be safe in time is hidden with its whole lines. Source:
privacy-and-safety part 3, "Protect"; decision 0030. The method of conditions is that of Fischetti and Salazar (2001).
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from me_platform.disclosure.atoms import PUBLIC, Atom, Cell, Issue, Sensitive, list_readers, sum_atoms
from me_platform.disclosure.bands import Band, Shown, is_small
from me_platform.disclosure.certificates import Certificate, Proof, ProofState
from me_platform.disclosure.elimination import eliminate
from me_platform.disclosure.ledger import Ledger, check_counts
from me_platform.disclosure.rules import list_sensitive
from me_platform.disclosure.search import Need, Search
from me_platform.disclosure.views import HAIR
from me_platform.disclosure.worlds import (
    Budget,
    Goal,
    Knowledge,
    Side,
    Target,
    get_limits,
    list_targets,
    make_goals,
    make_knowledge,
    make_model,
)

SECONDS = 10.0
"""The longest a protection may take in all."""
SEARCH_SHARE = 0.7
"""The share of the time after which no more is searched for: the rest is for ranges, or for hiding whole lines."""
BAND_WIDTHS = (1, 2, 4)
"""The widths of ranges that are tried, in multiples of T."""
EVERY = 10**9
"""No number of targets is enough."""
_NO_TARGET = -1
"""Whose the conditions of a line are: they need no target."""


@dataclass(frozen=True)
class Protection:
    """What may be printed of each cell, by name; what is guarded, and the proof that it stays open."""

    issue: Issue
    shown: Mapping[str, Shown]
    sensitive: tuple[Sensitive, ...]
    certificate: Certificate


def protect_issue(
    issue: Issue,
    ledger: Ledger | None = None,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
    before: Protection | None = None,
) -> Protection:
    """What may be printed of an issue beside everything the ledger holds.

    All of it takes ``seconds`` at most. The worlds of an earlier protection (``before``) of much the same issue are
    tried first. Whoever prints the result asks ``certificate.holds`` first. Raises LedgerContradicted where a closed
    period counts other people than before.
    """
    ledger = ledger or Ledger()
    check_counts(ledger, issue)
    return _protect(issue, ledger, Budget(clock, clock() + seconds), before)


def list_bands(value: int, threshold: int) -> tuple[Band, ...]:
    """The ranges that may stand for a number, narrowest first; their ends are multiples of T and tell nothing else.

    Those that begin below the number are needed where an earlier report named a smaller one.

    >>> [(band.low, band.high) for band in list_bands(13, 5)]
    [(10, 15), (10, 20), (5, 15), (10, 30), (5, 25), (0, 20)]
    """
    bands = []
    for width in BAND_WIDTHS:
        starts = range(value // threshold, value // threshold - width, -1)
        bands += [Band(start * threshold, (start + width) * threshold) for start in starts if start >= 0]
    return tuple(bands)


def get_offer(cell: Cell) -> Shown:
    """The most that may be printed of a cell by itself: a line of fewer than T people has a total and no table."""
    if cell.total and cell.value < cell.threshold:
        return None if cell.watched else Band(0, cell.threshold)
    if cell.size is not None and not cell.total and cell.size < cell.threshold:
        return None
    return cell.offered


@dataclass
class _Attempt:
    """One run over one issue; ``groups`` are cells with the same atoms, which are printed or hidden together."""

    issue: Issue
    ledger: Ledger
    sensitive: tuple[Sensitive, ...]
    budget: Budget
    targets: list[Target] = field(init=False)
    search: Search = field(init=False)
    goals: list[Goal] = field(init=False)
    offers: dict[int, Shown] = field(init=False)
    lost: set[int] = field(default_factory=set)
    conditions: dict[frozenset[int], set[int]] = field(default_factory=dict)
    rounds: int = 0
    cheapest: bool = True
    limit_hit: bool = False

    def __post_init__(self) -> None:
        self.targets = list_targets(self.sensitive, self.issue, self.ledger)
        model = make_model(self.issue, self.ledger, dict.fromkeys(target.atoms for target in self.targets))
        self.goals = make_goals(model, self.targets)
        self.search = Search(model, self.goals, replace(self.budget, end=self._find_halt()))
        cells = {cell.name: cell for cell in self.issue.cells}
        self.members = [[cells[name] for name in names] for names in model.groups]
        few = {each.atoms for each in self.sensitive if each.scenarios is None}
        last = {entry.atoms: entry.shown for entry in self.ledger.entries}
        hidden = {atoms for atoms, shown in last.items() if shown is None}
        self.barred = {group for group, members in enumerate(self.members) if members[0].atoms in hidden}
        self.offers = {}
        for group, members in enumerate(self.members):
            offer = _join([get_offer(cell) for cell in members])
            if group in self.barred or (isinstance(offer, int) and members[0].atoms in few):
                offer = None
            if offer is not None:
                self.offers[group] = offer
        self.lines = self._find_lines()
        thresholds = {each.atoms: each.threshold for each in self.sensitive if each.scenarios is None}
        self.few = {
            group: thresholds[self._get_atoms(group)]
            for group in range(len(self.members))
            if self._get_atoms(group) in thresholds
        }
        self.alike = self._find_alike()
        costs = {group: sum(cell.weight for cell in self.members[group]) for group in self.offers}
        self.costs = {group: sum(costs[each] for each in self.alike[group]) for group in self.offers}

    def _find_alike(self) -> dict[int, tuple[int, ...]]:
        """For each group those that tell the same, by what everybody knows anyway: they go together or not at all."""
        model = self.search.model
        fixed = np.flatnonzero(model.fixed_low == model.fixed_high)
        equations = eliminate(csr_array(model.rows[len(model.groups) + fixed]), model.fixed_low[fixed].astype(np.int64))
        told: dict[Any, list[int]] = {}
        for group, form in enumerate(equations.reduce(csr_array(model.rows[: len(model.groups)]))):
            if group in self.offers:
                told.setdefault(form if isinstance(self.offers[group], int) and form else group, []).append(group)
        return {group: tuple(groups) for groups in told.values() for group in groups}

    def _find_halt(self) -> float:
        return self.budget.end - (1 - SEARCH_SHARE) * max(self.budget.left, 0)

    def recall(self, before: Protection) -> None:
        """Try the worlds of an earlier protection beside the same ledger; what is new in the issue is as the truth."""
        counts = {**self.ledger.counts, **self.issue.counts}
        model = self.search.model
        atoms = sorted({**self.ledger.counts, **before.issue.counts})
        known = [(place, atom) for place, atom in enumerate(atoms) if atom in model.columns]
        worlds = np.repeat(model.truth[None, :], len(before.certificate.worlds), axis=0)
        for place, atom in known:
            changed = [world[place] - counts[atom] for world in before.certificate.worlds]
            worlds[:, model.columns[atom]] += np.array(changed, dtype=np.int64)
        self.search.add_worlds(worlds)

    # -- the cheapest pattern -------------------------------------------------------------------------------------

    def find_pattern(self) -> dict[int, Shown]:
        """Conditions and cheapest patterns in turn, until a pattern leaves nothing to prove.

        On the way to new conditions each round comes to a safe pattern. When time is over the cheapest of these is
        taken, and without one the lines of what is not proved are hidden.
        """
        hidden: frozenset[int] = frozenset()
        safe: frozenset[int] | None = None
        while True:
            self.rounds += 1
            hidden = self._meet_lines(hidden)
            gone = hidden
            while (blocked := self._find_blocked(self._make_pattern(gone), enough=1)) and self.search.budget.left > 0:
                gone |= self._add_conditions(blocked, gone)
            if blocked:
                self.limit_hit, self.cheapest = True, False
                return self._close_lines(self._make_pattern(gone)) if safe is None else self._make_pattern(safe)
            if gone == hidden:
                return self._make_pattern(hidden)
            safe = gone if safe is None else min(safe, gone, key=self._sum_costs)
            hidden = self._choose_hidden()

    def _meet_lines(self, hidden: frozenset[int]) -> frozenset[int]:
        """The cheapest pattern in which no line gives a sensitive cell away by itself; this needs no solver's proof.

        In a line with a printed total a reader knows what its hidden cells come to. That may not be fewer than T, nor
        may one cell be alone.
        """
        while self.search.budget.left > 0:
            fresh = {self._lead(groups) for groups in self._find_line_conditions(hidden)} - self.conditions.keys()
            if not fresh:
                break
            for condition in fresh:
                self.conditions[condition] = {_NO_TARGET}
            hidden = self._choose_hidden()
        return hidden

    def _find_line_conditions(self, hidden: Collection[int]) -> Iterable[frozenset[int]]:
        """The shown cells of each line that give one of its hidden cells away to somebody; ranges are left out."""
        shown = self.offers.keys() - set(hidden)
        for total, members in self.lines:
            closed = [group for group in members if group not in shown]
            told = [self.offers[group] for group in (total, *members) if group in shown]
            if total not in shown or any(isinstance(each, Band) for each in told) or not self.few.keys() & set(closed):
                continue
            for reader in (PUBLIC, *list_readers(atom for group in members for atom in self._get_atoms(group))):
                rests = {group: self._sum_rest(group, reader) for group in closed}
                unknown = [group for group, (atoms, _) in rests.items() if atoms]
                least = max((self.few[group] for group in unknown if group in self.few), default=0)
                if least and (len(unknown) == 1 or sum(rests[group][1] for group in unknown) < least):
                    culprits = {group for group in members if group in shown and self._sum_rest(group, reader)[0]}
                    yield frozenset({total, *culprits})

    def _get_atoms(self, group: int) -> frozenset[Atom]:
        return self.members[group][0].atoms

    def _sum_rest(self, group: int, reader: str) -> tuple[int, int]:
        """How many atoms of a group are not the reader's own, and the people in them."""
        rest = [atom for atom in self._get_atoms(group) if atom.partner != reader]
        return len(rest), sum_atoms(rest, self.issue.counts)

    def _find_lines(self) -> list[tuple[int, tuple[int, ...]]]:
        """Groups that are the total of a line, with those of its cells, where these are all there are in it."""
        places = {
            (cell.table, tuple(sorted(cell.place))): group
            for group, members in enumerate(self.members)
            for cell in members
            if cell.table
        }
        lines: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[int]] = {}
        for group, members in enumerate(self.members):
            for line in {line for cell in members if cell.table for line in cell.lines}:
                lines.setdefault(line, []).append(group)
        found = []
        for (table, _, rest), groups in lines.items():
            total = places.get((table, rest))
            if total is None or total in groups:
                continue
            atoms = [atom for group in groups for atom in self._get_atoms(group)]
            if len(atoms) == len(self._get_atoms(total)) and self._get_atoms(total) == set(atoms):
                found.append((total, tuple(groups)))
        return found

    def _sum_costs(self, groups: Iterable[int]) -> float:
        return sum(self.costs[group] for group in sorted(self._lead(groups)))

    def _make_pattern(self, hidden: Collection[int]) -> dict[int, Shown]:
        return {group: offer for group, offer in self.offers.items() if group not in hidden}

    def _know(self, pattern: Mapping[int, Shown]) -> Knowledge:
        return make_knowledge(self.search.model, pattern)

    def _find_blocked(self, pattern: Mapping[int, Shown], enough: int = EVERY) -> list[Need]:
        """What is not open, as the goals no world was found for; ``enough`` of them will do."""
        return self.search.find_open(self._list_needs(), self._know(pattern), enough)

    def _list_needs(self) -> Iterable[Need]:
        """Both goals of a sensitive number; of one that is hidden for another's sake either of them."""
        for place in range(0, len(self.goals), 2):
            target = self.goals[place].target
            if target not in self.lost:
                pair = place, place + 1
                yield from (pair,) if self.targets[target].kept else ((goal,) for goal in pair)

    def _add_conditions(self, blocked: Sequence[Need], hidden: Collection[int]) -> frozenset[int]:
        """Of the shown cells that prove something one at least has to go; those of conditions that share none.

        What is proved by nothing that could be hidden is lost.
        """
        knowledge = self._know(self._make_pattern(hidden))
        gone: frozenset[int] = frozenset()
        for need, groups in zip(blocked, self.search.explain(blocked, knowledge), strict=True):
            if self.search.budget.left <= 0:
                break
            target = self.goals[need[0]].target
            if not groups:
                self._lose(target)
                continue
            condition = self._lead(groups)
            self.conditions.setdefault(condition, set()).add(target)
            if not condition & gone:
                gone |= self._follow(condition)
        return gone

    def _lose(self, target: int) -> None:
        """What is given away whatever is hidden needs nothing hidden: conditions that only it made are dropped."""
        self.lost.add(target)
        for owners in self.conditions.values():
            owners.discard(target)
        self.conditions = {condition: owners for condition, owners in self.conditions.items() if owners}

    def _lead(self, groups: Iterable[int]) -> frozenset[int]:
        """One group for each set of groups that tell the same."""
        return frozenset(self.alike[group][0] for group in groups)

    def _follow(self, leaders: Iterable[int]) -> frozenset[int]:
        """All groups that tell the same as those."""
        return frozenset(each for leader in leaders for each in self.alike[leader])

    def _choose_hidden(self) -> frozenset[int]:
        """The cheapest cells that meet every condition: a small integer programme for those that share cells."""
        rows = [each for each in self.conditions if not any(other < each for other in self.conditions)]
        times = Counter(group for row in rows for group in row)
        alone = [row for row in rows if all(times[group] == 1 for group in row)]
        hidden = {min(row, key=lambda group: (self.costs[group], group)) for row in alone}
        rows = [row for row in rows if row not in alone]
        if rows:
            hidden |= self._choose_cheapest(rows)
        return self._follow(hidden)

    def _choose_cheapest(self, rows: Sequence[frozenset[int]]) -> set[int]:
        groups = sorted({group for row in rows for group in row})
        places = {group: place for place, group in enumerate(groups)}
        matrix = np.zeros((len(rows), len(groups)))
        for line, row in enumerate(sorted(rows, key=sorted)):
            matrix[line, [places[group] for group in row]] = 1
        answer = milp(
            np.array([self.costs[group] for group in groups]),
            integrality=np.ones(len(groups), dtype=np.int64),
            bounds=Bounds(0, 1),
            constraints=[LinearConstraint(csr_array(matrix), 1, math.inf)],
            options={"time_limit": max(self.search.budget.left, 0.05), "mip_rel_gap": 0.0},
        )
        if answer.status != 0:
            self.cheapest = False
        if answer.x is None:
            return set(groups)
        return {group for group in groups if answer.x[places[group]] > 0.5}  # noqa: PLR2004 - 0 or 1

    # -- out of time ----------------------------------------------------------------------------------------------

    def _close_lines(self, pattern: Mapping[int, Shown]) -> dict[int, Shown]:
        """No answer in time: the lines of what is not proved are hidden, then everything that hangs together with it.

        What is left after that has no cell in common with anything unproved.
        """
        self.search.budget = self.budget
        left = dict(pattern)
        blocked = self._find_blocked(pattern)
        atoms = frozenset[Atom]().union(*(self.targets[self.goals[need[0]].target].atoms for need in blocked))
        lines = {line for cell in self.issue.cells if cell.atoms & atoms for line in cell.lines}
        for group, members in enumerate(self.members):
            if any(cell.atoms & atoms or cell.lines & lines for cell in members):
                left.pop(group, None)
        blocked = self._find_blocked(left)
        atoms = frozenset[Atom]().union(*(self.targets[self.goals[need[0]].target].atoms for need in blocked))
        joined = self._find_joined(atoms)
        return {group: each for group, each in left.items() if group not in joined}

    def _find_joined(self, atoms: Collection[Atom]) -> frozenset[int]:
        """Groups that hang together with the atoms through cells, the ledger and facts."""
        model = self.search.model
        touching = abs(model.rows)
        _, labels = connected_components(touching.T @ touching, directed=False)
        ours = {labels[column] for column in model.find_columns(atoms)}
        return frozenset(
            group
            for group, members in enumerate(self.members)
            if ours & {labels[column] for column in model.find_columns(members[0].atoms)}
        )

    # -- showing again --------------------------------------------------------------------------------------------

    def show_again(self, pattern: Mapping[int, Shown]) -> dict[int, Shown]:
        """Hidden cells shown again where that stays safe, largest first: exactly, or else as a range.

        A cheapest pattern leaves no cell that could be shown exactly.
        """
        self.search.budget = self.budget
        shown = dict(pattern)
        if not self.cheapest:
            shown |= self._find_sums(shown)
        hidden = [group for group in range(len(self.members)) if group not in shown and group not in self.barred]
        for group in sorted(hidden, key=lambda each: (-self.members[each][0].value, self.members[each][0].name)):
            for offer in self._list_offers(group):
                if self.budget.left <= 0:
                    return shown
                if not self._find_blocked({**shown, group: offer}, enough=1):
                    shown[group] = offer
                    break
        return shown

    def _find_sums(self, pattern: Mapping[int, Shown]) -> dict[int, Shown]:
        """Hidden groups that are sums and differences of what is printed exactly: printing them tells nothing new."""
        knowledge = self._know(pattern)
        known = knowledge.rows[np.flatnonzero(knowledge.low == knowledge.high)].toarray()
        left = [group for group in self.offers if group not in pattern and isinstance(self.offers[group], int)]
        if not left or not known.size:
            return {}
        free = null_space(known)
        told = np.abs(self.search.model.rows[left] @ free).max(axis=1, initial=0) < HAIR
        return {group: self.offers[group] for group, follows in zip(left, told, strict=True) if follows}

    def _list_offers(self, group: int) -> Iterable[int | Band]:
        members = self.members[group]
        offer = self.offers.get(group)
        if offer is not None and not self.cheapest:
            yield offer
        printed = [cell for cell in members if not cell.watched]
        if printed and all(cell.bandable and get_offer(cell) is not None for cell in printed):
            threshold = max(cell.threshold for cell in printed)
            least, most = get_limits(_join([get_offer(cell) for cell in printed]))
            for band in list_bands(printed[0].value, threshold):
                if least == most or (band.low <= least and most <= band.high):
                    yield band

    # -- the proof ------------------------------------------------------------------------------------------------

    def make_certificate(self, pattern: Mapping[int, Shown], begun: float) -> Certificate:
        """The worlds of every target under the final pattern."""
        knowledge = self._know(pattern)
        met = self.search.find_met(knowledge)
        used = sorted(set(met.values()))
        places = {world: place for place, world in enumerate(used)}
        by_target: dict[int, dict[Side, int | None]] = {}
        for number, goal in enumerate(self.goals):
            found = met.get(number)
            by_target.setdefault(goal.target, {})[goal.side] = None if found is None else places[found]
        proofs = []
        for number, target in enumerate(self.targets):
            worlds = by_target.get(number)
            state = ProofState.OWN if worlds is None else self._find_proof_state(number, worlds)
            ends = worlds or {}
            proofs.append(
                Proof(target.name, target.scenario, state, ends.get(Side.LOW), ends.get(Side.HIGH), target.kept)
            )
        return Certificate(
            proofs=tuple(proofs),
            worlds=self._spread(used),
            cheapest=self.cheapest and not self.search.solver.unsure,
            limit_hit=self.limit_hit,
            rounds=self.rounds,
            solver_calls=self.search.solver.calls,
            seconds=self.budget.clock() - begun,
            solver_seconds=self.search.solver.seconds,
        )

    def _find_proof_state(self, target: int, worlds: Mapping[Side, int | None]) -> ProofState:
        missing = [side for side, place in worlds.items() if place is None]
        if not missing or (self.targets[target].kept and len(missing) < len(worlds)):
            return ProofState.PROVED
        if target not in self.lost:
            return ProofState.OPEN
        goal = next(each for each in self.goals if each.target == target)
        others = int(self.search.model.truth[list(goal.columns)].sum())
        small = self.targets[target].kept or is_small(others, self.targets[target].threshold)
        return ProofState.GIVEN_AWAY if small else ProofState.NOT_SMALL

    def _spread(self, places: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """Worlds in the counts of single atoms: the true ones where a column has its true sum, else all on one."""
        counts = {**self.ledger.counts, **self.issue.counts}
        model = self.search.model
        atoms = sorted(counts)
        columns = [model.columns[atom] for atom in atoms]
        firsts = np.array([atom == model.atoms[column][0] for atom, column in zip(atoms, columns, strict=True)])
        worlds = self.search.worlds[list(places)][:, columns]
        spread = np.where(worlds == model.truth[columns], [counts[atom] for atom in atoms], np.where(firsts, worlds, 0))
        return tuple(tuple(world) for world in spread.tolist())


def _protect(issue: Issue, ledger: Ledger, budget: Budget, before: Protection | None) -> Protection:
    begun = budget.clock()
    sensitive = list_sensitive(issue, ledger)
    attempt = _Attempt(issue, ledger, sensitive, budget)
    if before is not None:
        attempt.recall(before)
    pattern = attempt.show_again(attempt.find_pattern())
    shown = {
        cell.name: _show(cell, pattern.get(group)) for group, members in enumerate(attempt.members) for cell in members
    }
    return Protection(issue, shown, sensitive, attempt.make_certificate(pattern, begun))


def _show(cell: Cell, shown: Shown) -> Shown:
    """What is printed of one cell where its group is shown as that: its own range where it asks for no more."""
    offer = get_offer(cell)
    if offer is None or shown is None:
        return None
    low, high = get_limits(shown)
    least, most = get_limits(offer)
    return offer if least <= low and high <= most else shown


def _join(offers: Iterable[Shown]) -> Shown:
    """What several offers for the same people tell together."""
    told = [get_limits(offer) for offer in offers if offer is not None]
    if not told:
        return None
    low, high = max(low for low, _ in told), min(high for _, high in told)
    return int(low) if low == high else Band(int(low), int(high))
