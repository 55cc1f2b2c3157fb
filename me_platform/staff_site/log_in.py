"""What comes after the right password: the second factor, its first set-up, and the way back to a text that was kept.

Between the two steps somebody is nobody: the session holds ``HALF_KEY`` and opens these pages only. Forms here carry a
kept form along in a hidden field (``keeping``), so they answer with a page instead of a redirect where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as flask_session
from flask_security import auth_required, current_user, login_user
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from wtforms import HiddenField, PasswordField, StringField, ValidationError

from me_platform.access import User
from me_platform.errors import InputInvalid
from me_platform.services.accounts import find_login, note_login
from me_platform.services.passwords import LONGEST
from me_platform.services.second_factor import (
    Offer,
    get_factor_state,
    make_address,
    make_offer,
    needs_factor,
    read_offer,
    set_up_factor,
    spend_code,
)
from me_platform.staff_site.accounts import Answer, StaffLoginForm, StaffUser
from me_platform.staff_site.forms import SHORT, StaffForm, at_most, needed
from me_platform.staff_site.frame import Frame, NotFresh, mark
from me_platform.staff_site.keeping import Keeper, KeptForm, has_own_token
from me_platform.staff_site.language import KEY as LANGUAGE_KEY
from me_platform.staff_site.language import find_way_back
from me_platform.staff_site.limits import AttemptLimit
from me_platform.staff_site.qr import draw_qr
from me_platform.staff_site.sessions import ENDED_KEY, FACTOR_KEY, HALF_KEY, PROVED_KEY, USER_KEY, StaffSession

WRONG_CODE = mark("This code is not right, or it was used before. An app shows a new one every 30 seconds.")
WRONG_PASSWORD = mark("This is not your password.")
TOO_MANY = mark("There were too many wrong attempts. Please wait a few minutes and try again.")

STEPS = frozenset({"security.login", "log_in.code", "log_in.set_up", "log_in.confirm", "log_in.text"})
"""The pages that carry a kept form along."""


class CodeForm(StaffForm):
    """A code of the second factor."""

    code = StringField(
        mark("Code"),
        [needed, at_most(SHORT)],
        description=mark("The six digits your app shows now, or one of your recovery codes."),
    )


class SetUpForm(StaffForm):
    """The first code of a new secret, which travels with the form."""

    code = StringField(mark("Code"), [needed, at_most(SHORT)], description=mark("The six digits your app shows now."))
    offer = HiddenField()


class ConfirmForm(StaffForm):
    """Password and code once more."""

    password = PasswordField(mark("Password"), [needed, at_most(LONGEST)])
    code = StringField(
        mark("Code"),
        [needed, at_most(SHORT)],
        description=mark("The six digits your app shows now, or one of your recovery codes."),
    )


@dataclass(frozen=True)
class LogIn:
    """The steps of a log-in. ``key`` opens credentials; the limits count wrong passwords and wrong codes."""

    frame: Frame
    keeper: Keeper
    key: bytes
    passwords: AttemptLimit
    codes: AttemptLimit

    # -- the steps --------------------------------------------------------------------------------------------------

    def go_on(self, user: StaffUser) -> Answer:
        """After the right password: ask for the second factor, let it be set up, or log in."""
        state = get_factor_state(self.frame.desk.engine, self.key, user.user.id)
        if not (state.set_up or needs_factor(user.user)):
            self.complete(user, factor=False)
            return self.lead_back()
        session = get_session()
        session.pop(USER_KEY, None)
        session[HALF_KEY] = user.fs_uniquifier
        session.setdefault(LANGUAGE_KEY, user.language)
        session.renewed = True
        self.keeper.start_form_token()
        if not self.keeper.find_kept():
            return redirect(url_for("log_in.code" if state.set_up else "log_in.set_up"))
        return self.show_code() if state.set_up else self.show_set_up("log_in.set_up", user)

    def complete(self, user: StaffUser, *, factor: bool) -> None:
        """Log somebody in who gave what the account demands: a new session, a new form token, a line in the log."""
        with self.frame.desk.open_office() as office:
            note_login(office, user.user, failed=False)
        session = get_session()
        session.pop(HALF_KEY, None)
        session.renewed = True
        login_user(user, remember=False)
        session[FACTOR_KEY] = factor
        self.prove(user)

    def prove(self, user: StaffUser) -> None:
        """Note that password and second factor were given now."""
        get_session()[PROVED_KEY] = self.frame.desk.sources.now().isoformat()
        self.keeper.start_form_token(user.user.id)

    def lead_back(self, page: str = "/", status: int = 200) -> Answer:
        """To the text that was kept, where the request carries one, else to a page."""
        kept = self.keeper.find_kept()
        return self.give_back(kept, status) if kept else redirect(page)

    def give_back(self, kept: KeptForm, status: int = 200) -> Answer:
        """The page with the text, for the account that wrote it; another one gets nothing of it."""
        if not self.keeper.is_of(kept, get_staff_user().user.id):
            flash(self.frame.translate("The text that was kept here belongs to another account."), "error")
            return redirect("/")
        return render_template("kept.html", kept=kept, place=self._name_place(kept.path)), status

    def show_log_in(self, kept: KeptForm | None, status: int) -> Answer:
        """The log-in page instead of what was asked for, with the text that is kept."""
        get_session().pop(ENDED_KEY, None)
        form = self.make_form(formdata=None)
        return render_template("login.html", login_user_form=form, ended=False, kept=kept), status

    def make_form(self, **kwargs: Any) -> StaffLoginForm:  # noqa: ANN401 - Flask-Security's own
        """The form of name and password."""
        return StaffLoginForm(self.passwords, self.frame.get_translate(), self.note_failed, **kwargs)

    def show_code(self, form: CodeForm | None = None, status: int = 200) -> Answer:
        """The page that asks for the second factor."""
        shown = form or CodeForm(self.frame.get_translate(), formdata=None)
        return render_template("code.html", form=shown, kept=self.keeper.find_kept()), status

    def show_set_up(
        self,
        endpoint: str,
        user: StaffUser,
        form: SetUpForm | None = None,
        offer: Offer | None = None,
        status: int = 200,
    ) -> Answer:
        """The page with a new secret; a wrong code comes with its form and the offer it was made for."""
        shown = offer or make_offer(self.key, user.user.id, self.frame.desk.sources.random)
        title = self.frame.translate("QR code for your authenticator app")
        page = render_template(
            "set_up_factor.html",
            endpoint=endpoint,
            form=form or SetUpForm(self.frame.get_translate(), formdata=None),
            offer=shown,
            qr=draw_qr(make_address(shown.secret, user.email), title),
            kept=self.keeper.find_kept(),
        )
        return page, status

    def take_set_up(self, endpoint: str, user: StaffUser, *, first: bool) -> tuple[tuple[str, ...], Answer]:
        """Check the first code of a new secret: recovery codes, or none and the page that says what is wrong."""
        form = SetUpForm(self.frame.get_translate())
        try:
            offer = read_offer(self.key, user.user.id, form.offer.data or "")
        except InputInvalid:
            return (), self.show_set_up(endpoint, user, status=422)
        if not form.validate():
            return (), self.show_set_up(endpoint, user, form, offer, 422)
        if not self.codes.take(str(user.user.id)):
            form.code.errors = [self.frame.translate(TOO_MANY)]
            return (), self.show_set_up(endpoint, user, form, offer, 429)
        with self.frame.desk.open_office() as office:
            codes = set_up_factor(office, self.key, user.user, offer, form.code.data or "", first=first)
        if not codes:
            form.code.errors = [self.frame.translate(WRONG_CODE)]
            return (), self.show_set_up(endpoint, user, form, offer, 422)
        self.codes.give_back(str(user.user.id))
        return codes, ""

    def take_code(self, form: CodeForm | ConfirmForm, user: User) -> int:
        """Check a code of the form: 200 where it was right, else the status of the page, which says what is wrong."""
        if not self.codes.take(str(user.id)):
            form.code.errors = [self.frame.translate(TOO_MANY)]
            return 429
        with self.frame.desk.open_office() as office:
            right = spend_code(office, self.key, user, form.code.data or "")
        if not right:
            form.code.errors = [self.frame.translate(WRONG_CODE)]
            self.note_failed(user)
            return 422
        self.codes.give_back(str(user.id))
        return 200

    def note_failed(self, user: User) -> None:
        """Write the failed attempt into the log once the answer is out, so that nobody can measure it."""

        def note() -> None:
            with self.frame.desk.open_office() as office:
                note_login(office, user, failed=True)

        def add(response: Response) -> Response:
            response.call_on_close(note)
            return response

        after_this_request(add)

    def find_half(self) -> StaffUser | None:
        """Whoever gave the password and owes the second factor."""
        uniquifier = get_session().get(HALF_KEY, "")
        login = find_login(self.frame.desk.engine, uniquifier=uniquifier) if uniquifier else None
        return StaffUser(login) if login and login.active else None

    # -- forms that came too late -----------------------------------------------------------------------------------

    def keep_late_form(self) -> Answer | None:
        """Before form tokens are looked at: a form of a log-in that is over is kept, where its page says so."""
        view = current_app.view_functions.get(request.endpoint or "")
        if request.method != "POST" or view is None:
            return None
        if request.endpoint in STEPS:
            return self._keep_on()
        if not getattr(view, "keeps", False) or (current_user.is_authenticated and has_own_token()):
            return None
        return self._answer_late(self.keeper.keep_form(), 401)

    def _answer_late(self, kept: KeptForm | None, status: int) -> Answer | None:
        """The log-in with the form that is kept, or the form itself for its writer, who is logged in again already."""
        if kept is None:
            return None
        if not current_user.is_authenticated:
            return self.show_log_in(kept, status)
        return self.give_back(kept, status) if self.keeper.is_of(kept, get_staff_user().user.id) else None

    def _keep_on(self) -> Answer | None:
        """A log-in page that was open for too long must not lose the text it carries."""
        kept = self.keeper.find_kept()
        if kept is None:
            return None
        try:
            validate_csrf(request.form.get("csrf_token", ""))
        except ValidationError:
            return self._answer_late(kept, 400)
        return None

    def ask_again(self, _error: NotFresh) -> Answer:
        """A page wants a fresh log-in: ask for it, and keep a form that was sent."""
        if request.method == "POST":
            return self.show_confirm(kept=self.keeper.keep_form(), status=401)
        return redirect(url_for("log_in.confirm", page=request.full_path if request.query_string else request.path))

    def show_confirm(
        self, form: ConfirmForm | None = None, page: str = "/", kept: KeptForm | None = None, status: int = 200
    ) -> Answer:
        """The page that asks for password and code once more."""
        shown = form or self.make_confirm_form(formdata=None)
        return render_template("confirm.html", form=shown, back=page, kept=kept), status

    def make_confirm_form(self, **kwargs: object) -> ConfirmForm:
        """The form of it; without a code for an account that has no second factor."""
        form = ConfirmForm(self.frame.get_translate(), **kwargs)
        if not get_session().get(FACTOR_KEY):
            del form.code
        return form

    def take_confirm(self, form: ConfirmForm, user: StaffUser) -> int:
        """Check password and code: 200, or the status of the page that says what is wrong."""
        if not form.validate():
            return 422
        if not self.passwords.take(user.email):
            form.password.errors = [self.frame.translate(TOO_MANY)]
            return 429
        if not user.has_password(form.password.data or ""):
            form.password.errors = [self.frame.translate(WRONG_PASSWORD)]
            self.note_failed(user.user)
            return 422
        self.passwords.give_back(user.email)
        return self.take_code(form, user.user) if "code" in form else 200

    def _name_place(self, path: str) -> str:
        """What the page of a path is called: its part of the site, and the organisation."""
        adapter = cast("MapAdapter", current_app.create_url_adapter(request))
        try:
            endpoint, parts = adapter.match(path.partition("?")[0], method="POST")
        except HTTPException:  # the site was changed meanwhile
            return ""
        area = next((each for each in self.frame.areas if each.endpoint.split(".")[0] == endpoint.split(".")[0]), None)
        names = [self.frame.translate(area.label)] if area else []
        if "organisation" in parts:
            names.append(self.frame.name_organisation(parts["organisation"]))
        return ", ".join(names)


def add_log_in(app: Flask, log_in: LogIn) -> None:
    """Give the site the steps; ``add_accounts`` gives it the first one."""
    app.register_error_handler(NotFresh, log_in.ask_again)
    blueprint = Blueprint("log_in", __name__)
    _add_factor_steps(blueprint, log_in)
    _add_returns(blueprint, log_in)
    app.register_blueprint(blueprint)


def _add_factor_steps(blueprint: Blueprint, log_in: LogIn) -> None:
    """The second factor, and its first set-up, for somebody who gave the password."""
    translate = log_in.frame.get_translate

    @blueprint.route("/login/code", methods=["GET", "POST"])
    def code() -> Answer:
        user = log_in.find_half()
        if user is None:
            return _start_again()
        if request.method == "GET":
            return log_in.show_code()
        form = CodeForm(translate())
        status = log_in.take_code(form, user.user) if form.validate() else 422
        if status != HTTPStatus.OK:
            return log_in.show_code(form, status)
        log_in.complete(user, factor=True)
        return log_in.lead_back()

    @blueprint.route("/login/set-up", methods=["GET", "POST"])
    def set_up() -> Answer:
        user = log_in.find_half()
        if user is None:
            return _start_again()
        if get_factor_state(log_in.frame.desk.engine, log_in.key, user.user.id).set_up:
            return redirect(url_for("log_in.code"))
        if request.method == "GET":
            return log_in.show_set_up("log_in.set_up", user)
        codes, page = log_in.take_set_up("log_in.set_up", user, first=True)
        if not codes:
            return page
        log_in.complete(user, factor=True)
        return render_template("recovery_codes.html", codes=codes, kept=log_in.keeper.find_kept(), back="/")


def _add_returns(blueprint: Blueprint, log_in: LogIn) -> None:
    """Password and code once more for somebody who is logged in, and the way back to a text that was kept."""

    @blueprint.route("/confirm", methods=["GET", "POST"])
    @auth_required("session")
    def confirm() -> Answer:
        if request.method == "GET":
            return log_in.show_confirm(page=find_way_back(request.args.get("page", "/")))
        form = log_in.make_confirm_form()
        back = find_way_back(request.form.get("page", "/"))
        status = log_in.take_confirm(form, get_staff_user())
        if status != HTTPStatus.OK:
            return log_in.show_confirm(form, back, log_in.keeper.find_kept(), status)
        log_in.prove(get_staff_user())
        return log_in.lead_back(back)

    @blueprint.post("/text")
    @auth_required("session")
    def text() -> Answer:
        return log_in.lead_back()


def get_staff_user() -> StaffUser:
    """Whoever is logged in, in a view that requires it."""
    return cast("StaffUser", current_user._get_current_object())  # noqa: SLF001 - werkzeug's way to what is behind it


def get_session() -> StaffSession:
    """The session of this request."""
    return cast("StaffSession", flask_session)


def _start_again() -> Answer:
    """Nobody is between the two steps here: to the first one."""
    return redirect(url_for("security.login"))
