"""Tables on variables marked sensitive: privacy-and-safety part 3, P3, on the page and over all partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.chapters import Chapter, Edition
from me_platform.disclosure.figures import Audience, Figure, FigureState
from me_platform.disclosure.joint import Publication, publish_jointly
from me_platform.disclosure.protect import protect
from me_platform.disclosure.rules import holds_nearly_all
from me_platform.indicators.results import RawFigure, Role
from tests.unit.test_calculation import PEOPLE, World

WHOLE = "ALL"
EDITION = Edition("2026#1", date(2026, 1, 1), date(2026, 12, 31), consortium=WHOLE)
TITLE = {"en": "Invented", "lv": "Izdomāts"}
VALUE = FigureState.VALUE


def make_table(partner: str, counts: Sequence[int], *, sensitive: bool = True) -> list[RawFigure]:
    """People at a partner, and a table of where they come from."""
    base = sum(counts)
    people = RawFigure(
        "people", TITLE, partner, "2026", Role.COUNT, "persons", value=Decimal(base), numerator=base, n=base
    )
    marks = ("origin",) if sensitive else ()
    return [people, *(make_cell(partner, {"origin": f"o{n}"}, each, base, marks) for n, each in enumerate(counts))]


def make_cell(
    partner: str, place: Mapping[str, str], count: int, base: int, sensitive: tuple[str, ...], order: int = 0
) -> RawFigure:
    return RawFigure(
        "people",
        TITLE,
        partner,
        "2026",
        Role.CELL,
        "persons",
        disaggregation=place,
        value=Decimal(count),
        numerator=count,
        denominator=base,
        n=base,
        base=base,
        group="people:table",
        order=order,
        sensitive=sensitive,
    )


def list_shown(figures: Sequence[Figure], partner: str = "A") -> list[int | None]:
    """The numbers of the cells of a partner's table."""
    cells = [each for each in figures if each.partner == partner and each.disaggregation]
    return [None if each.value is None else int(each.value) for each in cells]


def list_states(figures: Sequence[Figure], partner: str = "A") -> set[FigureState]:
    return {each.state for each in figures if each.partner == partner and each.disaggregation}


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([36, 0, 0], [None, None, None]),
        ([35, 1, 0], [None, None, 0]),
        ([30, 6, 0], [30, 6, 0]),
        ([12, 12, 12], [12, 12, 12]),
    ],
)
def test_p3_no_category_tells_where_everybody_or_all_but_one_comes_from(
    counts: Sequence[int], shown: Sequence[int | None]
) -> None:
    """P3: a category of a sensitive variable that holds everyone or all but one of the line is hidden."""
    assert list_shown(protect(make_table("A", counts), Audience.FUNDER)) == shown


def test_p3_holds_for_variables_marked_sensitive_only_and_not_for_own_records() -> None:
    plain = protect(make_table("A", [36, 0, 0], sensitive=False), Audience.FUNDER)
    assert list_shown(plain) == [36, 0, 0]
    assert list_shown(protect(make_table("A", [36, 0, 0]), Audience.PARTNER)) == [36, 0, 0]


@pytest.mark.parametrize(("people", "told"), [(40, False), (39, False), (34, True)])
def test_p3_records_of_everybody_tell_where_everybody_comes_from(people: int, *, told: bool) -> None:
    """P3 for tables of records: what counts is how many of the people stand behind a category."""
    raws = [
        RawFigure(
            "services",
            TITLE,
            "A",
            "2026",
            Role.EVENT_CELL,
            "records",
            disaggregation={"origin": name},
            value=Decimal(records),
            numerator=records,
            n=each,
            base=150,
            denominator=40,
            group="services:origin",
            sensitive=("origin",),
        )
        for name, each, records in (("x", people, 90), ("y", 20, 60), ("z", 0, 0))
    ]
    for figures in (protect(raws, Audience.FUNDER), publish_jointly(raws, EDITION).figures):
        assert (figures[0].state is VALUE) is told


