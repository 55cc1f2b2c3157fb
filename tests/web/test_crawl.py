"""The crawl: every route of both sites, asked by its owner, by others with her ids, by every role and by nobody.

Another organisation's thing is answered as one that nobody ever had: status, bytes, headers and statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from me_platform.access import RULES, Action, Role
from me_platform.services.casework import hand_over
from me_platform.services.sittings import Doorstep
from me_platform.survey_site.site import make_survey_site
from tests.conftest import Engines, lend_folder
from tests.crawl_samples import (
    CODES,
    NOWHERE,
    PAIRS,
    Crawl,
    Pair,
    list_lost,
    list_views,
    log_in_all,
    make_crawl,
    make_missing,
    take_seat,
)
from tests.staff_visitor import TOKEN, Visitor, listening, make_app
from tests.survey_samples import Browser

Asker = tuple[Role, str]

BELOW = "/o/<organisation>"
LOOKS = [pair for pair in PAIRS if pair.method == "GET"]
IDS = ("freeze", "plan", "person", "caseworker", "service", "goal")
"""Things that a form names."""

SENDS = [pair for pair in PAIRS if pair.method == "POST"]
ABOUT_THINGS = [pair for pair in PAIRS if pair.parts]


@dataclass(frozen=True)
class Answer:
    """What came back, and what the database was asked meanwhile."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """The world, its site, and everybody at it."""

    crawl: Crawl
    app: Flask
    visitors: dict[Asker, Visitor]
    tokens: dict[Asker, str] = field(default_factory=dict)
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def ask(self, pair: Pair, asker: Asker, path: str) -> Answer:
        """Ask for a path as somebody who is logged in; a form is sent as its owner would, with the asker's token."""
        data = {**self.fill(pair), "csrf_token": self.find_token(asker)} if pair.method == "POST" else {}
        return self.send(self.visitors[asker], pair.method, path, data)

    def send(self, visitor: Visitor, method: str, path: str, data: dict[str, Any]) -> Answer:
        """Send it, and listen."""
        self.asked.append(path)
        with listening(self.crawl.staff.desk.engine) as statements:
            answer = visitor.client.open(path, method=method, base_url=visitor.base_url, data=data, buffered=True)
        body = TOKEN.sub("", answer.text).encode() if answer.mimetype == "text/html" else answer.data
        return Answer(answer.status_code, body, tuple(answer.headers), tuple(statements))

    def fill(self, pair: Pair) -> dict[str, str]:
        """What the owner of ALFA's thing would send."""
        if pair.name not in self.forms:
            self.forms[pair.name] = self.crawl.fill(self.visitors[pair.owner, "ALFA"], self.app, pair, "ALFA")
        return self.forms[pair.name]

    def find_token(self, asker: Asker) -> str:
        """A form token of somebody's own."""
        if asker not in self.tokens:
            found = TOKEN.search(self.visitors[asker].get("/account").text)
            assert found
            self.tokens[asker] = found[1]
        return self.tokens[asker]

    def make_path(self, pair: Pair, code: str, **given: Any) -> str:  # noqa: ANN401 - as of Crawl
        """Where a pair is."""
        return self.crawl.make_path(self.app, pair, code, **given)


@pytest.fixture(scope="module")
def scene(lasting_engines: Engines) -> Iterator[Scene]:
    """A world that nobody changes: what is sent here is refused, but for log lines of what was opened."""
    with lend_folder() as folder:
        crawl = make_crawl(lasting_engines, folder)
        app = make_app(crawl.staff)
        made = Scene(crawl, app, log_in_all(crawl, app))
        yield made
        print(f"\ndrill: {len(PAIRS)} pairs, {len(ELSEWHERE)} other routes, {len(made.asked)} answers looked at")  # noqa: T201


def name(pair: Pair) -> str:
    return pair.name


def test_every_route_below_an_organisation_has_a_pair_and_names_its_action(scene: Scene) -> None:
    routes = [(rule, method) for rule, method in list_views(scene.app) if rule.rule.startswith("/o/")]
    assert {rule.rule.startswith(BELOW) for rule, _ in routes} == {True}
    assert [pair.name for pair in PAIRS] == list(dict.fromkeys(pair.name for pair in PAIRS))
    assert {f"{method} {rule.endpoint}" for rule, method in routes} == {pair.name for pair in PAIRS}
    actions = {rule.endpoint: getattr(scene.app.view_functions[rule.endpoint], "action", None) for rule, _ in routes}
    for pair in PAIRS:
        action = actions[pair.endpoint]
        assert isinstance(action, Action), pair.name
        assert set(pair.statuses) <= set(RULES[action]), pair.name
    things = {pair.endpoint: {*pair.parts, *pair.fixed} for pair in PAIRS}
    assert all(things[rule.endpoint] | {"organisation"} == rule.arguments for rule, _ in routes)


