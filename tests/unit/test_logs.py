"""Lines of the log: allow-listed keys, whatever is thrown at them (privacy-and-safety 1.4 and part 2)."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.errors import SettingInvalid
from me_platform.logs import EVENTS, FACTS, LineFormatter, write_event, write_start_failure

KEYS = {"at", "level", "process", "event", "logger", "error", "place", "cause"} | FACTS
TELLING = "tell-tale 192.0.2.7 anna@alfa.example /?mark=1 Mozilla/5.0 01234567-89ab-cdef-0123-456789abcdef"


class Written:
    """A logger of its own and what it wrote, line by line."""

    def __init__(self, name: str = "some.library") -> None:
        self._out = io.StringIO()
        self.log = logging.Logger(name)  # noqa: LOG001 - one that no other test knows
        handler = logging.StreamHandler(self._out)
        handler.setFormatter(LineFormatter("survey site"))
        self.log.addHandler(handler)

    @property
    def text(self) -> str:
        return self._out.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written() -> Written:
    return Written()


def fail(message: str) -> None:
    raise LookupError(message)


def test_an_event_carries_its_facts(written: Written) -> None:
    write_event(written.log, logging.INFO, "round_done", requests=2, expired=0)
    write_event(written.log, logging.WARNING, "part_restarted", part="survey site")
    first, second = written.lines
    assert {key: first[key] for key in first if key != "at"} == {
        "level": "info",
        "process": "survey site",
        "event": "round_done",
        "requests": 2,
        "expired": 0,
    }
    assert second["part"] == "survey site"


def test_of_an_error_kind_and_place_are_told(written: Written) -> None:
    try:
        fail(TELLING)
    except LookupError as error:
        write_event(written.log, logging.ERROR, "request_failed", error)
    [line] = written.lines
    assert line["error"] == "LookupError"
    assert line["place"][0].startswith(__file__)
    assert "tell-tale" not in written.text


def test_another_formatter_tells_no_more() -> None:
    """Whoever runs a site in another way (a test, a debugger) sees kind and place too, and no value."""
    out = io.StringIO()
    log = logging.Logger("plain")  # noqa: LOG001 - one that no other test knows
    log.addHandler(logging.StreamHandler(out))
    try:
        fail(TELLING)
    except LookupError as error:
        write_event(log, logging.ERROR, "request_failed", error)
    assert out.getvalue().startswith("request_failed LookupError at ")
    assert "tell-tale" not in out.getvalue()


def list_hostile_calls() -> Iterator[tuple[str, tuple[object, ...], Mapping[str, Any]]]:
    yield TELLING, (), {}
    yield "%s", (TELLING,), {}
    yield "Exception on %s [%s]", (TELLING, "GET"), {"exc_info": True}
    yield "round_done", (), {"extra": {"requests": TELLING, "me_facts": {"count": TELLING, TELLING: 1}}}
    yield "round_done", (TELLING,), {"extra": {"me_event": TELLING, "me_error": TELLING, "me_cause": TELLING}}
    yield "x", (), {"extra": {"me_event": "round_done", "me_facts": {"part": TELLING}, "me_cause": TELLING}}
    yield "x", (), {"extra": {"me_facts": TELLING}, "stack_info": True}
    yield "%(a)s", ({"a": TELLING},), {}
    yield "%d and %d", (TELLING,), {}


@pytest.mark.parametrize("call", tuple(list_hostile_calls()))
def test_nothing_leaks_of_a_hostile_record(
    written: Written, call: tuple[str, tuple[object, ...], Mapping[str, Any]]
) -> None:
    message, arguments, keywords = call
    try:
        fail(TELLING)
    except LookupError:
        written.log.error(message, *arguments, **keywords)  # noqa: TRY400 - with and without its error
    [line] = written.lines
    assert set(line) <= KEYS
    assert "tell-tale" not in written.text
    assert line.get("logger", line.get("event")) in {"some.library", *EVENTS}


@given(name=st.text(), message=st.text(), level=st.integers(1, 60), argument=st.text(), fact=st.text())
def test_a_line_is_one_line_with_known_keys(name: str, message: str, level: int, argument: str, fact: str) -> None:
    written = Written(name)
    written.log.log(level, message, argument, extra={"me_facts": {fact: argument, "part": fact}, "me_event": message})
    [line] = written.lines
    assert set(line) <= KEYS
    assert written.text.count("\n") == 1


def test_a_message_that_is_no_text_is_no_matter(written: Written) -> None:
    written.log.error({"answer": TELLING})
    written.log.error(LookupError(TELLING))
    assert [line["logger"] for line in written.lines] == ["some.library"] * 2
    assert "tell-tale" not in written.text


def test_a_name_somebody_made_up_is_no_logger() -> None:
    written = Written(TELLING)
    written.log.error("x")
    assert written.lines[0]["logger"] == "other"


def test_sentences_of_the_server_that_hold_a_number_only_have_a_name() -> None:
    written = Written("gunicorn.error")
    written.log.critical("WORKER TIMEOUT (pid:%s)", 7)
    written.log.warning("Invalid request from ip=%s: %s", "192.0.2.7", TELLING)
    first, second = written.lines
    assert first["event"] == "site_process_too_slow"
    assert second["logger"] == "gunicorn.error"
    assert "192.0.2.7" not in written.text


def test_a_failed_start_is_told_whole(written: Written) -> None:
    write_start_failure(written.log, SettingInvalid("ME_TODAY", "is no day."))
    try:
        fail("no such thing")
    except LookupError as error:
        write_start_failure(written.log, error)
    first, second = written.lines
    assert (first["event"], first["error"], first["cause"]) == (
        "start_failed",
        "SettingInvalid",
        "ME_TODAY: is no day.",
    )
    assert "LookupError: no such thing" in second["cause"]
    assert "Traceback" in second["cause"]


def test_warnings_libraries_and_crashes_of_a_process_come_out_as_lines() -> None:
    code = f"""
import logging, warnings
from me_platform.logs import start_logs
start_logs("worker")
telling = {TELLING!r}
logging.getLogger("sqlalchemy.engine").error("INSERT %s", telling)
logging.getLogger("me_platform.x").info(telling)
logging.getLogger("weasyprint").info(telling)
warnings.warn(telling)
raise LookupError(telling)
"""
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], check=False, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("logger") or line["event"] for line in lines] == [
        "sqlalchemy.engine",
        "me_platform.x",
        "py.warnings",
        "crashed",
    ]
    assert lines[-1]["error"] == "LookupError"
    assert (done.returncode, done.stdout, "tell-tale" in done.stderr) == (1, "", False)


def test_a_worker_without_its_settings_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "me_platform.worker"],
        check=False,
        capture_output=True,
        text=True,
        env={"ME_ZONE": "Nowhere"},
    )
    [line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, line["event"], line["process"]) == (1, "start_failed", "worker")
    assert "ME_ZONE: 'Nowhere' is no known time zone" in line["cause"]
