"""Use cases of the M&E officer: freeze a plan's figures, list what is frozen, read it again.

A freeze opens the records partner by partner (one transaction each, behind the wall), computes and protects every
figure in memory, and stores one sealed, immutable part per partner. Source: rules-of-numbers R23, R25;
privacy-and-safety part 2.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform import __version__
from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import Audience, Figure, make_figure, make_figure_content
from me_platform.disclosure.protect import choose_carried, protect
from me_platform.errors import InputInvalid, NotFound, SealBroken
from me_platform.exchange.activity_records import ActivityRecord, make_record
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import Plan
from me_platform.indicators.frames import (
    ActivityRow,
    AnswerRow,
    ConsentRow,
    Frames,
    InvitationRow,
    NarrativeRow,
    PersonRow,
    ResponseRow,
    ServiceRow,
    make_frames,
)
from me_platform.indicators.periods import Period
from me_platform.sealing.envelope import Place, open_as_person, open_with_key, seal_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.instance import Office
from me_platform.storage.activities import list_activities
from me_platform.storage.consents import ConsentEventRow, list_partner_events
from me_platform.storage.doors import list_issues
from me_platform.storage.partners import PartnerRow, get_partner, list_partners
from me_platform.storage.people import list_people
from me_platform.storage.records import RecordRow, list_narratives, list_services
from me_platform.storage.responses import list_live_responses
from me_platform.storage.snapshots import SnapshotRow, add_snapshot, find_snapshot, list_snapshots
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.answers import Response, decode_response
from me_platform.surveys.definition import Answer, Purpose, Survey
from me_platform.surveys.waves import find_wave

FORMAT = 1


@dataclass(frozen=True)
class Freeze:
    """What a freeze came to: its id, how many figures and partners, and whether it is new."""

    id: str
    figures: int
    partners: int
    new: bool


@dataclass(frozen=True)
class FreezeEntry:
    """One freeze in a list; ``partners`` are the hashes of its parts by partner code."""

    id: str
    plan: str
    start: date
    end: date
    cutoff: date
    day: date
    partners: Mapping[str, str]


@dataclass
class _Opened:
    """Opened records of a plan's partners, row by row; lives in memory for one freeze only."""

    people: list[PersonRow] = field(default_factory=list)
    consents: list[ConsentRow] = field(default_factory=list)
    invitations: list[InvitationRow] = field(default_factory=list)
    responses: list[ResponseRow] = field(default_factory=list)
    answers: list[AnswerRow] = field(default_factory=list)
    services: list[ServiceRow] = field(default_factory=list)
    narratives: list[NarrativeRow] = field(default_factory=list)
    activities: list[ActivityRow] = field(default_factory=list)
    register: dict[str, list[Mapping[str, object]]] = field(default_factory=dict)
    findings: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    quotes: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    secrets: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def make_frames(self) -> Frames:
        return make_frames(
            people=self.people,
            consents=self.consents,
            invitations=self.invitations,
            responses=self.responses,
            answers=self.answers,
            services=self.services,
            narratives=self.narratives,
            activities=self.activities,
        )


def freeze_plan(office: Office, catalogue: Catalogue, plan: Plan, period: Period, cutoff: date) -> Freeze:
    """Compute, protect and freeze every figure of a plan for a period, as known on the cut-off day.

    A second run over the same records gives the same id and stores nothing. Raises InputInvalid for a cut-off day
    that lies ahead or before the period, NotFound when a partner of the plan has no row, KeysDestroyed and SealBroken
    when records cannot be opened.
    """
    _check_cutoff(period, cutoff, office.sources.today())
    partners = _find_partners(office, plan)
    opened = _Opened()
    for partner in partners.values():
        _open_partner(office, catalogue, plan, partner, period, cutoff, opened)
    frames = opened.make_frames()
    chosen = {each.indicator: catalogue.indicators[each.indicator] for each in plan.indicators}
    raws = compute_figures(plan, chosen, catalogue.surveys, frames, period, cutoff)
    figures = protect(choose_carried(raws, Audience.FUNDER), Audience.FUNDER)
    common = {
        "format": FORMAT,
        "plan": plan.id,
        "plan_fingerprint": plan.fingerprint,
        "period": {"label": period.label, "start": period.start.isoformat(), "end": period.end.isoformat()},
        "cutoff": cutoff.isoformat(),
        "program": __version__,
        "sample": plan.sample,
        "audience": Audience.FUNDER.value,
        "definitions": {code: indicator.fingerprint for code, indicator in sorted(chosen.items())},
        "surveys": {
            name: {"version": catalogue.surveys[name].version, "fingerprint": catalogue.surveys[name].fingerprint}
            for name in sorted(plan.surveys)
        },
    }
    excluded = frames.excluded_by_partner
    parts = {
        code: {**_make_part(common, code, figures, opened), "excluded": dict(excluded.get(code, {}))}
        for code in partners
    }
    freeze_id = _make_freeze_id(plan, period, parts)
    new = [
        _store(office, partner, freeze_id, plan, period, cutoff, parts[code], opened.secrets.get(code, {}))
        for code, partner in partners.items()
    ]
    return Freeze(freeze_id, len(figures), len(partners), any(new))


