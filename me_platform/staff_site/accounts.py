"""Log-in and log-out: Flask-Security over our own accounts.

Its user is ``StaffUser``, made from what ``services.accounts`` finds; its datastore has no tables of its own. Only
the two views are switched on; what comes after the right password is ours (``log_in``). Answers are generic: an
unknown name, a wrong password and a closed account look alike. No address is
kept, nothing is mailed, no log-in is remembered beyond its session.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import cast

from flask import Flask, Response, after_this_request, redirect, session, url_for
from flask_security import FormInfo, LoginForm, RoleMixin, Security, UserMixin
from flask_security.datastore import UserDatastore
from flask_security.tf_plugin import TfPlugin
from sqlalchemy import Engine
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, Length

from me_platform.access import User
from me_platform.errors import InputInvalid
from me_platform.services.accounts import HashCost, Login, change_password_hash, check_email, find_login
from me_platform.services.passwords import LONGEST
from me_platform.services.second_factor import needs_factor
from me_platform.staff_site.limits import AttemptLimit
from me_platform.staff_site.sessions import ENDED_KEY, FACTOR_KEY
from me_platform.wording import Translate

Answer = str | WerkzeugResponse | tuple[str, int]
"""What a view may return."""

_CONFIGURATION = {
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        "This e-mail address and password do not belong together, or the account is closed.",
        "error",
    ),
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # Its extra HMAC under a fixed salt would make hashes that only this process can verify.
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_LOGIN_USER_TEMPLATE": "login.html",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/login",
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_FRESHNESS": timedelta(seconds=-1),
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
}


class StaffUser(UserMixin):
    """Flask-Security's view of an account. What somebody may do is decided by ``access.may`` on ``user``."""

    fs_uniquifier = ""

    def __init__(self, login: Login) -> None:
        self.user: User = login.user
        self.email = login.email
        self.language = login.language
        self.password = login.password_hash
        self.active = login.active
        self.fs_uniquifier = login.uniquifier
        self.roles = []

    def has_password(self, password: str) -> bool:
        """Whether this is the account's password."""
        # The hashes are of the form Flask-Security brings what is typed to the log-in into.
        return bool(self.password) and self.verify_and_update_password(unicodedata.normalize("NFKD", password))


class StaffUsers(UserDatastore):
    """Finds accounts for Flask-Security. Each call is a transaction of its own, so there is nothing to commit later."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(StaffUser, RoleMixin)
        self._engine = engine

    def find_user(self, case_insensitive: bool = False, **kwargs: str) -> StaffUser | None:  # noqa: ARG002, FBT001, FBT002
        """The account of an ``email`` in any spelling, or of the ``fs_uniquifier`` in a session.

        A session that was begun without a second factor names nobody once the account's roles demand one.
        """
        uniquifier = kwargs.get("fs_uniquifier", "")
        login = find_login(self._engine, email=kwargs.get("email", ""), uniquifier=uniquifier)
        if login is None or (uniquifier and needs_factor(login.user) and not session.get(FACTOR_KEY)):
            return None
        return StaffUser(login)

    def put(self, model: StaffUser) -> StaffUser:
        """Keep the hash of a password that was hashed anew because the parameters are newer."""
        if model.password:
            change_password_hash(self._engine, model.user.id, model.password)
        return model

    def commit(self) -> None:
        """Nothing waits to be committed."""


class StaffLoginForm(LoginForm):
    """Name and password, with a limit on guessing. ``translate`` speaks the reader's language."""

    remember = None  # type: ignore[assignment]  # WTForms: a field set to None is left out
    email = EmailField(
        validators=[DataRequired(), Length(max=255)],
        render_kw={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"},
    )
    password = PasswordField(
        validators=[DataRequired(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password"}
    )

    def __init__(
        self, limit: AttemptLimit, translate: Translate, note_failed: Callable[[User], None], **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self._limit = limit
        self._note_failed = note_failed
        self.email.label.text = translate("E-mail address")
        self.password.label.text = translate("Password")
        self.submit.label.text = translate("Log in")

    def validate(self, **kwargs: object) -> bool:
        """Check name and password, unless there were too many wrong ones lately."""
        try:
            name = check_email(self.email.data or "")
        except InputInvalid:
            name = ""
        if not self._limit.take(name):
            self.form_errors.append("There were too many wrong attempts. Please wait a few minutes and try again.")
            after_this_request(_say_too_many)
            return False
        right = super().validate(**kwargs)
        if right:
            self._limit.give_back(name)
        elif self.user is not None:
            self._note_failed(cast("StaffUser", self.user).user)
        return right


class NextStep(TfPlugin):
    """What Flask-Security asks once the password was right, before it would log somebody in: ours goes on instead."""

    def __init__(self, go_on: Callable[[StaffUser], Answer]) -> None:
        super().__init__()
        self._go_on = go_on

    def tf_enter(self, user: UserMixin, *_others: object, **_more: object) -> Answer:  # type: ignore[override]
        """Lead to the second factor, or log in somebody who needs none."""
        return self._go_on(cast("StaffUser", user))


def add_accounts(
    app: Flask,
    engine: Engine,
    make_form: Callable[..., StaffLoginForm],
    go_on: Callable[[StaffUser], Answer],
    find_kept: Callable[[], object],
    cost: HashCost,
) -> None:
    """Give the site its log-in and log-out. CSRFProtect must be there already.

    ``make_form`` makes the form of name and password, ``go_on`` answers once they were right, ``find_kept`` finds the
    form that the log-in page carries along. A hash that cost another ``cost`` is made anew when its password is given.
    """
    app.config.update(
        _CONFIGURATION,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__rounds": cost.rounds,
            "argon2__memory_cost": cost.memory,
            "argon2__parallelism": cost.lanes,
        },
    )
    security = Security(datastore=StaffUsers(engine))
    security.set_form_info("login_form", FormInfo(instantiator=lambda _name, _cls, **kwargs: make_form(**kwargs)))
    security.init_app(app)
    security.two_factor_plugins = NextStep(go_on)
    security.want_json(lambda _request: False)
    security.unauthn_handler(_send_to_login)
    security.login_context_processor(lambda: {"ended": session.pop(ENDED_KEY, False), "kept": find_kept()})
    # A log-in is a session's; no token in a header or address is one, and no hash of address and browser is compared.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    app.login_manager.session_protection = None  # type: ignore[attr-defined]


def get_user(current_user: object) -> User:
    """The rule book's user behind Flask-Login's current user, in a view that requires a log-in."""
    return cast("StaffUser", current_user).user


def _send_to_login(_mechanisms: object = None, headers: object = None) -> WerkzeugResponse:  # noqa: ARG001
    return redirect(url_for("security.login"))


def _say_too_many(response: Response) -> Response:
    response.status_code = 429
    return response
