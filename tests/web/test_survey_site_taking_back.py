"""Taking back one answer with the receipt code, from the page to the worker's proof (privacy-and-safety 1.7)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.errors import KeysDestroyed
from me_platform.exchange.erasures import Erasures, make_erasures_text, read_erasures
from me_platform.indicators.periods import read_period
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.services.asking import Reason
from me_platform.services.doors import issue_doors
from me_platform.services.instance import publish_duty_keys
from me_platform.services.opening import make_frames, open_partner
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import Round, carry_out_requests
from me_platform.storage.erasure import list_taken_back, list_taken_out, repeat_erasures
from me_platform.survey_site.site import make_survey_site
from me_platform.surveys.definition import Answer, AnswerState, Survey
from me_platform.surveys.taking_back import list_takeable
from tests.conftest import Engines
from tests.duty_samples import add_wish
from tests.freeze_samples import CATALOGUE, PLAN
from tests.integration.conftest import TODAY, Offices, offices, vault  # noqa: F401 - fixtures
from tests.survey_samples import ALL_YES, CONTACTS, EXIT_URL, Browser, load_survey

ANSWERS = {
    question.name: Answer(AnswerState.ANSWERED, question.choices[0].value)
    for question in load_survey().questions
    if question.kind == "single_choice" and not question.waves and not question.when
}
USEFUL, DECIDE = list(ANSWERS)[:2]


class Scene:
    """One person who answered, her receipt in a browser, and what figures are made from."""

    def __init__(self, engines: Engines, offices: Offices, survey: Survey | None = None) -> None:  # noqa: F811
        self.engines, self.offices = engines, offices
        self.doorstep = Doorstep(
            engines.survey, {load_survey().id: survey or load_survey()}, offices.staff.pepper, offices.staff.sources
        )
        self.app = make_survey_site(self.doorstep, secret_key="key of the tests", exit_url=EXIT_URL, contacts=CONTACTS)

    def answer(self) -> str:
        """Somebody new answers; gives the receipt code."""
        [door] = issue_doors(self.offices.staff, load_survey(), "ALFA")
        return str(submit_directly(self.doorstep, door.code, "en", ALL_YES, ANSWERS))

    def open(self, receipt: str) -> Browser:
        browser = Browser(self.app)
        browser.enter(receipt)
        return browser

    def take_one(self, browser: Browser, question: str) -> None:
        names = [each.name for each in list_takeable(load_survey(), "baseline")]
        browser.tap("take_one")
        browser.tap("take_one", answer=str(names.index(question) + 1))

    def work(self) -> Round:
        return carry_out_requests(self.offices.worker)

    def query(self, statement: str) -> list[Any]:
        with self.engines.owner.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def count(self) -> tuple[int, dict[str, int]]:
        """Responses in the frames, and valid answers by question."""
        period = read_period("2026-Q1")
        opened = open_partner(
            self.offices.worker, CATALOGUE, PLAN, self.offices.alfa, period, TODAY + timedelta(days=1)
        )
        frames = make_frames([opened])
        valid = Counter(row.question for row in opened.answers if row.state == "answered")
        assert len(frames.responses) == len(opened.responses)
        return len(frames.responses), dict(valid)


@pytest.fixture
def scene(engines: Engines, offices: Offices) -> Scene:  # noqa: F811
    return Scene(engines, offices)


def test_one_answer_is_out_at_once_and_deleted_within_a_round(scene: Scene) -> None:
    """privacy-and-safety 1.7: figures before, meanwhile and after differ exactly as they must."""
    receipt, _other = scene.answer(), scene.answer()
    [(before,), _] = sorted(scene.query("select sealed from response"))
    assert scene.count() == (2, dict.fromkeys(ANSWERS, 2))
    browser = scene.open(receipt)
    scene.take_one(browser, USEFUL)
    assert browser.page == "agreed"
    assert "One answer is out of everything since 2 March 2026. It will be deleted soon." in browser.text
    assert scene.count() == (1, dict.fromkeys(ANSWERS, 1))
    assert scene.work() == Round(1, 0)
    assert scene.count() == (2, {**dict.fromkeys(ANSWERS, 2), USEFUL: 1})
    browser.open("/")
    assert "It was deleted on 2 March 2026." in browser.text
    assert {len(sealed) for (sealed,) in scene.query("select sealed from response")} == {len(before)}
    assert scene.work() == Round(0, 0)


def test_which_answer_it_is_only_the_worker_reads_and_no_length_tells(scene: Scene) -> None:
    browser = scene.open(scene.answer())
    for question in (USEFUL, DECIDE):
        scene.take_one(browser, question)
    rows = scene.query("select id, partner_id, person_id, whole, sealed from request")
    assert [row[3] for row in rows] == [False, False]
    assert len({len(row[4]) for row in rows}) == 1
    keys = scene.offices.worker.vault.get_person(rows[0][1], rows[0][2])
    orders = [json.loads(open_as_person(keys.private_key, row[4], Place("request", row[0], row[1]))) for row in rows]
    assert {order["question"] for order in orders} == {USEFUL, DECIDE}
    assert scene.work() == Round(2, 0)
    assert scene.count() == (1, {name: 1 for name in ANSWERS if name not in {USEFUL, DECIDE}})


def test_after_single_answers_all_can_be_taken_back_and_the_keys_go(scene: Scene) -> None:
    """privacy-and-safety 1.7, issue D done-when 5: one answer, then all; the keys are gone."""
    browser = scene.open(scene.answer())
    scene.take_one(browser, USEFUL)
    assert scene.work() == Round(1, 0)
    scene.take_one(browser, DECIDE)
    browser.tap("take_back")
    assert "Your answers are out of everything since 2 March 2026. They will be deleted soon." in browser.text
    assert {"take_back", "take_one"}.isdisjoint(browser.document.xpath("//button/@value"))
    assert scene.work() == Round(2, 0)
    browser.open("/")
    assert "Deleted on 2 March 2026." in browser.text
    assert scene.count() == (0, {})
    [(partner, person)] = scene.query("select distinct partner_id, person_id from request")
    with pytest.raises(KeysDestroyed):
        scene.offices.worker.vault.get_person(partner, person)


def test_a_request_that_was_changed_keeps_the_answers_out_and_takes_out_what_it_can(scene: Scene) -> None:
    browser = scene.open(scene.answer())
    scene.take_one(browser, USEFUL)
    scene.query("update request set whole = true returning 1")
    scene.take_one(browser, DECIDE)
    assert scene.work() == Round(1, 1)
    assert scene.query("select status from response") == [("held",)]
    scene.query("update request set whole = false returning 1")
    assert scene.work() == Round(1, 0)
    assert scene.count() == (1, {name: 1 for name in ANSWERS if name not in {USEFUL, DECIDE}})


def test_a_form_nobody_was_shown_takes_nothing_back(scene: Scene) -> None:
    browser = scene.open(scene.answer())
    browser.tap("take_one")
    form = browser.read_form("take_one")
    browser.send(form)
    assert browser.page == "take_one"
    for answer in ("0", "999", "useful", ["1", "2"]):
        assert browser.send({**form, "answer": answer}).status_code == 422
    browser.open("/")
    browser.tap("agreed")
    browser.send({**form, "answer": "1"})
    assert browser.page == "agreed"
    assert scene.query("select 1 from request") == []


def test_where_the_questions_have_changed_only_all_can_be_taken_back(scene: Scene) -> None:
    """A name may stand for another question in another version: the wrong answer must not go."""
    receipt = scene.answer()
    scene.query("update response set survey_version = 'earlier' returning 1")
    assert set(scene.open(receipt).document.xpath("//button/@value")) >= {"take_back", "end"}
    assert not scene.open(receipt).document.xpath("//button[@value='take_one']")


def test_a_restored_backup_brings_no_single_answer_back(scene: Scene) -> None:
    """privacy-and-safety part 2: what an old backup does not know was taken back, goes as a whole."""
    receipts = [scene.answer() for _ in range(3)]
    for receipt in receipts[:2]:
        scene.take_one(scene.open(receipt), USEFUL)
    assert scene.work() == Round(2, 0)
    with Session(scene.engines.owner) as session:
        parts, whole = list_taken_out(session), list_taken_back(session)
    assert (len(parts), whole) == (2, frozenset())
    written = make_erasures_text(Erasures(people=frozenset({min(parts)[:2]}), parts=parts))
    assert read_erasures(written.encode(), "journal") == Erasures(people=frozenset({min(parts)[:2]}), parts=parts)
    lost = min(parts)
    scene.query(f"delete from request where id = '{lost[2]}' returning 1")  # noqa: S608 - the backup is older
    with Session(scene.engines.owner) as session:
        repeat_erasures(session, (), (), parts)
        session.commit()
    left = {row[0] for row in scene.query("select id from response")}
    assert len(left) == 2
    assert lost[1] not in left


def test_who_asked_to_be_talked_to_keeps_her_keys_until_somebody_did(scene: Scene) -> None:
    """privacy-and-safety 1.11: else nobody would know whom to call; an alert goes with what it came from."""
    publish_duty_keys(scene.offices.staff)
    browser = scene.open(scene.answer())
    browser.tap("talk")
    browser.tap("ask")
    browser.tap("return")
    [(response, partner, person)] = scene.query("select id, partner_id, person_id from response")
    add_wish(scene.engines, scene.offices.staff, partner, person, reason=Reason.ALERT, response=response)
    browser.tap("take_back")
    assert scene.work() == Round(1, 0)
    browser.open("/")
    assert "Deleted on 2 March 2026." in browser.text
    assert scene.offices.worker.vault.get_person(partner, person).private_key
    assert len(scene.query("select 1 from duty_task")) == 1


@pytest.mark.parametrize(("question", "left"), [(USEFUL, 0), (DECIDE, 1)])
def test_an_alert_goes_with_the_answer_it_came_from_and_with_no_other(scene: Scene, question: str, left: int) -> None:
    survey = replace(load_survey(), alert=f"${{{USEFUL}}} = '{ANSWERS[USEFUL].value}'")
    scene = Scene(scene.engines, scene.offices, survey)
    publish_duty_keys(scene.offices.staff)
    browser = scene.open(scene.answer())
    assert len(scene.query("select 1 from duty_task")) == 1
    scene.take_one(browser, question)
    assert scene.work() == Round(1, 0)
    assert len(scene.query("select 1 from duty_task")) == left
