"""The one rule book: who may do what with which thing.

``may`` reads one table, action by role; what the table does not grant is refused. Nothing here asks the database or
knows a web page, so the whole table is tested cell by cell. A new role, action or reach is a new entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What somebody does in an organisation. One person may have several roles, each in an organisation of its own."""

    CASEWORKER = "caseworker"
    MANAGER = "manager"
    OFFICER = "officer"
    FUNDER = "funder"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What somebody may want to do."""

    LIST_REPORTS = "list reports"
    DOWNLOAD_REPORT = "download report"


class Reach(StrEnum):
    """How far a role carries from the organisation it is held in.

    OWN: the things of that organisation. CONSORTIUM: these and, held in a consortium, the things its partners have
    under a plan of that consortium.
    """

    OWN = "own"
    CONSORTIUM = "consortium"


@dataclass(frozen=True)
class Membership:
    """A role held in an organisation, which is known by id and by the code plans use."""

    organisation: UUID
    code: str
    role: Role


@dataclass(frozen=True)
class User:
    """Somebody who logged in."""

    id: UUID
    memberships: tuple[Membership, ...] = ()


@dataclass(frozen=True)
class Thing:
    """What an action is about, as far as the rules need to know it.

    ``owner`` is the code of the organisation whose records it belongs to. ``consortium`` is the code of the
    consortium of the plan it was made under, empty where there is none.
    """

    owner: str
    consortium: str = ""


# Reports are made for funders and hold protected figures only, yet they are not everybody's: a caseworker has her own
# people, an administrator keeps accounts and sees no content, an auditor reads logs.
_READERS = {Role.MANAGER: Reach.OWN, Role.OFFICER: Reach.CONSORTIUM, Role.FUNDER: Reach.CONSORTIUM}

RULES: Mapping[Action, Mapping[Role, Reach]] = {
    Action.LIST_REPORTS: _READERS,
    Action.DOWNLOAD_REPORT: _READERS,
}
"""What each role may do, and how far. A role that is not named for an action may not do it."""


def may(user: User, action: Action, thing: Thing) -> bool:
    """Whether any of the user's memberships grants the action on the thing."""
    granted = RULES[action]
    return any(
        membership.role in granted and _reaches(membership, granted[membership.role], thing)
        for membership in user.memberships
    )


def _reaches(membership: Membership, reach: Reach, thing: Thing) -> bool:
    return membership.code == thing.owner or (reach is Reach.CONSORTIUM and membership.code == thing.consortium)
