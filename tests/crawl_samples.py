"""Two organisations that each have one of every thing, staff of every role, and what each page needs of them.

``PAIRS`` is the table of the crawl: for each view below an organisation and each method the roles that get it, which
of the organisation's things it is about, and a text that only these have. All people and organisations are invented.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from lxml import html
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from me_platform.access import OPENS_CONTENT, Action, Role
from me_platform.indicators.definition import Plan
from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.services.account_changes import close_account
from me_platform.services.accounts import find_login
from me_platform.services.casework import hand_over
from me_platform.services.channels import CHANNEL
from me_platform.services.instance import Office
from me_platform.services.jobs import run_next_job
from me_platform.services.known_codes import CardsOrder, issue_cards
from me_platform.services.narratives import Stamp, approve_narrative, save_narrative, start_narrative
from me_platform.services.people import Profile, Service
from me_platform.services.person_file import PersonHead, enrol, open_person, write_record, write_service
from me_platform.services.report_drafts import begin_draft, save_draft
from me_platform.services.seats import Seat
from me_platform.services.second_factor import STEP, compute_code
from me_platform.services.staff_activities import confirm_import, keep_upload, list_activity_entries
from me_platform.services.staff_figures import list_snapshots, order_verification
from me_platform.services.staff_reports import get_report_bytes
from me_platform.storage.channels import ChannelRow, set_channel
from me_platform.storage.jobs import set_job, take_job
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.duty_samples import add_wish
from tests.figure_samples import INDICATORS, PLAN, add_freeze
from tests.narrative_samples import TEXT
from tests.report_samples import make_figure
from tests.staff_samples import (
    FACTOR_SECRET,
    PASSWORD,
    PLANS,
    ROOT,
    StaffWorld,
    add_member,
    load_content,
    make_partner,
    make_world,
)
from tests.staff_visitor import Visitor

CODES = ("ALFA", "BETA")
NOWHERE = "NONE"
"""The code of an organisation that does not exist."""

SURVEYS = ("outcome-checkin", "outcome-checkin-child", "session-pulse", "caseworker-mirror")
_REGISTER = (ROOT / "indicators" / "plans" / "latvia-activities.csv").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Pair:
    """A view with one method: whose it is, and how it is seen that it is theirs.

    ``who`` names the roles that get it, the first of them owns what its path is about; a role with a status of its
    own is let in and led elsewhere (``manager:303``), or told that there is no such thing for her (``manager:404``).
    ``parts`` says for each part of the path which thing of the organisation stands there; a part that is no thing is
    given as it is in ``fixed``. ``marker`` names what only this organisation's page shows. ``sent`` is typed into the
    form of the view ``form``, ``status`` is what its owner then gets.
    """

    endpoint: str
    method: str
    who: str
    parts: Mapping[str, str] = field(default_factory=dict)
    marker: str = ""
    fixed: Mapping[str, object] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    status: int = 200

    @property
    def name(self) -> str:
        """How a test calls it."""
        return f"{self.method} {self.endpoint}"

    @property
    def owner(self) -> Role:
        """The role of whoever has the thing."""
        return next(iter(self.statuses))

    @property
    def statuses(self) -> dict[Role, int]:
        """What each role that is let in gets."""
        given = (each.partition(":") for each in self.who.split())
        return {Role(role): int(status or self.status) for role, _, status in given}


def get(endpoint: str, who: str, marker: str, fixed: Mapping[str, object] | None = None, **parts: str) -> Pair:
    """A page."""
    return Pair(endpoint, "GET", who, parts, marker, fixed or {})


def post(
    endpoint: str,
    who: str,
    status: int,
    form: str,
    sent: Mapping[str, str] | None = None,
    fixed: Mapping[str, object] | None = None,
    **parts: str,
) -> Pair:
    """A form of the page ``form``."""
    return Pair(endpoint, "POST", who, parts, "", fixed or {}, sent or {}, form, status)


CASEWORK, ANALYSTS = "caseworker manager", "officer manager"
_HERS: dict[str, Any] = {"person": "person"}
_DRAFT, _SUBMITTED, _APPROVED = ({**_HERS, "narrative": f"narrative {each}"} for each in ("draft", "sent", "approved"))
_FIGURE = {"indicator": "services-given"}
_NEED = {"kind": "need"}
_PREVIEW = {"name": "session-pulse"}

PAIRS: Sequence[Pair] = (
    # People
    get("people.show", CASEWORK, "word"),
    get("people.add", CASEWORK, ""),
    post("people.add", CASEWORK, 303, "people.add"),
    get("people.open_one", CASEWORK, "goal words", **_HERS),
    get("people.change", CASEWORK, "word", **_HERS),
    post("people.change", CASEWORK, 303, "people.change", **_HERS),
    get("people.add_service", CASEWORK, "code", **_HERS),
    post("people.add_service", CASEWORK, 303, "people.add_service", {"type": "LEG7", "hours": "1"}, **_HERS),
    get("people.correct_service", CASEWORK, "hours", **_HERS, record="service"),
    post("people.correct_service", CASEWORK, 303, "people.correct_service", **_HERS, record="service"),
    get("people.add_record", CASEWORK, "code", _NEED, **_HERS),
    post("people.add_record", CASEWORK, 303, "people.add_record", {"category": "N3"}, _NEED, **_HERS),
    get("people.follow_record", CASEWORK, "goal words", {"kind": "goal"}, **_HERS, record="goal"),
    post("people.follow_record", CASEWORK, 303, "people.follow_record", {}, {"kind": "goal"}, **_HERS, record="goal"),
    get("people.give_code", CASEWORK, "code", **_HERS),
    post("people.give_code", CASEWORK, 200, "people.give_code", {"offer": "outcome-checkin|"}, **_HERS),
    get("people.decide", CASEWORK, "code", **_HERS),
    post("people.decide", CASEWORK, 422, "people.decide", **_HERS),
    get("people.codes", CASEWORK, "code", **_HERS),
    post("people.codes", CASEWORK, 200, "people.codes", {"do": "reissue"}, **_HERS),
    # Cards and room codes, which are about nobody
    get("cards.show", CASEWORK, "batch"),
    get("cards.add", CASEWORK, "gathering"),
    post("cards.add", CASEWORK, 422, "cards.add", {"number": "0"}),
    get("cards.batch", CASEWORK, "batch", batch="batch"),
    post("cards.batch", CASEWORK, 303, "cards.batch", batch="batch"),
    get("people.guardian", CASEWORK, "code", **_HERS),
    post("people.guardian", CASEWORK, 422, "people.guardian", **_HERS),
    get("people.recontact", CASEWORK, "channel", **_HERS),
    post("people.recontact", CASEWORK, 422, "people.recontact", **_HERS),
    post("people.forget", CASEWORK, 303, "people.recontact", **_HERS),
    get("caseload.show", "manager", "code"),
    post("caseload.show", "manager", 303, "caseload.show", {"person": "{person}", "account": "{caseworker}"}),
    # Who would like to be talked to
    get("duty.show", CASEWORK, "wish words"),
    post("duty.take", CASEWORK, 303, "duty.show", wish="wish"),
    post("duty.finish", CASEWORK, 303, "duty.show", wish="wish"),
    # Narratives
    get("narratives.list_of", CASEWORK, "code", **_HERS),
    post("narratives.start", CASEWORK, 303, "narratives.list_of", {"another": "1"}, **_HERS),
    get("narratives.show", CASEWORK, "narrative words", **_SUBMITTED),
    get("narratives.compare", CASEWORK, "narrative sent", {"version": 2}, **_SUBMITTED),
    get("narratives.edit", "caseworker manager:303", "narrative words", **_DRAFT),
    post("narratives.save", "caseworker manager:404", 303, "narratives.edit", **_DRAFT),
    post("narratives.discard", "caseworker manager:404", 303, "narratives.edit", **_DRAFT),
    post("narratives.correct", CASEWORK, 303, "narratives.show", **_APPROVED),
    get("review.queue", "manager", "narrative path"),
    get("review.read", "manager", "narrative words", narrative="narrative sent"),
    post(
        "review.decide",
        "manager",
        303,
        "review.read",
        {"decision": "approve", "finding": "y", "quote": "y"},
        narrative="narrative sent",
    ),
    # Figures, snapshots, plans, activities
    get("figures.show", ANALYSTS, "number"),
    get("figures.export", ANALYSTS, "number"),
    get("figures.figure", ANALYSTS, "number", _FIGURE, freeze="freeze"),
    get("figures.history", ANALYSTS, "", _FIGURE, freeze="freeze"),
    get("snapshots.show", "officer manager auditor", "short hash"),
    get("snapshots.verify", "officer manager auditor", "hash", freeze="freeze"),
    post("snapshots.order", "officer manager auditor", 303, "snapshots.verify", freeze="freeze"),
    get("snapshots.verified", "officer manager auditor", "freeze", freeze="freeze", job="verification"),
    get("snapshots.freeze", "officer", "plan"),
    get("quality.show", ANALYSTS, "freeze"),
    get("quality.records", ANALYSTS, "freeze"),
    post("snapshots.freeze", "officer", 303, "snapshots.freeze", {"period": "2026-01-01..2026-03-31"}),
    get("plans.show", "officer manager caseworker funder auditor", "plan title"),
    get("plans.plan", "officer manager caseworker funder auditor", "plan title", name="plan"),
    get("surveys.show", ANALYSTS, ""),
    get("previews.look", ANALYSTS, "", _PREVIEW),
    post("previews.go_on", ANALYSTS, 200, "previews.look", {"bar": "following"}, _PREVIEW),
    get("activities.show", ANALYSTS, "gathering"),
    get("activities.activity", ANALYSTS, "gathering", activity="activity"),
    get("activities.upload", ANALYSTS, "plan"),
    post("activities.upload", ANALYSTS, 422, "activities.upload"),
    get("activities.preview", "officer manager:404", "file", upload="upload"),
    post("activities.preview", "officer manager:404", 303, "activities.preview", upload="upload"),
    get("activities.receipt", ANALYSTS, "file", receipt="receipt"),
    # Reports and background work
    get("reports.show", "officer manager funder", "report"),
    get("reports.download", "officer manager funder", "pdf", report="report"),
    get("reports.look", "officer manager auditor", "funder", report="report"),
    post("reports.accept", ANALYSTS, 303, "reports.look", report="waiting"),
    post("reports.reject", ANALYSTS, 303, "reports.look", {"comment": "A number is wrong."}, report="waiting"),
    get("reports.deliveries", "officer manager auditor", "funder"),
    get("writing.begin", "officer", "freeze"),
    post("writing.begin", "officer", 303, "writing.begin", {"snapshot": "{freeze}", "languages": "en"}),
    get("writing.write", "officer", "report words", draft="draft"),
    post("writing.write", "officer", 303, "writing.write", draft="draft"),
    post("writing.discard", "officer", 303, "writing.write", draft="draft"),
    get("jobs.show", "officer manager:404 auditor:404", "steps", job="job"),
    get("jobs.state", "officer manager:404 auditor:404", "steps", job="job"),
    # Accounts and the log
    get("accounts.show", "administrator", "funder"),
    get("accounts.invite", "administrator", ""),
    post("accounts.invite", "administrator", 200, "accounts.invite", {"email": "new@crawl.example"}),
    get("accounts.one", "administrator", "manager", account="account"),
    post("accounts.change_role", "administrator", 303, "accounts.one", {"do": "give"}, account="account"),
    post("accounts.new_link", "administrator", 200, "accounts.one", account="account"),
    post("accounts.remove_factor", "administrator", 303, "accounts.one", account="account"),
    post("accounts.close", "administrator", 303, "accounts.one", account="account"),
    post("accounts.reopen", "administrator", 303, "accounts.one", account="closed"),
    get("log.show", "auditor", "funder"),
    post("log.verify", "auditor", 200, "log.show"),
)
"""Every view below an organisation with each of its methods. Things are looked at, written, and then discarded."""


@dataclass(frozen=True)
class Crawl:
    """The world; ``things`` by organisation and name: ids, and texts that only the one organisation's pages show."""

    staff: StaffWorld
    things: Mapping[str, Mapping[str, str]]

    def get_email(self, role: Role, code: str) -> str:
        """Whose role it is in an organisation of CODES."""
        return f"{role}@{code.lower()}.example"

    def make_path(
        self, app: Flask, pair: Pair, code: str, things: str = "", lost: Mapping[str, str] = MappingProxyType({})
    ) -> str:
        """Where a pair is, at an organisation; with things of the organisation ``things``, or with ``lost`` ones."""
        return self.build(app, pair.endpoint, code, pair, things, lost)

    def build(self, app: Flask, endpoint: str, code: str, pair: Pair, things: str, lost: Mapping[str, str]) -> str:
        """The path of an endpoint that needs parts of the pair's."""
        owner = self.things[things or code]
        known = {name: lost.get(name) or owner[thing] for name, thing in pair.parts.items()}
        values = {"organisation": code, **pair.fixed, **known}
        rule = next(iter(app.url_map.iter_rules(endpoint)))
        built = app.url_map.bind("").build(endpoint, {name: values[name] for name in rule.arguments})
        return str(built)

    def fill(self, visitor: Visitor, app: Flask, pair: Pair, code: str) -> dict[str, str]:
        """What the form of a pair is sent with: as it comes on the owner's page, and what is typed into it."""
        page = self.build(app, pair.form, code, pair, "", {})
        target = self.make_path(app, pair, code)
        answer = visitor.get(page)
        assert answer.status_code == 200, (pair.name, page, answer.status_code)
        document: html.HtmlElement = html.document_fromstring(answer.text)
        for form in document.forms:
            if (form.get("action") or page) == target and form.get("method") == "post":
                typed = {name: value.format_map(self.things[code]) for name, value in pair.sent.items()}
                return {**{name: value or "" for name, value in form.form_values()}, **typed}
        raise AssertionError(f"{pair.name}: no form for {target} on {page}")


