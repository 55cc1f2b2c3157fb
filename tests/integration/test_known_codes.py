"""Issued codes as staff may know them: listed, revoked, ended, issued again, and issued to everybody who is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.errors import InputInvalid, NotFound
from me_platform.services.answering import open_code, submit_directly
from me_platform.services.audit import Deed, list_log
from me_platform.services.doors import BOTH, LARGEST_ROOM, issue_doors
from me_platform.services.known_codes import (
    CodeState,
    expire_codes,
    issue_due,
    list_codes,
    reissue_codes,
    revoke_codes,
)
from me_platform.services.people import Profile, enrol_person
from me_platform.services.sittings import Doorstep
from me_platform.storage.doors import list_issues
from me_platform.storage.models import Door
from me_platform.storage.partners import get_partner
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Purpose
from tests.conftest import Engines
from tests.integration.conftest import TODAY, Offices
from tests.report_samples import ROOT


@cache
def load_content() -> Catalogue:
    return load_catalogue(ROOT)


CHECKIN, PULSE, CARD = (load_content().surveys[name] for name in ("outcome-checkin", "session-pulse", "group-card"))


def make_doorstep(engines: Engines, offices: Offices) -> Doorstep:
    return Doorstep(engines.survey, load_content().surveys, offices.staff.pepper, offices.staff.sources)


def test_a_list_names_codes_without_their_letters_and_never_tells_of_use(engines: Engines, offices: Offices) -> None:
    """privacy-and-safety 1.1, 1.10: the same list before and after an answer; expired follows from the day alone."""
    person = enrol_person(offices.staff, "ALFA", Profile())
    [own] = issue_doors(offices.staff, CHECKIN, "ALFA", person_code=person)
    issue_doors(offices.staff, PULSE, "ALFA", number=2, wave=BOTH)
    issue_doors(offices.staff, CARD, "ALFA", room=True, number=5)
    before = list_codes(offices.staff, "ALFA")
    assert {(each.kind, each.number, each.survey, each.wave, each.places, each.person) for each in before} == {
        ("personal", 1, "outcome-checkin", "baseline", 1, person),
        ("card", 1, "session-pulse", BOTH, 1, ""),
        ("card", 2, "session-pulse", BOTH, 1, ""),
        ("room", 1, "group-card", "", 5, ""),
    }
    assert submit_directly(make_doorstep(engines, offices), own.code, "en", dict.fromkeys(Purpose, True), {})
    assert list_codes(offices.staff, "ALFA") == before
    assert own.code.replace("-", "") not in str(before)
    assert [each.person for each in list_codes(offices.staff, "ALFA", person=person.lower())] == [person]
    later = list_codes(offices.on(TODAY + timedelta(days=8)).staff, "ALFA", survey="group-card")
    assert [each.state for each in later] == [CodeState.EXPIRED]


def test_codes_are_revoked_one_by_one_or_by_the_batch(engines: Engines, offices: Offices) -> None:
    """privacy-and-safety 1.1; each deed has its line in the log."""
    cards = issue_doors(offices.staff, CARD, "ALFA", number=3)
    doorstep = make_doorstep(engines, offices)
    assert len(revoke_codes(offices.staff, "ALFA", [cards[1].id])) == 1
    assert [open_code(doorstep, each.code, ["en"]) is None for each in cards] == [False, True, False]
    assert len(revoke_codes(offices.staff, "ALFA", [cards[0].batch])) == 3
    assert [open_code(doorstep, each.code, ["en"]) is None for each in cards] == [True] * 3
    assert {each.state for each in list_codes(offices.staff, "ALFA")} == {CodeState.REVOKED}
    with pytest.raises(NotFound):
        revoke_codes(offices.staff, "ALFA", [cards[0].id, uuid4()])
    with pytest.raises(NotFound):
        revoke_codes(offices.staff, "BETA", [cards[0].id])
    with Session(engines.staff) as session:
        partner = get_partner(session, "ALFA")
    lines = [(line.deed, line.record) for line in list_log(offices.staff, partner) if line.thing == "door"]
    assert lines[:3] == [
        (Deed.REVOKED_CODE, cards[0].batch),
        (Deed.REVOKED_CODE, cards[1].id),
        (Deed.HANDED_OVER, cards[0].batch),
    ]


def test_unused_codes_end_at_once_and_by_themselves(engines: Engines, offices: Offices) -> None:
    """privacy-and-safety 1.1: codes expire unused after 7 days, or earlier where staff end them."""
    doorstep = make_doorstep(engines, offices)
    [card] = issue_doors(offices.staff, CARD, "ALFA")
    other, _ = issue_doors(offices.staff, PULSE, "ALFA", wave=BOTH)
    assert [each.id for each in expire_codes(offices.staff, "ALFA", survey="group-card")] == [card.id]
    assert open_code(doorstep, card.code, ["en"]) is None
    assert open_code(doorstep, other.code, ["en"]) is not None
    assert {each.state for each in list_codes(offices.staff, "ALFA", survey="group-card")} == {CodeState.EXPIRED}
    assert len(expire_codes(offices.staff, "ALFA")) == 1
    assert expire_codes(offices.staff, "ALFA") == ()
    assert open_code(doorstep, other.code, ["en"]) is None


def test_what_takes_the_place_of_a_lost_card_is_the_same_participants(engines: Engines, offices: Offices) -> None:
    """privacy-and-safety, doors without a person: one card is one participant; a room's people are others."""
    cards = issue_doors(offices.staff, PULSE, "ALFA", number=2, wave=BOTH)
    [again, _] = reissue_codes(offices.staff, load_content(), "ALFA", [cards[0].batch])[:2]
    assert again.person == cards[0].person
    assert again.code != cards[0].code
    doorstep = make_doorstep(engines, offices)
    assert open_code(doorstep, cards[0].code, ["en"]) is None
    assert open_code(doorstep, again.code, ["en"]) is not None
    with pytest.raises(InputInvalid, match="revoked is not issued again"):
        reissue_codes(offices.staff, load_content(), "ALFA", [cards[0].batch])
    [room] = issue_doors(offices.staff, CARD, "ALFA", room=True, number=4)
    [new] = reissue_codes(offices.staff, load_content(), "ALFA", [room.id])
    assert (new.kind, new.places) == ("room", 4)
    with Session(engines.owner) as session:
        people = session.scalars(select(Door.person_id).where(Door.kind == "room")).all()
    assert len(set(people)) == len(people) == 8


