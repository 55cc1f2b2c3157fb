"""Use cases around accounts: add and disable users, check who logs in, begin and end their sessions.

Which passwords will do stands in ``passwords``. Their hashes are argon2id with the parameters of RFC 9106's second
choice (64 MiB), the very form Flask-Security verifies on the staff site.
"""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from me_platform.access import Membership, Role, User
from me_platform.errors import InputInvalid, NotFound, NotPermitted
from me_platform.services.audit import Deed, note_account_deed
from me_platform.services.codes import format_code, make_door_code
from me_platform.services.instance import Office
from me_platform.services.passwords import find_password_fault
from me_platform.services.second_factor import list_own
from me_platform.settings import Sources
from me_platform.storage.accounts import (
    AccountRow,
    MembershipRow,
    StaffSessionRow,
    add_account,
    add_membership,
    add_staff_session,
    compute_session_hash,
    delete_old_sessions,
    delete_staff_session,
    delete_staff_sessions,
    find_account,
    find_account_by_uniquifier,
    find_login_rows,
    find_staff_session,
    list_staff_sessions,
    set_active,
    set_language,
    set_password_hash,
    set_session_data,
    set_session_seen,
)
from me_platform.storage.partners import get_partner

LANGUAGES = ("en", "lv")
"""Languages the staff site speaks."""

IDLE = timedelta(minutes=15)
"""A log-in that is not used for so long ends."""

ABSOLUTE = timedelta(hours=8)
"""A log-in ends after so long even when it is used."""

_SEEN_EVERY = timedelta(minutes=1)
"""How exact "last used" is kept: a page and its style sheets are one use, not four writes."""

_EMAIL_LENGTH = 254
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class HashCost:
    """How hard argon2id works on a password: rounds, memory in KiB, lanes. Tests work less."""

    rounds: int
    memory: int
    lanes: int


HASH_COST = HashCost(3, 65536, 4)
"""RFC 9106, 4: the second choice."""


@dataclass(frozen=True)
class AddedUser:
    """A new account and the password it was given, which is stored nowhere else."""

    id: UUID
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Login:
    """What the log-in needs to know about an account; ``language`` is the one its pages start in."""

    user: User
    email: str
    password_hash: str | None = field(repr=False)
    active: bool
    uniquifier: str = field(repr=False)
    language: str


def add_user(
    engine: Engine,
    sources: Sources,
    *,
    email: str,
    role: str,
    partner_code: str,
    password: str = "",
    language: str = "en",
) -> AddedUser:
    """Add an account with its first role. Without a password one is made.

    Raises InputInvalid, which names everything that is wrong (also an address that has an account), and NotFound for
    an unknown partner.
    """
    address = check_new_account(email, role, language, password)
    chosen = password or make_password(sources)
    account = AccountRow(
        id=sources.new_id(),
        email=address,
        password_hash=hash_password(chosen),
        active=True,
        uniquifier=make_uniquifier(sources),
        language=language,
    )
    with Session(engine) as session:
        partner = get_partner(session, partner_code)
        if not add_account(session, account):
            raise InputInvalid(f"{address} has an account already.")
        add_membership(session, MembershipRow(sources.new_id(), account.id, partner.id, partner.code, role))
        session.commit()
    return AddedUser(account.id, address, chosen)


def grant_role(engine: Engine, sources: Sources, *, email: str, role: str, partner_code: str) -> bool:
    """Give an account a role in one more organisation. Returns whether it is new to it.

    Raises InputInvalid for an unknown role, NotFound for an unknown account or partner.
    """
    if problems := check_role(role):
        raise InputInvalid(*problems)
    with Session(engine) as session:
        account = _get_account(session, email)
        partner = get_partner(session, partner_code)
        added = add_membership(session, MembershipRow(sources.new_id(), account.id, partner.id, partner.code, role))
        session.commit()
        return added


