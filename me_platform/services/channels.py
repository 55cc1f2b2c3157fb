"""Coming back: how somebody who agreed to be contacted again may be reached, noted with her (decision 0027).

Staff may not see what she decided on her own device (privacy-and-safety 1.10), so the note is entered together with
her yes told aloud, and the database deletes it with her no, wherever she says it. It is shown only while a survey is
due. The program sends nothing to anybody.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.casework import note_decision
from me_platform.services.due import CHILD_AGES, Due, DueKind, list_due, list_surveys
from me_platform.services.guardians import find_standing, list_decisions
from me_platform.services.instance import Office
from me_platform.services.people import Profile
from me_platform.services.person_file import Folder, PersonHead, open_folder, open_profile, take_case
from me_platform.services.seats import Seat
from me_platform.storage.channels import ChannelRow, delete_channel, find_channel, set_channel
from me_platform.storage.records import list_file
from me_platform.surveys.consenting import is_permitted
from me_platform.surveys.definition import Purpose

CHANNEL = "channel_note"
RECONTACT = "recontact"
"""What the audit log calls the note."""
WAYS = ("call", "message", "app", "email", "meeting", "other")
"""The ways there are to reach somebody: a call, a text message, a messenger, e-mail, at her next visit, another."""
MAX_WORDS = 300
"""Longest text of a note, in characters."""
_SIZE = 4092
"""Bytes a note is padded to: three texts of characters of four bytes each, and the rest."""


@dataclass(frozen=True)
class Channel:
    """How to reach her, when it is safe, what never to say; ``code``: a code or link may be sent that way."""

    way: str
    reach: str
    safe: str
    never: str
    code: bool = False


@dataclass(frozen=True)
class Recontact:
    """What the page shows: ``due`` the surveys due now, ``kept`` whether there is a note, and the note while it is due.

    ``permitted``: she may be asked, for she is no child, or her guardian agreed.
    """

    head: PersonHead
    profile: Profile
    due: tuple[Due, ...]
    kept: bool
    channel: Channel | None
    permitted: bool


def open_recontact(office: Office, catalogue: Catalogue, seat: Seat, person: UUID) -> Recontact:
    """The note, shown only while a survey is due; the log tells that it was. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        case = take_case(session, seat, Action.CONTACT_AGAIN, person)
        profile = open_profile(office, case).correct(office.sources.today())
        data_key = office.vault.get_person(seat.partner.id, person).data_key
        folder = open_folder(list_file(session, person=person), data_key)
        surveys = list_surveys(catalogue.plans.values(), catalogue.surveys, seat.partner.code, profile.age_band)
        found = list_due(surveys, folder.make_facts(case, profile), office.sources.today(), narrative_days=0)
        due = tuple(each for each in found if each.kind is DueKind.SURVEY)
        row = find_channel(session, person)
        channel = None
        if row is not None and due:
            channel = Channel(**json.loads(open_with_key(data_key, row.sealed, Place(CHANNEL, row.id, row.partner))))
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, RECONTACT if channel else "person", person)
        session.commit()
    head = PersonHead(person, case.person.code, case.person.enrolled)
    return Recontact(head, profile, due, row is not None, channel, _may_agree(profile, folder))


def note_channel(office: Office, catalogue: Catalogue, seat: Seat, person: UUID, channel: Channel, key: str) -> None:
    """Note how somebody may be reached who says, with the words explained, that she agrees to be contacted again.

    Raises InputInvalid for a text that is too long or a child whose guardian did not agree, NotFound, NotPermitted.
    """
    texts = (channel.reach, channel.safe, channel.never)
    if channel.way not in WAYS or any(len(each) > MAX_WORDS for each in texts):
        raise InputInvalid(f"Choose a way, and write at most {MAX_WORDS} characters in each field.")
    if not open_recontact(office, catalogue, seat, person).permitted:
        raise InputInvalid("The guardian has not agreed that the child is contacted again.")
    # The yes first: should the second step fail, she has agreed and nothing is noted.
    note_decision(office, catalogue, seat, person, Purpose.RECONTACT.value, "given", key)
    with Session(office.engine) as session:
        take_case(session, seat, Action.CONTACT_AGAIN, person, lock=True)
        data_key = office.vault.get_person(seat.partner.id, person).data_key
        place = Place(CHANNEL, office.sources.new_id(), seat.partner.id)
        data = json.dumps(asdict(channel), ensure_ascii=False).encode()
        sealed = seal_with_key(data_key, data, place, office.sources.random, _SIZE)
        set_channel(session, ChannelRow(place.row, seat.partner.id, person, sealed))
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, RECONTACT, person)
        session.commit()


def forget_channel(office: Office, seat: Seat, person: UUID) -> None:
    """Delete the note. Raises NotFound, NotPermitted."""
    with Session(office.engine) as session:
        take_case(session, seat, Action.CONTACT_AGAIN, person, lock=True)
        delete_channel(session, person)
        note_deed(office, session, seat.partner, seat.user.id, Deed.DISCARDED, RECONTACT, person)
        session.commit()


def _may_agree(profile: Profile, folder: Folder) -> bool:
    child = profile.age_band in CHILD_AGES
    return not child or is_permitted(list_decisions(find_standing(folder.records)), Purpose.RECONTACT)
