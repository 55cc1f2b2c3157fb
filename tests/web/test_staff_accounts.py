"""Accounts over WSGI: links, second factor, fresh log-in, the administrator's pages, the own account."""

from __future__ import annotations

import re
from base64 import b32decode
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from me_platform.access import Role
from me_platform.errors import NotPermitted
from me_platform.services.account_changes import take_role
from me_platform.services.accounts import disable_user, find_login, grant_role
from me_platform.services.audit import Deed, verify_log
from me_platform.services.invitations import VALID_FOR
from me_platform.services.seats import Seat
from me_platform.services.second_factor import CODES, STEP, compute_code
from me_platform.staff_site.frame import FRESH
from me_platform.staff_site.limits import PER_CODE, PER_NAME
from tests.conftest import Engines
from tests.staff_samples import (
    FACTOR_SECRET,
    PASSWORD,
    StaffWorld,
    add_member,
    find_id,
    list_deeds,
    make_world,
    take_code,
)
from tests.staff_visitor import TOKEN, Visitor, listening, make_visitor, without_token

OFFICER, FUNDER, CASEWORKER, ADMIN = "anna@alfa.example", "finn@fund.example", "cora@alfa.example", "adam@alfa.example"
NEW, NEW_PASSWORD = "new@alfa.example", "four quiet green rivers"
LIST = "/o/ALFA/accounts"
FAILED = "This code is not right"


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


