"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes for when it is lost.

Secrets and the codes' MACs lie in ``credential`` rows, sealed under a key made from the staff site's key, bound to
row and account. A code of the app is good for its own thirty seconds and the thirty before and after, and only once:
the step of the last accepted one is kept, and an earlier or equal one is refused. Every change locks the account's row,
so that one code sent twice at once is accepted once.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from me_platform.access import OPENS_CONTENT, User
from me_platform.errors import InputInvalid, NotFound, NotPermitted, SealBroken
from me_platform.sealing.envelope import (
    Place,
    Random,
    compute_code_mac,
    make_subkey,
    open_with_key,
    seal_with_key,
)
from me_platform.services.audit import Deed, note_account_deed
from me_platform.services.codes import format_code, make_door_code, read_typed_code
from me_platform.services.instance import Office
from me_platform.settings import Sources
from me_platform.storage.accounts import (
    CredentialRow,
    add_credential,
    delete_credentials,
    find_account,
    get_account,
    list_credentials,
    set_credential,
)
from me_platform.storage.partners import PartnerRow

TOTP, RECOVERY = "totp", "recovery"
"""Kinds of credentials."""

STEP = 30
"""Seconds a code of the app stands for (RFC 6238, X)."""

DRIFT = 1
"""Steps by which the clocks of phone and server may differ (RFC 6238, 5.2)."""

CODES = 10
"""Recovery codes in a set."""

ISSUER = "Monitoring and evaluation"
"""What an app calls the account; it tells nothing about whom the organisation works with."""

_DIGITS = 6
_SECRET_BYTES = 20
_BEFORE_ALL = -1


@dataclass(frozen=True)
class FactorState:
    """Whether an account has a second factor, and how many recovery codes are left."""

    set_up: bool
    codes_left: int


@dataclass(frozen=True)
class Offer:
    """A secret for an app that is not in force yet. ``sealed`` travels in the form that confirms it (text)."""

    secret: bytes = field(repr=False)
    sealed: str = field(repr=False)

    @property
    def typed(self) -> str:
        """The secret as an app takes it when it is typed, in groups of four."""
        text = write_secret(self.secret)
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def make_credential_key(site_key: bytes) -> bytes:
    """The key (32 bytes) under which credentials lie, made from the staff site's key."""
    return make_subkey(site_key, "staff credentials")


def needs_factor(user: User) -> bool:
    """Whether somebody logs in with a second factor (``access.OPENS_CONTENT``)."""
    return any(membership.role in OPENS_CONTENT for membership in user.memberships)


