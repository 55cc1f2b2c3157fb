"""Use cases around finished reports on the staff site: which there are for somebody, the bytes of one, whether it may
be handed on, and who got it.

Bytes are stored once and never rendered again: what was accepted is what a funder gets (R23, R25).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import NotFound, NotPermitted
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.sealing.vault import Vault
from me_platform.services.audit import Deed, note_deed
from me_platform.services.instance import Office
from me_platform.services.report_history import ReportState, find_builders, find_state, note_report
from me_platform.services.seats import Seat, find_consortia
from me_platform.storage import report_work
from me_platform.storage.snapshots import ReportHead, find_report, find_report_head, list_report_heads
from me_platform.storage.tenancy import enter_partner

VaultOpener = Callable[[], AbstractContextManager[Vault]]
"""Opens the vault for as long as a ``with`` block needs it."""


@dataclass(frozen=True)
class ReportEntry:
    """One report in a list. ``partner`` is the partner's code, ``plan``, ``template`` and ``freeze`` are ids."""

    id: UUID
    partner: str
    plan: str
    start: date
    end: date
    template: str
    language: str
    day: date
    freeze: str
    state: ReportState


@dataclass(frozen=True)
class OpenedReport:
    """A report and the bytes of its PDF."""

    entry: ReportEntry
    pdf: bytes = field(repr=False)


@dataclass(frozen=True)
class Delivery:
    """Something that became of a report: who (an e-mail address; empty: the command line), when, and what was said."""

    entry_id: UUID
    action: str
    email: str
    at: datetime
    comment: str = ""


@dataclass(frozen=True)
class ReportFile:
    """A report with its history, newest first, and what the user may do with it."""

    entry: ReportEntry
    deliveries: tuple[Delivery, ...]
    may_open: bool
    may_accept: bool
    may_reject: bool


@dataclass(frozen=True)
class ListedDelivery:
    """Something that became of one of an organisation's reports."""

    delivery: Delivery
    plan: str
    start: date
    end: date
    template: str
    language: str


def list_reports(office: Office, catalogue: Catalogue, seat: Seat) -> tuple[ReportEntry, ...]:
    """The organisation's reports the user may list, latest period first: accepted ones, and for those who may see
    them also the ones that are not accepted.
    """
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        heads = list_report_heads(session)
    entries = [_make_entry(seat, head) for head in heads if _may(catalogue, seat, _find_listing(head), head)]
    return tuple(
        sorted(entries, key=lambda entry: (-entry.end.toordinal(), entry.plan, entry.template, entry.language))
    )


def get_report_bytes(office: Office, catalogue: Catalogue, seat: Seat, report: UUID) -> OpenedReport:
    """A report the user may download, its seal opened with its partner's key; who got it is noted.

    Raises NotFound alike for an id nobody had, another partner's report and one the user may not read; SealBroken
    where the stored bytes were changed.
    """
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        found = find_report(session, report)
        if found is None or not _may(catalogue, seat, _find_opening(found[0]), found[0]):
            raise NotFound("report", str(report))
        head, sealed = found
        pdf = open_with_key(
            office.vault.get_partner_key(seat.partner.id), sealed, Place("report", report, seat.partner.id)
        )
        accepted = find_state(head.history) is ReportState.ACCEPTED
        if accepted:
            note_report(office, session, seat.partner, report, (), seat.user.id, "downloaded")
        deed = Deed.EXPORTED if accepted else Deed.OPENED
        note_deed(office, session, seat.partner, seat.user.id, deed, "report", report)
        session.commit()
    return OpenedReport(_make_entry(seat, head), pdf)