class Authenticator:
    """An app on somebody's phone."""

    def __init__(self, world: StaffWorld, secret: bytes = FACTOR_SECRET) -> None:
        self.world, self.secret = world, secret

    def show(self, steps: int = 0) -> str:
        """The code of now, or of some steps before or later."""
        return compute_code(self.secret, int(self.world.clock.time.timestamp()) // STEP + steps)

    def wait(self) -> str:
        """The next code."""
        self.world.clock.time += timedelta(seconds=STEP)
        return self.show()


def give_password(visitor: Visitor, email: str, password: str = PASSWORD) -> TestResponse:
    """The first step alone."""
    return visitor.post("/login", {"email": email, "password": password})


def give_code(visitor: Visitor, code: str) -> TestResponse:
    """The second step."""
    return visitor.post("/login/code", {"code": code}, page="/login/code")


def is_in(visitor: Visitor) -> bool:
    """Whether somebody is logged in."""
    return visitor.get("/account").status_code == 200


def set_up(world: StaffWorld, visitor: Visitor, path: str) -> tuple[Authenticator, TestResponse]:
    """Point an app at the page and type its first code."""
    page = visitor.get(path).text
    shown = re.search(r'<code class="secret[^"]*">([A-Z2-7 ]+)</code>', page)
    assert shown, page
    app = Authenticator(world, b32decode(shown[1].replace(" ", "")))
    return app, send_set_up(visitor, path, page, app.wait())


def send_set_up(visitor: Visitor, path: str, page: str, code: str) -> TestResponse:
    """Send the form of that very page: a page made anew holds another secret."""
    fields = dict(re.findall(r'type="hidden" name="(csrf_token|offer)" value="([^"]+)"', page.split("<main")[1]))
    return visitor.client.post(path, base_url=visitor.base_url, buffered=True, data={**fields, "code": code})


def read_codes(page: str) -> list[str]:
    """The recovery codes a page shows."""
    return re.findall(r"<li><code>([A-Z0-9]{5}-[A-Z0-9]{5})</code></li>", page)


def invite(visitor: Visitor, email: str = NEW, role: str = "caseworker") -> str:
    """Invite somebody; the path of the link."""
    form = {"email": email, "role": role, "language": "lv"}
    page = visitor.post(f"{LIST}/new", form, page=f"{LIST}/new")
    return read_link(page)


def read_link(page: TestResponse) -> str:
    """The path of the link a page shows."""
    assert page.status_code == 200
    found = re.search(r"http://localhost(/invitation/[\w-]+)<", page.text)
    assert found, page.text
    return found[1]


def choose(visitor: Visitor, link: str, password: str = NEW_PASSWORD, again: str | None = None) -> TestResponse:
    """Choose a password behind a link."""
    return visitor.post(link, {"password": password, "again": password if again is None else again}, page=link)


def press(visitor: Visitor, account: UUID, act: str, data: dict[str, str] | None = None) -> TestResponse:
    """Press a button of an account's page."""
    return visitor.post(f"{LIST}/{account}/{act}", data, page=LIST)


# -- the second factor ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [CASEWORKER, "bruno@beta.example", OFFICER, ADMIN, "olga@alfa.example"])
def test_the_password_alone_opens_nothing(world: StaffWorld, email: str) -> None:
    """Issue C, accounts: a second factor for whoever can open content."""
    visitor = make_visitor(world)
    assert give_password(visitor, email).location == "/login/code"
    for path in ("/", "/account", "/o/ALFA/reports", "/o/BETA/reports", "/confirm", LIST, "/account/factor"):
        assert visitor.get(path).location == "/login"
    for path in ("/account/codes", "/text", "/account/language"):
        assert visitor.post(path, page="/login/code").location == "/login"
    answer = give_code(visitor, take_code(world.clock))
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_in(visitor)


def test_an_invited_caseworkers_first_log_in(world: StaffWorld) -> None:
    """Issue C, done when 1: the factor is set up before anything else opens."""
    admin, visitor = make_visitor(world, ADMIN), make_visitor(world)
    link = invite(admin)
    assert NEW in visitor.get(link).text
    answer = choose(visitor, link)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "Your password is set" in visitor.get("/login").text
    assert give_password(visitor, NEW, NEW_PASSWORD).location == "/login/set-up"
    assert not is_in(visitor)
    page = visitor.get("/login/set-up").text
    assert "<svg" in page
    assert '<html lang="lv">' in page
    before = visitor.get_cookie("staff")
    app, answer = set_up(world, visitor, "/login/set-up")
    codes = read_codes(answer.text)
    assert len(set(codes)) == CODES
    assert visitor.get_cookie("staff") not in {before, None}
    assert is_in(visitor)
    visitor.post("/logout", page="/account")
    give_password(visitor, NEW, NEW_PASSWORD)
    assert give_code(visitor, app.wait()).location == "/"
    account = find_id(world, NEW)
    deeds = [deed for deed, _, who, _ in list_deeds(world, "ALFA") if account == who]
    assert deeds == [Deed.CHOSE_PASSWORD, Deed.SET_FACTOR, Deed.LOGGED_IN, Deed.LOGGED_IN]
    with Session(world.desk.engine) as session:
        kept = str(session.execute(text("select c, a from credential c, account a")).all())
    for secret in (link.rsplit("/", 1)[1], app.secret.hex(), codes[0], codes[0].replace("-", "")):
        assert secret not in kept


def test_a_funder_needs_none_and_may_have_one(world: StaffWorld) -> None:
    visitor = make_visitor(world, FUNDER)
    assert "It is not set up" in visitor.get("/account").text
    app, answer = set_up(world, visitor, "/account/factor")
    assert len(read_codes(answer.text)) == CODES
    visitor.post("/logout", page="/account")
    assert give_password(visitor, FUNDER).location == "/login/code"
    assert give_code(visitor, app.wait()).location == "/"


def test_a_code_is_accepted_once(world: StaffWorld) -> None:
    """RFC 6238, 5.2: a code that was accepted is never accepted again; nor is one from before it."""
    app = Authenticator(world)
    assert give_code(first(world), app.show()).location == "/"
    for code in (app.show(), app.show(-1)):
        answer = give_code(first(world), code)
        assert (answer.status_code, FAILED in answer.text) == (422, True)
    assert give_code(first(world), app.show(1)).location == "/"


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(world: StaffWorld, steps: int, right: bool) -> None:  # noqa: FBT001
    visitor = first(world)
    code = Authenticator(world).show(steps)
    typed = f"{code[:3]} {code[3:]}"
    assert (give_code(visitor, typed).location == "/") is right
    assert is_in(visitor) is right


def first(world: StaffWorld) -> Visitor:
    """An officer after the first step, who reads English."""
    visitor = make_visitor(world)
    visitor.post("/language", {"language": "en"})
    assert give_password(visitor, OFFICER).location == "/login/code"
    return visitor


@pytest.mark.parametrize("code", ["", " ", "123456", "abcdef", "\x00", "ā" * 6, "x" * 5000, "000000000000"])
def test_what_is_no_code_is_refused_at_its_field(world: StaffWorld, code: str) -> None:
    visitor = first(world)
    answer = give_code(visitor, code)
    assert answer.status_code == 422
    assert 'id="code-fault"' in answer.text
    assert not is_in(visitor)


def test_a_recovery_code_opens_once(world: StaffWorld) -> None:
    visitor = make_visitor(world, FUNDER)
    _, answer = set_up(world, visitor, "/account/factor")
    old = read_codes(answer.text)
    visitor.post("/logout", page="/account")
    give_password(visitor, FUNDER)
    assert give_code(visitor, old[0].lower().replace("-", " ")).location == "/"
    assert "codes left: 9 of 10" in visitor.get("/account").text
    visitor.post("/logout", page="/account")
    give_password(visitor, FUNDER)
    assert FAILED in give_code(visitor, old[0]).text
    assert give_code(visitor, old[1]).location == "/"
    assert [deed for deed, *_ in list_deeds(world, "KOPA")].count(Deed.USED_CODE) == 2
    new = read_codes(visitor.post("/account/codes", page="/account/codes").text)
    assert len(new) == CODES
    visitor.post("/logout", page="/account")
    give_password(visitor, FUNDER)
    assert FAILED in give_code(visitor, old[2]).text
    assert give_code(visitor, new[2]).location == "/"


def test_guessing_codes_is_stopped(world: StaffWorld) -> None:
    """Issue C, accounts: attempts limited per account; also with a new password step in between."""
    app = Authenticator(world)
    visitor = first(world)
    for _ in range(PER_CODE.size):
        assert give_code(visitor, "123456").status_code == 422
    assert give_code(visitor, app.show()).status_code == 429
    again = Visitor(visitor.client.application, "http://localhost")
    give_password(again, OFFICER)
    assert give_code(again, app.show()).status_code == 429
    other = Visitor(visitor.client.application, "http://localhost")
    give_password(other, CASEWORKER)
    assert give_code(other, app.show()).location == "/"
    assert [deed for deed, _, _, who in list_deeds(world, "ALFA") if who == find_id(world, OFFICER)] == [
        Deed.FAILED_LOG_IN
    ] * PER_CODE.size
    world.clock.time += timedelta(seconds=PER_CODE.seconds)
    assert give_code(again, app.show()).location == "/"


def test_each_step_has_a_cookie_and_a_form_token_of_its_own(world: StaffWorld) -> None:
    """Issue C, accounts: the session's cookie changes at log-in."""
    visitor = first(world)
    half, token = visitor.get_cookie("staff"), TOKEN.search(visitor.get("/login/code").text)
    assert half
    assert token
    give_code(visitor, take_code(world.clock))
    assert visitor.get_cookie("staff") != half
    assert visitor.client.post("/logout", data={"csrf_token": token[1]}).status_code == 400
    thief = make_visitor(world)
    thief.client.set_cookie("staff", half)
    assert thief.get("/login/code").location == "/login"
    assert not is_in(thief)


def test_nobody_sets_up_a_second_one_with_the_password_alone(world: StaffWorld) -> None:
    visitor = first(world)
    page = visitor.get("/login/set-up", follow_redirects=True)
    assert page.request.path == "/login/code"
    other = make_visitor(world, FUNDER)
    offer = re.search(r'name="offer" value="([^"]+)"', other.get("/account/factor").text)
    assert offer
    answer = visitor.post("/login/set-up", {"offer": offer[1], "code": "123456"}, page="/login/code")
    assert answer.location == "/login/code"
    assert give_code(visitor, take_code(world.clock)).location == "/"


def test_a_secret_offered_to_somebody_else_is_refused(world: StaffWorld) -> None:
    one, two = make_visitor(world, FUNDER), make_visitor(world, CASEWORKER)
    page = one.get("/account/factor").text
    mine = two.get("/account/factor").text
    offer = re.search(r'name="offer" value="([^"]+)"', page)
    assert offer
    forged = re.sub(r'name="offer" value="[^"]+"', f'name="offer" value="{offer[1]}"', mine)
    for changed in (forged, re.sub(r'name="offer" value="[^"]+"', 'name="offer" value="%"', mine)):
        assert send_set_up(two, "/account/factor", changed, "123456").status_code == 422
    assert Deed.SET_FACTOR not in {deed for deed, *_ in list_deeds(world, "ALFA")}


def test_closing_an_account_between_the_steps_ends_it(world: StaffWorld) -> None:
    visitor = first(world)
    disable_user(world.desk.engine, world.desk.sources, email=OFFICER)
    assert visitor.get("/login/code").location == "/login"
    assert visitor.post("/login/code", {"code": take_code(world.clock)}).location == "/login"


def test_a_log_in_without_a_factor_ends_where_a_role_demands_one(world: StaffWorld) -> None:
    visitor = make_visitor(world, FUNDER)
    grant_role(world.desk.engine, world.desk.sources, email=FUNDER, role="caseworker", partner_code="ALFA")
    assert visitor.get("/account").location == "/login"
    assert give_password(visitor, FUNDER).location == "/login/set-up"
    _, answer = set_up(world, visitor, "/login/set-up")
    assert read_codes(answer.text)
    assert is_in(visitor)


def test_log_ins_stand_in_the_log_of_every_organisation(world: StaffWorld) -> None:
    grant_role(world.desk.engine, world.desk.sources, email=CASEWORKER, role="manager", partner_code="BETA")
    visitor, account = make_visitor(world), find_id(world, CASEWORKER)
    give_password(visitor, CASEWORKER, "not the password")
    give_password(visitor, "nobody@alfa.example")
    visitor.log_in(CASEWORKER)
    for code in ("ALFA", "BETA"):
        assert list_deeds(world, code) == [
            (Deed.FAILED_LOG_IN, "account", None, account),
            (Deed.LOGGED_IN, "account", account, account),
        ]
        with world.desk.open_office() as office:
            assert verify_log(office, world.desk.organisations[code].partner).lines == 2
    assert list_deeds(world, "KOPA") == []


def test_a_failed_log_in_is_noted_when_the_answer_is_out(world: StaffWorld) -> None:
    """Generic answers: nobody measures by the time it takes whether there is such an account."""
    visitor = make_visitor(world)
    token = TOKEN.search(visitor.get("/login").text)
    assert token
    data = {"csrf_token": token[1], "email": OFFICER, "password": "not the password"}
    answer = visitor.client.post("/login", base_url=visitor.base_url, data=data)
    assert "do not belong together" in answer.text
    assert list_deeds(world, "ALFA") == []
    answer.close()
    assert [deed for deed, *_ in list_deeds(world, "ALFA")] == [Deed.FAILED_LOG_IN]


# -- links ----------------------------------------------------------------------------------------------------------


def test_a_link_that_opens_nothing_says_no_more(world: StaffWorld) -> None:
    """Issue C, accounts: used, expired, wrong, replaced, never issued and of a closed account look alike."""
    admin, visitor = make_visitor(world, ADMIN), make_visitor(world)
    used, replaced, closed = invite(admin), invite(admin, "b@alfa.example"), invite(admin, "c@alfa.example")
    assert choose(visitor, used).location == "/login"
    latest = read_link(press(admin, find_id(world, "b@alfa.example"), "link"))
    press(admin, find_id(world, "c@alfa.example"), "close")
    old = invite(admin, "d@alfa.example")
    world.clock.time += VALID_FOR
    admin.log_in(ADMIN)
    links = [used, replaced, closed, old, latest[:-1] + "~", "/invitation/x", f"/invitation/{'ā' * 3000}"]
    visitor.get("/login")
    answers = [make_visitor(world).get(link) for link in links]
    sent = [visitor.post(link, {"password": NEW_PASSWORD, "again": NEW_PASSWORD}) for link in links]
    assert {answer.status_code for answer in answers + sent} == {404}
    assert len({without_token(answer) for answer in answers}) == 1
    assert len({without_token(answer) for answer in sent}) == 1
    assert "This link opens nothing" in answers[0].text


def test_opening_a_link_changes_nothing(world: StaffWorld) -> None:
    link = invite(make_visitor(world, ADMIN))
    visitor = make_visitor(world)
    with listening(world.desk.engine) as statements:
        for _ in range(3):
            assert visitor.get(link).status_code == 200
    assert not [each for each in statements if not each.startswith("SELECT")]
    assert choose(visitor, link).location == "/login"


@pytest.mark.parametrize(
    ("password", "again", "fault"),
    [
        ("short", None, "at least 12 characters"),
        ("x" * 300, None, "256 characters at most"),
        ("NEW@alfa.example", None, "is no password"),
        ("Password1234!", None, "everybody tries first"),
        ("123456789012", None, "everybody tries first"),
        (NEW_PASSWORD, "something else", "not the same"),
        ("", "", "fill this in"),
    ],
)
def test_a_password_that_will_not_do_is_said_at_its_field(
    world: StaffWorld, password: str, again: str | None, fault: str
) -> None:
    link = invite(make_visitor(world, ADMIN))
    visitor = make_visitor(world)
    answer = choose(visitor, link, password, again)
    assert (answer.status_code, fault in answer.text) == (422, True)
    if password:
        assert password not in answer.text
    assert choose(visitor, link).location == "/login"


def test_a_new_link_is_the_way_back_for_a_forgotten_password(world: StaffWorld) -> None:
    """The old password works until the link is used; then the log-ins that are there end."""
    admin, visitor, other = make_visitor(world, ADMIN), make_visitor(world, CASEWORKER), make_visitor(world)
    link = read_link(press(admin, find_id(world, CASEWORKER), "link"))
    assert is_in(visitor)
    assert choose(other, link).location == "/login"
    assert not is_in(visitor)
    assert give_password(other, CASEWORKER).status_code == 200
    assert give_password(other, CASEWORKER, NEW_PASSWORD).location == "/login/code"


def test_an_address_that_has_an_account_elsewhere_gets_the_role(world: StaffWorld) -> None:
    admin = make_visitor(world, ADMIN)
    form = {"email": " Bruno@BETA.example", "role": "officer", "language": "en"}
    answer = admin.post(f"{LIST}/new", form, page=f"{LIST}/new")
    assert (answer.status_code, answer.location) == (303, LIST)
    found = find_login(world.desk.engine, email="bruno@beta.example")
    assert found
    assert [(each.code, each.role) for each in found.user.memberships] == [("ALFA", "officer"), ("BETA", "manager")]
    again = admin.post(f"{LIST}/new", form, page=f"{LIST}/new")
    assert (again.status_code, "already" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", ""), ("email", "no address"), ("email", "x" * 300 + "@x.lv"), ("role", "owner"), ("language", "xx")],
)
def test_a_wrong_invitation_is_said_at_its_field(world: StaffWorld, field: str, value: str) -> None:
    admin = make_visitor(world, ADMIN)
    form = {"email": NEW, "role": "officer", "language": "en", field: value}
    answer = admin.post(f"{LIST}/new", form, page=f"{LIST}/new")
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    assert find_login(world.desk.engine, email=NEW) is None


# -- the administrator ----------------------------------------------------------------------------------------------


def test_the_list_shows_the_accounts_of_the_organisation(world: StaffWorld) -> None:
    admin = make_visitor(world, ADMIN)
    invite(admin)
    grant_role(world.desk.engine, world.desk.sources, email=FUNDER, role="funder", partner_code="ALFA")
    page = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", admin.get(LIST).text)))
    for words in (
        f"{NEW} Caseworker … invited – not set up Latviešu",
        f"{CASEWORKER} Caseworker ✓ in use ✓ set up English",
        f"{FUNDER} Funder (and elsewhere) ✓ in use – not set up English",
        f"{ADMIN} (you) Administrator ✓ in use ✓ set up English",
    ):
        assert words in page
    assert "bruno@beta.example" not in page
    world.clock.time += VALID_FOR
    admin.log_in(ADMIN)
    assert "invitation ran out" in admin.get(LIST).text


@pytest.mark.parametrize("email", [OFFICER, "bruno@beta.example", "mara@kopa.example", FUNDER, CASEWORKER])
def test_only_administrators_see_accounts(world: StaffWorld, email: str) -> None:
    visitor = make_visitor(world, email)
    account = find_id(world, CASEWORKER)
    for path in (LIST, f"{LIST}/new", f"{LIST}/{account}", "/o/BETA/accounts", "/o/NONE/accounts"):
        assert visitor.get(path).status_code == 404
    for act in ("role", "link", "close", "reopen", "remove_factor"):
        assert visitor.post(f"{LIST}/{account}/{act}", page="/account").status_code == 404


def test_another_organisations_administrator_gets_what_a_missing_account_gets(world: StaffWorld) -> None:
    """Issue C, bad input: the same status, bytes (but for the token) and queries."""
    add_member(world, "ada@beta.example", Role.ADMINISTRATOR, "BETA")
    visitor = make_visitor(world, "ada@beta.example")
    visitor.get("/")  # which organisations there are is read once
    account, missing = find_id(world, CASEWORKER), uuid4()
    for act in ("", "/role", "/link", "/close", "/reopen", "/remove_factor"):
        for organisation in ("ALFA", "BETA", "KOPA", "NONE"):
            seen = []
            for one in (missing, account):
                path = f"/o/{organisation}/accounts/{one}{act}"
                data = {"role": "manager", "do": "give"}
                token = TOKEN.search(visitor.get("/account").text)
                assert token
                with listening(world.desk.engine) as statements:
                    if act:
                        answer = visitor.client.post(path, data={**data, "csrf_token": token[1]}, buffered=True)
                    else:
                        answer = visitor.get(path)
                seen.append((answer.status_code, without_token(answer), tuple(statements)))
            assert seen[0] == seen[1]
            assert seen[0][0] == 404
    assert not [deed for deed, *_ in list_deeds(world, "ALFA")]


def test_an_administrator_of_the_consortium_reaches_its_partners(world: StaffWorld) -> None:
    add_member(world, "ada@kopa.example", Role.ADMINISTRATOR, "KOPA")
    visitor = make_visitor(world, "ada@kopa.example")
    assert CASEWORKER in visitor.get(LIST).text
    assert visitor.get("/o/SOLO/accounts").status_code == 404
    account = find_id(world, CASEWORKER)
    assert press(visitor, account, "close").location == LIST
    assert (Deed.CLOSED, "account", find_id(world, "ada@kopa.example"), account) in list_deeds(world, "ALFA")


def test_roles_are_given_and_taken(world: StaffWorld) -> None:
    admin, account, by = make_visitor(world, ADMIN), find_id(world, CASEWORKER), find_id(world, ADMIN)
    assert press(admin, account, "role", {"role": "manager", "do": "give"}).location == LIST
    assert press(admin, account, "role", {"role": "caseworker", "do": "take"}).location == LIST
    found = find_login(world.desk.engine, email=CASEWORKER)
    assert found
    assert [each.role for each in found.user.memberships] == ["manager"]
    assert list_deeds(world, "ALFA")[-2:] == [
        (Deed.GRANTED, "manager", by, account),
        (Deed.REVOKED, "caseworker", by, account),
    ]
    for data in ({"role": "owner", "do": "give"}, {"do": "give"}, {}):
        assert press(admin, account, "role", data).location == f"{LIST}/{account}"


def test_an_account_with_roles_elsewhere_is_changed_as_to_its_roles_here_only(world: StaffWorld) -> None:
    grant_role(world.desk.engine, world.desk.sources, email=CASEWORKER, role="manager", partner_code="BETA")
    admin, account = make_visitor(world, ADMIN), find_id(world, CASEWORKER)
    page = admin.get(f"{LIST}/{account}").text
    assert "It has roles in other organisations" in page
    assert "Close the account" not in page
    for act in ("link", "close", "reopen", "remove_factor"):
        assert press(admin, account, act).status_code == 404
    assert press(admin, account, "role", {"role": "caseworker", "do": "take"}).location == LIST
    found = find_login(world.desk.engine, email=CASEWORKER)
    assert found
    assert found.active
    assert [each.code for each in found.user.memberships] == ["BETA"]
    assert admin.get(f"{LIST}/{account}").status_code == 404


def test_closing_ends_a_session_at_once(world: StaffWorld) -> None:
    """Issue C, accounts: ended at once when a user is disabled; opened again as it was."""
    admin, visitor, account = make_visitor(world, ADMIN), make_visitor(world, CASEWORKER), find_id(world, CASEWORKER)
    token = visitor.get_cookie("staff")
    press(admin, account, "close")
    assert not is_in(visitor)
    assert visitor.log_in(CASEWORKER).status_code == 200
    assert press(admin, account, "link").status_code == 404
    press(admin, account, "reopen")
    visitor.client.set_cookie("staff", token or "")
    assert not is_in(visitor)
    assert visitor.log_in(CASEWORKER).location == "/"
    deeds = [
        deed for deed, _, who, what in list_deeds(world, "ALFA") if (who, what) == (find_id(world, ADMIN), account)
    ]
    assert deeds == [Deed.CLOSED, Deed.REOPENED]


def test_a_lost_second_factor_is_removed_and_set_up_anew(world: StaffWorld) -> None:
    admin, visitor, account = make_visitor(world, ADMIN), make_visitor(world, CASEWORKER), find_id(world, CASEWORKER)
    press(admin, account, "remove_factor")
    assert not is_in(visitor)
    assert give_password(visitor, CASEWORKER).location == "/login/set-up"
    app, _ = set_up(world, visitor, "/login/set-up")
    assert app.secret != FACTOR_SECRET
    assert is_in(visitor)
    assert (Deed.REMOVED_FACTOR, "account", find_id(world, ADMIN), account) in list_deeds(world, "ALFA")


def test_nobody_changes_the_own_account_and_the_last_administrator_stays(world: StaffWorld) -> None:
    admin, own = make_visitor(world, ADMIN), find_id(world, ADMIN)
    for act in ("link", "close", "reopen", "remove_factor", "role"):
        answer = press(admin, own, act, {"role": "administrator", "do": "take"})
        assert answer.location == LIST
        assert "Nobody changes the own account here" in admin.get(LIST).text
    add_member(world, "ada@kopa.example", Role.ADMINISTRATOR, "KOPA")
    above = make_visitor(world, "ada@kopa.example")
    for act in ("close", "role"):
        press(above, own, act, {"role": "administrator", "do": "take"})
        assert "the last administrator" in above.get(LIST).text
    assert is_in(admin)
    invite(admin, "not-yet@alfa.example", "administrator")
    press(above, own, "close")
    assert "the last administrator" in above.get(LIST).text  # one who never logged in is none yet
    add_member(world, "second@alfa.example", Role.ADMINISTRATOR, "ALFA")
    press(above, own, "close")
    assert not is_in(admin)


def test_the_service_asks_as_well(world: StaffWorld) -> None:
    """Rule of the house: a use case asks the rule book again."""
    found = find_login(world.desk.engine, email=OFFICER)
    assert found
    seat = Seat(found.user, world.desk.organisations["ALFA"])
    with world.desk.open_office() as office, pytest.raises(NotPermitted):
        take_role(office, seat, find_id(world, CASEWORKER), Role.CASEWORKER)


def test_the_pages_ask_little_of_the_database(world: StaffWorld) -> None:
    """Issue C, done when 6: at most 8 queries a page."""
    for number in range(40):
        add_member(world, f"somebody{number}@alfa.example", Role.CASEWORKER, "ALFA")
    admin = make_visitor(world, ADMIN)
    for path in (LIST, f"{LIST}/new", f"{LIST}/{find_id(world, CASEWORKER)}", "/account", "/account/factor"):
        admin.get(path)
        with listening(world.desk.engine) as statements:
            assert admin.get(path).status_code == 200
        assert len(statements) <= 8, path


# -- fresh log-in ---------------------------------------------------------------------------------------------------


def test_a_page_that_wants_a_fresh_log_in_asks_and_leads_back(world: StaffWorld) -> None:
    """Issue C, accounts: password and factor within the last 5 minutes for export and key acts."""
    visitor, path = make_visitor(world, ADMIN), f"{LIST}/new?x=1"
    assert visitor.get(path).status_code == 200
    world.clock.time += FRESH
    answer = visitor.get(path)
    assert answer.status_code == 302
    page = visitor.get(answer.location)
    assert "Is it you?" in page.text
    before = take_code(world.clock)
    for data, status in (
        ({"password": "not the password", "code": before}, 422),
        ({"password": PASSWORD, "code": "123456"}, 422),
        ({"password": PASSWORD}, 422),
        ({"code": before}, 422),
        ({}, 422),
    ):
        again = visitor.post("/confirm", {**data, "page": path}, page=answer.location)
        assert again.status_code == status
        assert f'value="{path}"' in again.text
        assert visitor.get(path).status_code == 302
    code = take_code(world.clock)
    right = visitor.post("/confirm", {"password": PASSWORD, "code": code, "page": path}, page=answer.location)
    assert (right.status_code, right.location) == (302, path)
    assert visitor.get(path).status_code == 200
    world.clock.time += FRESH
    replayed = visitor.post("/confirm", {"password": PASSWORD, "code": code, "page": path}, page=answer.location)
    assert replayed.status_code == 422


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example/", "/logout", "/\\evil.example", "/none"])
def test_a_fresh_log_in_leads_nobody_elsewhere(world: StaffWorld, page: str) -> None:
    visitor = make_visitor(world, FUNDER)
    answer = visitor.post("/confirm", {"password": PASSWORD, "page": page}, page="/confirm")
    assert (answer.status_code, answer.location) == (302, "/")


def test_guessing_at_a_fresh_log_in_is_stopped(world: StaffWorld) -> None:
    visitor = make_visitor(world, FUNDER)
    for _ in range(PER_NAME.size):
        assert visitor.post("/confirm", {"password": "wrong password"}, page="/confirm").status_code == 422
    assert visitor.post("/confirm", {"password": PASSWORD}, page="/confirm").status_code == 429


def test_a_button_that_was_pressed_too_late_is_pressed_again(world: StaffWorld) -> None:
    """A form that was refused because the log-in is not fresh comes back after it."""
    visitor, account = make_visitor(world, ADMIN), find_id(world, CASEWORKER)
    world.clock.time += FRESH
    answer = visitor.post(f"{LIST}/{account}/role", {"role": "manager", "do": "give"}, page=LIST)
    assert answer.status_code == 401
    kept = re.search(r'name="kept" value="([^"]+)"', answer.text)
    token = TOKEN.search(answer.text)
    assert kept
    assert token
    data = {"csrf_token": token[1], "kept": kept[1], "password": PASSWORD, "code": take_code(world.clock)}
    page = visitor.client.post("/confirm", data=data, buffered=True)
    assert "Your text is here" in page.text
    assert "Accounts, Shelter House Alfa" in page.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text.split("<main")[1]))
    assert fields.keys() == {"role", "do", "csrf_token"}
    assert visitor.client.post(f"{LIST}/{account}/role", data=fields).location == LIST
    assert Deed.GRANTED in {deed for deed, *_ in list_deeds(world, "ALFA")}


