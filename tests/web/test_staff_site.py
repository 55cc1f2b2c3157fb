"""The staff site over WSGI, on the real database as ``me_staff``, by http and by https."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.exchange import spreadsheets
from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.services.accounts import ABSOLUTE, IDLE, LANGUAGES, disable_user, hash_password
from me_platform.staff_site import failures
from me_platform.staff_site.app import LARGEST_FORM, make_staff_site
from me_platform.staff_site.language import load_site_wording
from me_platform.staff_site.limits import IN_TOTAL, PER_NAME
from me_platform.storage.database import make_engine
from tests.conftest import Engines
from tests.staff_samples import PASSWORD, READABLE, SECRET_KEY, USERS, StaffWorld, make_world
from tests.staff_visitor import TOKEN, Visitor, listening, make_app, make_visitor, without_token

OFFICER, MANAGER, FUNDER = "anna@alfa.example", "bruno@beta.example", "finn@fund.example"
LIST = "/o/ALFA/reports"
FAILED = "do not belong together"


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


@pytest.fixture(params=["http", "https"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(world: StaffWorld, scheme: str) -> Flask:
    return make_app(world, tls=scheme == "https")


@pytest.fixture
def visitor(app: Flask, scheme: str) -> Visitor:
    return Visitor(app, f"{scheme}://localhost")


# -- who sees what --------------------------------------------------------------------------------------------------


def test_somebody_logs_in_reads_downloads_and_logs_out(world: StaffWorld, visitor: Visitor) -> None:
    answer = visitor.log_in(OFFICER)
    assert (answer.status_code, answer.location) == (302, "/")
    page = visitor.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert OFFICER in page.text
    pdf = visitor.get(world.get_path("ALFA lv"))
    assert pdf.status_code == 200
    assert pdf.data == world.get_pdf("ALFA lv")
    answer = visitor.post("/logout", page="/")
    assert (answer.status_code, answer.location) == (302, "/login")
    assert visitor.get("/").location == "/login"


@pytest.mark.parametrize("email", USERS)
def test_everybody_sees_the_reports_of_the_rule_book_and_no_other(world: StaffWorld, email: str) -> None:
    """Issue A, tenancy and roles; the expected names are written down in staff_samples."""
    visitor = make_visitor(world, email)
    for code in {name.split()[0] for name in world.reports}:
        page = visitor.get(f"/o/{code}/reports")
        assert page.status_code == (200 if any(name.startswith(code) for name in READABLE[email]) else 404)
        for name, report in world.reports.items():
            seen = name in READABLE[email] and name.startswith(code)
            assert (str(report) in page.text) is seen
            answer = visitor.get(f"/o/{code}/reports/{report}.pdf")
            assert (answer.status_code, answer.data == world.get_pdf(name)) == ((200, True) if seen else (404, False))


@pytest.mark.parametrize("email", USERS)
def test_a_report_of_others_answers_as_a_missing_one(world: StaffWorld, email: str) -> None:
    """Issue C, bad input: another partner's id gives the same status, bytes (but for the token) and queries."""
    visitor = make_visitor(world, email)
    # The first page keeps a form token in the session's row; which organisations there are is read once.
    visitor.get("/nothing")
    visitor.get("/")
    for code in ("ALFA", "BETA", "KOPA", "SOLO", "NONE"):
        with listening(world.desk.engine) as expected:
            missing = visitor.get(f"/o/{code}/reports/{uuid4()}.pdf")
        assert missing.status_code == 404
        for name, report in world.reports.items():
            if name in READABLE[email] and name.startswith(code):
                continue
            with listening(world.desk.engine) as statements:
                answer = visitor.get(f"/o/{code}/reports/{report}.pdf")
            assert (answer.status_code, without_token(answer)) == (404, without_token(missing))
            assert {**answer.headers, "Content-Length": ""} == {**missing.headers, "Content-Length": ""}
            assert statements == expected


