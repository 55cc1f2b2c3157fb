"""Writing a narrative in real Chromium: with and without script, in both languages, and whatever breaks meanwhile.

A word shown as saved is in the database: after a killed browser, a second window, a restarted server, a database that
was away, a log-in that ended.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Playwright, Route, expect, sync_playwright
from sqlalchemy import Engine, text
from werkzeug.serving import BaseWSGIServer, make_server

from me_platform.services.accounts import IDLE
from me_platform.services.narratives import open_narrative
from me_platform.staff_site.app import make_staff_site
from tests.conftest import Engines
from tests.narrative_samples import AUTHOR, MANAGER, NarrativeWorld, make_narrative_world
from tests.staff_samples import PASSWORD, SECRET_KEY, make_world, take_code

WIDTHS = (360, 1280)
FLAGS = ["--no-sandbox"] if os.geteuid() == 0 else []
SAVED = re.compile(r"Saved at 12:\d\d\.")
WORDS = {
    "en": {
        "write": "Write a narrative",
        "own": "What changed: the person's own account",
        "stage": "Stage",
        "area": "Legal support",
        "save": "Save",
        "saved": "Saved at",
        "submit": "Submit",
        "read": "Read and decide",
        "comment": "Comment",
        "return": "Return with the comment",
        "approve": "Approve",
        "approved": "The narrative was approved.",
    },
    "lv": {
        "write": "Rakstīt progresa ziņojumu",
        "own": "Kas mainījies: cilvēka paša stāstījums",
        "stage": "Posms",
        "area": "Juridiskais atbalsts",
        "save": "Saglabāt",
        "saved": "Saglabāts plkst.",
        "submit": "Iesniegt",
        "read": "Izlasīt un izlemt",
        "comment": "Piezīme autoram",
        "return": "Atdot labošanai ar piezīmi",
        "approve": "Apstiprināt",
        "approved": "Progresa ziņojums ir apstiprināts.",
    },
}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> NarrativeWorld:
    return make_narrative_world(make_world(engines, tmp_path))


class Site:
    """The site on a port of this machine; ``restart`` ends the server and starts another one there."""

    def __init__(self, world: NarrativeWorld) -> None:
        self._world = world
        self._port = 0
        self.clock = world.staff.clock
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        staff = self._world.staff
        app = make_staff_site(
            staff.desk, secret_key=SECRET_KEY, tls=False, sample=True, clock=staff.clock.count_seconds
        )
        self._server: BaseWSGIServer = make_server("127.0.0.1", self._port, app, threaded=True)
        self._port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site(world: NarrativeWorld) -> Iterator[Site]:
    started = Site(world)
    yield started
    started.stop()


def log_in(page: Page, site: Site, email: str, language: str = "en") -> None:
    page.goto(f"{site.address}/login")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    page.locator("#code").fill(take_code(site.clock))
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.locator("form[action='/logout']")).to_be_visible()
    page.locator(f"button[name=language][value={language}]").click()


@pytest.fixture
def page(chromium: Browser, site: Site, world: NarrativeWorld) -> Iterator[Page]:
    """The author at a new narrative, with script and a clock that the test moves."""
    context = chromium.new_context(locale="en-GB")
    opened = context.new_page()
    opened.clock.install()
    log_in(opened, site, AUTHOR)
    open_draft(opened, site, world)
    yield opened
    context.close()


def open_draft(page: Page, site: Site, world: NarrativeWorld) -> None:
    page.goto(site.address + world.path)
    page.get_by_role("button", name=WORDS["en"]["write"]).click()
    expect(page.locator("#changed_own")).to_be_visible()


def write(page: Page, words: str) -> None:
    """Type words and pause."""
    page.locator("#changed_own").fill(words)
    page.clock.run_for(3100)


def read(world: NarrativeWorld, page: Page) -> str:
    """What is kept of the narrative on the page."""
    with world.staff.desk.open_office() as office:
        return open_narrative(office, world.seat(AUTHOR), world.person, UUID(page.url.split("/")[-2])).text.changed_own


def fits(page: Page) -> bool:
    """Whether nothing runs off the screen, at either width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            return False
    return True


