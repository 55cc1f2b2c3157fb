"""Themes of narratives: the code book, reports counted by theme, and what may be printed of them (R30, R18)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.content import Problems
from me_platform.disclosure.attack.lines import Issue, PublishedLine
from me_platform.disclosure.attack.meaning import make_knowledge
from me_platform.disclosure.attack.recovery import attack
from me_platform.disclosure.attack.vocabulary import Meaning, Member, Vocabulary
from me_platform.disclosure.bands import find_hidden_several, is_small
from me_platform.disclosure.breakdown import What, list_blocks
from me_platform.disclosure.chapters import Edition
from me_platform.disclosure.figures import Audience, FigureState
from me_platform.disclosure.joint import publish_jointly
from me_platform.disclosure.protect import publish
from me_platform.errors import ContentInvalid
from me_platform.exchange.narratives import read_narrative
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.code_books import CODE_BOOK, check_code_book, place_book
from me_platform.indicators.definition import CodeBook, Kind, Taxonomy
from me_platform.indicators.frames import ConsentRow, NarrativeRow, PersonRow, make_frames
from me_platform.indicators.frozen import (
    choose_definitions,
    decode_definitions,
    encode_definitions,
    make_definition_content,
)
from me_platform.indicators.lineage import list_lines
from me_platform.indicators.loading import load_indicators, load_taxonomy
from me_platform.indicators.periods import read_period
from me_platform.indicators.results import RawFigure, Role
from me_platform.surveys.loading import load_surveys
from tests.freeze_samples import CATALOGUE, PLAN
from tests.report_samples import ROOT

CODE = "themes-reported"
TITLE = {"en": "Themes", "lv": "Tēmas"}
YEAR = date(2026, 1, 1), date(2026, 12, 31)
THRESHOLD = 5

THEME = (
    "{code: home, title: {en: Home, lv: Mājas}, definition: {en: A place, lv: Vieta},"
    " include: {en: Rent, lv: Īre}, exclude: {en: Work, lv: Darbs}, since: '1'}"
)
BOOK = f"""
    id: book
    version: "2"
    title: {{en: Book, lv: Grāmata}}
    themes:
      - {THEME}
      - {THEME.replace("home", "work").replace("since: '1'", "since: '1', retired: '2'")}
    changes:
      - {{version: "1", date: 2026-01-01, text: {{en: First, lv: Pirmā}}}}
      - {{version: "2", date: 2026-02-01, text: {{en: Less, lv: Mazāk}}}}
