"""The drill: an instance is lost and comes back from its backup, without those who were erased since."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import URL, Engine, text

from me_platform.errors import ArchiveUnfit, KeysDestroyed
from me_platform.exchange.erasures import Erasures, make_erasures_text
from me_platform.sealing.vault import open_vault, read_root_key
from me_platform.services.instance import RESTORING, find_role_url, make_cluster, open_office
from me_platform.settings import Settings, load_settings
from me_platform.storage.archive import HEAD_BYTES, open_archive
from me_platform.storage.cluster import find_programs
from me_platform.storage.database import DATABASE, OWNER, ROLES, make_engine
from tests.acceptance.conftest import ROOT, Me
from tests.conftest import Database, lend_copy, lend_folder

DAY = "2026-03-02"
FORM = "language: en\nconsents: {answer: true, statistics: true}\nanswers: {useful: yes, goal_near: 9}\n"
RECORDS = ("response", "service_record", "narrative", "case_record")


@dataclass(frozen=True)
class Lost:
    """What is left of an instance: its backup, its day keys, its recovery sheet, and what it held."""

    folder: Path
    archive: Path
    sheet: Path
    later: Path
    tables: Mapping[str, str]
    secrets: Mapping[str, str]
    people: Mapping[str, tuple[UUID, UUID]]
    root_key: str


class Place:
    """An empty machine: the day keys and nothing else."""

    def __init__(self, folder: Path, lost: Lost) -> None:
        self.lost = lost
        self.instance = folder / "instance"
        shutil.copytree(lost.folder / "day-keys", folder / "day-keys")
        self.environment = {
            "ME_INSTANCE": str(self.instance),
            "ME_DAY_KEYS": str(folder / "day-keys"),
            "ME_CONTENT": str(ROOT),
        }
        self.me = Me(self.environment | {"ME_TODAY": ""})

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment, ROOT)

    def restore(self, *options: str, archive: Path | None = None, **changes: str) -> tuple[int, str]:
        outcome = self.me(
            "restore", str(archive or self.lost.archive), "--sheet", str(self.lost.sheet), *options, **changes
        )
        return outcome.status, outcome.err


def read_tables(settings: Settings) -> dict[str, str]:
    """SHA-256 of every table's rows, whatever tables there are, as the owner sees them."""
    with open_office(settings, "me_staff"):
        owner = make_engine(find_role_url(settings, OWNER))
        try:
            return sum_tables(owner)
        finally:
            owner.dispose()


def sum_tables(owner: Engine) -> dict[str, str]:
    with owner.connect() as connection:
        names = connection.scalars(
            text("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")
        )
        found = {}
        for name in sorted(names):
            rows = connection.scalars(text(f"select t::text from {name} t order by 1")).all()  # noqa: S608
            found[name] = f"{len(rows)} " + hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def list_sealed_tables(settings: Settings) -> set[str]:
    """Every table with something sealed about a person, by the database itself; requests are the proof and stay."""
    with open_office(settings, "me_staff"):
        owner = make_engine(find_role_url(settings, OWNER))
        with owner.connect() as connection:
            statement = (
                "select table_name from information_schema.columns where table_schema = 'public'"
                " and column_name in ('person_id', 'sealed') group by table_name having count(*) = 2"
            )
            names = set(connection.scalars(text(statement)))
        owner.dispose()
    return names - {"request"}


def count_rows(settings: Settings, table: str, person: UUID) -> int:
    with open_office(settings, "me_staff"):
        owner = make_engine(find_role_url(settings, OWNER))
        with owner.connect() as connection:
            number = connection.scalar(
                text(f"select count(*) from {table} where person_id = :person"),  # noqa: S608
                {"person": person},
            )
        owner.dispose()
    return int(number or 0)


