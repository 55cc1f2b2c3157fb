"""Migrations go up, down and up again, keep data, and end where the models are."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from me_platform.storage.database import OWNER, downgrade, make_engine, migrate
from me_platform.storage.models import Base
from tests.conftest import Database


def test_migrations_lead_to_the_models(database: Database) -> None:
    engine = make_engine(database.make_url(OWNER))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_up_down_and_up_again_with_data(database: Database) -> None:
    """With rows in the tables the way down is free, and the way up gives the same rights again."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        connection.execute(
            text(
                "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                " select gen_random_uuid(), id, 'P1', '', '2026-01-01', 'active', '' from partner"
            )
        )
        rights = _list_rights(connection)
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from person")).scalar_one() == 0
        assert _list_rights(connection) == rights
    migrate(engine)  # already there: nothing to do
    engine.dispose()


def test_the_second_migration_goes_down_and_up_around_the_data_of_the_first(database: Database) -> None:
    """Going down takes the records of 0002 and leaves those of 0001; going up gives the same rights again."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        connection.execute(
            text(
                "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                " select gen_random_uuid(), id, 'P1', '', '2026-01-01', 'active', '' from partner"
            )
        )
        connection.execute(
            text(
                "insert into case_record (id, partner_id, person_id, day, sealed)"
                " select gen_random_uuid(), partner_id, id, '2026-01-01', 'x' from person"
            )
        )
        connection.execute(
            text(
                "insert into partner_record (id, partner_id, day, sealed)"
                " select gen_random_uuid(), id, '2026-01-01', 'x' from partner"
            )
        )
        connection.execute(
            text(
                "insert into notice (id, partner_id, survey_id, day, sealed)"
                " select gen_random_uuid(), id, 's', '2026-01-01', 'x' from partner"
            )
        )
        rights = _list_rights(connection)
    downgrade(engine, "0002")
    before = set(inspect(engine).get_table_names())
    downgrade(engine, "0001")
    assert before - set(inspect(engine).get_table_names()) == {"case_record", "partner_record", "notice"}
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from person")).scalar_one() == 1
    migrate(engine)
    with engine.connect() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select count(*) from person")).scalar_one() == 1
        assert connection.execute(text("select count(*) from case_record")).scalar_one() == 0
    engine.dispose()


def test_the_third_migration_goes_down_and_up_around_the_data_of_the_others(database: Database) -> None:
    """Narratives and reports stay; a narrative's version begins anew at 1, and a queued job is not kept."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        connection.execute(
            text(
                "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                " select gen_random_uuid(), id, 'P1', '', '2026-01-01', 'active', '' from partner"
            )
        )
        connection.execute(
            text(
                "insert into narrative (id, partner_id, person_id, day, status, version, sealed)"
                " select gen_random_uuid(), partner_id, id, '2026-01-01', 'draft', 7, 'x' from person"
            )
        )
        connection.execute(
            text(
                "insert into narrative_version (id, partner_id, person_id, narrative_id, version, day, sealed)"
                " select gen_random_uuid(), partner_id, person_id, id, 7, '2026-01-01', 'x' from narrative"
            )
        )
        rights = _list_rights(connection)
    downgrade(engine, "0004")
    before = set(inspect(engine).get_table_names())
    downgrade(engine, "0002")
    assert before - set(inspect(engine).get_table_names()) == {
        "caseload",
        "narrative_version",
        "report_draft",
        "report_event",
        "work_order",
        "audit_event",
    }
    with engine.begin() as connection:
        connection.execute(
            text("insert into job (id, kind, status, attempts) values (gen_random_uuid(), 'report', 'queued', 0)")
        )
    migrate(engine)
    with engine.connect() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select version, sealed from narrative")).one() == (1, b"x")
        assert connection.execute(text("select count(*) from job")).scalar_one() == 0
    engine.dispose()


def test_the_fifth_migration_goes_down_and_up_around_the_data_of_the_others(database: Database) -> None:
    """A request of before is about all answers; going down, one about one answer stays held and is no proof.

    An earlier release deletes more than was asked, never less.
    """
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        rights = _list_rights(connection)
    downgrade(engine, "0004")
    add = (
        "insert into request (id, partner_id, person_id, day, done_day, status, sealed{columns})"
        " select gen_random_uuid(), partner_id, id, '2026-01-01', {done}, {status}, ''{values} from person"
    )
    with engine.begin() as connection:
        assert "duty_task" not in inspect(connection).get_table_names()
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        connection.execute(
            text(
                "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                " select gen_random_uuid(), id, 'P1', '', '2026-01-01', 'active', '' from partner"
            )
        )
        connection.execute(text(add.format(columns="", done="'2026-01-02'", status="'done'", values="")))
    migrate(engine)
    with engine.begin() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select status, whole from request")).one() == ("done", True)
        single = {"columns": ", whole", "values": ", false"}
        connection.execute(text(add.format(done="'2026-01-03'", status="'done'", **single)))
        connection.execute(text(add.format(done="null", status="'open'", **single)))
        connection.execute(
            text(
                "insert into duty_key (id, partner_id, public_key) select gen_random_uuid(), id, 'k' from partner;"
                "insert into duty_task (id, partner_id, day, status, stage, sealed)"
                " select gen_random_uuid(), id, '2026-01-01', 'open', 'new', 'x' from partner"
            )
        )
    downgrade(engine, "0004")
    with engine.connect() as connection:
        assert {tuple(row) for row in connection.execute(text("select status, done_day::text from request"))} == {
            ("done", "2026-01-02"),
            ("open", None),
        }
    migrate(engine)
    engine.dispose()


