"""The auditor's pages: the audit log of an organisation, page by page, and whether it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from wtforms import StringField

from me_platform.access import Action
from me_platform.errors import LogBroken
from me_platform.services.audit import Deed
from me_platform.services.audit_reading import LogPage, read_log, verify_seat_log
from me_platform.services.seats import Seat
from me_platform.staff_site.days import say_moment
from me_platform.staff_site.forms import SHORT, StaffForm, at_most
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language

LOG = Area("log.show", mark("Log"), Action.READ_AUDIT)

DEEDS: Mapping[Deed, str] = {
    Deed.LOGGED_IN: mark("logged in"),
    Deed.FAILED_LOG_IN: mark("failed to log in"),
    Deed.OPENED: mark("opened"),
    Deed.WROTE: mark("wrote"),
    Deed.HANDED_OVER: mark("handed over"),
    Deed.REVOKED_CODE: mark("revoked the code"),
    Deed.ENDED_CODES: mark("ended unused codes"),
    Deed.EXPORTED: mark("exported"),
    Deed.IMPORTED: mark("imported"),
    Deed.FROZE: mark("froze"),
    Deed.BUILT: mark("built"),
    Deed.ACCEPTED: mark("accepted"),
    Deed.REJECTED: mark("rejected"),
    Deed.ASSIGNED: mark("assigned"),
    Deed.INVITED: mark("invited"),
    Deed.CHANGED: mark("changed"),
    Deed.CLOSED: mark("closed"),
    Deed.SUBMITTED: mark("submitted"),
    Deed.RETURNED: mark("returned"),
    Deed.APPROVED: mark("approved"),
    Deed.DISCARDED: mark("discarded"),
    Deed.REOPENED: mark("opened again"),
    Deed.GRANTED: mark("gave the role"),
    Deed.REVOKED: mark("took the role"),
    Deed.CHOSE_PASSWORD: mark("chose a password"),
    Deed.SET_FACTOR: mark("set up the second factor"),
    Deed.REMOVED_FACTOR: mark("removed the second factor"),
    Deed.RENEWED_CODES: mark("made new recovery codes"),
    Deed.USED_CODE: mark("used a recovery code"),
    Deed.ENDED_LOG_INS: mark("ended other log-ins"),
}
"""What the page says of a deed; a test finds one that has no words."""

THINGS: Mapping[str, str] = {
    "account": mark("account"),
    "activities": mark("activities"),
    "activity": mark("activity"),
    "bundle": mark("auditor's bundle of a snapshot"),
    "caseload": mark("caseload"),
    "caseloads": mark("caseloads"),
    "door": mark("survey code"),
    "doors": mark("survey codes"),
    "job": mark("work in the background"),
    "narrative": mark("narrative"),
    "narratives": mark("narratives"),
    "people": mark("list of people"),
    "person": mark("a person's file"),
    "profile": mark("profile"),
    "records": mark("own records looked through for doubts"),
    "report": mark("report"),
    "report draft": mark("report draft"),
    "service": mark("service"),
    "snapshot": mark("snapshot"),
    "upload": mark("uploaded file"),
    "wish": mark("wish to be contacted"),
    "wishes": mark("wishes to be contacted"),
    # Kinds of records (exchange.records)
    "attendance": mark("attendance"),
    "barrier": mark("barrier"),
    "checklist": mark("legal checklist"),
    "decision": mark("decision told aloud"),
    "feedback": mark("what people said"),
    "goal": mark("goal"),
    "guardian": mark("guardian's decision"),
    "involvement": mark("part survivors had"),
    "need": mark("need"),
    "practice": mark("good practice"),
    "rating": mark("caseworker's view"),
    "referral": mark("referral"),
    "standard": mark("quality standard"),
    # Roles that were given or taken (access.Role)
    "administrator": mark("administrator"),
    "auditor": mark("auditor"),
    "caseworker": mark("caseworker"),
    "funder": mark("funder"),
    "manager": mark("manager"),
    "officer": mark("officer"),
}
"""What the page says of a kind of thing; a test finds one that has no words."""

LAST_POSITION = 2**31 - 1


@dataclass(frozen=True)
class Line:
    """A line of the log in the words of its reader."""

    position: int
    at: str
    deed: str
    email: str
    thing: str
    record: str


class HeadForm(StaffForm):
    """A head that was noted earlier."""

    head = StringField(
        mark("A head you noted earlier (may stay empty)"),
        [at_most(SHORT)],
        filters=[lambda text: (text or "").strip().lower()],
        description=mark("With it, lines cut off at the end are found too. Note the new head outside this program."),
    )


def make_log(frame: Frame) -> Blueprint:
    """The pages about the audit log."""
    blueprint = Blueprint("log", __name__)
    desk = frame.desk

    def draw(seat: Seat, form: HeadForm, **outcome: object) -> str:
        before = request.args.get("before", type=int)
        deed, thing = request.args.get("deed", ""), request.args.get("thing", "")
        with desk.open_office() as office:
            page = read_log(office, seat, before=before if before and 0 < before < LAST_POSITION else None)
        chosen = [
            line
            for line in make_lines(frame, page)
            if (not deed or line.deed == deed) and (not thing or line.thing == thing)
        ]
        return render_template(
            "log.html",
            form=form,
            lines=chosen,
            page=page,
            deeds=sorted({line.deed.value for line, _ in page.lines}, key=str),
            deed_words={each.value: words for each, words in DEEDS.items()},
            things=sorted({line.thing for line, _ in page.lines if line.thing}),
            thing_words={**{line.thing: line.thing for line, _ in page.lines}, **THINGS},
            chosen={"deed": deed, "thing": thing, "before": before},
            **outcome,
        )

    @frame.page(blueprint, "/log", Action.READ_AUDIT)
    def show(seat: Seat) -> str:
        return draw(seat, HeadForm(frame.get_translate()))

    @frame.page(blueprint, "/log/verify", Action.READ_AUDIT, methods=("POST",))
    def verify(seat: Seat) -> str | tuple[str, int]:
        form = HeadForm(frame.get_translate())
        if not form.validate():
            return draw(seat, form), 422
        try:
            with desk.open_office() as office:
                state = verify_seat_log(office, seat, form.head.data or "")
        except LogBroken as broken:
            return draw(seat, form, broken=broken)
        return draw(seat, form, state=state)

    return blueprint


def make_lines(frame: Frame, page: LogPage) -> list[Line]:
    """The lines of a page in words; the deed stays a code, which the page translates and filters by."""
    language, zone = find_language(frame.wording), frame.desk.sources.zone
    return [
        Line(
            position=line.position,
            at=say_moment(line.at, language, zone),
            deed=line.deed.value,
            email=email,
            thing=line.thing,
            record=str(line.record or ""),
        )
        for line, email in page.lines
    ]
