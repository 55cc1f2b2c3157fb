"""Tables made coarser by their ladder: privacy-and-safety part 3, "Protect"; field 16 of a definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.disclosure.breakdown import What, list_blocks
from me_platform.disclosure.certificates import list_faults
from me_platform.disclosure.chapters import Edition, make_chapter, make_chapter_content
from me_platform.disclosure.figures import Figure, FigureState
from me_platform.disclosure.joint import Publication, _Work, publish_again, publish_jointly
from me_platform.disclosure.merging import choose_known, choose_standing, find_coarser, name_table, stands
from me_platform.indicators.definition import Indicator, LadderStep, PlanPartner
from me_platform.indicators.ladders import climb, list_finest
from me_platform.indicators.results import RawFigure, Role
from me_platform.reports.context import make_material
from me_platform.reports.html import render_html
from me_platform.reports.views import ReportContext
from me_platform.reports.words import find_merged_words
from tests.attack_samples import Jointly, attack_programme, make_programme
from tests.report_samples import PEOPLE as PEOPLE_REPORTS
from tests.report_samples import load_templates
from tests.unit.test_calculation import PEOPLE, SERVICES, WORDS, World

WHOLE = "ALL"
EDITION = Edition("2026#1", date(2026, 1, 1), date(2026, 12, 31), consortium=WHOLE)
VALUE, HIDDEN = FigureState.VALUE, FigureState.SUPPRESSED
YOUNG = LadderStep("age_band", {"18-24": "18-34", "25-34": "18-34"}, {"18-34": WORDS})
ADULT = LadderStep("age_band", {"18-34": "18+", "35-49": "18+", "50+": "18+"}, {"18+": WORDS})
AGES = ("18-24", "25-34", "35-49", "50+")
BY_AGE = replace(PEOPLE, disaggregations=("age_band",), ladder=(YOUNG, ADULT))
LEGAL = LadderStep("service_type", {"LEG5": "LEG", "LEG6": "LEG"}, {"LEG": WORDS})
BY_TYPE = replace(PEOPLE, disaggregations=("service_type",), ladder=(LEGAL,))
RECORDS = replace(SERVICES, disaggregations=("service_type",), ladder=(LEGAL,))


def make_world(ages: Mapping[str, Sequence[int]]) -> World:
    """So many people of each age at each partner, each served once."""
    world = World(partners=tuple(PlanPartner(code, WORDS, WORDS, consortium=code == WHOLE) for code in (*ages, WHOLE)))
    for partner, counts in ages.items():
        for age, count in zip(AGES, counts, strict=True):
            for number in range(count):
                world.enrol(f"{partner}-{age}-{number}", partner, age=age)
                world.serve(f"{partner}-{age}-{number}")
    return world


def compute(ages: Mapping[str, Sequence[int]], indicator: Indicator = BY_AGE) -> list[RawFigure]:
    return [raw for raw in make_world(ages).compute(indicator) if raw.indicator == indicator.code]


def publish(ages: Mapping[str, Sequence[int]], indicator: Indicator = BY_AGE) -> Publication:
    return publish_jointly(compute(ages, indicator), EDITION)


def show(figures: Sequence[Figure], partner: str) -> dict[str, object]:
    """By category what is printed of a partner's table: the number, else the state."""
    cells = [each for each in figures if each.partner == partner and each.disaggregation]
    return {
        next(iter(each.disaggregation.values())): int(each.value) if each.value is not None else each.state.value
        for each in cells
    }


# -- the ladder -------------------------------------------------------------------------------------------------------

codes = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


@given(codes=codes, groups=st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), max_size=3))
def test_on_every_step_each_category_stands_once(codes: list[str], groups: list[list[int]]) -> None:
    """Field 16: whatever the steps, the categories of one step hold each of the finest ones once."""
    steps: list[Mapping[str, str]] = []
    known = list("abcdef")
    for number, group in enumerate(groups, 1):
        steps.append({code: f"{number}{place}" for code, place in zip(known, group, strict=False) if place})
        known = list(dict.fromkeys(steps[-1].get(code, code) for code in known))
    every = list(climb(codes, steps))
    assert len({each.code for each in every}) == len(every)
    for step in range(len(steps) + 2):
        standing = [each for each in every if each.since <= step and (each.until is None or step <= each.until)]
        assert sorted(member for each in standing for member in each.members) == sorted(codes)


