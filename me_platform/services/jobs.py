"""Background work: how it is ordered, carried out by the worker, and followed.

A row in ``job`` is the truth. What is to be done, and what came of it, is sealed in its work order. The worker takes
one job at a time for as long as its lease runs; the lease of a worker that died runs out, and the job is taken up
again from its start. So every kind of job gives the same twice and adds nothing the second time. A new kind is one
entry of JOB_KINDS.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import (
    DatabaseUnavailable,
    DiskFull,
    NotFound,
    ProgramError,
    RootKeyMissing,
    RootKeyWrong,
    VaultMissing,
    VaultUnusable,
)
from me_platform.logs import write_event
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.instance import Office
from me_platform.services.reporting import build_ordered_reports
from me_platform.services.restating import run_freeze
from me_platform.services.seats import Seat
from me_platform.services.steps import Step
from me_platform.services.verifying import VERIFY, run_verification
from me_platform.services.work import take_decision, take_guardian
from me_platform.storage.jobs import (
    JobRow,
    WorkOrderRow,
    add_job,
    add_work_order,
    find_job,
    get_work_order,
    release_job,
    set_job,
    set_work_order,
    take_job,
)
from me_platform.storage.tenancy import enter_partner

LEASE = timedelta(minutes=2)
"""How long a worker that says nothing is believed to be at work."""

ATTEMPTS = 3
"""How often a job is taken up whose worker died."""

BEAT = 5.0
"""Seconds between two renewals of the lease, and two looks at people's requests, while something heavy runs."""

COULD_NOT = "could not be done"
"""What is shown of an error whose words were not written to be shown."""

T = TypeVar("T")
log = logging.getLogger("me_platform.worker")

_OUTAGES = (
    DBAPIError,
    NoConnectionFree,
    DatabaseUnavailable,
    DiskFull,
    RootKeyMissing,
    RootKeyWrong,
    VaultMissing,
    VaultUnusable,
)
"""The job is not to blame for these: it waits until its lease is over, and is taken up again."""


class WorkPutOff(Exception):
    """The worker has to end; the job it is at goes back to the others that wait."""


class JobLost(Exception):
    """The lease ran out and another worker took the job: this one writes nothing more about it."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job: who may order and follow it, and what carries it out.

    ``run`` gets the worker's office, the content of the officers, what was ordered (with ``partner``, the code of the
    organisation, and ``account``, the id of who ordered it) and the step; it returns what came of it, as JSON holds it.
    """

    action: Action
    run: Callable[[Office, Catalogue, Mapping[str, Any], Step], Mapping[str, Any]]


JOB_KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        "report": JobKind(Action.BUILD_REPORT, build_ordered_reports),
        "decision": JobKind(Action.RECORD_DECISION, take_decision),
        "guardian": JobKind(Action.RECORD_DECISION, take_guardian),
        "freeze": JobKind(Action.FREEZE_SNAPSHOT, run_freeze),
        VERIFY: JobKind(Action.LIST_SNAPSHOTS, run_verification),
    }
)


@dataclass(frozen=True)
class Progress:
    """How far a job is. ``outcome`` is what its kind returned, ``why`` a sentence on why it failed, where it did."""

    id: UUID
    kind: str
    status: str
    done: int
    total: int
    outcome: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    error: str = ""


@dataclass(frozen=True)
class Pace:
    """How the worker keeps time. ``clock`` is for leases, of which a sample's own day would make nothing.

    ``between`` is called between steps, and every ``beat`` seconds while something heavy runs; it may raise WorkPutOff.
    """

    clock: Callable[[], datetime]
    between: Callable[[], None] = lambda: None
    beat: float = BEAT


def order_work(
    office: Office,
    session: Session,
    seat: Seat,
    kind: str,
    content: Mapping[str, Any],
    *,
    caseworkers: frozenset[UUID] = frozenset(),
) -> UUID:
    """Queue a job of the seat's organisation within the caller's transaction, which has entered it. Returns its id.

    ``content`` is what its kind reads, as JSON holds it; ``caseworkers`` are those of the person it is about, where it
    is about one. Raises NotPermitted.
    """
    seat.permit(JOB_KINDS[kind].action, caseworkers=caseworkers)
    partner, job, order = seat.partner, office.sources.new_id(), office.sources.new_id()
    sheet = {"order": {**content, "partner": partner.code, "account": str(seat.user.id)}}
    sealed = _seal(office, sheet, Place("work_order", order, partner.id))
    add_work_order(session, WorkOrderRow(order, partner.id, office.sources.today(), sealed))
    add_job(session, JobRow(job, kind, partner.id, order, "queued", office.sources.now()))
    return job


