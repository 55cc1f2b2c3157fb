"""The sample a newcomer makes with one command: its reports, its figures, and that the two say the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import page
import pytest
from sqlalchemy import text

from me_platform.catalogue import load_catalogue
from me_platform.demo import build, walk
from me_platform.disclosure.figures import Figure, FigureState
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.indicators.periods import read_period
from me_platform.reports.build import ReportResult
from me_platform.services.accounts import find_login
from me_platform.services.audit import Deed, list_log, verify_log
from me_platform.services.freezing import freeze_plan, list_figures
from me_platform.services.instance import Office, build_instance, open_office
from me_platform.services.report_history import ReportState
from me_platform.services.reporting import ReportOrder, build_reports
from me_platform.services.seats import Seat, load_organisations
from me_platform.services.staff_reports import list_reports
from me_platform.settings import Settings, Sources, load_settings
from tests.acceptance.conftest import ROOT
from tests.conftest import lend_folder
from tests.integration.test_reports import count_tokens, read_pages

PARTNERS = {
    build.PLAN: (*build.CROWDS, "KONSORCIJS"),
    build.REGISTER: ("LV-REGISTRS",),
}
REPORTS = [
    (template, partner, language)
    for plan, templates in build.TEMPLATES.items()
    for template, languages in templates.items()
    for partner in PARTNERS[plan]
    for language in languages
]
SHARE = [
    ("partner-impact", "BERZ", "lv"),
    # Trainings and nothing else: what stands beside a response flow elsewhere has to find another place.
    ("partner-impact", "TILTI", "lv"),
    ("plain-summary", "BERZ", "ar"),
]
"""The reports that are rendered twice more in every run."""
RENDERED = [
    *SHARE,
    ("partner-impact", "KONSORCIJS", "lv"),
    *(("partner-impact", partner, "lv") for partner in ("KALNS", "LIGZDA", "UPE")),
    *(("partner-impact", partner, "en") for partner in ("KALNS", "BERZ")),
    ("plain-summary", "LIGZDA", "lv"),
    ("activity-register", "LV-REGISTRS", "lv"),
]
"""The reports that are rendered at all in every run, and tested one by one. With ``--full`` it is all of them, each of
them twice more as well (script/drill reports)."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    full = metafunc.config.getoption("--full")
    if "key" in metafunc.fixturenames:
        metafunc.parametrize("key", REPORTS if full else SHARE)
    if "rendered" in metafunc.fixturenames:
        metafunc.parametrize("rendered", REPORTS if full else RENDERED)


@dataclass(frozen=True)
class Demo:
    """A finished sample: its folder, its reports, what was said while it was made, and its settings."""

    folder: Path
    reports: Collection[tuple[str, str, str]]
    said: tuple[str, ...]
    settings: Settings

    @property
    def figures(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "figures.json").read_text("utf-8"))
        return found

    def get_pdf(self, template: str, partner: str, language: str) -> bytes:
        return (self.folder / "reports" / f"{template}-{partner.lower()}-{language}.pdf").read_bytes()

    def list_of(self, template: str, partner: str) -> dict[str, dict[str, Any]]:
        """The figures of one report by id."""
        plan = build.REGISTER if template == "activity-register" else build.PLAN
        return {each["id"]: each for each in self.figures if each["partner"] == partner and plan in each["snapshot"]}


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest) -> Iterator[Demo]:
    with lend_folder() as folder:
        yield _make_demo(folder / "out", REPORTS if request.config.getoption("--full") else RENDERED)


def _make_demo(folder: Path, reports: Collection[tuple[str, str, str]]) -> Demo:
    # Speaking takes ten seconds; tests/integration/test_audio.py has two texts spoken.
    settings = load_settings({"ME_CONTENT": str(ROOT), "ME_VOICE": "none"}, ROOT)
    said: list[str] = []
    build.build_demo(
        settings,
        folder,
        1,
        said.append,
        reports=lambda order: (order.template, order.partner, order.language) in reports,
    )
    instance = folder / "instance"
    return Demo(
        folder,
        reports,
        tuple(said),
        load_settings(
            {"ME_INSTANCE": str(instance), "ME_CONTENT": str(ROOT), "ME_TODAY": build.FREEZE_DAY.isoformat()}, ROOT
        ),
    )


@pytest.fixture(scope="module")
def worker(demo: Demo) -> Iterator[Office]:
    with open_office(demo.settings, "me_worker") as office:
        yield office


@pytest.fixture(scope="module")
def again(
    demo: Demo, worker: Office, request: pytest.FixtureRequest
) -> dict[tuple[str, str, str], tuple[ReportResult, ReportResult]]:
    """Reports rendered once more, with their figures and without them."""
    catalogue = load_catalogue(ROOT)
    chosen = REPORTS if request.config.getoption("--full") else SHARE
    orders = [
        ReportOrder(
            next(iter(demo.list_of(template, partner).values()))["snapshot"],
            template,
            language,
            partner,
            annex=partner in {"KONSORCIJS", "LV-REGISTRS"},
        )
        for template, partner, language in chosen
    ]
    with ThreadPoolExecutor(2) as pool:
        full = list(build_reports(worker, catalogue, orders, pool, sample=True))
        blank = list(build_reports(worker, catalogue, orders, pool, sample=True, blank=True))
    return dict(zip(chosen, zip(full, blank, strict=True), strict=True))


