"""Once and only once: people answer while what serves them is killed at random, again and again.

`script/drill kill`: 1,000 submissions, 64 kills; every run: a fixed share with each kind of kill.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from queue import Queue
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from me_platform.catalogue import load_catalogue
from me_platform.sealing.envelope import Place, compute_code_mac, open_as_person
from me_platform.services.codes import CodePurpose, read_typed_code
from me_platform.services.doors import LARGEST_BATCH, issue_doors
from me_platform.services.instance import Office, open_office
from me_platform.settings import load_settings
from me_platform.storage.models import ConsentEvent, Door, Receipt
from me_platform.storage.partners import get_partner
from me_platform.storage.responses import ResponseRow, list_live_responses
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.answers import decode_response
from me_platform.surveys.definition import Answer, Survey
from me_platform.surveys.question_types import check_answer
from tests.acceptance.conftest import ROOT, Me
from tests.acceptance.test_serve import PATIENCE, Service, find_port, list_children

SURVEY, PARTNER = "post-integration", "BERZ"
AT_ONCE = 6
FULL, SHARE = (1000, 64), (30, 4)
"""Submissions and kills."""


class Unanswered(Exception):
    """The site did not answer, or said that it cannot now: try again."""


@dataclass
class Person:
    """Somebody with a code and a browser that tries again until the page after sending is there."""

    port: int
    code: str
    chance: random.Random
    cookie: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    receipt: str = ""
    again: int = 0

    def answer(self) -> None:
        """Go through the survey to its end."""
        while not self.receipt:
            page = self.insist("GET")
            if 'class="notice code"' in page and 'name="key"' not in page:
                found = re.search(r'class="notice code" dir="ltr">([^<]+)<', page)
                assert found, "the receipt code stands on the page"
                self.receipt = found[1]
            else:
                self.insist("POST", self.fill_in(page))

    def fill_in(self, page: str) -> dict[str, str]:
        """What is tapped on a page."""
        form = page.partition("<main>")[2]
        fields = {
            name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        }
        here = fields.get("page", "")
        if not here:
            return fields | {"code": self.code, "do": "open"}
        if here == "language":
            return fields | {"do": "language", "language": "en"}
        if here.startswith("consent-"):
            return fields | {"do": "yes"}
        if here.startswith("question-"):
            name = here.removeprefix("question-")
            values = re.findall(r'type="radio" name="answer" value="([^"]*)"', form)
            self.answers[name] = self.chance.choice(values) if values else f"Words {self.chance.random()}"
            return fields | {"answer": self.answers[name], "do": "next"}
        return fields | {"do": "send" if "seal" in fields else "next"}

    def insist(self, method: str, fields: Mapping[str, str] | None = None) -> str:
        """Ask until there is an answer; the same again each time, as a browser does."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask(method, fields or {})
            except (OSError, HTTPException, Unanswered):
                assert time.monotonic() < end, "the site does not come back"
                self.again += 1
                wait_for_somebody(self.port)

    def ask(self, method: str, fields: Mapping[str, str]) -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, "/", urlencode(fields) if method == "POST" else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 500:
            raise Unanswered
        # A page that is out of date says so and changes nothing: the next look shows where the person is.
        assert answer.status in {200, 303, 400}, (answer.status, body)
        given = answer.getheader("Set-Cookie")
        if given:
            self.cookie = given.partition(";")[0]
        return body


