"""Use cases around the quality of data: how completely people answered, and what staff's own records have of doubt.

How people answered is read from a frozen snapshot, where it was protected beside everything that is printed, for
everybody inside the organisation (rules-of-numbers R3, privacy-and-safety 1.10). What staff wrote down is looked at
as it is today, by the organisation's own staff only, and nobody's answers are opened for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import Figure, make_figure
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.errors import NotFound
from me_platform.exchange.records import choose_standing, decode_record
from me_platform.indicators.definition import Text
from me_platform.indicators.flow import FLOW
from me_platform.indicators.frozen import Definitions
from me_platform.indicators.periods import Period, read_period
from me_platform.indicators.quality import (
    ANSWERED,
    Enrolled,
    Entered,
    Late,
    Timeliness,
    compute_timeliness,
    count_late,
    find_before_entry,
    find_repeated,
    find_twins,
    make_question_mark,
)
from me_platform.indicators.records import STATES
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.audit import Deed, note_deed
from me_platform.services.freezing import make_printed, open_part
from me_platform.services.instance import Office, find_partners
from me_platform.services.lineage import read_definitions
from me_platform.services.people import Service, choose_services, decode_profile, make_service
from me_platform.services.restating import read_restatements
from me_platform.services.seats import Seat, find_consortia
from me_platform.services.staff_figures import Figures, find_left_out, list_heads, open_figures
from me_platform.storage.partners import PartnerRow
from me_platform.storage.people import PersonRow, list_people
from me_platform.storage.records import FileRow, list_file
from me_platform.storage.snapshots import SnapshotHead, list_snapshot_heads, list_snapshot_parts
from me_platform.storage.tenancy import enter_partner

DAYS_TO_WRITE_DOWN = 14
"""A record is timely that is written down within so many days of the day it is about."""

DAYS_BETWEEN_TWINS = 14
"""Two people who are noted alike are suspected to be one where they were enrolled within so many days."""

STATE_PREFIX = "state:"


@dataclass(frozen=True)
class QuestionQuality:
    """How people dealt with a question: a figure for each AnswerState, or of few people only how many answered.

    Both are missing where nothing may be told, or nobody was asked.
    """

    name: str
    prompt: Text
    states: tuple[Figure, ...] = ()
    answered: Figure | None = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Those of the states, or the one that is told."""
        return self.states or (() if self.answered is None else (self.answered,))


@dataclass(frozen=True)
class SurveyQuality:
    """How a survey was answered: figures of its stages (``indicators.quality.STAGES``), and of its questions."""

    id: str
    title: Text
    stages: tuple[Figure, ...]
    questions: tuple[QuestionQuality, ...]


@dataclass(frozen=True)
class AnswerQuality:
    """What is shown of a snapshot: ``found`` as on the page of figures, and how its surveys were answered."""

    found: Figures
    surveys: tuple[SurveyQuality, ...] = ()
    left_out: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """A person's record that is in doubt: whose it is by code and id, of what kind, and the day it is about."""

    person: UUID
    code: str
    kind: str
    day: date


@dataclass(frozen=True)
class RecordQuality:
    """What an organisation's own records have of doubt in a period.

    ``repeated`` are records that say the same of one person and day, each group told once; ``before_entry`` those about
    a day before the person was enrolled; ``twins`` pairs of people who may be one. ``late`` is told beside a snapshot.
    """

    period: Period
    timeliness: tuple[Timeliness, ...]
    late: Late | None
    repeated: tuple[Doubt, ...]
    before_entry: tuple[Doubt, ...]
    twins: tuple[tuple[Doubt, Doubt], ...]


