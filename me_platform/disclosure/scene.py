"""What the figures of one partner and period share, decided once before any of them is printed.

How many people may be named as a base, which stages of the flow are exact, which parts of a change and which cells of
a table are shown: each depends on the other numbers of the page. Source: privacy-and-safety part 3; decision 0010.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from me_platform.disclosure.bands import (
    Band,
    Change,
    Shown,
    compute_change,
    compute_share,
    compute_stages,
    compute_wide_share,
    find_hidden,
    find_hidden_apart,
    find_hidden_beside,
    find_hidden_several,
    is_apart,
    is_small,
)
from me_platform.disclosure.figures import Audience, FigureState, make_figure_id
from me_platform.disclosure.means import PrintedMean, tells_few
from me_platform.disclosure.rules import holds_nearly_all
from me_platform.indicators.flow import FLOW
from me_platform.indicators.records import CHILD_AGES
from me_platform.indicators.results import Availability, RawFigure, Role

SMALLEST_TABLE = 6
"""A one-way table is printed only over at least so many times T people."""
CHILD_THRESHOLD = 10
FOLLOWUP_PAIRED = "followup_paired"
"""The mean after of those measured twice: told only beside enough people, as it stands beside their mean before."""

ANSWERED = "state:answered"
BASELINE_LOST = "baseline_lost"
"""The mean before of those who could not be measured again (R7): it rests on as many as "not measurable" tells."""
NOT_MEASURABLE = "not_measurable"

_ANSWERS = frozenset({Role.PROPORTION, Role.MEAN, Role.CHANGE, Role.CHAIN, Role.FLOW_SHARE})
_STAFF_RECORDS = frozenset({Role.COUNT, Role.EVENTS, Role.UNION, Role.RECORD_SHARE, Role.RATIO})


@dataclass(frozen=True)
class Scene:
    """What has been decided for all figures of one partner and period.

    ``kept`` are the indicators made of staff's own records that are printed whole to their own partner. ``crowd`` is
    the printed number of people that holds all others. ``based`` names the shares and means whose number of people
    may be printed, ``wide`` gives by name the printed number of people the others may be told out of; ``bases`` are
    the numbers of people that tables and changes may name as their total, ``named`` these and all that
    are printed, ``barred`` those that may not be named at all. ``stages`` and ``parts`` tell by name what
    to show of the flow and of changes, ``counts`` what to show of numbers of people, ``hidden`` the cells to hide.
    """

    threshold: int
    kept: frozenset[str]
    crowd: int | None
    barred: frozenset[int] = frozenset()
    based: frozenset[str] = frozenset()
    wide: Mapping[str, int] = field(default_factory=dict)
    bases: frozenset[int] = frozenset()
    named: frozenset[int] = frozenset()
    stages: Mapping[str, Shown] = field(default_factory=dict)
    parts: Mapping[str, Shown] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    counts: Mapping[str, Shown] = field(default_factory=dict)


@dataclass(frozen=True)
class _ChangeGroup:
    """One paired change: its headline share, its parts, and the number of people in all of them."""

    headline: RawFigure
    change: Change
    total: int


def make_scene(
    raws: Sequence[RawFigure], audience: Audience, threshold: int, barred: frozenset[int] = frozenset()
) -> Scene:
    """Decide in the order of what a reader needs most, each step beside what is printed already.

    First the number of people served: it is the widest, the grant is about it, and staff know it in any case. Then
    the numbers of people that shares and means rest on, the stages of the flow, the totals of changes and tables.
    ``barred`` are numbers of people that may not be named here, because other reports would then tell too much.
    """
    live = [raw for raw in raws if find_state(raw) is FigureState.VALUE]
    kept = find_kept(raws) if audience is Audience.PARTNER else frozenset()
    changes = _find_changes(live)
    tables = [cells for cells in _collect_tables(live) if cells[0].indicator not in kept]
    scene = Scene(threshold, kept, find_crowd(raws, audience, threshold, barred), barred)
    alone = frozenset() if scene.crowd is None else frozenset({scene.crowd})

    based, wide = _find_based(live, changes, scene)
    printed = alone | {get_asked(raw) for raw in based}
    stages = _find_stages(live, printed, scene)
    exact = {shown for shown in stages.values() if isinstance(shown, int)}
    totals = [group.total for group in changes.values()]
    totals += [get_base(cells[0]) for cells in tables if get_base(cells[0]) >= SMALLEST_TABLE * threshold]
    bases = (_find_bases(totals, printed | exact, threshold) | exact | alone) - barred

    scene = replace(scene, based=frozenset(map(get_name, based)), wide=wide, bases=bases, stages=stages)
    scene = replace(scene, named=printed | bases)
    scene = replace(scene, parts=_find_parts(changes, scene))
    known = {raw.indicator: get_asked(raw) for raw in based if not raw.part}
    lines = find_lines(live)
    hidden = {name for cells in tables for name in _find_hidden(cells, known, lines, scene)}
    for records in _collect_records(live):
        hidden |= set(_find_hidden_records(records, scene))
    return replace(scene, hidden=frozenset(hidden), counts=_find_counts(live, scene))


def find_kept(raws: Iterable[RawFigure]) -> frozenset[str]:
    """Indicators made of staff's own records: they count people or services and hold no answer."""
    records = {raw.indicator for raw in raws if raw.role in _STAFF_RECORDS}
    answers = {raw.indicator for raw in raws if raw.role in _ANSWERS or (raw.role is Role.CELL and raw.part)}
    return frozenset(records - answers)


