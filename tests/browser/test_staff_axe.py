"""Every page of the staff site in real Chromium, looked at by axe with all its rules, best practice among them.

The pages are those of the crawl, every form with its faults, and what stands in the way of a page. Every run looks at
every fifth of them in Latvian on a small screen; ``--full`` (script/drill axe) at all, in both languages and on a wide
screen too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from me_platform.access import Role
from me_platform.staff_site.app import LARGEST_FORM
from me_platform.storage.accounts import delete_credentials
from tests.conftest import Engines, lend_folder
from tests.crawl_samples import PAIRS, Crawl, log_in_all, make_crawl
from tests.serving import serve
from tests.staff_samples import PASSWORD, add_member
from tests.staff_visitor import TOKEN, Visitor, make_app

NO_PAGES = {"figures.export", "figures.history", "reports.download", "jobs.state"}
"""A file, a picture, a file, and a part of a page."""

LONG = "x" * 5000
STALE = {"version": "0"}
FAULTS: Mapping[str, tuple[Mapping[str, str], int]] = {
    "people.add": ({"term": LONG}, 422),
    "people.change": ({"term": LONG}, 422),
    "people.add_service": ({"type": "", "hours": "x", "date": "x"}, 422),
    "people.correct_service": ({"hours": "x", "date": ""}, 422),
    "people.add_record": ({"category": "", "identified": ""}, 422),
    "people.follow_record": ({"rating": "", "date": ""}, 422),
    "people.give_code": ({"offer": ""}, 422),
    "people.decide": ({}, 422),
    "caseload.show": ({"person": "", "account": ""}, 422),
    "narratives.save": ({"save": "submit", "date": "", "changed_staff": LONG}, 422),
    "review.decide": ({"decision": "return", "comment": ""}, 422),
    "snapshots.freeze": ({"period": "x", "cutoff": ""}, 422),
    "activities.upload": ({}, 422),
    "reports.reject": ({"comment": ""}, 422),
    "writing.begin": ({"languages": ""}, 422),
    "writing.write": ({"our_words-en": LONG}, 422),
    "accounts.invite": ({"email": "x"}, 422),
    "log.verify": ({"head": LONG}, 422),
}
"""What is typed wrongly into each form that can have faults."""

CONFLICTS: Mapping[str, Mapping[str, str]] = {
    "people.change": STALE,
    "narratives.save": {**STALE, "changed_staff": "Other words."},
    "review.decide": {"decision": "return", "comment": "Please say more.", **STALE},
    "writing.write": {**STALE, "our_words-en": "Other words."},
}
"""Forms that another window was quicker with."""

SHOWN = {"people.give_code", "accounts.invite", "log.verify"}
"""Forms that answer with a page."""


@dataclass(frozen=True)
class View:
    """A page, or what a form leads to; ``asker`` is a role of ALFA or one of those who are on their way in."""

    asker: str
    path: str
    status: int = 200
    sent: Mapping[str, str] | None = None


@dataclass
class Scene:
    """The site, served, with everybody's cookies in a browser context of their own."""

    crawl: Crawl
    app: Flask
    address: str
    visitors: dict[str, Visitor]
    chromium: Browser
    pages: dict[str, Page] = field(default_factory=dict)

    def open_page(self, asker: str) -> Page:
        """The one tab of somebody."""
        if asker not in self.pages:
            context = self.chromium.new_context()
            put_cookies(context, self.visitors[asker], self.address)
            self.pages[asker] = context.new_page()
            self.pages[asker].goto(f"{self.address}/health")
        return self.pages[asker]


def put_cookies(context: BrowserContext, visitor: Visitor, address: str) -> None:
    """Give a browser what a visitor without a screen has."""
    for name in ("staff", "staff-start"):
        value = visitor.get_cookie(name)
        if value:
            context.add_cookies([{"name": name, "value": value, "url": address, "sameSite": "Strict"}])


@pytest.fixture(scope="module")
def scene(lasting_engines: Engines, chromium: Browser) -> Iterator[Scene]:
    with lend_folder() as folder:
        crawl = make_crawl(lasting_engines, folder)
        app = make_app(crawl.staff, sample=True)
        visitors = {str(role): each for (role, code), each in log_in_all(crawl, app).items() if code == "ALFA"}
        add_member(crawl.staff, "half@alfa.example", Role.OFFICER, "ALFA")
        new = add_member(crawl.staff, "new@alfa.example", Role.OFFICER, "ALFA")
        with Session(lasting_engines.staff) as session:
            delete_credentials(session, new, "totp")
            session.commit()
        for asker in ("nobody", "half", "new", "refused", "kira", "again"):
            visitors[asker] = Visitor(app, "http://localhost")
        for asker in ("half", "new"):
            visitors[asker].post("/login", {"email": f"{asker}@alfa.example", "password": PASSWORD})
        visitors["kira"].log_in("kira@kopa.example")
        visitors["again"].log_in("caseworker@alfa.example")
        with serve(app) as address:
            yield Scene(crawl, app, address, visitors, chromium)


