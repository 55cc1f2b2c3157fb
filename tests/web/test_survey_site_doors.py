"""Codes that stand for several doors: a room, and the card of a session (privacy-and-safety 1.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, compute_code_mac, make_public_key, open_as_person
from me_platform.services.answering import submit_directly
from me_platform.services.codes import CodePurpose, make_door_code, make_link_token
from me_platform.storage.doors import IssuedDoorRow, add_doors, expire_doors, list_doors, revoke_doors
from me_platform.storage.people import PersonRow, add_people
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.waves import SESSION
from tests.conftest import Engines
from tests.survey_samples import (
    ALL_YES,
    Browse,
    Browser,
    SurveyWorld,
    dump,
    make_world,
    watch_statements,
)

CARD, PULSE = "group-card", "session-pulse"


@pytest.fixture
def world(engines: Engines) -> SurveyWorld:
    return make_world(engines)


@pytest.fixture
def browse(world: SurveyWorld) -> Browse:
    app = world.make_site()
    return lambda **headers: Browser(app, **headers)


def issue(world: SurveyWorld, people: Sequence[UUID], waves: Sequence[str], survey: str, kind: str) -> str:
    """One code for several doors; returns it."""
    chance, pepper = world.doorstep.sources.random, world.doorstep.pepper
    code, token, today = make_door_code(chance), make_link_token(chance), world.clock().date()
    batch = world.doorstep.sources.new_id()
    doors = [
        IssuedDoorRow(
            id=world.doorstep.sources.new_id(),
            partner=world.partner,
            person=person,
            code_mac=compute_code_mac(pepper, CodePurpose.DOOR, code),
            link_mac=compute_code_mac(pepper, CodePurpose.LINK, token),
            kind=kind,
            survey=survey,
            survey_version="2026-1",
            wave=wave,
            issued=today,
            expires=today.replace(day=today.day + 7),
            batch=batch,
        )
        for person in people
        for wave in waves
    ]
    with Session(world.engines.staff) as session:
        enter_partner(session, world.partner)
        assert add_doors(session, doors)
        session.commit()
    return code


def add_room(world: SurveyWorld, places: int) -> tuple[str, dict[UUID, bytes]]:
    """A room's code, and the private keys of whoever has its places."""
    keys = {world.doorstep.sources.new_id(): world.doorstep.sources.random(32) for _ in range(places)}
    today = world.clock().date()
    with Session(world.engines.staff) as session:
        enter_partner(session, world.partner)
        rows = [
            PersonRow(person, world.partner, f"ROOM{number:04}", make_public_key(key), today, b"profile")
            for number, (person, key) in enumerate(keys.items())
        ]
        assert add_people(session, rows)
        session.commit()
    return issue(world, list(keys), [""], CARD, "room"), keys


def add_card(world: SurveyWorld) -> str:
    return issue(world, [world.person], SESSION, PULSE, "card")


def finish(browser: Browser) -> None:
    """Agree to everything, answer nothing, send."""
    for _ in range(20):
        kind = browser.page.partition("-")[0]
        if kind in {"thanks", "closed"}:
            return
        browser.tap(
            {"language": "language", "consent": "yes", "question": "skip", "send": "send"}.get(kind, "next"),
            **({"language": "en"} if kind == "language" else {}),
        )
    raise AssertionError(browser.page)


