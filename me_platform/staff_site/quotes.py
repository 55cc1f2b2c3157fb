"""The page of the register of quotes: who proposed and who checked each, and where it stands; never its words."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request

from me_platform.access import Action
from me_platform.services.quotes import QuoteState, list_quotes
from me_platform.services.seats import Seat
from me_platform.staff_site.days import say_day, say_period
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.staff_site.narrative_form import read_number

STATES: Mapping[QuoteState, tuple[str, str, str]] = {
    QuoteState.WAITING: ("→", "primary", mark("Waits for its second person")),
    QuoteState.RETURNED: ("↩", "warning", mark("Returned to who proposed it")),
    QuoteState.UNCHECKED: ("–", "secondary", mark("Never checked: it is not printed")),
    QuoteState.CHECKED: ("✓", "info", mark("Checked: the next freeze looks for the consent")),
    QuoteState.AGREED: ("✓", "success", mark("Checked, and the consent stood at the last freeze")),
    QuoteState.ENDED: ("×", "dark", mark("Not printed: at the last freeze no consent was in force")),
    QuoteState.REPLACED: ("↻", "secondary", mark("A correction has taken its place")),
}
"""State -> sign, look and words."""

FIRST_YEAR, LAST_YEAR = 2000, 2999


def make_quotes(frame: Frame) -> Blueprint:
    """The register of quotes."""
    blueprint = Blueprint("quotes", __name__)
    desk = frame.desk

    @frame.page(blueprint, "/quotes", Action.LIST_QUOTES)
    def show(seat: Seat) -> str:
        language, today = find_language(frame.wording), desk.sources.today()
        asked = read_number(request.args.get("year"))
        year = asked if FIRST_YEAR <= asked <= LAST_YEAR else today.year
        with desk.open_office() as office:
            register = list_quotes(office, seat, year)
        languages = desk.catalogue.taxonomy.lists.get("languages", {})
        return render_template(
            "quotes.html",
            register=register,
            this_year=today.year,
            states=STATES,
            say_day=lambda day: say_day(day, language),
            say_period=lambda start, end: say_period(start, end, language),
            name_language=lambda code: frame.choose(languages[code].title, code) if code in languages else code,
            may_open=seat.may(Action.LIST_SNAPSHOTS),
        )

    return blueprint
