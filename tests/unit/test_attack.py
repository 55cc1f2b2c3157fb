"""The attack on published numbers: published cases, brute force, programmes issued month after month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult, milp

from me_platform.disclosure.attack import ranges
from me_platform.disclosure.attack.answers import note_mean
from me_platform.disclosure.attack.exports import read_json
from me_platform.disclosure.attack.knowledge import (
    Aim,
    Knowledge,
    Quantity,
    Question,
    Relation,
    add_known,
    is_recovered,
    make_table_knowledge,
)
from me_platform.disclosure.attack.lines import Issue, PublishedLine
from me_platform.disclosure.attack.meaning import make_knowledge
from me_platform.disclosure.attack.notebook import Notebook, Place
from me_platform.disclosure.attack.ranges import Contradiction, Method, System
from me_platform.disclosure.attack.recovery import PUBLIC, attack
from me_platform.disclosure.attack.vocabulary import Meaning, Member, Vocabulary
from tests.attack_samples import (
    THRESHOLD,
    Programme,
    Publish,
    attack_programme,
    list_false,
    make_programme,
    publish_everything,
    publish_naively,
)

HIDDEN = None

# -- published cases --------------------------------------------------------------------------------------------------

ESSNET = make_table_knowledge([[HIDDEN, HIDDEN], [HIDDEN, HIDDEN], [3, 3]], (7, 3, 6), (9, 7), THRESHOLD)


def test_the_handbooks_table_leaves_its_first_cell_from_three_to_six() -> None:
    """privacy-and-safety part 3: ESSnet handbook on SDC, chapter 4, example 3."""
    for whole in (False, True):
        found = System(ESSNET).find_range((("1,1", 1),), whole=whole)
        assert (found.low, found.high) == (3, 6)


def test_knowing_a_neighbour_of_the_handbooks_cell_fixes_it() -> None:
    """privacy-and-safety part 3: knowing cell (1,2) = 1 fixes X11 = 6."""
    found = System(add_known(ESSNET, {"1,2": 1})).find_range((("1,1", 1),))
    assert (found.low, found.high) == (6, 6)


SDC_TABLE = ((30, 47, 64, 89), (90, 124, 5, 31), (92, 100, 59, 85), (800, 991, 651, 685))
NINE = frozenset({(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 3), (3, 1), (3, 3)})
"""The only nine cells, two or more in every line, that leave (w,b) fixed and are opened by (x,d) to [0, 78]."""


def hide(cells: frozenset[tuple[int, int]]) -> Knowledge:
    shown = [[None if (row, column) in cells else SDC_TABLE[row][column] for column in range(4)] for row in range(4)]
    columns = [sum(line[column] for line in SDC_TABLE) for column in range(4)]
    return make_table_knowledge(shown, [sum(line) for line in SDC_TABLE], columns, THRESHOLD)


def test_nine_hidden_cells_of_the_sdctable_problem_do_not_hide_one() -> None:
    """privacy-and-safety part 3: the attack must find (w,b) = 47 exactly; after (x,d) is hidden it is [0, 78]."""
    outcome = attack(hide(NINE))
    assert [(each.question.what, each.low, each.high) for each in outcome.findings] == [("1,2", 47, 47)]
    found = System(hide(NINE | {(1, 3)})).find_range((("1,2", 1),))
    assert (found.low, found.high) == (0, 78)
    assert attack(hide(NINE | {(1, 3)})).findings == ()


# -- brute force ------------------------------------------------------------------------------------------------------


def list_worlds(
    shown: Sequence[Sequence[int | None]], rows: Sequence[int], columns: Sequence[int]
) -> Iterator[dict[str, int]]:
    """Every table of numbers from 0 on that agrees with what is shown."""
    places = [(row, column) for row in range(len(rows)) for column in range(len(columns)) if shown[row][column] is None]
    for values in product(*(range(min(rows[row], columns[column]) + 1) for row, column in places)):
        table = [list(line) for line in shown]
        for (row, column), value in zip(places, values, strict=True):
            table[row][column] = value
        if [sum(each or 0 for each in line) for line in table] == list(rows) and [
            sum(line[column] or 0 for line in table) for column in range(len(columns))
        ] == list(columns):
            yield {f"{row + 1},{column + 1}": value for (row, column), value in zip(places, values, strict=True)}


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_brute_force_agrees_with_the_attack_on_small_tables(data: st.DataObject) -> None:
    """Issue E, done when 2: brute force agrees with the attack on small tables."""
    height, width = data.draw(st.tuples(st.integers(2, 3), st.integers(2, 3)))
    table = data.draw(
        st.lists(st.lists(st.integers(0, 6), min_size=width, max_size=width), min_size=height, max_size=height)
    )
    places = [(row, column) for row in range(height) for column in range(width)]
    hidden = data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=4))
    shown = [
        [None if (row, column) in hidden else table[row][column] for column in range(width)] for row in range(height)
    ]
    rows, columns = [sum(line) for line in table], [sum(line[column] for line in table) for column in range(width)]
    worlds = list(list_worlds(shown, rows, columns))
    knowledge = make_table_knowledge(shown, rows, columns, THRESHOLD)
    system = System(knowledge)
    expected = set()
    for question in knowledge.questions:
        values = [world[question.what] for world in worlds]
        found = system.find_range(question.terms)
        assert (found.low, found.high) == (min(values), max(values))
        if is_recovered(min(values), max(values), question):
            expected.add(question.what)
    assert {finding.question.what for finding in attack(knowledge).findings} == expected


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_nothing_is_recovered_where_every_hidden_number_stands_alone(data: st.DataObject) -> None:
    """Independent tables: each line hides two cells that share T people or more, and nothing else ties them."""
    quantities, relations, questions = [], [], []
    for table in range(data.draw(st.integers(1, 4))):
        names = [f"{table}.{number}" for number in range(data.draw(st.integers(2, 4)))]
        quantities += [Quantity(name) for name in names]
        total = data.draw(st.integers(THRESHOLD, 40))
        relations.append(Relation(tuple((name, 1) for name in names), total, total, "total"))
        questions += [Question(name, ((name, 1),), Aim.HIDDEN, THRESHOLD) for name in names]
    assert attack(Knowledge(tuple(quantities), tuple(relations), tuple(questions))).findings == ()


# -- what only whole numbers tell, what only insiders tell ------------------------------------------------------------


def test_what_only_whole_numbers_give_away_takes_an_integer_programme() -> None:
    """A + 2b + 2c = 5 with a of 2 at most: fractions leave a from 0 to 2, whole people are odd."""
    quantities = (Quantity("a"), Quantity("b"), Quantity("c"))
    relations = (
        Relation((("a", 1), ("b", 2), ("c", 2)), 5, 5, "a and twice the others are five"),
        Relation((("a", 1),), 0, 2, "at most two"),
    )
    question = Question("a", (("a", 1),), Aim.HIDDEN, THRESHOLD)
    knowledge = Knowledge(quantities, relations, (question,))
    linear = System(knowledge).find_range(question.terms, whole=False)
    assert (linear.low, linear.high) == (0, 2)
    [finding] = attack(knowledge).findings
    assert (finding.low, finding.high, finding.method) == (1, 1, Method.WHOLE)


def test_staff_of_one_partner_subtract_their_own_number() -> None:
    """P2: two hidden numbers with a known sum hide each other from everybody but each other's staff."""
    quantities = (Quantity("a", "A"), Quantity("b", "B"))
    relations = (Relation((("a", 1), ("b", 1)), 8, 8, "the sum is 8"),)
    questions = tuple(Question(name, ((name, 1),), Aim.HIDDEN, THRESHOLD, name.upper()) for name in ("a", "b"))
    knowledge = Knowledge(quantities, relations, questions)
    outcome = attack(knowledge, ("A", "B"))
    assert [(each.scenario, each.question.what, each.low) for each in outcome.findings] == [
        ("A", "b", None),
        ("B", "a", None),
    ]
    told = attack(knowledge, ("A",), {"A": add_known(Knowledge(quantities, ()), {"a": 6})})
    assert [(each.scenario, each.question.what, each.low, each.high) for each in told.findings] == [("A", "b", 2, 2)]


