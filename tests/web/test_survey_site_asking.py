"""Asking for somebody to talk to, and alerts, at the survivor's door (privacy-and-safety 1.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.services.asking import Reason, Task, decode_task, encode_task
from me_platform.storage.duty import TaskRow, add_task, find_duty_key
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.answers import is_alert
from me_platform.surveys.definition import Answer, AnswerState, Mode
from tests.survey_samples import ALL_YES, SURVEY, Browser, SurveyWorld, dump, load_survey

TOLD = "may need support"
NO = Answer(AnswerState.ANSWERED, "no")


def list_tasks(world: SurveyWorld) -> list[Task]:
    """Every task, opened as nobody but whoever is on duty can."""
    return [
        decode_task(open_as_person(world.duty_key, row["sealed"], Place("duty_task", row["id"], world.partner)))
        for row in dump(world)["duty_task"]
    ]


@pytest.fixture
def alerting(world: SurveyWorld) -> SurveyWorld:
    """The world with a survey that alerts; none that ships does."""
    assert not load_survey().alert
    survey = replace(load_survey(), alert="${useful} = 'no' or ${decide} = 'no'")
    return replace(world, doorstep=replace(world.doorstep, surveys={SURVEY: survey}))


def test_one_tap_at_the_end_asks_for_somebody_and_says_who_when_and_whom_to_call(
    world: SurveyWorld, browser: Browser
) -> None:
    browser.enter(world.issue()[0])
    browser.walk_to("thanks")
    browser.tap("talk")
    said = browser.text
    for each in ("People on duty at the organisation", "not shown your answers", "Monday–Friday, 09:00–17:00"):
        assert each in said
    assert "within four working hours, a manager is told" in said
    assert "112" in said
    form = {**browser.read_form("ask"), "answer": "After six.\u202e Do not say who you are."}
    for _ in range(2):
        browser.send(form)
        assert browser.page == "asked"
    [task] = list_tasks(world)
    assert task == Task(world.person, world.clock(), Reason.WISH, "After six. Do not say who you are.")
    [row] = dump(world)["duty_task"]
    assert (row["status"], row["stage"], row["account_id"]) == ("open", "new", None)
    browser.tap("return")
    assert browser.page == "thanks"


def test_the_receipt_code_asks_too_and_nothing_need_be_written(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.7, 1.11; the length of the task does not tell whether something was written."""
    receipt = str(submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, {}))
    for words in ("", "🏠" * 200):
        browser.enter(receipt)
        browser.tap("talk")
        browser.tap("ask", answer=words)
        browser.tap("return")
        assert browser.page == "agreed"
        browser.tap("end")
    assert {task.words for task in list_tasks(world)} == {"", "🏠" * 200}
    assert len({len(row["sealed"]) for row in dump(world)["duty_task"]}) == 1


def test_every_task_has_one_length() -> None:
    longest = Task(
        UUID(int=2**128 - 1), datetime(2026, 3, 2, tzinfo=UTC), Reason.ALERT, "🏠" * 200, UUID(int=2**128 - 1)
    )
    assert len(encode_task(longest)) <= 1020
    assert decode_task(encode_task(longest)) == longest


def test_a_text_that_is_too_long_is_refused_and_nobody_is_asked(world: SurveyWorld, browser: Browser) -> None:
    browser.enter(str(submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, {})))
    browser.tap("talk")
    form = browser.read_form("ask")
    assert browser.send({**form, "answer": "a" * 201}).status_code == 422
    assert list_tasks(world) == []


@pytest.mark.parametrize("gone", ["update person set status = 'erased', public_key = ''", "delete from duty_key"])
def test_where_nobody_would_be_reached_the_page_says_so_and_whom_to_call(
    world: SurveyWorld, browser: Browser, gone: str
) -> None:
    browser.enter(str(submit_directly(world.doorstep, world.issue()[0], "en", ALL_YES, {})))
    browser.tap("talk")
    form = browser.read_form("ask")
    with world.engines.owner.begin() as connection:
        connection.execute(text(gone))
    browser.send(form)
    assert browser.page == "talk"
    assert "not possible from here now" in browser.text
    assert "112" in browser.text
    assert not browser.document.xpath("//button[@value='ask']")
    assert dump(world)["duty_task"] == []


@pytest.mark.parametrize(
    ("answers", "told"), [({"useful": "no"}, True), ({"useful": "yes", "decide": "yes"}, False), ({}, False)]
)
def test_an_answer_alerts_in_the_same_transaction_and_all_three_pages_say_so(
    alerting: SurveyWorld,
    answers: Mapping[str, str],
    told: bool,  # noqa: FBT001
) -> None:
    """privacy-and-safety 1.11: said before the first question, before sending and after it."""
    browser = Browser(alerting.make_site())
    browser.enter(alerting.issue()[0])
    browser.walk_to("about")
    assert "Some answers may show that you need support." in browser.text
    browser.walk_to("send", answers=answers)
    assert ("One of your answers may mean" in browser.text) is told
    browser.tap("send")
    assert (TOLD in browser.text) is told
    [response] = dump(alerting)["response"]
    expected = [Task(alerting.person, alerting.clock(), Reason.ALERT, "", response["id"])] if told else []
    assert list_tasks(alerting) == expected


def test_who_goes_back_and_skips_the_question_alerts_nobody(alerting: SurveyWorld) -> None:
    browser = Browser(alerting.make_site())
    browser.enter(alerting.issue()[0])
    browser.walk_to("send", answers={"useful": "no"})
    while browser.page != "question-useful":
        browser.tap("back")
    browser.tap("skip")
    browser.walk_to("thanks")
    assert TOLD not in browser.text
    assert list_tasks(alerting) == []


def test_a_paper_form_alerts_nobody_for_it_could_not_say_so_beforehand(alerting: SurveyWorld) -> None:
    submit_directly(alerting.doorstep, alerting.issue()[0], "en", ALL_YES, {"useful": NO}, mode=Mode.PAPER)
    assert list_tasks(alerting) == []
    submit_directly(alerting.doorstep, alerting.issue()[0], "en", ALL_YES, {"useful": NO})
    assert [task.reason for task in list_tasks(alerting)] == [Reason.ALERT]


def test_an_answer_to_what_is_not_asked_in_the_wave_alerts_nobody() -> None:
    question = next(each for each in load_survey().questions if each.waves == ("exit",) and each.choices)
    chosen = question.choices[0].value
    survey = replace(load_survey(), alert=f"${{{question.name}}} = '{chosen}'")
    answers = {question.name: Answer(AnswerState.ANSWERED, chosen)}
    assert [is_alert(survey, answers, wave) for wave in ("exit", "baseline")] == [True, False]


def test_the_survey_site_adds_tasks_and_neither_reads_nor_settles_any(world: SurveyWorld) -> None:
    """privacy-and-safety 1.11, architecture, tenancy: rights and wall, not only keys."""
    task = TaskRow(world.doorstep.sources.new_id(), world.partner, world.clock().date(), b"sealed")
    for refused in (replace(task, status="done"), replace(task, stage="told"), replace(task, partner=world.person)):
        with Session(world.engines.survey) as session:
            enter_partner(session, world.partner)
            with pytest.raises(ProgrammingError, match="row-level security"):
                add_task(session, refused)
    for statement in ("select id from duty_task", "update duty_task set status = 'done'", "delete from duty_task"):
        with world.engines.survey.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))
    with Session(world.engines.survey) as session:
        assert find_duty_key(session) is None
        enter_partner(session, world.partner)
        assert find_duty_key(session) is not None
