"""Accounts in real Chromium: an invited caseworker's first log-in with TOTP, and a text that survives its session.

In both languages, on a small and a wide screen, with and without JavaScript. Nothing may run off the screen, nothing
may be refused by the page's own policy, and nothing may be asked of another host.
"""

from __future__ import annotations

import os
import re
from base64 import b32decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Blueprint, render_template_string, request
from playwright.sync_api import Browser, Page, Request, expect

from me_platform.access import Action
from me_platform.services.accounts import IDLE
from me_platform.services.seats import Seat
from me_platform.services.second_factor import STEP, compute_code
from me_platform.staff_site.frame import FRESH, Frame
from me_platform.staff_site.language import load_site_wording
from tests.conftest import Engines
from tests.serving import serve
from tests.staff_samples import PASSWORD, StaffWorld, make_world, take_code
from tests.staff_visitor import make_app

WIDTHS = (360, 1280)
NEW, NEW_PASSWORD = "jauna@alfa.example", "četras klusas zaļas upes"
TEXT = "Šodien runājām par šķēršļiem.\nViņa pati izvēlējās, kurš būs pirmais. " * 40
WORDS = """{% extends "base.html" %}{% block title %}Words{% endblock %}{% block content %}<h1>Words</h1>
{% if sent %}<p>Saved</p>{% endif %}<form method="post">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="words">Text</label><textarea id="words" name="words">{{ sent }}</textarea><button>Save it</button></form>
{% endblock %}"""


FIND_OUTSIDE = """width => [...document.querySelectorAll("header *, main *")].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width > 1 && (box.x < 0 || box.x + box.width > width + 0.5);
}).map(part => part.textContent)"""
"""What runs off a screen of this width."""


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


@pytest.fixture
def address(world: StaffWorld) -> Iterator[str]:
    """The site with one page that keeps what is sent to it, served on a free port of this machine."""
    app = make_app(world, sample=True)
    blueprint = Blueprint("words", __name__)

    def write(_seat: Seat) -> str:
        return render_template_string(WORDS, sent=request.form.get("words", ""))

    frame = Frame(world.desk, load_site_wording(), ())
    frame.page(blueprint, "/words", Action.SHOW_PLAN, methods=["GET", "POST"], keeps=True)(write)
    app.register_blueprint(blueprint)
    with serve(app) as served:
        yield served


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.full)], ids=["script", "no script"])
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    """A page that fails the test when it complains or leaves the site."""
    complaints: list[str] = []

    def note_host(asked: Request) -> None:
        if not asked.url.startswith(address):
            complaints.append(asked.url)

    context = chromium.new_context(java_script_enabled=request.param, locale="en-GB")
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", note_host)
    yield opened
    context.close()
    # The browser writes down every answer that is no success; those here are meant. While a page loads it may ask for
    # Bootstrap's own pictures, which the policy refuses and our style sheet replaces.
    meant = ("Failed to load resource", "data:image")
    assert [each for each in complaints if not any(words in each for words in meant)] == []


def look(page: Page) -> None:
    """Nothing runs off the screen at either width; with ME_LOOK set each page is photographed into that folder."""
    page.wait_for_load_state()
    folder = os.environ.get("ME_LOOK")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(FIND_OUTSIDE, width) == []
        if folder:
            number = len(list(Path(folder).glob(f"*-{width}.png")))
            page.screenshot(path=f"{folder}/{number:02}-{width}.png", full_page=True)


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()
    page.wait_for_load_state()  # measured before its style sheets are there, a page asks for pictures they take away


