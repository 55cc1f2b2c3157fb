"""Receipts: what the code shown at the end opens, and the requests made with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from me_platform.storage.models import Receipt, Request

REQUEST_SIZE = 4096
"""Bytes a request's detail is padded to: names of some ninety questions of the longest kind."""


@dataclass(frozen=True)
class ReceiptRow:
    """The receipt of one submitted survey; ``code_mac`` is the HMAC of the receipt code."""

    id: UUID
    partner: UUID
    person: UUID
    response: UUID | None
    survey: str
    code_mac: bytes
    day: date


@dataclass(frozen=True)
class MadeRequest:
    """A request as the person who made it sees it: of all answers or of one; ``done`` is the day it was carried out."""

    day: date
    done: date | None
    whole: bool


_COLUMNS = (
    Receipt.id,
    Receipt.partner_id,
    Receipt.person_id,
    Receipt.response_id,
    Receipt.survey_id,
    Receipt.code_mac,
    Receipt.day,
)


def add_receipt(session: Session, receipt: ReceiptRow) -> None:
    """Store the receipt of the entered person."""
    session.execute(
        insert(Receipt).values(
            id=receipt.id,
            partner_id=receipt.partner,
            person_id=receipt.person,
            response_id=receipt.response,
            survey_id=receipt.survey,
            code_mac=receipt.code_mac,
            day=receipt.day,
        )
    )


def find_receipt(session: Session, receipt_mac: bytes) -> ReceiptRow | None:
    """The receipt of a code, if the transaction presented its HMAC."""
    row = session.execute(select(*_COLUMNS).where(Receipt.code_mac == receipt_mac)).one_or_none()
    return None if row is None else ReceiptRow(*row)


def add_request(session: Session, receipt: ReceiptRow, *, request: UUID, day: date, whole: bool, sealed: bytes) -> None:
    """Store what the holder of a receipt asks for; ``sealed`` says what, readable by the worker alone."""
    session.execute(
        insert(Request).values(
            id=request,
            partner_id=receipt.partner,
            person_id=receipt.person,
            response_id=receipt.response,
            day=day,
            done_day=None,
            status="open",
            whole=whole,
            sealed=sealed,
        )
    )


def list_requests(session: Session, response: UUID) -> tuple[MadeRequest, ...]:
    """The requests about a response, earliest day first, if the transaction presented its receipt."""
    rows = session.execute(
        select(Request.day, Request.done_day, Request.whole)
        .where(Request.response_id == response)
        .order_by(Request.day, Request.done_day, Request.id)
    )
    return tuple(MadeRequest(*row) for row in rows)
