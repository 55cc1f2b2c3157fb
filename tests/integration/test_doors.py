"""Codes: which wave they are for, cards that pair a session's two waves, and what no code is issued for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid
from me_platform.services.answering import submit_directly
from me_platform.services.doors import BOTH, LARGEST_BATCH, issue_doors
from me_platform.services.people import Profile, enrol_person
from me_platform.services.sittings import Doorstep
from me_platform.storage.models import Person, Response
from me_platform.surveys.definition import Purpose
from me_platform.surveys.loading import load_surveys
from tests.conftest import Engines
from tests.integration.conftest import TODAY, Offices

SURVEYS = load_surveys(Path(__file__).parents[2])
PULSE, TRAINING, COURSE = (SURVEYS[name] for name in ("session-pulse", "training-feedback", "lotus"))


def count_people(engines: Engines) -> int:
    with Session(engines.owner) as session:
        return session.execute(select(func.count()).select_from(Person)).scalar_one()


def test_a_card_of_a_session_holds_a_code_for_before_and_one_for_after(engines: Engines, offices: Offices) -> None:
    """privacy-and-safety, doors without a person: pairing "before" and "after" is by card."""
    doors = issue_doors(offices.staff, PULSE, "ALFA", number=3, wave=BOTH)
    assert [door.wave for door in doors] == ["before", "after"] * 3
    cards = [{doors[number].person, doors[number + 1].person} for number in (0, 2, 4)]
    assert [len(card) for card in cards] == [1, 1, 1]
    assert len({door.person for door in doors}) == count_people(engines) == 3
    doorstep = Doorstep(engines.survey, SURVEYS, offices.staff.pepper, offices.staff.sources)
    for door in doors[:2]:
        assert submit_directly(doorstep, door.code, "en", dict.fromkeys(Purpose, True), {})
    with Session(engines.owner) as session:
        rows = session.execute(select(Response.person_id, Response.wave, Response.day)).all()
    assert {wave for _, wave, _ in rows} == {"before", "after"}
    assert len({(person, day) for person, _, day in rows}) == 1


def test_a_card_is_asked_again_some_months_later(offices: Offices) -> None:
    [before, _] = issue_doors(offices.staff, TRAINING, "ALFA", wave=BOTH)
    for days, wave in ((89, None), (90, "followup-1"), (180, "followup-1"), (181, None)):
        staff = offices.on(TODAY + timedelta(days=days)).staff
        if wave is None:
            with pytest.raises(InputInvalid, match="say which, with --wave"):
                issue_doors(staff, TRAINING, "ALFA", person_code=before.person)
        else:
            assert issue_doors(staff, TRAINING, "ALFA", person_code=before.person)[0].wave == wave


def test_the_last_answers_of_a_course_are_counted_from_the_first(offices: Offices) -> None:
    person = enrol_person(offices.staff, "ALFA", Profile())
    adults = replace(COURSE, audience="adult")  # no guardian has to be asked
    waves = [
        issue_doors(offices.on(TODAY + timedelta(days=days)).staff, adults, "ALFA", person_code=person)[0].wave
        for days in (0, 55, 56, 100, 101)
    ]
    assert waves == ["baseline", "", "exit", "exit", ""]


@pytest.mark.parametrize(
    ("survey", "options", "words"),
    [
        ("session-pulse", {}, "before and after a session: say which, with --wave"),
        ("session-pulse", {"wave": "during"}, "not for 'during'"),
        ("outcome-checkin", {"wave": "before"}, "has no sessions"),
        ("outcome-checkin", {"wave": BOTH}, "has no sessions"),
        ("life-skills", {}, "Staff fill in the survey 'life-skills'"),
        ("caseworker-mirror", {}, "Staff fill in the survey"),
        ("session-pulse", {"wave": BOTH, "number": LARGEST_BATCH + 1}, "Between 1 and"),
        ("session-pulse", {"wave": "after", "number": 2, "person_code": "PERSON22"}, "one code at a time"),
    ],
)
def test_what_no_code_is_issued_for_is_told_and_leaves_nobody_behind(
    engines: Engines, offices: Offices, survey: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(InputInvalid, match=words):
        issue_doors(offices.staff, SURVEYS[survey], "ALFA", **options)  # type: ignore[arg-type]
    assert count_people(engines) == 0
