"""The audit log: whatever somebody does to it in the database is found, and it holds no content."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from me_platform.access import Membership, Role, User
from me_platform.errors import LogBroken, NotPermitted
from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.services.audit import Deed, list_log, note_deed, verify_log
from me_platform.services.audit_reading import read_log, verify_seat_log
from me_platform.services.instance import Office
from me_platform.services.seats import Organisation, Seat
from me_platform.storage.partners import PartnerRow
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.integration.conftest import Offices, make_sources

LINES = 5


@dataclass(frozen=True)
class Log:
    """A partner's log of five lines, and somebody with the database but without the vault."""

    office: Office
    partner: PartnerRow
    engines: Engines

    def note(self, deed: Deed = Deed.OPENED, account: UUID | None = None, record: UUID | None = None) -> None:
        with Session(self.office.engine) as session:
            enter_partner(session, self.partner.id)
            note_deed(self.office, session, self.partner, account, deed, "person", record)
            session.commit()

    def tamper(self, statement: str, **values: object) -> None:
        with self.engines.owner.begin() as connection:
            known = {"partner": self.partner.id, **values}
            connection.execute(text(statement), {name: known[name] for name in known if f":{name}" in statement})


@pytest.fixture
def log(offices: Offices, engines: Engines) -> Log:
    made = Log(offices.staff, offices.alfa, engines)
    for number in range(LINES):
        made.note(record=UUID(int=number))
    return made


def test_a_log_that_nobody_touched_is_whole(log: Log) -> None:
    state = verify_log(log.office, log.partner)
    assert (state.lines, len(state.head)) == (LINES, 64)
    assert verify_log(log.office, log.partner, state.head) == state


def test_an_empty_log_is_whole(offices: Offices) -> None:
    state = verify_log(offices.staff, offices.beta)
    assert (state.lines, state.head) == (0, "")


HARM: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("changed", 2, ("update audit_event set sealed = sealed || 'x' where position = 2",)),
    ("its link changed", 2, ("update audit_event set chain_mac = sha256('x') where position = 2",)),
    ("left out", 2, ("delete from audit_event where position = 2",)),
    ("the first left out", 0, ("delete from audit_event where position = 0",)),
    (
        "left out and numbered anew",
        2,
        (
            "delete from audit_event where position = 2",
            "update audit_event set position = 2 where position = 3",
            "update audit_event set position = 3 where position = 4",
        ),
    ),
    (
        "swapped",
        1,
        (
            "update audit_event set position = 9 where position = 1",
            "update audit_event set position = 1 where position = 2",
            "update audit_event set position = 2 where position = 9",
        ),
    ),
    (
        "added",
        5,
        (
            (
                "insert into audit_event select gen_random_uuid(), partner_id, 5, chain_mac, sealed"
                " from audit_event where position = 4"
            ),
        ),
    ),
)


@pytest.mark.parametrize(("position", "statements"), [each[1:] for each in HARM], ids=[each[0] for each in HARM])
def test_what_was_done_to_the_rows_is_found_where_it_was_done(
    log: Log, position: int, statements: tuple[str, ...]
) -> None:
    """Issue C, audit: append-only and hash-chained."""
    for each in statements:
        log.tamper(each)
    with pytest.raises(LogBroken) as broken:
        verify_log(log.office, log.partner)
    assert (broken.value.partner, broken.value.position) == ("ALFA", position)


def test_lines_cut_off_at_the_end_are_found_by_a_head_noted_earlier(log: Log) -> None:
    head = verify_log(log.office, log.partner).head
    log.tamper("delete from audit_event where position >= 3 and partner_id = :partner")
    assert verify_log(log.office, log.partner).lines == 3
    with pytest.raises(LogBroken, match="lines were cut off"):
        verify_log(log.office, log.partner, head)


def test_an_earlier_head_stays_in_a_log_that_grows(log: Log) -> None:
    head = verify_log(log.office, log.partner).head
    log.note(Deed.EXPORTED)
    assert verify_log(log.office, log.partner, head).lines == LINES + 1


