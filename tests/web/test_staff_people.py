"""The pages about people over WSGI: who sees whom, what is written down, what is refused, and in how many queries."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.staff_site.language import load_site_wording
from me_platform.staff_site.recontact import MESSAGES
from tests.casework_samples import BERTA, BRUNO, CLARA, CORA, MONA, OFFICER, CaseworkWorld, add_crowd, make_casework
from tests.conftest import Engines
from tests.staff_samples import list_deeds
from tests.staff_visitor import Visitor, listening, make_visitor, without_token

MOST_QUERIES = 8
KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')
FORMS = ("/profile", "/services/new", "/need/new", "/goal/new", "/barrier/new", "/referral/new", "/checklist/new")
ITEMS = {f"L{number}": "done" for number in range(1, 10)}


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> CaseworkWorld:
    return make_casework(engines, tmp_path)


def send(visitor: Visitor, path: str, data: dict[str, Any], **kwargs: Any) -> Any:  # noqa: ANN401 - the client's
    """Open a form and send it with what is typed into it: its hidden fields come with it."""
    page = visitor.get(path).text
    hidden = dict(re.findall(r'<input type="hidden" name="(key|version|replaces)" value="([^"]*)"', page))
    return visitor.post(path, {**hidden, **data}, page=path, **kwargs)


def count(engines: Engines, table: str) -> int:
    with engines.owner.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())  # noqa: S608


def list_links(page: str, kind: str) -> list[str]:
    return re.findall(rf'href="([^"]*/{kind}/[0-9a-f-]{{36}})"', page)


# -- who sees whom -----------------------------------------------------------------------------------------------------


def test_a_caseworker_sees_her_people_and_a_manager_everybody(world: CaseworkWorld) -> None:
    expected = {CORA: {"ada", "bea"}, CLARA: {"dora"}, MONA: {"ada", "bea", "dora", "eve"}, BERTA: {"zoe"}}
    for email, names in expected.items():
        page = make_visitor(world.staff, email).get(f"/o/{'BETA' if email == BERTA else 'ALFA'}/people")
        assert page.status_code == 200
        assert {name for name, code in world.codes.items() if code in page.text} == names
    assert make_visitor(world.staff, OFFICER).get("/o/ALFA/people").status_code == 404
    assert make_visitor(world.staff, BRUNO).get("/o/ALFA/people").status_code == 404


def test_a_card_tells_what_is_due_and_the_address_narrows_the_list(world: CaseworkWorld) -> None:
    mona = make_visitor(world.staff, MONA)
    page = mona.get("/o/ALFA/people").text
    assert "Ada&#39;s word" in page
    assert "&lt;b&gt;Dora&lt;/b&gt;" in page
    assert "Look at a need again: Legal aid" in page
    assert "Hand over a code: Outcome check-in, at the start" in page
    with Session(world.staff.desk.engine) as session:
        cora = session.execute(text("select id from account where email = :email"), {"email": CORA}).scalar_one()
    narrowed = {
        f"code={world.codes['ada'].lower()}": {"ada"},
        "due=review": {"ada"},
        "due=narrative": set(),
        "language=ar": {"dora"},
        f"caseworker={cora}": {"ada", "bea"},
        "caseworker=nobody": {"eve"},
        "state=ended": set(),
        "state=all&page=99999": {"ada", "bea", "dora", "eve"},
        "page=x&due=%00&language=%FF": set(),
    }
    for query, names in narrowed.items():
        page = mona.get(f"/o/ALFA/people?{query}").text
        assert {name for name, code in world.codes.items() if f">{code}<" in page} == names, query


def test_somebody_elses_person_answers_as_a_missing_one(world: CaseworkWorld) -> None:
    """Issue C, bad input: the same status, bytes and queries, for reading and for writing."""
    cora = make_visitor(world.staff, CORA)
    cora.get("/o/ALFA/people")
    record = uuid4()
    rests = ("", *FORMS, "/code", "/consent", f"/services/{record}", f"/need/{record}")
    for rest in rests:
        seen = []
        for person in (uuid4(), world.people["dora"], world.people["zoe"]):
            with listening(world.staff.desk.engine) as statements:
                answer = cora.get(f"/o/ALFA/people/{person}{rest}")
            seen.append((answer.status_code, without_token(answer), list(statements)))
        assert seen[0] == seen[1] == seen[2], rest
        assert seen[0][0] == 404
    good = {
        "/services/new": {"type": "LEG1", "date": "2026-10-01", "mode": "phone"},
        "/need/new": {"category": "N1", "identified": "2026-10-01"},
        "/code": {"offer": "outcome-checkin|"},
        "/consent": {"told": "quote|withdrawn"},
        "/profile": {"age_band": "unknown", "version": "1"},
    }
    for rest, data in good.items():
        seen = []
        for person in (uuid4(), world.people["dora"], world.people["zoe"]):
            with listening(world.staff.desk.engine) as statements:
                answer = cora.post(
                    f"/o/ALFA/people/{person}{rest}", {**data, "key": "a" * 32}, page="/o/ALFA/people/new"
                )
            seen.append((answer.status_code, without_token(answer), list(statements)))
        assert seen[0] == seen[1] == seen[2], rest
        assert seen[0][0] == 404


def test_another_records_id_is_a_missing_one(world: CaseworkWorld, engines: Engines) -> None:
    cora, mona = make_visitor(world.staff, CORA), make_visitor(world.staff, MONA)
    [need] = list_links(mona.get(world.get_path("ada")).text, "need")
    elsewhere = need.replace(str(world.people["ada"]), str(world.people["bea"]))
    assert cora.get(need).status_code == 200
    assert cora.get(elsewhere).status_code == 404
    data = {"category": "N1", "identified": "2026-10-01", "status": "open", "key": "b" * 32}
    before = count(engines, "case_record")
    assert cora.post(elsewhere, data, page=need).status_code == 404
    goal = need.replace("/need/", "/goal/")
    assert cora.get(goal).status_code == 404
    assert count(engines, "case_record") == before


# -- enrolment and profile ---------------------------------------------------------------------------------------------


def test_a_person_is_enrolled_once_into_the_caseload_of_who_enrols(world: CaseworkWorld, engines: Engines) -> None:
    cora = make_visitor(world.staff, CORA)
    path = "/o/ALFA/people/new"
    key = KEY.search(cora.get(path).text)
    assert key
    data = {"key": key[1], "term": " Word ", "language": "uk", "age_band": "18-24", "entry": ""}
    before = count(engines, "person")
    answers = [cora.post(path, data, page=path) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert answers[0].location == answers[1].location
    assert count(engines, "person") == before + 1
    page = cora.get(answers[0].location.partition("#")[0]).text
    assert "Enrolled. The code is" in page
    assert "Word" in page
    assert make_visitor(world.staff, CLARA).get(answers[0].location).status_code == 404
    deeds = [(deed.value, thing) for deed, thing, _, _ in list_deeds(world.staff, "ALFA")]
    assert deeds.count(("wrote", "person")) == 5  # the four of the samples, and this one
    assert ("opened", "person") in deeds


def test_a_profile_is_corrected_beside_what_was_noted_and_a_second_tab_is_told(world: CaseworkWorld) -> None:
    """Rules of numbers, R11."""
    cora, path = make_visitor(world.staff, CORA), world.get_path("ada", "/profile")
    old = dict(re.findall(r'<input type="hidden" name="(key|version)" value="([^"]*)"', cora.get(path).text))
    typed = {"term": "A new word", "speaks": "ru", "age_band": "35-49", "language": "uk", "entry": "police"}
    assert send(cora, path, typed).status_code == 303
    page = cora.get(path).text
    assert "Corrected so far" in page
    assert "35–49" in page
    stale = cora.post(path, {**old, **typed, "term": "Typed in the second tab"}, page=path)
    assert stale.status_code == 409
    assert "changed meanwhile" in stale.text
    assert "A new word" in stale.text
    assert "Typed in the second tab" in stale.text
    again = dict(re.findall(r'<input type="hidden" name="(key|version)" value="([^"]*)"', stale.text))
    assert cora.post(path, {**again, **typed, "term": "Typed in the second tab"}, page=path).status_code == 303
    assert "Typed in the second tab" in cora.get(world.get_path("ada")).text
    answers = [send(cora, path, {**typed, "age_band": ("18-24", "25-34")[number % 2]}) for number in range(7)]
    assert {answer.status_code for answer in answers} == {303}  # of one day the last correction stands


# -- records -----------------------------------------------------------------------------------------------------------

AHEAD = load_site_wording().texts["lv"]["This day lies ahead."]
BAD: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("/services/new", {"type": "", "date": "2026-10-01", "mode": "phone"}, "Lūdzu, aizpildiet šo lauku."),
    ("/services/new", {"type": "XXX", "date": "2026-10-01", "mode": "phone"}, "Šādas izvēles nav."),
    ("/services/new", {"type": "LEG1", "date": "yesterday", "mode": "phone"}, "derīgu datumu"),
    (
        "/services/new",
        {"type": "LEG1", "date": "2026-10-16", "mode": "phone"},
        AHEAD,
    ),
    ("/services/new", {"type": "LEG1", "date": "0026-10-16", "mode": "phone"}, "pārbaudiet gadu"),
    ("/services/new", {"type": "LEG1", "date": "2026-10-01", "mode": "phone", "hours": "NaN"}, "ierakstiet skaitli"),
    ("/services/new", {"type": "LEG1", "date": "2026-10-01", "mode": "phone", "hours": "1e9"}, "no 0 līdz 200"),
    ("/need/new", {"category": "N1", "identified": "2026-10-01", "review_due": "2026-09-01"}, "agrāka par dienu"),
    ("/need/new", {"category": "N1", "identified": "2026-10-01", "status": "unmet"}, "Iemeslu norāda"),
    ("/goal/new", {"words": "x" * 1001, "date": "2026-10-01"}, "1001"),
    ("/goal/new", {"words": " \x00 ", "date": "2026-10-01"}, "aizpildiet"),
    ("/goal/new", {"words": "Mine", "date": "2026-10-01", "rating": "11"}, "Šādas izvēles nav."),
    ("/barrier/new", {"barrier": "B1", "date": "2026-10-01", "status": "resolved"}, "Pārvarētam šķērslim"),
    ("/referral/new", {"service_type": "LEG1", "date": "2026-10-01"}, "aizpildiet"),
    ("/checklist/new", {"date": "2026-10-01", "L1": "done"}, "aizpildiet"),
    ("/profile", {"term": "x" * 41, "age_band": "unknown"}, "41"),
    ("/profile", {"term": "x", "age_band": "99"}, "Šādas izvēles nav."),
    ("/code", {"offer": "lotus|"}, "Šādas izvēles nav."),
    ("/consent", {"told": "statistics|given"}, "Šādas izvēles nav."),
    ("/goal/new", {"words": "Mine", "date": "2026-10-01", "key": "short"}, "nepilnīga"),
)


def test_every_form_says_what_is_wrong_and_keeps_what_was_typed(world: CaseworkWorld, engines: Engines) -> None:
    """Issue C, bad input: too long, wrong type, missing; in Latvian, without a word of the machine's."""
    cora = make_visitor(world.staff, CORA)
    cora.post("/language", {"language": "lv"}, page="/o/ALFA/people")
    tables = ("case_record", "service_record", "door", "job")
    before = [count(engines, table) for table in tables]
    for rest, data, said in BAD:
        path = world.get_path("ada", rest)
        answer = send(cora, path, data)
        assert answer.status_code == 422, (rest, data)
        assert re.search(said, answer.text), (rest, data)
        assert not re.search("`|lies ahead|Write |is not known", answer.text), (rest, data)
        for value in data.values():
            if len(value) > 100 or value in {"NaN", "yesterday"}:
                assert value in answer.text
    assert [count(engines, table) for table in tables] == before


