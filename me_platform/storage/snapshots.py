"""Snapshots and the reports rendered from them. Both are written once and never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Report, ReportEvent, Snapshot


@dataclass(frozen=True)
class SnapshotRow:
    """One partner's part of a freeze; ``sealed`` holds values and members under the partner's key."""

    id: UUID
    partner: UUID
    freeze: str
    plan: str
    start: date
    end: date
    cutoff: date
    day: date
    hash: str
    sealed: bytes


@dataclass(frozen=True)
class SnapshotHead:
    """What a list shows of a partner's part of a freeze: all but what is sealed."""

    id: UUID
    freeze: str
    plan: str
    start: date
    end: date
    cutoff: date
    day: date
    hash: str


@dataclass(frozen=True)
class ReportRow:
    """A rendered PDF; ``sealed`` holds its bytes under the partner's key, ``hash`` is their SHA-256."""

    id: UUID
    partner: UUID
    freeze: str
    template: str
    language: str
    day: date
    hash: str
    sealed: bytes


@dataclass(frozen=True)
class ReportStep:
    """One thing that became of a report, but for downloads: who did it (None: the command line), and when."""

    action: str
    account: UUID | None
    at: datetime


@dataclass(frozen=True)
class ReportHead:
    """What a list shows of a report: of which plan and period it is, how and when it was rendered, what became of it.

    ``history`` is in order of time.
    """

    id: UUID
    partner: UUID
    plan: str
    start: date
    end: date
    template: str
    language: str
    day: date
    freeze: str
    history: tuple[ReportStep, ...]


_SNAPSHOT = (
    Snapshot.id,
    Snapshot.partner_id,
    Snapshot.freeze_id,
    Snapshot.plan_id,
    Snapshot.period_start,
    Snapshot.period_end,
    Snapshot.cutoff,
    Snapshot.day,
    Snapshot.hash,
    Snapshot.sealed,
)
_HISTORY = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(ReportEvent.action, ReportEvent.account_id, ReportEvent.at),
                ReportEvent.at,
                ReportEvent.id,
            )
        )
    )
    .where(ReportEvent.report_id == Report.id, ReportEvent.action != "downloaded")
    .scalar_subquery()
)
_SNAPSHOT_HEAD = (
    Snapshot.id,
    Snapshot.freeze_id,
    Snapshot.plan_id,
    Snapshot.period_start,
    Snapshot.period_end,
    Snapshot.cutoff,
    Snapshot.day,
    Snapshot.hash,
)
_HEADS = select(
    Report.id,
    Report.partner_id,
    Snapshot.plan_id,
    Snapshot.period_start,
    Snapshot.period_end,
    Report.template_id,
    Report.language,
    Report.day,
    Report.freeze_id,
    _HISTORY.label("history"),
).join(Snapshot, (Snapshot.partner_id == Report.partner_id) & (Snapshot.freeze_id == Report.freeze_id))


def add_snapshot(session: Session, snapshot: SnapshotRow) -> bool:
    """Store a partner's part of a freeze unless it is there. Returns whether a row was added."""
    statement = (
        insert(Snapshot)
        .values(
            id=snapshot.id,
            partner_id=snapshot.partner,
            freeze_id=snapshot.freeze,
            plan_id=snapshot.plan,
            period_start=snapshot.start,
            period_end=snapshot.end,
            cutoff=snapshot.cutoff,
            day=snapshot.day,
            hash=snapshot.hash,
            sealed=snapshot.sealed,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def find_snapshot(session: Session, freeze: str) -> SnapshotRow | None:
    """The entered partner's part of a freeze, if it has one."""
    row = session.execute(select(*_SNAPSHOT).where(Snapshot.freeze_id == freeze)).one_or_none()
    return None if row is None else _read_snapshot(row)


def list_snapshots(session: Session) -> tuple[SnapshotRow, ...]:
    """The entered partner's snapshots, oldest first."""
    rows = session.execute(select(*_SNAPSHOT).order_by(Snapshot.day, Snapshot.plan_id, Snapshot.freeze_id))
    return tuple(_read_snapshot(row) for row in rows)


def list_snapshot_heads(session: Session) -> tuple[SnapshotHead, ...]:
    """The heads of the entered partner's snapshots, the one that knows most first: by cut-off, then by day."""
    rows = session.execute(
        select(*_SNAPSHOT_HEAD).order_by(Snapshot.cutoff.desc(), Snapshot.day.desc(), Snapshot.freeze_id)
    )
    return tuple(SnapshotHead(*row) for row in rows)


def list_snapshot_parts(session: Session, ids: Collection[UUID]) -> tuple[SnapshotRow, ...]:
    """The entered partner's snapshots of these row ids, with what is sealed."""
    rows = session.execute(select(*_SNAPSHOT).where(Snapshot.id.in_(ids)))
    return tuple(_read_snapshot(row) for row in rows)


def add_report(session: Session, report: ReportRow) -> bool:
    """Store a rendered report unless the same bytes are there. Returns whether a row was added."""
    statement = (
        insert(Report)
        .values(
            id=report.id,
            partner_id=report.partner,
            freeze_id=report.freeze,
            template_id=report.template,
            language=report.language,
            day=report.day,
            hash=report.hash,
            sealed=report.sealed,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def get_same_report(session: Session, report: ReportRow) -> UUID:
    """The id of the report that holds the same bytes as one that was not added."""
    same = (
        Report.freeze_id == report.freeze,
        Report.template_id == report.template,
        Report.language == report.language,
        Report.hash == report.hash,
    )
    return session.execute(select(Report.id).where(*same)).scalar_one()


def list_report_heads(session: Session) -> tuple[ReportHead, ...]:
    """The heads of the entered partner's reports, latest period first."""
    rows = session.execute(_HEADS.order_by(Snapshot.period_end.desc(), Snapshot.period_start, Report.day.desc()))
    return tuple(_read_head(row) for row in rows)


def find_report_head(session: Session, report: UUID) -> ReportHead | None:
    """The head of a report of the entered partner, if it has one of that id."""
    row = session.execute(_HEADS.where(Report.id == report)).one_or_none()
    return None if row is None else _read_head(row)


def find_report(session: Session, report: UUID) -> tuple[ReportHead, bytes] | None:
    """The head of a report of the entered partner with its sealed bytes, if it has one of that id."""
    row = session.execute(_HEADS.add_columns(Report.sealed).where(Report.id == report)).one_or_none()
    return None if row is None else (_read_head(row), row.sealed)


def _read_head(row: Row[*tuple[Any, ...]]) -> ReportHead:
    return ReportHead(
        id=row.id,
        partner=row.partner_id,
        plan=row.plan_id,
        start=row.period_start,
        end=row.period_end,
        template=row.template_id,
        language=row.language,
        day=row.day,
        freeze=row.freeze_id,
        history=tuple(
            ReportStep(action, UUID(account) if account else None, datetime.fromisoformat(at))
            for action, account, at in row.history or ()
        ),
    )


def _read_snapshot(row: Row[*tuple[Any, ...]]) -> SnapshotRow:
    return SnapshotRow(
        id=row.id,
        partner=row.partner_id,
        freeze=row.freeze_id,
        plan=row.plan_id,
        start=row.period_start,
        end=row.period_end,
        cutoff=row.cutoff,
        day=row.day,
        hash=row.hash,
        sealed=row.sealed,
    )
