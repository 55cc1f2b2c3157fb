"""The list of finished reports, and the download of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from babel import Locale
from babel.dates import format_date
from flask import Blueprint, Response, render_template

from me_platform.access import Action
from me_platform.indicators.definition import Plan, Text
from me_platform.services.seats import Seat
from me_platform.services.staff_reports import ReportEntry, get_report_bytes, list_reports
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.wording import SOURCE_LANGUAGE

NBSP = "\N{NO-BREAK SPACE}"
_DAYS = {"en": "d MMM yyyy", "lv": "dd.MM.yyyy."}
"""How a table writes a day in each language (CLDR pattern); other languages as CLDR has it."""


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

    @property
    def spoken(self) -> str:
        """What tells this report from the others of the list, for whoever hears its link alone."""
        return f"{self.title}, {self.plan}, {self.partner}, {self.period}, {self.language}"


REPORTS = Area("reports.show", mark("Reports"), Action.LIST_REPORTS)


def make_reports(frame: Frame) -> Blueprint:
    """The pages about reports."""
    blueprint = Blueprint("reports", __name__)
    desk, wording = frame.desk, frame.wording
    titles = {name: template.title for name, template in desk.catalogue.templates.items()}

    @frame.page(blueprint, "/reports", Action.LIST_REPORTS)
    def show(seat: Seat) -> str:
        with desk.open_office() as office:
            entries = list_reports(office, desk.catalogue, seat)
        lines = [make_line(entry, desk.plans, titles, find_language(wording)) for entry in entries]
        return render_template("reports.html", lines=lines)

    @frame.page(blueprint, "/reports/<uuid:report>.pdf", Action.DOWNLOAD_REPORT)
    def download(seat: Seat, report: UUID) -> Response:
        with desk.open_office() as office:
            opened = get_report_bytes(office, desk.catalogue, seat, report)
        name = make_file_name(opened.entry)
        disposition = f'attachment; filename="{name}"'
        return Response(opened.pdf, mimetype="application/pdf", headers={"Content-Disposition": disposition})

    return blueprint


def make_line(
    entry: ReportEntry, plans: Mapping[str, Plan], template_titles: Mapping[str, Text], language: str
) -> ReportLine:
    """A report in words; ids stand where a plan, partner or template is no longer in the officers' files."""
    plan = plans.get(entry.plan)
    partner = next((each for each in plan.partners if each.code == entry.partner), None) if plan else None
    return ReportLine(
        id=entry.id,
        title=_choose(template_titles.get(entry.template, {}), language, entry.template),
        plan=_choose(plan.title if plan else {}, language, entry.plan),
        partner=_choose(partner.name if partner else {}, language, entry.partner),
        period=f"{format_day(entry.start, language)} – {format_day(entry.end, language)}",
        language=Locale.parse(entry.language, sep="-").get_language_name(language) or entry.language,
        day=format_day(entry.day, language),
        sample=plan.sample if plan else False,
    )


def make_file_name(entry: ReportEntry) -> str:
    """A name that tells the file from others on somebody's computer, and nothing about what is in it."""
    return f"report-{entry.start}-{entry.end}-{entry.language}-{entry.id.hex[:8]}.pdf"


def _choose(text: Text, language: str, otherwise: str) -> str:
    return text.get(language) or text.get(SOURCE_LANGUAGE) or otherwise


def format_day(day: date, language: str) -> str:
    """A day that is not broken at the end of a line."""
    return format_date(day, _DAYS.get(language, "medium"), locale=language).replace(" ", NBSP)
