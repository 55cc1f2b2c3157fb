"""The life of a progress narrative, on the real database as ``me_staff``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.demo.narratives import add_sample_narratives
from me_platform.errors import InputInvalid, KeysDestroyed, NotFound, NotPermitted, VersionStale
from me_platform.exchange.narratives import LIMITS, read_narrative
from me_platform.indicators.periods import read_period
from me_platform.services.audit import list_log, verify_log
from me_platform.services.casework import note_decision
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import (
    NARRATIVE_SIZE,
    Finding,
    NarrativeText,
    Origin,
    Quote,
    decode_narrative,
    encode_narrative,
    make_narrative,
)
from me_platform.services.narratives import (
    LONGEST_COMMENT,
    Sheet,
    Stamp,
    approve_narrative,
    correct_narrative,
    discard_draft,
    list_narratives,
    list_queue,
    open_for_review,
    open_narrative,
    return_narrative,
    save_narrative,
    start_narrative,
    write_narrative,
)
from me_platform.services.opening import open_partner
from me_platform.storage.narratives import get_narrative_file
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.narrative_samples import (
    AUTHOR,
    COLLEAGUE,
    MANAGER,
    OF_BETA,
    OTHER_MANAGER,
    STRANGER,
    TEXT,
    NarrativeWorld,
    make_narrative_world,
)
from tests.staff_samples import load_content, make_world


@pytest.fixture
def world(engines: Engines, tmp_path: Path) -> NarrativeWorld:
    return make_narrative_world(make_world(engines, tmp_path))


@pytest.fixture
def office(world: NarrativeWorld) -> Iterator[Office]:
    with world.staff.desk.open_office() as opened:
        yield opened


def read(world: NarrativeWorld, office: Office, narrative: UUID, email: str = AUTHOR) -> Sheet:
    return open_narrative(office, world.seat(email), world.person, narrative)


def save(
    world: NarrativeWorld,
    office: Office,
    narrative: UUID,
    words: str,
    stamp: Stamp,
    *,
    email: str = AUTHOR,
    pause: bool = False,
    submit: bool = False,
) -> int:
    written = replace(TEXT, changed_own=words)
    return save_narrative(
        office, world.seat(email), world.person, narrative, written, stamp, pause=pause, submit=submit
    ).version


def approve(world: NarrativeWorld, office: Office, narrative: UUID, version: int = 2) -> None:
    approve_narrative(office, world.seat(MANAGER), narrative, version, "", finding=True, quote=True)


# -- what is kept ---------------------------------------------------------------------------------------------------


def fill(letter: str) -> NarrativeText:
    """Every text at its limit."""
    long = {name: letter * limit for name, limit in LIMITS.items() if name not in {"finding", "quote"}}
    finding = Finding({"en": letter * LIMITS["finding"], "lv": letter * LIMITS["finding"]}, checked=False)
    return replace(
        TEXT,
        **long,  # type: ignore[arg-type]  # names of texts only
        barriers=tuple(f"B{number}" for number in range(1, 9)),
        direction=dict.fromkeys(("LEG", "PSY", "EEM"), "not_applicable"),
        areas=("LEG", "PSY", "EEM"),
        finding=finding,
        quote=Quote(letter * LIMITS["quote"], "lv", checked=False, agreed=True),
    )


@pytest.mark.parametrize("letter", ["a", "ž", "ع", "\n"])
def test_a_full_narrative_fits_and_its_length_tells_nothing(
    world: NarrativeWorld, office: Office, engines: Engines, letter: str
) -> None:
    """Decision 9: lengths tell nothing; a full one in Latvian and one in Arabic."""
    full, empty = world.begin(office), world.begin(office)
    save_narrative(office, world.seat(AUTHOR), world.person, full, fill(letter), Stamp(1), submit=True)
    save_narrative(
        office, world.seat(AUTHOR), world.person, empty, NarrativeText(date(2026, 10, 1)), Stamp(1), submit=True
    )
    return_narrative(office, world.seat(MANAGER), full, 2, letter * LONGEST_COMMENT + "x")
    return_narrative(office, world.seat(MANAGER), empty, 2, "x")
    assert read(world, office, full).text == fill(letter)
    with engines.owner.connect() as connection:
        for table in ("narrative", "narrative_version"):
            assert len(set(connection.scalars(text(f"select length(sealed) from {table}")))) == 1  # noqa: S608


def test_what_does_not_fit_is_refused_whole(world: NarrativeWorld, office: Office) -> None:
    """Three bytes a letter, everything full: no save says it was kept."""
    narrative = world.begin(office)
    with pytest.raises(InputInvalid, match="too long"):
        save_narrative(office, world.seat(AUTHOR), world.person, narrative, fill("字"), Stamp(1))
    assert read(world, office, narrative).version == 1


def test_a_narrative_of_an_older_release_opens() -> None:
    old = (
        b'{"date":"2026-02-01","areas":["PSY"],"stage":"integration","direction":{"PSY":"forward"},'
        b'"changed_own":"x","changed_staff":"","factors":"","barriers":["B5"],"next_steps":"",'
        b'"finding":{"text":{"en":"a","lv":"b"},"checked":true},"quote":{"text":"q","language":"lv","checked":true}}'
    )
    told, origin = decode_narrative(old)
    assert origin == Origin()
    assert (told.date, told.areas, told.barriers) == (date(2026, 2, 1), ("PSY",), ("B5",))
    assert told.quote == Quote("q", "lv", checked=True)
    assert (told.goals, told.safety_note, told.since) == ("", "", None)
    assert decode_narrative(encode_narrative(told, origin)) == (told, origin)


def test_a_file_may_carry_every_field(world: NarrativeWorld, office: Office) -> None:
    """`me narrative add`: what the form knows, the file knows."""
    lines = [
        "date: 2026-10-01",
        "since: 2026-07-01",
        "areas: [LEG]",
        "stage: integration",
        "interpreter: provided",
        "gender_choice: honoured",
        "children: considered",
        "child_care: not_needed",
        "emergency: covid",
        "review_date: 2026-12-01",
        "support_needed: true",
        *(f"{name}: text" for name in LIMITS if name not in {"finding", "quote"}),
        "quote: {text: Words., language: lv, agreed: true}",
    ]
    taxonomy = load_content().taxonomy
    written = make_narrative(read_narrative("\n".join(lines), "x.yaml", taxonomy))
    assert set(vars(written)) == set(NarrativeText.__dataclass_fields__)
    narrative = write_narrative(office, "ALFA", world.code, written)
    sheet = read(world, office, narrative, MANAGER)
    assert (sheet.text, sheet.status, sheet.origin.author) == (written, "approved", None)


# -- saving ---------------------------------------------------------------------------------------------------------


def test_a_save_against_a_newer_version_changes_nothing(world: NarrativeWorld, office: Office) -> None:
    narrative = world.begin(office)
    assert save(world, office, narrative, "first", Stamp(1, "one", 1)) == 2
    for stamp in (Stamp(1, "two", 1), Stamp(3, "two", 9), Stamp(-1, "", -1), Stamp(1, "", 5)):
        with pytest.raises(VersionStale) as stale:
            save(world, office, narrative, "second", stamp)
        assert stale.value.version == 2
    assert read(world, office, narrative).text.changed_own == "first"


def test_a_page_whose_answer_got_lost_saves_on(world: NarrativeWorld, office: Office) -> None:
    """The save was committed, "saved" never arrived: the page still carries the old version and is no second tab."""
    narrative = world.begin(office)
    save(world, office, narrative, "one", Stamp(1, "page", 1), pause=True)
    assert save(world, office, narrative, "one two", Stamp(1, "page", 2), pause=True) == 3
    # What overtook on the way is not undone by what comes late; what is the same is no quarrel.
    with pytest.raises(VersionStale):
        save(world, office, narrative, "one", Stamp(1, "page", 1), pause=True)
    assert save(world, office, narrative, "one two", Stamp(1, "other", 1)) == 3
    assert read(world, office, narrative).text.changed_own == "one two"


def test_a_pause_without_a_change_is_no_version(world: NarrativeWorld, office: Office) -> None:
    narrative = world.begin(office)
    version = save(world, office, narrative, "one", Stamp(1, "page", 1), pause=True)
    assert save(world, office, narrative, "one", Stamp(version, "page", 2), pause=True) == version


def test_a_draft_is_checked_by_nobody(world: NarrativeWorld, office: Office) -> None:
    """The author's form cannot say that a second person has looked."""
    narrative = world.begin(office)
    told = TEXT.set_checked(finding=True, quote=True)
    save_narrative(office, world.seat(AUTHOR), world.person, narrative, told, Stamp(1))
    kept = read(world, office, narrative).text
    assert kept.finding is not None
    assert kept.quote is not None
    assert not kept.finding.checked
    assert not kept.quote.checked


