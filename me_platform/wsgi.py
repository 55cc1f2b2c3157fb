"""What gunicorn names: ``me_platform.wsgi:make_survey_app()``, ``me_platform.wsgi:make_staff_app()``, the log, and this
module as its configuration.
"""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import ParseException

from me_platform.app import build_staff_site, build_survey_site
from me_platform.logs import start_logs, write_event, write_start_failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask


def make_survey_app() -> Flask:
    """The survey site of this process's environment."""
    return refuse_broken_bodies(keep_out_of_collections(build_survey_site(os.environ)))


def make_staff_app() -> Flask:
    """The staff site of this process's environment."""
    return refuse_broken_bodies(keep_out_of_collections(build_staff_site(os.environ)))


SILENT = 60
"""Seconds the kernel keeps a connection to itself on which nothing was said yet."""


def when_ready(server: Any) -> None:  # noqa: ANN401 - the library has no types
    """Let a worker get a connection only once something is said on it (gunicorn's hook, before workers start).

    Browsers open connections in advance. A sync worker would wait for the first word on one, and two of them would
    keep everybody else waiting.
    """
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT)


def keep_out_of_collections(site: Flask) -> Flask:
    """Let no garbage collection walk through what was loaded with a site: it stays, and there is much of it."""
    gc.collect()
    gc.freeze()
    return site


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
    """Gunicorn's log as lines of ours, without the request that failed: its address may be a link's token.

    Gunicorn names the address and prints what was read where a request breaks off or takes too long
    (privacy-and-safety 1.4).
    """

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - the library has no types
        """Have what gunicorn, the site and every library of this process log written as our lines."""
        super().setup(cfg)
        formatter = start_logs(os.environ.get("ME_PROCESS", "site")).formatter
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)

    def exception(self, msg: str, *args: object, **kwargs: object) -> None:
        """Write down an error: whole where a site does not come up, else only where it happened and as what."""
        error = sys.exc_info()[1]
        if error is None:
            super().exception(msg, *args, **kwargs)
        elif any(frame.name == "load_wsgi" for frame in traceback.extract_tb(error.__traceback__)):
            write_start_failure(self.error_log, error)
        else:
            write_event(self.error_log, logging.ERROR, "request_failed", error)