@pytest.mark.parametrize(
    ("language", "script"),
    [("en", True), pytest.param("lv", False, marks=pytest.mark.full)],
    ids=["script", "no script"],
)
def test_from_the_first_word_to_the_approval(
    chromium: Browser, site: Site, world: NarrativeWorld, language: str, *, script: bool
) -> None:
    words = WORDS[language]
    complaints: list[str] = []

    author, manager = (chromium.new_context(java_script_enabled=script).new_page() for _ in range(2))
    for opened, email in ((author, AUTHOR), (manager, MANAGER)):
        opened.on("console", lambda said: complaints.append(said.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        log_in(opened, site, email, language)
    author.goto(site.address + world.path)
    assert fits(author)
    author.get_by_role("button", name=words["write"]).click()
    assert fits(author)
    author.get_by_label(words["own"]).fill("Es tagad guļu labāk.")
    author.get_by_role("button", name=words["save"], exact=True).click()
    expect(author.get_by_text(words["saved"]).first).to_be_visible()
    author.get_by_label(words["area"], exact=True).check()
    author.get_by_label(words["stage"], exact=True).select_option("integration")
    author.get_by_role("button", name=words["submit"], exact=True).click()
    assert fits(author)
    manager.goto(f"{site.address}/o/ALFA/narratives")
    assert fits(manager)
    manager.get_by_role("link", name=words["read"]).click()
    assert fits(manager)
    expect(manager.get_by_text("Es tagad guļu labāk.")).to_be_visible()
    manager.get_by_label(words["comment"]).fill("Un darbs?")
    manager.get_by_role("button", name=words["return"]).click()
    author.goto(site.address + world.path)
    author.locator("tbody a").first.click()
    expect(author.get_by_text("Un darbs?").first).to_be_visible()
    author.get_by_label(words["own"]).fill("Es tagad guļu labāk un strādāju.")
    author.get_by_role("button", name=words["submit"], exact=True).click()
    manager.goto(f"{site.address}/o/ALFA/narratives")
    manager.get_by_role("link", name=words["read"]).click()
    manager.get_by_role("button", name=words["approve"], exact=True).click()
    expect(manager.get_by_text(words["approved"])).to_be_visible()
    author.goto(site.address + world.path)
    author.locator("tbody a").first.click()
    assert fits(author)
    author.locator("a[href$='/versions/5']").click()  # a code may have a 5 too
    expect(author.locator("ins")).to_contain_text("un strādāju")
    assert fits(author)
    assert complaints == []
    author.context.close()
    manager.context.close()


def test_a_pause_is_saved_and_said(page: Page, world: NarrativeWorld) -> None:
    page.locator("#changed_own").fill("One.")
    expect(page.locator("#saved")).to_have_text("Not saved yet.")
    page.clock.run_for(3100)
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert read(world, page) == "One."
    write(page, "One. Two.")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert read(world, page) == "One. Two."
    page.reload()
    expect(page.locator("#changed_own")).to_have_value("One. Two.")


def test_words_typed_before_the_script_came_are_saved(page: Page, world: NarrativeWorld) -> None:
    """Until then the page says when it was saved last, and must not go on saying so."""
    page.route("**/narrative.js", lambda route: type_early(page, route))
    page.reload()
    expect(page.locator("#saved")).to_have_text("Not saved yet.")
    page.clock.run_for(3100)
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert read(world, page) == "Early."
    page.unroute("**/narrative.js")
    page.reload()
    page.clock.run_for(3100)
    assert page.locator("#saved").get_attribute("data-state") is None


def type_early(page: Page, route: Route) -> None:
    page.locator("#changed_own").fill("Early.")
    route.continue_()


def test_what_is_wrong_is_said_and_the_text_stays(page: Page, world: NarrativeWorld) -> None:
    write(page, "x" * 4001)
    expect(page.locator("#saved")).to_contain_text("something in the form needs a look")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#changed_own-fault")).to_contain_text("4001 characters; 4000 fit here")
    expect(page.locator("#changed_own")).to_have_value("x" * 4001)


def test_leaving_the_page_saves(page: Page, site: Site, world: NarrativeWorld) -> None:
    """Nothing is asked of whoever closes the lid in the middle of a sentence."""
    page.locator("#changed_own").fill("In the middle")
    path = page.url
    page.goto(site.address + world.path)
    # The page that sent it is gone, so nobody can say when the answer came.
    assert any(page.goto(path) and page.locator("#changed_own").input_value() == "In the middle" for _ in range(60))


def test_a_second_window_saves_over_nothing(page: Page, world: NarrativeWorld) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#changed_own").fill("Of the second window.")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text(SAVED).first).to_be_visible()
    write(page, "Of the first window.")
    expect(page.locator("#saved")).to_contain_text("changed in another window")
    assert read(world, page) == "Of the second window."
    page.get_by_role("button", name="Save", exact=True).click()
    conflict = page.get_by_role("table")
    expect(conflict).to_contain_text("Of the first window.")
    expect(conflict).to_contain_text("Of the second window.")
    assert fits(page)
    page.get_by_role("button", name="Keep what you typed here").click()
    expect(page.locator("#changed_own")).to_have_value("Of the first window.")
    assert read(world, page) == "Of the first window."


def test_a_log_in_that_ended_takes_no_word(page: Page, site: Site, world: NarrativeWorld) -> None:
    """The script says so and leaves the text where it is; "Save" then carries it through the log-in."""
    path = page.url
    world.staff.clock.time += IDLE + timedelta(minutes=1)
    write(page, "After the pause.")
    expect(page.locator("#saved")).to_contain_text("You were logged out: your text is still on this page")
    expect(page.locator("#changed_own")).to_have_value("After the pause.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Your text is safe")).to_be_visible()
    page.locator("#email").fill(AUTHOR)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#code").fill(take_code(site.clock))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Send it again").click()
    expect(page).to_have_url(path)
    expect(page.locator("#changed_own")).to_have_value("After the pause.")
    assert read(world, page) == "After the pause."


def test_a_server_that_starts_anew_takes_no_word(page: Page, site: Site, world: NarrativeWorld) -> None:
    write(page, "Before.")
    expect(page.locator("#saved")).to_have_text(SAVED)
    site.stop()
    write(page, "Before. Meanwhile.")
    expect(page.locator("#saved")).to_contain_text("cannot be reached")
    site.start()
    page.clock.run_for(16_000)
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert read(world, page) == "Before. Meanwhile."


@contextmanager
def away(admin: Engine, name: str) -> Iterator[None]:
    """A database that ends every connection and takes no new one, as in a restart."""
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'alter database "{name}" allow_connections false'))
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"), {"name": name}
        )
        yield
        connection.execute(text(f'alter database "{name}" allow_connections true'))


