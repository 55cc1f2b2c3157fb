"""The one rule book: who may do what with which thing.

``may`` reads one table, action by role; what the table does not grant is refused. Nothing here asks the database or
knows a web page, so the whole table is tested cell by cell, and docs/roles.md is made from it (``me roles``). A new
role, action or reach is a new entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from me_platform.errors import NotPermitted


class Role(StrEnum):
    """What somebody does in an organisation. One person may have several roles, each in an organisation of its own."""

    CASEWORKER = "caseworker"
    MANAGER = "manager"
    OFFICER = "officer"
    FUNDER = "funder"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What somebody may want to do; the value is how the role guide says it."""

    # People and what is recorded of them
    LIST_PEOPLE = "see the list of people"
    ENROL_PERSON = "enrol a person"
    OPEN_PERSON = "open a person's records"
    WRITE_RECORD = "record services, needs, goals, barriers and referrals"
    HAND_OVER_CODE = "hand over a survey code"
    ISSUE_CARDS = "issue and revoke cards of activities and codes of rooms"
    RECORD_DECISION = "record a decision told aloud"
    CONTACT_AGAIN = "note how somebody may be contacted again, see it while a survey is due"
    ASSIGN_CASELOAD = "say who works with whom"
    ANSWER_WISHES = "see who would like to be talked to, take it on, say it is done"
    WRITE_NARRATIVE = "write a progress narrative"
    REVIEW_NARRATIVE = "return or approve a narrative, check a quote"
    # Figures
    LIST_FLOWS = "see how many people were invited and answered"
    LIST_FIGURES = "see the figures"
    LIST_QUALITY = "see the quality of the data as far as figures tell it"
    LIST_OWN_QUALITY = "see how each question was answered, and which own records are in doubt"
    LIST_FIGURES_ABOUT_US = "see figures of what people say about the organisation"
    LIST_SNAPSHOTS = "see and verify snapshots"
    LIST_LEFT_OUT = "see how much a snapshot left out, and why"
    FREEZE_SNAPSHOT = "freeze a snapshot"
    SHOW_PLAN = "read the plan"
    PREVIEW_SURVEYS = "look at surveys as people see them"
    LIST_ACTIVITIES = "see activities"
    IMPORT_ACTIVITIES = "import activities"
    # Reports
    LIST_REPORTS = "see the list of accepted reports"
    DOWNLOAD_REPORT = "download an accepted report"
    LIST_DRAFTS = "see reports that are not accepted yet"
    BUILD_REPORT = "write and build a report"
    ACCEPT_REPORT = "accept a report"
    LIST_DELIVERIES = "see who got a report"
    # The instance
    FOLLOW_JOB = "follow work that is done in the background"
    LIST_ACCOUNTS = "see accounts"
    CHANGE_ACCOUNTS = "invite, change and close accounts"
    READ_AUDIT = "read the audit log"


