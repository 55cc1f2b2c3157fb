"""Consent, receipt and sending once and only once (privacy-and-safety 1.6, 1.7; architecture)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid
from me_platform.sealing.envelope import Place, compute_code_mac, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.services.codes import CodePurpose
from me_platform.storage.responses import hold_response
from me_platform.storage.tenancy import enter_person, present_code
from me_platform.surveys.definition import Answer, AnswerState, Mode, Purpose
from tests.conftest import Engines
from tests.survey_samples import (
    ALL_YES,
    Browse,
    Browser,
    SurveyWorld,
    count_rows,
    dump,
    list_events,
    load_survey,
    make_world,
    read_response,
)

ANSWERS = {"useful": "rather_yes", "decide": "dont_know", "goal": "Māja bērniem 🏠", "goal_near": "7"}
NAMES = [question.name for question in load_survey().questions if not question.waves]
"""What is asked in every wave; the doors of these tests open the baseline."""


def test_refusing_to_answer_stores_the_refusal_and_nothing_else(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.6, part 2: nothing is stored but the refusal; a kind page."""
    browser = browse()
    code, _token = world.issue()
    browser.enter(code)
    browser.walk_to("consent-answer")
    browser.tap("no")
    assert "that is fine" in browser.text
    assert list_events(world) == [(0, "answer", "refused")]
    assert count_rows(world) == {"consent_event": 1, "sitting": 1}
    assert dump(world)["door"][0]["status"] == "spent"
    browser.tap("end")
    browser.enter(code)
    assert browser.page == ""


def test_each_purpose_is_a_decision_of_its_own(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.6: consent per purpose, with version and fingerprint of the words shown."""
    browser.enter(world.issue()[0])
    browser.walk_to("consent-statistics")
    for decision in ("no", "yes", "no", "yes"):
        browser.tap(decision)
    browser.walk_to("thanks")
    assert list_events(world) == [
        (0, "answer", "given"),
        (1, "statistics", "refused"),
        (2, "quote", "given"),
        (3, "recontact", "refused"),
        (4, "link", "given"),
    ]
    for row in dump(world)["consent_event"]:
        shown = load_survey().get_consent(Purpose(row["purpose"]))
        assert (row["text_version"], row["text_fingerprint"]) == (shown.version, shown.fingerprint)


def test_yes_and_no_weigh_the_same_and_refusing_costs_nothing(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.6: explained in plain words with a pictogram; the page says that refusing costs nothing."""
    browser.enter(world.issue()[0])
    for purpose in Purpose:
        browser.walk_to(f"consent-{purpose.value}")
        yes, no = (browser.document.xpath(f"//button[@value='{do}']")[0] for do in ("yes", "no"))
        assert yes.attrib.get("class") == no.attrib.get("class")
        assert "If you say no, your support stays the same." in browser.text
        assert len(browser.document.xpath("//main/*[name()='svg']")) == 1


def test_the_receipt_code_shows_and_changes_what_was_agreed_to(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.6, 1.7: withdrawing takes one tap, as giving does."""
    consents = {**ALL_YES, Purpose.QUOTE: False}
    browser = browse()
    browser.enter(str(submit_directly(world.doorstep, world.issue()[0], "en", consents, {})))
    assert browser.page == "agreed"
    withdraw, give = browser.read_form("withdraw"), browser.read_form("give")
    assert (withdraw["purpose"], give["purpose"]) == ("statistics", "quote")
    browser.send(withdraw)
    browser.send(withdraw)
    browser.send(give)
    assert list_events(world)[5:] == [(5, "statistics", "withdrawn"), (6, "quote", "given")]
    browser.tap("end")
    assert browser.page == ""


def test_taking_all_answers_back_holds_them_at_once(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.7: request and held response in one transaction; "out of everything since", "deleted on"."""
    browser = browse()
    browser.enter(str(submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, {})))
    form = browser.read_form("take_back")
    browser.send(form)
    browser.send(form)
    assert "out of everything since 2 March 2026" in browser.text
    rows = dump(world)
    [request], [response] = rows["request"], rows["response"]
    assert (response["status"], request["response_id"], request["status"]) == ("held", response["id"], "open")
    detail = open_as_person(world.private_key, request["sealed"], Place("request", request["id"], world.partner))
    assert json.loads(detail) == {"what": "all"}
    with world.engines.owner.begin() as connection:
        connection.execute(text("delete from response"))
        connection.execute(text("update request set status = 'done', done_day = '2026-03-03'"))
    browser.open("/")
    assert "Deleted on 3 March 2026." in browser.text


def test_taking_back_again_after_the_person_was_erased_is_calm(world: SurveyWorld, browser: Browser) -> None:
    receipt = submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, {})
    code, _token = world.issue()
    with world.engines.owner.begin() as connection:
        connection.execute(text("update person set status = 'erased', public_key = '', sealed = ''"))
    browser.enter(str(receipt))
    browser.tap("take_back")
    assert browser.page == "agreed"
    browser.tap("end")
    browser.enter(code)
    assert browser.page == ""


