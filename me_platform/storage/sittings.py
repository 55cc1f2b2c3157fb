"""Sittings: somebody answering right now. The draft is sealed under a key that only the cookie or, after a pause, the
receipt code unwraps; this module moves blobs and cannot read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Engine, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from me_platform.storage.database import borrow_connection
from me_platform.storage.models import Sitting


@dataclass(frozen=True)
class SittingRow:
    """A sitting. ``code_mac`` is the cookie's HMAC, ``pause_mac`` the receipt code's after a pause.

    ``status`` is ``open`` until something was sent or refused, then ``done``. ``expires`` lets the worker delete it.
    """

    id: UUID
    partner: UUID
    person: UUID
    code_mac: bytes
    wrapped_key: bytes
    status: str
    expires: datetime
    sealed: bytes
    pause_mac: bytes | None = None
    pause_wrapped_key: bytes | None = None


# Every tap reads one sitting and writes one. The bare table spares it the mapper's work on each statement.
_SITTING = cast("Table", Sitting.__table__)
_COLUMNS = tuple(
    _SITTING.c[name]
    for name in (
        "id",
        "partner_id",
        "person_id",
        "code_mac",
        "wrapped_key",
        "status",
        "expires_at",
        "sealed",
        "pause_mac",
        "pause_wrapped_key",
    )
)


_MARK = 13
"""Bytes at the start of a sealed draft, its format and a nonce, that no other draft has."""

_FIND = (
    "SELECT id, partner_id, person_id, code_mac, wrapped_key, status, expires_at, sealed, pause_mac, pause_wrapped_key"
    " FROM find_sitting(%s)"
)
_SWAP = "SELECT swap_draft(%s, %s, %s, %s, %s, %s)"


def look_at_sitting(engine: Engine, cookie_mac: bytes) -> SittingRow | None:
    """The sitting of a cookie as it is now: one statement, which presents the HMAC itself."""
    with borrow_connection(engine) as connection:
        row = connection.execute(_FIND, (cookie_mac,), prepare=True, binary=True).fetchone()
    return None if row is None else SittingRow(*row)


def swap_draft(engine: Engine, before: SittingRow, after: SittingRow) -> bool:
    """Put a new draft and expiry in the place of the one that was read: one statement.

    False where the draft was written or deleted since: then nothing is changed. The draft is known by its nonce.
    """
    values = (
        before.code_mac,
        before.partner,
        before.person,
        before.sealed[:_MARK],
        after.sealed,
        after.expires,
    )
    with borrow_connection(engine) as connection:
        (swapped,) = connection.execute(_SWAP, values, prepare=True, binary=True).fetchone() or (False,)
    return bool(swapped)


def add_sitting(session: Session, sitting: SittingRow) -> None:
    """Store a new sitting of the entered person."""
    session.execute(insert(Sitting).values(id=sitting.id, **_values(sitting)))


def find_sitting(session: Session, cookie_mac: bytes) -> SittingRow | None:
    """The sitting of a cookie, if the transaction presented its HMAC; locked, so that a second tab waits."""
    query = select(*_COLUMNS).where(_SITTING.c.code_mac == cookie_mac).with_for_update()
    row = session.execute(query).one_or_none()
    return None if row is None else SittingRow(*row)


def find_paused_sitting(session: Session, receipt_mac: bytes) -> SittingRow | None:
    """The paused sitting of a receipt code, locked, if the transaction presented its HMAC."""
    query = select(*_COLUMNS).where(_SITTING.c.pause_mac == receipt_mac).with_for_update()
    row = session.execute(query).one_or_none()
    return None if row is None else SittingRow(*row)


def update_sitting(session: Session, sitting: SittingRow) -> None:
    """Write a sitting as it is now. The wall wants the code presented to be one of its two HMACs before and after."""
    session.execute(update(_SITTING).where(_SITTING.c.id == sitting.id).values(**_values(sitting)))


def delete_sitting(session: Session, sitting: UUID) -> None:
    """Forget a sitting with its draft."""
    session.execute(delete(Sitting).where(Sitting.id == sitting))


def _values(sitting: SittingRow) -> dict[str, object]:
    return {
        "partner_id": sitting.partner,
        "person_id": sitting.person,
        "code_mac": sitting.code_mac,
        "wrapped_key": sitting.wrapped_key,
        "status": sitting.status,
        "expires_at": sitting.expires,
        "sealed": sitting.sealed,
        "pause_mac": sitting.pause_mac,
        "pause_wrapped_key": sitting.pause_wrapped_key,
    }
