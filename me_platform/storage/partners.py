"""Organisations that keep records in this instance. Their names and scopes lie in the plans."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.errors import NotFound
from me_platform.storage.models import Partner


@dataclass(frozen=True)
class PartnerRow:
    """A partner: random id and the code plans use."""

    id: UUID
    code: str


def add_partner(session: Session, partner: PartnerRow) -> bool:
    """Add a partner unless its code is known. Returns whether a row was added."""
    statement = insert(Partner).values(id=partner.id, code=partner.code).on_conflict_do_nothing()
    return session.connection().execute(statement).rowcount == 1


def get_partner(session: Session, code: str) -> PartnerRow:
    """The partner of that code. Raises NotFound, naming the codes there are."""
    partners = list_partners(session)
    for partner in partners:
        if partner.code == code:
            return partner
    raise NotFound("partner", code, [partner.code for partner in partners])


def list_partners(session: Session) -> tuple[PartnerRow, ...]:
    """All partners, by code."""
    rows = session.execute(select(Partner.id, Partner.code).order_by(Partner.code))
    return tuple(PartnerRow(row.id, row.code) for row in rows)
