"""The records behind every headline figure of one organisation: what an auditor recomputes them from (R26).

One line for each record and indicator, with the facts the indicator's conditions ask for and no others. No day leaves
here: of when something happened a line says whether it counts for the period, and its place among the days of the same
person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.indicators.activity_measures import choose_activities
from me_platform.indicators.calculation import FIGURES, lay_out, make_cuts
from me_platform.indicators.conditions import CHOICE, STATE, Mask, compile_condition
from me_platform.indicators.definition import Indicator, Kind, Plan, PlanIndicator
from me_platform.indicators.flow import FLOW, find_stages
from me_platform.indicators.frames import Frames
from me_platform.indicators.frozen import Definitions
from me_platform.indicators.measures import find_levels, get_denominator, get_factor
from me_platform.indicators.milestones import IN_TIME, LATE, find_state
from me_platform.indicators.pairing import compute_due
from me_platform.indicators.periods import Period
from me_platform.indicators.ratios import choose_ratio
from me_platform.indicators.readings import Request, choose_records, get_rows
from me_platform.indicators.records import NUMBER, get_codes, is_placed

CUMULATIVE = "cumulative"

_LISTED = frozenset({Kind.COUNT, Kind.SUM, Kind.UNIQUE_PERSONS})
"""Kinds whose records are listed where they count; of the others everybody is listed who could count."""


@dataclass(frozen=True)
class Line:
    """One record behind one figure.

    ``person`` is the person's id, empty for a record about nobody; ``moment`` the place of its day among those of the
    person's records, from 0; ``placed`` whether it lies in the period. ``counted`` says that it is among those the
    figure is counted from or out of, ``met`` that it fits the numerator. ``number`` is what is added up, averaged or
    compared. ``group`` names, for different people over several partners, who is known by link card to be one and the
    same; empty elsewhere. ``facts`` are what the conditions ask for, by column: ``choice:<question>``,
    ``state:<question>``, a field, a stage.
    """

    indicator: str
    person: str
    partner: str
    moment: int
    placed: bool
    wave: str
    version: str
    number: float | None
    counted: bool
    met: bool
    facts: Mapping[str, str]
    group: str = ""

    def make_row(self) -> tuple[str, ...]:
        """The line as cells of a table, in the order of ``COLUMNS``."""
        flags = {name: "yes" if getattr(self, name) else "no" for name in ("placed", "counted", "met")}
        return (
            self.indicator,
            self.person,
            self.partner,
            str(self.moment),
            flags["placed"],
            self.wave,
            self.version,
            "" if self.number is None else repr(self.number),
            flags["counted"],
            flags["met"],
            json.dumps(dict(self.facts), ensure_ascii=False, sort_keys=True),
            self.group,
        )


COLUMNS = (
    "indicator",
    "person",
    "partner",
    "moment",
    "placed",
    "wave",
    "version",
    "number",
    "counted",
    "met",
    "facts",
    "group",
)


def list_lines(definitions: Definitions, frames: Frames, period: Period, cutoff: date, partner: str) -> Iterator[Line]:
    """The lines behind the headline figures of a partner, indicator by indicator, in order of time.

    For the partner that stands for the consortium they are those of all partners of the frames.
    """
    plan, surveys = definitions.plan, definitions.surveys
    known = lay_out(plan, definitions.indicators, surveys, frames, period, cutoff)
    due = {name: compute_due(surveys[name], known, period) for name in plan.surveys}
    for chosen in plan.indicators:
        indicator = definitions.indicators[chosen.indicator]
        if indicator.kind is Kind.MILESTONE:
            yield from _list_milestones(indicator, chosen, min(period.end, cutoff), plan, partner)
            continue
        if indicator.source.kind == FIGURES or (
            indicator.source.survey and indicator.source.survey not in plan.surveys
        ):
            continue
        for cut in make_cuts(plan, known, indicator.over_partners):
            if partner in cut.names:
                request = Request(indicator, known, period, cut, due)
                if indicator.source.kind == FLOW:
                    yield from _list_stages(request, definitions, cut.names.index(partner))
                else:
                    yield from _list_records(request, cut.names.index(partner))


def _list_milestones(
    indicator: Indicator, chosen: PlanIndicator, day: date, plan: Plan, partner: str
) -> Iterator[Line]:
    """One line for each milestone of the plan, which are no secret; ``met`` where it was reached."""
    if not plan.get_partner(partner).consortium:
        return
    for place, each in enumerate(chosen.milestones):
        state = find_state(each, day)
        yield Line(
            indicator=indicator.code,
            person="",
            partner=partner,
            moment=place,
            placed=True,
            wave="",
            version="",
            number=None,
            counted=True,
            met=state in {IN_TIME, LATE},
            facts={"state": state},
        )


def _list_records(request: Request, line: int) -> Iterator[Line]:
    indicator = request.indicator
    rows, listed, placed = _choose(request, line)
    mine = rows[listed].reset_index(drop=True)
    facts = {name: mine[name].astype("object") for name in list_columns(indicator) if name in mine}
    people = mine["person"].astype("object").where(mine["person"].notna(), "") if "person" in mine else [""] * len(mine)
    moments = _rank_days(mine, people)
    numbers, met = _get_numbers(indicator, mine), compile_condition(indicator.numerator, mine)
    counted = compile_condition(get_denominator(indicator), mine)
    if indicator.kind in {Kind.MEAN, Kind.SCORED_QUALITATIVE} and numbers is not None:
        counted &= ~np.isnan(numbers)
    if indicator.kind is Kind.RATIO:
        ratio = choose_ratio(request)
        met, counted = ratio.met[listed], ratio.counted[listed]
    groups = _name_groups(request, mine)
    for place in range(len(mine)):
        person = str(people[place])
        yield Line(
            indicator=indicator.code,
            person=person,
            partner=str(mine["partner"][place]),
            moment=int(moments[place]),
            placed=bool(placed[listed][place]),
            wave=str(mine["wave"][place]) if "wave" in mine else "",
            version=str(mine["version"][place]) if "version" in mine else "",
            number=None if numbers is None or np.isnan(numbers[place]) else float(numbers[place]),
            # A record that names nobody is no person to count.
            counted=bool(counted[place]) and not (indicator.kind is Kind.UNIQUE_PERSONS and not person),
            met=bool(met[place]),
            facts={name: str(column[place]) for name, column in facts.items() if pd.notna(column[place])},
            group=groups[place] if person else "",
        )


def _name_groups(request: Request, rows: pd.DataFrame) -> list[str]:
    """For each record a name of who its person is, as far as that is known over several organisations (R12)."""
    if request.indicator.kind is not Kind.UNIQUE_PERSONS or not request.cut.across:
        return [""] * len(rows)
    people, groups = get_codes(rows["person"]), request.known.groups
    return [f"g{groups[person]}" if person >= 0 else "" for person in people.tolist()]


def _rank_days(rows: pd.DataFrame, people: pd.Series | list[str]) -> npt.NDArray[np.int64]:
    """For each record the place of its day among the days of its person's records."""
    days = (rows["day"] if "day" in rows else rows["end"]).to_numpy()
    frame = pd.DataFrame({"day": days, "person": np.array(people, dtype=object)})
    ranks: npt.NDArray[np.int64] = frame.groupby("person")["day"].rank(method="dense").to_numpy().astype(np.int64)
    return ranks - 1


