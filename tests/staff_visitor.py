"""A browser without a screen for tests of the staff site, and what it is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from me_platform.staff_site.app import make_staff_site
from me_platform.survey_site.preview import PreviewPages
from tests.preview_samples import make_pages
from tests.staff_samples import HASH_COST, PASSWORD, SECRET_KEY, StaffWorld, take_code

PAGES = make_pages()
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


class Visitor:
    """A browser without a screen: follows forms with their token, keeps cookies."""

    def __init__(self, app: Flask, base_url: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.base_url = base_url

    def get(self, path: str, **kwargs: Any) -> TestResponse:  # noqa: ANN401 - the test client's
        return self.client.get(path, base_url=self.base_url, buffered=True, **kwargs)

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        page: str = "/login",
        **kwargs: Any,  # noqa: ANN401 - the test client's
    ) -> TestResponse:
        """Send a form of ``page`` (of the one it leads to), with the token found there."""
        found = TOKEN.search(self.get(page, follow_redirects=True).text)
        token = {"csrf_token": found[1]} if found else {}
        return self.client.post(path, base_url=self.base_url, buffered=True, data={**token, **(data or {})}, **kwargs)

    def log_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Give name and password, and where they are right and the site asks, the code of the app."""
        answer = self.post("/login", {"email": email, "password": password})
        if answer.location == "/login/code":
            clock = self.client.application.extensions["clock"]
            answer = self.post("/login/code", {"code": take_code(clock)}, page="/login/code")
        return answer

    def get_cookie(self, name: str) -> str | None:
        cookie = self.client.get_cookie(name, "localhost")
        return cookie.value if cookie else None


def make_app(
    world: StaffWorld, *, tls: bool = False, sample: bool = False, pages: PreviewPages | None = PAGES
) -> Flask:
    """The site. A visitor that logs in finds the clock of the world at the app."""
    app = make_staff_site(
        world.desk,
        secret_key=SECRET_KEY,
        tls=tls,
        sample=sample,
        clock=world.clock.count_seconds,
        hash_cost=HASH_COST,
        pages=pages,
    )
    app.extensions["clock"] = world.clock
    return app


def make_visitor(world: StaffWorld, email: str = "") -> Visitor:
    """Somebody at the site by http, logged in where ``email`` names an account."""
    visitor = Visitor(make_app(world), "http://localhost")
    if email:
        assert visitor.log_in(email).status_code == 302
    return visitor


def without_token(response: TestResponse) -> str:
    return TOKEN.sub("", response.text)


@contextmanager
def listening(engine: Engine) -> Iterator[list[str]]:
    """The statements an engine runs meanwhile, without their values."""
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
