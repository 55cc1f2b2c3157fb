"""Figures, a list of activities and a freeze in real Chromium: in both languages, with and without JavaScript.

Nothing may run off the screen, nothing may be refused by the page's own policy, nothing may be asked of another host.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import test_staff_journey as journey
from tests.conftest import Engines
from tests.figure_samples import NEW, make_figure_world
from tests.staff_samples import PASSWORD, ROOT, StaffWorld, take_code

address, page = journey.address, journey.page
REGISTER = ROOT / "indicators" / "plans" / "latvia-activities.csv"


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_figure_world(engines, tmp_path)


def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than the screen, at either width; the page may have no script to ask."""
    browser = page.context.new_cdp_session(page)
    widths = []
    for width in journey.WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        widths.append(browser.send("Page.getLayoutMetrics")["cssContentSize"]["width"] <= width)
    browser.detach()
    return all(widths)


def enter(page: Page, address: str, email: str, world: StaffWorld) -> None:
    page.goto(f"{address}/login")
    journey.log_in(page, email, PASSWORD, labels=journey.ENGLISH)
    page.locator("input[name=code]").fill(take_code(world.clock))
    page.locator("main form button").first.click()
    expect(page.get_by_role("button", name=re.compile("Log out|Iziet"))).to_be_visible()


def test_an_officer_reads_figures_and_what_is_behind_one(page: Page, address: str, world: StaffWorld) -> None:
    enter(page, address, "anna@alfa.example", world)
    page.goto(f"{address}/o/ALFA/figures")
    expect(page.get_by_role("heading", name="Skaitļi")).to_be_visible()
    assert fits(page)
    page.locator("#status").select_option("reached")
    page.get_by_label("Vārdi nosaukumā").fill("noderīgs")
    page.get_by_role("button", name="Parādīt").click()
    expect(page.get_by_role("link", name="Atbalsts ir noderīgs")).to_be_visible()
    expect(page.get_by_role("link", name="Zina, kam zvanīt briesmās")).to_have_count(0)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("Words in the name")).to_have_value("noderīgs")
    expect(page.get_by_text("No figure fits what was asked for.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_text("What these marks mean").click()
    expect(page.get_by_text("The number is known and not shown.")).to_be_visible()
    page.get_by_role("link", name="Support is useful").click()
    expect(page.get_by_role("heading", name="People who find the support useful")).to_be_visible()
    picture = page.get_by_role("img", name="The figure in each snapshot")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box
    assert box["height"] > 40  # it was drawn, not refused
    expect(page.get_by_role("row").filter(has_text="24 of 43")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name=NEW).click()
    expect(page.get_by_role("status")).to_contain_text("Unchanged.")
    assert fits(page)
    page.get_by_role("link", name="Plans").click()
    page.get_by_role("link", name="Monitoring and evaluation plan").click()
    expect(page.get_by_role("heading", name="Results and indicators")).to_be_visible()
    assert fits(page)


def test_a_leader_imports_a_list_and_orders_a_freeze(page: Page, address: str, world: StaffWorld) -> None:
    enter(page, address, "kira@kopa.example", world)
    page.goto(f"{address}/o/KOPA/activities/import")
    page.get_by_label("Plan").select_option("impact")
    page.get_by_label("File of the list (CSV)").set_input_files(REGISTER)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="What the import would do")).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status")).to_have_text("The list is imported.")
    assert fits(page)
    page.get_by_role("link", name="All activities").click()
    page.get_by_label("Status").select_option("planned")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("5 of 44 activities.")).to_be_visible()
    assert fits(page)
    page.goto(f"{address}/o/KOPA/snapshots")
    page.get_by_role("link", name="Freeze a snapshot").click()
    page.get_by_label("Period").fill("2026-Q3")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("heading", name="Freezing a snapshot")).to_be_visible()
    assert fits(page)
