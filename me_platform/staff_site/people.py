"""The pages about people: the list, enrolment, profile, a person's page, and what is written down about her."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from me_platform.access import Action
from me_platform.errors import InputInvalid, RecordReplaced, VersionStale
from me_platform.services.casework import NOBODY, Wish, list_people
from me_platform.services.people import CORRECTED
from me_platform.services.person_file import (
    PersonFile,
    change_profile,
    enrol,
    find_head,
    get_profile,
    open_person,
    write_record,
    write_service,
)
from me_platform.services.records import get_record_kind, make_setting
from me_platform.services.seats import Seat
from me_platform.staff_site.desk import StaffDesk
from me_platform.staff_site.frame import Area, Frame, mark
from me_platform.staff_site.language import find_language
from me_platform.staff_site.people_forms import (
    RECORD_PAGES,
    Desktop,
    EnrolForm,
    ProfileForm,
    RecordForm,
    ServiceForm,
    fill_service,
)
from me_platform.staff_site.people_words import Words

PEOPLE = Area("people.show", mark("People"), Action.LIST_PEOPLE, also=("narratives",))

Answer = str | tuple[str, int] | WerkzeugResponse

_KINDS = ",".join(RECORD_PAGES)
_SAVED = mark("Saved.")
_STALE = mark(
    "This was changed meanwhile in another window. What stands now is shown below; what you typed is still in the form."
    " Send it again if it should take the place of what stands."
)


def make_desktop(frame: Frame) -> Desktop:
    """What a form about a person is made with."""
    desk = frame.desk
    language, sources = find_language(frame.wording), desk.sources
    return Desktop(frame.get_translate(), language, desk.catalogue.taxonomy, sources.today(), sources.random(16).hex())


def make_words(frame: Frame) -> Words:
    """How things are said to the reader."""
    language = find_language(frame.wording)
    return Words(frame.get_translate(), language, frame.desk.catalogue, frame.desk.sources.today())


def read_wish(values: Mapping[str, str]) -> Wish:
    """What of the list somebody wants to see, as the address says; what it says wrongly is not wished."""
    page = values.get("page", "")
    return Wish(
        code=values.get("code", "")[:20],
        caseworker=values.get("caseworker", "")[:40],
        due=values.get("due", "")[:20],
        language=values.get("language", "")[:20],
        state=values.get("state", "active")[:20],
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,  # noqa: PLR2004
    )


def make_people(frame: Frame) -> Blueprint:
    """The pages about people."""
    blueprint = Blueprint("people", __name__)
    desk = frame.desk

    @frame.page(blueprint, "/people", Action.LIST_PEOPLE)
    def show(seat: Seat) -> str:
        wish = read_wish(request.args)
        with desk.open_office() as office:
            found = list_people(office, desk.catalogue, seat, wish, narrative_days=desk.narrative_days)
        return render_template("people/list.html", found=found, wish=wish, words=make_words(frame), nobody=NOBODY)

    @frame.page(blueprint, "/people/new", Action.ENROL_PERSON, methods=("GET", "POST"))
    def add(seat: Seat) -> Answer:
        form = EnrolForm(make_desktop(frame))
        if form.validate_on_submit():
            with desk.open_office() as office:
                head = enrol(office, seat, form.make_profile(), form.sent_key)
            flash(frame.translate(mark("Enrolled. The code is %(code)s."), code=head.code))
            return _go_to_person(seat, head.id)
        return _show_form("people/enrol.html", form)

    @frame.page(blueprint, "/people/<uuid:person>", Action.OPEN_PERSON)
    def open_one(seat: Seat, person: UUID) -> str:
        with desk.open_office() as office:
            file = open_person(
                office, desk.catalogue, seat, person, narrative_days=desk.narrative_days, action=Action.OPEN_PERSON
            )
        return render_template(
            "people/person.html", file=file, words=make_words(frame), narrative_link=make_narrative_link
        )

    @frame.page(blueprint, "/people/<uuid:person>/profile", Action.WRITE_RECORD, methods=("GET", "POST"))
    def change(seat: Seat, person: UUID) -> Answer:
        return _change_profile(frame, seat, person)

    @frame.page(blueprint, "/people/<uuid:person>/services/new", Action.WRITE_RECORD, methods=("GET", "POST"))
    def add_service(seat: Seat, person: UUID) -> Answer:
        return _write_service(frame, seat, person, None)

    @frame.page(blueprint, "/people/<uuid:person>/services/<uuid:record>", Action.WRITE_RECORD, methods=("GET", "POST"))
    def correct_service(seat: Seat, person: UUID, record: UUID) -> Answer:
        return _write_service(frame, seat, person, record)

    @frame.page(
        blueprint, f"/people/<uuid:person>/<any({_KINDS}):kind>/new", Action.WRITE_RECORD, methods=("GET", "POST")
    )
    def add_record(seat: Seat, person: UUID, kind: str) -> Answer:
        return _write_record(frame, seat, person, kind, None)

    @frame.page(
        blueprint,
        f"/people/<uuid:person>/<any({_KINDS}):kind>/<uuid:record>",
        Action.WRITE_RECORD,
        methods=("GET", "POST"),
    )
    def follow_record(seat: Seat, person: UUID, kind: str, record: UUID) -> Answer:
        return _write_record(frame, seat, person, kind, record)

    return blueprint


def make_narrative_link(seat: Seat, person: UUID, narrative: UUID | None = None) -> str:
    """Where a narrative is read, or a new one begun; empty where the site has no such page."""
    endpoint = "narratives.show" if narrative else "narratives.list_of"
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint == endpoint:
            known = {"organisation": seat.partner.code, "person": person, "narrative": narrative}
            if rule.arguments <= known.keys():
                parts: dict[str, Any] = {name: known[name] for name in rule.arguments}
                return url_for(endpoint, **parts)
    return ""


def _change_profile(frame: Frame, seat: Seat, person: UUID) -> Answer:
    """The profile, and what was noted wrongly at enrolment."""
    desk = frame.desk
    form = ProfileForm(make_desktop(frame))
    stale = False
    if form.validate_on_submit():
        try:
            with desk.open_office() as office:
                change_profile(office, seat, person, form.make_profile(), form.read_version())
        except VersionStale:
            stale = True
        except InputInvalid:
            form.form_errors.append(
                frame.translate(mark("What was noted at enrolment was corrected too often. Please ask the manager."))
            )
        else:
            flash(frame.translate(_SAVED))
            return _go_to_person(seat, person)
    with desk.open_office() as office:
        opened = get_profile(office, seat, person)
    if not form.is_submitted():
        profile = opened.profile
        form.start({name: getattr(profile, name) for name in ("term", *CORRECTED)})
        form.speaks.data = profile.talks
    if stale or not form.is_submitted():
        form.version.data = str(opened.version)
    return _show_form(
        "people/profile.html", form, opened=opened, head=opened.head, words=make_words(frame), stale=stale
    )


def _write_service(frame: Frame, seat: Seat, person: UUID, record: UUID | None) -> Answer:
    """A service that was given, or what takes the place of one."""
    desk, form = frame.desk, ServiceForm(make_desktop(frame))
    replaced: RecordReplaced | None = None
    if form.validate_on_submit():
        service = form.make_service()
        service = replace(
            service,
            replaces=(service.replaces or str(record)) if record else "",
            void=service.void and record is not None,
        )
        try:
            with desk.open_office() as office:
                write_service(office, seat, person, service, form.sent_key, page=record)
        except RecordReplaced as error:
            replaced = error
        else:
            flash(frame.translate(_SAVED))
            return _go_to_person(seat, person, "services")
    if record is None:
        with desk.open_office() as office:
            head = find_head(office, seat, Action.WRITE_RECORD, person)
        return _show_form("people/service.html", form, head=head, entry=None, stale=False)
    entry = (file := _open_file(desk, seat, person)).get_service(UUID(replaced.by) if replaced else record)
    if not form.is_submitted():
        form.start(fill_service(entry.service))
    if replaced or not form.is_submitted():
        form.replaces.data = str(entry.id)
    words = make_words(frame)
    return _show_form("people/service.html", form, head=file.head, entry=entry, stale=replaced is not None, words=words)


def _write_record(frame: Frame, seat: Seat, person: UUID, kind: str, record: UUID | None) -> Answer:
    """A record of a kind, or what follows on one."""
    desk, page = frame.desk, RECORD_PAGES[kind]
    form = page.make_form(desk.catalogue.taxonomy)(make_desktop(frame))
    replaced: RecordReplaced | None = None
    if form.validate_on_submit() and _check(frame, form, kind):
        content = form.make_content()
        try:
            with desk.open_office() as office:
                write_record(
                    office,
                    desk.catalogue,
                    seat,
                    person,
                    kind,
                    {**content, "replaces": (content["replaces"] or record) if record else None},
                    form.sent_key,
                    page=record,
                )
        except RecordReplaced as error:
            replaced = error
        else:
            flash(frame.translate(_SAVED))
            return _go_to_person(seat, person, kind)
    words = make_words(frame)
    if record is None:
        with desk.open_office() as office:
            head = find_head(office, seat, Action.WRITE_RECORD, person)
        return _show_form(
            "people/record.html", form, head=head, page=page, kind=kind, note=None, stale=False, words=words
        )
    file = _open_file(desk, seat, person)
    note = file.get_note(kind, UUID(replaced.by) if replaced else record)
    if not form.is_submitted():
        form.start(form.fill(note.record))
    if replaced or not form.is_submitted():
        form.replaces.data = str(note.id)
    return _show_form(
        "people/record.html",
        form,
        head=file.head,
        page=page,
        kind=kind,
        note=note,
        stale=replaced is not None,
        words=words,
    )


def _check(frame: Frame, form: RecordForm, kind: str) -> bool:
    """Let the record's model look at what was typed."""
    with frame.desk.open_office() as office:
        return form.check(get_record_kind(kind), make_setting(office, frame.desk.catalogue))


def _open_file(desk: StaffDesk, seat: Seat, person: UUID) -> PersonFile:
    with desk.open_office() as office:
        return open_person(
            office, desk.catalogue, seat, person, narrative_days=desk.narrative_days, action=Action.WRITE_RECORD
        )


def _show_form(template: str, form: Any, **values: Any) -> Answer:  # noqa: ANN401 - what the template needs
    """The page with its form: 409 where something else stands meanwhile, 422 where the form has faults."""
    status = 409 if values.get("stale") else 422 if form.errors else 200
    return render_template(template, form=form, stale_text=_STALE, **values), status


def _go_to_person(seat: Seat, person: UUID, part: str = "") -> WerkzeugResponse:
    address = url_for("people.open_one", organisation=seat.partner.code, person=person, _anchor=part or None)
    return redirect(address, 303)
