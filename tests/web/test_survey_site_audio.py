"""Listening at the survivor's door: on tap only, and nothing tells of it (privacy-and-safety 1.3, 1.4, 1.8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from me_platform.survey_site.pages import LISTEN_SCRIPT, LISTEN_STYLE, compute_source
from me_platform.surveys.audio import Library
from me_platform.surveys.definition import Answer, AnswerState, Purpose
from me_platform.surveys.flow import list_pages
from tests.audio_samples import make_library, make_silence
from tests.survey_samples import SURVEY, Browser, SurveyWorld, count_rows, load_survey, read_response, watch_statements


@pytest.fixture
def library(world: SurveyWorld, tmp_path: Path) -> Library:
    return make_library(tmp_path, {SURVEY: world.doorstep.surveys[SURVEY]})


@pytest.fixture
def listener(world: SurveyWorld, library: Library) -> Browser:
    """A browser that has opened a survey which can be listened to."""
    browser = Browser(world.make_site(library=library))
    browser.enter(world.issue()[0])
    return browser


def list_heard(browser: Browser) -> list[str]:
    return [str(source) for source in browser.document.xpath("//audio/@src")]


@pytest.mark.parametrize("language", ["en", "lv", "ru", "uk", "ar"])
def test_every_consent_question_and_choice_can_be_listened_to(
    listener: Browser, library: Library, language: str
) -> None:
    """privacy-and-safety 1.6, 1.8: each in the person's language, nothing loaded before the tap, no script needed."""
    word = {"en": "Listen", "lv": "Klausīties", "ru": "Послушать", "uk": "Послухати", "ar": "استماع"}[language]
    for page in list_pages(load_survey(), {}, "baseline")[1:]:
        listener.walk_to(page, language=language)
        kind, _, name = page.partition("-")
        items = []
        if kind == "consent":
            items = [f"consent.{name}", f"consent.{name}.again"]
        elif kind == "question":
            choices = load_survey().get_question(name).choices
            items = [name, *(f"{name}.{choice.value}" for choice in choices)]
        assert list_heard(listener) == [f"/a/{library.find_name(SURVEY, language, item)}" for item in items], page
        for player in listener.document.iterfind(".//audio"):
            assert (player.get("preload"), player.get("controls"), player.get("autoplay")) == ("none", "", None)
            summary = player.getparent().find("summary")
            assert summary.get("aria-label", summary.text) == word
        hashes = [
            compute_source(text) in listener.response.headers["Content-Security-Policy"]
            for text in (LISTEN_STYLE, LISTEN_SCRIPT)
        ]
        assert hashes == [True, True]


def test_without_files_a_page_has_nothing_to_listen_to(world: SurveyWorld) -> None:
    browser = Browser(world.make_site(library=Library()))
    browser.enter(world.issue()[0])
    assert browser.document.xpath("//style/text()") != []
    for page in ("consent-answer", "question-useful"):
        browser.walk_to(page)
        assert list_heard(browser) == []
        assert not {LISTEN_STYLE, LISTEN_SCRIPT} & set(browser.document.xpath("//style/text() | //script/text()"))
        assert "media-src" not in browser.response.headers["Content-Security-Policy"]


def test_sound_comes_without_cookie_database_or_trace(world: SurveyWorld, listener: Browser) -> None:
    """privacy-and-safety 1.3, 1.4: no-store, no cookie, no statement, an address that tells nothing."""
    listener.walk_to("question-useful", language="lv")
    address = list_heard(listener)[0]
    engine: Engine = world.engines.survey
    with watch_statements(engine) as seen:
        for client in (listener.client, listener.client.application.test_client()):
            response = client.get(address, base_url="http://localhost")
            assert (response.status_code, response.data) == (200, make_silence())
            assert response.headers.getlist("Set-Cookie") == []
            assert response.headers["Content-Type"] == "audio/mpeg"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert not {"ETag", "Last-Modified", "Content-Disposition"} & set(response.headers.keys())
    assert seen == []
    assert client.post(address).status_code == 405


def test_a_player_may_ask_for_a_part(listener: Browser) -> None:
    """Safari plays nothing else; what lies outside is refused calmly."""
    listener.walk_to("question-useful")
    address = list_heard(listener)[0]
    size = len(make_silence())
    part = listener.client.get(address, headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"\xff\xf3", f"bytes 0-1/{size}")
    assert listener.client.get(address, headers={"Range": "bytes=10-"}).data == make_silence()[10:]
    assert listener.client.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
    assert listener.client.get(address, headers={"Range": "sheep=1"}).status_code in {200, 416}


