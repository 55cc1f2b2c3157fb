"""Background work: a job is done once, whatever becomes of the worker, and its failure says no more than it may."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from me_platform.access import Action, Membership, Role, User
from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound, NotPermitted, VaultUnusable
from me_platform.sealing.vault import make_root_key, write_root_key
from me_platform.services.instance import Office
from me_platform.services.jobs import (
    ATTEMPTS,
    COULD_NOT,
    JOB_KINDS,
    LEASE,
    JobKind,
    Pace,
    Progress,
    WorkPutOff,
    find_progress,
    order_work,
    run_next_job,
)
from me_platform.services.seats import Organisation, Seat
from me_platform.services.steps import Step
from me_platform.settings import load_settings
from me_platform.storage.partners import PartnerRow
from me_platform.storage.tenancy import enter_partner
from me_platform.worker import Bench, find_content, work_once
from tests.conftest import Engines
from tests.integration.conftest import Offices, make_sources
from tests.staff_samples import Clock, load_content

Run = Callable[[Office, Catalogue, Mapping[str, Any], Step], Mapping[str, Any]]


class Killed(BaseException):
    """The worker's process ended in the middle of a job."""


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@dataclass
class Shop:
    """One organisation's officer who orders, and the worker."""

    offices: Offices
    executor: Executor
    clock: Clock = field(default_factory=Clock)

    def seat(self, role: Role = Role.OFFICER, partner: PartnerRow | None = None) -> Seat:
        at = partner or self.offices.alfa
        return Seat(User(UUID(int=7), (Membership(at.id, at.code, role),)), Organisation(at, frozenset()))

    def order(self, **content: Any) -> UUID:  # noqa: ANN401 - what JSON holds
        office, seat = self.offices.staff, self.seat()
        with Session(office.engine) as session:
            enter_partner(session, seat.partner.id)
            job = order_work(office, session, seat, "report", content)
            session.commit()
        return job

    def work(self, run: Run, between: Callable[[], None] = lambda: None) -> bool:
        kinds = {"report": JobKind(Action.BUILD_REPORT, run)}
        pace = Pace(self.clock, between, beat=0.001)
        return run_next_job(self.offices.worker, load_content(), self.executor, pace, kinds)

    def find(self, job: UUID, seat: Seat | None = None) -> Progress:
        return find_progress(self.offices.staff, seat or self.seat(), job)


@pytest.fixture
def shop(offices: Offices, executor: Executor) -> Shop:
    return Shop(offices, executor)


