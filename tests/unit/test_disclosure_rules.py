from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from me_platform.disclosure.atoms import Atom, Cell, Fact, Issue
from me_platform.disclosure.bands import Band, is_small
from me_platform.disclosure.ledger import Entry, Ledger
from me_platform.disclosure.rules import (
    Summary,
    find_exposed,
    find_rules,
    holds_nearly_all,
    is_close,
    is_dominated,
    list_sensitive,
    may_summarise,
)
from tests.issue_samples import T, make_consortium, make_table


@pytest.mark.parametrize(("value", "small"), [(0, False), (1, True), (4, True), (5, False), (22, False)])
def test_p1_a_figure_of_1_to_t_less_1_is_small(value: int, small: bool) -> None:  # noqa: FBT001 - a row of a table
    """P1."""
    assert is_small(value, T) is small


@pytest.mark.parametrize(
    ("value", "own", "exposed"),
    [
        (30, {"A": 28, "B": 2}, ("A",)),
        (30, {"A": 25, "B": 5}, ()),
        (7, {"A": 4, "B": 3}, ("A", "B")),
        (28, {"A": 28, "B": 0}, ()),
        (3, {"A": 3}, ()),
        (3, {"A": 1, "B": 2, "C": 0}, ("A", "B")),
    ],
)
def test_p2_a_partner_sees_few_behind_its_own(value: int, own: Mapping[str, int], exposed: Sequence[str]) -> None:
    """P2: a partner without people of its own sees no more than the public."""
    assert find_exposed(value, own, T) == exposed


@pytest.mark.parametrize(
    ("line", "told"),
    [((6, 0), (6,)), ((5, 1), (5,)), ((2, 2), ()), ((1, 1), (1, 1)), ((0, 0), ()), ((9, 8, 1), ()), ((1,), (1,))],
)
def test_p3_a_category_holds_everyone_or_all_but_one(line: Sequence[int], told: Sequence[int]) -> None:
    """P3; the first three are the ESSnet handbook's Married 6/0, Divorced 5/1 and Single 2/2."""
    assert tuple(value for value in line if holds_nearly_all(value, sum(line))) == told


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((50_000, 49_000, *[100] * 10), True),
        ((52_000, 50_000, *[800] * 10), False),
        ((10, 10, 10, 10), True),
        ((10, 10, 10, 10, 10), False),
        ((10, 10, 10, 10, 0), True),
        ((), False),
        ((100, 50, Fraction(99, 10), 0, 0), True),
    ],
)
def test_p4_hours_and_money_rest_on_t_people_and_tell_nobodys_share(
    shares: Sequence[int | Fraction],
    told: bool,  # noqa: FBT001
) -> None:
    """P4: 100,000 (50,000; 49,000) is unsafe by the p % rule with p = 10, 110,000 (52,000; 50,000) is safe."""
    assert is_dominated(shares, T) is told


@pytest.mark.parametrize(("wide", "narrow", "close"), [(22, 21, True), (22, 22, False), (22, 17, False), (4, 0, True)])
def test_p5_nested_figures_differ_by_nobody_or_by_t(wide: int, narrow: int, close: bool) -> None:  # noqa: FBT001
    """P5: lives-and-works 22 and males 21 are refused."""
    assert is_close(wide, narrow, T) is close


@pytest.mark.parametrize(
    ("kind", "people", "allowed"),
    [
        (Summary.MEAN, 5, True),
        (Summary.MEDIAN, 5, True),
        (Summary.MEAN, 4, False),
        (Summary.MEDIAN, 4, False),
        (Summary.MINIMUM, 500, False),
        (Summary.MAXIMUM, 500, False),
    ],
)
def test_p6_means_and_medians_need_t_people_and_no_minimum_is_told(
    kind: Summary,
    people: int,
    allowed: bool,  # noqa: FBT001
) -> None:
    """P6."""
    assert may_summarise(kind, people, T) is allowed