def test_everybody_who_is_due_gets_a_code_once(offices: Offices) -> None:
    """Issue D, in bulk: as the list of what is due says it; participants with a card are not among them."""
    content = load_content()
    plan = content.plans["sample"]
    [asking] = [replace(each, code="ALFA") for each in plan.partners if each.code == "BERZ"]
    content = replace(content, plans={plan.id: replace(plan, partners=(asking,))})
    people = {enrol_person(offices.staff, "ALFA", Profile()) for _ in range(3)}
    enrol_person(offices.staff, "ALFA", Profile(age_band="12-15"))
    issue_doors(offices.staff, CARD, "ALFA")
    issued = issue_due(offices.staff, content, "ALFA", CHECKIN)
    assert {each.person for each in issued} == people
    assert {each.wave for each in issued} == {"baseline"}
    assert issue_due(offices.staff, content, "ALFA", CHECKIN) == ()
    with pytest.raises(InputInvalid, match="nobody is due"):
        issue_due(offices.staff, content, "ALFA", PULSE)


def test_a_rooms_places_are_nobody_invited(engines: Engines, offices: Offices) -> None:
    """rules-of-numbers R4: invited is who was handed a code; an empty chair was not."""
    issue_doors(offices.staff, CARD, "ALFA", room=True, number=3)
    issue_doors(offices.staff, CARD, "ALFA", number=2)
    with Session(engines.worker) as session:
        enter_partner(session, get_partner(session, "ALFA").id)
        assert len(list_issues(session, issued_until=TODAY)) == 2


def test_what_is_no_room_is_told(offices: Offices) -> None:
    for survey, number, wave, person, words in (
        (CHECKIN, 1, "", "", "does not say `room: true`"),
        (CARD, 1, "", "PERSON22", "leave --person out"),
        (CARD, LARGEST_ROOM + 1, "", "", "Between 1 and 200 people"),
        (CARD, 1, "before", "", "has no sessions"),
    ):
        with pytest.raises(InputInvalid, match=words):
            issue_doors(offices.staff, survey, "ALFA", room=True, number=number, wave=wave, person_code=person)
