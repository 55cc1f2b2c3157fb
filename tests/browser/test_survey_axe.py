"""Every kind of page of the survivor's door in real Chromium, looked at by axe with all its rules, best practice too.

Every run looks at every third of them, in Arabic and in the dark; ``--full`` (script/drill axe) at all, in three
languages, light and dark, with the system's own colours, at 200 % on the smallest screen, and without scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Route

from tests.audio_samples import make_library
from tests.conftest import Engines
from tests.survey_samples import Browser, SurveyWorld, make_world, visit_every_page
from tests.web.test_survey_site_questions import load_many

ADDRESS = "http://survey.test/"
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "200 %": {"viewport": {"width": 320, "height": 480}, "device_scale_factor": 2},
    "no script": {},
}
SHARE = [("ar", "dark", 3)]
FULL = [(language, look, 1) for language in ("en", "lv", "ar") for look in LOOKS]


@dataclass(frozen=True)
class Shown:
    """A page as the site sends it."""

    name: str
    status: int
    headers: Mapping[str, str]
    html: str


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "every" in metafunc.fixturenames:
        chosen = FULL if metafunc.config.getoption("--full") else SHARE
        metafunc.parametrize(("language", "look", "every"), chosen)


def list_pages(engines: Engines, language: str) -> Iterator[Shown]:
    """Every kind of page in a language, and what is said of what does not fit."""
    world = make_world(engines)
    browser = Browser(world.make_site(sample=True), **{"Accept-Language": language})
    for name in visit_every_page(world, browser, language=language):
        yield take(name, browser)
    browser.open("/")
    browser.tap("end")
    browser.open("/")
    browser.enter(world.issue()[0])
    browser.walk_to("question-goal", language=language)
    browser.tap("next", answer="x" * 5000)
    yield take("422", browser)
    browser.open("/")
    browser.send({str(number): "x" for number in range(50)})
    yield take("413", browser)
    yield from list_kinds(world, language)


def list_kinds(world: SurveyWorld, language: str) -> Iterator[Shown]:
    """Every kind of question, with sound, answered and in doubt; the languages on the way."""
    surveys = {"many": load_many()}
    with TemporaryDirectory() as folder:
        library = make_library(Path(folder), surveys)
        world = replace(world, doorstep=replace(world.doorstep, surveys=surveys))
        browser = Browser(world.make_site(library=library), **{"Accept-Language": language})
        browser.enter(world.issue(survey="many", wave="")[0])
        browser.tap("language", language=language)
        browser.tap("helper")
        yield take("who helps", browser)
        browser.tap("helped", answer="interpreter")
        yield take("about, with help", browser)
        browser.tap("next")
        yield take("consent with sound", browser)
        browser.tap("languages")
        yield take("languages on the way", browser)
        browser.tap("back")
        browser.tap("yes")
        browser.tap("next", answer=["talk", "nothing"])
        yield take("choices that do not go together", browser)
        browser.tap("next", answer=["talk", "rest"])
        yield take("month and year", browser)
        browser.tap("next", answer=["m02", "y2026"])
        yield take("day", browser)
        browser.tap("next", answer=["d31", "m03", "y2026"])
        browser.tap("next", answer="Words.")
        yield take("number", browser)
        browser.tap("next", answer="2")
        browser.tap("next", answer="9")
        yield take("number in doubt", browser)
        browser.tap("next", answer="1")
        yield take("note", browser)
        browser.tap("next")
        browser.tap("next")
        yield take("send, with help", browser)
        browser.tap("review")
        yield take("review of every kind", browser)


def take(name: str, browser: Browser) -> Shown:
    answer = browser.response
    headers = {key: value for key, value in answer.headers if key not in {"Set-Cookie", "Content-Length"}}
    return Shown(name, answer.status_code, headers, answer.text)


def test_axe_finds_nothing(engines: Engines, chromium: Chromium, language: str, look: str, every: int) -> None:
    """privacy-and-safety 1.8; issue, done when 2."""
    pages = list(list_pages(engines, language))[::every]
    shown: list[Shown] = []
    context = chromium.new_context(**{"viewport": {"width": 360, "height": 640}, **LOOKS[look]})
    page = context.new_page()

    def answer(route: Route) -> None:
        # axe is a script itself: what a browser without scripts shows is the page without its own.
        html = shown[-1].html
        if look == "no script":
            html = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
        route.fulfill(status=shown[-1].status, headers=dict(shown[-1].headers), body=html)

    page.route("**/*", answer)
    complaints: dict[str, list[str]] = {}
    for each in pages:
        shown.append(each)
        page.goto(ADDRESS)
        for violation in Axe().run(page).response["violations"]:
            for node in violation["nodes"]:
                complaints.setdefault(f"{violation['id']}: {node['html'][:200]}", []).append(each.name)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), each.name
    context.close()
    print(f"\ndrill: {len(pages)} survey pages, {language}, {look}")  # noqa: T201
    assert complaints == {}
    assert len({each.name for each in pages}) == len(pages)