def test_everybody_in_a_room_is_somebody_new_with_keys_of_their_own(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety, doors without a person: one code, no pairing, other keys for each answer."""
    code, keys = add_room(world, 3)
    browsers = [browse() for _ in range(3)]
    for browser in browsers:
        browser.enter(code)
    for browser in browsers:
        finish(browser)
    assert [browser.page for browser in browsers] == ["thanks"] * 3
    rows = dump(world)["response"]
    assert {row["person_id"] for row in rows} == set(keys)
    for row in rows:
        place = Place("response", row["id"], row["partner_id"])
        assert open_as_person(keys[row["person_id"]], row["sealed"], place)
    events = dump(world)["consent_event"]
    assert {(row["person_id"], row["position"]) for row in events} == {(each, at) for each in keys for at in (0, 1)}
    receipts = {row["person_id"]: row["response_id"] for row in dump(world)["receipt"]}
    assert receipts == {row["person_id"]: row["id"] for row in rows}
    late = browse()
    late.enter(code)
    assert "does not open anything" in late.text


def test_whose_place_was_taken_meanwhile_gets_another_one(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety, doors without a person: nobody loses her answers because two opened one place."""
    code, keys = add_room(world, 2)
    browser, other = browse(), browse()
    for each in (browser, other):
        each.enter(code)
    with world.engines.owner.begin() as connection:
        connection.execute(text("update sitting set person_id = :person"), {"person": next(iter(keys))})
    for each in (browser, other):
        finish(each)
        assert each.page == "thanks"
    assert {row["person_id"] for row in dump(world)["response"]} == set(keys)
    browser.tap("agreed")
    browser.tap("take_back")
    assert [row["status"] for row in dump(world)["response"]].count("held") == 1


def test_a_refusal_in_a_room_takes_its_place(world: SurveyWorld, browse: Browse) -> None:
    code, keys = add_room(world, 1)
    browser = browse()
    browser.enter(code)
    while browser.page != "consent-answer":
        browser.tap("language" if browser.page == "language" else "next", language="en")
    browser.tap("no")
    assert [row["person_id"] for row in dump(world)["consent_event"]] == list(keys)
    assert [row["status"] for row in dump(world)["door"]] == ["spent"]


def test_a_sessions_card_opens_before_once_and_after_once_within_a_day(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: by the minute, also after the code's last day."""
    code, late = add_card(world), add_card(world)
    world.clock.pass_by(days=7)
    for each in (code, late):
        browser = browse()
        browser.enter(each)
        finish(browser)
    assert {row["wave"] for row in dump(world)["response"]} == {"before"}
    world.clock.pass_by(hours=23, minutes=59)
    browser = browse()
    browser.enter(code)
    finish(browser)
    assert sorted(row["wave"] for row in dump(world)["response"]) == ["after", "before", "before"]
    again = browse()
    again.enter(code)
    assert again.page == ""
    world.clock.pass_by(minutes=1)
    again.enter(late)
    assert again.page == ""


def test_when_a_card_was_used_is_not_told_by_the_database(world: SurveyWorld, browse: Browse) -> None:
    """architecture, sealed records: a clock time is no calendar day; staff may not even read the sealed one."""
    code = add_card(world)
    browser = browse()
    browser.enter(code)
    finish(browser)
    before, after = sorted(dump(world)["door"], key=lambda row: str(row["wave"] != "before"))
    assert before["use_sealed"]
    assert world.clock().isoformat().encode() not in before["use_sealed"]
    assert after["use_sealed"] is None
    with world.engines.owner.connect() as connection:
        granted = "select has_column_privilege('me_staff', 'door', 'use_sealed', 'select')"
        assert connection.scalar(text(granted)) is False


def test_no_code_of_any_kind_tells_why_it_opens_nothing(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: wrong, used, expired, revoked and never issued; personal, card and room; same queries."""
    codes: dict[str, str] = {"never issued": "ABCDEFGHJK"}
    for kind in ("personal", "card", "session", "room"):
        for state in ("used", "expired", "revoked"):
            known = {row["batch_id"] for row in dump(world)["door"]}
            if kind == "room":
                code = add_room_of(world, f"{state[0]}".upper())
            elif kind == "session":
                code = add_card(world)
            else:
                code = world.issue(kind=kind)[0]
            [batch] = {row["batch_id"] for row in dump(world)["door"]} - known
            codes[f"{kind} {state}"] = code
            if state == "used":
                for _ in range(2 if kind in {"session", "room"} else 1):
                    submit_directly(world.doorstep, code, "en", ALL_YES, {})
                continue
            with Session(world.engines.staff) as session:
                enter_partner(session, world.partner)
                doors = [door.id for door in list_doors(session, named=[batch])]
                if state == "revoked":
                    revoke_doors(session, doors, world.clock().date())
                else:
                    expire_doors(session, doors, world.clock().date().replace(day=1))
                session.commit()
    answers, queries = set(), set()
    for code in codes.values():
        browser = browse()
        with watch_statements(world.engines.survey) as seen:
            posted = browser.enter(code)
        queries.add(tuple(seen))
        page = re.sub(rb'name="csrf_token" value="[^"]*"', b"", browser.response.data)
        answers.add((posted.status_code, posted.data, browser.response.status_code, page))
    assert len(codes) == 13
    assert (len(answers), len(queries)) == (1, 1)


def add_room_of(world: SurveyWorld, mark: str) -> str:
    """A room with two places, whose people have codes that no other room's have."""
    keys = [world.doorstep.sources.new_id() for _ in range(2)]
    with Session(world.engines.staff) as session:
        enter_partner(session, world.partner)
        public, today = make_public_key(world.private_key), world.clock().date()
        rows = [
            PersonRow(each, world.partner, f"RM{mark}{at}", public, today, b"profile") for at, each in enumerate(keys)
        ]
        assert add_people(session, rows)
        session.commit()
    return issue(world, keys, [""], CARD, "room")


def test_a_revoked_card_cannot_send_and_an_expired_one_that_was_opened_can(world: SurveyWorld, browse: Browse) -> None:
    """privacy-and-safety 1.1: whoever found a lost card, and whoever opened hers in time."""
    browsers = []
    for end in (revoke_doors, expire_doors):
        known = {row["id"] for row in dump(world)["door"]}
        browser = browse()
        browser.enter(world.issue(survey=CARD, wave="")[0])
        [door] = {row["id"] for row in dump(world)["door"]} - known
        with Session(world.engines.staff) as session:
            enter_partner(session, world.partner)
            end(session, [door], world.clock().date().replace(day=1))
            session.commit()
        finish(browser)
        browsers.append(browser.page)
    assert browsers == ["closed", "thanks"]
