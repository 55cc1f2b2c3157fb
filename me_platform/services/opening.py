"""Open what is known of one partner on the cut-off day: sealed records become rows to count and texts to print.

It lives in memory for one freeze only. Consent is taken as it stands (``list_standing``): what a person did not agree
to have printed is left out here, what she did not agree to have counted by the frames (R0).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.exchange.activity_records import ActivityRecord, make_record
from me_platform.exchange.records import RECORD_KINDS, Record, choose_standing, decode_record
from me_platform.indicators import frames as rows
from me_platform.indicators.definition import Plan
from me_platform.indicators.periods import Period
from me_platform.sealing.envelope import Place, open_as_person, open_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.instance import Office
from me_platform.services.people import choose_services, decode_profile, make_service
from me_platform.storage.activities import ActivityRow, list_activities
from me_platform.storage.consents import ConsentEventRow, list_partner_events
from me_platform.storage.doors import IssueRow, list_issues
from me_platform.storage.narratives import list_standing as list_standing_narratives
from me_platform.storage.partners import PartnerRow
from me_platform.storage.people import PersonRow, list_people
from me_platform.storage.records import (
    PartnerRecordRow,
    RecordRow,
    list_case_records,
    list_partner_records,
    list_services,
)
from me_platform.storage.responses import ResponseRow, list_live_responses
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys import consenting
from me_platform.surveys.answers import Response, decode_response
from me_platform.surveys.bridges import cross_bridge
from me_platform.surveys.definition import Answer, Purpose, Survey
from me_platform.surveys.waves import SESSION, find_wave

Entry = Mapping[str, Any]
"""Something a part of a freeze holds, as JSON has it."""

FIRST_WAVES = frozenset({"baseline", SESSION[0]})
"""The waves from which later ones are counted."""

UNPRINTED = frozenset({"contact", "approved", "published"})
"""What is kept of practices and feedback and never leaves the record (F2), or is true of all that do."""


@dataclass
class Opened:
    """One partner's records, opened: rows for the frames, and what a part holds besides figures.

    ``findings`` and ``quotes`` are references, id and hash of the words (privacy-and-safety part 2); practices,
    feedback and standards are about nobody and stand there whole. ``secrets`` are the snapshot secrets by person.
    """

    partner: str
    people: list[rows.PersonRow] = field(default_factory=list)
    consents: list[rows.ConsentRow] = field(default_factory=list)
    invitations: list[rows.InvitationRow] = field(default_factory=list)
    responses: list[rows.ResponseRow] = field(default_factory=list)
    answers: list[rows.AnswerRow] = field(default_factory=list)
    services: list[rows.ServiceRow] = field(default_factory=list)
    narratives: list[rows.NarrativeRow] = field(default_factory=list)
    activities: list[rows.ActivityRow] = field(default_factory=list)
    sources: list[rows.SourceRow] = field(default_factory=list)
    register: list[Entry] = field(default_factory=list)
    findings: list[Entry] = field(default_factory=list)
    quotes: list[Entry] = field(default_factory=list)
    practices: list[Entry] = field(default_factory=list)
    feedback: list[Entry] = field(default_factory=list)
    standards: list[Entry] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)


class _AboutPerson(Protocol):
    @property
    def person(self) -> UUID: ...


T = TypeVar("T", bound=_AboutPerson)


@dataclass(frozen=True)
class _Sealed:
    """What the database holds of one partner, of living people who were enrolled by the cut-off day."""

    people: Mapping[UUID, PersonRow]
    events: Sequence[ConsentEventRow]
    issues: Sequence[IssueRow]
    responses: Sequence[ResponseRow]
    services: Sequence[RecordRow]
    narratives: Sequence[RecordRow]
    cases: Sequence[RecordRow]
    works: Sequence[PartnerRecordRow]
    activities: Sequence[ActivityRow]


@dataclass(frozen=True)
class _View:
    """From where one partner's records are looked at: its living people with their keys, the decisions that stand.

    ``as_of`` is the day whose state is counted: the period's last, or the ``cutoff`` where that comes before.
    """

    partner: PartnerRow
    period: Period
    as_of: date
    cutoff: date
    people: Mapping[UUID, PersonRow]
    keys: Mapping[UUID, PersonKeys]
    agreed: Mapping[UUID, frozenset[str]]

    def is_agreed(self, person: UUID, purpose: str) -> bool:
        return purpose in self.agreed.get(person, frozenset())

    def open_record(self, record: RecordRow, table: str) -> bytes:
        place = Place(table, record.id, record.partner)
        return open_with_key(self.keys[record.person].data_key, record.sealed, place)


@dataclass(frozen=True)
class _Note:
    """A record about a person."""

    id: UUID
    person: UUID
    record: Record


@dataclass(frozen=True)
class _Submission:
    """Answers to a survey: sent by the person, or rated by staff."""

    id: UUID
    person: UUID
    day: date
    response: Response


def make_frames(opened: Sequence[Opened]) -> rows.Frames:
    """The frames over all partners."""
    return rows.make_frames(
        people=[row for each in opened for row in each.people],
        consents=[row for each in opened for row in each.consents],
        invitations=[row for each in opened for row in each.invitations],
        responses=[row for each in opened for row in each.responses],
        answers=[row for each in opened for row in each.answers],
        services=[row for each in opened for row in each.services],
        narratives=[row for each in opened for row in each.narratives],
        activities=[row for each in opened for row in each.activities],
        sources=[row for each in opened for row in each.sources],
    )


def open_partner(
    office: Office, catalogue: Catalogue, plan: Plan, partner: PartnerRow, period: Period, cutoff: date
) -> Opened:
    """Open what is known of one partner on the cut-off day, read in one transaction behind the wall.

    Raises KeysDestroyed and SealBroken when records cannot be opened.
    """
    keys = office.vault.list_people(partner.id)
    sealed = _read_sealed(office, plan, partner, cutoff, keys)
    view = _View(partner, period, min(period.end, cutoff), cutoff, sealed.people, keys, list_agreements(sealed.events))
    opened = Opened(partner.code, secrets={str(person): keys[person].snapshot_secret for person in sealed.people})
    _add_people(opened, view, sealed)
    opened.services.extend(_list_service_rows(view, sealed.services))
    for record in sealed.narratives:
        _add_narrative(opened, view, record)
    notes = _open_notes(view, sealed.cases)
    for note in notes:
        opened.sources.extend(_list_counted(view, str(note.person), note.record))
    surveys = {name: catalogue.surveys[name] for name in plan.surveys}
    responses = [
        row for row in sealed.responses if row.survey not in surveys or _may_count(view, surveys[row.survey], row)
    ]
    submissions = [*_open_responses(view, surveys, responses), *_list_ratings(surveys, notes)]
    _add_responses(opened, view, surveys, submissions)
    key = office.vault.get_partner_key(partner.id)
    _add_works(opened, view, key, sealed.works)
    _add_activities(opened, key, sealed.activities)
    return opened


def _read_sealed(office: Office, plan: Plan, partner: PartnerRow, cutoff: date, keys: Collection[UUID]) -> _Sealed:
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        people = {each.id: each for each in list_people(session) if each.enrolled <= cutoff and each.id in keys}
        return _Sealed(
            people=people,
            events=list_standing(list_partner_events(session, until=office.sources.today()), cutoff),
            issues=_keep(people, list_issues(session, issued_until=cutoff)),
            responses=_keep(people, list_live_responses(session, until=cutoff)),
            services=_keep(people, list_services(session, recorded_until=cutoff)),
            narratives=_keep(people, list_standing_narratives(session, recorded_until=cutoff)),
            cases=_keep(people, list_case_records(session, recorded_until=cutoff)),
            works=list_partner_records(session, recorded_until=cutoff),
            activities=list_activities(session, plan.id, recorded_until=cutoff),
        )


def _keep(people: Collection[UUID], found: Iterable[T]) -> tuple[T, ...]:
    """The rows about people who are known and living."""
    return tuple(row for row in found if row.person in people)


def list_standing(events: Sequence[ConsentEventRow], cutoff: date) -> tuple[ConsentEventRow, ...]:
    """Decisions known on the cut-off day, and later ones by which a person takes herself out until today.

    Nobody stays in a new freeze against her will, however early its cut-off (R25, R0). ``events`` are in their order.
    A consent given after the cut-off adds nothing, as any late record (R22).
    """
    last = {(event.person, event.purpose, _is_guardians(event)): event for event in events}
    return tuple(
        event
        for event in events
        if event.day <= cutoff
        or (
            event is last[event.person, event.purpose, _is_guardians(event)]
            and event.decision != consenting.NOT_NEEDED
            and (event.decision == consenting.GIVEN) == (event.purpose == consenting.OBJECT)
        )
    )


def list_agreements(events: Iterable[ConsentEventRow]) -> dict[UUID, frozenset[str]]:
    """What each person agreed to, as the events in their order say (``consenting.list_agreed``)."""
    decisions: dict[UUID, list[consenting.Decision]] = {}
    for event in events:
        made = consenting.Decision(event.purpose, event.decision, consenting.Speaker(event.speaker))
        decisions.setdefault(event.person, []).append(made)
    return {person: consenting.list_agreed(each) for person, each in decisions.items()}


def _is_guardians(event: ConsentEventRow) -> bool:
    return event.speaker == consenting.Speaker.GUARDIAN


def _may_count(view: _View, survey: Survey, row: ResponseRow) -> bool:
    """A child's answers count nowhere without the child's own yes and the guardian's, where one is needed."""
    return survey.audience != "child" or view.is_agreed(row.person, Purpose.ANSWER)


