"""The staff site's day from the outside: one instance, the real ``me serve``, real Chromium, and the people it serves.

An invited caseworker's first log-in, her day with a person who answers on a phone, the manager's review, the officer's
month end, the funder's file, the auditor's log (issue, done when 1), and what breaks in the middle of a narrative (done
when 3). The first way is gone in Latvian with scripts, the second in English without. Texts of the pages are named in
English and looked for as the site says them. With ``ME_LOOK`` every page is photographed into that folder.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
from base64 import b32decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright
from sqlalchemy import text

from me_platform.demo.build import FACTOR_SECRET, PASSWORD, add_sample_users
from me_platform.services.accounts import IDLE
from me_platform.services.instance import open_office, read_secrets
from me_platform.services.second_factor import STEP, compute_code, make_credential_key
from me_platform.settings import Settings, load_settings, make_sample_clock
from me_platform.staff_site.language import load_site_wording
from tests.acceptance.conftest import ROOT, Me
from tests.acceptance.test_serve import Service, find_port, list_children

TODAY = date(2026, 3, 31)
PERIOD = "2026-Q1"
WIDE, PHONE = 1280, 360
NEW, NEW_PASSWORD = "jauna@gaisma.example", "četras klusas zaļas upes"
MANAGER, CASEWORKER = "manager@gaisma.example", "caseworker@gaisma.example"
OFFICER, READER = "officer@konsorcijs.example", "reader@konsorcijs.example"
FUNDER, AUDITOR = "funder@fonds.example", "auditor@konsorcijs.example"
QUOTE = "Es pati izvēlējos, ar ko runāt, un mani uzklausīja."
FINDING = {
    "en": "People feel heard when they choose the professional themselves.",
    "lv": "Cilvēki jūtas uzklausīti, ja speciālistu izvēlas paši.",
}
OFFICERS_WORDS = "Šajā ceturksnī sākām darbu ar vienu cilvēku un mācījāmies klausīties."
expect.set_options(timeout=30_000)  # the site's processes start when they are asked first
FLAGS = ["--no-sandbox"] if os.geteuid() == 0 else []
SAVED = re.compile(r"(Saved at|Saglabāts plkst\.) \d\d:\d\d\.")
PAUSE, AGAIN = 3100, 16_000
"""Milliseconds after which a narrative saves itself, and after which it tries again (static/narrative.js)."""
wording = load_site_wording()


@dataclass
class Instance:
    """A sample instance that is served, and what its people hold in their hands."""

    me: Me
    service: Service
    settings: Settings
    secrets: dict[str, bytes] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def staff(self) -> str:
        return f"http://127.0.0.1:{self.service.staff_port}"

    @property
    def survey(self) -> str:
        return f"http://127.0.0.1:{self.service.survey_port}"

    def take_code(self, email: str) -> str:
        """What the app of that person shows; the next one where this one was typed before."""
        now = int(make_sample_clock(TODAY, self.settings.zone)().timestamp()) // STEP
        step = max(now, self.spent.get(email, 0) + 1)
        self.spent[email] = step
        return compute_code(self.secrets.get(email, FACTOR_SECRET), step)


@dataclass
class Somebody:
    """A person at a browser, in one language."""

    instance: Instance
    page: Page
    language: str
    width: int
    name: str
    script: bool = True
    shots: int = 0

    def say(self, words: str, **values: object) -> str:
        return wording.make_translate(self.language)(words, **values)

    def go(self, path: str) -> None:
        self.page.goto(self.instance.staff + path)

    def press(self, words: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=self.say(words), exact=True).click()

    def follow(self, words: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=self.say(words), exact=True).first.click()

    def visit(self, words: str) -> None:
        """Take a link of the navigation."""
        self.page.get_by_role("banner").get_by_role("link", name=self.say(words), exact=True).click()

    def find(self, words: str) -> Locator:
        """The field of that label."""
        return self.page.get_by_label(self.say(words), exact=True).first

    def reads(self, words: str, **values: object) -> None:
        expect(self.page.get_by_text(self.say(words, **values)).first).to_be_visible()

    def look(self) -> None:
        """Nothing runs off the screen; with ``ME_LOOK`` the page is photographed, at this and the other width."""
        self.page.wait_for_load_state()
        folder = os.environ.get("ME_LOOK")
        self.shots += 1
        for width in (WIDE, PHONE) if folder else (self.width,):
            self.page.set_viewport_size({"width": width, "height": 800})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            if folder:
                name = f"{self.name}-{self.shots:02}-{self.language}-{width}"
                self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)
            assert wide <= width, (self.page.url, width, wide)
        self.page.set_viewport_size({"width": self.width, "height": 800})

    def log_in(self, email: str, *, factor: bool = True) -> None:
        self.go("/login")
        self.page.locator(f"button[name=language][value={self.language}]").click()
        self.give_password(email)
        if factor:
            self.give_code(email)
        expect(self.page.locator("form[action='/logout']")).to_be_visible()
        # The account has a language of its own; whoever sits here reads this one.
        self.page.locator(f"button[name=language][value={self.language}]").click()

    def give_password(self, email: str) -> None:
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(self.instance.passwords.get(email, PASSWORD))
        self.press("Log in")

    def give_code(self, email: str) -> None:
        self.page.locator("#code").fill(self.instance.take_code(email))
        self.press("Go on")


@pytest.fixture(scope="module")
def instance(me: Me) -> Iterator[Instance]:
    ports = (find_port(), find_port())
    me.environment |= {
        "ME_SURVEY_PORT": str(ports[0]),
        "ME_STAFF_PORT": str(ports[1]),
        "ME_TODAY": TODAY.isoformat(),
    }
    settings = load_settings(me.environment, ROOT)
    with open_office(settings, "me_staff") as office:
        add_sample_users(office, make_credential_key(read_secrets(settings).keys["staff"]))
    running = Service(me.environment, ports)
    running.hear("Stop with Ctrl-C.")
    yield Instance(me, running, settings)
    assert running.end() == 0


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    yield browser
    browser.close()


Seat = Callable[..., Somebody]


@pytest.fixture
def seat(instance: Instance, chromium: Browser) -> Iterator[Seat]:
    """Gives people browsers of their own; a page that complains or asks another host fails the test."""
    with ExitStack() as stack:

        def take(name: str, language: str, width: int = WIDE, *, script: bool = True, clock: bool = False) -> Somebody:
            options = {"java_script_enabled": script, "viewport": {"width": width, "height": 800}}
            page = stack.enter_context(open_page(chromium, instance, **options))
            if clock:
                page.clock.install()
            return Somebody(instance, page, language, width, name, script)

        yield take


@contextmanager
def open_page(browser: Browser, instance: Instance, **options: Any) -> Iterator[Page]:  # noqa: ANN401 - of a context
    complaints: list[str] = []
    hosts = (instance.staff, instance.survey)

    def note(words: str) -> None:
        # The browser writes down every answer that is no success; and, measured before the site's own style sheet is
        # there, that it may not load Bootstrap's pictures, which that sheet takes away.
        if "Failed to load resource" not in words and "data:image" not in words:
            complaints.append(words)

    context = browser.new_context(locale="en-GB", accept_downloads=True, **options)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.on("console", lambda message: note(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(hosts) else complaints.append(asked.url))
    yield page
    context.close()
    assert complaints == []


# -- the first way: Latvian, with scripts ------------------------------------------------------------------------------


def test_from_an_invitation_to_a_quote_in_the_funders_file(instance: Instance, seat: Seat, tmp_path: Path) -> None:
    """Issue, done when 1."""
    her = seat("caseworker", "lv", PHONE, clock=True)
    accept_invitation(her)
    person = enrol(her)
    door = hand_over(her)
    answer_on_a_phone(seat("survivor", "lv", PHONE), door)
    her.page.goto(person)
    record_service(her)
    narrative = write_narrative(her, person)
    manager = seat("manager", "lv")
    manager.log_in(MANAGER)
    return_it(manager)
    mend(her, narrative)
    approve(manager)
    officer = seat("officer", "lv")
    officer.log_in(OFFICER)
    import_activities(officer, tmp_path)
    freeze(officer)
    read_figures(officer)
    report = build_report(officer, "lv", OFFICERS_WORDS)
    accept_report(seat("reader", "lv"), report)
    pages = download(seat("funder", "lv"), report, tmp_path)
    for words in (QUOTE, FINDING["lv"], OFFICERS_WORDS):
        assert words in pages
    read_log(seat("auditor", "lv"), instance)


def accept_invitation(her: Somebody) -> None:
    """A link, a password, an authenticator app, recovery codes."""
    whom = ("--email", NEW, "--role", "caseworker", "--partner", "GAISMA", "--language", "lv")
    made = her.instance.me("user", "invite", *whom)
    assert made.status == 0, made.err
    [link] = re.findall(r"https?://\S+", made.out)
    her.page.goto(link)
    her.page.locator("button[name=language][value=lv]").click()
    her.look()
    for label in ("New password", "The same password once more"):
        her.find(label).fill(NEW_PASSWORD)
    her.press("Set the password")
    her.instance.passwords[NEW] = NEW_PASSWORD
    her.look()
    her.give_password(NEW)
    her.look()
    her.instance.secrets[NEW] = b32decode(her.page.locator("code.secret").inner_text().replace(" ", ""))
    her.give_code(NEW)
    expect(her.page.locator(".codes code")).to_have_count(10)
    her.look()
    her.follow("I have them. Go on")
    expect(her.page.get_by_role("heading", level=1)).to_have_text(her.say("My people"))
    her.look()


def enrol(her: Somebody) -> str:
    her.follow("Enrol a person")
    her.look()
    her.find("Preferred word").fill("Saule")
    her.find("Language to speak in").select_option("lv")
    her.press("Enrol")
    expect(her.page.get_by_role("heading", level=1)).to_have_text(re.compile("^[A-Z2-9]{8}$"))
    her.look()
    return her.page.url


def hand_over(her: Somebody) -> str:
    """A code, on the screen and on a card that tells nobody what it is for."""
    her.follow("Hand over a survey code")
    her.look()
    her.page.get_by_role("main").get_by_role("radio").first.check()
    her.press("Make the code")
    slip = her.page.locator(".slip")
    door = slip.locator(".slip-code").inner_text()
    her.look()
    her.page.emulate_media(media="print")
    printed = her.page.locator("body").inner_text()
    assert door in printed
    assert not re.search("aptauj|survey|izdzīvo|tirdzniec|monitor|uzraudz|izvērt", printed, re.IGNORECASE)
    her.page.emulate_media(media="screen")
    return door


def answer_on_a_phone(them: Somebody, door: str) -> None:
    """The survivor types the code, agrees to everything, answers three questions and skips the others."""
    page = them.page
    page.goto(them.instance.survey)
    page.locator("#code").fill(door)
    tap(page, "open")
    tap(page, them.language)
    tap(page, "next")
    while page.locator("button[value='yes']").count():
        tap(page, "yes")
    for number in range(60):
        if not page.locator("button[value='skip']").count():
            break
        if number < 3:
            page.locator("label.choice").first.click()
        tap(page, "next" if number < 3 else "skip")
    tap(page, "send")
    expect(page.locator("p.code")).to_be_visible()
    tap(page, "end")


def tap(page: Page, value: str) -> None:
    with page.expect_navigation():
        page.click(f"main button[value='{value}']")


def record_service(her: Somebody) -> None:
    her.follow("Record a service")
    her.look()
    her.find("Service").select_option("LEG2")
    her.find("Hours").fill("1,5")
    her.press("Save")
    expect(her.page.get_by_role("status").first).to_have_text(her.say("Saved."))
    her.look()


def write_narrative(her: Somebody, person: str) -> str:
    """Write a narrative with a finding and a quote, saved in a pause and by the button, and hand it in."""
    page = her.page
    page.goto(person)
    her.follow("Progress narratives")
    her.look()
    her.press("Write a narrative")
    page.locator("#changed_own").fill("Tagad zinu savas tiesības.")
    if her.script:
        page.clock.run_for(PAUSE)
        expect(page.locator("#saved")).to_have_text(SAVED)
    her.look()
    page.locator("#since").fill("2026-03-01")
    page.locator("#date").fill(TODAY.isoformat())
    page.locator("input[name=areas]").first.check()
    page.locator("#stage").select_option("integration")
    page.get_by_text(her.say("For the report"), exact=True).click()
    for code, words in FINDING.items():
        page.locator(f"#finding_{code}").fill(words)
    page.locator("#quote").fill(QUOTE)
    page.locator("#quote_language").select_option("lv")
    her.press("Save")
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"\d\d:\d\d"))
    her.press("Submit")
    her.look()
    page.locator("#quote_agreed").check()
    her.press("Submit")
    her.reads("It waits for a second person, who returns it with a comment or approves it.")
    her.look()
    return page.url


def return_it(manager: Somebody) -> None:
    manager.visit("Review")
    manager.look()
    manager.page.get_by_role("main").get_by_role("link", name=manager.say("Read and decide")).first.click()
    manager.look()
    manager.press("Return with the comment")
    manager.look()
    manager.find("Comment").fill("Lūdzu, pierakstiet arī, kas palīdzēja.")
    manager.press("Return with the comment")
    manager.reads("The narrative was returned to its author.")
    manager.look()


def mend(her: Somebody, narrative: str) -> None:
    her.page.goto(narrative)
    her.follow("Go on writing")
    expect(her.page.get_by_text("kas palīdzēja").first).to_be_visible()
    her.look()
    her.page.locator("#changed_staff").fill("Palīdzēja tulks un laiks.")
    her.press("Submit")
    her.look()


def approve(manager: Somebody) -> None:
    manager.visit("Review")
    manager.page.get_by_role("main").get_by_role("link", name=manager.say("Read and decide")).first.click()
    manager.press("Approve")
    manager.look()
    manager.page.locator("#finding").check()
    manager.page.locator("#quote").check()
    manager.press("Approve")
    manager.reads("The narrative was approved.")
    manager.look()


def import_activities(officer: Somebody, folder: Path) -> None:
    """The first lines of the shipped register."""
    lines = (ROOT / "indicators" / "plans" / "latvia-activities.csv").read_text("utf-8").splitlines(keepends=True)
    (folder / "saraksts.csv").write_text("".join(lines[:6]), "utf-8")
    officer.go("/o/KONSORCIJS/activities")
    officer.follow("Import a list")
    officer.look()
    officer.page.locator("#file").set_input_files(folder / "saraksts.csv")
    officer.press("Check the file")
    officer.look()
    officer.press("Import")
    officer.reads("The list is imported.")
    officer.look()
    officer.follow("All activities")
    officer.look()


def freeze(officer: Somebody) -> None:
    officer.go("/o/KONSORCIJS/snapshots")
    officer.follow("Freeze a snapshot")
    officer.look()
    officer.find("Plan").select_option("sample")
    officer.find("Period").fill(PERIOD)
    officer.press("Freeze")
    expect(officer.page.locator("#job-state")).to_be_visible()
    officer.look()
    officer.page.reload()
    finish(officer)
    officer.look()


def finish(officer: Somebody) -> None:
    """Wait for a job: the page follows it by itself, or reloads itself where it has no script."""
    officer.page.locator("main a.btn-primary").click(timeout=60_000)


def read_figures(officer: Somebody) -> None:
    officer.go("/o/GAISMA/figures")
    officer.look()
    officer.page.get_by_role("rowheader").get_by_role("link").first.click()
    officer.look()


def build_report(officer: Somebody, language: str, words: str) -> str:
    officer.go("/o/GAISMA/reports")
    officer.follow("New report")
    expect(officer.page.locator("nav a[aria-current]")).to_have_text(officer.say("Reports"))
    officer.look()
    officer.page.locator("#template").select_option("partner-impact")
    officer.page.locator(f"input[name=languages][value={language}]").check()
    officer.press("Begin to write")
    officer.page.locator(f"textarea[name=our_words-{language}]").fill(words)
    officer.press("Save")
    officer.reads("Saved.")
    officer.look()
    officer.press("Save and build the report")
    expect(officer.page.locator("#job-state")).to_be_visible()
    officer.look()
    finish(officer)
    officer.reads("It waits for a second person: whoever had a report built does not accept it.")
    officer.look()
    return officer.page.url


def accept_report(reader: Somebody, report: str) -> None:
    reader.log_in(READER)
    reader.page.goto(report)
    reader.look()
    reader.press("Accept the report")
    expect(reader.page.locator(".badge.state-accepted")).to_be_visible()
    reader.look()


def download(funder: Somebody, report: str, folder: Path) -> str:
    """Log in and take the file. Returns its text."""
    funder.log_in(FUNDER, factor=False)
    funder.look()
    funder.page.get_by_role("main").get_by_role("link", name=re.compile("Gaism")).first.click()
    funder.look()
    with funder.page.expect_download() as started:
        funder.page.locator(f"a[href='{report.removeprefix(funder.instance.staff)}.pdf']").click()
    file = Path(os.environ.get("ME_LOOK") or folder) / "report.pdf"
    started.value.save_as(file)
    return " ".join(" ".join(each.extract_text() for each in pypdf.PdfReader(file).pages).split())


def read_log(auditor: Somebody, instance: Instance) -> None:
    """Everybody's deeds are in it, and it is whole."""
    auditor.log_in(AUDITOR)
    auditor.go("/o/GAISMA/log")
    auditor.look()
    for email in (NEW, MANAGER, OFFICER, READER, FUNDER):
        expect(auditor.page.get_by_role("cell", name=email).first).to_be_visible()
    auditor.page.get_by_text(auditor.say("Is the log whole?")).click()
    auditor.press("Verify")
    expect(auditor.page.locator(".alert-success")).to_be_visible()
    auditor.look()
    auditor.go("/o/GAISMA/deliveries")
    expect(auditor.page.get_by_role("cell", name=FUNDER).first).to_be_visible()
    auditor.look()
    verified = instance.me("audit", "verify")
    assert verified.status == 0, verified.err


