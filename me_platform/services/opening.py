"""Open what is known of one partner on the cut-off day: sealed records become rows to count and texts to print.

It lives in memory for one freeze only. Consent is taken as it stands (``list_standing``): what a person did not agree
to have printed is left out here, what she did not agree to have counted by the frames (R0).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.exchange.activity_records import ActivityRecord, make_record
from me_platform.exchange.records import RECORD_KINDS, Record, choose_standing, decode_record
from me_platform.indicators import frames as rows
from me_platform.indicators.definition import Plan
from me_platform.indicators.periods import Period
from me_platform.sealing.envelope import Place, make_subkey, open_as_person, open_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.instance import Office
from me_platform.services.people import Profile, choose_services, decode_profile, make_service
from me_platform.storage.activities import ActivityRow, list_activities
from me_platform.storage.consents import ConsentEventRow, list_partner_events
from me_platform.storage.doors import IssueRow, list_issues
from me_platform.storage.link_cards import LinkCardRow, list_link_cards
from me_platform.storage.narratives import list_approved, list_corrections
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

NOBODY = ""
"""Whose records those are that are about no person: the organisation's own."""

UNPRINTED = frozenset({"contact", "approved", "published"})
"""What is kept of practices and feedback and never leaves the record (F2), or is true of all that do."""


class Reach(IntEnum):
    """How much more than a freeze knew is looked at, one cause of change after the other (R24)."""

    KNOWN = 0
    WITHOUT_MISTAKES = 1
    CORRECTED = 2


@dataclass(frozen=True)
class Scope:
    """A freeze's knowledge, to be opened again: of what it knew, that which is still there.

    ``keeps`` says by a person's snapshot secret (of the organisation's records, their own) and the name of a mark
    whether the freeze knew it. Records written down until ``until`` enter as far as ``reach`` takes in what became of
    the known ones: notes that one was a mistake, and corrections.
    """

    keeps: Callable[[bytes, str], bool]
    until: date
    reach: Reach = Reach.KNOWN


@dataclass
class Opened:
    """One partner's records, opened: rows for the frames, and what a part holds besides figures.

    ``findings`` and ``quotes`` are references, id and hash of the words (privacy-and-safety part 2); practices,
    feedback and standards are about nobody and stand there whole. ``secrets`` are the snapshot secrets by person,
    ``own`` is that of the organisation's own records. ``marks`` name what was known of each person, and under
    ``NOBODY`` of the organisation: records, corrections, and what the person had agreed to.
    """

    partner: str
    people: list[rows.PersonRow] = field(default_factory=list)
    consents: list[rows.ConsentRow] = field(default_factory=list)
    invitations: list[rows.InvitationRow] = field(default_factory=list)
    responses: list[rows.ResponseRow] = field(default_factory=list)
    answers: list[rows.AnswerRow] = field(default_factory=list)
    cards: list[rows.CardRow] = field(default_factory=list, repr=False)
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
    own: bytes = field(default=b"", repr=False)
    marks: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def get_secret(self, person: str) -> bytes:
        """The secret of a person, or of the organisation for ``NOBODY``."""
        return self.secrets[person] if person else self.own


class Surveys(Protocol):
    """Where surveys come from: the officers' files, or the definitions a snapshot keeps."""

    @property
    def surveys(self) -> Mapping[str, Survey]:
        """Surveys by id."""


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
    cards: Sequence[LinkCardRow]


