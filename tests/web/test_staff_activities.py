"""Activities over WSGI: the list, one of them, and imports of every kind of file."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from me_platform.services.audit import Deed, list_log
from me_platform.staff_site.activities import LARGEST_UPLOAD, MOST_FAULTS
from me_platform.staff_site.app import LARGEST_FORM
from tests.conftest import Engines
from tests.figure_samples import make_figure_world
from tests.staff_samples import ROOT, StaffWorld
from tests.staff_visitor import TOKEN, Visitor, listening, make_visitor, without_token

OFFICER, LEADER, BETA_MANAGER, FUNDER = (
    "anna@alfa.example",
    "kira@kopa.example",
    "bruno@beta.example",
    "finn@fund.example",
)
REGISTER = (ROOT / "indicators" / "plans" / "latvia-activities.csv").read_bytes()
FORM = "/o/ALFA/activities/import"


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_figure_world(engines, tmp_path)


def visit(world: StaffWorld, email: str = OFFICER, language: str = "en") -> Visitor:
    visitor = make_visitor(world, email)
    visitor.post("/language", {"language": language}, page="/")
    return visitor


def send(
    visitor: Visitor, data: bytes, name: str = "list.csv", *, form: str = FORM, plan: str = "impact"
) -> TestResponse:
    """Offer a file for import; the request is written by hand, for the client would leave a file of its own open."""
    token = TOKEN.search(visitor.get(form).text)
    assert token
    parts = [
        b'Content-Disposition: form-data; name="%b"\r\n\r\n%b' % (field.encode(), value.encode())
        for field, value in (("csrf_token", token[1]), ("plan", plan))
    ]
    parts.append(b'Content-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b' % (name.encode(), data))
    body = b"".join(b"--limit\r\n%b\r\n" % part for part in parts) + b"--limit--\r\n"
    kind = "multipart/form-data; boundary=limit"
    return visitor.client.post(form, base_url=visitor.base_url, data=body, content_type=kind)


def import_list(visitor: Visitor, data: bytes, *, form: str = FORM, **given: Any) -> str:  # noqa: ANN401
    """Offer a file, confirm, and return the address of the receipt."""
    preview = send(visitor, data, form=form).location
    assert preview
    answer = visitor.post(preview, given, page=preview)
    assert answer.status_code == 303
    return str(answer.location)


def read(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") :])).split())


def count_rows(engines: Engines) -> list[int]:
    tables = ("activity", "import_receipt", "work_order")
    with engines.owner.connect() as connection:
        return [connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in tables]  # noqa: S608


def test_a_list_is_looked_at_before_it_is_imported(world: StaffWorld, engines: Engines) -> None:
    visitor = visit(world)
    assert "There are no activities yet" in visitor.get("/o/ALFA/activities").text
    preview = send(visitor, REGISTER, "saraksts.csv").location
    assert preview
    page = read(visitor.get(preview).text)
    assert "saraksts.csv · Monitoring and evaluation plan" in page
    assert "Activities in the file 44 (delivered: 39, planned: 5) New 44 Stored differently 0 Unchanged 0" in page
    assert "counted as planned, not as delivered, because the list says so: A2013-02" in page
    assert count_rows(engines) == [0, 0, 1]
    answer = visitor.post(preview, page=preview)
    assert answer.status_code == 303
    assert count_rows(engines) == [44, 1, 0]
    receipt = read(visitor.get(answer.location).text)
    assert "Attendances 328 (stated for 6 of 16 activities)" in receipt
    assert "Grants, each counted once 1; USD 25" in receipt
    assert "not stated; the list adds 'US programme'" in receipt
    assert visitor.get(preview).status_code == 404
    page = visitor.get("/o/ALFA/activities").text
    assert "44 of 44 activities." in page
    with world.desk.open_office() as office:
        lines = [(line.deed, line.thing) for line in list_log(office, world.desk.organisations["ALFA"].partner)]
    assert (Deed.IMPORTED, "activities") in lines


def test_what_was_offered_lies_sealed(world: StaffWorld, engines: Engines) -> None:
    send(visit(world), REGISTER)
    with engines.owner.connect() as connection:
        sealed = connection.execute(text("select sealed from work_order")).scalar_one()
    assert b"A2018" not in bytes(sealed)
    assert REGISTER[:40] not in bytes(sealed)


def test_a_changed_list_replaces_only_where_that_is_asked_for(world: StaffWorld, engines: Engines) -> None:
    visitor = visit(world)
    import_list(visitor, REGISTER)
    changed = REGISTER.replace(b",115,", b",116,")
    preview = send(visitor, changed).location
    assert preview
    page = read(visitor.get(preview).text)
    assert "New 0 Stored differently 1 Unchanged 43" in page
    assert "A2018-02" in page
    assert "participants" in page
    left = read(visitor.get(visitor.post(preview, page=preview).location).text)
    assert "Known already and left as they were" in left
    assert "116" not in visitor.get("/o/ALFA/activities?q=A2018-02").text
    receipt = read(visitor.get(import_list(visitor, changed + b"\r\n", replace="y")).text)
    assert "Replaced A2018-02" in receipt
    assert "116" in visitor.get("/o/ALFA/activities?q=A2018-02").text
    assert count_rows(engines) == [44, 3, 0]
    assert "imported before" in visitor.get(str(send(visitor, REGISTER).location)).text


# -- bad input ------------------------------------------------------------------------------------------------------


def make_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
    return file.getvalue()


HEADER = REGISTER.split(b"\r\n" if b"\r\n" in REGISTER else b"\n", 1)[0]
ROW = b"\n" + b",".join([b"x"] * HEADER.count(b","))
BAD: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "the file is empty", "datne ir tukša"),
    "latin-1": (REGISTER + "ā".encode("cp1257"), "not written in UTF-8", "nav UTF-8 kodējumā"),
    "workbook": (make_bomb(), "this is an Excel or OpenDocument workbook", "tā ir Excel vai OpenDocument darbgrāmata"),
    "pdf": (b"%PDF-1.7", "this is a PDF document", "tas ir PDF dokuments"),
    "columns": (b"id,name\n1,2", "these columns are missing: year", "trūkst šādu kolonnu: year"),
    "header": (HEADER, "a header and no rows", "ir virsraksts, bet nav nevienas rindas"),
    "rows": (b"a,b\n" + b"1,2\n" * 100_000, "these columns are missing", "trūkst šādu kolonnu"),
    "formula": (REGISTER.replace(b",115,", b",=1+1,"), "'=1+1' is a formula", "„=1+1” ir formula"),
    "year": (REGISTER.replace(b",2018,", b",20I8,", 1), "is a letter written in place", "uzrakstīts burts"),
    "large": (HEADER + ROW * 110_000, "the file is larger than 5 MB", "datne ir lielāka par 5 MB"),
}
"""A file -> what is said of it in English and in Latvian, first letters apart."""


def test_a_file_that_cannot_be_taken_is_said_at_its_row_and_nothing_is_stored(
    world: StaffWorld, engines: Engines
) -> None:
    for language, place in (("en", 1), ("lv", 2)):
        visitor = visit(world, language=language)
        for name, case in BAD.items():
            assert len(case[0]) < LARGEST_UPLOAD
            answer = send(visitor, case[0], "list.xlsx" if name == "workbook" else "list.csv")
            assert answer.status_code == 422, name
            assert str(case[place])[1:] in unescape(answer.text), name
    assert count_rows(engines) == [0, 0, 0]


def test_every_fault_has_its_row_and_column(world: StaffWorld) -> None:
    bad = REGISTER.replace(b",115,", b",-5,").replace(b",day,", b",dayy,")
    page = send(visit(world, language="lv"), bad).text
    rows = [read("<main" + row) for row in re.findall(r"<tr role=\"row\">.*?</tr>", page, re.DOTALL)]
    assert "3 date_precision „dayy” nav pazīstams; rakstiet vienu no: day, range" in " ".join(rows)
    assert any("participants „-5” ir negatīvs; jābūt 0 vai vairāk" in row for row in rows)
    assert not re.search(r"\b(row|column|is not)\b", " ".join(rows))


def test_a_list_full_of_faults_is_told_in_part(world: StaffWorld) -> None:
    answer = send(visit(world), HEADER + b"\n" + b"\n".join([b"x;" * 3] * (MOST_FAULTS + 50)))
    assert answer.status_code == 422
    assert "And 50 more." in answer.text


def test_good_files_of_every_program_are_taken(world: StaffWorld, engines: Engines) -> None:
    """With a byte order mark, with semicolons, with formulas in texts: these stay the characters they are."""
    semicolons = io.StringIO()
    import csv  # noqa: PLC0415

    rows = list(csv.reader(io.StringIO(REGISTER.decode("utf-8-sig"))))
    place = rows[0].index("audience")
    rows[1][place] = "=HYPERLINK(1)"
    csv.writer(semicolons, delimiter=";").writerows(rows)
    visitor = visit(world)
    import_list(visitor, b"\xef\xbb\xbf" + semicolons.getvalue().encode())
    assert count_rows(engines)[0] == 44


def test_too_much_is_refused_before_it_is_read_and_nobody_else_may_send_so_much(world: StaffWorld) -> None:
    assert send(visit(world), b"x" * LARGEST_UPLOAD).status_code == 413
    kind = "multipart/form-data; boundary=limit"
    answer = make_visitor(world).client.post(FORM, data=b"x" * (LARGEST_FORM + 1), content_type=kind)
    assert answer.status_code == 413
    assert "Nothing was changed" in answer.text


def test_no_file_and_no_plan_are_said_at_their_fields(world: StaffWorld) -> None:
    visitor = visit(world)
    answer = visitor.post(FORM, {"plan": "impact"}, page=FORM)
    assert (answer.status_code, "Please choose a file." in answer.text) == (422, True)
    answer = send(visitor, REGISTER, plan="solo")
    assert (answer.status_code, "Not a valid choice." in answer.text) == (422, True)


# -- the list --------------------------------------------------------------------------------------------------------


def test_activities_are_found_by_year_kind_and_status(world: StaffWorld) -> None:
    visitor = visit(world)
    import_list(visitor, REGISTER)
    for query, number in {
        "": 44,
        "?status=planned": 5,
        "?year=2018": 3,
        "?kind=training": 10,
        "?kind=training&status=planned": 2,
        "?q=A2012-04": 1,
        "?q=nothing+such": 0,
        "?page=99": 44,
        "?page=-1": 44,
        "?page=x": 44,
    }.items():
        page = visitor.get(f"/o/ALFA/activities{query}")
        assert page.status_code == 200
        assert f"{number} of 44 activities." in page.text, query
    assert "○ Planned" in read(visitor.get("/o/ALFA/activities?q=A2013-02").text)
    link = re.search(r'href="(/o/ALFA/activities/[0-9a-f-]{36})"', visitor.get("/o/ALFA/activities?q=A2012-04").text)
    assert link
    words = read(visitor.get(link[1]).text)
    assert "A2012-04" in words
    assert "May be reached (not counted) 10" in words


def test_what_another_organisation_or_officer_has_is_as_if_it_were_not_there(world: StaffWorld) -> None:
    leader = visit(world, LEADER)
    receipt = import_list(leader, REGISTER, form="/o/BETA/activities/import")
    kept = str(send(leader, REGISTER + b"\r\n", form="/o/BETA/activities/import").location)
    link = re.search(r'"(/o/BETA/activities/[0-9a-f-]{36})"', leader.get("/o/BETA/activities").text)
    assert link
    officer, gone = visit(world), "00000000-0000-4000-8000-000000000000"
    for path in (link[1], receipt, kept):
        assert leader.get(path).status_code == 200
        there = path.replace("/o/BETA/", "/o/ALFA/")
        missing = re.sub(r"[0-9a-f-]{36}", gone, there)
        answers = []
        for asked in (there, missing):
            with listening(world.desk.engine) as statements:
                answers.append((officer.get(asked), list(statements)))
        (theirs, one), (none, other) = answers
        assert theirs.status_code == none.status_code == 404
        assert without_token(theirs) == without_token(none)
        assert one == other
    manager = visit(world, BETA_MANAGER)
    assert manager.get(receipt).status_code == 200
    assert manager.get(kept).status_code == 404  # another's upload
    assert manager.post(kept, page="/o/BETA/activities").status_code == 404


def test_who_may_see_and_import(world: StaffWorld) -> None:
    people = {OFFICER: ("ALFA",), LEADER: ("ALFA", "BETA", "KOPA"), BETA_MANAGER: ("BETA",), FUNDER: ()}
    for (email, allowed), code in product(people.items(), ("ALFA", "BETA", "KOPA")):
        visitor = visit(world, email)
        for path in ("activities", "activities/import"):
            assert visitor.get(f"/o/{code}/{path}").status_code == (200 if code in allowed else 404), (email, code)


def test_pages_take_eight_statements_at_most(world: StaffWorld) -> None:
    visitor = visit(world)
    receipt = import_list(visitor, REGISTER)
    preview = str(send(visitor, REGISTER + b"\r\n").location)
    for path in ("/o/ALFA/activities", FORM, preview, receipt):
        with listening(world.desk.engine) as statements:
            assert visitor.get(path).status_code == 200
        assert len(statements) <= 8, path
    with listening(world.desk.engine) as statements:
        visitor.post(preview, page=FORM)
    assert len(statements) <= 26
