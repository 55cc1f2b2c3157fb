"""The pages of cards and room codes: what was issued, issuing with the sheet to print, revoking, issuing again.

A sheet is the answer to the form that ordered it, once: codes are stored nowhere, so nobody can show them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import IntegerField, RadioField, SelectField

from me_platform.access import Action
from me_platform.errors import InputInvalid, NotFound, ReportUnfit
from me_platform.exchange.activity_records import ActivityRecord
from me_platform.indicators.definition import Text
from me_platform.reports.words import make_short_day
from me_platform.services.door_sheets import build_sheet
from me_platform.services.doors import BOTH, CARD, ROOM, IssuedDoor
from me_platform.services.instance import Office
from me_platform.services.known_codes import (
    CardChoices,
    CardsOrder,
    CodeState,
    KnownCode,
    issue_cards,
    list_cards,
    list_choices,
    list_handed,
    reissue_cards,
    reissue_handed,
    revoke_cards,
    revoke_handed,
)
from me_platform.services.person_file import find_head
from me_platform.services.seats import Seat
from me_platform.staff_site.forms import at_most, between, needed
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.handover import show_card
from me_platform.staff_site.language import find_language
from me_platform.staff_site.people import Answer, make_desktop, make_words
from me_platform.staff_site.people_forms import PersonForm, read_id
from me_platform.staff_site.people_words import Words
from me_platform.surveys.definition import Survey
from me_platform.surveys.waves import SESSION

CARDS = Area("cards.show", mark("Cards"), Action.ISSUE_CARDS)

MOST = 100
"""Cards of one sheet, and people of one room, on the staff site."""

_ACTIVITIES = 200
_TITLE = 70

STATES: Mapping[CodeState, str] = {
    CodeState.ISSUED: mark("issued"),
    CodeState.EXPIRED: mark("expired"),
    CodeState.REVOKED: mark("revoked"),
}
"""What the pages say of a code: never whether it was used."""

_KINDS: Mapping[tuple[str, str], str] = {
    (CARD, ""): mark("a card for everybody"),
    (CARD, BOTH): mark("a card for everybody, for before and after a session"),
    (CARD, SESSION[0]): mark("a card for everybody, for before a session only"),
    (CARD, SESSION[1]): mark("a card for everybody, for after a session only"),
    (ROOM, ""): mark("one code for the whole room"),
}
"""What can be issued for a survey, by kind and wave."""

_REVOKED = mark("Revoked. The code opens nothing any more.")
_SHOWN_BEFORE = mark(
    "This was done before: the new code was shown then, once. If the card is lost, make a new code here."
)
_SENT_BEFORE = mark(
    "This form was sent before: the sheet was given out then, once. If it is lost, issue it again here."
)


Issued = TypeVar("Issued", bound="tuple[IssuedDoor, ...] | IssuedDoor | None")


class CardsForm(PersonForm):
    """What to issue; ``what`` is a survey's id, kind and wave."""

    what = RadioField(mark("What for?"), validators=[needed])
    number = IntegerField(
        mark("How many people?"),
        validators=[needed, between(1, MOST)],
        description=mark("So many cards are printed. A room’s code can be used by so many people, each once."),
    )
    activity = SelectField(
        mark("Activity"),
        validate_choice=True,
        validators=[at_most(80)],
        description=mark("It stands at the edge of the sheet, which is cut off, and on no card."),
    )


class CodeForm(PersonForm):
    """A button beside a code: which, and what is done with it."""


@dataclass(frozen=True)
class Batch:
    """What was issued together, as the list shows it."""

    codes: tuple[KnownCode, ...]

    @property
    def first(self) -> KnownCode:
        """The code that stands for all of them: survey, wave and days are the same."""
        return self.codes[0]

    @property
    def marks(self) -> str:
        """What stands on the cards."""
        return self.first.mark if len(self.codes) == 1 else f"{self.first.mark} – {self.codes[-1].mark}"

    def has(self, named: UUID) -> bool:
        """Whether an id is the batch's or one of its cards'."""
        return named in {self.first.batch, *(code.id for code in self.codes)}

    @property
    def open(self) -> int:
        """How many were neither revoked nor are over."""
        return sum(code.state is CodeState.ISSUED for code in self.codes)