"""


def check(folder: Path, text: str) -> tuple[CodeBook | None, list[str]]:
    """The book of a file, and its faults."""
    (folder / "indicators").mkdir(exist_ok=True)
    (folder / "indicators" / CODE_BOOK).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    problems = Problems()
    return check_code_book(folder, "indicators", problems), [str(fault) for fault in problems.faults]


# -- the book ----------------------------------------------------------------------------------------------------------


def test_a_book_keeps_what_was_retired_and_offers_the_rest(tmp_path: Path) -> None:
    """R30: a versioned code book; what older reports are marked with still has words."""
    book, faults = check(tmp_path, BOOK)
    assert (faults, book and book.version) == ([], "2")
    assert book is not None
    assert [theme.code for theme in book.offered] == ["home"]
    assert place_book(Taxonomy({}), book).get_title("themes", "work", "lv") == "Mājas"
    again, _ = check(tmp_path, BOOK.replace("A place", "Any place"))
    assert again is not None
    assert again.fingerprint != book.fingerprint


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('version: "2"\n    title', 'version: "3"\n    title', 2, "the last of `changes` is `2`"),
        ("code: work", "code: home", 6, "Two themes have the code `home`"),
        ("code: work", "code: unknown", 6, "`unknown` stands for reports without a theme"),
        ("since: '1', retired", "since: '7', retired", 6, "there is no version `7`"),
        ("since: '1', retired: '2'", "since: '2', retired: '1'", 6, "`work` went before it was in use"),
        ("since: '1'}", "since: '1', retired: '2'}", 4, "No theme is in use"),
        ("date: 2026-02-01", "date: 2025-02-01", 9, "The versions are not in order"),
        ('- {version: "2"', '- {version: "1"', 9, "Version `1` is there twice"),
        ("en: Rent", "en: Police reports", 5, "touches what is never inferred: cooperation with the police (`police`)"),
        ("lv: Vieta", "lv: Grūtniecība", 5, "touches what is never inferred: pregnancy"),
        ("lv: Darbs", "de: Arbeit", 5, "the words in `lv` are missing"),
    ],
)
def test_a_fault_of_the_book_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    """R30, privacy-and-safety 1.9: no theme lets anybody infer what is never asked."""
    assert old in BOOK
    book, faults = check(tmp_path, BOOK.replace(old, new))
    assert book is None
    assert [fault for fault in faults if fault.startswith(f"indicators/{CODE_BOOK}:{line}:") and words in fault], faults


def test_the_shipped_book_has_about_eight_themes_in_two_languages() -> None:
    book = load_taxonomy(ROOT).book
    assert 8 <= len(book.offered) <= 10
    assert all(set(text) == {"en", "lv"} for theme in book.themes for text in (theme.title, theme.include))
    assert book.version == book.changes[-1].version


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: count", "kind: unique_persons", "Themes count reports, not people (R30)"),
        (
            "disaggregations: [theme]",
            "disaggregations: [theme]\nladder: [{dimension: theme, merge: {safety: home, housing: home}}]",
            "Groups by `theme` cannot be merged: a record may stand in several of them",
        ),
        ("disaggregations: [theme]", "numerator: {field: theme, in: [hous]}", "'hous' is not a value of 'theme'"),
    ],
)
def test_themes_count_reports_and_no_people(tmp_path: Path, old: str, new: str, words: str) -> None:
    """R30."""
    _copy_themes(tmp_path, old, new)
    with pytest.raises(ContentInvalid) as caught:
        load_indicators(tmp_path, {})
    assert any(words in str(problem) for problem in caught.value.problems)


def test_without_a_book_there_is_nothing_to_count_by(tmp_path: Path) -> None:
    _copy_themes(tmp_path)
    (tmp_path / "indicators" / CODE_BOOK).unlink()
    with pytest.raises(ContentInvalid, match=r"There are no themes: code-book\.yaml is missing"):
        load_indicators(tmp_path, {})


def _copy_themes(folder: Path, old: str = "", new: str = "") -> None:
    """A content root with the shipped code lists, book and indicator, one line of it changed."""
    (folder / "indicators").mkdir()
    for name in ("taxonomy.yaml", CODE_BOOK, f"{CODE}.yaml"):
        text = (ROOT / "indicators" / name).read_text(encoding="utf-8")
        if name.startswith(CODE):
            assert old in text
            text = text.replace(old, new)
        (folder / "indicators" / name).write_text(text, encoding="utf-8")


def test_a_file_may_name_themes_in_use_only() -> None:
    words = "date: 2026-01-10\nareas: [LEG]\nstage: integration\nthemes: [housing, {theme}]\n"
    taxonomy = CATALOGUE.taxonomy
    assert read_narrative(words.format(theme="choice"), "x.yaml", taxonomy).themes == ("housing", "choice")
    with pytest.raises(ContentInvalid, match=r"x.yaml:4: themes: `chose` is no theme in use. Did you mean `choice`"):
        read_narrative(words.format(theme="chose"), "x.yaml", taxonomy)


# -- counting ----------------------------------------------------------------------------------------------------------

Report = tuple[str, str, str]
"""Partner, person and themes of a report."""


def count(reports: Sequence[Report], agreed: Sequence[str] | None = None) -> dict[tuple[str, str], RawFigure]:
    """The true figures by partner and theme, that of all reports under an empty one."""
    people = {person: partner for partner, person, _ in reports}
    day = date(2026, 2, 1)
    frames = make_frames(
        [PersonRow(person, partner, day, "", "", objected=False) for person, partner in people.items()],
        [
            ConsentRow(person, partner, "statistics", "given", day)
            for person, partner in people.items()
            if agreed is None or person in agreed
        ],
        (),
        (),
        (),
        (),
        [NarrativeRow(person, partner, day, (), "", themes) for partner, person, themes in reports],
        (),
    )
    plan = replace(PLAN, surveys=(), indicators=tuple(each for each in PLAN.indicators if each.indicator == CODE))
    raws = compute_figures(plan, CATALOGUE.indicators, {}, frames, read_period("2026"), YEAR[1])
    return {(raw.partner, raw.disaggregation.get("theme", "")): raw for raw in raws if raw.indicator == CODE}


def test_a_report_counts_once_in_all_and_once_for_each_theme() -> None:
    """R30, R18: reports and not people; parts may exceed the total, and those without a theme are a part."""
    found = count(
        [
            ("ALFA", "p1", "housing safety"),
            ("ALFA", "p1", "housing"),
            ("ALFA", "p2", ""),
            ("BETA", "p3", "safety"),
        ]
    )
    told = {key: (raw.value, raw.n, raw.outside) for key, raw in found.items()}
    assert told["ALFA", ""] == (Decimal(3), 2, None)
    assert told["ALFA", "housing"] == (Decimal(2), 1, 1)
    assert told["ALFA", "safety"] == (Decimal(1), 1, 2)
    assert told["ALFA", "unknown"] == (Decimal(1), 1, 1)
    assert told["BETA", "housing"] == (Decimal(0), 0, 1)
    assert {raw.unit for raw in found.values()} == {"records"}
    assert sum(raw.value or 0 for key, raw in found.items() if key[0] == "ALFA" and key[1]) > 3


def test_reports_without_the_statistics_consent_are_in_no_theme() -> None:
    """R0."""
    found = count([("ALFA", "p1", "housing"), ("ALFA", "p2", "housing")], agreed=["p1"])
    assert found["ALFA", "housing"].value == 1


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("ALFA", "BETA")),
            st.sampled_from(("p1", "p2", "p3")),
            st.sets(st.sampled_from(("housing", "safety", "choice"))),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_themes_and_none_together_are_at_least_all_reports(
    drawn: list[tuple[str, str, set[str]]], random: Random
) -> None:
    """R18: parts and unknown are the total or more; the order of the records changes nothing."""
    reports = [(partner, f"{partner} {person}", " ".join(sorted(themes))) for partner, person, themes in drawn]
    found = count(reports)
    for partner in ("ALFA", "BETA"):
        mine = [themes.split() for each, _, themes in reports if each == partner]
        cells = {theme: raw for (each, theme), raw in found.items() if each == partner and theme}
        assert sum(int(raw.value or 0) for raw in cells.values()) == sum(max(len(themes), 1) for themes in mine)
        for theme, raw in cells.items():
            assert raw.value == sum(theme in (themes or ["unknown"]) for themes in mine)
    random.shuffle(reports)
    assert count(reports) == found


def test_the_records_of_the_table_are_in_the_auditors_lines() -> None:
    """R26: with the themes of each report the table can be counted again."""
    definitions = choose_definitions(
        replace(PLAN, surveys=(), indicators=tuple(each for each in PLAN.indicators if each.indicator == CODE)),
        CATALOGUE.indicators,
        {},
        CATALOGUE.taxonomy.book,
    )
    day = date(2026, 2, 1)
    frames = make_frames(
        [PersonRow("p1", "ALFA", day, "", "", objected=False)],
        [ConsentRow("p1", "ALFA", "statistics", "given", day)],
        (),
        (),
        (),
        (),
        [NarrativeRow("p1", "ALFA", day, (), "", "housing safety")],
        (),
    )
    [line] = list_lines(definitions, frames, read_period("2026"), YEAR[1], "ALFA")
    assert dict(line.facts) == {"theme": "housing safety"}
    assert decode_definitions(encode_definitions(definitions)).book == CATALOGUE.taxonomy.book


def test_definitions_without_narratives_keep_no_book() -> None:
    """What was frozen before the code book is encoded as it always was."""
    counted = [each for each in PLAN.indicators if CATALOGUE.indicators[each.indicator].source.kind == "services"]
    plan = replace(PLAN, surveys=(), indicators=tuple(counted))
    definitions = choose_definitions(plan, CATALOGUE.indicators, {}, CATALOGUE.taxonomy.book)
    assert "book" not in make_definition_content(definitions)
    assert decode_definitions(encode_definitions(definitions)).book is None


# -- protection --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "base", "few", "hidden"),
    [
        pytest.param((9, 9, 9), 20, (), (), id="nobody is few"),
        pytest.param((12, 9, 2), 20, (2,), (2,), id="the shown cells hold all there are"),
        pytest.param((9, 8, 3), 20, (2,), (1, 2), id="what the shown cells lack is in the one hidden"),
        pytest.param((9, 0, 11), 20, (0, 2), (0, 2), id="two hide each other"),
        pytest.param((0, 20, 0), 20, (1,), (0, 1), id="one alone holds all"),
    ],
)
def test_what_is_hidden_of_records_that_stand_in_several_cells(
    counts: tuple[int, ...], base: int, few: tuple[int, ...], hidden: tuple[int, ...]
) -> None:
    """R18, part 3: every record has a part, so that one hidden cell alone is what the others lack."""
    assert find_hidden_several(counts, base, few) == set(hidden)


Marked = tuple[str, str, tuple[str, ...]]


def make_reports(seed: int, people: dict[str, int], themes: str = "abcdef") -> list[Marked]:
    """Invented reports of people at partners, one to three for each, with one to three themes."""
    random = Random(seed)  # noqa: S311 - invented reports, no secret
    return [
        (partner, f"{partner}{number}", tuple(random.sample(themes, random.choice((1, 1, 2, 3)))))
        for partner, many in people.items()
        for number in range(many)
        for _ in range(random.randint(1, 3))
    ]


def make_raws(reports: Sequence[Marked]) -> list[RawFigure]:
    """The true figures of all partners and of the consortium."""
    raws = []
    for partner in (*sorted({each[0] for each in reports}), "ALL"):
        mine = [each for each in reports if partner in {each[0], "ALL"}]
        people = len({each[1] for each in mine})
        whole = RawFigure("themes", TITLE, partner, "2026", Role.EVENTS, "records", group="themes", n=people)
        raws.append(replace(whole, value=Decimal(len(mine)), numerator=len(mine)))
        for order, theme in enumerate(sorted({theme for each in reports for theme in each[2]})):
            inside = [each for each in mine if theme in each[2]]
            raws.append(
                replace(
                    whole,
                    role=Role.EVENT_CELL,
                    group="themes:theme",
                    disaggregation={"theme": theme},
                    value=Decimal(len(inside)),
                    numerator=len(inside),
                    n=len({each[1] for each in inside}),
                    outside=len({each[1] for each in mine if theme not in each[2]}),
                    base=len(mine),
                    denominator=people,
                    order=order,
                )
            )
    return raws


EDITION = Edition("one", *YEAR, consortium="ALL")


def test_a_table_is_hidden_where_few_people_are_behind_a_theme_or_behind_all_others() -> None:
    """Part 3, P1, P5: one report in all others but four people's tells of these four."""
    reports: list[Marked] = [("A", f"A{number}", ("a", "b")) for number in range(30)]
    reports += [("A", f"A{number}", ("b", "c")) for number in range(30, 33)]
    reports += [("A", f"A{number}", ("c", "b") if number % 2 else ("d", "b")) for number in range(33, 60)]
    reports += [("A", f"A{number}", ("a",)) for number in range(60, 63)]
    told = {
        figure.disaggregation.get("theme", ""): figure.state for figure in publish(make_raws(reports), Audience.FUNDER)
    }
    # All but three people have a report about b.
    assert told["b"] is FigureState.SUPPRESSED
    assert told["a"] is FigureState.VALUE
    assert told[""] is FigureState.VALUE


