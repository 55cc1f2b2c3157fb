"""The page of surveys and their preview over WSGI: the pages are those of the survey site, and nothing is written."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from lxml import html
from sqlalchemy import text
from werkzeug.test import TestResponse

from me_platform.services.previewing import LASTS, Around, make_visit, start_preview, tap
from me_platform.surveys.answers import list_asked
from me_platform.surveys.flow import Form
from me_platform.wording import Wording
from tests.audio_samples import make_library
from tests.conftest import Engines, lend_folder
from tests.preview_samples import make_pages
from tests.staff_samples import StaffWorld, make_world
from tests.staff_visitor import Visitor, make_app, make_visitor
from tests.survey_samples import Browser, SurveyWorld, load_survey

OFFICER, MANAGER = "anna@alfa.example", "bruno@beta.example"
ADDRESS = "/o/ALFA/surveys/outcome-checkin/preview"
FIRST = f"{ADDRESS}?language=en"


@pytest.fixture(scope="module")
def staff(lasting_engines: Engines) -> Iterator[StaffWorld]:
    with lend_folder() as folder:
        yield make_world(lasting_engines, folder)


@dataclass
class Tab:
    """A preview in a browser: taps what its forms offer."""

    visitor: Visitor
    response: TestResponse

    @property
    def document(self) -> html.HtmlElement:
        return html.document_fromstring(self.response.text)

    def send(self, do: str, name: str = "do", **fields: Any) -> TestResponse:  # noqa: ANN401 - form values
        """Send the form that offers a button, as a browser would."""
        for form in self.document.forms:
            if form.find(f".//*[@name='{name}'][@value='{do}']") is not None:
                hidden = {each.get("name"): each.get("value") for each in form.iterfind(".//input[@type='hidden']")}
                chosen = {each.get("name"): each.value for each in form.iterfind(".//select")}
                data = {**hidden, **chosen, name: do, **fields}
                path, base = str(form.get("action")), self.visitor.base_url
                self.response = self.visitor.client.post(path, base_url=base, data=data, buffered=True)
                return self.response
        raise AssertionError(f"nothing offers {do}")

    @property
    def words(self) -> str:
        """The page below the bar."""
        return " ".join(self.document.find(".//main").text_content().split())

    @property
    def bar(self) -> str:
        return " ".join(self.document.find(".//aside").text_content().split())


def open_tab(staff: StaffWorld, email: str = OFFICER, address: str = FIRST, language: str = "en") -> Tab:
    visitor = make_visitor(staff, email)
    visitor.post("/language", {"language": language}, page="/")
    return Tab(visitor, visitor.get(address))


def test_the_list_says_what_each_survey_asks_and_lacks(staff: StaffWorld) -> None:
    page = open_tab(staff, address="/o/ALFA/surveys").document
    sections: list[html.HtmlElement] = page.xpath("//section")
    cards = {str(each.get("aria-labelledby")): " ".join(each.text_content().split()) for each in sections}
    assert cards["survey-outcome-checkin"].startswith(
        "Outcome check-in not asked here outcome-checkin, version 2026-2. Survivors answer. Questions: 15, about 7 min."
        " First answers, Later answers, Last answers. LanguageLong sentencesWithout audio English – 118"
    )
    assert "Texts not translated: العربية 55, Русский 55, Українська 55." in cards["survey-caseworker-mirror"]
    links = [each.get("href") for each in page.iterfind(".//main//a")]
    assert f"{ADDRESS}?language=ar" in links
    assert len(links) == sum(len(survey.languages) for survey in staff.desk.catalogue.surveys.values())


def test_a_language_that_is_not_offered_is_marked(staff: StaffWorld) -> None:
    """Issue: a missing translation is visible to staff."""
    pages = make_pages()
    texts = dict(pages.screens.wording.texts)
    screens = replace(pages.screens, wording=Wording(texts), missing={"ar": ("Pause", "Skip")})
    visitor = Visitor(make_app(staff, pages=replace(pages, screens=screens)), "http://localhost")
    visitor.log_in(MANAGER)
    assert "Not offered: 2 words of the screens are missing" in visitor.get("/o/BETA/surveys").text
    address = "/o/BETA/surveys/outcome-checkin/preview?language={}"
    assert "Nobody is offered this language" in visitor.get(address.format("ar")).text
    assert "Nobody is offered this language" not in visitor.get(address.format("uk")).text


def test_a_site_without_the_survey_sites_pages_lists_surveys_only(staff: StaffWorld) -> None:
    visitor = Visitor(make_app(staff, pages=None), "http://localhost")
    visitor.log_in(MANAGER)
    assert "Outcome check-in" in visitor.get("/o/BETA/surveys").text
    assert visitor.get("/o/BETA/surveys/outcome-checkin/preview").status_code == 404


def walk(tab: Tab) -> Iterator[str]:
    """Through a survey, with every effect on the way."""
    tab.send("next")
    for _ in load_survey().purposes:
        tab.send("yes")
    yield tab.words
    tab.send("next", answer="no")
    tab.send("skip")
    tab.send("back")
    tab.send("pause")
    yield tab.words
    tab.send("resume")
    tab.send("show", "bar", at="send")
    tab.send("review")
    tab.send("next")
    tab.send("send")
    yield tab.words
    tab.send("talk")
    tab.send("ask", answer="Words that nobody keeps.")
    tab.send("return")
    tab.send("agreed")
    tab.send("withdraw", purpose="statistics")
    tab.send("take_one")
    tab.send("take_one", answer="1")
    tab.send("take_back")
    tab.send("end")
    tab.send("open")
    tab.send("exit")
    yield tab.words


def read_everything(engines: Engines) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but those of log-ins, which know when they were last used."""
    with engines.owner.connect() as connection:
        names = connection.execute(
            text("select tablename from pg_tables where schemaname = 'public' and tablename <> 'staff_session'")
        ).scalars()
        return {
            name: sorted((tuple(row) for row in connection.execute(text(f'select * from "{name}"'))), key=repr)  # noqa: S608
            for name in names
        }


