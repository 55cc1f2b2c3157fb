"""From true numbers to figures that may be printed: the only way from the engine to a page.

Each role of a raw figure has one rule in ``RULES``; what several figures decide together is in ``scene``, the rules
on whole numbers are in ``bands``. Source: privacy-and-safety part 3; decision 0010.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from me_platform.disclosure.bands import Band, Shown, compute_share, compute_wide_share, is_small
from me_platform.disclosure.figures import THRESHOLDS, Audience, Figure, FigureState
from me_platform.disclosure.merging import AS_DECLARED, Merged, choose_standing
from me_platform.disclosure.rules import tells_largest
from me_platform.disclosure.scene import (
    BASELINE_LOST,
    CHILD_THRESHOLD,
    FOLLOWUP_PAIRED,
    NOT_MEASURABLE,
    SMALLEST_TABLE,
    Scene,
    collect,
    find_crowd,
    find_kept,
    find_stage,
    find_state,
    get_asked,
    get_base,
    get_bounds,
    get_count,
    get_group,
    get_name,
    is_told,
    is_vague,
    make_scene,
    show_share,
)
from me_platform.indicators.calculation import round_half_up
from me_platform.indicators.measures import LEVEL
from me_platform.indicators.ratios import PER_PERSON
from me_platform.indicators.results import RawFigure, Role

Page = tuple[str, str, bool]
"""Figures that are decided on together: partner, period, and whether children said it."""
Barred = Mapping[Page, frozenset[int]]
"""Numbers of people that a page may not name."""
NONE_BARRED: Barred = {}


def protect(
    raws: Sequence[RawFigure], audience: Audience, threshold: int = 0, barred: Barred = NONE_BARRED
) -> tuple[Figure, ...]:
    """The figures of all raw figures, in their order, each in the state it may be printed in.

    Hand over everything that is published of a partner and period in one call: what one figure may show depends on
    the others. ``threshold`` raises T above that of the audience and never lowers it. Raises ValueError for two
    figures of one name and for a number that is missing where its role needs it.
    """
    twice = sorted(name for name, times in Counter(map(get_name, raws)).items() if times > 1)
    if twice:
        raise ValueError(f"two figures of one name: {', '.join(twice)}")
    least = max(THRESHOLDS[audience], threshold)
    raws = [tell_matches(raw, raise_threshold(least, raw)) if raw.role is Role.UNION else raw for raw in raws]
    scenes = {
        page: make_scene(family, audience, find_threshold(least, family), barred.get(page, frozenset()))
        for page, family in collect(raws, get_page).items()
    }
    return add_hidden_shares(raws, [_protect_one(raw, scenes[get_page(raw)]) for raw in raws])


def find_threshold(threshold: int, page: Iterable[RawFigure]) -> int:
    """What is decided together has one threshold: the highest that one of its definitions asks for."""
    return max(raise_threshold(threshold, raw) for raw in page)


def add_hidden_shares(raws: Sequence[RawFigure], figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures with the shares of what is hidden among them, which are known last."""
    others = [figure for raw, figure in zip(raws, figures, strict=True) if raw.role is not Role.HIDDEN]
    return tuple(
        make_hidden_share(raw, others) if raw.role is Role.HIDDEN and find_state(raw) is FigureState.VALUE else figure
        for raw, figure in zip(raws, figures, strict=True)
    )


def find_crowds(raws: Sequence[RawFigure], audience: Audience, threshold: int, barred: Barred) -> Mapping[Page, int]:
    """The printed number of people that holds all others of a page, for every page that has one."""
    least = max(THRESHOLDS[audience], threshold)
    raws = [tell_matches(raw, raise_threshold(least, raw)) if raw.role is Role.UNION else raw for raw in raws]
    crowds = {
        page: find_crowd(family, audience, find_threshold(least, family), barred.get(page, frozenset()))
        for page, family in collect(raws, get_page).items()
    }
    return {page: crowd for page, crowd in crowds.items() if crowd is not None}


