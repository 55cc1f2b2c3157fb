"""Reports and the log on the staff site: written, built, accepted by a second person, fetched, and followed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pypdf
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.access import Role
from me_platform.errors import ReportUnfit
from me_platform.exchange.records import RECORD_KINDS
from me_platform.reports.build import build_report
from me_platform.reports.definition import find_unprintable
from me_platform.services.audit import Deed, LogLine, list_log, note_deed
from me_platform.services.instance import Office
from me_platform.services.jobs import run_next_job
from me_platform.services.report_history import ReportState, find_state, needs_building
from me_platform.staff_site import log as log_pages
from me_platform.storage.snapshots import ReportStep
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.report_samples import PEOPLE
from tests.staff_samples import USERS, Clock, StaffWorld, load_content, make_world
from tests.staff_visitor import Visitor, listening, make_visitor, without_token

OFFICER, SECOND, MANAGER = "kira@kopa.example", "anna@alfa.example", "bruno@beta.example"
FUNDER, AUDITOR, CASEWORKER = "finn@fund.example", "olga@alfa.example", "cora@alfa.example"
ALFA = "/o/ALFA/reports"
WORDS = {
    "our_words-en": "We worked with 12 people & more.\r\n\r\nIt <b>helped</b>.",
    "must_change-en": "The waiting lists.",
}


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> StaffWorld:
    return make_world(engines, tmp_path)


def send(visitor: Visitor, path: str, page: str, **data: Any) -> Any:  # noqa: ANN401 - what the client returns
    return visitor.post(path, data, page=page)


def begin(visitor: Visitor, *languages: str, template: str = "partner-impact") -> str:
    """Begin a draft of ALFA; returns its path."""
    form = {"snapshot": "freeze-sample", "template": template, "languages": list(languages) or ["en"]}
    answer = send(visitor, f"{ALFA}/new", f"{ALFA}/new", **form)
    assert answer.status_code == 303
    return str(answer.location)


def find_version(page: str) -> str:
    found = re.search(r'name="version" type="hidden" value="(\d+)"', page)
    assert found
    return found[1]


def save(visitor: Visitor, draft: str, deed: str = "save", version: str = "", **words: str) -> Any:  # noqa: ANN401
    known = version or find_version(visitor.get(draft).text)
    return visitor.post(draft, {**words, "version": known, "deed": deed}, page=draft)


def work(world: StaffWorld, engines: Engines) -> bool:
    """Let the worker do one job."""
    with world.desk.open_office() as office, ThreadPoolExecutor(1) as pool:
        worker = Office(engines.worker, office.vault, b"", world.desk.sources, sample=True)
        return run_next_job(worker, world.desk.catalogue, pool)


def read_log(world: StaffWorld, code: str = "ALFA") -> list[LogLine]:
    with world.desk.open_office() as office:
        return list_log(office, world.desk.organisations[code].partner)


def find_account(world: StaffWorld, email: str) -> UUID:
    with Session(world.desk.engine) as session:
        return UUID(str(session.scalar(text("select id from account where email = :email"), {"email": email})))


def note_builder(world: StaffWorld, report: UUID, email: str, code: str = "ALFA") -> None:
    """Somebody had the report built as well, a second after the command line."""
    partner = world.desk.organisations[code].partner.id
    with Session(world.desk.engine) as session:
        enter_partner(session, partner)
        session.execute(
            text(
                "insert into report_event (id, partner_id, report_id, account_id, action, at)"
                " values (gen_random_uuid(), :partner, :report, :account, 'built', '2026-10-06 10:00+00')"
            ),
            {"partner": partner, "report": report, "account": find_account(world, email)},
        )
        session.commit()


# -- writing --------------------------------------------------------------------------------------------------------


def test_what_an_officer_writes_is_kept_and_shown_again(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    draft = begin(visitor, "en", "lv")
    answer = save(visitor, draft, **WORDS)
    assert (answer.status_code, answer.location) == (303, f"{draft}?saved=1")
    page = unescape(visitor.get(answer.location).text)
    assert "Saved." in page
    assert "We worked with 12 people & more." in page
    assert "It <b>helped</b>." in page
    assert visitor.get(ALFA).text.count(draft) == 1
    assert [line.deed for line in read_log(world)[:2]] == [Deed.WROTE, Deed.WROTE]


def test_what_is_written_lies_sealed(world: StaffWorld, engines: Engines) -> None:
    """architecture.md, sealed records."""
    visitor = make_visitor(world, OFFICER)
    save(visitor, begin(visitor), "build", **WORDS)
    with engines.owner.connect() as connection:
        for table in ("report_draft", "work_order", "job"):
            for row in connection.execute(text(f"select * from {table}")):  # noqa: S608
                assert "waiting lists" not in str(row)
                assert b"waiting lists" not in bytes(getattr(row, "sealed", b""))


def test_a_second_window_is_told_and_nothing_is_lost(world: StaffWorld) -> None:
    """Issue C, bad input: stale version. Both texts are on the page, and saving again is a choice."""
    visitor = make_visitor(world, OFFICER)
    draft = begin(visitor)
    first = find_version(visitor.get(draft).text)
    assert save(visitor, draft, version=first, **{"our_words-en": "From the other window."}).status_code == 303
    answer = save(visitor, draft, version=first, **{"our_words-en": "From this window."})
    assert answer.status_code == 409
    for words in ("changed meanwhile in another window", "From this window.", "From the other window."):
        assert words in answer.text
    assert "From the other window." in visitor.get(draft).text
    assert "From this window." not in visitor.get(draft).text
    again = save(visitor, draft, version=find_version(answer.text), **{"our_words-en": "Both."})
    assert again.status_code == 303
    assert "Both." in visitor.get(draft).text


REFUSED_WORDS = (
    ("x" * 2501, "This has 2501 characters; 2500 fit here"),
    ("x" * 200_000, "2500 fit here"),
    ("Good \N{GRINNING FACE}", "cannot be printed: \N{GRINNING FACE}"),
    ("\N{ARABIC LETTER MEEM}", "cannot be printed"),
    ("a\x00b", "cannot be printed"),
    ("a\u202eb", "cannot be printed"),
)


def test_a_text_that_cannot_be_kept_is_said_at_its_field(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    draft = begin(visitor)
    for words, fault in REFUSED_WORDS:
        answer = save(visitor, draft, **{"our_words-en": words, "context-en": "This stays."})
        assert answer.status_code == 422
        assert unescape(answer.text).count(fault) == 2
        assert "This stays." in answer.text
        assert "This stays." not in visitor.get(draft).text


def test_line_ends_and_composed_letters_are_counted_as_they_are_kept(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    draft = begin(visitor)
    assert save(visitor, draft, **{"our_words-en": "a\u0304\r\n" * 1250}).status_code == 303
    assert "\N{LATIN SMALL LETTER A WITH MACRON}\n" in visitor.get(draft).text


def test_a_version_that_is_none_overwrites_nothing(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    draft = begin(visitor)
    for version in ("x", "-1", "9" * 40, "0"):
        assert save(visitor, draft, version=version, **WORDS).status_code == 409
    assert "waiting lists" not in visitor.get(draft).text


REFUSED_FORMS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"template": "partner-impact", "languages": ["en"]}, "Frozen figures"),
    ({"snapshot": "freeze-solo", "template": "partner-impact", "languages": ["en"]}, "Frozen figures"),
    ({"snapshot": "freeze-sample", "template": "paper-form", "languages": ["en"]}, "Kind of report"),
    ({"snapshot": "freeze-sample", "template": "partner-impact"}, "Languages"),
    ({"snapshot": "freeze-sample", "template": "partner-impact", "languages": ["xx"]}, "Languages"),
    ({"snapshot": "freeze-sample", "template": "partner-impact", "languages": ["en", "ar"]}, "Languages"),
)


def test_a_report_that_cannot_be_begun_is_said_at_its_field(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    for form, field in REFUSED_FORMS:
        answer = send(visitor, f"{ALFA}/new", f"{ALFA}/new", **form)
        assert answer.status_code == 422
        assert f">{field}</a>:" in answer.text
    assert "drafts" not in visitor.get(ALFA).text


def test_a_draft_can_be_discarded(world: StaffWorld) -> None:
    visitor = make_visitor(world, OFFICER)
    draft = begin(visitor)
    assert send(visitor, f"{draft}/discard", draft).location == ALFA
    assert visitor.get(draft).status_code == 404
    assert read_log(world)[0].deed is Deed.CLOSED


# -- from words to an accepted report -------------------------------------------------------------------------------


def test_an_officer_builds_a_second_person_accepts_and_the_funder_fetches(world: StaffWorld, engines: Engines) -> None:
    """Issue C, officer and funder: the whole way, with every step in the log and in the report's history."""
    officer, second, funder = (make_visitor(world, email) for email in (OFFICER, SECOND, FUNDER))
    answer = save(officer, begin(officer), "build", **WORDS)
    job = answer.location
    page = officer.get(job).text
    assert "Waiting." in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert work(world, engines)
    done = officer.get(f"{job}/state").text
    assert "Done." in done
    assert "<html" not in done
    [report] = re.findall(r'href="(/o/ALFA/reports/[0-9a-f-]+)"', done)
    # Nobody but those who may see what waits has it yet.
    assert report not in funder.get(ALFA).text
    assert funder.get(f"{report}.pdf").status_code == 404
    # Whoever built it is offered no way to accept it, and has none.
    assert f"{report}/accept" not in officer.get(report).text
    assert send(officer, f"{report}/accept", report).status_code == 404
    pdf = second.get(f"{report}.pdf")
    assert pdf.headers["Content-Disposition"].startswith('attachment; filename="draft-')
    said = " ".join("".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(pdf.data)).pages).split())
    for words in ("In our own words", "We worked with 12 people & more.", "It <b>helped</b>.", "The waiting lists."):
        assert words in said
    assert "Context and limits" not in said
    assert send(second, f"{report}/accept", report).location == report
    assert report in funder.get(ALFA).text
    fetched = funder.get(f"{report}.pdf")
    assert fetched.data == pdf.data
    assert fetched.headers["Content-Disposition"].startswith('attachment; filename="report-')
    history = officer.get(report).text
    for words in ("downloaded", "accepted", "built", OFFICER, SECOND, FUNDER):
        assert words in history
    deeds = [(line.deed, line.thing) for line in read_log(world)]
    for deed in (Deed.BUILT, Deed.OPENED, Deed.ACCEPTED, Deed.EXPORTED):
        assert (deed, "report") in deeds
    assert {line.account for line in read_log(world) if line.deed is Deed.EXPORTED} == {find_account(world, FUNDER)}
    # Built again the bytes are the same, the report is the same one, and it stays accepted.
    [draft] = re.findall(r'href="(/o/ALFA/reports/drafts/[0-9a-f-]+)"', officer.get(ALFA).text)
    again = save(officer, draft, "build", **WORDS).location
    assert work(world, engines)
    assert report in officer.get(again).text
    assert report in funder.get(ALFA).text


