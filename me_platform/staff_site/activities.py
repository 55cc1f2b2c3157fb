"""The pages of activities: the list, one of them, and the import of a list that is looked at before it is done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField
from wtforms.validators import ValidationError

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.disclosure.wording import format_number
from me_platform.errors import ImportRefused, Problem
from me_platform.exchange.spreadsheets import TableProblem
from me_platform.reports.register import make_activity
from me_platform.reports.views import ActivityView
from me_platform.reports.words import Words, make_short_day
from me_platform.services.seats import Seat
from me_platform.services.staff_activities import (
    ActivityEntry,
    confirm_import,
    get_activity_entry,
    get_import_receipt,
    keep_upload,
    list_activity_entries,
    list_import_plans,
    preview_import,
)
from me_platform.staff_site.forms import StaffForm, list_choices, needed
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.wording import Translate

ACTIVITIES = Area("activities.show", mark("Activities"), Action.LIST_ACTIVITIES)

PAGE = 100
"""Activities a page shows."""
MOST_FAULTS = 200
"""Faults of a file that are listed; who has mended so many sees the others."""
LARGEST_UPLOAD = 12 * 1024 * 1024
"""Bytes a request may have that brings a list: more than a list may have, so that a page can say what is too much."""

DECISIONS: Mapping[str, str] = {
    "planned": mark("counted as planned, not as delivered, because the list says so"),
    "year": mark("belongs to its year as a whole; no day was filled in"),
    "listed": mark("its number of people is listed, in no sum"),
    "attendance": mark("its number of people is counted as attendances (one person at two events is two)"),
    "reached": mark("its number of people is counted as people reached"),
    "latvia_only": mark("only the number from Latvia is stated; it is not the total"),
    "potential": mark("what may be reached is a hope, kept apart from every count"),
    "grant": mark("its amount is counted as a grant"),
    "same_grant": mark("its amount is the same grant as in another entry; counted once"),
    "look_alike": mark("its amount equals another grant, but the list does not relate them; counted as another"),
}
"""Rule of a decision -> what was decided."""

REASONS: Mapping[str, str] = {
    "only the year is stated": mark("only the year is stated"),
    "only the first day is stated": mark("only the first day is stated"),
    "only the last day is stated": mark("only the last day is stated"),
    "not stated": mark("not stated"),
    "not stated; no funder was filled in": mark("not stated; no funder was filled in"),
    "a funder is stated, an amount is not": mark("a funder is stated, an amount is not"),
    "only the number from Latvia is stated; it is not the total": mark(
        "only the number from Latvia is stated; it is not the total"
    ),
}
"""Why a value stayed empty -> words to be translated."""


@dataclass(frozen=True)
class ActivityChoice:
    """What the reader asked for; empty leaves out nothing."""

    year: str = ""
    kind: str = ""
    status: str = ""
    text: str = ""

    def fits(self, entry: ActivityEntry, view: ActivityView) -> bool:
        """Whether an activity is asked for."""
        said = f"{view.id} {view.title.text} {view.original} {view.organiser.text} {view.location.text}".casefold()
        return (
            self.year in {"", str(entry.record.year)}
            and self.kind in {"", entry.record.kind}
            and self.status in {"", entry.record.status.value}
            and all(word in said for word in self.text.casefold().split())
        )


@dataclass(frozen=True)
class FaultLine:
    """What is wrong with a file, in the words of its reader; ``row`` is 0 where it is about the whole file."""

    row: int
    column: str
    why: str
    out: str


class UploadForm(StaffForm):
    """A list of activities and the plan it belongs to."""

    plan = SelectField(mark("Plan"), validators=[needed])
    file = FileField(
        mark("File of the list (CSV)"),
        description=mark("Saved from a spreadsheet program as 'CSV UTF-8', at most 5 MB and 10 000 rows."),
    )

    def __init__(self, translate: Translate, plans: Sequence[tuple[str, str]]) -> None:
        super().__init__(translate)
        self.plan.choices = list(plans)

    def validate_file(self, field: FileField) -> None:
        """A file has to be chosen."""
        if not getattr(field.data, "filename", ""):
            raise ValidationError(self.translate(mark("Please choose a file.")))


class ImportForm(StaffForm):
    """Whether stored activities give way to those of the file."""

    replace = BooleanField(
        mark("Also replace what is stored differently"),
        description=mark(
            "Snapshots that are frozen already do not change; the next one has the new words and numbers."
        ),
    )


def make_activities(frame: Frame) -> Blueprint:
    """The pages about activities."""
    blueprint = Blueprint("activities", __name__)
    desk, wording = frame.desk, frame.wording

    def say(entry: ActivityEntry) -> ActivityView:
        return make_activity(entry.record, make_register_words(desk.catalogue, find_language(wording)))

    @frame.page(blueprint, "/activities", Action.LIST_ACTIVITIES)
    def show(seat: Seat) -> str:
        with desk.open_office() as office:
            entries = list_activity_entries(office, desk.catalogue, seat)
        choice = _read_choice()
        views = [(entry, say(entry)) for entry in entries]
        chosen = [pair for pair in views if choice.fits(*pair)]
        page = max(1, min(request.args.get("page", 1, type=int), -(-len(chosen) // PAGE)))
        return render_template(
            "activities.html",
            chosen=chosen[(page - 1) * PAGE : page * PAGE],
            number=len(chosen),
            total=len(entries),
            page=page,
            pages=-(-len(chosen) // PAGE),
            choice=choice,
            years=sorted({view.year for _, view in views}, reverse=True),
            kinds=sorted({(entry.record.kind, view.kind) for entry, view in views}, key=lambda pair: pair[1]),
            statuses=sorted({(entry.record.status.value, view.status) for entry, view in views}),
            may_import=bool(list_import_plans(desk.catalogue, seat)),
        )

    @frame.page(blueprint, "/activities/<uuid:activity>", Action.LIST_ACTIVITIES)
    def activity(seat: Seat, activity: UUID) -> str:
        with desk.open_office() as office:
            entry = get_activity_entry(office, desk.catalogue, seat, activity)
        plan = desk.plans.get(entry.plan)
        return render_template(
            "activity.html",
            entry=entry,
            view=say(entry),
            plan=frame.choose(plan.title, entry.plan) if plan else entry.plan,
        )

    _add_imports(frame, blueprint)
    return blueprint


def _add_imports(frame: Frame, blueprint: Blueprint) -> None:
    """The pages of an import: the file, what it would do, what it did."""
    desk, wording = frame.desk, frame.wording

    @frame.page(
        blueprint, "/activities/import", Action.IMPORT_ACTIVITIES, methods=("GET", "POST"), largest=LARGEST_UPLOAD
    )
    def upload(seat: Seat) -> str | Response | tuple[str, int]:
        plans = [(plan.id, plan.title) for plan in list_import_plans(desk.catalogue, seat)]
        form = UploadForm(frame.get_translate(), list_choices(plans, find_language(wording)))
        if not form.is_submitted():
            return render_template("import.html", form=form, problems=[], more=0)
        problems: Sequence[Problem] = ()
        if form.validate():
            try:
                with desk.open_office() as office, closing(form.file.data) as file:
                    kept = keep_upload(office, desk.catalogue, seat, form.plan.data, file.read(), file.filename)
            except ImportRefused as refused:
                problems = refused.problems
            else:
                return redirect(url_for("activities.preview", organisation=seat.partner.code, upload=kept), 303)
        told = [make_fault(each, frame.get_translate()) for each in problems[:MOST_FAULTS]]
        return render_template("import.html", form=form, problems=told, more=len(problems) - len(told)), 422

    @frame.page(blueprint, "/activities/import/<uuid:upload>", Action.IMPORT_ACTIVITIES, methods=("GET", "POST"))
    def preview(seat: Seat, upload: UUID) -> str | Response:
        form = ImportForm(frame.get_translate())
        with desk.open_office() as office:
            if form.validate_on_submit():
                done = confirm_import(office, desk.catalogue, seat, upload, replace=form.replace.data)
                flash(frame.translate(mark("The list is imported.")))
                return redirect(url_for("activities.receipt", organisation=seat.partner.code, receipt=done), 303)
            found = preview_import(office, desk.catalogue, seat, upload)
        return render_template(
            "import_preview.html",
            form=form,
            found=found,
            plan=frame.choose(desk.plans[found.plan].title, found.plan),
            titles={record.id: frame.choose(record.activity, record.id) for record in found.records},
            decisions=list(count_decisions(found.receipt.decisions)),
        )

    @frame.page(blueprint, "/activities/imports/<uuid:receipt>", Action.LIST_ACTIVITIES)
    def receipt(seat: Seat, receipt: UUID) -> str:
        with desk.open_office() as office:
            found = get_import_receipt(office, desk.catalogue, seat, receipt)
        plan = desk.plans.get(found.plan)
        return render_template(
            "import_receipt.html",
            content=found.content,
            write=lambda number: format_number(Decimal(str(number)), find_language(wording)),
            day=make_short_day(found.day, find_language(wording)),
            plan=frame.choose(plan.title, found.plan) if plan else found.plan,
            left_empty=[
                (each["column"], _say_reason(each["reason"], frame.get_translate()), each["activities"])
                for each in found.content["left_empty"]
            ],
            decisions=list(count_decisions(found.content["decisions"])),
        )


def make_fault(problem: Problem, translate: Translate) -> FaultLine:
    """A fault in the reader's language; one that has no place in a table stays in the words it came with."""
    if not isinstance(problem, TableProblem):
        return FaultLine(problem.line, "", problem.message, problem.way_out)
    why = problem.why.say(translate)
    return FaultLine(problem.row, problem.column, why[:1].upper() + why[1:], problem.out.say(translate))


