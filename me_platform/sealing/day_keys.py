"""Day keys: what a backup's keys are sealed under, so that old backups can be made unreadable by destroying one file.

One file a day (``2026-03-02.key``, 0600, one line of hexadecimal digits) in a folder of its own (0700), apart from the
backups. Whoever holds a backup and its day key still needs the root key; whoever holds a backup whose day key is
destroyed has nothing of what it knew of people, with the root key neither. Seven days are kept; on day 8 the key goes.
Source: privacy-and-safety, part 2.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from me_platform.errors import DayKeyMissing, DayKeyWrong, SettingInvalid
from me_platform.sealing.envelope import (
    KEY_BYTES,
    Place,
    Random,
    make_subkey,
    unwrap_with_secret,
    wrap_with_secret,
)
from me_platform.sealing.files import destroy_file, sync_folder, write_private

KEPT = 7
"""Days whose keys are kept, today included: a key is destroyed on day 8, the day it was made being day 1."""

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.key")
_NOBODY = UUID(int=0)


def make_day_key(folder: Path, day: date, random: Random) -> bytes:
    """The key of a day (32 bytes), made and on the disk where there is none yet: backups of one day share it.

    Raises DayKeyWrong for a file that holds none, DiskFull, SettingInvalid for a folder that cannot be used.
    """
    with _locked(folder):
        path = _find_file(folder, day)
        if not path.exists():
            # Under another name first: a run that is cut off must not leave half a key under the right one.
            unfinished = path.with_suffix(".unfinished")
            destroy_file(unfinished)
            write_private(unfinished, random(KEY_BYTES).hex().encode() + b"\n")
            unfinished.rename(path)
            sync_folder(folder)
    return get_day_key(folder, day)


def get_day_key(folder: Path, day: date) -> bytes:
    """The key of a day. Raises DayKeyMissing, DayKeyWrong for a file that holds none, SettingInvalid."""
    path = _find_file(folder, day)
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DayKeyMissing(str(path), day.isoformat(), find_last_day(day).isoformat()) from error
    except OSError as error:
        raise SettingInvalid("ME_DAY_KEYS", f"{path} cannot be read: {error.strerror}.") from error
    if not re.fullmatch(rb"[0-9a-f]{%d}\n" % (2 * KEY_BYTES), content):
        raise DayKeyWrong(str(path))
    return bytes.fromhex(content.decode())


def find_last_day(day: date) -> date:
    """Day 8 of a day key, on which it is destroyed."""
    return day + timedelta(days=KEPT)


def list_day_keys(folder: Path) -> tuple[date, ...]:
    """The days whose keys are there, oldest first."""
    days = []
    for match in filter(None, (_NAME.fullmatch(path.name) for path in _list_files(folder))):
        with suppress(ValueError):  # a name like 2026-99-99.key is none of ours
            days.append(date.fromisoformat(match[1]))
    return tuple(sorted(days))


def destroy_day_keys(folder: Path, today: date) -> tuple[date, ...]:
    """Destroy every key whose day 8 has come, and what a run that was cut off left. Returns the days, oldest first.

    Raises SettingInvalid for a folder that cannot be used.
    """
    with _locked(folder):
        gone = tuple(day for day in list_day_keys(folder) if find_last_day(day) <= today)
        for path in (*(_find_file(folder, day) for day in gone), *folder.glob("*.unfinished")):
            destroy_file(path)
    return gone


def seal_part(day_key: bytes, content: bytes, backup: UUID, part: str, random: Random) -> bytes:
    """Seal a part of a backup, bound to that backup and its name; a key of its own comes from the day key by HKDF."""
    return wrap_with_secret(day_key, content, _find_place(backup, part), random)


def open_part(day_key: bytes, sealed: bytes, backup: UUID, part: str) -> bytes:
    """What ``seal_part`` sealed. Raises SealBroken for another key, backup or part and for changed bytes."""
    return unwrap_with_secret(day_key, sealed, _find_place(backup, part))


def compute_backup_mac(day_key: bytes, head: bytes) -> bytes:
    """HMAC-SHA-256 (32 bytes) of a backup's head, which names the SHA-256 of each part: nobody else can make one."""
    return hmac.digest(make_subkey(day_key, "backup head"), head, "sha256")


def _list_files(folder: Path) -> tuple[Path, ...]:
    return tuple(folder.iterdir()) if folder.is_dir() else ()


def _find_place(backup: UUID, part: str) -> Place:
    return Place(f"backup.{part}", backup, _NOBODY)


def _find_file(folder: Path, day: date) -> Path:
    return folder / f"{day.isoformat()}.key"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The folder, made where it is missing; one process at a time makes and destroys keys in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise SettingInvalid("ME_DAY_KEYS", f"{folder} cannot be used: {error.strerror}.") from error
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
