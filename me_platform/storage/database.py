"""Roles, the database, connections and migrations. Knows nothing of the tables.

Four roles, each with a password of its own:

- `me_owner` owns the database and its schema, sees past row-level security, runs migrations and backups, never
  serves;
- `me_survey`, `me_staff` and `me_worker` serve the survey site, the staff site and the worker. Row-level security
  holds them, they may create nothing, and each gets every right by name in a migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any, LiteralString, cast

from alembic import command
from alembic.config import Config
from psycopg import Connection as DriverConnection
from psycopg import Error as DriverError
from psycopg import OperationalError, errors, sql
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, ProgrammingError

from me_platform.errors import DatabaseUnavailable, DiskFull, ProgramError
from me_platform.storage.cluster import PORT, Cluster

OWNER = "me_owner"
SERVING = ("me_survey", "me_staff", "me_worker")
ROLES = (OWNER, *SERVING)
DATABASE = "me"

_OLDEST = 15  # PostgreSQL's major version: older ones let every role create things in schema public
_MIGRATING = 0x6D655F6D  # a number of our own: one migration at a time in a database

_ATTRIBUTES: LiteralString = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT"
_FIT = text(
    "select rolcanlogin and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolinherit)"
    " and rolbypassrls = :bypass from pg_roles where rolname = :role"
)

# What a server or the driver says when it refuses a connection, what that means, and the way out. The words are
# English; a served PostgreSQL that speaks otherwise is quoted as it is (see check_connection).
_REFUSALS = (
    ("password authentication failed", "refuses the password of {user}", "Put the instance's secrets back, or correct"),
    ("no password supplied", "wants a password for {user}", "Put it into"),
    ("no pg_hba.conf entry", "does not let {user} in from this machine", "Ask who runs the server, or correct"),
    (
        "permission denied for database",
        "does not let {user} use the database '{database}'",
        "Run `me init`, or correct",
    ),
    ('" does not exist', "has no database '{database}'", "Run `me init`, or correct"),
    ("too many clients", "has no connection left", "Stop another process of the program, or check"),
    ("remaining connection slots", "has no connection left", "Stop another process of the program, or check"),
    ("system is starting up", "is still starting", "Try again in a minute, or check"),
    ("in recovery mode", "is recovering from a crash", "Try again in a minute, or check"),
    ("system is shutting down", "is shutting down", "Start it again with `me serve`, or check"),
    ("Connection refused", "does not answer", "Start it with `me serve`, or correct"),
    ("No such file or directory", "does not answer", "Start it with `me serve`, or correct"),
    ("Permission denied", "cannot be reached by this OS user", "Run the command as the instance's owner, or correct"),
    ("timeout expired", "does not answer in time", "Start it with `me serve`, or correct"),
    ("resolve host", "is at an address that is not known", "Correct"),
    ("closed the connection", "closed the connection", "Start it again with `me serve`, or check"),
    ("terminating connection", "closed the connection", "Start it again with `me serve`, or check"),
)


def make_url(cluster: Cluster, role: str, password: str, database: str = DATABASE) -> URL:
    """Address of the embedded database for one role.

    ``str()`` of it hides the password; ``render_as_string(hide_password=False)`` is what an environment variable
    needs.
    """
    return URL.create(
        "postgresql+psycopg",
        username=role,
        password=password,
        database=database,
        query={"host": str(cluster.socket_folder), "port": str(PORT)},
    )


def make_engine(url: URL | str, *, name: str = "me", pool_size: int = 2, max_overflow: int = 3) -> Engine:
    """Connections for one role, opened when first used; ``name`` is what ``pg_stat_activity`` shows.

    Parameters of statements never appear in an error or a log. A connection that died is replaced before use. A
    process that forks makes its engine and connects with it nowhere before.
    """
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=10,
        # Without it an INSERT's rowcount is -1, and a replay is recognised by rowcount 0 (ON CONFLICT DO NOTHING).
        execution_options={"preserve_rowcount": True},
        connect_args={"connect_timeout": 10, "application_name": name},
    )
    event.listen(engine, "checkout", _check_line)
    return engine


def _check_line(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
    """Have a connection replaced on which the server has spoken unasked: it said good-bye, or it is gone.

    The operating system knows; asking the server would cost every page a round trip.
    """
    driver = cast("DriverConnection[tuple[object, ...]]", connection)
    if driver.closed:
        raise DisconnectionError
    line = poll()
    line.register(driver.fileno(), POLLIN)
    if line.poll(0):
        raise DisconnectionError


@contextmanager
def borrow_connection(engine: Engine) -> Iterator[DriverConnection[tuple[Any, ...]]]:
    """The driver's own connection, on which each statement is a transaction of its own, committed when it returns.

    For the few statements every tap at the survivor's door waits for. Raises SQLAlchemy's errors, as a session does.
    """
    lent = None
    try:
        lent = engine.raw_connection()
        connection = cast("DriverConnection[tuple[Any, ...]]", lent.driver_connection)
        connection.autocommit = True
        yield connection
        connection.autocommit = False
    except DriverError as error:
        if lent is not None:
            lent.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, DriverError, hide_parameters=True, connection_invalidated=True, dialect=engine.dialect
        ) from error
    finally:
        if lent is not None:
            lent.close()


def find_cause(error: DBAPIError, url: URL) -> ProgramError | None:
    """The program's own error for a database error that is no fault of a statement, or None.

    Covers no server, a refused password, an unknown database, a lost connection and a full disk. ``url`` is the
    engine's; its password is not repeated.
    """
    if not isinstance(error.orig, OperationalError):
        return None
    said = str(error.orig)
    if isinstance(error.orig, errors.DiskFull) or "No space left on device" in said:
        return DiskFull("the database")
    place = f"The database server at {url.query.get('host') or url.host or 'this machine'}"
    for sign, meaning, way_out in _REFUSALS:
        if sign in said:
            why = meaning.format(user=url.username, database=url.database)
            return DatabaseUnavailable(f"{place} {why}.", f"{way_out} ME_DATABASE_URL.")
    if error.connection_invalidated:
        return DatabaseUnavailable(f"{place} closed the connection.", "Start it again with `me serve`.")
    return None


def check_connection(engine: Engine) -> None:
    """Connect once; DatabaseUnavailable says in one sentence what is wrong, and the way out.

    Also refuses a server older than PostgreSQL 15.
    """
    try:
        with engine.connect() as connection:
            number = int(connection.execute(text("show server_version_num")).scalar_one())
    except DBAPIError as error:
        said = " ".join(str(error.orig).split())
        raise find_cause(error, engine.url) or DatabaseUnavailable(
            f"The database cannot be used: {said}.", "Check ME_DATABASE_URL."
        ) from error
    check_version(number)


def check_version(number: int) -> None:
    """Refuse a server older than PostgreSQL 15; ``number`` is its ``server_version_num`` (150004 is 15.4)."""
    version = number // 10_000
    if version < _OLDEST:
        raise DatabaseUnavailable(
            f"The database server is PostgreSQL {version}.", f"Use PostgreSQL {_OLDEST} or newer in ME_DATABASE_URL."
        )


def make_roles(admin: Engine, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Have the roles with these passwords, and the database they work in; run again, it changes passwords only.

    Embedded: ``admin`` is the superuser on database `postgres` and ``passwords`` names all of ROLES; the database is
    created. Served: ``admin`` is the owner's own address, ``passwords`` names SERVING and ``database`` is the one
    ``admin`` is connected to; a role the administrator prepared with the right attributes is taken as it is where
    the owner may not change it. Only SCRAM verifiers of the passwords travel to the server.

    Raises DatabaseUnavailable, with the statement an administrator has to run, where rights are lacking.
    """
    unknown = set(passwords) - set(ROLES)
    if unknown:
        raise ValueError(f"no roles of this program: {sorted(unknown)}")
    with admin.connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        user, here = connection.execute(text("select current_user, current_database()")).one()
        owner = OWNER if OWNER in passwords else user
        if owner == user:
            _check_owner(connection, owner)
        for role, password in passwords.items():
            _make_role(connection, role, password)
        if database == here:
            limit_database(connection, database, owner)
            _limit_schema(connection, owner)
            return
        found = connection.execute(text("select from pg_database where datname = :name"), {"name": database})
        if found.one_or_none() is None:
            _run(connection, "CREATE DATABASE {} OWNER {}", database, owner)
        _run(connection, "ALTER DATABASE {} OWNER TO {}", database, owner)
        # The whole server is ours: no role has business in the databases it came with.
        for other in (here, "template1"):
            _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", other)
        limit_database(connection, database, owner)
    inside = make_engine(admin.url.set(database=database))
    try:
        with inside.begin() as connection:
            _limit_schema(connection, owner)
    finally:
        inside.dispose()


