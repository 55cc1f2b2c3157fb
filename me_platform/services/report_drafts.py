"""Use cases of the officer who writes a report: choose what it is made of, write for it, have it built.

A draft is sealed under the partner's key. Its texts go into the order of the job that builds the report.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Action
from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound, VersionStale
from me_platform.reports.definition import ReportTemplate, SectionKind, find_unprintable
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.services.audit import Deed, note_deed
from me_platform.services.instance import Office
from me_platform.services.jobs import order_work
from me_platform.services.seats import Seat, find_consortia
from me_platform.storage import report_work
from me_platform.storage.report_work import DraftRow
from me_platform.storage.snapshots import SnapshotHead, list_snapshot_heads
from me_platform.storage.tenancy import enter_partner

Texts = Mapping[str, Mapping[str, str]]
"""An officer's words: place -> language -> text."""


@dataclass(frozen=True)
class Draft:
    """What a report is made of, and what an officer wrote for it. ``job`` built it last, where one did."""

    id: UUID
    version: int
    day: date
    freeze: str
    plan: str
    start: date
    end: date
    template: str
    languages: tuple[str, ...]
    annex: bool
    texts: Texts
    job: UUID | None = None


def list_choices(office: Office, catalogue: Catalogue, seat: Seat) -> tuple[SnapshotHead, ...]:
    """The organisation's snapshots of which the user may build reports, latest first."""
    seat.permit(Action.BUILD_REPORT)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        heads = list_snapshot_heads(session)
    return tuple(head for head in heads if head.plan in catalogue.plans and _may(catalogue, seat, head.plan))


def list_templates(catalogue: Catalogue) -> tuple[ReportTemplate, ...]:
    """The templates a report can be built with; surveys on paper are none."""
    return tuple(template for template in catalogue.templates.values() if not template.form)


def has_annex(template: ReportTemplate) -> bool:
    """Whether a template has indicator sheets to be left out."""
    return any(section.kind is SectionKind.ANNEX for section in template.sections)


def begin_draft(
    office: Office,
    catalogue: Catalogue,
    seat: Seat,
    freeze: str,
    template: str,
    languages: Sequence[str],
    *,
    annex: bool,
) -> UUID:
    """Begin a draft; it is empty. Raises NotFound for a snapshot the user may build nothing of or a template there is
    not, InputInvalid for languages the template does not have.
    """
    head = next((each for each in list_choices(office, catalogue, seat) if each.freeze == freeze), None)
    if head is None:
        raise NotFound("snapshot", freeze)
    chosen = catalogue.get_template(template)
    if chosen.form or not languages or not set(languages) <= set(chosen.languages):
        known = ", ".join(chosen.languages)
        raise InputInvalid(f"The template '{template}' cannot be built in these languages. Known: {known}.")
    draft = Draft(
        id=office.sources.new_id(),
        version=1,
        day=office.sources.today(),
        freeze=head.freeze,
        plan=head.plan,
        start=head.start,
        end=head.end,
        template=template,
        languages=tuple(each for each in chosen.languages if each in languages),
        annex=annex,
        texts={},
    )
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        report_work.add_draft(session, _seal(office, seat, draft))
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "report draft", draft.id)
        session.commit()
    return draft.id


def list_drafts(office: Office, catalogue: Catalogue, seat: Seat) -> tuple[Draft, ...]:
    """The organisation's drafts the user may write on, the one written last first."""
    seat.permit(Action.BUILD_REPORT)
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        drafts = [_open(office, row) for row in report_work.list_drafts(session)]
    return tuple(draft for draft in drafts if _may(catalogue, seat, draft.plan))


def get_draft(office: Office, catalogue: Catalogue, seat: Seat, draft: UUID) -> Draft:
    """A draft the user may write on. Raises NotFound alike for a missing one, another partner's and others."""
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        return _get_draft(session, office, catalogue, seat, draft)


