"""How far work in the background is: a page that follows it with a script, and by reloading itself without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from me_platform.access import Action
from me_platform.errors import NotFound
from me_platform.services.jobs import COULD_NOT, Progress, find_progress
from me_platform.services.seats import Seat
from me_platform.staff_site.frame import Frame, mark

REFRESH = 3
"""Seconds between two looks."""

ROUNDS = 100
"""Looks the page takes by itself; then it waits for somebody, so that a forgotten page keeps no log-in awake."""


@dataclass(frozen=True)
class JobWords:
    """What the page says of a kind of job: its title, and where its result is and where it was ordered.

    Both addresses are made of the organisation's code and what came of the job; ``find_note`` may say more of that.
    """

    title: str
    result: str
    find_result: Callable[[str, Mapping[str, Any]], str]
    find_start: Callable[[str], str]
    find_note: Callable[[Mapping[str, Any]], str] = lambda _outcome: ""


JOB_WORDS: Mapping[str, JobWords] = {
    "report": JobWords(
        mark("Building a report"),
        mark("To the report"),
        lambda organisation, outcome: (
            url_for("reports.look", organisation=organisation, report=outcome["reports"][0])
            if len(outcome["reports"]) == 1
            else url_for("reports.show", organisation=organisation)
        ),
        lambda organisation: url_for("reports.show", organisation=organisation),
    ),
    "freeze": JobWords(
        mark("Freezing a snapshot"),
        mark("To the snapshot"),
        lambda organisation, outcome: url_for("snapshots.verify", organisation=organisation, freeze=outcome["freeze"]),
        lambda organisation: url_for("snapshots.freeze", organisation=organisation),
        lambda outcome: "" if outcome["new"] else mark("Nothing has changed since: the snapshot was there already."),
    ),
    "verify": JobWords(
        mark("Verifying a snapshot"),
        mark("To what came of it"),
        lambda organisation, outcome: url_for(
            "snapshots.verified", organisation=organisation, freeze=outcome["freeze"], job=outcome["job"]
        ),
        lambda organisation: url_for("snapshots.show", organisation=organisation),
    ),
}
"""Kind of job -> what the page says of it."""

STATES = {
    "queued": mark("Waiting. It begins as soon as the work before it is done."),
    "running": mark("At work."),
    "done": mark("Done."),
    "failed": mark("This could not be done."),
}


def make_jobs(frame: Frame) -> Blueprint:
    """The page of a job, and the part of it that changes."""
    blueprint = Blueprint("jobs", __name__)

    def draw(template: str, seat: Seat, job: UUID) -> str:
        with frame.desk.open_office() as office:
            progress = find_progress(office, seat, job)
        if progress.kind not in JOB_WORDS:
            raise NotFound("job", str(job))  # what is done within a moment has no page
        return render_template(template, **describe(progress, seat.partner.code))

    @frame.page(blueprint, "/jobs/<uuid:job>", Action.FOLLOW_JOB)
    def show(seat: Seat, job: UUID) -> str:
        return draw("job.html", seat, job)

    @frame.page(blueprint, "/jobs/<uuid:job>/state", Action.FOLLOW_JOB)
    def state(seat: Seat, job: UUID) -> str:
        return draw("job_state.html", seat, job)

    return blueprint


def go_to_job(organisation: str, job: UUID) -> Response:
    """The answer to a form that ordered work: the page that follows it."""
    return redirect(url_for("jobs.show", organisation=organisation, job=job), 303)


def describe(progress: Progress, organisation: str) -> dict[str, object]:
    """What the templates draw of a job."""
    words = JOB_WORDS[progress.kind]
    taken = request.args.get("round", 0, int) + 1
    return {
        "progress": progress,
        "words": words,
        "state": STATES[progress.status],
        "why": "" if progress.why == COULD_NOT else progress.why,
        "result": words.find_result(organisation, {**progress.outcome, "job": progress.id})
        if progress.status == "done"
        else "",
        "note": words.find_note(progress.outcome) if progress.status == "done" else "",
        "start": words.find_start(organisation),
        "waiting": progress.status in {"queued", "running"},
        "next_round": taken if taken < ROUNDS else 0,
        "refresh": REFRESH,
        "rounds": ROUNDS,
    }
