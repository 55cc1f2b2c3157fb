"""The vault: the one file with the keys of people, apart from the database they belong to.

The root key wraps each partner's key; a partner's key wraps each person's private key, data key and snapshot secret,
each bound to what it is and whose (``wrap_with_secret``: a key per place by HKDF, then AES-256-GCM). In clear lie the
random ids of partners and people only. The root key lies in a file of its own and on the recovery sheet, and is in no
backup.

Whoever destroys a person's keys here destroys what was sealed for that person everywhere, old backups of the database
included (privacy-and-safety, part 2). So every change is on the disk before the call returns, and what is deleted
leaves no bytes in the file: SQLite overwrites it (``secure_delete``), and as its page splits can leave a second copy
of a row behind, the file is written anew (``VACUUM``) after each destruction. What a file system or a disk keeps of
overwritten blocks is out of a program's reach: that needs an encrypted disk.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from me_platform.errors import (
    DiskFull,
    InputInvalid,
    KeysDestroyed,
    NotFound,
    RootKeyMissing,
    RootKeyWrong,
    SealBroken,
    SettingInvalid,
    VaultMissing,
    VaultUnusable,
)
from me_platform.sealing.envelope import (
    KEY_BYTES,
    Place,
    Random,
    make_public_key,
    make_subkey,
    unwrap_with_secret,
    wrap_with_secret,
)
from me_platform.sealing.files import sync_file, write_private

FORMAT = 1
"""Layout of the vault's file, kept in its ``user_version``."""

PATIENCE = 30.0
"""Seconds a process waits while another one writes to the vault."""

_SCHEMA = """
CREATE TABLE root (check_value BLOB NOT NULL) STRICT;
CREATE TABLE partner (partner BLOB PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE person (
    partner BLOB NOT NULL REFERENCES partner,
    person BLOB NOT NULL,
    private_key BLOB NOT NULL,
    data_key BLOB NOT NULL,
    snapshot_secret BLOB NOT NULL,
    PRIMARY KEY (partner, person)
) STRICT;
CREATE TABLE destroyed (partner BLOB NOT NULL, person BLOB NOT NULL, PRIMARY KEY (partner, person)) STRICT;
"""
_NOBODY = UUID(int=0)
_CHECK_PLACE = Place("vault.root", _NOBODY, _NOBODY)
_CHECK_TEXT = b"This root key opens this vault. "
_RESTORE = "Restore it from a backup."
_RUN_AS_OWNER = "Run the command as the user who owns the file and its folder."
_KINDS = ("private_key", "data_key", "snapshot_secret")

_SHEET_LINES = 8
_LINE_BYTES = KEY_BYTES // _SHEET_LINES
_LINE_CHECK_BYTES = 2
_SHEET_LINE = re.compile(r"\s*([1-8])\s*[:.)](.*)")
_MISREAD = str.maketrans("oOiIlL", "001111")


@dataclass(frozen=True)
class PersonKeys:
    """The keys of one person, 32 bytes each; a printed value shows the public key only.

    ``private_key`` opens what was sealed at the survivor's door, ``data_key`` seals what staff write, and
    ``snapshot_secret`` names the person in a snapshot's member list.
    """

    private_key: bytes = field(repr=False)
    public_key: bytes
    data_key: bytes = field(repr=False)
    snapshot_secret: bytes = field(repr=False)