def test_nothing_is_written_whatever_is_tapped(staff: StaffWorld, lasting_engines: Engines) -> None:
    """Issue: officers preview any survey in any language without writing data; codes on the way are made up."""
    tab = open_tab(staff)
    before, vault = read_everything(lasting_engines), staff.vault_file.read_bytes()
    first, paused, thanks, left = walk(tab)
    assert "Was the support you received useful to you?" in first
    assert "SAMPLE-0000-0000" in paused
    assert "SAMPLE-0000-0000" in thanks
    assert "Enter your code" in left
    assert "https://weather.example/today?city=riga would open" in tab.bar
    assert read_everything(lasting_engines) == before
    assert staff.vault_file.read_bytes() == vault
    cookies = tab.response.headers.getlist("Set-Cookie")
    assert [each for each in cookies if not each.startswith("staff")] == []


def test_what_is_shown_is_what_the_survey_site_shows(world: SurveyWorld) -> None:
    """The same taps at both: the pages differ in hidden fields, the code and the script of the quick exit only."""
    survey = load_survey()
    browser = Browser(world.make_site())
    browser.enter(world.issue()[0])
    now = world.doorstep.sources.now_here()
    preview, pages = start_preview(survey, "", "baseline", now), make_pages()
    around = Around("Start", "", "", "/", "/a/")
    taps: list[tuple[str, dict[str, str]]] = [
        ("language", {"language": "ar"}),
        ("next", {}),
        *[("yes", {})] * len(survey.purposes),
        ("next", {"answer": "no"}),
        *[("skip", {})] * (len(list_asked(survey, {}, "baseline")) - 1),
        ("review", {}),
        ("change", {"question": "safe_home"}),
        ("next", {"answer": "yes"}),
        ("next", {}),
        ("pause", {}),
        ("resume", {}),
        ("send", {}),
        ("talk", {}),
        ("return", {}),
        ("agreed", {}),
        ("withdraw", {"purpose": "statistics"}),
        ("give", {"purpose": "statistics"}),
        ("take_one", {}),
        ("take_one", {"answer": "1"}),
    ]
    seen = set()
    for do, fields in taps:
        assert simplify(pages.draw(make_visit(preview, survey), around)) == simplify(browser.response.text), do
        seen.add(browser.page.partition("-")[0])
        form = Form(
            browser.page,
            do,
            values=tuple(fields[each] for each in fields if each == "answer"),
            language=fields.get("language", ""),
            purpose=fields.get("purpose", ""),
            question=fields.get("question", ""),
        )
        browser.tap(do, **fields)
        preview, _ = tap(preview, survey, form, now)
    assert simplify(pages.draw(make_visit(preview, survey), around)) == simplify(browser.response.text)
    browser.tap("end")
    assert simplify(pages.draw_start("en", around)) == simplify(browser.response.text)
    assert seen >= {"language", "about", "consent", "question", "send", "review", "paused", "thanks", "talk", "agreed"}


def simplify(page: str) -> str:
    """A page without hidden fields, code and script, each blank one blank."""
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r'<input type="hidden" name="(csrf_token|key|seal)" value="[^"]*">', "", page)
    page = re.sub(r'(<p class="notice code" dir="ltr">)[^<]*', r"\1", page)
    return " ".join(page.split())


