"""Reports in real Chromium: an officer writes and builds, a second person accepts, a funder gets it, an auditor reads.

With JavaScript in English and without it in Latvian, on a small and a wide screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from me_platform.access import OPENS_CONTENT
from me_platform.services.instance import Office
from me_platform.services.jobs import run_next_job
from tests.conftest import Engines
from tests.serving import serve
from tests.staff_samples import PASSWORD, USERS, StaffWorld, make_world, take_code
from tests.staff_visitor import make_app

WIDTHS = (360, 1280)
_EXPECTED = re.compile("status of (409|422)")
"""What the browser writes down by itself: that a form was refused."""
WORDS = {
    "en": {
        "new": "New report",
        "begin": "Begin to write",
        "save": "Save",
        "saved": "Saved.",
        "count": "24 of 2500 characters",
        "build": "Save and build the report",
        "waiting": "Waiting.",
        "again": "Look again",
        "done": "To the report",
        "second": "It waits for a second person",
        "accept": "Accept the report",
        "accepted": "accepted",
        "download": "Download",
        "whole": "Is the log whole?",
        "verify": "Verify",
        "verified": "The log is whole",
    },
    "lv": {
        "new": "Jauns ziņojums",
        "begin": "Sākt rakstīt",
        "save": "Saglabāt",
        "saved": "Saglabāts.",
        "count": "24 no 2500 rakstzīmēm",
        "build": "Saglabāt un izveidot ziņojumu",
        "waiting": "Gaida rindā.",
        "again": "Skatīt vēlreiz",
        "done": "Uz ziņojumu",
        "second": "Ziņojums gaida otru cilvēku",
        "accept": "Pieņemt ziņojumu",
        "accepted": "pieņemts",
        "download": "Lejupielādēt",
        "whole": "Vai žurnāls ir pilnīgs?",
        "verify": "Pārbaudīt",
        "verified": "Žurnāls ir pilnīgs",
    },
}


@dataclass(frozen=True)
class Site:
    """The site on a free port, its people's browsers, and the worker, who does a job when the test says so."""

    address: str
    open: Callable[[str, str], Page]
    work: Callable[[], bool]
    script: bool


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


