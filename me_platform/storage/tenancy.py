"""Who a transaction works for. The wall itself stands in the database (row-level security, see the migrations).

Each function sets a value for the current transaction only; after COMMIT or ROLLBACK nothing is set and no row of
any partner is visible.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_SET = text("select set_config(:name, :value, true)")
_SET_PERSON = text("select set_config('app.partner', :partner, true), set_config('app.person', :person, true)")


def enter_partner(session: Session, partner: UUID) -> None:
    """Let this transaction see and write the rows of one partner (staff and worker)."""
    session.execute(_SET, {"name": "app.partner", "value": str(partner)})


def present_code(session: Session, code_mac: bytes) -> None:
    """Let this transaction of the survey site see the door, sitting or receipt this code belongs to."""
    session.execute(_SET, {"name": "app.code", "value": code_mac.hex()})


def enter_person(session: Session, partner: UUID, person: UUID) -> None:
    """Let this transaction of the survey site work for the person whom the row found by the code belongs to."""
    session.execute(_SET_PERSON, {"partner": str(partner), "person": str(person)})
