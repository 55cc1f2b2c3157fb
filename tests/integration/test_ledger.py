"""The ledger of everything that was ever published: privacy-and-safety part 3, rules R23, R25, R27."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from me_platform.errors import InputInvalid, SealBroken
from me_platform.services.ledger import Published, read_ledger, seal_chapter
from me_platform.services.lineage import verify_freeze
from tests.conftest import Engines
from tests.freeze_samples import CATALOGUE, Records
from tests.integration.conftest import Offices

CUTOFF, LATER = date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def records(offices: Offices, engines: Engines) -> Records:
    return Records(offices, engines)


def test_every_freeze_is_a_chapter_and_the_same_records_are_none(records: Records) -> None:
    """Append-only: what was published stands in its order, with its decisions, and is added once."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(12)]
    first = records.freeze(CUTOFF)
    assert records.freeze(CUTOFF).id == first.id
    records.decide(date(2026, 4, 20), people[0], "object", "given")
    second = records.freeze(LATER, cutoff=CUTOFF)
    kept = read_ledger(records.offices.worker)
    assert [(each.number, each.freeze) for each in kept] == [(1, first.id), (2, second.id)]
    assert [each.chapter.name for each in kept] == ["2026-01-01..2026-03-31#1", "2026-01-01..2026-03-31#2"]
    # Both still verify, the second by what it may not tell beside the first (R25, R27).
    for freeze in (first, second):
        assert verify_freeze(records.offices.on(LATER).worker, CATALOGUE, freeze.id).faults == ()
    assert records.read(first)["people-supported"]["value"] == 12
    assert (records.read(second)["people-supported"]["low"], records.read(second)["people-supported"]["high"]) == (
        10,
        15,
    )


def test_a_chapter_that_was_changed_does_not_open(records: Records) -> None:
    for _ in range(6):
        records.enrol(date(2026, 1, 10))
    records.freeze(CUTOFF)
    with records.engines.owner.begin() as connection:
        connection.execute(text("update ledger_chapter set sealed = overlay(sealed placing '\\x00' from 40)"))
    with pytest.raises(SealBroken):
        read_ledger(records.offices.worker)


def test_of_two_freezes_at_once_one_is_told_to_be_made_again(records: Records) -> None:
    for _ in range(6):
        records.enrol(date(2026, 1, 10))
    freeze = records.freeze(CUTOFF)
    office = records.offices.worker
    [kept] = read_ledger(office)
    published = Published((), kept.chapter, {}, kept.number, kept.chapter.decisions)
    with pytest.raises(InputInvalid, match="Freeze again"):
        seal_chapter(office, published, freeze.id)
    assert len(read_ledger(office)) == 1


def test_the_survey_site_never_sees_the_ledger_and_nobody_changes_it(engines: Engines) -> None:
    """privacy-and-safety part 2: true numbers of all partners lie under a key of their own, and are only added to."""
    with pytest.raises(ProgrammingError, match="permission denied"), engines.survey.connect() as connection:
        connection.execute(text("select 1 from ledger_chapter"))
    for role in ("survey", "staff", "worker"):
        with getattr(engines, role).connect() as connection:
            for right in ("update", "delete", "truncate"):
                query = text("select has_table_privilege('ledger_chapter', :right)")
                assert not connection.scalar(query, {"right": right}), (role, right)
