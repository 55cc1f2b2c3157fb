"""An instance: the folder with database, vault and secrets; how it is made and how a use case opens it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import URL, Engine
from sqlalchemy import make_url as read_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from me_platform.errors import InstanceExists, InstanceMissing, NotFound, RestoreUnfinished
from me_platform.sealing.envelope import make_public_key
from me_platform.sealing.vault import (
    Vault,
    create_vault,
    format_recovery_sheet,
    make_root_key,
    open_vault,
    read_recovery_sheet,
    read_root_key,
    write_root_key,
)
from me_platform.settings import Settings, Sources
from me_platform.storage.cluster import SUPERUSER, Cluster, attach
from me_platform.storage.database import (
    OWNER,
    ROLES,
    SERVING,
    check_connection,
    find_cause,
    make_engine,
    make_roles,
    make_url,
    migrate,
)
from me_platform.storage.duty import add_duty_key
from me_platform.storage.partners import PartnerRow, add_partner, list_partners
from me_platform.storage.tenancy import enter_partner

KEYS = ("pepper", "survey", "staff")
"""Keys of an instance beside the root key; its codes, cookies and second factors work with the same ones only."""

RESTORING = "restoring"
"""File of an instance whose restore is not finished; it becomes ``ready``."""


@dataclass(frozen=True)
class Secrets:
    """Secrets of an instance apart from the root key: database passwords by role and keys by name."""

    passwords: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class Office:
    """What a use case of staff or worker works with: one database role, the vault, pepper, time and chance.

    ``sample``: the instance holds invented people only.
    """

    engine: Engine
    vault: Vault
    pepper: bytes = field(repr=False)
    sources: Sources
    sample: bool = False


def build_instance(settings: Settings, partner_codes: Sequence[str], *, sample: bool, sources: Sources) -> str:
    """Make a new instance and return the recovery sheet of its root key, which is shown once.

    ``partner_codes`` are the partners of the plans. Keys are written before anything is sealed with them. An
    interrupted run leaves a folder without the marker file ``ready``, which the next run takes up again. Raises
    InstanceExists, RestoreUnfinished, DatabaseUnavailable, DiskFull, RootKeyWrong.
    """
    _refuse_unfinished(settings)
    if (settings.instance / "ready").is_file():
        raise InstanceExists(str(settings.instance))
    settings.instance.mkdir(parents=True, exist_ok=True)
    secrets = make_secrets(settings.secrets, sources)
    if settings.root_key_file.is_file():
        root_key = read_root_key(settings.root_key_file)
    else:
        root_key = make_root_key(sources.random)
        write_root_key(settings.root_key_file, root_key)
    if not settings.vault_file.is_file():
        create_vault(settings.vault_file, root_key, sources.random)
    if sample:
        (settings.instance / "sample").touch()
    with prepare_database(settings, secrets) as owner:
        migrate(owner)
        add_partners(settings, partner_codes, secrets=secrets, sources=sources)
    (settings.instance / "ready").touch()
    return format_recovery_sheet(root_key)


def update_instance(settings: Settings, partner_codes: Sequence[str], *, sources: Sources) -> tuple[str, ...]:
    """Bring an instance made by an earlier release up to this one: its tables, and partners the plans have gained.

    Records stay as they are; what is up to date is left alone. Returns the codes of new partners. Raises
    InstanceMissing, DatabaseUnavailable, RootKeyMissing, RootKeyWrong, VaultMissing.
    """
    secrets = read_secrets(settings)
    with open_database(settings, secrets) as owner:
        migrate(owner)
        return add_partners(settings, partner_codes, secrets=secrets, sources=sources)


def restore_root_key(settings: Settings, sheet: str) -> None:
    """Write the root key file from the words of a recovery sheet, if that key opens this instance's vault.

    Raises InputInvalid naming the lines that were mistyped, RootKeyWrong for another instance's sheet, FileTaken when
    the key file is there.
    """
    read_secrets(settings)
    root_key = read_recovery_sheet(sheet)
    with open_vault(settings.vault_file, root_key, settings.make_sources().random, settings.root_key_file):
        write_root_key(settings.root_key_file, root_key)


def add_partners(
    settings: Settings, codes: Sequence[str], *, sources: Sources, secrets: Secrets | None = None
) -> tuple[str, ...]:
    """Give every partner code a row and keys in the vault; known codes are left as they are. Returns the new ones.

    The public duty keys of all partners are there afterwards, also of those an earlier release made.
    """
    with open_office(settings, "me_staff", sources=sources, secrets=secrets) as office:
        with Session(office.engine) as session:
            known = {partner.code for partner in list_partners(session)}
            new = tuple(code for code in dict.fromkeys(codes) if code not in known)
            for code in new:
                partner = PartnerRow(office.sources.new_id(), code)
                office.vault.add_partner(partner.id)
                add_partner(session, partner)
            session.commit()
        publish_duty_keys(office)
        return new


def publish_duty_keys(office: Office) -> int:
    """Let the survey site know the duty key of every partner that has none published yet. Returns how many were added.

    Repeated it changes nothing. For partners of before there was such a key, and after a restore.
    """
    added = 0
    with Session(office.engine) as session:
        partners = list_partners(session)
    for partner in partners:
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            public_key = make_public_key(office.vault.get_duty_key(partner.id))
            added += add_duty_key(session, office.sources.new_id(), partner.id, public_key)
            session.commit()
    return added


def find_partners(office: Office, code: str = "") -> tuple[PartnerRow, ...]:
    """The partner of that code; without one, all of them. Raises NotFound, naming those there are."""
    with Session(office.engine) as session:
        partners = list_partners(session)
    found = tuple(partner for partner in partners if code in {"", partner.code})
    if code and not found:
        raise NotFound("partner", code, [partner.code for partner in partners])
    return found


def read_secrets(settings: Settings) -> Secrets:
    """The instance's secrets. Raises InstanceMissing when the instance was never finished, RestoreUnfinished."""
    _refuse_unfinished(settings)
    if not (settings.instance / "ready").is_file():
        raise InstanceMissing(str(settings.instance))
    return _read_secrets(settings.secrets)


