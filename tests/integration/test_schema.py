"""What lies in clear, and that every table stands behind the wall but the named ones."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from me_platform.storage.models import SHARED_TABLES, Base
from tests.conftest import Engines

# Every column of every walled table that is not sealed, wrapped or a MAC. A new one has to be argued here:
# architecture.md allows random ids, partner, person, survey id and version, wave, consent events, days and states.
CLEAR_COLUMNS = {
    "person": {"code", "public_key", "enrolled_day", "status"},
    "consent_event": {
        "person_id",
        "position",
        "purpose",
        "decision",
        "text_version",
        "text_fingerprint",
        "day",
        "speaker",
    },
    "channel_note": {"person_id"},
    # That somebody has a card, and since when: her consent event says as much. Equal cards are no equal bytes.
    "link_card": {"person_id", "day"},
    "door": {
        "person_id",
        "activity_id",
        "kind",
        "survey_id",
        "survey_version",
        "wave",
        "issued_day",
        "expires_day",
        "status",
        # Which cards were issued together and as which of them: a random id and a number. Staff revoked it that day.
        "batch_id",
        "number",
        "revoked_day",
    },
    "sitting": {"person_id", "status", "expires_at"},
    "response": {
        "person_id",
        "survey_id",
        "survey_version",
        "survey_fingerprint",
        "wave",
        "day",
        "submission_key",
        "status",
    },
    "receipt": {"person_id", "response_id", "survey_id", "day"},
    # Whether it is about all answers: the response that is gone or stays tells the same, and a restore has to know.
    "request": {"person_id", "response_id", "day", "done_day", "status", "whole"},
    "duty_key": {"public_key"},
    # Who asked to be talked to lies inside the seal; account_id is who took it on.
    "duty_task": {"day", "done_day", "status", "stage", "account_id"},
    "service_record": {"person_id", "day"},
    # That one corrects another is two random ids; it keeps a correction from being made twice.
    "narrative": {"person_id", "day", "status", "version", "replaces_id"},
    "narrative_version": {"person_id", "narrative_id", "version", "day"},
    # Which account works with which person: two random ids; the account's own table says who it is.
    "caseload": {"person_id", "account_id"},
    # Not what kind of record: that somebody has a legal checklist must not be told by the database alone.
    "case_record": {"person_id", "day"},
    "partner_record": {"day"},
    "notice": {"survey_id", "day"},
    "import_receipt": {"plan_id", "day"},
    "activity": {"plan_id", "day"},
    "snapshot": {"freeze_id", "plan_id", "period_start", "period_end", "cutoff", "day", "hash"},
    # Which snapshot took the place of which, by whose order: about staff, and to be listed without the vault.
    "restatement": {"freeze_id", "replaces_freeze_id", "account_id", "day"},
    "report": {"freeze_id", "template_id", "language", "day", "hash"},
    "report_draft": {"day", "version"},
    # Who built, accepted and fetched a report is about staff and funders, and has to be listed without the vault.
    "report_event": {"report_id", "account_id", "action", "at"},
    "work_order": {"day"},
    "audit_event": {"position"},
}
SEALED = {"sealed", "wrapped_key", "pause_wrapped_key", "use_sealed"}
MACS = {"chain_mac", "code_mac", "link_mac", "pause_mac", "key_mac", "file_mac"}


def test_no_column_holds_content_in_clear() -> None:
    """architecture.md, sealed records: a schema test refuses any new clear-text content column."""
    clear = {
        name: set(table.columns.keys()) - SEALED - MACS - {"id", "partner_id"}
        for name, table in Base.metadata.tables.items()
        if name not in SHARED_TABLES
    }
    assert clear == CLEAR_COLUMNS


def test_every_table_stands_behind_the_wall_but_the_named_ones(engines: Engines) -> None:
    """architecture.md, tenancy: catalogue test over the real database, not over the models."""
    with engines.owner.connect() as connection:
        rows = connection.execute(
            text(
                "select c.relname, c.relrowsecurity, c.relforcerowsecurity,"
                " exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'partner_id'"
                "   and a.attnotnull and not a.attisdropped) as owned,"
                " exists (select 1 from pg_policies p where p.tablename = c.relname and p.policyname = 'tenant'"
                "   and p.qual like '%app.partner%' and p.with_check like '%app.partner%') as held"
                " from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
            )
        ).all()
    walled = {row.relname for row in rows if row.owned and row.relrowsecurity and row.relforcerowsecurity and row.held}
    assert {row.relname for row in rows} - walled == SHARED_TABLES
    assert len(walled) == len(CLEAR_COLUMNS)


def test_serving_roles_neither_own_tables_nor_pass_the_wall(engines: Engines) -> None:
    """architecture.md, tenancy: roles."""
    with engines.owner.connect() as connection:
        passing = set(
            connection.scalars(
                text("select rolname from pg_roles where rolname like 'me\\_%' and (rolbypassrls or rolsuper)")
            )
        )
        owners = set(connection.scalars(text("select tableowner from pg_tables where schemaname = 'public'")))
    assert passing == {"me_owner"}
    assert owners == {"me_owner"}


@pytest.mark.parametrize("role", ["survey", "staff", "worker"])
def test_serving_roles_cannot_change_the_schema(engines: Engines, role: str) -> None:
    """architecture.md, tenancy: no CREATE for those who serve."""
    with getattr(engines, role).connect() as connection:
        assert not connection.scalar(text("select has_schema_privilege('public', 'create')"))
        assert not connection.scalar(text("select has_database_privilege(current_database(), 'create')"))


def test_the_survey_site_reads_no_submitted_answer(engines: Engines) -> None:
    """privacy-and-safety 1.2: a submitted answer can be read by no survey process; rights, not only keys."""
    with engines.survey.connect() as connection:
        allowed = {
            (table, column)
            for table in inspect(engines.owner).get_table_names()
            for column in (each["name"] for each in inspect(engines.owner).get_columns(table))
            if connection.scalar(
                text("select has_column_privilege(:table, :column, 'select')"), {"table": table, "column": column}
            )
        }
    assert ("response", "sealed") not in allowed
    assert ("response", "submission_key") not in allowed
    readable = {table for table, _ in allowed}
    assert readable == {
        "door",
        "sitting",
        "receipt",
        "person",
        "consent_event",
        "response",
        "request",
        "notice",
        "duty_key",
        "link_card",
    }
    assert ("link_card", "sealed") not in allowed
    assert {column for table, column in allowed if table == "person"} == {"id", "partner_id", "public_key"}


def test_the_staff_site_reads_no_answer_draft_receipt_or_request(engines: Engines) -> None:
    """privacy-and-safety 1.10: no answers of a named person towards staff, nor whether there are any."""
    with engines.staff.connect() as connection:
        refused = [
            not connection.scalar(text("select has_any_column_privilege(:table, 'select')"), {"table": table})
            for table in ("response", "sitting", "receipt", "request", "consent_event", "link_card")
        ]
    assert refused == [True] * 6


def test_the_staff_site_does_not_see_whether_a_code_was_used(engines: Engines) -> None:
    """privacy-and-safety 1.10: of a wave due and card handed over, never answered or refused."""
    with engines.staff.connect() as connection:
        # Rows that were changed can be told by their place and age as well, which a right to the whole table shows.
        for column in ("status", "code_mac", "link_mac", "xmin", "ctid"):
            with pytest.raises(ProgrammingError, match="permission denied"), connection.begin():
                connection.execute(text(f"select {column} from door"))  # noqa: S608
            with pytest.raises(ProgrammingError, match="permission denied"), connection.begin():
                connection.execute(text(f"update door set status = 'revoked' returning {column}"))  # noqa: S608


def test_nobody_who_serves_changes_a_line_of_a_log(engines: Engines) -> None:
    """Issue C, audit: append-only, by rights and not only by habit."""
    for role in ("survey", "staff", "worker"):
        with getattr(engines, role).connect() as connection:
            for table in ("audit_event", "report_event", "restatement"):
                for right in ("update", "delete", "truncate"):
                    query = text("select has_table_privilege(:table, :right)")
                    assert not connection.scalar(query, {"table": table, "right": right}), (role, table, right)