def hash_text(text: object) -> str:
    """SHA-256 over a text, as a snapshot refers to findings and quotes by id and hash."""
    data = json.dumps(text, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()


# -- people, services, answers -----------------------------------------------------------------------------------------


def _add_people(opened: Opened, view: _View, sealed: _Sealed) -> None:
    """Add people, their decisions, and the codes they were handed."""
    code = view.partner.code
    opened.people.extend(_make_person(view, person) for person in sealed.people.values())
    opened.consents.extend(
        rows.ConsentRow(str(event.person), code, event.purpose, event.decision, event.day)
        for event in _list_counted_events(_keep(sealed.people, sealed.events))
    )
    opened.invitations.extend(
        rows.InvitationRow(str(issue.person), code, issue.survey, issue.wave, issue.issued) for issue in sealed.issues
    )


def _list_counted_events(events: Iterable[ConsentEventRow]) -> Iterator[ConsentEventRow]:
    """The decisions of people themselves, as far as they stand beside those of guardians.

    A child's yes without the guardian's is none. Where the guardian took hers back, the child's ends that day.
    """
    known = tuple(events)
    guardians = {(event.person, event.purpose): event for event in known if _is_guardians(event)}
    for event in known:
        if _is_guardians(event):
            if event.purpose == consenting.OBJECT:
                yield event
            continue
        guardian = guardians.get((event.person, event.purpose))
        if event.speaker == consenting.Speaker.CHILD and event.decision == consenting.GIVEN:
            if guardian is None or guardian.decision == consenting.REFUSED:
                continue
            yield event
            if guardian.decision == consenting.WITHDRAWN:
                yield replace(event, decision=consenting.WITHDRAWN, day=max(event.day, guardian.day))
            continue
        yield event


def _make_person(view: _View, person: PersonRow) -> rows.PersonRow:
    """A person with what was noted at enrolment; corrections known on the cut-off day are restatements (R11)."""
    place = Place("person", person.id, person.partner)
    sealed = open_with_key(view.keys[person.id].data_key, person.sealed, place)
    profile = decode_profile(sealed).correct(view.cutoff)
    return rows.PersonRow(
        person=str(person.id),
        partner=view.partner.code,
        enrolled=person.enrolled,
        age_band=profile.age_band,
        language=profile.language,
        objected=view.is_agreed(person.id, "object"),
        entry=profile.entry,
    )


def _list_service_rows(view: _View, records: Sequence[RecordRow]) -> Iterator[rows.ServiceRow]:
    """The services that stand on the cut-off day."""
    people = {record.id: record.person for record in records}
    opened = {record.id: make_service(json.loads(view.open_record(record, "service_record"))) for record in records}
    for place, service in choose_services(opened).items():
        yield rows.ServiceRow(
            person=str(people[place]),
            partner=view.partner.code,
            service_type=service.type,
            date=service.date,
            hours=service.hours,
            mode=service.mode,
            ended=service.ended,
            interpreter=service.interpreter,
            mediator=service.mediator,
            comfortable=service.comfortable,
            woman=service.woman,
            started=service.started,
        )


def _open_responses(view: _View, surveys: Mapping[str, Survey], sealed: Iterable[ResponseRow]) -> Iterator[_Submission]:
    for row in sealed:
        if row.survey in surveys:
            place = Place("response", row.id, row.partner)
            data = open_as_person(view.keys[row.person].private_key, row.sealed, place)
            response = cross_bridge(decode_response(data, surveys[row.survey]), surveys[row.survey])
            yield _Submission(row.id, row.person, row.day, response)


def _list_ratings(surveys: Mapping[str, Survey], notes: Iterable[_Note]) -> Iterator[_Submission]:
    """What staff rated with the questions of a survey, as if it had been sent that day."""
    for note in notes:
        content = note.record.content
        survey = surveys.get(content["survey"]) if note.record.kind == "rating" else None
        if survey is not None:
            response = cross_bridge(decode_response(json.dumps(content["response"]).encode(), survey), survey)
            yield _Submission(note.id, note.person, note.record.day, response)


def _add_responses(
    opened: Opened, view: _View, surveys: Mapping[str, Survey], submissions: Sequence[_Submission]
) -> None:
    """Add submissions with the wave their day falls into; the label a code was issued under decides nothing (R6).

    Only of the two waves of one session the label says which it is: they lie on the same day.
    """
    ends: dict[str, date] = {}
    for service in opened.services:
        if service.ended:
            ends[service.person] = max(service.date, ends.get(service.person, service.date))
    first: dict[tuple[UUID, str], date] = {}
    for each in sorted(submissions, key=lambda each: (each.day, each.id)):
        survey = surveys[each.response.survey]
        key = (each.person, survey.id)
        if survey.session and each.response.wave in SESSION:
            wave = each.response.wave
        else:
            enrolled = view.people[each.person].enrolled
            wave = find_wave(survey, enrolled, first.get(key), ends.get(str(each.person)), each.day) or "outside"
        if wave in FIRST_WAVES:
            first.setdefault(key, each.day)
        opened.responses.append(
            rows.ResponseRow(
                response=str(each.id),
                person=str(each.person),
                partner=view.partner.code,
                survey=survey.id,
                version=each.response.version,
                wave=wave,
                day=each.day,
                mode=each.response.mode.value,
                locale=each.response.locale,
            )
        )
        opened.answers.extend(
            rows.AnswerRow(
                response=str(each.id),
                question=name,
                state=answer.state.value,
                choice=_find_choice(survey, name, answer),
                number=float(answer.value) if isinstance(answer.value, int) else None,
            )
            for name, answer in each.response.answers.items()
        )


def _find_choice(survey: Survey, name: str, answer: Answer) -> str | None:
    """The choice taken, or several with blanks between them; never a person's own words, which no frame holds."""
    known = {choice.value for question in survey.questions if question.name == name for choice in question.choices}
    taken = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    return " ".join(map(str, taken)) if known.issuperset(taken) else None


# -- what staff write down ---------------------------------------------------------------------------------------------


def _add_narrative(opened: Opened, view: _View, record: RecordRow) -> None:
    """Add a narrative with what it lets the report say: a finding with `statistics`, a quote with `quote` (R0).

    Only what a second person has checked is said (R30).
    """
    content = json.loads(view.open_record(record, "narrative"))
    day, person, code = date.fromisoformat(content["date"]), str(record.person), view.partner.code
    opened.narratives.append(rows.NarrativeRow(person, code, day, tuple(content["areas"]), content["stage"]))
    for area in content["areas"]:
        told = {"area": area, "stage": content["stage"], "direction": content["direction"].get(area, "")}
        opened.sources.append(rows.SourceRow("progress", code, person, day, told))
    if not view.period.start <= day <= view.period.end:
        return
    finding, quote = content["finding"], content["quote"]
    if finding and finding["checked"] and view.is_agreed(record.person, Purpose.STATISTICS):
        opened.findings.append({"partner": code, "id": str(record.id), "hash": hash_text(finding["text"])})
    if quote and quote["checked"] and view.is_agreed(record.person, Purpose.QUOTE):
        opened.quotes.append({"partner": code, "id": str(record.id), "hash": hash_text(quote["text"])})


def _open_notes(view: _View, cases: Iterable[RecordRow]) -> list[_Note]:
    """The records about people that no later one takes the place of."""
    opened = {
        case.id: _Note(case.id, case.person, decode_record(view.open_record(case, "case_record"))) for case in cases
    }
    last = choose_standing({note.id: note.record for note in opened.values()})
    return [opened[place] for place in last]


def _list_counted(view: _View, person: str, record: Record) -> Iterator[rows.SourceRow]:
    """The lines a record has in the frame of its source."""
    kind = RECORD_KINDS[record.kind]
    for fields in kind.list_rows(record.content, view.as_of):
        yield rows.SourceRow(kind.source, view.partner.code, person, record.day, fields)


def _add_works(opened: Opened, view: _View, key: bytes, sealed: Iterable[PartnerRecordRow]) -> None:
    """Add records about the organisation, counted and, where they may be printed, whole.

    Practices and standards are in force until they are replaced; feedback is told once, in its period.
    """
    works = {
        row.id: decode_record(open_with_key(key, row.sealed, Place("partner_record", row.id, row.partner)))
        for row in sealed
    }
    standards: dict[str, Entry] = {}
    for place, work in sorted(choose_standing(works).items(), key=lambda each: (each[1].day, each[0])):
        participant = work.content.get("participant", "")
        person = f"a:{view.partner.code}:{participant}" if participant else ""
        opened.sources.extend(_list_counted(view, person, work))
        if work.day > view.as_of:
            continue
        entry = {"partner": view.partner.code, "id": str(place), **work.content}
        match work.kind:
            case "practice" if work.content["approved"]:
                opened.practices.append({name: entry[name] for name in entry if name not in UNPRINTED})
            case "feedback" if work.content["published"] and work.day >= view.period.start:
                opened.feedback.append({name: entry[name] for name in entry if name not in UNPRINTED})
            case "standard":
                standards[work.content["standard"]] = entry
    opened.standards.extend(standards[code] for code in sorted(standards))


def _add_activities(opened: Opened, key: bytes, sealed: Iterable[ActivityRow]) -> None:
    for row in sealed:
        entry = json.loads(open_with_key(key, row.sealed, Place("activity", row.id, row.partner)))
        opened.activities.append(_make_activity_row(opened.partner, make_record(entry)))
        opened.register.append(entry)
    opened.register.sort(key=lambda entry: str(entry["id"]))


def _make_activity_row(code: str, record: ActivityRecord) -> rows.ActivityRow:
    return rows.ActivityRow(
        partner=code,
        activity_id=record.id,
        kind=record.kind,
        status=record.status.value,
        start=record.first_day,
        end=record.last_day,
        precision=record.precision.value,
        participants=record.participants,
        participants_latvia=record.participants_latvia,
        qualifier=record.qualifier.value,
        unit=record.unit.get("en", ""),
        counts_as=record.counts_as.value,
        potential=record.potential,
        countries=record.countries,
        grant_key=record.grant,
        amount=record.amount,
        currency=record.currency,
        funder=record.funder.get("en", ""),
        funder_state=record.funder_state.value,
        organiser=record.organiser.get("en", ""),
    )