# -- the own account ------------------------------------------------------------------------------------------------


def test_the_language_of_the_account_is_changed(world: StaffWorld) -> None:
    visitor = make_visitor(world, FUNDER)
    visitor.post("/account/language", {"language": "lv"}, page="/account")
    assert '<html lang="lv">' in visitor.get("/account").text
    visitor.post("/account/language", {"language": "xx"}, page="/account")
    later = make_visitor(world, FUNDER)
    assert '<html lang="lv">' in later.get("/account").text


def test_a_new_password_ends_the_other_log_ins(world: StaffWorld) -> None:
    visitor, other = make_visitor(world, FUNDER), make_visitor(world, FUNDER)
    form = {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    for wrong, field in (
        ({**form, "current": "wrong"}, "current"),
        ({**form, "again": "wrong"}, "again"),
        ({**form, "password": "short", "again": "short"}, "password"),
        ({**form, "password": FUNDER, "again": FUNDER}, "password"),
    ):
        answer = visitor.post("/account/password", wrong, page="/account/password")
        assert (answer.status_code, f'id="{field}-fault"' in answer.text) == (422, True)
    assert is_in(other)
    assert visitor.post("/account/password", form, page="/account/password").location == "/account"
    assert is_in(visitor)
    assert not is_in(other)
    assert other.log_in(FUNDER).status_code == 200
    assert other.log_in(FUNDER, NEW_PASSWORD).location == "/"


def test_other_log_ins_are_seen_and_ended(world: StaffWorld) -> None:
    visitor, other = make_visitor(world, FUNDER), make_visitor(world, FUNDER)
    assert visitor.get("/account").text.count("last used") == 2
    assert visitor.post("/account/log-ins", page="/account").location == "/account"
    assert is_in(visitor)
    assert not is_in(other)
    assert visitor.get("/account").text.count("last used") == 1


def test_new_factors_and_codes_want_a_fresh_log_in(world: StaffWorld) -> None:
    visitor = make_visitor(world, CASEWORKER)
    world.clock.time += FRESH
    for path in ("/account/factor", "/account/codes"):
        assert visitor.get(path).location == f"/confirm?page={path}"
        assert visitor.post(path, page="/account").status_code == 401
