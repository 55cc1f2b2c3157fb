"""The page behind a one-time link: choosing a password. Opening it changes nothing.

A link that is used, replaced or expired, a wrong one and one that never was give the same page.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from wtforms import Field, Form, PasswordField
from wtforms.validators import ValidationError

from me_platform.errors import NotFound
from me_platform.services.invitations import accept_invitation, find_invited
from me_platform.services.passwords import LONGEST, SHORTEST, PasswordFault, find_password_fault
from me_platform.staff_site.accounts import Answer
from me_platform.staff_site.forms import StaffForm, needed
from me_platform.staff_site.frame import Frame, mark

_FAULTS = {
    PasswordFault.TOO_SHORT: mark("A password needs at least %(shortest)s characters."),
    PasswordFault.TOO_LONG: mark("A password may have %(longest)s characters at most."),
    PasswordFault.OWN_ADDRESS: mark("Your e-mail address is no password."),
    PasswordFault.COMMON: mark("This password is one that everybody tries first. Please choose another one."),
}


def _will_do(form: Form, field: Field) -> None:
    fault = find_password_fault(field.data or "", form.email)  # type: ignore[attr-defined]
    if fault:
        said = form.translate(_FAULTS[fault], shortest=SHORTEST, longest=LONGEST)  # type: ignore[attr-defined]
        raise ValidationError(said)


def _the_same(form: Form, field: Field) -> None:
    if field.data != form.password.data:  # type: ignore[attr-defined]
        raise ValidationError(form.translate(mark("This is not the same password.")))  # type: ignore[attr-defined]


class NewPasswordForm(StaffForm):
    """A new password, twice. ``email`` is the address of its account."""

    email = ""
    password = PasswordField(
        mark("New password"),
        [needed, _will_do],
        description=mark("At least 12 characters. Four or five words that do not belong together do well."),
    )
    again = PasswordField(mark("The same password once more"), [needed, _the_same])


def make_invitations(frame: Frame, key: bytes) -> Blueprint:
    """The page behind a link. ``key`` opens credentials."""
    blueprint = Blueprint("invitation", __name__)

    @blueprint.route("/invitation/<token>", methods=["GET", "POST"])
    def choose(token: str) -> Answer:
        with frame.desk.open_office() as office:
            email = find_invited(office, key, token)
            if email is None:
                return _show_nothing()
            form = NewPasswordForm(frame.get_translate())
            form.email = email
            if not form.validate_on_submit():
                page = render_template("choose_password.html", form=form, email=email)
                return page, 422 if form.is_submitted() else 200
            try:
                accept_invitation(office, key, token, form.password.data or "")
            except NotFound:
                return _show_nothing()
        flash(frame.translate("Your password is set. Please log in with it."))
        return redirect(url_for("security.login"), 303)

    return blueprint


def _show_nothing() -> Answer:
    return render_template("choose_password.html", form=None, email=""), 404
