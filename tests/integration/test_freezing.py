"""Freezes over real records: who is in them, what the cut-off decides, and what may be frozen at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from me_platform.errors import InputInvalid
from me_platform.services.freezing import read_part
from me_platform.services.narrative_texts import NarrativeText
from me_platform.services.narratives import write_narrative
from me_platform.services.people import Service, record_service
from me_platform.services.reporting import read_texts
from me_platform.surveys.definition import Answer, AnswerState, Purpose
from tests.conftest import Engines
from tests.freeze_samples import AGREED, FINDING, QUOTE, YES, Records
from tests.integration.conftest import Offices


@pytest.fixture
def records(offices: Offices, engines: Engines) -> Records:
    return Records(offices, engines)


def test_a_period_without_data_has_true_zeros_for_people_and_no_value_for_answers(records: Records) -> None:
    """R2, R3; defects a, b, h and l."""
    figures = records.read(records.freeze(date(2026, 4, 1)))
    assert (figures["people-supported"]["state"], figures["people-supported"]["value"]) == ("value", 0)
    assert figures["flow:eligible"]["value"] == 0
    for code in ("support-useful", "goal-nearness", "feels-safe-change"):
        assert (figures[code]["state"], figures[code]["value"]) == ("no_value", None)
        assert figures[code]["progress"] is None


def test_one_person_is_told_by_no_figure(records: Records) -> None:
    """privacy-and-safety part 3, P1."""
    records.enrol(date(2026, 1, 10))
    for each in records.read(records.freeze(date(2026, 4, 1))).values():
        if each["indicator"] == "hidden-share":
            continue  # it tells of figures, not of people
        assert each["state"] != "value" or each["value"] == 0, each
        assert {each[name] for name in ("value", "numerator", "n")} <= {None, 0}
        assert (each["low"], each["high"]) in {(None, None), (0, 4), (0, 5)}, each


@pytest.mark.parametrize(
    ("given", "state", "responded"),
    [
        pytest.param({"consents": dict.fromkeys(Purpose, False)}, "no_value", 0, id="nobody agreed to answer"),
        pytest.param({"consents": {Purpose.ANSWER: True}}, "no_value", 12, id="nobody agreed to statistics"),
        pytest.param({"answer": Answer(AnswerState.DECLINED)}, "no_value", 12, id="nobody wanted to say"),
        pytest.param({}, "banded", 12, id="everybody said yes"),
    ],
)
def test_refusals_are_no_zero(records: Records, given: Mapping[str, Any], state: str, responded: int) -> None:
    """R0, R2, R3, defect j: without valid answers there is no value, and nobody is counted as dissatisfied."""
    for _ in range(12):
        records.enrol(date(2026, 1, 10), **given)
    figures = records.read(records.freeze(date(2026, 4, 1)))
    assert (figures["support-useful"]["state"], figures["support-useful"]["value"]) == (state, None)
    assert figures["people-supported"]["value"] == 12
    assert figures["flow:responded"]["value"] == responded


@pytest.mark.parametrize(
    ("purpose", "decision", "figure"),
    [("statistics", "withdrawn", "support-useful"), ("object", "given", "people-supported")],
)
def test_who_withdraws_after_a_freeze_is_in_no_new_one_and_the_old_one_stands(
    records: Records, purpose: str, decision: str, figure: str
) -> None:
    """R25, R0, R23: also where the new freeze has the same early cut-off; a later consent does not add anybody."""
    people = [records.enrol(date(2026, 1, 10), answer=YES) for _ in range(10)]
    cutoff = date(2026, 4, 1)
    old = records.freeze(cutoff)
    before = records.read(old)[figure]
    assert 10 in {before["value"], before["denominator"]}

    records.decide(date(2026, 4, 20), people[0], purpose, decision)
    again = records.freeze(date(2026, 5, 1), cutoff=cutoff)
    after = records.read(again)[figure]
    assert again.id != old.id
    assert (after["value"], after["denominator"]) in {(9, None), (None, None)}
    assert records.read(old)[figure] == before

    # Taken back and given again until today: nothing has changed since the cut-off.
    undone = "given" if decision == "withdrawn" else "withdrawn"
    records.decide(date(2026, 5, 2), people[0], purpose, undone)
    assert records.freeze(date(2026, 5, 3), cutoff=cutoff).id == old.id


def test_a_consent_given_after_the_cut_off_waits_for_the_next_freeze(records: Records) -> None:
    """R22."""
    people = [records.enrol(date(2026, 1, 10), consents={Purpose.ANSWER: True}) for _ in range(10)]
    for person in people:
        records.decide(date(2026, 4, 20), person, "statistics", "given")
    early = records.read(records.freeze(date(2026, 5, 1), cutoff=date(2026, 4, 1)))
    late = records.read(records.freeze(date(2026, 5, 1)))
    assert early["support-useful"]["state"] == "no_value"
    assert (late["support-useful"]["low"], late["support-useful"]["denominator"]) == (5, 10)


def test_a_service_recorded_after_the_cut_off_waits_whatever_its_day(records: Records) -> None:
    """R22: the event date places late data, the cut-off decides."""
    people = [records.enrol(date(2025, 12, 20)) for _ in range(7)]
    staff = records.offices.on(date(2026, 4, 9)).staff
    for person in people:
        record_service(staff, "ALFA", person, Service("PSY4", date(2026, 3, 31)))
    values = {
        cutoff: records.read(records.freeze(date(2026, 4, 30), cutoff=cutoff))["people-supported"]["value"]
        for cutoff in (date(2026, 2, 1), date(2026, 4, 8), date(2026, 4, 9))
    }
    assert list(values.values()) == [0, 0, 7]


def test_a_leap_day_is_a_day_like_any_other(records: Records) -> None:
    """R32."""
    for _ in range(6):
        records.enrol(date(2024, 2, 29))
    today = date(2024, 4, 1)
    for period, people in (("2024-02-29..2024-02-29", 6), ("2024-02-01..2024-02-28", 0), ("2024-Q1", 6), ("2024", 6)):
        assert records.read(records.freeze(today, period))["people-supported"]["value"] == people


def test_a_cut_off_that_knows_nothing_is_refused(records: Records) -> None:
    """R2, R22: days to come and a period that has not begun are no zeros."""
    day = date(2026, 3, 2)
    with pytest.raises(InputInvalid, match="2026-03-03 lies ahead"):
        records.freeze(day, cutoff=day + timedelta(days=1))
    with pytest.raises(InputInvalid, match="before the period 2026-Q2 begins"):
        records.freeze(day, "2026-Q2")
    assert records.freeze(day).new


def test_answers_belong_to_the_wave_of_their_day(records: Records) -> None:
    """R6: the day decides, whatever wave a code was issued for; here 90 days after the first answers."""
    people = [records.enrol(date(2026, 1, 5)) for _ in range(6)]
    for person in people:
        records.answer(date(2026, 4, 5), person)
    assert records.read(records.freeze(date(2026, 7, 1), "2026-H1"))["flow:paired"]["value"] == 6


def test_members_of_two_freezes_cannot_be_told_to_be_the_same(records: Records) -> None:
    """R23, privacy-and-safety part 2: a member is an HMAC under the person's own secret of this one freeze."""
    for _ in range(3):
        records.enrol(date(2026, 1, 5))
    freezes = [records.freeze(date(2026, 4, 1), period) for period in ("2026-Q1", "2026-01-01..2026-03-30")]
    members = [set(read_part(records.offices.worker, each.id, "ALFA")["members"]) for each in freezes]
    assert [len(each) for each in members] == [3, 3]
    assert not members[0] & members[1]


