"""The lines sites, worker and supervisor write down: facts under allow-listed keys, and nothing anybody said.

One line is one JSON object. What happened is a name of EVENTS; facts are numbers or short words under a key of FACTS.
Of what a library logs only its logger, the level and the kind and place of an error are written: its message may hold
an address, a query, a person's id or an answer (privacy-and-safety 1.4 and part 2: logs hold allow-listed keys only).
A failure at start-up is told whole, for then nobody has sent anything yet and the operator needs the cause.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from me_platform.errors import ProgramError, describe_failure, find_places

EVENTS: Mapping[str, str] = {
    "start_failed": "a process did not come up; `cause` says why",
    "part_restarted": "a site or the worker (`part`) had stopped and was started again",
    "database_restarted": "the embedded database had stopped and was started again",
    "database_down": "the embedded database could not be started again; its server.log says why",
    "request_failed": "a request ended in an error page",
    "records_away": "a request found no database or no vault",
    "round_done": "the worker carried out requests (`requests`) and deleted what had expired (`expired`)",
    "round_failed": "the worker's round was cut off and is taken up again",
    "wishes_told": "the worker told of wishes to be talked to (`told`, `escalated`) and deleted old ones (`expired`)",
    "wishes_unreadable": "wishes to be talked to that do not open (`count`): somebody changed them",
    "notice_failed": "the mail relay took no notice; whoever is on duty sees it on the page only",
    "requests_unreadable": "requests that do not open (`count`)",
    "content_unusable": "content files have faults (`count`): `me check` names them; jobs wait for the next start",
    "job_lost": "a job of this `kind` was taken over by another worker",
    "job_given_up": "a job of this `kind` was cut off too often (`count`)",
    "job_failed": "a job of this `kind` could not be done; whoever ordered it sees why",
    "crashed": "a process ended by an error nobody foresaw",
    "site_process_too_slow": "a request took too long, and the process that answered it is replaced",
    "site_process_killed": "a process of a site was killed, and is replaced",
    "site_process_ended": "a process of a site ended with an error, and is replaced",
}
"""What may happen, by name, with its meaning for the operator."""

FACTS = frozenset({"part", "kind", "requests", "expired", "count", "seconds", "told", "escalated"})
"""Keys an event may carry besides those of every line: at, level, process, event, logger, error, place, cause."""

# Sentences of libraries that hold nothing but the number of a process, and what they are called here.
_KNOWN: Mapping[tuple[str, str], str] = {
    ("gunicorn.error", "WORKER TIMEOUT (pid:%s)"): "site_process_too_slow",
    ("gunicorn.error", "Worker (pid:%s) was sent %s!"): "site_process_killed",
    ("gunicorn.error", "Worker (pid:%s) was sent %s! Perhaps out of memory?"): "site_process_killed",
    ("gunicorn.error", "Worker (pid:%s) exited with code %s."): "site_process_ended",
}
_WORD = re.compile(r"[a-z][a-z_-]{0,30}(?: [a-z]{1,20})?")
_EVENT, _FACTS, _ERROR, _CAUSE = "me_event", "me_facts", "me_error", "me_cause"
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


class LineFormatter(logging.Formatter):
    """Turns a record into its line. ``process`` is the name of who writes: a word of the program's own."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; it never raises, whatever the record holds."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds"),
            "level": record.levelname.lower() if record.levelname in _LEVELS else "other",
            "process": self._process,
        }
        event = _find_event(record)
        line |= {"event": event} if event else {"logger": record.name if _is_logger(record.name) else "other"}
        line |= _check_facts(getattr(record, _FACTS, None))
        error = getattr(record, _ERROR, None) or (record.exc_info[1] if isinstance(record.exc_info, tuple) else None)
        if isinstance(error, BaseException):
            line |= {"error": type(error).__qualname__, "place": list(find_places(error))}
        if event == "start_failed" and hasattr(record, _CAUSE):
            line["cause"] = str(getattr(record, _CAUSE))
        return json.dumps(line)


def write_event(
    logger: logging.Logger,
    level: int,
    event: str,
    error: BaseException | None = None,
    **facts: float | str,
) -> None:
    """Write one of EVENTS. Of ``error`` only kind and place are told; ``facts`` are numbers or words of ours.

    What another formatter than ours would print of the record tells no more.
    """
    said = event if error is None else f"{event} {describe_failure(error)}"
    logger.log(level, "%s", said, extra={_EVENT: event, _FACTS: facts, _ERROR: error})


def write_start_failure(logger: logging.Logger, error: BaseException) -> None:
    """Write down whole why a process does not come up. Never for an error that a request may have a part in."""
    cause = str(error) if isinstance(error, ProgramError) else "".join(traceback.format_exception(error))
    logger.critical("start_failed", extra={_EVENT: "start_failed", _ERROR: error, _CAUSE: cause})


def start_logs(process: str, stream: TextIO | None = None) -> logging.Handler:
    """Have everything this process logs, warns of or dies of written as lines to ``stream`` (None: standard error)."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(process))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("me_platform").setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _write_crash
    return handler


def _write_crash(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    write_event(logging.getLogger("me_platform"), logging.CRITICAL, "crashed", error)


def _find_event(record: logging.LogRecord) -> str:
    """The event's name; empty for what is none of ours and none of the sentences we know."""
    event = getattr(record, _EVENT, None)
    if isinstance(event, str) and event in EVENTS:
        return event
    return _KNOWN.get((record.name, record.msg), "") if isinstance(record.msg, str) else ""


def _is_logger(name: str) -> bool:
    """Whether a logger's name is that of a module: anybody may make a logger of any name."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]{0,79}", name) is not None


def _check_facts(facts: object) -> dict[str, object]:
    """The facts that may be written: under a known key, a number or a short word."""
    if not isinstance(facts, Mapping):
        return {}
    return {str(key): value for key, value in facts.items() if key in FACTS and _is_plain(value)}


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and _WORD.fullmatch(value) is not None)
