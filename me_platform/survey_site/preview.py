"""The pages of the survey site for staff who look at a survey: the same templates, style, pictures and sounds.

It is drawn inside the staff site, which brings the bar above each page and the fields of its forms. There is no
database, no cookie and no code here. The script of the quick exit is left out, for it would lead away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from me_platform.duty_hours import DutyHours
from me_platform.services.answering import Visit
from me_platform.services.previewing import Around
from me_platform.survey_site.contacts import Contacts
from me_platform.survey_site.languages import Screens
from me_platform.survey_site.packing import Page
from me_platform.survey_site.pages import LISTEN_SCRIPT, LISTEN_STYLE, STYLE, Screen, compute_source, render_visit
from me_platform.surveys.audio import Library

SAMPLE_CODE = "SAMPLE-0000-0000"
"""What stands where people see a code of theirs."""

_UNPROCESSABLE = 422
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'self' {compute_source(STYLE)} {compute_source(LISTEN_STYLE)}",
        f"script-src {compute_source(LISTEN_SCRIPT)}",
        "img-src 'self' data:",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def _make_environment() -> Environment:
    package, _, folder = __package__.rpartition(".")
    loader = PackageLoader(package, str(Path(folder) / "templates"))
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


_TEMPLATES = _make_environment()


@dataclass(frozen=True)
class _Sheet(Screen):
    """A screen for one page, with what stands around it. Nothing drawn on it is kept."""

    around: Around = field(default_factory=lambda: Around("", "", "", "", ""))

    def render(self, template: str, language: str, **values: object) -> str:
        around = self.around
        own = {
            "address": around.address,
            # Both were made by templates, which escape what they are given.
            "bar": Markup(around.bar),  # noqa: S704
            "fields": Markup(around.fields),  # noqa: S704
            "code": SAMPLE_CODE,
            "script": "",
            "sounds": around.sounds,
            "title": around.title,
        }
        return _TEMPLATES.get_template(template).render({**self.make_values(language, ""), **values, **own})

    def render_kept(self, key: tuple[object, ...], template: str, language: str, **values: object) -> Page:  # noqa: ARG002
        return Page([self.render(template, language, **values)])


@dataclass(frozen=True)
class PreviewPages:
    """Draws the pages of an instance's survey site for a preview (``services.previewing.SurveyPages``).

    ``screen`` is the site's own, but with whatever words there are of a language that is not complete.
    """

    screen: Screen
    screens: Screens
    policy: str = _POLICY

    @property
    def library(self) -> Library:
        """What can be listened to."""
        return self.screen.library

    @property
    def exit_url(self) -> str:
        """Where the quick exit leads."""
        return self.screen.exit_url

    def count_missing(self, language: str) -> int:
        """How many texts of the screens a language has no words for."""
        return len(self.screens.find_missing(language))

    def draw(self, visit: Visit, around: Around) -> str:
        """The page of a visit."""
        return render_visit(self._put(around), visit).fill("").decode()

    def draw_start(self, language: str, around: Around) -> str:
        """The page on which a code is typed."""
        return self._put(around).render("start.html", language, token="", refused=False)

    def draw_refusal(self, language: str, problem: str, around: Around) -> str:
        """What comes back instead where a page's form is refused."""
        return self._put(around).render("error.html", language, status=_UNPROCESSABLE, problem=problem)

    def _put(self, around: Around) -> _Sheet:
        screen = self.screen
        return _Sheet(
            screen.wording,
            screen.contacts,
            screen.exit_url,
            screen.sample,
            screen.duty_hours,
            screen.library,
            around=around,
        )


def make_preview_pages(
    screens: Screens,
    *,
    contacts: Contacts | None,
    exit_url: str,
    sample: bool,
    duty_hours: DutyHours,
    library: Library,
) -> PreviewPages:
    """The pages as the survey site of this instance shows them (its arguments: ``site.make_survey_site``)."""
    return PreviewPages(Screen(screens.wording, contacts, exit_url, sample, duty_hours, library), screens)
