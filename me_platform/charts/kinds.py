"""The kinds of charts a report template may ask for; ``draw.CHARTS`` has one function for each."""

from __future__ import annotations

from enum import StrEnum


class ChartKind(StrEnum):
    """What is drawn."""

    PROPORTIONS = "proportions"
    SHARE = "share"
    STATES = "states"
    CHANGE = "change"
    FLOW = "flow"
    COUNTS = "counts"
    MEANS = "means"
    YEARS = "years"
    CHANGES = "changes"
    DUMBBELL = "dumbbell"
