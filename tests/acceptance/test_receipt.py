"""The life of somebody's answers, from the first tap to the last trace of a key, on an instance of its own.

What figures must be at each step is not written down here: they are those of an organisation with the same people
where she did from the start what she does now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from me_platform.catalogue import load_catalogue
from me_platform.errors import KeysDestroyed
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.indicators.periods import read_period
from me_platform.indicators.results import RawFigure
from me_platform.services.answering import submit_directly
from me_platform.services.doors import issue_doors
from me_platform.services.instance import Office, find_role_url, open_office
from me_platform.services.opening import make_frames, open_partner
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import Round, carry_out_requests
from me_platform.settings import Settings, load_settings
from me_platform.storage.database import make_engine
from me_platform.storage.partners import PartnerRow, get_partner
from me_platform.storage.people import list_people
from me_platform.storage.tenancy import enter_partner
from me_platform.survey_site.site import make_survey_site
from me_platform.surveys.definition import Answer, AnswerState, Purpose, Survey
from me_platform.surveys.taking_back import list_takeable
from tests.acceptance.conftest import ROOT, Me
from tests.conftest import lend_folder
from tests.survey_samples import ALL_YES, CONTACTS, EXIT_URL, SURVEY, Browser

CATALOGUE = load_catalogue(ROOT)
CHECKIN = CATALOGUE.surveys[SURVEY]
DAY = date(2026, 3, 2)
ALL, NO_STATISTICS, NO_USEFUL, NOTHING = "BERZ", "KALNS", "GAISMA", "VEJI"
"""Organisations with the same people but for one: she answers all, without statistics, without `useful`, nothing."""
WITHDRAWN = "consent-withdrawn"
WORDS = {"en": "words", "lv": "vārdi"}
SAMPLE = CATALOGUE.plans["sample"]
PLAN: Plan = replace(
    SAMPLE,
    surveys=(SURVEY,),
    partners=tuple(
        PlanPartner(code, WORDS, WORDS, asks=(SURVEY,)) for code in (ALL, NO_STATISTICS, NO_USEFUL, NOTHING)
    ),
    indicators=tuple(
        each for each in SAMPLE.indicators if CATALOGUE.indicators[each.indicator].source.survey in {"", SURVEY}
    ),
)


def list_choices(survey: Survey) -> dict[str, str]:
    """One answer to every question of choice that is asked the first time; none that somebody has to be told of."""
    return {
        each.name: "no" if each.name == "in_danger" else "yes"
        for each in survey.questions
        if each.kind == "single_choice" and not each.waves
    }


@dataclass
class Scene:
    """An instance with four organisations, the offices of staff and worker, and the survivor's door."""

    me: Me
    settings: Settings
    staff: Office
    worker: Office
    doorstep: Doorstep
    app: Flask
    others: int = field(default=9)

    @classmethod
    def make(cls, me: Me, settings: Settings, staff: Office, worker: Office) -> Scene:
        """Nine people answer in each organisation, each otherwise."""
        engine = make_engine(find_role_url(settings, "me_survey"))
        doorstep = Doorstep(engine, CATALOGUE.surveys, staff.pepper, staff.sources)
        app = make_survey_site(doorstep, secret_key="key of the tests", exit_url=EXIT_URL, contacts=CONTACTS)
        scene = cls(me, settings, staff, worker, doorstep, app)
        choices = ("no", "rather_no", "rather_yes", "yes", "dont_know", "declined", "")
        for partner in (ALL, NO_STATISTICS, NO_USEFUL, NOTHING):
            for number in range(scene.others):
                given = {
                    name: choices[(number + place) % len(choices)]
                    for place, name in enumerate(list_choices(CHECKIN))
                    if name != "in_danger"
                }
                scene.answer(partner, {name: value for name, value in given.items() if value})
        return scene

    def issue(self, partner: str) -> str:
        [door] = issue_doors(self.staff, CHECKIN, partner)
        return door.code

    def answer(self, partner: str, given: Mapping[str, str], consents: Mapping[Purpose, bool] = ALL_YES) -> None:
        states = {"dont_know": AnswerState.DONT_KNOW, "declined": AnswerState.DECLINED}
        answers = {
            name: Answer(states[value]) if value in states else Answer(AnswerState.ANSWERED, value)
            for name, value in given.items()
        }
        submit_directly(self.doorstep, self.issue(partner), "en", consents, answers)

    def list_people(self, partner: str) -> dict[str, UUID]:
        with Session(self.staff.engine) as session:
            row = get_partner(session, partner)
            enter_partner(session, row.id)
            return {each.code: each.id for each in list_people(session)}

    def get_partner(self, code: str) -> PartnerRow:
        with Session(self.staff.engine) as session:
            return get_partner(session, code)

    def compute(self, partner: str) -> list[RawFigure]:
        """Every true figure of an organisation, under no name and beside no target of its own.

        All but the number of people who took a consent back: nobody does so from the start.
        """
        return [
            replace(each, partner="", target=None, progress=None)
            for each in self._list_figures(partner)
            if each.indicator != WITHDRAWN
        ]

    def count_withdrawn(self, partner: str) -> int | None:
        [figure] = (each for each in self._list_figures(partner) if each.indicator == WITHDRAWN)
        return figure.numerator

    def _list_figures(self, partner: str) -> list[RawFigure]:
        period = read_period("2026-Q1")
        opened = open_partner(self.worker, CATALOGUE, PLAN, self.get_partner(partner), period, DAY)
        chosen = {each.indicator: CATALOGUE.indicators[each.indicator] for each in PLAN.indicators}
        figures = compute_figures(PLAN, chosen, CATALOGUE.surveys, make_frames([opened]), period, DAY)
        return [each for each in figures if each.partner == partner]

    def open(self, code: str) -> Browser:
        """Another device."""
        browser = Browser(self.app)
        browser.enter(code)
        return browser


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with lend_folder() as folder:
        environment = {
            "ME_INSTANCE": str(folder / "instance"),
            "ME_CONTENT": str(ROOT),
            "ME_TODAY": DAY.isoformat(),
            "ME_DAY_KEYS": str(folder / "day-keys"),
        }
        me = Me(environment)
        (folder / "sheet.txt").write_text(me("init", "--sample", ME_TODAY="").out)
        settings = load_settings(environment, ROOT)
        with open_office(settings, "me_staff") as staff, open_office(settings, "me_worker") as worker:
            made = Scene.make(me, settings, staff, worker)
            yield made
            made.doorstep.engine.dispose()


