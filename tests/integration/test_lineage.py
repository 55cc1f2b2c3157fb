"""Frozen figures looked at again: verified, compared with later ones, and with everything that has become of people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.disclosure.restatements import Cause, Restated
from me_platform.errors import InputInvalid
from me_platform.indicators.loading import compute_fingerprint
from me_platform.indicators.periods import read_period
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.freezing import Freeze, compute_hash, read_part
from me_platform.services.lineage import Verification, verify_freeze
from me_platform.services.people import Service, record_service
from me_platform.services.restating import compare_freezes, find_approver, freeze_and_restate, read_restatements
from me_platform.storage.people import get_person, mark_erased
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.freeze_samples import CATALOGUE, PLAN, Records
from tests.integration.conftest import Offices

CUTOFF = date(2026, 4, 1)
LATER = date(2026, 5, 1)


@pytest.fixture
def records(offices: Offices, engines: Engines) -> Records:
    return Records(offices, engines)


def verify(records: Records, freeze: Freeze, partner: str = "", day: date = LATER) -> Verification:
    return verify_freeze(records.offices.on(day).worker, CATALOGUE, freeze.id, partner)


def erase(records: Records, person: str) -> None:
    """As the worker does where everything is taken back."""
    office, partner = records.offices.worker, records.offices.alfa
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        row = get_person(session, person)
        mark_erased(session, row.id)
        session.commit()
    office.vault.destroy_person(partner.id, row.id)


def change_part(records: Records, freeze: Freeze, change: Callable[[dict[str, Any]], None]) -> None:
    """Put another content in the place of ALFA's part, sealed with its key: what only who holds the vault can do."""
    office, partner = records.offices.worker, records.offices.alfa
    key = office.vault.get_partner_key(partner.id)
    with records.engines.owner.begin() as connection:
        query = text("select id, sealed from snapshot where partner_id = :partner and freeze_id = :freeze")
        row = connection.execute(query, {"partner": partner.id, "freeze": freeze.id}).one()
        content = json.loads(open_with_key(key, row.sealed, Place("snapshot", row.id, partner.id)))
        change(content)
        sealed = seal_with_key(
            key, json.dumps(content).encode(), Place("snapshot", row.id, partner.id), office.sources.random
        )
        connection.execute(
            text("update snapshot set sealed = :sealed where id = :id"), {"sealed": sealed, "id": row.id}
        )


def test_a_snapshot_of_living_people_is_computed_again_with_tolerance_0(records: Records) -> None:
    """R27: also when it was frozen on its own cut-off day and more was recorded that day, and much later."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(6)]
    freeze = records.freeze(CUTOFF)
    records.enrol(CUTOFF)
    record_service(records.offices.on(CUTOFF).staff, "ALFA", people[0], Service("PSY4", date(2026, 3, 30), 2.0))
    record_service(records.offices.on(LATER).staff, "ALFA", people[1], Service("PSY4", date(2026, 3, 30), 2.0))
    found = verify(records, freeze)
    assert found.faults == ()
    assert [(each.partner, each.differences) for each in found.recomputed] == [("ALFA", ()), ("BETA", ())]
    assert all(each.figures > 20 for each in found.recomputed)
    assert {each.erased for each in found.recomputed} == {(0, 5)}


def test_definitions_of_today_change_nothing_in_a_snapshot(records: Records) -> None:
    """R28: past snapshots keep their definitions, whole, and are computed again by them."""
    for _ in range(5):
        records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    emptied = replace(CATALOGUE, indicators={}, surveys={}, plans={})
    found = verify_freeze(records.offices.on(LATER).worker, emptied, freeze.id)
    assert found.faults == ()
    assert not any(each.differences for each in found.recomputed)


@pytest.mark.parametrize("how", ["erased", "withdrawn"])
def test_who_is_gone_since_is_missing_and_told_as_a_range(records: Records, how: str) -> None:
    """R25, R27, privacy-and-safety part 3: the stored part verifies, and one is told as "5 or fewer"."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(6)]
    freeze = records.freeze(CUTOFF)
    if how == "erased":
        erase(records, people[0])
    else:
        records.decide(date(2026, 4, 20), people[0], "statistics", "withdrawn")
    found = verify(records, freeze)
    assert found.faults == ()
    alfa, beta = found.recomputed
    assert alfa.differences
    assert all(each.explained for each in alfa.differences)
    assert beta.differences == ()
    assert (alfa.erased, alfa.gone, beta.gone) == ((0, 5), (0, 5), (0, 5))


