"""Use cases around finished reports on the staff site: which there are for somebody, and the bytes of one.

Rows are read in one transaction per partner, so that the wall in the database stands behind the rule book. The number
of queries depends on who asks and never on whether a report is there: another partner's id and an id nobody ever had
are the same to look for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from me_platform.access import Action, Thing, User, may
from me_platform.errors import NotFound
from me_platform.indicators.definition import Plan
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.sealing.vault import Vault
from me_platform.storage.partners import PartnerRow, list_partners
from me_platform.storage.snapshots import ReportHead, find_report_head, get_report, list_report_heads
from me_platform.storage.tenancy import enter_partner

VaultOpener = Callable[[], AbstractContextManager[Vault]]
"""Opens the vault for as long as a ``with`` block needs it."""


@dataclass(frozen=True)
class ReportEntry:
    """One report in a list. ``partner`` is the partner's code, ``plan`` and ``template`` are ids."""

    id: UUID
    partner: str
    plan: str
    start: date
    end: date
    template: str
    language: str
    day: date


@dataclass(frozen=True)
class OpenedReport:
    """A report and the bytes of its PDF."""

    entry: ReportEntry
    pdf: bytes = field(repr=False)


def list_reports(engine: Engine, plans: Mapping[str, Plan], user: User) -> tuple[ReportEntry, ...]:
    """The reports the user may list, over all partners, latest period first."""
    entries = [
        _make_entry(partner, head)
        for partner, session in _enter_readable(engine, plans, user, Action.LIST_REPORTS)
        for head in list_report_heads(session)
        if may(user, Action.LIST_REPORTS, _make_thing(plans, partner.code, head.plan))
    ]
    return tuple(sorted(entries, key=lambda entry: (-entry.end.toordinal(), entry.plan, entry.partner, entry.language)))


def get_report_bytes(
    engine: Engine, open_vault: VaultOpener, plans: Mapping[str, Plan], user: User, report: UUID
) -> OpenedReport:
    """A report the user may download, its seal opened with its partner's key.

    Raises NotFound alike for an id nobody had, another partner's report and one the user may not read; SealBroken
    where the stored bytes were changed.
    """
    found = [
        (_make_entry(partner, head), partner)
        for partner, session in _enter_readable(engine, plans, user, Action.DOWNLOAD_REPORT)
        if (head := find_report_head(session, report))
        and may(user, Action.DOWNLOAD_REPORT, _make_thing(plans, partner.code, head.plan))
    ]
    if not found:
        raise NotFound("report", str(report))
    [(entry, partner)] = found
    with Session(engine) as session:
        enter_partner(session, partner.id)
        sealed = get_report(session, report).sealed
    with open_vault() as vault:
        key = vault.get_partner_key(partner.id)
    return OpenedReport(entry, open_with_key(key, sealed, Place("report", report, partner.id)))


def _enter_readable(
    engine: Engine, plans: Mapping[str, Plan], user: User, action: Action
) -> Iterator[tuple[PartnerRow, Session]]:
    """Each partner of which the user may read something, with a transaction that entered it."""
    with Session(engine) as session:
        partners = list_partners(session)
    for partner in partners:
        things = (_make_thing(plans, partner.code, plan) for plan in ("", *plans))
        if any(may(user, action, thing) for thing in things):
            with Session(engine) as session:
                enter_partner(session, partner.id)
                yield partner, session


def _make_thing(plans: Mapping[str, Plan], owner: str, plan_id: str) -> Thing:
    """A report of a partner under a plan. The plan's consortium counts only where the partner belongs to the plan."""
    plan = plans.get(plan_id)
    if plan is None or owner not in {partner.code for partner in plan.partners}:
        return Thing(owner)
    return Thing(owner, next((partner.code for partner in plan.partners if partner.consortium), ""))


def _make_entry(partner: PartnerRow, head: ReportHead) -> ReportEntry:
    return ReportEntry(
        id=head.id,
        partner=partner.code,
        plan=head.plan,
        start=head.start,
        end=head.end,
        template=head.template,
        language=head.language,
        day=head.day,
    )
