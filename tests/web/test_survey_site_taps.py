"""What one tap asks of the database, what happens when two come at once, and what a process keeps of a page."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace

import brotli
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from me_platform.services.answering import find_visit, take_step
from me_platform.services.sittings import look_in, save_at_once
from me_platform.storage.sittings import look_at_sitting
from me_platform.survey_site.pages import Screen
from me_platform.surveys.definition import Answer, AnswerState
from me_platform.surveys.flow import Effect, Form, get_current_page
from tests.survey_samples import Browser, SurveyWorld, visit_every_page


def take_seat(world: SurveyWorld, page: str) -> bytes:
    """The secret of the cookie of a browser on a page."""
    browser = Browser(world.make_site())
    browser.enter(world.issue()[0])
    browser.walk_to(page)
    cookie = browser.client.get_cookie("s")
    assert cookie is not None
    return base64.urlsafe_b64decode(cookie.value[:43] + "=")


def test_a_draft_is_swapped_only_for_the_one_that_was_read(world: SurveyWorld) -> None:
    """privacy-and-safety 1.2: of two tabs that answer at once, the slower one changes nothing."""
    secret = take_seat(world, "question-useful")
    first, second = look_in(world.doorstep, secret), look_in(world.doorstep, secret)
    assert first is not None
    assert second is not None
    told = {"useful": Answer(AnswerState.ANSWERED, "yes")}
    assert save_at_once(world.doorstep, first, replace(first.draft, answers=told))
    assert not save_at_once(world.doorstep, second, replace(second.draft, answers={}))
    now = look_in(world.doorstep, secret)
    assert now is not None
    assert now.draft.answers == told


def test_a_tab_that_was_overtaken_decides_anew(world: SurveyWorld) -> None:
    """The other tab goes on to the next page between reading and writing: this tab's form is for another page now."""
    secret = take_seat(world, "question-useful")
    doorstep = world.doorstep

    def answer(value: str) -> Effect | None:
        return take_step(doorstep, secret, Form("question-useful", "next", values=(value,)))

    overtaken: list[Effect | None] = []
    inner = doorstep.sources.random

    def be_overtaken(size: int) -> bytes:
        # Chance is asked for when the draft is sealed: between reading and writing.
        if not overtaken:
            overtaken.append(answer("no"))
        return inner(size)

    slower = replace(doorstep, sources=replace(doorstep.sources, random=be_overtaken))
    assert take_step(slower, secret, Form("question-useful", "next", values=("yes",))) is Effect.NOTHING
    visit = find_visit(doorstep, secret)
    assert visit is not None
    assert overtaken == [Effect.SAVE]
    assert visit.draft.answers["useful"] == Answer(AnswerState.ANSWERED, "no")
    assert get_current_page(visit.draft) != "question-useful"


def test_nobody_but_the_survey_site_may_ask_so(world: SurveyWorld) -> None:
    """architecture.md, tenancy: the functions work with the caller's rights, and only one role may call them."""
    secret = take_seat(world, "question-useful")
    sitting = look_in(world.doorstep, secret)
    assert sitting is not None
    assert look_at_sitting(world.engines.survey, sitting.row.code_mac) == sitting.row
    assert look_at_sitting(world.engines.survey, bytes(32)) is None
    for engine in (world.engines.staff, world.engines.worker):
        with pytest.raises(ProgrammingError, match="permission denied for function find_sitting"):
            look_at_sitting(engine, sitting.row.code_mac)
    with world.engines.survey.connect() as connection:
        # What one statement presented, the next one does not see any more.
        assert connection.execute(text("select count(*) from sitting")).scalar_one() == 0


def test_a_page_is_kept_without_token_and_without_what_was_written(
    world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """privacy-and-safety 1.2: what a person wrote lies nowhere but in her draft; each browser gets its own token."""
    drawn: list[str] = []
    render = Screen.render

    def note(screen: Screen, template: str, language: str, **values: object) -> str:
        drawn.append(template)
        return render(screen, template, language, **values)

    monkeypatch.setattr(Screen, "render", note)
    site = world.make_site()
    browser, neighbour = Browser(site), Browser(site)
    for each in (browser, neighbour):
        each.enter(world.issue()[0])
        each.walk_to("question-useful")
    one, other = (each.read_form("next")["csrf_token"] for each in (browser, neighbour))
    assert one != other
    assert browser.response.text == neighbour.response.text.replace(other, one)
    assert drawn.count("question.html") == 1
    browser.walk_to("question-change")
    browser.tap("next", answer="tell-tale words")
    browser.tap("back")
    assert "tell-tale words" in browser.response.text
    assert "tell-tale words" not in repr(site.extensions["survey_site"].screen._kept)


@pytest.mark.parametrize("language", ["en", "lv", "ru", "uk", "ar"])
def test_a_page_travels_packed_where_the_browser_can_unpack_it(world: SurveyWorld, language: str) -> None:
    """Issue, measured: the first page is at most 8 kB on the wire, the next ones 4 kB, headers included."""
    browser = Browser(world.make_site(sample=True))
    unpack = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    for place, name in enumerate(visit_every_page(world, browser, language=language)):
        if name in {"404", "400", "start, code refused"}:
            continue  # what a look at the page again does not show
        plain, gzipped, best = (
            browser.client.get("/", headers={"Accept-Encoding": accepted}) for accepted in ("", "gzip", "gzip, br")
        )
        assert [plain.headers.get("Content-Encoding"), gzipped.headers["Content-Encoding"]] == [None, "gzip"]
        assert gzip.decompress(gzipped.data) == unpack[best.headers["Content-Encoding"]](best.data) == plain.data
        wire = len(best.data) + sum(len(f"{key}: {value}\r\n".encode()) for key, value in best.headers)
        assert wire <= (4_000 if place else 8_000), (name, wire)
