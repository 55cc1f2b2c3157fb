"""The embedded server: who reaches it, how long it lives, what it survives, what its log tells."""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from me_platform.errors import DatabaseUnavailable, DiskFull, InstanceExists, InstanceMissing
from me_platform.storage import cluster as cluster_module
from me_platform.storage.cluster import SITES_GROUP, SUPERUSER, Cluster, attach, make_failure, make_os_user

PASSWORD = secrets.token_urlsafe()
AS_ROOT = os.geteuid() == 0
NOBODY = 65534


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder nobody else may enter, as `mkdtemp` makes it."""
    made = Path(tempfile.mkdtemp(prefix="me-tests-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """Folder of a cluster of this module's own, with its server down."""
    Cluster(folder / "database").make(PASSWORD)
    return folder / "database"


@pytest.fixture
def own(made: Path) -> Iterator[Cluster]:
    """The module's cluster, to be started, killed and spoiled; it is down before and after."""
    lent = Cluster(made)
    yield lent
    lent.stop()
    assert not lent.is_running()


def connect(cluster: Cluster, password: str = PASSWORD) -> psycopg.Connection[tuple[object, ...]]:
    host = str(cluster.socket_folder)
    return psycopg.connect(host=host, user=SUPERUSER, password=password, dbname="postgres", autocommit=True)


