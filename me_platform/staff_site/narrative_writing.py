"""Writing a progress narrative.

It is saved by button, which answers with a page, and in pauses of writing by ``static/narrative.js``, which asks for
an answer in JSON (``save=pause``). Both run the same use case, and both say "saved" after its commit only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from me_platform.access import Action
from me_platform.errors import InputInvalid, VersionStale
from me_platform.services.narratives import Sheet, Stamp, open_narrative, save_narrative
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.narrative_form import NarrativeForm, make_form_data
from me_platform.staff_site.narrative_words import LARGEST_NARRATIVE, NarrativeWords

BELOW = "/people/<uuid:person>/narratives"
TOO_LONG = mark("All texts together are too long to be kept. Please shorten some of them.")
SAVED_NOW = mark("Saved at %(at)s.")
SUBMITTED_NOW = mark("The narrative was submitted. A second person reads it next.")

_SITTING = 12

Answer = str | Response | tuple[str, int]


def add_writing(frame: Frame, words: NarrativeWords, blueprint: Blueprint) -> None:
    """The page on which a narrative is written, and what its form is sent to."""
    desk, answers = frame.desk, _Answers(frame, words)

    @frame.page(blueprint, BELOW + "/<uuid:narrative>/edit", Action.WRITE_NARRATIVE)
    def edit(seat: Seat, person: UUID, narrative: UUID) -> Answer:
        with desk.open_office() as office:
            sheet = open_narrative(office, seat, person, narrative)
        if not sheet.writable:
            return go_to("narratives.show", seat, person, narrative)
        stamp = Stamp(sheet.version, desk.sources.random(_SITTING).hex())
        return answers.draw_form(sheet, words.make_form(formdata=None, data=make_form_data(sheet.text, stamp)))

    @frame.page(
        blueprint,
        BELOW + "/<uuid:narrative>/edit",
        Action.WRITE_NARRATIVE,
        methods=["POST"],
        keeps=True,
        largest=LARGEST_NARRATIVE,
    )
    def save(seat: Seat, person: UUID, narrative: UUID) -> Answer:
        form = words.make_form()
        pause, submit = (request.form.get("save") == name for name in ("pause", "submit"))
        if not form.check(submit=submit):
            return answers.refuse(seat, person, narrative, form, pause=pause)
        try:
            with desk.open_office() as office:
                saved = save_narrative(
                    office, seat, person, narrative, form.read_text(), form.read_stamp(), pause=pause, submit=submit
                )
        except InputInvalid:
            form.form_errors.append(frame.translate(TOO_LONG))
            return answers.refuse(seat, person, narrative, form, pause=pause)
        except VersionStale:
            return answers.draw_conflict(seat, person, narrative, form, pause=pause)
        if pause:
            return jsonify(version=saved.version, at=words.name_time(saved.at))
        flash(frame.translate(SUBMITTED_NOW) if submit else frame.translate(SAVED_NOW, at=words.name_time(saved.at)))
        return go_to("narratives.show" if submit else "narratives.edit", seat, person, narrative)


@dataclass(frozen=True)
class _Answers:
    """What is answered to a save that kept nothing, with all that was typed."""

    frame: Frame
    words: NarrativeWords

    def draw_form(self, sheet: Sheet, form: NarrativeForm, **more: object) -> str:
        return render_template("narratives/edit.html", sheet=sheet, form=form, **more)

    def refuse(self, seat: Seat, person: UUID, narrative: UUID, form: NarrativeForm, *, pause: bool) -> Answer:
        """Something is wrong with it: say why at the fields."""
        with self.frame.desk.open_office() as office:
            sheet = open_narrative(office, seat, person, narrative)
        if pause:
            return _say(HTTPStatus.UNPROCESSABLE_ENTITY, faults=[each.id for each in form if each.errors])
        return self.draw_form(sheet, form), HTTPStatus.UNPROCESSABLE_ENTITY

    def draw_conflict(self, seat: Seat, person: UUID, narrative: UUID, form: NarrativeForm, *, pause: bool) -> Answer:
        """Something else stands by now: show both, and let the writer choose."""
        if pause:
            return _say(HTTPStatus.CONFLICT)
        desk = self.frame.desk
        with desk.open_office() as office:
            sheet = open_narrative(office, seat, person, narrative)
        differences = self.words.list_differences(sheet.text, form.read_text(), restricted=sheet.restricted)
        form.version.data = str(sheet.version)
        form.sitting.data, form.turn.data = desk.sources.random(_SITTING).hex(), "0"
        return self.draw_form(sheet, form, differences=differences), HTTPStatus.CONFLICT


def go_to(endpoint: str, seat: Seat, person: UUID, narrative: UUID) -> Response:
    """Lead on to a page of a narrative after a form."""
    return redirect(url_for(endpoint, organisation=seat.partner.code, person=person, narrative=narrative), 303)


def _say(status: HTTPStatus, faults: Sequence[str] = ()) -> Response:
    response: Response = jsonify(faults=list(faults))
    response.status_code = status
    return response