class Vault:
    """An opened vault, made by ``open_vault``, closed by ``with``.

    Several processes may have the same vault open, each by its own ``open_vault`` (after a fork, not before).
    Every method may raise DiskFull or VaultUnusable; an ``add_`` that raises has changed nothing.
    """

    def __init__(self, path: Path, database: sqlite3.Connection, root_key: bytes, random: Random) -> None:
        self._path = path
        self._database = database
        self._root_key = root_key
        self._random = random

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the object cannot be used any more."""
        self._database.close()

    def add_partner(self, partner: UUID) -> None:
        """Make a partner's key; does nothing where it has one."""
        wrapped = wrap_with_secret(self._root_key, self._random(KEY_BYTES), _partner_place(partner), self._random)
        with self._change() as database:
            database.execute("INSERT OR IGNORE INTO partner VALUES (?, ?)", (partner.bytes, wrapped))

    def get_partner_key(self, partner: UUID) -> bytes:
        """The 32-byte key that seals a partner's own records (activities, snapshots), never the one that wraps keys.

        Raises NotFound for a partner the vault does not know.
        """
        return make_subkey(self._get_wrapping_key(partner), "partner records")

    def get_duty_key(self, partner: UUID) -> bytes:
        """The private key (X25519, 32 bytes) of whoever is on duty at a partner; see docs/decisions/0023.

        Made from the partner's key, so that every partner has one. Raises NotFound.
        """
        return make_subkey(self._get_wrapping_key(partner), "duty")

    def get_ledger_key(self) -> bytes:
        """The 32-byte key that seals the ledger of everything published: it holds the numbers of all partners."""
        return make_subkey(self._root_key, "ledger")

    def get_link_key(self) -> bytes:
        """The 32-byte key under which link cards of all partners are compared, in memory (R13)."""
        return make_subkey(self._root_key, "link cards")

    def add_person(self, partner: UUID, person: UUID) -> PersonKeys:
        """Make a person's keys; they are on the disk when this returns. Known people keep the keys they have.

        Raises NotFound for an unknown partner and KeysDestroyed for a person whose keys were destroyed.
        """
        return self.add_people(partner, [person])[person]

    def add_people(self, partner: UUID, people: Sequence[UUID]) -> dict[UUID, PersonKeys]:
        """As ``add_person``, for many people in one transaction: all of them or none."""
        wrapping_key = self._get_wrapping_key(partner)
        with self._change() as database:
            for person in people:
                if self._is_destroyed(partner, person):
                    raise KeysDestroyed(str(person))
                places = (_person_place(kind, partner, person) for kind in _KINDS)
                wrapped = [
                    wrap_with_secret(wrapping_key, self._random(KEY_BYTES), place, self._random) for place in places
                ]
                database.execute(
                    "INSERT OR IGNORE INTO person VALUES (?, ?, ?, ?, ?)", (partner.bytes, person.bytes, *wrapped)
                )
        return {person: self._get_person(wrapping_key, partner, person) for person in people}

    def get_person(self, partner: UUID, person: UUID) -> PersonKeys:
        """The keys of one person.

        Raises KeysDestroyed where they were destroyed, NotFound where this partner never had such a person.
        """
        return self._get_person(self._get_wrapping_key(partner), partner, person)

    def list_people(self, partner: UUID) -> dict[UUID, PersonKeys]:
        """The keys of all of a partner's people that are not destroyed, by person id."""
        wrapping_key = self._get_wrapping_key(partner)
        rows = self._fetch(
            "SELECT person, private_key, data_key, snapshot_secret FROM person WHERE partner = ?", (partner.bytes,)
        )
        people = ((UUID(bytes=row[0]), row[1:]) for row in rows)
        return {person: _unwrap_person(wrapping_key, partner, person, wrapped) for person, wrapped in people}

    def destroy_person(self, partner: UUID, person: UUID) -> None:
        """Destroy a person's keys: when this returns, no byte of them is in the file.

        Only that the keys of this id were destroyed is remembered, also for an id the vault does not know (a list of
        the erased is repeated on a vault that was restored). Where it raised, repeat it: it may be called again.
        """
        key = (partner.bytes, person.bytes)
        with self._change() as database:
            database.execute("DELETE FROM person WHERE partner = ? AND person = ?", key)
            database.execute("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", key)
        with _telling(self._path):
            self._database.execute("VACUUM")

    def list_destroyed(self) -> frozenset[tuple[UUID, UUID]]:
        """Partner and person of everybody whose keys were destroyed: the vault's journal of erasures."""
        rows = self._fetch("SELECT partner, person FROM destroyed", ())
        return frozenset((UUID(bytes=partner), UUID(bytes=person)) for partner, person in rows)

    def copy(self) -> bytes:
        """The whole file as it is at one moment, for a backup (SQLite's backup API); others may write meanwhile."""
        with _telling(self._path), closing(sqlite3.connect(":memory:")) as memory:
            self._database.backup(memory)
            return memory.serialize()

    def write_without(self, erased: Iterable[tuple[UUID, UUID]], path: Path) -> None:
        """Destroy the keys of ``erased`` (partner, person), write what stays to an empty file; see ``write_copy``."""
        keys = [(partner.bytes, person.bytes) for partner, person in erased]
        with self._change() as database:
            database.executemany("DELETE FROM person WHERE partner = ? AND person = ?", keys)
            database.executemany("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", keys)
        with _telling(path):
            # Row by row into a file of its own: what a page keeps of a deleted row stays behind.
            self._database.execute("VACUUM INTO ?", (str(path),))

    def _get_wrapping_key(self, partner: UUID) -> bytes:
        rows = self._fetch("SELECT wrapped FROM partner WHERE partner = ?", (partner.bytes,))
        if not rows:
            raise NotFound("partner in the vault", str(partner))
        return unwrap_with_secret(self._root_key, rows[0][0], _partner_place(partner))

    def _get_person(self, wrapping_key: bytes, partner: UUID, person: UUID) -> PersonKeys:
        rows = self._fetch(
            "SELECT private_key, data_key, snapshot_secret FROM person WHERE partner = ? AND person = ?",
            (partner.bytes, person.bytes),
        )
        if rows:
            return _unwrap_person(wrapping_key, partner, person, rows[0])
        if self._is_destroyed(partner, person):
            raise KeysDestroyed(str(person))
        raise NotFound("person in the vault", str(person))

    def _is_destroyed(self, partner: UUID, person: UUID) -> bool:
        key = (partner.bytes, person.bytes)
        return bool(self._fetch("SELECT 1 FROM destroyed WHERE partner = ? AND person = ?", key))

    def _fetch(self, query: str, values: Sequence[bytes]) -> list[tuple[bytes, ...]]:
        with _telling(self._path):
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the lock is taken at its start, so that two writers queue instead of failing half-way."""
        with _telling(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            with self._database:
                yield self._database


def create_vault(path: Path, root_key: bytes, random: Random) -> None:
    """Make an empty vault (0600) in a folder of its own (0700) that only this root key opens.

    Raises FileTaken where the file exists, DiskFull or VaultUnusable where it cannot be written; then nothing is left.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_private(path, b"")
    try:
        with _telling(path), closing(_connect(path)) as database:
            check_value = wrap_with_secret(root_key, _CHECK_TEXT, _CHECK_PLACE, random)
            database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {FORMAT};")
            database.execute("INSERT INTO root VALUES (?)", (check_value,))
            database.commit()
    except BaseException:
        path.unlink()
        raise


