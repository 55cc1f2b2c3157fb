"""One real server for the whole run, and a database of its own for every test that asks for one.

A test asks for ``engines`` (connections of each role to a migrated database), ``database`` (the same database, to
make connections of its own) or ``bare_database`` (roles and rights only, no tables). Each is a copy of a template made
once per run, and is dropped after the test.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, text

from me_platform.storage.cluster import SUPERUSER, Cluster, attach
from me_platform.storage.database import (
    DATABASE,
    OWNER,
    ROLES,
    limit_database,
    make_engine,
    make_roles,
    make_url,
    migrate,
)


@dataclass(frozen=True)
class Database:
    """A database of one test; ``passwords`` by role."""

    name: str
    cluster: Cluster
    passwords: Mapping[str, str]

    def make_url(self, role: str) -> URL:
        """The address for one of ROLES."""
        return make_url(self.cluster, role, self.passwords[role], self.name)


@dataclass(frozen=True)
class Engines:
    """Connections to the database of one test, one engine for each role."""

    owner: Engine
    survey: Engine
    staff: Engine
    worker: Engine


@contextlib.contextmanager
def lend_folder() -> Iterator[Path]:
    """A temporary folder for an instance: the database's own OS user has to pass through the folders above it.

    Not pytest's own: another run on the machine would take back the right to pass.
    """
    folder = Path(tempfile.mkdtemp(prefix="me-tests-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--full``: all of what every run takes a fixed share of (script/drill)."""
    parser.addoption("--full", action="store_true", help="run drills in full, not their fixed share")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked ``full`` where not all is asked for; it is counted as deselected."""
    if not config.getoption("--full"):
        config.hook.pytest_deselected(items=[each for each in items if each.get_closest_marker("full")])
        items[:] = [each for each in items if not each.get_closest_marker("full")]


@pytest.fixture
def folder() -> Iterator[Path]:
    with lend_folder() as lent:
        yield lent


@pytest.fixture(scope="session")
def superuser_password() -> str:
    return secrets.token_urlsafe()


@pytest.fixture(scope="session")
def cluster(superuser_password: str) -> Iterator[Cluster]:
    """The server of this run. However the run ends, the cluster's keeper stops it."""
    with lend_folder() as folder:
        made = Cluster(folder / "database")
        made.make(superuser_password)
        with attach(made):
            yield made


@pytest.fixture(scope="session")
def admin(cluster: Cluster, superuser_password: str) -> Iterator[Engine]:
    """The superuser, on database `postgres`."""
    engine = make_engine(make_url(cluster, SUPERUSER, superuser_password, "postgres"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def passwords(admin: Engine) -> Mapping[str, str]:
    """The roles' passwords; the roles and an empty database `me` are there."""
    made = {role: secrets.token_urlsafe() for role in ROLES}
    make_roles(admin, made)
    return made


@pytest.fixture(scope="session")
def migrated(admin: Engine, cluster: Cluster, passwords: Mapping[str, str]) -> str:
    """Name of the database that ``database`` copies."""
    name = f"{DATABASE}_migrated"
    _copy(admin, DATABASE, name)
    owner = make_engine(make_url(cluster, OWNER, passwords[OWNER], name))
    migrate(owner)
    owner.dispose()  # a database somebody is connected to cannot be copied
    return name


@pytest.fixture
def bare_database(admin: Engine, cluster: Cluster, passwords: Mapping[str, str]) -> Iterator[Database]:
    with lend_copy(admin, DATABASE) as name:
        yield Database(name, cluster, passwords)


@pytest.fixture
def database(admin: Engine, cluster: Cluster, passwords: Mapping[str, str], migrated: str) -> Iterator[Database]:
    with lend_copy(admin, migrated) as name:
        yield Database(name, cluster, passwords)


@pytest.fixture
def engines(database: Database) -> Iterator[Engines]:
    with lend_engines(database) as lent:
        yield lent


@pytest.fixture(scope="module")
def lasting_engines(admin: Engine, cluster: Cluster, passwords: Mapping[str, str], migrated: str) -> Iterator[Engines]:
    """A database that all tests of a module look at and none changes."""
    with lend_copy(admin, migrated) as name, lend_engines(Database(name, cluster, passwords)) as lent:
        yield lent


@contextlib.contextmanager
def lend_engines(database: Database) -> Iterator[Engines]:
    """Connections of each role, closed after the block."""
    made = [make_engine(database.make_url(role), name=role) for role in ROLES]
    yield Engines(*made)
    for engine in made:
        engine.dispose()


def _copy(admin: Engine, template: str, name: str) -> None:
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"create database {name} template {template} owner {OWNER}"))
        limit_database(connection, name)


@contextlib.contextmanager
def lend_copy(admin: Engine, template: str) -> Iterator[str]:
    """Name of a database that is a copy of ``template`` and is dropped after the block."""
    name = f"test_{uuid4().hex}"
    _copy(admin, template, name)
    yield name
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"drop database {name} with (force)"))