def save_draft(
    office: Office, catalogue: Catalogue, seat: Seat, draft: UUID, version: int, texts: Texts, *, build: bool = False
) -> UUID | None:
    """Keep what an officer wrote; with ``build`` also order the report and return the job.

    ``version`` is the one she began from. Raises VersionStale where another window saved meanwhile, InputInvalid for a
    text that is too long or cannot be printed, NotFound as ``get_draft`` does. Then nothing is kept.
    """
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        known = _get_draft(session, office, catalogue, seat, draft)
        kept = _check_texts(catalogue.get_template(known.template), known.languages, texts)
        job = None
        if build:
            job = order_work(
                office,
                session,
                seat,
                "report",
                {
                    "freeze": known.freeze,
                    "template": known.template,
                    "languages": list(known.languages),
                    "annex": known.annex,
                    "texts": kept,
                },
            )
        new = replace(
            known, version=version + 1, day=office.sources.today(), texts=kept, job=job if build else known.job
        )
        if not report_work.set_draft(session, _seal(office, seat, new), version=version):
            raise VersionStale(known.version)
        note_deed(office, session, seat.partner, seat.user.id, Deed.WROTE, "report draft", draft)
        session.commit()
    return job


def discard_draft(office: Office, catalogue: Catalogue, seat: Seat, draft: UUID) -> None:
    """Delete a draft; reports built from it stay. Raises NotFound as ``get_draft`` does."""
    with Session(office.engine) as session:
        enter_partner(session, seat.partner.id)
        _get_draft(session, office, catalogue, seat, draft)
        report_work.delete_draft(session, draft)
        note_deed(office, session, seat.partner, seat.user.id, Deed.CLOSED, "report draft", draft)
        session.commit()


def tidy_text(text: str) -> str:
    """A typed text as it is counted, kept and printed: one kind of line end, composed letters, no blank ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")).strip()


def _check_texts(template: ReportTemplate, languages: Sequence[str], texts: Texts) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for part, _ in template.writings:
        for language in languages:
            text = tidy_text(texts.get(part.name, {}).get(language, ""))
            if len(text) > part.limit:
                raise InputInvalid(f"The text '{part.name}' has {len(text)} characters; {part.limit} fit.")
            if find_unprintable(text):
                raise InputInvalid(f"The text '{part.name}' has characters that cannot be printed.")
            if text:
                kept.setdefault(part.name, {})[language] = text
    return kept


def _may(catalogue: Catalogue, seat: Seat, plan: str) -> bool:
    return seat.may(Action.BUILD_REPORT, consortia=find_consortia(catalogue.plans.get(plan), seat.partner.code))


def _get_draft(session: Session, office: Office, catalogue: Catalogue, seat: Seat, draft: UUID) -> Draft:
    row = report_work.find_draft(session, draft)
    found = _open(office, row) if row else None
    if found is None or not _may(catalogue, seat, found.plan):
        raise NotFound("draft", str(draft))
    return found


def _seal(office: Office, seat: Seat, draft: Draft) -> DraftRow:
    content = {
        "freeze": draft.freeze,
        "plan": draft.plan,
        "start": draft.start.isoformat(),
        "end": draft.end.isoformat(),
        "template": draft.template,
        "languages": list(draft.languages),
        "annex": draft.annex,
        "texts": {name: dict(said) for name, said in draft.texts.items()},
        "job": str(draft.job) if draft.job else "",
    }
    key = office.vault.get_partner_key(seat.partner.id)
    place = Place("report_draft", draft.id, seat.partner.id)
    sealed = seal_with_key(key, json.dumps(content, ensure_ascii=False).encode(), place, office.sources.random)
    return DraftRow(draft.id, seat.partner.id, draft.day, draft.version, sealed)


def _open(office: Office, row: DraftRow) -> Draft:
    key = office.vault.get_partner_key(row.partner)
    content: dict[str, Any] = json.loads(open_with_key(key, row.sealed, Place("report_draft", row.id, row.partner)))
    return Draft(
        id=row.id,
        version=row.version,
        day=row.day,
        freeze=content["freeze"],
        plan=content["plan"],
        start=date.fromisoformat(content["start"]),
        end=date.fromisoformat(content["end"]),
        template=content["template"],
        languages=tuple(content["languages"]),
        annex=content["annex"],
        texts=content["texts"],
        job=UUID(content["job"]) if content["job"] else None,
    )
