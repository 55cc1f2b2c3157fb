"""Accounts, roles, second factors and log-ins on the real database, as the role the staff site works under."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.access import Membership, Role
from me_platform.errors import InputInvalid, NotFound, NotPermitted
from me_platform.services.accounts import (
    ABSOLUTE,
    IDLE,
    add_user,
    begin_staff_session,
    change_password_hash,
    check_email,
    disable_user,
    end_staff_session,
    find_login,
    find_session_data,
    grant_role,
    keep_session_data,
)
from me_platform.settings import Sources
from me_platform.storage.accounts import (
    CredentialRow,
    add_credential,
    compute_session_hash,
    list_accounts,
    list_credentials,
    list_memberships,
    list_staff_sessions,
)
from me_platform.storage.partners import PartnerRow, add_partner

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.conftest import Engines

ALFA, BETA = UUID(int=1), UUID(int=2)
PASSWORD = "correct horse battery"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 10, 15, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sources(clock: Clock) -> Sources:
    return Sources(now=clock)


@pytest.fixture
def staff(engines: Engines) -> Engine:
    """The staff site's own role, with two organisations in the database."""
    with Session(engines.staff) as session:
        add_partner(session, PartnerRow(ALFA, "ALFA"))
        add_partner(session, PartnerRow(BETA, "BETA"))
        session.commit()
    return engines.staff


def add_officer(staff: Engine, sources: Sources, email: str = "Anna@Alfa.example") -> str:
    """An officer of ALFA; returns the uniquifier a session would name."""
    add_user(staff, sources, email=email, role="officer", partner_code="ALFA", password=PASSWORD, language="lv")
    found = find_login(staff, email=email)
    assert found is not None
    return found.uniquifier


def test_a_new_user_is_found_by_any_spelling_of_the_address(staff: Engine, sources: Sources) -> None:
    added = add_user(
        staff, sources, email=" Anna@Alfa.Example ", role="officer", partner_code="ALFA", password=PASSWORD
    )
    assert added.email == "anna@alfa.example"
    found = find_login(staff, email="ANNA@alfa.example")
    assert found is not None
    assert (found.user.id, found.active, found.language) == (added.id, True, "en")
    assert found.user.memberships == (Membership(ALFA, "ALFA", Role.OFFICER),)


def test_a_password_is_kept_as_an_argon2id_hash_of_its_one_spelling(staff: Engine, sources: Sources) -> None:
    add_user(staff, sources, email="a@b.example", role="officer", partner_code="ALFA", password="Šķūņa ēka pļavā")
    found = find_login(staff, email="a@b.example")
    assert found is not None
    assert found.password_hash is not None
    assert found.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    decomposed = "S\u030ck\u0327u\u0304n\u0327a e\u0304ka pl\u0327ava\u0304"
    assert PasswordHasher().verify(found.password_hash, decomposed)


def test_without_a_password_a_strong_one_is_made(staff: Engine, sources: Sources) -> None:
    made = [
        add_user(staff, sources, email=f"{name}@b.example", role="funder", partner_code="BETA").password
        for name in ("a", "b")
    ]
    assert made[0] != made[1]
    assert all(len(password) == 23 and password == password.lower() for password in made)
    assert made[0] not in repr(find_login(staff, email="a@b.example"))


def test_the_same_address_gets_one_account_only(staff: Engine, sources: Sources) -> None:
    add_officer(staff, sources)
    with pytest.raises(InputInvalid, match=r"anna@alfa\.example has an account already"):
        add_user(staff, sources, email="ANNA@ALFA.EXAMPLE", role="funder", partner_code="BETA")
    with Session(staff) as session:
        (account,) = list_accounts(session)
        assert [row.role for row in list_memberships(session, account.id)] == ["officer"]