def open_quality(
    office: Office, catalogue: Catalogue, seat: Seat, *, plan: str = "", freeze: str = ""
) -> AnswerQuality:
    """How the surveys of a snapshot were answered, of the newest of a plan or of all where none is named.

    Items about the organisation are for the M&E officer only, as their figures are. Raises as ``open_figures``.
    """
    seat.permit(Action.LIST_QUALITY)
    found = open_figures(office, catalogue, seat, plan=plan, freeze=freeze)
    if found.part is None:
        return AnswerQuality(found)
    consortia = find_consortia(catalogue.plans.get(found.part.head.plan), seat.partner.code)
    about_us = seat.may(Action.LIST_FIGURES_ABOUT_US, consortia=consortia)
    return AnswerQuality(
        found,
        make_quality(catalogue, found.part.content, about_us=about_us),
        find_left_out(catalogue, seat, found.part.head, found.part.content),
    )


def make_quality(
    catalogue: Catalogue, content: Mapping[str, Any], *, about_us: bool = True
) -> tuple[SurveyQuality, ...]:
    """How each survey of a part was answered; of a part of before format 4 only what its figures tell.

    A question of which nothing is told beside others of which something is comes without figures. Without ``about_us``
    those about the organisation do not come at all.
    """
    definitions = read_definitions(content, catalogue)
    if definitions is None:
        return ()
    told = [make_figure(each) for each in content.get("quality", ())]
    printed = [make_figure(each) for each in content["figures"]]
    return tuple(_list_surveys(definitions, told, printed, about_us=about_us))


def _list_surveys(
    definitions: Definitions, told: Sequence[Figure], printed: Sequence[Figure], *, about_us: bool
) -> Iterator[SurveyQuality]:
    tables = _collect_tables(definitions, printed)
    for survey in definitions.surveys.values():
        stages = tuple(each for each in told if each.disaggregation.get("survey") == survey.id)
        marks = {
            make_question_mark(survey.id, each.name): each
            for each in survey.questions
            if about_us or each.about != "organisation"
        }
        asked = {mark: [each for each in told if each.disaggregation.get("question") == mark] for mark in marks}
        questions = tuple(
            QuestionQuality(
                question.name,
                question.prompt,
                tables.get(mark) or tuple(each for each in asked[mark] if each.part.startswith(STATE_PREFIX)),
                next((each for each in asked[mark] if each.part == ANSWERED), None),
            )
            for mark, question in marks.items()
        )
        if not stages:
            # Of an earlier release, of a consortium, or for somebody of another organisation: what figures tell.
            questions = tuple(each for each in questions if each.figures)
        if stages or questions:
            yield SurveyQuality(survey.id, survey.title, stages, questions)


def _collect_tables(definitions: Definitions, printed: Sequence[Figure]) -> dict[str, tuple[Figure, ...]]:
    """The tables of answer states that indicators print, by question: of those that count everybody of the period."""
    found: dict[str, tuple[Figure, ...]] = {}
    for code, indicator in definitions.indicators.items():
        mark = make_question_mark(indicator.source.survey, indicator.source.question)
        if not indicator.source.question or indicator.population or indicator.period_basis != "in_period":
            continue
        states = tuple(
            each
            for each in printed
            if each.indicator == code and each.part.startswith(STATE_PREFIX) and not each.disaggregation
        )
        if len(states) == len(STATES):
            found.setdefault(mark, states)
    return found


@dataclass(frozen=True)
class RecordCheck:
    """Records in doubt, beside the snapshots to choose from; ``head`` is the one whose period they are of."""

    heads: tuple[SnapshotHead, ...]
    head: SnapshotHead | None
    quality: RecordQuality