# -- the second way: English, without scripts --------------------------------------------------------------------------


@pytest.mark.full
def test_every_save_of_the_day_works_without_scripts(instance: Instance, seat: Seat) -> None:
    """Issue, done when 1: all saves also with JavaScript off."""
    her = seat("caseworker", "en", PHONE, script=False)
    her.log_in(CASEWORKER)
    person = enrol(her)
    hand_over(her)
    her.page.goto(person)
    record_service(her)
    narrative = write_narrative(her, person)
    manager = seat("manager", "en", script=False)
    manager.log_in(MANAGER)
    return_it(manager)
    mend(her, narrative)
    approve(manager)
    officer = seat("officer", "en", script=False)
    officer.log_in(OFFICER)
    freeze(officer)
    report = build_report(officer, "en", "We listened.")
    accept_report(seat("reader", "en", script=False), report)


# -- what breaks in the middle of a narrative --------------------------------------------------------------------------


@pytest.mark.full
def test_nothing_that_breaks_takes_a_word_shown_as_saved(
    instance: Instance, playwright: Playwright, seat: Seat, tmp_path: Path
) -> None:
    """Issue, done when 3: a killed database, killed servers, an ended log-in, two tabs and a killed browser."""
    with run_browser(playwright, tmp_path) as (process, browser):
        her = Somebody(instance, browser.new_context(locale="en-GB").new_page(), "en", PHONE, "breaks")
        her.page.clock.install()
        her.log_in(CASEWORKER)
        her.go("/o/GAISMA/people")
        enrol(her)
        her.follow("Progress narratives")
        her.press("Write a narrative")
        writer = Writer(her, her.page.url)
        writer.write("Viens.")
        writer.is_saved()

        outlive_the_database(writer)
        outlive_the_servers(writer)
        outlive_the_log_in(writer)
        write_in_two_tabs(writer)
        writer.write("Septiņi.")
        writer.is_saved()
        os.killpg(process.pid, signal.SIGKILL)
    again = seat("breaks", "en", PHONE)
    again.log_in(CASEWORKER)
    again.page.goto(writer.address)
    writer.is_kept(again.page)


