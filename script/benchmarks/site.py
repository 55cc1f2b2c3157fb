"""The survey site under load, as `me serve` runs it, beside two small applications on the same server settings.

All run under gunicorn with the site's own command line and, where they store, in the same embedded PostgreSQL. A GET
opens a sealed draft and shows a question; a POST opens the draft, takes an answer, seals it and commits; a sending
seals the answers to the person and commits them with consents and receipt. Draft, padding and commit are the real
ones.
"""

from __future__ import annotations

import base64
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import create_engine, text

from me_platform.catalogue import Catalogue
from me_platform.services.answering import find_visit, take_step
from me_platform.services.doors import issue_doors
from me_platform.services.instance import Office, find_role_url, open_office
from me_platform.services.sittings import Doorstep
from me_platform.settings import Settings
from me_platform.storage.database import OWNER
from me_platform.supervisor import Part, make_survey_part, run_part, wait_for_port
from me_platform.surveys import flow
from me_platform.surveys.definition import Question
from me_platform.surveys.flow import Form
from script.benchmarks.instance import PARTNER, lend_instance
from script.benchmarks.load import Visitor, compute_rate, exchange, make_request, serve_nothing
from script.benchmarks.rivals import VALUES
from script.benchmarks.rounds import Line, Size, at_least

SURVEY = "outcome-checkin"
SEATS = 6
"""Visitors who answer at the same time; each has a sitting of her own."""
_SENDINGS = 12
"""Surveys sent per second of a round's length: each has to be filled in before."""
_PLAIN = make_request("GET")
_POST = make_request("POST", body=urlencode({"answer": VALUES[0]}).encode())

Loads = Mapping[str, Sequence[Visitor]]
"""What is asked of an application, by name."""


def list_lines(root: Path, size: Size) -> Iterator[Line]:
    """Requests per second of the site over those of "ok" and of the bare form application."""
    with lend_instance(root) as (settings, catalogue), ExitStack() as stack:
        offices = _Offices(
            stack.enter_context(open_office(settings, "me_staff")),
            stack.enter_context(open_office(settings, "me_survey")),
            catalogue,
        )
        make_table(settings)
        part = make_survey_part(settings)
        applications = ("", "script.benchmarks.rivals:make_ok_app()", "script.benchmarks.rivals:make_form_app()")
        running = [stack.enter_context(run_application(part, root, application)) for application in applications]
        for port, process in running:
            wait_for_port("127.0.0.1", port, process)
        site, ok, form = (port for port, _ in running)
        nothing = stack.enter_context(serve_nothing())
        seated = [offices.seat(site, flow.make_question_page(offices.questions[0])) for _ in range(SEATS)]
        plain, post = [Visitor((_PLAIN,), b"200")] * SEATS, [Visitor((_POST,), b"200")] * SEATS
        contenders: dict[str, tuple[int, Loads]] = {
            "site": (
                site,
                {"GET": [_look(each) for each in seated], "POST": [offices.answer(each) for each in seated]},
            ),
            "ok": (ok, {"GET": plain, "POST": post}),
            "form": (form, {"GET": plain, "POST": [Visitor((_POST,), b"303")] * SEATS}),
            "nothing": (nothing, {"GET": plain}),
        }
        rates = _measure(contenders, size)
        most = rates["nothing", "GET"]
        for load, goal in (("GET", 0.6), ("POST", 0.25)):
            rivals = (("ok", 'Flask "ok"', at_least(goal)), ("form", "a bare form application", None))
            for rival, words, wanted in rivals:
                yield Line(
                    "site",
                    f"survey page, {load} : {words}",
                    rates["site", load] / rates[rival, load],
                    wanted,
                    f"{rates['site', load]:.0f} : {rates[rival, load]:.0f} a second; the generator can {most:.0f}",
                )
        yield _measure_sending(offices, (site, ok), size)


@dataclass(frozen=True)
class _Seat:
    """A visitor on a page of the site: her cookie and the hidden fields of the page's form."""

    cookie: str
    hidden: Mapping[str, str]


def _look(seat: _Seat) -> Visitor:
    """Look at the page, again and again."""
    return Visitor((make_request("GET", seat.cookie),), b"200")


def _send(seat: _Seat) -> Visitor:
    """Send the survey, once."""
    return Visitor((_make_post(seat, {**seat.hidden, "do": "send"}),), b"303", once=True)


def _make_post(seat: _Seat, fields: Mapping[str, str]) -> bytes:
    return make_request("POST", seat.cookie, urlencode(fields).encode())


