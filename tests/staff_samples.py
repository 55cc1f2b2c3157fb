"""Organisations, people and reports that tests of the staff site share. All of them are invented."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import OPENS_CONTENT, Role
from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.indicators.periods import read_period
from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.sealing.vault import Vault, create_vault, make_root_key, open_vault
from me_platform.services.accounts import HashCost, find_login, hash_password
from me_platform.services.audit import Deed, list_log
from me_platform.services.freezing import compute_hash
from me_platform.services.second_factor import STEP, compute_code, make_credential_key, put_factor
from me_platform.settings import Sources
from me_platform.staff_site.desk import StaffDesk
from me_platform.storage.accounts import AccountRow, MembershipRow, add_account, add_membership
from me_platform.storage.partners import PartnerRow, add_partner, get_partner
from me_platform.storage.report_work import ReportEventRow, add_report_event
from me_platform.storage.snapshots import ReportRow, SnapshotRow, add_report, add_snapshot
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines

PASSWORD = "correct horse battery"
SECRET_KEY = b"k" * 32
HASH_COST = HashCost(rounds=1, memory=64, lanes=1)
"""Hashing is slow on purpose, in tests of other things for nothing."""

FACTOR_SECRET = b"12345678901234567890"
"""What the authenticator app of everybody who needs one is set up with (RFC 6238, appendix B)."""

USERS = {
    "anna@alfa.example": (Role.OFFICER, "ALFA", "lv"),
    "bruno@beta.example": (Role.MANAGER, "BETA", "en"),
    "kira@kopa.example": (Role.OFFICER, "KOPA", "en"),
    "mara@kopa.example": (Role.MANAGER, "KOPA", "en"),
    "finn@fund.example": (Role.FUNDER, "KOPA", "en"),
    "cora@alfa.example": (Role.CASEWORKER, "ALFA", "en"),
    "adam@alfa.example": (Role.ADMINISTRATOR, "ALFA", "en"),
    "olga@alfa.example": (Role.AUDITOR, "ALFA", "en"),
}
"""E-mail address -> role, organisation, language. KOPA is the consortium of ALFA and BETA; SOLO stands alone."""

READABLE = {
    "anna@alfa.example": {"ALFA en", "ALFA lv", "ALFA solo"},
    "bruno@beta.example": {"BETA en"},
    "kira@kopa.example": {"ALFA en", "ALFA lv", "BETA en", "KOPA lv"},
    "mara@kopa.example": {"KOPA lv"},
    "finn@fund.example": {"ALFA en", "ALFA lv", "BETA en", "KOPA lv"},
    "cora@alfa.example": set(),
    "adam@alfa.example": set(),
    "olga@alfa.example": set(),
}
"""E-mail address -> names of the reports its owner may read, written down by hand."""

WAITING = ("ALFA waits", "BETA waits")
_REPORTS = ("ALFA en", "ALFA lv", "BETA en", "KOPA lv", "SOLO en", "ALFA solo")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 10, 15, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def count_seconds(self) -> float:
        """The same clock, for the limit on log-ins."""
        return self.time.timestamp()


def take_code(clock: Clock) -> str:
    """Wait until the app shows a new code, and read it: each is good once."""
    clock.time += timedelta(seconds=STEP)
    return compute_code(FACTOR_SECRET, int(clock.time.timestamp()) // STEP)


@dataclass
class StaffWorld:
    """A database with organisations, users and reports, and what the staff site needs to serve it."""

    desk: StaffDesk
    clock: Clock
    vault_file: Path
    reports: dict[str, UUID] = field(default_factory=dict)
    waiting: dict[str, UUID] = field(default_factory=dict)
    """Reports nobody has accepted yet, built on the command line."""

    def get_path(self, name: str) -> str:
        """Where a report is downloaded."""
        return f"/o/{name.split(maxsplit=1)[0]}/reports/{self.reports[name]}.pdf"

    def get_pdf(self, name: str) -> bytes:
        """What the file of a report holds."""
        return b"%PDF-1.7 report of " + name.encode()


def make_plan(plan_id: str, title: str, *partners: PlanPartner, sample: bool) -> Plan:
    """A plan of which the staff site shows the title and the partners' names."""
    nothing = {"en": "", "lv": ""}
    return Plan(
        id=plan_id,
        sample=sample,
        title={"en": title, "lv": f"{title} latviski"},
        project=nothing,
        grant_number="",
        funder=nothing,
        programme=nothing,
        disclaimer=nothing,
        objective=nothing,
        measurement=nothing,
        ground=nothing,
        sources={},
        surveys=(),
        partners=partners,
        results=(),
        indicators=(),
    )


