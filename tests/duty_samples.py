"""Wishes to be talked to, as the survey site seals them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, make_public_key, seal_to_person
from me_platform.services.asking import Reason, Task, encode_task
from me_platform.services.instance import Office
from me_platform.storage.duty import TaskRow, add_task
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines


def add_wish(
    engines: Engines,
    office: Office,
    partner: UUID,
    person: UUID,
    words: str = "",
    *,
    at: datetime | None = None,
    reason: Reason = Reason.WISH,
    response: UUID | None = None,
) -> UUID:
    """A task of the partner's, of the office's own day and hour where no other is named; its id."""
    place = Place("duty_task", office.sources.new_id(), partner)
    task = Task(person, at or office.sources.now(), reason, words, response)
    public_key = make_public_key(office.vault.get_duty_key(partner))
    sealed = seal_to_person(public_key, encode_task(task), place)
    with Session(engines.survey) as session:
        enter_partner(session, partner)
        add_task(session, TaskRow(place.row, partner, office.sources.today(), sealed))
        session.commit()
    return place.row
