"""A shown "saved" is never lost: a text survives an expired session (issue C, done when 3)."""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Blueprint, Flask, request
from werkzeug.test import TestResponse

from me_platform.access import Action
from me_platform.services.accounts import ABSOLUTE, IDLE
from me_platform.services.seats import Seat
from me_platform.services.second_factor import STEP, compute_code
from me_platform.staff_site.app import LARGEST_FORM
from me_platform.staff_site.frame import Frame
from me_platform.staff_site.keeping import KEPT_FOR
from me_platform.staff_site.language import load_site_wording
from me_platform.staff_site.reports import REPORTS
from tests.conftest import Engines
from tests.staff_samples import PASSWORD, StaffWorld, make_world, take_code
from tests.staff_visitor import TOKEN, Visitor, listening, make_app

OFFICER, MANAGER, FUNDER = "kira@kopa.example", "mara@kopa.example", "finn@fund.example"
PAGE, OTHER = "/o/KOPA/words", "/o/KOPA/other-words"
SAFE, HERE = "Your text is safe", "Your text is here"
SENTENCE = "Šodien runājām par šķēršļiem un “mērķiem”: viņa pati izvēlējās, kurš būs pirmais. <b>&amp;</b>\r\n"
TEXTS = {f"text-{number}": (f"{number} " + SENTENCE * 60)[:4000].strip() for number in range(20)}

Sent = list[dict[str, list[str]]]


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


@pytest.fixture
def sent() -> Sent:
    """What the page that keeps received."""
    return []


@pytest.fixture
def app(world: StaffWorld, sent: Sent) -> Flask:
    """The site with a page that keeps what is sent to it, and one that does not."""
    made = make_app(world)
    frame = Frame(world.desk, load_site_wording(), (REPORTS,))
    blueprint = Blueprint("words", __name__)

    def write(_seat: Seat) -> str:
        if request.method == "POST":
            sent.append({name: texts for name, texts in request.form.lists() if name != "csrf_token"})
        return "<main>saved</main>"

    def other(seat: Seat) -> str:
        return write(seat)

    both = ["GET", "POST"]
    frame.page(blueprint, "/words", Action.LIST_REPORTS, methods=both, keeps=True)(write)
    frame.page(blueprint, "/other-words", Action.LIST_REPORTS, methods=both)(other)
    made.register_blueprint(blueprint)
    return made


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app, "http://localhost")


def read_token(page: str) -> str:
    found = TOKEN.search(page)
    assert found
    return found[1]


def log_in(visitor: Visitor, email: str) -> str:
    """Log in; the form token of a page that was opened then."""
    visitor.log_in(email)
    return read_token(visitor.get("/account").text)


def send(visitor: Visitor, token: str, data: Mapping[str, object] | None = None, path: str = PAGE) -> TestResponse:
    """Press save on a page that was opened with this token."""
    return visitor.client.post(path, data={"csrf_token": token, **(data or TEXTS)}, buffered=True)


def carry_on(visitor: Visitor, page: TestResponse, path: str, data: dict[str, str]) -> TestResponse:
    """Send the form of a page with all that is hidden in it."""
    return visitor.client.post(path, data={**read_hidden(page), **data}, buffered=True)