@pytest.mark.parametrize(
    "path",
    ["/", "/o/ALFA/reports", "/o/NONE/reports", "/o/ALFA/reports/{existing}.pdf", "/o/ALFA/reports/{missing}.pdf"],
)
def test_nobody_reads_without_a_log_in(world: StaffWorld, visitor: Visitor, path: str) -> None:
    with listening(world.desk.engine) as statements:
        answer = visitor.get(path.format(existing=world.reports["ALFA en"], missing=uuid4()))
    assert (answer.status_code, answer.location) == (302, "/login")
    assert statements == []


def test_the_list_says_what_each_report_is(world: StaffWorld) -> None:
    english = unescape(make_visitor(world, FUNDER).get("/o/ALFA/reports").text)
    for words in (
        "Impact report",
        "Steps to independence",
        "Shelter House Alfa",
        "1\N{NO-BREAK SPACE}Oct\N{NO-BREAK SPACE}2025 – 30\N{NO-BREAK SPACE}Sep\N{NO-BREAK SPACE}2026",
    ):
        assert words in english
    for words in (
        "Latvian",
        "English",
        "6\N{NO-BREAK SPACE}Oct\N{NO-BREAK SPACE}2026",
        ">Sample<",
    ):
        assert words in english
    latvian = unescape(make_visitor(world, OFFICER).get("/o/ALFA/reports").text)
    for words in ("Ietekmes ziņojums", "Patvēruma māja “Alfa”", "01.10.2025. – 30.09.2026."):
        assert words in latvian
    for words in ("latviešu", "angļu", "06.10.2026.", ">Paraugs<", "Lejupielādēt"):
        assert words in latvian
    assert "On its own latviski" in latvian


def test_somebody_without_reports_is_told_so(world: StaffWorld, engines: Engines) -> None:
    with engines.owner.begin() as connection:
        connection.execute(text("delete from report"))
    page = make_visitor(world, MANAGER).get("/o/BETA/reports").text
    assert "There is no report for you yet" in page
    assert "<table" not in page


def test_the_first_page_leads_on(world: StaffWorld) -> None:
    """Whoever has one organisation is led there; whoever has several chooses; whoever has none is told so."""
    assert make_visitor(world, MANAGER).get("/").location == "/o/BETA/people"
    page = unescape(make_visitor(world, FUNDER).get("/").text)
    for name, code in (("Shelter House Alfa", "ALFA"), ("Counselling Centre Beta", "BETA"), ("Together", "KOPA")):
        assert name in page
        assert f'href="/o/{code}/reports"' in page
    assert "SOLO" not in page


def test_the_file_has_a_neutral_name_and_type(world: StaffWorld) -> None:
    report = world.reports["ALFA en"]
    answer = make_visitor(world, OFFICER).get(f"/o/ALFA/reports/{report}.pdf")
    name = f"report-2025-10-01-2026-09-30-en-{report.hex[:8]}.pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"


# -- logging in -----------------------------------------------------------------------------------------------------


WRONG = (
    (OFFICER, "wrong password, long enough"),
    (OFFICER, ""),
    (OFFICER, "a\x00b" * 5),
    (OFFICER, "x" * 20_000),
    (OFFICER, PASSWORD.upper()),
    ("nobody@alfa.example", PASSWORD),
    ("", PASSWORD),
    ("no address", PASSWORD),
    ("a\x00@b.example", PASSWORD),
    ("\u202e@b.example", PASSWORD),
    ("x" * 20_000, PASSWORD),
    ("'; drop table account; --", PASSWORD),
)


def test_a_wrong_log_in_is_refused_with_one_sentence(world: StaffWorld) -> None:
    visitor = make_visitor(world)
    for email, password in WRONG:
        answer = visitor.log_in(email, password)
        assert answer.status_code == 200
        assert answer.text.count(FAILED) == 1
        assert visitor.get("/").location == "/login"


