"""The file of a backup and the day keys on a real disk: whole or not at all, and gone when their day has come."""

from __future__ import annotations

import errno
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from me_platform.errors import (
    ArchiveUnfit,
    DayKeyMissing,
    DayKeyWrong,
    DiskFull,
    FileTaken,
    FileUnwritable,
    SealBroken,
    SettingInvalid,
    VaultUnusable,
)
from me_platform.sealing.day_keys import (
    destroy_day_keys,
    get_day_key,
    list_day_keys,
    make_day_key,
    open_part,
    seal_part,
)
from me_platform.sealing.vault import create_vault, open_copy, open_vault, write_copy
from me_platform.storage.archive import HEAD_BYTES, Head, open_archive, write_archive

DAY = date(2026, 3, 2)
HEAD = Head(UUID(int=7), DAY, "0002", 18, sample=False)
PARTS = (("first", (b"one", b"two")), ("second", ()), ("third", (b"x" * 40,)))
ROOT_KEY, PARTNER = bytes(range(32)), UUID(int=1)


def sign(head: bytes) -> bytes:
    return bytes([len(head) % 256]) * 32


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    write_archive(path, HEAD, PARTS, sign)
    return path


def test_an_archive_gives_back_what_was_written(archive: Path) -> None:
    with open_archive(archive) as opened:
        assert opened.head == HEAD
        assert {name: opened.read_part(name) for name in opened.parts} == {
            "first": b"onetwo",
            "second": b"",
            "third": b"x" * 40,
        }
        assert opened.mac == sign(opened.signed).hex()
    assert [path.name for path in archive.parent.iterdir()] == ["archive"]


def test_every_changed_byte_is_found(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    assert len(content) == HEAD_BYTES + 46
    changed = tmp_path / "changed"
    for place, byte in enumerate(content):
        changed.write_bytes(content[:place] + bytes([byte ^ 0x20]) + content[place + 1 :])
        with pytest.raises(ArchiveUnfit), open_archive(changed):
            pytest.fail(f"byte {place}")


def test_every_shorter_file_is_found(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    cut = tmp_path / "cut"
    for length in (*range(0, HEAD_BYTES, 97), *range(HEAD_BYTES - 2, len(content))):
        cut.write_bytes(content[:length])
        with pytest.raises(ArchiveUnfit), open_archive(cut):
            pytest.fail(f"length {length}")


def test_a_later_format_says_so(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes().replace(b"backup 1", b"backup 2", 1))
    with pytest.raises(ArchiveUnfit, match="a format this release does not know"), open_archive(archive):
        pytest.fail("it opened")


def test_an_archive_that_changes_while_it_is_read_is_found(archive: Path) -> None:
    with open_archive(archive) as opened:
        archive.write_bytes(archive.read_bytes().replace(b"onetwo", b"onetvo"))
        with pytest.raises(ArchiveUnfit, match="changed in its part 'first'"):
            opened.read_part("first")


def test_an_existing_file_is_left_as_it_is(archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(FileTaken):
        write_archive(archive, HEAD, (), sign)
    assert archive.read_bytes() == before


def test_a_file_that_appears_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "archive"

    def make_parts() -> Iterator[tuple[str, Iterable[bytes]]]:
        yield "first", [b"content"]
        path.write_bytes(b"another's")

    with pytest.raises(FileTaken):
        write_archive(path, HEAD, make_parts(), sign)
    assert path.read_bytes() == b"another's"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing(tmp_path: Path, number: int) -> None:
    def fill_up() -> Iterator[bytes]:
        yield b"a beginning"
        raise OSError(number, "full")

    with pytest.raises(DiskFull):
        write_archive(tmp_path / "archive", HEAD, [("first", fill_up())], sign)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".archive.unfinished").write_bytes(b"half")
    write_archive(tmp_path / "archive", HEAD, PARTS, sign)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileUnwritable):
        write_archive(tmp_path / "file" / "archive", HEAD, PARTS, sign)


def test_a_day_has_one_key_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    key = make_day_key(folder, DAY, secrets.token_bytes)
    assert make_day_key(folder, DAY, secrets.token_bytes) == get_day_key(folder, DAY) == key
    assert make_day_key(folder, DAY + timedelta(1), secrets.token_bytes) != key
    assert (folder.stat().st_mode & 0o777, (folder / "2026-03-02.key").stat().st_mode & 0o777) == (0o700, 0o600)


def test_seven_days_are_kept(tmp_path: Path) -> None:
    """privacy-and-safety part 2: each day key is destroyed on day 8."""
    for number in range(10):
        make_day_key(tmp_path, DAY + timedelta(number), secrets.token_bytes)
    (tmp_path / "2026-03-05.unfinished").write_text("half a key")
    (tmp_path / "2026-99-99.key").write_text("no day")
    gone = destroy_day_keys(tmp_path, DAY + timedelta(9))
    assert gone == tuple(DAY + timedelta(number) for number in range(3))
    assert list_day_keys(tmp_path) == tuple(DAY + timedelta(number) for number in range(3, 10))
    assert destroy_day_keys(tmp_path, DAY + timedelta(9)) == ()
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_destroyed_key_is_overwritten_first(tmp_path: Path) -> None:
    make_day_key(tmp_path, DAY, secrets.token_bytes)
    # A second name for the same blocks shows what became of them.
    (tmp_path / "same").hardlink_to(tmp_path / "2026-03-02.key")
    destroy_day_keys(tmp_path, DAY + timedelta(7))
    assert (tmp_path / "same").read_bytes() == bytes(65)


def test_a_day_key_that_is_missing_or_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DayKeyMissing, match="that of 2026-03-02 on 2026-03-09"):
        get_day_key(tmp_path, DAY)
    for content in (b"", b"0" * 63 + b"\n", b"0" * 64, b"z" * 64 + b"\n"):
        (tmp_path / "2026-03-02.key").write_bytes(content)
        with pytest.raises(DayKeyWrong, match=re.escape(str(tmp_path / "2026-03-02.key"))):
            get_day_key(tmp_path, DAY)
        with pytest.raises(DayKeyWrong):
            make_day_key(tmp_path, DAY, secrets.token_bytes)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingInvalid, match="ME_DAY_KEYS"):
        make_day_key(tmp_path / "file", DAY, secrets.token_bytes)


