"""What the survey site's process can reach when somebody has taken it over: its own role, and nothing else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from me_platform.services.instance import build_instance, make_cluster, read_secrets
from me_platform.settings import Settings, Sources, load_settings
from me_platform.storage.cluster import attach
from me_platform.supervisor import Part, make_staff_part, make_survey_part, make_worker_part, run_part
from tests.conftest import lend_folder

ROOT = Path(__file__).parents[2]

# Runs as the survey site would: same environment, same OS user, same groups.
BURGLAR = r"""
import json, os, pathlib, sys
import psycopg
from sqlalchemy import make_url

url = make_url(os.environ["ME_SURVEY_DATABASE_URL"])

def attempt(user, password, database="me", statement="select 1"):
    try:
        with psycopg.connect(
            user=user, password=password, dbname=database, **url.query, connect_timeout=5
        ) as connection:
            connection.execute(statement)
    except psycopg.Error as error:
        return type(error).__name__
    return "let in"

def read(path):
    try:
        target = pathlib.Path(path)
        list(target.iterdir()) if target.is_dir() else target.read_bytes()
    except OSError as error:
        return type(error).__name__
    return "read"

roles = ("me_owner", "me_staff", "me_worker", "postgres")
print(json.dumps({
    "own": attempt("me_survey", url.password),
    "others": {role: attempt(role, url.password) for role in roles},
    "without": {role: attempt(role, "") for role in roles},
    "other_database": attempt("me_survey", url.password, "postgres"),
    "set_role": {role: attempt("me_survey", url.password, "me", f"set role {role}") for role in roles},
    "read_answers": attempt("me_survey", url.password, "me", "select sealed from response"),
    "server_files": attempt("me_survey", url.password, "me", "select pg_read_file('PG_VERSION')"),
    "files": {path: read(path) for path in sys.argv[1:]},
    "user": os.geteuid(),
}))
"""


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with lend_folder() as folder:
        made = load_settings({"ME_INSTANCE": str(folder / "instance"), "ME_CONTENT": str(ROOT)}, ROOT)
        build_instance(made, ["ALFA"], sample=True, sources=Sources())
        yield made


def break_in(settings: Settings, part: Part, *paths: Path) -> dict[str, object]:
    """Run the burglar in the place of a part, while the server is up."""
    cluster = make_cluster(settings)
    assert cluster is not None
    outcome = settings.instance / "burglar.json"
    with attach(cluster):
        command = (sys.executable, "-c", BURGLAR, *map(str, paths))
        environment = {**part.environment, "PYTHONWARNINGS": "ignore"}
        with outcome.open("wb") as out, run_part(replace(part, command=command, environment=environment), out) as one:
            assert one.wait(60) == 0
    found: dict[str, object] = json.loads(outcome.read_bytes())
    return found


def test_with_the_survey_sites_environment_every_other_role_is_refused(settings: Settings) -> None:
    """Issue, done when 5: every other role and `postgres` are refused; only its own role answers."""
    found = break_in(settings, make_survey_part(settings))
    assert found["own"] == "let in"
    assert found["others"] == dict.fromkeys(("me_owner", "me_staff", "me_worker", "postgres"), "OperationalError")
    assert found["without"] == found["others"]
    assert found["other_database"] == "OperationalError"
    assert set(found["set_role"].values()) == {"InsufficientPrivilege"}  # type: ignore[attr-defined]
    assert found["read_answers"] == "InsufficientPrivilege"
    assert found["server_files"] == "InsufficientPrivilege"


def test_the_survey_sites_environment_names_no_key_vault_or_other_role(settings: Settings) -> None:
    """privacy-and-safety 1.2: nothing that opens a submitted answer is in its environment."""
    secrets = read_secrets(settings)
    words = " ".join(make_survey_part(settings).environment.values())
    foreign = [password for role, password in secrets.passwords.items() if role != "me_survey"]
    foreign += [key.hex() for name, key in secrets.keys.items() if name == "staff"]
    assert not [secret for secret in foreign if secret in words]
    assert "vault" not in words
    assert "root.key" not in words
    for part in (make_staff_part(settings), make_worker_part(settings)):
        others = " ".join(part.environment.values())
        assert sum(password in others for password in secrets.passwords.values()) == 1
        assert secrets.keys["survey"].hex() not in others


def test_as_root_the_survey_sites_own_os_user_reads_neither_vault_nor_secrets(settings: Settings) -> None:
    """Issue, done when 5: the vault is refused. An ordinary user runs all three parts as itself, see docs."""
    part = make_survey_part(settings)
    closed = (
        settings.vault_file,
        settings.vault_file.parent,
        settings.root_key_file,
        settings.secrets / "me_owner.password",
        settings.instance / "database" / "data",
        Path("/proc") / str(os.getpid()) / "environ",
    )
    found = break_in(settings, part, *closed)
    if os.geteuid() == 0:
        assert found["user"] not in {0, None}
        assert set(found["files"].values()) == {"PermissionError"}  # type: ignore[attr-defined]
    else:
        assert part.user is None
        assert found["user"] == os.geteuid()


def test_files_of_secrets_are_readable_by_their_owner_only(settings: Settings) -> None:
    """architecture.md, one database: `instance/secrets` and the vault are 0700."""
    for folder in (settings.secrets, settings.vault_file.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
