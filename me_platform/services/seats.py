"""Whose pages somebody has open: a user at an organisation, and what the rule book says of both.

Every use case of the staff site takes a seat and asks it before it does anything. Which organisations there are, and
which consortia lead their plans, is read once per process: both change with a restart only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from me_platform.access import Action, Thing, User, may, permit
from me_platform.errors import NotFound
from me_platform.indicators.definition import Plan
from me_platform.storage.partners import PartnerRow, list_partners


@dataclass(frozen=True)
class Organisation:
    """An organisation; ``consortia`` are the codes of those that lead plans it belongs to, its own not among them."""

    partner: PartnerRow
    consortia: frozenset[str]


@dataclass(frozen=True)
class Seat:
    """A user at an organisation."""

    user: User
    organisation: Organisation

    @property
    def partner(self) -> PartnerRow:
        """The organisation's row."""
        return self.organisation.partner

    def may(
        self,
        action: Action,
        *,
        consortia: frozenset[str] | None = None,
        caseworkers: frozenset[UUID] = frozenset(),
    ) -> bool:
        """Whether the user may do this here.

        ``consortia`` are those of a thing that stands under one plan (``find_consortia``); left out, the thing is the
        organisation's and stands under all of its plans.
        """
        return may(self.user, action, self._make_thing(consortia, caseworkers))

    def permit(
        self,
        action: Action,
        *,
        consortia: frozenset[str] | None = None,
        caseworkers: frozenset[UUID] = frozenset(),
    ) -> None:
        """Raise NotPermitted where the user may not; arguments as of ``may``."""
        permit(self.user, action, self._make_thing(consortia, caseworkers))

    def _make_thing(self, consortia: frozenset[str] | None, caseworkers: frozenset[UUID]) -> Thing:
        return Thing(self.partner.code, self.organisation.consortia if consortia is None else consortia, caseworkers)


def find_consortia(plan: Plan | None, code: str) -> frozenset[str]:
    """The code of the consortium that leads the plan, where the organisation is another partner of it.

    Nobody leads a plan that is no longer there.
    """
    if plan is None:
        return frozenset()
    codes = {partner.code for partner in plan.partners}
    return frozenset(each.code for each in plan.partners if each.consortium and code in codes and each.code != code)


def load_organisations(engine: Engine, plans: Mapping[str, Plan]) -> dict[str, Organisation]:
    """Every organisation of the instance, by code."""
    with Session(engine) as session:
        partners = list_partners(session)
    return {
        partner.code: Organisation(
            partner, frozenset(code for plan in plans.values() for code in find_consortia(plan, partner.code))
        )
        for partner in partners
    }


def list_seats(organisations: Mapping[str, Organisation], user: User) -> list[Seat]:
    """The organisations at which the user may do anything at all: own ones first, then partners of a consortium."""
    own = {membership.code for membership in user.memberships}
    seats = (Seat(user, organisation) for organisation in organisations.values())
    reached = [seat for seat in seats if any(seat.may(action, caseworkers=frozenset({user.id})) for action in Action)]
    return sorted(reached, key=lambda seat: (seat.partner.code not in own, seat.partner.code))


def take_seat(organisations: Mapping[str, Organisation], user: User, code: str) -> Seat:
    """The user at the organisation of that code. Raises NotFound; what may be done there is asked of the seat."""
    if code not in organisations:
        raise NotFound("organisation", code)
    return Seat(user, organisations[code])