def test_a_report_that_cannot_be_built_says_why_and_leads_back(world: StaffWorld, engines: Engines) -> None:
    visitor = make_visitor(world, OFFICER)
    job = save(visitor, begin(visitor), "build").location
    with engines.owner.begin() as connection:
        connection.execute(text("update snapshot set hash = 'other'"))
    assert work(world, engines)
    page = visitor.get(job).text
    assert "This could not be done." in page
    assert "does not open" in page
    assert f'href="{ALFA}"' in page


def test_a_page_that_waits_stops_asking_by_itself(world: StaffWorld) -> None:
    """A page somebody left open keeps no log-in awake for ever."""
    visitor = make_visitor(world, OFFICER)
    job = save(visitor, begin(visitor), "build").location
    assert "round=8" in visitor.get(f"{job}?round=7").text
    assert "http-equiv" not in visitor.get(f"{job}?round=99").text
    assert "http-equiv" in visitor.get(f"{job}?round=x").text


def test_a_report_is_rejected_with_a_comment_and_comes_back_built_anew(world: StaffWorld) -> None:
    report = world.waiting["ALFA waits"]
    path = f"{ALFA}/{report}"
    second = make_visitor(world, SECOND)
    answer = send(second, f"{path}/reject", path, comment="  ")
    assert answer.status_code == 422
    assert "The report was not rejected" in unescape(answer.text) or "nav noraidīts" in answer.text
    assert send(second, f"{path}/reject", path, comment="x" * 1001).status_code == 422
    assert send(second, f"{path}/reject", path, comment="Page 3: <who> is that?").location == path
    page = unescape(make_visitor(world, OFFICER).get(path).text)
    assert "Page 3: <who> is that?" in page
    assert f"{path}/accept" not in page
    assert send(second, f"{path}/accept", path).location == path
    assert f"{path}/accept" not in second.get(path).text