def test_every_pdf_of_the_demo_is_pdf_ua(demo: Demo, rendered: tuple[str, str, str]) -> None:
    """Issue, done when 3."""
    report = page.validate_pdf_bytes(demo.get_pdf(*rendered), profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [f"{each.rule_id}: {each.message}" for each in report.failures]


def test_the_same_snapshot_gives_the_same_bytes(
    demo: Demo, again: dict[tuple[str, str, str], tuple[ReportResult, ReportResult]], key: tuple[str, str, str]
) -> None:
    """Issue, done when 3; R23."""
    assert hashlib.sha256(again[key][0].pdf).digest() == hashlib.sha256(demo.get_pdf(*key)).digest()


def test_a_pdf_less_its_blanked_twin_is_exactly_figures_json(
    demo: Demo, again: dict[tuple[str, str, str], tuple[ReportResult, ReportResult]], key: tuple[str, str, str]
) -> None:
    """Issue, done when 4: both ways, per language, from the files a funder and an auditor hold."""
    template, partner, language = key
    full, blank = again[key]
    pages, empty = read_pages(demo.get_pdf(*key)), read_pages(blank.pdf)
    lacking = count_tokens(pages) - count_tokens(empty)
    figures = {name: _read_figure(each) for name, each in demo.list_of(template, partner).items()}
    expected = [make_figure_text(figures[each.figure], language, Facet(each.facet)) for each in full.printed]
    assert lacking == count_tokens(expected)
    assert not count_tokens(empty) - count_tokens(pages)
    printed = {each.figure for each in full.printed}
    assert printed <= set(figures)
    if template != "plain-summary":
        # The page for those who answered is a choice of a few; a report leaves nothing out.
        assert printed == set(figures)
        assert not full.unprinted


def test_the_samples_funder_has_the_accepted_reports_of_her_grant(demo: Demo) -> None:
    """Issue C, reports: one person built them, another accepted them, and the log of every partner says so."""
    catalogue = load_catalogue(ROOT)
    expected = Counter(partner for _, partner, _ in demo.reports if partner in PARTNERS[build.PLAN])
    seen: Counter[str] = Counter()
    with open_office(demo.settings, "me_staff") as office:
        login = find_login(office.engine, email="funder@fonds.example")
        assert login is not None
        for code, organisation in load_organisations(office.engine, catalogue.plans).items():
            entries = list_reports(office, catalogue, Seat(login.user, organisation))
            assert {entry.state for entry in entries} <= {ReportState.ACCEPTED}
            seen[code] += len(entries)
            deeds = {line.deed for line in list_log(office, organisation.partner)}
            assert ({Deed.BUILT, Deed.ACCEPTED} <= deeds) == (code in {partner for _, partner, _ in demo.reports})
            verify_log(office, organisation.partner)
    assert +seen == expected


PAGES = {
    **dict.fromkeys(("KALNS", "GAISMA", "VEJI", "BERZ", "DZIRNAS", "OSTA"), range(8, 15)),
    # Three people: hardly anything may be told of them, and nothing is said to fill pages.
    "LIGZDA": range(6, 9),
    **dict.fromkeys(("UPE", "TILTI"), range(3, 7)),
}
"""How long the body of a partner's report may be (issue: 8 to 14 pages, 3 to 6 without services of its own)."""


def test_a_report_is_as_long_as_a_reader_has_time_for(demo: Demo) -> None:
    reports = {key: PAGES[key[1]] for key in demo.reports if key[0] == "partner-impact" and key[1] in PAGES}
    assert {partner for _, partner, _ in reports} >= {"KALNS", "LIGZDA", "UPE"}
    for key, allowed in reports.items():
        assert len(read_pages(demo.get_pdf(*key))) in allowed, key


def test_a_headline_tells_how_the_same_people_changed(demo: Demo) -> None:
    """Issue, summary page: figure, interval, target, trend, status."""
    for partner in ("KALNS", "BERZ"):
        figures = demo.list_of("partner-impact", partner)
        [change] = [
            _read_figure(each)
            for each in figures.values()
            if each["indicator"] == "feels-safe-change" and not each["part"] and not each["disaggregation"]
        ]
        summary = " ".join(read_pages(demo.get_pdf("partner-impact", partner, "en"))[1].split())
        said = " ".join(make_figure_text(change, "en", Facet.COUNTS).split())
        assert f"Trend – feels safer than at the start: {said}" in summary


def test_a_range_stands_in_its_report_and_no_number_of_it_is_broken(demo: Demo) -> None:
    """R20, R29: a number that goes on in the next line is read as two; "of 15 | 3" was."""
    seen = 0
    for template, partner, language in demo.reports:
        if template != "partner-impact":
            continue
        words = " ".join(" ".join(read_pages(demo.get_pdf(template, partner, language))).split())
        for each in demo.list_of(template, partner).values():
            if each["state"] == "banded" and each["unit"] == "percent" and not (each["part"] or each["disaggregation"]):
                said = " ".join(make_figure_text(_read_figure(each), language).split())
                assert said in words, (partner, language, each["id"], said)
                seen += 1
    assert seen


def test_the_page_for_those_who_answered_is_one_page(demo: Demo) -> None:
    plain = [key for key in demo.reports if key[0] == "plain-summary"]
    assert {len(read_pages(demo.get_pdf(*key))) for key in plain} == {1}


def test_most_requested_cells_are_useful_and_small_partners_get_their_headlines(demo: Demo) -> None:
    """privacy-and-safety part 3, usefulness floor: 60 % of all cells; 6 of 8 headlines where N >= 15."""
    useful = {FigureState.VALUE, FigureState.BANDED}
    states = Counter(each["state"] in useful for each in demo.figures)
    assert states[True] / states.total() >= 0.6
    plan = load_catalogue(ROOT).get_plan(build.PLAN)
    headlines = {each.indicator for each in plan.indicators if each.headline}
    assert len(headlines) == 8
    for partner in (code for code, crowd in build.CROWDS.items() if crowd.people >= 15):
        shown = {
            each["indicator"]
            for each in demo.list_of("partner-impact", partner).values()
            if each["indicator"] in headlines and not each["part"] and not each["disaggregation"]
            if each["state"] in useful
        }
        assert len(shown) >= 6, (partner, shown)


def test_at_least_forty_surveys_went_through_the_site(demo: Demo) -> None:
    """Issue, demo: at least 40 over real HTTP."""
    numbers = [re.search(r"surveys over HTTP: (\d+)", line) for line in demo.said]
    assert next(int(found[1]) for found in numbers if found) >= 40


def test_no_person_id_code_or_staff_address_is_in_any_pdf(demo: Demo, worker: Office) -> None:
    """privacy-and-safety part 4: no staff names or e-mail addresses, no record ids."""
    with open_office(demo.settings, "me_owner") as owner, owner.engine.connect() as connection:
        ids = {str(each) for each in connection.scalars(text("select id from person"))}
        codes = set(connection.scalars(text("select code from person where status = 'active'")))
        addresses = set(connection.scalars(text("select email from account")))
    assert len(codes) >= 200
    for key in demo.reports:
        words = set(re.findall(r"[\w@.-]+", " ".join(read_pages(demo.get_pdf(*key)))))
        assert not words & (ids | codes | addresses)


@pytest.mark.full
def test_the_same_seed_gives_the_same_figures_whichever_way_people_answered(demo: Demo, folder: Path) -> None:
    """Issue, demo: same seed, same figures on any day. Here nobody goes over HTTP, ids and keys are others."""
    settings = load_settings({"ME_INSTANCE": str(folder / "instance"), "ME_CONTENT": str(ROOT)}, ROOT)
    catalogue = load_catalogue(ROOT)
    build_instance(settings, catalogue.partner_codes, sample=True, sources=Sources())
    crowds = {"BERZ": build.CROWDS["BERZ"]}
    with ExitStack() as stack:
        staff, worker, survey = (
            stack.enter_context(open_office(settings, role)) for role in ("me_staff", "me_worker", "me_survey")
        )
        offices = walk.Offices(staff, worker, survey, catalogue)
        assert build.live_sample_year(settings, offices, 1, crowds, lambda _: None, over_http=False).http == 0
        late = offices.on(build.FREEZE_DAY)
        freeze = freeze_plan(
            late.worker, catalogue, catalogue.get_plan(build.PLAN), read_period(build.PERIOD), build.FREEZE_DAY
        )
        figures = list_figures(late.worker, freeze.id)
    mine = {each["id"]: each for each in figures}
    theirs = {each["id"]: each for each in demo.figures if build.PLAN in each["snapshot"] and each["partner"] == "BERZ"}
    assert theirs
    for name, each in theirs.items():
        assert {**mine[name], "snapshot": ""} == {**each, "snapshot": ""}


def test_the_demo_refuses_to_empty_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("keep me")
    with pytest.raises(Exception, match="holds something else than a sample"):
        build.build_demo(load_settings({"ME_CONTENT": str(ROOT)}, ROOT), tmp_path, 1, lambda _: None)
    assert (tmp_path / "letters.txt").read_text() == "keep me"


@cache
def _read_number(text: str) -> Decimal:
    return Decimal(text)


def _read_figure(content: dict[str, Any]) -> Figure:
    """A figure as somebody who only has figures.json would read it."""
    fields: dict[str, Any] = {key: value for key, value in content.items() if key != "snapshot"}
    for name in ("value", "low", "high", "target", "progress"):
        fields[name] = None if content[name] is None else _read_number(str(content[name]))
    return Figure(**{**fields, "state": FigureState(content["state"])})
