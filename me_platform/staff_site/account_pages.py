"""The administrator's pages: who may log in here, as what; inviting, closing, new links, lost second factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import EmailField, SelectField

from me_platform.access import Action, Role
from me_platform.errors import InputInvalid
from me_platform.services import account_changes
from me_platform.services.account_changes import Refusal, get_account_line, list_account_lines
from me_platform.services.accounts import LANGUAGES, check_email
from me_platform.services.instance import Office
from me_platform.services.invitations import VALID_FOR, Invitation
from me_platform.services.seats import Organisation, Seat
from me_platform.staff_site.accounts import Answer
from me_platform.staff_site.forms import StaffForm, at_most, needed
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.wording import get_own_name

ACCOUNTS = Area("accounts.show", mark("Accounts"), Action.LIST_ACCOUNTS)

ROLES = {
    Role.CASEWORKER: mark("Caseworker"),
    Role.MANAGER: mark("Manager"),
    Role.OFFICER: mark("Monitoring and evaluation officer"),
    Role.FUNDER: mark("Funder"),
    Role.ADMINISTRATOR: mark("Administrator"),
    Role.AUDITOR: mark("Auditor"),
}
"""What each role is called."""

_REFUSALS = {
    Refusal.OWN: mark("Nobody changes the own account here. Please ask another administrator."),
    Refusal.LAST: mark("This is the last administrator of the organisation. Make another one first."),
}
Change = Callable[[Office, Mapping[str, Organisation], Seat, UUID], Refusal | None]

_CHANGES: Mapping[str, tuple[Change, str]] = {
    "close": (account_changes.close_account, mark("The account is closed, and its log-ins have ended.")),
    "reopen": (account_changes.reopen_account, mark("The account is open again.")),
    "remove_factor": (
        account_changes.remove_factor,
        mark("The second factor is removed. With the next log-in it is set up anew."),
    ),
}
"""Changes of an account as a whole: what is done, and what is said then."""

_LONGEST_ADDRESS = 254


class InviteForm(StaffForm):
    """Who is to log in, as what."""

    email = EmailField(mark("E-mail address"), [needed, at_most(_LONGEST_ADDRESS)])
    role = SelectField(mark("Role"))
    language = SelectField(mark("Language of the pages"))


class RoleForm(StaffForm):
    """A role to give or to take."""

    role = SelectField(mark("Role"))


@dataclass(frozen=True)
class _Pages:
    """What the views share."""

    frame: Frame
    key: bytes
    tls: bool

    def list_roles(self) -> list[tuple[str, str]]:
        return [(role.value, self.frame.translate(name)) for role, name in ROLES.items()]

    def make_role_form(self) -> RoleForm:
        """The form of a role; the choices are of this page's language."""
        form = RoleForm(self.frame.get_translate())
        form.role.choices = self.list_roles()
        return form

    def show_link(self, invitation: Invitation) -> str:
        """The link, this once. It is never stored, so there is no page to be sent to."""
        link = url_for("invitation.choose", token=invitation.token, _external=True, _scheme=self.scheme)
        hours = int(VALID_FOR.total_seconds()) // 3600
        return render_template("invitation.html", link=link, invitation=invitation, hours=hours)

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    def lead_back(self, seat: Seat, refusal: Refusal | None, said: str) -> Answer:
        """Say what came of a change, on the list."""
        if refusal:
            flash(self.frame.translate(_REFUSALS[refusal]), "error")
        else:
            flash(self.frame.translate(said))
        return redirect(url_for("accounts.show", organisation=seat.partner.code), 303)