@pytest.mark.parametrize(
    ("consents", "changes", "told"),
    [
        pytest.param(AGREED, {}, {"findings", "quotes"}, id="all agreed, all checked"),
        pytest.param({**AGREED, Purpose.STATISTICS: False}, {}, {"quotes"}, id="no statistics, no finding"),
        pytest.param({**AGREED, Purpose.QUOTE: False}, {}, {"findings"}, id="no quote consent, no quote"),
        pytest.param(AGREED, {"finding": replace(FINDING, checked=False)}, {"quotes"}, id="finding not checked"),
        pytest.param(AGREED, {"quote": replace(QUOTE, checked=False)}, {"findings"}, id="quote not checked"),
        pytest.param(AGREED, {"date": date(2025, 12, 31)}, set(), id="of another period"),
    ],
)
def test_a_narrative_is_told_with_consent_and_after_a_second_look_only(
    records: Records, consents: Mapping[Purpose, bool], changes: Mapping[str, Any], told: set[str]
) -> None:
    """R0: narratives only with `statistics`, text only with `quote`; R30."""
    person = records.enrol(date(2026, 1, 10), consents=consents)
    plain = NarrativeText(date(2026, 1, 20), ("LEG",), "integration", finding=FINDING, quote=QUOTE)
    write_narrative(records.offices.on(date(2026, 2, 1)).staff, "ALFA", person, replace(plain, **changes))
    part = read_part(records.offices.worker, records.freeze(date(2026, 4, 1)).id, "ALFA")
    assert {name for name in ("findings", "quotes") if part[name]} == told


def test_what_a_frozen_narrative_told_is_not_printed_once_consent_is_gone(records: Records) -> None:
    """R25: quotes render as withdrawn, findings are left out; the rest of the report stands."""
    person = records.enrol(date(2026, 1, 10))
    narrative = NarrativeText(date(2026, 1, 20), ("LEG",), "integration", finding=FINDING, quote=QUOTE)
    write_narrative(records.offices.on(date(2026, 2, 1)).staff, "ALFA", person, narrative)
    part = read_part(records.offices.worker, records.freeze(date(2026, 4, 1)).id, "ALFA")
    late = records.offices.on(date(2026, 6, 1)).worker
    findings, quotes = read_texts(late, "ALFA", part)
    assert [each["text"] for each in (*findings, *quotes)] == [FINDING.text, QUOTE.text]
    for purpose in ("statistics", "quote"):
        records.decide(date(2026, 5, 1), person, purpose, "withdrawn")
    findings, quotes = read_texts(late, "ALFA", part)
    assert findings == []
    assert [each["text"] for each in quotes] == [None]
