"""The views: each loads, checks, calls one service and answers.

A GET shows where the person is and changes nothing; a POST changes one thing and sends the browser back to the one
address. No address or user agent of a visitor is read here, and of the languages a browser asks for nothing is kept.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from hmac import compare_digest
from typing import cast
from urllib.parse import urlencode

from flask import Response, current_app, request, session
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, TooManyRequests

from me_platform.logs import write_event
from me_platform.services.answering import find_visit, leave, open_code, open_link, take_step
from me_platform.services.health import Health
from me_platform.services.sittings import SECRET_BYTES, Doorstep
from me_platform.survey_site.bucket import Bucket
from me_platform.survey_site.packing import ENCODINGS, Page
from me_platform.survey_site.pages import Screen, render_visit
from me_platform.survey_site.visitor import Mark, Visitor
from me_platform.surveys.audio import MEDIA_TYPE
from me_platform.surveys.flow import Effect, Form

logger = logging.getLogger(__name__)

DATABASE_DOWN = (OperationalError, InterfaceError, NoConnectionFree)
"""What a statement raises when the database is away, full or too busy."""

MAX_FIELDS = 40
"""Fields of a form; the longest honest one, several choices out of twenty, has some 25."""

# At the exit neither cache nor cookies are named: emptying the cache holds the way out, and a cookie that is only
# deleted lets Chromium bring the question back with the Back button (docs/decisions/0011).
_CLEAR_AT_EXIT = '"storage"'
_CLEAR_AT_END = '"cache", "cookies", "storage"'
_CLEAR_WHEN_IDLE = '"cache", "storage"'


@dataclass(frozen=True)
class Site:
    """What the views of one instance work with."""

    doorstep: Doorstep
    screen: Screen
    wrong_codes: Bucket
    health: Health


def get_site() -> Site:
    """The site of this request."""
    site: Site = current_app.extensions["survey_site"]
    return site


def show_page() -> Response:
    """Where the person is now: the current page of the sitting, or the neutral start page."""
    site, visitor = get_site(), _get_visitor()
    if _follows_a_link(visitor):
        return _ask_again()
    if not visitor.seated:
        return _show_start(refused=visitor.mark is Mark.CODE_REFUSED)
    visit = find_visit(site.doorstep, visitor.secret)
    if visit is not None:
        return send_page(render_visit(site.screen, visit, site.screen.choose_language(list_languages())))
    visitor.become(site.doorstep.sources.random(SECRET_BYTES), Mark.NEW)
    response = _show_start()
    response.headers["Clear-Site-Data"] = _CLEAR_WHEN_IDLE
    return response


def show_link(token: str) -> Response:
    """The start page with a link's token in its form; whether the token opens anything is not looked up here."""
    site, visitor = get_site(), _get_visitor()
    if _follows_a_link(visitor):
        return _ask_again(token)
    if visitor.seated and find_visit(site.doorstep, visitor.secret) is not None:
        return _go_to_page()
    return _show_start(token)


def show_health() -> Response:
    """Whether the site can do its work, in a word or none; it knows nobody and gives nobody a cookie."""
    _get_visitor().leave_alone()
    well = get_site().health.is_well()
    return Response("ok" if well else "", 200 if well else 503, mimetype="text/plain")


def play(name: str) -> Response:
    """The sound under a name, whole or the part a player asks for. It knows nobody and gives nobody a cookie."""
    path = get_site().screen.library.find_file(name)
    # Opened as a page of its own, what was listened to would stand in the browser's history.
    if path is None or request.headers.get("Sec-Fetch-Dest") == "document":
        raise NotFound
    try:
        sound = path.read_bytes()
    except OSError as error:
        raise NotFound from error
    _get_visitor().leave_alone()
    # Safari plays nothing from a server that does not answer with parts.
    response = Response(sound, mimetype=MEDIA_TYPE)
    response.make_conditional(request.environ, accept_ranges=True, complete_length=len(sound))
    return response


