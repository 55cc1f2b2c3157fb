"""Who works with whom in the sample: managers give each caseworker some of their organisation's people."""

from __future__ import annotations

from sqlalchemy.orm import Session

from me_platform.access import Membership, Role, User
from me_platform.services.casework import assign_caseload, list_caseloads
from me_platform.services.instance import Office
from me_platform.services.seats import Organisation, Seat
from me_platform.storage.accounts import list_members
from me_platform.storage.partners import list_partners

EVERY = 4
"""Of so many people one is in a sample caseload."""


def assign_sample_caseloads(office: Office, *, every: int = EVERY) -> int:
    """Fill the caseloads of organisations that have a caseworker and a manager. Returns how many people are in one."""
    with Session(office.engine) as session:
        staff = {
            partner: [list(list_members(session, partner.id, (role,))) for role in (Role.CASEWORKER, Role.MANAGER)]
            for partner in list_partners(session)
        }
    assigned = 0
    for partner, (caseworkers, managers) in staff.items():
        if not caseworkers or not managers:
            continue
        manager = User(managers[0], (Membership(partner.id, partner.code, Role.MANAGER),))
        seat = Seat(manager, Organisation(partner, frozenset()))
        cards = sorted(list_caseloads(office, seat).people, key=lambda card: card.head.code)
        people = [card.head.id for card in cards][::every]
        for number, caseworker in enumerate(caseworkers):
            assigned += assign_caseload(office, seat, people[number :: len(caseworkers)], caseworker, add=True)
    return assigned
