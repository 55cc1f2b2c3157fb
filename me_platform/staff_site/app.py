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

from me_platform.sealing.envelope import make_subkey
from me_platform.services.accounts import ABSOLUTE, HASH_COST, HashCost
from me_platform.services.health import PATH, Health, ask_database
from me_platform.services.previewing import SurveyPages
from me_platform.services.second_factor import make_credential_key
from me_platform.staff_site.account_pages import ACCOUNTS, make_accounts
from me_platform.staff_site.accounts import add_accounts
from me_platform.staff_site.activities import ACTIVITIES, make_activities
from me_platform.staff_site.cards import CARDS, add_handed_codes, make_cards
from me_platform.staff_site.caseload import CASELOADS, make_caseload
from me_platform.staff_site.desk import StaffDesk
from me_platform.staff_site.duty import DUTY, make_duty
from me_platform.staff_site.failures import add_failure_pages
from me_platform.staff_site.figures import FIGURES, make_figures
from me_platform.staff_site.frame import Area, Frame, add_frame
from me_platform.staff_site.guardian import add_guardian
from me_platform.staff_site.handover import add_handover
from me_platform.staff_site.invitations import make_invitations
from me_platform.staff_site.jobs import make_jobs
from me_platform.staff_site.keeping import Keeper
from me_platform.staff_site.language import find_language, load_site_wording, make_language_button
from me_platform.staff_site.limits import PER_CODE, AttemptLimit
from me_platform.staff_site.log import LOG, make_log
from me_platform.staff_site.log_in import STEPS, LogIn, add_log_in
from me_platform.staff_site.looks import make_looks
from me_platform.staff_site.narrative_review import REVIEW, make_review
from me_platform.staff_site.narratives import make_narratives
from me_platform.staff_site.own_account import make_own_account
from me_platform.staff_site.people import PEOPLE, make_people
from me_platform.staff_site.plans import PLANS, make_plans
from me_platform.staff_site.previews import make_previews
from me_platform.staff_site.quality import QUALITY, make_quality_pages
from me_platform.staff_site.recontact import add_recontact
from me_platform.staff_site.report_writing import make_report_writing
from me_platform.staff_site.reports import REPORTS, make_reports
from me_platform.staff_site.sessions import StaffSession, StaffSessions
from me_platform.staff_site.snapshots import SNAPSHOTS, make_snapshots
from me_platform.staff_site.surveys import SURVEYS, make_surveys
from me_platform.wording import get_own_name

LARGEST_FORM = 768 * 1024
"""Bytes a request may have: 26 texts of 4,000 letters, each sent as six bytes where it is no ASCII letter. A view that
takes a file sets its own limit."""

AREAS: tuple[Area, ...] = (
    PEOPLE,
    DUTY,
    CASELOADS,
    CARDS,
    REVIEW,
    FIGURES,
    QUALITY,
    REPORTS,
    SNAPSHOTS,
    ACTIVITIES,
    PLANS,
    SURVEYS,
    ACCOUNTS,
    LOG,
)
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
    desk: StaffDesk,
    *,
    secret_key: bytes,
    tls: bool,
    sample: bool,
    clock: Callable[[], float],
    hash_cost: HashCost = HASH_COST,
    pages: SurveyPages | None = None,
) -> Flask:
    """Make the site.

    ``secret_key`` signs cookies and form tokens. ``tls`` says that browsers reach the site by https: its cookies then
    are Secure and bound to the host. ``sample`` marks every page. ``clock`` counts seconds for the limit on log-ins
    (``time.monotonic``), ``hash_cost`` is that of passwords.
    ``pages`` draws surveys as people see them (None: they are listed only).
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
    app.after_request(_make_headers(tls=tls))
    Bootstrap5(app)

    wording = load_site_wording()
    frame = Frame(desk, wording, AREAS)
    key = make_credential_key(secret_key)
    names = hmac.digest(secret_key, b"names of the log-in limit", hashlib.sha256)
    log_in = LogIn(
        frame, Keeper(secret_key, desk.sources), key, AttemptLimit(clock, names), AttemptLimit(clock, names, PER_CODE)
    )
    app.before_request(_make_room)
    app.before_request(log_in.keep_late_form)  # before the form tokens are looked at, which is CSRFProtect's part
    CSRFProtect(app)
    languages = {code: get_own_name(code) for code in wording.languages}

    def translate(text: str, **values: object) -> str:
        return wording.make_translate(find_language(wording))(text, **values)

    add_accounts(app, desk.engine, log_in.make_form, log_in.go_on, log_in.keeper.find_kept, hash_cost)
    add_log_in(app, log_in)
    add_failure_pages(app, desk.engine.url)
    app.add_url_rule(PATH, view_func=_make_health(desk, clock), endpoint="health", methods=["GET"])
    app.register_blueprint(make_language_button(wording))
    app.register_blueprint(make_looks())
    add_frame(app, frame)
    people = make_people(frame)
    add_handover(frame, people)
    add_handed_codes(frame, people)
    add_guardian(frame, people)
    add_recontact(frame, people)
    app.register_blueprint(people)
    app.register_blueprint(make_caseload(frame))
    app.register_blueprint(make_cards(frame, sample=sample))
    app.register_blueprint(make_duty(frame))
    app.register_blueprint(make_jobs(frame))
    app.register_blueprint(make_log(frame))
    app.register_blueprint(make_report_writing(frame))
    app.register_blueprint(make_invitations(frame, key))
    app.register_blueprint(make_own_account(frame, log_in))
    app.register_blueprint(make_accounts(frame, key, tls=tls))
    app.register_blueprint(make_narratives(frame))
    app.register_blueprint(make_review(frame))
    app.register_blueprint(make_reports(frame))
    app.register_blueprint(make_surveys(frame, pages))
    if pages is not None:
        app.register_blueprint(make_previews(frame, make_subkey(secret_key, "previews"), pages))
    for make in (make_figures, make_quality_pages, make_snapshots, make_activities, make_plans):
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


def _make_room() -> None:
    """Say how much may come before anybody reads it: more where a view was registered for more, and is logged in to.

    The steps of a log-in may carry a form along that was as large as a form may be, and its seal makes it larger.
    """
    endpoint = request.endpoint or ""
    largest = getattr(current_app.view_functions.get(endpoint), "largest", 0)
    if endpoint in STEPS:
        request.max_content_length = request.max_form_memory_size = 2 * LARGEST_FORM
    elif largest and current_user.is_authenticated:
        request.max_content_length = request.max_form_memory_size = largest


def _refuse_other_sites() -> None:
    """Refuse a form that another site sent: browsers say where a request comes from, whatever the token is."""
    if request.method not in _SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(400)


def _make_headers(*, tls: bool) -> Callable[[Response], Response]:
    headers = {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if tls else {})}

    def add_headers(response: Response) -> Response:
        # A page that shows another site's has a policy of its own; everything else stays as it is everywhere.
        policy = response.headers.get("Content-Security-Policy", _POLICY)
        response.headers.update({**headers, "Content-Security-Policy": policy})
        if not (request.endpoint or "").endswith("static"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return add_headers
