"""Walk the invented people through a year of a fresh sample instance, day by day.

What happens to a person or an organisation goes through the same use cases as in a real instance, never into tables;
on the survey days the survey site itself is walked over HTTP.
"""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from uuid import UUID

from tqdm import tqdm

from me_platform.catalogue import Catalogue
from me_platform.demo.lives import PERIOD_START, Life, Note, Sitting
from me_platform.demo.organisations import Organisation, Trainee, make_activity_list
from me_platform.demo.respondent import Respondent
from me_platform.indicators.definition import Plan
from me_platform.services.answering import open_code, submit_directly, take_step
from me_platform.services.doors import IssuedDoor, issue_doors
from me_platform.services.guardians import GUARDIAN, Said, record_guardian
from me_platform.services.importing import import_activities
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import NarrativeText
from me_platform.services.narratives import write_narrative
from me_platform.services.people import Profile, Service, enrol_person, record_decision, record_service
from me_platform.services.records import add_case_record, add_partner_record
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import carry_out_requests
from me_platform.settings import Settings
from me_platform.supervisor import make_survey_part, run_part, wait_for_port
from me_platform.surveys.answers import list_asked
from me_platform.surveys.flow import AGREED, Form

SESSION = frozenset({"before", "after"})


@dataclass(frozen=True)
class Decision:
    """Something a person told a caseworker about a consent."""

    purpose: str
    decision: str


@dataclass(frozen=True)
class Offices:
    """The three roles of the sample, each with its own connections."""

    staff: Office
    worker: Office
    survey: Office
    catalogue: Catalogue

    def on(self, day: date) -> Offices:
        """The same offices at noon of a day."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        staff, worker, survey = (
            replace(office, sources=replace(office.sources, now=lambda: noon))
            for office in (self.staff, self.worker, self.survey)
        )
        return Offices(staff, worker, survey, self.catalogue)

    @cached_property
    def doorstep(self) -> Doorstep:
        """What the survey site would work with: one for the day, as it works out once how long drafts are."""
        return Doorstep(self.survey.engine, self.catalogue.surveys, self.survey.pepper, self.survey.sources)


@dataclass
class _Someone:
    """A person on the walk: what the organisation calls them, and the records noted about them by key."""

    partner: str
    code: str = ""
    records: dict[str, UUID] | None = None
    guardian: bool = False


class Walk:
    """A year in the order of its days. ``http`` and ``direct`` count the surveys answered in either way.

    Without ``over_http`` nobody walks the survey site: everything goes through the same use cases directly.
    """

    def __init__(self, settings: Settings, offices: Offices, *, over_http: bool = True) -> None:
        self.settings, self.offices, self.over_http = settings, offices, over_http
        self.http = self.direct = 0
        self.visits: list[tuple[Sitting, IssuedDoor]] = []

    def take(
        self,
        plan: Plan,
        lives: Sequence[Life],
        organisations: Mapping[str, Organisation],
        trainees: Mapping[str, Sequence[Trainee]],
    ) -> None:
        """Live every day on which something happens: ``trainees`` are those of each organisation's trainings."""
        events: dict[date, list[tuple[_Someone, object]]] = defaultdict(list)
        for day, someone, thing in (
            *_list_lives(lives),
            *_list_records(organisations),
            *_list_trainees(trainees),
        ):
            events[day].append((someone, thing))
        early = self.offices.on(PERIOD_START)
        for partner, organisation in organisations.items():
            if organisation.trainings or organisation.outreach:
                data = make_activity_list(partner, organisation)
                import_activities(early.staff, plan, partner, data, f"{partner}.csv")
        for day in tqdm(sorted(events), desc="days", unit="day", leave=False, disable=None):
            today = self.offices.on(day)
            for someone, thing in events[day]:
                self.do(today, someone, thing)
            if self.visits:
                _visit_site(replace(self.settings, today=day), self.visits, self.offices.catalogue)
                carry_out_requests(today.worker)
                self.http += len(self.visits)
                self.visits = []

    def do(self, today: Offices, someone: _Someone, thing: object) -> None:
        """Let one thing happen, through the use case it has in a real instance."""
        match thing:
            case Profile():
                someone.code = enrol_person(today.staff, someone.partner, thing)
            case Service():
                record_service(today.staff, someone.partner, someone.code, thing)
            case NarrativeText():
                write_narrative(today.staff, someone.partner, someone.code, thing)
            case Note():
                self.note(today, someone, thing)
            case Sitting():
                self.sit(today, someone, thing)
            case Decision():
                text = today.catalogue.find_consent_text(thing.purpose)
                record_decision(
                    today.worker,
                    someone.partner,
                    someone.code,
                    purpose=thing.purpose,
                    decision=thing.decision,
                    text=text,
                )
            case _:
                raise TypeError(type(thing).__name__)

    def note(self, today: Offices, someone: _Someone, note: Note) -> None:
        """Write down a record of a person, or of the organisation where there is nobody."""
        if someone.records is None:
            add_partner_record(today.staff, today.catalogue, someone.partner, note.kind, note.content)
            return
        follows = {"replaces": str(someone.records[note.replaces])} if note.replaces else {}
        someone.records[note.key] = add_case_record(
            today.staff, today.catalogue, someone.partner, someone.code, note.kind, {**note.content, **follows}
        )

    def sit(self, today: Offices, someone: _Someone, sitting: Sitting) -> None:
        """Hand a code over and have it answered: at once, or with the others of the day at the survey site."""
        survey = today.catalogue.get_survey(sitting.survey)
        if survey.audience == "child" and not someone.guardian:
            decisions = {text.purpose.value: True for text in survey.guardian}
            said = Said(GUARDIAN, "in_person", decisions)
            record_guardian(today.staff, today.worker, today.catalogue, someone.partner, someone.code, said)
            someone.guardian = True
        wave = sitting.wave if sitting.wave in SESSION else ""
        door = issue_doors(
            today.staff,
            survey,
            someone.partner,
            person_code=someone.code,
            activity="" if someone.code else sitting.activity,
            wave=wave,
        )[0]
        # A card makes a participant of its own; the same card is presented again afterwards.
        someone.code = door.person
        if sitting.over_http and self.over_http:
            self.visits.append((sitting, door))
            return
        asked = {
            question.name for question in list_asked(survey, sitting.answers, door.wave, today.doorstep.sources.today())
        }
        answers = {name: answer for name, answer in sitting.answers.items() if name in asked}
        receipt = submit_directly(
            today.doorstep, door.code, sitting.language, sitting.consents, answers, mode=sitting.mode
        )
        if sitting.takes_back and receipt:
            _take_back(today, receipt)
        self.direct += 1


