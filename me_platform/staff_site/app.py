"""The staff site as one WSGI application. Everything it works with is an argument."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from typing import cast

from flask import Flask, Response, abort, current_app, request, session
from flask_bootstrap import Bootstrap5
from flask_security import current_user
from flask_wtf import CSRFProtect

from me_platform.services.accounts import ABSOLUTE
from me_platform.services.health import PATH, Health, ask_database
from me_platform.staff_site.accounts import add_accounts
from me_platform.staff_site.activities import ACTIVITIES, make_activities
from me_platform.staff_site.desk import StaffDesk
from me_platform.staff_site.failures import add_failure_pages
from me_platform.staff_site.figures import FIGURES, make_figures
from me_platform.staff_site.frame import Area, Frame, add_frame
from me_platform.staff_site.jobs import make_jobs
from me_platform.staff_site.language import find_language, load_site_wording, make_language_button
from me_platform.staff_site.limits import AttemptLimit
from me_platform.staff_site.plans import PLANS, make_plans
from me_platform.staff_site.reports import REPORTS, make_reports
from me_platform.staff_site.sessions import StaffSession, StaffSessions
from me_platform.staff_site.snapshots import SNAPSHOTS, make_snapshots
from me_platform.wording import get_own_name

LARGEST_FORM = 256 * 1024
"""Bytes a request may have; a view that takes a file sets its own limit."""

AREAS: tuple[Area, ...] = (FIGURES, REPORTS, SNAPSHOTS, ACTIVITIES, PLANS)
"""The parts of the site, in the order of the navigation."""

# Scripts are the site's own files and make things quicker, never possible: every save works without them.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def make_staff_site(
    desk: StaffDesk, *, secret_key: bytes, tls: bool, sample: bool, clock: Callable[[], float]
) -> Flask:
    """Make the site.

    ``secret_key`` signs cookies and form tokens. ``tls`` says that browsers reach the site by https: its cookies then
    are Secure and bound to the host. ``sample`` marks every page. ``clock`` counts seconds for the limit on log-ins
    (``time.monotonic``).
    """
    app = Flask(__name__)
    prefix = "__Host-" if tls else ""
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME=f"{prefix}staff-start",
        SESSION_COOKIE_SECURE=tls,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=ABSOLUTE,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=int(ABSOLUTE.total_seconds()),
        # With no-referrer Flask-WTF would refuse every https POST; the check of Sec-Fetch-Site stands in for it.
        WTF_CSRF_SSL_STRICT=False,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.session_interface = StaffSessions(desk.engine, desk.sources, f"{prefix}staff")
    app.before_request(_raise_outage)
    app.before_request(_refuse_other_sites)
    app.before_request(_let_files_in)
    app.after_request(_make_headers(tls=tls))
    CSRFProtect(app)
    Bootstrap5(app)

    wording = load_site_wording()
    languages = {code: get_own_name(code) for code in wording.languages}

    def translate(text: str, **values: object) -> str:
        return wording.make_translate(find_language(wording))(text, **values)

    limit = AttemptLimit(clock, hmac.digest(secret_key, b"names of the log-in limit", hashlib.sha256))
    add_accounts(app, desk.engine, limit, translate)
    add_failure_pages(app, desk.engine.url)
    app.add_url_rule(PATH, view_func=_make_health(desk, clock), endpoint="health", methods=["GET"])
    app.register_blueprint(make_language_button(wording))
    frame = Frame(desk, wording, AREAS)
    add_frame(app, frame)
    app.register_blueprint(make_jobs(frame))
    app.register_blueprint(make_reports(frame))
    for make in (make_figures, make_snapshots, make_activities, make_plans):
        app.register_blueprint(make(frame))
    app.context_processor(
        lambda: {"_": translate, "language": find_language(wording), "languages": languages, "sample": sample}
    )
    return app


def _make_health(desk: StaffDesk, clock: Callable[[], float]) -> Callable[[], Response]:
    def open_vault() -> None:
        with desk.open_vault():
            pass

    health = Health([partial(ask_database, desk.engine), open_vault], clock)

    def show_health() -> Response:
        well = health.is_well()
        return Response("ok" if well else "", 200 if well else 503, mimetype="text/plain")

    return show_health


def _raise_outage() -> None:
    """The database could not be asked for the session: say so, now that there is a page to say it on."""
    outage = cast("StaffSession", session).outage
    if outage:
        raise outage


def _refuse_other_sites() -> None:
    """Refuse a form that another site sent: browsers say where a request comes from, whatever the token is."""
    if request.method not in _SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(400)


def _let_files_in() -> None:
    """Where a file is asked for, let somebody who is logged in send one; this is before the form is read at all."""
    largest = getattr(current_app.view_functions.get(request.endpoint or ""), "largest", 0)
    if largest and current_user.is_authenticated:
        request.max_content_length = largest


def _make_headers(*, tls: bool) -> Callable[[Response], Response]:
    headers = {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if tls else {})}

    def add_headers(response: Response) -> Response:
        response.headers.update(headers)
        if not (request.endpoint or "").endswith("static"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return add_headers