@pytest.mark.parametrize("path", ["/a/aaaaaaaaaaaaaaaa", "/a/x", "/a/..%2f..%2fetc%2fpasswd", "/a/index", "/a/"])
def test_what_nobody_speaks_is_the_page_of_nothing(listener: Browser, path: str) -> None:
    nothing = listener.open("/nothing-here")
    found = listener.open(path)
    assert (found.status_code, found.data) == (404, nothing.data)
    assert dict(found.headers).keys() == dict(nothing.headers).keys()


def test_sound_is_no_page_of_its_own(listener: Browser) -> None:
    """Opened in a tab it would stand in the browser's history."""
    listener.walk_to("question-useful")
    address = list_heard(listener)[0]
    assert listener.client.get(address, headers={"Sec-Fetch-Dest": "document"}).status_code == 404
    assert listener.client.get(address, headers={"Sec-Fetch-Dest": "audio"}).status_code == 200


def test_a_file_that_was_taken_away_is_the_page_of_nothing(listener: Browser, library: Library) -> None:
    listener.walk_to("question-useful")
    address = list_heard(listener)[0]
    path = library.find_file(address.rpartition("/")[2])
    assert path is not None
    path.unlink()
    assert listener.open(address).status_code == 404


def test_a_page_in_another_language_speaks_that_language(listener: Browser, library: Library) -> None:
    """A kept page is kept per language, and so is what it plays."""
    listener.walk_to("question-useful", language="lv")
    listener.tap("languages")
    assert listener.page == "language-question-useful"
    listener.tap("language", language="ru")
    assert listener.page == "question-useful"
    assert list_heard(listener)[0] == f"/a/{library.find_name(SURVEY, 'ru', 'useful')}"


# -- once more, and in my language --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "lv", "ru", "uk", "ar"])
def test_every_consent_is_explained_again_in_plainer_words(browser: Browser, world: SurveyWorld, language: str) -> None:
    """privacy-and-safety 1.6: one tap, no script."""
    survey = load_survey()
    browser.enter(world.issue()[0])
    for purpose in survey.purposes:
        browser.walk_to(f"consent-{purpose}", language=language)
        again = browser.document.xpath("//main/details/p/text()")
        assert again == [survey.get_consent(purpose).again[language]]


def test_from_every_page_before_sending_a_way_leads_to_the_languages_and_back(
    browser: Browser, world: SurveyWorld
) -> None:
    """Nothing that was entered or agreed to is lost, and Back keeps the language."""
    browser.enter(world.issue()[0])
    languages = ["lv", "ar"]
    pages = list_pages(load_survey(), {}, "baseline")[1:]
    for number, page in enumerate(pages):
        browser.walk_to(page, answers={"useful": "yes", "goal": "A room of my own"})
        typed = {"answer": "A room of my own"} if page == "question-goal" else {}
        browser.tap("languages", **typed)
        assert browser.page == f"language-{page}"
        browser.tap("language", language=languages[number % 2])
        assert browser.page == page
        assert browser.document.get("lang") == languages[number % 2]
        if page == "question-goal":
            assert browser.document.findtext(".//textarea") == "A room of my own"
        browser.tap("languages")
        browser.tap("back")
        assert (browser.page, browser.document.get("lang")) == (page, languages[number % 2])
    browser.walk_to("thanks")
    answers = read_response(world)
    assert answers["useful"] == Answer(AnswerState.ANSWERED, "yes")
    assert answers["goal"] == Answer(AnswerState.ANSWERED, "A room of my own")
    assert count_rows(world)["consent_event"] == len(load_survey().purposes)


def test_the_way_back_from_the_languages_survives_a_pause(browser: Browser, world: SurveyWorld) -> None:
    browser.enter(world.issue()[0])
    browser.walk_to(f"consent-{Purpose.QUOTE}", language="lv")
    browser.tap("languages")
    browser.tap("pause")
    code = browser.code
    other = Browser(world.make_site())
    other.enter(code)
    assert other.page == "language-consent-quote"
    other.tap("language", language="uk")
    assert (other.page, other.document.get("lang")) == ("consent-quote", "uk")


def test_the_first_page_of_languages_leads_on_and_nowhere_back(browser: Browser, world: SurveyWorld) -> None:
    browser.enter(world.issue()[0])
    assert browser.page == "language"
    hidden = browser.read_form("pause")
    assert browser.send({**hidden, "do": "back"}).status_code == 422
    assert browser.send({**hidden, "do": "languages"}).status_code == 422
    browser.open("/")
    browser.tap("language", language="en")
    assert browser.page == "about"


def test_a_page_with_sound_is_light_as_well(listener: Browser) -> None:
    """Style, script and players of a page with seven choices cost less than a kilobyte on the wire."""
    for page in ("consent-answer", "question-useful"):
        listener.walk_to(page, language="lv")
        packed = listener.client.get("/", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) + sum(len(f"{key}: {value}\r\n") for key, value in packed.headers) < 5_000