def tell_matches(raw: RawFigure, threshold: int) -> RawFigure:
    """The union with its upper bound lowered by the known matches in whole steps of the threshold only (R12, P5).

    The partners' own numbers stand beside it, and what is missing from their sum is the number of people recognised by
    link card. Whole steps prove no small number of them: neither there are, nor that come from one issue to the next.
    What partners' staff may see of their own records does not hold here: who is linked is nobody's record but hers.
    """
    if raw.base is None or raw.low is None or raw.high is None:
        return raw
    low, high = get_bounds(raw)
    matches = raw.base - high
    high = raw.base - (matches - matches % threshold)
    known = high if low == high else None
    value = None if known is None else Decimal(known)
    return replace(raw, value=value, numerator=known, n=known, high=Decimal(high))


def publish(
    raws: Sequence[RawFigure],
    audience: Audience,
    threshold: int = 0,
    barred: Barred = NONE_BARRED,
    merged: Merged = AS_DECLARED,
) -> tuple[Figure, ...]:
    """What a report prints of all raw figures: protected, and without parts that say nothing beside their headline.

    The parts of a change of which none is exact repeat the headline's range; a mean or a table of states that is hidden
    whole is a row of signs. They are not asked for, and what is left is protected afresh. ``merged`` says how coarse
    each table is.
    """
    carried = choose_carried(choose_standing(raws, merged), audience, threshold)
    kept = choose_telling(carried, protect(carried, audience, threshold, barred))
    return protect(kept, audience, threshold, barred)


def choose_telling(raws: Sequence[RawFigure], figures: Sequence[Figure]) -> list[RawFigure]:
    """The raw figures without the parts that say nothing beside their headline, as their figures stand."""
    pairs = list(zip(raws, figures, strict=True))
    telling = {_get_block(raw) for raw, figure in pairs if figure.state is FigureState.VALUE}
    return [raw for raw, figure in pairs if figure.state not in _VEILED or _get_block(raw) in {(), *telling}]


_VEILED = frozenset({FigureState.SUPPRESSED, FigureState.BANDED})
STATE_PREFIX = "state:"


def _get_block(raw: RawFigure) -> tuple[str, ...]:
    """What is printed together or not at all: the parts of one change, one mean beside a headline, the states."""
    if raw.role is Role.CHANGE:
        return raw.partner, raw.indicator, "change"
    if raw.part and raw.role is Role.MEAN:
        return raw.partner, raw.indicator, raw.part
    if raw.part.startswith(STATE_PREFIX):
        return raw.partner, raw.indicator, "states"
    return ()


def choose_carried(raws: Sequence[RawFigure], audience: Audience, threshold: int = 0) -> tuple[RawFigure, ...]:
    """The raw figures a report carries at all: all but the cells of tables over too few people to show any cell.

    A table over fewer than 6T people would be printed as nothing but signs for "hidden".
    """
    least = max(THRESHOLDS[audience], threshold)
    kept = find_kept(raws) if audience is Audience.PARTNER else frozenset()
    return tuple(
        raw
        for raw in raws
        if raw.role not in _TABLED
        or raw.indicator in kept
        or find_state(raw) is not FigureState.VALUE
        or _count_people(raw) >= SMALLEST_TABLE * raise_threshold(least, raw)
    )


_TABLED = frozenset({Role.CELL, Role.EVENT_CELL})


def _count_people(raw: RawFigure) -> int:
    """The people behind the whole table of a cell."""
    return get_base(raw) if raw.role is Role.CELL else raw.denominator or 0


def get_page(raw: RawFigure) -> Page:
    """Figures that are decided on together; what children said has a threshold of its own, and others behind it."""
    return raw.partner, raw.period, raw.children


def is_top_heavy(raw: RawFigure) -> bool:
    """P4: whether one of the two people with the most in a sum could work out the other's share."""
    return raw.shares is not None and tells_largest(raw.shares[0], raw.shares[2])


def raise_threshold(threshold: int, raw: RawFigure) -> int:
    """T for one figure: raised for children, and by its definition [16], and never lowered."""
    return max(threshold, raw.threshold, CHILD_THRESHOLD if raw.children else 0)


def compute_usefulness(figures: Iterable[Figure]) -> float:
    """The share of the cells with a true number behind them that print a value or a band; 1 where there are none."""
    states = Counter(figure.state for figure in figures)
    useful = states[FigureState.VALUE] + states[FigureState.BANDED]
    asked = useful + states[FigureState.SUPPRESSED]
    return useful / asked if asked else 1.0


