"""The audit log: who opened, wrote, exported, froze or let in what, and when. Never what was read or written.

Each partner has a log of its own. A line is sealed under the partner's key and chained to the one before it by an
HMAC under a key of the vault: whoever has the database without the vault can neither read a line nor change, leave
out or add one unnoticed. A log cut off at its end still verifies; that is found by a head that was noted earlier
(``me audit verify --head``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.errors import LogBroken, SealBroken
from me_platform.sealing.envelope import Place, make_subkey, open_with_key, seal_with_key
from me_platform.services.instance import Office
from me_platform.storage.audit import AuditRow, add_audit_event, find_last_audit_event, list_audit_events
from me_platform.storage.partners import PartnerRow
from me_platform.storage.tenancy import enter_partner

PAGE = 100
"""Lines a page of the log shows."""

_SIZE = 512
_START = bytes(32)


class Deed(StrEnum):
    """What somebody did."""

    LOGGED_IN = "logged in"
    FAILED_LOG_IN = "failed to log in"
    OPENED = "opened"
    WROTE = "wrote"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    DISCARDED = "discarded"
    HANDED_OVER = "handed over"
    REVOKED_CODE = "revoked the code"
    ENDED_CODES = "ended unused codes"
    EXPORTED = "exported"
    IMPORTED = "imported"
    FROZE = "froze"
    BUILT = "built"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ASSIGNED = "assigned"
    INVITED = "invited"
    CHANGED = "changed"
    CLOSED = "closed"
    REOPENED = "opened again"
    GRANTED = "gave the role"
    REVOKED = "took the role"
    CHOSE_PASSWORD = "chose a password"  # noqa: S105
    SET_FACTOR = "set up the second factor"
    REMOVED_FACTOR = "removed the second factor"
    RENEWED_CODES = "made new recovery codes"
    USED_CODE = "used a recovery code"
    ENDED_LOG_INS = "ended other log-ins"


@dataclass(frozen=True)
class LogLine:
    """One line. ``account`` is None for the command line, the worker and
    whoever failed to log in; ``record`` is the random id of what it is
    about, of the kind ``thing`` (person, narrative, report, account ...; of a role given or taken: that role).
    """

    position: int
    at: datetime
    deed: Deed
    account: UUID | None
    thing: str
    record: UUID | None


@dataclass(frozen=True)
class LogState:
    """How long a log is, and its last chain value (64 hexadecimal digits; empty for a log without lines)."""

    lines: int
    head: str


def note_deed(
    office: Office,
    session: Session,
    partner: PartnerRow,
    account: UUID | None,
    deed: Deed,
    thing: str = "",
    record: UUID | None = None,
) -> None:
    """Add a line within the caller's transaction, which has entered the partner: no line, no deed.

    Two statements; more only where another transaction added a line at the same moment.
    """
    key = office.vault.get_partner_key(partner.id)
    content = {
        "at": office.sources.now().isoformat(),
        "deed": deed.value,
        "account": str(account) if account else "",
        "thing": thing,
        "record": str(record) if record else "",
    }
    place = Place("audit_event", office.sources.new_id(), partner.id)
    sealed = seal_with_key(key, json.dumps(content).encode(), place, office.sources.random, _SIZE)
    added = False
    while not added:
        last = find_last_audit_event(session)
        position = last.position + 1 if last else 0
        row = AuditRow(place.row, partner.id, position, b"", sealed)
        mac = _compute_link(key, last.chain_mac if last else _START, row)
        added = add_audit_event(session, AuditRow(row.id, row.partner, row.position, mac, row.sealed))


def note_account_deed(
    office: Office,
    session: Session,
    organisations: Iterable[PartnerRow],
    account: UUID | None,
    deed: Deed,
    record: UUID,
) -> None:
    """Add a line about the account ``record`` to the log of every organisation it holds a role in.

    Within the caller's transaction, which stays in the last of them.
    """
    for partner in sorted(set(organisations), key=lambda each: each.code):
        enter_partner(session, partner.id)
        note_deed(office, session, partner, account, deed, "account", record)


def list_log(office: Office, partner: PartnerRow, *, before: int | None = None, limit: int = PAGE) -> list[LogLine]:
    """Lines of a partner's log, newest first: those below position ``before``, ``limit`` at most.

    Raises SealBroken where a line was changed.
    """
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        rows = list_audit_events(session, before=before, limit=limit)
    key = office.vault.get_partner_key(partner.id)
    return [_open_line(key, row) for row in rows]


def verify_log(office: Office, partner: PartnerRow, head: str = "") -> LogState:
    """Check every line of a partner's log, and that an earlier ``head`` is still in it.

    Raises LogBroken naming the first line that is not what was written there, or a head that is gone.
    """
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        rows = tuple(reversed(list_audit_events(session)))
    key = office.vault.get_partner_key(partner.id)
    links = list(_follow(key, partner, rows))
    if head and head not in links:
        raise LogBroken(partner.code, len(rows), "the head that was noted earlier is not in it: lines were cut off")
    return LogState(len(links), links[-1] if links else "")


def _follow(key: bytes, partner: PartnerRow, rows: tuple[AuditRow, ...]) -> Iterator[str]:
    """The chain values one after the other, each checked."""
    before = _START
    for position, row in enumerate(rows):
        if row.position != position:
            raise LogBroken(partner.code, position, "a line is missing")
        if not hmac.compare_digest(row.chain_mac, _compute_link(key, before, row)):
            raise LogBroken(partner.code, position, "the line is not the one that was written")
        try:
            _open_line(key, row)
        except SealBroken as error:
            raise LogBroken(partner.code, position, "the line does not open") from error
        before = row.chain_mac
        yield row.chain_mac.hex()


def _open_line(key: bytes, row: AuditRow) -> LogLine:
    content = json.loads(open_with_key(key, row.sealed, Place("audit_event", row.id, row.partner)))
    return LogLine(
        position=row.position,
        at=datetime.fromisoformat(content["at"]),
        deed=Deed(content["deed"]),
        account=UUID(content["account"]) if content["account"] else None,
        thing=content["thing"],
        record=UUID(content["record"]) if content["record"] else None,
    )


def _compute_link(key: bytes, before: bytes, row: AuditRow) -> bytes:
    line = before + row.partner.bytes + row.position.to_bytes(8, "big") + row.id.bytes + row.sealed
    return hmac.digest(make_subkey(key, "audit chain"), line, hashlib.sha256)