def test_the_ninth_migration_goes_down_and_up_around_the_data_of_the_others(database: Database) -> None:
    """Going down takes the restatements and leaves the snapshots they are about."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        _add_snapshots(connection, "old", "new")
        connection.execute(
            text(
                "insert into restatement (id, partner_id, freeze_id, replaces_freeze_id, day, sealed)"
                " select gen_random_uuid(), id, 'new', 'old', '2026-05-01', 'x' from partner"
            )
        )
        rights = _list_rights(connection)
    downgrade(engine, "0008")
    assert "restatement" not in inspect(engine).get_table_names()
    migrate(engine)
    with engine.connect() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select count(*) from snapshot")).scalar_one() == 2
        assert connection.execute(text("select count(*) from restatement")).scalar_one() == 0
    engine.dispose()


def test_the_eleventh_migration_goes_down_and_up_around_the_data_of_the_others(database: Database) -> None:
    """Going down takes the cards and leaves the consents; up again, a no deletes the cards of that person alone."""
    engine = make_engine(database.make_url(OWNER))
    card = (
        "insert into link_card (id, partner_id, person_id, day, sealed)"
        " select gen_random_uuid(), partner_id, id, '2026-01-01', 'x' from person"
    )
    event = (
        "insert into consent_event (id, partner_id, person_id, position, purpose, decision, text_version,"
        " text_fingerprint, day, speaker) select gen_random_uuid(), partner_id, id, :position, :purpose, :decision,"
        " '1', 'f', '2026-01-01', 'self' from person where code = 'P1'"
    )
    with engine.begin() as connection:
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        for code in ("P1", "P2"):
            connection.execute(
                text(
                    "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                    " select gen_random_uuid(), id, :code, '', '2026-01-01', 'active', '' from partner"
                ),
                {"code": code},
            )
        connection.execute(text(event), {"position": 0, "purpose": "link", "decision": "given"})
        connection.execute(text(card))
        rights = _list_rights(connection)
    downgrade(engine, "0010")
    assert "link_card" not in inspect(engine).get_table_names()
    migrate(engine)
    with engine.begin() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select count(*) from consent_event")).scalar_one() == 1
        connection.execute(text(card))
        for position, (purpose, decision, left) in enumerate(
            [("statistics", "withdrawn", 2), ("link", "given", 2), ("link", "withdrawn", 1)], 1
        ):
            connection.execute(text(event), {"position": position, "purpose": purpose, "decision": decision})
            assert connection.execute(text("select count(*) from link_card")).scalar_one() == left
    engine.dispose()


def test_the_tenth_migration_takes_the_ledger_and_leaves_the_snapshots(database: Database) -> None:
    """Later freezes are then protected without knowing of the earlier ones."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        _add_snapshots(connection, "one")
        connection.execute(
            text(
                "insert into ledger_chapter (id, number, freeze_id, day, sealed)"
                " values (gen_random_uuid(), 1, 'one', '2026-04-01', 'x')"
            )
        )
        rights = _list_rights(connection)
    downgrade(engine, "0009")
    assert "ledger_chapter" not in inspect(engine).get_table_names()
    migrate(engine)
    with engine.connect() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select count(*) from snapshot")).scalar_one() == 1
        assert connection.execute(text("select count(*) from ledger_chapter")).scalar_one() == 0
    engine.dispose()


def _add_snapshots(connection: Connection, *freezes: str) -> None:
    """An organisation with snapshots of these freezes."""
    connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
    for freeze in freezes:
        connection.execute(
            text(
                "insert into snapshot (id, partner_id, freeze_id, plan_id, period_start, period_end, cutoff, day,"
                " hash, sealed) select gen_random_uuid(), id, :freeze, 'p', '2026-01-01', '2026-03-31',"
                " '2026-04-01', '2026-04-01', 'h', 'x' from partner"
            ),
            {"freeze": freeze},
        )


def _list_rights(connection: object) -> list[tuple[str, ...]]:
    query = text(
        "select grantee, table_name, column_name, privilege_type from information_schema.column_privileges"
        " where grantee like 'me\\_%' order by 1, 2, 3, 4"
    )
    return [tuple(row) for row in connection.execute(query)]  # type: ignore[attr-defined]