def test_a_service_is_recorded_once_corrected_and_a_second_tab_loses_nothing(
    world: CaseworkWorld, engines: Engines
) -> None:
    cora, path = make_visitor(world.staff, CORA), world.get_path("bea", "/services/new")
    key = KEY.search(cora.get(path).text)
    assert key
    typed = {"type": "LEG7", "date": "2026-10-14", "hours": "1,5", "mode": "phone", "mediator": "not_provided"}
    before = count(engines, "service_record")
    for _ in range(2):
        assert cora.post(path, {**typed, "key": key[1]}, page=path).status_code == 303
    assert count(engines, "service_record") == before + 1
    page = cora.get(world.get_path("bea")).text
    assert "Compensation" in page
    assert "1.5" in page
    [service] = list_links(page, "services")
    first, second = (cora.get(service).text for _ in range(2))
    hidden = [dict(re.findall(r'name="(key|replaces)" value="([^"]*)"', each)) for each in (first, second)]
    assert cora.post(service, {**hidden[0], **typed, "hours": "2"}, page=service).status_code == 303
    stale = cora.post(service, {**hidden[1], **typed, "hours": "7.25"}, page=service)
    assert stale.status_code == 409
    assert 'value="7.25"' in stale.text
    assert "2 h" in stale.text
    again = dict(re.findall(r'name="(key|replaces)" value="([^"]*)"', stale.text))
    assert cora.post(service, {**again, **typed, "hours": "7.25"}, page=service).status_code == 303
    page = cora.get(world.get_path("bea")).text
    assert page.count("Compensation</th>") == 1
    assert "7.25" in page
    assert send(cora, service, {**typed, "void": "y"}).status_code == 303
    assert "Compensation" not in cora.get(world.get_path("bea")).text


