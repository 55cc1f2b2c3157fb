"""The pure rules of protection, on whole numbers of people (privacy-and-safety part 3).

A rule answers for each number with what a reader may be shown: the number itself, a ``Band``, or None (hidden).
``threshold`` is T, the smallest number of people a figure may stand for. A number of people, or a difference between
two nested ones, is *small* when it lies in 1..T-1; nothing printed may prove that one is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """A range of people from ``low`` to ``high``, both included, out of ``base`` people where that may be said."""

    low: int
    high: int
    base: int | None = None


Shown = int | Band | None


@dataclass(frozen=True)
class Change:
    """People by what became of them between two answers; ``lost`` could not be measured (R8)."""

    improved: int
    same: int
    worse: int
    lost: int

    @property
    def measured(self) -> int:
        """People with both answers."""
        return self.improved + self.same + self.worse


def is_small(count: int, threshold: int) -> bool:
    """Whether so many people are too few to be told, and not none.

    >>> [is_small(count, 5) for count in (0, 1, 4, 5)]
    [False, True, True, False]
    """
    return 0 < count < threshold


def is_apart(count: int, others: Iterable[int], threshold: int) -> bool:
    """Whether a number differs from each of the others by nothing or by at least the threshold (P5)."""
    return not any(is_small(abs(count - other), threshold) for other in others)


def compute_share(positive: int, whole: int, threshold: int) -> Shown:
    """``positive`` of ``whole`` people: exact in the middle, a band at both ends, hidden where few answered.

    A true 0 and a true ``whole`` are banded with their neighbours: otherwise a reader would learn what each person
    said.
    """
    if whole < 2 * threshold:
        return None
    if positive < threshold:
        return Band(0, threshold, whole)
    return positive if positive <= whole - threshold else Band(whole - threshold, whole, whole)


def compute_wide_share(positive: int, whole: int, base: int, threshold: int) -> Band | None:
    """The share where ``whole`` may not be named: out of ``base`` people, fewer than T of whom are not in it.

    The band holds every number of positive answers that the ``base`` people could have given: from those known to
    those and everyone without a valid answer. The true share lies in it too. Its ends are 0, ``base`` or multiples of
    T, at least T apart, so that it tells neither how many gave no valid answer nor the exact number of the others.

    Why it is safe: it agrees with a world in which nobody is missing and ``low``, or else all of ``base``, said yes;
    there no number of people is small. As far as the band tells, ``whole`` may be anything from T below ``base`` to
    ``base``, so that no difference to a printed number is proved to be small. Hidden where few answered.
    """
    if whole < 2 * threshold:
        return None
    most = positive + base - whole
    if most <= threshold:
        return Band(0, threshold, base)
    if positive >= base - threshold:
        return Band(base - threshold, base, base)
    low = positive // threshold * threshold
    high = max(-(-most // threshold) * threshold, low + threshold)
    return Band(low, min(high, base), base)


def compute_stages(
    counts: Sequence[int], threshold: int, printed: Collection[int] = (), crowd: int | None = None
) -> tuple[int | Band, ...]:
    """What to show of nested counts, widest first, beside ``printed`` numbers of people from among the same.

    ``crowd`` is a printed number of people that holds the widest stage. The numbers of ``printed`` and ``crowd`` are
    T or more, or 0; each of ``printed`` is ``crowd`` or at least T below it.

    - A stage is exact when it is 0 or at least T, and apart from every number printed so far (its own included, once
      it is). An exact stage is therefore equal to every other exact stage and printed number or at least T apart.
    - A stage of 1..T-1 is "T or fewer".
    - Any other stage is a band that ends at ``top``, the nearest wider exact number, and begins a multiple of T
      below it. Without a wider exact number, ``top`` is T above the largest printed one.

    Why it is safe: one world agrees with everything shown and has no small difference at all. In it every "T or
    fewer" is 0 and every other banded stage equals its ``top``. Stages then fall from exact number to exact number,
    which are equal or at least T apart; ``top`` without a wider exact number is T above all that is printed, and a
    banded stage was less than that, so the stages stay nested. What is proved of all worlds that agree with the
    page therefore never is that a stage, or the difference between two stages or to a printed number, is small.
    """
    exact = {*printed, *(() if crowd is None else (crowd,))}
    top, named = crowd, crowd
    shown: list[int | Band] = []
    for count in counts:
        if is_small(count, threshold):
            shown.append(Band(0, threshold, None if named is None or named <= threshold else named))
        elif is_apart(count, exact, threshold):
            exact.add(count)
            top = named = count
            shown.append(count)
        else:
            top = max(exact) + threshold if top is None else top
            steps = -(-(top - count) // threshold)
            shown.append(Band(max(0, top - steps * threshold), top, named))
    return tuple(shown)


def compute_change(
    change: Change, headline: Shown, whole: int, threshold: int, *, total_named: bool
) -> dict[str, Shown]:
    """What to show of the parts of a change, given what is shown of its headline: improved out of ``whole``.

    ``whole`` is everyone measured, or everyone including the lost; ``total_named`` says whether the number of
    everyone may be printed. All parts are shown where the headline is exact and improved, same and worse are T or
    more each. Else the change falls back to improved and not improved, as exact or banded as the headline, and then
    to nothing. Those not measured are shown where neither they nor what they leave over are few.
    """
    parts: dict[str, Shown] = dict.fromkeys(("improved", "same", "worse", "not_improved", "not_measurable"))
    if headline is None:
        return parts
    exact = isinstance(headline, int)
    over_measured = whole == change.measured
    parts["improved"] = headline
    if over_measured:
        parts["not_improved"] = _mirror(headline, whole)
    if (
        exact
        and min(change.improved, change.same, change.worse) >= threshold
        and (over_measured or not is_small(change.lost, threshold))
    ):
        parts |= {"same": change.same, "worse": change.worse}
    rests = [change.lost, change.measured]
    if exact and not over_measured:
        rests.append(change.same + change.worse)
    whole_named = isinstance(headline, int) or headline.base == whole
    if whole_named and total_named and not any(is_small(rest, threshold) for rest in rests):
        parts["not_measurable"] = change.lost
    return parts


def find_hidden(counts: Sequence[int], thresholds: Sequence[int], known: Collection[int] = ()) -> frozenset[int]:
    """The places of a line to hide when the reader knows its total; each cell has a threshold of its own.

    Small cells are hidden, and with them the smallest others, until two or more cells share at least T people.
    Each hidden cell may then be 0 or T and more for all a reader can tell. ``known`` places are printed elsewhere and
    cannot hide anything; where that leaves too few, the whole line is hidden.
    """
    hidden = {place for place, count in enumerate(counts) if is_small(count, thresholds[place])}
    if not hidden:
        return frozenset()
    others = sorted((count, place) for place, count in enumerate(counts) if count and place not in {*hidden, *known})
    for _, place in others:
        if _is_hidden_well(hidden, counts, thresholds):
            break
        hidden.add(place)
    return frozenset(hidden if _is_hidden_well(hidden, counts, thresholds) else range(len(counts)))


def find_hidden_apart(counts: Sequence[int], base: int, thresholds: Sequence[int]) -> frozenset[int]:
    """The places to hide in a line whose parts may exceed the total (R18): each is a part of ``base`` on its own."""
    return frozenset(
        place
        for place, count in enumerate(counts)
        if is_small(count, thresholds[place]) or is_small(base - count, thresholds[place])
    )


def find_hidden_several(counts: Sequence[int], base: int, few: Collection[int]) -> frozenset[int]:
    """The places to hide in a line of records that may stand in several cells (R18), each of them in one at least.

    ``few`` are the places where few people are behind the records of the cell, or behind all others. What the shown
    cells do not hold stands in the hidden ones: were that one cell alone, a reader would know it for more than nothing.
    """
    hidden = set(few)
    others = sorted((count, place) for place, count in enumerate(counts) if count and place not in hidden)
    if len(hidden) == 1 and sum(count for count, _ in others) < base:
        hidden.add(others[0][1] if others else next(place for place in range(len(counts)) if place not in hidden))
    return frozenset(hidden)


def find_hidden_beside(counts: Sequence[int], known: Collection[int]) -> frozenset[int]:
    """The places to hide in a line whose total must not be found out; ``known`` places are printed elsewhere.

    A cell is shown only if it is 0 or known. Where that would be all of them, their sum would be the total: then the
    first other cell is hidden though it is 0.
    """
    others = [place for place in range(len(counts)) if place not in known]
    return frozenset([place for place in others if counts[place]] or others[:1])


def _mirror(shown: int | Band, whole: int) -> int | Band:
    """The same statement about everyone else."""
    if isinstance(shown, int):
        return whole - shown
    base = whole if shown.base is None else shown.base
    return Band(base - shown.high, base - shown.low, shown.base)


def _is_hidden_well(hidden: Collection[int], counts: Sequence[int], thresholds: Sequence[int]) -> bool:
    needed = max(thresholds[place] for place in hidden)
    return len(hidden) > 1 and sum(counts[place] for place in hidden) >= needed
