"""People of ALFA and BETA, with services and records, for tests of the staff site. All of them are invented.

Cora works with the first two people of ALFA, Clara with the third, nobody with the last; Mona manages ALFA, Bruno BETA,
and Berta works with the person of BETA.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from me_platform.access import Membership, Role, User
from me_platform.exchange.records import RECORD_KINDS, Record, encode_record
from me_platform.indicators.definition import Plan
from me_platform.sealing.envelope import Place, seal_with_key
from me_platform.services.codes import make_person_code
from me_platform.services.instance import Office
from me_platform.services.people import PROFILE_SIZE, SERVICE_SIZE, Profile, Service, encode_profile, encode_service
from me_platform.services.person_file import enrol, write_record, write_service
from me_platform.services.seats import Seat
from me_platform.storage.accounts import find_account, list_memberships
from me_platform.storage.caseloads import CaseloadRow, add_caseload, delete_caseload
from me_platform.storage.tenancy import enter_partner
from tests.conftest import Engines
from tests.staff_samples import PLANS, StaffWorld, add_member, make_world

CORA, CLARA, MONA = "cora@alfa.example", "clara@alfa.example", "mona@alfa.example"
BERTA, BRUNO, OFFICER = "berta@beta.example", "bruno@beta.example", "anna@alfa.example"

STAFF = {CLARA: (Role.CASEWORKER, "ALFA"), MONA: (Role.MANAGER, "ALFA"), BERTA: (Role.CASEWORKER, "BETA")}
SURVEYS = ("outcome-checkin", "outcome-checkin-child", "session-pulse", "caseworker-mirror")

_CASE_BYTES = 8 * 1024


@dataclass
class CaseworkWorld:
    """The staff world with people in it: random id by name (``ada``, ``bea``, ``dora``, ``eve`` of ALFA, ``zoe``)."""

    staff: StaffWorld
    people: dict[str, UUID]
    codes: dict[str, str]

    @contextmanager
    def open_office(self) -> Iterator[Office]:
        """What a use case works with, as the staff site has it."""
        with self.staff.desk.open_office() as office:
            yield office

    def take_seat(self, email: str, code: str = "") -> Seat:
        """Somebody at the organisation of their first role, or at another one."""
        with Session(self.staff.desk.engine) as session:
            account = find_account(session, email)
            assert account is not None
            rows = list_memberships(session, account.id)
        memberships = tuple(Membership(row.organisation, row.code, Role(row.role)) for row in rows)
        return Seat(User(account.id, memberships), self.staff.desk.organisations[code or rows[0].code])

    def get_path(self, name: str, rest: str = "") -> str:
        """The address of a person's page, or of one below it."""
        code = "BETA" if name == "zoe" else "ALFA"
        return f"/o/{code}/people/{self.people[name]}{rest}"


def make_surveying_plans() -> dict[str, Plan]:
    """The plans of the staff world, with surveys to ask."""
    return {name: replace(plan, surveys=SURVEYS) for name, plan in PLANS.items()}


def make_casework(engines: Engines, folder: Path) -> CaseworkWorld:
    """Fill the database with staff, people, services and records."""
    staff = make_world(engines, folder)
    catalogue = replace(staff.desk.catalogue, plans=make_surveying_plans())
    staff.desk = replace(staff.desk, catalogue=catalogue)
    for email, (role, code) in STAFF.items():
        add_member(staff, email, role, code)
    world = CaseworkWorld(staff, {}, {})
    with world.open_office() as office:
        cora, clara, berta = (world.take_seat(email) for email in (CORA, CLARA, BERTA))
        for name, seat, profile in (
            ("ada", cora, Profile("25-34", "uk", "Ada's word", "police")),
            ("bea", cora, Profile("12-15", "lv")),
            ("dora", clara, Profile("35-49", "ar", "<b>Dora</b>")),
            ("eve", clara, Profile()),
            ("zoe", berta, Profile("18-24", "lv", "Zoe's word")),
        ):
            head = enrol(office, seat, profile, f"{name:0<32}")
            world.people[name], world.codes[name] = head.id, head.code
        with Session(office.engine) as session:
            enter_partner(session, clara.partner.id)
            delete_caseload(session, world.people["eve"], clara.user.id)
            session.commit()
        today = office.sources.today()
        earlier = today - timedelta(days=40)
        ada, zoe = world.people["ada"], world.people["zoe"]
        for key, seat, person in ((1, cora, ada), (2, berta, zoe)):
            write_service(office, seat, person, Service("PSY4", earlier, 1.5, interpreter="provided"), f"s{key}")
            need = {"category": "N3", "identified": earlier, "review_due": today - timedelta(days=1), "status": "open"}
            write_record(office, staff.desk.catalogue, seat, person, "need", need, f"n{key}")
            goal = {"words": f"Own room {key}", "date": earlier, "rating": 3}
            write_record(office, staff.desk.catalogue, seat, person, "goal", goal, f"g{key}")
    return world


