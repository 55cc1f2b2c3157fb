"""What an organisation is told of the quality of its own answers, beside figures that are printed and stay as they are.

A page about quality is read together with the report: every number on it is one more that could be reckoned with. So
it is protected with all that is printed on the organisation's page, block by block, and a block that would change what
is printed is hidden whole: nothing is taken from the report for it (privacy-and-safety 1.10 and part 3).

No ledger keeps it. In its place every number is told as a range between two multiples of T, both ends included. Any
two such numbers may then differ by nothing, or by T and more, for all a reader can tell, whether they stand on one page
or on those of two snapshots (P5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from me_platform.disclosure.figures import THRESHOLDS, Audience, Figure, FigureState
from me_platform.disclosure.protect import (
    NONE_BARRED,
    Barred,
    choose_carried,
    choose_telling,
    make_bare,
    protect,
    raise_threshold,
)
from me_platform.disclosure.scene import SMALLEST_TABLE, collect, get_base, get_group, get_name
from me_platform.indicators.results import RawFigure, Role

Block = Sequence[RawFigure]


def publish_quality(
    raws: Sequence[RawFigure],
    added: Sequence[RawFigure],
    audience: Audience,
    threshold: int = 0,
    *,
    barred: Barred = NONE_BARRED,
) -> tuple[Figure, ...]:
    """The figures of ``added``, each in the state it may be shown in beside ``publish(raws, ..., barred)``.

    ``added`` are nested numbers of people, and tables of answer states. Of a question with a table the table is told
    over 6T people or more, and over fewer only how many answered. Figures that would not be told at all do not come.
    """
    carried = choose_carried(raws, audience, threshold)
    printed = choose_telling(carried, protect(carried, audience, threshold, barred))
    # The share of hidden figures counts figures; these here are not among them.
    printed = [raw for raw in printed if raw.role is not Role.HIDDEN]
    least = max(THRESHOLDS[audience], threshold)
    chosen = _choose(choose_carried(added, audience, threshold), least)
    thresholds = {get_name(raw): raise_threshold(least, raw) for raw in chosen}
    return tuple(
        _widen(figure, thresholds[figure.id])
        for (partner, period), mine in collect(chosen, lambda raw: (raw.partner, raw.period)).items()
        for figure in _add(
            [raw for raw in printed if (raw.partner, raw.period) == (partner, period)],
            list(collect(mine, get_group).values()),
            audience,
            threshold,
            barred,
        )
    )


def _choose(added: Sequence[RawFigure], threshold: int) -> tuple[RawFigure, ...]:
    """Without the stages of a question that has enough people for a table: printed beside it they would open it."""
    tabled = {(raw.partner, get_group(raw)) for raw in added if raw.role is Role.CELL}
    return tuple(
        raw
        for raw in added
        if raw.role is Role.CELL
        or "question" not in raw.disaggregation
        or (
            (raw.partner, get_group(raw)) not in tabled
            and get_base(raw) < SMALLEST_TABLE * raise_threshold(threshold, raw)
        )
    )


def _add(
    printed: Sequence[RawFigure], blocks: Sequence[Block], audience: Audience, threshold: int, barred: Barred
) -> Iterator[Figure]:
    """The figures of the blocks in their order: all together where that changes nothing, else one after the other."""
    before = protect(printed, audience, threshold, barred)
    every = [raw for block in blocks for raw in block]
    told = protect([*printed, *every], audience, threshold, barred)
    if told[: len(before)] == before and _is_told_alike(told[len(before) :]):
        yield from told[len(before) :]
        return
    kept: list[RawFigure] = []
    shown = before
    for block in blocks:
        told = protect([*printed, *kept, *block], audience, threshold, barred)
        if told[: len(shown)] == shown and _is_told_alike(told[len(before) :]):
            shown = told
            kept += block
    states = dict(zip(map(get_name, [*printed, *kept]), shown, strict=True))
    for raw in every:
        yield states.get(get_name(raw)) or make_bare(raw, FigureState.SUPPRESSED)


def _is_told_alike(figures: Sequence[Figure]) -> bool:
    """Whether those who responded to a survey, who begin every chain of it, are one number or range wherever told."""
    found: dict[str, set[tuple[object, ...]]] = {}
    for figure in figures:
        if figure.part == "responded":
            survey = next(iter(figure.disaggregation.values())).partition(".")[0]
            found.setdefault(survey, set()).add((figure.state, figure.value, figure.low, figure.high))
    return all(len(told) == 1 for told in found.values())


def _widen(figure: Figure, threshold: int) -> Figure:
    """The figure as a range between multiples of T that holds its number, or the range that may be told of it.

    Out of how many the range was reckoned is not told: who answered need not be among the people served.
    """
    if figure.state is FigureState.VALUE:
        low = high = figure.numerator or 0
    elif figure.state is FigureState.BANDED:
        low, high = int(figure.low or 0), int(figure.high or 0)
    else:
        return figure
    low = low // threshold * threshold
    high = max(low + threshold, -(-high // threshold) * threshold)
    return replace(
        figure,
        state=FigureState.BANDED,
        value=None,
        numerator=None,
        denominator=None,
        n=None,
        low=Decimal(low),
        high=Decimal(high),
    )