def test_an_accepted_report_can_be_taken_back(world: StaffWorld) -> None:
    report = world.reports["ALFA en"]
    path = f"{ALFA}/{report}"
    second, funder = make_visitor(world, SECOND), make_visitor(world, FUNDER)
    assert str(report) in funder.get(ALFA).text
    send(second, f"{path}/reject", path, comment="A number is wrong.")
    assert str(report) not in funder.get(ALFA).text
    assert funder.get(f"{path}.pdf").status_code == 404
    assert second.get(f"{path}.pdf").status_code == 200


def test_whoever_had_a_report_built_cannot_accept_it(world: StaffWorld) -> None:
    """Issue C: accept by a second person. The rule stands in the service."""
    report = world.waiting["ALFA waits"]
    path = f"{ALFA}/{report}"
    note_builder(world, report, SECOND)
    builder = make_visitor(world, SECOND)
    with listening(world.desk.engine) as statements:
        answer = send(builder, f"{path}/accept", path)
    assert answer.status_code == 404
    assert not [each for each in statements if "INSERT" in each]
    assert send(make_visitor(world, OFFICER), f"{path}/accept", path).status_code == 303


def test_a_manager_accepts_what_an_officer_built(world: StaffWorld) -> None:
    report = world.waiting["BETA waits"]
    path = f"/o/BETA/reports/{report}"
    note_builder(world, report, OFFICER, "BETA")
    manager = make_visitor(world, MANAGER)
    assert send(manager, f"{path}/accept", path).status_code == 303
    assert str(report) in make_visitor(world, FUNDER).get("/o/BETA/reports").text


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ("", ReportState.WAITING),
        ("built", ReportState.WAITING),
        ("built accepted", ReportState.ACCEPTED),
        ("built accepted built", ReportState.ACCEPTED),
        ("built rejected", ReportState.REJECTED),
        ("built rejected built", ReportState.WAITING),
        ("built accepted rejected", ReportState.REJECTED),
        ("built accepted rejected built accepted", ReportState.ACCEPTED),
    ],
)
def test_the_state_is_what_the_history_says(actions: str, state: ReportState) -> None:
    history = [ReportStep(action, None, Clock().time) for action in actions.split()]
    assert find_state(history) is state