def echo(_office: Office, _catalogue: Catalogue, order: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
    step(1, 1)
    return {"got": dict(order)}


def test_a_job_gets_what_was_ordered_and_its_outcome_is_found(shop: Shop) -> None:
    job = shop.order(freeze="sample-1")
    assert shop.find(job).status == "queued"
    assert shop.work(echo)
    found = shop.find(job)
    assert (found.status, found.done, found.total) == ("done", 1, 1)
    assert found.outcome["got"] == {"freeze": "sample-1", "partner": "ALFA", "account": str(UUID(int=7))}
    assert not shop.work(echo)


def test_what_is_ordered_and_what_came_of_it_lie_sealed(shop: Shop, engines: Engines) -> None:
    """architecture.md, sealed records: the job's row holds ids, times and numbers only."""
    shop.order(words="a sentence of an officer")
    shop.work(echo)
    with engines.owner.connect() as connection:
        rows = [
            str(row)
            for table in ("job", "work_order")
            for row in connection.execute(text(f"select * from {table}"))  # noqa: S608
        ]
    assert len(rows) == 2
    assert not [row for row in rows if "sentence" in row]


def test_jobs_are_done_in_the_order_they_were_ordered(shop: Shop) -> None:
    seen: list[int] = []
    for number in range(3):
        clock = Clock()
        clock.time += timedelta(number)
        staff = shop.offices.staff
        shop.offices = replace(shop.offices, staff=replace(staff, sources=replace(staff.sources, now=clock)))
        shop.order(number=number)

    def note(_office: Office, _catalogue: Catalogue, order: Mapping[str, Any], _step: Step) -> Mapping[str, Any]:
        seen.append(order["number"])
        return {}

    while shop.work(note):
        pass
    assert seen == [0, 1, 2]


def test_steps_are_seen_while_the_job_runs(shop: Shop) -> None:
    job = shop.order()
    seen: list[tuple[str, int, int]] = []

    def between() -> None:
        found = shop.find(job)
        seen.append((found.status, found.done, found.total))

    def two(_office: Office, _catalogue: Catalogue, _order: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        step(0, 2)
        step(1, 2)
        return {}

    shop.work(two, between)
    assert seen == [("running", 0, 2), ("running", 1, 2)]


def test_requests_have_their_turn_while_something_heavy_runs(shop: Shop) -> None:
    """privacy-and-safety 1.7: an erasure does not wait for a report."""
    shop.order()
    turn = threading.Event()

    def heavy(_office: Office, _catalogue: Catalogue, _order: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        # The heavy part ends only when somebody else had a turn.
        return {"had": step.run(lambda: turn.wait(30))}

    shop.work(heavy, turn.set)
    assert turn.is_set()


def test_a_job_whose_worker_was_killed_is_taken_up_again_after_its_lease(shop: Shop) -> None:
    job = shop.order()

    def die(_office: Office, _catalogue: Catalogue, _order: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        step(1, 2)
        raise Killed

    with pytest.raises(Killed):
        shop.work(die)
    assert shop.find(job).status == "running"
    shop.clock.time += LEASE
    assert not shop.work(echo)
    shop.clock.time += timedelta(seconds=1)
    assert shop.work(echo)
    assert shop.find(job).status == "done"


def test_a_step_renews_the_lease(shop: Shop) -> None:
    shop.order()

    def slow(_office: Office, _catalogue: Catalogue, _order: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        shop.clock.time += LEASE
        step(1, 2)
        shop.clock.time += LEASE
        return {"taken": shop.work(echo)}

    assert shop.work(slow)


def test_a_worker_that_lost_its_job_writes_nothing_more_about_it(shop: Shop) -> None:
    """Two workers never both finish a job."""
    job = shop.order()
    for late in ("step", "end"):

        def sleep(
            _office: Office, _catalogue: Catalogue, _order: Mapping[str, Any], step: Step, late: str = late
        ) -> Mapping[str, Any]:
            shop.clock.time += LEASE + timedelta(seconds=1)
            assert shop.work(echo)
            if late == "step":
                step(1, 1)
            return {"got": "late"}

        assert shop.work(sleep)
        assert shop.find(job).outcome["got"]["partner"] == "ALFA"
        job = shop.order()


def test_a_job_that_kills_every_worker_is_given_up(shop: Shop) -> None:
    job = shop.order()

    def die(*_: object) -> Mapping[str, Any]:
        raise Killed

    for _ in range(ATTEMPTS):
        with pytest.raises(Killed):
            shop.work(die)
        shop.clock.time += LEASE + timedelta(seconds=1)
    assert shop.work(die)
    found = shop.find(job)
    assert (found.status, found.error, found.why) == ("failed", "attempts", COULD_NOT)
    assert not shop.work(die)


@pytest.mark.parametrize(
    ("error", "why"),
    [(InputInvalid("Choose another language."), "Choose another language."), (ValueError("secret words"), COULD_NOT)],
)
def test_a_failure_keeps_its_kind_and_only_words_that_may_be_shown(
    shop: Shop, caplog: pytest.LogCaptureFixture, error: Exception, why: str
) -> None:
    job = shop.order()

    def fail(*_: object) -> Mapping[str, Any]:
        raise error

    assert shop.work(fail)
    found = shop.find(job)
    assert (found.status, found.error, found.why) == ("failed", type(error).__name__, why)
    assert str(error) not in caplog.text
    assert not shop.work(fail)


@pytest.mark.parametrize(
    "error", [VaultUnusable("vault", "it is locked", "Try again."), OperationalError("select", {}, Exception())]
)
def test_an_outage_is_no_failure_of_the_job(shop: Shop, error: Exception) -> None:
    job = shop.order()

    def fail(*_: object) -> Mapping[str, Any]:
        raise error

    with pytest.raises(type(error)):
        shop.work(fail)
    shop.clock.time += LEASE + timedelta(seconds=1)
    assert shop.work(echo)
    assert shop.find(job).status == "done"


def test_a_job_is_put_back_where_the_worker_has_to_end(shop: Shop) -> None:
    job = shop.order()

    def end() -> None:
        raise WorkPutOff

    for _ in range(ATTEMPTS + 1):
        assert shop.work(echo, end)
        assert shop.find(job).status == "queued"
    assert shop.work(echo)
    assert shop.find(job).status == "done"


def test_an_order_and_its_job_are_one_transaction(shop: Shop, engines: Engines) -> None:
    office, seat = shop.offices.staff, shop.seat()
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        order_work(office, session, seat, "report", {})
    with engines.owner.connect() as connection:
        assert connection.scalar(text("select (select count(*) from job) + (select count(*) from work_order)")) == 0


def test_a_job_is_found_by_whoever_may_order_it_and_by_nobody_else(shop: Shop) -> None:
    job = shop.order()
    for seat in (shop.seat(partner=shop.offices.beta), shop.seat(Role.CASEWORKER), shop.seat(Role.MANAGER)):
        with pytest.raises((NotFound, NotPermitted)):
            shop.find(job, seat)
    with pytest.raises(NotFound):
        shop.find(uuid4())
    with Session(shop.offices.staff.engine) as session, pytest.raises(NotPermitted):
        order_work(shop.offices.staff, session, shop.seat(Role.MANAGER), "report", {})


def test_whoever_may_order_a_kind_of_job_may_open_the_page_that_follows_it(shop: Shop) -> None:
    for kind in JOB_KINDS.values():
        for role in Role:
            seat = shop.seat(role)
            assert seat.may(Action.FOLLOW_JOB) or not seat.may(kind.action)


# -- the worker's rounds --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("vault")
def test_a_round_does_one_job_and_says_whether_there_was_one(shop: Shop, engines: Engines, tmp_path: Path) -> None:
    settings = load_settings({"ME_INSTANCE": str(tmp_path)}, tmp_path)
    write_root_key(settings.root_key_file, make_root_key(make_sources(seed=2).random))
    job = shop.order(freeze="gone", template="partner-impact", languages=["en"], annex=True, texts={})
    bench = Bench(load_content(), shop.executor, lambda: False)
    assert not work_once(settings, engines.worker)
    assert work_once(settings, engines.worker, bench)
    assert shop.find(job).error == "NotFound"
    assert not work_once(settings, engines.worker, bench)


def test_content_that_cannot_be_loaded_is_said_and_keeps_no_request_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plans = tmp_path / "indicators" / "plans"
    plans.mkdir(parents=True)
    (plans / "broken.yaml").write_text("title: [", encoding="utf-8")
    assert find_content(tmp_path) is None
    [record] = caplog.records
    assert record.getMessage() == "content_unusable"
    assert "broken" not in caplog.text.replace("broken.yaml", "")
