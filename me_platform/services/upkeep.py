"""Use cases of the worker: carry out requests made with a receipt code, delete what has expired.

One partner per transaction. A request is noted as done last, after rows and keys are gone: a round that is cut off
is taken up again from the start, and repeats nothing that harms.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from me_platform.errors import KeysDestroyed, SealBroken
from me_platform.sealing.envelope import Place, open_as_person
from me_platform.services.instance import Office
from me_platform.storage import erasure
from me_platform.storage.partners import list_partners
from me_platform.storage.people import mark_erased
from me_platform.storage.tenancy import enter_partner


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
        for request in requests:
            try:
                _carry_out(office, request)
            except SealBroken:
                unreadable += 1
            else:
                done += 1
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


def _carry_out(office: Office, request: erasure.RequestRow) -> None:
    """Carry out one request. Raises SealBroken for one nobody made, or that was changed since."""
    partner, person = request.partner, request.person
    try:
        keys = office.vault.get_person(partner, person)
    except KeysDestroyed:
        # A round that was cut off after the keys went: only the proof for the person is missing.
        erase = False
    else:
        # The detail is authenticated by its place; a request that does not open is not carried out.
        open_as_person(keys.private_key, request.sealed, Place("request", request.id, partner))
        with Session(office.engine) as session:
            enter_partner(session, partner)
            erasure.lock_person(session, person)
            erasure.delete_held_responses(session, person)
            erase = not erasure.has_records(session, person)
            if erase:
                mark_erased(session, person)
            session.commit()
    if erase:
        office.vault.destroy_person(partner, person)
    with Session(office.engine) as session:
        enter_partner(session, partner)
        erasure.finish_request(session, request.id, office.sources.today())
        session.commit()
