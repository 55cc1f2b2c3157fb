"""Organisations with figures, snapshots and plans for tests of the staff site; all numbers are invented.

ALFA has 60 people and two snapshots of the plan "impact", BETA has 19 people and one, KOPA leads them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Role
from me_platform.catalogue import Catalogue
from me_platform.disclosure.figures import Figure, make_figure_content
from me_platform.indicators.definition import Source
from me_platform.storage.partners import get_partner
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.report_samples import INDICATORS as REPORTED
from tests.report_samples import PLAN as REPORT_PLAN
from tests.report_samples import make_figure, make_figures_of_19, make_figures_of_60, make_figures_of_all, make_share
from tests.staff_samples import PLANS, StaffWorld, add_member, add_part, load_content, make_part, make_world

ABOUT_US = "support-useful"
"""The indicator that asks what people say of the organisation."""

INDICATORS = {
    **REPORTED,
    ABOUT_US: replace(REPORTED[ABOUT_US], source=Source("survey", "outcome-checkin", "useful", "survivor")),
}
PLAN = replace(REPORT_PLAN, id="impact", partners=PLANS["sample"].partners, fingerprint="f" * 64)
NEW, OLD = "impact-20251001-new", "impact-20251001-old"
"""The two freezes of ALFA; BETA and KOPA have the new one only."""
LONE = "impact-20251001-lone"
"""A freeze that BETA has and nobody else."""
PERIOD = "2025-10-01..2026-09-30"
EXCLUDED = {"objected": 2, "no_statistics_consent": 14}
MANAGER = "maija@alfa.example"


def make_catalogue() -> Catalogue:
    """The shipped content with the plan and the indicators of these tests."""
    return replace(load_content(), plans={**PLANS, PLAN.id: PLAN}, indicators=INDICATORS)


def make_figure_world(engines: Engines, folder: Path) -> StaffWorld:
    """Fill database and vault; MANAGER leads ALFA."""
    world = make_world(engines, folder)
    world.desk = replace(world.desk, catalogue=make_catalogue())
    earlier = [
        make_share(ABOUT_US, "ALFA", (24, 43), (41, 70), target=75),
        make_figure("goal-nearness", "ALFA", unit="points", value="4.1", n=38, low="3.4", high="4.8"),
        make_figure("people-supported", "ALFA", unit="persons", value=41, n=41),
        make_figure("services-given", "ALFA", unit="records", value=1284, n=41),
    ]
    add_freeze(engines, world, "ALFA", OLD, earlier, date(2026, 4, 15))
    add_freeze(engines, world, "ALFA", NEW, make_figures_of_60())
    add_freeze(engines, world, "BETA", NEW, make_figures_of_19())
    add_freeze(engines, world, "BETA", LONE, make_figures_of_19(), date(2026, 2, 1))
    add_freeze(engines, world, "KOPA", NEW, make_figures_of_all())
    add_member(world, MANAGER, Role.MANAGER, "ALFA")
    return world


def add_freeze(
    engines: Engines,
    world: StaffWorld,
    code: str,
    freeze: str,
    figures: Sequence[Figure],
    cutoff: date = date(2026, 10, 15),
    **given: Any,  # noqa: ANN401 - what a part holds
) -> UUID:
    """Store an organisation's part of a freeze of the plan; returns the id of its row."""
    row = UUID(bytes=Random(f"{code} {freeze}").randbytes(16), version=4)  # noqa: S311
    told = json.loads(json.dumps([make_figure_content(each) for each in figures]).replace("@ALL@", f"@{code}@"))
    content = make_part(
        code,
        PLAN.id,
        freeze,
        PERIOD,
        cutoff,
        **{
            "figures": [{**each, "partner": code} for each in told],
            "definitions": {each.indicator: INDICATORS[each.indicator].fingerprint for each in PLAN.indicators},
            "plan_fingerprint": PLAN.fingerprint,
            "excluded": EXCLUDED,
            **given,
        },
    )
    with world.desk.open_vault() as vault, Session(engines.worker) as session:
        partner = get_partner(session, code)
        enter_partner(session, partner.id)
        add_part(session, vault, partner, content, row)
        session.commit()
    return row
