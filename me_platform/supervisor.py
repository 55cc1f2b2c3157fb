"""``me serve``: owns the database server and keeps survey site, staff site and worker running.

Each of the three is a process with a database role of its own and nothing of the others: its environment is made
here from nothing, and holds no other password, no owner's address and, for the survey site, neither root key nor
vault. Driven by root the survey site also runs under an OS user of its own, so files refuse it too.
"""

from __future__ import annotations

import contextlib
import grp
import logging
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import me_platform
from me_platform.catalogue import load_catalogue
from me_platform.errors import DatabaseUnavailable, DiskFull, PortTaken, ProgramError, SettingInvalid
from me_platform.logs import start_logs, write_event
from me_platform.services.instance import find_role_url, make_cluster, open_office, read_secrets
from me_platform.services.publishing import check_words
from me_platform.settings import Settings
from me_platform.storage.cluster import SITES_GROUP, Cluster, attach, make_os_user
from me_platform.survey_site.contacts import load_contacts

log = logging.getLogger("me_platform.supervisor")

SURVEY_USER = "me-survey"
"""OS user of the survey site where root drives the program."""

WELCOME = "welcome.txt"
"""File of a sample instance: what to say to whoever tries it."""

_BEAT = 1.0
"""Seconds between two looks at the children and the database."""

_PROCESSES = 2
"""Processes of each site."""

_KNOCK = 0.05
"""Seconds between two looks whether a site that was just started listens."""


class PartStopped(ProgramError):
    """A site that did not come up."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"The site on port {port} did not start; what it said stands above. Run `me check`.")


@dataclass(frozen=True)
class Part:
    """One process to keep running: its command, its whole environment, and the OS user (None: ours).

    ``name`` is what its lines in the log say they are from.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    user: pwd.struct_passwd | None = None


def make_parts(settings: Settings) -> tuple[Part, ...]:
    """The three processes of an instance."""
    return (make_survey_part(settings), make_staff_part(settings), make_worker_part(settings))


def make_survey_part(settings: Settings) -> Part:
    """The survey site: its role's address, the pepper of the codes, and nothing that opens an answer."""
    keys = read_secrets(settings).keys
    return Part(
        "survey site",
        _gunicorn(settings, settings.survey_port, "make_survey_app"),
        {
            **_common(settings),
            "ME_SURVEY_DATABASE_URL": find_role_url(settings, "me_survey"),
            "ME_SURVEY_PEPPER": keys["pepper"].hex(),
            "ME_SURVEY_KEY": keys["survey"].hex(),
            "ME_EXIT_URL": settings.exit_url,
            "ME_CONTACTS_FILE": str(settings.contacts_file),
            "ME_SURVEY_AUDIO": str(settings.audio),
            "ME_SURVEY_PROCESSES": str(_PROCESSES),
            "ME_DUTY_HOURS": str(settings.duty_hours),
        },
        _find_survey_user(settings),
    )


def make_staff_part(settings: Settings) -> Part:
    """The staff site: its role's address and the vault, to open what its users may read."""
    keys = read_secrets(settings).keys
    return Part(
        "staff site",
        _gunicorn(settings, settings.staff_port, "make_staff_app"),
        {
            **_common(settings),
            "ME_INSTANCE": str(settings.instance),
            "ME_ROOT_KEY_FILE": str(settings.root_key_file),
            "ME_STAFF_DATABASE_URL": find_role_url(settings, "me_staff"),
            "ME_STAFF_KEY": keys["staff"].hex(),
            "ME_PEPPER": keys["pepper"].hex(),
            "ME_SURVEY_URL": settings.survey_url,
            "ME_EXIT_URL": settings.exit_url,
            "ME_CONTACTS_FILE": str(settings.contacts_file),
            "ME_DUTY_HOURS": str(settings.duty_hours),
            "ME_NARRATIVE_DAYS": str(settings.narrative_days),
        },
    )