def take_form() -> Response:
    """Take what a page sent. Leaving comes before the token is checked: it must work from every page, however old."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise BadRequest
    if len(request.form) > MAX_FIELDS:
        raise RequestEntityTooLarge
    do = request.form.get("do", "")
    if do == "exit":
        return _leave()
    if not compare_digest(request.form.get("csrf_token", "").encode(), _get_visitor().token.encode()):
        raise BadRequest
    return _open() if do == "open" else _step(do)


def send_page(page: Page, status: int = 200) -> Response:
    """A page with this browser's token in it, packed where the browser can unpack it."""
    body, encoding = page.send(_get_visitor().token, {each for each in ENCODINGS if request.accept_encodings[each]})
    return Response(body, status, {"Content-Encoding": encoding} if encoding else None)


def list_languages() -> list[str]:
    """The browser's languages, best first, without their countries."""
    return [language.partition("-")[0].lower() for language, _quality in request.accept_languages]


def log_failure(error: BaseException) -> None:
    """Log where something failed and as what: no message, path or value of the request."""
    write_event(logger, logging.ERROR, "request_failed", error)


def _show_start(token: str = "", *, refused: bool = False) -> Response:
    screen = get_site().screen
    language = screen.choose_language(list_languages())
    return send_page(Page([screen.render("start.html", language, token=token, refused=refused)]))


def _follows_a_link(visitor: Visitor) -> bool:
    """Whether a link on another site was tapped. Browsers keep a strict cookie back then, should they have one."""
    fetch = request.headers.get
    # Only a tap is marked as the user's: what the browser asks for again by itself never comes here twice.
    return (
        not visitor.known and fetch("Sec-Fetch-Site") in {"cross-site", "same-site"} and fetch("Sec-Fetch-User") == "?1"
    )


def _ask_again(token: str = "") -> Response:
    """Have the browser ask anew, now from our own page and so with its cookie; one it has is not written over."""
    _get_visitor().leave_alone()
    response = _show_start(token)
    response.headers["Refresh"] = "0"
    return response


def _leave() -> Response:
    site, visitor = get_site(), _get_visitor()
    try:
        if visitor.seated:
            leave(site.doorstep, visitor.secret)
    except DATABASE_DOWN as error:
        # The person has to get away whatever happens here; without its secret nobody opens the draft again.
        log_failure(error)
    visitor.become(site.doorstep.sources.random(SECRET_BYTES), Mark.NEW)
    if request.form.get("stay"):
        # The script has left the page already; a beacon that was redirected would only be stopped by our policy.
        return Response(status=204, headers={"Clear-Site-Data": _CLEAR_AT_EXIT})
    return Response(status=303, headers={"Location": site.screen.exit_url, "Clear-Site-Data": _CLEAR_AT_EXIT})


def _open() -> Response:
    site, visitor = get_site(), _get_visitor()
    token, code, languages = request.form.get("token", ""), request.form.get("code", ""), list_languages()
    secret = open_link(site.doorstep, token, languages) if token else open_code(site.doorstep, code, languages)
    if secret is not None:
        if visitor.seated:
            leave(site.doorstep, visitor.secret)
        visitor.become(secret, Mark.SEATED)
    elif site.wrong_codes.take():
        visitor.become(site.doorstep.sources.random(SECRET_BYTES), Mark.CODE_REFUSED)
    else:
        raise TooManyRequests
    return _go_to_page()


def _step(do: str) -> Response:
    site, visitor = get_site(), _get_visitor()
    effect = take_step(site.doorstep, visitor.secret, _read_form(do)) if visitor.seated else None
    response = _go_to_page()
    if effect is Effect.END:
        visitor.drop()
        response.headers["Clear-Site-Data"] = _CLEAR_AT_END
    elif effect is not None:
        visitor.refresh()
    return response


def _read_form(do: str) -> Form:
    sent = request.form
    fields = sorted((name, value) for name, value in sent.items(multi=True) if name != "csrf_token")
    return Form(
        page=sent.get("page", ""),
        do=do,
        values=tuple(sent.getlist("answer")),
        state=sent.get("state", ""),
        language=sent.get("language", ""),
        purpose=sent.get("purpose", ""),
        question=sent.get("question", ""),
        submission_key=sent.get("key", ""),
        seal=sent.get("seal", ""),
        body=urlencode(fields).encode(),
    )


def _go_to_page() -> Response:
    return Response(status=303, headers={"Location": "/"})


def _get_visitor() -> Visitor:
    return cast("Visitor", session)