def disable_user(engine: Engine, sources: Sources, *, email: str) -> None:
    """Close an account: its log-ins end with this transaction and nobody can log in to it again.

    Raises NotFound.
    """
    with Session(engine) as session:
        account = _get_account(session, email)
        set_active(session, account.id, active=False, uniquifier=make_uniquifier(sources))
        delete_staff_sessions(session, account.id)
        session.commit()


def change_password_hash(engine: Engine, account: UUID, password_hash: str) -> None:
    """Keep a hash of the same password made with newer parameters."""
    with Session(engine) as session:
        set_password_hash(session, account, password_hash)
        session.commit()


def find_login(engine: Engine, *, email: str = "", uniquifier: str = "") -> Login | None:
    """The account somebody logs in to (by any spelling of its e-mail address), or the one a session names."""
    try:
        address = "" if uniquifier else check_email(email)
    except InputInvalid:
        return None
    with Session(engine) as session:
        # One statement whoever it is, so that an unknown name takes as long as a known one.
        found = find_login_rows(session, email=address, uniquifier=uniquifier)
    if found is None:
        return None
    account, rows = found
    memberships = tuple(Membership(row.organisation, row.code, Role(row.role)) for row in rows)
    return Login(
        user=User(account.id, memberships),
        email=account.email,
        password_hash=account.password_hash,
        active=account.active,
        uniquifier=account.uniquifier,
        language=account.language,
    )


def begin_staff_session(engine: Engine, sources: Sources, uniquifier: str, data: bytes) -> str:
    """Begin a session for the account of that uniquifier and return its token, which is stored nowhere.

    Sessions that are over, whosever they were, are deleted. Raises NotPermitted when the account was closed meanwhile.
    """
    token = base64.urlsafe_b64encode(sources.random(_TOKEN_BYTES)).decode().rstrip("=")
    now = sources.now()
    with Session(engine) as session:
        account = find_account_by_uniquifier(session, uniquifier)
        if account is None or not account.active:
            raise NotPermitted("log in")
        delete_old_sessions(session, started_before=now - ABSOLUTE, seen_before=now - IDLE)
        add_staff_session(session, StaffSessionRow(compute_session_hash(token), account.id, data, now, now))
        session.commit()
    return token


def find_session_data(engine: Engine, sources: Sources, token: str) -> bytes | None:
    """What the site remembers of a session that is still good; None where it is over or never was.

    Using a session keeps it from idling out.
    """
    now = sources.now()
    with Session(engine) as session:
        row = find_staff_session(session, compute_session_hash(token))
        if row is None or not is_good(row, now):
            return None
        if now - row.seen >= _SEEN_EVERY:
            set_session_seen(session, row.id_hash, now)
            session.commit()
        return row.data


def keep_session_data(engine: Engine, token: str, data: bytes) -> None:
    """Replace what the site remembers of a session."""
    with Session(engine) as session:
        set_session_data(session, compute_session_hash(token), data)
        session.commit()


@dataclass(frozen=True)
class LoginLine:
    """A log-in of one's own that is still good; ``here`` is the one that asks."""

    started: datetime
    seen: datetime
    here: bool


def list_logins(engine: Engine, sources: Sources, account: UUID, token: str) -> list[LoginLine]:
    """The log-ins of an account that are still good, oldest first."""
    with Session(engine) as session:
        rows = list_staff_sessions(session, account)
    here = compute_session_hash(token)
    return [LoginLine(row.started, row.seen, row.id_hash == here) for row in rows if is_good(row, sources.now())]


def end_other_sessions(office: Office, user: User, token: str) -> None:
    """End every log-in of the user but the one of the token."""
    with Session(office.engine) as session:
        delete_staff_sessions(session, user.id, keep=compute_session_hash(token))
        note_account_deed(office, session, list_own(user), user.id, Deed.ENDED_LOG_INS, user.id)
        session.commit()


def change_language(engine: Engine, account: UUID, language: str) -> None:
    """Let an account's pages start in another language. Raises InputInvalid for one the site does not speak."""
    if problems := check_language(language):
        raise InputInvalid(*problems)
    with Session(engine) as session:
        set_language(session, account, language)
        session.commit()