def test_staff_read_their_own_table_whole() -> None:
    """Part 3: figures from staff's own records are not hidden from their partner's staff."""
    raws = make_raws([("A", "A1", ("a",)), ("A", "A2", ("a", "b"))])
    own = [figure for figure in publish(raws, Audience.PARTNER) if figure.partner == "A"]
    assert {figure.state for figure in own} == {FigureState.VALUE}


def test_the_parts_of_the_table_are_no_partition() -> None:
    """R18: of each theme the reports that have it and the others, and what is counted again, are taken apart."""
    [block] = list_blocks(make_raws([("A", "A1", ("a", "b")), ("A", "A2", ("b",))]), "ALL")
    rests = [number for number in block.numbers if number.what is What.REST and number.raw.partner == "A"]
    assert [(number.raw.disaggregation["theme"], number.value, number.people) for number in rests] == [
        ("a", 1, 1),
        ("b", 0, 0),
    ]
    for one, other in block.equals:
        assert sum(block.leaves[place] for place in one) == sum(block.leaves[place] for place in other)


VOCABULARY = Vocabulary(
    indicators={
        "themes": Meaning(
            "themes",
            "count",
            source="narratives",
            respondent="caseworker",
            per_record=True,
            several=frozenset({"theme"}),
            unit="records",
            dimensions=("theme",),
        )
    },
    plans={"plan": (Member("A"), Member("B"), Member("C"), Member("D"), Member("ALL", consortium=True))},
)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 6))])
def test_what_is_published_of_themes_gives_nothing_away(seed: int) -> None:
    """Part 3, Protect: certified against the public and each partner, and attacked by code that shares none."""
    reports = make_reports(seed, {"A": 45, "B": 34, "C": 8, "D": 31})
    done = publish_jointly(make_raws(reports), EDITION)
    assert all(certificate.holds for certificate in done.certificates.values())
    for figure in done.figures:
        mine = [each for each in reports if figure.partner in {each[0], "ALL"}]
        theme = figure.disaggregation.get("theme")
        people = {each[1] for each in mine if theme is None or theme in each[2]}
        others = {each[1] for each in mine if theme is not None and theme not in each[2]}
        if figure.state is FigureState.VALUE:
            assert not is_small(len(people), THRESHOLD)
            assert not is_small(len(others), THRESHOLD)
    lines = [
        PublishedLine(
            indicator="themes",
            part="",
            categories=tuple(figure.disaggregation.items()),
            partner=figure.partner,
            issue=Issue(*YEAR, "plan-20260101-abcd"),
            state=figure.state.value,
            unit="records",
            file="themes.json",
            place=figure.id,
            value=figure.value,
        )
        for figure in done.figures
    ]
    outcome = attack(make_knowledge(lines, VOCABULARY, THRESHOLD), ["A", "B", "C", "D"])
    assert outcome.findings == ()
    assert outcome.contradicted == ()


def test_the_shipped_indicator_is_a_count_of_records_by_theme() -> None:
    """R30."""
    indicator = load_indicators(ROOT, load_surveys(ROOT))[CODE]
    assert (indicator.kind, indicator.unit, indicator.disaggregations) == (Kind.COUNT, "records", ("theme",))
    assert indicator.limitations["lv"]
    assert indicator.consent == "statistics"
