"""The vault on a real file: who opens it, what it keeps, and what is gone when a person's keys are destroyed."""

from __future__ import annotations

import re
import secrets
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.errors import (
    DiskFull,
    FileTaken,
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
from me_platform.sealing.envelope import Place, open_as_person, seal_to_person
from me_platform.sealing.vault import (
    PersonKeys,
    Vault,
    create_vault,
    format_recovery_sheet,
    make_root_key,
    open_vault,
    read_recovery_sheet,
    read_root_key,
    write_root_key,
)

PARTNER = UUID(int=1)
OTHER_PARTNER = UUID(int=2)
ROOT_KEY = bytes(range(32))
keys = st.binary(min_size=32, max_size=32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault" / "vault.sqlite"
    create_vault(path, ROOT_KEY, secrets.token_bytes)
    return path


@pytest.fixture
def vault(path: Path) -> Iterator[Vault]:
    with opened(path) as vault:
        vault.add_partner(PARTNER)
        vault.add_partner(OTHER_PARTNER)
        yield vault


def opened(path: Path, root_key: bytes = ROOT_KEY) -> Vault:
    return open_vault(path, root_key, secrets.token_bytes, Path("root.key"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def stored_bytes(vault: Vault, person: UUID) -> list[bytes]:
    """What the file holds of a person's keys: the three wrapped keys, without their common first byte."""
    row = vault._database.execute(
        "SELECT private_key, data_key, snapshot_secret FROM person WHERE person = ?", (person.bytes,)
    ).fetchone()
    return [wrapped[1:] for wrapped in row]


def holds_any_part(content: bytes, wrapped: bytes) -> bool:
    """Whether 12 bytes in a row of ``wrapped`` are in the content."""
    return any(wrapped[start : start + 12] in content for start in range(0, len(wrapped) - 11, 6))


def run_beside(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process with an opened vault, a partner and people to work with."""
    start = """
import os, secrets, signal, sys
from pathlib import Path
from uuid import UUID
from me_platform.sealing.vault import open_vault
vault = open_vault(Path(sys.argv[1]), bytes(range(32)), secrets.token_bytes, Path("root.key"))
partner = UUID(int=1)
"""
    return subprocess.Popen([sys.executable, "-c", start + code, *arguments], stdout=subprocess.PIPE, text=True)


def test_folder_file_and_root_key_are_for_their_owner_only(vault: Vault, path: Path, tmp_path: Path) -> None:
    """architecture, "Sealed records": vault 0700, root key 0600."""
    write_root_key(tmp_path / "secrets" / "root.key", ROOT_KEY)
    vault.add_person(PARTNER, uuid4())
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)
    assert (mode(tmp_path / "secrets"), mode(tmp_path / "secrets" / "root.key")) == (0o700, 0o600)


def test_the_file_is_opened_with_the_settings_that_make_it_durable_and_forgetful(vault: Vault) -> None:
    """architecture, "Sealed records": secure_delete ON, journal DELETE, synchronous EXTRA (3)."""
    names = ("secure_delete", "journal_mode", "synchronous")
    values = [vault._database.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    assert values == [1, "delete", 3]


def test_a_person_has_four_different_keys_and_the_pair_fits(vault: Vault) -> None:
    keys = vault.add_person(PARTNER, uuid4())
    assert len({keys.private_key, keys.public_key, keys.data_key, keys.snapshot_secret}) == 4
    assert {len(key) for key in (keys.private_key, keys.public_key, keys.data_key, keys.snapshot_secret)} == {32}
    place = Place("response", uuid4(), PARTNER)
    assert open_as_person(keys.private_key, seal_to_person(keys.public_key, b"yes", place), place) == b"yes"


def test_keys_are_the_same_after_the_vault_was_closed_and_opened(vault: Vault, path: Path) -> None:
    person = uuid4()
    keys, partner_key = vault.add_person(PARTNER, person), vault.get_partner_key(PARTNER)
    vault.close()
    with opened(path) as again:
        assert again.get_person(PARTNER, person) == keys
        assert again.get_partner_key(PARTNER) == partner_key


def test_adding_again_keeps_the_keys(vault: Vault) -> None:
    person = uuid4()
    keys, partner_key = vault.add_person(PARTNER, person), vault.get_partner_key(PARTNER)
    vault.add_partner(PARTNER)
    assert vault.add_person(PARTNER, person) == keys
    assert vault.get_partner_key(PARTNER) == partner_key


def test_partners_have_keys_and_people_of_their_own(vault: Vault) -> None:
    person = uuid4()
    here, there = vault.add_person(PARTNER, person), vault.add_person(OTHER_PARTNER, person)
    assert here != there
    assert vault.get_partner_key(PARTNER) != vault.get_partner_key(OTHER_PARTNER)
    assert vault.list_people(PARTNER) == {person: here}
    vault.destroy_person(PARTNER, person)
    assert vault.list_people(PARTNER) == {}
    assert vault.get_person(OTHER_PARTNER, person) == there


def test_people_are_listed_with_their_keys(vault: Vault) -> None:
    people = vault.add_people(PARTNER, [uuid4() for _ in range(30)])
    assert vault.list_people(PARTNER) == people
    assert vault.list_people(OTHER_PARTNER) == {}


def test_unknown_partners_and_people_are_named(vault: Vault) -> None:
    stranger = uuid4()
    with pytest.raises(NotFound, match=str(stranger)):
        vault.get_person(PARTNER, stranger)
    for ask in (vault.get_partner_key, vault.list_people):
        with pytest.raises(NotFound, match="partner in the vault"):
            ask(stranger)
    with pytest.raises(NotFound, match="partner in the vault"):
        vault.add_person(stranger, uuid4())


def test_no_key_lies_in_the_file_in_clear(vault: Vault, path: Path) -> None:
    """With the vault but not the root key nothing is readable (privacy-and-safety part 2)."""
    person = uuid4()
    keys, partner_key = vault.add_person(PARTNER, person), vault.get_partner_key(PARTNER)
    content = path.read_bytes()
    for secret in (ROOT_KEY, partner_key, keys.private_key, keys.data_key, keys.snapshot_secret):
        assert secret not in content


def test_a_printed_person_shows_no_secret(vault: Vault) -> None:
    keys = vault.add_person(PARTNER, uuid4())
    assert repr(keys) == f"PersonKeys(public_key={keys.public_key!r})"


def test_the_keys_of_a_destroyed_person_are_gone_and_cannot_be_made_again(vault: Vault, path: Path) -> None:
    """privacy-and-safety part 2: destroying a person's keys erases the person."""
    person = uuid4()
    vault.add_person(PARTNER, person)
    vault.destroy_person(PARTNER, person)
    vault.destroy_person(PARTNER, person)
    with opened(path) as again:
        assert again.list_people(PARTNER) == {}
        with pytest.raises(KeysDestroyed, match=str(person)):
            again.get_person(PARTNER, person)
        with pytest.raises(KeysDestroyed, match=str(person)):
            again.add_person(PARTNER, person)
        with pytest.raises(KeysDestroyed):
            again.add_people(PARTNER, [uuid4(), person])
        assert again.list_people(PARTNER) == {}


def test_an_id_the_vault_never_knew_can_be_destroyed_too(vault: Vault) -> None:
    """After a restore the list of the erased is repeated."""
    person = uuid4()
    vault.destroy_person(PARTNER, person)
    with pytest.raises(KeysDestroyed):
        vault.add_person(PARTNER, person)


def test_no_byte_of_a_destroyed_persons_keys_is_left_in_the_file(vault: Vault, path: Path) -> None:
    """privacy-and-safety part 2; many people, so that the pages of the file were split and joined meanwhile."""
    people = list(vault.add_people(PARTNER, [uuid4() for _ in range(400)]))
    kept = {person: stored_bytes(vault, person) for person in people}
    content = path.read_bytes()
    assert all(holds_any_part(content, wrapped) for person in people for wrapped in kept[person])
    leaving, staying = people[::20], set(people) - set(people[::20])
    for person in leaving:
        vault.destroy_person(PARTNER, person)
        content = path.read_bytes()
        assert not any(holds_any_part(content, wrapped) for wrapped in kept[person])
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert set(vault.list_people(PARTNER)) == staying
    assert not any(holds_any_part(content, wrapped) for person in leaving for wrapped in kept[person])


def test_another_root_key_is_refused_with_the_name_of_its_file(path: Path) -> None:
    with pytest.raises(RootKeyWrong, match=r"root\.key does not open"):
        opened(path, bytes(32))


def test_a_missing_vault_is_named_and_not_made(tmp_path: Path, path: Path) -> None:
    for missing in (path.parent / "other.sqlite", tmp_path / "nowhere" / "vault.sqlite", path / "inside"):
        with pytest.raises(VaultMissing, match=re.escape(str(missing))):
            opened(missing)
        assert not missing.exists()


@pytest.mark.parametrize("content", [b"", b"this is no database" * 100], ids=["empty", "text"])
def test_a_file_that_is_no_vault_is_refused_with_the_way_out(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(VaultUnusable, match="Restore it from a backup"):
        opened(path)


def test_a_vault_of_a_later_layout_is_refused(vault: Vault, path: Path) -> None:
    vault._database.execute("PRAGMA user_version = 2")
    with pytest.raises(VaultUnusable, match="no vault of this version"):
        opened(path)


def test_keys_moved_to_another_person_do_not_open(vault: Vault) -> None:
    first, second = uuid4(), uuid4()
    vault.add_people(PARTNER, [first, second])
    vault._database.execute(
        "UPDATE person SET data_key = (SELECT data_key FROM person WHERE person = ?) WHERE person = ?",
        (first.bytes, second.bytes),
    )
    with pytest.raises(SealBroken, match=f"vault.person.data_key {second}"):
        vault.get_person(PARTNER, second)


def test_an_existing_vault_is_never_overwritten(vault: Vault, path: Path) -> None:
    person = uuid4()
    keys = vault.add_person(PARTNER, person)
    with pytest.raises(FileTaken, match="left as it is"):
        create_vault(path, bytes(32), secrets.token_bytes)
    assert vault.get_person(PARTNER, person) == keys


def test_a_vault_that_could_not_be_made_leaves_no_file(tmp_path: Path) -> None:
    def broken(count: int) -> bytes:
        raise OSError(count)

    with pytest.raises(OSError, match="12"):
        create_vault(tmp_path / "vault.sqlite", ROOT_KEY, broken)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_nothing_is_lost_or_half_stored(vault: Vault, path: Path) -> None:
    before = vault.add_people(PARTNER, [uuid4() for _ in range(20)])
    (pages,) = vault._database.execute("PRAGMA page_count").fetchone()
    vault._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match=re.escape(str(path))):
        vault.add_people(PARTNER, [uuid4() for _ in range(200)])
    assert vault.list_people(PARTNER) == before
    vault._database.execute("PRAGMA max_page_count = 100000")
    assert len(vault.add_people(PARTNER, [uuid4() for _ in range(200)])) == 200


def test_a_vault_another_process_keeps_locked_is_named(vault: Vault, path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    vault._database.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(VaultUnusable, match=r"locked.*try again"):
        vault.add_person(PARTNER, uuid4())
    holder.execute("ROLLBACK")
    holder.close()
    assert vault.list_people(PARTNER) == {}


def test_two_processes_write_to_one_vault_at_once(vault: Vault, path: Path) -> None:
    code = """
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 15):
    vault.add_person(partner, UUID(int=number))
    if number % 5 == 0:
        vault.destroy_person(partner, UUID(int=number))
"""
    workers = [run_beside(code, str(path), start) for start in ("100", "200")]
    outcomes = [(worker.communicate()[0], worker.returncode) for worker in workers]
    assert outcomes == [("", 0), ("", 0)]
    expected = {UUID(int=start + step) for start in (100, 200) for step in range(15) if step % 5}
    assert set(vault.list_people(PARTNER)) == expected


def test_keys_outlive_a_process_that_is_killed_right_after_it_made_them(vault: Vault, path: Path) -> None:
    code = """
print(vault.add_person(partner, UUID(int=7)).public_key.hex(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    public_key, _ = run_beside(code, str(path)).communicate()
    assert vault.get_person(PARTNER, UUID(int=7)).public_key.hex() == public_key.strip()


def test_a_process_killed_within_a_change_leaves_the_vault_as_it_was(vault: Vault, path: Path) -> None:
    before = vault.add_people(PARTNER, [uuid4() for _ in range(20)])
    code = """
with vault._change() as database:
    database.execute("PRAGMA cache_size = 1")
    database.execute("DELETE FROM person")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    run_beside(code, str(path)).communicate()
    assert vault.list_people(PARTNER) == before


def test_a_root_key_is_read_as_it_was_written_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    key = make_root_key(secrets.token_bytes)
    write_root_key(path, key)
    with pytest.raises(FileTaken, match="left as it is"):
        write_root_key(path, ROOT_KEY)
    assert read_root_key(path) == key
    assert len(key) == 32


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"ab" * 33, b"zz" * 32, b"\xff\x00" * 32])
def test_a_file_that_holds_no_root_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(content)
    with pytest.raises(RootKeyWrong, match=re.escape(str(path))):
        read_root_key(path)


def test_a_missing_or_unreadable_root_key_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(RootKeyMissing, match="recovery sheet"):
        read_root_key(tmp_path / "root.key")
    with pytest.raises(SettingInvalid, match="ME_ROOT_KEY_FILE"):
        read_root_key(tmp_path)


@given(key=keys)
def test_a_recovery_sheet_gives_the_key_back(key: bytes) -> None:
    assert read_recovery_sheet(format_recovery_sheet(key)) == key


def test_a_recovery_sheet_may_be_typed_with_headings_capitals_hyphens_and_look_alikes() -> None:
    sheet = format_recovery_sheet(ROOT_KEY)
    typed = sheet.upper().replace(" ", "-").replace(":-", " : ").replace("-0", "-O").replace("1-", "l-")
    assert typed != sheet
    assert read_recovery_sheet("Recovery sheet of the root key\n\n" + typed + "\nKeep it in the safe.\n") == ROOT_KEY


@pytest.mark.parametrize("number", range(1, 9))
def test_every_single_typing_error_on_a_recovery_sheet_is_named_by_its_line(number: int) -> None:
    lines = format_recovery_sheet(ROOT_KEY).splitlines()
    line = lines[number - 1]
    for position in (at for at in range(3, len(line)) if line[at] != " "):
        for other in set("0123456789abcdefgx") - {line[position]}:
            typed = [*lines[: number - 1], line[:position] + other + line[position + 1 :], *lines[number:]]
            with pytest.raises(InputInvalid) as refused:
                read_recovery_sheet("\n".join(typed))
            assert refused.value.problems == (
                f"Line {number} of the recovery sheet is mistyped: compare it with the paper.",
            )


def test_missing_doubled_short_and_exchanged_lines_of_a_recovery_sheet_are_all_named() -> None:
    one, two, three, four, five, six, seven, _ = format_recovery_sheet(ROOT_KEY).splitlines()
    exchanged = ["4" + five[1:], "5" + four[1:]]
    with pytest.raises(InputInvalid) as refused:
        read_recovery_sheet("\n".join([one, two, two, three[:-1], *exchanged, six, seven]))
    assert refused.value.problems == (
        "Line 2 of the recovery sheet is there 2 times.",
        "Line 3 of the recovery sheet has 11 characters after its number, not 12.",
        "Line 4 of the recovery sheet is mistyped: compare it with the paper.",
        "Line 5 of the recovery sheet is mistyped: compare it with the paper.",
        "Line 8 of the recovery sheet is missing.",
    )


def test_a_root_key_from_the_recovery_sheet_opens_the_vault_again(path: Path, tmp_path: Path) -> None:
    write_root_key(tmp_path / "root.key", read_recovery_sheet(format_recovery_sheet(ROOT_KEY)))
    with opened(path, read_root_key(tmp_path / "root.key")) as vault:
        vault.add_partner(PARTNER)
        assert isinstance(vault.add_person(PARTNER, uuid4()), PersonKeys)