def test_p3_the_published_case_of_marital_status_by_hours() -> None:
    """ESSnet handbook, chapter 5: Married 6/0 and Divorced 5/1 are flagged, Single 2/2 is by no rule of P3.

    A fourth line makes the table one that a report carries; single people are too few by P1.
    """
    lines = {"married": (6, 0), "divorced": (5, 1), "single": (2, 2), "widowed": (20, 20)}
    base = sum(sum(line) for line in lines.values())
    cells = [
        make_cell("A", {"status": status, "hours": hours}, count, base, ("hours",))
        for status, line in lines.items()
        for hours, count in zip(("full", "part"), line, strict=True)
    ]
    for sensitive in (True, False):
        raws = cells if sensitive else [replace(cell, sensitive=()) for cell in cells]
        done = publish_jointly(raws, EDITION)
        entries = done.chapter.sections["people"].entries
        guarded = {entry.name.split("@")[0] for entry in entries if entry.sensitive and entry.name.endswith(" count")}
        small = {f"people/status={name}" for name in ("divorced/hours=part", "single/hours=full", "single/hours=part")}
        delicate = {"people/status=married/hours=full", "people/status=divorced/hours=full"}
        assert guarded == small | (delicate if sensitive else set())
        assert all(each.state is not VALUE for each in done.figures)


def test_p3_the_consortium_does_not_tell_what_a_partner_hides() -> None:
    """P3 over all partners: the sum over all, less what the others print, is A's 36 of 36."""
    tables = {"A": [36, 0], "B": [20, 25], "C": [22, 18]}
    raws = [raw for code, counts in tables.items() for raw in make_table(code, counts)]
    raws += make_table(WHOLE, [sum(each) for each in zip(*tables.values(), strict=True)])
    done = publish_jointly(raws, EDITION)
    assert list_shown(done.figures, "A") == [None, None]
    assert all(each.holds for each in done.certificates.values())
    assert not all(VALUE in list_states(done.figures, code) for code in ("B", "C", WHOLE))


def list_people(figures: Sequence[Figure]) -> dict[str, object]:
    return {each.partner: each.value for each in figures if not each.disaggregation}


def publish_all(tables: Mapping[str, Sequence[int]], chapters: Sequence[Chapter] = ()) -> Publication:
    whole = [sum(each) for each in zip(*tables.values(), strict=True)]
    raws = [raw for code, counts in {**tables, WHOLE: whole}.items() for raw in make_table(code, counts)]
    return publish_jointly(raws, replace(EDITION, name=f"2026#{len(chapters) + 1}"), chapters)


@pytest.mark.parametrize(("before", "after"), [((6, 0), (17, 0)), ((36, 0), (41, 0)), ((36, 0), (30, 11))])
def test_p3_from_issue_to_issue_the_category_stays_hidden_and_the_people_are_told(
    before: Sequence[int], after: Sequence[int]
) -> None:
    """P3 and the ledger: newcomers may stand in any category; how many there are is no secret.

    The table over 6 and 17 people is carried by no report, and guarded all the same.
    """
    first = publish_all({"A": before, "B": (20, 20)})
    second = publish_all({"A": after, "B": (20, 20)}, [first.chapter])
    for done, counts in ((first, before), (second, after)):
        assert list_people(done.figures)["A"] == sum(counts)
        assert all(each.holds for each in done.certificates.values())
    assert VALUE not in list_states(first.figures)
    assert list_shown(second.figures) in ([], [None, None])


counts_of = st.lists(st.integers(0, 40), min_size=2, max_size=2)


@settings(max_examples=15, deadline=None)
@given(tables=st.fixed_dictionaries({"A": counts_of, "B": counts_of, "C": counts_of}))
def test_p3_nobody_reads_or_reckons_a_category_of_nearly_all(tables: Mapping[str, Sequence[int]]) -> None:
    """P3: not printed, and not the sum over all less what the other partners print."""
    whole = [sum(each) for each in zip(*tables.values(), strict=True)]
    raws = [raw for code, counts in tables.items() for raw in make_table(code, counts)] + make_table(WHOLE, whole)
    figures = publish_jointly(raws, EDITION).figures
    shown = {(each.partner, *each.disaggregation.values()): each.value for each in figures if each.state is VALUE}
    for code, counts in {**tables, WHOLE: whole}.items():
        for number, count in enumerate(counts):
            if not holds_nearly_all(count, sum(counts)):
                continue
            assert (code, f"o{number}") not in shown
            others = [(each, f"o{number}") for each in (*tables, WHOLE) if each != code]
            assert not set(others) <= shown.keys()


def test_p3_the_engine_marks_the_cells_of_a_sensitive_dimension() -> None:
    """Field 15: a definition says which of its dimensions are sensitive."""
    world = World()
    world.enrol("a")
    world.serve("a")
    marked = replace(PEOPLE, sensitive=("age_band",))
    cells = [each for each in world.compute(marked) if each.role is Role.CELL]
    assert {each.sensitive for each in cells if "age_band" in each.disaggregation} == {("age_band",)}
    assert {each.sensitive for each in cells if "service_area" in each.disaggregation} == {()}
