"""One-time links: somebody chooses the password of an account, for the first time or because it was forgotten.

A link's token has 256 random bits and is stored nowhere: the row's id is a MAC of it, what the row holds is sealed.
An administrator is shown the link once and hands it over in a safe way; no mail is sent. A new link replaces the one
before.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid, NotFound, SealBroken
from me_platform.sealing.envelope import Place, compute_code_mac, open_with_key, seal_with_key
from me_platform.services.accounts import (
    check_email,
    check_new_account,
    check_password,
    hash_password,
    make_uniquifier,
)
from me_platform.services.audit import Deed, note_account_deed, note_deed
from me_platform.services.instance import Office
from me_platform.storage.accounts import (
    AccountRow,
    CredentialRow,
    MembershipRow,
    add_account,
    add_credential,
    add_membership,
    delete_credentials,
    delete_staff_sessions,
    find_account,
    find_credential,
    get_account,
    list_memberships,
    set_password_hash,
)
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.tenancy import enter_partner

INVITATION = "invitation"
"""Kind of credential."""

VALID_FOR = timedelta(hours=72)
"""A link that was not used for so long opens nothing."""

_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Invitation:
    """A link that was made. ``token`` is empty where the account was there already and only got the role."""

    account: UUID
    email: str
    until: datetime
    token: str = field(repr=False)


def invite_user(
    office: Office, key: bytes, partner: PartnerRow, by: UUID | None, *, email: str, role: str, language: str
) -> Invitation:
    """Make an account with a role at an organisation, and the link to choose its password.

    Where the address has an account that holds no role there yet, it gets the role and no link. Raises InputInvalid,
    which names everything that is wrong, also an account that is in the organisation already.
    """
    address = check_new_account(email, role, language)
    sources = office.sources
    made = AccountRow(sources.new_id(), address, None, True, make_uniquifier(sources), language)
    with Session(office.engine) as session:
        added = add_account(session, made)
        account = made if added else find_account(session, address)
        assert account is not None, "the address is taken, and accounts are never deleted"  # noqa: S101
        if any(membership.organisation == partner.id for membership in list_memberships(session, account.id)):
            raise InputInvalid(f"{address} has an account in this organisation already.")
        add_membership(session, MembershipRow(sources.new_id(), account.id, partner.id, partner.code, role))
        invitation = Invitation(account.id, address, sources.now(), "")
        if added:
            invitation = add_invitation(session, office, key, account)
        enter_partner(session, partner.id)
        note_deed(office, session, partner, by, Deed.INVITED, "account", account.id)
        session.commit()
    return invitation


def invite_by_code(
    office: Office, key: bytes, *, email: str, role: str, partner_code: str, language: str
) -> Invitation:
    """``invite_user`` on the command line; an account that was never used, or whose password is lost, gets a new link.

    Raises NotFound for an unknown partner.
    """
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        account = find_account(session, check_email(email))
        known = account is not None and any(
            (row.organisation, row.role) == (partner.id, role) for row in list_memberships(session, account.id)
        )
        if account is not None and known:
            invitation = add_invitation(session, office, key, account)
            enter_partner(session, partner.id)
            note_deed(office, session, partner, None, Deed.INVITED, "account", account.id)
            session.commit()
            return invitation
    return invite_user(office, key, partner, None, email=email, role=role, language=language)


def add_invitation(session: Session, office: Office, key: bytes, account: AccountRow) -> Invitation:
    """A new link for an account instead of the one before, within the caller's transaction."""
    delete_credentials(session, account.id, INVITATION)
    token = base64.urlsafe_b64encode(office.sources.random(_TOKEN_BYTES)).decode().rstrip("=")
    until = office.sources.now() + VALID_FOR
    row = _find_row_id(key, token)
    place = Place("credential", row, account.id)
    sealed = seal_with_key(key, json.dumps({"until": until.isoformat()}).encode(), place, office.sources.random)
    add_credential(session, CredentialRow(row, account.id, INVITATION, sealed))
    return Invitation(account.id, account.email, until, token)


def find_invited(office: Office, key: bytes, token: str) -> str | None:
    """The address of the account a link is for; None where it is used, replaced, expired or never was."""
    with Session(office.engine) as session:
        account = _find_account(session, office, key, token)
    return account.email if account else None


def accept_invitation(office: Office, key: bytes, token: str, password: str) -> None:
    """Give the account the password; the link is used up and every log-in of the account ends.

    Raises NotFound for a link that opens nothing, InputInvalid for a password that will not do (the link stays good).
    """
    with Session(office.engine) as session:
        account = _find_account(session, office, key, token)
        if account is None:
            raise NotFound("invitation", "this link")
        if problems := check_password(password, account.email):
            raise InputInvalid(*problems)
        get_account(session, account.id, lock=True)
        if not delete_credentials(session, account.id, INVITATION):  # somebody was quicker
            raise NotFound("invitation", "this link")
        set_password_hash(session, account.id, hash_password(password))
        delete_staff_sessions(session, account.id)
        own = [PartnerRow(row.organisation, row.code) for row in list_memberships(session, account.id)]
        note_account_deed(office, session, own, account.id, Deed.CHOSE_PASSWORD, account.id)
        session.commit()


def is_pending(key: bytes, row: CredentialRow, now: datetime) -> bool:
    """Whether a link can still be used."""
    try:
        content = json.loads(open_with_key(key, row.sealed, Place("credential", row.id, row.account)))
    except SealBroken:
        return False
    return now < datetime.fromisoformat(content["until"])


def _find_account(session: Session, office: Office, key: bytes, token: str) -> AccountRow | None:
    row = find_credential(session, _find_row_id(key, token))
    if row is None or row.kind != INVITATION or not is_pending(key, row, office.sources.now()):
        return None
    account = get_account(session, row.account)
    return account if account.active else None


def _find_row_id(key: bytes, token: str) -> UUID:
    return UUID(bytes=compute_code_mac(key, INVITATION, token.encode(errors="replace"))[:16])
