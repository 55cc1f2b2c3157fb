"""The rule book, cell by cell: every role, every action, every relation between somebody's organisation and a thing."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from me_platform.access import RULES, Action, Membership, Role, Thing, User, may

OWN = Thing(owner="ALFA", consortia=frozenset({"KOPA"}))
"""A thing of the organisation the user belongs to, under a plan with a consortium."""
LED = Thing(owner="BETA", consortia=frozenset({"ALFA"}))
"""A thing of a partner, under a plan whose consortium is the user's organisation."""
BESIDE = Thing(owner="BETA", consortia=frozenset({"KOPA"}))
"""A thing of another partner of the same consortium."""
ABOVE = Thing(owner="KOPA")
"""A thing of the consortium the user's organisation is a partner of."""
LOOSE = Thing(owner="BETA")
"""A thing of another organisation, under no plan with a consortium."""

MINE = Thing(owner="ALFA", consortia=frozenset({"KOPA"}), caseworkers=frozenset({UUID(int=0)}))
"""A person of the user's organisation whom the user works with."""
ELSEWHERE = Thing(owner="BETA", consortia=frozenset({"KOPA"}), caseworkers=frozenset({UUID(int=0)}))
"""A person of another organisation in whose caseload the user still stands."""
THINGS = (OWN, LED, BESIDE, ABOVE, LOOSE, MINE, ELSEWHERE)

_CASELOAD, _OWN, _LED = {MINE}, {OWN, MINE}, {OWN, MINE, LED}
GRANTED: dict[Action, dict[Role, set[Thing]]] = {
    Action.LIST_PEOPLE: {Role.CASEWORKER: _OWN, Role.MANAGER: _OWN},
    Action.ENROL_PERSON: {Role.CASEWORKER: _OWN, Role.MANAGER: _OWN},
    Action.OPEN_PERSON: {Role.CASEWORKER: _CASELOAD, Role.MANAGER: _OWN},
    Action.WRITE_RECORD: {Role.CASEWORKER: _CASELOAD, Role.MANAGER: _OWN},
    Action.HAND_OVER_CODE: {Role.CASEWORKER: _CASELOAD, Role.MANAGER: _OWN},
    Action.ISSUE_CARDS: {Role.CASEWORKER: _OWN, Role.MANAGER: _OWN},
    Action.RECORD_DECISION: {Role.CASEWORKER: _CASELOAD, Role.MANAGER: _OWN},
    Action.CONTACT_AGAIN: {Role.CASEWORKER: _CASELOAD, Role.MANAGER: _OWN},
    Action.ASSIGN_CASELOAD: {Role.MANAGER: _OWN},
    Action.ANSWER_WISHES: {Role.CASEWORKER: _OWN, Role.MANAGER: _OWN},
    Action.WRITE_NARRATIVE: {Role.CASEWORKER: _CASELOAD, Role.MANAGER: _OWN},
    Action.REVIEW_NARRATIVE: {Role.MANAGER: _OWN},
    Action.LIST_FLOWS: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.LIST_FIGURES: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.LIST_QUALITY: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.LIST_OWN_QUALITY: {Role.MANAGER: _OWN, Role.OFFICER: _OWN},
    Action.LIST_FIGURES_ABOUT_US: {Role.OFFICER: _LED},
    Action.LIST_LEFT_OUT: {Role.OFFICER: _LED, Role.AUDITOR: _LED},
    Action.LIST_SNAPSHOTS: {Role.MANAGER: _OWN, Role.OFFICER: _LED, Role.AUDITOR: _LED},
    Action.FREEZE_SNAPSHOT: {Role.OFFICER: _OWN},
    Action.SHOW_PLAN: {
        Role.CASEWORKER: _OWN,
        Role.MANAGER: _OWN,
        Role.OFFICER: _LED,
        Role.FUNDER: _LED,
        Role.AUDITOR: _LED,
    },
    Action.PREVIEW_SURVEYS: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.LIST_ACTIVITIES: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.IMPORT_ACTIVITIES: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.LIST_REPORTS: {Role.MANAGER: _OWN, Role.OFFICER: _LED, Role.FUNDER: _LED},
    Action.DOWNLOAD_REPORT: {Role.MANAGER: _OWN, Role.OFFICER: _LED, Role.FUNDER: _LED},
    Action.LIST_DRAFTS: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.BUILD_REPORT: {Role.OFFICER: _LED},
    Action.ACCEPT_REPORT: {Role.MANAGER: _OWN, Role.OFFICER: _LED},
    Action.LIST_DELIVERIES: {Role.MANAGER: _OWN, Role.OFFICER: _LED, Role.AUDITOR: _LED},
    Action.FOLLOW_JOB: {Role.MANAGER: _OWN, Role.OFFICER: _LED, Role.AUDITOR: _LED},
    Action.LIST_ACCOUNTS: {Role.ADMINISTRATOR: _LED},
    Action.CHANGE_ACCOUNTS: {Role.ADMINISTRATOR: _LED},
    Action.READ_AUDIT: {Role.AUDITOR: _LED},
}
"""The whole of what is allowed, written down by hand; everything else is refused."""


def make_user(*memberships: tuple[str, Role]) -> User:
    """A user with roles in organisations, given by code."""
    ids = (UUID(int=number) for number in range(1, 10))
    return User(UUID(int=0), tuple(Membership(next(ids), code, role) for code, role in memberships))


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
@pytest.mark.parametrize("thing", THINGS)
def test_a_role_may_do_what_the_table_grants_and_nothing_else(role: Role, action: Action, thing: Thing) -> None:
    assert may(make_user(("ALFA", role)), action, thing) is (thing in GRANTED[action].get(role, set()))


@pytest.mark.parametrize("action", list(Action))
def test_somebody_without_a_role_may_do_nothing(action: Action) -> None:
    assert not any(may(make_user(), action, thing) for thing in THINGS)


@pytest.mark.parametrize("action", list(Action))
def test_roles_do_not_lend_each_other_their_organisations(action: Action) -> None:
    """A caseworker of BETA who is an officer of ALFA is no officer of BETA."""
    user = make_user(("ALFA", Role.OFFICER), ("BETA", Role.CASEWORKER))
    assert may(user, action, OWN) is (Role.OFFICER in GRANTED[action])
    assert may(user, action, LOOSE) is (OWN in GRANTED[action].get(Role.CASEWORKER, set()))


def test_a_thing_of_no_organisation_is_nobodys() -> None:
    assert not any(may(make_user(("ALFA", role)), action, Thing(owner="")) for role, action in product(Role, Action))


def test_every_action_has_its_rules() -> None:
    assert set(RULES) == set(Action)
