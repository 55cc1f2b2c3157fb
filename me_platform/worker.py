"""The worker: carries out what people asked for with their receipt code, and deletes what has expired.

One partner per transaction; it holds the vault, so it is the only process that can open or erase an answer on its
own. It has no address and listens to nobody.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from me_platform.errors import ProgramError
from me_platform.logs import start_logs, write_event, write_start_failure
from me_platform.sealing.vault import open_vault, read_root_key
from me_platform.services.instance import Office
from me_platform.services.upkeep import carry_out_requests, delete_expired
from me_platform.settings import Settings, load_settings
from me_platform.storage.database import make_engine

BEAT = 5.0
"""Seconds between two rounds; a request is carried out within a minute (privacy-and-safety 1.7)."""

log = logging.getLogger("me_platform.worker")


def main() -> int:
    """Work until SIGTERM or SIGINT."""
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
    while True:
        work_once(settings, engine)
        if ending.wait(BEAT):
            engine.dispose()
            return 0


def work_once(settings: Settings, engine: Engine) -> None:
    """One round. What cannot be done in it waits for the next; a log gets counts and the kind of an error only."""
    sources = settings.make_sources()
    try:
        root_key = read_root_key(settings.root_key_file)
        with open_vault(settings.vault_file, root_key, sources.random, settings.root_key_file) as vault:
            office = Office(engine, vault, b"", sources)
            requests, deleted = carry_out_requests(office), delete_expired(office)
    except (ProgramError, DBAPIError, NoConnectionFree) as error:
        # The vault or the database is away: requests wait, nothing is lost.
        write_event(log, logging.WARNING, "round_failed", error)
        return
    if requests.done or deleted:
        write_event(log, logging.INFO, "round_done", requests=requests.done, expired=deleted)
    if requests.unreadable:
        write_event(log, logging.ERROR, "requests_unreadable", count=requests.unreadable)


if __name__ == "__main__":
    raise SystemExit(main())
