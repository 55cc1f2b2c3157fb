"""A sitting's draft: sealed between two requests, open only while a request carries the cookie or the receipt code.

Nothing here commits: the use cases of ``answering`` do. Source: privacy-and-safety 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from me_platform.duty_hours import WORKING_DAYS, DutyHours
from me_platform.sealing.envelope import (
    Place,
    compute_code_mac,
    open_with_key,
    seal_with_key,
    unwrap_with_code,
    unwrap_with_secret,
    wrap_with_code,
    wrap_with_secret,
)
from me_platform.services.codes import CodePurpose
from me_platform.settings import Sources
from me_platform.storage.sittings import (
    SittingRow,
    add_sitting,
    delete_sitting,
    find_paused_sitting,
    find_sitting,
    look_at_sitting,
    swap_draft,
    update_sitting,
)
from me_platform.storage.tenancy import enter_person, present_code
from me_platform.surveys.definition import Survey
from me_platform.surveys.drafts import compute_draft_capacity, decode_draft, encode_draft
from me_platform.surveys.flow import Draft

IDLE = timedelta(minutes=30)
"""After so long without a tap a sitting is over."""

PAUSE = timedelta(days=30)
"""How long the receipt code opens a paused draft."""

SECRET_BYTES = 32
"""Length of the cookie's secret and of the draft key."""


@dataclass(frozen=True)
class Doorstep:
    """What the survey site works with: its own database role, the surveys, the pepper of codes, time and chance.

    ``duty_hours`` is when somebody looks at wishes to be talked to.
    """

    engine: Engine
    surveys: Mapping[str, Survey]
    pepper: bytes
    sources: Sources
    duty_hours: DutyHours = WORKING_DAYS

    @cached_property
    def draft_sizes(self) -> Mapping[str, int]:
        """Survey -> bytes every draft of it is sealed at."""
        return {name: compute_draft_capacity(survey) for name, survey in self.surveys.items()}


@dataclass(frozen=True)
class OpenSitting:
    """A sitting whose draft lies open for this request; the transaction has entered its person."""

    row: SittingRow
    key: bytes
    draft: Draft
    survey: Survey


def sit_down(session: Session, doorstep: Doorstep, partner: UUID, person: UUID, draft: Draft, status: str) -> bytes:
    """Make a sitting of the entered person under a new draft key; returns the cookie's secret."""
    random = doorstep.sources.random
    cookie, key = random(SECRET_BYTES), random(SECRET_BYTES)
    row = SittingRow(
        id=doorstep.sources.new_id(),
        partner=partner,
        person=person,
        code_mac=compute_code_mac(doorstep.pepper, CodePurpose.SITTING, cookie),
        wrapped_key=b"",
        status=status,
        expires=draft.seen,
        sealed=b"",
    )
    row = replace(row, wrapped_key=wrap_with_secret(cookie, key, _make_place(row), random))
    add_sitting(session, _seal_draft(doorstep, OpenSitting(row, key, draft, doorstep.surveys[draft.survey])))
    return cookie


def look_in(doorstep: Doorstep, cookie: bytes) -> OpenSitting | None:
    """The sitting of a cookie with its draft as it is now; None where there is none or it has been idle too long."""
    row = look_at_sitting(doorstep.engine, compute_code_mac(doorstep.pepper, CodePurpose.SITTING, cookie))
    return None if row is None else _open_with_cookie(doorstep, row, cookie)


def save_at_once(doorstep: Doorstep, sitting: OpenSitting, draft: Draft) -> bool:
    """Seal a draft into its sitting, seen now, and commit; False, and nothing done, where another tab was quicker."""
    return swap_draft(doorstep.engine, sitting.row, _seal_draft(doorstep, replace(sitting, draft=draft)))


def open_sitting(session: Session, doorstep: Doorstep, cookie: bytes) -> OpenSitting | None:
    """As ``look_in``, for a transaction in which another tab has to wait, and which enters the sitting's person."""
    mac = compute_code_mac(doorstep.pepper, CodePurpose.SITTING, cookie)
    present_code(session, mac)
    row = find_sitting(session, mac)
    sitting = None if row is None else _open_with_cookie(doorstep, row, cookie)
    if sitting is not None:
        enter_person(session, sitting.row.partner, sitting.row.person)
    return sitting


def save_draft(session: Session, doorstep: Doorstep, sitting: OpenSitting, draft: Draft) -> None:
    """Seal a draft into its sitting, seen now."""
    present_code(session, sitting.row.code_mac)
    update_sitting(session, _seal_draft(doorstep, replace(sitting, draft=draft)))


