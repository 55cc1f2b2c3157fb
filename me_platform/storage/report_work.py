"""What is written for reports before they are built, and what became of them afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from me_platform.storage.models import Account, Report, ReportDraft, ReportEvent, Snapshot


@dataclass(frozen=True)
class DraftRow:
    """What an officer writes for a report; ``version`` counts its saves, ``day`` is that of the last."""

    id: UUID
    partner: UUID
    day: date
    version: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class ReportEventRow:
    """Something that became of a report; ``account`` None: done on the command line. ``sealed`` is what was said."""

    id: UUID
    partner: UUID
    report: UUID
    account: UUID | None
    action: str
    at: datetime
    sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class DeliveryRow:
    """Something that became of a report, with the address of who did it (empty: the command line, or an account that
    is gone), and which report it was.
    """

    event: ReportEventRow
    email: str
    plan: str
    start: date
    end: date
    template: str
    language: str


_DRAFT = (ReportDraft.id, ReportDraft.partner_id, ReportDraft.day, ReportDraft.version, ReportDraft.sealed)
_EVENT = (
    ReportEvent.id,
    ReportEvent.partner_id,
    ReportEvent.report_id,
    ReportEvent.account_id,
    ReportEvent.action,
    ReportEvent.at,
    ReportEvent.sealed,
)


def add_draft(session: Session, draft: DraftRow) -> None:
    """Store a draft of the entered partner."""
    session.execute(
        insert(ReportDraft).values(
            id=draft.id, partner_id=draft.partner, day=draft.day, version=draft.version, sealed=draft.sealed
        )
    )


def find_draft(session: Session, draft: UUID) -> DraftRow | None:
    """A draft of the entered partner, if it has one of that id."""
    row = session.execute(select(*_DRAFT).where(ReportDraft.id == draft)).one_or_none()
    return None if row is None else DraftRow(*row)


def list_drafts(session: Session) -> tuple[DraftRow, ...]:
    """The drafts of the entered partner, the one written last first."""
    rows = session.execute(select(*_DRAFT).order_by(ReportDraft.day.desc(), ReportDraft.id))
    return tuple(DraftRow(*row) for row in rows)


def set_draft(session: Session, draft: DraftRow, *, version: int) -> bool:
    """Replace a draft's content, where ``version`` is the one that is stored. Returns whether it was."""
    kept = (
        update(ReportDraft)
        .where(ReportDraft.id == draft.id, ReportDraft.version == version)
        .values(day=draft.day, version=draft.version, sealed=draft.sealed)
        .returning(ReportDraft.id)
    )
    return session.execute(kept).one_or_none() is not None


def delete_draft(session: Session, draft: UUID) -> None:
    """Delete a draft; reports built from it stay."""
    session.execute(delete(ReportDraft).where(ReportDraft.id == draft))


def add_report_event(session: Session, event: ReportEventRow) -> None:
    """Note what became of a report of the entered partner."""
    session.execute(
        insert(ReportEvent).values(
            id=event.id,
            partner_id=event.partner,
            report_id=event.report,
            account_id=event.account,
            action=event.action,
            at=event.at,
            sealed=event.sealed,
        )
    )


def list_deliveries(session: Session, report: UUID | None = None, limit: int = 500) -> tuple[DeliveryRow, ...]:
    """What became of a report of the entered partner, or of all, newest first."""
    query = (
        select(
            *_EVENT,
            Account.email,
            Snapshot.plan_id,
            Snapshot.period_start,
            Snapshot.period_end,
            Report.template_id,
            Report.language,
        )
        .join(Report, (Report.partner_id == ReportEvent.partner_id) & (Report.id == ReportEvent.report_id))
        .join(Snapshot, (Snapshot.partner_id == Report.partner_id) & (Snapshot.freeze_id == Report.freeze_id))
        .outerjoin(Account, Account.id == ReportEvent.account_id)
        .order_by(ReportEvent.at.desc(), ReportEvent.id)
        .limit(limit)
    )
    if report is not None:
        query = query.where(ReportEvent.report_id == report)
    return tuple(
        DeliveryRow(
            ReportEventRow(*row[:7]),
            row.email or "",
            row.plan_id,
            row.period_start,
            row.period_end,
            row.template_id,
            row.language,
        )
        for row in session.execute(query)
    )