@dataclass(frozen=True)
class _Offices:
    """Staff who hand out codes, and the survey site's own role, to fill in what is not measured."""

    staff: Office
    survey: Office
    catalogue: Catalogue

    @property
    def doorstep(self) -> Doorstep:
        """What the survey site works with."""
        return Doorstep(self.survey.engine, self.catalogue.surveys, self.survey.pepper, self.survey.sources)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The survey's questions."""
        return self.catalogue.get_survey(SURVEY).questions

    def seat(self, port: int, page: str) -> _Seat:
        """A new person who has come as far as a page, answering every question on the way."""
        (door,) = issue_doors(self.staff, self.catalogue.get_survey(SURVEY), PARTNER)
        opened = exchange(port, make_request("GET"))
        cookie, hidden = _find_cookie(opened), _find_hidden(opened)
        answer = exchange(
            port, make_request("POST", cookie, urlencode({**hidden, "code": door.code, "do": "open"}).encode())
        )
        cookie = _find_cookie(answer)
        secret = base64.urlsafe_b64decode(cookie.partition("=")[2][:43] + "=")
        while (visit := find_visit(self.doorstep, secret)) is not None:
            current = flow.get_current_page(visit.draft)
            if current == page:
                break
            take_step(self.doorstep, secret, _fill_in(current, flow.find_question(visit.draft, visit.survey)))
        return _Seat(cookie, _find_hidden(exchange(port, make_request("GET", cookie))))

    def answer(self, seat: _Seat) -> Visitor:
        """Answer the first question, go back from the second, again and again."""
        second = flow.make_question_page(self.questions[1])
        return Visitor(
            (
                _make_post(seat, {**seat.hidden, "answer": "yes", "do": "next"}),
                _make_post(seat, {**seat.hidden, "page": second, "do": "back"}),
            ),
            b"303",
        )


def _fill_in(page: str, question: Question | None) -> Form:
    if question is not None:
        values = tuple(choice.value for choice in question.choices[:1]) if question.kind == "single_choice" else ()
        return Form(page, "next" if values else "skip", values=values)
    if page.startswith("consent-"):
        return Form(page, "yes")
    return Form(page, "language" if page == flow.LANGUAGE else "next", language="en")


def _find_cookie(answer: bytes) -> str:
    found = re.search(rb"(?i)set-cookie: ([^;]+)", answer)
    assert found, "the site gives a cookie"  # noqa: S101
    return found[1].decode()


def _find_hidden(answer: bytes) -> dict[str, str]:
    """The hidden fields of the page's main form."""
    main = answer.decode("utf-8", "replace").partition("<main")[2]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main)
    return {name: unescape(value) for name, value in fields}


def _measure(contenders: Mapping[str, tuple[int, Loads]], size: Size) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(size.rounds):
        for name, (port, loads) in contenders.items():
            for load, visitors in loads.items():
                found.setdefault((name, load), []).append(compute_rate(port, visitors, size.seconds))
    return {key: median(rates) for key, rates in found.items()}


def _measure_sending(offices: _Offices, ports: tuple[int, int], size: Size) -> Line:
    """Whole surveys sent per second; every sending is another person's."""
    site, ok = ports
    rates, others = [], []
    for _ in range(min(size.rounds, 3)):
        seats = [offices.seat(site, flow.SEND) for _ in range(max(2, round(size.seconds * _SENDINGS)))]
        rates.append(compute_rate(site, [_send(seat) for seat in seats], 0))
        others.append(compute_rate(ok, [Visitor((_POST,), b"200")] * SEATS, size.seconds))
    return Line(
        "site",
        'a whole survey sent : Flask "ok"',
        median(rates) / median(others),
        None,
        f"{median(rates):.0f} : {median(others):.0f} a second",
    )


@contextmanager
def run_application(part: Part, root: Path, application: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The site's own command on a free port, with another application where one is named."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [f"--bind=127.0.0.1:{port}" if word.startswith("--bind=") else word for word in part.command]
    if application:
        command[-1] = application
    # The load is no visitor's: workers are not renewed in the middle of it.
    command = [word for word in command if not word.startswith("--max-requests")]
    mine = replace(part, command=tuple(command), environment={**part.environment, "PYTHONPATH": str(root)})
    with run_part(mine) as process:
        yield port, process


def make_table(settings: Settings) -> None:
    """The form application's table, writable by the role the survey site has."""
    engine = create_engine(find_role_url(settings, OWNER))
    with engine.begin() as owner:
        owner.execute(text("create table bench_row (id bytea primary key, answer text)"))
        owner.execute(text("grant insert on bench_row to me_survey"))
    engine.dispose()
