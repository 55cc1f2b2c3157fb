"""The list of reports, one report with its history, and the download of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from babel import Locale
from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField

from me_platform.access import Action
from me_platform.indicators.definition import Plan, Text
from me_platform.services.report_drafts import Draft, list_drafts
from me_platform.services.report_history import ReportState
from me_platform.services.seats import Seat
from me_platform.services.staff_reports import (
    Delivery,
    ListedDelivery,
    ReportEntry,
    ReportFile,
    accept_report,
    get_report_bytes,
    get_report_file,
    list_deliveries,
    list_reports,
    reject_report,
)
from me_platform.staff_site.days import say_day, say_moment, say_period
from me_platform.staff_site.forms import PASSAGE, StaffForm, at_most, needed
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.wording import SOURCE_LANGUAGE

REPORTS = Area("reports.show", mark("Reports"), Action.LIST_REPORTS, also=("writing", "quotes"))

STATES: Mapping[ReportState, tuple[str, str]] = {
    ReportState.WAITING: ("◔", mark("waits for a second person")),
    ReportState.ACCEPTED: ("✓", mark("accepted")),
    ReportState.REJECTED: ("✕", mark("rejected")),
}
"""Sign and words of a report's state."""

DEEDS = {
    "built": mark("built"),
    "accepted": mark("accepted"),
    "rejected": mark("rejected"),
    "downloaded": mark("downloaded"),
}


class RejectForm(StaffForm):
    """Why a report is rejected or taken back."""

    comment = TextAreaField(
        mark("Why"),
        [needed, at_most(PASSAGE)],
        description=mark("What has to be put right. Whoever writes the report reads this; up to 1,000 characters."),
    )


@dataclass(frozen=True)
class ReportLine:
    """One report in the words of its reader."""

    id: UUID
    title: str
    plan: str
    partner: str
    period: str
    language: str
    day: str
    sample: bool
    state: ReportState
    sign: str
    state_words: str

    @property
    def spoken(self) -> str:
        """What tells this report from the others of the list, for whoever hears its link alone."""
        return f"{self.title}, {self.plan}, {self.partner}, {self.period}, {self.language}"


@dataclass(frozen=True)
class DeliveryLine:
    """Something that became of a report, in the words of its reader; ``report`` says which, in a list of several."""

    id: UUID
    at: str
    deed: str
    email: str
    comment: str
    report: str = ""


@dataclass(frozen=True)
class DraftLine:
    """A draft in a list."""

    id: UUID
    title: str
    plan: str
    period: str
    languages: str
    day: str


def make_reports(frame: Frame) -> Blueprint:
    """The pages about reports that were built."""
    blueprint = Blueprint("reports", __name__)
    desk, wording = frame.desk, frame.wording
    titles = {name: template.title for name, template in desk.catalogue.templates.items()}

    def tell(entry: ReportEntry) -> ReportLine:
        return make_line(entry, desk.plans, titles, find_language(wording))

    def draw_report(file: ReportFile, form: RejectForm) -> str:
        lines = make_delivery_lines(frame, file.deliveries)
        return render_template("report.html", file=file, line=tell(file.entry), deliveries=lines, form=form)

    @frame.page(blueprint, "/reports", Action.LIST_REPORTS)
    def show(seat: Seat) -> str:
        writes = seat.may(Action.BUILD_REPORT)
        with desk.open_office() as office:
            entries = list_reports(office, desk.catalogue, seat)
            drafts = list_drafts(office, desk.catalogue, seat) if writes else ()
        lines = [tell(entry) for entry in entries]
        return render_template(
            "reports.html",
            lines=[line for line in lines if line.state is ReportState.ACCEPTED],
            others=[line for line in lines if line.state is not ReportState.ACCEPTED],
            drafts=[make_draft_line(draft, desk.plans, titles, find_language(wording)) for draft in drafts],
            writes=writes,
            follows=seat.may(Action.LIST_DELIVERIES),
            lists_quotes=seat.may(Action.LIST_QUOTES),
        )

    @frame.page(blueprint, "/reports/<uuid:report>.pdf", Action.DOWNLOAD_REPORT)
    def download(seat: Seat, report: UUID) -> Response:
        with desk.open_office() as office:
            opened = get_report_bytes(office, desk.catalogue, seat, report)
        name = make_file_name(opened.entry)
        disposition = f'attachment; filename="{name}"'
        return Response(opened.pdf, mimetype="application/pdf", headers={"Content-Disposition": disposition})

    @frame.page(blueprint, "/reports/<uuid:report>", Action.LIST_DELIVERIES)
    def look(seat: Seat, report: UUID) -> str:
        with desk.open_office() as office:
            file = get_report_file(office, desk.catalogue, seat, report)
        return draw_report(file, RejectForm(frame.get_translate()))

    @frame.page(blueprint, "/reports/<uuid:report>/accept", Action.ACCEPT_REPORT, methods=("POST",))
    def accept(seat: Seat, report: UUID) -> AnyResponse:
        with desk.open_office() as office:
            accept_report(office, desk.catalogue, seat, report)
        return redirect(url_for("reports.look", organisation=seat.partner.code, report=report), 303)

    @frame.page(blueprint, "/reports/<uuid:report>/reject", Action.ACCEPT_REPORT, methods=("POST",), keeps=True)
    def reject(seat: Seat, report: UUID) -> AnyResponse | tuple[str, int]:
        form = RejectForm(frame.get_translate())
        with desk.open_office() as office:
            if not form.validate():
                return draw_report(get_report_file(office, desk.catalogue, seat, report), form), 422
            reject_report(office, desk.catalogue, seat, report, (form.comment.data or "").strip())
        return redirect(url_for("reports.look", organisation=seat.partner.code, report=report), 303)

    @frame.page(blueprint, "/deliveries", Action.LIST_DELIVERIES)
    def deliveries(seat: Seat) -> str:
        with desk.open_office() as office:
            found = list_deliveries(office, desk.catalogue, seat)
        names = [name_listed(each, desk.plans, titles, find_language(wording)) for each in found]
        lines = make_delivery_lines(frame, [each.delivery for each in found], names)
        return render_template("deliveries.html", deliveries=lines)

    return blueprint