def test_each_cell_says_by_which_rules_it_is_sensitive() -> None:
    """P1 to P4 on cells."""
    issue = make_consortium({"A": [3, 28, 9], "B": [9, 2, 9]})
    cells = {cell.name: cell for cell in issue.cells}
    rules = {name: find_rules(cell, issue.counts) for name, cell in cells.items()}
    assert rules == {
        **dict.fromkeys(cells, ()),
        "A:0": ("P1",),
        "B:1": ("P1",),
        ":0": ("P2",),
        ":1": ("P2",),
    }
    assert find_rules(replace(cells["A:1"], delicate=True, size=28, flagged=True), issue.counts) == ("P3", "P4")
    assert not find_rules(replace(cells["A:1"], size=28), issue.counts)


def test_differences_are_found_among_new_figures_and_beside_the_ledger() -> None:
    """P5: all but one partner, successive issues; each difference once, and none between two old figures."""
    first = make_consortium({"A": [9], "B": [8]})
    second = make_consortium({"A": [2], "B": [7]}, period="2", before=first)
    old = [
        Entry("1", cell.name, cell.atoms, T, sensitive=False, shown=None if cell.name == "B:" else cell.value)
        for cell in first.cells
    ]
    found = {each.name: each for each in list_sensitive(second, Ledger(tuple(old), first.counts))}
    [new] = [each for each in found.values() if {(atom.partner, atom.period) for atom in each.atoms} == {("A", "2")}]
    assert new.name.startswith("A:0 less 1: A:")
    assert all(each.rules[-1] == "P5" for each in found.values())
    assert len({(each.atoms, each.scenarios) for each in found.values()}) == len(found)
    totals = make_consortium({"A": [9], "B": [3]})
    without = Issue(tuple(cell for cell in totals.cells if cell.name in {":", "A:"}), totals.counts)
    assert [each.rules for each in list_sensitive(without) if "less" in each.name] == [("P5",)]


def test_a_difference_only_a_partner_sees_is_guarded_against_that_partner() -> None:
    """P2 on what P5 lets everybody work out."""
    mine, rest = (Atom("x", "2026", (name,)) for name in "ab")
    theirs, others = (Atom("y", "2026", (name,)) for name in "ab")
    counts = {mine: 20, rest: 9, theirs: 8, others: 3}
    every = Cell("all", frozenset(counts), 40, T)
    part = Cell("part", frozenset({mine, theirs}), 28, T)
    [one] = [each for each in list_sensitive(Issue((every, part), counts)) if "less" in each.name]
    assert (one.name, one.scenarios, one.rules) == ("all less part", frozenset({"x"}), ("P2", "P5"))


ATOM = Atom("A", "1")


@pytest.mark.parametrize(
    ("cells", "counts", "facts", "why"),
    [
        ((Cell("a", frozenset({ATOM}), 1, T),) * 2, {ATOM: 1}, (), "two cells of one name"),
        ((Cell("a", frozenset(), 0, T),), {ATOM: 1}, (), "no atoms"),
        ((Cell("a", frozenset({Atom("B", "1")}), 0, T),), {ATOM: 1}, (), "without a count"),
        ((Cell("a", frozenset({ATOM}), 2, T),), {ATOM: 1}, (), "not the sum"),
        ((Cell("a", frozenset({ATOM}), 1, 0),), {ATOM: 1}, (), "threshold"),
        ((Cell("a", frozenset({ATOM}), 1, T, cost=0),), {ATOM: 1}, (), "cost"),
        ((Cell("a", frozenset({ATOM}), 1, T, band=Band(2, 5)),), {ATOM: 1}, (), "outside its range"),
        ((), {ATOM: -1}, (), "less than nobody"),
        ((), {ATOM: 1}, (Fact(frozenset({ATOM}), low=2, high=3),), "not true"),
    ],
)
def test_an_issue_that_contradicts_itself_is_refused(
    cells: tuple[Cell, ...], counts: Mapping[Atom, int], facts: tuple[Fact, ...], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Issue(cells, counts, facts)


def test_lines_run_along_one_dimension() -> None:
    issue = make_table([[1, 2], [3, 4]], "xy", "ab")
    by_name = {cell.name: cell for cell in issue.cells}
    shared = [
        (one, two)
        for one, two in itertools.combinations(["x:a", "x:b", "y:a", "y:b"], 2)
        if by_name[one].lines & by_name[two].lines
    ]
    assert shared == [("x:a", "x:b"), ("x:a", "y:a"), ("x:b", "y:b"), ("y:a", "y:b")]
