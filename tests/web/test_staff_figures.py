"""Pages of figures, snapshots and plans over WSGI: what each role sees, and that nothing protected is shown."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from me_platform.disclosure.figures import FigureState, make_figure_content
from me_platform.exchange.tables import write_csv
from me_platform.services.audit import Deed, list_log
from me_platform.services.seats import Organisation
from me_platform.staff_site.figure_lines import compare, is_comparable
from me_platform.staff_site.frame import FRESH
from me_platform.storage.snapshots import SnapshotHead
from tests.conftest import Engines
from tests.figure_samples import ABOUT_US, LONE, MANAGER, NEW, OLD, PLAN, add_freeze, make_figure_world
from tests.report_samples import make_figure, make_figures_of_60, make_share
from tests.staff_samples import StaffWorld
from tests.staff_visitor import Visitor, listening, make_visitor, without_token

OFFICER, LEADER, BETA_MANAGER, AUDITOR, CASEWORKER, FUNDER = (
    "anna@alfa.example",
    "kira@kopa.example",
    "bruno@beta.example",
    "olga@alfa.example",
    "cora@alfa.example",
    "finn@fund.example",
)
SUITS = f"/o/ALFA/figures/{NEW}"


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_figure_world(engines, tmp_path)


def visit(world: StaffWorld, email: str) -> Visitor:
    """Somebody at the site in English."""
    visitor = make_visitor(world, email)
    visitor.post("/language", {"language": "en"}, page="/")
    return visitor


def read(page: str) -> str:
    """The words of a page, without tags, each space one space."""
    body = page[page.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\N{NO-BREAK SPACE}", " ").split())


def find_row(page: str, code: str) -> str:
    """The words of an indicator's row."""
    rows = re.findall(r"<tr role=\"row\">.*?</tr>", page, re.DOTALL)
    [row] = [row for row in rows if f'/{code}"' in row]
    return read("<main" + row)


# -- the table ------------------------------------------------------------------------------------------------------


def test_an_officer_reads_the_table_of_her_organisation(world: StaffWorld) -> None:
    page = visit(world, OFFICER).get("/o/ALFA/figures").text
    assert "80 %" in find_row(page, ABOUT_US)
    assert find_row(page, ABOUT_US).startswith("Support is useful support-useful · Outcome 60 % 30 Sept 2025 75 %")
    assert "35 of 44; 65–89 %" in find_row(page, ABOUT_US)
    assert "✓ Target reached" in find_row(page, ABOUT_US)
    assert "39 or more of 44" in find_row(page, "knows-whom-to-call")
    assert "Not yet reached" not in find_row(page, "knows-whom-to-call")
    assert "6.3 points" in find_row(page, "goal-nearness")
    assert "5.6–7.0" in find_row(page, "goal-nearness")
    assert "none set" in find_row(page, "goal-nearness")


def test_the_same_marks_as_in_the_report_are_explained(world: StaffWorld) -> None:
    page = read(visit(world, LEADER).get("/o/BETA/figures").text)
    assert "What these marks mean" in page
    assert "× hidden to protect people The number is known and not shown." in page
    for state in FigureState:
        words = {"value": "number", "banded": "shown as a range", "suppressed": "hidden to protect people"}
        assert words.get(state.value, "") in page


def test_flows_are_shown_as_they_were_protected(world: StaffWorld) -> None:
    page = visit(world, LEADER).get("/o/BETA/figures").text
    flow = page[page.index('id="flows"') : page.index("</section>", page.index('id="flows"'))]
    assert "between 15 and 19" in read("<main" + flow) or "15 or more" in read("<main" + flow)
    assert "hidden to protect people" in flow
    assert "Eligible" in flow


def test_a_value_stands_to_the_value_before_and_a_range_to_nothing(world: StaffWorld) -> None:
    page = visit(world, OFFICER).get("/o/ALFA/figures").text
    assert "▲ higher than before (41)" in find_row(page, "people-supported")
    assert "▲ higher than before (56 %)" in find_row(page, ABOUT_US)
    assert "▲ higher than before (4.1)" in find_row(page, "goal-nearness")
    assert "= about as before (1284)" in find_row(page, "services-given")
    assert "not compared" in find_row(page, "knows-whom-to-call")
    assert "Compared with:" in read(page)


