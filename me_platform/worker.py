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

from me_platform.errors import ProgramError
from me_platform.sealing.vault import open_vault, read_root_key
from me_platform.services.instance import Office
from me_platform.services.upkeep import carry_out_requests, delete_expired
from me_platform.settings import load_settings
from me_platform.storage.database import make_engine

BEAT = 5.0
"""Seconds between two rounds; a request is carried out within a minute (privacy-and-safety 1.7)."""

log = logging.getLogger("me_platform.worker")


def main() -> int:
    """Work until SIGTERM or SIGINT. What cannot be done in a round is logged by its kind and tried in the next."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s worker %(message)s")
    settings = load_settings(os.environ, Path("/"))
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    engine = make_engine(os.environ["ME_WORKER_DATABASE_URL"])
    sources = settings.make_sources()
    while True:
        try:
            root_key = read_root_key(settings.root_key_file)
            with open_vault(settings.vault_file, root_key, sources.random, settings.root_key_file) as vault:
                office = Office(engine, vault, b"", sources)
                done, deleted = carry_out_requests(office), delete_expired(office)
            if done or deleted:
                log.info("requests_done=%d expired_deleted=%d", done, deleted)
        except ProgramError as error:
            # The vault or the database is away: requests wait, nothing is lost. The class says enough for a log.
            log.warning("round_failed=%s", type(error).__name__)
        if ending.wait(BEAT):
            engine.dispose()
            return 0


if __name__ == "__main__":
    raise SystemExit(main())
