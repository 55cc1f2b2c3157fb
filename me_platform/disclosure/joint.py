"""What may be printed of a whole plan: every page beside every other, and beside everything that was ever published.

Each page is first judged by itself (``protect.publish``). Then every indicator is looked at over all partners and all
earlier chapters of the ledger (``hiding.protect_issue``). A number that has to go there may be named on its page by no
figure, so that pages are judged again without it, until nothing more has to go. What is not proved safe is hidden.
Source: privacy-and-safety part 3, "Protect"; decision 0037.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from me_platform.disclosure.atoms import PUBLIC, Atom, Cell, Fact, Issue, Sensitive
from me_platform.disclosure.bands import Band, Shown, is_small
from me_platform.disclosure.breakdown import PEOPLE, RECORD_ROLES, Block, Number, Sum, What, list_blocks
from me_platform.disclosure.certificates import Certificate
from me_platform.disclosure.chapters import (
    Chapter,
    Decisions,
    Edition,
    Past,
    Section,
    Sequel,
    choose_related,
    make_section,
)
from me_platform.disclosure.figures import THRESHOLDS, Figure, FigureState
from me_platform.disclosure.hiding import SECONDS, Protection, protect_issue
from me_platform.disclosure.joint_crowds import NO_END, Crowds, find_answered
from me_platform.disclosure.joint_means import list_changed_means, list_telling_means, list_told_means
from me_platform.disclosure.ledger import list_entries
from me_platform.disclosure.merging import choose_known, find_coarser, stands
from me_platform.disclosure.protect import (
    Page,
    add_hidden_shares,
    choose_telling,
    empty,
    find_crowds,
    get_page,
    hide,
    is_top_heavy,
    publish,
    raise_threshold,
)
from me_platform.disclosure.rules import holds_nearly_all, tells_largest
from me_platform.disclosure.scene import (
    ANSWERED,
    CHILD_THRESHOLD,
    counts_children,
    find_lines,
    find_state,
    get_base,
    get_count,
    get_name,
    tells_of_all,
)
from me_platform.indicators.results import RawFigure, Role

MOST_ROUNDS = 12
"""So often pages are judged again at most; what still has to go then takes its whole block with it."""

_WEIGHTS: Mapping[Role, float] = {
    Role.COUNT: 6.0,
    Role.UNION: 6.0,
    Role.PROPORTION: 4.0,
    Role.CHANGE: 2.0,
    Role.MEAN: 2.0,
    Role.EVENTS: 2.0,
    Role.RECORD_SHARE: 3.0,
    Role.RATIO: 3.0,
}
"""What it costs to hide a figure beside a cell of a table: readers need headlines most."""
_BANDABLE = frozenset({Role.COUNT, Role.UNION, Role.PROPORTION, Role.CHAIN, Role.EVENTS})
_HEADCOUNTS = frozenset({Role.COUNT, Role.UNION, Role.CHAIN})
_ANSWERS = frozenset({Role.PROPORTION, Role.MEAN, Role.MEDIAN, Role.CHANGE, Role.CHAIN, Role.ASSISTED})
"""Roles whose people may move from one leaf to another from one period to the next."""


@dataclass(frozen=True)
class Publication:
    """The figures that may be printed, the chapter the ledger gets for them, and the proof of each block."""

    figures: tuple[Figure, ...]
    chapter: Chapter
    certificates: Mapping[str, Certificate]


def publish_jointly(
    raws: Sequence[RawFigure],
    edition: Edition,
    chapters: Sequence[Chapter] = (),
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Publication:
    """What may be printed of everything in ``raws`` beside the ``chapters`` of the ledger.

    ``seconds`` is the longest one block may take. A block without a proof is hidden whole. Raises ValueError for a
    number that is missing where its role needs it.
    """
    # In an order of their own: of equally good ways to protect them the same is found, whoever comes first.
    ordered = sorted(raws, key=get_name)
    work = _Work(ordered, edition, choose_related(chapters, edition.start, edition.end), seconds, clock)
    work.begin()
    while work.protect() or work.merge():
        work.rounds += 1
    told = {figure.id: figure for figure in work.finish()}
    figures = tuple(told[name] for name in map(get_name, raws) if name in told)
    certificates = {name: protection.certificate for name, protection in work.protections.items()}
    return Publication(figures, work.make_chapter(), certificates)


def publish_again(raws: Sequence[RawFigure], edition: Edition, decisions: Decisions) -> tuple[Figure, ...]:
    """The figures as decisions that were taken before leave them: the same numbers give the same figures."""
    work = _Work(raws, edition, (), 0, time.monotonic)
    work.barred, work.limits, work.merged = dict(decisions.barred), dict(decisions.limits), dict(decisions.merged)
    work.judge_pages()
    return work.finish()


def compute_digest(raws: Iterable[RawFigure], edition: Edition) -> str:
    """SHA-256 of true figures and of how they are to be published; what the ledger knows is no part of it."""
    told = [*sorted(map(repr, raws)), repr(replace(edition, name="", apart=frozenset())), *sorted(edition.apart)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@dataclass
class _Work:
    """One publication on its way: what pages may not name, what is left of single figures, how coarse tables are."""

    raws: Sequence[RawFigure]
    edition: Edition
    chapters: Sequence[Chapter]
    seconds: float
    clock: Callable[[], float]
    barred: dict[Page, frozenset[int]] = field(default_factory=dict)
    limits: dict[str, Shown] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)
    blocks: Sequence[Block] = field(init=False, default=())
    closed: set[str] = field(default_factory=set)
    protections: dict[str, Protection] = field(default_factory=dict)
    issues: dict[str, tuple[Issue, Sequel]] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    answered: Mapping[tuple[Page, int], int] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    rounds: int = 0
    settled: bool = False

    def begin(self) -> None:
        """Begin with what earlier issues leave of means; all else is found on the way."""
        self.barred, self.limits = {}, dict.fromkeys(list_changed_means(self.raws, self.edition, self.chapters))
        self.blocks, self.closed, self.protections, self.issues, self.rounds = (), set(), {}, {}, 0
        self.settled = False

    def judge_pages(self) -> None:
        """Judge each page by itself, without what had to go so far."""
        told = publish(self.raws, self.edition.audience, self.edition.threshold, self.barred, self.merged)
        self.figures = {figure.id: self._limit(figure) for figure in told}

    def protect(self) -> bool:
        """Judge all pages, then every block beside the others; whether something more had to go."""
        known = choose_known(self.raws, self.merged)
        self.blocks = self.blocks or list_blocks(known, self.edition.consortium, self.edition.apart)
        self.judge_pages()
        self.answered = _find_answered(self.raws)
        self.lines = find_lines(raw for raw in self.raws if find_state(raw) is FigureState.VALUE)
        pages = find_crowds(self.raws, self.edition.audience, self.edition.threshold, self.barred)
        crowds = Crowds.make(self.edition.consortium, self.blocks, pages, self._get_offer)
        changed = False
        for block in self.blocks:
            issue, sequel = self._make_issue(block, crowds)
            if self.issues.get(block.name, (None, None))[0] != issue:
                changed |= self._protect_block(block, issue, sequel)
                # Every other block is judged beside the number of people served: that one is decided first.
                if changed and block.name.startswith(PEOPLE):
                    return True
        if changed or self.settled:
            return changed
        # What is left to print of all others is looked at once more: it tells how many people there are at least.
        self.settled = True
        return self.protect()

    def merge(self) -> bool:
        """Make the tables of which too much is hidden one step coarser and start again; whether there were any."""
        coarser = find_coarser(self.raws, self.figures, self.merged)
        if coarser == self.merged:
            return False
        self.merged = coarser
        self.begin()
        return True

    def _protect_block(self, block: Block, issue: Issue, sequel: Sequel) -> bool:
        """Whether something of a block has to go."""
        protection = protect_issue(
            issue, sequel.ledger, seconds=self.seconds, clock=self.clock, before=self.protections.get(block.name)
        )
        self.issues[block.name] = issue, sequel
        self.protections[block.name] = protection
        offered = {cell.name: cell.offered for cell in issue.cells}
        gone = [number for number in block.numbers if protection.shown.get(number.name) != offered.get(number.name)]
        if not protection.certificate.holds or (gone and self.rounds >= MOST_ROUNDS):
            gone = [number for number in block.numbers if offered.get(number.name) is not None]
            self.closed.add(block.name)
        for number in gone:
            name, page = number.figure, get_page(number.raw)
            shown = None if block.name in self.closed else protection.shown[number.name]
            if number.what is What.COUNT:
                self.limits[name] = shown
            if number.value and (number.what is not What.COUNT or number.raw.role in _HEADCOUNTS):
                self.barred[page] = self.barred.get(page, frozenset()) | {number.value}
            if number.what is What.PEOPLE and block.name in self.closed:
                self.limits[name] = None
        return bool(gone)

    # -- one block --------------------------------------------------------------------------------------------------

    def _make_issue(self, block: Block, crowds: Crowds) -> tuple[Issue, Sequel]:
        """The cells of a block: what its figures would print, and what nobody may find out beside it."""
        edition = self.edition
        sequel = Sequel(Past(tuple(self.chapters), block.name), edition.name, edition.start, edition.end)
        threshold = self._get_threshold(block.numbers[0].raw)
        roles = {number.raw.role for number in block.numbers}
        if roles & _ANSWERS:
            sequel.begin_anew(block.leaves)
            sequel.compare(self._list_sums(block), threshold, nested=Role.CHAIN in roles)
        else:
            sequel.go_on(block.leaves, records=bool(roles & RECORD_ROLES))
            self._allow_newcomers(block, sequel)
        cells = [self._keep(self._make_cell(number, sequel), block, number) for number in crowds.list_open(block)]
        cells += self._list_watched(block, sequel)
        facts = [Fact(sequel.join(one), sequel.join(other)) for one, other in block.equals]
        for name, atoms in sequel.watched.items():
            cells.append(_watch(name, atoms, sequel, threshold))
        for name, atoms, fact in crowds.list_rests(block, sequel):
            facts.append(fact)
            cells.append(_watch(name, atoms, sequel, threshold))
        facts += crowds.list_least(block, sequel) if self.settled else ()
        sequel.facts += facts
        known = (*sequel.known, *sequel.facts)
        guarded = [Sensitive(name, atoms, threshold, ("P5",), who) for name, atoms, who in sequel.guarded]
        guarded += self._list_unnamed(block, crowds, sequel)
        return Issue(tuple(cells), dict(sequel.counts), tuple(dict.fromkeys(known)), tuple(guarded)), sequel

    def _list_sums(self, block: Block) -> Mapping[str, tuple[Sum, str | None]]:
        """Every sum of leaves that a figure tells, by a name; and that of all other partners, for each one's staff."""
        sums: dict[tuple[Sum, str | None], str] = {}
        for number in block.numbers:
            name = f"{number.raw.part}/{_name_category(number.raw)} {number.what.value}"
            sums.setdefault((number.places, None), name)
            codes = {code for code, _ in number.places}
            for code in sorted(codes) if len(codes) > 2 else ():  # noqa: PLR2004 - the rest is another partner's alone
                others = frozenset(place for place in number.places if place[0] != code)
                sums.setdefault((others, code), f"{name} but {code}")
        return {f"{name} {place}": key for place, (key, name) in enumerate(sums.items())}

    def _allow_newcomers(self, block: Block, sequel: Sequel) -> None:
        """Who came since the last issue may stand in any category of a sensitive variable, grown or not.

        Otherwise the newcomers would be known to stand in the one that holds nearly all, and nobody may know it (P3).
        """
        marked = (number for number in block.numbers if number.raw.sensitive and number.what is What.COUNT)
        for place in dict.fromkeys(place for number in marked for place in number.places):
            atoms = sequel.leaves[place]
            if all(atom.period != sequel.name for atom in atoms):
                sequel.leaves[place] = atoms | {sequel.add(place, 0, "newcomers")}

    def _make_cell(self, number: Number, sequel: Sequel) -> Cell:
        raw, atoms = number.raw, sequel.join(number.places)
        threshold = self._get_threshold(raw, number.what)
        few = number.people is not None and is_small(number.people, threshold)
        offered = self._get_offer(number)
        value = sum(sequel.counts[atom] for atom in atoms)
        counted, carried = number.what is What.COUNT, number.figure in self.figures
        size = self.lines.get(number.figure) if counted else None
        # Of a table that no report carries nobody asks where nearly all stand; nobody may find it out exactly.
        nearly = counted and (tells_of_all(raw) if size is None else holds_nearly_all(value, size))
        few |= counted and (is_top_heavy(raw) or (tells_of_all(raw) and carried))
        band = offered if isinstance(offered, Band) else None
        if band is not None:
            band = Band(min(band.low, value), max(band.high, value))
        partner = () if raw.partner == self.edition.consortium else (("partner", raw.partner),)
        category = () if number.what is not What.COUNT else (("category", _name_category(raw)),)
        table = f"{raw.group}:{raw.part.partition(':')[0]}:{'/'.join(raw.disaggregation)}"
        weight = _WEIGHTS.get(raw.role, 1.0) if not raw.disaggregation else 1.0
        cell = Cell(
            name=number.name,
            atoms=atoms,
            value=value,
            threshold=max(threshold, value + 1) if few else threshold,
            table=table if stands(raw, self.merged) else "",
            place=tuple(sorted((*partner, *category))),
            size=size,
            delicate=size is not None and carried,
            flagged=few,
            bandable=number.what is What.COUNT and raw.role in _BANDABLE,
            band=band,
            watched=offered is None,
            kept=(carried and self._is_kept(number)) or (nearly and not carried),
        )
        return replace(cell, cost=weight * cell.weight)

    def _is_kept(self, number: Number) -> bool:
        """Whether a figure is printed as hidden or as a range: then neither those it counts nor all others are told."""
        if number.what is What.REST:
            return number.people is None and not isinstance(self._get_offer(replace(number, what=What.COUNT)), int)
        return number.what is What.COUNT and not isinstance(self._get_offer(number), int)

    def _keep(self, cell: Cell, block: Block, number: Number) -> Cell:
        """The cell, kept also from partners who might work it out from their own number.

        Where all the others are printed, whoever is not adds up: that tells nothing of them which is not printed.
        """
        if not cell.kept or number.what not in {What.COUNT, What.REST}:
            return cell
        others = frozenset(block.totals) - {number.raw.partner, self.edition.consortium}
        if number.raw.partner != self.edition.consortium:
            return replace(cell, kept_from=others)
        told = {each.places for each in block.numbers if isinstance(self._get_offer(each), int)}
        mine = {code: frozenset(place for place in number.places if place[0] == code) for code in others}
        hidden = frozenset(code for code, places in mine.items() if places and places not in told)
        return replace(cell, kept_from=hidden) if len(hidden) > 1 else cell

    def _list_watched(self, block: Block, sequel: Sequel) -> Iterable[Cell]:
        """Records of all partners but one that rest on few people, or tell one of them what another has (P2, P4)."""
        for number in block.numbers:
            if number.people is None or number.raw.partner != self.edition.consortium:
                continue
            threshold = self._get_threshold(number.raw)
            same = _list_same(block, number)
            for code, own in same.items():
                others = frozenset(place for place in number.places if place[0] != code)
                few = is_small(number.people - (own.people or 0), threshold)
                if number.what is What.COUNT:
                    mine = [each.raw for each in same.values() if each is not own]
                    few |= _is_rest_top_heavy(number.raw, own.raw, mine)
                if others and others != number.places and few:
                    atoms = sequel.join(others)
                    cell = _watch(f"{number.name} but {code}", atoms, sequel, threshold)
                    yield replace(cell, threshold=max(threshold, cell.value + 1), flagged=True)

    def _list_unnamed(self, block: Block, crowds: Crowds, sequel: Sequel) -> Iterable[Sensitive]:
        """Those without a valid answer, where how many were asked is named nowhere on the page (decision 0010).

        How many were asked is one number for all questions of a survey: no question may tell it, not even one that
        everybody answered. So a number far enough above all who answered has to stay possible, up to the crowd.
        """
        for number in block.numbers:
            raw = number.raw
            if number.what is not What.BASE or raw.part != ANSWERED or self._get_offer(number) is not None:
                continue
            answered = get_count(raw)
            rest = number.places - find_answered(block, number)
            most = self.answered.get((get_page(raw), number.value), answered) + self._get_threshold(raw)
            least = min(most, crowds.pages.get(get_page(raw), most)) - answered
            if not rest or least <= 0:
                continue
            name, atoms = f"{number.name} without an answer", sequel.join(rest)
            room = crowds.find_room(block, number)
            if room is None:
                yield Sensitive(name, atoms, least, ("P5",))
                continue
            least = min(least, sum(room.values()))
            for reader in (PUBLIC, *sorted({code for code, _ in block.leaves} - {raw.partner})):
                theirs = sequel.join(frozenset(place for place in rest if place[0] != reader))
                own = room.get(reader, 0)
                needed = least - own if theirs != atoms else min(least, sum(room.values()) - own)
                if theirs and needed > 0:
                    yield Sensitive(f"{name} but {reader}", theirs, needed, ("P5",), frozenset({reader}))

    def _get_threshold(self, raw: RawFigure, what: What = What.BASE) -> int:
        """T; a cell that counts children has theirs, its whole table has not."""
        edition = self.edition
        least = raise_threshold(max(THRESHOLDS[edition.audience], edition.threshold), raw)
        young = what is What.COUNT and counts_children(raw)
        return max(least, CHILD_THRESHOLD) if young else least

    def _get_offer(self, number: Number) -> Shown:
        """What the page prints of a number."""
        figure = self.figures.get(number.figure)
        if figure is None or number.what is What.REST:
            return None
        value = figure.state is FigureState.VALUE
        if number.what is What.COUNT:
            if (
                figure.state is FigureState.BANDED
                and number.raw.role is Role.UNION
                and number.figure not in self.limits
            ):
                return number.value
            if figure.state is FigureState.BANDED:
                return Band(int(figure.low or 0), NO_END if figure.high is None else int(figure.high))
            return number.value if value else None
        if number.what is What.PEOPLE:
            return number.value if value and figure.n is not None else None
        named = figure.denominator == number.value and figure.state in {FigureState.VALUE, FigureState.BANDED}
        return number.value if named else None

    # -- figures ----------------------------------------------------------------------------------------------------

    def _limit(self, figure: Figure) -> Figure:
        """A figure as far as the other reports leave it."""
        if figure.id not in self.limits or figure.state not in {FigureState.VALUE, FigureState.BANDED}:
            return self._restore(figure)
        limit = self.limits[figure.id]
        blurred = _blur(figure, limit) if isinstance(limit, Band) else figure
        return hide(figure) if not isinstance(limit, Band) or _says_nothing(blurred) else blurred

    def _restore(self, figure: Figure) -> Figure:
        """A number of people that its page may not name, told as the range that the other reports leave."""
        limit = self.limits.get(figure.id)
        if figure.state is FigureState.SUPPRESSED and isinstance(limit, Band):
            return _blur(figure, limit)
        return figure

    def finish(self) -> tuple[Figure, ...]:
        """The figures, with what only all of them together decide, and the shares of what is hidden among them."""
        by_name = {get_name(raw): raw for raw in self.raws}
        raws = [by_name[name] for name in self.figures]
        for name in list_telling_means(raws, self.figures, self.edition):
            self.figures[name] = hide(self.figures[name])
        self._lower_unions(raws)
        kept = {get_name(raw) for raw in choose_telling(raws, list(self.figures.values()))}
        raws = [raw for raw in raws if get_name(raw) in kept]
        figures = add_hidden_shares(raws, [self.figures[get_name(raw)] for raw in raws])
        self.figures = {figure.id: figure for figure in figures}
        return figures

    def make_chapter(self) -> Chapter:
        """What the ledger keeps of all this."""
        edition = self.edition
        return Chapter(
            edition.name,
            edition.start,
            edition.end,
            {block.name: self._make_section(block) for block in self.blocks},
            Decisions(dict(self.barred), dict(self.limits), dict(self.merged)),
            compute_digest(self.raws, edition),
            list_told_means(self.raws, self.figures, edition),
        )

    def _lower_unions(self, raws: Iterable[RawFigure]) -> None:
        """The least there can be over partners is the largest of them (R12), as far as that one is told."""
        for raw in raws:
            figure = self.figures[get_name(raw)]
            if raw.role is not Role.UNION or figure.state is not FigureState.BANDED:
                continue
            lows = [
                _get_low(other)
                for other in self.figures.values()
                if (other.indicator, other.period, other.part) == (raw.indicator, raw.period, raw.part)
                and other.partner != raw.partner
                and dict(other.disaggregation) == dict(raw.disaggregation)
            ]
            self.figures[figure.id] = replace(figure, low=min(figure.low or Decimal(0), max(lows, default=Decimal(0))))

    def _make_section(self, block: Block) -> Section:
        """What the ledger keeps of a block: what was printed, and what is small and was not."""
        issue, sequel = self.issues[block.name]
        shown: dict[str, Shown] = dict.fromkeys(cell.name for cell in issue.cells)
        shown |= {number.name: self._get_offer(number) for number in block.numbers}
        sensitive = self.protections[block.name].sensitive
        return make_section(sequel, list_entries(sequel.ledger, self.edition.name, issue, shown, sensitive))