def make_cards(frame: Frame, *, sample: bool) -> Blueprint:
    """The pages of cards and room codes; ``sample``: of an instance for invented people."""
    blueprint = Blueprint("cards", __name__)
    desk = frame.desk

    @frame.page(blueprint, "/cards", Action.ISSUE_CARDS)
    def show(seat: Seat) -> Answer:
        with desk.open_office() as office:
            batches = make_batches(list_cards(office, seat))
        return render_template("cards/list.html", batches=batches, words=make_words(frame), say=make_sayings(frame))

    @frame.page(blueprint, "/cards/new", Action.ISSUE_CARDS, methods=("GET", "POST"))
    def add(seat: Seat) -> Answer:
        return _issue(frame, seat, sample=sample)

    @frame.page(blueprint, "/cards/<uuid:batch>", Action.ISSUE_CARDS, methods=("GET", "POST"))
    def batch(seat: Seat, batch: UUID) -> Answer:
        return _show_batch(frame, seat, batch, sample=sample)

    return blueprint


def _issue(frame: Frame, seat: Seat, *, sample: bool) -> Answer:
    desk, form, words = frame.desk, CardsForm(make_desktop(frame)), make_words(frame)
    spent = False
    with desk.open_office() as office:
        choices = list_choices(office, desk.catalogue, seat)
        form.what.choices = list_offers(frame, words, choices.surveys)
        form.activity.choices = [("", frame.translate(mark("None in particular"))), *name_activities(frame, choices)]
        if form.validate_on_submit():
            wanted = read_order(form)
            issued = issue_cards(office, desk.catalogue, seat, wanted, form.sent_key)
            if issued:
                return _send_sheet(
                    frame, office, seat, issued, make_note(frame, words, choices, wanted, issued), sample=sample
                )
            spent = True
            form.key.data = form.desktop.key
    status = 409 if spent else 422 if form.errors else 200
    return render_template("cards/new.html", form=form, spent=spent, sent_before=_SENT_BEFORE), status


def _show_batch(frame: Frame, seat: Seat, batch: UUID, *, sample: bool) -> Answer:
    desk, form, words = frame.desk, CodeForm(make_desktop(frame)), make_words(frame)
    spent = False
    with desk.open_office() as office:
        found = next((each for each in make_batches(list_cards(office, seat)) if each.first.batch == batch), None)
        if found is None:
            raise NotFound("batch", str(batch))
        if form.validate_on_submit():
            named = read_id(request.form.get("code", ""))
            if named is None or not found.has(named):
                raise NotFound("code", str(named))
            if request.form.get("do") != "reissue":
                revoke_cards(office, seat, named)
                flash(frame.translate(_REVOKED))
                return redirect(url_for("cards.batch", organisation=seat.partner.code, batch=batch), 303)
            issued = _try(lambda: reissue_cards(office, desk.catalogue, seat, named, form.sent_key))
            if issued:
                note = f"{words.survey(found.first.survey)} · {say_until(words, issued)}"
                return _send_sheet(frame, office, seat, issued, note, sample=sample)
            spent = True
            form.key.data = form.desktop.key
    page = render_template(
        "cards/batch.html",
        form=form,
        batch=found,
        spent=spent,
        sent_before=_SENT_BEFORE,
        words=words,
        say=make_sayings(frame),
    )
    return page, 409 if spent else 200


def _send_sheet(
    frame: Frame, office: Office, seat: Seat, issued: Sequence[IssuedDoor], note: str, *, sample: bool
) -> WerkzeugResponse:
    """The sheet of codes that were just issued. Where it cannot be made nobody has them: they are revoked."""
    desk = frame.desk
    try:
        pdf = build_sheet(
            desk.catalogue,
            issued,
            survey_url=desk.survey_url,
            language=find_language(frame.wording),
            note=note,
            sample=sample,
        )
    except ReportUnfit:
        revoke_cards(office, seat, issued[0].batch)
        raise
    return Response(
        pdf, mimetype="application/pdf", headers={"Content-Disposition": 'attachment; filename="cards.pdf"'}
    )


def _try(work: Callable[[], Issued]) -> Issued | None:
    """Issue again, or nothing where it was revoked in another window meanwhile."""
    try:
        return work()
    except InputInvalid:
        return None


