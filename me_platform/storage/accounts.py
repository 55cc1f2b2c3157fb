"""Accounts of staff and funders, their roles, second factors and log-ins.

These tables stand in front of the wall between partners: whoever logs in has no partner yet. They hold names for
logging in, no content. Times are aware datetimes. Whether a log-in is still good is decided in
``services.accounts``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from me_platform.errors import NotFound
from me_platform.storage.models import Account, Credential, Membership, Partner, StaffSession


@dataclass(frozen=True)
class AccountRow:
    """An account. ``password_hash`` is None until a password was chosen; ``uniquifier`` names it inside a session."""

    id: UUID
    email: str
    password_hash: str | None = field(repr=False)
    active: bool
    uniquifier: str = field(repr=False)
    language: str


@dataclass(frozen=True)
class MembershipRow:
    """A role of an account in an organisation; ``code`` is the organisation's."""

    id: UUID
    account: UUID
    organisation: UUID
    code: str
    role: str


@dataclass(frozen=True)
class CredentialRow:
    """Something that proves an account, sealed under the staff site's key: a second factor, codes, an invitation."""

    id: UUID
    account: UUID
    kind: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class StaffSessionRow:
    """A log-in; ``data`` is what the site remembers between two pages. ``account`` None: of nobody yet."""

    id_hash: bytes
    account: UUID | None
    data: bytes = field(repr=False)
    started: datetime
    seen: datetime


_ACCOUNT = (
    Account.id,
    Account.email,
    Account.password_hash,
    Account.active,
    Account.uniquifier,
    Account.language,
)
_MEMBERSHIP = (Membership.id, Membership.account_id, Membership.organisation_id, Partner.code, Membership.role)
_CREDENTIAL = (Credential.id, Credential.account_id, Credential.kind, Credential.sealed)
_SESSION = (
    StaffSession.id_hash,
    StaffSession.account_id,
    StaffSession.data,
    StaffSession.started_at,
    StaffSession.seen_at,
)


def compute_session_hash(token: str) -> bytes:
    """What the database keeps of a session's token: SHA-256 (32 bytes). The token has 256 random bits: no pepper."""
    return hashlib.sha256(token.encode()).digest()


