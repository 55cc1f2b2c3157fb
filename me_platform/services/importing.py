"""Use case: import a list of activities into a plan. The file is taken whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_row
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.exchange.activities import ActivityList, read_activities
from me_platform.exchange.activity_receipts import make_receipt_content, make_receipt_lines
from me_platform.exchange.activity_records import ActivityRecord, make_content
from me_platform.indicators.definition import Plan
from me_platform.sealing.envelope import Place, compute_code_mac, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.instance import Office
from me_platform.storage.activities import (
    ActivityRow,
    ImportRow,
    add_activities,
    add_import,
    find_import,
    list_activities,
    set_activities,
)
from me_platform.storage.partners import get_partner
from me_platform.storage.tenancy import enter_partner

ACTIVITY_SIZE = 4096
"""Bytes an activity is padded to at least, so that lengths tell nothing about what is written in it."""


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did: ``new`` and ``replaced`` activities, the receipt's row id, the receipt as data and in lines,
    and whether it was done before.
    """

    id: UUID
    new: int
    repeated: bool
    receipt: Mapping[str, object]
    lines: tuple[str, ...]
    replaced: int = 0


@dataclass(frozen=True)
class Comparison:
    """A list beside what is stored: ids that are new or the same, and by id of those that differ, in which fields."""

    new: tuple[str, ...]
    same: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Stored:
    row: UUID
    content: Mapping[str, object]


def import_activities(
    office: Office,
    plan: Plan,
    partner_code: str,
    data: bytes,
    file_name: str,
    *,
    account: UUID | None = None,
    replace: bool = False,
) -> ImportOutcome:
    """Import a list of activities for a plan's partner.

    The same file again changes nothing and gives the same receipt. In a changed file, entries whose id is known are
    left as they are and named in the receipt; with ``replace`` those that differ take the place of what was stored.
    ``account`` is who does it, for the log. Raises ImportRefused naming every bad row, NotFound.
    """
    found = read_activities(data, file_name)
    content, lines = make_receipt_content(found.receipt), make_receipt_lines(found.receipt)
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        key = office.vault.get_partner_key(partner.id)
        file_mac = compute_file_mac(key, data)
        before = find_import(session, plan.id, file_mac)
        if before is not None:
            receipt, told = open_receipt(key, before)
            return ImportOutcome(before.id, 0, repeated=True, receipt=receipt, lines=(*told, _REPEATED))
        today = office.sources.today()
        stored = _open_stored(key, list_activities(session, plan.id, recorded_until=today))
        compared = compare_activities(found.records, stored)
        rows = {
            record.id: ActivityRow(
                id=stored[record.id].row if record.id in stored else office.sources.new_id(),
                partner=partner.id,
                plan=plan.id,
                recorded=today,
                key_mac=compute_code_mac(key, "activity", f"{plan.id}:{record.id}"),
                sealed=b"",
            )
            for record in found.records
        }
        sealed = {
            record.id: _seal(office, key, rows[record.id], record)
            for record in found.records
            if record.id in compared.new or (replace and record.id in compared.changed)
        }
        added = add_activities(session, [replace_row(rows[name], sealed=sealed[name]) for name in compared.new])
        changed = [name for name in compared.changed if replace]
        set_activities(session, {rows[name].id: sealed[name] for name in changed})
        known = [name for name, row in rows.items() if row.id not in added and name not in changed]
        if changed:
            lines = (*lines, f"Known already and replaced: {', '.join(changed)}.")
        if known:
            lines = (*lines, f"Known already and left as they were: {', '.join(known)}.")
        content = {**content, "known": known, "replaced": changed}
        receipt_id = office.sources.new_id()
        add_import(
            session,
            ImportRow(
                id=receipt_id,
                partner=partner.id,
                plan=plan.id,
                recorded=today,
                file_mac=file_mac,
                sealed=seal_with_key(
                    key,
                    json.dumps({"receipt": content, "lines": lines}, ensure_ascii=False).encode(),
                    Place("import_receipt", receipt_id, partner.id),
                    office.sources.random,
                ),
            ),
        )
        note_deed(office, session, partner, account, Deed.IMPORTED, "activities", receipt_id)
        session.commit()
    return ImportOutcome(receipt_id, len(added), repeated=False, receipt=content, lines=lines, replaced=len(changed))


def compute_file_mac(key: bytes, data: bytes) -> bytes:
    """What recognises a file that was imported before."""
    return compute_code_mac(key, "activity file", data)


def open_receipt(key: bytes, row: ImportRow) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """A receipt as data and in lines. Raises SealBroken."""
    stored = json.loads(open_with_key(key, row.sealed, Place("import_receipt", row.id, row.partner)))
    return stored["receipt"], tuple(stored["lines"])


def open_activity(key: bytes, row: ActivityRow) -> Mapping[str, object]:
    """What an activity's row holds. Raises SealBroken."""
    content: Mapping[str, object] = json.loads(open_with_key(key, row.sealed, Place("activity", row.id, row.partner)))
    return content


def compare_activities(records: Sequence[ActivityRecord], stored: Mapping[str, _Stored]) -> Comparison:
    """Which records are new, the same as what is stored, or different; the row of the file makes no difference."""
    new, same, changed = [], [], {}
    for record in records:
        if record.id not in stored:
            new.append(record.id)
            continue
        old, content = stored[record.id].content, make_content(record)
        fields = tuple(name for name in content if name != "row" and content[name] != old.get(name))
        if fields:
            changed[record.id] = fields
        else:
            same.append(record.id)
    return Comparison(tuple(new), tuple(same), changed)


def compare_with_stored(office: Office, session: Session, plan: Plan, key: bytes, found: ActivityList) -> Comparison:
    """A list that was read beside what the entered partner has stored. Raises SealBroken."""
    rows = list_activities(session, plan.id, recorded_until=office.sources.today())
    return compare_activities(found.records, _open_stored(key, rows))


def _open_stored(key: bytes, rows: Sequence[ActivityRow]) -> dict[str, _Stored]:
    opened = [_Stored(row.id, open_activity(key, row)) for row in rows]
    return {str(each.content["id"]): each for each in opened}


def _seal(office: Office, key: bytes, row: ActivityRow, record: ActivityRecord) -> bytes:
    return seal_with_key(
        key,
        json.dumps(make_content(record), ensure_ascii=False).encode(),
        Place("activity", row.id, row.partner),
        office.sources.random,
        ACTIVITY_SIZE,
    )


_REPEATED = "This file was imported before; nothing was changed."
