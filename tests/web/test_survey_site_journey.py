"""The way through the survivor's door: codes, sitting and draft (privacy-and-safety 1.1, 1.2), on the real database."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from sqlalchemy.orm import Session

from me_platform.sealing.envelope import STEP
from me_platform.services.answering import find_visit, submit_directly
from me_platform.services.codes import format_code
from me_platform.storage.erasure import delete_expired
from me_platform.storage.models import Base
from me_platform.storage.tenancy import enter_partner
from me_platform.survey_site.visitor import VisitorInterface
from me_platform.surveys.definition import Answer, AnswerState, Purpose
from me_platform.surveys.drafts import compute_draft_capacity
from tests.survey_samples import (
    ALL_YES,
    Browse,
    Browser,
    SurveyWorld,
    count_rows,
    dump,
    list_events,
    load_survey,
    read_response,
    watch_statements,
)

ANSWERS = {"useful": "rather_yes", "decide": "dont_know", "goal": "Māja bērniem 🏠", "goal_near": "7"}
NAMES = [question.name for question in load_survey().questions if not question.waves]
"""What is asked in every wave; the doors of these tests open the baseline."""


@pytest.mark.parametrize("language", ["en", "lv"])
def test_a_journey_ends_with_a_receipt_code_and_sealed_answers(
    world: SurveyWorld,
    browse: Browse,
    language: str,
) -> None:
    """Issue, survey site: code, language, explanation, consents, questions, thank-you with the receipt code."""
    browser = browse()
    code, _token = world.issue()
    browser.enter(format_code(code).lower())
    browser.walk_to("thanks", language=language, answers=ANSWERS)
    assert browser.document.get("lang") == language
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", browser.code)
    answers = read_response(world)
    assert answers["useful"] == Answer(AnswerState.ANSWERED, "rather_yes")
    assert answers["decide"] == Answer(AnswerState.DONT_KNOW)
    assert answers["goal"] == Answer(AnswerState.ANSWERED, "Māja bērniem 🏠")
    assert answers["goal_near"] == Answer(AnswerState.ANSWERED, 7)
    assert answers["people"] == Answer(AnswerState.SKIPPED)
    assert list_events(world) == [(n, purpose.value, "given") for n, purpose in enumerate(Purpose)]
    rows = dump(world)
    assert rows["door"][0]["status"] == "spent"
    assert rows["receipt"][0]["response_id"] == rows["response"][0]["id"]
    assert (rows["response"][0]["wave"], rows["response"][0]["day"]) == ("baseline", world.clock().date())


def test_the_receipt_code_survives_a_reload_until_the_sitting_ends(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.2: the end shows the receipt code; ending clears it."""
    browser.enter(world.issue()[0])
    browser.walk_to("thanks")
    code = browser.code
    browser.open("/")
    assert browser.code == code
    ended = browser.tap("end")
    assert ended.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert browser.page == ""
    assert "sitting" not in count_rows(world)