def find_crowd(
    raws: Sequence[RawFigure], audience: Audience, threshold: int, barred: frozenset[int] = frozenset()
) -> int | None:
    """The largest printed number of people, where everybody else counted can be among them."""
    live = [raw for raw in raws if find_state(raw) is FigureState.VALUE]
    kept = find_kept(raws) if audience is Audience.PARTNER else frozenset()
    printed = [raw for raw in live if raw.role in {Role.COUNT, Role.UNION} and not raw.disaggregation]
    widths = [(raw.indicator, get_bounds(raw)[1]) for raw in printed]
    told = [(code, people) for code, people in widths if people not in barred]
    counts = [people for code, people in told if code in kept or not is_small(people, threshold)]
    others = [get_count(raw) for raw in live if raw.role is Role.CHAIN]
    others += [get_asked(raw) for raw in live if raw.role in {Role.PROPORTION, Role.MEAN}]
    widest = max(counts, default=-1)
    return None if widest < max(others, default=0) else widest


def _find_changes(live: Iterable[RawFigure]) -> Mapping[str, _ChangeGroup]:
    """The paired changes by group; one without a headline is judged as if it had one."""
    groups = collect(live, get_group)
    found: dict[str, _ChangeGroup] = {}
    for name, raws in groups.items():
        parts = {raw.part: raw for raw in raws if raw.role is Role.CHANGE and not raw.disaggregation}
        if not {"improved", "same", "worse"} <= parts.keys():
            continue
        improved, same, worse = (get_count(parts[part]) for part in ("improved", "same", "worse"))
        lost = get_count(parts[NOT_MEASURABLE]) if NOT_MEASURABLE in parts else 0
        change = Change(improved, same, worse, lost)
        imagined = replace(
            parts["improved"], role=Role.PROPORTION, part="", numerator=improved, denominator=change.measured
        )
        shares = (raw for raw in raws if raw.role is Role.PROPORTION and not raw.part and not raw.disaggregation)
        found[name] = _ChangeGroup(next(shares, imagined), change, sum((improved, same, worse, lost)))
    return found


def _find_based(
    live: Iterable[RawFigure], changes: Mapping[str, _ChangeGroup], scene: Scene
) -> tuple[tuple[RawFigure, ...], Mapping[str, int]]:
    """The shares and means whose number of people may be printed; for all others, out of how many they may be told.

    All are among the crowd. Those of different questions are not nested in each other, so that they may differ by
    any number. Those measured twice are among those measured once, so they are judged after them, widest first.
    """
    asked = [raw for raw in live if raw.role in {Role.PROPORTION, Role.MEAN} and not raw.disaggregation]
    asked += [group.headline for group in changes.values() if group.headline not in asked]
    told = [raw for raw in asked if raw.part != BASELINE_LOST and is_told(raw, scene.threshold)]
    once = [raw for raw in told if get_group(raw) not in changes]
    twice = sorted((raw for raw in told if get_group(raw) in changes), key=get_asked, reverse=True)
    printed = [] if scene.crowd is None else [scene.crowd]
    based: list[RawFigure] = []
    wide: dict[str, int] = {}
    for group in (once, *([raw] for raw in twice)):
        wider = tuple(printed)
        for raw in group:
            people = get_asked(raw)
            holding = [number for number in wider if number >= people]
            if people not in scene.barred and is_apart(people, holding, scene.threshold):
                based.append(raw)
                printed.append(people)
            elif holding:
                wide[get_name(raw)] = min(holding)
    return tuple(based), wide


