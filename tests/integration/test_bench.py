"""Every line of the bench runs in its smoke size and has a number; how fast anything is, no test says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import pytest

from script import bench
from script.benchmarks import indicators, tables
from script.benchmarks.rounds import QUICK, Goal, Line

# DuckDB and polars are installed by script/bench alone.
_HERE = partial(indicators.list_lines, rivals=("pandas-text", "pandas"))
_TABLES = partial(tables.list_lines, rivals=("pandas",))
BENCHES: Mapping[str, bench.Bench] = {**bench.BENCHES, "indicators": _HERE, "tables": _TABLES}
EVERY_RUN = {"site", "crowd", "indicators", "tables"}
LINES = {
    "site": 5,
    "crowd": 3,
    "indicators": 2,
    "tables": 3,
    "opening": 2,
    "freezing": 4,
    "report": 5,
    "pool": 1,
    "startup": 2,
}


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[] if each in EVERY_RUN else pytest.mark.full) for each in bench.BENCHES]
)
def test_every_line_of_a_bench_runs_and_has_a_number(name: str) -> None:
    lines = list(BENCHES[name](bench.ROOT, QUICK))
    assert len(lines) == LINES[name]
    for line in lines:
        assert line.bench == name
        assert math.isfinite(line.ratio)
        assert line.ratio > 0


def test_the_table_says_which_goal_is_met() -> None:
    lines = [
        Line("one", "this : that", 4.5, Goal(">=", 4.0), "9 : 2"),
        Line("two", "these : those", 1.2, Goal("<=", 1.1)),
        Line("three", "some : others", 1.0),
    ]
    assert [bench.make_entry(line)["met"] for line in lines] == [True, False, None]
    rows = list(bench.format_table(lines))
    assert ["missed" in row for row in rows] == [False, False, True, False]
    assert rows[1].split()[-4:] == ["met", "9", ":", "2"]
