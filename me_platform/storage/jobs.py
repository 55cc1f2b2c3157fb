"""Jobs of the worker, and the sealed orders that say what each is to do. The row in the database is the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.orm import Session

from me_platform.errors import NotFound
from me_platform.storage.models import Job, WorkOrder


@dataclass(frozen=True)
class JobRow:
    """A job of an organisation; ``order`` is the id of its work order. ``done`` of ``total`` steps are taken.

    ``status`` is queued, running (until ``lease`` is over), done or failed.
    """

    id: UUID
    kind: str
    organisation: UUID
    order: UUID
    status: str
    queued: datetime
    lease: datetime | None = None
    attempts: int = 0
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class WorkOrderRow:
    """What a job is to do and what came of it, sealed under the partner's key."""

    id: UUID
    partner: UUID
    day: date
    sealed: bytes


_JOB = (
    Job.id,
    Job.kind,
    Job.organisation_id,
    Job.subject,
    Job.status,
    Job.queued_at,
    Job.lease_until,
    Job.attempts,
    Job.done,
    Job.total,
)
_ORDER = (WorkOrder.id, WorkOrder.partner_id, WorkOrder.day, WorkOrder.sealed)


def add_job(session: Session, job: JobRow) -> None:
    """Queue a job."""
    session.execute(
        insert(Job).values(
            id=job.id,
            kind=job.kind,
            organisation_id=job.organisation,
            subject=job.order,
            status=job.status,
            lease_until=job.lease,
            attempts=job.attempts,
            queued_at=job.queued,
            done=job.done,
            total=job.total,
        )
    )


def find_job(session: Session, job: UUID, organisation: UUID) -> JobRow | None:
    """A job of an organisation. The table stands in front of the wall, so whose it is, is asked for here."""
    row = session.execute(select(*_JOB).where(Job.id == job, Job.organisation_id == organisation)).one_or_none()
    return None if row is None else _read_job(row)


def list_jobs(session: Session, organisation: UUID, kinds: tuple[str, ...], limit: int) -> tuple[JobRow, ...]:
    """The latest jobs of an organisation of these kinds, newest first."""
    rows = session.execute(
        select(*_JOB)
        .where(Job.organisation_id == organisation, Job.kind.in_(kinds))
        .order_by(Job.queued_at.desc(), Job.id)
        .limit(limit)
    )
    return tuple(map(_read_job, rows))


def take_job(session: Session, now: datetime, lease: datetime) -> JobRow | None:
    """Take the job that waits longest, also one whose worker died and let its lease run out (worker)."""
    free = or_(Job.status == "queued", (Job.status == "running") & (Job.lease_until < now))
    found = session.execute(
        select(*_JOB).where(free).order_by(Job.queued_at, Job.id).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()
    if found is None:
        return None
    taken = (
        update(Job)
        .where(Job.id == found.id)
        .values(status="running", lease_until=lease, attempts=Job.attempts + 1, done=0)
        .returning(*_JOB)
    )
    return _read_job(session.execute(taken).one())


def set_job(session: Session, job: JobRow) -> bool:
    """Keep a running job's status, lease and steps (worker).

    False where the job is not this worker's any more: its lease ran out and another took it.
    """
    kept = (
        update(Job)
        .where(*_held(job))
        .values(status=job.status, lease_until=job.lease, done=job.done, total=job.total)
        .returning(Job.id)
    )
    return session.execute(kept).one_or_none() is not None


def release_job(session: Session, job: JobRow) -> None:
    """Put a running job back to those that wait, as if it had not been taken (worker)."""
    session.execute(
        update(Job).where(*_held(job)).values(status="queued", lease_until=None, attempts=Job.attempts - 1, done=0)
    )


def _held(job: JobRow) -> tuple[ColumnElement[bool], ...]:
    """That the job is still the one that was taken: each taking counts an attempt."""
    return Job.id == job.id, Job.status == "running", Job.attempts == job.attempts


def add_work_order(session: Session, order: WorkOrderRow) -> None:
    """Store an order of the entered partner."""
    session.execute(insert(WorkOrder).values(id=order.id, partner_id=order.partner, day=order.day, sealed=order.sealed))


def get_work_order(session: Session, order: UUID) -> WorkOrderRow:
    """An order of the entered partner. Raises NotFound."""
    row = session.execute(select(*_ORDER).where(WorkOrder.id == order)).one_or_none()
    if row is None:
        raise NotFound("order", str(order))
    return WorkOrderRow(*row)


def set_work_order(session: Session, order: UUID, sealed: bytes) -> None:
    """Replace an order's content by what came of it (worker)."""
    session.execute(update(WorkOrder).where(WorkOrder.id == order).values(sealed=sealed))


def _read_job(row: Row[*tuple[Any, ...]]) -> JobRow:
    return JobRow(
        id=row.id,
        kind=row.kind,
        organisation=row.organisation_id,
        order=row.subject,
        status=row.status,
        queued=row.queued_at,
        lease=row.lease_until,
        attempts=row.attempts,
        done=row.done,
        total=row.total,
    )
