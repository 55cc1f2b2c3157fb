"""Which door a presented code opens now. A code may stand for several: a card's two, before and after a session, or
the places of a room.

Whatever the code, the same is asked of the database: what is decided here is decided in hand. Source:
privacy-and-safety 1.1 and "Doors without a person".
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, derive_use_key, open_with_key, seal_with_key
from me_platform.services.sittings import Doorstep
from me_platform.storage.doors import DoorRow, find_doors, set_use, spend_door
from me_platform.surveys.flow import Draft
from me_platform.surveys.waves import SESSION

ROOM = "room"
"""The kind of door whose code is one for a whole room."""

AFTER = timedelta(hours=24)
"""How long after its first use a session's card opens the second time (privacy-and-safety 1.1)."""

_TRIES = 4
"""How often a place of a room is looked for while others take theirs this very moment."""


def choose_door(doorstep: Doorstep, doors: Collection[DoorRow]) -> DoorRow | None:
    """The door to open of those that share a presented code; None where none opens (any more)."""
    known = [door for door in doors if door.survey in doorstep.surveys and door.person is not None]
    if any(door.kind == ROOM for door in known):
        free = [door for door in known if _is_open(doorstep, door)]
        # By chance: two who open at the same moment rarely meet in one place, and a place says nothing of an order.
        return free[int.from_bytes(doorstep.sources.random(8)) % len(free)] if free else None
    first = next((door for door in known if door.wave == SESSION[0]), None)
    return next((door for door in _sort_waves(known) if _may_open(doorstep, door, first)), None)


def take_door(session: Session, doorstep: Doorstep, draft: Draft, person: UUID) -> DoorRow | None:
    """Close the door of a draft for good; the transaction presents its code. In a room it may be another's place.

    None where staff revoked it since it was opened, or it was used; who opened it in time and paused may send after
    its last day.
    """
    for _ in range(_TRIES):
        taken = spend_door(session, draft.door, draft.wave, person)
        if taken is not None:
            if taken.kind != ROOM and taken.wave == SESSION[0]:
                set_use(session, taken.id, _seal_use(doorstep, taken))
            return taken
        # Whoever waited for a place that was taken meanwhile finds the others only when looking again.
        if not any(door.status == "open" and door.wave == draft.wave for door in find_doors(session, draft.door)):
            return None
    return None


def _sort_waves(doors: Iterable[DoorRow]) -> list[DoorRow]:
    return sorted(doors, key=lambda door: door.wave != SESSION[0])


def _may_open(doorstep: Doorstep, door: DoorRow, first: DoorRow | None) -> bool:
    """Whether a door opens. Of a card with two, the second opens for a day after the first was used."""
    if first is None or first is door:
        return _is_open(doorstep, door)
    used = _open_use(doorstep, first)
    return door.status == "open" and used is not None and doorstep.sources.now() - used < AFTER


def _is_open(doorstep: Doorstep, door: DoorRow) -> bool:
    return door.status == "open" and doorstep.sources.today() <= door.expires


def _seal_use(doorstep: Doorstep, door: DoorRow) -> bytes:
    key = derive_use_key(doorstep.pepper, door.partner)
    content = json.dumps({"at": doorstep.sources.now().isoformat()}).encode()
    return seal_with_key(key, content, Place("door", door.id, door.partner), doorstep.sources.random)


def _open_use(doorstep: Doorstep, door: DoorRow) -> datetime | None:
    if door.use is None:
        return None
    key = derive_use_key(doorstep.pepper, door.partner)
    content = json.loads(open_with_key(key, door.use, Place("door", door.id, door.partner)))
    return datetime.fromisoformat(content["at"])
