"""Activities of a plan and the receipts of their imports, sealed under the partner's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.storage.models import Activity, ImportReceipt


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


def add_activity(session: Session, activity: ActivityRow) -> bool:
    """Store an activity unless the plan already holds it. Returns whether a row was added."""
    statement = (
        insert(Activity)
        .values(
            id=activity.id,
            partner_id=activity.partner,
            plan_id=activity.plan,
            day=activity.recorded,
            key_mac=activity.key_mac,
            sealed=activity.sealed,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def list_activities(session: Session, plan: str, *, recorded_until: date) -> tuple[ActivityRow, ...]:
    """Activities of a plan (``""``: of every plan) within the entered partner known on a day."""
    query = select(
        Activity.id, Activity.partner_id, Activity.plan_id, Activity.day, Activity.key_mac, Activity.sealed
    ).where(Activity.day <= recorded_until)
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
        select(
            ImportReceipt.id,
            ImportReceipt.partner_id,
            ImportReceipt.plan_id,
            ImportReceipt.day,
            ImportReceipt.file_mac,
            ImportReceipt.sealed,
        ).where(ImportReceipt.plan_id == plan, ImportReceipt.file_mac == file_mac)
    ).one_or_none()
    return None if row is None else ImportRow(*row)
