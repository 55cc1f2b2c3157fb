"""The pages of snapshots: the list, one that is verified, and the order to freeze a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from flask import Blueprint, render_template
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import ValidationError

from me_platform.access import Action
from me_platform.disclosure.wording import make_figure_text
from me_platform.errors import InputInvalid, NotPermitted
from me_platform.indicators.periods import read_period
from me_platform.reports.words import make_period, make_short_day
from me_platform.services.seats import Seat
from me_platform.services.staff_figures import (
    list_led_plans,
    list_snapshots,
    open_verification,
    order_freeze,
    order_verification,
    verify_snapshot,
)
from me_platform.staff_site.figures import LEFT_OUT
from me_platform.staff_site.forms import SHORT, StaffForm, at_most, list_choices, needed, not_ahead
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.jobs import go_to_job
from me_platform.staff_site.language import find_language
from me_platform.staff_site.restatements import make_restatement_views
from me_platform.storage.snapshots import SnapshotHead
from me_platform.wording import Translate

SNAPSHOTS = Area("snapshots.show", mark("Snapshots"), Action.LIST_SNAPSHOTS)


@dataclass(frozen=True)
class SnapshotLine:
    """A snapshot in the words of its reader; ``shown`` says whether its figures can be looked at here."""

    head: SnapshotHead
    plan: str
    period: str
    cutoff: str
    day: str
    sample: bool
    shown: bool


class FreezeForm(StaffForm):
    """What is frozen: a plan, a period, and the day up to which it is known."""

    plan = SelectField(mark("Plan"), validators=[needed])
    period = StringField(
        mark("Period"),
        validators=[needed, at_most(SHORT)],
        description=mark("For example 2026, 2026-Q3, 2026-H1, 2025..2026 or 2025-10-01..2026-09-30."),
    )
    cutoff = DateField(
        mark("Cut-off day"),
        validators=[needed],
        description=mark("What was entered up to this day counts. What comes later goes into the next snapshot."),
    )

    def __init__(
        self, translate: Translate, plans: Sequence[tuple[str, str]], today: Callable[[], date], **given: object
    ) -> None:
        super().__init__(translate, **given)
        self.plan.choices = list(plans)
        self.today = today

    def validate_period(self, field: StringField) -> None:
        """A period as plans write them."""
        try:
            read_period(field.data or "")
        except InputInvalid:
            raise ValidationError(
                self.translate(mark("This is no period. Write it as in the examples, the first day before the last."))
            ) from None

    def validate_cutoff(self, field: DateField) -> None:
        """A day that has come, and not one before the period begins."""
        not_ahead(self.today)(self, field)
        try:
            start = read_period(self.period.data or "").start
        except InputInvalid:
            return
        if field.data is not None and field.data < start:
            raise ValidationError(self.translate(mark("This day lies before the period begins.")))


def make_snapshots(frame: Frame) -> Blueprint:
    """The pages about snapshots."""
    blueprint = Blueprint("snapshots", __name__)
    desk, wording = frame.desk, frame.wording

    def list_plans(seat: Seat) -> list[tuple[str, str]]:
        led = list_led_plans(desk.catalogue, seat.partner.code) if seat.may(Action.FREEZE_SNAPSHOT) else ()
        return list_choices([(plan.id, plan.title) for plan in led], find_language(wording))

    @frame.page(blueprint, "/snapshots", Action.LIST_SNAPSHOTS)
    def show(seat: Seat) -> str:
        with desk.open_office() as office:
            shelf = list_snapshots(office, desk.catalogue, seat)
        lines = [make_line(frame, seat, head) for head in shelf.heads]
        return render_template("snapshots.html", lines=lines, waiting=shelf.waiting, may_freeze=bool(list_plans(seat)))

    @frame.page(blueprint, "/snapshots/freeze", Action.FREEZE_SNAPSHOT, methods=("GET", "POST"))
    def freeze(seat: Seat) -> str | Response | tuple[str, int]:
        plans = list_plans(seat)
        if not plans:  # an officer of an organisation that leads no plan
            raise NotPermitted(Action.FREEZE_SNAPSHOT.value)
        form = FreezeForm(frame.get_translate(), plans, desk.sources.today)
        if not form.validate_on_submit():
            if not form.is_submitted():
                form.cutoff.data = desk.sources.today()
                return render_template("freeze.html", form=form)
            return render_template("freeze.html", form=form), 422
        with desk.open_office() as office:
            job = order_freeze(
                office, desk.catalogue, seat, form.plan.data, form.period.data or "", cast("date", form.cutoff.data)
            )
        return go_to_job(seat.partner.code, job)

    @frame.page(blueprint, "/snapshots/<freeze>", Action.LIST_SNAPSHOTS)
    def verify(seat: Seat, freeze: str) -> str:
        with desk.open_office() as office:
            verified = verify_snapshot(office, desk.catalogue, seat, freeze)
        language = find_language(wording)
        return render_template(
            "snapshot.html",
            line=make_line(frame, seat, verified.head),
            verified=verified,
            form=StaffForm(frame.get_translate()),
            restatements=make_restatement_views(desk.catalogue, verified.restatements, language),
            left_out=[
                (LEFT_OUT.get(each.part, each.part), make_figure_text(each, language)) for each in verified.left_out
            ],
        )

    @frame.page(blueprint, "/snapshots/<freeze>/verify", Action.LIST_SNAPSHOTS, methods=("POST",))
    def order(seat: Seat, freeze: str) -> Response:
        with desk.open_office() as office:
            job = order_verification(office, desk.catalogue, seat, freeze)
        return go_to_job(seat.partner.code, job)

    @frame.page(blueprint, "/snapshots/<freeze>/verified/<uuid:job>", Action.LIST_SNAPSHOTS)
    def verified(seat: Seat, freeze: str, job: UUID) -> str:
        with desk.open_office() as office:
            found = open_verification(office, desk.catalogue, seat, freeze, job)
        low, high = found.check.gone
        return render_template(
            "verified.html",
            line=make_line(frame, seat, found.head),
            check=found.check,
            gone=frame.translate(mark("%(low)s or more"), low=low) if high is None else f"{low}–{high}",
        )

    return blueprint


def make_line(frame: Frame, seat: Seat, head: SnapshotHead) -> SnapshotLine:
    """A snapshot in words; its plan's id where the plan is no longer in the officers' files."""
    plan, language = frame.desk.plans.get(head.plan), find_language(frame.wording)
    return SnapshotLine(
        head=head,
        plan=frame.choose(plan.title, head.plan) if plan else head.plan,
        period=make_period(head.start, head.end, language),
        cutoff=make_short_day(head.cutoff, language),
        day=make_short_day(head.day, language),
        sample=plan.sample if plan else False,
        shown=seat.may(Action.LIST_FIGURES)
        and plan is not None
        and seat.partner.code in {p.code for p in plan.partners},
    )