def add_crowd(world: CaseworkWorld, email: str, *, people: int, each: int) -> list[UUID]:
    """Many people in somebody's caseload, each with so many services and records, half of either; in bulk."""
    seat = world.take_seat(email)
    partner, sources = seat.partner.id, world.staff.desk.sources
    added = [sources.new_id() for _ in range(people)]
    day = sources.today() - timedelta(days=20)
    tables: dict[str, list[dict[str, object]]] = {"person": [], "service_record": [], "case_record": [], "caseload": []}
    with world.open_office() as office:
        keys = office.vault.add_people(partner, added)
        for person in added:

            def put(
                table: str,
                data: bytes,
                size: int,
                person: UUID = person,
            ) -> None:
                place = Place(table, sources.new_id(), partner)
                sealed = seal_with_key(keys[person].data_key, data, place, sources.random, size)
                tables[table].append(
                    {"id": place.row, "partner": partner, "person": person, "day": day, "sealed": sealed}
                )

            sealed = seal_with_key(
                keys[person].data_key,
                encode_profile(Profile("25-34", "lv")),
                Place("person", person, partner),
                sources.random,
                PROFILE_SIZE,
            )
            tables["person"].append(
                {
                    "id": person,
                    "partner": partner,
                    "code": make_person_code(sources.random),
                    "key": keys[person].public_key,
                    "day": day,
                    "sealed": sealed,
                }
            )
            tables["caseload"].append(
                {"id": sources.new_id(), "partner": partner, "person": person, "account": seat.user.id}
            )
            for number in range(each):
                if number % 2:
                    put("service_record", encode_service(Service("LEG1", day, 1.0)), SERVICE_SIZE)
                else:
                    put("case_record", encode_record(_make_need(day)), _CASE_BYTES)
        with Session(office.engine) as session:
            enter_partner(session, partner)
            for table, columns in (
                ("person", "id, partner_id, code, public_key, enrolled_day, status, sealed"),
                ("caseload", "id, partner_id, person_id, account_id"),
                ("service_record", "id, partner_id, person_id, day, sealed"),
                ("case_record", "id, partner_id, person_id, day, sealed"),
            ):
                values = {
                    "person": ":id, :partner, :code, :key, :day, 'active', :sealed",
                    "caseload": ":id, :partner, :person, :account",
                }.get(table, ":id, :partner, :person, :day, :sealed")
                insert = f"insert into {table} ({columns}) values ({values})"  # noqa: S608 - names written above
                session.execute(text(insert), tables[table])
            session.commit()
    return added


def _make_need(day: date) -> Record:
    content = {"category": "N1", "identified": day.isoformat(), "review_due": day.isoformat(), "status": "open"}
    return Record(RECORD_KINDS["need"].name, day, None, content)


def assign(world: CaseworkWorld, email: str, name: str) -> None:
    """Put a person into somebody's caseload."""
    seat = world.take_seat(email)
    with Session(world.staff.desk.engine) as session:
        enter_partner(session, seat.partner.id)
        row = CaseloadRow(world.staff.desk.sources.new_id(), seat.partner.id, world.people[name], seat.user.id)
        add_caseload(session, row)
        session.commit()