@pytest.fixture
def site(request: pytest.FixtureRequest, chromium: Browser, world: StaffWorld, engines: Engines) -> Iterator[Site]:
    script: bool = request.param
    complaints: list[str] = []
    contexts = []

    def enter(email: str, language: str) -> Page:
        context = chromium.new_context(java_script_enabled=script, locale="en-GB", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{served}/login")
        page.locator("#email").fill(email)
        page.locator("#password").fill(PASSWORD)
        page.locator("main form button").click()
        if USERS[email][0] in OPENS_CONTENT:
            page.locator("#code").fill(take_code(world.clock))
            page.locator("main form button").first.click()
        page.locator(f"button[name=language][value={language}]").click()
        return page

    def work() -> bool:
        with world.desk.open_office() as office, ThreadPoolExecutor(1) as pool:
            worker = Office(engines.worker, office.vault, b"", world.desk.sources, sample=True)
            return run_next_job(worker, world.desk.catalogue, pool)

    with serve(make_app(world)) as served:
        yield Site(served, enter, work, script)
        for context in contexts:
            context.close()
    assert not [each for each in complaints if not _EXPECTED.search(each)]


def check_width(page: Page) -> None:
    """Nothing runs off the screen, at either width, once its style sheets are there."""
    page.wait_for_load_state("load")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate(
            "() => [...document.querySelectorAll('main *')].filter(each => {"
            "  const box = each.getBoundingClientRect();"
            f"  return box.width > 1 && (box.left < 0 || box.right > {width} + .5);"
            "}).map(each => each.outerHTML.slice(0, 200))"
        )
        assert wide == [], (page.url, width)


@pytest.mark.parametrize(
    ("site", "language"),
    [(True, "en"), pytest.param(False, "lv", marks=pytest.mark.full)],
    ids=["script, en", "no script, lv"],
    indirect=["site"],
)
def test_from_an_officers_words_to_a_funders_file(site: Site, language: str, tmp_path: Path) -> None:  # noqa: PLR0915
    """Issue C, done when 1: officer's month end to an accepted report, funder's download, auditor's log."""
    words = WORDS[language]
    officer = site.open("kira@kopa.example", language)
    officer.goto(f"{site.address}/o/ALFA/reports")
    officer.get_by_role("link", name=words["new"]).click()
    officer.get_by_role("button", name=words["begin"]).click()
    expect(officer.get_by_role("alert")).to_be_visible()
    check_width(officer)
    officer.locator("#template").select_option("partner-impact")
    officer.locator(f"input[name=languages][value={language}]").check()
    officer.get_by_role("button", name=words["begin"]).click()
    officer.locator(f"textarea[name=our_words-{language}]").fill("We worked with 12 people")
    if site.script:
        expect(officer.get_by_text(words["count"])).to_be_visible()
    officer.get_by_role("button", name=words["save"], exact=True).click()
    expect(officer.get_by_role("status")).to_contain_text(words["saved"])
    check_width(officer)
    officer.get_by_role("button", name=words["build"]).click()
    expect(officer.get_by_text(words["waiting"])).to_be_visible()
    check_width(officer)
    assert site.work()
    # With a script the page follows by itself; without one it reloads itself, or is asked to.
    if not site.script:
        officer.get_by_role("link", name=words["again"]).click()
    officer.get_by_role("link", name=words["done"]).click()
    expect(officer.get_by_text(words["second"])).to_be_visible()
    expect(officer.get_by_role("button", name=words["accept"])).to_have_count(0)
    check_width(officer)
    report = officer.url
    second = site.open("anna@alfa.example", language)
    second.goto(report)
    second.get_by_role("button", name=words["accept"]).click()
    expect(second.locator(".badge", has_text=words["accepted"])).to_be_visible()
    check_width(second)
    funder = site.open("finn@fund.example", language)
    funder.goto(f"{site.address}/o/ALFA/reports")
    link = funder.locator(f"a[href='{report.removeprefix(site.address)}.pdf']")
    with funder.expect_download() as started:
        link.click()
    started.value.save_as(tmp_path / "report.pdf")
    assert re.fullmatch(r"report-2025-10-01-2026-09-30-(en|lv)-[0-9a-f]{8}\.pdf", started.value.suggested_filename)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    check_width(funder)
    auditor = site.open("olga@alfa.example", language)
    auditor.goto(f"{site.address}/o/ALFA/log")
    expect(auditor.get_by_role("cell", name="finn@fund.example")).to_be_visible()
    auditor.get_by_text(words["whole"]).click()
    auditor.get_by_role("button", name=words["verify"]).click()
    expect(auditor.get_by_role("status")).to_contain_text(words["verified"])
    check_width(auditor)
    auditor.goto(f"{site.address}/o/ALFA/deliveries")
    expect(auditor.get_by_role("cell", name="finn@fund.example")).to_be_visible()
    check_width(auditor)


@pytest.mark.parametrize("site", [False], ids=["no script"], indirect=True)
def test_two_windows_of_one_draft(site: Site) -> None:
    """Issue C, done when 3: two tabs lose no word."""
    officer = site.open("kira@kopa.example", "en")
    officer.goto(f"{site.address}/o/ALFA/reports/new")
    officer.locator("#template").select_option("partner-impact")
    officer.locator("input[name=languages][value=en]").check()
    officer.get_by_role("button", name="Begin to write").click()
    other = officer.context.new_page()
    other.goto(officer.url)
    other.locator("textarea[name=context-en]").fill("From the other window.")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("status")).to_contain_text("Saved.")
    officer.locator("textarea[name=context-en]").fill("From this window.")
    with officer.expect_response(lambda answer: answer.status == 409):
        officer.get_by_role("button", name="Save", exact=True).click()
    expect(officer.get_by_role("alert")).to_contain_text("in another window")
    expect(officer.locator("textarea[name=context-en]")).to_have_value("From this window.")
    expect(officer.get_by_text("From the other window.")).to_be_visible()
    check_width(officer)
