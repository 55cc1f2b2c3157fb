"""The database or the vault goes away and comes back: whoever answers is told calmly and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from me_platform.catalogue import load_catalogue
from me_platform.errors import VaultMissing
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.doors import issue_doors
from me_platform.services.instance import find_role_url, make_cluster, open_office
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import Round, carry_out_requests
from me_platform.settings import Settings, load_settings
from me_platform.storage.cluster import Cluster, attach
from me_platform.storage.database import make_engine
from me_platform.storage.partners import get_partner
from me_platform.storage.responses import list_live_responses
from me_platform.storage.tenancy import enter_partner
from me_platform.survey_site.site import make_survey_site
from me_platform.surveys.answers import decode_response
from me_platform.surveys.definition import AnswerState
from tests.acceptance.conftest import ROOT, Me
from tests.survey_samples import CONTACTS, EXIT_URL, SURVEY, Browser

CATALOGUE = load_catalogue(ROOT)
CALM = "Please try again in a few minutes"


@pytest.fixture
def settings(me: Me) -> Settings:
    return load_settings(me.environment, ROOT)


@contextmanager
def away(cluster: Cluster) -> Iterator[None]:
    cluster.stop()
    yield
    cluster.start()


def reload(browser: Browser) -> str:
    browser.open("/")
    return browser.text


@contextmanager
def door_of(settings: Settings) -> Iterator[Browser]:
    """A browser at the survey site of an instance, with a code that has just been opened."""
    with open_office(settings, "me_staff") as office:
        [door] = issue_doors(office, CATALOGUE.surveys[SURVEY], "BERZ")
    engine = make_engine(find_role_url(settings, "me_survey"))
    doorstep = Doorstep(engine, CATALOGUE.surveys, office.pepper, office.sources)
    browser = Browser(make_survey_site(doorstep, secret_key="any", exit_url=EXIT_URL, contacts=CONTACTS))
    browser.enter(door.code)
    yield browser
    engine.dispose()


def test_a_database_that_restarts_in_mid_survey_is_a_calm_page_and_loses_nothing(settings: Settings) -> None:
    """Issue, faults: calm "try again"; what was acknowledged is there, nothing doubled."""
    cluster = make_cluster(settings)
    assert cluster is not None
    with attach(cluster), door_of(settings) as browser:
        browser.walk_to("question-goal", answers={"useful": "rather_no"})
        for do, fields, here, then in (
            ("next", {"answer": "A room of my own."}, "question-goal", "question-goal_near"),
            ("send", {}, "send", "thanks"),
        ):
            browser.walk_to(here)
            form = {**browser.read_form(do), **fields}
            with away(cluster):
                assert browser.send(form).status_code == 503
                assert CALM in browser.text
                assert browser.open("/").status_code == 503
            # The same form once more, as "try again" of a browser sends it; and once too often.
            assert browser.send(form).status_code == 303
            assert browser.page == then
            assert browser.send(form).status_code == 303
            assert browser.page == then
        with open_office(settings, "me_worker") as office, Session(office.engine) as session:
            partner = get_partner(session, "BERZ")
            enter_partner(session, partner.id)
            [row] = list_live_responses(session, until=office.sources.today())
            key = office.vault.get_person(partner.id, row.person).private_key
            opened = open_as_person(key, row.sealed, Place("response", row.id, partner.id))
    given = decode_response(opened, CATALOGUE.surveys[SURVEY]).answers
    answered = {name: each.value for name, each in given.items() if each.state is AnswerState.ANSWERED}
    assert answered == {"useful": "rather_no", "goal": "A room of my own."}


def test_without_the_vault_people_answer_and_what_they_ask_for_waits(settings: Settings) -> None:
    """Issue, faults: the survey works, requests wait; privacy-and-safety 1.7: out of everything at once."""
    cluster = make_cluster(settings)
    assert cluster is not None
    vault, elsewhere = settings.vault_file.parent, settings.vault_file.parent.with_name("elsewhere")
    with attach(cluster), door_of(settings) as browser:
        vault.rename(elsewhere)
        browser.walk_to("thanks", answers={"useful": "yes"})
        browser.tap("agreed")
        browser.tap("take_back")
        assert "out of everything since 2 March 2026. They will be deleted soon." in browser.text
        with pytest.raises(VaultMissing), open_office(settings, "me_worker"):
            pytest.fail("there is no vault")
        assert "They will be deleted soon." in reload(browser)
        elsewhere.rename(vault)
        with open_office(settings, "me_worker") as office:
            assert carry_out_requests(office) == Round(1, 0)
        assert "Deleted on 2 March 2026." in reload(browser)
