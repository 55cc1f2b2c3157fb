"""The officer's pages: begin a report, write for it in each of its languages, have it built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, Form, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import ValidationError

from me_platform.access import Action
from me_platform.errors import VersionStale
from me_platform.reports.definition import ReportTemplate, WrittenPart, find_unprintable
from me_platform.services.report_drafts import (
    Draft,
    begin_draft,
    discard_draft,
    get_draft,
    has_annex,
    list_choices,
    list_templates,
    save_draft,
    tidy_text,
)
from me_platform.services.seats import Seat
from me_platform.staff_site.days import say_day, say_period
from me_platform.staff_site.forms import StaffForm, at_most, needed
from me_platform.staff_site.frame import Frame, mark
from me_platform.staff_site.jobs import go_to_job
from me_platform.staff_site.language import find_language
from me_platform.staff_site.reports import make_draft_line, name_language
from me_platform.storage.snapshots import SnapshotHead
from me_platform.wording import SOURCE_LANGUAGE, Translate


class NewReportForm(StaffForm):
    """What a report is made of."""

    snapshot = SelectField(
        mark("Frozen figures"),
        [needed],
        description=mark("The report shows these figures and no others, whatever is entered later."),
    )
    template = SelectField(mark("Kind of report"), [needed])
    languages = SelectMultipleField(
        mark("Languages"), [needed], description=mark("Each language becomes a file of its own, with the same figures.")
    )
    annex = BooleanField(
        mark("With the indicator sheets as an annex"),
        description=mark("How each indicator is counted; for the kinds of report that have such an annex."),
    )


def printable(form: Form, field: Field) -> None:
    """A text that the reports' fonts can print."""
    signs = find_unprintable(tidy_text(field.data or ""))
    if signs:
        translate: Translate = form.translate  # type: ignore[attr-defined]
        text = mark("These characters cannot be printed: %(signs)s. Please take them out.")
        raise ValidationError(translate(text, signs=" ".join(signs[:10])))


def make_report_writing(frame: Frame) -> Blueprint:
    """The pages of whoever writes and builds reports."""
    blueprint = Blueprint("writing", __name__)
    desk = frame.desk
    templates = {template.id: template for template in list_templates(desk.catalogue)}

    @frame.page(blueprint, "/reports/new", Action.BUILD_REPORT, methods=("GET", "POST"))
    def begin(seat: Seat) -> str | Response | tuple[str, int]:
        with desk.open_office() as office:
            form = make_new_form(frame, templates, list_choices(office, desk.catalogue, seat))
            if not form.is_submitted():
                return render_template("report_new.html", form=form)
            if not form.validate() or not check_languages(frame, templates[form.template.data], form):
                return render_template("report_new.html", form=form), 422
            annex = form.annex.data and has_annex(templates[form.template.data])
            made = (form.snapshot.data, form.template.data, form.languages.data or ())
            draft = begin_draft(office, desk.catalogue, seat, *made, annex=annex)
        return redirect(url_for("writing.write", organisation=seat.partner.code, draft=draft), 303)

    @frame.page(blueprint, "/reports/drafts/<uuid:draft>", Action.BUILD_REPORT, methods=("GET", "POST"), keeps=True)
    def write(seat: Seat, draft: UUID) -> str | Response | tuple[str, int]:
        build = request.form.get("deed") == "build"
        with desk.open_office() as office:
            known = get_draft(office, desk.catalogue, seat, draft)
            template = templates[known.template]
            form = make_draft_form(frame, template, known)
            if not form.is_submitted():
                return draw_draft(frame, template, known, form)
            if not form.validate():
                return draw_draft(frame, template, known, form), 422
            texts = read_texts(form, template, known)
            try:
                job = save_draft(office, desk.catalogue, seat, draft, int(form["version"].data), texts, build=build)
            except VersionStale as stale:
                form["version"].data = str(stale.version)
                return draw_draft(frame, template, known, form, known), 409
        if job:
            return go_to_job(seat.partner.code, job)
        return redirect(url_for("writing.write", organisation=seat.partner.code, draft=draft, saved=1), 303)

    @frame.page(blueprint, "/reports/drafts/<uuid:draft>/discard", Action.BUILD_REPORT, methods=("POST",))
    def discard(seat: Seat, draft: UUID) -> Response:
        with desk.open_office() as office:
            discard_draft(office, desk.catalogue, seat, draft)
        return redirect(url_for("reports.show", organisation=seat.partner.code), 303)

    return blueprint