def is_told(raw: RawFigure, threshold: int) -> bool:
    """Whether enough people answered for a share or a mean to be told at all.

    A mean whose interval has no width would tell what each of them said, and one from which answers can be worked out
    what a few of them said.
    """
    if raw.role is Role.PROPORTION:
        return get_asked(raw) >= 2 * threshold
    flat = raw.low is not None and raw.low == raw.high
    return get_asked(raw) >= threshold and not flat and is_vague(raw, threshold, with_interval=False)


def is_vague(raw: RawFigure, threshold: int, *, with_interval: bool) -> bool:
    """Whether a mean, printed with or without its interval, leaves open what few people said.

    A reader is taken to know of how many people it is, printed or not. Raises ValueError for a mean without a scale.
    """
    if raw.value is None or raw.scale is None:
        raise ValueError(f"figure {get_name(raw)} has role {raw.role} and no value or no scale")
    interval = (raw.low, raw.high) if with_interval else (None, None)
    return not tells_few(PrintedMean(get_asked(raw), raw.value, *interval), raw.scale, threshold)


def _find_stages(live: Iterable[RawFigure], printed: frozenset[int], scene: Scene) -> Mapping[str, Shown]:
    """What to show of each stage of each flow, by name."""
    stages: dict[str, Shown] = {}
    for chain in collect((raw for raw in live if raw.role is Role.CHAIN), get_group).values():
        ordered = sorted(chain, key=lambda raw: raw.order)
        shown: list[Shown] = list(
            compute_stages([get_count(raw) for raw in ordered], scene.threshold, printed, scene.crowd)
        )
        # Every stage is told beside the wider ones: from one that may not be named on none is, unless it is nobody.
        first = next((place for place, each in enumerate(shown) if each in scene.barred), len(shown))
        shown[first:] = [each if each == 0 else None for each in shown[first:]]
        stages.update(zip(map(get_name, ordered), shown, strict=True))
        printed |= {each for each in shown if isinstance(each, int)}
    return stages


def _find_bases(totals: Iterable[int], printed: frozenset[int], threshold: int) -> frozenset[int]:
    """Those of the totals that may be named beside all that is printed, and beside each other."""
    bases: frozenset[int] = frozenset()
    for total in totals:
        if not is_small(total, threshold) and is_apart(total, printed | bases, threshold):
            bases |= {total}
    return bases


def _find_parts(changes: Mapping[str, _ChangeGroup], scene: Scene) -> Mapping[str, Shown]:
    """What to show of the parts of changes, by group and part."""
    parts: dict[str, Shown] = {}
    for name, group in changes.items():
        shown = compute_change(
            group.change,
            show_share(group.headline, scene),
            get_asked(group.headline),
            scene.threshold,
            # Beside the total, those not measured give away those measured, who must then be named as well. A range
            # told out of a printed number that happens to equal theirs does not name them.
            total_named=group.total in scene.bases and get_name(group.headline) in scene.based,
        )
        parts |= {f"{name}:{part}": each for part, each in shown.items()}
    return parts


def _find_counts(live: Sequence[RawFigure], scene: Scene) -> Mapping[str, Shown]:
    """What to show of numbers of people, by name: those that are neither equal nor T apart are nested for all we know.

    The widest first: a number whose difference to a printed one would be small is told as a range below it.
    """
    people = [
        raw for raw in live if raw.role is Role.COUNT and not raw.disaggregation and raw.indicator not in scene.kept
    ]
    printed: set[int] = set()
    shown: dict[str, Shown] = {}
    for raw in sorted(people, key=get_count, reverse=True):
        count = get_count(raw)
        if is_small(count, scene.threshold) or count in scene.barred:
            shown[get_name(raw)] = None
        elif is_apart(count, printed, scene.threshold):
            printed.add(count)
            shown[get_name(raw)] = count
        else:
            top = min(number for number in printed if number >= count)
            shown[get_name(raw)] = Band(top - scene.threshold, top)
    return shown