def list_standing(events: Sequence[ConsentEventRow], cutoff: date) -> tuple[ConsentEventRow, ...]:
    """Decisions known on the cut-off day, and later ones by which a person takes herself out until today.

    Nobody stays in a new freeze against her will, however early its cut-off (R25, R0). ``events`` are in their order.
    A consent given after the cut-off adds nothing, as any late record (R22).
    """
    last = {(event.person, event.purpose): event for event in events}
    return tuple(
        event
        for event in events
        if event.day <= cutoff
        or (event is last[event.person, event.purpose] and (event.decision == "given") == (event.purpose == "object"))
    )


def _check_cutoff(period: Period, cutoff: date, today: date) -> None:
    """Nothing is known of days to come, and nothing of a period that has not begun: no 0 may stand for that."""
    if cutoff > today:
        raise InputInvalid(f"The cut-off day {cutoff} lies ahead. Write {today} or an earlier day.")
    if cutoff < period.start:
        raise InputInvalid(f"The cut-off day {cutoff} lies before the period {period.label} begins.")


def list_freezes(office: Office) -> tuple[FreezeEntry, ...]:
    """The freezes of all partners, oldest first."""
    found: dict[str, FreezeEntry] = {}
    hashes: dict[str, dict[str, str]] = {}
    with Session(office.engine) as session:
        partners = list_partners(session)
    for partner in partners:
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            rows = list_snapshots(session)
        for row in rows:
            parts = hashes.setdefault(row.freeze, {})
            parts[partner.code] = row.hash
            found[row.freeze] = FreezeEntry(row.freeze, row.plan, row.start, row.end, row.cutoff, row.day, parts)
    return tuple(sorted(found.values(), key=lambda each: (each.day, each.plan, each.id)))


def get_freeze(office: Office, freeze: str) -> FreezeEntry:
    """The freeze of that id. Raises NotFound, naming the freezes there are."""
    freezes = list_freezes(office)
    for entry in freezes:
        if entry.id == freeze:
            return entry
    raise NotFound("snapshot", freeze, [entry.id for entry in freezes])


def read_part(office: Office, freeze: str, partner_code: str) -> Mapping[str, Any]:
    """One partner's part of a freeze. Raises NotFound; SealBroken where its hash does not match."""
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        row = find_snapshot(session, freeze)
    if row is None:
        raise NotFound("snapshot", freeze, [entry.id for entry in list_freezes(office)])
    place = Place("snapshot", row.id, partner.id)
    content: Mapping[str, Any] = json.loads(open_with_key(office.vault.get_partner_key(partner.id), row.sealed, place))
    if not content["hash"] == row.hash == compute_hash(content):
        raise SealBroken(str(place))
    return content


def list_figures(office: Office, freeze: str) -> list[dict[str, object]]:
    """Every figure of a freeze as JSON holds it; partner by partner."""
    return [
        make_printed(make_figure(content), freeze)
        for code in get_freeze(office, freeze).partners
        for content in read_part(office, freeze, code)["figures"]
    ]


def make_printed(figure: Figure, freeze: str) -> dict[str, object]:
    """A figure in the form of figures.json: numbers as JSON has them, with the decimals that are printed."""
    return {
        "id": figure.id,
        "indicator": figure.indicator,
        "part": figure.part,
        "title": dict(figure.title),
        "partner": figure.partner,
        "period": figure.period,
        "disaggregation": dict(figure.disaggregation),
        "state": figure.state.value,
        "value": _make_number(figure.value),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "n": figure.n,
        "low": _make_number(figure.low),
        "high": _make_number(figure.high),
        "unit": figure.unit,
        "target": _make_number(figure.target),
        "progress": _make_number(figure.progress),
        "snapshot": freeze,
    }


def _make_number(number: Decimal | None) -> int | float | None:
    """3 stays 3 and 3.0 stays 3.0: how many decimals a figure has is part of what is printed."""
    if number is None:
        return None
    exponent = number.as_tuple().exponent
    return float(number) if isinstance(exponent, int) and exponent < 0 else int(number)


