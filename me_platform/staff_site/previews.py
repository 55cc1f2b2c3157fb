"""A look at a survey as people see it, page by page, in each of its languages.

A preview is a page of its own, drawn by what draws the survey site (``SurveyPages``), with a bar of the staff site
above it. It writes nothing: where somebody is, and what was tapped, travels sealed in the forms of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from me_platform.access import Action
from me_platform.errors import NotFound
from me_platform.services.previewing import (
    START,
    Around,
    Happening,
    Preview,
    SurveyPages,
    choose_language,
    choose_wave,
    go_by,
    go_to,
    is_asked,
    list_preview_pages,
    list_preview_waves,
    make_visit,
    open_preview,
    seal_preview,
    start_preview,
    tap,
)
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.surveys import flow
from me_platform.surveys.audio import MEDIA_TYPE, Library
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Purpose, Survey
from me_platform.surveys.flow import Form, StepRefused
from me_platform.wording import get_direction, get_own_name

TITLE = mark("Preview")

FIELD = "preview"
"""The hidden field a preview travels in."""

_LONGEST_LABEL = 60
"""Characters of a question in the list of pages."""

PAGES: Mapping[str, str] = {
    START: mark("Typing the code"),
    flow.LANGUAGE: mark("Choice of language"),
    flow.ABOUT: mark("What it is about"),
    flow.SEND: mark("Before sending"),
    flow.REVIEW: mark("All answers once more"),
    flow.PAUSED: mark("Pause"),
    flow.THANKS: mark("Thanks, with the receipt code"),
    flow.AGREED: mark("What somebody agreed to"),
    flow.CARD: mark("The link card"),
    flow.TAKE_ONE: mark("Taking back one answer"),
    flow.TALK: mark("Wishing to be talked to"),
    flow.ASKED: mark("After that wish"),
    flow.REFUSED: mark("After a no to answering"),
    flow.CLOSED: mark("The code was used meanwhile"),
}
"""Pages that are the same in every survey."""

WAVES: Mapping[str, str] = {
    "baseline": mark("First answers"),
    "followup": mark("Later answers"),
    "exit": mark("Last answers"),
    "before": mark("Before the session"),
    "after": mark("After the session"),
}

HAPPENINGS: Mapping[Happening, str] = {
    Happening.PAUSED: mark("Here the answers would be sealed and kept for 30 days, for whoever has the code."),
    Happening.REFUSED: mark("Here only the “no” would be stored, and the code would be used up."),
    Happening.SENT: mark("Here the answers would be sealed and stored, and the code would be used up."),
    Happening.CHANGED: mark("Here the decision would be stored with this day."),
    Happening.TAKEN_BACK: mark("Here all answers would leave every figure at once, and be deleted soon after."),
    Happening.TAKEN_ONE: mark("Here this answer would leave every figure, and be deleted soon after."),
    Happening.ASKED: mark("Here whoever is on duty would see the wish."),
    Happening.CARD: mark("Here the card would be kept sealed, until the answer to being counted only once is “no”."),
    Happening.ENDED: mark("Here the survey would close. The browser would be told to forget it."),
    Happening.LEFT: mark("Here all that was not sent would be deleted, and %(address)s would open."),
}
LATE = mark("The preview was open for too long, or it is of another account. It starts anew.")


@dataclass(frozen=True)
class _Desk:
    """What previews are made with: the site's frame, the key that seals them, and what draws their pages."""

    frame: Frame
    key: bytes = field(repr=False)
    pages: SurveyPages


@dataclass(frozen=True)
class _Show:
    """A page to show, ``said`` above it; ``problem`` is why a form was refused (``StepRefused.problem``)."""

    preview: Preview
    said: str = ""
    problem: str = ""


def make_previews(frame: Frame, key: bytes, pages: SurveyPages) -> Blueprint:
    """The pages of a preview; ``key`` seals it between two taps, ``pages`` draws it."""
    blueprint = Blueprint("previews", __name__)
    desk, sources = _Desk(frame, key, pages), frame.desk.sources

    @frame.page(blueprint, "/surveys/<name>/preview", Action.PREVIEW_SURVEYS)
    def look(seat: Seat, name: str) -> Response:
        survey, given = frame.desk.catalogue.get_survey(name), request.args.get
        if given("sound"):
            return _play(pages.library, given("sound", ""))
        preview = start_preview(survey, given("language", ""), given("wave", ""), sources.now_here())
        return _answer(desk, seat, survey, _Show(preview))

    @frame.page(blueprint, "/surveys/<name>/preview", Action.PREVIEW_SURVEYS, methods=["POST"])
    def go_on(seat: Seat, name: str) -> Response:
        survey, now = frame.desk.catalogue.get_survey(name), sources.now_here()
        sealed = request.form.get(FIELD, "")
        preview = open_preview(key, sealed, survey, seat.user.id, seat.partner.id, now)
        if preview is None:
            shown = _Show(start_preview(survey, "", "", now), frame.translate(LATE))
        elif request.form.get("bar"):
            shown = _Show(_move(preview, survey))
        else:
            shown = _tap(desk, survey, preview)
        return _answer(desk, seat, survey, shown)

    return blueprint