def test_a_line_of_another_partner_is_none_of_this_one(log: Log, offices: Offices) -> None:
    log.tamper(
        "update audit_event set partner_id = :other where position = 0 and partner_id = :partner",
        other=offices.beta.id,
    )
    for partner in (offices.alfa, offices.beta):
        with pytest.raises(LogBroken) as broken:
            verify_log(log.office, partner)
        assert broken.value.position == 0


def test_somebody_with_another_key_adds_no_line(log: Log) -> None:
    row = uuid4()
    place = Place("audit_event", row, log.partner.id)
    forged = seal_with_key(b"k" * 32, b"{}", place, make_sources().random, 512)
    log.tamper(
        "insert into audit_event (id, partner_id, position, chain_mac, sealed)"
        " values (:row, :partner, 5, sha256('x'), :forged)",
        row=row,
        forged=forged,
    )
    with pytest.raises(LogBroken) as broken:
        verify_log(log.office, log.partner)
    assert broken.value.position == LINES


@pytest.mark.parametrize("engine", ["staff", "worker"])
@pytest.mark.parametrize("statement", ["update audit_event set position = 7", "delete from audit_event"])
def test_who_serves_can_neither_change_nor_delete_a_line(
    log: Log, engines: Engines, engine: str, statement: str
) -> None:
    with Session(getattr(engines, engine)) as session:
        enter_partner(session, log.partner.id)
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text(statement))


def test_no_deed_without_its_line(log: Log) -> None:
    with Session(log.office.engine) as session:
        enter_partner(session, log.partner.id)
        note_deed(log.office, session, log.partner, None, Deed.WROTE)
        session.rollback()
    assert verify_log(log.office, log.partner).lines == LINES


def test_two_transactions_at_once_give_two_lines(log: Log) -> None:
    """A position that was taken meanwhile is left to the other; nothing of either is lost."""
    with Session(log.office.engine) as first:
        enter_partner(first, log.partner.id)
        note_deed(log.office, first, log.partner, None, Deed.WROTE)
        first.commit()
        log.note(Deed.EXPORTED)
    assert [line.deed for line in list_log(log.office, log.partner)[:2]] == [Deed.EXPORTED, Deed.WROTE]
    assert verify_log(log.office, log.partner).lines == LINES + 2


def test_nothing_of_a_line_lies_in_clear(log: Log, engines: Engines) -> None:
    """privacy-and-safety part 2: the database alone tells how many lines there are."""
    account = uuid4()
    log.note(Deed.OPENED, account, UUID(int=77))
    with engines.owner.connect() as connection:
        rows = connection.execute(text("select * from audit_event")).all()
    stored = "".join(f"{row!s}{row.sealed.hex()}" for row in rows)
    for said in ("opened", "person", str(account), UUID(int=77).hex):
        assert said not in stored
        assert said.encode().hex() not in stored
    assert len({len(row.sealed) for row in rows}) == 1


def test_the_log_is_read_page_by_page_from_the_newest(log: Log, offices: Offices) -> None:
    auditor = User(uuid4(), (Membership(offices.alfa.id, "ALFA", Role.AUDITOR),))
    seat = Seat(auditor, Organisation(offices.alfa, frozenset()))
    seen: list[int] = []
    before = None
    while True:
        page = read_log(log.office, seat, before=before, limit=2)
        seen += [line.position for line, _ in page.lines]
        before = page.older
        if before is None:
            break
    assert seen == [4, 3, 2, 1, 0]
    assert verify_seat_log(log.office, seat).lines == LINES


def test_a_log_is_for_auditors_of_its_organisation(log: Log, offices: Offices) -> None:
    for role in Role:
        user = User(uuid4(), (Membership(offices.alfa.id, "ALFA", role),))
        for partner in (offices.alfa, offices.beta):
            seat = Seat(user, Organisation(partner, frozenset()))
            if role is Role.AUDITOR and partner is offices.alfa:
                continue
            with pytest.raises(NotPermitted):
                read_log(log.office, seat)
            with pytest.raises(NotPermitted):
                verify_seat_log(log.office, seat)
