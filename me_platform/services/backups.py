"""Use cases of the operator: make a backup, check one, restore one, write down who was erased.

An archive holds the database as it is, the vault and the instance's keys sealed under the key of the day, and the
journal of erasures. The root key is never in it, in no form. A row needs its keys, and keys are made before rows and
destroyed after them: so the database is saved first and the vault after it, and who was erased in between is erased
again by the journal when the backup is restored. Source: privacy-and-safety, part 2; docs/decisions/0016.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from me_platform.errors import (
    ArchiveUnfit,
    DatabaseUnavailable,
    DayKeyWrong,
    ErasuresUnfit,
    FileTaken,
    FileUnwritable,
    InstanceExists,
    InstanceOccupied,
    RestoreUnfinished,
    RootKeyMissing,
    SealBroken,
)
from me_platform.exchange.erasures import Erasures, make_erasures_text, read_erasures
from me_platform.sealing.day_keys import (
    compute_backup_mac,
    destroy_day_keys,
    find_last_day,
    get_day_key,
    list_day_keys,
    make_day_key,
    open_part,
    seal_part,
)
from me_platform.sealing.files import sync_folder, write_private
from me_platform.sealing.vault import (
    Vault,
    open_copy,
    open_vault,
    read_recovery_sheet,
    read_root_key,
    write_copy,
    write_root_key,
)
from me_platform.services.instance import (
    KEYS,
    RESTORING,
    Secrets,
    make_cluster,
    make_secrets,
    open_database,
    open_served_database,
    prepare_database,
    read_secrets,
)
from me_platform.settings import Settings, Sources
from me_platform.storage.archive import Archive, Head, open_archive, write_archive
from me_platform.storage.database import migrate
from me_platform.storage.dump import (
    dump_database,
    find_program,
    find_schema,
    find_server_version,
    is_empty,
    is_known_schema,
    restore_database,
)
from me_platform.storage.erasure import list_taken_back, list_taken_out, repeat_erasures

DATABASE, VAULT, SECRETS, ERASURES = "database", "vault", "secrets", "erasures"
"""Names of an archive's parts."""

SUFFIX = ".mebackup"


@dataclass(frozen=True)
class Backup:
    """A backup that was made: its file, the journal beside it, and the day on which nobody can open it any more."""

    path: Path
    journal: Path
    last_day: date


@dataclass(frozen=True)
class Turnover:
    """What became of the day keys: those destroyed, those that lie ahead of today (a clock that was wrong)."""

    destroyed: tuple[date, ...]
    ahead: tuple[date, ...]


@dataclass(frozen=True)
class Journal:
    """The journal of erasures as a file's text; not ``whole`` where the database could not be asked for answers."""

    text: str
    whole: bool


@dataclass(frozen=True)
class Restored:
    """What a restore brought back, or a check found: the backup's day, and how many people it erased again."""

    day: date
    erased: int


@dataclass(frozen=True)
class _Opened:
    """An archive with everything in it that a key opens."""

    archive: Archive
    vault: Vault
    keys: Mapping[str, bytes]
    erasures: Erasures
    root_key: bytes


def turn_over_day_keys(settings: Settings, sources: Sources) -> Turnover:
    """Destroy the day keys whose day 8 has come: what was erased before is gone from the backups of those days too.

    Raises InstanceMissing, SettingInvalid.
    """
    read_secrets(settings)
    destroyed = destroy_day_keys(settings.day_keys, sources.today())
    return Turnover(destroyed, tuple(day for day in list_day_keys(settings.day_keys) if day > sources.today()))