def _find_answered(raws: Iterable[RawFigure]) -> Mapping[tuple[Page, int], int]:
    """By page and number of people asked: the most who answered one of the questions."""
    found: dict[tuple[Page, int], int] = {}
    for raw in raws:
        if raw.part == ANSWERED and find_state(raw) is FigureState.VALUE:
            key = get_page(raw), get_base(raw)
            found[key] = max(found.get(key, 0), get_count(raw))
    return found


def _list_same(block: Block, number: Number) -> dict[str, Number]:
    """The same number of records at every other partner."""
    raw = number.raw
    return {
        other.raw.partner: other
        for other in block.numbers
        if other.what is number.what
        and other.raw.role is raw.role
        and other.raw.partner != raw.partner
        and (other.raw.part, dict(other.raw.disaggregation)) == (raw.part, dict(raw.disaggregation))
    }


def _is_rest_top_heavy(whole: RawFigure, own: RawFigure, others: Iterable[RawFigure]) -> bool:
    """P4 beside P2: whether, of a sum over all less the ``own`` of one partner, the largest share can be worked out.

    The two people with the most are among those of the ``others``; what is none of theirs is taken to be one person's.
    """
    if whole.shares is None:
        return False
    mine = [raw.shares for raw in others if raw.shares is not None]
    rest = sum(whole.shares) - sum(own.shares or ())
    strangers = rest - sum(sum(shares) for shares in mine)
    largest = sorted([strangers, *(share for shares in mine for share in shares[:2])], reverse=True)
    return tells_largest(largest[0], rest - sum(largest[:2]))


