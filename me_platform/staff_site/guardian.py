"""The page on which staff note what a child's guardian decided, or why none is needed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from me_platform.access import Action
from me_platform.services.guardian_notes import note_guardian, open_guardianship
from me_platform.services.guardians import GUARDIAN, Said
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.people import Answer, make_desktop, make_words
from me_platform.staff_site.people_forms import GROUNDS, WAYS, GuardianForm
from me_platform.wording import get_direction, get_own_name


def add_guardian(frame: Frame, blueprint: Blueprint) -> None:
    """Add the page to those about people."""
    desk = frame.desk

    @frame.page(blueprint, "/people/<uuid:person>/guardian", Action.RECORD_DECISION, methods=("GET", "POST"))
    def guardian(seat: Seat, person: UUID) -> Answer:
        form, words = GuardianForm(make_desktop(frame)), make_words(frame)
        with desk.open_office() as office:
            found = open_guardianship(office, desk.catalogue, seat, person)
            form.offer(found.grounds, {text.purpose.value: words.say("purpose", text.purpose) for text in found.texts})
            if form.validate_on_submit():
                decides = form.ground.data == GUARDIAN
                said = Said(
                    form.ground.data, form.how.data if decides else "", form.make_decisions() if decides else {}
                )
                note_guardian(office, desk.catalogue, seat, person, said, form.sent_key)
                flash(frame.translate(mark("Noted. It takes effect within a minute.")))
                return redirect(url_for("people.guardian", organisation=seat.partner.code, person=person), 303)
        languages = {code: get_own_name(code) for text in found.texts for code in text.title}
        spoken = next((code for code in (request.args.get("words", ""), words.language) if code in languages), "en")
        return render_template(
            "people/guardian.html",
            form=form,
            found=found,
            grounds=GROUNDS,
            ways=WAYS,
            spoken_in=languages,
            spoken=spoken,
            direction=get_direction(spoken),
            words=words,
        ), 422 if form.errors else 200
