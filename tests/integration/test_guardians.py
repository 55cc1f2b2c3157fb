"""A child is asked, and counted, only beside a guardian's yes or the ground why none is needed (issue, consent)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from me_platform.errors import GuardianMissing, InputInvalid, NotFound
from me_platform.indicators.periods import read_period
from me_platform.services.answering import find_visit, open_code, submit_directly
from me_platform.services.casework import hand_over, list_offers, note_decision
from me_platform.services.doors import issue_doors
from me_platform.services.guardian_notes import note_guardian, open_guardianship
from me_platform.services.guardians import Said
from me_platform.services.instance import Office
from me_platform.services.jobs import run_next_job
from me_platform.services.opening import Opened, open_partner
from me_platform.services.seats import Seat
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import carry_out_requests
from me_platform.surveys.definition import Answer, AnswerState
from tests.casework_samples import CORA, CaseworkWorld, make_casework
from tests.conftest import Engines
from tests.survey_samples import ALL_YES

CHILD = "outcome-checkin-child"
YES = Said("guardian", "phone", {"answer": True, "statistics": True})


@dataclass
class Care:
    """Cora, who works with the child bea, a worker, and the survivor's door."""

    world: CaseworkWorld
    office: Office
    worker: Office
    doorstep: Doorstep
    seat: Seat
    executor: ThreadPoolExecutor
    notes: int = 0

    def note(self, said: Said, *, person: str = "bea") -> None:
        """Note what a guardian said, and let the worker carry it out."""
        self.notes += 1
        catalogue = self.world.staff.desk.catalogue
        note_guardian(self.office, catalogue, self.seat, self.world.people[person], said, f"k{self.notes}")
        while run_next_job(self.worker, catalogue, self.executor):
            pass

    def answer(self) -> str:
        """Hand the child a code and have it answered; returns the receipt code."""
        self.notes += 1
        catalogue = self.world.staff.desk.catalogue
        bea = self.world.people["bea"]
        door = hand_over(self.office, catalogue, self.seat, bea, CHILD, "", f"k{self.notes}")
        assert door is not None
        answers = {"useful": Answer(AnswerState.ANSWERED, "yes")}
        receipt = submit_directly(self.doorstep, door.code, "lv", ALL_YES, answers)
        assert receipt is not None
        return receipt

    def open(self, cutoff: date | None = None) -> Opened:
        """What a freeze of today would count."""
        catalogue = self.world.staff.desk.catalogue
        period = read_period("2026-01-01..2026-12-31")
        today = self.office.sources.today()
        plan = catalogue.get_plan("sample")
        return open_partner(self.worker, catalogue, plan, self.seat.partner, period, cutoff or today)

    def count(self) -> tuple[int, bool]:
        """Submissions, and whether the last word about statistics is a yes."""
        opened = self.open()
        words = [row.decision for row in opened.consents if row.purpose == "statistics"]
        return len(opened.responses), words[-1:] == ["given"]


@pytest.fixture
def care(engines: Engines, tmp_path: Path) -> Iterator[Care]:
    world = make_casework(engines, tmp_path)
    with world.open_office() as office, ThreadPoolExecutor(1) as executor:
        doorstep = Doorstep(engines.survey, world.staff.desk.catalogue.surveys, office.pepper, office.sources)
        worker = replace(office, engine=engines.worker)
        yield Care(world, office, worker, doorstep, world.take_seat(CORA), executor)


def list_events(engines: Engines) -> list[tuple[str, str, str]]:
    with engines.owner.connect() as connection:
        rows = connection.execute(text("select speaker, purpose, decision from consent_event order by position"))
        return [tuple(row) for row in rows]


def test_no_code_of_a_survey_of_children_is_issued_before_the_guardian_said_yes(care: Care) -> None:
    """Issue: without it no code for a child survey can be issued, and the error says what to do."""
    catalogue, bea = care.world.staff.desk.catalogue, care.world.people["bea"]
    survey = catalogue.get_survey(CHILD)
    for said in (None, Said("guardian", "phone", {"answer": False, "statistics": True})):
        if said:
            care.note(said)
        with pytest.raises(GuardianMissing, match="me consent guardian"):
            hand_over(care.office, catalogue, care.seat, bea, CHILD, "", "x")
        for code in (care.world.codes["bea"], ""):
            with pytest.raises(GuardianMissing):
                issue_doors(care.office, survey, "ALFA", person_code=code)
        assert [offer.permitted for offer in list_offers(care.office, catalogue, care.seat, bea).offers][:1] == [False]
    care.note(YES)
    assert list_offers(care.office, catalogue, care.seat, bea).offers[0].permitted
    assert issue_doors(care.office, survey, "ALFA", person_code=care.world.codes["bea"])


