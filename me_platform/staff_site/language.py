"""The language of the staff site: chosen by button, else the account's, else the browser's."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, redirect, request, session, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from me_platform.wording import SOURCE_LANGUAGE, Wording, load_wording

_KEY = "language"
_PAGES = ("reports.show", "security.login")
"""Pages the button leads back to; any other leads to the first."""


def load_site_wording() -> Wording:
    """The words of the site's screens."""
    return load_wording(Path(__file__).parent / "translations")


def find_language(wording: Wording) -> str:
    """The language of the page that is being made."""
    chosen = session.get(_KEY) or getattr(current_user, "language", "")
    if chosen in wording.languages:
        return str(chosen)
    return request.accept_languages.best_match(wording.languages) or SOURCE_LANGUAGE


def make_language_button(wording: Wording) -> Blueprint:
    """The form in the head of every page."""
    blueprint = Blueprint("language", __name__)

    @blueprint.post("/language")
    def choose() -> Response:
        if request.form.get("language") in wording.languages:
            session[_KEY] = request.form["language"]
        page = request.form.get("page", "")
        return redirect(url_for(page if page in _PAGES else _PAGES[0]), 303)

    return blueprint
