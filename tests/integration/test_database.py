"""Roles and their rights, connections and what they say when they fail, migrations' call."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from me_platform.errors import DatabaseUnavailable, DiskFull
from me_platform.storage.cluster import SUPERUSER, Cluster, attach
from me_platform.storage.database import (
    OWNER,
    ROLES,
    SERVING,
    check_connection,
    check_version,
    downgrade,
    find_cause,
    make_engine,
    make_roles,
    make_url,
    migrate,
)

if TYPE_CHECKING:
    from tests.conftest import Database


@pytest.fixture
def connect(bare_database: Database) -> Iterator[Callable[[str], Engine]]:
    """Make an engine for a role on a database without tables."""
    made: list[Engine] = []

    def connect_as(role: str) -> Engine:
        made.append(make_engine(bare_database.make_url(role)))
        return made[-1]

    yield connect_as
    for engine in made:
        engine.dispose()


def test_each_role_has_its_attributes_and_no_more(admin: Engine, passwords: Mapping[str, str]) -> None:
    """Architecture, "Tenancy is a wall": only me_owner sees past row-level security; none is superuser."""
    query = text(
        "select rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,"
        " left(rolpassword, 14) from pg_authid where rolname like 'me\\_%'"
    )
    with admin.connect() as connection:
        found = {row[0]: tuple(row[1:]) for row in connection.execute(query)}
        members = connection.execute(
            text("select count(*) from pg_auth_members where member::regrole::text like 'me\\_%'")
        )
        assert members.scalar_one() == 0
    assert found == {role: (False, False, False, False, role == OWNER, "SCRAM-SHA-256$") for role in ROLES}


@pytest.mark.parametrize("role", SERVING)
def test_a_serving_role_may_create_nothing_and_become_nobody(connect: Callable[[str], Engine], role: str) -> None:
    with connect(role).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in (
            "create table own (a int)",
            "create temporary table own (a int)",
            "create schema own",
            "create database own",
            "create role own",
            "set role me_owner",
            "set session authorization postgres",
            "alter role current_user bypassrls",
            "select rolpassword from pg_authid",
            "select pg_read_file('/etc/passwd')",
            "set log_min_messages = 'debug1'",
            "set log_statement = 'all'",
        ):
            with pytest.raises(ProgrammingError) as refused:
                connection.exec_driver_sql(statement)
            assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement


def test_the_owner_creates_tables_and_the_others_see_them_only_when_granted(connect: Callable[[str], Engine]) -> None:
    with connect(OWNER).begin() as connection:
        connection.execute(text("create table kept as select 1 as one"))
        connection.execute(text("grant select on kept to me_staff"))
    with connect("me_staff").connect() as connection:
        assert connection.execute(text("select one from kept")).scalar_one() == 1
    with connect("me_survey").connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("select one from kept"))


def test_no_role_enters_the_servers_other_databases(bare_database: Database) -> None:
    for role, name in product(ROLES, ("postgres", "template1")):
        with pytest.raises(DatabaseUnavailable, match=rf"does not let {role} use the database '{name}'"):
            check_connection(make_engine(bare_database.make_url(role).set(database=name)))


def test_no_role_opens_the_door_with_anothers_password(bare_database: Database) -> None:
    """Issue A, done when 5: with the survey process's password every other role is refused, `postgres` too."""
    for role, other in (*permutations(ROLES, 2), *product([SUPERUSER], ROLES)):
        url = make_url(bare_database.cluster, role, bare_database.passwords[other], bare_database.name)
        with pytest.raises(DatabaseUnavailable, match=f"refuses the password of {role}"):
            check_connection(make_engine(url))


def test_making_the_roles_again_changes_passwords_only(admin: Engine, bare_database: Database) -> None:
    owner = make_engine(bare_database.make_url(OWNER))
    with owner.begin() as connection:
        connection.execute(text("create table kept as select 1 as one"))
    changed = {**bare_database.passwords, "me_survey": secrets.token_urlsafe()}
    try:
        make_roles(admin, changed, bare_database.name)
        with pytest.raises(DatabaseUnavailable, match="refuses the password"):
            check_connection(make_engine(bare_database.make_url("me_survey")))
        new = make_url(bare_database.cluster, "me_survey", changed["me_survey"], bare_database.name)
        engine = make_engine(new)
        check_connection(engine)
        engine.dispose()
    finally:
        make_roles(admin, bare_database.passwords, bare_database.name)
    with owner.connect() as connection:
        assert connection.execute(text("select one from kept")).scalar_one() == 1
    owner.dispose()


def test_roles_of_other_programs_are_not_touched(admin: Engine) -> None:
    with pytest.raises(ValueError, match="somebody"):
        make_roles(admin, {"somebody": "else"})


def test_addresses_and_errors_hide_passwords_and_values(database: Database) -> None:
    url = database.make_url("me_owner")
    assert database.passwords["me_owner"] not in f"{url} {url!r}"
    engine = make_engine(url)
    insert = text("insert into alembic_version (version_num) select :word from alembic_version union all select :word")
    with engine.connect() as connection, pytest.raises(IntegrityError) as clash:
        connection.execute(insert, {"word": "strictly-between-us"})
    assert "parameters hidden" in str(clash.value)
    assert "strictly-between-us" not in str(clash.value).split("[SQL:")[1]
    engine.dispose()


# A server that is not there, or does not let in: one sentence and the way out.