def read_wrapped_keys(vault: Path, person: UUID) -> list[bytes]:
    """What the vault's file holds of somebody's keys."""
    database = sqlite3.connect(f"file:{vault}?mode=ro", uri=True)
    statement = "select private_key, data_key, snapshot_secret from person where person = ?"
    rows = database.execute(statement, (person.bytes,)).fetchall()
    database.close()
    return [key for row in rows for key in row]


def test_a_person_completes_returns_changes_and_takes_back_one_answer_then_all(scene: Scene) -> None:
    """Issue D, done when 5; privacy-and-safety 1.6, 1.7 and part 2."""
    # What the figures have to be, each time: of those where it was so from the start.
    given = list_choices(CHECKIN)
    scene.answer(NO_STATISTICS, given, {**ALL_YES, Purpose.STATISTICS: False})
    scene.answer(NO_USEFUL, {name: value for name, value in given.items() if name != "useful"})
    scene.issue(NOTHING)
    known = scene.list_people(ALL).keys()

    # She completes the survey, one page after the other.
    first = scene.open(scene.issue(ALL))
    first.walk_to("thanks", answers=given)
    receipt = first.code
    first.tap("end")
    [person] = (each for code, each in scene.list_people(ALL).items() if code not in known)
    answered = scene.compute(ALL)
    for other in (NO_STATISTICS, NO_USEFUL, NOTHING):
        assert answered != scene.compute(other)

    # On another device she changes what she agreed to, and changes her mind.
    second = scene.open(receipt)
    assert second.page == "agreed"
    second.tap("withdraw", purpose="statistics")
    assert scene.compute(ALL) == scene.compute(NO_STATISTICS)
    assert scene.count_withdrawn(ALL) == 1
    second.tap("give", purpose="statistics")
    assert scene.compute(ALL) == answered

    # She takes one answer back: out of everything at once, then only that answer is missing.
    names = [each.name for each in list_takeable(CHECKIN, "baseline")]
    second.tap("take_one")
    second.tap("take_one", answer=str(names.index("useful") + 1))
    assert scene.compute(ALL) == scene.compute(NOTHING)
    assert carry_out_requests(scene.worker) == Round(1, 0)
    assert scene.compute(ALL) == scene.compute(NO_USEFUL)

    # A backup is made; then she takes everything back.
    wrapped, archive = read_wrapped_keys(scene.settings.vault_file, person), make_backup(scene)
    assert len(wrapped) == 3
    second.tap("take_back")
    assert "out of everything since 2 March 2026" in second.text
    assert scene.compute(ALL) == scene.compute(NOTHING) != answered
    assert carry_out_requests(scene.worker) == Round(1, 0)
    second.open("/")
    assert "Deleted on 2 March 2026" in second.text
    assert scene.compute(ALL) == scene.compute(NOTHING)
    check_the_keys_are_gone(scene, person, wrapped, archive)


def make_backup(scene: Scene) -> Path:
    backups = scene.settings.instance.parent / "backups"
    backups.mkdir()
    made = scene.me("backup", str(backups))
    assert made.status == 0, made.err
    return Path(made.out.strip())


def check_the_keys_are_gone(scene: Scene, person: UUID, wrapped: list[bytes], archive: Path) -> None:
    """From the vault, from every byte of its folder, and from an older backup: with its journal, and on day 8."""
    partner, vault = scene.get_partner(ALL).id, scene.settings.vault_file
    with pytest.raises(KeysDestroyed):
        scene.worker.vault.get_person(partner, person)
    files = [path for path in vault.parent.iterdir() if path.is_file()]
    assert vault in files
    assert not [path for path in files if any(key in path.read_bytes() for key in wrapped)]

    folder = scene.settings.instance.parent
    sheet, journal = folder / "sheet.txt", folder / "journal"
    journal.write_text(scene.me("erasures").out)
    elsewhere = make_other(scene.me, "restored")
    assert elsewhere("restore", str(archive), "--sheet", str(sheet), "--erasures", str(journal)).status == 0
    restored = load_settings(elsewhere.environment, ROOT)
    assert read_wrapped_keys(restored.vault_file, person) == []
    assert scene.me("backup", str(folder / "late"), ME_TODAY="2026-03-09").status == 0
    refused = make_other(scene.me, "late-restored")("restore", str(archive), "--sheet", str(sheet))
    assert (refused.status, "destroyed on day 8" in refused.err) == (1, True), refused.err


def make_other(me: Me, name: str) -> Me:
    """The command for another instance beside the first."""
    instance = Path(me.environment["ME_INSTANCE"]).with_name(name)
    return Me({**me.environment, "ME_INSTANCE": str(instance), "ME_TODAY": ""})