def test_needs_goals_barriers_referrals_and_checklists_are_followed(world: CaseworkWorld) -> None:
    cora, page = make_visitor(world.staff, CORA), world.get_path("ada")
    [need], [goal] = (list_links(cora.get(page).text, kind) for kind in ("need", "goal"))
    met = {"category": "N3", "identified": "2026-09-01", "status": "met", "closed": "2026-10-15"}
    assert send(cora, need, met).status_code == 303
    assert "Legal aid – Met" in cora.get(page).text
    assert "Look at a need again" not in cora.get(page).text.partition("What is due")[2].partition("Own goals")[0]
    for rating in ("5", "4"):
        assert send(cora, goal, {"words": "A room & a key", "date": "2026-10-15", "rating": rating, "status": "open"})
    text_ = re.sub(r"<[^>]+>|\s+", "", cora.get(page).text)
    assert "3/10→15Oct2026:5/10→15Oct2026:4/10" in text_.replace("\N{NO-BREAK SPACE}", "")
    assert send(cora, f"{page}/barrier/new", {"barrier": "B5", "date": "2026-10-01", "done": "Asked\nthere"})
    [barrier] = list_links(cora.get(page).text, "barrier")
    overcome = {"barrier": "B5", "date": "2026-10-01", "status": "resolved", "resolved": "2026-10-02", "done": "x"}
    assert send(cora, barrier, overcome).status_code == 303
    assert "Overcome" in cora.get(page).text
    referral = {"service_type": "PSY2", "date": "2026-10-01", "consent": "yes"}
    assert send(cora, f"{page}/referral/new", referral).status_code == 303
    assert "agreed to exactly this referral" in cora.get(page).text
    assert send(cora, f"{page}/checklist/new", {"date": "2026-10-01", **ITEMS}).status_code == 303
    assert "Gone through on" in cora.get(page).text


