"""The database as one stream, out and in: pg_dump and pg_restore, as the owner, whatever tables there are.

For the embedded server the two programs beside it are used, for a served one those on the machine's path.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, text

from me_platform.errors import DatabaseUnavailable, DiskFull
from me_platform.storage.cluster import find_programs

_NEEDED = {"pg_dump": "older than the server", "pg_restore": "older than the pg_dump that wrote the backup"}
_CHUNK = 2**20


def find_program(name: str, *, embedded: bool, oldest: int) -> tuple[Path, int]:
    """One of PostgreSQL's two programs and its major version, which is at least ``oldest``.

    Raises DatabaseUnavailable where it is not there or too old.
    """
    found = str(find_programs() / name) if embedded else shutil.which(name)
    way_out = f"Install PostgreSQL's client programs of the server's version (Debian: postgresql-client-{oldest})."
    if found is None:
        raise DatabaseUnavailable(f"There is no {name} on the path, which backups of a served database need.", way_out)
    said = subprocess.run(
        (found, "--version"), check=False, capture_output=True, encoding="utf-8", env=_make_environment(None)
    ).stdout
    match = re.search(r"\) (\d+)", said)
    version = int(match[1]) if match else 0
    if version < oldest:
        raise DatabaseUnavailable(f"{found} has version {version}, which is {_NEEDED[name]} ({oldest}).", way_out)
    return Path(found), version


def find_server_version(engine: Engine) -> int:
    """The server's major version."""
    with engine.connect() as connection:
        return int(connection.execute(text("show server_version_num")).scalar_one()) // 10_000


def find_schema(engine: Engine) -> str:
    """The revision of the tables; empty where there are none."""
    with engine.connect() as connection:
        if connection.execute(text("select to_regclass('public.alembic_version')")).scalar_one() is None:
            return ""
        return str(connection.execute(text("select version_num from alembic_version")).scalar_one())


def is_known_schema(revision: str) -> bool:
    """Whether this release has a migration of that name; it has none of a newer release."""
    config = Config()
    config.set_main_option("script_location", "me_platform.storage:migrations")
    return revision in {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}


def is_empty(connection: Connection) -> bool:
    """Whether the database holds no table, view or sequence of anybody's but the server's own."""
    return not connection.execute(
        text(
            "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')"
            " and n.nspname <> 'information_schema' and n.nspname !~ '^pg_')"
        )
    ).scalar_one()


def dump_database(program: Path, url: URL) -> Iterator[bytes]:
    """Everything in the database of ``url`` (the owner's), at one moment, piece by piece (pg_dump, custom format).

    Raises DatabaseUnavailable, DiskFull.
    """
    command = (os.fspath(program), "--format=custom", "--no-password", f"--dbname={_make_address(url)}")
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=_make_environment(url)
        )
        assert process.stdout is not None, "a pipe was asked for"  # noqa: S101
        try:
            while piece := process.stdout.read(_CHUNK):
                yield piece
            if process.wait():
                raise _make_failure("saved", said)
        finally:
            # Whoever takes the pieces may stop half-way (a full disk).
            process.kill()
            process.wait()
            process.stdout.close()


def restore_database(program: Path, url: URL, pieces: Iterable[bytes]) -> None:
    """Fill the empty database of ``url`` (the owner's) with what ``dump_database`` gave, in one transaction.

    Rights of the serving roles come with it, so the roles have to be there. Raises DatabaseUnavailable, DiskFull.
    """
    options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-password")
    command = (os.fspath(program), *options, f"--dbname={_make_address(url)}")
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=_make_environment(url)
        )
        assert process.stdin is not None, "a pipe was asked for"  # noqa: S101
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            process.wait()  # it has stopped and said why
        except BaseException:
            process.kill()
            raise
        finally:
            status = process.wait()
            _close_quietly(process.stdin)
        if status:
            raise _make_failure("restored", said)


def _close_quietly(pipe: IO[bytes]) -> None:
    """Close the end of a pipe that nobody reads any more."""
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


def _make_address(url: URL) -> str:
    """The address as PostgreSQL's own programs read it, without the password: others see a command's words."""
    return url.set(drivername="postgresql").set(password=None).render_as_string(hide_password=False)


def _make_environment(url: URL | None) -> dict[str, str]:
    password = {"PGPASSWORD": str(url.password)} if url is not None and url.password else {}
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LANGUAGE": "C", "PGCONNECT_TIMEOUT": "10", **password}


def _make_failure(what: str, said: IO[bytes]) -> DatabaseUnavailable | DiskFull:
    """The error for what a program said: the last line that names a reason, never the line of a row."""
    said.seek(0)
    lines = said.read().decode("utf-8", errors="replace").splitlines()
    if any("No space left on device" in line or "Disk quota exceeded" in line for line in lines):
        return DiskFull("the database")
    reasons = [line.rpartition("error: ")[2] for line in lines if "error: " in line]
    reason = reasons[0].strip().rstrip(".") if reasons else "no reason was given"
    return DatabaseUnavailable(
        f"The database could not be {what}: {reason}.", "See that the server answers and its client programs fit it."
    )
