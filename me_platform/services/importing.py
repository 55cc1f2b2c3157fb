"""Use case: import a list of activities into a plan. The file is taken whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from me_platform.exchange.activities import read_activities
from me_platform.exchange.activity_receipts import make_receipt_content, make_receipt_lines
from me_platform.exchange.activity_records import make_content
from me_platform.indicators.definition import Plan
from me_platform.sealing.envelope import Place, compute_code_mac, open_with_key, seal_with_key
from me_platform.services.instance import Office
from me_platform.storage.activities import ActivityRow, ImportRow, add_activity, add_import, find_import
from me_platform.storage.partners import get_partner
from me_platform.storage.tenancy import enter_partner

ACTIVITY_SIZE = 4096
"""Bytes an activity is padded to at least, so that lengths tell nothing about what is written in it."""


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did: ``new`` activities, the receipt as data and in lines, and whether it was done before."""

    new: int
    repeated: bool
    receipt: Mapping[str, object]
    lines: tuple[str, ...]


def import_activities(office: Office, plan: Plan, partner_code: str, data: bytes, file_name: str) -> ImportOutcome:
    """Import a list of activities for a plan's partner.

    The same file again changes nothing and gives the same receipt. In a changed file, entries whose id is known are
    left as they are and named in the receipt. Raises ImportRefused naming every bad row, NotFound.
    """
    found = read_activities(data, file_name)
    content, lines = make_receipt_content(found.receipt), make_receipt_lines(found.receipt)
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        key = office.vault.get_partner_key(partner.id)
        file_mac = compute_code_mac(key, "activity file", data)
        before = find_import(session, plan.id, file_mac)
        if before is not None:
            stored = json.loads(open_with_key(key, before.sealed, Place("import_receipt", before.id, partner.id)))
            return ImportOutcome(0, True, stored["receipt"], (*stored["lines"], _REPEATED))
        known = []
        for record in found.records:
            row = office.sources.new_id()
            added = add_activity(
                session,
                ActivityRow(
                    id=row,
                    partner=partner.id,
                    plan=plan.id,
                    recorded=office.sources.today(),
                    key_mac=compute_code_mac(key, "activity", f"{plan.id}:{record.id}"),
                    sealed=seal_with_key(
                        key,
                        json.dumps(make_content(record), ensure_ascii=False).encode(),
                        Place("activity", row, partner.id),
                        office.sources.random,
                        ACTIVITY_SIZE,
                    ),
                ),
            )
            if not added:
                known.append(record.id)
        if known:
            lines = (*lines, f"Known already and left as they were: {', '.join(known)}.")
        receipt_id = office.sources.new_id()
        add_import(
            session,
            ImportRow(
                id=receipt_id,
                partner=partner.id,
                plan=plan.id,
                recorded=office.sources.today(),
                file_mac=file_mac,
                sealed=seal_with_key(
                    key,
                    json.dumps({"receipt": content, "lines": lines}, ensure_ascii=False).encode(),
                    Place("import_receipt", receipt_id, partner.id),
                    office.sources.random,
                ),
            ),
        )
        session.commit()
    return ImportOutcome(len(found.records) - len(known), False, content, lines)


_REPEATED = "This file was imported before; nothing was changed."
