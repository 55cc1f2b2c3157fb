"""A plan of two partners over real records, and what is done there on a day: what tests of freezes begin from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.indicators.periods import read_period
from me_platform.services.answering import submit_directly
from me_platform.services.doors import issue_doors
from me_platform.services.freezing import Freeze, freeze_plan, list_figures
from me_platform.services.narrative_texts import Finding, Quote
from me_platform.services.people import Profile, Service, enrol_person, record_decision, record_service
from me_platform.services.sittings import Doorstep
from me_platform.surveys.answers import list_in_wave
from me_platform.surveys.definition import Answer, AnswerState, Purpose
from tests.conftest import Engines
from tests.integration.conftest import Offices
from tests.report_samples import ROOT

CATALOGUE: Catalogue = load_catalogue(ROOT)
SURVEY = CATALOGUE.surveys["outcome-checkin"]
WORDS = {"en": "words", "lv": "vārdi"}
SAMPLE = CATALOGUE.plans["sample"]
PLAN: Plan = replace(
    SAMPLE,
    surveys=(SURVEY.id,),
    partners=tuple(PlanPartner(code, WORDS, WORDS, asks=(SURVEY.id,)) for code in ("ALFA", "BETA")),
    indicators=tuple(
        each for each in SAMPLE.indicators if CATALOGUE.indicators[each.indicator].source.survey in {"", SURVEY.id}
    ),
)
YES = Answer(AnswerState.ANSWERED, "yes")
AGREED = dict.fromkeys(Purpose, True)
FINDING = Finding({"en": "A finding.", "lv": "Secinājums."}, checked=True)
QUOTE = Quote("Own words.", "en", checked=True)


@dataclass
class Records:
    """Offices and the survivor's door, and what is done there on a day."""

    offices: Offices
    engines: Engines

    def enrol(self, day: date, *, consents: Mapping[Purpose, bool] = AGREED, answer: Answer = YES) -> str:
        """A person who is enrolled, served and asked on one day, and gives one answer to every question of choice."""
        staff = self.offices.on(day).staff
        code = enrol_person(staff, "ALFA", Profile(age_band="25-34", language="lv"))
        record_service(staff, "ALFA", code, Service("LEG5", day))
        self.answer(day, code, consents=consents, answer=answer)
        return code

    def answer(
        self, day: date, person: str, *, consents: Mapping[Purpose, bool] = AGREED, answer: Answer = YES
    ) -> None:
        """One and the same answer to every question of choice."""
        staff = self.offices.on(day).staff
        door = issue_doors(staff, SURVEY, "ALFA", person_code=person)[0]
        doorstep = Doorstep(self.engines.survey, CATALOGUE.surveys, staff.pepper, staff.sources)
        answers = {each.name: answer for each in list_in_wave(SURVEY, door.wave) if each.kind == "single_choice"}
        submit_directly(doorstep, door.code, "lv", consents, answers)

    def decide(self, day: date, person: str, purpose: str, decision: str) -> None:
        office = self.offices.on(day).worker
        record_decision(office, "ALFA", person, purpose=purpose, decision=decision, text=("", ""))

    def freeze(
        self, day: date, period: str = "2026-Q1", cutoff: date | None = None, catalogue: Catalogue = CATALOGUE
    ) -> Freeze:
        return freeze_plan(self.offices.on(day).worker, catalogue, PLAN, read_period(period), cutoff or day)

    def read(self, freeze: Freeze, partner: str = "ALFA") -> dict[str, dict[str, Any]]:
        """The printed figures of a partner by what stands before the first @."""
        figures = list_figures(self.offices.worker, freeze.id)
        return {str(each["id"]).partition("@")[0]: each for each in figures if each["partner"] == partner}