def read_keys(settings: Settings) -> dict[str, str]:
    return {name: (settings.secrets / f"{name}.key").read_text() for name in ("pepper", "survey", "staff")}


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    """Two people with every kind of record; a backup; then one is erased and the other takes an answer back."""
    with lend_folder() as folder:
        instance = folder / "instance"
        me = Me(
            {
                "ME_INSTANCE": str(instance),
                "ME_CONTENT": str(ROOT),
                "ME_TODAY": DAY,
                "ME_DAY_KEYS": str(folder / "day-keys"),
            }
        )
        sheet = folder / "sheet.txt"
        settings = load_settings(me.environment, ROOT)
        sheet.write_text(me("init", "--sample", ME_TODAY="").out)
        cluster = make_cluster(settings)
        assert cluster is not None
        form, narrative, barrier = folder / "form.yaml", folder / "narrative.yaml", folder / "barrier.yaml"
        form.write_text(FORM)
        narrative.write_text("date: 2026-03-01\nareas: [LEG]\nstage: integration\nchanged_staff: A word.\n")
        barrier.write_text("barrier: B5\ndate: 2026-03-01\nstatus: open\n")
        with open_office(settings, "me_staff"):  # the server stays up from here on
            people = {}
            for name in ("erased", "staying"):
                code = me("enrol", "--partner", "BERZ", "--json").json["code"]
                whom = ("--partner", "BERZ", "--person", code)
                [door] = me("door", "new", "--survey", "outcome-checkin", *whom, "--json").json
                assert (
                    me("answer", "enter", "--survey", "outcome-checkin", "--code", door["code"], str(form)).status == 0
                )
                assert me("service", "add", *whom, "--type", "LEG5", "--date", "2026-03-01").status == 0
                assert me("narrative", "add", *whom, str(narrative)).status == 0
                assert me("record", "add", "barrier", *whom, str(barrier)).status == 0
                people[name] = find_person(settings, code)
            user = ("--email", "officer@example.org", "--role", "officer", "--partner", "BERZ")
            assert me("user", "add", *user).status == 0
            tables = read_tables(settings)
            (folder / "backups").mkdir()
            made = me("backup", str(folder / "backups"))
            assert made.status == 0, made.err
            with open_vault(settings.vault_file, read_root_key(settings.root_key_file), os.urandom, Path()) as vault:
                vault.destroy_person(*people["erased"])
            later = folder / "later.erasures"
            later.write_text(me("erasures").out)
        root_key = settings.root_key_file.read_text().strip()
        archive = Path(made.out.strip())
        secrets = read_keys(settings)
        shutil.rmtree(instance)
        yield Lost(folder, archive, sheet, later, tables, secrets, people, root_key)


def find_person(settings: Settings, code: str) -> tuple[UUID, UUID]:
    owner = make_engine(find_role_url(settings, OWNER))
    with owner.connect() as connection:
        row = connection.execute(text("select partner_id, id from person where code = :code"), {"code": code}).one()
    owner.dispose()
    return row.partner_id, row.id


@pytest.fixture
def place(folder: Path, lost: Lost) -> Place:
    return Place(folder, lost)


def test_everything_comes_back_row_by_row_and_the_keys_with_it(place: Place, lost: Lost) -> None:
    status, said = place.restore()
    assert (status, "is back as of 2026-03-02; 0 erased people" in said) == (0, True), said
    assert read_tables(place.settings) == lost.tables
    assert {"person", "response", "narrative", "account", "partner"} <= set(lost.tables)
    assert read_keys(place.settings) == lost.secrets
    assert place.settings.root_key_file.read_text().strip() == lost.root_key
    assert place.settings.sample
    modes = {path.name: path.stat().st_mode & 0o777 for path in (place.settings.secrets, place.settings.vault_file)}
    assert modes == {"secrets": 0o700, "vault.sqlite": 0o600}
    # What was given out before works: codes, people, and new records.
    assert place.me("enrol", "--partner", "BERZ", ME_TODAY=DAY).status == 0
    with open_office(place.settings, "me_staff") as office:
        for partner, person in lost.people.values():
            assert office.vault.get_person(partner, person).public_key


def test_who_was_erased_after_the_backup_is_unreadable_in_what_comes_back(place: Place, lost: Lost) -> None:
    """privacy-and-safety part 2: destroying a person's keys erases the person everywhere, old backups included."""
    status, said = place.restore("--erasures", str(lost.later))
    assert (status, "1 erased people stay erased" in said) == (0, True), said
    partner, person = lost.people["erased"]
    with open_office(place.settings, "me_staff") as office:
        with pytest.raises(KeysDestroyed):
            office.vault.get_person(partner, person)
        assert office.vault.get_person(*lost.people["staying"]).public_key
        owner = make_engine(find_role_url(place.settings, OWNER))
        with owner.connect() as connection:
            row = connection.execute(text("select * from person where id = :id"), {"id": person}).one()
        owner.dispose()
    assert (row.status, row.public_key, row.sealed) == ("erased", b"", b"")
    sealed = list_sealed_tables(place.settings)
    assert set(RECORDS) < sealed
    assert [table for table in sealed if count_rows(place.settings, table, person)] == []
    assert [count_rows(place.settings, table, lost.people["staying"][1]) for table in RECORDS] == [1, 1, 1, 1]
    # The next journal knows them too.
    assert place.me("erasures", ME_TODAY=DAY).out == lost.later.read_text()