@pytest.mark.parametrize(("own", "found"), [(10, [("A", 2, 2)]), (4, [])])
def test_staff_ask_about_the_people_who_are_not_theirs(own: int, found: list[tuple[str, int, int]]) -> None:
    """P2: of a number over all partners each one's staff learn of the others; 12 with 10 of their own are 2."""
    quantities = (Quantity("a", "A"), Quantity("b", "B"), Quantity("all", "ALL"))
    relations = (
        Relation((("all", 1),), 12, 12, "12 is printed"),
        Relation((("all", 1), ("a", -1), ("b", -1)), 0, 0, "all are those of both"),
    )
    others = (("A", (("all", 1), ("a", -1))),)
    question = Question("all", (("all", 1),), Aim.UNPRINTED, THRESHOLD, "ALL", others)
    told = {"A": add_known(Knowledge(quantities, ()), {"a": own})}
    outcome = attack(Knowledge(quantities, relations, (question,)), ("A",), told)
    assert [(each.scenario, each.low, each.high) for each in outcome.findings] == found


def test_own_numbers_that_leave_two_others_open_fix_neither() -> None:
    quantities = (Quantity("a", "A"), Quantity("b", "B"), Quantity("c", "C"))
    relations = (Relation((("a", 1), ("b", 1), ("c", 1)), 20, 20, "the sum is 20"),)
    questions = tuple(Question(name, ((name, 1),), Aim.HIDDEN, THRESHOLD, name.upper()) for name in ("b", "c"))
    assert attack(Knowledge(quantities, relations, questions), ("A",)).findings == ()