def test_beginning_again_offers_the_own_draft(world: NarrativeWorld, office: Office) -> None:
    first = start_narrative(office, world.seat(AUTHOR), world.person)
    again = start_narrative(office, world.seat(AUTHOR), world.person)
    assert (again.new, [each.id for each in again.open]) == (None, [first.new])
    assert start_narrative(office, world.seat(COLLEAGUE), world.person).new is not None
    assert start_narrative(office, world.seat(AUTHOR), world.person, another=True).new is not None


def test_a_new_narrative_goes_on_where_the_last_ended(world: NarrativeWorld, office: Office) -> None:
    world.submit(office)
    begun = read(world, office, world.begin(office))
    assert begun.text.since == TEXT.date


def test_only_an_own_draft_is_discarded(world: NarrativeWorld, office: Office) -> None:
    narrative, submitted = world.begin(office), world.submit(office)
    with pytest.raises(NotPermitted):
        discard_draft(office, world.seat(COLLEAGUE), world.person, narrative)
    with pytest.raises(NotPermitted):
        discard_draft(office, world.seat(AUTHOR), world.person, submitted)
    discard_draft(office, world.seat(AUTHOR), world.person, narrative)
    with pytest.raises(NotFound):
        read(world, office, narrative)


# -- the second person ----------------------------------------------------------------------------------------------


