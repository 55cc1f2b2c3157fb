"""A small world for tests of the survivor's door: one invented person, codes, a clock, a browser without a screen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import Flask
from lxml import html
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from me_platform.sealing.envelope import Place, compute_code_mac, make_public_key, open_as_person
from me_platform.services.codes import CodePurpose, make_door_code, make_link_token
from me_platform.services.sittings import Doorstep
from me_platform.settings import Sources
from me_platform.storage.doors import IssuedDoorRow, add_door
from me_platform.storage.duty import add_duty_key
from me_platform.storage.models import Base
from me_platform.storage.partners import PartnerRow, add_partner
from me_platform.storage.people import PersonRow, add_person
from me_platform.storage.tenancy import enter_partner
from me_platform.survey_site.contacts import Contact, Contacts
from me_platform.survey_site.site import make_survey_site
from me_platform.surveys.answers import decode_response
from me_platform.surveys.definition import Answer, Mode, Purpose, Survey
from me_platform.surveys.flow import list_pages
from me_platform.surveys.loading import load_surveys
from tests.conftest import Engines

SURVEY = "outcome-checkin"
EXIT_URL = "https://weather.example/today?city=riga"
CONTACTS = Contacts(
    checked=date(2026, 2, 14),
    contacts=(
        Contact(
            name={"en": "Emergency", "lv": "Ārkārtas palīdzība"},
            phone="112",
            hours={"en": "day and night", "lv": "visu diennakti"},
        ),
    ),
)
Browse = Callable[..., "Browser"]
"""Makes a browser; keywords are the headers it sends."""

ALL_YES: Mapping[Purpose, bool] = MappingProxyType(dict.fromkeys(Purpose, True))


@cache
def load_every_survey() -> Mapping[str, Survey]:
    """The surveys that ship with the project, by id."""
    return load_surveys(Path(__file__).parents[1])


def load_survey() -> Survey:
    """The survey most tests answer."""
    return load_every_survey()[SURVEY]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def count_seconds(self) -> float:
        """The same clock, for the limit on wrong codes."""
        return self.time.timestamp()

    def pass_by(self, **duration: float) -> None:
        """Let time pass."""
        self.time += timedelta(**duration)


@dataclass
class SurveyWorld:
    """A database with one partner and one person, and what the survey site needs to serve it."""

    engines: Engines
    doorstep: Doorstep
    clock: Clock
    partner: UUID
    person: UUID
    private_key: bytes = field(repr=False)
    duty_key: bytes = field(repr=False)

    def issue(self, **changes: Any) -> tuple[str, str]:  # noqa: ANN401 - columns of a door
        """A new door; returns its code and its link's token."""
        chance, pepper = self.doorstep.sources.random, self.doorstep.pepper
        code, token = make_door_code(chance), make_link_token(chance)
        today = self.clock().date()
        door = IssuedDoorRow(
            id=self.doorstep.sources.new_id(),
            partner=self.partner,
            person=self.person,
            code_mac=compute_code_mac(pepper, CodePurpose.DOOR, code),
            link_mac=compute_code_mac(pepper, CodePurpose.LINK, token),
            kind="personal",
            survey=SURVEY,
            survey_version=load_survey().version,
            wave="baseline",
            issued=today,
            expires=today + timedelta(days=7),
        )
        with Session(self.engines.staff) as session:
            enter_partner(session, self.partner)
            add_door(session, replace(door, **changes))
            session.commit()
        return code, token

    def make_site(self, **options: Any) -> Flask:  # noqa: ANN401 - options of the site
        """The site over this world."""
        chosen = {"exit_url": EXIT_URL, "contacts": CONTACTS, "clock": self.clock.count_seconds, **options}
        return make_survey_site(self.doorstep, secret_key="key of the tests", **chosen)


def make_world(engines: Engines, seed: int = 1) -> SurveyWorld:
    """One partner, one person whose private key the test holds, and a doorstep of the role `me_survey`."""
    clock = Clock()
    sources = Sources(now=clock, random=random.Random(seed).randbytes)  # noqa: S311 - the same world every time
    partner, person, private_key = sources.new_id(), sources.new_id(), sources.random(32)
    with Session(engines.staff) as session:
        add_partner(session, PartnerRow(partner, "ALFA"))
        enter_partner(session, partner)
        add_person(
            session,
            PersonRow(person, partner, "PERSON22", make_public_key(private_key), clock().date(), b"profile"),
        )
        add_duty_key(session, partner, partner, make_public_key(private_key[::-1]))
        session.commit()
    doorstep = Doorstep(engines.survey, load_every_survey(), sources.random(32), sources)
    return SurveyWorld(engines, doorstep, clock, partner, person, private_key, private_key[::-1])


