"""The staff site in real Chromium: logging in, reading the list, downloading, logging out.

In both languages, on a small and a wide screen, with and without JavaScript. Nothing may run off the screen, nothing
may be refused by the page's own policy, and nothing may be asked of another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.conftest import Engines
from tests.serving import serve
from tests.staff_samples import PASSWORD, StaffWorld, make_world, take_code
from tests.staff_visitor import make_app

WIDTHS = (360, 1280)


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


@pytest.fixture
def address(world: StaffWorld) -> Iterator[str]:
    """The site, served on a free port of this machine."""
    app = make_app(world, sample=True)
    with serve(app) as served:
        yield served


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.full)], ids=["script", "no script"])
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    """A page that fails the test when it complains or leaves the site."""
    complaints: list[str] = []

    def note_host(asked: Request) -> None:
        if not asked.url.startswith(address):
            complaints.append(asked.url)

    context = chromium.new_context(java_script_enabled=request.param, locale="en-GB", accept_downloads=True)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", note_host)
    yield opened
    context.close()
    assert complaints == []


def fits(page: Page) -> bool:
    """Whether nothing runs off the screen, at either width. Measured from outside: the page may have no script."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for part in page.locator("header *, main *").all():
            box = part.bounding_box()
            if box and (box["x"] < 0 or box["x"] + box["width"] > width + 0.5) and box["width"] > 1:
                return False
    return True


def log_in(page: Page, email: str, password: str, *, labels: tuple[str, str, str]) -> None:
    page.get_by_label(labels[0]).fill(email)
    page.get_by_label(labels[1]).fill(password)
    page.get_by_role("main").get_by_role("button", name=labels[2]).click()


ENGLISH = ("E-mail address", "Password", "Log in")
LATVIAN = ("E-pasta adrese", "Parole", "Pieteikties")


def test_an_officers_way_in_latvian(page: Page, address: str, world: StaffWorld, tmp_path: Path) -> None:
    page.goto(address)
    page.get_by_role("button", name="Latviešu").click()
    expect(page).to_have_url(f"{address}/login")
    expect(page.get_by_role("heading", name="Pieteikties")).to_be_visible()
    expect(page.get_by_text("izdomāti")).to_be_visible()
    assert fits(page)
    log_in(page, "anna@alfa.example", PASSWORD, labels=LATVIAN)
    page.get_by_label("Kods").fill(take_code(world.clock))
    page.get_by_role("main").get_by_role("button", name="Turpināt").click()
    page.get_by_role("link", name="Ziņojumi").click()
    expect(page.get_by_role("heading", name="Ziņojumi")).to_be_visible()
    assert fits(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
        expect(rows).to_have_count(4)  # three accepted ones and one that waits for it
    with page.expect_download() as started:
        page.get_by_role("link", name="Lejupielādēt: Ietekmes ziņojums, Steps to independence latviski").filter(
            has_text="Lejupielādēt"
        ).first.click()
    saved = tmp_path / "saved.pdf"
    started.value.save_as(saved)
    assert started.value.suggested_filename.startswith("report-2025-10-01-2026-09-30-")
    assert saved.read_bytes() in {world.get_pdf("ALFA lv"), world.get_pdf("ALFA en")}
    page.get_by_role("button", name="Iziet").click()
    expect(page).to_have_url(f"{address}/login")
    page.go_back()
    expect(page.get_by_role("heading", name="Pieteikties")).to_be_visible()
    expect(page.get_by_text("Patvēruma māja")).to_have_count(0)


def test_a_funders_way_in_english_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.get_by_label(ENGLISH[0]).focus()
    page.keyboard.type("finn@fund.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where to?")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="Reports, Shelter House Alfa").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reports")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_have_count(2)
    assert fits(page)


def test_a_wrong_password_is_said_and_the_address_kept(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    log_in(page, "finn@fund.example", "not the password", labels=ENGLISH)
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label(ENGLISH[0])).to_have_value("finn@fund.example")
    expect(page.get_by_label(ENGLISH[1])).to_have_value("")
    assert fits(page)


def test_a_lost_way_leads_back(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    log_in(page, "finn@fund.example", PASSWORD, labels=ENGLISH)
    answer = page.request.get(f"{address}/o/BETA/reports/00000000-0000-4000-8000-000000000000.pdf")
    assert answer.status == 404
    page.set_content(answer.text())
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert fits(page)