def find_progress(office: Office, seat: Seat, job: UUID) -> Progress:
    """How far a job of the seat's organisation is. Raises NotFound alike for a missing one and another organisation's,
    NotPermitted for a kind of job the user may not order.
    """
    with Session(office.engine) as session:
        found = find_job(session, job, seat.partner.id)
        if found is None or found.kind not in JOB_KINDS:
            raise NotFound("job", str(job))
        seat.permit(JOB_KINDS[found.kind].action)
        enter_partner(session, seat.partner.id)
        sheet = _open(office, get_work_order(session, found.order))
    failure = sheet.get("failure", {})
    return Progress(
        id=found.id,
        kind=found.kind,
        status=found.status,
        done=found.done,
        total=found.total,
        outcome=sheet.get("outcome", {}),
        why=failure.get("why", ""),
        error=failure.get("error", ""),
    )


def run_next_job(
    office: Office,
    catalogue: Catalogue,
    executor: Executor,
    pace: Pace | None = None,
    kinds: Mapping[str, JobKind] = JOB_KINDS,
) -> bool:
    """Take the job that waits longest and carry it out. Returns whether there was one.

    Heavy parts go to ``executor``; records are opened and stored by the caller's thread. Errors of database and vault
    are raised and leave the job for later; every other one ends it as failed.
    """
    pace = pace or Pace(office.sources.now)
    with Session(office.engine) as session:
        now = pace.clock()
        job = take_job(session, now, now + LEASE)
        session.commit()
    if job is None:
        return False
    try:
        _end_job(office, job, _carry_out(office, catalogue, executor, pace, job, kinds))
    except WorkPutOff:
        with Session(office.engine) as session:
            release_job(session, job)
            session.commit()
    except JobLost:
        write_event(log, logging.WARNING, "job_lost", kind=job.kind)
    return True


def _carry_out(
    office: Office,
    catalogue: Catalogue,
    executor: Executor,
    pace: Pace,
    job: JobRow,
    kinds: Mapping[str, JobKind],
) -> dict[str, Any]:
    """What came of the job: ``outcome`` or ``failure``. Raises WorkPutOff, JobLost, and what is no fault of the job."""
    if job.attempts > ATTEMPTS:
        write_event(log, logging.ERROR, "job_given_up", kind=job.kind, count=job.attempts)
        return {"failure": {"error": "attempts", "why": COULD_NOT}}
    try:
        with Session(office.engine) as session:
            enter_partner(session, job.organisation)
            order = _open(office, get_work_order(session, job.order))["order"]
        return {"outcome": kinds[job.kind].run(office, catalogue, order, _Steps(office, executor, pace, job))}
    except (WorkPutOff, JobLost, *_OUTAGES):
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the job must not be tried for ever
        write_event(log, logging.ERROR, "job_failed", error, kind=job.kind)
        why = str(error) if isinstance(error, ProgramError) else COULD_NOT
        return {"failure": {"error": type(error).__name__, "why": why}}


@dataclass
class _Steps:
    """The steps of one job, as services.steps.Step promises them."""

    office: Office
    executor: Executor
    pace: Pace
    job: JobRow

    def __call__(self, done: int, total: int) -> None:
        self.job = replace(self.job, done=done, total=total)
        self._go_on()

    def run(self, task: Callable[[], T]) -> T:
        future = self.executor.submit(task)
        while not wait([future], self.pace.beat).done:
            self._go_on()
        return future.result()

    def _go_on(self) -> None:
        """Keep steps and lease, then let others have their turn."""
        self.job = replace(self.job, lease=self.pace.clock() + LEASE)
        with Session(self.office.engine) as session:
            if not set_job(session, self.job):
                raise JobLost
            session.commit()
        self.pace.between()


def _end_job(office: Office, job: JobRow, end: Mapping[str, Any]) -> None:
    """Keep what came of a job, in the transaction that ends it."""
    with Session(office.engine) as session:
        enter_partner(session, job.organisation)
        order = get_work_order(session, job.order)
        sheet = {**_open(office, order), **end}
        set_work_order(session, job.order, _seal(office, sheet, Place("work_order", order.id, order.partner)))
        current = find_job(session, job.id, job.organisation)
        steps = current or job
        status = "done" if "outcome" in end else "failed"
        if not set_job(session, replace(job, status=status, lease=None, done=steps.done, total=steps.total)):
            raise JobLost
        session.commit()


def _seal(office: Office, sheet: Mapping[str, Any], place: Place) -> bytes:
    key = office.vault.get_partner_key(place.partner)
    return seal_with_key(key, json.dumps(sheet, ensure_ascii=False).encode(), place, office.sources.random)


def _open(office: Office, order: WorkOrderRow) -> dict[str, Any]:
    place = Place("work_order", order.id, order.partner)
    sheet: dict[str, Any] = json.loads(open_with_key(office.vault.get_partner_key(order.partner), order.sealed, place))
    return sheet
