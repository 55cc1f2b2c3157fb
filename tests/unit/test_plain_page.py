"""The page for those who answered says how many they were, or nothing."""

from __future__ import annotations

import pytest

from me_platform.disclosure.figures import Figure, FigureState
from me_platform.indicators.loading import load_plans
from me_platform.reports.plain import make_plain_context
from tests.report_samples import ROOT, load_templates, make_figure

ADULTS, CHILDREN = "outcome-checkin", "outcome-checkin-child"
SNAPSHOT: dict[str, object] = {
    "partner": "KALNS",
    "period": {"start": "2025-10-01", "end": "2026-09-30"},
    "sample": True,
}


def make_answered(survey: str, count: int | None) -> Figure:
    state = FigureState.SUPPRESSED if count is None else FigureState.VALUE
    return make_figure(
        "flow", "KALNS", state, "persons", part="responded", cells={"survey": survey}, value=count, n=count
    )


@pytest.mark.parametrize(
    ("adults", "children", "told"), [(44, 12, ADULTS), (None, 12, ""), (44, None, ADULTS), (0, 12, "")]
)
def test_those_who_answered_are_never_those_of_another_survey(
    adults: int | None, children: int | None, told: str
) -> None:
    """Defect n: one section prints no other's number, also where its own is hidden or nobody's."""
    figures = [make_answered(ADULTS, adults), make_answered(CHILDREN, children)]
    plan = load_plans(ROOT)["sample"]
    context = make_plain_context(
        load_templates()["plain-summary"], "en", plan, SNAPSHOT, {figure.id: figure for figure in figures}
    )
    assert context.answered == (figures[0].id if told else "")