# -- codes, decisions, caseloads ---------------------------------------------------------------------------------------


def test_a_code_is_shown_once_on_a_card_that_tells_nothing(world: CaseworkWorld, engines: Engines) -> None:
    clara, path = make_visitor(world.staff, CLARA), world.get_path("dora", "/code")
    key = KEY.search(clara.get(path).text)
    assert key
    data = {"key": key[1], "offer": "outcome-checkin|"}
    shown = clara.post(path, data, page=path)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    code = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", shown.text)
    assert code
    slip = shown.text.partition('class="slip"')[2].partition("</section>")[0]
    assert 'dir="rtl"' in slip
    assert "<svg" in slip
    assert "survey.example" in slip
    assert not re.search(r"Alfa|Outcome|check-in|Monitoring|survey(?!\.example)", slip)
    again = clara.post(path, data, page=path)
    assert again.status_code == 409
    assert code[0] not in again.text
    assert "shown then, once" in again.text
    assert count(engines, "door") == 1
    assert code[0] not in clara.get(path).text
    page = clara.get(world.get_path("dora")).text
    assert "Outcome check-in, at the start" in page.partition("Survey codes handed over")[2]
    assert "Hand over a code" not in page
    assert "a code was handed over on" in clara.get(path).text
    session_code = send(clara, path, {"offer": "session-pulse|before"})
    assert session_code.status_code == 200
    assert count(engines, "door") == 2


