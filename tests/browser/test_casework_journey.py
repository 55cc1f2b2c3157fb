"""The caseworker's way in real Chromium: enrol, hand over a code, record a service, a need and a goal.

In both languages, on a small and a wide screen, with and without JavaScript. Nothing may run off the screen, nothing
may be refused by the page's own policy, and nothing may be asked of another host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from me_platform.staff_site.app import make_staff_site
from tests.browser.test_staff_journey import ENGLISH, LATVIAN, fits, log_in
from tests.casework_samples import CORA, CaseworkWorld, make_casework
from tests.conftest import Engines
from tests.serving import serve
from tests.staff_samples import PASSWORD, SECRET_KEY, take_code

WORDS = {
    "en": {
        "enrol": "Enrol a person",
        "word": "Preferred word",
        "speaks": "Language to speak in",
        "Ukrainian": "Ukrainian",
        "do enrol": "Enrol",
        "code": "Hand over a survey code",
        "survey": "Outcome check-in",
        "make": "Make the code",
        "back": "← Back to",
        "service": "Record a service",
        "type": "Service",
        "LEG7": "Compensation",
        "hours": "Hours",
        "mediation": "Interpreter and mediator",
        "mediator": "Cultural mediator",
        "provided": "Needed and provided",
        "save": "Save",
        "saved": "Saved.",
        "need": "A new need",
        "category": "Need",
        "N3": "Legal aid",
        "goal": "A new goal",
        "words": "The goal, in the person’s own words",
        "near": "How near is it, from 0 to 10?",
        "missing": "Please fill this in.",
    },
    "lv": {
        "enrol": "Reģistrēt cilvēku",
        "word": "Vēlamais apzīmējums",
        "speaks": "Saziņas valoda",
        "Ukrainian": "Ukraiņu",
        "do enrol": "Reģistrēt",
        "code": "Nodot aptaujas kodu",
        "survey": "Pārmaiņu aptauja",
        "make": "Izveidot kodu",
        "back": "← Atpakaļ pie",
        "service": "Pierakstīt pakalpojumu",
        "type": "Pakalpojums",
        "LEG7": "Kompensācijas",
        "hours": "Stundas",
        "mediation": "Tulks un mediators",
        "mediator": "Kultūru mediators",
        "provided": "Vajadzēja un bija",
        "save": "Saglabāt",
        "saved": "Saglabāts.",
        "need": "Jauna vajadzība",
        "category": "Vajadzība",
        "N3": "Juridiskā palīdzība",
        "goal": "Jauns mērķis",
        "words": "Mērķis paša cilvēka vārdiem",
        "near": "Cik tuvu tas ir, no 0 līdz 10?",
        "missing": "Lūdzu, aizpildiet šo lauku.",
    },
}


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> CaseworkWorld:
    return make_casework(engines, tmp_path)


@pytest.fixture
def address(world: CaseworkWorld) -> Iterator[str]:
    """The site, served on a free port of this machine."""
    staff = world.staff
    app = make_staff_site(staff.desk, secret_key=SECRET_KEY, tls=False, sample=True, clock=staff.clock.count_seconds)
    with serve(app) as served:
        yield served


@pytest.fixture(
    params=[pytest.param(("en", True), marks=pytest.mark.full), ("lv", False)],
    ids=["English, script", "Latvian, no script"],
)
def way(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[tuple[Page, str]]:
    """A page in a language; it fails the test when it complains or leaves the site."""
    language, script = request.param
    complaints: list[str] = []

    def note_host(asked: Request) -> None:
        if not asked.url.startswith(address):
            complaints.append(asked.url)

    def note(message: str) -> None:
        if "status of 422" not in message:
            complaints.append(message)

    locale = {"en": "en-GB", "lv": "lv-LV"}[language]
    context = chromium.new_context(java_script_enabled=script, locale=locale)
    page = context.new_page()
    page.on("console", lambda message: note(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", note_host)
    yield page, language
    context.close()
    assert complaints == []


def test_a_caseworkers_first_meeting_with_somebody(way: tuple[Page, str], address: str, world: CaseworkWorld) -> None:
    page, language = way
    words = WORDS[language]
    page.goto(f"{address}/login")
    page.get_by_role("button", name="English" if language == "en" else "Latviešu").click()
    log_in(page, CORA, PASSWORD, labels=ENGLISH if language == "en" else LATVIAN)
    page.get_by_label("Code" if language == "en" else "Kods", exact=True).fill(take_code(world.staff.clock))
    page.get_by_role("main").get_by_role("button").first.click()
    cards = page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_role("heading"))
    expect(cards).to_have_count(2)
    assert fits(page)
    person = enrol(page, words)
    hand_over(page, words)
    record_service(page, words)
    record_need_and_goal(page, words)
    expect(page).to_have_url(re.compile(f"^{re.escape(person)}"))
    assert fits(page)


def enrol(page: Page, words: Mapping[str, str]) -> str:
    """Enrol a person. Returns the address of her page."""
    main = page.get_by_role("main")
    main.get_by_role("link", name=words["enrol"]).click()
    page.get_by_label(words["word"]).fill("Saule")
    page.get_by_label(words["speaks"]).select_option(label=words["Ukrainian"])
    main.get_by_role("button", name=words["do enrol"], exact=True).click()
    assert re.fullmatch("[A-Z2-9]{8}", main.get_by_role("heading", level=1).inner_text())
    expect(main.get_by_text("Saule")).to_be_visible()
    return page.url


def hand_over(page: Page, words: Mapping[str, str]) -> None:
    """Make a code: in her language, alone on paper, gone once the page is left."""
    main = page.get_by_role("main")
    main.get_by_role("link", name=words["code"]).click()
    page.get_by_label(words["survey"]).first.check()
    main.get_by_role("button", name=words["make"]).click()
    expect(main.get_by_text("Ваш код")).to_be_visible()
    slip = main.get_by_text(re.compile("^[A-Z2-9]{5}-[A-Z2-9]{5}$"))
    expect(slip).to_be_visible()
    door = slip.inner_text()
    assert fits(page)
    page.emulate_media(media="print")
    expect(slip).to_be_visible()
    expect(page.locator("header")).to_be_hidden()
    expect(page.locator("main h1")).to_be_hidden()
    page.emulate_media(media="screen")
    main.get_by_role("link", name=words["back"]).click()
    expect(main.get_by_text(door)).to_have_count(0)


def record_service(page: Page, words: Mapping[str, str]) -> None:
    """Forget the type of a service first: nothing typed is lost."""
    main = page.get_by_role("main")
    main.get_by_role("link", name=words["service"]).first.click()
    page.get_by_label(words["hours"]).fill("1,5")
    main.get_by_role("button", name=words["save"]).click()
    expect(main.get_by_role("alert")).to_contain_text(words["missing"])
    expect(page.get_by_label(words["hours"])).to_have_value("1,5")
    page.get_by_label(words["type"], exact=True).select_option(label=words["LEG7"])
    main.get_by_text(words["mediation"]).click()
    page.get_by_label(words["mediator"]).select_option(label=words["provided"])
    assert fits(page)
    main.get_by_role("button", name=words["save"]).click()
    expect(main.get_by_role("status")).to_have_text(words["saved"])
    expect(main.get_by_role("rowheader", name=words["LEG7"])).to_be_visible()


def record_need_and_goal(page: Page, words: Mapping[str, str]) -> None:
    """Both stand on the person's page."""
    main = page.get_by_role("main")
    main.get_by_role("link", name=words["need"]).click()
    page.get_by_label(words["category"], exact=True).select_option(label=words["N3"])
    main.get_by_role("button", name=words["save"]).click()
    main.get_by_role("link", name=words["goal"]).click()
    page.get_by_label(words["words"]).fill("Sava istaba")
    page.get_by_label(words["near"]).select_option("3")
    main.get_by_role("button", name=words["save"]).click()
    expect(main.get_by_text("Sava istaba").first).to_be_visible()
    expect(main.get_by_text(words["N3"]).first).to_be_visible()
