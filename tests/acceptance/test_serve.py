"""`me serve` as an operator sees it: two sites and a worker that come up, come back, and go down in order."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, Queue

import pytest

from me_platform.supervisor import wait_for_port
from tests.acceptance.conftest import Me

SOON = 15
"""Seconds an answer may take on a busy machine; a worker that waits for a silent connection takes over 30."""
PATIENCE = 60


class Service:
    """A running `me serve` and what it says."""

    def __init__(self, environment: dict[str, str], ports: tuple[int, int]) -> None:
        self.survey_port, self.staff_port = ports
        self.process = subprocess.Popen(
            (sys.executable, "-c", "from me_platform.cli import main; main()", "serve"),
            env=os.environ | environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: Queue[str] = Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.put(line)

    def hear(self, words: str) -> str:
        """Wait until the program says this; returns all that it said on the way."""
        heard: list[str] = []
        while not any(words in line for line in heard):
            try:
                heard.append(self.said.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"expected {words!r}, heard {heard!r}")
        return "".join(heard)

    def get(self, port: int, path: str) -> tuple[int, str]:
        """One page; a site that is just being started again gets the time to listen."""
        wait_for_port("127.0.0.1", port, self.process)
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status

    def find_children(self) -> dict[str, int]:
        """The processes below it by what they are."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    command = (folder / "cmdline").read_text().replace("\0", " ")
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if parent == self.process.pid:
                    for name in ("make_survey_app", "make_staff_app", "me_platform.worker"):
                        if name in command:
                            found[name] = int(folder.name)
        return found


@pytest.fixture
def service(me: Me) -> Iterator[Service]:
    ports = (find_port(), find_port())
    running = Service(me.environment | {"ME_SURVEY_PORT": str(ports[0]), "ME_STAFF_PORT": str(ports[1])}, ports)
    running.hear("Stop with Ctrl-C.")
    yield running
    if running.process.poll() is None:
        running.end()


def test_both_sites_answer_and_everything_ends_with_sigterm(service: Service) -> None:
    """architecture.md: three processes, two ports; SIGTERM stops parts and server, exit status 0."""
    status, page = service.get(service.survey_port, "/")
    assert (status, "Sample data" in page) == (200, True)
    status, page = service.get(service.staff_port, "/")
    assert status in {200, 302, 303}
    children = service.find_children()
    assert len(children) == 3
    assert service.end() == 0, list(service.said.queue)
    assert not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", service.survey_port)) != 0


def test_connections_on_which_nothing_is_said_keep_nobody_waiting(service: Service) -> None:
    """Browsers open connections in advance; more of them than there are workers must not stall a site."""
    for port in (service.survey_port, service.staff_port):
        with ExitStack() as silent:
            for _ in range(6):
                silent.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            connection = silent.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=SOON)))
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200


def test_what_dies_is_started_again(service: Service, me: Me) -> None:
    """architecture.md, one database: `me serve` restarts it when it dies, and its parts as well."""
    children = service.find_children()
    os.kill(children["me_platform.worker"], signal.SIGKILL)
    service.hear('"event": "part_restarted", "part": "worker"')
    os.kill(children["make_survey_app"], signal.SIGTERM)
    service.hear('"event": "part_restarted", "part": "survey site"')
    assert service.get(service.survey_port, "/")[0] == 200
    data = Path(me.environment["ME_INSTANCE"]) / "database" / "data"
    os.kill(int((data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    service.hear('"event": "database_restarted"')
    assert me("enrol", "--partner", "BERZ").status == 0
    assert service.get(service.survey_port, "/")[0] == 200


def test_nothing_about_a_visitor_reaches_the_log(service: Service) -> None:
    """privacy-and-safety 1.4: no address, agent, query or body of anybody is logged, whatever goes wrong."""
    connection = HTTPConnection("127.0.0.1", service.survey_port, timeout=PATIENCE)
    connection.request("GET", "/?mark=tell-tale-query", headers={"User-Agent": "tell-tale-agent"})
    assert connection.getresponse().read()
    connection.close()
    service.get(service.survey_port, "/tell-tale-path")
    send_broken_body(service.survey_port, "/")
    send_broken_body(service.staff_port, "/login")
    said = take_too_long(service)
    assert service.get(service.survey_port, "/")[0] == 200
    assert service.end() == 0
    said += "".join(service.said.queue)
    assert not re.search(r"tell-tale|127\.0\.0\.1.*GET", said)


def send_broken_body(port: int, path: str) -> None:
    """A body in pieces that are none is refused calmly (issue, bad input: a plain error and never a 500)."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\n".encode()
            + b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\ntell-tale-piece\r\nanswer=tell-tale-answer"
        )
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def take_too_long(service: Service) -> str:
    """Gunicorn ends a worker that takes too long and would write down what it was asked; returns what was said."""
    with socket.create_connection(("127.0.0.1", service.survey_port), timeout=PATIENCE) as line:
        line.sendall(
            b"POST /?mark=tell-tale-query HTTP/1.1\r\nHost: localhost\r\nUser-Agent: tell-tale-agent\r\n"
            b"Cookie: s=tell-tale-cookie\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 500\r\nExpect: 100-continue\r\n\r\n"
        )
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(b"answer=tell-tale-answer")
        for worker in list_children(service.find_children()["make_survey_app"]):
            os.kill(worker, signal.SIGABRT)  # what gunicorn sends when the time is up
        # The worker may be ended in the middle of anything; what it says then depends on it.
        said = service.hear('"event": "request_failed"')
        line.recv(100)
    return said


def test_a_site_that_does_not_come_up_says_why() -> None:
    """The operator finds the cause; the other lines of the log never hold a message."""
    gunicorn = (sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{find_port()}", "--no-control-socket")
    done = subprocess.run(
        (*gunicorn, "--logger-class=me_platform.wsgi.ServerLog", "me_platform.wsgi:make_survey_app()"),
        env={"PATH": os.defpath, "ME_PROCESS": "survey site"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    failed = next(line for line in lines if line.get("event") == "start_failed")
    assert (failed["process"], failed["error"]) == ("survey site", "SettingInvalid")
    assert "is missing in this process's environment" in failed["cause"]


@pytest.mark.full
def test_ctrl_c_ends_it_as_well(service: Service) -> None:
    assert service.end(signal.SIGINT) == 0, list(service.said.queue)


def list_children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
