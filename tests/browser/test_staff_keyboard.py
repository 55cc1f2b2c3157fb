"""A caseworker's day with the keyboard alone: the focus is always seen, never lost and never caught."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.casework_samples import CORA, CaseworkWorld, make_casework
from tests.conftest import Engines
from tests.serving import serve
from tests.staff_samples import PASSWORD, take_code
from tests.staff_visitor import make_app

MOST = 150
"""Stops a page has at most; somebody who needs more is caught in a part of it."""

FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const box = one.getBoundingClientRect(), look = getComputedStyle(one);
  const x = box.x + box.width / 2, y = box.y + Math.min(box.height / 2, 20);
  const hit = document.elementFromPoint(x, y);
  const label = one.getAttribute("aria-label") || (one.labels && one.labels.length ? one.labels[0].innerText : "");
  return {
    name: (label || one.innerText || one.value || "").trim(),
    role: one.getAttribute("role") || "",
    seen: box.width > 0 && hit !== null && (one.contains(hit) || hit.contains(one)),
    ringed: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
  };
}"""


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> CaseworkWorld:
    return make_casework(engines, tmp_path)


@pytest.fixture
def page(world: CaseworkWorld, chromium: Browser) -> Iterator[Page]:
    """A page of the site; only its keyboard is used."""
    with serve(make_app(world.staff)) as address:
        context = chromium.new_context(locale="en-GB", reduced_motion="reduce")  # or scrolling takes its time
        opened = context.new_page()
        opened.goto(f"{address}/login")
        yield opened
        context.close()


def step(page: Page, key: str = "Tab") -> str | None:
    """One stop on; what it is called, or None beyond the last one."""
    page.keyboard.press(key)
    focus = page.evaluate(FOCUS)
    if focus is None:
        return None
    assert focus["seen"], focus
    assert focus["ringed"], focus
    return str(focus["name"])


def reach(page: Page, name: str, key: str = "Tab") -> None:
    """Go on until something of this name has the focus."""
    seen = []
    for _ in range(MOST):
        found = step(page, key)
        if found == name:
            return
        seen.append(found)
    raise AssertionError(f"{name} is not reached: {seen}")


def follow(page: Page, name: str, key: str = "Enter") -> None:
    """Go on to a link or button, and where it leads."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press(key)


def walk_through(page: Page) -> int:
    """From the first stop to the last and beyond, forth and back; how many there are."""
    stops = []
    for key in ("Tab", "Tab", "Shift+Tab"):  # first from wherever the focus is
        number = 0
        while step(page, key) is not None:
            number += 1
            assert number < MOST
        stops.append(number)
    assert stops[0] <= stops[1] == stops[2]
    return stops[1]


def test_a_caseworkers_day_by_keyboard_alone(page: Page, world: CaseworkWorld) -> None:
    assert step(page) == "Skip to the content"
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    reach(page, "E-mail address")
    page.keyboard.type(CORA)
    reach(page, "Password")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login/code$"))
    reach(page, "Code")
    page.keyboard.type(take_code(world.staff.clock))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My people")

    follow(page, "Enrol a person")
    reach(page, "Preferred word")
    page.keyboard.type("Saule")
    reach(page, "Language to speak in")
    page.keyboard.type("Ukr")
    follow(page, "Enrol", "Space")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("[A-Z2-9]{8}"))
    expect(page.get_by_role("main").get_by_text("Saule")).to_be_visible()

    record_service(page)
    write_narrative(page)


def record_service(page: Page) -> None:
    """The first try has a fault: its list has the focus, and leads to the field."""
    follow(page, "Record a service")
    expect(page).to_have_url(re.compile("/services/new$"))
    reach(page, "Hours")
    page.keyboard.type("1,5")
    follow(page, "Save")
    expect(page.get_by_role("alert")).to_be_focused()
    assert step(page) == "Service"
    page.keyboard.press("Enter")
    expect(page.get_by_label("Service", exact=True)).to_be_focused()
    page.keyboard.type("Comp")
    expect(page.get_by_label("Service", exact=True)).to_have_value("LEG7")
    reach(page, "Interpreter and mediator")
    page.keyboard.press("Space")
    reach(page, "Cultural mediator")
    page.keyboard.press("ArrowDown")
    assert walk_through(page) > 10
    follow(page, "Save")
    expect(page.get_by_role("status")).to_have_text("Saved.")


def write_narrative(page: Page) -> None:
    """Begun, saved and handed in."""
    follow(page, "Progress narratives")
    follow(page, "Write a narrative")
    expect(page.get_by_label("What changed: the person's own account")).to_be_visible()
    assert walk_through(page) > 10
    reach(page, "What changed: the person's own account")
    page.keyboard.type("I sleep better now.")
    follow(page, "Save")
    expect(page.get_by_text("Saved at").first).to_be_visible()
    follow(page, "Submit", "Space")
    expect(page.get_by_role("alert")).to_be_focused()
    reach(page, "Legal support")
    page.keyboard.press("Space")
    reach(page, "Stage")
    page.keyboard.press("ArrowDown")
    follow(page, "Submit")
    expect(page.get_by_role("status").first).to_contain_text("submitted")
    expect(page.get_by_text("I sleep better now.").first).to_be_visible()