def find_stage(raw: RawFigure, stage: str, scene: Scene) -> Shown:
    """What is shown of a stage of the flow a share is made of."""
    survey = raw.stages[0] if raw.stages else ""
    for mark in ({}, {"survey": survey}):
        name = make_figure_id(FLOW, raw.partner, raw.period, stage, mark)
        if name in scene.stages:
            return scene.stages[name]
    return None


def _collect_records(live: Iterable[RawFigure]) -> Iterable[Sequence[RawFigure]]:
    """The cells of each table of records."""
    return collect((raw for raw in live if raw.role is Role.EVENT_CELL), get_group).values()


def _find_hidden_records(cells: Sequence[RawFigure], scene: Scene) -> Iterable[str]:
    """Names of the cells of a table of records to hide: those resting on few people, and what they hide behind.

    Records are at least as many as their people, so that hidden cells which share T records can rest on T people. A
    cell of few people, or of nearly all on a sensitive variable, is taken for small however many its records are.
    """
    if cells[0].indicator in scene.kept:
        return ()
    people = cells[0].denominator or 0
    if people < SMALLEST_TABLE * scene.threshold:
        return map(get_name, cells)
    counts = [get_count(cell) for cell in cells]
    few = [is_small(cell.n or 0, scene.threshold) or tells_of_all(cell) for cell in cells]
    if stands_in_several(cells[0]):
        rests = [is_small(cell.outside or 0, scene.threshold) for cell in cells]
        places = [place for place in range(len(cells)) if few[place] or rests[place]]
        return (get_name(cells[place]) for place in find_hidden_several(counts, get_base(cells[0]), places))
    thresholds = [
        max(count + 1, scene.threshold) if small else scene.threshold for count, small in zip(counts, few, strict=True)
    ]
    return (get_name(cells[place]) for place in find_hidden(counts, thresholds))


def find_lines(live: Iterable[RawFigure]) -> Mapping[str, int]:
    """By name of each cell on a variable marked sensitive: the people in its line (P3), of several lines the fewest.

    A line runs along a sensitive variable; where a person may stand in several categories it is everybody in the table.
    """
    sizes: dict[str, int] = {}
    for cells in _collect_tables(live):
        for dimension in cells[0].sensitive:
            for line in collect(cells, partial(_name_rest, dimension)).values():
                people = get_base(line[0])
                if len(line[0].disaggregation) > 1:
                    people = min(people, sum(map(get_count, line)))
                sizes |= {(name := get_name(cell)): min(people, sizes.get(name, people)) for cell in line}
    return sizes


def _name_rest(dimension: str, cell: RawFigure) -> tuple[str, ...]:
    """What all cells of a line along a dimension have in common."""
    return tuple(category for each, category in cell.disaggregation.items() if each != dimension)


def tells_of_all(cell: RawFigure) -> bool:
    """P3: whether records of one category of a sensitive variable are those of everyone, or of all but one."""
    marked = cell.role is Role.EVENT_CELL and bool(cell.sensitive)
    return marked and holds_nearly_all(cell.n or 0, cell.denominator or 0)


def _find_hidden(
    cells: Sequence[RawFigure], known: Mapping[str, int], lines: Mapping[str, int], scene: Scene
) -> Iterable[str]:
    """Names of the cells of one table to hide; ``known`` is the printed number of valid answers by indicator.

    A cell that holds nearly all of its line (``lines``) is taken for small however many people it counts (P3).
    """
    base = get_base(cells[0])
    counts = [get_count(cell) for cell in cells]
    thresholds = [_get_threshold(cell, scene.threshold) for cell in cells]
    for place, cell in enumerate(cells):
        size = lines.get(get_name(cell))
        if size is not None and holds_nearly_all(counts[place], size):
            thresholds[place] = max(thresholds[place], counts[place] + 1)
    answered = [
        place
        for place, cell in enumerate(cells)
        if cell.part == ANSWERED and known.get(cell.indicator) == counts[place]
    ]
    if base < SMALLEST_TABLE * scene.threshold or len(cells[0].disaggregation) > 1:
        hidden = frozenset(range(len(cells)))
    elif base not in scene.bases:
        hidden = find_hidden_beside(counts, answered)
    elif sum(counts) != base:
        hidden = find_hidden_apart(counts, base, thresholds)
    else:
        hidden = find_hidden(counts, thresholds, answered)
    return (get_name(cells[place]) for place in hidden)