@dataclass(frozen=True)
class _View:
    """From where one partner's records are looked at: its living people with their keys, the decisions that stand.

    ``as_of`` is the day whose state is counted: the period's last, or the ``cutoff`` where that comes before. With a
    ``scope`` an earlier freeze's knowledge is looked at.
    """

    partner: PartnerRow
    period: Period
    as_of: date
    cutoff: date
    people: Mapping[UUID, PersonRow]
    keys: Mapping[UUID, PersonKeys]
    agreed: Mapping[UUID, frozenset[str]]
    scope: Scope | None = None

    def is_agreed(self, person: UUID, purpose: str) -> bool:
        return purpose in self.agreed.get(person, frozenset())

    def choose_corrections(self, person: UUID, profile: Profile) -> Profile:
        """The profile with what had been corrected by the cut-off day, or of that within the scope."""
        if self.scope is None:
            return profile.correct(self.cutoff)
        if self.scope.reach >= Reach.CORRECTED:
            return profile.correct(self.scope.until)
        secret = self.keys[person].snapshot_secret
        known = [
            each for place, each in enumerate(profile.corrections) if self.scope.keeps(secret, name_correction(place))
        ]
        return replace(profile, corrections=tuple(known)).correct(self.cutoff)

    def choose_reached(
        self, replaces: Mapping[UUID, UUID | None], mistakes: Collection[UUID], secrets: Mapping[UUID, bytes]
    ) -> Collection[UUID]:
        """Which of the opened records enter: all of them, or those within the scope."""
        if self.scope is None:
            return replaces.keys()
        known = {record for record, secret in secrets.items() if self.scope.keeps(secret, str(record))}
        return choose_reached(replaces, mistakes, known, self.scope.reach)

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
        cards=[row for each in opened for row in each.cards],
    )


def open_partner(
    office: Office,
    catalogue: Surveys,
    plan: Plan,
    partner: PartnerRow,
    period: Period,
    cutoff: date,
    scope: Scope | None = None,
) -> Opened:
    """Open what is known of one partner on the cut-off day, read in one transaction behind the wall.

    With a ``scope`` what an earlier freeze knew is opened instead, as far as it is still there: who has since been
    erased, objected or taken something back is out of it (R25). Raises KeysDestroyed and SealBroken when records cannot
    be opened.
    """
    keys = office.vault.list_people(partner.id)
    own = make_subkey(office.vault.get_partner_key(partner.id), "snapshot records")
    sealed = _read_sealed(office, plan, partner, cutoff, keys, own, scope)
    view = _View(
        partner, period, min(period.end, cutoff), cutoff, sealed.people, keys, list_agreements(sealed.events), scope
    )
    opened = Opened(
        partner.code,
        secrets={str(person): keys[person].snapshot_secret for person in sealed.people},
        own=own,
    )
    _add_marks(opened, view, sealed)
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
    opened.cards.extend(_list_cards(view, office.vault.get_link_key(), sealed.cards))
    return opened


def _read_sealed(
    office: Office,
    plan: Plan,
    partner: PartnerRow,
    cutoff: date,
    keys: Mapping[UUID, PersonKeys],
    own: bytes,
    scope: Scope | None,
) -> _Sealed:
    """The rows known on the cut-off day; with a scope those known to its freeze, and what may correct them."""
    until = scope.until if scope else cutoff

    def is_known(person: UUID | None, mark: str) -> bool:
        return scope is None or scope.keeps(keys[person].snapshot_secret if person else own, mark)

    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        people = {
            each.id: each
            for each in list_people(session)
            if each.enrolled <= cutoff and each.id in keys and is_known(each.id, "")
        }
        events = tuple(
            each for each in list_partner_events(session, until=office.sources.today()) if each.person in keys
        )
        if scope is None:
            narratives = list_standing_narratives(session, recorded_until=cutoff)
        else:
            approved = _keep(people, list_approved(session, recorded_until=until))
            narratives = _choose_corrected(
                approved, list_corrections(session), scope.reach, lambda row: is_known(row.person, str(row.id))
            )
        return _Sealed(
            people=people,
            events=list_standing(
                events, lambda event: event.day <= cutoff and is_known(event.person, name_event(event))
            ),
            issues=tuple(
                row
                for row in _keep(people, list_issues(session, issued_until=cutoff))
                if is_known(row.person, name_issue(row))
            ),
            responses=tuple(
                row
                for row in _keep(people, list_live_responses(session, until=cutoff))
                if is_known(row.person, str(row.id))
            ),
            services=_keep(people, list_services(session, recorded_until=until)),
            narratives=_keep(people, narratives),
            cases=_keep(people, list_case_records(session, recorded_until=until)),
            works=list_partner_records(session, recorded_until=until),
            activities=tuple(
                row for row in list_activities(session, plan.id, recorded_until=cutoff) if is_known(None, str(row.id))
            ),
            cards=tuple(
                row
                for row in _keep(people, list_link_cards(session, until=cutoff))
                if is_known(row.person, name_card(row))
            ),
        )