def test_a_figure_that_no_record_gives_is_not_explained(records: Records) -> None:
    """R27: with nobody gone nothing may differ, however well the hash was made to fit."""
    for _ in range(5):
        records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    place = read_part(records.offices.worker, freeze.id, "ALFA")["figures"]
    [supported] = [each["id"] for each in place if each["indicator"] == "people-supported"]

    def forge(content: dict[str, Any]) -> None:
        for each in content["figures"]:
            if each["id"] == supported:
                each |= {"value": "12", "numerator": 12, "n": 12}

    change_part(records, freeze, forge)
    found = verify(records, freeze)
    assert f"ALFA: '{supported}' is not what was frozen" in found.faults
    assert f"{supported} is not what the living records give" in found.faults


CHANGES: Mapping[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "one figure": (
        lambda part: part["figures"][3].update(value="7"),
        "ALFA: 'flow:responded@ALFA@2026-Q1' is not what was frozen",
    ),
    "the members": (lambda part: part["members"].pop(), "ALFA: 'members' is not what was frozen"),
    "the hash": (lambda part: part.update(hash="0" * 64), "ALFA: the hash beside it is not its own"),
    "the cut-off, hash and digests made to fit": (
        lambda part: part.update(hash=compute_hash({**part, "cutoff": "2026-03-31"}), cutoff="2026-03-31"),
        "ALFA: the cut-off beside it is not its own",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_part_that_opens_names_what_differs(records: Records, what: str) -> None:
    """Issue E, bad input: a snapshot changed by one byte, verification says which value."""
    records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    change, fault = CHANGES[what]
    change_part(records, freeze, change)
    assert fault in verify(records, freeze).faults
    assert verify(records, freeze, "BETA").parts[-1].faults == ()


def test_a_byte_that_was_changed_closes_the_part(records: Records) -> None:
    freeze = records.freeze(CUTOFF)
    with records.engines.owner.begin() as connection:
        connection.execute(
            text(
                "update snapshot set sealed = set_byte(sealed, 99, get_byte(sealed, 99) # 1) where partner_id = :alfa"
            ),
            {"alfa": records.offices.alfa.id},
        )
    found = verify(records, freeze)
    assert [part.partner for part in found.parts if part.faults] == ["ALFA"]
    assert "does not open" in found.faults[0]
    assert (found.recomputed, found.reason) == ((), "not every part of it opens")


def test_a_missing_part_is_found_by_the_id(records: Records) -> None:
    freeze = records.freeze(CUTOFF)
    with records.engines.owner.begin() as connection:
        connection.execute(text("delete from snapshot where partner_id = :beta"), {"beta": records.offices.beta.id})
    assert "one of them is missing" in verify(records, freeze).faults[0]


def test_parts_of_the_format_before_are_still_read(records: Records) -> None:
    """Format 2 kept neither definitions nor marks: it is computed again while the definitions are the same."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(6)]
    freeze = records.freeze(CUTOFF)

    def make_old(content: dict[str, Any]) -> None:
        for name in ("marks", "kept", "digests"):
            del content[name]
        content["hash"] = compute_hash(content)

    change_part(records, freeze, make_old)
    with records.engines.owner.begin() as connection:
        connection.execute(
            text("update snapshot set hash = :hash where partner_id = :alfa"),
            {"hash": _read_hash(records, freeze), "alfa": records.offices.alfa.id},
        )
    worker, same = records.offices.on(LATER).worker, replace(CATALOGUE, plans={PLAN.id: PLAN})
    found = verify_freeze(worker, same, freeze.id)
    assert (found.faults, found.reason) == ((), "")
    assert not any(each.differences for each in found.recomputed)
    erase(records, people[0])
    assert verify_freeze(worker, same, freeze.id).recomputed[0].differences
    gone = verify_freeze(worker, replace(same, indicators={}), freeze.id)
    assert (gone.recomputed, gone.reason.startswith("it is of a release")) == ((), True)


# -- one snapshot and the next ----------------------------------------------------------------------------------------


def compare(records: Records, old: Freeze, new: Freeze) -> dict[str, Restated]:
    """ALFA's restated figures by what stands before the first @."""
    found = compare_freezes(records.offices.on(LATER).worker, CATALOGUE, old.id, new.id)
    return {each.id.partition("@")[0]: each for each in found.figures if each.any.partner == "ALFA"}


def list_steps(restated: Restated) -> dict[Cause, int]:
    """The steps of a figure that has some; they are its whole difference."""
    assert restated.steps is not None
    assert sum(step.amount for step in restated.steps) == restated.difference
    return {step.causes[0]: int(step.amount) for step in restated.steps}


def test_late_data_corrections_mistakes_and_definitions_are_told_apart(records: Records) -> None:
    """R22, R24, R28: old, new, difference and its causes, which are the whole difference."""
    earlier = [records.enrol(date(2025, 12, 10)) for _ in range(11)]
    people = [records.enrol(date(2026, 1, 10)) for _ in range(6)]
    staff = records.offices.on(date(2026, 2, 1)).staff
    noted = [record_service(staff, "ALFA", each, Service("PSY4", date(2026, 2, 1), 2.0)) for each in people]
    twice = [record_service(staff, "ALFA", each, Service("PSY4", date(2026, 2, 1), 2.0)) for each in people]
    old = records.freeze(CUTOFF)
    staff = records.offices.on(date(2026, 4, 20)).staff
    for person, first, second in zip(people, noted, twice, strict=True):
        service = Service("PSY4", date(2026, 2, 1), 3.0, replaces=str(first))
        record_service(staff, "ALFA", person, service)
        record_service(staff, "ALFA", person, replace(service, replaces=str(second), void=True))
    for person in earlier:
        record_service(staff, "ALFA", person, Service("LEG5", date(2026, 3, 30), 1.0))
    new = records.freeze(LATER)
    figures = compare(records, old, new)
    assert list_steps(figures["services-given"]) == {Cause.DUPLICATE: -6, Cause.LATE: 11}
    assert list_steps(figures["hours-of-support"]) == {Cause.DUPLICATE: -12, Cause.CORRECTION: 6, Cause.LATE: 11}
    assert list_steps(figures["people-supported"]) == {Cause.LATE: 11}

    indicator = CATALOGUE.indicators["people-supported"]
    narrower = replace(indicator, numerator={"field": "service_type", "in": ["PSY4"]}, version="2")
    narrower = replace(narrower, fingerprint=compute_fingerprint(narrower))
    changed = replace(CATALOGUE, indicators={**CATALOGUE.indicators, indicator.code: narrower})
    newest = records.freeze(LATER, catalogue=changed)
    assert list_steps(compare(records, new, newest)["people-supported"]) == {Cause.DEFINITION: -11}
    assert list_steps(compare(records, old, newest)["services-given"]) == {Cause.DUPLICATE: -6, Cause.LATE: 11}
    assert verify(records, old).faults == verify(records, newest).faults == ()


def test_one_person_who_withdraws_is_in_no_next_freeze_and_in_no_step(records: Records) -> None:
    """R25, issue E done 6: the delivered part verifies, the next is without her, the table says "5 or fewer".

    The restatement is recorded once, with who had it frozen, and nobody can be told from what is kept of it.
    """
    people = [records.enrol(date(2026, 1, 10)) for _ in range(7)]
    old = records.freeze(CUTOFF)
    before = read_part(records.offices.worker, old.id, "ALFA")
    records.decide(date(2026, 4, 20), people[0], "object", "given")
    new = freeze_and_restate(records.offices.on(LATER).worker, CATALOGUE, PLAN, read_period("2026-Q1"), CUTOFF)
    assert new.id != old.id
    assert read_part(records.offices.worker, old.id, "ALFA") == before
    assert verify(records, old).faults == ()
    assert records.read(old)["people-supported"]["value"] == 7
    later = records.read(new)["people-supported"]
    assert (later["state"], later["value"], later["low"], later["high"]) == ("banded", None, 5, 10)

    worker = records.offices.on(LATER).worker
    assert freeze_and_restate(worker, CATALOGUE, PLAN, read_period("2026-Q1"), CUTOFF).id == new.id
    restatements = read_restatements(worker)
    assert [(each.partner, each.replaces, each.freeze, each.day) for each in restatements] == [
        (partner, old.id, new.id, LATER) for partner in ("ALFA", "BETA")
    ]
    alfa, beta = restatements
    assert (alfa.people["withdrawn"], beta.people["withdrawn"]) == ((0, 5), (0, 5))
    [supported] = [each for each in alfa.figures if each["id"].startswith("people-supported@")]
    assert (supported["old"]["value"], supported["new"]["value"], supported["steps"]) == ("7", None, None)
    assert not any(each["steps"] for each in alfa.figures)
    assert find_approver(worker, old.id, new.id) == "Recorded 2026-05-01, approved on the command line."


def test_snapshots_of_two_periods_are_no_restatement(records: Records) -> None:
    one, other = records.freeze(CUTOFF), records.freeze(CUTOFF, "2026-01-01..2026-03-30")
    with pytest.raises(InputInvalid, match="not two snapshots of one plan and period"):
        compare(records, one, other)


def _read_hash(records: Records, freeze: Freeze) -> str:
    """The hash inside ALFA's part."""
    office, partner = records.offices.worker, records.offices.alfa
    with records.engines.owner.begin() as connection:
        query = text("select id, sealed from snapshot where partner_id = :partner and freeze_id = :freeze")
        row = connection.execute(query, {"partner": partner.id, "freeze": freeze.id}).one()
    key = office.vault.get_partner_key(partner.id)
    content = json.loads(open_with_key(key, row.sealed, Place("snapshot", row.id, partner.id)))
    return str(content["hash"])