def test_an_answer_that_was_taken_back_after_the_backup_does_not_come_back(place: Place, lost: Lost) -> None:
    """privacy-and-safety 1.7, for whoever is not erased because other records are kept."""
    partner, person = lost.people["staying"]
    assert place.restore()[0] == 0
    response = find_response(place.settings, person)
    later = place.instance.parent / "journal"
    later.write_text(make_erasures_text(Erasures(answers=frozenset({(partner, response)}))))
    shutil.rmtree(place.instance)
    assert place.restore("--erasures", str(later))[0] == 0
    assert [count_rows(place.settings, table, person) for table in RECORDS] == [0, 1, 1, 1]


def find_response(settings: Settings, person: UUID) -> UUID:
    with open_office(settings, "me_staff"):
        owner = make_engine(find_role_url(settings, OWNER))
        with owner.connect() as connection:
            found = connection.scalar(text("select id from response where person_id = :person"), {"person": person})
        owner.dispose()
    assert isinstance(found, UUID)
    return found


def test_the_check_of_a_backup_changes_nothing(place: Place) -> None:
    status, said = place.restore("--check")
    assert (status, "All good: the backup of 2026-03-02 can be restored" in said) == (0, True), said
    assert not place.instance.exists()


def test_the_archive_holds_no_key_in_clear(lost: Lost) -> None:
    """privacy-and-safety part 2: with the backup alone nothing is readable; the root key is in it in no form."""
    content = lost.archive.read_bytes()
    day_key = (lost.folder / "day-keys" / f"{DAY}.key").read_text().strip()
    for secret in (lost.root_key, day_key, *lost.secrets.values()):
        for form in (secret.encode(), bytes.fromhex(secret)):
            assert form not in content
    assert b"SQLite format 3" not in content
    assert lost.archive.stat().st_mode & 0o777 == 0o600
    assert (lost.folder / "day-keys").stat().st_mode & 0o777 == 0o700
    assert (lost.folder / "day-keys" / f"{DAY}.key").stat().st_mode & 0o777 == 0o600


def test_the_journal_beside_the_archive_is_the_one_in_it(lost: Lost) -> None:
    beside = lost.archive.with_name(lost.archive.name + ".erasures")
    assert lost.archive.read_bytes().endswith(beside.read_bytes())
    assert lost.later.read_bytes() != beside.read_bytes()


@pytest.mark.parametrize("part", ["nothing", "head", "database", "vault", "last byte"])
def test_an_archive_that_was_cut_off_is_refused(place: Place, lost: Lost, part: str) -> None:
    content = lost.archive.read_bytes()
    length = {
        "nothing": 0,
        "head": 2000,
        "database": 9000,
        "vault": len(content) - 20_000,
        "last byte": len(content) - 1,
    }
    cut = place.instance.parent / "cut"
    cut.write_bytes(content[: length[part]])
    refuse(place, cut)


def test_a_single_changed_bit_anywhere_is_found(lost: Lost, tmp_path: Path) -> None:
    """A share of all bytes of a real archive: every 7th of the head, every 911th of the rest."""
    content = lost.archive.read_bytes()
    changed = tmp_path / "changed"
    for place in (*range(0, HEAD_BYTES, 7), *range(HEAD_BYTES, len(content), 911), len(content) - 1):
        flipped = content[place] ^ (1 << place % 8)
        changed.write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
        with pytest.raises(ArchiveUnfit), open_archive(changed):
            pytest.fail(f"byte {place}")


def test_an_archive_with_bytes_behind_it_is_refused(place: Place, lost: Lost) -> None:
    longer = place.instance.parent / "longer"
    longer.write_bytes(lost.archive.read_bytes() + b"\n")
    assert "longer than it says" in refuse(place, longer)


def refuse(place: Place, archive: Path) -> str:
    status, said = place.restore(archive=archive)
    assert status == 1
    assert said.count("\n") == 1, said
    assert "cannot be used" in said
    assert not place.instance.exists()
    return said


def test_a_backup_that_somebody_changed_with_its_checksums_is_refused(place: Place, lost: Lost) -> None:
    """The head names the SHA-256 of each part, and nobody without the day key can sign another head."""
    content = bytearray(lost.archive.read_bytes())
    start = content.index(b'"sample": true')
    content[start : start + 14] = b'"sample": null'
    end = HEAD_BYTES - 65
    content[end : HEAD_BYTES - 1] = hashlib.sha256(content[:end]).hexdigest().encode()
    changed = place.instance.parent / "changed"
    changed.write_bytes(content)
    status, said = place.restore(archive=changed)
    assert (status, "does not open this backup" in said) == (1, True), said
    assert not place.instance.exists()