def make_missing(thing: str) -> str:
    """An id that nothing has; officers give snapshots and plans theirs by hand."""
    return f"no-{uuid4()}" if thing in {"freeze", "plan"} else str(uuid4())


def list_lost(pair: Pair) -> Iterator[dict[str, str]]:
    """Ways to ask for something that is not there: each part of the path alone, and all at once."""
    missing = {name: make_missing(thing) for name, thing in pair.parts.items()}
    for name, value in missing.items():
        yield {name: value}
    if len(missing) > 1:
        yield missing


def list_views(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each method that somebody may use it for."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def make_crawl(engines: Engines, folder: Path) -> Crawl:
    """Fill database and vault."""
    staff = make_world(engines, folder)
    plans = {
        **{name: replace(plan, surveys=SURVEYS) for name, plan in PLANS.items()},
        PLAN.id: PLAN,
        **{(plan := _make_own_plan(code)).id: plan for code in CODES},
    }
    staff.desk = replace(staff.desk, catalogue=replace(load_content(), plans=plans, indicators=INDICATORS))
    for code in CODES:
        for role in Role:
            add_member(staff, f"{role}@{code.lower()}.example", role, code)
    return Crawl(staff, {code: _fill(engines, staff, code, place) for place, code in enumerate(CODES)})


def take_seat(staff: StaffWorld, role: Role, code: str) -> Seat:
    """Whoever has a role in an organisation, there."""
    login = find_login(staff.desk.engine, email=f"{role}@{code.lower()}.example")
    assert login is not None
    return Seat(login.user, staff.desk.organisations[code])


def log_in_all(crawl: Crawl, app: Flask) -> dict[tuple[Role, str], Visitor]:
    """Everybody of both organisations at one moment, so that every log-in is fresh."""
    visitors = {}
    for code in CODES:
        for role in Role:
            visitor = visitors[role, code] = Visitor(app, "http://localhost")
            answer = visitor.post("/login", {"email": crawl.get_email(role, code), "password": PASSWORD})
            if role in OPENS_CONTENT:
                step = int(crawl.staff.clock.count_seconds()) // STEP
                typed = {"code": compute_code(FACTOR_SECRET, step)}
                answer = visitor.post("/login/code", typed, page="/login/code")
            assert answer.status_code == 302
    return visitors


def _make_own_plan(code: str) -> Plan:
    """A plan that is the organisation's alone, so that its officer may freeze it."""
    title = {"en": f"Own plan of {code}", "lv": f"Pašu plāns {code}"}
    partner = make_partner(code, f"House {code}", f"Māja {code}")
    return replace(PLAN, id=f"own-{code.lower()}", title=title, partners=(partner,), indicators=())


def _fill(engines: Engines, staff: StaffWorld, code: str, place: int) -> dict[str, str]:
    """Give an organisation one of everything."""
    desk = staff.desk

    def sit(role: Role) -> Seat:
        return take_seat(staff, role, code)

    number = 611 + place
    freeze = f"impact-{code.lower()}"
    figures = [make_figure("services-given", code, unit="records", value=number, n=60)]
    # Of a plan as it was once: nothing can be computed again of a snapshot nobody froze.
    add_freeze(engines, staff, code, freeze, figures, plan_fingerprint="e" * 64)
    with desk.open_office() as office:
        head, written = _fill_file(office, staff, code, sit(Role.CASEWORKER))
        wish = add_wish(engines, office, desk.organisations[code].partner.id, head.id, f"Wish of {code}")
        narratives = _write_narratives(office, code, sit(Role.CASEWORKER), sit(Role.MANAGER), head)
        officer, funder = sit(Role.OFFICER), sit(Role.FUNDER)
        draft = begin_draft(office, desk.catalogue, officer, freeze, "partner-impact", ["en"], annex=False)
        texts = {"our_words": {"en": f"Report words of {code}"}}
        job = save_draft(office, desk.catalogue, officer, draft, 1, texts, build=True)
        get_report_bytes(office, desk.catalogue, funder, staff.reports[f"{code} en"])
        data = "\n".join(_REGISTER.splitlines()[:2]).replace("US judge speaks", f"Gathering of {code}").encode()
        given = (officer, PLAN.id, data, f"list-{code}.csv")
        receipt = confirm_import(
            office, desk.catalogue, officer, keep_upload(office, desk.catalogue, *given), replace=False
        )
        upload = keep_upload(office, desk.catalogue, *given)
        wanted = CardsOrder("session-pulse", "card", 9, "both")
        cards = issue_cards(office, desk.catalogue, sit(Role.CASEWORKER), wanted, f"c{code}")
        assert hand_over(office, desk.catalogue, sit(Role.CASEWORKER), head.id, "session-pulse", "both", f"h{code}")
        [activity] = list_activity_entries(office, desk.catalogue, officer)
        checksum = next(each for each in list_snapshots(office, desk.catalogue, officer).heads if each.freeze == freeze)
        closed = add_member(staff, f"closed@{code.lower()}.example", Role.FUNDER, code)
        close_account(office, desk.organisations, sit(Role.ADMINISTRATOR), closed)
    with Session(engines.worker) as session:  # the job is at work, with as many steps as tell whose it is
        taken = take_job(session, office.sources.now(), office.sources.now() + timedelta(hours=1))
        assert taken is not None
        assert taken.id == job
        set_job(session, replace(taken, done=1, total=number))
        session.commit()
    with desk.open_office() as office, ThreadPoolExecutor(1) as executor:
        verification = order_verification(office, desk.catalogue, sit(Role.AUDITOR), freeze)
        assert run_next_job(replace(office, engine=engines.worker), desk.catalogue, executor)
    with desk.open_office() as office, Session(engines.staff) as session:
        _add_channel(office, session, desk.organisations[code].partner.id, head.id, f"Number of {code}")
    return {
        "person": str(head.id),
        "code": head.code,
        "channel": f"Number of {code}",
        "wish": str(wish),
        "wish words": f"Wish of {code}",
        **written,
        **narratives,
        "number": str(number),
        "steps": f"1 of {number} steps",
        "freeze": freeze,
        "verification": str(verification),
        "hash": checksum.hash,
        "short hash": checksum.hash[:12],
        "plan": f"own-{code.lower()}",
        "plan title": f"Own plan of {code}",
        "report": str(staff.reports[f"{code} en"]),
        "pdf": staff.get_pdf(f"{code} en").decode(),
        "waiting": str(staff.waiting[f"{code} waits"]),
        "draft": str(draft),
        "report words": f"Report words of {code}",
        "job": str(job),
        "activity": str(activity.id),
        "batch": str(cards[0].batch),
        "gathering": f"Gathering of {code}",
        "upload": str(upload),
        "receipt": str(receipt),
        "file": f"list-{code}.csv",
        "account": str(sit(Role.MANAGER).user.id),
        "manager": f"{Role.MANAGER}@{code.lower()}.example",
        "closed": str(closed),
        "caseworker": str(sit(Role.CASEWORKER).user.id),
        "funder": f"{Role.FUNDER}@{code.lower()}.example",
    }


def _add_channel(office: Office, session: Session, partner: UUID, person: UUID, number: str) -> None:
    """How the person may be reached, without the job of her yes, which would wait before the others."""
    place = Place(CHANNEL, office.sources.new_id(), partner)
    data = json.dumps({"way": "call", "reach": number, "safe": "always", "never": ""}).encode()
    key = office.vault.get_person(partner, person).data_key
    enter_partner(session, partner)
    set_channel(session, ChannelRow(place.row, partner, person, seal_with_key(key, data, place, office.sources.random)))
    session.commit()


def _fill_file(office: Office, staff: StaffWorld, code: str, seat: Seat) -> tuple[PersonHead, dict[str, str]]:
    """A person with a service, a need and a goal."""
    catalogue, today = staff.desk.catalogue, office.sources.today()
    earlier = today - timedelta(days=40)
    hours = {"ALFA": 1.25, "BETA": 2.75}[code]
    head = enrol(office, seat, Profile("unknown", "uk", f"Word of {code}", "police"), f"{code:0<32}")
    write_service(office, seat, head.id, Service("PSY4", earlier, hours, interpreter="provided"), f"s{code}")
    need = {"category": "N3", "identified": earlier, "review_due": today - timedelta(days=1), "status": "open"}
    write_record(office, catalogue, seat, head.id, "need", need, f"n{code}")
    goal = {"words": f"Goal of {code}", "date": earlier, "rating": 3}
    write_record(office, catalogue, seat, head.id, "goal", goal, f"g{code}")
    file = open_person(office, catalogue, seat, head.id, narrative_days=90, action=Action.OPEN_PERSON)
    return head, {
        "word": f"Word of {code}",
        "goal words": f"Goal of {code}",
        "hours": f'value="{hours}"',
        "service": str(file.services[0].id),
        "need": str(file.notes["need"][0].id),
        "goal": str(file.notes["goal"][0].id),
    }


def _write_narratives(office: Office, code: str, author: Seat, manager: Seat, head: PersonHead) -> dict[str, str]:
    """A draft, a narrative that waits for the second person, and an approved one, each with a history."""
    words = f"Narrative words of {code}."
    made = {}
    for state in ("approved", "sent", "draft"):
        narrative = start_narrative(office, author, head.id, another=True).new
        assert narrative is not None
        text = replace(TEXT, changed_staff=words)
        saved = save_narrative(office, author, head.id, narrative, text, Stamp(1), submit=state != "draft")
        if state == "approved":
            approve_narrative(office, manager, narrative, saved.version, finding=True, quote=True)
        made[f"narrative {state}"] = str(narrative)
    return {**made, "narrative words": words, "narrative path": f"{made['narrative sent']}/review"}