def test_a_merged_category_has_words_and_is_made_of_the_finest() -> None:
    assert list_finest(BY_AGE) == {
        ("age_band", "18-34"): ("18-24", "25-34"),
        ("age_band", "18+"): ("18-24", "25-34", "35-49", "50+"),
    }
    assert find_merged_words([BY_AGE, BY_TYPE]) == dict.fromkeys(
        [("age_band", "18-34"), ("age_band", "18+"), ("service_type", "LEG")], WORDS
    )


def test_people_of_a_merged_category_are_counted_once_each() -> None:
    """R18: somebody with two services stands in both lines, and once where they are one; records add up."""
    world = World()
    for person, services in {"a": ("LEG5", "LEG6"), "b": ("LEG5",), "c": ("LEG6", "HEA1"), "d": ("HEA1",)}.items():
        world.enrol(person)
        for service in services:
            world.serve(person, service=service)
    by_type = {
        (raw.role, raw.disaggregation["service_type"]): raw
        for raw in world.compute(BY_TYPE, RECORDS)
        if raw.partner == "ALFA" and raw.disaggregation
    }
    people = {code: raw.numerator for (role, code), raw in by_type.items() if role is Role.CELL}
    assert people == {"HEA1": 2, "LEG5": 2, "LEG6": 2, "LEG": 3}
    records = {code: (raw.numerator, raw.n) for (role, code), raw in by_type.items() if role is Role.EVENT_CELL}
    assert records == {"HEA1": (2, 2), "LEG5": (2, 2), "LEG6": (2, 2), "LEG": (4, 3)}
    merged = by_type[Role.CELL, "LEG"]
    assert (merged.since, merged.until, merged.members) == (1, None, ("LEG5", "LEG6"))
    assert (by_type[Role.CELL, "LEG5"].until, by_type[Role.CELL, "HEA1"].until) == (0, None)


# -- which step is printed ------------------------------------------------------------------------------------------


def test_a_table_mostly_hidden_goes_one_step_up_and_others_stay() -> None:
    """Part 3: over 60 % of a table hidden, merge by the ladder and start again, table by table."""
    raws = compute({"ALFA": (2, 1, 1, 30), "BETA": (20, 30, 25, 21), "DELTA": (4, 5, 4, 25), "GAMA": (9, 14, 8, 11)})
    done = publish_jointly(raws, EDITION)
    tables = {raw.partner: name_table(raw) for raw in raws if raw.disaggregation}
    assert done.chapter.decisions.merged == {tables["ALFA"]: 2, tables[WHOLE]: 2}
    assert show(done.figures, "ALFA") == {"18+": 34, "unknown": 0}
    for code in ("BETA", "DELTA", "GAMA"):
        assert list(show(done.figures, code)) == [*AGES, "unknown"]


def test_a_table_that_is_told_is_left_as_it_is() -> None:
    done = publish({"ALFA": (20, 30, 25, 21), "BETA": (20, 30, 25, 21)})
    assert done.chapter.decisions.merged == {}
    assert list(show(done.figures, "ALFA")) == [*AGES, "unknown"]


def test_without_a_ladder_nothing_is_merged() -> None:
    done = publish({"ALFA": (2, 1, 1, 30), "BETA": (20, 30, 25, 21)}, replace(BY_AGE, ladder=()))
    assert done.chapter.decisions.merged == {}
    assert list(show(done.figures, "ALFA").values()) == ["suppressed"] * 4 + [0]


def test_a_table_goes_no_further_than_its_ladder() -> None:
    raws = compute({"ALFA": (3, 4, 2, 30)})
    table, hidden = name_table(raws[1]), {}
    for step, further in ((0, 1), (1, 2), (2, 2)):
        merged = {table: step}
        figures = publish_jointly(choose_standing(raws, merged), EDITION).figures
        hidden = {each.id: replace(each, state=HIDDEN) for each in figures if each.disaggregation}
        assert find_coarser(raws, hidden, merged).get(table) == further
    assert find_coarser(raws, {}, {}) == {}