def limit_database(connection: Connection, database: str, owner: str = OWNER) -> None:
    """Let the program's roles connect to the database, and nobody else; they may create nothing in it.

    A copy made with CREATE DATABASE ... TEMPLATE needs it again: such rights are not copied.
    """
    _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    for role in SERVING:
        _run(connection, "REVOKE ALL ON DATABASE {} FROM {}", database, role)
        _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", database, role)
    _run(connection, "GRANT ALL ON DATABASE {} TO {}", database, owner)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables up to ``revision``, in one transaction; ``engine`` is `me_owner`'s."""
    _run_migrations(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the tables down to ``revision`` (``base``: to none), in one transaction; ``engine`` is `me_owner`'s."""
    _run_migrations(engine, command.downgrade, revision)


def _run_migrations(engine: Engine, direction: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "me_platform.storage:migrations")
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
        config.attributes["connection"] = connection
        direction(config, revision)


def _make_role(connection: Connection, role: str, password: str) -> None:
    attributes = f"{_ATTRIBUTES} {'BYPASSRLS' if role == OWNER else 'NOBYPASSRLS'}"
    fit = connection.execute(_FIT, {"role": role, "bypass": role == OWNER}).scalar_one_or_none()
    verb = "CREATE" if fit is None else "ALTER"
    try:
        if not fit:
            _run(connection, f"{verb} ROLE {{}} {attributes}", role)
        verifier = sql.Literal(_make_verifier(connection, role, password))
        _run(connection, "ALTER ROLE {} PASSWORD {}", role, verifier)
    except ProgrammingError as error:
        if not isinstance(error.orig, errors.InsufficientPrivilege):
            raise
        if not fit:
            raise DatabaseUnavailable(
                f"The database user {connection.engine.url.username} may not prepare the role {role}.",
                f"Let the server's administrator run `{verb} ROLE {role} {attributes} PASSWORD '...'`.",
            ) from error


def _make_verifier(connection: Connection, role: str, password: str) -> str:
    """What the server keeps instead of a password; computed here, so that the password stays here."""
    driver = cast("DriverConnection[tuple[object, ...]]", connection.connection.driver_connection)
    return driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()


def _check_owner(connection: Connection, owner: str) -> None:
    """Refuse a served database's owner whom row-level security would hold: migrations and backups would miss rows."""
    allowed = connection.execute(
        text("select rolbypassrls or rolsuper from pg_roles where rolname = current_user")
    ).scalar_one()
    if not allowed:
        raise DatabaseUnavailable(
            f"Row-level security holds the database user {owner}: migrations and backups would miss rows.",
            f"Let the server's administrator run `ALTER ROLE {owner} BYPASSRLS`.",
        )


def _limit_schema(connection: Connection, owner: str) -> None:
    """Schema public belongs to the owner; the serving roles find things in it and create none."""
    _run(connection, "ALTER SCHEMA public OWNER TO {}", owner)
    _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for role in SERVING:
        _run(connection, "REVOKE ALL ON SCHEMA public FROM {}", role)
        _run(connection, "GRANT USAGE ON SCHEMA public TO {}", role)


def _run(connection: Connection, statement: LiteralString, *parts: str | sql.Literal) -> None:
    """Run a statement that takes no parameters; a part that is a str is quoted as a name."""
    quoted = (sql.Identifier(part) if isinstance(part, str) else part for part in parts)
    connection.exec_driver_sql(sql.SQL(statement).format(*quoted).as_string())
