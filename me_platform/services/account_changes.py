"""What an administrator sees and does of accounts: the list, roles, closing, new links, lost second factors.

An administrator at an organisation sees the accounts that hold a role there, and gives and takes roles there. The
account as a whole (closing it, a new link, its second factor) is changed only by whoever may change accounts at every
organisation it holds a role in. Nobody changes the own account here, and an organisation keeps its last administrator.
No content, no password and no secret is ever shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action, Role
from me_platform.errors import NotFound, NotPermitted
from me_platform.services.accounts import make_uniquifier
from me_platform.services.audit import Deed, note_account_deed, note_deed
from me_platform.services.instance import Office
from me_platform.services.invitations import INVITATION, Invitation, add_invitation, invite_user, is_pending
from me_platform.services.seats import Organisation, Seat
from me_platform.services.second_factor import RECOVERY, TOTP
from me_platform.storage.accounts import (
    AccountRow,
    CredentialRow,
    MembershipRow,
    add_membership,
    delete_credentials,
    delete_membership,
    delete_staff_sessions,
    get_account,
    has_other_administrator,
    list_accounts_at,
    list_credentials,
    list_memberships,
    set_active,
)
from me_platform.storage.partners import PartnerRow
from me_platform.storage.tenancy import enter_partner


class Refusal(StrEnum):
    """Why a change was not made."""

    OWN = "own account"
    LAST = "last administrator"


@dataclass(frozen=True)
class AccountLine:
    """An account as an administrator of an organisation sees it; ``roles`` are those held there.

    ``whole``: the account as a whole may be changed. ``invited``: a link is out that can still be used.
    """

    id: UUID
    email: str
    language: str
    active: bool
    roles: tuple[Role, ...]
    elsewhere: bool
    has_password: bool
    has_factor: bool
    invited: bool
    own: bool
    whole: bool


def list_account_lines(
    office: Office, key: bytes, organisations: Mapping[str, Organisation], seat: Seat
) -> list[AccountLine]:
    """The accounts that hold a role at the seat's organisation, by e-mail address. Two statements."""
    seat.permit(Action.LIST_ACCOUNTS)
    with Session(office.engine) as session:
        accounts, memberships = list_accounts_at(session, seat.partner.id)
        credentials = list_credentials(session, *(account.id for account in accounts))
    return [
        _make_line(
            office,
            key,
            organisations,
            seat,
            account,
            [each for each in memberships if each.account == account.id],
            [each for each in credentials if each.account == account.id],
        )
        for account in accounts
    ]


def get_account_line(
    office: Office, key: bytes, organisations: Mapping[str, Organisation], seat: Seat, account: UUID
) -> AccountLine:
    """One of them. Raises NotFound for an account without a role there."""
    for line in list_account_lines(office, key, organisations, seat):
        if line.id == account:
            return line
    raise NotFound("account", str(account))


def invite(office: Office, key: bytes, seat: Seat, *, email: str, role: str, language: str) -> Invitation:
    """``invite_user`` at the seat's organisation."""
    seat.permit(Action.CHANGE_ACCOUNTS)
    return invite_user(office, key, seat.partner, seat.user.id, email=email, role=role, language=language)


def give_role(office: Office, seat: Seat, account: UUID, role: Role) -> Refusal | None:
    """Give an account one more role at the seat's organisation."""
    with Session(office.engine) as session:
        _take(session, seat, account)
        if account == seat.user.id:
            return Refusal.OWN
        partner = seat.partner
        row = MembershipRow(office.sources.new_id(), account, partner.id, partner.code, role)
        if add_membership(session, row):
            _note_role(office, session, seat, account, Deed.GRANTED, role)
            session.commit()
    return None


def take_role(office: Office, seat: Seat, account: UUID, role: Role) -> Refusal | None:
    """Take a role at the seat's organisation from an account."""
    with Session(office.engine) as session:
        _take(session, seat, account)
        if account == seat.user.id:
            return Refusal.OWN
        if role is Role.ADMINISTRATOR and not has_other_administrator(session, seat.partner.id, account, role):
            return Refusal.LAST
        if delete_membership(session, account, seat.partner.id, role):
            _note_role(office, session, seat, account, Deed.REVOKED, role)
            session.commit()
    return None


def close_account(
    office: Office, organisations: Mapping[str, Organisation], seat: Seat, account: UUID
) -> Refusal | None:
    """Close an account: its log-ins end with this transaction, its link and its second factor open nothing any more."""

    def close(session: Session, row: AccountRow, memberships: list[MembershipRow]) -> Refusal | None:
        kept = [each.organisation for each in memberships if each.role == Role.ADMINISTRATOR]
        if row.active and not all(
            has_other_administrator(session, each, account, Role.ADMINISTRATOR) for each in sorted(kept)
        ):
            return Refusal.LAST
        set_active(session, account, active=False, uniquifier=make_uniquifier(office.sources))
        delete_staff_sessions(session, account)
        delete_credentials(session, account, INVITATION)
        return None

    return _change_whole(office, organisations, seat, account, Deed.CLOSED, close)


