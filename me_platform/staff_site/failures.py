"""What somebody sees instead of a page: one table from error to status and words.

Another partner's record, a missing one and one outside somebody's role are the same page.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as PageNotFound

from me_platform.errors import (
    DatabaseUnavailable,
    DiskFull,
    NotFound,
    NotPermitted,
    ProgramError,
    RootKeyMissing,
    RootKeyWrong,
    VaultMissing,
    VaultUnusable,
)
from me_platform.logs import write_event
from me_platform.storage.database import find_cause


@dataclass(frozen=True)
class Failure:
    """A status, and the source texts of its page."""

    status: int
    title: str
    text: str


MISSING = Failure(
    404, "Not found", "There is nothing at this address, or it is not meant for you. Please start from the list."
)
STALE = Failure(
    400,
    "Please try again",
    "The form was open for too long, or it was not sent from this site. Nothing was changed.",
)
TOO_LARGE = Failure(413, "Too large", "More was sent than this page takes. Nothing was changed.")
UNCLEAR = Failure(400, "Not understood", "The site could not make sense of what was sent. Nothing was changed.")
AWAY = Failure(
    503,
    "Not available right now",
    "The site cannot reach its records. Please try again in a few minutes; if this stays, tell the administrator.",
)
BROKEN = Failure(
    500, "Something went wrong", "The page could not be made. Please try again; if this stays, tell the administrator."
)

_FAILURES: dict[type[Exception], Failure] = {
    CSRFError: STALE,
    PageNotFound: MISSING,
    RequestEntityTooLarge: TOO_LARGE,
    HTTPException: UNCLEAR,
    InternalServerError: BROKEN,
    NotFound: MISSING,
    NotPermitted: MISSING,
    DatabaseUnavailable: AWAY,
    DiskFull: AWAY,
    RootKeyMissing: AWAY,
    RootKeyWrong: AWAY,
    VaultMissing: AWAY,
    VaultUnusable: AWAY,
    ProgramError: BROKEN,
    DBAPIError: BROKEN,
}
"""Error -> what is shown; the entry nearest to the error's own class counts."""


def add_failure_pages(app: Flask, database: URL) -> None:
    """Answer every error with its page. ``database`` is the address of the site's database."""

    def show(error: Exception) -> tuple[str, int]:
        cause = find_cause(error, database) if isinstance(error, DBAPIError) else None
        failure = find_failure(cause or error)
        if failure is AWAY:
            write_event(app.logger, logging.ERROR, "records_away", cause or error)
        elif failure is BROKEN and not isinstance(error, InternalServerError):  # these Flask has written down
            write_event(app.logger, logging.ERROR, "request_failed", error)
        status = error.code if isinstance(error, HTTPException) and error.code else failure.status
        return render_template("error.html", title=failure.title, text=failure.text), status

    for kind in _FAILURES:
        app.register_error_handler(kind, show)


def find_failure(error: Exception) -> Failure:
    """What is shown for an error of one of the classes above, or of a class made from one."""
    return next(_FAILURES[kind] for kind in type(error).__mro__ if kind in _FAILURES)