Event = tuple[date, _Someone, object]


def _list_lives(lives: Iterable[Life]) -> Iterator[Event]:
    for life in lives:
        person = _Someone(life.partner, records={})
        yield life.enrolled, person, life.profile
        for service in life.services:
            yield service.date, person, service
        for sitting in life.sittings:
            yield sitting.day, person, sitting
        for narrative in life.narratives:
            yield narrative.date, person, narrative
        for note in life.notes:
            yield note.day, person, note
        if life.withdraws:
            yield life.withdraws[1], person, Decision(life.withdraws[0], "withdrawn")
        if life.objects:
            yield life.objects, person, Decision("object", "given")


def _list_records(organisations: Mapping[str, Organisation]) -> Iterator[Event]:
    for partner, organisation in organisations.items():
        for note in organisation.records:
            yield note.day, _Someone(partner), note


def _list_trainees(trainees: Mapping[str, Sequence[Trainee]]) -> Iterator[Event]:
    for partner, people in trainees.items():
        for trainee in people:
            person = _Someone(partner)
            yield trainee.training.day, person, Note(trainee.training.day, "attendance", trainee.attendance)
            for sitting in trainee.sittings:
                yield sitting.day, person, sitting


def _take_back(today: Offices, receipt: str) -> None:
    """Come back with the receipt code, without a browser, and take every answer back."""
    cookie = open_code(today.doorstep, receipt, [])
    assert cookie is not None, "the code was given a moment ago"  # noqa: S101
    take_step(today.doorstep, cookie, Form(AGREED, "take_back"))
    carry_out_requests(today.worker)


def _visit_site(settings: Settings, visits: Sequence[tuple[Sitting, IssuedDoor]], catalogue: Catalogue) -> None:
    """Run the survey site for a day and let each person answer in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    local = replace(settings, host="127.0.0.1", survey_port=port, survey_url=f"http://127.0.0.1:{port}", tls=False)
    with run_part(make_survey_part(local)) as site:
        wait_for_port(local.host, port, site)
        for sitting, door in tqdm(
            visits, desc=f"survey site, {settings.today}", unit="person", leave=False, disable=None
        ):
            person = Respondent(port, catalogue.get_survey(sitting.survey))
            receipt = person.answer(door.code, sitting.language, sitting.consents, sitting.answers)
            if sitting.takes_back and receipt:
                Respondent(port, person.survey).take_back(receipt)
