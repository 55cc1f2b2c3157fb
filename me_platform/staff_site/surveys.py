"""The page of surveys: what each asks, how long it takes, and what is still missing in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, render_template

from me_platform.access import Action
from me_platform.services.previewing import SurveyPages, list_preview_waves
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.previews import WAVES
from me_platform.surveys.audio import Library
from me_platform.surveys.definition import Survey
from me_platform.surveys.review import SurveyReview, make_review
from me_platform.wording import get_direction, get_own_name

SURVEYS = Area("surveys.show", mark("Surveys"), Action.PREVIEW_SURVEYS, ("previews",))

RESPONDENTS: Mapping[str, str] = {
    "survivor": mark("Survivors answer"),
    "participant": mark("Participants of trainings answer"),
    "caseworker": mark("The caseworker fills it in"),
    "joint": mark("A person and the caseworker fill it in together"),
}


@dataclass(frozen=True)
class LanguageLine:
    """A language of a survey: what it lacks, and how many words of the screens; ``offered`` to people or not."""

    code: str
    name: str
    direction: str
    long_sentences: int
    unheard: int
    screens: int


@dataclass(frozen=True)
class SurveyLine:
    """A survey in the list. ``asked``: a plan has this organisation ask it."""

    survey: Survey
    review: SurveyReview
    respondent: str
    languages: Sequence[LanguageLine]
    absent: Sequence[tuple[str, int]]
    waves: Sequence[str]
    asked: bool


def make_surveys(frame: Frame, pages: SurveyPages | None) -> Blueprint:
    """The list of surveys; ``pages`` draws them for a preview (None: they are listed only)."""
    blueprint = Blueprint("surveys", __name__)
    desk = frame.desk
    surveys = desk.catalogue.surveys

    @cache
    def review() -> Mapping[str, SurveyReview]:
        # Content is as it was when the site was started.
        languages = sorted({language for survey in surveys.values() for language in survey.languages})
        library = pages.library if pages else Library()
        return {each.id: make_review(each, languages, library, desk.catalogue.root) for each in surveys.values()}

    @frame.page(blueprint, "/surveys", Action.PREVIEW_SURVEYS)
    def show(seat: Seat) -> str:
        asked = _list_asked(frame, seat)
        lines = [_make_line(frame, pages, each, review()[each.id], asked=each.id in asked) for each in surveys.values()]
        return render_template("surveys.html", lines=lines, previews=pages is not None)

    return blueprint


def _list_asked(frame: Frame, seat: Seat) -> frozenset[str]:
    """The surveys that some plan has the organisation ask; a consortium's are those of its plans."""
    return frozenset(
        survey
        for plan in frame.desk.plans.values()
        for partner in plan.partners
        if partner.code == seat.partner.code
        for survey in (plan.surveys if partner.consortium else plan.list_asked(partner))
    )


def _make_line(
    frame: Frame, pages: SurveyPages | None, survey: Survey, review: SurveyReview, *, asked: bool
) -> SurveyLine:
    lines = [
        LanguageLine(
            language,
            get_own_name(language),
            get_direction(language),
            review.languages[language].long_sentences,
            review.languages[language].unheard,
            pages.count_missing(language) if pages else 0,
        )
        for language in survey.languages
    ]
    absent = [
        (get_own_name(language), each.untranslated)
        for language, each in review.languages.items()
        if language not in survey.languages
    ]
    waves = [frame.translate(WAVES[each]) for each in list_preview_waves(survey) if each]
    return SurveyLine(survey, review, frame.translate(RESPONDENTS[survey.respondent]), lines, absent, waves, asked)