def build_backup(settings: Settings, target: Path, sources: Sources) -> Backup:
    """Save the whole instance, which may be running, in a new archive with its journal of erasures beside it.

    ``target`` is the file, or an existing folder in which it is named after day and time. Raises FileTaken,
    FileUnwritable, DiskFull, InstanceMissing, DatabaseUnavailable, RootKeyMissing, RootKeyWrong, VaultMissing.
    """
    secrets = read_secrets(settings)
    root_key = read_root_key(settings.root_key_file)
    path = target
    if target.is_dir():
        path = target / f"me-{sources.now().astimezone(sources.zone).strftime('%Y-%m-%d-%H%M%S')}{SUFFIX}"
    journal = path.with_name(f"{path.name}.{ERASURES}")
    for taken in filter(Path.exists, (path, journal)):
        raise FileTaken(str(taken))
    if not path.parent.is_dir():
        raise FileUnwritable(str(path), "there is no such folder")
    with (
        open_database(settings, secrets) as owner,
        open_vault(settings.vault_file, root_key, sources.random, settings.root_key_file) as vault,
    ):
        program, dumped_by = find_program(
            "pg_dump", embedded=not settings.database_url, oldest=find_server_version(owner)
        )
        day, backup = sources.today(), sources.new_id()
        day_key = make_day_key(settings.day_keys, day, sources.random)
        head = Head(backup, day, find_schema(owner), dumped_by, settings.sample)
        erasures: list[bytes] = []

        def make_parts() -> Iterator[tuple[str, Iterable[bytes]]]:
            yield DATABASE, dump_database(program, owner.url)
            # Only now, see above; journal and vault are of one moment.
            copy = vault.copy()
            with open_copy(copy, root_key, settings.root_key_file, settings.vault_file) as copied:
                found = Erasures(copied.list_destroyed()) | _list_taken_back(owner)
            erasures.append(make_erasures_text(found).encode())
            told = json.dumps({name: secrets.keys[name].hex() for name in KEYS}).encode()
            yield VAULT, [seal_part(day_key, copy, backup, VAULT, sources.random)]
            yield SECRETS, [seal_part(day_key, told, backup, SECRETS, sources.random)]
            yield ERASURES, erasures

        write_archive(path, head, make_parts(), lambda signed: compute_backup_mac(day_key, signed))
    write_private(journal, b"".join(erasures))
    return Backup(path, journal, find_last_day(day))


def build_journal(settings: Settings, sources: Sources) -> Journal:
    """The journal of erasures of a living instance, to be kept where a restore can find it.

    It does not need the database: what people took back without being erased is left out then. Raises InstanceMissing,
    RootKeyMissing, RootKeyWrong, VaultMissing.
    """
    secrets = read_secrets(settings)
    root_key = read_root_key(settings.root_key_file)
    with open_vault(settings.vault_file, root_key, sources.random, settings.root_key_file) as vault:
        people = vault.list_destroyed()
    try:
        with open_database(settings, secrets) as owner:
            return Journal(make_erasures_text(Erasures(people) | _list_taken_back(owner)), whole=True)
    except DatabaseUnavailable:
        return Journal(make_erasures_text(Erasures(people)), whole=False)


def check_backup(settings: Settings, path: Path, *, later: Path | None = None, sheet: str = "") -> Restored:
    """Do all of ``restore_instance`` that changes nothing, wherever it may be: a living instance too.

    Raises what that raises, but for what it says of the place.
    """
    with _open_backup(settings, path, later, sheet) as opened:
        return Restored(opened.archive.head.day, len(opened.erasures.people))


def restore_instance(
    settings: Settings, path: Path, *, sources: Sources, later: Path | None = None, sheet: str = ""
) -> Restored:
    """Make an instance from a backup, in an empty place; older tables are brought up to this release.

    ``later`` is a newer journal of erasures than the one in the backup. ``sheet`` is the recovery sheet; without it the
    root key's file has to be there. Nothing is written before everything in the archive has been opened. Erasures are
    repeated before the instance can be used; until then it carries the file RESTORING, and nothing serves it.

    Raises ArchiveUnfit, DayKeyMissing, DayKeyWrong, RootKeyMissing, RootKeyWrong, InputInvalid (the sheet),
    ErasuresUnfit, InstanceExists, InstanceOccupied, RestoreUnfinished, DatabaseUnavailable, DiskFull.
    """
    with _open_backup(settings, path, later, sheet) as opened, _begin(settings, opened.archive) as marker:
        head, erasures = opened.archive.head, opened.erasures
        secrets = make_secrets(settings.secrets, sources, opened.keys)
        if not settings.root_key_file.exists():
            write_root_key(settings.root_key_file, opened.root_key)
        write_copy(opened.vault, settings.vault_file, erasures.people)
        _restore_database(settings, secrets, opened)
        if head.sample:
            (settings.instance / "sample").touch()
        marker.rename(settings.instance / "ready")
        sync_folder(settings.instance)
        return Restored(head.day, len(erasures.people))


def _restore_database(settings: Settings, secrets: Secrets, opened: _Opened) -> None:
    archive, erasures = opened.archive, opened.erasures
    with prepare_database(settings, secrets) as owner:
        restore_database(_find_restorer(settings, archive), owner.url, archive.stream_part(DATABASE))
        migrate(owner)
        with Session(owner) as session:
            repeat_erasures(session, erasures.people, erasures.answers, erasures.parts)
            session.commit()