def test_which_surveys_are_offered_follows_plan_and_age(world: CaseworkWorld) -> None:
    mona = make_visitor(world.staff, MONA)
    for name, offered in {"ada": {"outcome-checkin"}, "bea": {"outcome-checkin-child"}}.items():
        if name == "bea":
            path = world.get_path("bea", "/guardian")
            assert path in mona.get(world.get_path("bea", "/code")).text
            assert path in mona.get(world.get_path("bea", "/consent")).text
            assert mona.get(world.get_path("ada", "/guardian")).status_code == 404
            assert send(mona, path, {"ground": "guardian", "how": "phone"}).status_code == 422
            data = {"ground": "guardian", "how": "phone", "answer": "given", "statistics": "refused"}
            assert send(mona, path, data).status_code == 303
            page = mona.get(f"{path}?words=ar").text
            assert 'dir="rtl"' in page
            assert "To answer the survey – <strong>Yes</strong>" in page
        page = mona.get(world.get_path(name, "/code")).text
        values = set(re.findall(r'value="([a-z-]+)\|', page)) - {"session-pulse"}
        assert values == offered


def test_how_to_reach_somebody_is_shown_with_a_neutral_text_in_her_language(world: CaseworkWorld) -> None:
    """Issue: a person sends it; no name of an organisation, no word that tells, the code only where the note allows."""
    cora, path = make_visitor(world.staff, CORA), world.get_path("ada", "/recontact")
    data = {"way": "call", "reach": "20000000", "safe": "mornings", "never": "who is calling"}
    assert send(cora, path, data).status_code == 422
    assert send(cora, path, {**data, "agrees": "y"}).status_code == 303
    page = cora.get(path).text
    assert '<html lang="en"' in page
    assert 'lang="uk" dir="ltr">Добрий день!' in page
    assert "Send no code and no link this way" in page
    assert "20000000" not in cora.get(world.get_path("ada")).text
    for text_ in MESSAGES.values():
        assert not re.search(r"(?i)survey|aptauj|опрос|опиту|support|atbalst|поддерж|підтрим|Alfa|code|kod|код", text_)
    key = KEY.search(page)
    assert key
    assert cora.post(f"{path}/forget", {"key": key[1]}, page=path).status_code == 303
    assert "There is no note." in cora.get(path).text