def open_vault(path: Path, root_key: bytes, random: Random, root_key_file: Path) -> Vault:
    """Open a vault. ``root_key_file`` is where the key came from, for the sentence of RootKeyWrong.

    Raises VaultMissing, RootKeyWrong, or VaultUnusable for a file that is damaged or no vault of this format.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VaultMissing(str(path)) from error
    except PermissionError as error:
        raise VaultUnusable(str(path), "this user may not enter its folder", _RUN_AS_OWNER) from error
    with _telling(path):
        database = _connect(path)
    try:
        with _telling(path):
            _check_vault(database, path, root_key, root_key_file)
    except BaseException:
        database.close()
        raise
    return Vault(path, database, root_key, random)


@contextmanager
def open_copy(content: bytes, root_key: bytes, root_key_file: Path, path: Path) -> Iterator[Vault]:
    """Open what ``Vault.copy`` gave, in memory: nothing touches a disk. It can be read, and written by ``write_copy``.

    ``path`` is named in the errors. Raises RootKeyWrong, VaultUnusable for what is no vault of this format.
    """
    with _telling(path), closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.deserialize(content)
        memory.execute("PRAGMA temp_store = MEMORY")
        _check_vault(memory, path, root_key, root_key_file)
        yield Vault(path, memory, root_key, _refuse_chance)


def write_copy(copy: Vault, path: Path, erased: Iterable[tuple[UUID, UUID]]) -> None:
    """Write an opened copy to a new vault file (0600, its folder 0700) without the keys of the erased.

    Their keys are destroyed in memory first: no byte of them ever reaches the disk. Raises FileTaken, DiskFull,
    VaultUnusable.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_private(path, b"")
    try:
        copy.write_without(erased, path)
        with closing(_connect(path)):
            pass
    except BaseException:
        path.unlink()
        raise
    sync_file(path)


def make_root_key(random: Random) -> bytes:
    """A new root key, 32 bytes."""
    return random(KEY_BYTES)


