"""The pages of a person's progress narratives: the list, reading, history, beginning one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from me_platform.access import Action
from me_platform.errors import NotFound
from me_platform.services.narrative_texts import HistoryStep
from me_platform.services.narratives import (
    Sheet,
    correct_narrative,
    discard_draft,
    list_narratives,
    open_narrative,
    start_narrative,
)
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.narrative_form import read_number
from me_platform.staff_site.narrative_words import NarrativeWords
from me_platform.staff_site.narrative_writing import BELOW, add_writing, go_to


def make_narratives(frame: Frame) -> Blueprint:
    """The pages of a person's narratives."""
    blueprint = Blueprint("narratives", __name__)
    desk, words = frame.desk, NarrativeWords(frame)
    blueprint.context_processor(words.provide)

    @frame.page(blueprint, BELOW, Action.WRITE_NARRATIVE)
    def list_of(seat: Seat, person: UUID) -> str:
        page = read_page()
        with desk.open_office() as office:
            shelf = list_narratives(office, seat, person, page)
        return render_template("narratives/list.html", shelf=shelf, page=page, person=shelf.person)

    @frame.page(blueprint, BELOW + "/new", Action.WRITE_NARRATIVE, methods=["POST"])
    def start(seat: Seat, person: UUID) -> str | Response:
        another = request.form.get("another") == "1"
        with desk.open_office() as office:
            started = start_narrative(office, seat, person, another=another)
        if started.new is None:
            return render_template("narratives/start.html", entries=started.open, person=person)
        return go_to("narratives.edit", seat, person, started.new)

    @frame.page(blueprint, BELOW + "/<uuid:narrative>", Action.WRITE_NARRATIVE)
    def show(seat: Seat, person: UUID, narrative: UUID) -> str:
        with desk.open_office() as office:
            sheet = open_narrative(office, seat, person, narrative)
        return render_template("narratives/show.html", sheet=sheet)

    @frame.page(blueprint, BELOW + "/<uuid:narrative>/versions/<int:version>", Action.WRITE_NARRATIVE)
    def compare(seat: Seat, person: UUID, narrative: UUID, version: int) -> str:
        with desk.open_office() as office:
            sheet = open_narrative(office, seat, person, narrative)
        step, before = find_step(sheet, version)
        differences = (
            words.list_differences(before.text, step.text, restricted=sheet.restricted) if before is not None else []
        )
        return render_template(
            "narratives/version.html", sheet=sheet, step=step, before=before, differences=differences
        )

    @frame.page(blueprint, BELOW + "/<uuid:narrative>/discard", Action.WRITE_NARRATIVE, methods=["POST"])
    def discard(seat: Seat, person: UUID, narrative: UUID) -> Response:
        with desk.open_office() as office:
            discard_draft(office, seat, person, narrative)
        flash(frame.translate(mark("The draft was deleted.")))
        return redirect(url_for("narratives.list_of", organisation=seat.partner.code, person=person), 303)

    @frame.page(blueprint, BELOW + "/<uuid:narrative>/correct", Action.WRITE_NARRATIVE, methods=["POST"])
    def correct(seat: Seat, person: UUID, narrative: UUID) -> Response:
        with desk.open_office() as office:
            begun = correct_narrative(office, seat, person, narrative)
        return go_to("narratives.edit", seat, person, begun)

    add_writing(frame, words, blueprint)
    return blueprint


def find_step(sheet: Sheet, version: int) -> tuple[HistoryStep, HistoryStep | None]:
    """A step of a narrative's history and the one before it. Raises NotFound."""
    before = None
    for step in sheet.history:
        if step.version == version:
            return step, before
        before = step
    raise NotFound("version", str(version))


def read_page() -> int:
    """The page of a list in the address, from 0; nonsense is the first."""
    return max(0, read_number(request.args.get("page")))