def test_a_sealed_part_opens_in_its_backup_and_under_its_name_only() -> None:
    key, backup = secrets.token_bytes(32), uuid4()
    sealed = seal_part(key, b"keys", backup, "vault", secrets.token_bytes)
    assert open_part(key, sealed, backup, "vault") == b"keys"
    for other in ((secrets.token_bytes(32), backup, "vault"), (key, uuid4(), "vault"), (key, backup, "secrets")):
        with pytest.raises(SealBroken):
            open_part(other[0], sealed, other[1], other[2])


def test_a_copy_of_the_vault_is_written_without_the_erased(tmp_path: Path) -> None:
    """privacy-and-safety part 2: no byte of an erased person's keys reaches the disk of the restored instance."""
    path, again = tmp_path / "vault" / "vault.sqlite", tmp_path / "again" / "vault.sqlite"
    create_vault(path, ROOT_KEY, secrets.token_bytes)
    with open_vault(path, ROOT_KEY, secrets.token_bytes, Path("root.key")) as vault:
        vault.add_partner(PARTNER)
        people = vault.add_people(PARTNER, [uuid4() for _ in range(300)])
        vault.destroy_person(PARTNER, UUID(int=5))
        rows = vault._database.execute("SELECT person, private_key, data_key, snapshot_secret FROM person").fetchall()
        content = vault.copy()
    kept = {UUID(bytes=person): keys for person, *keys in rows}
    erased = list(people)[::10]
    with open_copy(content, ROOT_KEY, Path("root.key"), path) as copy:
        assert copy.list_people(PARTNER) == people
        with pytest.raises(TypeError):
            copy.add_person(PARTNER, uuid4())
        write_copy(copy, again, [(PARTNER, person) for person in erased])
    assert (again.parent.stat().st_mode & 0o777, again.stat().st_mode & 0o777) == (0o700, 0o600)
    assert [file.name for file in again.parent.iterdir()] == [again.name]
    with open_vault(again, ROOT_KEY, secrets.token_bytes, Path("root.key")) as vault:
        assert vault.list_people(PARTNER) == {person: keys for person, keys in people.items() if person not in erased}
        assert vault.list_destroyed() == {(PARTNER, UUID(int=5)), *((PARTNER, person) for person in erased)}
        assert len(vault.add_person(PARTNER, uuid4()).public_key) == 32
    written = again.read_bytes()
    assert not any(wrapped[1:20] in written for person in erased for wrapped in kept[person])
    assert all(kept[person][0] in written for person in people if person not in erased)


def test_what_is_no_copy_of_a_vault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VaultUnusable), open_copy(b"no database" * 100, ROOT_KEY, Path("root.key"), tmp_path):
        pytest.fail("it opened")