HEAD = SnapshotHead(*[None] * 8)  # type: ignore[arg-type]
YEAR = replace(HEAD, start=date(2026, 1, 1), end=date(2026, 12, 31))
QUARTER = replace(HEAD, start=date(2025, 10, 1), end=date(2025, 12, 31))
SHARE = make_share("support-useful", "ALFA", (35, 44), (65, 89))
COUNT = make_figure("services-given", "ALFA", unit="records", value=9)


@pytest.mark.parametrize(
    ("now", "before", "comparable"),
    [
        (SHARE, SHARE, True),
        (SHARE, make_figure("support-useful", "ALFA", FigureState.BANDED, low=39, high=44, denominator=44), False),
        (make_figure("support-useful", "ALFA", FigureState.SUPPRESSED), SHARE, False),
        (SHARE, make_share("support-useful", "ALFA", (4, 9), (10, 80)), False),
        (COUNT, COUNT, False),
        (COUNT, SHARE, False),
    ],
    ids=["shares", "a range before", "hidden now", "under ten people", "counts of a year and a quarter", "two units"],
)
def test_what_may_be_compared(now: object, before: object, comparable: bool) -> None:  # noqa: FBT001
    assert is_comparable(now, before, YEAR, QUARTER) is comparable  # type: ignore[arg-type]


def test_within_the_range_nothing_is_called_a_change() -> None:
    """R20, R21."""
    assert compare(SHARE, make_share("support-useful", "ALFA", (31, 44), (56, 82))) == "same"
    assert compare(SHARE, make_share("support-useful", "ALFA", (24, 44), (40, 69))) == "higher"
    assert compare(make_share("support-useful", "ALFA", (24, 44), (40, 69)), SHARE) == "lower"


# -- filters --------------------------------------------------------------------------------------------------------


FILTERS = {
    "result=P1": {"people-supported", "services-given"},
    "level=output": {"people-supported", "services-given"},
    "status=reached": {ABOUT_US, "knows-whom-to-call"},
    "status=banded": {"knows-whom-to-call"},
    "q=USEFUL+support": {ABOUT_US},
    "result=O1&status=none": {"feels-safe-change"},
    "q=%3Cb%3E": set(),
}
"""What is asked for in the address -> the indicators that fit."""


def test_filters_stand_in_the_address(world: StaffWorld) -> None:
    """Of the page, of the button that changes the language, and of the file."""
    visitor = visit(world, OFFICER)
    for query, codes in FILTERS.items():
        page = visitor.get(f"/o/ALFA/figures?{query}").text
        assert {each.indicator for each in PLAN.indicators if f'/{each.indicator}"' in page} == codes, query
        assert ("No figure fits" in page) is (not codes)
        assert f'name="page" value="/o/ALFA/figures?{query.replace("&", "&amp;")}"' in page
        assert "<b>" not in page
        rows = list(csv.reader(io.StringIO(visitor.get(f"/o/ALFA/figures.csv?{query}").data.decode("utf-8-sig"))))
        assert {row[0] for row in rows[1:]} == codes


def test_an_older_snapshot_is_chosen_by_address_and_a_plan_gives_its_newest(world: StaffWorld) -> None:
    visitor = visit(world, OFFICER)
    old = visitor.get(f"/o/ALFA/figures?snapshot={OLD}").text
    assert "24 of 43" in read(old)
    assert "Compared with" not in old
    for query in ("", "?plan=impact", f"?plan=impact&snapshot={NEW}", "?plan=impact&snapshot=freeze-sample"):
        assert "35 of 44" in read(visitor.get(f"/o/ALFA/figures{query}").text)
    assert "35 of 44" not in visitor.get("/o/ALFA/figures?plan=sample").text


def test_without_a_snapshot_the_page_says_so(world: StaffWorld, engines: Engines) -> None:
    with engines.owner.begin() as connection:
        connection.execute(text("delete from report"))
        connection.execute(text("delete from snapshot"))
    visitor = visit(world, OFFICER)
    assert "There are no figures yet" in visitor.get("/o/ALFA/figures").text
    assert "There is no snapshot yet" in visitor.get("/o/ALFA/snapshots").text
    assert visitor.get("/o/ALFA/figures.csv").status_code == 200


# -- one figure -----------------------------------------------------------------------------------------------------


