"""Asking for somebody to talk to, and alerts: a task sealed to the duty key of the partner (privacy-and-safety 1.11).

What the survey site writes here it cannot read again. Nothing here commits: the use cases of ``answering`` do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, seal_to_person
from me_platform.services.sittings import Doorstep, OpenSitting
from me_platform.storage.duty import TaskRow, add_task, find_duty_key
from me_platform.storage.responses import find_public_key

_SIZE = 1020
"""Bytes a task is padded to: 200 characters of four bytes each, and the rest of it."""


class Reason(StrEnum):
    """Why somebody should be talked to: she asked for it, or a survey's `alert` held for her answers."""

    WISH = "wish"
    ALERT = "alert"


@dataclass(frozen=True)
class Task:
    """What whoever is on duty reads: who, since when, why, and in her words how she can be reached safely.

    ``response`` is the one an alert comes from: it goes with it.
    """

    person: UUID
    at: datetime
    reason: Reason
    words: str = ""
    response: UUID | None = None


def encode_task(task: Task) -> bytes:
    """The task as JSON, for its seal."""
    content = {
        "person": task.person.hex,
        "at": task.at.isoformat(timespec="minutes"),
        "reason": task.reason.value,
        "words": task.words,
        "response": task.response.hex if task.response else "",
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def decode_task(data: bytes) -> Task:
    """What ``encode_task`` made."""
    content = json.loads(data)
    return Task(
        person=UUID(content["person"]),
        at=datetime.fromisoformat(content["at"]),
        reason=Reason(content["reason"]),
        words=content["words"],
        response=UUID(content["response"]) if content["response"] else None,
    )


def can_ask(session: Session, sitting: OpenSitting) -> bool:
    """Whether a task would reach anybody, and whoever reads it would know who it is about."""
    return find_duty_key(session) is not None and find_public_key(session, sitting.row.person) is not None


def ask_for_somebody(
    session: Session,
    doorstep: Doorstep,
    sitting: OpenSitting,
    reason: Reason,
    words: str = "",
    response: UUID | None = None,
) -> bool:
    """Add a task about the person of a sitting. False where it would reach nobody; then nothing was added."""
    public_key = find_duty_key(session)
    if public_key is None or not can_ask(session, sitting):
        return False
    place = Place("duty_task", doorstep.sources.new_id(), sitting.row.partner)
    task = Task(sitting.row.person, doorstep.sources.now(), reason, words, response)
    sealed = seal_to_person(public_key, encode_task(task), place, _SIZE)
    add_task(session, TaskRow(place.row, place.partner, doorstep.sources.today(), sealed))
    return True