def test_an_assumption_the_numbers_contradict_is_given_up_and_named() -> None:
    quantities = (Quantity("part"), Quantity("whole"))
    printed = (Relation((("part", 1),), 9, 9, "9 is printed"), Relation((("whole", 1),), 8, 8, "8 is printed"))
    among = Relation((("whole", 1), ("part", -1)), 0, 100, "a part is among the whole", assumed=True)
    outcome = attack(Knowledge(quantities, (*printed, among)))
    assert ([each.why for each in outcome.given_up], outcome.contradicted) == (["a part is among the whole"], ())


def test_printed_numbers_that_contradict_each_other_are_named() -> None:
    twice = tuple(Relation((("a", 1),), value, value, f"{value} is printed", (f"file {value}",)) for value in (8, 9))
    outcome = attack(Knowledge((Quantity("a"),), twice))
    assert len(outcome.contradicted) == 1
    with pytest.raises(Contradiction):
        System(Knowledge((Quantity("a"),), twice))


def test_what_presolve_calls_infeasible_is_asked_again_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS' presolve has said so of systems that hold; without it nothing is given away and nothing contradicts."""

    def solve(*given: Any, **named: Any) -> OptimizeResult:  # noqa: ANN401 - the solver's own
        found = milp(*given, **named)
        if named["options"]["presolve"]:
            found.update(status=2, x=None, fun=None)
        return found

    monkeypatch.setattr(ranges, "milp", solve)
    relations = (
        Relation((("a", 1), ("b", 1)), 0, 9, "a range"),
        Relation((("a", 1), ("b", -1)), -3, 3, "another one"),
    )
    found = System(Knowledge((Quantity("a"), Quantity("b")), relations)).find_range((("a", 1),))
    assert (found.low, found.high, found.complete) == (0, 6, True)
    never = (Relation((("a", 2), ("b", 2)), 3, 3, "no whole numbers"),)
    with pytest.raises(Contradiction):
        System(Knowledge((Quantity("a"), Quantity("b")), never)).find_range((("a", 1),))