def add_handed_codes(frame: Frame, blueprint: Blueprint) -> None:
    """Add the page of the codes a person was handed to those about people."""
    desk = frame.desk

    @frame.page(blueprint, "/people/<uuid:person>/codes", Action.HAND_OVER_CODE, methods=("GET", "POST"))
    def codes(seat: Seat, person: UUID) -> Answer:
        form, spent = CodeForm(make_desktop(frame)), False
        with desk.open_office() as office:
            if form.validate_on_submit():
                named = read_id(request.form.get("code", ""))
                if named is None:
                    raise NotFound("code", "")
                if request.form.get("do") != "reissue":
                    revoke_handed(office, seat, person, named)
                    flash(frame.translate(_REVOKED))
                    return redirect(url_for("people.codes", organisation=seat.partner.code, person=person), 303)
                issued = _try(lambda: reissue_handed(office, desk.catalogue, seat, person, named, form.sent_key))
                if issued is not None:
                    return show_card(frame, office, seat, person, issued)
                spent = True
                form.key.data = form.desktop.key
            head = find_head(office, seat, Action.HAND_OVER_CODE, person)
            found = list_handed(office, seat, person)
        page = render_template(
            "people/codes.html",
            form=form,
            head=head,
            codes=found,
            spent=spent,
            sent_before=_SHOWN_BEFORE,
            words=make_words(frame),
            say=make_sayings(frame),
        )
        return page, 409 if spent else 200


def make_batches(codes: Sequence[KnownCode]) -> list[Batch]:
    """What was issued together, in the order of the codes."""
    return [Batch(tuple(group)) for _, group in groupby(codes, key=lambda code: code.batch)]


def make_sayings(frame: Frame) -> Mapping[CodeState, str]:
    """The states in the reader's words."""
    return {state: frame.translate(text) for state, text in STATES.items()}


def list_offers(frame: Frame, words: Words, surveys: Sequence[Survey]) -> list[tuple[str, str]]:
    """What can be issued: of surveys that pair nobody's answers over time, for these need a person."""
    offers = []
    for survey in surveys:
        for (kind, wave), text in _KINDS.items():
            fits = (
                survey.room if kind == ROOM else bool(wave) == survey.session and (survey.session or not survey.waves)
            )
            # A card of nobody has no guardian: children are handed codes of their own.
            if fits and survey.audience != "child":
                offers.append((f"{survey.id}|{kind}|{wave}", f"{words.survey(survey.id)} – {frame.translate(text)}"))
    return offers


def name_activities(frame: Frame, choices: CardChoices) -> list[tuple[str, str]]:
    """The activities to choose from, latest first."""
    language = find_language(frame.wording)
    named = list(choices.activities.items())[:_ACTIVITIES]
    return [
        (str(row), f"{make_short_day(each.last_day, language)} {name_activity(frame, each)}") for row, each in named
    ]


def name_activity(frame: Frame, record: ActivityRecord) -> str:
    """An activity's title, cut where it is long; its id where it has none."""
    text: Text = record.activity
    title = frame.choose(dict(text), record.id)
    return title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"


def read_order(form: CardsForm) -> CardsOrder:
    """What a checked form wants."""
    survey, kind, wave = form.what.data.split("|")
    return CardsOrder(survey, kind, form.number.data or 0, wave, read_id(form.activity.data or ""))


def make_note(
    frame: Frame, words: Words, choices: CardChoices, wanted: CardsOrder, issued: Sequence[IssuedDoor]
) -> str:
    """What stands at the edge of the sheet, for whoever prints it."""
    activity = choices.activities.get(wanted.activity) if wanted.activity else None
    parts = [words.survey(wanted.survey), frame.translate(_KINDS[wanted.kind, wanted.wave]), say_until(words, issued)]
    return " · ".join([name_activity(frame, activity), *parts] if activity else parts)


def say_until(words: Words, issued: Sequence[IssuedDoor]) -> str:
    """The last day of codes, and how many there are."""
    number = sum(each.places for each in {each.number: each for each in issued}.values())
    return words.translate(mark("until %(day)s · %(number)s"), day=words.day(issued[0].expires), number=number)