def add_account(session: Session, account: AccountRow) -> bool:
    """Add an account unless its e-mail address is taken. Returns whether a row was added."""
    statement = (
        insert(Account)
        .values(
            id=account.id,
            email=account.email,
            password_hash=account.password_hash,
            active=account.active,
            uniquifier=account.uniquifier,
            language=account.language,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def find_account(session: Session, email: str) -> AccountRow | None:
    """The account of an e-mail address in its one spelling (``services.accounts.check_email``)."""
    return _find_account(session, Account.email == email)


def find_account_by_uniquifier(session: Session, uniquifier: str) -> AccountRow | None:
    """The account a session names."""
    return _find_account(session, Account.uniquifier == uniquifier)


def find_login_rows(
    session: Session, *, email: str = "", uniquifier: str = ""
) -> tuple[AccountRow, tuple[MembershipRow, ...]] | None:
    """An account by its uniquifier, else by its address, with its roles by organisation; one statement in any case."""
    rows = session.execute(
        select(*_ACCOUNT, *_MEMBERSHIP)
        .outerjoin(Membership, Membership.account_id == Account.id)
        .outerjoin(Partner, Partner.id == Membership.organisation_id)
        .where(Account.uniquifier == uniquifier if uniquifier else Account.email == email)
        .order_by(Partner.code, Membership.role)
    ).all()
    if not rows:
        return None
    parts: list[tuple[Any, ...]] = [tuple(row) for row in rows]
    length = len(_ACCOUNT)
    memberships = tuple(MembershipRow(*part[length:]) for part in parts if part[length] is not None)
    return AccountRow(*parts[0][:length]), memberships


def list_accounts(session: Session) -> tuple[AccountRow, ...]:
    """All accounts, by e-mail address."""
    return tuple(AccountRow(*row) for row in session.execute(select(*_ACCOUNT).order_by(Account.email)))


def find_emails(session: Session, accounts: Collection[UUID]) -> dict[UUID, str]:
    """The addresses of these accounts; one that is gone is left out."""
    rows = session.execute(select(Account.id, Account.email).where(Account.id.in_(accounts)))
    return {row.id: row.email for row in rows}


def get_account(session: Session, account: UUID, *, lock: bool = False) -> AccountRow:
    """The account of an id. Raises NotFound.

    ``lock`` holds it until the transaction ends, so that what hangs on it changes one after the other.
    """
    query = select(*_ACCOUNT).where(Account.id == account)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("account", str(account))
    return AccountRow(*row)


def list_accounts_at(session: Session, organisation: UUID) -> tuple[tuple[AccountRow, ...], tuple[MembershipRow, ...]]:
    """The accounts that hold a role in an organisation, by e-mail address, and all their roles anywhere."""
    here = select(Membership.account_id).where(Membership.organisation_id == organisation)
    rows = session.execute(
        select(*_ACCOUNT, *_MEMBERSHIP)
        .join(Membership, Membership.account_id == Account.id)
        .join(Partner, Partner.id == Membership.organisation_id)
        .where(Account.id.in_(here))
        .order_by(Account.email, Partner.code, Membership.role)
    )
    accounts: dict[UUID, AccountRow] = {}
    memberships: list[MembershipRow] = []
    for row in rows:
        values: Any = tuple(row)
        accounts[values[0]] = AccountRow(*values[: len(_ACCOUNT)])
        memberships.append(MembershipRow(*values[len(_ACCOUNT) :]))
    return tuple(accounts.values()), tuple(memberships)


def has_other_administrator(session: Session, organisation: UUID, account: UUID, role: str) -> bool:
    """Whether somebody else who can log in holds the role there; those rows are locked until the transaction ends."""
    rows = session.execute(
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.organisation_id == organisation,
            Membership.role == role,
            Membership.account_id != account,
            Account.active,
            Account.password_hash.is_not(None),
        )
        .order_by(Membership.id)
        .with_for_update()
    )
    return bool(rows.all())


def set_language(session: Session, account: UUID, language: str) -> None:
    """Replace the language an account's pages start in."""
    session.execute(update(Account).where(Account.id == account).values(language=language))


def set_password_hash(session: Session, account: UUID, password_hash: str) -> None:
    """Replace the hash of a password."""
    session.execute(update(Account).where(Account.id == account).values(password_hash=password_hash))


def set_active(session: Session, account: UUID, *, active: bool, uniquifier: str) -> None:
    """Enable or disable an account; a new uniquifier makes every session that names the old one worthless."""
    session.execute(update(Account).where(Account.id == account).values(active=active, uniquifier=uniquifier))


def add_membership(session: Session, membership: MembershipRow) -> bool:
    """Give an account a role unless it has it. Returns whether a row was added."""
    statement = (
        insert(Membership)
        .values(
            id=membership.id,
            account_id=membership.account,
            organisation_id=membership.organisation,
            role=membership.role,
        )
        .on_conflict_do_nothing()
    )
    return session.connection().execute(statement).rowcount == 1


def delete_membership(session: Session, account: UUID, organisation: UUID, role: str) -> bool:
    """Take a role from an account. Returns whether it had it."""
    rows = session.execute(
        delete(Membership)
        .where(Membership.account_id == account, Membership.organisation_id == organisation, Membership.role == role)
        .returning(Membership.id)
    )
    return rows.one_or_none() is not None


def list_memberships(session: Session, account: UUID) -> tuple[MembershipRow, ...]:
    """The roles of an account, by organisation and role."""
    rows = session.execute(
        select(*_MEMBERSHIP)
        .join(Partner, Partner.id == Membership.organisation_id)
        .where(Membership.account_id == account)
        .order_by(Partner.code, Membership.role)
    )
    return tuple(MembershipRow(*row) for row in rows)


def list_members(session: Session, organisation: UUID, roles: Collection[str]) -> dict[UUID, str]:
    """E-mail address by account of those who are active and have one of these roles in an organisation."""
    rows = session.execute(
        select(Account.id, Account.email)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.organisation_id == organisation, Membership.role.in_(roles), Account.active)
        .order_by(Account.email)
    )
    return {account: email for account, email in rows}  # noqa: C416 - a row is no pair to the type checker


