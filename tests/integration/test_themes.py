"""Themes and quotes over real records: counted at the freeze, kept with their code book, and told in the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from me_platform.access import Membership, Role, User
from me_platform.errors import NotPermitted
from me_platform.indicators.code_books import place_book
from me_platform.indicators.definition import BookChange
from me_platform.services.audit import list_log
from me_platform.services.explaining import explain_figure
from me_platform.services.freezing import read_part
from me_platform.services.lineage import read_taxonomy, verify_freeze
from me_platform.services.narrative_texts import NarrativeText
from me_platform.services.narratives import Coding, approve_narrative, open_narrative, write_narrative
from me_platform.services.quotes import Mention, QuoteState, find_state, list_quotes
from me_platform.services.seats import Organisation, Seat
from me_platform.storage.narratives import get_narrative_file
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.freeze_samples import CATALOGUE, QUOTE, Records
from tests.integration.conftest import Offices

ACCOUNT = UUID(int=7)
DAY = date(2026, 1, 20)
CUTOFF = date(2026, 4, 1)
ALFA_THEMES = "themes-reported/theme="


@pytest.fixture
def records(offices: Offices, engines: Engines) -> Records:
    return Records(offices, engines)


def sit(records: Records, role: Role = Role.MANAGER) -> Seat:
    partner = records.offices.alfa
    return Seat(User(ACCOUNT, (Membership(partner.id, partner.code, role),)), Organisation(partner, frozenset()))


def tell(records: Records, person: str, *themes: str, quote: bool = False, day: date = DAY) -> UUID:
    """An approved narrative."""
    text = NarrativeText(day, areas=("LEG",), stage="integration", quote=QUOTE if quote else None)
    return write_narrative(records.offices.on(day).staff, "ALFA", person, text.set_themes(themes, "1"))


# -- figures -----------------------------------------------------------------------------------------------------------


def test_reports_are_counted_by_theme_and_frozen_with_their_code_book(records: Records) -> None:
    """R30, R23, R27, R28: counted, verified, explained, and said in the words of the book it was frozen with."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(36)]
    for place, person in enumerate(people):
        tell(records, person, *(["housing"] if place < 18 else ["choice", "housing"] if place < 26 else []))
    freeze = records.freeze(CUTOFF)
    figures = records.read(freeze)
    told = {name.removeprefix(ALFA_THEMES): each for name, each in figures.items() if name.startswith("themes-")}
    assert told["themes-reported"]["value"] == 36
    assert (told["housing"]["value"], told["choice"]["value"], told["unknown"]["value"]) == (26, 8, 10)
    assert {each["unit"] for each in told.values()} == {"records"}
    part = read_part(records.offices.worker, freeze.id, "ALFA")
    book = CATALOGUE.taxonomy.book
    assert part["code_book"] == {"id": book.id, "version": "1", "fingerprint": book.fingerprint}
    assert verify_freeze(records.offices.worker, CATALOGUE, freeze.id).faults == ()

    later = replace(
        book,
        version="2",
        themes=tuple(replace(each, title={"en": "Roof", "lv": "Jumts"}) for each in book.themes),
        changes=(*book.changes, BookChange("2", CUTOFF, {"en": "Words", "lv": "Vārdi"})),
        fingerprint="other",
    )
    catalogue = replace(CATALOGUE, taxonomy=place_book(CATALOGUE.taxonomy, later))
    assert read_taxonomy(part, catalogue).get_title("themes", "housing", "en") == "Secure and suitable housing"
    text = explain_figure(records.offices.worker, catalogue, told["housing"]["id"], "lv", freeze.id)
    sentences = " ".join(sentence for paragraph in text for sentence in paragraph.sentences)
    assert "Drošs un piemērots mājoklis" in sentences
    assert "Skaitīti ieraksti, nevis cilvēki." in sentences


def test_a_theme_few_people_are_behind_is_hidden(records: Records) -> None:
    """Part 3: so is what would tell it beside the total."""
    people = [records.enrol(date(2026, 1, 10)) for _ in range(36)]
    for place, person in enumerate(people):
        tell(records, person, "safety" if place < 2 else "housing")
    figures = records.read(records.freeze(CUTOFF))
    assert figures["themes-reported"]["value"] == 36
    assert {figures[f"{ALFA_THEMES}{theme}"]["state"] for theme in ("safety", "housing")} == {"suppressed"}


# -- the second person -------------------------------------------------------------------------------------------------


