"""Somebody helps with the answers: said on one page, kept sealed with them (privacy-and-safety 1.12)."""

from __future__ import annotations

import pytest

from me_platform.surveys.definition import Mode
from tests.survey_samples import Browser, SurveyWorld, dump, read_response


@pytest.mark.parametrize(("mode", "words"), [("interpreter", "An interpreter"), ("cultural_mediator", "mediator")])
def test_who_helped_is_said_again_before_sending_and_kept_with_the_answers(
    world: SurveyWorld, browser: Browser, mode: str, words: str
) -> None:
    """privacy-and-safety 1.12: an interpreter and a cultural mediator are two different roles."""
    browser.enter(world.issue()[0])
    browser.walk_to("about")
    browser.tap("helper")
    assert browser.page == "helper-about"
    browser.tap("helped", answer=mode)
    assert browser.page == "about"
    assert words in browser.text
    browser.walk_to("send")
    assert words in browser.text
    browser.tap("send")
    assert read_response(world, Mode(mode))


def test_who_answers_alone_is_asked_nothing_and_can_still_say_at_the_end_who_helped(
    world: SurveyWorld, browser: Browser
) -> None:
    """privacy-and-safety 1.12: changeable until it is sent; what was chosen last stands."""
    browser.enter(world.issue()[0])
    browser.walk_to("send", answers={"useful": "yes"})
    assert "Who helps with the answers: Nobody" in browser.text
    for mode in ("phone", "in_person"):
        browser.tap("helper")
        browser.tap("helped", answer=mode)
    assert browser.page == "send"
    browser.tap("send")
    assert read_response(world, Mode.IN_PERSON)["useful"].value == "yes"


def test_who_helped_stands_nowhere_in_clear_and_changes_no_length(world: SurveyWorld, browser: Browser) -> None:
    """privacy-and-safety 1.2, 1.12: sealed in draft and response, each at the size every other one has."""
    browser.enter(world.issue()[0])
    browser.walk_to("send")
    before = len(dump(world)["sitting"][0]["sealed"])
    browser.tap("helper")
    browser.tap("helped", answer="cultural_mediator")
    assert len(dump(world)["sitting"][0]["sealed"]) == before
    browser.tap("send")
    assert "cultural_mediator" not in str(dump(world))


def test_a_page_that_offers_sending_alone_does_not_send_help_chosen_in_another_tab(
    world: SurveyWorld, browser: Browser
) -> None:
    """privacy-and-safety 1.2: what the page offered to send is sent, or nothing is."""
    browser.enter(world.issue()[0])
    browser.walk_to("send")
    alone = browser.read_form("send")
    browser.tap("helper")
    browser.tap("helped", answer="phone")
    assert browser.send(alone).status_code == 422
    assert dump(world)["response"] == []