def make_accounts(frame: Frame, key: bytes, *, tls: bool) -> Blueprint:
    """The pages about accounts. ``key`` opens credentials, ``tls`` says how browsers reach the site."""
    blueprint = Blueprint("accounts", __name__)
    pages, desk = _Pages(frame, key, tls), frame.desk

    @frame.page(blueprint, "/accounts", Action.LIST_ACCOUNTS)
    def show(seat: Seat) -> str:
        with desk.open_office() as office:
            lines = list_account_lines(office, key, desk.organisations, seat)
        return render_template("accounts.html", lines=lines, roles=ROLES)

    @frame.page(blueprint, "/accounts/new", Action.CHANGE_ACCOUNTS, methods=["GET", "POST"], fresh=True)
    def invite(seat: Seat) -> Answer:
        form = InviteForm(frame.get_translate())
        form.role.choices = pages.list_roles()
        form.language.choices = [(code, get_own_name(code)) for code in LANGUAGES]
        if not form.is_submitted():
            return render_template("invite.html", form=form)
        with desk.open_office() as office:
            made = _take_invitation(frame, form, partial(account_changes.invite, office, key, seat))
        if made is None:
            return render_template("invite.html", form=form), 422
        if not made.token:
            flash(frame.translate("This address had an account already. It has the role here now."))
            return redirect(url_for("accounts.show", organisation=seat.partner.code), 303)
        return pages.show_link(made)

    _add_account(blueprint, pages)
    for name, (change, said) in _CHANGES.items():
        _add_change(blueprint, pages, name, change, said)
    return blueprint


def _add_account(blueprint: Blueprint, pages: _Pages) -> None:
    """One account: its page, its roles, a new link."""
    frame, key, desk = pages.frame, pages.key, pages.frame.desk

    @frame.page(blueprint, "/accounts/<uuid:account>", Action.CHANGE_ACCOUNTS, fresh=True)
    def one(seat: Seat, account: UUID) -> str:
        with desk.open_office() as office:
            line = get_account_line(office, key, desk.organisations, seat, account)
        return render_template("account.html", line=line, roles=ROLES, form=pages.make_role_form())

    @frame.page(blueprint, "/accounts/<uuid:account>/role", Action.CHANGE_ACCOUNTS, methods=["POST"], fresh=True)
    def change_role(seat: Seat, account: UUID) -> Answer:
        form = pages.make_role_form()
        if not form.validate():
            return redirect(url_for("accounts.one", organisation=seat.partner.code, account=account), 303)
        role, give = Role(form.role.data), request.form.get("do") == "give"
        change = account_changes.give_role if give else account_changes.take_role
        with desk.open_office() as office:
            refusal = change(office, seat, account, role)
        return pages.lead_back(seat, refusal, mark("The role was given.") if give else mark("The role was taken."))

    @frame.page(blueprint, "/accounts/<uuid:account>/link", Action.CHANGE_ACCOUNTS, methods=["POST"], fresh=True)
    def new_link(seat: Seat, account: UUID) -> Answer:
        with desk.open_office() as office:
            made = account_changes.renew_link(office, key, desk.organisations, seat, account)
        return pages.lead_back(seat, made, "") if isinstance(made, Refusal) else pages.show_link(made)


def _add_change(blueprint: Blueprint, pages: _Pages, name: str, change: Change, said: str) -> None:
    """The page behind one button that changes an account as a whole."""

    def view(seat: Seat, account: UUID) -> Answer:
        with pages.frame.desk.open_office() as office:
            refusal = change(office, pages.frame.desk.organisations, seat, account)
        return pages.lead_back(seat, refusal, said)

    view.__name__ = name
    rule = f"/accounts/<uuid:account>/{name}"
    pages.frame.page(blueprint, rule, Action.CHANGE_ACCOUNTS, methods=["POST"], fresh=True)(view)


def _take_invitation(frame: Frame, form: InviteForm, invite: Callable[..., Invitation]) -> Invitation | None:
    """Invite whom the form names; None where something is wrong, which stands at its fields then."""
    if not form.validate():
        return None
    try:
        email = check_email(form.email.data or "")
    except InputInvalid:
        form.email.errors = [frame.translate("This does not look like an e-mail address.")]
        return None
    try:
        return invite(email=email, role=form.role.data, language=form.language.data)
    except InputInvalid:  # role and language were chosen from lists, so it is the address
        form.email.errors = [frame.translate("This address has an account in this organisation already.")]
        return None
