"""What the worker does about tasks of who is on duty: tell of new ones, escalate, delete what is over.

A notice is one neutral line without a name, a link or a token. Source: privacy-and-safety 1.11.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Role
from me_platform.duty_hours import DutyHours
from me_platform.services.asking import Reason, Task
from me_platform.services.duty import open_tasks
from me_platform.services.instance import Office
from me_platform.storage.accounts import list_members
from me_platform.storage.duty import TaskRow, delete_tasks, list_living, list_tasks, set_stage
from me_platform.storage.partners import list_partners
from me_platform.storage.tenancy import enter_partner

PATIENCE = timedelta(hours=4)
"""Hours of duty after which a wish nobody took on is for the managers (privacy-and-safety 1.11)."""

KEPT = timedelta(days=30)
"""How long a task stays after it was done."""

Notify = Callable[[Collection[str]], None]
"""Sends the neutral notice to e-mail addresses."""

_ON_DUTY = (Role.CASEWORKER, Role.MANAGER)


@dataclass(frozen=True)
class Watch:
    """What a look at all tasks led to, in numbers of tasks."""

    told: int = 0
    escalated: int = 0
    deleted: int = 0
    unreadable: int = 0


def watch_tasks(office: Office, hours: DutyHours, notify: Notify) -> Watch:
    """Look at the tasks of every partner. What is told is noted first: a notice may be lost, never repeated for ever.

    ``notify`` is called once for each partner and round in which there is something to tell.
    """
    with Session(office.engine) as session:
        partners = list_partners(session)
    told = escalated = deleted = unreadable = 0
    for partner in partners:
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            rows = list_tasks(session)
            opened = open_tasks(office, partner.id, rows) if rows else {}
            living = list_living(session, {task.person for task in opened.values()}) if opened else frozenset()
            over = [row.id for row in rows if _is_over(office, row, opened.get(row.id), living)]
            new, late = [], []
            for row in rows:
                if row.status == "open" and row.id in opened and row.id not in over:
                    if row.stage != "escalated" and _is_late(office, hours, opened[row.id]):
                        late.append(row.id)
                    elif row.stage == "new":
                        new.append(row.id)
            _note(session, {"escalated": late, "told": new}.items())
            delete_tasks(session, over)
            roles = _ON_DUTY if new else (Role.MANAGER,) if late else ()
            emails = list_members(session, partner.id, roles).values() if roles else ()
            session.commit()
        if emails:
            notify(tuple(emails))
        told, escalated, deleted = told + len(new), escalated + len(late), deleted + len(over)
        unreadable += sum(row.id not in opened for row in rows)
    return Watch(told, escalated, deleted, unreadable)


def list_asking(office: Office, session: Session, partner: UUID) -> frozenset[UUID]:
    """The people of the entered partner who asked to be talked to and were not yet: their keys are still needed."""
    rows = tuple(row for row in list_tasks(session) if row.status != "done")
    tasks = open_tasks(office, partner, rows).values() if rows else ()
    return frozenset(task.person for task in tasks if task.reason is Reason.WISH)


def withdraw_alerts(office: Office, session: Session, partner: UUID, response: UUID | None) -> None:
    """Delete the alerts that came from a response: what they came from was taken back."""
    rows = list_tasks(session)
    tasks = open_tasks(office, partner, rows) if rows else {}
    delete_tasks(session, [place for place, task in tasks.items() if response and task.response == response])


def _is_over(office: Office, row: TaskRow, task: Task | None, living: frozenset[UUID]) -> bool:
    """Whether a task is to be deleted: its person was erased (also by a restore), or it was done long ago."""
    forgotten = row.done is not None and row.done + KEPT <= office.sources.today()
    return forgotten or (task is not None and task.person not in living)


def _is_late(office: Office, hours: DutyHours, task: Task) -> bool:
    return hours.have_passed(PATIENCE, task.at, office.sources.now(), office.sources.zone)


def _note(session: Session, stages: Iterable[tuple[str, Collection[UUID]]]) -> None:
    for stage, tasks in stages:
        for task in tasks:
            set_stage(session, task, stage)