def _play(library: Library, sound: str) -> Response:
    """What a page lets somebody listen to, whole or the part a player asks for."""
    path = library.find_file(sound)
    if path is None:
        raise NotFound("sound", sound)
    data = path.read_bytes()
    # Safari plays nothing from a server that does not answer with parts.
    response = Response(data, mimetype=MEDIA_TYPE)
    response.make_conditional(request.environ, accept_ranges=True, complete_length=len(data))
    return response


def _tap(desk: _Desk, survey: Survey, preview: Preview) -> _Show:
    """What a form of the page leads to."""
    form = _read_form()
    if form.do == "stay":
        return _Show(preview)
    try:
        moved, happening = tap(preview, survey, form, desk.frame.desk.sources.now_here())
    except StepRefused as refused:
        return _Show(preview, problem=refused.problem)
    said = desk.frame.translate(HAPPENINGS[happening], address=desk.pages.exit_url) if happening else ""
    return _Show(moved, said)


def _answer(desk: _Desk, seat: Seat, survey: Survey, shown: _Show) -> Response:
    """The page, with the bar above it."""
    frame, pages, preview = desk.frame, desk.pages, shown.preview
    code = seat.partner.code
    address = url_for("previews.go_on", organisation=code, name=survey.id)
    sealed = seal_preview(desk.key, preview, survey, seat.user.id, seat.partner.id, frame.desk.sources.random)
    fields = render_template("survey_fields.html", token=generate_csrf(), field=FIELD, sealed=sealed)
    bar = _make_bar(desk, survey, shown, address, fields)
    around = Around(frame.translate(TITLE), bar, fields, address, f"{address}?sound=")
    language, status = preview.draft.language, 200
    if shown.problem:
        text, status = pages.draw_refusal(language, shown.problem, around), 422
    elif preview.outside:
        text = pages.draw_start(language, around)
    else:
        text = pages.draw(make_visit(preview, survey), around)
    return Response(text, status, {"Content-Security-Policy": pages.policy})


def _make_bar(desk: _Desk, survey: Survey, shown: _Show, address: str, fields: str) -> str:
    frame, preview = desk.frame, shown.preview
    known = list_preview_pages(survey, preview.draft.wave)
    return render_template(
        "survey_bar.html",
        name=f"{frame.choose(survey.title)}, {survey.version}",
        address=address,
        fields=fields,
        said=shown.said,
        page=preview.page,
        number=known.index(preview.page) + 1 if preview.page in known else 0,
        pages=[(each, _name_page(frame, survey, each)) for each in known],
        waves=[(each, frame.translate(WAVES[each])) for each in list_preview_waves(survey) if each],
        wave=preview.draft.wave,
        languages=[(each, get_own_name(each)) for each in survey.languages],
        shown=preview.draft.language,
        missing=desk.pages.count_missing(preview.draft.language),
        by_staff=survey.respondent in FILLED_IN_BY_STAFF,
        asked=is_asked(preview, survey),
        own_direction=get_direction(find_language(frame.wording)),
    )


def _move(preview: Preview, survey: Survey) -> Preview:
    """What the bar above the page asks for: a neighbour in the list, or page, wave and language as chosen there."""
    steps = {"previous": -1, "following": 1}
    asked, chosen = request.form.get("bar", ""), request.form.get
    if asked in steps:
        return go_by(preview, survey, steps[asked])
    page = chosen("at", "")
    moved = preview if page in {"", preview.page} else go_to(preview, survey, page)
    if chosen("wave", "") != preview.draft.wave:
        moved = choose_wave(moved, survey, chosen("wave", ""))
    return choose_language(moved, survey, chosen("in", ""))


def _read_form() -> Form:
    """What a page of the survey site sends."""
    sent = request.form
    return Form(
        page=sent.get("page", ""),
        do=sent.get("do", ""),
        values=tuple(sent.getlist("answer")),
        state=sent.get("state", ""),
        language=sent.get("language", ""),
        purpose=sent.get("purpose", ""),
        question=sent.get("question", ""),
    )


def _name_page(frame: Frame, survey: Survey, page: str) -> str:
    kind, _, name = page.partition("-")
    if kind == "question":
        label = frame.choose(survey.get_question(name).prompt)
    elif kind == "consent":
        label = frame.choose(survey.get_consent(Purpose(name)).title)
    else:
        label = frame.translate(PAGES[page])
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
