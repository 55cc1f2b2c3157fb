"""A text survives an expired session: the form that came too late travels, sealed, through the log-in and back.

Nothing of it is stored. The form lies in a hidden field of the log-in's own pages, sealed under a key of the site that
no browser has; after the log-in a page gives it back to the account that wrote it, with one button that sends it again.

Who wrote it is known from the form token, which the site signs: since the log-in it holds a mark of the account, so
neither a session nor a cookie has to be left. A form with a token of nobody's log-in is refused as ever.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app, g, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from me_platform.errors import SealBroken
from me_platform.sealing.envelope import Place, make_subkey, open_with_key, seal_with_key
from me_platform.settings import Sources

FIELD = "kept"
"""Name of the hidden field."""

KEPT_FOR = timedelta(days=7)
"""A form is given back for so long: a laptop may sleep over a weekend."""

_MARK_LENGTH = 32
_RANDOM_BYTES = 20
_PLACE = Place("kept form", UUID(int=0), UUID(int=0))
_OWN_FIELDS = frozenset({"csrf_token", FIELD})


@dataclass(frozen=True)
class KeptForm:
    """A form that came too late: where it goes, what it says, the mark of the account that wrote it."""

    path: str
    fields: tuple[tuple[str, str], ...]
    mark: str
    at: datetime
    sealed: str

    @property
    def texts(self) -> list[str]:
        """What somebody wrote, as against what a page chose: texts of more than a word."""
        return [text for _, text in self.fields if " " in text.strip() or "\n" in text.strip()]


class Keeper:
    """Seals and opens forms. ``site_key`` is the staff site's key."""

    def __init__(self, site_key: bytes, sources: Sources) -> None:
        self._key = make_subkey(site_key, "kept forms")
        self._mark_key = make_subkey(site_key, "marks of accounts")
        self._sources = sources

    def make_mark(self, account: UUID) -> str:
        """What a form token shows of the account: no more than whether two are the same."""
        return hmac.digest(self._mark_key, account.bytes, hashlib.sha256).hex()[:_MARK_LENGTH]

    def start_form_token(self, account: UUID | None = None) -> None:
        """Give the session a new form token; from here on older ones are worth nothing."""
        name = current_app.config["WTF_CSRF_FIELD_NAME"]
        mark = self.make_mark(account) if account else ""
        session[name] = self._sources.random(_RANDOM_BYTES).hex() + mark
        g.pop(name, None)

    def keep_form(self) -> KeptForm | None:
        """The form of this request, to be given back to its writer; None where its token is of nobody's log-in."""
        name = current_app.config["WTF_CSRF_FIELD_NAME"]
        raw = _read_token(request.form.get(name, ""))
        mark = raw[2 * _RANDOM_BYTES :] if raw else ""
        if len(mark) != _MARK_LENGTH:
            return None
        fields = [(key, text) for key, text in request.form.items(multi=True) if key not in _OWN_FIELDS]
        path = request.full_path if request.query_string else request.path
        now = self._sources.now()
        content = json.dumps({"path": path, "fields": fields, "mark": mark, "at": now.isoformat()}, ensure_ascii=False)
        sealed = seal_with_key(self._key, content.encode(errors="replace"), _PLACE, self._sources.random)
        return KeptForm(path, tuple(fields), mark, now, base64.urlsafe_b64encode(sealed).decode())

    def find_kept(self) -> KeptForm | None:
        """The kept form this request carries; None without one, for a forged one and one that is too old."""
        sealed = request.form.get(FIELD, "")
        if not sealed:
            return None
        try:
            content = json.loads(open_with_key(self._key, base64.urlsafe_b64decode(sealed.encode()), _PLACE))
        except (SealBroken, ValueError):
            return None
        at = datetime.fromisoformat(content["at"])
        if self._sources.now() - at >= KEPT_FOR:
            return None
        fields = tuple((key, text) for key, text in content["fields"])
        return KeptForm(content["path"], fields, content["mark"], at, sealed)

    def is_of(self, kept: KeptForm, account: UUID) -> bool:
        """Whether this account wrote the form."""
        return hmac.compare_digest(kept.mark, self.make_mark(account))


def has_own_token() -> bool:
    """Whether the form of this request bears the token of this very session."""
    name = current_app.config["WTF_CSRF_FIELD_NAME"]
    return bool(session.get(name)) and _read_token(request.form.get(name, "")) == session[name]


def _read_token(signed: str) -> str:
    """What a form token says, however old it is; empty where the site did not sign it."""
    serializer = URLSafeTimedSerializer(current_app.secret_key or b"", salt="wtf-csrf-token")
    try:
        raw = serializer.loads(signed)
    except BadData:
        return ""
    return raw if isinstance(raw, str) else ""