@contextmanager
def _open_backup(settings: Settings, path: Path, later: Path | None, sheet: str) -> Iterator[_Opened]:
    """Open an archive and every seal in it, in memory."""
    with ExitStack() as stack:
        archive = stack.enter_context(open_archive(path))
        head = archive.head
        if not is_known_schema(head.schema):
            raise ArchiveUnfit(
                str(path),
                f"has the tables of a newer release (schema {head.schema})",
                "Install the release it was made with, or a newer one, and run the command again.",
            )
        missing = {DATABASE, VAULT, SECRETS, ERASURES} - set(archive.parts)
        if missing:
            raise ArchiveUnfit(str(path), f"lacks the part '{min(missing)}'")
        day_key = get_day_key(settings.day_keys, head.day)
        wrong = DayKeyWrong(str(settings.day_keys / f"{head.day.isoformat()}.key"))
        if not hmac.compare_digest(compute_backup_mac(day_key, archive.signed).hex(), archive.mac):
            raise wrong
        try:
            vault, told = (open_part(day_key, archive.read_part(name), head.id, name) for name in (VAULT, SECRETS))
        except SealBroken as error:
            raise wrong from error
        root_key = _find_root_key(settings, sheet)
        opened = stack.enter_context(open_copy(vault, root_key, settings.root_key_file, path))
        erasures = read_erasures(archive.read_part(ERASURES), str(path))
        keys = {name: bytes.fromhex(value) for name, value in json.loads(told).items()}
        yield _Opened(archive, opened, keys, erasures | _read_later(later, erasures), root_key)


def _find_root_key(settings: Settings, sheet: str) -> bytes:
    """The root key from the sheet or its file; where both are there they have to agree."""
    if not sheet:
        try:
            return read_root_key(settings.root_key_file)
        except RootKeyMissing as error:
            raise RootKeyMissing(error.path, "give the recovery sheet to `me restore` with --sheet") from error
    root_key = read_recovery_sheet(sheet)
    if settings.root_key_file.exists() and read_root_key(settings.root_key_file) != root_key:
        raise FileTaken(str(settings.root_key_file))
    return root_key


def _read_later(later: Path | None, known: Erasures) -> Erasures:
    """A later journal; one that lacks what the archive knows is older, or another instance's, and would bring back."""
    if later is None:
        return Erasures()
    try:
        found = read_erasures(later.read_bytes(), str(later))
    except OSError as error:
        raise ErasuresUnfit(str(later), f"cannot be read ({error.strerror})") from error
    if not known.people <= found.people:
        raise ErasuresUnfit(str(later), "lacks people whom the backup knows to be erased: it is older, or another's")
    return found


def _find_restorer(settings: Settings, archive: Archive) -> Path:
    program, _ = find_program("pg_restore", embedded=not settings.database_url, oldest=archive.head.dumped_by)
    return program


@contextmanager
def _begin(settings: Settings, archive: Archive) -> Iterator[Path]:
    """Mark an empty place as being restored into; what an earlier restore left half-done there is cleared first."""
    marker = settings.instance / RESTORING
    _find_restorer(settings, archive)
    _check_place(settings, started=marker.exists())
    settings.instance.mkdir(parents=True, exist_ok=True)
    with marker.open("ab") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RestoreUnfinished(str(settings.instance)) from error
        os.fsync(mark.fileno())
        sync_folder(settings.instance)
        _clear(settings)
        yield marker


def _check_place(settings: Settings, *, started: bool) -> None:
    """Refuse a place that holds anything of an instance, ``started`` saying that a restore left it there."""
    if (settings.instance / "ready").exists():
        raise InstanceExists(str(settings.instance))
    if not started:
        for found in _list_leftovers(settings):
            raise InstanceOccupied(
                f"{found} is there already",
                "Choose another ME_INSTANCE, or move what is there away (the root key and the day keys may stay).",
            )
    if settings.database_url:
        with open_served_database(settings) as owner, owner.connect() as connection:
            if not is_empty(connection):
                raise InstanceOccupied(
                    f"The database '{owner.url.database}' of ME_DATABASE_URL holds tables already",
                    "Have an empty database made and name it there.",
                )


def _list_leftovers(settings: Settings) -> tuple[Path, ...]:
    """What there is of an instance in its folder; root key, day keys, contacts and files of others are none of it.

    Nor are passwords: the administrator of a served database may have given them.
    """
    named = (settings.instance / name for name in ("database", "vault", "sample"))
    keys = (path for path in settings.secrets.glob("*.key") if path != settings.root_key_file)
    return tuple(sorted(path for path in (*named, *keys) if path.exists()))


def _clear(settings: Settings) -> None:
    """Clear what a restore that was cut off has made; never a served database, which is not ours alone."""
    cluster = make_cluster(settings)
    if cluster is not None and cluster.folder.is_dir():
        cluster.stop()
    for path in _list_leftovers(settings):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _list_taken_back(owner: Engine) -> Erasures:
    with Session(owner) as session:
        return Erasures(answers=list_taken_back(session), parts=list_taken_out(session))
