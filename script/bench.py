"""The program against what it is made of: a table of ratios, each of two medians of one run.

A ratio says what a second on this machine cannot: what our way costs or saves beside the plain one. Where a goal is
missed the table says so; it ends no build. Run through ``script/bench``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from script.benchmarks.rounds import FULL, QUICK, Line, Size

# Processes that render reports import this file again: what a bench needs is imported when it runs.

ROOT = Path(__file__).resolve().parents[1]

Bench = Callable[[Path, Size], Iterator[Line]]


def measure_site(root: Path, size: Size) -> Iterator[Line]:
    """Pages and forms of the survey site per second."""
    from script.benchmarks.site import list_lines

    return list_lines(root, size)


def measure_crowd(root: Path, size: Size) -> Iterator[Line]:
    """Five hundred people answering at once, and what a worker keeps."""
    from script.benchmarks.crowd import list_lines

    return list_lines(root, size)


def measure_indicators(root: Path, size: Size) -> Iterator[Line]:
    """One pass over a million answers."""
    from script.benchmarks.indicators import list_lines

    return list_lines(root, size)


def measure_tables(root: Path, size: Size) -> Iterator[Line]:
    """Forty indicators with three tables each over a million answers."""
    from script.benchmarks.tables import list_lines

    return list_lines(root, size)


def measure_opening(root: Path, size: Size) -> Iterator[Line]:
    """Ten thousand sealed responses opened."""
    from script.benchmarks.opening import list_lines

    return list_lines(root, size)


def measure_freezing(root: Path, size: Size) -> Iterator[Line]:
    """The sample's year frozen."""
    from script.benchmarks.freezing import list_lines

    return list_lines(root, size)


def measure_report(root: Path, size: Size) -> Iterator[Line]:
    """A report and its charts."""
    from script.benchmarks.reports import list_lines

    return list_lines(root, size)


def measure_pool(root: Path, size: Size) -> Iterator[Line]:
    """Twenty reports on one and two processes."""
    from script.benchmarks.reports import list_pool_lines

    return list_pool_lines(root, size)


def measure_startup(root: Path, size: Size) -> Iterator[Line]:
    """Start and memory of a worker of the survey site."""
    from script.benchmarks.startup import list_lines

    return list_lines(root, size)


BENCHES: Mapping[str, Bench] = {
    "site": measure_site,
    "crowd": measure_crowd,
    "indicators": measure_indicators,
    "tables": measure_tables,
    "opening": measure_opening,
    "freezing": measure_freezing,
    "report": measure_report,
    "pool": measure_pool,
    "startup": measure_startup,
}
"""Each bench by the name it is asked for."""


def main(arguments: Sequence[str]) -> int:
    """Run the benches and print the table; 0 whatever goal was missed."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="a smoke size: every line runs, its number means nothing")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    size = QUICK if options.quick else FULL
    start = time.monotonic()
    lines: list[Line] = []
    for name in options.names or BENCHES:
        print(f"bench: {name}: {BENCHES[name].__doc__}", file=sys.stderr, flush=True)
        for line in BENCHES[name](ROOT, size):
            # Said at once: what comes later may break off.
            print(f"  {line.compared}: {line.ratio:.2f} ({line.note})", file=sys.stderr, flush=True)
            lines.append(line)
    if options.json:
        print(json.dumps([make_entry(line) for line in lines], indent=1))
    else:
        print("\n".join(format_table(lines)))
        load = os.getloadavg()[1]
        print(f"{time.monotonic() - start:.0f} s on {os.cpu_count()} cores; load of the last five minutes {load:.1f}")
    return 0


def make_entry(line: Line) -> dict[str, object]:
    """A line as JSON has it, with whether its goal is met (null where there is none)."""
    return {**asdict(line), "met": line.goal.is_met(line.ratio) if line.goal else None}


def format_table(lines: Iterable[Line]) -> Iterator[str]:
    """The lines of the table, columns aligned."""
    heading = ("bench", "this : that", "ratio", "goal", "", "medians, this : that")
    rows = [heading, *(_make_row(line) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _make_row(line: Line) -> tuple[str, ...]:
    verdict = "" if line.goal is None else "met" if line.goal.is_met(line.ratio) else "missed"
    return (line.bench, line.compared, f"{line.ratio:.2f}", str(line.goal or ""), verdict, line.note)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
