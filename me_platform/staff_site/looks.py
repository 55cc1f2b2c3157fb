"""The site's one stylesheet: Bootstrap's, without the pictures the policy refuses, and our own rules behind it.

In one file the two come at once: a page that is looked at while they arrive is never dressed in the first alone, whose
pictures are data addresses (the policy allows the site's own files only).
"""

from __future__ import annotations

import re
from importlib.resources import files

from flask import Blueprint, request
from werkzeug.wrappers import Response

_PICTURE = re.compile(r'url\("data:[^"]*"\)')


def make_looks() -> Blueprint:
    """The stylesheet, beside the files it names."""
    blueprint = Blueprint("looks", __name__)
    sheet = make_stylesheet()

    @blueprint.get("/static/looks.css")
    def static() -> Response:
        response = Response(sheet, mimetype="text/css")
        response.cache_control.no_cache = True  # ask whether it is still the same
        response.add_etag()
        return response.make_conditional(request)

    return blueprint


def make_stylesheet() -> str:
    """Bootstrap's rules as its library brings them, then ``static/staff.css``."""
    bootstrap = files("flask_bootstrap") / "static" / "bootstrap5" / "css" / "bootstrap.min.css"
    own = files(__package__) / "static" / "staff.css"
    return _PICTURE.sub("none", bootstrap.read_text(encoding="utf-8")) + own.read_text(encoding="utf-8")