def test_a_missing_and_a_wrong_day_key_are_named(place: Place) -> None:
    """Day 8: without the key of its day a backup is closed for good."""
    key = place.instance.parent / "day-keys" / f"{DAY}.key"
    key.write_text("0" * 64 + "\n")
    status, said = place.restore()
    assert (status, f"{DAY}.key does not open this backup" in said) == (1, True), said
    key.unlink()
    status, said = place.restore()
    assert status == 1
    assert "destroyed on day 8: that of 2026-03-02 on 2026-03-09" in said
    assert not place.instance.exists()


def test_a_root_key_that_does_not_fit_and_a_missing_one_are_named(place: Place, lost: Lost) -> None:
    key = place.settings.root_key_file
    outcome = place.me("restore", str(lost.archive))
    assert (outcome.status, "--sheet" in outcome.err) == (1, True), outcome.err
    key.parent.mkdir(parents=True)
    key.write_text("0" * 64)
    outcome = place.me("restore", str(lost.archive))
    assert (outcome.status, "does not open this instance's vault" in outcome.err) == (1, True), outcome.err
    assert (place.restore()[0], key.read_text()) == (1, "0" * 64)
    key.write_text(lost.root_key)
    assert place.me("restore", str(lost.archive)).status == 0  # the file alone will do


def test_an_existing_instance_is_never_overwritten(place: Place, lost: Lost) -> None:
    (place.instance / "vault").mkdir(parents=True)
    (place.instance / "vault" / "vault.sqlite").write_text("somebody's")
    status, said = place.restore()
    assert (status, "is there already" in said, "Choose another ME_INSTANCE" in said) == (1, True, True), said
    (place.instance / "ready").touch()
    status, said = place.restore()
    assert (status, "already holds an instance; nothing was changed" in said) == (1, True), said
    assert (place.instance / "vault" / "vault.sqlite").read_text() == "somebody's"