@pytest.mark.parametrize("pair", LOOKS, ids=name)
def test_whoever_may_sees_the_own_and_nothing_of_others(scene: Scene, pair: Pair) -> None:
    seen = set()
    for code, other in zip(CODES, reversed(CODES), strict=True):
        for role, status in pair.statuses.items():
            answer = scene.ask(pair, (role, code), scene.make_path(pair, code))
            assert answer.status == status, (pair.name, role)
            if status == 200:
                seen.add(answer.body)
            if pair.marker and status == 200:
                assert scene.crawl.things[code][pair.marker].encode() in answer.body, (pair.name, role)
                assert scene.crawl.things[other][pair.marker].encode() not in answer.body, (pair.name, role)
    assert len(seen) >= len(CODES)


@pytest.mark.parametrize("pair", ABOUT_THINGS, ids=name)
def test_anothers_thing_is_answered_as_one_that_never_was(scene: Scene, pair: Pair) -> None:
    theirs = scene.crawl.things["BETA"]
    for role in pair.statuses:
        for lost in list_lost(pair):
            missing = scene.ask(pair, (role, "ALFA"), scene.make_path(pair, "ALFA", lost=lost))
            assert missing.status == 404, (pair.name, role, lost)
            foreign = {part: theirs[pair.parts[part]] for part in lost}
            assert scene.ask(pair, (role, "ALFA"), scene.make_path(pair, "ALFA", lost=foreign)) == missing, foreign


def test_anothers_id_in_a_form_is_one_that_never_was(scene: Scene) -> None:
    mine, theirs = scene.crawl.things["ALFA"], scene.crawl.things["BETA"]
    tried = set()
    for pair in SENDS:
        visitor, path = scene.visitors[pair.owner, "ALFA"], scene.make_path(pair, "ALFA")
        form = {**scene.fill(pair), "csrf_token": scene.find_token((pair.owner, "ALFA"))}
        for place, thing in ((place, thing) for place in form for thing in IDS if form[place] == mine[thing]):
            ids = (make_missing(thing), theirs[thing])
            missing, foreign = (scene.send(visitor, "POST", path, {**form, place: each}) for each in ids)
            assert missing.status in {404, 422}, (pair.name, place)
            assert foreign == missing, (pair.name, place)
            tried.add((pair.name, place))
    assert tried == {
        ("POST people.correct_service", "replaces"),
        ("POST people.follow_record", "replaces"),
        ("POST caseload.show", "person"),
        ("POST caseload.show", "account"),
        ("POST writing.begin", "snapshot"),
        ("POST snapshots.freeze", "plan"),
    }


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_whoever_may_not_finds_no_organisation(scene: Scene, pair: Pair, request: pytest.FixtureRequest) -> None:
    """All roles that the page is not for, and whoever it is for in the other organisation (in full: all)."""
    outside = list(Role) if request.config.getoption("--full") else list(pair.statuses)
    askers = [(role, "ALFA") for role in Role if role not in pair.statuses] + [(role, "BETA") for role in outside]
    for asker in askers:
        nowhere = scene.ask(pair, asker, scene.make_path(pair, NOWHERE, things="ALFA"))
        assert nowhere.status == 404
        assert scene.ask(pair, asker, scene.make_path(pair, "ALFA")) == nowhere, (pair.name, asker)


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_nobody_is_led_to_the_log_in_and_no_statement_is_run(scene: Scene, pair: Pair) -> None:
    visitor = Visitor(scene.app, "http://localhost")
    found = TOKEN.search(visitor.get("/login").text)
    assert found
    data = {**scene.fill(pair), "csrf_token": found[1]} if pair.method == "POST" else {}
    path = scene.make_path(pair, "ALFA")
    answer = scene.send(visitor, pair.method, path, data)
    assert answer.statements == ()
    assert answer.status == 302
    assert dict(answer.headers)["Location"] == "/login"