def outlive_the_database(writer: Writer) -> None:
    instance = writer.who.instance
    data = instance.settings.instance / "database" / "data"
    os.kill(int((data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    writer.write("Divi.")
    instance.service.hear('"event": "database_restarted"')
    writer.is_saved()


def outlive_the_servers(writer: Writer) -> None:
    """First those who answer, then the one who starts them."""
    service = writer.who.instance.service
    for worker in list_children(service.find_children()["make_staff_app"]):
        os.kill(worker, signal.SIGKILL)
    writer.write("Trīs.")
    writer.is_saved()
    starter = service.find_children()["make_staff_app"]
    orphans = [os.pidfd_open(worker) for worker in list_children(starter)]
    os.kill(starter, signal.SIGKILL)
    writer.write("Četri.")
    service.hear('"event": "part_restarted", "part": "staff site"')
    for orphan in orphans:
        assert select.select([orphan], [], [], 60)[0], "a process outlived its server"
        os.close(orphan)
    assert service.get(service.staff_port, "/login")[0] == 200
    writer.is_saved()


def outlive_the_log_in(writer: Writer) -> None:
    """The script says so; "Save" carries the text through the log-in."""
    her = writer.who
    end_log_ins(her.instance)
    writer.write("Pieci.")
    writer.is_told("out")
    her.look()
    her.press("Save")
    her.look()
    her.give_password(CASEWORKER)
    her.give_code(CASEWORKER)
    her.look()
    her.press("Send it again")
    writer.is_kept(her.page)


def write_in_two_tabs(writer: Writer) -> None:
    her = writer.who
    other = her.page.context.new_page()
    other.goto(writer.address)
    other.locator("#changed_own").fill(f"{writer.typed} No otra loga.")
    other.locator("button[name=save][value=button]").click()
    expect(other.locator("#saved")).to_have_text(SAVED)
    other.close()
    writer.write("Seši.")
    writer.is_told("conflict")
    her.press("Save")
    expect(her.page.get_by_role("table")).to_contain_text("No otra loga.")
    her.look()
    her.press("Keep what you typed here")
    writer.is_kept(her.page)


@dataclass
class Writer:
    """Somebody in the middle of a narrative."""

    who: Somebody
    address: str
    typed: str = ""

    def write(self, words: str) -> None:
        """Type on, and pause."""
        self.typed = f"{self.typed} {words}".strip()
        self.who.page.locator("#changed_own").fill(self.typed)
        self.who.page.clock.run_for(PAUSE)

    def is_told(self, state: str) -> None:
        """The page says what became of the words, if need be after it tried again."""
        line = self.who.page.locator("#saved")
        for _ in range(20):
            # A server that starts takes its time, and the request waits for it.
            expect(line).to_have_attribute("data-state", re.compile(f"^({state}|away)$"), timeout=60_000)
            if line.get_attribute("data-state") == state:
                break
            self.who.page.clock.run_for(AGAIN)
        expect(line).to_have_attribute("data-state", state)

    def is_saved(self) -> None:
        """The page says so, and it is so."""
        self.is_told("saved")
        expect(self.who.page.locator("#saved")).to_have_text(SAVED)
        tab = self.who.page.context.new_page()
        tab.goto(self.address)
        self.is_kept(tab)
        tab.close()

    def is_kept(self, page: Page) -> None:
        expect(page.locator("#changed_own")).to_have_value(self.typed)


@contextmanager
def run_browser(playwright: Playwright, folder: Path) -> Iterator[tuple[subprocess.Popen[str], Browser]]:
    """A browser that is ours to kill."""
    program = shutil.which("chromium")
    assert program
    command = [program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}/profile", *FLAGS]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr
    try:
        endpoint = next(line.split()[-1] for line in process.stderr if "DevTools listening on" in line)
        yield process, playwright.chromium.connect_over_cdp(endpoint)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()


def end_log_ins(instance: Instance) -> None:
    """Nobody did anything for longer than a log-in lasts."""
    with open_office(instance.settings, "me_owner") as owner, owner.engine.begin() as connection:
        connection.execute(text("update staff_session set seen_at = seen_at - :idle"), {"idle": IDLE * 2})
