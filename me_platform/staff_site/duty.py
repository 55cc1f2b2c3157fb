"""The page of whoever is on duty: who would like to be talked to, taking that on, saying that it is done."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from me_platform.access import Action
from me_platform.services.duty import finish_wish, list_wishes, take_wish
from me_platform.services.seats import Seat
from me_platform.staff_site.days import say_moment
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.staff_site.people import make_words

DUTY = Area("duty.show", mark("To talk to"), Action.ANSWER_WISHES, counts=True)
TAKEN = mark("You have taken it on.")
TAKEN_BEFORE = mark("Somebody has taken it on already.")
DONE = mark("Noted as done.")


def make_duty(frame: Frame) -> Blueprint:
    """The page of whoever is on duty."""
    blueprint = Blueprint("duty", __name__)
    desk = frame.desk

    @frame.page(blueprint, "/talk", Action.ANSWER_WISHES)
    def show(seat: Seat) -> str:
        language = find_language(frame.wording)
        with desk.open_office() as office:
            wishes = list_wishes(office, seat)
        return render_template(
            "duty.html",
            wishes=wishes,
            words=make_words(frame),
            say=lambda at: say_moment(at, language, desk.sources.zone),
        )

    @frame.page(blueprint, "/talk/<uuid:wish>/take", Action.ANSWER_WISHES, methods=["POST"])
    def take(seat: Seat, wish: UUID) -> Response:
        with desk.open_office() as office:
            taken = take_wish(office, seat, wish)
        flash(frame.translate(TAKEN if taken else TAKEN_BEFORE))
        return go_to_list(seat)

    @frame.page(blueprint, "/talk/<uuid:wish>/done", Action.ANSWER_WISHES, methods=["POST"])
    def finish(seat: Seat, wish: UUID) -> Response:
        with desk.open_office() as office:
            finish_wish(office, seat, wish)
        flash(frame.translate(DONE))
        return go_to_list(seat)

    def go_to_list(seat: Seat) -> Response:
        return redirect(url_for("duty.show", organisation=seat.partner.code), 303)

    return blueprint
