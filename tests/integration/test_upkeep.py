"""The worker: what people asked for with their receipt code is carried out, whatever else goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid, KeysDestroyed, VaultUnusable
from me_platform.sealing.vault import Vault, make_root_key, write_root_key
from me_platform.services.answering import _fill_in, find_visit, open_code, submit_directly, take_step
from me_platform.services.doors import issue_doors
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import Round, carry_out_requests
from me_platform.settings import load_settings
from me_platform.storage.database import make_engine
from me_platform.storage.erasure import list_open_requests, lock_person
from me_platform.storage.people import list_people, mark_erased
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.flow import AGREED, SEND, Form, StepRefused
from me_platform.worker import work_once
from tests.conftest import Engines
from tests.integration.conftest import Offices, make_sources
from tests.survey_samples import ALL_YES, SURVEY, load_survey


@pytest.fixture
def doorstep(engines: Engines, offices: Offices) -> Doorstep:
    return Doorstep(engines.survey, {SURVEY: load_survey()}, offices.staff.pepper, offices.staff.sources)


@contextmanager
def enter_alfa(offices: Offices) -> Iterator[Session]:
    with Session(offices.worker.engine) as session:
        enter_partner(session, offices.alfa.id)
        yield session


def take_back(offices: Offices, doorstep: Doorstep) -> UUID:
    """Somebody new answers and takes the answers back; returns who."""
    with enter_alfa(offices) as session:
        before = {person.id for person in list_people(session)}
    [door] = issue_doors(offices.staff, load_survey(), "ALFA")
    receipt = submit_directly(doorstep, door.code, "en", ALL_YES, {})
    cookie = open_code(doorstep, str(receipt), ["en"])
    assert cookie is not None
    take_step(doorstep, cookie, Form(AGREED, "take_back"))
    with enter_alfa(offices) as session:
        [person] = {person.id for person in list_people(session)} - before
    return person


def count_responses(offices: Offices) -> int:
    with enter_alfa(offices) as session:
        return int(session.execute(text("select count(*) from response")).scalar_one())


def test_what_is_taken_back_is_deleted_with_its_keys(offices: Offices, doorstep: Doorstep) -> None:
    """privacy-and-safety 1.7: the worker deletes and destroys the keys; then the page can say so."""
    person = take_back(offices, doorstep)
    assert carry_out_requests(offices.worker) == Round(done=1, unreadable=0)
    assert count_responses(offices) == 0
    with pytest.raises(KeysDestroyed):
        offices.worker.vault.get_person(offices.alfa.id, person)
    assert carry_out_requests(offices.worker) == Round(done=0, unreadable=0)


def test_nothing_is_thanked_for_that_was_sealed_to_keys_just_destroyed(
    engines: Engines, offices: Offices, doorstep: Doorstep
) -> None:
    """privacy-and-safety 1.2, 1.7: success is told only for what can be kept; the erasure is waited for."""
    [door] = issue_doors(offices.staff, load_survey(), "ALFA")
    cookie = open_code(doorstep, door.code, ["en"])
    assert cookie is not None
    while (visit := find_visit(doorstep, cookie)) and visit.draft.page != SEND:
        take_step(doorstep, cookie, _fill_in(visit.draft, visit.survey, "en", ALL_YES, {}))
    assert visit is not None
    send = Form(SEND, "send", submission_key=visit.draft.submission_key.hex(), seal=visit.seal, body=b"sent")
    with enter_alfa(offices) as erasing, ThreadPoolExecutor(1) as pool:
        [person] = [each.id for each in list_people(erasing)]
        lock_person(erasing, person)
        sending = pool.submit(take_step, doorstep, cookie, send)
        with engines.owner.connect() as watcher:
            # The insert waits for the lock on the person; nothing else in this database waits for one.
            waits = text("select count(*) from pg_locks where not granted")
            while not watcher.execute(waits).scalar_one():
                watcher.rollback()
                assert not sending.done()
        mark_erased(erasing, person)
        erasing.commit()
        with pytest.raises(StepRefused):
            sending.result(timeout=30)
    assert count_responses(offices) == 0


def test_answering_directly_for_somebody_erased_is_refused_and_gives_no_receipt(
    offices: Offices, doorstep: Doorstep
) -> None:
    """architecture.md, once and only once: a receipt is given only for what was stored."""
    [door] = issue_doors(offices.staff, load_survey(), "ALFA")
    with enter_alfa(offices) as session:
        [person] = [each.id for each in list_people(session)]
        mark_erased(session, person)
        session.commit()
    with pytest.raises(InputInvalid):
        submit_directly(doorstep, door.code, "en", ALL_YES, {})
    assert count_responses(offices) == 0


def test_a_request_that_does_not_open_keeps_no_other_waiting(
    engines: Engines, offices: Offices, doorstep: Doorstep
) -> None:
    """privacy-and-safety 1.7: within a minute, also where somebody else's request was tampered with."""
    people = [take_back(offices, doorstep) for _ in range(4)]
    with engines.owner.begin() as connection:
        connection.execute(
            text("update request set sealed = 'changed' where person_id = any(:people)"), {"people": people[1:3]}
        )
    assert carry_out_requests(offices.worker) == Round(done=2, unreadable=2)
    with enter_alfa(offices) as session:
        assert {request.person for request in list_open_requests(session)} == set(people[1:3])
    assert count_responses(offices) == 2


@dataclass
class FullVault:
    """A vault that cannot write."""

    vault: Vault
    asked: list[UUID] = field(default_factory=list)

    def get_person(self, partner: UUID, person: UUID) -> object:
        return self.vault.get_person(partner, person)

    def destroy_person(self, _partner: UUID, person: UUID) -> None:
        self.asked.append(person)
        raise VaultUnusable("vault", "it is on a disk that may not be written to", "Try again.")


def test_a_round_that_is_cut_off_before_the_keys_went_is_taken_up_again(offices: Offices, doorstep: Doorstep) -> None:
    """privacy-and-safety 1.7: "deleted on" is the proof, so it is written last."""
    person = take_back(offices, doorstep)
    full = FullVault(offices.worker.vault)
    with pytest.raises(VaultUnusable):
        carry_out_requests(replace(offices.worker, vault=full))  # type: ignore[arg-type]
    assert full.asked == [person]
    with enter_alfa(offices) as session:
        assert [request.person for request in list_open_requests(session)] == [person]
    assert carry_out_requests(offices.worker).done == 1
    with pytest.raises(KeysDestroyed):
        offices.worker.vault.get_person(offices.alfa.id, person)


@pytest.mark.usefixtures("vault")
def test_a_round_without_a_database_is_only_put_off(
    engines: Engines, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests wait and the worker goes on; a log gets the kind of the error and nothing of a record."""
    settings = load_settings({"ME_INSTANCE": str(tmp_path)}, tmp_path)
    write_root_key(settings.root_key_file, make_root_key(make_sources(seed=2).random))
    away = make_engine(engines.worker.url.set(query={"host": "/nowhere", "port": "5432"}))
    work_once(settings, away)
    [record] = caplog.records
    assert record.getMessage().startswith("round_failed OperationalError at ")