def test_a_receipt_opens_nothing_that_can_be_answered(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.7: the receipt opens agreement and requests, never an answer."""
    browser.enter(str(submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, {})))
    assert {"card", "take_one", "take_back", "talk", "withdraw", "end", "exit"} == set(
        browser.document.xpath("//button/@value")
    )
    before = dump(world)
    token = browser.read_form("end")["csrf_token"]
    for page in ("question-useful", "send", "thanks", ""):
        browser.send({"csrf_token": token, "page": page, "do": "next", "answer": "yes"})
        assert browser.page == "agreed"
    assert dump(world) == before


def test_a_submission_sent_again_shows_the_same_page_and_stores_nothing(world: SurveyWorld, browse: Browse) -> None:
    """architecture, once and only once: same key and same body show the same thank-you page and receipt code."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.walk_to("send")
    form = browser.read_form("send")
    browser.send(form)
    code, before = browser.code, dump(world)
    browser.send(form)
    assert (browser.page, browser.code) == ("thanks", code)
    assert dump(world) == before


def test_what_was_spent_or_taken_back_cannot_be_put_back_by_the_survey_site(world: SurveyWorld) -> None:
    """privacy-and-safety 1.1, 1.7: also not by somebody who took its process over, with the codes in hand."""
    code = world.issue()[0]
    receipt = str(submit_directly(world.doorstep, code, "en", ALL_YES, {}))
    pepper = world.doorstep.pepper
    door, proof = (
        compute_code_mac(pepper, CodePurpose.DOOR, code),
        compute_code_mac(pepper, CodePurpose.RECEIPT, receipt),
    )
    with Session(world.engines.survey) as session:
        present_code(session, proof)
        enter_person(session, world.partner, world.person)
        [response] = session.scalars(text("select id from response"))
        assert hold_response(session, response)
        session.commit()
    for mac, undo in ((door, "update door set status = 'open'"), (proof, "update response set status = 'live'")):
        with Session(world.engines.survey) as session:
            present_code(session, mac)
            enter_person(session, world.partner, world.person)
            with pytest.raises(ProgrammingError, match="row-level security"):
                session.execute(text(undo))


@pytest.mark.parametrize("changed", [{"seal": "0" * 64}, {"answer": "no"}, {"page": "question-useful"}])
def test_the_same_key_with_another_body_is_refused(
    world: SurveyWorld,
    browse: Browse,
    changed: dict[str, str],
) -> None:
    """architecture, once and only once: same key, other body is refused and changes nothing."""
    browser = browse()
    browser.enter(world.issue()[0])
    browser.walk_to("send")
    form = browser.read_form("send")
    browser.send(form)
    before = dump(world)
    assert browser.send({**form, **changed}).status_code == 422
    assert dump(world) == before


def test_what_is_sent_is_what_the_page_offered_to_send(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.2: a page in a second tab never sends answers it did not know of."""
    browser.enter(world.issue()[0])
    browser.walk_to("send", answers={"useful": "yes"})
    old_tab = browser.read_form("send")
    for _ in NAMES:
        browser.tap("back")
    browser.walk_to("send", answers={"useful": "no"})
    before = dump(world)
    assert browser.send(old_tab).status_code == 422
    assert dump(world) == before
    browser.open("/")
    browser.walk_to("thanks")
    assert read_response(world)["useful"].value == "no"


def test_two_tabs_that_send_at_the_same_time_store_one_response(world: SurveyWorld, browser: Browser) -> None:
    """architecture, once and only once: a doubled POST is one submission."""
    browser.enter(world.issue()[0])
    browser.walk_to("send")
    form, cookie = browser.read_form("send"), browser.client.get_cookie("s")
    assert cookie is not None
    barrier, statuses = Barrier(4), []

    def send() -> None:
        client = browser.client.application.test_client()
        client.set_cookie("s", cookie.value)
        barrier.wait()
        statuses.append(client.post("/", data=form).status_code)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [303] * 4
    assert count_rows(world) == {"consent_event": 5, "receipt": 1, "response": 1, "sitting": 1}


def test_two_doors_of_one_person_number_their_decisions_one_after_the_other(world: SurveyWorld) -> None:
    """architecture: consent events are append-only and ordered, whoever comes first."""
    codes, barrier = [world.issue()[0] for _ in range(4)], Barrier(4)

    def send(code: str) -> None:
        barrier.wait()
        submit_directly(world.doorstep, code, "en", ALL_YES, {})

    threads = [Thread(target=send, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [position for position, _purpose, _decision in list_events(world)] == list(range(20))
    assert count_rows(world) == {"consent_event": 20, "receipt": 4, "response": 4}


def test_a_survey_answered_directly_takes_the_same_steps(world: SurveyWorld) -> None:
    """Issue, demo: the others go through the same service function, never into tables."""
    answers = {"useful": Answer(AnswerState.ANSWERED, "yes"), "goal": Answer(AnswerState.DECLINED)}
    code, _token = world.issue()
    receipt = submit_directly(world.doorstep, code, "lv", ALL_YES, answers)
    assert receipt is not None
    assert read_response(world)["goal"].state is AnswerState.DECLINED
    with pytest.raises(InputInvalid):
        submit_directly(world.doorstep, code, "lv", ALL_YES, answers)
    with pytest.raises(InputInvalid):
        submit_directly(world.doorstep, receipt, "lv", ALL_YES, answers)
    assert submit_directly(world.doorstep, world.issue()[0], "lv", {}, answers) is None
    assert count_rows(world) == {"consent_event": 6, "receipt": 1, "response": 1}


def test_opposite_answers_leave_the_same_traces(engines: Engines, world: SurveyWorld) -> None:
    """Issue, done when 5: opposite choices and texts differ only in sealed columns of equal length."""
    survey = load_survey()
    shouted = {"goal": "š" * 500, "change": "…" * 500}

    def answer(seed: int, choice: str, texts: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        with engines.owner.begin() as connection:
            connection.execute(text("truncate partner cascade"))
        own = make_world(engines, seed)
        answers = {name: choice for name in NAMES if survey.get_question(name).kind == "single_choice"}
        browser = Browser(own.make_site())
        browser.enter(own.issue()[0])
        browser.walk_to("thanks", answers={**answers, **texts, "goal_near": "0" if texts else "10"})
        return dump(own)

    no, yes = answer(3, "no", {}), answer(3, "yes", shouted)
    differing: Counter[str] = Counter()
    for table, rows in no.items():
        for before, after in zip(rows, yes[table], strict=True):
            for column, value in before.items():
                if after[column] != value:
                    differing[f"{table}.{column}"] += 1
                    assert len(after[column]) == len(value)
    assert set(differing) == {"response.sealed", "sitting.sealed"}


@pytest.mark.parametrize("mode", Mode)
def test_how_answers_were_given_lies_with_them(world: SurveyWorld, mode: Mode) -> None:
    """privacy-and-safety 1.12: help with answering is recorded as such; an interpreter is no cultural mediator."""
    answers = {"useful": Answer(AnswerState.ANSWERED, "yes")}
    assert submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, answers, mode=mode)
    assert read_response(world, mode)["useful"] == answers["useful"]
