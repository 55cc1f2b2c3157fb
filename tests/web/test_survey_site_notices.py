"""What was changed since people were last asked opens the next time (issue: the feedback log)."""

from __future__ import annotations

import json
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, derive_notice_key, seal_with_key
from me_platform.services.codes import format_code
from me_platform.storage.notices import NoticeRow, add_notice
from me_platform.storage.partners import PartnerRow, add_partner
from me_platform.storage.tenancy import enter_partner
from tests.survey_samples import Browser, SurveyWorld

TOLD = {
    "asked": {"en": "An interpreter in the evening.", "lv": "Tulks vakaros."},
    "changed": {"en": "Now two evenings a week.", "lv": "Tagad divus vakarus nedēļā."},
}


def publish(world: SurveyWorld, partner: UUID, survey: str = "outcome-checkin") -> None:
    sources = world.doorstep.sources
    notice, day = sources.new_id(), world.clock().date()
    key = derive_notice_key(world.doorstep.pepper, partner)
    sealed = seal_with_key(key, json.dumps(TOLD).encode(), Place("notice", notice, partner), sources.random)
    with Session(world.engines.staff) as session:
        enter_partner(session, partner)
        add_notice(session, NoticeRow(notice, partner, survey, day, sealed))
        session.commit()


def open_survey(world: SurveyWorld, browser: Browser, language: str) -> str:
    browser.enter(format_code(world.issue()[0]))
    browser.walk_to("about", language=language)
    return str(browser.document.text_content())


def test_the_page_that_opens_a_survey_tells_what_was_changed(world: SurveyWorld, browser: Browser) -> None:
    publish(world, world.partner)
    page = open_survey(world, browser, "lv")
    assert "Ko mainījām kopš iepriekšējās reizes" in page
    assert "Tulks vakaros." in page
    assert "Tagad divus vakarus nedēļā." in page


def test_nothing_is_told_of_another_survey_or_another_organisation(world: SurveyWorld, browser: Browser) -> None:
    other = world.doorstep.sources.new_id()
    with Session(world.engines.staff) as session:
        add_partner(session, PartnerRow(other, "BETA"))
        session.commit()
    publish(world, other)
    publish(world, world.partner, survey="session-pulse")
    page = open_survey(world, browser, "en")
    assert "What changed since we last asked" not in page
    assert "evenings" not in page


def test_no_other_page_tells_it(world: SurveyWorld, browser: Browser) -> None:
    publish(world, world.partner)
    open_survey(world, browser, "en")
    browser.walk_to("consent-answer", language="en")
    assert "evenings" not in str(browser.document.text_content())