@dataclass(frozen=True)
class PartnerQuality:
    """All there is of a partner and period. ``freeze`` is empty where there is no snapshot of that period yet.

    ``restated`` are the ids of the snapshots whose place ``freeze`` takes, with how many figures are printed
    differently.
    """

    partner: str
    freeze: str
    flows: tuple[Figure, ...]
    surveys: tuple[SurveyQuality, ...]
    restated: Mapping[str, int]
    records: RecordQuality

    def make_content(self) -> dict[str, Any]:
        """It as JSON has it: figures in the form of figures.json, doubts as numbers."""
        records = self.records
        return {
            "partner": self.partner,
            "period": {"start": records.period.start, "end": records.period.end},
            "snapshot": self.freeze,
            "flow": [make_printed(each, self.freeze) for each in self.flows],
            "surveys": [
                {
                    "survey": survey.id,
                    "stages": [make_printed(each, self.freeze) for each in survey.stages],
                    "questions": [
                        {"question": each.name, "figures": [make_printed(one, self.freeze) for one in each.figures]}
                        for each in survey.questions
                    ],
                }
                for survey in self.surveys
            ],
            "restated": dict(self.restated),
            "records": {
                "within_days": DAYS_TO_WRITE_DOWN,
                "timeliness": [asdict(each) for each in records.timeliness],
                "after_cutoff": None if records.late is None else asdict(records.late),
                "repeated": len(records.repeated),
                "before_enrolment": len(records.before_entry),
                "enrolled_twice": len(records.twins),
            },
        }

    def list_lines(self) -> Iterator[str]:
        """It in lines to read, in English."""
        yield f"{self.partner}, {self.freeze or 'no snapshot of this period yet'}"
        for figure in self.flows:
            yield f"  {figure.title['en']}: {_say(figure)}"
        for survey in self.surveys:
            yield survey.title["en"]
            yield from (f"  {each.title['en']}: {_say(each)}" for each in survey.stages)
            for question in survey.questions:
                told = "; ".join(f"{each.part.removeprefix(STATE_PREFIX)} {_say(each)}" for each in question.figures)
                yield f"  {question.name}: {told or 'nothing can be told'}"
        for freeze, number in self.restated.items():
            yield f"Takes the place of {freeze}: {number} figures are printed differently."
        yield from self._list_doubts()

    def _list_doubts(self) -> Iterator[str]:
        records = self.records
        for each in records.timeliness:
            yield f"{each.kind}: {each.timely} of {each.records} written down within {DAYS_TO_WRITE_DOWN} days"
        if records.late is not None:
            yield f"Written down after the cut-off {records.late.cutoff}, about days before it: {records.late.records}"
        yield f"Perhaps written down twice: {len(records.repeated)}"
        yield f"About a day before enrolment: {len(records.before_entry)}"
        yield f"Pairs of people who may be one: {len(records.twins)}"


def _say(figure: Figure) -> str:
    return make_figure_text(figure, "en", Facet.SHORT)


def read_quality(office: Office, catalogue: Catalogue, partner: str, period: Period, plan: str = "") -> PartnerQuality:
    """All there is of a partner and period, for whoever runs the machine.

    The snapshot is the newest of that period. Raises NotFound for a plan without one, SealBroken.
    """
    [row] = find_partners(office, partner)
    with Session(office.engine) as session:
        enter_partner(session, row.id)
        heads = [
            head
            for head in list_snapshot_heads(session)
            if (head.start, head.end) == (period.start, period.end) and plan in {"", head.plan}
        ]
        parts = list_snapshot_parts(session, {head.id for head in heads[:1]})
        quality = _check_records(office, session, row, period, heads[0].cutoff if heads else None)
    if plan and not parts:
        raise NotFound("snapshot of the plan", plan)
    if not parts:
        return PartnerQuality(partner, "", (), (), {}, quality)
    content = open_part(office.vault.get_partner_key(row.id), parts[0])
    flows = tuple(make_figure(each) for each in content["figures"] if each["indicator"] == FLOW)
    restated = {
        each.replaces: len(each.figures)
        for each in read_restatements(office, partner)
        if each.freeze == heads[0].freeze
    }
    return PartnerQuality(partner, heads[0].freeze, flows, make_quality(catalogue, content), restated, quality)


# -- what staff wrote down ---------------------------------------------------------------------------------------------


def check_records(office: Office, catalogue: Catalogue, seat: Seat, freeze: str = "") -> RecordCheck:
    """What the organisation's own records have of doubt, as they are today, in the period of a snapshot.

    Without ``freeze`` the newest is meant, and this year where there is none. Raises NotPermitted: nobody of another
    organisation is told; NotFound for a snapshot that is not there.
    """
    seat.permit(Action.LIST_OWN_QUALITY)
    with Session(office.engine) as session:
        heads = list_heads(session, catalogue, seat, Action.LIST_FIGURES)
        head = next((each for each in heads if freeze in {"", each.freeze}), None)
        if freeze and head is None:
            raise NotFound("snapshot", freeze)
        period = Period(head.start, head.end, "") if head else read_period(str(office.sources.today().year))
        found = _check_records(office, session, seat.partner, period, head.cutoff if head else None)
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "records")
        session.commit()
    return RecordCheck(heads, head, found)


