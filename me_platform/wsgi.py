"""What gunicorn names: ``me_platform.wsgi:make_survey_app()``, ``me_platform.wsgi:make_staff_app()`` and the log."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import ParseException

from me_platform.app import build_staff_site, build_survey_site
from me_platform.errors import describe_failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask


def make_survey_app() -> Flask:
    """The survey site of this process's environment."""
    return refuse_broken_bodies(build_survey_site(os.environ))


def make_staff_app() -> Flask:
    """The staff site of this process's environment."""
    return refuse_broken_bodies(build_staff_site(os.environ))


def refuse_broken_bodies(site: Flask) -> Flask:
    """Let a site answer a body in pieces that are none as one that breaks off: with a plain page, status 400."""
    inner = site.wsgi_app

    def run(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's own
        return inner({**environ, "wsgi.input": _Body(environ["wsgi.input"])}, start_response)

    site.wsgi_app = run  # type: ignore[method-assign]
    return site


class _Body:
    """Gunicorn's body of a request, whose errors are those of a line that breaks off."""

    def __init__(self, body: Any) -> None:  # noqa: ANN401 - the library has no types
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes of the body."""
        try:
            return bytes(self._body.read(size))
        except ParseException as error:
            # Its words are left out: they repeat what was sent.
            raise OSError(type(error).__name__) from None


class ServerLog(Logger):  # type: ignore[misc]  # the library has no types
    """Gunicorn's log without the request that failed: its address may be a link's token, its body an answer.

    Gunicorn names the address and prints what was read where a request breaks off or takes too long
    (privacy-and-safety 1.4).
    """

    def exception(self, msg: str, *args: object, **kwargs: object) -> None:
        """Write down an error: whole where a site does not come up, else only where it happened and as what."""
        error = sys.exc_info()[1]
        if msg == "Exception in worker process" or error is None:
            super().exception(msg, *args, **kwargs)
        else:
            self.error("%s", describe_failure(error))
