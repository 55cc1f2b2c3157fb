"""Files that hold keys: for their owner only, on the disk when a call returns, overwritten before they go."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from me_platform.errors import DiskFull, FileTaken

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Error numbers of a disk, a quota or a limit on the size of files that is used up."""


def write_private(path: Path, content: bytes) -> None:
    """Make a file that only its owner reads (0600), whole and on the disk, or not at all.

    Raises FileTaken where it exists, DiskFull.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise FileTaken(str(path)) from error
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        sync_folder(path.parent)
    except OSError as error:
        path.unlink()
        if error.errno in NO_SPACE:
            raise DiskFull(str(path)) from error
        raise


def sync_folder(folder: Path) -> None:
    """Bring the name of a new file to the disk too."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_file(path: Path) -> None:
    """Bring the content of a file that was just written to the disk, and its name."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
    sync_folder(path.parent)


def destroy_file(path: Path) -> None:
    """Overwrite a small file and delete it, both on the disk; does nothing where it is gone already.

    What a file system or a disk keeps of overwritten blocks is out of a program's reach: that needs an encrypted disk.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        os.write(number, bytes(os.fstat(number).st_size))
        os.fsync(number)
    finally:
        os.close(number)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
