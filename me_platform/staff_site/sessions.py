"""Sessions of the staff site: rows in ``staff_session``, made when somebody logs in.

Two cookies. The session cookie holds a random token whose hash finds the row; the row ends after its limits, at
log-out, or when the account is closed. Before the log-in there is no row, so nobody who has no account can write to
the database: language and form token lie in a signed cookie of their own. A visit from another site, which comes
without the strict session cookie, thus leaves that cookie as it is.
"""

from __future__ import annotations

import json

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_platform.services.accounts import (
    begin_staff_session,
    end_staff_session,
    find_session_data,
    keep_session_data,
)
from me_platform.services.health import PATH
from me_platform.settings import Sources

USER_KEY = "_user_id"
"""Where Flask-Login keeps the uniquifier of whoever is logged in."""

HALF_KEY = "half"
"""The uniquifier of somebody who gave the password and still owes the second factor; she is nobody yet."""

FACTOR_KEY = "factor"
"""Whether whoever is logged in gave a second factor."""

PROVED_KEY = "proved"
"""When password and second factor were given last (ISO 8601)."""

ENDED_KEY = "ended"
"""Set in the session of somebody whose log-in is over, until the log-in page has said so."""

_NEVER_KEPT = frozenset({"_id", ENDED_KEY})
"""Left out of the row. ``_id`` is Flask-Login's hash of address and browser: nothing of either is stored."""


class StaffSession(SecureCookieSession):
    """What is remembered between two pages; ``token`` is empty while nobody is logged in.

    ``outage`` is the error of a database that could not be asked; the page then says so. ``renewed``: with this answer
    the session gets a new token, because somebody became more than before.
    """

    token = ""
    renewed = False
    token_is_dead = False
    outage: DBAPIError | None = None


class StaffSessions(SecureCookieSessionInterface):
    """Opens a session at the start of a request and keeps it at the end. ``cookie`` is the session cookie's name."""

    salt = "staff-site-before-log-in"
    session_class = StaffSession

    def __init__(self, engine: Engine, sources: Sources, cookie: str) -> None:
        self._engine = engine
        self._sources = sources
        self._cookie = cookie

    def open_session(self, app: Flask, request: Request) -> StaffSession:
        """The session of the token in the cookie, or else the one before the log-in."""
        if request.path == PATH or request.path.startswith(f"{app.static_url_path}/"):
            return StaffSession()  # nobody's: no row is looked up, and no cookie is set, kept or taken away
        token = request.cookies.get(self._cookie, "")
        if not token:
            return self._open_start(app, request)
        try:
            data = find_session_data(self._engine, self._sources, token)
        except DBAPIError as error:
            # An error here would find no session to show its page with; the site raises it once there is one.
            session = StaffSession()
            session.outage = error
            return session
        if data is None:
            session = self._open_start(app, request)
            session.token_is_dead = True
            session[ENDED_KEY] = True
            return session
        session = StaffSession(json.loads(data))
        session.token = token
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Begin, keep or end the row, and set the cookies that go with it."""
        if not isinstance(session, StaffSession) or session.outage:
            return
        if USER_KEY in session or HALF_KEY in session:
            self._keep_row(app, session, response)
            return
        for key in (FACTOR_KEY, PROVED_KEY):
            session.pop(key, None)
        if session.token:
            end_staff_session(self._engine, session.token)
        if session.token or session.token_is_dead:
            self._delete_cookie(app, response, self._cookie)
        super().save_session(app, session, response)

    def _open_start(self, app: Flask, request: Request) -> StaffSession:
        """The session before the log-in; it never says who somebody is, whoever signed it."""
        session = super().open_session(app, request)
        if not isinstance(session, StaffSession):
            message = "the site has no secret key"
            raise TypeError(message)
        if USER_KEY in session or HALF_KEY in session:
            return StaffSession()
        return session

    def _keep_row(self, app: Flask, session: StaffSession, response: Response) -> None:
        response.vary.add("Cookie")
        if session.token and not session.renewed:
            if session.modified:
                keep_session_data(self._engine, session.token, _encode(session))
            return
        if session.token:
            end_staff_session(self._engine, session.token)
        owner = session.get(USER_KEY) or session[HALF_KEY]
        session.token = begin_staff_session(self._engine, self._sources, owner, _encode(session))
        response.set_cookie(
            self._cookie,
            session.token,
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite=self.get_cookie_samesite(app),
        )
        self._delete_cookie(app, response, self.get_cookie_name(app))

    def _delete_cookie(self, app: Flask, response: Response, name: str) -> None:
        response.delete_cookie(
            name,
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite=self.get_cookie_samesite(app),
        )


def _encode(session: StaffSession) -> bytes:
    return json.dumps({key: value for key, value in session.items() if key not in _NEVER_KEPT}).encode()
