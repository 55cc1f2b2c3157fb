"""The one cookie of the survey site, as a Flask session that stores nothing on the server.

Its value is 32 random bytes, one mark and four characters that change with every tap. The bytes are the secret of
the sitting, or of nobody yet: before a door is open they only tie the form's token to this browser. The changing
characters make a browser drop the pages it keeps ready for the Back button. Source: privacy-and-safety 1.2 to 1.4.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask.sessions import SessionInterface, SessionMixin

from me_platform.sealing.envelope import compute_code_mac
from me_platform.services.sittings import SECRET_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Request, Response

_SECRET_LENGTH = 43
_NONCE_BYTES = 3
_TOKEN_BYTES = 16


class Mark(StrEnum):
    """What a request may expect of its cookie, so that the start page needs no look into the database."""

    NEW = "0"
    CODE_REFUSED = "1"
    SEATED = "2"


class Visitor(dict[str, Any], SessionMixin):
    """The cookie of one request."""

    def __init__(self, secret: bytes, mark: Mark, key: bytes, *, known: bool) -> None:
        super().__init__()
        self._key = key
        self.secret, self.mark, self.known = secret, mark, known
        self.must_set, self.must_drop = not known, False

    @property
    def seated(self) -> bool:
        """Whether the cookie was given out together with a sitting."""
        return self.mark is Mark.SEATED

    def become(self, secret: bytes, mark: Mark) -> None:
        """Give the browser another cookie with this response."""
        self.secret, self.mark, self.must_set = secret, mark, True

    def refresh(self) -> None:
        """Give the browser the same secret with other changing characters."""
        self.must_set = True

    def leave_alone(self) -> None:
        """Give the browser no cookie with this response."""
        self.must_set = False

    def drop(self) -> None:
        """Take the cookie away with this response."""
        self.must_drop = True

    @property
    def token(self) -> str:
        """What every form of this browser carries: no other site can make a form that holds it (CSRF)."""
        return compute_code_mac(self._key, "csrf", self.secret)[:_TOKEN_BYTES].hex()


class VisitorInterface(SessionInterface):
    """Reads and writes the cookie; ``random`` is the instance's source of chance, ``tls`` says how it is reached."""

    def __init__(self, random: Callable[[int], bytes], *, tls: bool) -> None:
        self.random, self.tls = random, tls
        self.name = "__Host-s" if tls else "s"

    def open_session(self, app: Flask, request: Request) -> Visitor:
        """The visitor of a request; whoever carries no cookie of ours is new."""
        key = str(app.secret_key).encode()
        value = request.cookies.get(self.name, "")
        try:
            secret = base64.urlsafe_b64decode(value[:_SECRET_LENGTH] + "=")
            mark = Mark(value[_SECRET_LENGTH : _SECRET_LENGTH + 1])
        except (binascii.Error, ValueError):
            secret, mark = b"", Mark.NEW
        if len(secret) != SECRET_BYTES:
            return Visitor(self.random(SECRET_BYTES), Mark.NEW, key, known=False)
        return Visitor(secret, mark, key, known=True)

    def save_session(self, _app: Flask, session: SessionMixin, response: Response) -> None:
        """Set, renew or delete the cookie; it ends with the browser."""
        assert isinstance(session, Visitor), "this interface opens no other"  # noqa: S101
        if session.must_drop:
            response.delete_cookie(self.name, path="/", secure=self.tls, httponly=True, samesite="Strict")
        elif session.must_set:
            secret = base64.urlsafe_b64encode(session.secret).decode()[:_SECRET_LENGTH]
            nonce = base64.urlsafe_b64encode(self.random(_NONCE_BYTES)).decode()
            value = f"{secret}{session.mark.value}{nonce}"
            response.set_cookie(self.name, value, path="/", secure=self.tls, httponly=True, samesite="Strict")
