"""Staff's other records: what is right, what is told about what is wrong, and what is counted of each on a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.content import Problems
from me_platform.errors import ContentInvalid
from me_platform.exchange.record_models import Barrier
from me_platform.exchange.records import (
    CASE_BYTES,
    PARTNER,
    PERSON,
    RECORD_KINDS,
    Record,
    Setting,
    check_record,
    choose_standing,
    decode_record,
    encode_record,
    read_record,
)
from me_platform.indicators.frames import SOURCE_FIELDS
from me_platform.indicators.loading import check_taxonomy
from me_platform.indicators.sources import SOURCES
from me_platform.surveys.answers import decode_response
from me_platform.surveys.definition import AnswerState, Mode, Survey
from me_platform.surveys.loading import check_surveys

ROOT = Path(__file__).parents[2]
CHECKIN = check_surveys(ROOT, Problems())["outcome-checkin"]
SEEN: Survey = replace(CHECKIN, id="seen", respondent="caseworker")
TOGETHER: Survey = replace(CHECKIN, id="together", respondent="joint")
TODAY = date(2026, 6, 30)
SETTING = Setting(check_taxonomy(ROOT, Problems()), {each.id: each for each in (CHECKIN, SEEN, TOGETHER)}, TODAY)
WORDS = {"en": "Words.", "lv": "Vārdi."}

Values = Mapping[str, Any]

NEED: Values = {"category": "N1", "identified": date(2026, 1, 5), "status": "open"}
BARRIER: Values = {"barrier": "B5", "date": date(2026, 1, 5), "status": "open"}
CHECKLIST: Values = {
    "list": "legal_support",
    "date": date(2026, 1, 5),
    "items": {f"L{number}": "done" for number in range(1, 10)},
}
RATING: Values = {"survey": "seen", "date": date(2026, 1, 5), "answers": {}}
PRACTICE: Values = {
    "date": date(2026, 1, 5),
    "contact": "Somebody",
    "category": "EEM",
    "types": ["EEM2", "EEM6"],
    "indicators": [WORDS],
    "success": [{"indicator": WORDS, "definition": WORDS, "target": WORDS, "method": WORDS}],
    "title": WORDS,
    "description": WORDS,
    "gender_specificity": WORDS,
    "evaluation": WORDS,
    "tense": "ongoing",
    "approved": True,
}
FEEDBACK: Values = {
    "survey": "outcome-checkin",
    "date": date(2026, 1, 5),
    "said": WORDS,
    "decision": "done",
    "changed": {**WORDS, "uk": "Слова."},
    "replied": True,
    "published": True,
}
STANDARD: Values = {
    "standard": "safe_residence",
    "date": date(2026, 1, 5),
    "rating": "partly",
    "evidence": WORDS,
    "reviewer_role": "manager",
    "action": WORDS,
    "action_date": date(2026, 12, 1),
}
RIGHT: Mapping[str, tuple[Values, tuple[Mapping[str, str], ...]]] = {
    "need": (NEED, ({"category": "N1", "status": "open", "reason": "", "review": ""},)),
    "barrier": (BARRIER, ({"barrier": "B5", "status": "open"},)),
    "referral": (
        {"service_type": "PSY2", "date": date(2026, 1, 5), "consent": True, "outcome": "pending"},
        ({"service_type": "PSY2", "consent": "yes", "outcome": "pending"},),
    ),
    "checklist": (
        CHECKLIST,
        tuple({"list": "legal_support", "item": f"L{number}", "answer": "done"} for number in range(1, 10)),
    ),
    "rating": (RATING, ()),
    "goal": ({"words": "A room of my own", "date": date(2026, 1, 5), "rating": 4}, ()),
    "guardian": (
        {"date": date(2026, 1, 5), "ground": "guardian", "how": "phone", "decisions": {"answer": "given"}},
        (),
    ),
    "decision": ({"date": date(2026, 1, 5), "purpose": "quote", "decision": "withdrawn"}, ()),
    "practice": (PRACTICE, ({"category": "EEM", "tense": "ongoing"},)),
    "feedback": (FEEDBACK, ({"survey": "outcome-checkin", "decision": "done", "replied": "yes"},)),
    "standard": (STANDARD, ({"standard": "safe_residence", "rating": "partly"},)),
    "attendance": (
        {
            "activity": "T1",
            "date": date(2026, 1, 5),
            "participant": "T1-007",
            "profession": "police",
            "institution": "state",
            "first": True,
        },
        ({"profession": "police", "institution": "state", "first": "yes"},),
    ),
    "involvement": (
        {"date": date(2026, 1, 5), "product": WORDS, "kind": "report", "survivors": False},
        ({"kind": "report", "survivors": "no"},),
    ),
}


def check(kind: str, content: Values) -> Record:
    return check_record(content, RECORD_KINDS[kind], SETTING)


def list_faults(kind: str, content: Values) -> list[str]:
    with pytest.raises(ContentInvalid) as caught:
        check(kind, content)
    return [each.message for each in caught.value.problems]


@pytest.mark.parametrize("kind", RECORD_KINDS)
def test_a_right_record_is_kept_and_counted(kind: str) -> None:
    content, rows = RIGHT[kind]
    record = check(kind, content)
    assert record.day == date(2026, 1, 5)
    assert decode_record(encode_record(record)) == record
    assert tuple(RECORD_KINDS[kind].list_rows(record.content, TODAY)) == rows


def test_what_is_counted_has_the_fields_the_figures_know() -> None:
    for kind, (content, _) in RIGHT.items():
        for fields in RECORD_KINDS[kind].list_rows(check(kind, content).content, TODAY):
            assert tuple(fields) == SOURCE_FIELDS[RECORD_KINDS[kind].source]
    for name, columns in SOURCE_FIELDS.items():
        assert set(columns) == set(SOURCES[name].fields) - {"age_band", "language"}, name


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        pytest.param("need", {"category": "N9"}, "`category`: `N9` is not known.", id="unknown code"),
        pytest.param("need", {"identified": date(2026, 7, 1)}, "`identified` lies ahead.", id="a day ahead"),
        pytest.param("need", {"status": "unmet", "closed": TODAY}, "reason", id="unmet without a reason"),
        pytest.param("need", {"reason": "other"}, "reason", id="a reason for what is open"),
        pytest.param("need", {"status": "met"}, "closed", id="met without its day"),
        pytest.param("need", {"closed": TODAY}, "closed", id="closed and open"),
        pytest.param("need", {"review_due": date(2026, 1, 1)}, "lies before", id="a review before the need"),
        pytest.param("barrier", {"status": "resolved"}, "resolved", id="resolved without its day"),
        pytest.param("barrier", {"resolved": TODAY}, "resolved", id="resolved and open"),
        pytest.param(
            "barrier",
            {"status": "resolved", "resolved": date(2026, 1, 1)},
            "lies before",
            id="resolved before it was met",
        ),
        pytest.param("barrier", {"colour": "red"}, "`colour` is not known here.", id="unknown key"),
        pytest.param("barrier", {"replaces": "that one"}, "replaces", id="no id"),
        pytest.param("barrier", {"done": "x" * 1001}, "`done`", id="too long"),
        pytest.param("referral", {"outcome": "lost"}, "`outcome` cannot be `lost`.", id="unknown outcome"),
        pytest.param("referral", {"consent": "yes"}, "`consent` must be `true` or `false`.", id="yes is a word"),
        pytest.param(
            "checklist", {"items": {"L1": "done"}}, "nothing is said of L2, L3, L4, L5, L6, L7, L8, L9", id="parts"
        ),
        pytest.param(
            "checklist", {"items": {**CHECKLIST["items"], "L10": "done"}}, "`L10` is not known", id="unknown item"
        ),
        pytest.param("rating", {"survey": "outcome-checkin"}, "no such survey", id="a survey people answer themselves"),
        pytest.param("rating", {"answers": {"nothing": "yes"}}, "no question `nothing`", id="unknown question"),
        pytest.param("rating", {"answers": {"safe_home": "perhaps"}}, "none of the choices", id="unknown answer"),
        pytest.param("practice", {"category": "LEG"}, "`LEG` is not known", id="unknown model"),
        pytest.param("practice", {"types": ["EEM2", "EEM0"]}, "`EEM0` is not known", id="one of several codes"),
        pytest.param("practice", {"title": {"en": "Words"}}, "`lv` is missing.", id="missing Latvian"),
        pytest.param("practice", {"evaluation": None}, "`evaluation`", id="a required field of the form left empty"),
        pytest.param("feedback", {"survey": "nothing"}, "no such survey", id="unknown survey"),
        pytest.param("feedback", {"said": {"en": "Words"}}, "`lv` is missing.", id="missing Latvian of a notice"),
        pytest.param("standard", {"action": None}, "is not met has an `action`", id="not met and nothing to be done"),
        pytest.param("standard", {"reviewer_role": "Anna"}, "`reviewer_role` cannot be", id="a name"),
        pytest.param("attendance", {"participant": "anna@example.org"}, "`participant`", id="an address"),
        pytest.param("attendance", {"profession": "wizard"}, "`wizard` is not known", id="unknown profession"),
        pytest.param("involvement", {"kind": "party"}, "`party` is not known", id="unknown kind"),
    ],
)
def test_what_is_wrong_is_said(kind: str, changes: Values, said: str) -> None:
    faults = list_faults(kind, {**RIGHT[kind][0], **changes})
    assert len(faults) == 1
    assert said in faults[0]


def test_every_fault_of_a_file_is_told_with_its_line() -> None:
    text = "barrier: B9\ndate: 2026-12-01\nstatus: resolved\n"
    with pytest.raises(ContentInvalid) as caught:
        read_record(text, "barrier.yaml", RECORD_KINDS["barrier"], SETTING)
    places = [str(each).partition(": ")[0] for each in caught.value.problems]
    assert places == ["barrier.yaml:1", "barrier.yaml:1", "barrier.yaml:2"]


def test_a_file_and_the_same_values_give_the_same_record() -> None:
    text = 'barrier: B5\ndate: 2026-01-05\nstatus: open\ndone: "Asked again."\n'
    assert read_record(text, "-", RECORD_KINDS["barrier"], SETTING) == check(
        "barrier", {**BARRIER, "done": "Asked again."}
    )


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "barrier: [\n"])
def test_a_file_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ContentInvalid):
        read_record(text, "-", RECORD_KINDS["barrier"], SETTING)


def test_a_rating_is_kept_as_a_response_to_its_survey() -> None:
    question = next(each for each in SEEN.questions if each.kind == "single_choice" and not each.when)
    chosen = question.choices[0]
    declined = next((each for each in question.choices if each.state is not AnswerState.ANSWERED), None)
    for survey, mode in ((SEEN, Mode.SELF), (TOGETHER, Mode.IN_PERSON)):
        record = check("rating", {**RATING, "survey": survey.id, "answers": {question.name: chosen.value}})
        response = decode_response(encode_content(record), survey)
        assert (response.mode, response.answers[question.name].value) == (mode, chosen.value)
        assert response.version == survey.version
        others = {answer.state for name, answer in response.answers.items() if name != question.name}
        assert others <= {AnswerState.SKIPPED, AnswerState.NOT_ASKED}
    assert declined is not None
    record = check("rating", {**RATING, "answers": {question.name: declined.value}})
    assert decode_response(encode_content(record), SEEN).answers[question.name].state is declined.state


def encode_content(record: Record) -> bytes:
    return json.dumps(record.content["response"]).encode()


def test_an_answer_to_what_is_not_asked_is_no_silent_loss() -> None:
    question = replace(SEEN.questions[0], name="later", when=f"${{{SEEN.questions[0].name}}} = 'never'")
    survey = replace(SEEN, questions=(*SEEN.questions, question))
    setting = replace(SETTING, surveys={survey.id: survey})
    with pytest.raises(ContentInvalid, match="`later` is not asked"):
        check_record({**RATING, "answers": {"later": question.choices[0].value}}, RECORD_KINDS["rating"], setting)


@pytest.mark.parametrize(
    ("changes", "as_of", "counted"),
    [
        ({}, TODAY, ("open", "", "")),
        ({"status": "met", "closed": date(2026, 3, 1)}, date(2026, 3, 1), ("met", "", "")),
        ({"status": "met", "closed": date(2026, 3, 1)}, date(2026, 2, 28), ("open", "", "")),
        ({"status": "unmet", "reason": "other", "closed": date(2026, 3, 1)}, TODAY, ("unmet", "other", "")),
        ({"status": "unmet", "reason": "other", "closed": date(2026, 3, 1)}, date(2026, 2, 1), ("open", "", "")),
        ({"review_due": date(2026, 3, 1)}, date(2026, 3, 1), ("open", "", "not_due")),
        ({"review_due": date(2026, 3, 1)}, date(2026, 3, 2), ("open", "", "late")),
        ({"review_due": date(2026, 3, 1), "reviewed": date(2026, 3, 1)}, TODAY, ("open", "", "on_time")),
        ({"review_due": date(2026, 3, 1), "reviewed": date(2026, 3, 2)}, TODAY, ("open", "", "late")),
        ({"review_due": date(2026, 3, 1), "reviewed": date(2026, 3, 2)}, date(2026, 3, 1), ("open", "", "not_due")),
        ({"review_due": date(2026, 3, 1), "status": "met", "closed": date(2026, 2, 1)}, TODAY, ("met", "", "not_due")),
        ({"review_due": date(2026, 3, 1), "status": "met", "closed": date(2026, 4, 1)}, TODAY, ("met", "", "late")),
    ],
)
def test_a_need_stands_as_it_stood_on_the_day_that_is_counted(
    changes: Values, as_of: date, counted: tuple[str, str, str]
) -> None:
    """R22, R28: what happened after a period does not change what it looked like."""
    record = check("need", {**NEED, **changes})
    [fields] = RECORD_KINDS["need"].list_rows(record.content, as_of)
    assert (fields["status"], fields["reason"], fields["review"]) == counted


def test_a_barrier_is_open_until_the_day_it_was_overcome() -> None:
    record = check("barrier", {**BARRIER, "status": "resolved", "resolved": date(2026, 3, 1)})
    states = [next(RECORD_KINDS["barrier"].list_rows(record.content, date(2026, month, 1))) for month in (2, 3, 4)]
    assert [each["status"] for each in states] == ["open", "resolved", "resolved"]


def test_a_practice_nobody_approved_is_not_counted() -> None:
    record = check("practice", {**PRACTICE, "approved": False})
    assert list(RECORD_KINDS["practice"].list_rows(record.content, TODAY)) == []


def test_only_the_last_of_a_chain_stands() -> None:
    first, second, third, other = (UUID(int=number) for number in range(1, 5))
    plain = check("barrier", BARRIER)
    records = {
        first: plain,
        second: replace(plain, replaces=first),
        third: replace(plain, replaces=second),
        other: plain,
    }
    assert set(choose_standing(records)) == {third, other}
    # What is replaced later than what is known still stands.
    assert set(choose_standing({first: plain, other: plain})) == {first, other}


@given(done=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=1000))
def test_every_record_about_a_person_fits_into_one_size(done: str) -> None:
    """privacy-and-safety part 2: a length tells nothing about what was written."""
    assert len(encode_record(check("barrier", {**BARRIER, "done": done}))) <= CASE_BYTES


def test_the_longest_records_about_people_fit_or_are_refused() -> None:
    longest = check("barrier", {**BARRIER, "done": "\U0001f54a" * 1000})
    assert len(encode_record(longest)) <= CASE_BYTES
    text = next((each for each in CHECKIN.questions if each.kind == "text"), None)
    assert text is not None
    many = replace(SEEN, questions=tuple(replace(text, name=f"t{number}", when="") for number in range(20)))
    setting = replace(SETTING, surveys={many.id: many})
    words = {each.name: "ž" * text.max_length for each in many.questions}
    with pytest.raises(ContentInvalid, match="too long"):
        check_record({**RATING, "answers": words}, RECORD_KINDS["rating"], setting)


def test_each_kind_is_about_a_person_or_an_organisation() -> None:
    assert {kind.about for kind in RECORD_KINDS.values()} == {PERSON, PARTNER}
    assert all(kind.title for kind in RECORD_KINDS.values())
    assert Barrier.model_fields["done"].description