def test_only_categories_that_have_to_do_with_what_is_printed_are_looked_at() -> None:
    raws = compute({"ALFA": (3, 4, 2, 30), "BETA": (20, 30, 25, 21)})
    table = name_table(next(raw for raw in raws if raw.partner == "ALFA" and raw.disaggregation))
    assert {raw.since for raw in choose_known(raws, {})} == {0}
    assert {raw.since for raw in choose_known(raws, {table: 1})} == {0, 1}
    assert all(stands(raw, {}) for raw in raws if not raw.disaggregation)


def test_the_same_numbers_are_made_coarser_in_the_same_way_again() -> None:
    """R23, R27: the steps stand in the ledger's chapter, so that a verification finds the same figures."""
    raws = compute({"ALFA": (2, 1, 1, 30), "BETA": (20, 30, 25, 21)})
    done = publish_jointly(raws, EDITION)
    stored = make_chapter(make_chapter_content(done.chapter))
    assert stored == done.chapter
    assert stored.decisions.merged
    assert publish_again(raws, EDITION, stored.decisions) == done.figures
    old = make_chapter_content(done.chapter)
    del old["merged"]
    assert make_chapter(old).decisions.merged == {}


# -- what nobody finds out ------------------------------------------------------------------------------------------


def work_on(raws: Sequence[RawFigure], merged: Mapping[str, int]) -> _Work:
    work = _Work(raws, EDITION, (), 60, lambda: 0.0)
    work.merged = dict(merged)
    while work.protect():
        work.rounds += 1
    return work


@settings(max_examples=8, deadline=None)
@given(
    ages=st.fixed_dictionaries(
        {name: st.tuples(*[st.integers(0, 14)] * 4) for name in ("ALFA", "BETA")},
    ),
    step=st.integers(0, 2),
)
def test_merged_categories_are_sums_of_the_finest_everywhere(ages: Mapping[str, Sequence[int]], step: int) -> None:
    """Atoms are the finest categories, so that a coarse table here and a fine one over all lie beside each other."""
    raws = compute(ages)
    merged = {name_table(raw): step for raw in raws if raw.disaggregation and raw.partner == "ALFA"}
    for block in list_blocks(choose_known(raws, merged), WHOLE):
        for number in block.numbers:
            if number.what is What.COUNT and number.raw.role is Role.CELL:
                assert number.value == number.raw.numerator
    work = work_on(raws, merged)
    for block in work.blocks:
        issue, sequel = work.issues[block.name]
        protection = work.protections[block.name]
        assert list_faults(issue, sequel.ledger, protection.shown, protection.certificate) == ()
        assert protection.certificate.holds


def test_what_is_merged_here_is_not_told_by_the_table_over_all() -> None:
    """P1: 3 people of 18 to 24 at ALFA, who stand in no table, are not the number over all less that of BETA."""
    raws = compute({"ALFA": (3, 14, 2, 30), "BETA": (20, 30, 25, 21)})
    merged = {name_table(raw): 2 for raw in raws if raw.disaggregation and raw.partner == "ALFA"}
    figures = work_on(raws, merged).finish()
    beta, whole = show(figures, "BETA"), show(figures, WHOLE)
    assert not (isinstance(beta["18-24"], int) and isinstance(whole["18-24"], int))
    assert not (isinstance(beta["35-49"], int) and isinstance(whole["35-49"], int))