def test_a_figure_says_all_that_is_behind_it(world: StaffWorld) -> None:
    page = visit(world, OFFICER).get(f"{SUITS}/{ABOUT_US}").text
    words = read(page)
    for said in (
        "People who find the support useful",
        "35 of 44 · plausible range 65–89 %",
        "Did not want to say × hidden to protect people",
        "Percentages are never averaged",
        "Definition sheet",
        "support-useful@ALFA@2025-10-01..2026-09-30",
        NEW,
        "24 of 43 (56 %, 41–70 %)",
        "people who objected to being counted: 5 or fewer",
        "answers without consent to statistics: 6 or more",
    ):
        assert said in words, said
    assert "lineage" not in page
    assert "14" not in re.findall(r"statistics: (\d+)", words)


def test_the_history_is_drawn_in_the_readers_language(world: StaffWorld) -> None:
    visitor = visit(world, OFFICER)
    english = visitor.get(f"{SUITS}/{ABOUT_US}/history.svg")
    assert english.mimetype == "image/svg+xml"
    assert english.data.startswith(b"<?xml") or english.data.startswith(b"<svg")
    visitor.post("/language", {"language": "lv"}, page="/")
    assert visitor.get(f"{SUITS}/{ABOUT_US}/history.svg").data != english.data
    assert visitor.get(f"{SUITS}/people-supported/history.svg").status_code == 200
    assert visitor.get(f"{SUITS}/goal-nearness/history.svg").status_code == 200


def test_a_figure_whose_definition_changed_stands_as_it_was_frozen(world: StaffWorld, engines: Engines) -> None:
    """R28."""
    later = "impact-20251001-later"
    add_freeze(
        engines, world, "ALFA", later, make_figures_of_60(), date(2026, 10, 20), definitions={ABOUT_US: "0" * 64}
    )
    visitor = visit(world, OFFICER)
    page = visitor.get("/o/ALFA/figures").text
    assert "defined differently today" in find_row(page, ABOUT_US)
    assert "not compared" in find_row(page, ABOUT_US)
    page = visitor.get(f"/o/ALFA/figures/{later}/{ABOUT_US}").text
    assert "defined differently today" in page
    assert "Definition sheet" not in page
    assert "35 of 44" in read(page)


# -- who sees what ---------------------------------------------------------------------------------------------------


def test_what_people_say_of_the_organisation_is_for_the_officer_only(world: StaffWorld) -> None:
    """privacy-and-safety 1.10: by table, page, picture and file."""
    officer, manager = visit(world, OFFICER), visit(world, MANAGER)
    assert ABOUT_US in officer.get("/o/ALFA/figures").text
    for path in ("/o/ALFA/figures", "/o/ALFA/figures.csv", f"/o/ALFA/figures?snapshot={OLD}"):
        answer = manager.get(path)
        assert answer.status_code == 200
        assert ABOUT_US not in answer.text
        assert "knows-whom-to-call" in answer.text or OLD in path
    for path in (f"{SUITS}/{ABOUT_US}", f"{SUITS}/{ABOUT_US}/history.svg"):
        assert officer.get(path).status_code == 200
        gone = path.replace(ABOUT_US, "no-such-one")
        with listening(world.desk.engine) as statements:
            hidden = manager.get(path)
        with listening(world.desk.engine) as others:
            missing = manager.get(gone)
        assert hidden.status_code == missing.status_code == 404
        assert without_token(hidden) == without_token(missing)
        assert statements == others


def test_a_manager_reads_no_count_of_what_was_left_out(world: StaffWorld) -> None:
    visitor = visit(world, MANAGER)
    assert "Left out" not in visitor.get(f"/o/ALFA/snapshots/{NEW}").text
    assert "Left out" not in visitor.get(f"{SUITS}/people-supported").text
    assert "people who objected to being counted: 5 or fewer" in read(
        visit(world, AUDITOR).get(f"/o/ALFA/snapshots/{NEW}").text
    )


PATHS: dict[str, set[str]] = {
    "/o/ALFA/figures": {OFFICER, MANAGER, LEADER},
    "/o/ALFA/figures.csv": {OFFICER, MANAGER, LEADER},
    f"{SUITS}/people-supported": {OFFICER, MANAGER, LEADER},
    f"{SUITS}/people-supported/history.svg": {OFFICER, MANAGER, LEADER},
    "/o/ALFA/quality": {OFFICER, MANAGER, LEADER},
    "/o/ALFA/quality/records": {OFFICER, MANAGER},
    "/o/ALFA/snapshots": {OFFICER, MANAGER, LEADER, AUDITOR},
    f"/o/ALFA/snapshots/{NEW}": {OFFICER, MANAGER, LEADER, AUDITOR},
    "/o/ALFA/snapshots/freeze": set(),
    "/o/KOPA/snapshots/freeze": {LEADER},
    "/o/ALFA/plans": {OFFICER, MANAGER, LEADER, AUDITOR, CASEWORKER, FUNDER},
    "/o/ALFA/plans/impact": {OFFICER, MANAGER, LEADER, AUDITOR, CASEWORKER, FUNDER},
}
"""Address -> who gets the page, written down by hand."""