def test_an_owner_sends_every_form(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> None:
    crawl = make_crawl(engines, tmp_path_factory.mktemp("crawl"))
    app = make_app(crawl.staff)
    scene = Scene(crawl, app, log_in_all(crawl, app))
    given = {}
    for pair in SENDS:
        answer = scene.ask(pair, (pair.owner, "ALFA"), scene.make_path(pair, "ALFA"))
        given[pair.name] = answer.status
    assert given == {pair.name: pair.status for pair in SENDS}


# -- routes of nobody's organisation --------------------------------------------------------------------------------

ELSEWHERE = {
    # Who is logged in sees the own account only; nobody is led to the log-in.
    "GET start": (302, "/login"),
    "GET own.show": (302, "/login"),
    "POST own.choose_language": (302, "/login"),
    "GET own.new_password": (302, "/login"),
    "POST own.new_password": (302, "/login"),
    "POST own.end_others": (302, "/login"),
    "GET own.set_up": (302, "/login"),
    "POST own.set_up": (302, "/login"),
    "GET own.codes": (302, "/login"),
    "POST own.codes": (302, "/login"),
    "GET log_in.confirm": (302, "/login"),
    "POST log_in.confirm": (302, "/login"),
    "POST log_in.text": (302, "/login"),
    # The steps of a log-in: the second one is nobody's before the first.
    "GET security.login": (200, ""),
    "POST security.login": (200, ""),
    "GET log_in.code": (302, "/login"),
    "POST log_in.code": (302, "/login"),
    "GET log_in.set_up": (302, "/login"),
    "POST log_in.set_up": (302, "/login"),
    "POST security.logout": (302, "/login"),
    # Whoever has the link has the invitation; a wrong one is one that never was.
    "GET invitation.choose": (404, ""),
    "POST invitation.choose": (404, ""),
    # Everybody's: a language, files that are the same for all, whether the site works.
    "POST language.choose": (303, "/"),
    "GET health": (200, ""),
    "GET static": (200, ""),
    "GET bootstrap.static": (200, ""),
    "GET looks.static": (200, ""),
}
"""Routes that are about no organisation, and what a stranger gets there: status and where she is led."""

PARTS = {
    "static": {"filename": "staff.css"},
    "bootstrap.static": {"filename": "css/bootstrap.min.css"},
    "invitation": {"token": "none"},
}


def test_every_other_route_tells_a_stranger_nothing(scene: Scene) -> None:
    given = {}
    hidden = [text.encode() for things in scene.crawl.things.values() for text in things.values()]
    for rule, method in list_views(scene.app):
        if rule.rule.startswith(BELOW):
            continue
        visitor = Visitor(scene.app, "http://localhost")
        found = TOKEN.search(visitor.get("/login").text)
        assert found
        parts = PARTS.get(rule.endpoint) or PARTS.get(rule.endpoint.split(".")[0], {})
        path = str(scene.app.url_map.bind("").build(rule.endpoint, parts, method))
        answer = scene.send(visitor, method, path, {"csrf_token": found[1]} if method == "POST" else {})
        given[f"{method} {rule.endpoint}"] = (answer.status, dict(answer.headers).get("Location", ""))
        if rule.endpoint.split(".")[-1] != "static":
            assert not [text for text in hidden if len(text) > 3 and text in answer.body]
    assert given == ELSEWHERE


def test_the_survey_site_never_tells_whose_a_code_is(scene: Scene, lasting_engines: Engines) -> None:
    """A link, a code and a page of a stranger look the same whether they open something or nothing."""
    desk = scene.crawl.staff.desk
    doorstep = Doorstep(lasting_engines.survey, desk.catalogue.surveys, desk.pepper, desk.sources)
    app = make_survey_site(doorstep, secret_key="key of the tests", exit_url="https://weather.example/", contacts=None)
    assert {f"{method} {rule.rule}" for rule, method in list_views(app)} == {
        "GET /",  # where the visitor's own sitting is, by her cookie alone
        "POST /",  # what is typed there
        "GET /<string(length=26):token>",  # the start page; what the link opens is looked up when she says so
        "GET /a/<name>",  # sound of a survey's texts: the same for everybody, by a name nobody can guess
        "GET /health",  # whether the site works
    }
    links = {}
    for code in CODES:
        person, seat = UUID(scene.crawl.things[code]["person"]), take_seat(scene.crawl.staff, Role.CASEWORKER, code)
        with desk.open_office() as office:
            issued = hand_over(office, desk.catalogue, seat, person, "outcome-checkin", "", f"crawl {code}")
        assert issued is not None
        links[code] = issued.token
    tokens = ("", *links.values(), "".join(reversed(links["ALFA"])))
    with listening(lasting_engines.survey) as statements:
        starts = {
            TOKEN.sub("", Browser(app).open(f"/{token}").text).replace(token or "no link", "") for token in tokens
        }
    assert statements == []
    assert len(starts) == 2
    opened = Browser(app)
    opened.open(f"/{links['ALFA']}")
    opened.tap("open")
    assert opened.page
    hidden = [scene.crawl.things[code][each] for code in CODES for each in ("code", "word", "person")]
    pages = [*starts, opened.response.text]
    assert not [each for each in (*hidden, *CODES, *links.values()) for page in pages if each in page]
