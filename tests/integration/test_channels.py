"""Coming back: how somebody who agreed to it may be reached (issue, recontact; docs/decisions/0027)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid, NotPermitted
from me_platform.services.answering import submit_directly
from me_platform.services.casework import hand_over, note_decision
from me_platform.services.channels import Channel, forget_channel, note_channel, open_recontact
from me_platform.services.instance import Office
from me_platform.services.jobs import run_next_job
from me_platform.services.seats import Seat
from me_platform.services.sittings import Doorstep
from me_platform.storage.people import mark_erased
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Purpose
from tests.casework_samples import CLARA, CORA, CaseworkWorld, make_casework
from tests.conftest import Engines
from tests.survey_samples import ALL_YES

NOTE = Channel("message", "number 20000000", "weekdays before noon", "no names", code=False)


class Desk(NamedTuple):
    """Cora and ada, and everything to let time pass between them."""

    world: CaseworkWorld
    office: Office
    seat: Seat
    ada: UUID
    engines: Engines

    def work(self) -> None:
        """Let the worker carry out what is ordered."""
        with ThreadPoolExecutor(1) as executor:
            while run_next_job(self.worker, self.world.staff.desk.catalogue, executor):
                pass

    @property
    def worker(self) -> Office:
        return replace(self.office, engine=self.engines.worker)

    def note(self) -> None:
        note_channel(self.office, self.world.staff.desk.catalogue, self.seat, self.ada, NOTE, "k1")
        self.work()

    def look(self) -> tuple[bool, Channel | None]:
        found = open_recontact(self.office, self.world.staff.desk.catalogue, self.seat, self.ada)
        return found.kept, found.channel


@pytest.fixture
def desk(engines: Engines, tmp_path: Path) -> Iterator[Desk]:
    world = make_casework(engines, tmp_path)
    with world.open_office() as office:
        yield Desk(world, office, world.take_seat(CORA), world.people["ada"], engines)


def test_the_note_is_shown_while_a_survey_is_due_and_each_look_is_logged(desk: Desk) -> None:
    """Issue: shown to the caseworker only when a wave is due; her yes stands beside it as an event."""
    desk.note()
    assert desk.look() == (True, NOTE)
    with desk.engines.owner.connect() as connection:
        assert connection.execute(text("select purpose, decision from consent_event")).all() == [("recontact", "given")]
        assert b"20000000" not in bytes(connection.execute(text("select sealed from channel_note")).scalar_one())
    desk.world.staff.clock.time += timedelta(days=31)
    assert desk.look() == (True, None)
    with pytest.raises(NotPermitted):
        open_recontact(desk.office, desk.world.staff.desk.catalogue, desk.world.take_seat(CLARA), desk.ada)


def test_her_no_deletes_the_note_in_the_same_moment_wherever_she_says_it(desk: Desk) -> None:
    """privacy-and-safety 1.6: at the survivor's door, which may neither see nor delete notes, and aloud."""
    catalogue = desk.world.staff.desk.catalogue
    desk.note()
    door = hand_over(desk.office, catalogue, desk.seat, desk.ada, "outcome-checkin", "", "k2")
    assert door is not None
    doorstep = Doorstep(desk.engines.survey, catalogue.surveys, desk.office.pepper, desk.office.sources)
    submit_directly(doorstep, door.code, "lv", {**ALL_YES, Purpose.RECONTACT: False}, {})
    assert desk.look() == (False, None)
    note_channel(desk.office, catalogue, desk.seat, desk.ada, NOTE, "k3")
    desk.work()
    assert desk.look()[0]
    note_decision(desk.office, catalogue, desk.seat, desk.ada, "recontact", "withdrawn", "k4")
    desk.work()
    assert not desk.look()[0]


def test_a_note_can_be_replaced_and_deleted_and_goes_with_the_person(desk: Desk) -> None:
    """Issue: erased with the person."""
    desk.note()
    other = replace(NOTE, way="call", code=True)
    note_channel(desk.office, desk.world.staff.desk.catalogue, desk.seat, desk.ada, other, "k5")
    assert desk.look() == (True, other)
    forget_channel(desk.office, desk.seat, desk.ada)
    assert desk.look() == (False, None)
    desk.note()
    with Session(desk.engines.worker) as session:
        enter_partner(session, desk.seat.partner.id)
        mark_erased(session, desk.ada)
        session.commit()
    with desk.engines.owner.connect() as connection:
        assert connection.execute(text("select count(*) from channel_note")).scalar_one() == 0


def test_no_note_is_made_of_a_child_whose_guardian_did_not_agree_or_of_too_many_words(desk: Desk) -> None:
    """Issue: it cannot be entered without the consent."""
    catalogue, bea = desk.world.staff.desk.catalogue, desk.world.people["bea"]
    with pytest.raises(InputInvalid, match="guardian"):
        note_channel(desk.office, catalogue, desk.seat, bea, NOTE, "k1")
    with pytest.raises(InputInvalid):
        note_channel(desk.office, catalogue, desk.seat, desk.ada, replace(NOTE, safe="x" * 301), "k1")
    with desk.engines.owner.connect() as connection:
        assert connection.execute(text("select count(*) from channel_note")).scalar_one() == 0
