"""The page on which it is noted how somebody may be contacted again, and shown while a survey is due."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for

from me_platform.access import Action
from me_platform.services.casework import list_consent_texts
from me_platform.services.channels import forget_channel, note_channel, open_recontact
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.people import Answer, make_desktop, make_words
from me_platform.staff_site.people_forms import CHANNELS, ChannelForm, ForgetForm
from me_platform.surveys.definition import Purpose
from me_platform.wording import get_direction

MESSAGES = {
    "en": "Hello! Is this a good time to meet? You can answer with a yes or a no.",
    "lv": "Labdien! Vai šis ir piemērots laiks, lai tiktos? Var atbildēt ar jā vai nē.",
    "ru": "Здравствуйте! Удобно ли сейчас встретиться? Можно ответить «да» или «нет».",
    "uk": "Добрий день! Чи зручно зараз зустрітися? Можна відповісти «так» або «ні».",
    "ar": "مرحبا! هل هذا وقت مناسب للقاء؟ يمكن الرد بنعم أو لا.",
}
"""What a person may send her: nothing that tells who writes, or what it is about."""


def add_recontact(frame: Frame, blueprint: Blueprint) -> None:
    """Add the page to those about people."""
    desk = frame.desk

    @frame.page(blueprint, "/people/<uuid:person>/recontact", Action.CONTACT_AGAIN, methods=("GET", "POST"))
    def recontact(seat: Seat, person: UUID) -> Answer:
        form, words = ChannelForm(make_desktop(frame)), make_words(frame)
        with desk.open_office() as office:
            found = open_recontact(office, desk.catalogue, seat, person)
            if found.permitted and form.validate_on_submit():
                channel = form.make_channel()
                note_channel(office, desk.catalogue, seat, person, channel, form.sent_key)
                flash(frame.translate(mark("Saved.")))
                return redirect(url_for("people.recontact", organisation=seat.partner.code, person=person), 303)
        language = found.profile.talks if found.profile.talks in MESSAGES else "en"
        texts = list_consent_texts(desk.catalogue, seat.partner.code, found.profile.age_band)
        return render_template(
            "people/recontact.html",
            form=form,
            forget=ForgetForm(make_desktop(frame)),
            found=found,
            ways=CHANNELS,
            message=MESSAGES[language],
            spoken=language,
            direction=get_direction(language),
            asked=next((text for text in texts if text.purpose is Purpose.RECONTACT), None),
            words=words,
        ), 422 if form.errors else 200

    @frame.page(blueprint, "/people/<uuid:person>/recontact/forget", Action.CONTACT_AGAIN, methods=("POST",))
    def forget(seat: Seat, person: UUID) -> Answer:
        if ForgetForm(make_desktop(frame)).validate_on_submit():
            with desk.open_office() as office:
                forget_channel(office, seat, person)
            flash(frame.translate(mark("The note was deleted.")))
        return redirect(url_for("people.recontact", organisation=seat.partner.code, person=person), 303)
