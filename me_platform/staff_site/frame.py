"""The frame around every page: who sits where, which parts of the site are open to them, and the way between.

A view is registered by ``Frame.page``: it names the action it is for, which is asked of the rule book before the view
runs. So there is no page without a question, and a test lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, session, url_for
from flask_security import auth_required, current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from me_platform.access import Action
from me_platform.services.duty import count_waiting
from me_platform.services.seats import Seat, list_seats, take_seat
from me_platform.staff_site.accounts import get_user
from me_platform.staff_site.desk import StaffDesk
from me_platform.staff_site.language import find_language
from me_platform.staff_site.sessions import PROVED_KEY
from me_platform.wording import SOURCE_LANGUAGE, Translate, Wording

ROOT = "/o/<organisation>"
"""Every page about an organisation lies below its code."""


FRESH = timedelta(minutes=5)
"""A page that asks for a fresh log-in opens for so long after password and second factor were given."""


class NotFresh(Exception):
    """Password and second factor were given too long ago for this page; the site asks for them again."""


def ask_fresh(now: datetime) -> None:
    """Raise NotFresh unless password and second factor were given a moment ago."""
    proved = session.get(PROVED_KEY)
    if not proved or now - datetime.fromisoformat(proved) >= FRESH:
        raise NotFresh


def mark(text: str) -> str:
    """A text that is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Area:
    """A part of the site in the navigation: its first page, its name, and the action somebody must have there.

    ``also`` are the blueprints of pages that belong to it beside those of its first page's. ``counts``: how many wishes
    wait is written beside its name.
    """

    endpoint: str
    label: str
    action: Action
    also: tuple[str, ...] = ()
    counts: bool = False

    def holds(self, endpoint: str) -> bool:
        """Whether a page is one of this part's."""
        blueprint = endpoint.partition(".")[0]
        return blueprint in {self.endpoint.partition(".")[0], *self.also}


@dataclass(frozen=True)
class Frame:
    """What the modules of pages are made with."""

    desk: StaffDesk
    wording: Wording
    areas: Sequence[Area]

    def page(
        self,
        blueprint: Blueprint,
        rule: str,
        action: Action,
        *,
        methods: Sequence[str] = ("GET",),
        fresh: bool = False,
        keeps: bool = False,
        largest: int = 0,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view below the organisation: it gets the seat first, then what the rule's own parts say.

        Nobody without a log-in, and nobody whose roles do not grant ``action`` at the organisation, comes so far. For
        an action that reaches the own caseload only, the use case asks again, with the person at hand. ``fresh``: the
        log-in was a moment ago, or the site asks for it again and then leads back here. ``keeps``: a form that comes
        when the log-in is over is kept until the next one (``keeping``). ``largest`` is how many bytes it may have
        where the site's own limit is too small.
        """

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def run(organisation: str, **parts: Any) -> Any:  # noqa: ANN401 - a view's own
                user = get_user(current_user)
                seat = take_seat(self.desk.organisations, user, organisation)
                # Whether she is in the caseload is asked of the person's row, later: here she might be.
                seat.permit(action, caseworkers=frozenset({user.id}))
                if fresh:
                    ask_fresh(self.desk.sources.now())
                g.seat = seat
                if request.method == "GET":
                    with Session(self.desk.engine) as database:
                        g.waiting = count_waiting(database, seat)
                return view(seat, **parts)

            run.action = action  # type: ignore[attr-defined]
            run.keeps = keeps  # type: ignore[attr-defined]
            run.largest = largest  # type: ignore[attr-defined]
            guarded = auth_required("session")(run)
            blueprint.add_url_rule(ROOT + rule, view.__name__, guarded, methods=list(methods))
            return view

        return register

    def own_page(
        self, blueprint: Blueprint, rule: str, *, methods: Sequence[str] = ("GET",), fresh: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view about the own account, which every log-in has: it gets Flask-Security's user."""

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def run(**parts: Any) -> Any:  # noqa: ANN401 - a view's own
                if fresh:
                    ask_fresh(self.desk.sources.now())
                return view(current_user, **parts)

            blueprint.add_url_rule(rule, view.__name__, auth_required("session")(run), methods=list(methods))
            return view

        return register

    def translate(self, text: str, **values: object) -> str:
        """The text in the reader's language."""
        return self.get_translate()(text, **values)

    def get_translate(self) -> Translate:
        """The function that translates for the reader."""
        return self.wording.make_translate(find_language(self.wording))

    def choose(self, text: dict[str, str] | Any, otherwise: str = "") -> str:  # noqa: ANN401 - any mapping
        """An officer's text in the reader's language, in English where it has none, else ``otherwise``."""
        return text.get(find_language(self.wording)) or text.get(SOURCE_LANGUAGE) or otherwise

    def name_organisation(self, code: str) -> str:
        """What an organisation is called in the plans; its code where no plan knows it."""
        for plan in self.desk.plans.values():
            for partner in plan.partners:
                if partner.code == code:
                    return self.choose(partner.name, code)
        return code


def add_frame(app: Flask, frame: Frame) -> None:
    """Give the templates what the frame shows, and the site its first page."""

    def list_areas(seat: Seat) -> list[Area]:
        own = frozenset({seat.user.id})
        return [area for area in frame.areas if seat.may(area.action, caseworkers=own)]

    @app.context_processor
    def provide() -> dict[str, object]:
        seat: Seat | None = g.get("seat")
        return {
            "seat": seat,
            "areas": list_areas(seat) if seat else [],
            "waiting": g.get("waiting", 0),
            "name_organisation": frame.name_organisation,
            "choose": frame.choose,
        }

    @app.get("/")
    @auth_required("session")
    def start() -> str | Response:
        seats = list_seats(frame.desk.organisations, get_user(current_user))
        places = [(seat, areas) for seat in seats if (areas := list_areas(seat))]
        if len(places) == 1:
            [(seat, areas)] = places
            return redirect(url_for(areas[0].endpoint, organisation=seat.partner.code))
        return render_template("start.html", places=places)
