"""The pages of progress narratives over WSGI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from me_platform.exchange.narratives import CODES, LIMITS
from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.services.accounts import IDLE
from me_platform.services.narrative_texts import Finding, Origin, encode_narrative
from me_platform.services.narratives import (
    PAGE,
    Sheet,
    approve_narrative,
    open_narrative,
    return_narrative,
)
from me_platform.storage.models import Caseload, Narrative, Person
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.narrative_samples import (
    AUTHOR,
    COLLEAGUE,
    MANAGER,
    OF_BETA,
    STRANGER,
    TEXT,
    NarrativeWorld,
    make_narrative_world,
)
from tests.staff_samples import make_world
from tests.staff_visitor import Visitor, listening, make_visitor, without_token

HIDDEN = re.compile(
    r'name="(version|sitting|turn)"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="(version|sitting|turn)"'
)
EMPTY = dict.fromkeys(("stage", "quote_language", *CODES, *(f"direction_{area}" for area in ("LEG", "PSY", "EEM"))), "")
"""What a browser sends of choices nobody touched."""
FILLED = {"date": "2026-10-01", "areas": ["LEG"], "stage": "integration"}


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> NarrativeWorld:
    return make_narrative_world(make_world(engines, tmp_path))


@pytest.fixture
def author(world: NarrativeWorld) -> Visitor:
    return make_visitor(world.staff, AUTHOR)


@pytest.fixture
def manager(world: NarrativeWorld) -> Visitor:
    return make_visitor(world.staff, MANAGER)


def begin(world: NarrativeWorld, visitor: Visitor) -> str:
    """A new draft's form."""
    answer = visitor.post(f"{world.path}/new", {"another": "1"}, page=world.path)
    assert answer.status_code == 303
    return str(answer.location)


def find_hidden(page: str) -> dict[str, str]:
    return {name or last: value or other for name, value, other, last in HIDDEN.findall(page)}


def send(visitor: Visitor, path: str, data: Mapping[str, Any], *, save: str = "button", **hidden: str) -> TestResponse:
    """Send the form that is at ``path``; ``hidden`` are its hidden fields where it was loaded earlier."""
    shown = hidden or find_hidden(visitor.get(path).text)
    return visitor.post(path, {**EMPTY, **shown, **data, "save": save}, page=path)


def author_time(world: NarrativeWorld) -> str:
    """The hour and minute it is, as the page says it."""
    return world.staff.clock.time.astimezone(world.staff.desk.sources.zone).strftime("%H:%M")


def submit(world: NarrativeWorld) -> UUID:
    with world.staff.desk.open_office() as office:
        return world.submit(office)


def load(world: NarrativeWorld, path: str) -> Sheet:
    with world.staff.desk.open_office() as office:
        return open_narrative(office, world.seat(AUTHOR), world.person, UUID(path.split("/")[-2]))


# -- writing --------------------------------------------------------------------------------------------------------


def test_a_narrative_is_written_submitted_returned_and_approved(
    world: NarrativeWorld, author: Visitor, manager: Visitor
) -> None:
    path = begin(world, author)
    words = {**FILLED, "changed_own": "Ēdu,\r\nguļu <b>labi</b>.", "direction_LEG": "forward", "direction_PSY": "same"}
    answer = send(author, path, words)
    assert (answer.status_code, answer.location) == (303, path)
    page = author.get(path)
    assert re.search(r"Saved at 12:\d\d\.", page.text)
    kept = load(world, path)
    assert kept.text.changed_own == "Ēdu,\nguļu <b>labi</b>."
    assert kept.text.direction == {"LEG": "forward"}
    assert "Ēdu,\nguļu &lt;b&gt;labi&lt;/b&gt;." in page.text
    assert (
        send(
            author, path, {**words, "quote": "Labi.", "quote_language": "lv", "quote_agreed": "y"}, save="submit"
        ).status_code
        == 303
    )
    assert author.get(path).status_code == 303
    queue = manager.get("/o/ALFA/narratives").text
    assert world.code in queue
    assert AUTHOR in queue
    assert "Integration" in queue
    review = f"/o/ALFA/narratives/{kept.id}/review"
    answer = manager.post(review, {"version": "3", "decision": "return", "comment": "Which lawyer?"}, page=review)
    assert (answer.status_code, answer.location) == (303, "/o/ALFA/narratives")
    assert "Which lawyer?" in author.get(path).text
    send(author, path, {**words, "quote": "Labi!", "quote_language": "lv", "quote_agreed": "y"}, save="submit")
    answer = manager.post(review, {"version": "5", "decision": "approve", "quote": "y"}, page=review)
    assert answer.status_code == 303
    kept = load(world, path)
    assert kept.status == "approved"
    assert kept.text.quote is not None
    assert kept.text.quote.checked
    changed = unescape(author.get(f"{world.path}/{kept.id}/versions/5").text)
    assert "<del>" in changed
    assert re.search(r"<ins>.*!</ins>", changed)
    assert author.get(f"{world.path}/{kept.id}/versions/4").status_code == 200
    assert author.get(f"{world.path}/{kept.id}/versions/1").status_code == 404