def test_one_who_stands_in_two_categories_is_no_way_back_to_the_finer_table() -> None:
    """P5, ledger: 12 and a hidden 3 in the first report, 15 together in the second, are not subtracted."""
    world = World()
    for number in range(40):
        world.enrol(f"p{number}")
        world.serve(f"p{number}", service="HEA1" if number > 14 else "LEG5" if number < 12 else "LEG6")
        if 10 < number < 30:
            world.serve(f"p{number}", service="PSY1")
    raws = [raw for raw in world.compute(BY_TYPE) if raw.indicator == "people"]
    first = publish_jointly(choose_standing(raws, {}), EDITION)
    assert show(first.figures, "ALFA")["LEG5"] == 12
    assert show(first.figures, "ALFA")["LEG6"] == "suppressed"
    merged = {name_table(raw): 1 for raw in raws if raw.disaggregation}
    work = _Work(raws, replace(EDITION, name="2026#2"), [first.chapter], 60, lambda: 0.0)
    work.merged = merged
    while work.protect():
        work.rounds += 1
    assert show(work.finish(), "ALFA")["LEG"] != 15


@pytest.mark.parametrize("step", [0, 1])
def test_records_of_a_merged_category_rest_on_its_own_people(step: int) -> None:
    """P4: few people behind the records of each type, enough behind both together."""
    world = World()
    for number in range(36):
        world.enrol(f"p{number}")
        world.serve(f"p{number}", service="HEA1")
    for number in range(6):
        for _ in range(4):
            world.serve(f"p{number}", service="LEG5" if number < 3 else "LEG6")
    raws = [raw for raw in world.compute(RECORDS) if raw.indicator == "services"]
    merged = {name_table(raw): step for raw in raws if raw.disaggregation}
    told = show(work_on(raws, merged).finish(), "ALFA")
    assert told == ({"HEA1": 36, "LEG": 24} if step else {"HEA1": 36, "LEG5": "suppressed", "LEG6": "suppressed"})


@pytest.mark.parametrize(
    ("seed", "months"),
    [
        pytest.param(6, [10], id="one issue"),
        *(pytest.param(seed, [9, 10], marks=pytest.mark.full) for seed in range(1, 9)),
    ],
)
def test_coarse_and_fine_tables_attacked_together_give_nothing_away(seed: int, months: list[int]) -> None:
    """Issue E, done when 2: the attack knows what each group is made of, and reads all partners' tables together."""
    programme = replace(make_programme(seed), ladder=(YOUNG.merge, ADULT.merge))
    published = Jointly()
    outcome = attack_programme(programme, published, months)
    assert outcome.findings == ()
    assert (outcome.contradicted, outcome.unanswered) == ((), ())
    assert any(each.chapter.decisions.merged for each in published.publications)


# -- in words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "label", "note"),
    [("en", "35 and over", "Groups are joined here"), ("lv", "35 un vairāk", "Grupas te apvienotas")],
)
def test_a_report_names_joined_groups_in_their_place_and_says_that_they_are_joined(
    language: str, label: str, note: str
) -> None:
    """Field 16: the words are the ladder's, the place is that of the first group in it, the table says so."""
    sample = PEOPLE_REPORTS["60"]
    older = LadderStep("age_band", {"35-49": "35+", "50+": "35+"}, {"35+": {"en": "35 and over", "lv": "35 un vairāk"}})
    people = replace(sample.indicators["people-supported"], ladder=(older,))
    joined = [
        {**each, "id": each["id"].replace("35-49", "35+"), "disaggregation": {"age_band": "35+"}}
        if each["disaggregation"] == {"age_band": "35-49"}
        else each
        for each in sample.snapshot["figures"]
        if each["disaggregation"] != {"age_band": "50+"}
    ]
    indicators = {**sample.indicators, "people-supported": people}
    template = load_templates()["partner-impact"]
    material = make_material(
        template, language, sample.plan, indicators, sample.taxonomy, {**sample.snapshot, "figures": joined}, (), ()
    )
    context = material.context
    assert isinstance(context, ReportContext)
    views = [view for section in context.sections for group in section.groups for view in group.views]
    tables = [table for view in (*views, *context.outputs) for table in view.tables]
    ages = next(table for table in tables if any("/age_band=" in row.cells[0] for row in table.rows))
    assert [row.label for row in ages.rows][2] == label
    assert ages.note.startswith(note)
    assert {table.note for table in tables if table is not ages} == {""}
    page = render_html(
        template.id, template.html, asdict(context), material.figures, language, shared=template.files
    ).html
    assert note in page