def read_hidden(page: TestResponse) -> dict[str, str]:
    """What is hidden in the form of a page's own part, as a browser reads it."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text.split("<main")[1])
    return {unescape(name): unescape(text) for name, text in fields}


def come_back(visitor: Visitor, world: StaffWorld, page: TestResponse, email: str = OFFICER) -> TestResponse:
    """Log in on a page that holds a text."""
    page = carry_on(visitor, page, "/login", {"email": email, "password": PASSWORD})
    if "Second step" in page.text:
        return carry_on(visitor, page, "/login/code", {"code": take_code(world.clock)})
    return page


@pytest.mark.parametrize("pause", [IDLE, ABSOLUTE, timedelta(days=6)])
def test_a_long_text_survives_the_end_of_its_session(
    world: StaffWorld, visitor: Visitor, sent: Sent, pause: timedelta
) -> None:
    token = log_in(visitor, OFFICER)
    world.clock.time += pause
    with listening(world.desk.engine) as statements:
        page = send(visitor, token)
    assert page.status_code == 401
    assert SAFE in page.text
    assert not [each for each in statements if not each.startswith("SELECT")]  # nothing of it is stored
    assert sent == []
    back = come_back(visitor, world, page)
    assert back.status_code == 200
    assert HERE in back.text
    assert "Consortium Together" in back.text
    fields = read_hidden(back)
    assert {name: text for name, text in fields.items() if name != "csrf_token"} == TEXTS
    assert visitor.client.post(PAGE, data=fields).text == "<main>saved</main>"
    assert sent == [{name: [text] for name, text in TEXTS.items()}]


def test_the_largest_form_there_may_be_survives(world: StaffWorld, visitor: Visitor, sent: Sent) -> None:
    token = log_in(visitor, OFFICER)
    world.clock.time += IDLE
    room = LARGEST_FORM - 500
    for text in (
        "x" * room,
        "ā" * (room // 6),
        "\N{GRINNING FACE}" * (room // 12),
        "\n" * (room // 6),
        "+" * (room // 3),
    ):
        page = send(visitor, token, {"text": text})
        assert page.status_code == 401
        back = come_back(visitor, world, page)
        assert read_hidden(back)["text"] == text.replace("\n", "\r\n") or read_hidden(back)["text"] == text
        token = read_hidden(back)["csrf_token"]
        world.clock.time += IDLE
    assert send(visitor, token, {"text": "x" * LARGEST_FORM}).status_code == 413


def test_fields_of_one_name_and_strange_ones_come_back_as_they_were(
    world: StaffWorld, visitor: Visitor, sent: Sent
) -> None:
    token = log_in(visitor, FUNDER)
    data = {"many": ["b", "a", "b"], "empty": "", '"><b>': "\x01 </textarea>", "kept": "mine", "action": "save"}
    assert send(visitor, token, data).status_code == 200
    world.clock.time += IDLE
    page = send(visitor, token, data, path=f"{PAGE}?part=2&x=%C4%81")
    back = come_back(visitor, world, page, FUNDER)
    assert f'action="{PAGE}?part=2&amp;x=%C4%81"' in back.text
    assert [text for name, text in re.findall(r'name="([^"]+)" value="([^"]*)"', back.text) if name == "many"] == [
        *("b", "a", "b")
    ]
    assert read_hidden(back)['"><b>'] == "\x01 </textarea>"


def test_a_text_that_came_without_any_cookie_is_known_by_its_token(
    world: StaffWorld, app: Flask, visitor: Visitor
) -> None:
    """Another tab was told of the end, or the browser was closed: cookie and row are gone."""
    token = log_in(visitor, OFFICER)
    visitor.post("/logout", page="/account")
    fresh = Visitor(app, "http://localhost")
    page = send(fresh, token)
    assert page.status_code == 401
    assert HERE in come_back(fresh, world, page).text


def test_who_logged_in_again_in_another_tab_gets_it_at_once(world: StaffWorld, visitor: Visitor, sent: Sent) -> None:
    token = log_in(visitor, OFFICER)
    world.clock.time += IDLE
    log_in(visitor, OFFICER)
    page = send(visitor, token)
    assert (page.status_code, HERE in page.text) == (401, True)
    assert visitor.client.post(PAGE, data=read_hidden(page)).status_code == 200
    assert len(sent) == 1


def test_another_account_gets_nothing_of_it(world: StaffWorld, visitor: Visitor, sent: Sent) -> None:
    token = log_in(visitor, OFFICER)
    world.clock.time += IDLE
    page = send(visitor, token)
    answer = come_back(visitor, world, page, MANAGER)
    assert answer.status_code == 302
    assert "šķēršļiem" not in answer.text
    shown = visitor.get("/", follow_redirects=True).text
    assert "belongs to another account" in shown
    assert "šķēršļiem" not in shown
    again = send(visitor, token)
    assert again.status_code == 400
    assert "šķēršļiem" not in again.text
    answer = carry_on(visitor, page, "/text", {"csrf_token": read_token(visitor.get("/account").text)})
    assert "šķēršļiem" not in answer.text
    assert sent == []


def test_a_wrong_password_or_code_does_not_lose_it(world: StaffWorld, visitor: Visitor) -> None:
    token = log_in(visitor, OFFICER)
    world.clock.time += IDLE
    page = send(visitor, token)
    page = carry_on(visitor, page, "/login", {"email": OFFICER, "password": "not the password"})
    assert "do not belong together" in page.text
    page = carry_on(visitor, page, "/login", {"email": OFFICER, "password": PASSWORD})
    page = carry_on(visitor, page, "/login/code", {"code": "123456"})
    assert page.status_code == 422
    assert HERE in carry_on(visitor, page, "/login/code", {"code": take_code(world.clock)}).text


def test_a_log_in_page_open_over_night_does_not_lose_it(world: StaffWorld, visitor: Visitor) -> None:
    token = log_in(visitor, OFFICER)
    world.clock.time += IDLE
    page = send(visitor, token)
    for wrong in ("", "x", token):
        again = carry_on(visitor, page, "/login", {"email": OFFICER, "password": PASSWORD, "csrf_token": wrong})
        assert (again.status_code, SAFE in again.text) == (400, True)
    page = carry_on(visitor, page, "/login", {"email": OFFICER, "password": PASSWORD})
    assert "Second step" in page.text
    world.clock.time += IDLE
    page = carry_on(visitor, page, "/login/code", {"code": take_code(world.clock)})
    assert (page.status_code, SAFE in page.text) == (400, True)
    assert HERE in come_back(visitor, world, page).text


def test_it_travels_through_the_set_up_of_a_new_factor(world: StaffWorld, visitor: Visitor, app: Flask) -> None:
    token = log_in(visitor, OFFICER)
    with world.desk.engine.begin() as connection:
        connection.exec_driver_sql("delete from credential")
    world.clock.time += IDLE
    page = carry_on(visitor, send(visitor, token), "/login", {"email": OFFICER, "password": PASSWORD})
    assert "Set up the second factor" in page.text
    page = carry_on(visitor, page, "/login/set-up", {"code": "123456"})
    assert page.status_code == 422
    shown = re.search(r'<code class="secret[^"]*">([A-Z2-7 ]+)</code>', page.text)
    assert shown
    code = compute_code(b32decode(shown[1].replace(" ", "")), int(world.clock.time.timestamp()) // STEP)
    page = carry_on(visitor, page, "/login/set-up", {"code": code})
    assert "Your recovery codes" in page.text
    page = carry_on(visitor, page, "/text", {})
    assert HERE in page.text
    assert {name: text for name, text in read_hidden(page).items() if name != "csrf_token"} == TEXTS


def test_it_is_given_back_for_a_week_and_only_as_it_was(world: StaffWorld, visitor: Visitor) -> None:
    token = log_in(visitor, FUNDER)
    world.clock.time += IDLE
    page = send(visitor, token)
    kept = read_hidden(page)["kept"]
    for forged in ("x", kept[:-8], kept[:-4] + "AAAA", "ā", kept + "A" * 40):
        answer = carry_on(visitor, page, "/login", {"email": FUNDER, "password": "wrong", "kept": forged})
        assert SAFE not in answer.text
    world.clock.time += KEPT_FOR
    visitor.get("/login")
    late = visitor.post("/login", {"email": FUNDER, "password": PASSWORD, "kept": kept})
    assert (late.status_code, late.location) == (302, "/")


def test_pages_that_do_not_keep_refuse_as_ever(world: StaffWorld, visitor: Visitor, app: Flask, sent: Sent) -> None:
    """Issue C: form tokens and the check of Sec-Fetch-Site stay in force for everything else."""
    before = read_token(visitor.get("/login").text)
    token = log_in(visitor, OFFICER)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.client.post(PAGE, data={"csrf_token": token, **TEXTS}, headers=elsewhere).status_code == 400
    for wrong in ("", "x", before, token + "x"):
        answer = send(visitor, wrong)
        assert (answer.status_code, SAFE in answer.text, HERE in answer.text) == (400, False, False)
    world.clock.time += IDLE
    for path, wrong in ((PAGE, ""), (PAGE, "x"), (PAGE, before), (PAGE, token + "x"), (OTHER, token), ("/none", token)):
        answer = send(Visitor(app, "http://localhost"), wrong, path=path)
        assert answer.status_code in {400, 404}
        assert SAFE not in answer.text
    assert visitor.client.post(PAGE, data={"csrf_token": token, **TEXTS}, headers=elsewhere).status_code == 400
    assert visitor.get(PAGE).location == "/login"
    assert sent == []


def test_the_language_button_does_not_stand_beside_a_text(world: StaffWorld, visitor: Visitor) -> None:
    """It opens its page anew, and the text would be gone."""
    token = log_in(visitor, FUNDER)
    assert 'action="/language"' in visitor.get("/account").text
    world.clock.time += IDLE
    page = send(visitor, token)
    assert 'action="/language"' not in page.text
    assert 'action="/language"' not in come_back(visitor, world, page, FUNDER).text