def test_everybody_gets_the_pages_of_the_rule_book_and_no_other(world: StaffWorld) -> None:
    for email in (OFFICER, MANAGER, LEADER, AUDITOR, CASEWORKER, FUNDER, BETA_MANAGER):
        visitor = visit(world, email)
        for path, readers in PATHS.items():
            assert visitor.get(path).status_code == (200 if email in readers else 404), (email, path)
    leader = visit(world, LEADER)
    assert [leader.get(f"/o/{code}/figures").status_code for code in ("BETA", "KOPA")] == [200, 200]


HIDDEN = {
    f"figures?snapshot={LONE}": "figures?snapshot=impact-20251001-gone",
    f"figures.csv?snapshot={LONE}": "figures.csv?snapshot=impact-20251001-gone",
    f"figures/{LONE}/people-supported": "figures/impact-20251001-gone/people-supported",
    f"figures/{LONE}/people-supported/history.svg": "figures/impact-20251001-gone/people-supported/history.svg",
    f"snapshots/{LONE}": "snapshots/impact-20251001-gone",
    "plans/solo": "plans/gone",
}
"""What another organisation has -> the same address of nothing."""


def test_what_another_organisation_has_is_as_if_it_were_not_there(world: StaffWorld) -> None:
    """The same status, bytes and statements."""
    visitor, leader = visit(world, OFFICER), visit(world, LEADER)
    for place, gone in HIDDEN.items():
        answers = []
        for path in (place, gone):
            with listening(world.desk.engine) as statements:
                answers.append((visitor.get(f"/o/ALFA/{path}"), list(statements)))
        (theirs, asked), (none, asked_too) = answers
        assert theirs.status_code == none.status_code == 404
        assert without_token(theirs) == without_token(none)
        assert asked == asked_too
        assert place == "plans/solo" or leader.get(f"/o/BETA/{place}").status_code == 200


def test_the_leader_of_a_plan_sees_nothing_of_another_plan(world: StaffWorld, engines: Engines) -> None:
    """The snapshot freeze-solo of ALFA is of a plan that KOPA does not lead."""
    assert "freeze-solo" in visit(world, OFFICER).get("/o/ALFA/snapshots").text
    assert "freeze-solo" not in visit(world, LEADER).get("/o/ALFA/snapshots").text
    assert visit(world, LEADER).get("/o/ALFA/snapshots/freeze-solo").status_code == 404


def test_pages_take_eight_statements_at_most_however_many_snapshots_there_are(
    world: StaffWorld, engines: Engines
) -> None:
    for number in range(12):
        add_freeze(engines, world, "ALFA", f"more-{number}", make_figures_of_60(), date(2026, 5, 1 + number))
    visitor = visit(world, OFFICER)
    paths = [path for path, readers in PATHS.items() if OFFICER in readers]
    for path in paths:
        with listening(world.desk.engine) as statements:
            assert visitor.get(path).status_code == 200
        assert len(statements) <= 8, path
    leader = visit(world, LEADER)
    with listening(world.desk.engine) as statements:
        assert leader.get("/o/KOPA/snapshots/freeze").status_code == 200
    assert len(statements) <= 8
    assert visitor.get(f"/o/ALFA/figures/{NEW}/people-supported").text.count('role="rowheader"') <= 8 + 8


# -- files and the log ----------------------------------------------------------------------------------------------


def test_the_file_holds_what_is_printed_and_no_number_that_is_not(world: StaffWorld) -> None:
    answer = visit(world, LEADER).get("/o/BETA/figures.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="figures-{NEW}.csv"'
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = {row["Code"]: row for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))}
    band, share = rows["knows-whom-to-call"], rows[ABOUT_US]
    assert (band["Kind of value"], band["As printed"], band["From"], band["To"]) == (
        "banded",
        "8\xa0or\xa0more\xa0of\xa013",
        "8",
        "13",
    )
    assert (band["Value"], band["Numerator"], band["People"]) == ("", "", "")
    assert (share["Value"], share["Numerator"], share["Denominator"]) == ("62", "8", "13")