@contextlib.contextmanager
def open_office(
    settings: Settings, role: str, *, sources: Sources | None = None, secrets: Secrets | None = None
) -> Iterator[Office]:
    """Open database and vault for the use cases of one role; attaches to a running server or starts one.

    Raises InstanceMissing, DatabaseUnavailable, RootKeyMissing, RootKeyWrong, VaultMissing.
    """
    known = secrets or read_secrets(settings)
    chosen = sources or settings.make_sources()
    root_key = read_root_key(settings.root_key_file)
    with (
        _open_cluster(settings, known, make=False),
        open_vault(settings.vault_file, root_key, chosen.random, settings.root_key_file) as vault,
        _connect(_url_of(role, settings, known)) as engine,
    ):
        yield Office(engine, vault, known.keys["pepper"], chosen, settings.sample)


@contextlib.contextmanager
def prepare_database(settings: Settings, secrets: Secrets) -> Iterator[Engine]:
    """Have server, roles and an owner's database, made where they are missing; the owner's connections for the block.

    The tables are the caller's to make. Raises DatabaseUnavailable, DiskFull.
    """
    roles = SERVING if settings.database_url else ROLES
    with _open_cluster(settings, secrets, make=True):
        with _connect(_administrator_url(settings, secrets)) as administrator:
            make_roles(administrator, {role: secrets.passwords[role] for role in roles}, *_served_database(settings))
        with _connect(_url_of(OWNER, settings, secrets)) as owner:
            yield owner


@contextlib.contextmanager
def open_database(settings: Settings, secrets: Secrets) -> Iterator[Engine]:
    """The owner's connections to the database of an instance; attaches to a running server or starts one.

    Raises DatabaseUnavailable, DiskFull.
    """
    with _open_cluster(settings, secrets, make=False), _connect(_url_of(OWNER, settings, secrets)) as owner:
        yield owner


@contextlib.contextmanager
def open_served_database(settings: Settings) -> Iterator[Engine]:
    """The owner's connections to a served database, for whoever has no instance yet. Raises DatabaseUnavailable."""
    with _connect(read_url(settings.database_url)) as owner:
        yield owner


def find_role_url(settings: Settings, role: str) -> str:
    """The database address of a role, password included; for the process that works under that role only."""
    return _url_of(role, settings, read_secrets(settings)).render_as_string(hide_password=False)


def make_cluster(settings: Settings) -> Cluster | None:
    """The embedded database server, or None when a served one is used."""
    return None if settings.database_url else Cluster(settings.instance / "database")


@contextlib.contextmanager
def _connect(url: URL) -> Iterator[Engine]:
    """An engine that answers, disposed of at the end of the block.

    Raises DatabaseUnavailable and DiskFull, also for what happens to the server during the block.
    """
    engine = make_engine(url)
    try:
        check_connection(engine)
        yield engine
    except DBAPIError as error:
        cause = find_cause(error, url)
        if cause is None:
            raise
        raise cause from error
    finally:
        engine.dispose()


def _url_of(role: str, settings: Settings, secrets: Secrets) -> URL:
    cluster = make_cluster(settings)
    if cluster is not None:
        return make_url(cluster, role, secrets.passwords[role])
    url = read_url(settings.database_url)
    return url if role == OWNER else url.set(username=role, password=secrets.passwords[role])


def _administrator_url(settings: Settings, secrets: Secrets) -> URL:
    """Who may make roles: the superuser of the embedded server, the owner of a served database."""
    cluster = make_cluster(settings)
    if cluster is None:
        return read_url(settings.database_url)
    return make_url(cluster, SUPERUSER, secrets.passwords[SUPERUSER], "postgres")


def _served_database(settings: Settings) -> tuple[str, ...]:
    """Name of the served database, where there is one."""
    return (read_url(settings.database_url).database or "",) if settings.database_url else ()


@contextlib.contextmanager
def _open_cluster(settings: Settings, secrets: Secrets, *, make: bool) -> Iterator[None]:
    """Keep the embedded server running for the block; a served one needs nothing."""
    cluster = make_cluster(settings)
    if cluster is None:
        yield
        return
    if make and not cluster.made:
        cluster.make(secrets.passwords[SUPERUSER])
    with attach(cluster):
        yield


def make_secrets(folder: Path, sources: Sources, keys: Mapping[str, bytes] = MappingProxyType({})) -> Secrets:
    """Have a folder (0700) with all secrets but the root key: ``keys`` as they are given, what is missing by chance."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # whoever put the root key there first may have left it open
    for role in (SUPERUSER, *ROLES):
        _write_once(folder / f"{role}.password", sources.random(24).hex())
    for name in KEYS:
        _write_once(folder / f"{name}.key", (keys.get(name) or sources.random(32)).hex())
    return _read_secrets(folder)


def _refuse_unfinished(settings: Settings) -> None:
    if (settings.instance / RESTORING).exists():
        raise RestoreUnfinished(str(settings.instance))


def _write_once(path: Path, text: str) -> None:
    """Write a secret, readable by its owner only, unless an interrupted run wrote it already."""
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


def _read_secrets(folder: Path) -> Secrets:
    return Secrets(
        passwords={role: (folder / f"{role}.password").read_text(encoding="ascii") for role in (SUPERUSER, *ROLES)},
        keys={name: bytes.fromhex((folder / f"{name}.key").read_text(encoding="ascii")) for name in KEYS},
    )
