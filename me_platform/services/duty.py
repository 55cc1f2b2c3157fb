"""Use cases of whoever is on duty: who would like to be talked to, taking that on, saying that it is done.

The duty key opens what the survey site sealed; its private half is made from the vault's keys and never leaves them.
Source: privacy-and-safety 1.11.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.errors import NotFound, SealBroken
from me_platform.sealing.envelope import Place, open_as_person, open_with_key
from me_platform.services.asking import Task, decode_task
from me_platform.services.audit import Deed, note_deed
from me_platform.services.instance import Office
from me_platform.services.people import decode_profile
from me_platform.services.seats import Seat
from me_platform.storage.accounts import find_emails
from me_platform.storage.duty import (
    TaskRow,
    count_open_tasks,
    has_task,
    list_tasks,
    set_done,
    set_taken,
)
from me_platform.storage.people import list_cases
from me_platform.storage.tenancy import enter_partner


@dataclass(frozen=True)
class Wish:
    """A task as the page shows it.

    ``code`` is empty for a participant whom nobody enrolled: nobody knows her but by what she wrote. ``opens``: the
    reader may open her file. ``taken_by`` is an e-mail address.
    """

    id: UUID
    task: Task
    code: str
    language: str
    opens: bool
    status: str
    escalated: bool
    taken_by: str
    done: date | None


def open_tasks(office: Office, partner: UUID, rows: tuple[TaskRow, ...]) -> dict[UUID, Task]:
    """What is inside the tasks of a partner, by id; one that does not open, for somebody changed it, is left out."""
    key = office.vault.get_duty_key(partner)
    opened = {}
    for row in rows:
        try:
            opened[row.id] = decode_task(open_as_person(key, row.sealed, Place("duty_task", row.id, partner)))
        except SealBroken:
            continue  # the worker says so in its log (duty_watch)
    return opened


def list_wishes(office: Office, seat: Seat) -> tuple[Wish, ...]:
    """Who would like to be talked to: what was escalated first, then what waits longest, what is done last.

    Looking stands in the log. Raises NotPermitted.
    """
    seat.permit(Action.ANSWER_WISHES)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        rows = list_tasks(session)
        opened = open_tasks(office, seat.partner.id, rows)
        cases = {case.person.id: case for case in list_cases(session)} if opened else {}
        emails = find_emails(session, {row.account for row in rows if row.account})
        note_deed(office, session, seat.partner, seat.user.id, Deed.OPENED, "wishes")
        session.commit()
    wishes = []
    for row in rows:
        task = opened.get(row.id)
        case = cases.get(task.person) if task else None
        if task is None or case is None:
            continue  # does not open, or she was erased since: the worker deletes it
        key = office.vault.get_person(seat.partner.id, case.person.id).data_key
        place = Place("person", case.person.id, seat.partner.id)
        profile = decode_profile(open_with_key(key, case.person.sealed, place))
        wishes.append(
            Wish(
                id=row.id,
                task=task,
                code="" if profile.card else case.person.code,
                language=profile.talks,
                opens=not profile.card and seat.may(Action.OPEN_PERSON, caseworkers=frozenset(case.caseworkers)),
                status=row.status,
                escalated=row.stage == "escalated" and row.status == "open",
                taken_by=emails.get(row.account, "") if row.account else "",
                done=row.done,
            )
        )
    return tuple(sorted(wishes, key=lambda wish: (wish.status == "done", not wish.escalated, wish.task.at, wish.id)))


def take_wish(office: Office, seat: Seat, task: UUID) -> bool:
    """Say that the user takes a wish on. False where somebody did before. Raises NotFound, NotPermitted."""
    seat.permit(Action.ANSWER_WISHES)
    with Session(office.engine) as session:
        _enter(session, seat, task)
        taken = set_taken(session, task, seat.user.id)
        if taken:
            note_deed(office, session, seat.partner, seat.user.id, Deed.ASSIGNED, "wish", task)
        session.commit()
    return taken


def finish_wish(office: Office, seat: Seat, task: UUID) -> bool:
    """Say that somebody talked to her, or tried what can be tried. False where that was said before.

    Raises NotFound, NotPermitted.
    """
    seat.permit(Action.ANSWER_WISHES)
    with Session(office.engine) as session:
        _enter(session, seat, task)
        done = set_done(session, task, seat.user.id, office.sources.today())
        if done:
            note_deed(office, session, seat.partner, seat.user.id, Deed.CLOSED, "wish", task)
        session.commit()
    return done


def count_waiting(session: Session, seat: Seat) -> int:
    """How many wishes wait for somebody to take them on; 0 for whoever may not see them."""
    if not seat.may(Action.ANSWER_WISHES):
        return 0
    return count_open_tasks(session, seat.partner.id)


def _enter(session: Session, seat: Seat, task: UUID) -> None:
    enter_partner(session, seat.partner.id)
    if not has_task(session, task):
        raise NotFound("wish", str(task))