def compute_code(secret: bytes, step: int) -> str:
    """The six digits of a step (RFC 4226, 5.3, over HMAC-SHA-1, which every app knows)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def find_step(secret: bytes, code: str, now: datetime, after: int = _BEFORE_ALL) -> int | None:
    """The step a code stands for: ``DRIFT`` from now at most, later than ``after``; None where it is wrong."""
    current = int(now.timestamp()) // STEP
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(compute_code(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def write_secret(secret: bytes) -> str:
    """A secret in base32, without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def make_address(secret: bytes, email: str) -> str:
    """What the QR code says: the ``otpauth`` address apps understand."""
    label = quote(f"{ISSUER}:{email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': write_secret(secret), 'issuer': ISSUER}, quote_via=quote)}"


def make_offer(key: bytes, account: UUID, random: Random) -> Offer:
    """A new secret for the account. Nothing is stored: the form that shows it carries it, sealed."""
    secret = random(_SECRET_BYTES)
    sealed = seal_with_key(key, secret, _offer_place(account), random)
    return Offer(secret, base64.urlsafe_b64encode(sealed).decode())


def read_offer(key: bytes, account: UUID, sealed: str) -> Offer:
    """An offer that came back with its form. Raises InputInvalid where it is none of this account's."""
    try:
        secret = open_with_key(key, base64.urlsafe_b64decode(sealed.encode()), _offer_place(account))
    except (SealBroken, ValueError) as error:
        raise InputInvalid("This form is not one the site made for this account.") from error
    return Offer(secret, sealed)


def get_factor_state(engine: Engine, key: bytes, account: UUID) -> FactorState:
    """What an account has of a second factor."""
    with Session(engine) as session:
        rows = list_credentials(session, account)
    left = [len(_open(key, row)["codes"]) for row in rows if row.kind == RECOVERY]
    return FactorState(any(row.kind == TOTP for row in rows), sum(left))


def set_up_factor(office: Office, key: bytes, user: User, offer: Offer, typed: str, *, first: bool) -> tuple[str, ...]:
    """Put an offered secret in force once a code of it was typed; returns a new set of recovery codes, shown once.

    An empty result: the code is wrong and nothing changed. With ``first`` (the log-in's own set-up, where nothing but
    the password was given) an account that has a factor is refused with NotPermitted.
    """
    step = find_step(offer.secret, read_typed_code(typed), office.sources.now())
    if step is None:
        return ()
    with Session(office.engine) as session:
        get_account(session, user.id, lock=True)
        if first and any(row.kind == TOTP for row in list_credentials(session, user.id)):
            raise NotPermitted("set up a second factor that is there already")
        put_factor(session, office.sources, key, user.id, offer.secret, last=step)
        codes = _put_codes(session, office, key, user.id)
        note_account_deed(office, session, list_own(user), user.id, Deed.SET_FACTOR, user.id)
        session.commit()
    return codes


def put_factor(
    session: Session, sources: Sources, key: bytes, account: UUID, secret: bytes, *, last: int = _BEFORE_ALL
) -> None:
    """Replace the secret of an account within the caller's transaction; ``last`` is the step accepted last."""
    delete_credentials(session, account, TOTP)
    row = sources.new_id()
    sealed = _seal(key, row, account, {"secret": secret.hex(), "last": last}, sources.random)
    add_credential(session, CredentialRow(row, account, TOTP, sealed))


def renew_codes(office: Office, key: bytes, user: User) -> tuple[str, ...]:
    """Make a new set of recovery codes, shown once; the old ones are worth nothing any more."""
    with Session(office.engine) as session:
        get_account(session, user.id, lock=True)
        codes = _put_codes(session, office, key, user.id)
        note_account_deed(office, session, list_own(user), user.id, Deed.RENEWED_CODES, user.id)
        session.commit()
    return codes


def spend_code(office: Office, key: bytes, user: User, typed: str) -> bool:
    """Whether this is a code of the account's app, or one of its recovery codes; it is worth nothing afterwards."""
    code = read_typed_code(typed)
    with Session(office.engine) as session:
        get_account(session, user.id, lock=True)
        for row in list_credentials(session, user.id):
            content = _open(key, row) if row.kind in {TOTP, RECOVERY} else {}
            if row.kind == TOTP:
                step = find_step(bytes.fromhex(content["secret"]), code, office.sources.now(), content["last"])
                if step is None:
                    continue
                content["last"] = step
            elif row.kind == RECOVERY and (mac := _compute_mac(key, user.id, code)) in content["codes"]:
                content["codes"].remove(mac)
                note_account_deed(office, session, list_own(user), user.id, Deed.USED_CODE, user.id)
            else:
                continue
            set_credential(session, row.id, _seal(key, row.id, user.id, content, office.sources.random))
            session.commit()
            return True
    return False


def give_factor(office: Office, key: bytes, account: UUID, secret: bytes) -> None:
    """Set up an account of a sample instance with a secret that is printed."""
    with Session(office.engine) as session:
        put_factor(session, office.sources, key, account, secret)
        session.commit()


def find_code(office: Office, key: bytes, email: str, now: datetime) -> str:
    """The code an account's app would show now, for sample instances. Raises NotFound without account or factor."""
    with Session(office.engine) as session:
        account = find_account(session, email.strip().lower())
        rows = list_credentials(session, account.id) if account else ()
    for row in rows:
        if row.kind == TOTP:
            return compute_code(bytes.fromhex(_open(key, row)["secret"]), int(now.timestamp()) // STEP)
    raise NotFound("second factor of", email)


def list_own(user: User) -> Iterable[PartnerRow]:
    """The organisations a user holds a role in."""
    return [PartnerRow(membership.organisation, membership.code) for membership in user.memberships]


def _put_codes(session: Session, office: Office, key: bytes, account: UUID) -> tuple[str, ...]:
    delete_credentials(session, account, RECOVERY)
    codes = [make_door_code(office.sources.random) for _ in range(CODES)]
    row = office.sources.new_id()
    content = {"codes": [_compute_mac(key, account, code) for code in codes]}
    sealed = _seal(key, row, account, content, office.sources.random)
    add_credential(session, CredentialRow(row, account, RECOVERY, sealed))
    return tuple(format_code(code) for code in codes)


def _compute_mac(key: bytes, account: UUID, code: str) -> str:
    return compute_code_mac(key, f"recovery {account}", code).hex()


def _seal(key: bytes, row: UUID, account: UUID, content: Mapping[str, object], random: Random) -> bytes:
    return seal_with_key(key, json.dumps(dict(content)).encode(), Place("credential", row, account), random)


def _open(key: bytes, row: CredentialRow) -> dict[str, Any]:
    return dict(json.loads(open_with_key(key, row.sealed, Place("credential", row.id, row.account))))


def _offer_place(account: UUID) -> Place:
    return Place("offered credential", account, account)
