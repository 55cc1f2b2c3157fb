"""Use cases: write down what staff note about a person or their organisation besides services and narratives.

Records are only ever added; a later one names the one it takes the place of. Publishing what was changed after
feedback puts a notice where the survey's next respondents see it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound, RecordReplaced
from me_platform.exchange.records import (
    CASE_BYTES,
    PARTNER,
    PERSON,
    RECORD_KINDS,
    Record,
    RecordKind,
    Setting,
    check_record,
    decode_record,
    encode_record,
)
from me_platform.sealing.envelope import Place, derive_notice_key, open_with_key, seal_with_key
from me_platform.services.doors import get_activity
from me_platform.services.instance import Office
from me_platform.storage import records
from me_platform.storage.notices import NoticeRow, add_notice, delete_notice
from me_platform.storage.partners import get_partner
from me_platform.storage.people import get_person
from me_platform.storage.records import PartnerRecordRow, RecordRow
from me_platform.storage.tenancy import enter_partner

PARTNER_STEP, NOTICE_SIZE = 4 * 1024, 25 * 1024
"""Records about an organisation are padded to steps of this many bytes, notices to one size."""


def get_record_kind(name: str) -> RecordKind:
    """The kind of record of that name. Raises NotFound, naming the kinds there are."""
    if name not in RECORD_KINDS:
        raise NotFound("kind of record", name, list(RECORD_KINDS))
    return RECORD_KINDS[name]


def make_setting(office: Office, catalogue: Catalogue) -> Setting:
    """What records are checked against today."""
    return Setting(catalogue.taxonomy, catalogue.surveys, office.sources.today())


def add_case_record(
    office: Office, catalogue: Catalogue, partner_code: str, person_code: str, kind: str, content: Mapping[str, object]
) -> UUID:
    """Check and store a record about a person. Raises ContentInvalid, InputInvalid, NotFound."""
    record = check_record(content, get_record_kind(kind), make_setting(office, catalogue))
    return write_case_record(office, partner_code, person_code, record)


def add_partner_record(
    office: Office, catalogue: Catalogue, partner_code: str, kind: str, content: Mapping[str, object]
) -> UUID:
    """Check and store a record about a partner's work. Raises ContentInvalid, InputInvalid, NotFound."""
    record = check_record(content, get_record_kind(kind), make_setting(office, catalogue))
    return write_partner_record(office, partner_code, record)


def write_case_record(office: Office, partner_code: str, person_code: str, record: Record) -> UUID:
    """Store a checked record about a person. Raises InputInvalid, NotFound."""
    _check_about(record, PERSON)
    if record.kind in {"decision", "guardian"}:
        command = "record" if record.kind == "decision" else "guardian"
        raise InputInvalid(f"A decision takes effect as an event: use `me consent {command}`, which adds it.")
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        person = get_person(session, person_code)
        key = office.vault.get_person(partner.id, person.id).data_key
        if record.replaces:
            known = records.list_case_records(session, recorded_until=office.sources.today(), person=person.id)
            check_replaced(record, _open_records(key, "case_record", known))
        place = Place("case_record", office.sources.new_id(), partner.id)
        sealed = seal_with_key(key, encode_record(record), place, office.sources.random, CASE_BYTES)
        records.add_case_record(session, RecordRow(place.row, partner.id, person.id, office.sources.today(), sealed))
        session.commit()
        return place.row


def write_partner_record(office: Office, partner_code: str, record: Record) -> UUID:
    """Store a checked record about a partner's work; feedback that is published becomes a notice.

    Raises InputInvalid, NotFound, also for an attendance at an activity that is not in the partner's list.
    """
    _check_about(record, PARTNER)
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        key = office.vault.get_partner_key(partner.id)
        if record.replaces:
            known = records.list_partner_records(session, recorded_until=office.sources.today())
            check_replaced(record, _open_records(key, "partner_record", known))
        if record.kind == "attendance":
            get_activity(office, session, partner, record.content["activity"])
        place = Place("partner_record", office.sources.new_id(), partner.id)
        data = encode_record(record)
        size = -(-len(data) // PARTNER_STEP) * PARTNER_STEP
        sealed = seal_with_key(key, data, place, office.sources.random, size)
        records.add_partner_record(session, PartnerRecordRow(place.row, partner.id, office.sources.today(), sealed))
        if record.kind == "feedback":
            _publish(office, session, place, record)
        session.commit()
        return place.row


def _check_about(record: Record, about: str) -> None:
    if RECORD_KINDS[record.kind].about != about:
        raise InputInvalid(f"A record of the kind '{record.kind}' is about a {RECORD_KINDS[record.kind].about}.")


def _open_records(
    key: bytes, table: str, rows: tuple[RecordRow, ...] | tuple[PartnerRecordRow, ...]
) -> dict[UUID, Record]:
    return {row.id: decode_record(open_with_key(key, row.sealed, Place(table, row.id, row.partner))) for row in rows}


def check_replaced(record: Record, known: Mapping[UUID, Record]) -> None:
    """What is replaced is there, of the same kind, and has not been replaced before.

    Raises NotFound, InputInvalid, RecordReplaced.
    """
    replaced = known.get(record.replaces) if record.replaces else None
    if replaced is None:
        raise NotFound("record", str(record.replaces))
    if replaced.kind != record.kind:
        raise InputInvalid(f"The record {record.replaces} is of the kind '{replaced.kind}', not '{record.kind}'.")
    for place, other in known.items():
        if other.replaces == record.replaces:
            raise RecordReplaced(str(record.replaces), str(place))


def _publish(office: Office, session: Session, place: Place, record: Record) -> None:
    """Let the notice say what stands now: it goes with the record it was published with."""
    if record.replaces:
        delete_notice(session, record.replaces)
    if not record.content["published"]:
        return
    notice = Place("notice", place.row, place.partner)
    words = {"asked": record.content["said"], "changed": record.content["changed"]}
    add_notice(
        session,
        NoticeRow(
            id=notice.row,
            partner=notice.partner,
            survey=record.content["survey"],
            day=office.sources.today(),
            sealed=seal_with_key(
                derive_notice_key(office.pepper, notice.partner),
                json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode(),
                notice,
                office.sources.random,
                NOTICE_SIZE,
            ),
        ),
    )
