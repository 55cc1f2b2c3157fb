"""Use cases around finished reports on the staff site: which there are for somebody, and the bytes of one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import NotFound
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.sealing.vault import Vault
from me_platform.services.instance import Office
from me_platform.services.seats import Seat, find_consortia
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


def list_reports(office: Office, catalogue: Catalogue, seat: Seat) -> tuple[ReportEntry, ...]:
    """The organisation's reports the user may list, latest period first."""
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        heads = list_report_heads(session)
    entries = [_make_entry(seat, head) for head in heads if _may(catalogue, seat, Action.LIST_REPORTS, head)]
    return tuple(sorted(entries, key=lambda entry: (-entry.end.toordinal(), entry.plan, entry.language)))


def get_report_bytes(office: Office, catalogue: Catalogue, seat: Seat, report: UUID) -> OpenedReport:
    """A report the user may download, its seal opened with its partner's key.

    Raises NotFound alike for an id nobody had, another partner's report and one the user may not read; SealBroken
    where the stored bytes were changed.
    """
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        head = find_report_head(session, report)
        if head is None or not _may(catalogue, seat, Action.DOWNLOAD_REPORT, head):
            raise NotFound("report", str(report))
        sealed = get_report(session, report).sealed
    key = office.vault.get_partner_key(seat.partner.id)
    return OpenedReport(_make_entry(seat, head), open_with_key(key, sealed, Place("report", report, seat.partner.id)))


def _may(catalogue: Catalogue, seat: Seat, action: Action, head: ReportHead) -> bool:
    return seat.may(action, consortia=find_consortia(catalogue.plans.get(head.plan), seat.partner.code))


def _make_entry(seat: Seat, head: ReportHead) -> ReportEntry:
    return ReportEntry(
        id=head.id,
        partner=seat.partner.code,
        plan=head.plan,
        start=head.start,
        end=head.end,
        template=head.template,
        language=head.language,
        day=head.day,
    )
