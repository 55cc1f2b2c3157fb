"""The ledger of everything that was ever published: what a freeze may print beside it, and what it adds to it.

The chapters are sealed under a key of their own, for they hold the true numbers of all partners. Sources:
privacy-and-safety part 3, "Ledger"; rules-of-numbers R23; decision 0037.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.disclosure.certificates import Certificate, make_certificate_content
from me_platform.disclosure.chapters import Chapter, Decisions, Edition, make_chapter, make_chapter_content
from me_platform.disclosure.figures import Audience, Figure
from me_platform.disclosure.joint import compute_digest, publish_again, publish_jointly
from me_platform.disclosure.protect import publish
from me_platform.errors import InputInvalid
from me_platform.indicators.definition import Aggregation
from me_platform.indicators.frozen import Definitions
from me_platform.indicators.periods import Period
from me_platform.indicators.results import RawFigure
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.instance import Office
from me_platform.storage.ledger import ChapterRow, add_chapter, find_chapter, list_chapters

AUDIENCE = Audience.FUNDER
"""Whom every snapshot is protected for."""
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Kept:
    """A chapter with the freeze it is of and its place in the ledger."""

    number: int
    freeze: str
    chapter: Chapter


@dataclass(frozen=True)
class Published:
    """The figures a freeze may print; ``chapter`` is what the ledger gets, None where it has it already.

    ``decisions`` are what the figures were judged by besides what each page hides by itself.
    """

    figures: tuple[Figure, ...]
    chapter: Chapter | None
    certificates: Mapping[str, Certificate]
    number: int
    decisions: Decisions


def read_ledger(office: Office) -> tuple[Kept, ...]:
    """All chapters in their order. Raises SealBroken where one does not open."""
    with Session(office.engine) as session:
        rows = list_chapters(session)
    key = office.vault.get_ledger_key()
    return tuple(Kept(row.number, row.freeze, make_chapter(_open(key, row)["chapter"])) for row in rows)


def publish_beside_ledger(
    office: Office, definitions: Definitions, period: Period, raws: Sequence[RawFigure]
) -> Published:
    """What may be printed of a plan's true figures beside everything that was ever published.

    The same figures give the same again, however much was published since: what was decided then still holds.
    """
    edition = make_edition(definitions, period)
    digest = compute_digest(raws, edition)
    kept = read_ledger(office)
    same = next((each for each in kept if each.chapter.digest == digest), None)
    if same is not None:
        decisions = same.chapter.decisions
        return Published(publish_again(raws, edition, decisions), None, {}, same.number, decisions)
    number = len(kept) + 1
    edition = replace(edition, name=f"{period.start}..{period.end}#{number}")
    done = publish_jointly(raws, edition, [each.chapter for each in kept])
    return Published(done.figures, done.chapter, done.certificates, number, done.chapter.decisions)


def publish_as_frozen(
    office: Office, freeze: str, definitions: Definitions, period: Period, raws: Sequence[RawFigure]
) -> tuple[tuple[Figure, ...], Decisions]:
    """The figures that a freeze would print of these numbers: by the decisions the ledger keeps of it, which come too.

    A freeze of before there was a ledger is judged page by page, as it was then.
    """
    with Session(office.engine) as session:
        row = find_chapter(session, freeze)
    if row is None:
        return publish(raws, AUDIENCE), Decisions()
    decisions = make_chapter(_open(office.vault.get_ledger_key(), row)["chapter"]).decisions
    return publish_again(raws, make_edition(definitions, period), decisions), decisions


def seal_chapter(office: Office, published: Published, freeze: str) -> None:
    """Add what a freeze publishes to the ledger. Raises InputInvalid where another freeze came in between."""
    if published.chapter is None:
        return
    content = {
        "chapter": make_chapter_content(published.chapter),
        "certificates": {name: make_certificate_content(each) for name, each in sorted(published.certificates.items())},
    }
    row = office.sources.new_id()
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    sealed = seal_with_key(
        office.vault.get_ledger_key(), plain, Place("ledger_chapter", row, _NOBODY), office.sources.random
    )
    with Session(office.engine) as session:
        added = add_chapter(session, ChapterRow(row, published.number, freeze, office.sources.today(), sealed))
        session.commit()
    if not added:
        raise InputInvalid("Another freeze was made at the same time. Freeze again: nothing was stored.")


def make_edition(definitions: Definitions, period: Period) -> Edition:
    """How a plan is published: for funders, its consortium over all partners but where a definition forbids it."""
    consortia = [partner.code for partner in definitions.plan.partners if partner.consortium]
    return Edition(
        name="",
        start=period.start,
        end=period.end,
        audience=AUDIENCE,
        consortium=consortia[0] if consortia else "",
        apart=frozenset(
            code for code, each in definitions.indicators.items() if each.over_partners is Aggregation.NONE
        ),
    )


def _open(key: bytes, row: ChapterRow) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(open_with_key(key, row.sealed, Place("ledger_chapter", row.id, _NOBODY)))
    return content