class Browser:
    """Reads the forms of the current page and taps what they offer; keeps cookies; has tabs."""

    def __init__(self, app: Flask, base_url: str = "http://localhost", **headers: str) -> None:
        self.client = app.test_client()
        self.base_url, self.headers = base_url, headers
        self.response: TestResponse
        self.open("/")

    @property
    def document(self) -> html.HtmlElement:
        """The page on the screen."""
        return html.document_fromstring(self.response.text)

    @property
    def text(self) -> str:
        """The words on the screen, without style and script."""
        return " ".join(self.document.find(".//main").text_content().split())

    @property
    def page(self) -> str:
        """The name of the page the forms answer; empty on the start page."""
        found = self.document.find(".//main//input[@name='page']")
        return "" if found is None else str(found.get("value"))

    def open(self, path: str) -> TestResponse:
        """Go to an address."""
        self.response = self.client.get(path, base_url=self.base_url, headers=self.headers)
        return self.response

    def read_form(self, do: str) -> dict[str, str]:
        """The hidden fields of the form that offers an action, and the action."""
        for form in self.document.iterfind(".//main//form"):
            if form.find(f".//*[@name='do'][@value='{do}']") is not None:
                hidden = form.iterfind(".//input[@type='hidden']")
                return {**{f.get("name", ""): f.get("value", "") for f in hidden}, "do": do}
        raise AssertionError(f"the page '{self.page}' does not offer {do}")

    def send(self, fields: Mapping[str, Any], **headers: str) -> TestResponse:
        """Post fields as they are; a redirect to a page of the site is followed."""
        posted = self.client.post("/", data=dict(fields), base_url=self.base_url, headers={**self.headers, **headers})
        if posted.status_code == 303 and posted.headers["Location"] == "/":
            self.open("/")
        else:
            self.response = posted
        return posted

    def tap(self, do: str, **fields: Any) -> TestResponse:  # noqa: ANN401 - form values
        """Tap a button of the current page, with these fields filled in."""
        return self.send({**self.read_form(do), **fields})

    def enter(self, code: str) -> TestResponse:
        """Type a code on the start page."""
        return self.tap("open", code=code)

    def walk_to(self, page: str, *, language: str = "en", answers: Mapping[str, str] = MappingProxyType({})) -> None:
        """Tap on until a page is on the screen: yes to every purpose; answers by question, others skipped."""
        known = list_pages(load_survey(), {})
        assert page in {*known, "thanks"}, page
        assert {f"question-{name}" for name in answers} <= set(known), answers
        while self.page != page:
            kind, _, name = self.page.partition("-")
            if kind == "language":
                self.tap("language", language=language)
            elif kind == "consent":
                self.tap("yes")
            elif kind == "question" and name in answers:
                self.tap("next", answer=answers[name])
            elif kind == "question":
                self.tap("skip")
            else:
                self.tap("send" if kind == "send" else "next")

    @property
    def code(self) -> str:
        """The receipt code on the screen."""
        return str(self.document.findtext(".//p[@class='notice code']"))


def visit_every_page(world: SurveyWorld, browser: Browser, language: str = "en") -> Iterator[str]:
    """Every kind of page, one after the other, each on the screen when its name comes."""
    yield "start"
    browser.enter("ABCDEFGHJK")
    yield "start, code refused"
    browser.enter(world.issue()[0])
    for page in list_pages(load_survey(), {}):
        browser.walk_to(page, language=language)
        yield page
    browser.tap("helper")
    yield "helper"
    browser.tap("helped", answer="interpreter")
    yield "send, helped"
    browser.tap("review")
    yield "review"
    browser.tap("pause")
    yield "paused"
    browser.tap("resume")
    browser.tap("next")
    browser.walk_to("thanks")
    yield "thanks"
    browser.tap("talk")
    yield "talk"
    browser.tap("ask", answer="After six.")
    yield "asked"
    browser.tap("return")
    browser.tap("agreed")
    yield "agreed"
    browser.tap("card")
    yield "card"
    browser.tap("show", answer=world.issue()[0])
    yield "card, refused"
    browser.tap("agreed")
    browser.tap("take_one")
    yield "take_one"
    browser.tap("take_one", answer="1")
    yield "agreed, one taken back"
    browser.tap("take_back")
    yield "agreed, taken back"
    browser.tap("end")
    browser.enter(world.issue()[0])
    browser.walk_to("consent-answer", language=language)
    browser.tap("no")
    yield "refused"
    browser.open("/nothing-here")
    yield "404"
    browser.send({})
    yield "400"


def dump(world: SurveyWorld) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, past the wall."""
    with world.engines.owner.connect() as connection:
        return {
            table.name: sorted(
                (dict(row) for row in connection.execute(table.select()).mappings()), key=lambda row: str(row["id"])
            )
            for table in Base.metadata.sorted_tables
            if "id" in table.c
        }


def count_rows(world: SurveyWorld) -> dict[str, int]:
    return {
        name: len(rows)
        for name, rows in dump(world).items()
        if rows and name not in {"partner", "person", "door", "duty_key"}
    }


def read_response(world: SurveyWorld, mode: Mode = Mode.SELF) -> Mapping[str, Answer]:
    """The answers of the only response, opened as nobody but the holder of the person's key can; given in a mode."""
    [row] = dump(world)["response"]
    opened = open_as_person(world.private_key, row["sealed"], Place("response", row["id"], row["partner_id"]))
    response = decode_response(opened, load_survey())
    assert response.mode is mode
    return response.answers


def list_events(world: SurveyWorld) -> list[tuple[int, str, str]]:
    rows = sorted(dump(world)["consent_event"], key=lambda row: row["position"])
    return [(row["position"], row["purpose"], row["decision"]) for row in rows]


@contextmanager
def watch_statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
