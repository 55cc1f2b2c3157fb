"""The pages of cards and room codes, and of a person's codes: issued once, revoked, issued again (1.1, 1.10)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pypdf
import pytest
from sqlalchemy import text

from me_platform.staff_site.desk import StaffDesk
from me_platform.surveys.definition import Survey
from tests.casework_samples import BRUNO, CLARA, CORA, MONA, OFFICER, CaseworkWorld, make_casework
from tests.conftest import Engines, lend_folder
from tests.staff_visitor import Visitor, listening, make_visitor

PATH = "/o/ALFA/cards/new"
CODE = re.compile(r"\b[A-HJKMNP-TV-Z2-9]{5}-[A-HJKMNP-TV-Z2-9]{5}\b")


@pytest.fixture(scope="module")
def world(lasting_engines: Engines) -> Iterator[CaseworkWorld]:
    with lend_folder() as folder:
        made = make_casework(lasting_engines, folder)
        desk = made.staff.desk
        made.staff.desk = replace(desk, catalogue=replace(desk.catalogue, surveys=_add_room(desk)))
        yield made


def _add_room(desk: StaffDesk) -> dict[str, Survey]:
    """The surveys, with one that the plan knows made fit for a room."""
    surveys = dict(desk.catalogue.surveys)
    surveys["outcome-checkin"] = replace(surveys["outcome-checkin"], room=True, waves=())
    return surveys


def read_key(visitor: Visitor, path: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]{32})"', visitor.get(path).text)
    assert found
    return found[1]


def list_rows(engines: Engines, batch: str = "") -> list[dict[str, object]]:
    query = text("select * from door where :batch in ('', batch_id::text) order by number, wave")
    with engines.owner.connect() as connection:
        return [dict(row) for row in connection.execute(query, {"batch": batch}).mappings()]


def read_sheet(pdf: bytes) -> str:
    """The text of a sheet, with a code's two groups joined by a dash wherever they stand."""
    lines = [line for page in pypdf.PdfReader(io.BytesIO(pdf)).pages for line in page.extract_text().splitlines()]
    # Wide letters beside each other are read with a blank between them.
    found = "\n".join(re.sub(r" ", "", line) if re.fullmatch(r"[A-Z2-9 -]{5,16}", line) else line for line in lines)
    return re.sub(r"\b([A-Z2-9]{5})[\n-]([A-Z2-9]{5})\b", r"\1-\2", found)


def test_cards_come_as_a_sheet_once_and_are_listed_without_their_codes(
    world: CaseworkWorld, lasting_engines: Engines
) -> None:
    """privacy-and-safety 1.1, 1.10: codes are stored nowhere, used or not is not told; a doubled tap issues once."""
    cora = make_visitor(world.staff, CORA)
    data = {"key": read_key(cora, PATH), "what": "session-pulse|card|both", "number": "3", "activity": ""}
    people = "select count(*) from person"
    with lasting_engines.owner.connect() as connection:
        before = int(connection.execute(text(people)).scalar_one())
    with listening(world.staff.desk.engine) as statements:
        answer = cora.post(PATH, data, page=PATH)
    assert len([each for each in statements if not each.startswith("SELECT set_config")]) <= 16
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    codes = CODE.findall(read_sheet(answer.data))
    assert len(set(codes)) == 3
    again = cora.post(PATH, data, page=PATH)
    assert again.status_code == 409
    assert "given out then, once" in again.text
    rows = list_rows(lasting_engines)
    assert [(row["kind"], row["number"], row["wave"]) for row in rows] == [
        ("card", number, wave) for number in (1, 2, 3) for wave in ("after", "before")
    ]
    with lasting_engines.owner.connect() as connection:
        assert int(connection.execute(text(people)).scalar_one()) == before + 3
    page = cora.get("/o/ALFA/cards").text
    batch = str(rows[0]["batch_id"])
    assert batch in page
    assert not CODE.search(page)
    assert not [code for code in codes if code[:5] in page]


def test_a_room_has_one_code_for_so_many_people(world: CaseworkWorld, lasting_engines: Engines) -> None:
    """privacy-and-safety, doors without a person: the third kind."""
    mona = make_visitor(world.staff, MONA)
    data = {"key": read_key(mona, PATH), "what": "outcome-checkin|room|", "number": "12", "activity": ""}
    answer = mona.post(PATH, data, page=PATH)
    assert len(set(CODE.findall(read_sheet(answer.data)))) == 1
    assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 3  # large on the first, 12 cards on two more
    rows = [row for row in list_rows(lasting_engines) if row["kind"] == "room"]
    assert len({row["person_id"] for row in rows}) == len(rows) == 12
    assert len({row["code_mac"] for row in rows}) == 1