# -- what lines mean --------------------------------------------------------------------------------------------------

ISSUE = Issue(date(2026, 1, 1), date(2026, 6, 30), "plan-20260101-aaaa")
LATER = Issue(date(2026, 1, 1), date(2026, 7, 31), "plan-20260101-bbbb")
VOCABULARY = Vocabulary(
    indicators={
        "people": Meaning("people", "unique_persons", source="services", everyone=True, respondent="caseworker"),
        "useful": Meaning("useful", "proportion", survey="s"),
        "near": Meaning("near", "mean", survey="s", scale=(1, 4)),
        "hours": Meaning("hours", "sum", source="services", respondent="caseworker"),
        "trained": Meaning("trained", "count", about="participants"),
    },
    plans={
        "plan": (Member("A", asks=frozenset({"s"})), Member("B", asks=frozenset({"s"})), Member("ALL", consortium=True))
    },
)


def make_line(
    indicator: str, partner: str, state: str = "value", unit: str = "persons", **given: object
) -> PublishedLine:
    plain: dict[str, Any] = {"issue": ISSUE, "file": "f", "place": "line 1"}
    return PublishedLine(indicator=indicator, partner=partner, state=state, unit=unit, **{**plain, **given})


def make_number(indicator: str, partner: str, number: int, **given: Any) -> PublishedLine:  # noqa: ANN401
    return make_line(indicator, partner, value=Decimal(number), numerator=number, **given)


def find_recovered(lines: Sequence[PublishedLine], partners: Sequence[str] = ()) -> list[tuple[str, str, float | None]]:
    outcome = attack(make_knowledge(lines, VOCABULARY, THRESHOLD), partners)
    assert outcome.contradicted == ()
    return [
        (each.scenario, each.question.what.partition("|")[0].partition(", 2026")[0], each.low)
        for each in outcome.findings
    ]


def test_the_consortium_less_the_others_is_found() -> None:
    """P5: all but one partner; R12: the upper bound of the consortium is the sum over partners."""
    both = make_line("people", "ALL", "banded", low=Decimal(40), high=Decimal(43))
    lines = [both, make_number("people", "A", 40), make_line("people", "B", "suppressed")]
    assert (PUBLIC, "people, B", 3) in find_recovered(lines)


def test_the_consortium_without_a_partner_has_none_of_its_people() -> None:
    """P2: staff leave out their own people where these are among those asked about, and only there."""
    lines = [make_line("people", code, "suppressed") for code in ("ALL", "A", "B")]
    questions = make_knowledge(lines, VOCABULARY, THRESHOLD).questions
    [rest] = [each for each in questions if each.what.endswith("without A")]
    weights = [
        {name.split("|")[1].split("@")[1]: weight for name, weight in rest.leave_out(code).terms} for code in ("A", "B")
    ]
    assert weights == [{"ALL": 1, "A": -1}, {"ALL": 1, "A": -1, "B": -1}]


def test_people_said_to_be_recognised_are_added_to_the_sum() -> None:
    """R12: what one file says of matches is known of the figure in every file; here 43 people are counted 48 times."""
    told = make_line("people", "ALL", "banded", low=Decimal(40), high=Decimal(43), joined=5)
    silent = replace(told, joined=0, file="report.pdf")
    own = [make_number("people", "A", 40), make_number("people", "B", 8)]
    known, unknown = (attack(make_knowledge([*lines, silent, *own], VOCABULARY, THRESHOLD)) for lines in ([told], []))
    assert (known.findings, known.given_up, known.contradicted) == ((), (), ())
    # Without a word of it the sum over the partners does not hold, and is not believed.
    assert unknown.given_up


