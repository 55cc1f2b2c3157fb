"""Bad input at the survivor's door: a calm page, nothing changed, nothing telling in a log."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from me_platform.storage.database import make_engine
from me_platform.surveys.definition import AnswerState
from tests.survey_samples import EXIT_URL, Browse, Browser, SurveyWorld, count_rows, dump, read_response


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "next", "answer": "maybe"}, 422),
        ({"do": "next", "answer": ["yes", "no"]}, 422),
        ({"do": "next", "answer": "yes\x00"}, 422),
        ({"do": "next", "answer": "x" * 30_000}, 422),
        ({"do": "next", "state": "nonsense"}, 422),
        ({"do": "fly"}, 422),
        ({"do": ""}, 422),
        ({"do": "send"}, 422),
        ({"do": "take_back"}, 422),
        ({"do": "give", "purpose": "quote"}, 422),
        ({"do": "next", "page": "question-unknown"}, 303),
        ({"do": "next", "page": "\ud7ff\uffff"}, 303),
        ({"do": "next", "page": ""}, 303),
        ({"do": "next", "csrf_token": ""}, 400),
        ({"do": "next", "csrf_token": "nonsense"}, 400),
        ({"do": "next", "answer": "x" * 70_000}, 413),
        ({f"field{n}": "x" for n in range(50)}, 413),
        ({f"f{n}": "" for n in range(10_000)}, 413),
    ],
)
def test_bad_input_gets_a_calm_page_and_changes_nothing(
    world: SurveyWorld,
    browse: Browse,
    fields: dict[str, Any],
    status: int,
) -> None:
    """Issue, bad input: a plain error or the same success, never a 500, nothing half-stored."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.walk_to("question-useful")
    form, before = browser.read_form("next"), dump(world)
    posted = browser.send({**form, **fields})
    assert posted.status_code == status
    assert dump(world) == before
    assert browser.document.findtext(".//title") == "Start"
    browser.open("/")
    assert browser.page == "question-useful"


@pytest.mark.parametrize("name", ["goal", "goal_near", "useful"])
def test_a_field_outside_its_range_is_named_in_plain_words(world: SurveyWorld, browser: Browser, name: str) -> None:
    browser.enter(world.issue()[0])
    browser.walk_to(f"question-{name}", language="lv")
    expected = {"goal": "pārāk garš", "goal_near": "skaitlis neder", "useful": "vairs nav aktuāla"}
    assert browser.tap("next", answer={"goal": "ā" * 501, "goal_near": "11", "useful": "?"}[name]).status_code == 422
    assert expected[name] in browser.text
    assert browser.document.get("lang") == "lv"


def test_binary_bodies_are_refused_calmly(world: SurveyWorld, browser: Browser) -> None:
    """Issue, bad input: binary fields."""
    browser.enter(world.issue()[0])
    before = dump(world)
    broken = b'--x\r\nContent-Disposition: form-data; name="do"\r\n\r\nnext'
    for body, kind in (
        (bytes(range(256)), "application/x-www-form-urlencoded"),
        (b"do=%ff%fe%00&page=%c3%28", "application/x-www-form-urlencoded"),
        (broken, "multipart/form-data; boundary=x"),
        (broken, "multipart/form-data"),
        (b"{}", "application/json"),
        (b"", "text/plain"),
    ):
        assert browser.client.post("/", data=body, content_type=kind).status_code in {400, 413}
    assert dump(world) == before


def test_a_file_upload_is_ignored(world: SurveyWorld, browser: Browser) -> None:
    browser.enter(world.issue()[0])
    browser.walk_to("question-goal")
    browser.tap("next", answer=(io.BytesIO(b"\x89PNG" * 100), "me.png"))
    assert browser.page == "question-goal_near"
    browser.walk_to("thanks")
    assert read_response(world)["goal"].state is AnswerState.SKIPPED


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_form_from_another_site_is_refused(world: SurveyWorld, browse: Browse, site: str) -> None:
    """architecture: beside the token a POST whose Sec-Fetch-Site is not same-origin is refused."""
    browser = browse()
    browser.enter(world.issue()[0])
    form = browser.read_form("language")
    assert browser.send({**form, "language": "lv"}, **{"Sec-Fetch-Site": site}).status_code == 400
    browser.open("/")
    assert browser.page == "language"
    browser.send({**form, "language": "lv"}, **{"Sec-Fetch-Site": "same-origin"})
    assert browser.page == "about"


def test_the_token_of_another_browser_is_refused(world: SurveyWorld, browse: Browse) -> None:
    """architecture: the token belongs to the cookie."""
    browser, other = browse(), browse()
    assert browser.send({**other.read_form("open"), "code": world.issue()[0]}).status_code == 400
    assert "sitting" not in count_rows(world)


def test_a_cookie_nobody_gave_out_opens_nothing(world: SurveyWorld, browse: Browse) -> None:
    browser = browse()
    name = "__Host-s" if browser.base_url.startswith("https") else "s"
    for value in ("", "x", "A" * 43 + "2AAAA", "ā" * 43, "A" * 3_000, "!" * 48):
        browser.client.set_cookie(name, value, secure=browser.base_url.startswith("https"))
        assert browser.open("/").status_code == 200
        assert browser.page == ""


def test_without_a_database_the_page_is_calm_and_quick_exit_still_leaves(
    world: SurveyWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Issue, bad input: no database is one calm page; privacy-and-safety 1.4, 1.5: nothing telling is logged."""
    code, token = world.issue()
    browser = Browser(world.make_site(), **{"User-Agent": "Telling/1.0", "X-Forwarded-For": "192.0.2.77"})
    browser.enter(code)
    broken = make_engine(world.engines.survey.url.set(query={"host": "/nowhere", "port": "5432"}))
    app = replace(world, doorstep=replace(world.doorstep, engine=broken)).make_site()
    cookie = browser.client.get_cookie("s")
    assert cookie is not None
    client = app.test_client()
    client.set_cookie("s", cookie.value)
    with caplog.at_level("DEBUG"):
        for path in ("/", f"/{token}"):
            answer = client.get(path)
            assert (answer.status_code, "try again in a few minutes" in answer.text.lower()) == (503, True)
        left = client.post("/", data={"do": "exit"})
        assert (left.status_code, left.headers["Location"]) == (303, EXIT_URL)
    assert "OperationalError" in caplog.text
    for telling in (token, code, "192.0.2.77", "127.0.0.1", "Telling", cookie.value):
        assert telling not in caplog.text


def test_an_unforeseen_error_is_a_calm_page_that_logs_no_path(
    world: SurveyWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """privacy-and-safety 1.4: no address, user agent or path of a visitor is logged."""
    code, token = world.issue()
    browser = Browser(world.make_site())
    browser.enter(code)
    with world.engines.owner.begin() as connection:
        connection.execute(text("update sitting set sealed = 'changed'"))
    assert browser.open(f"/{token}").status_code == 500
    assert "not your fault" in browser.text
    assert "SealBroken" in caplog.text
    assert token not in caplog.text
    assert browser.send({"do": "exit"}).headers["Location"] == EXIT_URL
