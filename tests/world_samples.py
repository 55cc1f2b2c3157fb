"""A partner's year without a database: invented lives turned into frames, counted, protected, and held as a snapshot.

The lives are those of the sample (``me_platform.demo``); counting and protecting are the program's own. Only reading
and sealing are left out, so that hundreds of people take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.demo.build import FREEZE_DAY, PERIOD, PLAN
from me_platform.demo.lives import Crowd, Life, Note, make_lives
from me_platform.demo.organisations import load_organisations
from me_platform.disclosure.figures import Audience, Figure
from me_platform.disclosure.protect import publish
from me_platform.exchange.records import RECORD_KINDS, Setting, check_record
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.frames import (
    AnswerRow,
    ConsentRow,
    Frames,
    InvitationRow,
    NarrativeRow,
    PersonRow,
    ResponseRow,
    ServiceRow,
    SourceRow,
    make_frames,
)
from me_platform.indicators.periods import read_period
from me_platform.surveys.answers import list_asked
from me_platform.surveys.definition import AnswerState, Purpose
from tests.report_samples import FINDINGS, QUOTES, ROOT, Sample, make_snapshot

Change = Callable[[Life], Life]


@cache
def load_content() -> Catalogue:
    """The shipped content."""
    return load_catalogue(ROOT)


def refuse(life: Life) -> Life:
    """The same life of somebody who refused every survey."""
    nothing = dict.fromkeys(Purpose, False)
    return replace(life, sittings=tuple(replace(each, consents=nothing, answers={}) for each in life.sittings))


@cache
def make_world(partner: str, people: int, *, young: int = 0, change: Change | None = None) -> Sample:
    """One partner of the sample plan with so many people, and what its report is built from."""
    catalogue = load_content()
    plan = catalogue.get_plan(PLAN)
    frames = make_world_frames({partner: Crowd(people, young=young)}, change=change)
    period = read_period(PERIOD)
    indicators = {each.indicator: catalogue.indicators[each.indicator] for each in plan.indicators}
    raws = compute_figures(plan, indicators, catalogue.surveys, frames, period, FREEZE_DAY)
    figures = [figure for figure in publish(raws, Audience.FUNDER) if figure.partner == partner]
    told = people > 0
    return Sample(
        plan,
        catalogue.indicators,
        catalogue.taxonomy,
        _make_snapshot(partner, figures, catalogue),
        FINDINGS if told else (),
        QUOTES if told else (),
    )


def make_world_frames(crowds: Mapping[str, Crowd], *, change: Change | None = None) -> Frames:
    """What is known of the invented people of these partners of the sample plan."""
    catalogue = load_content()
    lives = make_lives(1, catalogue.get_plan(PLAN), catalogue.surveys, crowds)
    return _make_frames([change(life) if change else life for life in lives], catalogue)


def _make_snapshot(partner: str, figures: list[Figure], catalogue: Catalogue) -> dict[str, Any]:
    plan = catalogue.get_plan(PLAN)
    works = [note for note in load_organisations()[partner].records if note.day <= FREEZE_DAY]
    whole: dict[str, list[dict[str, Any]]] = {
        kind: [
            {**_make_plain(note.content), "partner": partner, "id": f"{kind}-{place}", "date": note.day.isoformat()}
            for place, note in enumerate(works)
            if note.kind == kind
        ]
        for kind in ("practice", "feedback", "standard")
    }
    return make_snapshot(
        partner,
        figures,
        plan,
        surveys={name: {"title": dict(catalogue.surveys[name].title)} for name in plan.surveys},
        practices=whole["practice"],
        feedback=whole["feedback"],
        standards=whole["standard"],
    )


def _make_plain(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    if isinstance(value, Mapping):
        return {key: _make_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_make_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _make_frames(lives: list[Life], catalogue: Catalogue) -> Frames:
    people, consents, invitations, responses, answers = [], [], [], [], []
    services, narratives, sources = [], [], []
    setting = Setting(catalogue.taxonomy, catalogue.surveys, FREEZE_DAY)
    for number, life in enumerate(lives):
        person, partner = f"p{number:04}", life.partner
        profile = life.profile
        people.append(
            PersonRow(
                person, partner, life.enrolled, profile.age_band, profile.language, objected=False, entry=profile.entry
            )
        )
        for service in life.services:
            noted = {
                name: getattr(service, name) for name in ("ended", "interpreter", "mediator", "comfortable", "woman")
            }
            row = (person, partner, service.type, service.date, float(service.hours), service.mode)
            services.append(ServiceRow(*row, started=service.started, **noted))
        for narrative in life.narratives:
            areas, themes = tuple(narrative.areas), " ".join(narrative.themes)
            narratives.append(NarrativeRow(person, partner, narrative.date, areas, narrative.stage, themes))
            for area in narrative.areas:
                told = {"area": area, "stage": narrative.stage, "direction": narrative.direction.get(area, "")}
                sources.append(SourceRow("progress", partner, person, narrative.date, told))
        for place, sitting in enumerate(life.sittings):
            survey = catalogue.surveys[sitting.survey]
            invitations.append(InvitationRow(person, partner, survey.id, sitting.wave, sitting.day))
            consents += [
                ConsentRow(person, partner, purpose.value, "given" if given else "refused", sitting.day)
                for purpose, given in sitting.consents.items()
                if purpose in survey.purposes
            ]
            if not sitting.consents[Purpose.ANSWER]:
                continue
            response = f"{person}-{place}"
            facts = (response, person, partner, survey.id, survey.version, sitting.wave, sitting.day)
            responses.append(ResponseRow(*facts, sitting.mode.value, sitting.language))
            for question in list_asked(survey, sitting.answers, sitting.wave):
                if question.kind == "note":
                    continue
                given = sitting.answers.get(question.name)
                state = given.state if given else AnswerState.SKIPPED
                value = given.value if given else None
                known = {choice.value for choice in question.choices}
                choice = value if isinstance(value, str) and value in known else None
                amount = float(value) if isinstance(value, int) else None
                answers.append(AnswerRow(response, question.name, state.value, choice, amount))
        sources += _make_sources(person, partner, life.notes, setting)
    return make_frames(people, consents, invitations, responses, answers, services, narratives, [], sources=sources)


def _make_sources(person: str, partner: str, notes: tuple[Note, ...], setting: Setting) -> list[SourceRow]:
    """The lines of the records that stand: one that is replaced later is not counted."""
    replaced = {note.replaces for note in notes}
    return [
        SourceRow(RECORD_KINDS[note.kind].source, partner, person, record.day, fields)
        for note in notes
        if note.kind != "rating" and note.key not in replaced - {""}
        for record in [check_record(note.content, RECORD_KINDS[note.kind], setting)]
        for fields in RECORD_KINDS[note.kind].list_rows(record.content, FREEZE_DAY)
    ]