def _get_threshold(cell: RawFigure, threshold: int) -> int:
    """T, raised where the cell counts children."""
    return max(threshold, CHILD_THRESHOLD) if counts_children(cell) else threshold


def counts_children(cell: RawFigure) -> bool:
    """Whether a category of a table holds children, alone or merged with others."""
    bands = cell.members or (cell.disaggregation.get("age_band", ""),)
    return "age_band" in cell.disaggregation and not CHILD_AGES.isdisjoint(bands)


def find_state(raw: RawFigure) -> FigureState:
    """VALUE where there is a number to protect; a share or a mean of nobody has none (R2, defects a and l)."""
    if raw.availability is not Availability.VALUE:
        return FigureState(raw.availability.value)
    empty = raw.role in {Role.PROPORTION, Role.MEAN} and not get_asked(raw)
    return FigureState.NO_VALUE if empty else FigureState.VALUE


def show_share(raw: RawFigure, scene: Scene) -> Shown:
    """The share out of its own people where they may be named, else out of the printed number that holds them."""
    positive, whole, name = get_count(raw), get_asked(raw), get_name(raw)
    if name in scene.based:
        return compute_share(positive, whole, scene.threshold)
    return compute_wide_share(positive, whole, scene.wide[name], scene.threshold) if name in scene.wide else None


# -- reading raw figures ------------------------------------------------------------------------------------------

_Key = TypeVar("_Key", bound=Hashable)


def collect(raws: Iterable[RawFigure], get_key: Callable[[RawFigure], _Key]) -> dict[_Key, list[RawFigure]]:
    """Raw figures by key, in their order."""
    groups: dict[_Key, list[RawFigure]] = {}
    for raw in raws:
        groups.setdefault(get_key(raw), []).append(raw)
    return groups


def _collect_tables(live: Iterable[RawFigure]) -> Iterable[Sequence[RawFigure]]:
    """The cells of each table: one group, the same dimensions, the same kind of part."""
    cells = (raw for raw in live if raw.role is Role.CELL)
    return collect(cells, _name_table).values()


def _name_table(raw: RawFigure) -> tuple[Hashable, ...]:
    kind, _, _ = raw.part.partition(":")
    return raw.partner, raw.period, raw.indicator, raw.group, kind, tuple(raw.disaggregation)


def get_name(raw: RawFigure) -> str:
    """The name its figure will have."""
    return make_figure_id(raw.indicator, raw.partner, raw.period, raw.part, raw.disaggregation)


def get_group(raw: RawFigure) -> str:
    """What it is protected together with."""
    return raw.group or raw.indicator


def get_asked(raw: RawFigure) -> int:
    """The number of people a share or a mean rests on."""
    if raw.role is Role.PROPORTION:
        return _ask(raw, raw.denominator, "denominator")
    return _ask(raw, raw.n, "n")


def get_count(raw: RawFigure) -> int:
    """The number of people a raw figure counts; where that is the value itself, the numerator may be left out."""
    counted = raw.numerator is None and raw.value is not None and raw.role in {Role.COUNT, Role.CHAIN, Role.UNION}
    return _ask(raw, int(raw.value) if counted and raw.value is not None else raw.numerator, "numerator")


def get_base(raw: RawFigure) -> int:
    """The number of people in its whole table."""
    return _ask(raw, raw.denominator if raw.base is None else raw.base, "base")


def stands_in_several(cell: RawFigure) -> bool:
    """Whether a record of the cell's table may stand in several of its cells (R18)."""
    return cell.role is Role.EVENT_CELL and cell.outside is not None


def get_bounds(raw: RawFigure) -> tuple[int, int]:
    """The least and the most people a raw figure can be about."""
    if raw.role is not Role.UNION or raw.low is None or raw.high is None:
        count = get_count(raw)
        return count, count
    return int(raw.low), int(raw.high)


def _ask(raw: RawFigure, number: int | None, field_name: str) -> int:
    if number is None:
        raise ValueError(f"figure {get_name(raw)} has role {raw.role} and no {field_name}")
    return number