def test_successive_issues_give_away_who_came_in_between() -> None:
    """P5: differences of nested figures, new or in the ledger."""
    lines = [make_number("people", "A", 20), make_number("people", "A", 22, issue=LATER)]
    [(scenario, _, difference)] = find_recovered(lines)
    assert (scenario, difference) == (PUBLIC, 2)


def test_a_range_and_a_sum_fix_a_share() -> None:
    """R1: numerators and denominators add up over partners."""
    share: dict[str, Any] = {"unit": "percent", "value": Decimal(50)}
    lines = [
        make_line("useful", "ALL", numerator=20, denominator=32, **share),
        make_line("useful", "A", numerator=10, denominator=20, **share),
        make_line("useful", "B", "banded", "percent", low=Decimal(7), high=Decimal(12), denominator=12),
    ]
    found = find_recovered(lines)
    assert (PUBLIC, "useful, B", 10) in found


def test_a_mean_of_few_people_gives_away_their_answers() -> None:
    """P6, decision 0010: 3.1 (2.6 to 3.7) of 8 people on four steps is one, five and two."""
    book = Notebook()
    line = make_line(
        "near", "A", unit="points", value=Decimal("3.1"), people=8, low=Decimal("2.6"), high=Decimal("3.7")
    )
    note_mean(book, Place("A", ISSUE), line, VOCABULARY.indicators["near"], THRESHOLD)
    found = {each.question.what.partition(": ")[2]: each.low for each in attack(book.make_knowledge()).findings}
    assert (found["answered step 2 of 4"], found["answered step 4 of 4"]) == (1, 2)


def test_hours_are_recovered_when_they_are_known_to_within_a_tenth() -> None:
    """P4, the p % rule with p = 10."""
    lines = [
        make_line("hours", "ALL", unit="hours", value=Decimal(500)),
        make_line("hours", "A", unit="hours", value=Decimal(450)),
        make_line("hours", "B", "suppressed", "hours"),
    ]
    assert (PUBLIC, "hours, B", 49) in find_recovered(lines)


def test_figures_about_no_survivor_are_left_alone() -> None:
    assert find_recovered([make_number("trained", "A", 3, unit="records")]) == []


def test_a_true_small_number_that_is_printed_is_named() -> None:
    """P1."""
    assert find_recovered([make_number("people", "A", 3)]) == [(PUBLIC, "people, A", 3)]


def test_an_export_line_that_is_no_figure_is_named() -> None:
    reading = read_json("figures.json", b'[{"id": "a", "period": "never", "state": "value"}]')
    assert [(each.place, each.text) for each in reading.unread] == [("line 1", "a")]


# -- programmes -------------------------------------------------------------------------------------------------------


def check_recovered(programme: Programme, publish: Publish, months: Sequence[int]) -> int:
    """How many numbers the attack recovers; none of them may be a wrong one."""
    outcome = attack_programme(programme, publish, months)
    assert list_false(programme, outcome, months) == []
    assert (outcome.given_up, outcome.contradicted, outcome.unanswered) == ((), (), ())
    return len(outcome.findings)


@pytest.mark.parametrize("publish", [publish_naively, publish_everything])
def test_what_is_published_without_protection_is_recovered(publish: Publish) -> None:
    """Issue E, done when 5: with protection off it recovers cells."""
    assert check_recovered(make_programme(1), publish, (6, 7)) > 0


@pytest.mark.full
def test_twelve_issues_of_ten_programmes_attacked_together() -> None:
    """Issue E, done when 3: 12 monthly cumulative issues of 10 random programmes attacked jointly."""
    counts = [check_recovered(make_programme(seed), publish_naively, range(1, 13)) for seed in range(10)]
    print(f"\ndrill: 10 programmes of 12 issues under P1 alone: {sum(counts)} recovered, {min(counts)} at least")  # noqa: T201
    assert min(counts) > 0
