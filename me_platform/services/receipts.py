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
from me_platform.storage.receipts import REQUEST_SIZE, MadeRequest, ReceiptRow, add_request, find_receipt, list_requests
from me_platform.storage.responses import find_own_response, find_public_key, hold_response
from me_platform.storage.tenancy import present_code
from me_platform.surveys.consenting import Speaker
from me_platform.surveys.definition import ConsentText, Purpose
from me_platform.surveys.flow import list_purposes
from me_platform.surveys.taking_back import list_following, may_have_alerted


@dataclass(frozen=True)
class PurposeState:
    """What holds for a purpose now, and since which day; ``day`` is None where it was never asked."""

    text: ConsentText
    given: bool
    day: date | None


@dataclass(frozen=True)
class Agreement:
    """What the holder of a receipt agreed to, and what became of the answers.

    ``answered`` is the day of the answers, ``whole`` the request by which all of them were taken back, ``single`` those
    by which one was. ``takeable``: one more can be taken back, for the questions are still those that were asked.
    """

    answered: date
    states: tuple[PurposeState, ...]
    whole: MadeRequest | None
    single: tuple[MadeRequest, ...]
    takeable: bool


def find_agreement(session: Session, doorstep: Doorstep, sitting: OpenSitting) -> Agreement:
    """What was agreed to with the receipt of a sitting that is done."""
    receipt = _present_receipt(session, doorstep, sitting)
    own = (each for each in list_consent_events(session, receipt.person) if each.speaker != Speaker.GUARDIAN)
    latest = {event.purpose: event for event in own}
    states = []
    for purpose in list_purposes(sitting.survey):
        event = latest.get(purpose.value)
        given = event is not None and event.decision == "given"
        states.append(PurposeState(sitting.survey.get_consent(purpose), given, event.day if event else None))
    requests = () if receipt.response is None else list_requests(session, receipt.response)
    return Agreement(
        answered=receipt.day,
        states=tuple(states),
        whole=next((each for each in requests if each.whole), None),
        single=tuple(each for each in requests if not each.whole),
        takeable=_has_answers(session, receipt, sitting.survey.version),
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
    known = () if receipt.response is None else list_requests(session, receipt.response)
    if _has_answers(session, receipt) and not any(each.whole for each in known):
        _take_back(session, doorstep, receipt, {"what": "all"})


def take_back_answer(session: Session, doorstep: Doorstep, sitting: OpenSitting, question: str) -> None:
    """Hold the answers and ask the worker to take one out, with what was asked only because of it.

    Nothing where the answers are gone, or the questions are no longer those that were asked.
    """
    receipt = _present_receipt(session, doorstep, sitting)
    if _has_answers(session, receipt, sitting.survey.version):
        following = list_following(sitting.survey, question)
        alerts = may_have_alerted(sitting.survey, (question, *following))
        order = {"what": "answer", "question": question, "following": following, "alerts": alerts}
        _take_back(session, doorstep, receipt, order)


def _has_answers(session: Session, receipt: ReceiptRow, version: str = "") -> bool:
    """Whether there are answers still, given to this version of the survey where one is named."""
    response = None if receipt.response is None else find_own_response(session, receipt.response)
    return response is not None and version in {"", response.survey_version}


def _take_back(session: Session, doorstep: Doorstep, receipt: ReceiptRow, order: Mapping[str, object]) -> None:
    """Add the request first: where the worker is at the answers this waits, and holds what the worker put back."""
    public_key = find_public_key(session, receipt.person)
    if public_key is None or receipt.response is None:
        return
    request = doorstep.sources.new_id()
    place = Place("request", request, receipt.partner)
    # However many questions follow from one, and however they are called: the length does not tell which it is.
    sealed = seal_to_person(public_key, json.dumps(order).encode(), place, REQUEST_SIZE)
    whole = order["what"] == "all"
    add_request(session, receipt, request=request, day=doorstep.sources.today(), whole=whole, sealed=sealed)
    hold_response(session, receipt.response)


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
            speaker=Speaker.CHILD if survey.audience == "child" else Speaker.SELF,
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