def write_root_key(path: Path, key: bytes) -> None:
    """Write the root key to a new file (0600), as one line of hexadecimal digits, on the disk before this returns.

    Raises FileTaken, for the key that lies there may be the only one that opens a vault, and DiskFull.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, key.hex().encode() + b"\n")


def read_root_key(path: Path) -> bytes:
    """The root key in a file. Raises RootKeyMissing, RootKeyWrong where it holds something else, SettingInvalid."""
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise RootKeyMissing(str(path)) from error
    except OSError as error:
        raise SettingInvalid("ME_ROOT_KEY_FILE", f"{path} cannot be read: {error.strerror}.") from error
    if not re.fullmatch(rb"\s*[0-9a-fA-F]{%d}\s*" % (2 * KEY_BYTES), text):
        raise RootKeyWrong(str(path))
    return bytes.fromhex(text.decode())


def format_recovery_sheet(key: bytes) -> str:
    """The root key to print or write down: eight numbered lines of two groups of the key and one check group.

    The check group depends on the line's number too, so that a mistyped or exchanged line is found (all but one in
    65,536) and named.
    """
    lines = []
    for number in range(1, _SHEET_LINES + 1):
        part = key[(number - 1) * _LINE_BYTES : number * _LINE_BYTES]
        digits = (part + _compute_line_check(number, part)).hex()
        lines.append(f"{number}: {digits[:4]} {digits[4:8]} {digits[8:]}\n")
    return "".join(lines)


def read_recovery_sheet(text: str) -> bytes:
    """The root key from a typed recovery sheet.

    Spaces, hyphens and capitals do not matter, nor do O for 0 and I or L for 1; lines without a number are headings.
    Raises InputInvalid, which names every line that is missing, written twice or mistyped.
    """
    typed: dict[int, list[str]] = {number: [] for number in range(1, _SHEET_LINES + 1)}
    for match in filter(None, map(_SHEET_LINE.fullmatch, text.splitlines())):
        typed[int(match[1])].append(re.sub(r"[\s-]", "", match[2]).translate(_MISREAD))
    parts, problems = [], []
    for number, found in typed.items():
        part, problem = _check_sheet_line(number, found)
        parts.append(part)
        problems += problem
    if problems:
        raise InputInvalid(*problems)
    return b"".join(parts)


def _check_sheet_line(number: int, found: Sequence[str]) -> tuple[bytes, list[str]]:
    """The part of the key in a line, or what is wrong with the line."""
    length = 2 * (_LINE_BYTES + _LINE_CHECK_BYTES)
    if not found:
        return b"", [f"Line {number} of the recovery sheet is missing."]
    if len(found) > 1:
        return b"", [f"Line {number} of the recovery sheet is there {len(found)} times."]
    if len(found[0]) != length:
        return b"", [
            f"Line {number} of the recovery sheet has {len(found[0])} characters after its number, not {length}."
        ]
    wrong = [f"Line {number} of the recovery sheet is mistyped: compare it with the paper."]
    if not re.fullmatch("[0-9a-fA-F]+", found[0]):
        return b"", wrong
    part, check = bytes.fromhex(found[0])[:_LINE_BYTES], bytes.fromhex(found[0])[_LINE_BYTES:]
    return (part, []) if check == _compute_line_check(number, part) else (b"", wrong)


def _compute_line_check(number: int, part: bytes) -> bytes:
    return hashlib.sha256(b"recovery sheet line %d %b" % (number, part)).digest()[:_LINE_CHECK_BYTES]


def _check_vault(database: sqlite3.Connection, path: Path, root_key: bytes, root_key_file: Path) -> None:
    """Raise VaultUnusable where the file is no vault of this format, RootKeyWrong where the key is another one's."""
    (format_,) = database.execute("PRAGMA user_version").fetchone()
    if format_ != FORMAT:
        raise VaultUnusable(str(path), "it is no vault of this version", _RESTORE)
    (check_value,) = database.execute("SELECT check_value FROM root").fetchone()
    try:
        unwrap_with_secret(root_key, check_value, _CHECK_PLACE)
    except SealBroken as error:
        raise RootKeyWrong(str(root_key_file)) from error


def _refuse_chance(_count: int) -> bytes:
    message = "a copy of a vault makes no keys"
    raise TypeError(message)


def _partner_place(partner: UUID) -> Place:
    return Place("vault.partner", partner, partner)


def _person_place(kind: str, partner: UUID, person: UUID) -> Place:
    return Place(f"vault.person.{kind}", person, partner)


def _unwrap_person(wrapping_key: bytes, partner: UUID, person: UUID, wrapped: Sequence[bytes]) -> PersonKeys:
    private_key, data_key, snapshot_secret = (
        unwrap_with_secret(wrapping_key, one, _person_place(kind, partner, person))
        for kind, one in zip(_KINDS, wrapped, strict=True)
    )
    return PersonKeys(private_key, make_public_key(private_key), data_key, snapshot_secret)


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that never makes a missing file, begins no transaction by itself and keeps no temporary files."""
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        for setting in ("secure_delete = ON", "journal_mode = DELETE", "synchronous = EXTRA", "temp_store = MEMORY"):
            database.execute(f"PRAGMA {setting}")
        database.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Say what SQLite reports in one sentence with the way out."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        primary = code & 0xFF
        if primary == sqlite3.SQLITE_FULL:
            raise DiskFull(str(path)) from error
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            way_out = "Wait until the other command has ended, then try again."
        elif primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
            way_out = _RUN_AS_OWNER
        else:
            way_out = _RESTORE
        raise VaultUnusable(str(path), str(error), way_out) from error
