"""Link cards, from the page that shows one to the figure it moves (R12, R13; privacy-and-safety 1.6, part 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.disclosure.figures import Audience
from me_platform.disclosure.protect import publish
from me_platform.indicators.definition import Plan
from me_platform.indicators.frozen import choose_definitions
from me_platform.indicators.periods import read_period
from me_platform.sealing.envelope import Place, compute_code_mac, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.services.codes import CodePurpose, format_code, make_card_code, read_typed_code
from me_platform.services.doors import issue_doors
from me_platform.services.freezing import compute_raws, freeze_plan, list_figures
from me_platform.services.lineage import verify_freeze
from me_platform.services.link_cards import MOST_CARDS
from me_platform.services.opening import make_frames, open_partner
from me_platform.services.people import Profile, Service, enrol_person, record_service
from me_platform.services.sittings import Doorstep
from me_platform.storage.people import get_person, mark_erased
from me_platform.storage.tenancy import enter_partner
from me_platform.survey_site.site import make_survey_site
from me_platform.surveys.definition import Purpose
from tests.conftest import Engines
from tests.freeze_samples import CATALOGUE
from tests.freeze_samples import PLAN as PLAN_OF_TWO
from tests.integration.conftest import TODAY, Offices, offices, vault  # noqa: F401 - fixtures
from tests.survey_samples import ALL_YES, CONTACTS, EXIT_URL, Browser, load_survey

PLAN: Plan = replace(PLAN_OF_TWO, partners=(PLAN_OF_TWO.partners[0], replace(PLAN_OF_TWO.partners[1], consortium=True)))
"""BETA stands for both, and has people of its own."""
PERIOD = read_period("2026-Q1")
HEADCOUNT = "people-supported"


class Scene:
    """Two organisations, the people they support, and their receipts in browsers."""

    def __init__(self, engines: Engines, offices: Offices) -> None:  # noqa: F811
        self.engines, self.offices = engines, offices
        surveys = {load_survey().id: load_survey()}
        self.doorstep = Doorstep(engines.survey, surveys, offices.staff.pepper, offices.staff.sources)
        self.app = make_survey_site(self.doorstep, secret_key="key of the tests", exit_url=EXIT_URL, contacts=CONTACTS)

    def answer(self, partner: str, *, link: bool = True) -> tuple[str, str]:
        """Somebody who is supported there answers; her code and her receipt."""
        code = enrol_person(self.offices.staff, partner, Profile(age_band="25-34", language="lv"))
        record_service(self.offices.staff, partner, code, Service("LEG5", TODAY))
        [door] = issue_doors(self.offices.staff, load_survey(), partner, person_code=code)
        consents = {**ALL_YES, Purpose.LINK: link}
        return code, str(submit_directly(self.doorstep, door.code, "en", consents, {}))

    def open(self, receipt: str) -> Browser:
        browser = Browser(self.app)
        browser.enter(receipt)
        return browser

    def take(self, receipt: str, shown: str = "") -> str:
        """Her own card, after showing another one where she has it."""
        browser = self.open(receipt)
        browser.tap("card")
        if shown:
            browser.tap("show", answer=shown)
        return browser.code

    def meet(self) -> str:
        """One woman at both organisations who shows the card of the first at the second; her receipt there."""
        _, receipt = self.answer("BETA")
        self.take(receipt, self.take(self.answer("ALFA")[1]))
        return receipt

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engines.owner.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def count_cards(self) -> int:
        return int(self.query("select count(*) from link_card")[0][0])

    def freeze(self) -> tuple[str, dict[str, Any]]:
        """A freeze of both organisations: its id, and the number of people both support."""
        freeze = freeze_plan(self.offices.worker, CATALOGUE, PLAN, PERIOD, TODAY)
        figures = list_figures(self.offices.worker, freeze.id)
        [both] = [each for each in figures if str(each["id"]).startswith(f"{HEADCOUNT}@BETA")]
        return freeze.id, dict(both)

    def count_people(self) -> tuple[int, int]:
        """The true bounds of how many people both support; no page shows them."""
        opened = [
            open_partner(self.offices.worker, CATALOGUE, PLAN, partner, PERIOD, TODAY)
            for partner in (self.offices.alfa, self.offices.beta)
        ]
        definitions = choose_definitions(PLAN, CATALOGUE.indicators, CATALOGUE.surveys)
        raws = compute_raws(definitions, make_frames(opened), PERIOD, TODAY)
        [both] = [
            each for each in raws if (each.indicator, each.partner) == (HEADCOUNT, "BETA") and not each.disaggregation
        ]
        assert len(publish(raws, Audience.FUNDER)) > 0
        return int(both.low or 0), int(both.high or 0)


@pytest.fixture
def scene(engines: Engines, offices: Offices) -> Scene:  # noqa: F811
    return Scene(engines, offices)


def test_a_card_is_made_by_a_tap_and_is_the_same_whenever_she_looks(scene: Scene) -> None:
    """privacy-and-safety 1.1, 1.6: nothing is made until she asks, and looking at a page makes nothing."""
    _, receipt = scene.answer("ALFA")
    browser = scene.open(receipt)
    assert scene.count_cards() == 0
    browser.tap("card")
    code = browser.code
    assert code == format_code(make_card_code(scene.doorstep.pepper, receipt))
    assert read_typed_code(code) != receipt
    browser.open("/")
    browser.tap("agreed")
    browser.tap("card")
    assert (browser.page, browser.code, scene.count_cards()) == ("card", code, 1)
    assert scene.take(receipt) == code
    assert scene.count_cards() == 1


def test_the_end_of_a_survey_offers_the_card_to_whoever_agreed_only(scene: Scene) -> None:
    """privacy-and-safety 1.6: refusing costs nothing, and nothing asks again."""
    doors = issue_doors(scene.offices.staff, load_survey(), "ALFA", number=2)
    agreeing, browser = Browser(scene.app), Browser(scene.app)
    for each, door, said in ((agreeing, doors[0], "yes"), (browser, doors[1], "no")):
        each.enter(door.code)
        each.walk_to("consent-link")
        each.tap(said)
        each.walk_to("thanks")
    assert "My card" in agreeing.text
    assert "My card" not in browser.text
    browser.send({**browser.read_form("agreed"), "do": "card"})
    assert (browser.page, scene.count_cards()) == ("agreed", 0)
    assert "My card" not in browser.text


def test_the_same_card_at_two_organisations_is_one_match(scene: Scene) -> None:
    """R12, R13."""
    scene.meet()
    scene.answer("BETA")
    assert scene.count_people() == (2, 2)
    scene.answer("ALFA")
    # A card that nobody shows anywhere else, and one more organisation's worth of people who never agreed.
    scene.take(scene.answer("ALFA")[1])
    scene.answer("BETA", link=False)
    assert scene.count_people() == (3, 5)


def test_nothing_that_leaves_the_survey_site_can_be_read_or_compared(scene: Scene) -> None:
    """R13, privacy-and-safety part 2: no code, no equal bytes at two organisations, and the vault alone opens it."""
    _, first = scene.answer("ALFA")
    own = scene.take(first)
    scene.take(scene.answer("BETA")[1], own)
    rows = scene.query("select id, partner_id, person_id, sealed from link_card")
    mac = compute_code_mac(scene.doorstep.pepper, CodePurpose.CARD, read_typed_code(own))
    assert len(rows) == len({row[0] for row in rows}) == 3
    assert len({bytes(row[3]) for row in rows}) == 3
    assert len({len(row[3]) for row in rows}) == 1
    found = []
    for card, partner, person, sealed in rows:
        assert mac not in bytes(sealed)
        assert read_typed_code(own).encode() not in bytes(sealed)
        keys = scene.offices.worker.vault.get_person(partner, person)
        found.append(open_as_person(keys.private_key, bytes(sealed), Place("link_card", UUID(str(card)), partner)))
    assert found.count(mac) == 2
    opened = open_partner(scene.offices.worker, CATALOGUE, PLAN, scene.offices.alfa, PERIOD, TODAY)
    assert mac.hex() not in {row.card for row in opened.cards}


@pytest.mark.parametrize("typed", ["receipt", "ABCDEFGHJK", "ABCD-EFGH-JKMN-PQR!", "x" * 300])
def test_what_is_no_card_is_said_to_be_none(scene: Scene, typed: str) -> None:
    """A receipt code opens what she agreed to: it must not be carried elsewhere as a card."""
    _, receipt = scene.answer("ALFA")
    browser = scene.open(receipt)
    browser.tap("card")
    browser.tap("show", answer=receipt if typed == "receipt" else typed)
    assert browser.page == "card-wrong"
    assert "This is not the code of a card." in browser.text
    browser.tap("show", answer="  ")
    assert (browser.page, scene.count_cards()) == ("card", 1)


def test_a_card_that_is_known_nowhere_looks_like_one_that_is(scene: Scene) -> None:
    """privacy-and-safety 1.1: nobody finds out by trying whether a card belongs to somebody."""
    pages = []
    for shown in ("0123-4567-89AB-CDEF", scene.take(scene.answer("ALFA")[1])):
        browser = scene.open(scene.answer("BETA")[1])
        browser.tap("card")
        browser.tap("show", answer=shown.lower())
        assert browser.page == "card-taken"
        pages.append(browser.text.replace(browser.code, ""))
    assert pages[0] == pages[1]


def test_her_no_deletes_the_cards_in_the_same_moment(scene: Scene) -> None:
    """privacy-and-safety 1.6, R25: withdrawing takes as many taps as giving; the bounds are those of nobody known."""
    receipt = scene.meet()
    assert scene.count_people() == (1, 1)
    assert scene.count_cards() == 3
    browser = scene.open(receipt)
    browser.tap("withdraw", purpose="link")
    assert scene.count_cards() == 1
    assert scene.count_people() == (1, 2)
    # An old tab, and then a change of mind: the card is there again when she asks for it.
    browser.send({**browser.read_form("agreed" if browser.page == "card" else "end"), "do": "card"})
    assert (browser.page, scene.count_cards()) == ("agreed", 1)
    browser.tap("give", purpose="link")
    assert scene.count_cards() == 1
    browser.tap("card")
    assert scene.count_cards() == 2


def test_a_card_page_left_open_shows_no_card_after_a_no(scene: Scene) -> None:
    _, receipt = scene.answer("ALFA")
    left, other = scene.open(receipt), scene.open(receipt)
    left.tap("card")
    other.tap("withdraw", purpose="link")
    left.open("/")
    assert "There is no card here" in left.text
    left.send({**left.read_form("agreed"), "do": "show", "answer": "0123-4567-89AB-CDEF"})
    assert (left.page, scene.count_cards()) == ("agreed", 0)


def test_the_cards_go_with_the_person_and_with_her_keys(scene: Scene) -> None:
    """privacy-and-safety part 2, R25: who is erased is linked to nobody, in a restored database too."""
    code, receipt = scene.answer("BETA")
    scene.take(receipt, scene.take(scene.answer("ALFA")[1]))
    beta = scene.offices.beta.id
    with Session(scene.engines.worker) as session:
        enter_partner(session, beta)
        person = get_person(session, code).id
    scene.offices.worker.vault.destroy_person(beta, person)
    assert scene.count_people() == (1, 1)
    with Session(scene.engines.worker) as session:
        enter_partner(session, beta)
        mark_erased(session, person)
        session.commit()
    assert scene.count_cards() == 1


def test_nobody_keeps_more_cards_than_anybody_needs(scene: Scene) -> None:
    browser = scene.open(scene.answer("ALFA")[1])
    browser.tap("card")
    for number in range(MOST_CARDS - 1):
        browser.tap("show", answer=f"{number:016}")
    assert scene.count_cards() == MOST_CARDS
    form = browser.read_form("show")
    assert browser.send({**form, "answer": "F" * 16}).status_code == 422
    assert scene.count_cards() == MOST_CARDS


def test_a_frozen_union_is_lowered_by_matches_in_whole_steps_and_verifies_after_a_withdrawal(scene: Scene) -> None:
    """R12, R25, R27, privacy-and-safety part 3: 4 matches are not told, 11 are told as 10, and a no takes them away."""
    receipts = [scene.meet() for _ in range(4)]
    for _ in range(3):
        scene.answer("ALFA")
        scene.answer("BETA")
    _, few = scene.freeze()
    assert (few["low"], few["high"], few.get("joined")) == (7, 14, None)
    receipts += [scene.meet() for _ in range(7)]
    known, told = scene.freeze()
    assert scene.count_people() == (14, 17)
    assert (told["low"], told["high"], told["joined"]) == (14, 18, 10)
    assert verify_freeze(scene.offices.worker, CATALOGUE, known).faults == ()
    for receipt in receipts[:7]:
        scene.open(receipt).tap("withdraw", purpose="link")
    _, after = scene.freeze()
    assert (after["low"], after["high"], after.get("joined")) == (14, 28, None)
    assert verify_freeze(scene.offices.worker, CATALOGUE, known).faults == ()