def test_the_second_person_may_mark_other_themes(records: Records) -> None:
    """R30: what the reviewer leaves is counted; the history keeps what the author marked."""
    person = records.enrol(date(2026, 1, 10))
    narrative = _hand_in(records, person)
    office = records.offices.on(DAY).staff
    approve_narrative(office, sit(records), narrative, 2, quote=True, coding=Coding(("choice",), "9"))
    with Session(office.engine) as session:
        enter_partner(session, records.offices.alfa.id)
        owner = get_narrative_file(session, narrative).person.id
    sheet = open_narrative(office, sit(records), owner, narrative)
    assert (sheet.text.themes, sheet.text.code_book) == (("choice",), "9")
    assert sheet.history[-1].text.themes == ("choice",)


def _hand_in(records: Records, person: str) -> UUID:
    """A narrative with a quote that waits for its second person, as it lies in the database."""
    text = NarrativeText(DAY, areas=("LEG",), stage="integration", quote=replace(QUOTE, checked=False))
    stored = write_narrative(records.offices.on(DAY).staff, "ALFA", person, text.set_themes(("housing",), "1"))
    with records.engines.owner.begin() as connection:
        connection.exec_driver_sql(
            "update narrative set status = 'submitted', version = 2 where id = %(id)s", {"id": stored}
        )
    return stored


# -- the register of quotes --------------------------------------------------------------------------------------------

KNOWN = Mention("f1", date(2026, 1, 1), date(2026, 3, 31), CUTOFF, CUTOFF, holds=True)


@pytest.mark.parametrize(
    ("status", "checked", "replaced", "mentions", "state"),
    [
        ("submitted", False, False, (), QuoteState.WAITING),
        ("returned", False, False, (KNOWN,), QuoteState.RETURNED),
        ("approved", False, False, (KNOWN,), QuoteState.UNCHECKED),
        ("approved", True, False, (), QuoteState.CHECKED),
        ("approved", True, False, (replace(KNOWN, cutoff=date(2026, 1, 19), holds=False),), QuoteState.CHECKED),
        ("approved", True, False, (KNOWN,), QuoteState.AGREED),
        ("approved", True, True, (KNOWN,), QuoteState.REPLACED),
        ("approved", True, False, (replace(KNOWN, cutoff=date(2026, 5, 1), holds=False), KNOWN), QuoteState.ENDED),
        ("approved", True, False, (replace(KNOWN, made=date(2026, 5, 1), holds=False), KNOWN), QuoteState.ENDED),
    ],
)
def test_where_a_quote_stands(
    status: str, mentions: tuple[Mention, ...], state: QuoteState, *, checked: bool, replaced: bool
) -> None:
    """R30: the consent is what the last freeze that could know the quote found."""
    assert find_state(status, checked=checked, replaced=replaced, day=DAY, mentions=mentions)[0] is state


def test_the_register_follows_a_quote_from_proposal_to_withdrawal(records: Records) -> None:
    """R30, R25: waiting, checked, printed while the consent stands, gone with it; the old snapshot keeps its id."""
    person = records.enrol(date(2026, 1, 10))
    narrative = _hand_in(records, person)
    seat, office = sit(records), records.offices.on(DAY).staff

    def read() -> tuple[QuoteState, tuple[str, ...]]:
        [entry] = list_quotes(office, seat, 2026).entries
        return entry.state, tuple(each.freeze for each in entry.snapshots)

    assert read() == (QuoteState.WAITING, ())
    approve_narrative(office, seat, narrative, 2, quote=True)
    assert read() == (QuoteState.CHECKED, ())
    first = records.freeze(CUTOFF).id
    assert read() == (QuoteState.AGREED, (first,))
    records.decide(date(2026, 4, 20), person, "quote", "withdrawn")
    records.freeze(date(2026, 5, 1))
    assert read() == (QuoteState.ENDED, (first,))
    [entry] = list_quotes(office, seat, 2026).entries
    assert (entry.as_of, entry.checked_on) == (date(2026, 5, 1), DAY)
    assert list_quotes(office, seat, 2025).entries == ()


def test_the_register_says_nothing_of_the_person_and_is_noted(records: Records) -> None:
    """Privacy-and-safety 1.10: neither words nor whose they are; a caseworker has no register."""
    person = records.enrol(date(2026, 1, 10))
    tell(records, person, "housing", quote=True)
    tell(records, person, "housing")
    office = records.offices.on(DAY).staff
    register = list_quotes(office, sit(records, Role.OFFICER), 2026)
    assert len(register.entries) == 1
    assert person not in repr(register)
    assert QUOTE.text not in repr(register)
    assert (register.entries[0].proposed_by, register.entries[0].checked_by) == ("", "")
    for role in (Role.CASEWORKER, Role.FUNDER, Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotPermitted):
            list_quotes(office, sit(records, role), 2026)
    assert list_log(records.offices.worker, records.offices.alfa)[0].thing == "quotes"