def test_a_job_that_is_done_twice_adds_nothing_to_the_history() -> None:
    one, other = UUID(int=1), UUID(int=2)
    at = Clock().time
    built = ReportStep("built", one, at)
    assert needs_building([], one)
    assert not needs_building([built], one)
    assert needs_building([built], other)
    assert needs_building([built], None)
    assert not needs_building([built, ReportStep("accepted", other, at)], one)
    assert needs_building([built, ReportStep("rejected", other, at)], one)
    assert not needs_building([built, ReportStep("rejected", other, at), built], one)


# -- what is printed ------------------------------------------------------------------------------------------------


def test_a_text_without_a_place_in_the_template_is_not_lost_silently() -> None:
    sample, template = PEOPLE["0"], load_content().templates["partner-impact"]
    mute = replace(template, html=template.html.replace("{{ written(section) }}", ""))
    with pytest.raises(ReportUnfit, match="does not print what was written"):
        build_report(
            mute,
            "en",
            sample.plan,
            sample.indicators,
            sample.taxonomy,
            sample.snapshot,
            texts={"our_words": "Hear us."},
        )


def test_what_may_be_typed_can_be_printed() -> None:
    """Each sign a Latvian, Russian or English writer types, in the reports' own fonts."""
    signs = "Āāčēģīķļņšūž ЖжЩщЁё „“”‘’–—…«»№™§€£°±²½·• 1 000,5 %\N{NO-BREAK SPACE}x"
    assert find_unprintable(signs) == ""
    sample = PEOPLE["0"]
    template = load_content().templates["partner-impact"]
    parts = (template, "lv", sample.plan, sample.indicators, sample.taxonomy, sample.snapshot)
    assert build_report(*parts, texts={"context": signs}).pdf