def test_a_draft_that_is_there_is_offered(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    answer = author.post(f"{world.path}/new", page=world.path)
    assert answer.status_code == 200
    assert f'href="{path}"' in answer.text
    assert "You have begun a narrative" in answer.text


def test_what_is_on_record_is_shown_and_not_typed(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    send(author, path, {**FILLED, "since": "2026-08-01"})
    page = unescape(author.get(path).text)
    for words in (world.code, "Shelter House Alfa", AUTHOR, "caseworker", "“Saule”", "Ukrainian"):
        assert words in page
    assert "1\N{NO-BREAK SPACE}Sep\N{NO-BREAK SPACE}2026: Identification and recognition, 1.5 h, By phone" in page
    send(author, path, {**FILLED, "since": "2026-09-02"})
    assert "1.5 h" not in author.get(path).text


FAULTS: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"areas": []}, "areas", "Please fill this in."),
    ({"stage": ""}, "stage", "Please fill this in."),
    ({"date": ""}, "date", "Please fill this in."),
    ({"date": "2026-99-99"}, "date", "Not a valid date value."),
    ({"date": "2027-01-01"}, "date", "This day lies ahead."),
    ({"since": "2026-10-02"}, "since", "The period ends before it begins."),
    ({"stage": "nowhere"}, "stage", "Not a valid choice."),
    ({"areas": ["LEG", "XXX"]}, "areas", "is not a valid choice"),
    ({"barriers": ["B99"]}, "barriers", "is not a valid choice"),
    ({"interpreter": "perhaps"}, "interpreter", "Not a valid choice."),
    ({"direction_LEG": "up"}, "direction_LEG", "Not a valid choice."),
    ({"finding_en": "A sentence."}, "finding_lv", "both languages"),
    ({"quote": "Words."}, "quote_language", "which language"),
    ({"quote": "Words.", "quote_language": "lv"}, "quote_agreed", "exactly this may be printed"),
    ({"culture": "ā" * 1001}, "culture", "This has 1001 characters; 1000 fit here."),
)


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    for data, field, fault in FAULTS:
        answer = send(author, path, {**FILLED, "changed_own": "All my words.", **data}, save="submit")
        page = unescape(answer.text)
        assert answer.status_code == 422, data
        assert f'<a class="alert-link" href="#{field}">' in page
        assert re.search(rf'id="{field}-fault">[^<]*{re.escape(fault)}', page), data
        assert "All my words." in page
    assert (load(world, path).version, load(world, path).status) == (1, "draft")