def test_a_card_and_a_batch_are_revoked_and_issued_again(world: CaseworkWorld, lasting_engines: Engines) -> None:
    """privacy-and-safety 1.1: the new card is the same participant's; the old one opens nothing."""
    cora = make_visitor(world.staff, CORA)
    data = {"key": read_key(cora, PATH), "what": "session-pulse|card|both", "number": "2", "activity": ""}
    known = {row["batch_id"] for row in list_rows(lasting_engines)}
    cora.post(PATH, data, page=PATH)
    [batch] = {str(row["batch_id"]) for row in list_rows(lasting_engines) if row["batch_id"] not in known}
    path = f"/o/ALFA/cards/{batch}"
    page = cora.get(path).text
    names = list(dict.fromkeys(re.findall(r'name="code" value="([0-9a-f-]{36})"', page)))
    assert len(names) == 3  # two cards and all of them
    assert (
        cora.post(path, {"key": read_key(cora, path), "code": names[0], "do": "revoke"}, page=path).status_code == 303
    )
    states = [(row["number"], row["status"]) for row in list_rows(lasting_engines, batch)]
    assert states == [(1, "revoked"), (1, "revoked"), (2, "open"), (2, "open")]
    again = {"key": read_key(cora, path), "code": names[1], "do": "reissue"}
    answer = cora.post(path, again, page=path)
    assert answer.mimetype == "application/pdf"
    assert cora.post(path, again, page=path).status_code == 409
    rows = list_rows(lasting_engines)
    second = {row["person_id"] for row in rows if str(row["batch_id"]) == batch and row["number"] == 2}
    newest = [row for row in rows if row["person_id"] in second and row["status"] == "open"]
    assert [row["wave"] for row in newest] == ["after", "before"]
    assert "revoked" in cora.get(path).text
    assert (
        cora.post(path, {**again, "code": batch, "key": read_key(cora, "/o/ALFA/cards/new")}, page=PATH).status_code
        == 409
    )


def test_cards_are_for_caseworkers_and_managers_of_the_organisation(world: CaseworkWorld) -> None:
    for email in (OFFICER, BRUNO):
        assert make_visitor(world.staff, email).get("/o/ALFA/cards").status_code == 404
    assert make_visitor(world.staff, CLARA).get("/o/ALFA/cards").status_code == 200


def test_what_cannot_be_issued_is_told_at_its_field(world: CaseworkWorld) -> None:
    cora = make_visitor(world.staff, CORA)
    for wrong in (
        {"number": "0"},
        {"number": "101"},
        {"what": "caseworker-mirror|card|"},
        {"activity": "x"},
        {"key": ""},
    ):
        data = {"key": read_key(cora, PATH), "what": "session-pulse|card|both", "number": "2", "activity": "", **wrong}
        assert cora.post(PATH, data, page=PATH).status_code == 422, wrong


def test_a_persons_code_is_revoked_and_issued_again_from_her_page(
    world: CaseworkWorld, lasting_engines: Engines
) -> None:
    """privacy-and-safety 1.1, 1.10: for a lost card; nobody else's caseworker, and no word on whether it was used."""
    clara, path = make_visitor(world.staff, CLARA), world.get_path("dora", "/codes")
    give = world.get_path("dora", "/code")
    first = clara.post(give, {"key": read_key(clara, give), "offer": "session-pulse|both"}, page=give)
    assert first.status_code == 200
    person = str(world.people["dora"])

    def list_own() -> list[tuple[object, object]]:
        rows = [row for row in list_rows(lasting_engines) if str(row["person_id"]) == person]
        return sorted((str(row["wave"]), str(row["status"])) for row in rows)

    assert list_own() == [("after", "open"), ("before", "open")]
    page = clara.get(path).text
    named = re.search(r'name="code" value="([0-9a-f-]{36})"', page)
    assert named
    data = {"key": read_key(clara, path), "code": named[1], "do": "reissue"}
    answer = clara.post(path, data, page=path)
    assert answer.status_code == 200
    assert re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", answer.text)
    assert clara.post(path, data, page=path).status_code == 409
    assert list_own() == [("after", "open"), ("after", "revoked"), ("before", "open"), ("before", "revoked")]
    assert make_visitor(world.staff, CORA).get(path).status_code == 404
    newest = next(name for name in re.findall(r'name="code" value="([0-9a-f-]{36})"', clara.get(path).text))
    revoked = clara.post(path, {"key": read_key(clara, path), "code": newest, "do": "revoke"}, page=path)
    assert revoked.status_code == 303
    assert {status for _, status in list_own()} == {"revoked"}
    other = str(next(row["id"] for row in list_rows(lasting_engines) if str(row["person_id"]) != person))
    foreign = clara.post(path, {"key": read_key(clara, give), "code": other, "do": "revoke"}, page=give)
    assert foreign.status_code == 404