# -- who sees what --------------------------------------------------------------------------------------------------


def test_only_officers_write_and_only_readers_see_what_waits(world: StaffWorld) -> None:
    report = world.waiting["ALFA waits"]
    for email in USERS:
        visitor = make_visitor(world, email)
        writes, sees = email in {OFFICER, SECOND}, email in {OFFICER, SECOND}
        assert (visitor.get(f"{ALFA}/new").status_code == 200) is writes, email
        assert (visitor.get(f"{ALFA}/{report}.pdf").status_code == 200) is sees, email
        assert (visitor.get(f"{ALFA}/{report}").status_code == 200) is (sees or email == AUDITOR), email
        assert (str(report) in visitor.get(ALFA).text) is sees, email
        assert (visitor.get("/o/ALFA/deliveries").status_code == 200) is (sees or email == AUDITOR), email
        assert (visitor.get("/o/ALFA/log").status_code == 200) is (email == AUDITOR), email


@contextmanager
def compare(world: StaffWorld, visitor: Visitor, template: str, existing: object) -> Iterator[None]:
    """That an id of another partner is answered as a missing one: status, bytes but the token, and queries."""
    visitor.get("/nothing")  # after its first page the session holds a form token, and is not written again
    answers = []
    for each in (uuid4(), existing):
        with listening(world.desk.engine) as statements:
            answer = visitor.get(template.format(each))
        answers.append((answer.status_code, without_token(answer), list(statements)))
    yield
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_jobs_drafts_and_reports_of_another_partner_are_missing(world: StaffWorld) -> None:
    """Issue C, done when 2: also for whoever may do the same at home."""
    officer = make_visitor(world, OFFICER)
    draft = begin(officer)
    job = save(officer, draft, "build").location
    home, ids = make_visitor(world, SECOND), {"jobs": job.split("/")[-1], "drafts": draft.split("/")[-1]}
    for visitor, code in ((officer, "BETA"), (home, "BETA"), (officer, "KOPA")):
        for template, existing in (
            ("/jobs/{}", ids["jobs"]),
            ("/jobs/{}/state", ids["jobs"]),
            ("/reports/drafts/{}", ids["drafts"]),
            ("/reports/{}", world.waiting["ALFA waits"]),
            ("/reports/{}.pdf", world.waiting["ALFA waits"]),
        ):
            with compare(world, visitor, f"/o/{code}{template}", existing):
                pass
    for path in (f"{ids['drafts']}", f"{ids['drafts']}/discard"):
        for each in (path, path.replace(ids["drafts"], str(uuid4()))):
            answer = send(officer, f"/o/BETA/reports/drafts/{each}", "/", version="1")
            assert (answer.status_code, "Not found" in answer.text) == (404, True)
    assert officer.get(draft).status_code == 200


def test_a_caseworker_follows_no_job(world: StaffWorld) -> None:
    officer = make_visitor(world, OFFICER)
    job = save(officer, begin(officer), "build").location
    assert make_visitor(world, CASEWORKER).get(job).status_code == 404
    assert make_visitor(world, MANAGER).get(job).status_code == 404


PAGES = (
    (OFFICER, ALFA),
    (OFFICER, f"{ALFA}/new"),
    (OFFICER, "/o/ALFA/deliveries"),
    (SECOND, ALFA + "/{waiting}"),
    (SECOND, ALFA + "/{waiting}.pdf"),
    (FUNDER, ALFA),
    (FUNDER, ALFA + "/{accepted}.pdf"),
    (AUDITOR, "/o/ALFA/log"),
)