def make_line(
    entry: ReportEntry, plans: Mapping[str, Plan], template_titles: Mapping[str, Text], language: str
) -> ReportLine:
    """A report in words; ids stand where a plan, partner or template is no longer in the officers' files."""
    plan = plans.get(entry.plan)
    partner = next((each for each in plan.partners if each.code == entry.partner), None) if plan else None
    sign, words = STATES[entry.state]
    return ReportLine(
        id=entry.id,
        title=_choose(template_titles.get(entry.template, {}), language, entry.template),
        plan=_choose(plan.title if plan else {}, language, entry.plan),
        partner=_choose(partner.name if partner else {}, language, entry.partner),
        period=say_period(entry.start, entry.end, language),
        language=name_language(entry.language, language),
        day=say_day(entry.day, language),
        sample=plan.sample if plan else False,
        state=entry.state,
        sign=sign,
        state_words=words,
    )


def make_draft_line(
    draft: Draft, plans: Mapping[str, Plan], template_titles: Mapping[str, Text], language: str
) -> DraftLine:
    """A draft in words, as ``make_line`` a report."""
    plan = plans.get(draft.plan)
    return DraftLine(
        id=draft.id,
        title=_choose(template_titles.get(draft.template, {}), language, draft.template),
        plan=_choose(plan.title if plan else {}, language, draft.plan),
        period=say_period(draft.start, draft.end, language),
        languages=", ".join(name_language(each, language) for each in draft.languages),
        day=say_day(draft.day, language),
    )


def make_delivery_lines(frame: Frame, deliveries: Sequence[Delivery], names: Sequence[str] = ()) -> list[DeliveryLine]:
    """What became of reports in words; ``names`` say of which, one for each."""
    language, zone = find_language(frame.wording), frame.desk.sources.zone
    return [
        DeliveryLine(
            id=each.entry_id,
            at=say_moment(each.at, language, zone),
            deed=DEEDS[each.action],
            email=each.email,
            comment=each.comment,
            report=names[place] if names else "",
        )
        for place, each in enumerate(deliveries)
    ]


def name_listed(
    listed: ListedDelivery, plans: Mapping[str, Plan], template_titles: Mapping[str, Text], language: str
) -> str:
    """Which report it was, in a line."""
    plan = plans.get(listed.plan)
    parts = (
        _choose(template_titles.get(listed.template, {}), language, listed.template),
        _choose(plan.title if plan else {}, language, listed.plan),
        say_period(listed.start, listed.end, language),
        name_language(listed.language, language),
    )
    return ", ".join(parts)


def make_file_name(entry: ReportEntry) -> str:
    """A name that tells the file from others on somebody's computer, and nothing about what is in it."""
    kind = "report" if entry.state is ReportState.ACCEPTED else "draft"
    return f"{kind}-{entry.start}-{entry.end}-{entry.language}-{entry.id.hex[:8]}.pdf"


def name_language(code: str, language: str) -> str:
    """What a language is called in another."""
    return Locale.parse(code, sep="-").get_language_name(language) or code


def _choose(text: Text, language: str, otherwise: str) -> str:
    return text.get(language) or text.get(SOURCE_LANGUAGE) or otherwise
