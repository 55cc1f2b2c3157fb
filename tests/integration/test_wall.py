"""The wall between partners holds for every shape of query, in the database and not by the program's good will."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from me_platform.services.people import Profile, enrol_person
from me_platform.storage.models import Person
from me_platform.storage.notices import find_notices
from me_platform.storage.people import PersonRow, get_person, list_people
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.integration.conftest import Offices


@pytest.fixture
def stranger(offices: Offices) -> PersonRow:
    """A person of BETA, whom a transaction of ALFA must not find."""
    enrol_person(offices.staff, "ALFA", Profile())
    code = enrol_person(offices.staff, "BETA", Profile())
    with Session(offices.staff.engine) as session:
        enter_partner(session, offices.beta.id)
        return get_person(session, code)


@pytest.mark.parametrize("role", ["staff", "worker"])
def test_without_a_partner_no_row_is_seen(engines: Engines, offices: Offices, stranger: PersonRow, role: str) -> None:
    """architecture.md, tenancy: unset tenant gives no rows."""
    engine: Engine = getattr(engines, role)
    with Session(engine) as session:
        assert session.scalars(select(Person.id)).all() == []
        assert session.execute(text("select count(*) from person")).scalar_one() == 0
    with Session(engine) as session:
        enter_partner(session, offices.beta.id)
        assert len(list_people(session)) == 1
        session.commit()
        # The value lives for one transaction only: after COMMIT nothing is set on the same connection.
        assert session.scalars(select(Person.id)).all() == []


def test_a_select_finds_nothing_of_another_partner(engines: Engines, offices: Offices, stranger: PersonRow) -> None:
    """Shapes: ORM select, Core select, text(), join through a condition that is always true."""
    with Session(engines.staff) as session:
        enter_partner(session, offices.alfa.id)
        assert session.scalars(select(Person).where(Person.id == stranger.id)).all() == []
        assert (
            session.execute(select(Person.__table__.c.id).where(Person.__table__.c.code == stranger.code)).all() == []
        )
        everybody = session.scalars(text("select id from person where id = :id or true"), {"id": stranger.id}).all()
        assert len(everybody) == 1
        assert stranger.id not in everybody
        assert set(session.scalars(text("select partner_id from person"))) == {offices.alfa.id}


def test_get_on_a_warm_session_finds_nothing_of_another_partner(
    engines: Engines, offices: Offices, stranger: PersonRow
) -> None:
    """A session that held the row for its own partner does not serve it from memory to the next transaction."""
    with Session(engines.staff) as session:
        enter_partner(session, offices.beta.id)
        assert session.get(Person, stranger.id) is not None
        session.commit()
        enter_partner(session, offices.alfa.id)
        assert session.get(Person, stranger.id) is None


def test_an_insert_across_the_wall_is_refused(engines: Engines, offices: Offices) -> None:
    """WITH CHECK: a row of another partner cannot be written."""
    values = {
        "id": UUID(int=7),
        "partner_id": offices.beta.id,
        "code": "X",
        "public_key": b"k",
        "enrolled_day": offices.staff.sources.today(),
        "status": "active",
        "sealed": b"s",
    }
    with Session(engines.staff) as session:
        enter_partner(session, offices.alfa.id)
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(insert(Person).values(**values))


def test_an_update_neither_reaches_nor_moves_rows_across_the_wall(
    engines: Engines, offices: Offices, stranger: PersonRow
) -> None:
    """USING hides the row of the other partner; WITH CHECK keeps an own row from being given away."""
    with Session(engines.staff) as session:
        enter_partner(session, offices.alfa.id)
        touched = session.connection().execute(update(Person).where(Person.id == stranger.id).values(status="erased"))
        assert touched.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.connection().execute(update(Person).values(partner_id=offices.beta.id))


def test_a_record_cannot_point_at_a_person_of_another_partner(
    engines: Engines, offices: Offices, stranger: PersonRow
) -> None:
    """The composite key (partner, person): a foreign id is as good as a missing one."""
    with Session(engines.owner) as session, pytest.raises(Exception, match="fk_service_record_partner_id_person_id"):
        session.execute(
            text(
                "insert into service_record (id, partner_id, person_id, day, sealed)"
                " values (gen_random_uuid(), :partner, :person, '2026-01-01', '')"
            ),
            {"partner": offices.alfa.id, "person": stranger.id},
        )


def test_the_survey_role_sees_nothing_without_a_code(engines: Engines, offices: Offices, stranger: PersonRow) -> None:
    """architecture.md, tenancy: `me_survey` sees a door, sitting or receipt only by the presented code."""
    with engines.survey.connect() as connection:
        for table in ("door", "sitting", "receipt", "person", "consent_event", "response", "request", "notice"):
            assert connection.execute(text(f"select count(id) from {table}")).scalar_one() == 0  # noqa: S608
        # Knowing a partner is not enough either: only the row a code finds leads to a person.
        connection.execute(text("select set_config('app.partner', :id, true)"), {"id": str(offices.beta.id)})
        assert connection.execute(text("select count(id) from person")).scalar_one() == 0


# What each serving role may do with the tables of staff's other records; a right that is not named is refused.
RIGHTS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "case_record": {
        "survey": frozenset(),
        "staff": frozenset({"SELECT", "INSERT"}),
        "worker": frozenset({"SELECT", "DELETE"}),
    },
    "partner_record": {
        "survey": frozenset(),
        "staff": frozenset({"SELECT", "INSERT"}),
        "worker": frozenset({"SELECT"}),
    },
    # Staff see nothing of it: a card tells that she answered, and agreed (privacy-and-safety 1.10).
    "link_card": {
        "survey": frozenset({"INSERT"}),
        "staff": frozenset(),
        "worker": frozenset({"SELECT", "DELETE"}),
    },
    "notice": {
        "survey": frozenset({"SELECT"}),
        "staff": frozenset({"SELECT", "INSERT", "DELETE"}),
        "worker": frozenset(),
    },
}
STATEMENTS: Mapping[str, str] = {
    "SELECT": "select count(sealed) from {table}",
    "INSERT": "insert into {table} ({columns}) values ({values})",
    "UPDATE": "update {table} set day = '2026-01-02'",
    "DELETE": "delete from {table}",
}


@pytest.fixture
def rows(engines: Engines, offices: Offices) -> Mapping[str, Mapping[UUID, UUID]]:
    """One row of each table at each partner: table -> partner -> row."""
    made: dict[str, dict[UUID, UUID]] = {table: {} for table in RIGHTS}
    for partner in (offices.alfa, offices.beta):
        code = enrol_person(offices.staff, partner.code, Profile())
        with Session(offices.staff.engine) as session:
            enter_partner(session, partner.id)
            person = get_person(session, code).id
        with engines.owner.begin() as connection:
            for table in RIGHTS:
                made[table][partner.id] = uuid4()
                connection.execute(
                    text(_write(table, "INSERT")),
                    {"id": made[table][partner.id], "partner": partner.id, "person": person},
                )
    return made


def _write(table: str, command: str) -> str:
    of_person = ("person_id", ":person")
    extra = {"case_record": of_person, "link_card": of_person, "notice": ("survey_id", "'s'")}.get(table)
    columns = ["id", "partner_id", "day", "sealed", *([extra[0]] if extra else [])]
    values = [":id", ":partner", "'2026-01-01'", "'x'", *([extra[1]] if extra else [])]
    return STATEMENTS[command].format(table=table, columns=", ".join(columns), values=", ".join(values))


@pytest.mark.parametrize("command", STATEMENTS)
@pytest.mark.parametrize("table", RIGHTS)
@pytest.mark.parametrize("role", ["survey", "staff", "worker"])
def test_each_role_does_with_records_what_it_may_and_within_its_partner(
    engines: Engines,
    offices: Offices,
    rows: Mapping[str, Mapping[UUID, UUID]],
    role: str,
    table: str,
    command: str,
) -> None:
    """architecture.md, tenancy: without a partner nothing, with one its own rows, never those of another."""
    engine: Engine = getattr(engines, role)
    with Session(offices.staff.engine) as session:
        enter_partner(session, offices.beta.id)
        stranger = list_people(session)[0].id
    values = {"id": uuid4(), "partner": offices.beta.id, "person": stranger}
    if command not in RIGHTS[table][role]:
        with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(_write(table, command)), values)
        return
    for entered, seen in ((None, 0), (offices.alfa.id, 1)):
        with Session(engine) as session:
            if entered:
                enter_partner(session, entered)
            if command == "INSERT":
                with pytest.raises(ProgrammingError, match="row-level security"):
                    session.execute(text(_write(table, command)), values)
            elif command == "SELECT":
                assert session.execute(text(_write(table, command))).scalar_one() == seen
            else:
                assert session.connection().execute(text(_write(table, command))).rowcount == seen


def test_the_survey_role_reads_the_notices_of_the_partner_it_is_in_and_no_more(
    engines: Engines, offices: Offices, rows: Mapping[str, Mapping[UUID, UUID]]
) -> None:
    with Session(engines.survey) as session:
        enter_partner(session, offices.beta.id)
        assert [row.id for row in find_notices(session, "s")] == [rows["notice"][offices.beta.id]]
        assert find_notices(session, "another") == ()