def _protect_one(raw: RawFigure, scene: Scene) -> Figure:
    state = find_state(raw)
    return RULES[raw.role](raw, scene) if state is FigureState.VALUE else make_bare(raw, state)


def _protect_share(raw: RawFigure, scene: Scene) -> Figure:
    """A share, exact or banded; a share by categories is a crossed table, which is not for a partner's report."""
    return _print(raw, None if raw.disaggregation else show_share(raw, scene))


def _protect_mean(raw: RawFigure, scene: Scene) -> Figure:
    """A mean of T people or more (P6); the number of people only where it may be named.

    The interval stands beside it where both together do not tell what few people answered.
    """
    if raw.disaggregation or not is_told(raw, scene.threshold):
        return make_bare(raw, FigureState.SUPPRESSED)
    if raw.part == FOLLOWUP_PAIRED and get_asked(raw) < 2 * scene.threshold:
        return make_bare(raw, FigureState.SUPPRESSED)
    lost = raw.part == BASELINE_LOST and scene.parts.get(f"{get_group(raw)}:{NOT_MEASURABLE}") is not None
    figure = _print(raw, get_asked(raw))
    if raw.low is not None and not is_vague(raw, scene.threshold, with_interval=True):
        figure = replace(figure, low=None, high=None)
    return figure if lost or get_name(raw) in scene.based else replace(figure, n=None)


def _protect_stage(raw: RawFigure, scene: Scene) -> Figure:
    return _print(raw, scene.stages[get_name(raw)], named=False)


def _protect_change(raw: RawFigure, scene: Scene) -> Figure:
    shown = None if raw.disaggregation else scene.parts.get(f"{get_group(raw)}:{raw.part}")
    return _print(raw, shown, named=raw.denominator in scene.bases)


def _protect_cell(raw: RawFigure, scene: Scene) -> Figure:
    hidden = get_name(raw) in scene.hidden
    named = raw.indicator in scene.kept or get_base(raw) in scene.bases
    return _print(raw, None if hidden else get_count(raw), named=named)


def _protect_count(raw: RawFigure, scene: Scene) -> Figure:
    name = get_name(raw)
    return _print(raw, scene.counts[name]) if name in scene.counts else _protect_number(raw, get_count(raw), scene)


def _protect_record_share(raw: RawFigure, scene: Scene) -> Figure:
    """A share of records (decision 0013): exact where neither side rests on few people.

    Where one side does, it is told as T or fewer records, if it has so few; of how many people is not printed.
    """
    if raw.indicator in scene.kept:
        return _print(raw, get_count(raw))
    hit, base, threshold = get_count(raw), raw.denominator or 0, scene.threshold
    if raw.disaggregation or (raw.n or 0) < 2 * threshold or base < 2 * threshold:
        return make_bare(raw, FigureState.SUPPRESSED)
    if min(raw.inside or 0, raw.outside or 0, hit, base - hit) >= threshold:
        return replace(_make_value(raw), n=None)
    if (raw.inside or 0) < threshold and hit <= threshold:
        return _print(raw, Band(0, threshold, base))
    if (raw.outside or 0) < threshold and base - hit <= threshold:
        return _print(raw, Band(base - threshold, base, base))
    return make_bare(raw, FigureState.SUPPRESSED)


def _protect_flow_share(raw: RawFigure, scene: Scene) -> Figure:
    """A share of the flow says no more than its two stages, and nothing where one of them is not printed exactly."""
    _, stage, of = raw.stages or ("", "", "")
    counts = [find_stage(raw, each, scene) for each in (stage, of)]
    exact = all(isinstance(each, int) for each in counts) and (raw.denominator or 0) >= 2 * scene.threshold
    return _make_value(raw) if exact else make_bare(raw, FigureState.SUPPRESSED)


