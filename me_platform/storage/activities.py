"""Activities of a plan and the receipts of their imports, sealed under the partner's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Activity, ImportReceipt, Job, WorkOrder


@dataclass(frozen=True)
class ActivityRow:
    """One sealed activity; ``key_mac`` recognises the same entry of the same list."""

    id: UUID
    partner: UUID
    plan: str
    recorded: date
    key_mac: bytes
    sealed: bytes


@dataclass(frozen=True)
class ImportRow:
    """One sealed import receipt; ``file_mac`` recognises the same file."""

    id: UUID
    partner: UUID
    plan: str
    recorded: date
    file_mac: bytes
    sealed: bytes


_ACTIVITY = (Activity.id, Activity.partner_id, Activity.plan_id, Activity.day, Activity.key_mac, Activity.sealed)
_RECEIPT = (
    ImportReceipt.id,
    ImportReceipt.partner_id,
    ImportReceipt.plan_id,
    ImportReceipt.day,
    ImportReceipt.file_mac,
    ImportReceipt.sealed,
)


def add_activities(session: Session, activities: Sequence[ActivityRow]) -> frozenset[UUID]:
    """Store activities, each unless the plan already holds it. Returns the ids of the rows that were added."""
    if not activities:
        return frozenset()
    rows = [
        {
            "id": activity.id,
            "partner_id": activity.partner,
            "plan_id": activity.plan,
            "day": activity.recorded,
            "key_mac": activity.key_mac,
            "sealed": activity.sealed,
        }
        for activity in activities
    ]
    statement = insert(Activity).on_conflict_do_nothing().returning(Activity.id)
    return frozenset(session.execute(statement, rows).scalars())


def set_activities(session: Session, sealed: Mapping[UUID, bytes]) -> None:
    """Replace what activities hold, by the ids of their rows; the days they were first recorded stay."""
    if sealed:
        session.execute(update(Activity), [{"id": row, "sealed": content} for row, content in sealed.items()])


def find_activity(session: Session, activity: UUID) -> ActivityRow | None:
    """An activity of the entered partner, if it has one of that id."""
    row = session.execute(select(*_ACTIVITY).where(Activity.id == activity)).one_or_none()
    return None if row is None else ActivityRow(*row)


def list_activities(session: Session, plan: str, *, recorded_until: date) -> tuple[ActivityRow, ...]:
    """Activities of a plan (``""``: of every plan) within the entered partner known on a day."""
    query = select(*_ACTIVITY).where(Activity.day <= recorded_until)
    if plan:
        query = query.where(Activity.plan_id == plan)
    return tuple(ActivityRow(*row) for row in session.execute(query.order_by(Activity.id)))


def add_import(session: Session, receipt: ImportRow) -> bool:
    """Store an import receipt unless this file was imported before. Returns whether a row was added."""
    statement = (
        insert(ImportReceipt)
        .values(
            id=receipt.id,
            partner_id=receipt.partner,
            plan_id=receipt.plan,
            day=receipt.recorded,
            file_mac=receipt.file_mac,
            sealed=receipt.sealed,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def find_import(session: Session, plan: str, file_mac: bytes) -> ImportRow | None:
    """The receipt of the same file in the entered partner, if it was imported before."""
    row = session.execute(
        select(*_RECEIPT).where(ImportReceipt.plan_id == plan, ImportReceipt.file_mac == file_mac)
    ).one_or_none()
    return None if row is None else ImportRow(*row)


def find_receipt(session: Session, receipt: UUID) -> ImportRow | None:
    """A receipt of the entered partner, if it has one of that id."""
    row = session.execute(select(*_RECEIPT).where(ImportReceipt.id == receipt)).one_or_none()
    return None if row is None else ImportRow(*row)


def delete_upload(session: Session, upload: UUID) -> None:
    """Delete the order that holds an uploaded file."""
    session.execute(delete(WorkOrder).where(WorkOrder.id == upload))


def delete_old_uploads(session: Session, before: date) -> None:
    """Delete what was uploaded before a day and never imported: orders of the entered partner no job is for."""
    jobs = select(Job.subject).where(Job.subject == WorkOrder.id)
    session.execute(delete(WorkOrder).where(WorkOrder.day < before, ~jobs.exists()))