def find_server(cluster: Cluster) -> int:
    """The server's process id, as PostgreSQL states it."""
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def await_end(pid: int) -> None:
    """Wait, at most 20 seconds, until a process that is no child of ours has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 20)[0], f"process {pid} still runs"
    finally:
        os.close(handle)


def test_a_new_cluster_is_private_checked_and_speaks_utf8(made: Path, own: Cluster) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(own.data.stat().st_mode) == 0o700
    with attach(own), connect(own) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()[0]  # type: ignore[index]
            for name in ("listen_addresses", "data_checksums", "fsync", "synchronous_commit", "server_encoding")
        }
        locale = connection.execute("select datlocprovider, datlocale from pg_database where datname = 'template1'")
        assert locale.fetchone() == ("b", "C.UTF-8")
    assert shown == {
        "listen_addresses": "",
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "server_encoding": "UTF8",
    }
    rules = (own.data / "pg_hba.conf").read_text().splitlines()
    assert {rule.split()[-1] for rule in rules if rule and not rule.startswith("#")} == {"scram-sha-256"}


def test_a_wrong_password_is_refused(own: Cluster) -> None:
    with attach(own), pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(own, "guess")


def test_folders_above_let_the_servers_user_pass_and_no_more(folder: Path, made: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == (0o701 if AS_ROOT else 0o700)
    assert made.stat().st_uid == (make_os_user("me-postgres").pw_uid if AS_ROOT else os.geteuid())


def test_only_the_programs_own_processes_reach_the_socket(own: Cluster) -> None:
    with attach(own):
        lying = own.socket_folder.stat()
        assert len(os.fsencode(own.socket_folder)) + len("/.s.PGSQL.5432") <= 107
        assert stat.S_IMODE(lying.st_mode) == (0o710 if AS_ROOT else 0o700)
        assert lying.st_uid == own.data.stat().st_uid
        if AS_ROOT:
            assert [knock(own, groups=[]), knock(own, groups=[SITES_GROUP])] == ["refused", "answered"]


def knock(cluster: Cluster, groups: list[str]) -> str:
    """Whether the server answers a process of another OS user."""
    program = cluster_module.find_programs() / "pg_isready"
    done = subprocess.run(
        [program, "--quiet", f"--host={cluster.socket_folder}"],
        check=False,
        cwd="/",
        user=NOBODY,
        group=NOBODY,
        extra_groups=groups,
    )
    return {0: "answered", 2: "refused"}[done.returncode]


def test_the_server_serves_until_the_last_user_leaves(made: Path, own: Cluster) -> None:
    other = Cluster(made)
    with attach(own):
        server = find_server(own)
        with attach(other), attach(other):
            assert find_server(other) == server
        assert own.is_running()
        other.start()
    assert own.is_running(), "the one who started it left, another still uses it"
    assert find_server(other) == server
    other.leave()
    assert not own.is_running()
    assert not own.socket_folder.exists()


def test_a_killed_command_leaves_no_server_behind(own: Cluster) -> None:
    """Architecture, "One database": the server ends with its users, kill -9 included."""
    code = (
        "import os, signal, sys; from pathlib import Path; from me_platform.storage.cluster import Cluster;"
        "cluster = Cluster(Path(sys.argv[1])); cluster.start();"
        "print((cluster.data / 'postmaster.pid').read_text().split()[0], flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, own.folder], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    await_end(int(done.stdout))
    assert not own.is_running()


def test_a_killed_server_is_started_again_and_keeps_what_was_committed(own: Cluster) -> None:
    with attach(own):
        with connect(own) as connection:
            connection.execute("create table kept as select 1 as one")
        server = find_server(own)
        os.kill(server, signal.SIGKILL)
        await_end(server)
        assert own.ensure_running()
        assert not own.ensure_running()
        with connect(own) as connection:
            assert connection.execute("select one from kept").fetchone() == (1,)


def test_a_server_that_recovers_from_a_crash_can_be_stopped(own: Cluster) -> None:
    own.start()
    server = find_server(own)
    with connect(own) as witness, connect(own) as crashing:
        with pytest.raises(psycopg.OperationalError):
            crashing.execute("copy (select 1) to program 'kill -9 $PPID'")
        await_end(witness.info.backend_pid)
    own.stop()
    await_end(server)
    with attach(own):
        connect(own).close()


def test_a_stale_process_number_stops_nobody_and_hinders_nothing(own: Cluster) -> None:
    """After a crash the number in postmaster.pid may belong to any other process of the same user."""
    uid = own.data.stat().st_uid
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=uid if AS_ROOT else None) as stranger:
        with attach(own):
            server = find_server(own)
            stated = (own.data / "postmaster.pid").read_text()
            os.kill(server, signal.SIGKILL)
            await_end(server)
        (own.data / "postmaster.pid").write_text(stated.replace(str(server), str(stranger.pid), 1))
        own.socket_folder.mkdir(exist_ok=True)
        (own.socket_folder / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        assert not own.is_running()
        own.stop()
        with attach(own):
            assert own.is_running()
        assert stranger.poll() is None
        stranger.communicate()


def test_a_server_that_lost_its_socket_is_replaced(own: Cluster) -> None:
    with attach(own):
        server = find_server(own)
        (own.socket_folder / ".s.PGSQL.5432").unlink()
        assert own.ensure_running()
        assert find_server(own) != server
        connect(own).close()


def test_a_socket_folder_made_by_somebody_else_is_refused(own: Cluster, tmp_path: Path) -> None:
    own.socket_folder.symlink_to(tmp_path)
    try:
        with pytest.raises(DatabaseUnavailable, match="made by another user"):
            own.start()
    finally:
        own.socket_folder.unlink()
    if AS_ROOT:
        own.socket_folder.mkdir()
        os.chown(own.socket_folder, NOBODY, NOBODY)
        with pytest.raises(DatabaseUnavailable, match="made by another user"):
            own.start()
        own.socket_folder.rmdir()
    assert not own.held


def test_no_content_reaches_the_log(own: Cluster) -> None:
    """Privacy-and-safety 2: "Logs: allow-listed keys only". An error, a clash of keys and a crash quote nothing."""
    secret = "strictly-between-us"
    with attach(own):
        connection = connect(own)
        connection.execute("create table said (words text primary key)")
        connection.execute("insert into said values (%s)", (secret,))
        with pytest.raises(psycopg.errors.UniqueViolation, match=secret):
            connection.execute("insert into said values (%s)", (secret,))
        with pytest.raises(psycopg.errors.InvalidTextRepresentation, match=secret):
            connection.execute(f"select '{secret}'::uuid")
        # A session is killed by its own statement. The server logs that before it ends the other sessions.
        with connect(own) as witness:
            with pytest.raises(psycopg.OperationalError):
                connection.execute(f"copy (select '{secret}') to program 'kill -9 $PPID'")
            await_end(witness.info.backend_pid)
        connection.close()
        log = own.log.read_text()
    assert "was terminated by signal 9" in log
    assert secret not in log
    assert "STATEMENT" not in log
    assert "DETAIL" not in log


def test_a_cluster_is_made_once(made: Path, own: Cluster) -> None:
    before = (own.data / "PG_VERSION").stat().st_mtime_ns
    with pytest.raises(InstanceExists):
        own.make("another")
    assert (own.data / "PG_VERSION").stat().st_mtime_ns == before


def test_making_again_after_it_was_cut_off_succeeds(folder: Path) -> None:
    cut_off = folder / "cut-off" / "data.unfinished"
    cut_off.mkdir(parents=True)
    (cut_off / "PG_VERSION").write_text("18\n")
    again = Cluster(cut_off.parent)
    assert not again.made
    again.make(PASSWORD)
    with attach(again):
        connect(again).close()


def test_a_cluster_never_made_is_named(tmp_path: Path) -> None:
    missing = Cluster(tmp_path / "nothing")
    assert not missing.is_running()
    for use in (missing.start, missing.ensure_running, lambda: missing.socket_folder):
        with pytest.raises(InstanceMissing, match="me init"):
            use()
    missing.stop()
    missing.leave()


def test_a_start_that_fails_says_why_and_where_more_is_said(own: Cluster) -> None:
    version = own.data / "PG_VERSION"
    version.write_text("9\n")
    try:
        with pytest.raises(DatabaseUnavailable, match=r"could not be started: .*incompatible.*server\.log"):
            own.start()
    finally:
        version.write_text("18\n")
    assert not own.held


@pytest.mark.parametrize("said", ["initdb: error: could not write: No space left on device", "Disk quota exceeded"])
def test_a_full_disk_is_named(said: str, tmp_path: Path) -> None:
    assert isinstance(make_failure("be created", said, tmp_path), DiskFull)


def test_an_unknown_failure_repeats_the_last_reason_only(tmp_path: Path) -> None:
    said = "2026-01-01 LOG:  starting\n2026-01-01 FATAL:  the first\n2026-01-01 FATAL:  the second.\npg_ctl: stopped\n"
    failure = str(make_failure("be started", said, tmp_path))
    assert failure.startswith("The embedded database could not be started: the second. More")


def test_an_ordinary_user_owns_everything(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Run as root, the test becomes an ordinary user in a process of its own."""
    code = (
        "import json, os, sys; from pathlib import Path; from me_platform.storage.cluster import Cluster, attach;"
        f"os.geteuid() or (os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY}));"
        "cluster = Cluster(Path(sys.argv[1]) / 'database'); cluster.make('password');"
        "attached = attach(cluster); attached.__enter__(); folder = cluster.socket_folder.stat();"
        "print(json.dumps([folder.st_mode & 0o777, folder.st_uid, cluster.data.stat().st_uid, os.geteuid()]));"
        "attached.__exit__(None, None, None); assert not cluster.is_running()"
    )
    folder = Path(tempfile.mkdtemp(prefix="me-tests-"))
    try:
        if AS_ROOT:
            os.chown(folder, NOBODY, NOBODY)
        done = subprocess.run([sys.executable, "-c", code, folder], check=False, capture_output=True, text=True)
        uid = NOBODY if AS_ROOT else os.geteuid()
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == f"[{0o700}, {uid}, {uid}, {uid}]"
        if AS_ROOT:
            own = Cluster(folder / "database")
            with attach(own):
                lying = own.socket_folder.stat()
                assert lying.st_uid == NOBODY, "root drives it as the user it belongs to"
                assert stat.S_IMODE(lying.st_mode) == 0o710, "the survey site's own user is let in"
    finally:
        shutil.rmtree(folder)
