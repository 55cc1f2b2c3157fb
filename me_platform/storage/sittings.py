"""Sittings: somebody answering right now. The draft is sealed under a key that only the cookie or, after a pause, the
receipt code unwraps; this module moves blobs and cannot read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

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


def add_sitting(session: Session, sitting: SittingRow) -> None:
    """Store a new sitting of the entered person."""
    session.execute(insert(Sitting).values(id=sitting.id, **_values(sitting)))


def find_sitting(session: Session, cookie_mac: bytes, *, lock: bool = False) -> SittingRow | None:
    """The sitting of a cookie, if the transaction presented its HMAC; ``lock`` makes a second tab wait."""
    query = select(*_COLUMNS).where(_SITTING.c.code_mac == cookie_mac)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
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
