"""Tasks for whoever is on duty, sealed to the partner's duty key, and the public half of that key.

The survey site adds tasks and can read none; who a task is about lies inside the seal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import DutyKey, DutyTask, Person


@dataclass(frozen=True)
class TaskRow:
    """A task. ``status``: open, taken, done; ``stage``: new, told, escalated; ``account`` is who took it on."""

    id: UUID
    partner: UUID
    day: date
    sealed: bytes
    status: str = "open"
    stage: str = "new"
    account: UUID | None = None
    done: date | None = None


def add_duty_key(session: Session, key: UUID, partner: UUID, public_key: bytes) -> bool:
    """Publish the key of the entered partner unless it has one. Returns whether it was added."""
    statement = insert(DutyKey).values(id=key, partner_id=partner, public_key=public_key).on_conflict_do_nothing()
    return session.connection().execute(statement).rowcount == 1


def find_duty_key(session: Session) -> bytes | None:
    """The public key of the entered partner's duty (32 bytes); None where none was published."""
    return session.scalar(select(DutyKey.public_key))


def add_task(session: Session, task: TaskRow) -> None:
    """Store a new task of the entered partner."""
    values = {"id": task.id, "partner_id": task.partner, "day": task.day, "sealed": task.sealed}
    session.execute(insert(DutyTask).values(**values, status=task.status, stage=task.stage))


def list_tasks(session: Session) -> tuple[TaskRow, ...]:
    """All tasks of the entered partner, the earliest day first."""
    rows = session.execute(
        select(
            DutyTask.id,
            DutyTask.partner_id,
            DutyTask.day,
            DutyTask.sealed,
            DutyTask.status,
            DutyTask.stage,
            DutyTask.account_id,
            DutyTask.done_day,
        ).order_by(DutyTask.day, DutyTask.id)
    )
    return tuple(TaskRow(*row) for row in rows)


def count_open_tasks(session: Session, partner: UUID) -> int:
    """Tasks of a partner that nobody has taken on; enters the partner, all in one statement (staff)."""
    return session.scalar(select(func.count_open_tasks(partner))) or 0


def set_taken(session: Session, task: UUID, account: UUID) -> bool:
    """Note who takes an open task on. False where there is none of that id, or it is not open."""
    statement = update(DutyTask).where(DutyTask.id == task, DutyTask.status == "open")
    return session.connection().execute(statement.values(status="taken", account_id=account)).rowcount == 1


def set_done(session: Session, task: UUID, account: UUID, day: date) -> bool:
    """Note that somebody did a task. False where there is none of that id, or it was done before."""
    statement = update(DutyTask).where(DutyTask.id == task, DutyTask.status != "done")
    values = {"status": "done", "account_id": account, "done_day": day}
    return session.connection().execute(statement.values(values)).rowcount == 1


def has_task(session: Session, task: UUID) -> bool:
    """Whether the entered partner has such a task."""
    return session.scalar(select(DutyTask.id).where(DutyTask.id == task)) is not None


def set_stage(session: Session, task: UUID, stage: str) -> None:
    """Note who is told of a task (worker)."""
    session.execute(update(DutyTask).where(DutyTask.id == task).values(stage=stage))


def delete_tasks(session: Session, tasks: Collection[UUID]) -> None:
    """Delete tasks (worker)."""
    session.execute(sql_delete(DutyTask).where(DutyTask.id.in_(tasks)))


def list_living(session: Session, people: Collection[UUID]) -> frozenset[UUID]:
    """Who of these people of the entered partner was not erased."""
    return frozenset(session.scalars(select(Person.id).where(Person.id.in_(people), Person.status == "active")))
