"""What the worker does for the caseworker: let a decision told aloud take effect, the person's own or a guardian's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from me_platform.catalogue import Catalogue
from me_platform.errors import NotFound
from me_platform.services.guardians import take_effect
from me_platform.services.instance import Office
from me_platform.services.people import record_decision
from me_platform.services.steps import Step
from me_platform.surveys.consenting import Speaker


def take_decision(office: Office, _catalogue: Catalogue, order: Mapping[str, Any], _step: Step) -> Mapping[str, Any]:
    """Add the event of an order that ``casework.note_decision`` gave; once, however often the job is taken.

    Returns ``{"done": True}``, or False where the person is no longer there.
    """
    version, fingerprint = order["text"]
    try:
        record_decision(
            office,
            order["partner"],
            order["person"],
            purpose=order["purpose"],
            decision=order["decision"],
            text=(version, fingerprint),
            event_id=UUID(order["event"]),
            day=date.fromisoformat(order["day"]),
            speaker=Speaker(order.get("speaker", Speaker.SELF)),
        )
    except NotFound:
        return {"done": False}
    return {"done": True}


def take_guardian(office: Office, catalogue: Catalogue, order: Mapping[str, Any], _step: Step) -> Mapping[str, Any]:
    """Let what ``guardian_notes.note_guardian`` ordered take effect; once, however often the job is taken.

    Returns ``{"done": True}``, or False where the person is no longer there.
    """
    try:
        take_effect(office, catalogue, order)
    except NotFound:
        return {"done": False}
    return {"done": True}
