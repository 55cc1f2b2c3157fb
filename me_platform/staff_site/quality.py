"""The pages about the quality of data: how completely people answered, and which of the own records are in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from me_platform.access import Action
from me_platform.disclosure.figures import Figure
from me_platform.disclosure.wording import Facet, format_number, make_figure_text
from me_platform.indicators.records import STATES
from me_platform.reports.words import make_period, make_short_day
from me_platform.services.data_quality import (
    DAYS_BETWEEN_TWINS,
    DAYS_TO_WRITE_DOWN,
    QuestionQuality,
    SurveyQuality,
    check_records,
    open_quality,
)
from me_platform.services.seats import Seat
from me_platform.staff_site.figure_lines import FigureText, Reading, read_part
from me_platform.staff_site.figures import LEFT_OUT, name_span
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.staff_site.restatements import make_restatement_views
from me_platform.storage.snapshots import SnapshotHead

QUALITY = Area("quality.show", mark("Data quality"), Action.LIST_QUALITY)

KINDS = {
    "service": mark("Services"),
    "need": mark("Needs"),
    "barrier": mark("Barriers"),
    "referral": mark("Referrals"),
    "checklist": mark("Checklists"),
    "rating": mark("Ratings by caseworkers"),
    "goal": mark("Goals"),
    "decision": mark("Decisions told aloud"),
    "guardian": mark("Guardians’ decisions"),
}
"""What staff write down about people -> words."""


@dataclass(frozen=True)
class QuestionLine:
    """A question with a cell for each answer state; ``answered`` where only that is told, neither where nothing is."""

    prompt: str
    states: tuple[FigureText, ...]
    answered: FigureText | None


@dataclass(frozen=True)
class SurveyLines:
    """A survey in the reader's words: its stages as (words, figure), and its questions."""

    title: str
    stages: tuple[tuple[str, FigureText], ...]
    questions: tuple[QuestionLine, ...]


def make_quality_pages(frame: Frame) -> Blueprint:
    """The pages about quality."""
    blueprint = Blueprint("quality", __name__)
    desk, wording = frame.desk, frame.wording

    @frame.page(blueprint, "/quality", Action.LIST_QUALITY)
    def show(seat: Seat) -> str:
        language = find_language(wording)
        with desk.open_office() as office:
            quality = open_quality(
                office,
                desk.catalogue,
                seat,
                plan=request.args.get("plan", ""),
                freeze=request.args.get("snapshot", ""),
            )
        part = quality.found.part
        reading = read_part(desk.catalogue, part, language)
        return render_template(
            "quality.html",
            found=quality.found,
            reading=reading,
            snapshots=name_snapshots(quality.found.heads, part.head.plan, language) if part else (),
            period=(make_period(part.head.start, part.head.end, language), make_short_day(part.head.cutoff, language))
            if part
            else ("", ""),
            surveys=[_make_lines(frame, reading, each) for each in quality.surveys] if reading else [],
            states=[reading.words.term("part", f"state:{state}") for state in STATES] if reading else [],
            restatements=make_restatement_views(desk.catalogue, quality.found.restatements, language),
            members=_list_members(frame, seat, part.head.plan) if part else [],
            may_check=seat.may(Action.LIST_OWN_QUALITY),
            left_out=[
                (LEFT_OUT.get(each.part, each.part), make_figure_text(each, language)) for each in quality.left_out
            ],
        )

    @frame.page(blueprint, "/quality/records", Action.LIST_OWN_QUALITY)
    def records(seat: Seat) -> str:
        language = find_language(wording)
        with desk.open_office() as office:
            found = check_records(office, desk.catalogue, seat, request.args.get("snapshot", ""))
        head, period = found.head, found.quality.period
        return render_template(
            "quality_records.html",
            quality=found.quality,
            head=head,
            snapshots=[(each.freeze, name_span(each, language)) for each in found.heads],
            period=make_period(period.start, period.end, language),
            cutoff=make_short_day(head.cutoff, language) if head else "",
            kinds=KINDS,
            within=DAYS_TO_WRITE_DOWN,
            between=DAYS_BETWEEN_TWINS,
            say_day=lambda day: make_short_day(day, language),
            say_number=lambda number: format_number(number, language),
            may_open=seat.may(Action.OPEN_PERSON),
        )

    return blueprint


def name_snapshots(heads: tuple[SnapshotHead, ...], plan: str, language: str) -> list[tuple[str, str]]:
    """The snapshots of a plan by id, as a choice."""
    return [(each.freeze, f"{name_span(each, language)}, {each.freeze}") for each in heads if each.plan == plan]


def _list_members(frame: Frame, seat: Seat, plan: str) -> list[str]:
    """Of a consortium, the codes of the partners whose own pages its officer may read."""
    found = frame.desk.plans.get(plan)
    if found is None or not any(each.consortium and each.code == seat.partner.code for each in found.partners):
        return []
    others = (each.code for each in found.partners if not each.consortium and each.code in frame.desk.organisations)
    return [
        code
        for code in others
        if Seat(seat.user, frame.desk.organisations[code]).may(
            Action.LIST_QUALITY, consortia=frozenset({seat.partner.code})
        )
    ]


def _make_lines(frame: Frame, reading: Reading, survey: SurveyQuality) -> SurveyLines:
    return SurveyLines(
        frame.choose(survey.title, survey.id),
        tuple((frame.choose(each.title), _say(reading, each)) for each in survey.stages),
        tuple(_list_questions(frame, reading, survey.questions)),
    )


def _list_questions(frame: Frame, reading: Reading, questions: tuple[QuestionQuality, ...]) -> Iterator[QuestionLine]:
    for question in questions:
        yield QuestionLine(
            frame.choose(question.prompt, question.name),
            tuple(_say(reading, each) for each in question.states),
            None if question.answered is None else _say(reading, question.answered),
        )


def _say(reading: Reading, figure: Figure) -> FigureText:
    return reading.make_text(figure, Facet.SHORT)
