"""Published cases of privacy-and-safety part 3, random issues against brute force, and what happens without time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.atoms import PUBLIC, Atom, Cell, Fact, Issue, Sensitive
from me_platform.disclosure.bands import Band, Shown
from me_platform.disclosure.certificates import (
    ProofState,
    list_faults,
    make_certificate,
    make_certificate_content,
)
from me_platform.disclosure.hiding import Protection, list_bands, protect_issue
from me_platform.disclosure.ledger import (
    Ledger,
    LedgerContradicted,
    list_entries,
    make_entry,
    make_entry_content,
)
from me_platform.disclosure.rules import find_rules
from me_platform.disclosure.search import compute_bounds
from me_platform.disclosure.worlds import Budget, Range
from tests.issue_samples import T, is_proved_small, list_worlds, make_consortium, make_table

EMPTY = Ledger()


def get_cell(issue: Issue, name: str) -> Cell:
    return next(cell for cell in issue.cells if cell.name == name)


def show_all_but(issue: Issue, *hidden: str) -> dict[str, Shown]:
    return {cell.name: None if cell.name in hidden else cell.value for cell in issue.cells}


def find_hidden(protection: Protection) -> set[str]:
    return {name for name, shown in protection.shown.items() if shown is None}


def add_issue(
    ledger: Ledger, name: str, issue: Issue, shown: Mapping[str, Shown], sensitive: Sequence[Sensitive]
) -> Ledger:
    """The ledger with one issue more, each entry of which survives JSON."""
    entries = list_entries(ledger, name, issue, shown, sensitive)
    counts = {**ledger.counts, **issue.counts}
    atoms = sorted(counts)
    places = {atom: place for place, atom in enumerate(atoms)}
    contents = json.loads(json.dumps([make_entry_content(entry, places) for entry in entries]))
    assert tuple(make_entry(content, atoms) for content in contents) == entries
    return Ledger((*ledger.entries, *entries), counts)


def check_protection(protection: Protection, ledger: Ledger = EMPTY) -> None:
    """The certificate holds, is checked without a solver, and survives JSON."""
    certificate = protection.certificate
    assert certificate.holds
    assert list_faults(protection.issue, ledger, protection.shown, certificate) == ()
    again = make_certificate(json.loads(json.dumps(make_certificate_content(certificate))))
    assert again == certificate


# -- published cases ----------------------------------------------------------------------------------------------


def test_the_handbooks_3_by_2_table_is_attacked_as_published() -> None:
    """ESSnet handbook, chapter 4 example 3: X11 is in [3, 6]; who knows that cell (1,2) is 1 knows that it is 6."""
    table = make_table([[6, 1], [0, 3], [3, 3]], "123", "12")
    atoms = {atom.category: atom for atom in table.counts}
    known = atoms["1", "2"]._replace(partner="knows it")
    counts = {known if atom == atoms["1", "2"] else atom: count for atom, count in table.counts.items()}
    cells = tuple(
        replace(cell, atoms=frozenset(known if atom == atoms["1", "2"] else atom for atom in cell.atoms))
        for cell in table.cells
    )
    issue = Issue(cells, counts)
    shown = show_all_but(issue, "1:1", "1:2", "2:1", "2:2")
    assert [shown[f"{row}:"] for row in "123"] == [7, 3, 6]
    assert [shown[f":{column}"] for column in "12"] == [9, 7]
    cell = get_cell(issue, "1:1")
    assert compute_bounds(issue, shown, cell.atoms) == Range(3, 6)
    assert compute_bounds(issue, shown, cell.atoms, "knows it") == Range(6, 6)


SDCTABLE = [[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]]
NINE = ("w:a", "w:b", "w:c", "x:a", "x:c", "y:b", "y:d", "z:b", "z:d")
"""The one set of nine cells with two or more in every line of which all that is published is true: a search over all
sets of nine found no other from which (w,b) follows exactly and which (x,d) then opens to [0, 78]."""


def test_sdctables_4_by_4_problem_is_attacked_and_mended_as_published() -> None:
    """(w,b) = 47 is found exactly; the engine adds exactly (x,d) = 31, after which the bounds are [0, 78]."""
    issue = make_table(SDCTABLE, "wxyz", "abcd", hidden={"w:b": 48})
    cell = get_cell(issue, "w:b")
    assert compute_bounds(issue, show_all_but(issue, *NINE), cell.atoms) == Range(47, 47)
    hidden = [replace(each, watched=each.name in NINE) for each in issue.cells]
    protection = protect_issue(Issue(tuple(hidden), issue.counts))
    assert find_hidden(protection) == {*NINE, "x:d"}
    assert protection.certificate.cheapest
    assert compute_bounds(issue, protection.shown, cell.atoms) == Range(0, 78)
    check_protection(protection)


def test_the_handbooks_hours_by_marital_status_are_flagged() -> None:
    """ESSnet handbook, chapter 5: P3 flags Married 6/0 and Divorced 5/1, not Single 2/2; both are hidden."""
    statuses = {"Married": (6, 0), "Divorced": (5, 1), "Single": (2, 2)}
    issue = make_table(list(statuses.values()), list(statuses), ["more", "less"], threshold=2)
    cells = tuple(
        replace(cell, delicate=True, size=sum(statuses[row]))
        if (row := cell.name.partition(":")[0]) and not cell.name.endswith(":")
        else cell
        for cell in issue.cells
    )
    flagged = {cell.name for cell in cells if "P3" in find_rules(cell, issue.counts)}
    assert flagged == {"Married:more", "Divorced:more"}
    protection = protect_issue(replace(issue, cells=cells))
    assert flagged <= find_hidden(protection)
    check_protection(protection)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [(("15-24, men", 31), ("15-25, men", 32)), (("males who live and work here", 21), ("all who do", 22))],
)
def test_two_figures_that_differ_by_one_are_not_printed_together(
    wide: tuple[str, int], narrow: tuple[str, int]
) -> None:
    """Chapter 5: two age cuts that differ by one man, and lives-and-works 22, males 21: P5 refuses the pair."""
    (less, few), (more, many) = wide, narrow
    atoms = Atom("all", "2026", ("inside",)), Atom("all", "2026", ("between",))
    cells = Cell(less, frozenset(atoms[:1]), few, T), Cell(more, frozenset(atoms), many, T)
    issue = Issue(cells, dict(zip(atoms, (few, many - few), strict=True)))
    assert compute_bounds(issue, show_all_but(issue), frozenset(atoms[1:])) == Range(1, 1)
    protection = protect_issue(issue)
    assert find_hidden(protection) == {less}
    check_protection(protection)


# -- bounds against brute force -----------------------------------------------------------------------------------


@st.composite
def patterns(draw: st.DrawFn) -> tuple[Issue, dict[str, Shown]]:
    """A small table and anything shown of it: exactly, as a range, or not."""
    numbers = draw(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=3))
    issue = make_consortium({f"P{row}": each for row, each in enumerate(numbers)}, threshold=3)
    shown: dict[str, Shown] = {}
    for cell in issue.cells:
        low = max(cell.value - draw(st.integers(0, 2)), 0)
        band = Band(low, cell.value + draw(st.integers(0, 2)))
        shown[cell.name] = draw(st.sampled_from([cell.value, band, None]))
    return issue, {**shown, ":": get_cell(issue, ":").value}


@given(patterns(), st.data())
@settings(max_examples=40, deadline=None)
def test_bounds_are_those_of_all_tables_there_are(pattern: tuple[Issue, dict[str, Shown]], data: st.DataObject) -> None:
    """Brute force over all tables gives the same least and largest sum, for any reader."""
    issue, shown = pattern
    scenario = data.draw(st.sampled_from([PUBLIC, *issue.partners]))
    atoms = data.draw(st.sets(st.sampled_from(sorted(issue.counts)), min_size=1))
    most = get_cell(issue, ":").value
    sums = [sum(world[atom] for atom in atoms) for world in list_worlds(issue, EMPTY, shown, scenario, most)]
    assert compute_bounds(issue, shown, atoms, scenario) == Range(min(sums), max(sums))


def test_a_number_nothing_is_said_of_has_no_upper_bound() -> None:
    issue = make_table([[3, 9]], "x", "ab")
    assert compute_bounds(issue, show_all_but(issue, "x:a", "x:", ":", ":a"), get_cell(issue, "x:a").atoms) == Range(
        0, None
    )


def test_whole_numbers_tell_more_than_the_linear_relaxation() -> None:
    """Three pairs of three atoms that add up to 1, 1 and 1 are no table; known to 0..1 each, all three are 1 at most.

    The linear relaxation allows half a person three times.
    """
    atoms = [Atom("A", "1", (name,)) for name in "abc"]
    pairs = [frozenset(atoms) - {atom} for atom in atoms]
    cells = [
        Cell(f"without {atom.category[0]}", pair, 1 if atoms[0] in pair else 0, T)
        for atom, pair in zip(atoms, pairs, strict=True)
    ]
    issue = Issue(tuple(cells), dict(zip(atoms, (1, 0, 0), strict=True)))
    shown: dict[str, Shown] = {cell.name: Band(0, 1) for cell in cells}
    assert compute_bounds(issue, shown, atoms) == Range(0, 1)


def test_without_time_the_ends_lie_outside() -> None:
    issue = make_table([[3, 9]], "x", "ab")
    bounds = compute_bounds(
        issue, show_all_but(issue, "x:a", "x:b"), get_cell(issue, "x:a").atoms, budget=Budget(lambda: 1.0, 0.0)
    )
    assert bounds.low == 0
    assert not bounds.exact


# -- random programmes --------------------------------------------------------------------------------------------

MOST_ATOMS = 12
"""Of larger issues there are too many tables to try; there the worlds of the certificate are added up alone."""


def check_by_brute_force(protection: Protection, ledger: Ledger, most: int) -> None:
    """No sensitive number is proved small, for the public or any one partner: all tables, no solver."""
    for each in protection.sensitive:
        for scenario in (PUBLIC, *protection.issue.partners):
            if each.scenarios is None or scenario in each.scenarios:
                small = is_proved_small(protection.issue, ledger, protection.shown, each, scenario, most)
                assert not small, (each.name, scenario)


def draw_programme(seed: int, partners: int, categories: int, issues: int) -> Iterator[Issue]:
    """Cumulative issues: few people in each atom, more in some."""
    random = Random(seed)  # noqa: S311 - invented people
    issue: Issue | None = None
    for number in range(issues):
        rows = {
            f"P{partner}": [random.choice((0, 0, 1, 2, 3, 5, 8)) for _ in range(categories)]
            for partner in range(partners)
        }
        issue = make_consortium(rows, str(number), before=issue, threshold=3, bandable=seed % 2 == 0)
        yield issue


def check_programme(seed: int, partners: int, categories: int, issues: int) -> None:
    ledger = EMPTY
    for number, issue in enumerate(draw_programme(seed, partners, categories, issues)):
        protection = protect_issue(issue, ledger)
        check_protection(protection, ledger)
        if len(issue.counts) <= MOST_ATOMS:
            check_by_brute_force(protection, ledger, sum(issue.counts.values()) + 3)
        ledger = add_issue(ledger, str(number), issue, protection.shown, protection.sensitive)


@pytest.mark.parametrize("seed", range(8))
def test_random_programmes_prove_no_small_number(seed: int) -> None:
    """privacy-and-safety part 3, "Protect": brute force over all tables, cumulative issues with their ledger."""
    check_programme(seed, 2 + seed % 2, 2, 1 + seed % 3)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(40))
def test_more_random_programmes_prove_no_small_number(seed: int) -> None:
    """privacy-and-safety part 3, "Protect": up to 4 partners, 5 categories and 3 issues."""
    check_programme(seed, 2 + seed % 3, 2 + seed % 4, 1 + seed % 3)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_partners_and_categories_changes_nothing_but_ties(seed: int) -> None:
    [issue] = draw_programme(2 * seed + 1, 3, 3, 1)
    costs = set()
    for names, order in (
        ({}, issue.cells),
        ({"P0": "P2", "P2": "P0"}, issue.cells[::-1]),
        ({"P0": "Z"}, issue.cells[4:] + issue.cells[:4]),
    ):
        renamed = {atom: atom._replace(partner=names.get(atom.partner, atom.partner)) for atom in issue.counts}
        cells = tuple(replace(cell, atoms=frozenset(renamed[atom] for atom in cell.atoms)) for cell in order)
        protection = protect_issue(Issue(cells, {renamed[atom]: count for atom, count in issue.counts.items()}))
        assert protection.certificate.cheapest
        assert {each.name for each in protection.sensitive if each.name in protection.shown} <= find_hidden(protection)
        costs.add(round(sum(cell.weight for cell in cells if protection.shown[cell.name] is None), 6))
    assert len(costs) == 1


def find_cheapest(issue: Issue) -> float:
    """What the cheapest safe pattern costs, by trying all of them in turn, cheapest first."""
    weights = {cell.name: cell.weight for cell in issue.cells}
    few = {cell.name for cell in issue.cells if find_rules(cell, issue.counts)}
    others = sorted(weights.keys() - few)
    sets = [few | {name for place, name in enumerate(others) if mask >> place & 1} for mask in range(2 ** len(others))]
    for hidden in sorted(sets, key=lambda each: sum(weights[name] for name in sorted(each))):
        cells = tuple(replace(cell, watched=cell.name in hidden) for cell in issue.cells)
        if find_hidden(protect_issue(Issue(cells, issue.counts))) == hidden:
            return sum(weights[name] for name in hidden)
    raise AssertionError("hiding everything is safe")


@pytest.mark.parametrize("numbers", [{"A": [2, 9], "B": [7, 3]}, {"A": [1, 12], "B": [2, 10]}])
def test_no_pattern_is_cheaper(numbers: Mapping[str, Sequence[int]]) -> None:
    """The cutting planes end at the cheapest pattern there is: every pattern of the nine cells is tried."""
    issue = make_consortium(numbers)
    protection = protect_issue(issue)
    cost = sum(cell.weight for cell in issue.cells if protection.shown[cell.name] is None)
    assert cost == pytest.approx(find_cheapest(issue))


# -- ledger -------------------------------------------------------------------------------------------------------


def protect_twice(ledger_on: bool) -> tuple[Issue, Protection]:  # noqa: FBT001 - both ways of one story
    """20 people, then 2 more: each issue is safe by itself."""
    first = make_consortium({"A": [20], "B": [30]})
    second = make_consortium({"A": [2], "B": [9]}, period="2", before=first)
    before = protect_issue(first)
    assert not find_hidden(before)
    ledger = add_issue(EMPTY, "1", first, before.shown, before.sensitive)
    return first, protect_issue(second, ledger if ledger_on else EMPTY)


def test_successive_issues_do_not_give_away_who_is_new() -> None:
    """P5 and the ledger; without it the second issue gives two people away."""
    _, protection = protect_twice(ledger_on=True)
    assert "A:0" in find_hidden(protection)
    first, careless = protect_twice(ledger_on=False)
    assert careless.shown["A:0"] == get_cell(first, "A:0").value + 2


def test_what_the_ledger_hides_stays_hidden_and_is_not_found_out() -> None:
    """A cell hidden for the sake of another is neither printed later nor left as the only unknown of a line."""
    first = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30]})
    before = protect_issue(first)
    ledger = add_issue(EMPTY, "1", first, before.shown, before.sensitive)
    again = protect_issue(first, ledger)
    assert find_hidden(again) == find_hidden(before)
    check_protection(again, ledger)
    secondary = find_hidden(before) - {each.name for each in before.sensitive}
    assert secondary
    kept = [proof for proof in again.certificate.proofs if proof.kept]
    assert kept
    assert all(proof.state is ProofState.PROVED for proof in kept)
    bounds = [compute_bounds(first, again.shown, get_cell(first, name).atoms, PUBLIC, ledger) for name in secondary]
    assert all(each.high is None or each.low < each.high for each in bounds)


def test_what_was_given_away_before_is_said() -> None:
    """A ledger that was not protected: nothing hidden now can help, and the certificate does not hold."""
    issue = make_consortium({"A": [2, 9], "B": [7, 8]})
    ledger = add_issue(EMPTY, "1", issue, show_all_but(issue), ())
    protection = protect_issue(issue, ledger)
    assert not protection.certificate.holds
    states = {proof.state for proof in protection.certificate.proofs}
    assert ProofState.GIVEN_AWAY in states
    assert list_faults(issue, ledger, protection.shown, protection.certificate)


def test_what_was_published_and_is_not_small_needs_no_two_worlds() -> None:
    """P2: 20 people of A were published, 2 of B come: A alone could see the 2, and nobody can be told there were 0."""
    first = make_consortium({"A": [20], "B": [0]})
    second = make_consortium({"A": [0], "B": [2]}, period="2", before=first)
    before = protect_issue(first)
    ledger = add_issue(EMPTY, "1", first, before.shown, before.sensitive)
    protection = protect_issue(second, ledger)
    assert protection.shown[":"] is None
    check_protection(protection, ledger)
    certificate = protection.certificate
    assert {proof.scenario for proof in certificate.proofs if proof.state is ProofState.NOT_SMALL} == {PUBLIC, "B"}
    lies = tuple(replace(proof, state=ProofState.NOT_SMALL) for proof in certificate.proofs)
    faults = list_faults(second, ledger, protection.shown, replace(certificate, proofs=lies))
    assert any("it is small" in fault for fault in faults)


def test_a_closed_period_does_not_change() -> None:
    first = make_consortium({"A": [20], "B": [30]})
    ledger = add_issue(EMPTY, "1", first, show_all_but(first), ())
    changed = make_consortium({"A": [21], "B": [30]})
    with pytest.raises(LedgerContradicted, match="A 1"):
        protect_issue(changed, ledger)
    assert add_issue(ledger, "2", first, show_all_but(first), ()).entries[: len(ledger.entries)] == ledger.entries


def test_facts_everybody_knows_are_part_of_what_is_worked_out() -> None:
    """Two one-way tables over the same people: the total of one gives away the hidden cell of the other."""
    age, form = make_table([[2, 20]], ["age"], "ab"), make_table([[10, 12]], ["form"], "cd")
    cells = tuple(cell for cell in (*age.cells, *form.cells) if cell.name not in {":", ":a", ":b", ":c", ":d", "age:"})
    counts = {**age.counts, **form.counts}
    fact = Fact(frozenset(age.counts), frozenset(form.counts))
    assert find_hidden(protect_issue(Issue(cells, counts))) == {"age:a"}
    joined = protect_issue(Issue(cells, counts, (fact,)))
    assert len(find_hidden(joined)) == 2
    check_protection(joined)


# -- ranges and lines -----------------------------------------------------------------------------------------------


def test_staff_do_not_work_out_what_is_hidden_for_others_sake() -> None:
    """P2: left open are the people who are not theirs; with their own among them any true world would do."""
    own, others = Atom("A", "2026"), Atom("B", "2026")
    cells = (
        Cell("others", frozenset({others}), 26, T),
        Cell("all", frozenset({own, others}), 36, T, watched=True, kept=True, kept_from=frozenset({"A"})),
    )
    protection = protect_issue(Issue(cells, {own: 10, others: 26}), EMPTY)
    assert protection.shown["others"] != 26
    check_protection(protection)
    assert tuple(proof.scenario for proof in protection.certificate.proofs if proof.kept) == (PUBLIC, "A")


def test_what_an_earlier_issue_gave_away_is_not_hidden_in_vain() -> None:
    """P2 beside the ledger: staff who know the others from before learn nothing new; the others stay printed."""
    own, newer, others = Atom("A", "2026"), Atom("A", "2027"), Atom("B", "2026")
    first = Issue((Cell("all", frozenset({own, others}), 36, T),), {own: 10, others: 26})
    ledger = add_issue(EMPTY, "first", first, {"all": 36}, ())
    everybody = frozenset({own, newer, others})
    cells = (
        Cell("others", frozenset({others}), 26, T),
        Cell("all again", everybody, 48, T, watched=True, kept=True, kept_from=frozenset({"A"})),
    )
    protection = protect_issue(Issue(cells, {own: 10, newer: 12, others: 26}), ledger)
    assert protection.shown["others"] == 26
    states = {proof.scenario: proof.state for proof in protection.certificate.proofs if proof.name == "all again"}
    assert states == {PUBLIC: ProofState.PROVED, "A": ProofState.GIVEN_AWAY}


def test_a_range_stands_for_a_hidden_figure_where_that_is_safe() -> None:
    issue = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30]})
    exact = protect_issue(issue)
    banded = protect_issue(Issue(tuple(replace(cell, bandable=True) for cell in issue.cells), issue.counts))
    assert len(find_hidden(banded)) < len(find_hidden(exact))
    for cell in issue.cells:
        shown = banded.shown[cell.name]
        assert shown is None or shown == cell.value or shown in list_bands(cell.value, T)
    check_protection(banded)


def test_a_figure_asked_for_as_a_range_is_printed_as_that_range() -> None:
    issue = make_consortium({"A": [12, 9], "B": [7, 8]})
    band = Band(10, 20, 36)
    cells = tuple(replace(cell, band=band) if cell.name == "A:0" else cell for cell in issue.cells)
    assert protect_issue(Issue(cells, issue.counts)).shown["A:0"] == band


def test_a_partner_of_fewer_than_t_people_has_no_table() -> None:
    """A total under T is told as "T or fewer", a true 0 as well, and no cell of the line is told."""
    issue = make_consortium({"A": [2, 1], "B": [0, 0], "C": [20, 30], "D": [10, 15]})
    sizes = {"A": 3, "B": 0, "C": 50, "D": 25}
    cells = tuple(
        replace(cell, size=sizes.get(cell.name[:1]), total=cell.name in {"A:", "B:", "C:", "D:"})
        for cell in issue.cells
    )
    protection = protect_issue(Issue(cells, issue.counts))
    assert {"A:0", "A:1", "B:0", "B:1"} <= find_hidden(protection)
    assert protection.shown["B:"] == Band(0, T)
    assert protection.shown["A:"] in {Band(0, T), None}
    check_protection(protection)


def test_cells_with_the_same_people_are_hidden_together() -> None:
    issue = make_consortium({"A": [2, 9], "B": [7, 8]})
    twin = replace(get_cell(issue, "A:0"), name="twin", table="elsewhere", place=(), threshold=1)
    protection = protect_issue(replace(issue, cells=(*issue.cells, twin)))
    assert protection.shown["twin"] is None
    check_protection(protection)


# -- without time -------------------------------------------------------------------------------------------------


def make_clock(ticks: int) -> Iterator[float]:
    """A clock that stands still for so many looks, and is then past every limit."""
    yield from (0.0 for _ in range(ticks))
    while True:
        yield 1e9


def test_worlds_of_an_earlier_protection_are_tried_first() -> None:
    """The same issue again needs no solver to be found safe; what is new in it is still proved."""
    issue = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30], "C": [10, 1, 12]})
    first = protect_issue(issue)
    hidden = tuple(replace(cell, watched=first.shown[cell.name] is None) for cell in issue.cells)
    again = protect_issue(replace(issue, cells=hidden), before=first)
    assert again.shown == first.shown
    assert again.certificate.solver_calls == 0
    check_protection(again)
    other = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30], "C": [3, 1, 12], "D": [6, 6, 6]})
    assert protect_issue(other, before=first).shown == protect_issue(other).shown


def test_figures_that_tell_the_same_go_together() -> None:
    """Two totals that are known to count the same people are both hidden, or neither."""
    issue = make_consortium({"A": [3, 9], "B": [8, 12]})
    atoms = {code: Atom(code, "1", ("again",)) for code in "AB"}
    totals = {code: sum(count for atom, count in issue.counts.items() if atom.partner == code) for code in "AB"}
    twins = tuple(Cell(f"{code} again", frozenset({atoms[code]}), totals[code], T) for code in "AB")
    own = {code: frozenset(atom for atom in issue.counts if atom.partner == code) for code in "AB"}
    facts = tuple(Fact(own[code], frozenset({atoms[code]})) for code in "AB")
    counts = {**issue.counts, **{atoms[code]: totals[code] for code in "AB"}}
    protection = protect_issue(Issue((*issue.cells, *twins), counts, facts))
    hidden = find_hidden(protection)
    assert {f"{code} again" in hidden for code in "AB"} == {f"{code}:" in hidden for code in "AB"}
    assert all((f"{code} again" in hidden) == (f"{code}:" in hidden) for code in "AB")
    check_protection(protection)


@pytest.mark.parametrize("ticks", [1, 2, 3, 8, 19])
def test_without_time_whole_lines_are_hidden(ticks: int) -> None:
    """privacy-and-safety part 3: no answer means the whole line is hidden, and what is printed is still proved."""
    issue = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30], "C": [10, 1, 12]})
    clock = make_clock(ticks)
    protection = protect_issue(issue, clock=lambda: next(clock))
    full = protect_issue(issue)
    assert protection.certificate.limit_hit
    assert not protection.certificate.cheapest
    assert {each.name for each in full.sensitive if each.name in full.shown} <= find_hidden(protection)
    assert len(find_hidden(protection)) >= len(find_hidden(full))
    check_protection(protection)


def test_other_tables_are_printed_though_one_found_no_answer() -> None:
    hard = make_consortium({"A": [2, 9], "B": [7, 8]})
    easy = make_table([[20, 30]], "x", "ab")
    cells = (*hard.cells, *(replace(cell, name=f"easy {cell.name}", table="easy") for cell in easy.cells))
    clock = make_clock(3)
    protection = protect_issue(Issue(cells, {**hard.counts, **easy.counts}), clock=lambda: next(clock))
    assert {cell.name for cell in hard.cells} <= find_hidden(protection)
    assert protection.shown["easy x:a"] == 20
    check_protection(protection)


# -- certificates -------------------------------------------------------------------------------------------------


def test_a_certificate_that_proves_less_is_found_out() -> None:
    """Every fault has its words: no proof, no world, a world that disagrees, a table that is none."""
    issue = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30]})
    protection = protect_issue(issue)
    certificate, shown = protection.certificate, protection.shown

    def find(**changed: object) -> str:
        return "; ".join(list_faults(issue, EMPTY, shown, replace(certificate, **changed)))  # type: ignore[arg-type]

    assert "is not proved" in find(proofs=certificate.proofs[1:])
    assert "a world is missing" in find(proofs=tuple(replace(proof, low=None) for proof in certificate.proofs))
    assert "is missing" in find(proofs=tuple(replace(proof, low=99) for proof in certificate.proofs))
    assert "is no table" in find(worlds=(certificate.worlds[0][1:], *certificate.worlds[1:]))
    assert "is no table" in find(worlds=tuple(tuple(-count for count in world) for world in certificate.worlds))
    truth = tuple(issue.counts[atom] for atom in sorted(issue.counts))
    assert "does not leave it open" in find(worlds=(truth,) * len(certificate.worlds))
    more = tuple((world[0] + 1, *world[1:]) for world in certificate.worlds)
    assert "does not agree with" in find(worlds=more)
    told = {**shown, **{name: get_cell(issue, name).value for name in find_hidden(protection)}}
    assert list_faults(issue, EMPTY, told, certificate)


def test_a_certificate_in_another_format_is_refused() -> None:
    content = make_certificate_content(protect_issue(make_consortium({"A": [20], "B": [9]})).certificate)
    with pytest.raises(ValueError, match="format"):
        make_certificate({**content, "format": 0})


def test_the_same_issue_gives_the_same_certificate_but_for_its_run() -> None:
    """R23: what a snapshot seals does not depend on how fast the machine was."""
    issue = make_consortium({"A": [2, 9, 20], "B": [7, 8, 30], "C": [10, 1, 12]}, bandable=True)
    one, other = (make_certificate_content(protect_issue(issue).certificate) for _ in range(2))
    assert {**one, "run": None} == {**other, "run": None}