def test_a_database_that_was_away_takes_no_word(page: Page, world: NarrativeWorld, admin: Engine) -> None:
    write(page, "Before.")
    expect(page.locator("#saved")).to_have_text(SAVED)
    with away(admin, world.staff.desk.engine.url.database or ""):
        write(page, "Before. Meanwhile.")
        expect(page.locator("#saved")).to_contain_text("cannot be reached")
    page.clock.run_for(16_000)
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert read(world, page) == "Before. Meanwhile."


@pytest.mark.full
def test_a_killed_browser_takes_no_word_that_was_shown_as_saved(
    playwright: Playwright, chromium: Browser, site: Site, world: NarrativeWorld, tmp_path: Path
) -> None:
    """Issue C, done when 3: every word shown as saved is there when the page is opened again."""
    program = shutil.which("chromium")
    assert program
    command = [
        program,
        "--headless=new",
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path / 'profile'}",
        *FLAGS,
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr
    endpoint = next(line.split()[-1] for line in process.stderr if "DevTools listening on" in line)
    browser = playwright.chromium.connect_over_cdp(endpoint)
    page = browser.new_context().new_page()
    page.clock.install()
    log_in(page, site, AUTHOR)
    open_draft(page, site, world)
    path, typed = page.url, ""
    for word in ("Tagad", "ir", "labāk"):
        typed = f"{typed} {word}".strip()
        write(page, typed)
        expect(page.locator("#saved")).to_have_text(SAVED)
    page.locator("#changed_own").fill(f"{typed} un vēl")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    again = chromium.new_context().new_page()
    log_in(again, site, AUTHOR)
    again.goto(path)
    assert again.locator("#changed_own").input_value().startswith("Tagad ir labāk")
    again.context.close()