def test_what_the_guardian_said_is_kept_with_words_and_way_and_without_a_name(care: Care, engines: Engines) -> None:
    """Issue: purpose by purpose, day, how it was given, text version and fingerprint; append-only, once."""
    catalogue, bea = care.world.staff.desk.catalogue, care.world.people["bea"]
    for _ in range(2):
        note_guardian(care.office, catalogue, care.seat, bea, YES, "same form")
    care.world.staff.clock.time += timedelta(seconds=1)  # jobs are taken in the order they were queued
    care.note(Said("guardian", "interpreter", {"statistics": False}))
    assert list_events(engines) == [
        ("guardian", "answer", "given"),
        ("guardian", "statistics", "given"),
        ("guardian", "statistics", "withdrawn"),
    ]
    found = open_guardianship(care.office, catalogue, care.seat, bea)
    assert found.standing is not None
    assert (found.standing.how, dict(found.standing.decisions)) == (
        "interpreter",
        {"answer": "given", "statistics": "withdrawn"},
    )
    words = {text_.purpose.value: text_ for text_ in found.texts}
    with engines.owner.connect() as connection:
        row = connection.execute(text("select text_version, text_fingerprint from consent_event limit 1")).one()
    assert tuple(row) == (words["answer"].version, words["answer"].fingerprint)


def test_child_and_guardian_each_take_the_answers_out_of_the_figures(care: Care) -> None:
    """Issue: either "no" wins, and the guardian's withdrawal takes effect like the child's own."""
    care.note(YES)
    care.answer()
    assert care.count() == (1, True)
    care.note(Said("guardian", "phone", {"statistics": False}))
    assert care.count() == (1, False)
    care.note(Said("guardian", "in_person", {"statistics": True}))
    assert care.count() == (1, True)
    catalogue, bea = care.world.staff.desk.catalogue, care.world.people["bea"]
    note_decision(care.office, catalogue, care.seat, bea, "statistics", "withdrawn", "child")
    while run_next_job(care.worker, catalogue, care.executor):
        pass
    assert care.count() == (1, False)


def test_a_yes_told_aloud_by_a_child_stands_only_beside_the_guardians(care: Care, engines: Engines) -> None:
    """Issue: an answer, and a consent, counts nowhere without the guardian's."""
    catalogue, bea = care.world.staff.desk.catalogue, care.world.people["bea"]
    note_decision(care.office, catalogue, care.seat, bea, "recontact", "given", "child")
    while run_next_job(care.worker, catalogue, care.executor):
        pass
    assert list_events(engines) == [("child", "recontact", "given")]
    assert [row for row in care.open().consents if row.purpose == "recontact"] == []
    care.note(Said("guardian", "writing", {"recontact": True}))
    assert [row.decision for row in care.open().consents if row.purpose == "recontact"] == ["given"]


def test_a_guardian_who_takes_back_the_yes_to_answering_has_the_answers_deleted(care: Care, engines: Engines) -> None:
    """privacy-and-safety 1.7: held at once, deleted by the worker, and the child's receipt page says so."""
    care.note(YES)
    receipt = care.answer()
    care.note(Said("guardian", "phone", {"answer": False}))
    assert care.count()[0] == 0
    cookie = open_code(care.doorstep, receipt, ["lv"])
    assert cookie is not None
    visit = find_visit(care.doorstep, cookie)
    assert visit is not None
    assert visit.agreement is not None
    assert visit.agreement.whole is not None
    assert visit.agreement.whole.done is None
    carry_out_requests(care.worker)
    visit = find_visit(care.doorstep, cookie)
    assert visit is not None
    assert visit.agreement is not None
    assert visit.agreement.whole is not None
    assert visit.agreement.whole.done == care.office.sources.today()
    with engines.owner.connect() as connection:
        assert connection.execute(text("select count(*) from response")).scalar_one() == 0


def test_answers_from_before_a_guardian_was_asked_count_once_the_ground_is_noted(care: Care, engines: Engines) -> None:
    """Issue: or why none is needed, e.g. that the organisation is the legal representative."""
    care.note(YES)
    care.answer()
    with engines.owner.begin() as connection:
        connection.execute(text("update consent_event set decision = 'refused' where speaker = 'guardian'"))
    assert care.count() == (0, False)
    care.note(Said("legal_representative"))
    assert care.count() == (1, True)


def test_that_a_child_is_old_enough_is_a_ground_where_the_plan_says_so_of_its_age(care: Care) -> None:
    """Issue: or the child is old enough by the partner's setting; no adult has a guardian."""
    desk = care.world.staff.desk
    with pytest.raises(InputInvalid, match="ground"):
        care.note(Said("old_enough"))
    with pytest.raises(NotFound):
        care.note(YES, person="ada")
    with pytest.raises(InputInvalid):
        care.note(Said("guardian", "phone", {"quote": True}))
    plans = {
        name: replace(plan, partners=tuple(replace(each, alone=("12-15",)) for each in plan.partners))
        for name, plan in desk.catalogue.plans.items()
    }
    care.world.staff.desk = replace(desk, catalogue=replace(desk.catalogue, plans=plans))
    care.note(Said("old_enough"))
    care.answer()
    assert care.count() == (1, True)