def test_binary_fields_are_a_wrong_log_in(world: StaffWorld, visitor: Visitor) -> None:
    found = TOKEN.search(visitor.get("/login").text)
    assert found
    body = b"csrf_token=" + found[1].encode() + b"&email=%ff%fe%00@x&password=%80%81"
    answer = visitor.client.post(
        "/login", base_url=visitor.base_url, data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert FAILED in answer.text


def test_unknown_wrong_and_closed_look_alike(world: StaffWorld) -> None:
    """Issue C, accounts: generic answers. The address typed is shown again, so one address is compared with itself."""
    pages = []
    for account in ("unknown", "wrong", "closed", "closed, right password"):
        with Session(world.desk.engine) as session:
            session.execute(text("update account set email = 'other' where email = :email"), {"email": OFFICER})
            if account != "unknown":
                session.execute(
                    text("update account set email = :email, active = :active where email = 'other'"),
                    {"email": OFFICER, "active": account == "wrong"},
                )
            session.commit()
        answer = make_visitor(world).log_in(OFFICER, PASSWORD if "right" in account else "wrong password")
        pages.append((answer.status_code, without_token(answer)))
    assert len(set(pages)) == 1
    assert FAILED in pages[0][1]


def test_a_name_may_be_spelled_in_any_way(world: StaffWorld) -> None:
    assert make_visitor(world).log_in(" Anna@ALFA.example ").location == "/"


def test_guessing_at_one_account_is_stopped(world: StaffWorld) -> None:
    """Architecture, accounts: rate limit by account name."""
    visitor = make_visitor(world)
    for _ in range(PER_NAME.size):
        assert visitor.log_in(OFFICER, "wrong password").status_code == 200
    for spelling in (OFFICER, OFFICER.upper()):
        answer = visitor.log_in(spelling)
        assert answer.status_code == 429
        assert "too many wrong attempts" in answer.text
        assert FAILED not in answer.text
    assert visitor.log_in(MANAGER).location == "/"
    visitor.post("/logout", page="/")
    world.clock.time += timedelta(seconds=PER_NAME.seconds)
    assert visitor.log_in(OFFICER).location == "/"


def test_a_right_password_costs_no_attempt(world: StaffWorld) -> None:
    app = make_app(world)
    for _ in range(PER_NAME.size + 2):
        assert Visitor(app, "http://localhost").log_in(OFFICER).location == "/"


def test_guessing_at_many_accounts_is_stopped(world: StaffWorld) -> None:
    """Architecture, accounts: rate limit in total."""
    visitor = make_visitor(world)
    for number in range(IN_TOTAL.size):
        # What cannot be an address costs no hash, but an attempt it is.
        assert visitor.log_in(f"{number}@x.example", "").status_code == 200
    assert visitor.log_in(OFFICER).status_code == 429
    world.clock.time += timedelta(seconds=IN_TOTAL.seconds)
    assert visitor.log_in(OFFICER).location == "/"


# -- sessions -------------------------------------------------------------------------------------------------------


def test_cookies_are_bound_to_host_and_site(world: StaffWorld, visitor: Visitor, scheme: str) -> None:
    prefix, end = (
        ("__Host-", "; Secure; HttpOnly; Path=/; SameSite=Strict")
        if scheme == "https"
        else (
            "",
            "; HttpOnly; Path=/; SameSite=Strict",
        )
    )
    before = visitor.get("/login").headers.getlist("Set-Cookie")
    after = visitor.log_in(OFFICER).headers.getlist("Set-Cookie")
    assert [re.sub("=[^;]*", "", cookie, count=1) for cookie in before] == [f"{prefix}staff-start{end}"]
    assert re.sub("=[^;]*", "", after[0], count=1) == f"{prefix}staff{end}"
    assert after[1].startswith(f"{prefix}staff-start=; Expires=Thu, 01 Jan 1970")
    assert len(after) == 2


def test_nobody_writes_to_the_database_before_the_log_in(world: StaffWorld) -> None:
    visitor = make_visitor(world)
    with listening(world.desk.engine) as statements:
        for _ in range(3):
            visitor.get("/login")
            visitor.get("/nothing")
            visitor.get("/static/staff.css")
        visitor.post("/language", {"language": "lv"})
    assert statements == []


def test_a_forged_cookie_of_before_the_log_in_logs_nobody_in(world: StaffWorld) -> None:
    """Even with the site's key: who is logged in stands in the database only."""
    app = make_app(world)
    with Session(world.desk.engine) as session:
        uniquifier = session.execute(text("select uniquifier from account limit 1")).scalar_one()
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    visitor = Visitor(app, "http://localhost")
    visitor.client.set_cookie("staff-start", serializer.dumps({"_user_id": uniquifier, "_fresh": True}))
    assert visitor.get("/").location == "/login"


def test_a_cookie_of_ones_own_making_is_no_log_in(world: StaffWorld) -> None:
    app = make_app(world)
    for name, value in product(("staff", "staff-start"), ("x", "a" * 3000, "%00", "ā", "{}", "null")):
        visitor = Visitor(app, "http://localhost")
        visitor.client.set_cookie(name, value)
        assert visitor.get("/").location == "/login"


def test_a_log_in_has_a_new_cookie_and_a_new_form_token(world: StaffWorld) -> None:
    """What was known before the log-in is worth nothing after it."""
    visitor = make_visitor(world)
    before = TOKEN.search(visitor.get("/login").text)
    assert before
    visitor.log_in(OFFICER)
    assert visitor.get_cookie("staff-start") is None
    answer = visitor.client.post("/logout", data={"csrf_token": before[1]})
    assert answer.status_code == 400
    assert visitor.get(LIST).status_code == 200


def test_a_cookie_is_worth_nothing_after_log_out(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    token = visitor.get_cookie("staff")
    visitor.post("/logout", page="/")
    assert visitor.get_cookie("staff") is None
    thief = make_visitor(world)
    thief.client.set_cookie("staff", token or "")
    assert thief.get("/").location == "/login"


def test_somebody_who_is_disabled_is_out_at_once(world: StaffWorld) -> None:
    """Issue C, accounts."""
    visitor = make_visitor(world, OFFICER)
    disable_user(world.desk.engine, world.desk.sources, email=OFFICER)
    assert visitor.get(world.get_path("ALFA en")).location == "/login"
    assert visitor.log_in(OFFICER).status_code == 200
    assert visitor.get("/").location == "/login"


@pytest.mark.parametrize("pause", [IDLE, ABSOLUTE])
def test_a_log_in_that_is_over_is_explained_once(world: StaffWorld, pause: timedelta) -> None:
    visitor = make_visitor(world, FUNDER)
    world.clock.time += pause
    assert visitor.get("/").location == "/login"
    assert visitor.get_cookie("staff") is None
    assert "You were logged out" in visitor.get("/login").text
    assert "You were logged out" not in visitor.get("/login").text
    assert visitor.log_in(FUNDER).location == "/"


def test_a_log_in_in_use_lasts(world: StaffWorld) -> None:
    visitor = make_visitor(world, FUNDER)
    for _ in range(4):
        world.clock.time += IDLE - timedelta(minutes=1, seconds=1)
        assert visitor.get("/").status_code == 200


def test_nothing_of_address_and_browser_is_stored(world: StaffWorld) -> None:
    """Architecture, accounts: no tracking of addresses."""
    visitor = make_visitor(world)
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    visitor.client.environ_base["HTTP_USER_AGENT"] = "Telltale/1.0"
    visitor.log_in(OFFICER)
    visitor.get(LIST)
    with Session(world.desk.engine) as session:
        (data,) = session.execute(text("select convert_from(data, 'UTF8') from staff_session")).scalars()
    assert set(re.findall(r'"(\w+)":', data)) == {
        *("_user_id", "_fresh", "fs_cc", "fs_paa", "csrf_token", "factor", "proved", "language")
    }


def test_a_link_from_elsewhere_does_not_end_the_log_in(world: StaffWorld) -> None:
    """A visit from another site comes without the strict cookie; the page it gets must not replace it."""
    visitor = make_visitor(world, OFFICER)
    stranger = Visitor(visitor.client.application, "http://localhost")
    for response in (stranger.get("/"), stranger.get("/login")):
        assert not any(cookie.startswith("staff=") for cookie in response.headers.getlist("Set-Cookie"))


# -- forms from elsewhere, headers, errors --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/logout", "/language"])
def test_a_form_without_its_token_is_refused(world: StaffWorld, visitor: Visitor, path: str) -> None:
    visitor.log_in(OFFICER)
    for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "\x00"}):
        answer = visitor.client.post(path, base_url=visitor.base_url, data=data)
        assert answer.status_code == 400
        assert "Lūdzu, mēģiniet vēlreiz" in answer.text
    assert visitor.get(LIST).status_code == 200