def make_worker_part(settings: Settings) -> Part:
    """The worker: carries out requests and deletes what has expired."""
    return Part(
        "worker",
        (sys.executable, "-m", "me_platform.worker"),
        {
            **_common(settings),
            "ME_INSTANCE": str(settings.instance),
            "ME_ROOT_KEY_FILE": str(settings.root_key_file),
            "ME_WORKER_DATABASE_URL": find_role_url(settings, "me_worker"),
            "ME_DUTY_HOURS": str(settings.duty_hours),
            "ME_MAIL_SERVER": "{}:{}".format(*settings.mail_server) if settings.mail_server else "",
            "ME_MAIL_FROM": settings.mail_from,
        },
    )


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the instance until SIGTERM or SIGINT; then stop the parts, then the database.

    Raises ContentInvalid, InstanceMissing, RootKeyMissing, RootKeyWrong, VaultMissing, DatabaseUnavailable,
    WordsChanged, PortTaken before anything is started.
    """
    surveys = load_catalogue(settings.content).surveys
    if settings.contacts_file.is_file():
        load_contacts(settings.contacts_file)
    with open_office(settings, "me_staff"):
        # The root key opens the vault and the database answers, else it is said now and not at the first request.
        check_words(settings, surveys)
    for port, variable in ((settings.survey_port, "ME_SURVEY_PORT"), (settings.staff_port, "ME_STAFF_PORT")):
        check_port(settings.host, port, variable)
    parts = make_parts(settings)
    start_logs("supervisor")
    ending = threading.Event()
    with _signals(ending), contextlib.ExitStack() as stack:
        cluster = make_cluster(settings)
        if cluster is not None:
            stack.enter_context(attach(cluster))
        running = {part.name: stack.enter_context(run_part(part)) for part in parts}
        for name, port in (("survey site", settings.survey_port), ("staff site", settings.staff_port)):
            wait_for_port(settings.host, port, running[name])
        say(f"Survey site: {settings.survey_url}/")
        say(f"Staff site:  http://{settings.host}:{settings.staff_port}/")
        if settings.sample and (settings.instance / WELCOME).is_file():
            say((settings.instance / WELCOME).read_text(encoding="utf-8").rstrip())
        say("Stop with Ctrl-C.")
        while not ending.wait(_BEAT):
            if cluster is not None:
                _revive(cluster)
            for part in parts:
                if running[part.name].poll() is not None:
                    write_event(log, logging.WARNING, "part_restarted", part=part.name)
                    running[part.name] = stack.enter_context(run_part(part))
        say("Stopping.")


def _revive(cluster: Cluster) -> None:
    """Start the database again if it died. Where that fails the sites say "try again", and so do we, every beat."""
    try:
        if cluster.ensure_running():
            write_event(log, logging.WARNING, "database_restarted")
    except (DatabaseUnavailable, DiskFull) as error:
        write_event(log, logging.ERROR, "database_down", error)


@contextlib.contextmanager
def run_part(part: Part, out: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run one part for the block; it gets SIGTERM at the end and time to finish what it answers.

    ``out`` is where its standard output goes (None: ours).
    """
    switch: dict[str, object] = {}
    if part.user is not None:
        switch = {
            "user": part.user.pw_uid,
            "group": part.user.pw_gid,
            "extra_groups": [grp.getgrnam(SITES_GROUP).gr_gid],
        }
    # A session of its own: Ctrl-C reaches the supervisor only, which ends the parts in order.
    process = subprocess.Popen(
        part.command,
        env={**part.environment, "ME_PROCESS": part.name},
        stdin=subprocess.DEVNULL,
        stdout=out,
        cwd="/",
        start_new_session=True,
        **switch,
    )  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_port(host: str, port: int, process: subprocess.Popen[Any], seconds: float = 60.0) -> None:
    """Wait until the process listens. Raises PartStopped when it ends first, or does not listen in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise PartStopped(port) from error
            time.sleep(_KNOCK)
        else:
            return


def check_port(host: str, port: int, variable: str) -> None:
    """Raise PortTaken, naming the setting, when another program listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(port, variable) from error


def _gunicorn(settings: Settings, port: int, factory: str) -> tuple[str, ...]:
    return (
        sys.executable,
        "-m",
        "gunicorn",
        "--config=python:me_platform.wsgi",
        f"--bind={settings.host}:{port}",
        f"--workers={_PROCESSES}",
        "--worker-class=sync",
        # Loaded once and forked: a worker that is renewed costs nothing but the fork.
        "--preload",
        # At "warning" gunicorn writes the address a broken request came from (privacy-and-safety 1.4).
        "--log-level=error",
        "--logger-class=me_platform.wsgi.ServerLog",
        "--no-control-socket",
        "--worker-tmp-dir=/dev/shm" if os.path.isdir("/dev/shm") else "--worker-tmp-dir=/tmp",  # noqa: PTH112, S108
        # A worker is renewed now and then; the spread keeps both from being renewed at once.
        "--max-requests=5000",
        "--max-requests-jitter=500",
        f"me_platform.wsgi:{factory}()",
    )


def _common(settings: Settings) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ME_CONTENT": str(settings.content),
        "ME_ZONE": settings.zone.key,
        "ME_TLS": "1" if settings.tls else "",
        "ME_SAMPLE": "1" if settings.sample else "",
        "ME_TODAY": settings.today.isoformat() if settings.today else "",
    }


def _find_survey_user(settings: Settings) -> pwd.struct_passwd | None:
    """The survey site's own OS user where root drives the program; else None.

    Folders above the program, its interpreter and the content get o+x where that user could not pass, never more.
    """
    if os.geteuid() != 0:
        return None
    user = make_os_user(SURVEY_USER, (SITES_GROUP,))
    package = Path(me_platform.__file__).parent
    needed = (
        package,
        Path(sys.prefix),
        Path(sys.base_prefix),
        settings.content / "surveys",
        settings.audio,
        settings.contacts_file,
    )
    for folder in {parent for place in needed for parent in place.resolve().parents}:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod((mode & 0o7777) | 0o001)
    probe = subprocess.run(
        (sys.executable, "-c", "import me_platform.settings"),
        check=False,
        capture_output=True,
        cwd="/",
        env={"PATH": os.defpath},
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
    )
    if probe.returncode != 0:
        raise SettingInvalid(
            "ME_CONTENT", f"the user {SURVEY_USER} cannot read the program. Run `chmod -R o+rX {package.parent}`."
        )
    return user


@contextlib.contextmanager
def _signals(ending: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the loop instead of the process."""
    before = {number: signal.signal(number, lambda *_: ending.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