def compute_hash(content: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of a part without its own hash (R23)."""
    return hashlib.sha256(_canonical({key: value for key, value in content.items() if key != "hash"})).hexdigest()


def hash_text(text: object) -> str:
    """SHA-256 over a text, as a snapshot refers to findings and quotes by id and hash."""
    return hashlib.sha256(_canonical(text)).hexdigest()


def _find_partners(office: Office, plan: Plan) -> dict[str, PartnerRow]:
    with Session(office.engine) as session:
        return {partner.code: get_partner(session, partner.code) for partner in plan.partners}


def _open_partner(
    office: Office,
    catalogue: Catalogue,
    plan: Plan,
    partner: PartnerRow,
    period: Period,
    cutoff: date,
    opened: _Opened,
) -> None:
    """Open what is known of one partner on the cut-off day, in one transaction; consent as it stands today."""
    keys = office.vault.list_people(partner.id)
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        people = [person for person in list_people(session) if person.enrolled <= cutoff and person.id in keys]
        events = list_standing(list_partner_events(session, until=office.sources.today()), cutoff)
        issues = list_issues(session, issued_until=cutoff)
        responses = list_live_responses(session, until=cutoff)
        services = list_services(session, recorded_until=cutoff)
        narratives = list_narratives(session, recorded_until=cutoff)
        activities = list_activities(session, plan.id, recorded_until=cutoff)
    living = {person.id for person in people}
    latest = {(event.person, event.purpose): event.decision for event in events}
    code = partner.code
    opened.secrets[code] = {str(person): keys[person].snapshot_secret for person in living}
    for person in people:
        profile = json.loads(
            open_with_key(keys[person.id].data_key, person.sealed, Place("person", person.id, partner.id))
        )
        opened.people.append(
            PersonRow(
                person=str(person.id),
                partner=code,
                enrolled=person.enrolled,
                age_band=profile["age_band"] or "unknown",
                language=profile["language"],
                objected=latest.get((person.id, "object")) == "given",
            )
        )
    opened.consents.extend(
        ConsentRow(str(event.person), code, event.purpose, event.decision, event.day)
        for event in events
        if event.person in living
    )
    opened.invitations.extend(
        InvitationRow(str(issue.person), code, issue.survey, issue.wave, issue.issued)
        for issue in issues
        if issue.person in living
    )
    enrolled = {person.id: person.enrolled for person in people}
    decoded: list[tuple[UUID, UUID, date, Response]] = []
    for row in responses:
        if row.person in living and row.survey in plan.surveys:
            place = Place("response", row.id, partner.id)
            data = open_as_person(keys[row.person].private_key, row.sealed, place)
            decoded.append((row.id, row.person, row.day, decode_response(data, catalogue.surveys[row.survey])))
    ends: dict[UUID, date] = {}
    for record in services:
        if record.person in living:
            content = _open_record(keys[record.person], record, "service_record")
            day = date.fromisoformat(content["date"])
            if content["ended"]:
                ends[record.person] = max(day, ends.get(record.person, day))
            opened.services.append(
                ServiceRow(
                    person=str(record.person),
                    partner=code,
                    service_type=content["type"],
                    date=day,
                    hours=float(content["hours"]),
                    mode=content["mode"],
                    ended=content["ended"],
                )
            )
    _add_responses(opened, code, catalogue.surveys, (enrolled, ends), decoded)
    opened.findings[code], opened.quotes[code] = [], []
    for record in narratives:
        if record.person in living:
            content = _open_record(keys[record.person], record, "narrative")
            agreed = {purpose for purpose in Purpose if latest.get((record.person, purpose)) == "given"}
            _add_narrative(opened, code, record, content, period, agreed)
    key = office.vault.get_partner_key(partner.id)
    opened.register[code] = []
    for activity in activities:
        entry = json.loads(open_with_key(key, activity.sealed, Place("activity", activity.id, partner.id)))
        opened.register[code].append(entry)
        opened.activities.append(_make_activity_row(code, make_record(entry)))
    opened.register[code].sort(key=lambda entry: str(entry["id"]))


def _add_responses(
    opened: _Opened,
    code: str,
    surveys: Mapping[str, Survey],
    milestones: tuple[Mapping[UUID, date], Mapping[UUID, date]],
    decoded: Sequence[tuple[UUID, UUID, date, Response]],
) -> None:
    """Add responses with the wave their day falls into; the label a code was issued under decides nothing (R6).

    ``milestones`` are the days of enrolment and of the end of the last service, by person.
    """
    enrolled, ends = milestones
    baselines: dict[tuple[UUID, str], date] = {}
    for row, person, day, response in sorted(decoded, key=lambda each: (each[2], each[0])):
        survey = surveys[response.survey]
        baseline = baselines.get((person, survey.id))
        wave = find_wave(survey, enrolled[person], baseline, ends.get(person), day) or "outside"
        if wave == "baseline":
            baselines.setdefault((person, survey.id), day)
        opened.responses.append(
            ResponseRow(
                response=str(row),
                person=str(person),
                partner=code,
                survey=survey.id,
                version=response.version,
                wave=wave,
                day=day,
                mode=response.mode.value,
                locale=response.locale,
            )
        )
        opened.answers.extend(
            AnswerRow(
                response=str(row),
                question=name,
                state=answer.state.value,
                choice=_find_choice(survey, name, answer),
                number=float(answer.value) if isinstance(answer.value, int) else None,
            )
            for name, answer in response.answers.items()
        )


def _find_choice(survey: Survey, name: str, answer: Answer) -> str | None:
    """The choice taken; never a person's own words, which no frame holds."""
    known = {choice.value for question in survey.questions if question.name == name for choice in question.choices}
    return answer.value if isinstance(answer.value, str) and answer.value in known else None


def _add_narrative(
    opened: _Opened,
    code: str,
    record: RecordRow,
    content: Mapping[str, Any],
    period: Period,
    agreed: Collection[Purpose],
) -> None:
    """Add a narrative with what it lets the report say: a finding with `statistics`, a quote with `quote` (R0).

    Only what a second person has checked is said (R30).
    """
    day = date.fromisoformat(content["date"])
    opened.narratives.append(NarrativeRow(str(record.person), code, day, tuple(content["areas"]), content["stage"]))
    if not period.start <= day <= period.end:
        return
    finding, quote = content["finding"], content["quote"]
    if isinstance(finding, dict) and finding["checked"] and Purpose.STATISTICS in agreed:
        opened.findings[code].append({"id": str(record.id), "hash": hash_text(finding["text"])})
    if isinstance(quote, dict) and quote["checked"] and Purpose.QUOTE in agreed:
        opened.quotes[code].append({"id": str(record.id), "hash": hash_text(quote["text"])})


def _open_record(keys: PersonKeys, record: RecordRow, table: str) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(
        open_with_key(keys.data_key, record.sealed, Place(table, record.id, record.partner))
    )
    return content


def _make_activity_row(code: str, record: ActivityRecord) -> ActivityRow:
    return ActivityRow(
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


def _make_part(
    common: Mapping[str, object], code: str, figures: Sequence[Figure], opened: _Opened
) -> dict[str, object]:
    return {
        **common,
        "partner": code,
        "figures": [make_figure_content(figure) for figure in figures if figure.partner == code],
        "findings": sorted(opened.findings.get(code, []), key=lambda each: each["id"]),
        "quotes": sorted(opened.quotes.get(code, []), key=lambda each: each["id"]),
        "activities": opened.register.get(code, []),
    }


def _make_freeze_id(plan: Plan, period: Period, parts: Mapping[str, Mapping[str, object]]) -> str:
    """An id made of what is frozen, so that the same records give the same id again."""
    digest = hashlib.sha256(_canonical(parts)).hexdigest()
    return f"{plan.id[:20]}-{period.start:%Y%m%d}-{digest[:8]}"


def _store(
    office: Office,
    partner: PartnerRow,
    freeze_id: str,
    plan: Plan,
    period: Period,
    cutoff: date,
    part: Mapping[str, object],
    secrets: Mapping[str, bytes],
) -> bool:
    """Store a part; members enter as HMAC of the person's own secret, which dies with the person's keys."""
    content = {
        **part,
        "freeze": freeze_id,
        "members": sorted(
            hmac.new(secret, freeze_id.encode(), hashlib.sha256).hexdigest() for secret in secrets.values()
        ),
    }
    content["hash"] = compute_hash(content)
    row = office.sources.new_id()
    key = office.vault.get_partner_key(partner.id)
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        added = add_snapshot(
            session,
            SnapshotRow(
                id=row,
                partner=partner.id,
                freeze=freeze_id,
                plan=plan.id,
                start=period.start,
                end=period.end,
                cutoff=cutoff,
                day=office.sources.today(),
                hash=str(content["hash"]),
                sealed=seal_with_key(
                    key, _canonical(content), Place("snapshot", row, partner.id), office.sources.random
                ),
            ),
        )
        session.commit()
        return added


def _canonical(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