def _protect_ratio(raw: RawFigure, scene: Scene) -> Figure:
    """Records for each person or record (P4): of T people or more, none of whom another could work out.

    Beside the number of records, which may be printed too, a ratio tells the number of people it is divided by; so that
    must be one that is named anyway. A ratio whose numerator rests on few people tells of them.
    """
    if raw.indicator in scene.kept:
        return _mark_least(raw, _print(raw, get_asked(raw)))
    people, inside = get_asked(raw), raw.inside or 0
    named = raw.unit != PER_PERSON or raw.denominator in scene.named
    if raw.disaggregation or is_small(people, scene.threshold) or is_small(inside, scene.threshold):
        return make_bare(raw, FigureState.SUPPRESSED)
    if is_top_heavy(raw) or not named:
        return make_bare(raw, FigureState.SUPPRESSED)
    return replace(_mark_least(raw, _make_value(raw)), n=None)


def _protect_median(raw: RawFigure, scene: Scene) -> Figure:
    """A middle level of 2T people or more (P6), so that those above or below it may be T or nobody.

    Beside a table of which cells are hidden it could tell what is in them; of how many people it is, is printed where
    that number is named anyway.
    """
    people = get_asked(raw)
    table = f"{raw.indicator}:{LEVEL}"
    veiled = get_base(raw) >= SMALLEST_TABLE * scene.threshold and any(name.startswith(table) for name in scene.hidden)
    if raw.disaggregation or people < 2 * scene.threshold or veiled:
        return make_bare(raw, FigureState.SUPPRESSED)
    figure = _make_value(raw)
    return figure if people in scene.named else replace(figure, denominator=None, n=None)


def _protect_assisted(raw: RawFigure, scene: Scene) -> Figure:
    """Those who had help, out of their own people where such a number is printed anyway, else out of the crowd.

    Out of a crowd of which many did not answer, or which answered something else, a range would tell nothing: hidden.
    It is told for 0 as for a few, so that its being there tells of nobody.
    """
    positive, whole = get_count(raw), raw.denominator or 0
    if whole in scene.named:
        return _print(raw, compute_share(positive, whole, scene.threshold))
    if scene.crowd is None or not scene.crowd * 3 <= whole * 4 <= scene.crowd * 4:
        return make_bare(raw, FigureState.SUPPRESSED)
    return _print(raw, compute_wide_share(positive, whole, scene.crowd, scene.threshold))


def _protect_event_cell(raw: RawFigure, scene: Scene) -> Figure:
    """Records of one category; of how many people is not printed."""
    hidden = get_name(raw) in scene.hidden and raw.indicator not in scene.kept
    figure = make_bare(raw, FigureState.SUPPRESSED) if hidden else _make_value(raw)
    return replace(figure, n=None, denominator=None)


def _protect_events(raw: RawFigure, scene: Scene) -> Figure:
    """Services and records of at least T people, or of none; of how many people is not printed.

    Hours and money are told where nobody can work out another's share of them (P4).
    """
    if is_top_heavy(raw) and raw.indicator not in scene.kept:
        return make_bare(raw, FigureState.SUPPRESSED)
    return replace(_mark_least(raw, _protect_number(raw, get_asked(raw), scene)), n=None)


def _protect_number(raw: RawFigure, people: int, scene: Scene) -> Figure:
    """A number about so many people; numbers by categories outside a table cannot be protected against each other."""
    kept = raw.indicator in scene.kept
    hidden = not kept and (bool(raw.disaggregation) or is_small(people, scene.threshold))
    return _print(raw, None if hidden else people)


def _protect_union(raw: RawFigure, scene: Scene) -> Figure:
    """People known by bounds (R12): a value where they agree; a lower bound that is small is none."""
    low, high = get_bounds(raw)
    joined = (raw.base or high) - high or None
    if low == high:
        value = raw.value if raw.value is not None else raw.high
        figure = _protect_number(replace(raw, value=value, low=None, high=None), high, scene)
    elif raw.indicator in scene.kept:
        figure = _print(raw, Band(low, high))
    else:
        floor = 0 if is_small(low, scene.threshold) else low
        figure = _print(raw, None if is_small(high, scene.threshold) else Band(floor, high))
    return figure if figure.state is FigureState.SUPPRESSED else replace(figure, joined=joined)


def _protect_later(raw: RawFigure, scene: Scene) -> Figure:  # noqa: ARG001 - the rule takes what every rule takes
    """What can only be known once everything else is protected."""
    return make_bare(raw, FigureState.NO_VALUE)


