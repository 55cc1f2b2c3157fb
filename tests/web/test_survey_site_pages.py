"""What every page of the survivor's door promises (privacy-and-safety 1.3 to 1.5, 1.8), by http and by https."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.services.answering import submit_directly
from me_platform.surveys.answers import compute_capacity
from me_platform.surveys.definition import Answer, AnswerState
from me_platform.surveys.flow import list_pages
from tests.survey_samples import (
    ALL_YES,
    EXIT_URL,
    Browse,
    Browser,
    SurveyWorld,
    count_rows,
    dump,
    load_survey,
    visit_every_page,
)


def test_every_page_has_one_title_one_address_and_no_trace(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.3: one neutral title; no manifest, worker, storage, third party or telling icon."""
    browser, titles = browse(), set()
    for page in visit_every_page(world, browser):
        document = browser.document
        titles.add(document.findtext(".//title"))
        assert {form.get("action") for form in document.iterfind(".//form")} <= {"/"}, page
        assert [link.get("href") for link in document.iterfind(".//link")] == ["data:,"]
        assert document.xpath("//img | //iframe | //@src | //@srcset") == []
        assert all(href.startswith(("#", "/", "tel:")) for href in document.xpath("//a/@href"))
        script = document.findtext(".//script") or ""
        assert not re.search("localStorage|sessionStorage|indexedDB|serviceWorker|caches|document.cookie", script)
    assert titles == {"Start"}


def test_every_page_shows_quick_exit_contacts_and_that_data_is_sample_data(world: SurveyWorld) -> None:
    """privacy-and-safety 1.5, 1.8: quick exit, and contacts with their last-checked date, on every page."""
    browser = Browser(world.make_site(sample=True))
    for page in visit_every_page(world, browser):
        whole = " ".join(browser.document.text_content().split())
        assert "Quick exit" in whole, page
        assert "Emergency: 112 (day and night)" in whole, page
        assert "Last checked: 14 February 2026" in whole, page
        assert "Sample data" in whole, page
        assert browser.document.xpath("//a[@class='hidden']/text()") == ["Leave this page now"]


def test_a_real_instance_does_not_say_sample_data(browser: Browser) -> None:
    assert "Sample data" not in browser.response.text


HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_response_has_the_headers(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.4: no-store, no-referrer, a policy of nothing but own files, the exit's origin."""
    browser = browse()
    responses = [browser.response, browser.enter("x"), browser.tap("open", code=world.issue()[0])]
    responses += [browser.open(path) for path in ("/", "/favicon.ico", "/a/b")]
    browser.open("/")
    responses += [
        browser.send({}),
        browser.send({"do": "exit"}),
        browser.client.put("/"),
        browser.client.get("/" + "x" * 26),
    ]
    responses.append(browser.client.post("/", data=b"x" * 100_000, content_type="application/octet-stream"))
    assert {response.status_code for response in responses} == {200, 303, 400, 404, 405, 413}
    for response in responses:
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self' https://weather.example"
        assert "unsafe" not in str(policy)


def test_the_cookie_ends_with_the_browser_and_tells_nothing(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.2, 1.4: one cookie of 32 random bytes, HttpOnly, Strict, `__Host-` and Secure under TLS."""
    browser = browse()
    secure = browser.base_url.startswith("https")
    name = "__Host-s" if secure else "s"
    expected = {"HttpOnly", "Path=/", "SameSite=Strict"} | ({"Secure"} if secure else set())
    values = set()
    for response in (browser.response, browser.enter(world.issue()[0]), browser.tap("language", language="lv")):
        [header] = response.headers.getlist("Set-Cookie")
        first, *attributes = header.split("; ")
        assert set(attributes) == expected
        assert re.fullmatch(rf"{name}=[\w-]{{43}}[012][\w-]{{4}}", first)
        values.add(first[:-4])
    assert len(values) == 2  # opening a door changes the secret, a tap only what follows it
    [left] = browser.send({"do": "exit"}).headers.getlist("Set-Cookie")
    assert set(left.split("; ")[1:]) == expected
    assert re.match(rf"{name}=[\w-]{{43}}0", left)
    browser.open("/")
    browser.enter(world.issue()[0])
    browser.walk_to("thanks")
    [gone] = browser.tap("end").headers.getlist("Set-Cookie")
    assert gone.startswith(f"{name}=; ")
    assert "Max-Age=0" in gone


@pytest.mark.parametrize("page", ["language", "consent-quote", "question-goal", "send", "thanks", "agreed"])
def test_quick_exit_works_on_every_page_without_a_token(world: SurveyWorld, browse: Browse, page: str) -> None:
    """privacy-and-safety 1.5: a form POST ends the sitting and goes to the exit address; Back shows the start page."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.walk_to("thanks" if page == "agreed" else page)
    if page == "agreed":
        browser.tap("agreed")
    [form] = browser.document.xpath("//form[@id='exit']")
    assert (form.get("action"), form.get("method"), form.get("data-to")) == ("/", "post", EXIT_URL)
    left = browser.send({"do": "exit"})
    assert (left.status_code, left.headers["Location"]) == (303, EXIT_URL)
    assert left.headers["Clear-Site-Data"] == '"storage"'
    assert "sitting" not in count_rows(world)
    browser.open("/")
    assert browser.page == ""


def test_quick_exit_after_a_pause_leaves_the_draft_to_its_code_alone(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.2, 1.5: the exit cuts this browser off; the code still opens the draft."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.walk_to("question-useful")
    browser.tap("pause")
    code = browser.code
    cookie = browser.client.get_cookie("s") or browser.client.get_cookie("__Host-s")
    assert cookie is not None
    browser.send({"do": "exit"})
    thief = browse()
    thief.client.set_cookie(cookie.key, cookie.value, secure=cookie.secure)
    thief.open("/")
    assert thief.page == ""
    other = browse()
    other.enter(code)
    assert other.page == "question-useful"


def test_the_explanation_says_what_quick_exit_cannot_do(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.5: a short page before the first question; the visit stays in the history."""
    browser.enter(world.issue()[0])
    browser.walk_to("about")
    for part in (
        "Quick exit",
        "cannot do",
        "stays in the history",
        "Shift three times",
        "30 minutes",
        "skip any question",
    ):
        assert part in browser.text


def test_the_first_page_is_small(browse: Browse) -> None:
    """Issue, done when 7: at most 10 kB on the wire, headers included."""
    response = browse().response
    headers = sum(len(name) + len(value) + 4 for name, value in response.headers)
    assert len(response.data) + headers < 8_000


def test_the_screens_speak_the_browsers_language_until_one_is_chosen(world: SurveyWorld) -> None:
    app = world.make_site()
    for accepted, language in (("lv-LV,lv;q=0.9,en;q=0.5", "lv"), ("ru, en;q=0.5", "ru"), ("xx", "en"), ("", "en")):
        browser = Browser(app, **{"Accept-Language": accepted})
        assert browser.document.get("lang") == language
    browser = Browser(app, **{"Accept-Language": "lv"})
    browser.enter(world.issue()[0])
    names = [button.text for button in browser.document.xpath("//button[@name='language']")]
    assert names == ["English", "Latviešu", "Русский", "Українська", "العربية"]
    browser.walk_to("question-useful", language="en")
    assert browser.document.get("lang") == "en"


def test_a_survey_in_a_right_to_left_language_turns_the_page(world: SurveyWorld) -> None:
    """privacy-and-safety 1.8: right-to-left languages; their words are the officer's, the direction is CLDR's."""

    def turn(words: Mapping[str, str]) -> dict[str, str]:
        return {"ar": words["en"]} if words else {}

    survey = load_survey()
    turned = replace(
        survey,
        languages=("ar",),
        note=turn(survey.note),
        consent=tuple(replace(c, title=turn(c.title), body=turn(c.body)) for c in survey.consent),
        questions=tuple(
            replace(
                question,
                prompt=turn(question.prompt),
                hint=turn(question.hint),
                choices=tuple(replace(choice, label=turn(choice.label)) for choice in question.choices),
                ends=None,
            )
            for question in survey.questions
        ),
    )
    own = replace(world, doorstep=replace(world.doorstep, surveys={survey.id: turned}))
    browser = Browser(own.make_site())
    browser.enter(own.issue()[0])
    assert (browser.page, browser.document.get("lang"), browser.document.get("dir")) == ("about", "ar", "rtl")
    browser.walk_to("thanks", answers={"useful": "yes"})
    assert browser.code


def test_arabic_pages_run_from_right_to_left_but_for_codes_and_numbers(world: SurveyWorld) -> None:
    """privacy-and-safety 1.8: codes, phone numbers and own words keep their order on every page."""
    browser = Browser(world.make_site(), **{"Accept-Language": "ar"})
    assert browser.document.get("dir") == "rtl"
    assert browser.document.xpath("//input[@id='code']/@dir") == ["ltr"]
    browser.enter(world.issue()[0])
    buttons = browser.document.xpath("//button[@name='language']")
    assert [(button.get("lang"), button.get("dir")) for button in buttons][-2:] == [("uk", "ltr"), ("ar", "rtl")]
    browser.walk_to("question-goal", language="ar")
    assert browser.document.xpath("//textarea/@dir") == ["auto"]
    assert set(browser.document.xpath("//a[starts-with(@href, 'tel:')]/@dir")) == {"ltr"}
    browser.walk_to("thanks")
    assert browser.document.get("dir") == "rtl"
    assert browser.document.xpath("//p[@class='notice code']/@dir") == ["ltr"]


@pytest.mark.parametrize(("survey", "faces"), [("session-pulse", 5), ("outcome-checkin-child", 3)])
def test_faces_stand_beside_their_words_and_are_not_read_out(world: SurveyWorld, survey: str, faces: int) -> None:
    """Issue, surveys: faces are pictures of our own; the words beside them say what they mean."""
    browser = Browser(world.make_site())
    browser.enter(world.issue(survey=survey, wave="before")[0])
    while browser.page.partition("-")[0] != "question":
        do = {"language": "language", "about": "next"}.get(browser.page, "yes")
        browser.tap(do, language="en")
    labels = [label for label in browser.document.xpath("//label[@class='choice']") if label.find("svg") is not None]
    drawn = [label.find("svg") for label in labels]
    assert len(labels) == faces
    assert all(face.get("aria-hidden") == "true" for face in drawn)
    assert all(label.findtext("span") for label in labels)
    assert len({"".join(face.xpath(".//path/@d")) for face in drawn}) == faces


@pytest.mark.parametrize("language", ["en", "lv", "ru", "uk", "ar"])
def test_every_page_is_small_in_every_language(world: SurveyWorld, language: str) -> None:
    """Slow phones: style and script travel with each page, and still no page is larger than 9 kB."""
    browser = Browser(world.make_site())
    browser.enter(world.issue()[0])
    sizes = {browser.page: len(browser.response.data)}
    for page in list_pages(load_survey(), {}, "baseline")[1:]:
        browser.walk_to(page, language=language)
        sizes[page] = len(browser.response.data)
    assert max(sizes.values()) < 9_000, sizes


def test_a_survey_that_changed_while_somebody_answered_starts_anew(world: SurveyWorld, browser: Browser) -> None:
    browser.enter(world.issue()[0])
    browser.walk_to("question-safe_home", answers={"useful": "yes"})
    changed = replace(load_survey(), fingerprint="0" * 64)
    own = replace(world, doorstep=replace(world.doorstep, surveys={changed.id: changed}))
    after = Browser(own.make_site())
    cookie = browser.client.get_cookie("s")
    assert cookie is not None
    after.client.set_cookie("s", cookie.value)
    after.open("/")
    assert after.page == "language"
    gone = Browser(replace(world, doorstep=replace(world.doorstep, surveys={})).make_site())
    gone.client.set_cookie("s", cookie.value)
    gone.open("/")
    assert gone.page == ""


def test_every_sealed_response_has_one_length(world: SurveyWorld) -> None:
    """architecture, sealed records: the length of a response tells nothing."""
    for answers in ({}, {"goal": Answer(AnswerState.ANSWERED, "🏠" * 500)}):
        submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, answers)
    lengths = {len(row["sealed"]) for row in dump(world)["response"]}
    assert len(lengths) == 1
    assert lengths.pop() >= compute_capacity(load_survey())


def test_sessions_end_with_their_requests(world: SurveyWorld, browser: Browser) -> None:
    """One transaction each: nothing stays open between two taps."""
    browser.enter(world.issue()[0])
    browser.walk_to("thanks")
    with Session(world.engines.owner) as session:
        waiting = session.scalar(text("select count(*) from pg_stat_activity where state = 'idle in transaction'"))
    assert waiting == 0