class Reach(StrEnum):
    """How far a role carries from the organisation it is held in.

    CASELOAD: the people of that organisation whom the user works with. OWN: everything of that organisation.
    CONSORTIUM: this and, held in a consortium, what its partners have under a plan of that consortium.
    """

    CASELOAD = "own caseload"
    OWN = "own organisation"
    CONSORTIUM = "own organisation, and partners of a consortium"


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

    ``owner`` is the code of the organisation whose records it belongs to. ``consortia`` are the codes of the
    consortia whose plans it stands under; of a thing of one plan, that plan's. ``caseworkers`` are the accounts that
    work with the person it is about; an action that is about nobody in particular leaves them out.
    """

    owner: str
    consortia: frozenset[str] = frozenset()
    caseworkers: frozenset[UUID] = frozenset()


_CASEWORK = {Role.CASEWORKER: Reach.CASELOAD, Role.MANAGER: Reach.OWN}
_ANALYSTS = {Role.MANAGER: Reach.OWN, Role.OFFICER: Reach.CONSORTIUM}
_MANAGERS = {Role.MANAGER: Reach.OWN}
_OFFICERS = {Role.OFFICER: Reach.CONSORTIUM}
# Reports are made for funders and hold protected figures only, yet they are not everybody's: a caseworker has her own
# people, an administrator keeps accounts and sees no content, an auditor reads logs.
_READERS = {**_ANALYSTS, Role.FUNDER: Reach.CONSORTIUM}
_ADMINISTRATORS = {Role.ADMINISTRATOR: Reach.CONSORTIUM}
_AUDITORS = {Role.AUDITOR: Reach.CONSORTIUM}

RULES: Mapping[Action, Mapping[Role, Reach]] = {
    Action.LIST_PEOPLE: {Role.CASEWORKER: Reach.OWN, Role.MANAGER: Reach.OWN},
    Action.ENROL_PERSON: {Role.CASEWORKER: Reach.OWN, Role.MANAGER: Reach.OWN},
    Action.OPEN_PERSON: _CASEWORK,
    Action.WRITE_RECORD: _CASEWORK,
    Action.HAND_OVER_CODE: _CASEWORK,
    # Cards and rooms are about nobody: whoever holds the group needs them, whoever's caseload its people are in.
    Action.ISSUE_CARDS: {Role.CASEWORKER: Reach.OWN, Role.MANAGER: Reach.OWN},
    Action.RECORD_DECISION: _CASEWORK,
    Action.CONTACT_AGAIN: _CASEWORK,
    Action.ASSIGN_CASELOAD: _MANAGERS,
    # Whoever is on duty answers, whoever's caseload she is in: she must not wait for one person to come back.
    Action.ANSWER_WISHES: {Role.CASEWORKER: Reach.OWN, Role.MANAGER: Reach.OWN},
    Action.WRITE_NARRATIVE: _CASEWORK,
    Action.REVIEW_NARRATIVE: _MANAGERS,
    Action.LIST_FLOWS: _ANALYSTS,
    Action.LIST_FIGURES: _ANALYSTS,
    Action.LIST_QUALITY: _ANALYSTS,
    # Told to the organisation's own only: what staff wrote down stands there unprotected, and how questions were
    # answered is in no ledger, so that nobody may hold it of several organisations (privacy-and-safety part 3).
    Action.LIST_OWN_QUALITY: {Role.MANAGER: Reach.OWN, Role.OFFICER: Reach.OWN},
    # Whoever gave the support, and leads those who did, does not read what is said of it (privacy-and-safety 1.10).
    Action.LIST_FIGURES_ABOUT_US: _OFFICERS,
    Action.LIST_SNAPSHOTS: {**_ANALYSTS, **_AUDITORS},
    Action.LIST_LEFT_OUT: {**_OFFICERS, **_AUDITORS},
    # A freeze is of a whole plan: its officer is one of the organisation that leads it.
    Action.FREEZE_SNAPSHOT: {Role.OFFICER: Reach.OWN},
    Action.SHOW_PLAN: {Role.CASEWORKER: Reach.OWN, **_READERS, **_AUDITORS},
    # Surveys are content without a person: whoever answers for the figures sees what was asked.
    Action.PREVIEW_SURVEYS: _ANALYSTS,
    Action.LIST_ACTIVITIES: _ANALYSTS,
    Action.IMPORT_ACTIVITIES: _ANALYSTS,
    Action.LIST_REPORTS: _READERS,
    Action.DOWNLOAD_REPORT: _READERS,
    Action.LIST_DRAFTS: _ANALYSTS,
    Action.BUILD_REPORT: _OFFICERS,
    Action.ACCEPT_REPORT: _ANALYSTS,
    Action.LIST_DELIVERIES: {**_ANALYSTS, **_AUDITORS},
    # Of which kinds of work, is asked of each kind's own action (services.jobs).
    Action.FOLLOW_JOB: {**_ANALYSTS, **_AUDITORS},
    Action.LIST_ACCOUNTS: _ADMINISTRATORS,
    Action.CHANGE_ACCOUNTS: _ADMINISTRATORS,
    Action.READ_AUDIT: _AUDITORS,
}
"""What each role may do, and how far. A role that is not named for an action may not do it."""

OPENS_CONTENT = frozenset({Role.CASEWORKER, Role.MANAGER, Role.OFFICER, Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles that log in with a second factor: whoever can open content, or let others in."""


def may(user: User, action: Action, thing: Thing) -> bool:
    """Whether any of the user's memberships grants the action on the thing."""
    granted = RULES[action]
    return any(
        membership.role in granted and _reaches(user, membership, granted[membership.role], thing)
        for membership in user.memberships
    )


def permit(user: User, action: Action, thing: Thing) -> None:
    """Raise NotPermitted where the user may not do this; a site answers that as it answers a thing nobody has."""
    if not may(user, action, thing):
        raise NotPermitted(action.value)


def _reaches(user: User, membership: Membership, reach: Reach, thing: Thing) -> bool:
    if reach is Reach.CASELOAD:
        return membership.code == thing.owner and user.id in thing.caseworkers
    return membership.code == thing.owner or (reach is Reach.CONSORTIUM and membership.code in thing.consortia)