def log_in(page: Page, world: StaffWorld, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    press(page, "Log in")
    page.get_by_label("Code").fill(take_code(world.clock))
    press(page, "Go on")


def make_link(page: Page, address: str) -> str:
    """Invite somebody, as an administrator."""
    page.get_by_role("link", name="Invite somebody").click()
    press(page, "Make the link")
    look(page)
    page.get_by_label("E-mail address").fill(NEW)
    page.get_by_label("Role").select_option(label="Caseworker")
    page.get_by_label("Language of the pages").select_option(label="Latviešu")
    press(page, "Make the link")
    link = page.locator("code").inner_text()
    assert link.startswith(f"{address}/invitation/")
    look(page)
    return link


def choose_password(page: Page, link: str) -> None:
    """Choose one, after one that is too short."""
    page.goto(link)
    page.get_by_role("button", name="Latviešu").click()
    expect(page.get_by_role("heading", name="Izvēlieties paroli")).to_be_visible()
    page.get_by_label("Jaunā parole").fill("īsa")
    press(page, "Iestatīt paroli")
    look(page)
    for label in ("Jaunā parole", "Tā pati parole vēlreiz"):
        page.get_by_label(label).fill(NEW_PASSWORD)
    press(page, "Iestatīt paroli")
    expect(page.get_by_text("Parole ir iestatīta")).to_be_visible()
    look(page)


def give_password(page: Page) -> None:
    page.get_by_label("E-pasta adrese").fill(NEW)
    page.get_by_label("Parole").fill(NEW_PASSWORD)
    press(page, "Pieteikties")


def set_up_factor(page: Page, world: StaffWorld) -> list[str]:
    """Point an app at the page, after a code left out; the recovery codes."""
    expect(page.get_by_role("heading", name="Iestatiet otro faktoru")).to_be_visible()
    expect(page.get_by_role("img", name="Kvadrātkods autentifikācijas lietotnei")).to_be_visible()
    press(page, "Turpināt")
    look(page)
    secret = b32decode(page.locator("code.secret").inner_text().replace(" ", ""))
    world.clock.time += timedelta(seconds=STEP)
    page.get_by_label("Kods", exact=True).fill(compute_code(secret, int(world.clock.time.timestamp()) // STEP))
    press(page, "Turpināt")
    expect(page.get_by_role("heading", name="Jūsu atkopšanas kodi")).to_be_visible()
    look(page)
    return page.locator(".codes code").all_inner_texts()


def test_an_invited_caseworkers_first_log_in(page: Page, address: str, world: StaffWorld) -> None:
    """Issue C, done when 1."""
    page.goto(address)
    log_in(page, world, "adam@alfa.example")
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    look(page)
    link = make_link(page, address)
    page.get_by_role("link", name="Back to the accounts").click()
    expect(page.get_by_role("row", name=NEW)).to_contain_text("invited")
    page.get_by_role("link", name=f"Change: {NEW}").click()
    look(page)
    page.get_by_role("button", name="Log out").click()

    choose_password(page, link)
    give_password(page)
    codes = set_up_factor(page, world)
    assert len(set(codes)) == 10
    page.get_by_role("link", name="Kodi ir pierakstīti. Turpināt").click()
    page.get_by_role("link", name=re.compile("Mans konts")).click()
    expect(page.get_by_text("Atlikušie atkopšanas kodi: 10 no 10")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Iziet").click()

    give_password(page)
    page.get_by_label("Kods", exact=True).fill("000000")
    press(page, "Turpināt")
    expect(page.get_by_role("alert")).to_be_visible()
    look(page)
    page.get_by_label("Kods", exact=True).fill(codes[3].lower())
    press(page, "Turpināt")
    expect(page.get_by_role("button", name="Iziet")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="Šī saite neko neatver")).to_be_visible()
    look(page)


def test_a_text_survives_its_session(page: Page, address: str, world: StaffWorld) -> None:
    """Issue C, done when 3: an expired session in mid-narrative loses no word."""
    page.goto(address)
    log_in(page, world, "cora@alfa.example")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.goto(f"{address}/o/ALFA/words")
    page.get_by_label("Text").fill(TEXT)
    world.clock.time += IDLE
    press(page, "Save it")
    expect(page.get_by_text("Your text is safe")).to_be_visible()
    look(page)
    page.get_by_label("E-mail address").fill("cora@alfa.example")
    page.get_by_label("Password").fill("not the password")
    press(page, "Log in")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_text("Your text is safe")).to_be_visible()
    look(page)
    page.get_by_label("Code").fill(take_code(world.clock))
    press(page, "Go on")
    expect(page.get_by_role("heading", name="Your text is here")).to_be_visible()
    page.get_by_text("Read what it says").click()
    look(page)
    press(page, "Send it again")
    expect(page.get_by_text("Saved")).to_be_visible()
    assert page.get_by_label("Text").input_value() == TEXT


def test_a_fresh_log_in_is_asked_for_and_leads_back(page: Page, address: str, world: StaffWorld) -> None:
    page.goto(address)
    log_in(page, world, "adam@alfa.example")
    world.clock.time += FRESH
    page.get_by_role("link", name="Change: cora@alfa.example").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Latviešu").click()
    expect(page.get_by_role("heading", name="Vai tas esat Jūs?")).to_be_visible()
    page.get_by_label("Parole").fill(PASSWORD)
    page.get_by_label("Kods", exact=True).fill(take_code(world.clock))
    press(page, "Turpināt")
    expect(page.get_by_role("heading", name="cora@alfa.example")).to_be_visible()
    look(page)
    press(page, "Noņemt otro faktoru")
    expect(page.get_by_role("status")).to_contain_text("Otrais faktors ir noņemts")
    look(page)