def pause_sitting(session: Session, doorstep: Doorstep, sitting: OpenSitting, draft: Draft) -> None:
    """Let the receipt code open the draft too, for as long as PAUSE says."""
    code = draft.receipt_code
    row = replace(
        sitting.row,
        pause_mac=compute_code_mac(doorstep.pepper, CodePurpose.RECEIPT, code),
        pause_wrapped_key=wrap_with_code(code, sitting.key, _make_place(sitting.row), doorstep.sources.random),
        expires=_make_expiry(doorstep.sources.now(), PAUSE),
    )
    save_draft(session, doorstep, replace(sitting, row=row), draft)


def take_up_sitting(session: Session, doorstep: Doorstep, code: str) -> bytes | None:
    """Go on with the paused draft of a presented receipt code; returns the secret of a new cookie.

    None where there is no such draft or its time is over. The old cookie opens nothing any more.
    """
    mac = compute_code_mac(doorstep.pepper, CodePurpose.RECEIPT, code)
    row = find_paused_sitting(session, mac)
    if row is None or row.pause_wrapped_key is None or row.expires <= doorstep.sources.now():
        return None
    enter_person(session, row.partner, row.person)
    key = unwrap_with_code(code, row.pause_wrapped_key, _make_place(row))
    sitting = _open_draft(doorstep, row, key)
    if sitting is None:
        return None
    cookie = doorstep.sources.random(SECRET_BYTES)
    renewed = replace(
        row,
        code_mac=compute_code_mac(doorstep.pepper, CodePurpose.SITTING, cookie),
        wrapped_key=wrap_with_secret(cookie, key, _make_place(row), doorstep.sources.random),
    )
    going_on = replace(sitting, row=renewed, draft=replace(sitting.draft, paused=False))
    update_sitting(session, _seal_draft(doorstep, going_on))
    return cookie


def finish_sitting(session: Session, doorstep: Doorstep, sitting: OpenSitting, draft: Draft) -> None:
    """Keep of a sitting only what its last page shows: no answer, no consent, no way back in by the receipt code."""
    row = replace(sitting.row, status="done", pause_mac=None, pause_wrapped_key=None)
    rest = replace(draft, answers={}, consents={}, paused=False)
    save_draft(session, doorstep, replace(sitting, row=row), rest)


def forget_sitting(session: Session, doorstep: Doorstep, cookie: bytes) -> None:
    """Delete the sitting of a cookie with its draft. After a pause only this cookie's way in is cut off."""
    mac = compute_code_mac(doorstep.pepper, CodePurpose.SITTING, cookie)
    present_code(session, mac)
    row = find_sitting(session, mac)
    if row is None:
        return
    if row.pause_mac is None:
        delete_sitting(session, row.id)
        return
    enter_person(session, row.partner, row.person)
    present_code(session, row.pause_mac)
    update_sitting(session, replace(row, code_mac=doorstep.sources.random(SECRET_BYTES), wrapped_key=b""))


def _open_with_cookie(doorstep: Doorstep, row: SittingRow, cookie: bytes) -> OpenSitting | None:
    sitting = _open_draft(doorstep, row, unwrap_with_secret(cookie, row.wrapped_key, _make_place(row)))
    if sitting is None or doorstep.sources.now() - sitting.draft.seen >= IDLE:
        return None
    return sitting


def _open_draft(doorstep: Doorstep, row: SittingRow, key: bytes) -> OpenSitting | None:
    draft = decode_draft(open_with_key(key, row.sealed, _make_place(row)), doorstep.surveys)
    return None if draft is None else OpenSitting(row, key, draft, doorstep.surveys[draft.survey])


def _seal_draft(doorstep: Doorstep, sitting: OpenSitting) -> SittingRow:
    """The row with its draft sealed into it, seen now. A pause keeps its later end."""
    row, now = sitting.row, doorstep.sources.now_here()
    sealed = seal_with_key(
        sitting.key,
        encode_draft(replace(sitting.draft, seen=now), sitting.survey),
        _make_place(row),
        doorstep.sources.random,
        doorstep.draft_sizes[sitting.survey.id],
    )
    until = _make_expiry(now, IDLE)
    return replace(row, sealed=sealed, expires=until if row.pause_mac is None else max(until, row.expires))


def _make_expiry(now: datetime, lifetime: timedelta) -> datetime:
    """When the worker may delete a sitting, on the full hour: the row tells no closer time. The draft knows better."""
    return (now + lifetime).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _make_place(row: SittingRow) -> Place:
    return Place("sitting", row.id, row.partner)