def test_everything_wrong_with_a_new_user_is_told_at_once(staff: Engine, sources: Sources) -> None:
    with pytest.raises(InputInvalid) as told:
        add_user(staff, sources, email="anna", role="director", partner_code="ALFA", password="short", language="de")
    assert len(told.value.problems) == 4
    assert "officer" in str(told.value)
    assert "at least 12" in str(told.value)
    with pytest.raises(NotFound, match="Known: ALFA, BETA"):
        add_user(staff, sources, email="a@b.example", role="officer", partner_code="GAMMA")
    with Session(staff) as session:
        assert list_accounts(session) == ()


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("ā" * 11, "at least 12 characters"),
        ("ā" * 257, "256 characters at most"),
        ("a-long-address@b.example", "e-mail address"),
        ("password1234", "everybody tries first"),
    ],
)
def test_a_password_that_will_not_do_is_refused(staff: Engine, sources: Sources, password: str, fault: str) -> None:
    email = "a-long-address@b.example"
    with pytest.raises(InputInvalid, match=fault):
        add_user(staff, sources, email=email, role="officer", partner_code="ALFA", password=password)
    add_user(staff, sources, email=email, role="officer", partner_code="ALFA", password="četri klusi vārdi")


@pytest.mark.parametrize(
    "raw",
    ["", "@", "a@", "@b", "a", "a@b@c", "a b@c", "a\x00@b", "a\n@b", "a@b\u202e", "x" * 250 + "@b.lv", "\ud800@b"],
)
def test_what_cannot_be_an_address_is_refused_and_found_nowhere(staff: Engine, raw: str) -> None:
    with pytest.raises(InputInvalid):
        check_email(raw)
    assert find_login(staff, email=raw) is None


def test_a_user_may_hold_roles_in_several_organisations(staff: Engine, sources: Sources) -> None:
    add_officer(staff, sources)
    assert grant_role(staff, sources, email="anna@alfa.example", role="funder", partner_code="BETA")
    assert not grant_role(staff, sources, email="anna@alfa.example", role="funder", partner_code="BETA")
    found = find_login(staff, email="anna@alfa.example")
    assert found is not None
    assert [(each.code, each.role) for each in found.user.memberships] == [("ALFA", "officer"), ("BETA", "funder")]
    with pytest.raises(NotFound):
        grant_role(staff, sources, email="nobody@b.example", role="funder", partner_code="BETA")
    with pytest.raises(InputInvalid):
        grant_role(staff, sources, email="anna@alfa.example", role="owner", partner_code="BETA")


def test_a_hash_with_newer_parameters_replaces_the_old_one(staff: Engine, sources: Sources) -> None:
    add_officer(staff, sources)
    before = find_login(staff, email="anna@alfa.example")
    assert before is not None
    change_password_hash(staff, before.user.id, "$argon2id$new")
    after = find_login(staff, email="anna@alfa.example")
    assert after is not None
    assert after.password_hash == "$argon2id$new"


def test_a_second_factor_is_kept_with_its_account(staff: Engine, sources: Sources) -> None:
    add_officer(staff, sources)
    with Session(staff) as session:
        (account,) = list_accounts(session)
        credential = CredentialRow(uuid4(), account.id, "totp", b"sealed")
        add_credential(session, credential)
        session.commit()
        assert list_credentials(session, account.id) == (credential,)
        assert list_credentials(session, uuid4()) == ()


def test_a_session_remembers_until_it_is_ended(staff: Engine, sources: Sources) -> None:
    token = begin_staff_session(staff, sources, add_officer(staff, sources), b"one")
    assert find_session_data(staff, sources, token) == b"one"
    keep_session_data(staff, token, b"two")
    assert find_session_data(staff, sources, token) == b"two"
    end_staff_session(staff, token)
    assert find_session_data(staff, sources, token) is None


def test_the_database_keeps_only_the_hash_of_a_token(staff: Engine, sources: Sources) -> None:
    token = begin_staff_session(staff, sources, add_officer(staff, sources), b"data")
    with Session(staff) as session:
        (account,) = list_accounts(session)
        (row,) = list_staff_sessions(session, account.id)
        kept = session.execute(text("select s::text from staff_session s")).scalar_one()
    assert row.id_hash == compute_session_hash(token)
    assert token not in kept
    assert token.encode().hex() not in kept
    assert len(token) == 43


