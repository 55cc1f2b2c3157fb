"""Use cases around activities on the staff site: list them, look at one, import a list after looking at it.

An uploaded file is checked whole first. It lies sealed in a work order of its own until somebody has looked at what
the import would do and says so; what is then imported are those very bytes. Nobody but who uploaded it can go on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import NotFound
from me_platform.exchange.activities import read_activities
from me_platform.exchange.activity_receipts import ActivityReceipt
from me_platform.exchange.activity_records import ActivityRecord, make_record
from me_platform.indicators.definition import Plan
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.importing import (
    Comparison,
    compare_with_stored,
    compute_file_mac,
    import_activities,
    open_activity,
    open_receipt,
)
from me_platform.services.instance import Office
from me_platform.services.seats import Seat, find_consortia
from me_platform.storage.activities import (
    ActivityRow,
    delete_old_uploads,
    delete_upload,
    find_activity,
    find_import,
    find_receipt,
    list_activities,
)
from me_platform.storage.jobs import WorkOrderRow, add_work_order, get_work_order
from me_platform.storage.tenancy import enter_partner

KEPT = timedelta(days=1)
"""How long an uploaded file waits to be imported; the next upload takes away what waited longer."""


@dataclass(frozen=True)
class ActivityEntry:
    """An activity of an organisation under a plan."""

    id: UUID
    plan: str
    record: ActivityRecord


@dataclass(frozen=True)
class Preview:
    """What the import of an uploaded file would do; ``repeated`` says that it had been imported before already."""

    upload: UUID
    file: str
    plan: str
    records: tuple[ActivityRecord, ...]
    compared: Comparison
    receipt: ActivityReceipt
    repeated: bool


@dataclass(frozen=True)
class ImportReceipt:
    """What an import took, left empty and decided, as data; the day it was done."""

    plan: str
    day: date
    content: Mapping[str, Any]


@dataclass(frozen=True)
class _Upload:
    plan: Plan
    file: str
    data: bytes
    repeated: bool


def list_activity_entries(office: Office, catalogue: Catalogue, seat: Seat) -> tuple[ActivityEntry, ...]:
    """The organisation's activities the user may see, latest first. Raises SealBroken."""
    key = office.vault.get_partner_key(seat.partner.id)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        rows = list_activities(session, "", recorded_until=office.sources.today())
        allowed = {name for name in {row.plan for row in rows} if _may(catalogue, seat, Action.LIST_ACTIVITIES, name)}
        entries = [_open(key, row) for row in rows if row.plan in allowed]
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "activities")
        session.commit()
    return tuple(sorted(entries, key=lambda each: (each.record.last_day, each.record.id), reverse=True))


def get_activity_entry(office: Office, catalogue: Catalogue, seat: Seat, activity: UUID) -> ActivityEntry:
    """One activity. Raises NotFound, SealBroken."""
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        row = find_activity(session, activity)
        if row is None or not _may(catalogue, seat, Action.LIST_ACTIVITIES, row.plan):
            raise NotFound("activity", str(activity))
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "activity", activity)
        session.commit()
    return _open(office.vault.get_partner_key(seat.partner.id), row)


def list_import_plans(catalogue: Catalogue, seat: Seat) -> tuple[Plan, ...]:
    """The plans the user may import activities of this organisation into."""
    return tuple(
        plan
        for plan in catalogue.plans.values()
        if seat.partner.code in {each.code for each in plan.partners}
        and _may(catalogue, seat, Action.IMPORT_ACTIVITIES, plan.id)
    )


def keep_upload(office: Office, catalogue: Catalogue, seat: Seat, plan: str, data: bytes, file: str) -> UUID:
    """Check a file whole and keep it sealed until it is imported; returns what the preview is asked for with.

    Raises ImportRefused naming every fault, NotFound for a plan the user may not import into.
    """
    if plan not in {each.id for each in list_import_plans(catalogue, seat)}:
        raise NotFound("plan", plan)
    read_activities(data, file)
    upload, partner, today = office.sources.new_id(), seat.partner, office.sources.today()
    key = office.vault.get_partner_key(partner.id)
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        content = {
            "upload": {
                "account": str(seat.user.id),
                "plan": plan,
                "file": file,
                "data": base64.b64encode(data).decode("ascii"),
                "repeated": find_import(session, plan, compute_file_mac(key, data)) is not None,
            }
        }
        place = Place("work_order", upload, partner.id)
        sealed = seal_with_key(key, json.dumps(content).encode(), place, office.sources.random)
        delete_old_uploads(session, today - KEPT)
        add_work_order(session, WorkOrderRow(upload, partner.id, today, sealed))
        note_deed(office, session, partner, seat.user.id, Deed.WROTE, "upload", upload)
        session.commit()
    return upload


def preview_import(office: Office, catalogue: Catalogue, seat: Seat, upload: UUID) -> Preview:
    """What the import of an uploaded file would do now. Raises NotFound, SealBroken."""
    key = office.vault.get_partner_key(seat.partner.id)
    with Session(office.engine) as session:
        kept = _get_upload(office, session, catalogue, seat, upload)
        found = read_activities(kept.data, kept.file)
        compared = compare_with_stored(office, session, kept.plan, key, found)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "upload", upload)
        session.commit()
    return Preview(upload, kept.file, kept.plan.id, found.records, compared, found.receipt, kept.repeated)


def confirm_import(office: Office, catalogue: Catalogue, seat: Seat, upload: UUID, *, replace: bool) -> UUID:
    """Import an uploaded file, with ``replace`` also where an activity is stored differently; returns the receipt's id.

    Raises NotFound, also where it was imported meanwhile, SealBroken.
    """
    with Session(office.engine) as session:
        kept = _get_upload(office, session, catalogue, seat, upload)
    outcome = import_activities(
        office, kept.plan, seat.partner.code, kept.data, kept.file, account=seat.user.id, replace=replace
    )
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        delete_upload(session, upload)
        session.commit()
    return outcome.id


def get_import_receipt(office: Office, catalogue: Catalogue, seat: Seat, receipt: UUID) -> ImportReceipt:
    """What an import took. Raises NotFound, SealBroken."""
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        row = find_receipt(session, receipt)
        if row is None or not _may(catalogue, seat, Action.LIST_ACTIVITIES, row.plan):
            raise NotFound("receipt", str(receipt))
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "activities", receipt)
        session.commit()
    content, _ = open_receipt(office.vault.get_partner_key(seat.partner.id), row)
    return ImportReceipt(row.plan, row.recorded, content)


def _get_upload(office: Office, session: Session, catalogue: Catalogue, seat: Seat, upload: UUID) -> _Upload:
    """The user's own upload; any other order is none."""
    enter_partner(session, seat.partner.id)
    row = get_work_order(session, upload)
    key = office.vault.get_partner_key(seat.partner.id)
    content = json.loads(open_with_key(key, row.sealed, Place("work_order", row.id, row.partner))).get("upload", {})
    plan = next((each for each in list_import_plans(catalogue, seat) if each.id == content.get("plan")), None)
    if plan is None or content["account"] != str(seat.user.id):
        raise NotFound("order", str(upload))
    return _Upload(plan, content["file"], base64.b64decode(content["data"]), content["repeated"])


def _open(key: bytes, row: ActivityRow) -> ActivityEntry:
    return ActivityEntry(row.id, row.plan, make_record(open_activity(key, row)))


def _may(catalogue: Catalogue, seat: Seat, action: Action, plan: str) -> bool:
    return seat.may(action, consortia=find_consortia(catalogue.plans.get(plan), seat.partner.code))
