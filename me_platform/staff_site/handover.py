"""Handing over a survey code, and the decisions a person tells a caseworker aloud."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import segno
from babel.dates import format_date
from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup

from me_platform.access import Action
from me_platform.services.casework import (
    TOLD,
    Handover,
    Offer,
    hand_over,
    list_consent_texts,
    list_offers,
    note_decision,
)
from me_platform.services.doors import BOTH, IssuedDoor
from me_platform.services.due import list_surveys
from me_platform.services.instance import Office
from me_platform.services.person_file import open_person
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.people import Answer, make_desktop, make_words
from me_platform.staff_site.people_forms import DecisionForm, HandoverForm
from me_platform.staff_site.people_words import Words
from me_platform.surveys.waves import SESSION
from me_platform.wording import get_direction, get_own_name

CARD_WORDS = {
    "en": ("Your code", "Until"),
    "lv": ("Jūsu kods", "Līdz"),
    "ru": ("Ваш код", "До"),
    "uk": ("Ваш код", "До"),
    "ar": ("الرمز", "حتى"),
}
"""What a card says in the languages people answer in: nothing that tells what it is for."""

_CARD_DAYS = {"en": "d MMMM yyyy", "lv": "dd.MM.yyyy.", "ru": "dd.MM.yyyy", "uk": "dd.MM.yyyy"}


def add_handover(frame: Frame, blueprint: Blueprint) -> None:
    """Add the pages on which a code is handed over and a decision noted to those about people."""
    desk = frame.desk

    @frame.page(blueprint, "/people/<uuid:person>/code", Action.HAND_OVER_CODE, methods=("GET", "POST"))
    def give_code(seat: Seat, person: UUID) -> Answer:
        form, words = HandoverForm(make_desktop(frame)), make_words(frame)
        with desk.open_office() as office:
            found = list_offers(office, desk.catalogue, seat, person)
            open_ = [offer for offer in found.offers if offer.permitted]
            form.offer.choices = [(make_choice(offer), describe(words, offer)) for offer in open_]
            spent = False
            if form.validate_on_submit():
                survey, _, wave = form.offer.data.partition("|")
                issued = hand_over(office, desk.catalogue, seat, person, survey, wave, form.sent_key)
                if issued is not None:
                    return render_card(frame, found, issued)
                spent = True
                form.key.data = form.desktop.key
        status = 409 if spent else 422 if form.errors else 200
        return render_template("people/code.html", form=form, found=found, words=words, spent=spent), status

    @frame.page(blueprint, "/people/<uuid:person>/consent", Action.RECORD_DECISION, methods=("GET", "POST"))
    def decide(seat: Seat, person: UUID) -> Answer:
        form, words = DecisionForm(make_desktop(frame)), make_words(frame)
        form.told.choices = [
            (f"{purpose}|{decision}", f"{words.say('purpose', purpose)}: {words.decision(purpose, decision)}")
            for purpose, decisions in TOLD.items()
            for decision in decisions
        ]
        if form.validate_on_submit():
            purpose, _, decision = form.told.data.partition("|")
            with desk.open_office() as office:
                note_decision(office, desk.catalogue, seat, person, purpose, decision, form.sent_key)
            flash(frame.translate(mark("Noted. It takes effect within a minute.")))
            return redirect(url_for("people.decide", organisation=seat.partner.code, person=person), 303)
        with desk.open_office() as office:
            file = open_person(
                office, desk.catalogue, seat, person, narrative_days=desk.narrative_days, action=Action.RECORD_DECISION
            )
        texts = list_consent_texts(desk.catalogue, seat.partner.code, file.profile.age_band)
        languages = {code: get_own_name(code) for text in texts for code in text.title}
        spoken = next(
            (code for code in (request.args.get("words", ""), file.profile.talks, words.language) if code in languages),
            "en",
        )
        return render_template(
            "people/consent.html",
            form=form,
            file=file,
            texts=texts,
            spoken_in=languages,
            spoken=spoken,
            direction=get_direction(spoken),
            words=words,
            is_child=any(
                survey.audience == "child"
                for survey in list_surveys(
                    desk.catalogue.plans.values(), desk.catalogue.surveys, seat.partner.code, file.profile.age_band
                )
            ),
        ), 422 if form.errors else 200


def show_card(frame: Frame, office: Office, seat: Seat, person: UUID, issued: IssuedDoor) -> str:
    """The page of a code that was just issued to a person in the place of another."""
    return render_card(frame, list_offers(office, frame.desk.catalogue, seat, person), issued)


def render_card(frame: Frame, found: Handover, issued: IssuedDoor) -> str:
    """The page that shows a code once."""
    return render_template(
        "people/card.html",
        issued=issued,
        card=make_card(found, issued.expires),
        qr=draw_qr(f"{frame.desk.survey_url}/{issued.token}"),
        address=frame.desk.survey_url,
        found=found,
    )


def make_choice(offer: Offer) -> str:
    """How the form names an offer: the wave of a session is asked for, every other follows from the day."""
    return f"{offer.survey.id}|{offer.wave if offer.wave in {BOTH, *SESSION} else ''}"


def describe(words: Words, offer: Offer) -> str:
    """An offer in words: survey, wave, and whether a code was handed over before."""
    text = f"{words.survey(offer.survey.id)} – {words.wave(offer.wave)}"
    if offer.until:
        text += " " + words.translate(mark("(until %(day)s)"), day=words.day(offer.until))
    if offer.handed:
        text += "; " + words.translate(mark("a code was handed over on %(day)s"), day=words.day(offer.handed))
    return text


def make_card(found: Handover, until: date) -> dict[str, str]:
    """The words of the card in her language; in English where there are none in it."""
    language = found.language if found.language in CARD_WORDS else "en"
    code, last = CARD_WORDS[language]
    day = format_date(until, _CARD_DAYS.get(language, "long"), locale=language)
    return {"language": language, "direction": get_direction(language), "code": code, "until": f"{last}: {day}"}


def draw_qr(link: str) -> Markup:
    """The link as a QR code, drawn into the page: no address of a picture is asked for or kept."""
    drawn = segno.make(link, error="m", micro=False).svg_inline(omitsize=True, border=4, svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704 - paths of a drawing