def test_a_token_of_somebody_else_is_refused(world: StaffWorld) -> None:
    other = make_visitor(world, MANAGER)
    found = TOKEN.search(other.get("/o/BETA/reports").text)
    visitor = make_visitor(world, OFFICER)
    assert found
    assert visitor.client.post("/logout", data={"csrf_token": found[1]}).status_code == 400


@pytest.mark.parametrize(
    ("source", "status"), [("cross-site", 400), ("same-site", 400), ("none", 400), ("same-origin", 302)]
)
def test_a_form_another_site_sent_is_refused_whatever_its_token(
    world: StaffWorld, visitor: Visitor, source: str, status: int
) -> None:
    """Architecture: a POST whose Sec-Fetch-Site is present and not same-origin is refused."""
    answer = visitor.post(
        "/login", {"email": OFFICER, "password": PASSWORD}, headers={"Sec-Fetch-Site": source, "Origin": "null"}
    )
    assert answer.status_code == status


def test_a_link_from_another_site_still_opens_the_page(visitor: Visitor) -> None:
    assert visitor.get("/login", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_every_answer_carries_the_headers(world: StaffWorld, visitor: Visitor, scheme: str) -> None:
    visitor.log_in(OFFICER)
    answers = [
        visitor.get("/"),
        visitor.get(LIST),
        visitor.get("/nothing"),
        visitor.get(world.get_path("ALFA en")),
        visitor.get("/static/staff.css"),
        visitor.client.post("/logout", base_url=visitor.base_url),
        Visitor(visitor.client.application, visitor.base_url).get("/"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")
        cached = answer.request.path.startswith("/static/")
        assert (answer.headers["Cache-Control"] == "no-store") is not cached
        assert "Server" not in answer.headers


def test_pages_bring_everything_from_the_site_itself_and_no_script(world: StaffWorld, visitor: Visitor) -> None:
    visitor.log_in(OFFICER)
    pages = [visitor.get(LIST).text, visitor.get("/nothing").text]
    visitor.post("/logout", page="/")
    pages.append(visitor.get("/login").text)
    for page in pages:
        assert not re.search(r"https?://|//\w|<script|<style|style=|\son\w+=", page)
        for address in re.findall(r'(?:href|src)="(/[^"]*)"', page):
            assert visitor.get(address).status_code in {200, 302}


STRANGE = (
    ("GET", "/nothing", 404),
    ("GET", "/reports/x.pdf", 404),
    ("GET", "/reports/%00.pdf", 404),
    ("GET", "/reports/00000000-0000-0000-0000-000000000000.pdf/", 404),
    ("GET", "/verify", 404),
    ("GET", "/register", 404),
    ("GET", "/reset", 404),
    ("GET", "/fs-static/js/base64.js", 404),
    ("GET", "/static/../app.py", 404),
    ("GET", "/logout", 405),
    ("PUT", "/login", 405),
    ("GET", "/login?auth_token=x&next=//evil.example", 302),
)


def test_an_address_that_is_none_gets_a_plain_page(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    found = {(method, path, visitor.client.open(path, method=method).status_code) for method, path, _ in STRANGE}
    assert found == set(STRANGE)


def test_the_site_has_these_addresses_and_no_other(world: StaffWorld) -> None:
    """Every address is written down here: a new one is seen by whoever reads this test."""
    assert {rule.rule for rule in make_app(world).url_map.iter_rules()} == {
        "/",
        "/login",
        "/logout",
        "/health",
        "/language",
        "/o/<organisation>/caseload",
        "/o/<organisation>/cards",
        "/o/<organisation>/cards/new",
        "/o/<organisation>/cards/<uuid:batch>",
        "/o/<organisation>/people/<uuid:person>/codes",
        "/o/<organisation>/jobs/<uuid:job>",
        "/o/<organisation>/jobs/<uuid:job>/state",
        "/o/<organisation>/deliveries",
        "/o/<organisation>/log",
        "/o/<organisation>/log/verify",
        "/o/<organisation>/quality",
        "/o/<organisation>/quality/records",
        "/o/<organisation>/snapshots/<freeze>/verified/<uuid:job>",
        "/o/<organisation>/snapshots/<freeze>/verify",
        "/login/code",
        "/login/set-up",
        "/confirm",
        "/text",
        "/invitation/<token>",
        "/account",
        "/account/language",
        "/account/password",
        "/account/factor",
        "/account/codes",
        "/account/log-ins",
        "/o/<organisation>/accounts",
        "/o/<organisation>/accounts/new",
        "/o/<organisation>/accounts/<uuid:account>",
        "/o/<organisation>/accounts/<uuid:account>/role",
        "/o/<organisation>/accounts/<uuid:account>/link",
        "/o/<organisation>/accounts/<uuid:account>/close",
        "/o/<organisation>/accounts/<uuid:account>/reopen",
        "/o/<organisation>/accounts/<uuid:account>/remove_factor",
        "/o/<organisation>/people",
        "/o/<organisation>/people/new",
        "/o/<organisation>/people/<uuid:person>",
        "/o/<organisation>/people/<uuid:person>/profile",
        "/o/<organisation>/people/<uuid:person>/services/new",
        "/o/<organisation>/people/<uuid:person>/services/<uuid:record>",
        "/o/<organisation>/people/<uuid:person>/<any(need,goal,barrier,referral,checklist):kind>/new",
        "/o/<organisation>/people/<uuid:person>/<any(need,goal,barrier,referral,checklist):kind>/<uuid:record>",
        "/o/<organisation>/people/<uuid:person>/code",
        "/o/<organisation>/people/<uuid:person>/consent",
        "/o/<organisation>/people/<uuid:person>/guardian",
        "/o/<organisation>/people/<uuid:person>/recontact",
        "/o/<organisation>/people/<uuid:person>/recontact/forget",
        "/o/<organisation>/narratives",
        "/o/<organisation>/narratives/<uuid:narrative>/review",
        "/o/<organisation>/people/<uuid:person>/narratives",
        "/o/<organisation>/people/<uuid:person>/narratives/new",
        "/o/<organisation>/people/<uuid:person>/narratives/<uuid:narrative>",
        "/o/<organisation>/people/<uuid:person>/narratives/<uuid:narrative>/correct",
        "/o/<organisation>/people/<uuid:person>/narratives/<uuid:narrative>/discard",
        "/o/<organisation>/people/<uuid:person>/narratives/<uuid:narrative>/edit",
        "/o/<organisation>/people/<uuid:person>/narratives/<uuid:narrative>/versions/<int:version>",
        "/o/<organisation>/activities",
        "/o/<organisation>/activities/<uuid:activity>",
        "/o/<organisation>/activities/import",
        "/o/<organisation>/activities/import/<uuid:upload>",
        "/o/<organisation>/activities/imports/<uuid:receipt>",
        "/o/<organisation>/figures",
        "/o/<organisation>/figures.csv",
        "/o/<organisation>/figures/<freeze>/<indicator>",
        "/o/<organisation>/figures/<freeze>/<indicator>/history.svg",
        "/o/<organisation>/plans",
        "/o/<organisation>/talk",
        "/o/<organisation>/talk/<uuid:wish>/done",
        "/o/<organisation>/talk/<uuid:wish>/take",
        "/o/<organisation>/plans/<name>",
        "/o/<organisation>/reports",
        "/o/<organisation>/reports/<uuid:report>",
        "/o/<organisation>/reports/<uuid:report>/accept",
        "/o/<organisation>/reports/<uuid:report>/reject",
        "/o/<organisation>/reports/drafts/<uuid:draft>",
        "/o/<organisation>/reports/drafts/<uuid:draft>/discard",
        "/o/<organisation>/reports/new",
        "/o/<organisation>/reports/<uuid:report>.pdf",
        "/o/<organisation>/snapshots",
        "/o/<organisation>/snapshots/<freeze>",
        "/o/<organisation>/snapshots/freeze",
        "/o/<organisation>/surveys",
        "/o/<organisation>/surveys/<name>/preview",
        "/static/looks.css",
        "/static/<path:filename>",
        "/bootstrap/static/<path:filename>",
    }


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\\\evil.example", "\\\\\\\\evil.example"]
)
def test_the_log_in_sends_nobody_elsewhere(world: StaffWorld, visitor: Visitor, target: str) -> None:
    data = {"email": OFFICER, "password": PASSWORD}
    for answer in (
        visitor.post("/login", data, query_string={"next": target}),
        visitor.post("/login", {**data, "next": target}),
    ):
        assert answer.status_code == 200
        assert answer.location is None
    assert visitor.log_in(OFFICER).location == "/"


def test_asking_for_json_gives_the_page_all_the_same(world: StaffWorld, visitor: Visitor) -> None:
    answer = visitor.post("/login", {"email": OFFICER, "password": "wrong"}, headers={"Accept": "application/json"})
    assert answer.content_type.startswith("text/html")
    assert "csrf" not in answer.headers.get("Content-Type", "")
    assert FAILED in answer.text


def test_too_large_a_form_is_refused(world: StaffWorld, visitor: Visitor) -> None:
    answer = visitor.post("/login", {"email": OFFICER, "password": "x" * (2 * LARGEST_FORM + 1)})
    assert answer.status_code == 413
    assert "Nothing was changed" in answer.text


def test_a_database_that_is_away_is_said_calmly(world: StaffWorld) -> None:
    nowhere = make_engine("postgresql+psycopg://me_staff:x@127.0.0.1:1/me")
    away = replace(world, desk=replace(world.desk, engine=nowhere))
    visitor = make_visitor(away)
    assert visitor.get("/login").status_code == 200
    attempt = visitor.log_in(OFFICER)
    visitor.client.set_cookie("staff", "some-token")
    for answer in (attempt, visitor.get("/"), visitor.get("/login")):
        assert answer.status_code == 503
        assert "Not available right now" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert "127.0.0.1" not in answer.text
    assert visitor.get_cookie("staff") == "some-token"


def test_a_vault_that_is_away_is_said_calmly(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    world.vault_file.unlink()
    answer = visitor.get(world.get_path("ALFA en"))
    assert answer.status_code == 503
    assert "nav pieejama" in answer.text
    assert "vault" not in answer.text
    assert visitor.get("/").location == "/o/ALFA/figures"


def test_a_report_that_was_changed_is_not_handed_out(world: StaffWorld, engines: Engines) -> None:
    report = world.reports["ALFA en"]
    other = seal_with_key(b"k" * 32, b"%PDF other", Place("report", report, UUID(int=1)), world.desk.sources.random)
    with engines.owner.begin() as connection:
        connection.execute(text("update report set sealed = :sealed where id = :id"), {"sealed": other, "id": report})
    answer = make_visitor(world, OFFICER).get(f"/o/ALFA/reports/{report}.pdf")
    assert answer.status_code == 500
    assert answer.content_type.startswith("text/html")


def test_an_error_nobody_thought_of_has_a_page_too(world: StaffWorld) -> None:
    app = make_app(world)

    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError

    answer = Visitor(app, "http://localhost").get("/fault")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text


# -- languages and the sample mark ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "language"), [("lv", "lv"), ("en", "en"), ("de, lv;q=0.5", "lv"), ("de", "en"), ("", "en")]
)
def test_the_first_page_speaks_the_browsers_language(world: StaffWorld, accepted: str, language: str) -> None:
    page = make_visitor(world).get("/login", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}">' in page
    assert ("Pieteikties" in page) is (language == "lv")


def test_a_page_speaks_the_accounts_language_until_another_is_chosen(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    assert '<html lang="lv">' in visitor.get(LIST).text
    answer = visitor.post("/language", {"language": "en", "page": LIST}, page="/")
    assert (answer.status_code, answer.location) == (303, LIST)
    assert '<html lang="en">' in visitor.get(LIST).text
    visitor.post("/logout", page="/")
    assert visitor.get_cookie("staff") is None


@pytest.mark.parametrize(
    ("page", "location"),
    [
        ("/login", "/login"),
        ("/o/ALFA/reports?page=2", "/o/ALFA/reports?page=2"),
        ("/logout", "/"),
        ("/nothing", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/login", "/"),
        ("", "/"),
    ],
)
def test_the_language_button_leads_back_to_a_page_of_the_site(world: StaffWorld, page: str, location: str) -> None:
    visitor = make_visitor(world)
    assert visitor.post("/language", {"language": "lv", "page": page}).location == location
    assert '<html lang="lv">' in visitor.get("/login").text
    visitor.post("/language", {"language": "xx", "page": page})
    assert '<html lang="lv">' in visitor.get("/login").text


def find_source_texts() -> set[str]:
    """Every text the site shows, from its templates, its code, its table of failures and what is wrong with lists."""
    folder = Path(failures.__file__).parent
    methods = [("**.html", "jinja2"), ("**.py", "python")]
    keywords = {"_": None, "translate": None, "mark": None}
    found = {message for _, _, message, _, _ in extract_from_dir(folder, methods, keywords=keywords) if message}
    lists = extract_from_dir(Path(spreadsheets.__file__).parent, methods, keywords=keywords)
    found |= {message for _, _, message, _, _ in lists if message}
    table = (value for value in vars(failures).values() if isinstance(value, failures.Failure))
    accounts = (folder / "accounts.py").read_text(encoding="utf-8")
    said = re.findall(r'"((?:This|There)[^"]{30,})"', accounts)
    assert len(said) == 2
    return {str(text_) for text_ in found} | {words for each in table for words in (each.title, each.text)} | set(said)


def test_latvian_has_every_text_and_no_other() -> None:
    wording = load_site_wording()
    assert wording.languages == LANGUAGES
    texts = wording.texts["lv"]
    assert set(texts) == find_source_texts()
    assert all(texts.values())
    assert not [source for source, said in texts.items() if source == said]


def test_the_one_stylesheet_names_the_sites_own_files_only(world: StaffWorld) -> None:
    """The policy refuses data addresses; each picture a rule names is there, and the file is sent once."""
    visitor = make_visitor(world)
    page = visitor.get("/login").text
    assert re.findall(r'<link rel="stylesheet" href="([^"]*)"', page) == ["/static/looks.css"]
    answer = visitor.get("/static/looks.css")
    assert (answer.status_code, answer.content_type) == (200, "text/css; charset=utf-8")
    assert "data:" not in answer.text
    assert ".btn-primary" in answer.text
    named = set(re.findall(r'url\("?([^")]+)"?\)', answer.text))
    assert {"select.svg", "check.svg"} <= named
    assert {visitor.get(f"/static/{name}").status_code for name in named} == {200}
    assert visitor.get("/static/looks.css", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_text_has_one_translation_whichever_part_of_the_site_shows_it() -> None:
    """The catalogues are one when the site runs: two meanings of one English word need two English words."""
    said: dict[str, set[str]] = {}
    for path in sorted((Path(failures.__file__).parent / "translations" / "lv").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="lv"):
                if message.id:
                    said.setdefault(str(message.id), set()).add(str(message.string))
    assert {text_: words for text_, words in said.items() if len(words) > 1} == {}


def test_a_sample_instance_says_so_on_every_page(world: StaffWorld) -> None:
    for sample in (True, False):
        visitor = Visitor(make_app(world, sample=sample), "http://localhost")
        pages = [visitor.get("/login"), visitor.get("/nothing")]
        visitor.log_in(MANAGER)
        pages += [visitor.get("/", follow_redirects=True), visitor.get("/nothing")]
        assert all(("is invented" in page.text) is sample for page in pages)


def test_a_password_costs_a_guesser_what_the_standard_says(world: StaffWorld) -> None:
    """Architecture, accounts: argon2id; RFC 9106's second choice. A hash that cost less is made anew at log-in."""
    app = make_staff_site(world.desk, secret_key=SECRET_KEY, tls=False, sample=False, clock=world.clock.count_seconds)
    visitor = Visitor(app, "http://localhost")
    assert visitor.log_in(FUNDER).location == "/"
    with Session(world.desk.engine) as session:
        (kept,) = session.execute(text("select password_hash from account where email = :e"), {"e": FUNDER}).scalars()
    assert str(kept).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
