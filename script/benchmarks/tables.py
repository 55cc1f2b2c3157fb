"""Forty indicators with three tables each over a million answers: this program, a pandas loop, DuckDB and polars.

An indicator counts the people who answered a question in a way, for every organisation and for the consortium, whole
and by age, language and way of answering. All four get the same answers in memory, each in the form it likes best, the
rivals with the people's attributes beside every answer; they must agree to the last person. How time grows is fitted
over sizes, and memory is what is taken beside the frame.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from me_platform.catalogue import load_catalogue
from me_platform.demo.build import FREEZE_DAY
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import Aggregation, Kind
from script.benchmarks.indicators import SURVEY, World, make_polars_column, make_world, open_duckdb
from script.benchmarks.rounds import Line, Size, at_least, at_most, compare

INDICATORS = 40
DIMENSIONS = ("age_band", "language", "mode")
_FAVOURABLE = (("yes",), ("rather_yes", "yes"), ("rather_no", "rather_yes"), ("no",), ("no", "rather_no"))
"""The ways of answering that are counted of each question; so many are taken as make up the indicators."""
_COLUMNS = ("question", "state", "choice", "person", "partner", "survey", "day", *DIMENSIONS)

Counts = Mapping[tuple[str, str, str, str], int]
"""People by indicator, organisation, dimension and category; both empty for all of them. Nobody is not there."""


@dataclass(frozen=True)
class Tables:
    """The world with its indicators, and the answers with everything the rivals count by."""

    world: World
    answers: pd.DataFrame


def list_lines(root: Path, size: Size, rivals: tuple[str, ...] = ("pandas", "duckdb", "polars")) -> Iterator[Line]:
    """Ratios of each rival's time to ours, of memory to the frame, and the exponent of time over sizes."""
    tables = make_tables(root, size.answers)
    contenders = {"ours": prepare_ours(tables), **{name: RIVALS[name](tables) for name in rivals}}
    results = {name: count() for name, count in contenders.items()}
    for name, found in results.items():
        assert found == results["ours"], f"{name} counts other people than we do"  # noqa: S101
    seconds = compare(contenders, size.rounds)
    words = f"{len(tables.answers):,} answers, {len(tables.world.asked)} indicators by {len(DIMENSIONS)} dimensions"
    for name in rivals:
        yield Line(
            "tables",
            f"{_WORDS[name]} : one pass ({words.replace(',', ' ')})",
            seconds[name] / seconds["ours"],
            at_least(5.0 if name == "pandas" else 1.0),
            f"{seconds[name] * 1000:.0f} ms : {seconds['ours'] * 1000:.0f} ms",
        )
    peak, frame = measure_memory(tables)
    note = f"{peak / 2**20:.0f} MB : {frame / 2**20:.0f} MB"
    yield Line("tables", "memory taken by one pass : the frames", peak / frame, at_most(2.0), note)
    del tables, contenders, results
    yield measure_growth(root, size.growth)


_WORDS = {
    "pandas": "a pandas loop over indicators and dimensions",
    "duckdb": "DuckDB, one query",
    "polars": "polars, one query",
}


def make_tables(root: Path, answers: int) -> Tables:
    """About so many answers, of people of several ages and languages who answered in several ways."""
    world = make_world(root, answers, varied=True)
    catalogue = load_catalogue(root)
    model = next(
        each
        for each in catalogue.indicators.values()
        if each.source.survey == SURVEY and each.kind is Kind.PROPORTION and each.source.question
    )
    questions = [one.name for one in catalogue.surveys[SURVEY].questions if one.kind == "single_choice"]
    asked = tuple(
        (f"counted-{number}", question, favourable)
        for number, (favourable, question) in enumerate(islice(product(_FAVOURABLE, questions), INDICATORS))
    )
    indicators = {
        code: replace(
            model,
            code=code,
            kind=Kind.UNIQUE_PERSONS,
            source=replace(model.source, question=question),
            numerator={"question": question, "in": list(favourable)},
            denominator={},
            unit="persons",
            over_partners=Aggregation.DISTINCT,
            disaggregations=DIMENSIONS,
            interval="",
        )
        for code, question, favourable in asked
    }
    chosen = tuple(replace(world.plan.indicators[0], indicator=code, trend="") for code in indicators)
    world = replace(world, plan=replace(world.plan, indicators=chosen), indicators=indicators, asked=asked)
    answers_frame = world.frames.answers
    people = world.frames.people.set_index("person")
    beside = {name: people[name].reindex(answers_frame["person"]).array for name in ("age_band", "language")}
    return Tables(world, answers_frame.assign(**beside)[list(_COLUMNS)])


# -- the contenders: each is prepared once and then counts -------------------------------------------------------------


def prepare_ours(tables: Tables) -> Callable[[], Counts]:
    """The program's own way, from frames to figures."""
    world = tables.world

    def count() -> Counts:
        figures = compute_figures(world.plan, world.indicators, world.surveys, world.frames, world.period, FREEZE_DAY)
        found: dict[tuple[str, str, str, str], int] = {}
        for figure in figures:
            if figure.indicator in world.indicators:
                [cell] = figure.disaggregation.items() or [("", "")]
                people = figure.numerator if figure.numerator is not None else int(figure.high or 0)
                if people:
                    found[(figure.indicator, figure.partner, *cell)] = people
        return found

    return count


