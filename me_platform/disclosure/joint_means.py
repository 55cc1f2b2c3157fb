"""Means beside those of all partners and of earlier reports: from two sums a reader has the sum of the rest.

A mean and its number of people fix a sum to a rounding. So a mean is told beside others only where nobody is left with
the sum of few people (privacy-and-safety part 3, P2, P5, P6). A reader is taken to know of how many people a mean is,
printed or not. Source: decision 0037.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from me_platform.disclosure.bands import is_small
from me_platform.disclosure.chapters import Chapter, Edition, ToldMean
from me_platform.disclosure.figures import THRESHOLDS, Figure, FigureState
from me_platform.disclosure.protect import raise_threshold
from me_platform.disclosure.scene import collect, find_state, get_name
from me_platform.indicators.results import RawFigure, Role

MOST_GOING = 3
"""A partner's mean of fewer than so many times T people is hidden rather than that of all partners."""
_MEANS = frozenset({Role.MEAN, Role.MEDIAN})


def list_telling_means(raws: Sequence[RawFigure], figures: Mapping[str, Figure], edition: Edition) -> Iterator[str]:
    """Names of means to hide, so that those whose mean is not told are nobody or T people and more (P2, P6).

    From a sum over all, less the sums that are printed, a reader has the sum of the others; so has a partner who knows
    its own answers besides. Means of fewer than 3T people go first for it, the smallest before the others.
    """
    for mine in _collect_same(raws):
        whole = _find_whole(mine, edition)
        if whole is None or whole.role is not Role.MEAN or not _is_told(whole, figures):
            continue
        least = _get_threshold(whole, edition)
        others = sorted((raw for raw in mine if raw is not whole), key=lambda raw: (raw.n or 0, raw.partner))
        hidden = [raw for raw in others if not _is_told(raw, figures)]
        told = [raw for raw in others if raw not in hidden]
        rest = (whole.n or 0) - sum(raw.n or 0 for raw in told)
        going = [raw for raw in told if (raw.n or 0) < MOST_GOING * least]
        chosen: list[RawFigure] = []
        while going and _tells_few([*hidden, *chosen], rest, least):
            chosen.append(going.pop(0))
            rest += chosen[-1].n or 0
        if _tells_few([*hidden, *chosen], rest, least):
            chosen = [whole]
        yield from map(get_name, chosen)


def list_changed_means(raws: Iterable[RawFigure], edition: Edition, chapters: Sequence[Chapter]) -> Iterator[str]:
    """Names of means that were told of a period within this one, around it, or the same, of nearly the same people.

    With the mean of 12 people and that of the 11 who are left, everybody has the answer of the one who withdrew (P5,
    P6). Where as many people have another mean, somebody's answer changed. With a partner's mean that of all partners
    goes as well, from which it could be worked out.
    """
    nested = [
        chapter
        for chapter in chapters
        if chapter.holds(edition.start, edition.end) or (edition.start <= chapter.start and chapter.end <= edition.end)
    ]
    for mine in _collect_same(raws):
        changed = [raw for raw in mine if any(_has_changed(raw, chapter, edition) for chapter in nested)]
        whole = _find_whole(mine, edition)
        if changed and whole is not None and whole not in changed:
            changed.append(whole)
        yield from map(get_name, changed)


def list_told_means(raws: Iterable[RawFigure], figures: Mapping[str, Figure], edition: Edition) -> dict[str, ToldMean]:
    """What readers know of means after this: those printed, and those of T people and more that others tell."""
    told: dict[str, ToldMean] = {}
    for mine in _collect_same(raws):
        whole = _find_whole(mine, edition)
        others = [raw for raw in mine if raw is not whole]
        all_told = all(_is_told(raw, figures) for raw in others)
        for raw in mine:
            by_others = all_told if raw is whole else whole is not None and _is_told(whole, figures)
            if _is_told(raw, figures) or (by_others and (raw.n or 0) >= _get_threshold(raw, edition)):
                told[_name_always(raw)] = _tell(raw)
    return told


def _collect_same(raws: Iterable[RawFigure]) -> Iterable[list[RawFigure]]:
    """The means of the same answers at all partners, group by group."""
    live = [raw for raw in raws if raw.role in _MEANS and find_state(raw) is FigureState.VALUE]
    return collect(
        live, lambda raw: (raw.indicator, raw.part, raw.period, raw.children, *sorted(raw.disaggregation.items()))
    ).values()


def _find_whole(mine: Iterable[RawFigure], edition: Edition) -> RawFigure | None:
    """The mean over all partners, where there is one."""
    joined = (raw for raw in mine if raw.partner == edition.consortium and raw.indicator not in edition.apart)
    return next(joined, None)


def _get_threshold(raw: RawFigure, edition: Edition) -> int:
    return raise_threshold(max(THRESHOLDS[edition.audience], edition.threshold), raw)


def _is_told(raw: RawFigure, figures: Mapping[str, Figure]) -> bool:
    return get_name(raw) in figures and figures[get_name(raw)].state is FigureState.VALUE


def _tells_few(hidden: Sequence[RawFigure], rest: int, threshold: int) -> bool:
    """Whether somebody is left with the sum of few people: everybody, or one of those whose own mean is hidden."""
    return any(is_small(rest - own, threshold) for own in (0, *(other.n or 0 for other in hidden)))


def _has_changed(raw: RawFigure, chapter: Chapter, edition: Edition) -> bool:
    told, now = chapter.means.get(_name_always(raw)), _tell(raw)
    if told is None or told == now:
        return False
    return abs(told.people - now.people) < _get_threshold(raw, edition)


def _tell(raw: RawFigure) -> ToldMean:
    """A mean as it is printed. Raises ValueError where it has no value or no people."""
    if raw.value is None or raw.n is None:
        raise ValueError(f"figure {get_name(raw)} has role {raw.role} and no value or no people")
    return ToldMean(raw.n, raw.value, raw.low, raw.high)


def _name_always(raw: RawFigure) -> str:
    """The name of a figure in whatever period."""
    return get_name(replace(raw, period=""))
