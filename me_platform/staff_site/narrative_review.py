"""The pages of the second person: what waits to be read, and the decision."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from me_platform.access import Action
from me_platform.errors import VersionStale
from me_platform.services.narratives import (
    Sheet,
    approve_narrative,
    list_queue,
    open_for_review,
    return_narrative,
)
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.narrative_form import ReviewForm
from me_platform.staff_site.narrative_words import LARGEST_NARRATIVE, NarrativeWords
from me_platform.staff_site.narratives import read_page

REVIEW = Area("review.queue", mark("Review"), Action.REVIEW_NARRATIVE)
APPROVED_NOW = mark("The narrative was approved.")
RETURNED_NOW = mark("The narrative was returned to its author.")
CHANGED = mark("The narrative was changed meanwhile. Please read it again.")

Answer = str | Response | tuple[str, int]


def make_review(frame: Frame) -> Blueprint:
    """The pages of the second person."""
    blueprint = Blueprint("review", __name__)
    desk, words = frame.desk, NarrativeWords(frame)
    blueprint.context_processor(words.provide)

    @frame.page(blueprint, "/narratives", Action.REVIEW_NARRATIVE)
    def queue(seat: Seat) -> str:
        page = read_page()
        with desk.open_office() as office:
            shelf = list_queue(office, seat, page)
        return render_template("narratives/queue.html", shelf=shelf, page=page)

    @frame.page(blueprint, "/narratives/<uuid:narrative>/review", Action.REVIEW_NARRATIVE)
    def read(seat: Seat, narrative: UUID) -> str:
        with desk.open_office() as office:
            sheet = open_for_review(office, seat, narrative)
        return draw_review(sheet, make_form(sheet, formdata=None, version=str(sheet.version)))

    @frame.page(
        blueprint,
        "/narratives/<uuid:narrative>/review",
        Action.REVIEW_NARRATIVE,
        methods=["POST"],
        keeps=True,
        largest=LARGEST_NARRATIVE,
    )
    def decide(seat: Seat, narrative: UUID) -> Answer:
        approve = request.form.get("decision") == "approve"
        with desk.open_office() as office:
            sheet = open_for_review(office, seat, narrative)
            form = make_form(sheet)
            version, comment = form.read_version(), form.comment.data or ""
            if not form.check(sheet.text, approve=approve):
                return draw_review(sheet, form), HTTPStatus.UNPROCESSABLE_ENTITY
            try:
                if approve:
                    checks = {"finding": form.finding.data, "quote": form.quote.data}
                    coding = form.read_coding()
                    approve_narrative(office, seat, narrative, version, comment, **checks, coding=coding)
                else:
                    return_narrative(office, seat, narrative, version, comment)
            except VersionStale as stale:
                form.version.data = str(stale.version)
                form.form_errors.append(frame.translate(CHANGED))
                return draw_review(sheet, form), HTTPStatus.CONFLICT
        flash(frame.translate(APPROVED_NOW if approve else RETURNED_NOW))
        return redirect(url_for("review.queue", organisation=seat.partner.code), 303)

    def make_form(sheet: Sheet, **kwargs: object) -> ReviewForm:
        return ReviewForm(frame.get_translate(), words.taxonomy, words.language, sheet.text, **kwargs)

    def draw_review(sheet: Sheet, form: ReviewForm) -> str:
        return render_template("narratives/review.html", sheet=sheet, form=form)

    return blueprint
