"""Laws of all figures together, over small invented worlds: what comes later, and what only has another name.

What single kinds must add up to stands with them: new and cumulative, the parts of a change, parts and the unknown in
``test_calculation``; levels of a rubric and milestones in ``test_further_kinds``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from me_platform.indicators.frames import ResponseRow, ServiceRow
from me_platform.indicators.results import RawFigure
from tests.unit.test_calculation import EVERYTHING, STEPS, World, activity, name, random_world
from tests.unit.test_further_kinds import HOURS, LEVELS, PER_EVENT, PER_PERSON

ALL_KINDS = (*EVERYTHING, replace(HOURS, code="hours-per-person"), PER_PERSON, PER_EVENT, LEVELS)
END = date(2026, 3, 31)
_SEEDS = st.integers(0, 10**6)


def compute(world: World) -> Mapping[tuple[str, str], RawFigure]:
    """Every figure of the first quarter, as known on its last day, by partner and name."""
    return {(each.partner, name(each)): each for each in world.compute(*ALL_KINDS, period="2026-Q1", cutoff=END)}


@settings(max_examples=6, deadline=None)
@given(_SEEDS, st.lists(st.tuples(st.integers(1, 200), st.sampled_from(STEPS), st.booleans()), min_size=1, max_size=5))
def test_a_later_event_changes_no_frozen_period(seed: int, later: list[tuple[int, str, bool]]) -> None:
    """R10, R15, R22, defect m: services, answers, people and activities of later days leave a past quarter alone."""
    world = random_world(seed)
    world.enrol("always", day=date(2026, 1, 1))
    before = compute(world)
    for place, (days, useful, new) in enumerate(later):
        day, person = END + timedelta(days=days), f"later{place}" if new else "always"
        if new:
            world.enrol(person, "BETA", day)
        world.invite(person, day, "followup-1")
        world.agree(person, day)
        world.serve(person, day, ended="goals_met" if days % 2 else "")
        world.respond(person, day, "followup-1", useful=useful, safe=useful, near=float(days % 11))
        world.activities.append(activity(f"L{place}", day, participants=30))
    # An organisation's list that exists is an empty one in the quarter, not one that was never kept.
    listed = {key for key, each in compute(world).items() if each.indicator in {"events", "attendances", "per-event"}}
    after = {key: each for key, each in compute(world).items() if key not in listed}
    assert after == {key: each for key, each in before.items() if key not in listed}


@settings(max_examples=6, deadline=None)
@given(_SEEDS, st.permutations(range(14)))
def test_what_people_and_organisations_are_called_changes_no_number(seed: int, order: list[int]) -> None:
    """Permuting people and organisations permutes the figures and changes none."""
    world = random_world(seed)
    before = compute(world)
    people = {f"p{number:02d}": f"p{order[number]:02d}" for number in range(14)}
    partners = {"ALFA": "BETA", "BETA": "ALFA", "ALL": "ALL"}
    for table in ("people", "consents", "invitations", "responses", "services"):
        rows = getattr(world, table)
        setattr(world, table, [replace(row, person=people[row.person], partner=partners[row.partner]) for row in rows])
    after = compute(world)
    assert {(partners[partner], key) for partner, key in before} == set(after)
    for (partner, key), figure in before.items():
        assert replace(figure, partner=partners[partner]) == after[partners[partner], key]


@settings(max_examples=5, deadline=None)
@given(_SEEDS)
def test_an_organisation_of_its_own_changes_no_number_of_another(seed: int) -> None:
    """R1: each line is counted from its own records; only the consortium's is counted from all."""
    world = random_world(seed)
    before = {key: each for key, each in compute(world).items() if key[0] == "ALFA"}
    world.services = [row for row in world.services if keeps(row)]
    world.responses = [row for row in world.responses if keeps(row)]
    after = {key: each for key, each in compute(world).items() if key[0] == "ALFA"}
    assert set(after) <= set(before)
    for key, figure in before.items():
        # A table has a row for every category of the plan's people: without the others' some rows of nobody are gone.
        assert after[key] == replace(figure, order=after[key].order) if key in after else figure.numerator == 0


def keeps(row: ServiceRow | ResponseRow) -> bool:
    return row.partner != "BETA"
