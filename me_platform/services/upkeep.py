"""Use cases of the worker: carry out requests made with a receipt code, delete what has expired.

One partner per transaction. A request is noted as done last, after rows and keys are gone: a round that is cut off
is taken up again from the start, and repeats nothing that harms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.errors import KeysDestroyed, SealBroken
from me_platform.sealing.envelope import Place, open_as_person, reseal_to_person
from me_platform.sealing.vault import PersonKeys
from me_platform.services.duty_watch import list_asking, withdraw_alerts
from me_platform.services.instance import Office
from me_platform.storage import erasure
from me_platform.storage.partners import list_partners
from me_platform.storage.people import mark_erased
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.taking_back import take_out_answer


@dataclass(frozen=True)
class Round:
    """How many requests were carried out, and how many did not open with the key of whom they are about."""

    done: int
    unreadable: int


def carry_out_requests(office: Office) -> Round:
    """Carry out every open request of every partner. One that does not open stays open and keeps no other waiting."""
    with Session(office.engine) as session:
        partners = list_partners(session)
    done = unreadable = 0
    for partner in partners:
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            requests = erasure.list_open_requests(session)
        for person, response in dict.fromkeys((each.person, each.response) for each in requests):
            try:
                result = _carry_out(office, partner.id, person, response)
            except SealBroken:
                unreadable += 1  # answers somebody changed since: they stay out of everything
            else:
                done, unreadable = done + result.done, unreadable + result.unreadable
    return Round(done, unreadable)


def delete_expired(office: Office) -> int:
    """Delete sittings that ran out, at every partner. Returns how many rows went."""
    with Session(office.engine) as session:
        partners = list_partners(session)
    deleted = 0
    for partner in partners:
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            deleted += erasure.delete_expired(session, office.sources.now())
            session.commit()
    return deleted


def _carry_out(office: Office, partner: UUID, person: UUID, response: UUID | None) -> Round:
    """Carry out what a person asked for about one response."""
    today = office.sources.today()
    try:
        keys = office.vault.get_person(partner, person)
    except KeysDestroyed:
        # A round that was cut off after the keys went: only the proof for the person is missing.
        with _enter(office, partner) as session:
            open_ = [each.id for each in erasure.list_open_requests(session, person) if each.response == response]
            erasure.finish_requests(session, open_, today)
            session.commit()
        return Round(len(open_), 0)
    with _enter(office, partner) as session:
        # Whoever asks for something more waits here, and takes the response out again afterwards.
        erasure.lock_person(session, person)
        open_requests = [each for each in erasure.list_open_requests(session, person) if each.response == response]
        orders = {each.id: order for each in open_requests if (order := _read_order(keys, each)) is not None}
        result = Round(len(orders), len(open_requests) - len(orders))
        if any(each.whole for each in open_requests if each.id in orders):
            erasure.delete_held_response(session, response)
            withdraw_alerts(office, session, partner, response)
            # Who asked to be talked to keeps her keys until somebody did: nobody would know whom to call.
            erase = not erasure.has_records(session, person) and person not in list_asking(office, session, partner)
            if erase:
                mark_erased(session, person)
        else:
            erase = False
            _take_out(session, keys, partner, response, orders.values(), live=not result.unreadable)
            if any(order["alerts"] for order in orders.values()):
                withdraw_alerts(office, session, partner, response)
            erasure.finish_requests(session, orders, today)
        session.commit()
    if erase:
        office.vault.destroy_person(partner, person)
    with _enter(office, partner) as session:
        erasure.finish_requests(session, orders, today)
        session.commit()
    return result


@contextmanager
def _enter(office: Office, partner: UUID) -> Iterator[Session]:
    with Session(office.engine) as session:
        enter_partner(session, partner)
        yield session


def _read_order(keys: PersonKeys, request: erasure.RequestRow) -> Mapping[str, Any] | None:
    """What is asked for; None for a request nobody made, or that was changed since: it is not carried out."""
    try:
        # The detail is authenticated by its place.
        detail = open_as_person(keys.private_key, request.sealed, Place("request", request.id, request.partner))
    except SealBroken:
        return None
    order: Mapping[str, Any] = json.loads(detail)
    return order if request.whole == (order["what"] == "all") else None


def _take_out(
    session: Session,
    keys: PersonKeys,
    partner: UUID,
    response: UUID | None,
    orders: Iterable[Mapping[str, Any]],
    *,
    live: bool,
) -> None:
    """Seal a response anew without the answers that were taken back, and let it count again."""
    held = erasure.find_held_response(session, response)
    if response is None or held is None:
        return
    place = Place("response", response, partner)
    data = open_as_person(keys.private_key, held, place)
    for order in orders:
        data = take_out_answer(data, order["question"], order["following"])
    erasure.put_back_response(session, response, reseal_to_person(keys.public_key, data, place, held), live=live)
