"""The rule book, cell by cell: every role, every action, every relation between somebody's organisation and a thing."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from me_platform.access import RULES, Action, Membership, Role, Thing, User, may

OWN = Thing(owner="ALFA", consortium="KOPA")
"""A thing of the organisation the user belongs to, under a plan with a consortium."""
LED = Thing(owner="BETA", consortium="ALFA")
"""A thing of a partner, under a plan whose consortium is the user's organisation."""
BESIDE = Thing(owner="BETA", consortium="KOPA")
"""A thing of another partner of the same consortium."""
ABOVE = Thing(owner="KOPA", consortium="KOPA")
"""A thing of the consortium the user's organisation is a partner of."""
LOOSE = Thing(owner="BETA")
"""A thing of another organisation, under no plan with a consortium."""

GRANTED = {
    (Role.MANAGER, Action.LIST_REPORTS): {OWN},
    (Role.MANAGER, Action.DOWNLOAD_REPORT): {OWN},
    (Role.OFFICER, Action.LIST_REPORTS): {OWN, LED},
    (Role.OFFICER, Action.DOWNLOAD_REPORT): {OWN, LED},
    (Role.FUNDER, Action.LIST_REPORTS): {OWN, LED},
    (Role.FUNDER, Action.DOWNLOAD_REPORT): {OWN, LED},
}
"""The whole of what is allowed, written down by hand; everything else is refused."""


def make_user(*memberships: tuple[str, Role]) -> User:
    """A user with roles in organisations, given by code."""
    ids = (UUID(int=number) for number in range(1, 10))
    return User(UUID(int=0), tuple(Membership(next(ids), code, role) for code, role in memberships))


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
@pytest.mark.parametrize("thing", [OWN, LED, BESIDE, ABOVE, LOOSE])
def test_a_role_may_do_what_the_table_grants_and_nothing_else(role: Role, action: Action, thing: Thing) -> None:
    assert may(make_user(("ALFA", role)), action, thing) is (thing in GRANTED.get((role, action), set()))


@pytest.mark.parametrize("action", list(Action))
def test_somebody_without_a_role_may_do_nothing(action: Action) -> None:
    assert not any(may(make_user(), action, thing) for thing in (OWN, LED, BESIDE, ABOVE, LOOSE))


@pytest.mark.parametrize("action", list(Action))
def test_roles_do_not_lend_each_other_their_organisations(action: Action) -> None:
    """A caseworker of BETA who is an officer of ALFA is no officer of BETA."""
    user = make_user(("ALFA", Role.OFFICER), ("BETA", Role.CASEWORKER))
    assert may(user, action, OWN)
    assert not may(user, action, LOOSE)


def test_a_thing_of_no_organisation_is_nobodys() -> None:
    assert not any(may(make_user(("ALFA", role)), action, Thing(owner="")) for role, action in product(Role, Action))


def test_every_action_has_its_rules() -> None:
    assert set(RULES) == set(Action)