def _name_category(raw: RawFigure) -> str:
    return "/".join((raw.part, *raw.disaggregation.values()))


def _watch(name: str, atoms: frozenset[Atom], sequel: Sequel, threshold: int) -> Cell:
    return Cell(name, atoms, sum(sequel.counts[atom] for atom in atoms), threshold, watched=True)


def _get_low(figure: Figure) -> Decimal:
    """The least a figure tells of a number of people."""
    if figure.state is FigureState.VALUE:
        return figure.value or Decimal(0)
    return figure.low or Decimal(0) if figure.state is FigureState.BANDED else Decimal(0)


def _says_nothing(figure: Figure) -> bool:
    """Whether a range is all there can be: from nobody to everybody."""
    return not figure.low and figure.denominator is not None and figure.high == figure.denominator


def _blur(figure: Figure, band: Band) -> Figure:
    """A figure told as a range, out of as many as it named before; without those recognised by link card (R12)."""
    low, high = band.low, band.high - (figure.joined or 0)
    if figure.state is FigureState.BANDED:
        low = min(low, int(figure.low or 0)) if figure.low is not None else low
        high = max(high, int(figure.high)) if figure.high is not None else high
    base = figure.denominator if figure.state in {FigureState.VALUE, FigureState.BANDED} else None
    if base is not None and figure.unit == "percent":
        high = min(high, base)
    return replace(
        empty(figure),
        state=FigureState.BANDED,
        low=Decimal(low),
        high=Decimal(high),
        denominator=base if figure.unit == "percent" else None,
    )