def test_the_bar_leads_to_any_page_wave_and_language(staff: StaffWorld) -> None:
    tab = open_tab(staff, language="lv")
    assert tab.bar.startswith("Priekšskatījums: Pārmaiņu aptauja, 2026-2 Visas aptaujas Nekas netiek glabāts.")
    tab.send("show", "bar", at="question-safe_home", wave="exit", **{"in": "ar"})
    document = tab.document
    assert (document.get("lang"), document.get("dir")) == ("ar", "rtl")
    aside = document.find(".//aside")
    assert (aside.get("lang"), aside.get("dir")) == ("lv", "ltr")
    assert "هل تشعرون بالأمان حيث تعيشون الآن؟" in tab.words
    assert tab.document.find(".//select[@name='wave']").value == "exit"
    tab.send("following", "bar")
    tab.send("previous", "bar")
    assert tab.document.find(".//select[@name='at']").value == "question-safe_home"
    tab.send("languages")
    assert "Iet uz lapu" in tab.bar
    tab.send("language", language="uk")
    assert tab.document.get("lang") == "uk"


def test_a_refused_form_is_shown_as_the_survey_site_shows_it(staff: StaffWorld) -> None:
    tab = open_tab(staff)
    tab.send("show", "bar", at="question-safe_home")
    assert tab.send("next", answer="none of these").status_code == 422
    assert "This page was not up to date" in tab.words
    assert tab.send("stay").status_code == 200
    assert "Do you feel safe where you live now?" in tab.words


def test_a_preview_is_its_accounts_and_lasts_half_a_day(staff: StaffWorld) -> None:
    tab = open_tab(staff)
    tab.send("next")
    sealed = tab.document.find(".//input[@name='preview']").get("value")
    assert "It starts anew" not in tab.bar
    tab.send("yes", preview=sealed[:-6] + "AAAA==")
    assert "It starts anew" in tab.bar
    other = open_tab(staff, "kira@kopa.example")
    other.send("next", preview=sealed)
    assert "It starts anew" in other.bar
    visitor = make_visitor(staff, OFFICER)
    data = {"preview": sealed, "do": "yes", "page": "consent-answer"}
    staff.clock.time += LASTS
    visitor = make_visitor(staff, OFFICER)
    assert "Tas sākas no jauna" in visitor.post(ADDRESS, data, page=ADDRESS).text
    assert visitor.client.post(ADDRESS, base_url=visitor.base_url, data=data).status_code == 400


def test_only_a_preview_has_a_policy_of_its_own_and_it_names_what_is_on_the_page(staff: StaffWorld) -> None:
    """The style and script of the survey site by their hashes; no frame, no other host, no script of the quick exit."""
    with lend_folder() as folder:
        library = make_library(folder, {"outcome-checkin": load_survey()})
        visitor = Visitor(make_app(staff, pages=make_pages(library=library)), "http://localhost")
        visitor.log_in(OFFICER)
        tab = Tab(visitor, visitor.get(ADDRESS))
        tab.send("show", "bar", at="question-safe_home")
        policy = tab.response.headers["Content-Security-Policy"]
        parts = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
        styles = re.findall(r"<style>(.*?)</style>", tab.response.text, flags=re.DOTALL)
        scripts = re.findall(r"<script>(.*?)</script>", tab.response.text, flags=re.DOTALL)
        assert parts["style-src"] == ["'self'", *map(hash_source, styles)]
        assert parts["script-src"] == [*map(hash_source, scripts)]
        assert (len(styles), len(scripts)) == (2, 1)
        assert parts["frame-ancestors"] == parts["default-src"] == parts["base-uri"] == ["'none'"]
        assert parts["form-action"] == parts["media-src"] == ["'self'"]
        assert tab.response.headers["X-Frame-Options"] == "DENY"
        assert tab.response.headers["Cache-Control"] == "no-store"
        sounds = [each.get("src") for each in tab.document.iterfind(".//audio")]
        answer = visitor.get(str(sounds[0]), headers={"Range": "bytes=0-9"})
        assert (len(sounds), answer.status_code, answer.mimetype, len(answer.data)) == (8, 206, "audio/mpeg", 10)
        assert visitor.get(f"{ADDRESS}?sound=..%2Findex").status_code == 404
        strict = visitor.get("/o/ALFA/surveys").headers["Content-Security-Policy"]
        assert "sha256" not in strict + visitor.get("/o/ALFA/plans").headers["Content-Security-Policy"]
        assert "media-src" not in strict


def hash_source(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


@pytest.mark.parametrize("email", ["cora@alfa.example", "adam@alfa.example", "finn@fund.example"])
def test_surveys_are_for_officers_and_managers(staff: StaffWorld, email: str) -> None:
    visitor = make_visitor(staff, email)
    assert [visitor.get(path).status_code for path in ("/o/ALFA/surveys", ADDRESS)] == [404, 404]