def make_new_form(
    frame: Frame, templates: Mapping[str, ReportTemplate], heads: Sequence[SnapshotHead]
) -> NewReportForm:
    """The form that begins a report, of the snapshots there are."""
    language, plans = find_language(frame.wording), frame.desk.plans
    form = NewReportForm(frame.get_translate())
    form.snapshot.choices = []
    for head in heads:
        frozen = frame.translate(mark("frozen on %(day)s"), day=say_day(head.day, language))
        title = frame.choose(plans[head.plan].title, head.plan)
        name = f"{title}, {say_period(head.start, head.end, language)} ({frozen})"
        form.snapshot.choices.append((head.freeze, name))
    form.template.choices = [(name, frame.choose(template.title, name)) for name, template in templates.items()]
    spoken = dict.fromkeys(each for template in templates.values() for each in template.languages)
    form.languages.choices = [(each, name_language(each, language)) for each in spoken]
    return form


def check_languages(frame: Frame, template: ReportTemplate, form: NewReportForm) -> bool:
    """Whether the kind of report has words in the languages; a fault is told at them."""
    language = find_language(frame.wording)
    foreign = [each for each in form.languages.data or () if each not in template.languages]
    if foreign:
        names = ", ".join(name_language(each, language) for each in foreign)
        known = ", ".join(name_language(each, language) for each in template.languages)
        text = mark("This kind of report has no words in these languages: %(names)s. It has: %(known)s.")
        form.languages.errors = [frame.translate(text, names=names, known=known)]
    return not foreign


def draw_draft(
    frame: Frame, template: ReportTemplate, draft: Draft, form: StaffForm, saved: Draft | None = None
) -> str:
    """The page of a draft; ``saved`` is what stands there now, where another window saved it meanwhile."""
    places = [
        (frame.choose(title, part.name), [(each, find_field(form, part, each)) for each in draft.languages])
        for part, title in template.writings
    ]
    elsewhere = {
        find_field(form, part, each).id: text
        for part, _ in template.writings
        for each in draft.languages
        if saved and (text := saved.texts.get(part.name, {}).get(each, "")) != find_field(form, part, each).data
    }
    return render_template(
        "report_draft.html",
        draft=draft,
        form=form,
        places=places,
        elsewhere=elsewhere,
        stale=saved is not None,
        saved=bool(request.args.get("saved")) and not form.is_submitted(),
        line=make_draft_line(draft, frame.desk.plans, {template.id: template.title}, find_language(frame.wording)),
    )


def make_draft_form(frame: Frame, template: ReportTemplate, draft: Draft) -> StaffForm:
    """The form of a draft: a text area for each place to write and each language."""
    language = find_language(frame.wording)
    fields: dict[str, Any] = {"version": HiddenField(validators=[_whole_number])}
    for part, title in template.writings:
        for each in draft.languages:
            spoken = name_language(each, language)
            limit = frame.translate(mark("Up to %(limit)s characters."), limit=part.limit)
            said = part.help.get(each) or part.help.get(SOURCE_LANGUAGE, "")
            fields[_name(part, each)] = TextAreaField(
                f"{frame.choose(title, part.name)} ({spoken})",
                [at_most(part.limit), printable],
                filters=[lambda text: tidy_text(text) if text else ""],
                description=f"{frame.choose(part.help, said)} {limit}",
                default=draft.texts.get(part.name, {}).get(each, ""),
                render_kw={
                    "lang": each,
                    "data-limit": part.limit,
                    "data-words": frame.translate(mark("{count} of {limit} characters")),
                },
            )
    made: StaffForm = type("DraftForm", (StaffForm,), fields)(frame.get_translate())
    if not made.is_submitted():
        made.version.data = str(draft.version)
    return made


def find_field(form: StaffForm, part: WrittenPart, language: str) -> Field:
    """The field of a place and a language."""
    found: Field = form[_name(part, language)]
    return found


def read_texts(form: StaffForm, template: ReportTemplate, draft: Draft) -> dict[str, dict[str, str]]:
    """What was written, by place and language."""
    return {
        part.name: {each: find_field(form, part, each).data for each in draft.languages}
        for part, _ in template.writings
    }


def _name(part: WrittenPart, language: str) -> str:
    return f"{part.name}-{language}"


def _whole_number(_form: Form, field: Field) -> None:
    if not (field.data or "").isascii() or not (field.data or "").isdigit() or len(field.data) > 9:  # noqa: PLR2004
        field.data = "0"
