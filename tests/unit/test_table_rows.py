"""Which rows a table has: privacy-and-safety part 3, the rows of one organisation tell nothing of another's people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.indicators.definition import Indicator
from me_platform.indicators.frozen import Definitions, decode_definitions, encode_definitions
from me_platform.indicators.loading import compute_fingerprint
from me_platform.indicators.results import RawFigure
from tests.unit.test_calculation import PEOPLE, SERVICES, World
from tests.world_samples import load_content

AGES = ("18-24", "25-34", "50+", "unknown")
TYPES = ("HEA1", "LEG5", "LEG6")
BY_AGE = replace(PEOPLE, disaggregations=("age_band",), categories={"age_band": AGES})
RECORDS = replace(SERVICES, disaggregations=("service_type",), categories={"service_type": TYPES})


def make_world(people: Mapping[str, tuple[str, str]], other: Mapping[str, tuple[str, str]]) -> World:
    """People by name with age and service, at ALFA and at another organisation."""
    world = World()
    for partner, mine in (("ALFA", people), ("BETA", other)):
        for person, (age, service) in mine.items():
            world.enrol(f"{partner}{person}", partner, age=age)
            world.serve(f"{partner}{person}", service=service)
    return world


def list_rows(world: World, *indicators: Indicator) -> list[RawFigure]:
    return [raw for raw in world.compute(*indicators) if raw.partner == "ALFA" and raw.disaggregation]


kinds = st.dictionaries(st.sampled_from("abcd"), st.tuples(st.sampled_from(AGES), st.sampled_from(TYPES)), max_size=4)


@settings(max_examples=12, deadline=None)
@given(people=kinds.filter(bool), other=kinds)
def test_a_table_is_the_same_whoever_another_organisation_serves(
    people: Mapping[str, tuple[str, str]], other: Mapping[str, tuple[str, str]]
) -> None:
    """Part 3, atoms: neither the numbers nor the rows of an organisation depend on the people of another one."""
    alone, beside = (list_rows(make_world(people, each), BY_AGE, RECORDS) for each in ({}, other))
    assert alone == beside
    assert [raw.disaggregation["age_band"] for raw in alone if "age_band" in raw.disaggregation] == list(AGES)
    assert [raw.disaggregation["service_type"] for raw in alone if "service_type" in raw.disaggregation] == list(TYPES)


def test_without_a_code_list_a_table_has_what_occurs() -> None:
    world = make_world({"a": ("18-24", "LEG5")}, {"b": ("50+", "HEA1")})
    rows = list_rows(world, replace(BY_AGE, categories={}))
    assert [(raw.disaggregation["age_band"], raw.numerator) for raw in rows] == [
        ("18-24", 1),
        ("50+", 0),
        ("unknown", 0),
    ]


@pytest.mark.parametrize(
    ("code", "dimension"),
    [
        ("people-supported", "language"),
        ("people-supported", "age_band"),
        ("entry-routes", "entry"),
        ("endings", "ended"),
    ],
)
def test_shipped_tables_have_all_of_their_code_list(code: str, dimension: str) -> None:
    """Field 15: the list is kept with the definition, so that a later one changes no snapshot (R28)."""
    content = load_content()
    indicator = content.indicators[code]
    lists = {"language": "languages", "age_band": "age_bands", "entry": "referral_sources", "ended": "end_reasons"}
    assert indicator.categories[dimension] == tuple(content.taxonomy.lists[lists[dimension]])
    assert compute_fingerprint(replace(indicator, categories={})) == indicator.fingerprint
    plan = next(iter(content.plans.values()))
    kept = decode_definitions(encode_definitions(Definitions(plan, {code: indicator}, {})))
    assert kept.indicators[code].categories == indicator.categories
