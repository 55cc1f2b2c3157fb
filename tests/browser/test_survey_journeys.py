"""Journeys through the survivor's door in real Chromium, with and without JavaScript, over http and https."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.conftest import Engines
from tests.survey_samples import SurveyWorld, count_rows, make_world

RECEIPT = re.compile(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")
WORDS = {
    "en": {"start": "Enter your code", "exit": "Quick exit", "yes": "Rather yes", "thanks": "Thank you"},
    "lv": {"start": "Ievadiet savu kodu", "exit": "Ātrā izeja", "yes": "Drīzāk jā", "thanks": "Paldies"},
}

by_http = pytest.mark.parametrize("served", ["http"], indirect=True)
by_https = pytest.mark.parametrize("served", ["https"], indirect=True)
with_script = pytest.mark.parametrize("page", [True], indirect=True, ids=["script"])

StartResponse = Callable[[str, list[tuple[str, str]]], object]


@dataclass
class Served:
    """The site and the exit's host, each on a server of its own; ``left`` is set when a sitting was left."""

    world: SurveyWorld
    address: str
    exit_address: str
    left: threading.Event = field(default_factory=threading.Event)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ANN401 - werkzeug's own names
        """Write nothing."""


def show_weather(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The exit's host: an everyday page on another origin."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [b'<!doctype html><link rel="icon" href="data:,"><title>Weather</title><h1>Weather today</h1>']


@contextmanager
def serve(app: Any, *, tls: bool = False) -> Iterator[BaseWSGIServer]:  # noqa: ANN401 - any WSGI application
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context="adhoc" if tls else None
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium as people have it: what it keeps ready for the Back button is on."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture(params=[pytest.param("http", marks=pytest.mark.full), "https"])
def served(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Served]:
    with serve_site(engines, tls=request.param == "https") as made:
        yield made


@contextmanager
def serve_site(engines: Engines, *, tls: bool) -> Iterator[Served]:
    """The site over a world of its own, and the exit's host."""
    world = make_world(engines)
    with serve(show_weather) as weather:
        exit_address = f"http://localhost:{weather.port}/today"
        site = world.make_site(tls=tls, exit_url=exit_address)
        made = Served(world, "", exit_address)

        def watch(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
            def start(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
                if ("Clear-Site-Data", '"storage"') in headers:
                    made.left.set()
                return start_response(status, headers, *rest)

            return site(environ, start)  # type: ignore[arg-type]

        with serve(watch, tls=tls) as server:
            made.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}"
            yield made


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A phone's page; a test fails with what Chromium had to complain about."""
    with open_phone(chromium, java_script_enabled=request.param) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert complaints == []


@contextmanager
def open_phone(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:  # noqa: ANN401 - options of a context
    chosen = {"locale": "en-GB", "viewport": {"width": 360, "height": 640}, "ignore_https_errors": True, **options}
    context = chromium.new_context(**chosen)
    context.set_default_timeout(10_000)
    with watch(context):
        yield context
    context.close()


@contextmanager
def watch(context: BrowserContext) -> Iterator[None]:
    """The request log of a journey: only the site and the exit's host, by name, and nothing left behind.

    Source: privacy-and-safety 1.3 (nothing in browser storage, no manifest, no service worker, no third party).
    """
    log: list[tuple[str, str]] = []
    context.on("request", lambda request: log.append((urlsplit(request.url).hostname or "", request.resource_type)))
    yield
    assert ("127.0.0.1", "document") in log
    # Pages, the word that somebody leaves, and what is listened to; of the exit's host its page.
    assert set(log) <= {("127.0.0.1", each) for each in ("document", "ping", "media")} | {("localhost", "document")}
    assert context.storage_state(indexed_db=True)["origins"] == []
    assert context.service_workers == []
    assert {cookie["name"] for cookie in context.cookies()} <= {"s", "__Host-s"}


def tap(page: Page, value: str) -> None:
    """Tap the button of that value and wait for the page that follows."""
    with page.expect_navigation():
        page.click(f"main button[value='{value}']")


def enter(page: Page, served: Served) -> None:
    page.goto(served.address)
    page.fill("#code", served.world.issue()[0])
    tap(page, "open")


def walk_to_first_question(page: Page, served: Served, language: str = "en") -> None:
    enter(page, served)
    tap(page, language)
    tap(page, "next")
    while page.locator("button[value='yes']").count():
        tap(page, "yes")


def read_heading(page: Page) -> str:
    return page.inner_text("main h1")


@pytest.mark.parametrize(
    ("served", "page", "language"),
    [
        ("http", True, "lv"),
        pytest.param("http", False, "en", marks=pytest.mark.full),
        pytest.param("https", True, "en", marks=pytest.mark.full),
        ("https", False, "lv"),
    ],
    indirect=["served", "page"],
)
def test_a_journey_ends_with_a_receipt_code(chromium: Browser, served: Served, page: Page, language: str) -> None:
    """Issue, done when 7: JavaScript on and off, lv and en, http and https, ends with a receipt code."""
    walk_to_first_question(page, served, language)
    assert page.inner_text("#leave") == WORDS[language]["exit"]
    while page.locator("button[value='skip']").count():
        if page.locator("textarea").count():
            page.fill("textarea", "Mans vārds paliek pie manis.\n🙂")
        else:
            page.locator("label.choice", has_text=re.compile(rf"^({WORDS[language]['yes']}|7)$")).first.click()
        tap(page, "next")
        assert page.url == f"{served.address}/"
        assert page.title() == "Start"
    tap(page, "send")
    assert read_heading(page) == WORDS[language]["thanks"]
    assert RECEIPT.fullmatch(page.inner_text("p.code"))
    page.reload()
    assert RECEIPT.fullmatch(page.inner_text("p.code"))
    tap(page, "end")
    assert count_rows(served.world) == {"consent_event": 5, "receipt": 1, "response": 1}
    assert len(page.context.cookies()) == 1


def test_the_first_page_is_at_most_10_kb_on_the_wire(chromium: Browser, served: Served) -> None:
    """Issue, done when 7: first page <= 10 kB on the wire, headers and every request included."""
    with open_phone(chromium) as context:
        page = context.new_page()
        session, sizes = context.new_cdp_session(page), []
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(served.address, wait_until="networkidle")
        assert len(sizes) == 1
        assert sum(sizes) <= 10_000


def test_quick_exit_shows_the_exit_host_and_back_the_start_page(served: Served, page: Page) -> None:
    """privacy-and-safety 1.5; issue, done when 7: the exit host's page is on the screen, Back shows the start page."""
    walk_to_first_question(page, served)
    page.click("text=Rather no")
    with page.expect_navigation(url=served.exit_address):
        page.click("#leave")
    assert read_text(page, "h1") == "Weather today"
    assert served.left.wait(10)
    assert count_rows(served.world) == {}
    for _ in range(3):
        page.go_back()
        assert read_heading(page) == WORDS["en"]["start"]
        assert page.locator("main").inner_text().count("Rather") == 0
    page.go_forward()
    assert read_heading(page) == WORDS["en"]["start"]


def read_text(page: Page, selector: str) -> str:
    return page.inner_text(selector)


def press_shift(page: Page) -> None:
    page.focus("textarea, label.choice input")
    for _ in range(3):
        page.keyboard.press("Shift")


def tap_three_times(page: Page) -> None:
    box = page.locator("footer").bounding_box()
    assert box is not None
    for _ in range(3):
        page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)


def follow_hidden_link(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.locator("a.hidden").evaluate("link => link === document.activeElement")
    page.keyboard.press("Enter")


@by_http
@pytest.mark.parametrize("leave", [press_shift, tap_three_times, follow_hidden_link])
def test_other_ways_to_leave_blank_the_screen_and_go(
    chromium: Browser, served: Served, leave: Callable[[Page], None]
) -> None:
    """privacy-and-safety 1.5: Shift three times; a triple tap; a hidden link for screen readers."""
    with open_phone(chromium, has_touch=True) as context:
        page = context.new_page()
        walk_to_first_question(page, served)
        with page.expect_navigation(url=served.exit_address):
            leave(page)
        assert served.left.wait(10)
        page.go_back()
        assert read_heading(page) == WORDS["en"]["start"]


@by_http
def test_the_screen_is_blank_before_the_other_page_has_come(chromium: Browser, served: Served) -> None:
    """privacy-and-safety 1.5: with JavaScript the screen is blank at once."""
    with open_phone(chromium) as context:
        page = context.new_page()
        walk_to_first_question(page, served)
        page.route(served.exit_address, lambda route: route.abort("aborted"))  # the other page never comes
        page.click("#leave")
        assert page.text_content("body") == ""


@by_https
def test_back_and_forward_show_the_current_page_only(served: Served, page: Page) -> None:
    """privacy-and-safety 1.3: Back and Forward never show a question or an answer of the past."""
    walk_to_first_question(page, served)
    first = read_heading(page)
    page.click("text=Rather no")
    tap(page, "next")
    tap(page, "next")
    now = read_heading(page)
    for move in (page.go_back, page.go_back, page.go_forward, page.go_back):
        move()
        assert read_heading(page) == now != first
        assert page.locator("input:checked").count() == 0


@by_https
def test_back_after_sending_shows_the_thank_you_page(served: Served, page: Page) -> None:
    """privacy-and-safety 1.2, 1.3: Back after submission shows the same receipt code and sends nothing."""
    walk_to_first_question(page, served)
    while page.locator("button[value='skip']").count():
        tap(page, "skip")
    tap(page, "send")
    code = page.inner_text("p.code")
    page.go_back()
    assert page.inner_text("p.code") == code
    tap(page, "end")
    page.go_back()
    assert read_heading(page) == WORDS["en"]["start"]
    assert count_rows(served.world)["response"] == 1


@by_http
@with_script
def test_a_second_tab_changes_nothing(served: Served, page: Page) -> None:
    """privacy-and-safety 1.2: an answer to another page changes nothing and shows the current page."""
    walk_to_first_question(page, served)
    other = page.context.new_page()
    other.goto(served.address)
    assert read_heading(other) == read_heading(page)
    page.click("text=Rather yes")
    tap(page, "next")
    other.click("text=Rather no")
    tap(other, "next")
    assert read_heading(other) == read_heading(page)
    tap(other, "back")
    assert other.locator("input:checked").get_attribute("value") == "rather_yes"


@by_https
@with_script
def test_a_pause_is_taken_up_in_another_browser(chromium: Browser, served: Served, page: Page) -> None:
    """privacy-and-safety 1.2: "Pause" shows the receipt code, with which one goes on elsewhere."""
    walk_to_first_question(page, served)
    asked = read_heading(page)
    page.click("text=Rather yes")
    tap(page, "pause")
    code = page.inner_text("p.code")
    with page.expect_navigation(url=served.exit_address):
        page.click("#leave")
    with open_phone(chromium) as context:
        other = context.new_page()
        other.goto(served.address)
        other.fill("#code", code.lower())
        tap(other, "open")
        assert read_heading(other) == asked
        assert other.locator("input:checked").get_attribute("value") == "rather_yes"


@by_http
@pytest.mark.parametrize(
    ("width", "size"),
    [*(pytest.param(width, "100%", marks=pytest.mark.full) for width in (360, 1280)), (320, "200%")],
)
def test_everything_fits_and_quick_exit_is_never_covered(
    chromium: Browser, served: Served, width: int, size: str
) -> None:
    """privacy-and-safety 1.5, 1.8: targets of 48 px, quick exit on top, nothing overflows at 320 px and 200 %."""
    with open_phone(chromium, viewport={"width": width, "height": 600}) as context:
        page = context.new_page()

        def check() -> None:
            page.evaluate("size => { document.documentElement.style.fontSize = size; scrollTo(0, 1e6); }", size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            small = page.evaluate(
                "[...document.querySelectorAll('button, .choice, .field, summary')]"
                ".filter(e => e.getBoundingClientRect().height < 48 || e.getBoundingClientRect().width < 48)"
                ".map(e => e.outerHTML)"
            )
            assert small == []
            assert (
                page.evaluate(
                    "(() => { const b = document.querySelector('#leave').getBoundingClientRect();"
                    " return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2).id })()"
                )
                == "leave"
            )

        page.goto(served.address)
        check()
        walk_to_first_question(page, served, "lv")
        check()
        while page.locator("button[value='skip']").count():
            tap(page, "skip")
            check()
        tap(page, "pause")
        check()
        tap(page, "resume")
        tap(page, "send")
        check()
        tap(page, "agreed")
        check()
