"""Which step of its ladder each table is printed on: over 60 % hidden, one step coarser and start again.

Each table of each organisation has a step of its own, for "finer tables are the consortium's": one small organisation
does not make the table over all coarser. Nothing is lost by it for the protection, for a merged category is known as
the sum of its finest ones wherever it is printed (``breakdown``). Source: privacy-and-safety part 3, "Protect";
decision 0039.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from me_platform.disclosure.figures import Figure, FigureState, make_figure_id
from me_platform.disclosure.scene import collect, get_name
from me_platform.indicators.results import RawFigure

MOST_HIDDEN = 0.6
"""A table of which more is hidden is made coarser, where a ladder says how."""
Merged = Mapping[str, int]
"""The step a table is printed on, by the table's name; tables that are not named are printed as they are declared."""
AS_DECLARED: Merged = {}


def name_table(raw: RawFigure) -> str:
    """The name of the table a cell stands in, of its organisation and period.

    >>> from me_platform.indicators.results import Role
    >>> name_table(RawFigure("people", {}, "A", "2026", Role.CELL, "persons", disaggregation={"age_band": "25-34"}))
    'people/age_band=@A@2026'
    """
    kind, _, _ = raw.part.partition(":")
    return make_figure_id(raw.indicator, raw.partner, raw.period, kind, dict.fromkeys(raw.disaggregation, ""))


def stands(raw: RawFigure, merged: Merged) -> bool:
    """Whether a figure is one of the table on its step; what is in no table always is."""
    if not raw.since and raw.until is None:
        return True
    step = merged.get(name_table(raw), 0)
    return raw.since <= step and (raw.until is None or step <= raw.until)


def choose_standing(raws: Iterable[RawFigure], merged: Merged) -> tuple[RawFigure, ...]:
    """The figures that may be printed where tables stand on these steps."""
    return tuple(raw for raw in raws if stands(raw, merged))


def choose_known(raws: Iterable[RawFigure], merged: Merged) -> tuple[RawFigure, ...]:
    """The figures that have to do with what is printed: of each table all steps up to the coarsest that is printed.

    Categories finer than the printed ones are asked for by nobody and may be found out by nobody while they are small.
    """
    raws = tuple(raws)
    coarsest: dict[tuple[str, ...], int] = {}
    for raw in raws:
        key = raw.indicator, *raw.disaggregation
        coarsest[key] = max(coarsest.get(key, 0), merged.get(name_table(raw), 0))
    return tuple(raw for raw in raws if raw.since <= coarsest[raw.indicator, *raw.disaggregation])


def find_coarser(raws: Iterable[RawFigure], figures: Mapping[str, Figure], merged: Merged) -> dict[str, int]:
    """The steps with every table one further of which more than 60 % is hidden and that can still be made coarser.

    ``figures`` are the printed ones by id. A table that is not printed at all stays as it is.
    """
    further = dict(merged)
    tabled = [raw for raw in raws if raw.disaggregation]
    for name, cells in collect(tabled, name_table).items():
        printed = [figures[get_name(cell)] for cell in cells if stands(cell, merged) and get_name(cell) in figures]
        hidden = sum(figure.state is FigureState.SUPPRESSED for figure in printed)
        step = merged.get(name, 0)
        if hidden > MOST_HIDDEN * len(printed) and any(cell.since > step for cell in cells):
            further[name] = step + 1
    return further