def prepare_pandas(tables: Tables) -> Callable[[], Counts]:
    """What an analyst writes: for each indicator the rows that fit, and for each table people counted once."""
    world, answers = tables.world, tables.answers
    consortium = world.plan.consortium.code
    start, end = (pd.Timestamp(day) for day in (world.period.start, world.period.end))

    def count() -> Counts:
        counts: dict[tuple[str, str, str, str], int] = {}
        for code, question, favourable in world.asked:
            mine = answers[
                (answers["survey"] == SURVEY)
                & (answers["question"] == question)
                & (answers["day"] >= start)
                & (answers["day"] <= end)
                & (answers["state"] == "answered")
                & answers["choice"].isin(favourable)
            ]
            for partner, people in mine.groupby("partner", observed=True)["person"].nunique().items():
                counts[code, str(partner), "", ""] = int(people)
            if len(mine):
                counts[code, consortium, "", ""] = int(mine["person"].nunique())
            for dimension in DIMENSIONS:
                apart: Any = mine.groupby(["partner", dimension], observed=True)["person"].nunique()
                for (partner, group), people in apart.items():
                    counts[code, partner, dimension, group] = int(people)
                whole: Any = mine.groupby(dimension, observed=True)["person"].nunique()
                for group, people in whole.items():
                    counts[code, consortium, dimension, group] = int(people)
        return counts

    return count


def prepare_duckdb(tables: Tables) -> Callable[[], Counts]:
    """One query with grouping sets; the table lies in DuckDB's memory, texts as its own enumerations."""
    world = tables.world
    connection = open_duckdb(world, tables.answers)

    def count() -> Counts:
        rows = connection.execute(_SQL, [SURVEY, world.period.start, world.period.end]).fetchall()
        return _gather(world, rows)

    return count


_SQL = """
select f.indicator, a.partner::varchar, a.age_band::varchar, a.language::varchar, a.mode::varchar,
    count(distinct a.person)
from answers a join favourable f on f.question = a.question::varchar and f.choice = a.choice::varchar
where a.survey = ? and a.day between ? and ? and a.state = 'answered'
group by grouping sets (
    (f.indicator), (f.indicator, a.age_band), (f.indicator, a.language), (f.indicator, a.mode),
    (f.indicator, a.partner), (f.indicator, a.partner, a.age_band), (f.indicator, a.partner, a.language),
    (f.indicator, a.partner, a.mode)
)
"""


def prepare_polars(tables: Tables) -> Callable[[], Counts]:
    """One lazy query over all indicators; texts as polars' enumerations."""
    import polars as pl  # noqa: PLC0415 - installed for the bench alone

    world = tables.world
    table = pl.DataFrame({name: make_polars_column(pl, tables.answers[name]) for name in _COLUMNS})
    asked = pl.DataFrame(
        [(code, question, choice) for code, question, choices in world.asked for choice in choices],
        schema={"indicator": pl.String, "question": table.schema["question"], "choice": table.schema["choice"]},
        orient="row",
    )

    def count() -> Counts:
        mine = (
            table.lazy()
            .filter(
                pl.col("survey") == SURVEY,
                pl.col("day").is_between(world.period.start, world.period.end),
                pl.col("state") == "answered",
            )
            .join(asked.lazy(), on=["question", "choice"])
        )
        queries = []
        for place, dimension in product(((), ("partner",)), ("", *DIMENSIONS)):
            keys = ["indicator", *place, *([dimension] if dimension else [])]
            told = mine.group_by(keys).agg(pl.col("person").n_unique().alias("people"))
            missing = [name for name in ("partner", *DIMENSIONS) if name not in keys]
            told = told.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
            queries.append(
                told.select("indicator", *(pl.col(name).cast(pl.String) for name in ("partner", *DIMENSIONS)), "people")
            )
        return _gather(world, (row for found in pl.collect_all(queries) for row in found.iter_rows()))

    return count


def _gather(world: World, rows: Iterable[Any]) -> Counts:
    """Rows of indicator, organisation (none: the consortium), one category at most, and people."""
    found = {}
    for indicator, partner, *categories, people in rows:
        cell = next(((name, one) for name, one in zip(DIMENSIONS, categories, strict=True) if one), ("", ""))
        found[(indicator, partner or world.plan.consortium.code, *cell)] = int(people)
    return found


RIVALS: Mapping[str, Callable[[Tables], Callable[[], Counts]]] = {
    "pandas": prepare_pandas,
    "duckdb": prepare_duckdb,
    "polars": prepare_polars,
}


# -- memory and growth -------------------------------------------------------------------------------------------------


def measure_memory(tables: Tables) -> tuple[int, int]:
    """The most bytes one pass took beside what was there, and the bytes of all frames it counts from."""
    frames = tables.world.frames
    whole = [each for each in vars(frames).values() if isinstance(each, pd.DataFrame)]
    size = sum(int(each.memory_usage(deep=True).sum()) for each in (*whole, *frames.sources.values()))
    count = prepare_ours(tables)
    gc.collect()
    tracemalloc.start()
    try:
        count()
        return tracemalloc.get_traced_memory()[1], size
    finally:
        tracemalloc.stop()


def measure_growth(root: Path, sizes: tuple[int, ...]) -> Line:
    """The exponent of the time of one pass over the number of answers, fitted over all sizes."""
    seconds = []
    for answers in sizes:
        count = prepare_ours(make_tables(root, answers))
        taken = []
        for _ in range(3):
            gc.collect()
            start = time.perf_counter()
            count()
            taken.append(time.perf_counter() - start)
        seconds.append(min(taken))
    exponent = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    steps = zip(pairwise(sizes), pairwise(seconds), strict=True)
    last = [float(np.log(late / early) / np.log(more / fewer)) for (fewer, more), (early, late) in steps]
    told = "; ".join(f"{size:.0e} {each * 1000:.0f} ms" for size, each in zip(sizes, seconds, strict=True))
    note = f"{told}; between steps {', '.join(f'{each:.2f}' for each in last)}"
    return Line("tables", "exponent of time over answers, fitted", exponent, at_most(1.1), note)