def test_a_session_idles_out(staff: Engine, sources: Sources, clock: Clock) -> None:
    """Architecture, accounts: idle limit of 15 minutes."""
    token = begin_staff_session(staff, sources, add_officer(staff, sources), b"")
    clock.time += IDLE - timedelta(seconds=1)
    assert find_session_data(staff, sources, token) == b""
    clock.time += IDLE - timedelta(seconds=1)
    assert find_session_data(staff, sources, token) == b""
    clock.time += IDLE
    assert find_session_data(staff, sources, token) is None


def test_a_session_in_use_ends_all_the_same_after_eight_hours(staff: Engine, sources: Sources, clock: Clock) -> None:
    """Architecture, accounts: absolute limit of 8 hours."""
    token = begin_staff_session(staff, sources, add_officer(staff, sources), b"")
    end = clock.time + ABSOLUTE
    while clock.time + timedelta(minutes=10) < end:
        clock.time += timedelta(minutes=10)
        assert find_session_data(staff, sources, token) == b""
    clock.time = end
    assert find_session_data(staff, sources, token) is None


def test_disabling_a_user_ends_every_session_at_once(staff: Engine, sources: Sources) -> None:
    """Issue C, accounts: ended at once when a user is disabled."""
    uniquifier = add_officer(staff, sources)
    other = begin_staff_session(staff, sources, add_officer(staff, sources, "other@b.example"), b"other")
    tokens = [begin_staff_session(staff, sources, uniquifier, b"") for _ in range(2)]
    disable_user(staff, sources, email="anna@alfa.example")
    assert [find_session_data(staff, sources, token) for token in tokens] == [None, None]
    assert find_session_data(staff, sources, other) == b"other"
    assert find_login(staff, uniquifier=uniquifier) is None
    found = find_login(staff, email="anna@alfa.example")
    assert found is not None
    assert not found.active
    for name in (uniquifier, found.uniquifier):
        with pytest.raises(NotPermitted):
            begin_staff_session(staff, sources, name, b"")
    with pytest.raises(NotFound):
        disable_user(staff, sources, email="nobody@b.example")


def test_a_new_log_in_clears_away_what_is_over(staff: Engine, sources: Sources, clock: Clock) -> None:
    uniquifier = add_officer(staff, sources)
    begin_staff_session(staff, sources, uniquifier, b"")
    clock.time += IDLE
    begin_staff_session(staff, sources, uniquifier, b"")
    with Session(staff) as session:
        (account,) = list_accounts(session)
        assert len(list_staff_sessions(session, account.id)) == 1


@pytest.mark.parametrize("token", ["", "x", "a" * 10_000, "\x00", "ā"])
def test_a_token_nobody_was_given_opens_nothing(staff: Engine, sources: Sources, token: str) -> None:
    assert find_session_data(staff, sources, token) is None


@pytest.mark.parametrize(
    ("role", "table"),
    [
        *(("survey", table) for table in ("account", "credential", "membership", "staff_session")),
        *(("worker", table) for table in ("credential", "staff_session")),
    ],
)
def test_no_other_process_sees_accounts(engines: Engines, role: str, table: str) -> None:
    with getattr(engines, role).connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text(f"select 1 from {table}"))  # noqa: S608 - the names stand above


def test_the_worker_sees_of_accounts_whom_a_notice_goes_to_and_nothing_that_proves_them(engines: Engines) -> None:
    """privacy-and-safety 1.11: addresses and roles, for the neutral line to whoever is on duty."""
    with engines.owner.connect() as connection:
        seen = connection.execute(
            text(
                "select table_name, column_name, privilege_type from information_schema.column_privileges"
                " where grantee = 'me_worker' and table_name in ('account', 'membership')"
            )
        )
        assert {tuple(row) for row in seen} == {
            *(("account", column, "SELECT") for column in ("id", "email", "active")),
            *(("membership", column, "SELECT") for column in ("account_id", "organisation_id", "role")),
        }