def make_partner(code: str, english: str, latvian: str, *, consortium: bool = False) -> PlanPartner:
    """A partner of a plan."""
    return PlanPartner(
        code=code, name={"en": english, "lv": latvian}, country={"en": "", "lv": ""}, consortium=consortium
    )


PLANS = {
    "sample": make_plan(
        "sample",
        "Steps to independence",
        make_partner("KOPA", "Consortium Together", "Konsorcijs “Kopā”", consortium=True),
        make_partner("ALFA", "Shelter House Alfa", "Patvēruma māja “Alfa”"),
        make_partner("BETA", "Counselling Centre Beta", "Konsultāciju centrs “Beta”"),
        sample=True,
    ),
    "solo": make_plan("solo", "On its own", make_partner("SOLO", "Association Solo", "Biedrība “Solo”"), sample=False),
}
ROOT = Path(__file__).parent.parent


@cache
def load_content() -> Catalogue:
    """What officers wrote, as it is shipped, with the plans of the organisations of these tests."""
    return replace(load_catalogue(ROOT), plans=PLANS)


def make_world(engines: Engines, folder: Path) -> StaffWorld:
    """Fill the database and a vault in ``folder``."""
    clock = Clock()
    sources = Sources(now=clock)
    vault_file, root_key = folder / "vault" / "vault.sqlite", make_root_key(sources.random)
    create_vault(vault_file, root_key, sources.random)

    def open_it() -> AbstractContextManager[Vault]:
        return open_vault(vault_file, root_key, sources.random, folder / "root.key")

    desk = StaffDesk(
        engine=engines.staff,
        open_vault=open_it,
        catalogue=load_content(),
        sources=sources,
        pepper=b"p" * 32,
        survey_url="http://survey.example",
    )
    world = StaffWorld(desk, clock, vault_file)
    partners = {code: PartnerRow(sources.new_id(), code) for code in ("ALFA", "BETA", "KOPA", "SOLO")}
    with Session(engines.staff) as session:
        for partner in partners.values():
            add_partner(session, partner)
        session.commit()
    with open_it() as vault:
        for name in _REPORTS:
            world.reports[name] = _add_report(engines, vault, partners[name.split()[0]], name, world.get_pdf(name))
        for name in WAITING:
            world.waiting[name] = _add_report(engines, vault, partners[name.split()[0]], name, world.get_pdf(name))
    with Session(engines.staff) as session:
        for email, (role, code, language) in USERS.items():
            _add_member(session, sources, partners[code], email, role, language)
        session.commit()
    return world


def add_member(world: StaffWorld, email: str, role: Role, code: str) -> UUID:
    """One more account in English, like those of ``USERS``; its id."""
    with Session(world.desk.engine) as session:
        account = _add_member(session, world.desk.sources, get_partner(session, code), email, role, "en")
        session.commit()
    return account


def find_id(world: StaffWorld, email: str) -> UUID:
    """The id of an account."""
    found = find_login(world.desk.engine, email=email)
    assert found is not None
    return found.user.id


def list_deeds(world: StaffWorld, code: str) -> list[tuple[Deed, str, UUID | None, UUID | None]]:
    """What an organisation's log says, oldest first: deed, thing, who, what."""
    with world.desk.open_office() as office:
        lines = list_log(office, world.desk.organisations[code].partner)
    return [(line.deed, line.thing, line.account, line.record) for line in reversed(lines)]