def change_password(office: Office, user: User, email: str, password: str, token: str) -> None:
    """Give the user a new password; other log-ins end. Raises InputInvalid where it will not do."""
    if problems := check_password(password, email):
        raise InputInvalid(*problems)
    with Session(office.engine) as session:
        set_password_hash(session, user.id, hash_password(password))
        delete_staff_sessions(session, user.id, keep=compute_session_hash(token))
        note_account_deed(office, session, list_own(user), user.id, Deed.CHOSE_PASSWORD, user.id)
        session.commit()


def note_login(office: Office, user: User, *, failed: bool) -> None:
    """Note a log-in, or one that failed, in the log of every organisation the account holds a role in."""
    with Session(office.engine) as session:
        deed = Deed.FAILED_LOG_IN if failed else Deed.LOGGED_IN
        note_account_deed(office, session, list_own(user), None if failed else user.id, deed, user.id)
        session.commit()


def end_staff_session(engine: Engine, token: str) -> None:
    """End a session: its token opens nothing any more."""
    with Session(engine) as session:
        delete_staff_session(session, compute_session_hash(token))
        session.commit()


def is_good(row: StaffSessionRow, now: datetime) -> bool:
    """Whether a session is within both its limits."""
    return now - row.seen < IDLE and now - row.started < ABSOLUTE


def check_email(raw: str) -> str:
    """The one spelling of an e-mail address, in which it is stored and looked up: lower case, composed characters.

    It is a name to log in with, no mail is sent: only what cannot be an address is refused, with InputInvalid.
    """
    address = unicodedata.normalize("NFC", raw.strip()).lower()
    name, at, domain = address.rpartition("@")
    if not (name and at and domain) or "@" in name or len(address) > _EMAIL_LENGTH or not address.isprintable():
        raise InputInvalid("The e-mail address must look like name@organisation.example.")
    if " " in address:
        raise InputInvalid("An e-mail address has no spaces.")
    return address


def check_new_account(email: str, role: str, language: str, password: str = "") -> str:
    """The one spelling of a new account's address. Raises InputInvalid naming everything that is wrong with it."""
    problems = [*check_role(role), *check_language(language), *(check_password(password, email) if password else ())]
    try:
        address = check_email(email)
    except InputInvalid as error:
        raise InputInvalid(*error.problems, *problems) from error
    if problems:
        raise InputInvalid(*problems)
    return address


def check_password(raw: str, email: str = "") -> tuple[str, ...]:
    """What is wrong with a password somebody chose, in sentences; empty when it will do."""
    fault = find_password_fault(raw, email)
    return (f"This password will not do: {fault}.",) if fault else ()


def make_password(sources: Sources) -> str:
    """A password to hand over: 20 lower-case characters nobody confuses on paper, 98 random bits."""
    return "-".join(format_code(make_door_code(sources.random)) for _ in range(2)).lower()


def hash_password(password: str, cost: HashCost = HASH_COST) -> str:
    """The argon2id hash of a password in the spelling Flask-Security verifies (NFKD)."""
    hasher = PasswordHasher(time_cost=cost.rounds, memory_cost=cost.memory, parallelism=cost.lanes)
    return hasher.hash(unicodedata.normalize("NFKD", password))


def make_uniquifier(sources: Sources) -> str:
    """A name for an account inside its sessions; a new one makes all of them worthless."""
    return sources.random(_TOKEN_BYTES).hex()


def _get_account(session: Session, email: str) -> AccountRow:
    account = find_account(session, check_email(email))
    if account is None:
        raise NotFound("account", email)
    return account


def check_role(role: str) -> tuple[str, ...]:
    """What is wrong with the name of a role, in sentences."""
    return () if role in set(Role) else (f"There is no role '{role}'. Known: {', '.join(Role)}.",)


def check_language(language: str) -> tuple[str, ...]:
    """What is wrong with a language, in sentences."""
    if language in LANGUAGES:
        return ()
    return (f"The staff site does not speak '{language}'. Known: {', '.join(LANGUAGES)}.",)
