"""People, staff and narratives that tests of the narrative pages share. All of them are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Role
from me_platform.services.accounts import find_login
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import Finding, NarrativeText, Quote
from me_platform.services.narratives import Stamp, save_narrative, start_narrative
from me_platform.services.people import Profile, Service, enrol_person, record_service
from me_platform.services.seats import Seat
from me_platform.storage.accounts import list_accounts
from me_platform.storage.caseloads import CaseloadRow, add_caseload
from me_platform.storage.partners import list_partners
from me_platform.storage.people import get_person
from me_platform.storage.tenancy import enter_partner
from tests.staff_samples import StaffWorld, add_member

AUTHOR, COLLEAGUE, STRANGER = "cora@alfa.example", "carl@alfa.example", "cleo@alfa.example"
MANAGER, OTHER_MANAGER = "mira@alfa.example", "mona@alfa.example"
OF_BETA = "bruno@beta.example"
MORE_STAFF: Mapping[str, Role] = {
    COLLEAGUE: Role.CASEWORKER,
    STRANGER: Role.CASEWORKER,
    MANAGER: Role.MANAGER,
    OTHER_MANAGER: Role.MANAGER,
}
"""Staff of ALFA besides those of ``staff_samples``: COLLEAGUE works with the same people, STRANGER with nobody."""

TEXT = NarrativeText(
    date=date(2026, 10, 1),
    since=date(2026, 7, 1),
    areas=("LEG", "PSY"),
    stage="stabilisation",
    direction={"LEG": "forward"},
    changed_own="I sleep better now.",
    changed_staff="She came to every meeting.",
    barriers=("B6",),
    barriers_done="An interpreter was found.",
    interpreter="provided",
    safety_note="Somebody waits at the corner.",
    support_needed=True,
    finding=Finding({"en": "A person found a lawyer.", "lv": "Cilvēks atrada juristu."}, checked=False),
    quote=Quote("Tagad es zinu, kam zvanīt.", "lv", checked=False, agreed=True),
)


@dataclass
class NarrativeWorld:
    """The staff world with a person in two caseloads of ALFA, and seats for whoever a test needs."""

    staff: StaffWorld
    code: str
    person: UUID
    accounts: dict[str, UUID] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where the person's narratives are."""
        return f"/o/ALFA/people/{self.person}/narratives"

    def seat(self, email: str, code: str = "ALFA") -> Seat:
        """Somebody at an organisation."""
        login = find_login(self.staff.desk.engine, email=email)
        assert login is not None
        return Seat(login.user, self.staff.desk.organisations[code])

    def begin(self, office: Office, email: str = AUTHOR) -> UUID:
        """An empty draft."""
        new = start_narrative(office, self.seat(email), self.person, another=True).new
        assert new is not None
        return new

    def submit(self, office: Office, email: str = AUTHOR, text: NarrativeText = TEXT) -> UUID:
        """A narrative that waits for its second person."""
        narrative = self.begin(office, email)
        save_narrative(office, self.seat(email), self.person, narrative, text, Stamp(1), submit=True)
        return narrative


def make_narrative_world(staff: StaffWorld) -> NarrativeWorld:
    """Enrol a person, record a service, and put her into the caseloads of AUTHOR and COLLEAGUE."""
    sources = staff.desk.sources
    with staff.desk.open_office() as office:
        code = enrol_person(office, "ALFA", Profile(language="uk", term="Saule"))
        record_service(office, "ALFA", code, Service("LEG1", date(2026, 9, 1), 1.5, "phone"))
    for email, role in MORE_STAFF.items():
        add_member(staff, email, role, "ALFA")
    with Session(staff.desk.engine) as session:
        partner = next(each for each in list_partners(session) if each.code == "ALFA")
        accounts = {each.email: each.id for each in list_accounts(session)}
        enter_partner(session, partner.id)
        person = get_person(session, code).id
        for email in (AUTHOR, COLLEAGUE):
            add_caseload(session, CaseloadRow(sources.new_id(), partner.id, person, accounts[email]))
        session.commit()
    return NarrativeWorld(staff, code, person, accounts)