def count_decisions(decisions: Iterable[Any]) -> Iterator[tuple[str, list[str]]]:
    """What was decided, each rule once, with the ids of the activities it was decided for."""
    found: dict[str, list[str]] = {}
    for each in decisions:
        rule, activity = (each["rule"], each["activity"]) if isinstance(each, Mapping) else (each.rule, each.activity)
        found.setdefault(rule, []).append(activity)
    for rule in dict.fromkeys((*DECISIONS, *found)):
        if rule in found:
            yield DECISIONS.get(rule, rule), found[rule]


def make_register_words(catalogue: Catalogue, language: str) -> Words:
    """The words of the register of activities."""
    template = next(each for each in catalogue.templates.values() if "activity.from" in each.terms)
    return Words(template.id, template.words, template.terms, catalogue.taxonomy, language)


def _say_reason(reason: str, translate: Translate) -> str:
    if added := re.fullmatch(r"not stated; the list adds '(.*)'", reason, re.DOTALL):
        return translate(mark("not stated; the list adds '%(remark)s'"), remark=added[1])
    return translate(REASONS[reason]) if reason in REASONS else reason


def _read_choice() -> ActivityChoice:
    asked = request.args
    return ActivityChoice(
        asked.get("year", ""), asked.get("kind", ""), asked.get("status", ""), asked.get("q", "").strip()
    )