def check_sentence(engine: Engine, *words: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        check_connection(engine)
    said = str(refused.value)
    assert all(word in said for word in words), said
    assert "\n" not in said
    assert said.endswith(" ME_DATABASE_URL.")
    assert "secret-word" not in said


def test_no_server_is_named(tmp_path: Path) -> None:
    nowhere = make_engine(f"postgresql+psycopg://me_owner:secret-word@/me?host={tmp_path}")
    check_sentence(nowhere, str(tmp_path), "does not answer", "`me serve`")
    check_sentence(make_engine("postgresql+psycopg://me_owner:secret-word@127.0.0.1:1/me"), "127.0.0.1", "not answer")
    unknown = make_engine("postgresql+psycopg://me_owner:secret-word@host.invalid/me")
    check_sentence(unknown, "host.invalid", "address that is not known")


def test_an_unknown_database_is_named(bare_database: Database) -> None:
    unknown = make_engine(bare_database.make_url(OWNER).set(database="other"))
    check_sentence(unknown, "has no database 'other'", "`me init`")


def test_a_missing_password_is_named(bare_database: Database) -> None:
    check_sentence(make_engine(bare_database.make_url(OWNER).set(password="")), "wants a password for me_owner")


def test_a_server_too_old_is_refused() -> None:
    check_version(150_000)
    with pytest.raises(DatabaseUnavailable, match=r"is PostgreSQL 14\. Use PostgreSQL 15 or newer"):
        check_version(140_022)


def test_a_full_disk_is_told_from_a_fault_of_the_program() -> None:
    url = make_engine("postgresql+psycopg://me_owner@localhost/me").url
    for full in (psycopg.errors.DiskFull("could not extend file"), psycopg.OperationalError("No space left on device")):
        assert isinstance(find_cause(OperationalError("insert", None, full), url), DiskFull)
    for fault in (psycopg.errors.UndefinedTable('relation "x" does not exist'), psycopg.OperationalError("other")):
        assert find_cause(DBAPIError("select", None, fault), url) is None


# A server of this module's own, which stands for a served one and may be stopped.


@dataclass(frozen=True)
class Served:
    cluster: Cluster
    admin: Engine


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    folder = Path(tempfile.mkdtemp(prefix="me-tests-"))
    cluster, password = Cluster(folder / "database"), secrets.token_urlsafe()
    try:
        cluster.make(password)
        with attach(cluster):
            admin = make_engine(make_url(cluster, SUPERUSER, password, "postgres"))
            with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("create role impact login createrole bypassrls password 'impact'"))
                connection.execute(text("create database impact owner impact"))
            yield Served(cluster, admin)
            admin.dispose()
    finally:
        shutil.rmtree(folder)


def test_a_served_databases_owner_prepares_the_three_roles(served: Served) -> None:
    owner = make_engine(make_url(served.cluster, "impact", "impact", "impact"))
    words = {role: secrets.token_urlsafe() for role in SERVING}
    for _ in range(2):
        make_roles(owner, words, "impact")
    for role in SERVING:
        engine = make_engine(make_url(served.cluster, role, words[role], "impact"))
        check_connection(engine)
        with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("create table own (a int)"))
        engine.dispose()
    migrate(owner)
    owner.dispose()


def test_roles_an_administrator_prepared_are_taken_as_they_are_and_unfit_ones_refused(served: Served) -> None:
    with served.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("create role modest login bypassrls password 'modest'"))
        connection.execute(text("create database modest owner modest"))
        make_roles(served.admin, dict.fromkeys(SERVING, "prepared"), "postgres")
        owner = make_engine(make_url(served.cluster, "modest", "modest", "modest"))
        make_roles(owner, dict.fromkeys(SERVING, "ignored"), "modest")
        survey = make_engine(make_url(served.cluster, "me_survey", "prepared", "modest"))
        check_connection(survey)
        survey.dispose()
        for spoil, mend, verb in (
            ("alter role me_survey bypassrls", "alter role me_survey nobypassrls", "ALTER"),
            ("alter role me_survey rename to other", "alter role other rename to me_survey", "CREATE"),
        ):
            connection.execute(text(spoil))
            with pytest.raises(DatabaseUnavailable, match=f"may not prepare the role me_survey.*`{verb} ROLE me_surv"):
                make_roles(owner, dict.fromkeys(SERVING, "ignored"), "modest")
            connection.execute(text(mend))
        connection.execute(text("alter role modest nobypassrls"))
        with pytest.raises(DatabaseUnavailable, match="ALTER ROLE modest BYPASSRLS"):
            make_roles(owner, dict.fromkeys(SERVING, "ignored"), "modest")
        owner.dispose()


def test_a_connection_that_died_with_the_server_is_replaced(served: Served) -> None:
    check_connection(served.admin)
    with served.admin.connect() as broken:
        served.cluster.stop()
        served.cluster.start()
        with pytest.raises(OperationalError) as lost:
            broken.execute(text("select 1"))
    cause = find_cause(lost.value, served.admin.url)
    assert isinstance(cause, DatabaseUnavailable)
    assert "closed the connection" in str(cause)
    check_connection(served.admin)


def test_migrations_go_up_and_down_and_up_again(bare_database: Database) -> None:
    owner = make_engine(bare_database.make_url(OWNER))
    for _ in range(2):
        migrate(owner)
    tables = set(inspect(owner).get_table_names())
    assert {"alembic_version", "partner"} <= tables
    downgrade(owner, "base")
    assert inspect(owner).get_table_names() == ["alembic_version"]
    migrate(owner)
    assert set(inspect(owner).get_table_names()) == tables
    owner.dispose()
