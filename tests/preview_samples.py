"""What draws the survey site inside the staff site in tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from me_platform.duty_hours import WORKING_DAYS
from me_platform.survey_site.languages import load_screens
from me_platform.survey_site.preview import PreviewPages, make_preview_pages
from me_platform.surveys.audio import Library
from tests.survey_samples import CONTACTS, EXIT_URL


@cache
def _make_usual() -> PreviewPages:
    return make_preview_pages(
        load_screens(None),
        contacts=CONTACTS,
        exit_url=EXIT_URL,
        sample=False,
        duty_hours=WORKING_DAYS,
        library=Library(),
    )


def make_pages(**changes: Any) -> PreviewPages:  # noqa: ANN401 - fields of a Screen
    """The pages of the tests' survey site, with another library or other contacts where they are named."""
    usual = _make_usual()
    return replace(usual, screen=replace(usual.screen, **changes)) if changes else usual