def test_a_decision_told_aloud_is_noted_and_ordered_from_the_worker(world: CaseworkWorld, engines: Engines) -> None:
    cora, path = make_visitor(world.staff, CORA), world.get_path("ada", "/consent")
    page = cora.get(path).text
    assert "is not shown here" in page
    assert 'lang="uk" dir="ltr"' in page
    assert 'lang="ar" dir="rtl"' in cora.get(f"{path}?words=ar").text
    key = KEY.search(page)
    assert key
    for _ in range(2):
        assert cora.post(path, {"key": key[1], "told": "quote|withdrawn"}, page=path).status_code == 303
    assert count(engines, "job") == 1
    assert "To be quoted in a report – No longer, taken back" in cora.get(path).text
    with engines.owner.connect() as connection:
        sealed = connection.execute(text("select sealed from work_order")).scalar_one()
    assert b"quote" not in bytes(sealed)


def test_a_manager_says_who_works_with_whom(world: CaseworkWorld) -> None:
    mona, path = make_visitor(world.staff, MONA), "/o/ALFA/caseload"
    page = mona.get(path).text
    account = re.search(rf'value="([0-9a-f-]{{36}})">{CLARA}', page)
    assert account
    assert OFFICER not in page
    eve, bea, zoe = (str(world.people[name]) for name in ("eve", "bea", "zoe"))
    data = {"account": account[1], "person": [eve, bea], "do": "add"}
    assert mona.post(path, data, page=path).status_code == 303
    assert make_visitor(world.staff, CLARA).get(world.get_path("eve")).status_code == 200
    assert mona.post(path, {**data, "do": "remove", "person": [bea]}, page=path).status_code == 303
    assert make_visitor(world.staff, CLARA).get(world.get_path("bea")).status_code == 404
    assert mona.post(path, {**data, "person": []}, page=path).status_code == 422
    assert mona.post(path, {**data, "account": zoe}, page=path).status_code == 422
    missing = [mona.post(path, {**data, "person": [eve, each]}, page=path) for each in (str(uuid4()), zoe)]
    assert {answer.status_code for answer in missing} == {404}
    assert without_token(missing[0]) == without_token(missing[1])
    for email in (CORA, OFFICER):
        assert make_visitor(world.staff, email).get(path).status_code == 404
    assert [deed.value for deed, *_ in list_deeds(world.staff, "ALFA")].count("assigned") == 3


# -- how much it takes -------------------------------------------------------------------------------------------------


def test_no_page_takes_more_queries_with_more_people(world: CaseworkWorld) -> None:
    """Issue C, done when 6: 300 people and 3,000 records."""
    added = add_crowd(world, CORA, people=300, each=10)
    cora, mona = make_visitor(world.staff, CORA), make_visitor(world.staff, MONA)
    person = f"/o/ALFA/people/{added[0]}"
    rests = ("", *FORMS, "/code", "/consent")
    pages = [
        (cora, "/o/ALFA/people"),
        *((cora, person + rest) for rest in rests),
        (mona, "/o/ALFA/people"),
        (mona, "/o/ALFA/caseload"),
    ]
    for visitor, path in pages:
        visitor.get("/o/ALFA/people/new")  # what is kept of a visit once a minute is kept here
        with listening(world.staff.desk.engine) as statements:
            answer = visitor.get(path)
        assert answer.status_code == 200
        assert len(statements) <= MOST_QUERIES, (path, statements)
    assert "302 of 302 people" in cora.get("/o/ALFA/people").text


def test_an_ended_person_is_found_under_ended(world: CaseworkWorld) -> None:
    cora = make_visitor(world.staff, CORA)
    day = world.staff.clock().date() - timedelta(days=1)
    typed = {"type": "PSY4", "date": day.isoformat(), "mode": "in_person", "ended": "goal_reached"}
    assert send(cora, world.get_path("bea", "/services/new"), typed).status_code == 303
    assert world.codes["bea"] not in cora.get("/o/ALFA/people").text
    ended = cora.get("/o/ALFA/people?state=ended").text
    assert world.codes["bea"] in ended
    assert "after the end of support" in ended
