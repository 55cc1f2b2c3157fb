"""Use cases of the auditor: read an organisation's audit log, and check that it is whole."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.services.audit import PAGE, LogLine, LogState, list_log, verify_log
from me_platform.services.instance import Office
from me_platform.services.seats import Seat
from me_platform.storage.accounts import find_emails
from me_platform.storage.partners import PartnerRow


@dataclass(frozen=True)
class LogPage:
    """Lines of a log, newest first, each with the address of who did it: empty for the command line and the worker,
    the account's id where the account is gone. ``older`` is the position that the page before begins below, None where
    there is none.
    """

    lines: tuple[tuple[LogLine, str], ...]
    older: int | None


def read_log(office: Office, seat: Seat, *, before: int | None = None, limit: int = PAGE) -> LogPage:
    """A page of the seat's organisation's log: ``limit`` lines below position ``before``.

    Raises NotPermitted; SealBroken where a line was changed.
    """
    seat.permit(Action.READ_AUDIT)
    return read_partner_log(office, seat.partner, before=before, limit=limit)


def read_partner_log(office: Office, partner: PartnerRow, *, before: int | None = None, limit: int = PAGE) -> LogPage:
    """A page of a partner's log, as ``read_log`` gives it, for whoever has the command line."""
    lines = list_log(office, partner, before=before, limit=limit)
    accounts = {line.account for line in lines if line.account}
    with Session(office.engine) as session:
        emails = find_emails(session, accounts) if accounts else {}
    told = tuple((line, emails.get(line.account, str(line.account)) if line.account else "") for line in lines)
    return LogPage(told, lines[-1].position if lines and lines[-1].position > 0 else None)


def verify_seat_log(office: Office, seat: Seat, head: str = "") -> LogState:
    """Check the log of the seat's organisation as ``audit.verify_log`` does. Raises NotPermitted, LogBroken."""
    seat.permit(Action.READ_AUDIT)
    return verify_log(office, seat.partner, head)