def get_report_file(office: Office, catalogue: Catalogue, seat: Seat, report: UUID) -> ReportFile:
    """A report with who built, accepted and got it. Raises NotFound as ``get_report_bytes`` does."""
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        head = _get_head(session, catalogue, seat, Action.LIST_DELIVERIES, report)
        rows = report_work.list_deliveries(session, report)
    state = find_state(head.history)
    decides = _may(catalogue, seat, Action.ACCEPT_REPORT, head)
    return ReportFile(
        entry=_make_entry(seat, head),
        deliveries=tuple(_open_delivery(office, row) for row in rows),
        may_open=_may(catalogue, seat, _find_opening(head), head),
        may_accept=decides and state is ReportState.WAITING and seat.user.id not in find_builders(head.history),
        may_reject=decides and state is not ReportState.REJECTED,
    )


def list_deliveries(office: Office, catalogue: Catalogue, seat: Seat) -> tuple[ListedDelivery, ...]:
    """What became of the organisation's reports, newest first. Raises NotPermitted."""
    seat.permit(Action.LIST_DELIVERIES)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        rows = report_work.list_deliveries(session)
    return tuple(
        ListedDelivery(_open_delivery(office, row), row.plan, row.start, row.end, row.template, row.language)
        for row in rows
        if seat.may(Action.LIST_DELIVERIES, consortia=find_consortia(catalogue.plans.get(row.plan), seat.partner.code))
    )


def accept_report(office: Office, catalogue: Catalogue, seat: Seat, report: UUID) -> bool:
    """Accept a report, as a second person: from now on funders see it. False where it was decided on meanwhile.

    Raises NotFound as ``get_report_bytes`` does, NotPermitted for whoever had it built.
    """
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        head = _get_head(session, catalogue, seat, Action.ACCEPT_REPORT, report)
        if seat.user.id in find_builders(head.history):
            raise NotPermitted(Action.ACCEPT_REPORT.value)
        if find_state(head.history) is not ReportState.WAITING:
            return False
        note_report(office, session, seat.partner, report, head.history, seat.user.id, "accepted")
        note_deed(office, session, seat.partner, seat.user.id, Deed.ACCEPTED, "report", report)
        session.commit()
    return True


def reject_report(office: Office, catalogue: Catalogue, seat: Seat, report: UUID, comment: str) -> bool:
    """Reject a report that waits, or take an accepted one back, saying why. False where that was done meanwhile.

    Funders see it no longer; what they fetched they have. Raises NotFound as ``get_report_bytes`` does.
    """
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        head = _get_head(session, catalogue, seat, Action.ACCEPT_REPORT, report)
        if find_state(head.history) is ReportState.REJECTED:
            return False
        note_report(office, session, seat.partner, report, head.history, seat.user.id, "rejected", comment)
        note_deed(office, session, seat.partner, seat.user.id, Deed.REJECTED, "report", report)
        session.commit()
    return True


def _get_head(session: Session, catalogue: Catalogue, seat: Seat, action: Action, report: UUID) -> ReportHead:
    head = find_report_head(session, report)
    if head is None or not _may(catalogue, seat, action, head):
        raise NotFound("report", str(report))
    return head


def _find_listing(head: ReportHead) -> Action:
    accepted = find_state(head.history) is ReportState.ACCEPTED
    return Action.LIST_REPORTS if accepted else Action.LIST_DRAFTS


def _find_opening(head: ReportHead) -> Action:
    accepted = find_state(head.history) is ReportState.ACCEPTED
    return Action.DOWNLOAD_REPORT if accepted else Action.LIST_DRAFTS


def _may(catalogue: Catalogue, seat: Seat, action: Action, head: ReportHead) -> bool:
    return seat.may(action, consortia=find_consortia(catalogue.plans.get(head.plan), seat.partner.code))


def _open_delivery(office: Office, row: report_work.DeliveryRow) -> Delivery:
    event, comment = row.event, ""
    if event.sealed:
        key = office.vault.get_partner_key(event.partner)
        comment = open_with_key(key, event.sealed, Place("report_event", event.id, event.partner)).decode()
    return Delivery(event.report, event.action, row.email, event.at, comment)


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
        freeze=head.freeze,
        state=find_state(head.history),
    )
