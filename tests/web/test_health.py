"""/health of both sites: one word for the operator's proxy, nothing about anybody, no cookie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from me_platform.services.health import Health
from me_platform.staff_site.app import make_staff_site
from me_platform.storage.database import make_engine
from tests.conftest import Engines
from tests.staff_samples import SECRET_KEY, StaffWorld
from tests.staff_samples import make_world as make_staff_world
from tests.survey_samples import SurveyWorld


@pytest.fixture
def staff_world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_staff_world(engines, tmp_path)


def make_staff_app(world: StaffWorld, engine: Engine | None = None) -> Flask:
    desk = replace(world.desk, engine=engine or world.desk.engine)
    return make_staff_site(desk, secret_key=SECRET_KEY, tls=True, sample=False, clock=world.clock.count_seconds)


def make_away(engine: Engine) -> Engine:
    return make_engine(engine.url.set(query={"host": "/nowhere", "port": "5432"}))


def ask(app: Flask, **cookies: str) -> tuple[int, str]:
    """What the site tells; everything that must hold for any answer is checked on the way."""
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    answer = client.get("/health")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.status_code, answer.text


def test_the_survey_site_is_well_with_its_database_only(world: SurveyWorld) -> None:
    assert ask(world.make_site(tls=True)) == (200, "ok")
    away = replace(world, doorstep=replace(world.doorstep, engine=make_away(world.engines.survey)))
    assert ask(away.make_site()) == (503, "")


def test_a_visitors_cookie_stays_as_it_is(world: SurveyWorld) -> None:
    """privacy-and-safety 1.2: only the survivor's own taps change her cookie."""
    app = world.make_site()
    client = app.test_client()
    client.get("/")
    before = client.get_cookie("s")
    assert client.get("/health").status_code == 200
    assert client.get_cookie("s") == before


def test_the_staff_site_is_well_with_database_and_vault(staff_world: StaffWorld) -> None:
    assert ask(make_staff_app(staff_world)) == (200, "ok")
    assert ask(make_staff_app(staff_world, make_away(staff_world.desk.engine))) == (503, "")
    staff_world.vault_file.rename(staff_world.vault_file.with_suffix(".away"))
    assert ask(make_staff_app(staff_world)) == (503, "")


def test_no_session_is_looked_up_or_ended(staff_world: StaffWorld) -> None:
    """A dead or foreign session cookie is neither read nor taken away, also while the database is away."""
    cookie = {"__Host-staff": "token"}
    statements: list[str] = []
    engine = staff_world.desk.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(str(arguments[2])))
    assert ask(make_staff_app(staff_world), **cookie) == (200, "ok")
    assert statements == ["select 1"]
    assert ask(make_staff_app(staff_world, make_away(engine)), **cookie) == (503, "")


def test_whoever_asks_often_costs_one_look_a_second() -> None:
    looks: list[float] = []
    now = [10.0]
    health = Health([lambda: looks.append(now[0])], lambda: now[0])
    for time in (10.0, 10.5, 10.9, 11.0, 11.5, 3.0):
        now[0] = time
        assert health.is_well()
    assert looks == [10.0, 11.0, 3.0]


def test_it_can_only_be_asked(world: SurveyWorld) -> None:
    client = world.make_site().test_client()
    assert [getattr(client, method)("/health").status_code for method in ("post", "put", "delete")] == [405] * 3


def test_it_can_only_be_asked_of_staff_too(staff_world: StaffWorld) -> None:
    client = make_staff_app(staff_world).test_client()
    assert [getattr(client, method)("/health").status_code for method in ("post", "put", "delete")] == [405] * 3
