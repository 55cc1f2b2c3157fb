"""What is agreed to, as a pure function of the events of a person's decisions (privacy-and-safety 1.6).

A child's yes stands only beside the guardian's, or beside a recorded ground why none is needed; either "no" wins. An
objection stands whoever makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

OBJECT = "object"
"""The purpose that is an objection to being counted: there a "given" is the no."""

GIVEN, REFUSED, WITHDRAWN, NOT_NEEDED = "given", "refused", "withdrawn", "not_needed"


class Speaker(StrEnum):
    """Whose decision an event is: the person's own, her own as a child, or that of her guardian."""

    SELF = "self"
    CHILD = "child"
    GUARDIAN = "guardian"


@dataclass(frozen=True)
class Decision:
    """One event, as far as it decides: ``decision`` is given, refused, withdrawn or, of a guardian, not_needed."""

    purpose: str
    decision: str
    speaker: Speaker = Speaker.SELF


def is_permitted(decisions: Iterable[Decision], purpose: str) -> bool:
    """Whether a child may be asked for a purpose: the guardian's last word about it is yes, or none is needed.

    ``decisions`` are in their order; those of the child are left out of account.
    """
    words = [each.decision for each in decisions if each.speaker is Speaker.GUARDIAN and each.purpose == purpose]
    return bool(words) and words[-1] in {GIVEN, NOT_NEEDED}


def list_agreed(decisions: Iterable[Decision]) -> frozenset[str]:
    """The purposes agreed to, and ``object`` where somebody objects. ``decisions`` are of one person, in their order.

    Of each side the last word about a purpose counts. A child's yes needs the guardian's.
    """
    known = tuple(decisions)
    last = {(each.purpose, each.speaker is Speaker.GUARDIAN): each for each in known}
    return frozenset(
        purpose
        for (purpose, guardian), each in last.items()
        if each.decision == GIVEN
        and (
            purpose == OBJECT or (not guardian and (each.speaker is not Speaker.CHILD or is_permitted(known, purpose)))
        )
    )