def name_correction(place: int) -> str:
    """The mark of a correction of a profile, which are kept in their order."""
    return f"correction:{place}"


def name_event(event: ConsentEventRow) -> str:
    """The mark of a decision."""
    return f"event:{event.id}"


def name_issue(issue: IssueRow) -> str:
    """The mark of a code that was handed over."""
    return f"issue:{issue.survey}:{issue.wave}:{issue.issued}"


def name_card(card: LinkCardRow) -> str:
    """The mark of a link card. It is no record: what becomes of it, her agreement to be linked tells."""
    return f"card:{card.id}"


def name_agreement(purpose: str) -> str:
    """The mark of what a person had agreed to, an objection among it."""
    return f"agreed:{purpose}"


def list_record_marks(marks: Iterable[str]) -> list[str]:
    """Those of a person's marks that stand for records: the name of one is its id alone."""
    return [mark for mark in marks if ":" not in mark]


def _add_marks(opened: Opened, view: _View, sealed: _Sealed) -> None:
    """Name everything that is known of each person, and of the organisation itself."""
    opened.marks = {person: [] for person in (NOBODY, *opened.secrets)}
    named: Iterable[tuple[UUID, str]] = (
        *((row.person, name_issue(row)) for row in sealed.issues),
        *((row.person, name_card(row)) for row in sealed.cards),
        *((event.person, name_event(event)) for event in sealed.events),
        *((person, name_agreement(purpose)) for person, agreed in view.agreed.items() for purpose in agreed),
        *((response.person, str(response.id)) for response in sealed.responses),
        *((record.person, str(record.id)) for record in (*sealed.services, *sealed.narratives, *sealed.cases)),
    )
    for person, mark in named:
        if person in sealed.people:
            opened.marks[str(person)].append(mark)
    opened.marks[NOBODY] += [str(work.id) for work in sealed.works]
    opened.marks[NOBODY] += [str(activity.id) for activity in sealed.activities]


def choose_reached(
    replaces: Mapping[UUID, UUID | None], mistakes: Collection[UUID], known: Collection[UUID], reach: Reach
) -> frozenset[UUID]:
    """The records a scope takes in: the known ones and, as far as it reaches, those that take their place.

    ``replaces`` gives for each record the one it takes the place of, ``mistakes`` are those that say that one was
    written down by mistake. A correction of a correction comes with the first.
    """
    chosen = {record for record in replaces if record in known}
    grown = True
    while grown:
        later = {
            record
            for record, before in replaces.items()
            if record not in chosen
            and before in chosen
            and reach >= (Reach.WITHOUT_MISTAKES if record in mistakes else Reach.CORRECTED)
        }
        chosen |= later
        grown = bool(later)
    return frozenset(chosen)


def _choose_corrected(
    approved: Sequence[RecordRow],
    corrections: Mapping[UUID, UUID],
    reach: Reach,
    is_known: Callable[[RecordRow], bool],
) -> tuple[RecordRow, ...]:
    """The narratives within a scope that no other one within it takes the place of."""
    known = {row.id for row in approved if is_known(row)}
    chosen = choose_reached({row.id: corrections.get(row.id) for row in approved}, (), known, reach)
    replaced = {corrections.get(record) for record in chosen}
    return tuple(row for row in approved if row.id in chosen - replaced)


def _keep(people: Collection[UUID], found: Iterable[T]) -> tuple[T, ...]:
    """The rows about people who are known and living."""
    return tuple(row for row in found if row.person in people)