def test_the_sixth_migration_goes_down_and_up_around_the_data_of_the_others(database: Database) -> None:
    """What was issued before stands by itself; going down, one door of each code stays."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        rights = _list_rights(connection)
    downgrade(engine, "0005")
    door = (
        "insert into door (id, partner_id, person_id, code_mac, link_mac, kind, survey_id, survey_version, wave,"
        " issued_day, expires_day, status{columns}) select gen_random_uuid(), partner_id, id, '{code}', '{code}',"
        " '{kind}', 's', '1', '{wave}', '2026-01-01', '2026-01-08', '{status}'{values} from person"
    )
    with engine.begin() as connection:
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        connection.execute(
            text(
                "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                " select gen_random_uuid(), id, 'P1', '', '2026-01-01', 'active', '' from partner"
            )
        )
        old = door.format(columns="", values="", code="old", kind="personal", wave="", status="open")
        connection.execute(text(old))
    migrate(engine)
    with engine.begin() as connection:
        assert _list_rights(connection) == rights
        assert connection.execute(text("select batch_id = id, number, revoked_day from door")).one() == (True, 1, None)
        for code, kind, wave, status in (
            ("card", "card", "after", "open"),
            ("card", "card", "before", "spent"),
            ("room", "room", "", "spent"),
            ("room", "room", "", "open"),
        ):
            more = {"columns": ", batch_id, number", "values": ", gen_random_uuid(), 1"}
            connection.execute(text(door.format(**more, code=code, kind=kind, wave=wave, status=status)))
    downgrade(engine, "0005")
    with engine.connect() as connection:
        kept = connection.execute(text("select kind, wave, status from door order by kind")).all()
    assert [tuple(row) for row in kept] == [("card", "before", "spent"), ("personal", "", "open"), ("room", "", "open")]
    migrate(engine)
    engine.dispose()


def test_the_last_migrations_say_whose_decision_it_was_and_which_words_were_answered(database: Database) -> None:
    """Going down, a child's yes stands only where the guardian's stood; what was answered before has no fingerprint."""
    engine = make_engine(database.make_url(OWNER))
    with engine.begin() as connection:
        rights = _list_rights(connection)
    downgrade(engine, "0006")
    event = (
        "insert into consent_event (id, partner_id, person_id, position, purpose, decision, text_version,"
        " text_fingerprint, day{columns}) select gen_random_uuid(), partner_id, id, {position}, '{purpose}',"
        " '{decision}', '{version}', 'f', '2026-01-01'{values} from person where code = '{code}'"
    )
    before = {"columns": "", "values": "", "decision": "given"}
    with engine.begin() as connection:
        connection.execute(text("insert into partner (id, code) values (gen_random_uuid(), 'ALFA')"))
        for code in ("P1", "P2"):
            connection.execute(
                text(
                    "insert into person (id, partner_id, code, public_key, enrolled_day, status, sealed)"
                    " select gen_random_uuid(), id, :code, '', '2026-01-01', 'active', '' from partner"
                ),
                {"code": code},
            )
            for position, purpose in enumerate(("answer", "statistics")):
                version = "2026-1-child" if code == "P1" else "2026-1"
                connection.execute(
                    text(event.format(**before, code=code, position=position, purpose=purpose, version=version))
                )
        connection.execute(
            text(
                "insert into response (id, partner_id, person_id, survey_id, survey_version, wave, day,"
                " submission_key, status, sealed) select gen_random_uuid(), partner_id, id, 's', '1', '',"
                " '2026-01-01', 'k', 'live', 'x' from person where code = 'P1'"
            )
        )
    migrate(engine)
    said = text(
        "select code, purpose, decision, speaker from consent_event e join person p on p.id = e.person_id"
        " order by code, position"
    )
    with engine.begin() as connection:
        assert _list_rights(connection) == rights
        assert [tuple(row) for row in connection.execute(said)] == [
            ("P1", "answer", "given", "child"),
            ("P1", "statistics", "given", "child"),
            ("P2", "answer", "given", "self"),
            ("P2", "statistics", "given", "self"),
        ]
        assert connection.execute(text("select survey_fingerprint from response")).scalar_one() == ""
        now = {"columns": ", speaker", "values": ", 'guardian'", "code": "P1", "version": "2026-1-guardian"}
        for position, purpose, decision in ((2, "answer", "given"), (3, "statistics", "refused")):
            connection.execute(text(event.format(**now, position=position, purpose=purpose, decision=decision)))
    downgrade(engine, "0006")
    with engine.connect() as connection:
        kept = connection.execute(
            text(
                "select code, purpose, decision from consent_event e join person p on p.id = e.person_id"
                " order by code, position"
            )
        )
        assert [tuple(row) for row in kept] == [
            ("P1", "answer", "given"),
            ("P1", "statistics", "withdrawn"),
            ("P2", "answer", "given"),
            ("P2", "statistics", "given"),
        ]
    migrate(engine)
    engine.dispose()