def _protect_activity(raw: RawFigure, scene: Scene) -> Figure:  # noqa: ARG001 - the rule takes what every rule takes
    """Public activities are about no survivor."""
    return _mark_least(raw, _make_value(raw))


Rule = Callable[[RawFigure, Scene], Figure]

RULES: Mapping[Role, Rule] = {
    Role.PROPORTION: _protect_share,
    Role.CHAIN: _protect_stage,
    Role.CELL: _protect_cell,
    Role.COUNT: _protect_count,
    Role.EVENTS: _protect_events,
    Role.MEAN: _protect_mean,
    Role.CHANGE: _protect_change,
    Role.UNION: _protect_union,
    Role.RECORD_SHARE: _protect_record_share,
    Role.EVENT_CELL: _protect_event_cell,
    Role.FLOW_SHARE: _protect_flow_share,
    Role.RATIO: _protect_ratio,
    Role.MEDIAN: _protect_median,
    Role.ACTIVITY: _protect_activity,
    Role.ASSISTED: _protect_assisted,
    Role.HIDDEN: _protect_later,
}
"""One rule for each role."""


def make_hidden_share(raw: RawFigure, figures: Iterable[Figure]) -> Figure:
    """The share of hidden figures among those of a partner and period with a true number behind them."""
    states = Counter(figure.state for figure in figures if (figure.partner, figure.period) == (raw.partner, raw.period))
    hidden = states[FigureState.SUPPRESSED]
    told = hidden + states[FigureState.VALUE] + states[FigureState.BANDED]
    if not told:
        return make_bare(raw, FigureState.NO_VALUE)
    value = round_half_up(Fraction(100 * hidden, told), 0)
    return replace(make_bare(raw, FigureState.VALUE), value=value, numerator=hidden, denominator=told)


def _print(raw: RawFigure, shown: Shown, *, named: bool = True) -> Figure:
    """The figure of what may be shown; without ``named`` no number of people is printed but the one it counts."""
    if shown is None or (not named and raw.unit == "percent" and isinstance(shown, int)):
        return make_bare(raw, FigureState.SUPPRESSED)
    if isinstance(shown, Band):
        band = make_bare(raw, FigureState.BANDED)
        return replace(band, low=Decimal(shown.low), high=Decimal(shown.high), denominator=shown.base)
    return _make_value(raw) if named else _drop_base(_make_value(raw))


def _mark_least(raw: RawFigure, figure: Figure) -> Figure:
    """A sum that is "at least" its value says so with a lower limit and no upper one."""
    return replace(figure, low=figure.value, high=None) if raw.at_least else figure


def _drop_base(figure: Figure) -> Figure:
    people = figure.n if figure.n == figure.numerator else None
    return replace(figure, denominator=None, n=people, low=None, high=None)


def _make_value(raw: RawFigure) -> Figure:
    """The figure with all its numbers. Raises ValueError where it has none."""
    if raw.value is None:
        raise ValueError(f"figure {get_name(raw)} has role {raw.role} and no value")
    return replace(
        make_bare(raw, FigureState.VALUE),
        value=raw.value,
        numerator=raw.numerator,
        denominator=raw.denominator,
        n=raw.n,
        low=raw.low,
        high=raw.high,
        progress=raw.progress,
    )


def hide(figure: Figure) -> Figure:
    """The figure as one that is hidden."""
    return replace(empty(figure), state=FigureState.SUPPRESSED)


def empty(figure: Figure) -> Figure:
    """The figure without its numbers; the target is the plan's and stays."""
    return replace(figure, value=None, numerator=None, denominator=None, n=None, low=None, high=None, progress=None)


def make_bare(raw: RawFigure, state: FigureState) -> Figure:
    """A figure without numbers (R3); the target is the plan's and stands in every state."""
    return Figure(
        id=get_name(raw),
        indicator=raw.indicator,
        title=raw.title,
        partner=raw.partner,
        period=raw.period,
        state=state,
        unit=raw.unit,
        part=raw.part,
        disaggregation=raw.disaggregation,
        target=raw.target,
    )