def _add_member(session: Session, sources: Sources, partner: PartnerRow, email: str, role: Role, language: str) -> UUID:
    account = AccountRow(sources.new_id(), email, hash_once(), True, sources.random(32).hex(), language)
    add_account(session, account)
    add_membership(session, MembershipRow(sources.new_id(), account.id, partner.id, partner.code, role))
    if role in OPENS_CONTENT:
        put_factor(session, sources, make_credential_key(SECRET_KEY), account.id, FACTOR_SECRET)
    return account.id


def make_part(code: str, plan: str, freeze: str, period: str, cutoff: date, **given: object) -> dict[str, Any]:
    """What a partner's part of a freeze holds, without figures where none are given."""
    span = read_period(period)
    content = {
        "format": 2,
        "freeze": freeze,
        "plan": plan,
        "plan_fingerprint": PLANS[plan].fingerprint if plan in PLANS else "",
        "partner": code,
        "period": {"label": span.label, "start": span.start.isoformat(), "end": span.end.isoformat()},
        "cutoff": cutoff.isoformat(),
        "program": "0.1.0",
        "sample": True,
        "audience": "funder",
        "definitions": {},
        "surveys": {},
        "members": [],
        "excluded": {},
        "figures": [],
        "findings": [],
        "quotes": [],
        "activities": [],
        **given,
    }
    return {**content, "hash": compute_hash(content)}


def add_part(session: Session, vault: Vault, partner: PartnerRow, content: dict[str, Any], row: UUID) -> None:
    """Seal and store a part as a freeze does, within a transaction that has entered the partner."""
    period = {name: date.fromisoformat(content["period"][name]) for name in ("start", "end")}
    cutoff = date.fromisoformat(content["cutoff"])
    place = Place("snapshot", row, partner.id)
    sealed = seal_with_key(vault.get_partner_key(partner.id), json.dumps(content).encode(), place, Random(1).randbytes)  # noqa: S311
    snapshot = SnapshotRow(
        id=row,
        partner=partner.id,
        freeze=content["freeze"],
        plan=content["plan"],
        **period,
        cutoff=cutoff,
        day=cutoff,
        hash=content["hash"],
        sealed=sealed,
    )
    add_snapshot(session, snapshot)


@cache
def hash_once() -> str:
    """The users share a password, so they may share its hash."""
    return hash_password(PASSWORD, HASH_COST)


def _add_report(engines: Engines, vault: Vault, partner: PartnerRow, name: str, pdf: bytes) -> UUID:
    """Freeze nothing and render nothing, but store both as the worker would.

    "ALFA solo" is a report of ALFA under a plan it does not belong to (any more): its consortium has no say in it.
    """
    random = Random(name).randbytes  # noqa: S311
    vault.add_partner(partner.id)
    key = vault.get_partner_key(partner.id)
    language = name.split()[1]
    plan = "solo" if "solo" in name.lower() else "sample"
    report = UUID(bytes=random(16), version=4)
    texts: dict[str, object] = {"practices": [], "feedback": [], "standards": []}
    period = "2025-10-01..2026-09-30"
    content = make_part(partner.code, plan, f"freeze-{plan}", period, date(2026, 10, 5), **texts)
    with Session(engines.worker) as session:
        enter_partner(session, partner.id)
        add_part(session, vault, partner, content, UUID(bytes=random(16), version=4))
        row = ReportRow(
            id=report,
            partner=partner.id,
            freeze=f"freeze-{plan}",
            template="partner-impact",
            language=language if language in {"en", "lv"} else "en",
            day=date(2026, 10, 6),
            hash=hashlib.sha256(pdf).hexdigest(),
            sealed=seal_with_key(key, pdf, Place("report", report, partner.id), random),
        )
        add_report(session, row)
        for place, action in enumerate(["built"] if name in WAITING else ["built", "accepted"]):
            at = datetime(2026, 10, 6, 9 + place, tzinfo=UTC)
            add_report_event(
                session, ReportEventRow(UUID(bytes=random(16), version=4), partner.id, report, None, action, at)
            )
        session.commit()
    return report
