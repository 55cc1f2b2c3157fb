"""The manager's page of who works with whom."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from me_platform.access import Action
from me_platform.services.casework import assign_caseload, list_caseloads
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.people import Answer, make_words
from me_platform.staff_site.people_forms import CHOOSE, CaseloadForm, read_id

CASELOADS = Area("caseload.show", mark("Who works with whom"), Action.ASSIGN_CASELOAD)

MOST = 500
"""People that can be chosen at once."""


def make_caseload(frame: Frame) -> Blueprint:
    """The page of who works with whom."""
    blueprint = Blueprint("caseload", __name__)
    desk = frame.desk

    @frame.page(blueprint, "/caseload", Action.ASSIGN_CASELOAD, methods=("GET", "POST"))
    def show(seat: Seat) -> Answer:
        form = CaseloadForm(frame.get_translate())
        chosen = {person for person in map(read_id, request.form.getlist("person")[:MOST]) if person}
        add = request.form.get("do") != "remove"
        with desk.open_office() as office:
            found = list_caseloads(office, seat)
            working = {key: email for card in found.people for key, email in card.caseworkers.items()}
            staff = sorted({**working, **found.staff}.items(), key=lambda each: each[1])
            form.account.choices = [("", frame.translate(CHOOSE)), *((str(key), email) for key, email in staff)]
            if form.validate_on_submit() and chosen:
                number = assign_caseload(office, seat, chosen, UUID(form.account.data), add=add)
                flash(frame.translate(mark("Changed for %(number)s people."), number=number))
                return redirect(url_for("caseload.show", organisation=seat.partner.code), 303)
        if form.is_submitted() and not chosen:
            form.form_errors.append(frame.translate(mark("Please choose at least one person.")))
        status = 422 if form.errors else 200
        return render_template(
            "people/caseload.html", form=form, found=found, chosen=chosen, words=make_words(frame)
        ), status

    return blueprint