def test_the_way_of_a_narrative(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    return_narrative(office, world.seat(MANAGER), narrative, 2, "Shorter, please.")
    sheet = read(world, office, narrative)
    assert (sheet.status, sheet.origin.comment, sheet.writable) == ("returned", "Shorter, please.", True)
    save(world, office, narrative, "shorter", Stamp(3), submit=True)
    approve(world, office, narrative, 4)
    sheet = read(world, office, narrative)
    assert (sheet.status, sheet.version, sheet.writable) == ("approved", 5, False)
    assert sheet.text.finding is not None
    assert sheet.text.finding.checked
    told = [(step.version, step.deed, step.account, step.comment) for step in sheet.history]
    author, manager = world.accounts[AUTHOR], world.accounts[MANAGER]
    assert told == [
        (2, "submitted", author, ""),
        (3, "returned", manager, "Shorter, please."),
        (4, "submitted", author, ""),
        (5, "approved", manager, ""),
    ]
    assert [step.text.changed_own for step in sheet.history] == [TEXT.changed_own] * 2 + ["shorter"] * 2


def test_what_was_handed_in_is_not_written_any_more(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    with pytest.raises(VersionStale):
        save(world, office, narrative, "late", Stamp(2))
    approve(world, office, narrative)
    with pytest.raises(VersionStale):
        save(world, office, narrative, "later", Stamp(3))
    assert read(world, office, narrative).text.changed_own == TEXT.changed_own


def test_nobody_reviews_what_they_wrote(world: NarrativeWorld, office: Office) -> None:
    """R30: the second look is a second person's; a manager's narrative is read by another manager."""
    narrative = world.submit(office, MANAGER)
    own = world.seat(MANAGER)
    for attempt in (
        lambda: open_for_review(office, own, narrative),
        lambda: return_narrative(office, own, narrative, 2, "x"),
        lambda: approve_narrative(office, own, narrative, 2, finding=True, quote=True),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    assert [entry.own for entry in list_queue(office, own).entries] == [True]
    approve_narrative(office, world.seat(OTHER_MANAGER), narrative, 2, finding=True, quote=True)
    assert list_queue(office, own).entries == ()


@pytest.mark.parametrize(("finding", "quote"), [(False, True), (True, False), (False, False)])
def test_each_text_needs_its_own_look(world: NarrativeWorld, office: Office, *, finding: bool, quote: bool) -> None:
    narrative = world.submit(office)
    with pytest.raises(InputInvalid):
        approve_narrative(office, world.seat(MANAGER), narrative, 2, finding=finding, quote=quote)
    assert read(world, office, narrative).status == "submitted"


def test_a_decision_about_an_older_version_is_none(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    for version in (1, 3):
        with pytest.raises(VersionStale):
            approve(world, office, narrative, version)
    with pytest.raises(InputInvalid):
        return_narrative(office, world.seat(MANAGER), narrative, 2, "  ")
    return_narrative(office, world.seat(MANAGER), narrative, 2, "x")
    with pytest.raises(VersionStale):
        approve(world, office, narrative, 3)


# -- corrections and figures ----------------------------------------------------------------------------------------


def list_counted(world: NarrativeWorld, office: Office, cutoff: date) -> list[tuple[str, str]]:
    """Stage and finding's id of what a freeze would count, read as the worker reads it."""
    desk = world.staff.desk
    catalogue = load_content()
    partner = desk.organisations["ALFA"].partner
    period = read_period("2026-01-01..2026-12-31")
    opened = open_partner(office, catalogue, catalogue.plans["sample"], partner, period, cutoff)
    return [(row.stage, row.person) for row in opened.narratives]


def test_a_correction_takes_the_place_of_what_it_corrects(
    world: NarrativeWorld, office: Office, engines: Engines
) -> None:
    """Only approved ones count; the old one leaves with the next freeze, and stays in a freeze of before."""
    worker = replace(office, engine=engines.worker)
    clock = world.staff.clock
    narrative = world.submit(office)
    assert list_counted(world, worker, date(2026, 10, 15)) == []
    approve(world, office, narrative)
    assert [stage for stage, _ in list_counted(world, worker, date(2026, 10, 15))] == ["stabilisation"]
    clock.time += timedelta(days=10)
    correction = correct_narrative(office, world.seat(COLLEAGUE), world.person, narrative)
    assert correct_narrative(office, world.seat(AUTHOR), world.person, narrative) == correction
    begun = read(world, office, correction, COLLEAGUE)
    assert (begun.replaces, begun.text.changed_own, begun.text.safety_note) == (narrative, TEXT.changed_own, "")
    told = replace(TEXT, stage="integration")
    save_narrative(office, world.seat(COLLEAGUE), world.person, correction, told, Stamp(1), submit=True)
    assert [stage for stage, _ in list_counted(world, worker, date(2026, 10, 25))] == ["stabilisation"]
    approve(world, office, correction)
    assert [stage for stage, _ in list_counted(world, worker, date(2026, 10, 25))] == ["integration"]
    assert [stage for stage, _ in list_counted(world, worker, date(2026, 10, 20))] == ["stabilisation"]
    assert read(world, office, narrative).replaced_by == correction
    assert read(world, office, narrative).text.stage == "stabilisation"


def test_a_narrative_that_is_not_approved_is_not_corrected(world: NarrativeWorld, office: Office) -> None:
    with pytest.raises(NotPermitted):
        correct_narrative(office, world.seat(AUTHOR), world.person, world.submit(office))


def test_the_safety_note_is_in_nothing_that_is_handed_on(
    world: NarrativeWorld, office: Office, engines: Engines
) -> None:
    """Handbook digest 7.3, N22 and N26: restricted, not in any report."""
    approve(world, office, world.submit(office))
    partner = world.staff.desk.organisations["ALFA"].partner
    catalogue = load_content()
    period = read_period("2026-01-01..2026-12-31")
    worker = replace(office, engine=engines.worker)
    opened = open_partner(worker, catalogue, catalogue.plans["sample"], partner, period, date(2026, 10, 15))
    assert opened.narratives
    assert "corner" not in repr(opened)


# -- who may --------------------------------------------------------------------------------------------------------


def test_the_safety_note_is_for_author_and_managers(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    for email, seen in ((AUTHOR, True), (MANAGER, True), (COLLEAGUE, False)):
        sheet = read(world, office, narrative, email)
        texts = (sheet.text, *(step.text for step in sheet.history))
        assert sheet.restricted is seen
        assert {told.safety_note == TEXT.safety_note for told in texts} == {seen}
        assert {told.support_needed for told in texts} == {seen}


WAYS: dict[str, Callable[[NarrativeWorld, Office, str, UUID], object]] = {
    "list": lambda world, office, email, _: list_narratives(office, world.seat(email), world.person),
    "begin": lambda world, office, email, _: start_narrative(office, world.seat(email), world.person),
    "open": lambda world, office, email, each: read(world, office, each, email),
    "save": lambda world, office, email, each: save(world, office, each, "x", Stamp(2), email=email),
    "correct": lambda world, office, email, each: correct_narrative(office, world.seat(email), world.person, each),
    "discard": lambda world, office, email, each: discard_draft(office, world.seat(email), world.person, each),
    "review": lambda world, office, email, each: open_for_review(office, world.seat(email), each),
    "approve": lambda world, office, email, each: approve_narrative(office, world.seat(email), each, 2),
    "return": lambda world, office, email, each: return_narrative(office, world.seat(email), each, 2, "x"),
    "queue": lambda world, office, email, _: list_queue(office, world.seat(email)),
}


def test_somebody_without_the_right_gets_nowhere(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    lines = len(list_log(office, world.seat(AUTHOR).partner, limit=1000))
    for email in (STRANGER, OF_BETA, "anna@alfa.example", "adam@alfa.example", "kira@kopa.example"):
        for way in WAYS.values():
            with pytest.raises(NotPermitted):
                way(world, office, email, narrative)
    assert len(list_log(office, world.seat(AUTHOR).partner, limit=1000)) == lines


def test_a_colleague_reads_and_does_not_write(world: NarrativeWorld, office: Office) -> None:
    narrative = world.begin(office)
    assert not read(world, office, narrative, COLLEAGUE).writable
    with pytest.raises(NotPermitted):
        save(world, office, narrative, "x", Stamp(1), email=COLLEAGUE)


def test_an_id_that_belongs_elsewhere_is_no_id(world: NarrativeWorld, office: Office) -> None:
    """Another person's narrative, another partner's person, none at all: all of it is missing."""
    narrative = world.submit(office)
    with pytest.raises(NotFound):
        open_narrative(office, world.seat(AUTHOR), uuid4(), narrative)
    with pytest.raises(NotFound):
        open_narrative(office, world.seat(AUTHOR), world.person, uuid4())
    beta = world.seat(OF_BETA, "BETA")
    for attempt in (
        lambda: open_narrative(office, beta, world.person, narrative),
        lambda: open_for_review(office, beta, narrative),
        lambda: list_narratives(office, beta, world.person),
    ):
        with pytest.raises(NotFound):
            attempt()


# -- the log --------------------------------------------------------------------------------------------------------


def test_the_log_tells_deeds_and_a_sitting_once(world: NarrativeWorld, office: Office) -> None:
    narrative = world.begin(office)
    version = 1
    for turn in range(1, 5):
        version = save(world, office, narrative, f"words {turn}", Stamp(version, "page", turn), pause=True)
    version = save(world, office, narrative, "by button", Stamp(version, "page", 5))
    save(world, office, narrative, "in", Stamp(version, "page", 6), submit=True)
    open_for_review(office, world.seat(MANAGER), narrative)
    return_narrative(office, world.seat(MANAGER), narrative, version + 1, "x")
    save(world, office, narrative, "again", Stamp(version + 2), submit=True)
    approve(world, office, narrative, version + 3)
    partner = world.seat(AUTHOR).partner
    told = [line.deed.value for line in reversed(list_log(office, partner)) if line.record == narrative]
    assert told == ["wrote", "wrote", "wrote", "submitted", "opened", "returned", "submitted", "approved"]
    assert verify_log(office, partner).lines == len(list_log(office, partner))


def test_an_erased_person_is_in_no_list(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    partner = world.seat(AUTHOR).partner
    office.vault.destroy_person(partner.id, world.person)
    assert list_queue(office, world.seat(MANAGER)).entries == ()
    with pytest.raises(KeysDestroyed):
        read(world, office, narrative)


def test_a_saved_narrative_is_one_row_of_one_size(world: NarrativeWorld, office: Office) -> None:
    narrative = world.submit(office)
    with Session(office.engine) as session:
        enter_partner(session, world.seat(AUTHOR).partner.id)
        row = get_narrative_file(session, narrative).row
    assert len(row.sealed) > NARRATIVE_SIZE
    assert TEXT.changed_own.encode() not in row.sealed


def test_the_sample_has_narratives_in_every_open_state(world: NarrativeWorld, office: Office) -> None:
    assert add_sample_narratives(office) == 3
    with Session(office.engine) as session:
        enter_partner(session, world.seat(AUTHOR).partner.id)
        assert sorted(session.scalars(text("select status from narrative"))) == ["draft", "returned", "submitted"]


def test_decisions_told_to_staff_are_shown_with_their_days(world: NarrativeWorld, office: Office) -> None:
    """Handbook digest 7.3, N4; what she answered herself staff do not see (privacy-and-safety 1.10)."""
    for decision in ("given", "withdrawn"):
        note_decision(office, load_content(), world.seat(AUTHOR), world.person, "quote", decision, decision)
        world.staff.clock.time += timedelta(days=1)
    told = read(world, office, world.submit(office)).recorded.decisions
    assert [(each["day"].day, each["purpose"], each["decision"]) for each in told] == [
        (15, "quote", "given"),
        (16, "quote", "withdrawn"),
    ]
