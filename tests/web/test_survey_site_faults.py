"""What goes wrong on the way: forms that come again, late, cut off or many at once."""

from __future__ import annotations

import random
from threading import Barrier, Thread
from urllib.parse import urlencode

import pytest

from me_platform.surveys.definition import AnswerState
from tests.survey_samples import Browser, SurveyWorld, count_rows, load_survey, read_response

ANSWERS = {
    "useful": "no",
    "respect": "rather_yes",
    "goal": "Own room \N{GRINNING FACE} \N{RIGHT-TO-LEFT OVERRIDE}!",
    "goal_near": "7",
}
KEPT = {
    "useful": "no",
    "respect": "rather_yes",
    # A sign that turns the reading round is taken away; what a person drew stays.
    "goal": "Own room \N{GRINNING FACE} !",
    "goal_near": 7,
}


class Careless:
    """A phone on a bad line: before each form it sends earlier ones again, in any order, and cut-off halves."""

    def __init__(self, browser: Browser, chance: random.Random) -> None:
        self.browser, self.chance = browser, chance
        self.sent: list[str] = []
        self.seen: set[int] = set()

    def post(self, body: str) -> None:
        posted = self.browser.client.post(
            "/", data=body, content_type="application/x-www-form-urlencoded", base_url=self.browser.base_url
        )
        self.seen.add(posted.status_code)

    def tap(self, do: str, **fields: str) -> None:
        """The form as a browser sends it, the button last."""
        form = self.browser.read_form(do)
        body = urlencode([(name, value) for name, value in {**form, **fields}.items() if name != "do"] + [("do", do)])
        for earlier in self.chance.sample(self.sent, min(3, len(self.sent))):
            self.post(earlier)
        for _ in range(2):
            self.post(body[: self.chance.randrange(len(body))])
        self.post(body)
        self.post(body)
        self.sent.append(body)
        self.browser.open("/")


@pytest.mark.parametrize("seed", range(4))
def test_forms_that_come_again_late_or_cut_off_change_nothing(world: SurveyWorld, browser: Browser, seed: int) -> None:
    """Issue, bad input: doubled, replayed, reordered and truncated; privacy-and-safety 1.2."""
    careless = Careless(browser, random.Random(seed))  # noqa: S311 - the same line every time
    careless.tap("open", code=world.issue()[0])
    while browser.page != "thanks":
        kind, _, name = browser.page.partition("-")
        if kind == "language":
            careless.tap("language", language="en")
        elif kind == "consent":
            careless.tap("yes")
        elif kind == "question" and name in ANSWERS:
            careless.tap("next", answer=ANSWERS[name])
        elif kind == "question":
            careless.tap("skip")
        else:
            careless.tap("send" if kind == "send" else "next")
    for body in careless.chance.sample(careless.sent, len(careless.sent)):
        careless.post(body)
    assert careless.seen <= {200, 303, 400, 422}
    assert browser.open("/").status_code == 200
    assert browser.page == "thanks"
    assert count_rows(world) == {"consent_event": 5, "receipt": 1, "response": 1, "sitting": 1}
    given = {name: each.value for name, each in read_response(world).items() if each.state is AnswerState.ANSWERED}
    assert given == KEPT


def test_ten_tabs_of_one_sitting_answer_one_question_once(world: SurveyWorld, browser: Browser) -> None:
    """Issue, faults: ten tabs at the same time; one of them answers, the others are shown where she is."""
    browser.enter(world.issue()[0])
    browser.walk_to("question-useful")
    form, cookie = browser.read_form("next"), browser.client.get_cookie("s")
    assert cookie is not None
    values = [each.value for each in load_survey().get_question("useful").choices]
    barrier, statuses = Barrier(10), []

    def answer(value: str) -> None:
        client = browser.client.application.test_client()
        client.set_cookie("s", cookie.value)
        barrier.wait()
        statuses.append(client.post("/", data={**form, "answer": value}).status_code)

    tabs = [Thread(target=answer, args=(values[number % len(values)],)) for number in range(10)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert statuses == [303] * 10
    browser.open("/")
    assert browser.page == "question-safe_home"
    browser.tap("back")
    [taken] = browser.document.xpath("//input[@name='answer'][@checked]/@value")
    assert taken in values
    browser.walk_to("thanks")
    assert count_rows(world) == {"consent_event": 5, "receipt": 1, "response": 1, "sitting": 1}
