"""Use case: the register of quotes of an organisation (R30): who proposed and who checked each, and where it stands.

The register holds neither the words nor whose they are. Whether the consent to quotes is in force, no page of staff
knows: a freeze does, so that the register tells what the last one found, and of which day that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.sealing.envelope import Place, open_with_key
from me_platform.sealing.vault import PersonKeys
from me_platform.services.audit import Deed, note_deed
from me_platform.services.freezing import open_part
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import HistoryStep, NarrativeText, Origin, decode_narrative, decode_step
from me_platform.services.narratives import APPROVED, RETURNED, SUBMITTED
from me_platform.services.opening import hash_text
from me_platform.services.seats import Seat
from me_platform.storage.narratives import ListedNarrative, VersionRow, list_emails, list_told, list_versions
from me_platform.storage.snapshots import list_snapshot_heads, list_snapshot_parts
from me_platform.storage.tenancy import enter_partner


class QuoteState(StrEnum):
    """Where a quote stands.

    ``CHECKED`` waits for the next freeze, ``AGREED`` was in the last one of its days, ``ENDED`` was not: the consent
    to quotes is not in force, whether it was taken back or never given. ``UNCHECKED`` was stored by a command without
    a second person's check and is never printed.
    """

    WAITING = "waiting"
    RETURNED = "returned"
    UNCHECKED = "unchecked"
    CHECKED = "checked"
    AGREED = "agreed"
    ENDED = "ended"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Mention:
    """A freeze whose period holds the day a quote was said of: what it is of, when it was made, whether it has it."""

    freeze: str
    start: date
    end: date
    cutoff: date
    made: date
    holds: bool


@dataclass(frozen=True)
class QuoteEntry:
    """A quote of the register.

    ``proposed_by`` and ``checked_by`` are e-mail addresses, empty where a command stored it. ``day`` is that of its
    last step; ``snapshots`` are those it is in, and ``as_of`` is the cut-off of the last freeze of its days.
    """

    language: str
    state: QuoteState
    day: date
    proposed_by: str
    checked_by: str
    checked_on: date | None
    snapshots: tuple[Mention, ...]
    as_of: date | None


@dataclass(frozen=True)
class QuoteRegister:
    """The quotes of a year, newest first."""

    year: int
    entries: tuple[QuoteEntry, ...]


def list_quotes(office: Office, seat: Seat, year: int) -> QuoteRegister:
    """The quotes whose last step lies in a year. Raises NotPermitted, SealBroken."""
    seat.permit(Action.LIST_QUOTES)
    partner = seat.partner
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        told = list_told(session, date(year, 1, 1), date(year, 12, 31))
        keys = office.vault.list_people(partner.id)
        quoted = [(each, *opened) for each in told if (opened := _open_quoted(each, keys)) is not None]
        versions = list_versions(session, [each.row.id for each, *_ in quoted]) if quoted else ()
        days = [text.date for _, text, _ in quoted]
        heads = [head for head in list_snapshot_heads(session) if any(head.start <= day <= head.end for day in days)]
        parts_of = list_snapshot_parts(session, [head.id for head in heads]) if heads else ()
        snapshots = sorted(parts_of, key=lambda row: (row.day, row.plan, row.freeze))
        emails = list_emails(session)
        note_deed(office, session, partner, seat.user.id, Deed.OPENED, "quotes")
        session.commit()
    key = office.vault.get_partner_key(partner.id)
    parts = [open_part(key, row) for row in snapshots]
    steps = _list_approvals(versions, keys)
    entries = []
    for each, text, origin in quoted:
        mentions = [
            Mention(
                part["freeze"], row.start, row.end, row.cutoff, row.day, _holds(part["quotes"], str(each.row.id), text)
            )
            for row, part in zip(snapshots, parts, strict=True)
            if row.start <= text.date <= row.end
        ]
        entries.append(_make_entry(each, text, origin, mentions, steps.get(each.row.id), emails))
    return QuoteRegister(year, tuple(entries))


def find_state(
    status: str, *, checked: bool, replaced: bool, day: date, mentions: Sequence[Mention]
) -> tuple[QuoteState, date | None]:
    """Where a quote stands, and the cut-off of the freeze that says so.

    ``day`` is that of its last step: a freeze of an earlier cut-off could not know it. ``mentions`` are in any order.
    """
    if status in {SUBMITTED, RETURNED}:
        return (QuoteState.WAITING if status == SUBMITTED else QuoteState.RETURNED), None
    if replaced:
        return QuoteState.REPLACED, None
    if not checked:
        return QuoteState.UNCHECKED, None
    knowing = sorted((each.cutoff, each.made, each.holds) for each in mentions if each.cutoff >= day)
    if not knowing:
        return QuoteState.CHECKED, None
    cutoff, _, holds = knowing[-1]
    return (QuoteState.AGREED if holds else QuoteState.ENDED), cutoff


def _open_quoted(listed: ListedNarrative, keys: Mapping[UUID, PersonKeys]) -> tuple[NarrativeText, Origin] | None:
    """A narrative with a quote; None for one without, and of somebody whose keys were destroyed this minute."""
    row = listed.row
    if row.person not in keys:
        return None
    data = open_with_key(keys[row.person].data_key, row.sealed, Place("narrative", row.id, row.partner))
    text, origin = decode_narrative(data)
    return (text, origin) if text.quote is not None and text.quote.text else None


def _list_approvals(versions: Iterable[VersionRow], keys: Mapping[UUID, PersonKeys]) -> dict[UUID, HistoryStep]:
    """The step by which each narrative was approved, by narrative."""
    steps = {}
    for row in versions:
        place = Place("narrative_version", row.id, row.partner)
        step = decode_step(open_with_key(keys[row.person].data_key, row.sealed, place))
        if step.deed == APPROVED:
            steps[row.narrative] = step
    return steps


def _holds(references: Iterable[Mapping[str, str]], narrative: str, text: NarrativeText) -> bool:
    """Whether a part of a freeze refers to exactly this quote."""
    words = hash_text(text.quote.text) if text.quote else ""
    return any(each["id"] == narrative and each["hash"] == words for each in references)


def _make_entry(
    listed: ListedNarrative,
    text: NarrativeText,
    origin: Origin,
    mentions: Sequence[Mention],
    approval: HistoryStep | None,
    emails: Mapping[UUID, str],
) -> QuoteEntry:
    assert text.quote is not None  # noqa: S101 - narratives without one are in no register
    row = listed.row
    state, as_of = find_state(
        row.status, checked=text.quote.checked, replaced=listed.replaced, day=row.day, mentions=mentions
    )
    return QuoteEntry(
        language=text.quote.language,
        state=state,
        day=row.day,
        proposed_by=emails.get(origin.author, "") if origin.author else "",
        checked_by=emails.get(approval.account, "") if approval and approval.account else "",
        checked_on=approval.at.date() if approval else None,
        snapshots=tuple(each for each in mentions if each.holds),
        as_of=as_of,
    )
