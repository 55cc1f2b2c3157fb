"""The own account: language, password, second factor, recovery codes, other log-ins. Everybody who logs in has it."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from babel.dates import format_datetime
from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import PasswordField, SelectField

from me_platform.services.accounts import (
    LANGUAGES,
    change_language,
    change_password,
    end_other_sessions,
    list_logins,
)
from me_platform.services.second_factor import get_factor_state, needs_factor, renew_codes
from me_platform.staff_site.accounts import Answer, StaffUser
from me_platform.staff_site.forms import StaffForm, needed
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.invitations import NewPasswordForm
from me_platform.staff_site.language import KEY as LANGUAGE_KEY
from me_platform.staff_site.language import find_language
from me_platform.staff_site.log_in import TOO_MANY, WRONG_PASSWORD, LogIn, get_session
from me_platform.staff_site.sessions import FACTOR_KEY
from me_platform.wording import get_own_name


class LanguageForm(StaffForm):
    """The language pages start in."""

    language = SelectField(mark("Language of your pages"))


class ChangePasswordForm(NewPasswordForm):
    """The password of before, and the new one."""

    current = PasswordField(mark("Your password until now"), [needed])


def make_own_account(frame: Frame, log_in: LogIn) -> Blueprint:
    """The pages about the own account."""
    blueprint = Blueprint("own", __name__)
    _add_settings(blueprint, frame, log_in)
    _add_factor(blueprint, frame, log_in)
    return blueprint


def _add_settings(blueprint: Blueprint, frame: Frame, log_in: LogIn) -> None:
    """The first page, language, password, other log-ins."""
    desk = frame.desk

    def make_language_form(user: StaffUser) -> LanguageForm:
        form = LanguageForm(frame.get_translate(), language=user.language)
        form.language.choices = [(code, get_own_name(code)) for code in LANGUAGES]
        return form

    def write_moment(moment: datetime) -> str:
        local = moment.astimezone(desk.sources.zone)
        return format_datetime(local, "short", locale=find_language(frame.wording))

    @frame.own_page(blueprint, "/account")
    def show(user: StaffUser) -> Answer:
        return render_template(
            "own_account.html",
            language_form=make_language_form(user),
            factor=get_factor_state(desk.engine, log_in.key, user.user.id),
            needed=needs_factor(user.user),
            logins=list_logins(desk.engine, desk.sources, user.user.id, get_session().token),
            write_moment=write_moment,
        )

    @frame.own_page(blueprint, "/account/language", methods=["POST"])
    def choose_language(user: StaffUser) -> Answer:
        form = make_language_form(user)
        if form.validate():
            change_language(desk.engine, user.user.id, form.language.data)
            get_session()[LANGUAGE_KEY] = form.language.data
            flash(frame.translate("Saved."))
        return redirect(url_for("own.show"), 303)

    @frame.own_page(blueprint, "/account/password", methods=["GET", "POST"])
    def new_password(user: StaffUser) -> Answer:
        form = ChangePasswordForm(frame.get_translate())
        form.email = user.email
        if not form.is_submitted():
            return render_template("new_password.html", form=form)
        status = _check_change(log_in, form, user)
        if status != HTTPStatus.OK:
            return render_template("new_password.html", form=form), status
        with desk.open_office() as office:
            change_password(office, user.user, user.email, form.password.data or "", get_session().token)
        flash(frame.translate("Your new password is set. Other log-ins of yours were ended."))
        return redirect(url_for("own.show"), 303)

    @frame.own_page(blueprint, "/account/log-ins", methods=["POST"])
    def end_others(user: StaffUser) -> Answer:
        with desk.open_office() as office:
            end_other_sessions(office, user.user, get_session().token)
        flash(frame.translate("Your other log-ins were ended."))
        return redirect(url_for("own.show"), 303)


def _add_factor(blueprint: Blueprint, frame: Frame, log_in: LogIn) -> None:
    """A new second factor, and new recovery codes."""
    desk = frame.desk

    @frame.own_page(blueprint, "/account/factor", methods=["GET", "POST"], fresh=True)
    def set_up(user: StaffUser) -> Answer:
        if request.method == "GET":
            return log_in.show_set_up("own.set_up", user)
        codes, page = log_in.take_set_up("own.set_up", user, first=False)
        if not codes:
            return page
        get_session()[FACTOR_KEY] = True
        return render_template("recovery_codes.html", codes=codes, back=url_for("own.show"))

    @frame.own_page(blueprint, "/account/codes", methods=["GET", "POST"], fresh=True)
    def codes(user: StaffUser) -> Answer:
        if not get_factor_state(desk.engine, log_in.key, user.user.id).set_up:
            return redirect(url_for("own.show"))
        if request.method == "GET":
            return render_template("new_codes.html")
        with desk.open_office() as office:
            made = renew_codes(office, log_in.key, user.user)
        return render_template("recovery_codes.html", codes=made, back=url_for("own.show"))


def _check_change(log_in: LogIn, form: ChangePasswordForm, user: StaffUser) -> int:
    """Check a change of password: 200, or the status of the page that says what is wrong."""
    if not form.validate():
        return 422
    if not log_in.passwords.take(user.email):
        form.current.errors = [log_in.frame.translate(TOO_MANY)]
        return 429
    if not user.has_password(form.current.data or ""):
        form.current.errors = [log_in.frame.translate(WRONG_PASSWORD)]
        log_in.note_failed(user.user)
        return 422
    log_in.passwords.give_back(user.email)
    return 200