def _check_records(
    office: Office, session: Session, partner: PartnerRow, period: Period, cutoff: date | None
) -> RecordQuality:
    """Read and check what staff wrote down.

    Nothing of it goes into a figure, so that no consent is asked for it; the site's role could not read one either.
    """
    keys = office.vault.list_people(partner.id)
    people = {row.id: row for row in list_people(session) if row.id in keys}
    rows = [row for row in list_file(session) if row.person in people]
    entered = tuple(_list_entered(rows, keys))
    enrolled = [_open_enrolled(row, keys, office.sources.today()) for row in people.values()]
    days = {str(row.id): row.enrolled for row in people.values()}
    by_code = {row.code: row for row in people.values()}
    return RecordQuality(
        period,
        compute_timeliness(entered, period, DAYS_TO_WRITE_DOWN),
        None if cutoff is None else count_late(entered, period, cutoff),
        tuple(_name(alike[0], people) for alike in find_repeated(entered, period)),
        tuple(_name(each, people) for each in find_before_entry(entered, days, period)),
        tuple(
            (_make_twin(by_code[one]), _make_twin(by_code[other]))
            for one, other in find_twins(filter(None, enrolled), DAYS_BETWEEN_TWINS)
        ),
    )


def _list_entered(rows: Iterable[FileRow], keys: Mapping[UUID, PersonKeys]) -> Iterator[Entered]:
    """The services and case records that stand, each with the day it was first written down."""
    opened = [
        (row, open_with_key(keys[row.person].data_key, row.sealed, Place(row.table, row.id, row.partner)))
        for row in rows
        if row.table in {"service_record", "case_record"}
    ]
    written = {row.id: row for row, _ in opened}
    services = {row.id: make_service(json.loads(data)) for row, data in opened if row.table == "service_record"}
    for place, service in choose_services(services).items():
        first = _find_first(place, {each: _read_id(one) for each, one in services.items()})
        yield Entered("service", str(written[place].person), service.date, written[first].day, _tell_same(service))
    records = {row.id: decode_record(data) for row, data in opened if row.table == "case_record"}
    for place in choose_standing(records):
        record = records[place]
        first = _find_first(place, {each: one.replaces for each, one in records.items()})
        same = (json.dumps(record.content, sort_keys=True, ensure_ascii=False),)
        yield Entered(record.kind, str(written[place].person), record.day, written[first].day, same)


def _read_id(service: Service) -> UUID | None:
    return UUID(service.replaces) if service.replaces else None


def _find_first(place: UUID, replaces: Mapping[UUID, UUID | None]) -> UUID:
    """What a record began as: a correction is not written down late because it is one."""
    seen = {place}
    while (before := replaces.get(place)) is not None and before in replaces and before not in seen:
        place = before
        seen.add(place)
    return place


def _tell_same(service: Service) -> tuple[str, ...]:
    return service.type, f"{service.hours:g}", service.mode


def _open_enrolled(row: PersonRow, keys: Mapping[UUID, PersonKeys], today: date) -> Enrolled | None:
    """A person as noted; None for a participant of a card, whom nobody enrolled."""
    data = open_with_key(keys[row.id].data_key, row.sealed, Place("person", row.id, row.partner))
    profile = decode_profile(data).correct(today)
    if profile.card:
        return None
    return Enrolled(row.code, row.enrolled, profile.age_band, profile.language, profile.entry)


def _name(each: Entered, people: Mapping[UUID, PersonRow]) -> Doubt:
    row = people[UUID(each.person)]
    return Doubt(row.id, row.code, each.kind, each.day)


def _make_twin(row: PersonRow) -> Doubt:
    return Doubt(row.id, row.code, "person", row.enrolled)
