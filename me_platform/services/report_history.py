"""What becomes of a report: built, then accepted or rejected by a second person, then fetched.

The state of a report is read from its history, which is only ever added to (docs/decisions/0020).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.services.instance import Office
from me_platform.storage.partners import PartnerRow
from me_platform.storage.report_work import ReportEventRow, add_report_event
from me_platform.storage.snapshots import ReportStep


class ReportState(StrEnum):
    """Whether a report may be handed to funders."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def find_state(history: Sequence[ReportStep]) -> ReportState:
    """The state after a history, oldest step first. Accepted bytes stay so when the same are built again."""
    state = ReportState.WAITING
    for step in history:
        if step.action in {"accepted", "rejected"}:
            state = ReportState(step.action)
        elif state is ReportState.REJECTED:
            state = ReportState.WAITING
    return state


def find_builders(history: Sequence[ReportStep]) -> frozenset[UUID]:
    """The accounts that had the report built: none of them may accept it."""
    return frozenset(step.account for step in history if step.action == "built" and step.account)


def needs_building(history: Sequence[ReportStep], account: UUID | None) -> bool:
    """Whether it is news that this account built the report; a job that is done twice is none."""
    state = find_state(history)
    if state is not ReportState.WAITING:
        return state is ReportState.REJECTED
    rejected = max((place for place, step in enumerate(history) if step.action == "rejected"), default=-1)
    return account not in {step.account for step in history[rejected + 1 :] if step.action == "built"}


def note_report(
    office: Office,
    session: Session,
    partner: PartnerRow,
    report: UUID,
    history: Sequence[ReportStep],
    account: UUID | None,
    action: str,
    comment: str = "",
) -> None:
    """Add a step to a report's history within the caller's transaction, which has entered the partner.

    It comes after every earlier step, also on a clock that stands still.
    """
    event = office.sources.new_id()
    now = office.sources.now()
    at = max([now, *(step.at + timedelta(microseconds=1) for step in history)])
    sealed = None
    if comment:
        place = Place("report_event", event, partner.id)
        sealed = seal_with_key(office.vault.get_partner_key(partner.id), comment.encode(), place, office.sources.random)
    add_report_event(session, ReportEventRow(event, partner.id, report, account, action, at, sealed))
