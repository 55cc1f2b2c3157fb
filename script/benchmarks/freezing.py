"""Freezing the sample's year: everything a freeze does, beside the engine that counts and beside opening the records.

A freeze opens every sealed record, counts, protects each figure and seals the result; run again over the same records
it does all of that and stores nothing, so that every round does the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy.orm import Session

from me_platform.demo.build import CROWDS, FREEZE_DAY, PERIOD, PLAN, live_sample_year
from me_platform.demo.lives import Crowd
from me_platform.demo.walk import Offices
from me_platform.disclosure.figures import Audience
from me_platform.disclosure.protect import publish
from me_platform.indicators.frozen import choose_definitions
from me_platform.indicators.periods import read_period
from me_platform.services.freezing import compute_raws, freeze_plan
from me_platform.services.instance import open_office
from me_platform.services.opening import make_frames, open_partner
from me_platform.storage.partners import get_partner
from script.benchmarks.instance import lend_instance
from script.benchmarks.rounds import Line, Size, at_most, compare

SEED = 1
_ROLES = ("me_staff", "me_worker", "me_survey")


def list_lines(root: Path, size: Size) -> Iterator[Line]:
    """Seconds of a freeze over those of the engine alone, and of what it is made of over the engine."""
    crowds = CROWDS if size.whole_sample else {code: Crowd(min(crowd.people, 2)) for code, crowd in CROWDS.items()}
    with lend_instance(root) as (settings, catalogue), ExitStack() as stack:
        staff, worker, survey = (stack.enter_context(open_office(settings, role)) for role in _ROLES)
        offices = Offices(staff, worker, survey, catalogue)
        live_sample_year(settings, offices, SEED, crowds, lambda _line: None, over_http=False)
        office = offices.on(FREEZE_DAY).worker
        plan, period = catalogue.get_plan(PLAN), read_period(PERIOD)
        definitions = choose_definitions(plan, catalogue.indicators, catalogue.surveys)
        with Session(office.engine) as session:
            partners = [get_partner(session, each.code) for each in plan.partners]
        opened = [open_partner(office, catalogue, plan, each, period, FREEZE_DAY) for each in partners]
        frames = make_frames(opened)
        raws = compute_raws(definitions, frames, period, FREEZE_DAY)
        seconds = compare(
            {
                "freeze": lambda: freeze_plan(office, catalogue, plan, period, FREEZE_DAY),
                "engine": lambda: compute_raws(definitions, frames, period, FREEZE_DAY),
                "opening": lambda: make_frames(
                    [open_partner(office, catalogue, plan, each, period, FREEZE_DAY) for each in partners]
                ),
                "protection": lambda: publish(raws, Audience.FUNDER),
            },
            min(size.rounds, 3),
        )
    engine, counted = seconds["engine"], seconds["engine"] + seconds["opening"]
    rows = (
        ("freezing the sample, all of it : the engine alone", "freeze", engine, at_most(2.0)),
        ("freezing the sample, all of it : opening its records and the engine", "freeze", counted, None),
        ("opening its records : the engine alone", "opening", engine, None),
        ("protecting the figures : the engine alone", "protection", engine, None),
    )
    for compared, name, other, goal in rows:
        note = f"{seconds[name]:.2f} s : {other:.2f} s; {len(raws)} figures"
        yield Line("freezing", compared, seconds[name] / other, goal, note)
