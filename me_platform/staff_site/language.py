"""The language of the staff site: chosen by button, else the account's, else the browser's."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, session
from flask_security import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from me_platform.wording import SOURCE_LANGUAGE, Wording, load_wording

KEY = "language"
"""Where a session keeps the language that was chosen."""


def load_site_wording() -> Wording:
    """The words of the site's screens."""
    return load_wording(Path(__file__).parent / "translations")


def find_language(wording: Wording) -> str:
    """The language of the page that is being made."""
    chosen = session.get(KEY) or getattr(current_user, "language", "")
    if chosen in wording.languages:
        return str(chosen)
    return request.accept_languages.best_match(wording.languages) or SOURCE_LANGUAGE


def make_language_button(wording: Wording) -> Blueprint:
    """The form in the head of every page; it leads back to the page it was pressed on."""
    blueprint = Blueprint("language", __name__)

    @blueprint.post("/language")
    def choose() -> Response:
        if request.form.get("language") in wording.languages:
            session[KEY] = request.form["language"]
        return redirect(find_way_back(request.form.get("page", "")), 303)

    return blueprint


def find_way_back(path: str) -> str:
    """The path, where it is one of this site's pages that can be opened again; else the first page."""
    split = urlsplit(path)
    if path.startswith("/") and not (split.scheme or split.netloc) and "\\" not in path:
        try:
            current_app.create_url_adapter(request).match(split.path, method="GET")  # type: ignore[union-attr]
        except HTTPException:
            return "/"
        return path
    return "/"
