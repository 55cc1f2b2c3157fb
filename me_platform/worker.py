"""The worker: carries out what people asked for with their receipt code, deletes what has expired, and does jobs.

One partner per transaction; it holds the vault, so it is the only process that can open or erase an answer on its
own. It has no address and listens to nobody. A job waits for people's requests, never the other way round: they are
looked at between any two of its steps, and while something heavy is computed.
"""

from __future__ import annotations

import logging
import os
import signal
import smtplib
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.errors import ContentInvalid, ProgramError
from me_platform.logs import start_logs, write_event, write_start_failure
from me_platform.sealing.vault import open_vault, read_root_key
from me_platform.services.duty_watch import watch_tasks
from me_platform.services.instance import Office, publish_duty_keys
from me_platform.services.jobs import BEAT, Pace, WorkPutOff, run_next_job
from me_platform.services.upkeep import carry_out_requests, delete_expired
from me_platform.settings import Settings, load_settings, make_sample_clock
from me_platform.storage.database import make_engine

log = logging.getLogger("me_platform.worker")

SUBJECT = "Monitoring system"
NOTICE = "There is something to look at in the monitoring system.\nMonitoringa sistēmā ir kas apskatāms.\n"
"""All a notice says: no name, no link, nothing that tells what it is about (privacy-and-safety 1.11)."""


@dataclass(frozen=True)
class Bench:
    """What jobs are done with: the officers' content, who does what is heavy, and whether the worker has to end.

    A report is rendered in a child of its own with limits, forked from a server that has the libraries loaded
    (``reports.build``); ``executor`` is who waits for it.
    """

    catalogue: Catalogue
    executor: Executor
    ending: Callable[[], bool]


def main() -> int:
    """Work until SIGTERM or SIGINT. A round is at most BEAT seconds away (privacy-and-safety 1.7: within a minute)."""
    start_logs("worker")
    try:
        settings = load_settings(os.environ, Path("/"))
        engine = make_engine(os.environ["ME_WORKER_DATABASE_URL"])
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator is told why
        write_start_failure(log, error)
        return 1
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    publish_keys(settings, engine)
    work_once(settings, engine)
    catalogue = find_content(settings.content)
    with ThreadPoolExecutor(1) as executor:
        bench = Bench(catalogue, executor, ending.is_set) if catalogue else None
        busy = True
        while not ending.wait(0 if busy else BEAT):
            busy = work_once(settings, engine, bench)
    engine.dispose()
    return 0


def publish_keys(settings: Settings, engine: Engine) -> None:
    """Have the duty keys where the survey site finds them: a restored backup of an earlier release has none."""
    try:
        with _open_office(settings, engine) as office:
            publish_duty_keys(office)
    except (ProgramError, DBAPIError, NoConnectionFree) as error:
        write_event(log, logging.WARNING, "round_failed", error)


@contextmanager
def _open_office(settings: Settings, engine: Engine) -> Iterator[Office]:
    sources = settings.make_sources()
    root_key = read_root_key(settings.root_key_file)
    with open_vault(settings.vault_file, root_key, sources.random, settings.root_key_file) as vault:
        yield Office(engine, vault, b"", sources, settings.sample)


def find_content(root: Path) -> Catalogue | None:
    """The officers' content, loaded once. Where it cannot be used, that is said, and jobs wait for the next start."""
    try:
        return load_catalogue(root)
    except ContentInvalid as error:
        write_event(log, logging.ERROR, "content_unusable", count=len(error.problems))  # the lines are for `me check`
        return None


def work_once(settings: Settings, engine: Engine, bench: Bench | None = None) -> bool:
    """One round: requests, what has expired, then one job. Returns whether a job was done.

    What cannot be done in it waits for the next; a log gets counts and the kind of an error only.
    """
    try:
        with _open_office(settings, engine) as office:
            do_requests(office)
            _watch(settings, office)
            return bench is not None and do_job(_let_time_go(office, settings), bench)
    except (ProgramError, DBAPIError, NoConnectionFree) as error:
        # The vault or the database is away: requests wait, nothing is lost.
        write_event(log, logging.WARNING, "round_failed", error)
        return False


def do_requests(office: Office) -> None:
    """Carry out what people asked for, and delete what has expired."""
    requests, deleted = carry_out_requests(office), delete_expired(office)
    if requests.done or deleted:
        write_event(log, logging.INFO, "round_done", requests=requests.done, expired=deleted)
    if requests.unreadable:
        write_event(log, logging.ERROR, "requests_unreadable", count=requests.unreadable)


def _watch(settings: Settings, office: Office) -> None:
    """Tell of wishes to be talked to."""
    watch = watch_tasks(_let_time_go(office, settings), settings.duty_hours, partial(send_notice, settings))
    if watch.told or watch.escalated or watch.deleted:
        write_event(log, logging.INFO, "wishes_told", told=watch.told, escalated=watch.escalated, expired=watch.deleted)
    if watch.unreadable:
        write_event(log, logging.ERROR, "wishes_unreadable", count=watch.unreadable)


def send_notice(settings: Settings, emails: Collection[str]) -> None:
    """Send the neutral line to staff where a mail relay is set; where it takes none, that is said in the log."""
    if settings.mail_server is None:
        return
    host, port = settings.mail_server
    try:
        with smtplib.SMTP(host, port, timeout=10) as relay:
            for email in emails:
                # One message for each: nobody learns who else is told.
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = settings.mail_from, email, SUBJECT
                message.set_content(NOTICE, cte="quoted-printable")  # any relay takes it
                relay.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        write_event(log, logging.ERROR, "notice_failed", error)


def do_job(office: Office, bench: Bench) -> bool:
    """Do the job that waits longest, requests in between. Returns whether there was one."""

    def between() -> None:
        do_requests(office)
        if bench.ending():
            raise WorkPutOff

    # A sample has a day of its own; leases need the clock of the machine.
    return run_next_job(office, bench.catalogue, bench.executor, Pace(lambda: datetime.now(UTC), between))


def _let_time_go(office: Office, settings: Settings) -> Office:
    """The office for a job: on a sample's day the time goes on as on its staff site, which shows both in one list."""
    if settings.today is None:
        return office
    clock = make_sample_clock(settings.today, office.sources.zone)
    return replace(office, sources=replace(office.sources, now=clock))


if __name__ == "__main__":
    raise SystemExit(main())