def wait_for_somebody(port: int) -> None:
    """Until something listens there, or a moment has passed."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.02)
        else:
            threading.Event().wait(0.02)
            return


@dataclass
class Killer:
    """Kills a worker of the site, the site, a connection of the database or the database, in turn and at random."""

    service: Service
    data: Path
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)

    def kill(self, number: int) -> None:
        """One more death, of a kind that comes round; who of the kind is chosen at random."""
        kind = ("worker", "database", "site", "connection")[number % 4]
        victims = self.find(kind)
        end = time.monotonic() + PATIENCE
        while not victims:
            assert time.monotonic() < end, f"no {kind} to kill"
            threading.Event().wait(0.02)
            victims = self.find(kind)
        try:
            os.kill(self.chance.choice(victims), signal.SIGKILL)
        except ProcessLookupError:
            return self.kill(number)
        self.killed[kind] += 1
        return None

    def find(self, kind: str) -> list[int]:
        try:
            if kind in {"site", "worker"}:
                site = self.service.find_children().get("make_survey_app")
                return [] if site is None else [site] if kind == "site" else list_children(site)
            postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if kind == "database":
                return [postmaster]
            return [each for each in list_children(postmaster) if b"me_survey" in read_command(each)]
        except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            return []


def read_command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


@pytest.fixture
def served(me: Me) -> Iterator[tuple[Service, Path]]:
    ports = (find_port(), find_port())
    me.environment |= {"ME_SURVEY_PORT": str(ports[0]), "ME_STAFF_PORT": str(ports[1])}
    running = Service(me.environment, ports)
    running.hear("Stop with Ctrl-C.")
    yield running, Path(me.environment["ME_INSTANCE"])
    assert running.end() == 0


def test_a_killed_server_neither_loses_nor_doubles_an_answer(
    served: tuple[Service, Path], me: Me, pytestconfig: pytest.Config
) -> None:
    """Issue, done when 6; architecture, "Once and only once": 0 lost, 0 doubled, 0 half-written."""
    number, kills = FULL if pytestconfig.getoption("full") else SHARE
    service, instance = served
    settings, catalogue = load_settings(me.environment, ROOT), load_catalogue(ROOT)
    survey, chance = catalogue.get_survey(SURVEY), random.Random(20260302)  # noqa: S311 - the same deaths every time
    with open_office(settings, "me_staff") as office:
        doors = [
            door
            for first in range(0, number, LARGEST_BATCH)
            for door in issue_doors(office, survey, PARTNER, number=min(LARGEST_BATCH, number - first))
        ]
    people = [
        Person(service.survey_port, door.code, random.Random(place))  # noqa: S311 - the same answers every time
        for place, door in enumerate(doors)
    ]
    killer = Killer(service, instance / "database" / "data", chance)
    answer_while_killing(people, killer, kills)
    with open_office(settings, "me_worker") as office:
        check(office, survey, people)
    again = sum(person.again for person in people)
    deaths = ", ".join(f"{count} x {kind}" for kind, count in killer.killed.items())
    print(f"\ndrill: {number} submissions, {kills} kills ({deaths}), {again} requests asked again")  # noqa: T201
    print("drill: 0 lost, 0 doubled, 0 half-written")  # noqa: T201
    assert killer.killed.total() == kills


def answer_while_killing(people: list[Person], killer: Killer, kills: int) -> None:
    """Everybody answers, some at once; deaths are spread evenly over their arrivals."""
    arrived: Queue[None] = Queue()

    def answer(person: Person) -> None:
        try:
            person.answer()
        finally:
            arrived.put(None)

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        everybody = [crowd.submit(answer, person) for person in people]
        for death in range(kills):
            for _ in range(len(people) // (kills + 1)):
                arrived.get()
            killer.kill(death)
    for each in everybody:
        each.result()


def check(office: Office, survey: Survey, people: list[Person]) -> None:
    """What lies in the database is what the clients' own log says: each submission once, whole, and as answered."""
    with Session(office.engine) as session:
        partner = get_partner(session, PARTNER)
        enter_partner(session, partner.id)
        responses = {each.id: each for each in list_live_responses(session, until=office.sources.today())}
        receipts = {each.code_mac: each.response_id for each in session.scalars(select(Receipt))}
        spent = session.scalars(select(Door.status)).all()
        events = Counter(session.scalars(select(ConsentEvent.person_id)).all())
    keys = office.vault.list_people(partner.id)
    assert len({person.receipt for person in people}) == len(people)
    assert (len(responses), len(receipts), spent.count("spent")) == (len(people),) * 3
    assert set(receipts.values()) == set(responses)
    assert events == Counter({each.person: len(survey.purposes) for each in responses.values()})
    for person in people:
        mac = compute_code_mac(office.pepper, CodePurpose.RECEIPT, read_typed_code(person.receipt))
        response = receipts[mac]
        assert response is not None
        row = responses[response]
        assert read_answers(row, keys[row.person].private_key, survey) == expect_answers(person, survey)


def read_answers(row: ResponseRow, private_key: bytes, survey: Survey) -> dict[str, Answer]:
    opened = open_as_person(private_key, row.sealed, Place("response", row.id, row.partner))
    return dict(decode_response(opened, survey).answers)


def expect_answers(person: Person, survey: Survey) -> dict[str, object]:
    return {name: check_answer(survey.get_question(name), (value,), "") for name, value in person.answers.items()}