def test_a_cell_that_begins_like_a_formula_is_text(world: StaffWorld) -> None:
    """In the file of a page; every sign is in the unit tests of the writer."""
    indicator = world.desk.catalogue.indicators[ABOUT_US]
    named = replace(indicator, short_title={"en": "=cmd()", "lv": "x"})
    indicators = {**world.desk.catalogue.indicators, ABOUT_US: named}
    world.desk = replace(world.desk, catalogue=replace(world.desk.catalogue, indicators=indicators))
    answer = visit(world, OFFICER).get("/o/ALFA/figures.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert "'=cmd()" in {row[1] for row in rows}
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_of_a_file_begins_like_a_formula_and_numbers_stay_numbers(sign: str) -> None:
    content = write_csv(("a", "b", "c"), [(f"{sign}x", Decimal("-0.4"), None)]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{sign}x", "-0.4", ""]


def test_every_opening_is_in_the_log_and_an_export_as_an_export(world: StaffWorld) -> None:
    visitor = visit(world, OFFICER)
    for path in ("/o/ALFA/figures", "/o/ALFA/figures.csv", f"{SUITS}/{ABOUT_US}", f"/o/ALFA/snapshots/{NEW}"):
        visitor.get(path)
    alfa: Organisation = world.desk.organisations["ALFA"]
    with world.desk.open_office() as office:
        lines = [(line.deed, line.thing) for line in list_log(office, alfa.partner)]
    opened, exported = (Deed.OPENED, "snapshot"), (Deed.EXPORTED, "snapshot")
    assert [line for line in lines if line[1] == "snapshot"] == [opened, opened, exported, opened, opened]


# -- snapshots ------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_verified_and_a_changed_one_is_called_broken(world: StaffWorld, engines: Engines) -> None:
    visitor = visit(world, AUDITOR)
    assert "Unchanged." in visitor.get(f"/o/ALFA/snapshots/{NEW}").text
    with engines.owner.begin() as connection:
        connection.execute(text("update snapshot set hash = :hash"), {"hash": "1" * 64})
    page = visitor.get(f"/o/ALFA/snapshots/{NEW}").text
    assert "Broken." in page
    assert "Unchanged." not in page
    assert visit(world, OFFICER).get("/o/ALFA/figures").status_code == 500


FAULTS = (
    ({"period": "2026-13"}, "This is no period."),
    ({"period": "2026-09-30..2026-01-01"}, "This is no period."),
    ({"period": ""}, "Please fill this in."),
    ({"period": "9" * 100}, "80 fit here"),
    ({"cutoff": "2030-01-01"}, "This day lies ahead."),
    ({"cutoff": "2025-12-31"}, "This day lies before the period begins."),
    ({"cutoff": "tomorrow"}, "Not a valid date value."),
    ({"cutoff": ""}, "Please fill this in."),
    ({"plan": "solo"}, "Not a valid choice."),
)
"""What is typed in the place of what would do -> what is said."""


def test_what_cannot_be_frozen_is_said_at_its_field(world: StaffWorld, engines: Engines) -> None:
    visitor = visit(world, LEADER)
    for given, fault in FAULTS:
        data = {"plan": "impact", "period": "2026-Q3", "cutoff": "2026-10-14", **given}
        answer = visitor.post("/o/KOPA/snapshots/freeze", data, page="/o/KOPA/snapshots/freeze")
        assert answer.status_code == 422
        assert fault in unescape(answer.text), given
        for name in ("period", "cutoff"):
            assert f'value="{data[name]}"' in answer.text
    with engines.owner.connect() as connection:
        assert connection.execute(text("select count(*) from job")).scalar_one() == 0


def test_a_freeze_is_ordered_by_who_leads_the_plan_and_nobody_else(world: StaffWorld, engines: Engines) -> None:
    data = {"plan": "impact", "period": "2026-Q3", "cutoff": "2026-10-14"}
    for email, code in ((OFFICER, "ALFA"), (OFFICER, "KOPA"), (AUDITOR, "ALFA"), (LEADER, "ALFA"), (MANAGER, "ALFA")):
        visitor = visit(world, email)
        assert visitor.post(f"/o/{code}/snapshots/freeze", data, page="/o/ALFA/plans").status_code == 404
    visitor = visit(world, LEADER)
    answer = visitor.post("/o/KOPA/snapshots/freeze", data, page="/o/KOPA/snapshots/freeze")
    assert answer.status_code == 303
    assert visitor.get(answer.location).status_code == 200
    assert answer.location in visitor.get("/o/KOPA/snapshots").text
    with engines.owner.connect() as connection:
        assert connection.execute(text("select kind, status from job")).all() == [("freeze", "queued")]


# -- plans ----------------------------------------------------------------------------------------------------------


def test_a_plan_is_read_with_the_targets_of_the_organisation(world: StaffWorld) -> None:
    page = visit(world, CASEWORKER).get("/o/ALFA/plans/impact").text
    words = read(page)
    for said in (
        "A place to begin again",
        "Invented Integration Fund",
        "SAMPLE-0000",
        "Survivors of trafficking live in safety and decide about their own lives.",
        "Shelter House Alfa",
        "Outcome O1. People feel safe and find the support useful.",
        "Baselines and targets are those that hold for Shelter House Alfa.",
    ):
        assert said in words, said
    row = words[words.index("Support is useful") :]
    assert row.index("60 % 30 Sept 2025") < row.index("75 % 30 Sept 2027")


def test_every_page_has_one_heading_and_no_telling_title(world: StaffWorld) -> None:
    visitor = visit(world, OFFICER)
    paths = [path for path, readers in PATHS.items() if OFFICER in readers and not path.endswith((".csv", ".svg"))]
    for language, path in product(("en", "lv"), paths):
        visitor.post("/language", {"language": language}, page="/o/ALFA/plans")
        neutral = {"en": "Monitoring and evaluation", "lv": "Uzraudzība un izvērtēšana"}[language]
        page = visitor.get(path).text
        assert page.count("<h1") == 1
        [title] = re.findall(r"<title>(.*?)</title>", page)
        assert title.endswith(f"· {neutral}")
        assert "traffick" not in title


def test_the_file_wants_a_fresh_log_in(world: StaffWorld) -> None:
    visitor = visit(world, OFFICER)
    assert visitor.get("/o/ALFA/figures.csv").status_code == 200
    world.clock.time += FRESH + timedelta(seconds=1)
    visitor.get("/o/ALFA/figures")  # keeps the session awake
    answer = visitor.get("/o/ALFA/figures.csv")
    assert answer.status_code in {302, 303}
    assert "text/csv" not in answer.content_type


# -- the quality of data -----------------------------------------------------------------------------------------------


def make_quality(part: str, low: int, **mark: str) -> dict[str, Any]:
    """A figure of quality as a part holds it."""
    figure = make_figure(
        "quality",
        "ALFA",
        FigureState.BANDED,
        "persons",
        part=part,
        cells=mark,
        low=str(low),
        high=str(low + 5),
    )
    return make_figure_content(replace(figure, title={"en": f"Stage {part}", "lv": f"Posms {part}"}))


def test_how_questions_were_answered_is_read_by_the_own_officer_and_manager_only(
    world: StaffWorld, engines: Engines
) -> None:
    """Privacy-and-safety 1.10, R3: as ranges; nothing about the organisation for whom it is about; R5."""
    quality = [
        make_quality("responded", 35, survey="outcome-checkin"),
        make_quality("answered", 15, question="outcome-checkin.goal"),
        make_quality("answered", 25, question="outcome-checkin.useful"),
    ]
    add_freeze(engines, world, "ALFA", "impact-quality", make_figures_of_60(), date(2026, 12, 1), quality=quality)
    pages = {email: read(visit(world, email).get("/o/ALFA/quality").text) for email in (OFFICER, MANAGER, LEADER)}
    assert "Stage responded between 35 and 40" in pages[OFFICER]
    assert "between 15 and 20 too few people for a table of the others" in pages[OFFICER]
    assert "Stage responded between 35 and 40" in pages[MANAGER]
    assert "between 35 and 40" not in pages[LEADER]
    assert "told to an organisation’s own staff only" in pages[LEADER]
    asked = world.desk.catalogue.surveys["outcome-checkin"].questions
    prompt = next(each.prompt["en"] for each in asked if each.about == "organisation")
    assert prompt in pages[OFFICER]
    assert prompt not in pages[MANAGER]
    for page in pages.values():
        assert "This snapshot takes the place of no other" in page


def test_own_records_in_doubt_have_a_page_and_say_so_where_there_are_none(world: StaffWorld) -> None:
    page = read(visit(world, MANAGER).get(f"/o/ALFA/quality/records?snapshot={NEW}").text)
    assert "There are no records of this period." in page
    assert page.count("There are none.") == 3
    assert visit(world, OFFICER).get("/o/ALFA/quality/records?snapshot=gone").status_code == 404