def add_credential(session: Session, credential: CredentialRow) -> None:
    """Add a credential."""
    session.execute(
        insert(Credential).values(
            id=credential.id, account_id=credential.account, kind=credential.kind, sealed=credential.sealed
        )
    )


def find_credential(session: Session, credential: UUID) -> CredentialRow | None:
    """The credential of an id."""
    row = session.execute(select(*_CREDENTIAL).where(Credential.id == credential)).one_or_none()
    return None if row is None else CredentialRow(*row)


def list_credentials(session: Session, *accounts: UUID) -> tuple[CredentialRow, ...]:
    """The credentials of accounts, by kind."""
    rows = session.execute(
        select(*_CREDENTIAL).where(Credential.account_id.in_(accounts)).order_by(Credential.kind, Credential.id)
    )
    return tuple(CredentialRow(*row) for row in rows)


def set_credential(session: Session, credential: UUID, sealed: bytes) -> None:
    """Replace what a credential holds."""
    session.execute(update(Credential).where(Credential.id == credential).values(sealed=sealed))


def delete_credentials(session: Session, account: UUID, *kinds: str) -> int:
    """Delete the credentials of these kinds. Returns how many there were."""
    rows = session.execute(
        delete(Credential).where(Credential.account_id == account, Credential.kind.in_(kinds)).returning(Credential.id)
    )
    return len(rows.all())


def add_staff_session(session: Session, row: StaffSessionRow) -> None:
    """Add a log-in."""
    session.execute(
        insert(StaffSession).values(
            id_hash=row.id_hash, account_id=row.account, data=row.data, started_at=row.started, seen_at=row.seen
        )
    )


def find_staff_session(session: Session, id_hash: bytes) -> StaffSessionRow | None:
    """The log-in of a token's hash, however old it is."""
    row = session.execute(select(*_SESSION).where(StaffSession.id_hash == id_hash)).one_or_none()
    return None if row is None else StaffSessionRow(*row)


def list_staff_sessions(session: Session, account: UUID) -> tuple[StaffSessionRow, ...]:
    """The log-ins of an account, oldest first."""
    rows = session.execute(
        select(*_SESSION).where(StaffSession.account_id == account).order_by(StaffSession.started_at)
    )
    return tuple(StaffSessionRow(*row) for row in rows)


def set_session_seen(session: Session, id_hash: bytes, seen: datetime) -> None:
    """Note when a log-in was last used."""
    session.execute(update(StaffSession).where(StaffSession.id_hash == id_hash).values(seen_at=seen))


def set_session_data(session: Session, id_hash: bytes, data: bytes) -> None:
    """Replace what the site remembers."""
    session.execute(update(StaffSession).where(StaffSession.id_hash == id_hash).values(data=data))


def delete_staff_session(session: Session, id_hash: bytes) -> None:
    """End one log-in."""
    session.execute(delete(StaffSession).where(StaffSession.id_hash == id_hash))


def delete_staff_sessions(session: Session, account: UUID, *, keep: bytes = b"") -> None:
    """End every log-in of an account, but the one of the hash ``keep``."""
    session.execute(delete(StaffSession).where(StaffSession.account_id == account, StaffSession.id_hash != keep))


def delete_old_sessions(session: Session, *, started_before: datetime, seen_before: datetime) -> None:
    """Delete the log-ins that began, or were last used, at or before these moments."""
    session.execute(
        delete(StaffSession).where((StaffSession.started_at <= started_before) | (StaffSession.seen_at <= seen_before))
    )


def _find_account(session: Session, condition: ColumnElement[bool]) -> AccountRow | None:
    row = session.execute(select(*_ACCOUNT).where(condition)).one_or_none()
    return None if row is None else AccountRow(*row)