def list_standing(
    events: Sequence[ConsentEventRow], is_known: Callable[[ConsentEventRow], bool]
) -> tuple[ConsentEventRow, ...]:
    """Decisions known on the cut-off day, and later ones by which a person takes herself out until today.

    Nobody stays in a new freeze against her will, however early its cut-off (R25, R0). ``events`` are in their order.
    A consent given after the cut-off adds nothing, as any late record (R22).
    """
    last = {(event.person, event.purpose, _is_guardians(event)): event for event in events}
    return tuple(
        event
        for event in events
        if is_known(event)
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
    for person in sealed.people.values():
        profile = _open_profile(view, person)
        opened.people.append(_make_person(view, person, profile))
        opened.marks[str(person.id)] += [
            name_correction(place) for place, each in enumerate(profile.corrections) if each.day <= view.cutoff
        ]
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


def _open_profile(view: _View, person: PersonRow) -> Profile:
    place = Place("person", person.id, person.partner)
    return decode_profile(open_with_key(view.keys[person.id].data_key, person.sealed, place))


def _make_person(view: _View, person: PersonRow, noted: Profile) -> rows.PersonRow:
    """A person with what was noted at enrolment; corrections known on the cut-off day are restatements (R11)."""
    profile = view.choose_corrections(person.id, noted)
    return rows.PersonRow(
        person=str(person.id),
        partner=view.partner.code,
        enrolled=person.enrolled,
        age_band=profile.age_band,
        language=profile.language,
        objected=view.is_agreed(person.id, "object"),
        entry=profile.entry,
    )


def _list_cards(view: _View, key: bytes, cards: Iterable[LinkCardRow]) -> Iterator[rows.CardRow]:
    """The cards of people, as MACs under a key of the vault: equal at two partners where the card is the same (R13)."""
    for card in cards:
        mac = open_as_person(view.keys[card.person].private_key, card.sealed, Place("link_card", card.id, card.partner))
        yield rows.CardRow(str(card.person), view.partner.code, hmac.digest(key, mac, "sha256").hex())


def _list_service_rows(view: _View, records: Sequence[RecordRow]) -> Iterator[rows.ServiceRow]:
    """The services that stand on the cut-off day."""
    people = {record.id: record.person for record in records}
    opened = {record.id: make_service(json.loads(view.open_record(record, "service_record"))) for record in records}
    reached = view.choose_reached(
        {place: UUID(service.replaces) if service.replaces else None for place, service in opened.items()},
        {place for place, service in opened.items() if service.void},
        {place: view.keys[person].snapshot_secret for place, person in people.items()},
    )
    for place, service in choose_services({place: opened[place] for place in opened if place in reached}).items():
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
    choices = {name: _list_choices(survey) for name, survey in surveys.items()}
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
        response, known = str(each.id), choices[survey.id]
        opened.responses.append(
            rows.ResponseRow(
                response=response,
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
                response=response,
                question=name,
                state=answer.state.value,
                choice=_find_choice(known.get(name, frozenset()), answer),
                number=float(answer.value) if isinstance(answer.value, int) else None,
            )
            for name, answer in each.response.answers.items()
        )


def _list_choices(survey: Survey) -> Mapping[str, frozenset[object]]:
    """The values of the choices there are, by question."""
    return {question.name: frozenset(choice.value for choice in question.choices) for question in survey.questions}


def _find_choice(known: frozenset[object], answer: Answer) -> str | None:
    """The choice taken, or several with blanks between them; never a person's own words, which no frame holds."""
    taken = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    return " ".join(map(str, taken)) if known.issuperset(taken) else None


# -- what staff write down ---------------------------------------------------------------------------------------------


def _add_narrative(opened: Opened, view: _View, record: RecordRow) -> None:
    """Add a narrative with what it lets the report say: a finding with `statistics`, a quote with `quote` (R0).

    Only what a second person has checked is said (R30).
    """
    content = json.loads(view.open_record(record, "narrative"))
    day, person, code = date.fromisoformat(content["date"]), str(record.person), view.partner.code
    themes = " ".join(content.get("themes", ()))
    opened.narratives.append(rows.NarrativeRow(person, code, day, tuple(content["areas"]), content["stage"], themes))
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
    reached = view.choose_reached(
        {note.id: note.record.replaces for note in opened.values()},
        (),
        {note.id: view.keys[note.person].snapshot_secret for note in opened.values()},
    )
    last = choose_standing({note.id: note.record for note in opened.values() if note.id in reached})
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
    reached = view.choose_reached(
        {place: work.replaces for place, work in works.items()}, (), dict.fromkeys(works, opened.own)
    )
    works = {place: work for place, work in works.items() if place in reached}
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