def test_a_journal_that_is_older_or_broken_is_refused(place: Place, lost: Lost) -> None:
    """Who is erased in the backup has to be erased in a newer journal; one that is cut off would bring people back."""
    journal = place.instance.parent / "journal"
    whole = lost.later.read_bytes()
    for content in (whole[:-1], whole[: len(whole) // 2], whole.replace(b"person", b"answer"), b"", b"\xff" * 90):
        journal.write_bytes(content)
        status, said = place.restore("--erasures", str(journal))
        assert (status, "journal of erasures" in said) == (1, True), said
    assert not place.instance.exists()


def test_a_restore_that_was_cut_off_serves_nothing_and_starts_over(place: Place, lost: Lost) -> None:
    """The marker is there from the first file to the last: neither `me serve` nor `me init` takes such a place."""
    assert place.restore()[0] == 0
    (place.instance / "ready").rename(place.instance / RESTORING)
    for command in (("serve",), ("init",), ("enrol", "--partner", "BERZ"), ("backup", str(place.instance.parent))):
        outcome = place.me(*command)
        assert (outcome.status, "run `me restore` again: it starts over" in outcome.err) == (1, True), outcome.err
    assert place.restore()[0] == 0
    assert not (place.instance / RESTORING).exists()
    assert read_tables(place.settings) == lost.tables


def test_backups_of_a_day_share_a_key_that_is_destroyed_on_day_8(folder: Path, lost: Lost) -> None:
    """privacy-and-safety part 2: 7 daily backups, each under a day key destroyed on day 8; who was erased is gone."""
    place = Place(folder, lost)
    assert place.restore()[0] == 0
    keys, backups = folder / "day-keys", folder / "backups"
    backups.mkdir()
    with open_office(place.settings, "me_staff"):
        for day in (DAY, "2026-03-03", "2026-03-08"):
            outcome = place.me("backup", str(backups / day), ME_TODAY=day)
            assert (outcome.status, "is destroyed:" in outcome.err) == (0, False), outcome.err
        assert len(list(keys.iterdir())) == 3
        assert place.me("restore", "--check", str(lost.archive)).status == 0
        outcome = place.me("backup", str(backups / "eighth"), ME_TODAY="2026-03-09")
        assert (outcome.status, f"The day key of {DAY} is destroyed" in outcome.err) == (0, True), outcome.err
        assert {path.stem for path in keys.iterdir()} == {"2026-03-03", "2026-03-08", "2026-03-09"}
        assert "destroyed on day 8" in place.me("restore", "--check", str(backups / DAY)).err
        # The promise does not wait for a backup that works.
        outcome = place.me("backup", str(backups / "eighth"), ME_TODAY="2026-03-10")
        assert (outcome.status, "exists already and was left as it is" in outcome.err) == (1, True), outcome.err
        assert not (keys / "2026-03-03.key").exists()


def test_a_full_disk_leaves_no_half_backup(place: Place) -> None:
    """Issue, bad input: full disk, here a limit on the size of a file."""
    assert place.restore()[0] == 0
    backups = place.instance.parent / "backups"
    backups.mkdir()
    with open_office(place.settings, "me_staff"):
        nowhere = place.me("backup", str(backups / "missing" / "backup"), ME_TODAY=DAY)
        with limit_files(50_000):
            outcome = place.me("backup", str(backups), ME_TODAY=DAY)
    assert (nowhere.status, "there is no such folder" in nowhere.err) == (1, True), nowhere.err
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
    assert "There is no space left to write" in outcome.err
    assert list(backups.iterdir()) == []


@contextlib.contextmanager
def limit_files(size: int) -> Iterator[None]:
    """No file of this process may grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def served(folder: Path, passwords: Mapping[str, str]) -> Callable[[str, URL], Me]:
    """Instances in a folder of this name over a served database, whose administrator made the roles."""

    def make(name: str, url: URL) -> Me:
        secrets = folder / name / "secrets"
        secrets.mkdir(parents=True)
        for role in ROLES:
            (secrets / f"{role}.password").write_text(passwords[role])
        address = url.render_as_string(hide_password=False)
        changes = {"ME_INSTANCE": str(folder / name), "ME_DATABASE_URL": address, "ME_DAY_KEYS": str(folder / "keys")}
        return Me({"ME_CONTENT": str(ROOT), "ME_TODAY": "", **changes})

    return make


def test_a_served_database_is_saved_and_restored_with_the_programs_on_the_path(
    folder: Path,
    bare_database: Database,
    admin: Engine,
    served: Callable[[str, URL], Me],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"{find_programs()}{os.pathsep}{os.environ['PATH']}")
    first = served("first", bare_database.make_url(OWNER))
    made = first("init")
    assert made.status == 0, made.err
    (folder / "sheet").write_text(made.out)
    code = first("enrol", "--partner", "BERZ").out.strip()
    saved = first("backup", str(folder / "saved"))
    assert (saved.status, "ME_DAY_KEYS" in saved.err) == (0, False), saved.err
    at_risk = first("backup", str(folder / "at-risk"), ME_DAY_KEYS="")
    assert "were its disk lost, no backup would open. See ME_DAY_KEYS." in at_risk.err
    command = ("restore", str(folder / "saved"), "--sheet", str(folder / "sheet"))
    taken = served("second", bare_database.make_url(OWNER))(*command)
    assert (taken.status, "holds tables already" in taken.err) == (1, True), taken.err
    with lend_copy(admin, DATABASE) as name:
        other = replace(bare_database, name=name)
        third = served("third", other.make_url(OWNER))
        assert third(*command).status == 0
        assert third("door", "new", "--survey", "outcome-checkin", "--partner", "BERZ", "--person", code).status == 0
        owners = [make_engine(each.make_url(OWNER)) for each in (bare_database, other)]
        before, after = (sum_tables(owner) for owner in owners)
        for owner in owners:
            owner.dispose()
    # The code that was issued, and that somebody issued one.
    assert [sums["audit_event"].partition(" ")[0] for sums in (before, after)] == ["0", "1"]
    added = {"door": "", "audit_event": ""}
    assert {**after, **added} == {**before, **added}


def test_programs_of_a_served_database_that_are_missing_or_too_old_are_named(
    folder: Path, bare_database: Database, served: Callable[[str, URL], Me]
) -> None:
    me = served("first", bare_database.make_url(OWNER))
    assert me("init").status == 0
    missing = me("backup", str(folder / "saved"), PATH=str(folder))
    assert (missing.status, "There is no pg_dump on the path" in missing.err) == (1, True), missing.err
    old = folder / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    too_old = me("backup", str(folder / "saved"), PATH=str(folder))
    assert (too_old.status, "has version 9, which is older than the server" in too_old.err) == (1, True), too_old.err
    assert "postgresql-client-" in too_old.err
    assert not (folder / "saved").exists()