def reopen_account(
    office: Office, organisations: Mapping[str, Organisation], seat: Seat, account: UUID
) -> Refusal | None:
    """Open a closed account again, with the password and second factor it had."""

    def reopen(session: Session, row: AccountRow, _memberships: list[MembershipRow]) -> None:
        set_active(session, account, active=True, uniquifier=row.uniquifier)

    return _change_whole(office, organisations, seat, account, Deed.REOPENED, reopen)


def remove_factor(
    office: Office, organisations: Mapping[str, Organisation], seat: Seat, account: UUID
) -> Refusal | None:
    """Remove a lost second factor with its recovery codes; log-ins end, and the next one sets it up anew."""

    def remove(session: Session, _row: AccountRow, _memberships: list[MembershipRow]) -> None:
        delete_credentials(session, account, TOTP, RECOVERY)
        delete_staff_sessions(session, account)

    return _change_whole(office, organisations, seat, account, Deed.REMOVED_FACTOR, remove)


def renew_link(
    office: Office, key: bytes, organisations: Mapping[str, Organisation], seat: Seat, account: UUID
) -> Invitation | Refusal:
    """A new link to choose a password, for an invitation that ran out or a password that was forgotten.

    The old password stays good until the link is used. A closed account gets none (NotPermitted).
    """
    made: list[Invitation] = []

    def renew(session: Session, row: AccountRow, _memberships: list[MembershipRow]) -> None:
        if not row.active:
            raise NotPermitted("invite somebody whose account is closed")
        made.append(add_invitation(session, office, key, row))

    return _change_whole(office, organisations, seat, account, Deed.INVITED, renew) or made[0]


def _change_whole(
    office: Office,
    organisations: Mapping[str, Organisation],
    seat: Seat,
    account: UUID,
    deed: Deed,
    change: Callable[[Session, AccountRow, list[MembershipRow]], Refusal | None],
) -> Refusal | None:
    """One change of an account as a whole, with a line in the log of every organisation it holds a role in."""
    with Session(office.engine) as session:
        row, memberships = _take(session, seat, account)
        if account == seat.user.id:
            return Refusal.OWN
        if not _may_change_whole(organisations, seat, memberships):
            raise NotPermitted(Action.CHANGE_ACCOUNTS.value)
        if refusal := change(session, row, memberships):
            return refusal
        partners = [PartnerRow(each.organisation, each.code) for each in memberships]
        note_account_deed(office, session, partners, seat.user.id, deed, account)
        session.commit()
    return None


def _take(session: Session, seat: Seat, account: UUID) -> tuple[AccountRow, list[MembershipRow]]:
    """The account, locked, and its roles. Raises NotPermitted, and NotFound for one without a role there."""
    seat.permit(Action.CHANGE_ACCOUNTS)
    memberships = list(list_memberships(session, account))
    if not any(each.organisation == seat.partner.id for each in memberships):
        raise NotFound("account", str(account))
    return get_account(session, account, lock=True), memberships


def _may_change_whole(organisations: Mapping[str, Organisation], seat: Seat, memberships: list[MembershipRow]) -> bool:
    return all(
        each.code in organisations and Seat(seat.user, organisations[each.code]).may(Action.CHANGE_ACCOUNTS)
        for each in memberships
    )


def _note_role(office: Office, session: Session, seat: Seat, account: UUID, deed: Deed, role: Role) -> None:
    enter_partner(session, seat.partner.id)
    note_deed(office, session, seat.partner, seat.user.id, deed, role, account)


def _make_line(
    office: Office,
    key: bytes,
    organisations: Mapping[str, Organisation],
    seat: Seat,
    account: AccountRow,
    memberships: list[MembershipRow],
    credentials: list[CredentialRow],
) -> AccountLine:
    now = office.sources.now()
    return AccountLine(
        id=account.id,
        email=account.email,
        language=account.language,
        active=account.active,
        roles=tuple(Role(each.role) for each in memberships if each.organisation == seat.partner.id),
        elsewhere=any(each.organisation != seat.partner.id for each in memberships),
        has_password=account.password_hash is not None,
        has_factor=any(each.kind == TOTP for each in credentials),
        invited=any(each.kind == INVITATION and is_pending(key, each, now) for each in credentials),
        own=account.id == seat.user.id,
        whole=seat.may(Action.CHANGE_ACCOUNTS) and _may_change_whole(organisations, seat, memberships),
    )