def test_a_page_asks_the_database_at_most_eight_times(world: StaffWorld) -> None:
    """Issue C, done when 6."""
    visitors = {email: make_visitor(world, email) for email, _ in PAGES}
    begin(visitors[OFFICER])
    ids = {"waiting": world.waiting["ALFA waits"], "accepted": world.reports["ALFA en"]}
    for email, path in PAGES:
        visitors[email].get("/nothing")
        with listening(world.desk.engine) as statements:
            assert visitors[email].get(path.format(**ids)).status_code == 200
        assert len(statements) <= 8, (path, statements)


# -- the log --------------------------------------------------------------------------------------------------------


def test_the_auditor_reads_who_did_what_when_with_which_thing(world: StaffWorld) -> None:
    report = world.reports["ALFA en"]
    make_visitor(world, FUNDER).get(world.get_path("ALFA en"))
    auditor = make_visitor(world, AUDITOR)
    page = unescape(auditor.get("/o/ALFA/log").text)
    for words in ("exported", FUNDER, str(report), "15\N{NO-BREAK SPACE}Oct\N{NO-BREAK SPACE}2026"):
        assert words in page
    assert "nothing else" not in page
    assert FUNDER in auditor.get("/o/ALFA/log?deed=exported&thing=report").text
    assert "No line of this page is like that" in auditor.get("/o/ALFA/log?deed=opened").text
    for strange in ("before=0", "before=-1", "before=x", f"before={2**80}", "deed=%00", "thing=<b>"):
        assert auditor.get(f"/o/ALFA/log?{strange}").status_code == 200


def test_the_log_is_paged_by_position(world: StaffWorld) -> None:
    with world.desk.open_office() as office, Session(office.engine) as session:
        partner = world.desk.organisations["ALFA"].partner
        enter_partner(session, partner.id)
        for _ in range(101):
            note_deed(office, session, partner, None, Deed.EXPORTED, "report")
        session.commit()
    auditor = make_visitor(world, AUDITOR)
    page = auditor.get("/o/ALFA/log").text
    assert page.count('data-label="Line"') == 100
    [older] = re.findall(r"/o/ALFA/log\?before=\d+", page)
    rest = auditor.get(older).text
    # The auditor's own log-in is a line as well.
    assert rest.count('data-label="Line"') == read_log(world)[0].position + 1 - 100
    assert "Older lines" not in rest


def test_the_auditor_sees_whether_the_log_is_whole(world: StaffWorld, engines: Engines) -> None:
    funder = make_visitor(world, FUNDER)
    for _ in range(3):
        funder.get(world.get_path("ALFA en"))
    auditor = make_visitor(world, AUDITOR)
    page = send(auditor, "/o/ALFA/log/verify", "/o/ALFA/log").text
    assert "The log is whole" in page
    [head] = re.findall(r"[0-9a-f]{64}", page)
    with engines.owner.begin() as connection:
        connection.execute(text("delete from audit_event where position = (select max(position) from audit_event)"))
    assert "The log is whole" in send(auditor, "/o/ALFA/log/verify", "/o/ALFA/log").text
    cut = send(auditor, "/o/ALFA/log/verify", "/o/ALFA/log", head=f" {head.upper()} ")
    assert "The log is not what was written" in cut.text
    assert "lines were cut off" in cut.text
    assert send(auditor, "/o/ALFA/log/verify", "/o/ALFA/log", head="x" * 81).status_code == 422
    with engines.owner.begin() as connection:
        connection.execute(text("update audit_event set sealed = sealed || 'x' where position = 0"))
    assert auditor.get("/o/ALFA/log").status_code == 500


def test_every_deed_and_every_kind_of_thing_has_its_words() -> None:
    """A new kind of thing in the log is said in the reader's language."""
    assert set(log_pages.DEEDS) == set(Deed)
    services = Path(log_pages.__file__).parents[1] / "services"
    calls = "".join(path.read_text(encoding="utf-8") for path in services.glob("*.py"))
    things = set(re.findall(r'Deed\.[A-Z_]+,\s*"([a-z ]+)"', calls)) | set(
        re.findall(r'note_deed\([^)]*?deed,\s*"([a-z ]+)"', calls)
    )
    assert things | set(RECORD_KINDS) | set(Role) <= set(log_pages.THINGS)
    assert "report" in things