def test_answers_given_back_and_forth_are_the_last_ones(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.8: every question can be skipped, an answer un-answered."""
    browser.enter(world.issue()[0])
    browser.walk_to("question-safe_home", answers={"useful": "no"})
    browser.tap("back")
    assert browser.document.xpath("//input[@checked]/@value") == ["no"]
    browser.tap("clear")
    assert browser.document.xpath("//input[@checked]/@value") == []
    browser.walk_to("question-decide", answers={"safe_home": "yes", "in_danger": "declined"})
    browser.tap("back")
    browser.tap("skip")
    browser.walk_to("thanks")
    answers = read_response(world)
    assert answers["useful"].state is AnswerState.SKIPPED
    assert answers["safe_home"].value == "yes"
    assert Counter(answer.state for answer in answers.values())[AnswerState.SKIPPED] == len(NAMES) - 1


def test_every_page_offers_skip_back_pause_and_answers_of_equal_weight(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.8, 1.5: skip, back, pause and quick exit on every question."""
    browser.enter(world.issue()[0])
    for name in NAMES:
        browser.walk_to(f"question-{name}")
        offered = browser.document.xpath("//button[@name='do']/@value")
        assert {"exit", "next", "skip", "back", "pause"} <= set(offered)
        labels = browser.document.xpath("//label[@class='choice']/span/text()")
        assert labels[-3:] == ["I do not know", "I do not want to say", "Does not apply to me"]


def test_a_get_changes_nothing(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: a GET changes nothing; opening is one tap."""
    _code, token = world.issue()
    browser = browse()
    before = dump(world)
    for path in ("/", f"/{token}", f"/{'x' * 26}"):
        assert browser.open(path).status_code == 200
    assert dump(world) == before
    browser.open(f"/{token}")
    browser.tap("open")
    assert browser.page == "language"
    before = dump(world)
    for path in ("/", f"/{token}"):
        browser.open(path)
    assert dump(world) == before


def test_a_link_opens_with_one_tap_whatever_its_case(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.1: a link or QR code."""
    _code, token = world.issue()
    browser.open(f"/{token.upper()}")
    assert browser.tap("open").headers["Location"] == "/"
    assert browser.page == "language"
    assert browser.open(f"/{token}").headers["Location"] == "/"


def test_wrong_used_expired_and_never_issued_codes_cannot_be_told_apart(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: the same bytes but for the token field, and the same queries."""
    today = world.clock().date()
    used, expired, revoked = world.issue()[0], world.issue()[0], world.issue()[0]
    submit_directly(world.doorstep, used, "en", ALL_YES, {})
    with world.engines.owner.begin() as connection:
        door = Base.metadata.tables["door"]
        open_doors = connection.execute(door.select().where(door.c.status == "open")).mappings().all()
        connection.execute(
            door.update().where(door.c.id == open_doors[0]["id"]).values(expires_day=today.replace(day=1))
        )
        connection.execute(door.update().where(door.c.id == open_doors[1]["id"]).values(status="revoked"))
    answers, queries, browser = set(), set(), browse()
    for code in (used, expired, revoked, "ABCDEFGHJK", "short", "", "nonsense in the field", "ĀĒĪŪ" * 10_00):
        browser = browse()
        with watch_statements(world.engines.survey) as seen:
            posted = browser.enter(code)
        queries.add(tuple(seen))
        page = re.sub(rb'name="csrf_token" value="[^"]*"', b"", browser.response.data)
        answers.add((posted.status_code, posted.data, browser.response.status_code, page))
    assert len(answers) == 1
    assert len(queries) == 1
    assert b"does not open anything" in browser.response.data


def test_wrong_receipt_codes_make_the_same_queries_too(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.1, 1.7: also where a receipt code is wrong."""
    queries, pages = set(), set()
    for code in ("0123456789ABCDEF", "ZZZZ-ZZZZ-ZZZZ-ZZZZ", "oooo oooo oooo oooo"):
        with watch_statements(world.engines.survey) as seen:
            browser.enter(code)
        queries.add(tuple(seen))
        pages.add(browser.text)
    assert (len(queries), len(pages)) == (1, 1)


def test_a_code_expires_after_its_last_day(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.1: codes expire unused after 7 days."""
    code, other = world.issue()[0], world.issue()[0]
    world.clock.pass_by(days=7)
    browser.enter(code)
    assert browser.page == "language"
    world.clock.pass_by(days=1)
    late = Browser(browser.client.application)
    late.enter(other)
    assert late.page == ""


def test_a_code_is_spent_at_submission_and_opens_a_fresh_sitting_before(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: presented again before submission a code opens a fresh empty sitting."""
    code, _token = world.issue()
    first, second = browse(), browse()
    first.enter(code)
    first.walk_to("question-safe_home", answers={"useful": "yes"})
    second.enter(code)
    second.walk_to("question-useful")
    assert second.document.xpath("//input[@checked]") == []
    second.walk_to("thanks", answers={"useful": "no"})
    first.walk_to("send")
    before = dump(world)
    first.tap("send")
    assert first.page == "closed"
    assert "used meanwhile" in first.text
    after = dump(world)
    assert {name for name in after if after[name] != before[name]} == {"sitting"}
    assert read_response(world)["useful"].value == "no"


def test_wrong_codes_are_limited_in_total_and_a_right_one_never(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: a bucket of 30, refilled by one a second; a right code is never slowed."""
    browser = browse()
    statuses = [browser.enter("ABCDEFGHJK").status_code for _ in range(30)]
    assert set(statuses) == {303}
    limited = browser.enter("ABCDEFGHJK")
    assert limited.status_code == 429
    assert "Wait a minute" in browser.text
    other = browse()
    assert other.enter("ABCDEFGHJK").status_code == 429
    other.open("/")
    other.enter(world.issue()[0])
    assert other.page == "language"
    world.clock.pass_by(seconds=1)
    browser.open("/")
    assert [browser.enter("ABCDEFGHJK").status_code, browser.response.status_code] == [303, 200]


def test_a_draft_lies_sealed_and_at_one_length_whatever_was_answered(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.2: page, language, consents and answers are sealed under a key that is written nowhere."""
    browser.enter(world.issue()[0])
    lengths, words = set(), "Dzīvoklis, kurā neviens nekliedz."
    browser.walk_to("question-change", answers={"goal": words, "useful": "rather_no"})
    for answer in ("", "x" * 500, "🏠" * 250):
        browser.tap("next", answer=answer)
        browser.tap("back")
        [row] = dump(world)["sitting"]
        lengths.add(len(row["sealed"]))
        stored = b"".join(value for value in row.values() if isinstance(value, bytes))
        assert words.encode() not in stored
        assert b"rather_no" not in stored
    assert len(lengths) == 1
    assert compute_draft_capacity(load_survey()) <= lengths.pop() <= compute_draft_capacity(load_survey()) + STEP + 64


def test_a_finished_sitting_keeps_no_answer(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.2: a submitted answer can be read by no survey process, not even with the cookie."""
    browser.enter(world.issue()[0])
    browser.walk_to("thanks", answers=ANSWERS)
    app = browser.client.application
    cookie = browser.client.get_cookie("s")
    assert cookie is not None
    assert isinstance(app.session_interface, VisitorInterface)
    with app.test_request_context(headers={"Cookie": f"s={cookie.value}"}) as context:
        secret = app.session_interface.open_session(app, context.request).secret
    assert len(secret) == 32
    visit = find_visit(world.doorstep, secret)
    assert visit is not None
    assert (visit.draft.answers, visit.draft.consents) == ({}, {})


def test_a_pause_can_be_taken_up_on_another_device(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.2: "Pause" shows the receipt code, which opens the draft for 30 days."""
    phone = browse()
    phone.enter(world.issue()[0])
    phone.walk_to("question-in_danger", answers={"useful": "yes"})
    phone.tap("pause", answer="no")
    code = phone.code
    assert phone.page == "paused"
    world.clock.pass_by(days=29)
    tablet = browse()
    tablet.enter(code.lower().replace("-", " "))
    assert tablet.page == "question-in_danger"
    assert tablet.document.xpath("//input[@checked]/@value") == ["no"]
    phone.open("/")
    assert phone.page == ""
    tablet.walk_to("thanks")
    assert tablet.code == code
    assert read_response(world)["useful"].value == "yes"
    assert dump(world)["sitting"][0]["pause_mac"] is None


def test_a_pause_is_over_after_30_days(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.2: for 30 days."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.tap("pause")
    code = browser.code
    world.clock.pass_by(days=30, hours=1)
    late = browse()
    late.enter(code)
    assert late.page == ""


def test_going_on_after_a_pause_keeps_the_code_valid(world: SurveyWorld, browse: Browse) -> None:
    browser = browse()
    browser.enter(world.issue()[0])
    browser.walk_to("about")
    browser.tap("pause")
    code = browser.code
    browser.tap("resume")
    browser.walk_to("question-useful")
    world.clock.pass_by(minutes=31)
    other = browse()
    other.enter(code)
    assert other.page == "question-useful"


def test_who_paused_may_send_after_the_door_code_ran_out(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1, 1.2: codes expire unused; this one was used in time."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.tap("pause")
    world.clock.pass_by(days=20)
    other = browse()
    other.enter(browser.code)
    other.walk_to("thanks")
    assert count_rows(world)["response"] == 1


def test_two_paused_drafts_of_one_code_are_sent_once_however_late(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: a personal code is spent at submission, also after its last day."""
    code, receipts = world.issue()[0], []
    for _ in range(2):
        browser = browse()
        browser.enter(code)
        browser.tap("pause")
        receipts.append(browser.code)
    world.clock.pass_by(days=20)
    with Session(world.engines.worker) as session:
        enter_partner(session, world.partner)
        assert delete_expired(session, world.clock()) == 0
        session.commit()
    ends = []
    for receipt in receipts:
        browser = browse()
        browser.enter(receipt)
        browser.walk_to("send")
        browser.tap("send")
        ends.append(browser.page)
    assert ends == ["thanks", "closed"]
    assert count_rows(world)["response"] == 1


def test_thirty_idle_minutes_end_cookie_and_draft(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.2: without a pause 30 idle minutes end cookie and draft, and the first page says so."""
    browser = browse()
    assert "30 minutes" in browser.text
    browser.enter(world.issue()[0])
    browser.walk_to("question-useful")
    assert "30 minutes" not in browser.text
    world.clock.pass_by(minutes=29)
    browser.tap("next", answer="yes")
    assert browser.page == "question-safe_home"
    fields = browser.read_form("next")
    world.clock.pass_by(minutes=30)
    browser.send({**fields, "answer": "yes"})
    assert browser.page == ""
    assert browser.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Set-Cookie" in browser.response.headers
    world.clock.pass_by(minutes=-30)
    browser.open("/")
    assert browser.page == ""


@pytest.mark.parametrize("linked", [False, True])
def test_a_link_on_another_site_does_not_end_a_sitting(world: SurveyWorld, browse: Browse, linked: bool) -> None:  # noqa: FBT001
    """privacy-and-safety 1.2: a browser holds a strict cookie back there; it must not get another one in its place."""
    code, token = world.issue()
    path = f"/{token}" if linked else "/"
    browser = browse()
    browser.enter(code)
    browser.walk_to("question-useful")
    tapped = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-User": "?1"}
    stranger = browser.client.application.test_client(use_cookies=False)
    answer = stranger.get(path, base_url=browser.base_url, headers=tapped)
    assert (answer.status_code, answer.headers["Refresh"]) == (200, "0")
    assert "Set-Cookie" not in answer.headers
    # The browser asks again from our own page and sends what it has: the sitting, or nothing yet.
    browser.open("/")
    assert browser.page == "question-useful"
    again = stranger.get(path, base_url=browser.base_url, headers={"Sec-Fetch-Site": "same-origin"})
    assert "Refresh" not in again.headers
    assert "Set-Cookie" in again.headers


def test_an_answer_to_another_page_changes_nothing(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.2: a second tab and Back show the current page and change nothing."""
    browser.enter(world.issue()[0])
    browser.walk_to("question-useful")
    old_tab = browser.read_form("next")
    browser.tap("next", answer="yes")
    before = dump(world)
    browser.send({**old_tab, "answer": "no"})
    assert browser.page == "question-safe_home"
    assert dump(world) == before


def test_opening_another_door_forgets_the_sitting_before(world: SurveyWorld, browser: Browser) -> None:
    """One cookie: the browser could never come back to the first sitting."""
    token = world.issue()[1]
    browser.enter(world.issue()[0])
    fields = browser.read_form("language")
    browser.send({"csrf_token": fields["csrf_token"], "do": "open", "token": token})
    assert (browser.page, count_rows(world)) == ("language", {"sitting": 1})