def test_a_draft_may_be_half_done(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    assert send(author, path, {"finding_en": "Only English so far.", "quote": "No language yet."}).status_code == 303
    kept = load(world, path).text
    assert kept.finding == Finding({"en": "Only English so far.", "lv": ""}, checked=False)
    assert kept.areas == ()


def test_five_megabytes_are_answered_at_their_field(world: NarrativeWorld, author: Visitor) -> None:
    """Issue C, bad input: a clear message, everything typed still there, nothing half-saved."""
    path = begin(world, author)
    pasted = "five megabytes " * 350_000
    answer = send(author, path, {**FILLED, "goals": "short", "changed_staff": pasted})
    assert answer.status_code == 422
    assert f"{len(pasted.strip())} characters; {LIMITS['changed_staff']} fit here" in answer.text
    assert pasted.strip() in answer.text
    assert load(world, path).version == 1
    too_much = author.client.post(path, data={"changed_own": "x" * (17 * 1024 * 1024)})
    assert too_much.status_code == 413


def test_all_together_too_long_is_said_at_the_top(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    full = {name: "字" * limit for name, limit in LIMITS.items() if name != "finding"}
    answer = send(author, path, {**FILLED, **full})
    assert answer.status_code == 422
    assert "All texts together are too long" in answer.text
    assert load(world, path).version == 1


def test_folded_groups_open_when_something_is_in_them(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    assert '<details class="group" open>' not in author.get(path).text
    send(author, path, {"factors": "The weather."})
    page = author.get(path).text
    assert page.count('<details class="group" open>') == 1
    answer = send(author, path, {"barriers": ["B99"]})
    assert answer.text.count('<details class="group" open>') == 1


# -- two windows, pauses, log-ins -----------------------------------------------------------------------------------


def test_a_second_window_is_shown_both_texts(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    loaded = find_hidden(author.get(path).text)
    send(author, path, {**FILLED, "changed_own": "Of the first window.", "factors": "alike"})
    answer = send(author, path, {**FILLED, "changed_own": "Of the second window.", "factors": "alike"}, **loaded)
    assert answer.status_code == 409
    table = answer.text.split('<table class="table align-top cards conflict"')[1].split("</table>")[0]
    assert "Of the first window." in table
    assert "Of the second window." in table
    assert "alike" not in table
    assert load(world, path).text.changed_own == "Of the first window."
    again = send(author, path, {**FILLED, "changed_own": "Of the second window."}, **find_hidden(answer.text))
    assert again.status_code == 303
    assert load(world, path).text.changed_own == "Of the second window."


def test_a_window_left_open_after_handing_in_loses_no_word(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    loaded = find_hidden(author.get(path).text)
    send(author, path, FILLED, save="submit")
    answer = send(author, path, {**FILLED, "changed_own": "Too late."}, **loaded)
    assert answer.status_code == 409
    assert "no longer open" in answer.text
    assert "Too late." in answer.text
    assert 'name="save"' not in answer.text


def test_a_pause_is_saved_and_answered_in_figures(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    loaded = find_hidden(author.get(path).text)
    answer = send(author, path, {"changed_own": "one"}, save="pause", **{**loaded, "turn": "1"})
    assert (answer.status_code, answer.json) == (200, {"version": 2, "at": author_time(world)})
    assert load(world, path).text.changed_own == "one"
    stale = send(author, path, {"changed_own": "x"}, save="pause", **{**loaded, "sitting": "other"})
    assert (stale.status_code, stale.json) == (409, {"faults": []})
    wrong = send(author, path, {"goals": "x" * 2001}, save="pause", **loaded)
    assert (wrong.status_code, wrong.json) == (422, {"faults": ["goals"]})
    assert load(world, path).version == 2


def test_a_version_that_is_none_saves_nothing(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    for nonsense in ("", "x", "-1", "9" * 40, "²", "1.0"):
        answer = send(author, path, {"changed_own": "x"}, version=nonsense, sitting="s", turn=nonsense)
        assert answer.status_code == 409
    assert load(world, path).version == 1


def test_without_a_log_in_nothing_is_saved(world: NarrativeWorld, author: Visitor) -> None:
    """Neither the script's save nor the button's; both are answered with the text kept (401)."""
    path = begin(world, author)
    shown = author.get(path).text
    found = re.search(r'name="csrf_token" value="([^"]*)"', shown)
    assert found
    world.staff.clock.time += IDLE
    for save in ("pause", "button"):
        data = {**EMPTY, **find_hidden(shown), "changed_own": "x", "save": save, "csrf_token": found[1]}
        assert author.client.post(path, data=data).status_code == 401
    assert load(world, path).version == 1


# -- reading, correcting, deleting ----------------------------------------------------------------------------------


def test_the_safety_note_is_on_no_colleagues_page(world: NarrativeWorld, author: Visitor, manager: Visitor) -> None:
    narrative = submit(world)
    colleague = make_visitor(world.staff, COLLEAGUE)
    paths = [f"{world.path}/{narrative}", f"{world.path}/{narrative}/versions/2", world.path]
    for visitor, seen in ((author, True), (manager, True), (colleague, False)):
        assert ("corner" in visitor.get(paths[0]).text) is seen
    for path in paths:
        assert "corner" not in colleague.get(path).text
        assert "supervision" not in colleague.get(path).text


def test_an_approved_narrative_is_corrected_by_a_new_one(
    world: NarrativeWorld, author: Visitor, manager: Visitor
) -> None:
    narrative = submit(world)
    with world.staff.desk.open_office() as office:
        approve_narrative(office, world.seat(MANAGER), narrative, 2, finding=True, quote=True)
    path = f"{world.path}/{narrative}"
    answer = author.post(f"{path}/correct", page=path)
    assert answer.status_code == 303
    assert TEXT.changed_own in unescape(author.get(str(answer.location)).text)
    assert "There is a correction" in author.get(path).text
    assert f"{path}/correct" not in author.get(path).text


def test_a_draft_is_deleted(world: NarrativeWorld, author: Visitor) -> None:
    path = begin(world, author)
    answer = author.post(path.replace("/edit", "/discard"), page=path)
    assert (answer.status_code, answer.location) == (303, world.path)
    assert author.get(path).status_code == 404


# -- the second person ----------------------------------------------------------------------------------------------


def test_a_decision_needs_its_ticks_and_words(world: NarrativeWorld, manager: Visitor) -> None:
    path = f"/o/ALFA/narratives/{submit(world)}/review"
    answer = manager.post(path, {"version": "2", "decision": "approve", "quote": "y"}, page=path)
    assert answer.status_code == 422
    assert re.search(r'id="finding-fault">Please check this text', answer.text)
    assert 'id="quote-fault"' not in answer.text
    answer = manager.post(path, {"version": "2", "decision": "return", "comment": " "}, page=path)
    assert answer.status_code == 422
    assert 'id="comment-fault"' in answer.text
    answer = manager.post(path, {"version": "2", "decision": "return", "comment": "y" * 2001}, page=path)
    assert answer.status_code == 422
    assert "y" * 2001 in answer.text
    for nonsense in ("1", "x", "3"):
        answer = manager.post(path, {"version": nonsense, "decision": "return", "comment": "Kept."}, page=path)
        assert answer.status_code == 409
        assert "Kept." in answer.text


def test_the_help_marks_what_may_tell_who_somebody_is(world: NarrativeWorld, manager: Visitor) -> None:
    told = replace(TEXT, finding=Finding({"en": "She met Anna on 3 May.", "lv": "Viņa satika Annu."}, checked=False))
    with world.staff.desk.open_office() as office:
        narrative = world.submit(office, text=told)
    page = manager.get(f"/o/ALFA/narratives/{narrative}/review").text
    assert re.search(r"<mark>Anna<span[^>]*> \(perhaps a name\)</span></mark>", page)
    assert "This is a help only" in page


def test_the_author_cannot_review(world: NarrativeWorld, manager: Visitor) -> None:
    with world.staff.desk.open_office() as office:
        narrative = world.submit(office, MANAGER)
    path = f"/o/ALFA/narratives/{narrative}/review"
    assert manager.get(path).status_code == 404
    answer = manager.post(
        path, {"version": "2", "decision": "approve", "finding": "y", "quote": "y"}, page="/o/ALFA/narratives"
    )
    assert answer.status_code == 404
    queue = manager.get("/o/ALFA/narratives").text
    assert path not in queue
    assert "Written by you" in queue


# -- who may, and how dear a page is --------------------------------------------------------------------------------


def list_paths(person: object, narrative: object) -> list[tuple[str, str]]:
    """Every address of a narrative, with its method."""
    own = f"/people/{person}/narratives"
    return [
        ("GET", own),
        ("POST", f"{own}/new"),
        ("GET", f"{own}/{narrative}"),
        ("GET", f"{own}/{narrative}/edit"),
        ("POST", f"{own}/{narrative}/edit"),
        ("POST", f"{own}/{narrative}/discard"),
        ("POST", f"{own}/{narrative}/correct"),
        ("GET", f"{own}/{narrative}/versions/2"),
        ("GET", f"/narratives/{narrative}/review"),
        ("POST", f"/narratives/{narrative}/review"),
    ]


@pytest.mark.parametrize(("email", "code"), [(OF_BETA, "BETA"), (STRANGER, "ALFA"), ("anna@alfa.example", "ALFA")])
def test_what_is_not_for_somebody_answers_as_what_is_not_there(world: NarrativeWorld, email: str, code: str) -> None:
    """Issue C, bad input: the same status, bytes and queries."""
    visitor = make_visitor(world.staff, email)
    found = re.search(r'name="csrf_token" value="([^"]*)"', visitor.get("/nothing").text)
    assert found
    narrative = submit(world)
    data = {"csrf_token": found[1], "version": "2", "decision": "approve"}
    for (method, path), (_, missing) in zip(
        list_paths(world.person, narrative), list_paths(uuid4(), uuid4()), strict=True
    ):
        answers = []
        for each in (path, missing):
            with listening(world.staff.desk.engine) as statements:
                answer = visitor.client.open(f"/o/{code}{each}", method=method, data=data if method == "POST" else None)
            answers.append((answer.status_code, without_token(answer), statements))
        assert answers[0][0] == 404, path
        assert answers[0] == answers[1], path


@pytest.fixture
def crowded(world: NarrativeWorld) -> NarrativeWorld:
    """300 people and 3,000 narratives, one in ten submitted."""
    sources = world.staff.desk.sources
    partner = world.seat(AUTHOR).partner
    ids = [sources.new_id() for _ in range(300)]
    with world.staff.desk.open_office() as office, Session(office.engine) as session:
        enter_partner(session, partner.id)
        keys = office.vault.add_people(partner.id, ids) | office.vault.list_people(partner.id)
        session.execute(
            insert(Person),
            [
                {
                    "id": person,
                    "partner_id": partner.id,
                    "code": person.hex[:12],
                    "public_key": keys[person].public_key,
                    "enrolled_day": sources.today(),
                    "status": "active",
                    "sealed": b"",
                }
                for person in ids
            ],
        )
        content = encode_narrative(TEXT, Origin(world.accounts[AUTHOR], "caseworker"))
        rows = []
        for number in range(3000):
            person = world.person if number < 60 else ids[number % 300]
            place = Place("narrative", sources.new_id(), partner.id)
            rows.append(
                {
                    "id": place.row,
                    "partner_id": partner.id,
                    "person_id": person,
                    "day": sources.today(),
                    "status": "submitted" if number % 10 == 0 else "approved",
                    "version": 2,
                    "replaces_id": None,
                    "sealed": seal_with_key(keys[person].data_key, content, place, sources.random),
                }
            )
        session.execute(insert(Narrative), rows)
        caseload = [(sources.new_id(), person) for person in ids]
        account = world.accounts[AUTHOR]
        session.execute(
            insert(Caseload),
            [
                {"id": row, "partner_id": partner.id, "person_id": person, "account_id": account}
                for row, person in caseload
            ],
        )
        session.commit()
    return world


def test_no_page_asks_the_database_more_than_eight_times(crowded: NarrativeWorld) -> None:
    """Issue C, done when 6."""
    author, manager = make_visitor(crowded.staff, AUTHOR), make_visitor(crowded.staff, MANAGER)
    with crowded.staff.desk.open_office() as office:
        draft, waiting, done = crowded.begin(office), crowded.submit(office), crowded.submit(office)
        return_narrative(office, crowded.seat(MANAGER), done, 2, "x")
    pages = [
        (author, crowded.path),
        (author, f"{crowded.path}?page=1"),
        (author, f"{crowded.path}/{draft}/edit"),
        (author, f"{crowded.path}/{waiting}"),
        (author, f"{crowded.path}/{done}/versions/3"),
        (manager, "/o/ALFA/narratives"),
        (manager, "/o/ALFA/narratives?page=2"),
        (manager, f"/o/ALFA/narratives/{waiting}/review"),
    ]
    for visitor in (author, manager):
        visitor.get("/nothing")  # the first page of a session writes its form token down
    for visitor, path in pages:
        with listening(crowded.staff.desk.engine) as statements:
            answer = visitor.get(path)
        assert answer.status_code == 200
        assert len(statements) <= 8, (path, statements)
    assert manager.get("/o/ALFA/narratives").text.count("Read and decide:") == PAGE
    form = find_hidden(author.get(pages[2][1]).text)
    for save in ("pause", "submit"):
        found = re.search(r'name="csrf_token" value="([^"]*)"', author.get(pages[2][1]).text)
        assert found
        with listening(crowded.staff.desk.engine) as statements:
            data = {**EMPTY, **form, **FILLED, "csrf_token": found[1], "save": save, "turn": "9"}
            answer = author.client.post(pages[2][1], data=data)
        assert answer.status_code in {200, 303}
        assert len(statements) <= 10, (save, statements)
        form = find_hidden(author.get(pages[2][1]).text)


# -- themes -----------------------------------------------------------------------------------------------------------


def test_themes_are_marked_by_the_author_and_looked_at_by_the_second_person(
    world: NarrativeWorld, author: Visitor, manager: Visitor
) -> None:
    """R30: marked while writing, changed while approving; an unknown theme is no theme."""
    path = begin(world, author)
    page = author.get(path).text
    assert "Secure and suitable housing" in page
    assert "Code book, version 1" in page
    assert send(author, path, {**FILLED, "themes": ["housing", "weather"]}).status_code == 422
    assert send(author, path, {**FILLED, "themes": ["housing", "rights"]}, save="submit").status_code == 303
    kept = load(world, path)
    assert (kept.text.themes, kept.text.code_book) == (("housing", "rights"), "1")
    review = f"/o/ALFA/narratives/{kept.id}/review"
    shown = manager.get(review).text
    assert re.findall(r'name="themes"[^>]*value="(\w+)" checked', shown) == ["housing", "rights"]
    answer = manager.post(
        review, {"version": str(kept.version), "decision": "approve", "themes": ["rights"]}, page=review
    )
    assert answer.status_code == 303
    assert load(world, path).text.themes == ("rights",)
    assert "Knowing and using rights" in author.get(f"{world.path}/{kept.id}").text


def test_the_register_of_quotes_names_who_proposed_and_not_who_said_it(
    world: NarrativeWorld, author: Visitor, manager: Visitor
) -> None:
    """R30, privacy-and-safety 1.10."""
    with world.staff.desk.open_office() as office:
        narrative = world.submit(office)
        waiting = manager.get("/o/ALFA/quotes?year=2026").text
        approve_narrative(office, world.seat(MANAGER), narrative, 2, finding=True, quote=True)
    checked = manager.get("/o/ALFA/quotes?year=2026").text
    assert "Waits for its second person" in waiting
    assert "Checked: the next freeze looks for the consent" in checked
    for page in (waiting, checked):
        assert AUTHOR in page
        assert TEXT.quote is not None
        assert not any(words in page for words in (TEXT.quote.text, world.code, str(world.person), "Saule"))
    assert author.get("/o/ALFA/quotes").status_code == 404
    assert manager.get("/o/ALFA/quotes?year=nonsense").status_code == 200
    manager.post("/language", {"language": "lv"}, page="/o/ALFA/quotes")
    assert "Citātu reģistrs" in manager.get("/o/ALFA/quotes").text
