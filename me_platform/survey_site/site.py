"""Making the survey site: settings, headers, and one place where errors become calm pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from me_platform.services.health import PATH, Health, ask_database
from me_platform.services.sittings import Doorstep
from me_platform.survey_site.bucket import Bucket
from me_platform.survey_site.contacts import Contacts
from me_platform.survey_site.languages import load_screens, withhold_languages
from me_platform.survey_site.packing import Page
from me_platform.survey_site.pages import LISTEN_SCRIPT, LISTEN_STYLE, SCRIPT, STYLE, Screen, compute_source
from me_platform.survey_site.views import (
    DATABASE_DOWN,
    MAX_FIELDS,
    Site,
    get_site,
    list_languages,
    log_failure,
    play,
    send_page,
    show_health,
    show_link,
    show_page,
    take_form,
)
from me_platform.survey_site.visitor import VisitorInterface
from me_platform.surveys.audio import Library
from me_platform.surveys.flow import StepRefused

MAX_BODY = 64 * 1024
"""Bytes of a form; the longest honest one, a text of 4,000 characters, needs some 48,000."""

WRONG_CODES = 30
"""Wrong codes at once at the whole site, refilled by one a second (privacy-and-safety 1.1)."""


class _SurveyApp(Flask):
    """Flask, but of an unforeseen error it logs no path: the path may be a link's token."""

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        if exc_info[1] is not None:
            log_failure(exc_info[1])


def make_survey_site(  # noqa: PLR0913 - what differs from one instance to the next
    doorstep: Doorstep,
    *,
    secret_key: str,
    exit_url: str,
    contacts: Contacts | None,
    library: Library | None = None,
    content: Path | None = None,
    sample: bool = False,
    tls: bool = False,
    processes: int = 1,
    clock: Callable[[], float] = time.monotonic,
) -> Flask:
    """Make the survey site.

    The engine of ``doorstep`` is `me_survey`'s; ``library`` is what can be listened to (None: nothing); below
    ``content`` lie the words of further languages (None: there are none); ``tls`` says whether browsers reach the site
    over https; ``sample`` writes "Sample data" on every page; ``processes`` is how many share the site, and with it
    the limit on wrong codes; ``clock`` counts the seconds between them.
    """
    app = _SurveyApp(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_FIELDS,
    )
    app.session_interface = VisitorInterface(doorstep.sources.random, tls=tls)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    screens = load_screens(content)
    doorstep = replace(doorstep, surveys=withhold_languages(doorstep.surveys, screens))
    app.extensions["survey_site"] = Site(
        doorstep=doorstep,
        screen=Screen(screens.complete, contacts, exit_url, sample, doorstep.duty_hours, library or Library()),
        wrong_codes=Bucket(WRONG_CODES, clock, processes),
        health=Health([partial(ask_database, doorstep.engine)], clock),
    )
    app.add_url_rule("/", view_func=show_page, methods=["GET"])
    app.add_url_rule("/<string(length=26):token>", view_func=show_link, methods=["GET"])
    app.add_url_rule("/a/<name>", view_func=play, methods=["GET"])
    app.add_url_rule(PATH, view_func=show_health, methods=["GET"])
    app.add_url_rule("/", view_func=take_form, methods=["POST"])
    app.register_error_handler(Exception, _show_error)
    headers = list(make_headers(exit_url, listening=bool(library and library.names)).items())

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(headers)
        return response

    return app


def make_headers(exit_url: str, *, listening: bool = False) -> dict[str, str]:
    """Headers of every response (privacy-and-safety 1.4); ``listening`` where the site has something to listen to."""
    leaving = urlsplit(exit_url)
    policy = (
        "default-src 'none'",
        " ".join(("style-src", *map(compute_source, (STYLE, LISTEN_STYLE)[: 1 + listening]))),
        " ".join(("script-src", *map(compute_source, (SCRIPT, LISTEN_SCRIPT)[: 1 + listening]))),
        "img-src data:",
        *(("media-src 'self'",) if listening else ()),
        "connect-src 'self'",
        # Without the exit's origin browsers stop the redirect that follows the exit's form.
        f"form-action 'self' {leaving.scheme}://{leaving.netloc.rpartition('@')[2]}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(policy),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def _show_error(error: Exception) -> Response:
    """The page of every error. A redirect of the routing is no error."""
    if isinstance(error, StepRefused):
        return _render_error(422, error.problem, error.language)
    if isinstance(error, HTTPException) and error.code is not None:
        return _render_error(error.code, "")
    log_failure(error)
    return _render_error(503 if isinstance(error, DATABASE_DOWN) else 500, "")


def _render_error(status: int, problem: str, language: str = "") -> Response:
    screen = get_site().screen
    chosen = language or screen.choose_language(list_languages())
    return send_page(Page([screen.render("error.html", chosen, status=status, problem=problem)]), status)
