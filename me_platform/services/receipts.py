"""What the holder of a receipt code sees and changes: consents given, answers taken back (privacy-and-safety 1.7).

Nothing here commits: the use cases of ``answering`` do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, compute_code_mac, seal_to_person
from me_platform.services.codes import CodePurpose
from me_platform.services.sittings import Doorstep, OpenSitting
from me_platform.storage.consents import (
    ConsentEventRow,
    add_consent_events,
    count_consent_events,
    list_consent_events,
)
from me_platform.storage.receipts import ReceiptRow, add_request, find_receipt, find_request
from me_platform.storage.responses import find_public_key, hold_response
from me_platform.storage.tenancy import present_code
from me_platform.surveys.definition import ConsentText, Purpose
from me_platform.surveys.flow import list_purposes


@dataclass(frozen=True)
class PurposeState:
    """What holds for a purpose now, and since which day; ``day`` is None where it was never asked."""

    text: ConsentText
    given: bool
    day: date | None


@dataclass(frozen=True)
class Agreement:
    """What the holder of a receipt agreed to, and what became of the answers.

    ``answered`` is the day of the answers, ``held`` the day they left every figure, ``deleted`` the day they were
    deleted.
    """

    answered: date
    states: tuple[PurposeState, ...]
    held: date | None
    deleted: date | None


def find_agreement(session: Session, doorstep: Doorstep, sitting: OpenSitting) -> Agreement:
    """What was agreed to with the receipt of a sitting that is done."""
    receipt = _present_receipt(session, doorstep, sitting)
    latest = {event.purpose: event for event in list_consent_events(session, receipt.person)}
    states = []
    for purpose in list_purposes(sitting.survey):
        event = latest.get(purpose.value)
        given = event is not None and event.decision == "given"
        states.append(PurposeState(sitting.survey.get_consent(purpose), given, event.day if event else None))
    request = None if receipt.response is None else find_request(session, receipt.response)
    return Agreement(
        answered=receipt.day,
        states=tuple(states),
        held=request.day if request else None,
        deleted=request.done if request else None,
    )


def change_consent(
    session: Session, doorstep: Doorstep, sitting: OpenSitting, purpose: Purpose, *, given: bool
) -> None:
    """Add the event that gives or withdraws a consent; nothing where it holds already (a second tab)."""
    states = find_agreement(session, doorstep, sitting).states
    if any(state.text.purpose is purpose and state.given is not given for state in states):
        add_decisions(session, doorstep, sitting, {purpose: given}, otherwise="withdrawn")


def take_back_answers(session: Session, doorstep: Doorstep, sitting: OpenSitting) -> None:
    """Hold the answers and ask the worker to delete them; nothing where that was done already (a second tab)."""
    receipt = _present_receipt(session, doorstep, sitting)
    public_key = find_public_key(session, receipt.person)
    if receipt.response is None or public_key is None or not hold_response(session, receipt.response):
        return
    request = doorstep.sources.new_id()
    detail = json.dumps({"what": "all"}).encode()
    sealed = seal_to_person(public_key, detail, Place("request", request, receipt.partner))
    add_request(session, receipt, request=request, day=doorstep.sources.today(), sealed=sealed)


def add_decisions(
    session: Session,
    doorstep: Doorstep,
    sitting: OpenSitting,
    decisions: Mapping[Purpose, bool],
    *,
    otherwise: str = "refused",
) -> None:
    """Add one event for each decision, ``given`` or what ``otherwise`` says, with the words that were shown."""
    row, survey = sitting.row, sitting.survey
    first = count_consent_events(session, row.person)
    decided = [survey.get_consent(purpose) for purpose in list_purposes(survey) if purpose in decisions]
    events = [
        ConsentEventRow(
            id=doorstep.sources.new_id(),
            partner=row.partner,
            person=row.person,
            position=first + number,
            purpose=text.purpose.value,
            decision="given" if decisions[text.purpose] else otherwise,
            text_version=text.version,
            text_fingerprint=text.fingerprint,
            day=doorstep.sources.today(),
        )
        for number, text in enumerate(decided)
    ]
    add_consent_events(session, events)


def _present_receipt(session: Session, doorstep: Doorstep, sitting: OpenSitting) -> ReceiptRow:
    """The receipt of a sitting that is done, presented: what it opens may be seen and changed from here on."""
    mac = compute_code_mac(doorstep.pepper, CodePurpose.RECEIPT, sitting.draft.receipt_code)
    present_code(session, mac)
    receipt = find_receipt(session, mac)
    assert receipt is not None, "only a sitting with a receipt shows this page"  # noqa: S101
    return receipt
