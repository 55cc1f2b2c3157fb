"""Use case of the staff site and the worker: a snapshot verified whole, from its parts to the living records (R27).

Opening every record of a plan takes longer than a page may: it is ordered, and its outcome kept with the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from me_platform.catalogue import Catalogue
from me_platform.services.instance import Office
from me_platform.services.lineage import verify_freeze
from me_platform.services.steps import Step

VERIFY = "verify"
"""The kind of job that verifies a snapshot."""


@dataclass(frozen=True)
class WholeCheck:
    """What a verification came to at one organisation.

    ``faults`` say what is wrong, figures by their ids; empty where nothing is. Of ``figures`` so many are ``equal`` to
    those computed again, so many ``told`` otherwise by today's rules of protection though they are true, and so many
    ``explained`` by people who took something out since; 0 of 0, with the ``reason``, where nothing could be computed
    again. ``gone`` are these people as a range, None for an open end.
    """

    freeze: str
    faults: tuple[str, ...]
    figures: int
    equal: int
    explained: int
    told: int
    gone: tuple[int, int | None]
    reason: str


def run_verification(office: Office, catalogue: Catalogue, content: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
    """Carry a verification out that was ordered (worker): of the part of the organisation that ordered it.

    The figures of all organisations are computed, as those of one depend on none but the consortium's on all. Raises
    NotFound for a snapshot that is gone, KeysDestroyed and SealBroken for records that cannot be opened.
    """
    found = verify_freeze(office, catalogue, content["freeze"], content["partner"], step)
    differences = [each for part in found.recomputed for each in part.differences]
    figures = sum(part.figures for part in found.recomputed)
    return {
        "freeze": found.freeze,
        "faults": list(found.faults),
        "figures": figures,
        "equal": figures - len({each.id for each in differences}),
        "explained": sum(each.explained and not each.told for each in differences),
        "told": sum(each.told for each in differences),
        "gone": list(found.recomputed[0].gone) if found.recomputed else [0, None],
        "reason": found.reason,
    }


def make_check(outcome: Mapping[str, Any]) -> WholeCheck:
    """What ``run_verification`` returned."""
    low, high = outcome["gone"]
    return WholeCheck(**{**outcome, "faults": tuple(outcome["faults"]), "gone": (low, high)})