def _choose(request: Request, line: int) -> tuple[pd.DataFrame, Mask, Mask]:
    """The records of an indicator's source, those that are listed, and those that lie in the period."""
    indicator = request.indicator
    if indicator.kind is Kind.RATIO:
        ratio = choose_ratio(request)
        return ratio.rows, ratio.asked & (ratio.lines == line), ratio.asked
    if indicator.source.kind == "activities":
        rows, chosen = choose_activities(request)
        return rows, chosen & (request.cut.get_lines(rows) == line), chosen
    if indicator.kind in _LISTED:
        counted = choose_records(request)
        placed, mine = np.zeros((2, len(counted.rows)), dtype=np.bool_)
        placed[counted.at], mine[counted.at] = True, counted.lines == line
        return counted.rows, mine, placed
    rows = get_rows(request)
    mine = (request.cut.get_lines(rows) == line) & compile_condition(indicator.population, rows)
    if indicator.kind is Kind.PAIRED_CHANGE:
        # The first answer may lie before the period, the later one lies in it.
        placed = is_placed(rows["day"], request.period)
        return rows, mine & is_placed(rows["day"], request.period, CUMULATIVE), placed
    placed = is_placed(rows["day"], request.period, indicator.period_basis)
    return rows, mine & placed, placed


def _get_numbers(indicator: Indicator, rows: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """What is added up, averaged or compared; what was not noted is missing."""
    if indicator.kind is Kind.SCORED_QUALITATIVE:
        levels = find_levels(indicator, rows)
        return np.where(levels >= 0, levels, np.nan)
    name = indicator.measure or indicator.source.question
    if NUMBER + name in rows:
        # Of a score the printed points, as its rules of improvement are in them.
        return rows[NUMBER + name].to_numpy(dtype=np.float64) * float(get_factor(indicator))
    if indicator.kind not in {Kind.SUM, Kind.RATIO} or not indicator.measure:
        return None
    numbers = np.array([np.nan if pd.isna(each) else float(each) for each in rows[name]], dtype=np.float64)
    return numbers if indicator.source.kind == "activities" else np.where(numbers > 0, numbers, np.nan)


def _list_stages(request: Request, definitions: Definitions, line: int) -> Iterator[Line]:
    """One line for each person who reached a stage, with the stages that were reached as facts."""
    source, known = request.indicator.source, request.known
    survey = definitions.surveys[source.survey]
    stages = find_stages(survey, known, request.due[survey.id], request.period, request.cut)
    names = known.people["person"].cat.categories
    partners = dict(zip(known.people["person"].astype("str"), known.people["partner"].astype("str"), strict=True))
    for place in range(known.persons):
        reached = {stage: "yes" for stage, keys in stages.items() if keys[line * known.persons + place]}
        if reached:
            yield Line(
                indicator=request.indicator.code,
                person=str(names[place]),
                partner=partners.get(str(names[place]), ""),
                moment=0,
                placed=True,
                wave="",
                version="",
                number=None,
                counted=source.of in reached,
                met=source.stage in reached,
                facts=reached,
            )


def list_columns(indicator: Indicator) -> tuple[str, ...]:
    """The columns the conditions of an indicator ask for; where it has no denominator, whether it was answered."""
    found = [
        column for tree in (indicator.population, indicator.numerator, indicator.denominator) for column in _walk(tree)
    ]
    asked = indicator.source.question
    if asked and not indicator.denominator:
        found.append(STATE + asked)
    return tuple(dict.fromkeys(found))


def _walk(tree: object) -> Iterator[str]:
    if isinstance(tree, list | tuple):
        for each in tree:
            yield from _walk(each)
    elif isinstance(tree, Mapping):
        if "question" in tree:
            yield (STATE if "state" in tree else CHOICE) + str(tree["question"])
        elif "field" in tree:
            yield str(tree["field"])
        else:
            for key, inner in tree.items():
                if key in {"wave", "status"}:
                    yield str(key)
                yield from _walk(inner)
