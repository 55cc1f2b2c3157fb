"""What the database alone tells: nothing of what was answered or written, not even by its length."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from me_platform.content import Problems
from me_platform.exchange.records import RECORD_KINDS, Record, Setting, check_record
from me_platform.indicators.loading import check_taxonomy
from me_platform.sealing.vault import create_vault, make_root_key, open_vault
from me_platform.services.answering import open_code, submit_directly, take_step
from me_platform.services.doors import issue_doors
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import Finding, NarrativeText, Quote
from me_platform.services.narratives import write_narrative
from me_platform.services.people import Profile, Service, enrol_person, record_service
from me_platform.services.records import write_case_record
from me_platform.services.sittings import Doorstep
from me_platform.storage.database import ROLES, make_engine
from me_platform.storage.models import Base
from me_platform.storage.partners import PartnerRow, add_partner
from me_platform.surveys.answers import list_in_wave
from me_platform.surveys.definition import Answer, AnswerState, Purpose, Survey
from me_platform.surveys.flow import Form
from me_platform.surveys.loading import load_surveys
from tests.conftest import Database, Engines, lend_copy
from tests.integration.conftest import TODAY, make_sources
from tests.integration.test_schema import SEALED

if TYPE_CHECKING:
    from me_platform.storage.cluster import Cluster

ROOT = Path(__file__).parents[2]
CONSENTS = dict.fromkeys(Purpose, True)


@pytest.fixture
def two_engines(
    admin: Engine, cluster: Cluster, passwords: Mapping[str, str], migrated: str
) -> Iterator[tuple[Engines, Engines]]:
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(2):
            database = Database(stack.enter_context(lend_copy(admin, migrated)), cluster, passwords)
            engines = [make_engine(database.make_url(role)) for role in ROLES]
            for engine in engines:
                stack.callback(engine.dispose)
            made.append(Engines(*engines))
        yield made[0], made[1]


def test_two_instances_with_opposite_answers_differ_in_sealed_columns_of_equal_length_only(
    two_engines: tuple[Engines, Engines], tmp_path: Path
) -> None:
    """Issue, done when 5: same seed and clock, opposite choices and texts; privacy-and-safety part 2."""
    first = _live(two_engines[0], tmp_path / "first", "no", 0, "a", short=True)
    second = _live(two_engines[1], tmp_path / "second", "yes", 10, "ž" * 500, short=False)
    assert first.keys() == second.keys()
    assert {table for table, rows in first.items() if rows} >= {
        "person",
        "door",
        "sitting",
        "response",
        "receipt",
        "consent_event",
        "service_record",
        "narrative",
        "case_record",
    }
    differing = set()
    for table, rows in first.items():
        assert len(rows) == len(second[table]), table
        for one, other in zip(rows, second[table], strict=True):
            for column, value in one.items():
                if column in SEALED:
                    assert len(value or b"") == len(other[column] or b""), (table, column)
                    differing |= {(table, column)} if value != other[column] else set()
                else:
                    assert value == other[column], (table, column)
    assert {
        ("response", "sealed"),
        ("sitting", "sealed"),
        ("narrative", "sealed"),
        ("case_record", "sealed"),
    } <= differing


def _live(
    engines: Engines, folder: Path, choice: str, near: int, text: str, *, short: bool
) -> dict[str, list[dict[str, Any]]]:
    """Enrol, record, answer one survey to the end and another halfway; then dump every table."""
    sources = make_sources(TODAY)
    key = make_root_key(sources.random)
    create_vault(folder / "vault.sqlite", key, sources.random)
    survey = load_surveys(ROOT)["outcome-checkin"]
    with open_vault(folder / "vault.sqlite", key, sources.random, folder / "key") as vault:
        staff = Office(engines.staff, vault, b"p" * 32, sources)
        partner = PartnerRow(sources.new_id(), "ALFA")
        vault.add_partner(partner.id)
        with Session(engines.staff) as session:
            add_partner(session, partner)
            session.commit()
        person = enrol_person(staff, "ALFA", Profile(age_band="25-34" if short else "unknown", language="lv"))
        record_service(staff, "ALFA", person, Service("PSY1" if short else "LEG5", TODAY, 1.0, "phone"))
        write_narrative(staff, "ALFA", person, _make_narrative(text))
        write_case_record(staff, "ALFA", person, _make_record(text, short=short))
        doorstep = Doorstep(engines.survey, {survey.id: survey}, b"p" * 32, sources)
        sent, begun = (issue_doors(staff, survey, "ALFA", person_code=person)[0].code for _ in range(2))
        assert submit_directly(doorstep, sent, "lv", CONSENTS, _make_answers(survey, choice, near, text))
        _answer_halfway(doorstep, begun, survey, choice)
    with engines.owner.connect() as connection:
        return {
            name: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in Base.metadata.tables.items()
        }


def _make_narrative(text: str) -> NarrativeText:
    return NarrativeText(
        date=date(2026, 2, 1),
        areas=("PSY",),
        stage="stabilisation",
        changed_own=text,
        changed_staff=text * 3,
        finding=Finding({"en": text, "lv": text}, checked=True),
        quote=Quote(text, "lv", checked=True),
    )


def _make_record(text: str, *, short: bool) -> Record:
    """Not even what kind of record it is may be told: one person has a checklist, the other a barrier."""
    setting = Setting(check_taxonomy(ROOT, Problems()), {}, TODAY)
    if short:
        items = {f"L{number}": "not_applicable" for number in range(1, 10)}
        content = {"list": "legal_support", "date": TODAY, "items": items}
        return check_record(content, RECORD_KINDS["checklist"], setting)
    content = {"barrier": "B5", "date": TODAY, "status": "open", "done": text * 2}
    return check_record(content, RECORD_KINDS["barrier"], setting)


def _make_answers(survey: Survey, choice: str, near: int, text: str) -> dict[str, Answer]:
    values: dict[str, str | int] = {"single_choice": choice, "scale": near, "text": text}
    return {
        question.name: Answer(AnswerState.ANSWERED, values[question.kind])
        for question in list_in_wave(survey, "baseline")
        if question.kind in values
    }


def _answer_halfway(doorstep: Doorstep, code: str, survey: Survey, choice: str) -> None:
    """A draft that is still open: language, explanation, every consent, and half of the questions."""
    cookie = open_code(doorstep, code, ["lv"])
    assert cookie is not None
    steps = [Form("language", "language", language="lv"), Form("about", "next")]
    steps += [Form(f"consent-{purpose.value}", "yes") for purpose in survey.purposes]
    steps += [Form(f"question-{question.name}", "next", values=(choice,)) for question in survey.questions[:6]]
    for step in steps:
        assert take_step(doorstep, cookie, step) is not None