def list_pages(scene: Scene) -> Iterator[View]:
    """What the crawl looks at, and the own account."""
    for pair in PAIRS:
        path = scene.crawl.make_path(scene.app, pair, "ALFA")
        if pair.method == "GET" and pair.endpoint not in NO_PAGES:
            yield View(pair.owner, path)
        elif pair.endpoint in SHOWN:
            form = scene.crawl.fill(scene.visitors[pair.owner], scene.app, pair, "ALFA")
            once = {"email": f"{uuid4()}@crawl.example"} if "email" in form else {}
            yield View(pair.owner, path, 200, {**form, **once})
    yield View("officer", "/account/codes", 200, find_token(scene.visitors["officer"]))
    yield View("kira", "/")
    for path in ("/account", "/account/password", "/account/factor", "/account/codes", "/confirm"):
        yield View("officer", path)


def list_faults(scene: Scene) -> Iterator[View]:
    """Every form that was filled in wrongly or too late."""
    for pair in PAIRS:
        for wrong, status in (FAULTS.get(pair.endpoint, ({}, 0)), (CONFLICTS.get(pair.endpoint, {}), 409)):
            if pair.method == "POST" and (wrong or status == 422) and status:
                form = scene.crawl.fill(scene.visitors[pair.owner], scene.app, pair, "ALFA")
                yield View(pair.owner, scene.crawl.make_path(scene.app, pair, "ALFA"), status, {**form, **wrong})
    token = find_token(scene.visitors["officer"])
    yield View("officer", "/account/password", 422, {**token, "current": "x", "password": "short", "again": "other"})
    yield View("officer", "/account/factor", 422, {**token, "code": "x"})
    yield View("officer", "/confirm", 422, {**token, "password": ""})
    yield View("officer", "/o/NONE/people", 404)
    yield View("officer", "/account/language", 413, {**token, "language": "x" * (LARGEST_FORM + 1)})
    yield View("officer", "/account/language", 400, {"language": "en"})


def list_ways_in(scene: Scene) -> Iterator[View]:
    """The steps of a log-in, right and wrong."""
    nobody, half = (find_token(scene.visitors[each], "/login") for each in ("nobody", "half"))
    yield View("nobody", "/login")
    yield View("nobody", "/login", 200, {**nobody, "email": "", "password": ""})
    yield View("nobody", "/login", 200, {**nobody, "email": "x@alfa.example", "password": "wrong"})
    yield View("nobody", "/invitation/none", 404)
    yield View("half", "/login/code")
    yield View("half", "/login/code", 422, {**half, "code": "1"})
    yield View("new", "/login/set-up")
    yield View("new", "/login/set-up", 422, {**find_token(scene.visitors["new"], "/login/set-up"), "code": "1"})
    for attempt in range(12):
        wrong = {**find_token(scene.visitors["refused"], "/login"), "email": "late@alfa.example", "password": "wrong"}
        if attempt == 11:
            yield View("refused", "/login", 429, wrong)
        else:
            scene.visitors["refused"].post("/login", wrong)
    pair = next(each for each in PAIRS if each.name == "POST narratives.save")
    path = scene.crawl.make_path(scene.app, pair, "ALFA")
    words = {"changed_staff": "What she wrote when her log-in was over."}
    yield View("nobody", path, 401, {**find_token(scene.visitors["caseworker"]), **words})
    yield View("caseworker", path, 401, {**find_token(scene.visitors["again"]), **words})


def find_token(visitor: Visitor, page: str = "/account") -> dict[str, str]:
    found = TOKEN.search(visitor.get(page, follow_redirects=True).text)
    assert found
    return {"csrf_token": found[1]}


SEND = """([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  form.enctype = "multipart/form-data";
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


def look(scene: Scene, view: View) -> list[str]:
    """Open a page and let axe look at it; its complaints in a line each."""
    page = scene.open_page(view.asker)
    if view.sent is None:
        answer = page.goto(scene.address + view.path)
    else:
        with page.expect_navigation() as moved:
            page.evaluate(SEND, [view.path, view.sent])
        answer = moved.value
    assert answer is not None
    found = Axe().run(page).response["violations"]
    told = [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
    if answer.status != view.status:
        told.append(f"{view.path}: status {answer.status}, not {view.status}")
    return told


def find_complaints(scene: Scene, language: str, width: int, *, every: int) -> dict[str, list[str]]:
    """What axe says of every so many of the pages in a language, on a screen of a width, and of which of them."""
    for visitor in scene.visitors.values():
        visitor.post("/language", {"language": language}, page="/account")
    views = [*list_pages(scene), *list_faults(scene), *list_ways_in(scene)][::every]
    complaints: dict[str, list[str]] = {}
    for view in views:
        page = scene.open_page(view.asker)
        page.set_viewport_size({"width": width, "height": 800})
        for told in look(scene, view):
            complaints.setdefault(told, []).append(f"{view.asker} {view.path} {view.status}")
    print(f"\ndrill: {len(views)} pages, {language}, {width} px")  # noqa: T201
    return complaints


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every page in both languages and widths in full; every fifth of them, in one, in every run."""
    if "every" in metafunc.fixturenames:
        share, full = [("lv", 360, 5)], [("lv", 360, 1), ("en", 1280, 1), ("lv", 1280, 1)]
        metafunc.parametrize(("language", "width", "every"), full if metafunc.config.getoption("--full") else share)


def test_axe_finds_nothing(scene: Scene, language: str, width: int, every: int) -> None:
    assert find_complaints(scene, language, width, every=every) == {}
